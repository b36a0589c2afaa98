//! Cache hosts that offer themselves on the link: `_microsoft_mcc._tcp.local` by DNS-SD (RFC 6763; product 4.2).
//!
//! Anybody on the link can answer, so what is found is not trusted: it serves only what proves itself. It is
//! asked for only while there is work, by a thread that ends with it; what was found is believed for a quarter
//! of an hour longer, so that the next job need not wait. Where no interface does multicast nothing is found.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bgcopy_core::{CacheHost, Mono, cache_host};
use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent};
use tokio::time::Instant;

use super::HostEvent;

/// What caches are called ("PTR query `_microsoft_mcc._tcp.local`", product 4.2).
const SERVICE: &str = "_microsoft_mcc._tcp.local.";
/// How long what was found is believed after the search.
const KEPT: Duration = Duration::from_secs(15 * 60);
/// How often the thread of a search looks whether the interfaces are others, in seconds. A job that waits may keep
/// it for long, so it should not wake for nothing.
const INTERFACES_EVERY: u32 = 60;

/// Changes are told of so often at most: whoever on the link changes his mind with every packet costs the service a
/// line in the log now and then, and nothing else.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Looks for cache hosts while somebody wants them.
#[derive(Default)]
pub struct CacheWatch {
    wanted: bool,
    /// While they are wanted, and can be looked for.
    search: Option<Search>,
    found: Found,
    changed: bool,
    /// When it was told of last.
    told: Option<Instant>,
}

impl CacheWatch {
    /// Whether cache hosts are wanted now.
    pub fn want(&mut self, wanted: bool, now: Mono) {
        if std::mem::replace(&mut self.wanted, wanted) == wanted {
            return;
        }
        if wanted {
            self.changed |= self.found.forget_old(now);
            self.search = Search::start(&ServiceDaemon::new);
        } else {
            self.found.search_ended(now);
            self.search = None;
        }
    }

    /// The cache hosts, whenever they are others than before. May be dropped and called again without losing
    /// anything.
    pub async fn next(&mut self) -> HostEvent {
        loop {
            let tell_at = self.changed.then(|| self.told.map_or_else(Instant::now, |told| told + TOLD_EVERY));
            tokio::select! {
                biased;
                () = sleep_until(tell_at) => break,
                news = news_of(&mut self.search) => self.changed |= self.found.note(&news),
            }
        }
        self.changed = false;
        self.told = Some(Instant::now());
        HostEvent::CacheHosts(self.found.hosts())
    }
}

impl std::fmt::Debug for CacheWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CacheWatch").field("found", &self.found).finish_non_exhaustive()
    }
}

/// What a search hears of next; nothing more once it has broken off.
async fn news_of(search: &mut Option<Search>) -> ServiceEvent {
    let news = match search {
        Some(running) => running.events.recv_async().await,
        None => std::future::pending().await,
    };
    match news {
        Ok(news) => news,
        Err(_) => {
            tracing::debug!("the search for cache hosts broke off");
            *search = None;
            std::future::pending().await
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A thread that asks and listens.
struct Search {
    daemon: ServiceDaemon,
    events: Receiver<ServiceEvent>,
}

impl Search {
    fn start(begin: &dyn Fn() -> mdns_sd::Result<ServiceDaemon>) -> Option<Self> {
        let started = begin().and_then(|daemon| {
            daemon.set_ip_check_interval(INTERFACES_EVERY)?;
            let events = daemon.browse(SERVICE)?;
            Ok(Self { daemon, events })
        });
        started.inspect_err(|error| tracing::debug!(%error, "cache hosts cannot be looked for")).ok()
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        // The thread ends by itself; one that has ended takes no orders.
        let _ = self.daemon.shutdown();
    }
}

/// What was found.
#[derive(Debug)]
struct Found {
    /// By the name of the service, which decides the order: whatever the order of answers, the same host comes
    /// first.
    hosts: BTreeMap<String, CacheHost>,
    /// When the search ended; `None` while it goes on.
    ended: Option<Mono>,
    /// Where a cache may be.
    may_be_at: fn(IpAddr) -> bool,
}

impl Default for Found {
    fn default() -> Self {
        Self { hosts: BTreeMap::new(), ended: None, may_be_at: is_elsewhere }
    }
}

impl Found {
    /// Hears of something; says whether it changes anything.
    fn note(&mut self, event: &ServiceEvent) -> bool {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let addresses = service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr);
                let addresses = addresses.filter(|address| (self.may_be_at)(*address));
                let Some(host) = cache_at(addresses, service.port) else { return false };
                let known = self.hosts.contains_key(&service.fullname);
                // Of 500 hosts a few are kept (faults I05).
                if !known && self.hosts.len() >= cache_host::CACHE_HOSTS_MAX {
                    return false;
                }
                let before = self.hosts.insert(service.fullname.clone(), host.clone());
                before != Some(host)
            }
            ServiceEvent::ServiceRemoved(_, name) => self.hosts.remove(name).is_some(),
            _ => false,
        }
    }

    fn search_ended(&mut self, now: Mono) {
        self.ended = Some(now);
    }

    /// A search begins: what is too old to be believed goes.
    fn forget_old(&mut self, now: Mono) -> bool {
        let old = self.ended.take().is_some_and(|ended| now.since(ended) > KEPT);
        old && !std::mem::take(&mut self.hosts).is_empty()
    }

    fn hosts(&self) -> Vec<CacheHost> {
        self.hosts.values().cloned().collect()
    }
}

/// Whether somebody else on the link may have this address: it is not this machine's own, and not one of the link
/// alone, where clouds keep their secrets.
fn is_elsewhere(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let nobodys = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    !nobodys
        && match address {
            IpAddr::V4(address) => !address.is_link_local() && !address.is_broadcast(),
            IpAddr::V6(address) => !address.is_unicast_link_local(),
        }
}

/// The cache host at one of these addresses: it speaks plain http ("Transport: plain HTTP", product 7.1), and IPv4
/// if it can ("Connected Cache nodes are IPv4 only", product 4.5).
fn cache_at(addresses: impl Iterator<Item = IpAddr>, port: u16) -> Option<CacheHost> {
    let address = addresses.min()?;
    format!("http://{}", SocketAddr::new(address, port)).parse::<CacheHost>().ok().map(CacheHost::discovered)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use mdns_sd::ServiceInfo;
    use tokio::time::timeout;

    use super::*;

    /// No test waits longer than this for what it expects.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn host_at(addresses: &[&str], port: u16) -> Option<String> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap());
        cache_at(addresses, port).map(|host| {
            assert!(!host.trusted);
            host.to_string()
        })
    }

    fn service(instance: &str, address: &str) -> ServiceInfo {
        let none: &[(&str, &str)] = &[];
        ServiceInfo::new(SERVICE, instance, &format!("{instance}.local."), address, 8080, none).unwrap()
    }

    fn resolved(instance: &str, address: &str) -> ServiceEvent {
        ServiceEvent::ServiceResolved(Box::new(service(instance, address).as_resolved_service()))
    }

    fn removed(instance: &str) -> ServiceEvent {
        ServiceEvent::ServiceRemoved(SERVICE.to_owned(), format!("{instance}.{SERVICE}"))
    }

    fn shown(found: &Found) -> Vec<String> {
        found.hosts().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_host_is_asked_in_plain_http_at_its_address() {
        assert_eq!(host_at(&["fd00::7", "10.0.0.7"], 80).as_deref(), Some("http://10.0.0.7:80"));
        assert_eq!(host_at(&["fd00::7"], 8080).as_deref(), Some("http://[fd00::7]:8080"));
        assert_eq!(host_at(&["10.0.0.7"], 0), None);
    }

    #[test]
    fn i05_nobody_on_the_link_sends_us_to_this_machine_or_to_a_cloud() {
        for address in
            ["127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "224.0.0.251", "169.254.169.254", "fe80::1"]
        {
            assert!(!is_elsewhere(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn i05_of_many_hosts_a_few_are_kept_in_an_order_of_their_own() {
        let mut found = Found::default();
        for number in (0..500).rev() {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            found.note(&resolved(&format!("cache-{number:03}"), &address));
        }
        let hosts = shown(&found);
        assert_eq!(hosts.len(), cache_host::CACHE_HOSTS_MAX);
        assert_eq!(hosts[0], "http://10.0.1.240:8080");
    }

    #[test]
    fn hosts_come_move_and_go() {
        let mut found = Found::default();
        assert!(found.note(&resolved("b", "10.0.0.2")));
        assert!(!found.note(&resolved("b", "10.0.0.2")));
        assert!(found.note(&resolved("a", "10.0.0.1")));
        assert!(found.note(&resolved("b", "10.0.0.3")));
        assert_eq!(shown(&found), ["http://10.0.0.1:8080", "http://10.0.0.3:8080"]);
        assert!(!found.note(&removed("c")));
        assert!(found.note(&removed("a")));
        assert_eq!(shown(&found), ["http://10.0.0.3:8080"]);
        assert!(!found.note(&ServiceEvent::SearchStarted(SERVICE.to_owned())));
    }

    #[test]
    fn what_was_found_is_believed_for_a_quarter_of_an_hour_after_the_search() {
        let start = Mono::default();
        let mut found = Found::default();
        found.note(&resolved("a", "10.0.0.1"));
        found.search_ended(start);
        assert!(!found.forget_old(start + KEPT));
        assert_eq!(found.hosts().len(), 1);
        // As long as the search goes on nothing gets old.
        assert!(!found.forget_old(start + KEPT * 9));
        found.search_ended(start);
        assert!(found.forget_old(start + KEPT + Duration::from_secs(1)));
        assert_eq!(found.hosts(), []);
    }

    /// A cache that offers itself to this machine, over loopback, and on a port of its own so that nobody is
    /// disturbed.
    struct Offer {
        daemon: ServiceDaemon,
        port: u16,
    }

    fn on_loopback(port: u16) -> mdns_sd::Result<ServiceDaemon> {
        let daemon = ServiceDaemon::new_with_port(port)?;
        daemon.disable_interface(mdns_sd::IfKind::All)?;
        daemon.enable_interface(mdns_sd::IfKind::LoopbackV4)?;
        Ok(daemon)
    }

    impl Drop for Offer {
        fn drop(&mut self) {
            let _ = self.daemon.shutdown();
        }
    }

    impl Offer {
        fn of(instance: &str, address: &str) -> Self {
            let port = UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
            let daemon = on_loopback(port).unwrap();
            daemon.register(service(instance, address)).unwrap();
            Self { daemon, port }
        }

        fn search(&self) -> CacheWatch {
            let search = Search::start(&|| on_loopback(self.port));
            let found = Found { may_be_at: |_| true, ..Found::default() };
            CacheWatch { wanted: true, search, found, ..CacheWatch::default() }
        }
    }

    #[tokio::test]
    async fn a_cache_that_offers_itself_is_found() {
        let offer = Offer::of("cache", "127.0.0.1");
        let mut watch = offer.search();
        let event = timeout(PATIENCE, watch.next()).await.expect("it is found");
        let host = "http://127.0.0.1:8080".parse::<CacheHost>().unwrap().discovered();
        assert_eq!(event, HostEvent::CacheHosts(vec![host]));
        offer.daemon.unregister(&format!("cache.{SERVICE}")).unwrap();
        let event = timeout(PATIENCE, watch.next()).await.expect("it is gone");
        assert_eq!(event, HostEvent::CacheHosts(vec![]));
        watch.want(false, Mono::default());
        assert!(watch.search.is_none());
    }

    #[tokio::test]
    async fn without_a_way_to_search_nothing_is_found_and_nothing_fails() {
        let cannot = || Err(mdns_sd::Error::Msg("no multicast".to_owned()));
        let search = Search::start(&cannot);
        let mut watch = CacheWatch { wanted: true, search, ..CacheWatch::default() };
        assert!(watch.search.is_none());
        assert!(timeout(Duration::ZERO, watch.next()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_changes_his_mind_all_the_time_is_heard_now_and_then() {
        let mut watch = CacheWatch { changed: true, ..CacheWatch::default() };
        let since = Instant::now();
        watch.next().await;
        assert_eq!(since.elapsed(), Duration::ZERO, "the first news is told at once");
        watch.changed = true;
        watch.next().await;
        assert_eq!(since.elapsed(), TOLD_EVERY);
    }
}
