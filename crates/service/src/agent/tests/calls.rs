//! Calls, properties and connections (agent-rest 1, 3, 4).

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::rig::{AgentHouse, Client};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn the_target_may_have_any_form_and_case() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    for target in [
        "download/create",
        "/download/create/",
        "/DOWNLOAD/Create?",
        "http://127.0.0.1:50000/download/create",
        "download/create?Uri=http://h/p?x%3D1&uri=http://h/q",
    ] {
        let made = client.call("POST", target).await;
        assert_eq!(made.status, "200 OK", "{target}");
        let id = made.body["Id"].as_str().unwrap();
        assert!(id.len() == 36 && id == id.to_lowercase());
        assert_eq!(client.status(id).await.seen(), ("Created", 0, 0));
    }
}

#[tokio::test]
async fn every_refusal_has_the_originals_status_and_number() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    let id = client.create("http://127.0.0.1:9/f", &house.desk("f")).await;
    let upper = id.to_uppercase();
    let get = |key: &str| format!("download/getproperty?Id={id}&PropertyKey={key}");
    for (method, target, status, code) in [
        ("GET", format!("download/getstatus?Id={NOBODY}"), "404 NotFound", 0x8007_0490),
        ("GET", format!("download/getstatus?Id={upper}"), "404 NotFound", 0x8007_0490),
        ("GET", "download/getstatus".to_owned(), "404 NotFound", 0x8007_0490),
        ("POST", "download/start?Id=%7B%7D".to_owned(), "404 NotFound", 0x8007_0490),
        ("POST", format!("download/setproperty?Id={NOBODY}&Uri=x"), "404 NotFound", 0x8007_0490),
        ("POST", "download/create?Uri=ftp://h/f".to_owned(), "400 BadRequest", 0x800C_0002),
        ("POST", "download/create?Uri=".to_owned(), "400 BadRequest", 0x800C_0002),
        ("POST", "download/create?Url=http://h".to_owned(), "400 BadRequest", 0x8007_0057),
        ("POST", "download/create?Uri=%zz".to_owned(), "500 InternalError", 0x8007_023E),
        ("GET", get(""), "400 BadRequest", 0x8007_0057),
        ("GET", format!("download/getproperty?Id={id}"), "400 BadRequest", 0x8007_0057),
        ("GET", get("Speed"), "400 BadRequest", 0x80D0_2011),
        ("GET", "download/enumerate?Id=x".to_owned(), "400 BadRequest", 0x8000_4001),
        ("GET", "download/create".to_owned(), "400 BadRequest", 0x8007_0032),
        ("post", "download/create".to_owned(), "400 BadRequest", 0x8007_0032),
        ("POST", "download".to_owned(), "400 BadRequest", 0x8007_0032),
        ("POST", "download/create/more".to_owned(), "400 BadRequest", 0x8007_0032),
    ] {
        let answer = client.call(method, &target).await;
        assert_eq!((answer.status.as_str(), answer.code()), (status, code), "{method} {target}");
    }
}

#[tokio::test]
async fn properties_are_given_back_as_they_were_set() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    let uri = "HTTP://User:pw@Host.Example:80/a?b=c#d";
    let target = "download/create?Uri=HTTP://User:pw@Host.Example:80/a?b%3Dc%23d&DownloadFilePath=a%20b";
    let id = client.call("POST", target).await.body["Id"].as_str().unwrap().to_owned();
    let set = |what: &str| format!("download/setproperty?Id={id}&{what}");
    let get = async |client: &mut Client, key: &str| {
        let answer = client.call("GET", &format!("download/getproperty?PropertyKey={key}&Id={id}")).await;
        answer.body[key].as_str().unwrap_or_else(|| panic!("{key}: {answer:?}")).to_owned()
    };
    assert_eq!(get(&mut client, "uri").await, uri);
    assert_eq!(get(&mut client, "DownloadFilePath").await, "a b");
    assert_eq!(get(&mut client, "Id").await, id);
    assert_eq!(get(&mut client, "NoProgressTimeoutSeconds").await, "0");
    for (what, code) in [
        ("Uri=", 0x8007_0057),
        ("DownloadFilePath=", 0x8007_0057),
        ("NoProgressTimeoutSeconds=9", 0x8007_0057),
        ("NoProgressTimeoutSeconds=many", 0x8007_0057),
        ("PropertyKey=Uri", 0x8007_0057),
        ("Uri=http://", 0x800C_0002),
        // All or nothing.
        ("NoProgressTimeoutSeconds=40&Uri=h", 0x800C_0002),
    ] {
        assert_eq!(client.call("POST", &set(what)).await.code(), code, "{what}");
    }
    assert_eq!(get(&mut client, "NoProgressTimeoutSeconds").await, "0");
    let all = set("uri=http://h/g&DownloadFilePath=/x/y&NoProgressTimeoutSeconds=44");
    assert_eq!(client.call("POST", &all).await.code(), 0);
    assert_eq!(get(&mut client, "Uri").await, "http://h/g");
    assert_eq!(get(&mut client, "DownloadFilePath").await, "/x/y");
    assert_eq!(get(&mut client, "NoProgressTimeoutSeconds").await, "44");
}

#[tokio::test]
async fn a_signed_url_of_two_thousand_characters_is_taken() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    let uri = format!("http://127.0.0.1:9/f?sig={}", "%252F".repeat(400));
    let id = client.create(&uri, &house.desk("f")).await;
    assert_eq!(client.status(&id).await.state, "Created");
}

#[tokio::test]
async fn what_is_no_request_is_a_bare_400_and_the_end_of_the_connection() {
    let house = AgentHouse::new().await;
    for text in [
        "POST download/create HTTP/1.0\r\n\r\n",
        "GET a;b HTTP/1.1\r\n\r\n",
        "GET a HTTP/1.1\n\n",
        "\r\n\r\n",
    ] {
        let mut client = house.connect().await;
        client.send(text).await;
        let mut said = String::new();
        timeout(Duration::from_secs(10), client.0.read_to_string(&mut said))
            .await
            .expect("it is closed")
            .unwrap();
        assert_eq!(
            said, "HTTP/1.1 400 BadRequest\r\nServer: Delivery-Optimization-Agent/1.1.0\r\n\r\n",
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn a_request_may_come_in_pieces_with_a_body_and_another_one_behind_it() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    client.send("POST download/cre").await;
    tokio::task::yield_now().await;
    client.send("ate HTTP/1.1\r\nContent-Length: 4\r\n\r").await;
    tokio::task::yield_now().await;
    client.send("\nbody").await;
    assert_eq!(client.answer().await.status, "200 OK");
    // The original drops what comes behind the first; answers in order are no harm.
    client.send("GET download/enumerate HTTP/1.1\r\n\r\nGET download/enumera").await;
    assert_eq!(client.answer().await.code(), 0x8000_4001);
    client.send("te HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert_eq!(client.answer().await.code(), 0x8000_4001);
    assert_eq!(client.call("POST", "download/create").await.status, "200 OK", "it stays open all the same");
}

#[tokio::test]
async fn no_web_page_reaches_the_agent() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    client
        .send("POST /download/create HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n\r\n")
        .await;
    let refused = client.answer().await;
    assert_eq!((refused.status.as_str(), refused.code()), ("400 BadRequest", 0x8007_0057));
}

#[tokio::test]
async fn nobody_can_exhaust_the_listener() {
    let house = AgentHouse::new().await;
    let mut first = house.connect().await;
    assert_eq!(first.call("POST", "download/create").await.status, "200 OK");
    let mut crowd = Vec::new();
    for _ in 0..600 {
        crowd.push(house.connect().await);
        // Half a request each: a client that never comes to its point.
        crowd.last_mut().unwrap().send("POST download/cr").await;
    }
    let mut late = house.connect().await;
    assert_eq!(late.call("POST", "download/create").await.status, "200 OK");
    // Who was silent longest made room, and finds the door open again.
    let mut again = house.connect().await;
    assert_eq!(again.call("POST", "download/create").await.status, "200 OK");
}
