//! The kernel's news of network interfaces, in the format of rtnetlink(7): requests out, messages in. Parses
//! only what [`super::network`] needs, and never reads beyond a message.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// Bytes of one read: the kernel packs a dump into pieces of at most 32 KiB (netlink(7)).
const READ_BYTES: usize = 32 << 10;

/// Bytes of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// Bytes of `struct ifinfomsg`, which a request for a dump carries.
const LINK_BYTES: usize = 16;
/// Bytes of `struct ifaddrmsg`.
const ADDRESS_BYTES: usize = 8;
/// Bytes of `struct rtmsg`.
const ROUTE_BYTES: usize = 12;
/// Bytes of `struct rtattr` before its value.
const ATTRIBUTE_BYTES: usize = 4;

/// The kernel's number of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkIndex(pub(super) u32);

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// An interface is there, and may have changed.
    Link {
        index: LinkIndex,
        /// It reaches only this machine.
        loopback: bool,
        /// It is switched on and has a carrier.
        running: bool,
    },
    /// An interface is gone.
    LinkGone(LinkIndex),
    /// An interface has an address that can be used.
    Address(LinkIndex, IpAddr),
    /// An interface has this address no longer, or not yet.
    AddressGone(LinkIndex, IpAddr),
    /// A default route came or went.
    DefaultRoute,
    /// Everything that was asked for was told.
    DumpDone,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    Links,
    Addresses,
}

/// A socket to the kernel that is told of changes.
#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    buffer: Box<[u8]>,
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl std::os::fd::AsRawFd for Socket {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.fd.as_raw_fd()
    }
}

impl Socket {
    /// Subscribes to changes of interfaces, addresses and routes.
    pub(super) fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        let groups = libc::RTMGRP_LINK
            | libc::RTMGRP_IPV4_IFADDR
            | libc::RTMGRP_IPV6_IFADDR
            | libc::RTMGRP_IPV4_ROUTE
            | libc::RTMGRP_IPV6_ROUTE;
        rustix::net::bind(&fd, &SocketAddrNetlink::new(0, groups.cast_unsigned()))?;
        Ok(Self { fd, buffer: vec![0; READ_BYTES].into() })
    }

    /// Asks for everything of a kind; [`News::DumpDone`] comes last. The kernel does one at a time.
    pub(super) fn ask(&self, dump: Dump) -> io::Result<()> {
        let sent = rustix::net::send(&self.fd, &request(dump), SendFlags::empty())?;
        debug_assert_eq!(sent, request(dump).len(), "a datagram is sent whole");
        Ok(())
    }

    /// Takes in the next packet of messages; an error of kind `WouldBlock` when there is none, [`Lost`]
    /// when the kernel had to throw some away.
    pub(super) fn read(&mut self) -> Result<Vec<News>, ReadError> {
        match rustix::net::recv(&self.fd, &mut *self.buffer, RecvFlags::empty()) {
            Ok((read, _)) => Ok(parse(self.buffer.get(..read).unwrap_or_default())),
            Err(Errno::NOBUFS) => Err(ReadError::Lost),
            Err(Errno::INTR) => Ok(Vec::new()),
            Err(error) => Err(ReadError::Io(error.into())),
        }
    }
}

/// Why there are no news.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The kernel threw messages away: what is known is stale.
    Lost,
    /// There are none now (`WouldBlock`), or the socket is broken.
    Io(io::Error),
}

fn request(dump: Dump) -> [u8; HEADER_BYTES + LINK_BYTES] {
    let kind = match dump {
        Dump::Links => libc::RTM_GETLINK,
        Dump::Addresses => libc::RTM_GETADDR,
    };
    let mut bytes = [0; HEADER_BYTES + LINK_BYTES];
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let flags = u16::try_from(libc::NLM_F_REQUEST | libc::NLM_F_DUMP).unwrap_or(u16::MAX);
    bytes[..4].copy_from_slice(&length.to_ne_bytes());
    bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
    bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
    bytes
}

/// The messages of a packet, as far as they are well-formed.
fn parse(mut packet: &[u8]) -> Vec<News> {
    let mut news = Vec::new();
    while let Some(length) = number::<4>(packet, 0).map(u32::from_ne_bytes) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (Some(kind), Some(body)) = (number::<2>(packet, 4), packet.get(HEADER_BYTES..length)) else {
            break;
        };
        news.extend(parse_message(u16::from_ne_bytes(kind), body));
        packet = packet.get(aligned(length)..).unwrap_or_default();
    }
    news
}

fn parse_message(kind: u16, body: &[u8]) -> Option<News> {
    match kind {
        libc::RTM_NEWLINK | libc::RTM_DELLINK => parse_link(kind, body),
        libc::RTM_NEWADDR | libc::RTM_DELADDR => parse_address(kind, body),
        libc::RTM_NEWROUTE | libc::RTM_DELROUTE => parse_route(body),
        // An error ends a dump too: what is known is used.
        kind if i32::from(kind) == libc::NLMSG_DONE || i32::from(kind) == libc::NLMSG_ERROR => {
            Some(News::DumpDone)
        }
        _ => None,
    }
}

/// `struct ifinfomsg`: family, padding, type, index, flags.
fn parse_link(kind: u16, body: &[u8]) -> Option<News> {
    // A bridge tells with its own family that a port left it; the interface is still there.
    if i32::from(*body.first()?) != libc::AF_UNSPEC {
        return None;
    }
    let index = LinkIndex(u32::from_ne_bytes(number(body, 4)?));
    let flags = i32::from_ne_bytes(number(body, 8)?);
    Some(if kind == libc::RTM_DELLINK {
        News::LinkGone(index)
    } else {
        let running = libc::IFF_UP | libc::IFF_RUNNING;
        News::Link { index, loopback: flags & libc::IFF_LOOPBACK != 0, running: flags & running == running }
    })
}

/// `struct ifaddrmsg`: family, prefix length, flags, scope, index; then attributes.
fn parse_address(kind: u16, body: &[u8]) -> Option<News> {
    let family = i32::from(*body.first()?);
    let index = LinkIndex(u32::from_ne_bytes(number(body, 4)?));
    let mut flags = u32::from(*body.get(2)?);
    let (mut address, mut local) = (None, None);
    for (kind, value) in attributes(body.get(ADDRESS_BYTES..)?) {
        match kind {
            libc::IFA_ADDRESS => address = ip(family, value),
            // On a point-to-point link `IFA_ADDRESS` is the other end.
            libc::IFA_LOCAL => local = ip(family, value),
            libc::IFA_FLAGS => flags = number(value, 0).map_or(flags, u32::from_ne_bytes),
            _ => {}
        }
    }
    let address = local.or(address)?;
    // Until the kernel knows that nobody else has the address, nothing can be sent from it.
    let unusable = flags & (libc::IFA_F_TENTATIVE | libc::IFA_F_DADFAILED) != 0;
    Some(if kind == libc::RTM_DELADDR || unusable {
        News::AddressGone(index, address)
    } else {
        News::Address(index, address)
    })
}

/// `struct rtmsg`: family, destination length, source length, tos, table, protocol, scope, type.
fn parse_route(body: &[u8]) -> Option<News> {
    let fixed = body.get(..ROUTE_BYTES)?;
    let internet = [libc::AF_INET, libc::AF_INET6].contains(&i32::from(fixed[0]));
    let default = fixed[1] == 0 && fixed[4] == libc::RT_TABLE_MAIN && fixed[7] == libc::RTN_UNICAST;
    (internet && default).then_some(News::DefaultRoute)
}

fn ip(family: i32, value: &[u8]) -> Option<IpAddr> {
    match family {
        libc::AF_INET => number(value, 0).map(Ipv4Addr::from_octets).map(IpAddr::V4),
        libc::AF_INET6 => number(value, 0).map(Ipv6Addr::from_octets).map(IpAddr::V6),
        _ => None,
    }
}

/// `struct rtattr`: length, type, value.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(number(bytes, 0)?));
        let kind = u16::from_ne_bytes(number(bytes, 2)?);
        let value = bytes.get(ATTRIBUTE_BYTES..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// Messages and attributes begin at multiples of four.
const fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER_BYTES + body.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.resize(HEADER_BYTES, 0);
        bytes.extend(body);
        bytes.resize(aligned(bytes.len()), 0);
        bytes
    }

    fn link(kind: u16, family: u8, index: u32, flags: i32) -> Vec<u8> {
        let mut body = vec![family, 0, 1, 0];
        body.extend(index.to_ne_bytes());
        body.extend(flags.to_ne_bytes());
        body.extend([0; 4]);
        message(kind, &body)
    }

    fn address(kind: u16, family: i32, index: u32, flags: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = vec![u8::try_from(family).unwrap(), 24, flags, 0];
        body.extend(index.to_ne_bytes());
        for (kind, value) in attributes {
            let length = u16::try_from(ATTRIBUTE_BYTES + value.len()).unwrap();
            body.extend(length.to_ne_bytes());
            body.extend(kind.to_ne_bytes());
            body.extend(*value);
            body.resize(aligned(body.len()), 0);
        }
        message(kind, &body)
    }

    const V4: i32 = libc::AF_INET;
    const V6: i32 = libc::AF_INET6;

    #[test]
    fn an_interface_runs_when_it_is_switched_on_and_has_a_carrier() {
        let (up, running, loopback) = (libc::IFF_UP, libc::IFF_RUNNING, libc::IFF_LOOPBACK);
        for (flags, expected) in [
            (up | running, (false, true)),
            (up, (false, false)),
            (running, (false, false)),
            (loopback, (true, false)),
        ] {
            let news = parse(&link(libc::RTM_NEWLINK, 0, 2, flags));
            assert_eq!(news, [News::Link { index: LinkIndex(2), loopback: expected.0, running: expected.1 }]);
        }
        assert_eq!(parse(&link(libc::RTM_DELLINK, 0, 2, 0)), [News::LinkGone(LinkIndex(2))]);
    }

    #[test]
    fn a_port_that_leaves_a_bridge_is_not_gone() {
        let bridge = u8::try_from(libc::AF_BRIDGE).unwrap();
        assert_eq!(parse(&link(libc::RTM_DELLINK, bridge, 2, 0)), []);
    }

    #[test]
    fn an_address_is_ours_and_not_that_of_the_other_end() {
        let (ours, theirs) = ([10, 0, 0, 1], [10, 0, 0, 2]);
        let attributes = [(libc::IFA_ADDRESS, &theirs[..]), (libc::IFA_LOCAL, &ours[..]), (99, &[1][..])];
        let news = parse(&address(libc::RTM_NEWADDR, V4, 3, 0, &attributes));
        assert_eq!(news, [News::Address(LinkIndex(3), IpAddr::from(ours))]);
        let news = parse(&address(libc::RTM_DELADDR, V4, 3, 0, &attributes));
        assert_eq!(news, [News::AddressGone(LinkIndex(3), IpAddr::from(ours))]);
    }

    #[test]
    fn an_address_that_is_still_being_tried_is_not_there_yet() {
        let ip = [0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
        let tentative = libc::IFA_F_TENTATIVE.to_ne_bytes();
        let gone = [News::AddressGone(LinkIndex(3), IpAddr::from(ip))];
        let short = u8::try_from(libc::IFA_F_TENTATIVE).unwrap();
        assert_eq!(parse(&address(libc::RTM_NEWADDR, V6, 3, short, &[(libc::IFA_ADDRESS, &ip)])), gone);
        let long = [(libc::IFA_ADDRESS, &ip[..]), (libc::IFA_FLAGS, &tentative[..])];
        assert_eq!(parse(&address(libc::RTM_NEWADDR, V6, 3, 0, &long)), gone);
        let found = [News::Address(LinkIndex(3), IpAddr::from(ip))];
        assert_eq!(parse(&address(libc::RTM_NEWADDR, V6, 3, 0, &[(libc::IFA_ADDRESS, &ip)])), found);
    }

    #[test]
    fn only_default_routes_count() {
        let route = |family: i32, length, table, kind| {
            let family = u8::try_from(family).unwrap();
            parse(&message(libc::RTM_NEWROUTE, &[family, length, 0, 0, table, 0, 0, kind, 0, 0, 0, 0]))
        };
        let (main, unicast) = (libc::RT_TABLE_MAIN, libc::RTN_UNICAST);
        assert_eq!(route(V4, 0, main, unicast), [News::DefaultRoute]);
        assert_eq!(route(V6, 0, main, unicast), [News::DefaultRoute]);
        assert_eq!(route(V4, 24, main, unicast), []);
        assert_eq!(route(V4, 0, libc::RT_TABLE_LOCAL, unicast), []);
        assert_eq!(route(V6, 0, main, libc::RTN_UNREACHABLE), []);
    }

    #[test]
    fn a_packet_holds_many_messages() {
        let mut packet = link(libc::RTM_NEWLINK, 0, 1, libc::IFF_LOOPBACK);
        packet.extend(address(libc::RTM_NEWADDR, V4, 1, 0, &[(libc::IFA_ADDRESS, &[127, 0, 0, 1])]));
        packet.extend(message(u16::try_from(libc::NLMSG_DONE).unwrap(), &[0; 4]));
        assert_eq!(parse(&packet).len(), 3);
    }

    #[test]
    fn a_packet_that_is_cut_or_lies_about_lengths_does_no_harm() {
        let mut packet = link(libc::RTM_NEWLINK, 0, 1, 0);
        packet.extend(address(libc::RTM_NEWADDR, V4, 1, 0, &[(libc::IFA_ADDRESS, &[127, 0, 0, 1])]));
        let whole = parse(&packet);
        assert_eq!(whole.len(), 2);
        for cut in 0..packet.len() {
            let news = parse(&packet[..cut]);
            assert!(whole.starts_with(&news), "cut at {cut}: {news:?}");
        }
        for at in 0..packet.len() {
            for value in [0, 1, 3, 0x7f, 0xff] {
                let mut lying = packet.clone();
                lying[at] = value;
                assert!(parse(&lying).len() <= 3, "{value:#x} at {at}");
            }
        }
    }
}
