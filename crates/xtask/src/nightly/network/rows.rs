//! The rows themselves.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::job::{Job, is_same, told};
use super::{NAMES, Row, SMALL, Stage, WHOLE, small};
use crate::rig::link::{BACKGROUND_PORT, CLIENT, Chart, DEVICE, FOREGROUND_PORT, Shape, run};
use crate::rig::site::{Curl, curl, url};
use crate::rig::weather::Weather;
use crate::rig::{say, wait_until};

macro_rules! rows {
    ($($play:ident on $shape:expr,)*) => {
        &[$(Row { name: stringify!($play), shape: $shape, play: $play }),*]
    };
}

/// All of them. Who is not in here is dead code, which the compiler does not pass.
pub(super) const ROWS: &[Row] = rows! {
    b04_a_pulled_cable_is_noticed_within_half_a_minute_and_gone_on_with on CABLE,
    b05_over_a_bad_link_it_is_nearly_as_fast_as_curl on BAD_LINK,
    b11_where_the_address_changes_in_mid_transfer_it_goes_on_from_the_other on CABLE,
    b21_where_large_packets_vanish_another_source_serves on CABLE,
    b22_without_a_local_port_it_rests_and_with_two_it_makes_do on CABLE,
    b27_on_a_full_link_it_gives_way_and_reports_no_error on CABLE,
};

const CABLE: Shape =
    Shape { bits_per_second: 20e6, delay: Duration::from_millis(20), buffer: Duration::from_millis(200) };
const BAD_LINK: Shape = Shape { delay: Duration::from_millis(300), ..CABLE };

/// "Cable pulled: no FIN, no RST. Low-speed rule within 30 s; keep-alive probes on" (faults B04).
fn b04_a_pulled_cable_is_noticed_within_half_a_minute_and_gone_on_with(stage: &Stage) -> anyhow::Result<()> {
    let to = stage.desk()?.join("f");
    let job = Job::begin(stage, words(&to, &url(BACKGROUND_PORT, WHOLE), &[]))?;
    job.until_bytes(2 << 20)?;
    let sockets = told(stage.link.client.command("ss").args(["-Htno"]))?;
    let ours = sockets.lines().filter(|line| line.contains(&format!(":{BACKGROUND_PORT}")));
    ensure!(ours.clone().count() > 0, "no connection in {sockets:?}");
    ensure!(ours.clone().all(|line| line.contains("timer:(keepalive")), "no probes: {sockets}");

    stage.link.set_weather(Weather { swallows: true, ..Weather::default() });
    let pulled = Instant::now();
    // After the low speed was noticed, a connection is tried at once for as long as an attempt may take.
    let resting = job.rests(LOW_SPEED + CONNECT + SLACK, &["timeout", "connect"])?;
    say(format_args!("noticed after {:.1?} as {}", pulled.elapsed(), resting["error"]["code"]));
    ensure!(!to.exists(), "a part has the name of the whole");
    let met = stage.link.met();
    ensure!(met.lost > 0, "nobody sent anything: {met:?}");
    stage.link.set_weather(Weather::default());
    job.arrives(RETRY + ARRIVAL)?;
    is_same(&to, &stage.served(WHOLE))?;
    went_on(stage)
}

/// "Loss 5 %, delay 300 ms, reordering, duplicates: finishes; rate at least 70 % of curl's on the same path" (faults
/// B05). Several of each run at once: none of them fills the link, and luck evens out.
fn b05_over_a_bad_link_it_is_nearly_as_fast_as_curl(stage: &Stage) -> anyhow::Result<()> {
    stage.link.set_weather(Weather { lost: 5, twice: 2, overtaken: 5, ..Weather::default() });
    let began = Instant::now();
    let desk = stage.desk()?;
    let place = |index: usize| desk.join(format!("job-{index}"));
    let source = url(BACKGROUND_PORT, SMALL);
    let mut rivals = (0..EACH)
        .map(|index| {
            let mut curl = curl(&stage.link, &url(FOREGROUND_PORT, SMALL));
            curl.arg("--output").arg(desk.join(format!("curl-{index}"))).stdout(Stdio::null());
            curl.spawn().context("cannot start curl")
        })
        .collect::<Result<Vec<_>, _>>()?;
    let jobs = (0..EACH)
        .map(|index| Job::begin(stage, words(&place(index), &source, &[])))
        .collect::<Result<Vec<_>, _>>()?;

    let (mut ours, mut theirs) = (vec![None; EACH], vec![None; EACH]);
    while ours.iter().chain(&theirs).any(Option::is_none) {
        ensure!(
            began.elapsed() < BAD_LINK_LIMIT,
            "after {BAD_LINK_LIMIT:?}: jobs {ours:?}, curls {theirs:?}"
        );
        for (job, done) in jobs.iter().zip(&mut ours).filter(|(_, done)| done.is_none()) {
            let shown = job.shown()?;
            ensure!(shown["state"] != "error", "{shown:#}");
            *done = (shown["state"] == "acknowledged").then(|| began.elapsed());
        }
        for (curl, done) in rivals.iter_mut().zip(&mut theirs).filter(|(_, done)| done.is_none()) {
            *done = curl.try_wait()?.map(|_| began.elapsed());
        }
        thread::sleep(Duration::from_millis(50));
    }
    for index in 0..EACH {
        is_same(&place(index), &stage.served(SMALL))?;
        is_same(&desk.join(format!("curl-{index}")), &stage.served(SMALL))?;
    }
    let met = stage.link.met();
    ensure!(met.lost > 0 && met.twice > 0 && met.overtaken > 0, "the weather was good: {met:?}");
    let sum = |times: Vec<Option<Duration>>| times.into_iter().flatten().sum::<Duration>().as_secs_f64();
    let (ours, theirs) = (sum(ours), sum(theirs));
    say(format_args!("{:.0} % of curl's rate, {met:?}", 100.0 * theirs / ours));
    ensure!(theirs >= 0.7 * ours, "{ours:.1} s where curl took {theirs:.1} s");
    Ok(())
}

/// "Address, route or VPN changes in mid-transfer: sockets rebuilt" (faults B11). The old address is gone, so nobody
/// tells the connections that hang on it.
fn b11_where_the_address_changes_in_mid_transfer_it_goes_on_from_the_other(
    stage: &Stage,
) -> anyhow::Result<()> {
    let to = stage.desk()?.join("f");
    let job = Job::begin(stage, words(&to, &url(BACKGROUND_PORT, WHOLE), &[]))?;
    job.until_bytes(2 << 20)?;
    let address = |verb, of: &str| {
        run(stage.link.client.command("ip").args(["address", verb, &format!("{of}/24"), "dev", DEVICE]))
    };
    address("delete", CLIENT)?;
    address("add", OTHER_CLIENT)?;
    let changed = Instant::now();
    job.arrives(LOW_SPEED + RETRY + ARRIVAL)?;
    say(format_args!("arrived {:.1?} after the change", changed.elapsed()));
    is_same(&to, &stage.served(WHOLE))?;
    let served = stage.site.served()?;
    ensure!(served.iter().any(|request| request.by == OTHER_CLIENT), "{served:?}");
    went_on(stage)
}

/// "Path-MTU hole (large packets dropped, ICMP too): stall found, other source; counters show it" (faults B21).
fn b21_where_large_packets_vanish_another_source_serves(stage: &Stage) -> anyhow::Result<()> {
    stage.link.set_weather(Weather { hole: Some((FOREGROUND_PORT, 1_000)), ..Weather::default() });
    let to = stage.desk()?.join("f");
    let mirror = url(BACKGROUND_PORT, WHOLE);
    let digest = format!("sha-256={}", stage.digest);
    let more = ["--mirror", &mirror, "--checksum", &digest];
    let job = Job::begin(stage, words(&to, &url(FOREGROUND_PORT, WHOLE), &more))?;
    let done = job.arrives(LOW_SPEED + CONNECT + ARRIVAL)?;
    is_same(&to, &stage.served(WHOLE))?;
    let met = stage.link.met();
    ensure!(met.lost > 0, "no large packet came from the origin: {met:?}");
    let from = &done["bytes_from"];
    ensure!(from["mirrors"] == size(stage)? && from["origin"] == 0, "{from}");
    Ok(())
}

/// "No local ports left: transient, transport; fewer connections" (faults B22).
fn b22_without_a_local_port_it_rests_and_with_two_it_makes_do(stage: &Stage) -> anyhow::Result<()> {
    let desk = stage.desk()?;
    let ports = |range: &str| {
        let set = format!("echo {range} > /proc/sys/net/ipv4/ip_local_port_range");
        run(stage.link.client.command("sh").args(["-c", &set]))
    };
    ports("40000 40000")?;
    let source = url(BACKGROUND_PORT, WHOLE);
    let mut holder = curl(&stage.link, &source);
    holder.args(["--output", "/dev/null", "--limit-rate", "10k"]);
    let mut holder = Curl::spawn(holder)?;
    let held = || {
        let sockets = told(stage.link.client.command("ss").args(["-Htn", "state", "established"]));
        sockets.is_ok_and(|sockets| sockets.contains(":40000"))
    };
    ensure!(wait_until(SLACK, held), "curl does not hold the only port");

    let to = desk.join("f");
    let job = Job::begin(stage, words(&to, &source, &[]))?;
    job.rests(CONNECT + SLACK, &["connect"])?;
    ports("40000 40002")?;
    job.arrives(RETRY + ARRIVAL)?;
    is_same(&to, &stage.served(WHOLE))?;

    let many = desk.join("many");
    fs::create_dir_all(&many)?;
    let sources: Vec<_> = (0..NAMES).map(|index| url(BACKGROUND_PORT, &small(index))).collect();
    let words = ["--priority", "foreground", "--dir", many.to_str().context("a path of ours is text")?];
    let job = Job::begin(stage, words.into_iter().chain(sources.iter().map(String::as_str)))?;
    job.arrives(RETRY + ARRIVAL)?;
    for index in 0..NAMES {
        is_same(&many.join(small(index)), &stage.served(SMALL))?;
    }
    holder.stop()
}

/// "Link saturated by another program: background job yields; not reported as an error" (faults B27, K04).
fn b27_on_a_full_link_it_gives_way_and_reports_no_error(stage: &Stage) -> anyhow::Result<()> {
    let to = stage.desk()?.join("f");
    let to_word = to.to_str().context("a path of ours is text")?;
    let source = url(BACKGROUND_PORT, WHOLE);
    let job = Job::begin(stage, ["--priority", "normal", "-o", to_word, &source])?;
    job.until_bytes(1 << 20)?;
    let chart = Chart::start(&stage.link.meter);
    let mut other = Curl::start(&stage.link, &url(FOREGROUND_PORT, WHOLE))?;
    thread::sleep(SETTLE + TOGETHER);
    let shown = job.shown()?;
    let [foreground, background] = chart.rates(SETTLE, SETTLE + TOGETHER);
    // The bar of the design is measured by `cargo xtask bench yield` over many rounds.
    let share = foreground / (foreground + background);
    say(format_args!("the other program has {:.0} % of the link", 100.0 * share));
    other.stop()?;
    ensure!(share >= 0.85, "{foreground:.1} Mbit/s beside {background:.1}");
    ensure!(shown["state"] == "transferring" && shown["error"].is_null(), "{shown:#}");
    let done = job.arrives(ARRIVAL * 2)?;
    ensure!(done["error_count"] == 0, "{done:#}");
    is_same(&to, &stage.served(WHOLE))
}

/// What begins a foreground job of one file: it gives way to nobody, so nothing else explains a pause.
fn words<'a>(to: &'a Path, source: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let to = to.to_str().unwrap_or_default();
    [&["--priority", "foreground", "-o", to, source], more].concat()
}

fn size(stage: &Stage) -> anyhow::Result<u64> {
    Ok(fs::metadata(stage.served(WHOLE))?.len())
}

/// What was here is not fetched again: nobody asked for the first byte a second time.
fn went_on(stage: &Stage) -> anyhow::Result<()> {
    let served = stage.site.served()?;
    let begun = served.iter().filter(|request| request.from == 0).count();
    ensure!(begun <= 1 && served.iter().any(|request| request.from > 1 << 20), "{served:?}");
    Ok(())
}

/// Below 1 KiB/s for so long is a stall (faults, "Bounds").
const LOW_SPEED: Duration = Duration::from_secs(30);
/// What an attempt to connect may take (faults, "Bounds").
const CONNECT: Duration = Duration::from_secs(10);
/// What a pause between attempts is at most after a few of them.
const RETRY: Duration = Duration::from_secs(30);
/// What the large file takes over the link, and some more for a busy machine.
const ARRIVAL: Duration = Duration::from_secs(30);
const SLACK: Duration = Duration::from_secs(10);
/// Where the client is from some moment on.
const OTHER_CLIENT: &str = "10.203.77.3";
/// How many jobs and how many curls share the bad link.
const EACH: usize = 4;
/// By Mathis' formula a connection has some 25 kB/s there, so the small file takes less than a minute.
const BAD_LINK_LIMIT: Duration = Duration::from_secs(180);
/// Slow start is over, and whoever yields has yielded.
const SETTLE: Duration = Duration::from_secs(2);
const TOGETHER: Duration = Duration::from_secs(4);
