//! An account of oidc-agent, as `oidc-gen -p NAME` prints it; the agent's own files are encrypted [A2].

use super::fields::Fields;
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, Source, text};

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let start = written.trim_start();
    // The agent's own form: a line of hex or base64, its version last.
    let is_sealed =
        !start.starts_with('{') && start.lines().next().is_some_and(|it| it.len() > 40 && !it.contains(' '));
    if is_sealed {
        return Err(ImportRefused::Encrypted {
            file: source.name.clone(),
            advice: "let oidc-agent print it (oidc-gen -p NAME > FILE) and choose that file",
        });
    }
    let tree = text::json(source, written)?;
    let another = |reason: &str| ImportRefused::AnotherTool {
        file: source.name.clone(),
        format: ImportFormat::OidcAgent,
        reason: reason.to_owned(),
    };
    let fields = Fields::of(source, "", &tree.0).map_err(|_| another("it is no JSON object"))?;
    let issuer_name = if fields.has("issuer_url") { "issuer_url" } else { "issuer" };
    if !fields.has(issuer_name) {
        return Err(another("`issuer_url` is missing"));
    }
    let mut oddities = vec![];
    let client = fields.client("client_id", "client_secret", &mut oddities)?;
    let scopes = fields.scopes(if fields.has("auth_scope") { "auth_scope" } else { "scope" })?;
    let grant = FoundGrant {
        refresh_token: fields.secret("refresh_token", &mut oddities)?,
        scopes,
        account: fields.name("username")?,
        ..FoundGrant::default()
    };
    let found = Found {
        place: fields.name("name")?.unwrap_or_else(|| source.name.clone()),
        name: fields.name("name")?,
        client,
        grant: Some(grant),
        clues: Clues { issuer: fields.clue(issuer_name)?, ..Clues::default() },
        oddities,
        other_kind: None,
    };
    Ok(Findings { found: vec![found], passed_over: 0 })
}
