//! The piece hashes that a request for files brings or names: they are kept before the engine hears of the files,
//! whose records hold only the names of their lists.

use std::sync::Arc;

use bgcopy_api::Reply;
use bgcopy_api::supply::GivenPieces;
use bgcopy_core::{FileSpec, Owner, PieceList, Refusal};

use crate::lists::Lists;
use crate::transfer::blocking;

/// Keeps what was brought, and sees that what was named is here: a file that shall be proved by a list must not
/// begin without it. A list whose files are refused after all is swept away later.
pub(super) async fn keep(
    owner: Owner,
    lists: Arc<Lists>,
    mut files: Vec<FileSpec>,
    given: Vec<GivenPieces>,
) -> Reply<Vec<FileSpec>> {
    if given.is_empty() && files.iter().all(|file| file.supply.pieces.is_none()) {
        return Ok(files);
    }
    blocking(move || {
        for list in files.iter().filter_map(|file| file.supply.pieces.as_ref()) {
            check_kept(owner, &lists, list)?;
        }
        for pieces in given {
            let list = keep_one(owner, &lists, &pieces)?;
            if let Some(file) = files.get_mut(pieces.file) {
                file.supply.pieces = Some(list);
            }
        }
        Ok(files)
    })
    .await
}

fn check_kept(owner: Owner, lists: &Lists, list: &PieceList) -> Reply<()> {
    if lists.claim(owner, list).map_err(|error| unkept(&error))?.is_some() {
        return Ok(());
    }
    let PieceList { hash_of_hashes, size, piece_size, .. } = list;
    let reason = format!(
        "{hash_of_hashes} of {size} bytes in pieces of {piece_size} are not kept here; have their document read first \
         (POST /v1/manifests/read), or send the hashes"
    );
    Err(Refusal::InvalidArgument { argument: "pieces", reason })
}

fn keep_one(owner: Owner, lists: &Lists, given: &GivenPieces) -> Reply<PieceList> {
    let list = lists.keep(owner, &given.hashes, given.size, given.trusted).map_err(|error| unkept(&error))?;
    match given.hash_of_hashes.filter(|wanted| *wanted != list.hash_of_hashes) {
        Some(wanted) => {
            let found = list.hash_of_hashes;
            let reason = format!("have the HashOfHashes {found}, and not {wanted} as the request says");
            Err(Refusal::InvalidArgument { argument: "pieces", reason })
        }
        None => Ok(list),
    }
}

fn unkept(error: &std::io::Error) -> Refusal {
    Refusal::StoreFailed { reason: format!("a list of piece hashes cannot be kept: {error}") }
}

#[cfg(test)]
mod tests {
    use bgcopy_api::name::Base64;
    use bgcopy_api::{AddFile, Contract as _, CreateJob, NewPieces};

    use crate::manager::rig::{ADA, House, Rig};

    const PIECE: u64 = 1_024;

    fn inline(hash_of_hashes: Option<String>) -> NewPieces {
        let hashes = vec![Base64(vec![1; 32]), Base64(vec![2; 32])];
        NewPieces { size: 2_000, piece_size: PIECE, hashes: Some(hashes), hash_of_hashes, trusted: true }
    }

    fn file(house: &House, name: &str, pieces: NewPieces) -> AddFile {
        let file = AddFile::whole("http://127.0.0.1:9/f", &house.state.path().join(name));
        AddFile { pieces: Some(Box::new(pieces)), ..file }
    }

    #[tokio::test]
    async fn hashes_of_a_request_are_kept_and_can_be_named_from_then_on() {
        let house = Rig::new().serve();
        let job = CreateJob { files: vec![file(&house, "a", inline(None))], ..CreateJob::named("job") };
        let id = house.face.create_job(&ADA, job, None).await.unwrap().id;
        let shown = house.face.files(&ADA, id).await.unwrap().remove(0).pieces.unwrap();
        assert_eq!((shown.size, shown.piece_size, shown.trusted), (2_000, PIECE, true));
        let name = serde_json::to_value(&shown.hash_of_hashes).unwrap().as_str().unwrap().to_owned();
        let named = NewPieces { hashes: None, hash_of_hashes: Some(name), trusted: false, ..inline(None) };
        let added = house.face.add_files(&ADA, id, vec![file(&house, "b", named)]).await.unwrap();
        let again = added[0].pieces.clone().unwrap();
        assert_eq!((again.hash_of_hashes, again.trusted), (shown.hash_of_hashes, false));
    }

    #[tokio::test]
    async fn a_list_that_is_not_here_or_is_another_one_is_refused_by_its_name() {
        let house = Rig::new().serve();
        let other = "a5".repeat(32);
        let named = NewPieces { hashes: None, hash_of_hashes: Some(other.clone()), ..inline(None) };
        for (pieces, says) in [
            (
                named,
                format!(
                    "pieces {other} of 2000 bytes in pieces of 1024 are not kept here; have their document read first \
                     (POST /v1/manifests/read), or send the hashes"
                ),
            ),
            (inline(Some(other.clone())), format!(" and not {other} as the request says")),
        ] {
            let job = CreateJob { files: vec![file(&house, "a", pieces)], ..CreateJob::named("job") };
            let refusal = house.face.create_job(&ADA, job, None).await.map(drop).unwrap_err();
            assert_eq!(refusal.word(), "invalid-argument");
            assert!(refusal.to_string().ends_with(&says), "{refusal}");
        }
        assert_eq!(house.face.jobs(&ADA, bgcopy_api::JobFilter::default()).await.unwrap().jobs.len(), 0);
    }
}
