//! Words that bring new files: `get`, `create`, `add`.

use std::path::PathBuf;
use std::time::Duration;

use bgcopy_api::core::HashOfHashes;
use bgcopy_api::core::settings::Digest;
use bgcopy_api::supply::parse_hash_of_hashes;
use bgcopy_api::{Existing, Priority};
use clap::{Args, ValueHint};

use super::values::{
    HeaderArg, Input, ProxyArg, RangeArg, User, one_of, parse_digest, parse_document_url, parse_input,
    parse_public_url,
};
use crate::complete;
use crate::units::{parse_rate, parse_span};

/// Which files, and where they go.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct Files {
    /// What to download; of a Metalink (.meta4, .metalink), here or at a URL, the files that it describes
    #[arg(value_name = "URL", value_parser = parse_input, help_heading = None, value_hint = ValueHint::FilePath)]
    pub(crate) urls: Vec<Input>,
    /// Save as this name; for one URL
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Save in this folder
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
    /// Read URLs from a file, one per line; - is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input_file: Option<PathBuf>,
    /// What the finished file must hash to, like sha-256=HEX; for one URL
    #[arg(long, value_name = "ALGORITHM=HEX", value_parser = parse_digest)]
    pub(crate) checksum: Option<Digest>,
    /// Fetch a Metalink itself, and not what it describes
    #[arg(long)]
    pub(crate) no_metalink: bool,
    /// Where else the files are, and what proves them.
    #[command(flatten)]
    pub(crate) sources: Sources,
}

/// Where else the files are, and what proves them.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Sources and proof")]
pub(crate) struct Sources {
    /// Another place of the same file, and further ones, the best first; for one URL
    #[arg(long, value_name = "URL", value_parser = parse_public_url, value_hint = ValueHint::Url)]
    pub(crate) mirror: Vec<String>,
    /// A list that says what the files must hash to, like SHA256SUMS; without it they do not come
    #[arg(long, value_name = "URL", value_parser = parse_document_url, conflicts_with = "checksum",
        value_hint = ValueHint::Url)]
    pub(crate) checksum_from: Option<String>,
    /// The piece hash file (PHF) of the file: each piece is verified as it comes; for one URL
    #[arg(long, value_name = "URL", value_parser = parse_document_url, conflicts_with = "checksum_from",
        value_hint = ValueHint::Url)]
    pub(crate) pieces_from: Option<String>,
    /// HashOfHashes of that piece hash file, in hex or base64: binds it, whichever way it came
    #[arg(long, value_name = "HEX", requires = "pieces_from", value_parser = parse_hash_of_hashes)]
    pub(crate) hash_of_hashes: Option<HashOfHashes>,
    /// Do without the document of --checksum-from or --pieces-from where it cannot be read or is not true
    #[arg(long)]
    pub(crate) check_optional: bool,
}

/// How the files are fetched.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct Transfer {
    /// Send this header with every request; @FILE reads headers from a file
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<HeaderArg>,
    /// Send this header once the server asks for a login; @FILE reads headers from a file
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) auth_header: Vec<HeaderArg>,
    /// Use this proxy, or none; without this option the environment decides
    #[arg(long, value_name = "URL|none", value_hint = ValueHint::Url)]
    pub(crate) proxy: Option<ProxyArg>,
    /// Log in at the server; the password is asked for when it is left out
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub(crate) user: Option<User>,
    /// Log in at the proxy
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub(crate) proxy_user: Option<User>,
    /// Whom to trust, and who we are.
    #[command(flatten)]
    pub(crate) certificates: Certificates,
    /// foreground, high, normal or low; all but foreground give way to other traffic
    #[arg(long, value_name = "LEVEL", value_parser = one_of(Priority::ALL, Priority::word), hide_possible_values = true)]
    pub(crate) priority: Option<Priority>,
    /// At most so many bytes per second, like 1M or 500k
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub(crate) limit_rate: Option<u64>,
    /// Accept a body whose end only the closing connection tells: a cut cannot be seen then
    #[arg(long)]
    pub(crate) allow_unverified: bool,
    /// A name for the job
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
}

/// Certificates, in files that are read at once: the service may run as somebody else.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Certificates {
    /// Trust the authorities in this PEM file too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cacert: Option<PathBuf>,
    /// Show this client certificate (PEM)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of the client certificate (PEM); by default it is in the same file
    #[arg(long, value_name = "FILE", requires = "cert", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
    /// Show the client certificate of your store MY with this in its subject, or with this SHA-1 thumbprint
    #[arg(long, value_name = "NAME", conflicts_with = "cert")]
    pub(crate) cert_name: Option<String>,
}

/// `bgcopy get`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = super::exit_codes())]
pub(crate) struct Get {
    /// Which files.
    #[command(flatten)]
    pub(crate) files: Files,
    /// How.
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    /// What to do where a file exists: refuse, replace it, or keep-both, under a number
    #[arg(long, value_name = "CHOICE", default_value = "refuse", value_parser = one_of(Existing::ALL, Existing::word),
        hide_possible_values = true, help_heading = "Files")]
    pub(crate) existing: Existing,
    /// Replace files that exist, as --existing replace
    #[arg(long, conflicts_with = "existing", help_heading = "Files")]
    pub(crate) force: bool,
    /// How it is waited for.
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// How long a job is waited for, and whether at all.
#[derive(Clone, Debug, Args)]
pub(crate) struct Waiting {
    /// Give up when nothing came for so long, like 600, 10m or 2h; 0 gives up at the first failure
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = parse_span, help_heading = "Transfer")]
    pub(crate) timeout: Duration,
    /// Print the id of the job and leave it to the service
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Cancel the job on Ctrl-C instead of leaving it to the service
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) cancel_on_interrupt: bool,
}

/// `bgcopy create`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Create {
    /// Which files.
    #[command(flatten)]
    pub(crate) files: Files,
    /// How.
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    /// A description of the job
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// What to do with a destination that exists: replace, refuse or keep-both
    #[arg(long, value_name = "CHOICE", value_parser = one_of(Existing::ALL, Existing::word),
        hide_possible_values = true, help_heading = "Files")]
    pub(crate) existing: Option<Existing>,
    /// Give up when nothing came for so long
    #[arg(long, value_name = "SECONDS", value_parser = parse_span, help_heading = "Transfer")]
    pub(crate) timeout: Option<Duration>,
    /// Complete the job by itself once all files are here
    #[arg(long)]
    pub(crate) auto_complete: bool,
    /// Start the job at once
    #[arg(long)]
    pub(crate) resume: bool,
}

/// `bgcopy add`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Add {
    /// The job: the start of its id, or its name
    #[arg(value_name = "JOB", add = complete::jobs())]
    pub(crate) job: String,
    /// Which files.
    #[command(flatten)]
    pub(crate) files: Files,
    /// Fetch only this part, and further parts, in this order; for one URL
    #[arg(long, value_name = "OFFSET:LENGTH", help_heading = "Files")]
    pub(crate) range: Vec<RangeArg>,
    /// The size the file must have, in bytes; for one URL
    #[arg(long, value_name = "BYTES", help_heading = "Files")]
    pub(crate) expected_size: Option<u64>,
}
