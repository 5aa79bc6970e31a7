//! Postman: OAuth 2.0 settings of a collection, its folders and requests, and variables of an environment [A2].

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::text::Tree;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, MOST_FOUND, Source, text};

/// Which words of an environment mean which setting, without case and punctuation.
const MEANINGS: [(&str, &[&str]); 7] = [
    ("clientId", &["clientid", "oauthclientid"]),
    ("clientSecret", &["clientsecret", "oauthclientsecret"]),
    ("accessToken", &["accesstoken", "bearertoken"]),
    ("refreshToken", &["refreshtoken"]),
    ("authUrl", &["authurl", "authorizationurl", "authorizeurl"]),
    ("accessTokenUrl", &["accesstokenurl", "tokenurl", "tokenuri"]),
    ("scope", &["scope", "scopes"]),
];

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let tree = text::json(source, written)?;
    let mut findings = Findings::default();
    if let Some(Value::Array(values)) = tree.0.get("values") {
        let settings = Tree(Value::Object(environment(values)));
        let found = found(source, "values", tree.0.get("name").and_then(Value::as_str), &settings.0)?;
        findings.passed_over = values.len().saturating_sub(settings.0.as_object().map_or(0, Map::len));
        findings.found.extend(found);
        return Ok(findings);
    }
    if tree.0.get("info").is_none() || tree.0.get("item").is_none() {
        return Err(ImportRefused::AnotherTool {
            file: source.name.clone(),
            format: ImportFormat::Postman,
            reason: "it is neither a collection (`info`, `item`) nor an environment (`values`)".to_owned(),
        });
    }
    let variables = variables(tree.0.get("variable"));
    let name = tree.0.pointer("/info/name").and_then(Value::as_str).unwrap_or("collection");
    // Deeper than a JSON reader goes it cannot be nested.
    walk(source, &tree.0, &domain::display_text::cleaned(name, 100), &variables, &mut findings)?;
    Ok(findings)
}

fn walk(
    source: &Source,
    node: &Value,
    place: &str,
    variables: &BTreeMap<&str, &str>,
    findings: &mut Findings,
) -> Result<(), ImportRefused> {
    let auth = node.get("auth").or_else(|| node.pointer("/request/auth")).filter(|it| it.is_object());
    if let Some(auth) = auth {
        match settings(auth, variables) {
            Some(settings) => {
                let name = node.get("name").or_else(|| node.pointer("/info/name")).and_then(Value::as_str);
                findings.found.extend(found(source, &format!("{place} > auth"), name, &settings.0)?);
            }
            None => findings.passed_over += 1,
        }
    }
    for item in node.get("item").and_then(Value::as_array).into_iter().flatten() {
        if findings.found.len() > MOST_FOUND {
            return Ok(());
        }
        let name = item.get("name").and_then(Value::as_str).unwrap_or("item");
        walk(source, item, &format!("{place} > {}", domain::display_text::cleaned(name, 60)), variables, findings)?;
    }
    Ok(())
}

/// The OAuth 2.0 settings of an `auth`, as one object; version 2.1 lists keys and values, 2.0 has the object.
fn settings(auth: &Value, variables: &BTreeMap<&str, &str>) -> Option<Tree> {
    if auth.get("type").and_then(Value::as_str) != Some("oauth2") {
        return None;
    }
    let pairs: Vec<(&str, &str)> = match auth.get("oauth2")? {
        Value::Array(items) => items.iter().filter_map(pair).collect(),
        Value::Object(fields) => fields.iter().filter_map(|(key, it)| Some((key.as_str(), it.as_str()?))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    let filled = pairs.into_iter().map(|(key, value)| {
        let named = value.trim().strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
        let value = named.and_then(|name| variables.get(name.trim())).unwrap_or(&value);
        (key.to_owned(), Value::String((*value).to_owned()))
    });
    Some(Tree(Value::Object(filled.collect())))
}

fn pair(item: &Value) -> Option<(&str, &str)> {
    Some((item.get("key")?.as_str()?, item.get("value")?.as_str()?))
}

fn variables(listed: Option<&Value>) -> BTreeMap<&str, &str> {
    listed.and_then(Value::as_array).into_iter().flatten().filter_map(pair).collect()
}

fn environment(values: &[Value]) -> Map<String, Value> {
    let is_on = |item: &&Value| item.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let mut settings = Map::new();
    for (key, value) in values.iter().filter(is_on).filter_map(pair) {
        let word: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let meaning = MEANINGS.iter().find(|(_, words)| words.iter().any(|it| word.ends_with(it)));
        if let Some((name, _)) = meaning {
            settings.entry((*name).to_owned()).or_insert_with(|| Value::String(value.to_owned()));
        }
    }
    settings
}

fn found(source: &Source, place: &str, name: Option<&str>, settings: &Value) -> Result<Option<Found>, ImportRefused> {
    let fields = Fields::of(source, place, settings)?;
    let mut oddities = vec![];
    let client = fields.client("clientId", "clientSecret", &mut oddities)?;
    let grant = FoundGrant {
        refresh_token: fields.secret("refreshToken", &mut oddities)?,
        access_token: fields.secret("accessToken", &mut oddities)?,
        scopes: fields.scopes("scope")?,
        ..FoundGrant::default()
    };
    if client.is_none() && !grant.has_token() && oddities.is_empty() {
        return Ok(None);
    }
    let without_person = ["client_credentials", "password_credentials", "implicit"];
    let other_kind = fields.raw("grant_type")?.filter(|it| without_person.contains(it)).map(str::to_owned);
    Ok(Some(Found {
        place: place.to_owned(),
        name: name.map(|it| domain::display_text::cleaned(it, 100)),
        client,
        grant: Some(grant),
        clues: Clues {
            token_url: fields.clue("accessTokenUrl")?,
            authorize_url: fields.clue("authUrl")?,
            ..Clues::default()
        },
        oddities,
        other_kind,
    }))
}
