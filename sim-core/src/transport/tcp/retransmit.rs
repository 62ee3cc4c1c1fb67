//! Retransmission (RFC 6298 §5): the timer, sending again, and giving up.
//!
//! Absent on purpose: linear time-outs for thin streams (`tcp_thin_linear_timeouts` is off on Linux).

use core::time::Duration;

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::{TcpEvent, TcpState, TimerKind};

use super::flight::Marks;
use super::recovery::Repair;
use super::{Tcb, tick};

impl Tcb {
    /// The time-out begins now.
    pub(super) fn arm_retransmission(&mut self, now: Instant) {
        self.arm_retransmission_in(self.rtt.rto, now);
    }

    fn arm_retransmission_in(&mut self, span: Duration, now: Instant) {
        let deadline = tick::expiry(now, span, self.parameters.tick);
        self.timers.set(TimerKind::Retransmission, deadline);
    }

    /// What is left of the first segment's time-out.
    pub(super) fn retransmission_left(&self, now: Instant) -> Duration {
        self.flight.first().map_or(Duration::ZERO, |first| (first.at + self.rtt.rto).saturating_since(now))
    }

    /// RFC 6298 §5.2, §5.3 (`tcp_rearm_rto`). `elapsed`: a probe or the reordering timer ran meanwhile, so the time
    /// since the first segment left counts.
    pub(super) fn rearm_retransmission(&mut self, elapsed: bool, now: Instant) {
        let probing = self.timers.is_set(TimerKind::LossProbe) || self.timers.is_set(TimerKind::Reordering);
        if self.flight.is_empty() {
            self.timers.stop_sending();
        } else if elapsed || probing {
            let left = self.retransmission_left(now).max(Duration::from_micros(1));
            self.arm_retransmission_in(left, now);
        } else {
            self.arm_retransmission(now);
        }
    }

    /// After progress: a tail loss probe, or the time-out.
    pub(super) fn set_sending_timer(&mut self, now: Instant) {
        if !self.schedule_probe(true, now) {
            self.rearm_retransmission(false, now);
        }
    }

    /// Does what an ACK asked for (`tcp_xmit_recovery`).
    pub(super) fn repair(&mut self, repair: Repair, net: &mut Internet, ctx: &mut Context<'_>) {
        match repair {
            Repair::Nothing => {}
            Repair::Lost => self.send_lost(net, ctx),
            Repair::New => {
                self.send_whatever_fits(net, ctx);
                if self.nxt.up_to(self.recovery.point) {
                    self.recovery.suspect = false;
                    self.send_lost(net, ctx);
                }
            }
        }
    }

    /// Sends again what is lost, as the window allows (`tcp_xmit_retransmit_queue`).
    pub(super) fn send_lost(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let mut first = false;
        while self.in_flight() < self.congestion.window
            && let Some(index) = self.flight.next_lost()
        {
            if !self.send_again(index, net, ctx) {
                break;
            }
            first |= index == 0;
        }
        if first && !self.timers.is_set(TimerKind::Reordering) {
            self.arm_retransmission(ctx.now);
        }
    }

    /// Sends a lost segment again, and remembers that.
    fn send_again(&mut self, index: usize, net: &mut Internet, ctx: &mut Context<'_>) -> bool {
        if !self.transmit_again(index, net, ctx) {
            return false;
        }
        self.flight.mark_resent(index);
        self.recovery.count_sent(1);
        self.recovery.resent_at.get_or_insert(ctx.now);
        self.recovery.undo_left = Some(self.recovery.undo_left.unwrap_or(0) + 1);
        true
    }

    /// Sends a segment of the flight again, cut to the MSS of today. Not when the peer's window shrank away from it.
    pub(super) fn transmit_again(&mut self, index: usize, net: &mut Internet, ctx: &mut Context<'_>) -> bool {
        let Some(sent) = self.flight.get(index).copied() else { return false };
        let shrunk = !sent.seq.before(self.una + self.wnd) && sent.seq != self.una;
        if shrunk && !sent.is(Marks::SYN) {
            return false;
        }
        if sent.length() > self.mss {
            self.flight.cut(index, sent.seq + self.mss);
        }
        self.flight.touch(index, ctx.now, self.delivered);
        self.retransmitted = self.retransmitted.wrapping_add(1);
        let Some(sent) = self.flight.get(index).copied() else { return false };
        if sent.is(Marks::SYN) {
            self.transmit_syn(net, ctx);
            return true;
        }
        let fin = sent.is(Marks::FIN);
        let flags = self.data_flags((sent.seq, sent.length()), fin);
        self.last_sent = ctx.now;
        self.counts.bytes_again += u64::from(sent.length());
        self.transmit(sent.seq, flags, sent.length(), net, ctx);
        true
    }

    /// The retransmission timer went off (`tcp_retransmit_timer`).
    pub(super) fn retransmission_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.flight.is_empty() {
            return;
        }
        if self.is_hopeless(ctx.now) {
            self.give_up(ctx);
            return;
        }
        if self.state == TcpState::SynReceived {
            self.retries += 1;
            self.rtt.back_off(&self.parameters);
            self.transmit_again(0, net, ctx);
            self.arm_retransmission(ctx.now);
            return;
        }
        self.enter_loss(ctx.now);
        self.retries += 1;
        self.send_again(0, net, ctx);
        let linear = self.state == TcpState::SynSent && self.retries <= self.parameters.syn_linear_timeouts;
        if !linear {
            self.rtt.back_off(&self.parameters);
        }
        let span = self.within_user_timeout(self.rtt.rto, self.recovery.resent_at, ctx.now);
        self.arm_retransmission_in(span, ctx.now);
    }

    /// RFC 9293 §3.8.3: R2 is reached; or the user's time-out (RFC 5482).
    fn is_hopeless(&self, now: Instant) -> bool {
        let parameters = &self.parameters;
        let since = |span: Duration| self.recovery.resent_at.is_some_and(|at| now.saturating_since(at) >= span);
        match self.state {
            TcpState::SynReceived => self.retries >= parameters.synack_retries,
            _ if self.retries == 0 => false,
            // A peer that has closed its window and answers is alive (`tcp_rtx_probe0_timed_out`).
            _ if self.is_synchronized() && self.wnd == 0 && !self.orphan => {
                now.saturating_since(self.heard_at) > 2 * parameters.rto_max
            }
            _ if self.settings.user_timeout.is_some_and(since) => true,
            TcpState::SynSent => self.retries >= parameters.syn_retries,
            _ => since(if self.orphan { parameters.give_up_orphan } else { parameters.give_up }),
        }
    }

    /// A time-out is not longer than what is left of the user's (`tcp_clamp_rto_to_user_timeout`).
    pub(super) fn within_user_timeout(&self, span: Duration, began: Option<Instant>, now: Instant) -> Duration {
        match (self.settings.user_timeout, began) {
            (Some(limit), Some(began)) => {
                let left = limit.saturating_sub(now.saturating_since(began));
                span.min(left.max(self.parameters.tick))
            }
            _ => span,
        }
    }

    pub(super) fn give_up(&mut self, ctx: &mut Context<'_>) {
        // RFC 1122 §4.2.3.9: what ICMP said of the path is the better explanation.
        let error = self.soft_error.take().unwrap_or(Errno::ETIMEDOUT);
        self.fail(error, TcpEvent::TimedOut, ctx);
    }
}
