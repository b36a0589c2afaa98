//! The jobs of the story and what the origin serves for them.

use std::path::Path;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_api::core::NotifyFlags;
use bgcopy_api::{AddFile, CreateJob, FileRange, Header, SetSettings};
use bgcopy_testkit::{Content, FileServer, Gate, Origin, Site, content};

/// A job of the mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// Three files, one of them empty; made, filled and resumed one after the other; completed.
    Three,
    /// With a digest and a secret header; transferred, and left so.
    Digest,
    /// Two parts of a file.
    Ranged,
    /// Completes by itself, over an old file.
    Auto,
    /// Cancelled in mid-transfer.
    Cancelled,
    /// Completed on request when one of its files is whole and the other is not.
    Partial,
    /// Suspended in mid-transfer and resumed; its file ends only after the restart.
    Held,
}

impl Name {
    /// Every job.
    pub(crate) const ALL: [Self; 7] =
        [Self::Three, Self::Digest, Self::Ranged, Self::Auto, Self::Cancelled, Self::Partial, Self::Held];

    /// Its display name, and its idempotency key.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Three => "three",
            Self::Digest => "digest",
            Self::Ranged => "ranged",
            Self::Auto => "auto",
            Self::Cancelled => "cancelled",
            Self::Partial => "partial",
            Self::Held => "held",
        }
    }

    /// Its files, in add order.
    pub(crate) fn files(self) -> impl Iterator<Item = &'static Planned> {
        FILES.iter().filter(move |file| file.job == self)
    }

    /// What is asked of the service to make it. All but [`Name::Three`] are made whole and running.
    pub(crate) fn create(self, origin: &Origin, folder: &Path) -> CreateJob {
        let mut job = CreateJob::named(self.word());
        let flags = NotifyFlags::JOB_TRANSFERRED | NotifyFlags::JOB_ERROR | NotifyFlags::FILE_TRANSFERRED;
        job.settings = SetSettings {
            notify_flags: Some(flags.bits()),
            minimum_notification_interval_ms: Some(0),
            ..SetSettings::default()
        };
        if self == Self::Auto {
            job.settings.auto_complete = Some(true);
        }
        if self == Self::Digest {
            job.headers = vec![Header::new("X-Token", SECRET)];
        }
        if self != Self::Three {
            job.files = self.add_files(origin, folder);
            job.resume = true;
        }
        job
    }

    /// Its files, as a request.
    pub(crate) fn add_files(self, origin: &Origin, folder: &Path) -> Vec<AddFile> {
        self.files().map(|file| file.request(origin, folder)).collect()
    }
}

/// What no log may show.
pub(crate) const SECRET: &str = "kill-sweep-token-0451";
/// What lies where [`Name::Auto`] publishes.
pub(crate) const OLD: &[u8] = b"the old file";

/// A file of the mix.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) job: Name,
    /// Its name on the origin and in the folder.
    pub(crate) name: &'static str,
    /// What the origin has.
    pub(crate) remote: Content,
    /// Which parts are asked for, first byte and length; none is all of it.
    pub(crate) ranges: &'static [(u64, u64)],
    /// The origin stops here until the restart.
    held_at: Option<u64>,
}

impl Planned {
    /// The content that may be published.
    pub(crate) fn expected(&self) -> Vec<u8> {
        if self.ranges.is_empty() {
            return self.remote.bytes();
        }
        self.ranges.iter().flat_map(|(first, len)| self.remote.part(*first..first + len)).collect()
    }

    fn request(&self, origin: &Origin, folder: &Path) -> AddFile {
        let range = |(offset, length): &(u64, u64)| FileRange { offset: *offset, length: Some(*length) };
        let promised = || {
            let value = digest(&SHA256, &self.remote.bytes());
            let hex: String = value.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            format!("sha-256={hex}")
        };
        AddFile {
            ranges: self.ranges.iter().map(range).collect(),
            digest: (self.job == Name::Digest).then(promised),
            ..AddFile::whole(origin.url(&format!("/{}", self.name)), &folder.join(self.name))
        }
    }
}

/// Every file of every job. Generated once: making bytes costs more than sending them.
pub(crate) static FILES: LazyLock<Vec<Planned>> = LazyLock::new(|| {
    let file = |job, name, len| {
        let remote = Content::given(content(len as u64, len));
        Planned { job, name, remote, ranges: &[], held_at: None }
    };
    vec![
        file(Name::Three, "three-a", 262_151),
        file(Name::Three, "three-b", 1_048_581),
        file(Name::Three, "three-c", 0),
        file(Name::Digest, "digest", 1_200_000),
        Planned { ranges: &[(600_000, 100_000), (100, 200_000)], ..file(Name::Ranged, "ranged", 1_000_000) },
        file(Name::Auto, "auto", 500_000),
        Planned { held_at: Some(400_000), ..file(Name::Cancelled, "cancelled", 1_000_001) },
        file(Name::Partial, "partial-a", 300_000),
        Planned { held_at: Some(500_000), ..file(Name::Partial, "partial-b", 1_000_002) },
        Planned { held_at: Some(2_000_000), ..file(Name::Held, "held", 3_000_000) },
    ]
});

/// The origin of one point, with the gate that holds its held files.
pub(crate) async fn origin() -> (Origin, Gate) {
    let gate = Gate::new();
    let site = FILES.iter().fold(Site::new(), |site, file| {
        let server = FileServer::new(file.remote.clone()).etag("\"v1\"");
        server.change(|settings| settings.gate = file.held_at.map(|at| (at, gate.clone())));
        site.file(&format!("/{}", file.name), server)
    });
    (Origin::start(site).await, gate)
}
