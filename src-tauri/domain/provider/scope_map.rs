//! Actions and scopes, both ways: what a scope allows in words, which scopes a wish takes, and what those granted
//! leave undone [C4].

use std::collections::BTreeSet;

use super::{Provider, ScopeAction, ScopeRules};
use crate::connection::Scopes;

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

/// An action of the provider's, and where it stands with one grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStanding<'a> {
    pub action: &'a ScopeAction,
    /// All its scopes were asked for.
    pub is_wished: bool,
    /// Scopes it takes that are not granted; none: it can be done.
    pub missing: Vec<&'a str>,
}

/// A grant that holds less than was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall<'a> {
    pub granted_count: usize,
    pub requested_count: usize,
    /// What was wished and cannot be done, in the provider's words.
    pub cannot: Vec<&'a str>,
}

/// Why a wish in words names no action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishRefused<'a> {
    Unknown,
    /// It may be any of these.
    Unclear(Vec<&'a str>),
}

/// Whether scopes in hand hold this one, or one that takes its place.
pub fn covers(rules: &ScopeRules, held: &[String], scope: &str) -> bool {
    held.iter().any(|one| one == scope || implied(rules, one).contains(scope))
}

/// Scopes in hand, with all that they imply.
pub fn all_covered(rules: &ScopeRules, held: &[String]) -> Vec<String> {
    let mut all: Vec<String> = held.to_vec();
    for weaker in held.iter().flat_map(|one| implied(rules, one)) {
        if !all.iter().any(|it| it == weaker) {
            all.push(weaker.to_owned());
        }
    }
    all
}

/// The fewest of these scopes that allow the same: each once, and none that another of them implies.
pub fn minimal(rules: &ScopeRules, wanted: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = vec![];
    for (index, scope) in wanted.iter().enumerate() {
        let is_implied = wanted.iter().enumerate().any(|(other_index, other)| {
            // Two that imply each other are one: the first stays.
            let is_mutual = implied(rules, scope).contains(other.as_str());
            other != scope && implied(rules, other).contains(scope.as_str()) && (!is_mutual || other_index < index)
        });
        if !is_implied && !kept.contains(scope) {
            kept.push(scope.clone());
        }
    }
    kept
}

/// The action that words mean: its name, letter case aside, or the only one that holds them.
pub fn find_wish<'a>(rules: &'a ScopeRules, words: &str) -> Result<&'a ScopeAction, WishRefused<'a>> {
    let words = words.trim().to_lowercase();
    if let Some(action) = rules.actions.iter().find(|it| it.allows.to_lowercase() == words) {
        return Ok(action);
    }
    let all: Vec<&str> = words.split_whitespace().collect();
    let holds = |it: &&ScopeAction| {
        let name = it.allows.to_lowercase();
        !all.is_empty() && all.iter().all(|word| name.contains(word))
    };
    let found: Vec<_> = rules.actions.iter().filter(holds).collect();
    match found.as_slice() {
        [] => Err(WishRefused::Unknown),
        [action] => Ok(action),
        several => Err(WishRefused::Unclear(several.iter().map(|it| it.allows.as_str()).collect())),
    }
}

/// Every action of the provider's, and what of it is asked for and granted.
pub fn standings<'a>(rules: &'a ScopeRules, scopes: &Scopes) -> Vec<ActionStanding<'a>> {
    let standing = |action: &'a ScopeAction| ActionStanding {
        action,
        is_wished: !action.scopes.is_empty() && action.scopes.iter().all(|it| covers(rules, &scopes.requested, it)),
        missing: action.scopes.iter().map(String::as_str).filter(|it| !covers(rules, &scopes.granted, it)).collect(),
    };
    rules.actions.iter().map(standing).collect()
}

/// What needs this scope: actions that were wished, and harmless calls whose scopes were all asked for.
pub fn required_by<'a>(provider: &'a Provider, scopes: &Scopes, scope: &str) -> Vec<&'a str> {
    let rules = &provider.scopes;
    let wished = standings(rules, scopes).into_iter().filter(|it| it.is_wished).map(|it| it.action);
    let actions = wished.filter(|it| it.scopes.iter().any(|one| one == scope)).map(|it| it.allows.as_str());
    let is_asked = |needed: &[String]| needed.iter().all(|it| covers(rules, &scopes.requested, it));
    let checks = provider.checks.iter().filter(|it| it.scopes.iter().any(|one| one == scope) && is_asked(&it.scopes));
    actions.chain(checks.map(|it| it.name.as_str())).collect()
}

/// What a grant leaves undone. `None` when everything asked for is granted.
pub fn shortfall<'a>(rules: &'a ScopeRules, scopes: &Scopes) -> Option<Shortfall<'a>> {
    let requested_count = scopes.requested.len();
    let granted_count = scopes.requested.iter().filter(|it| covers(rules, &scopes.granted, it)).count();
    let undone = |it: &ActionStanding<'_>| it.is_wished && !it.missing.is_empty();
    let cannot = standings(rules, scopes).iter().filter(|it| undone(it)).map(|it| it.action.allows.as_str()).collect();
    (granted_count < requested_count).then_some(Shortfall { granted_count, requested_count, cannot })
}

/// What one scope takes the place of, through any number of steps.
fn implied<'a>(rules: &'a ScopeRules, scope: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![scope.to_owned()];
    while let Some(one) = open.pop() {
        for weaker in rules.implies.iter().filter(|(name, _)| *name == one).flat_map(|(_, weaker)| weaker) {
            if found.insert(weaker.as_str()) {
                open.push(weaker.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{CallMethod, CheckCall};

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

    /// C4: the least that does everything wished for.
    #[test]
    fn what_another_scope_implies_is_not_asked_for() {
        let rules = rules();

        for (wanted, least) in [
            (&["drive.readonly", "drive", "mail"][..], &["drive", "mail"][..]),
            (&["drive.file", "drive.readonly"], &["drive.file", "drive.readonly"]),
            (&["everything", "drive.readonly"], &["everything"]),
            (&["mail", "mail"], &["mail"]),
            (&["a", "b"], &["a"]),
            (&[], &[]),
        ] {
            assert_eq!(minimal(&rules, &owned(wanted)), owned(least), "of {wanted:?}");
        }
        assert!(covers(&rules, &owned(&["everything"]), "drive.readonly"), "through drive");
        assert!(!covers(&rules, &owned(&["drive.readonly"]), "drive"));
    }

    /// C4
    #[test]
    fn a_wish_is_found_by_its_words_unless_they_fit_several() {
        let rules = rules();
        let found = |words| find_wish(&rules, words).map(|it| it.scopes[0].as_str());

        assert_eq!(found("read files in drive"), Ok("drive.readonly"));
        assert_eq!(found("send"), Ok("mail.send"));
        assert_eq!(found("drive"), Err(WishRefused::Unclear(vec!["Read files in Drive", "Write files in Drive"])));
        assert_eq!(found("fly"), Err(WishRefused::Unknown));
        assert_eq!(found("  "), Err(WishRefused::Unknown));
    }

    /// C4: partial grants are named by what they leave undone.
    #[test]
    fn a_partial_grant_says_what_cannot_be_done() {
        let rules = rules();
        let scopes = |granted| Scopes { requested: owned(&["openid", "drive.readonly", "mail.send"]), granted };

        let found = shortfall(&rules, &scopes(owned(&["openid", "drive"]))).unwrap();
        assert_eq!((found.granted_count, found.requested_count), (2, 3), "drive holds drive.readonly");
        assert_eq!(found.cannot, ["Send mail"]);
        assert_eq!(shortfall(&rules, &scopes(owned(&["openid", "drive", "mail.send"]))), None);
        let standing = |name: &str, held: &[&str]| {
            let all = standings(&rules, &scopes(owned(held)));
            let one = all.iter().find(|it| it.action.allows == name).unwrap();
            (one.is_wished, one.missing.len())
        };
        assert_eq!(standing("Send mail", &[]), (true, 1));
        assert_eq!(standing("Write files in Drive", &["drive"]), (false, 0), "granted, and nobody asked for it");
    }

    /// C4
    #[test]
    fn a_scope_is_required_by_wishes_and_by_checks_that_were_asked_for() {
        let url = "https://as.example/token".parse().unwrap();
        let check = CheckCall {
            name: "List one file".into(),
            method: CallMethod::Fetch,
            url: "https://as.example/files".into(),
            headers: vec![],
            body: None,
            scopes: owned(&["drive.readonly"]),
            success_flag: None,
            refused_with: None,
        };
        let bare = Provider::bare(crate::ProviderId::from_text("as"), url);
        let provider = Provider { scopes: rules(), checks: vec![check], ..bare };
        let asked = Scopes { requested: owned(&["drive.readonly"]), granted: vec![] };

        assert_eq!(required_by(&provider, &asked, "drive.readonly"), ["Read files in Drive", "List one file"]);
        assert_eq!(required_by(&provider, &Scopes::default(), "drive.readonly"), [""; 0], "nobody asked");
    }

    fn rules() -> ScopeRules {
        let url = "https://as.example/token".parse().unwrap();
        let action = |allows: &str, scope: &str| ScopeAction {
            allows: allows.into(),
            scopes: vec![scope.into()],
            is_preselected: false,
            writes: false,
        };
        let mut rules = Provider::bare(crate::ProviderId::from_text("as"), url).scopes;
        rules.actions = vec![
            action("Read files in Drive", "drive.readonly"),
            action("Write files in Drive", "drive"),
            action("Send mail", "mail.send"),
        ];
        let implies = |scope: &str, weaker: &[&str]| (scope.to_owned(), owned(weaker));
        rules.implies = vec![
            implies("drive", &["drive.readonly"]),
            implies("everything", &["drive"]),
            implies("a", &["b"]),
            implies("b", &["a"]),
        ];
        rules
    }

    fn owned(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|it| (*it).to_owned()).collect()
    }
}
