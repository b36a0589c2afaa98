//! `get` of what documents describe, and `repair`: from the command line to the job that is asked for.

use bgcopy_api::core::{Existing, JobState, LocalName, Priority};
use bgcopy_api::{
    Base64, CreateJob, DescribedFile, DescribedSource, ManifestContent, ManifestKind, Pieces, ProxyUsage,
    Trust,
};
use tempfile::tempdir;

use super::{Fake, Played, Run, on_one_thread, play};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fixture::surroundings;

const MIB: u64 = 1 << 20;

fn described(name: &str, urls: &[&str]) -> DescribedFile {
    let ranked = urls.iter().zip(1..);
    DescribedFile {
        name: Some(name.to_owned()),
        size: Some(3 * MIB),
        digests: vec![format!("sha-256={}", "0".repeat(64))],
        pieces: Some(Pieces {
            size: 3 * MIB,
            piece_size: MIB,
            hash_of_hashes: Base64(vec![0xa5; 32]),
            trusted: true,
        }),
        sources: ranked
            .map(|(url, priority)| DescribedSource {
                url: (*url).to_owned(),
                priority,
                location: None,
                offered: false,
            })
            .collect(),
        identity: None,
        version: None,
    }
}

fn content(files: Vec<DescribedFile>) -> ManifestContent {
    ManifestContent { kind: ManifestKind::Metalink, trusted: true, files, origin: None, notes: Vec::new() }
}

/// A service that reads two files in every document.
fn two_files() -> Fake {
    let fake = Fake::started();
    fake.finds(content(vec![
        described("big.iso", &["https://a/big.iso", "https://b/big.iso"]),
        described("doc/notes.txt", &["https://a/notes.txt"]),
    ]));
    fake
}

/// A service that reads one file in every document, of the damaged file's name.
fn one_file() -> Fake {
    let fake = Fake::started();
    fake.finds(content(vec![described("big.iso", &["https://a/big.iso", "https://b/big.iso"])]));
    fake
}

fn asked(service: fn() -> Fake, line: &str) -> Played {
    play(service, line, async |_, _| {})
}

fn job_of(played: &Played) -> CreateJob {
    played.ended.as_ref().unwrap();
    played.fake.created().remove(0).0
}

/// Why a line is refused, without its folder.
fn refusal(played: &Played) -> (Exit, String) {
    let folder = played.folder.path().display().to_string();
    (played.exit(), played.ended.as_ref().unwrap_err().to_string().replace(&folder, "FOLDER"))
}

#[test]
fn a_metalink_becomes_one_job_of_all_its_files() {
    let played = asked(two_files, "get --no-wait https://a/all.meta4?sig=1");
    let job = job_of(&played);
    let [read] = &played.fake.was_read()[..] else { panic!("read once") };
    assert_eq!(
        (read.url.as_deref(), read.kind),
        (Some("https://a/all.meta4?sig=1"), Some(ManifestKind::Metalink))
    );
    assert_eq!(read.proxy.as_ref().map(|proxy| proxy.usage), Some(ProxyUsage::Preconfig));
    assert_eq!(job.display_name, "big.iso and 1 more");
    assert!(job.resume);
    let [iso, notes] = &job.files[..] else { panic!("{:?}", job.files) };
    assert_eq!(iso.remote_name, "https://a/big.iso");
    assert_eq!(iso.local_name, played.folder.path().join("big.iso").display().to_string());
    assert_eq!(
        iso.mirrors.iter().map(|mirror| mirror.url.as_str()).collect::<Vec<_>>(),
        ["https://b/big.iso"]
    );
    assert_eq!((iso.expected_size, iso.pending_name), (Some(3 * MIB), false));
    assert_eq!(iso.digest, Some(format!("sha-256={}", "0".repeat(64))));
    let pieces = iso.pieces.as_ref().unwrap();
    assert_eq!((pieces.hash_of_hashes.as_deref(), pieces.trusted), (Some("a5".repeat(32).as_str()), true));
    assert_eq!(notes.local_name, played.folder.path().join("doc/notes.txt").display().to_string());
    assert!(played.folder.path().join("doc").is_dir());
}

#[test]
fn a_metalink_that_is_here_is_read_by_its_path() {
    let played = asked(one_file, "get --no-wait -o other.iso sub.meta4");
    let job = job_of(&played);
    let path = played.folder.path().join("sub.meta4").display().to_string();
    let read = played.fake.was_read().remove(0);
    assert_eq!((read.path, read.url, read.proxy), (Some(path), None, None));
    assert_eq!(job.files[0].local_name, played.folder.path().join("other.iso").display().to_string());
    assert_eq!(job.display_name, "other.iso");
}

#[test]
fn what_a_document_says_that_is_of_no_use_is_told() {
    let noted = || {
        let fake = one_file();
        let note = "ftp: is not supported in \"ftp://h/big.iso\"; use http or https".to_owned();
        let file = described("big.iso", &["https://a/big.iso"]);
        fake.finds(ManifestContent { notes: vec![note], ..content(vec![file]) });
        fake
    };
    let told = "https://a/f.meta4?…: ftp: is not supported in \"ftp://h/big.iso\"; use http or https";
    let played = asked(noted, "get --no-wait https://a/f.meta4?k=s3cret");
    assert!(played.printed().contains(&format!("--- err\n{told}\n")), "{}", played.printed());
    let json = asked(noted, "--json get --no-wait https://a/f.meta4?k=s3cret").run.out.text();
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["event"], &first["message"]), (&"note".into(), &told.into()));
}

#[test]
fn a_metalink_itself_is_fetched_where_it_is_wanted() {
    let played = asked(Fake::started, "get --no-wait --no-metalink https://a/f.meta4");
    assert_eq!(job_of(&played).files[0].remote_name, "https://a/f.meta4");
    assert_eq!(played.fake.was_read(), []);
}

#[test]
fn a_file_that_nobody_says_where_to_get_is_named() {
    let nowhere = || {
        let fake = Fake::started();
        fake.finds(content(vec![described("a.iso", &["http://h/a"]), described("b.iso", &[])]));
        fake
    };
    let played = asked(nowhere, "get f.meta4");
    let says =
        "the Metalink FOLDER/f.meta4 says nowhere \"b.iso\" can be fetched; give a place with --mirror URL";
    assert_eq!(refusal(&played), (Exit::Usage, says.to_owned()));
    assert_eq!(played.fake.created().len(), 0);
    let alone = || {
        let fake = Fake::started();
        fake.finds(content(vec![described("b.iso", &[])]));
        fake
    };
    let played = asked(alone, "get --no-wait --mirror http://m/b.iso f.meta4");
    assert_eq!(job_of(&played).files[0].remote_name, "http://m/b.iso");
}

#[test]
fn what_the_service_finds_wrong_in_a_document_is_shown_as_it_is() {
    for (status, code, detail, exit) in [
        (413, "document-too-large", "the Metalink has more than 33554432 bytes", Exit::Usage),
        (400, "invalid-argument", "line 2, column 1: a document type declaration is refused", Exit::Usage),
        (400, "dns", "the name a does not exist", Exit::Transport),
        (
            400,
            "validation-failed",
            "the piece hash file has sha-256=00, and not sha-256=01",
            Exit::Validation,
        ),
        (400, "path-not-found", "cannot open /f.meta4: No such file or directory", Exit::LocalFile),
    ] {
        on_one_thread(async {
            let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
            fake.refuse(status, code, detail);
            let around = surroundings(folder.path(), &[]);
            let failure = run.run("get http://a/f.meta4", &fake.door(), &around).await.unwrap_err();
            assert_eq!((failure.exit(), failure.to_string().as_str()), (exit, detail), "{code}");
            assert_eq!(fake.created().len(), 0, "no job is made");
        });
    }
}

#[test]
fn a_metalink_replaces_nothing_that_nobody_spoke_of() {
    for (line, exit) in [
        ("create --existing replace f.meta4", Exit::Ok),
        ("create -d dir f.meta4", Exit::Ok),
        ("create f.meta4", Exit::Refused),
        ("get --no-wait --force f.meta4", Exit::Ok),
        ("get --no-wait f.meta4", Exit::Refused),
    ] {
        let played = mend(one_file, line, nothing);
        assert_eq!(played.exit(), exit, "{line}");
        if line == "create f.meta4" {
            let says = "FOLDER/big.iso exists, and the Metalink would replace it; use another folder with -d, or \
                        another name with -o";
            assert_eq!(refusal(&played).1, says);
        }
    }
}

#[test]
fn ctrl_c_while_a_document_is_read_makes_no_job() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        let mut around = surroundings(folder.path(), &[]);
        let reading = fake.clone();
        around.interrupt = Box::new(move || {
            let reading = reading.clone();
            Box::pin(async move {
                reading.asked("POST /v1/manifests/read").await;
                Ok(())
            })
        });
        let ended = run.run("get f.meta4", &fake.door(), &around).await;
        assert!(matches!(ended, Err(Failure::Interrupted)));
        assert_eq!(fake.created().len(), 0);
    });
}

/// Runs a line in a folder that holds a damaged `big.iso` and a folder `dir`.
fn mend(service: fn() -> Fake, line: &str, story: impl AsyncFnOnce(&Fake, &Run)) -> Played {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), service(), Run::new());
        std::fs::write(folder.path().join("big.iso"), "damaged").unwrap();
        std::fs::create_dir(folder.path().join("dir")).unwrap();
        std::os::unix::fs::symlink("big.iso", folder.path().join("link")).unwrap();
        let (door, around) = (fake.door(), surroundings(folder.path(), &[]));
        let papers = run.papers();
        let (ended, ()) = tokio::join!(run.run(line, &door, &around), story(&fake, &papers));
        Played { fake, run, ended, folder }
    })
}

async fn nothing(_: &Fake, _: &Run) {}

#[test]
fn a_damaged_file_is_the_basis_of_what_replaces_it() {
    for name in ["big.iso", "link"] {
        let line = format!("repair --no-wait {name} --from big.iso.meta4 --from http://mine/big.iso");
        let played = mend(one_file, &line, nothing);
        let job = job_of(&played);
        let folder = played.folder.path().canonicalize().unwrap();
        let path = folder.join("big.iso").display().to_string();
        let read = played.fake.was_read().remove(0);
        assert_eq!((read.file.as_deref(), read.kind), (Some("big.iso"), None));
        let file = &job.files[0];
        assert_eq!((file.local_name.as_str(), file.basis.as_deref()), (path.as_str(), Some(path.as_str())));
        assert_eq!(file.remote_name, "http://mine/big.iso");
        assert_eq!(
            file.mirrors.iter().map(|mirror| mirror.url.as_str()).collect::<Vec<_>>(),
            ["https://a/big.iso", "https://b/big.iso"]
        );
        assert!(file.pieces.is_some() && file.digest.is_some());
        assert_eq!(job.settings.existing, Some(Existing::Replace));
        assert_eq!((job.priority, job.resume), (Some(Priority::Foreground), true));
        assert_eq!(job.display_name, "big.iso");
        assert_eq!(std::fs::read(played.folder.path().join("big.iso")).unwrap(), b"damaged");
    }
}

#[test]
fn how_much_was_kept_and_how_much_came_is_told() {
    let story = async |fake: &Fake, _: &Run| {
        fake.followed().await;
        fake.change(|job| {
            job.files[0].spec.supply.basis = Some(LocalName::new("/home/ada/big.iso").unwrap());
            job.files[0].remote_size = Some(3 * MIB);
            job.files[0].bytes_from_mirrors = MIB;
            job.files[0].trust = Trust::Pieces;
        });
        fake.end(JobState::Acknowledged);
    };
    let played = mend(one_file, "repair big.iso --from big.iso.meta4", story);
    played.ended.as_ref().unwrap();
    let printed = played.printed();
    assert!(printed.contains("\nmended FOLDER/big.iso: kept 2.00 MiB, fetched 1.00 MiB\n"), "{printed}");
    let played = mend(one_file, "--json repair big.iso --from big.iso.meta4", story);
    let last: serde_json::Value =
        serde_json::from_str(played.run.out.text().lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["bytes_kept"]), (&"done".into(), &(2 * MIB).into()));
    assert_eq!((&last["bytes_fetched"], &last["files"][0]["trust"]), (&MIB.into(), &"pieces".into()));
    let whole = mend(one_file, "repair big.iso --from big.iso.meta4", async |fake, _| {
        fake.followed().await;
        fake.change(|job| {
            job.files[0].spec.supply.basis = Some(LocalName::new("/home/ada/big.iso").unwrap());
        });
        fake.end(JobState::Acknowledged);
    });
    assert!(whole.printed().contains("big.iso is right; nothing had to be fetched"), "{}", whole.printed());
}

#[test]
fn what_is_cut_off_is_told() {
    let one_byte = || {
        let fake = Fake::started();
        let pieces = Pieces { size: 1, piece_size: 1, hash_of_hashes: Base64(vec![0; 32]), trusted: true };
        let described = described("big.iso", &["https://a/big.iso"]);
        fake.finds(content(vec![DescribedFile { size: Some(1), pieces: Some(pieces), ..described }]));
        fake
    };
    let printed = mend(one_byte, "repair --no-wait big.iso --from f.meta4", nothing).printed();
    assert!(
        printed.contains("big.iso is longer than the 1 B it must have: the rest is cut off"),
        "{printed}"
    );
    let printed = mend(one_file, "repair --no-wait big.iso --from f.meta4", nothing).printed();
    assert!(!printed.contains("cut off"), "{printed}");
}

#[test]
fn where_only_the_whole_is_known_the_cost_is_told() {
    let line =
        format!("repair --no-wait big.iso --checksum sha-256={} --from http://h/big.iso", "0".repeat(64));
    let played = mend(Fake::started, &line, nothing);
    let job = job_of(&played);
    assert!(job.files[0].pieces.is_none() && job.files[0].basis.is_some());
    let printed = played.printed();
    assert!(
        printed.contains("nothing says which parts of FOLDER/big.iso are right: unless all are"),
        "{printed}"
    );
}

#[test]
fn what_cannot_be_mended_is_refused_before_a_service_is_asked() {
    let unproved = "nothing says which bytes of FOLDER/big.iso are right; name a Metalink (.meta4) or a piece hash \
                    file (.phf) with --from, or what the file must hash to with --checksum";
    for (line, exit, says) in [
        (
            "repair gone --from f.meta4",
            Exit::Usage,
            "cannot read FOLDER/gone: No such file or directory (os error 2)",
        ),
        ("repair dir --from f.meta4", Exit::Usage, "FOLDER/dir is not a file; only files are mended"),
        ("repair big.iso --from http://h/big.iso", Exit::Usage, unproved),
    ] {
        let played = mend(Fake::absent, line, nothing);
        assert_eq!(refusal(&played), (exit, says.to_owned()), "{line}");
        assert_eq!(played.fake.starts(), 0);
    }
}

#[test]
fn documents_that_do_not_do_are_refused_with_what_is_missing() {
    let bare = || {
        let fake = Fake::started();
        let file = described("big.iso", &["http://a/big.iso"]);
        fake.finds(content(vec![DescribedFile { digests: vec![], pieces: None, ..file }]));
        fake
    };
    let played = mend(bare, "repair big.iso --from f.meta4", nothing);
    assert!(refusal(&played).1.starts_with("nothing says which bytes of FOLDER/big.iso are right"));
    let nowhere = || {
        let fake = Fake::started();
        fake.finds(content(vec![described("big.iso", &[])]));
        fake
    };
    let played = mend(nowhere, "repair big.iso --from f.phf", nothing);
    let says = "nothing says where FOLDER/big.iso can be fetched; name a URL of it with another --from";
    assert_eq!(refusal(&played), (Exit::Usage, says.to_owned()));
    let line = format!("repair big.iso --from f.meta4 --checksum sha-256={}", "1".repeat(64));
    let (exit, says) = refusal(&mend(one_file, &line, nothing));
    assert_eq!(exit, Exit::Usage);
    assert!(says.starts_with("FOLDER/f.meta4 says that the file has sha-256=0000"), "{says}");
    assert!(says.ends_with("1111; leave one of them out"), "{says}");
}
