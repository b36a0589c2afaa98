//! Several sources of one file: origin, mirrors, cache hosts. A connection of this world brings 200 MiB a second.

use std::time::Duration;

use bgcopy_core::{
    ByteRange, Code, ErrorClass, ErrorContext, Fault, FileIndex, FileSpec, Hresult, JobId, JobState,
    ManifestKind, ManifestRef, Mirror, Mono, Promise, Trust,
};
use bgcopy_engine::{EngineConfig, NewJob, Notice, plan::Restart};
use bgcopy_sim::{Behaviour, Origin, World, digest_of, list_of};

use proptest::prelude::*;

use super::{MIB, SECOND};

const SIZE: u64 = 64 * MIB;
const LARGE: u64 = 4_000 * MIB;

/// A file at the origin "o" with these mirrors.
fn file(world: &mut World, origin: Origin, mirrors: Vec<Origin>) -> FileSpec {
    let mut file = world.offer("o", origin);
    for (number, mirror) in (1..).zip(mirrors) {
        world.origins.insert(at_mirror(number), mirror.on(number));
        let url = at_mirror(number).parse().unwrap();
        file.supply.mirrors.push(Mirror { url, priority: number, offered: false });
    }
    file
}

fn at_mirror(number: u32) -> String {
    format!("https://m{number}.example/o")
}

fn mirror(world: &mut World, number: u32) -> &mut Origin {
    world.origins.get_mut(&at_mirror(number)).unwrap()
}

fn start(world: &mut World, file: FileSpec) -> JobId {
    world.create(NewJob { resume: true, ..World::new_job(vec![file]) })
}

/// Bytes that the origin and the mirrors served, in MiB.
fn served(world: &mut World, mirrors: u32) -> Vec<u64> {
    let origin = world.origin("o").served / MIB;
    std::iter::once(origin).chain((1..=mirrors).map(|number| mirror(world, number).served / MIB)).collect()
}

fn restarts(world: &World, why: Restart) -> usize {
    let of = |told: &&bgcopy_sim::Told| told.notice == Notice::FileRestarted(FileIndex(0), why);
    world.told.iter().filter(of).count()
}

fn trust(world: &World, job: JobId) -> Trust {
    world.job(job).files[0].trust
}

#[test]
fn what_nothing_proves_comes_from_the_origin_alone() {
    let mut world = World::new(1);
    let file = file(&mut world, Origin::of(LARGE), vec![Origin::of(LARGE)]);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(mirror(&mut world, 1).requests, 0);
    assert_eq!(trust(&world, job), Trust::Consistent);
}

#[test]
fn sources_of_what_proves_itself_work_together() {
    let one_each =
        || World::with_config(1, EngineConfig { connections_per_host: 1, ..EngineConfig::default() });
    let mut world = one_each();
    let only = file(&mut world, Origin::of(LARGE), vec![]);
    let job = start(&mut world, only);
    world.until_state(job, JobState::Transferred);
    let alone = world.now.mono.since(Mono::default());
    let mut world = one_each();
    let mut file = file(&mut world, Origin::of(LARGE), vec![Origin::of(LARGE), Origin::of(LARGE)]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    let together = world.now.mono.since(Mono::default());
    assert!(together < alone / 2, "{together:?} with three sources, {alone:?} with one");
    let served = served(&mut world, 2);
    assert!(served.iter().all(|mib| *mib > 500), "{served:?}");
    let twice = served.iter().sum::<u64>() - LARGE / MIB;
    assert!(twice <= 16, "{twice} MiB came twice");
    let file = &world.job(job).files[0];
    assert_eq!(file.trust, Trust::Digest);
    assert!(file.bytes_from_origin > 0 && file.bytes_from_mirrors > 0, "{file:?}");
}

#[test]
fn many_sources_have_no_more_than_sixteen_connections() {
    let mut world = World::new(1);
    let mirrors = (0..3).map(|_| Origin::of(8 * LARGE)).collect();
    let mut file = file(&mut world, Origin::of(8 * LARGE), mirrors);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    // The world itself sees to it that there are never more.
    world.until("there are sixteen", |world| world.connections() == 16);
    world.until_state(job, JobState::Transferred);
}

#[test]
fn a_mirror_goes_on_where_the_origin_ended_if_the_whole_proves_itself() {
    let mut world = World::new(1);
    let dies = Origin {
        script: [Behaviour::CutAfter(40 * MIB)].into(),
        ..Origin::always(SIZE, Behaviour::Status(404, None))
    };
    let mut file = file(&mut world, dies, vec![Origin::of(SIZE)]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(served(&mut world, 1), [40, 24]);
    assert_eq!((world.job(job).error_count, restarts(&world, Restart::OtherSource)), (0, 0));
}

#[test]
fn a_mirror_begins_again_where_nothing_proves_that_it_has_the_same() {
    let mut world = World::new(1);
    let dies = Origin {
        script: [Behaviour::CutAfter(40 * MIB)].into(),
        ..Origin::always(SIZE, Behaviour::Status(404, None))
    };
    // It even has another version; the invariants see to it that nothing is mixed.
    let file = file(&mut world, dies, vec![Origin { version: 2, ..Origin::of(SIZE) }]);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(served(&mut world, 1), [40, 64]);
    assert_eq!(restarts(&world, Restart::OtherSource), 1);
    assert_eq!(trust(&world, job), Trust::Consistent);
}

#[test]
fn who_forbids_restarts_keeps_what_is_here() {
    let mut world = World::new(1);
    let dies = Origin {
        script: [Behaviour::CutAfter(40 * MIB)].into(),
        ..Origin::always(SIZE, Behaviour::Status(404, None))
    };
    let file = file(&mut world, dies, vec![Origin::of(SIZE)]);
    let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
    new.settings.forbid_restart = true;
    let job = world.create(new);
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).files[0].bytes_here, 40 * MIB);
}

#[test]
fn a_bad_piece_is_fetched_again_from_another_source_and_its_giver_is_struck() {
    let mut world = World::new(1);
    let liar = Origin { lies: vec![ByteRange::new(0, LARGE)], ..Origin::of(LARGE) };
    let mut file = file(&mut world, Origin::of(LARGE), vec![liar, Origin::of(LARGE)]);
    file.supply.pieces = Some(list_of(1, LARGE, 4 * MIB));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    let liar = mirror(&mut world, 1).served;
    assert!(liar > 0, "it was tried");
    assert!(liar < 64 * MIB, "{} MiB were taken from a liar", liar / MIB);
    assert!(restarts(&world, Restart::BadPiece) >= 2);
    assert_eq!((trust(&world, job), world.job(job).error_count), (Trust::Pieces, 0));
    assert!(served(&mut world, 2)[2] > 100);
}

#[test]
fn an_origin_that_lies_gives_way_to_its_mirror() {
    let mut world = World::new(1);
    let liar = Origin { lies: vec![ByteRange::new(8 * MIB, 24 * MIB)], ..Origin::of(SIZE) };
    let mut file = file(&mut world, liar, vec![Origin::of(SIZE)]);
    file.supply.pieces = Some(list_of(1, SIZE, MIB));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(trust(&world, job), Trust::Pieces);
}

#[test]
fn an_only_source_that_lies_is_an_error_of_the_remote_file() {
    let mut world = World::new(1);
    let liar = Origin { lies: vec![ByteRange::new(8 * MIB, 9 * MIB)], ..Origin::of(SIZE) };
    let mut file = file(&mut world, liar, vec![]);
    file.supply.pieces = Some(list_of(1, SIZE, MIB));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Error);
    let error = world.job(job).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
    assert_eq!(error.range, Some(ByteRange::new(8 * MIB, 9 * MIB)));
    assert!(world.origin("o").requests >= 3, "it was given another chance");
}

#[test]
fn sources_that_disagree_without_a_list_are_tried_one_at_a_time() {
    let mut world = World::new(1);
    let liar = Origin { lies: vec![ByteRange::new(0, LARGE)], ..Origin::of(LARGE) };
    let mut file = file(&mut world, Origin::of(LARGE), vec![liar]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(trust(&world, job), Trust::Digest);
    assert_eq!(restarts(&world, Restart::Invalid), 1);
}

#[test]
fn sources_that_all_lie_are_an_error() {
    let mut world = World::new(1);
    let liar = || Origin { lies: vec![ByteRange::new(0, MIB)], ..Origin::of(SIZE) };
    let mut file = file(&mut world, liar(), vec![liar(), liar()]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Error);
    let error = world.job(job).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
    assert_eq!(served(&mut world, 2), [64, 64, 64]);
}

/// Spec 7.7: the job hears what its owner says of the origin; who only stands in for it is passed over.
#[test]
fn a_mirror_whose_certificate_the_owner_refuses_is_passed_over_and_the_origin_is_not() {
    for refused in [Code::Other(Hresult(0x8009_0325)), Code::CertificateCallbackMissing] {
        let never = |size| Origin::always(size, Behaviour::Fails(refused));
        let mut world = World::new(1);
        let mut proved = file(&mut world, Origin::of(SIZE), vec![never(SIZE)]);
        proved.digest = Some(digest_of(1));
        let job = start(&mut world, proved);
        world.until_state(job, JobState::Transferred);
        assert_eq!(served(&mut world, 1), [64, 0]);

        let mut world = World::new(1);
        let mut proved = file(&mut world, never(SIZE), vec![Origin::of(SIZE)]);
        proved.digest = Some(digest_of(1));
        let job = start(&mut world, proved);
        let rests =
            if refused.class() == ErrorClass::Fatal { JobState::Error } else { JobState::TransientError };
        world.until_state(job, rests);
        let error = world.job(job).error.clone().unwrap();
        assert_eq!((error.code, error.context), (refused, ErrorContext::ServerCertificateCallback));
        assert_eq!(served(&mut world, 1), [0, 0]);
    }
    // Nobody is there to be asked about a mirror that would have to stand in: the origin is tried again.
    let mut world = World::new(1);
    let away = Origin::scripted(SIZE, [Behaviour::Fails(Code::Connect)]);
    let missing = Origin::always(SIZE, Behaviour::Fails(Code::CertificateCallbackMissing));
    let mut proved = file(&mut world, away, vec![missing]);
    proved.digest = Some(digest_of(1));
    let job = start(&mut world, proved);
    world.until_state(job, JobState::TransientError);
    assert!(mirror(&mut world, 1).requests > 0);
    world.until_state(job, JobState::Transferred);
}

#[test]
fn a_mirror_of_another_size_is_struck() {
    let mut world = World::new(1);
    let mut file = file(&mut world, Origin::of(LARGE), vec![Origin::of(LARGE - 1)]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!((mirror(&mut world, 1).requests, mirror(&mut world, 1).served), (1, 0));
}

#[test]
fn when_nobody_has_the_file_the_origin_says_why() {
    let mut world = World::new(1);
    let gone = |status| Origin::always(SIZE, Behaviour::Status(status, None));
    let file = file(&mut world, gone(404), vec![gone(410)]);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::Http(404));
}

#[test]
fn while_somebody_may_have_it_soon_the_job_waits() {
    let mut world = World::new(1);
    let busy = Origin::scripted(SIZE, [Behaviour::Status(503, None), Behaviour::Status(503, None)]);
    let file = file(&mut world, Origin::always(SIZE, Behaviour::Status(404, None)), vec![busy]);
    let job = start(&mut world, file);
    world.until_state(job, JobState::TransientError);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::Http(503));
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.origin("o").requests, 1, "what was refused for good is not asked for again");
}

#[test]
fn resume_asks_everybody_again() {
    let mut world = World::new(1);
    let gone = Origin::scripted(SIZE, [Behaviour::Status(404, None)]);
    let file = file(&mut world, gone.clone(), vec![gone]);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Error);
    world.ask(bgcopy_sim::ADA, bgcopy_engine::Request::Resume(job)).unwrap();
    world.until_state(job, JobState::Transferred);
}

/// A world with these cache hosts, and a file that all of them have.
fn with_caches(hosts: &[&str], fallback: Duration) -> (World, FileSpec) {
    let config = EngineConfig {
        cache_hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
        cache_fallback_background: fallback,
        ..EngineConfig::default()
    };
    let mut world = World::with_config(1, config);
    let file = file(&mut world, Origin::of(SIZE), vec![]);
    for host in hosts {
        world.origins.insert(at_cache(host), Origin::of(SIZE));
    }
    (world, file)
}

fn at_cache(host: &str) -> String {
    format!("https://{host}/o?cacheHostOrigin=origin.example")
}

fn cache<'a>(world: &'a mut World, host: &str) -> &'a mut Origin {
    world.origins.get_mut(&at_cache(host)).unwrap()
}

#[test]
fn a_cache_host_is_asked_in_the_place_of_the_origin() {
    let (mut world, file) = with_caches(&["one", "two"], Duration::ZERO);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.origin("o").requests + cache(&mut world, "two").requests, 0);
    assert_eq!(world.job(job).files[0].bytes_from_cache_hosts, SIZE);
}

#[test]
fn what_a_cache_began_the_origin_ends() {
    let (mut world, file) = with_caches(&["one"], Duration::ZERO);
    cache(&mut world, "one").script = [Behaviour::CutAfter(40 * MIB)].into();
    cache(&mut world, "one").otherwise = Behaviour::Status(502, None);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!((world.origin("o").served, world.job(job).error_count), (24 * MIB, 0));
    assert_eq!(trust(&world, job), Trust::Consistent, "a cache has the origin's own version");
}

#[test]
fn a_cache_that_refuses_an_origin_is_left_alone_for_a_quarter_of_an_hour() {
    let (mut world, file) = with_caches(&["one"], Duration::ZERO);
    cache(&mut world, "one").otherwise = Behaviour::Status(403, None);
    for requests in [1, 1] {
        let job = start(&mut world, file.clone());
        world.until_state(job, JobState::Transferred);
        assert_eq!(cache(&mut world, "one").requests, requests);
    }
    world.pass(900 * SECOND);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(cache(&mut world, "one").requests, 2);
}

#[test]
fn a_fallback_delay_keeps_to_the_caches_in_turn() {
    let (mut world, file) = with_caches(&["one", "two"], 60 * SECOND);
    cache(&mut world, "one").otherwise = Behaviour::Status(404, None);
    cache(&mut world, "two").script =
        [Behaviour::Fails(Code::Connect), Behaviour::Fails(Code::Connect)].into();
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!((world.origin("o").requests, cache(&mut world, "two").served), (0, SIZE));
}

#[test]
fn when_the_fallback_delay_is_over_the_origin_serves() {
    let (mut world, file) = with_caches(&["one"], 60 * SECOND);
    cache(&mut world, "one").otherwise = Behaviour::Status(404, None);
    let job = start(&mut world, file);
    world.until_state(job, JobState::TransientError);
    let began = world.now.mono;
    world.until_state(job, JobState::Transferred);
    let waited = world.now.mono.since(began);
    assert!((59 * SECOND..200 * SECOND).contains(&waited), "{waited:?}");
    assert_eq!(world.job(job).files[0].bytes_from_origin, SIZE);
}

#[test]
fn what_a_job_adds_to_its_requests_no_cache_is_told() {
    let (mut world, file) = with_caches(&["one"], Duration::ZERO);
    let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
    new.secrets.headers = vec![("Cookie".to_owned(), bgcopy_core::Secret::new("a=b"))];
    let job = world.create(new);
    world.until_state(job, JobState::Transferred);
    assert_eq!(cache(&mut world, "one").requests, 0);
}

const DOCUMENT: &str = "https://origin.example/SHA256SUMS";

fn manifest(offered: bool) -> ManifestRef {
    ManifestRef {
        kind: ManifestKind::Metalink,
        url: DOCUMENT.parse().unwrap(),
        digest: None,
        hash_of_hashes: None,
        offered,
        optional: false,
    }
}

#[test]
fn what_a_publisher_says_is_read_before_the_first_byte() {
    let mut world = World::new(1);
    let url = world.serve("m", Origin::of(SIZE).on(1)).parse().unwrap();
    let promise = Promise {
        digest: Some(digest_of(1)),
        mirrors: vec![Mirror { url, priority: 1, offered: false }],
        ..Promise::default()
    };
    world.manifests.insert(DOCUMENT.to_owned(), Ok(promise));
    let mut file = file(&mut world, Origin::always(SIZE, Behaviour::Status(404, None)), vec![]);
    file.supply.manifest = Some(Box::new(manifest(false)));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!((trust(&world, job), world.origin("m").served), (Trust::Digest, SIZE));
}

#[test]
fn a_digest_that_is_not_the_one_of_the_list_is_an_error() {
    let mut world = World::new(1);
    let promise = Promise { digest: Some(digest_of(2)), ..Promise::default() };
    world.manifests.insert(DOCUMENT.to_owned(), Ok(promise));
    let mut file = file(&mut world, Origin::of(SIZE), vec![]);
    file.supply.manifest = Some(Box::new(manifest(false)));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::ValidationFailed);
}

#[test]
fn a_list_that_cannot_be_read_is_waited_for_or_an_error() {
    let mut world = World::new(1);
    let busy = Fault::new(Code::Http(503), ErrorContext::RemoteFile, "busy");
    world.manifests.insert(DOCUMENT.to_owned(), Err(busy));
    let mut file = file(&mut world, Origin::of(SIZE), vec![]);
    file.supply.manifest = Some(Box::new(manifest(false)));
    let job = start(&mut world, file);
    world.until_state(job, JobState::TransientError);
    assert_eq!(world.origin("o").requests, 0);
    world.manifests.clear();
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::Http(404));
}

/// Downloads of the newer generation say so with `IntegrityCheckMandatory` FALSE (do-download 8.3).
#[test]
fn a_list_that_need_not_be_there_is_used_where_it_can_be_and_else_given_up() {
    let busy = Fault::new(Code::Http(503), ErrorContext::RemoteFile, "busy");
    let right = Promise { pieces: Some(list_of(1, LARGE, MIB)), ..Promise::default() };
    let of_another = Promise { pieces: Some(list_of(2, LARGE, MIB)), ..Promise::default() };
    let too_long = Promise { pieces: Some(list_of(1, LARGE + MIB, MIB)), ..Promise::default() };
    let digest = Promise { digest: Some(digest_of(2)), ..Promise::default() };
    for (said, forgone) in [
        (Ok(right), false),
        (Err(busy), true),
        (Ok(of_another), true),
        (Ok(too_long), true),
        (Ok(digest), true),
    ] {
        let mut world = World::new(1);
        world.manifests.insert(DOCUMENT.to_owned(), said.clone());
        let mut file = file(&mut world, Origin::of(LARGE).on(1), vec![]);
        file.supply.manifest = Some(Box::new(ManifestRef { optional: true, ..manifest(false) }));
        let job = start(&mut world, file);
        world.until_state(job, JobState::Transferred);
        let promise = &world.job(job).files[0].promise;
        assert_eq!((promise.consulted, promise.forgone), (true, forgone), "{said:?}");
        assert_eq!(trust(&world, job) == Trust::Pieces, !forgone, "{said:?}");
    }
}

#[test]
fn what_an_answer_offers_is_taken_and_not_insisted_on() {
    for said in [None, Some(Promise { pieces: Some(list_of(1, LARGE, MIB)), ..Promise::default() })] {
        let mut world = World::new(1);
        let proved = said.is_some();
        if let Some(promise) = said {
            world.manifests.insert(DOCUMENT.to_owned(), Ok(promise));
        }
        world.origins.insert(at_mirror(1), Origin::of(LARGE).on(1));
        let mirrors = vec![Mirror { url: at_mirror(1).parse().unwrap(), priority: 1, offered: true }];
        let promise = Promise { digest: Some(digest_of(1)), mirrors, ..Promise::default() };
        let origin = Origin { promise, described_by: Some(manifest(true)), ..Origin::of(LARGE) };
        let file = file(&mut world, origin, vec![]);
        let job = start(&mut world, file);
        world.until_state(job, JobState::Transferred);
        assert_eq!(trust(&world, job), if proved { Trust::Pieces } else { Trust::Digest });
        assert!(mirror(&mut world, 1).served > 0, "the mirror that was offered helps");
        assert_eq!(world.job(job).error_count, 0);
    }
}

#[test]
fn a_crash_between_two_sources_mixes_nothing() {
    let mut world = World::new(1);
    let dies = Origin {
        script: [Behaviour::CutAfter(20 * MIB)].into(),
        ..Origin::always(SIZE, Behaviour::Status(404, None))
    };
    let slow = Origin { version: 2, script: [Behaviour::CutAfter(20 * MIB)].into(), ..Origin::of(SIZE) };
    let file = file(&mut world, dies, vec![slow]);
    let job = start(&mut world, file);
    world.until("the mirror serves", |world| world.origins[&at_mirror(1)].served >= 16 * MIB);
    world.crash();
    world.origin("o").otherwise = Behaviour::Good;
    world.until_state(job, JobState::Transferred);
}

/// What a source can be like, for as long as it is asked.
fn behaviour() -> impl Strategy<Value = Origin> {
    let behaviours = prop_oneof![
        Just(Behaviour::Good),
        (0..40u64).prop_map(|mib| Behaviour::CutAfter(mib * MIB)),
        prop_oneof![Just(404), Just(403), Just(500), Just(503)]
            .prop_map(|status| Behaviour::Status(status, None)),
        prop_oneof![Just(Code::Connect), Just(Code::Reset), Just(Code::BadResponse)]
            .prop_map(Behaviour::Fails),
        Just(Behaviour::IgnoresRange),
        Just(Behaviour::NoSize),
        Just(Behaviour::Silent),
        (1..5u64).prop_map(|mib| Behaviour::ShortPart(mib * MIB)),
    ];
    let lies = prop::collection::vec((0..64u64, 1..8u64), 0..3);
    (behaviours, lies, prop_oneof![Just(SIZE), Just(SIZE + 1)]).prop_map(|(behaviour, lies, size)| {
        let lies = lies.into_iter().map(|(at, mib)| ByteRange::new(at * MIB, (at + mib) * MIB)).collect();
        Origin { lies, ..Origin::always(size, behaviour) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// The plan ends while one source is honest, whatever the others are like, and what it ends with is right: the
    /// world itself refuses to publish anything else, and to write a byte twice.
    #[test]
    fn one_honest_source_is_enough(
        others in prop::collection::vec(behaviour(), 0..4),
        honest in 0..4usize,
        piece_size in prop_oneof![Just(MIB), Just(3 * MIB), Just(64 * MIB)],
        connections_per_host in 1..9usize,
        digest: bool,
    ) {
        let config = EngineConfig { connections_per_host, ..EngineConfig::default() };
        let mut world = World::with_config(1, config);
        let mut origins = others;
        origins.insert(honest.min(origins.len()), Origin::of(SIZE));
        let mut file = file(&mut world, origins.remove(0), origins);
        file.supply.pieces = Some(list_of(1, SIZE, piece_size));
        file.digest = digest.then(|| digest_of(1));
        let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
        new.settings.auto_complete = true;
        let job = world.create(new);
        world.until("the file is here", |world| world.engine.job(job).is_none_or(|job| job.state == JobState::Error));
        prop_assert_eq!(world.job(job).state, JobState::Acknowledged, "{:?}", world.job(job).error);
        prop_assert_eq!(trust(&world, job), Trust::Pieces);
        prop_assert_eq!(world.disk.content(&World::local("o")), [ByteRange::new(0, SIZE)]);
    }
}

#[test]
fn a_piece_that_several_brought_is_blamed_on_none_and_then_brought_by_one() {
    let mut world =
        World::with_config(1, EngineConfig { connections_per_host: 1, ..EngineConfig::default() });
    let lie = || vec![ByteRange::new(0, MIB)];
    let liar = Origin { lies: lie(), ..Origin::of(SIZE) };
    let cut = Origin { lies: lie(), ..Origin::always(SIZE, Behaviour::CutAfter(32 * MIB)) };
    let mut file = file(&mut world, liar, vec![cut, Origin::of(SIZE)]);
    file.supply.pieces = Some(list_of(1, SIZE, SIZE));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(trust(&world, job), Trust::Pieces);
}

#[test]
fn two_liars_that_lie_about_different_pieces_make_a_right_file() {
    for connections_per_host in [1, 8] {
        let mut world =
            World::with_config(1, EngineConfig { connections_per_host, ..EngineConfig::default() });
        let liar =
            |at| Origin { lies: vec![ByteRange::new(at * MIB, (at + 1) * MIB)], ..Origin::of(8 * MIB) };
        let mut file = file(&mut world, liar(1), vec![liar(6)]);
        file.supply.pieces = Some(list_of(1, 8 * MIB, MIB));
        let job = start(&mut world, file);
        world.until_state(job, JobState::Transferred);
        assert_eq!(trust(&world, job), Trust::Pieces);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Where nobody is honest the job ends all the same: with an error, or right, where each lies about other pieces.
    #[test]
    fn liars_alone_never_keep_a_job_for_ever(
        sources in prop::collection::vec((prop::collection::vec((0..64u64, 1..8u64), 1..4), 0..40u64), 1..4),
        connections_per_host in 1..9usize,
    ) {
        let mut world = World::with_config(1, EngineConfig { connections_per_host, ..EngineConfig::default() });
        let mut liars = sources.into_iter().map(|(lies, cut)| {
            let lies = lies.into_iter().map(|(at, mib)| ByteRange::new(at * MIB, (at + mib) * MIB)).collect();
            Origin { lies, ..Origin::scripted(SIZE, [Behaviour::CutAfter(cut * MIB)]) }
        });
        let first = liars.next().unwrap();
        let mut file = file(&mut world, first, liars.collect());
        file.supply.pieces = Some(list_of(1, SIZE, MIB));
        let job = start(&mut world, file);
        world.until("it ends", |world| matches!(world.engine.job(job).unwrap().state, JobState::Error | JobState::Transferred));
        let served: u64 = world.origins.values().map(|origin| origin.served).sum();
        prop_assert!(served <= 16 * SIZE, "{} MiB were fetched for 64", served / MIB);
    }
}

#[test]
fn a_list_that_is_wrong_itself_takes_a_cache_host_from_nobody_else() {
    let (mut world, file) = with_caches(&["one"], Duration::ZERO);
    let mut wrong = file.clone();
    wrong.supply.pieces = Some(list_of(2, SIZE, MIB));
    let job = start(&mut world, wrong);
    world.until_state(job, JobState::Error);
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).files[0].bytes_from_cache_hosts, SIZE);
}

#[test]
fn who_only_ended_what_a_liar_began_in_another_run_is_not_taken_for_the_liar() {
    let mut world = World::new(1);
    let later = Origin::scripted(SIZE, [Behaviour::Status(503, None)]);
    let liar = Origin {
        lies: vec![ByteRange::new(0, MIB)],
        script: [Behaviour::CutAfter(40 * MIB)].into(),
        ..Origin::always(SIZE, Behaviour::Status(404, None))
    };
    let mut file = file(&mut world, later, vec![liar]);
    file.digest = Some(digest_of(1));
    let job = start(&mut world, file);
    world.until_state(job, JobState::TransientError);
    world.until_state(job, JobState::Transferred);
    assert_eq!(served(&mut world, 1), [24 + 64, 40]);
    assert_eq!((trust(&world, job), restarts(&world, Restart::Invalid)), (Trust::Digest, 1));
}

#[test]
fn a_publisher_who_names_other_liars_each_time_is_believed_so_often_and_no_more() {
    let mut world = World::new(1);
    for number in 1..100 {
        world.origins.insert(at_mirror(number), Origin::of(SIZE).on(number));
    }
    let mut file = file(&mut world, Origin::always(SIZE, Behaviour::Status(503, None)), vec![]);
    file.supply.manifest = Some(Box::new(manifest(false)));
    let mut job = None;
    for number in (1..100).cycle().take(100_000) {
        let mirrors = vec![Mirror { url: at_mirror(number).parse().unwrap(), priority: 1, offered: true }];
        let promise = Promise { digest: Some(digest_of(2)), mirrors, ..Promise::default() };
        world.manifests.insert(DOCUMENT.to_owned(), Ok(promise));
        let job = *job.get_or_insert_with(|| start(&mut world, file.clone()));
        if world.state(job) == JobState::Error {
            break;
        }
        world.step();
    }
    let job = job.unwrap();
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::ValidationFailed);
    let served: u64 = world.origins.values().map(|origin| origin.served).sum();
    assert!((2 * SIZE..=20 * SIZE).contains(&served), "{} MiB were fetched for 64", served / MIB);
}

#[test]
fn who_lied_about_a_piece_is_no_reason_to_ask_the_next_one_without_a_pause() {
    let (mut world, mut file) = with_caches(&["one", "two"], 600 * SECOND);
    let liar = Origin::always(SIZE, Behaviour::IgnoresRange);
    *cache(&mut world, "one") = Origin { lies: vec![ByteRange::new(0, MIB)], ..liar };
    *cache(&mut world, "two") = Origin::of(SIZE + 1);
    file.supply.pieces = Some(list_of(1, SIZE, MIB));
    let job = start(&mut world, file);
    world.until_state(job, JobState::Transferred);
    assert!(cache(&mut world, "two").requests < 20, "{} requests", cache(&mut world, "two").requests);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Without a list only the whole tells right from wrong, and one honest source is enough all the same.
    #[test]
    fn one_honest_source_is_enough_for_a_digest(
        others in prop::collection::vec(behaviour(), 0..4),
        honest in 0..4usize,
        connections_per_host in 1..9usize,
    ) {
        let config = EngineConfig { connections_per_host, ..EngineConfig::default() };
        let mut world = World::with_config(1, config);
        let mut origins = others;
        origins.insert(honest.min(origins.len()), Origin::of(SIZE));
        let mut file = file(&mut world, origins.remove(0), origins);
        file.digest = Some(digest_of(1));
        let job = start(&mut world, file);
        world.until("it ends", |world| matches!(world.state(job), JobState::Error | JobState::Transferred));
        prop_assert_eq!(world.state(job), JobState::Transferred, "{:?}", world.job(job).error);
        prop_assert_eq!(trust(&world, job), Trust::Digest);
        let served: u64 = world.origins.values().map(|origin| origin.served).sum();
        prop_assert!(served <= 24 * SIZE, "{} MiB were fetched for 64", served / MIB);
    }

    /// Whatever the cache hosts are like and however long a job keeps to them, the origin brings it in the end.
    #[test]
    fn no_cache_host_keeps_a_job_from_its_origin(
        caches in prop::collection::vec(behaviour(), 1..3),
        fallback in prop_oneof![Just(0), Just(60), Just(3_600)],
        pieces: bool,
        connections_per_host in 1..9usize,
    ) {
        let names = ["one", "two"];
        let names = names.get(..caches.len()).unwrap();
        let config = EngineConfig {
            cache_hosts: names.iter().map(|host| host.parse().unwrap()).collect(),
            cache_fallback_background: fallback * SECOND,
            connections_per_host,
            ..EngineConfig::default()
        };
        let mut world = World::with_config(1, config);
        let mut file = file(&mut world, Origin::of(SIZE), vec![]);
        for (name, origin) in names.iter().zip(caches) {
            world.origins.insert(at_cache(name), origin);
        }
        file.digest = Some(digest_of(1));
        file.supply.pieces = pieces.then(|| list_of(1, SIZE, MIB));
        let job = start(&mut world, file);
        world.until("it ends", |world| matches!(world.state(job), JobState::Error | JobState::Transferred));
        prop_assert_eq!(world.state(job), JobState::Transferred, "{:?}", world.job(job).error);
        let served: u64 = world.origins.values().map(|origin| origin.served).sum();
        prop_assert!(served <= 24 * SIZE, "{} MiB were fetched for 64", served / MIB);
    }
}
