//! The board, one connection, and what its buttons do [A6, A10, B1, B14, D1, E2].

use std::collections::HashMap;

use domain::{ConnectionId, DependantId};
use engine::Engine;
use engine::flows::labels;
use engine::flows::refresh::RefreshWhy;
use tauri::State;

use crate::first_board::FirstBoard;
use crate::views::{
    BoardView, CheckView, ConnectionView, DisconnectedView, EnvironmentView, EventView, FarewellView, NewDependant,
    PackedBoardView, RefreshView, RetirementView, TestCallView,
};
use crate::{CommandError, Opened};

/// As much of the activity as one screen scrolls through.
const ACTIVITY_LENGTH: usize = 1_000;

pub(crate) type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn board(opened: State<'_, Opened>) -> Answer<BoardView> {
    let engine = opened.engine()?;
    read_board(engine).await
}

/// The same, in short.
#[tauri::command]
pub(crate) async fn packed_board(opened: State<'_, Opened>, first: State<'_, FirstBoard>) -> Answer<PackedBoardView> {
    let engine = opened.engine()?;
    Ok(match first.take().await {
        Some(board) => board,
        None => read_board(engine).await?.into(),
    })
}

pub(crate) async fn read_board(engine: &Engine) -> Answer<BoardView> {
    let keychain = engine.known_keychain_state().await;
    Ok(BoardView::new(&engine.board()?, keychain, engine.keychain_closed_since()))
}

#[tauri::command]
pub(crate) async fn connection(opened: State<'_, Opened>, id: String) -> Answer<ConnectionView> {
    let (engine, id) = (opened.engine()?, ConnectionId::from_text(id));
    let said = engine.said_of_connection(&id)?;
    Ok(ConnectionView::new(&engine.detail(&id)?, engine.grant_binding(&id)?, said, engine.now()))
}

#[tauri::command]
pub(crate) async fn run_test_call(opened: State<'_, Opened>, id: String) -> Answer<TestCallView> {
    Ok((&opened.engine()?.run_test_call(&ConnectionId::from_text(id)).await?).into())
}

#[tauri::command]
pub(crate) async fn run_checks(opened: State<'_, Opened>, id: String) -> Answer<Vec<CheckView>> {
    let checks = opened.engine()?.run_checks(&ConnectionId::from_text(id)).await?;
    Ok(checks.iter().map(CheckView::from).collect())
}

#[tauri::command]
pub(crate) async fn refresh_now(opened: State<'_, Opened>, id: String) -> Answer<RefreshView> {
    Ok(opened.engine()?.refresh(&ConnectionId::from_text(id), RefreshWhy::Person).await?.into())
}

#[tauri::command]
pub(crate) async fn plan_disconnect(opened: State<'_, Opened>, id: String) -> Answer<FarewellView> {
    Ok((&opened.engine()?.plan_disconnect(&ConnectionId::from_text(id))?).into())
}

#[tauri::command]
pub(crate) async fn disconnect(opened: State<'_, Opened>, id: String) -> Answer<DisconnectedView> {
    Ok((&opened.engine()?.disconnect(&ConnectionId::from_text(id)).await?).into())
}

#[tauri::command]
pub(crate) async fn forget_connection(opened: State<'_, Opened>, id: String) -> Answer<RetirementView> {
    let (engine, id) = (opened.engine()?, ConnectionId::from_text(id));
    let client = engine.connection(&id)?.client;
    engine.forget_connection(&id)?;
    Ok(engine.retire_registration(&client).await?.into())
}

#[tauri::command]
pub(crate) async fn label_connection(
    opened: State<'_, Opened>,
    id: String,
    name: String,
    customer: Option<String>,
    environment: EnvironmentView,
) -> Answer<()> {
    let id = ConnectionId::from_text(id);
    Ok(opened.engine()?.label_connection(&id, &name, customer.as_deref(), environment.into())?)
}

#[tauri::command]
pub(crate) async fn note_connection(
    opened: State<'_, Opened>,
    id: String,
    note: Option<String>,
    owner: Option<String>,
) -> Answer<()> {
    Ok(opened.engine()?.say_of_connection(&ConnectionId::from_text(id), note.as_deref(), owner.as_deref())?)
}

#[tauri::command]
pub(crate) async fn set_automatic_refresh(opened: State<'_, Opened>, id: String, on: bool) -> Answer<()> {
    Ok(opened.engine()?.set_automatic_refresh(&ConnectionId::from_text(id), on)?)
}

#[tauri::command]
pub(crate) async fn add_dependant(opened: State<'_, Opened>, id: String, dependant: NewDependant) -> Answer<()> {
    let NewDependant { workflow, place, step, owner } = dependant;
    let new = labels::NewDependant { workflow, place, step, owner };
    opened.engine()?.add_dependant(&ConnectionId::from_text(id), new)?;
    Ok(())
}

#[tauri::command]
pub(crate) async fn remove_dependant(opened: State<'_, Opened>, id: String, dependant: String) -> Answer<()> {
    let (id, dependant) = (ConnectionId::from_text(id), DependantId::from_text(dependant));
    Ok(opened.engine()?.remove_dependant(&id, &dependant)?)
}

#[tauri::command]
pub(crate) async fn list_events(opened: State<'_, Opened>) -> Answer<Vec<EventView>> {
    let engine = opened.engine()?;
    let names: HashMap<_, _> =
        engine.list_connections()?.into_iter().map(|it| (it.connection.id, it.connection.name)).collect();
    let events = engine.list_events(None, ACTIVITY_LENGTH)?;
    let name_of = |id: Option<&ConnectionId>| id.and_then(|id| names.get(id)).map(String::as_str);
    Ok(events.iter().map(|(id, event)| EventView::new(*id, event, name_of(event.connection.as_ref()))).collect())
}
