//! A SOCKS 5 proxy (RFC 1928, RFC 1929).

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// A proxy that brings everybody to one server, whatever name they asked for.
#[derive(Debug)]
pub struct SocksProxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<SocksRequest>>>,
    _accepting: AbortOnDropHandle<()>,
}

/// What a client of the proxy asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocksRequest {
    /// The name or address as it was given.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user, where one logged in.
    pub user: Option<String>,
}

#[derive(Clone)]
struct Settings {
    to: SocketAddr,
    login: Option<(String, String)>,
    seen: Arc<Mutex<Vec<SocksRequest>>>,
    reply: u8,
}

impl SocksProxy {
    /// A proxy to `to` for everybody.
    pub async fn start(to: SocketAddr) -> Self {
        Self::run(to, None, 0).await
    }

    /// A proxy that wants this user and password.
    pub async fn with_login(to: SocketAddr, user: &str, password: &str) -> Self {
        Self::run(to, Some((user.to_owned(), password.to_owned())), 0).await
    }

    /// A proxy that refuses every connection with this reply code.
    pub async fn refusing(reply: u8) -> Self {
        Self::run(SocketAddr::from(([127, 0, 0, 1], 9)), None, reply).await
    }

    async fn run(to: SocketAddr, login: Option<(String, String)>, reply: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let seen = Arc::<Mutex<Vec<SocksRequest>>>::default();
        let settings = Settings { to, login, seen: seen.clone(), reply };
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(serve(stream, settings.clone()));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Self { address, seen, _accepting: AbortOnDropHandle::new(accepting) }
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Everything asked for so far.
    pub fn requests(&self) -> Vec<SocksRequest> {
        self.seen.lock().expect("no test panics with the lock").clone()
    }
}

async fn serve(mut client: TcpStream, settings: Settings) -> io::Result<()> {
    let count = read::<2>(&mut client).await?[1];
    let methods = read_vec(&mut client, count).await?;
    let mut user = None;
    match &settings.login {
        None => client.write_all(&[5, 0]).await?,
        Some(_) if !methods.contains(&2) => return client.write_all(&[5, 0xff]).await,
        Some((known_user, known_password)) => {
            client.write_all(&[5, 2]).await?;
            let len = read::<2>(&mut client).await?[1];
            let given_user = read_text(&mut client, len).await?;
            let len = read::<1>(&mut client).await?[0];
            let given_password = read_text(&mut client, len).await?;
            let right = (&given_user, &given_password) == (known_user, known_password);
            client.write_all(&[1, u8::from(!right)]).await?;
            if !right {
                return Ok(());
            }
            user = Some(given_user);
        }
    }
    let [_, _, _, kind] = read::<4>(&mut client).await?;
    let host = match kind {
        1 => std::net::Ipv4Addr::from(read::<4>(&mut client).await?).to_string(),
        4 => std::net::Ipv6Addr::from(read::<16>(&mut client).await?).to_string(),
        _ => {
            let len = read::<1>(&mut client).await?[0];
            read_text(&mut client, len).await?
        }
    };
    let port = u16::from_be_bytes(read(&mut client).await?);
    settings.seen.lock().expect("no test panics with the lock").push(SocksRequest { host, port, user });
    client.write_all(&[5, settings.reply, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    if settings.reply != 0 {
        return Ok(());
    }
    let mut server = TcpStream::connect(settings.to).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn read<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_vec(stream: &mut TcpStream, len: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(len)];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_text(stream: &mut TcpStream, len: u8) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&read_vec(stream, len).await?).into_owned())
}
