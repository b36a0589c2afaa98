//! Codes that mean the same in both families (spec 11.4).
//!
//! One pair of spec 11.4 is left out: `DO_E_NO_DOWNLOAD_EXTSETTINGS` waits for the client to change settings (spec
//! 6.7, fatal), `BG_E_BLOCKED_BY_POLICY` for the policy to end, so both classes are told the latter (faults
//! "Codes", `blocked-policy`).

use super::codes as c;
use crate::hresult::{Family, Hresult};

/// Makes the two maps from one list: each line a DO code and the BITS code that means the same; behind it the DO
/// codes that become that BITS code too, and are never what it becomes.
macro_rules! partners {
    ($($delivery:ident = $bits:ident $(also $also:ident)*;)+) => {
        /// The code as a client of this family is told it; one without a partner stays as it is.
        pub const fn to_family(code: Hresult, family: Family) -> Hresult {
            match family {
                Family::Bits => match code {
                    $(c::$delivery $(| c::$also)* => c::$bits,)+
                    alone => alone,
                },
                Family::Do => match code {
                    $(c::$bits => c::$delivery,)+
                    alone => alone,
                },
            }
        }

        #[cfg(test)]
        const PARTNERS: &[(Hresult, Hresult, &[Hresult])] = &[$((c::$delivery, c::$bits, &[$(c::$also),*]),)+];
    };
}

partners! {
    DO_E_JOB_NOT_FOUND = BG_E_NOT_FOUND;
    DO_E_JOB_EMPTY = BG_E_EMPTY;
    DO_E_INVALID_STATE = BG_E_INVALID_STATE;
    DO_E_FILE_NOT_AVAILABLE = BG_E_FILE_NOT_AVAILABLE;
    DO_E_ERROR_INFORMATION_UNAVAILABLE = BG_E_ERROR_INFORMATION_UNAVAILABLE;
    DO_E_UNKNOWN_PROPERTY_ID = BG_E_UNKNOWN_PROPERTY_ID;
    DO_E_READ_ONLY_PROPERTY = BG_E_READ_ONLY_PROPERTY;
    DO_E_INVALID_RANGE = BG_E_INVALID_RANGE;
    DO_E_OVERLAPPING_RANGES = BG_E_OVERLAPPING_RANGES;
    DO_E_INSUFFICIENT_RANGE_SUPPORT = BG_E_INSUFFICIENT_RANGE_SUPPORT;
    DO_E_DOWNLOAD_NO_PROGRESS = BG_E_NO_PROGRESS;
    // The statuses 206 and 2xx: spec 9.2.
    DO_E_FILE_SIZE_UNKNOWN_HTTP_200 = BG_E_MISSING_FILE_SIZE
        also DO_E_FILE_SIZE_UNKNOWN_HTTP_206 also DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX;
    DO_E_BLOCKED_BY_COST_TRANSFER_POLICY = BG_E_BLOCKED_BY_COST_TRANSFER_POLICY;
    DO_E_BLOCKED_BY_NO_NETWORK = BG_E_NETWORK_DISCONNECTED;
    DO_E_BLOCKED_BY_POWER_STATE = BG_E_BLOCKED_BY_BATTERY_POLICY;
    DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE = BG_E_BLOCKED_BY_SYSTEM_POLICY;
    // Of the "WinHTTP certificate codes" the one that says no more than its partner. The others are left alone,
    // because each names its own repair (spec 6.7).
    DO_E_HTTP_CERT_VALIDATION = ERROR_WINHTTP_SECURE_FAILURE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Source, entries, entry};

    #[test]
    fn the_map_has_the_pairs_of_the_specification() {
        assert_eq!(PARTNERS.len(), 17, "spec 11.4 has 18 pairs, and one is left out");
        assert_eq!(to_family(c::BG_E_BLOCKED_BY_POLICY, Family::Do), c::BG_E_BLOCKED_BY_POLICY);
        assert_eq!(to_family(c::DO_E_NO_DOWNLOAD_EXTSETTINGS, Family::Bits), c::DO_E_NO_DOWNLOAD_EXTSETTINGS);
        for &(delivery, bits, also) in PARTNERS {
            assert_eq!(to_family(bits, Family::Do), delivery);
            assert_eq!(to_family(delivery, Family::Bits), bits);
            for &other in also {
                assert_eq!(to_family(other, Family::Bits), bits);
            }
        }
    }

    #[test]
    fn a_code_of_the_right_family_stays() {
        for known in entries() {
            for family in [Family::Do, Family::Bits] {
                let told = to_family(known.hresult, family);
                assert_eq!(to_family(told, family), told, "{}", known.name);
            }
        }
    }

    #[test]
    fn only_codes_with_a_partner_change() {
        for known in entries() {
            for family in [Family::Do, Family::Bits] {
                let told = to_family(known.hresult, family);
                if told != known.hresult {
                    let pair = PARTNERS.iter().find(|(delivery, bits, also)| {
                        let mut of_do = also.iter().chain([delivery]);
                        of_do.any(|code| *code == known.hresult) && *bits == told
                            || *bits == known.hresult && *delivery == told
                    });
                    assert!(pair.is_some(), "{} became {told}", known.name);
                }
            }
        }
    }

    #[test]
    fn a_bits_client_is_told_a_code_of_delivery_optimization_only_where_bits_has_none() {
        let alone = |code| to_family(code, Family::Bits) == code;
        let of_do = |code| entry(code).is_some_and(|entry| entry.source == Source::Do);
        assert!(entries().filter(|entry| of_do(entry.hresult)).any(|entry| alone(entry.hresult)));
        for &(delivery, ..) in PARTNERS {
            assert!(!alone(delivery));
        }
    }
}
