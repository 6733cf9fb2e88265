#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokcli::fuzzing::profiles(data));
