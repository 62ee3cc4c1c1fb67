//! Output: which segments leave now (RFC 9293 §3.8.6, RFC 1122 §4.2.3.4), and how one is put together.
//!
//! Absent on purpose: pacing, corking, and segmentation offload (a frame on the link is a segment).

use std::sync::Arc;

use crate::context::Context;
use crate::internet::{Carriage, Internet};
use crate::layer::{Layer, Protocol};
use crate::time::Instant;
use crate::trace::TcpState;
use crate::wire::ipv4::PROTOCOL_TCP;
use crate::wire::tcp::{Flags, Repr};
use crate::wire::tcp_option::Options;

use super::tcb::Sent;
use super::{Seq, Tcb};

impl Tcb {
    /// Takes bytes of the program, beginning at byte `from` of its write, into the send buffer, as many as fit, and
    /// sends what may be sent.
    pub(crate) fn write(&mut self, bytes: &Arc<[u8]>, from: usize, net: &mut Internet, ctx: &mut Context<'_>) -> usize {
        let taken = (bytes.len() - from).min(self.writable());
        if taken > 0 {
            self.send.write(bytes, (from, taken), self.nxt);
            self.output(net, ctx);
        }
        taken
    }

    /// Sends what the windows allow: first again what was lost, then what is new.
    pub(super) fn output(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if !self.is_synchronized() {
            return;
        }
        self.restart_after_idle(ctx.now);
        self.send_lost_again(net, ctx);
        let mut held_back = false;
        while let Some((length, fin)) = self.next_segment() {
            if self.in_flight() >= self.congestion.window {
                held_back = true;
                break;
            }
            self.send_new(length, fin, net, ctx);
        }
        self.note_use_of_window(held_back);
        self.arm_probe(ctx.now);
    }

    fn send_lost_again(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        while self.recovery.has_lost() && self.in_flight() < self.congestion.window {
            let Some(index) = self.flight.iter().position(|sent| sent.lost && !sent.resent) else { break };
            self.send_again(index, net, ctx);
        }
    }

    /// The next new segment that the peer's window and Nagle's rule let go: its length, and whether it is the FIN.
    fn next_segment(&self) -> Option<(u32, bool)> {
        let end = self.send.end();
        if self.nxt.after(end) {
            return None;
        }
        let unsent = end - self.nxt;
        let length = unsent.min(self.mss);
        // All of it must fit (RFC 9293 §3.8.6.2.1: no silly windows), the FIN too; the probe timer sends less.
        let right = self.una + self.wnd;
        let data_fits = (self.nxt + length).up_to(right);
        let fin_fits = (self.nxt + length).before(right);
        let fin = self.fin_queued && length == unsent && fin_fits;
        if !data_fits || (length == 0 && !fin) {
            return None;
        }
        let small = length < self.mss && !fin;
        if small && !self.settings.no_delay && self.has_small_in_flight() {
            return None;
        }
        Some((length, fin))
    }

    /// Minshall's variant of Nagle's rule, as on Linux: a small segment waits only for another small one.
    fn has_small_in_flight(&self) -> bool {
        !self.flight.is_empty() && self.small_end.after(self.una)
    }

    fn send_new(&mut self, length: u32, fin: bool, net: &mut Internet, ctx: &mut Context<'_>) {
        let seq = self.nxt;
        let end = seq + length + u32::from(fin);
        let idle = self.flight.is_empty();
        self.nxt = end;
        self.track(seq, end, (false, fin), ctx.now);
        self.recovery.count_new();
        if length > 0 && length < self.mss {
            self.small_end = end;
        }
        self.last_sent = ctx.now;
        self.transmit(seq, self.data_flags(seq + length, fin), length, net, ctx);
        if idle || self.timers.retransmission.is_none() {
            self.arm_retransmission(ctx.now);
        }
    }

    /// Remembers a segment until it is acknowledged.
    pub(super) fn track(&mut self, seq: Seq, end: Seq, (syn, fin): (bool, bool), at: Instant) {
        self.flight.push_back(Sent { seq, end, syn, fin, at, again: false, lost: false, resent: false });
    }

    pub(super) fn data_flags(&self, end_of_data: Seq, fin: bool) -> Flags {
        let mut flags = Flags::ACK;
        // RFC 9293 §3.9.1: the end of a write is pushed.
        if !fin && self.send.is_pushed(end_of_data) {
            flags |= Flags::PSH;
        }
        if fin {
            flags |= Flags::FIN;
        }
        flags
    }

    /// RFC 5681 §4.1: the window shrinks when nothing was sent for a time-out or longer.
    fn restart_after_idle(&mut self, now: Instant) {
        let rto = self.rtt.rto.as_nanos().max(1);
        let idle = self.idle_for(now).as_nanos();
        if self.flight.is_empty() && idle > rto && self.nxt.before(self.send.end()) {
            let pauses = u32::try_from(idle / rto).unwrap_or(u32::MAX);
            self.congestion.restart(pauses, self.parameters.initial_window);
        }
    }

    fn note_use_of_window(&mut self, held_back: bool) {
        let in_flight = self.flight.len() as u32;
        self.congestion.limited = held_back;
        self.congestion.most_in_flight = if in_flight == 0 { 0 } else { self.congestion.most_in_flight.max(in_flight) };
    }

    /// A bare ACK.
    pub(super) fn send_ack(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.transmit(self.nxt, Flags::ACK, 0, net, ctx);
    }

    /// Puts a segment together and sends it. The cause of what follows is left as it was.
    pub(super) fn transmit(&mut self, seq: Seq, flags: Flags, length: u32, net: &mut Internet, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let mut packet = ctx.pool.take();
        if length > 0 {
            self.send.copy(seq, packet.append(length as usize));
        }
        let repr = self.header(seq, flags, ctx.now);
        let header = repr.header_len();
        repr.emit(packet.prepend(header), self.local.ip(), self.peer.ip());
        ctx.encapsulated(Layer::Transport, Protocol::Tcp, packet.bytes(), header);
        let mut carriage = Carriage::of(self.local, self.peer, PROTOCOL_TCP, self.next_ip_id(flags));
        carriage.confirmed = core::mem::take(&mut self.heard);
        net.send(&carriage, packet, ctx);
        ctx.cause = cause;
        if flags.has(Flags::ACK) {
            self.ack_left();
        }
        if length > 0 {
            self.data_left(ctx.now);
        }
    }

    fn header(&mut self, seq: Seq, flags: Flags, now: Instant) -> Repr {
        let syn = flags.has(Flags::SYN);
        let mut options = if syn { self.syn_options() } else { Options::default() };
        if self.timestamps {
            let echo = if flags.has(Flags::ACK) { self.ts_recent } else { 0 };
            options.timestamps = Some((self.timestamp(now), echo));
        }
        Repr {
            source: self.local.port(),
            destination: self.peer.port(),
            seq: seq.0,
            ack: if flags.has(Flags::ACK) { self.rcv_nxt.0 } else { 0 },
            flags,
            window: self.advertise(syn),
            urgent: 0,
            options,
        }
    }

    /// Identifications count up for each socket; a SYN-ACK and a socket in TIME-WAIT send zero, as on Linux.
    fn next_ip_id(&mut self, flags: Flags) -> u16 {
        if flags.has(Flags::SYN | Flags::ACK) || self.state == TcpState::TimeWait {
            return 0;
        }
        self.ip_id = self.ip_id.wrapping_add(1);
        self.ip_id
    }
}
