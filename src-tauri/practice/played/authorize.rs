//! The authorization endpoint of a played provider: demands what its file says, agrees at once, answers in its way
//! [A2, S006, S011].

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use maud::{DOCTYPE, PreEscaped, html};

use super::script::AnswerMode;
use super::signatures::Heard;
use super::token::kept_value;
use super::{Arrived, Part};
use crate::authorize::access_token;
use crate::faults::Faults;
use crate::grants::{Code, is_pkce_text};
use crate::log::LogEntry;
use crate::pages;
use crate::parameters::Parameters;
use crate::provider::{Provider, held};
use crate::refusal::Refusal;
use crate::tokens::Minted;

/// What the browser carries.
type Answer<'a> = Vec<(&'a str, String)>;

/// A request that keeps to the file.
struct Accepted {
    client_id: String,
    redirect_uri: String,
    /// `None` where the redirect URI carries it.
    state: Option<String>,
    challenge: Option<String>,
    nonce: Option<String>,
    scopes: Vec<String>,
    gives_refresh_token: bool,
}

pub(super) fn answer(provider: &Provider, part: &Part, arrived: &Arrived, entry: &LogEntry) -> Response {
    let faults = provider.faults();
    let parameters = Parameters::from_form(arrived.query.as_bytes());
    let accepted = match accept(part, &parameters, &faults, entry) {
        Ok(accepted) => accepted,
        Err(refusal) => {
            // Nobody is sent anywhere by a request that is not understood.
            drop(refusal.into_response(entry));
            let why = part.complaints().pop().unwrap_or_default();
            return pages::refused(StatusCode::BAD_REQUEST, "This request is not what the documentation says", &why);
        }
    };
    let answer = if let Some(signature) = part.provoked(&faults, Heard::Authorize) {
        entry.misbehaved("answers_signature");
        let (code, description) = signature.code_and_description();
        let told = [("error", code.to_owned()), ("error_description", description)];
        let is_free = |name: &str| signature.fields.iter().all(|(field, _)| field != name);
        let mut answer: Answer<'_> = told.into_iter().filter(|(name, _)| is_free(name)).collect();
        answer.extend(signature.fields.iter().map(|(name, value)| (name.as_str(), value.clone())));
        Ok(answer)
    } else if faults.denies_consent {
        entry.refused("access_denied");
        Ok(vec![("error", "access_denied".to_owned()), ("error_description", "The person did not agree".to_owned())])
    } else {
        grant(provider, part, &accepted, &faults, entry).map(|mut answer| {
            if let Some(account) = agreeing(provider).and_then(|id| provider.account(&id)) {
                let kept = part.script.kept_parameters.iter();
                answer.extend(kept.map(|(name, parameter)| (parameter.as_str(), kept_value(part, name, account))));
            }
            answer
        })
    };
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(entry),
    };
    if let Some(state) = accepted.state {
        answer.push(("state", if faults.wrong_state { format!("{state}-changed") } else { state }));
    }
    if faults.answer_carries_tenant {
        answer.push(("tenant_id", "practice-tenant".to_owned()));
    }
    if part.script.answers_carry_iss {
        let issuer = part.script.issuer.clone().unwrap_or_else(|| provider.issuer.clone());
        answer.push(("iss", if faults.wrong_issuer { "https://another-issuer.example".to_owned() } else { issuer }));
    }
    let mode = if faults.token_in_fragment { AnswerMode::Fragment } else { part.script.mode };
    carried(mode, &accepted.redirect_uri, &answer)
}

fn accept(part: &Part, parameters: &Parameters, faults: &Faults, entry: &LogEntry) -> Result<Accepted, Refusal> {
    let script = &part.script;
    let complain = |text: String| part.complaint(format!("authorize: {text}"));
    if let Some(name) = parameters.repeated() {
        return Err(complain(format!("{name} stands there twice")));
    }
    let required = |name: &str| parameters.one(name).ok_or_else(|| complain(format!("{name} is missing")));
    let client_id = required(&script.names.client_id)?;
    if part.clients.iter().all(|client| client.client_id != client_id) {
        return Err(complain("the client is not known".to_owned()));
    }
    entry.client(client_id);
    let redirect_uri = required(&script.names.redirect_uri)?;
    // Where there is no state, the address carries it back as part of itself.
    let registered = redirect_uri.split_once('?').filter(|_| script.names.is_state_in_redirect);
    let registered = registered.map_or(redirect_uri, |(before, _)| before);
    if !is_registered(part, registered) {
        return Err(complain(format!("{registered} is not registered: {:?}", held(&part.redirect_uris))));
    }
    let state = if script.names.is_state_in_redirect { None } else { Some(required("state")?.to_owned()) };
    if faults.refuses_http_loopback && redirect_uri.starts_with("http:") {
        return Err(Refusal::request("The redirect URI has to be https"));
    }
    let wanted = if script.holds_token { "token" } else { "code" };
    if required("response_type")? != wanted {
        return Err(complain(format!("response_type has to be {wanted}")));
    }
    let mode = match script.mode {
        AnswerMode::Query => "query",
        AnswerMode::FormPost => "form_post",
        AnswerMode::Fragment => "fragment",
    };
    if parameters.one("response_mode").is_some_and(|given| given != mode) {
        return Err(complain(format!("response_mode can only be {mode}")));
    }
    if !script.authorize.came_whole(parameters) {
        return Err(complain("a parameter of the address itself was lost".to_owned()));
    }
    let challenge = parameters.one("code_challenge");
    if challenge.is_some_and(|it| it.len() != 43 || !is_pkce_text(it))
        || challenge.is_some() != parameters.one("code_challenge_method").is_some_and(|it| it == "S256")
    {
        return Err(complain("a challenge is 43 letters, and its method S256".to_owned()));
    }
    if challenge.is_none() && script.is_pkce_required {
        return Err(complain("PKCE is required".to_owned()));
    }
    for (name, value) in &script.authorize_parameters {
        let given = parameters.one(name).unwrap_or_default();
        let is_again = script.reconnect_parameters.iter().any(|(other, value)| other == name && value == given);
        let decides_offline = part.offline_parameters().any(|(other, _)| other == name);
        if given != value && !is_again && !decides_offline {
            return Err(complain(format!("{name} has to be {value:?}")));
        }
    }
    let scopes = scopes(part, parameters)?;
    Ok(Accepted {
        gives_refresh_token: part.gives_refresh_token(&scopes, |name| parameters.one(name).map(ToOwned::to_owned)),
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state,
        challenge: challenge.map(ToOwned::to_owned),
        nonce: parameters.one("nonce").map(ToOwned::to_owned),
        scopes,
    })
}

/// The scopes under the name, and between the separators, that the file gives them.
fn scopes(part: &Part, parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let script = &part.script;
    let complain = |text: String| Err(part.complaint(format!("authorize: {text}")));
    let name = script.scope_parameter.as_deref();
    if name != Some("scope") && parameters.one("scope").is_some() {
        return complain("there is no parameter called scope".to_owned());
    }
    let under = |name: &str, prefix: &str| -> Vec<String> {
        let asked = parameters.one(name).into_iter();
        asked.flat_map(|asked| asked.split(script.separator.as_str())).map(|scope| format!("{prefix}{scope}")).collect()
    };
    let mut scopes = name.map(|name| under(name, "")).unwrap_or_default();
    if let Some(apart) = &script.apart {
        if scopes.iter().any(|scope| scope.starts_with(&apart.prefix)) {
            return complain(format!("{} is a prefix of the file alone", apart.prefix));
        }
        scopes.extend(under(&apart.parameter, &apart.prefix));
    }
    match scopes.iter().find(|scope| !script.known_scopes.contains(scope)) {
        Some(unknown) => complain(format!("there is no scope {unknown:?}")),
        None => Ok(scopes),
    }
}

/// Byte for byte, the port aside where the provider does not compare it.
fn is_registered(part: &Part, uri: &str) -> bool {
    let redirect = &part.script.redirect;
    let without_port = |uri: &str| {
        let rest = uri.strip_prefix(&redirect.start)?;
        let path = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        (path.len() < rest.len()).then(|| path.to_owned())
    };
    let Some(path) = without_port(uri) else { return false };
    let registered = held(&part.redirect_uris);
    registered.iter().any(|known| {
        known == uri || (!redirect.is_port_compared && without_port(known).as_deref() == Some(path.as_str()))
    })
}

/// Whoever says yes.
fn agreeing(provider: &Provider) -> Option<String> {
    let account = held(&provider.automatic_consent).clone();
    account.or_else(|| provider.accounts.first().map(|it| it.id.clone()))
}

fn grant<'a>(
    provider: &Provider,
    part: &'a Part,
    accepted: &Accepted,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Answer<'a>, Refusal> {
    let account = agreeing(provider).unwrap_or_default();
    let scopes = match &faults.grants_fewer_scopes {
        Some(only) => accepted.scopes.iter().filter(|scope| only.contains(scope)).cloned().collect(),
        None => accepted.scopes.clone(),
    };
    let holds_token = part.script.holds_token || faults.token_in_fragment;
    let minted = Minted::draw("practice_ac_")?;
    let now = provider.clock.now();
    let code = Code {
        hash: minted.hash,
        client_id: accepted.client_id.clone(),
        redirect_uri: accepted.redirect_uri.clone(),
        challenge: accepted.challenge.clone().filter(|_| !holds_token),
        is_offline: accepted.gives_refresh_token && !holds_token,
        account,
        scopes,
        nonce: accepted.nonce.clone(),
        issued_at: now,
        spent: false,
        grant: None,
    };
    if !holds_token {
        provider.change(|book| book.add_code(code)).map_err(|_| Refusal::own_failure())?;
        return Ok(vec![("code", minted.value)]);
    }

    // The token itself: the code never leaves the house.
    let scopes = code.scopes.join(&part.script.answer_separator);
    let token = access_token(provider, code, &minted, &part.rules(faults, false), entry);
    let mut answer = vec![
        (part.script.names.access_token.as_str(), token.ok_or_else(Refusal::own_failure)?),
        ("token_type", "bearer".to_owned()),
    ];
    if let Some(seconds) = part.script.lifetime_seconds {
        answer.push(("expires_in", seconds.to_string()));
    }
    if !scopes.is_empty() {
        answer.push(("scope", scopes));
    }
    Ok(answer)
}

/// Back to the client. Appended as text: printing the address again could change a byte of it.
fn carried(mode: AnswerMode, uri: &str, answer: &Answer<'_>) -> Response {
    let separator = match mode {
        AnswerMode::FormPost => return form_post(uri, answer),
        AnswerMode::Fragment => '#',
        AnswerMode::Query if uri.contains('?') => '&',
        AnswerMode::Query => '?',
    };
    let written = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
    (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{uri}{separator}{written}"))]).into_response()
}

/// OAuth 2.0 Form Post Response Mode §2: a page that sends itself on.
fn form_post(uri: &str, answer: &Answer<'_>) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "One moment" } }
            body {
                form method="post" action=(uri) {
                    @for (name, value) in answer { input type="hidden" name=(name) value=(value); }
                    noscript { button type="submit" { "Go on" } }
                }
                script { (PreEscaped("document.forms[0].submit()")) }
            }
        }
    };
    Html(page.into_string()).into_response()
}
