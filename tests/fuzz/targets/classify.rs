//! The diagnosis on random input.
#![no_main]

#[path = "../checks/classify.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
