//! A router's NAT on a packet's way: before it is asked for whom the packet is, and before one of others leaves (on Linux
//! `NF_INET_PRE_ROUTING` and `NF_INET_POST_ROUTING`).
//!
//! Absent on purpose: the table and the bytes ([`crate::internet`] has them).

use core::net::SocketAddr;

use crate::context::Context;
use crate::internet::{Flow, Hop, Passage};
use crate::layer::Layer;
use crate::packet::Packet;
use crate::socket::{Sockets, Space};
use crate::trace::{FrameId, NatProtocol};
use crate::wire::{ethernet, ipv4};

use super::Host;
use super::input::{Dropped, Fate, at_network};

impl Host {
    /// An IPv4 packet arrived at a router that translates. Its Ethernet header is still before it.
    pub(super) fn receive_to_translate(
        &mut self,
        interface: usize,
        frame: FrameId,
        packet: Packet,
        ctx: &mut Context<'_>,
    ) {
        let Some(mut packet) = self.make_whole(interface, frame, packet, ctx) else { return };
        match self.translate(interface, frame, &mut packet, ctx) {
            Ok(Some(hop)) => {
                packet.strip(ethernet::HEADER);
                self.net.forward(hop, packet, ctx);
            }
            Ok(None) => ctx.pool.give_back(packet),
            Err((layer, why)) => {
                ctx.drop_frame(layer, why, (frame, packet.bytes()));
                ctx.pool.give_back(packet);
            }
        }
    }

    /// Ports stand in the first fragment alone: one that may be translated waits for the others.
    fn make_whole(
        &mut self,
        interface: usize,
        frame: FrameId,
        packet: Packet,
        ctx: &mut Context<'_>,
    ) -> Option<Packet> {
        let (ethernet, rest) = packet.bytes().split_at(ethernet::HEADER);
        let Ok((ip, _, payload)) = ipv4::Repr::parse(rest) else { return Some(packet) };
        let is_piece = ip.more_fragments || ip.fragment_offset != 0;
        if !is_piece || !self.net.may_translate(interface, ip.destination) {
            return Some(packet);
        }
        let whole = match self.reassemble_v4(&ip, payload, ctx) {
            Ok(Some(mut whole)) => {
                whole.prepend(ethernet::HEADER)[..ethernet::HEADER].copy_from_slice(ethernet);
                Some(whole)
            }
            Ok(None) => None,
            Err(why) => {
                ctx.drop_frame(Layer::Network, why, (frame, packet.bytes()));
                None
            }
        };
        ctx.pool.give_back(packet);
        whole
    }

    /// Where a packet goes on to, translated; nowhere, when it was for this router.
    fn translate(
        &mut self,
        interface: usize,
        frame: FrameId,
        packet: &mut Packet,
        ctx: &mut Context<'_>,
    ) -> Result<Option<Hop>, Dropped> {
        let Host { net, sockets, .. } = self;
        let bytes = &mut packet.bytes_mut()[ethernet::HEADER..];
        let own = |flow: &Flow| is_awaited(sockets, flow);
        let arrived = net.translate_arrival(interface, (frame, bytes), own, ctx).map_err(at_network)?;
        let hop = match self.receive_ipv4(interface, &packet.bytes()[ethernet::HEADER..], frame, ctx)? {
            Fate::Forwarded(hop) => hop,
            Fate::Taken | Fate::ToTranslate => return Ok(None),
        };
        if let Hop::Neighbour { interface: to, .. } = hop {
            let passage = Passage { from: interface, to, arrived };
            let bytes = &mut packet.bytes_mut()[ethernet::HEADER..];
            self.net.translate_departure(passage, (frame, bytes), ctx).map_err(at_network)?;
        }
        Ok(Some(hop))
    }
}

/// Whether a program on the router itself waits for this.
fn is_awaited(sockets: &Sockets, flow: &Flow) -> bool {
    let address = |(ip, port): (core::net::Ipv4Addr, u16)| SocketAddr::new(ip.into(), port);
    let (local, peer) = (address(flow.destination), address(flow.source));
    match flow.protocol {
        NatProtocol::Tcp => sockets.connection(local, peer).is_some() || sockets.listening_on(local, peer).is_some(),
        NatProtocol::Udp => sockets.datagram_for(Space::Udp, local, peer).is_some(),
        NatProtocol::Echo => true,
    }
}
