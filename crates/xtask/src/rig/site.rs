//! Who is at the ends of a [`Link`]: an nginx at the far one, and curl at the near one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use super::link::{BACKGROUND_PORT, FOREGROUND_PORT, Link, SERVER};
use super::{process, wait_until};

/// An nginx at the far end: one port for the foreground and one for the rest, by which they are told apart.
#[derive(Debug)]
pub(crate) struct Site {
    nginx: Child,
    log: PathBuf,
}

/// A request that nginx is done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// The address that asked.
    pub(crate) by: String,
    /// The first byte that it asked for.
    pub(crate) from: u64,
}

impl Site {
    /// Serves out of `folder` what `fill` puts into the folder that it is given.
    pub(crate) fn start(
        link: &Link,
        folder: &Path,
        fill: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        fill(&data)?;
        fs::write(data.join(PROBE), "")?;
        fs::write(folder.join("nginx.conf"), configuration(folder))?;
        let mut nginx: Command = link.server.command("nginx");
        nginx.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
        nginx.arg("-e").arg(folder.join("error.log"));
        let nginx = nginx.stdin(Stdio::null()).spawn().context("cannot start nginx")?;
        let mut site = Self { nginx, log: folder.join("access.log") };
        let started = Instant::now();
        let serves = || {
            let mut curl = curl(link, &url(BACKGROUND_PORT, PROBE));
            curl.args(["--head", "--max-time", "2"]).stdout(Stdio::null());
            curl.status().is_ok_and(|status| status.success())
        };
        if !wait_until(START_LIMIT, serves) || site.nginx.try_wait()?.is_some() {
            let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            bail!("nginx does not serve across the link after {:?}: {log}", started.elapsed());
        }
        Ok(site)
    }

    /// The requests for files that it is done with.
    pub(crate) fn served(&self) -> anyhow::Result<Vec<Served>> {
        let log = fs::read_to_string(&self.log).context("cannot read nginx's log")?;
        Ok(log.lines().filter_map(served).collect())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.nginx, Signal::TERM);
    }
}

/// A line of the log, unless it is about the probe.
fn served(line: &str) -> Option<Served> {
    let mut words = line.split(' ');
    let (by, path, range) = (words.next()?, words.next()?, words.next()?);
    let from = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let from = from.map_or(Some(0), |(from, _)| from.parse().ok())?;
    let asked = path.strip_prefix('/') != Some(PROBE);
    asked.then_some(Served { by: by.to_owned(), from })
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n    log_format plain '$remote_addr $uri $http_range';\n    \
         access_log {folder}/access.log plain;\n    sendfile on;\n    root {folder}/data;\n    \
         client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;\n    \
         fastcgi_temp_path {folder}/fastcgi;\n    uwsgi_temp_path {folder}/uwsgi;\n    scgi_temp_path {folder}/scgi;\n    \
         server {{ listen {FOREGROUND_PORT}; listen {BACKGROUND_PORT}; }}\n}}\n"
    )
}

/// Where a file is to be had.
pub(crate) fn url(port: u16, file: &str) -> String {
    format!("http://{SERVER}:{port}/{file}")
}

/// curl, with no settings but what is added.
pub(crate) fn curl(link: &Link, url: &str) -> Command {
    let mut curl = link.client.command("curl");
    curl.args(["--disable", "--silent", "--fail", "--noproxy", "*", url]).stdin(Stdio::null());
    curl
}

/// curl, fetching for as long as it lives.
#[derive(Debug)]
pub(crate) struct Curl(Child);

impl Curl {
    pub(crate) fn start(link: &Link, url: &str) -> anyhow::Result<Self> {
        let mut curl = curl(link, url);
        curl.args(["--output", "/dev/null"]);
        Self::spawn(curl)
    }

    /// As it was told by [`curl`] and its caller.
    pub(crate) fn spawn(mut curl: Command) -> anyhow::Result<Self> {
        Ok(Self(curl.spawn().context("cannot start curl")?))
    }

    /// It must not have ended by itself: its rate would be that of nothing.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.0.try_wait()? {
            bail!("curl ended too early: {status}");
        }
        process::stop(&mut self.0, Signal::TERM)?;
        Ok(())
    }
}

impl Drop for Curl {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.0, Signal::TERM);
    }
}

/// What is asked for to see whether nginx serves.
const PROBE: &str = "probe";
const START_LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_served_is_read_from_the_log_without_the_probe() {
        let by = "10.0.0.2".to_owned();
        assert_eq!(served("10.0.0.2 /a bytes=17-"), Some(Served { by: by.clone(), from: 17 }));
        assert_eq!(served("10.0.0.2 /a bytes=17-20"), Some(Served { by: by.clone(), from: 17 }));
        assert_eq!(served("10.0.0.2 /a -"), Some(Served { by, from: 0 }));
        assert_eq!(served("10.0.0.2 /probe -"), None);
        assert_eq!(served("10.0.0.2 /a"), None);
    }
}
