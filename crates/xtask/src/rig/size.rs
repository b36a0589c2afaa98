//! A number of bytes as a person types it.

use std::fmt;
use std::str::FromStr;

/// Bytes, typed like `512M` or `4G` (powers of 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// Bytes of a MiB.
pub(crate) const MIB: u64 = 1 << 20;
/// Bytes of a GiB.
pub(crate) const GIB: u64 = 1 << 30;

impl Size {
    /// In GiB, for rates.
    pub(crate) fn gib(self) -> f64 {
        self.0 as f64 / GIB as f64
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" => 1,
            "K" | "KIB" => 1 << 10,
            "M" | "MIB" => MIB,
            "G" | "GIB" => GIB,
            unit => return Err(format!("{unit:?} is no unit; use K, M or G")),
        };
        let count: u64 = digits.parse().map_err(|_| format!("{text:?} is no size; write it like 512M"))?;
        let bytes = count.checked_mul(unit).filter(|&bytes| bytes > 0);
        bytes.map(Self).ok_or_else(|| format!("{text:?} is out of range"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            GIB.. => write!(f, "{:.1} GiB", self.gib()),
            MIB.. => write!(f, "{:.1} MiB", self.0 as f64 / MIB as f64),
            bytes => write!(f, "{:.1} KiB", bytes as f64 / 1024.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_typed_with_a_unit() {
        assert_eq!("4G".parse(), Ok(Size(4 * GIB)));
        assert_eq!("512M".parse(), Ok(Size(512 * MIB)));
        assert_eq!("17".parse(), Ok(Size(17)));
        for bad in ["", "G", "0", "4X", "99999999999G"] {
            assert!(bad.parse::<Size>().is_err(), "{bad:?}");
        }
    }
}
