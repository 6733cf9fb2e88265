#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokcli::testing::fuzzing::records(data));
