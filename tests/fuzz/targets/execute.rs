//! See `flux_tests::fuzz::bytecode::execute`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flux_tests::fuzz::bytecode::execute(data));
