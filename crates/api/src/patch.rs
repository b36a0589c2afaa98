//! A field of a merge patch (RFC 7396): absent, null and a value are three different wishes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a client wants done to a property that may also be unset.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field is absent: leave the property as it is.
    #[default]
    Keep,
    /// The field is null: unset the property.
    Clear,
    /// Set the property to this.
    Set(T),
}

impl<T> Patch<T> {
    /// Nothing is to be done. For `skip_serializing_if`.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The wish as an option of the property's next value: `None` is keep, `Some(None)` is unset.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// The patch that makes a property what it is elsewhere.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => serializer.serialize_some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Body {
        #[serde(default, skip_serializing_if = "Patch::is_keep")]
        limit: Patch<u64>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_wishes_both_ways() {
        for (text, limit) in
            [("{}", Patch::Keep), (r#"{"limit":null}"#, Patch::Clear), (r#"{"limit":7}"#, Patch::Set(7))]
        {
            let body = Body { limit };
            assert_eq!(serde_json::from_str::<Body>(text).unwrap(), body);
            assert_eq!(serde_json::to_string(&body).unwrap(), text);
        }
    }
}
