//! Which jobs run (spec 9.1 as design.md "Where the sources disagree" settles it): all Foreground jobs at
//! once; of the background levels the highest with work, up to a number of jobs of it at once, in turns of
//! one time slice; lower levels give way.

use bgcopy_core::{JobId, Priority};

/// The settings of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many background jobs run at once; 1 is strict BITS.
    pub background_jobs: usize,
    /// DO: High, Normal and Low are alike (spec 9.1).
    pub do_scheduling: bool,
}

/// A job that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which.
    pub job: JobId,
    /// How urgent.
    pub priority: Priority,
    /// Its time slice is over.
    pub slice_over: bool,
}

/// A job that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub job: JobId,
    /// How urgent.
    pub priority: Priority,
}

/// What to do about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Let it run.
    Start(JobId),
    /// Its slice is over, and another of its level waits.
    EndSlice(JobId),
    /// A higher level needs the slot.
    Preempt(JobId),
}

/// The moves that make the rules hold. `waiting` is in the order of turns.
pub fn moves(rules: Rules, running: &[Running], waiting: &[Waiting]) -> Vec<Move> {
    let level = |priority: Priority| match priority {
        Priority::Foreground => 0,
        _ if rules.do_scheduling => 1,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    };
    let mut moves: Vec<Move> =
        waiting.iter().filter(|job| level(job.priority) == 0).map(|job| Move::Start(job.job)).collect();

    let levels = running.iter().map(|job| job.priority).chain(waiting.iter().map(|job| job.priority));
    let Some(highest) = levels.map(level).filter(|&level| level > 0).min() else { return moves };

    moves
        .extend(running.iter().filter(|job| level(job.priority) > highest).map(|job| Move::Preempt(job.job)));
    let mut next = waiting.iter().filter(|job| level(job.priority) == highest);
    let slots = rules.background_jobs.max(1);
    let of_level = || running.iter().filter(|job| level(job.priority) == highest);
    // A job that was Foreground, or a slot that was taken away by the administrator.
    moves.extend(of_level().skip(slots).map(|job| Move::Preempt(job.job)));
    let mut taken = of_level().count();
    while taken < slots {
        let Some(job) = next.next() else { return moves };
        moves.push(Move::Start(job.job));
        taken += 1;
    }
    let over = of_level().take(slots).filter(|job| job.slice_over);
    for (ends, starts) in over.zip(next) {
        moves.extend([Move::EndSlice(ends.job), Move::Start(starts.job)]);
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: char) -> JobId {
        JobId::from_random_bytes([letter as u8; 16])
    }

    fn priority(letter: char) -> Priority {
        match letter.to_ascii_lowercase() {
            'f'..='g' => Priority::Foreground,
            'h'..='k' => Priority::High,
            'n'..='q' => Priority::Normal,
            _ => Priority::Low,
        }
    }

    /// Jobs drawn as letters: f, g Foreground, h to k High, n to q Normal, the rest Low; a capital letter is
    /// a running job whose slice is over. The answer: `+` starts, `/` ends its slice, `-` is preempted.
    fn play(rules: Rules, running: &str, waiting: &str) -> String {
        let letters: Vec<char> = running.chars().chain(waiting.chars()).collect();
        let name = |job: JobId| {
            letters.iter().find(|letter| id(letter.to_ascii_lowercase()) == job).unwrap().to_ascii_lowercase()
        };
        let running: Vec<_> = running
            .chars()
            .map(|c| Running {
                job: id(c.to_ascii_lowercase()),
                priority: priority(c),
                slice_over: c.is_uppercase(),
            })
            .collect();
        let waiting: Vec<_> =
            waiting.chars().map(|c| Waiting { job: id(c), priority: priority(c) }).collect();
        let moves = moves(rules, &running, &waiting).into_iter().map(|step| match step {
            Move::Start(job) => format!("+{}", name(job)),
            Move::EndSlice(job) => format!("/{}", name(job)),
            Move::Preempt(job) => format!("-{}", name(job)),
        });
        moves.collect::<Vec<_>>().join(" ")
    }

    const OURS: Rules = Rules { background_jobs: 2, do_scheduling: false };
    const STRICT: Rules = Rules { background_jobs: 1, do_scheduling: false };
    const DO: Rules = Rules { background_jobs: 3, do_scheduling: true };

    #[test]
    fn all_foreground_jobs_run_beside_the_background() {
        assert_eq!(play(STRICT, "n", "fg"), "+f +g");
        assert_eq!(play(STRICT, "f", "gn"), "+g +n");
    }

    #[test]
    fn the_highest_background_level_runs_alone_and_in_order() {
        assert_eq!(play(OURS, "", "nhlij"), "+h +i");
        assert_eq!(play(OURS, "", "nol"), "+n +o");
        assert_eq!(play(OURS, "n", "l"), "");
    }

    #[test]
    fn lower_levels_give_way() {
        assert_eq!(play(OURS, "no", "h"), "-n -o +h");
        assert_eq!(play(OURS, "hn", ""), "-n");
        assert_eq!(play(STRICT, "l", "f"), "+f");
    }

    #[test]
    fn more_jobs_than_slots_give_way() {
        assert_eq!(play(STRICT, "no", ""), "-o");
        assert_eq!(play(STRICT, "NO", "p"), "-o /n +p");
        assert_eq!(play(OURS, "nopl", ""), "-l -p");
        assert_eq!(play(STRICT, "fgn", ""), "");
    }

    #[test]
    fn a_slice_ends_only_when_somebody_of_the_level_waits() {
        assert_eq!(play(STRICT, "N", "o"), "/n +o");
        assert_eq!(play(STRICT, "N", ""), "");
        assert_eq!(play(STRICT, "N", "l"), "");
        assert_eq!(play(STRICT, "n", "o"), "");
        assert_eq!(play(OURS, "NO", "p"), "/n +p");
        assert_eq!(play(OURS, "N", "op"), "+o /n +p");
    }

    #[test]
    fn delivery_optimization_treats_background_levels_alike() {
        assert_eq!(play(DO, "l", "nhi"), "+n +h");
        assert_eq!(play(DO, "lnh", "i"), "");
    }
}
