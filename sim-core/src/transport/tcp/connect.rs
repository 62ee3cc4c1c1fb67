//! Active open: the SYN leaves, and its answer arrives (RFC 9293 §3.10.1, §3.10.7.3).
//!
//! Absent on purpose: Fast Open (RFC 7413).

use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::Internet;
use crate::trace::{DropReason, TcpEvent, TcpState};
use crate::wire::tcp::Flags;

use super::flight::Marks;
use super::sack::Scoreboard;
use super::tcb::{Origin, Tcb};
use super::{Parameters, Segment, Seq};

/// What a peer that sends no MSS option takes (RFC 9293 §3.7.1).
const DEFAULT_MSS: u32 = 536;
/// Less than this is not believed: one could not send for headers (`tcp_min_snd_mss`).
const LEAST_MSS: u32 = 64;

impl Tcb {
    /// Sends a SYN.
    pub(crate) fn connect(
        origin: &Origin,
        parameters: &Arc<Parameters>,
        net: &mut Internet,
        ctx: &mut Context<'_>,
    ) -> Tcb {
        let mut tcb = Tcb::new(origin, TcpState::Closed, parameters);
        tcb.choose_receive_window(tcb.our_mss);
        tcb.set_state(TcpState::SynSent, TcpEvent::Connect, ctx);
        tcb.send_syn(net, ctx);
        tcb
    }

    /// The first transmission of our SYN or SYN-ACK.
    pub(super) fn send_syn(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.nxt = self.iss + 1;
        self.flight.push((self.iss, self.nxt), Marks::SYN, ctx.now, self.delivered);
        self.transmit_syn(net, ctx);
        self.arm_retransmission(ctx.now);
    }

    /// Our SYN, or SYN-ACK.
    pub(super) fn transmit_syn(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let flags = if self.state == TcpState::SynSent { Flags::SYN } else { Flags::SYN | Flags::ACK };
        self.transmit(self.iss, flags, 0, net, ctx);
    }

    /// Takes what the peer's SYN says.
    pub(super) fn take_syn(&mut self, segment: &Segment<'_>) {
        self.irs = segment.seq;
        self.rcv_nxt = segment.seq + 1;
        self.rcv_wup = self.rcv_nxt;
        let options = &segment.options;
        self.timestamps = self.timestamps && options.timestamps.is_some();
        if let Some((value, _)) = options.timestamps {
            self.ts_recent = value;
        }
        self.sack = self.sack && options.sack_permitted;
        self.scales = self.scales && options.window_scale.is_some();
        match options.window_scale.filter(|_| self.scales) {
            Some(shift) => self.snd_scale = shift,
            // RFC 7323 §2.2: both sides must send the option, else neither scales.
            None => self.rcv_scale = 0,
        }
        self.peer_mss = options.mss.map_or(DEFAULT_MSS, u32::from).max(LEAST_MSS);
        // RFC 7323 §2.2: the window of a SYN is never scaled.
        self.wnd = u32::from(segment.window);
        self.max_wnd = self.wnd;
        self.wl1 = segment.seq;
        self.fit_mss();
    }

    /// A segment arrived in SYN-SENT (RFC 9293 §3.10.7.3).
    pub(super) fn arrives_in_syn_sent(
        &mut self,
        segment: &Segment<'_>,
        net: &mut Internet,
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        if segment.acks() && segment.ack != self.nxt {
            if !segment.rst() {
                super::refuse(segment, net, ctx);
            }
            return Err(DropReason::NotAcceptable);
        }
        if segment.rst() {
            if !segment.acks() {
                return Err(DropReason::NotAcceptable);
            }
            self.fail(Errno::ECONNREFUSED, TcpEvent::RstReceived, ctx);
            return Ok(());
        }
        if !segment.syn() {
            return Err(DropReason::NotAcceptable);
        }
        self.take_syn(segment);
        if segment.acks() {
            self.finish_connect(segment, net, ctx);
        } else {
            self.open_simultaneously(net, ctx);
        }
        Ok(())
    }

    /// Our SYN is answered: the connection stands.
    fn finish_connect(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        self.acknowledge_syn(segment, ctx);
        self.begin_data(ctx);
        self.set_state(TcpState::Established, TcpEvent::SynAckReceived, ctx);
        self.send_ack(net, ctx);
        self.output(net, ctx);
    }

    /// The peer's SYN crossed ours (RFC 9293 §3.5, figure 7).
    fn open_simultaneously(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.set_state(TcpState::SynReceived, TcpEvent::SynReceived, ctx);
        self.transmit_again(0, net, ctx);
        self.arm_retransmission(ctx.now);
    }

    /// The handshake is over: variables that begin with the data (`tcp_init_transfer`).
    pub(super) fn begin_data(&mut self, ctx: &mut Context<'_>) {
        self.small_end = self.una;
        self.last_sent = ctx.now;
        // RFC 6298 §5.7 and RFC 5681 §3.1: the window begins with one segment when SYNs were lost; Linux forgives the first.
        if self.retransmitted > 1 {
            self.congestion.set_window(1, ctx.now);
        } else {
            self.congestion.set_window(self.parameters.initial_window, ctx.now);
        }
        self.congestion.begin(self.nxt, ctx.now);
        self.recovery.begin(self.una);
        self.scoreboard = Scoreboard::new(self.una);
        self.ack.begin(self.mss, self.rcv_wnd, ctx.now);
        self.memory.begin(self.rcv_nxt, self.rcv_wnd, self.parameters.initial_window * self.mss_offered(), ctx.now);
        self.retries = 0;
        self.rtt.reset_rto(&self.parameters);
        self.size_send_buffer();
        self.begin_keep_alive(ctx.now);
    }

    /// An ICMP message quotes a segment of ours (RFC 9293 §3.9.2.2). Once connected it is only advice (RFC 1122 §4.2.3.9): it
    /// explains a time-out, should one follow.
    pub(crate) fn unreachable(&mut self, error: Errno, quoted_seq: u32, ctx: &mut Context<'_>) {
        if self.state == TcpState::SynSent && Seq(quoted_seq) == self.iss {
            self.fail(error, TcpEvent::Unreachable, ctx);
        } else if self.is_synchronized() && self.is_in_flight(quoted_seq) {
            self.soft_error = Some(error);
        }
    }

    /// A quoted sequence number is of something that is not acknowledged.
    pub(super) fn is_in_flight(&self, quoted_seq: u32) -> bool {
        let seq = Seq(quoted_seq);
        self.una.up_to(seq) && seq.before(self.nxt)
    }
}
