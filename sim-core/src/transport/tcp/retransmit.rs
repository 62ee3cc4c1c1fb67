//! Retransmission (RFC 6298 §5): the timer, sending again, and giving up.
//!
//! Absent on purpose: tail loss probes (RFC 8985 §7; Linux sends them only with SACK).

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::{TcpEvent, TcpState};

use super::Tcb;

impl Tcb {
    pub(super) fn arm_retransmission(&mut self, now: Instant) {
        self.timers.retransmission = Some(now + self.rtt.rto);
    }

    /// Sends a segment of the flight again.
    pub(super) fn send_again(&mut self, index: usize, net: &mut Internet, ctx: &mut Context<'_>) {
        let sent = &mut self.flight[index];
        sent.at = ctx.now;
        self.recovery.mark_resent(sent);
        let sent = *sent;
        if sent.syn {
            self.transmit_syn(net, ctx);
            return;
        }
        let length = (sent.end - sent.seq) - u32::from(sent.fin);
        let flags = self.data_flags(sent.seq + length, sent.fin);
        self.last_sent = ctx.now;
        self.transmit(sent.seq, flags, length, net, ctx);
    }

    /// The retransmission timer went off.
    pub(super) fn retransmission_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.flight.is_empty() {
            return;
        }
        if self.is_hopeless(ctx.now) {
            self.give_up(ctx);
            return;
        }
        self.retries += 1;
        self.retrying_since.get_or_insert(ctx.now);
        match self.state {
            TcpState::SynSent | TcpState::SynReceived => {
                if self.state == TcpState::SynReceived || self.retries > self.parameters.syn_linear_timeouts {
                    self.rtt.back_off(self.parameters);
                }
                if let Some(syn) = self.flight.front_mut() {
                    syn.again = true;
                }
                self.transmit_syn(net, ctx);
            }
            _ => {
                self.enter_loss();
                self.rtt.back_off(self.parameters);
                self.send_again(0, net, ctx);
            }
        }
        self.arm_retransmission(ctx.now);
    }

    /// RFC 9293 §3.8.3: R2 is reached.
    fn is_hopeless(&self, now: Instant) -> bool {
        match self.state {
            TcpState::SynSent => self.retries >= self.parameters.syn_retries,
            TcpState::SynReceived => self.retries >= self.parameters.synack_retries,
            _ => {
                let limit = if self.orphan { self.parameters.give_up_orphan } else { self.parameters.give_up };
                self.retrying_since.is_some_and(|since| now.saturating_since(since) >= limit)
            }
        }
    }

    pub(super) fn give_up(&mut self, ctx: &mut Context<'_>) {
        self.fail(Errno::ETIMEDOUT, TcpEvent::TimedOut, ctx);
    }
}
