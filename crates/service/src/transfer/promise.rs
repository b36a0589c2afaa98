//! What the answers of the origin promise of a file beside its bytes: a digest of all of it, mirrors, and where
//! more is said.
//!
//! `Repr-Digest` (RFC 9530), and `Digest` (RFC 3230) where that is missing, speak of the whole file whatever range
//! was asked for, in the representation asked for: payload never comes encoded, so that is the file itself
//! (faults A34). A digest counts the same over http as over https: it is there to find accidents, and whoever
//! can change the one on the way can change the other, too. Mirrors in `Link` fields count only beside a digest
//! (RFC 6249, 6), for without one nobody would notice that a mirror has another file.
//!
//! Fields that make no sense promise nothing and cost a line in the log.

use std::sync::atomic::{AtomicBool, Ordering};

use bgcopy_core::{Answer, Digest, ManifestKind, ManifestRef, Mirror, Promise};
use bgcopy_http::Http;
use bgcopy_manifest::digest_field::{self, LEGACY_DIGEST, REPR_DIGEST};
use bgcopy_manifest::{ManifestSource, metalink_http};

/// What the origin of one run may name.
#[derive(Debug, Default)]
pub(super) struct Offers {
    /// The origin lies in a private network: what it names may lie there as well (faults C06).
    inside: AtomicBool,
}

impl Offers {
    /// Writes into an answer of the origin what its fields promise.
    pub(super) fn read(&self, http: &Http, answer: &mut Answer) {
        let inside = http.may_name_private(answer);
        self.inside.store(inside, Ordering::Relaxed);
        let (promise, described_by) = promised(answer, !inside);
        answer.promise = promise;
        answer.described_by = described_by;
    }

    /// Whether what the origin named is held to the rule of redirects.
    pub(super) fn are_held_to_rule(&self) -> bool {
        !self.inside.load(Ordering::Relaxed)
    }
}

/// What an answer promises; `offered` as its mirrors have it.
fn promised(answer: &Answer, offered: bool) -> (Promise, Option<ManifestRef>) {
    // Few answers say anything, and thousands of small files are asked for.
    let says_more = |(field, _): (&str, &str)| {
        ["Link", REPR_DIGEST, LEGACY_DIGEST].iter().any(|name| field.eq_ignore_ascii_case(name))
    };
    if !lines(&answer.headers).any(says_more) {
        return (Promise::default(), None);
    }
    let links = metalink_http::read(&answer.final_url, fields(&answer.headers, "Link"));
    for note in &links.notes {
        tracing::debug!(source = %answer.final_url.redacted(), %note, "a link of an answer is of no use");
    }
    let described_by = links.metalink().map(|found| ManifestRef {
        kind: ManifestKind::Metalink,
        url: found.url.clone(),
        digest: None,
        hash_of_hashes: None,
        offered: true,
        optional: false,
    });
    let digest = digest(answer);
    let mirrors = match &digest {
        Some(_) => links.mirrors.into_iter().map(|mirror| mirror_of(mirror.source, offered)).collect(),
        None => Vec::new(),
    };
    (Promise { digest, mirrors, ..Promise::default() }, described_by)
}

/// A place that somebody else than the client named.
pub(super) fn mirror_of(source: ManifestSource, offered: bool) -> Mirror {
    Mirror { url: source.url, priority: source.priority, offered }
}

/// SHA-256 where there is a choice: it is computed for pieces anyway.
pub(super) fn preferred(digests: Vec<Digest>) -> Option<Digest> {
    digests.into_iter().min_by_key(|digest| matches!(digest, Digest::Sha512(_)))
}

fn digest(answer: &Answer) -> Option<Digest> {
    let said = |field: &'static str| {
        let lines = fields(&answer.headers, field);
        let read = match field {
            LEGACY_DIGEST => digest_field::read_legacy(lines),
            _ => digest_field::read(field, lines),
        };
        read.unwrap_or_else(|error| {
            tracing::debug!(source = %answer.final_url.redacted(), %error, "a digest of an answer is of no use");
            Vec::new()
        })
    };
    preferred(said(REPR_DIGEST)).or_else(|| preferred(said(LEGACY_DIGEST)))
}

/// The values of all lines of a field, from a header block.
fn fields<'a>(block: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    lines(block).filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The lines of a header block: names and values.
fn lines(block: &str) -> impl Iterator<Item = (&str, &str)> {
    // No value has a line end in it, so one character of it is looked for.
    block.split('\n').skip(1).filter_map(|line| line.split_once(':'))
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Ask;
    use bgcopy_http::Request;
    use bgcopy_testkit::{Content, FileServer, Origin};

    use super::*;

    const SHA_256: &str = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=";

    fn hello() -> Digest {
        "sha-256=44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38".parse().unwrap()
    }

    /// What an answer with these fields promises.
    async fn promised_by(given: &[(&str, &str)]) -> (Promise, Option<ManifestRef>) {
        let server = FileServer::new(Content::new(1, 1_000));
        let server = given.iter().fold(server, |server, (name, value)| server.field(name, value));
        let origin = Origin::start(server).await;
        let http = Http::new(bgcopy_http::HttpConfig::default());
        let request = Request {
            url: origin.url("/folder/file").parse().unwrap(),
            ask: Ask::From(500),
            if_range: None,
            options: Default::default(),
            no_cache: false,
            offered: false,
        };
        let (mut answer, _) = http.fetch(&request).await.unwrap();
        let offers = Offers::default();
        assert!(offers.are_held_to_rule());
        offers.read(&http, &mut answer);
        // The origin of a test lies on this machine.
        assert!(!offers.are_held_to_rule());
        (answer.promise, answer.described_by)
    }

    #[tokio::test]
    async fn a_digest_is_of_the_whole_file_whatever_range_was_asked_for() {
        let field = format!("sha-256=:{SHA_256}:");
        let sha_512 = digest_field::write([&Digest::Sha512([7; 64])]);
        for (given, expected) in [
            (vec![("Repr-Digest", field.as_str())], Some(hello())),
            (vec![("repr-digest", sha_512.as_str()), ("Repr-Digest", &field)], Some(hello())),
            (vec![("Repr-Digest", &sha_512)], Some(Digest::Sha512([7; 64]))),
            (vec![("Digest", &format!("SHA-256={SHA_256}"))], Some(hello())),
            (
                vec![("Repr-Digest", "sha-256=:AAAA:"), ("Digest", &format!("sha-256={SHA_256}"))],
                Some(hello()),
            ),
            // Of the part that came, not of the file (RFC 9530, 2).
            (vec![("Content-Digest", &field)], None),
            (vec![("Repr-Digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:")], None),
            (vec![], None),
        ] {
            let (promise, described_by) = promised_by(&given).await;
            assert_eq!(promise, Promise { digest: expected, ..Promise::default() }, "{given:?}");
            assert_eq!(described_by, None);
        }
    }

    #[tokio::test]
    async fn mirrors_count_only_beside_a_digest() {
        let links = "<http://b.example/f>; rel=duplicate; pri=2, </f>; rel=duplicate; pri=1, <ftp://c/f>; rel=duplicate";
        let (promise, _) = promised_by(&[("Link", links)]).await;
        assert!(promise.is_empty());
        let field = format!("sha-256=:{SHA_256}:");
        let (promise, _) = promised_by(&[("Link", links), ("Repr-Digest", &field)]).await;
        assert_eq!(promise.digest, Some(hello()));
        assert_eq!(promise.mirrors.len(), 2);
        assert_eq!(promise.mirrors[0].url.as_str(), "http://b.example/f");
        assert_eq!(promise.mirrors[0].priority, 2);
        assert_eq!(promise.mirrors[1].url.url().path(), "/f");
        // Named by a server of this machine, which may name others of it.
        assert!(promise.mirrors.iter().all(|mirror| !mirror.offered));
    }

    #[tokio::test]
    async fn the_metalink_that_is_liked_best_describes_the_file() {
        let (promise, described_by) = promised_by(&[
            ("Link", "<file.torrent>; rel=describedby; type=\"application/x-bittorrent\"; pri=1"),
            ("Link", "<b.meta4>; rel=describedby; type=\"application/metalink4+xml\"; pri=3"),
            ("Link", "<a.meta4>; rel=describedby; type=\"application/metalink4+xml\"; pri=2"),
        ])
        .await;
        assert!(promise.is_empty());
        let found = described_by.unwrap();
        assert_eq!((found.kind, found.offered), (ManifestKind::Metalink, true));
        assert_eq!(found.url.url().path(), "/folder/a.meta4");
    }

    #[test]
    fn mirrors_of_a_public_server_are_held_to_the_rule_of_redirects() {
        let source =
            ManifestSource { url: "http://10.0.0.1/f".parse().unwrap(), priority: 3, location: None };
        let mirror = mirror_of(source, true);
        assert!(mirror.offered);
        assert_eq!(mirror.priority, 3);
    }
}
