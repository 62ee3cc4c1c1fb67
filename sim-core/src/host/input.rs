//! What arrives: each layer checks and takes off its header, and hands on what follows it; what is not for us, or not
//! right, is dropped with a reason.
//!
//! Absent on purpose: reassembly of fragments, IPv4 options, broadcast of datagrams.

use core::net::SocketAddr;

use crate::context::Context;
use crate::internet::icmp::{Quote, errno};
use crate::layer::{Layer, Protocol};
use crate::packet::Packet;
use crate::socket::{Kind, Socket};
use crate::trace::{DropReason, FrameId, SocketId, TcpState};
use crate::transport::tcp::{LINUX, Segment, Tcb, refuse};
use crate::wire::ethernet::{BROADCAST, TYPE_ARP, TYPE_IPV4};
use crate::wire::icmp::Unreachable;
use crate::wire::ipv4::{PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::{WireError, arp, ethernet, icmp, ipv4, tcp, udp};

use super::Host;

/// Connections in SYN-RECEIVED that one listening socket may have (`net.ipv4.tcp_max_syn_backlog`, 4096 where there
/// is memory). Linux has SYN cookies beyond that.
const HALF_OPEN: usize = 4096;

/// The frame that is being taken apart: its number and all its bytes.
type Whole<'a> = (FrameId, &'a [u8]);

/// An IPv4 packet: its header, all its bytes, and what follows the header.
struct Datagram<'a> {
    ip: ipv4::Repr,
    packet: &'a [u8],
    payload: &'a [u8],
    whole: Whole<'a>,
}

fn reason(error: WireError) -> DropReason {
    match error {
        WireError::Checksum => DropReason::Checksum,
        WireError::Unsupported => DropReason::UnknownProtocol,
        WireError::Truncated | WireError::Length => DropReason::Malformed,
    }
}

impl Host {
    /// A frame arrived; the context's cause is its arrival.
    pub(crate) fn receive(&mut self, frame: FrameId, packet: &Packet, ctx: &mut Context<'_>) {
        let bytes = packet.bytes();
        if let Err((layer, why)) = self.receive_ethernet((frame, bytes), ctx) {
            ctx.drop_frame(layer, why, (frame, bytes));
        }
    }

    fn receive_ethernet(&mut self, whole: Whole<'_>, ctx: &mut Context<'_>) -> Result<(), (Layer, DropReason)> {
        let (frame, bytes) = whole;
        let (header, payload) = ethernet::Repr::parse(bytes).map_err(|error| (Layer::DataLink, reason(error)))?;
        if header.destination != self.net.mac && header.destination != BROADCAST {
            return Err((Layer::DataLink, DropReason::NotOurMac));
        }
        let layer = (Layer::DataLink, Protocol::Ethernet);
        ctx.decapsulated(layer, frame, &bytes[..ethernet::HEADER], payload.len());
        match header.ethertype {
            TYPE_ARP => self.receive_arp(payload, frame, ctx).map_err(|why| (Layer::Network, why)),
            TYPE_IPV4 => self.receive_ipv4(payload, whole, ctx),
            _ => Err((Layer::DataLink, DropReason::UnknownProtocol)),
        }
    }

    fn receive_arp(&mut self, payload: &[u8], frame: FrameId, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let repr = arp::Repr::parse(payload).map_err(reason)?;
        ctx.decapsulated((Layer::Network, Protocol::Arp), frame, &payload[..arp::LEN], payload.len() - arp::LEN);
        self.net.receive_arp(&repr, ctx);
        Ok(())
    }

    fn receive_ipv4(
        &mut self,
        packet: &[u8],
        whole: Whole<'_>,
        ctx: &mut Context<'_>,
    ) -> Result<(), (Layer, DropReason)> {
        let (ip, header, payload) = ipv4::Repr::parse(packet).map_err(|error| (Layer::Network, reason(error)))?;
        let ours = ip.destination == self.net.address;
        // The gateway answers for the whole real network, with TCP.
        let through = self.gateway.is_some() && ip.protocol == PROTOCOL_TCP;
        if !ours && !through {
            return Err((Layer::Network, DropReason::NotOurAddress));
        }
        if ip.more_fragments || ip.fragment_offset != 0 {
            return Err((Layer::Network, DropReason::Fragment));
        }
        ctx.decapsulated((Layer::Network, Protocol::Ipv4), whole.0, &packet[..header], payload.len());
        let datagram = Datagram { ip, packet: &packet[..header + payload.len()], payload, whole };
        match ip.protocol {
            PROTOCOL_TCP => self.receive_tcp(&datagram, ctx).map_err(|why| (Layer::Transport, why)),
            PROTOCOL_UDP => self.receive_udp(&datagram, ctx).map_err(|why| (Layer::Transport, why)),
            PROTOCOL_ICMP => self.receive_icmp(&datagram, ctx).map_err(|why| (Layer::Network, why)),
            _ => {
                // RFC 1122 §3.2.2.1: a host that knows no such protocol says so.
                self.net.unreachable(Unreachable::Protocol, datagram.packet, ctx);
                Err((Layer::Network, DropReason::UnknownProtocol))
            }
        }
    }

    fn receive_icmp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (repr, data) = icmp::Repr::parse(datagram.payload).map_err(reason)?;
        let header = &datagram.payload[..icmp::HEADER];
        ctx.decapsulated((Layer::Network, Protocol::Icmp), datagram.whole.0, header, data.len());
        match repr {
            icmp::Repr::EchoRequest { identifier, sequence } => {
                self.net.echo_reply(datagram.ip.source, (identifier, sequence), data, ctx);
                Ok(())
            }
            icmp::Repr::EchoReply { .. } => Err(DropReason::NoSocket),
            icmp::Repr::Unreachable(why) => {
                self.unreachable(why, data, ctx);
                Ok(())
            }
            icmp::Repr::Redirect { .. }
            | icmp::Repr::TimeExceeded(_)
            | icmp::Repr::ParameterProblem { .. }
            | icmp::Repr::Other { .. } => Err(DropReason::UnknownProtocol),
        }
    }

    /// A packet of ours could not be delivered: its socket is told. `packet` is what an error quotes.
    pub(super) fn unreachable(&mut self, why: Unreachable, packet: &[u8], ctx: &mut Context<'_>) {
        let Some(quote) = Quote::parse(packet) else { return };
        let port = |at: usize| crate::wire::u16_at(quote.transport, at);
        let local = SocketAddr::new(quote.header.source.into(), port(0));
        let peer = SocketAddr::new(quote.header.destination.into(), port(2));
        match quote.header.protocol {
            PROTOCOL_TCP => {
                let seq = crate::wire::u32_at(quote.transport, 4);
                let Some(id) = self.sockets.connection(local, peer) else { return };
                if let Some(tcb) = self.sockets.tcb(id) {
                    tcb.unreachable(errno(why), seq, ctx);
                }
                self.settle(id, ctx);
            }
            PROTOCOL_UDP => {
                let Some(id) = self.sockets.datagram_for(local, peer) else { return };
                // RFC 1122 §4.1.3.3; Linux tells only connected sockets.
                if let Some(Socket { kind: Kind::Datagram(udp, Some(_)), .. }) = self.sockets.get_mut(id) {
                    udp.error = Some(errno(why));
                    self.wake(id, ctx.cause, ctx);
                }
            }
            _ => {}
        }
    }

    fn receive_udp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let ip = &datagram.ip;
        let (repr, payload) = udp::Repr::parse(datagram.payload, ip.source, ip.destination).map_err(reason)?;
        let header = &datagram.payload[..udp::HEADER];
        ctx.decapsulated((Layer::Transport, Protocol::Udp), datagram.whole.0, header, payload.len());
        let local = SocketAddr::new(ip.destination.into(), repr.destination);
        let from = SocketAddr::new(ip.source.into(), repr.source);
        let Some(id) = self.sockets.datagram_for(local, from) else {
            self.net.unreachable(Unreachable::Port, datagram.packet, ctx);
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

    fn receive_tcp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let ip = &datagram.ip;
        let (repr, header, payload) = tcp::Repr::parse(datagram.payload, ip.source, ip.destination).map_err(reason)?;
        let header = &datagram.payload[..header];
        ctx.decapsulated((Layer::Transport, Protocol::Tcp), datagram.whole.0, header, payload.len());
        let source = SocketAddr::new(ip.source.into(), repr.source);
        let destination = SocketAddr::new(ip.destination.into(), repr.destination);
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
