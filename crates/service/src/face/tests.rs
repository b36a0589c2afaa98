//! What clients are answered, by a manager that works by itself.

use std::time::Duration;

use bgcopy_api::{NewMirror, SetSettings};
use bgcopy_core::Priority;
use bgcopy_testkit::{Content, FileServer, Origin};

use super::*;
use crate::config::{Config, Rate};
use crate::manager::rig::{ADA, House, Rig};

impl House {
    /// A suspended job with a file.
    async fn job(&self, name: &str) -> JobId {
        let file = AddFile::whole("http://127.0.0.1:9/f", &self.state.path().join(name));
        let job = CreateJob { files: vec![file], ..CreateJob::named(name) };
        self.face.create_job(&ADA, job, None).await.unwrap().id
    }

    async fn list(&self, after: Option<JobId>, limit: u32) -> Reply<(Vec<JobId>, Option<JobId>)> {
        let filter = JobFilter { limit: Some(limit), after, ..JobFilter::default() };
        let page = self.face.jobs(&ADA, filter).await?;
        Ok((page.jobs.iter().map(|job| job.id).collect(), page.next))
    }
}

#[tokio::test]
async fn a_list_goes_on_behind_a_job_that_has_ended_meanwhile() {
    let house = Rig::new().serve();
    for name in ["a", "b", "c", "d"] {
        house.job(name).await;
    }
    let (all, end) = house.list(None, 10).await.unwrap();
    assert_eq!((all.len(), end), (4, None));
    let (first, next) = house.list(None, 2).await.unwrap();
    assert_eq!((&first[..], next), (&all[..2], Some(all[1])));
    house.face.cancel(&ADA, all[1]).await.unwrap();
    assert_eq!(house.list(next, 2).await.unwrap(), (all[2..].to_vec(), None));
    // The history forgets its oldest jobs, and some ids never were.
    let unknown = JobId::from_random_bytes([7; 16]);
    assert_eq!(house.list(Some(unknown), 2).await.unwrap_err().word(), "not-found");
}

#[tokio::test]
async fn files_whose_url_names_a_user_are_added_with_that_or_not_at_all() {
    let house = Rig::new().serve();
    let id = house.job("a").await;
    let file = AddFile::whole("http://ada:secret@127.0.0.1:9/g", &house.state.path().join("g"));
    // Only the owner gives credentials (spec 7.3).
    let root = Caller { uid: 0, admin: true, ..ADA };
    let refused = house.face.add_files(&root, id, vec![file.clone()]).await.unwrap_err();
    assert_eq!(refused.word(), "access-denied");
    assert_eq!(house.face.files(&ADA, id).await.unwrap().len(), 1, "nothing half done");
    house.face.add_files(&ADA, id, vec![file]).await.unwrap();
    assert_eq!(house.face.files(&ADA, id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_that_is_added_without_a_place_gets_one_that_is_looked_at() {
    let house = Rig::new().serve();
    let settings = SetSettings { existing: Some(Existing::Refuse), ..SetSettings::default() };
    let files = vec![AddFile::unplaced("http://127.0.0.1:9/f")];
    let job = CreateJob { files, settings, ..CreateJob::named("a") };
    let id = house.face.create_job(&ADA, job, None).await.unwrap().id;
    let file = house.face.file(&ADA, id, FileIndex(0)).await.unwrap();
    assert_eq!((file.local_name.as_str(), file.unplaced), ("", true));
    assert_eq!(house.face.resume(&ADA, id).await.unwrap_err().word(), "no-destination");

    let folder = house.state.path();
    std::fs::write(folder.join("taken"), "").unwrap();
    let to = |name: &str| {
        let local_name = Some(folder.join(name).to_str().unwrap().to_owned());
        SetFile { local_name, manifest_required: Some(true), ..SetFile::default() }
    };
    for (name, refused) in
        [("taken", "destination-exists"), ("none/f", "path-not-found"), ("../f", "invalid-name")]
    {
        let refusal = house.face.set_file(&ADA, id, FileIndex(0), to(name)).await.unwrap_err();
        assert_eq!(refusal.word(), refused, "{name}");
    }
    let file = house.face.set_file(&ADA, id, FileIndex(0), to("free")).await.unwrap();
    assert_eq!(
        (file.local_path(), file.unplaced, file.manifest_required),
        (folder.join("free"), false, true)
    );
    assert_eq!(house.face.resume(&ADA, id).await.unwrap_err().word(), "no-manifest");
    let twice = AddFile { unplaced: true, ..AddFile::whole("http://127.0.0.1:9/g", &folder.join("g")) };
    let refusal = house.face.add_files(&ADA, id, vec![twice]).await.unwrap_err();
    assert_eq!(refusal.word(), "invalid-argument", "a place now or later");
}

#[tokio::test]
async fn a_job_that_becomes_urgent_leaves_the_cap_of_the_background_with_what_it_runs() {
    let origin = Origin::start(FileServer::new(Content::new(1, 4 << 20))).await;
    let slow = Some(Rate { bytes_per_second: 1_000 });
    let house =
        Rig::with_config(Config { max_background_download_bandwidth: slow, ..Config::default() }).serve();
    let file = AddFile::whole(origin.url("/f"), &house.state.path().join("f"));
    let job = CreateJob { files: vec![file], resume: true, ..CreateJob::named("job") };
    let id = house.face.create_job(&ADA, job, None).await.unwrap().id;
    let until = async |what: fn(&Job) -> bool| {
        let seen = async {
            while !what(&house.face.job(&ADA, id).await.unwrap()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(30), seen).await;
        assert!(seen.is_ok(), "{:?}", house.face.job(&ADA, id).await);
    };
    // More than an hour's work under the cap.
    until(|job| job.progress.bytes_transferred > 0).await;
    let urgent = SetJob { priority: Some(Priority::Foreground), ..SetJob::default() };
    assert_eq!(house.face.set_job(&ADA, id, urgent).await.unwrap().state, JobState::Transferring);
    until(|job| job.state == JobState::Transferred).await;
    assert_eq!(origin.requests().len(), 1, "what runs runs on");
}

#[tokio::test]
async fn c06_a_url_that_a_server_named_is_not_asked_where_it_leads_inside() {
    let inside = Origin::start(FileServer::new(Content::new(1, 1_000))).await;
    let house = Rig::new().serve();
    let file = AddFile::whole(inside.url("/f"), &house.state.path().join("f"));
    let mirrors = vec![NewMirror { url: inside.url("/g"), priority: None, offered: true }];
    let file = AddFile { mirrors, offered: true, ..file };
    let job = CreateJob { files: vec![file], resume: true, ..CreateJob::named("job") };
    let id = house.face.create_job(&ADA, job, None).await.unwrap().id;
    let failed = async {
        while house.face.job(&ADA, id).await.unwrap().state != JobState::Error {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), failed).await.unwrap();
    assert_eq!(house.face.error(&ADA, id).await.unwrap().code, "redirect");
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_header_that_no_job_may_have_is_refused_with_its_name() {
    let house = Rig::new().serve();
    let id = house.job("a").await;
    let range = || vec![Header::new("Range", "bytes=0-1")];
    let job = CreateJob { headers: range(), ..CreateJob::named("b") };
    let refusals = [
        house.face.create_job(&ADA, job, None).await.map(drop).unwrap_err(),
        house.face.set_headers(&ADA, id, range()).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.to_string(), "header \"Range\" is set by the transfer itself and cannot be given");
    }
}
