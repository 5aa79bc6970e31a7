//! Clients added and listed: ids here, secrets in the keychain [A3, A9].

use std::collections::BTreeMap;

use domain::Secret;
use domain::connection::{Client, Environment};
use domain::provider::{Provider, RedirectPort, RedirectRule, RedirectScheme, SecretNeed};
use engine::Engine;
use engine::flows::client_file::{RedirectMatch, load_client_file};
use engine::flows::clients::NewClient;
use engine::flows::registrations::Retirement;
use jiff::Timestamp;

use crate::arguments::{ClientAddArguments, ClientCommand, ClientRedirectArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::ClientJson;
use crate::table::{Table, facts, shortened};
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{counted, listed, redirect, registration};
use crate::{client_rotation, secret_entry, setup_check, waiting};

pub(crate) async fn client(engine: &Engine, terminal: &Terminal, asked: ClientCommand) -> Result<Exit, Failure> {
    match asked {
        ClientCommand::Add(asked) => add(engine, terminal, asked).await,
        ClientCommand::Redirect(asked) => redirect(engine, terminal, &asked),
        ClientCommand::List => list(engine, terminal),
        ClientCommand::Show(which) => show(engine, terminal, &which.client),
        ClientCommand::Rename { which, name, environment } => {
            let mut client = engine.find_client(&which.client)?;
            if let Some(environment) = environment {
                client = engine.set_client_environment(&client.id, environment.into())?;
            }
            if let Some(name) = name {
                client = engine.rename_client(&client.id, &name)?;
            }
            show(engine, terminal, client.id.as_str())
        }
        ClientCommand::Remove { which, yes, leave_there } => {
            remove(engine, terminal, &which.client, yes, leave_there).await
        }
        ClientCommand::Check(which) => setup_check::check(engine, terminal, &which.client).await,
        ClientCommand::Rotate(asked) => client_rotation::rotate(engine, terminal, asked).await,
    }
}

async fn add(engine: &Engine, terminal: &Terminal, asked: ClientAddArguments) -> Result<Exit, Failure> {
    let typed = &asked.provider;
    let provider = waiting::for_server(terminal, typed, engine.find_or_discover(typed)).await?;
    let environment = asked.environment.into();
    // An address that cannot be served is said before a secret is asked for.
    let redirect = asked.redirect_uri.as_deref().map(RedirectRule::read).transpose().map_err(engine::Error::from)?;
    let variables: BTreeMap<_, _> = asked.settings.into_iter().collect();
    let (mut to_register, mut public_jwk) = (None, None);
    let is_known = |it: &Client| Some(&it.client_id) == asked.client_id.as_ref() && it.environment == environment;
    let known = engine.list_clients_of(&provider.id)?.into_iter().map(|(client, _)| client).find(is_known);
    engine.with_whole_addresses(provider.clone(), known.as_ref().map(|client| &client.variables), &variables)?;
    let new = if let Some(path) = &asked.from {
        let file = load_client_file(path).map_err(engine::Error::from)?;
        let preview = engine.preview_client_file(&asked.provider, file).await?;
        if let RedirectMatch::Missing { wanted } = &preview.redirect {
            to_register = Some(wanted.clone());
        }
        preview.into_new_client(asked.provider.clone())
    } else {
        let client_id = asked.client_id.unwrap_or_default();
        let client_secret = if asked.generate_key {
            let (key, public) = Engine::new_client_key()?;
            public_jwk = Some(public);
            Some(key)
        } else if asked.client_key_stdin {
            let key = secret_entry::key_from_stdin()?;
            public_jwk = Some(
                Engine::public_half(&key)
                    .map_err(|why| Failure::usage(format!("This is no key to sign with: {why}.")))?,
            );
            Some(key)
        } else if asked.client_secret_stdin {
            Some(secret_entry::from_stdin(secret_entry::CLIENT_SECRET)?)
        } else {
            ask_for_secret(engine, terminal, &provider, &client_id, environment).await?
        };
        NewClient { provider: asked.provider.clone(), client_id, client_secret, ..NewClient::default() }
    };
    let redirect_port = asked.port.or(new.redirect_port);
    let new = NewClient { name: asked.name, environment, redirect_port, redirect, variables, ..new };
    let client = engine.add_client(new).await.map_err(|error| {
        Failure::from(error).with_words(|words| {
            if words.advice.is_empty() {
                words.advice =
                    "Give the secret on standard input with --client-secret-stdin, or run this at a terminal."
                        .to_owned();
            }
        })
    })?;

    if terminal.is_json() {
        let known = engine.list_clients()?.into_iter().find(|(it, _)| it.id == client.id);
        terminal.object(&ClientJson::of(&client, known.map_or(0, |(_, count)| count), secret_end(engine, &client)?))?;
        if let Some(public_jwk) = &public_jwk {
            terminal.object(&serde_json::json!({ "public_jwk": public_jwk }))?;
        }
        return Ok(Exit::Done);
    }
    let secret = match (&public_jwk, client.has_secret) {
        (Some(_), _) => "Its private key is in the keychain.",
        (None, true) => "Its secret is in the keychain.",
        (None, false) => "It has no secret.",
    };
    let mut lines = vec![
        Text::styled(STRONG, format!("{} is a known client of {}.", client.name, provider.name))
            .plain("  ")
            .and(FAINT, client.id.as_str()),
        Text::from("  ").plain(secret),
    ];
    if let Some(public_jwk) = &public_jwk {
        lines.push(Text::from("  Public key to register (JWK): ").plain(public_jwk.to_string()));
    }
    let plan = engine.plan_connect(provider.id.as_str(), &BTreeMap::new()).await?;
    match to_register {
        // A web client compares every character, its port too.
        Some(wanted) => lines.push(Text::from("  Not registered yet, add it at the provider: ").plain(wanted)),
        None => {
            let (redirect_uri, more) = redirect::to_register(&plan);
            lines.push(Text::from("  Redirect URI to register: ").plain(redirect_uri));
            lines.extend(more.map(|more| Text::from("  ").and(FAINT, more)));
        }
    }
    lines.push(Text::from("  Next: patchbay connect ").plain(&asked.provider));
    terminal.say(lines)?;
    Ok(Exit::Done)
}

/// Changes the redirect URI of a client, and says how it will be written.
fn redirect(engine: &Engine, terminal: &Terminal, asked: &ClientRedirectArguments) -> Result<Exit, Failure> {
    let client = engine.set_client_redirect(&engine.find_client(&asked.client)?.id, asked.redirect_uri.as_deref())?;
    if terminal.is_json() {
        let known = engine.list_clients()?.into_iter().find(|(it, _)| it.id == client.id);
        terminal.object(&ClientJson::of(&client, known.map_or(0, |(_, count)| count), secret_end(engine, &client)?))?;
        return Ok(Exit::Done);
    }
    let said = match &client.redirect {
        None => "uses the redirect URI of its provider again.".to_owned(),
        Some(rule) => match rule.port {
            RedirectPort::Fixed(_) => format!("comes back at {}", rule.registered()),
            RedirectPort::Any => format!("comes back at {}, at any free port", rule.registered()),
        },
    };
    let mut lines = vec![Text::styled(STRONG, format!("{} {said}", client.name))];
    lines.push(Text::from("  Register the same at the provider, letter by letter."));
    if client.redirect.as_ref().is_some_and(|rule| rule.scheme == RedirectScheme::Https) {
        lines.push(Text::from(
            "  The browser will warn of the certificate; each sign-in, and patchbay doctor, shows its fingerprint.",
        ));
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

/// Asks at a terminal for a secret that is needed and not known yet.
pub(crate) async fn ask_for_secret(
    engine: &Engine,
    terminal: &Terminal,
    provider: &Provider,
    client_id: &str,
    environment: Environment,
) -> Result<Option<Secret>, Failure> {
    let question = match provider.client_secret {
        SecretNeed::Required => "Client secret: ",
        SecretNeed::Optional => "Client secret (empty: none): ",
        SecretNeed::BuiltIn => return Ok(None),
    };
    let clients = engine.list_clients_of(&provider.id)?;
    let is_known = clients.iter().any(|(it, _)| it.client_id == client_id && it.environment == environment);
    if is_known || !terminal.is_attended() {
        return Ok(None);
    }
    secret_entry::from_prompt_unless_told(question).await
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let (clients, ends) = (engine.list_clients()?, engine.client_secret_ends()?);
    if terminal.is_json() {
        for (client, count) in &clients {
            terminal.object(&ClientJson::of(client, *count, ends.get(&client.id).copied()))?;
        }
        return Ok(Exit::Done);
    }
    if clients.is_empty() {
        terminal.say([Text::from("No client is known yet. Add one: patchbay client add PROVIDER --client-id ID")])?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["Name", "Provider", "Client id", "Secret", "Environment", "Port", "Used by", "Id"]);
    for (client, count) in &clients {
        table.row(vec![
            Text::from(&client.name),
            Text::from(shortened(client.provider.as_str(), 32)),
            Text::from(shortened(&client.client_id, 32)),
            Text::from(kept("in keychain", client, ends.get(&client.id).copied())),
            Text::from(client.environment.as_str()),
            Text::from(client.redirect_port.map(|port| port.to_string()).unwrap_or_default()),
            Text::from(counted(*count, "connection")),
            Text::styled(FAINT, client.id.as_str()),
        ]);
    }
    terminal.say(table.names_within(terminal.columns(), &[0]).lines())?;
    Ok(Exit::Done)
}

fn show(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let client = engine.find_client(typed)?;
    let users = engine.connections_of_client(&client.id)?;
    if terminal.is_json() {
        terminal.object(&ClientJson::of(&client, users.len(), secret_end(engine, &client)?))?;
        return Ok(Exit::Done);
    }
    let names: Vec<_> = users.iter().map(|(it, _)| it.connection.name.as_str()).collect();
    let variables: Vec<_> = client.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut lines = vec![Text::styled(STRONG, &client.name).plain("  ").and(FAINT, client.id.as_str())];
    lines.extend(facts(vec![
        ("Provider", Some(Text::from(client.provider.as_str()))),
        ("Client id", Some(Text::from(&client.client_id))),
        ("Secret", Some(Text::from(kept("in the keychain", &client, secret_end(engine, &client)?)))),
        ("Environment", Some(Text::from(client.environment.as_str()))),
        ("Port", client.redirect_port.map(|port| Text::from(port.to_string()))),
        ("Variables", (!variables.is_empty()).then(|| Text::from(variables.join(", ")))),
        ("Used by", Some(Text::from(if names.is_empty() { "nothing yet".to_owned() } else { listed(names) }))),
        (
            "To be deleted",
            engine.registration_given_up_at(&client.id)?.map(|since| {
                let since = Now::here().moment_in_sentence(since);
                Text::from(format!("at its server, which has not confirmed it since {since}"))
            }),
        ),
        ("Rotation", engine.rotation(&client.id)?.map(|it| Text::from(it.stage.as_str()))),
    ]));
    if let Some(check) = engine.last_setup_check(&client.id)? {
        lines.push(Text::default());
        lines.push(Text::styled(FAINT, format!("  Checked {}", Now::here().moment_in_sentence(check.at))));
        lines.extend(setup_check::page(&client.name, &check));
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

/// When the secret of a client ends, where its server said so.
fn secret_end(engine: &Engine, client: &Client) -> Result<Option<Timestamp>, Failure> {
    Ok(engine.client_secret_ends()?.get(&client.id).copied())
}

/// Where its secret is, and how long it holds where that is known.
fn kept(place: &str, client: &Client, ends_at: Option<Timestamp>) -> String {
    let now = Now::here();
    match ends_at {
        _ if !client.has_secret => "none".to_owned(),
        None => place.to_owned(),
        Some(at) if at > now.at() => format!("{place}, ends {}", now.moment_in_sentence(at)),
        Some(at) => format!("{place}, ended {}", now.moment_in_sentence(at)),
    }
}

async fn remove(
    engine: &Engine,
    terminal: &Terminal,
    typed: &str,
    yes: bool,
    may_be_left_there: bool,
) -> Result<Exit, Failure> {
    let client = engine.find_client(typed)?;
    if !yes {
        if !terminal.is_attended() {
            return Err(Failure::usage("There is no terminal to ask at: say --yes."));
        }
        let question = format!("Remove {} and erase its secret? Type yes: ", client.name);
        if terminal.ask(&question).await.as_deref() != Some("yes") {
            terminal.note([Text::from("Nothing was removed.")]);
            return Ok(Exit::Failed);
        }
    }
    let removed = engine.remove_client(&client.id, may_be_left_there).await?;
    let is_kept = matches!(removed.registration, Retirement::Kept { .. });
    let exit = if is_kept { Exit::Temporary } else { Exit::Done };
    if terminal.is_json() {
        terminal.object(&serde_json::json!({
            "removed": (!is_kept).then_some(client.id.as_str()),
            "secret_erased": removed.is_secret_erased && !is_kept,
            "client_registration": registration::word(removed.registration),
        }))?;
        return Ok(exit);
    }
    let happened = match (is_kept, removed.is_secret_erased) {
        (true, _) => format!("{} is not removed yet.", client.name),
        (false, true) => format!("{} is removed.", client.name),
        (false, false) => format!("{} is removed. Its secret is erased once the keychain answers.", client.name),
    };
    let server = engine.provider_name(&client.provider);
    let mut lines = vec![Text::from(happened)];
    let rest = registration::sentence(removed.registration, client.id.as_str(), &server);
    lines.extend(rest.map(|line| Text::from("  ").plain(line)));
    if is_kept {
        lines.push(Text::from("  To remove it here alone: add --leave-there"));
    }
    terminal.say(lines)?;
    Ok(exit)
}
