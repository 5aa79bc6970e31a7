//! Grants: asking for more, and connections that repeat each other [A8, C4].

use std::collections::HashMap;

use domain::ConnectionId;
use tauri::State;

use crate::views::{DuplicatesView, MergePlanView, MergedView, SignInView};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn begin_widening(opened: State<'_, Opened>, id: String, scopes: Vec<String>) -> Answer<SignInView> {
    let engine = opened.engine()?;
    engine.require_keychain().await?;
    Ok((&engine.begin_widening(&ConnectionId::from_text(id), &scopes, true).await?).into())
}

#[tauri::command]
pub(crate) async fn list_duplicates(opened: State<'_, Opened>) -> Answer<Vec<DuplicatesView>> {
    let engine = opened.engine()?;
    let found = engine.list_duplicates()?;
    if found.is_empty() {
        return Ok(vec![]);
    }
    let names: HashMap<_, _> = engine.list_clients()?.into_iter().map(|(it, _)| (it.id, it.name)).collect();
    let name_of = |id: &domain::ClientId| names.get(id).cloned().unwrap_or_default();
    Ok(found.iter().map(|one| DuplicatesView::new(one, |id| engine.overview(id).ok(), name_of)).collect())
}

#[tauri::command]
pub(crate) async fn plan_merge(opened: State<'_, Opened>, keep: String, gone: String) -> Answer<MergePlanView> {
    let (keep, gone) = (ConnectionId::from_text(keep), ConnectionId::from_text(gone));
    Ok((&opened.engine()?.plan_merge(&keep, &gone)?).into())
}

#[tauri::command]
pub(crate) async fn merge_connections(opened: State<'_, Opened>, keep: String, gone: String) -> Answer<MergedView> {
    let (keep, gone) = (ConnectionId::from_text(keep), ConnectionId::from_text(gone));
    Ok((&opened.engine()?.merge_connections(&keep, &gone).await?).into())
}
