//! The OpenAPI document, made from the table of routes and the wire types.
//!
//! It is checked in at `openapi/bgcopy.json`, so that a change of the API is a change somebody reviews.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::{
    Content, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, OpenApiVersion, Paths, Ref, RefOr,
    Required, Response, Schema,
};

use crate::problem::{PROBLEM_JSON, Problem};
use crate::routes::{Answer, Query, ROUTES, Route, Shape, Verb};
use crate::service::METRICS_TEXT;
use crate::{API_VERSION, IDEMPOTENCY_HEADER, PREFER_HEADER};

/// The schemas that the document names.
#[derive(Default)]
pub(crate) struct Schemas(BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    /// Puts a type and all it is made of in, and gives its name.
    pub(crate) fn register<T: ToSchema>(&mut self) -> String {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        self.0.extend(parts);
        self.0.insert(T::name().into_owned(), T::schema());
        T::name().into_owned()
    }

    fn reference(&mut self, shape: Shape) -> Ref {
        Ref::from_schema_name(shape.0(self))
    }
}

/// The document as it is checked in: JSON, with a newline at its end.
pub fn document_text() -> String {
    // Serialising the document fails for no value that it can hold.
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The document.
pub fn document() -> OpenApi {
    let mut schemas = Schemas::default();
    schemas.register::<Problem>();
    let mut paths = Paths::new();
    for route in ROUTES {
        let methods = vec![method(route.method)];
        paths.add_path_operation(route.path, methods, operation(route, &mut schemas));
    }
    let components = schemas
        .0
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| components.schema(name, schema));
    OpenApiBuilder::new()
        .openapi(OpenApiVersion::Version31)
        .info(
            InfoBuilder::new()
                .title("bgcopy")
                .version(API_VERSION.to_string())
                .description(Some(DESCRIPTION))
                .build(),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

const DESCRIPTION: &str = "Background transfers: the service's API over its Unix socket.\n\n\
    Callers are known by the credentials of the socket. Requests refuse fields they do not know, and bodies of \
    more than 1 MiB. That is room for some 20,000 piece hashes; longer lists, of up to 1,048,576 pieces, are read by \
    `POST /v1/manifests/read` and then named. Answers may gain fields within one version, which every answer names \
    in the header `Bgcopy-Api`. Sizes and offsets are integers, exact up to 2^53 in clients that keep numbers as doubles. \
    Times are RFC 3339 in UTC, durations seconds unless named otherwise. `Accept-Language` chooses the language \
    of texts, `Bgcopy-Family: bits` the codes of the BITS family instead of those of Delivery Optimization. \
    Every error is a problem document (RFC 9457).";

const fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .summary(Some(route.summary.trim()))
        .response(route.status.to_string(), answer(route, schemas))
        .response("default", problem());
    for name in route.parameters() {
        operation = operation.parameter(path_parameter(name));
    }
    for parameter in route.query.parameters().into_iter().chain(header_parameters(route)) {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = route.body {
        let content = Content::new(Some(schemas.reference(body)));
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    operation.build()
}

/// The name of the operation in generated clients: `SetJob` is `set_job`.
fn operation_id(route: &Route) -> String {
    let mut id = String::new();
    for c in format!("{:?}", route.operation).chars() {
        if c.is_ascii_uppercase() && !id.is_empty() {
            id.push('_');
        }
        id.push(c.to_ascii_lowercase());
    }
    id
}

fn answer(route: &Route, schemas: &mut Schemas) -> Response {
    let response = ResponseBuilder::new();
    match route.answer {
        Answer::Json(shape) => response
            .description("Done.")
            .content("application/json", Content::new(Some(schemas.reference(shape)))),
        Answer::Events(shape) => response
            .description("The `data` of each event is one such object; `id` and `event` repeat its fields.")
            .content("text/event-stream", Content::new(Some(schemas.reference(shape)))),
        Answer::Metrics => response
            .description("OpenMetrics, which Prometheus reads.")
            .content(METRICS_TEXT, Content::new(Some(text_schema()))),
        Answer::Empty => response.description("Done."),
    }
    .build()
}

fn problem() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description("Refused; nothing was changed.").content(PROBLEM_JSON, content).build()
}

fn text_schema() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).build().into()
}

fn path_parameter(name: &str) -> Parameter {
    let description = match name {
        "job" => "The full id of a job; names are looked up with `GET /v1/jobs?name=`.",
        "file" => "The place of a file in its job, from 0.",
        "hresult" => "A result code in hexadecimal, such as `0x80190194`.",
        "property" => "The number of a property in the Windows headers.",
        "target" => "`server` or `proxy`.",
        "scheme" => "`basic` or `digest`.",
        _ => "",
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(text_schema()))
        .build()
}

/// The headers that a single operation knows, besides those that all know.
fn header_parameters(route: &Route) -> Option<Parameter> {
    let (name, description) = match (route.operation, route.query) {
        (crate::routes::Operation::CreateJob, _) => {
            (IDEMPOTENCY_HEADER, "The same key of the same user gives the job that was made before.")
        }
        (crate::routes::Operation::AddFiles, _) => (
            PREFER_HEADER,
            "With `return=minimal` (RFC 7240) the answer has no body: the files are not shown again.",
        ),
        (_, Query::Events) => ("last-event-id", "The last event that the client has seen."),
        _ => return None,
    };
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(text_schema()));
    Some(parameter.build())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/bgcopy.json");

    #[test]
    fn the_document_that_is_checked_in_is_that_of_the_code() {
        let text = document_text();
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::create_dir_all(Path::new(FILE).parent().unwrap()).unwrap();
            std::fs::write(FILE, &text).unwrap();
        }
        let checked_in = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(checked_in == text, "run the tests with UPDATE_OPENAPI=1 and review the change of {FILE}");
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let text = document_text();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let references =
            text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
        let mut count = 0;
        for name in references {
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn every_route_is_in_the_document_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(&document_text()).unwrap();
        let mut known = 0;
        for route in ROUTES {
            let verb = route.method.method().as_str().to_ascii_lowercase();
            let operation = &document["paths"][route.path][&verb];
            assert!(operation["responses"][route.status.to_string()].is_object(), "{verb} {}", route.path);
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            known += 1;
        }
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.values().map(|item| item.as_object().unwrap().len()).sum::<usize>(), known);
    }
}
