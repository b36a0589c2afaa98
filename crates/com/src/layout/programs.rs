//! Programs in C and C++ that print the layout, compared with ours.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bgcopy_api::core::catalogue::{self, Source};
use bgcopy_api::core::{AclFlags, CostFlags, NotifyFlags, PeerCachingFlags, SecurityFlags};

use super::{Structure, Table};
use crate::abi::types::{STRUCTURES, UNIONS, VARIANT_LAYOUT};
use crate::abi::{classes, enums, interfaces};

/// Where the headers are.
pub(super) fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include/bgcopy")
}

/// The flag sets of the headers, by the numbers that `core` gives them (spec 2.3, 2.4).
fn flags() -> Vec<(String, u32)> {
    let mut flags = Vec::new();
    let mut add = |prefix: &str, name: &str, bits: u32| flags.push((format!("{prefix}{name}"), bits));
    for (name, flag) in NotifyFlags::all().iter_names() {
        add("BG_NOTIFY_", name, flag.bits());
    }
    for (name, flag) in AclFlags::all().iter_names() {
        add("BG_COPY_FILE_", name, flag.bits());
    }
    for (name, prefix) in [("CLIENT", "BG_JOB_ENABLE_PEERCACHING_"), ("SERVER", "BG_JOB_ENABLE_PEERCACHING_")]
    {
        add(prefix, name, PeerCachingFlags::from_name(name).map_or(0, |flag| flag.bits()));
    }
    add("BG_JOB_", "DISABLE_BRANCH_CACHE", PeerCachingFlags::DISABLE_BRANCH_CACHE.bits());
    for (name, flag) in SecurityFlags::all().iter_names() {
        match name.strip_prefix("REDIRECT_") {
            Some(policy) => add("BG_HTTP_REDIRECT_POLICY_", policy, flag.bits()),
            None => add("BG_SSL_", name, flag.bits()),
        }
    }
    for flag in [
        CostFlags::UNRESTRICTED,
        CostFlags::CAPPED_USAGE_UNKNOWN,
        CostFlags::BELOW_CAP,
        CostFlags::NEAR_CAP,
        CostFlags::OVERCAP_CHARGED,
        CostFlags::OVERCAP_THROTTLED,
        CostFlags::USAGE_BASED,
        CostFlags::ROAMING,
        CostFlags::RESERVED,
    ] {
        let name = flag.iter_names().next().map_or("", |(name, _)| name);
        add("BITS_COST_STATE_", name, flag.bits());
    }
    add("BITS_COST_OPTION_", "IGNORE_CONGESTION", CostFlags::IGNORE_CONGESTION.bits());
    add("BITS_JOB_TRANSFER_POLICY_", "ALWAYS", CostFlags::ALWAYS.bits());
    add("BITS_JOB_TRANSFER_POLICY_", "NOT_ROAMING", CostFlags::NOT_ROAMING.bits());
    add("BITS_JOB_TRANSFER_POLICY_", "NO_SURCHARGE", CostFlags::NO_SURCHARGE.bits());
    add("BITS_JOB_TRANSFER_POLICY_", "STANDARD", CostFlags::STANDARD.bits());
    add("BITS_JOB_TRANSFER_POLICY_", "UNRESTRICTED", CostFlags::POLICY_UNRESTRICTED.bits());
    flags
}

/// The codes of the two families and of HTTP.
fn codes() -> impl Iterator<Item = (&'static str, u32)> {
    let told = |source| matches!(source, Source::Bits | Source::Http | Source::Do);
    catalogue::entries().filter(move |entry| told(entry.source)).map(|entry| (entry.name, entry.hresult.0))
}

fn structures() -> impl Iterator<Item = &'static Structure> {
    STRUCTURES.iter().chain(UNIONS).chain([&VARIANT_LAYOUT])
}

fn hex(guid: windows_core::GUID) -> String {
    format!("{guid:?}").to_lowercase()
}

/// What Rust says.
fn ours() -> String {
    let mut text = String::new();
    for Table { name, iid, size, slots } in interfaces::layout() {
        let _ = writeln!(text, "{name} {} {size}", hex(*iid));
        for (method, offset) in *slots {
            let _ = writeln!(text, "{name}::{method} {offset}");
        }
    }
    for (name, clsid) in classes::LAYOUT {
        let _ = writeln!(text, "{name} {}", hex(*clsid));
    }
    for Structure { name, size, align, fields } in structures() {
        let _ = writeln!(text, "{name} {size} {align}");
        for (field, offset) in *fields {
            let _ = writeln!(text, "{name}.{field} {offset}");
        }
    }
    let numbers = enums::LAYOUT.iter().map(|(name, value)| (*name, *value)).chain(codes());
    for (name, value) in numbers {
        let _ = writeln!(text, "{name} {value:x}");
    }
    for (name, value) in flags() {
        let _ = writeln!(text, "{name} {value:x}");
    }
    text
}

/// A program that says the same from the headers. In C the slots are the fields of the table; in C++ a pointer to a
/// virtual method holds the offset of its slot (Itanium C++ ABI, 2.3).
fn program(cpp: bool) -> String {
    let mut text = String::from(PRELUDE);
    text.push_str(if cpp { CPP_SLOTS } else { "" });
    text.push_str("int main(void)\n{\n");
    for Table { name, slots, .. } in interfaces::layout() {
        let size = if cpp { format!("slots_of_{name}") } else { format!("sizeof({name}Vtbl)") };
        if cpp {
            // The last slot ends the table; an interface without slots of its own does not occur.
            let last = slots.last().map_or("", |(method, _)| method);
            let _ = writeln!(text, "    size_t {size} = slot(&{name}::{last}) + sizeof(void *);");
        }
        let _ = writeln!(text, "    print_id(\"{name}\", &IID_{name}); printf(\" %zu\\n\", (size_t){size});");
        for (method, _) in *slots {
            let offset = if cpp {
                format!("slot(&{name}::{method})")
            } else {
                format!("offsetof({name}Vtbl, {method})")
            };
            let _ = writeln!(text, "    printf(\"{name}::{method} %zu\\n\", (size_t){offset});");
        }
    }
    for (name, _) in classes::LAYOUT {
        let _ = writeln!(text, "    print_id(\"{name}\", &{name}); printf(\"\\n\");");
    }
    for Structure { name, fields, .. } in structures() {
        let _ = writeln!(
            text,
            "    {{ struct aligned {{ char c; {name} it; }};\n    printf(\"{name} %zu %zu\\n\", sizeof({name}), \
             offsetof(struct aligned, it)); }}"
        );
        for (field, _) in *fields {
            let _ = writeln!(text, "    printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));");
        }
    }
    let numbers = enums::LAYOUT.iter().map(|(name, _)| *name).chain(codes().map(|(name, _)| name));
    for name in numbers.map(str::to_owned).chain(flags().into_iter().map(|(name, _)| name)) {
        let _ = writeln!(text, "    printf(\"{name} %x\\n\", (unsigned)({name}));");
    }
    text.push_str("    return 0;\n}\n");
    text
}

const PRELUDE: &str = r#"#define INITGUID
#include <stddef.h>
#include <stdio.h>
#include <deliveryoptimization.h>

static void print_id(const char *name, const GUID *id)
{
    printf("%s %08x-%04x-%04x-%02x%02x-", name, id->Data1, id->Data2, id->Data3, id->Data4[0], id->Data4[1]);
    for (int i = 2; i < 8; i++)
        printf("%02x", id->Data4[i]);
}

"#;

const CPP_SLOTS: &str = r"template <typename Method> size_t slot(Method method)
{
    size_t raw;
    memcpy(&raw, &method, sizeof raw);
    return raw & ~(size_t)1;
}

";

/// Compiles the program and gives what it prints.
fn run(compiler: &str, options: &[&str], cpp: bool) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join(if cpp { "layout.cpp" } else { "layout.c" });
    let binary = folder.path().join("layout");
    std::fs::write(&source, program(cpp)).expect("our own folder");
    let built = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-I"])
        .arg(include())
        .args(options)
        .arg(&source)
        .arg("-o")
        .arg(&binary)
        .output()
        .unwrap_or_else(|error| panic!("{compiler} cannot be run: {error}"));
    assert!(built.status.success(), "{compiler} {options:?}\n{}", String::from_utf8_lossy(&built.stderr));
    let said = Command::new(&binary).output().expect("it was just built");
    assert!(said.status.success());
    String::from_utf8(said.stdout).expect("it prints ASCII")
}

/// Names the first line that differs: the whole is some thousand lines.
#[track_caller]
fn assert_same(theirs: &str, what: &str) {
    let ours = ours();
    for (number, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
        assert_eq!(ours, theirs, "{what}, line {number}: Rust on the left, the headers on the right");
    }
    assert_eq!(ours.lines().count(), theirs.lines().count(), "{what}");
}

#[test]
fn every_header_can_come_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names = std::fs::read_dir(include()).expect("our own folder").map(|entry| entry.unwrap().file_name());
    for name in names {
        let source = folder.path().join("first");
        let text = format!("#include <{}>\nextern int more;\n", name.display());
        std::fs::write(&source, text).expect("our own folder");
        for (compiler, language, standard) in [("cc", "c", "-std=c99"), ("c++", "c++", "-std=c++11")] {
            let checked = Command::new(compiler)
                .args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", standard, "-I"])
                .arg(include())
                .args(["-x", language])
                .arg(&source)
                .output()
                .unwrap_or_else(|error| panic!("{compiler} cannot be run: {error}"));
            assert!(checked.status.success(), "{name:?}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
}

#[test]
fn c_lays_out_what_rust_does() {
    assert_same(&run("cc", &["-std=c11", "-pedantic"], false), "C");
}

#[test]
fn c_with_16_bit_wide_characters_lays_out_what_rust_does() {
    assert_same(&run("cc", &["-std=gnu11", "-fshort-wchar"], false), "C with -fshort-wchar");
}

#[test]
fn cpp_lays_out_what_rust_does() {
    assert_same(&run("c++", &["-std=c++11"], true), "C++");
}

#[test]
fn cpp_with_16_bit_wide_characters_lays_out_what_rust_does() {
    assert_same(&run("c++", &["-std=c++17", "-fshort-wchar"], true), "C++ with -fshort-wchar");
}

#[test]
fn the_numbers_are_those_that_the_service_speaks() {
    use bgcopy_api::core::{AuthScheme, AuthTarget, ErrorContext, JobState, JobType, Priority, ProxyUsage};

    let numbers = |prefix: &str| -> Vec<u32> {
        enums::LAYOUT.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| *value).collect()
    };
    let ours = |all: &[u32]| all.to_vec();
    assert_eq!(numbers("BG_JOB_STATE_"), ours(&JobState::ALL.iter().map(|s| s.number()).collect::<Vec<_>>()));
    assert_eq!(numbers("BG_JOB_TYPE_"), ours(&JobType::ALL.iter().map(|s| s.number()).collect::<Vec<_>>()));
    assert_eq!(
        numbers("BG_JOB_PRIORITY_"),
        ours(&Priority::ALL.iter().map(|s| s.number()).collect::<Vec<_>>())
    );
    assert_eq!(
        numbers("BG_ERROR_CONTEXT_"),
        ours(&ErrorContext::ALL.iter().map(|s| s.number()).collect::<Vec<_>>())
    );
    assert_eq!(
        numbers("BG_JOB_PROXY_USAGE_"),
        ours(&ProxyUsage::ALL.iter().map(|s| s.number()).collect::<Vec<_>>())
    );
    assert_eq!(
        numbers("BG_AUTH_TARGET_"),
        ours(&AuthTarget::ALL.iter().map(|s| s.number()).collect::<Vec<_>>())
    );
    assert!(AuthScheme::ALL.iter().all(|scheme| numbers("BG_AUTH_SCHEME_").contains(&scheme.number())));
}
