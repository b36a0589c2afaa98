//! `docs/codes.md` is made from the catalogue: this test compares them, and rewrites the page when
//! `UPDATE_DOCS=1` is set.

use std::fmt::Write as _;
use std::path::Path;

use bgcopy_core::catalogue::{Role, Source, describe, entries};
use bgcopy_core::explain::describe_code;
use bgcopy_core::language::Language;
use bgcopy_core::{Code, ErrorClass, Family};

const INTRODUCTION: &str = "\
# Codes

Made from the catalogue in `crates/core/src/catalogue` by `UPDATE_DOCS=1 cargo test -p bgcopy-core --test codes_doc`.
Every code also has its sentence in French.

A code is a 32-bit HRESULT: facility 0x20 is BITS, 0x19 an HTTP status, 0xD0 Delivery Optimization, 0x07 Win32.
";

const OURS: &str = "
## What goes wrong with a transfer

The names that the API, the command line and the log use. `http-404` and `proxy-502` stand for any status. A failure
is *transient* (the service tries again after a delay), *policy* (it goes on by itself once the condition is met) or
*fatal* (it waits for you). A client of the BITS class is told the first number, any other the second; there is one
where both are the same.

| Name | Number | Class | What happened |
|---|---|---|---|
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned() + OURS;
    for &code in Code::NAMED {
        let (bits, delivery) = (code.hresult(Family::Bits), code.hresult(Family::Do));
        let numbers = if bits == delivery { bits.to_string() } else { format!("{bits}, {delivery}") };
        let class = match code.class() {
            ErrorClass::Transient => "transient",
            ErrorClass::Policy => "policy",
            ErrorClass::Fatal => "fatal",
        };
        row(&mut page, &[&format!("`{code}`"), &numbers, class, &describe_code(code, Language::English)]);
    }
    for (source, title) in [
        (Source::Bits, "BITS"),
        (Source::Retired, "BITS, retired: reserved, never given"),
        (Source::Http, "HTTP statuses that have a name; any other maps the same way, 0x80190000 + status"),
        (Source::Do, "Delivery Optimization"),
        (Source::Common, "COM and system codes met here"),
    ] {
        section(&mut page, source, title);
    }
    page
}

fn section(page: &mut String, source: Source, title: &str) {
    let of_source = || entries().filter(|entry| entry.source == source);
    let _ = write!(page, "\n## {title} ({})\n\n", of_source().count());
    page.push_str("| Number | Name | Used for | Meaning |\n|---|---|---|---|\n");
    for entry in of_source() {
        let role = match entry.role {
            Role::Success => "success",
            Role::Answer => "refusal",
            Role::Transient => "transient",
            Role::Fatal => "fatal",
            Role::Context => "context",
            Role::Internal => "internal",
            Role::Retired => "retired",
        };
        let text = describe(entry.hresult, Language::English);
        row(page, &[&entry.hresult.to_string(), &format!("`{}`", entry.name), role, &text]);
    }
}

fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        assert!(!cell.contains('|'), "{cell:?} would break the table");
    }
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

#[test]
fn the_page_of_codes_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).expect("docs/codes.md can be written");
    }
    let found = std::fs::read_to_string(&path).expect("docs/codes.md can be read");
    assert!(found == page(), "docs/codes.md differs from the catalogue; run this test with UPDATE_DOCS=1");
}
