//! Stores of client certificates, as files (docs/com.md): what `SetClientCertificateByID` and `ByName` find (spec 7.7).
//!
//! A store is a folder: `~/.config/bgcopy/certificates/MY` is the store MY of the user, `/etc/bgcopy/certificates/MY` that
//! of the machine. Each of its files holds, as PEM, a certificate, its chain and its key. They are read by whoever wants to
//! show one, with his own rights, and sent to the service with the job: so nobody shows a certificate whose key he cannot
//! read himself.

mod facts;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bgcopy_core::Secret;
use sha1::{Digest as _, Sha1};

use crate::request::ClientCertificate;

/// Whose certificates a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreLocation {
    /// `BG_CERT_STORE_LOCATION_CURRENT_USER`.
    User,
    /// `BG_CERT_STORE_LOCATION_LOCAL_MACHINE`.
    Machine,
}

/// A certificate by its SHA-1 thumbprint.
pub type Thumbprint = [u8; 20];

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The certificate with this thumbprint.
    Id(&'a Thumbprint),
    /// The first for client authentication in whose subject this text is.
    Name(&'a str),
}

/// Why there is no such certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such store.
    #[error("there is no such certificate store")]
    NoStore,
    /// The store may not be looked into.
    #[error("the certificate store may not be read")]
    Denied,
    /// The store has no such certificate.
    #[error("the store has no such certificate with a key")]
    NotFound,
}

/// A certificate of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose store it is in.
    pub location: StoreLocation,
    /// The name of the store.
    pub store: String,
    /// Its SHA-1 thumbprint.
    pub thumbprint: Thumbprint,
    /// The values of its subject, separated by commas.
    pub subject: String,
    /// What is shown to servers.
    pub pair: ClientCertificate,
}

/// A file with a certificate, its chain and its key: much more than any has.
const FILE_BYTES: u64 = 256 << 10;
/// Files of one store that are looked at.
const FILES_MAX: usize = 1_024;
/// The store where certificates with keys are, on Windows as here.
pub const USUAL_STORE: &str = "MY";

/// The folders with stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stores {
    user: Option<PathBuf>,
    machine: PathBuf,
}

impl Stores {
    /// Those of who asks, by his environment.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config")));
        Self {
            user: config.map(|config| config.join("bgcopy/certificates")),
            machine: PathBuf::from("/etc/bgcopy/certificates"),
        }
    }

    fn folder(&self, location: StoreLocation) -> Option<&Path> {
        match location {
            StoreLocation::User => self.user.as_deref(),
            StoreLocation::Machine => Some(&self.machine),
        }
    }

    /// Looks a certificate up.
    pub fn find(
        &self,
        location: StoreLocation,
        store: &str,
        wanted: Wanted<'_>,
    ) -> Result<Found, StoreError> {
        let folder = self.folder(location).ok_or(StoreError::NoStore)?;
        let (name, folder) = sub_folder(folder, store)?;
        let mut all = certificates(&folder)?.into_iter();
        let found = all.find(|one| match wanted {
            Wanted::Id(id) => one.thumbprint == *id,
            Wanted::Name(part) => {
                one.authenticates_clients && one.subject.to_lowercase().contains(&part.to_lowercase())
            }
        });
        let Certificate { thumbprint, subject, pair, .. } = found.ok_or(StoreError::NotFound)?;
        Ok(Found { location, store: name, thumbprint, subject, pair })
    }

    /// Where a certificate is that a job shows (`GetClientCertificate`): it is given as PEM, its chain behind it.
    pub fn locate(&self, pem: &str) -> Option<Found> {
        let shown = read(pem)?.thumbprint;
        [StoreLocation::User, StoreLocation::Machine].into_iter().find_map(|location| {
            let mut stores = names(self.folder(location)?).ok()?.into_iter();
            stores.find_map(|store| self.find(location, &store, Wanted::Id(&shown)).ok())
        })
    }
}

/// The folder of a store; names of stores have no case on Windows.
fn sub_folder(folder: &Path, store: &str) -> Result<(String, PathBuf), StoreError> {
    let found = names(folder)?.into_iter().find(|name| name.eq_ignore_ascii_case(store));
    let name = found.ok_or(StoreError::NoStore)?;
    let path = folder.join(&name);
    Ok((name, path))
}

/// What a folder holds, in order, without what is hidden.
fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = fs::read_dir(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => StoreError::Denied,
        _ => StoreError::NoStore,
    })?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).take(FILES_MAX).collect();
    names.sort();
    Ok(names)
}

/// A certificate with its key.
struct Certificate {
    thumbprint: Thumbprint,
    subject: String,
    authenticates_clients: bool,
    pair: ClientCertificate,
}

/// The certificates of a store. A file that cannot be read, or is none, is passed over.
fn certificates(folder: &Path) -> Result<Vec<Certificate>, StoreError> {
    let texts = names(folder)?.into_iter().filter_map(|name| text(&folder.join(name)));
    Ok(texts
        .filter_map(|text| read(&text).filter(|certificate| !certificate.pair.key.reveal().is_empty()))
        .collect())
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    // A pipe would never end.
    file.metadata().ok()?.is_file().then_some(())?;
    file.take(FILE_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The first certificate of a text is what is shown; others are its chain. The key is empty where there is none.
fn read(text: &str) -> Option<Certificate> {
    let chain = blocks_of(text, |label| label == "CERTIFICATE");
    let leaf = chain.lines().skip(1).take_while(|line| !line.starts_with("-----"));
    let leaf = STANDARD.decode(leaf.collect::<String>()).ok()?;
    let facts = facts::facts(&leaf)?;
    Some(Certificate {
        thumbprint: Sha1::digest(&leaf).into(),
        // "RDN values comma separated in reverse of display order, no attribute names" (spec 7.7): as they are encoded.
        subject: facts.subject.join(", "),
        authenticates_clients: facts.authenticates_clients,
        pair: ClientCertificate {
            certificate: chain,
            key: Secret::new(blocks_of(text, |label| label.ends_with("PRIVATE KEY"))),
        },
    })
}

/// The blocks of a text with such labels, as they stand there: a key must not stay with what is shown to everybody.
fn blocks_of(text: &str, is: impl Fn(&str) -> bool) -> String {
    let label = |line: &str, word: &str| {
        let label = line.trim().strip_prefix(word)?.strip_suffix("-----")?;
        is(label).then_some(())
    };
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        inside |= label(line, "-----BEGIN ").is_some();
        if inside {
            kept.push_str(line.trim());
            kept.push('\n');
        }
        inside &= label(line, "-----END ").is_none();
    }
    kept
}

#[cfg(test)]
mod tests {
    use bgcopy_testkit::Authority;

    use super::*;

    /// Stores of a user in a folder of the test, with a client's certificate, a server's, and litter.
    fn stores() -> (tempfile::TempDir, Stores) {
        let config = tempfile::tempdir().unwrap();
        let home = config.path().to_owned();
        let stores =
            Stores::of_environment(|name| (name == "XDG_CONFIG_HOME").then(|| home.clone().into_os_string()));
        let my = config.path().join("bgcopy/certificates/My");
        fs::create_dir_all(&my).unwrap();
        let authority = Authority::new("an authority");
        let (client, server) = (authority.client("ada lovelace"), authority.server(&["ada.example"]));
        for (name, issued) in [("b.pem", &client), ("a.pem", &server)] {
            let text = format!("{}{}", issued.key_pem(), issued.certificate_pem());
            fs::write(my.join(name), text).unwrap();
        }
        fs::write(my.join("public.pem"), authority.client("without key").certificate_pem()).unwrap();
        fs::write(my.join("litter"), "-----BEGIN CERTIFICATE-----\nno base64\n").unwrap();
        fs::create_dir(my.join("folder")).unwrap();
        (config, stores)
    }

    fn find(stores: &Stores, store: &str, wanted: Wanted<'_>) -> Result<Found, StoreError> {
        stores.find(StoreLocation::User, store, wanted)
    }

    #[test]
    fn a_certificate_is_found_by_a_part_of_its_subject_and_by_its_thumbprint() {
        let (_config, stores) = stores();
        // The server's has the text too, and is not for clients.
        let found = find(&stores, "MY", Wanted::Name("ADA")).unwrap();
        assert_eq!((found.store.as_str(), found.subject.as_str()), ("My", "ada lovelace"));
        assert!(found.pair.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!found.pair.certificate.contains("PRIVATE"), "the key goes apart");
        assert!(found.pair.key.reveal().contains("PRIVATE KEY"));
        assert_eq!(find(&stores, "my", Wanted::Id(&found.thumbprint)), Ok(found.clone()));
        assert_eq!(stores.locate(&found.pair.certificate), Some(found));
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let (config, stores) = stores();
        for (store, wanted, error) in [
            ("ROOT", Wanted::Name("ada"), StoreError::NoStore),
            ("../My", Wanted::Name("ada"), StoreError::NoStore),
            ("MY", Wanted::Name("nobody"), StoreError::NotFound),
            ("MY", Wanted::Name("without key"), StoreError::NotFound),
            ("MY", Wanted::Id(&[7; 20]), StoreError::NotFound),
        ] {
            assert_eq!(find(&stores, store, wanted), Err(error), "{store} {wanted:?}");
        }
        assert_eq!(stores.locate("no certificate"), None);
        let elsewhere = Authority::new("another").client("ada lovelace");
        assert_eq!(stores.locate(elsewhere.certificate_pem()), None, "the name alone is not enough");
        drop(config);
        assert_eq!(find(&stores, "MY", Wanted::Name("ada")), Err(StoreError::NoStore));
    }

    #[test]
    fn who_has_no_home_has_no_stores() {
        for home in [None, Some(OsString::from("relative"))] {
            let stores = Stores::of_environment(|_| home.clone());
            assert_eq!(find(&stores, "MY", Wanted::Name("ada")), Err(StoreError::NoStore));
        }
    }
}
