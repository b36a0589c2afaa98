//! The one table of operations: method, path, what goes in and what comes out.
//!
//! The server builds its router from it, the client its requests, and [`openapi`](crate::openapi) the
//! document, so none of them can know of an operation that the others do not.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use utoipa::ToSchema;

use crate::error::ErrorInfo;
use crate::event::Event;
use crate::file::{File, FileList};
use crate::job::{Job, JobPage};
use crate::manifest::read::{ManifestContent, ReadManifest};
use crate::manifest::{MakeManifest, Manifest};
use crate::openapi::Schemas;
use crate::property::{FilePropertyValue, PropertyValue};
use crate::question::{CertificateAnswer, CertificateQuestions};
use crate::reply::ReplyData;
use crate::request::{
    AddFiles, Confirm, CreateJob, Credentials, DescribeQuery, EventFilter, JobFilter, ReplacePrefix, SetFile,
    SetHeaders, SetJob,
};
use crate::service::{
    Configuration, Description, ExtendedErrorInfo, Headers, Outcome, Removed, Replaced, Service,
};

/// An operation, with everything that server, client and document must agree upon.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Which.
    pub operation: Operation,
    /// By which method.
    pub method: Verb,
    /// At which path; `{job}` and its like stand for one segment.
    pub path: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What it takes in the query.
    pub query: Query,
    /// What it takes in the body, as JSON.
    pub body: Option<Shape>,
    /// Its status when it succeeds.
    pub status: u16,
    /// What it gives.
    pub answer: Answer,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Replaces.
    Put,
    /// Changes what is given.
    Patch,
    /// Removes.
    Delete,
}

impl Verb {
    /// The same as a method of HTTP.
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// What an operation takes in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Nothing.
    None,
    /// [`JobFilter`].
    Jobs,
    /// [`EventFilter`].
    Events,
    /// [`DescribeQuery`].
    Describe,
}

impl Query {
    /// The parameters, for the document.
    pub(crate) fn parameters(self) -> Vec<utoipa::openapi::path::Parameter> {
        use utoipa::IntoParams;
        match self {
            Self::None => Vec::new(),
            Self::Jobs => JobFilter::into_params(|| None),
            Self::Events => EventFilter::into_params(|| None),
            Self::Describe => DescribeQuery::into_params(|| None),
        }
    }
}

/// What an operation gives.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// JSON.
    Json(Shape),
    /// Server-sent events (WHATWG HTML, 9.2), with JSON as their data.
    Events(Shape),
    /// Measurements (Prometheus text format).
    Metrics,
    /// Nothing.
    Empty,
}

/// A type of the wire, by what the document has to know of it.
#[derive(Clone, Copy)]
pub struct Shape(pub(crate) fn(&mut Schemas) -> String);

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0(&mut Schemas::default()))
    }
}

const fn of<T: ToSchema>() -> Shape {
    Shape(Schemas::register::<T>)
}

const fn json<T: ToSchema>() -> Answer {
    Answer::Json(of::<T>())
}

macro_rules! routes {
    ($($(#[doc = $doc:literal])+ $name:ident: $verb:ident $path:literal
        $(query $query:ident)? $(body $body:ty)? => $status:literal $answer:expr;)+) => {
        /// What a client can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])+ $name,)+
        }

        /// Every operation.
        pub const ROUTES: &[Route] = &[$(Route {
            operation: Operation::$name,
            method: Verb::$verb,
            path: $path,
            summary: concat!($($doc),+),
            query: routes!(@query $($query)?),
            body: routes!(@body $($body)?),
            status: $status,
            answer: $answer,
        },)+];
    };
    (@query) => { Query::None };
    (@query $query:ident) => { Query::$query };
    (@body) => { None };
    (@body $body:ty) => { Some(of::<$body>()) };
}

routes! {
    /// Says who answers: version, user, state folder.
    Service: Get "/v1/service" => 200 json::<Service>();
    /// Shows each setting in force and who said so.
    Config: Get "/v1/config" => 200 json::<Configuration>();
    /// Ends the service in order; its jobs stay and go on when it is started again.
    Shutdown: Post "/v1/shutdown" => 204 Answer::Empty;
    /// Gives measurements for Prometheus.
    Metrics: Get "/metrics" => 200 Answer::Metrics;
    /// Follows what happens, from `Last-Event-ID` on; unconfirmed notifications come first.
    Events: Get "/v1/events" query Events => 200 Answer::Events(of::<Event>());
    /// Says what a result code means.
    Describe: Get "/v1/codes/{hresult}" query Describe => 200 json::<Description>();
    /// Reads a file of the caller's and says what a publisher says of it: digest, pieces, sources.
    MakeManifest: Post "/v1/manifests" body MakeManifest => 200 json::<Manifest>();
    /// Reads what a publisher says of files, and keeps piece hashes so that a request for a job can name them.
    ReadManifest: Post "/v1/manifests/read" body ReadManifest => 200 json::<ManifestContent>();

    /// Makes a job, with files and settings, and resumes it if wanted; repeatable with `Idempotency-Key`.
    CreateJob: Post "/v1/jobs" body CreateJob => 201 json::<Job>();
    /// Lists jobs that are not final, oldest first.
    Jobs: Get "/v1/jobs" query Jobs => 200 json::<JobPage>();
    /// Lists jobs that ended, newest first.
    History: Get "/v1/history" query Jobs => 200 json::<JobPage>();
    /// Shows a job.
    Job: Get "/v1/jobs/{job}" => 200 json::<Job>();
    /// Changes a job's settings, all or none (merge patch).
    SetJob: Patch "/v1/jobs/{job}" body SetJob => 200 json::<Job>();
    /// Resumes a job, and retries at once what failed.
    Resume: Post "/v1/jobs/{job}/resume" => 200 json::<Job>();
    /// Suspends a job.
    Suspend: Post "/v1/jobs/{job}/suspend" => 200 json::<Job>();
    /// Ends a job: whole files appear under their names, the others are dropped.
    Complete: Post "/v1/jobs/{job}/complete" => 200 json::<Outcome>();
    /// Ends a job and drops its files.
    Cancel: Post "/v1/jobs/{job}/cancel" => 200 json::<Outcome>();
    /// Makes the caller, an administrator, the owner of a job.
    TakeOwnership: Post "/v1/jobs/{job}/take-ownership" => 200 json::<Job>();
    /// Confirms that a notification was acted on, so that it is not repeated.
    Confirm: Post "/v1/jobs/{job}/confirm" body Confirm => 204 Answer::Empty;
    /// Shows why a job is stuck and what can make it proceed.
    Error: Get "/v1/jobs/{job}/error" => 200 json::<ErrorInfo>();
    /// Gives the job property ExtendedErrorInfo of Delivery Optimization.
    ExtendedErrorInfo: Get "/v1/jobs/{job}/extended-error-info" => 200 json::<ExtendedErrorInfo>();

    /// Gives the reply to an upload, of at most 1 MiB, once the job is transferred.
    Reply: Get "/v1/jobs/{job}/reply" => 200 json::<ReplyData>();

    /// Lists the certificates of servers that the owner of a job is asked about.
    CertificateQuestions: Get "/v1/jobs/{job}/certificate-questions" => 200 json::<CertificateQuestions>();
    /// Answers one: the certificate is accepted, or refused with a code.
    AnswerCertificate: Put "/v1/jobs/{job}/certificate-questions/{question}" body CertificateAnswer => 204 Answer::Empty;

    /// Lists the files of a job, in the order in which they were added.
    Files: Get "/v1/jobs/{job}/files" => 200 json::<FileList>();
    /// Adds files, all or none.
    AddFiles: Post "/v1/jobs/{job}/files" body AddFiles => 201 json::<FileList>();
    /// Shows a file.
    File: Get "/v1/jobs/{job}/files/{file}" => 200 json::<File>();
    /// Gives a file another remote name, or says whether its content is valid.
    SetFile: Patch "/v1/jobs/{job}/files/{file}" body SetFile => 200 json::<File>();
    /// Reads a file property by its number.
    FileProperty: Get "/v1/jobs/{job}/files/{file}/properties/{property}" => 200 json::<FilePropertyValue>();
    /// Swaps the start of the remote names of all files that have it.
    ReplaceRemotePrefix: Post "/v1/jobs/{job}/replace-remote-prefix" body ReplacePrefix => 200 json::<Replaced>();

    /// Gives user name and password for the server or the proxy.
    SetCredentials: Put "/v1/jobs/{job}/credentials/{target}/{scheme}" body Credentials => 204 Answer::Empty;
    /// Removes user name and password.
    RemoveCredentials: Delete "/v1/jobs/{job}/credentials/{target}/{scheme}" => 200 json::<Removed>();
    /// Shows the custom request headers to the owner.
    Headers: Get "/v1/jobs/{job}/headers" => 200 json::<Headers>();
    /// Replaces the custom request headers.
    SetHeaders: Put "/v1/jobs/{job}/headers" body SetHeaders => 204 Answer::Empty;
    /// Makes the custom request headers unreadable for good.
    MakeHeadersWriteOnly: Post "/v1/jobs/{job}/headers/write-only" => 204 Answer::Empty;
    /// Reads a job property by its number.
    Property: Get "/v1/jobs/{job}/properties/{property}" => 200 json::<PropertyValue>();
    /// Sets a job property by its number.
    SetProperty: Put "/v1/jobs/{job}/properties/{property}" body PropertyValue => 200 json::<PropertyValue>();
}

impl Operation {
    /// Its row of the table.
    pub fn route(self) -> &'static Route {
        // The table is made with the enumeration, in one order.
        &ROUTES[self as usize]
    }
}

impl Route {
    /// The path with these texts in place of its parameters, escaped.
    pub fn fill(&self, parameters: &[&str]) -> String {
        let mut parameters = parameters.iter();
        let mut path = String::with_capacity(self.path.len() + 32);
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            match segment.starts_with('{') {
                true => path.extend(parameters.next().into_iter().flat_map(|text| escape(text))),
                false => path.push_str(segment),
            }
        }
        path
    }

    /// The names of the parameters in its path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// Everything that could be more than part of a segment; the dot too, as `..` is a segment of its own kind.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_finds_its_own_row() {
        for route in ROUTES {
            assert_eq!(route.operation.route().operation, route.operation);
        }
    }

    #[test]
    fn parameters_are_escaped_into_one_segment() {
        let route = Operation::SetCredentials.route();
        assert_eq!(route.parameters().collect::<Vec<_>>(), ["job", "target", "scheme"]);
        assert_eq!(
            route.fill(&["1", "a/../b", "x?y#z%"]),
            "/v1/jobs/1/credentials/a%2F%2E%2E%2Fb/x%3Fy%23z%25"
        );
    }
}
