//! The revocation of a played provider: exactly the request its file describes, and the effect it promises
//! [A10, S078, S079].

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::documents::put;
use super::script::{BodyKind, Effect, Revocation, Shown};
use super::token::kept_value;
use super::{Arrived, Part, places, told};
use crate::clients::{self, RegisteredClient};
use crate::faults::Faults;
use crate::grants::{Book, EndReason, Found};
use crate::log::{LogEntry, TokenRole};
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::token;
use crate::tokens::TokenHash;

pub(super) fn answer(
    provider: &Provider,
    part: &Part,
    call: &Revocation,
    bound: &BTreeMap<String, String>,
    arrived: &Arrived,
    entry: &LogEntry,
) -> Response {
    let faults = provider.faults();
    if let Some(status) = faults.revocation_answers {
        entry.misbehaved("revocation_answers");
        return StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE).into_response();
    }
    match revoke(provider, part, call, bound, arrived, &faults, entry) {
        Ok(()) => match &call.success_flag {
            Some(flag) => {
                let mut body = Value::Null;
                put(&mut body, flag, true);
                told(200, body.to_string())
            }
            None if call.is_delete => StatusCode::NO_CONTENT.into_response(),
            None => StatusCode::OK.into_response(),
        },
        Err(refusal) => refusal.into_response(entry),
    }
}

fn revoke(
    provider: &Provider,
    part: &Part,
    call: &Revocation,
    bound: &BTreeMap<String, String>,
    arrived: &Arrived,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<(), Refusal> {
    let mut bound = bound.clone();
    bound.extend(part.checks_headers(&call.headers, arrived)?);
    bound.extend(call.place.bind_query(&Parameters::from_form(arrived.query.as_bytes())));
    let parameters = read(part, call, arrived)?;
    clients::refuse_way(faults, &arrived.headers, &parameters)?;
    let shown = shown(part, call, arrived, &parameters)?;
    if let Some(client) = shown.client {
        entry.client(&client.client_id);
        if (call.refuses_public_clients || faults.revocation_refuses_public_clients) && client.secret.is_none() {
            return Err(Refusal::new("unauthorized_client", "Clients without a secret cannot revoke"));
        }
    }
    let said = fields(part, call, &bound, &parameters)?;
    let token = said.get("token").cloned().or(shown.token);
    let client = said.get("client_id").and_then(|id| part.clients.iter().find(|it| it.client_id == *id));
    let client = shown.client.or(client);
    if said.contains_key("client_id") && client.is_none() {
        return Err(part.complaint("revocation: the client is not known"));
    }
    let is_proved = said.get("client_secret").is_none_or(|secret| {
        let mut known = part.clients.iter().filter(|it| client.is_none_or(|client| client.client_id == it.client_id));
        known.any(|it| it.secret.as_ref().is_some_and(|kept| kept.is(&TokenHash::of(secret))))
    });
    if !is_proved {
        return Err(part.complaint("revocation: the client secret is wrong"));
    }
    let hash = match &token {
        Some(token) => TokenHash::of(token),
        // The account is named by what its sign-in told: its newest grant is meant.
        None => newest_token(provider, client).ok_or_else(|| part.complaint("revocation: no token came"))?,
    };
    entry.token(TokenRole::Presented, &hash);

    let now = provider.clock.now();
    provider
        .change(|book| {
            let (id, owner, account, is_access, has_refresh) = match book.find(&hash) {
                // An unknown token is revoked already (RFC 7009 §2.2).
                None => return Ok(()),
                Some(Found::Access(grant, _)) => {
                    // One whose refresh token was revoked before it is all that is left.
                    let has_refresh = grant.ended.is_none() && grant.has_refresh_token();
                    (grant.id.clone(), grant.client_id.clone(), grant.account.clone(), true, has_refresh)
                }
                Some(Found::Refresh(grant, _)) => {
                    (grant.id.clone(), grant.client_id.clone(), grant.account.clone(), false, true)
                }
            };
            if client.is_some_and(|client| client.client_id != owner) {
                return Err(part.complaint("revocation: this token belongs to another client"));
            }
            if is_access != (call.wants_access_token || !has_refresh) {
                return Err(part.complaint("revocation: the other token of the grant is wanted"));
            }
            entry.grant(&id);
            if faults.revokes_nothing_with_200 {
                entry.misbehaved("revokes_nothing_with_200");
                return Ok(());
            }
            let leaves_access_token = call.leaves_access_token || faults.revocation_leaves_access_token;
            let effect = if faults.revocation_ends_all_grants { Effect::AllGrantsOfTheClient } else { call.effect };
            take_effect(book, effect, &Revoked { hash, id, owner, account, is_access, leaves_access_token }, now);
            Ok(())
        })
        .map_err(|_| Refusal::own_failure())?
}

/// An access token of the newest grant that lives, where the client is known.
fn newest_token(provider: &Provider, client: Option<&RegisteredClient>) -> Option<TokenHash> {
    let client = client?;
    provider.read(|book| {
        let mut alive = book.grants.iter().rev().filter(|it| it.ended.is_none() && it.client_id == client.client_id);
        alive.find_map(|grant| grant.access_tokens.last()).map(|token| token.hash)
    })
}

/// What a revocation hit.
struct Revoked {
    hash: TokenHash,
    id: String,
    owner: String,
    account: String,
    is_access: bool,
    leaves_access_token: bool,
}

fn take_effect(book: &mut Book, effect: Effect, revoked: &Revoked, now: jiff::Timestamp) {
    if revoked.is_access && effect == Effect::ThisToken {
        book.revoke_access_token(&revoked.hash);
        return;
    }
    if revoked.leaves_access_token {
        book.end_refreshing(&revoked.id);
    } else if effect == Effect::AllGrantsOfTheClient {
        book.end_all_of(&revoked.owner, &revoked.account, EndReason::RevokedByClient, now);
    } else {
        book.end(&revoked.id, EndReason::RevokedByClient, now);
    }
}

fn read(part: &Part, call: &Revocation, arrived: &Arrived) -> Result<Parameters, Refusal> {
    if !call.place.came_whole(&Parameters::from_form(arrived.query.as_bytes())) {
        return Err(part.complaint("revocation: a parameter of the address itself was lost"));
    }
    if call.body == BodyKind::Empty {
        let is_empty = arrived.body.is_empty();
        return is_empty.then(Parameters::default).ok_or_else(|| part.complaint("revocation: the body is not empty"));
    }
    let read = token::read(&arrived.headers, None, &arrived.body, call.body == BodyKind::Json);
    read.inspect_err(|_| drop(part.complaint("revocation: the body is of another kind")))
}

/// Who asks, and with what.
struct ShownBy<'a> {
    client: Option<&'a RegisteredClient>,
    token: Option<String>,
}

fn shown<'a>(
    part: &'a Part,
    call: &Revocation,
    arrived: &Arrived,
    parameters: &Parameters,
) -> Result<ShownBy<'a>, Refusal> {
    let authorization = arrived.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    match (call.shown, authorization) {
        (Shown::AsClient, _) | (Shown::Basic, Some(_)) => {
            let known = if call.shown == Shown::Basic { &part.basic_clients } else { &part.clients };
            let client = clients::authenticate(known, &arrived.headers, parameters);
            let client = client.inspect_err(|_| drop(part.complaint("revocation: the client did not prove itself")))?;
            Ok(ShownBy { client: Some(client), token: None })
        }
        (Shown::Bearer, Some(value)) => {
            let token = value.strip_prefix("Bearer ").filter(|token| !token.is_empty());
            let token = token.ok_or_else(|| part.complaint("revocation: a bearer token is wanted"))?;
            Ok(ShownBy { client: None, token: Some(token.to_owned()) })
        }
        // A header of the file's own was compared with the file already.
        (Shown::Nothing, authorization)
            if authorization.is_none()
                || call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) =>
        {
            Ok(ShownBy { client: None, token: None })
        }
        (Shown::Nothing, _) | (Shown::Basic | Shown::Bearer, None) => {
            Err(part.complaint("revocation: the Authorization header is there without need, or missing"))
        }
    }
}

/// What the gaps of address and body were filled with; a field that is missing or too many is refused.
fn fields(
    part: &Part,
    call: &Revocation,
    bound: &BTreeMap<String, String>,
    parameters: &Parameters,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut said = bound.clone();
    let account_free = kept_texts(part);
    for (name, template) in &call.fields {
        let given =
            parameters.one(name).ok_or_else(|| part.complaint(format!("revocation: the field {name} is missing")))?;
        match template.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(gap @ ("token" | "client_id" | "client_secret" | "token_type_hint")) => {
                let earlier = said.insert(gap.to_owned(), given.to_owned());
                if earlier.is_some_and(|earlier| earlier != given) {
                    return Err(part.complaint(format!("revocation: two values of {gap}")));
                }
            }
            _ => {
                let wanted: Vec<String> = account_free.iter().map(|kept| places::filled(template, kept)).collect();
                if !wanted.iter().any(|wanted| wanted == given) {
                    return Err(part.complaint(format!("revocation: {name} has to be one of {wanted:?}")));
                }
            }
        }
    }
    let proof = ["client_id", "client_secret"];
    let is_wanted = |name: &str| {
        call.fields.contains_key(name)
            || (call.shown == Shown::AsClient && proof.contains(&name))
            || (call.is_standard && name == "token_type_hint")
    };
    match parameters.names().find(|name| !is_wanted(name)) {
        Some(name) => Err(part.complaint(format!("revocation: nobody asked for the field {name}"))),
        None => Ok(said),
    }
}

/// The kept fields, once for each account that may have them.
fn kept_texts(part: &Part) -> Vec<BTreeMap<String, String>> {
    let all = crate::accounts::all();
    let kept = |account| {
        let names = part.script.kept_fields.iter();
        names.map(|(name, _)| (name.clone(), kept_value(part, name, account))).collect()
    };
    all.iter().map(kept).collect()
}
