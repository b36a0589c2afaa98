//! The client: one method per operation, over the service's Unix socket.
//!
//! The client never repeats a request that may have reached the service; [`ClientError::Interrupted`] says
//! so, and a job is made again safely with the same idempotency key.

mod connection;
mod error;
mod events;
pub(crate) mod sse;

use std::path::Path;
use std::sync::Arc;

use bgcopy_core::{Family, FileIndex, Hresult, JobId};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use connection::{CONNECT_TIMEOUT, LOOK_TIMEOUT};
use connection::{Connector, Outgoing, protocol};
pub use error::ClientError;
pub use events::Events;

use crate::error::ErrorInfo;
use crate::file::{File, FileList};
use crate::job::{Job, JobPage};
use crate::manifest::read::{ManifestContent, ReadManifest};
use crate::manifest::{MakeManifest, Manifest};
use crate::property::{FileProperty, FilePropertyValue, JobProperty, PropertyValue};
use crate::question::{CertificateAnswer, CertificateQuestion, CertificateQuestions, QuestionId};
use crate::reply::ReplyData;
use crate::request::{
    AddFile, AddFiles, Confirm, CreateJob, Credentials, DescribeQuery, EventFilter, Header, JobFilter,
    NewCredentials, Notification, ReplacePrefix, SetFile, SetHeaders, SetJob,
};
use crate::routes::Operation;
use crate::service::{
    Configuration, Description, ExtendedErrorInfo, Headers, Outcome, Removed, Replaced, Service, Setting,
};
use crate::text::Language;
use crate::{IDEMPOTENCY_HEADER, PREFER_HEADER, RETURN_MINIMAL};

/// What a request gives.
pub type Result<T> = std::result::Result<T, ClientError>;

/// A client of one service. Clones share a connection.
#[derive(Clone, Debug)]
pub struct Client {
    connector: Arc<Connector>,
}

impl Client {
    /// Connects to the service at this socket; texts come in `language`.
    pub async fn connect(socket: &Path, language: Language) -> Result<Self> {
        let client =
            Self { connector: Arc::new(Connector::new(socket.to_owned(), language, Family::default())) };
        client.service().await?;
        Ok(client)
    }

    /// A client of the same service, with connections of its own, that is told the codes of this family.
    #[must_use]
    pub fn speaking(&self, family: Family) -> Self {
        let connector = Connector::new(self.socket().to_owned(), self.language(), family);
        Self { connector: Arc::new(connector) }
    }

    /// Where the service is.
    pub fn socket(&self) -> &Path {
        self.connector.socket()
    }

    /// In which language its texts come.
    pub fn language(&self) -> Language {
        self.connector.language()
    }

    /// Who answers.
    pub async fn service(&self) -> Result<Service> {
        self.read(Operation::Service, &[]).await
    }

    /// The settings in force, with who said so.
    pub async fn config(&self) -> Result<Vec<Setting>> {
        let configuration: Configuration = self.read(Operation::Config, &[]).await?;
        Ok(configuration.settings)
    }

    /// Ends the service.
    pub async fn shutdown(&self) -> Result<()> {
        self.act(Operation::Shutdown, &[]).await
    }

    /// Measurements in the text format of Prometheus.
    pub async fn metrics(&self) -> Result<String> {
        let text =
            self.exchange(Operation::Metrics, request_target(Operation::Metrics, &[]), None, Vec::new());
        String::from_utf8(text.await?.to_vec()).map_err(|_| protocol("the measurements are not text"))
    }

    /// Has a file that is here read, and gives what a publisher says of it. That takes as long as reading
    /// takes; the service stops when this is dropped.
    pub async fn make_manifest(&self, wanted: &MakeManifest) -> Result<Manifest> {
        self.write(Operation::MakeManifest, &[], wanted).await
    }

    /// Has a publisher's document read, and gives what it says.
    pub async fn read_manifest(&self, wanted: &ReadManifest) -> Result<ManifestContent> {
        self.write(Operation::ReadManifest, &[], wanted).await
    }

    /// Follows what happens.
    pub async fn events(&self, filter: EventFilter) -> Result<Events> {
        Events::open(self.connector.clone(), filter).await
    }

    /// What a result code means; without `language_id` in the client's language.
    pub async fn describe(&self, hresult: Hresult, language_id: Option<u32>) -> Result<Description> {
        let target =
            with_query(Operation::Describe, &[&hresult.to_string()], &DescribeQuery { language_id })?;
        parse(&self.exchange(Operation::Describe, target, None, Vec::new()).await?)
    }

    /// Makes a job. With the same key it may be asked for again after [`ClientError::Interrupted`].
    pub async fn create_job(&self, job: &CreateJob, idempotency_key: Option<&str>) -> Result<Job> {
        let headers = idempotency_key.map(|key| (IDEMPOTENCY_HEADER, key.to_owned())).into_iter().collect();
        let target = request_target(Operation::CreateJob, &[]);
        parse(&self.exchange(Operation::CreateJob, target, Some(encode(job)?), headers).await?)
    }

    /// One part of the list of jobs.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<JobPage> {
        let target = with_query(Operation::Jobs, &[], filter)?;
        parse(&self.exchange(Operation::Jobs, target, None, Vec::new()).await?)
    }

    /// The whole list of jobs, part by part.
    pub async fn all_jobs(&self, filter: &JobFilter) -> Result<Vec<Job>> {
        let mut filter = filter.clone();
        let mut jobs = Vec::new();
        loop {
            let page = self.jobs(&filter).await?;
            jobs.extend(page.jobs);
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(jobs),
            }
        }
    }

    /// The one job that goes by this name: its id, the start of its id, or its display name. By its whole id an
    /// administrator finds the job of another user (spec 9.9), and everybody a job that has ended.
    pub async fn find_job(&self, name: &str) -> Result<Job> {
        if let Ok(id) = name.parse() {
            match self.job(id).await {
                Err(ClientError::Problem(problem)) if problem.code == "not-found" => {}
                answer => return answer,
            }
        }
        let mut jobs = self.jobs(&JobFilter::named(name)).await?.jobs;
        match jobs.len() {
            1 => Ok(jobs.remove(0)),
            0 => Err(ClientError::NoSuchJob { name: name.to_owned() }),
            _ => Err(ClientError::Ambiguous {
                name: name.to_owned(),
                jobs: jobs.into_iter().map(|job| (job.id, job.display_name)).collect(),
            }),
        }
    }

    /// One part of the list of jobs that ended, newest first.
    pub async fn history(&self, filter: &JobFilter) -> Result<JobPage> {
        let target = with_query(Operation::History, &[], filter)?;
        parse(&self.exchange(Operation::History, target, None, Vec::new()).await?)
    }

    /// A job.
    pub async fn job(&self, job: JobId) -> Result<Job> {
        self.read(Operation::Job, &[&job.to_string()]).await
    }

    /// Changes settings, all or none.
    pub async fn set_job(&self, job: JobId, changes: &SetJob) -> Result<Job> {
        self.write(Operation::SetJob, &[&job.to_string()], changes).await
    }

    /// Adds files, all or none; gives them.
    pub async fn add_files(&self, job: JobId, files: Vec<AddFile>) -> Result<Vec<File>> {
        let list: FileList =
            self.write(Operation::AddFiles, &[&job.to_string()], &AddFiles { files }).await?;
        Ok(list.files)
    }

    /// Adds files, all or none, and does not have them shown: of thousands that takes as long as adding them.
    pub async fn add_files_unseen(&self, job: JobId, files: Vec<AddFile>) -> Result<()> {
        let target = request_target(Operation::AddFiles, &[&job.to_string()]);
        let prefer = vec![(PREFER_HEADER, RETURN_MINIMAL.to_owned())];
        self.exchange(Operation::AddFiles, target, Some(encode(&AddFiles { files })?), prefer).await.map(drop)
    }

    /// `Resume`.
    pub async fn resume(&self, job: JobId) -> Result<Job> {
        self.read(Operation::Resume, &[&job.to_string()]).await
    }

    /// `Suspend`.
    pub async fn suspend(&self, job: JobId) -> Result<Job> {
        self.read(Operation::Suspend, &[&job.to_string()]).await
    }

    /// `Complete`.
    pub async fn complete(&self, job: JobId) -> Result<Outcome> {
        self.read(Operation::Complete, &[&job.to_string()]).await
    }

    /// `Cancel`.
    pub async fn cancel(&self, job: JobId) -> Result<Outcome> {
        self.read(Operation::Cancel, &[&job.to_string()]).await
    }

    /// `TakeOwnership`.
    pub async fn take_ownership(&self, job: JobId) -> Result<Job> {
        self.read(Operation::TakeOwnership, &[&job.to_string()]).await
    }

    /// Says that a notification was acted on.
    pub async fn confirm(&self, job: JobId, notification: Notification) -> Result<()> {
        self.put(Operation::Confirm, &[&job.to_string()], &Confirm { notification }).await
    }

    /// `GetError`.
    pub async fn error(&self, job: JobId) -> Result<ErrorInfo> {
        self.read(Operation::Error, &[&job.to_string()]).await
    }

    /// `GetReplyData`.
    pub async fn reply_data(&self, job: JobId) -> Result<ReplyData> {
        self.read(Operation::Reply, &[&job.to_string()]).await
    }

    /// The certificates of servers that the owner of a job is asked about, the oldest question first.
    pub async fn certificate_questions(&self, job: JobId) -> Result<Vec<CertificateQuestion>> {
        let list: CertificateQuestions =
            self.read(Operation::CertificateQuestions, &[&job.to_string()]).await?;
        Ok(list.questions)
    }

    /// Answers one of them: `S_OK` accepts, any failure refuses.
    pub async fn answer_certificate(&self, job: JobId, question: QuestionId, hresult: Hresult) -> Result<()> {
        let parameters = [&job.to_string(), &question.to_string()];
        let answer = CertificateAnswer { hresult };
        self.put(Operation::AnswerCertificate, &parameters.map(String::as_str), &answer).await
    }

    /// The job property `ExtendedErrorInfo`.
    pub async fn extended_error_info(&self, job: JobId) -> Result<ExtendedErrorInfo> {
        self.read(Operation::ExtendedErrorInfo, &[&job.to_string()]).await
    }

    /// The files of a job.
    pub async fn files(&self, job: JobId) -> Result<Vec<File>> {
        let list: FileList = self.read(Operation::Files, &[&job.to_string()]).await?;
        Ok(list.files)
    }

    /// A file.
    pub async fn file(&self, job: JobId, file: FileIndex) -> Result<File> {
        self.read(Operation::File, &[&job.to_string(), &file.to_string()]).await
    }

    /// `SetRemoteName`, `SetValidationState`.
    pub async fn set_file(&self, job: JobId, file: FileIndex, changes: &SetFile) -> Result<File> {
        self.write(Operation::SetFile, &[&job.to_string(), &file.to_string()], changes).await
    }

    /// A file property.
    pub async fn file_property(
        &self,
        job: JobId,
        file: FileIndex,
        property: FileProperty,
    ) -> Result<FilePropertyValue> {
        let parameters = [&job.to_string(), &file.to_string(), &property.id().to_string()];
        self.read(Operation::FileProperty, &parameters.map(String::as_str)).await
    }

    /// `ReplaceRemotePrefix`.
    pub async fn replace_remote_prefix(&self, job: JobId, prefixes: &ReplacePrefix) -> Result<Replaced> {
        self.write(Operation::ReplaceRemotePrefix, &[&job.to_string()], prefixes).await
    }

    /// `SetCredentials`.
    pub async fn set_credentials(&self, job: JobId, credentials: NewCredentials) -> Result<()> {
        let NewCredentials { target, scheme, user, password } = credentials;
        let body = Credentials { user, password };
        self.put(Operation::SetCredentials, &[&job.to_string(), &target, &scheme], &body).await
    }

    /// `RemoveCredentials`: whether there were any.
    pub async fn remove_credentials(&self, job: JobId, target: &str, scheme: &str) -> Result<bool> {
        let parameters = [&job.to_string(), target, scheme];
        let removed: Removed = self.read(Operation::RemoveCredentials, &parameters).await?;
        Ok(removed.removed)
    }

    /// `GetCustomHeaders`.
    pub async fn headers(&self, job: JobId) -> Result<Vec<Header>> {
        let headers: Headers = self.read(Operation::Headers, &[&job.to_string()]).await?;
        Ok(headers.headers)
    }

    /// `SetCustomHeaders`.
    pub async fn set_headers(&self, job: JobId, headers: Vec<Header>) -> Result<()> {
        self.put(Operation::SetHeaders, &[&job.to_string()], &SetHeaders { headers }).await
    }

    /// `MakeCustomHeadersWriteOnly`.
    pub async fn make_headers_write_only(&self, job: JobId) -> Result<()> {
        self.act(Operation::MakeHeadersWriteOnly, &[&job.to_string()]).await
    }

    /// A job property.
    pub async fn property(&self, job: JobId, property: JobProperty) -> Result<PropertyValue> {
        self.read(Operation::Property, &[&job.to_string(), &property.to_string()]).await
    }

    /// Sets a job property.
    pub async fn set_property(
        &self,
        job: JobId,
        property: JobProperty,
        value: PropertyValue,
    ) -> Result<PropertyValue> {
        self.write(Operation::SetProperty, &[&job.to_string(), &property.to_string()], &value).await
    }

    /// An operation without a body whose answer is JSON.
    async fn read<T: DeserializeOwned>(&self, operation: Operation, parameters: &[&str]) -> Result<T> {
        let target = request_target(operation, parameters);
        parse(&self.exchange(operation, target, None, Vec::new()).await?)
    }

    /// An operation without body and answer.
    async fn act(&self, operation: Operation, parameters: &[&str]) -> Result<()> {
        let target = request_target(operation, parameters);
        self.exchange(operation, target, None, Vec::new()).await.map(drop)
    }

    /// An operation with a body and an answer.
    async fn write<T: DeserializeOwned>(
        &self,
        operation: Operation,
        parameters: &[&str],
        body: &impl Serialize,
    ) -> Result<T> {
        let target = request_target(operation, parameters);
        parse(&self.exchange(operation, target, Some(encode(body)?), Vec::new()).await?)
    }

    /// An operation with a body and without an answer.
    async fn put(&self, operation: Operation, parameters: &[&str], body: &impl Serialize) -> Result<()> {
        let target = request_target(operation, parameters);
        self.exchange(operation, target, Some(encode(body)?), Vec::new()).await.map(drop)
    }

    async fn exchange(
        &self,
        operation: Operation,
        target: String,
        body: Option<Vec<u8>>,
        headers: Vec<(&'static str, String)>,
    ) -> Result<bytes::Bytes> {
        let method = operation.route().method.method();
        self.connector.exchange(Outgoing { method, target, headers, body }).await
    }
}

fn request_target(operation: Operation, parameters: &[&str]) -> String {
    operation.route().fill(parameters)
}

fn with_query(operation: Operation, parameters: &[&str], query: &impl Serialize) -> Result<String> {
    let path = request_target(operation, parameters);
    let query = serde_urlencoded::to_string(query).map_err(|error| protocol(error.to_string()))?;
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

fn encode(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| protocol(error.to_string()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| protocol(error.to_string()))
}
