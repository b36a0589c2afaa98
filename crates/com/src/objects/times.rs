//! Moments as the Windows headers count them.

use jiff::Timestamp;

use crate::abi::types::FILETIME;

/// From 1601, where FILETIME begins, to 1970, in units of 100 ns.
const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

/// A moment as a FILETIME; none, and what lies before 1601, is zero (spec 3, `TransferCompletionTime`).
pub(super) fn filetime(at: Option<Timestamp>) -> FILETIME {
    let units = at.map_or(0, |at| at.as_nanosecond() / 100 + UNIX_EPOCH);
    let units = u64::try_from(units).unwrap_or(0);
    FILETIME { dwLowDateTime: (units & 0xFFFF_FFFF) as u32, dwHighDateTime: (units >> 32) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_of_unix_is_what_windows_says_it_is() {
        let time = filetime(Some(Timestamp::UNIX_EPOCH));
        assert_eq!((time.dwHighDateTime, time.dwLowDateTime), (0x019D_B1DE, 0xD53E_8000));
        let none = filetime(None);
        assert_eq!((none.dwHighDateTime, none.dwLowDateTime), (0, 0));
    }
}
