//! Our own short sentences about jobs, in the languages of `core`. What refuses a command line is English, as the
//! help is; words that name states, codes and properties are the same in every language, because they are typed.

use bgcopy_api::core::Language;
use bgcopy_api::{JobState, Trust};

/// One sentence, or the part of one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say<'a> {
    /// A file is in place.
    Saved { path: &'a str },
    /// A file is given up.
    Dropped { path: &'a str },
    /// A file is at its server.
    Sent { path: &'a str },
    /// The answer of a server's application is in place.
    Replied { path: &'a str, size: &'a str },
    /// A server's application had nothing to answer.
    NoReply,
    /// A damaged file is whole again.
    Mended { path: &'a str, kept: &'a str, fetched: &'a str },
    /// A file that was to be mended had nothing wrong.
    WasWhole { path: &'a str },
    /// A file is to be mended of which only the whole is known.
    OnlyWhole { path: &'a str },
    /// A file to mend goes on behind its end.
    TooLong { path: &'a str, size: &'a str },
    /// How sure bytes are, in a word or two.
    Sure { trust: Trust },
    /// How sure bytes are, and what that means.
    SureBecause { trust: Trust },
    /// Bytes from the server of the remote name.
    FromOrigin { size: &'a str },
    /// Bytes from mirrors.
    FromMirrors { size: &'a str },
    /// Bytes from cache hosts.
    FromCacheHosts { size: &'a str },
    /// How many mirrors a file has.
    Mirrors { count: usize },
    /// A job of no files is done.
    Done { name: &'a str, how: &'a str },
    /// What a job of several files brought.
    FilesInAll { count: usize, how: &'a str },
    /// How much came, how long that took, how fast it was.
    Amount { size: &'a str, span: &'a str, rate: &'a str },
    /// All files are here, and somebody has to complete the job.
    AllHere { name: &'a str, id: &'a str },
    /// The file of an upload is at its server, and somebody has to complete the job.
    AllSent { name: &'a str, id: &'a str },
    /// This command cancelled its job.
    Cancelled,
    /// Somebody cancelled the job.
    WasCancelled,
    /// The service does not know the job any more.
    Unknown,
    /// Behind the end of a job: not all of it was kept.
    AndDropped,
    /// Behind the end of a job: not all of it could be removed.
    AndNotDeleted,
    /// What could not be removed.
    LeftBehind { path: &'a str },
    /// A job has one file more.
    Added { id: &'a str, name: &'a str, number: u32, file: &'a str },
    /// A job was changed.
    Set { id: &'a str, name: &'a str },
    /// Remote names were changed.
    Replaced { files: u32 },
    /// The command ends, the job does not.
    GoesOn,
    /// How to come back to it.
    ComeBack { id: &'a str },
    /// How to end it.
    EndIt { id: &'a str },
    /// The service is fetched back.
    Restarting,
    /// Somebody else has to bring it back.
    Awaiting,
    /// An empty list.
    NoJobs,
    /// An empty history.
    NoneEnded,
    /// A job without files.
    NoFiles,
    /// No job that could be followed.
    NothingToWatch,
    /// Nobody is asked about a certificate.
    NothingAsked,
    /// The owner is asked about a certificate.
    AsksAbout { server: &'a str, sha256: &'a str, id: &'a str },
    /// A job without an error, and what is to be done with it, if anything.
    NoError { name: &'a str, id: &'a str, state: JobState },
    /// A file that is to come.
    StageWanted,
    /// A file that is here.
    StageHere,
    /// A file that is to go.
    StageToSend,
    /// A file that is at its server.
    StageSent,
    /// A file that is under its name.
    StageInPlace,
    /// A file that was given up.
    StageDropped,
    /// A name that the server may still change.
    Perhaps,
    /// Files whole, of so many.
    Files { here: u32, total: u32 },
    /// Time that is still needed.
    Left { span: &'a str },
    /// Who serves.
    From { source: &'a str },
    /// Who is served.
    To { source: &'a str },
    /// It runs again after a failure.
    TryingAgain,
    /// When it is tried again.
    TriesIn { span: &'a str },
    /// It is tried again, at a time that is not known.
    TriesSoon,
    /// It waits for a network.
    WaitsNetwork,
    /// It waits for space.
    WaitsSpace,
    /// It waits for a condition.
    WaitsPolicy,
    /// It waits for its owner.
    NeedsYou,
    /// What happens next, and why not now.
    Because { next: &'a str, reason: &'a str },
    /// A job that was suspended moves no more by itself.
    StartIt { id: &'a str },
    /// Nothing more comes until it is completed.
    CompleteIt,
}

impl Say<'_> {
    /// The sentence.
    pub(crate) fn text(self, language: Language) -> String {
        let (english, french) = self.texts();
        match language {
            Language::English => english,
            Language::French => french,
        }
    }

    /// English, French.
    fn texts(self) -> (String, String) {
        let two = |english: &str, french: &str| (english.to_owned(), french.to_owned());
        match self {
            Self::Saved { path } => (format!("saved {path}"), format!("enregistré : {path}")),
            Self::Dropped { path } => {
                (format!("dropped {path}, which was not whole"), format!("abandonné, car incomplet : {path}"))
            }
            Self::Sent { path } => (format!("sent {path}"), format!("envoyé : {path}")),
            Self::Replied { path, size } => (
                format!("saved the answer as {path} ({size})"),
                format!("réponse enregistrée : {path} ({size})"),
            ),
            Self::NoReply => two("the server had no answer", "le serveur n'avait pas de réponse"),
            Self::Mended { path, kept, fetched } => (
                format!("mended {path}: kept {kept}, fetched {fetched}"),
                format!("réparé : {path} ({kept} gardés, {fetched} rapportés)"),
            ),
            Self::WasWhole { path } => (
                format!("{path} is right; nothing had to be fetched"),
                format!("{path} est correct ; rien n'a dû être rapporté"),
            ),
            Self::OnlyWhole { path } => (
                format!("nothing says which parts of {path} are right: unless all are, all of it is fetched"),
                format!(
                    "rien ne dit quelles parties de {path} sont correctes : si une seule ne l'est pas, tout est rapporté"
                ),
            ),
            Self::TooLong { path, size } => (
                format!("{path} is longer than the {size} it must have: the rest is cut off"),
                format!("{path} dépasse les {size} qu'il doit avoir : le reste est coupé"),
            ),
            Self::Sure { trust } => sure(trust),
            Self::SureBecause { trust } => sure_because(trust),
            Self::FromOrigin { size } => (format!("{size} origin"), format!("{size} origine")),
            Self::FromMirrors { size } => (format!("{size} mirrors"), format!("{size} miroirs")),
            Self::FromCacheHosts { size } => (format!("{size} cache hosts"), format!("{size} caches")),
            Self::Mirrors { count: 1 } => two(" (+1 mirror)", " (+1 miroir)"),
            Self::Mirrors { count } => (format!(" (+{count} mirrors)"), format!(" (+{count} miroirs)")),
            Self::Done { name, how } => {
                (format!("{name}: done ({how})"), format!("{name} : terminé ({how})"))
            }
            Self::FilesInAll { count, how } => {
                (format!("{count} files in all ({how})"), format!("{count} fichiers en tout ({how})"))
            }
            Self::Amount { size, span, rate } => {
                (format!("{size} in {span}, {rate}"), format!("{size} en {span}, {rate}"))
            }
            Self::AllHere { name, id } => (
                format!("{name}: all files are here; put them in place with: bgcopy complete {id}"),
                format!("{name} : tous les fichiers sont là ; mettez-les en place : bgcopy complete {id}"),
            ),
            Self::AllSent { name, id } => (
                format!("{name}: the server has it; end the job with: bgcopy complete {id}"),
                format!("{name} : le serveur l'a reçu ; terminez la tâche : bgcopy complete {id}"),
            ),
            Self::Cancelled => two("cancelled", "annulé"),
            Self::WasCancelled => two("the job was cancelled", "la tâche a été annulée"),
            Self::Unknown => {
                two("the service does not know the job any more", "le service ne connaît plus la tâche")
            }
            Self::AndDropped => {
                two("; what was not whole was dropped", " ; ce qui était incomplet est abandonné")
            }
            Self::AndNotDeleted => two(
                "; some temporary files could not be deleted",
                " ; des fichiers temporaires n'ont pas pu être supprimés",
            ),
            Self::LeftBehind { path } => (format!("  left behind: {path}"), format!("  reste : {path}")),
            Self::Added { id, name, number, file } => (
                format!("{id} {name}: added file {number}, {file}"),
                format!("{id} {name} : fichier {number} ajouté, {file}"),
            ),
            Self::Set { id, name } => (format!("{id} {name}: set"), format!("{id} {name} : modifiée")),
            Self::Replaced { files: 1 } => {
                two("1 file has another remote name now", "1 fichier a maintenant un autre nom distant")
            }
            Self::Replaced { files } => (
                format!("{files} files have another remote name now"),
                format!("{files} fichiers ont maintenant un autre nom distant"),
            ),
            Self::GoesOn => two("the job goes on in the background", "la tâche continue en arrière-plan"),
            Self::ComeBack { id } => (
                format!("  come back to it:  bgcopy watch {id}"),
                format!("  y revenir :       bgcopy watch {id}"),
            ),
            Self::EndIt { id } => (
                format!("  end it:           bgcopy cancel {id}"),
                format!("  l'annuler :       bgcopy cancel {id}"),
            ),
            Self::Restarting => two(
                "the service went away; starting it again",
                "le service a disparu ; il est en cours de redémarrage",
            ),
            Self::Awaiting => two(
                "the service went away; waiting for it to come back",
                "le service a disparu ; attente de son retour",
            ),
            Self::NoJobs => two("there are no jobs", "il n'y a pas de tâches"),
            Self::NoneEnded => two("no job has ended yet", "aucune tâche n'est encore finie"),
            Self::NoFiles => two("the job has no files", "la tâche n'a pas de fichiers"),
            Self::NothingToWatch => two("there are no jobs to watch", "il n'y a pas de tâches à suivre"),
            Self::NothingAsked => two(
                "the job asks about no certificate now",
                "la tâche ne pose pas de question sur un certificat en ce moment",
            ),
            Self::AsksAbout { server, sha256, id } => (
                format!(
                    "waits for your word on the certificate of {server} (SHA-256 {sha256}); see: bgcopy certificates {id}"
                ),
                format!(
                    "attend votre avis sur le certificat de {server} (SHA-256 {sha256}) ; voir : bgcopy certificates {id}"
                ),
            ),
            Self::NoError { name, id, state } => no_error(name, id, state),
            Self::StageWanted => two("wanted", "à venir"),
            Self::StageHere => two("here", "arrivé"),
            Self::StageToSend => two("to send", "à envoyer"),
            Self::StageSent => two("sent", "envoyé"),
            Self::StageInPlace => two("in place", "en place"),
            Self::StageDropped => two("dropped", "abandonné"),
            Self::Perhaps => two(" (perhaps)", " (peut-être)"),
            Self::Files { here, total } => {
                (format!("{here}/{total} files"), format!("{here}/{total} fichiers"))
            }
            Self::Left { span } => (format!("{span} left"), format!("reste {span}")),
            Self::From { source } => (format!("from {source}"), format!("de {source}")),
            Self::To { source } => (format!("to {source}"), format!("vers {source}")),
            Self::TryingAgain => two("trying again", "nouvel essai"),
            Self::TriesIn { span } => (format!("tries again in {span}"), format!("nouvel essai dans {span}")),
            Self::TriesSoon => two("tries again soon", "nouvel essai bientôt"),
            Self::WaitsNetwork => two("waits for a network", "attend un réseau"),
            Self::WaitsSpace => two("waits for space on the disk", "attend de la place sur le disque"),
            Self::WaitsPolicy => two("waits until a policy allows it", "attend que la stratégie l'autorise"),
            Self::NeedsYou => two("needs you", "a besoin de vous"),
            Self::Because { next, reason } => (format!("{next}: {reason}"), format!("{next} : {reason}")),
            Self::StartIt { id } => {
                (format!("start it with: bgcopy resume {id}"), format!("pour démarrer : bgcopy resume {id}"))
            }
            Self::CompleteIt => two("complete it", "à terminer (complete)"),
        }
    }
}

/// Short enough for a column.
fn sure(trust: Trust) -> (String, String) {
    let (english, french) = match trust {
        Trust::Unverified => ("unverified", "non vérifié"),
        Trust::Consistent => ("one version", "une seule version"),
        Trust::Digest => ("checksum right", "empreinte juste"),
        Trust::Pieces => ("every piece right", "chaque morceau juste"),
    };
    (english.to_owned(), french.to_owned())
}

/// Behind the word that the API has for it.
fn sure_because(trust: Trust) -> (String, String) {
    let (english, french) = match trust {
        Trust::Unverified => {
            ("unverified: nothing proves the bytes", "unverified : rien ne prouve les octets")
        }
        Trust::Consistent => (
            "consistent: all bytes are of one version, as the server says; nothing else proves them",
            "consistent : tous les octets sont d'une même version, selon le serveur ; rien d'autre ne les prouve",
        ),
        Trust::Digest => (
            "digest: the whole has the checksum that it must have, or its pieces match a list that nobody vouches for",
            "digest : l'ensemble a l'empreinte qu'il doit avoir, ou ses morceaux celles d'une liste non garantie",
        ),
        Trust::Pieces => (
            "pieces: every piece has the hash that a trusted list gives for it",
            "pieces : chaque morceau a l'empreinte qu'une liste sûre lui donne",
        ),
    };
    (english.to_owned(), french.to_owned())
}

fn no_error(name: &str, id: &str, state: JobState) -> (String, String) {
    let (english, french) = match state {
        JobState::Suspended => {
            (format!("; start it with: bgcopy resume {id}"), format!(" ; démarrez-la : bgcopy resume {id}"))
        }
        JobState::Transferred => (
            format!("; put its files in place with: bgcopy complete {id}"),
            format!(" ; mettez ses fichiers en place : bgcopy complete {id}"),
        ),
        _ => (String::new(), String::new()),
    };
    (
        format!("{name} ({id}): there is no error; the job is {state}{english}"),
        format!("{name} ({id}) : il n'y a pas d'erreur ; état de la tâche : {state}{french}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sentence_tells_is_told_in_every_language() {
        let (id, state) = ("3f2a1b4c", JobState::Suspended);
        for (say, parts) in [
            (Say::Saved { path: "/a/b" }, &["/a/b"][..]),
            (Say::Dropped { path: "/a/b" }, &["/a/b"]),
            (
                Say::AsksAbout { server: "h:443", sha256: "ab12", id },
                &["h:443", "ab12", "bgcopy certificates 3f2a1b4c"],
            ),
            (Say::Sent { path: "/a/b" }, &["/a/b"]),
            (Say::Replied { path: "/a/b", size: "1 KiB" }, &["/a/b", "1 KiB"]),
            (Say::AllSent { name: "big.iso", id }, &["big.iso", "bgcopy complete 3f2a1b4c"]),
            (Say::To { source: "h" }, &["h"]),
            (Say::Mended { path: "/a/b", kept: "1 GiB", fetched: "2 MiB" }, &["/a/b", "1 GiB", "2 MiB"]),
            (Say::WasWhole { path: "/a/b" }, &["/a/b"]),
            (Say::OnlyWhole { path: "/a/b" }, &["/a/b"]),
            (Say::TooLong { path: "/a/b", size: "1 GiB" }, &["/a/b", "1 GiB"]),
            (Say::Sure { trust: Trust::Unverified }, &[]),
            (Say::SureBecause { trust: Trust::Unverified }, &["unverified"]),
            (Say::SureBecause { trust: Trust::Consistent }, &["consistent"]),
            (Say::SureBecause { trust: Trust::Digest }, &["digest"]),
            (Say::SureBecause { trust: Trust::Pieces }, &["pieces"]),
            (Say::FromOrigin { size: "1 MiB" }, &["1 MiB"]),
            (Say::FromMirrors { size: "1 MiB" }, &["1 MiB"]),
            (Say::FromCacheHosts { size: "1 MiB" }, &["1 MiB"]),
            (Say::Mirrors { count: 7 }, &["+7"]),
            (Say::FilesInAll { count: 3, how: "1 MiB" }, &["3", "1 MiB"]),
            (Say::Amount { size: "1 MiB", span: "2 s", rate: "9 B/s" }, &["1 MiB", "2 s", "9 B/s"]),
            (Say::AllHere { name: "big.iso", id }, &["big.iso", "bgcopy complete 3f2a1b4c"]),
            (
                Say::NoError { name: "big.iso", id, state },
                &["big.iso", "suspended", "bgcopy resume 3f2a1b4c"],
            ),
            (Say::ComeBack { id }, &["bgcopy watch 3f2a1b4c"]),
            (Say::EndIt { id }, &["bgcopy cancel 3f2a1b4c"]),
            (Say::StartIt { id }, &["bgcopy resume 3f2a1b4c"]),
            (Say::TriesIn { span: "8 s" }, &["8 s"]),
            (Say::LeftBehind { path: "/a/b" }, &["/a/b"]),
            (Say::Added { id, name: "n", number: 7, file: "f" }, &[id, "n", "7", "f"]),
            (Say::Set { id, name: "big.iso" }, &[id, "big.iso"]),
            (Say::Replaced { files: 7 }, &["7"]),
            (Say::Because { next: "a", reason: "http-404" }, &["a", "http-404"]),
        ] {
            let texts = Language::ALL.iter().map(|language| say.text(*language)).collect::<Vec<_>>();
            assert_ne!(texts[0], texts[1]);
            for text in texts {
                assert!(parts.iter().all(|part| text.contains(part)), "{text}");
            }
        }
    }
}
