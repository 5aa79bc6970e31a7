//! The failure bundle and the vendor's report: shown first, written only as they were shown [C6, C7, A3].

use std::sync::{Mutex, PoisonError};

use domain::ConnectionId;
use engine::flows::support_bundle::{BundleWith, FailureBundle, save_failure_bundle as save};
use tauri::{Runtime, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt as _;
use tokio::sync::oneshot;

use crate::views::{FailureBundleView, SavedBundleView, VendorReportView};
use crate::{CommandError, Opened};

/// The last one that was shown, and how it was asked for: what is written is this very text.
#[derive(Default)]
pub(crate) struct PreviewedBundle(Mutex<Option<(ConnectionId, bool, FailureBundle)>>);

impl PreviewedBundle {
    fn find(&self, id: &ConnectionId, includes_account: bool) -> Option<FailureBundle> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, with_account, bundle) = shown.as_ref()?;
        (of == id && *with_account == includes_account).then(|| bundle.clone())
    }
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn preview_failure_bundle(
    opened: State<'_, Opened>,
    previewed: State<'_, PreviewedBundle>,
    id: String,
    includes_account: bool,
) -> Result<FailureBundleView, CommandError> {
    let id = ConnectionId::from_text(id);
    let bundle = opened.engine()?.failure_bundle(&id, BundleWith { includes_account }).await?;
    let view = FailureBundleView::from(&bundle);
    *previewed.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, includes_account, bundle));
    Ok(view)
}

/// Asks for a folder in the system's own dialog. Null when none was chosen.
#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn save_failure_bundle<R: Runtime>(
    window: WebviewWindow<R>,
    previewed: State<'_, PreviewedBundle>,
    id: String,
    includes_account: bool,
) -> Result<Option<SavedBundleView>, CommandError> {
    let bundle = previewed
        .find(&ConnectionId::from_text(id), includes_account)
        .ok_or(engine::Error::BadInput("only what was shown is written, and this was not"))?;
    let (tell, told) = oneshot::channel();
    // Nobody waits any longer when the window is gone.
    let chosen = move |path| drop(tell.send(path));
    window.dialog().file().set_parent(&window).set_title("Folder for the failure bundle").pick_folder(chosen);
    let Some(folder) = told.await.ok().flatten().and_then(|it| it.into_path().ok()) else { return Ok(None) };
    let [markdown, json] = save(&bundle, &folder)?;
    Ok(Some(SavedBundleView { markdown: markdown.display().to_string(), json: json.display().to_string() }))
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn vendor_report(
    opened: State<'_, Opened>,
    id: String,
    includes_account: bool,
) -> Result<VendorReportView, CommandError> {
    let (engine, id) = (opened.engine()?, ConnectionId::from_text(id));
    let report = engine.vendor_report(&id, BundleWith { includes_account }).await?;
    Ok(VendorReportView::new(report, engine.connection(&id)?.provider.to_string()))
}
