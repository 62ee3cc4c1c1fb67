//! Playing: where on the strip the learner is, and how fast it runs.
//!
//! Absent on purpose: the clock. The browser says how much time has passed.

use super::film::FilmTime;

/// Film time that passes in a second of the learner's, as steps of the speed control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(usize);

/// Film milliseconds that pass in a second, from slow to fast.
const STEPS: [u32; 9] = [1, 2, 5, 10, 20, 50, 100, 500, 2000];

impl Speed {
    /// "1 s here = 20 ms".
    pub const DEFAULT: Speed = Speed(4);

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

    /// Film milliseconds that pass in a second.
    pub fn millis_per_second(self) -> u32 {
        STEPS[self.0]
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
        FilmTime(self.at.0 + millis * f64::from(self.speed.millis_per_second()) * 1e3)
    }
}
