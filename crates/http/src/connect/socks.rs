//! SOCKS 5 (RFC 1928, RFC 1929): a way through a proxy that knows no HTTP. The proxy resolves the name.

use std::io;

use bgcopy_core::Credentials;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Host;

use super::Io;
use crate::failure::{Broken, Failure};
use crate::proxy::Proxy;

/// Asks the proxy for a way to `host:port`.
pub(crate) async fn open(
    io: &mut dyn Io,
    proxy: &Proxy,
    credentials: Option<&Credentials>,
    host: &Host,
    port: u16,
) -> Result<(), Failure> {
    let request = request(host, port).ok_or_else(|| refused(proxy, "the name of the server is too long"))?;
    greet(io, proxy, credentials).await?;
    send(io, proxy, &request).await?;
    let [_version, reply, _reserved, kind] = receive::<4>(io, proxy).await?;
    if reply != SUCCEEDED {
        return Err(refused(proxy, reply_text(reply)));
    }
    // The address the proxy bound is of no use, but has to be read.
    let rest = match kind {
        ADDRESS_V4 => 4 + 2,
        ADDRESS_V6 => 16 + 2,
        ADDRESS_NAME => usize::from(receive::<1>(io, proxy).await?[0]) + 2,
        _ => return Err(refused(proxy, "it does not speak SOCKS 5")),
    };
    let mut bound = [0; 255 + 2];
    match bound.get_mut(..rest) {
        Some(bound) => io.read_exact(bound).await.map(|_| ()).map_err(|error| broken(proxy, error)),
        None => Err(refused(proxy, "it does not speak SOCKS 5")),
    }
}

async fn greet(io: &mut dyn Io, proxy: &Proxy, credentials: Option<&Credentials>) -> Result<(), Failure> {
    let methods: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
        None => &[VERSION, 1, NO_AUTHENTICATION],
    };
    send(io, proxy, methods).await?;
    match (receive::<2>(io, proxy).await?, credentials) {
        ([VERSION, NO_AUTHENTICATION], _) => Ok(()),
        ([VERSION, USER_AND_PASSWORD], Some(credentials)) => {
            let login = login(credentials)
                .ok_or_else(|| refused(proxy, "user name and password may have 255 bytes each"))?;
            send(io, proxy, &login).await?;
            match receive::<2>(io, proxy).await? {
                [_, SUCCEEDED] => Ok(()),
                _ => Err(wants_login(proxy)),
            }
        }
        ([VERSION, _], _) => Err(wants_login(proxy)),
        _ => Err(refused(proxy, "it does not speak SOCKS 5")),
    }
}

fn request(host: &Host, port: u16) -> Option<Vec<u8>> {
    let mut request = vec![VERSION, CONNECT, 0];
    match host {
        Host::Ipv4(address) => {
            request.push(ADDRESS_V4);
            request.extend(address.octets());
        }
        Host::Ipv6(address) => {
            request.push(ADDRESS_V6);
            request.extend(address.octets());
        }
        Host::Domain(name) => {
            request.push(ADDRESS_NAME);
            request.push(u8::try_from(name.len()).ok()?);
            request.extend(name.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    Some(request)
}

/// RFC 1929, 2.
fn login(credentials: &Credentials) -> Option<Vec<u8>> {
    let (user, password) = (credentials.user.as_bytes(), credentials.password.reveal().as_bytes());
    let mut login = vec![1, u8::try_from(user.len()).ok()?];
    login.extend(user);
    login.push(u8::try_from(password.len()).ok()?);
    login.extend(password);
    Some(login)
}

async fn send(io: &mut dyn Io, proxy: &Proxy, bytes: &[u8]) -> Result<(), Failure> {
    io.write_all(bytes).await.map_err(|error| broken(proxy, error))?;
    io.flush().await.map_err(|error| broken(proxy, error))
}

async fn receive<const N: usize>(io: &mut dyn Io, proxy: &Proxy) -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    io.read_exact(&mut bytes).await.map_err(|error| broken(proxy, error))?;
    Ok(bytes)
}

fn broken(proxy: &Proxy, source: io::Error) -> Failure {
    Failure::ProxyBroken { proxy: proxy.shown(), kind: Broken::of(&source), source }
}

fn refused(proxy: &Proxy, reason: &str) -> Failure {
    Failure::ProxyRefused { proxy: proxy.shown(), reason: reason.to_owned() }
}

/// SOCKS has no status for this; to a client it is what 407 is over HTTP, with the same remedy.
fn wants_login(proxy: &Proxy) -> Failure {
    Failure::ProxyStatus { proxy: proxy.shown(), status: 407, retry_after: None, wanted: None }
}

/// RFC 1928, 6.
fn reply_text(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "its rules forbid it",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused by the server",
        6 => "no route in time",
        7 => "it cannot connect at all",
        8 => "it does not know this kind of address",
        _ => "unknown reply",
    }
}

const VERSION: u8 = 5;
const CONNECT: u8 = 1;
const SUCCEEDED: u8 = 0;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const ADDRESS_V4: u8 = 1;
const ADDRESS_NAME: u8 = 3;
const ADDRESS_V6: u8 = 4;
