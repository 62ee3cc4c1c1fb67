//! Tail loss probes (RFC 8985 §7): when the last segments of a flight may be lost, nothing that arrives tells; so the last
//! one is sent again, or something new, after two round trips.
//!
//! Absent on purpose: probes without SACK (as on Linux).

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TimerKind;

use super::acknowledge::Digest;
use super::recovery::Phase;
use super::{Tcb, tick};

impl Tcb {
    /// Sets the probe's timer, when a probe may be of use. `anew`: the retransmission time-out begins now, else it is
    /// the first segment's.
    pub(super) fn schedule_probe(&mut self, anew: bool, now: Instant) -> bool {
        let calm = matches!(self.recovery.phase, Phase::Open | Phase::Reduced);
        if self.flight.is_empty() || !self.sack || !calm {
            return false;
        }
        let parameters = &self.parameters;
        let span = self.probe_span();
        let left = if anew { self.rtt.rto } else { self.retransmission_left(now) };
        let span = if left.is_zero() { span } else { span.min(left) };
        self.timers.set(TimerKind::LossProbe, tick::expiry(now, span, parameters.tick));
        true
    }

    /// RFC 8985 §7.2: two round trips, and for a lone segment the time that its ACK may be delayed.
    fn probe_span(&self) -> Duration {
        let parameters = &self.parameters;
        match self.rtt.smoothed() {
            Duration::ZERO => parameters.initial_rto,
            _ => {
                let twice = Duration::from_micros(self.rtt.scaled() >> 2);
                let slack = if self.flight.len() == 1 { parameters.rto_min } else { 2 * parameters.tick };
                tick::round(twice + slack, parameters.tick)
            }
        }
    }

    /// The probe is due (RFC 8985 §7.3).
    pub(super) fn loss_probe_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.flight.is_empty() {
            return;
        }
        // One probe for each tail.
        if self.recovery.probed.is_none() && self.send_probe(net, ctx) {
            self.recovery.probed = Some(self.nxt);
            self.timers.stop_sending();
            self.rearm_retransmission(false, ctx.now);
        } else {
            self.rearm_retransmission(true, ctx.now);
        }
    }

    /// Something new, when there is some, else the last segment.
    fn send_probe(&mut self, net: &mut Internet, ctx: &mut Context<'_>) -> bool {
        self.recovery.probe_is_again = false;
        if self.send_probe_of_new_data(net, ctx) {
            return true;
        }
        let waits = self.nxt.before(self.send.end()) && self.fits_window(self.mss);
        let last = self.flight.len() as usize - 1;
        if waits || !self.transmit_again(last, net, ctx) {
            return false;
        }
        self.recovery.probe_is_again = true;
        true
    }

    /// RFC 8985 §7.4: what the answer to the probe tells.
    pub(super) fn probe_acknowledged(&mut self, digest: &Digest) {
        let Some(probed) = self.recovery.probed.filter(|probed| !self.una.before(*probed)) else { return };
        if !self.recovery.probe_is_again || digest.duplicate_probe {
            self.recovery.probed = None;
        } else if self.una.after(probed) {
            // The probe repaired a loss: the window comes down, as it would have in recovery.
            self.begin_reduction();
            self.set_phase(Phase::Reduced);
            self.end_reduction(digest.at);
            self.keep_open();
        } else if !digest.advanced && digest.is_bare() {
            // Both the original and the probe arrived.
            self.recovery.probed = None;
        }
    }
}
