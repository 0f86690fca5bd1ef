//! See `flux_tests::fuzz::ecosystem`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::ecosystem(data));
