//! How a segment is put together: header, options, and what leaving means for acknowledgements.
//!
//! Absent on purpose: deciding that it leaves (`send`, `retransmit`, `ack`, `probe`, `reset`).

use crate::context::Context;
use crate::internet::{Carriage, Internet};
use crate::layer::{Layer, Protocol};
use crate::time::Instant;
use crate::wire::ipv4::PROTOCOL_TCP;
use crate::wire::tcp::{Flags, Repr};
use crate::wire::tcp_option::Options;

use super::{Seq, Tcb};

/// Most SACK blocks beside timestamps, and without them: options are at most 40 bytes.
const BLOCKS_WITH_TIMESTAMPS: usize = 3;
const BLOCKS: usize = 4;

impl Tcb {
    /// Puts a segment together and sends it. The cause of what follows is left as it was.
    pub(super) fn transmit(&mut self, seq: Seq, flags: Flags, length: u32, net: &mut Internet, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let mut packet = ctx.pool.take_for(length as usize);
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
        self.counts.segments_out += 1;
        if flags.has(Flags::ACK) {
            self.ack_left();
        }
        if length > 0 {
            self.counts.data_segments_out += 1;
            self.counts.bytes_sent += u64::from(length);
            self.data_left(ctx.now);
        }
    }

    fn header(&mut self, seq: Seq, flags: Flags, now: Instant) -> Repr {
        let syn = flags.has(Flags::SYN);
        let mut options = if syn { self.syn_options() } else { self.sack_options() };
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

    /// SACK blocks: a duplicate first (RFC 2883 §4), then what is out of order, the newest first (RFC 2018 §4).
    fn sack_options(&mut self) -> Options {
        let mut options = Options::default();
        let most = self.sack_room();
        for (left, right) in self.selective.take(most) {
            options.sack[options.sack_blocks] = (left.0, right.0);
            options.sack_blocks += 1;
        }
        options
    }

    fn sack_room(&self) -> usize {
        if self.timestamps { BLOCKS_WITH_TIMESTAMPS } else { BLOCKS }
    }

    /// Largest payload of the next segment: the MSS less the SACK blocks that it carries.
    pub(super) fn current_mss(&self) -> u32 {
        match self.selective.len().min(self.sack_room()) {
            0 => self.mss,
            blocks => self.mss - (4 + 8 * blocks as u32).min(self.mss - 1),
        }
    }

    /// What our SYN offers, or our SYN-ACK accepts.
    pub(super) fn syn_options(&self) -> Options {
        Options {
            mss: Some(self.our_mss as u16),
            window_scale: self.scales.then_some(self.rcv_scale),
            sack_permitted: self.sack,
            ..Options::default()
        }
    }
}
