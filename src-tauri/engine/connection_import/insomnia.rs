//! Insomnia's exports: version 4 lists resources, version 5 nests them; JSON or YAML [A2].

use serde_json::Value;

use super::fields::Fields;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, MOST_FOUND, Source, text};

/// What a live token is called among the resources; seldom exported.
const TOKEN_TYPE: &str = "oauth2_token";

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let is_json = written.trim_start().starts_with('{');
    let tree = if is_json { text::json(source, written)? } else { text::yaml(source, written)? };
    let root = &tree.0;
    let is_export = root.get("_type").and_then(Value::as_str) == Some("export");
    let is_nested = root.get("type").and_then(Value::as_str).is_some_and(|it| it.contains("insomnia"));
    if !is_export && !is_nested {
        return Err(ImportRefused::AnotherTool {
            file: source.name.clone(),
            format: ImportFormat::Insomnia,
            reason: "it is neither `_type: export` nor `type: collection.insomnia.rest/5.0`".to_owned(),
        });
    }
    let mut findings = Findings::default();
    let tokens: Vec<&Value> = root
        .get("resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|it| it.get("_type").and_then(Value::as_str) == Some(TOKEN_TYPE))
        .collect();
    let part = if is_export { "resources" } else { "collection" };
    if let Some(items) = root.get(part).and_then(Value::as_array) {
        walk(source, items, part, &tokens, &mut findings)?;
    }
    Ok(findings)
}

fn walk(
    source: &Source,
    items: &[Value],
    place: &str,
    tokens: &[&Value],
    findings: &mut Findings,
) -> Result<(), ImportRefused> {
    for (index, item) in items.iter().enumerate() {
        if findings.found.len() > MOST_FOUND {
            return Ok(());
        }
        let here = format!("{place}[{index}]");
        let kind = item.pointer("/authentication/type").and_then(Value::as_str);
        match kind {
            Some("oauth2") => findings.found.push(found(source, &here, item, tokens)?),
            Some(_) => findings.passed_over += 1,
            None => {}
        }
        if let Some(children) = item.get("children").and_then(Value::as_array) {
            walk(source, children, &format!("{here}.children"), tokens, findings)?;
        }
    }
    Ok(())
}

fn found(source: &Source, place: &str, item: &Value, tokens: &[&Value]) -> Result<Found, ImportRefused> {
    let request = Fields::of(source, place, item)?;
    let Some(fields) = request.inside("authentication")? else {
        return Err(request.wrong("authentication", "missing"));
    };
    let mut oddities = vec![];
    let client = fields.client("clientId", "clientSecret", &mut oddities)?;
    let mut grant = FoundGrant {
        refresh_token: fields.secret("refreshToken", &mut oddities)?,
        access_token: fields.secret("accessToken", &mut oddities)?,
        scopes: fields.scopes("scope")?,
        ..FoundGrant::default()
    };
    let id = item.get("_id").and_then(Value::as_str);
    let live = tokens.iter().find(|it| id.is_some() && it.get("parentId").and_then(Value::as_str) == id);
    if let Some(live) = live {
        let live = Fields::of(source, TOKEN_TYPE, live)?;
        if let Some(token) = live.secret("refreshToken", &mut oddities)? {
            grant.refresh_token = Some(token);
        }
        if let Some(token) = live.secret("accessToken", &mut oddities)? {
            grant.access_token = Some(token);
        }
        grant.expires_at = live.moment("expiresAt");
    }
    let without_person = ["client_credentials", "password", "implicit"];
    let other_kind = fields.raw("grantType")?.filter(|it| without_person.contains(it)).map(str::to_owned);
    Ok(Found {
        place: format!("{place}.authentication"),
        name: request.name("name")?,
        client,
        grant: Some(grant),
        clues: Clues {
            token_url: fields.clue("accessTokenUrl")?,
            authorize_url: fields.clue("authorizationUrl")?,
            ..Clues::default()
        },
        oddities,
        other_kind,
    })
}
