//! Where files go: from what was typed to absolute, plain paths.

use std::collections::HashSet;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

use bgcopy_api::core::{LocalName, RemoteName};
use rustix::fs::{Access, AtFlags, CWD};

use crate::failure::Failure;

/// A file to fetch, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Where it comes from, as typed.
    pub(crate) url: String,
    /// Where it goes.
    pub(crate) local: PathBuf,
    /// The base name is a guess from the URL: the server may propose a better one.
    pub(crate) is_guess: bool,
}

/// What becomes of a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfExists {
    /// Say so, and fetch nothing.
    Refuse,
    /// The service decides when the job completes.
    LeaveToService,
    /// As `Refuse`, for names that somebody else chose: the service would replace what nobody thought of.
    RefuseForeign,
}

/// Decides where each URL goes.
pub(crate) fn plan(
    urls: &[String],
    output: Option<&Path>,
    dir: Option<&Path>,
    cwd: &Path,
    if_exists: IfExists,
) -> Result<Vec<Planned>, Failure> {
    if let (Some(output), true) = (output, urls.len() > 1) {
        return Err(several_for_one_name(output, &format!("{} URLs", urls.len())));
    }
    let dir = folder(dir, cwd)?;
    let planned =
        urls.iter().map(|url| place(url, output, &dir)).collect::<Result<Vec<Planned>, Failure>>()?;
    let mut folders = HashSet::new();
    let mut names = HashSet::new();
    for file in &planned {
        let folder = file.local.parent().unwrap_or(Path::new("/"));
        if folders.insert(folder.as_os_str()) {
            check_folder(folder)?;
        }
        // Plain paths are one where their texts are.
        if !names.insert(file.local.as_os_str()) {
            return Err(same_name(&file.local));
        }
        check_absent(&file.local, if_exists)?;
    }
    Ok(planned)
}

/// Where the files of a Metalink go: by their names beneath the folder, or one of them under another name.
/// Folders that the names tell are made.
pub(crate) fn plan_described(
    names: &[String],
    output: Option<&Path>,
    dir: Option<&Path>,
    cwd: &Path,
    if_exists: IfExists,
    taken: &mut HashSet<PathBuf>,
) -> Result<Vec<PathBuf>, Failure> {
    if let (Some(output), true) = (output, names.len() > 1) {
        return Err(several_for_one_name(output, &format!("{} files in the Metalink", names.len())));
    }
    let dir = folder(dir, cwd)?;
    check_folder(&dir)?;
    let mut planned = Vec::with_capacity(names.len());
    for name in names {
        let local = match output {
            Some(output) => output_path(output, &dir)?,
            None => beneath(&dir, name)?,
        };
        let local = LocalName::new(local)?.path().to_owned();
        if !taken.insert(local.clone()) {
            return Err(same_name(&local));
        }
        check_absent(&local, if_exists)?;
        planned.push(local);
    }
    // Only now that nothing is refused any more.
    for folder in planned.iter().filter_map(|local| local.parent()) {
        if output.is_none() {
            let mut make = std::fs::DirBuilder::new();
            // Nobody but its owner writes to a folder that a list made, whatever the umask (faults E26).
            make.recursive(true).mode(0o755).create(folder).map_err(|source| Failure::Local {
                action: "make the folder",
                path: folder.to_owned(),
                source,
            })?;
        }
        check_folder(folder)?;
    }
    Ok(planned)
}

/// A name of a Metalink beneath a folder. Who wrote it may not choose where it leads: not out of the folder, and
/// not through a link that stands in it (faults D07).
fn beneath(dir: &Path, name: &str) -> Result<PathBuf, Failure> {
    let mut parts: Vec<&str> = name.split('/').collect();
    let leads_out = |part: &&str| matches!(*part, "" | "." | "..");
    let base = parts.pop().filter(|_| !name.split('/').any(|part| leads_out(&part)));
    let Some(base) = base else {
        return Err(Failure::Usage(format!("the Metalink names {name:?}, which leads out of its folder")));
    };
    let mut folder = dir.to_owned();
    for part in parts {
        folder.push(part);
        if folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            let reason =
                format!("is no folder, and the Metalink would put {name:?} into it; use another with -d");
            return Err(Failure::Folder { path: folder, reason });
        }
    }
    Ok(folder.join(base))
}

fn folder(dir: Option<&Path>, cwd: &Path) -> Result<PathBuf, Failure> {
    match dir {
        Some(dir) => absolute(dir, cwd),
        None => Ok(cwd.to_owned()),
    }
}

/// One name was given for several files.
pub(crate) fn several_for_one_name(output: &Path, what: &str) -> Failure {
    let shown = output.display();
    Failure::Usage(format!("-o {shown} names one file, and there are {what}; use -d to choose their folder"))
}

fn same_name(local: &Path) -> Failure {
    let shown = local.display();
    Failure::Usage(format!(
        "two URLs would both be saved as {shown}; fetch them one by one with -o, or into two folders"
    ))
}

fn check_absent(local: &Path, if_exists: IfExists) -> Result<(), Failure> {
    let is_there = || local.symlink_metadata().is_ok();
    match if_exists {
        IfExists::Refuse if is_there() => Err(Failure::Exists { path: local.to_owned() }),
        IfExists::RefuseForeign if is_there() => Err(Failure::Refused(format!(
            "{} exists, and the Metalink would replace it; use another folder with -d, or another name with -o",
            local.display()
        ))),
        IfExists::Refuse | IfExists::RefuseForeign | IfExists::LeaveToService => Ok(()),
    }
}

fn place(url: &str, output: Option<&Path>, dir: &Path) -> Result<Planned, Failure> {
    let (remote, _) = RemoteName::parse(url)?;
    let (local, is_guess) = match output {
        Some(output) => (output_path(output, dir)?, false),
        None => {
            let name = remote.file_name().ok_or_else(|| {
                let shown = remote.redacted();
                Failure::Usage(format!("{shown} names no file; say what to call it with -o NAME"))
            })?;
            (dir.join(name), true)
        }
    };
    let local = LocalName::new(local)?.path().to_owned();
    Ok(Planned { url: url.to_owned(), local, is_guess })
}

/// The path of one file that is to be written.
pub(crate) fn output_path(output: &Path, dir: &Path) -> Result<PathBuf, Failure> {
    if output.as_os_str() == "-" {
        let reason = "-o - is not possible: the service cannot write to your standard output; name a file";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let path = absolute(output, dir)?;
    if path.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") {
        let reason = "is a folder; use -d for a folder, or name the file in it".to_owned();
        return Err(Failure::Folder { path: output.to_owned(), reason });
    }
    Ok(path)
}

/// A path from the root, without `.` and `..`. Symbolic links stay as they are, but what stands before a `..`
/// is resolved: the parent of a link's target is another folder than the one the link is in.
pub(crate) fn absolute(path: &Path, base: &Path) -> Result<PathBuf, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::Usage("a path is empty; name a file or folder".to_owned()));
    }
    let mut whole = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::ParentDir => {
                let folder = whole.canonicalize().map_err(|source| Failure::Local {
                    action: "find",
                    path: whole.clone(),
                    source,
                })?;
                whole = folder.parent().unwrap_or(Path::new("/")).to_owned();
            }
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    Ok(whole)
}

/// Says at once what the service would find out later.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Failure> {
    let refuse = |reason: String| Err(Failure::Folder { path: folder.to_owned(), reason });
    match folder.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let word = crate::text::shell_word(&folder.to_string_lossy());
            refuse(format!("does not exist; make it first: mkdir -p {word}"))
        }
        Err(error) => refuse(format!("cannot be reached: {error}")),
        Ok(metadata) if !metadata.is_dir() => refuse("is not a folder".to_owned()),
        Ok(_) => {
            match rustix::fs::accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS) {
                Ok(()) => Ok(()),
                Err(errno) => {
                    let reason = std::io::Error::from(errno);
                    refuse(format!("cannot be written to ({reason}); choose another folder with -d"))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(urls: &[&str]) -> Vec<String> {
        urls.iter().map(|url| (*url).to_owned()).collect()
    }

    fn place_in(folder: &Path, url: &[&str], output: Option<&str>) -> Result<Vec<Planned>, Failure> {
        plan(&urls(url), output.map(Path::new), None, folder, IfExists::Refuse)
    }

    #[test]
    fn names_come_from_the_url_unless_given() {
        let folder = tempfile::tempdir().unwrap();
        let planned = place_in(folder.path(), &["http://h/a%20b.iso?sig=1"], None).unwrap();
        assert_eq!((planned[0].local.clone(), planned[0].is_guess), (folder.path().join("a b.iso"), true));
        let planned = place_in(folder.path(), &["http://h/"], Some("./x.iso")).unwrap();
        assert_eq!((planned[0].local.clone(), planned[0].is_guess), (folder.path().join("x.iso"), false));
        let refused = place_in(folder.path(), &["http://h/?sig=s3cret"], None).unwrap_err().to_string();
        assert_eq!(refused, "http://h/?… names no file; say what to call it with -o NAME");
    }

    #[test]
    fn what_exists_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "old").unwrap();
        let refused = place_in(folder.path(), &["http://h/f"], None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "{} exists; --force replaces it, --existing keep-both saves beside it, -o under another name",
                path.display()
            )
        );
        assert_eq!(refused.exit(), crate::exit::Exit::Refused);
        // A link that leads nowhere is there too: replacing it would be a surprise.
        std::os::unix::fs::symlink("/nowhere", folder.path().join("l")).unwrap();
        assert!(matches!(place_in(folder.path(), &["http://h/l"], None), Err(Failure::Exists { .. })));
        let left = plan(&urls(&["http://h/f"]), None, None, folder.path(), IfExists::LeaveToService);
        assert!(left.is_ok());
    }

    #[test]
    fn bad_places_are_named_with_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let refused = |urls: &[&str], output| {
            let text = place_in(folder.path(), urls, output).unwrap_err().to_string();
            text.replace(&folder.path().display().to_string(), "CWD")
        };
        for (urls, output, message) in [
            (
                &["http://h/f"][..],
                Some("sub"),
                "sub is a folder; use -d for a folder, or name the file in it",
            ),
            (&["http://h/f"], Some("new/"), "new/ is a folder; use -d for a folder, or name the file in it"),
            (&["http://h/f"], Some("no/f"), "CWD/no does not exist; make it first: mkdir -p CWD/no"),
            (
                &["http://h/f"],
                Some("-"),
                "-o - is not possible: the service cannot write to your standard output; name a file",
            ),
            (
                &["http://h/f", "http://h/g"],
                Some("x"),
                "-o x names one file, and there are 2 URLs; use -d to choose their folder",
            ),
            (
                &["http://h/f", "http://other/f"],
                None,
                "two URLs would both be saved as CWD/f; fetch them one by one with -o, or into two folders",
            ),
        ] {
            assert_eq!(refused(urls, output), message);
        }
    }

    #[test]
    fn the_files_of_a_metalink_stay_beneath_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("/tmp", base.join("link")).unwrap();
        std::fs::write(base.join("here"), "").unwrap();
        let planned = |names: &[&str], output: Option<&str>| {
            let mut taken = HashSet::from([base.join("taken")]);
            let refuse = IfExists::Refuse;
            plan_described(&urls(names), output.map(Path::new), None, &base, refuse, &mut taken)
                .map_err(|failure| failure.to_string().replace(&base.display().to_string(), "CWD"))
        };
        assert_eq!(
            planned(&["a.iso", "sub/deep/b.iso"], None),
            Ok(vec![base.join("a.iso"), base.join("sub/deep/b.iso")])
        );
        assert!(base.join("sub/deep").is_dir());
        assert_eq!(planned(&["sub2/b.iso"], Some("x")), Ok(vec![base.join("x")]));
        assert!(!base.join("sub2").exists());
        for (names, output, says) in [
            (&["../x"][..], None, "the Metalink names \"../x\", which leads out of its folder"),
            (&["/etc/x"], None, "the Metalink names \"/etc/x\", which leads out of its folder"),
            (
                &["link/x"],
                None,
                "CWD/link is no folder, and the Metalink would put \"link/x\" into it; use another with -d",
            ),
            (
                &["here"],
                None,
                "CWD/here exists; --force replaces it, --existing keep-both saves beside it, -o under another name",
            ),
            (
                &["new/a", "here"],
                None,
                "CWD/here exists; --force replaces it, --existing keep-both saves beside it, -o under another name",
            ),
            (
                &["taken"],
                None,
                "two URLs would both be saved as CWD/taken; fetch them one by one with -o, or into two folders",
            ),
            (
                &["a", "b"],
                Some("x"),
                "-o x names one file, and there are 2 files in the Metalink; use -d to choose their folder",
            ),
        ] {
            assert_eq!(planned(names, output), Err(says.to_owned()), "{names:?}");
        }
        assert!(!base.join("new").exists(), "nothing is made for what is refused");
    }

    #[test]
    fn a_link_stays_a_link_and_dots_are_resolved_where_the_kernel_would() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("real/deep")).unwrap();
        std::os::unix::fs::symlink("real/deep", base.join("link")).unwrap();
        assert_eq!(absolute(Path::new("link/f"), &base).unwrap(), base.join("link/f"));
        assert_eq!(absolute(Path::new("./link/../f"), &base).unwrap(), base.join("real/f"));
        assert_eq!(absolute(Path::new("/a/./b"), &base).unwrap(), Path::new("/a/b"));
        assert!(absolute(Path::new("gone/../f"), &base).is_err());
        assert!(absolute(Path::new(""), &base).is_err());
    }
}
