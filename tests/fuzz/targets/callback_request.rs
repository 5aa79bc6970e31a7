//! Requests to the redirect listener on random input.
#![no_main]

#[path = "../checks/callback_request.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
