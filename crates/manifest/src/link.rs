//! The grammar of `Link` fields (RFC 8288, 3), read as its appendix B.2 reads it: what is broken is passed
//! over, and what follows it is tried.

/// A link as it stands in the field: target and parameters, nothing resolved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    /// Between the angle brackets.
    pub(crate) target: &'a str,
    /// Names in lower case, in the order of the field.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Link<'_> {
    /// The first parameter of a name (RFC 8288, 3: of several `rel` the first one counts); a name without a
    /// value has the empty one.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the link stands in a relation; a link may stand in several.
    pub(crate) fn is(&self, relation: &str) -> bool {
        let relations = self.parameter("rel").unwrap_or_default();
        relations.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(relation))
    }
}

/// The links of one field line. A line that is no list of links any more is read up to there: the rest is
/// the last item, as an error.
pub(crate) struct Links<'a> {
    rest: &'a str,
}

impl<'a> Links<'a> {
    pub(crate) const fn new(line: &'a str) -> Self {
        Self { rest: line }
    }
}

impl<'a> Iterator for Links<'a> {
    type Item = Result<Link<'a>, &'a str>;

    fn next(&mut self) -> Option<Self::Item> {
        let begin = self.rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        self.rest = "";
        if begin.is_empty() {
            return None;
        }
        let Some((target, after)) = begin.strip_prefix('<').and_then(|text| text.split_once('>')) else {
            return Some(Err(begin));
        };
        let (parameters, rest) = parameters(after);
        self.rest = rest;
        Some(Ok(Link { target: target.trim_ascii(), parameters }))
    }
}

/// Parameters up to the comma that ends the link, and what is behind it.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut parameters = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        if let Some(next) = rest.strip_prefix(',') {
            return (parameters, next);
        }
        // Anything before a semicolon here is nothing that the grammar knows.
        let end = rest.find([';', ',']).unwrap_or(rest.len());
        let (_, from_semicolon) = rest.split_at(end);
        let Some(parameter) = from_semicolon.strip_prefix(';') else {
            return (parameters, from_semicolon.strip_prefix(',').unwrap_or_default());
        };
        let (name, value, behind) = parameter_of(parameter.trim_ascii_start());
        if !name.is_empty() {
            parameters.push((name.to_ascii_lowercase(), value));
        }
        rest = behind;
    }
}

/// `name`, `name=token` or `name="text"`, and what is behind it.
fn parameter_of(text: &str) -> (&str, String, &str) {
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.strip_prefix('=').map(str::trim_ascii_start) else {
        return (name.trim_ascii(), String::new(), rest);
    };
    let (value, rest) = match value.strip_prefix('"') {
        Some(quoted) => quoted_string(quoted),
        None => {
            let end = value.find([';', ',']).unwrap_or(value.len());
            let (token, rest) = value.split_at(end);
            (token.trim_ascii().to_owned(), rest)
        }
    };
    (name.trim_ascii(), value, rest)
}

/// The text up to the closing quote, or to the end where there is none, and what is behind it.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return (value, chars.as_str()),
            '\\' => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Links as `target name=value name=value`, one a line; `!` before what is no link.
    fn picture(line: &str) -> String {
        let shown = Links::new(line).map(|link| match link {
            Ok(link) => {
                let parameters = link.parameters.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", link.target, parameters.collect::<String>())
            }
            Err(text) => format!("!{text}"),
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_grammar_is_read() {
        for (line, links) in [
            ("<http://a/>; rel=duplicate", "http://a/ rel=duplicate"),
            ("<a>;REL=\"x y\" ; pri = 1;pref, <b>;rel=z", "a rel=x y pri=1 pref=\nb rel=z"),
            ("<a,b;c>; title=\"q\\\"uo,t;e\\\\d\"; rel=x", "a,b;c title=q\"uo,t;e\\d rel=x"),
            (" , ,<a> , <b>", "a\nb"),
            ("<>;rel=self", " rel=self"),
            ("<a>; type=application/metalink4+xml", "a type=application/metalink4+xml"),
            ("<a> junk ; rel=x junk, <b>", "a rel=x junk\nb"),
            ("<a>; rel=\"open, <b>", "a rel=open, <b>"),
            ("<a>;;; ;rel=x;", "a rel=x"),
            ("nonsense, <b>", "!nonsense, <b>"),
            ("<a", "!<a"),
            ("", ""),
        ] {
            assert_eq!(picture(line), links, "{line:?}");
        }
    }

    #[test]
    fn of_several_relations_each_counts_and_of_several_lists_the_first() {
        let link = Links::new("<a>; rel=\"next DUPLICATE\"; rel=describedby").next().unwrap().unwrap();
        assert!(link.is("duplicate") && link.is("next") && !link.is("describedby") && !link.is(""));
    }

    proptest! {
        #[test]
        fn no_text_panics_or_runs_for_ever(line in "([<>;,=\"\\\\ ]|rel|a|é){0,60}") {
            let length = line.len();
            prop_assert!(Links::new(&line).count() <= length);
        }
    }
}
