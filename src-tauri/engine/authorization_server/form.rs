//! Posts a form to an endpoint beside the token endpoint, and reads the JSON that comes back [A2, S055, S057].

use domain::Secret;
use domain::diagnosis::redaction::of_foreign_words;
use domain::diagnosis::{CauseLabel, Diagnosis, Evidence, FailedEndpoint, classify, classify_answer_of};
use domain::provider::Provider;
use domain::secret::KnownSecrets;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::ClientCredentials;
use super::client_proof::client_proof;
use crate::http::{Http, HttpAnswer};

/// Such answers are a handful of fields.
const MAX_ANSWER: usize = 256 * 1024;

/// Why an endpoint did not do what it was asked.
#[derive(Debug, Clone)]
pub struct Refused {
    pub diagnosis: Diagnosis,
    /// The server's own words, cleaned, or what was wrong with its answer.
    pub detail: Option<String>,
}

impl Refused {
    pub(super) fn unusable(cause: CauseLabel, detail: &str) -> Self {
        Self { diagnosis: Diagnosis::of(cause), detail: Some(detail.to_owned()) }
    }
}

/// One request as the client, never repeated. The fields of a JSON object come back.
pub(super) async fn post_as_client(
    http: &Http,
    provider: &Provider,
    client: &ClientCredentials<'_>,
    url: &Url,
    fields: &[(String, String)],
    now: Timestamp,
) -> Result<Map<String, Value>, Refused> {
    let unsendable = || Refused::unusable(CauseLabel::MalformedTokenRequest, "it cannot be written");
    let request = written(provider, client, url, fields, now).ok_or_else(unsendable)?;
    read(http.send(request, MAX_ANSWER).await, provider, client.client_secret)
}

#[expect(clippy::disallowed_methods, reason = "the server is shown the client's secret")]
fn written(
    provider: &Provider,
    client: &ClientCredentials<'_>,
    url: &Url,
    fields: &[(String, String)],
    now: Timestamp,
) -> Option<http::Request<Vec<u8>>> {
    let proof = client_proof(provider, client, now)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields.iter().filter(|(name, _)| name != "client_id"));
    if !proof.fields.iter().any(|(name, _)| *name == "client_id") {
        form.append_pair("client_id", client.client_id);
    }
    form.extend_pairs(proof.fields.iter().map(|(name, value)| (*name, value.expose_secret())));
    let mut request = http::Request::post(url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json");
    if let Some(authorization) = &proof.authorization {
        request = request.header(AUTHORIZATION, authorization.expose_secret());
    }
    request.body(form.finish().into_bytes()).ok()
}

/// The object in a successful answer; otherwise what the server says is wrong.
pub(super) fn read(
    answered: Result<HttpAnswer, crate::http::HttpFailure>,
    provider: &Provider,
    secret: Option<&Secret>,
) -> Result<Map<String, Value>, Refused> {
    let answer = match answered {
        Ok(answer) => answer,
        Err(failure) => {
            let evidence = Evidence {
                endpoint: FailedEndpoint::Authorize,
                network_failure: Some(failure.kind()),
                ..Evidence::default()
            };
            return Err(Refused { diagnosis: classify(&evidence, &[]), detail: Some(failure.to_string()) });
        }
    };
    let object = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) | Err(_) => None,
    };
    if let (200..300, Some(object)) = (answer.status, &object)
        && !object.contains_key("error")
    {
        return Ok(object.clone());
    }
    let answer = answer.without(&KnownSecrets::default().and_others(secret));
    let object = serde_json::from_slice::<Value>(&answer.body).ok();
    let said = object.as_ref().and_then(|it| it.get("error_description")).and_then(Value::as_str);
    let evidence = Evidence {
        endpoint: FailedEndpoint::Authorize,
        http_status: Some(answer.status),
        provider: Some(provider.id.to_string()),
        headers: answer.said_headers(),
        body: answer.body.clone(),
        ..Evidence::default()
    };
    let judged = classify_answer_of(provider, &evidence);
    // Whatever it says of itself, it did not do what it was asked: a redirect is not followed, and a page is no answer.
    let diagnosis = if judged.cause == CauseLabel::NoFailure {
        Diagnosis { http_status: judged.http_status, ..Diagnosis::of(CauseLabel::ProviderOutage) }
    } else {
        judged
    };
    let said = said.map(str::to_owned).or_else(|| match answer.status {
        300..400 => Some("the server answered with a redirect, which is not followed".to_owned()),
        _ => None,
    });
    Err(Refused { diagnosis, detail: said.map(|text| of_foreign_words(&text)) })
}
