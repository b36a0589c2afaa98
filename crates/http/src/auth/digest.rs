//! Digest access authentication (RFC 7616): the answer to a challenge.

use std::fmt::Write as _;

use aws_lc_rs::digest as sha;
use bgcopy_core::Credentials;
use md5::{Digest as _, Md5};

use super::challenge::Challenge;

/// A digest challenge that can be answered, and how often its nonce was used.
#[derive(Clone, Debug)]
pub(crate) struct DigestState {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    session: bool,
    /// `qop=auth`; without it the older form of RFC 2069 is wanted.
    protects: bool,
    stale: bool,
    uses: u32,
}

/// The hash functions of RFC 7616, 6.1, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Sha512Of256,
    Sha256,
    Md5,
}

impl Algorithm {
    fn parse(name: &str) -> Option<(Self, bool)> {
        let name = name.to_ascii_uppercase();
        let (name, session) = match name.strip_suffix("-SESS") {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let algorithm = match name {
            "MD5" => Self::Md5,
            "SHA-256" => Self::Sha256,
            "SHA-512-256" => Self::Sha512Of256,
            _ => return None,
        };
        Some((algorithm, session))
    }

    fn name(self, session: bool) -> &'static str {
        match (self, session) {
            (Self::Md5, false) => "MD5",
            (Self::Md5, true) => "MD5-sess",
            (Self::Sha256, false) => "SHA-256",
            (Self::Sha256, true) => "SHA-256-sess",
            (Self::Sha512Of256, false) => "SHA-512-256",
            (Self::Sha512Of256, true) => "SHA-512-256-sess",
        }
    }

    fn hex(self, text: &str) -> String {
        let mut hex = String::with_capacity(64);
        let mut put = |bytes: &[u8]| {
            for byte in bytes {
                // Writing to a `String` cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
        };
        match self {
            Self::Md5 => put(&Md5::digest(text.as_bytes())),
            Self::Sha256 => put(sha::digest(&sha::SHA256, text.as_bytes()).as_ref()),
            Self::Sha512Of256 => put(sha::digest(&sha::SHA512_256, text.as_bytes()).as_ref()),
        }
        hex
    }
}

impl DigestState {
    /// The challenge, when it is one we can answer: a known hash, and `auth` (or nothing) for `qop`.
    pub(crate) fn new(challenge: &Challenge) -> Option<Self> {
        let (algorithm, session) = Algorithm::parse(challenge.parameter("algorithm").unwrap_or("MD5"))?;
        let protects = match challenge.parameter("qop") {
            None => false,
            Some(offers) => {
                offers.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth")).then_some(true)?
            }
        };
        Some(Self {
            realm: challenge.parameter("realm")?.to_owned(),
            nonce: challenge.parameter("nonce")?.to_owned(),
            opaque: challenge.parameter("opaque").map(str::to_owned),
            algorithm,
            session,
            protects,
            stale: challenge.parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            uses: 0,
        })
    }

    /// How much the hash is worth, best first.
    pub(crate) fn rank(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether only the nonce of the last answer was old, not its password wrong (RFC 7616, 3.3).
    pub(crate) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// The value of `Authorization` for one more request. `cnonce` must be fresh.
    pub(crate) fn answer(
        &mut self,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        cnonce: &str,
    ) -> String {
        self.uses = self.uses.saturating_add(1);
        let hex = |text: &str| self.algorithm.hex(text);
        let Credentials { user, password } = credentials;
        let Self { realm, nonce, .. } = &*self;
        let uses = format!("{:08x}", self.uses);
        let mut a1 = hex(&format!("{user}:{realm}:{}", password.reveal()));
        if self.session {
            a1 = hex(&format!("{a1}:{nonce}:{cnonce}"));
        }
        let a2 = hex(&format!("{method}:{uri}"));
        let response = if self.protects {
            hex(&format!("{a1}:{nonce}:{uses}:{cnonce}:auth:{a2}"))
        } else {
            hex(&format!("{a1}:{nonce}:{a2}"))
        };
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={}",
            quoted(user),
            quoted(realm),
            quoted(nonce),
            quoted(uri),
            self.algorithm.name(self.session),
        );
        if self.protects {
            let _ = write!(value, ", qop=auth, nc={uses}");
        }
        if self.protects || self.session {
            let _ = write!(value, ", cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(value, ", opaque={}", quoted(opaque));
        }
        value
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Secret;

    use super::super::challenge;
    use super::*;

    fn answered(value: &str, user: &str, password: &str, uri: &str, cnonce: &str) -> String {
        let mut state = DigestState::new(&challenge::parse(value)[0]).unwrap();
        let credentials = Credentials { user: user.to_owned(), password: Secret::new(password) };
        state.answer(&credentials, "GET", uri, cnonce)
    }

    #[test]
    fn the_examples_of_rfc_7616_3_9_1_come_out() {
        let challenge = |algorithm: &str| {
            format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let value =
                answered(&challenge(algorithm), "Mufasa", "Circle of Life", "/dir/index.html", cnonce);
            assert!(value.contains(&format!("response=\"{response}\"")), "{value}");
            assert!(value.contains("qop=auth, nc=00000001"), "{value}");
        }
    }

    #[test]
    fn the_example_of_rfc_2069_comes_out_without_qop() {
        // The hash as errata of RFC 2069 correct it.
        let value = answered(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
            "Mufasa",
            "CircleOfLife",
            "/dir/index.html",
            "unused",
        );
        assert!(value.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{value}");
        assert!(!value.contains("cnonce"), "{value}");
    }

    #[test]
    fn a_nonce_counts_its_uses() {
        let mut state = DigestState::new(
            &challenge::parse("Digest realm=r, nonce=n, qop=auth, algorithm=SHA-256-sess")[0],
        )
        .unwrap();
        let credentials = Credentials { user: "a\"b".to_owned(), password: Secret::new("pw") };
        let first = state.answer(&credentials, "GET", "/", "c");
        let second = state.answer(&credentials, "GET", "/", "c");
        assert!(first.contains("nc=00000001") && second.contains("nc=00000002"));
        assert!(first.contains("username=\"a\\\"b\"") && first.contains("algorithm=SHA-256-sess"));
        assert!(!first.contains("pw"));
    }

    #[test]
    fn what_cannot_be_answered_is_no_state() {
        for value in [
            "Digest realm=r, nonce=n, algorithm=SHA-3",
            "Digest realm=r, nonce=n, qop=auth-int",
            "Digest realm=r",
            "Digest nonce=n",
        ] {
            assert!(DigestState::new(&challenge::parse(value)[0]).is_none(), "{value}");
        }
    }
}
