//! `WWW-Authenticate` and `Proxy-Authenticate` (RFC 9110, 11): what a server wants to be shown.

/// One challenge: a scheme and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The scheme, in lower case.
    pub(crate) scheme: String,
    /// The parameters, names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Every challenge of a field value. One field may hold several, separated by the same comma as their
/// parameters; a word followed by another word, not by "=", begins the next one.
pub(crate) fn parse(value: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        let (word, after) = rest.split_at(rest.find(|c| !is_token(c)).unwrap_or(rest.len()));
        if word.is_empty() || challenges.len() > CHALLENGES_MAX {
            return challenges;
        }
        let value = after.trim_start().strip_prefix('=').filter(|value| !value.starts_with('='));
        match (value, challenges.last_mut()) {
            (Some(value), Some(challenge)) => {
                let (value, after) = parameter_value(value.trim_start());
                if challenge.parameters.len() < PARAMETERS_MAX {
                    challenge.parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = after;
            }
            (None, _) => {
                challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
                rest = skip_token68(after);
            }
            // A parameter that belongs to no scheme.
            (Some(_), None) => return challenges,
        }
    }
}

fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

/// `Negotiate dG9rZW4=`: a blob in place of parameters. It ends at a comma or the end and has no "=" inside.
fn skip_token68(text: &str) -> &str {
    let end = text.find(',').unwrap_or(text.len());
    let (blob, after) = text.split_at(end);
    let is_blob = |text: &str| {
        let body = text.trim_end_matches('=');
        !body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c))
    };
    if is_blob(blob.trim()) { after } else { text }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// More than any server offers; what is beyond is not read.
pub(crate) const CHALLENGES_MAX: usize = 16;
/// A digest challenge has at most ten.
const PARAMETERS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn several_challenges_share_a_field() {
        let challenges = parse(
            "Basic realm=\"simple, \\\"quoted\\\"\", Negotiate YWJj==, NTLM,Digest realm=x , nonce = \"n=1\",qop=\"auth,auth-int\", stale=TRUE",
        );
        let schemes: Vec<_> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["basic", "negotiate", "ntlm", "digest"]);
        assert_eq!(challenges[0].parameter("realm"), Some("simple, \"quoted\""));
        let digest = &challenges[3];
        assert_eq!(digest.parameter("nonce"), Some("n=1"));
        assert_eq!(digest.parameter("qop"), Some("auth,auth-int"));
        assert_eq!(digest.parameter("stale"), Some("TRUE"));
        assert_eq!(digest.parameter("opaque"), None);
    }

    #[test]
    fn nonsense_is_no_challenge() {
        for value in ["", ",,,", "=", "realm=\"x\"", "\"Basic\""] {
            assert_eq!(parse(value), [], "{value:?}");
        }
        assert_eq!(parse("Basic realm=\"never closed")[0].parameter("realm"), Some("never closed"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(Digest |Basic |,|=|\"|\\\\|\\PC){0,40}") {
            prop_assert!(parse(&text).len() <= CHALLENGES_MAX + 1);
        }
    }
}
