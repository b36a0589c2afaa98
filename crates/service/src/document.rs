//! A publisher's document, fetched whole: a list of digests, a piece hash file, a Metalink.
//!
//! It is held in memory while it is read, so its size is bounded before that is spent (faults D03). Its time is
//! bounded by the rule for slow servers that holds for every body.

mod shared;

use std::sync::Arc;

use bgcopy_core::{Ask, Code, ErrorContext, Fault, ManifestKind, RemoteName, SecurityFlags};
use bgcopy_http::{Http, Options, Request};
use bgcopy_manifest::limits::DOCUMENT_BYTES_MAX;
use bgcopy_manifest::{Document, ManifestError};

pub(crate) use shared::Documents;

/// A document as it came.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) text: Vec<u8>,
    /// It came over https all the way, with certificates that nothing was forgiven in: nobody could change it.
    pub(crate) secure: bool,
    /// Its server lies in a private network, so what it names may lie there too (faults C06).
    pub(crate) names_private: bool,
}

/// Fetches a document. `options` are those that its server may see; `offered` as in [`Request`].
pub(crate) async fn fetch(
    http: &Http,
    url: &RemoteName,
    kind: Document,
    options: Arc<Options>,
    offered: bool,
) -> Result<Fetched, Fault> {
    // Whatever method the files of a job are asked for by.
    let options = Arc::new(Options { method: None, ..Arc::unwrap_or_clone(options) });
    let request =
        Request { url: url.clone(), ask: Ask::Whole, if_range: None, options, no_cache: false, offered };
    let named = |fault: Fault| Fault { source: Some(url.redacted()), ..fault };
    let (answer, mut body) = http.fetch(&request).await.map_err(named)?;
    let fits = |bytes: u64| match usize::try_from(bytes) {
        Ok(bytes) if bytes <= DOCUMENT_BYTES_MAX => Ok(bytes),
        bytes => Err(unreadable(
            url,
            &ManifestError::TooLarge {
                document: kind,
                bytes: bytes.unwrap_or(usize::MAX),
                max: DOCUMENT_BYTES_MAX,
            },
        )),
    };
    let mut text = Vec::with_capacity(fits(answer.size.unwrap_or(0))?);
    while let Some(chunk) = body.chunk().await.map_err(named)? {
        fits(text.len() as u64 + chunk.len() as u64)?;
        text.extend_from_slice(&chunk);
    }
    let secure = is_secure(url, &answer.final_url, request.options.security_flags);
    Ok(Fetched { text, secure, names_private: http.may_name_private(&answer) })
}

/// Whether nobody on the way could change an answer. A redirect from https to http and back would not show in
/// the last URL, so where such are followed no redirect is trusted.
pub(crate) fn is_secure(asked: &RemoteName, answered: &RemoteName, flags: SecurityFlags) -> bool {
    let https = [asked, answered].iter().all(|name| name.url().scheme() == "https");
    let direct = asked == answered || !flags.contains(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP);
    https && direct && !flags.intersects(SecurityFlags::CERTIFICATE_EXCEPTIONS)
}

/// A document that came and cannot be used: what a publisher says is an answer of the server, and wrong.
pub(crate) fn unreadable(url: &RemoteName, error: &ManifestError) -> Fault {
    let fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, error.to_string());
    Fault { source: Some(url.redacted()), ..fault }
}

/// The document that a kind of manifest is.
pub(crate) const fn document_of(kind: ManifestKind) -> Document {
    match kind {
        ManifestKind::Sums => Document::Sums,
        ManifestKind::Phf => Document::PieceHashFile,
        ManifestKind::Metalink => Document::Metalink,
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_http::HttpConfig;
    use bgcopy_testkit::{Origin, Reply, RequestHead};

    use super::*;

    async fn fetched(origin: &Origin) -> Result<Fetched, Fault> {
        let http = Http::new(HttpConfig::default());
        let url = origin.url("/f.meta4?signature").parse().unwrap();
        let options = Options { method: Some("POST".to_owned()), ..Options::default() };
        fetch(&http, &url, Document::Metalink, Arc::new(options), false).await
    }

    #[tokio::test]
    async fn a_document_comes_whole() {
        let origin = Origin::start(|_: &RequestHead| Reply::status(200).body("content")).await;
        let document = fetched(&origin).await.unwrap();
        assert_eq!(document.text, b"content");
        assert!(!document.secure && document.names_private);
        let asked = &origin.requests()[0];
        assert_eq!((asked.method.as_str(), asked.header("range")), ("GET", None));
    }

    #[tokio::test]
    async fn d03_a_document_of_300_megabytes_is_refused_before_it_is_read() {
        let told = Origin::start(|_: &RequestHead| {
            Reply::status(200).header("Content-Length", "300000000").send("<metalink").stall()
        })
        .await;
        let fault = fetched(&told).await.unwrap_err();
        assert_eq!(fault.detail, "the Metalink has 300000000 bytes; at most 33554432 are read");
        assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
        assert_eq!(fault.source.unwrap(), told.url("/f.meta4?…"));
    }

    #[tokio::test]
    async fn d03_a_document_that_does_not_end_is_left_at_the_bound() {
        let endless = Origin::start(|_: &RequestHead| {
            let content = bgcopy_testkit::Content::new(1, 1 << 30);
            Reply::status(200).chunked().send_content(&content, 0..1 << 30)
        })
        .await;
        let fault = fetched(&endless).await.unwrap_err();
        assert!(fault.detail.ends_with("at most 33554432 are read"), "{}", fault.detail);
        assert!(endless.bytes_sent() < 64 << 20);
    }

    #[tokio::test]
    async fn a_document_that_is_not_there_is_named() {
        let origin = Origin::start(|_: &RequestHead| Reply::status(404).body("")).await;
        let fault = fetched(&origin).await.unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::Http(404), ErrorContext::RemoteFile));
        assert_eq!(fault.source.unwrap(), origin.url("/f.meta4?…"));
    }

    #[test]
    fn only_https_all_the_way_is_trusted() {
        let downgrades = SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP;
        for (asked, answered, flags, secure) in [
            ("https://h/f", "https://h/f", SecurityFlags::empty(), true),
            ("https://h/f", "https://other/f", SecurityFlags::empty(), true),
            ("http://h/f", "https://h/f", SecurityFlags::empty(), false),
            ("https://h/f", "http://h/f", downgrades, false),
            ("https://h/f", "https://other/f", downgrades, false),
            ("https://h/f", "https://h/f", downgrades, true),
            ("https://h/f", "https://h/f", SecurityFlags::IGNORE_UNKNOWN_CA, false),
            ("http://h/f", "http://h/f", SecurityFlags::empty(), false),
        ] {
            let [asked, answered] = [asked, answered].map(|name| name.parse().unwrap());
            assert_eq!(is_secure(&asked, &answered, flags), secure, "{asked:?} {answered:?}");
        }
    }
}
