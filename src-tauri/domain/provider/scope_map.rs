//! What a scope allows, in words: the provider's own, else those every OpenID provider shares [C4].

use super::ScopeRules;

/// OpenID Connect Core §5.4 and §11.
const STANDARD: &[(&str, &str)] = &[
    ("openid", "Know who signed in"),
    ("profile", "Read name and picture"),
    ("email", "Read the e-mail address"),
    ("address", "Read the postal address"),
    ("phone", "Read the telephone number"),
    ("offline_access", "Stay connected without a person"),
];

/// What a scope allows, where anyone has said so.
pub fn meaning<'a>(rules: &'a ScopeRules, scope: &str) -> Option<&'a str> {
    let own = rules.meanings.iter().find(|(name, _)| name == scope).map(|(_, words)| words.as_str());
    let by_action = || {
        // A discovered issuer's actions are named by the bare scope: that says nothing new.
        let action = rules.actions.iter().find(|it| it.scopes.iter().any(|one| one == scope) && it.allows != scope);
        action.map(|action| action.allows.as_str())
    };
    let standard = || STANDARD.iter().find(|(name, _)| *name == scope).map(|(_, words)| *words);
    own.or_else(by_action).or_else(standard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, ScopeAction};

    /// C4
    #[test]
    fn the_providers_own_words_come_before_the_standards() {
        let url = "https://as.example/token".parse().unwrap();
        let mut rules = Provider::bare(crate::ProviderId::from_text("as"), url).scopes;
        rules.meanings = vec![("email".into(), "See the address".into())];
        rules.actions = vec![ScopeAction {
            allows: "Read files".into(),
            scopes: vec!["f".into()],
            is_preselected: true,
            writes: false,
        }];

        assert_eq!(meaning(&rules, "email"), Some("See the address"));
        assert_eq!(meaning(&rules, "openid"), Some("Know who signed in"));
        assert_eq!(meaning(&rules, "f"), Some("Read files"));
        assert_eq!(meaning(&rules, "unheard.of"), None, "what nobody described is not guessed");
    }
}
