//! Who could serve a file, whom it is worth asking, and who has lost that trust. Pure.
//!
//! A file has an origin, the server that its remote name means; it may have mirrors, and cache hosts that are
//! asked in the origin's place. Cache hosts come first (product 1.5), then the origin, then mirrors by priority.
//! A source that fails or lies is struck: for a while, or for good, and the others go on.

use std::collections::BTreeMap;
use std::time::Duration;

use bgcopy_core::{
    CacheHost, Code, ErrorClass, ErrorContext, Fault, FileRecord, Mono, RemoteName, SourceKind, limits,
};

/// Somebody who could serve a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to ask for.
    pub url: RemoteName,
    /// What he is to the file.
    pub kind: SourceKind,
    /// A server named him, and no client.
    pub offered: bool,
    /// For a cache host: in whose place he is asked.
    in_place_of: Option<String>,
    /// The best is the least.
    rank: (Rank, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    CacheHost,
    Origin,
    Mirror,
}

impl Source {
    /// Whether he serves the very resource that the remote name means, so that its validators are his.
    pub const fn is_of_origin(&self) -> bool {
        !matches!(self.kind, SourceKind::Mirror)
    }

    /// Where he comes in the order in which sources are asked.
    pub(crate) const fn rank(&self) -> impl Ord + use<> {
        self.rank
    }

    /// Whom connections are counted for, and what fails for all that he has.
    pub(crate) fn host(&self) -> String {
        self.url.origin()
    }

    /// What a cache host refuses, it refuses for all that the origin has.
    fn refusal_key(&self) -> String {
        match &self.in_place_of {
            Some(origin) => format!("{} for {origin}", self.host()),
            None => self.url.as_str().to_owned(),
        }
    }
}

/// Everybody who could serve a file, in no order.
pub fn sources_of(file: &FileRecord, caches: &[CacheHost]) -> Vec<Source> {
    let origin = &file.spec.remote_name;
    let mut sources = vec![Source {
        url: origin.clone(),
        kind: SourceKind::Origin,
        offered: file.spec.supply.offered,
        in_place_of: None,
        rank: (Rank::Origin, 0),
    }];
    let caches = (0..).zip(caches).filter(|(_, cache)| may_be_asked(file, cache));
    sources.extend(caches.filter_map(|(place, cache)| {
        let url = cache.rewrite(origin)?;
        may_serve(file, &url).then_some(Source {
            url,
            kind: SourceKind::CacheHost,
            offered: false,
            in_place_of: Some(origin.origin()),
            rank: (Rank::CacheHost, place),
        })
    }));
    for mirror in file.mirrors() {
        let known = sources.iter().any(|source| source.url == mirror.url);
        if !known && may_serve(file, &mirror.url) {
            sources.push(Source {
                url: mirror.url.clone(),
                kind: SourceKind::Mirror,
                offered: mirror.offered,
                in_place_of: None,
                rank: (Rank::Mirror, mirror.priority),
            });
        }
    }
    sources
}

/// "Only content with a trusted piece list may be taken from a cache host that is not itself trusted" (design.md
/// "Trust"); nor is such a host told what comes after the `?` of a URL, which may be the signature of who may fetch
/// it (faults I06).
fn may_be_asked(file: &FileRecord, cache: &CacheHost) -> bool {
    let told_nothing = file.spec.remote_name.url().query().is_none();
    cache.trusted || (told_nothing && file.pieces().is_some_and(|pieces| pieces.trusted))
}

/// What was to come over TLS comes without it only where it proves itself, by what came with TLS or from the
/// client.
fn may_serve(file: &FileRecord, url: &RemoteName) -> bool {
    let secure = |url: &RemoteName| url.url().scheme() == "https";
    let trusted_list = file.pieces().is_some_and(|pieces| pieces.trusted);
    !secure(&file.spec.remote_name) || secure(url) || trusted_list || file.digest().is_some()
}

/// A source that failed so often is not asked for so long: 15 s, doubling. Longer than a retry of the only
/// source, since there are others.
const STRIKE_FIRST: Duration = Duration::from_secs(15);
/// How long a cache host that cannot be reached, or that refuses an origin, is not asked (product 7.3).
const CACHE_BAN: Duration = Duration::from_secs(15 * 60);

/// Of more strikes than these, those that are over are forgotten, and with them how often it was: the standing of
/// cache hosts lives as long as the service. More than a job that is well has sources.
const STRUCK_MAX: usize = 1_024;

/// A source that is not asked.
#[derive(Clone, Debug, PartialEq)]
struct Strike {
    /// `None` is for good.
    until: Option<Mono>,
    /// How often so far.
    count: u32,
    fault: Fault,
}

impl Strike {
    fn holds(&self, now: Mono) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// How sources stand: who is struck, and why. Each job has its own view of origins and mirrors; a cache host
/// that is banned is banned for all.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// By what is of no use: a URL, a cache host for an origin, or a host where the way to it failed.
    struck: BTreeMap<String, Strike>,
}

impl Standing {
    /// A source failed. Bad luck passes; what the source says, it will say again.
    pub fn strike(&mut self, source: &Source, fault: &Fault, now: Mono) {
        let host = fault.context == ErrorContext::GeneralTransport;
        let key = match is_refused(fault) {
            _ if host => source.host(),
            true => source.refusal_key(),
            false => source.url.as_str().to_owned(),
        };
        let count = self.struck.get(&key).map_or(0, |strike| strike.count).saturating_add(1);
        let until = match (source.kind, fault.class()) {
            (SourceKind::CacheHost, _) if host || is_refused(fault) => Some(now + CACHE_BAN),
            (SourceKind::Origin | SourceKind::Mirror, ErrorClass::Fatal) => None,
            _ => {
                let doubled = STRIKE_FIRST.saturating_mul(1 << (count - 1).min(8));
                let asked = fault.retry_after.unwrap_or_default().min(limits::RETRY_AFTER_MAX);
                Some(now + doubled.min(limits::RETRY_DELAY_MAX).max(asked))
            }
        };
        if self.struck.len() >= STRUCK_MAX {
            self.struck.retain(|_, strike| strike.holds(now));
        }
        self.struck.insert(key, Strike { until, count, fault: fault.clone() });
    }

    /// A source may have lied: others are asked for a while.
    pub fn suspect(&mut self, source: &Source, fault: &Fault, now: Mono) {
        self.strike(source, &Fault { passing: true, ..fault.clone() }, now);
    }

    /// A source lied: nothing it says is of use for this file any more.
    pub fn strike_for_good(&mut self, source: &Source, fault: &Fault) {
        let strike = Strike { until: None, count: u32::MAX, fault: fault.clone() };
        self.struck.insert(source.url.as_str().to_owned(), strike);
    }

    fn strikes(&self, source: &Source) -> impl Iterator<Item = &Strike> {
        let keys = [source.url.as_str().to_owned(), source.host(), source.refusal_key()];
        // The last is the first where nobody is asked in another's place.
        let distinct = if source.in_place_of.is_some() { 3 } else { 2 };
        keys.into_iter().take(distinct).filter_map(|key| self.struck.get(&key))
    }

    /// Whether it is worth asking now.
    pub fn is_good(&self, source: &Source, now: Mono) -> bool {
        self.struck.is_empty() || !self.strikes(source).any(|strike| strike.holds(now))
    }

    /// Whether it will be worth asking, sooner or later, and when.
    pub fn is_good_from(&self, source: &Source) -> Option<Mono> {
        let ends: Option<Vec<Mono>> = self.strikes(source).map(|strike| strike.until).collect();
        ends.map(|ends| ends.into_iter().max().unwrap_or_default())
    }

    /// How often it was struck.
    pub(crate) fn times(&self, source: &Source) -> u32 {
        self.strikes(source).map(|strike| strike.count).max().unwrap_or(0)
    }

    /// Why a source is struck.
    pub fn why(&self, source: &Source) -> Option<&Fault> {
        self.strikes(source).map(|strike| &strike.fault).next()
    }

    /// The client acts: everybody gets another chance.
    pub fn forget(&mut self) {
        self.struck.clear();
    }
}

/// "HTTP 4xx: ban for that origin" (product 7.3). But what the origin itself says of a file that is not there, a cache
/// host passes on: that says nothing of the next file.
const fn is_refused(fault: &Fault) -> bool {
    matches!(fault.code, Code::Http(status @ 400..=499) if !matches!(status, 404 | 410 | 416))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bgcopy_core::{Digest, FileSpec, HashOfHashes, LocalName, Mirror, PieceList, Promise, Supply};

    use super::*;

    const NOW: Mono = Mono::from_start(Duration::from_secs(100));

    fn file(url: &str, mirrors: &[(&str, u32)]) -> FileRecord {
        let mirrors = mirrors
            .iter()
            .map(|(url, priority)| Mirror { url: url.parse().unwrap(), priority: *priority, offered: false })
            .collect();
        FileRecord::new(FileSpec {
            remote_name: url.parse().unwrap(),
            local_name: LocalName::new(Path::new("/d/f")).unwrap(),
            pending_name: false,
            unplaced: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
            supply: Supply { mirrors, ..Supply::default() },
        })
    }

    fn order(file: &FileRecord, caches: &[CacheHost]) -> Vec<String> {
        let mut sources = sources_of(file, caches);
        sources.sort_by_key(Source::rank);
        sources.iter().map(|source| source.url.as_str().to_owned()).collect()
    }

    fn cache(entry: &str, trusted: bool) -> CacheHost {
        let host: CacheHost = entry.parse().unwrap();
        if trusted { host } else { host.discovered() }
    }

    #[test]
    fn caches_come_first_then_the_origin_then_mirrors_by_priority() {
        let file = file("http://o/f", &[("http://far/f", 9), ("http://near/f", 1), ("http://o/f", 1)]);
        assert_eq!(
            order(&file, &[cache("c1", true), cache("c2", true)]),
            [
                "http://c1/f?cacheHostOrigin=o",
                "http://c2/f?cacheHostOrigin=o",
                "http://o/f",
                "http://near/f",
                "http://far/f"
            ]
        );
    }

    #[test]
    fn an_origin_that_a_server_named_is_asked_as_such() {
        let mut file = file("http://o/f", &[("http://m/f", 1)]);
        file.spec.supply.offered = true;
        let offered: Vec<bool> = sources_of(&file, &[]).iter().map(|source| source.offered).collect();
        assert_eq!(offered, [true, false]);
    }

    #[test]
    fn what_was_to_come_over_tls_comes_without_only_where_it_proves_itself() {
        let mut file = file("https://o/f", &[("http://m/f", 1), ("https://s/f", 2)]);
        let caches = [cache("http://c", true)];
        assert_eq!(order(&file, &caches), ["https://o/f", "https://s/f"]);
        file.spec.digest = Some(Digest::Sha256([1; 32]));
        assert_eq!(order(&file, &caches).len(), 4);
        file.spec.digest = None;
        let list =
            PieceList { size: 1, piece_size: 1 << 20, hash_of_hashes: HashOfHashes([0; 32]), trusted: false };
        file.promise = Promise { pieces: Some(list), ..Promise::default() }.into();
        assert_eq!(order(&file, &caches).len(), 2, "a list that anybody may have sent proves nothing");
        file.promise.pieces = Some(PieceList { trusted: true, ..list });
        assert_eq!(order(&file, &caches).len(), 4);
    }

    #[test]
    fn a_cache_that_was_only_found_gets_only_what_proves_itself() {
        let mut file = file("http://o/f", &[]);
        let caches = [cache("c", false)];
        assert_eq!(order(&file, &caches), ["http://o/f"]);
        let list =
            PieceList { size: 1, piece_size: 1 << 20, hash_of_hashes: HashOfHashes([0; 32]), trusted: true };
        file.spec.supply.pieces = Some(list);
        assert_eq!(order(&file, &caches).len(), 2);
    }

    #[test]
    fn i06_what_signs_a_url_is_told_to_no_cache_that_was_only_found() {
        let mut file = file("http://o/f?sig=secret", &[]);
        let list =
            PieceList { size: 1, piece_size: 1 << 20, hash_of_hashes: HashOfHashes([0; 32]), trusted: true };
        file.spec.supply.pieces = Some(list);
        assert_eq!(order(&file, &[cache("c", false)]), ["http://o/f?sig=secret"]);
        assert_eq!(order(&file, &[cache("c", true)]).len(), 2, "a host that somebody configured is trusted");
    }

    #[test]
    fn bad_luck_passes_and_a_refusal_does_not() {
        let file = file("http://o/f", &[("http://o/g", 1), ("http://m/f", 2)]);
        let [origin, sibling, mirror] = <[Source; 3]>::try_from(sources_of(&file, &[])).unwrap();
        let mut standing = Standing::default();
        let refused = Fault::new(Code::Http(404), ErrorContext::RemoteFile, "not there");
        standing.strike(&origin, &refused, NOW);
        let good =
            |standing: &Standing, at| [&origin, &sibling, &mirror].map(|source| standing.is_good(source, at));
        assert_eq!(good(&standing, NOW), [false, true, true]);
        assert_eq!(standing.is_good_from(&origin), None);
        assert_eq!(standing.why(&origin).map(|fault| fault.code), Some(Code::Http(404)));

        // The way to the host fails: for all that it has.
        let reset = Fault::new(Code::Reset, ErrorContext::GeneralTransport, "reset");
        let mut standing = Standing::default();
        standing.strike(&sibling, &reset, NOW);
        assert_eq!(good(&standing, NOW), [false, false, true]);
        assert_eq!(good(&standing, NOW + STRIKE_FIRST), [true, true, true]);
        standing.strike(&sibling, &reset, NOW);
        assert_eq!(standing.is_good_from(&origin), Some(NOW + 2 * STRIKE_FIRST));
        standing.forget();
        assert_eq!(good(&standing, NOW), [true, true, true]);
    }

    #[test]
    fn a_cache_host_is_banned_as_windows_does() {
        let file = file("http://o/f", &[]);
        let sources = sources_of(&file, &[cache("c", true)]);
        let cache = &sources[1];
        for (code, context, ban) in [
            (Code::Http(403), ErrorContext::RemoteFile, CACHE_BAN),
            (Code::Http(404), ErrorContext::RemoteFile, STRIKE_FIRST),
            (Code::Timeout, ErrorContext::GeneralTransport, CACHE_BAN),
            (Code::Http(502), ErrorContext::RemoteFile, STRIKE_FIRST),
        ] {
            let mut standing = Standing::default();
            standing.strike(cache, &Fault::new(code, context, ""), NOW);
            assert_eq!(standing.is_good_from(cache), Some(NOW + ban), "{code}");
            let sibling = FileRecord {
                spec: FileSpec { remote_name: "http://o/g".parse().unwrap(), ..file.spec.clone() },
                ..file.clone()
            };
            let sibling = &sources_of(&sibling, &[self::cache("c", true)])[1];
            assert_eq!(standing.is_good(sibling, NOW), ban != CACHE_BAN, "{code}");
        }
    }
}
