//! Showing credentials: which scheme, when, and never to anybody else.
//!
//! Basic and Digest are spoken. A password is shown only after the server asked for it, or at once where it
//! cannot be overheard (https) and nothing better than Basic was set. After one challenge was answered in vain
//! the failure is reported: no retry storm locks an account out (faults A27).

pub(crate) mod challenge;
pub(crate) mod digest;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bgcopy_core::{AuthScheme, Credentials};
use http::HeaderMap;
use http::header::HeaderName;

use self::challenge::Challenge;
use self::digest::DigestState;

/// What a server was found to want; kept so that the next request need not be refused first.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Basic,
    Digest(DigestState),
}

/// One request, as an answer to a digest challenge must name it.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
}

/// The best challenge of an answer that the credentials fit: Digest before Basic, strong hashes before weak.
pub(crate) fn choose(
    headers: &HeaderMap,
    field: &HeaderName,
    credentials: &[(AuthScheme, Credentials)],
) -> Option<Wanted> {
    let challenges: Vec<Challenge> = headers
        .get_all(field)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(challenge::parse)
        .collect();
    let digest = challenges
        .iter()
        .filter(|challenge| challenge.scheme == "digest")
        .filter_map(DigestState::new)
        .min_by_key(DigestState::rank)
        .filter(|_| of_scheme(credentials, AuthScheme::Digest).is_some());
    if let Some(state) = digest {
        return Some(Wanted::Digest(state));
    }
    let basic = challenges.iter().any(|challenge| challenge.scheme == "basic");
    (basic && of_scheme(credentials, AuthScheme::Basic).is_some()).then_some(Wanted::Basic)
}

/// The value of `Authorization` or `Proxy-Authorization`; `None` when no credentials fit.
pub(crate) fn answer(
    wanted: &mut Wanted,
    credentials: &[(AuthScheme, Credentials)],
    line: Line<'_>,
) -> Option<String> {
    match wanted {
        Wanted::Basic => of_scheme(credentials, AuthScheme::Basic).map(basic),
        Wanted::Digest(state) => of_scheme(credentials, AuthScheme::Digest)
            .map(|credentials| state.answer(credentials, line.method, line.uri, &cnonce())),
    }
}

/// What is shown before anybody asked: Basic where nothing better was set and TLS hides it.
pub(crate) fn unasked(credentials: &[(AuthScheme, Credentials)], hidden: bool) -> Option<Wanted> {
    let only_basic = of_scheme(credentials, AuthScheme::Basic).is_some()
        && of_scheme(credentials, AuthScheme::Digest).is_none();
    (hidden && only_basic).then_some(Wanted::Basic)
}

fn of_scheme(credentials: &[(AuthScheme, Credentials)], scheme: AuthScheme) -> Option<&Credentials> {
    credentials.iter().find(|(known, _)| *known == scheme).map(|(_, credentials)| credentials)
}

/// RFC 7617, in UTF-8.
fn basic(credentials: &Credentials) -> String {
    let pair = format!("{}:{}", credentials.user, credentials.password.reveal());
    format!("Basic {}", STANDARD.encode(pair))
}

fn cnonce() -> String {
    let mut bytes = [0; 16];
    // The system's generator fails only before it was ever seeded; a predictable value then weakens one answer
    // and is no reason to fail a transfer.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Secret;
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    fn credentials(schemes: &[AuthScheme]) -> Vec<(AuthScheme, Credentials)> {
        let ada = Credentials { user: "Aladdin".to_owned(), password: Secret::new("open sesame") };
        schemes.iter().map(|scheme| (*scheme, ada.clone())).collect()
    }

    fn chosen(challenges: &[&'static str], schemes: &[AuthScheme]) -> String {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, challenge.parse().unwrap());
        }
        match choose(&headers, &WWW_AUTHENTICATE, &credentials(schemes)) {
            Some(Wanted::Basic) => "basic".to_owned(),
            Some(Wanted::Digest(state)) => format!("{:?}", state.rank()),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn the_strongest_scheme_that_fits_is_chosen() {
        use AuthScheme::{Basic, Digest};
        let md5 = "Digest realm=r, nonce=n, qop=auth";
        let sha = "Digest realm=r, nonce=n, qop=auth, algorithm=SHA-256";
        assert_eq!(chosen(&["Basic realm=r", md5, sha], &[Basic, Digest]), "Sha256");
        assert_eq!(chosen(&["Basic realm=r", md5], &[Basic]), "basic");
        assert_eq!(chosen(&[md5], &[Basic]), "none");
        assert_eq!(chosen(&["Negotiate"], &[Basic, Digest]), "none");
        assert_eq!(chosen(&[], &[Basic, Digest]), "none");
    }

    #[test]
    fn basic_is_shown_unasked_only_where_tls_hides_it() {
        use AuthScheme::{Basic, Digest};
        assert!(unasked(&credentials(&[Basic]), true).is_some());
        assert!(unasked(&credentials(&[Basic]), false).is_none());
        assert!(unasked(&credentials(&[Basic, Digest]), true).is_none());
        assert!(unasked(&[], true).is_none());
    }

    #[test]
    fn the_example_of_rfc_7617_comes_out() {
        let line = Line { method: "GET", uri: "/" };
        let value = answer(&mut Wanted::Basic, &credentials(&[AuthScheme::Basic]), line);
        assert_eq!(value.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    }
}
