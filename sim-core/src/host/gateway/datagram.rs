//! UDP from the lab: one flow for each pair of ends, which is one connected socket of the real machine. What an application
//! would do with it, the gateway does with packets.
//!
//! Datagrams wait here while the real socket is not connected, or has no credit for them, in a buffer of the size and with the count of
//! a socket's; what does not fit is dropped, as a socket drops it. What comes from the real side goes on at once, and its
//! credit is given back at once: it is the lab's links that lose what they cannot carry.
//!
//! Absent on purpose: TTL and DF of the lab on the real network.

use core::net::SocketAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{Answer, Ask, FlowId, FlowKind, datagram_cost};
use crate::host::Host;
use crate::host::input::Datagram;
use crate::internet::Way;
use crate::internet::icmp::Problem;
use crate::layer::Layer;
use crate::trace::{DropReason, FrameId, Place, What};
use crate::transport::udp::{self, Udp};

use super::idle::Activity;
use super::{Flow, problem_of};

/// Bytes that may wait, as `net.core.rmem_default` has it.
const BUFFER: usize = 212_992;
/// What the real side may send before credit is given back: no datagram costs more.
pub(super) const GRANT: u32 = 65_536;
/// As a program's socket sends by default.
const WAY: Way = Way { ttl: None, interface: None, loops: false, dont_fragment: true };

#[derive(Clone, Debug)]
pub(super) struct DatagramFlow {
    /// Who sends in the lab, and to whom.
    pub(super) ends: (SocketAddr, SocketAddr),
    connected: bool,
    waiting: VecDeque<Waiting>,
    /// What waits takes of the buffer.
    queued: usize,
    /// The last that the real network was asked to send: an ICMP error quotes it.
    last: Option<Arc<[u8]>>,
    /// What the real side takes.
    credit: u64,
    /// What the real side may send.
    granted: u32,
    /// Sends in the name of the real end.
    udp: Udp,
    pub(super) activity: Activity,
}

/// A datagram that the real network has not been asked to send yet.
#[derive(Clone, Debug)]
struct Waiting {
    frame: FrameId,
    /// All of it, from its IP header on.
    packet: Arc<[u8]>,
    /// Where its payload begins.
    payload: usize,
}

impl DatagramFlow {
    /// Keeps a datagram, when there is room for it.
    fn push(&mut self, datagram: Waiting) -> Result<(), DropReason> {
        let room = udp::room_of(datagram.packet.len() - datagram.payload);
        if self.queued + room > BUFFER {
            return Err(DropReason::BufferFull);
        }
        self.queued += room;
        self.waiting.push_back(datagram);
        Ok(())
    }

    /// Hands on what the real side takes.
    fn send_up(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        while self.connected
            && let Some(next) = self.waiting.front()
        {
            let length = next.packet.len() - next.payload;
            let cost = u64::from(datagram_cost(length));
            if cost > self.credit {
                return;
            }
            self.credit -= cost;
            self.queued -= udp::room_of(length);
            let Some(Waiting { packet, payload, .. }) = self.waiting.pop_front() else { return };
            ctx.ask(id, Ask::Send(packet[payload..].into()));
            self.last = Some(packet);
        }
    }
}

/// What tells the sender of a datagram that it did not arrive.
fn problem_of_datagram(error: Errno) -> Problem {
    match error {
        Errno::ECONNREFUSED => Problem::NoPort,
        error => problem_of(error).unwrap_or(Problem::NoNeighbour),
    }
}

/// A datagram of the real network, or to it, ends here.
pub(super) fn drop_payload(why: DropReason, bytes: &Arc<[u8]>, ctx: &mut Context<'_>) {
    let place = Place::Layer(Layer::Transport);
    ctx.fact(|| What::Dropped { frame: None, place, why, bytes: bytes.clone() });
}

impl Host {
    /// A datagram for somewhere in the real network.
    pub(in crate::host) fn datagram_out(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        datagram: &Datagram<'_>,
        payload: usize,
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        let Some(gateway) = &mut self.gateway else { return Err(DropReason::NoSocket) };
        let known = gateway.by_ends.get(&ends).copied();
        let waiting =
            Waiting { frame: datagram.frame, packet: datagram.packet.into(), payload: datagram.packet.len() - payload };
        let id = match known {
            Some(id) => id,
            None => self.open_datagram_flow(ends, ctx)?,
        };
        let Some(Flow::Datagram(flow)) = self.gateway.as_mut().and_then(|gateway| gateway.flows.get_mut(&id)) else {
            return Err(DropReason::NoSocket);
        };
        flow.push(waiting)?;
        flow.activity.again(ctx.now);
        flow.send_up(id, ctx);
        Ok(())
    }

    fn open_datagram_flow(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        ctx: &mut Context<'_>,
    ) -> Result<FlowId, DropReason> {
        let Some(gateway) = self.gateway.as_mut().filter(|gateway| gateway.room() > 0) else {
            return Err(DropReason::NatFull);
        };
        let id = ctx.ids.flow();
        let activity = Activity::begin(ctx.now);
        let flow = DatagramFlow {
            ends,
            connected: false,
            waiting: VecDeque::new(),
            queued: 0,
            last: None,
            credit: 0,
            granted: GRANT,
            udp: Udp::new(self.random.hash(&[u64::from(id.0)]) as u16),
            activity,
        };
        gateway.insert(id, Flow::Datagram(flow));
        gateway.idle.watch((id, None), activity, ctx);
        ctx.ask(id, Ask::Connect { kind: FlowKind::Datagram, to: ends.1.into(), credit: GRANT });
        Ok(id)
    }

    pub(super) fn datagram_answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let Some(Flow::Datagram(flow)) = self.gateway.as_mut().and_then(|gateway| gateway.flows.get_mut(&id)) else {
            return;
        };
        match answer {
            Answer::Connected { credit } if !flow.connected => {
                flow.connected = true;
                flow.credit += u64::from(credit);
                flow.send_up(id, ctx);
            }
            Answer::Credit(credit) => {
                flow.credit += u64::from(credit);
                flow.send_up(id, ctx);
            }
            Answer::Data(bytes) => self.datagram_in(id, &bytes, ctx),
            Answer::Unreachable(error) => {
                let last = flow.last.clone();
                self.tell_sender(error, last.as_ref(), ctx);
            }
            Answer::Refused(error) => self.refuse_datagrams(id, error, ctx),
            Answer::Fin => self.close_datagram_flow(id, ctx),
            Answer::Reset | Answer::Lost => self.end_datagram_flow(id, ctx),
            _ => {}
        }
    }

    /// A datagram of the real network goes to the end in the lab. One beyond the credit is a bug of the driver: the flow ends.
    fn datagram_in(&mut self, id: FlowId, bytes: &Arc<[u8]>, ctx: &mut Context<'_>) {
        let Some(Flow::Datagram(flow)) = self.gateway.as_mut().and_then(|gateway| gateway.flows.get_mut(&id)) else {
            return;
        };
        let cost = datagram_cost(bytes.len());
        if cost > flow.granted {
            ctx.ask(id, Ask::Reset);
            self.end_datagram_flow(id, ctx);
            return;
        }
        flow.activity.reply(ctx.now);
        if bytes.len() > udp::LARGEST {
            drop_payload(DropReason::TooBig, bytes, ctx);
        } else {
            let (client, server) = flow.ends;
            flow.udp.send((server, client), bytes, &WAY, &mut self.net, ctx);
        }
        ctx.ask(id, Ask::Credit(cost));
    }

    /// Tells the sender of a datagram that it did not arrive.
    fn tell_sender(&mut self, error: Errno, packet: Option<&Arc<[u8]>>, ctx: &mut Context<'_>) {
        if let Some(packet) = packet {
            self.net.report(problem_of_datagram(error), packet, ctx);
        }
    }

    /// The real socket could not be had.
    fn refuse_datagrams(&mut self, id: FlowId, error: Errno, ctx: &mut Context<'_>) {
        let Some(Flow::Datagram(flow)) = self.gateway.as_mut().and_then(|gateway| gateway.flows.get_mut(&id)) else {
            return;
        };
        let packets: Vec<Arc<[u8]>> = flow.waiting.iter().map(|waiting| waiting.packet.clone()).collect();
        for packet in packets {
            self.tell_sender(error, Some(&packet), ctx);
        }
        self.end_datagram_flow(id, ctx);
    }

    /// A flow is over on this side: nobody uses it.
    pub(super) fn close_datagram_flow(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        ctx.ask(id, Ask::Close);
        self.end_datagram_flow(id, ctx);
    }

    /// A flow is over: what waits is dropped.
    fn end_datagram_flow(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        if let Some(Flow::Datagram(flow)) = gateway.flows.get_mut(&id) {
            for Waiting { frame, packet, .. } in flow.waiting.drain(..) {
                ctx.drop_frame(Layer::Transport, DropReason::RealNetwork, (frame, &packet));
            }
        }
        gateway.forget(id, ctx);
    }
}
