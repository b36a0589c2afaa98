//! `completions`, `man`: made from the command tree, so they cannot say anything else than it does.

use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::command;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;

/// `bgcopy completions`.
pub(crate) fn completions(shell: Shell, console: &mut Console) -> Result<(), Failure> {
    console.print_raw(&crate::complete::script(shell)?)
}

/// `bgcopy man`: the page of `bgcopy` itself, or with a folder all pages.
pub(crate) fn man(dir: Option<&Path>, console: &mut Console) -> Result<(), Failure> {
    let Some(dir) = dir else { return console.print_raw(&main_page()?) };
    write(dir, "bgcopy.1", &main_page()?)?;
    let mut tree = command();
    tree.build();
    for word in tree.get_subcommands().filter(|word| word.get_name() != "help") {
        let name = format!("bgcopy-{}", word.get_name());
        // `Command::name` wants a static name; these few are made once, and the process ends soon after.
        let page = Man::new(word.clone().name(leak(&name)).display_name(leak(&name)));
        let mut text = Vec::new();
        page.render(&mut text)?;
        write(dir, &format!("{name}.1"), &text)?;
    }
    console.note(&format!("wrote the manual to {}", dir.display()))
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn write(dir: &Path, name: &str, text: &[u8]) -> Result<(), Failure> {
    let path = dir.join(name);
    std::fs::write(&path, text).map_err(|source| Failure::Local { action: "write", path, source })
}

/// The page of `bgcopy`: what the help says, and then what only a manual has room for.
fn main_page() -> Result<Vec<u8>, Failure> {
    let mut tree = command();
    tree.build();
    // The sections below say it at length.
    let page = Man::new(tree.after_help("").after_long_help(""));
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    page.render_subcommands_section(&mut text)?;
    let mut rest = Roff::default();
    list(&mut rest, "EXIT STATUS", &exits());
    list(&mut rest, "ENVIRONMENT", ENVIRONMENT);
    list(&mut rest, "FILES", FILES);
    list(&mut rest, "EXAMPLES", EXAMPLES);
    rest.to_writer(&mut text)?;
    page.render_version_section(&mut text)?;
    Ok(text)
}

fn list(page: &mut Roff, title: &str, entries: &[(impl AsRef<str>, impl AsRef<str>)]) {
    page.control("SH", [title]);
    for (term, meaning) in entries {
        page.control("TP", []);
        page.text([bold(term.as_ref())]);
        page.text([roman(meaning.as_ref())]);
    }
}

fn exits() -> Vec<(String, &'static str)> {
    Exit::ALL.iter().map(|exit| (exit.number().to_string(), exit.meaning())).collect()
}

const ENVIRONMENT: &[(&str, &str)] = &[
    ("BGCOPY_SOCKET", "The socket of the service, as --socket."),
    ("XDG_RUNTIME_DIR", "The socket is bgcopy/bgcopy.sock in this folder, or in /run/user/UID."),
    ("XDG_STATE_HOME, XDG_CACHE_HOME, XDG_CONFIG_HOME", "Where state, cache and configuration are."),
    (
        "http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
        "Proxies, as curl reads them. They are captured when a job is made.",
    ),
    ("LC_ALL, LC_MESSAGES, LANG", "The language in which jobs are spoken of: English or French."),
    ("LC_ALL, LC_CTYPE, LANG", "Which characters are shown; others are written as escapes."),
];

const FILES: &[(&str, &str)] = &[
    ("/etc/bgcopy/config.toml, /etc/bgcopy/conf.d/*.toml", "Configuration of the machine."),
    ("$XDG_CONFIG_HOME/bgcopy/config.toml", "Configuration of the user."),
    (
        "$XDG_STATE_HOME/bgcopy, /var/lib/bgcopy",
        "Jobs and records of a user's and of the machine-wide service.",
    ),
    ("$XDG_CACHE_HOME/bgcopy, /var/cache/bgcopy", "The cache."),
    ("/run/bgcopy/bgcopy.sock", "The socket of the machine-wide service (--system)."),
];

const EXAMPLES: &[(&str, &str)] = &[
    ("bgcopy get https://example.org/big.iso", "Download a file into this folder and wait for it."),
    (
        "bgcopy get --no-wait --priority low -d /srv/iso -i urls.txt",
        "Leave many downloads to the service, with the bandwidth nobody else wants.",
    ),
    (
        "bgcopy get --mirror https://mirror.example/big.iso https://example.org/big.iso",
        "Two places of one file.",
    ),
    ("bgcopy get https://example.org/big.iso.meta4", "What a Metalink describes, from all its sources."),
    (
        "bgcopy repair big.iso --from https://example.org/big.iso.meta4",
        "Fetch only what is wrong with a damaged file.",
    ),
    (
        "bgcopy put report.pdf https://example.org/inbox/ --reply answer.xml",
        "Send a file, and save what the server's application answers.",
    ),
    ("bgcopy get --json https://example.org/big.iso | jq .", "Follow a download in a program."),
    ("bgcopy list --state error,transient-error", "What is stuck, and on what?"),
    ("bgcopy error big.iso", "Why, and what would help?"),
    (
        "bgcopy set big.iso --file 0 remote-name=https://mirror.example.org/big.iso && bgcopy resume big.iso",
        "Go on from another server.",
    ),
    (". <(bgcopy completions bash)", "Complete words, options, jobs and settings; for ~/.bashrc."),
    (
        "id=$(bgcopy create --name nightly) && bgcopy add $id https://example.org/a && bgcopy resume $id",
        "The operations behind get, one by one.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_word_and_every_exit_code() {
        let page = String::from_utf8(main_page().unwrap()).unwrap();
        for word in command().get_subcommands() {
            // A minus in a name is escaped in roff.
            let name = word.get_name().replace('-', "\\-");
            assert!(page.contains(&format!("bgcopy\\-{name}(1)")), "{name}");
        }
        for exit in Exit::ALL {
            assert!(page.contains(&format!("\\fB{}\\fR", exit.number())), "{exit:?}");
        }
        assert!(page.contains("\n.SH EXAMPLES\n"));
    }

    #[test]
    fn a_page_is_written_for_every_word() {
        let folder = tempfile::tempdir().unwrap();
        let mut console = Console::with_streams(Box::new(std::io::sink()), Box::new(std::io::sink()));
        man(Some(folder.path()), &mut console).unwrap();
        for word in command().get_subcommands() {
            let page = folder.path().join(format!("bgcopy-{}.1", word.get_name()));
            let text = std::fs::read_to_string(&page).unwrap();
            assert!(text.contains(".SH SYNOPSIS"), "{}", page.display());
        }
        assert!(folder.path().join("bgcopy.1").exists());
    }
}
