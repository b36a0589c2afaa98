//! Header fields as text (spec 7.7; do-download 3.1, HttpCustomHeaders).

use bgcopy_api::Header;

use super::background::INVALID;
use crate::guard::Answer;

/// Header lines: "every header ends in CR LF (sample uses LF)" (spec 7.7).
pub(in crate::objects) fn from_text(text: &str) -> Answer<Vec<Header>> {
    let lines = text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
    let header = |line: &str| {
        let (name, value) = line.split_once(':').ok_or(INVALID)?;
        Ok(Header::new(name.trim(), value.trim()))
    };
    lines.map(header).collect()
}

/// Fields as `GetCustomHeaders` gives them.
pub(in crate::objects) fn to_text(headers: &[Header]) -> String {
    headers.iter().map(|header| format!("{}: {}\r\n", header.name, header.value.reveal())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_end_with_crlf_or_lf_and_need_a_colon() {
        let read = from_text("X-One: 1\r\nX-Two:2\nX-Three : a: b\r\n").unwrap();
        let pairs: Vec<_> = read.iter().map(|header| (header.name.as_str(), header.value.reveal())).collect();
        assert_eq!(pairs, [("X-One", "1"), ("X-Two", "2"), ("X-Three", "a: b")]);
        assert_eq!(from_text("none\r\n").err(), Some(INVALID));
        assert!(from_text("").unwrap().is_empty());
    }
}
