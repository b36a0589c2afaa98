//! What can make a stuck transfer proceed: the exact next actions (spec 6.7).

use serde::{Deserialize, Serialize};

use crate::code::{Code, ErrorClass};
use crate::context::ErrorContext;
use crate::flags::{RedirectPolicy, SecurityFlags};
use crate::job::{FileRecord, JobRecord};
use crate::language::Language;
use crate::record::ErrorRecord;
use crate::secret::AuthTarget;
use crate::state::{JobState, Priority};

/// One action that a client can take, or that the service takes by itself. Ordered: the most promising
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action", content = "target")]
pub enum Remedy {
    /// Nothing to do: the service goes on by itself.
    Wait,
    /// Connect the machine to a network.
    RestoreNetwork,
    /// Free space on the volume of the destination.
    FreeSpace,
    /// Let the service fill the volume further (the setting `free_space_floor`).
    LowerSpaceFloor,
    /// Put the folder, the rights or the volume in order.
    MendDestination,
    /// Give the file another destination, or say that the existing one may be replaced.
    ResolveDestination,
    /// Give the file another URL (`SetRemoteName`).
    SetRemoteName,
    /// Give user name and password (`SetCredentials`).
    SetCredentials(AuthTarget),
    /// Mend the proxy settings (`SetProxySettings`).
    SetProxy,
    /// Trust the authority, or mend the server's certificate.
    MendCertificate,
    /// Give a client certificate.
    SetClientCertificate,
    /// Set this machine's clock.
    SetClock,
    /// Make the job Foreground (`SetPriority`): no range is then needed at first.
    SetForeground,
    /// Let the job run on links of this cost (`COST_FLAGS`).
    WidenCostFlags,
    /// Give the transfer more time (`SetNoProgressTimeout`, `SetMaximumDownloadTime`).
    AllowMoreTime,
    /// Raise the cap on bytes, which needs a new job.
    RaiseMaxSize,
    /// Take content whose size is not told, or whose end only the closing connection tells (A14, A19).
    AcceptUnknownSize,
    /// Take content without a size (`DYNAMIC_CONTENT`, Foreground), which needs a new job.
    AllowDynamicContent,
    /// Allow https to http, or another redirect policy.
    AllowRedirect,
    /// Correct or drop the digest that the caller gave, which needs a new job.
    CorrectDigest,
    /// Register the missing callback or token again.
    RegisterAgain,
    /// Make the job anew: what is wrong with it cannot be changed.
    Recreate,
    /// Try again, now (`Resume`).
    Resume,
    /// Keep the files that are whole and drop the rest (`Complete`).
    Complete,
    /// Drop everything (`Cancel`).
    Cancel,
}

impl Remedy {
    /// What can be done about the error of a job, best first (spec 6.7): wait or act for what the service
    /// retries; for what it does not, exactly one of repair and Resume, Complete, Cancel.
    pub fn of(job: &JobRecord, error: &ErrorRecord) -> Vec<Self> {
        let waits = match job.state {
            JobState::Error | JobState::Suspended => false,
            JobState::TransientError => true,
            // It is being tried again already (spec 6.7, 1: "Not E or TE: nothing is wrong").
            JobState::Queued | JobState::Connecting => return vec![Self::Wait, Self::Cancel],
            JobState::Transferring | JobState::Transferred | JobState::Acknowledged | JobState::Cancelled => {
                return vec![];
            }
        };
        let mut remedies = Vec::new();
        if waits {
            remedies.push(Self::Wait);
        }
        remedies.extend(repairs(job, error));
        if job.is_upload() {
            as_for_uploads(&mut remedies);
        }
        if !needs_a_new_job(job, error.code) {
            remedies.push(Self::Resume);
        }
        if !waits && !job.is_upload() && job.files.iter().any(FileRecord::is_transferred) {
            remedies.push(Self::Complete);
        }
        remedies.push(Self::Cancel);
        remedies
    }

    /// The action as one imperative sentence.
    pub const fn text(self, language: Language) -> &'static str {
        let (english, french) = self.texts();
        match language {
            Language::English => english,
            Language::French => french,
        }
    }

    /// English, French.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Wait => {
                ("Wait: the service goes on by itself.", "Attendez : le service continue de lui-même.")
            }
            Self::RestoreNetwork => {
                ("Connect this machine to a network.", "Connectez cette machine à un réseau.")
            }
            Self::FreeSpace => (
                "Free space on the volume that the file is written to.",
                "Libérez de l'espace sur le volume où le fichier est écrit.",
            ),
            Self::LowerSpaceFloor => (
                "Lower free_space_floor in the service's configuration, and have it read that again (SIGHUP).",
                "Baissez free_space_floor dans la configuration du service, puis faites-la relire (SIGHUP).",
            ),
            Self::MendDestination => (
                "Put the destination in order: its folder, its rights, its volume.",
                "Remettez la destination en état : son dossier, ses droits, son volume.",
            ),
            Self::ResolveDestination => (
                "Move the existing file away, or say that it may be replaced.",
                "Déplacez le fichier existant, ou autorisez son remplacement.",
            ),
            Self::SetRemoteName => ("Give the file another URL.", "Donnez une autre URL au fichier."),
            Self::SetCredentials(AuthTarget::Server) => (
                "Give a user name and a password that the server accepts.",
                "Donnez un nom d'utilisateur et un mot de passe acceptés par le serveur.",
            ),
            Self::SetCredentials(AuthTarget::Proxy) => (
                "Give a user name and a password that the proxy accepts.",
                "Donnez un nom d'utilisateur et un mot de passe acceptés par le proxy.",
            ),
            Self::SetProxy => {
                ("Correct the proxy settings of the job.", "Corrigez les paramètres de proxy de la tâche.")
            }
            Self::MendCertificate => (
                "Have the server's certificate mended, or let the job trust the authority that issued it.",
                "Faites corriger le certificat du serveur, ou faites confiance à l'autorité qui l'a émis.",
            ),
            Self::SetClientCertificate => (
                "Give the job a client certificate that the server accepts.",
                "Donnez à la tâche un certificat client accepté par le serveur.",
            ),
            Self::SetClock => {
                ("Set the clock of this machine.", "Mettez l'horloge de cette machine à l'heure.")
            }
            Self::SetForeground => (
                "Give the job foreground priority.",
                "Donnez à la tâche la priorité de premier plan (foreground).",
            ),
            Self::WidenCostFlags => (
                "Let the job run on connections that cost money.",
                "Autorisez la tâche à utiliser des connexions payantes.",
            ),
            Self::AllowMoreTime => ("Give the transfer more time.", "Accordez plus de temps au transfert."),
            Self::RaiseMaxSize => (
                "Make a new job with a higher limit on its size.",
                "Créez une nouvelle tâche avec une limite de taille plus élevée.",
            ),
            Self::AcceptUnknownSize => (
                "Let the job accept content whose size or end cannot be checked.",
                "Autorisez la tâche à accepter un contenu dont la taille ou la fin ne peut être vérifiée.",
            ),
            Self::AllowDynamicContent => (
                "Make a new foreground job that accepts dynamic content.",
                "Créez une nouvelle tâche de premier plan qui accepte le contenu dynamique.",
            ),
            Self::AllowRedirect => (
                "Let the job follow such redirects, if you trust where they lead.",
                "Autorisez la tâche à suivre ces redirections, si vous faites confiance à leur cible.",
            ),
            Self::CorrectDigest => (
                "Make a new job with the right checksum, or without one.",
                "Créez une nouvelle tâche avec la bonne somme de contrôle, ou sans somme de contrôle.",
            ),
            Self::RegisterAgain => (
                "Let the owner's program register its callback or token again.",
                "Faites enregistrer à nouveau le rappel ou le jeton par le programme du propriétaire.",
            ),
            Self::Recreate => {
                ("Make the job anew with other settings.", "Recréez la tâche avec d'autres paramètres.")
            }
            Self::Resume => {
                ("Resume the job: it tries again at once.", "Reprenez la tâche : elle réessaie aussitôt.")
            }
            Self::Complete => (
                "Complete the job: finished files are kept, the others are dropped.",
                "Terminez la tâche : les fichiers finis sont gardés, les autres abandonnés.",
            ),
            Self::Cancel => (
                "Cancel the job: everything it fetched is dropped.",
                "Annulez la tâche : tout ce qu'elle a reçu est abandonné.",
            ),
        }
    }
}

/// What a Resume cannot change, because the job was made with it (spec 6.7, "ranges are fixed at add time;
/// new job"; spec 4.1, properties frozen after the first Resume).
const fn needs_a_new_job(job: &JobRecord, code: Code) -> bool {
    matches!(code, Code::InvalidRange | Code::MaxSize)
        || job.is_upload() && matches!(code, Code::LocalFileChanged)
}

/// An upload cannot be sent elsewhere, nor be completed before all of it was sent (spec 7.9, `SetRemoteName`: upload
/// `E_NOTIMPL`; 5.1): another URL needs another job.
fn as_for_uploads(remedies: &mut [Remedy]) {
    for remedy in remedies {
        if *remedy == Remedy::SetRemoteName {
            *remedy = Remedy::Recreate;
        }
    }
}

/// What to mend before Resume (spec 6.7, column "Repair before Resume").
fn repairs(job: &JobRecord, error: &ErrorRecord) -> Vec<Remedy> {
    use Remedy as R;
    match error.code {
        Code::Http(status) => status_repairs(status, job, error),
        Code::Proxy(407) => vec![R::SetCredentials(AuthTarget::Proxy)],
        Code::Proxy(_) | Code::InvalidProxy => vec![R::SetProxy],
        Code::RangeUnsupported => range_repairs(job, error),
        // Ours to refuse, so ours to allow; then it is as spec 6.7 says.
        Code::SizeUnknown if job.settings.require_size || !job.settings.allow_unverified => {
            vec![R::AcceptUnknownSize, R::SetRemoteName]
        }
        Code::SizeUnknown => vec![R::AllowDynamicContent, R::SetRemoteName],
        Code::HttpInvalid => vec![R::SetRemoteName],
        // "INVALID_SERVER_RESPONSE: plain Resume", and another URL once it has failed for good.
        Code::BadResponse if error.class == ErrorClass::Fatal => vec![R::SetRemoteName],
        Code::Redirect if is_downgrade(job, error) => vec![R::AllowRedirect, R::SetRemoteName],
        Code::Redirect => vec![R::SetRemoteName],
        Code::CaptivePortal | Code::NoNetwork => vec![R::RestoreNetwork],
        Code::ValidationFailed if file(job, error).is_some_and(|file| file.spec.digest.is_some()) => {
            vec![R::CorrectDigest, R::SetRemoteName]
        }
        Code::TooLarge if error.context == ErrorContext::LocalFile => vec![R::MendDestination],
        Code::TooLarge => vec![R::SetRemoteName],
        Code::InvalidRange => vec![R::Recreate],
        Code::MaxSize => vec![R::RaiseMaxSize],
        // Both are for the server's administrator to mend.
        Code::ProtocolMismatch | Code::ServerExecuteEnabled => vec![R::SetRemoteName],
        // "Recreate the job" (`BG_E_LOCAL_FILE_CHANGED`).
        Code::LocalFileChanged if job.is_upload() => vec![R::Recreate],
        // Who answers is reached, so the network is not at fault; the name is.
        Code::Dns => [R::SetRemoteName].into_iter().chain(proxy_repair(job)).collect(),
        Code::DnsUnavailable | Code::Connect | Code::Timeout => way_repairs(job, error),
        // A certificate for another name may belong to the server's right name.
        Code::Tls => vec![R::MendCertificate, R::SetRemoteName],
        Code::TlsRevoked => vec![R::MendCertificate],
        Code::TlsClientCertificate => vec![R::SetClientCertificate],
        Code::ClockSuspect => vec![R::SetClock],
        Code::DiskFull if floor_forbids(job, error) => vec![R::LowerSpaceFloor, R::FreeSpace],
        Code::DiskFull => vec![R::FreeSpace],
        Code::AccessDenied if error.context == ErrorContext::RemoteFile => vec![R::SetRemoteName],
        Code::AccessDenied
        | Code::WriteProtected
        | Code::PathNotFound
        | Code::Io
        | Code::NameTooLong
        | Code::VolumeChanged => vec![R::MendDestination],
        Code::DestinationExists => vec![R::ResolveDestination],
        Code::NoProgress => stall_repairs(job, error),
        Code::MaxTime => vec![R::AllowMoreTime],
        Code::BlockedCost | Code::BlockedCellular => vec![R::WidenCostFlags],
        // A limit of the job itself holds at every priority.
        Code::BlockedPolicy if job.priority.is_background() && job.settings.max_rate != Some(0) => {
            vec![R::SetForeground]
        }
        Code::StoreFailed => vec![R::Recreate],
        Code::TokenRequired | Code::CertificateCallbackMissing | Code::Notification => vec![R::RegisterAgain],
        // Resume alone is the whole repair, or waiting is.
        Code::BadResponse
        | Code::ValidationFailed
        | Code::RemoteChanged
        | Code::LocalFileChanged
        | Code::SessionNotFound
        | Code::ClosedEarly
        | Code::Reset
        | Code::BlockedPolicy
        | Code::BlockedPower
        | Code::BlockedVpn
        | Code::BlockedMemory
        | Code::Other(_) => vec![],
    }
}

fn status_repairs(status: u16, job: &JobRecord, error: &ErrorRecord) -> Vec<Remedy> {
    use Remedy as R;
    match status {
        401 => vec![R::SetCredentials(AuthTarget::Server)],
        407 => vec![R::SetCredentials(AuthTarget::Proxy)],
        // Mostly a signed link that expired (A26); else rights at the server.
        403 => vec![R::SetRemoteName, R::SetCredentials(AuthTarget::Server)],
        // A redirect is an error where the job forbids to follow any (spec 9.6).
        301 | 302 | 303 | 307 | 308 if !follows_redirects(job) => vec![R::AllowRedirect, R::SetRemoteName],
        // "Their message text asks for Resume" (spec 6.7).
        200 | 205 | 304 | 402 | 415 | 449 => vec![],
        _ if error.class == ErrorClass::Fatal => vec![R::SetRemoteName],
        _ => vec![],
    }
}

/// Bits of the mask that no policy has mean the strictest one.
fn follows_redirects(job: &JobRecord) -> bool {
    let policy = job.settings.security_flags.redirect_policy();
    matches!(policy, Some(RedirectPolicy::AllowSilent | RedirectPolicy::AllowReport))
}

/// The words with which a redirect is refused that the job could allow. A record has no other word for why a
/// redirect was refused, and no other refusal of one is the job's to lift: not a loop, not a target that is no
/// URL or not HTTP, not one in a private network (faults C01 to C06).
const DOWNGRADE: &str = "from https to http";

fn is_downgrade(job: &JobRecord, error: &ErrorRecord) -> bool {
    let allowed = job.settings.security_flags.contains(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP);
    !allowed && error.detail.contains(DOWNGRADE)
}

/// Whether the file would fit, and only the free-space floor forbids it (E03): the service stopped by itself,
/// not at an error of the system, and more is free than the file still needs.
pub(crate) fn floor_forbids(job: &JobRecord, error: &ErrorRecord) -> bool {
    let missing = file(job, error)
        .and_then(|file| file.bytes_total()?.checked_sub(file.bytes_here))
        // Of a file of unknown size no more was asked for than the floor.
        .unwrap_or(0);
    error.code == Code::DiskFull
        && error.errno.is_none()
        && error.space_free.is_some_and(|free| free >= missing)
}

/// A foreground job takes files up to 2 GB without ranges; beyond, and for parts of a file, there is no help
/// but another server (spec 6.7, 9.3).
fn range_repairs(job: &JobRecord, error: &ErrorRecord) -> Vec<Remedy> {
    const RANGES_NEEDED_ABOVE: u64 = 2 << 30;
    let whole_and_small = file(job, error).is_some_and(|file| {
        file.spec.ranges.is_empty() && file.bytes_total().is_some_and(|total| total <= RANGES_NEEDED_ABOVE)
    });
    if whole_and_small && job.priority != Priority::Foreground {
        vec![Remedy::SetForeground, Remedy::SetRemoteName]
    } else {
        vec![Remedy::SetRemoteName]
    }
}

/// Nobody could be reached: the network, the name, or the proxy in between. Who refuses a connection was
/// reached, so the network is not at fault.
fn way_repairs(job: &JobRecord, error: &ErrorRecord) -> Vec<Remedy> {
    let refused = error.errno == Some(ECONNREFUSED);
    let network = (!refused).then_some(Remedy::RestoreNetwork);
    network.into_iter().chain([Remedy::SetRemoteName]).chain(proxy_repair(job)).collect()
}

/// What failed may be the proxy, where the job has one.
fn proxy_repair(job: &JobRecord) -> Option<Remedy> {
    job.settings.proxy.list.is_some().then_some(Remedy::SetProxy)
}

/// The system's number for a refused connection, on Linux.
const ECONNREFUSED: i32 = 111;

/// "Resume, perhaps other URL or longer timeout" (spec 6.7); what helps against the failure that used up the
/// time comes first.
fn stall_repairs(job: &JobRecord, error: &ErrorRecord) -> Vec<Remedy> {
    let mut remedies = match error.cause.as_deref() {
        // Nothing is the cause of itself; should a record say so, it is not followed.
        Some(cause) if cause.code != Code::NoProgress => repairs(job, cause),
        Some(_) | None => vec![],
    };
    for remedy in [Remedy::AllowMoreTime, Remedy::SetRemoteName] {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

/// The file that the error is tied to; of a job with one file, that one.
fn file<'a>(job: &'a JobRecord, error: &ErrorRecord) -> Option<&'a FileRecord> {
    match (error.file, job.files.as_slice()) {
        (Some(index), _) => job.file(index),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use Remedy as R;

    use super::*;
    use crate::fixture;
    use crate::hresult::Hresult;
    use crate::id::FileIndex;
    use crate::job::FileStage;
    use crate::range::FileRange;
    use crate::settings::Digest;

    const LOCAL: ErrorContext = ErrorContext::LocalFile;
    const REMOTE: ErrorContext = ErrorContext::RemoteFile;
    const WAY: ErrorContext = ErrorContext::GeneralTransport;
    const MANAGER: ErrorContext = ErrorContext::GeneralQueueManager;

    /// What is to be mended in a background job of one file.
    fn mended(code: Code, context: ErrorContext) -> Vec<Remedy> {
        repairs(&fixture::job(1), &fixture::error(code, context))
    }

    #[test]
    fn a_size_that_may_be_unknown_and_still_fails_needs_dynamic_content() {
        let mut job = fixture::job(1);
        job.settings.allow_unverified = true;
        let error = fixture::error(Code::SizeUnknown, REMOTE);
        assert_eq!(repairs(&job, &error), [R::AllowDynamicContent, R::SetRemoteName]);
        job.settings.require_size = true;
        assert_eq!(repairs(&job, &error), [R::AcceptUnknownSize, R::SetRemoteName]);
    }

    #[test]
    fn every_row_of_the_decision_table_has_its_repair() {
        let credentials = R::SetCredentials;
        for (row, codes, context, repairs) in [
            ("401", &[Code::Http(401)][..], REMOTE, &[credentials(AuthTarget::Server)][..]),
            ("407", &[Code::Http(407), Code::Proxy(407)], WAY, &[credentials(AuthTarget::Proxy)]),
            ("403", &[Code::Http(403)], REMOTE, &[R::SetRemoteName, credentials(AuthTarget::Server)]),
            (
                "404, 410, 400, 414",
                &[Code::Http(404), Code::Http(410), Code::Http(400), Code::Http(414)],
                REMOTE,
                &[R::SetRemoteName],
            ),
            ("503, 504", &[Code::Http(503), Code::Http(504)], REMOTE, &[]),
            ("408, 409, 425, 429", &[408, 409, 425, 429].map(Code::Http), REMOTE, &[]),
            ("missing file size", &[Code::SizeUnknown], REMOTE, &[R::AcceptUnknownSize, R::SetRemoteName]),
            ("invalid range", &[Code::InvalidRange], REMOTE, &[R::Recreate]),
            ("statuses that ask for Resume", &[200, 205, 304, 402, 415, 449].map(Code::Http), REMOTE, &[]),
            ("invalid server response", &[Code::BadResponse], WAY, &[]),
            (
                "file system",
                &[
                    Code::AccessDenied,
                    Code::PathNotFound,
                    Code::WriteProtected,
                    Code::Io,
                    Code::NameTooLong,
                    Code::TooLarge,
                ],
                LOCAL,
                &[R::MendDestination],
            ),
            ("disk full", &[Code::DiskFull], LOCAL, &[R::FreeSpace]),
            ("volume changed", &[Code::VolumeChanged], LOCAL, &[R::MendDestination]),
            ("destination exists", &[Code::DestinationExists], LOCAL, &[R::ResolveDestination]),
            // The service starts that file again by itself (E11, E12), so the job need not be made anew.
            ("local file changed", &[Code::LocalFileChanged], LOCAL, &[]),
            ("remote file changed", &[Code::RemoteChanged], REMOTE, &[]),
            ("no network", &[Code::NoNetwork], MANAGER, &[R::RestoreNetwork]),
            ("cost", &[Code::BlockedCost, Code::BlockedCellular], MANAGER, &[R::WidenCostFlags]),
            (
                "vpn, power, memory",
                &[Code::BlockedVpn, Code::BlockedPower, Code::BlockedMemory],
                MANAGER,
                &[],
            ),
            ("policy", &[Code::BlockedPolicy], MANAGER, &[R::SetForeground]),
            ("no progress", &[Code::NoProgress], MANAGER, &[R::AllowMoreTime, R::SetRemoteName]),
            ("maximum download time", &[Code::MaxTime], MANAGER, &[R::AllowMoreTime]),
            ("size cap", &[Code::MaxSize], MANAGER, &[R::RaiseMaxSize]),
            ("validation failed", &[Code::ValidationFailed], REMOTE, &[]),
            ("token required", &[Code::TokenRequired], MANAGER, &[R::RegisterAgain]),
            (
                "certificate callback missing",
                &[Code::CertificateCallbackMissing],
                ErrorContext::ServerCertificateCallback,
                &[R::RegisterAgain],
            ),
            (
                "context 8, any other code",
                &[Code::Other(Hresult(0x8000_4005))],
                ErrorContext::ServerCertificateCallback,
                &[],
            ),
            ("proxy info", &[Code::InvalidProxy, Code::Proxy(502)], WAY, &[R::SetProxy]),
            ("client certificate wanted", &[Code::TlsClientCertificate], WAY, &[R::SetClientCertificate]),
            ("server certificate", &[Code::Tls], WAY, &[R::MendCertificate, R::SetRemoteName]),
            ("revoked certificate", &[Code::TlsRevoked], WAY, &[R::MendCertificate]),
            ("fatal core error", &[Code::StoreFailed], MANAGER, &[R::Recreate]),
        ] {
            for &code in codes {
                assert_eq!(mended(code, context), repairs, "{row}: {code}");
            }
        }
    }

    #[test]
    fn a_redirect_is_allowed_only_where_that_helps() {
        let mut job = fixture::job(1);
        let refused = |code, detail: &str| {
            let detail = detail.to_owned();
            ErrorRecord { detail, ..fixture::error(code, REMOTE) }
        };
        let downgrade =
            refused(Code::Redirect, "it leads from https to http, and the job does not allow that");
        assert_eq!(repairs(&job, &downgrade), [R::AllowRedirect, R::SetRemoteName]);
        for other in ["after 10 redirects there is still another", "it does not say where to", "ftp:"] {
            assert_eq!(repairs(&job, &refused(Code::Redirect, other)), [R::SetRemoteName]);
        }
        let moved =
            refused(Code::Http(302), "http://h redirects (302), and the job does not follow redirects");
        assert_eq!(repairs(&job, &moved), [R::SetRemoteName]);
        job.settings.security_flags = SecurityFlags::REDIRECT_DISALLOW;
        assert_eq!(repairs(&job, &moved), [R::AllowRedirect, R::SetRemoteName]);
        job.settings.security_flags = SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP;
        assert_eq!(repairs(&job, &downgrade), [R::SetRemoteName]);
    }

    #[test]
    fn the_floor_is_lowered_only_where_it_alone_forbids() {
        let mut job = fixture::job(1);
        let mut error = fixture::error(Code::DiskFull, LOCAL);
        (error.space_needed, error.space_free) = (Some(2_000), Some(100));
        let floor = [R::LowerSpaceFloor, R::FreeSpace];
        assert_eq!(repairs(&job, &error), floor, "a file of unknown size asks for the floor alone");
        (job.files[0].remote_size, job.files[0].bytes_here) = (Some(150), 50);
        assert_eq!(repairs(&job, &error), floor);
        job.files[0].bytes_here = 49;
        assert_eq!(repairs(&job, &error), [R::FreeSpace]);
        job.files[0].bytes_here = 150;
        error.errno = Some(28);
        assert_eq!(repairs(&job, &error), [R::FreeSpace], "the system says that the volume is full");
    }

    #[test]
    fn ranges_are_done_without_in_the_foreground_up_to_2_gb() {
        let error = fixture::error(Code::RangeUnsupported, REMOTE);
        let with = |priority, size, ranges: &[FileRange]| {
            let mut job = fixture::job(1);
            job.priority = priority;
            job.files[0].remote_size = size;
            job.files[0].spec.ranges = ranges.to_vec();
            repairs(&job, &error)
        };
        let part = FileRange { offset: 1, length: Some(1) };
        assert_eq!(with(Priority::Normal, Some(2 << 30), &[]), [R::SetForeground, R::SetRemoteName]);
        assert_eq!(with(Priority::Normal, Some((2 << 30) + 1), &[]), [R::SetRemoteName]);
        assert_eq!(with(Priority::Normal, None, &[]), [R::SetRemoteName]);
        assert_eq!(with(Priority::Foreground, Some(1), &[]), [R::SetRemoteName]);
        assert_eq!(with(Priority::Normal, Some(9), &[part]), [R::SetRemoteName]);
    }

    #[test]
    fn a_digest_is_blamed_only_where_one_was_given() {
        let mut job = fixture::job(2);
        job.files[1].spec.digest = Some(Digest::Sha256([0; 32]));
        let mut error = fixture::error(Code::ValidationFailed, REMOTE);
        assert_eq!(repairs(&job, &error), []);
        error.file = Some(FileIndex(1));
        assert_eq!(repairs(&job, &error), [R::CorrectDigest, R::SetRemoteName]);
        error.file = Some(FileIndex(7));
        assert_eq!(repairs(&job, &error), []);
    }

    #[test]
    fn a_way_that_fails_may_be_the_fault_of_the_proxy_where_there_is_one() {
        let mut job = fixture::job(1);
        let error = fixture::error(Code::Connect, WAY);
        assert_eq!(repairs(&job, &error), [R::RestoreNetwork, R::SetRemoteName]);
        job.settings.proxy.list = Some("proxy:3128".to_owned());
        assert_eq!(repairs(&job, &error), [R::RestoreNetwork, R::SetRemoteName, R::SetProxy]);
    }

    #[test]
    fn a_stall_is_mended_by_mending_its_cause() {
        let mut error = fixture::error(Code::NoProgress, MANAGER);
        error.cause = Some(Box::new(fixture::error(Code::Connect, WAY)));
        assert_eq!(
            repairs(&fixture::job(1), &error),
            [R::RestoreNetwork, R::SetRemoteName, R::AllowMoreTime]
        );
    }

    #[test]
    fn foreground_is_no_remedy_for_a_foreground_job() {
        let mut job = fixture::job(1);
        job.priority = Priority::Foreground;
        assert_eq!(repairs(&job, &fixture::error(Code::BlockedPolicy, MANAGER)), []);
    }

    #[test]
    fn foreground_is_no_remedy_for_a_job_that_limits_itself() {
        let mut job = fixture::job(1);
        job.settings.max_rate = Some(0);
        assert_eq!(repairs(&job, &fixture::error(Code::BlockedPolicy, MANAGER)), []);
    }

    #[test]
    fn the_state_of_the_job_decides_what_can_be_done() {
        let error = fixture::error(Code::Http(404), REMOTE);
        let of = |state, kept| {
            let mut job = fixture::job(2);
            job.state = state;
            if kept {
                job.files[0].stage = FileStage::Transferred;
            }
            Remedy::of(&job, &error)
        };
        assert_eq!(of(JobState::Error, false), [R::SetRemoteName, R::Resume, R::Cancel]);
        assert_eq!(of(JobState::Error, true), [R::SetRemoteName, R::Resume, R::Complete, R::Cancel]);
        assert_eq!(of(JobState::Suspended, true), [R::SetRemoteName, R::Resume, R::Complete, R::Cancel]);
        assert_eq!(of(JobState::TransientError, true), [R::Wait, R::SetRemoteName, R::Resume, R::Cancel]);
        assert_eq!(of(JobState::Queued, true), [R::Wait, R::Cancel]);
        assert_eq!(of(JobState::Connecting, true), [R::Wait, R::Cancel]);
        assert_eq!(of(JobState::Transferred, true), []);
    }

    #[test]
    fn what_was_fixed_when_the_job_was_made_is_not_resumed() {
        for (code, repair) in [(Code::InvalidRange, R::Recreate), (Code::MaxSize, R::RaiseMaxSize)] {
            let job = fixture::job(1);
            assert_eq!(Remedy::of(&job, &fixture::error(code, REMOTE)), [repair, R::Cancel]);
        }
    }
}
