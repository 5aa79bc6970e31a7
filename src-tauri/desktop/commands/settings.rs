//! Patchbay's own parts, checked on request.

use tauri::State;

use crate::views::SelfCheckView;
use crate::{CommandError, Opened};

#[tauri::command]
pub(crate) async fn self_check(opened: State<'_, Opened>) -> Result<Vec<SelfCheckView>, CommandError> {
    Ok(opened.engine()?.check_self().await.iter().map(SelfCheckView::from).collect())
}
