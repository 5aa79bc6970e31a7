//! The token endpoint of a played provider: proof of the client, kind of body, headers, codes, rotation, shape of the
//! answer, all by its file [A2, A5, B3, B7, B8].

use axum::http::header;
use axum::response::Response;
use serde_json::{Value, json};

use super::documents::put;
use super::reading;
use super::script::{Issued as RefreshTokens, Previous, Rotation};
use super::signatures::Heard;
use super::{Arrived, Part, refused};
use crate::accounts::PracticeAccount;
use crate::clients::{self, RegisteredClient};
use crate::faults::Faults;
use crate::grants::{Found, Issued, Redemption};
use crate::log::LogEntry;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::tokens::{Fresh, TokenHash};
use crate::{token, token_answer};

pub(super) async fn answer(
    provider: &Provider,
    part: &Part,
    arrived: &Arrived,
    is_refresh_place: bool,
    entry: &LogEntry,
) -> Response {
    let faults = provider.faults_for_token_request();
    let parameters = read(part, arrived, &faults);
    if let Ok(parameters) = &parameters {
        token::write_down(parameters, entry);
    }
    if let Some(response) = token::misbehave(&faults, entry).await {
        return response;
    }
    let is_refresh = parameters.as_ref().is_ok_and(|it| it.one("grant_type") == Some("refresh_token"));
    let heard = if is_refresh || is_refresh_place { Heard::Refresh } else { Heard::Exchange };
    if let Some(signature) = part.provoked(&faults, heard) {
        entry.misbehaved("answers_signature");
        return refused(signature, None);
    }
    let answered = parameters
        .and_then(|parameters| exchange(provider, part, arrived, &parameters, is_refresh_place, &faults, entry));
    answered.unwrap_or_else(|refusal| token::refuse_as(refusal, &faults, entry))
}

fn read(part: &Part, arrived: &Arrived, faults: &Faults) -> Result<Parameters, Refusal> {
    let script = &part.script;
    let _nothing_to_fill = part.checks_headers(&script.token_headers, arrived)?;
    if script.token.has_query() {
        if !script.token.came_whole(&Parameters::from_form(arrived.query.as_bytes())) {
            return Err(part.complaint("token: a parameter of the address itself was lost"));
        }
    } else if !arrived.query.is_empty() {
        return Err(part.complaint("token: parameters belong in the body"));
    }
    let as_json = script.wants_json || faults.wants_json_bodies;
    let read = token::read(&arrived.headers, None, &arrived.body, as_json);
    if read.is_err() && as_json == script.wants_json {
        drop(part.complaint("token: the body is of another kind, or a parameter stands there twice"));
    }
    read
}

fn exchange(
    provider: &Provider,
    part: &Part,
    arrived: &Arrived,
    parameters: &Parameters,
    is_refresh_place: bool,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    clients::refuse_way(faults, &arrived.headers, parameters)?;
    let client = clients::authenticate(&part.clients, &arrived.headers, parameters).inspect_err(|_| {
        drop(part.complaint("token: the client did not prove itself in a way of the file"));
    })?;
    entry.client(&client.client_id);
    let grant_type = parameters.one("grant_type").ok_or_else(|| part.complaint("token: grant_type is missing"))?;
    let is_misplaced = part.script.refresh.is_some() && (grant_type == "refresh_token") != is_refresh_place;
    if is_misplaced {
        return Err(part.complaint(format!("token: {grant_type} is answered at another endpoint")));
    }
    match grant_type {
        "authorization_code" => redeem(provider, part, client, arrived, parameters, faults, entry),
        "refresh_token" => refresh(provider, part, client, arrived, parameters, faults, entry),
        other => Err(part.complaint(format!("token: there is no grant type {other}"))),
    }
}

fn redeem(
    provider: &Provider,
    part: &Part,
    client: &RegisteredClient,
    arrived: &Arrived,
    parameters: &Parameters,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    let code = parameters.one("code").ok_or_else(|| part.complaint("token: code is missing"))?;
    let redirect_uri =
        parameters.one("redirect_uri").ok_or_else(|| part.complaint("token: redirect_uri is missing"))?;
    let verifier = parameters.one("code_verifier");
    let presented = Redemption { code: TokenHash::of(code), client_id: &client.client_id, redirect_uri, verifier };
    let wanted = &part.script.code_parameters;
    let has_all = wanted.iter().all(|(name, value)| parameters.one(name) == Some(value));
    if !has_all && part.script.issued != RefreshTokens::ByParameter {
        return Err(part.complaint(format!("token: a code is traded with {wanted:?}")));
    }
    let fresh = Fresh::draw()?;
    let now = provider.clock.now();
    let issued = provider
        .change(|book| {
            let is_offline = book.is_offline(&presented.code) && has_all && !faults.no_refresh_token;
            book.redeem(&presented, fresh, now, &part.rules(faults, is_offline))
        })
        .map_err(|_| Refusal::own_failure())?
        .map_err(|denied| {
            drop(part.complaint(format!("token: {}", denied.description)));
            token::refuse(&denied, entry)
        })?;
    let as_form = comes_as_form(part, arrived, faults);
    respond(provider, part, &issued, issued.refresh.is_some(), as_form, faults, entry)
}

fn refresh(
    provider: &Provider,
    part: &Part,
    client: &RegisteredClient,
    arrived: &Arrived,
    parameters: &Parameters,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    let presented = parameters.one("refresh_token").ok_or_else(|| part.complaint("token: refresh_token is missing"))?;
    token::refresh_is_possible(faults, parameters)?;
    let presented = TokenHash::of(presented);
    let fresh = Fresh::draw()?;
    let now = provider.clock.now();
    let issued = provider
        .change(|book| {
            let count = match book.find(&presented) {
                Some(Found::Refresh(grant, _)) => grant.refresh_count,
                Some(Found::Access(..)) | None => 0,
            };
            let rotates = match part.script.rotation {
                Rotation::Never => false,
                Rotation::Always => true,
                // Now and then: the first time, and every second time after it.
                Rotation::Sometimes => count.is_multiple_of(2),
            };
            let mut rules = part.rules(faults, true);
            rules.rotates_refresh_tokens &= rotates;
            let issued = book.refresh(presented, &client.client_id, None, fresh, now, &rules);
            if issued.is_ok() && part.script.previous == Previous::WorksUntilSuccessorIsUsed {
                book.retire_before(&presented);
            }
            issued
        })
        .map_err(|_| Refusal::own_failure())?
        .map_err(|denied| token::refuse(&denied, entry))?;
    let as_form = comes_as_form(part, arrived, faults);
    let mut response = respond(provider, part, &issued, true, as_form, faults, entry)?;
    if faults.drops_answer_after_rotating {
        entry.misbehaved("drops_answer_after_rotating");
        response.extensions_mut().insert(crate::serving::HangUp);
    }
    Ok(response)
}

/// The answer in the shape that the file reads.
fn respond(
    provider: &Provider,
    part: &Part,
    issued: &Issued,
    has_refresh_token: bool,
    as_form: bool,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    token_answer::write_down(issued, entry);
    if let Some(response) = token_answer::malformed(issued, faults, entry) {
        return Ok(response);
    }
    let script = &part.script;
    let stated = script.lifetime_seconds.filter(|_| part.lifetime(has_refresh_token).is_some());
    let mut fields = token_answer::fields(issued, faults, stated, &script.answer_separator);
    if script.scope_parameter.is_none() {
        fields.remove("scope");
    }
    if issued.scopes.iter().any(|scope| scope == "openid") {
        let mut claims = token::claims(provider, issued, faults);
        if let (Some(name), Some(account)) = (&script.workspace_claim, provider.account(&issued.account)) {
            claims[name.as_str()] = json!(account.workspace.id);
        }
        claims["iss"] = json!(script.issuer.as_deref().unwrap_or(&provider.issuer));
        let signed = provider.key.sign(&claims).map_err(|_| Refusal::own_failure())?;
        fields.insert("id_token".to_owned(), json!(signed));
    }

    let location = if faults.nested_token_answer { script.locations.last() } else { script.locations.first() };
    let mut location = location.map_or("", String::as_str);
    if faults.nested_token_answer && location.is_empty() {
        location = "/authed_user";
    }
    if let Some(apart) = &script.apart
        && let Some(own) = issued.scopes.iter().map(|it| it.strip_prefix(&apart.prefix)).collect::<Option<Vec<_>>>()
        && !own.is_empty()
    {
        fields.insert("scope".to_owned(), json!(own.join(&script.answer_separator)));
        fields.insert("token_type".to_owned(), json!(apart.token_type));
        location = script.locations.last().map_or("", String::as_str);
    }
    let mut answer = Value::Null;
    for (name, value) in fields {
        put(&mut answer, &format!("{location}/{name}"), value);
    }
    if let Some(flag) = script.calls.iter().find_map(|call| call.success_flag.as_deref()) {
        put(&mut answer, flag, true);
    }
    let account = provider.account(&issued.account).ok_or_else(Refusal::own_failure)?;
    for (name, pointer) in &script.kept_fields {
        put(&mut answer, pointer, kept_value(part, name, account));
    }
    Ok(token_answer::written(&answer, as_form))
}

/// What stands in a kept field of this account's answers.
pub(super) fn kept_value(part: &Part, name: &str, account: &PracticeAccount) -> String {
    match (part.script.kept_addresses.get(name), name) {
        (Some(address), _) => address.clone(),
        (None, "workspace_id") => account.workspace.id.clone(),
        (None, "workspace_name") => account.workspace.name.clone(),
        (None, other) => reading::kept_text(other),
    }
}

/// A provider whose answers may be forms sends one unless JSON is asked for.
fn comes_as_form(part: &Part, arrived: &Arrived, faults: &Faults) -> bool {
    let accepts = arrived.headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    faults.answers_form_encoded || (part.script.may_be_form_encoded && !accepts.contains("json"))
}
