#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bgcopy_store::fuzzing::record_file(bytes));
