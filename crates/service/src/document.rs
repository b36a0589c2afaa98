//! A publisher's document, fetched whole: a list of digests, a piece hash file, a Metalink.
//!
//! It is held in memory while it is read, so its size is bounded before that is spent (faults D03), and so is how
//! many large ones are held at a time. Beside the rule for slow servers that holds for every body its time is bounded
//! as well: a file waits for it, or a person.

mod room;
mod shared;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::{Ask, Code, ErrorContext, Fault, ManifestKind, RemoteName, SecurityFlags};
use bgcopy_http::{Http, Options, Request};
use bgcopy_manifest::limits::DOCUMENT_BYTES_MAX;
use bgcopy_manifest::{Document, ManifestError};
use tokio::time::{Instant, timeout_at};

pub(crate) use room::{Place, Room, SMALL_BYTES};
pub(crate) use shared::Documents;

/// No document of 32 MiB takes longer over a line that is of any use.
const FETCH_TIME: Duration = Duration::from_secs(300);
/// One that only a server offers is not waited for so long: the file comes without it, too.
const OFFER_TIME: Duration = Duration::from_secs(30);

/// A document as it came.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) text: Vec<u8>,
    /// It came over https all the way, with certificates that nothing was forgiven in: nobody could change it.
    pub(crate) secure: bool,
    /// Its server lies in a private network, so what it names may lie there too (faults C06).
    pub(crate) names_private: bool,
    /// That of a large one in memory.
    pub(crate) place: Option<Place>,
}

/// Fetches a document. `options` are those that its server may see; `offered` as in [`Request`].
pub(crate) async fn fetch(
    http: &Http,
    url: &RemoteName,
    kind: Document,
    options: Arc<Options>,
    offered: bool,
    room: &Room,
) -> Result<Fetched, Fault> {
    // Whatever method the files of a job are asked for by.
    let options = Arc::new(Options { method: None, ..Arc::unwrap_or_clone(options) });
    let request =
        Request { url: url.clone(), ask: Ask::Whole, if_range: None, options, no_cache: false, offered };
    let named = |fault: Fault| Fault { source: Some(url.redacted()), ..fault };
    let mut time = Time::of(url, offered);
    let (answer, mut body) = time.bound(http.fetch(&request)).await?.map_err(named)?;
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
    let told = fits(answer.size.unwrap_or(0))?;
    let user = request.options.partition;
    let mut place = None;
    let mut text = Vec::new();
    while let Some(chunk) = time.bound(body.chunk()).await?.map_err(named)? {
        let bytes = fits(text.len() as u64 + chunk.len() as u64)?;
        if bytes.max(told) > SMALL_BYTES && place.is_none() {
            place = Some(time.pause(room.place(user)).await?);
        }
        text.reserve_exact(if text.is_empty() { told } else { 0 });
        text.extend_from_slice(&chunk);
    }
    let secure = is_secure(url, &answer.final_url, request.options.security_flags);
    Ok(Fetched { text, secure, names_private: http.may_name_private(&answer), place })
}

/// How long a document may still take.
struct Time<'a> {
    url: &'a RemoteName,
    offered: bool,
    whole: Duration,
    end: Instant,
}

impl<'a> Time<'a> {
    fn of(url: &'a RemoteName, offered: bool) -> Self {
        let whole = if offered { OFFER_TIME } else { FETCH_TIME };
        Self { url, offered, whole, end: Instant::now() + whole }
    }

    /// Waits for the server.
    async fn bound<T>(&self, awaited: impl Future<Output = T>) -> Result<T, Fault> {
        timeout_at(self.end, awaited).await.map_err(|_| {
            let detail = format!("the document did not come within {} s", self.whole.as_secs());
            let fault = Fault::new(Code::Timeout, ErrorContext::GeneralTransport, detail);
            Fault { source: Some(self.url.redacted()), ..fault }
        })
    }

    /// Waits for something that is not the server's fault. Nobody waits longer for what is only offered.
    async fn pause<T>(&mut self, awaited: impl Future<Output = T>) -> Result<T, Fault> {
        if self.offered {
            return self.bound(awaited).await;
        }
        let since = Instant::now();
        let done = awaited.await;
        self.end += since.elapsed();
        Ok(done)
    }
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
        fetch(&http, &url, Document::Metalink, Arc::new(options), false, &Room::default()).await
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
    async fn d03_large_documents_are_held_one_at_a_time_and_small_ones_beside_them() {
        let large =
            Origin::start(|_: &RequestHead| Reply::status(200).body(vec![b'x'; SMALL_BYTES + 1])).await;
        let small = Origin::start(|_: &RequestHead| Reply::status(200).body(vec![b'x'; SMALL_BYTES])).await;
        let (http, room) = (Http::new(HttpConfig::default()), Room::default());
        let fetch = |origin: &Origin| {
            let (url, options) = (origin.url("/f").parse().unwrap(), Arc::default());
            let (http, room) = (&http, &room);
            async move { fetch(http, &url, Document::Sums, options, false, room).await.unwrap() }
        };
        let held = fetch(&large).await;
        let mut next = Box::pin(fetch(&large));
        tokio::select! {
            biased;
            _ = &mut next => panic!("there is no room for it"),
            small = fetch(&small) => assert!(small.place.is_none()),
        }
        drop(held);
        assert_eq!(next.await.text.len(), SMALL_BYTES + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_only_offered_is_waited_for_a_moment_and_what_was_named_longer() {
        let url = "http://h/f?signature".parse().unwrap();
        for (offered, seconds) in [(true, 30), (false, 1_000 + 300)] {
            let (since, mut time) = (Instant::now(), Time::of(&url, offered));
            // Other documents are nobody's fault.
            let waited = time.pause(tokio::time::sleep(Duration::from_secs(1_000))).await;
            assert_eq!(waited.is_err(), offered);
            let fault = time.bound(std::future::pending::<()>()).await.unwrap_err();
            assert_eq!(since.elapsed().as_secs(), seconds);
            assert_eq!((fault.code, fault.source.as_deref()), (Code::Timeout, Some("http://h/f?…")));
        }
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
