//! One object of a provider's API, read with a connection's token: at hosts of that provider only, and never
//! written to [C3, S075].

use std::time::Duration;

use domain::diagnosis::{Diagnosis, Evidence, FailedEndpoint, classify};
use domain::provider::{CallMethod, IdentityCall, Provider, TokenPlace};
use http::header::{ACCEPT, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::{Host, Url};

use super::identity::{IdentityRequest, SaidBeside, diagnose, request};
use crate::http::{Http, HttpFailure};

/// Enough to see an error in; of a file nothing more is read.
const MAX_ANSWER: usize = 1024 * 1024;

/// What reading it showed.
#[derive(Debug, Clone)]
pub struct ResourceAnswer {
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub clock_ahead: Option<SignedDuration>,
    pub retry_after: Option<Duration>,
    /// The provider's words of a refusal, cut and cleaned.
    pub words: Option<String>,
    pub outcome: Result<(), Diagnosis>,
}

/// Whether a token may go to this address: https, at a host that the provider's file names, or where its own calls
/// go. A provider on this computer is spoken to in the clear, at its own port.
pub fn is_of_provider(url: &Url, provider: &Provider, token_endpoint: &Url) -> bool {
    let Some(host) = url.host() else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let calls = provider.identity.iter().map(|it| &it.url).chain(provider.checks.iter().map(|it| &it.url));
    // Where the host is left open, the kept field decides it, and a person may type anything.
    let mut own =
        calls.filter_map(|it| Url::parse(it).ok()).filter(|it| !it.host_str().unwrap_or("{").contains(['{', '%']));
    let is_at_call = own.any(|it| {
        it.scheme() == url.scheme()
            && it.host() == Some(host.clone())
            && it.port_or_known_default() == url.port_or_known_default()
    });
    if url.scheme() != "https" {
        return url.scheme() == "http" && token_endpoint.scheme() == "http" && is_at_call;
    }
    let is_named = |allowed: &String| match &host {
        Host::Domain(host) if allowed.starts_with('.') => host.ends_with(allowed.as_str()),
        Host::Domain(host) => *host == allowed.as_str(),
        Host::Ipv4(_) | Host::Ipv6(_) => false,
    };
    is_at_call || (url.port_or_known_default() == Some(443) && provider.api_hosts.iter().any(is_named))
}

/// Reads it once. The caller has asked [`is_of_provider`]; any success that hides no error counts.
pub async fn read_resource(
    http: &Http,
    url: &Url,
    asked: &IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> ResourceAnswer {
    let call = IdentityCall {
        method: CallMethod::Fetch,
        url: String::new(),
        headers: asked.provider.identity.as_ref().map(|it| it.headers.clone()).unwrap_or_default(),
        body: None,
        token_place: asked.provider.identity.as_ref().map_or(TokenPlace::Bearer, |it| it.token_place.clone()),
        success_flag: asked.provider.identity.as_ref().and_then(|it| it.success_flag.clone()),
        subject: vec![],
        label: vec![],
        workspace_id: vec![],
        workspace_name: vec![],
        workspace_claim: None,
        workspaces: None,
        account_kind: None,
        scopes_header: None,
    };
    let prepared = || {
        let mut request = request(&call, &http::Method::GET, url, asked, now())?;
        // It need not be JSON.
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        Some(request)
    };
    let Some(first) = prepared() else {
        let outcome = Err(Diagnosis::of(domain::diagnosis::CauseLabel::MalformedApiRequest));
        return ResourceAnswer { outcome, ..unanswered() };
    };
    let mut answered = http.send(first, MAX_ANSWER).await;
    if let (Ok(answer), Some(key)) = (&answered, asked.dpop)
        && key.wants_again(url, answer)
        && let Some(again) = prepared()
    {
        answered = http.send(again, MAX_ANSWER).await;
    }
    let answer = match answered {
        Ok(answer) => answer.without(&asked.secrets()),
        // No refusal is that long.
        Err(HttpFailure::TooLarge { .. }) => return unanswered(),
        Err(failure) => {
            let evidence = Evidence {
                endpoint: FailedEndpoint::Api,
                network_failure: Some(failure.kind()),
                context: asked.context.clone(),
                ..Evidence::default()
            };
            let outcome = Err(classify(&evidence, &[]));
            return ResourceAnswer { outcome, words: Some(failure.to_string()), ..unanswered() };
        }
    };
    let body = serde_json::from_slice::<Value>(&answer.body).ok();
    let hides_error = body.as_ref().is_some_and(|body| {
        let is_flag_down = call.success_flag.as_ref().is_some_and(|it| body.pointer(it) == Some(&Value::Bool(false)));
        is_flag_down || body.get("error").is_some_and(|it| !it.is_null())
    });
    let has_worked = (200..300).contains(&answer.status) && !hides_error;
    let said = if has_worked { SaidBeside::default() } else { SaidBeside::of(&answer, asked) };
    ResourceAnswer {
        http_status: Some(answer.status),
        latency: answer.latency,
        clock_ahead: answer.clock_ahead(now()),
        retry_after: answer.retry_after(now()),
        words: said.words,
        outcome: if has_worked { Ok(()) } else { Err(diagnose(&answer, asked)) },
    }
}

fn unanswered() -> ResourceAnswer {
    ResourceAnswer {
        http_status: None,
        latency: Duration::ZERO,
        clock_ahead: None,
        retry_after: None,
        words: None,
        outcome: Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domain::ProviderId;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// S075, C3: a token goes to no other host, however alike it looks.
    #[test]
    fn a_token_goes_nowhere_but_to_hosts_that_the_file_names() {
        let token_endpoint = url("https://oauth2.example/token");
        let mut provider = Provider::bare(ProviderId::from_text("p"), token_endpoint.clone());
        provider.api_hosts = vec!["api.example".to_owned(), ".files.example".to_owned()];
        let allowed = |text: &str| is_of_provider(&url(text), &provider, &token_endpoint);

        assert!(allowed("https://api.example/v1/one?x=1"));
        assert!(allowed("https://eu.files.example/one"));
        for other in [
            "https://evil.example/",
            "https://api.example.evil.example/",
            "https://evilfiles.example/",
            "https://api.example:8443/",
            "http://api.example/",
            "https://mira@api.example/",
            "https://api.example@evil.example/",
            "https://127.0.0.1/",
            "file:///etc/passwd",
            "https://oauth2.example/token",
        ] {
            assert!(!allowed(other), "{other}");
        }
    }

    /// S075: a provider on this computer has its own port, and no other program's.
    #[test]
    fn a_provider_on_this_computer_is_read_at_its_own_port() {
        let token_endpoint = url("http://127.0.0.1:4000/token");
        let mut provider = Provider::bare(ProviderId::from_text("p"), token_endpoint.clone());
        provider.identity = Some(IdentityCall {
            method: CallMethod::Fetch,
            url: "http://127.0.0.1:4000/userinfo".to_owned(),
            headers: vec![],
            body: None,
            token_place: TokenPlace::Bearer,
            success_flag: None,
            subject: vec![],
            label: vec![],
            workspace_id: vec![],
            workspace_name: vec![],
            workspace_claim: None,
            workspaces: None,
            account_kind: None,
            scopes_header: None,
        });

        assert!(is_of_provider(&url("http://127.0.0.1:4000/api/files"), &provider, &token_endpoint));
        assert!(!is_of_provider(&url("http://127.0.0.1:4001/api/files"), &provider, &token_endpoint));
        assert!(!is_of_provider(&url("http://localhost:4000/api/files"), &provider, &token_endpoint));
    }
}
