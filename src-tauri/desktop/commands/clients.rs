//! The person's own OAuth apps: registered by a guide, checked, rotated, removed [A9, C5, E5].

use std::collections::BTreeMap;

use domain::{ClientId, Secret};
use engine::Engine;
use engine::flows::client_file::{ClientFile, ClientFileRefused, load_client_file};
use engine::flows::clients::NewClient;
use tauri::{AppHandle, Manager as _, Runtime, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt as _;
use tokio::sync::oneshot;

use super::imports::{chosen_path, typed_path};
use crate::views::{
    ClientDetailView, ClientFacts, ClientFileView, ClientGuideView, ClientView, EnvironmentView, NewClientForm,
    RemovedClientView, RotationView, SetupCheckView, VariableValue,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn client_guide(
    opened: State<'_, Opened>,
    provider: String,
    variables: Vec<VariableValue>,
) -> Answer<ClientGuideView> {
    Ok((&opened.engine()?.plan_connect(&provider, &values(variables)).await?).into())
}

/// Asks the person for the console's file in the system's own dialog. Null when they chose none.
#[tauri::command]
pub(crate) async fn choose_client_file<R: Runtime>(window: WebviewWindow<R>) -> Answer<Option<String>> {
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_parent(&window).add_filter("JSON", &["json"]);
    // Nobody waits any longer when the window is gone.
    dialog.set_title("Client file of the provider's console").pick_file(move |path| drop(tell.send(path)));
    Ok(chosen_path(told).await)
}

/// The window learns what kind of client the file holds; the secret in it stays in Rust [A3].
#[tauri::command]
pub(crate) async fn preview_client_file<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    provider: String,
    path: String,
) -> Answer<ClientFileView> {
    let file = match client_file(&app, &path).await? {
        Ok(file) => file,
        Err(refused) => return Ok(ClientFileView::Refused { complaint: refused.to_string() }),
    };
    match opened.engine()?.preview_client_file(&provider, file).await {
        Ok(preview) => Ok((&preview).into()),
        Err(engine::Error::ClientFileRefused(refused)) => {
            Ok(ClientFileView::Refused { complaint: refused.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}

#[tauri::command]
pub(crate) async fn add_client<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    form: NewClientForm,
) -> Answer<ClientView> {
    let engine = opened.engine()?;
    engine.require_keychain().await?;
    let new = match form.file {
        Some(path) => {
            let file = client_file(&app, &path).await?.map_err(engine::Error::from)?;
            if file.client_id != form.client_id {
                return Err(engine::Error::BadInput("the file has changed since it was looked at").into());
            }
            engine.preview_client_file(&form.provider, file).await?.into_new_client(form.provider)
        }
        None => NewClient {
            provider: form.provider,
            client_id: form.client_id,
            client_secret: if form.generates_key {
                Some(Engine::new_client_key()?.0)
            } else {
                form.client_secret.filter(|it| !it.is_empty()).map(Secret::new)
            },
            ..NewClient::default()
        },
    };
    let environment = form.environment.into();
    let client =
        engine.add_client(NewClient { name: form.name, environment, variables: values(form.variables), ..new }).await?;
    Ok((&(client, 0)).into())
}

#[tauri::command]
pub(crate) async fn client(opened: State<'_, Opened>, id: String) -> Answer<ClientDetailView> {
    detail(opened.engine()?, &ClientId::from_text(id)).await
}

#[tauri::command]
pub(crate) async fn rename_client(opened: State<'_, Opened>, id: String, name: String) -> Answer<()> {
    opened.engine()?.rename_client(&ClientId::from_text(id), &name)?;
    Ok(())
}

#[tauri::command]
pub(crate) async fn set_client_environment(
    opened: State<'_, Opened>,
    id: String,
    environment: EnvironmentView,
) -> Answer<()> {
    opened.engine()?.set_client_environment(&ClientId::from_text(id), environment.into())?;
    Ok(())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn remove_client(
    opened: State<'_, Opened>,
    id: String,
    may_be_left_there: bool,
) -> Answer<RemovedClientView> {
    Ok(opened.engine()?.remove_client(&ClientId::from_text(id), may_be_left_there).await?.into())
}

#[tauri::command]
pub(crate) async fn check_client(opened: State<'_, Opened>, id: String) -> Answer<SetupCheckView> {
    Ok((&opened.engine()?.check_client(&ClientId::from_text(id)).await?).into())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn stage_client_secret(
    opened: State<'_, Opened>,
    id: String,
    client_secret: String,
) -> Answer<RotationView> {
    let (engine, id) = (opened.engine()?, ClientId::from_text(id));
    engine.require_keychain().await?;
    engine.stage_client_secret(&id, &Secret::new(client_secret.trim())).await?;
    Ok((&engine.test_staged_secret(&id).await?).into())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn switch_client_secret(
    opened: State<'_, Opened>,
    id: String,
    even_untested: bool,
) -> Answer<RotationView> {
    let (engine, id) = (opened.engine()?, ClientId::from_text(id));
    engine.switch_client_secret(&id, even_untested).await?;
    Ok((&engine.verify_client_secret(&id, false).await?).into())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn verify_client_secret(
    opened: State<'_, Opened>,
    id: String,
    may_rotate: bool,
) -> Answer<RotationView> {
    Ok((&opened.engine()?.verify_client_secret(&ClientId::from_text(id), may_rotate).await?).into())
}

#[tauri::command]
pub(crate) async fn finish_rotation(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.finish_rotation(&ClientId::from_text(id)).await?)
}

#[tauri::command]
pub(crate) async fn cancel_rotation(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.cancel_rotation(&ClientId::from_text(id)).await?)
}

pub(super) fn values(said: Vec<VariableValue>) -> BTreeMap<String, String> {
    said.into_iter().map(|it| (it.name, it.value)).collect()
}

async fn client_file<R: Runtime>(app: &AppHandle<R>, path: &str) -> Answer<Result<ClientFile, ClientFileRefused>> {
    let path = typed_path(path, app.path().home_dir().ok().as_deref());
    let read = tauri::async_runtime::spawn_blocking(move || load_client_file(&path)).await;
    Ok(read.map_err(|_| engine::Error::TaskEnded)?)
}

async fn detail(engine: &Engine, id: &ClientId) -> Answer<ClientDetailView> {
    let client = engine.client(id)?;
    let users = engine.connections_of_client(id)?;
    let facts = ClientFacts {
        // A provider that is gone, or a keychain that is closed, hides these two and nothing else.
        usual_redirect_uri: engine.usual_redirect_uri(&client).unwrap_or_default(),
        public_jwk: engine.public_key_of(&client).await.unwrap_or_default(),
        given_up_at: engine.registration_given_up_at(id)?,
        check: engine.last_setup_check(id)?,
        rotation: engine.rotation(id)?,
        secret_ends_at: engine.client_secret_ends()?.get(id).copied(),
    };
    Ok(ClientDetailView::new(&client, &users, &facts))
}
