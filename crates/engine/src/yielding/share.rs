//! One window shared by several connections.

/// What a connection makes of its share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// The most it could use now.
    pub(super) demand: f64,
    /// The least that lets it work well.
    pub(super) floor: f64,
}

/// Divides `window` fairly: nobody gets more than he could use while another could use it (max-min), and what nobody
/// claims is spread evenly, so that a connection that wakes up finds room.
///
/// Where the window is smaller than all floors together, only so many connections as it carries get a share, and
/// the others [`PARKED`]: eight connections at the floor of two segments each would be a flow of sixteen. Which
/// ones moves on with `turn`.
pub(super) fn share(window: f64, claims: &[Claim], turn: usize) -> Vec<f64> {
    let count = claims.len();
    let floor = claims.iter().map(|claim| claim.floor).fold(0.0, f64::max);
    if count == 0 {
        return Vec::new();
    }
    let carried = if floor > 0.0 { (window / floor).floor().max(1.0) } else { count as f64 };
    if carried < count as f64 {
        let carried = carried as usize;
        let place = |index: usize| (index + count - turn % count) % count;
        let each = (window / carried as f64).max(floor);
        return (0..count).map(|index| if place(index) < carried { each } else { PARKED }).collect();
    }
    fill(window, claims)
}

/// Max-min: the smallest demands are met first, the rest is divided among the others.
fn fill(window: f64, claims: &[Claim]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|&a, &b| claims[a].demand.total_cmp(&claims[b].demand));
    let mut shares = vec![0.0; claims.len()];
    let mut left = window;
    for (met, &index) in order.iter().enumerate() {
        let even = left / (claims.len() - met) as f64;
        let share = claims[index].demand.max(claims[index].floor).min(even);
        shares[index] = share;
        left -= share;
    }
    let spare = left.max(0.0) / claims.len() as f64;
    shares.iter().map(|share| share + spare).collect()
}

/// As little as can be asked for: kernels make it a little more (Linux about 1,150 bytes), which is less than a
/// segment, so that the sender goes on at the pace of its probes, or at one segment a round trip.
pub(super) const PARKED: f64 = 1.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(demands: &[f64]) -> Vec<Claim> {
        demands.iter().map(|&demand| Claim { demand, floor: 2.0 }).collect()
    }

    #[test]
    fn alike_connections_get_alike_shares() {
        assert_eq!(share(80.0, &claims(&[40.0; 4]), 0), [20.0; 4]);
        assert_eq!(share(80.0, &[], 0), [0.0; 0]);
    }

    #[test]
    fn what_a_slow_one_cannot_use_the_others_get() {
        assert_eq!(share(80.0, &claims(&[5.0, 100.0, 100.0, 15.0]), 0), [5.0, 30.0, 30.0, 15.0]);
    }

    #[test]
    fn what_nobody_claims_is_spread() {
        assert_eq!(share(80.0, &claims(&[10.0, 30.0]), 0), [30.0, 50.0]);
    }

    #[test]
    fn a_small_window_goes_round() {
        let turns: Vec<_> = (0..4).map(|turn| share(4.0, &claims(&[9.0; 3]), turn)).collect();
        assert_eq!(turns[0], [2.0, 2.0, PARKED]);
        assert_eq!(turns[1], [PARKED, 2.0, 2.0]);
        assert_eq!(turns[2], [2.0, PARKED, 2.0]);
        assert_eq!(turns[3], turns[0]);
        assert_eq!(share(2.0, &claims(&[9.0; 3]), 1), [PARKED, 2.0, PARKED]);
    }
}
