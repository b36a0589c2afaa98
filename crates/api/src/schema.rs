//! How the words of `core` look in the OpenAPI document.
//!
//! `core` knows nothing of documents, so each of its words has a stand-in here that bears its name and lists
//! its values; fields name it in `#[schema(value_type = …)]`. Where `core` has the list, it is taken from
//! there.

use std::borrow::Cow;

use bgcopy_core::{
    AuthScheme, AuthTarget, ErrorContext, Existing, JobState, JobType, ManifestKind, Priority, ProxyUsage,
};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

macro_rules! stand_ins {
    ($($name:ident, $doc:literal, $schema:expr;)+) => {$(
        #[doc = concat!("Stands for the type of this name: ", $doc)]
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object: ObjectBuilder = $schema;
                RefOr::T(Schema::Object(object.description(Some($doc)).build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

stand_ins! {
    JobStateWord, "Where a job stands in its life.", words(all(JobState::ALL, JobState::word));
    JobTypeWord, "What kind of job it is.", words(all(JobType::ALL, JobType::word));
    PriorityWord, "How urgent a job is; `foreground` does not give way to other traffic.",
        words(all(Priority::ALL, Priority::word));
    ProxyUsageWord, "Which proxy is used.", words(all(ProxyUsage::ALL, ProxyUsage::word));
    ExistingWord, "What Complete does when the destination exists.", words(all(Existing::ALL, Existing::word));
    ErrorContextWord, "Where a failure struck.", words(all(ErrorContext::ALL, ErrorContext::word));
    AuthTargetWord, "Whom credentials are for.", words(all(AuthTarget::ALL, AuthTarget::word));
    AuthSchemeWord, "How credentials are shown.", words(all(AuthScheme::ALL, AuthScheme::word));
    FamilyWord, "The class of object a job was made through; decides which of two codes a client is told.",
        words(FAMILIES);
    ErrorClassWord, "What a failure means: the service tries again, waits for a condition, or needs the client.",
        words(ERROR_CLASSES);
    FileStageWord, "How far a file got.", words(FILE_STAGES);
    TrustWord, "How sure the bytes of a file are.", words(TRUSTS);
    ManifestKindWord, "What kind of document says what a file must be: a list of digests such as `SHA256SUMS`, a \
        piece hash file of Delivery Optimization, a Metalink 4 (RFC 5854).",
        words(all(ManifestKind::ALL, ManifestKind::word));
    Guid, "A GUID, hyphenated.", text().format(Some(SchemaFormat::Custom("uuid".to_owned())));
    Time, "A moment, RFC 3339 in UTC.", formatted(KnownFormat::DateTime);
    Base64Text, "Bytes as base64 (RFC 4648, with padding).", formatted(KnownFormat::Byte);
    SecretText, "A text that no answer ever shows.", formatted(KnownFormat::Password);
    HresultText, "A 32-bit result code in hexadecimal, such as `0x80190194`.", text();
}

const FAMILIES: &[&str] = &["do", "bits"];
const ERROR_CLASSES: &[&str] = &["transient", "policy", "fatal"];
const FILE_STAGES: &[&str] = &["wanted", "transferred", "published", "discarded"];
const TRUSTS: &[&str] = &["unverified", "consistent", "digest", "pieces"];

fn all<T: Copy>(values: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    values.iter().map(|value| word(*value)).collect()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(format)))
}

fn words(words: impl AsRef<[&'static str]>) -> ObjectBuilder {
    text().enum_values(Some(words.as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use bgcopy_core::{ErrorClass, Family, FileStage, Trust};
    use serde::Serialize;

    use super::*;

    /// The wire form of each value, after a match that a further value breaks.
    fn wire(values: &[impl Serialize]) -> Vec<String> {
        values.iter().map(|value| serde_json::to_string(value).unwrap().replace('"', "")).collect()
    }

    #[test]
    fn the_document_lists_every_word_that_core_has_no_list_of() {
        match (Family::Do, ErrorClass::Fatal, FileStage::Wanted, Trust::Digest) {
            (
                Family::Do | Family::Bits,
                ErrorClass::Transient | ErrorClass::Policy | ErrorClass::Fatal,
                FileStage::Wanted | FileStage::Transferred | FileStage::Published | FileStage::Discarded,
                Trust::Unverified | Trust::Consistent | Trust::Digest | Trust::Pieces,
            ) => {}
        }
        assert_eq!(wire(&[Family::Do, Family::Bits]), FAMILIES);
        assert_eq!(wire(&[ErrorClass::Transient, ErrorClass::Policy, ErrorClass::Fatal]), ERROR_CLASSES);
        let stages = [FileStage::Wanted, FileStage::Transferred, FileStage::Published, FileStage::Discarded];
        assert_eq!(wire(&stages), FILE_STAGES);
        assert_eq!(wire(&[Trust::Unverified, Trust::Consistent, Trust::Digest, Trust::Pieces]), TRUSTS);
    }
}
