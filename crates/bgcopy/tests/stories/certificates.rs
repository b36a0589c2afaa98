//! Jobs whose owner has the last word on the certificates of servers (spec 7.7), as a program on the socket sees it.

use bgcopy_testkit::{Authority, BitsServer, Content, FileServer, Issued, Origin, TlsServer};
use serde_json::{Value, json};

use crate::house::{House, TestEvent, assert_content, until};

const REFUSED: &str = "0x800B0109";

fn file() -> Content {
    Content::new(41, 50_000)
}

fn issued(authority: &Authority) -> Issued {
    authority.server(&["127.0.0.1", "localhost"])
}

async fn origin(authority: &Authority) -> Origin {
    Origin::start_tls(FileServer::new(file()), TlsServer::new(&issued(authority))).await
}

fn asking(authority: &Authority) -> Value {
    json!({ "server_certificate_callback": true, "extra_roots": authority.pem() })
}

impl House {
    async fn questions(&self, id: &str) -> Vec<Value> {
        let target = format!("/v1/jobs/{id}/certificate-questions");
        let asked = self.ask("GET", &target, None).await.is(200).json();
        asked["questions"].as_array().expect("a list").clone()
    }

    /// The only question about a job, once it is asked.
    async fn question(&self, id: &str) -> Value {
        until("the owner is asked", async || self.questions(id).await.pop()).await
    }

    async fn answers(&self, id: &str, question: &Value, hresult: &str) {
        let target = format!("/v1/jobs/{id}/certificate-questions/{}", question["question"]);
        self.ask("PUT", &target, Some(&json!({ "hresult": hresult }))).await.is(204);
    }
}

#[tokio::test]
async fn a_server_is_asked_for_nothing_before_the_owner_accepts_its_certificate() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut events = house.listen("?kind=certificate-question", "").await;
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), asking(&authority)).await;
    let TestEvent { data: told, .. } = events.next_of("certificate-question").await;
    let asked = house.question(&id).await;
    for field in ["question", "file", "server", "sha256"] {
        assert_eq!(told[field], asked[field], "{told:#} {asked:#}");
    }
    assert_eq!((&told["job"], &told["server"]), (&json!(id), &json!(origin.addr().to_string())));
    assert_eq!((asked["sha256"].as_str().unwrap().len(), told["file"].as_u64()), (64, Some(0)));
    assert!(asked["chain"][0].as_str().unwrap().starts_with("MII"), "{asked:#}");
    // Who comes late hears of it as well.
    let late = house.listen("?kind=certificate-question", "").await.next_of("certificate-question").await;
    assert_eq!(late.data["question"], told["question"]);
    let target = format!("/v1/jobs/{id}/certificate-questions/{}", asked["question"]);
    let neither = json!({ "hresult": "0x00000001" });
    house.ask("PUT", &target, Some(&neither)).await.refuses(400, "invalid-argument", &["0x00000001"]);
    let active = json!({ "settings": { "server_certificate_callback": false } });
    house.ask("PATCH", &format!("/v1/jobs/{id}"), Some(&active)).await.refuses(
        409,
        "frozen-while-active",
        &["suspended, in error or transferred"],
    );
    let sha256 = asked["sha256"].as_str().unwrap();
    house.run(&["show", &id]).await.exits(0).prints(&[
        "your word on the certificate",
        sha256,
        "bgcopy certificates",
    ]);
    house.run(&["certificates", &id]).await.exits(0).prints(&[&asked["question"].to_string(), sha256]);
    assert_eq!(house.job(&id).await["state"], "connecting");
    assert!(origin.requests().is_empty());
    house.answers(&id, &asked, "0x00000000").await;
    house.arrives_unharmed(&id, "f", &file()).await;
    assert_eq!(house.questions(&id).await, [json!(null); 0]);
    // Nobody waits for a second answer.
    house.ask("PUT", &target, Some(&json!({ "hresult": "0x00000000" }))).await.is(404);
    house.run(&["certificates", &id]).await.exits(9).tells(&["has ended"]);
    house.ask("GET", "/v1/jobs/x/certificate-questions", None).await.is(404);
}

#[tokio::test]
async fn a_refused_certificate_is_the_jobs_error_with_the_code_of_the_owner() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let house = House::new();
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), asking(&authority)).await;
    let first = house.question(&id).await;
    house.answers(&id, &first, REFUSED).await;
    let error = house.rests(&id, REFUSED, "server-certificate-callback").await;
    assert_eq!((&error["hresult"], &error["count"]), (&json!(REFUSED), &json!(1)), "{error:#}");
    assert_eq!(error["file"]["index"], 0, "{error:#}");
    house.run(&["error", &id]).await.exits(0).prints(&["program", "certificate"]);
    // A refusal is not remembered, an acceptance is.
    house.act(&id, "resume").await;
    let second = house.question(&id).await;
    assert!(second["question"].as_u64() > first["question"].as_u64());
    assert!(origin.requests().is_empty());
    house.answers(&id, &second, "0x00000000").await;
    house.has_arrived(&id, "f", &file()).await;
}

#[tokio::test]
async fn without_an_answer_the_job_waits_for_its_owner() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let house = House::with("owner_answer_seconds = 1");
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), asking(&authority)).await;
    let error = house
        .fails(&id, "certificate-callback-missing", "server-certificate-callback", "register-again")
        .await;
    assert_eq!(error["hresult"], "0x80200074");
    house.run(&["error", &id]).await.exits(0).prints(&["program", "certificate"]);
    assert_eq!(house.questions(&id).await, [json!(null); 0], "what is too late is not asked any more");
    assert!(origin.requests().is_empty());
    // It may do without, too.
    house.run(&["set", &id, "certificate-callback=no"]).await.exits(0);
    house.goes_on(&id, "f", &file()).await;
}

#[tokio::test]
async fn a_killed_service_asks_again_and_takes_no_old_answer() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let house = House::new();
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), asking(&authority)).await;
    let first = house.question(&id).await;
    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    let second = house.question(&id).await;
    assert!(second["question"].as_u64() > first["question"].as_u64());
    let old = format!("/v1/jobs/{id}/certificate-questions/{}", first["question"]);
    let accept = json!({ "hresult": "0x00000000" });
    house.ask("PUT", &old, Some(&accept)).await.refuses(404, "question-not-found", &["waits"]);
    assert!(origin.requests().is_empty());
    house.answers(&id, &second, "0x00000000").await;
    house.has_arrived(&id, "f", &file()).await;
}

#[tokio::test]
async fn a_suspended_job_withdraws_its_question_and_what_is_set_again_is_asked_again() {
    let authority = Authority::new("ours");
    let (one, other) = (origin(&authority).await, origin(&authority).await);
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let files: Vec<_> = [(&one, "a"), (&other, "b")]
        .map(|(origin, name)| json!({ "remote_name": origin.url("/f"), "local_name": house.desk(name) }))
        .into();
    let job =
        json!({ "display_name": "two", "files": files, "settings": asking(&authority), "resume": true });
    let id = house.create(&job).await;
    let both = async || {
        let asked = house.questions(&id).await;
        (asked.len() == 2).then_some(asked)
    };
    // Each server is asked about for its own file.
    let asked = until("both servers are asked about", both).await;
    let of = |file: u64| asked.iter().find(|asked| asked["file"] == file).expect("of this file").clone();
    assert_eq!(of(0)["server"], json!(one.addr().to_string()));
    assert_eq!(of(1)["server"], json!(other.addr().to_string()));
    house.answers(&id, &of(0), "0x00000000").await;
    until("the first file is here", async || {
        (house.files(&id).await[0]["stage"] == "transferred").then_some(())
    })
    .await;
    house.act(&id, "suspend").await;
    until("the question is withdrawn", async || house.questions(&id).await.is_empty().then_some(())).await;
    let again = json!({ "settings": { "server_certificate_callback": true } });
    house.ask("PATCH", &format!("/v1/jobs/{id}"), Some(&again)).await.is(200);
    // The server that was accepted before, too.
    let added = json!({ "files": [{ "remote_name": one.url("/g"), "local_name": house.desk("c") }] });
    house.ask("POST", &format!("/v1/jobs/{id}/files"), Some(&added)).await.is(201);
    house.act(&id, "resume").await;
    for question in until("both servers are asked about again", both).await {
        house.answers(&id, &question, "0x00000000").await;
    }
    house.until_state(&id, "transferred").await;
    house.act(&id, "complete").await;
    for name in ["a", "b", "c"] {
        assert_content(&house.desk(name), &file());
    }
}

#[tokio::test]
async fn many_small_files_of_one_server_are_one_question() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let names: Vec<_> = (0..20).map(|number| format!("f{number}")).collect();
    let files: Vec<_> = names
        .iter()
        .map(|name| json!({ "remote_name": origin.url(&format!("/{name}")), "local_name": house.desk(name) }))
        .collect();
    let job =
        json!({ "display_name": "many", "files": files, "settings": asking(&authority), "resume": true });
    let id = house.create(&job).await;
    let mut events = house.listen("?kind=certificate-question,job-transferred", "").await;
    let asked = events.next_of("certificate-question").await.data;
    assert!(origin.requests().is_empty());
    house.answers(&id, &asked, "0x00000000").await;
    loop {
        let event = events.next().await.expect("the stream goes on");
        match event.kind.as_str() {
            "job-transferred" => break,
            _ => {
                assert_eq!(event.data["question"], asked["question"], "what was accepted is not asked again");
            }
        }
    }
    house.act(&id, "complete").await;
    names.iter().for_each(|name| assert_content(&house.desk(name), &file()));
}

#[tokio::test]
async fn the_server_of_an_upload_is_sent_nothing_before_it_is_accepted() {
    let authority = Authority::new("ours");
    let server = BitsServer::builder().tls(TlsServer::new(&issued(&authority))).start().await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    std::fs::write(house.desk("sent"), file().bytes()).unwrap();
    let files = json!([{ "remote_name": server.url("/up/f"), "local_name": house.desk("sent") }]);
    let settings = asking(&authority);
    let job = json!({ "display_name": "up", "kind": "upload", "files": files, "settings": settings, "resume": true });
    let id = house.create(&job).await;
    let asked = house.question(&id).await;
    assert!(server.packets().is_empty());
    // A person answers as well as a program.
    let number = asked["question"].to_string();
    house.run(&["certificates", &id, "--refuse", &number]).await.exits(0);
    house.until_state(&id, "transient-error").await;
    house.run(&["certificates", &id]).await.exits(0).tells(&["asks about no certificate"]);
    house.run(&["certificates", &id, "--accept", &number]).await.exits(9).tells(&["nobody waits"]);
    house.act(&id, "resume").await;
    let number = house.question(&id).await["question"].to_string();
    house.run(&["certificates", &id, "--accept", &number]).await.exits(0);
    house.until_state(&id, "transferred").await;
    assert_eq!(server.file("/up/f").unwrap(), file().bytes());
}
