//! Values of rows: how the words become columns and back, and the checksum over a row.
//!
//! Columns can be read by a person with SQL: words and texts are TEXT, times and counts INTEGER, what has
//! parts is JSON. A value that cannot be read back is damage, not a default.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bgcopy_core::{JobId, LocalName, Owner, Wall};
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};
use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer as _};
use xxhash_rust::xxh3::Xxh3;

use crate::error::Trouble;

/// Something that fits one column.
pub(crate) trait Column: Sized {
    fn to_value(&self) -> Value;
    /// `None` when the column holds anything that `to_value` does not make.
    fn from_value(value: ValueRef<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn to_value(&self) -> Value {
        Value::Integer(*self)
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}

/// SQLite's integers are signed: sizes from 2^63 on, which only a lying server names, show as negative.
impl Column for u64 {
    fn to_value(&self) -> Value {
        Value::Integer(self.cast_signed())
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value).map(i64::cast_unsigned)
    }
}

impl Column for u32 {
    fn to_value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl Column for bool {
    fn to_value(&self) -> Value {
        Value::from(*self)
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match i64::from_value(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Column for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl Column for Wall {
    fn to_value(&self) -> Value {
        Value::Integer(self.unix_millis())
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        i64::from_value(value).map(Self::from_unix_millis)
    }
}

impl Column for Owner {
    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        u32::from_value(value).map(Self)
    }
}

impl Column for JobId {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok()?.parse().ok()
    }
}

/// Text where the path is UTF-8, else its bytes.
impl Column for PathBuf {
    fn to_value(&self) -> Value {
        path_value(self)
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(OsString::from_vec(bytes.to_vec()).into()),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
        }
    }
}

impl Column for LocalName {
    fn to_value(&self) -> Value {
        path_value(self.path())
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        Self::new(PathBuf::from_value(value)?).ok()
    }
}

fn path_value(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Blob(path.as_os_str().as_bytes().to_vec()),
    }
}

impl<T: Column> Column for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// The word that a value has everywhere: as in its serialised form, without quotes.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<Value, serde_json::Error> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(Value::Text(word)),
        serde_json::Value::Null => Ok(Value::Null),
        other => Err(serde_json::Error::custom(format!("{other} is not a word"))),
    }
}

/// A value with parts, as JSON text; `None` is NULL.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Value, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    Ok(if text == "null" { Value::Null } else { Value::Text(text) })
}

/// Something that is written and read as text.
pub(crate) fn text(value: Option<&impl ToString>) -> Value {
    value.map_or(Value::Null, |value| Value::Text(value.to_string()))
}

/// Reads a row from its first column on, in the order of its list of names.
pub(crate) struct Reader<'r> {
    row: &'r Row<'r>,
    names: &'static [&'static str],
    at: usize,
}

impl<'r> Reader<'r> {
    /// A reader of a row whose first columns are `names`, followed by their checksum, which is checked.
    pub(crate) fn new(row: &'r Row<'r>, names: &'static [&'static str]) -> Result<Self, Trouble> {
        let mut values = Vec::with_capacity(names.len());
        for at in 0..names.len() {
            values.push(row.get_ref(at)?);
        }
        if i64::from_value(row.get_ref(names.len())?) != Some(checksum(values)) {
            return Err(Trouble::Damaged("a row does not match its checksum".to_owned()));
        }
        Ok(Self { row, names, at: 0 })
    }

    pub(crate) fn take<T: Column>(&mut self) -> Result<T, Trouble> {
        self.read(T::from_value)
    }

    pub(crate) fn word<T: DeserializeOwned>(&mut self) -> Result<T, Trouble> {
        self.read(|value| T::deserialize(word_deserializer(value.as_str().ok()?)).ok())
    }

    pub(crate) fn optional_word<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Trouble> {
        self.read(|value| match value {
            ValueRef::Null => Some(None),
            value => T::deserialize(word_deserializer(value.as_str().ok()?)).ok().map(Some),
        })
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Trouble> {
        self.read(|value| match value {
            ValueRef::Null => serde_json::from_str("null").ok(),
            value => serde_json::from_str(value.as_str().ok()?).ok(),
        })
    }

    pub(crate) fn text<T: FromStr>(&mut self) -> Result<T, Trouble> {
        self.read(|value| value.as_str().ok()?.parse().ok())
    }

    pub(crate) fn optional_text<T: FromStr>(&mut self) -> Result<Option<T>, Trouble> {
        self.read(|value| match value {
            ValueRef::Null => Some(None),
            value => value.as_str().ok()?.parse().ok().map(Some),
        })
    }

    /// The value itself stays out of the message: it may be a URL with a signature.
    fn read<T>(&mut self, read: impl FnOnce(ValueRef<'r>) -> Option<T>) -> Result<T, Trouble> {
        let at = self.at;
        self.at += 1;
        let value = self.row.get_ref(at)?;
        let kind = value.data_type();
        let name = self.names.get(at).unwrap_or(&"?");
        read(value).ok_or_else(|| {
            Trouble::Damaged(format!("column {name} holds {kind} that is not one of its values"))
        })
    }
}

fn word_deserializer(word: &str) -> StrDeserializer<'_, serde::de::value::Error> {
    word.into_deserializer()
}

/// What a row's values add up to. SQLite checks the structure of its pages; this finds a flipped bit
/// inside a value (F06). Kind and length go in, so that values cannot move between columns unseen. NULLs at
/// the end do not: a row that is older than a column has nothing in it.
pub(crate) fn checksum<'v>(values: impl IntoIterator<Item = ValueRef<'v>>) -> i64 {
    let mut values: Vec<ValueRef<'v>> = values.into_iter().collect();
    while values.last() == Some(&ValueRef::Null) {
        values.pop();
    }
    let mut sum = Xxh3::new();
    let mut put = |kind: u8, bytes: &[u8]| {
        sum.update(&[kind]);
        sum.update(&(bytes.len() as u64).to_le_bytes());
        sum.update(bytes);
    };
    for value in values {
        match value {
            ValueRef::Null => put(0, &[]),
            ValueRef::Integer(number) => put(1, &number.to_le_bytes()),
            ValueRef::Real(number) => put(2, &number.to_le_bytes()),
            ValueRef::Text(bytes) => put(3, bytes),
            ValueRef::Blob(bytes) => put(4, bytes),
        }
    }
    sum.digest().cast_signed()
}
