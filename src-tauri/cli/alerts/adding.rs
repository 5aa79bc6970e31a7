//! Adds a channel: what is secret of it comes from a prompt or standard input [F4, A3].

use domain::Secret;
use domain::alert::{ChannelSettings, CommandSettings, MailSecurity, MailSettings};
use engine::alert_channels::read_authority;
use engine::flows::alert_channels::{ChannelState, NewChannel};
use engine::{Engine, Error};

use super::{json_of, rule_of};
use crate::arguments::{AddAlertsCommand, AddMail, SecurityName};
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret_entry;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::{alerts as words, named};

const NOT_ADDED: &str = "Cancelled; no channel was added.";

pub(super) async fn add(engine: &Engine, terminal: &Terminal, asked: AddAlertsCommand) -> Result<Exit, Failure> {
    let (name, new, rule) = match asked {
        AddAlertsCommand::Webhook(asked) => {
            let (address, key) = address_and_key(terminal).await?;
            (asked.name, NewChannel::Webhook { address, key }, asked.rule)
        }
        AddAlertsCommand::Slack(asked) => {
            let address = typed(terminal, "Address of the incoming webhook: ", words::ADDRESS).await?;
            (asked.name, NewChannel::Slack { address }, asked.rule)
        }
        AddAlertsCommand::Teams(asked) => {
            let address = typed(terminal, "Address of the workflow: ", words::ADDRESS).await?;
            (asked.name, NewChannel::Teams { address }, asked.rule)
        }
        AddAlertsCommand::Mail(asked) => {
            let settings = mail(&asked)?;
            let password = match settings.user {
                Some(_) => Some(typed(terminal, "Password of the mail server: ", "password").await?),
                None => None,
            };
            (asked.name, NewChannel::Mail { settings, password }, asked.rule)
        }
        AddAlertsCommand::Command(asked) => {
            let mut words = asked.command.into_iter();
            let program = words.next().unwrap_or_default();
            let command = CommandSettings { program, arguments: words.collect() };
            (asked.name, NewChannel::Command(command), asked.rule)
        }
    };
    // Not broken off: between the keychain and the row a secret would be left that nobody finds again.
    let added = engine.add_alert_channel(&name, new, rule_of(&rule)).await?;
    let state = ChannelState::unused(added.channel);
    #[expect(clippy::disallowed_methods, reason = "shown once to the person who hands it to the receiver")]
    let secret = added.made_key.as_ref().map(Secret::expose_secret);
    if terminal.is_json() {
        terminal.object(&json_of(&state, secret))?;
        return Ok(Exit::Done);
    }
    let name = &state.channel.name;
    let mut lines = vec![Text::styled(STRONG, format!("{} is added.", named(name)))];
    if let Some(secret) = secret {
        lines.push(Text::from("Give the receiver this signing secret; it is not shown again:"));
        lines.push(Text::styled(STRONG, format!("  {secret}")));
    }
    lines.push(Text::from(format!("It tells {}", words::rule(&state.channel.rule))));
    lines.push(Text::styled(FAINT, format!("Try it: patchbay alerts test {}", state.channel.id)));
    terminal.say(lines)?;
    if matches!(&state.channel.settings, ChannelSettings::Mail(mail) if mail.security == MailSecurity::Plain) {
        terminal.warn([Text::from(words::PLAIN)]);
    }
    Ok(Exit::Done)
}

fn mail(asked: &AddMail) -> Result<MailSettings, Failure> {
    let security = match (asked.allow_plain, asked.security) {
        (true, _) => MailSecurity::Plain,
        (false, SecurityName::Starttls) => MailSecurity::StartTls,
        (false, SecurityName::Tls) => MailSecurity::Tls,
    };
    let authority = asked.authority.as_deref().map(read_authority).transpose()?;
    Ok(MailSettings {
        server: asked.server.trim().to_owned(),
        port: asked.port.unwrap_or_else(|| security.usual_port()),
        security,
        user: asked.user.clone(),
        from: asked.from.trim().to_owned(),
        to: asked.to.iter().map(|it| it.trim().to_owned()).collect(),
        authority,
    })
}

/// One secret, from the terminal or from standard input.
async fn typed(terminal: &Terminal, question: &'static str, called: &'static str) -> Result<Secret, Failure> {
    if terminal.is_attended() {
        return unless_told(NOT_ADDED, secret_entry::from_prompt(question))
            .await??
            .ok_or_else(|| Failure::usage(format!("Without its {called} there is no channel.")));
    }
    let reading = tokio::task::spawn_blocking(move || secret_entry::from_stdin(called));
    unless_told(NOT_ADDED, reading).await?.map_err(|_| Failure::from(Error::TaskEnded))?
}

/// An address, and a signing secret where there is one.
async fn address_and_key(terminal: &Terminal) -> Result<(Secret, Option<Secret>), Failure> {
    if terminal.is_attended() {
        let address = typed(terminal, "Address of the webhook: ", words::ADDRESS).await?;
        let question = "Signing secret (whsec_\u{2026}; nothing makes one): ";
        let key = unless_told(NOT_ADDED, secret_entry::from_prompt(question)).await??;
        return Ok((address, key));
    }
    let reading = tokio::task::spawn_blocking(|| secret_entry::lines_from_stdin(words::ADDRESS, 2));
    let lines = unless_told(NOT_ADDED, reading).await?.map_err(|_| Failure::from(Error::TaskEnded))??;
    let mut lines = lines.into_iter();
    let address = lines.next().ok_or_else(|| Failure::usage("No address came on standard input."))?;
    Ok((address, lines.next()))
}
