//! Congestion control: how many segments may be in flight. In integers, so that native and wasm agree.
//!
//! Absent on purpose: algorithms other than Reno (RFC 5681); each will be one more [`Algorithm`]. What happens
//! on loss is in `recovery`, for all of them.

/// How the window grows, and how far it shrinks.
#[derive(Clone, Copy, Debug)]
enum Algorithm {
    Reno,
}

#[derive(Clone, Debug)]
pub(super) struct Congestion {
    algorithm: Algorithm,
    /// Congestion window, in segments.
    pub(super) window: u32,
    /// Slow-start threshold, in segments; `u32::MAX` before the first loss.
    pub(super) threshold: u32,
    /// Segments acknowledged since the window last grew by one.
    counted: u32,
    /// The window, not the peer or the program, was what held output back.
    pub(super) limited: bool,
    /// Most segments in flight of late.
    pub(super) most_in_flight: u32,
}

impl Congestion {
    pub(super) fn new(initial_window: u32) -> Congestion {
        Congestion {
            algorithm: Algorithm::Reno,
            window: initial_window,
            threshold: u32::MAX,
            counted: 0,
            limited: false,
            most_in_flight: 0,
        }
    }

    fn in_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// RFC 7661 in spirit, as Linux has it: a window that was not used does not grow.
    fn is_used(&self) -> bool {
        self.limited || (self.in_slow_start() && self.window < 2 * self.most_in_flight)
    }

    /// So many segments were acknowledged, and nothing is wrong.
    pub(super) fn grow(&mut self, acknowledged: u32) {
        if !self.is_used() {
            return;
        }
        match self.algorithm {
            Algorithm::Reno => {
                let rest = self.slow_start(acknowledged);
                self.avoid(rest);
            }
        }
    }

    /// RFC 5681 §3.1: one segment more for each that is acknowledged. Gives those beyond the threshold.
    fn slow_start(&mut self, acknowledged: u32) -> u32 {
        if !self.in_slow_start() {
            return acknowledged;
        }
        let grown = (self.window + acknowledged).min(self.threshold);
        let used = grown - self.window;
        self.window = grown;
        acknowledged - used
    }

    /// RFC 5681 §3.1: one segment more for each window that is acknowledged.
    fn avoid(&mut self, acknowledged: u32) {
        if acknowledged == 0 {
            return;
        }
        self.counted += acknowledged;
        if self.counted >= self.window {
            let steps = self.counted / self.window;
            self.counted -= steps * self.window;
            self.window += steps;
        }
    }

    /// The threshold after a loss (RFC 5681 equation 4; Linux halves the window, not the flight).
    pub(super) fn halve(&mut self) {
        self.threshold = match self.algorithm {
            Algorithm::Reno => (self.window / 2).max(2),
        };
        self.counted = 0;
    }

    /// RFC 5681 §4.1: after a pause of so many time-outs the window is halved for each, down to `initial`.
    pub(super) fn restart(&mut self, pauses: u32, initial: u32) {
        let restarted = self.window.checked_shr(pauses).unwrap_or(0).max(self.window.min(initial));
        // Linux remembers three quarters of the old window as the threshold (`tcp_current_ssthresh`).
        self.threshold = self.threshold.max(self.window / 2 + self.window / 4);
        self.window = restarted;
        self.counted = 0;
    }
}
