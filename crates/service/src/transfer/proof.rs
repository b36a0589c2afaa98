//! What proves the bytes of a run's file: the list of its pieces, fetched from where lists are kept.

use std::sync::Arc;

use bgcopy_core::{Code, Digest, ErrorContext, Fault, PieceHashes, PieceList};

use super::blocking;
use crate::lists::Lists;

/// The list of one file, as far as it is known.
#[derive(Debug)]
pub(crate) struct Proof {
    lists: Arc<Lists>,
    /// The list that is promised.
    list: Option<PieceList>,
    /// Its hashes, once they were asked for; `None` inside where they are lost.
    hashes: Option<Option<Arc<PieceHashes>>>,
    /// Bytes of others than the origin are here, or may be.
    mixed: bool,
}

impl Proof {
    /// What is known when a run begins.
    pub(crate) const fn new(lists: Arc<Lists>, list: Option<PieceList>, mixed: bool) -> Self {
        Self { lists, list, hashes: None, mixed }
    }

    /// Somebody else than the origin is asked.
    pub(super) const fn mix(&mut self) {
        self.mixed = true;
    }

    /// What is promised now.
    pub(super) fn expect(&mut self, list: Option<PieceList>) {
        if self.list != list {
            self.list = list;
            self.hashes = None;
        }
    }

    /// The size that the list is for.
    pub(super) fn size(&self) -> Option<u64> {
        self.list.map(|list| list.size)
    }

    /// The hashes. A list that is lost is missed in the log, once, and the file comes without it.
    pub(super) async fn hashes(&mut self) -> Option<Arc<PieceHashes>> {
        let list = self.list?;
        if self.hashes.is_none() {
            let lists = self.lists.clone();
            let loaded = blocking(move || lists.load(&list)).await;
            let name = list.hash_of_hashes;
            self.hashes = Some(match loaded {
                Ok(Some(hashes)) => Some(Arc::new(hashes)),
                Ok(None) => {
                    tracing::warn!(list = %name, "a list of piece hashes is lost; the file comes unproved");
                    None
                }
                Err(error) => {
                    tracing::warn!(list = %name, %error, "a list of piece hashes cannot be read; the file comes unproved");
                    None
                }
            });
        }
        self.hashes.clone().flatten()
    }

    /// A list speaks of a file of one size (faults D03).
    pub(super) fn check_size(&self, size: Option<u64>) -> Result<(), Fault> {
        match (self.list, size) {
            (Some(list), Some(size)) if list.size != size => {
                let detail = format!(
                    "the file has {size} bytes, and the list of its pieces is for {} bytes",
                    list.size
                );
                Err(Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail))
            }
            _ => Ok(()),
        }
    }

    /// Whether a file may end as it is: bytes of several sources were mixed because a list would tell right from
    /// wrong, and without it only a digest does.
    pub(super) fn check_mixture(&self, digest: Option<&Digest>) -> Result<(), Fault> {
        let lost = self.list.is_some() && matches!(self.hashes, Some(None));
        if !(lost && self.mixed && digest.is_none()) {
            return Ok(());
        }
        let detail = "the list of piece hashes is lost, without which bytes of several sources prove nothing";
        Err(Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(mixed: bool) -> (Proof, PieceList, tempfile::TempDir) {
        let state = tempfile::tempdir().unwrap();
        let lists = Arc::new(Lists::open(state.path().join("lists")).unwrap());
        let pieces = PieceHashes::new(1 << 10, vec![[1; 32]]).unwrap();
        let list = lists.keep(bgcopy_core::Owner(1_000), &pieces, 1_000, true).unwrap();
        (Proof::new(lists, Some(list), mixed), list, state)
    }

    #[tokio::test]
    async fn a_list_is_loaded_once_and_another_one_in_its_place() {
        let (mut proof, list, _state) = proof(true);
        let hashes = proof.hashes().await.unwrap();
        assert!(Arc::ptr_eq(&hashes, &proof.hashes().await.unwrap()));
        proof.expect(Some(list));
        assert!(Arc::ptr_eq(&hashes, &proof.hashes().await.unwrap()));
        assert_eq!(proof.check_mixture(None), Ok(()));
        proof.expect(None);
        assert_eq!(proof.hashes().await, None);
        assert_eq!(proof.check_mixture(None), Ok(()), "nothing was promised that is missed");
    }

    #[tokio::test]
    async fn without_its_list_a_file_of_one_source_comes_and_one_of_several_does_not() {
        for (mixed, digest, comes) in
            [(false, None, true), (true, None, false), (true, Some(Digest::Sha256([1; 32])), true)]
        {
            let (mut proof, list, state) = proof(mixed);
            let name = format!("lists/{}.phf", list.hash_of_hashes);
            std::fs::remove_file(state.path().join(name)).unwrap();
            assert_eq!(proof.hashes().await, None);
            assert_eq!(proof.check_mixture(digest.as_ref()).is_ok(), comes, "{mixed} {digest:?}");
        }
    }

    #[test]
    fn a_list_of_another_size_is_the_remote_file_s_fault_and_says_both_sizes() {
        let (proof, ..) = proof(false);
        assert_eq!((proof.check_size(None), proof.check_size(Some(1_000))), (Ok(()), Ok(())));
        let fault = proof.check_size(Some(1_001)).unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
        assert_eq!(fault.detail, "the file has 1001 bytes, and the list of its pieces is for 1000 bytes");
    }
}
