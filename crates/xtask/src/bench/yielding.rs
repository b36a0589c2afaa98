//! Whether background downloads make way: a foreground download over a narrow link, alone and beside others.
//!
//! Server and client are in network namespaces of their own, joined by a [`Link`]. curl is the foreground; beside it
//! run another curl, a background job of one file, and one of eight files at once. What is measured is what comes
//! out of the link.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::report::{Figure, Machine, Report, Row};
use super::rival::Rival;
use super::single::versions;
use super::{Args, say, wait_until};
use crate::rig::link::{BACKGROUND_PORT, Chart, FOREGROUND_PORT, Link, SAMPLE, Shape};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::site::{Curl, Site, url};

/// What the link is like, and who sends.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Megabits a second of the link
    #[arg(long, default_value_t = 50.0, help_heading = "Yielding")]
    rate: f64,
    /// Milliseconds of a round trip over the empty link
    #[arg(long, default_value_t = 20, help_heading = "Yielding")]
    delay: u64,
    /// Milliseconds that the last packet of a full buffer waits
    #[arg(long, default_value_t = 200, help_heading = "Yielding")]
    buffer: u64,
    /// How the servers send, where the kernel can
    #[arg(long, value_delimiter = ',', default_values = ["cubic", "bbr"], help_heading = "Yielding")]
    congestion: Vec<String>,
}

impl Options {
    fn shape(&self) -> Shape {
        Shape {
            bits_per_second: self.rate * 1e6,
            delay: Duration::from_millis(self.delay),
            buffer: Duration::from_millis(self.buffer),
        }
    }
}

/// Who is there besides the foreground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    Nobody,
    Curl,
    Job { files: u32 },
}

const COMPANIES: [Company; 4] =
    [Company::Nobody, Company::Curl, Company::Job { files: 1 }, Company::Job { files: FILES }];

impl Company {
    fn name(self) -> String {
        match self {
            Self::Nobody => "alone".to_owned(),
            Self::Curl => "beside curl".to_owned(),
            Self::Job { files: 1 } => "beside a background job".to_owned(),
            Self::Job { files } => format!("beside a job of {files} files"),
        }
    }
}

/// Megabits a second, and seconds.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    /// Of the foreground, beside its company.
    foreground: f64,
    /// Of the company, before the foreground came.
    company_alone: f64,
    /// Until the company has nine tenths of the link after the foreground left.
    full_after: f64,
}

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let binary = args.binary(root)?;
    let disk = Scratch::on_disk()?;
    let link = Link::new(args.yielding.shape())?;
    let site = Site::start(&link, &disk.folder("site")?, |data| fill(data, args.yielding.rate))?;
    let service = Service::start_by(link.client.command(&binary), &binary, &disk.folder("service")?)?;
    let scene =
        Scene { link: &link, service: &service, to: disk.folder("fetched")?, rate: args.yielding.rate };

    let mut rows = Vec::new();
    for congestion in &args.yielding.congestion {
        if let Err(error) = link.server.set_congestion_control(congestion) {
            say(format_args!("{error:#}; left out"));
            continue;
        }
        let mut outcomes: [Vec<Outcome>; COMPANIES.len()] = Default::default();
        for round in 1..=args.rounds {
            for (company, outcomes) in COMPANIES.into_iter().zip(&mut outcomes) {
                say(format_args!("{congestion}, round {round} of {}: {}", args.rounds, company.name()));
                let outcome = scene.play(company)?;
                say(format_args!("{outcome:.2?}"));
                outcomes.push(outcome);
            }
        }
        rows.extend(
            COMPANIES.iter().zip(&outcomes).map(|(&company, of)| row(congestion, company, of, &outcomes[0])),
        );
    }
    drop(site);
    Ok(Report {
        title: format!(
            "A foreground download over {} Mbit/s, {} ms, {} ms of buffer; {} rounds",
            args.yielding.rate, args.yielding.delay, args.yielding.buffer, args.rounds
        ),
        machine: Machine::this(),
        versions: versions(&[Rival::Curl, Rival::Bgcopy], Some(&binary)),
        rows,
        notes: vec![
            "Rates are in Mbit/s of IP packets that came out of the link; ratios are to the foreground alone in the \
             same round. \"Full again\" is until whoever is beside it has nine tenths of the link for half a second."
                .to_owned(),
        ],
    })
}

fn row(congestion: &str, company: Company, outcomes: &[Outcome], alone: &[Outcome]) -> Row {
    let of =
        |what: fn(&Outcome) -> f64, outcomes: &[Outcome]| -> Vec<f64> { outcomes.iter().map(what).collect() };
    let yardstick = of(|outcome| outcome.foreground, alone);
    let foreground = of(|outcome| outcome.foreground, outcomes);
    let figures = if company == Company::Nobody {
        vec![Figure::new(FOREGROUND, &foreground), Figure::none(COMPANY), Figure::none(FULL_AFTER)]
    } else {
        vec![
            Figure::beside(FOREGROUND, &foreground, &yardstick),
            Figure::beside(COMPANY, &of(|outcome| outcome.company_alone, outcomes), &yardstick),
            Figure::new(FULL_AFTER, &of(|outcome| outcome.full_after, outcomes)),
        ]
    };
    Row { name: format!("{congestion}: {}", company.name()), figures }
}

const FOREGROUND: &str = "foreground";
const COMPANY: &str = "the other, alone";
const FULL_AFTER: &str = "full again s";

/// What every play needs.
struct Scene<'a> {
    link: &'a Link,
    service: &'a Service,
    to: std::path::PathBuf,
    rate: f64,
}

impl Scene<'_> {
    /// The company first, then the foreground beside it, then the company alone again.
    fn play(&self, company: Company) -> anyhow::Result<Outcome> {
        self.wait_until_quiet();
        let chart = Chart::start(&self.link.meter);
        let beside = self.begin(company)?;
        let mut company_alone = 0.0;
        if company != Company::Nobody {
            thread::sleep(SETTLE + ALONE);
            company_alone = chart.rates(SETTLE, SETTLE + ALONE)[1];
        }
        let came = chart.elapsed();
        let mut foreground = Curl::start(self.link, &url(FOREGROUND_PORT, WHOLE))?;
        thread::sleep(SETTLE + TOGETHER);
        let [rate, _] = chart.rates(came + SETTLE, came + SETTLE + TOGETHER);
        foreground.stop()?;
        let left = chart.elapsed();
        let full_after = match company {
            Company::Nobody => 0.0,
            Company::Curl | Company::Job { .. } => self.until_full(&chart, left),
        };
        self.end(beside)?;
        Ok(Outcome { foreground: rate, company_alone, full_after })
    }

    fn until_full(&self, chart: &Chart, left: Duration) -> f64 {
        let window = Duration::from_millis(500);
        let mut from = left;
        while from < left + FULL_LIMIT {
            // One sample more, so that the last one is there.
            thread::sleep((from + window + SAMPLE * 2).saturating_sub(chart.elapsed()));
            if chart.rates(from, from + window)[1] >= 0.9 * self.rate {
                break;
            }
            from += SAMPLE;
        }
        (from - left).as_secs_f64()
    }

    fn begin(&self, company: Company) -> anyhow::Result<Beside> {
        Ok(match company {
            Company::Nobody => Beside::Nobody,
            Company::Curl => Beside::Curl(Curl::start(self.link, &url(BACKGROUND_PORT, WHOLE))?),
            Company::Job { files } => {
                let mut create = self.service.client("create");
                create.args(["--quiet", "--resume", "--priority", "normal", "--existing", "replace"]);
                create.arg("--dir").arg(&self.to);
                match files {
                    1 => create.arg(url(BACKGROUND_PORT, WHOLE)),
                    _ => create.args((0..files).map(|index| url(BACKGROUND_PORT, &part(index)))),
                };
                let output = create.output().context("cannot start bgcopy")?;
                let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                if !output.status.success() || id.is_empty() {
                    bail!("no job was made: {}", String::from_utf8_lossy(&output.stderr).trim());
                }
                Beside::Job(id)
            }
        })
    }

    fn end(&self, beside: Beside) -> anyhow::Result<()> {
        match beside {
            Beside::Nobody => {}
            Beside::Curl(mut curl) => curl.stop()?,
            Beside::Job(id) => {
                let status = self.service.client("cancel").args(["--quiet", &id]).status()?;
                if !status.success() {
                    bail!("the job cannot be cancelled");
                }
            }
        }
        Ok(())
    }

    /// The queue has to be empty again, and nobody may still send.
    fn wait_until_quiet(&self) {
        let mut before = [u64::MAX; 2];
        wait_until(QUIET_LIMIT, || {
            thread::sleep(Duration::from_millis(500));
            std::mem::replace(&mut before, self.link.meter.read()) == self.link.meter.read()
        });
    }
}

/// Company at work.
enum Beside {
    Nobody,
    Curl(Curl),
    Job(String),
}

/// Files full of holes: what is in them does not matter, and reading them costs nothing.
fn fill(data: &Path, rate: f64) -> anyhow::Result<()> {
    let whole = (rate * 1e6 / 8.0 * LASTS.as_secs_f64()) as u64;
    File::create(data.join(WHOLE))?.set_len(whole)?;
    for index in 0..FILES {
        File::create(data.join(part(index)))?.set_len(whole / u64::from(FILES))?;
    }
    Ok(())
}

fn part(index: u32) -> String {
    format!("part-{index}.bin")
}

/// The file that comes in one.
const WHOLE: &str = "whole.bin";
/// As many as one job fetches at once by default.
const FILES: u32 = 8;
/// Slow starts are over, and whoever yields has yielded.
const SETTLE: Duration = Duration::from_secs(3);
/// How long the company is measured alone: a slow-down to measure is in it now and then.
const ALONE: Duration = Duration::from_secs(8);
/// And how long beside the foreground: some sawteeth of a Cubic sender.
const TOGETHER: Duration = Duration::from_secs(15);
/// Nobody waits longer for a full link.
const FULL_LIMIT: Duration = Duration::from_secs(15);
const QUIET_LIMIT: Duration = Duration::from_secs(30);
/// How long the files last at the rate of the link: longer than a play.
const LASTS: Duration = Duration::from_secs(90);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_alone_has_no_company_to_be_measured() {
        let outcomes = [Outcome { foreground: 48.0, company_alone: 24.0, full_after: 1.5 }];
        let row = |company| row("cubic", company, &outcomes, &outcomes).figures;
        let shown = |company| row(company).iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
        assert_eq!(shown(Company::Nobody), "48.00 [48.00-48.00] | - | -");
        assert_eq!(
            shown(Company::Curl),
            "48.00 [48.00-48.00] x1.00 | 24.00 [24.00-24.00] x0.50 | 1.50 [1.50-1.50]"
        );
    }

    #[test]
    fn a_play_is_over_before_its_files_are() {
        assert!(LASTS > SETTLE + ALONE + SETTLE + TOGETHER + FULL_LIMIT);
    }
}
