//! Every input that fuzzing kept is tried again in each test run: what held once holds [B6, B7, S059, S060, S061, S101].
//!
//! The checks are those of `tests/fuzz`, called here without its machinery.

use std::fs;
use std::path::PathBuf;

use domain::token::token_response::TokenAnswer;
use engine::authorization_server::read_token_answer;

#[path = "../fuzz/checks/callback_request.rs"]
mod callback_request;
#[path = "../fuzz/checks/challenge.rs"]
mod challenge;
#[path = "../fuzz/checks/classify.rs"]
mod classify;
#[path = "../fuzz/checks/discovery_document.rs"]
mod discovery_document;
#[path = "../fuzz/checks/jwt_expiry.rs"]
mod jwt_expiry;
#[path = "../fuzz/checks/retry_after.rs"]
mod retry_after;
#[path = "../fuzz/checks/token_answer.rs"]
mod token_answer;

/// A target, what it checks, and the least number of inputs kept for it.
type Target = (&'static str, fn(&[u8]), usize);

const TARGETS: [Target; 7] = [
    ("callback_request", callback_request::check, 30),
    ("challenge", challenge::check, 13),
    ("classify", classify::check, 45),
    ("discovery_document", discovery_document::check, 14),
    ("jwt_expiry", jwt_expiry::check, 22),
    ("retry_after", retry_after::check, 21),
    ("token_answer", token_answer::check, 52),
];

/// S059, S101: no panic, and every rule of the checks.
#[test]
fn every_kept_input_is_still_read_safely() {
    for (target, check, least) in TARGETS {
        let inputs = corpus(target);
        assert!(inputs.len() >= least, "{target} has lost inputs: {} of {least}", inputs.len());
        for (name, input) in inputs {
            let outcome = std::panic::catch_unwind(|| check(&input));
            assert!(outcome.is_ok(), "{target} does not hold for {name}");
        }
    }
}

/// The fuzzer's own list of targets is this one: none is left out of the test run.
#[test]
fn every_fuzz_target_is_replayed() {
    let mut files: Vec<_> = fs::read_dir(fuzz_folder().join("targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();

    assert_eq!(files, TARGETS.map(|(name, ..)| name));
}

/// S059, F10: forty malformed answers, each with a new refresh token: forty are kept.
#[test]
fn a_new_refresh_token_is_kept_out_of_forty_malformed_answers() {
    let now = jiff::Timestamp::from_second(1_763_600_400).unwrap();
    let provider = token_answer::provider(false, false);
    let malformed: Vec<_> =
        corpus("token_answer").into_iter().filter(|(name, _)| name.starts_with("malformed_")).collect();
    let (mut kept, mut unflagged) = (0, vec![]);

    for (name, input) in &malformed {
        let answer = read_token_answer(&input[1..], Some("application/json"), &provider, now);
        let Some(TokenAnswer::Issued(tokens)) = answer else { panic!("{name} reads {answer:?}") };
        assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as("rt-new-0123456789")), "{name} lost it");
        kept += 1;
        if tokens.defects.is_empty() && tokens.access_token.is_some() {
            unflagged.push(name.as_str());
        }
    }

    println!("refresh tokens kept: {kept}/{}; read without a flag: {unflagged:?}", malformed.len());
    assert_eq!((kept, malformed.len()), (40, 40));
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<_> = fs::read_dir(fuzz_folder().join("corpus").join(target))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

fn fuzz_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz")
}
