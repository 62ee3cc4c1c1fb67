//! Zero-window probes (RFC 9293 §3.8.6.1), as Linux sends them: a segment without data, one before what the peer
//! has, which it must answer.
//!
//! Absent on purpose: the RFC's probe of one byte beyond the window (Linux keeps the byte and probes behind the window).

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::wire::tcp::Flags;

use super::Tcb;

impl Tcb {
    /// Something waits, nothing is in flight and nothing could be sent: only a probe can find a window that opened.
    pub(super) fn arm_probe(&mut self, now: Instant) {
        let waits = self.nxt.before(self.send.end()) || (self.fin_queued && self.nxt == self.send.end());
        if !waits || !self.flight.is_empty() {
            self.timers.persist = None;
            self.probe_backoff = 0;
        } else if self.timers.persist.is_none() {
            self.timers.persist = Some(now + self.probe_interval());
        }
    }

    fn probe_interval(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.probe_backoff).unwrap_or(u32::MAX);
        self.rtt.rto.saturating_mul(factor).min(self.parameters.rto_max)
    }

    /// An ACK came: the peer is alive, and the time to the next probe begins anew.
    pub(super) fn probe_answered(&mut self, now: Instant) {
        self.probes = 0;
        if self.timers.persist.is_some() {
            self.timers.persist = Some(now + self.probe_interval());
        }
    }

    /// The persist timer went off.
    pub(super) fn probe_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.probes >= self.parameters.probes {
            self.give_up(ctx);
            return;
        }
        self.probes += 1;
        self.probe_backoff += 1;
        let right = self.una + self.wnd;
        if right.after(self.nxt) && self.nxt.before(self.send.end()) {
            // A window too small for a whole segment: now it is used as it is (RFC 9293 §3.8.6.2.1 (4)).
            let length = (right - self.nxt).min(self.send.end() - self.nxt).min(self.mss);
            self.send_part(length, net, ctx);
        } else {
            self.transmit(self.una - 1, Flags::ACK, 0, net, ctx);
            self.timers.persist = Some(ctx.now + self.probe_interval());
        }
    }

    fn send_part(&mut self, length: u32, net: &mut Internet, ctx: &mut Context<'_>) {
        let (seq, end) = (self.nxt, self.nxt + length);
        self.nxt = end;
        self.track(seq, end, (false, false), ctx.now);
        self.last_sent = ctx.now;
        self.transmit(seq, Flags::ACK | Flags::PSH, length, net, ctx);
        self.arm_retransmission(ctx.now);
        self.arm_probe(ctx.now);
    }
}
