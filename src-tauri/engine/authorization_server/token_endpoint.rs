//! The token endpoint: one request, never redirected, never repeated by itself [A2, B4, B8, S052, S053, S061, S064, S074].

use std::borrow::Cow;

use domain::connection::authorization::AuthorizationCode;
use domain::diagnosis::redaction::{of_foreign_request_id, of_foreign_words};
use domain::diagnosis::{
    CauseLabel, Diagnosis, Evidence, EvidenceContext, FailedEndpoint, NetworkFailure, classify, classify_answer_of,
};
use domain::provider::{ClientAuthentication, Provider, Rotation, TokenRequestBody};
use domain::secret::KnownSecrets;
use domain::token::TokenDefect;
use domain::token::clock_skew::corrected;
use domain::token::token_response::{self, AnswerTimes, IssuedTokens, TokenAnswer};
use domain::{Fingerprint, Secret};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::Timestamp;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode as WireCode, ClientId, ClientSecret, HttpRequest, HttpResponse, PkceCodeVerifier,
    RedirectUrl, RefreshToken, SyncHttpClient, TokenUrl,
};
use url::Url;

use super::client_proof::{assertion, client_proof, method_of};
use super::unread_tokens::Named;
use super::{AnswerFacts, Binding, ClientCredentials, TokenEndpointAnswer, wire};
use crate::http::{Http, HttpAnswer, HttpFailure, WasSent};

/// No honest token answer comes near [S055].
const MAX_ANSWER: usize = 1024 * 1024;
/// RFC 9449 §4.1.
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Trades a code for tokens (RFC 6749 §4.1.3).
pub struct CodeExchange<'a> {
    pub provider: &'a Provider,
    pub token_endpoint: &'a Url,
    pub client: ClientCredentials<'a>,
    pub code: AuthorizationCode,
    pub code_verifier: &'a Secret,
    /// Byte for byte the one of the authorization request [S006].
    pub redirect_uri: &'a str,
    pub binding: Binding<'a>,
}

/// Trades a refresh token for a new access token (RFC 6749 §6). Asks for no scopes [S074].
pub struct TokenRefresh<'a> {
    pub provider: &'a Provider,
    /// The endpoint frozen with the grant [S073].
    pub token_endpoint: &'a Url,
    pub client: ClientCredentials<'a>,
    pub refresh_token: &'a Secret,
    /// The access token in hand: it is not sent, and must not come back in the server's words.
    pub access_token: Option<&'a Secret>,
    /// What is left of the tokens before these: they must not come back either.
    pub earlier: &'a [Fingerprint],
    pub context: EvidenceContext,
    pub binding: Binding<'a>,
}

/// Asks once whether the person has agreed on the other device (RFC 8628 §3.4).
pub struct DeviceRedemption<'a> {
    pub provider: &'a Provider,
    pub token_endpoint: &'a Url,
    pub client: ClientCredentials<'a>,
    pub device_code: &'a Secret,
    pub binding: Binding<'a>,
}

/// Sends the one request a code is good for.
pub async fn exchange_code(
    http: &Http,
    exchange: CodeExchange<'_>,
    now: impl Fn() -> Timestamp,
) -> TokenEndpointAnswer {
    #[expect(clippy::disallowed_methods, reason = "the token endpoint needs code, verifier and client secret")]
    let request = {
        let client = wire_client(exchange.provider, exchange.token_endpoint, &exchange.client);
        let redirect = RedirectUrl::new(exchange.redirect_uri.to_owned());
        captured(|http_client| {
            let request = client.exchange_code(WireCode::new(exchange.code.0.expose_secret().to_owned()));
            let request = match redirect {
                Ok(redirect) => request.set_redirect_uri(Cow::Owned(redirect)),
                Err(_) => request,
            };
            let further = exchange.provider.token_request.code_parameters.iter();
            further
                .fold(request, |request, (name, value)| request.add_extra_param(name, value))
                .set_pkce_verifier(PkceCodeVerifier::new(exchange.code_verifier.expose_secret().to_owned()))
                .request(http_client)
        })
    };
    let sent = Sent {
        endpoint: FailedEndpoint::TokenExchange,
        url: exchange.token_endpoint,
        secrets: [Some(&exchange.code.0), Some(exchange.code_verifier), exchange.client.client_secret],
        earlier: &[],
        context: EvidenceContext::default(),
        authorization: None,
        client: &exchange.client,
        binding: exchange.binding,
    };
    send(http, exchange.provider, request, sent, now).await
}

/// Sends one question of a device's.
#[expect(clippy::disallowed_methods, reason = "the token endpoint needs the device code")]
pub async fn redeem_device_code(
    http: &Http,
    asked: DeviceRedemption<'_>,
    now: impl Fn() -> Timestamp,
) -> TokenEndpointAnswer {
    let request = client_proof(asked.provider, &asked.client, now()).and_then(|mut proof| {
        // What is signed goes in with each sending.
        proof.fields.retain(|(name, _)| !name.starts_with("client_assertion"));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        form.append_pair("device_code", asked.device_code.expose_secret());
        form.extend_pairs(proof.fields.iter().map(|(name, value)| (*name, value.expose_secret())));
        let mut request = HttpRequest::new(form.finish().into_bytes());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = asked.token_endpoint.as_str().parse().ok()?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(authorization) = proof.authorization {
            request.headers_mut().insert(AUTHORIZATION, HeaderValue::try_from(authorization.expose_secret()).ok()?);
        }
        Some(request)
    });
    let sent = Sent {
        endpoint: FailedEndpoint::TokenExchange,
        url: asked.token_endpoint,
        secrets: [Some(asked.device_code), None, asked.client.client_secret],
        earlier: &[],
        context: EvidenceContext::default(),
        authorization: None,
        client: &asked.client,
        binding: asked.binding,
    };
    send(http, asked.provider, request, sent, now).await
}

/// Sends one refresh.
pub async fn refresh_token(http: &Http, refresh: TokenRefresh<'_>, now: impl Fn() -> Timestamp) -> TokenEndpointAnswer {
    #[expect(clippy::disallowed_methods, reason = "the token endpoint needs the refresh token and client secret")]
    let request = {
        let client = wire_client(refresh.provider, refresh.token_endpoint, &refresh.client);
        let token = RefreshToken::new(refresh.refresh_token.expose_secret().to_owned());
        captured(|http_client| client.exchange_refresh_token(&token).request(http_client))
    };
    let sent = Sent {
        endpoint: FailedEndpoint::TokenRefresh,
        url: refresh.token_endpoint,
        secrets: [Some(refresh.refresh_token), refresh.access_token, refresh.client.client_secret],
        earlier: refresh.earlier,
        context: refresh.context,
        authorization: None,
        client: &refresh.client,
        binding: refresh.binding,
    };
    send(http, refresh.provider, request, sent, now).await
}

type WireClient = oauth2::Client<
    oauth2::basic::BasicErrorResponse,
    oauth2::basic::BasicTokenResponse,
    oauth2::basic::BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

/// The client with the one authentication method that both it and the provider know [S052].
#[expect(clippy::disallowed_methods, reason = "the token endpoint needs the client secret")]
fn wire_client(provider: &Provider, token_endpoint: &Url, client: &ClientCredentials<'_>) -> WireClient {
    let wire = BasicClient::new(ClientId::new(client.client_id.to_owned()))
        .set_token_uri(TokenUrl::from_url(token_endpoint.clone()));
    let auth_type = match method_of(provider, client) {
        ClientAuthentication::Basic => AuthType::BasicAuth,
        ClientAuthentication::Post => AuthType::RequestBody,
        // A key signs what goes in with each sending; it never leaves.
        ClientAuthentication::Public | ClientAuthentication::PrivateKeyJwt => {
            return wire.set_auth_type(AuthType::RequestBody);
        }
    };
    let Some(secret) = client.client_secret else { return wire.set_auth_type(AuthType::RequestBody) };
    wire.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())).set_auth_type(auth_type)
}

/// Why the crate's own sending stops: it has built the request, and we send it.
#[derive(Debug, thiserror::Error)]
#[error("the request is sent by our own transport")]
struct OurTransport;

/// Lets `oauth2` build a request without sending it: its own transport and parser accept answers of any
/// size, and lose a rotated refresh token when another field is odd.
fn captured<T, E>(build: impl FnOnce(&Capture) -> Result<T, E>) -> Option<HttpRequest> {
    let capture = Capture::default();
    drop(build(&capture));
    capture.0.into_inner()
}

/// Stands where the crate expects a transport.
#[derive(Default)]
struct Capture(std::cell::RefCell<Option<HttpRequest>>);

impl SyncHttpClient for Capture {
    type Error = OurTransport;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, OurTransport> {
        self.0.replace(Some(request));
        Err(OurTransport)
    }
}

/// What a failure is judged with, and what must not come back in its words.
struct Sent<'a> {
    endpoint: FailedEndpoint,
    url: &'a Url,
    secrets: [Option<&'a Secret>; 3],
    earlier: &'a [Fingerprint],
    context: EvidenceContext,
    /// Id and secret as the Basic header spells them.
    authorization: Option<Secret>,
    client: &'a ClientCredentials<'a>,
    binding: Binding<'a>,
}

impl Sent<'_> {
    /// What must not come back in a server's words, which end up in events and on screens: what it was sent, what was
    /// in hand, and what this answer itself brings [A3, S137].
    fn known_with(&self, brought: &[Secret]) -> KnownSecrets {
        let [one, other, client_secret] = self.secrets;
        let tokens = [one, other].into_iter().flatten().chain(brought);
        KnownSecrets::of_tokens(tokens)
            .and_others(client_secret.into_iter().chain(&self.authorization))
            .and_earlier(self.earlier.iter().cloned())
    }
}

async fn send(
    http: &Http,
    provider: &Provider,
    request: Option<HttpRequest>,
    mut sent: Sent<'_>,
    now: impl Fn() -> Timestamp,
) -> TokenEndpointAnswer {
    let header = request.as_ref().and_then(|it| it.headers().get(AUTHORIZATION)).and_then(|value| value.to_str().ok());
    sent.authorization =
        header.and_then(|value| value.split_once(' ')).map(|(_, credentials)| Secret::new(credentials));
    let asked_at = now();
    let proved = |at| request.clone().and_then(|it| shaped(with_proofs(it, provider, &sent, at)?, provider));
    let Some(first) = proved(asked_at) else {
        return TokenEndpointAnswer::Failed {
            diagnosis: Diagnosis::of(CauseLabel::MalformedTokenRequest),
            detail: None,
            retry_after: None,
            about: AnswerFacts::default(),
        };
    };
    let mut answered = http.send_opening(first, MAX_ANSWER, wire::is_enough).await;
    // The server looked at nothing but the proof: once more, with its nonce (RFC 9449 §8).
    if let (Ok(answer), Some(key)) = (&answered, sent.binding.dpop)
        && key.wants_again(sent.url, answer)
        && let Some(second) = proved(now())
    {
        answered = http.send_opening(second, MAX_ANSWER, wire::is_enough).await;
        if let Ok(answer) = &answered {
            key.wants_again(sent.url, answer);
        }
    }
    let mut answer = match answered {
        Ok(answer) => answer,
        Err(failure) => return unanswered(&failure, sent),
    };
    let now = now();
    // This answer's own Date goes before what was measured earlier.
    let clock_ahead = answer.clock_ahead(now);
    let clock_ahead_ms = clock_ahead
        .and_then(|ahead| i64::try_from(ahead.as_millis()).ok())
        .or(sent.context.clock_ahead_seconds.map(|seconds| seconds.saturating_mul(1000)));
    let times = AnswerTimes { asked_at, clock_ahead_ms };
    let servers_now = corrected(now, clock_ahead_ms.unwrap_or(0));
    let arrived = Arrived { body: &answer.body, content_type: answer.content_type(), location: answer.location() };
    let Understood { read, brought, has_unread } = understand(arrived, provider, times, sent.secrets[0]);
    // A new refresh token that nobody can use makes the one that was sent a spent one, whatever else is said.
    let may_be_spent = has_unread && sent.endpoint == FailedEndpoint::TokenRefresh;
    let known = sent.known_with(&brought);
    let is_cut = wire::breaks_off(&wire::text_of(&answer.body));
    let is_page = wire::looks_like_a_page(&answer.body);
    // Named, and not empty or the one that was sent; in a body that cannot be read nobody knows.
    let sent_token = sent.secrets[0].map(Secret::fingerprint);
    let is_new = |token: &Secret| Some(token.fingerprint()) != sent_token;
    let is_json = wire::is_json(&answer.body);
    let names_token = wire::names_token(&answer.body) && (!is_json || brought.iter().any(is_new));
    // A page, or an address, that names one: it may hold what nobody could read.
    let is_named = answer.status < 400
        && (is_page && wire::names_token_field(&wire::text_of(&answer.body))
            || answer
                .location()
                .and_then(wire::fields_of_address)
                .is_some_and(|it| wire::tokens_in(&it).iter().any(is_new)));
    // Beside the words of a server that fails it takes something that looks like one.
    let is_shown = answer.status >= 500 && {
        let hinted = wire::hinted_tokens(&wire::text_of(&answer.body), Named::Access);
        !unknown_among(hinted, sent.secrets.into_iter().flatten(), &[]).is_empty()
    };
    let brings_token = names_token || is_named || may_be_spent;
    // All that was to be had of the tokens is read: from here on it is words.
    if wire::is_utf16(&answer.body) {
        answer.body = wire::text_of(&answer.body).into_owned().into_bytes();
    }
    answer = answer.without(&known);
    let mut about = AnswerFacts {
        http_status: Some(answer.status),
        latency: answer.latency,
        request_id: provider
            .request_id_header
            .as_deref()
            .and_then(|name| answer.header(name))
            .map(|id| short(&of_foreign_request_id(id))),
        clock_ahead,
        // A server that fails, or a gateway before one, may have rotated the token first, whatever it says of it [A5].
        outcome_is_unknown: answer.status >= 500 || may_be_spent,
        limits: vec![],
    };

    match read {
        // Its end is missing, and a new refresh token may have stood there: as an answer that was lost [A5, S059].
        Some(TokenAnswer::Issued(tokens))
            if sent.endpoint == FailedEndpoint::TokenRefresh
                && tokens.refresh_token.is_none()
                && provider.refresh.rotation != Rotation::Never
                && is_cut =>
        {
            unanswered(&HttpFailure::Network { kind: NetworkFailure::Broken, was_sent: WasSent::Maybe }, sent)
        }
        // A server that fails or refuses after it has issued has issued: the token before it is spent [S059].
        Some(TokenAnswer::Issued(mut tokens)) if is_issued(&tokens, answer.status, &sent) => {
            if answer.status >= 400 {
                tokens.defects.push(TokenDefect::ErrorStatus);
            }
            if answer.was_compressed {
                flag_envelope(&mut tokens);
            }
            // It came all the same: whatever the status says, there is no doubt left.
            about.outcome_is_unknown = false;
            // A new grant is refused for it, and taken back by this token; a refresh keeps what else came.
            if sent.endpoint == FailedEndpoint::TokenRefresh
                && tokens.is_key_bound != sent.binding.dpop.is_some()
                && tokens.access_token.take().is_some()
            {
                tokens.defects.push(TokenDefect::TokenTypeOdd);
            }
            if let Some(scopes) = &mut tokens.scopes {
                scopes.iter_mut().for_each(|scope| *scope = known.named_in(scope));
                scopes.dedup();
            }
            for (_, value) in &mut tokens.kept_fields {
                *value = known.named_in(value);
            }
            TokenEndpointAnswer::Issued { tokens, about }
        }
        Some(TokenAnswer::Refused { description, .. }) if !may_be_spent => {
            refused(&answer, provider, sent, description.map(|it| known.blotted_out_of(&it)), about, servers_now)
        }
        Some(TokenAnswer::Issued(_) | TokenAnswer::Nothing | TokenAnswer::Refused { .. }) | None => {
            // A success that cannot be read may have rotated the token all the same; a page without one is a gateway's.
            about.outcome_is_unknown |= answer.status < 300 && !is_page || answer.status < 400 && brings_token;
            // Tokens that cannot be told are no verdict, and their names no words: "expires_in" says nothing of an end.
            let is_unread = answer.status < 400 && brings_token || may_be_spent || is_shown;
            if is_unread {
                let retry_after = answer.retry_after(servers_now);
                return TokenEndpointAnswer::Failed {
                    diagnosis: Diagnosis::of_unread_token(about.http_status),
                    detail: None,
                    retry_after,
                    about,
                };
            }
            let is_told = answer.status >= 300 || wire::names_error(&answer.body);
            without_tokens(refused(&answer, provider, sent, None, about, servers_now), is_told)
        }
    }
}

/// Reads what a token endpoint sent, whatever it is: a pure function of it. `None`: neither JSON nor a form that
/// could be expected. `times`: when it was asked for, and whose clock is ahead.
pub fn read_token_answer(
    body: &[u8],
    content_type: Option<&str>,
    provider: &Provider,
    times: impl Into<AnswerTimes>,
) -> Option<TokenAnswer> {
    understand(Arrived { body, content_type, location: None }, provider, times, None).read
}

/// What came of an answer that may hold tokens.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    body: &'a [u8],
    content_type: Option<&'a str>,
    /// Where a redirect leads: it is not followed, and may carry them.
    location: Option<&'a str>,
}

/// What was read of an answer.
struct Understood {
    read: Option<TokenAnswer>,
    /// All in it that is called a token, whether it can be used or not.
    brought: Vec<Secret>,
    /// A new refresh token seems to stand in it that could not be read for sure.
    has_unread: bool,
}

fn understand(
    arrived: Arrived<'_>,
    provider: &Provider,
    times: impl Into<AnswerTimes>,
    sent_token: Option<&Secret>,
) -> Understood {
    let Arrived { body, content_type, location } = arrived;
    let text = wire::text_of(body);
    let (shape, separator) = (&provider.token_answer, provider.scopes.answer_separator);
    let times = times.into();
    let fields = wire::read_fields(&text, content_type, shape.may_be_form_encoded);
    let mut brought = fields.as_ref().map(wire::tokens_in).unwrap_or_default();
    let expected = fields.as_ref().map(|it| token_response::expected_refresh_tokens(it, shape)).unwrap_or_default();
    let mut read = fields.map(|fields| token_response::read(&fields, shape, separator, times));
    // Where none is ever renewed, one that stands about is another party's.
    let may_be_new = sent_token.is_none() || provider.refresh.rotation != Rotation::Never;
    let mut has_unread = false;
    match &mut read {
        None | Some(TokenAnswer::Nothing) => {
            let mut objects = wire::objects_anywhere(&text);
            let address = location.and_then(wire::fields_of_address);
            brought.extend(objects.iter().chain(&address).flat_map(wire::tokens_in));
            // A sign-in page is told of the token too, in whatever words: a whole answer has both.
            objects.extend(address.filter(|it| !wire::is_ambiguous(it) && wire::tokens_in(it).len() > 1));
            let wrapped = token_response::read_wrapped(&objects, shape, separator, times, sent_token);
            if matches!(wrapped, TokenAnswer::Issued(_)) {
                read = Some(wrapped);
            }
            let texts = [&*text, location.unwrap_or_default()].into_iter();
            let hinted = texts.flat_map(|it| wire::hinted_tokens(it, Named::Refresh)).collect();
            let hinted = unknown_among(hinted, sent_token, &[]);
            has_unread = may_be_new && !hinted.is_empty();
            brought.extend(hinted);
        }
        Some(TokenAnswer::Issued(tokens)) if may_be_new => {
            let own = without_long_tokens(&text, tokens);
            let objects = wire::objects_anywhere(&own);
            brought.extend(objects.iter().flat_map(wire::tokens_in));
            token_response::take_up_nested(tokens, &objects, times, sent_token, &expected);
            let in_hand = [&tokens.refresh_token, &tokens.access_token, &tokens.id_token].into_iter().flatten();
            let seen: Vec<_> = tokens.left_refresh_tokens.iter().chain(&expected).cloned().collect();
            let hinted =
                unknown_among(wire::hinted_tokens(&own, Named::Refresh), sent_token.into_iter().chain(in_hand), &seen);
            token_response::note_unread(tokens, &hinted);
        }
        Some(TokenAnswer::Refused { .. }) if may_be_new => {
            let objects = wire::objects_anywhere(&text);
            let tokens = token_response::refresh_tokens_in(&objects, sent_token);
            brought.extend(objects.iter().flat_map(wire::tokens_in));
            has_unread = !unknown_among(tokens, sent_token, &[]).is_empty();
        }
        Some(TokenAnswer::Issued(_) | TokenAnswer::Refused { .. }) => {}
    }
    if let Some(TokenAnswer::Issued(tokens)) = &mut read
        && wire::is_utf16(body)
    {
        flag_envelope(tokens);
    }
    Understood { read, brought, has_unread }
}

/// The text without the tokens that were taken from it: what is encoded in one of them is its own affair.
#[expect(clippy::disallowed_methods, reason = "looked for, and handed on nowhere")]
fn without_long_tokens<'a>(text: &'a str, tokens: &IssuedTokens) -> Cow<'a, str> {
    /// A shorter one holds nothing, and may stand in any word.
    const SHORTEST: usize = 32;
    let taken = [&tokens.access_token, &tokens.refresh_token, &tokens.id_token].into_iter().flatten();
    let long = taken.map(Secret::expose_secret).filter(|it| it.len() >= SHORTEST && text.contains(*it));
    long.fold(Cow::Borrowed(text), |text, token| Cow::Owned(text.replace(token, "")))
}

/// Those that are none of the known, in whole or in part, however they are spelled.
#[expect(clippy::disallowed_methods, reason = "compared, not shown")]
fn unknown_among<'a>(
    tokens: Vec<Secret>,
    known: impl IntoIterator<Item = &'a Secret>,
    seen: &[Fingerprint],
) -> Vec<Secret> {
    if tokens.is_empty() {
        return tokens;
    }
    let known = KnownSecrets::of_tokens(known).and_earlier(seen.iter().cloned());
    tokens.into_iter().filter(|it| known.blotted_out_of(it.expose_secret()) == it.expose_secret()).collect()
}

/// Once, however many reasons there are.
fn flag_envelope(tokens: &mut IssuedTokens) {
    if !tokens.defects.contains(&TokenDefect::OddEnvelope) {
        tokens.defects.push(TokenDefect::OddEnvelope);
    }
}

/// What is made anew for each sending: the signed proofs of client and key, and the resource that was agreed on.
#[expect(clippy::disallowed_methods, reason = "the token endpoint needs the assertion")]
fn with_proofs(mut request: HttpRequest, provider: &Provider, sent: &Sent<'_>, now: Timestamp) -> Option<HttpRequest> {
    let mut form = url::form_urlencoded::Serializer::new(String::from_utf8(request.body().clone()).ok()?);
    for (name, value) in assertion(provider, sent.client, now)? {
        form.append_pair(name, value.expose_secret());
    }
    if let Some(resource) = sent.binding.resource {
        form.append_pair("resource", resource);
    }
    *request.body_mut() = form.finish().into_bytes();
    if let Some(key) = sent.binding.dpop {
        let proof = key.proof("POST", sent.url, None, now)?;
        request.headers_mut().insert(DPOP, HeaderValue::try_from(proof).ok()?);
    }
    Some(request)
}

/// JSON bodies and extra headers, where the provider wants them.
fn shaped(mut request: HttpRequest, provider: &Provider) -> Option<HttpRequest> {
    if provider.token_request.body == TokenRequestBody::Json {
        let fields: serde_json::Map<_, _> = url::form_urlencoded::parse(request.body())
            .map(|(name, value)| (name.into_owned(), serde_json::Value::String(value.into_owned())))
            .collect();
        *request.body_mut() = serde_json::to_vec(&fields).ok()?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &provider.token_request.headers {
        request.headers_mut().insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(request)
}

fn unanswered(failure: &HttpFailure, sent: Sent<'_>) -> TokenEndpointAnswer {
    let evidence = Evidence {
        endpoint: sent.endpoint,
        network_failure: Some(failure.kind()),
        context: sent.context,
        ..Evidence::default()
    };
    TokenEndpointAnswer::Failed {
        diagnosis: classify(&evidence, &[]),
        detail: Some(failure.to_string()),
        retry_after: None,
        about: AnswerFacts { outcome_is_unknown: failure.was_sent() == WasSent::Maybe, ..AnswerFacts::default() },
    }
}

fn refused(
    answer: &HttpAnswer,
    provider: &Provider,
    sent: Sent<'_>,
    description: Option<String>,
    mut about: AnswerFacts,
    servers_now: Timestamp,
) -> TokenEndpointAnswer {
    about.limits = answer.limits(&provider.rate_limit_headers);
    // Bytes are no words: what looks like one among them says nothing, and may be part of a token.
    let body = if wire::is_binary(&answer.body) { "".into() } else { String::from_utf8_lossy(&answer.body) };
    let evidence = Evidence {
        endpoint: sent.endpoint,
        provider: Some(provider.id.to_string()),
        http_status: Some(answer.status),
        headers: answer.said_headers(),
        body: body.into_owned().into_bytes(),
        context: sent.context,
        ..Evidence::default()
    };
    TokenEndpointAnswer::Failed {
        diagnosis: classify_answer_of(provider, &evidence),
        detail: description.map(|text| of_foreign_words(&text)),
        retry_after: answer.retry_after(servers_now),
        about,
    }
}

/// Whether tokens that stand in an answer were issued by it. Where its status refuses, or something is wrapped around
/// them, it takes a whole token answer that is more than an echo of what was sent: it came over the same connection as
/// any other, and what was rotated is nowhere else [S059]. A sign-in that is refused is not taken so: nothing that was
/// held is lost with it.
fn is_issued(tokens: &IssuedTokens, status: u16, sent: &Sent<'_>) -> bool {
    let is_wrapped = tokens.defects.contains(&TokenDefect::OddEnvelope);
    let is_refusal = (400..500).contains(&status);
    if !is_wrapped && !is_refusal {
        return true;
    }
    let sent_token = sent.secrets[0].map(Secret::fingerprint);
    let is_rotated = tokens.refresh_token.as_ref().is_some_and(|it| Some(it.fingerprint()) != sent_token);
    let has_type = !tokens.defects.contains(&TokenDefect::TokenTypeMissing);
    if status < 400 {
        return is_rotated || (tokens.access_token.is_some() && has_type);
    }
    sent.endpoint == FailedEndpoint::TokenRefresh && tokens.access_token.is_some() && (is_rotated || has_type)
}

/// An answer without tokens is no success, whatever it says of itself: the server may do better the next time. Nor does a
/// success that names no error refuse anything, whatever words stand in it (`is_told`: it does, or is none).
fn without_tokens(answer: TokenEndpointAnswer, is_told: bool) -> TokenEndpointAnswer {
    match answer {
        TokenEndpointAnswer::Failed { diagnosis, detail, retry_after, about }
            if diagnosis.cause == CauseLabel::NoFailure || !is_told && !diagnosis.is_transient() =>
        {
            let diagnosis =
                Diagnosis { http_status: diagnosis.http_status, ..Diagnosis::of(CauseLabel::ProviderOutage) };
            TokenEndpointAnswer::Failed { diagnosis, detail, retry_after, about }
        }
        answer @ (TokenEndpointAnswer::Issued { .. } | TokenEndpointAnswer::Failed { .. }) => answer,
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_graphic()).take(128).collect()
}
