//! Reaching the service: found, started where none runs and it may be, and fetched back when it went away.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bgcopy_api::core::Language;
use bgcopy_api::start::{Place, StartError, Wish, connect_or_start, spawn_detached};
use bgcopy_api::{Client, ClientError, CreateJob, Job};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::args::Global;
use crate::destination::absolute;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::say::Say;
use crate::text::shell_word;

/// How long a service that went away is waited for: a restart takes a second or two, an upgrade a minute.
const BACK_TIMEOUT: Duration = Duration::from_secs(60);
/// How often it is looked for meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Starts a service; it serves a little later.
pub(crate) type Start = Box<dyn Fn() -> io::Result<Child>>;

/// The way to a service, not yet gone.
pub(crate) struct Door {
    place: Place,
    /// `None` where the user said `--no-start`.
    start: Option<Start>,
    language: Language,
}

impl Door {
    /// The service that the command line means.
    pub(crate) fn of(global: &Global, language: Language, cwd: &std::path::Path) -> Result<Self, Failure> {
        // The service runs in another folder, so it has to be told the whole path.
        let socket = global.socket.as_deref().map(|socket| absolute(socket, cwd)).transpose()?;
        let wish = Wish { socket, system: global.system };
        let place = wish.place().map_err(|error| Failure::NoService(error.to_string()))?;
        let start: Option<Start> = match place.is_own && !global.no_start {
            true => Some(starter(place.socket.clone())),
            false => None,
        };
        Ok(Self::new(place, start, language))
    }

    /// A service at this place, and how to start it.
    pub(crate) fn new(place: Place, start: Option<Start>, language: Language) -> Self {
        Self { place, start, language }
    }

    /// Goes through: a session with a service that answers.
    pub(crate) async fn open(&self) -> Result<Session<'_>, Failure> {
        Ok(Session { door: self, client: self.reach().await? })
    }

    async fn reach(&self) -> Result<Client, Failure> {
        match &self.start {
            Some(start) => connect_or_start(&self.place, self.language, start).await.map_err(in_words),
            None => self.knock().await.map_err(|error| self.absent(error)),
        }
    }

    async fn knock(&self) -> Result<Client, ClientError> {
        Client::connect(&self.place.socket, self.language).await
    }

    /// What a person types to start the service.
    fn starts_with(&self) -> String {
        let usual = Wish { socket: None, system: false }.place();
        match self.place.is_own {
            false => "systemctl start bgcopy".to_owned(),
            true if usual.is_ok_and(|usual| usual.socket == self.place.socket) => "bgcopy daemon".to_owned(),
            // Without its socket it would listen where nobody asks.
            true => format!("bgcopy daemon --socket {}", shell_word(&self.place.socket.to_string_lossy())),
        }
    }

    fn absent(&self, error: ClientError) -> Failure {
        let socket = self.place.socket.display();
        match error {
            ClientError::NoService { source, .. } => {
                let start = self.starts_with();
                Failure::NoService(format!(
                    "no service answers at {socket} ({source}); start it with: {start}"
                ))
            }
            error => Failure::Service(error),
        }
    }
}

/// Starts this program as the user's service.
fn starter(socket: PathBuf) -> Start {
    Box::new(move || {
        let program = std::env::current_exe()?;
        let words =
            [OsStr::new("daemon"), OsStr::new("--detached"), OsStr::new("--socket"), socket.as_os_str()];
        spawn_detached(program.as_os_str(), &words)
    })
}

fn in_words(error: StartError) -> Failure {
    match error {
        StartError::Client(error) => Failure::Service(error),
        StartError::Spawn { source } => {
            Failure::NoService(format!("the service cannot be started: {source}"))
        }
        error @ (StartError::NotOurs { .. } | StartError::Ended { .. } | StartError::Silent { .. }) => {
            Failure::NoService(error.to_string())
        }
    }
}

/// A service that answers, or did.
pub(crate) struct Session<'a> {
    door: &'a Door,
    client: Client,
}

/// Told while a service is fetched back.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(Say<'_>) -> Result<(), Failure>;

impl Session<'_> {
    /// The service.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Fetches the service back after it went away. Its jobs are on disk, so nothing is lost meanwhile.
    pub(crate) async fn back(&mut self, tell: Tell<'_>) -> Result<(), Failure> {
        if let Ok(client) = self.door.knock().await {
            // Only the connection broke.
            self.client = client;
            return Ok(());
        }
        tell(match self.door.start {
            Some(_) => Say::Restarting,
            None => Say::Awaiting,
        })?;
        let deadline = Instant::now() + BACK_TIMEOUT;
        loop {
            match self.door.reach().await {
                Ok(client) => {
                    self.client = client;
                    return Ok(());
                }
                Err(Failure::NoService(reason)) if Instant::now() >= deadline => {
                    let seconds = BACK_TIMEOUT.as_secs();
                    return Err(Failure::NoService(format!(
                        "the service did not come back within {seconds} s; its jobs go on when it does ({reason})"
                    )));
                }
                // The one that died may still hold its lock for a moment.
                Err(Failure::NoService(_)) => sleep(LOOK_AGAIN).await,
                Err(failure) if failure.exit() == Exit::NoService && Instant::now() < deadline => {
                    sleep(LOOK_AGAIN).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Makes a job, once: the request carries a key, so it may be repeated when the answer was lost (faults
    /// J10).
    pub(crate) async fn create(&mut self, job: &CreateJob, tell: Tell<'_>) -> Result<Job, Failure> {
        let key = random_key().map_err(|error| Failure::Local {
            action: "read",
            path: "/dev/urandom".into(),
            source: error,
        })?;
        loop {
            match self.client.create_job(job, Some(&key)).await {
                Ok(job) => return Ok(job),
                Err(error) if error.is_absence() => self.back(tell).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A key that no other request has.
fn random_key() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
