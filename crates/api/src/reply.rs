//! The reply of a server's application to an upload (spec 7.3).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::name::{Base64, path_from_wire};
use crate::schema;

/// The reply to an upload that asks for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadReply {
    /// Where it appears on Complete (`GetReplyFileName`); null until it was given or, at the first Resume, made up.
    pub local_name: Option<String>,
    /// The same, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
    /// How far it is (`GetReplyProgress`).
    pub progress: ReplyProgress,
}

impl UploadReply {
    /// Where it appears on Complete.
    pub fn local_path(&self) -> Option<PathBuf> {
        self.local_name.as_ref().map(|name| path_from_wire(name, self.local_name_bytes.as_ref()))
    }
}

/// `BG_JOB_REPLY_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ReplyProgress {
    /// Its size: null until it begins, 0 where the server sent none.
    pub bytes_total: Option<u64>,
    /// Bytes that are here.
    pub bytes_transferred: u64,
}

/// The reply itself (`GetReplyData`).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ReplyData {
    /// How many bytes it has.
    pub length: u64,
    /// Its bytes; null where the server sent none.
    #[schema(value_type = Option<schema::Base64Text>)]
    pub data: Option<Base64>,
}
