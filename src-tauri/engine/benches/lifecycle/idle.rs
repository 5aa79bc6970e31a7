//! What ten thousand connections cost that rest: CPU time and wake-ups of a minute in which nothing is due [B2].

use std::time::Duration;

use engine::Engine;
use engine::clock::Clock;
use fakes::Keychain;
use tokio::runtime::Runtime;

use super::boards::{self, Secrets};
use super::measuring::{cpu_time, resident_bytes, wake_ups};

const COUNT: u64 = 10_000;
/// So that the first look at the board is not measured.
const SETTLING: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);
/// Of one core.
const AIM_PERCENT: f64 = 0.1;

pub(crate) fn measure() {
    let runtime = Runtime::new().unwrap();
    let (cpu, wakes) = runtime.block_on(async {
        tokio::time::sleep(SETTLING).await;
        rest().await
    });
    print("a runtime without an engine, for a minute", cpu, wakes);

    let folder = tempfile::tempdir().unwrap();
    let parts = boards::parts(folder.path(), &Secrets::InMemory(Keychain::default()), &Clock::system());
    let before = resident_bytes();
    let tokens = (Clock::system().now(), Duration::from_secs(8 * 3600));
    // Nothing listens there, and nothing is asked: their tokens are due in hours.
    runtime.block_on(boards::fill(&parts, "http://127.0.0.1:9", COUNT, tokens, false));
    let engine = Engine::new(parts);
    let (cpu, wakes) = runtime.block_on(async {
        let watch = engine.watch();
        tokio::time::sleep(SETTLING).await;
        let used = rest().await;
        drop(watch);
        used
    });
    print(&format!("{COUNT} connections that are due in hours, for a minute"), cpu, wakes);
    println!("    memory: {:.1} MiB more than before them", (resident_bytes() - before) as f64 / f64::from(1 << 20));
}

async fn rest() -> (Duration, u64) {
    let before = (cpu_time(), wake_ups());
    tokio::time::sleep(MINUTE).await;
    (cpu_time() - before.0, wake_ups() - before.1)
}

fn print(what: &str, cpu: Duration, wakes: u64) {
    let percent = cpu.as_secs_f64() / MINUTE.as_secs_f64() * 100.0;
    println!("{what:<74} {percent:>11.4} % of a core (aim {AIM_PERCENT} %), {wakes} wake-ups");
}
