//! The claims of access and ID tokens on random input.
#![no_main]

#[path = "../checks/jwt_expiry.rs"]
mod check;
#[path = "../checks/token_answer.rs"]
#[expect(dead_code, reason = "only what it says of expiries is needed here")]
mod token_answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
