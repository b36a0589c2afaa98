//! What owners are asked about the certificates of servers (spec 7.7, `SetServerCertificateValidationInterface`).
//!
//! A job whose owner wants to be asked has an [`Inquirer`], which `http` asks before the first request on a connection.
//! What it has to ask lies here until a client of the owner answers it, until nobody waits for it any more, or until its
//! time is up. Everything but an acceptance is a no. What was accepted is remembered for the job, in memory alone: after a
//! restart it is asked again. Refusals are not remembered, so that the next try asks anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bgcopy_api::question::{CertificateQuestion, QuestionId};
use bgcopy_api::{Base64, EventBody};
use bgcopy_core::{FileIndex, Hresult, JobId};
use bgcopy_http::{BoxFuture, Examine, Rejection, Shown};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout_at};

use crate::transfer::Report;

/// Questions of one job at a time, each of another server or certificate: more than a person could answer. Others wait for
/// their turn.
const QUESTIONS_PER_JOB: usize = 8;
/// What a server may send of certificates, as much as the TLS library reads of them: more is refused unasked.
const CHAIN_BYTES_MAX: usize = 64 << 10;
/// Servers and certificates that one job remembers; the one accepted first is asked about again.
const ACCEPTED_MAX: usize = 256;

/// A server, by name and port, and the SHA-256 of a certificate.
type Pair = (String, [u8; 32]);

/// The questions that are open, of all jobs.
#[derive(Debug)]
pub(crate) struct Questions {
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    next: u64,
    asked: BTreeMap<QuestionId, Asked>,
}

/// A question.
#[derive(Debug)]
struct Asked {
    of: Arc<Memory>,
    file: FileIndex,
    pair: Pair,
    chain: Vec<Vec<u8>>,
    at: Timestamp,
    until: Timestamp,
    deadline: Instant,
    /// What was said; several connections may wait for it.
    said: watch::Sender<Option<Hresult>>,
    waiting: usize,
    _turn: OwnedSemaphorePermit,
}

/// What one job accepted since its owner said who is asked.
#[derive(Debug)]
struct Memory {
    job: JobId,
    accepted: Mutex<Accepted>,
}

#[derive(Debug, Default)]
struct Accepted {
    pairs: VecDeque<Pair>,
    /// The job has ended: nobody is asked any more.
    is_closed: bool,
}

impl Questions {
    /// None yet. Numbers begin at the time, so that those of earlier runs do not come again.
    pub(crate) fn new(now: Timestamp) -> Self {
        let next = u64::try_from(now.as_microsecond()).unwrap_or(1);
        Self { open: Mutex::new(Open { next, asked: BTreeMap::new() }) }
    }

    /// What the owner of a job is asked, the oldest first.
    pub(crate) fn of(&self, job: JobId) -> Vec<CertificateQuestion> {
        let open = self.lock();
        let of_job = open.asked.iter().filter(|(_, asked)| asked.of.job == job);
        of_job.map(|(question, asked)| asked.shown(*question)).collect()
    }

    /// The event that tells of a question, while it is open.
    pub(crate) fn event(&self, question: QuestionId) -> Option<(JobId, EventBody)> {
        let open = self.lock();
        open.asked.get(&question).map(|asked| (asked.of.job, asked.event(question)))
    }

    /// The events of all that is open of a job, for who listens late.
    pub(crate) fn events_of(&self, job: JobId) -> Vec<EventBody> {
        let open = self.lock();
        let of_job = open.asked.iter().filter(|(_, asked)| asked.of.job == job);
        of_job.map(|(question, asked)| asked.event(*question)).collect()
    }

    /// Takes an answer; says whether anybody waited for it.
    pub(crate) fn answer(&self, job: JobId, question: QuestionId, said: Hresult) -> bool {
        let mut open = self.lock();
        if open.asked.get(&question).is_none_or(|asked| asked.of.job != job) {
            return false;
        }
        let Some(asked) = open.asked.remove(&question) else { return false };
        if said == Hresult::S_OK {
            asked.of.accept(asked.pair.clone());
        }
        // Who waited may have given up in this very moment.
        let _ = asked.said.send(Some(said));
        true
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Questions are whole between any two steps, so a poisoned list is, too.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits with the others for the answer to a question that is open.
    fn join(self: &Arc<Self>, of: &Arc<Memory>, pair: &Pair) -> Option<Waiting> {
        let mut open = self.lock();
        let (question, asked) =
            open.asked.iter_mut().find(|(_, asked)| Arc::ptr_eq(&asked.of, of) && asked.pair == *pair)?;
        asked.waiting += 1;
        Some(Waiting {
            questions: self.clone(),
            question: *question,
            said: asked.said.subscribe(),
            deadline: asked.deadline,
        })
    }

    fn open(
        self: &Arc<Self>,
        of: &Arc<Memory>,
        shown: Shown,
        time: Duration,
        turn: OwnedSemaphorePermit,
    ) -> Waiting {
        let at = Timestamp::now();
        let (said, hears) = watch::channel(None);
        let deadline = Instant::now() + time;
        let asked = Asked {
            of: of.clone(),
            file: FileIndex(shown.about),
            pair: (shown.server, shown.sha256),
            chain: shown.chain,
            at,
            until: at.saturating_add(time).unwrap_or(at),
            deadline,
            said,
            waiting: 1,
            _turn: turn,
        };
        let mut open = self.lock();
        let question = QuestionId(open.next);
        open.next += 1;
        open.asked.insert(question, asked);
        Waiting { questions: self.clone(), question, said: hears, deadline }
    }
}

impl Asked {
    fn shown(&self, question: QuestionId) -> CertificateQuestion {
        CertificateQuestion {
            question,
            file: self.file,
            server: self.pair.0.clone(),
            sha256: hex(&self.pair.1),
            chain: self.chain.iter().cloned().map(Base64).collect(),
            asked: self.at,
            until: self.until,
        }
    }

    fn event(&self, question: QuestionId) -> EventBody {
        let (server, sha256) = (self.pair.0.clone(), hex(&self.pair.1));
        EventBody::CertificateQuestion { job: self.of.job, file: self.file, question, server, sha256 }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Memory {
    /// What is known of a pair; `None` where it has to be asked.
    fn knows(&self, pair: &Pair) -> Option<Result<(), Rejection>> {
        let accepted = self.lock();
        if accepted.pairs.contains(pair) {
            return Some(Ok(()));
        }
        accepted.is_closed.then_some(Err(Rejection::Unanswered))
    }

    fn accept(&self, pair: Pair) {
        let mut accepted = self.lock();
        if accepted.pairs.len() == ACCEPTED_MAX {
            accepted.pairs.pop_front();
        }
        accepted.pairs.push_back(pair);
    }

    fn lock(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection that waits for an answer. A question that nobody waits for is withdrawn.
struct Waiting {
    questions: Arc<Questions>,
    question: QuestionId,
    said: watch::Receiver<Option<Hresult>>,
    deadline: Instant,
}

impl Waiting {
    async fn answer(mut self) -> Result<(), Rejection> {
        let said = timeout_at(self.deadline, self.said.wait_for(Option::is_some)).await;
        match said.ok().and_then(Result::ok).and_then(|said| *said) {
            Some(Hresult::S_OK) => Ok(()),
            Some(code) => Err(Rejection::Refused(code)),
            None => Err(Rejection::Unanswered),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut open = self.questions.lock();
        if let Some(asked) = open.asked.get_mut(&self.question) {
            asked.waiting -= 1;
            if asked.waiting == 0 {
                open.asked.remove(&self.question);
            }
        }
    }
}

/// Asks the owner of one job.
pub(crate) struct Inquirer {
    memory: Arc<Memory>,
    questions: Arc<Questions>,
    /// How long an answer is waited for.
    time: Duration,
    turns: Arc<Semaphore>,
    reports: mpsc::Sender<Report>,
}

impl Inquirer {
    /// Who asks the owner of a job, and tells of what is asked by `reports`.
    pub(crate) fn new(
        job: JobId,
        questions: Arc<Questions>,
        time: Duration,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let memory = Arc::new(Memory { job, accepted: Mutex::default() });
        Self { memory, questions, time, turns: Arc::new(Semaphore::new(QUESTIONS_PER_JOB)), reports }
    }

    /// The job has ended: what is known counts, and nobody is asked any more.
    pub(crate) fn close(&self) {
        self.memory.lock().is_closed = true;
    }

    async fn ask(&self, shown: Shown) -> Result<(), Rejection> {
        let pair = (shown.server.clone(), shown.sha256);
        if let Some(known) = self.memory.knows(&pair) {
            return known;
        }
        if shown.chain.iter().map(Vec::len).sum::<usize>() > CHAIN_BYTES_MAX {
            return Err(Rejection::Unanswered);
        }
        let joined = self.questions.join(&self.memory, &pair);
        let waiting = match joined {
            Some(waiting) => waiting,
            None => {
                // Never closed.
                let turn = self.turns.clone().acquire_owned().await.map_err(|_| Rejection::Unanswered)?;
                // Somebody else may have asked meanwhile.
                if let Some(known) = self.memory.knows(&pair) {
                    return known;
                }
                match self.questions.join(&self.memory, &pair) {
                    Some(waiting) => waiting,
                    None => {
                        let waiting = self.questions.open(&self.memory, shown, self.time, turn);
                        // Without a reader the service is ending, and nobody will answer.
                        let _ = self.reports.send(Report::Asked(waiting.question)).await;
                        waiting
                    }
                }
            }
        };
        waiting.answer().await
    }
}

impl Examine for Inquirer {
    fn examine(&self, shown: Shown) -> BoxFuture<'_, Result<(), Rejection>> {
        Box::pin(self.ask(shown))
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinHandle;

    use super::*;

    const REFUSED: Hresult = Hresult(0x8009_0325);
    const TIME: Duration = Duration::from_secs(60);

    struct Desk {
        questions: Arc<Questions>,
        inquirer: Arc<Inquirer>,
        reports: mpsc::Receiver<Report>,
    }

    fn job(number: u8) -> JobId {
        JobId::from_random_bytes([number; 16])
    }

    fn shown(server: &str, certificate: u8) -> Shown {
        Shown {
            server: server.to_owned(),
            about: 3,
            sha256: [certificate; 32],
            chain: vec![vec![certificate; 100], vec![9; 50]],
        }
    }

    impl Desk {
        fn new() -> Self {
            let questions = Arc::new(Questions::new(Timestamp::UNIX_EPOCH));
            let (sender, reports) = mpsc::channel(64);
            let inquirer = Arc::new(Inquirer::new(job(1), questions.clone(), TIME, sender));
            Self { questions, inquirer, reports }
        }

        /// A connection that asks.
        fn ask(&self, shown: Shown) -> JoinHandle<Result<(), Rejection>> {
            let inquirer = self.inquirer.clone();
            tokio::spawn(async move { inquirer.examine(shown).await })
        }

        /// The question that is told next.
        async fn told(&mut self) -> QuestionId {
            match self.reports.recv().await {
                Some(Report::Asked(question)) => question,
                other => panic!("{other:?}"),
            }
        }

        async fn settle(&self) {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn what_several_connections_want_to_know_is_asked_once_and_remembered_if_accepted() {
        let mut desk = Desk::new();
        let waiting = [desk.ask(shown("a:443", 1)), desk.ask(shown("a:443", 1))];
        let question = desk.told().await;
        desk.settle().await;
        let [asked] = desk.questions.of(job(1)).try_into().unwrap();
        assert_eq!((asked.question, asked.file, &*asked.server), (question, FileIndex(3), "a:443"));
        assert_eq!((asked.sha256, asked.chain.len()), ("01".repeat(32), 2));
        assert!(desk.questions.of(job(2)).is_empty());
        assert!(!desk.questions.answer(job(2), question, Hresult::S_OK), "of another job");
        assert!(desk.questions.answer(job(1), question, Hresult::S_OK));
        assert!(!desk.questions.answer(job(1), question, Hresult::S_OK), "nobody waits any more");
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), Ok(()));
        }
        assert_eq!(desk.ask(shown("a:443", 1)).await.unwrap(), Ok(()));
        // Another port, another certificate: neither was accepted.
        for other in [shown("a:444", 1), shown("a:443", 2)] {
            let asking = desk.ask(other);
            let question = desk.told().await;
            assert!(desk.questions.answer(job(1), question, REFUSED));
            assert_eq!(asking.await.unwrap(), Err(Rejection::Refused(REFUSED)));
        }
        // A refusal is asked again.
        let again = desk.ask(shown("a:443", 2));
        desk.told().await;
        again.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_answers_or_waits_for_is_gone() {
        let mut desk = Desk::new();
        let since = Instant::now();
        let asking = desk.ask(shown("a:443", 1));
        let question = desk.told().await;
        assert!(desk.questions.event(question).is_some());
        assert_eq!(asking.await.unwrap(), Err(Rejection::Unanswered));
        assert_eq!(since.elapsed().as_secs(), TIME.as_secs());
        assert!(desk.questions.event(question).is_none());
        assert!(!desk.questions.answer(job(1), question, Hresult::S_OK));
        // A run that is stopped drops its connection.
        let asking = desk.ask(shown("a:443", 1));
        let question = desk.told().await;
        asking.abort();
        asking.await.unwrap_err();
        assert!(desk.questions.events_of(job(1)).is_empty());
        assert!(!desk.questions.answer(job(1), question, Hresult::S_OK));
    }

    #[tokio::test]
    async fn a_job_asks_a_few_questions_at_a_time() {
        let mut desk = Desk::new();
        let all = QUESTIONS_PER_JOB + 1;
        let asking: Vec<_> = (0..all).map(|port| desk.ask(shown(&format!("a:{port}"), 1))).collect();
        for _ in 0..QUESTIONS_PER_JOB {
            desk.told().await;
        }
        desk.settle().await;
        assert_eq!(desk.questions.of(job(1)).len(), QUESTIONS_PER_JOB);
        assert!(desk.reports.try_recv().is_err());
        let first = desk.questions.of(job(1)).remove(0);
        assert!(desk.questions.answer(job(1), first.question, Hresult::S_OK));
        desk.told().await;
        desk.settle().await;
        assert_eq!(desk.questions.of(job(1)).len(), QUESTIONS_PER_JOB);
        for asked in desk.questions.of(job(1)) {
            assert!(desk.questions.answer(job(1), asked.question, Hresult::S_OK));
        }
        for asking in asking {
            assert_eq!(asking.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn for_a_job_that_has_ended_only_what_was_accepted_counts() {
        let mut desk = Desk::new();
        let asking = desk.ask(shown("a:443", 1));
        let question = desk.told().await;
        assert!(desk.questions.answer(job(1), question, Hresult::S_OK));
        asking.await.unwrap().unwrap();
        desk.inquirer.close();
        assert_eq!(desk.ask(shown("a:443", 1)).await.unwrap(), Ok(()));
        assert_eq!(desk.ask(shown("b:443", 1)).await.unwrap(), Err(Rejection::Unanswered));
        assert!(desk.reports.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_chain_that_is_too_long_is_refused_unasked() {
        let mut desk = Desk::new();
        let long = Shown { chain: vec![vec![0; CHAIN_BYTES_MAX], vec![0]], ..shown("a:443", 1) };
        assert_eq!(desk.ask(long).await.unwrap(), Err(Rejection::Unanswered));
        assert!(desk.reports.try_recv().is_err());
    }
}
