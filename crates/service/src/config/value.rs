//! How a setting is written: what may stand in a file, in an environment variable or after a flag, and how
//! it is shown again. What [`Kind::show`] writes, [`Kind::read`] reads.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use bgcopy_core::limits;
use bgcopy_core::policy::Percent;
use toml::de::DeValue;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// A value as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw<'a> {
    /// A TOML integer.
    Integer(i64),
    /// A TOML boolean.
    Boolean(bool),
    /// A TOML string.
    String(&'a str),
    /// A word from the environment or the command line: only the setting knows its type.
    Word(&'a str),
    /// A TOML list or table.
    Value(&'a DeValue<'a>),
    /// A TOML value that no setting has: its type.
    Other(&'static str),
}

/// A value of a file.
pub(super) fn raw<'a>(value: &'a DeValue<'_>) -> Raw<'a> {
    match value {
        DeValue::String(text) => Raw::String(text),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix());
            number.map_or(Raw::Other("a number beyond 64 bits"), Raw::Integer)
        }
        DeValue::Boolean(switch) => Raw::Boolean(*switch),
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Array(_) | DeValue::Table(_) => Raw::Value(value),
    }
}

impl Raw<'_> {
    fn number(self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(number).ok(),
            Self::Word(word) => word.trim().parse().ok(),
            Self::Boolean(_) | Self::String(_) | Self::Value(_) | Self::Other(_) => None,
        }
    }

    fn number_within(self, min: u64, max: u64) -> Option<u64> {
        self.number().filter(|number| (min..=max).contains(number))
    }

    fn is_text(self, text: &str) -> bool {
        matches!(self, Self::String(found) | Self::Word(found) if found.trim() == text)
    }
}

impl fmt::Display for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(switch) => switch.fmt(f),
            Self::String(text) | Self::Word(text) => {
                let shown: String = text.chars().take(limits::SHOWN_CHARS).collect();
                write!(f, "{shown:?}")
            }
            Self::Value(DeValue::Array(_)) => f.write_str("a list"),
            Self::Value(_) => f.write_str("a table"),
            Self::Other(kind) => kind.fmt(f),
        }
    }
}

/// Why a value was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The part of it that is wrong: `[1].from`; empty when it is wrong as a whole.
    pub(super) within: String,
    /// What would be right, after "must be".
    pub(super) expected: String,
    /// As it was written.
    pub(super) found: String,
    /// Where in the file the part begins, in bytes, where it does not begin with the setting.
    pub(super) at: Option<usize>,
}

impl Wrong {
    pub(super) fn new(expected: impl Into<String>, found: Raw<'_>) -> Self {
        Self { within: String::new(), expected: expected.into(), found: found.to_string(), at: None }
    }

    /// Something that must be there and is not.
    pub(super) fn absent(expected: &str) -> Self {
        Self::new(expected, Raw::Other("absent"))
    }

    /// This was said of a part.
    pub(super) fn within(mut self, part: &str) -> Self {
        self.within.insert_str(0, part);
        self
    }

    /// It lies here; an empty span is nowhere.
    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.at = (!span.is_empty()).then_some(span.start);
        self
    }

    /// It lies here, where nobody said so more exactly.
    pub(super) fn or_at(self, span: Range<usize>) -> Self {
        if self.at.is_none() { self.at(span) } else { self }
    }

    /// It lies in no file.
    pub(super) fn nowhere(self) -> Self {
        Self { at: None, ..self }
    }
}

/// One way of writing a value.
pub(super) trait Kind {
    /// What the service works with.
    type Value;
    /// What is right, after "must be".
    fn expected(&self) -> String;
    /// The value, if it is right.
    fn read(&self, raw: Raw<'_>) -> Option<Self::Value>;
    /// The value, or why it is not right.
    fn check(&self, raw: Raw<'_>) -> Result<Self::Value, Wrong> {
        self.read(raw).ok_or_else(|| self.wrong(raw))
    }
    /// It is wrong as a whole.
    fn wrong(&self, raw: Raw<'_>) -> Wrong {
        Wrong::new(self.expected(), raw)
    }
    /// The value as it is written in a file.
    fn show(&self, value: &Self::Value) -> String;
}

/// `true` or `false`.
pub(super) struct Switch;

impl Kind for Switch {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<bool> {
        match raw {
            Raw::Boolean(switch) => Some(switch),
            Raw::Word(word) => word.trim().parse().ok(),
            Raw::Integer(_) | Raw::String(_) | Raw::Value(_) | Raw::Other(_) => None,
        }
    }

    fn show(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// How many of something.
pub(super) struct Count {
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Kind for Count {
    type Value = usize;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.min, self.max)
    }

    fn read(&self, raw: Raw<'_>) -> Option<usize> {
        raw.number_within(self.min, self.max)?.try_into().ok()
    }

    fn show(&self, value: &usize) -> String {
        value.to_string()
    }
}

/// A span of time in whole units.
pub(super) struct Span {
    pub(super) unit: &'static str,
    pub(super) unit_seconds: u64,
    pub(super) min: u64,
    pub(super) max: u64,
}

/// A span in seconds.
pub(super) const fn seconds(min: u64, max: u64) -> Span {
    Span { unit: "seconds", unit_seconds: 1, min, max }
}

/// A span in days.
pub(super) const fn days(min: u64, max: u64) -> Span {
    Span { unit: "days", unit_seconds: 86_400, min, max }
}

impl Kind for Span {
    type Value = Duration;

    fn expected(&self) -> String {
        format!("a whole number of {} from {} to {}", self.unit, self.min, self.max)
    }

    fn read(&self, raw: Raw<'_>) -> Option<Duration> {
        let count = raw.number_within(self.min, self.max)?;
        Some(Duration::from_secs(count.checked_mul(self.unit_seconds)?))
    }

    fn show(&self, value: &Duration) -> String {
        (value.as_secs() / self.unit_seconds).to_string()
    }
}

/// Something, or a word for its absence.
pub(super) struct Or<K> {
    pub(super) kind: K,
    pub(super) none: &'static str,
}

impl<K: Kind> Kind for Or<K> {
    type Value = Option<K::Value>;

    fn expected(&self) -> String {
        format!("{}, or {:?}", self.kind.expected(), self.none)
    }

    fn read(&self, raw: Raw<'_>) -> Option<Self::Value> {
        if raw.is_text(self.none) { Some(None) } else { self.kind.read(raw).map(Some) }
    }

    fn check(&self, raw: Raw<'_>) -> Result<Self::Value, Wrong> {
        if raw.is_text(self.none) {
            return Ok(None);
        }
        // What says only what would be right does not know of the word.
        let complete = |wrong: Wrong| match wrong.expected == self.kind.expected() {
            true => Wrong { expected: self.expected(), ..wrong },
            false => wrong,
        };
        self.kind.check(raw).map(Some).map_err(complete)
    }

    fn show(&self, value: &Self::Value) -> String {
        match value {
            Some(value) => self.kind.show(value),
            None => format!("{:?}", self.none),
        }
    }
}

/// How fast, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Zero means: not at all.
    pub bytes_per_second: u64,
}

/// A rate in KB/s, the unit of DO's bandwidth policies (product 2.4). A KB is 1,024 bytes, as Windows counts.
pub(super) struct KilobytesPerSecond;

impl KilobytesPerSecond {
    const BYTES: u64 = 1024;
    /// The range of the policy (product 2.4).
    const MAX: u64 = u32::MAX as u64;
}

impl Kind for KilobytesPerSecond {
    type Value = Rate;

    fn expected(&self) -> String {
        format!("a whole number of KB/s from 0 to {}", Self::MAX)
    }

    fn read(&self, raw: Raw<'_>) -> Option<Rate> {
        raw.number_within(0, Self::MAX).map(|number| Rate { bytes_per_second: number * Self::BYTES })
    }

    fn show(&self, value: &Rate) -> String {
        (value.bytes_per_second / Self::BYTES).to_string()
    }
}

/// A share of the measured bandwidth.
pub(super) struct Share;

impl Kind for Share {
    type Value = Percent;

    fn expected(&self) -> String {
        "a percentage from 0 to 100".to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<Percent> {
        raw.number_within(0, 100).and_then(|number| Percent::new(u8::try_from(number).ok()?))
    }

    fn show(&self, value: &Percent) -> String {
        value.get().to_string()
    }
}

/// A number of bytes, alone or with a unit.
pub(super) struct Bytes;

/// Units of sizes, the largest first.
const UNITS: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(word, unit)| text.strip_suffix(word).map(|number| (number, *unit)))
        .unwrap_or((text, 1));
    number.trim_end().parse::<u64>().ok()?.checked_mul(unit)
}

fn show_bytes(bytes: u64) -> String {
    let fits = |unit: u64| bytes >= unit && bytes.is_multiple_of(unit);
    match UNITS.iter().find(|(word, unit)| *word != "B" && fits(*unit)) {
        Some((word, unit)) => format!("{} {word}", bytes / unit),
        None => bytes.to_string(),
    }
}

impl Kind for Bytes {
    type Value = u64;

    fn expected(&self) -> String {
        "a number of bytes, such as 4096 or \"4 KiB\"".to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<u64> {
        match raw {
            Raw::String(text) | Raw::Word(text) => parse_bytes(text),
            Raw::Integer(_) | Raw::Boolean(_) | Raw::Value(_) | Raw::Other(_) => raw.number(),
        }
    }

    fn show(&self, value: &u64) -> String {
        let text = show_bytes(*value);
        if text.ends_with('B') { format!("{text:?}") } else { text }
    }
}

/// How much of a volume is left free: the larger of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceFloor {
    /// Bytes.
    pub bytes: u64,
    /// Percent of the volume.
    pub percent: u8,
}

/// Bytes, a percentage, or both.
pub(super) struct Floor;

impl Floor {
    fn parse(text: &str) -> Option<SpaceFloor> {
        let (mut bytes, mut percent) = (None, None);
        for part in text.split(',') {
            let seen_before = match part.trim().strip_suffix('%') {
                Some(number) => {
                    let number = number.trim_end().parse().ok().filter(|percent| *percent <= 100)?;
                    percent.replace(number).is_some()
                }
                None => bytes.replace(parse_bytes(part)?).is_some(),
            };
            if seen_before {
                return None;
            }
        }
        Some(SpaceFloor { bytes: bytes.unwrap_or(0), percent: percent.unwrap_or(0) })
    }
}

impl Kind for Floor {
    type Value = SpaceFloor;

    fn expected(&self) -> String {
        "bytes such as 0 or \"2 GiB\", a percentage such as \"5 %\", or both such as \"1 GiB, 5 %\""
            .to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<SpaceFloor> {
        match raw {
            Raw::String(text) | Raw::Word(text) => Self::parse(text),
            Raw::Integer(_) | Raw::Boolean(_) | Raw::Value(_) | Raw::Other(_) => {
                raw.number().map(|bytes| SpaceFloor { bytes, percent: 0 })
            }
        }
    }

    fn show(&self, value: &SpaceFloor) -> String {
        match (value.bytes, value.percent) {
            (bytes, 0) => Bytes.show(&bytes),
            (0, percent) => format!("\"{percent} %\""),
            (bytes, percent) => format!("\"{}, {percent} %\"", show_bytes(bytes)),
        }
    }
}

/// A text that goes into a request header: printable ASCII, so that no header can be smuggled in behind it.
pub(super) struct HeaderText {
    pub(super) max_chars: usize,
}

impl Kind for HeaderText {
    type Value = String;

    fn expected(&self) -> String {
        format!("1 to {} printable ASCII characters", self.max_chars)
    }

    fn read(&self, raw: Raw<'_>) -> Option<String> {
        let (Raw::String(text) | Raw::Word(text)) = raw else { return None };
        let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let fits = (1..=self.max_chars).contains(&text.len()) && text.trim() == text;
        (printable && fits).then(|| text.to_owned())
    }

    fn show(&self, value: &String) -> String {
        toml::Value::String(value.clone()).to_string()
    }
}

/// Which events are logged: a level, and levels of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Everything at this level and above.
    pub fn level(level: LevelFilter) -> Self {
        Self(level.to_string())
    }

    /// The filter in the terms of `tracing`.
    pub fn targets(&self) -> Targets {
        // The text was read by the same function when the filter was made; the default only spares a panic.
        self.0.parse().unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let known = |part: &str| {
            let level = part.rsplit('=').next().unwrap_or_default();
            // A number and nothing at all would be levels too, and a bare word a part at level trace.
            let word = !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_alphabetic());
            word && level.parse::<LevelFilter>().is_ok()
        };
        (text.split(',').all(known) && text.parse::<Targets>().is_ok()).then(|| Self(text.to_owned()))
    }
}

/// See [`LogFilter`].
pub(super) struct LogLevels;

impl Kind for LogLevels {
    type Value = LogFilter;

    fn expected(&self) -> String {
        "off, error, warn, info, debug or trace, also for parts such as \"info,bgcopy_http=debug\"".to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<LogFilter> {
        match raw {
            Raw::String(text) | Raw::Word(text) => LogFilter::parse(text),
            Raw::Integer(_) | Raw::Boolean(_) | Raw::Value(_) | Raw::Other(_) => None,
        }
    }

    fn show(&self, value: &LogFilter) -> String {
        toml::Value::String(value.0.clone()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("4 KiB", Some(4096)),
            ("2GiB", Some(2 * GIB)),
            (" 7 B ", Some(7)),
            ("17000000 TiB", None),
            ("-1", None),
            ("GiB", None),
            ("1 GB", None),
            ("", None),
        ] {
            assert_eq!(parse_bytes(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn a_floor_is_bytes_a_percentage_or_both() {
        let floor = |bytes, percent| Some(SpaceFloor { bytes, percent });
        for (raw, expected) in [
            (Raw::Integer(0), floor(0, 0)),
            (Raw::Integer(-1), None),
            (Raw::String("1 GiB, 5 %"), floor(GIB, 5)),
            (Raw::Word("5%,1GiB"), floor(GIB, 5)),
            (Raw::String("100%"), floor(0, 100)),
            (Raw::String("101%"), None),
            (Raw::String("1,2"), None),
            (Raw::String("1%,2%"), None),
            (Raw::String(""), None),
            (Raw::Boolean(true), None),
        ] {
            assert_eq!(Floor.read(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_number_is_a_number_in_a_file_and_a_word_elsewhere() {
        let jobs = Count { min: 1, max: 64 };
        for (raw, expected) in [
            (Raw::Integer(64), Some(64)),
            (Raw::Word("64"), Some(64)),
            (Raw::String("64"), None),
            (Raw::Integer(0), None),
            (Raw::Word("65"), None),
            (Raw::Other("an array"), None),
        ] {
            assert_eq!(jobs.read(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn an_absent_limit_and_a_limit_of_zero_are_different() {
        let limit = Or { kind: KilobytesPerSecond, none: "unlimited" };
        assert_eq!(limit.read(Raw::String("unlimited")), Some(None));
        assert_eq!(limit.read(Raw::Integer(0)), Some(Some(Rate { bytes_per_second: 0 })));
        assert_eq!(limit.read(Raw::Word("500")), Some(Some(Rate { bytes_per_second: 512_000 })));
        assert_eq!(limit.read(Raw::String("fast")), None);
    }

    #[test]
    fn a_user_agent_cannot_smuggle_a_header() {
        let text = HeaderText { max_chars: 8 };
        for (value, fine) in [
            ("a/1 (b)", true),
            ("a\r\nB: c", false),
            ("ü", false),
            ("", false),
            (" a", false),
            ("123456789", false),
        ] {
            assert_eq!(text.read(Raw::String(value)).is_some(), fine, "{value:?}");
        }
    }

    #[test]
    fn only_levels_are_log_levels() {
        for (text, fine) in [
            ("info", true),
            ("off", true),
            ("warn,bgcopy_http=debug", true),
            ("bgcopy_http", false),
            ("loud", false),
            ("3", false),
            ("", false),
            ("info,", false),
        ] {
            assert_eq!(LogLevels.read(Raw::Word(text)).is_some(), fine, "{text:?}");
        }
        let filter = LogFilter::parse("warn,bgcopy_http=debug").unwrap().targets();
        assert!(filter.would_enable("bgcopy_http::connect", &tracing::Level::DEBUG));
        assert!(!filter.would_enable("bgcopy_service", &tracing::Level::INFO));
    }
}
