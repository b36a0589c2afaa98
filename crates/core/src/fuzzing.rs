//! What must hold for any bytes: the bodies of the fuzz targets for names.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use crate::cache_host::CacheHost;
use crate::limits;
use crate::name::{LocalName, RemoteName, clean_file_name, redact_text};

/// A URL means the same when it is read again, and neither it nor the refusal of it shows a password.
pub fn remote_name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok((name, _)) = RemoteName::parse(text) {
        assert!(matches!(name.url().scheme(), "http" | "https"));
        assert!(name.as_str().len() <= limits::REMOTE_NAME_CHARS);
        assert_eq!(RemoteName::parse(name.as_str()), Ok((name.clone(), None)));
        let redacted = name.redacted();
        assert!(redacted.split_once('?').is_none_or(|(_, query)| query == "…"), "{redacted}");
        if let Some(proposed) = name.file_name() {
            plain_file_name(&proposed);
        }
    }
    if text.contains("hunt") {
        return;
    }
    // A user part of any length with a password behind it, and a password that goes on with anything.
    let user = text.replace(['/', '?', '#', ':'], "");
    for refused in [format!("ftp://{user}:{PASSWORD}@host/"), format!("ftp://ada:{PASSWORD}{text}@host/")] {
        let error = RemoteName::parse(&refused).expect_err("only http and https");
        assert!(!error.to_string().contains("hunt"), "{error}");
        assert!(!redact_text(&refused).contains("hunt"), "{refused}");
    }
}

/// A name from somewhere else stays in its folder, and cleaning it again changes nothing.
pub fn proposed_name(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(name) = clean_file_name(&text) {
        plain_file_name(&name);
    }
    let path = [b"/".as_slice(), bytes].concat();
    let path = PathBuf::from(OsString::from_vec(path));
    if let Ok(name) = LocalName::new(path) {
        assert_eq!(LocalName::new(name.path()), Ok(name));
    }
}

/// A list of cache hosts is written as it is read, and leads to no other file.
pub fn cache_hosts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(hosts) = CacheHost::list(text) else { return };
    let file: RemoteName = "https://origin.example/a/b.iso".parse().expect("a good name");
    for host in hosts {
        assert_eq!(host.to_string().parse(), Ok(host.clone()));
        if let Some(asked) = host.rewrite(&file) {
            assert_eq!(asked.url().path(), "/a/b.iso");
            assert_eq!(asked.url().query(), Some("cacheHostOrigin=origin.example"));
        }
    }
}

fn plain_file_name(name: &str) {
    assert!(!name.is_empty() && name.len() <= limits::PROPOSED_NAME_BYTES, "{name:?}");
    assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
    assert!(!name.starts_with(['.', '-', '~']), "{name:?}");
    assert_eq!(clean_file_name(name).as_deref(), Some(name));
}

/// Planted, and looked for.
const PASSWORD: &str = "hunter2";

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[
            ("remote_name", super::remote_name),
            ("proposed_name", super::proposed_name),
            ("cache_hosts", super::cache_hosts),
        ]);
    }
}
