//! Token answers on random input.
#![no_main]

#[path = "../checks/token_answer.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
