//! See `flux_tests::fuzz::bytecode::decode`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::bytecode::decode(data));
