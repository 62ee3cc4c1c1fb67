//! The end of a connection: FIN in both directions, TIME-WAIT, and what happens to one that nobody holds
//! (RFC 9293 §3.6, §3.10.4).
//!
//! Absent on purpose: the wait of `close` with `SO_LINGER` and a time (the call does it: it blocks while the connection
//! [is closing](Tcb::is_closing)), and `TCP_LINGER2`.

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::trace::{TcpEvent, TcpState, TimerKind};

use super::{Segment, Seq, Tcb};

impl Tcb {
    /// `close`: no process holds it any more.
    pub(crate) fn close(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.orphan = true;
        match self.state {
            TcpState::Closed | TcpState::TimeWait => {}
            TcpState::SynSent => self.set_state(TcpState::Closed, TcpEvent::Close, ctx),
            TcpState::SynReceived => self.abort(net, ctx),
            // RFC 2525 §2.17: data that will never be read is told to its sender with a RST.
            _ if !self.received.is_empty() || self.settings.linger == Some(Duration::ZERO) => self.abort(net, ctx),
            TcpState::FinWait2 => {
                self.is_minimal = true;
                self.wait_as_orphan(ctx);
            }
            _ => self.finish_writing(net, ctx),
        }
    }

    /// `shutdown` of the sending side: a FIN follows what is in the send buffer.
    pub(crate) fn finish_writing(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        let next = match self.state {
            TcpState::Established => TcpState::FinWait1,
            TcpState::CloseWait => TcpState::LastAck,
            _ => return,
        };
        self.fin_queued = true;
        self.set_state(next, TcpEvent::Close, ctx);
        self.output(net, ctx);
    }

    /// Our FIN, or what is before it, is not acknowledged yet: `close` with `SO_LINGER` waits for that.
    #[allow(dead_code, reason = "system calls wait by it")]
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.state, TcpState::FinWait1 | TcpState::Closing | TcpState::LastAck)
    }

    /// An orphan does not wait for the peer's FIN for ever (`tcp_fin_timeout`).
    fn wait_as_orphan(&mut self, ctx: &Context<'_>) {
        self.timers.stop(TimerKind::KeepAlive);
        self.wait_two_lifetimes(ctx);
    }

    fn wait_two_lifetimes(&mut self, ctx: &Context<'_>) {
        self.timers.set(TimerKind::TimeWait, ctx.now + self.parameters.time_wait);
    }

    /// Our FIN is acknowledged (RFC 9293 §3.10.7.4, fifth).
    pub(super) fn ack_of_fin_arrived(&mut self, ctx: &mut Context<'_>) {
        match self.state {
            TcpState::FinWait1 => {
                self.set_state(TcpState::FinWait2, TcpEvent::AckOfFin, ctx);
                if self.orphan {
                    self.wait_as_orphan(ctx);
                    // A FIN in the same segment is still the full socket's to answer.
                    self.is_minimal = !self.has_fin_in_hand;
                }
            }
            TcpState::Closing => self.enter_time_wait(TcpEvent::AckOfFin, ctx),
            TcpState::LastAck => self.set_state(TcpState::Closed, TcpEvent::AckOfFin, ctx),
            state => unreachable!("a FIN is acknowledged only where one was sent, not in {}", state.name()),
        }
    }

    /// The peer's FIN is in order (RFC 9293 §3.10.7.4, eighth).
    pub(super) fn fin_arrived(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.ack.scheduled = true;
        match self.state {
            TcpState::Established => {
                // The program will probably close too: its FIN can carry the ACK (Linux's `tcp_fin`).
                self.ack.set_ping_pong(true);
                self.set_state(TcpState::CloseWait, TcpEvent::FinReceived, ctx);
            }
            TcpState::FinWait1 => {
                self.send_ack(net, ctx);
                self.set_state(TcpState::Closing, TcpEvent::FinReceived, ctx);
            }
            TcpState::FinWait2 => {
                self.send_ack(net, ctx);
                self.enter_time_wait(TcpEvent::FinReceived, ctx);
            }
            state => unreachable!("the first FIN of a peer cannot come in {}", state.name()),
        }
    }

    fn enter_time_wait(&mut self, why: TcpEvent, ctx: &mut Context<'_>) {
        self.timers.stop_all();
        self.is_minimal = true;
        self.set_state(TcpState::TimeWait, why, ctx);
        self.wait_two_lifetimes(ctx);
    }

    /// RFC 9293 §3.10.7.4: a FIN that comes again in TIME-WAIT is acknowledged again, and 2 MSL begin anew.
    pub(crate) fn restart_time_wait(&mut self, ctx: &Context<'_>) {
        self.wait_two_lifetimes(ctx);
    }

    /// In TIME-WAIT, and this segment is a SYN that cannot be an old one (RFC 6191 §2).
    pub(crate) fn gives_way_to(&self, segment: &Segment<'_>) -> bool {
        let opens = segment.syn() && !segment.rst() && !segment.acks();
        let newer = segment.seq.after(self.rcv_nxt)
            || segment.options.timestamps.is_some_and(|(value, _)| Seq(value).after(Seq(self.ts_recent)));
        self.state == TcpState::TimeWait && opens && newer
    }

    /// A SYN came in TIME-WAIT that is certainly of a new connection (RFC 6191, RFC 9293 §3.6.1): make room for it.
    pub(crate) fn make_room(&mut self, ctx: &mut Context<'_>) {
        self.set_state(TcpState::Closed, TcpEvent::TimeWaitOver, ctx);
    }

    /// One of its timers went off.
    pub(crate) fn timeout(&mut self, kind: TimerKind, net: &mut Internet, ctx: &mut Context<'_>) {
        match kind {
            TimerKind::Retransmission => self.retransmission_timeout(net, ctx),
            TimerKind::LossProbe => self.loss_probe_timeout(net, ctx),
            TimerKind::Reordering => self.reordering_timeout(net, ctx),
            TimerKind::AckCompression => self.send_ack(net, ctx),
            TimerKind::KeepAlive => self.keep_alive_timeout(net, ctx),
            TimerKind::Persist => self.probe_timeout(net, ctx),
            TimerKind::DelayedAck => self.delayed_ack_timeout(net, ctx),
            TimerKind::TimeWait => self.set_state(TcpState::Closed, TcpEvent::TimeWaitOver, ctx),
            TimerKind::Neighbour => unreachable!("the neighbour table has a timer of its own"),
        }
    }
}
