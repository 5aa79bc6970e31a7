//! Configurations of MCP clients: each server is a program that leans on the tokens it is given. Names of variables are
//! read, what stands in them is not [A3, D1, D2].

use std::collections::BTreeMap;

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use domain::{ConnectionId, ProviderId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use url::Url;

use super::providers::{provider_at, provider_in};
use super::settled::{Oddities, Unlisted, settled};
use super::step_access::words_of;
use super::text::{Pieces, bounded, complaint, parsed};
use super::{PlatformFailure, Progress};

/// Words in a name that stand for something secret.
const SECRET_WORDS: [&str; 11] = [
    "token",
    "key",
    "secret",
    "password",
    "pat",
    "credentials",
    "credential",
    "auth",
    "authorization",
    "apikey",
    "bearer",
];
/// An id of a connection of ours: `con_` and ten digits.
const ID_LENGTH: usize = 14;

/// One server. Its values are passed over: they are never in memory but as the file's own bytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Server {
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    headers: BTreeMap<String, IgnoredAny>,
    #[serde(default, alias = "serverUrl")]
    url: Option<String>,
    #[serde(default)]
    disabled: bool,
}

/// Whether a file's top is a client's: Claude Desktop and Cursor, or VS Code.
pub(super) fn recognises(pieces: &Pieces<'_>) -> bool {
    servers_of(pieces).is_some()
}

fn servers_of<'a>(pieces: &Pieces<'a>) -> Option<&'a RawValue> {
    let in_settings = || {
        let settings: BTreeMap<String, &RawValue> = serde_json::from_str(pieces.field("mcp")?.get()).ok()?;
        settings.get("servers").copied()
    };
    let dotted = || pieces.field("mcp.servers");
    let is_object = |it: &&RawValue| it.get().starts_with('{');
    let named = pieces.field("mcpServers").or_else(|| pieces.field("servers"));
    named.filter(is_object).or_else(in_settings).or_else(dotted)
}

/// Every server of a configuration.
///
/// # Errors
/// [`PlatformFailure`].
pub(super) fn read_file(
    name: &str,
    pieces: &Pieces<'_>,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let Some(servers) = servers_of(pieces) else {
        return Err(PlatformFailure::Unreadable(name.to_owned(), "it has no `mcpServers` or `servers`".to_owned()));
    };
    let servers: BTreeMap<String, &RawValue> = parsed(name, servers.get())?;
    let all = u32::try_from(servers.len()).ok();
    let mut oddities = Oddities::default();
    let mut reading = PlatformReading { is_whole: true, ..PlatformReading::default() };
    for (count, (title, raw)) in (0_u32..).zip(&servers) {
        progress.check()?;
        progress.report(count, all);
        match serde_json::from_str::<Server>(raw.get()) {
            Ok(server) => {
                let (workflow, connections) = program(&bounded(title), &server);
                reading.workflows.push(workflow);
                reading.connections.extend(connections);
            }
            Err(error) => {
                oddities.skipped(|| format!("server {}: {}", count + 1, complaint(&error)));
                reading.is_whole = false;
            }
        }
    }
    progress.report(all.unwrap_or(u32::MAX), all);
    Ok(settled(reading, oddities, Unlisted::Unknown))
}

fn program(title: &str, server: &Server) -> (FoundWorkflow, Vec<FoundConnection>) {
    let mut used: Vec<(&str, String)> = vec![];
    used.extend(server.env.keys().filter(|it| is_secret_name(it)).map(|it| ("environment", it.clone())));
    used.extend(server.headers.keys().filter(|it| is_secret_name(it)).map(|it| ("header", it.clone())));
    let flags = server.args.iter().filter_map(|it| it.strip_prefix("--")?.split('=').next());
    used.extend(flags.filter(|it| is_secret_name(it)).map(|it| ("argument", it.to_owned())));
    let provider = || {
        let by_address = server.url.as_deref().and_then(provider_at);
        let package = || {
            server.args.iter().filter(|it| !it.contains(['=', ' ']) && it.len() < 100).find_map(|it| provider_in(it))
        };
        by_address.or_else(|| provider_in(title)).or_else(package)
    };
    // A server elsewhere that is given nothing signs the person in by itself.
    if used.is_empty() && server.url.is_some() {
        used.push(("sign-in", "OAuth".to_owned()));
    }
    let mut connections = vec![];
    let mut steps = vec![];
    let mut step = |kind: &str, name: String, uses: FoundUse| {
        steps.push(FoundStep {
            external_id: format!("{kind}:{name}"),
            place: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            name,
            kind: kind.to_owned(),
            uses,
            version: StepVersion::Both,
            is_enabled: true,
            access: Access::Unknown,
            goes_on_after_error: false,
            scopes: vec![],
        });
    };
    for (kind, name) in used {
        let name = bounded(&name);
        let id = format!("{title}/{name}");
        connections.push(connection(&id, title, kind, &name, server, provider_in(&name).or_else(provider)));
        step(kind, name, FoundUse::External(id));
    }
    let line = server.command.iter().chain(&server.args).map(String::as_str);
    for id in ours_in(line) {
        step("patchbay token", id.to_string(), FoundUse::Ours(id));
    }
    let workflow = FoundWorkflow {
        external_id: title.to_owned(),
        name: title.to_owned(),
        is_active: !server.disabled,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: Schedule::OnDemand,
        runs_per_day: None,
        page: None,
        steps,
        starts: vec![],
        changed_at: None,
    };
    (workflow, connections)
}

fn connection(
    id: &str,
    title: &str,
    kind: &str,
    name: &str,
    server: &Server,
    provider: Option<ProviderId>,
) -> FoundConnection {
    let host = server.url.as_deref().and_then(|it| Url::parse(it).ok()?.host_str().map(str::to_owned));
    FoundConnection {
        external_id: bounded(id),
        name: bounded(&match host {
            Some(host) if kind == "sign-in" => format!("{title} at {host}"),
            Some(_) | None => format!("{name} of {title}"),
        }),
        kind: kind.to_owned(),
        provider,
        account: None,
        owner: None,
        state: PlatformConnectionState::Unknown,
        page: None,
    }
}

fn is_secret_name(name: &str) -> bool {
    words_of(name).iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
}

/// Connections of ours that a command asks for: `patchbay token con_…`.
fn ours_in<'a>(line: impl Iterator<Item = &'a str>) -> Vec<ConnectionId> {
    let line = line.collect::<Vec<_>>().join(" ");
    if !line.contains("patchbay") {
        return vec![];
    }
    let is_digit = |it: u8| it.is_ascii_digit() || it.is_ascii_lowercase();
    let mut found: Vec<ConnectionId> = vec![];
    for (at, _) in line.match_indices("con_") {
        let Some(id) = line.get(at..at + ID_LENGTH).filter(|it| it.bytes().skip(4).all(is_digit)) else { continue };
        let id = ConnectionId::from_text(id);
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}
