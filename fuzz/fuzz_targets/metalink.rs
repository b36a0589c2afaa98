#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bgcopy_manifest::fuzzing::metalink(bytes));
