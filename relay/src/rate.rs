//! How often something may happen: a token bucket that holds one second. Time is asked for when one is
//! taken, so nothing runs in between.

use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(86_400);

/// So many per second, and at most one second's worth at once.
pub(crate) struct Bucket {
    rate: u32,
    left: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, left: f64::from(rate), filled: Instant::now() }
    }

    /// Takes one, or says what the rate is.
    pub(crate) fn take(&mut self) -> Result<(), u32> {
        self.fill();
        if self.left < 1.0 {
            return Err(self.rate);
        }
        self.left -= 1.0;
        Ok(())
    }

    /// How long until there is one to take; nothing when there is.
    pub(crate) fn wait(&mut self) -> Duration {
        self.fill();
        let missing = (1.0 - self.left).max(0.0);
        // With a rate of 0 there is never one; a day is long enough to ask again.
        Duration::try_from_secs_f64(missing / f64::from(self.rate)).unwrap_or(LONGEST).min(LONGEST)
    }

    fn fill(&mut self) {
        let now = Instant::now();
        let rate = f64::from(self.rate);
        self.left = rate.min(self.left + (now - self.filled).as_secs_f64() * rate);
        self.filled = now;
    }
}
