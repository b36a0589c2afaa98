//! `put`: a job that sends a file and, if wanted, brings the answer of the server's application.

use std::path::{Path, PathBuf};

use bgcopy_api::core::{Language, LocalName, RemoteName};
use bgcopy_api::name::url_segment;
use bgcopy_api::{AddFile, CreateJob, Existing, JobType};

use crate::args::upload::Put;
use crate::console::Console;
use crate::destination::{absolute, check_folder, output_path};
use crate::failure::Failure;
use crate::follow::Followed;
use crate::get::{Patience, carry_out, waited_for};
use crate::request::{self, Surroundings};
use crate::say::Say;
use crate::session::Door;
use crate::units;

/// `bgcopy put`.
pub(crate) async fn run(
    args: &Put,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let job = wanted(args, around)?;
    let mut session = door.open().await?;
    let patience =
        Patience { no_wait: args.waiting.no_wait, cancel_on_interrupt: args.waiting.cancel_on_interrupt };
    carry_out(job, &patience, &mut session, console, around).await
}

/// The job that the command line describes.
fn wanted(args: &Put, around: &Surroundings) -> Result<CreateJob, Failure> {
    let source = source(&args.file, &around.cwd)?;
    let existing = if args.force { Existing::Replace } else { args.existing };
    let reply = args.reply.as_ref().map(|reply| reply_path(reply, existing, &around.cwd)).transpose()?;
    let url = place(&args.url, &source)?;
    let job = request::job(&args.transfer, vec![AddFile::whole(url, &source)], around)?;
    let job = match &reply {
        Some(reply) => CreateJob { kind: JobType::UploadReply, ..job }.replying_at(reply),
        None => CreateJob { kind: JobType::Upload, ..job },
    };
    Ok(waited_for(job, existing, args.waiting.timeout))
}

/// The file to send.
fn source(file: &Path, cwd: &Path) -> Result<PathBuf, Failure> {
    let path = absolute(file, cwd)?;
    let input = |source| Failure::Input { path: path.clone(), source };
    if path.metadata().map_err(input)?.is_file() {
        return Ok(LocalName::new(path)?.path().to_owned());
    }
    Err(Failure::Usage(format!("{} is not a file; only files are sent", path.display())))
}

/// Where the answer goes.
fn reply_path(reply: &Path, existing: Existing, cwd: &Path) -> Result<PathBuf, Failure> {
    if reply.as_os_str() == "-" {
        let reason =
            "--reply - is not possible: the service cannot write to your standard output; name a file";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let path = output_path(reply, cwd)?;
    check_folder(path.parent().unwrap_or(Path::new("/")))?;
    if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
        let shown = path.display();
        return Err(Failure::Refused(format!(
            "{shown} exists; --force replaces it, or name another file with --reply"
        )));
    }
    Ok(path)
}

/// The remote name: in a folder, that of the file.
fn place(url: &str, source: &Path) -> Result<String, Failure> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (path, rest) = url.split_at(end);
    let url = if path.ends_with('/') {
        format!("{path}{}{rest}", url_segment(source.file_name().unwrap_or_default()))
    } else {
        url.to_owned()
    };
    RemoteName::parse(&url)?;
    Ok(url)
}

/// What was sent, and what came back.
pub(crate) fn done_lines(followed: &Followed, how: &str, language: Language) -> Vec<String> {
    let sent = followed.files.iter().map(|file| {
        let path = file.local_path().display().to_string();
        format!("{} ({how})", Say::Sent { path: &path }.text(language))
    });
    let mut lines: Vec<String> = sent.collect();
    if let Some(reply) = &followed.job.reply {
        let size = units::size(reply.progress.bytes_transferred);
        let path = reply.local_path().unwrap_or_default().display().to_string();
        let say = match reply.progress.bytes_total {
            // A server need not answer, and an answer may be empty: of neither there is anything to look at.
            Some(0) => Say::NoReply,
            Some(_) | None => Say::Replied { path: &path, size: &size },
        };
        lines.push(say.text(language));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_folder_a_file_keeps_its_name() {
        let named = |url, path: &str| place(url, Path::new(path)).unwrap();
        assert_eq!(named("https://h/in/", "/a/b c#.log"), "https://h/in/b%20c%23.log");
        assert_eq!(named("https://h/in/?k=1", "/a/b.log"), "https://h/in/b.log?k=1");
        assert_eq!(named("https://h", "/a/b.log"), "https://h");
        assert_eq!(named("https://h/x", "/a/b.log"), "https://h/x");
    }
}
