//! Channels that alerts go to; what is secret of them crosses once, towards the keychain [A3, F4].

use std::io::Read as _;
use std::path::Path;

use domain::alert::{CommandSettings, MailSecurity, MailSettings};
use domain::{AlertChannelId, Secret};
use engine::flows::alert_channels::NewChannel;
use tauri::{AppHandle, Manager as _, Runtime, State};

use super::imports::typed_path;
use super::signing_secrets::MadeSecret;
use crate::views::{
    AddedChannelView, AlertsView, ChannelRuleView, DeliveriesView, DeliveryView, NewChannelForm, NewChannelTarget,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// As many as fit a screen.
const PAGE: usize = 25;
/// A chain of certificates is some kilobytes.
const LARGEST_AUTHORITY: u64 = 256 * 1024;

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
    let added = engine.add_alert_channel(&form.name, new, rule).await?;
    let (id, has_made_secret) = (added.channel.id.to_string(), added.made_key.is_some());
    if let Some(secret) = added.made_key {
        app.state::<MadeSecret>().keep(&id, secret);
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

fn read_authority(path: &Path) -> Result<String, engine::Error> {
    // A pipe would be waited for.
    if !std::fs::metadata(path).map_err(engine::Error::FileUnreadable)?.is_file() {
        return Err(engine::Error::BadInput("that certificate is no file"));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(engine::Error::FileUnreadable)?;
    file.take(LARGEST_AUTHORITY).read_to_string(&mut text).map_err(engine::Error::FileUnreadable)?;
    Ok(text)
}
