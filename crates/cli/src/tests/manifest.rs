//! `manifest`, from the command line to the exit code.

use std::os::unix::fs::PermissionsExt as _;

use bgcopy_api::{Base64, Manifest, ManifestFormat};
use tempfile::tempdir;

use super::{Fake, Played, Run, on_one_thread, play};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fixture::surroundings;

const DOCUMENT: &str = "<?xml version=\"1.0\"?>\n<metalink/>";

fn manifest() -> Manifest {
    Manifest {
        size: 3 << 20,
        digest: "sha-256=00".to_owned(),
        piece_size: 1 << 20,
        hash_of_hashes: Base64(vec![0; 32]),
        document: DOCUMENT.to_owned(),
    }
}

/// A service that has an answer.
fn able() -> Fake {
    let fake = Fake::started();
    fake.describes(manifest());
    fake
}

fn played(line: &str) -> Played {
    play(able, line, async |_, _| {})
}

/// Names of what the command left in its folder.
fn left(played: &Played) -> Vec<String> {
    let entries = std::fs::read_dir(played.folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_document_goes_to_the_standard_output_and_nothing_else_does() {
    let played = played("manifest --format phf --piece-size 64k big.iso");
    assert_eq!(played.exit(), Exit::Ok);
    assert_eq!(played.printed(), format!("--- out\n{DOCUMENT}\n--- err\n"));
    let [wanted] = &played.fake.described()[..] else { panic!("asked once") };
    assert_eq!((wanted.format, wanted.piece_size), (ManifestFormat::Phf, Some(65_536)));
    assert_eq!(wanted.local_name, played.folder.path().join("big.iso").display().to_string());
}

#[test]
fn with_an_output_the_document_is_a_file_of_the_person() {
    let played = played("manifest --url http://b/f --url http://a/f -o f.meta4 f");
    assert_eq!(played.exit(), Exit::Ok);
    assert_eq!(
        played.printed(),
        "--- out\n--- err\nwrote FOLDER/f.meta4: 3.00 MiB in pieces of 1.00 MiB, sha-256=00\n"
    );
    assert_eq!(left(&played), ["f.meta4"]);
    let path = played.folder.path().join("f.meta4");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{DOCUMENT}\n"));
    // Not a private file, as temporary ones are: what any other new file gets.
    let other = played.folder.path().join("other");
    std::fs::write(&other, "").unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&other));
    assert_eq!(played.fake.described()[0].urls, ["http://b/f", "http://a/f"]);
}

#[test]
fn what_binds_a_piece_hash_file_is_told_with_it() {
    let printed = played("manifest --format phf -o f.phf f").printed();
    assert!(printed.ends_with(&format!(", sha-256=00, HashOfHashes {}\n", "0".repeat(64))), "{printed}");
}

#[test]
fn json_tells_everything_and_repeats_no_document_that_was_written() {
    let all: Manifest = serde_json::from_str(&played("--json manifest f").run.out.text()).unwrap();
    assert_eq!(all, manifest());
    let played = played("--json manifest -o f.meta4 f");
    let told: serde_json::Value = serde_json::from_str(&played.run.out.text()).unwrap();
    assert_eq!((&told["digest"], &told["piece_size"]), (&"sha-256=00".into(), &(1 << 20).into()));
    assert_eq!(told["output"], played.folder.path().join("f.meta4").display().to_string());
    assert!(told["document"].is_null());
}

#[test]
fn a_file_that_exists_is_replaced_only_by_force_and_the_described_one_never() {
    let with_old = |line: &str| {
        on_one_thread(async {
            let folder = tempdir().unwrap();
            for name in ["f", "old"] {
                std::fs::write(folder.path().join(name), name).unwrap();
            }
            let (fake, mut run) = (able(), Run::new());
            let around = surroundings(folder.path(), &[]);
            let ended = run.run(line, &fake.door(), &around).await;
            let told = ended.as_ref().map_or_else(ToString::to_string, |()| String::new());
            let exit = ended.as_ref().map_or_else(Failure::exit, |()| Exit::Ok);
            let told = told.replace(&folder.path().display().to_string(), "FOLDER");
            let now = ["f", "old"].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap());
            (exit, told, now, fake.described().len())
        })
    };
    let untouched = || ["f".to_owned(), "old".to_owned()];
    let refused = "FOLDER/old exists; --force replaces it, -o writes elsewhere".to_owned();
    assert_eq!(with_old("manifest -o old f"), (Exit::Refused, refused, untouched(), 0));
    let itself = "-o FOLDER/f is the file itself; write its manifest elsewhere".to_owned();
    assert_eq!(with_old("manifest --force -o ./f f"), (Exit::Usage, itself, untouched(), 0));
    let replaced = ["f".to_owned(), format!("{DOCUMENT}\n")];
    assert_eq!(with_old("manifest --force -o old f"), (Exit::Ok, String::new(), replaced, 1));
}

#[test]
fn where_nothing_can_be_written_nothing_is_read() {
    for (line, told) in [
        ("manifest -o missing/f.meta4 f", "cannot write FOLDER/missing/f.meta4: No such file or directory"),
        ("manifest -o . f", "FOLDER is a folder; name the file in it"),
    ] {
        let played = played(line);
        let folder = played.folder.path().display().to_string();
        let text = played.ended.as_ref().unwrap_err().to_string().replace(&folder, "FOLDER");
        assert!(text.starts_with(told), "{text}");
        assert_eq!((played.exit(), played.fake.described().len()), (Exit::LocalFile, 0));
    }
}

#[test]
fn what_the_service_refuses_leaves_nothing_behind() {
    let refusing = || {
        let fake = Fake::started();
        fake.refuse(400, "path-not-found", "cannot open /f: No such file or directory");
        fake
    };
    let played = play(refusing, "manifest -o f.meta4 f", async |_, _| {});
    assert_eq!(played.exit(), Exit::LocalFile);
    assert_eq!(left(&played), [""; 0]);
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    on_one_thread(async {
        // It reads for ever.
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        let mut around = surroundings(folder.path(), &[]);
        let reading = fake.clone();
        around.interrupt = Box::new(move || {
            let reading = reading.clone();
            Box::pin(async move {
                reading.asked("POST /v1/manifests").await;
                Ok(())
            })
        });
        let ended = run.run("manifest -o f.meta4 f", &fake.door(), &around).await;
        assert_eq!(ended.unwrap_err().exit(), Exit::Interrupted);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    });
}
