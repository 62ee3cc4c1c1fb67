//! What the host's transports and sockets make of a message that arrived for it, and of an error about one of its own.
//!
//! Absent on purpose: the headers below ([`super::input`]) and TCP itself ([`crate::transport::tcp`]).

use core::net::{IpAddr, SocketAddr};

use crate::context::Context;
use crate::internet::icmp::{Problem, Quote};
use crate::layer::{Layer, Protocol};
use crate::socket::{Kind, Socket};
use crate::trace::{DropReason, SocketId, TcpState};
use crate::transport::tcp::{LINUX, Segment, Tcb, refuse};
use crate::wire::ipv4::{PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::{tcp, udp};

use super::Host;
use super::input::{Datagram, reason};

/// Connections in SYN-RECEIVED that one listening socket may have (`net.ipv4.tcp_max_syn_backlog`, 4096 where there
/// is memory). Linux has SYN cookies beyond that.
const HALF_OPEN: usize = 4096;

impl Host {
    /// An ICMP error came from `teller` about a packet of ours: its socket is told. `packet` is what the error quotes.
    pub(super) fn hear(&mut self, problem: Problem, _teller: IpAddr, packet: &[u8], ctx: &mut Context<'_>) {
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
            PROTOCOL_UDP => {
                let Some(id) = self.sockets.datagram_for(local, peer) else { return };
                // RFC 1122 §4.1.3.3; Linux tells only connected sockets.
                if let Some(Socket { kind: Kind::Datagram(udp, Some(_)), .. }) = self.sockets.get_mut(id) {
                    udp.error = Some(problem.errno());
                    self.wake(id, ctx.cause, ctx);
                }
            }
            _ => {}
        }
    }

    /// The answer to an echo request arrived.
    pub(super) fn receive_echo_reply(
        &mut self,
        _datagram: &Datagram<'_>,
        _identifier: u16,
        _ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        Err(DropReason::NoSocket)
    }

    pub(super) fn receive_udp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (source, destination) = (datagram.source, datagram.destination);
        let (repr, payload) = udp::Repr::parse(datagram.payload, source, destination).map_err(reason)?;
        let header = &datagram.payload[..udp::HEADER];
        ctx.decapsulated((Layer::Transport, Protocol::Udp), datagram.frame, header, payload.len());
        let local = SocketAddr::new(datagram.destination, repr.destination);
        let from = SocketAddr::new(datagram.source, repr.source);
        let Some(id) = self.sockets.datagram_for(local, from) else {
            self.net.report(Problem::NoPort, datagram.packet, ctx);
            return Err(DropReason::NoSocket);
        };
        let Some(socket) = self.sockets.get_mut(id) else { return Err(DropReason::NoSocket) };
        let capacity = socket.receive_capacity();
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(DropReason::NoSocket) };
        if !udp.push(payload, from, capacity) {
            return Err(DropReason::BufferFull);
        }
        self.wake(id, ctx.cause, ctx);
        Ok(())
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
        if let Some(listener) = self.sockets.listening_on(segment.destination)
            && !segment.rst()
            && !segment.acks()
        {
            return if opens { self.open(listener, segment, ctx) } else { Err(DropReason::NotAcceptable) };
        }
        if opens && self.gateway.is_some() {
            self.open_flow(segment, packet, ctx);
            return Ok(());
        }
        if !segment.rst() {
            refuse(segment, &mut self.net, ctx);
        }
        Err(DropReason::NoSocket)
    }

    /// A SYN for a listening socket (RFC 9293 §3.10.7.2).
    fn open(&mut self, listener: SocketId, segment: &Segment<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let Some(socket) = self.sockets.get_mut(listener) else { return Err(DropReason::NoSocket) };
        let (reuse_address, settings) = (socket.reuse_address, socket.settings);
        let Kind::Listener(listening) = &mut socket.kind else { return Err(DropReason::NoSocket) };
        if listening.is_full() || listening.half_open >= HALF_OPEN {
            return Err(DropReason::BacklogFull);
        }
        listening.half_open += 1;
        let id = ctx.ids.socket();
        let origin = self.origin(id, (segment.destination, segment.source), settings, ctx);
        let mut tcb = Tcb::passive(&origin, segment, false, &LINUX, &mut self.net, ctx);
        tcb.parent = Some(listener);
        let kind = Kind::Connection(Box::new(tcb));
        self.sockets.insert(id, Socket { local: segment.destination, reuse_address, settings, kind });
        self.settle(id, ctx);
        Ok(())
    }
}
