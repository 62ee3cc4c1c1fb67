//! RACK (RFC 8985 §6): a segment is lost when one sent later has been delivered and enough time has passed for
//! reordering.
//!
//! Absent on purpose: a switch to turn it off (Linux has none any more).

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TimerKind;

use super::flight::{Marks, Sent};
use super::recovery::Phase;
use super::{Seq, Tcb, tick};

/// Recoveries for which an enlarged window is kept (RFC 8985 §6.2 step 4).
const PERSIST: u32 = 16;
/// Most quarters of a round trip to wait.
const MOST_STEPS: u32 = 255;

#[derive(Clone, Debug)]
pub(super) struct Rack {
    /// Of the segment sent last of those delivered: when it was sent, its end, its round-trip time.
    at: Instant,
    end: Seq,
    rtt: Duration,
    /// Something was delivered since losses were last looked for.
    pub(super) advanced: bool,
    /// The reordering window, in quarters of the least round-trip time, and for how many recoveries it stays.
    steps: u32,
    pub(super) persist: u32,
    duplicate_seen: bool,
    /// Segments that were delivered when the window was last enlarged.
    adjusted_at: u32,
}

impl Rack {
    pub(super) fn new() -> Rack {
        Rack {
            at: Instant::ZERO,
            end: Seq(0),
            rtt: Duration::ZERO,
            advanced: false,
            steps: 1,
            persist: 0,
            duplicate_seen: false,
            adjusted_at: 0,
        }
    }

    /// A retransmission was superfluous though nothing probed: reordering looked like loss.
    pub(super) fn note_duplicate(&mut self) {
        self.duplicate_seen = true;
    }

    /// RFC 8985 §6.2 step 4, once a round trip: `delivered_then` is the count when the newest delivered segment left.
    pub(super) fn adjust_window(&mut self, delivered_then: u32, delivered: u32) {
        if Seq(delivered_then).before(Seq(self.adjusted_at)) {
            self.duplicate_seen = false;
        }
        if core::mem::take(&mut self.duplicate_seen) {
            self.steps = (self.steps + 1).min(MOST_STEPS);
            self.adjusted_at = delivered;
            self.persist = PERSIST;
        } else if self.persist == 0 {
            self.steps = 1;
        }
    }

    /// An undone recovery tells that the window was too small.
    pub(super) fn keep_window(&mut self) {
        self.persist = (self.persist + 1).min(PERSIST);
    }

    fn is_sent_before(&self, sent: &Sent) -> bool {
        sent.at < self.at || (sent.at == self.at && sent.end.before(self.end))
    }
}

impl Tcb {
    /// A segment was delivered (RFC 8985 §6.2 steps 1 and 2).
    pub(super) fn rack_advance(&mut self, sent: &Sent, now: Instant) {
        let rtt = now.saturating_since(sent.at);
        let shortest = self.rtt.least().unwrap_or(Duration::MAX);
        // Too early to be the answer to the retransmission.
        if sent.is(Marks::AGAIN) && rtt < shortest {
            return;
        }
        self.rack.advanced = true;
        self.rack.rtt = rtt;
        if !self.rack.is_sent_before(sent) {
            (self.rack.at, self.rack.end) = (sent.at, sent.end);
        }
    }

    /// RFC 8985 §6.2 step 4: how long reordering may take.
    fn reordering_window(&self) -> Duration {
        if !self.recovery.has_reordering() {
            let evident = self.flight.sacked >= self.recovery.reordering;
            if self.recovery.phase >= Phase::Recovery || evident {
                return Duration::ZERO;
            }
        }
        let shortest = self.rtt.least().unwrap_or(Duration::ZERO);
        (shortest / 4 * self.rack.steps).min(self.rtt.smoothed())
    }

    /// How long to wait yet for a segment, when reordering may take so long.
    pub(super) fn rack_remaining(&self, sent: &Sent, window: Duration, now: Instant) -> Duration {
        (self.rack.rtt + window).saturating_sub(now.saturating_since(sent.at))
    }

    /// RFC 8985 §6.2 step 5. Says whether the reordering timer was set.
    pub(super) fn rack_mark_lost(&mut self, now: Instant) -> bool {
        if !core::mem::take(&mut self.rack.advanced) {
            return false;
        }
        let longest = self.rack_detect(now);
        if longest.is_zero() {
            return false;
        }
        let parameters = &self.parameters;
        let span = tick::round(longest + 2 * parameters.tick, parameters.tick).min(self.rtt.rto);
        self.timers.set(TimerKind::Reordering, tick::expiry(now, span, parameters.tick));
        true
    }

    /// Takes for lost what was sent so long before something delivered. Gives how long to wait for the rest.
    fn rack_detect(&mut self, now: Instant) -> Duration {
        let window = self.reordering_window();
        let mut longest = Duration::ZERO;
        let mut next = self.flight.oldest();
        while let Some(index) = next {
            let Some(sent) = self.flight.get(index).copied() else { break };
            next = self.flight.sent_after(index);
            // Marked by something else, and not sent again: nothing to watch.
            if sent.is(Marks::LOST) && !sent.is(Marks::RESENT) {
                continue;
            }
            if !self.rack.is_sent_before(&sent) {
                break;
            }
            let remaining = self.rack_remaining(&sent, window, now);
            if remaining.is_zero() {
                self.lose(index);
                self.flight.unwatch(index);
            } else {
                longest = longest.max(remaining);
            }
        }
        longest
    }

    /// The reordering timer went off: what has not come by now is lost (`tcp_rack_reo_timeout`).
    pub(super) fn reordering_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let before = self.flight.in_network();
        let lost = self.lost;
        self.rack_detect(ctx.now);
        if self.flight.in_network() != before {
            if self.recovery.phase != Phase::Recovery {
                self.enter_recovery();
                let losses = self.lost.wrapping_sub(lost);
                self.reduce_window(1, losses, false, ctx.now);
            }
            self.send_lost(net, ctx);
        }
        if !self.timers.is_set(TimerKind::Retransmission) {
            self.rearm_retransmission(true, ctx.now);
        }
    }
}
