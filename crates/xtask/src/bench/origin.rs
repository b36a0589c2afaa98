//! The server that everybody fetches from: an nginx of our own, one process, on free ports.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustix::process::Signal;

use super::{Scheme, process, wait_until};
use crate::rig::content::write_random;
use crate::rig::size::{MIB, Size};

/// A running nginx with one file to give.
#[derive(Debug)]
pub(super) struct Origin {
    nginx: Child,
    folder: PathBuf,
    ports: Ports,
    /// Lower-case hex of the file's SHA-256.
    pub(super) digest: String,
    /// Bytes of the file.
    pub(super) size: Size,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    http: u16,
    https: u16,
    http2: u16,
    slow: u16,
}

impl Origin {
    /// Serves `size` random bytes out of `folder`, under as many names as `names`. The slow port gives at
    /// most `slow_bytes_per_second` to a connection, and keeps account of what it gave.
    pub(super) fn start(
        folder: &Path,
        size: Size,
        names: u32,
        slow_bytes_per_second: u64,
    ) -> anyhow::Result<Self> {
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        let digest = write_random(&data.join(file_name(0)), size)?;
        for index in 1..names {
            fs::hard_link(data.join(file_name(0)), data.join(file_name(index)))?;
        }
        Self::serve(folder, size, digest, slow_bytes_per_second)
    }

    /// Serves as many files of `size` random bytes as `files`, each another one.
    pub(super) fn start_many(folder: &Path, size: Size, files: u32) -> anyhow::Result<Self> {
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        let mut digest = String::new();
        for index in 0..files {
            digest = write_random(&data.join(file_name(index)), size)?;
        }
        Self::serve(folder, size, digest, MIB)
    }

    fn serve(folder: &Path, size: Size, digest: String, slow_bytes_per_second: u64) -> anyhow::Result<Self> {
        write_certificates(folder)?;
        let ports = free_ports()?;
        fs::write(folder.join("nginx.conf"), configuration(folder, ports, slow_bytes_per_second))?;
        let nginx = start_nginx(folder)?;
        let mut origin = Self { nginx, folder: folder.to_owned(), ports, digest, size };
        origin.wait_until_serving()?;
        Ok(origin)
    }

    /// What a file holds, under one of its names.
    pub(super) fn content(&self, index: u32) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(self.folder.join("data").join(file_name(index)))?)
    }

    /// Where the file is to be had over HTTP/2.
    pub(super) fn http2_url(&self, index: u32) -> String {
        format!("https://127.0.0.1:{}/{}", self.ports.http2, file_name(index))
    }

    /// Where the file is, under one of its names.
    pub(super) fn url(&self, scheme: Scheme, index: u32) -> String {
        match scheme {
            Scheme::Http => format!("http://127.0.0.1:{}/{}", self.ports.http, file_name(index)),
            Scheme::Https => format!("https://127.0.0.1:{}/{}", self.ports.https, file_name(index)),
        }
    }

    /// Where the file is to be had slowly.
    pub(super) fn slow_url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.ports.slow, file_name(0))
    }

    /// The authority that vouches for the server, as a PEM file.
    pub(super) fn authority(&self, scheme: Scheme) -> Option<PathBuf> {
        (scheme == Scheme::Https).then(|| self.folder.join("authority.pem"))
    }

    /// Lets the last requests end, and gives back how many body bytes the slow port sent.
    pub(super) fn stop_and_count(mut self) -> anyhow::Result<u64> {
        process::stop(&mut self.nginx, Signal::QUIT)?;
        let log = fs::read_to_string(self.folder.join("slow.log")).context("cannot read nginx's log")?;
        Ok(log.lines().filter_map(|line| line.parse::<u64>().ok()).sum())
    }

    fn wait_until_serving(&mut self) -> anyhow::Result<()> {
        let port = self.ports.http;
        let serving = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        if wait_until(START_LIMIT, serving) && self.nginx.try_wait()?.is_none() {
            return Ok(());
        }
        let log = fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
        bail!("nginx does not serve: {log}")
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.nginx, Signal::TERM);
    }
}

/// nginx is there within milliseconds, unless the machine is very busy.
const START_LIMIT: Duration = Duration::from_secs(10);

/// The name of a file, here and in the URL.
pub(super) fn file_name(index: u32) -> String {
    format!("file-{index}.bin")
}

/// Free at this moment; nothing else on the machine is likely to take them within the next.
fn free_ports() -> anyhow::Result<Ports> {
    let listeners = [(); 4].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let [http, https, http2, slow] =
        listeners.map(|listener| -> anyhow::Result<u16> { Ok(listener?.local_addr()?.port()) });
    Ok(Ports { http: http?, https: https?, http2: http2?, slow: slow? })
}

fn write_certificates(folder: &Path) -> anyhow::Result<()> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "bgcopy bench authority");
    let key = KeyPair::generate()?;
    fs::write(folder.join("authority.pem"), params.self_signed(&key)?.pem())?;
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate()?;
    let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let certificate = params.signed_by(&key, &issuer)?;
    fs::write(folder.join("server.pem"), certificate.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem())?;
    Ok(())
}

/// One process serves, as one processor has to be left to the client. The slow port keeps its send buffer
/// small: what lies there was sent by nginx's account and not received by anybody.
fn configuration(folder: &Path, ports: Ports, slow_bytes_per_second: u64) -> String {
    let folder = folder.display();
    let Ports { http, https, http2, slow } = ports;
    format!(
        r#"daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    log_format bytes '$body_bytes_sent';
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    root {folder}/data;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{http}; }}
    server {{
        listen 127.0.0.1:{https} ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
    }}
    server {{
        listen 127.0.0.1:{http2} ssl http2;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
    }}
    server {{
        listen 127.0.0.1:{slow} sndbuf=64k;
        limit_rate {slow_bytes_per_second};
        access_log {folder}/slow.log bytes;
    }}
}}
"#
    )
}

fn start_nginx(folder: &Path) -> anyhow::Result<Child> {
    // Debian keeps it where ordinary users have no path to.
    let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
        Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    let program = program.context("nginx is missing: apt install nginx-light")?;
    Command::new(program)
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(folder.join("nginx.conf"))
        .arg("-e")
        .arg(folder.join("error.log"))
        .stdin(Stdio::null())
        .spawn()
        .context("cannot start nginx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_ports_are_found() {
        let Ports { http, https, http2, slow } = free_ports().unwrap();
        let ports = std::collections::BTreeSet::from([http, https, http2, slow]);
        assert_eq!(ports.len(), 4);
    }
}
