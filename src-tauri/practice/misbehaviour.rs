//! What a token request gets instead of an answer while a fault is on; the request has no effect [B6, B8, C1].

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use serde_json::json;

use crate::faults::{ErrorShape, Faults};
use crate::log::LogEntry;

pub(crate) fn instead_of_an_answer(faults: &Faults, entry: &LogEntry) -> Option<Response> {
    let (fault, response) = if let Some(answer) = &faults.answers_status {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let body = match &answer.says {
            Some((error, description)) => json!({ "error": error, "error_description": description }),
            None => json!({ "error": "temporarily_unavailable" }),
        };
        let mut response = (status, Json(body)).into_response();
        tell_limit(&mut response, answer.retry_after.as_deref());
        if let Some(after) = answer.retry_after.as_ref().and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        ("answers_status", response)
    } else if let Some(shape) = &faults.answers_200_with_an_error {
        let body = match shape {
            ErrorShape::OkFalse(error) => json!({ "ok": false, "error": error }),
            ErrorShape::OAuth(error) => {
                json!({ "error": error, "error_description": "An error behind 200" })
            }
        };
        ("answers_200_with_an_error", Json(body).into_response())
    } else if faults.answers_html {
        let page = "<!doctype html><title>Welcome</title><p>Sign in to the network to go on.</p>";
        ("answers_html", Html(page).into_response())
    } else if faults.answers_endlessly {
        ("answers_endlessly", blanks(None))
    } else if let Some(bytes) = faults.answers_huge {
        ("answers_huge", blanks(Some(bytes)))
    } else if let Some(url) = &faults.redirects_to {
        let response = (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url.clone())]);
        ("redirects_to", response.into_response())
    } else {
        return None;
    };
    entry.misbehaved(fault);
    Some(response)
}

/// What is left of a limit that was reached, as many servers tell it.
pub(crate) fn tell_limit(response: &mut Response, retry_after: Option<&str>) {
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        return;
    }
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", HeaderValue::from_static("60"));
    headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
    if let Some(reset) = retry_after.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert("x-ratelimit-reset", reset);
    }
}

fn blanks(count: Option<u64>) -> Response {
    let body = Body::new(Blanks { left: count });
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// So many blanks, or blanks for ever: legal white space before a JSON value that never comes.
struct Blanks {
    left: Option<u64>,
}

static CHUNK: [u8; 16 * 1024] = [b' '; 16 * 1024];

impl HttpBody for Blanks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let chunk = Bytes::from_static(&CHUNK);
        let piece = match self.left {
            None => chunk,
            Some(0) => return Poll::Ready(None),
            Some(left) => {
                let size = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
                self.left = Some(left - size as u64);
                chunk.slice(..size)
            }
        };
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}
