//! Metalinks as publishers write them, and as they should not.

use bgcopy_core::{Digest, PieceHashes};
use proptest::prelude::*;

use super::{read, write};
use crate::limits;
use crate::manifest::{Manifest, ManifestFile, ManifestSource};
use crate::testing::{any_manifest, mutate};

/// RFC 5854, 1.1, second example, with the piece list and the elements of its section 4.
const RFC: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
  <published>2009-05-15T12:23:23Z</published>
  <origin dynamic="true">http://example.com/example.ext.meta4</origin>
  <file name="example.ext">
    <size>3000000</size>
    <identity>Example</identity>
    <version>1.0</version>
    <language>en</language>
    <description>
      A description of the example file for download.
    </description>
    <hash type="sha-256">f0ad929cd259957e160ea442eb80986b5f01570be8c1b7ec9c4a8b4d32fb1d11</hash>
    <hash type="md5">64e0c2d8e0d1a0a7bf2c9cc9d1e2a9ff</hash>
    <pieces length="1048576" type="sha-1">
      <hash>d96b9a4b92a899c2099b7b31bddb5ca423bb9b30</hash>
    </pieces>
    <pieces length="1048576" type="sha-256">
      <hash>0101010101010101010101010101010101010101010101010101010101010101</hash>
      <hash>0202020202020202020202020202020202020202020202020202020202020202</hash>
      <hash>0303030303030303030303030303030303030303030303030303030303030303</hash>
    </pieces>
    <signature mediatype="application/pgp-signature">-----BEGIN PGP SIGNATURE-----</signature>
    <url location="de" priority="2">ftp://ftp.example.com/example.ext</url>
    <url location="FR" priority="1">http://example.com/example.ext</url>
    <url>https://last.example.com/example.ext?a=1&amp;b=2</url>
    <url priority="1"> http://example.net/example.ext </url>
    <metaurl mediatype="torrent" priority="2" name="e.ext">http://example.com/example.ext.torrent</metaurl>
  </file>
  <file name="folder/example2.ext">
    <hash type="SHA256">2f548ce50c459a0270e85a7d63b2383c5523f0d6c8f4bc3c9f8d1d4a36e1f3b9</hash>
    <url location="us">http://example.com/example2.ext</url>
  </file>
</metalink>
"#;

fn sample(replace: &str, by: &str) -> String {
    assert!(RFC.contains(replace), "{replace:?}");
    RFC.replacen(replace, by, 1)
}

/// A Metalink of one file with this inside.
fn one(inside: &str) -> String {
    format!("<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='f'>{inside}</file></metalink>")
}

fn says(text: &str) -> String {
    match read(text.as_bytes()) {
        Ok(manifest) => panic!("accepted as {manifest:?}: {text}"),
        Err(error) => error.to_string(),
    }
}

fn notes(manifest: &Manifest) -> Vec<String> {
    manifest.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_of_the_rfc_is_read() {
    let manifest = read(RFC.as_bytes()).unwrap();
    let origin = manifest.origin.as_ref().unwrap();
    assert_eq!((origin.url.as_str(), origin.dynamic), ("http://example.com/example.ext.meta4", true));
    let [first, second] = manifest.files.as_slice() else { panic!("{manifest:?}") };
    assert_eq!((first.name.as_str(), second.name.as_str()), ("example.ext", "folder/example2.ext"));
    assert_eq!((first.size, second.size), (Some(3_000_000), None));
    assert_eq!((first.identity.as_deref(), first.version.as_deref()), (Some("Example"), Some("1.0")));
    assert_eq!(
        first.digests[0].to_string(),
        "sha-256=f0ad929cd259957e160ea442eb80986b5f01570be8c1b7ec9c4a8b4d32fb1d11"
    );
    assert_eq!((first.digests.len(), second.digests.len()), (1, 1));
    let pieces = first.pieces.as_ref().unwrap();
    assert_eq!((pieces.piece_size(), pieces.hashes()), (1 << 20, &[[1; 32], [2; 32], [3; 32]][..]));
    let sources: Vec<_> = first
        .sources
        .iter()
        .map(|source| (source.url.as_str(), source.priority, source.location.as_deref()))
        .collect();
    assert_eq!(
        sources,
        [
            ("http://example.com/example.ext", 1, Some("fr")),
            ("http://example.net/example.ext", 1, None),
            ("https://last.example.com/example.ext?a=1&b=2", ManifestSource::LEAST_PRIORITY, None),
        ]
    );
    let meta = &first.metaurls[0];
    assert_eq!(
        (meta.media_type.as_str(), meta.priority, meta.name.as_deref()),
        ("torrent", 2, Some("e.ext"))
    );
    assert_eq!(
        notes(&manifest),
        [
            "\"example.ext\" has piece hashes in sha-1, which are not verified; publish piece hashes in sha-256",
            "ftp: is not supported in \"ftp://ftp.example.com/example.ext\"; use http or https",
        ]
    );
}

#[test]
fn what_is_read_is_written_and_read_again() {
    let mut manifest = read(RFC.as_bytes()).unwrap();
    manifest.notes.clear();
    let text = write(&manifest).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metalink xmlns="), "{text}");
    assert!(
        text.contains("<url location=\"fr\" priority=\"1\">http://example.com/example.ext</url>\n"),
        "{text}"
    );
    assert!(text.contains("<url>https://last.example.com/example.ext?a=1&amp;b=2</url>\n"), "{text}");
    assert_eq!(read(text.as_bytes()), Ok(manifest));
}

#[test]
fn other_name_spaces_do_not_disturb() {
    let text = r#"<m:metalink xmlns:m="urn:ietf:params:xml:ns:metalink" xmlns="urn:other" xmlns:x="urn:x">
        <file name="not ours"/>
        <m:file name="f" x:name="g"><size>7</size><x:size>8</x:size><m:size>9</m:size>
          <m:url xmlns:m="urn:y">http://a/</m:url><m:url><![CDATA[http://h/?a&b]]></m:url></m:file>
      </m:metalink><!-- the end --> "#;
    let manifest = read(text.as_bytes()).unwrap();
    assert_eq!((manifest.files.len(), manifest.files[0].size), (1, Some(9)));
    assert_eq!(manifest.files[0].sources[0].url.as_str(), "http://h/?a&b");
    let with_mark = format!("\u{feff}{RFC}");
    assert_eq!(read(with_mark.as_bytes()), read(RFC.as_bytes()));
}

#[test]
fn other_documents_are_refused_by_name() {
    for (text, message) in [
        ("", "this is no Metalink: it has no element"),
        (
            "<html><body/></html>",
            "this is no Metalink: it begins with <html>, and should with <metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">",
        ),
        ("{\"MajorVersion\":1}", "this is no Metalink: it does not begin with an element"),
        (
            "<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"><files/></metalink>",
            "this is no Metalink: it is Metalink 3; publish Metalink 4 (RFC 5854, .meta4)",
        ),
        (
            "<metalink><file name='f'/></metalink>",
            "this is no Metalink: it begins with <metalink>, and should",
        ),
        ("<metalink xmlns='urn:ietf:params:xml:ns:metalink'/>", "the Metalink: a file is missing"),
    ] {
        assert!(says(text).starts_with(message), "{text:?}: {}", says(text));
    }
}

#[test]
fn entities_and_type_definitions_are_refused() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>";
    let text = sample("<metalink ", &format!("{bomb}\n<metalink "));
    assert_eq!(
        says(&text),
        "line 2 of the Metalink: a document type definition (<!DOCTYPE>) is refused; a Metalink has none"
    );
    let external = sample("<metalink ", "<!DOCTYPE m SYSTEM \"file:///etc/passwd\"><metalink ");
    assert!(says(&external).contains("<!DOCTYPE>"));
    assert_eq!(
        says(&sample("Example</identity>", "&lol2;</identity>")),
        "line 7 of the Metalink: the entity &lol2; is refused; use &lt; &gt; &amp; &apos; &quot; or the character itself"
    );
    // Also where nobody looks: in an attribute that is not read, and in an element that is passed over.
    assert!(
        says(&sample("<language>", "<language x=\"&xxe;\">"))
            .contains("<language>: the entity &xxe; is refused")
    );
    assert!(says(&sample("A description", "&xxe;")).contains("the entity &xxe; is refused"));
    assert!(says(&sample(">en<", ">&#0;<")).contains("the entity &#0; is refused"));
    let read_again =
        read(sample(">Example<", ">&#69;x&#x61;m&lt;&gt;&amp;&apos;&quot;<").as_bytes()).unwrap();
    assert_eq!(read_again.files[0].identity.as_deref(), Some("Exam<>&'\""));
}

#[test]
fn whatever_is_wrong_is_named_with_its_line() {
    for (replace, by, message) in [
        ("3000000", "-3", "line 6 of the Metalink, <size>: \"-3\" is not a number of bytes"),
        (
            "3000000",
            "18446744073709551616",
            "line 6 of the Metalink, <size>: \"18446744073709551616\" is not",
        ),
        ("3000000", "", "line 6 of the Metalink, <size>: \"\" is not a number of bytes"),
        ("3000000", "<b>3</b>", "line 6 of the Metalink, <size>: it holds <b> where text belongs"),
        (
            "3000000",
            "4000000",
            "line 5 of the Metalink, <file>: 3 piece hashes; 4000000 bytes in pieces of 1048576 have 4",
        ),
        (
            "<size>",
            "<size>5</size><size>",
            "line 6 of the Metalink, <size>: the size is given twice, and differently",
        ),
        (
            "</version>",
            "</version><version>2</version>",
            "line 8 of the Metalink, <version>: version is given twice",
        ),
        ("f0ad", "f0a", "line 13 of the Metalink, <hash>: \"f0a929cd"),
        (
            "<hash type=\"md5\">64e0c2d8e0d1a0a7bf2c9cc9d1e2a9ff",
            "<hash type=\"sha-256\">2f548ce50c459a0270e85a7d63b2383c5523f0d6c8f4bc3c9f8d1d4a36e1f3b9",
            "line 14 of the Metalink, <hash>: the sha-256 of the file is given twice, and differently",
        ),
        ("<hash type=\"sha-256\">", "<hash>", "line 13 of the Metalink, <hash>: type is missing"),
        ("<hash>0202", "<hash>xx02", "line 20 of the Metalink, <hash>: \"xx02"),
        (
            "length=\"1048576\" type=\"sha-256\"",
            "type=\"sha-256\"",
            "line 18 of the Metalink, <pieces>: length is missing",
        ),
        (
            "length=\"1048576\" type=\"sha-256\"",
            "length=\"0\" type=\"sha-256\"",
            "line 18 of the Metalink, <pieces>: a piece of 0 bytes; pieces have 1024 to 1073741824 bytes",
        ),
        ("length=\"1048576\" type=\"sha-256\"", "length=\"2147483648\" type=\"sha-256\"", "line 18"),
        (
            "priority=\"1\"",
            "priority=\"0\"",
            "line 25 of the Metalink, <url>: \"0\" is not a priority from 1",
        ),
        (
            "priority=\"1\"",
            "priority=\"1000000\"",
            "line 25 of the Metalink, <url>: \"1000000\" is not a priority",
        ),
        (
            "dynamic=\"true\"",
            "dynamic=\"maybe\"",
            "line 4 of the Metalink, <origin>: \"maybe\" is not true or false",
        ),
        ("mediatype=\"torrent\"", "", "line 28 of the Metalink, <metaurl>: mediatype is missing"),
        ("name=\"example.ext\"", "", "line 5 of the Metalink, <file>: name is missing"),
        (
            "\"example.ext\"",
            "\"../.ssh/id\"",
            "line 5 of the Metalink, <file>: the name \"../.ssh/id\" leads out of the folder",
        ),
        (
            "\"example.ext\"",
            "\"/etc/passwd\"",
            "line 5 of the Metalink, <file>: the name \"/etc/passwd\" leads out",
        ),
        ("\"example.ext\"", "\"..&#47;x\"", "line 5 of the Metalink, <file>: the name \"../x\" leads out"),
        (
            "\"example.ext\"",
            "\"Folder/EXAMPLE2.ext\"",
            "the Metalink: \"Folder/EXAMPLE2.ext\" and \"folder/example2.ext\" would be one file",
        ),
        ("\"example.ext\"", "\"folder\"", "the Metalink: \"folder\" is a file, and"),
        (
            "encoding=\"UTF-8\"",
            "encoding=\"UTF-16\"",
            "line 1 of the Metalink: \"UTF-16\" is not an encoding that is read",
        ),
        ("</metalink>", "", "line 35 of the Metalink: the document ends within an element"),
        (
            "</metalink>",
            "</metalink><metalink/>",
            "line 34 of the Metalink: something follows the end of <metalink>",
        ),
        ("</size>", "</sice>", "line 6 of the Metalink: "),
        ("<size>", "<size a='1' a='2'>", "line 6 of the Metalink, <size>: "),
        ("<size>", "<size><!-- -- -->", "line 6 of the Metalink: "),
    ] {
        let text = sample(replace, by);
        assert!(says(&text).starts_with(message), "{message}\n{}", says(&text));
    }
    let latin = read(b"<metalink a='\xe9'/>").unwrap_err().to_string();
    assert_eq!(latin, "the Metalink is not UTF-8 from byte 13 on; publish it as UTF-8");
}

#[test]
fn foreign_mirrors_cost_the_file_only_when_nothing_is_left() {
    let ftp = "<url>ftp://h/f</url>";
    let rsync = "<url>rsync://h/f</url>";
    assert_eq!(
        says(&one(&format!("{ftp}{rsync}"))),
        "\"f\" has no source that can be used: ftp: is not supported in \"ftp://h/f\"; use http or https"
    );
    let secret = says(&one("<url>http://ada:secret@h/f?sig=secret</url>"));
    assert!(!secret.contains("secret@") && !secret.contains("sig"), "{secret}");
    let manifest = read(one(&format!("{ftp}{rsync}<url>http://h/f</url><url>/f</url>")).as_bytes()).unwrap();
    assert_eq!((manifest.files[0].sources.len(), manifest.notes.len()), (1, 3));
    // A torrent is something; and hashes alone are good for who knows the way.
    let torrent = "<metaurl mediatype='torrent'>magnet:?xt=urn:btih:0</metaurl>";
    assert!(read(one(&format!("{ftp}{torrent}")).as_bytes()).is_ok());
    assert!(read(one("<size>1</size>").as_bytes()).is_ok());
}

#[test]
fn hashes_that_are_not_verified_cost_a_remark() {
    let manifest = read(one("<hash type='md5'>00</hash><hash type='sha-1'>11</hash>").as_bytes()).unwrap();
    assert_eq!(
        notes(&manifest),
        ["\"f\" has digests in md5, sha-1, which are not verified; publish one in sha-256"]
    );
    let sha_512 = "7".repeat(128);
    let inside = format!(
        "<hash type='md5'>00</hash><hash type='sha-512'>{sha_512}</hash><pieces length='1024' type='sha-512'><hash>{sha_512}</hash></pieces>"
    );
    let manifest = read(one(&inside).as_bytes()).unwrap();
    assert_eq!(manifest.files[0].digests, [Digest::Sha512([0x77; 64])]);
    assert_eq!(manifest.files[0].pieces, None);
    assert_eq!(
        notes(&manifest),
        ["\"f\" has piece hashes in sha-512, which are not verified; publish piece hashes in sha-256"]
    );
}

#[test]
fn of_several_piece_lists_the_first_is_kept_and_none_may_contradict() {
    let list = |length: u64, digit: &str| {
        let hash = digit.repeat(64);
        format!("<pieces length='{length}' type='sha-256'><hash>{hash}</hash></pieces>")
    };
    let manifest =
        read(one(&format!("{}{}{}", list(1024, "1"), list(2048, "2"), list(1024, "1"))).as_bytes()).unwrap();
    assert_eq!(manifest.files[0].pieces, Some(PieceHashes::new(1024, vec![[0x11; 32]]).unwrap()));
    assert!(
        says(&one(&format!("{}{}", list(1024, "1"), list(1024, "2"))))
            .contains("the list of pieces of 1024 bytes is given twice")
    );
    let empty = "<size>0</size><pieces length='1024' type='sha-256'/>";
    assert_eq!(
        read(one(empty).as_bytes()).unwrap().files[0].pieces,
        Some(PieceHashes::new(1024, vec![]).unwrap())
    );
    let without_size = one(&list(1024, "1"));
    let manifest = read(without_size.as_bytes()).unwrap();
    assert!(manifest.files[0].pieces.as_ref().unwrap().check_size(1025).is_err());
}

#[test]
fn d08_bounds_are_met_before_memory_is_spent() {
    let large = vec![b' '; 300 << 20];
    let error = read(&large).unwrap_err().to_string();
    assert_eq!(error, "the Metalink has 314572800 bytes; at most 33554432 are read");
    drop(large);
    let deep = one(&"<x>".repeat(100_000));
    assert!(says(&deep).ends_with(": more than 16 elements within each other"), "{}", says(&deep));
    let attributes: String = (0..40).map(|n| format!(" a{n}='1'")).collect();
    assert!(says(&one(&format!("<x{attributes}/>"))).ends_with("<x>: more than 32 attributes"));
    let spaces: String = (0..100).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
    assert!(says(&one(&format!("<x{spaces}/>"))).starts_with("line 1 of the Metalink: "));
    let long = "x".repeat(limits::XML_TEXT_BYTES_MAX + 1);
    assert!(says(&one(&format!("<version>{long}</version>"))).ends_with("<version>: more than 16384 bytes"));
    assert!(
        says(&one(&format!("<url a='{long}'/>"))).ends_with("<url>: more than 16384 bytes in an attribute")
    );
    // What is not kept may be long.
    assert!(read(one(&format!("<description>{long}</description>")).as_bytes()).is_ok());
    let urls: String =
        (0..1_000).map(|n| format!("<url priority='{}'>http://h/{n}</url>", 1_000 - n)).collect();
    let manifest = read(one(&urls).as_bytes()).unwrap();
    let sources = &manifest.files[0].sources;
    assert_eq!((sources.len(), sources[0].url.as_str()), (limits::SOURCES_MAX, "http://h/999"));
    assert_eq!(notes(&manifest), ["only the first 256 mirrors are kept"]);
    let refused: String = (0..1_000).map(|n| format!("<url>ftp://h/{n}</url>")).collect();
    let manifest = read(one(&format!("{refused}<url>http://h/</url>")).as_bytes()).unwrap();
    assert_eq!(manifest.notes.len(), limits::NOTES_MAX);
    let torrents = "<metaurl mediatype='torrent'>x</metaurl>".repeat(20);
    assert_eq!(read(one(&torrents).as_bytes()).unwrap().files[0].metaurls.len(), limits::METAURLS_MAX);
}

#[test]
fn d08_a_list_without_end_is_refused_at_the_bound() {
    let files: String = (0..=limits::FILES_MAX).map(|n| format!("<file name='{n}'/>")).collect();
    let text = format!("<metalink xmlns='urn:ietf:params:xml:ns:metalink'>{files}</metalink>");
    assert!(says(&text).ends_with("<file>: more than 50000 files"));
    let urls: String = (0..limits::SOURCES_MAX).map(|n| format!("<url>http://h/{n}</url>")).collect();
    let files: String = (0..500).map(|n| format!("<file name='{n}'>{urls}</file>")).collect();
    let text = format!("<metalink xmlns='urn:ietf:params:xml:ns:metalink'>{files}</metalink>");
    assert!(says(&text).ends_with("<file>: more than 100000 sources of all files"));
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let file = ManifestFile::new("f".parse().unwrap());
    let writes = |file: ManifestFile| write(&Manifest { files: vec![file], ..Manifest::default() });
    let error = writes(ManifestFile { version: Some(" 1 ".to_owned()), ..file.clone() }).unwrap_err();
    assert_eq!(error.to_string(), "file \"f\": \" 1 \" is not a short text of visible characters");
    let pieces = Some(PieceHashes::new(1024, vec![[0; 32]]).unwrap());
    assert!(writes(ManifestFile { size: Some(2000), pieces, ..file.clone() }).is_err());
    let pieces = Some(PieceHashes::new(1024, vec![[0; 32]; 500_000]).unwrap());
    let error = writes(ManifestFile { pieces, ..file }).unwrap_err().to_string();
    assert!(error.ends_with("bytes; at most 33554432 are read"), "{error}");
    assert!(write(&Manifest::default()).is_err());
}

/// What Metalinks are made of, and what breaks them.
const SOUP: [&str; 34] = [
    "<metalink xmlns='urn:ietf:params:xml:ns:metalink'>",
    "<m:metalink xmlns:m='urn:ietf:params:xml:ns:metalink'>",
    "</metalink>",
    "<file name='f'>",
    "<file name='a/b'>",
    "</file>",
    "<file xmlns='' name='f'/>",
    "<size>",
    "</size>",
    "<size>7</size>",
    "18446744073709551615",
    "<hash>",
    "<hash type='sha-256'>",
    "</hash>",
    "0101010101010101010101010101010101010101010101010101010101010101",
    "<pieces length='1024' type='sha-256'>",
    "<pieces length='1073741824' type='sha-256'/>",
    "</pieces>",
    "<url priority='1' location='de'>",
    "http://h/",
    "ftp://h/",
    "</url>",
    "<metaurl mediatype='torrent'>",
    "</metaurl>",
    "<origin dynamic='true'>",
    "</origin>",
    "<version>",
    "</version>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#x41;",
    "<?xml version='1.0'?>",
    "<!--x-->",
];

proptest! {
    #[test]
    fn no_soup_panics_and_what_is_read_can_be_written(soup in prop::collection::vec(prop::sample::select(&SOUP[..]), 0..24)) {
        for text in [soup.concat(), one(&soup.concat())] {
            if let Ok(manifest) = read(text.as_bytes()) {
                let again = write(&manifest).and_then(|text| read(text.as_bytes()));
                prop_assert_eq!(again.unwrap().files, manifest.files, "{}", text);
            }
        }
    }

    #[test]
    fn any_manifest_is_written_and_read_again(manifest in any_manifest()) {
        let text = write(&manifest).unwrap();
        prop_assert_eq!(read(text.as_bytes()), Ok(manifest), "{}", text);
    }

    #[test]
    fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&text);
    }

    #[test]
    fn no_mended_metalink_panics_and_what_is_read_can_be_written(changes in mutate()) {
        if let Ok(manifest) = read(&changes.apply(RFC.as_bytes())) {
            let text = write(&manifest).unwrap();
            let again = read(text.as_bytes()).unwrap();
            prop_assert_eq!(again.files, manifest.files);
        }
    }
}
