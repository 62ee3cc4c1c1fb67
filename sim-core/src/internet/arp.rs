//! ARP (RFC 826): asking for the hardware address of an IPv4 neighbour, and answering.
//!
//! Absent on purpose: probes and announcements (RFC 5227), proxy ARP. The table is in [`super::neighbour`].

use core::net::{IpAddr, Ipv4Addr};

use crate::context::Context;
use crate::layer::{Layer, Protocol};
use crate::wire::arp::{LEN, Operation, Repr};
use crate::wire::ethernet::{BROADCAST, Mac, TYPE_ARP};

use super::Internet;

impl Internet {
    /// Asks who has this address: all stations, or the one that is known to have had it.
    pub(super) fn request(&mut self, interface: usize, target: Ipv4Addr, known: Option<Mac>, ctx: &mut Context<'_>) {
        let Some(IpAddr::V4(sender)) = self.interfaces[interface].source_for(target.into()) else { return };
        let sender_mac = self.interfaces[interface].mac;
        let repr = Repr { operation: Operation::Request, sender_mac, sender, target_mac: [0; 6], target };
        self.emit_arp(interface, &repr, known.unwrap_or(BROADCAST), ctx);
    }

    fn emit_arp(&mut self, interface: usize, repr: &Repr, destination: Mac, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let mut packet = ctx.pool.take();
        repr.emit(packet.append(LEN));
        ctx.encapsulated(Layer::Network, Protocol::Arp, packet.bytes(), LEN);
        self.frame(interface, packet, (destination, TYPE_ARP), ctx);
        ctx.cause = cause;
    }

    /// An ARP packet arrived.
    pub(crate) fn receive_arp(&mut self, interface: usize, repr: &Repr, ctx: &mut Context<'_>) {
        // Linux answers for each of its addresses on each of its links (`arp_ignore=0`).
        let for_us = self.is_local(repr.target.into());
        let sender = IpAddr::V4(repr.sender);
        // RFC 826: who is known is brought up to date; who asks for us (or answers us) is entered. RFC 5227 §2.1.1: a
        // probe has no sender yet.
        if !repr.sender.is_unspecified() && (for_us || self.has_heard_of(interface, sender)) {
            let answer = repr.operation == Operation::Reply && for_us;
            self.learn((interface, sender), repr.sender_mac, answer, ctx);
        }
        if for_us && repr.operation == Operation::Request {
            let reply = Repr {
                operation: Operation::Reply,
                sender_mac: self.interfaces[interface].mac,
                sender: repr.target,
                target_mac: repr.sender_mac,
                target: repr.sender,
            };
            self.emit_arp(interface, &reply, repr.sender_mac, ctx);
        }
    }
}
