//! Zero-window probes (RFC 9293 §3.8.6.1), as Linux sends them: a segment without data, one before what the peer
//! has, which it must answer. Keep-alive probes are the same segment.
//!
//! Absent on purpose: the RFC's probe of one byte beyond the window (Linux keeps the byte and probes behind the window).

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TimerKind;
use crate::wire::tcp::Flags;

use super::flight::Marks;
use super::{Tcb, tick};

impl Tcb {
    /// Something waits, nothing is in flight and nothing could be sent: only a probe can find a window that opened, or an end
    /// to Nagle's rule.
    pub(super) fn arm_probe(&mut self, now: Instant) {
        if !self.has_unsent() || !self.flight.is_empty() {
            self.timers.stop(TimerKind::Persist);
            self.probe_backoff = 0;
        } else if !self.timers.is_sending() {
            self.set_probe(now);
        }
    }

    fn set_probe(&mut self, now: Instant) {
        let factor = 1_u32.checked_shl(self.probe_backoff).unwrap_or(u32::MAX);
        let span = self.rtt.rto.max(self.parameters.rto_min).saturating_mul(factor).min(self.parameters.rto_max);
        let span = self.within_user_timeout(span, self.probing_since, now);
        self.timers.set(TimerKind::Persist, tick::expiry(now, span, self.parameters.tick));
    }

    /// An ACK came while nothing is in flight: the peer is alive, and the time to the next probe begins anew.
    pub(super) fn probe_answered(&mut self, now: Instant) {
        if !self.has_unsent() {
            return;
        }
        let length = (self.send.end() - self.nxt).min(self.mss);
        if self.fits_window(length) {
            self.probe_backoff = 0;
            self.probing_since = None;
            self.timers.stop(TimerKind::Persist);
        } else {
            self.set_probe(now);
        }
    }

    /// The persist timer went off (`tcp_probe_timer`).
    pub(super) fn probe_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.has_unsent() || !self.flight.is_empty() {
            return;
        }
        let since = *self.probing_since.get_or_insert(ctx.now);
        let probing = ctx.now.saturating_since(since);
        let out_of_time = self.settings.user_timeout.is_some_and(|limit| !probing.is_zero() && probing >= limit);
        let most = if self.orphan { self.parameters.orphan_probes } else { self.parameters.probes };
        if out_of_time || self.unanswered >= most {
            self.give_up(ctx);
            return;
        }
        self.wake_up(net, ctx);
        if self.flight.is_empty() {
            self.unanswered += 1;
            self.probe_backoff = (self.probe_backoff + 1).min(self.parameters.probes);
            self.set_probe(ctx.now);
        }
    }

    /// Makes the peer answer: with what fits its window, or with an old sequence number (`tcp_write_wakeup`).
    pub(super) fn wake_up(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let right = self.una + self.wnd;
        if self.nxt.before(self.send.end()) && right.after(self.nxt) {
            // A window too small for a whole segment: now it is used as it is (RFC 9293 §3.8.6.2.1 (4)).
            let length = (right - self.nxt).min(self.send.end() - self.nxt).min(self.current_mss());
            self.send_part(length, net, ctx);
        } else {
            self.transmit(self.una - 1, Flags::ACK, 0, net, ctx);
        }
    }

    fn send_part(&mut self, length: u32, net: &mut Internet, ctx: &mut Context<'_>) {
        let (seq, end) = (self.nxt, self.nxt + length);
        self.nxt = end;
        self.flight.push((seq, end), Marks::of(false, false), ctx.now, self.delivered);
        self.last_sent = ctx.now;
        self.transmit(seq, Flags::ACK | Flags::PSH, length, net, ctx);
        self.arm_retransmission(ctx.now);
    }

    /// `SO_KEEPALIVE` begins with the connection, or with the option.
    pub(super) fn begin_keep_alive(&mut self, now: Instant) {
        if self.settings.keep_alive {
            self.set_keep_alive(self.settings.keep_idle, now);
        } else {
            self.timers.stop(TimerKind::KeepAlive);
        }
    }

    fn set_keep_alive(&mut self, span: Duration, now: Instant) {
        self.timers.set(TimerKind::KeepAlive, tick::expiry(now, span, self.parameters.tick));
    }

    /// RFC 9293 §3.8.4, as Linux's `tcp_keepalive_timer`.
    pub(super) fn keep_alive_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.settings.keep_alive || !self.is_synchronized() {
            return;
        }
        let idle = self.settings.keep_idle;
        if !self.flight.is_empty() || self.has_unsent() {
            // Retransmission tells whether the peer is alive.
            self.set_keep_alive(idle, ctx.now);
            return;
        }
        let silent = ctx.now.saturating_since(self.heard_at.max(self.ack.last_data));
        if silent < idle {
            self.set_keep_alive(idle - silent, ctx.now);
            return;
        }
        let over = match self.settings.user_timeout {
            Some(limit) => silent >= limit && self.unanswered > 0,
            None => self.unanswered >= self.settings.keep_count,
        };
        if over {
            self.transmit(self.nxt, Flags::RST | Flags::ACK, 0, net, ctx);
            self.give_up(ctx);
            return;
        }
        self.wake_up(net, ctx);
        self.unanswered += 1;
        self.set_keep_alive(self.settings.keep_interval, ctx.now);
    }
}
