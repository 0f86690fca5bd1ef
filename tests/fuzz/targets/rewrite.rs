//! See `flux_tests::fuzz::rewrite`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::rewrite(data));
