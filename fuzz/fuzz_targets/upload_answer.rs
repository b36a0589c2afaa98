#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bgcopy_http::fuzzing::upload_answer(bytes));
