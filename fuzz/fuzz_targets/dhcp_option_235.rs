#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bgcopy_service::fuzzing::dhcp_option_235(bytes));
