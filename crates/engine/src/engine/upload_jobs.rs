//! What an upload job may be and be told: its one file, the properties that are for downloads only, where its reply
//! goes (spec 4.1, 7.2 to 7.4, 7.9). How it goes to its server is not here.

use std::ffi::OsString;

use bgcopy_core::{
    FileSpec, JobId, JobRecord, JobType, LocalName, NameError, Refusal, Setting, Supply, UploadRecord, upload,
};

use super::Engine;
use super::check;
use crate::action::Saved;
use crate::request::NewJob;

/// The method of an upload that is told no other (`SetHttpMethod`: "no-op for the default").
pub(super) const METHOD: &str = "BITS_POST";

/// What a new job keeps as an upload; none of a download.
pub(super) fn begin(new: &NewJob) -> Option<Box<UploadRecord>> {
    let reply_name = new.reply_name.clone();
    (new.kind != JobType::Download).then(|| Box::new(UploadRecord { reply_name, ..UploadRecord::default() }))
}

/// Whether a new job is told only what its kind can be told.
pub(super) fn check_new(new: &mut NewJob) -> Result<(), Refusal> {
    if new.reply_name.is_some() {
        with_reply(new.kind)?;
    }
    if new.kind == JobType::Download {
        return Ok(());
    }
    let settings = &mut new.settings;
    let only = [
        (settings.dynamic_content, "dynamic-content"),
        (settings.high_performance, "high-performance"),
        (settings.max_download_size.is_some(), "max-download-size"),
        (settings.on_demand, "on-demand-mode"),
    ];
    if let Some((_, name)) = only.into_iter().find(|(set, _)| *set) {
        return Err(Refusal::DownloadsOnly { name });
    }
    if let Some(method) = settings.http_method.take() {
        check_method(&method)?;
    }
    check_files(new.kind, 0, &new.files)?;
    differs(new.reply_name.as_ref(), new.files.first())
}

/// Whether files may be added to a job of this kind that has so many.
pub(super) fn check_files(kind: JobType, present: usize, files: &[FileSpec]) -> Result<(), Refusal> {
    if kind == JobType::Download {
        return Ok(());
    }
    // A range is none for an upload, however many files it has (spec 7.4).
    files.iter().try_for_each(check_file)?;
    // "`BG_E_TOO_MANY_FILES` adds none" (spec 7.2, `AddFileSet`).
    if present.saturating_add(files.len()) > upload::REPLY.as_usize() {
        return Err(Refusal::SecondFileOfUpload);
    }
    Ok(())
}

/// Whether a file is told nothing that only what comes here can be.
fn check_file(file: &FileSpec) -> Result<(), Refusal> {
    let FileSpec {
        remote_name: _,
        local_name: _,
        pending_name,
        unplaced,
        ranges,
        digest,
        content_id: _,
        expected_size,
        supply,
    } = file;
    // `AddFileWithRanges`: "not a download: E_NOTIMPL" (spec 7.4).
    if !ranges.is_empty() {
        return Err(Refusal::NotImplemented { what: "a range of a file that is uploaded".to_owned() });
    }
    let proved = digest.is_some() || expected_size.is_some() || *supply != Supply::default();
    if proved || *pending_name || *unplaced {
        let reason = "of an upload is read here: it has a name, and nothing that says what comes".to_owned();
        return Err(Refusal::InvalidArgument { argument: "file", reason });
    }
    Ok(())
}

/// Whether an upload that has a reply name may have this file.
pub(super) fn check_reply(record: &JobRecord, files: &[FileSpec]) -> Result<(), Refusal> {
    differs(record.upload.as_ref().and_then(|upload| upload.reply_name.as_ref()), files.first())
}

/// A reply must not take the place of what was sent.
fn differs(reply: Option<&LocalName>, source: Option<&FileSpec>) -> Result<(), Refusal> {
    if reply.is_none() || reply != source.map(|file| &file.local_name) {
        return Ok(());
    }
    let reason = "is that of the file that is uploaded; choose another".to_owned();
    Err(Refusal::InvalidArgument { argument: "reply file name", reason })
}

/// Whether a job may be told this, by its kind.
pub(super) fn check_setting(record: &JobRecord, setting: &Setting) -> Result<(), Refusal> {
    if let Setting::ReplyName(name) = setting {
        return check_reply_name(record, name.as_ref());
    }
    if !record.is_upload() {
        return Ok(());
    }
    let only = |name| Err(Refusal::DownloadsOnly { name });
    let never = |what: &str| Err(Refusal::NotImplemented { what: format!("{what} of an upload") });
    match setting {
        Setting::DynamicContent(_) => only("dynamic-content"),
        Setting::HighPerformance(_) => only("high-performance"),
        Setting::MaxDownloadSize(_) => only("max-download-size"),
        Setting::OnDemand(_) => only("on-demand-mode"),
        Setting::HttpMethod(method) => check_method(method),
        // Spec 7.9, `SetRemoteName`: "upload: E_NOTIMPL".
        Setting::RemoteName(..) => never("another remote name"),
        // What was sent is here anyway, and there is nothing to fetch again.
        Setting::ValidationState(..) => never("validation"),
        Setting::FileRanges(..) | Setting::DownloadPosition(..) => Err(Refusal::RandomAccess),
        Setting::ExpectedSize(..)
        | Setting::Manifest(..)
        | Setting::RequireManifest(..)
        | Setting::LocalName(..)
        | Setting::MoreRanges(..) => never("what is said of a file that comes"),
        _ => Ok(()),
    }
}

/// `SetReplyFileName`: "you cannot change the reply file name after BITS begins transferring the reply".
fn check_reply_name(record: &JobRecord, name: Option<&LocalName>) -> Result<(), Refusal> {
    with_reply(record.kind)?;
    if record.reply().is_some() {
        return Err(Refusal::InvalidState {
            state: record.state,
            request: "take another name for its reply",
        });
    }
    differs(name, record.file(upload::SOURCE).map(|file| &file.spec))
}

/// Everything about replies: "download: E_NOTIMPL" (spec 7.3).
fn with_reply(kind: JobType) -> Result<(), Refusal> {
    match kind {
        JobType::UploadReply => Ok(()),
        JobType::Download | JobType::Upload => {
            Err(Refusal::NotImplemented { what: format!("a reply to a job of type {kind}") })
        }
    }
}

fn check_method(method: &str) -> Result<(), Refusal> {
    check::is_method(method)?;
    if method == METHOD {
        return Ok(());
    }
    Err(Refusal::NotImplemented { what: format!("an upload by {}", method.escape_default()) })
}

impl Engine {
    /// "BITS generates the file name if you do not call the `SetReplyFileName` method before calling the `Resume`
    /// method for the first time … written to the same directory as the local upload file."
    pub(super) fn name_reply(&mut self, id: JobId) {
        let Some(record) = self.jobs.get(&id).map(|job| &job.record) else { return };
        let named = record.upload.as_ref().is_none_or(|upload| upload.reply_name.is_some());
        let Some(source) = record.file(upload::SOURCE).filter(|_| !named) else { return };
        if record.kind != JobType::UploadReply {
            return;
        }
        let Ok(name) = made_up(&source.spec.local_name, self.dice.roll()) else { return };
        if let Some(upload) = self.jobs.get_mut(&id).and_then(|job| job.record.upload.as_mut()) {
            upload.reply_name = Some(name);
            self.save(id, Saved::Head);
        }
    }
}

/// A name beside the file that is sent, which says whose reply it is.
fn made_up(source: &LocalName, number: u64) -> Result<LocalName, NameError> {
    let end = format!(".reply-{number:016x}");
    let mut base = OsString::from(source.base());
    base.push(&end);
    // A name that is as long as names can be has no room for more.
    source.with_base(&base).or_else(|_| source.with_base(format!("upload{end}").as_ref()))
}
