//! Those who bring the small files of a job: one task that has several requests out at a time and takes the next file
//! as soon as one is written, without a word from the engine in between. What became of the files is told together,
//! when nothing more is ready to be read or enough has gathered: of thousands of files none wakes the loop for itself.
//!
//! A file is theirs as long as its permit covers what comes. Anything else, an answer that somebody has to judge or a
//! failure, goes back to the loop, which gives the file a run of its own.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bgcopy_core::{Existing, Fault};
use bgcopy_disk::{Floor, Rights, SmallSpec};
use bgcopy_engine::action::{Fetch, Permit};
use bgcopy_engine::event::Brought;
use bgcopy_engine::{Event, TransferId};
use bgcopy_http::{Http, Options, Request};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, mpsc};

use super::line::{Coming, Outfit, Voice};
use super::promise::Offers;
use super::small::{Keeper, Whole};
use super::{Report, source_sees};
use crate::pace::Pace;

/// A file to be brought by its permit.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its run.
    pub(crate) transfer: TransferId,
    /// What is asked for, and of whom.
    pub(crate) fetch: Fetch,
    /// The leave to take it.
    pub(crate) permit: Box<Permit>,
    /// What the name of its temporary file is made of.
    pub(crate) mark: String,
    /// What becomes of an existing destination.
    pub(crate) existing: Existing,
    /// What stays free on the volume.
    pub(crate) floor: Floor,
    /// What the job says about its requests.
    pub(crate) options: Arc<Options>,
    /// Caps, the job's first.
    pub(crate) paces: Vec<Arc<Pace>>,
    /// Who fetches.
    pub(crate) http: Http,
    /// How many files are fetched at once.
    pub(crate) at_once: usize,
}

/// The way to those who bring small files.
#[derive(Clone, Debug)]
pub(crate) struct Crew(mpsc::UnboundedSender<Word>);

/// What is said to a crew.
#[derive(Debug)]
pub(crate) enum Word {
    Bring(Box<Item>),
    Stop(TransferId),
}

/// What a crew hands back: a file that needs a run of its own.
pub(crate) struct Grown {
    pub(crate) transfer: TransferId,
    /// The answer to be judged, with its body; without one the failure is told next.
    pub(super) coming: Option<Box<Coming>>,
    pub(super) offers: Arc<Offers>,
}

impl std::fmt::Debug for Grown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grown").field("transfer", &self.transfer).finish_non_exhaustive()
    }
}

impl Crew {
    /// A way, and the end of it for [`work`].
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Word>) {
        let (words, inbox) = mpsc::unbounded_channel();
        (Self(words), inbox)
    }

    /// Has a file brought; gives it back when nobody is there any more.
    pub(crate) fn bring(&self, item: Box<Item>) -> Result<(), Box<Item>> {
        self.0.send(Word::Bring(item)).map_err(|unsent| match unsent.0 {
            Word::Bring(item) => item,
            Word::Stop(_) => unreachable!("an item was sent"),
        })
    }

    /// Has a file left alone; answered by `Closed`, unless it is too late for that.
    pub(crate) fn stop(&self, transfer: TransferId) {
        // Who broke is noticed by that.
        let _ = self.0.send(Word::Stop(transfer));
    }
}

/// Brings files until nobody can ask for any more and all of them are told of.
pub(crate) async fn work(
    rights: Result<Rights, Fault>,
    keeper: Keeper,
    mut inbox: mpsc::UnboundedReceiver<Word>,
    reports: mpsc::Sender<Report>,
) {
    let desk =
        Desk { rights, keeper, reports: reports.clone(), state: Mutex::default(), more: Notify::new() };
    let mut hands = FuturesUnordered::new();
    let (mut open, mut seen) = (true, 0);
    loop {
        let mut breath = pin!(tokio::task::yield_now());
        let ready = poll_fn(|cx| {
            open = open && desk.listen(&mut inbox, cx);
            while let Some((number, stop)) = desk.hire() {
                hands.push(desk.hand(number, stop));
            }
            // A hand never ends; what it did is on the desk.
            let _ = hands.poll_next_unpin(cx);
            match desk.readiness(open) {
                // The sockets are looked at once more before something is told that nobody waits for.
                Ready::Some => breath.as_mut().poll(cx).map(|()| Ready::Some),
                Ready::Nothing => Poll::Pending,
                ready => Poll::Ready(ready),
            }
        });
        let ready = ready.await;
        let told = {
            let mut state = desk.lock();
            let more = state.told.len() > mem::replace(&mut seen, state.told.len());
            match ready {
                Ready::Over => return,
                Ready::Some if more => continue,
                Ready::Some | Ready::Enough | Ready::Nothing => mem::take(&mut state.told),
            }
        };
        seen = 0;
        // Without a reader of reports the service is ending.
        let _ = reports.send(Report::Many(told)).await;
    }
}

/// What has gathered.
enum Ready {
    /// As much as goes into one report, or the engine has to say how to go on.
    Enough,
    Some,
    Nothing,
    /// Nothing, and nothing will come.
    Over,
}

/// What the hands of a crew share.
struct Desk {
    rights: Result<Rights, Fault>,
    keeper: Keeper,
    reports: mpsc::Sender<Report>,
    state: Mutex<State>,
    /// There is more to fetch.
    more: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<Item>>,
    /// What each hand has in it.
    held: Vec<Held>,
    at_once: usize,
    told: Vec<Report>,
}

/// What a hand has in it.
#[derive(Default)]
struct Held {
    transfer: Option<TransferId>,
    /// Set when that is to be left alone.
    stopped: bool,
    stop: Arc<Notify>,
}

/// Reports that are told together at most.
const TOLD_TOGETHER: usize = 32;

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is done under it that could break.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is said; says whether more can be.
    fn listen(&self, inbox: &mut mpsc::UnboundedReceiver<Word>, cx: &mut Context<'_>) -> bool {
        while let Poll::Ready(word) = inbox.poll_recv(cx) {
            let Some(word) = word else { return false };
            let mut state = self.lock();
            match word {
                Word::Bring(item) => {
                    state.at_once = item.at_once;
                    state.waiting.push_back(item);
                    self.more.notify_one();
                }
                Word::Stop(transfer) => state.stop(transfer),
            }
        }
        true
    }

    /// One more hand, if there is something for it to do.
    fn hire(&self) -> Option<(usize, Arc<Notify>)> {
        let mut state = self.lock();
        let (hands, busy) =
            (state.held.len(), state.held.iter().filter(|held| held.transfer.is_some()).count());
        (hands < state.at_once && hands < busy + state.waiting.len()).then(|| {
            let stop = Arc::new(Notify::new());
            state.held.push(Held { stop: stop.clone(), ..Held::default() });
            (hands, stop)
        })
    }

    fn readiness(&self, open: bool) -> Ready {
        let state = self.lock();
        let idle = state.waiting.is_empty();
        match state.told.len() {
            0 if idle && !open && state.held.iter().all(|held| held.transfer.is_none()) => Ready::Over,
            0 => Ready::Nothing,
            TOLD_TOGETHER.. => Ready::Enough,
            _ if idle => Ready::Enough,
            _ => Ready::Some,
        }
    }

    /// Brings one file after the other.
    async fn hand(&self, number: usize, stop: Arc<Notify>) {
        loop {
            let Some(item) = self.next(number) else {
                self.more.notified().await;
                continue;
            };
            let told = self.bring(*item, &stop).await;
            let mut state = self.lock();
            state.told.extend(told);
            if let Some(held) = state.held.get_mut(number) {
                // A stop that came too late is heard by the run that the file has now, if any.
                if mem::take(&mut held.stopped) {
                    // Not kept for the next file.
                    let _ = futures_util::FutureExt::now_or_never(stop.notified());
                }
                held.transfer = None;
            }
        }
    }

    /// The next file for a hand.
    fn next(&self, hand: usize) -> Option<Box<Item>> {
        let mut state = self.lock();
        let State { waiting, held, at_once, .. } = &mut *state;
        let held = held.get_mut(hand).filter(|_| hand < *at_once)?;
        let item = waiting.pop_front()?;
        held.transfer = Some(item.transfer);
        Some(item)
    }

    /// What is to be told of a file.
    async fn bring(&self, item: Item, stop: &Notify) -> Vec<Report> {
        let Item { transfer, fetch, permit, mark, existing, floor, options, paces, http, .. } = item;
        let Fetch { url, kind, offered, ask, if_range, fresh, permit: _ } = fetch;
        let options = source_sees(&options, kind);
        let offers = Arc::new(Offers::default());
        let voice = Voice { transfer, who: None, kind };
        let promises = (kind == bgcopy_core::SourceKind::Origin).then(|| offers.clone());
        let outfit =
            Outfit { voice, http: http.clone(), reports: self.reports.clone(), paces, offers: promises };
        let request = Request { url, ask, if_range, options, no_cache: fresh, offered };
        let grown = |coming| Report::Grown(Box::new(Grown { transfer, coming, offers: offers.clone() }));
        let failed = |fault| vec![grown(None), Report::Event(Event::FetchFailed(transfer, fault))];
        let fetching = async {
            let answered = http.fetch(&request).await?;
            let coming = outfit.receive(answered);
            match permit.covers(&coming.answer) {
                Some(size) => Ok(Taken::Whole(Whole::take(coming, size, &self.keeper).await?)),
                None => Ok::<_, Fault>(Taken::Answer(Box::new(coming))),
            }
        };
        let taken = tokio::select! {
            biased;
            () = stop.notified() => return vec![Report::Event(Event::Closed(transfer))],
            taken = fetching => taken,
        };
        let whole = match taken {
            Ok(Taken::Whole(whole)) => whole,
            Ok(Taken::Answer(coming)) => return vec![grown(Some(coming))],
            Err(fault) => return failed(fault),
        };
        let rights = match &self.rights {
            Ok(rights) => rights.clone(),
            Err(fault) => {
                return vec![grown(None), Report::Event(Event::DiskFailed(transfer, fault.clone()))];
            }
        };
        let Permit { local_name, digest, .. } = *permit;
        let spec = SmallSpec { local_name, mark, rights, existing, digest, floor, look: None };
        // Whatever is said meanwhile: what is told of the file has to come first.
        match whole.keep(spec, &self.keeper).await {
            Ok(brought) => vec![Report::Event(Event::Brought(transfer, Box::<Brought>::new(brought)))],
            Err(fault) => vec![grown(None), Report::Event(Event::DiskFailed(transfer, fault))],
        }
    }
}

/// What a request brought.
enum Taken {
    /// All of the file.
    Whole(Whole),
    /// An answer that the permit does not cover.
    Answer(Box<Coming>),
}

impl State {
    fn stop(&mut self, transfer: TransferId) {
        if let Some(at) = self.waiting.iter().position(|item| item.transfer == transfer) {
            self.waiting.remove(at);
            self.told.push(Report::Event(Event::Closed(transfer)));
        } else if let Some(held) = self.held.iter_mut().find(|held| held.transfer == Some(transfer)) {
            held.stopped = true;
            held.stop.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bgcopy_core::{Ask, LocalName, SourceKind, limits};
    use bgcopy_http::HttpConfig;
    use bgcopy_testkit::{Gate, Origin, Reply, RequestHead, eventually};
    use tokio::runtime::Handle;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::metrics::Metrics;

    struct Rig {
        folder: tempfile::TempDir,
        crew: Crew,
        reports: mpsc::Receiver<Report>,
        heard: VecDeque<Report>,
        work: JoinHandle<()>,
        http: Http,
    }

    impl Rig {
        fn new() -> Self {
            let (sender, reports) = mpsc::channel(8);
            let (crew, inbox) = Crew::new();
            let keeper = Keeper::new(Handle::current(), sender.clone(), Metrics::new().downloaded());
            let work = tokio::spawn(work(Ok(Rights::Own), keeper, inbox, sender));
            let (folder, http) = (tempfile::tempdir().unwrap(), Http::new(HttpConfig::default()));
            Self { folder, crew, reports, heard: VecDeque::new(), work, http }
        }

        fn path(&self, number: u64) -> std::path::PathBuf {
            self.folder.path().join(number.to_string())
        }

        fn bring(&self, number: u64, url: &str, at_once: usize) {
            self.bring_to(number, url, at_once, &self.path(number));
        }

        fn bring_to(&self, number: u64, url: &str, at_once: usize, path: &Path) {
            let fetch = Fetch {
                url: url.parse().unwrap(),
                kind: SourceKind::Origin,
                offered: false,
                ask: Ask::Whole,
                if_range: None,
                fresh: false,
                permit: None,
            };
            let permit = Permit {
                local_name: LocalName::new(path).unwrap(),
                pending_name: false,
                digest: None,
                expected_size: None,
            };
            let item = Item {
                transfer: TransferId(number),
                fetch,
                permit: Box::new(permit),
                mark: number.to_string(),
                existing: Existing::Replace,
                floor: Floor::NONE,
                options: Arc::default(),
                paces: Vec::new(),
                http: self.http.clone(),
                at_once,
            };
            self.crew.bring(Box::new(item)).unwrap();
        }

        /// What is told next.
        async fn hear(&mut self) -> Report {
            loop {
                match self.heard.pop_front() {
                    Some(Report::Many(more)) => {
                        more.into_iter().rev().for_each(|one| self.heard.push_front(one));
                    }
                    Some(report) => return report,
                    None => self.heard.push_back(self.reports.recv().await.unwrap()),
                }
            }
        }

        async fn hear_event(&mut self) -> Event {
            match self.hear().await {
                Report::Event(event) => event,
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn files_are_brought_and_no_more_are_asked_for_at_a_time_than_may_be() {
        let gate = Gate::new();
        let behind = gate.clone();
        let origin =
            Origin::start(move |_: &RequestHead| Reply::status(200).wait(&behind).body("content")).await;
        let mut rig = Rig::new();
        (0..20).for_each(|number| rig.bring(number, &origin.url(&format!("/{number}")), 3));
        eventually("three are asked for", || origin.requests().len() == 3).await;
        gate.open();
        let mut brought = Vec::new();
        for _ in 0..20 {
            match rig.hear_event().await {
                Event::Brought(transfer, brings) => {
                    assert_eq!(std::fs::read(brings.temporary).unwrap(), b"content");
                    assert!(brings.answer.is_some());
                    brought.push(transfer.0);
                }
                other => panic!("{other:?}"),
            }
        }
        brought.sort_unstable();
        assert_eq!(brought, (0..20).collect::<Vec<_>>());
        assert!(origin.connections() <= 3, "{} connections", origin.connections());
    }

    #[tokio::test]
    async fn what_no_permit_covers_and_what_fails_gets_a_run_of_its_own_before_anything_is_told_of_it() {
        let origin = Origin::start(|request: &RequestHead| match request.target.as_str() {
            "/gone" => Reply::status(404).body("no"),
            "/large" => {
                let length = limits::SMALL_FILE_BYTES + 1;
                Reply::status(200).header("Content-Length", length.to_string()).stall()
            }
            _ => Reply::status(200).body("content"),
        })
        .await;
        let mut rig = Rig::new();
        rig.bring(1, &origin.url("/large"), 1);
        match rig.hear().await {
            Report::Grown(grown) => assert!(grown.transfer == TransferId(1) && grown.coming.is_some()),
            other => panic!("{other:?}"),
        }
        let nowhere = rig.folder.path().join("no/such/folder");
        rig.bring(2, &origin.url("/gone"), 1);
        rig.bring_to(3, &origin.url("/fine"), 1, &nowhere);
        for expected in [2, 3] {
            match rig.hear().await {
                Report::Grown(grown) => {
                    assert!(grown.transfer == TransferId(expected) && grown.coming.is_none());
                }
                other => panic!("{other:?}"),
            }
            match (expected, rig.hear_event().await) {
                (2, Event::FetchFailed(TransferId(2), _)) | (3, Event::DiskFailed(TransferId(3), _)) => {}
                (_, other) => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn what_is_stopped_is_closed_whether_it_waits_or_is_asked_for_and_the_next_goes_on() {
        let gate = Gate::new();
        let behind = gate.clone();
        let origin =
            Origin::start(move |_: &RequestHead| Reply::status(200).wait(&behind).body("content")).await;
        let mut rig = Rig::new();
        (1..=3).for_each(|number| rig.bring(number, &origin.url("/f"), 1));
        eventually("the first is asked for", || origin.requests().len() == 1).await;
        rig.crew.stop(TransferId(2));
        assert_eq!(rig.hear_event().await, Event::Closed(TransferId(2)));
        rig.crew.stop(TransferId(1));
        assert_eq!(rig.hear_event().await, Event::Closed(TransferId(1)));
        gate.open();
        assert!(matches!(rig.hear_event().await, Event::Brought(TransferId(3), _)));
        // Too late, and nobody's.
        rig.crew.stop(TransferId(3));
        let Rig { crew, work, reports: _reports, .. } = rig;
        drop(crew);
        work.await.unwrap();
    }
}
