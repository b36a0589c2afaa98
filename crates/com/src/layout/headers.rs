//! The checked-in headers against what they are made from: `idl` by widl, and the catalogue of codes.
//!
//! `UPDATE_HEADERS=1` writes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bgcopy_api::core::Language;
use bgcopy_api::core::catalogue::{self, Entry, Source};

use super::programs::include;

/// What widl makes headers of.
const IDL: [&str; 4] = ["unknwn", "objidl", "bits", "deliveryoptimization"];

/// The names under which widl comes: Wine's own, and that of Debian's package mingw-w64-tools.
const WIDL: [&str; 2] = ["widl", "x86_64-w64-mingw32-widl"];

fn widl() -> Option<&'static str> {
    WIDL.into_iter().find(|name| Command::new(name).arg("-V").output().is_ok())
}

/// Compares a header, or writes it where that is asked for.
#[track_caller]
fn compare(name: &str, made: &str) {
    let path = include().join(name);
    if std::env::var_os("UPDATE_HEADERS").is_some() {
        std::fs::write(&path, made).expect("the header can be written");
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == made, "{name} is not what it is made from says; UPDATE_HEADERS=1 writes it anew");
}

#[test]
fn the_headers_are_what_widl_makes_of_the_idl() {
    let Some(widl) = widl() else {
        eprintln!("widl is not installed (Debian: mingw-w64-tools), so the headers are not compared");
        return;
    };
    let idl: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("idl");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in IDL {
        let made = folder.path().join(format!("{name}.h"));
        let output = Command::new(widl)
            .current_dir(&idl)
            .args(["-h", "-I", ".", "-o"])
            .arg(&made)
            .arg(format!("{name}.idl"))
            .output()
            .expect("it was just asked for its version");
        assert!(output.status.success(), "{name}.idl: {}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read_to_string(&made).expect("widl wrote it");
        compare(&format!("{name}.h"), &portable(&text));
    }
}

/// What widl writes, without what differs between its versions: its own version, and spaces at the ends of lines.
fn portable(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    if let Some(first) = lines.first_mut() {
        *first = "/* Made by widl from the IDL of the same name. Part of bgcopy: do not edit. */";
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

#[test]
fn the_headers_of_codes_are_those_of_the_catalogue() {
    let of = |sources: &[Source]| -> Vec<&'static Entry> {
        catalogue::entries().filter(|entry| sources.contains(&entry.source)).collect()
    };
    compare(
        "bitsmsg.h",
        &codes("bitsmsg", "The codes of BITS, and of HTTP statuses", &of(&[Source::Bits, Source::Http])),
    );
    compare(
        "deliveryoptimizationerrors.h",
        &codes("deliveryoptimizationerrors", "The codes of Delivery Optimization", &of(&[Source::Do])),
    );
    compare("winerror.h", &winerror(&of(&[Source::Common])));
}

fn header(name: &str, subject: &str, body: &str) -> String {
    let guard = format!("BGCOPY_{}_H", name.to_uppercase());
    format!(
        "/* {subject}. Made from the catalogue of codes. Part of bgcopy: do not edit. */\n\n\
         #ifndef {guard}\n#define {guard}\n\n#include \"winerror.h\"\n\n{body}\n#endif\n"
    )
}

fn codes(name: &str, subject: &str, entries: &[&Entry]) -> String {
    let mut body = String::new();
    if name == "deliveryoptimizationerrors" {
        body.push_str(DELIVERY);
    }
    for entry in entries {
        let _ = writeln!(body, "/* {} */", entry.text(Language::English));
        let _ = writeln!(body, "#define {} ((HRESULT){})", entry.name, entry.hresult);
    }
    header(name, subject, &body)
}

/// `winerror.h`: what every source expects of it, and the common codes. A Win32 error goes by its number there, from
/// which `HRESULT_FROM_WIN32` makes the code.
fn winerror(entries: &[&Entry]) -> String {
    let mut body = String::from(WINERROR);
    for entry in entries.iter().filter(|entry| !matches!(entry.name, "S_OK" | "S_FALSE")) {
        let is_win32 = entry.name.starts_with("ERROR_") || entry.name.starts_with("RPC_X_");
        let _ = writeln!(body, "/* {} */", entry.text(Language::English));
        if is_win32 && entry.hresult.facility() == 7 {
            let _ = writeln!(body, "#define {} {}", entry.name, entry.hresult.0 & 0xFFFF);
        } else {
            let _ = writeln!(body, "#define {} ((HRESULT){})", entry.name, entry.hresult);
        }
    }
    header("winerror", "Result codes", &body).replace("#include \"winerror.h\"", "#include \"wtypes.h\"")
}

const DELIVERY: &str = "\
#define FACILITY_DELIVERY_OPTIMIZATION 208
#define DO_ZONE_MASK 0xF000
#define DO_TRANSIENT_ZONE_MASK 0xF800
#define DO_TRANSIENT_ZONE 0x3800

";

const WINERROR: &str = "\
#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#define IS_ERROR(hr) (((uint32_t)(hr)) >> 31 == 1)
#define HRESULT_CODE(hr) ((hr) & 0xFFFF)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1FFF)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 0x1)
#define MAKE_HRESULT(severity, facility, code) \\
    ((HRESULT)(((uint32_t)(severity) << 31) | ((uint32_t)(facility) << 16) | ((uint32_t)(code))))
#define HRESULT_FROM_WIN32(error) \\
    ((HRESULT)(error) <= 0 ? (HRESULT)(error) : (HRESULT)(((error) & 0xFFFF) | (7 << 16) | 0x80000000))

#define FACILITY_WIN32 7
#define FACILITY_HTTP 25
#define FACILITY_BACKGROUNDCOPY 32
#define ERROR_SUCCESS 0
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_PARAMETER 87
#define ERROR_NOT_FOUND 1168
#define NOERROR 0

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_HANDLE ((HRESULT)0x80070006)
#define STG_E_MEDIUMFULL ((HRESULT)0x80030070)
#define HTTP_E_STATUS_FORBIDDEN ((HRESULT)0x80190193)
#define HTTP_E_STATUS_NOT_FOUND ((HRESULT)0x80190194)
#define CLASS_E_NOAGGREGATION ((HRESULT)0x80040110)
#define REGDB_E_CLASSNOTREG ((HRESULT)0x80040154)
#define CO_E_NOTINITIALIZED ((HRESULT)0x800401F0)
#define CO_E_CLASSSTRING ((HRESULT)0x800401F3)
#define DISP_E_BADVARTYPE ((HRESULT)0x80020008)
#define RPC_E_CHANGED_MODE ((HRESULT)0x80010106)
#define RPC_E_DISCONNECTED ((HRESULT)0x80010108)
#define RPC_E_TOO_LATE ((HRESULT)0x80010119)

";
