//! One point: the story with its kill, the restart, the checks.

use std::collections::BTreeSet;
use std::time::Duration;

use bgcopy_testkit::{Death, Strike, Traced, eventually};
use tokio::time::timeout;

use crate::house::House;
use crate::ledger::Ledger;
use crate::mix;
use crate::next_random;
use crate::recovery::recover;
use crate::story::tell;
use crate::verdict::{Scene, asked, judge};

/// What came of a point.
pub(crate) struct Played {
    pub(crate) death: Death,
    /// Broken rules; none is as it should be.
    pub(crate) findings: Vec<String>,
    /// What helps to understand them.
    pub(crate) context: Vec<String>,
    /// Every path that is left at the end, but what the jobs saved.
    pub(crate) left: BTreeSet<String>,
}

/// Much longer than anything takes: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// What dies at the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dies {
    /// The service alone: whatever it did is there.
    Service,
    /// The machine: what was not synced is there, or not, as this seed says.
    Machine(u64),
}

/// Plays a point. `calm` is what a run without a kill left behind.
pub(crate) async fn play(strike: Strike, dies: Dies, calm: Option<&BTreeSet<String>>) -> Played {
    let house = House::new();
    let (origin, gate) = mix::origin().await;
    let mut ledger = Ledger::default();
    let platter = match dies {
        Dies::Service => None,
        Dies::Machine(_) => Some(house.platter()),
    };
    let mut traced = Traced::start_on(house.daemon("first.log"), strike, platter)
        .expect("ptrace and seccomp are allowed here");
    let death = timeout(PATIENCE, async {
        let mut death = None;
        // Whether it has gone is only known by who waits for it.
        let client = tokio::select! {
            client = house.client(|| false) => client,
            gone = traced.death() => { death = Some(gone); None }
        };
        if let Some(client) = &client {
            tell(&house, &origin, client, &mut ledger).await;
        }
        match death {
            Some(death) => death,
            None => traced.death().await,
        }
    });
    let death = death
        .await
        .unwrap_or_else(|_| panic!("{strike:?} hangs with {ledger:#?}\n{}", house.log("first.log")));
    gate.open();
    // What the dead service still had asked for is no request of the next one.
    eventually("the origin has read what was sent", || origin.open_connections() == 0).await;
    if let (Some(platter), Dies::Machine(seed)) = (&death.platter, dies) {
        let mut random = match strike {
            Strike::Never => seed,
            Strike::Before(call) | Strike::After(call) => seed.wrapping_mul(31).wrapping_add(call),
        };
        platter.cut(|| next_random(&mut random)).expect("our own folder");
    }
    let scene = Scene::of(&house, &origin);
    let mut findings = std::mem::take(&mut ledger.faults);
    if death.struck.is_none() && !death.status.success() {
        findings.push(format!("the service ended by itself: {}\n{}", death.status, house.log("first.log")));
    }
    match timeout(PATIENCE, recover(&house, &origin, &ledger)).await {
        Ok(mut more) => findings.append(&mut more),
        Err(_) => findings.push("after the restart the jobs do not come to their end".to_owned()),
    }
    findings.extend(judge(&house, &origin, &ledger, &scene, dies));
    let left = house.everything();
    for path in calm.into_iter().flat_map(|calm| left.difference(calm)) {
        findings.push(format!("{path} was left behind, which a run without a kill does not do"));
    }
    let context = vec![
        format!("the client knew: {:?}", ledger.jobs),
        format!("the first service said: {}", house.log("first.log")),
        format!("the second service said: {}", house.log("second.log")),
        format!("the origin was asked, {} times before the restart: {:#?}", scene.requests, asked(&origin)),
    ];
    Played { death, findings, context, left }
}
