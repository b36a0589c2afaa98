//! What the service can do. Every face talks to it: the HTTP server now, others later.

use std::future::Future;

use bgcopy_core::{FileIndex, Hresult, JobId, Refusal};

use crate::caller::Caller;
use crate::error::ErrorInfo;
use crate::event::EventId;
use crate::file::File;
use crate::job::{Job, JobPage};
use crate::manifest::read::{ManifestContent, ReadManifest};
use crate::manifest::{MakeManifest, Manifest};
use crate::property::{FileProperty, FilePropertyValue, JobProperty, PropertyValue};
use crate::question::{CertificateQuestion, QuestionId};
use crate::reply::ReplyData;
use crate::request::{
    AddFile, CreateJob, EventFilter, Header, JobFilter, NewCredentials, Notification, ReplacePrefix, SetFile,
    SetJob,
};
use crate::service::{Description, ExtendedErrorInfo, Headers, Outcome, Replaced, Service, Setting};
use crate::subscription::Subscription;
use crate::text;

/// What an operation gives: a refusal changed nothing.
pub type Reply<T> = Result<T, Refusal>;

/// The operations of the service, for a caller whose identity the face has proved.
///
/// Common rules, not repeated: a job that the caller may not see is [`Refusal::JobNotFound`]; a request is
/// acknowledged after its commit; a change of a job that is final is [`Refusal::InvalidState`].
pub trait Contract: Send + Sync + 'static {
    /// Who answers.
    fn service(&self, caller: &Caller) -> impl Future<Output = Reply<Service>> + Send;

    /// The configuration in force, with who said so.
    fn config(&self, caller: &Caller) -> impl Future<Output = Reply<Vec<Setting>>> + Send;

    /// Ends the service in order; for its own user and administrators.
    fn shutdown(&self, caller: &Caller) -> impl Future<Output = Reply<()>> + Send;

    /// Measurements in the text format of Prometheus.
    fn metrics(&self) -> impl Future<Output = String> + Send;

    /// Reads a file with the caller's rights and writes a piece list of it, for publishers. Changes nothing,
    /// and ends when its answer is not waited for any more.
    fn make_manifest(
        &self,
        caller: &Caller,
        wanted: MakeManifest,
    ) -> impl Future<Output = Reply<Manifest>> + Send;

    /// Reads what a publisher says of files: a document that is here, with the caller's rights, or one that is
    /// fetched. Its piece hashes are kept, so that [`create_job`](Self::create_job) and
    /// [`add_files`](Self::add_files) can name them.
    fn read_manifest(
        &self,
        caller: &Caller,
        wanted: ReadManifest,
    ) -> impl Future<Output = Reply<ManifestContent>> + Send;

    /// `CreateJob`, with its first files and settings; all or nothing. The same key of the same user gives
    /// the job that was made before (J10).
    fn create_job(
        &self,
        caller: &Caller,
        job: CreateJob,
        idempotency_key: Option<String>,
    ) -> impl Future<Output = Reply<Job>> + Send;

    /// `EnumJobs`: the caller's jobs, oldest first; with `all_users`, everybody's, for administrators.
    /// Which job goes by a name is [`view::goes_by`](crate::view::goes_by).
    fn jobs(&self, caller: &Caller, filter: JobFilter) -> impl Future<Output = Reply<JobPage>> + Send;

    /// Jobs that ended, newest first.
    fn history(&self, caller: &Caller, filter: JobFilter) -> impl Future<Output = Reply<JobPage>> + Send;

    /// `GetJob`.
    fn job(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Job>> + Send;

    /// The setters, all or none.
    fn set_job(
        &self,
        caller: &Caller,
        job: JobId,
        changes: SetJob,
    ) -> impl Future<Output = Reply<Job>> + Send;

    /// `AddFile`, `AddFileSet`, `AddFileWithRanges`; all or nothing. Gives the added files.
    fn add_files(
        &self,
        caller: &Caller,
        job: JobId,
        files: Vec<AddFile>,
    ) -> impl Future<Output = Reply<Vec<File>>> + Send;

    /// `Resume`.
    fn resume(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Job>> + Send;

    /// `Suspend`.
    fn suspend(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Job>> + Send;

    /// `Cancel`.
    fn cancel(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Outcome>> + Send;

    /// `Complete`.
    fn complete(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Outcome>> + Send;

    /// `TakeOwnership`: an administrator becomes the owner; secrets and command line are dropped.
    fn take_ownership(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Job>> + Send;

    /// `EnumFiles`, in the order in which they were added.
    fn files(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Vec<File>>> + Send;

    /// One file.
    fn file(&self, caller: &Caller, job: JobId, file: FileIndex) -> impl Future<Output = Reply<File>> + Send;

    /// `SetRemoteName`, `SetValidationState`.
    fn set_file(
        &self,
        caller: &Caller,
        job: JobId,
        file: FileIndex,
        changes: SetFile,
    ) -> impl Future<Output = Reply<File>> + Send;

    /// `IBackgroundCopyFile5::GetProperty`.
    fn file_property(
        &self,
        caller: &Caller,
        job: JobId,
        file: FileIndex,
        property: FileProperty,
    ) -> impl Future<Output = Reply<FilePropertyValue>> + Send;

    /// `ReplaceRemotePrefix`.
    fn replace_remote_prefix(
        &self,
        caller: &Caller,
        job: JobId,
        prefixes: ReplacePrefix,
    ) -> impl Future<Output = Reply<Replaced>> + Send;

    /// `GetReplyData`: of an upload that asks for a reply and is Transferred.
    fn reply_data(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<ReplyData>> + Send;

    /// The certificates of servers that the owner of a job is asked about, the oldest question first.
    fn certificate_questions(
        &self,
        caller: &Caller,
        job: JobId,
    ) -> impl Future<Output = Reply<Vec<CertificateQuestion>>> + Send;

    /// Answers one of them; the owner only. [`Refusal::QuestionNotFound`] where nobody waits for the answer any more.
    fn answer_certificate(
        &self,
        caller: &Caller,
        job: JobId,
        question: QuestionId,
        hresult: Hresult,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// `GetError`: [`Refusal::NoError`] where there is none (spec 6.1).
    fn error(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<ErrorInfo>> + Send;

    /// `SetCredentials`; the owner only.
    fn set_credentials(
        &self,
        caller: &Caller,
        job: JobId,
        credentials: NewCredentials,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// `RemoveCredentials`: whether there were any. Target and scheme as in [`NewCredentials`].
    fn remove_credentials(
        &self,
        caller: &Caller,
        job: JobId,
        target: String,
        scheme: String,
    ) -> impl Future<Output = Reply<bool>> + Send;

    /// `GetCustomHeaders`: the owner only, and not once they are write-only.
    fn headers(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<Headers>> + Send;

    /// `SetCustomHeaders`, in place of those before; the owner only.
    fn set_headers(
        &self,
        caller: &Caller,
        job: JobId,
        headers: Vec<Header>,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// `MakeCustomHeadersWriteOnly`; cannot be undone.
    fn make_headers_write_only(&self, caller: &Caller, job: JobId) -> impl Future<Output = Reply<()>> + Send;

    /// A client has acted on a notification: it is not repeated (spec 8.2). Confirming what is not owed is
    /// no error.
    fn confirm(
        &self,
        caller: &Caller,
        job: JobId,
        notification: Notification,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// The events from now on, behind those since `after` that are still kept, behind every notification
    /// that nobody has confirmed (spec 8.2, "an event that happened before registration is delivered after
    /// it"). Where events since `after` are gone, `lagged` comes first.
    fn subscribe(
        &self,
        caller: &Caller,
        filter: EventFilter,
        after: Option<EventId>,
    ) -> impl Future<Output = Reply<Subscription>> + Send;

    /// `IBackgroundCopyJob5::GetProperty`.
    fn property(
        &self,
        caller: &Caller,
        job: JobId,
        property: JobProperty,
    ) -> impl Future<Output = Reply<PropertyValue>> + Send {
        async move { Ok(property.of(&self.job(caller, job).await?.settings)) }
    }

    /// `IBackgroundCopyJob5::SetProperty`.
    fn set_property(
        &self,
        caller: &Caller,
        job: JobId,
        property: JobProperty,
        value: PropertyValue,
    ) -> impl Future<Output = Reply<PropertyValue>> + Send {
        async move {
            let changes = SetJob { settings: property.change(value)?, ..SetJob::default() };
            Ok(property.of(&self.set_job(caller, job, changes).await?.settings))
        }
    }

    /// `IDeliveryOptimizationJob2::GetProperty` of `ExtendedErrorInfo` (spec 4.4); code 0 where there is no
    /// error.
    fn extended_error_info(
        &self,
        caller: &Caller,
        job: JobId,
    ) -> impl Future<Output = Reply<ExtendedErrorInfo>> + Send {
        async move { Ok(ExtendedErrorInfo::of(self.job(caller, job).await?.error.as_ref())) }
    }

    /// `GetErrorDescription` of any code (spec 6.5).
    fn describe(&self, caller: &Caller, hresult: Hresult) -> Description {
        text::describe(hresult, caller.language)
    }
}
