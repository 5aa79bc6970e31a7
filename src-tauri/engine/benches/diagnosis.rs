//! What it costs to name the cause of a failure: each of the recorded ones, and an answer of a mebibyte [C1].
//!
//! usage: cargo bench -p engine --bench diagnosis
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is for people")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::diagnosis::{Evidence, FailedEndpoint, classify_recorded};
use engine::flows::diagnose_recorded::RecordedFailure;
use engine::provider_catalogue::ProviderCatalogue;

const ROUNDS: u32 = 200;

/// Also without `cargo bench`, as when all targets are merely built and run by a test run: then nothing is measured.
fn main() {
    if !std::env::args().any(|it| it == "--bench") {
        println!("measures only under cargo bench");
        return;
    }
    let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/failures.jsonl");
    let corpus = std::fs::read_to_string(corpus).unwrap();
    let cases: Vec<_> = corpus
        .lines()
        .map(|line| {
            let evidence = RecordedFailure::read(line).unwrap().evidence;
            let provider = evidence.provider.as_deref().and_then(|name| catalogue.find_loosely(name));
            (evidence, provider.map(|it| it.error_signatures.as_slice()).unwrap_or_default())
        })
        .collect();
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for (evidence, signatures) in &cases {
            black_box(classify_recorded(evidence, signatures));
        }
        best = best.min(begun.elapsed());
    }
    println!("{:<40} {:>12?}", "a recorded failure", best / u32::try_from(cases.len()).unwrap());
    for (what, unit) in
        [("a mebibyte of JSON", "{\"error\":[\"expired or revoked\","), ("a mebibyte of markup", "<a b=\"c\"><!--")]
    {
        let evidence = Evidence {
            endpoint: FailedEndpoint::Api,
            http_status: Some(400),
            body: unit.repeat((1 << 20) / unit.len()).into_bytes(),
            ..Evidence::default()
        };
        let begun = Instant::now();
        black_box(classify_recorded(&evidence, &[]));
        println!("{what:<40} {:>12?}", begun.elapsed());
    }
}
