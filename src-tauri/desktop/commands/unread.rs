//! What failed while nobody looked, and who looks [B12, F4].

use std::collections::HashMap;

use engine::Engine;
use jiff::Timestamp;
use tauri::State;

use crate::views::{Millis, UnreadView};
use crate::{CommandError, Opened};

#[tauri::command]
pub(crate) async fn attend(opened: State<'_, Opened>) -> Result<UnreadView, CommandError> {
    let engine = opened.engine()?;
    engine.attend()?;
    unread(engine)
}

#[tauri::command]
pub(crate) async fn list_unread(opened: State<'_, Opened>) -> Result<UnreadView, CommandError> {
    unread(opened.engine()?)
}

#[tauri::command]
pub(crate) async fn mark_read(opened: State<'_, Opened>, until: Millis) -> Result<UnreadView, CommandError> {
    let engine = opened.engine()?;
    // A moment that is none marks nothing.
    engine.mark_read(Timestamp::from_millisecond(until.0).unwrap_or(Timestamp::MIN))?;
    unread(engine)
}

fn unread(engine: &Engine) -> Result<UnreadView, CommandError> {
    let found = engine.unread()?;
    // Mostly there is nothing, and nobody's name is needed.
    let names = if found.troubles.is_empty() { vec![] } else { engine.list_connections()? };
    let names: HashMap<_, _> = names.into_iter().map(|it| (it.connection.id, it.connection.name)).collect();
    Ok(UnreadView::new(&found, |id| names.get(id).map(String::as_str)))
}
