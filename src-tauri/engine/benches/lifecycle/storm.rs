//! CPU time per refresh when many connections fall due at once, beside a loop of bare POSTs, and beside one of the least
//! that loses no token [B13, S165].
//! Servers run in processes of their own, and the keychain is in memory: what is left is the engine's own work.

use std::sync::Arc;
use std::time::Duration;

use domain::ConnectionId;
use engine::Engine;
use engine::clock::Clock;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::Keychain;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::boards::{self, Secrets};
use super::floor::{Floor, Ground};
use super::measuring::{cpu_time, row};
use super::one_refresh::{client, post};
use super::servers::{self, Kind, Served};

const COUNT: u64 = 1_000;
/// As many as the scheduler lets run.
const AT_ONCE: usize = 8;
const AIM: f64 = 1.5;

pub(crate) fn measure() {
    let runtime = Runtime::new().unwrap();
    let mut server = servers::start(Kind::Tokens);

    // Twice, the first time to warm up.
    let mut bare = Duration::ZERO;
    for _ in 0..2 {
        bare = runtime.block_on(bare_posts(&server.url));
    }
    let mut floor = Duration::ZERO;
    for _ in 0..2 {
        floor = runtime.block_on(on_the_floor(&server.url));
    }
    let direct = runtime.block_on(through_the_engine(&server.url));
    row(&format!("CPU per refresh, {COUNT} by hand, {AT_ONCE} at once"), (bare, floor, direct), AIM);
    let storm = through_the_scheduler(&runtime, &mut server);
    row(&format!("CPU per refresh, {COUNT} due at once, by the scheduler"), (bare, floor, storm), AIM);
}

/// The old bundle is blanked as well: nobody waits for that, but it is CPU time.
async fn on_the_floor(url: &str) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::open(folder.path(), &Secrets::InMemory(Keychain::default()));
    let (http, url, room) = (client(), Arc::<str>::from(format!("{url}/token")), Arc::new(Semaphore::new(AT_ONCE)));
    let begin = |number: u64| {
        let asked = (Arc::clone(&url), "benchmark");
        Floor::begin(&ground, &format!("number-{number}"), asked, &format!("rt-{number:0>59}"), http.clone())
    };
    let all: Vec<_> = (0..COUNT).map(begin).collect();
    per_refresh(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for mut floor in all {
            let room = Arc::clone(&room);
            tasks.spawn(async move {
                let _place = room.acquire().await.unwrap();
                floor.refresh().await;
                floor.blank_old();
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    })
    .await
}

async fn bare_posts(url: &str) -> Duration {
    let (http, url, room) = (client(), Arc::<str>::from(format!("{url}/token")), Arc::new(Semaphore::new(AT_ONCE)));
    per_refresh(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..COUNT {
            let (http, url, room) = (http.clone(), Arc::clone(&url), Arc::clone(&room));
            tasks.spawn(async move {
                let _place = room.acquire().await.unwrap();
                post(
                    &http,
                    &url,
                    format!("grant_type=refresh_token&client_id=benchmark&refresh_token=rt-{number:0>59}"),
                )
                .await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    })
    .await
}

async fn through_the_engine(url: &str) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let parts = boards::parts(folder.path(), &Secrets::InMemory(Keychain::default()), &Clock::system());
    let ids = boards::fill(&parts, url, COUNT, (Clock::system().now(), Duration::from_secs(3600)), true).await;
    let engine = Engine::new(parts);
    let room = Arc::new(Semaphore::new(AT_ONCE));
    per_refresh(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for id in ids {
            let (engine, room) = (engine.clone(), Arc::clone(&room));
            tasks.spawn(async move {
                let _place = room.acquire().await.unwrap();
                refresh(&engine, &id).await;
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    })
    .await
}

async fn refresh(engine: &Engine, id: &ConnectionId) {
    let outcome = engine.refresh(id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
}

/// All due in the same minute, found and refreshed by the engine itself.
fn through_the_scheduler(runtime: &Runtime, server: &mut Served) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    // The last tenth of their hour has begun.
    let issued_at: Timestamp = clock.now().checked_sub(Duration::from_secs(3500)).unwrap();
    let parts = boards::parts(folder.path(), &Secrets::InMemory(Keychain::default()), &clock);
    runtime.block_on(boards::fill(&parts, &server.url, COUNT, (issued_at, Duration::from_secs(3600)), true));
    let engine = Engine::new(parts);
    server.expect(usize::try_from(COUNT).unwrap());
    runtime.block_on(per_refresh(async {
        let watch = engine.watch();
        tokio::task::block_in_place(|| server.until_served());
        engine.until_quiet().await;
        drop(watch);
    }))
}

async fn per_refresh(work: impl Future<Output = ()>) -> Duration {
    let before = cpu_time();
    work.await;
    (cpu_time() - before) / u32::try_from(COUNT).unwrap()
}
