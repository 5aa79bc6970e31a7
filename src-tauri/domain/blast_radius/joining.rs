//! Which connection of ours stands for the same account as a platform's: by what the platform shows, with how sure that
//! is; a person's word stays [D1, A8].

use std::collections::HashMap;

use super::impact::OwnConnection;
use super::{Join, PlatformConnection};
use crate::{ConnectionId, ProviderId};

/// Below this nobody is told: it would be guessing.
const LEAST_PERCENT: u8 = 40;

/// The same account by its id.
const BY_ID: u8 = 98;
/// The same e-mail address at the same provider.
const BY_ADDRESS: u8 = 95;
/// The same e-mail address; the provider is not known.
const BY_ADDRESS_ALONE: u8 = 75;
/// The same name or login at the same provider.
const BY_LABEL: u8 = 80;
/// The connection's name at the platform holds the address.
const BY_NAME: u8 = 70;
/// The one connection there is at that provider, for that customer.
const BY_BEING_ALONE: u8 = 45;
/// Several fit as well as each other.
const SHARED_MOST: u8 = 50;

/// The same provider, and nothing else.
const BY_PROVIDER: u8 = 20;
/// A longer list is searched, not read.
const MOST_CHOICES: usize = 8;

/// One of ours that a person may join to a platform's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub connection: ConnectionId,
    /// 0 to 100.
    pub percent: u8,
    pub because: Likeness,
}

/// What the two have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    SameAccount,
    /// The account's name stands in what the platform calls the connection.
    AccountInLabel,
    OnlyOneOfProvider,
    SameProvider,
}

/// Our own connections, by what a platform may show of them.
#[derive(Debug)]
pub struct Candidates<'a> {
    own: &'a [OwnConnection],
    by_shown: HashMap<String, Vec<usize>>,
    by_provider: HashMap<&'a ProviderId, Vec<usize>>,
}

impl<'a> Candidates<'a> {
    pub fn among(own: &'a [OwnConnection]) -> Self {
        let mut by_shown: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_provider: HashMap<&ProviderId, Vec<usize>> = HashMap::new();
        for (number, it) in own.iter().enumerate() {
            let mut shown: Vec<String> =
                [&it.identity.subject, &it.identity.label].into_iter().flatten().map(|it| plain(it)).collect();
            shown.dedup();
            for text in shown.into_iter().filter(|it| !it.is_empty()) {
                by_shown.entry(text).or_default().push(number);
            }
            by_provider.entry(&it.provider).or_default().push(number);
        }
        Self { own, by_shown, by_provider }
    }

    /// The one that most likely stands for the same account; a person's word goes before any likeness.
    pub fn join(&self, theirs: &PlatformConnection, customer: Option<&str>) -> Option<Join> {
        if let Some(said) = theirs.joined.as_ref().filter(|it| it.is_confirmed) {
            return Some(said.clone());
        }
        let likely = self.likely(theirs, customer);
        let best = likely.iter().map(|(_, percent)| *percent).max().filter(|it| *it >= LEAST_PERCENT)?;
        let mut equals: Vec<usize> = likely.iter().filter(|it| it.1 == best).map(|it| it.0).collect();
        if let Some(customer) = customer
            && let Some(own) = equals.iter().copied().find(|it| self.own[*it].customer.as_deref() == Some(customer))
        {
            equals = vec![own];
        }
        let percent = if equals.len() > 1 { best.min(SHARED_MOST) } else { best };
        let connection = equals.first().map(|it| self.own[*it].id.clone());
        Some(Join { connection, percent, is_confirmed: false })
    }

    /// Those that a person may choose from, the likeliest first: what has something in common, then all of the provider.
    pub fn choices(&self, theirs: &PlatformConnection, customer: Option<&str>) -> Vec<Choice> {
        let mut found: Vec<Choice> = self.likely(theirs, customer).into_iter().map(|it| self.choice(it)).collect();
        for number in theirs.provider.iter().filter_map(|it| self.by_provider.get(it)).flatten() {
            if found.len() >= MOST_CHOICES {
                break;
            }
            if found.iter().all(|it| it.connection != self.own[*number].id) {
                found.push(self.choice((*number, BY_PROVIDER)));
            }
        }
        found.sort_by_key(|it| std::cmp::Reverse(it.percent));
        found.truncate(MOST_CHOICES);
        found
    }

    fn choice(&self, (number, percent): (usize, u8)) -> Choice {
        let because = match percent {
            BY_ID | BY_ADDRESS | BY_ADDRESS_ALONE | BY_LABEL => Likeness::SameAccount,
            BY_NAME => Likeness::AccountInLabel,
            BY_BEING_ALONE => Likeness::OnlyOneOfProvider,
            _ => Likeness::SameProvider,
        };
        Choice { connection: self.own[number].id.clone(), percent, because }
    }

    fn likely(&self, theirs: &PlatformConnection, customer: Option<&str>) -> Vec<(usize, u8)> {
        let mut found = vec![];
        if let Some(account) = &theirs.account {
            for number in self.by_shown.get(&plain(account)).into_iter().flatten() {
                found.extend(self.by_account(*number, account, theirs.provider.as_ref()).map(|it| (*number, it)));
            }
        }
        if !found.is_empty() {
            return found;
        }
        for address in addresses(&theirs.name) {
            for number in self.by_shown.get(&address).into_iter().flatten() {
                let fits = theirs.provider.as_ref().is_none_or(|it| *it == self.own[*number].provider);
                found.extend(fits.then_some((*number, BY_NAME)));
            }
        }
        // An account that is shown and is none of ours is another account.
        if !found.is_empty() || theirs.account.is_some() {
            return found;
        }
        let at_provider = theirs.provider.as_ref().and_then(|it| self.by_provider.get(it));
        let is_same_customer = |number: &&usize| self.own[**number].customer.as_deref() == customer;
        let mut alone = at_provider.into_iter().flatten().filter(is_same_customer);
        match (alone.next(), alone.next()) {
            (Some(number), None) => vec![(*number, BY_BEING_ALONE)],
            (None, _) | (_, Some(_)) => vec![],
        }
    }

    fn by_account(&self, number: usize, account: &str, provider: Option<&ProviderId>) -> Option<u8> {
        let own = &self.own[number];
        let is_same_provider = provider.map(|it| *it == own.provider);
        let is_id = own.identity.subject.as_deref().is_some_and(|it| plain(it) == plain(account));
        let is_address = account.contains('@');
        match is_same_provider {
            Some(true) if is_id => Some(BY_ID),
            Some(true) if is_address => Some(BY_ADDRESS),
            Some(true) => Some(BY_LABEL),
            None if is_address => Some(BY_ADDRESS_ALONE),
            // A name alone may be anybody's, and another provider's account is another account.
            None | Some(false) => None,
        }
    }
}

/// E-mail addresses that stand in a name, as written in lower case: `Gmail (mira@halden.example)`.
fn addresses(name: &str) -> impl Iterator<Item = String> {
    let is_part = |it: char| it.is_alphanumeric() || "@._+-".contains(it);
    let words = name.split(move |it| !is_part(it)).map(|it| it.trim_matches('.'));
    words.filter(|it| it.split_once('@').is_some_and(|(one, other)| !one.is_empty() && other.contains('.'))).map(plain)
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{own, their};
    use super::*;
    use crate::connection::Identity;

    fn labelled(number: u64, label: &str, customer: Option<&str>) -> OwnConnection {
        let identity = Identity { label: Some(label.to_owned()), ..Identity::default() };
        OwnConnection { identity, customer: customer.map(str::to_owned), ..own(number) }
    }

    fn showing(account: Option<&str>) -> PlatformConnection {
        PlatformConnection { account: account.map(str::to_owned), ..their(1) }
    }

    fn joined(own: &[OwnConnection], theirs: &PlatformConnection) -> Option<(u64, u8)> {
        let join = Candidates::among(own).join(theirs, None)?;
        let number = (0..20).find(|it| Some(crate::ConnectionId::from_random(*it)) == join.connection)?;
        Some((number, join.percent))
    }

    /// D1: what a platform shows decides, and how sure it is is said.
    #[test]
    fn an_account_is_found_by_what_the_platform_shows() {
        let board = [labelled(1, "Mira@halden.example", None), labelled(2, "jonas@halden.example", None)];

        assert_eq!(joined(&board, &showing(Some("mira@HALDEN.example"))), Some((1, BY_ADDRESS)));
        let unknown = PlatformConnection { provider: None, ..showing(Some("jonas@halden.example")) };
        assert_eq!(joined(&board, &unknown), Some((2, BY_ADDRESS_ALONE)));
        let named = PlatformConnection { name: "Gmail (jonas@halden.example)".to_owned(), ..showing(None) };
        assert_eq!(joined(&board, &named), Some((2, BY_NAME)));
        let other = PlatformConnection {
            provider: Some(ProviderId::from_text("notion")),
            ..showing(Some("mira@halden.example"))
        };
        assert_eq!(joined(&board, &other), None, "an account at another provider is another account");
        assert_eq!(joined(&board, &showing(Some("eva@halden.example"))), None, "somebody else's");
    }

    /// D1
    #[test]
    fn what_fits_several_is_no_certainty_and_the_customer_tells_them_apart() {
        let board = [labelled(1, "a@x.example", Some("Halden")), labelled(2, "a@x.example", Some("Fjord"))];
        let theirs = showing(Some("a@x.example"));

        assert_eq!(joined(&board, &theirs).map(|it| it.1), Some(SHARED_MOST));
        let join = Candidates::among(&board).join(&theirs, Some("Fjord")).unwrap();
        assert_eq!((join.connection, join.percent), (Some(board[1].id.clone()), BY_ADDRESS));
    }

    /// D1: the person confirms or corrects once, and it stays.
    #[test]
    fn a_persons_word_stays() {
        let board = [labelled(1, "mira@halden.example", None)];
        let none = Join { connection: None, percent: 100, is_confirmed: true };
        let theirs = PlatformConnection { joined: Some(none.clone()), ..showing(Some("mira@halden.example")) };

        assert_eq!(Candidates::among(&board).join(&theirs, None), Some(none));
    }

    /// D1
    #[test]
    fn the_only_one_at_its_provider_is_likely_where_nothing_is_shown() {
        assert_eq!(joined(&[labelled(1, "a@x.example", None)], &showing(None)), Some((1, BY_BEING_ALONE)));
        let two = [labelled(1, "a@x.example", None), labelled(2, "b@x.example", None)];
        assert_eq!(joined(&two, &showing(None)), None, "it may be either");
    }

    /// D1: what a person chooses from begins with the likeliest, and a house with many connections is no long list.
    #[test]
    fn the_likeliest_comes_first_and_the_list_ends() {
        let mut all: Vec<_> = (1..40).map(|it| labelled(it, &format!("person{it}@halden.example"), None)).collect();
        all.push(labelled(77, "mira@halden.example", None));

        let choices = Candidates::among(&all).choices(&showing(Some("Mira@Halden.example")), None);

        assert_eq!(choices.len(), MOST_CHOICES);
        assert_eq!(choices[0].connection, ConnectionId::from_random(77));
        assert_eq!((choices[0].because, choices[1].because), (Likeness::SameAccount, Likeness::SameProvider));
    }
}
