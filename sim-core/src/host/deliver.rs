//! What the host's transports and sockets make of a message that arrived for it, and of an error about one of its own.
//!
//! Absent on purpose: the headers below ([`super::input`]) and TCP itself ([`crate::transport::tcp`]).

use core::net::{IpAddr, SocketAddr};

use crate::context::Context;
use crate::internet::icmp::{Problem, Quote};
use crate::layer::{Layer, Protocol};
use crate::program::MtuDiscovery;
use crate::socket::{Kind, Socket, Space};
use crate::trace::{DropReason, QueuedError, SocketId, TcpState};
use crate::transport::tcp::{Segment, Tcb, refuse};
use crate::wire::ipv4::{PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::ipv6::PROTOCOL_ICMPV6;
use crate::wire::{tcp, udp};

use super::Host;
use super::input::{Datagram, reason};

/// Connections in SYN-RECEIVED that one listening socket may have (`net.ipv4.tcp_max_syn_backlog`, 4096 where there
/// is memory). Linux has SYN cookies beyond that.
const HALF_OPEN: usize = 4096;

impl Host {
    /// An ICMP error came from `teller` about a packet of ours: its socket is told. `packet` is what the error quotes.
    pub(super) fn hear(&mut self, problem: Problem, teller: IpAddr, packet: &[u8], ctx: &mut Context<'_>) {
        let Some(quote) = Quote::parse(packet) else { return };
        let port = |at: usize| crate::wire::u16_at(quote.transport, at);
        let local = SocketAddr::new(quote.source, port(0));
        let peer = SocketAddr::new(quote.destination, port(2));
        if let Problem::TooBig { mtu } = problem {
            self.net.learn_mtu(quote.destination, mtu);
        }
        match quote.protocol {
            PROTOCOL_TCP => {
                let seq = crate::wire::u32_at(quote.transport, 4);
                let Some(id) = self.sockets.connection(local, peer) else { return };
                if let Some(tcb) = self.sockets.tcb(id) {
                    match problem {
                        Problem::TooBig { mtu } => {
                            let mtu = u32::try_from(mtu).unwrap_or(u32::MAX);
                            tcb.packet_too_big(mtu, seq, &mut self.net, ctx);
                        }
                        _ => tcb.unreachable(problem.errno(), seq, ctx),
                    }
                }
                self.settle(id, ctx);
            }
            PROTOCOL_UDP => self.hear_of_datagram((Space::Udp, local, peer), problem, (teller, &quote), ctx),
            PROTOCOL_ICMP | PROTOCOL_ICMPV6 => {
                // The identifier of an echo request stands where the fifth and sixth byte are.
                let (local, peer) = (SocketAddr::new(quote.source, port(4)), SocketAddr::new(quote.destination, 0));
                self.hear_of_datagram((Space::Icmp, local, peer), problem, (teller, &quote), ctx);
            }
            _ => {}
        }
    }

    /// RFC 1122 §4.1.3.3, as Linux has it: a connected socket is told of what will not pass by itself; one with
    /// IP_RECVERR of everything, with what the error quotes.
    fn hear_of_datagram(
        &mut self,
        (space, local, peer): (Space, SocketAddr, SocketAddr),
        problem: Problem,
        (teller, quote): (IpAddr, &Quote<'_>),
        ctx: &mut Context<'_>,
    ) {
        let Some(id) = self.sockets.datagram_for(space, local, peer) else { return };
        let Some(Socket { options, kind: Kind::Datagram(udp, connected), .. }) = self.sockets.get_mut(id) else {
            return;
        };
        let discovers = options.mtu_discover != MtuDiscovery::Dont;
        let hard = match problem {
            Problem::NoPort | Problem::NoProtocol | Problem::Prohibited | Problem::Parameter { .. } => true,
            Problem::TooBig { .. } => discovers,
            _ => false,
        };
        if options.receive_errors {
            // A socket that pings is shown the quoted request from its ICMP header on (`ping_err`).
            let begin = if space == Space::Icmp { 0 } else { udp::HEADER };
            let payload = quote.transport.get(begin..).unwrap_or_default();
            let mtu = if let Problem::TooBig { mtu } = problem { mtu as u32 } else { 0 };
            let local_problem = self.net.is_local(teller) && problem == Problem::NoNeighbour;
            udp.queue_error(QueuedError {
                error: problem.errno(),
                icmp: (!local_problem).then(|| problem.numbers(teller.is_ipv6())),
                info: mtu,
                offender: Some(teller),
                to: peer,
                payload: payload.into(),
            });
        } else if connected.is_none() || !hard {
            return;
        }
        udp.error = Some(problem.errno());
        self.wake(id, ctx.cause, ctx);
    }

    /// The answer to an echo request arrived: for a socket that pings with this identifier.
    pub(super) fn receive_echo_reply(
        &mut self,
        datagram: &Datagram<'_>,
        identifier: u16,
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        let addresses = (datagram.destination, datagram.source);
        if self.deliver_echo_reply(addresses, identifier, datagram.payload, ctx) {
            Ok(())
        } else {
            Err(DropReason::NoSocket)
        }
    }

    pub(super) fn receive_udp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (source, destination) = (datagram.source, datagram.destination);
        let (repr, payload) = udp::Repr::parse(datagram.payload, source, destination).map_err(reason)?;
        let header = &datagram.payload[..udp::HEADER];
        ctx.decapsulated((Layer::Transport, Protocol::Udp), datagram.frame, header, payload.len());
        let local = SocketAddr::new(datagram.destination, repr.destination);
        let from = SocketAddr::new(datagram.source, repr.source);
        if self.net.is_for_many(local.ip()) {
            let takers = self.sockets.datagrams_for(local, from);
            // Nobody is told when nobody takes it.
            let mut taken = Err(if takers.is_empty() { DropReason::NoSocket } else { DropReason::BufferFull });
            for id in takers {
                if self.deliver_datagram(id, payload, from, ctx) {
                    taken = Ok(());
                }
            }
            return taken;
        }
        let Some(id) = self.datagram_taker(local, from) else {
            if self.is_gateway() {
                return self.datagram_out((from, local), datagram, payload.len(), ctx);
            }
            self.net.report(Problem::NoPort, datagram.packet, ctx);
            return Err(DropReason::NoSocket);
        };
        if self.deliver_datagram(id, payload, from, ctx) { Ok(()) } else { Err(DropReason::BufferFull) }
    }

    /// The socket for a datagram. A program on a gateway does not hear what is for others.
    fn datagram_taker(&self, local: SocketAddr, from: SocketAddr) -> Option<SocketId> {
        let passes = self.is_gateway() && !self.net.is_local(local.ip());
        if passes { None } else { self.sockets.datagram_for(Space::Udp, local, from) }
    }

    pub(super) fn receive_tcp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (from, to) = (datagram.source, datagram.destination);
        // RFC 9293 §3.9.2.3: a connection has two ends, not many.
        if self.net.is_for_many(to) {
            return Err(DropReason::NotAcceptable);
        }
        let (repr, header, payload) = tcp::Repr::parse(datagram.payload, from, to).map_err(reason)?;
        let header = &datagram.payload[..header];
        ctx.decapsulated((Layer::Transport, Protocol::Tcp), datagram.frame, header, payload.len());
        let source = SocketAddr::new(datagram.source, repr.source);
        let destination = SocketAddr::new(datagram.destination, repr.destination);
        let segment = Segment::new(&repr, payload, source, destination);
        match self.sockets.connection(destination, source) {
            Some(id) if !self.makes_room(id, &segment, ctx) => self.segment_for(id, &segment, ctx),
            _ => self.segment_for_nobody(&segment, datagram.packet, ctx),
        }
    }

    /// A SYN for a connection in TIME-WAIT may open a new one.
    fn makes_room(&mut self, id: SocketId, segment: &Segment<'_>, ctx: &mut Context<'_>) -> bool {
        let Some(tcb) = self.sockets.tcb(id) else { return false };
        if !tcb.gives_way_to(segment) {
            return false;
        }
        tcb.make_room(ctx);
        self.settle(id, ctx);
        true
    }

    fn segment_for(&mut self, id: SocketId, segment: &Segment<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        if self.is_backlog_full_for(id, segment) {
            return Err(DropReason::BacklogFull);
        }
        let Some(tcb) = self.sockets.tcb(id) else { return Err(DropReason::NoSocket) };
        let result = tcb.segment_arrives(segment, &mut self.net, ctx);
        self.settle(id, ctx);
        result
    }

    /// The ACK of a SYN-ACK is not heard while the accept queue is full (Linux: the SYN-ACK will be sent again).
    fn is_backlog_full_for(&mut self, id: SocketId, segment: &Segment<'_>) -> bool {
        let Some(tcb) = self.sockets.tcb(id) else { return false };
        if tcb.state != TcpState::SynReceived || !segment.acks() || segment.rst() {
            return false;
        }
        let Some(listener) = tcb.parent else { return false };
        self.sockets.listener(listener).is_some_and(|listener| listener.is_full())
    }

    fn segment_for_nobody(
        &mut self,
        segment: &Segment<'_>,
        packet: &[u8],
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        let opens = segment.syn() && !segment.acks() && !segment.rst();
        let passes = self.is_gateway() && !self.net.is_local(segment.destination.ip());
        if let Some(listener) = self.sockets.listening_on(segment.destination, segment.source)
            && !passes
            && !segment.rst()
            && !segment.acks()
        {
            return if opens { self.open(listener, segment, ctx) } else { Err(DropReason::NotAcceptable) };
        }
        if opens && self.is_gateway() {
            return self.open_flow(segment, packet, ctx);
        }
        if !segment.rst() {
            refuse(segment, &mut self.net, ctx);
        }
        Err(DropReason::NoSocket)
    }

    /// A SYN for a listening socket (RFC 9293 §3.10.7.2).
    fn open(&mut self, listener: SocketId, segment: &Segment<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let Some(socket) = self.sockets.get_mut(listener) else { return Err(DropReason::NoSocket) };
        let settings = socket.settings;
        let Kind::Listener(listening) = &mut socket.kind else { return Err(DropReason::NoSocket) };
        if listening.is_full() || listening.half_open >= HALF_OPEN {
            return Err(DropReason::BacklogFull);
        }
        listening.half_open += 1;
        let id = ctx.ids.socket();
        let origin = self.origin(id, (segment.destination, segment.source), settings, ctx);
        let mut tcb = Tcb::passive(&origin, segment, false, &self.parameters, &mut self.net, ctx);
        tcb.parent = Some(listener);
        let Some(socket) = self.sockets.get(listener) else { return Err(DropReason::NoSocket) };
        let child = Socket::accepted(socket, segment.destination, Box::new(tcb));
        self.sockets.insert(id, child);
        self.settle(id, ctx);
        Ok(())
    }
}
