//! Where a redirect leads, and whether it may be followed (spec 9.6; faults C01 to C06). Pure.

use bgcopy_core::{RedirectPolicy, RemoteName, SecurityFlags, limits};
use http::Method;

use crate::failure::Failure;

/// Whether a status redirects. 300 and 305 leave the choice to a person, or are obsolete.
pub(crate) const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The way a request has come.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    /// Where it is now.
    pub(crate) url: RemoteName,
    /// The method it goes on with.
    pub(crate) method: Method,
    followed: u32,
}

impl Trail {
    pub(crate) const fn new(url: RemoteName, method: Method) -> Self {
        Self { url, method, followed: 0 }
    }

    /// Whether a redirect was followed already.
    pub(crate) const fn was_redirected(&self) -> bool {
        self.followed > 0
    }

    /// Goes where the redirect points, if the job lets it.
    pub(crate) fn follow(
        &mut self,
        status: u16,
        location: Option<&[u8]>,
        flags: SecurityFlags,
    ) -> Result<(), Failure> {
        let whom = self.url.origin();
        let refused = |reason: &str| Failure::Redirect { whom: whom.clone(), reason: reason.to_owned() };
        let target = location.map(|location| self.target(location));
        // Bits of the mask that no policy has are refused when a job is made; here they mean the strictest.
        if matches!(flags.redirect_policy(), Some(RedirectPolicy::Disallow) | None) {
            return Err(Failure::RedirectDisallowed { whom, status, location: target.and_then(Result::ok) });
        }
        if self.followed >= limits::REDIRECTS {
            return Err(refused(&format!("after {} redirects there is still another", self.followed)));
        }
        let target = match target {
            Some(target) => target.map_err(|reason| refused(&reason))?,
            None => return Err(refused("it does not say where to")),
        };
        let downgrade = self.url.url().scheme() == "https" && target.url().scheme() == "http";
        if downgrade && !flags.contains(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP) {
            return Err(refused("it leads from https to http, and the job does not allow that"));
        }
        self.followed += 1;
        self.url = target;
        // RFC 9110, 15.4: 303 asks for a GET; after 301 and 302 "a user agent MAY change POST to GET", which
        // all of them do.
        if status == 303 || (matches!(status, 301 | 302) && self.method == Method::POST) {
            self.method = Method::GET;
        }
        Ok(())
    }

    /// The target, absolute. Only http and https lead anywhere (faults C05); a user part is dropped.
    fn target(&self, location: &[u8]) -> Result<RemoteName, String> {
        let text = std::str::from_utf8(location).map_err(|_| "its target is not text".to_owned())?;
        let url =
            self.url.url().join(text.trim()).map_err(|error| format!("its target is no URL ({error})"))?;
        RemoteName::from_url(url).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Code;
    use proptest::prelude::*;

    use super::*;

    fn trail(url: &str) -> Trail {
        Trail::new(url.parse().unwrap(), Method::GET)
    }

    fn followed(from: &str, location: &str, flags: SecurityFlags) -> Result<String, Failure> {
        let mut trail = trail(from);
        trail.follow(302, Some(location.as_bytes()), flags)?;
        Ok(trail.url.as_str().to_owned())
    }

    fn code(failure: &Failure) -> Code {
        failure.fault(&"http://h/".parse().unwrap()).code
    }

    #[test]
    fn targets_are_relative_to_where_we_are() {
        for (from, location, expected) in [
            ("http://h/a/b?q", "c", "http://h/a/c"),
            ("http://h/a/b", "/c?d#e", "http://h/c?d"),
            ("http://h/a", "//other/x", "http://other/x"),
            ("http://h/a", "https://other:444/x", "https://other:444/x"),
            ("http://h/a", "http://ada:pw@other/x", "http://other/x"),
            ("http://h/a", "/with blank", "http://h/with%20blank"),
        ] {
            assert_eq!(followed(from, location, SecurityFlags::empty()).unwrap(), expected);
        }
    }

    #[test]
    fn c01_loops_end_at_the_tenth_redirect() {
        let mut trail = trail("http://h/a");
        for _ in 0..limits::REDIRECTS {
            trail.follow(302, Some(b"/a"), SecurityFlags::empty()).unwrap();
        }
        let failure = trail.follow(302, Some(b"/a"), SecurityFlags::empty()).unwrap_err();
        assert_eq!(code(&failure), Code::Redirect);
    }

    #[test]
    fn c02_https_to_http_needs_its_flag() {
        let failure = followed("https://h/a", "http://h/a", SecurityFlags::empty()).unwrap_err();
        assert_eq!(code(&failure), Code::Redirect);
        let allowed = SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP;
        assert_eq!(followed("https://h/a", "http://h/a", allowed).unwrap(), "http://h/a");
        assert!(followed("http://h/a", "https://h/a", SecurityFlags::empty()).is_ok());
    }

    #[test]
    fn c05_only_http_and_https_are_followed() {
        for location in
            ["file:///etc/passwd", "ftp://h/x", "data:,x", "unix:/run/x", "javascript:0", "http://"]
        {
            let failure = followed("http://h/a", location, SecurityFlags::empty()).unwrap_err();
            assert_eq!(code(&failure), Code::Redirect, "{location}");
        }
        assert_eq!(
            code(&trail("http://h/").follow(302, None, SecurityFlags::empty()).unwrap_err()),
            Code::Redirect
        );
    }

    #[test]
    fn disallowed_redirects_report_status_and_target() {
        let failure =
            followed("http://h/a", "http://other/x?sig", SecurityFlags::REDIRECT_DISALLOW).unwrap_err();
        let fault = failure.fault(&"http://h/a".parse().unwrap());
        assert_eq!(fault.code, Code::Http(302));
        assert_eq!(fault.location.unwrap().as_str(), "http://other/x?sig");
        assert!(!fault.detail.contains("sig"));
    }

    #[test]
    fn methods_change_as_http_says() {
        let after = |status, method| {
            let mut trail = Trail::new("http://h/".parse().unwrap(), method);
            trail.follow(status, Some(b"/x"), SecurityFlags::empty()).unwrap();
            trail.method
        };
        assert_eq!(after(302, Method::POST), Method::GET);
        assert_eq!(after(303, Method::PUT), Method::GET);
        assert_eq!(after(307, Method::POST), Method::POST);
        assert_eq!(after(308, Method::POST), Method::POST);
        assert_eq!(after(301, Method::PUT), Method::PUT);
    }

    proptest! {
        #[test]
        fn no_location_panics(location in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut trail = trail("http://h/a");
            if trail.follow(302, Some(&location), SecurityFlags::empty()).is_ok() {
                prop_assert!(matches!(trail.url.url().scheme(), "http" | "https"));
            }
        }
    }
}
