//! What the property tests of several formats share.

use bgcopy_core::{Digest, PieceHashes};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::manifest::{Manifest, ManifestFile, ManifestSource, MetaUrl, Origin, order_sources};

/// A size, and pieces that fit it.
pub(crate) fn any_pieces() -> impl Strategy<Value = (u64, PieceHashes)> {
    (0u32..6, 0u64..1 << 20, vec(any::<[u8; 32]>(), 0..20)).prop_map(|(power, short, hashes)| {
        let piece_size = (1 << 10) << (2 * power);
        let size = (hashes.len() as u64 * piece_size).saturating_sub(short % piece_size);
        (size, PieceHashes::new(piece_size, hashes).unwrap())
    })
}

/// A text as publishers write it: without control characters and blanks around it.
fn any_text() -> impl Strategy<Value = String> {
    "[!-~é<>&\"'][ -~é\u{1f600}]{0,12}[!-~é<>&\"']".prop_filter("plain", |text| text.trim() == text)
}

fn any_source() -> impl Strategy<Value = ManifestSource> {
    let url = "https?://[a-z]{1,8}/[a-z&;=?%4]{0,12}".prop_filter_map("a URL", |text| text.parse().ok());
    let priority = prop_oneof![1..10u32, Just(ManifestSource::LEAST_PRIORITY)];
    let location = proptest::option::of("[a-z]{2}");
    (url, priority, location).prop_map(|(url, priority, location)| ManifestSource { url, priority, location })
}

fn any_metaurl() -> impl Strategy<Value = MetaUrl> {
    (any_text(), any_text(), proptest::option::of(any_text()), 1..=ManifestSource::LEAST_PRIORITY)
        .prop_map(|(url, media_type, name, priority)| MetaUrl { url, media_type, name, priority })
}

fn any_file() -> impl Strategy<Value = ManifestFile> {
    let content = (proptest::option::of(any_pieces()), any::<Option<u32>>());
    let digests = (any::<Option<[u8; 32]>>(), vec(any::<u8>(), 64), any::<bool>());
    let texts = (proptest::option::of(any_text()), proptest::option::of(any_text()));
    (content, digests, vec(any_source(), 0..4), vec(any_metaurl(), 0..3), texts).prop_map(
        |((pieces, size), (sha_256, sha_512, both), mut sources, metaurls, (identity, version))| {
            order_sources(&mut sources, &mut Vec::new());
            let sha_512 = both.then(|| Digest::Sha512(sha_512.try_into().unwrap()));
            ManifestFile {
                size: pieces.as_ref().map(|&(size, _)| size).or(size.map(u64::from)),
                pieces: pieces.map(|(_, pieces)| pieces),
                digests: sha_256.map(Digest::Sha256).into_iter().chain(sha_512).collect(),
                sources,
                metaurls,
                identity,
                version,
                ..ManifestFile::new("replaced".parse().unwrap())
            }
        },
    )
}

/// A manifest that can be true.
pub(crate) fn any_manifest() -> impl Strategy<Value = Manifest> {
    let origin = proptest::option::of((any_source(), any::<bool>()));
    let names = vec("[a-z]{1,8}(/[a-zé <>&\"']{0,6}[a-z])?", 1..6);
    (names, vec(any_file(), 6), origin).prop_map(|(names, files, origin)| {
        let named = names.iter().zip(files).enumerate().map(|(index, (name, file))| ManifestFile {
            // The number keeps names apart, and files from being folders.
            name: format!("{index}{name}").parse().unwrap(),
            ..file
        });
        let origin = origin.map(|(source, dynamic)| Origin { url: source.url, dynamic });
        Manifest { files: named.collect(), origin, notes: Vec::new() }
    })
}

/// Changes to a text that was right.
#[derive(Clone, Debug)]
pub(crate) struct Changes(Vec<(Index, Change)>);

#[derive(Clone, Debug)]
enum Change {
    Replace(u8),
    Insert(Vec<u8>),
    Cut(Index),
    Repeat(Index),
}

const STUMBLING_BLOCKS: [&str; 15] =
    ["<", ">", "&", "&#0;", "&x;", "<![CDATA[", "]]>", "<!--", "\"", "\\", "{", "[", ",", "-1", "\0"];

/// A few changes, some of them of the kind that makes parsers stumble.
pub(crate) fn mutate() -> impl Strategy<Value = Changes> {
    let change = prop_oneof![
        any::<u8>().prop_map(Change::Replace),
        proptest::sample::select(&STUMBLING_BLOCKS[..]).prop_map(|text| Change::Insert(text.into())),
        any::<Index>().prop_map(Change::Cut),
        any::<Index>().prop_map(Change::Repeat),
    ];
    vec((any::<Index>(), change), 1..6).prop_map(Changes)
}

impl Changes {
    pub(crate) fn apply(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        for (at, change) in &self.0 {
            let at = at.index(text.len() + 1);
            match change {
                Change::Replace(byte) => text.iter_mut().skip(at).take(1).for_each(|old| *old = *byte),
                Change::Insert(insert) => drop(text.splice(at..at, insert.iter().copied())),
                Change::Cut(end) => {
                    let end = at + end.index(text.len() - at + 1).min(40);
                    drop(text.drain(at..end));
                }
                Change::Repeat(end) => {
                    let end = at + end.index(text.len() - at + 1).min(200);
                    text.extend_from_within(at..end);
                }
            }
        }
        text
    }
}
