//! What a file has sent, and to whom: placeholders that something fills, headers of valid HTTP, hosts of one owner
//! [A2, S010, S011].

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};

use super::file::{ProviderFile, RevocationAuthenticationFile, TokenPlaceFile};
use super::rules::{Origin, Rules};
use super::{CatalogueError, places};

/// Headers that the request itself sets: who asks, whom, with what proof and how much.
const RESERVED_HEADERS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "dpop",
    "host",
    "proxy-authorization",
    "transfer-encoding",
];

/// What a revocation's own values are called.
const REVOCATION_VALUES: &[&str] = &["client_id", "client_secret", "token", "token_type_hint"];

/// A text in which names may stand between braces, and which beside the file's variables.
struct Template<'a> {
    field: String,
    text: &'a str,
    may_be_kept: bool,
    own: &'static [&'static str],
}

/// Names between braces are variables of the file, kept fields of the token answer, or what the call itself knows.
pub(super) fn check_placeholders(rules: &Rules<'_>, file: &ProviderFile) -> Result<(), CatalogueError> {
    for Template { field, text, may_be_kept, own } in templates(file) {
        for part in text.split('{').skip(1) {
            let Some((name, _)) = part.split_once('}') else {
                return Err(rules.wrong(&field, "a brace is opened and not closed"));
            };
            let is_variable = file.variables.iter().any(|it| it.name == name);
            let is_kept = may_be_kept
                && (file.token_answer.kept_fields.contains_key(name) || file.answer.kept_parameters.contains_key(name));
            if !is_variable && !is_kept && !own.contains(&name) {
                let kept = if may_be_kept { " and no kept field" } else { "" };
                return Err(rules.wrong(&field, format!("`{{{name}}}` is no variable of this file{kept}")));
            }
        }
    }
    Ok(())
}

fn templates(file: &ProviderFile) -> Vec<Template<'_>> {
    let fixed = [
        ("authorization_endpoint", Some(&file.authorization_endpoint)),
        ("token_endpoint", Some(&file.token_endpoint)),
        ("device_authorization_endpoint", file.device_authorization_endpoint.as_ref()),
        ("pushed_authorization_request_endpoint", file.pushed_authorization_request_endpoint.as_ref()),
        ("registration_endpoint", file.registration_endpoint.as_ref()),
        ("refresh.endpoint", file.refresh.endpoint.as_ref()),
        ("issuer.identifier", file.issuer.as_ref().map(|it| &it.identifier)),
        ("pages.console", file.pages.console.as_ref()),
        ("pages.revoke_access", file.pages.revoke_access.as_ref()),
        ("pages.status", file.pages.status.as_ref()),
        ("pages.documentation", file.pages.documentation.as_ref()),
    ];
    let fixed = fixed.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?)));
    let hosts = file.api_hosts.iter().enumerate().map(|(number, it)| (format!("api_hosts[{number}]"), it));
    let mut all: Vec<_> =
        fixed.chain(hosts).map(|(field, text)| Template { field, text, may_be_kept: false, own: &[] }).collect();

    let identity = file.identity.iter().map(|it| ("identity.url".to_owned(), &it.url));
    let checks = file.checks.iter().enumerate().map(|(number, it)| (format!("checks[{number}].url"), &it.url));
    let workspaces = file.identity.iter().filter_map(|it| it.workspaces.as_ref());
    let workspaces = workspaces.map(|it| ("identity.workspaces.url".to_owned(), &it.url));
    let calls = identity.chain(workspaces).chain(checks);
    all.extend(calls.map(|(field, text)| Template { field, text, may_be_kept: true, own: &["client_id"] }));

    if let Some(it) = &file.revocation {
        let own = &["client_id", "token"];
        all.push(Template { field: "revocation.url".to_owned(), text: &it.url, may_be_kept: true, own });
        let fields = it.fields.iter().flatten().map(|(name, text)| (format!("revocation.fields.{name}"), text));
        let headers = it.headers.iter().map(|(name, text)| (format!("revocation.headers.{name}"), text));
        let values = fields.chain(headers);
        all.extend(values.map(|(field, text)| Template { field, text, may_be_kept: true, own: REVOCATION_VALUES }));
    }
    all
}

/// Headers that can be sent, and none that the request sets itself.
pub(super) fn check_headers(rules: &Rules<'_>, file: &ProviderFile) -> Result<(), CatalogueError> {
    check_all(rules, "token_request.headers", &file.token_request.headers, |_| false)?;
    if let Some(identity) = &file.identity {
        check_all(rules, "identity.headers", &identity.headers, |_| false)?;
        if let TokenPlaceFile::Header(place) = &identity.token_in {
            let is_proof = place.name.eq_ignore_ascii_case("authorization");
            check_one(rules, "identity.token_in.header.name", &place.name, &place.prefix, is_proof)?;
        }
    }
    for (number, check) in file.checks.iter().enumerate() {
        check_all(rules, &format!("checks[{number}].headers"), &check.headers, |_| false)?;
    }
    if let Some(revocation) = &file.revocation {
        // Where nothing else proves the client, its secret or the token may do so in a header of the file's.
        let is_open = matches!(revocation.authentication, RevocationAuthenticationFile::Nothing);
        let is_proof = |(name, value): (&str, &str)| {
            let holds = value.contains("{client_secret}") || value.contains("{token}");
            is_open && holds && name.eq_ignore_ascii_case("authorization")
        };
        check_all(rules, "revocation.headers", &revocation.headers, is_proof)?;
    }
    Ok(())
}

pub(super) fn check_all(
    rules: &Rules<'_>,
    field: &str,
    headers: &BTreeMap<String, String>,
    is_allowed: impl Fn((&str, &str)) -> bool,
) -> Result<(), CatalogueError> {
    headers.iter().try_for_each(|(name, value)| {
        check_one(rules, &format!("{field}.{name}"), name, value, is_allowed((name, value)))
    })
}

fn check_one(rules: &Rules<'_>, field: &str, name: &str, value: &str, is_allowed: bool) -> Result<(), CatalogueError> {
    let refused = |reason: String| CatalogueError::Wrong {
        file: rules.path.to_owned(),
        line: places::line_of(rules.text, field),
        field: field.escape_debug().to_string(),
        reason,
    };
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(refused(format!("`{}` is no name of an HTTP header", name.escape_debug())));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(refused(
            "its value cannot stand in an HTTP header: line breaks and other signs are in it".to_owned(),
        ));
    }
    if !is_allowed && RESERVED_HEADERS.iter().any(|it| name.eq_ignore_ascii_case(it)) {
        return Err(refused(format!("{name} is set by the request itself")));
    }
    Ok(())
}

/// A host, or a dot and a domain of at least two labels: more would let tokens go to anybody.
pub(super) fn check_api_hosts(
    rules: &Rules<'_>,
    hosts: &[String],
    fill: impl Fn(&str) -> String,
) -> Result<(), CatalogueError> {
    let is_label = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it));
    let is_domain = |it: &str| it.contains('.') && it.split('.').all(is_label);
    for (number, host) in hosts.iter().enumerate() {
        let filled = fill(host);
        let is_own_server = rules.origin == Origin::Person && (filled == "localhost" || filled == "[::1]");
        // What a person gives for a variable was checked as a host, perhaps with a port.
        let is_given = host.starts_with('{') && host.ends_with('}') && !filled.contains(['/', '*']);
        let is_fit = is_domain(filled.strip_prefix('.').unwrap_or(&filled)) || is_own_server || is_given;
        if !is_fit {
            let reason = format!("`{filled}` is no host, and no dot and domain of at least two labels");
            return Err(rules.wrong(&format!("api_hosts[{number}]"), reason));
        }
    }
    Ok(())
}
