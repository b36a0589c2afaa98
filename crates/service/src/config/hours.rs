//! Hours with a share of their own, as they are written: a table, or a list of tables. In the environment and
//! after a flag the same in one line.

use std::ops::Range;

use bgcopy_core::policy::{Hour, LimitHours, Percent, Weekday, Weekdays};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::value::{Kind, Raw, Wrong, raw};

/// See [`LimitHours`].
pub(super) struct Hours;

/// The word for no hours at all.
const NEVER: &str = "never";

/// Nobody's week has more; hours are gone through for every hour of it.
const ENTRIES_MAX: usize = 50;

const KEYS: &str = "from, to, percentage, percentage_outside and days";

impl Kind for Hours {
    type Value = Vec<LimitHours>;

    fn expected(&self) -> String {
        format!(
            "a table such as {{ from = 8, to = 17, percentage = 10 }}, also with percentage_outside = 50 and \
             days = [\"mon-fri\", \"sun\"], a list of at most {ENTRIES_MAX} such tables, or {NEVER:?}"
        )
    }

    fn read(&self, raw: Raw<'_>) -> Option<Vec<LimitHours>> {
        self.check(raw).ok()
    }

    fn check(&self, raw: Raw<'_>) -> Result<Vec<LimitHours>, Wrong> {
        match raw {
            Raw::String(text) | Raw::Word(text) if text.trim() == NEVER => Ok(Vec::new()),
            Raw::Word(text) => match DeValue::parse(text.trim()) {
                // Places in a word are of no use to anybody.
                Ok(value) => self.read_value(value.get_ref()).map_err(Wrong::nowhere),
                Err(_) => Err(self.wrong(raw)),
            },
            Raw::Value(value) => self.read_value(value),
            Raw::Integer(_) | Raw::Boolean(_) | Raw::String(_) | Raw::Other(_) => Err(self.wrong(raw)),
        }
    }

    fn show(&self, value: &Vec<LimitHours>) -> String {
        let tables: Vec<String> = value.iter().map(show).collect();
        match tables.as_slice() {
            [] => format!("{NEVER:?}"),
            [table] => table.clone(),
            tables => format!("[{}]", tables.join(", ")),
        }
    }
}

impl Hours {
    fn read_value(&self, value: &DeValue<'_>) -> Result<Vec<LimitHours>, Wrong> {
        match value {
            DeValue::Table(table) => Ok(vec![read_table(table, 0..0)?]),
            DeValue::Array(list) if (1..=ENTRIES_MAX).contains(&list.len()) => {
                let entries = list.iter().enumerate();
                let read = |(index, entry): (usize, &Spanned<DeValue<'_>>)| {
                    match entry.get_ref() {
                        DeValue::Table(table) => read_table(table, entry.span()),
                        other => Err(Wrong::new("a table", raw(other)).at(entry.span())),
                    }
                    .map_err(|wrong| wrong.within(&format!("[{index}]")))
                };
                entries.map(read).collect()
            }
            other => Err(self.wrong(raw(other))),
        }
    }
}

type Entry<'t, 'i> = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// One table, which lies here.
fn read_table(table: &DeTable<'_>, span: Range<usize>) -> Result<LimitHours, Wrong> {
    let (mut from, mut to, mut inside, mut outside, mut days) = (None, None, None, None, Weekdays::EVERY);
    // The table is sorted by name; the first problem is the first one of the file.
    let mut entries: Vec<Entry<'_, '_>> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let read = match name.get_ref().as_ref() {
            "from" => read_hour(value).map(|hour| from = Some(hour)),
            "to" => read_hour(value).map(|hour| to = Some(hour)),
            "percentage" => read_percent(value).map(|percent| inside = Some(percent)),
            "percentage_outside" => read_percent(value).map(|percent| outside = Some(percent)),
            "days" => read_days(value).map(|read| days = read),
            other => return Err(Wrong::new(format!("made of {KEYS}"), Raw::Word(other)).at(name.span())),
        };
        read.map_err(|wrong| wrong.or_at(value.span()).within(&format!(".{}", name.get_ref())))?;
    }
    let missing = |key: &str, expected: &str| Wrong::absent(expected).within(key).at(span.clone());
    Ok(LimitHours {
        from: from.ok_or_else(|| missing(".from", HOUR))?,
        to: to.ok_or_else(|| missing(".to", HOUR))?,
        days,
        inside: inside.ok_or_else(|| missing(".percentage", PERCENT))?,
        outside,
    })
}

const HOUR: &str = "an hour from 0 to 23";
const PERCENT: &str = "a percentage from 0 to 100";
const DAYS: &str = "a list of the days mon, tue, wed, thu, fri, sat, sun or of ranges such as \"mon-fri\"";

fn read_number(value: &Spanned<DeValue<'_>>) -> Option<u8> {
    match raw(value.get_ref()) {
        Raw::Integer(number) => u8::try_from(number).ok(),
        Raw::Boolean(_) | Raw::String(_) | Raw::Word(_) | Raw::Value(_) | Raw::Other(_) => None,
    }
}

fn read_hour(value: &Spanned<DeValue<'_>>) -> Result<Hour, Wrong> {
    read_number(value).and_then(Hour::new).ok_or_else(|| Wrong::new(HOUR, raw(value.get_ref())))
}

fn read_percent(value: &Spanned<DeValue<'_>>) -> Result<Percent, Wrong> {
    read_number(value).and_then(Percent::new).ok_or_else(|| Wrong::new(PERCENT, raw(value.get_ref())))
}

/// A list of days is not empty: hours of no day would be a slip.
fn read_days(value: &Spanned<DeValue<'_>>) -> Result<Weekdays, Wrong> {
    let DeValue::Array(list) = value.get_ref() else { return Err(Wrong::new(DAYS, raw(value.get_ref()))) };
    if list.is_empty() {
        return Err(Wrong::new(DAYS, Raw::Other("an empty list")));
    }
    let mut days = Vec::new();
    for entry in list.iter() {
        let range = match entry.get_ref() {
            DeValue::String(text) => day_range(text),
            _ => None,
        };
        days.extend(range.ok_or_else(|| Wrong::new(DAYS, raw(entry.get_ref())).at(entry.span()))?);
    }
    Ok(days.into_iter().collect())
}

/// `mon`, or `fri-mon` with the days in between.
fn day_range(text: &str) -> Option<Vec<Weekday>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (Weekday::from_word(first.trim())?, Weekday::from_word(last.trim())?);
    let length = (last as usize + Weekday::ALL.len() - first as usize) % Weekday::ALL.len();
    Some((0..=length).map(|days| first.plus(days)).collect())
}

fn show(hours: &LimitHours) -> String {
    let LimitHours { from, to, days, inside, outside } = hours;
    let mut table = format!("{{ from = {}, to = {}, percentage = {}", from.get(), to.get(), inside.get());
    if let Some(outside) = outside {
        table += &format!(", percentage_outside = {}", outside.get());
    }
    if *days != Weekdays::EVERY {
        let days: Vec<String> = days.iter().map(|day| format!("{:?}", day.word())).collect();
        table += &format!(", days = [{}]", days.join(", "));
    }
    table + " }"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(word: &str) -> Result<String, String> {
        let told =
            |wrong: Wrong| format!("hours{} must be {}, not {}", wrong.within, wrong.expected, wrong.found);
        Hours.check(Raw::Word(word)).map(|hours| Hours.show(&hours)).map_err(told)
    }

    #[test]
    fn hours_are_read_and_shown_again() {
        for (word, again) in [
            ("never", "\"never\""),
            ("{ from = 8, to = 17, percentage = 10 }", "{ from = 8, to = 17, percentage = 10 }"),
            (
                "{percentage_outside=50,days=[\"sat - mon\",\"wed\"],to=6,from=22,percentage=0}",
                "{ from = 22, to = 6, percentage = 0, percentage_outside = 50, \
                 days = [\"mon\", \"wed\", \"sat\", \"sun\"] }",
            ),
            (
                "[{from=0,to=1,percentage=1},{from=1,to=2,percentage=2,days=[\"tue-mon\"]}]",
                "[{ from = 0, to = 1, percentage = 1 }, { from = 1, to = 2, percentage = 2 }]",
            ),
        ] {
            assert_eq!(shown(word).as_deref(), Ok(again));
            assert_eq!(shown(again.trim_matches('"')).as_deref(), Ok(again), "what is shown can be read");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = [
            "{ from = 24, to = 17, percentage = 10 }",
            "{ from = 8, to = \"17\", percentage = 10 }",
            "{ from = 8, to = 17 }",
            "{ from = 8, to = 17, percentage = 101 }",
            "{ from = 8, to = 17, percentage = 10, percentage_outside = -1 }",
            "{ from = 8, to = 17, percentage = 10, day = [\"mon\"] }",
            "{ from = 8, to = 17, percentage = 10, days = [] }",
            "{ from = 8, to = 17, percentage = 10, days = [\"mon\", \"Friday\"] }",
            "{ from = 8, to = 17, percentage = 10, days = \"mon\" }",
            "[{ from = 8, to = 17, percentage = 10 }, 5]",
            "[{ from = 8, to = 17, percentage = 10 }, { from = 8, percentage = 10 }]",
            "[]",
            "8-17",
            "always",
            "",
        ];
        let told: Vec<String> = wrong.iter().map(|word| shown(word).unwrap_err()).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_list_without_end_is_refused() {
        let entry = "{ from = 8, to = 17, percentage = 10 }";
        assert!(shown(&format!("[{}]", vec![entry; ENTRIES_MAX].join(","))).is_ok());
        assert!(shown(&format!("[{}]", vec![entry; ENTRIES_MAX + 1].join(","))).is_err());
    }
}
