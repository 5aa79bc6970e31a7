//! `n8n export:credentials --decrypted`: OAuth2 credentials with their client and token; encrypted ones are said to
//! be so [A2].

use std::time::Duration;

use serde_json::Value;

use super::fields::Fields;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, MOST_FOUND, Oddity, Source, text};

/// The generic type: its addresses stand in the credential itself.
const GENERIC: &str = "oAuth2Api";

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let tree = text::json(source, written)?;
    let one = std::slice::from_ref(&tree.0);
    let (items, is_list) = tree.0.as_array().map_or((one, false), |items| (items.as_slice(), true));
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate() {
        if findings.found.len() > MOST_FOUND {
            break;
        }
        let place = if is_list { format!("[{index}]") } else { String::new() };
        let fields = Fields::of(source, &place, item)?;
        let Some(type_name) = fields.raw("type")?.filter(|_| fields.has("data")) else {
            return Err(ImportRefused::AnotherTool {
                file: source.name.clone(),
                format: ImportFormat::N8n,
                reason: format!("`{}` is missing", fields.path(if fields.has("data") { "type" } else { "data" })),
            });
        };
        if fields.value("data").is_some_and(Value::is_string) {
            return Err(ImportRefused::Encrypted {
                file: source.name.clone(),
                advice: "export it anew with n8n export:credentials --all --decrypted --output=FILE",
            });
        }
        match found(&fields, type_name)? {
            Some(found) => findings.found.push(found),
            None => findings.passed_over += 1,
        }
    }
    Ok(findings)
}

fn found(fields: &Fields<'_>, type_name: &str) -> Result<Option<Found>, ImportRefused> {
    let Some(data) = fields.inside("data")? else { return Ok(None) };
    let is_oauth = type_name.contains("OAuth2") || type_name == GENERIC || data.has("oauthTokenData");
    if !is_oauth {
        return Ok(None);
    }
    let mut oddities = vec![];
    let client = data.client("clientId", "clientSecret", &mut oddities)?;
    let other_kind = data.raw("grantType")?.filter(|it| *it == "clientCredentials").map(str::to_owned);
    let mut grant = None;
    if let Some(token) = data.inside("oauthTokenData")? {
        let issued_at = fields.moment("updatedAt");
        let lifetime = token.seconds("expires_in").and_then(|it| u64::try_from(it).ok()).map(Duration::from_secs);
        let stated = token.moment("n8n_expires_at").or_else(|| token.moment("expires_at"));
        // Its last change came with the token or after it: the end that follows is the latest possible.
        let latest = issued_at.zip(lifetime).and_then(|(at, life)| at.checked_add(life).ok());
        if stated.is_none() && latest.is_some() {
            oddities.push(Oddity::ExpiryGuessed);
        }
        let scopes = token.scopes("scope")?;
        grant = Some(FoundGrant {
            refresh_token: token.secret("refresh_token", &mut oddities)?,
            access_token: token.secret("access_token", &mut oddities)?,
            issued_at,
            expires_at: stated.or(latest),
            are_scopes_granted: !scopes.is_empty(),
            scopes: if scopes.is_empty() { data.scopes("scope")? } else { scopes },
            account: None,
        });
    }
    let type_name = Some(type_name.to_owned()).filter(|it| it != GENERIC);
    Ok(Some(Found {
        place: fields.path("data").trim_start_matches('.').to_owned(),
        name: fields.name("name")?,
        client,
        grant,
        clues: Clues {
            token_url: data.clue("accessTokenUrl")?,
            authorize_url: data.clue("authUrl")?,
            type_name,
            ..Clues::default()
        },
        oddities,
        other_kind,
    }))
}
