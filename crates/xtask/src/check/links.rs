//! Every relative link of a document leads to a file that is there, and every `#anchor` to a heading.

use super::Finding;
use crate::tree::{TextFile, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|file| check_document(tree, file)).collect()
}

fn check_document(tree: &Tree, document: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose(&document.text) {
        for link in links(line).filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = beside(&document.path, path);
            let mut say = |says: String| findings.push(Finding::at(&document.path, number, says));
            match tree.file(&path) {
                None if tree.others.contains(&path) => {}
                None => say(format!("links to {path}, which is not there")),
                Some(target) if !anchor.is_empty() && !has_heading(&target.text, anchor) => {
                    say(format!("links to #{anchor}, and {path} has no such heading"));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// The lines outside fenced blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// The targets of the inline links of a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// The path of a link, from the root; an empty one is the document itself.
fn beside(document: &str, link: &str) -> String {
    if link.is_empty() {
        return document.to_owned();
    }
    let mut names: Vec<_> = document.split('/').collect();
    names.pop();
    for name in link.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

/// Anchors as forges make them: lower case, blanks as hyphens, punctuation dropped.
fn has_heading(text: &str, anchor: &str) -> bool {
    let slug = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    let headings = prose(text).filter_map(|(_, line)| line.strip_prefix('#'));
    headings.map(|heading| heading.trim_start_matches('#').trim()).any(|heading| slug(heading) == anchor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    fn says(readme: &str) -> Vec<String> {
        let mut tree =
            files(&[("README.md", readme), ("docs/a.md", "# The service, or so\n[up](../README.md)")]);
        tree.others.insert("LICENSE-MIT".to_owned());
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_accepted() {
        let readme = "# Top\n[a](docs/a.md), [b](docs/a.md#the-service-or-so), [c](#top), [l](LICENSE-MIT), \
                      [d](https://example.org/x)";
        assert_eq!(says(readme), [""; 0]);
    }

    #[test]
    fn a_link_to_nothing_is_refused() {
        assert_eq!(says("[a](docs/b.md)"), ["README.md:1: links to docs/b.md, which is not there"]);
        assert_eq!(
            says("[a](docs/a.md#intro)"),
            ["README.md:1: links to #intro, and docs/a.md has no such heading"]
        );
    }

    #[test]
    fn code_has_no_links() {
        assert_eq!(says("```rust\nlet a = b[0](c);\n```"), [""; 0]);
    }
}
