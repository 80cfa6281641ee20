#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::author_events(data));
