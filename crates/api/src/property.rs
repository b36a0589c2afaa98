//! The properties by number (spec 4.1, 4.2): the way of `IBackgroundCopyJob5` and `IBackgroundCopyFile5`.
//! The same values are fields of [`Settings`]; here they go by the id of the Windows headers.

use std::fmt;
use std::str::FromStr;

use bgcopy_core::{AuthTarget, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::patch::Patch;
use crate::request::SetSettings;
use crate::schema;
use crate::settings::Settings;

/// `BITS_JOB_PROPERTY_ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobProperty {
    /// On which links the job may run.
    CostFlags = 1,
    /// The class to be created for notifications.
    NotificationClsid = 2,
    /// The content has no length and no ranges.
    DynamicContent = 3,
    /// Speed before safety, for many small files.
    HighPerformance = 4,
    /// Bytes of all files together.
    MaxDownloadSize = 5,
    /// The owner's stored credentials are shown to the proxy.
    UseStoredCredentials = 7,
    /// Spacing of modification notifications.
    MinimumNotificationInterval = 9,
    /// The client asks for ranges.
    OnDemandMode = 10,
}

/// `BITS_JOB_PROPERTY_VALUE`: as JSON an object with one field, such as `{"enable": true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyValue {
    /// Ids 1 and 9.
    Dword(u32),
    /// Id 2; the nil GUID is none.
    Clsid(Uuid),
    /// Ids 3, 4 and 10.
    Enable(bool),
    /// Id 5; the largest number is no cap.
    Uint64(u64),
    /// Id 7; null is unset.
    Target(Option<AuthTarget>),
}

/// The union as the document shows it: the derive cannot name stand-ins in the fields of variants.
#[derive(ToSchema)]
#[schema(as = PropertyValue)]
#[expect(dead_code, reason = "only its schema is used")]
struct PropertyValueFields {
    /// Ids 1 and 9.
    dword: Option<u32>,
    /// Id 2; the nil GUID is none.
    #[schema(value_type = Option<schema::Guid>)]
    clsid: Option<Uuid>,
    /// Ids 3, 4 and 10.
    enable: Option<bool>,
    /// Id 5; the largest number is no cap.
    uint64: Option<u64>,
    /// Id 7; null is unset.
    #[schema(value_type = Option<schema::AuthTargetWord>)]
    target: Option<AuthTarget>,
}

impl PartialSchema for PropertyValue {
    fn schema() -> RefOr<Schema> {
        match PropertyValueFields::schema() {
            RefOr::T(Schema::Object(mut union)) => {
                union.description = Some("A property's value: exactly one of the fields.".to_owned());
                union.min_properties = Some(1);
                union.max_properties = Some(1);
                RefOr::T(Schema::Object(union))
            }
            other => other,
        }
    }
}

impl ToSchema for PropertyValue {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        PropertyValueFields::schemas(schemas);
    }
}

impl JobProperty {
    /// Every property.
    pub const ALL: &[Self] = &[
        Self::CostFlags,
        Self::NotificationClsid,
        Self::DynamicContent,
        Self::HighPerformance,
        Self::MaxDownloadSize,
        Self::UseStoredCredentials,
        Self::MinimumNotificationInterval,
        Self::OnDemandMode,
    ];

    /// The id in the Windows headers.
    pub const fn id(self) -> u32 {
        self as u32
    }

    /// The property with this id; 6 and 8 are unassigned.
    pub fn from_id(id: u32) -> Result<Self, Refusal> {
        let found = Self::ALL.iter().copied().find(|property| property.id() == id);
        found.ok_or_else(|| Refusal::UnknownProperty { id: id.to_string() })
    }

    /// Its value.
    pub fn of(self, settings: &Settings) -> PropertyValue {
        match self {
            Self::CostFlags => PropertyValue::Dword(settings.cost_flags),
            Self::NotificationClsid => PropertyValue::Clsid(settings.notification_clsid.unwrap_or_default()),
            Self::DynamicContent => PropertyValue::Enable(settings.dynamic_content),
            Self::HighPerformance => PropertyValue::Enable(settings.high_performance),
            Self::MaxDownloadSize => PropertyValue::Uint64(settings.max_download_size.unwrap_or(u64::MAX)),
            Self::UseStoredCredentials => PropertyValue::Target(settings.use_stored_credentials),
            Self::MinimumNotificationInterval => {
                PropertyValue::Dword(settings.minimum_notification_interval_ms)
            }
            Self::OnDemandMode => PropertyValue::Enable(settings.on_demand),
        }
    }

    /// The change that gives it this value.
    pub fn change(self, value: PropertyValue) -> Result<SetSettings, Refusal> {
        let none = SetSettings::default();
        Ok(match (self, value) {
            (Self::CostFlags, PropertyValue::Dword(flags)) => SetSettings { cost_flags: Some(flags), ..none },
            (Self::NotificationClsid, PropertyValue::Clsid(clsid)) => {
                let clsid = Some(clsid).filter(|clsid| !clsid.is_nil());
                SetSettings { notification_clsid: Patch::from(clsid), ..none }
            }
            (Self::DynamicContent, PropertyValue::Enable(enable)) => {
                SetSettings { dynamic_content: Some(enable), ..none }
            }
            (Self::HighPerformance, PropertyValue::Enable(enable)) => {
                SetSettings { high_performance: Some(enable), ..none }
            }
            (Self::MaxDownloadSize, PropertyValue::Uint64(bytes)) => {
                SetSettings { max_download_size: Some(bytes), ..none }
            }
            (Self::UseStoredCredentials, PropertyValue::Target(target)) => {
                SetSettings { use_stored_credentials: Patch::from(target), ..none }
            }
            (Self::MinimumNotificationInterval, PropertyValue::Dword(millis)) => {
                SetSettings { minimum_notification_interval_ms: Some(millis), ..none }
            }
            (Self::OnDemandMode, PropertyValue::Enable(enable)) => {
                SetSettings { on_demand: Some(enable), ..none }
            }
            (property, _) => {
                let reason = format!("of property {property} is given as {}", property.field());
                return Err(Refusal::InvalidArgument { argument: "the value", reason });
            }
        })
    }

    /// The field of the union that holds its value.
    const fn field(self) -> &'static str {
        match self {
            Self::CostFlags | Self::MinimumNotificationInterval => "dword",
            Self::NotificationClsid => "clsid",
            Self::DynamicContent | Self::HighPerformance | Self::OnDemandMode => "enable",
            Self::MaxDownloadSize => "uint64",
            Self::UseStoredCredentials => "target",
        }
    }
}

impl fmt::Display for JobProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}

impl FromStr for JobProperty {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let id = text.parse().map_err(|_| Refusal::UnknownProperty { id: text.to_owned() })?;
        Self::from_id(id)
    }
}

/// `BITS_FILE_PROPERTY_ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileProperty {
    /// The header block of the last answer, read only.
    HttpResponseHeaders = 1,
}

impl FileProperty {
    /// The id in the Windows headers.
    pub const fn id(self) -> u32 {
        self as u32
    }

    /// The property with this id.
    pub fn from_id(id: u32) -> Result<Self, Refusal> {
        match id {
            1 => Ok(Self::HttpResponseHeaders),
            _ => Err(Refusal::UnknownProperty { id: id.to_string() }),
        }
    }
}

impl FromStr for FileProperty {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let id = text.parse().map_err(|_| Refusal::UnknownProperty { id: text.to_owned() })?;
        Self::from_id(id)
    }
}

/// `BITS_FILE_PROPERTY_VALUE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FilePropertyValue {
    /// The text; null before there is one.
    pub string: Option<String>,
}

#[cfg(test)]
mod tests {
    use bgcopy_core::{JobSecrets, JobSettings};

    use super::*;
    use crate::draft::JobChanges;
    use crate::request::SetJob;

    #[test]
    fn every_property_gives_back_what_was_set() {
        for (property, value) in [
            (JobProperty::CostFlags, PropertyValue::Dword(0x8000_00FF)),
            (JobProperty::NotificationClsid, PropertyValue::Clsid(Uuid::from_u128(7))),
            (JobProperty::DynamicContent, PropertyValue::Enable(true)),
            (JobProperty::HighPerformance, PropertyValue::Enable(true)),
            (JobProperty::MaxDownloadSize, PropertyValue::Uint64(5)),
            (JobProperty::UseStoredCredentials, PropertyValue::Target(Some(AuthTarget::Proxy))),
            (JobProperty::MinimumNotificationInterval, PropertyValue::Dword(750)),
            (JobProperty::OnDemandMode, PropertyValue::Enable(true)),
        ] {
            let request = SetJob { settings: property.change(value).unwrap(), ..SetJob::default() };
            let mut settings = JobSettings::default();
            for change in JobChanges::try_from(request).unwrap().settings {
                settings.apply(change, &mut JobSecrets::default());
            }
            assert_eq!(property.of(&Settings::from(&settings)), value, "{property:?}");
            assert_eq!(property.id().to_string().parse(), Ok(property));
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(
                text,
                format!(
                    "{{\"{}\":{}}}",
                    property.field(),
                    text.split_once(':').unwrap().1.trim_end_matches('}')
                )
            );
        }
    }

    #[test]
    fn ids_without_a_property_and_values_of_another_kind_are_refused() {
        for id in [0, 6, 8, 11] {
            assert_eq!(JobProperty::from_id(id), Err(Refusal::UnknownProperty { id: id.to_string() }));
        }
        let error = JobProperty::OnDemandMode.change(PropertyValue::Dword(1)).unwrap_err();
        assert_eq!(error.to_string(), "the value of property 10 is given as enable");
        assert_eq!("x".parse::<FileProperty>(), Err(Refusal::UnknownProperty { id: "x".to_owned() }));
    }
}
