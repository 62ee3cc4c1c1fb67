//! How often something may happen: a token bucket that holds one second. Time is asked for when one is
//! taken, so nothing runs in between.

use std::time::Instant;

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
        let now = Instant::now();
        let rate = f64::from(self.rate);
        self.left = rate.min(self.left + (now - self.filled).as_secs_f64() * rate);
        self.filled = now;
        if self.left < 1.0 {
            return Err(self.rate);
        }
        self.left -= 1.0;
        Ok(())
    }
}
