//! What a link does to packets besides carrying them, by a seed: it loses, doubles and swaps them, swallows those that
//! are too large, or all of them without a word.

/// What happens on the way; nothing, by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Nothing comes through and nobody is told, as when a cable is pulled.
    pub(crate) swallows: bool,
    /// Of a hundred packets so many get lost.
    pub(crate) lost: u8,
    /// So many come twice.
    pub(crate) twice: u8,
    /// And so many come behind the next one.
    pub(crate) overtaken: u8,
    /// Packets from this port that are longer than this vanish.
    pub(crate) hole: Option<(u16, usize)>,
}

/// The weather of a link, and what came of it since it was set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sky {
    pub(crate) weather: Weather,
    pub(crate) met: Met,
}

/// How many packets met which fate: a fault that never happened proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    pub(crate) overtaken: u64,
}

impl Sky {
    /// What becomes of a packet of that length from that port, which is counted.
    pub(crate) fn meet(&mut self, dice: &mut Dice, length: usize, port: Option<u16>) -> Fate {
        let fate = self.weather.fate(dice, length, port);
        match fate {
            Fate::Lost => self.met.lost += 1,
            Fate::Once => {}
            Fate::Twice => self.met.twice += 1,
            Fate::Overtaken => self.met.overtaken += 1,
        }
        fate
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Lost,
    Once,
    Twice,
    Overtaken,
}

impl Weather {
    fn fate(&self, dice: &mut Dice, length: usize, port: Option<u16>) -> Fate {
        // The dice are thrown for each packet, so that one seed means the same packets in all weathers.
        let thrown = dice.throw();
        let in_hole = self.hole.is_some_and(|(of, longest)| port == Some(of) && length > longest);
        let lost = u32::from(self.lost);
        let twice = lost + u32::from(self.twice);
        let overtaken = twice + u32::from(self.overtaken);
        match thrown {
            _ if self.swallows || in_hole => Fate::Lost,
            _ if thrown < lost => Fate::Lost,
            _ if thrown < twice => Fate::Twice,
            _ if thrown < overtaken => Fate::Overtaken,
            _ => Fate::Once,
        }
    }
}

/// Numbers from 0 to 99 that a seed decides (SplitMix64).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn throw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % 100) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_meet_their_fates_as_often_as_the_weather_says_and_by_the_seed() {
        let weather = Weather { lost: 5, twice: 10, overtaken: 20, ..Weather::default() };
        let fates = |seed| {
            let mut dice = Dice(seed);
            (0..10_000).map(|_| weather.fate(&mut dice, 1_500, None)).collect::<Vec<_>>()
        };
        let of = |fate| fates(1).into_iter().filter(|met| *met == fate).count();
        assert!((400..600).contains(&of(Fate::Lost)), "{}", of(Fate::Lost));
        assert!((850..1_150).contains(&of(Fate::Twice)), "{}", of(Fate::Twice));
        assert!((1_850..2_150).contains(&of(Fate::Overtaken)), "{}", of(Fate::Overtaken));
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
    }

    #[test]
    fn a_hole_takes_large_packets_of_its_port_and_a_pulled_cable_all() {
        let hole = Weather { hole: Some((80, 1_000)), ..Weather::default() };
        let met = |weather: Weather, length, port| weather.fate(&mut Dice(0), length, port);
        assert_eq!(met(hole, 1_001, Some(80)), Fate::Lost);
        assert_eq!(met(hole, 1_000, Some(80)), Fate::Once);
        assert_eq!(met(hole, 1_001, Some(81)), Fate::Once);
        assert_eq!(met(hole, 1_001, None), Fate::Once);
        assert_eq!(met(Weather { swallows: true, ..Weather::default() }, 40, None), Fate::Lost);
    }
}
