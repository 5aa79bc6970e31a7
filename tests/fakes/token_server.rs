//! A token endpoint for many grants at once: rotates strictly, counts every redemption, and how many are under way
//! [B3, B13, F23, F26].

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Access tokens hold this long, in seconds.
const LIFETIME: u32 = 3600;

/// The running server; it ends when dropped.
pub struct TokenServer {
    url: String,
    book: Arc<Book>,
    serving: JoinHandle<()>,
}

struct Book {
    latency: Duration,
    counts: Mutex<Counts>,
    redeemed: watch::Sender<usize>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    /// By grant: how often its token was rotated.
    generations: Vec<u32>,
    /// Grants one of whose tokens was presented again.
    reused: BTreeSet<usize>,
    /// The token before the newest is answered with the newest once more, as providers with a grace do.
    has_grace: bool,
    under_way: Vec<usize>,
    most: Vec<usize>,
    most_overall: usize,
    unreadable: usize,
}

impl TokenServer {
    /// Starts on a free port, with so many grants at so many providers.
    ///
    /// # Errors
    /// No port of 127.0.0.1 could be had.
    pub async fn start(grants: usize, providers: usize, latency: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let counts = Counts {
            generations: vec![0; grants],
            under_way: vec![0; providers],
            most: vec![0; providers],
            ..Counts::default()
        };
        let book = Arc::new(Book { latency, counts: Mutex::new(counts), redeemed: watch::Sender::new(0) });
        let router = Router::new().route("/{provider}/token", post(answer)).with_state(Arc::clone(&book));
        let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { url, book, serving })
    }

    /// Where the tokens of this provider are redeemed.
    pub fn token_endpoint(&self, provider: usize) -> String {
        format!("{}/{provider}/token", self.url)
    }

    /// The refresh token that a grant begins with.
    pub fn first_token(grant: usize) -> String {
        token(grant, 0)
    }

    /// The newest refresh token of every grant.
    pub fn newest_tokens(&self) -> Vec<String> {
        self.book.lock().generations.iter().enumerate().map(|(grant, generation)| token(grant, *generation)).collect()
    }

    /// Waits until so many tokens were redeemed. The caller sets the deadline.
    pub async fn until_redeemed(&self, count: usize) {
        drop(self.book.redeemed.subscribe().wait_for(|redeemed| *redeemed >= count).await);
    }

    /// How many tokens were redeemed.
    pub fn redeemed(&self) -> usize {
        *self.book.redeemed.borrow()
    }

    /// From here on, the token before the newest is answered with the newest once more.
    pub fn grant_grace(&self) {
        self.book.lock().has_grace = true;
    }

    /// Which grants were redeemed, and each how often.
    pub fn redemptions(&self) -> Vec<u32> {
        self.book.lock().generations.clone()
    }

    /// How many requests are under way.
    pub fn under_way(&self) -> usize {
        self.book.lock().under_way.iter().sum()
    }

    /// Grants one of whose tokens was presented a second time.
    pub fn reused(&self) -> BTreeSet<usize> {
        self.book.lock().reused.clone()
    }

    /// The most requests that were under way at one time: at each provider, and over all.
    pub fn most_at_once(&self) -> (Vec<usize>, usize) {
        let counts = self.book.lock();
        (counts.most.clone(), counts.most_overall)
    }

    /// Requests that made no sense.
    pub fn unreadable(&self) -> usize {
        self.book.lock().unreadable
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way; it no longer is when its caller has gone.
struct UnderWay<'a>(&'a Book, usize);

impl<'a> UnderWay<'a> {
    fn begin(book: &'a Book, provider: usize) -> Option<Self> {
        let mut counts = book.lock();
        *counts.under_way.get_mut(provider)? += 1;
        counts.most[provider] = counts.most[provider].max(counts.under_way[provider]);
        counts.most_overall = counts.most_overall.max(counts.under_way.iter().sum());
        Some(Self(book, provider))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way[self.1] -= 1;
    }
}

async fn answer(State(book): State<Arc<Book>>, Path(provider): Path<usize>, body: String) -> Response {
    let (Some(_under_way), Some((grant, generation))) = (UnderWay::begin(&book, provider), presented(&body)) else {
        book.lock().unreadable += 1;
        return refusal("invalid_request");
    };
    // It is taken at once: whoever goes away meanwhile has spent it.
    let is_first = {
        let mut counts = book.lock();
        let has_grace = counts.has_grace;
        match counts.generations.get_mut(grant) {
            Some(newest) if *newest == generation => {
                *newest += 1;
                true
            }
            Some(newest) if has_grace && *newest == generation + 1 => {
                counts.reused.insert(grant);
                false
            }
            Some(_) | None => {
                counts.reused.insert(grant);
                return refusal("invalid_grant");
            }
        }
    };
    if is_first {
        book.redeemed.send_modify(|count| *count += 1);
    }
    tokio::time::sleep(book.latency).await;
    let next = token(grant, generation + 1);
    let body = format!(
        r#"{{"access_token":"at_{grant}_{generation}","token_type":"Bearer","expires_in":{LIFETIME},"refresh_token":"{next}"}}"#
    );
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn refusal(error: &str) -> Response {
    let body = format!(r#"{{"error":"{error}"}}"#);
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn token(grant: usize, generation: u32) -> String {
    format!("storm_rt_{grant}_{generation}_")
}

/// Which grant's token a form carries, and which one of it.
fn presented(form: &str) -> Option<(usize, u32)> {
    let token = form.split('&').find_map(|pair| pair.strip_prefix("refresh_token=storm_rt_"))?;
    let (grant, generation) = token.strip_suffix('_')?.split_once('_')?;
    Some((grant.parse().ok()?, generation.parse().ok()?))
}
