//! Resets (RFC 9293 §3.5.2) and challenge ACKs (RFC 5961).
//!
//! Absent on purpose: the global limit on challenge ACKs (each connection has its own).

use crate::context::Context;
use crate::internet::{Carriage, Internet};
use crate::layer::{Layer, Protocol};
use crate::trace::{TcpEvent, TcpState};
use crate::wire::ipv4::PROTOCOL_TCP;
use crate::wire::tcp::{Flags, Repr};
use crate::wire::tcp_option::Options;

use super::{Segment, Seq, Tcb};

/// Answers a segment that belongs to no connection (RFC 9293 §3.10.7.1). Never to a RST.
pub(crate) fn refuse(segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
    let (seq, ack, flags) =
        if segment.acks() { (segment.ack.0, 0, Flags::RST) } else { (0, segment.end().0, Flags::RST | Flags::ACK) };
    let repr = Repr {
        source: segment.destination.port(),
        destination: segment.source.port(),
        seq,
        ack,
        flags,
        window: 0,
        urgent: 0,
        options: Options::default(),
    };
    let cause = ctx.cause;
    let mut packet = ctx.pool.take();
    let header = repr.header_len();
    repr.emit(packet.prepend(header), segment.destination.ip(), segment.source.ip());
    ctx.encapsulated(Layer::Transport, Protocol::Tcp, packet.bytes(), header);
    net.send(&Carriage::of(segment.destination, segment.source, PROTOCOL_TCP, 0), packet, ctx);
    ctx.cause = cause;
}

impl Tcb {
    /// Ends the connection with a RST (RFC 9293 §3.10.5).
    pub(crate) fn abort(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let silent = matches!(self.state, TcpState::Closed | TcpState::SynSent | TcpState::TimeWait) || self.held;
        if !silent {
            self.transmit(self.nxt, Flags::RST | Flags::ACK, 0, net, ctx);
        }
        self.forget(ctx);
    }

    /// Ends the connection without a word.
    pub(crate) fn forget(&mut self, ctx: &mut Context<'_>) {
        self.drop_received();
        if self.state != TcpState::Closed {
            self.set_state(TcpState::Closed, TcpEvent::Abort, ctx);
        }
    }

    /// Refuses the SYN of a connection whose SYN-ACK was held.
    pub(crate) fn refuse_held(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let syn = Segment {
            source: self.peer,
            destination: self.local,
            seq: self.irs,
            ack: Seq(0),
            flags: Flags::SYN,
            window: 0,
            options: Options::default(),
            payload: &[],
        };
        refuse(&syn, net, ctx);
        self.forget(ctx);
    }

    /// Answers a segment of no use with an ACK, so that a peer who is wrong learns where we are; not too often.
    pub(super) fn challenge(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.held {
            return;
        }
        let again = self.fin_at.is_some_and(|fin| segment.fin() && segment.end() == fin + 1);
        if self.state == TcpState::TimeWait && again {
            self.restart_time_wait(ctx);
        }
        // Linux (`tcp_oow_rate_limited`): data cannot be part of a loop of ACKs, so it is always answered.
        let bare = segment.len() == 0 || segment.syn();
        let interval = self.parameters.challenge_interval;
        let recent = self.last_challenge.is_some_and(|last| ctx.now.saturating_since(last) < interval);
        if bare && recent {
            return;
        }
        self.last_challenge = Some(ctx.now);
        if segment.len() > 0 {
            // Something was lost on the way to us or from us: the sender needs to know quickly.
            self.enter_quick();
            if segment.seq.before(self.rcv_nxt) && !segment.syn() {
                self.note_duplicate(segment.seq, segment.end().earlier(self.rcv_nxt));
            }
        }
        self.send_ack(net, ctx);
    }
}
