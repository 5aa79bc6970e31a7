//! Shapes of real failures of providers without an entry, one line each: they are read acceptably, in other dress too,
//! and no advice that comes out harms [C1, C2].

use serde_json::Value;

use super::classify;
use crate::diagnosis::{ActionLabel as A, CauseLabel as C, Diagnosis, Evidence, FailedEndpoint};

const READINGS: &str = include_str!("readings.jsonl");

pub(super) fn readings() -> impl Iterator<Item = Value> {
    READINGS.lines().map(|it| serde_json::from_str(it).unwrap())
}

pub(super) fn evidence(reading: &Value) -> Evidence {
    let headers = reading["headers"].as_object().into_iter().flatten();
    Evidence {
        endpoint: FailedEndpoint::from_text(reading["endpoint"].as_str().unwrap()),
        http_status: reading["status"].as_u64().map(|it| u16::try_from(it).unwrap()),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        body: reading["body"].as_str().unwrap_or_default().into(),
        network_error: reading["network_error"].as_str().map(str::to_owned),
        ..Evidence::default()
    }
}

pub(super) fn is_acceptable(reading: &Value, named: &Diagnosis) -> bool {
    reading["causes"].as_array().unwrap().iter().any(|it| it == named.cause.as_str())
}

/// C2: what must not be advised, whichever of the acceptable causes is the true one.
pub(super) fn is_unsafe(reading: &Value, action: A) -> bool {
    let causes: Vec<C> =
        reading["causes"].as_array().unwrap().iter().map(|it| C::from_text(it.as_str().unwrap()).unwrap()).collect();
    let is_consent = matches!(action, A::Reconnect | A::ReconnectWithMoreScopes | A::ReconnectOtherAccount);
    let is_repeated = matches!(action, A::WaitAndRetry | A::Refresh);
    causes.iter().all(|it| !it.allows(action)) && (is_consent || is_repeated)
}

/// C1, C2
#[test]
fn every_shape_is_read_acceptably() {
    let wrong: Vec<String> = readings()
        .filter_map(|reading| {
            let named = classify(&evidence(&reading), &[]);
            let is_right = is_acceptable(&reading, &named) && !is_unsafe(&reading, named.action);
            (!is_right).then(|| format!("{} {:?}: {reading}", named.cause.as_str(), named.action))
        })
        .collect();

    assert!(readings().count() >= 150);
    assert!(wrong.is_empty(), "{} are read wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

/// C1, C2: blanks, the order of fields, fields more, an envelope and capitals change neither cause nor safety.
#[test]
fn another_dress_changes_nothing() {
    for reading in readings() {
        let plain = classify(&evidence(&reading), &[]);
        for (dress, dressed) in dressed(&evidence(&reading)) {
            let named = classify(&dressed, &[]);
            assert!(!is_unsafe(&reading, named.action), "{dress}: {:?} for {reading}", named.action);
            assert!(named.cause.allows(named.action), "{dress}: {reading}");
            assert_eq!(named.cause, plain.cause, "{dress}: {reading}");
        }
    }
}

/// C2: half of an answer may be read otherwise, and still nothing is advised that its own cause forbids.
#[test]
fn whatever_is_left_of_an_answer_the_advice_fits_the_cause() {
    for reading in readings() {
        let whole = evidence(&reading);
        for part in 0..8 {
            for http_status in [whole.http_status, None, Some(200), Some(400), Some(401), Some(403), Some(500)] {
                let body = whole.body[..whole.body.len() * part / 8].to_vec();
                let named = classify(&Evidence { body, http_status, ..whole.clone() }, &[]);
                assert!(named.cause.allows(named.action), "{part}/8, {http_status:?}: {reading}");
            }
        }
    }
}

/// As PHP prints what it has parsed; of what is nested, nothing.
fn printed(fields: &serde_json::Map<String, Value>) -> Option<String> {
    let lines: Option<Vec<String>> = fields
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) if !text.contains(['"', '\n', '\\']) => Some(format!("  \"{name}\" => \"{text}\"")),
            Value::Number(_) | Value::Bool(_) => Some(format!("  \"{name}\" => {value}")),
            Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
        })
        .collect();
    Some(format!("array:{} [\n{}\n]", fields.len(), lines?.join("\n")))
}

fn dressed(plain: &Evidence) -> Vec<(&'static str, Evidence)> {
    let with = |body: String| Evidence { body: body.into_bytes(), ..plain.clone() };
    let text = String::from_utf8(plain.body.clone()).unwrap();
    let mut all = vec![("blanks around", with(format!(" \r\n{text}\n ")))];
    if let Ok(body) = serde_json::from_str::<Value>(&text) {
        all.push(("pretty", with(serde_json::to_string_pretty(&body).unwrap())));
        if let Value::Object(fields) = &body {
            let turned: serde_json::Map<_, _> =
                fields.iter().rev().map(|(it, value)| (it.clone(), value.clone())).collect();
            all.push(("turned round", with(Value::Object(turned).to_string())));
            if plain.http_status.is_some_and(|it| it >= 400)
                && let Some(printed) = printed(fields)
            {
                all.push(("printed by a program", with(printed)));
            }
            let mut more = fields.clone();
            more.insert("served_by".to_owned(), "node-7".into());
            all.push(("one more field", with(Value::Object(more).to_string())));
        }
    }
    let headers = plain.headers.iter().map(|(name, value)| (name.to_uppercase(), value.clone()));
    let headers = headers.chain([("Content-Type".to_owned(), "application/octet-stream".to_owned())]).collect();
    all.push(("another content type", Evidence { headers, ..plain.clone() }));
    all
}
