//! Every operation, asked by the client of the API.

use bgcopy_api::client::ClientError;
use bgcopy_api::manifest::read::ReadManifest;
use bgcopy_api::request::{CreateJob, EventFilter, JobFilter, NewCredentials, Notification, ReplacePrefix};
use bgcopy_api::routes::{Operation, ROUTES};
use bgcopy_api::{
    AddFile, EndOutcome, FileProperty, Header, Hresult, JobId, JobProperty, JobState, MakeManifest,
    ManifestFormat, PropertyValue, SetFile, SetJob,
};
use bgcopy_core::{FileIndex, Secret};

use super::fake::JOB;
use super::rig::Rig;

fn job() -> JobId {
    JOB.parse().unwrap()
}

#[tokio::test]
async fn jobs_are_made_listed_shown_and_changed() {
    let rig = Rig::new();
    let client = rig.client().await;
    let mut wanted = CreateJob::named("the job");
    wanted.files.push(AddFile::whole("https://example.com/f", "/tmp/f".as_ref()));
    let made = client.create_job(&wanted, Some("key 1")).await.unwrap();
    assert_eq!(
        (made.id, made.state, made.unconfirmed),
        (job(), JobState::Error, vec![Notification::JobError])
    );
    assert_eq!(rig.fake.asked(), [r#"create the job 1 Some("key 1")"#]);

    assert_eq!(client.all_jobs(&JobFilter::default()).await.unwrap().len(), 1);
    for name in ["the job", JOB, "0000"] {
        assert_eq!(client.find_job(name).await.unwrap().id, job(), "{name}");
    }
    for name in ["000", "other"] {
        assert!(matches!(client.find_job(name).await, Err(ClientError::NoSuchJob { .. })), "{name}");
    }
    assert_eq!(
        client.history(&JobFilter { limit: Some(9_999), ..JobFilter::default() }).await.unwrap().jobs,
        []
    );
    assert_eq!(rig.fake.asked().last().unwrap(), "history 1000");

    let mut changes = SetJob { display_name: Some("new".to_owned()), ..SetJob::default() };
    changes.settings.notification_clsid = bgcopy_api::Patch::Clear;
    client.set_job(job(), &changes).await.unwrap();
    assert_eq!(
        rig.fake.asked(),
        [r#"set {"display_name":"new","settings":{"notification_clsid":null}}"#],
        "null and absent differ"
    );
    assert_eq!(client.job(job()).await.unwrap().error.unwrap().code, "http-404");
}

#[tokio::test]
async fn jobs_are_driven_and_their_outcomes_told() {
    let rig = Rig::new();
    let client = rig.client().await;
    client.resume(job()).await.unwrap();
    client.take_ownership(job()).await.unwrap();
    client.confirm(job(), Notification::JobError).await.unwrap();
    let complete = client.complete(job()).await.unwrap();
    assert_eq!((complete.outcome, complete.hresult), (EndOutcome::PartialComplete, Hresult(0x0020_0017)));
    assert_eq!(complete.state, JobState::Acknowledged);
    let cancel = client.cancel(job()).await.unwrap();
    assert_eq!((cancel.hresult, cancel.left_behind.len()), (Hresult(0x0020_001A), 1));
    let Err(ClientError::Problem(problem)) = client.suspend(job()).await else { panic!("refused") };
    assert_eq!((problem.status, problem.code.as_str()), (409, "invalid-state"));
    assert_eq!(
        (problem.hresult, problem.symbol.as_deref()),
        (Hresult(0x80D0_2013), Some("DO_E_INVALID_STATE"))
    );
    assert_eq!(problem.instance, format!("/v1/jobs/{JOB}/suspend"));
    assert_eq!(
        rig.fake.asked(),
        ["resume", "take ownership", "confirm JobError", "complete", "cancel", "suspend"]
    );
    let error = client.error(job()).await.unwrap();
    assert_eq!((error.hresult, error.symbol.as_deref()), (Hresult(0x8019_0194), Some("BG_E_HTTP_ERROR_404")));
    assert!(error.remedies.iter().any(|remedy| remedy.action == "set-remote-name"));
    let reply = client.reply_data(job()).await.unwrap();
    assert_eq!((reply.length, reply.data.unwrap().0), (2, b"ok".to_vec()));
    let extended = client.extended_error_info(job()).await.unwrap();
    assert_eq!(
        (extended.hresult.as_str(), extended.context, extended.http_status),
        ("0x80190194", 5, Some(404))
    );
    assert!(!extended.url.unwrap().contains("s3cret"));
}

#[tokio::test]
async fn files_are_added_shown_and_changed() {
    let rig = Rig::new();
    let client = rig.client().await;
    let file = AddFile::whole("https://example.com/f", "/tmp/f".as_ref());
    let added = client.add_files(job(), vec![file.clone(), file]).await.unwrap();
    assert_eq!(added[0].remote_name, "https://example.com/f?sig=s3cret", "complete for the owner");
    let file = AddFile::whole("https://example.com/f", "/tmp/f".as_ref());
    client.add_files_unseen(job(), vec![file]).await.unwrap();
    assert_eq!(client.files(job()).await.unwrap().len(), 1);
    assert_eq!(client.file(job(), FileIndex(0)).await.unwrap().local_path().to_str(), Some("/tmp/f"));
    let Err(ClientError::Problem(problem)) = client.file(job(), FileIndex(7)).await else {
        panic!("refused")
    };
    assert_eq!((problem.status, problem.code.as_str()), (404, "file-not-found"));
    let changes = SetFile { remote_name: Some("https://other.example/f".to_owned()), ..SetFile::default() };
    client.set_file(job(), FileIndex(0), &changes).await.unwrap();
    let headers = client.file_property(job(), FileIndex(0), FileProperty::HttpResponseHeaders).await.unwrap();
    assert!(headers.string.unwrap().starts_with("HTTP/1.1 404"));
    let prefixes = ReplacePrefix { old_prefix: "https://a/".to_owned(), new_prefix: "https://b/".to_owned() };
    assert_eq!(client.replace_remote_prefix(job(), &prefixes).await.unwrap().files, 1);
    assert_eq!(
        rig.fake.asked(),
        [
            "add 2",
            "add 1",
            "files",
            "file 0",
            "file 7",
            r#"set file {"remote_name":"https://other.example/f"} 0"#,
            "file property 1 0",
            "replace https://a/ https://b/",
        ]
    );
}

#[tokio::test]
async fn secrets_go_in_and_properties_go_by_number() {
    let rig = Rig::new();
    let client = rig.client().await;
    let [target, scheme, user] = ["proxy", "digest", "ada"].map(str::to_owned);
    let credentials = NewCredentials { target, scheme, user, password: Secret::new("pw") };
    client.set_credentials(job(), credentials).await.unwrap();
    assert!(!client.remove_credentials(job(), "server", "basic").await.unwrap());
    let header = Header::new("X-Token", "t");
    client.set_headers(job(), vec![header]).await.unwrap();
    assert_eq!(client.headers(job()).await.unwrap(), []);
    client.make_headers_write_only(job()).await.unwrap();
    let value = client.property(job(), JobProperty::CostFlags).await.unwrap();
    assert_eq!(value, PropertyValue::Dword(0x8000_0067));
    client.set_property(job(), JobProperty::DynamicContent, PropertyValue::Enable(true)).await.unwrap();
    assert_eq!(
        rig.fake.asked(),
        [
            "credentials proxy digest ada pw",
            "remove credentials server basic",
            r#"set headers ["X-Token"]"#,
            "headers",
            "write only",
            "job",
            r#"set {"settings":{"dynamic_content":true}}"#,
        ]
    );
}

#[tokio::test]
async fn the_service_tells_of_itself() {
    let rig = Rig::new();
    let client = rig.client().await;
    assert_eq!(client.service().await.unwrap().name, "bgcopy");
    assert_eq!(client.config().await.unwrap()[0].name, "background_jobs");
    assert_eq!(client.metrics().await.unwrap(), "jobs 1\n# EOF\n");
    client.shutdown().await.unwrap();
    assert_eq!(rig.fake.asked(), ["service", "config", "shutdown"]);
    let english = client.describe(Hresult(0x8020_0002), None).await.unwrap();
    assert_eq!(english.symbol.as_deref(), Some("BG_E_INVALID_STATE"));
    let french = client.describe(Hresult(0x8020_0002), Some(0x040C)).await.unwrap();
    assert_ne!(english.text, french.text);
    for (language, hresult, status) in [(0, 0x8007_0057, 400), (0x0407, 0x8007_0717, 404)] {
        let Err(ClientError::Problem(problem)) = client.describe(Hresult(0), Some(language)).await else {
            panic!("refused")
        };
        assert_eq!((problem.status, problem.hresult), (status, Hresult(hresult)));
    }
    let by_symbol = rig.send("GET", "/v1/codes/BG_E_INVALID_STATE", "").await.json();
    assert_eq!(by_symbol["hresult"], "0x80200002");
    client.events(EventFilter::default()).await.unwrap();
}

#[tokio::test]
async fn a_manifest_is_made_of_what_makes_sense_and_the_rest_refused_by_its_field() {
    let rig = Rig::new();
    let wanted = MakeManifest { format: ManifestFormat::Phf, ..MakeManifest::of("/srv/f".as_ref()) };
    let made = rig.client().await.make_manifest(&wanted).await.unwrap();
    assert_eq!((made.piece_size, made.document.as_str()), (1_024, "{}"));
    assert_eq!(rig.fake.asked().last().unwrap(), "manifest /srv/f phf");
    for (body, code, field) in [
        (r#"{"local_name":"f"}"#, "invalid-name", "local_name"),
        (r#"{"local_name":"/f","piece_size":1}"#, "invalid-argument", "piece_size"),
        (r#"{"local_name":"/f","urls":["ftp://h/f"]}"#, "invalid-name", "urls[0]"),
        (r#"{"local_name":"/f","format":"torrent"}"#, "invalid-body", "format"),
        (r#"{"local_name":"/f","pieces":1}"#, "invalid-body", "pieces"),
    ] {
        let refused = rig.send("POST", "/v1/manifests", body).await.json();
        assert_eq!((&refused["status"], &refused["code"]), (&400.into(), &code.into()), "{body}");
        assert_eq!(refused["field"], field, "{body}");
    }
    assert!(rig.fake.asked().is_empty());
}

#[tokio::test]
async fn a_document_is_read_where_exactly_one_is_named() {
    let rig = Rig::new();
    let read = rig.client().await.read_manifest(&ReadManifest::from("http://h/f.phf")).await.unwrap();
    assert!(read.trusted && read.files.is_empty());
    assert_eq!(rig.fake.asked().last().unwrap(), "read None Some(\"http://h/f.phf\")");
    for (body, code, field) in [
        ("{}", "invalid-argument", "path"),
        (r#"{"path":"/f","url":"http://h/f"}"#, "invalid-argument", "url"),
        (r#"{"url":"ftp://h/f"}"#, "invalid-name", "url"),
        (r#"{"path":"/f","kind":"torrent"}"#, "invalid-body", "kind"),
        (r#"{"path":"/f","digest":"x"}"#, "invalid-argument", "digest"),
    ] {
        let refused = rig.send("POST", "/v1/manifests/read", body).await.json();
        assert_eq!((&refused["status"], &refused["code"]), (&400.into(), &code.into()), "{body}");
        assert_eq!(refused["field"], field, "{body}");
    }
    assert!(rig.fake.asked().is_empty());
}

#[tokio::test]
async fn every_route_of_the_table_is_served_and_names_the_version() {
    let rig = Rig::new();
    for route in ROUTES.iter().filter(|route| route.operation != Operation::Events) {
        let parameters: Vec<_> = route
            .parameters()
            .map(|name| match name {
                "job" => JOB,
                "file" => "0",
                "hresult" => "0x80200001",
                "property" | "question" => "1",
                "target" => "server",
                "scheme" => "basic",
                other => panic!("parameter {other}"),
            })
            .collect();
        let path = route.fill(&parameters);
        let answer = rig.send(route.method.method().as_str(), &path, "{}").await;
        assert!(!matches!(answer.status, 0 | 405 | 500), "{} {answer:?}", route.path);
        assert!(!answer.body.contains("no-such-path"), "{} {answer:?}", route.path);
        assert!(answer.head.contains("bgcopy-api: 1"), "{} {answer:?}", route.path);
    }
}

#[tokio::test]
async fn the_families_and_languages_of_the_request_decide_how_it_is_answered() {
    let rig = Rig::new();
    let head = format!("POST /v1/jobs/{JOB}/suspend HTTP/1.1\r\nhost: x\r\n");
    let bits = rig.raw(format!("{head}bgcopy-family: bits\r\n\r\n")).await.json();
    assert_eq!((&bits["hresult"], &bits["symbol"]), (&"0x80200002".into(), &"BG_E_INVALID_STATE".into()));
    let other = rig.raw(format!("{head}bgcopy-family: other\r\n\r\n")).await;
    assert_eq!(other.problem().1, "invalid-header");
    let error = format!("GET /v1/jobs/{JOB}/error HTTP/1.1\r\nhost: x\r\naccept-language: ");
    let [english, french] = ["en", "fr-CA, en;q=0.5"].map(|tag| format!("{error}{tag}\r\n\r\n"));
    let (english, french) = (rig.raw(english).await.json(), rig.raw(french).await.json());
    assert_eq!(english["hresult"], french["hresult"]);
    assert_ne!(english["text"], french["text"]);
}
