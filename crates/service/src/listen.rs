//! The socket on which clients find the service (F14).
//!
//! Who holds the lock of the state folder may serve; only then is the socket looked at. A socket left
//! behind by a service that died is replaced. One that somebody answers on is never touched: it belongs to
//! a service with another state folder that was given the same socket. Under systemd the socket is made by
//! systemd and handed over; then nothing here makes or removes it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bgcopy_store::lock::StateLock;
use listenfd::ListenFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use sd_notify::NotifyState;
use tokio::net::UnixListener;

/// Connections that wait to be accepted: more than one user's clients start at once.
const BACKLOG: i32 = 128;

/// Bytes of a socket's path: `sun_path` of unix(7) without its NUL.
const PATH_BYTES_MAX: usize = 107;

/// Why the service cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another service answers there.
    #[error(
        "another service is serving on {}; stop it, or choose another place with --socket",
        path.display()
    )]
    Live {
        /// Where.
        path: PathBuf,
    },
    /// Something else stands there.
    #[error("{} is not a socket; move it away, or choose another place with --socket", path.display())]
    NotASocket {
        /// Where.
        path: PathBuf,
    },
    /// The system takes no socket path of this length.
    #[error(
        "the socket path {} has {} bytes; at most {PATH_BYTES_MAX} are possible, choose a shorter one with \
         --socket",
        path.display(), path.as_os_str().len()
    )]
    TooLong {
        /// Where.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot make the socket {}", path.display())]
    Make {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What systemd handed over is no listening Unix socket.
    #[error("the descriptor that systemd handed over is no Unix socket")]
    Activation {
        /// What the system says.
        source: io::Error,
    },
}

/// The socket that systemd handed over, where there is one. To be called once, before any thread is
/// started: it takes the variables of the protocol out of the environment.
///
/// # Errors
/// A descriptor that is no Unix socket.
pub fn activated() -> Result<Option<std::os::unix::net::UnixListener>, ListenError> {
    ListenFd::from_env().take_unix_listener(0).map_err(|source| ListenError::Activation { source })
}

/// A listening socket, and the file that is removed with it.
#[derive(Debug)]
pub struct Listening {
    /// Accepts clients.
    pub listener: UnixListener,
    /// Removes the socket when the service leaves; `None` when systemd owns it.
    pub file: Option<SocketFile>,
}

impl Listening {
    /// Serves on the socket of systemd. To be called inside the runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn adopt(listener: std::os::unix::net::UnixListener) -> Result<Self, ListenError> {
        let adopt = || {
            listener.set_nonblocking(true)?;
            UnixListener::from_std(listener)
        };
        let listener = adopt().map_err(|source| ListenError::Activation { source })?;
        Ok(Self { listener, file: None })
    }

    /// Makes the socket. To be called inside the runtime, by who holds the lock.
    ///
    /// # Errors
    /// A socket that is alive, something else in its place, or what the system says.
    pub fn bind(path: &Path, mode: u32, _proof: &StateLock) -> Result<Self, ListenError> {
        if path.as_os_str().len() > PATH_BYTES_MAX {
            return Err(ListenError::TooLong { path: path.to_owned() });
        }
        make_way(path)?;
        let failed = |source| ListenError::Make { path: path.to_owned(), source };
        let listener = listen(path, mode).map_err(failed)?;
        let file = SocketFile::at(path).map_err(failed)?;
        let listener = UnixListener::from_std(listener).map_err(failed)?;
        Ok(Self { listener, file: Some(file) })
    }
}

/// Removes a socket that nobody answers on.
fn make_way(path: &Path) -> Result<(), ListenError> {
    let failed = |source| ListenError::Make { path: path.to_owned(), source };
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => Err(ListenError::NotASocket { path: path.to_owned() }),
        Ok(_) => match knock(path) {
            Err(Errno::CONNREFUSED) => {
                tracing::info!(socket = %path.display(), "replacing the socket of a service that is gone");
                std::fs::remove_file(path).map_err(failed)
            }
            Err(Errno::NOENT) => Ok(()),
            // Also a service that is too busy to accept, or that we may not talk to, is alive.
            Ok(()) | Err(_) => Err(ListenError::Live { path: path.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Connects without waiting: a service that hangs with a full queue must not hang us.
fn knock(path: &Path) -> rustix::io::Result<()> {
    rustix::net::connect(&unbound()?, &SocketAddrUnix::new(path)?)
}

fn unbound() -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Between `bind` and `listen` every connection is refused, so nobody gets in before the permissions are
/// right.
fn listen(path: &Path, mode: u32) -> io::Result<std::os::unix::net::UnixListener> {
    let socket = unbound()?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

/// The file of a socket, removed when this is dropped, unless another one stands there by then.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity)
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(socket = %self.path.display(), %error, "the socket stays behind");
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    path.symlink_metadata().map(|found| (found.dev(), found.ino()))
}

/// Tells systemd that the service is serving; does nothing without systemd.
pub fn notify_ready() {
    notify(NotifyState::Ready);
}

/// Tells systemd that the service is leaving; does nothing without systemd.
pub fn notify_stopping() {
    notify(NotifyState::Stopping);
}

fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told how the service is");
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::{UnixListener as StdListener, UnixStream};
    use std::process::Command;

    use super::*;

    struct House {
        folder: tempfile::TempDir,
        lock: StateLock,
    }

    impl House {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let lock = StateLock::acquire(folder.path()).unwrap();
            Self { folder, lock }
        }

        fn socket(&self) -> PathBuf {
            self.folder.path().join("bgcopy.sock")
        }

        fn bind(&self) -> Result<Listening, ListenError> {
            Listening::bind(&self.socket(), 0o600, &self.lock)
        }
    }

    fn kind(result: &Result<Listening, ListenError>) -> &'static str {
        match result {
            Ok(_) => "listening",
            Err(ListenError::Live { .. }) => "live",
            Err(ListenError::NotASocket { .. }) => "not a socket",
            Err(ListenError::TooLong { .. }) => "too long",
            Err(ListenError::Make { .. }) => "make",
            Err(ListenError::Activation { .. }) => "activation",
        }
    }

    #[tokio::test]
    async fn clients_are_accepted_and_the_socket_goes_with_the_service() {
        let house = House::new();
        let listening = house.bind().unwrap();
        assert_eq!(house.socket().metadata().unwrap().mode() & 0o777, 0o600);
        let (accepted, client) =
            tokio::join!(listening.listener.accept(), tokio::net::UnixStream::connect(house.socket()));
        accepted.unwrap();
        client.unwrap();
        drop(listening);
        assert!(!house.socket().exists());
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced() {
        let house = House::new();
        drop(StdListener::bind(house.socket()).unwrap());
        assert!(house.socket().exists(), "the standard library leaves the file behind");
        let listening = house.bind().unwrap();
        UnixStream::connect(house.socket()).unwrap();
        drop(listening);
    }

    #[tokio::test]
    async fn a_live_socket_is_never_replaced() {
        let house = House::new();
        let live = StdListener::bind(house.socket()).unwrap();
        let before = identity(&house.socket()).unwrap();
        assert_eq!(kind(&house.bind()), "live");
        assert_eq!(identity(&house.socket()).unwrap(), before);
        UnixStream::connect(house.socket()).unwrap();
        drop(live);
    }

    #[tokio::test]
    async fn a_service_that_hangs_with_a_full_queue_is_alive() {
        let house = House::new();
        let hanging = unbound().unwrap();
        let address = SocketAddrUnix::new(house.socket()).unwrap();
        rustix::net::bind(&hanging, &address).unwrap();
        rustix::net::listen(&hanging, 1).unwrap();
        let clients: Vec<_> = (0..8).map(|_| unbound().unwrap()).collect();
        let last = clients.iter().find_map(|client| rustix::net::connect(client, &address).err());
        assert_eq!(last, Some(Errno::AGAIN), "the queue is full");
        assert_eq!(kind(&house.bind()), "live");
    }

    #[tokio::test]
    async fn what_is_no_socket_stays() {
        let house = House::new();
        std::fs::write(house.socket(), "precious").unwrap();
        assert_eq!(kind(&house.bind()), "not a socket");
        assert_eq!(std::fs::read_to_string(house.socket()).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_path_that_no_socket_can_have_is_refused_with_its_length() {
        let house = House::new();
        let path = house.folder.path().join("x".repeat(120));
        let refused = Listening::bind(&path, 0o600, &house.lock);
        assert_eq!(kind(&refused), "too long");
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(&format!("has {} bytes; at most 107", path.as_os_str().len())), "{message}");
    }

    #[tokio::test]
    async fn the_socket_of_a_successor_is_left_alone() {
        let house = House::new();
        let listening = house.bind().unwrap();
        // The successor's file is made while the old one still exists, so that it cannot get the same number.
        let successor = house.folder.path().join("successor.sock");
        let _live = StdListener::bind(&successor).unwrap();
        std::fs::rename(&successor, house.socket()).unwrap();
        drop(listening);
        assert!(house.socket().exists());
    }

    /// Set in the process that plays the activated service.
    const CHILD: &str = "BGCOPY_TEST_ACTIVATED";

    #[test]
    fn a_socket_handed_over_by_systemd_is_served_and_stays() {
        if std::env::var_os(CHILD).is_some() {
            return serve_one_client();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bgcopy.sock");
        let descriptor: OwnedFd = StdListener::bind(&path).unwrap().into();
        rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::empty()).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "listen::tests::a_socket_handed_over_by_systemd_is_served_and_stays"])
            .env(CHILD, "1")
            .env("LISTEN_FDS", "1")
            .env("LISTEN_FDS_FIRST_FD", descriptor.as_raw_fd().to_string())
            .env_remove("LISTEN_PID")
            .spawn()
            .unwrap();
        drop(descriptor);
        let mut word = String::new();
        io::Read::read_to_string(&mut UnixStream::connect(&path).unwrap(), &mut word).unwrap();
        assert_eq!(word, "served");
        assert!(child.wait().unwrap().success());
        assert!(path.exists());
    }

    fn serve_one_client() {
        let listener = activated().unwrap().expect("LISTEN_FDS is set");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _inside = runtime.enter();
        let listening = Listening::adopt(listener).unwrap();
        assert!(listening.file.is_none());
        let (client, _) = runtime.block_on(listening.listener.accept()).unwrap();
        let client = client.into_std().unwrap();
        client.set_nonblocking(false).unwrap();
        io::Write::write_all(&mut &client, b"served").unwrap();
    }

    #[test]
    fn without_systemd_nothing_is_handed_over() {
        assert!(activated().unwrap().is_none());
    }
}
