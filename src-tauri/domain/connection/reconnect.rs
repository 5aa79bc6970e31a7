//! Reconnecting: the same account, or another; what would change, and what needs a yes [A7, C8, E1, S019, S101].

use super::sprawl::{names_of, taken_along};
use super::{Client, Connection, Identity, Scopes};
use crate::ClientId;
use crate::provider::Revocation;

/// The old grant and the new one, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconnectComparison {
    pub old: Identity,
    pub new: Identity,
    pub is_other_account: bool,
    pub is_other_workspace: bool,
    /// A consumer's account for an organisation's, a bot for a person.
    pub is_other_kind: bool,
    /// Another organisation, as far as its domain shows.
    pub is_other_domain: bool,
    /// The provider does not say who signed in, or where, as it did at the other time: not all can be compared.
    pub is_identity_unknown: bool,
    pub scopes_lost: Vec<String>,
    pub scopes_gained: Vec<String>,
}

impl ReconnectComparison {
    /// Compares by subject and workspace id; a label such as an e-mail address decides only where a subject is missing.
    pub fn between(old: &Identity, new: &Identity, old_scopes: &Scopes, new_scopes: &Scopes) -> Self {
        let missing_from = |from: &[String], of: &[String]| {
            of.iter().filter(|scope| !from.contains(scope)).cloned().collect::<Vec<_>>()
        };
        let is_same_account = old.is_same_account(new);
        let is_unsaid = old.subject.is_some() && new.subject.is_none();
        Self {
            is_other_account: is_same_account == Some(false),
            is_other_workspace: differ(old.workspace_id.as_ref(), new.workspace_id.as_ref()),
            is_other_kind: differ(old.kind(), new.kind()),
            is_other_domain: differ(old.domain().map(str::to_lowercase), new.domain().map(str::to_lowercase)),
            is_identity_unknown: is_same_account.is_none()
                || (is_unsaid && is_same_account == Some(true))
                || old.workspace_id.is_some() != new.workspace_id.is_some(),
            scopes_lost: missing_from(&new_scopes.granted, &old_scopes.granted),
            scopes_gained: missing_from(&old_scopes.granted, &new_scopes.granted),
            old: old.clone(),
            new: new.clone(),
        }
    }

    /// Whether a person must say yes before anything is replaced. Of the same subject a new address, and with it
    /// a new domain, is no reason to ask.
    pub fn needs_a_yes(&self) -> bool {
        let is_same_subject = self.old.subject.is_some() && self.old.subject == self.new.subject;
        self.is_another_identity()
            || (self.is_other_domain && !is_same_subject)
            || self.is_identity_unknown
            || !self.scopes_lost.is_empty()
    }

    /// Somebody else, somewhere else, or something else than before signed in.
    pub fn is_another_identity(&self) -> bool {
        self.is_other_account || self.is_other_workspace || self.is_other_kind
    }
}

/// Known on both sides and not the same. What was never known cannot differ.
fn differ<T: PartialEq>(old: Option<T>, new: Option<T>) -> bool {
    matches!((old, new), (Some(old), Some(new)) if old != new)
}

/// What a refusal does about the new grant at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    TakesItBack,
    /// The provider's revocation would end these connections too: the new grant is left there.
    WouldEnd(Vec<String>),
    /// The access token is revoked; the provider has no way for the refresh token.
    TakesAccessTokenBack,
    /// The provider offers no revocation.
    NotOffered,
}

/// Whether a new grant can be taken back without ending one that is wanted.
pub fn refusal(
    revocation: &Revocation,
    client: &ClientId,
    new: &Identity,
    has_refresh_token: bool,
    board: &[Connection],
    clients: &[Client],
) -> Refusal {
    let Revocation::Offered(call) = revocation else { return Refusal::NotOffered };
    let along = taken_along(call.effect, None, client, new, board, clients);
    if !along.is_empty() {
        return Refusal::WouldEnd(names_of(&along));
    }
    if has_refresh_token && call.ends_access_token_alone() {
        return Refusal::TakesAccessTokenBack;
    }
    Refusal::TakesItBack
}

/// What a person says to a grant that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReconnectDecision {
    /// Put it in the old one's place.
    Replace,
    /// Keep the old one; the new grant becomes a connection of its own.
    KeepBoth,
    /// Take the new grant back at the provider, and forget it here.
    Refuse,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::RevocationEffect;
    use crate::test_values::{connection, offered};

    /// A7, S101: the same e-mail address under another subject is another account.
    #[test]
    fn another_subject_is_another_account_whatever_its_address() {
        let comparison = compare(&identity("1", "mira@x.example"), &identity("2", "mira@x.example"));

        assert!(comparison.is_other_account && comparison.needs_a_yes());
    }

    /// A7
    #[test]
    fn the_same_subject_under_a_new_address_needs_no_question() {
        assert!(!compare(&identity("1", "mira@x.example"), &identity("1", "mira@y.example")).needs_a_yes());
    }

    /// A7: fewer scopes would break what depends on them.
    #[test]
    fn losing_a_scope_needs_a_yes_and_gaining_one_does_not() {
        let one = Scopes { granted: vec!["read".into()], ..Scopes::default() };
        let two = Scopes { granted: vec!["read".into(), "write".into()], ..Scopes::default() };
        let who = identity("1", "mira@x.example");

        assert!(ReconnectComparison::between(&who, &who, &two, &one).needs_a_yes());
        assert!(!ReconnectComparison::between(&who, &who, &one, &two).needs_a_yes());
    }

    /// A7: a grant nobody can name is not slipped in for a known one.
    #[test]
    fn an_unknown_identity_in_place_of_a_known_one_needs_a_yes() {
        assert!(compare(&identity("1", "mira@x.example"), &Identity::default()).needs_a_yes());
    }

    /// A7, S101: an address is all there is to go by.
    #[test]
    fn without_a_subject_another_address_is_another_account() {
        let by_address = |label: &str| Identity { subject: None, ..identity("", label) };
        let mira = by_address("mira@x.example");

        assert!(compare(&mira, &by_address("jonas@x.example")).is_other_account);
        let later = compare(&mira, &identity("2", "jonas@x.example"));
        assert!(later.is_other_account && later.needs_a_yes(), "a subject that comes later proves nothing of before");
        assert!(!compare(&mira, &by_address("Mira@X.example")).needs_a_yes(), "the case of an address says nothing");
        assert!(!compare(&mira, &identity("1", "mira@x.example")).needs_a_yes());
        let unsaid = compare(&identity("1", "mira@x.example"), &mira);
        assert!(unsaid.is_identity_unknown && unsaid.needs_a_yes(), "an address moves on; the subject is gone");
    }

    /// A7, S101: what only looks alike is another, and a name is anybody's.
    #[test]
    fn labels_tell_only_as_addresses_and_only_exactly() {
        let by_label = |label: &str| Identity { subject: None, ..identity("", label) };
        for (old, new, expected) in [
            ("mike@x.example", "MIKE@x.example", Some(true)),
            ("mike@x.example", "mi\u{212a}e@x.example", Some(false)),
            ("stra\u{df}e@x.example", "STRA\u{1e9e}E@x.example", Some(false)),
            ("mira@x.example", "mira\u{fffd}@x.example", Some(false)),
            ("mira@x.example", "mira@x.example ", Some(false)),
            ("Mira", "Mira", None),
            ("mira", "Mira", None),
            ("mira", "jonas", None),
            ("mira@x.example", "mira", None),
        ] {
            let comparison = compare(&by_label(old), &by_label(new));
            assert_eq!(by_label(old).is_same_account(&by_label(new)), expected, "{old} {new}");
            assert_eq!(comparison.needs_a_yes(), expected != Some(true), "{old} {new}");
        }
    }

    /// A7: nothing is taken for the same because nobody says otherwise.
    #[test]
    fn what_neither_time_was_told_needs_a_yes() {
        let comparison = compare(&Identity::default(), &Identity::default());

        assert!(comparison.is_identity_unknown && comparison.needs_a_yes() && !comparison.is_another_identity());
    }

    /// A7: the same person in a workspace that only one of the two sign-ins names.
    #[test]
    fn a_workspace_known_on_one_side_alone_needs_a_yes() {
        let bare = identity("1", "mira@x.example");
        let placed = Identity { workspace_id: Some("acme".into()), ..bare.clone() };

        for (old, new) in [(&placed, &bare), (&bare, &placed)] {
            let comparison = compare(old, new);
            assert!(comparison.is_identity_unknown && comparison.needs_a_yes(), "{old:?} -> {new:?}");
        }
        assert!(!compare(&placed, &placed).needs_a_yes() && !compare(&bare, &bare).needs_a_yes());
    }

    /// C8: the same address book entry, moved from a person's own account into an organisation's.
    #[test]
    fn another_kind_of_account_needs_a_yes_and_a_new_domain_alone_does_not() {
        let kind = |kind: &str| Identity { account_kind: Some(kind.into()), ..identity("1", "mira@x.example") };

        let moved = compare(&kind("consumer"), &kind("organisation x.example"));
        assert!(moved.is_other_kind && moved.needs_a_yes(), "an organisation's policy comes with it");
        let renamed = compare(&kind("organisation x.example"), &kind("organisation y.example"));
        assert!(renamed.is_other_domain && !renamed.is_other_kind && !renamed.needs_a_yes(), "shown, not asked");
        let nameless = Identity { subject: None, ..identity("1", "mira@x.example") };
        assert!(compare(&nameless, &identity("2", "mira@y.example")).needs_a_yes(), "the domain is all there is");
    }

    /// A7, A10: a revocation that ends more than the new grant is not made.
    #[test]
    fn a_refusal_takes_nothing_along_that_is_wanted() {
        let old = connection();
        let of =
            |effect, who: &Identity| refusal(&offered(effect), &old.client, who, true, std::slice::from_ref(&old), &[]);
        let other = identity("another", "jonas@x.example");

        assert_eq!(of(RevocationEffect::ThisGrant, &old.identity), Refusal::TakesItBack);
        assert_eq!(of(RevocationEffect::AllGrantsOfTheClient, &other), Refusal::TakesItBack);
        let would_end = Refusal::WouldEnd(vec!["Google Drive".into()]);
        assert_eq!(of(RevocationEffect::AllGrantsOfTheClient, &old.identity), would_end);
        assert_eq!(
            of(RevocationEffect::AllGrantsOfTheClient, &Identity::default()),
            would_end,
            "nobody knows that it is another account"
        );
        assert_eq!(refusal(&Revocation::NotOffered, &old.client, &other, true, &[], &[]), Refusal::NotOffered);
    }

    fn compare(old: &Identity, new: &Identity) -> ReconnectComparison {
        ReconnectComparison::between(old, new, &Scopes::default(), &Scopes::default())
    }

    fn identity(subject: &str, label: &str) -> Identity {
        Identity { subject: Some(subject.into()), label: Some(label.into()), ..Identity::default() }
    }
}
