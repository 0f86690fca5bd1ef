//! See `flux_tests::fuzz::bytecode::container`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::bytecode::container(data));
