//! What a person says of programs that ask for tokens, and of those that were seen [D1, F2, F3, S147].

use domain::program::Permission;
use domain::{ConnectionId, ProgramId};
use engine::Engine;
use jiff::{SignedDuration, Timestamp};
use tauri::State;

use crate::views::{ProgramAnswer, ProgramsView, UnaskedView};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

#[tauri::command]
pub(crate) async fn programs(opened: State<'_, Opened>) -> Answer<ProgramsView> {
    Ok(ProgramsView::load(opened.engine()?)?)
}

#[tauri::command]
pub(crate) async fn answer_program(
    opened: State<'_, Opened>,
    id: String,
    connection: String,
    answer: ProgramAnswer,
) -> Answer<ProgramsView> {
    let engine = opened.engine()?;
    let (program, connection) = (ProgramId::from_text(id), ConnectionId::from_text(connection));
    let permission = match answer {
        ProgramAnswer::Once => Permission::Once,
        ProgramAnswer::Always => Permission::Always { until: None },
        ProgramAnswer::Week => Permission::Always { until: Some(in_a_week(engine)) },
        ProgramAnswer::Never => Permission::Never,
    };
    if !engine.say_of_program(&program, &connection, permission)? {
        return Err(engine::Error::BadInput("that program is not asked about any more").into());
    }
    view_of(engine)
}

/// It is asked about again.
#[tauri::command]
pub(crate) async fn revoke_program(opened: State<'_, Opened>, id: String, connection: String) -> Answer<ProgramsView> {
    let engine = opened.engine()?;
    engine.forget_permissions(&ProgramId::from_text(id), Some(&ConnectionId::from_text(connection)))?;
    view_of(engine)
}

#[tauri::command]
pub(crate) async fn set_unasked(opened: State<'_, Opened>, unasked: UnaskedView) -> Answer<ProgramsView> {
    let engine = opened.engine()?;
    engine.set_unasked(unasked.into())?;
    view_of(engine)
}

#[tauri::command]
pub(crate) async fn rename_learned_program(
    opened: State<'_, Opened>,
    path: String,
    name: String,
) -> Answer<ProgramsView> {
    let engine = opened.engine()?;
    engine.rename_learned_program(&path, &name)?;
    view_of(engine)
}

/// It comes back when it is seen again.
#[tauri::command]
pub(crate) async fn forget_learned_program(opened: State<'_, Opened>, path: String) -> Answer<ProgramsView> {
    let engine = opened.engine()?;
    engine.forget_learned_program(&path)?;
    view_of(engine)
}

fn view_of(engine: &Engine) -> Answer<ProgramsView> {
    Ok(ProgramsView::load(engine)?)
}

fn in_a_week(engine: &Engine) -> Timestamp {
    engine.now().checked_add(WEEK).unwrap_or(Timestamp::MAX)
}
