//! Reconnecting: the same account, or another; what would change, and what needs a yes [A7, E1, S019, S101].

use super::{Identity, Scopes};

/// The old grant and the new one, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconnectComparison {
    pub old: Identity,
    pub new: Identity,
    pub is_other_account: bool,
    pub is_other_workspace: bool,
    /// The provider does not say who signed in; nothing can be compared.
    pub is_identity_unknown: bool,
    pub scopes_lost: Vec<String>,
    pub scopes_gained: Vec<String>,
}

impl ReconnectComparison {
    /// Compares by subject and workspace id; labels such as e-mail addresses decide nothing.
    pub fn between(old: &Identity, new: &Identity, old_scopes: &Scopes, new_scopes: &Scopes) -> Self {
        let missing_from = |from: &[String], of: &[String]| {
            of.iter().filter(|scope| !from.contains(scope)).cloned().collect::<Vec<_>>()
        };
        Self {
            is_other_account: differ(old.subject.as_ref(), new.subject.as_ref()),
            is_other_workspace: differ(old.workspace_id.as_ref(), new.workspace_id.as_ref()),
            is_identity_unknown: old.subject.is_some() && new.subject.is_none(),
            scopes_lost: missing_from(&new_scopes.granted, &old_scopes.granted),
            scopes_gained: missing_from(&old_scopes.granted, &new_scopes.granted),
            old: old.clone(),
            new: new.clone(),
        }
    }

    /// Whether a person must say yes before anything is replaced.
    pub fn needs_a_yes(&self) -> bool {
        self.is_other_account || self.is_other_workspace || self.is_identity_unknown || !self.scopes_lost.is_empty()
    }
}

/// Known on both sides and not the same. What was never known cannot differ.
fn differ(old: Option<&String>, new: Option<&String>) -> bool {
    matches!((old, new), (Some(old), Some(new)) if old != new)
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

    fn compare(old: &Identity, new: &Identity) -> ReconnectComparison {
        ReconnectComparison::between(old, new, &Scopes::default(), &Scopes::default())
    }

    fn identity(subject: &str, label: &str) -> Identity {
        Identity { subject: Some(subject.into()), label: Some(label.into()), ..Identity::default() }
    }
}
