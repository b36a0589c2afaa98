//! What must hold for any bytes of a server or of settings: the bodies of the fuzz targets for HTTP.

use std::time::SystemTime;

use bgcopy_core::{
    Ask, ByteRange, Framing, Packet, Protocol, ProxySettings, ProxyUsage, RemoteName, SecurityFlags, limits,
};
use http::{HeaderMap, Method, StatusCode};

use crate::auth::challenge;
use crate::connect::tunnel;
use crate::content_range::{self, ContentRange};
use crate::proxy::ProxyList;
use crate::redirect::Trail;
use crate::{answer, disposition, retry_after, upload, validators};

/// A range that is understood lies inside its whole, and is written as it was read.
pub fn content_range(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(read) = content_range::parse(text) else { return };
    let written = match read {
        ContentRange::Part { range, size } => {
            assert!(range.start < range.end && size.is_none_or(|size| range.end <= size), "{read:?}");
            let size = size.map_or_else(|| "*".to_owned(), |size| size.to_string());
            format!("bytes {}-{}/{size}", range.start, range.end - 1)
        }
        ContentRange::Unsatisfied { size } => format!("bytes */{size}"),
    };
    assert_eq!(content_range::parse(&written), Some(read));
}

/// A name that a server proposes is one plain name.
pub fn content_disposition(bytes: &[u8]) {
    let Some(name) = disposition::file_name(&String::from_utf8_lossy(bytes)) else { return };
    assert!(!name.is_empty() && name.len() <= limits::PROPOSED_NAME_BYTES, "{name:?}");
    assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
    assert!(!name.starts_with(['.', '-', '~']), "{name:?}");
}

/// Nobody keeps us away for longer than is honoured.
pub fn retry_after(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(wait) = retry_after::parse(text, SystemTime::UNIX_EPOCH) {
        assert!(wait <= limits::RETRY_AFTER_MAX);
    }
}

/// An answer that is used brings bytes that were asked for, whatever else its head says.
pub fn answer(bytes: &[u8]) {
    let Ok(Some((status, headers, length))) = tunnel::parse(bytes) else { return };
    assert!(length <= bytes.len());
    let Ok(code) = StatusCode::from_u16(status) else { return };
    let shown = answer::block(Protocol::Http11, code, &headers);
    assert!(!shown.contains("\nset-cookie:"), "{shown}");
    let content_length =
        validators::only(&headers, &http::header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let framing = answer::framing(Protocol::Http11, &headers, content_length);
    let head = answer::Head { status, headers: &headers, framing, whom: "origin" };
    for ask in [Ask::Whole, Ask::From(0), Ask::From(1_000), Ask::Exactly(ByteRange::new(1_000, 2_000))] {
        let Ok(usable) = answer::judge(head, ask, SystemTime::UNIX_EPOCH) else { continue };
        assert_eq!(usable.partial, status == 206);
        assert!(usable.size.is_none_or(|size| usable.range.end <= size), "{usable:?}");
        let wanted = match ask {
            Ask::Whole => None,
            Ask::From(start) => Some(ByteRange::new(start, u64::MAX)),
            Ask::Exactly(range) => Some(range),
        };
        if !usable.partial {
            assert_eq!(usable.range.start, 0, "a 200 is the whole file");
        } else if let Some(wanted) = wanted {
            assert_eq!(usable.range.start, wanted.start);
            assert!(!usable.range.is_empty() && usable.range.end <= wanted.end, "{usable:?}");
            if let Framing::Length(length) = framing {
                assert!(usable.range.len() <= length, "{usable:?}");
            }
        }
    }
    follow(status, &headers);
}

/// An acknowledgement that is used stays within the file and leads nowhere but to http and https.
pub fn upload_answer(bytes: &[u8]) {
    let Ok(Some((status, headers, _))) = tunnel::parse(bytes) else { return };
    let url: RemoteName = "https://origin.example/a/b?c".parse().expect("a good name");
    let session = || "{session}".parse().expect("a good session");
    let range = ByteRange::new(1_000, 2_000);
    for packet in [
        Packet::Create,
        Packet::Fragment { session: session(), range, total: 5_000 },
        Packet::Close(session()),
        Packet::Cancel(session()),
    ] {
        let flags = SecurityFlags::empty();
        let answered = upload::Answered {
            status,
            headers: &headers,
            retry_after: None,
            whom: "origin",
            url: &url,
            flags,
        };
        let Ok(ack) = upload::judge(answered, &packet) else { continue };
        assert!(matches!(status, 200..=299 | 416), "{status}");
        assert!(!matches!(packet, Packet::Create) || ack.session.is_some());
        if let Packet::Fragment { .. } = packet {
            assert!(ack.received.is_some_and(|received| received <= 5_000), "{ack:?}");
        }
        let host = ack.host.map(|host| host.url);
        for url in ack.reply.iter().chain(&host) {
            assert_eq!(url.url().scheme(), "https");
            assert!(url.url().username().is_empty() && url.url().password().is_none());
        }
        if let Some(host) = host {
            assert_eq!(&host.url()[url::Position::BeforePath..], "/a/b?c");
        }
    }
}

/// A redirect that is followed leads to http or https, and never from https to http unasked.
fn follow(status: u16, headers: &HeaderMap) {
    let start: RemoteName = "https://origin.example/a/b?c".parse().expect("a good name");
    let mut trail = Trail::new(start, Method::GET);
    let location = headers.get(http::header::LOCATION).map(http::HeaderValue::as_bytes);
    if trail.follow(status, location, SecurityFlags::empty()).is_ok() {
        assert_eq!(trail.url.url().scheme(), "https");
        assert!(trail.url.url().username().is_empty() && trail.url.url().password().is_none());
    }
}

/// Challenges have names and a bound.
pub fn challenge(bytes: &[u8]) {
    let challenges = challenge::parse(&String::from_utf8_lossy(bytes));
    assert!(challenges.len() <= challenge::CHALLENGES_MAX + 1, "{}", challenges.len());
    for challenge in challenges {
        assert!(!challenge.scheme.is_empty() && challenge.scheme == challenge.scheme.to_ascii_lowercase());
    }
}

/// The first line is a proxy list, the second who is reached without: no text of them shows a password.
pub fn proxy_list(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (list, bypass) = text.split_once('\n').unwrap_or((text, ""));
    // A host may be called so; a password must not be shown.
    if !shown(list, bypass).contains("hunt") {
        let told = shown(&list.replace('@', ":hunter2@"), bypass);
        assert!(!told.contains("hunt"), "{told}");
    }
}

/// Everything that is told of a proxy list.
fn shown(list: &str, bypass: &str) -> String {
    let (list, bypass) = (Some(list.to_owned()), Some(bypass.to_owned()));
    let proxies = match ProxyList::parse(&ProxySettings { usage: ProxyUsage::Override, list, bypass }) {
        Ok(proxies) => proxies,
        Err(error) => return error.to_string(),
    };
    let urls = ["http://origin.example/", "https://192.168.1.7:8443/f", "https://[::1]/"];
    let used = urls.iter().filter_map(|url| proxies.proxy_for(&url.parse().expect("a good URL")));
    used.fold(format!("{proxies:?}"), |told, proxy| told + &proxy.shown())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[
            ("content_range", super::content_range),
            ("content_disposition", super::content_disposition),
            ("retry_after", super::retry_after),
            ("answer", super::answer),
            ("upload_answer", super::upload_answer),
            ("challenge", super::challenge),
            ("proxy_list", super::proxy_list),
        ]);
    }
}
