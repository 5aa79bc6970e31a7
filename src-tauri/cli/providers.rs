//! The catalogue: which providers there are, and what to register at one [A2, C4].

use std::collections::BTreeMap;

use domain::provider::{HowIssued, Pkce, Provider, Revocation, RevocationEffect, Rotation, SecretNeed};
use engine::Engine;
use engine::flows::connect::ConnectPlan;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::{Table, facts, shortened};
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::waiting;
use crate::words::{counted, redirect};

#[derive(Serialize)]
struct ProviderJson<'a> {
    id: &'a str,
    name: &'a str,
    client_secret: &'static str,
    pkce: &'static str,
    rotation: &'static str,
    revocation: &'static str,
    always_scopes: &'a [String],
}

#[derive(Serialize)]
struct ProviderDetailJson<'a> {
    #[serde(flatten)]
    provider: ProviderJson<'a>,
    issuer: Option<&'a str>,
    authorization_endpoint: &'a str,
    token_endpoint: &'a str,
    redirect_uri: &'a str,
    redirect_any_port: bool,
    /// False: the usual kind of client takes any address of this computer, and is not told one.
    redirect_to_register: bool,
    /// What a client registers that compares every character, where the usual kind does not.
    redirect_uri_with_port: Option<String>,
    redirect_port_free: bool,
    console: Option<&'a str>,
    actions: Vec<ActionJson<'a>>,
    clients: Vec<String>,
    app_kind: Option<&'a str>,
    steps: Vec<String>,
    variables: Vec<VariableJson<'a>>,
    unverified: Vec<String>,
}

#[derive(Serialize)]
struct VariableJson<'a> {
    name: &'a str,
    asks: &'a str,
    example: &'a str,
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct ActionJson<'a> {
    allows: &'a str,
    scopes: &'a [String],
}

pub(crate) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let providers = engine.list_providers();
    if terminal.is_json() {
        providers.iter().try_for_each(|provider| terminal.object(&ProviderJson::from(provider)))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["Name", "Id", "Client secret", "Refresh token", "Revocation"]);
    for provider in &providers {
        table.row(vec![
            Text::from(&provider.name),
            Text::from(provider.id.as_str()),
            Text::from(secret_need(provider)),
            Text::from(rotation(provider)),
            Text::from(revocation(provider)),
        ]);
    }
    let mut lines = table.lines();
    lines.push(Text::default());
    lines.push(Text::from("Any other issuer works by its https address: patchbay provider show https://…"));
    terminal.say(lines)?;
    Ok(Exit::Done)
}

pub(crate) async fn show(
    engine: &Engine,
    terminal: &Terminal,
    typed: &str,
    settings: Vec<(String, String)>,
) -> Result<Exit, Failure> {
    let settings: BTreeMap<_, _> = settings.into_iter().collect();
    let plan = waiting::for_server(terminal, typed, engine.plan_connect(typed, &settings)).await?;
    if terminal.is_json() {
        terminal.object(&detail(&plan))?;
    } else {
        terminal.say(page(&plan, typed))?;
    }
    Ok(Exit::Done)
}

fn page(plan: &ConnectPlan, typed: &str) -> Vec<Text> {
    let provider = &plan.provider;
    let (redirect_uri, more) = redirect::to_register(plan);
    let taken = plan.port_taken_by.as_ref().map(|why| Text::from(why.as_str()));
    let console = provider.pages.console.as_ref().map(|url| Text::from(url.as_str()));
    let clients = match plan.clients.len() {
        0 => "none yet".to_owned(),
        count => counted(count, "known client"),
    };
    let always = (!provider.scopes.always.is_empty()).then(|| Text::from(provider.scopes.always.join(" ")));
    let mut lines =
        vec![Text::styled(STRONG, &provider.name).plain("  ").and(FAINT, provider.id.as_str()), Text::default()];
    lines.extend(facts(vec![
        ("Redirect URI", Some(Text::from(redirect_uri))),
        ("", more.map(|more| Text::styled(FAINT, more))),
        ("", taken),
        ("Register at", console),
        ("Clients", Some(Text::from(clients))),
        ("Client secret", Some(Text::from(secret_need(provider)))),
        ("PKCE", Some(Text::from(pkce(provider)))),
        ("Refresh token", Some(Text::from(rotation(provider)))),
        ("Revocation", Some(Text::from(revocation(provider)))),
        ("Always asked for", always),
    ]));
    if !provider.scopes.actions.is_empty() {
        let mut table = Table::new(&["  To …", "--scope"]);
        for action in &provider.scopes.actions {
            table.row(vec![
                Text::from("  ").plain(&action.allows),
                Text::from(shortened(&action.scopes.join(" "), 100)),
            ]);
        }
        lines.push(Text::default());
        lines.extend(table.lines());
    }
    lines.extend(guide(plan));
    let client =
        if plan.clients.is_empty() && provider.client_secret != SecretNeed::BuiltIn { " --client-id ID" } else { "" };
    lines.push(Text::default());
    lines.push(Text::from(format!("  Next: patchbay connect {typed}{client}")));
    lines
}

/// What to do at the provider, step by step, with what is to be pasted there in its place [C5].
fn guide(plan: &ConnectPlan) -> Vec<Text> {
    let provider = &plan.provider;
    let guide = &provider.setup;
    let mut lines = vec![];
    for variable in &provider.variables {
        let said = variable.value.as_ref().map_or_else(
            || format!("needed: --set {}=… (for example {})", variable.name, variable.example),
            |value| format!("{value} (--set {}=…)", variable.name),
        );
        lines.push(Text::styled(FAINT, format!("  {}  ", variable.asks)).plain(said));
    }
    if let Some(kind) = &guide.app_kind {
        lines.push(Text::styled(FAINT, "  Create  ").plain(kind));
    }
    for (number, step) in (1..).zip(plan.setup_steps()) {
        lines.push(Text::from(format!("  {number}. {step}")));
    }
    let unverified = plan.unverified_facts();
    if !unverified.is_empty() {
        let names: Vec<_> = unverified.iter().map(|(part, _)| part.as_str()).collect();
        lines.push(Text::styled(FAINT, format!("  unverified: {}", names.join(", "))));
    }
    if !lines.is_empty() {
        lines.insert(0, Text::default());
    }
    lines
}

fn detail(plan: &ConnectPlan) -> ProviderDetailJson<'_> {
    let provider = &plan.provider;
    ProviderDetailJson {
        provider: provider.into(),
        issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.as_str()),
        authorization_endpoint: provider.authorization_endpoint.as_str(),
        token_endpoint: provider.token_endpoint.as_str(),
        redirect_uri: &plan.redirect_uri,
        redirect_any_port: plan.is_any_port,
        redirect_to_register: plan.has_redirect_to_register(),
        redirect_uri_with_port: plan.redirect_uri_with_port(),
        redirect_port_free: plan.port_taken_by.is_none(),
        console: provider.pages.console.as_ref().map(url::Url::as_str),
        actions: provider
            .scopes
            .actions
            .iter()
            .map(|it| ActionJson { allows: &it.allows, scopes: &it.scopes })
            .collect(),
        clients: plan.clients.iter().map(|(client, _)| client.id.to_string()).collect(),
        app_kind: provider.setup.app_kind.as_deref(),
        steps: plan.setup_steps(),
        variables: provider
            .variables
            .iter()
            .map(|it| VariableJson { name: &it.name, asks: &it.asks, example: &it.example, value: it.value.as_deref() })
            .collect(),
        unverified: plan.unverified_facts().into_iter().map(|(part, _)| part).collect(),
    }
}

impl<'a> From<&'a Provider> for ProviderJson<'a> {
    fn from(provider: &'a Provider) -> Self {
        Self {
            id: provider.id.as_str(),
            name: &provider.name,
            client_secret: match provider.client_secret {
                SecretNeed::Required => "required",
                SecretNeed::Optional => "optional",
                SecretNeed::BuiltIn => "built_in",
            },
            pkce: match provider.pkce {
                Pkce::Required => "required",
                Pkce::Supported => "supported",
                Pkce::Undocumented => "undocumented",
            },
            rotation: match provider.refresh.rotation {
                Rotation::Never => "never",
                Rotation::Always => "always",
                Rotation::Sometimes => "sometimes",
            },
            revocation: match &provider.revocation {
                Revocation::NotOffered => "not_offered",
                Revocation::Offered(call) => match call.effect {
                    RevocationEffect::ThisToken => "this_token",
                    RevocationEffect::ThisGrant => "this_grant",
                    RevocationEffect::AllGrantsOfTheClient => "all_grants_of_the_client",
                },
            },
            always_scopes: &provider.scopes.always,
        }
    }
}

fn secret_need(provider: &Provider) -> &'static str {
    match provider.client_secret {
        SecretNeed::Required => "needed",
        SecretNeed::Optional => "if it has one",
        SecretNeed::BuiltIn => "built in",
    }
}

fn pkce(provider: &Provider) -> &'static str {
    match provider.pkce {
        Pkce::Required => "required, and sent",
        Pkce::Supported => "supported, and sent",
        Pkce::Undocumented => "not documented; sent all the same",
    }
}

fn rotation(provider: &Provider) -> &'static str {
    match provider.refresh.rotation {
        _ if provider.refresh.how_issued == HowIssued::Never => "none is issued",
        Rotation::Never => "stays the same",
        Rotation::Always => "exchanged at each refresh",
        Rotation::Sometimes => "exchanged now and then",
    }
}

fn revocation(provider: &Provider) -> &'static str {
    match &provider.revocation {
        Revocation::NotOffered => "not offered",
        Revocation::Offered(call) => match call.effect {
            RevocationEffect::ThisToken => "of the token",
            RevocationEffect::ThisGrant => "of the grant",
            RevocationEffect::AllGrantsOfTheClient => "of all grants to the client",
        },
    }
}
