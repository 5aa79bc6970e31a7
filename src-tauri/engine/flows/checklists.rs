//! Checklists as a person writes them: from a template or by hand, refused with the reason where one cannot be run [E4].

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::blast_radius::Uses;
use domain::connection::farewell;
use domain::provider::trial_object::TrialQuestion;
use domain::rehearsal::{
    Ability, AfterFailure, Checklist, ExpectedAccount, Member, NotTried, OwnCall, OwnCallRefused, Step, Template,
};
use domain::{ChecklistId, ConnectionId, PlatformConnectionId, ProviderId};
use serde::Deserialize;

use super::labels::label;
use super::rehearsal::{abilities, missing_scopes};
use crate::provider_api::is_of_provider;
use crate::store::{RemovedChecklist, StoreError};
use crate::{Engine, Error, Notice};

/// A checklist holds for a moment at least, and for no longer than anybody watches.
const HOLDS: std::ops::RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 24 * 60 * 60);
/// What a person writes of an own call and an answer.
const LONGEST_TEXT: usize = 20_000;

/// Who comes back to more would not know any more what they were.
const MOST_KEPT: usize = 20;

/// What a person wrote.
#[derive(Debug, Clone)]
pub struct ChecklistDraft {
    /// `None`: a new one.
    pub id: Option<ChecklistId>,
    pub name: String,
    pub customer: Option<String>,
    pub members: Vec<Member>,
    pub hold_for: Duration,
    pub after_failure: AfterFailure,
    pub signs_out_first: bool,
}

/// Why it is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChecklistRefused {
    #[error("it needs a name")]
    NoName,
    #[error("another one is called so")]
    NameTaken,
    #[error("it has no connections")]
    NoMembers,
    #[error("{0} is on it twice")]
    MemberTwice(String),
    #[error("nothing of {0} is tried")]
    NoSteps(String),
    #[error("there is no connection {0}")]
    MemberGone(String),
    #[error("it is being rehearsed")]
    UnderWay,
    #[error("the call “{call}” of {member} cannot be made: {}", call_words(*.why))]
    OwnCall { member: String, call: String, why: OwnCallRefused },
}

fn call_words(why: OwnCallRefused) -> &'static str {
    match why {
        OwnCallRefused::NoName => "it needs a name",
        OwnCallRefused::NameTwice => "another one is called so",
        OwnCallRefused::NoAddress => "its address is none of https",
        OwnCallRefused::NotOfProvider => "its address is not the provider's, and a token goes nowhere else",
        OwnCallRefused::BodyNotJson => "its body is not JSON",
        OwnCallRefused::PointerUnreadable => "a JSON pointer is empty or begins with “/”",
    }
}

/// The last ones that this process removed, for a person who takes that back.
#[derive(Debug, Default)]
pub(crate) struct RemovedChecklists(Mutex<Vec<RemovedChecklist>>);

impl RemovedChecklists {
    fn keep(&self, removed: Option<RemovedChecklist>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(removed);
        let surplus = all.len().saturating_sub(MOST_KEPT);
        all.drain(..surplus);
    }

    fn find(&self, id: &ChecklistId) -> Option<RemovedChecklist> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|it| it.checklist.id == *id).cloned()
    }

    fn forget(&self, id: &ChecklistId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it.checklist.id != *id);
    }
}

/// What can be tried of a member, and what it takes.
#[derive(Debug, Clone, Default)]
pub struct Prospect {
    pub able: Vec<Ability>,
    /// What its trial objects have to be told.
    pub questions: Vec<TrialQuestion>,
    /// What would be made, and the scopes that it lacks for that.
    pub writes: Vec<(String, Vec<String>)>,
    /// Connections that the provider would end along with it.
    pub would_end: Vec<String>,
    pub is_gone: bool,
}

impl Prospect {
    /// Why a step cannot be tried; `None`: it can.
    pub fn why_not(&self, step: &Step) -> Option<NotTried> {
        step.refused_by(&self.able)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    id: String,
    name: String,
    providers: Vec<String>,
    steps: Vec<String>,
    signs_out_first: bool,
    has_theirs: bool,
}

/// The templates that come with Patchbay.
pub fn templates() -> Vec<Template> {
    let files: Vec<TemplateFile> =
        serde_json::from_str(include_str!("../checklist_templates.json")).unwrap_or_default();
    let template = |file: TemplateFile| Template {
        id: file.id,
        name: file.name,
        providers: file.providers.into_iter().map(ProviderId::from_text).collect(),
        steps: file.steps.iter().filter_map(|it| Step::from_text(it)).collect(),
        signs_out_first: file.signs_out_first,
        has_theirs: file.has_theirs,
    };
    files.into_iter().map(template).collect()
}

impl Engine {
    /// By name.
    ///
    /// # Errors
    /// The database's.
    pub fn list_checklists(&self) -> Result<Vec<Checklist>, Error> {
        Ok(self.parts.store.list_checklists()?)
    }

    /// # Errors
    /// [`Error::ChecklistGone`].
    pub fn checklist(&self, id: &ChecklistId) -> Result<Checklist, Error> {
        self.parts.store.find_checklist(id)?.ok_or_else(|| Error::ChecklistGone(id.to_string()))
    }

    /// One by what a person typed: its id or its name.
    ///
    /// # Errors
    /// [`Error::ChecklistGone`].
    pub fn find_checklist(&self, typed: &str) -> Result<Checklist, Error> {
        let mut all = self.parts.store.list_checklists()?;
        let place = all.iter().position(|it| it.id.as_str() == typed || it.name == typed);
        let place = place.or_else(|| all.iter().position(|it| it.name.eq_ignore_ascii_case(typed.trim())));
        place.map(|it| all.swap_remove(it)).ok_or_else(|| Error::ChecklistGone(typed.chars().take(80).collect()))
    }

    /// Keeps it, new or changed.
    ///
    /// # Errors
    /// [`Error::ChecklistRefused`].
    pub fn save_checklist(&self, draft: ChecklistDraft) -> Result<Checklist, Error> {
        let refused = |why| Err(Error::ChecklistRefused(why));
        let Some(name) = label(&draft.name) else { return refused(ChecklistRefused::NoName) };
        if draft.members.is_empty() {
            return refused(ChecklistRefused::NoMembers);
        }
        let known = draft.id.as_ref().map(|id| self.checklist(id)).transpose()?;
        // Held until it is kept: nobody begins to run it meanwhile.
        let lock = known.as_ref().map(|it| self.parts.locks.try_rehearse(&it.id)).transpose()?;
        if matches!(lock, Some(None)) {
            return refused(ChecklistRefused::UnderWay);
        }
        let mut uses = HashSet::new();
        let mut members = vec![];
        for member in draft.members {
            let member = self.checked_member(member)?;
            if !uses.insert(member.uses.clone()) {
                return refused(ChecklistRefused::MemberTwice(member.name));
            }
            members.push(member);
        }
        let checklist = Checklist {
            id: match &known {
                Some(known) => known.id.clone(),
                None => ChecklistId::from_random(Self::random_bits()?),
            },
            name,
            customer: draft.customer.as_deref().and_then(label),
            members,
            hold_for: draft.hold_for.clamp(*HOLDS.start(), *HOLDS.end()),
            after_failure: draft.after_failure,
            signs_out_first: draft.signs_out_first,
            created_at: known.map_or_else(|| self.parts.clock.now(), |it| it.created_at),
        };
        match self.parts.store.save_checklist(&checklist) {
            Ok(()) => {}
            Err(StoreError::NameTaken) => return refused(ChecklistRefused::NameTaken),
            Err(error) => return Err(error.into()),
        }
        self.notify(Notice::ChecklistChanged(Some(checklist.id.clone())));
        Ok(checklist)
    }

    /// With all its runs. False: there was none. [`Self::restore_checklist`] puts it back.
    ///
    /// # Errors
    /// [`Error::RehearsalUnderWay`].
    pub fn remove_checklist(&self, id: &ChecklistId) -> Result<bool, Error> {
        let checklist = self.checklist(id)?;
        let Some(_lock) = self.parts.locks.try_rehearse(id)? else {
            return Err(Error::RehearsalUnderWay(checklist.name));
        };
        let removed = self.parts.store.remove_checklist(id)?;
        self.notify(Notice::ChecklistChanged(Some(id.clone())));
        let is_removed = removed.is_some();
        self.removed_checklists.keep(removed);
        Ok(is_removed)
    }

    /// Puts one back that this process removed, with its runs.
    ///
    /// # Errors
    /// [`Error::ChecklistGone`] when it was not removed here, [`ChecklistRefused::NameTaken`].
    pub fn restore_checklist(&self, id: &ChecklistId) -> Result<(), Error> {
        let removed = self.removed_checklists.find(id).ok_or_else(|| Error::ChecklistGone(id.to_string()))?;
        match self.parts.store.restore_checklist(&removed) {
            Ok(()) => {}
            Err(StoreError::NameTaken) => return Err(Error::ChecklistRefused(ChecklistRefused::NameTaken)),
            Err(error) => return Err(error.into()),
        }
        self.removed_checklists.forget(id);
        self.notify(Notice::ChecklistChanged(Some(id.clone())));
        Ok(())
    }

    /// Every connection that a template fits, ours and platforms', as it would stand on a new list: with those of its
    /// steps that can be tried. What would be ended with each is looked for where an account has several.
    ///
    /// # Errors
    /// The database's.
    pub fn candidates(&self, template: &Template) -> Result<Vec<(Member, Prospect)>, Error> {
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let mut providers = HashMap::new();
        let mut of_account: HashMap<(&ProviderId, &str), usize> = HashMap::new();
        for connection in &board {
            if let Some(subject) = &connection.identity.subject {
                *of_account.entry((&connection.provider, subject)).or_default() += 1;
            }
        }
        let mut all = vec![];
        for connection in board.iter().filter(|it| template.fits(Some(&it.provider))) {
            if !providers.contains_key(&connection.provider) {
                providers.insert(connection.provider.clone(), self.provider_or_stand_in(connection)?);
            }
            let Some(provider) = providers.get(&connection.provider) else { continue };
            let uses = Uses::Connection(connection.id.clone());
            let member = new_member(uses, connection.name.clone(), &template.steps);
            let subject = connection.identity.subject.as_deref().unwrap_or_default();
            let has_more = of_account.get(&(&connection.provider, subject)).is_some_and(|it| *it > 1);
            let would_end = if has_more {
                farewell::plan(connection, provider, vec![], &board, &clients, self.parts.clock.now()).siblings
            } else {
                vec![]
            };
            let prospect = Prospect { would_end, ..prospect_of(connection, provider, &member) };
            all.push((only_what_can(member, &prospect), prospect));
        }
        if template.has_theirs {
            let picture = self.picture()?;
            let mut tests = HashMap::new();
            for theirs in picture.platform_connections().iter().filter(|it| template.fits(it.provider.as_ref())) {
                let is_tested = *match tests.entry(&theirs.platform) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        let platform = picture.platform(&theirs.platform);
                        new.insert(platform.is_some_and(|it| self.tests_connections(it)))
                    }
                };
                let able = if is_tested { vec![Ability::Identity] } else { vec![] };
                let prospect = Prospect { able, ..Prospect::default() };
                let uses = Uses::PlatformConnection(theirs.id.clone());
                let member = new_member(uses, theirs.name.clone(), &template.steps);
                all.push((only_what_can(member, &prospect), prospect));
            }
        }
        Ok(all)
    }

    /// What can be tried of members as they stand on their lists, in their order.
    ///
    /// # Errors
    /// The database's.
    pub fn prospects<'a>(&self, members: impl IntoIterator<Item = &'a Member>) -> Result<Vec<Prospect>, Error> {
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let now = self.parts.clock.now();
        let prospect = |member: &Member| match &member.uses {
            Uses::Connection(id) => {
                let Some(connection) = board.iter().find(|it| it.id == *id) else {
                    return Ok(Prospect { is_gone: true, ..Prospect::default() });
                };
                let provider = self.provider_or_stand_in(connection)?;
                let would_end = farewell::plan(connection, &provider, vec![], &board, &clients, now).siblings;
                Ok(Prospect { would_end, ..prospect_of(connection, &provider, member) })
            }
            Uses::PlatformConnection(id) => {
                let is_gone = self.parts.store.find_platform_connection(id)?.is_none();
                let able = if is_gone { vec![] } else { self.abilities_of_theirs(id)? };
                Ok(Prospect { able, is_gone, ..Prospect::default() })
            }
        };
        members.into_iter().map(prospect).collect()
    }

    /// A member as it is kept: named as it is called, its steps in their order, its own calls such as can be made.
    fn checked_member(&self, member: Member) -> Result<Member, Error> {
        let gone = |id: &str| Error::ChecklistRefused(ChecklistRefused::MemberGone(id.to_owned()));
        let name = match &member.uses {
            Uses::Connection(id) => self.own_name(id)?.ok_or_else(|| gone(id.as_str()))?,
            Uses::PlatformConnection(id) => self.their_name(id)?.ok_or_else(|| gone(id.as_str()))?,
        };
        let own_calls = self.checked_calls(&member, &name)?;
        let has_call = |name: &String| own_calls.iter().any(|it| it.name == *name);
        let is_possible = |step: &Step| match step {
            Step::Own(name) => has_call(name),
            Step::SignInAgain
            | Step::Account
            | Step::Scopes
            | Step::Object
            | Step::ForcedRefresh
            | Step::TwoAtOnce
            | Step::CleanLog => true,
        };
        let steps = Step::in_order(member.steps.into_iter().filter(is_possible));
        if steps.is_empty() {
            return Err(Error::ChecklistRefused(ChecklistRefused::NoSteps(name)));
        }
        let is_said = |text: &String| !text.trim().is_empty();
        let account = member.account.filter(|it| match it {
            ExpectedAccount::Named(text) | ExpectedAccount::OfDomain(text) => is_said(text),
        });
        Ok(Member {
            uses: member.uses,
            name,
            steps,
            account,
            workspace: member.workspace.as_deref().and_then(label),
            told: member.told.into_iter().filter_map(|(name, said)| Some((name, label(&said)?))).collect(),
            own_calls,
        })
    }

    fn checked_calls(&self, member: &Member, of: &str) -> Result<Vec<OwnCall>, Error> {
        let mut calls: Vec<OwnCall> = vec![];
        for call in &member.own_calls {
            let mut call = call.clone();
            call.name = label(&call.name).unwrap_or_default();
            call.url = call.url.trim().to_owned();
            call.body = call.body.filter(|it| !it.trim().is_empty() && it.len() <= LONGEST_TEXT);
            call.expected.text = call.expected.text.filter(|it| !it.is_empty());
            let refused = |why| {
                let refused = ChecklistRefused::OwnCall { member: of.to_owned(), call: call.name.clone(), why };
                Err(Error::ChecklistRefused(refused))
            };
            if let Some(why) = call.mistake() {
                return refused(why);
            }
            if calls.iter().any(|it| it.name == call.name) {
                return refused(OwnCallRefused::NameTwice);
            }
            let is_own = match &member.uses {
                Uses::Connection(id) => {
                    let connection = self.connection(id)?;
                    let provider = self.provider_of(&connection)?;
                    let address = call.address();
                    address.is_some_and(|it| is_of_provider(&it, &provider, &connection.endpoints.token_endpoint))
                }
                Uses::PlatformConnection(_) => false,
            };
            if !is_own {
                return refused(OwnCallRefused::NotOfProvider);
            }
            calls.push(call);
        }
        Ok(calls)
    }

    fn own_name(&self, id: &ConnectionId) -> Result<Option<String>, Error> {
        Ok(self.parts.store.find_connection(id)?.map(|it| it.name))
    }

    fn their_name(&self, id: &PlatformConnectionId) -> Result<Option<String>, Error> {
        let Some(theirs) = self.parts.store.find_platform_connection(id)? else { return Ok(None) };
        let platform = self.parts.store.find_platform(&theirs.platform)?.map(|it| it.name);
        Ok(Some(platform.map_or_else(|| theirs.name.clone(), |platform| format!("{} in {platform}", theirs.name))))
    }
}

fn new_member(uses: Uses, name: String, steps: &[Step]) -> Member {
    Member { uses, name, steps: steps.to_vec(), account: None, workspace: None, told: vec![], own_calls: vec![] }
}

/// What waits for an answer of the person's stays on it: that is asked for.
fn only_what_can(mut member: Member, prospect: &Prospect) -> Member {
    member.steps.retain(|it| prospect.why_not(it).is_none_or(|why| why == NotTried::Unanswered));
    member
}

fn prospect_of(
    connection: &domain::connection::Connection,
    provider: &domain::provider::Provider,
    member: &Member,
) -> Prospect {
    let objects = provider.trial_objects.iter();
    let mut questions: Vec<TrialQuestion> = vec![];
    for asked in objects.clone().filter(|it| missing_scopes(it, connection).is_empty()).flat_map(|it| &it.asks) {
        if !questions.iter().any(|it| it.name == asked.name) {
            questions.push(asked.clone());
        }
    }
    Prospect {
        able: abilities(connection, provider, member),
        questions,
        writes: objects.map(|it| (it.name.clone(), missing_scopes(it, connection))).collect(),
        would_end: vec![],
        is_gone: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E4: the five of the source document, one for calls of one's own, and all of it.
    #[test]
    fn every_template_can_be_read_whole() {
        let written: Vec<TemplateFile> = serde_json::from_str(include_str!("../checklist_templates.json")).unwrap();
        let all = templates();
        assert_eq!(all.len(), written.len());
        for (template, file) in all.iter().zip(&written) {
            assert_eq!(template.steps.len(), file.steps.len(), "{}", file.id);
            assert_eq!(Step::in_order(template.steps.clone()), template.steps, "{}: in their order", file.id);
        }
    }
}
