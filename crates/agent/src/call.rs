//! Which call a request is: path and query, taken apart as the original does (agent-rest 3, "Path and query").

use percent_encoding::percent_decode_str;

use crate::codes::Refusal;
use crate::wire::Request;

/// What a request asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    pub(crate) query: Query,
}

/// The calls there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Start,
    Pause,
    Finalize,
    Abort,
    GetStatus,
    GetProperty,
    SetProperty,
    Enumerate,
}

/// Method and name of each; the method counts case, the name does not.
const VERBS: [(&str, &str, Verb); 9] = [
    ("POST", "create", Verb::Create),
    ("POST", "start", Verb::Start),
    ("POST", "pause", Verb::Pause),
    ("POST", "finalize", Verb::Finalize),
    ("POST", "abort", Verb::Abort),
    ("GET", "getstatus", Verb::GetStatus),
    ("GET", "getproperty", Verb::GetProperty),
    ("POST", "setproperty", Verb::SetProperty),
    ("GET", "enumerate", Verb::Enumerate),
];

/// The names that a query may have. Values are bytes: a path need not be text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Query {
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) uri: Option<Vec<u8>>,
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) no_progress: Option<Vec<u8>>,
    pub(crate) key: Option<Vec<u8>>,
}

/// A property of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    Id,
    Uri,
    DownloadFilePath,
    NoProgressTimeoutSeconds,
}

impl Property {
    /// The property of this name, without case.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        let names = [
            ("Id", Self::Id),
            ("Uri", Self::Uri),
            ("DownloadFilePath", Self::DownloadFilePath),
            ("NoProgressTimeoutSeconds", Self::NoProgressTimeoutSeconds),
        ];
        let found = names.into_iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
        found.map(|(_, property)| property)
    }
}

impl Call {
    /// Reads a request.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let (path, query) = request.path_and_query();
        let path = decoded(path)?;
        let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect();
        let [folder, name] = parts[..] else { return Err(Refusal::NOT_SUPPORTED) };
        let known = VERBS.into_iter().find(|(method, known, _)| {
            *method == request.method && known.as_bytes().eq_ignore_ascii_case(name)
        });
        match known {
            Some((_, _, verb)) if folder.eq_ignore_ascii_case(b"download") => {
                Ok(Self { verb, query: Query::read(query)? })
            }
            _ => Err(Refusal::NOT_SUPPORTED),
        }
    }
}

impl Query {
    /// "Split on `&` before decoding. Each part splits at its first `=`; a part without `=` is ignored." Of a name
    /// that comes twice the last counts.
    fn read(text: &str) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for (name, value) in text.split('&').filter_map(|part| part.split_once('=')) {
            let (name, value) = (decoded(name)?, decoded(value)?);
            let slot = match Property::named(&name) {
                Some(Property::Id) => &mut query.id,
                Some(Property::Uri) => &mut query.uri,
                Some(Property::DownloadFilePath) => &mut query.path,
                Some(Property::NoProgressTimeoutSeconds) => &mut query.no_progress,
                None if name.eq_ignore_ascii_case(b"PropertyKey") => &mut query.key,
                None => return Err(Refusal::INVALID_ARGUMENT),
            };
            *slot = Some(value);
        }
        Ok(query)
    }
}

/// "Values are percent-decoded; `+` stays `+`"; a sequence that is none is 0x8007023E.
fn decoded(text: &str) -> Result<Vec<u8>, Refusal> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let whole =
        (0..bytes.len()).filter(|&at| bytes.get(at) == Some(&b'%')).all(|at| digit(at + 1) && digit(at + 2));
    if whole { Ok(percent_decode_str(text).collect()) } else { Err(Refusal::UNFORESEEN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, target: &str) -> Result<Call, Refusal> {
        let (method, target) = (method.to_owned(), target.to_owned());
        Call::of(&Request { method, target, length: 0, of_a_page: false })
    }

    #[test]
    fn every_call_has_its_method_and_no_case() {
        for (method, name, verb) in VERBS {
            for target in [
                format!("download/{name}"),
                format!("/DOWNLOAD/{}/", name.to_uppercase()),
                format!("//down%6Coad//{name}?"),
            ] {
                assert_eq!(call(method, &target).map(|call| call.verb), Ok(verb), "{target}");
            }
            let other = if method == "POST" { "GET" } else { "POST" };
            for (method, target) in [
                (other, format!("download/{name}")),
                (&*method.to_lowercase(), format!("download/{name}")),
                (method, format!("download/{name}/more")),
                (method, format!("upload/{name}")),
            ] {
                assert_eq!(call(method, &target), Err(Refusal::NOT_SUPPORTED), "{method} {target}");
            }
        }
        assert_eq!(call("GET", "download/list"), Err(Refusal::NOT_SUPPORTED));
        assert_eq!(call("GET", ""), Err(Refusal::NOT_SUPPORTED));
    }

    #[test]
    fn a_query_is_split_before_it_is_decoded() {
        let query = |text: &str| call("POST", &format!("download/create?{text}")).map(|call| call.query);
        let uri = |text: &str| Query { uri: Some(text.into()), ..Query::default() };
        assert_eq!(query("Uri=http://host/p?x%3D1"), Ok(uri("http://host/p?x=1")));
        assert_eq!(query("uRI=a%26b=c+d&&novalue"), Ok(uri("a&b=c+d")));
        assert_eq!(query("Uri=a&Uri=b"), Ok(uri("b")));
        assert_eq!(query("U%72i="), Ok(uri("")));
        let path = Query { path: Some(b"/\xff".to_vec()), ..Query::default() };
        assert_eq!(query("DownloadFilePath=/%FF"), Ok(path));
        assert_eq!(query("Url=a"), Err(Refusal::INVALID_ARGUMENT));
        for bad in ["Uri=%", "Uri=%4", "Uri=%zz", "%=1"] {
            assert_eq!(query(bad), Err(Refusal::UNFORESEEN), "{bad}");
        }
        assert_eq!(call("POST", "download/cre%zzate"), Err(Refusal::UNFORESEEN));
        // Known, and of no use to the verb.
        assert!(query("PropertyKey=a&Id=b&NoProgressTimeoutSeconds=c").is_ok());
    }
}
