//! Discovery documents on random input.
#![no_main]

#[path = "../checks/discovery_document.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
