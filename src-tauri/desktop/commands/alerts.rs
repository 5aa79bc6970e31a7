//! Channels that alerts go to; what is secret of them crosses once, towards the keychain [A3, F4].

use std::path::Path;

use domain::alert::{CommandSettings, MailSecurity, MailSettings};
use domain::display_text::marked;
use domain::{AlertChannelId, Secret};
use engine::alert_channels::read_authority;
use engine::flows::alert_channels::NewChannel;
use tauri::{AppHandle, Manager as _, Runtime, State};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons, MessageDialogKind};

use super::imports::typed_path;
use super::signing_secrets::MadeSecrets;
use crate::views::{
    AddedChannelView, AlertsView, ChannelRuleView, DeliveriesView, DeliveryView, NewChannelForm, NewChannelTarget,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// As many as fit a screen.
const PAGE: usize = 25;
/// Of each word of a command, in characters, and so many of them: a question of the system's shows no more.
const LONGEST_WORD_SHOWN: usize = 300;
const MOST_WORDS_SHOWN: usize = 16;

#[tauri::command]
pub(crate) async fn alerts(opened: State<'_, Opened>) -> Answer<AlertsView> {
    Ok(AlertsView::load(opened.engine()?)?)
}

#[tauri::command]
pub(crate) async fn add_alert_channel<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    form: NewChannelForm,
) -> Answer<AddedChannelView> {
    let engine = opened.engine()?;
    let rule = form.rule.rule()?;
    let new = new_channel(form.target, app.path().home_dir().ok().as_deref())?;
    if !matches!(new, NewChannel::Command(_) | NewChannel::Mail { password: None, .. }) {
        engine.require_keychain().await?;
    }
    if let NewChannel::Command(command) = &new
        && !is_allowed(&app, command).await?
    {
        return Err(engine::Error::BadInput("you did not allow that program to be started").into());
    }
    let added = engine.add_alert_channel(&form.name, new, rule).await?;
    let (id, has_made_secret) = (added.channel.id.to_string(), added.made_key.is_some());
    if let Some(secret) = added.made_key {
        app.state::<MadeSecrets>().keep(&id, secret);
    }
    Ok(AddedChannelView { id, has_made_secret, alerts: AlertsView::load(engine)? })
}

#[tauri::command]
pub(crate) async fn change_alert_channel(
    opened: State<'_, Opened>,
    id: String,
    name: String,
    rule: ChannelRuleView,
) -> Answer<AlertsView> {
    let (engine, id, rule) = (opened.engine()?, AlertChannelId::from_text(id), rule.rule()?);
    engine.rename_alert_channel(&id, &name)?;
    engine.set_alert_rule(&id, &rule)?;
    Ok(AlertsView::load(engine)?)
}

#[tauri::command]
pub(crate) async fn set_alert_channel_on(opened: State<'_, Opened>, id: String, on: bool) -> Answer<AlertsView> {
    let engine = opened.engine()?;
    engine.set_alert_channel_on(&AlertChannelId::from_text(id), on)?;
    Ok(AlertsView::load(engine)?)
}

#[tauri::command]
pub(crate) async fn test_alert_channel(opened: State<'_, Opened>, id: String) -> Answer<DeliveryView> {
    Ok((&opened.engine()?.test_alert_channel(&AlertChannelId::from_text(id)).await?).into())
}

#[tauri::command]
pub(crate) async fn remove_alert_channel(opened: State<'_, Opened>, id: String) -> Answer<AlertsView> {
    let engine = opened.engine()?;
    engine.remove_alert_channel(&AlertChannelId::from_text(id)).await?;
    Ok(AlertsView::load(engine)?)
}

#[tauri::command]
pub(crate) async fn alert_deliveries(
    opened: State<'_, Opened>,
    id: Option<String>,
    before: Option<u32>,
) -> Answer<DeliveriesView> {
    let of = id.map(AlertChannelId::from_text);
    // One more than a page tells whether there is another.
    let mut all = opened.engine()?.alert_deliveries(of.as_ref(), before.map(i64::from), PAGE + 1)?;
    let has_more = all.len() > PAGE;
    all.truncate(PAGE);
    Ok(DeliveriesView { rows: all.iter().map(DeliveryView::from).collect(), has_more })
}

/// Asks by a window of the system's own: what starts programs is not for a page alone to say [S124].
async fn is_allowed<R: Runtime>(app: &AppHandle<R>, command: &CommandSettings) -> Answer<bool> {
    let words = [&command.program].into_iter().chain(&command.arguments);
    // What does not fit is not started unseen.
    if words.clone().count() > MOST_WORDS_SHOWN || words.clone().any(|it| it.chars().count() > LONGEST_WORD_SHOWN) {
        return Err(
            engine::Error::BadInput("a command this long is added in a terminal: patchbay alerts add command").into()
        );
    }
    let shown: Vec<_> = words.map(|it| marked(it, LONGEST_WORD_SHOWN)).collect();
    let question = app
        .dialog()
        .message(format!("For each alert Patchbay is to start this program:\n\n{}", shown.join("\n")))
        .title("Patchbay")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom("Start it for alerts".to_owned(), "Cancel".to_owned()));
    let answered = tauri::async_runtime::spawn_blocking(move || question.blocking_show());
    Ok(answered.await.map_err(|_| engine::Error::TaskEnded)?)
}

fn new_channel(target: NewChannelTarget, home: Option<&Path>) -> Result<NewChannel, engine::Error> {
    Ok(match target {
        NewChannelTarget::Webhook { address, key } => {
            NewChannel::Webhook { address: entered(&address)?, key: said(key).map(Secret::new) }
        }
        NewChannelTarget::Slack { address } => NewChannel::Slack { address: entered(&address)? },
        NewChannelTarget::Teams { address } => NewChannel::Teams { address: entered(&address)? },
        NewChannelTarget::Mail { server, port, security, user, password, from, to, authority } => {
            let security = MailSecurity::from(security);
            let user = said(user);
            let password = said(password).map(Secret::new);
            if user.is_some() != password.is_some() {
                return Err(engine::Error::BadInput("a user signs in with a password: enter both, or neither"));
            }
            let authority = said(authority).map(|path| read_authority(&typed_path(&path, home))).transpose()?;
            let settings = MailSettings {
                server: server.trim().to_owned(),
                port: port.unwrap_or_else(|| security.usual_port()),
                security,
                user,
                from: from.trim().to_owned(),
                to: to.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect(),
                authority,
            };
            NewChannel::Mail { settings, password }
        }
        NewChannelTarget::Command { program, arguments } => {
            let program = program.trim().to_owned();
            NewChannel::Command(CommandSettings { program, arguments })
        }
    })
}

/// What has to be there.
pub(super) fn entered(typed: &str) -> Result<Secret, engine::Error> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(engine::Error::BadInput("the address is missing"));
    }
    Ok(Secret::new(typed))
}

/// What may be left out.
pub(super) fn said(typed: Option<String>) -> Option<String> {
    typed.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}
