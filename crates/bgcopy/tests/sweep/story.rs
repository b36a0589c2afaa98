//! What happens until the kill, step by step.

use bgcopy_api::client::Events;
use bgcopy_api::{Client, ClientError, EventFilter, FileIndex, JobState};
use bgcopy_testkit::Origin;

use crate::house::House;
use crate::ledger::{Ledger, Request};
use crate::mix::Name;

/// A step: something is asked and its answer awaited, or something is awaited.
enum Step {
    Ask(Name, Request),
    /// Bytes of it move.
    Runs(Name),
    /// This file of it is whole.
    Whole(Name, FileIndex),
    Transferred(Name),
    Ended(Name),
}

/// The story. Up to four jobs run at once while the client does one thing after the other.
const STORY: &[Step] = {
    use {Name::*, Request::*, Step::*};
    &[
        Ask(Auto, Create),
        Ask(Three, Create),
        Ask(Three, Add),
        Ask(Three, Resume),
        Ask(Held, Create),
        Runs(Held),
        Ask(Held, Suspend),
        Ask(Held, Resume),
        Transferred(Three),
        Ask(Digest, Create),
        Ask(Three, Complete),
        Ended(Auto),
        Transferred(Digest),
        Ask(Cancelled, Create),
        Runs(Cancelled),
        Ask(Ranged, Create),
        Ask(Cancelled, Cancel),
        Transferred(Ranged),
        Ask(Partial, Create),
        Whole(Partial, FileIndex(0)),
        Runs(Partial),
        Ask(Ranged, Complete),
        Ask(Partial, Complete),
    ]
};

/// Tells the story until its end, in which the service is asked to leave, or until the service is gone.
pub(crate) async fn tell(house: &House, origin: &Origin, client: &Client, ledger: &mut Ledger) {
    let cut = match client.events(EventFilter::default()).await {
        Ok(events) => Teller { house, origin, client, events, ledger }.tell().await,
        Err(error) => Err(error),
    };
    match cut {
        Ok(()) => {}
        Err(
            ClientError::NoService { .. } | ClientError::Interrupted { .. } | ClientError::Protocol { .. },
        ) => {}
        Err(error) => ledger.faults.push(format!("the story was refused: {error:?}")),
    }
}

struct Teller<'a> {
    house: &'a House,
    origin: &'a Origin,
    client: &'a Client,
    events: Events,
    ledger: &'a mut Ledger,
}

impl Teller<'_> {
    async fn tell(mut self) -> Result<(), ClientError> {
        for step in STORY {
            match *step {
                Step::Ask(name, request) => self.ask(name, request).await?,
                Step::Runs(name) => self.see(name, |job| job.state == Some(JobState::Transferring)).await?,
                Step::Whole(name, file) => self.see(name, |job| job.whole.contains(&file)).await?,
                Step::Transferred(name) => self.see(name, |job| job.transferred).await?,
                Step::Ended(name) => self.see(name, |job| job.ended).await?,
            }
        }
        self.client.shutdown().await
    }

    async fn see(
        &mut self,
        name: Name,
        seen: impl Fn(&crate::ledger::Known) -> bool,
    ) -> Result<(), ClientError> {
        while !seen(self.ledger.known(name)) {
            let event = self.events.next().await?;
            self.ledger.note(&event.body);
        }
        Ok(())
    }

    async fn ask(&mut self, name: Name, request: Request) -> Result<(), ClientError> {
        let known = self.ledger.known(name);
        known.asked = Some(request);
        let id = known.id;
        let made = || id.expect("the story makes a job before it asks more of it");
        let folder = self.house.jobs();
        match request {
            Request::Create => {
                let job = name.create(self.origin, &folder);
                let job = self.client.create_job(&job, Some(name.word())).await?;
                self.ledger.known(name).id = Some(job.id);
            }
            Request::Add => {
                self.client.add_files(made(), name.add_files(self.origin, &folder)).await?;
            }
            Request::Resume => drop(self.client.resume(made()).await?),
            Request::Suspend => drop(self.client.suspend(made()).await?),
            Request::Complete => drop(self.client.complete(made()).await?),
            Request::Cancel => drop(self.client.cancel(made()).await?),
        }
        let known = self.ledger.known(name);
        known.acknowledged.extend(known.asked.take());
        // A state that was told before the request is no news of what follows it.
        known.state = None;
        Ok(())
    }
}
