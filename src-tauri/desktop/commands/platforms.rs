//! Platforms: added with a key that goes to the keychain and nowhere else, read with progress, joined, tested
//! [A3, D1, D2].

use std::time::Duration;

use domain::blast_radius::{PlatformConnectionState, PlatformKind};
use domain::{ConnectionId, PlatformConnectionId, PlatformId, Secret};
use engine::Engine;
use engine::flows::platforms::NewPlatform;
use engine::flows::read_platform::{ImportTarget, ReadingOutcome};
use engine::platforms::{PlatformFailure, by_hand};
use tauri::{AppHandle, Emitter, Manager as _, Runtime, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt as _;
use tokio::sync::oneshot;

use super::files::{folder_for_files, save_for_person};
use super::imports::{chosen_path, typed_path};
use crate::views::from_engine::blast_radius::RadiusFacts;
use crate::views::{
    NewPlatformForm, PlatformConnectionView, PlatformFailureView, PlatformKindView, PlatformReadingView,
    PlatformTestView, PlatformView, ReadingNoteView, ReadingOutcomeView, ReadingStateView, SignInView, TestWorthView,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// The name of `contract::Events`, as the window listens for it.
const PLATFORM_READING_CHANGED: &str = "platform-reading-changed";
/// Often enough to be seen going on.
const PROGRESS_EVERY: Duration = Duration::from_millis(150);

#[tauri::command]
pub(crate) async fn list_platforms(opened: State<'_, Opened>) -> Answer<Vec<PlatformView>> {
    Ok(opened.engine()?.list_platforms()?.iter().map(PlatformView::from).collect())
}

/// The key crosses once, and is wiped with the form.
#[tauri::command]
pub(crate) async fn add_platform(opened: State<'_, Opened>, form: NewPlatformForm) -> Answer<ReadingOutcomeView> {
    let engine = opened.engine()?;
    let key = form.key.filter(|it| !it.trim().is_empty()).map(|it| Secret::new(it.trim()));
    if key.is_some() {
        engine.require_keychain().await?;
    }
    let kind = PlatformKind::from(form.kind);
    let new = NewPlatform {
        kind,
        name: form.name,
        address: form.address.or_else(|| engine::platforms::open::only_address(kind).map(str::to_owned)),
        space: form.space,
        customer: form.customer,
        key,
    };
    match engine.add_platform(new).await {
        Ok(platform) => Ok(ReadingOutcomeView::Read { platform: Box::new(view_of(engine, &platform.id)?) }),
        Err(engine::Error::PlatformFailed(failure)) => Ok(ReadingOutcomeView::Failed { failure: (&failure).into() }),
        Err(error) => Err(error.into()),
    }
}

#[tauri::command]
pub(crate) async fn remove_platform(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.remove_platform(&PlatformId::from_text(id)).await?)
}

#[tauri::command]
pub(crate) async fn read_platform<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    id: String,
) -> Answer<ReadingOutcomeView> {
    let (engine, platform) = (opened.engine()?, PlatformId::from_text(id.as_str()));
    let reading = engine.read_platform(&platform);
    outcome(&app, engine, &id, reading).await
}

/// Whether it is read again by itself.
#[tauri::command]
pub(crate) async fn set_automatic_reading(opened: State<'_, Opened>, id: String, on: bool) -> Answer<()> {
    Ok(opened.engine()?.set_automatic_reading(&PlatformId::from_text(id), on)?)
}

#[tauri::command]
pub(crate) async fn cancel_reading(opened: State<'_, Opened>, id: String) -> Answer<()> {
    // One that is over already is no mistake.
    let _was_under_way = opened.engine()?.cancel_reading(&id);
    Ok(())
}

/// Asks the person for an export, a configuration or a list. Null when they chose none.
#[tauri::command]
pub(crate) async fn choose_workflow_file<R: Runtime>(window: WebviewWindow<R>) -> Answer<Option<String>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_parent(&window);
    // Nobody waits any longer when the window is gone.
    dialog.set_title("File with workflows").pick_file(move |path| drop(tell.send(path)));
    Ok(chosen_path(told).await)
}

#[tauri::command]
#[expect(clippy::too_many_arguments, reason = "each is one field of the command's arguments, or what Tauri hands in")]
pub(crate) async fn import_workflows<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    path: String,
    reading: String,
    kind: Option<PlatformKindView>,
    platform: Option<String>,
    name: Option<String>,
    customer: Option<String>,
) -> Answer<ReadingOutcomeView> {
    let engine = opened.engine()?;
    let path = typed_path(&path, app.path().home_dir().ok().as_deref());
    let target = ImportTarget { platform: platform.map(PlatformId::from_text), name, customer };
    let imported = engine.import_workflows(&path, kind.map(PlatformKind::from), target, &reading);
    outcome(&app, engine, &reading, imported).await
}

/// To be filled in by hand; `docs/WORKFLOWS.md` tells of every column.
#[tauri::command]
pub(crate) async fn save_workflow_template<R: Runtime>(app: AppHandle<R>, opened: State<'_, Opened>) -> Answer<String> {
    Ok(save_for_person(&app, opened.engine()?, "Patchbay workflows", "csv", by_hand::CSV_TEMPLATE.as_bytes())?)
}

#[tauri::command]
pub(crate) async fn list_platform_connections(opened: State<'_, Opened>) -> Answer<Vec<PlatformConnectionView>> {
    let engine = opened.engine()?.clone();
    let listed = tokio::task::spawn_blocking(move || {
        RadiusFacts::load(&engine).map(|facts| PlatformConnectionView::all(&facts))
    });
    Ok(listed.await.map_err(|_| engine::Error::TaskEnded)??)
}

#[tauri::command]
pub(crate) async fn join_platform_connection(
    opened: State<'_, Opened>,
    id: String,
    connection: Option<String>,
) -> Answer<()> {
    let connection = connection.map(ConnectionId::from_text);
    Ok(opened.engine()?.join_platform_connection(&PlatformConnectionId::from_text(id), connection.as_ref())?)
}

#[tauri::command]
pub(crate) async fn test_platform_connection(opened: State<'_, Opened>, id: String) -> Answer<PlatformTestView> {
    let (engine, id) = (opened.engine()?, PlatformConnectionId::from_text(id));
    let platform = platform_of(engine, &id)?;
    let worth = platform.abilities.tests_connections;
    let Some(worth) = worth.filter(|_| platform.platform.address.is_some()) else {
        let failure = PlatformFailure::Unsupported(platform.platform.name.clone());
        return Ok(PlatformTestView::Failed { failure: (&failure).into() });
    };
    match engine.test_platform_connection(&id).await {
        Ok(state) => Ok(tested(&state, worth.into())),
        Err(engine::Error::PlatformFailed(failure)) => Ok(PlatformTestView::Failed { failure: (&failure).into() }),
        Err(error) => Err(error.into()),
    }
}

fn tested(state: &PlatformConnectionState, worth: TestWorthView) -> PlatformTestView {
    PlatformTestView::Tested { state: state.into(), worth }
}

#[tauri::command]
pub(crate) async fn open_platform_page(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.open_platform_page(&id).await?)
}

/// Signs in anew for a grant of the platform's own; what came of it is how the sign-in ends.
#[tauri::command]
pub(crate) async fn push_grant<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    id: String,
) -> Answer<SignInView> {
    let (engine, of) = (opened.engine()?, PlatformConnectionId::from_text(id));
    engine.require_keychain().await?;
    Ok((&engine.begin_hand_over(&of, &folder_for_files(&app, engine), true).await?).into())
}

fn platform_of(
    engine: &Engine,
    id: &PlatformConnectionId,
) -> Result<engine::flows::platforms::PlatformOverview, engine::Error> {
    let gone = || engine::Error::ConnectionGone(id.to_string());
    let picture = engine.picture()?;
    let platform = &picture.platform_connection(id).ok_or_else(gone)?.platform;
    engine.list_platforms()?.into_iter().find(|it| it.platform.id == *platform).ok_or_else(gone)
}

fn view_of(engine: &Engine, id: &PlatformId) -> Result<PlatformView, engine::Error> {
    let all = engine.list_platforms()?;
    let found = all.iter().find(|it| it.platform.id == *id).map(PlatformView::from);
    found.ok_or_else(|| engine::Error::PlatformGone(id.to_string()))
}

/// Follows a reading to its end, and tells the window how far it is.
async fn outcome<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    name: &str,
    reading: impl Future<Output = Result<ReadingOutcome, engine::Error>>,
) -> Answer<ReadingOutcomeView> {
    let tell = |state: ReadingStateView, (read, all): (u32, Option<u32>), notes: Vec<ReadingNoteView>| {
        let view = PlatformReadingView { id: name.to_owned(), read, all, state, notes };
        if let Err(error) = app.emit(PLATFORM_READING_CHANGED, view) {
            tracing::warn!(%error, "the window could not be told of a reading");
        }
    };
    let (mut reading, mut seen) = (std::pin::pin!(reading), (0, None));
    let mut ticks = tokio::time::interval(PROGRESS_EVERY);
    let read = loop {
        tokio::select! {
            read = &mut reading => break read,
            _ = ticks.tick() => {
                seen = engine.reading_progress(name).unwrap_or(seen);
                let is_all = seen.1.is_some_and(|all| seen.0 >= all);
                tell(if is_all { ReadingStateView::Writing } else { ReadingStateView::Reading }, seen, vec![]);
            }
        }
    };
    match read {
        Ok(outcome) => {
            let changes = &outcome.changes;
            let read = changes.added.saturating_add(changes.changed).saturating_add(changes.same);
            let notes = outcome.notes.iter().map(ReadingNoteView::from).collect();
            tell(ReadingStateView::Done, (seen.0.max(read), Some(seen.1.unwrap_or(read).max(read))), notes);
            Ok(ReadingOutcomeView::Read { platform: Box::new(view_of(engine, &outcome.platform.id)?) })
        }
        Err(engine::Error::PlatformFailed(failure)) => {
            let is_cancelled = matches!(failure, PlatformFailure::Cancelled);
            let state = if is_cancelled { ReadingStateView::Cancelled } else { ReadingStateView::Failed };
            tell(state, seen, vec![]);
            Ok(ReadingOutcomeView::Failed { failure: PlatformFailureView::from(&failure) })
        }
        Err(engine::Error::WouldReplace { platform, name, gone }) => {
            tell(ReadingStateView::Failed, seen, vec![]);
            Ok(ReadingOutcomeView::WouldReplace { platform: platform.to_string(), name, gone })
        }
        Err(error) => {
            tell(ReadingStateView::Failed, seen, vec![]);
            Err(error.into())
        }
    }
}
