//! 32-bit result codes, compatible with Windows.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A COM result code. Layout (spec 11): severity bit, facility, code. Facility 0x20 is BITS, 0x19 an HTTP
/// status, 0xD0 Delivery Optimization, 0x07 Win32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hresult(pub u32);

impl Hresult {
    /// Success.
    pub const S_OK: Self = Self(0);

    /// The code for an HTTP status: 0x80190000 + status (spec 11.2).
    pub const fn from_http_status(status: u16) -> Self {
        Self(0x8019_0000 + status as u32)
    }

    /// The code for a Win32 error number.
    pub const fn from_win32(number: u16) -> Self {
        Self(0x8007_0000 + number as u32)
    }

    /// The severity bit.
    pub const fn is_failure(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Who defines the code.
    pub const fn facility(self) -> u32 {
        (self.0 >> 16) & 0x1FFF
    }

    /// The HTTP status inside, when there is one.
    pub const fn http_status(self) -> Option<u16> {
        if self.is_failure() && self.facility() == 0x19 { Some((self.0 & 0xFFFF) as u16) } else { None }
    }

    /// The transient predicate of the DO header: facility 208 and 0x80D03800..=0x80D03FFF (spec 6.7,
    /// "Mechanical classification of DO codes").
    pub const fn is_do_transient(self) -> bool {
        self.is_failure() && self.facility() == 0xD0 && self.0 & 0xF800 == 0x3800
    }
}

impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hresult {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).map(Self)
    }
}

impl Serialize for Hresult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hresult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The class of object through which a client talks; decides which of two codes it is told (spec 11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The Delivery Optimization class: `DO_E_*` where the family has the code.
    #[default]
    Do,
    /// The BITS class: `BG_E_*`.
    Bits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn do_transient_codes_are_0x3800_to_0x3fff() {
        for (code, transient) in [
            (0x80D0_3801, true),
            (0x80D0_3FFF, true),
            (0x80D0_37FF, false),
            (0x80D0_4000, false),
            (0x8020_3801, false),
            (0x00D0_3801, false),
        ] {
            assert_eq!(Hresult(code).is_do_transient(), transient, "{code:#x}");
        }
    }

    #[test]
    fn http_status_is_read_back() {
        assert_eq!(Hresult::from_http_status(404), Hresult(0x8019_0194));
        assert_eq!(Hresult(0x8019_0194).http_status(), Some(404));
        assert_eq!(Hresult(0x8020_0001).http_status(), None);
    }
}
