//! Reads a provider file for the other side of it: what the provider demands and answers [A2].

use std::collections::BTreeMap;

use serde_json::Value;

use super::places::{Place, moved};
use super::script::{
    AnswerMode, Apart, BodyKind, Call, ContentRefusal, Effect, Issued, Names, Previous, Redirect, Revocation, Rotation,
    Script, Shown, TokenIn, Who,
};
use super::signatures::Signature;

/// Reads the file for a provider at this issuer; the error names the part that makes no sense.
pub(super) fn read(file: &Value, issuer: &str) -> Result<Script, &'static str> {
    let kept_fields = pairs(file.pointer("/token_answer/kept_fields"));
    let kept_addresses = kept_addresses(file, issuer, &kept_fields);
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, _) in &kept_fields {
        let address = kept_addresses.get(name).cloned();
        values.insert(name.clone(), address.unwrap_or_else(|| kept_text(name)));
    }
    values.extend(variables(file));
    let place = |pointer: &str| {
        let text = text(file, pointer)?;
        Place::read(&text, issuer, &values)
    };
    let refresh = match text(file, "/refresh/endpoint") {
        Some(_) => Some(place("/refresh/endpoint").ok_or("refresh.endpoint")?),
        None => None,
    };
    let ways = texts(file.get("client_authentication"));
    if ways.is_empty() {
        return Err("client_authentication");
    }
    let separator = text(file, "/scopes/separator").unwrap_or_else(|| " ".to_owned());
    Ok(Script {
        id: text(file, "/id").ok_or("id")?,
        issuer: text(file, "/issuer/identifier").map(|it| moved(&super::places::filled(&it, &values), issuer)),
        answers_carry_iss: is_on(file, "/issuer/answers_carry_iss"),
        authorize: place("/authorization_endpoint").ok_or("authorization_endpoint")?,
        token: place("/token_endpoint").ok_or("token_endpoint")?,
        refresh,
        mode: match text(file, "/answer/mode").as_deref() {
            None | Some("query") => AnswerMode::Query,
            Some("form_post") => AnswerMode::FormPost,
            Some("fragment") => AnswerMode::Fragment,
            Some(_) => return Err("answer.mode"),
        },
        holds_token: is_on(file, "/answer/holds_token"),
        ways,
        is_pkce_required: text(file, "/pkce").as_deref() == Some("required"),
        scope_parameter: text(file, "/scopes/parameter"),
        apart: file.pointer("/scopes/apart").and_then(|it| {
            Some(Apart {
                parameter: text(it, "/parameter")?,
                prefix: text(it, "/prefix")?,
                token_type: text(it, "/token_type")?,
            })
        }),
        kept_parameters: pairs(file.pointer("/answer/kept_parameters")),
        workspace_claim: text(file, "/identity/workspace_claim"),
        answer_separator: text(file, "/scopes/answer_separator").unwrap_or_else(|| separator.clone()),
        separator,
        known_scopes: known_scopes(file),
        authorize_parameters: pairs(file.get("authorize_parameters")),
        reconnect_parameters: pairs(file.get("reconnect_parameters")),
        wants_json: is_on(file, "/token_request/json"),
        token_headers: pairs(file.pointer("/token_request/headers")),
        code_parameters: pairs(file.pointer("/token_request/code_parameters")),
        names: Names {
            client_id: text(file, "/authorize_names/client_id").unwrap_or_else(|| "client_id".to_owned()),
            redirect_uri: text(file, "/authorize_names/redirect_uri").unwrap_or_else(|| "redirect_uri".to_owned()),
            access_token: text(file, "/authorize_names/access_token").unwrap_or_else(|| "access_token".to_owned()),
            is_state_in_redirect: is_on(file, "/authorize_names/state_in_redirect"),
        },
        locations: match texts(file.pointer("/token_answer/locations")) {
            none if none.is_empty() => vec![String::new()],
            some => some,
        },
        lifetime_seconds: file.pointer("/token_answer/usual_lifetime_seconds").and_then(Value::as_u64),
        missing_expiry_means_never: is_on(file, "/token_answer/missing_expiry_means_never"),
        may_be_form_encoded: is_on(file, "/token_answer/may_be_form_encoded"),
        kept_fields,
        kept_addresses,
        issued: match text(file, "/refresh/issued").as_deref() {
            // The client's setting is on: a fault switches it off.
            Some("always" | "by_client_setting") => Issued::Always,
            Some("by_parameter") => Issued::ByParameter,
            Some("by_scope") => Issued::ByScope,
            Some("never") => Issued::Never,
            _ => return Err("refresh.issued"),
        },
        rotation: match text(file, "/refresh/rotation").as_deref() {
            Some("never") => Rotation::Never,
            Some("always") => Rotation::Always,
            Some("sometimes") => Rotation::Sometimes,
            _ => return Err("refresh.rotation"),
        },
        previous: match (
            text(file, "/refresh/previous_token").as_deref(),
            file.pointer("/refresh/previous_token/works_for_seconds").and_then(Value::as_u64),
        ) {
            (_, Some(seconds)) => Previous::WorksForSeconds(seconds),
            (Some("works_until_successor_is_used"), None) => Previous::WorksUntilSuccessorIsUsed,
            (Some("refused") | None, None) => Previous::Refused,
            (Some(_), None) => return Err("refresh.previous_token"),
        },
        redirect: Redirect {
            start: format!(
                "{}://{}:",
                if is_on(file, "/redirect/https") { "https" } else { "http" },
                text(file, "/redirect/host").ok_or("redirect.host")?
            ),
            is_port_compared: is_on(file, "/redirect/is_port_compared"),
        },
        calls: calls(file, issuer, &values)?,
        revocation: match file.get("revocation").filter(|it| !it.is_null()) {
            Some(_) => Some(revocation(file, place("/revocation/url").ok_or("revocation.url")?)?),
            None => None,
        },
        request_id_header: text(file, "/request_id_header"),
        signatures: list(file.get("error_signatures"))
            .map(Signature::read)
            .collect::<Option<_>>()
            .ok_or("error_signatures")?,
    })
}

/// What a kept field is filled with where it is no address.
pub(super) fn kept_text(name: &str) -> String {
    format!("kept-{}", name.replace('_', "-"))
}

/// The variables of the file: the usual value, else the example.
pub(super) fn variables(file: &Value) -> BTreeMap<String, String> {
    list(file.get("variables"))
        .filter_map(|it| {
            let value = text(it, "/usual").or_else(|| text(it, "/example"))?;
            Some((text(it, "/name")?, value.trim().trim_end_matches('/').to_owned()))
        })
        .collect()
}

fn kept_addresses(file: &Value, issuer: &str, kept: &[(String, String)]) -> BTreeMap<String, String> {
    let addresses: Vec<String> = ["/identity/url", "/identity/workspaces/url", "/revocation/url"]
        .iter()
        .filter_map(|pointer| text(file, pointer))
        .chain(list(file.get("checks")).filter_map(|check| text(check, "/url")))
        .collect();
    kept.iter()
        .filter(|(name, _)| addresses.iter().any(|address| address.starts_with(&format!("{{{name}}}"))))
        .map(|(name, _)| (name.clone(), format!("{issuer}/{}.example", name.replace('_', "-"))))
        .collect()
}

fn known_scopes(file: &Value) -> Vec<String> {
    let mut known = texts(file.pointer("/scopes/always"));
    for action in list(file.pointer("/scopes/actions")) {
        known.extend(texts(action.get("scopes")));
    }
    known.extend(pairs(file.pointer("/scopes/meanings")).into_iter().map(|(scope, _)| scope));
    known
}

fn calls(file: &Value, issuer: &str, values: &BTreeMap<String, String>) -> Result<Vec<Call>, &'static str> {
    let read = |value: &Value, token_in: TokenIn, who: Option<Who>, part: &'static str| -> Result<Call, &'static str> {
        Ok(Call {
            place: text(value, "/url").and_then(|it| Place::read(&it, issuer, values)).ok_or(part)?,
            is_post: is_on(value, "/post"),
            headers: pairs(value.get("headers")),
            body: match text(value, "/body") {
                Some(body) => Some(serde_json::from_str(&body).map_err(|_| part)?),
                None => None,
            },
            token_in,
            success_flag: text(value, "/success_flag"),
            scopes: texts(value.get("scopes")),
            refused_with: value.get("refused_with").filter(|it| !it.is_null()).map(refused_with).transpose()?,
            who,
        })
    };
    let mut calls = Vec::new();
    let mut token_in = TokenIn::Bearer;
    if let Some(identity) = file.get("identity").filter(|it| !it.is_null()) {
        token_in = match identity.get("token_in") {
            None => TokenIn::Bearer,
            Some(Value::String(word)) if word == "bearer" => TokenIn::Bearer,
            Some(place) => match (text(place, "/query"), text(place, "/header/name")) {
                (Some(name), None) => TokenIn::Query(name),
                (None, Some(name)) => {
                    TokenIn::Header { name, prefix: text(place, "/header/prefix").unwrap_or_default() }
                }
                _ => return Err("identity.token_in"),
            },
        };
        let who = Who {
            subject: texts(identity.get("subject")),
            label: texts(identity.get("label")),
            workspace_id: texts(identity.get("workspace_id")),
            workspace_name: texts(identity.get("workspace_name")),
            account_domain: text(identity, "/account_domain"),
            account_kind: text(identity, "/account_kind"),
            scopes_header: text(identity, "/scopes_header"),
        };
        calls.push(read(identity, token_in.clone(), Some(who), "identity")?);
        if let Some(listed) = identity.get("workspaces").filter(|it| !it.is_null()) {
            let list = text(listed, "/list").unwrap_or_default();
            let within = |field| text(listed, field).map(|pointer| format!("{list}/0{pointer}")).into_iter().collect();
            let who = Who { workspace_id: within("/id"), workspace_name: within("/name"), ..Who::default() };
            calls.push(read(listed, token_in.clone(), Some(who), "identity.workspaces")?);
        }
    }
    for check in list(file.get("checks")) {
        calls.push(read(check, token_in.clone(), None, "checks")?);
    }
    Ok(calls)
}

fn refused_with(value: &Value) -> Result<ContentRefusal, &'static str> {
    let status = list(value.get("statuses")).find_map(Value::as_u64).and_then(|it| u16::try_from(it).ok());
    let code = text(value, "/pointer").zip(texts(value.get("codes")).into_iter().next());
    Ok(ContentRefusal { status: status.ok_or("checks.refused_with")?, code })
}

fn revocation(file: &Value, place: Place) -> Result<Revocation, &'static str> {
    let value = file.get("revocation").ok_or("revocation")?;
    let body = match text(value, "/body").as_deref() {
        None | Some("form") => BodyKind::Form,
        Some("json") => BodyKind::Json,
        Some("empty") => BodyKind::Empty,
        Some(_) => return Err("revocation.body"),
    };
    let own = value.get("fields").filter(|it| !it.is_null());
    let mut fields: BTreeMap<String, String> = pairs(own).into_iter().collect();
    if own.is_none() && body != BodyKind::Empty {
        fields.insert("token".to_owned(), "{token}".to_owned());
    }
    Ok(Revocation {
        place,
        is_delete: is_on(value, "/delete"),
        body,
        fields,
        is_standard: own.is_none(),
        shown: match text(value, "/authentication").as_deref() {
            Some("as_client") => Shown::AsClient,
            Some("basic") => Shown::Basic,
            Some("bearer") => Shown::Bearer,
            Some("nothing") => Shown::Nothing,
            _ => return Err("revocation.authentication"),
        },
        wants_access_token: is_on(value, "/wants_access_token"),
        effect: match text(value, "/effect").as_deref() {
            Some("this_token") => Effect::ThisToken,
            Some("this_grant") => Effect::ThisGrant,
            Some("all_grants_of_the_client") => Effect::AllGrantsOfTheClient,
            _ => return Err("revocation.effect"),
        },
        headers: pairs(value.get("headers")),
        success_flag: text(value, "/success_flag"),
        leaves_access_token: is_on(value, "/leaves_access_token"),
        refuses_public_clients: is_on(value, "/refuses_public_clients"),
    })
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(ToOwned::to_owned)
}

fn is_on(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer) == Some(&Value::Bool(true))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).filter_map(|it| it.as_str().map(ToOwned::to_owned)).collect()
}

fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
