//! Playing: where on the strip the learner is, and how fast it runs.
//!
//! Absent on purpose: the clock. The browser says how much time has passed.

use super::film::FilmTime;

/// Film time that passes in a second of the learner's, as steps of the speed control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(usize);

/// Film microseconds that pass in a second, from slow to fast: from a link inside of a rack to one over a satellite.
const STEPS: [u32; 15] =
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 2_000_000];

impl Speed {
    /// "1 s here = 20 ms".
    pub const DEFAULT: Speed = Speed(10);

    /// Every speed, from slow to fast.
    pub fn all() -> impl Iterator<Item = Speed> {
        (0..STEPS.len()).map(Speed)
    }

    /// Its place among all speeds.
    pub fn index(self) -> usize {
        self.0
    }

    /// The speed at this place, or the nearest.
    pub fn from_index(index: usize) -> Speed {
        Speed(index.min(STEPS.len() - 1))
    }

    /// Film nanoseconds that pass in a second.
    pub fn nanos_per_second(self) -> f64 {
        f64::from(STEPS[self.0]) * 1e3
    }

    /// The speed at which what takes so many nanoseconds is watched in half a second, or the nearest.
    pub fn to_watch(nanos: f64) -> Speed {
        Speed(STEPS.iter().position(|micros| f64::from(*micros) * 1e3 >= nanos * 2.0).unwrap_or(STEPS.len() - 1))
    }
}

/// The playing head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Player {
    /// Whether it moves.
    pub playing: bool,
    /// Where it is.
    pub at: FilmTime,
    /// How fast it moves.
    pub speed: Speed,
}

impl Default for Player {
    fn default() -> Self {
        Player { playing: false, at: FilmTime::default(), speed: Speed::DEFAULT }
    }
}

impl Player {
    /// Where the head would be after so many milliseconds of the learner's time.
    pub fn after(&self, millis: f64) -> FilmTime {
        FilmTime(self.at.0 + millis / 1e3 * self.speed.nanos_per_second())
    }
}
