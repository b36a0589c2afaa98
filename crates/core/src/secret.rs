//! What must not be shown: credentials and custom headers. They never appear in `Debug`, and the store
//! keeps them apart from the job (design.md "Where the sources disagree", secrets).

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::state::words;

/// A text that is shown to nobody but the server it is meant for.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself: for the request, and for the secrets file.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.reveal().to_owned()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

words! {
    /// `BG_AUTH_TARGET`: whom credentials are for.
    AuthTarget {
        /// The origin server.
        Server = 1, "server";
        /// The proxy.
        Proxy = 2, "proxy";
    }
}

words! {
    /// `BG_AUTH_SCHEME`.
    AuthScheme {
        /// RFC 7617.
        Basic = 1, "basic";
        /// RFC 7616.
        Digest = 2, "digest";
        /// Not on Linux.
        Ntlm = 3, "ntlm";
        /// Not on Linux.
        Negotiate = 4, "negotiate";
        /// Retired.
        Passport = 5, "passport";
    }
}

/// `BG_BASIC_CREDENTIALS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Everything of a job that is kept apart and never shown.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobSecrets {
    /// One per target and scheme (spec 7.3, `SetCredentials`).
    pub credentials: Vec<(AuthTarget, AuthScheme, Credentials)>,
    /// Custom request headers (spec 7.7): they may hold a token.
    pub headers: Vec<(String, Secret)>,
    /// Headers that a server is shown only once it asked who we are (do-download 7.3, `HttpCustomAuthHeaders`).
    #[serde(default)]
    pub auth_headers: Vec<(String, Secret)>,
    /// The pass phrase or key material of a client certificate, as PEM, captured when the job was made.
    pub client_key: Option<Secret>,
}

impl JobSecrets {
    /// Nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.credentials.is_empty()
            && self.headers.is_empty()
            && self.auth_headers.is_empty()
            && self.client_key.is_none()
    }

    /// The credentials for a target and scheme.
    pub fn credentials(&self, target: AuthTarget, scheme: AuthScheme) -> Option<&Credentials> {
        self.credentials.iter().find(|(t, s, _)| (*t, *s) == (target, scheme)).map(|(.., found)| found)
    }

    /// Keeps credentials, in place of those that there were for this target and scheme.
    pub fn put(&mut self, target: AuthTarget, scheme: AuthScheme, credentials: Credentials) {
        self.remove(target, scheme);
        self.credentials.push((target, scheme, credentials));
    }

    /// Drops the credentials for a target and scheme; says whether there were any.
    pub fn remove(&mut self, target: AuthTarget, scheme: AuthScheme) -> bool {
        let before = self.credentials.len();
        self.credentials.retain(|(t, s, _)| (*t, *s) != (target, scheme));
        self.credentials.len() < before
    }
}
