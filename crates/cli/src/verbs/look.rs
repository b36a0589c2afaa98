//! `list`, `show`, `files`, `error`, `config`.

use bgcopy_api::core::{Language, RemoteName};
use bgcopy_api::{
    BytesFrom, Client, File, FileStage, Job, JobFilter, JobType, ReplyProgress, Setting, Trust, UploadReply,
};
use jiff::Timestamp;

use super::{certificates, find_or_remember};
use crate::args::job::{Job as OneJob, Jobs};
use crate::args::look::{Config, List};
use crate::console::Console;
use crate::explain::{explain, local};
use crate::failure::Failure;
use crate::progress::model::{View, title};
use crate::reason::reason;
use crate::remedies::short;
use crate::say::Say;
use crate::table::{Cut, Table};
use crate::units;

/// Ended jobs that `list --finished` shows: a screen or two, the newest first.
const FINISHED_SHOWN: u32 = 100;

/// `bgcopy list`.
pub(crate) async fn list(args: &List, client: &Client, console: &mut Console) -> Result<(), Failure> {
    let filter = JobFilter { all_users: args.all_users, state: args.state.clone(), ..JobFilter::default() };
    let jobs = if args.finished {
        client.history(&JobFilter { limit: Some(FINISHED_SHOWN), ..filter }).await?.jobs
    } else {
        client.all_jobs(&filter).await?
    };
    if console.json {
        return jobs.iter().try_for_each(|job| console.print_json(job));
    }
    // Whoever looks at the list of jobs has to know when it was rebuilt (faults F06: "never an empty list
    // without a word").
    for notice in client.service().await?.notices {
        console.tell(&format!("bgcopy: {notice}"))?;
    }
    if jobs.is_empty() {
        return console.say(if args.finished { Say::NoneEnded } else { Say::NoJobs });
    }
    let table = list_table(&jobs, args.all_users, console, Timestamp::now());
    console.print_text(&table)
}

/// On a narrower terminal a reason would be cut to nothing; `bgcopy error` tells it there.
const REASON_WIDTH: usize = 72;

/// The reasons take a column where there are any.
fn list_table(jobs: &[Job], with_owner: bool, console: &Console, now: Timestamp) -> String {
    let reasons: Vec<_> = jobs.iter().map(|job| reason(job, console.language, now)).collect();
    let has_room = console.out_width.is_none_or(|width| width >= REASON_WIDTH);
    let with_reason = has_room && reasons.iter().any(Option::is_some);
    // While files come, nothing can be said of most of them.
    let with_trust = jobs.iter().any(|job| job.trust > Trust::Unverified);
    let with_kind = jobs.iter().any(|job| job.kind != JobType::Download);
    let mut heads = vec!["ID", "OWNER", "KIND", "STATE", "DONE", "SIZE", "RATE", "TRUST", "NAME", "WHY"];
    heads.retain(|head| match *head {
        "OWNER" => with_owner,
        "KIND" => with_kind,
        "TRUST" => with_trust,
        "WHY" => with_reason,
        _ => true,
    });
    let cuts = if with_reason { &[Cut::Middle, Cut::End][..] } else { &[Cut::Middle] };
    let mut table = Table::new(&heads, cuts);
    for (job, reason) in jobs.iter().zip(reasons) {
        let view = View::of(job, &[], None);
        let percent = view.percent().filter(|_| view.total != Some(0)).map(|percent| format!("{percent}%"));
        let dash = || "-".to_owned();
        let bytes = || if view.is_unchecked() { dash() } else { units::size(view.bytes) };
        let mut row = vec![short(job.id)];
        row.extend(with_owner.then(|| console.printable(&job.owner)));
        row.extend(with_kind.then(|| job.kind.to_string()));
        row.extend([
            job.state.to_string(),
            percent.unwrap_or_else(bytes),
            view.total.map_or_else(dash, units::size),
            view.rate.map_or_else(dash, units::rate),
        ]);
        row.extend(with_trust.then(|| Say::Sure { trust: job.trust }.text(console.language)));
        row.push(console.printable(&job.display_name));
        row.extend(with_reason.then(|| reason.unwrap_or_default()));
        table.push(row);
    }
    table.render(console.out_width)
}

/// `bgcopy show`.
pub(crate) async fn show(args: &Jobs, client: &Client, console: &mut Console) -> Result<(), Failure> {
    for (number, name) in args.jobs.iter().enumerate() {
        let job = find_or_remember(client, name).await?;
        if console.json {
            console.print_json(&job)?;
            continue;
        }
        if number > 0 {
            console.print("")?;
        }
        let files = shown_files(&job, client).await?;
        let text = job_text(&job, &files, console);
        console.print_text(&text)?;
        for waits in certificates::waits_for(&job, client, console).await? {
            console.print(&waits)?;
        }
    }
    Ok(())
}

/// The file of a job that has only one: of several, `bgcopy files` tells.
async fn shown_files(job: &Job, client: &Client) -> Result<Vec<File>, Failure> {
    if job.progress.files_total != 1 {
        return Ok(Vec::new());
    }
    Ok(client.files(job.id).await?)
}

/// A job, a line per property; settings that were left as they are do not take a line. `files` holds its only file,
/// if it has only one.
fn job_text(job: &Job, files: &[File], console: &Console) -> String {
    let reader = console.reader();
    let view = View::of(job, &[], None);
    let amount =
        view.total.map_or_else(|| units::size(view.bytes), |total| units::size_of(view.bytes, total));
    let mut lines = vec![
        ("id", job.id.to_string()),
        ("name", job.display_name.clone()),
        ("description", job.description.clone()),
        ("owner", job.owner.clone()),
        ("kind", if view.is_upload { job.kind.to_string() } else { String::new() }),
        ("state", job.state.to_string()),
        ("priority", job.priority.to_string()),
        ("files", files_so_far(&view)),
        ("bytes", view.percent().map_or(amount.clone(), |percent| format!("{amount} ({percent}%)"))),
        ("rate", view.rate.map(units::rate).unwrap_or_default()),
        ("sources", job.sources.join(", ")),
        ("came", came(&job.bytes_from, console.language)),
        ("trust", trust_of(job, console.language)),
        ("created", local(job.times.creation, &reader)),
        ("changed", local(job.times.modification, &reader)),
        (
            if view.is_upload { "sent since" } else { "here since" },
            job.times.transfer_completion.map(|at| local(at, &reader)).unwrap_or_default(),
        ),
        ("errors", if job.error_count == 0 { String::new() } else { job.error_count.to_string() }),
        (
            "error",
            job.error
                .as_ref()
                .map(|error| format!("{} ({})", error.happened, error.code))
                .unwrap_or_default(),
        ),
    ];
    lines.extend(job.reply.iter().map(|reply| ("reply", reply_line(reply))));
    lines.extend(files.iter().flat_map(file_lines));
    lines.extend(settings_lines(job));
    lines.retain(|(_, value)| !value.is_empty());
    let text: Vec<String> = lines
        .into_iter()
        .map(|(label, value)| format!("{label:<20} {}", console.printable(&value)))
        .collect();
    text.join("\n")
}

fn files_so_far(view: &View) -> String {
    let (done, total) = (view.files_here, view.files_total);
    if view.is_upload { format!("{done} of {total} sent") } else { format!("{done} of {total} here") }
}

/// Where the answer to an upload goes, and how much of it is here.
fn reply_line(reply: &UploadReply) -> String {
    let ReplyProgress { bytes_total, bytes_transferred } = reply.progress;
    let path = reply.local_path().map(|path| path.display().to_string()).unwrap_or_default();
    let amount = match bytes_total {
        Some(0) => " (none)".to_owned(),
        Some(total) => format!(" ({})", units::size_of(bytes_transferred, total)),
        // It did not begin.
        None => String::new(),
    };
    format!("{path}{amount}")
}

/// What a file comes from and is proved by, beside its remote name.
fn file_lines(file: &File) -> Vec<(&'static str, String)> {
    let mirrors = file.mirrors.iter().map(|mirror| {
        let by = if mirror.offered { ", offered" } else { "" };
        ("mirror", format!("{} ({}{by})", without_query(&mirror.url), mirror.priority))
    });
    let pieces = file.pieces.as_ref().map(|pieces| {
        let count = pieces.size.div_ceil(pieces.piece_size.max(1));
        format!("{count} of {}", units::size(pieces.piece_size))
    });
    let manifest = file.manifest.as_ref();
    let proofs = [
        ("checksum", file.expected_digest.clone()),
        ("pieces", pieces),
        (
            "manifest",
            manifest.map(|manifest| format!("{} ({})", without_query(&manifest.url), manifest.kind)),
        ),
        ("mends", file.basis.clone()),
    ];
    let proofs = proofs.into_iter().filter_map(|(label, value)| Some((label, value?)));
    mirrors.chain(proofs).collect()
}

/// From which kinds of source bytes came; nothing where only the origin was asked, which is the usual.
fn came(from: &BytesFrom, language: Language) -> String {
    if from.mirrors == 0 && from.cache_hosts == 0 {
        return String::new();
    }
    let [origin, mirrors, cache_hosts] = [from.origin, from.mirrors, from.cache_hosts].map(units::size);
    let parts = [
        (from.origin, Say::FromOrigin { size: &origin }),
        (from.mirrors, Say::FromMirrors { size: &mirrors }),
        (from.cache_hosts, Say::FromCacheHosts { size: &cache_hosts }),
    ];
    let told = parts.iter().filter(|(bytes, _)| *bytes > 0).map(|(_, say)| say.text(language));
    told.collect::<Vec<_>>().join(", ")
}

/// How sure the bytes are, once they are here.
fn trust_of(job: &Job, language: Language) -> String {
    if job.kind != JobType::Download {
        return String::new();
    }
    let is_here = job.progress.files_total > 0 && job.progress.files_transferred == job.progress.files_total;
    let trust = Some(job.trust).filter(|trust| is_here || *trust > Trust::Unverified);
    trust.map(|trust| Say::SureBecause { trust }.text(language)).unwrap_or_default()
}

fn settings_lines(job: &Job) -> Vec<(&'static str, String)> {
    let settings = &job.settings;
    let span = |seconds: Option<u64>| {
        seconds.map(|s| units::span(std::time::Duration::from_secs(s))).unwrap_or_default()
    };
    let flag = |set: bool| if set { "yes".to_owned() } else { String::new() };
    let proxy = [Some(settings.proxy.usage.to_string()), settings.proxy.list.clone()];
    vec![
        ("limit-rate", settings.max_bytes_per_second.map(units::rate).unwrap_or_default()),
        ("no-progress-timeout", span(settings.no_progress_timeout_seconds)),
        ("max-download-time", span(settings.maximum_download_time_seconds)),
        ("min-retry-delay", span(settings.minimum_retry_delay_seconds)),
        ("max-download-size", settings.max_download_size.map(units::size).unwrap_or_default()),
        ("existing", settings.existing.to_string()),
        ("auto-complete", flag(settings.auto_complete)),
        ("proxy", proxy.into_iter().flatten().collect::<Vec<_>>().join(" ")),
        ("proxy-bypass", settings.proxy.bypass.clone().unwrap_or_default()),
        ("cost flags", format!("0x{:08X}", settings.cost_flags)),
        ("security flags", hex_if_set(settings.security_flags)),
        ("notify flags", settings.notify_flags.to_string()),
        ("http-method", settings.http_method.clone().unwrap_or_default()),
        ("dynamic-content", flag(settings.dynamic_content)),
        ("high-performance", flag(settings.high_performance)),
        ("on-demand", flag(settings.on_demand)),
        ("forbid-restart", flag(settings.forbid_restart)),
        ("require-size", flag(settings.require_size)),
        ("allow-unverified", flag(settings.allow_unverified)),
        ("authorities", flag(settings.extra_roots.is_some())),
        ("client certificate", flag(settings.client_certificate.is_some())),
        ("certificate-callback", flag(settings.server_certificate_callback)),
    ]
}

fn hex_if_set(flags: u32) -> String {
    if flags == 0 { String::new() } else { format!("0x{flags:X}") }
}

/// `bgcopy files`.
pub(crate) async fn files(args: &OneJob, client: &Client, console: &mut Console) -> Result<(), Failure> {
    let job = find_or_remember(client, &args.job).await?;
    let files = client.files(job.id).await?;
    if console.json {
        return files.iter().try_for_each(|file| console.print_json(file));
    }
    if files.is_empty() {
        return console.say(Say::NoFiles);
    }
    let table = files_table(&files, job.kind != JobType::Download, console);
    console.print_text(&table)
}

fn files_table(files: &[File], is_upload: bool, console: &Console) -> String {
    let language = console.language;
    let came: Vec<String> = files.iter().map(|file| came(&bytes_from(file), language)).collect();
    let with_came = came.iter().any(|came| !came.is_empty());
    let mut heads = vec!["FILE", "STAGE", "DONE", "SIZE", "TRUST", "CAME", "FROM", "TO"];
    // What is sent is its owner's: nobody has to prove it.
    heads.retain(|head| match *head {
        "CAME" => with_came,
        "TRUST" => !is_upload,
        _ => true,
    });
    let mut table = Table::new(&heads, &[Cut::Middle, Cut::Middle]);
    for (file, came) in files.iter().zip(came) {
        let progress = file.progress;
        let stage = match file.stage {
            FileStage::Wanted if is_upload => Say::StageToSend,
            FileStage::Transferred | FileStage::Published if is_upload => Say::StageSent,
            FileStage::Wanted => Say::StageWanted,
            FileStage::Transferred => Say::StageHere,
            FileStage::Published => Say::StageInPlace,
            FileStage::Discarded => Say::StageDropped,
        };
        let percent = progress.bytes_total.filter(|total| *total > 0).map(|total| {
            // Rounded down, so that 100 % means everything.
            format!("{}%", u128::from(progress.bytes_transferred) * 100 / u128::from(total))
        });
        // Of a file that is in place nothing is open any more.
        let is_open = file.pending_name && file.stage == FileStage::Wanted;
        let pending = if is_open { Say::Perhaps.text(language) } else { String::new() };
        let count = file.mirrors.len();
        let mirrors = if count > 0 { Say::Mirrors { count }.text(language) } else { String::new() };
        let mut row = vec![
            file.index.to_string(),
            stage.text(language),
            percent.unwrap_or_else(|| units::size(progress.bytes_transferred)),
            progress.bytes_total.map_or_else(|| "-".to_owned(), units::size),
        ];
        row.extend((!is_upload).then(|| Say::Sure { trust: file.trust }.text(language)));
        row.extend(with_came.then_some(came));
        let remote = console.printable(&format!("{}{mirrors}", without_query(&file.remote_name)));
        // Nobody has said yet where it goes.
        let local = if file.unplaced { "-" } else { &file.local_name };
        let local = console.printable(&format!("{local}{pending}"));
        row.extend(if is_upload { [local, remote] } else { [remote, local] });
        table.push(row);
    }
    table.render(console.out_width)
}

fn bytes_from(file: &File) -> BytesFrom {
    BytesFrom {
        origin: file.bytes_from_origin,
        mirrors: file.bytes_from_mirrors,
        cache_hosts: file.bytes_from_cache_hosts,
    }
}

/// A remote name without its query, which may be a signature: a screen is looked at by others too. `--json`
/// gives it whole.
fn without_query(remote_name: &str) -> String {
    match remote_name.parse::<RemoteName>() {
        Ok(name) => name.redacted(),
        // The service redacted it already.
        Err(_) => remote_name.to_owned(),
    }
}

/// `bgcopy error`.
pub(crate) async fn error(args: &Jobs, client: &Client, console: &mut Console) -> Result<(), Failure> {
    for (number, name) in args.jobs.iter().enumerate() {
        let job = find_or_remember(client, name).await?;
        let Some(error) = &job.error else {
            no_error(&job, console)?;
            continue;
        };
        if console.json {
            console.print_json(error)?;
            continue;
        }
        if number > 0 {
            console.print("")?;
        }
        let files = client.files(job.id).await?;
        let text = explain(&job, &title(&job, &files), error, &console.reader());
        console.print_text(&text)?;
    }
    Ok(())
}

/// A job without an error is an answer too, and no failure of this command.
fn no_error(job: &Job, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        return console.print_json(&serde_json::Value::Null);
    }
    let (name, id, state) = (&job.display_name, &short(job.id), job.state);
    console.print(&Say::NoError { name, id, state }.text(console.language))
}

/// `bgcopy config`.
pub(crate) async fn config(args: &Config, client: &Client, console: &mut Console) -> Result<(), Failure> {
    let settings = client.config().await?;
    let known = |name: &&String| settings.iter().any(|setting| setting.name == **name);
    if let Some(unknown) = args.names.iter().find(|name| !known(name)) {
        return Err(Failure::Refused(format!(
            "there is no setting {unknown:?}; 'bgcopy config' without a name shows all"
        )));
    }
    let chosen: Vec<&Setting> = settings
        .iter()
        .filter(|setting| args.names.is_empty() || args.names.contains(&setting.name))
        .collect();
    if console.json {
        return chosen.into_iter().try_for_each(|setting| console.print_json(setting));
    }
    let mut table = Table::new(&["SETTING", "VALUE", "PROVIDER"], &[Cut::Middle, Cut::Middle]);
    for setting in &chosen {
        table.push([
            console.printable(&setting.name),
            console.printable(&setting.value),
            console.printable(&setting.provider),
        ]);
    }
    // One that is asked for alone is shown whole.
    let mut text = table.render(console.out_width.filter(|_| chosen.len() > 1));
    if let ([setting], false) = (chosen.as_slice(), args.names.is_empty()) {
        text.push_str(&format!("\n{}\n", setting.doc));
    }
    console.print_text(&text)
}
