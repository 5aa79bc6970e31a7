//! `WWW-Authenticate` headers on random input.
#![no_main]

#[path = "../checks/challenge.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
