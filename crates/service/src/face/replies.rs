//! Replies to uploads: given out before Complete, while they have no name of their own (spec 7.3, `GetReplyData`).

use std::ops::ControlFlow;
use std::path::PathBuf;

use bgcopy_api::contract::Reply;
use bgcopy_api::{Base64, ReplyData};
use bgcopy_core::{Fault, JobRecord, JobState, JobType, LocalName, Owner, Refusal, limits, upload};
use bgcopy_disk::LocalFile;

use crate::places::Scope;
use crate::rights::of_owner;
use crate::transfer::blocking;

/// A reply that can be read.
#[derive(Debug)]
pub(super) struct Found {
    owner: Owner,
    /// None where the server sent no reply.
    temporary: Option<PathBuf>,
}

/// The reply of a job, where its kind, its state and its size allow that it is given out.
pub(super) fn find(record: &JobRecord) -> Reply<Found> {
    if record.kind != JobType::UploadReply {
        return Err(Refusal::NotImplemented { what: format!("a reply to a job of type {}", record.kind) });
    }
    if record.state != JobState::Transferred || record.ending.is_some() {
        return Err(Refusal::InvalidState { state: record.state, request: "give its reply out" });
    }
    let length = record.reply_progress().bytes_transferred;
    if length > limits::REPLY_DATA_BYTES {
        return Err(Refusal::ReplyTooLarge { length, max: limits::REPLY_DATA_BYTES });
    }
    let temporary = match record.reply() {
        // A whole file has a temporary one, unless it has its name already.
        Some(file) => Some(file.temporary.clone().ok_or(Refusal::FileNotFound { index: upload::REPLY })?),
        None => None,
    };
    Ok(Found { owner: record.owner, temporary })
}

/// Reads it with its owner's rights.
pub(super) async fn read(scope: Scope, found: Found) -> Reply<ReplyData> {
    let Found { owner, temporary } = found;
    let Some(path) = temporary else { return Ok(ReplyData::default()) };
    let name = LocalName::new(path)?;
    let read = blocking(move || {
        LocalFile::open(&of_owner(scope, owner)?, &name)?.read(|_| ControlFlow::Continue(()))
    });
    let content = read.await.map_err(unreadable)?.unwrap_or_default();
    Ok(ReplyData { length: content.len() as u64, data: Some(Base64(content)) })
}

/// What the system says of a file that its owner gave.
pub(super) fn unreadable(fault: Fault) -> Refusal {
    Refusal::Destination { reason: fault.detail, code: fault.code }
}
