//! Congestion control: how many segments may be in flight. In integers, so that native and wasm agree.
//!
//! What Linux has for all algorithms is here: slow start, whether the window is used at all, and what a pause does to
//! it. What happens on loss is in `recovery`.
//!
//! Absent on purpose: BBR (it needs pacing and delivery-rate samples).

use core::time::Duration;

use crate::program::CongestionControl;
use crate::time::Instant;

use super::cubic::{Cubic, Delay};
use super::{Parameters, Seq, tick};

/// `TCP_CONGESTION`: an algorithm's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RFC 5681, RFC 6582.
    Reno,
    /// RFC 9438 with HyStart, as on Linux.
    Cubic,
}

impl Algorithm {
    /// The algorithm that a program asks for, where there is such a one.
    pub(crate) fn of(control: CongestionControl) -> Option<Algorithm> {
        match control {
            CongestionControl::Reno => Some(Algorithm::Reno),
            CongestionControl::Cubic => Some(Algorithm::Cubic),
            CongestionControl::Bbr => None,
        }
    }
}

impl From<Algorithm> for CongestionControl {
    fn from(algorithm: Algorithm) -> CongestionControl {
        match algorithm {
            Algorithm::Reno => CongestionControl::Reno,
            Algorithm::Cubic => CongestionControl::Cubic,
        }
    }
}

/// How the window grows, and how far it shrinks.
#[derive(Clone, Debug)]
enum Control {
    Reno,
    Cubic(Cubic),
}

/// "No loss yet": slow start has no end.
pub(super) const INFINITE: u32 = 0x7fff_ffff;

#[derive(Clone, Debug)]
pub(super) struct Congestion {
    control: Control,
    /// Congestion window, in segments.
    pub(super) window: u32,
    /// Slow-start threshold, in segments; [`INFINITE`] before the first loss.
    pub(super) threshold: u32,
    /// Segments acknowledged since the window last grew by one.
    counted: u32,
    /// The window, not the peer or the program, was what held output back.
    limited: bool,
    /// Most segments in flight since `usage_from`, when the window held nothing back.
    most_out: u32,
    usage_until: Seq,
    /// Most segments in flight since the window was last used to the full.
    used: u32,
    /// When it was.
    stamp: Instant,
}

impl Congestion {
    pub(super) fn new(algorithm: Algorithm, parameters: &Parameters) -> Congestion {
        Congestion {
            control: Control::of(algorithm),
            window: parameters.initial_window,
            threshold: INFINITE,
            counted: 0,
            limited: false,
            most_out: 0,
            usage_until: Seq(0),
            used: 0,
            stamp: Instant::ZERO,
        }
    }

    /// Another algorithm takes over, with the window as it is.
    pub(super) fn choose(&mut self, algorithm: Algorithm) {
        if self.algorithm() != algorithm {
            self.control = Control::of(algorithm);
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self.control {
            Control::Reno => Algorithm::Reno,
            Control::Cubic(_) => Algorithm::Cubic,
        }
    }

    pub(super) fn in_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// RFC 7661 in spirit (`tcp_is_cwnd_limited`): a window that was not used does not grow.
    fn is_used(&self) -> bool {
        self.limited || (self.in_slow_start() && self.window < 2 * self.most_out)
    }

    /// So many segments were acknowledged, and nothing is wrong.
    pub(super) fn grow(&mut self, acknowledged: u32, now: Instant, tick: Duration) {
        if !self.is_used() {
            return;
        }
        let rest = self.slow_start(acknowledged);
        if rest == 0 {
            return;
        }
        let per_step = match &mut self.control {
            Control::Reno => self.window,
            Control::Cubic(cubic) => cubic.update(self.window, rest, tick::number(now, tick), tick),
        };
        self.avoid(per_step, rest);
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

    /// One segment more for each `per_step` that are acknowledged.
    fn avoid(&mut self, per_step: u32, acknowledged: u32) {
        // What was counted when steps were longer is used gently.
        if self.counted >= per_step {
            self.counted = 0;
            self.window += 1;
        }
        self.counted += acknowledged;
        if self.counted >= per_step {
            let steps = self.counted / per_step;
            self.counted -= steps * per_step;
            self.window += steps;
        }
    }

    /// The round-trip time of the newest segment that an ACK covers, for those that listen to it.
    pub(super) fn measured(&mut self, delay: &Delay, now: Instant, tick: Duration) {
        let (window, slow) = (self.window, self.in_slow_start());
        if let Control::Cubic(cubic) = &mut self.control
            && cubic.measured(delay, window, slow, tick::number(now, tick), tick)
        {
            self.threshold = window;
        }
    }

    /// A loss: the threshold that the window is to come down to.
    pub(super) fn reduced(&mut self) -> u32 {
        self.counted = 0;
        match &mut self.control {
            // RFC 5681 equation 4, of the window instead of the flight.
            Control::Reno => (self.window / 2).max(2),
            Control::Cubic(cubic) => cubic.reduced(self.window),
        }
    }

    /// A retransmission time-out: what was learnt of the path is void.
    pub(super) fn timed_out(&mut self, nxt: Seq, now: Instant) {
        if let Control::Cubic(cubic) = &mut self.control {
            *cubic = Cubic::new();
            cubic.begin_round(nxt, now);
        }
    }

    /// The connection stands.
    pub(super) fn begin(&mut self, nxt: Seq, now: Instant) {
        if let Control::Cubic(cubic) = &mut self.control {
            cubic.begin_round(nxt, now);
        }
    }

    /// Sending begins after nothing was in flight.
    pub(super) fn begins_to_send(&mut self, last_sent: Instant, now: Instant, tick: Duration) {
        if let Control::Cubic(cubic) = &mut self.control {
            cubic.idled(tick::number(last_sent, tick), tick::number(now, tick));
        }
    }

    /// The threshold as it would be remembered now (`tcp_current_ssthresh`).
    pub(super) fn remembered_threshold(&self) -> u32 {
        self.threshold.max(self.window / 2 + self.window / 4)
    }

    /// The window is set by what recovery found.
    pub(super) fn set_window(&mut self, window: u32, now: Instant) {
        self.window = window.max(1);
        self.stamp = now;
    }

    pub(super) fn clear_count(&mut self) {
        self.counted = 0;
    }

    /// RFC 5681 §4.1: after a pause the window is halved for each time-out that has passed, down to the initial one.
    pub(super) fn restart(&mut self, pause: Duration, rto: Duration, initial: u32, now: Instant) {
        self.threshold = self.remembered_threshold();
        let least = initial.min(self.window);
        let mut pause = pause.saturating_sub(rto);
        while !pause.is_zero() && self.window > least {
            self.window >>= 1;
            pause = pause.saturating_sub(rto);
        }
        self.window = self.window.max(least);
        self.stamp = now;
        self.used = 0;
    }

    /// After output: was the window what held it back? (`tcp_cwnd_validate`)
    pub(super) fn note_use(&mut self, held_back: bool, out: u32, (una, nxt): (Seq, Seq), now: Instant) {
        let over = !una.before(self.usage_until);
        if over || held_back || (!self.limited && out > self.most_out) {
            self.limited = held_back;
            self.most_out = out;
            self.usage_until = nxt;
        }
        if self.is_used() {
            self.used = 0;
            self.stamp = now;
        } else {
            self.used = self.used.max(out);
        }
    }

    /// RFC 7661 as Linux has it: a window that was not used for a time-out comes down halfway to what was used.
    pub(super) fn decay_unused(&mut self, open: bool, rto: Duration, initial: u32, now: Instant) {
        if self.is_used() || now.saturating_since(self.stamp) < rto {
            return;
        }
        if open {
            let used = self.used.max(initial);
            if used < self.window {
                self.threshold = self.remembered_threshold();
                self.window = u32::midpoint(self.window, used);
            }
            self.used = 0;
        }
        self.stamp = now;
    }
}

impl Control {
    fn of(algorithm: Algorithm) -> Control {
        match algorithm {
            Algorithm::Reno => Control::Reno,
            Algorithm::Cubic => Control::Cubic(Cubic::new()),
        }
    }
}
