//! Names into addresses.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};

/// A boxed future, as traits that are used as objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who turns a name into addresses.
pub trait Resolve: Send + Sync {
    /// Every address of `host`, the most promising first, each with `port`.
    fn resolve(&self, host: &str, port: u16) -> BoxFuture<'_, Result<Vec<SocketAddr>, ResolveError>>;
}

/// Why a name has no addresses (faults B12).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The name does not exist (NXDOMAIN).
    #[error("there is no such name")]
    NoSuchName,
    /// The name exists and has no address: it may get one again.
    #[error("the name has no address")]
    NoAddress,
    /// The name service does not answer now.
    #[error("the name service does not answer")]
    Unavailable,
    /// The name service failed otherwise.
    #[error("the name service failed: {0}")]
    Failed(String),
}

/// The system's resolver: `getaddrinfo`, with all that `/etc/nsswitch.conf` and `/etc/hosts` say.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> BoxFuture<'_, Result<Vec<SocketAddr>, ResolveError>> {
        let host = host.to_owned();
        Box::pin(async move {
            // The call blocks and cannot be cancelled; the thread is left to end by itself.
            let lookup = tokio::task::spawn_blocking(move || look_up(&host, port));
            match tokio::time::timeout(LOOKUP_TIMEOUT, lookup).await {
                Ok(Ok(found)) => found,
                Ok(Err(ended)) => Err(ResolveError::Failed(ended.to_string())),
                Err(_) => Err(ResolveError::Unavailable),
            }
        })
    }
}

fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, ResolveError> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    let found =
        dns_lookup::getaddrinfo(Some(host), None, Some(hints)).map_err(|error| match error.kind() {
            LookupErrorKind::NoName => ResolveError::NoSuchName,
            LookupErrorKind::NoData => ResolveError::NoAddress,
            LookupErrorKind::Again => ResolveError::Unavailable,
            _ => ResolveError::Failed(std::io::Error::from(error).to_string()),
        })?;
    let with_port = |mut address: SocketAddr| {
        address.set_port(port);
        address
    };
    Ok(found.filter_map(Result::ok).map(|info| with_port(info.sockaddr)).collect())
}

/// glibc asks each of up to three servers for 5 s, twice; the first round is enough to know that it does not
/// answer now.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_knows_itself_and_not_what_does_not_exist() {
        let found = SystemResolver.resolve("localhost", 81).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 81));
        assert!(!found.is_empty());
        // RFC 6761: "invalid" never exists. Without any name server the answer is that nobody answers.
        let error = SystemResolver.resolve("no-such-name.invalid", 81).await.unwrap_err();
        assert!(matches!(error, ResolveError::NoSuchName | ResolveError::Unavailable), "{error:?}");
    }
}
