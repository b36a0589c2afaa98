//! Whether there is a network, told when it changes and not otherwise.
//!
//! The facts are the addresses on interfaces that run and are not loopback. "Up" is cautious: one such
//! address of any kind is a network, be it without a default route, since hosts of the local network can be
//! reached; a wrong "up" costs a failed attempt, a wrong "down" would keep jobs waiting that could run. So
//! "down" is said only when no interface but loopback has an address and a carrier. Hosts on loopback can
//! always be reached.
//!
//! A change that leaves "up" as it is is told too: another address or default route is a reason to try
//! again and to distrust open connections. Routes are not listed, only their changes are heard: a router's
//! table is long.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use super::HostEvent;
use super::netlink::{Dump, LinkIndex, News, ReadError, Socket};

/// After the first change others follow: carrier, address, route. They are told together, this much later.
const SETTLE: Duration = Duration::from_millis(500);

/// Listens to the kernel.
#[derive(Debug)]
pub struct NetworkWatch {
    socket: AsyncFd<Socket>,
    table: Table,
    /// What is being listed; changes are told when all is listed.
    listing: Option<Dump>,
    told: Option<View>,
    /// When the changes that were seen are told.
    tell_at: Option<Instant>,
}

impl NetworkWatch {
    /// Starts listening. To be called inside the runtime. Where the kernel tells nothing (some sandboxes)
    /// there is an error, and the network is best taken for up.
    ///
    /// # Errors
    /// What the system says.
    pub fn start() -> io::Result<Self> {
        let socket = register(Socket::open()?)?;
        let mut watch = Self { socket, table: Table::default(), listing: None, told: None, tell_at: None };
        watch.list()?;
        Ok(watch)
    }

    /// The state at the start, then each change. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// The socket broke; nothing more will be told.
    pub async fn next(&mut self) -> io::Result<HostEvent> {
        loop {
            if let Some(event) = self.poll_event(Instant::now()) {
                return Ok(event);
            }
            let readable = self.socket.readable_mut();
            let mut ready = match self.tell_at {
                Some(at) => match tokio::time::timeout_at(at, readable).await {
                    Ok(ready) => ready?,
                    Err(_) => continue,
                },
                None => readable.await?,
            };
            match ready.get_inner_mut().read() {
                Ok(news) => news.iter().try_for_each(|news| self.handle_news(news))?,
                Err(ReadError::Lost) => self.list()?,
                Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(ReadError::Io(error)) => return Err(error),
            }
        }
    }

    /// Forgets everything and asks again.
    fn list(&mut self) -> io::Result<()> {
        self.table = Table { route_changes: self.table.route_changes, ..Table::default() };
        self.listing = Some(Dump::Links);
        match self.socket.get_ref().ask(Dump::Links) {
            // A list that was under way when messages were lost goes on, and its end begins the next.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Ok(()),
            asked => asked,
        }
    }

    fn handle_news(&mut self, news: &News) -> io::Result<()> {
        if *news == News::DumpDone {
            self.listing = match self.listing {
                Some(Dump::Links) => Some(Dump::Addresses),
                Some(Dump::Addresses) | None => None,
            };
            return self.listing.map_or(Ok(()), |dump| self.socket.get_ref().ask(dump));
        }
        self.table.apply(news);
        Ok(())
    }

    fn poll_event(&mut self, now: Instant) -> Option<HostEvent> {
        if self.listing.is_some() {
            return None;
        }
        let view = self.table.view();
        if self.told.as_ref() == Some(&view) {
            self.tell_at = None;
            return None;
        }
        // The first view is told at once.
        let at = if self.told.is_some() { *self.tell_at.get_or_insert(now + SETTLE) } else { now };
        (at <= now).then(|| {
            let (up, cellular) = (view.is_up(), is_cellular(Path::new(DEVICES), &view.links()));
            self.tell_at = None;
            self.told = Some(view);
            HostEvent::Network { up, cellular }
        })
    }
}

#[allow(unsafe_code, reason = "the safe constructor is deprecated: it cannot rule out a closed descriptor")]
fn register(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: `Socket` owns its descriptor, gives it to nobody, and never replaces or closes it before it
    // is dropped.
    Ok(unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE)? })
}

/// What the kernel told.
#[derive(Clone, Debug, Default)]
struct Table {
    links: BTreeMap<LinkIndex, Link>,
    addresses: BTreeSet<(LinkIndex, IpAddr)>,
    route_changes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    loopback: bool,
    running: bool,
}

/// What a change is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    usable: BTreeSet<(LinkIndex, IpAddr)>,
    route_changes: u64,
}

impl View {
    fn is_up(&self) -> bool {
        !self.usable.is_empty()
    }

    fn links(&self) -> BTreeSet<LinkIndex> {
        self.usable.iter().map(|(link, _)| *link).collect()
    }
}

/// Where the kernel shows the devices behind interfaces.
const DEVICES: &str = "/sys/class/net";

/// Whether every way out is a cellular one: all of these interfaces that have a device of their own are modems, and there
/// is one. The kernel calls those `wwan` devices; a modem that is driven over PPP cannot be told from a wire.
fn is_cellular(devices: &Path, links: &BTreeSet<LinkIndex>) -> bool {
    let Ok(entries) = std::fs::read_dir(devices) else { return false };
    let mut found = false;
    for folder in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let text = |name| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let index = text("ifindex").trim().parse().map(LinkIndex);
        // Tunnels and bridges lead over other interfaces.
        if !index.is_ok_and(|index| links.contains(&index)) || !folder.join("device").exists() {
            continue;
        }
        if text("uevent").lines().all(|line| line != "DEVTYPE=wwan") {
            return false;
        }
        found = true;
    }
    found
}

impl Table {
    fn apply(&mut self, news: &News) {
        match *news {
            News::Link { index, loopback, running } => {
                self.links.insert(index, Link { loopback, running });
            }
            News::LinkGone(index) => {
                self.links.remove(&index);
                self.addresses.retain(|(link, _)| *link != index);
            }
            News::Address(index, address) => {
                self.addresses.insert((index, address));
            }
            News::AddressGone(index, address) => {
                self.addresses.remove(&(index, address));
            }
            News::DefaultRoute => self.route_changes = self.route_changes.wrapping_add(1),
            News::DumpDone => {}
        }
    }

    fn view(&self) -> View {
        let usable = |(index, _): &&(LinkIndex, IpAddr)| {
            self.links.get(index).is_some_and(|link| link.running && !link.loopback)
        };
        View {
            usable: self.addresses.iter().filter(usable).copied().collect(),
            route_changes: self.route_changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LO: LinkIndex = LinkIndex(1);
    const ETH: LinkIndex = LinkIndex(2);

    fn link(index: LinkIndex, running: bool) -> News {
        News::Link { index, loopback: index == LO, running }
    }

    fn address(index: LinkIndex) -> (LinkIndex, IpAddr) {
        (index, if index == LO { [127, 0, 0, 1] } else { [10, 0, 0, 1] }.into())
    }

    fn here(index: LinkIndex) -> News {
        News::Address(index, address(index).1)
    }

    fn gone(index: LinkIndex) -> News {
        News::AddressGone(index, address(index).1)
    }

    fn table(news: &[News]) -> Table {
        let mut table = Table::default();
        news.iter().for_each(|news| table.apply(news));
        table
    }

    #[test]
    fn a_network_is_an_address_on_an_interface_that_runs_and_is_not_loopback() {
        for (news, up) in [
            (vec![], false),
            (vec![link(LO, true), here(LO)], false),
            (vec![link(ETH, true)], false),
            (vec![link(ETH, true), here(ETH)], true),
            (vec![here(ETH), link(ETH, true)], true),
            (vec![link(ETH, false), here(ETH)], false),
            (vec![link(ETH, true), here(ETH), gone(ETH)], false),
            (vec![link(ETH, true), here(ETH), News::LinkGone(ETH)], false),
            (vec![link(ETH, true), here(ETH), News::LinkGone(ETH), link(ETH, true)], false),
        ] {
            assert_eq!(table(&news).view().is_up(), up, "{news:?}");
        }
    }

    #[test]
    fn news_that_change_nothing_are_no_change() {
        let mut table = table(&[link(LO, true), here(LO), link(ETH, true), here(ETH)]);
        let before = table.view();
        // A router's advertisement renews an address every few minutes; a container's interface comes and
        // goes.
        for news in
            [here(ETH), link(ETH, true), link(LinkIndex(9), true), News::LinkGone(LinkIndex(9)), gone(LO)]
        {
            table.apply(&news);
            assert_eq!(table.view(), before, "{news:?}");
        }
    }

    #[test]
    fn another_address_or_default_route_is_a_change() {
        let mut table = table(&[link(ETH, true), here(ETH)]);
        for news in
            [News::DefaultRoute, News::Address(ETH, [10, 0, 0, 9].into()), gone(ETH), link(ETH, false)]
        {
            let before = table.view();
            table.apply(&news);
            assert_ne!(table.view(), before, "{news:?}");
        }
    }

    async fn settled(watch: &mut NetworkWatch) -> HostEvent {
        tokio::time::timeout(Duration::from_secs(10), watch.next()).await.expect("an event").unwrap()
    }

    #[tokio::test]
    async fn the_kernel_tells_of_this_machine_at_once() {
        let mut watch = NetworkWatch::start().unwrap();
        assert!(matches!(settled(&mut watch).await, HostEvent::Network { .. }));
        assert!(watch.table.links.values().any(|link| link.loopback), "every machine has loopback");
    }

    #[tokio::test]
    async fn changes_that_come_together_are_told_together_and_once() {
        let mut watch = NetworkWatch::start().unwrap();
        // From here on the kernel's part is played by the test; only the rules of telling are used.
        watch.listing = None;
        watch.table = table(&[link(LO, true), here(LO)]);
        let start = Instant::now();
        assert_eq!(watch.poll_event(start), Some(HostEvent::Network { up: false, cellular: false }));
        assert_eq!(watch.poll_event(start), None);

        watch.table.apply(&link(ETH, true));
        assert_eq!(watch.poll_event(start), None, "an interface without an address is no change");
        watch.table.apply(&here(ETH));
        assert_eq!(watch.poll_event(start), None);
        watch.table.apply(&News::DefaultRoute);
        assert_eq!(watch.poll_event(start + SETTLE / 2), None);
        assert_eq!(watch.poll_event(start + SETTLE), Some(HostEvent::Network { up: true, cellular: false }));
        assert_eq!(watch.poll_event(start + 3 * SETTLE), None);

        watch.table.apply(&gone(ETH));
        let later = start + 10 * SETTLE;
        assert_eq!(watch.poll_event(later), None);
        watch.table.apply(&here(ETH));
        assert_eq!(watch.poll_event(later + SETTLE), None, "what was undone in time is not told");
    }

    #[tokio::test]
    async fn lost_messages_are_made_good_by_asking_again() {
        let mut watch = NetworkWatch::start().unwrap();
        let first = settled(&mut watch).await;
        let links = watch.table.links.len();
        watch.table.links.clear();
        watch.list().unwrap();
        watch.told = None;
        assert_eq!(settled(&mut watch).await, first);
        assert_eq!(watch.table.links.len(), links);
    }

    #[test]
    fn a_machine_is_on_a_cellular_link_when_all_its_devices_are_modems() {
        let sys = tempfile::tempdir().unwrap();
        let device = |name: &str, index: u32, uevent: &str, is_real: bool| {
            let folder = sys.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("ifindex"), format!("{index}\n")).unwrap();
            std::fs::write(folder.join("uevent"), uevent).unwrap();
            if is_real {
                std::fs::create_dir(folder.join("device")).unwrap();
            }
        };
        device("eth0", 2, "INTERFACE=eth0\nIFINDEX=2\n", true);
        device("wwan0", 3, "DEVTYPE=wwan\nINTERFACE=wwan0\n", true);
        device("tun0", 4, "INTERFACE=tun0\n", false);
        let cellular =
            |links: &[u32]| is_cellular(sys.path(), &links.iter().copied().map(LinkIndex).collect());
        assert!(cellular(&[3]) && cellular(&[3, 4]), "a tunnel leads over the modem");
        assert!(!cellular(&[2]) && !cellular(&[2, 3]), "there is a wire");
        assert!(!cellular(&[4]) && !cellular(&[]) && !cellular(&[9]));
        assert!(!is_cellular(Path::new("/nowhere"), &BTreeSet::from([LinkIndex(3)])));
    }
}
