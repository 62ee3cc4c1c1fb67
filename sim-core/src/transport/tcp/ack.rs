//! When to acknowledge (RFC 9293 §3.8.6.3), as Linux does: at once while a connection is young, grows or is one-sided
//! ("quick"), delayed when answers usually carry the acknowledgement ("ping-pong"), and compressed when a lot comes
//! out of order.
//!
//! Absent on purpose: acknowledging several segments at once as receive offload makes it.

use core::time::Duration;
use std::sync::Arc;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TimerKind;

use super::{Segment, Seq, Tcb, memory, tick};

/// The peer's segment size before one has been seen (RFC 9293 §3.7.1), and the least that is believed.
const FIRST_LARGEST: u32 = 536;
const LEAST_LARGEST: u32 = 88;
/// Header of a segment without options.
const HEADER: u32 = 20;
/// Segments smaller than this do not make the window grow.
const SMALL: u32 = 128;
/// Duplicate ACKs that leave at once, before others are compressed (RFC 5681 §3.2).
const AT_ONCE: u32 = 3;
/// ACKs that one compressed ACK stands for, at most (`tcp_comp_sack_nr`), and the longest that it waits.
const COMPRESSED: u32 = 44;
const COMPRESSED_WAIT: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug)]
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
    pub(super) delay: Duration,
    /// When data last arrived (or the connection began).
    pub(super) last_data: Instant,
    /// The peer's segment size, as seen; and the last that was smaller.
    largest: u32,
    last_smaller: u32,
    /// Ends of writes since the last acknowledgement, up to two.
    pushed: u32,
    /// ACKs of what is out of order: for which `rcv_nxt`, sent at once, and held back.
    out_of_order: (Seq, u32),
    compressed: u32,
}

impl Default for AckState {
    fn default() -> AckState {
        AckState {
            scheduled: false,
            now: false,
            quick: 0,
            ping_pong: false,
            delay: Duration::ZERO,
            last_data: Instant::ZERO,
            largest: FIRST_LARGEST,
            last_smaller: 0,
            pushed: 0,
            out_of_order: (Seq(0), 0),
            compressed: 0,
        }
    }
}

impl AckState {
    /// The connection stands (`tcp_initialize_rcv_mss`).
    pub(super) fn begin(&mut self, mss: u32, window: u32, now: Instant) {
        self.largest = mss.min(window / 2).clamp(LEAST_LARGEST, FIRST_LARGEST);
        self.last_data = now;
    }

    pub(super) fn largest(&self) -> u32 {
        self.largest
    }

    pub(super) fn set_ping_pong(&mut self, on: bool) {
        self.ping_pong = on;
    }

    pub(super) fn stop_quick(&mut self) {
        self.quick = 0;
    }

    fn is_quick(&self) -> bool {
        self.quick > 0 && !self.ping_pong
    }

    /// The peer's segment size, by what arrives (`tcp_measure_rcv_mss`). Says whether it is a new one.
    fn measure(&mut self, segment: &Segment<'_>, (length, header): (u32, u32), mss: u32) -> bool {
        let last_smaller = core::mem::take(&mut self.last_smaller);
        let pushed = segment.is_pushed();
        if length >= self.largest {
            let news = length != self.largest;
            self.largest = length.min(mss);
            // A full segment may end a write just so, and its sender may wait.
            self.pushed = self.pushed.max(u32::from(pushed));
            return news;
        }
        let with_header = length + header;
        if with_header >= FIRST_LARGEST + HEADER || (with_header >= LEAST_LARGEST + HEADER && !pushed) {
            self.last_smaller = length;
            if length == last_smaller {
                self.largest = length;
                return false;
            }
        }
        self.pushed = (self.pushed + 1).min(2);
        false
    }
}

impl Tcb {
    /// How many acknowledgements are sent at once: enough for half the window (`tcp_incr_quickack`).
    fn more_quick(&mut self) {
        let segments = self.rcv_wnd / (2 * self.ack.largest);
        self.ack.quick = self.ack.quick.max(segments.max(2).min(self.parameters.quick_acks));
    }

    /// The peer has lost something, or thinks so: it needs to know quickly.
    pub(super) fn enter_quick(&mut self) {
        self.more_quick();
        self.ack.ping_pong = false;
        self.ack.delay = self.parameters.ack_delay;
    }

    /// Data arrived in order (`tcp_event_data_recv`).
    pub(super) fn data_arrived(&mut self, segment: &Segment<'_>, length: u32, now: Instant) {
        let shortest = self.parameters.ack_delay;
        self.ack.scheduled = true;
        let header = segment.header_len();
        if self.ack.measure(segment, (length, header), self.mss_offered()) {
            self.memory.learn_ratio(length);
        }
        self.memory.sample_window(self.rcv_nxt, self.rcv_wnd, now);
        let since = now.saturating_since(self.ack.last_data);
        if self.ack.delay.is_zero() {
            self.more_quick();
            self.ack.delay = shortest;
        } else if since <= shortest / 2 {
            self.ack.delay = self.ack.delay / 2 + shortest / 2;
        } else if since < self.ack.delay {
            self.ack.delay = (self.ack.delay / 2 + since).min(self.rtt.rto);
        } else if since > self.rtt.rto {
            // A pause so long that the sender starts slowly again: it needs its acknowledgements.
            self.more_quick();
        }
        self.ack.last_data = now;
        self.grow_window(length);
    }

    /// A window that grows is told at once, so that the sender can use it.
    pub(super) fn grow_window(&mut self, length: u32) {
        let sizes = (self.mss_offered(), self.ack.largest);
        if length >= SMALL && self.memory.grow(length, sizes, &self.parameters) {
            self.ack.quick |= 1;
        }
    }

    /// Without SACK the sender must see duplicate ACKs, whose windows do not change.
    pub(super) fn grow_window_out_of_order(&mut self, length: u32) {
        if self.sack {
            self.grow_window(length);
        }
    }

    /// After a segment: acknowledges it now, or later (`__tcp_ack_snd_check`).
    pub(super) fn acknowledge_if_due(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.ack.scheduled && !self.ack.now {
            return;
        }
        let second = self.rcv_nxt - self.rcv_wup > self.ack.largest && self.window_to_advertise() >= self.rcv_wnd;
        let quick = self.ack.is_quick() || !self.parameters.delays_acks;
        if second || quick || self.ack.now {
            self.send_ack(net, ctx);
        } else if self.reassembly.is_empty() {
            self.delay_ack(net, ctx);
        } else {
            self.compress_ack(net, ctx);
        }
    }

    /// Something is out of order: the first duplicate ACKs leave at once, others wait a little for one another.
    fn compress_ack(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.ack.out_of_order.0 != self.rcv_nxt {
            self.ack.out_of_order = (self.rcv_nxt, 0);
        }
        if !self.sack || self.ack.compressed >= COMPRESSED {
            self.send_ack(net, ctx);
        } else if self.ack.out_of_order.1 < AT_ONCE {
            self.ack.out_of_order.1 += 1;
            self.send_ack(net, ctx);
        } else {
            self.ack.compressed += 1;
            if !self.timers.is_set(TimerKind::AckCompression) {
                let sent = self.rtt.smoothed();
                let received = self.memory.rtt();
                let rtt = if sent.is_zero() { received } else { received.min(sent) };
                self.timers.set(TimerKind::AckCompression, ctx.now + (rtt / 20).min(COMPRESSED_WAIT));
            }
        }
    }

    /// The blocks change in a way that the peer should see each of: what was held back leaves first.
    pub(super) fn release_compressed(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.ack.compressed > 0 {
            self.send_ack(net, ctx);
        }
    }

    /// Linux's `tcp_send_delayed_ack`.
    fn delay_ack(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let parameters = &self.parameters;
        let shortest = parameters.ack_delay;
        let mut delay = self.ack.delay;
        if delay > shortest {
            let conversing = self.ack.ping_pong || self.ack.pushed > 0;
            let mut longest = if conversing { parameters.ack_delay_max } else { Duration::from_millis(500) };
            let rtt = self.rtt.smoothed();
            if !rtt.is_zero() {
                longest = longest.min(tick::round(rtt, parameters.tick).max(shortest));
            }
            delay = delay.min(longest);
        }
        // Shorter than the peer's least time-out, by a tick.
        delay = delay.min(parameters.ack_delay_max).min(parameters.rto_min - parameters.tick);
        let deadline = tick::expiry(ctx.now, delay, parameters.tick);
        match self.timers.get(TimerKind::DelayedAck) {
            Some(pending) if pending <= ctx.now + delay / 4 => self.send_ack(net, ctx),
            Some(pending) if pending < deadline => {}
            _ => self.timers.set(TimerKind::DelayedAck, deadline),
        }
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
        if self.ack.scheduled && self.ack.quick > 0 {
            self.ack.quick -= 1;
            if self.ack.quick == 0 {
                self.ack.delay = self.parameters.ack_delay;
            }
        }
        self.ack.scheduled = false;
        self.ack.now = false;
        self.ack.pushed = 0;
        self.ack.compressed = 0;
        self.timers.stop(TimerKind::DelayedAck);
        self.timers.stop(TimerKind::AckCompression);
    }

    /// A segment with data left (`tcp_event_data_sent`): soon after data, it is an answer.
    pub(super) fn data_left(&mut self, now: Instant) {
        if now.saturating_since(self.ack.last_data) < self.ack.delay {
            self.ack.ping_pong = true;
        }
    }

    /// The program read (`tcp_cleanup_rbuf`): an acknowledgement may be due, or a window worth telling.
    fn after_read(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let copied = self.rcv_nxt - self.received.len() as u32 - u32::from(self.peer_finished);
        self.memory.release(copied);
        let beyond = self.reassembly.end().map_or(0, |end| end - self.rcv_nxt);
        let unread = self.received.len() as u32;
        self.memory.adjust(copied, (unread, beyond), self.heard_at, &self.parameters);
        let ended = self.ack.pushed > 1 || (self.ack.pushed == 1 && !self.ack.ping_pong);
        let drained = self.received.is_empty() && ended;
        let due = self.ack.scheduled && (self.rcv_nxt - self.rcv_wup > self.ack.largest || drained);
        if due || self.window_opened() {
            self.send_ack(net, ctx);
        }
    }

    /// RFC 9293 §3.8.6.2.2 as Linux does it: a window is told when it has at least doubled.
    fn window_opened(&mut self) -> bool {
        let known = self.receive_window();
        if self.peer_finished || 2 * known > self.memory.clamp {
            return false;
        }
        let new = self.window_to_advertise();
        new > 0 && new >= 2 * known
    }

    /// Gives the program bytes that have arrived.
    pub(crate) fn read(&mut self, max: usize, net: &mut Internet, ctx: &mut Context<'_>) -> Arc<[u8]> {
        let bytes = self.take_received(max);
        if !bytes.is_empty() && self.is_synchronized() {
            self.after_read(net, ctx);
        }
        bytes
    }

    /// Bytes that are in order are kept for the program.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let length = bytes.len() as u32;
        self.rcv_nxt += length;
        self.counts.bytes_received += u64::from(length);
        if !self.read_shut {
            self.received.extend(bytes);
            self.memory.keep(self.rcv_nxt, length);
        }
    }

    /// What a segment costs out of order, alone and beside another.
    pub(super) fn charges(length: usize) -> (u32, u32) {
        (memory::charge(length as u32), memory::shared_charge(length as u32))
    }
}
