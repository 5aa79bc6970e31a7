//! Whether an MCP server takes a token: the first call of its protocol (Streamable HTTP) [A2, E2].

use std::time::Duration;

use domain::connection::Identity;
use domain::diagnosis::{CauseLabel, Diagnosis, Evidence, FailedEndpoint, classify};
use domain::mcp;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::identity::{IdentityAnswer, IdentityRequest, SaidBeside, WhoAnswered, diagnose};
use crate::http::{Http, HttpAnswer};

/// Servers list what they can do, not what they hold.
const MAX_ANSWER: usize = 1024 * 1024;

/// Asks, with the token. Who signed in it cannot say: `known` is what the sign-in said.
pub async fn greet_mcp_server(
    http: &Http,
    url: &Url,
    asked: IdentityRequest<'_>,
    known: Identity,
    now: impl Fn() -> Timestamp,
) -> IdentityAnswer {
    let called = format!("POST {}{}", url.origin().ascii_serialization(), url.path());
    let mut shown = IdentityAnswer {
        http_status: None,
        latency: Duration::ZERO,
        request_id: None,
        clock_ahead: None,
        called,
        retry_after: None,
        said: SaidBeside::default(),
        outcome: Err(Diagnosis::of(CauseLabel::MalformedApiRequest)),
    };
    let Some(first) = request(url, &asked, now()) else { return shown };
    let mut answered = http.send_until(first, MAX_ANSWER, |body| reply(body).is_some()).await;
    if let (Ok(answer), Some(key)) = (&answered, asked.dpop)
        && key.wants_again(url, answer)
        && let Some(again) = request(url, &asked, now())
    {
        answered = http.send_until(again, MAX_ANSWER, |body| reply(body).is_some()).await;
    }
    match answered {
        Err(failure) => {
            let evidence = Evidence {
                endpoint: FailedEndpoint::Api,
                network_failure: Some(failure.kind()),
                context: asked.context,
                ..Evidence::default()
            };
            shown.outcome = Err(classify(&evidence, &[]));
        }
        Ok(answer) => {
            let answer = answer.without(&asked.secrets());
            shown.http_status = Some(answer.status);
            shown.latency = answer.latency;
            shown.clock_ahead = answer.clock_ahead(now());
            shown.retry_after = answer.retry_after(now());
            shown.outcome = read(&answer, &asked, known);
            if shown.outcome.is_err() {
                shown.said = SaidBeside::of(&answer, &asked);
            }
        }
    }
    shown
}

#[expect(clippy::disallowed_methods, reason = "the server wants the access token in its Authorization header")]
fn request(url: &Url, asked: &IdentityRequest<'_>, now: Timestamp) -> Option<http::Request<Vec<u8>>> {
    let scheme = if asked.dpop.is_some() { "DPoP" } else { "Bearer" };
    let mut token = HeaderValue::try_from(format!("{scheme} {}", asked.access_token.expose_secret())).ok()?;
    token.set_sensitive(true);
    let mut request = http::Request::post(url.as_str())
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, mcp::ACCEPT)
        .header(AUTHORIZATION, token);
    if let Some(key) = asked.dpop {
        request = request.header("dpop", key.proof("POST", url, Some(asked.access_token), now)?);
    }
    request.body(mcp::INITIALIZE.as_bytes().to_vec()).ok()
}

fn read(answer: &HttpAnswer, asked: &IdentityRequest<'_>, known: Identity) -> Result<WhoAnswered, Diagnosis> {
    let is_initialized = reply(&answer.body).is_some_and(|it| it.get("result").is_some_and(Value::is_object));
    if (200..300).contains(&answer.status) && is_initialized {
        return Ok(WhoAnswered { identity: known, scopes: None });
    }
    Err(diagnose(answer, asked))
}

/// The server's reply to call 1: a JSON object, or the data of an event stream.
fn reply(body: &[u8]) -> Option<Value> {
    let is_reply = |it: &Value| it.get("id") == Some(&Value::from(1));
    if let Ok(whole) = serde_json::from_slice::<Value>(body) {
        return Some(whole).filter(is_reply);
    }
    let text = std::str::from_utf8(body).ok()?;
    text.replace("\r\n", "\n").split("\n\n").find_map(|event| {
        let data: Vec<_> = event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
        serde_json::from_str::<Value>(&data.join("\n")).ok().filter(is_reply)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E2: both forms of Streamable HTTP, and nothing else.
    #[test]
    fn a_reply_is_found_in_json_and_in_an_event_stream() {
        let found = |text: &str| reply(text.as_bytes()).is_some();

        assert!(found(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
        assert!(found(
            ": hello\n\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":1,\"result\":{}}\r\n\r\n"
        ));
        assert!(!found(r#"{"jsonrpc":"2.0","id":2,"result":{}}"#), "another call's");
        assert!(!found("event: message\ndata: {\"jsonrpc\":"), "broken off");
        assert!(!found("<!doctype html>"));
    }
}
