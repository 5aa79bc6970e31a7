//! Connecting and reconnecting [A2, A7, E1].

use std::collections::BTreeMap;

use domain::connection::Environment;
use domain::{ClientId, ConnectionId, ProviderId, Secret};
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInId, SignInWay};
use tauri::State;

use super::clients::values;
use crate::views::{
    BudgetView, ClientView, ConnectForm, ConnectPlanView, ProviderPage, ProviderView, ReconnectDecision, SignInView,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn list_providers(opened: State<'_, Opened>) -> Answer<Vec<ProviderView>> {
    Ok(opened.engine()?.list_providers().iter().map(ProviderView::from).collect())
}

#[tauri::command]
pub(crate) async fn list_clients(opened: State<'_, Opened>) -> Answer<Vec<ClientView>> {
    let engine = opened.engine()?;
    let ends = engine.client_secret_ends()?;
    let clients = engine.list_clients()?;
    let view =
        |one: &(domain::connection::Client, usize)| ClientView::from(one).with_secret_end(ends.get(&one.0.id).copied());
    Ok(clients.iter().map(view).collect())
}

#[tauri::command]
pub(crate) async fn plan_connect(opened: State<'_, Opened>, provider: String) -> Answer<ConnectPlanView> {
    let engine = opened.engine()?;
    let plan = engine.plan_connect(&provider, &BTreeMap::new()).await?;
    let budget = engine.grant_budgets(&plan.provider.id)?;
    let budget = budget.iter().map(|(client, budget)| BudgetView::new(client, budget)).collect();
    Ok(ConnectPlanView { budget, ..(&plan).into() })
}

#[tauri::command]
pub(crate) async fn begin_connect(opened: State<'_, Opened>, form: ConnectForm) -> Answer<SignInView> {
    let engine = opened.engine()?;
    engine.require_keychain().await?;
    let client = match (form.client, form.client_id.filter(|id| !id.trim().is_empty())) {
        (Some(id), _) => ClientChoice::Known(ClientId::from_text(id)),
        (None, Some(client_id)) => ClientChoice::New {
            client_id,
            client_secret: form.client_secret.filter(|it| !it.is_empty()).map(Secret::new),
        },
        (None, None) => ClientChoice::Usual,
    };
    let request = ConnectRequest {
        provider: form.provider,
        client,
        scopes: form.scopes,
        name: form.name,
        customer: form.customer,
        environment: form.environment.into(),
        port: None,
        opens_browser: !form.uses_device,
        way: if form.uses_device { SignInWay::Device } else { SignInWay::Loopback },
        variables: values(form.variables),
        resource: form.resource.filter(|it| !it.trim().is_empty()),
        dpop: form.dpop,
    };
    Ok((&engine.begin_connect(request).await?).into())
}

#[tauri::command]
pub(crate) async fn begin_reconnect(opened: State<'_, Opened>, id: String) -> Answer<SignInView> {
    let engine = opened.engine()?;
    engine.require_keychain().await?;
    Ok((&engine.begin_reconnect(&ConnectionId::from_text(id), true).await?).into())
}

#[tauri::command]
pub(crate) async fn list_sign_ins(opened: State<'_, Opened>) -> Answer<Vec<SignInView>> {
    Ok(opened.engine()?.list_sign_ins().iter().map(SignInView::from).collect())
}

/// False when the browser did not open; the address can still be copied.
#[tauri::command]
pub(crate) async fn open_sign_in_page(opened: State<'_, Opened>, id: String) -> Answer<bool> {
    Ok(opened.engine()?.open_sign_in_page(&SignInId::from_text(id)).await?)
}

#[tauri::command]
pub(crate) async fn cancel_sign_in(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.cancel_sign_in(&SignInId::from_text(id))?)
}

#[tauri::command]
pub(crate) async fn delete_grant_file(opened: State<'_, Opened>, id: String) -> Answer<()> {
    Ok(opened.engine()?.delete_grant_file(&SignInId::from_text(id))?)
}

#[tauri::command]
pub(crate) async fn decide_reconnect(opened: State<'_, Opened>, id: String, decision: ReconnectDecision) -> Answer<()> {
    Ok(opened.engine()?.decide_reconnect(&SignInId::from_text(id), decision.into())?)
}

#[tauri::command]
pub(crate) async fn open_provider_page(opened: State<'_, Opened>, provider: String, page: ProviderPage) -> Answer<()> {
    Ok(opened.engine()?.open_provider_page(&ProviderId::from_text(provider), page.into()).await?)
}

#[tauri::command]
pub(crate) async fn open_source(opened: State<'_, Opened>, url: String) -> Answer<()> {
    let url = url.parse().map_err(|_| engine::Error::BadInput("this is no address"))?;
    Ok(opened.engine()?.open_source(&url).await?)
}

/// The sign-in that tries the app out, at the practice provider.
pub(super) fn practice_request(issuer: String, scopes: Vec<String>) -> ConnectRequest {
    ConnectRequest {
        provider: issuer,
        client: ClientChoice::Usual,
        scopes,
        name: Some("Practice".to_owned()),
        customer: None,
        environment: Environment::Sandbox,
        port: None,
        opens_browser: true,
        ..Default::default()
    }
}
