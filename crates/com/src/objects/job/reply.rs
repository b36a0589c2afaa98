//! The reply to an upload (spec 7.3): of a job of another type there is none, `E_NOTIMPL`.

use bgcopy_api::core::JobType;
use bgcopy_api::core::catalogue::codes::{BG_E_TOO_LARGE, E_NOTIMPL};
use bgcopy_api::{Patch, SetJob, UploadReply};

use super::Job;
use crate::abi::types::BG_JOB_REPLY_PROGRESS;
use crate::guard::{Answer, Fail, Out};
use crate::text;

/// `BG_SIZE_UNKNOWN`.
const UNKNOWN: u64 = u64::MAX;

impl Job {
    fn reply(&self) -> Answer<UploadReply> {
        let job = self.view()?;
        job.reply.filter(|_| job.kind == JobType::UploadReply).ok_or(Fail(E_NOTIMPL))
    }

    /// `GetReplyProgress`.
    pub(super) fn reply_progress(&self, place: Out<BG_JOB_REPLY_PROGRESS>) -> Answer {
        let progress = self.reply()?.progress;
        place.set(BG_JOB_REPLY_PROGRESS {
            BytesTotal: progress.bytes_total.unwrap_or(UNKNOWN),
            BytesTransferred: progress.bytes_transferred,
        })
    }

    /// `GetReplyData`: a copy, NULL where the server sent nothing. Of one that is too large the size is told (spec 7.3).
    pub(super) fn reply_data(&self, buffer: Out<*mut u8>, length: Out<u64>) -> Answer {
        let reply = self.reply()?;
        let found = self.service.ask(async |client| client.reply_data(self.id).await);
        let found = match found {
            Err(Fail(BG_E_TOO_LARGE)) => {
                length.set(reply.progress.bytes_total.unwrap_or(reply.progress.bytes_transferred))?;
                return Err(Fail(BG_E_TOO_LARGE));
            }
            found => found?,
        };
        if let Some(data) = found.data.filter(|data| !data.0.is_empty()) {
            buffer.set(text::copy_of(&data.0)?)?;
        }
        length.set(found.length)
    }

    /// `SetReplyFileName`: "NULL or empty: generated" (spec 7.3).
    pub(super) fn set_reply_name(&self, name: Option<String>) -> Answer {
        self.reply()?;
        let reply_name = name.filter(|name| !name.is_empty()).map_or(Patch::Clear, Patch::Set);
        self.change(&SetJob { reply_name, ..SetJob::default() })
    }

    /// `GetReplyFileName`: empty until it was given or made up.
    pub(super) fn reply_name(&self, place: Out<*mut u16>) -> Answer {
        text::give(place, self.reply()?.local_name.as_deref().unwrap_or_default())
    }
}
