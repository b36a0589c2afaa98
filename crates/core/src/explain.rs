//! What an error means for the person whose transfer it is: what happened, what follows from it, what can be
//! done. Every face shows these sentences (design.md "Error record"); clock times are added by who shows them,
//! because how a time is written is theirs to know.

use crate::catalogue::describe;
use crate::code::Code;
use crate::context::ErrorContext;
use crate::hresult::Family;
use crate::job::{FileRecord, JobRecord};
use crate::language::Language;
use crate::record::{ErrorRecord, WaitingFor};
use crate::remedy::{Remedy, floor_forbids};
use crate::state::JobState;
use crate::upload;

/// An error in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub happened: String,
    /// What it means for the transfer: whether it goes on by itself, and what became of the bytes.
    pub means: String,
    /// What can be done, best first, each with its sentence.
    pub remedies: Vec<(Remedy, &'static str)>,
}

/// Explains the error of a job.
pub fn explain(job: &JobRecord, error: &ErrorRecord, language: Language) -> Explanation {
    let remedies = Remedy::of(job, error);
    Explanation {
        happened: happened(job, error, language),
        means: means(job, error, language),
        remedies: remedies.into_iter().map(|remedy| (remedy, remedy.text(language))).collect(),
    }
}

/// What happened, and for a failure that is only the end of patience, what happened before.
fn happened(job: &JobRecord, error: &ErrorRecord, language: Language) -> String {
    let is_floor = floor_forbids(job, error);
    let mut text = match (error.code, error.context) {
        _ if is_floor => pick(language, FLOOR).to_owned(),
        (Code::AccessDenied, ErrorContext::RemoteFile) => pick(language, NEXT_DOOR).to_owned(),
        (Code::Other(_), ErrorContext::ServerCertificateCallback) => {
            pick(language, REFUSED_CERTIFICATE).to_owned()
        }
        (Code::AccessDenied, _) if is_source(job, error) => pick(language, UNREADABLE).to_owned(),
        (Code::LocalFileChanged, _) if is_source(job, error) => pick(language, SOURCE_CHANGED).to_owned(),
        (Code::PathNotFound, _) if is_source(job, error) => pick(language, SOURCE_GONE).to_owned(),
        (code, _) => describe_code(code, language),
    };
    if let (Some(needed), Some(free)) = (error.space_needed, error.space_free) {
        let (needed, free) = (bytes(needed, language), bytes(free, language));
        text.push_str(&match (language, is_floor) {
            (Language::English, false) => format!(" It needs {needed}; {free} are free."),
            (Language::English, true) => format!(" With that it needs {needed}; {free} are free."),
            (Language::French, false) => format!(" Il faut {needed} ; {free} sont libres."),
            (Language::French, true) => format!(" Avec cela, il faut {needed} ; {free} sont libres."),
        });
    }
    if let Some(cause) = &error.cause {
        let lead = pick(language, (" The last failure before that:", " Le dernier échec avant cela :"));
        text.push_str(lead);
        text.push(' ');
        text.push_str(&describe_code(cause.code, language));
    }
    text
}

/// What is said of a volume that is full only by our own rule; the setting is named, so that it can be found.
const FLOOR: (&str, &str) = (
    "The file would fit, but the service leaves that much of the volume free (setting free_space_floor).",
    "Le fichier tiendrait, mais le service laisse cette place libre sur le volume (réglage free_space_floor).",
);

/// What is said where not the file is out of reach but its server (faults C07).
const NEXT_DOOR: (&str, &str) = (
    "The server is this machine or on its link, where this service takes no ordinary user (setting allow_local_servers).",
    "Le serveur est cette machine ou sur son lien, où ce service ne mène aucun utilisateur ordinaire (réglage allow_local_servers).",
);

/// What is said where the code is that of the owner's program, and so may mean anything.
const REFUSED_CERTIFICATE: (&str, &str) = (
    "The program that checks the server's certificate for this job refused it.",
    "Le programme qui vérifie le certificat du serveur pour cette tâche l'a refusé.",
);

/// What is said of a file that is to be uploaded.
const UNREADABLE: (&str, &str) = (
    "The file to upload cannot be read: permission was denied.",
    "Le fichier à envoyer ne peut pas être lu : l'autorisation a été refusée.",
);
const SOURCE_CHANGED: (&str, &str) = (
    "The file to upload was changed during the transfer.",
    "Le fichier à envoyer a été modifié pendant le transfert.",
);
const SOURCE_GONE: (&str, &str) =
    ("The file to upload is not there any more.", "Le fichier à envoyer n'existe plus.");

/// Whether a failure concerns the file that an upload sends.
fn is_source(job: &JobRecord, error: &ErrorRecord) -> bool {
    job.is_upload() && error.context == ErrorContext::LocalFile && error.file == Some(upload::SOURCE)
}

/// One sentence about a failure. It says more than [`describe`] of its number where others share that number.
pub fn describe_code(code: Code, language: Language) -> String {
    let own = match code {
        Code::DestinationExists => (
            "The destination exists already, and the job must not replace it.",
            "La destination existe déjà, et la tâche ne doit pas la remplacer.",
        ),
        Code::AccessDenied => (
            "The file cannot be written there: permission was denied.",
            "Le fichier ne peut pas être écrit à cet endroit : l'autorisation a été refusée.",
        ),
        Code::ClockSuspect => (
            "The server's certificate is not valid yet; the clock of this machine seems to be wrong.",
            "Le certificat du serveur n'est pas encore valide ; l'horloge de cette machine semble fausse.",
        ),
        Code::Dns => (
            "There is no server of this name: the name service does not know it.",
            "Aucun serveur ne porte ce nom : le service de noms ne le connaît pas.",
        ),
        Code::DnsUnavailable => (
            "The name service gives no address for the server's name at the moment.",
            "Le service de noms ne donne pas d'adresse pour le nom du serveur en ce moment.",
        ),
        Code::CaptivePortal => (
            "The network answered with its login page instead of the file.",
            "Le réseau a répondu par sa page de connexion au lieu du fichier.",
        ),
        Code::StoreFailed => (
            "The service could not keep its records of this job.",
            "Le service n'a pas pu enregistrer ses données sur cette tâche.",
        ),
        Code::Notification => {
            ("The job's program could not be notified.", "Le programme de la tâche n'a pas pu être averti.")
        }
        // 407 speaks of the proxy already.
        Code::Proxy(status) if status != 407 => {
            return match language {
                Language::English => {
                    format!("The proxy refused to reach the server, with HTTP status {status}.")
                }
                Language::French => {
                    format!("Le proxy a refusé de joindre le serveur, avec le statut HTTP {status}.")
                }
            };
        }
        // The names of the families say the same; those of BITS say it of more failures.
        _ => return describe(code.hresult(Family::Bits), language),
    };
    pick(language, own).to_owned()
}

fn means(job: &JobRecord, error: &ErrorRecord, language: Language) -> String {
    let sentence = match job.state {
        JobState::TransientError => waits(error),
        JobState::Error if is_source(job, error) && error.code == Code::LocalFileChanged => CANNOT_GO_ON,
        JobState::Error => stopped(error.code),
        JobState::Suspended => (
            "The job is suspended; it tries again once it is resumed.",
            "La tâche est suspendue ; elle réessaiera une fois reprise.",
        ),
        JobState::Queued | JobState::Connecting => {
            ("The job is being tried again.", "La tâche est en cours de nouvel essai.")
        }
        JobState::Transferring | JobState::Transferred | JobState::Acknowledged | JobState::Cancelled => {
            ("The failure is over.", "L'échec est surmonté.")
        }
    };
    let mut text = pick(language, sentence).to_owned();
    if job.state == JobState::Error && !job.is_upload() && job.files.len() > 1 {
        let whole = job.files.iter().filter(|file| FileRecord::is_transferred(file)).count();
        let all = job.files.len();
        text.push_str(&match language {
            Language::English => format!(" Whole files so far: {whole} of {all}."),
            Language::French => format!(" Fichiers complets : {whole} sur {all}."),
        });
    }
    text
}

/// What a job in TransientError waits for.
const fn waits(error: &ErrorRecord) -> (&'static str, &'static str) {
    match error.waiting_for {
        WaitingFor::RetryAt(_) => (
            "The service tries again by itself; what has arrived is kept.",
            "Le service réessaiera de lui-même ; ce qui est arrivé est gardé.",
        ),
        WaitingFor::Network => (
            "The transfer waits for a network and then goes on by itself.",
            "Le transfert attend un réseau, puis continuera de lui-même.",
        ),
        WaitingFor::Space => (
            "The transfer waits for space on the volume and then goes on by itself.",
            "Le transfert attend de l'espace sur le volume, puis continuera de lui-même.",
        ),
        WaitingFor::Policy => condition(error.code),
        WaitingFor::Client => {
            ("The transfer waits for the job's program.", "Le transfert attend le programme de la tâche.")
        }
    }
}

/// The condition that a policy waits for.
const fn condition(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::BlockedCost | Code::BlockedCellular => (
            "The transfer waits for a cheaper connection and then goes on by itself.",
            "Le transfert attend une connexion moins chère, puis continuera de lui-même.",
        ),
        Code::BlockedPower => (
            "The transfer waits for mains power and then goes on by itself.",
            "Le transfert attend une alimentation sur secteur, puis continuera de lui-même.",
        ),
        Code::BlockedVpn => (
            "The transfer waits until the VPN is left and then goes on by itself.",
            "Le transfert attend la fin du VPN, puis continuera de lui-même.",
        ),
        Code::BlockedMemory => (
            "The transfer waits for free memory and then goes on by itself.",
            "Le transfert attend de la mémoire libre, puis continuera de lui-même.",
        ),
        _ => (
            "The transfer waits until the policy allows it and then goes on by itself.",
            "Le transfert attend que la stratégie l'autorise, puis continuera de lui-même.",
        ),
    }
}

/// What a job in Error means that has to be made anew.
const CANNOT_GO_ON: (&str, &str) =
    ("The transfer has stopped and cannot go on.", "Le transfert est arrêté et ne peut pas continuer.");

/// What a job in Error needs, and what became of its bytes.
const fn stopped(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::InvalidRange | Code::MaxSize => (
            "The transfer has stopped; with these settings it cannot go on.",
            "Le transfert est arrêté ; avec ces paramètres, il ne peut pas continuer.",
        ),
        // "Resume downloads the file again" (spec 6.7).
        Code::ValidationFailed => (
            "The transfer has stopped and needs you. What came lies in a hidden file beside the destination, \
             until you resume the job, which fetches this file from the start, or cancel it.",
            "Le transfert est arrêté et a besoin de vous. Ce qui est arrivé reste dans un fichier caché à côté \
             de la destination, jusqu'à ce que vous repreniez la tâche, ce qui recharge ce fichier depuis le \
             début, ou l'annuliez.",
        ),
        Code::RemoteChanged => (
            "The transfer has stopped and needs you; once resumed, it fetches this file from the start.",
            "Le transfert est arrêté et a besoin de vous ; une fois repris, il reprendra ce fichier au début.",
        ),
        Code::LocalFileChanged => (
            "The transfer has stopped and needs you; once resumed, it fetches again what was lost.",
            "Le transfert est arrêté et a besoin de vous ; une fois repris, il rechargera ce qui est perdu.",
        ),
        _ => (
            "The transfer has stopped and needs you; what has arrived is kept.",
            "Le transfert est arrêté et a besoin de vous ; ce qui est arrivé est gardé.",
        ),
    }
}

const fn pick(language: Language, (english, french): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::English => english,
        Language::French => french,
    }
}

/// A number of bytes for people: three digits or so, decimal units.
fn bytes(count: u64, language: Language) -> String {
    const UNITS: [(&str, &str); 7] = [
        ("bytes", "octets"),
        ("kB", "ko"),
        ("MB", "Mo"),
        ("GB", "Go"),
        ("TB", "To"),
        ("PB", "Po"),
        ("EB", "Eo"),
    ];
    let thousands = count.checked_ilog10().unwrap_or(0) / 3;
    let unit = 1_000_u64.pow(thousands);
    // A u64 has at most 20 digits, so that there is always a unit; the fallback keeps hostile numbers harmless.
    let name = pick(language, UNITS.get(thousands as usize).copied().unwrap_or(UNITS[0]));
    let (whole, tenth) = (count / unit, count % unit * 10 / unit.max(1));
    match (thousands, language) {
        (0, _) => format!("{whole} {name}"),
        (_, Language::English) => format!("{whole}.{tenth} {name}"),
        (_, Language::French) => format!("{whole},{tenth} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::code::ErrorClass;
    use crate::context::ErrorContext;
    use crate::fixture;
    use crate::hresult::Hresult;
    use crate::job::FileStage;
    use crate::time::Wall;

    /// Every named code, and what HTTP statuses and strangers bring.
    fn codes() -> impl Iterator<Item = Code> {
        let statuses = [401, 403, 404, 407, 416, 429, 500, 503].map(Code::Http);
        let others = [Code::Proxy(407), Code::Proxy(502), Code::Other(Hresult(0x8765_4321))];
        Code::NAMED.iter().copied().chain(statuses).chain(others)
    }

    /// The state and the waiting that a failure of this class leads to.
    fn natural(code: Code) -> (JobState, WaitingFor) {
        match (code.class(), code) {
            (ErrorClass::Fatal, _) => (JobState::Error, WaitingFor::Client),
            (ErrorClass::Transient, _) => (JobState::TransientError, WaitingFor::RetryAt(Wall::default())),
            (ErrorClass::Policy, Code::NoNetwork) => (JobState::TransientError, WaitingFor::Network),
            (ErrorClass::Policy, Code::DiskFull) => (JobState::TransientError, WaitingFor::Space),
            (ErrorClass::Policy, _) => (JobState::TransientError, WaitingFor::Policy),
        }
    }

    fn assert_sentences(text: &str) {
        assert!(text.ends_with('.'), "{text:?}");
        assert!(!text.contains(['\n', '\r', '{', '}']), "{text:?}");
        assert!(!text.contains("  "), "{text:?}");
        assert!(text.chars().next().is_some_and(char::is_uppercase), "{text:?}");
    }

    #[test]
    fn every_failure_is_explained_in_whole_sentences() {
        let waits = [
            WaitingFor::RetryAt(Wall::default()),
            WaitingFor::Network,
            WaitingFor::Space,
            WaitingFor::Policy,
            WaitingFor::Client,
        ];
        for &language in Language::ALL {
            for code in codes() {
                for &context in ErrorContext::ALL {
                    for (&state, waiting_for) in
                        JobState::ALL.iter().flat_map(|state| waits.map(|wait| (state, wait)))
                    {
                        let mut job = fixture::job(2);
                        job.state = state;
                        let error = ErrorRecord { waiting_for, ..fixture::error(code, context) };
                        let explanation = explain(&job, &error, language);
                        assert_sentences(&explanation.happened);
                        assert_sentences(&explanation.means);
                        explanation.remedies.iter().for_each(|(_, text)| assert_sentences(text));
                    }
                }
            }
        }
    }

    #[test]
    fn failures_as_people_read_of_them() {
        let mut table = String::new();
        for code in codes() {
            let mut job = fixture::job(1);
            // It means another thing of a server.
            let context =
                if code == Code::AccessDenied { ErrorContext::LocalFile } else { ErrorContext::RemoteFile };
            let error = fixture::error(code, context);
            let (state, waiting_for) = natural(code);
            job.state = state;
            let error = ErrorRecord { waiting_for, ..error };
            let _ = writeln!(table, "{code} ({state})");
            for &language in Language::ALL {
                let Explanation { happened, means, .. } = explain(&job, &error, language);
                let _ = writeln!(table, "  {happened}\n  {means}");
            }
            let _ = writeln!(table, "  {:?}", Remedy::of(&job, &error));
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn c07_a_server_that_is_out_of_bounds_is_no_matter_of_the_file() {
        let error = fixture::error(Code::AccessDenied, ErrorContext::RemoteFile);
        let mut job = fixture::job(1);
        job.state = JobState::Error;
        for &language in Language::ALL {
            let explanation = explain(&job, &error, language);
            assert!(explanation.happened.contains("allow_local_servers"), "{}", explanation.happened);
            assert_eq!(explanation.remedies[0].0, Remedy::SetRemoteName);
        }
    }

    #[test]
    fn what_kept_failing_is_named_when_patience_ends() {
        let mut error = fixture::error(Code::NoProgress, ErrorContext::GeneralQueueManager);
        error.cause = Some(Box::new(fixture::error(Code::Connect, ErrorContext::GeneralTransport)));
        assert_eq!(
            happened(&fixture::job(1), &error, Language::English),
            "No bytes came for as long as the job may wait for them. The last failure before that: \
             No connection to the server could be established."
        );
    }

    #[test]
    fn a_full_volume_says_how_much_is_missing() {
        let mut error = fixture::error(Code::DiskFull, ErrorContext::LocalFile);
        error.errno = Some(28);
        (error.space_needed, error.space_free) = (Some(4_294_967_296), Some(1_024));
        assert_eq!(
            happened(&fixture::job(1), &error, Language::French),
            "Il n'y a pas assez d'espace sur le volume où le fichier est écrit. \
             Il faut 4,2 Go ; 1,0 ko sont libres."
        );
    }

    #[test]
    fn a_volume_that_is_full_only_by_the_floor_names_the_setting() {
        let mut error = fixture::error(Code::DiskFull, ErrorContext::LocalFile);
        (error.space_needed, error.space_free) = (Some(5_000_000_000), Some(2_000_000_000));
        assert_eq!(
            happened(&fixture::job(1), &error, Language::English),
            "The file would fit, but the service leaves that much of the volume free (setting \
             free_space_floor). With that it needs 5.0 GB; 2.0 GB are free."
        );
    }

    #[test]
    fn a_stopped_job_says_how_many_of_its_files_are_whole() {
        let mut job = fixture::job(3);
        job.files[0].stage = FileStage::Transferred;
        let error = fixture::error(Code::Http(404), ErrorContext::RemoteFile);
        assert!(means(&job, &error, Language::English).ends_with("Whole files so far: 1 of 3."));
    }

    #[test]
    fn the_way_through_a_proxy_is_told_from_the_server() {
        for &language in Language::ALL {
            for status in 100..600 {
                let [proxy, server] =
                    [Code::Proxy(status), Code::Http(status)].map(|code| describe_code(code, language));
                assert!(proxy.contains("proxy"), "{proxy}");
                assert_eq!(proxy == server, status == 407);
            }
        }
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (count, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_999_999, "1.9 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(count, Language::English), text);
        }
    }
}
