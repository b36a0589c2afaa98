//! CONNECT (RFC 9110, 9.3.6): a way through an HTTP proxy.

use http::header::{HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Io, ProxyAccess};
use crate::auth;
use crate::failure::{Broken, Failure};
use crate::retry_after;

/// Asks the proxy for a way to `authority` ("host:port").
pub(crate) async fn open(
    io: &mut dyn Io,
    authority: &str,
    user_agent: &str,
    access: &ProxyAccess<'_>,
) -> Result<(), Failure> {
    let proxy = access.proxy.shown();
    let broken = |source| Failure::ProxyBroken { proxy: proxy.clone(), kind: Broken::of(&source), source };
    let mut request =
        format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {user_agent}\r\n");
    if let Some(value) = access.authorization("CONNECT", authority) {
        request.push_str("Proxy-Authorization: ");
        request.push_str(&value);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    io.write_all(request.as_bytes()).await.map_err(broken)?;
    io.flush().await.map_err(broken)?;

    let mut head = Vec::with_capacity(1024);
    loop {
        let refused =
            |reason: &str| Failure::ProxyRefused { proxy: proxy.clone(), reason: reason.to_owned() };
        if let Some((status, headers, length)) = parse(&head).map_err(refused)? {
            if !(200..300).contains(&status) {
                let now = std::time::SystemTime::now();
                return Err(Failure::ProxyStatus {
                    proxy: proxy.clone(),
                    status,
                    retry_after: headers
                        .get(http::header::RETRY_AFTER)
                        .and_then(|value| retry_after::parse(value.to_str().ok()?, now)),
                    wanted: auth::choose(&headers, &PROXY_AUTHENTICATE, access.credentials),
                });
            }
            // We speak first inside the tunnel: what follows the head already is not the server's.
            if length < head.len() {
                return Err(refused("it sent data before the connection was used"));
            }
            return Ok(());
        }
        if head.len() >= HEAD_BYTES {
            return Err(refused("its answer has no end"));
        }
        let read = io.read_buf(&mut head).await.map_err(broken)?;
        if read == 0 {
            return Err(broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

/// Status, headers and length of an answer, once it is whole.
pub(crate) fn parse(head: &[u8]) -> Result<Option<(u16, HeaderMap, usize)>, &'static str> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(head) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err("its answer is not HTTP"),
    };
    let mut headers = HeaderMap::new();
    for field in response.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(field.value)) {
            headers.append(name, value);
        }
    }
    Ok(response.code.map(|status| (status, headers, length)))
}

/// An answer to CONNECT is a few lines; login pages come behind the head.
const HEAD_BYTES: usize = 16 << 10;
/// See [`HEAD_BYTES`].
const FIELDS: usize = 64;
