//! Random stories by the hundred. `BGCOPY_SIM_SEEDS` says how many, `BGCOPY_SIM_SEED` plays one again.

use bgcopy_sim::chaos;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn every_story_keeps_the_invariants_and_comes_to_its_end() {
    if let Some(seed) = number("BGCOPY_SIM_SEED") {
        chaos::play(seed);
        return;
    }
    for seed in 0..number("BGCOPY_SIM_SEEDS").unwrap_or(1_000) {
        chaos::play(seed);
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 0..20 {
        assert_eq!(chaos::play(seed), chaos::play(seed), "seed {seed}");
    }
    assert_ne!(chaos::play(1), chaos::play(2));
}
