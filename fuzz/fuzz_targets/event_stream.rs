#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bgcopy_api::fuzzing::event_stream(bytes));
