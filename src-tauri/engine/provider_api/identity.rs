//! Who is this, in which workspace: the provider's cheapest call [E2, A7, C8].

use std::time::Duration;

use domain::connection::Identity;
use domain::diagnosis::redaction::{of_foreign_request_id, of_foreign_words};
use domain::diagnosis::{
    CauseLabel, Diagnosis, Evidence, EvidenceContext, FailedEndpoint, classify, classify_answer_of,
};
use domain::display_text::{cleaned, marked};
use domain::provider::{
    AccountKindRule, CallMethod, CheckCall, ContentRefusal, IdentityCall, Provider, TokenPlace, WorkspacesCall,
};
use domain::secret::KnownSecrets;
use domain::token::clock_skew::corrected;
use domain::{Fingerprint, Secret};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use crate::http::{Http, HttpAnswer};
use crate::signing::DpopKey;

/// Identity answers are small.
const MAX_ANSWER: usize = 1024 * 1024;
const MAX_EVIDENCE: usize = 64 * 1024;
/// Named one by one; the rest is counted.
const MOST_WORKSPACES: usize = 5;

/// One identity call.
#[derive(Clone)]
pub struct IdentityRequest<'a> {
    pub provider: &'a Provider,
    pub token_endpoint: &'a Url,
    pub kept_fields: &'a [(String, String)],
    pub access_token: &'a Secret,
    /// The tokens before this one, by their fingerprints.
    pub earlier: &'a [Fingerprint],
    /// The key that the token is bound to (RFC 9449 §7).
    pub dpop: Option<&'a DpopKey>,
    pub context: EvidenceContext,
}

impl IdentityRequest<'_> {
    /// What must not come back in an answer's headers and fields.
    pub(super) fn secrets(&self) -> KnownSecrets {
        KnownSecrets::of_tokens([self.access_token]).and_earlier(self.earlier.iter().cloned())
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct IdentityAnswer {
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub request_id: Option<String>,
    /// Our clock minus the server's, as the answer showed it when it came [B9].
    pub clock_ahead: Option<SignedDuration>,
    /// What was called, without query.
    pub called: String,
    pub retry_after: Option<Duration>,
    pub said: SaidBeside,
    pub outcome: Result<WhoAnswered, Diagnosis>,
}

/// What a refusal says beside its code.
#[derive(Debug, Clone, Default)]
pub struct SaidBeside {
    /// For people; cut, and without what looks like a secret.
    pub words: Option<String>,
    /// Names and values of headers about limits [B6].
    pub limits: Vec<(String, String)>,
}

/// A call that worked.
#[derive(Debug, Clone)]
pub struct WhoAnswered {
    pub identity: Identity,
    /// The scopes the answer itself lists, where the provider does.
    pub scopes: Option<Vec<String>>,
}

/// Asks. `None` when the provider offers no such call.
pub async fn who_is_signed_in(
    http: &Http,
    asked: IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> Option<IdentityAnswer> {
    let call = asked.provider.identity.as_ref()?;
    let context = EvidenceContext { asks_who_it_is: true, ..asked.context };
    Some(answer_of(http, call, None, IdentityRequest { context, ..asked }, now).await)
}

/// Tries one of the provider's harmless calls: only whether it works counts, not who answers [E2].
pub async fn try_check(
    http: &Http,
    check: &CheckCall,
    asked: IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> IdentityAnswer {
    let call = IdentityCall {
        method: check.method,
        url: check.url.clone(),
        headers: check.headers.clone(),
        body: check.body.clone(),
        // An API wants its token in one place.
        token_place: asked.provider.identity.as_ref().map_or(TokenPlace::Bearer, |it| it.token_place.clone()),
        success_flag: check.success_flag.clone(),
        subject: vec![],
        label: vec![],
        workspace_id: vec![],
        workspace_name: vec![],
        workspace_claim: None,
        workspaces: None,
        account_kind: None,
        scopes_header: None,
    };
    answer_of(http, &call, check.refused_with.as_ref(), asked, now).await
}

/// Which workspaces the grant reaches: their ids, and their names, each as one text. `None` where the provider has no
/// such call, or it did not work.
pub async fn which_workspaces(
    http: &Http,
    asked: IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> Option<(String, Option<String>)> {
    let identity = asked.provider.identity.as_ref()?;
    let listed = identity.workspaces.as_ref()?;
    let call = IdentityCall {
        method: CallMethod::Fetch,
        url: listed.url.clone(),
        headers: listed.headers.clone(),
        body: None,
        success_flag: None,
        subject: vec![],
        label: vec![],
        workspace_id: vec![],
        workspace_name: vec![],
        workspace_claim: None,
        account_kind: None,
        scopes_header: None,
        ..identity.clone()
    };
    let identity = answer_of(http, &call, None, asked, now).await.outcome.ok()?.identity;
    Some((identity.workspace_id?, identity.workspace_name))
}

/// In the order of their ids, so that one list is one text however a server sorts it.
fn workspaces_of(listed: &WorkspacesCall, answer: &Value) -> (Option<String>, Option<String>) {
    let entries = answer.pointer(&listed.list).and_then(Value::as_array);
    let mut found: Vec<(String, Option<String>)> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = listed.name.as_ref().and_then(|name| plain(entry.pointer(name)?));
            Some((plain(entry.pointer(&listed.id)?)?, name))
        })
        .collect();
    found.sort();
    found.dedup();
    let further = found.len().saturating_sub(MOST_WORKSPACES);
    found.truncate(MOST_WORKSPACES);
    let together = |mut texts: Vec<String>| {
        if further > 0 {
            texts.push(format!("and {further} more"));
        }
        (!texts.is_empty()).then(|| cleaned(&texts.join(", "), 400))
    };
    let (ids, names): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let names: Vec<_> = names.into_iter().flatten().collect();
    (together(ids), if names.is_empty() { None } else { together(names) })
}

/// `wanted`: the refusal that shows that the call was let in.
async fn answer_of(
    http: &Http,
    call: &IdentityCall,
    wanted: Option<&ContentRefusal>,
    asked: IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> IdentityAnswer {
    let url = filled_url(call, &asked);
    let method = match call.method {
        CallMethod::Fetch => http::Method::GET,
        CallMethod::Post => http::Method::POST,
    };
    let Some((url, request)) = url.and_then(|url| Some((url.clone(), request(call, &method, &url, &asked, now())?)))
    else {
        return unusable(call, &method);
    };
    let called = format!("{method} {}{}", url.origin().ascii_serialization(), url.path());

    let mut answered = http.send(request, MAX_ANSWER).await;
    if let (Ok(answer), Some(key)) = (&answered, asked.dpop)
        && key.wants_again(&url, answer)
        && let Some(again) = self::request(call, &method, &url, &asked, now())
    {
        answered = http.send(again, MAX_ANSWER).await;
    }
    let answer = match answered {
        Ok(answer) => answer.without(&asked.secrets()),
        Err(failure) => {
            let evidence = Evidence {
                endpoint: FailedEndpoint::Api,
                network_failure: Some(failure.kind()),
                context: asked.context,
                ..Evidence::default()
            };
            return IdentityAnswer {
                http_status: None,
                latency: Duration::ZERO,
                request_id: None,
                clock_ahead: None,
                called,
                retry_after: None,
                said: SaidBeside::default(),
                outcome: Err(classify(&evidence, &[])),
            };
        }
    };
    let clock_ahead_ms = asked.context.clock_ahead_seconds.unwrap_or(0).saturating_mul(1000);
    let outcome = match wanted {
        Some(refusal) if is_refused_with(refusal, &answer) => {
            Ok(WhoAnswered { identity: Identity::default(), scopes: None })
        }
        Some(_) | None => read(call, &answer, &asked),
    };
    let said = if outcome.is_err() { SaidBeside::of(&answer, &asked) } else { SaidBeside::default() };
    IdentityAnswer {
        http_status: Some(answer.status),
        latency: answer.latency,
        request_id: request_id_of(&answer, &asked),
        clock_ahead: answer.clock_ahead(now()),
        called,
        retry_after: answer.retry_after(corrected(now(), clock_ahead_ms)),
        said,
        outcome,
    }
}

/// By which the provider finds the call again.
pub(super) fn request_id_of(answer: &HttpAnswer, asked: &IdentityRequest<'_>) -> Option<String> {
    let text = answer.header(asked.provider.request_id_header.as_deref()?)?;
    Some(of_foreign_request_id(text))
}

impl SaidBeside {
    pub(super) fn of(answer: &HttpAnswer, asked: &IdentityRequest<'_>) -> Self {
        // A refusal may come with a success's status, and a part is a part there too.
        let blotted = |text: &str| asked.secrets().blotted_out_of(text);
        let body = serde_json::from_slice::<Value>(&answer.body).ok();
        let words = body.as_ref().and_then(words_in).map(|text| of_foreign_words(&blotted(&text)));
        Self { words: words.filter(|it| !it.is_empty()), limits: answer.limits(&asked.provider.rate_limit_headers) }
    }
}

/// Where the words for people stand in the envelopes in use.
pub(super) fn words_in(body: &Value) -> Option<String> {
    let places = ["/error/message", "/error_description", "/message", "/errors/0/message", "/detail"];
    places.iter().find_map(|place| body.pointer(place)?.as_str().map(str::to_owned))
}

/// The catalogue's address with its placeholders filled, if it then still belongs to the provider [S075].
fn filled_url(call: &IdentityCall, asked: &IdentityRequest<'_>) -> Option<Url> {
    let filled = asked
        .kept_fields
        .iter()
        .fold(call.url.clone(), |url, (name, value)| url.replace(&format!("{{{name}}}"), value.trim_end_matches('/')));
    let url = Url::parse(&filled).ok()?;
    let host = url.host_str()?;
    let is_of_provider = !call.url.contains('{')
        || asked.token_endpoint.host_str() == Some(host)
        || asked.provider.api_hosts.iter().any(|allowed| match allowed.strip_prefix('.') {
            Some(_) => host.ends_with(allowed.as_str()),
            None => host == allowed,
        });
    let is_safe = url.scheme() == "https" || asked.token_endpoint.scheme() == "http";
    (is_of_provider && is_safe && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[expect(clippy::disallowed_methods, reason = "the API wants the access token in its Authorization header")]
pub(super) fn request(
    call: &IdentityCall,
    method: &http::Method,
    url: &Url,
    asked: &IdentityRequest<'_>,
    now: Timestamp,
) -> Option<http::Request<Vec<u8>>> {
    let access_token = asked.access_token;
    let proof = match asked.dpop {
        Some(key) => Some(key.proof(method.as_str(), url, Some(access_token), now)?),
        None => None,
    };
    let mut url = url.clone();
    let (name, prefix) = match &call.token_place {
        TokenPlace::Bearer if proof.is_some() => (Some(AUTHORIZATION), "DPoP "),
        TokenPlace::Bearer => (Some(AUTHORIZATION), "Bearer "),
        TokenPlace::Header { name, prefix } => (Some(HeaderName::try_from(name).ok()?), prefix.as_str()),
        TokenPlace::Query(name) => {
            url.query_pairs_mut().append_pair(name, access_token.expose_secret());
            (None, "")
        }
    };
    let body = call.body.clone().unwrap_or_default().into_bytes();
    let has_body = !body.is_empty();
    let mut request = http::Request::builder().method(method.clone()).uri(url.as_str()).body(body).ok()?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &call.headers {
        request.headers_mut().insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    if let Some(proof) = proof {
        request.headers_mut().insert(HeaderName::from_static("dpop"), HeaderValue::try_from(proof).ok()?);
    }
    if has_body {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(name) = name {
        let mut token = HeaderValue::try_from(format!("{prefix}{}", access_token.expose_secret())).ok()?;
        token.set_sensitive(true);
        request.headers_mut().insert(name, token);
    }
    Some(request)
}

fn read(call: &IdentityCall, answer: &HttpAnswer, asked: &IdentityRequest<'_>) -> Result<WhoAnswered, Diagnosis> {
    let value = serde_json::from_slice::<Value>(&answer.body).ok();
    let has_worked = (200..300).contains(&answer.status)
        && value.as_ref().is_some_and(|value| {
            call.success_flag.as_ref().is_none_or(|flag| value.pointer(flag) == Some(&Value::Bool(true)))
                && value.get("error").is_none_or(Value::is_null)
        });
    let (true, Some(value)) = (has_worked, value) else { return Err(diagnose(answer, asked)) };

    let told = |pointers: &[String]| pointers.iter().find_map(|pointer| as_told(value.pointer(pointer)?));
    let find = |pointers: &[String]| pointers.iter().find_map(|pointer| plain(value.pointer(pointer)?));
    let kept = |name: &str| asked.kept_fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (listed_ids, listed_names) = call
        .workspaces
        .as_ref()
        .filter(|_| call.subject.is_empty())
        .map(|it| workspaces_of(it, &value))
        .unwrap_or_default();
    let identity = Identity {
        subject: told(&call.subject),
        label: told(&call.label),
        workspace_id: listed_ids.or_else(|| find(&call.workspace_id)).or_else(|| kept("workspace_id")),
        workspace_name: listed_names.or_else(|| find(&call.workspace_name)).or_else(|| kept("workspace_name")),
        account_kind: call.account_kind.as_ref().and_then(|rule| account_kind(rule, &value)),
    };
    let scopes = call.scopes_header.as_deref().and_then(|name| answer.header(name)).map(|list| {
        list.split([',', ' ']).map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
    });
    Ok(WhoAnswered { identity, scopes })
}

/// Whether an answer is the one that a call without content is refused with.
fn is_refused_with(refusal: &ContentRefusal, answer: &HttpAnswer) -> bool {
    let says = |pointer: &str, codes: &[String]| {
        let body = serde_json::from_slice::<Value>(&answer.body).ok();
        body.and_then(|it| it.pointer(pointer)?.as_str().map(|code| codes.iter().any(|it| it == code))) == Some(true)
    };
    refusal.statuses.contains(&answer.status)
        && refusal.codes.as_ref().is_none_or(|(pointer, codes)| says(pointer, codes))
}

fn account_kind(rule: &AccountKindRule, value: &Value) -> Option<String> {
    match rule {
        AccountKindRule::DomainAt(pointer) => Some(match value.pointer(pointer).and_then(plain) {
            Some(domain) => format!("organisation {domain}"),
            None => "consumer".to_owned(),
        }),
        AccountKindRule::TextAt(pointer) => value.pointer(pointer).and_then(plain).map(|kind| kind.to_lowercase()),
    }
}

/// Text or a number by which accounts are told apart: nothing of it falls away.
fn as_told(value: &Value) -> Option<String> {
    match value.as_str() {
        Some("") => None,
        Some(text) => Some(marked(text, 255)),
        None => plain(value),
    }
}

/// Text or a number, cleaned for display.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(cleaned(text, 200)),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn diagnose(answer: &HttpAnswer, asked: &IdentityRequest<'_>) -> Diagnosis {
    let body = String::from_utf8_lossy(&answer.body[..answer.body.len().min(MAX_EVIDENCE)]);
    let evidence = Evidence {
        endpoint: FailedEndpoint::Api,
        provider: Some(asked.provider.id.to_string()),
        http_status: Some(answer.status),
        // Servers throw back what they were sent, and the words of a refusal end up in events [A3, S137].
        headers: answer.said_headers(),
        body: asked.secrets().blotted_out_of(&body).into_bytes(),
        context: asked.context.clone(),
        ..Evidence::default()
    };
    classify_answer_of(asked.provider, &evidence)
}

/// The address cannot be built: a kept field is missing, or leads away from the provider.
fn unusable(call: &IdentityCall, method: &http::Method) -> IdentityAnswer {
    IdentityAnswer {
        http_status: None,
        latency: Duration::ZERO,
        request_id: None,
        clock_ahead: None,
        called: format!("{method} {}", call.url),
        retry_after: None,
        said: SaidBeside::default(),
        outcome: Err(Diagnosis::of(CauseLabel::MalformedApiRequest)),
    }
}
