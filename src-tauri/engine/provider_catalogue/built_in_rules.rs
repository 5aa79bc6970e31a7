//! What holds for every built-in provider file beyond the format: each fact has its source, each quirk its rehearsal,
//! each setup its steps [A2, C4, C5].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::provider::{CallMethod, Provider, RedirectPort, Revocation, SignatureEndpoint};
use serde_json::Value;
use url::Url;

use super::ProviderCatalogue;
use super::built_in::BUILT_IN;

/// An action that begins with one of these changes something.
const CHANGING_WORDS: &[&str] =
    &["Administer", "Change", "Create", "Delete", "Make", "Manage", "Post", "Schedule", "Send", "Upload", "Write"];

fn all() -> Vec<(Provider, Value)> {
    let (catalogue, errors) = ProviderCatalogue::load(Path::new("no such folder"));
    assert!(errors.is_empty(), "{errors:?}");
    let with_file = |provider: &Provider| {
        let (_, text) = BUILT_IN.iter().find(|(id, _)| *id == provider.id.as_str()).unwrap();
        (provider.clone(), serde_json::from_str(text).unwrap())
    };
    catalogue.list().map(with_file).collect()
}

/// A2
#[test]
fn every_file_of_the_folder_is_built_in_under_its_own_id() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider_catalogue");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
        .map(|it| it.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();

    assert_eq!(BUILT_IN.iter().map(|(id, _)| *id).collect::<Vec<_>>(), files, "one line for each file, in order");
    for ((id, text), (provider, _)) in BUILT_IN.iter().zip(all()) {
        assert_eq!(provider.id.as_str(), *id);
        assert!(text.contains("\"$schema\""), "{id} names the schema, for editors");
    }
}

/// A2
#[test]
fn names_and_tags_are_unmistakable() {
    let (mut names, mut tags) = (BTreeSet::new(), BTreeSet::new());

    for (provider, _) in all() {
        assert!(names.insert(provider.name.to_lowercase()), "{} is named like another", provider.id);
        assert!(tags.insert(provider.tag.to_lowercase()), "{}: the tag {} is another's", provider.id, provider.tag);
        assert_eq!(provider.tag.chars().count(), 2, "{}: a tag is two letters", provider.id);
    }
}

/// A2: each fact carries its source and how sure it is.
#[test]
fn every_part_of_a_file_has_its_source() {
    for (provider, file) in all() {
        let sources: BTreeMap<_, _> = provider.evidence.iter().map(|(part, it)| (part.as_str(), it)).collect();
        let has = |field: &str| file.get(field).is_some();
        let needed = [
            ("endpoints", true),
            ("client_authentication", true),
            ("pkce", true),
            ("scopes", true),
            ("authorize_parameters", has("authorize_parameters")),
            ("refresh", true),
            ("redirect", true),
            ("identity", has("identity")),
            ("checks", has("checks")),
            ("write_checks", provider.checks.iter().any(|it| it.refused_with.is_some())),
            ("trial_objects", has("trial_objects")),
            ("revocation", has("revocation")),
            ("rate_limits", has("rate_limit_headers")),
            ("request_id", has("request_id_header") || has("request_id_pointer")),
            ("error_signatures", has("error_signatures")),
            ("pages", true),
            ("setup", true),
        ];
        for (part, _) in needed.iter().filter(|(_, is_there)| *is_there) {
            assert!(sources.contains_key(part), "{}: where does `{part}` come from?", provider.id);
        }
        let access = ["token_answer", "access_token"];
        assert!(access.iter().any(|it| sources.contains_key(it)), "{}: and the access token's life?", provider.id);
        for (part, source) in provider.evidence.iter().map(|(part, it)| (part.as_str(), it)) {
            let url = Url::parse(&source.source);
            assert!(url.is_ok_and(|it| it.scheme() == "https"), "{}: {part} comes from an address", provider.id);
        }
    }
}

/// A2: what is odd about a provider can be rehearsed.
#[test]
fn every_quirks_fault_is_one_of_the_practice_provider() {
    let is_known = |fault: &str| practice::Faults::default().with_oddity(fault).is_ok();

    for (provider, _) in all() {
        for quirk in &provider.quirks {
            assert!(quirk.fault.as_deref().is_none_or(is_known), "{}: {:?}", provider.id, quirk.fault);
            assert!(quirk.says.ends_with('.'), "{}: `{}` is a sentence", provider.id, quirk.says);
        }
        let mut faults: Vec<_> = provider.quirks.iter().filter_map(|it| it.fault.as_deref()).collect();
        assert!(!faults.is_empty(), "{}: no provider is without one", provider.id);
        faults.sort_unstable();
        faults.dedup();
        let named = provider.quirks.iter().filter(|it| it.fault.is_some()).count();
        assert_eq!(faults.len(), named, "{}: one quirk for each fault", provider.id);
    }
}

/// C4: a wish names its scopes, and says whether it changes anything.
#[test]
fn actions_name_their_scopes_and_whether_they_write() {
    for (provider, _) in all() {
        let rules = &provider.scopes;
        assert_eq!(rules.parameter.is_none(), rules.actions.is_empty(), "{}: scopes have actions", provider.id);
        let mut wishes = BTreeSet::new();
        for action in &rules.actions {
            let wish = &action.allows;
            assert!(!action.scopes.is_empty(), "{}: `{wish}` takes a scope", provider.id);
            assert!(wishes.insert(wish), "{}: `{wish}` stands there once", provider.id);
            let changes = CHANGING_WORDS.iter().any(|word| wish.starts_with(&format!("{word} ")));
            assert!(action.writes || !changes, "{}: `{wish}` writes", provider.id);
            let is_whole = |scope: &String| !scope.is_empty() && !scope.contains([' ', ',', '"', '\\']);
            assert!(action.scopes.iter().all(is_whole), "{}: `{wish}` lists scopes one by one", provider.id);
        }
    }
}

/// C3: for some providers it can be tried whether a grant may write, and nothing is written.
#[test]
fn some_providers_have_a_call_that_asks_to_write() {
    let with = |provider: &Provider| provider.checks.iter().any(|it| it.refused_with.is_some());
    let named: Vec<_> =
        all().into_iter().map(|(provider, _)| provider).filter(with).map(|it| it.id.to_string()).collect();
    assert!(named.len() >= 5, "{named:?}");
}

/// E4, S075: what a rehearsal makes is made at the provider, marked as ours, and by a scope that a person can choose.
#[test]
fn trial_objects_are_marked_and_made_at_the_provider() {
    let mut named = vec![];
    for (provider, _) in all() {
        let rules = &provider.scopes;
        let known: BTreeSet<_> = rules.always.iter().chain(rules.actions.iter().flat_map(|it| &it.scopes)).collect();
        for object in &provider.trial_objects {
            for call in &object.calls {
                assert!(is_of(&provider, &call.url), "{}: {} is no address of the provider", provider.id, call.url);
            }
            let makes = object.calls.first().and_then(|it| it.body.as_deref()).unwrap_or_default();
            assert!(makes.contains("{tag}"), "{}: `{}` bears our mark", provider.id, object.name);
            for scope in &object.scopes {
                assert!(known.contains(scope), "{}: nobody can choose {scope} of `{}`", provider.id, object.name);
            }
            named.push(provider.id.as_str().to_owned());
        }
    }
    for wanted in ["google", "notion", "airtable", "slack"] {
        assert!(named.iter().any(|it| it == wanted), "{wanted} has a trial object");
    }
}

/// E2, S075: calls are harmless, go to the provider alone, and take scopes that a person can choose.
#[test]
fn checks_go_to_the_provider_and_take_scopes_it_knows() {
    for (provider, _) in all() {
        let rules = &provider.scopes;
        let known: BTreeSet<_> = rules.always.iter().chain(rules.actions.iter().flat_map(|it| &it.scopes)).collect();
        let calls = provider.identity.iter().map(|it| it.url.as_str());
        for url in calls.chain(provider.checks.iter().map(|it| it.url.as_str())) {
            assert!(is_of(&provider, url), "{}: {url} is no address of the provider", provider.id);
        }
        for check in &provider.checks {
            for scope in &check.scopes {
                assert!(known.contains(scope), "{}: nobody can choose {scope} of `{}`", provider.id, check.name);
            }
            if check.method == CallMethod::Fetch {
                assert!(check.body.is_none(), "{}: a GET has no body", provider.id);
            }
            if let Some(refusal) = &check.refused_with {
                let is_empty = check.body.as_deref() == Some("{}") && check.method == CallMethod::Post;
                assert!(is_empty, "{}: `{}` holds nothing that could be written", provider.id, check.name);
                assert!(!check.scopes.is_empty(), "{}: `{}` takes a scope", provider.id, check.name);
                assert!(!refusal.statuses.is_empty(), "{}: `{}` is refused with something", provider.id, check.name);
                let tells = refusal.statuses.iter().all(|it| !matches!(it, 401 | 403 | 404))
                    && (refusal.codes.is_some() || refusal.statuses.iter().all(|it| matches!(it, 400 | 422)));
                assert!(tells, "{}: another refusal of `{}` looks the same", provider.id, check.name);
            }
            let body = check.body.as_deref().map(serde_json::from_str::<Value>);
            assert!(body.is_none_or(|it| it.is_ok()), "{}: the body of `{}` is JSON", provider.id, check.name);
        }
    }
}

fn is_of(provider: &Provider, url: &str) -> bool {
    // What the token answer told comes first: the rules look at that.
    if url.starts_with('{') {
        return true;
    }
    let url = Url::parse(&url.replace(['{', '}'], "")).unwrap();
    let host = url.host_str().unwrap();
    let endpoints = [&provider.authorization_endpoint, &provider.token_endpoint];
    endpoints.iter().any(|it| it.host_str() == Some(host))
        || provider.api_hosts.iter().any(|it| it == host || (it.starts_with('.') && host.ends_with(it.as_str())))
        || matches!(&provider.revocation, Revocation::Offered(call) if call.url.contains(&format!("://{host}/")))
        || provider.issuer.as_ref().is_some_and(|it| it.identifier.contains(&format!("://{host}")))
        || provider.identity.as_ref().is_some_and(|it| it.url.contains(&format!("://{host}/")))
}

/// C1: the first signature that matches counts, so that none may hide a later, narrower one.
#[test]
fn no_signature_hides_another() {
    for (provider, _) in all() {
        let signatures = &provider.error_signatures;
        for (number, later) in signatures.iter().enumerate() {
            let text = later.contains.to_lowercase();
            let is_by_text = later.fields.is_empty() && later.header.is_none();
            assert!(!is_by_text || text.len() >= 3, "{}: `{text}` would match nearly everything", provider.id);
            let hides = signatures[..number].iter().find(|it| {
                it.cause != later.cause
                    && is_within(later.endpoint, it.endpoint)
                    && (it.http_status.is_none() || it.http_status == later.http_status)
                    && (it.header.is_none() || it.header == later.header)
                    && it.fields.iter().all(|field| later.fields.contains(field))
                    && text.contains(&it.contains.to_lowercase())
            });
            assert!(hides.is_none(), "{}: `{text}` is never reached behind {hides:?}", provider.id);
        }
    }
}

/// Whether all that is said at the first place is heard at the second.
fn is_within(place: Option<SignatureEndpoint>, wider: Option<SignatureEndpoint>) -> bool {
    use SignatureEndpoint as E;
    let is_of_token_endpoint = matches!(place, Some(E::Token | E::TokenExchange | E::TokenRefresh));
    wider.is_none() || place == wider || (wider == Some(E::Token) && is_of_token_endpoint)
}

/// C5: the guide says what to paste, and where to go.
#[test]
fn every_set_up_says_what_to_paste_and_where() {
    for (provider, _) in all() {
        let setup = &provider.setup;
        assert!(setup.app_kind.is_some(), "{}: which kind of app?", provider.id);
        assert!((3..=10).contains(&setup.steps.len()), "{}: {} steps", provider.id, setup.steps.len());
        let text = setup.steps.join("\n");
        let takes_any = provider.redirect.port == RedirectPort::Any && text.contains("no redirect URI to enter");
        assert!(takes_any || text.contains("{redirect_uri}"), "{}: where does the redirect URI go?", provider.id);
        assert_eq!(text.contains("{scopes}"), !provider.scopes.actions.is_empty(), "{}: the scopes", provider.id);
        let pasted = text.replace("{redirect_uri}", "").replace("{scopes}", "");
        assert!(!pasted.contains(['{', '}']), "{}: nothing else is filled in", provider.id);
        for step in &setup.steps {
            assert!(step.ends_with(['.', '}']), "{}: `{step}` is a sentence", provider.id);
        }

        for step in &setup.share_steps {
            let filled = step.replace("{account}", "").replace("{app}", "");
            assert!(!filled.contains(['{', '}']) && step.ends_with('.'), "{}: `{step}` is a sentence", provider.id);
        }

        let pages = &provider.pages;
        for page in [&pages.console, &pages.status, &pages.documentation] {
            assert_eq!(page.as_ref().map(Url::scheme), Some("https"), "{}: the person's pages", provider.id);
        }
    }
}

/// A2: a variable is asked for in words, and every one is of use.
#[test]
fn every_variable_stands_in_an_address() {
    for (provider, file) in all() {
        for variable in &provider.variables {
            let place = format!("{{{}}}", variable.name);
            assert!(file.to_string().contains(&place), "{}: {place} makes an address whole", provider.id);
            assert!(!variable.asks.is_empty(), "{}: {place} is asked for", provider.id);
        }
    }
}
