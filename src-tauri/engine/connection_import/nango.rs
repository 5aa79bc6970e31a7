//! Nango's connections, as its API answers or an export lists them [A2].

use super::fields::Fields;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, MOST_FOUND, Source, text};

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let tree = text::json(source, written)?;
    let listed = tree.0.get("connections").unwrap_or(&tree.0);
    let one = std::slice::from_ref(listed);
    let prefix = if tree.0.is_array() { "" } else { "connections" };
    let items = listed.as_array().map_or(one, Vec::as_slice);
    let is_list = listed.is_array();
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate().take(MOST_FOUND + 1) {
        let place = if is_list { format!("{prefix}[{index}]") } else { String::new() };
        let fields = Fields::of(source, &place, item)?;
        if !fields.has("provider_config_key") && !fields.has("provider") {
            return Err(ImportRefused::AnotherTool {
                file: source.name.clone(),
                format: ImportFormat::Nango,
                reason: format!("`{}` is missing", fields.path("provider_config_key")),
            });
        }
        match found(&fields)? {
            Some(found) => findings.found.push(found),
            None => findings.passed_over += 1,
        }
    }
    Ok(findings)
}

fn found(fields: &Fields<'_>) -> Result<Option<Found>, ImportRefused> {
    let Some(credentials) = fields.inside("credentials")? else { return Ok(None) };
    if credentials.raw("type")?.is_some_and(|it| !it.eq_ignore_ascii_case("oauth2")) {
        return Ok(None);
    }
    let mut oddities = vec![];
    let client = match credentials.inside("config_override")? {
        Some(own) => own.client("client_id", "client_secret", &mut oddities)?,
        None => None,
    };
    let raw = credentials.inside("raw")?;
    let scopes = raw.as_ref().map(|raw| raw.scopes("scope")).transpose()?.unwrap_or_default();
    let grant = FoundGrant {
        refresh_token: credentials.secret("refresh_token", &mut oddities)?,
        access_token: credentials.secret("access_token", &mut oddities)?,
        issued_at: fields.moment("last_fetched_at").or_else(|| fields.moment("updated_at")),
        expires_at: credentials.moment("expires_at"),
        are_scopes_granted: !scopes.is_empty(),
        scopes,
        account: match fields.inside("end_user")? {
            Some(user) => user.name("email")?,
            None => None,
        },
    };
    Ok(Some(Found {
        place: fields.path("credentials").trim_start_matches('.').to_owned(),
        name: fields.name("connection_id")?,
        client,
        grant: Some(grant),
        clues: Clues {
            type_name: fields.clue("provider")?.or(fields.clue("provider_config_key")?),
            ..Clues::default()
        },
        oddities,
        other_kind: None,
    }))
}
