//! TCP through the gateway, in both directions: once a connection stands, who began it makes no difference.
//!
//! Each side's window is the other's back-pressure. Bytes of the lab are read only as far as the real side has
//! given credit: when it gives none, they stay in the receive buffer and the simulated window closes. The real side gets credit for
//! what the send buffer has room for, so the buffer cannot overflow.
//!
//! Absent on purpose: accepting what comes from the real network ([`super::publish`]), urgent data.

use core::net::SocketAddr;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{Answer, Ask, FlowId, FlowKind};
use crate::host::Host;
use crate::internet::Internet;
use crate::program::Family;
use crate::socket::{Kind, Socket};
use crate::trace::{DropReason, SocketId, TcpState};
use crate::transport::tcp::{Segment, Settings, Tcb};

use super::{Flow, Gateway, problem_of};

#[derive(Clone, Debug)]
pub(super) struct StreamFlow {
    pub(super) socket: SocketId,
    /// The client's SYN, from its IPv4 header on: an ICMP error quotes it. Empty where the real side began.
    syn: Arc<[u8]>,
    /// Bytes that the real side takes.
    credit: u64,
    /// Bytes that the real side may send and has not sent yet.
    granted: u32,
    /// [`Ask::Shutdown`] was asked.
    shut: bool,
    /// [`Answer::Fin`] came.
    finished: bool,
}

/// What becomes of a flow after an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lives,
    /// Both directions are over.
    Closed,
    /// It broke on the simulated side.
    Reset,
}

impl Gateway {
    fn stream(&mut self, id: FlowId) -> Option<&mut StreamFlow> {
        match self.flows.get_mut(&id)? {
            Flow::Stream(flow) => Some(flow),
            _ => None,
        }
    }
}

impl StreamFlow {
    /// One that a real client began.
    pub(super) fn accepted(socket: SocketId, credit: u32) -> StreamFlow {
        let credit = u64::from(credit);
        StreamFlow { socket, syn: [].into(), credit, granted: 0, shut: false, finished: false }
    }

    /// Moves bytes and their ends from the simulated connection to the real one, and gives credit.
    fn serve(&mut self, id: FlowId, tcb: &mut Tcb, net: &mut Internet, ctx: &mut Context<'_>) -> Fate {
        if tcb.error.is_some() {
            return Fate::Reset;
        }
        if tcb.held || matches!(tcb.state, TcpState::SynReceived | TcpState::SynSent) {
            return Fate::Lives;
        }
        self.send_up(id, tcb, net, ctx);
        if tcb.peer_finished && tcb.readable() == 0 && !self.shut {
            self.shut = true;
            ctx.ask(id, Ask::Shutdown);
        }
        if self.finished && tcb.may_write() {
            tcb.finish_writing(net, ctx);
        }
        self.give_credit(id, tcb, ctx);
        match tcb.state {
            TcpState::TimeWait | TcpState::Closed if self.shut && self.finished => Fate::Closed,
            // Both FINs have passed, but the real side has not taken all bytes yet.
            TcpState::Closed if tcb.peer_finished => Fate::Lives,
            TcpState::Closed => Fate::Reset,
            _ => Fate::Lives,
        }
    }

    fn send_up(&mut self, id: FlowId, tcb: &mut Tcb, net: &mut Internet, ctx: &mut Context<'_>) {
        let allowed = usize::try_from(self.credit).unwrap_or(usize::MAX).min(tcb.readable());
        if allowed > 0 {
            let bytes = tcb.read(allowed, net, ctx);
            self.credit -= bytes.len() as u64;
            ctx.ask(id, Ask::Send(bytes));
        }
    }

    /// Room in the send buffer that the real side does not know of yet.
    fn give_credit(&mut self, id: FlowId, tcb: &Tcb, ctx: &mut Context<'_>) {
        let room = tcb.spare() as u32;
        if room > self.granted && !self.finished {
            ctx.ask(id, Ask::Credit(room - self.granted));
            self.granted = room;
        }
    }
}

impl Host {
    /// A SYN for somewhere in the real network: its SYN-ACK waits for the answer.
    pub(in crate::host) fn open_flow(
        &mut self,
        segment: &Segment<'_>,
        packet: &[u8],
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        if self.gateway.as_ref().is_none_or(|gateway| gateway.room() == 0) {
            return Err(DropReason::NatFull);
        }
        let (local, peer): (SocketAddr, SocketAddr) = (segment.destination, segment.source);
        let settings = Settings::default();
        let (socket, id) = (ctx.ids.socket(), ctx.ids.flow());
        let origin = self.origin(socket, (local, peer), settings, ctx);
        let tcb = Tcb::passive(&origin, segment, true, &self.parameters, &mut self.net, ctx);
        let granted = tcb.spare() as u32;
        let mut listening = Socket::new(Family::Inet, Kind::Stream);
        listening.options.reuse_address = true;
        self.sockets.insert(socket, Socket::accepted(&listening, local, Box::new(tcb)));
        let flow = StreamFlow { socket, syn: packet.into(), credit: 0, granted, shut: false, finished: false };
        if let Some(gateway) = &mut self.gateway {
            gateway.insert(id, Flow::Stream(flow));
        }
        ctx.ask(id, Ask::Connect { kind: FlowKind::Stream, to: local.into(), credit: granted });
        self.settle(socket, ctx);
        Ok(())
    }

    /// Something happened to a socket: when it is a flow's, the real side may be to be told.
    pub(in crate::host) fn serve_flow(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(id) = gateway.by_socket.get(&socket).copied() else { return };
        let Some(flow) = gateway.stream(id) else { return };
        let Some(tcb) = self.sockets.tcb(socket) else { return };
        let fate = flow.serve(id, tcb, &mut self.net, ctx);
        if fate == Fate::Lives {
            return;
        }
        // Nobody will read an error, and TIME-WAIT ends by itself.
        tcb.orphan = true;
        ctx.ask(id, if fate == Fate::Closed { Ask::Close } else { Ask::Reset });
        gateway.forget(id, ctx);
    }

    pub(super) fn stream_answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.stream(id)) else { return };
        let socket = flow.socket;
        let Some(tcb) = self.sockets.tcb(socket) else { return };
        match answer {
            Answer::Connected { credit } if tcb.held => {
                flow.credit = u64::from(credit);
                tcb.release(&mut self.net, ctx);
            }
            Answer::Refused(error) => self.refuse_flow(id, error, ctx),
            Answer::Data(bytes) => self.data_answer(id, &bytes, ctx),
            Answer::Credit(credit) => flow.credit += u64::from(credit),
            Answer::Fin => flow.finished = true,
            Answer::Reset | Answer::Lost => self.end_flow(id, ctx),
            _ => {}
        }
        self.settle(socket, ctx);
    }

    /// The real connection could not be made.
    fn refuse_flow(&mut self, id: FlowId, error: Errno, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(flow) = gateway.stream(id) else { return };
        let Some(tcb) = self.sockets.tcb(flow.socket) else { return };
        let syn = flow.syn.clone();
        tcb.orphan = true;
        match problem_of(error) {
            _ if !tcb.held => tcb.abort(&mut self.net, ctx),
            None => tcb.refuse_held(&mut self.net, ctx),
            Some(why) => {
                tcb.forget(ctx);
                self.net.report(why, &syn, ctx);
            }
        }
        gateway.forget(id, ctx);
    }

    /// Bytes of the real side. More than it had credit for is a bug of its driver: the flow ends on both sides.
    fn data_answer(&mut self, id: FlowId, bytes: &Arc<[u8]>, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(flow) = gateway.stream(id) else { return };
        let Some(tcb) = self.sockets.tcb(flow.socket) else { return };
        if bytes.len() > flow.granted as usize || flow.finished {
            ctx.ask(id, Ask::Reset);
            self.end_flow(id, ctx);
            return;
        }
        flow.granted -= bytes.len() as u32;
        tcb.write_all(bytes, &mut self.net, ctx);
    }

    /// Resets the simulated side of a flow and forgets it.
    fn end_flow(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(flow) = gateway.stream(id) else { return };
        if let Some(tcb) = self.sockets.tcb(flow.socket) {
            tcb.orphan = true;
            if tcb.held {
                tcb.refuse_held(&mut self.net, ctx);
            } else {
                tcb.abort(&mut self.net, ctx);
            }
        }
        gateway.forget(id, ctx);
    }
}
