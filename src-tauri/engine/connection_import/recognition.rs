//! Which tool a file is of, by its shape.

use serde_json::Value;

use super::{ImportFormat, ImportRefused, Source, text};

/// The format of a file that nobody named.
pub(super) fn recognised(source: &Source, written: &str) -> Result<ImportFormat, ImportRefused> {
    let unknown = || ImportRefused::Unrecognised { file: source.name.clone() };
    let start = written.trim_start();
    if start.starts_with(['{', '[']) && !looks_like_a_section(start) {
        let tree = text::json(source, written)?;
        return by_fields(&tree.0).ok_or_else(unknown);
    }
    if start.starts_with("RCLONE_ENCRYPT_V0:") || looks_like_a_section(start) || start.starts_with(['#', ';']) {
        return Ok(ImportFormat::Rclone);
    }
    let has_line = |begin: &str| start.lines().any(|line| line.trim_end().starts_with(begin));
    if has_line("auth:oauth2 {") || has_line("meta {") || has_line("auth {") {
        return Ok(ImportFormat::Bruno);
    }
    if has_line("type: collection.insomnia") || has_line("_type: export") || has_line("type: environment.insomnia") {
        return Ok(ImportFormat::Insomnia);
    }
    Err(unknown())
}

/// `[gdrive]` alone on the first line, which no JSON begins with.
fn looks_like_a_section(start: &str) -> bool {
    let first = start.lines().next().unwrap_or_default().trim();
    first.starts_with('[')
        && first.ends_with(']')
        && first.len() > 2
        && !first.contains(['{', '"', ','])
        && start.lines().skip(1).any(|line| line.contains('='))
}

fn by_fields(value: &Value) -> Option<ImportFormat> {
    if let Value::Array(items) = value {
        let first = items.iter().find(|it| it.is_object())?;
        return by_fields(first).filter(|it| matches!(it, ImportFormat::N8n | ImportFormat::Nango));
    }
    let has = |name: &str| value.get(name).is_some();
    if has("provider_config_key") || has("connections") {
        Some(ImportFormat::Nango)
    } else if has("data") && has("type") && has("name") {
        Some(ImportFormat::N8n)
    } else if has("_type") && has("resources") || value.get("type").is_some_and(is_insomnia) {
        Some(ImportFormat::Insomnia)
    } else if has("_postman_variable_scope") || has("info") && has("item") {
        Some(ImportFormat::Postman)
    } else if has("issuer_url") || has("issuer") && has("client_id") {
        Some(ImportFormat::OidcAgent)
    } else if has("installed") || has("web") || has("token_uri") || has("client_id") || has("type") {
        Some(ImportFormat::Gcloud)
    } else {
        None
    }
}

fn is_insomnia(value: &Value) -> bool {
    value.as_str().is_some_and(|it| it.contains("insomnia"))
}
