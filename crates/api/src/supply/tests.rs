use super::*;
use crate::draft::{FileDraft, FilesDraft};
use crate::request::AddFiles;

const HEX: &str = "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";

fn draft(fields: &str) -> Result<FileDraft, Rejected> {
    let json = format!(r#"{{"remote_name":"https://h/f?sig=s3cret","local_name":"/tmp/f"{fields}}}"#);
    serde_json::from_str::<AddFile>(&json).unwrap().parse()
}

/// So many hashes, as a request has them.
fn hashes(count: usize) -> String {
    let one = serde_json::to_string(&Base64(vec![7; 32])).unwrap();
    vec![one; count].join(",")
}

#[test]
fn everything_that_proves_a_file_arrives_where_it_belongs() {
    let FileDraft { spec, given, .. } = draft(&format!(
        r#","mirrors":[{{"url":"http://b/f","priority":2}},{{"url":"http://c/f"}}],
            "manifest":{{"kind":"phf","url":"https://h/f.phf","digest":"sha-256={HEX}","hash_of_hashes":"{HEX}"}},
            "pieces":{{"size":4100,"piece_size":1024,"hash_of_hashes":"{HEX}"}},"basis":"/tmp/f""#
    ))
    .unwrap();
    let places: Vec<_> =
        spec.supply.mirrors.iter().map(|mirror| (mirror.url.as_str(), mirror.priority)).collect();
    assert_eq!(places, [("http://b/f", 2), ("http://c/f", 999_999)]);
    let manifest = spec.supply.manifest.unwrap();
    assert_eq!(
        (manifest.kind, manifest.url.as_str(), manifest.offered),
        (ManifestKind::Phf, "https://h/f.phf", false)
    );
    assert_eq!(manifest.digest.unwrap().to_string(), format!("sha-256={HEX}"));
    assert_eq!(manifest.hash_of_hashes, Some(HashOfHashes([0xa5; 32])));
    let list = spec.supply.pieces.unwrap();
    assert_eq!(
        (list.size, list.piece_size, list.hash_of_hashes.0, list.trusted),
        (4_100, 1_024, [0xa5; 32], true)
    );
    assert_eq!(spec.supply.basis.unwrap().path(), std::path::Path::new("/tmp/f"));
    assert_eq!(given, None);
}

#[test]
fn a_file_about_which_nothing_is_said_has_an_empty_supply() {
    let FileDraft { spec, given, .. } = draft("").unwrap();
    assert!(spec.supply.is_empty() && given.is_none());
    let json = serde_json::to_string(&AddFile::whole("http://h/f", "/f".as_ref())).unwrap();
    assert!(!json.contains("mirrors") && !json.contains("basis"), "{json}");
}

#[test]
fn hashes_in_the_request_are_handed_on_with_the_place_of_their_file() {
    let file = |pieces: &str| -> AddFile {
        serde_json::from_str(&format!(r#"{{"remote_name":"http://h/f","local_name":"/f"{pieces}}}"#)).unwrap()
    };
    let list =
        format!(r#","pieces":{{"size":2049,"piece_size":1024,"hashes":[{}],"trusted":false}}"#, hashes(3));
    let draft = FilesDraft::try_from(AddFiles { files: vec![file(""), file(&list)] }).unwrap();
    let [given] = &draft.given[..] else { panic!("{:?}", draft.given) };
    assert_eq!((given.file, given.size, given.hashes.hashes().len(), given.trusted), (1, 2_049, 3, false));
    assert_eq!(draft.files[1].supply.pieces, None, "until they are kept");
    // No file needs no piece.
    let empty = file(r#","pieces":{"size":0,"piece_size":1024,"hashes":[]}"#).parse().unwrap();
    assert_eq!(empty.given.unwrap().hashes.hashes(), [[0; 32]; 0]);
}

#[test]
fn a_mirror_counts_once_and_the_origin_is_none() {
    let spec = draft(
        r#","mirrors":[{"url":"http://b/f"},{"url":"https://H/f?sig=s3cret"},{"url":"http://B/f","priority":1}]"#,
    )
    .unwrap()
    .spec;
    assert_eq!(spec.supply.mirrors.len(), 1);
}

#[test]
fn who_names_what_a_server_named_says_so() {
    let spec =
        draft(r#","mirrors":[{"url":"http://b/f"},{"url":"http://c/f","offered":true}]"#).unwrap().spec;
    let offered: Vec<bool> = spec.supply.mirrors.iter().map(|mirror| mirror.offered).collect();
    assert_eq!((spec.supply.offered, offered), (false, vec![false, true]));
    assert!(draft(r#","offered":true"#).unwrap().spec.supply.offered);
}

#[test]
fn what_cannot_be_is_refused_by_its_field_and_names_the_input() {
    let wrong_count = format!(r#","pieces":{{"size":4100,"piece_size":1024,"hashes":[{}]}}"#, hashes(4));
    let by_name = |size: u64, piece_size: u64| {
        format!(r#","pieces":{{"size":{size},"piece_size":{piece_size},"hash_of_hashes":"{HEX}"}}"#)
    };
    for (fields, field, says) in [
        (
            r#","mirrors":[{"url":"http://b/f"},{"url":"ftp://ada:s3cret@b/f?k=s3cret"}]"#.to_owned(),
            "mirrors[1].url",
            "ftp: is not supported in \"ftp://b/f\"; use http or https",
        ),
        (
            r#","mirrors":[{"url":"http://ada:s3cret@b/f?k=s3cret"}]"#.to_owned(),
            "mirrors[0].url",
            "mirror http://b/f?… comes with a user name or password; it is asked without, leave them out",
        ),
        (
            r#","mirrors":[{"url":"http://b/f","priority":0}]"#.to_owned(),
            "mirrors[0].priority",
            "priority of mirror http://b/f is 0; it is 1 (best) to 999999",
        ),
        (
            format!(r#","mirrors":[{}]"#, vec![r#"{"url":"http://b/f"}"#; 257].join(",")),
            "mirrors",
            "mirrors are 257; a file has at most 256",
        ),
        (
            r#","manifest":{"kind":"metalink","url":"file:///etc/passwd"}"#.to_owned(),
            "manifest.url",
            "file: is not supported in \"file:///etc/passwd\"; use http or https",
        ),
        (
            r#","manifest":{"kind":"sums","url":"https://ada:s3cret@h/SHA256SUMS"}"#.to_owned(),
            "manifest.url",
            "manifest https://h/SHA256SUMS comes with a user name or password; it is asked without, leave them out",
        ),
        (
            r#","manifest":{"kind":"sums","url":"https://h/S","digest":"md5=00"}"#.to_owned(),
            "manifest.digest",
            "manifest checksum algorithm \"md5\" is not supported; use sha-256 or sha-512",
        ),
        (
            format!(r#","manifest":{{"kind":"sums","url":"https://h/S","hash_of_hashes":"{HEX}"}}"#),
            "manifest.hash_of_hashes",
            "manifest of kind sums has no HashOfHashes; a piece hash file (phf) has",
        ),
        (
            r#","manifest":{"kind":"phf","url":"https://h/S","hash_of_hashes":"a5"}"#.to_owned(),
            "manifest.hash_of_hashes",
            "manifest \"a5\" is no HashOfHashes; it has 64 hex digits, or is base64 of 32 bytes",
        ),
        (wrong_count, "pieces", "pieces cannot be: 4 piece hashes; 4100 bytes in pieces of 1024 have 5"),
        (
            r#","pieces":{"size":1,"piece_size":1024,"hashes":["AAAA"]}"#.to_owned(),
            "pieces.hashes[0]",
            "pieces: hash 0 has 3 bytes; a SHA-256 has 32",
        ),
        (
            r#","pieces":{"size":1,"piece_size":1024}"#.to_owned(),
            "pieces",
            "pieces need hashes, or the hash_of_hashes of a list that POST /v1/manifests/read gave",
        ),
        (
            by_name(1, 0),
            "pieces",
            "pieces cannot be: a piece of 0 bytes; pieces have 1024 to 1073741824 bytes",
        ),
        (
            by_name(u64::MAX, 1_024),
            "pieces",
            "pieces cannot be: 18014398509481984 pieces; at most 1048576 are taken, so make the pieces larger",
        ),
        (
            format!(r#","expected_size":5{}"#, by_name(4, 1_024)),
            "pieces",
            "pieces are those of a file of 4 bytes, and 5 bytes are expected",
        ),
        (
            format!(r#","ranges":[{{"offset":1}}]{}"#, by_name(4, 1_024)),
            "pieces",
            "pieces cannot be given together with ranges: only whole files are proved by it",
        ),
        (
            r#","basis":"/tmp/f""#.to_owned(),
            "basis",
            "basis cannot be used: nothing says which of its bytes are right; give pieces, a manifest or a digest",
        ),
        (r#","basis":"f""#.to_owned(), "basis", "\"f\" is not an absolute path"),
    ] {
        let rejected = draft(&fields).unwrap_err();
        assert_eq!((rejected.field.as_str(), rejected.to_string().as_str()), (field, says), "{fields}");
        assert!(!format!("{rejected:?}").contains("s3cret"), "{rejected:?}");
    }
}

#[test]
fn fields_that_nobody_knows_are_refused() {
    for fields in [
        r#""mirrors":[{"url":"http://b/f","weight":1}]"#,
        r#""manifest":{"kind":"torrent","url":"http://b/f"}"#,
        r#""pieces":{"size":1,"piece_size":1024,"algorithm":"md5"}"#,
    ] {
        let json = format!(r#"{{"remote_name":"http://h/f","local_name":"/f",{fields}}}"#);
        assert!(serde_json::from_str::<AddFile>(&json).is_err(), "{fields}");
    }
}

#[test]
fn the_name_of_a_list_is_read_as_people_and_as_documents_write_it() {
    let hash = HashOfHashes([0xa5; 32]);
    let Base64(bytes) = Base64(hash.0.to_vec());
    let base64 = serde_json::to_value(Base64(bytes)).unwrap();
    assert_eq!(parse_hash_of_hashes(HEX), Ok(hash));
    assert_eq!(parse_hash_of_hashes(base64.as_str().unwrap()), Ok(hash));
    for bad in ["", "zz", "AAAA", &HEX[1..]] {
        assert!(parse_hash_of_hashes(bad).unwrap_err().contains("64 hex digits"), "{bad:?}");
    }
}
