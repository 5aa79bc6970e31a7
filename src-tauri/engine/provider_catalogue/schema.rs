//! The JSON Schema of provider files: written from their types, kept in docs/provider.schema.json, and true of every
//! built-in file [A2].

use domain::diagnosis::{ActionLabel, CauseLabel};
use serde_json::Value;

use super::built_in::BUILT_IN;
use super::file::ProviderFile;
use super::quirk_faults::QUIRK_FAULTS;
use super::rules::EVIDENCE_PARTS;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/provider.schema.json");

/// The types' schema, with the names that stand in lists beside the types.
fn schema() -> Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(ProviderFile)).unwrap();
    schema["title"] = "A provider file of Patchbay".into();
    schema["$defs"]["SignatureFile"]["properties"]["cause"]["enum"] =
        CauseLabel::ALL.iter().map(|it| Value::from(it.as_str())).collect();
    schema["$defs"]["SignatureFile"]["properties"]["action"]["enum"] =
        ActionLabel::ALL.iter().map(|it| Value::from(it.as_str())).chain([Value::Null]).collect();
    schema["properties"]["evidence"]["propertyNames"] = serde_json::json!({ "enum": EVIDENCE_PARTS });
    schema["$defs"]["QuirkFile"]["properties"]["fault"]["enum"] =
        QUIRK_FAULTS.iter().map(|it| Value::from(*it)).chain([Value::Null]).collect();
    schema
}

/// A2: `PATCHBAY_WRITE_SCHEMA=1` writes it anew: `./dev schema`.
#[test]
fn the_schema_in_the_docs_is_current() {
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("PATCHBAY_WRITE_SCHEMA").is_some() {
        std::fs::write(PATH, &current).unwrap();
    }

    let kept = std::fs::read_to_string(PATH).unwrap_or_default();

    assert_eq!(kept.replace("\r\n", "\n"), current, "docs/provider.schema.json is behind the types: ./dev schema");
}

/// A2
#[test]
fn every_built_in_file_keeps_to_the_schema() {
    let schema = jsonschema::validator_for(&schema()).unwrap();

    for (name, text) in BUILT_IN {
        let file: Value = serde_json::from_str(text).unwrap();
        let complaints: Vec<_> = schema.iter_errors(&file).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

/// A2: an editor that knows the schema complains where Patchbay would.
#[test]
fn the_schema_refuses_what_the_format_does_not_know() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let good: Value = serde_json::from_str(BUILT_IN[0].1).unwrap();
    let refuses = |pointer: &str, name: &str, value: Value| {
        let mut file = good.clone();
        file.pointer_mut(pointer).unwrap()[name] = value;
        !schema.is_valid(&file)
    };

    assert!(schema.is_valid(&good));
    assert!(refuses("", "colour", "red".into()), "a field nobody knows");
    assert!(refuses("", "pkce", "maybe".into()), "a word that is none of the choices");
    assert!(refuses("", "client_authentication", "basic".into()), "a value of another type");
    assert!(refuses("/error_signatures/0", "cause", "bad_weather".into()), "no cause of ours");
    assert!(refuses("/error_signatures/0", "action", "hope".into()), "no action of ours");
    assert!(refuses("/quirks/0", "fault", "bad_weather".into()), "no fault of the practice provider");
    assert!(refuses("/evidence", "weather", serde_json::json!({ "source": "", "certainty": "verified" })), "no part");
}
