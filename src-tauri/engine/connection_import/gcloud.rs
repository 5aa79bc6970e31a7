//! Files of gcloud and of Google's client libraries: `application_default_credentials.json`,
//! `legacy_credentials/*/adc.json`, `token.json`, and the client of the console's `client_secret_*.json` [A2].

use super::fields::Fields;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, Source, text};

/// Such a file without an address of its own is of the provider that the tool is for.
const USUAL_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let tree = text::json(source, written)?;
    let fields = Fields::of(source, "", &tree.0).map_err(|_| another_tool(source, "it is no JSON object"))?;
    for kind in ["installed", "web"] {
        if let Some(client) = fields.inside(kind)? {
            return Ok(Findings { found: vec![client_file(&client, kind)?], passed_over: 0 });
        }
    }
    if let Some(kind) = fields.raw("type")?.filter(|kind| *kind != "authorized_user") {
        let other_kind = Some(domain::display_text::cleaned(kind, 80));
        let found = Found { place: "type".to_owned(), other_kind, ..Found::default() };
        return Ok(Findings { found: vec![found], passed_over: 0 });
    }
    if !fields.has("client_id") && !fields.has("refresh_token") && !fields.has("token") {
        return Err(another_tool(source, "it has neither `client_id` nor `refresh_token`"));
    }

    let mut oddities = vec![];
    let client = fields.client("client_id", "client_secret", &mut oddities)?;
    let refresh_token = fields.secret("refresh_token", &mut oddities)?;
    let token = if fields.has("token") { "token" } else { "access_token" };
    let grant = FoundGrant {
        refresh_token,
        access_token: fields.secret(token, &mut oddities)?,
        issued_at: None,
        expires_at: fields.moment("expiry"),
        scopes: fields.scopes("scopes")?,
        // Google's libraries write what they asked for.
        are_scopes_granted: false,
        account: fields.name("account")?.or_else(|| account_of(source)),
    };
    let token_url = fields.clue("token_uri")?.or_else(|| Some(USUAL_TOKEN_URI.to_owned()));
    let found = Found {
        place: source.name.clone(),
        name: None,
        client,
        grant: Some(grant),
        clues: Clues { token_url, ..Clues::default() },
        oddities,
        other_kind: None,
    };
    Ok(Findings { found: vec![found], passed_over: 0 })
}

fn client_file(fields: &Fields<'_>, kind: &str) -> Result<Found, ImportRefused> {
    let mut oddities = vec![];
    let client = fields.client("client_id", "client_secret", &mut oddities)?;
    if client.is_none() && oddities.is_empty() {
        return Err(fields.wrong("client_id", "missing"));
    }
    let token_url = fields.clue("token_uri")?.or_else(|| Some(USUAL_TOKEN_URI.to_owned()));
    Ok(Found {
        place: kind.to_owned(),
        name: fields.name("project_id")?,
        client,
        clues: Clues { token_url, authorize_url: fields.clue("auth_uri")?, ..Clues::default() },
        oddities,
        ..Found::default()
    })
}

/// `legacy_credentials/mira@example.com/adc.json` says in its folder whose it is.
fn account_of(source: &Source) -> Option<String> {
    if source.path.file_name()? != "adc.json" {
        return None;
    }
    let folder = source.path.parent()?.file_name()?.to_string_lossy();
    folder.contains('@').then(|| domain::display_text::cleaned(&folder, 200))
}

fn another_tool(source: &Source, reason: &str) -> ImportRefused {
    ImportRefused::AnotherTool { file: source.name.clone(), format: ImportFormat::Gcloud, reason: reason.to_owned() }
}
