//! Sign-ins as a terminal and a script see them: the address at once, the verdict at the end, a question in
//! between where the new grant is not the old one's [A2, A7, E1].

mod following;
mod side_by_side;

use std::collections::BTreeMap;

use domain::ClientId;
use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Client, Connection};
use domain::provider::Provider;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInWay};
use engine::{Engine, Error};
use serde::Serialize;

use crate::arguments::{ConnectArguments, PushArguments, ReconnectArguments};
use crate::candidates::with_candidates;
use crate::clients::ask_for_secret;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::ConnectionJson;
use crate::scopes::scopes_of_wishes;
use crate::secret_entry;
use crate::terminal::{FAINT, Terminal, Text};
use crate::waiting;
use crate::words::budget::before_consent as words_of_budget;
use crate::words::errors;

use self::following::Following;

/// What a program that follows a sign-in reads, beside `failed`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum EventJson<'a> {
    Authorize {
        url: &'a str,
        redirect_uri: &'a str,
        /// SHA-256, where the browser will warn of the certificate of this computer.
        #[serde(skip_serializing_if = "Option::is_none")]
        certificate_fingerprint: Option<&'a str>,
        #[serde(flatten)]
        bound_for: Option<BoundForJson<'a>>,
    },
    Device {
        user_code: &'a str,
        verification_uri: &'a str,
        verification_uri_complete: Option<&'a str>,
        expires_at: String,
        #[serde(flatten)]
        bound_for: Option<BoundForJson<'a>>,
    },
    Connected {
        connection: Box<ConnectionJson>,
        /// Of the grant whose place it took: `revoked`, `left_alive`, `unknown`; null where none lived on.
        old_grant: Option<&'static str>,
        /// Of refresh tokens that came beside the one that is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        warning: Option<String>,
    },
    /// A platform keeps the grant, and this program none of it.
    HandedOver {
        platform_connection: &'a str,
        platform: &'a str,
        /// What has shown that it works: `run`, `none`.
        proof: &'static str,
        run: Option<&'a str>,
        workflow: Option<&'a str>,
        /// For the platform's own import, where it takes no grant over its API: it holds the grant.
        file: Option<String>,
    },
}

/// Where the token of a sign-in will go when it is for an MCP server, and who asks for what.
#[derive(Serialize)]
pub(crate) struct BoundForJson<'a> {
    mcp_server: &'a str,
    authorization_server: &'a str,
    client_id: &'a str,
    scopes: &'a [String],
    scopes_named_by_mcp_server: &'a [String],
}

pub(crate) fn bound_for(sign_in: &SignIn) -> Option<BoundForJson<'_>> {
    Some(BoundForJson {
        mcp_server: sign_in.mcp_server.as_deref()?,
        authorization_server: sign_in.provider.as_str(),
        client_id: &sign_in.client_id,
        scopes: &sign_in.scopes,
        scopes_named_by_mcp_server: &sign_in.named_scopes,
    })
}

pub(crate) async fn connect(engine: &Engine, terminal: &Terminal, asked: ConnectArguments) -> Result<Exit, Failure> {
    // The code may be typed anywhere; a browser here is opened by whoever wants it.
    let opens_browser = !asked.no_browser && !asked.device;
    let again = format!("patchbay connect {}", asked.provider);
    let name = asked.name.clone();
    engine.require_keychain().await.map_err(|error| Failure::from(error).into_event())?;
    let sign_in = begin(engine, terminal, asked).await.map_err(Failure::into_event)?;
    Following { engine, terminal, sign_in, older: None, decision: None, again, name }.run(opens_browser).await
}

pub(crate) async fn reconnect(
    engine: &Engine,
    terminal: &Terminal,
    asked: ReconnectArguments,
) -> Result<Exit, Failure> {
    let older = engine.find_connection(&asked.which.connection).map_err(|error| Failure::from(error).into_event())?;
    // A grant that cannot be stored is not asked for.
    engine.require_keychain().await.map_err(|error| Failure::from(error).into_event())?;
    // The address is told before the browser opens.
    let begun = if asked.paste {
        engine.begin_reconnect_by(&older.id, SignInWay::PastedRedirect, false).await
    } else {
        engine.begin_reconnect(&older.id, false).await
    };
    let sign_in = begun.map_err(|error| Failure::about(engine, &older, error).into_event())?;
    let decision = asked.decision();
    let again = format!("patchbay reconnect {}", older.id);
    // The code may be typed anywhere.
    let opens_browser = !asked.no_browser && sign_in.device.is_none();
    Following { engine, terminal, sign_in, older: Some(older), decision, again, name: None }.run(opens_browser).await
}

/// Signs in anew for a grant that a platform alone keeps.
pub(crate) async fn push(engine: &Engine, terminal: &Terminal, asked: PushArguments) -> Result<Exit, Failure> {
    let found = engine.find_platform_connection(&asked.theirs);
    let found = found.map_err(|error| with_candidates(engine, &asked.theirs, error.into()))?;
    let theirs = found
        .ok_or_else(|| Failure::from(Error::ConnectionGone(asked.theirs.chars().take(80).collect())).into_event())?;
    // The platform's key is there.
    engine.require_keychain().await.map_err(|error| Failure::from(error).into_event())?;
    let begun = engine.begin_hand_over(&theirs.id, &asked.folder, false).await;
    let sign_in = begun.map_err(|error| {
        let lacks_ours = theirs.joined.as_ref().is_none_or(|it| it.connection.is_none());
        let failure = Failure::from(error);
        let failure = if lacks_ours {
            failure
                .with_words(|words| words.advice = format!("Join it: patchbay platforms join {} CONNECTION", theirs.id))
        } else {
            failure
        };
        failure.into_event()
    })?;
    let again = format!("patchbay platforms push {}", theirs.id);
    Following { engine, terminal, sign_in, older: None, decision: None, again, name: None }.run(!asked.no_browser).await
}

/// Asks for further scopes of a connection; the rest is a reconnect.
pub(crate) async fn widen(
    engine: &Engine,
    terminal: &Terminal,
    older: Connection,
    more: &[String],
    decision: Option<ReconnectDecision>,
    opens_browser: bool,
) -> Result<Exit, Failure> {
    engine.require_keychain().await.map_err(|error| Failure::from(error).into_event())?;
    let sign_in = engine
        .begin_widening(&older.id, more, false)
        .await
        .map_err(|error| Failure::about(engine, &older, error).into_event())?;
    let again = format!(
        "patchbay scopes {} {}",
        older.id,
        more.iter().map(|it| format!("--add {it}")).collect::<Vec<_>>().join(" ")
    );
    let opens_browser = opens_browser && sign_in.device.is_none();
    Following { engine, terminal, sign_in, older: Some(older), decision, again, name: None }.run(opens_browser).await
}

/// What one more consent would end, said before the browser opens [A8].
fn tell_budget(engine: &Engine, terminal: &Terminal, provider: &Provider, asked: &ConnectArguments) {
    let Ok(budgets) = engine.grant_budgets(&provider.id) else { return };
    let clients = engine.list_clients_of(&provider.id).unwrap_or_default();
    let is_meant = |id: &ClientId| {
        let named = asked.client_id.as_deref();
        let client = clients.iter().map(|(client, _)| client).find(|client| client.id == *id);
        client.is_some_and(|client| match named {
            Some(named) => named == client.id.as_str() || named == client.client_id,
            None => client.environment == asked.environment.into(),
        })
    };
    for (_, budget) in budgets.iter().filter(|(id, _)| is_meant(id)) {
        terminal.note(words_of_budget(budget, &provider.name).into_iter().map(Text::from));
    }
}

async fn begin(engine: &Engine, terminal: &Terminal, asked: ConnectArguments) -> Result<SignIn, Failure> {
    // What is no issuer may be an MCP server; whoever does not answer is not asked again.
    let known = match waiting::for_server(terminal, &asked.provider, engine.find_or_discover(&asked.provider)).await {
        Err(error) if error.is_unreachable() => return Err(error.into()),
        known => known.ok(),
    };
    let client = choose_client(engine, terminal, &asked, known.as_ref()).await?;
    let variables: BTreeMap<_, _> = asked.settings.iter().cloned().collect();
    let mut scopes = asked.scope.clone();
    if let Some(known) = &known {
        if scopes.is_empty() && asked.wish.is_empty() {
            scopes = usual_scopes(terminal, known);
        }
        scopes.extend(scopes_of_wishes(known, &asked.wish)?);
        tell_budget(engine, terminal, known, &asked);
    }
    let names_client = asked.client_id.is_some();
    let provider = asked.provider;
    let request = ConnectRequest {
        provider: provider.clone(),
        client,
        scopes,
        variables,
        name: asked.name,
        customer: None,
        environment: asked.environment.into(),
        port: asked.port,
        // The address is told before the browser opens.
        opens_browser: false,
        way: if asked.device { SignInWay::Device } else { way(asked.paste) },
        resource: asked.resource,
        dpop: asked.dpop,
    };
    match waiting::for_server(terminal, &provider, engine.begin_connect(request)).await {
        Ok(sign_in) => Ok(sign_in),
        Err(error) => {
            let is_variable = matches!(error, Error::VariableRefused { .. });
            let failure = Failure::from(error);
            // Whoever named a client is told what that one lacks, not to name one.
            if is_variable || !failure.is_about_client() {
                return Err(failure);
            }
            let plan = engine.plan_connect(&provider, &BTreeMap::new()).await?;
            let console = plan.provider.pages.console.as_ref().map(url::Url::as_str);
            Err(failure.with_words(|words| {
                errors::client_incomplete(
                    words,
                    &provider,
                    &plan.redirect_uri,
                    plan.is_any_port,
                    console,
                    if names_client { 1 } else { plan.clients.len() },
                );
            }))
        }
    }
}

/// What is ticked beforehand where a person chooses: the scopes the provider's guide has registered.
fn usual_scopes(terminal: &Terminal, provider: &Provider) -> Vec<String> {
    let usual: Vec<_> = provider.scopes.actions.iter().filter(|action| action.is_preselected).collect();
    if usual.is_empty() || provider.scopes.parameter.is_none() {
        return vec![];
    }
    let scopes: Vec<_> = usual.iter().flat_map(|action| action.scopes.iter().cloned()).collect();
    let allows: Vec<_> = usual.iter().map(|action| action.allows.as_str()).collect();
    terminal.warn([
        Text::from(format!("Asks for: {} ({}).", allows.join(", "), scopes.join(" "))),
        Text::styled(
            FAINT,
            format!("--wish asks for something else; patchbay provider show {} lists what.", provider.id),
        ),
    ]);
    scopes
}

fn way(pastes: bool) -> SignInWay {
    if pastes { SignInWay::PastedRedirect } else { SignInWay::Loopback }
}

async fn choose_client(
    engine: &Engine,
    terminal: &Terminal,
    asked: &ConnectArguments,
    known_provider: Option<&Provider>,
) -> Result<ClientChoice, Failure> {
    let Some(client_id) = &asked.client_id else { return Ok(ClientChoice::Usual) };
    let ours = ClientId::from_text(client_id.as_str());
    if !asked.client_secret_stdin && engine.client(&ours).is_ok() {
        return Ok(ClientChoice::Known(ours));
    }
    if let Some(provider) = known_provider {
        let clients = engine.list_clients_of(&provider.id)?;
        let is_meant =
            |client: &Client| client.client_id == *client_id && client.environment == asked.environment.into();
        let known = clients.into_iter().map(|(client, _)| client).find(is_meant);
        if let Some(known) = known.as_ref().filter(|_| !asked.client_secret_stdin) {
            return Ok(ClientChoice::Known(known.id.clone()));
        }
        // Before a secret is asked for.
        let said = asked.settings.iter().cloned().collect();
        engine.with_whole_addresses(provider.clone(), known.as_ref().map(|client| &client.variables), &said)?;
    }
    let client_secret = if asked.client_secret_stdin {
        Some(secret_entry::from_stdin(secret_entry::CLIENT_SECRET)?)
    } else if terminal.is_attended() {
        match known_provider {
            Some(provider) => ask_for_secret(engine, terminal, provider, client_id, asked.environment.into()).await?,
            None => None,
        }
    } else {
        None
    };
    Ok(ClientChoice::New { client_id: client_id.clone(), client_secret })
}
