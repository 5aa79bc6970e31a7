//! Where the browser comes back, and the address of one that could not [A2].

use domain::{ClientId, Secret};
use engine::Error;
use engine::flows::connect::SignInId;
use tauri::State;

use crate::views::{PasteRefusedView, RedirectRefusedView};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// Null when the address was the answer. It crosses once, and is written down nowhere.
#[tauri::command]
pub(crate) async fn paste_redirect(
    opened: State<'_, Opened>,
    id: String,
    address: String,
) -> Answer<Option<PasteRefusedView>> {
    match opened.engine()?.paste_redirect(&SignInId::from_text(id), Secret::new(address)).await {
        Ok(()) => Ok(None),
        Err(Error::PasteRefused(why)) => Ok(Some(why.into())),
        Err(error) => Err(error.into()),
    }
}

/// Null when it was taken; without an address the provider's usual one serves again.
#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn set_client_redirect(
    opened: State<'_, Opened>,
    id: String,
    redirect_uri: Option<String>,
) -> Answer<Option<RedirectRefusedView>> {
    match opened.engine()?.set_client_redirect(&ClientId::from_text(id), redirect_uri.as_deref()) {
        Ok(_) => Ok(None),
        Err(Error::RedirectUriRefused(why)) => Ok(Some(why.into())),
        Err(error) => Err(error.into()),
    }
}
