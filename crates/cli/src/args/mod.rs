//! The command line: one file per group of verbs. What is read here is already of the right kind; nothing is
//! looked up.

pub(crate) mod daemon;
pub(crate) mod job;
pub(crate) mod look;
pub(crate) mod transfer;
pub(crate) mod values;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
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
    arg_required_else_help = true,
    disable_help_subcommand = true
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
    #[arg(long, global = true, value_name = "PATH")]
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

/// What `bgcopy` can do: `get` for everyday use, then one word per operation of the service.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Download files and wait for them
    Get(Box<transfer::Get>),
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
    /// Change properties of a job
    Set(Box<job::Set>),
    /// Follow jobs until they end
    Watch(look::Watch),
    /// Run the service
    Daemon(daemon::Daemon),
    /// Show the effective settings of the service and who set them
    Config(look::Config),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write all of them to a folder
    Man {
        /// Write a page for bgcopy and one for each word to this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// The command tree, with the options of `daemon`: for help, manual and completions.
pub fn command() -> clap::Command {
    let codes = format!("Exit codes:\n{}", Exit::table());
    let examples = "Examples:
  bgcopy get https://example.org/big.iso
  bgcopy get --dir /srv/iso --checksum sha-256=HEX https://example.org/big.iso
  bgcopy list
  bgcopy error big.iso
  bgcopy watch";
    Cli::command()
        .after_help("See 'bgcopy WORD --help' for a word, and 'bgcopy man' for the manual.")
        .after_long_help(format!("{codes}\n{examples}"))
        .mut_subcommand("get", |get| get.after_long_help(codes.clone()))
        .mut_subcommand("watch", |watch| watch.after_long_help(codes.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        command().debug_assert();
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
