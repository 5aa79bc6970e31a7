//! `rclone.conf`: one section a remote, its token as a line of JSON; encrypted ones are said to be so [A2].

use ini::{Ini, ParseOption, Properties};
use zeroize::Zeroize as _;

use super::fields::{self, Fields};
use super::{Clues, Findings, Found, FoundGrant, ImportFormat, ImportRefused, Source, encoded, text};

/// Written where an access token does not end, by older versions.
const OLD_NAMES: [&str; 3] = ["AccessToken", "RefreshToken", "Expiry"];
const NAMES: [&str; 3] = ["access_token", "refresh_token", "expiry"];

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let first = written.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    if first.is_some_and(|line| line.starts_with("RCLONE_ENCRYPT_V0")) {
        return Err(ImportRefused::Encrypted {
            file: source.name.clone(),
            advice: "let rclone decrypt it into another file (rclone config show > FILE) and choose that one",
        });
    }
    // Tokens hold quotes and backslashes that mean themselves.
    let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(written, option).map(Wiped).map_err(|error| ImportRefused::Malformed {
        file: source.name.clone(),
        line: error.line,
        column: error.col,
        reason: "it is neither a section nor `key = value`",
    })?;

    let mut findings = Findings::default();
    let mut has_type = false;
    for (remote, properties) in &ini.0 {
        let Some(remote) = remote else { continue };
        has_type = has_type || properties.contains_key("type");
        match found(source, remote, properties)? {
            Some(found) => findings.found.push(found),
            None => findings.passed_over += 1,
        }
    }
    if !has_type {
        return Err(ImportRefused::AnotherTool {
            file: source.name.clone(),
            format: ImportFormat::Rclone,
            reason: "no section says `type = …`".to_owned(),
        });
    }
    Ok(findings)
}

/// Sections whose values are wiped when they are dropped.
struct Wiped(Ini);

impl Drop for Wiped {
    fn drop(&mut self) {
        for (_, properties) in self.0.iter_mut() {
            properties.iter_mut().for_each(|(_, value)| value.zeroize());
        }
    }
}

fn found(source: &Source, remote: &str, properties: &Properties) -> Result<Option<Found>, ImportRefused> {
    let said = |name| properties.get(name).map(str::trim).filter(|it: &&str| !it.is_empty());
    let (token, id) = (said("token"), said("client_id"));
    if token.is_none() && id.is_none() {
        return Ok(None);
    }
    let place = format!("[{}]", domain::display_text::cleaned(remote, 100));
    let mut oddities = vec![];
    let secret =
        said("client_secret").and_then(|it| encoded::secret(&format!("{place} client_secret"), it, &mut oddities));
    let client = id.and_then(|id| fields::client_of(&format!("{place} client_id"), id, secret, &mut oddities));
    let mut grant = match token {
        Some(token) => Some(grant(source, &place, token, &mut oddities)?),
        None => None,
    };
    if let Some(grant) = &mut grant {
        grant.scopes = scopes(said("type"), said("scope"));
    }
    let clue = |name| said(name).map(str::to_owned);
    Ok(Some(Found {
        name: Some(domain::display_text::cleaned(remote, 100)),
        client,
        grant,
        clues: Clues {
            token_url: clue("token_url"),
            authorize_url: clue("auth_url"),
            type_name: clue("type"),
            ..Clues::default()
        },
        oddities,
        place,
        other_kind: None,
    }))
}

/// As the provider spells them: rclone leaves the address of Google's away, and asks for all of Drive where nothing is
/// said.
fn scopes(kind: Option<&str>, said: Option<&str>) -> Vec<String> {
    let is_drive = kind == Some("drive");
    let said = said.or(is_drive.then_some("drive"));
    let mut scopes = said.map(fields::split_scopes).unwrap_or_default();
    for scope in scopes.iter_mut().filter(|it| is_drive && !it.contains("://")) {
        scope.insert_str(0, "https://www.googleapis.com/auth/");
    }
    scopes
}

fn grant(
    source: &Source,
    place: &str,
    token: &str,
    oddities: &mut Vec<super::Oddity>,
) -> Result<FoundGrant, ImportRefused> {
    let field = format!("{place} token");
    let broken =
        |_| ImportRefused::WrongField { file: source.name.clone(), field: field.clone(), complaint: "no JSON" };
    let tree = text::json(source, token).map_err(broken)?;
    let fields = Fields::of(source, &field, &tree.0)?;
    let [access, refresh, expiry] = if fields.has(OLD_NAMES[0]) { OLD_NAMES } else { NAMES };
    Ok(FoundGrant {
        refresh_token: fields.secret(refresh, oddities)?,
        access_token: fields.secret(access, oddities)?,
        // Go writes its zero moment where none is known; `moment` leaves that away.
        expires_at: fields.moment(expiry),
        ..FoundGrant::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2: a refresh compares with the provider's own spelling.
    #[test]
    fn short_scopes_of_drive_become_the_providers_own() {
        let readonly = "https://www.googleapis.com/auth/drive.readonly";
        assert_eq!(
            scopes(Some("drive"), Some("drive.readonly, drive.file")),
            [readonly, "https://www.googleapis.com/auth/drive.file"]
        );
        assert_eq!(scopes(Some("drive"), Some(readonly)), [readonly], "whole ones stay");
        assert_eq!(scopes(Some("drive"), None), ["https://www.googleapis.com/auth/drive"], "what rclone asks for");
        assert_eq!(scopes(Some("onedrive"), Some("Files.Read offline_access")), ["Files.Read", "offline_access"]);
        assert_eq!(scopes(Some("dropbox"), None), [""; 0]);
    }
}
