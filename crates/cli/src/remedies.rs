//! From what can help to what to type: each remedy of the service (spec 6.7) as commands to paste.

use bgcopy_api::core::{Remedy as Word, SecurityFlags};
use bgcopy_api::{AuthTarget, ErrorInfo, Existing, Job, JobId, Remedy};

use crate::text::shell_word;

/// What a job is called in commands: short enough to type, and unlike any other job's.
pub(crate) fn short(id: JobId) -> String {
    let mut text = id.to_string();
    text.truncate(8);
    text
}

/// Has this user's service read its configuration again. The whole command line is matched, so that no shell that
/// runs this is meant.
const RELOAD: &str = "pkill -HUP -u \"$(id -u)\" -xf '[^ ]*bgcopy daemon.*'";

/// The commands for a remedy, in order; none where nothing can be typed. Words in capitals are for the person
/// to fill in.
pub(crate) fn commands(remedy: &Remedy, job: &Job, error: &ErrorInfo) -> Vec<String> {
    let Some(word) = remedy.word() else {
        // A remedy of a later service has a text, and this client no command for it.
        return Vec::new();
    };
    let id = short(job.id);
    let set = |what: &str| vec![format!("bgcopy set {id} {what} && bgcopy resume {id}")];
    match word {
        Word::Wait => vec![format!("bgcopy watch {id}")],
        Word::Resume => vec![format!("bgcopy resume {id}")],
        Word::Complete => vec![format!("bgcopy complete {id}")],
        Word::Cancel => vec![format!("bgcopy cancel {id}")],
        Word::RestoreNetwork => vec!["ip -brief address".to_owned()],
        Word::MendDestination if error.code == "name-too-long" => get_again(word, job, error),
        Word::FreeSpace | Word::MendDestination => folder_commands(word, error),
        // Where it is set, and to what; then the file is the person's to change.
        Word::LowerSpaceFloor => {
            vec!["bgcopy config free_space_floor".to_owned(), RELOAD.to_owned()]
        }
        Word::ResolveDestination => resolve_destination(job, error),
        Word::SetRemoteName => set_remote_name(job, error),
        Word::SetCredentials(AuthTarget::Server) => set("--user NAME"),
        Word::SetCredentials(AuthTarget::Proxy) => set("--proxy-user NAME"),
        Word::SetProxy => set("proxy=http://HOST:PORT"),
        Word::MendCertificate => set("--cacert FILE"),
        Word::SetClientCertificate => set("--cert FILE --key FILE"),
        Word::SetClock => vec!["timedatectl status".to_owned()],
        Word::SetForeground => set("priority=foreground"),
        Word::WidenCostFlags => set("cost=always"),
        Word::AllowMoreTime => match error.code.as_str() {
            "max-time" => set("max-download-time=0"),
            _ => set("no-progress-timeout=1d"),
        },
        Word::RaiseMaxSize | Word::Recreate | Word::CorrectDigest => get_again(word, job, error),
        Word::AcceptUnknownSize => {
            set(if job.settings.require_size { "require-size=no" } else { "allow-unverified=yes" })
        }
        Word::AllowDynamicContent => dynamic_job(&id, error),
        Word::AllowRedirect => {
            let forbidden = job.settings.security_flags & SecurityFlags::REDIRECT_DISALLOW.bits() != 0;
            set(if forbidden { "redirect=allow-silent" } else { "https-to-http=yes" })
        }
        // A person can answer in place of the program, or have nobody asked any more.
        Word::RegisterAgain if error.code == "certificate-callback-missing" => {
            vec![
                format!("bgcopy resume {id} && bgcopy certificates {id}"),
                format!("bgcopy set {id} certificate-callback=no"),
            ]
        }
        // The program that made the job has to do it.
        Word::RegisterAgain => Vec::new(),
    }
}

fn folder_commands(word: Word, error: &ErrorInfo) -> Vec<String> {
    let Some(file) = &error.file else { return Vec::new() };
    let folder = file
        .local_name
        .rsplit_once('/')
        .map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
    let folder = shell_word(folder);
    match (word, error.code.as_str()) {
        (Word::FreeSpace, _) => vec![format!("df -h {folder}")],
        (_, "path-not-found") => vec![format!("mkdir -p {folder}")],
        (_, "write-protected" | "volume-changed" | "io") => vec![format!("findmnt --target {folder}")],
        _ => vec![format!("ls -ld {folder}")],
    }
}

fn resolve_destination(job: &Job, error: &ErrorInfo) -> Vec<String> {
    let id = short(job.id);
    let replace = format!("bgcopy set {id} existing=replace && bgcopy resume {id}");
    let keep = format!("bgcopy set {id} existing=keep-both && bgcopy resume {id}");
    let aside = error.file.as_ref().map(|file| {
        let word = shell_word(&file.local_name);
        format!("mv {word} {word}.old && bgcopy resume {id}")
    });
    aside.into_iter().chain([keep, replace]).collect()
}

fn set_remote_name(job: &Job, error: &ErrorInfo) -> Vec<String> {
    let id = short(job.id);
    let change =
        |index: &str| format!("bgcopy set {id} --file {index} remote-name=URL && bgcopy resume {id}");
    match (&error.file, job.progress.files_total) {
        (Some(file), _) => vec![change(&file.index.to_string())],
        (None, 1) => vec![change("0")],
        (None, _) => vec![format!("bgcopy files {id}"), change("NUMBER")],
    }
}

/// A new job in place of this one, where what is wrong cannot be changed. What this one would have replaced, such as
/// the file that it mends, the new one has to be told to replace.
fn get_again(word: Word, job: &Job, error: &ErrorInfo) -> Vec<String> {
    let id = short(job.id);
    let force = if job.settings.existing == Existing::Replace { " --force" } else { "" };
    let checksum = if word == Word::CorrectDigest { " --checksum sha-256=HEX" } else { "" };
    let output = match &error.file {
        Some(file) if error.code != "name-too-long" => format!("{force} -o {}", shell_word(&file.local_name)),
        Some(_) => " -o NAME".to_owned(),
        None => String::new(),
    };
    let url = url(error);
    vec![format!("bgcopy cancel {id}"), format!("bgcopy get{checksum}{output} {url}")]
}

/// The URL to type again; one with a query is told without it, which may be a signature, so it is left to the
/// person.
fn url(error: &ErrorInfo) -> String {
    match &error.file {
        Some(file) if !file.remote_name.contains('…') => shell_word(&file.remote_name),
        Some(_) | None => "URL".to_owned(),
    }
}

/// A new job that takes content without a size; such content wants the foreground (spec 4.1, property 3).
fn dynamic_job(id: &str, error: &ErrorInfo) -> Vec<String> {
    let output = error.file.as_ref().map(|file| format!(" -o {}", shell_word(&file.local_name)));
    let output = output.unwrap_or_default();
    vec![
        format!("bgcopy cancel {id}"),
        format!("bgcopy create --priority foreground{output} {}", url(error)),
        "bgcopy set JOB dynamic-content=yes auto-complete=yes && bgcopy resume JOB".to_owned(),
    ]
}
