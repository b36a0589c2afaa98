//! The event stream: late, again, from where it broke, and only forward (spec 8; fault J06).

use bgcopy_testkit::{Content, FileServer, Gate, Origin};
use serde_json::json;

use crate::house::{House, TestEvent};

#[tokio::test]
async fn notifications_come_late_come_again_and_end_with_a_confirmation() {
    let origin = Origin::start(FileServer::new(Content::new(3, 10_000))).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "transferred").await;
    let query = format!("?job={id}&kind=job-transferred");
    for _ in 0..2 {
        let event = house.listen(&query, "").await.next_of("job-transferred").await;
        assert_eq!(event.data["job"], *id, "delivered after it happened, and again (spec 8.2)");
    }
    // At least once means after a crash, too.
    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    house.listen(&query, "").await.next_of("job-transferred").await;
    assert_eq!(house.job(&id).await["unconfirmed"], json!(["job-transferred"]));
    let confirm = json!({ "notification": "job-transferred" });
    house.ask("POST", &format!("/v1/jobs/{id}/confirm"), Some(&confirm)).await.is(204);
    assert_eq!(house.job(&id).await["unconfirmed"], json!([]));
    let mut events = house.listen(&format!("?job={id}"), "").await;
    house.ask("POST", &format!("/v1/jobs/{id}/complete"), None).await.is(200);
    let event = events.next().await.unwrap();
    assert_eq!(event.kind, "job-ended", "what was confirmed does not come again: {event:?}");
    assert_eq!(event.data["state"], "acknowledged");
}

#[tokio::test]
async fn a_stream_that_broke_goes_on_behind_its_last_event() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut events = house.listen("?kind=job-created", "").await;
    let name = |event: &TestEvent| event.data["display_name"].as_str().unwrap().to_owned();
    for number in 0..4 {
        house.create(&json!({ "display_name": format!("j{number}") })).await;
    }
    let first = events.next().await.unwrap();
    assert_eq!(name(&first), "j0");
    drop(events);
    let line = format!("last-event-id: {}\r\n", first.id);
    let mut events = house.listen("?kind=job-created", &line).await;
    for number in 1..4 {
        let event = events.next().await.unwrap();
        assert_eq!(name(&event), format!("j{number}"));
        assert!(event.id.parse::<u64>().unwrap() > first.id.parse().unwrap());
    }
    // A number of before a restart is told as a gap, not passed over in silence.
    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    let mut events = house.listen("", &line).await;
    assert_eq!(events.next().await.unwrap().kind, "lagged");
    house.ask_with("GET", "/v1/events", "last-event-id: x\r\n", b"").await.refuses(
        400,
        "invalid-header",
        &["number"],
    );
}

#[tokio::test]
async fn bytes_that_move_are_told_and_only_forward() {
    let gate = Gate::new();
    let content = Content::new(4, 3_000_000);
    let origin = Origin::start(FileServer::new(content).etag("\"1\"").gate_at(1_000_000, &gate)).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut events = house.listen("?kind=progress,job-transferred", "").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_job(&id, "a third is here", |job| job["progress"]["bytes_transferred"] == 1_000_000).await;
    let job = house.job(&id).await;
    assert_eq!((&job["state"], &job["progress"]["bytes_total"]), (&json!("transferring"), &json!(3_000_000)));
    assert_eq!(job["sources"], json!([format!("http://{}", origin.addr())]));
    gate.open();
    let mut seen = Vec::new();
    loop {
        let event = events.next().await.unwrap();
        if event.kind == "job-transferred" {
            break;
        }
        seen.push(event.data["progress"]["bytes_transferred"].as_u64().unwrap());
    }
    assert!(seen.is_sorted() && seen.last() == Some(&3_000_000), "{seen:?}");
}
