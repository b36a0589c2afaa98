//! Programs that have the last word on the certificates of servers (spec 7.7).

use std::fs;
use std::process::Command;

use bgcopy_testkit::{Authority, Content, FileServer, Origin, TlsServer};
use rustix::process::Signal;

use crate::house::{assert_content, until};
use crate::{build, furnished, furnished_with, run, there};

async fn origin(content: &Content) -> Origin {
    let authority = Authority::new("an authority");
    Origin::start_tls(FileServer::new(content.clone()), TlsServer::new(&authority.server(&["127.0.0.1"])))
        .await
}

#[tokio::test]
async fn a_program_accepts_certificates_and_refuses_them_with_its_own_code() {
    let content = Content::new(31, 10_000);
    let origin = origin(&content).await;
    let house = furnished();
    let program = build(&house, "examine.c", &["-std=gnu11", "-g", "-fsanitize=address,undefined"]);
    let store = house.at("store.p7b");
    let program = format!("STORE={} {program}", there(&store));
    run(&house, &program, &[&origin.url("/f"), there(&house.at("desk"))]).await;
    assert_content(&house.desk("accepted"), &content);
    assert_content(&house.desk("refused"), &content);
    assert_eq!(origin.requests().len(), 2, "nothing is asked of a server that is refused");
    // What the program was given as a store is one to others, too.
    let listed = Command::new("openssl")
        .args(["pkcs7", "-inform", "DER", "-print_certs", "-noout", "-in", there(&store)])
        .output()
        .expect("openssl, which reads what the library wrote: apt install openssl");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("an authority"), "{listed}");
}

#[tokio::test]
async fn a_job_whose_program_is_killed_while_it_is_asked_waits_for_the_next() {
    let content = Content::new(32, 10_000);
    let origin = origin(&content).await;
    let house = furnished_with("owner_answer_seconds = 2");
    let program = build(&house, "examine.c", &["-std=gnu11"]);
    let (local, step) = (house.desk("examined"), house.at("asked"));
    // The shell gives way to the program, so that the signal reaches it.
    let line = ["exec", &program, &origin.url("/f"), there(&local), there(&step)].join(" ");
    let client = house.start_shell(&line);
    until("the program was asked", async || step.exists().then_some(())).await;
    client.signal(Signal::KILL);
    client.done().await.exits(-1);
    run(&house, &program, &[]).await;
    assert_content(&local, &content);
    assert_eq!(origin.requests().len(), 1);
    assert!(fs::exists(&step).expect("our own folder"));
}
