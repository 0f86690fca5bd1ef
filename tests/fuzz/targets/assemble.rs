//! See `flux_tests::fuzz::assemble`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::assemble(data));
