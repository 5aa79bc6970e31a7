//! What hangs by one thread: personal accounts behind what many share, connections whose death stops many customers,
//! and grants that nothing uses [D7, A8].

use std::collections::BTreeSet;

use super::impact::Picture;
use super::wiring::Number;
use super::{PlatformConnectionState, Uses};
use crate::connection::Identity;

/// A share of all running workflows that is too much for one connection.
const LARGE_SHARE: f64 = 0.2;
/// Fewer workflows than this are nobody's single point of failure.
const LEAST_STRUCK: usize = 3;

/// Mail for everybody: an account there belongs to a person.
const PRIVATE_DOMAINS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "web.de",
    "fastmail.com",
    "zoho.com",
    "yandex.com",
    "mail.com",
    "qq.com",
    "163.com",
];

/// What stands before the `@` where no single person does.
const ROLE_NAMES: &[&str] = &[
    "admin",
    "api",
    "automation",
    "automations",
    "billing",
    "bot",
    "contact",
    "finance",
    "hello",
    "help",
    "hr",
    "info",
    "integration",
    "integrations",
    "invoices",
    "it",
    "mail",
    "marketing",
    "no-reply",
    "noreply",
    "office",
    "ops",
    "orders",
    "sales",
    "service",
    "shop",
    "support",
    "system",
    "team",
    "webmaster",
];

/// A person's account that others' work hangs on.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalAccount {
    pub node: Uses,
    pub account: String,
    pub why: Personal,
    pub workflows: usize,
    pub customers: Vec<String>,
    pub owners: Vec<String>,
}

/// Why it is taken for a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// A private account: the provider says so, or mail for everybody.
    Private,
    /// An account of the organisation in one person's name: it goes when they go.
    OnePerson,
}

/// One connection whose death stops many.
#[derive(Debug, Clone, PartialEq)]
pub struct SinglePoint {
    pub node: Uses,
    pub workflows: usize,
    /// Of all running workflows, 0 to 1.
    pub share: f64,
    pub customers: Vec<String>,
}

/// A grant that lives and is of no known use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    pub node: Uses,
    /// Workflows use it that are switched off.
    pub is_used_by_inactive: bool,
}

/// Personal accounts behind what more than one owner or customer shares, what stops most first.
pub fn personal_accounts(picture: &Picture) -> Vec<PersonalAccount> {
    let mut found: Vec<PersonalAccount> = nodes(picture)
        .filter_map(|(number, node)| {
            let (account, why) = person_behind(picture, node)?;
            let struck = struck(picture, number);
            let customers = customers_of(picture, &struck);
            let owners: BTreeSet<&str> =
                struck.iter().filter_map(|it| picture.workflows()[*it].owner.as_deref()).collect();
            let is_shared = struck.len() > 1 && (why == Personal::Private || customers.len() > 1 || owners.len() > 1);
            is_shared.then(|| PersonalAccount {
                node: node.clone(),
                account,
                why,
                workflows: struck.len(),
                customers,
                owners: owners.into_iter().map(str::to_owned).collect(),
            })
        })
        .collect();
    found.sort_by(|a, b| b.workflows.cmp(&a.workflows).then_with(|| a.account.cmp(&b.account)));
    found
}

/// Connections whose death stops several customers' workflows, or a large share of all, what stops most first.
pub fn single_points(picture: &Picture) -> Vec<SinglePoint> {
    let wiring = picture.wiring();
    let running = (0..picture.workflows().len()).filter(|it| wiring.is_running(*it)).count();
    let mut found: Vec<SinglePoint> = nodes(picture)
        .filter_map(|(number, node)| {
            let struck = struck(picture, number);
            if struck.len() < LEAST_STRUCK {
                return None;
            }
            let customers = customers_of(picture, &struck);
            let share = struck.len() as f64 / running.max(1) as f64;
            let is_one = customers.len() > 1 || share >= LARGE_SHARE;
            is_one.then(|| SinglePoint { node: node.clone(), workflows: struck.len(), share, customers })
        })
        .collect();
    found.sort_by(|a, b| {
        let names = (picture.name_of(&a.node), picture.name_of(&b.node));
        b.workflows.cmp(&a.workflows).then_with(|| names.0.cmp(names.1))
    });
    found
}

/// Living grants that no running workflow is known to use: they can be revoked, or deleted at their platform.
pub fn orphans(picture: &Picture) -> Vec<Orphan> {
    let wiring = picture.wiring();
    let own = picture.own_connections().iter().filter(|it| !it.health.is_dead());
    let own = own.map(|it| Uses::Connection(it.id.clone()));
    let theirs = picture.platform_connections().iter().filter(|it| it.state != PlatformConnectionState::Missing);
    let theirs = theirs.map(|it| Uses::PlatformConnection(it.id.clone()));
    own.chain(theirs)
        .filter_map(|node| {
            let Some(number) = wiring.node(&node) else { return Some(Orphan { node, is_used_by_inactive: false }) };
            let is_used = !wiring.users_of(number).is_empty();
            let is_used_by_inactive = !wiring.apart_of(number).is_empty();
            (!is_used).then_some(Orphan { node, is_used_by_inactive })
        })
        .collect()
}

fn nodes(picture: &Picture) -> impl Iterator<Item = (Number, &Uses)> {
    picture.wiring().nodes.iter().enumerate()
}

fn struck(picture: &Picture, node: Number) -> Vec<Number> {
    picture.wiring().struck_by(&[node]).into_iter().map(|(number, _)| number).collect()
}

fn customers_of(picture: &Picture, workflows: &[Number]) -> Vec<String> {
    let all: BTreeSet<&str> = workflows.iter().filter_map(|it| picture.wiring().customer_of(*it)).collect();
    all.into_iter().map(str::to_owned).collect()
}

fn person_behind(picture: &Picture, node: &Uses) -> Option<(String, Personal)> {
    match node {
        Uses::Connection(id) => person_of(&picture.own_connection(id)?.identity),
        Uses::PlatformConnection(id) => {
            let theirs = picture.platform_connection(id)?;
            let identity = Identity { label: theirs.account.clone(), ..Identity::default() };
            let joined = theirs.joined.as_ref().and_then(|it| it.connection.as_ref());
            let ours = || person_of(&picture.own_connection(joined?)?.identity);
            person_of(&identity).or_else(ours)
        }
    }
}

fn person_of(identity: &Identity) -> Option<(String, Personal)> {
    let account = identity.account()?.to_owned();
    match identity.kind() {
        Some("consumer") => return Some((account, Personal::Private)),
        Some("bot") => return None,
        Some(_) | None => {}
    }
    let (name, domain) = identity.label.as_deref()?.rsplit_once('@')?;
    if PRIVATE_DOMAINS.iter().any(|it| domain.eq_ignore_ascii_case(it)) {
        return Some((account, Personal::Private));
    }
    let name = name.split('+').next().unwrap_or(name).to_lowercase();
    (!name.is_empty() && !ROLE_NAMES.contains(&name.as_str())).then_some((account, Personal::OnePerson))
}
