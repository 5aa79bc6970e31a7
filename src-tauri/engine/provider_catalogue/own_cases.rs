//! What holds for the recorded and rebuilt failures in `tests/corpus`, one file for each provider: they can be read, each
//! is unmistakable and has its source, and every provider and every cause is among them [A2, C1, C2].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::diagnosis::{ActionLabel, CauseLabel};
use serde_json::Value;
use url::Url;

use super::built_in::BUILT_IN;

/// Failures of no provider in particular.
const ANYWHERE: &str = "unknown";

/// The sample, and failures of providers without an entry or collected across providers.
const NOT_OF_ONE: [&str; 2] = ["failures", "elsewhere"];

/// Every file of one provider, by its name, line by line.
fn files() -> BTreeMap<String, Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let paths = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let own = paths.filter(|path| {
        path.extension().is_some_and(|it| it == "jsonl")
            && path.file_stem().is_some_and(|it| !NOT_OF_ONE.iter().any(|other| it == *other))
    });
    own.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
        let cases = text.lines().map(read).collect();
        (name, cases)
    })
    .collect()
}

fn texts<'a>(case: &'a Value, list: &str) -> Vec<&'a str> {
    case[list].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

/// C1: three failures at least of each provider.
#[test]
fn every_provider_has_failures_of_its_own() {
    let files = files();

    let known: BTreeSet<&str> = BUILT_IN.iter().map(|(id, _)| *id).chain([ANYWHERE]).collect();
    assert_eq!(files.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "one file for each provider");
    for (name, cases) in &files {
        assert!(cases.len() >= 3, "{name}: {} are too few to learn from", cases.len());
        for case in cases {
            let provider = case["provider"].as_str().unwrap_or(ANYWHERE);
            assert_eq!(provider, name, "{} stands in its provider's file", case["id"]);
        }
    }
}

/// C2: every cause is met, and no label is made up.
#[test]
fn every_cause_is_met_more_than_once() {
    let mut counts: BTreeMap<&str, usize> = CauseLabel::ALL.iter().map(|it| (it.as_str(), 0)).collect();
    for case in files().values().flatten() {
        let id = case["id"].as_str().unwrap();
        let (causes, actions) = (texts(case, "acceptable_causes"), texts(case, "acceptable_actions"));
        for cause in &causes {
            assert!(CauseLabel::from_text(cause).is_some(), "{id}: {cause} is no cause");
        }
        for action in &actions {
            let action = ActionLabel::from_text(action).unwrap_or_else(|| panic!("{id}: {action} is no action"));
            let is_safe = |cause: &&str| CauseLabel::from_text(cause).is_some_and(|it| it.allows(action));
            assert!(causes.iter().any(is_safe), "{id}: {} helps with none of {causes:?}", action.as_str());
        }
        let expected = case["expected_cause"].as_str().unwrap();
        assert!(causes.contains(&expected), "{id}: what is expected is acceptable");
        assert!(actions.contains(&case["expected_action"].as_str().unwrap()), "{id}: what is expected is acceptable");
        *counts.get_mut(CauseLabel::from_text(expected).unwrap().as_str()).unwrap() += 1;
    }

    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count < 2).collect();
    assert!(rare.is_empty(), "met less than twice: {rare:?}");
    assert!(counts.values().sum::<usize>() >= 200);
}

/// A2, C1: each case says where it comes from and how sure it is, and looks like what an engine may see.
#[test]
fn every_case_is_unmistakable_and_has_its_source() {
    let (mut ids, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for case in files().values().flatten() {
        let id = case["id"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} stands there twice");
        let shown = ["provider", "endpoint", "http_status", "headers", "body", "network_error", "context"];
        let evidence = shown.map(|field| case.get(field).unwrap_or_else(|| panic!("{id}: {field}")).to_string());
        let source = case["source"].as_str().unwrap();
        assert!(seen.insert((evidence.join("\n"), source.to_owned())), "{id}: the same failure of the same source");
        let scheme = Url::parse(source).map(|it| it.scheme().to_owned());
        assert!(matches!(scheme.as_deref(), Ok("https" | "http")), "{id}: {source} is no address");
        assert!(["verbatim", "reconstructed"].contains(&case["confidence"].as_str().unwrap()), "{id}");
        assert!(!case["title"].as_str().unwrap().is_empty(), "{id}: a title");
        let endpoint = case["endpoint"].as_str().unwrap();
        assert!(["authorize", "token_exchange", "token_refresh", "revoke", "api"].contains(&endpoint), "{id}");
        assert!(case["headers"].as_object().unwrap().values().all(Value::is_string), "{id}: headers are texts");
    }
}
