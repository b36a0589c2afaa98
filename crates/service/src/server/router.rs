//! From routes to the contract. Every operation of the table has one arm here, and no other exists.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use bgcopy_api::draft::{FileChanges, FilesDraft, JobChanges, JobDraft, parse_credentials_address};
use bgcopy_api::file::FileList;
use bgcopy_api::manifest::read::{ReadDraft, ReadManifest};
use bgcopy_api::manifest::{MakeManifest, ManifestDraft};
use bgcopy_api::request::{
    AddFiles, Confirm, CreateJob, Credentials, DescribeQuery, EventFilter, NewCredentials, ReplacePrefix,
    SetFile, SetHeaders, SetJob,
};
use bgcopy_api::routes::{Operation, ROUTES, Route, Verb};
use bgcopy_api::service::{Configuration, METRICS_TEXT, Removed};
use bgcopy_api::{
    Caller, CertificateAnswer, CertificateQuestions, Contract, Hresult, Language, Problem, PropertyValue,
    RETURN_MINIMAL, Reply,
};
use bgcopy_core::catalogue::codes;
use bgcopy_core::{Refusal, catalogue};
use http::HeaderValue;
use http::header::LOCATION;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::input::Call;
use super::output::{self, Refused, empty, json, refused, wrong};
use super::{Limits, Observer, Options, events};

/// What every handler needs.
struct App<C> {
    contract: Arc<C>,
    limits: Limits,
    observe: Observer,
    shutdown: CancellationToken,
}

/// The router of the table of routes.
pub(super) fn router<C: Contract>(
    contract: Arc<C>,
    options: &Options,
    shutdown: CancellationToken,
) -> Router {
    let (limits, observe) = (options.limits, options.observe.clone());
    let app = Arc::new(App { contract, limits, observe, shutdown });
    let mut router = Router::new();
    for route in ROUTES {
        let app = app.clone();
        let handler = move |parameters, request| answer(app.clone(), route, parameters, request);
        router = router.route(route.path, on(filter(route.method), handler));
    }
    router.method_not_allowed_fallback(wrong_method).fallback(no_such_path)
}

const fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Put => MethodFilter::PUT,
        Verb::Patch => MethodFilter::PATCH,
        Verb::Delete => MethodFilter::DELETE,
    }
}

async fn no_such_path(request: Request) -> Response {
    let path = request.uri().path();
    output::problem(&wrong(404, "no-such-path", "the API has no such path").at(path))
}

async fn wrong_method(request: Request) -> Response {
    let detail = format!("{} is not possible here; the header Allow names what is", request.method());
    output::problem(&wrong(405, "wrong-method", detail).at(request.uri().path()))
}

async fn answer<C: Contract>(
    app: Arc<App<C>>,
    route: &'static Route,
    parameters: RawPathParams,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    let answered = match Call::read(route, &parameters, request, &app.limits).await {
        Ok(call) => carry_out(&app, route, &call).await,
        Err(problem) => Err(problem),
    };
    let response = answered.unwrap_or_else(|problem| output::problem(&problem.at(&path)));
    (app.observe)(route.path, response.status().as_u16());
    response
}

/// Carries an operation out: the table of operations, as calls of the contract.
async fn carry_out<C: Contract>(app: &App<C>, route: &Route, call: &Call) -> Result<Response, Refused> {
    use Operation as O;
    let (contract, who) = (&*app.contract, &call.caller);
    let to = Answering { route, caller: who };
    match route.operation {
        O::Service => to.json(contract.service(who).await),
        O::Config => to.json(contract.config(who).await.map(|settings| Configuration { settings })),
        O::Shutdown => to.empty(contract.shutdown(who).await),
        O::Metrics => Ok(output::text(METRICS_TEXT, contract.metrics().await)),
        O::Events => follow(app, call).await,
        O::Describe => describe(contract, call),
        O::MakeManifest => {
            let wanted = call.checked_body::<MakeManifest, ManifestDraft>()?;
            to.json(contract.make_manifest(who, wanted).await)
        }
        O::ReadManifest => {
            let wanted = call.checked_body::<ReadManifest, ReadDraft>()?;
            to.json(contract.read_manifest(who, wanted).await)
        }

        O::CreateJob => create_job(contract, call, &to).await,
        O::Jobs => to.json(contract.jobs(who, call.query()?).await),
        O::History => to.json(contract.history(who, call.query()?).await),
        O::Job => to.json(contract.job(who, call.job()?).await),
        O::SetJob => {
            let changes = call.checked_body::<SetJob, JobChanges>()?;
            to.json(contract.set_job(who, call.job()?, changes).await)
        }
        O::Resume => to.json(contract.resume(who, call.job()?).await),
        O::Suspend => to.json(contract.suspend(who, call.job()?).await),
        O::Complete => to.json(contract.complete(who, call.job()?).await),
        O::Cancel => to.json(contract.cancel(who, call.job()?).await),
        O::TakeOwnership => to.json(contract.take_ownership(who, call.job()?).await),
        O::Confirm => {
            let confirm: Confirm = call.body()?;
            to.empty(contract.confirm(who, call.job()?, confirm.notification).await)
        }
        O::Error => to.json(contract.error(who, call.job()?).await),
        O::CertificateQuestions => {
            let questions = contract.certificate_questions(who, call.job()?).await;
            to.json(questions.map(|questions| CertificateQuestions { questions }))
        }
        O::AnswerCertificate => {
            let (job, question) = (call.job()?, call.question()?);
            let CertificateAnswer { hresult } = call.body()?;
            to.empty(contract.answer_certificate(who, job, question, hresult).await)
        }
        O::Reply => to.json(contract.reply_data(who, call.job()?).await),
        O::ExtendedErrorInfo => to.json(contract.extended_error_info(who, call.job()?).await),

        O::Files => to.json(contract.files(who, call.job()?).await.map(|files| FileList { files })),
        O::AddFiles => add_files(contract, call, &to).await,
        O::File => to.json(contract.file(who, call.job()?, call.file()?).await),
        O::SetFile => {
            let changes = call.checked_body::<SetFile, FileChanges>()?;
            to.json(contract.set_file(who, call.job()?, call.file()?, changes).await)
        }
        O::FileProperty => {
            let property = call.property()?;
            to.json(contract.file_property(who, call.job()?, call.file()?, property).await)
        }
        O::ReplaceRemotePrefix => {
            let prefixes: ReplacePrefix = call.body()?;
            to.json(contract.replace_remote_prefix(who, call.job()?, prefixes).await)
        }

        O::SetCredentials => {
            let credentials = credentials(call)?;
            to.empty(contract.set_credentials(who, call.job()?, credentials).await)
        }
        O::RemoveCredentials => {
            let (target, scheme) = credentials_address(call)?;
            let removed = contract.remove_credentials(who, call.job()?, target, scheme).await;
            to.json(removed.map(|removed| Removed { removed }))
        }
        O::Headers => to.json(contract.headers(who, call.job()?).await),
        O::SetHeaders => {
            let SetHeaders { headers } = call.body()?;
            to.empty(contract.set_headers(who, call.job()?, headers).await)
        }
        O::MakeHeadersWriteOnly => to.empty(contract.make_headers_write_only(who, call.job()?).await),
        O::Property => to.json(contract.property(who, call.job()?, call.property()?).await),
        O::SetProperty => {
            let (property, value): (_, PropertyValue) = (call.property()?, call.body()?);
            to.json(contract.set_property(who, call.job()?, property, value).await)
        }
    }
}

/// How the answer to a request is made.
struct Answering<'a> {
    route: &'a Route,
    caller: &'a Caller,
}

impl Answering<'_> {
    fn json<T: Serialize>(&self, reply: Reply<T>) -> Result<Response, Refused> {
        let reply = reply.map_err(|refusal| refused(&refusal, self.caller))?;
        json(self.route.status, &reply)
    }

    fn empty(&self, reply: Reply<()>) -> Result<Response, Refused> {
        reply.map_err(|refusal| refused(&refusal, self.caller))?;
        Ok(empty(self.route.status))
    }
}

async fn create_job<C: Contract>(contract: &C, call: &Call, to: &Answering<'_>) -> Result<Response, Refused> {
    let job = call.checked_body::<CreateJob, JobDraft>()?;
    let key = call.idempotency_key()?;
    let job = contract.create_job(&call.caller, job, key).await;
    let place = job.as_ref().ok().map(|job| Operation::Job.route().fill(&[&job.id.to_string()]));
    let mut response = to.json(job)?;
    if let Some(place) = place.and_then(|place| HeaderValue::try_from(place).ok()) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

async fn add_files<C: Contract>(contract: &C, call: &Call, to: &Answering<'_>) -> Result<Response, Refused> {
    let AddFiles { files } = call.checked_body::<AddFiles, FilesDraft>()?;
    if files.is_empty() {
        let reason = "must hold a file".to_owned();
        return Err(refused(&Refusal::InvalidArgument { argument: "files", reason }, &call.caller));
    }
    let added = contract.add_files(&call.caller, call.job()?, files).await;
    if !call.prefers_minimal() {
        return to.json(added.map(|files| FileList { files }));
    }
    let mut response = to.empty(added.map(drop))?;
    response.headers_mut().insert("preference-applied", HeaderValue::from_static(RETURN_MINIMAL));
    Ok(response)
}

async fn follow<C: Contract>(app: &App<C>, call: &Call) -> Result<Response, Refused> {
    let filter: EventFilter = call.query()?;
    let after = call.last_event()?.or(filter.after);
    let subscription = app.contract.subscribe(&call.caller, filter, after).await;
    let subscription = subscription.map_err(|refusal| refused(&refusal, &call.caller))?;
    Ok(events::stream(subscription, &app.limits, app.shutdown.clone()))
}

/// A code by its number or by its symbol, in a language by its number or by that of the request (spec 6.5).
fn describe<C: Contract>(contract: &C, call: &Call) -> Result<Response, Refused> {
    let text = call.parameter("hresult");
    let code = text.starts_with("0x").then(|| text.parse::<Hresult>().ok()).flatten();
    let code = code.or_else(|| catalogue::from_name(text));
    let code =
        code.ok_or_else(|| wrong(400, "invalid-code", "write the code like 0x80190194, or its symbol"))?;
    let language = match call.query::<DescribeQuery>()?.language_id {
        None => call.caller.language,
        Some(0) => return Err(wrong(400, "invalid-argument", "language_id 0 is no language")),
        Some(id) => Language::from_langid(id).ok_or_else(|| no_language(id))?,
    };
    json(200, &contract.describe(&Caller { language, ..call.caller }, code))
}

fn no_language(id: u32) -> Refused {
    let detail = format!("there are no texts in language {id}; English is 1033, French 1036");
    Box::new(Problem::new(404, "no-such-language", codes::ERROR_RESOURCE_LANG_NOT_FOUND, detail))
}

/// Credentials, addressed by the path.
fn credentials(call: &Call) -> Result<NewCredentials, Refused> {
    let (target, scheme) = credentials_address(call)?;
    let Credentials { user, password } = call.body()?;
    Ok(NewCredentials { target, scheme, user, password })
}

fn credentials_address(call: &Call) -> Result<(String, String), Refused> {
    let (target, scheme) = (call.parameter("target"), call.parameter("scheme"));
    parse_credentials_address(target, scheme).map_err(|rejected| call.rejected(&rejected))?;
    Ok((target.to_owned(), scheme.to_owned()))
}
