//! Accepts connections on loopback, keeps their limits, and writes every request into the log [A3, B9].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::clock::shifted;
use crate::mending::{self, Mending};
use crate::provider::Provider;
use crate::staging::StagedCause;
use crate::{api, authorize, discovery, introspection, pages, played, revocation, token, userinfo};

/// A token request is a few hundred bytes; a file of the practice API a few thousand.
const BODY_LIMIT: usize = 64 * 1024;
/// More than any test or person needs, less than would hurt.
const CONNECTION_LIMIT: usize = 512;
/// Chromium opens connections ahead of need and leaves them silent.
const HEADER_DEADLINE: Duration = Duration::from_secs(60);

/// Put into a response, it makes the connection close instead of answering.
#[derive(Clone)]
pub(crate) struct HangUp;

pub(crate) fn router(provider: Arc<Provider>) -> Router {
    Router::new()
        .route("/", get(pages::front))
        .route("/style.css", get(pages::style))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/jwks", get(discovery::keys))
        .route("/authorize", get(authorize::ask))
        .route("/authorize/decision", post(authorize::decide))
        .route("/token", post(token::answer))
        .route("/refresh", post(token::answer))
        .route("/revoke", post(revocation::answer))
        .route("/introspect", post(introspection::answer))
        .route("/userinfo", get(userinfo::answer))
        .route(Mending::SignOn.path(), get(mending::show).post(mending::mend))
        .route(Mending::Switch.path(), get(mending::show).post(mending::mend))
        .route("/api/files", get(api::list).post(api::create))
        .route("/api/files/{id}", get(api::read).patch(api::update).delete(api::delete))
        .fallback(played::answer)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(Arc::clone(&provider), around))
        .with_state(provider)
}

/// Runs until the other half of `ended` is dropped; then the port closes, and every connection.
pub(crate) async fn accept(listener: TcpListener, router: Router, mut ended: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut ended => break,
            accepted = listener.accept(), if connections.len() < CONNECTION_LIMIT => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone()));
                }
                // Out of descriptors, most likely: let some close.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, router: Router) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            if response.extensions().get::<HangUp>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            Ok(response)
        }
    });
    // How a connection ended is the client's business; what was asked stands in the log.
    drop(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_DEADLINE)
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// Around every request: the log, the Host check, and the headers that all answers carry.
async fn around(State(provider): State<Arc<Provider>>, mut request: Request, next: Next) -> Response {
    let now = provider.clock.now();
    let entry = provider.log.open(now, request.method(), request.uri().path());
    if provider.faults().stages.is_some_and(StagedCause::hangs_up) {
        entry.misbehaved("stages");
        let mut none = StatusCode::SERVICE_UNAVAILABLE.into_response();
        none.extensions_mut().insert(HangUp);
        return none;
    }
    let mut response = if is_for_us(request.headers(), provider.port) {
        request.extensions_mut().insert(entry.clone());
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    };
    entry.finish(response.status());

    let shown = shifted(provider.clock.now(), provider.faults().clock_is_off_by);
    let headers = response.headers_mut();
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(shown.max(Timestamp::UNIX_EPOCH).into())) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::try_from(format!("practice-{}", entry.seq())) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A page elsewhere whose name was pointed at 127.0.0.1 sends its own name here.
fn is_for_us(headers: &HeaderMap, port: u16) -> bool {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).is_some_and(|host| {
        host.rsplit_once(':')
            .is_some_and(|(name, given)| matches!(name, "127.0.0.1" | "localhost") && given.parse() == Ok(port))
    })
}
