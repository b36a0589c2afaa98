//! Values of options, each read once into what cannot be wrong; a refusal names the input and what would be
//! right.

use std::path::PathBuf;
use std::str::FromStr;

use bgcopy_api::core::settings::Digest;
use bgcopy_api::core::{NameError, RemoteName};
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Whom to log in as; `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// The user name.
    pub(crate) name: String,
    /// The password; `None` when it was not given and has to be asked for.
    pub(crate) password: Option<String>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FromStr for User {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, password) = match text.split_once(':') {
            Some((name, password)) => (name, Some(password.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("there is no user name; write it like NAME or NAME:PASSWORD".to_owned());
        }
        Ok(Self { name: name.to_owned(), password })
    }
}

/// A request header, or a file that holds some; `Debug` does not show the value, which may be a token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum HeaderArg {
    /// `Name: value`.
    Field {
        /// The name.
        name: String,
        /// The value.
        value: String,
    },
    /// `@FILE`: one header per line, so that a token need not stand on the command line.
    File(std::path::PathBuf),
}

impl std::fmt::Debug for HeaderArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field { name, .. } => f.debug_tuple("Field").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl FromStr for HeaderArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('@') {
            Some(path) => Ok(Self::File(path.into())),
            None => parse_header(text).map(|(name, value)| Self::Field { name, value }),
        }
    }
}

/// Reads one header field (RFC 9110, 5.1 and 5.5).
pub(crate) fn parse_header(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err("a header has a colon; write it like 'Name: value'".to_owned());
    };
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("{name:?} is no header name; write it like 'Name: value'"));
    }
    let value = value.trim_matches([' ', '\t']);
    // The value may be a token: it is not repeated.
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!("the value of {name} holds a control character"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Which proxy to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProxyArg {
    /// `none`: straight to the server.
    None,
    /// `environment`: what the environment of this command says.
    Environment,
    /// This one.
    Url(bgcopy_api::env_proxy::Proxy),
}

impl FromStr for ProxyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" | "" => Ok(Self::None),
            "environment" => Ok(Self::Environment),
            url => bgcopy_api::env_proxy::parse_proxy(url)
                .map(Self::Url)
                .map_err(|reason| format!("{reason}, or none, or environment")),
        }
    }
}

/// Part of a remote file: `OFFSET:LENGTH`, or `OFFSET:` to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RangeArg {
    /// The first byte.
    pub(crate) offset: u64,
    /// How many; `None` is to the end.
    pub(crate) length: Option<u64>,
}

impl FromStr for RangeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused =
            || format!("{text:?} is not a range; write it like OFFSET:LENGTH, or OFFSET: to the end");
        let (offset, length) = text.split_once(':').ok_or_else(refused)?;
        let length = match length {
            "" => None,
            length => Some(length.parse().map_err(|_| refused())?),
        };
        Ok(Self { offset: offset.parse().map_err(|_| refused())?, length })
    }
}

/// Reads a word of an enumeration of `core`; help and completion know the words then.
pub(crate) fn one_of<T>(all: &[T], word: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync> + Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|value| word(*value))).try_map(|word| word.parse())
}

/// What to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A URL.
    Url(String),
    /// A Metalink that is here.
    Metalink(PathBuf),
}

/// Reads a URL, or the path of a Metalink. A path that is none is taken for a URL without its scheme.
pub(crate) fn parse_input(text: &str) -> Result<Input, String> {
    if !text.contains("://") && is_metalink(text) {
        return Ok(Input::Metalink(text.into()));
    }
    let wrong = |reason: String| match text.contains("://") {
        true => reason,
        false => format!("{reason}, or name a Metalink (.meta4, .metalink)"),
    };
    parse_url(text).map(Input::Url).map_err(wrong)
}

/// Whether a URL is that of a Metalink, as far as its path tells.
pub(crate) fn is_metalink_url(url: &str) -> bool {
    is_metalink(url.split(['?', '#']).next().unwrap_or_default())
}

/// Whether a path has the name of a Metalink: RFC 5854, 7.1, and the name that went before.
pub(crate) fn is_metalink(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".meta4") || path.ends_with(".metalink")
}

/// What a file is mended from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RepairFrom {
    /// A document that is here.
    Path(PathBuf),
    /// A document at a URL.
    Manifest(String),
    /// The file itself at a URL.
    Source(String),
}

/// Tells documents from the file itself by their names, and guesses at nothing else: whoever has a document of
/// another name downloads it first.
pub(crate) fn parse_from(text: &str) -> Result<RepairFrom, String> {
    if !text.contains("://") {
        return Ok(RepairFrom::Path(text.into()));
    }
    parse_url(text)?;
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if is_metalink(path) || path.to_ascii_lowercase().ends_with(".phf") {
        return parse_public_url(text).map(RepairFrom::Manifest);
    }
    Ok(RepairFrom::Source(text.to_owned()))
}

/// Reads the URL of a place that is asked without user name and password: mirrors and manifests are other
/// people's.
pub(crate) fn parse_public_url(text: &str) -> Result<String, String> {
    match RemoteName::parse(text) {
        Ok((_, None)) => Ok(text.to_owned()),
        Ok((url, Some(_))) => {
            Err(format!("{} is asked without user name and password; leave them out", url.redacted()))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Reads the URL of a document about files. One that is here, whose name a scheme would not make a URL, is what
/// people try first.
pub(crate) fn parse_document_url(text: &str) -> Result<String, String> {
    match RemoteName::parse(text) {
        Err(NameError::NoScheme { text } | NameError::Path { text }) => Err(format!(
            "{text:?} is not a URL like https://host/path; a document that is here is not read by this option"
        )),
        _ => parse_public_url(text),
    }
}

/// Reads a URL. The text stays as it is: the service takes a user part out.
pub(crate) fn parse_url(text: &str) -> Result<String, String> {
    RemoteName::parse(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Reads a checksum.
pub(crate) fn parse_digest(text: &str) -> Result<Digest, String> {
    text.parse::<Digest>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_hold_colons_and_is_never_shown() {
        let user: User = "ada:a:b".parse().unwrap();
        assert_eq!((user.name.as_str(), user.password.as_deref()), ("ada", Some("a:b")));
        assert_eq!(format!("{user:?}"), "User { name: \"ada\", .. }");
        assert_eq!("ada".parse::<User>().unwrap().password, None);
        assert!(":secret".parse::<User>().unwrap_err().contains("NAME"));
        assert!(!":secret".parse::<User>().unwrap_err().contains("secret"));
    }

    #[test]
    fn headers_are_names_and_values_and_nothing_more() {
        assert_eq!(parse_header("X-Token:  a:b "), Ok(("X-Token".to_owned(), "a:b".to_owned())));
        assert_eq!("@secrets".parse(), Ok(HeaderArg::File("secrets".into())));
        for bad in ["no colon s3cret", ": s3cret", "A B: s3cret", "A: s3cret\r\nB: c", "é: s3cret"] {
            let refused = parse_header(bad).unwrap_err();
            assert!(!refused.contains("s3cret"), "{refused}");
        }
        assert_eq!(format!("{:?}", "A: s3cret".parse::<HeaderArg>()), "Ok(Field(\"A\"))");
    }

    #[test]
    fn an_input_is_a_url_or_a_metalink() {
        assert_eq!(parse_input("a.meta4"), Ok(Input::Metalink("a.meta4".into())));
        assert_eq!(parse_input("./A.METALINK"), Ok(Input::Metalink("./A.METALINK".into())));
        let url = "https://h/a.meta4?x=1";
        assert_eq!(parse_input(url), Ok(Input::Url(url.to_owned())));
        assert!(is_metalink_url(url) && !is_metalink_url("https://h/a?x=.meta4"));
        assert_eq!(
            parse_input("a.iso").unwrap_err(),
            "\"a.iso\" is not a URL; write it like https://a.iso, or name a Metalink (.meta4, .metalink)"
        );
    }

    #[test]
    fn a_document_that_is_here_is_not_told_to_become_a_url() {
        assert_eq!(parse_document_url("https://h/SHA256SUMS"), Ok("https://h/SHA256SUMS".to_owned()));
        for text in ["SHA256SUMS", "./f.phf", "/srv/SHA256SUMS"] {
            let refused = parse_document_url(text).unwrap_err();
            assert!(
                refused.contains("that is here is not read") && !refused.contains("https:///"),
                "{refused}"
            );
        }
        assert!(parse_document_url("ftp://h/f").unwrap_err().contains("use http or https"));
        assert!(parse_document_url("https://ada:pw@h/f").unwrap_err().contains("without user name"));
    }

    #[test]
    fn a_file_is_mended_from_documents_and_from_itself() {
        for (text, from) in [
            ("f.phf", RepairFrom::Path("f.phf".into())),
            ("https://h/f.META4?sig=1", RepairFrom::Manifest("https://h/f.META4?sig=1".to_owned())),
            ("https://h/f.phf", RepairFrom::Manifest("https://h/f.phf".to_owned())),
            ("https://h/f.iso", RepairFrom::Source("https://h/f.iso".to_owned())),
            ("https://ada:pw@h/f.iso", RepairFrom::Source("https://ada:pw@h/f.iso".to_owned())),
        ] {
            assert_eq!(parse_from(text), Ok(from));
        }
        let refused = parse_from("https://ada:s3cret@h/f.phf?k=s3cret").unwrap_err();
        assert_eq!(refused, "https://h/f.phf?… is asked without user name and password; leave them out");
        assert!(parse_from("ftp://h/f").unwrap_err().contains("use http or https"));
    }

    #[test]
    fn ranges_name_an_offset_and_perhaps_a_length() {
        assert_eq!("5:10".parse(), Ok(RangeArg { offset: 5, length: Some(10) }));
        assert_eq!("5:".parse(), Ok(RangeArg { offset: 5, length: None }));
        for bad in ["", ":", "5", "5-10", "-1:3", ":10", "1:x"] {
            assert!(bad.parse::<RangeArg>().unwrap_err().contains("OFFSET:LENGTH"), "{bad:?}");
        }
    }
}
