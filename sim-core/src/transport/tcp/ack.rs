//! When to acknowledge (RFC 9293 §3.8.6.3), as Linux does: at once while a connection is young or one-sided ("quick"),
//! delayed when answers usually carry the acknowledgement ("ping-pong").
//!
//! Absent on purpose: ACK compression, and acknowledging several full segments at once as offloads make it.

use core::time::Duration;
use std::sync::Arc;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;

use super::Tcb;

/// What a small segment's sender is taken for, at least (`TCP_MIN_MSS`-like floor of Linux's estimate).
const LEAST_MSS: u32 = 536;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AckState {
    /// Something has arrived that is not acknowledged.
    pub(super) scheduled: bool,
    /// It must be acknowledged at once.
    pub(super) now: bool,
    /// So many more are acknowledged at once.
    quick: u32,
    /// Data is usually answered with data.
    ping_pong: bool,
    /// How long to delay; zero before the first data.
    delay: Duration,
    /// When data last arrived (or the connection began).
    pub(super) last_data: Instant,
    /// The peer's segment size, as seen.
    largest: u32,
    /// Small segments since the last acknowledgement: each is probably the end of a write.
    small: u32,
}

impl AckState {
    pub(super) fn enter_quick(&mut self, acknowledgements: u32) {
        self.quick = self.quick.max(acknowledgements);
        self.ping_pong = false;
    }

    pub(super) fn enter_ping_pong(&mut self) {
        self.ping_pong = true;
    }

    fn is_quick(&self) -> bool {
        self.quick > 0 && !self.ping_pong
    }
}

impl Tcb {
    /// How many acknowledgements are sent at once: enough for half the window (Linux's `tcp_incr_quickack`).
    pub(super) fn quick_acks(&self) -> u32 {
        let segments = self.rcv_wnd / (2 * self.ack.largest.max(LEAST_MSS));
        segments.max(2).min(self.parameters.quick_acks)
    }

    /// Data arrived (Linux's `tcp_event_data_recv`).
    pub(super) fn data_arrived(&mut self, length: u32, now: Instant) {
        let shortest = self.parameters.ack_delay;
        self.ack.scheduled = true;
        self.ack.largest = self.ack.largest.max(length);
        if length < self.ack.largest.max(LEAST_MSS) {
            self.ack.small += 1;
        }
        let since = now.saturating_since(self.ack.last_data);
        if self.ack.delay.is_zero() {
            self.ack.quick = self.ack.quick.max(self.quick_acks());
            self.ack.delay = shortest;
        } else if since <= shortest / 2 {
            self.ack.delay = self.ack.delay / 2 + shortest / 2;
        } else if since < self.ack.delay {
            self.ack.delay = (self.ack.delay / 2 + since).min(self.rtt.rto);
        } else if since > self.rtt.rto {
            // A pause so long that the sender starts slowly again: it needs its acknowledgements.
            self.ack.quick = self.ack.quick.max(self.quick_acks());
        }
        self.ack.last_data = now;
    }

    /// After a segment: acknowledges it now, or later (Linux's `__tcp_ack_snd_check`).
    pub(super) fn acknowledge_if_due(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.ack.scheduled && !self.ack.now {
            return;
        }
        let unacknowledged = self.rcv_nxt - self.rcv_wup;
        let second = unacknowledged > self.ack.largest.max(LEAST_MSS) && self.window_to_advertise() >= self.rcv_wnd;
        if second || self.ack.is_quick() || self.ack.now || !self.reassembly.is_empty() {
            self.send_ack(net, ctx);
        } else {
            self.delay_ack(ctx.now);
        }
    }

    /// Linux's `tcp_send_delayed_ack`.
    fn delay_ack(&mut self, now: Instant) {
        let shortest = self.parameters.ack_delay;
        let rtt = self.rtt.smoothed();
        let mut longest = self.parameters.ack_delay_max;
        if !rtt.is_zero() {
            longest = longest.min(rtt.max(shortest));
        }
        let deadline = now + self.ack.delay.max(shortest).min(longest);
        let earlier = self.timers.delayed_ack.filter(|pending| *pending < deadline);
        self.timers.delayed_ack = earlier.or(Some(deadline));
    }

    /// The delayed acknowledgement is due.
    pub(super) fn delayed_ack_timeout(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.ack.scheduled {
            return;
        }
        if self.ack.ping_pong {
            // No answer came to carry it: the conversation is one-sided.
            self.ack.ping_pong = false;
            self.ack.delay = self.parameters.ack_delay;
        } else {
            self.ack.delay = (self.ack.delay * 2).min(self.rtt.rto);
        }
        self.send_ack(net, ctx);
    }

    /// A segment with an acknowledgement left.
    pub(super) fn ack_left(&mut self) {
        if self.ack.scheduled {
            self.ack.quick = self.ack.quick.saturating_sub(1);
        }
        self.ack.scheduled = false;
        self.ack.now = false;
        self.ack.small = 0;
        self.timers.delayed_ack = None;
    }

    /// A segment with data left (Linux's `tcp_event_data_sent`): soon after data, it is an answer.
    pub(super) fn data_left(&mut self, now: Instant) {
        if now.saturating_since(self.ack.last_data) < self.ack.delay {
            self.ack.ping_pong = true;
        }
    }

    /// The program read (Linux's `tcp_cleanup_rbuf`): an acknowledgement may be due, or a window worth telling.
    fn after_read(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let unacknowledged = self.rcv_nxt - self.rcv_wup;
        let ended = self.ack.small > 1 || (self.ack.small == 1 && !self.ack.ping_pong);
        let drained = self.received.is_empty() && ended;
        let due = self.ack.scheduled && (unacknowledged > self.ack.largest.max(LEAST_MSS) || drained);
        if due || self.window_opened() {
            self.send_ack(net, ctx);
        }
    }

    /// RFC 9293 §3.8.6.2.2 as Linux does it: a window is told when it has at least doubled.
    fn window_opened(&self) -> bool {
        if self.peer_finished {
            return false;
        }
        let known = self.receive_window();
        let new = self.window_to_advertise();
        2 * known <= self.rcv_limit && new > 0 && new >= 2 * known
    }

    /// Gives the program bytes that have arrived.
    pub(crate) fn read(&mut self, max: usize, net: &mut Internet, ctx: &mut Context<'_>) -> Arc<[u8]> {
        let bytes = self.take_received(max);
        if !bytes.is_empty() && self.is_synchronized() {
            self.after_read(net, ctx);
        }
        bytes
    }
}
