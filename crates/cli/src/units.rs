//! Amounts as people write and read them: sizes, rates, spans of time.

use std::time::Duration;

/// The units of sizes, each 1,024 of the one before; curl and aria2 count rates the same way.
const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A size as people read it: three digits that matter, and the unit.
pub(crate) fn size(bytes: u64) -> String {
    let (amount, unit) = scaled(bytes);
    format!("{amount} {unit}")
}

/// How much of how much, with the unit named once where it is the same.
pub(crate) fn size_of(bytes: u64, total: u64) -> String {
    let ((amount, unit), (total_amount, total_unit)) = (scaled(bytes), scaled(total));
    if unit == total_unit {
        format!("{amount}/{total_amount} {total_unit}")
    } else {
        format!("{amount} {unit}/{total_amount} {total_unit}")
    }
}

/// A rate as people read it.
pub(crate) fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", size(bytes_per_second))
}

fn scaled(bytes: u64) -> (String, &'static str) {
    let mut amount = bytes as f64;
    let mut unit = 0;
    // What would be rounded to 1000 or more is shown in the next unit: never more than three digits.
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    let text = match (unit, amount) {
        (0, _) => bytes.to_string(),
        (_, amount) if amount < 9.995 => format!("{amount:.2}"),
        (_, amount) if amount < 99.95 => format!("{amount:.1}"),
        (_, amount) => format!("{amount:.0}"),
    };
    (text, UNITS[unit])
}

/// A span of time as people read it, in its two largest units.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {:02} s", seconds % 60),
        (0, ..) => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    }
}

/// A span of time in as few columns as a progress line has.
pub(crate) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 3_600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours @ 1..=99 => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
        hours => format!("{}d", hours / 24),
    }
}

/// Reads a rate or a size: a number with `k`, `M`, `G` or `T` (each 1,024 of the one before) or nothing.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let refused = || format!("{text:?} is not an amount of bytes; write it like 500k, 1M or 1.5G");
    let lower = text.to_ascii_lowercase();
    let stem = lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower);
    let (number, power) = match stem.char_indices().next_back() {
        Some((at, 'k')) => (&stem[..at], 1),
        Some((at, 'm')) => (&stem[..at], 2),
        Some((at, 'g')) => (&stem[..at], 3),
        Some((at, 't')) => (&stem[..at], 4),
        _ => (stem, 0),
    };
    let unit = 1u64 << (10 * power);
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(unit).ok_or_else(refused);
    }
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount = number.parse::<f64>().ok().filter(|_| plain).ok_or_else(refused)? * unit as f64;
    // Beyond 2^53 a fraction of a unit cannot be meant.
    if amount < (1u64 << 53) as f64 { Ok(amount as u64) } else { Err(refused()) }
}

/// Reads a rate: [`parse_bytes`], and not zero, which would be a job that never ends.
pub(crate) fn parse_rate(text: &str) -> Result<u64, String> {
    match parse_bytes(text.strip_suffix("/s").unwrap_or(text))? {
        0 => Err("a rate of 0 would never end; suspend the job instead".to_owned()),
        rate => Ok(rate),
    }
}

/// Reads a span of time: seconds, or a number with `s`, `m`, `h` or `d`.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    let refused = || format!("{text:?} is not a span of time; write it like 600, 10m, 2h or 1d");
    let (number, seconds) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|seconds| *seconds <= u64::from(u32::MAX))
        .map(Duration::from_secs)
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_that_matter() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "0.98 KiB"),
            (1_024, "1.00 KiB"),
            (10 << 10, "10.0 KiB"),
            (1_023 << 10, "1.00 MiB"),
            (4 << 30, "4.00 GiB"),
            (123 << 30, "123 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        assert_eq!(size_of(1 << 30, 4 << 30), "1.00/4.00 GiB");
        assert_eq!(size_of(512, 4 << 30), "512 B/4.00 GiB");
        assert_eq!(rate(52 << 20), "52.0 MiB/s");
    }

    #[test]
    fn spans_are_shown_in_two_units_at_most() {
        for (seconds, shown, narrow) in [
            (0, "0 s", "0:00"),
            (59, "59 s", "0:59"),
            (61, "1 min 01 s", "1:01"),
            (3_661, "1 h 01 min", "1:01:01"),
            (90_000, "1 d 01 h", "25:00:00"),
            (864_000, "10 d 00 h", "10d"),
        ] {
            let duration = Duration::from_secs(seconds);
            assert_eq!((span(duration).as_str(), clock(duration).as_str()), (shown, narrow));
        }
        assert_eq!(span(Duration::from_millis(1_500)), "2 s");
    }

    #[test]
    fn rates_are_read_as_curl_reads_them() {
        for (text, bytes) in
            [("1M", 1 << 20), ("500k", 500 << 10), ("1.5g", 3 << 29), ("7", 7), ("2MiB", 2 << 20)]
        {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for bad in ["", "M", "-1", "1e9", "nan", "inf", "1 M", "99999999999T", "1.2.3", "é", "0x10"] {
            assert!(parse_bytes(bad).unwrap_err().contains(bad), "{bad:?}");
        }
        assert!(parse_rate("0").unwrap_err().contains("suspend"));
        assert_eq!(parse_rate("1M/s"), Ok(1 << 20));
    }

    #[test]
    fn spans_are_read_with_or_without_a_unit() {
        for (text, seconds) in
            [("600", 600), ("10m", 600), ("2h", 7_200), ("1d", 86_400), ("0", 0), ("5s", 5)]
        {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)));
        }
        for bad in ["", "s", "-5", "1.5h", "10 m", "99999999999999999999", "9999999d", "soon", "é"] {
            assert!(parse_span(bad).is_err(), "{bad:?}");
        }
    }
}
