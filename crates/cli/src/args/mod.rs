//! The command line: one file per group of verbs. What is read here is already of the right kind; nothing is
//! looked up.

pub(crate) mod daemon;
pub(crate) mod job;
pub(crate) mod look;
pub(crate) mod publish;
pub(crate) mod repair;
pub(crate) mod transfer;
pub(crate) mod upload;
pub(crate) mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use bgcopy_api::core::name::redact_text;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::exit::Exit;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "bgcopy",
    version,
    about = "Bring files in the background, and lose nothing",
    long_about = "Bring files in the background, and lose nothing.\n\nbgcopy hands jobs to a service that \
                  downloads them with the bandwidth nobody else wants, through restarts and broken \
                  connections, and says what went wrong and what would help. The service is started when it \
                  is needed.",
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Options that every word takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The word.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options that every word takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Service and output")]
pub(crate) struct Global {
    /// The socket of the service; BGCOPY_SOCKET says the same
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) socket: Option<PathBuf>,
    /// Speak to the machine-wide service instead of the user's own
    #[arg(long, global = true)]
    pub(crate) system: bool,
    /// Fail when no service runs instead of starting one
    #[arg(long, global = true)]
    pub(crate) no_start: bool,
    /// Print JSON, one object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// What `bgcopy` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// What the service is asked for.
    #[command(flatten)]
    Ask(Ask),
    /// Run the service
    Daemon(daemon::Daemon),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write all of them to a folder
    Man {
        /// Write a page for bgcopy and one for each word to this folder
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// What the service is asked for: `get` for everyday use, then one word per operation.
#[derive(Debug, Subcommand)]
pub(crate) enum Ask {
    /// Download files and wait for them
    Get(Box<transfer::Get>),
    /// Send a file to a server and wait until it is there
    ///
    /// The server must speak the BITS upload protocol (BITS_POST). The file goes in fragments, and after a broken
    /// connection, a restart or a reboot on from where the server has it; it must not change meanwhile.
    Put(Box<upload::Put>),
    /// Mend a damaged or partial file: fetch only what is wrong with it
    ///
    /// A Metalink or a piece hash file says which pieces of the file are right; those are kept, the others are fetched
    /// from where the Metalink says, or from URLs of the file itself. The file stays as it is until the mended one is
    /// whole, and is then replaced at once.
    Repair(Box<repair::Repair>),
    /// Make a job, suspended, and print its id
    Create(Box<transfer::Create>),
    /// Add files to a job
    Add(Box<transfer::Add>),
    /// Start a job, or try again at once
    Resume(job::Jobs),
    /// Pause a job
    Suspend(job::Jobs),
    /// Finish a job: put its whole files in place, drop the rest
    Complete(job::Jobs),
    /// End a job and delete what it brought
    Cancel(job::Jobs),
    /// List jobs
    List(look::List),
    /// Show everything about a job
    Show(job::Jobs),
    /// Show the files of a job
    Files(job::Job),
    /// Explain why a job is stuck, and what would help
    Error(job::Jobs),
    /// Show which certificates of servers you are asked about, and answer
    ///
    /// A job with certificate-callback=yes asks its owner about the certificate of each server before it asks the server
    /// for anything. A program of the owner's answers, or this. Without an answer in time the job is in error.
    Certificates(job::Questions),
    /// Change properties of a job
    Set(Box<job::Set>),
    /// Follow jobs until they end
    Watch(look::Watch),
    /// Show the effective settings of the service and who set them
    Config(look::Config),
    /// Write a list of a file's pieces, for publishers
    Manifest(publish::Manifest),
}

/// The command tree, with the options of `daemon`: for help, manual and completions.
pub fn command() -> clap::Command {
    let examples = "Examples:
  bgcopy get https://example.org/big.iso
  bgcopy get --dir /srv/iso --checksum sha-256=HEX https://example.org/big.iso
  bgcopy get --mirror https://mirror.example/big.iso https://example.org/big.iso
  bgcopy get https://example.org/big.iso.meta4
  bgcopy repair big.iso --from https://example.org/big.iso.meta4
  bgcopy put report.pdf https://example.org/inbox/
  bgcopy list
  bgcopy error big.iso
  bgcopy watch";
    Cli::command()
        .after_help("See 'bgcopy WORD --help' for a word, and 'bgcopy man' for the manual.")
        .after_long_help(format!("{}\n{examples}", exit_codes()))
}

/// The exit codes, for the help of the words that wait for jobs.
pub(crate) fn exit_codes() -> String {
    format!("Exit codes:\n{}", Exit::table())
}

/// Reads a command line, the name of the program first.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    read(command(), words).map_err(without_secrets)
}

fn read(mut tree: clap::Command, words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut matches = tree.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut tree))
}

/// Whether a line asks for JSON, though it cannot be understood as a whole.
pub(crate) fn asks_for_json(words: impl IntoIterator<Item = OsString>) -> bool {
    words.into_iter().take_while(|word| word != "--").any(|word| word == "--json")
}

/// Why a line cannot be understood, in one line: what is wrong and what would be right, without the usage.
pub(crate) fn reason(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let told =
        text.trim_start_matches("error: ").split("\n\n").take_while(|part| !part.starts_with("Usage:"));
    let told = told.filter(|part| !part.starts_with("For more information"));
    let lines = told.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ").replace(":; ", ": ")
}

/// The refusal of a value repeats the value, which may be a password or a token.
fn without_secrets(mut error: clap::Error) -> clap::Error {
    let (Some(ContextValue::String(option)), Some(ContextValue::String(value))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
    else {
        return error;
    };
    let shown = match option.split([' ', '=']).next().unwrap_or_default() {
        "--user" | "--proxy-user" | "--header" | "-H" | "--auth-header" => "...".to_owned(),
        "[URL]..." | "<URL>" | "--proxy" | "--url" | "--mirror" | "--checksum-from" | "--pieces-from"
        | "--from" => redact_text(value),
        _ => return error,
    };
    error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        command().debug_assert();
    }

    /// Help and refusals as a person sees them, a hundred columns wide.
    fn typed(line: &str) -> String {
        let words = ["bgcopy"].into_iter().chain(line.split(' ').filter(|word| !word.is_empty()));
        let refused = read(command().term_width(100), words.map(OsString::from));
        let refused = without_secrets(refused.map(drop).unwrap_err());
        format!("$ bgcopy {line}\n{}[{}]\n\n", refused.render(), refused.exit_code())
    }

    #[test]
    fn help_says_everything() {
        let words =
            command().get_subcommands().map(|word| format!("{} --help", word.get_name())).collect::<Vec<_>>();
        let help: String =
            ["-h", "--help"].into_iter().chain(words.iter().map(String::as_str)).map(typed).collect();
        insta::assert_snapshot!(help);
    }

    #[test]
    fn mistakes_are_named_with_what_would_be_right() {
        let mistakes: String = [
            "fetch http://h/f",
            "get --chcksum x http://h/f",
            "get nonsense",
            "get ftp://ada:s3cret@h/f",
            "get --checksum md5=00 http://h/f",
            "get --checksum sha-256=zz http://h/f",
            "get --limit-rate fast http://h/f",
            "get --timeout soon http://h/f",
            "get --priority urgent http://h/f",
            "get --proxy gopher://ada:s3cret@p http://h/f",
            "get --user :s3cret http://h/f",
            "get -H s3cret http://h/f",
            "get --key k http://h/f",
            "get --no-wait --cancel-on-interrupt http://h/f",
            "get --mirror ftp://ada:s3cret@m/f http://h/f",
            "get --mirror http://ada:s3cret@m/f http://h/f",
            "get --checksum-from file:///SHA256SUMS http://h/f",
            "get --checksum-from http://h/S --pieces-from http://h/f.phf http://h/f",
            "get --pieces-from http://h/f.phf --hash-of-hashes a5 http://h/f",
            "get --hash-of-hashes a5 http://h/f",
            "put",
            "put f",
            "put f ftp://ada:s3cret@h/f",
            "put --force --existing refuse f http://h/f",
            "repair",
            "repair f",
            "repair f --from ftp://ada:s3cret@h/f",
            "repair f --from http://ada:s3cret@h/f.meta4",
            "create --existing perhaps",
            "add",
            "add job --range 1-2 http://h/f",
            "resume",
            "list --state stuck",
            "set job --file first",
            "daemon --idle-exit soon",
            "daemon --install --uninstall",
            "completions tcsh",
            "manifest",
            "manifest --format torrent f",
            "manifest --piece-size big f",
            "manifest --url ftp://ada:s3cret@h/f f",
            "manifest --force f",
        ]
        .map(typed)
        .concat();
        assert!(
            !mistakes.replace("$ bgcopy get --user :s3cret", "").contains("ada:s3cret@h/f'"),
            "{mistakes}"
        );
        insta::assert_snapshot!(mistakes);
    }

    #[test]
    fn a_line_that_asks_for_json_is_told_in_one_line_what_is_wrong() {
        let told = |line: &str| {
            let words = || line.split(' ').map(OsString::from);
            (asks_for_json(words()), reason(&parse(words()).unwrap_err()))
        };
        for (line, json, message) in [
            (
                "bgcopy --json fetch",
                true,
                "unrecognized subcommand 'fetch'; tip: a similar subcommand exists: 'watch'",
            ),
            ("bgcopy files --json", true, "the following required arguments were not provided: <JOB>"),
            (
                "bgcopy list --json --state stuck",
                true,
                "invalid value 'stuck' for '--state <STATE>'; [possible values: queued, connecting, \
                 transferring, suspended, error, transient-error, transferred, acknowledged, cancelled]",
            ),
            (
                "bgcopy get --bad -- --json",
                false,
                "unexpected argument '--bad' found; tip: to pass '--bad' as a value, use '-- --bad'",
            ),
            (
                "bgcopy --json get --user :s3cret http://h/f",
                true,
                "invalid value '...' for '--user <NAME[:PASSWORD]>': there is no user name; write it like NAME or \
                 NAME:PASSWORD",
            ),
        ] {
            assert_eq!(told(line), (json, message.to_owned()), "{line}");
        }
    }

    #[test]
    fn every_word_and_every_option_says_what_it_does() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }
}
