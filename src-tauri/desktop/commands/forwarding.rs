//! Destinations that events are forwarded to; what is secret of them crosses once, towards the keychain [A3, F5].

use std::path::Path;

use domain::{EventDestinationId, Secret};
use engine::flows::event_forwarding::{NewEventDestination, NewPlace};
use tauri::{AppHandle, Manager as _, Runtime, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt as _;
use tokio::sync::oneshot;

use super::alerts::{entered, said};
use super::imports::{chosen_path, typed_path};
use super::signing_secrets::MadeSecrets;
use crate::views::{
    AddedDestinationView, DestinationTestView, ForwardingView, NewDestinationForm, NewDestinationTarget,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

const MIB: u64 = 1024 * 1024;
const MOST_MIB: u32 = 10_000;
const MOST_KEPT: u16 = 1_000;

#[tauri::command]
pub(crate) async fn forwarding(opened: State<'_, Opened>) -> Answer<ForwardingView> {
    Ok(ForwardingView::load(opened.engine()?)?)
}

#[tauri::command]
pub(crate) async fn add_event_destination<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    form: NewDestinationForm,
) -> Answer<AddedDestinationView> {
    let engine = opened.engine()?;
    let place = place_of(form.target, app.path().home_dir().ok().as_deref())?;
    let is_file = matches!(place, NewPlace::File { .. });
    if !is_file {
        engine.require_keychain().await?;
    }
    let new = NewEventDestination {
        name: said(form.name),
        place,
        wanted: form.wanted.into(),
        // A file says what `patchbay events --json` does.
        with_accounts: form.with_accounts || is_file,
        from_start: form.from_start,
    };
    let added = engine.add_event_destination(new).await?;
    let (id, has_made_secret) = (added.destination.id.to_string(), added.made_key.is_some());
    if let Some(secret) = added.made_key {
        app.state::<MadeSecrets>().keep(&id, secret);
    }
    Ok(AddedDestinationView { id, has_made_secret, forwarding: ForwardingView::load(engine)? })
}

#[tauri::command]
pub(crate) async fn set_event_destination_on(
    opened: State<'_, Opened>,
    id: String,
    on: bool,
) -> Answer<ForwardingView> {
    let engine = opened.engine()?;
    engine.set_event_destination_on(&EventDestinationId::from_text(id), on)?;
    Ok(ForwardingView::load(engine)?)
}

#[tauri::command]
pub(crate) async fn test_event_destination(opened: State<'_, Opened>, id: String) -> Answer<DestinationTestView> {
    let tried = opened.engine()?.try_event_destination(&EventDestinationId::from_text(id)).await?;
    Ok(match tried {
        Ok(receipt) => DestinationTestView::Taken { words: receipt.words },
        Err(refused) => DestinationTestView::Refused { complaint: (&refused.complaint).into() },
    })
}

#[tauri::command]
pub(crate) async fn remove_event_destination(opened: State<'_, Opened>, id: String) -> Answer<ForwardingView> {
    let engine = opened.engine()?;
    engine.remove_event_destination(&EventDestinationId::from_text(id)).await?;
    Ok(ForwardingView::load(engine)?)
}

/// Asks the person for a folder in the system's own dialog. Null when they chose none.
#[tauri::command]
pub(crate) async fn choose_event_folder<R: Runtime>(window: WebviewWindow<R>) -> Answer<Option<String>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_parent(&window);
    // Nobody waits any longer when the window is gone.
    dialog.set_title("Folder for events").pick_folder(move |path| drop(tell.send(path)));
    Ok(chosen_path(told).await)
}

fn place_of(target: NewDestinationTarget, home: Option<&Path>) -> Result<NewPlace, engine::Error> {
    Ok(match target {
        NewDestinationTarget::File { folder, largest_mib, kept } => {
            let folder = typed_path(&folder, home);
            if !folder.is_absolute() {
                return Err(engine::Error::BadInput("a folder is named by its whole path"));
            }
            if !(1..=MOST_MIB).contains(&largest_mib) || !(1..=MOST_KEPT).contains(&kept) {
                return Err(engine::Error::BadInput("a file has 1 to 10000 MiB, and 1 to 1000 are kept"));
            }
            NewPlace::File { folder, largest: u64::from(largest_mib) * MIB, kept }
        }
        NewDestinationTarget::Webhook { address, key } => {
            NewPlace::Webhook { address: entered(&address)?, key: said(key).map(Secret::new) }
        }
        NewDestinationTarget::Sentry { dsn } => NewPlace::Sentry { dsn: entered(&dsn)? },
        NewDestinationTarget::Otlp { endpoint, headers, with_metrics } => NewPlace::Otlp {
            endpoint: endpoint.trim().to_owned(),
            headers: said(headers).map(Secret::new),
            with_metrics,
        },
    })
}
