//! Medians, CPU time and wake-ups of this process, and one row of the table.

use std::fs;
use std::time::{Duration, Instant};

/// The median and how much the middle half spreads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: Duration,
    pub(crate) lower: Duration,
    pub(crate) upper: Duration,
}

pub(crate) fn spread(mut times: Vec<Duration>) -> Spread {
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Spread { median: at(50), lower: at(25), upper: at(75) }
}

pub(crate) async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    work.await;
    begun.elapsed()
}

/// The table's first line.
pub(crate) fn heading() {
    println!(
        "{:<68} {:>10} {:>10} {:>10} {:>11} {:>6} {:>10} {:>12}",
        "what", "bare", "floor", "engine", "engine/bare", "aim", "floor/bare", "engine/floor"
    );
}

/// One line of the table: the bare program, the least one that loses no token, ours, and how they stand to each other.
pub(crate) fn row(what: &str, (bare, floor, ours): (Duration, Duration, Duration), aim: f64) {
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    println!(
        "{what:<68} {:>10} {:>10} {:>10} {:>11.2} {aim:>6.2} {:>10.2} {:>12.2}",
        shown(bare),
        shown(floor),
        shown(ours),
        ratio(ours, bare),
        ratio(floor, bare),
        ratio(ours, floor)
    );
}

pub(crate) fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 10_000.0 { format!("{micros:.0} µs") } else { format!("{:.2} ms", micros / 1000.0) }
}

/// CPU time of all threads that are alive, to the nanosecond; zero where the kernel keeps no such count.
pub(crate) fn cpu_time() -> Duration {
    let nanoseconds = tasks().filter_map(|task| first_number(&fs::read_to_string(task.join("schedstat")).ok()?)).sum();
    Duration::from_nanos(nanoseconds)
}

/// How often the threads that are alive went to sleep by themselves, and so were woken again.
pub(crate) fn wake_ups() -> u64 {
    let of = |status: &str| {
        first_number(status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim())
    };
    tasks().filter_map(|task| of(&fs::read_to_string(task.join("status")).ok()?)).sum()
}

/// What this process holds in memory, in bytes.
pub(crate) fn resident_bytes() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

fn tasks() -> impl Iterator<Item = std::path::PathBuf> {
    fs::read_dir("/proc/self/task").unwrap().flatten().map(|entry| entry.path())
}

fn first_number(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}
