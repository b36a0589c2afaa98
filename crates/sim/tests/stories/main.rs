//! Stories of the engine in its pretend world, by subject.

mod conditions;
mod crashes;
mod endings;
mod parallel;
mod policy;
mod queue;
mod retries;
mod sources;
mod uploads;

use std::time::Duration;

use bgcopy_core::{JobId, JobState};
use bgcopy_engine::NewJob;
use bgcopy_sim::{Behaviour, Origin, World};

const MIB: u64 = 1 << 20;
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// A resumed job of one file, changed a little.
fn one(world: &mut World, origin: Origin, change: impl FnOnce(&mut NewJob)) -> JobId {
    let name = world.origins.len().to_string();
    let file = world.offer(&name, origin);
    let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
    change(&mut new);
    world.create(new)
}

/// A job that cannot go on before somebody does something.
fn in_error(world: &mut World) -> JobId {
    let job = one(world, Origin::scripted(MIB, [Behaviour::Status(404, None)]), |_| {});
    world.until_state(job, JobState::Error);
    job
}
