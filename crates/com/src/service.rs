//! The way to the service: requests from any thread, one after the other in each.

use std::ffi::OsStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bgcopy_api::core::catalogue::codes::{DO_E_NO_SERVICE, E_UNEXPECTED};
use bgcopy_api::core::{Family, Language, Refusal};
use bgcopy_api::start::{Place, StartError, Wish, connect_or_start, spawn_detached};
use bgcopy_api::{Client, ClientError};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::guard::{Answer, Fail, settle};
use crate::quiet::block_on;

/// What drives the requests: the thread that asks. A thread of its own would cost each call two switches.
static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    settle();
    Builder::new_current_thread().enable_all().build().ok()
});

/// Requests of one process at a time: the service takes 64 connections of a user, and other programs want some.
const REQUESTS_MAX: usize = 8;

/// A service of which nobody wanted anything for so long may have left (it does after 60 s, design.md "Running") and is
/// started again. One that is gone sooner did not leave by itself, and the caller is told.
const LEFT_AFTER: Duration = Duration::from_secs(30);

/// The service, as the objects of one class see it.
#[derive(Debug)]
pub(crate) struct Service {
    place: Place,
    family: Family,
    client: Client,
    turns: Semaphore,
    answered: Mutex<Instant>,
}

impl Service {
    /// Connects to the service; starts it where nobody answers and it is the user's own.
    pub(crate) fn open(family: Family) -> Answer<Arc<Self>> {
        let place = Wish::default().place().map_err(|_| Fail(DO_E_NO_SERVICE))?;
        let client = run(connect_or_start(&place, Language::English, || start(&place)))?.map_err(absent)?;
        Ok(Arc::new(Self {
            client: client.speaking(family),
            place,
            family,
            turns: Semaphore::new(REQUESTS_MAX),
            answered: Mutex::new(Instant::now()),
        }))
    }

    /// In which codes its callers are told.
    pub(crate) const fn family(&self) -> Family {
        self.family
    }

    /// The code of a refusal of our own.
    pub(crate) const fn fail(&self, refusal: &Refusal) -> Fail {
        Fail(refusal.hresult(self.family))
    }

    /// A client for whoever asks otherwise than call by call.
    pub(crate) fn client(&self) -> Client {
        self.client.speaking(self.family)
    }

    /// Makes a request and waits for its answer.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the closure in place")]
    pub(crate) fn ask<T>(&self, request: impl AsyncFn(&Client) -> Result<T, ClientError>) -> Answer<T> {
        run(async {
            let turn = self.turns.acquire().await;
            let mut answer = request(&self.client).await;
            // Nobody took the connection, so the request was not made.
            if matches!(answer, Err(ClientError::NoService { .. })) && self.may_have_left() {
                connect_or_start(&self.place, Language::English, || start(&self.place))
                    .await
                    .map_err(absent)?;
                answer = request(&self.client).await;
            }
            drop(turn);
            let answer = answer?;
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            Ok(answer)
        })?
    }

    /// Makes requests that take as long as a transfer: they hold nobody up.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the closure in place")]
    pub(crate) fn follow<T>(&self, request: impl AsyncFn(&Client) -> Result<T, ClientError>) -> Answer<T> {
        Ok(run(async { request(&self.client()).await })??)
    }

    fn may_have_left(&self) -> bool {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        self.place.is_own && answered.elapsed() >= LEFT_AFTER
    }
}

/// Runs a request on the thread that asks.
fn run<T>(future: impl Future<Output = T>) -> Answer<T> {
    RUNTIME.as_ref().map(|runtime| block_on(runtime, future)).ok_or(Fail(E_UNEXPECTED))
}

/// Starts the user's service: the program of the search path.
fn start(place: &Place) -> std::io::Result<tokio::process::Child> {
    let words = ["daemon", "--detached", "--socket"].map(OsStr::new);
    spawn_detached(OsStr::new("bgcopy"), &[&words[..], &[place.socket.as_os_str()]].concat())
}

fn absent(error: StartError) -> Fail {
    match error {
        StartError::Client(error) => error.into(),
        StartError::NotOurs { .. }
        | StartError::Spawn { .. }
        | StartError::Ended { .. }
        | StartError::Silent { .. } => Fail(DO_E_NO_SERVICE),
    }
}
