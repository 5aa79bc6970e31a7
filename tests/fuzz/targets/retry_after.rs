//! `Retry-After` and `Date` headers on random input.
#![no_main]

#[path = "../checks/retry_after.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
