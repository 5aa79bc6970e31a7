//! Pushes an authorization request to the server before the browser opens (RFC 9126) [A2, S017].

use domain::diagnosis::CauseLabel;
use domain::provider::Provider;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::ClientCredentials;
pub use super::form::Refused;
use super::form::post_as_client;
use crate::http::Http;

/// RFC 9126 §2.2 names no length; a reference is a word.
const MAX_REFERENCE: usize = 2_048;

/// Pushes what stands in `whole`, the address the browser would have been sent to. What comes back takes its place:
/// it carries the client id and the server's own reference alone, and works once.
pub async fn push(
    http: &Http,
    provider: &Provider,
    endpoint: &Url,
    client: &ClientCredentials<'_>,
    whole: &Url,
    now: Timestamp,
) -> Result<Url, Refused> {
    let fields: Vec<_> = whole.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let answer = post_as_client(http, provider, client, endpoint, &fields, now).await?;
    let reference = answer.get("request_uri").and_then(Value::as_str);
    let is_reference =
        |it: &&str| (1..=MAX_REFERENCE).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_graphic());
    let Some(reference) = reference.filter(is_reference) else {
        return Err(Refused::unusable(
            CauseLabel::ProviderOutage,
            "the server took the request and gave no reference to it",
        ));
    };
    let mut short = provider.authorization_endpoint.clone();
    short.query_pairs_mut().append_pair("client_id", client.client_id).append_pair("request_uri", reference);
    Ok(short)
}
