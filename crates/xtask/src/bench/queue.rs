//! Time to add a job, durably, while many are queued.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row, quantile};
use super::rival::Rival;
use super::single::versions;
use super::{Args, say};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{MIB, Size};

/// Jobs added for each round's figures.
const ADDED: u32 = 1_000;
/// So slow that the jobs which run never end, and the others stay queued.
const BYTES_PER_SECOND: u64 = 1 << 10;

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let binary = args.binary(root)?;
    let memory = Scratch::in_memory(64 * MIB)?;
    let disk = Scratch::on_disk()?;
    let origin = Origin::start(&memory.folder("origin")?, Size(8 * MIB), 1, BYTES_PER_SECOND)?;
    let service = Service::start(&binary, disk.path())?;
    let mut number = 0;
    let mut add = |api: &mut Api| {
        number += 1;
        let to = memory.path().join(format!("fetched-{number}"));
        let body = json!({
            "display_name": format!("bench {number}"),
            "priority": "low",
            "resume": true,
            "files": [{ "remote_name": origin.slow_url(), "local_name": to }],
        });
        api.post("/v1/jobs", &body)
    };

    say(format_args!("queueing {} jobs", args.queued));
    let filling = Instant::now();
    let mut api = Api::connect(&service.socket())?;
    for added in 1..=args.queued {
        add(&mut api)?;
        if added % ADDED == 0 {
            say(format_args!("{added} after {:.1} s", filling.elapsed().as_secs_f64()));
        }
    }
    let filling = filling.elapsed();
    let mut rounds = Quantiles::default();
    let mut syncs = Quantiles::default();
    let mut cpu = Vec::new();
    for round in 1..=args.rounds {
        say(format_args!("round {round} of {}: adding {ADDED}", args.rounds));
        // The service closes a connection that was idle while pages were synced.
        let mut api = Api::connect(&service.socket())?;
        let before = service.process().cpu()?;
        rounds.add(&timed(ADDED, || add(&mut api))?);
        let spent = service.process().cpu()?.saturating_sub(before);
        cpu.push(spent.as_secs_f64() * 1_000.0 / f64::from(ADDED));
        syncs.add(&timed(ADDED, || sync_a_page(disk.path()))?);
    }
    let queued = f64::from(args.queued);
    Ok(Report {
        title: format!("Adding a job of one file beside {} queued ones", args.queued),
        machine: Machine::this(),
        versions: versions(&[Rival::Bgcopy], Some(&binary)),
        rows: vec![rounds.row("POST /v1/jobs"), syncs.row("write and sync of one page")],
        notes: vec![format!(
            "The queue was filled in {:.1} s, {:.2} ms a job. Each round adds {ADDED} more, for {:.2} ms of \
             the service's CPU each; the page is what the same disk takes for the least that can be durable.",
            filling.as_secs_f64(),
            filling.as_secs_f64() * 1_000.0 / queued.max(1.0),
            quantile(&cpu, 0.5),
        )],
    })
}

/// Milliseconds of each call.
fn timed(count: u32, mut call: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<f64>> {
    let one = |_| {
        let started = Instant::now();
        call()?;
        Ok(started.elapsed().as_secs_f64() * 1_000.0)
    };
    (0..count).map(one).collect()
}

/// Median, 99th percentile and worst of each round.
#[derive(Default)]
struct Quantiles {
    p50: Vec<f64>,
    p99: Vec<f64>,
    max: Vec<f64>,
}

impl Quantiles {
    fn add(&mut self, samples: &[f64]) {
        self.p50.push(quantile(samples, 0.5));
        self.p99.push(quantile(samples, 0.99));
        self.max.push(quantile(samples, 1.0));
    }

    fn row(&self, name: &str) -> Row {
        let figures = vec![
            Figure::new("p50 ms", &self.p50),
            Figure::new("p99 ms", &self.p99),
            Figure::new("max ms", &self.max),
        ];
        Row { name: name.to_owned(), figures }
    }
}

fn sync_a_page(folder: &Path) -> anyhow::Result<()> {
    let mut file = File::options().create(true).append(true).open(folder.join("page"))?;
    file.write_all(&[0; 4096])?;
    Ok(file.sync_data()?)
}

/// The least that speaks HTTP over a Unix socket, so that no client's cost is measured.
struct Api {
    stream: BufReader<UnixStream>,
}

impl Api {
    fn connect(socket: &Path) -> anyhow::Result<Self> {
        let stream =
            UnixStream::connect(socket).with_context(|| format!("nobody listens on {}", socket.display()))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a body and reads the answer, which must be a success.
    fn post(&mut self, path: &str, body: &serde_json::Value) -> anyhow::Result<()> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().with_context(|| format!("{line:?} is no length"))?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        if !status.starts_with("HTTP/1.1 2") {
            bail!("POST {path}: {status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(())
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if line.is_empty() {
            bail!("the service closed the connection");
        }
        Ok(line.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(answer: &'static str) -> anyhow::Result<()> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(answer.as_bytes()).unwrap();
        let mut api = Api { stream: BufReader::new(ours) };
        let answered = api.post("/v1/jobs", &json!({"a": 1}));
        drop(api);
        let mut request = String::new();
        theirs.read_to_string(&mut request).unwrap();
        assert!(request.ends_with("Content-Length: 7\r\n\r\n{\"a\":1}"), "{request}");
        answered
    }

    #[test]
    fn a_success_is_read_to_its_end() {
        served("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    }

    #[test]
    fn a_refusal_is_an_error_with_its_text() {
        let refused = served("HTTP/1.1 409 Conflict\r\ncontent-length: 4\r\n\r\nbusy");
        assert!(refused.unwrap_err().to_string().ends_with("HTTP/1.1 409 Conflict: busy"));
    }

    #[test]
    fn quantiles_of_a_round() {
        let mut quantiles = Quantiles::default();
        let samples: Vec<_> = (0..=100).map(f64::from).collect();
        quantiles.add(&samples);
        assert_eq!((quantiles.p50[0], quantiles.p99[0], quantiles.max[0]), (50.0, 99.0, 100.0));
    }
}
