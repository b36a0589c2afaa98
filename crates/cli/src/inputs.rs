//! Files that the command line names: they are read here, by the person who typed it, and their content is
//! sent. The service may run as somebody else, and in another folder.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use crate::args::values::{HeaderArg, parse_header, parse_url};
use crate::failure::Failure;

/// Bytes of a list of URLs: some ten thousand long ones.
const LIST_BYTES: u64 = 16 << 20;
/// Bytes of certificates or keys: the system's whole bundle of authorities has 220 KiB, and a request to the
/// service 1 MiB.
const PEM_BYTES: u64 = 512 << 10;
/// Bytes of a file of headers: four times what a job takes (spec 7.7).
const HEADER_BYTES: u64 = 64 << 10;

/// Reads a list of URLs, one per line; empty lines and lines that begin with `#` are passed over. `-` is
/// standard input.
pub(crate) fn read_urls(path: &Path) -> Result<Vec<String>, Failure> {
    let (name, text) = if path.as_os_str() == "-" {
        ("standard input".to_owned(), read_bounded(path, &mut stdin().lock(), LIST_BYTES)?)
    } else {
        (path.display().to_string(), read_file(path, LIST_BYTES)?)
    };
    parse_urls(&name, &text)
}

fn parse_urls(name: &str, text: &str) -> Result<Vec<String>, Failure> {
    let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
    let urls = lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            parse_url(line).map_err(|reason| Failure::Usage(format!("{name}, line {number}: {reason}")))
        })
        .collect::<Result<Vec<String>, Failure>>()?;
    if urls.is_empty() {
        return Err(Failure::Usage(format!("there is no URL in {name}; write one per line")));
    }
    Ok(urls)
}

/// The headers that were typed, and those in the files that were named.
pub(crate) fn read_headers(args: &[HeaderArg]) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for arg in args {
        match arg {
            HeaderArg::Field { name, value } => headers.push((name.clone(), value.clone())),
            HeaderArg::File(path) => {
                let text = read_file(path, HEADER_BYTES)?;
                for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
                    headers.push(parse_header(line).map_err(|reason| {
                        Failure::Usage(format!("{}, line {number}: {reason}", path.display()))
                    })?);
                }
            }
        }
    }
    Ok(headers)
}

/// What a PEM file has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pem {
    /// Certificates.
    Certificate,
    /// A private key.
    Key,
}

impl Pem {
    fn is_in(self, text: &str) -> bool {
        text.lines().filter_map(|line| line.trim().strip_prefix("-----BEGIN ")).any(|rest| match self {
            Self::Certificate => rest.starts_with("CERTIFICATE-----"),
            Self::Key => rest.ends_with("PRIVATE KEY-----") && !rest.starts_with("ENCRYPTED"),
        })
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Certificate => "certificate (-----BEGIN CERTIFICATE-----)",
            Self::Key => "private key without a pass phrase (-----BEGIN PRIVATE KEY-----)",
        }
    }
}

/// Reads a PEM file, and checks that it holds what it has to.
pub(crate) fn read_pem(path: &Path, pem: Pem) -> Result<String, Failure> {
    let text = read_file(path, PEM_BYTES)?;
    if pem.is_in(&text) {
        return Ok(text);
    }
    Err(Failure::Usage(format!("{} holds no PEM {}", path.display(), pem.what())))
}

/// The client certificate and its key, which by default is in the same file.
pub(crate) fn read_client_certificate(cert: &Path, key: Option<&Path>) -> Result<(String, String), Failure> {
    let chain = read_pem(cert, Pem::Certificate)?;
    let key = match key {
        Some(key) => read_pem(key, Pem::Key)?,
        None if Pem::Key.is_in(&chain) => chain.clone(),
        None => {
            let shown = cert.display();
            return Err(Failure::Usage(format!(
                "{shown} holds no private key without a pass phrase; name its file with --key"
            )));
        }
    };
    // The certificates are shown to whoever looks at the job, the key to nobody: it must not stay with them.
    Ok((only_certificates(&chain), key))
}

fn only_certificates(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        inside |= line.trim().starts_with("-----BEGIN CERTIFICATE-----");
        if inside {
            kept.push_str(line.trim());
            kept.push('\n');
        }
        inside &= !line.trim().starts_with("-----END CERTIFICATE-----");
    }
    kept
}

fn read_file(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    let mut file = File::open(path).map_err(|source| Failure::Input { path: path.to_owned(), source })?;
    read_bounded(path, &mut file, bytes_max)
}

fn read_bounded(path: &Path, reader: &mut dyn Read, bytes_max: u64) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    reader
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Failure::Input { path: path.to_owned(), source })?;
    let shown = path.display();
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::Usage(format!(
            "{shown} has more than {bytes_max} bytes, too many for what it is"
        )));
    }
    String::from_utf8(bytes).map_err(|_| Failure::Usage(format!("{shown} is not text (UTF-8)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n";

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn a_list_names_the_line_that_is_wrong() {
        let urls = parse_urls("list", "# mirrors\n\n http://h/a \r\nhttps://h/b\n").unwrap();
        assert_eq!(urls, ["http://h/a", "https://h/b"]);
        assert_eq!(
            parse_urls("list", "http://h/a\nftp://h/b\n").unwrap_err().to_string(),
            "list, line 2: ftp: is not supported in \"ftp://h/b\"; use http or https"
        );
        assert_eq!(
            parse_urls("list", "# none\n").unwrap_err().to_string(),
            "there is no URL in list; write one per line"
        );
    }

    #[test]
    fn headers_come_from_the_command_line_and_from_files() {
        let secrets = file("X-Token: s3cret\n\nX-Other: b\n");
        let args = [
            HeaderArg::Field { name: "A".into(), value: "1".into() },
            HeaderArg::File(secrets.path().into()),
        ];
        let names: Vec<_> = read_headers(&args).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["A", "X-Token", "X-Other"]);
        let bad = file("A: b\ns3cret\n");
        let refused = read_headers(&[HeaderArg::File(bad.path().into())]).unwrap_err().to_string();
        assert!(refused.contains("line 2") && !refused.contains("s3cret"), "{refused}");
    }

    #[test]
    fn certificates_and_keys_are_what_they_should_be() {
        let both = file(&format!("{KEY}{CERTIFICATE}"));
        let (chain, key) = read_client_certificate(both.path(), None).unwrap();
        assert_eq!(chain, CERTIFICATE);
        assert!(key.contains("PRIVATE KEY"));
        let alone = file(CERTIFICATE);
        let refused = read_client_certificate(alone.path(), None).unwrap_err().to_string();
        assert!(refused.ends_with("name its file with --key"), "{refused}");
        assert!(read_client_certificate(alone.path(), Some(both.path())).is_ok());
        assert!(read_pem(alone.path(), Pem::Key).is_err());
        assert!(read_pem(file("junk").path(), Pem::Certificate).is_err());
    }

    #[test]
    fn files_that_cannot_be_read_are_named() {
        let refused = read_pem(Path::new("/nowhere/ca.pem"), Pem::Certificate).unwrap_err().to_string();
        assert_eq!(refused, "cannot read /nowhere/ca.pem: No such file or directory (os error 2)");
        let huge = file(&"x".repeat(PEM_BYTES as usize + 1));
        assert!(read_pem(huge.path(), Pem::Certificate).unwrap_err().to_string().contains("more than"));
    }
}
