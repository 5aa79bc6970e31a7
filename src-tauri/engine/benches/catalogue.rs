//! What it costs to load the catalogue of providers, beside the bare parsing of the same files [A2].
//!
//! usage: cargo bench -p engine --bench catalogue
//! Both are taken by turns in the same run; nothing is asserted.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is for people")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::provider_catalogue::ProviderCatalogue;

const ROUNDS: usize = 500;

/// Also without `cargo bench`, as when all targets are merely built and run by a test run: then nothing is measured.
fn main() {
    if !std::env::args().any(|it| it == "--bench") {
        println!("measures only under cargo bench");
        return;
    }
    let texts = texts();
    let (mut bare, mut ours) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        bare.push(timed(|| {
            for text in &texts {
                black_box(serde_json::from_str::<serde_json::Value>(text).unwrap());
            }
        }));
        ours.push(timed(|| {
            black_box(ProviderCatalogue::load(Path::new("no such folder")));
        }));
    }

    let (bare, ours) = (median(bare), median(ours));
    println!("{:<40} {:>12} {:>12} {:>8}", "what", "bare", "engine", "ratio");
    let what = format!("load {} provider files", texts.len());
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("{what:<40} {:>12} {:>12} {ratio:>8.2}", shown(bare), shown(ours));
}

/// The files that are built in, as they lie in the folder.
fn texts() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider_catalogue");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    files
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
        .map(|it| std::fs::read_to_string(it).unwrap())
        .collect()
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
