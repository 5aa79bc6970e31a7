//! The practice provider and its switches.

use tauri::State;

use super::sign_in::practice_request;
use crate::views::{CauseLabel, PracticeDeed, PracticeSwitches, PracticeView, SignInView};
use crate::{CommandError, Opened, PracticeHost};

#[tauri::command]
pub(crate) async fn practice(host: State<'_, PracticeHost>) -> Result<PracticeView, CommandError> {
    Ok(host.view().await)
}

/// Starts the practice provider where it does not run, and a sign-in at it.
#[tauri::command]
pub(crate) async fn start_practice(
    opened: State<'_, Opened>,
    host: State<'_, PracticeHost>,
) -> Result<SignInView, CommandError> {
    let engine = opened.engine()?;
    engine.require_keychain().await?;
    let issuer = host.start().await?;
    let provider = engine.adopt_practice(&issuer).await?;
    let scopes = provider.scopes.actions.into_iter().flat_map(|action| action.scopes).collect();
    Ok((&engine.begin_connect(practice_request(issuer, scopes)).await?).into())
}

#[tauri::command]
pub(crate) async fn set_practice_switches(
    host: State<'_, PracticeHost>,
    switches: PracticeSwitches,
) -> Result<PracticeView, CommandError> {
    host.set_switches(switches).await
}

#[tauri::command]
pub(crate) async fn stage_cause(
    host: State<'_, PracticeHost>,
    cause: Option<CauseLabel>,
) -> Result<PracticeView, CommandError> {
    host.stage(cause).await
}

#[tauri::command]
pub(crate) async fn do_practice_deed(
    host: State<'_, PracticeHost>,
    deed: PracticeDeed,
) -> Result<PracticeView, CommandError> {
    host.perform(deed).await
}
