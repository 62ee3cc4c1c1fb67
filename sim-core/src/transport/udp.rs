//! UDP (RFC 768): a socket's queue of datagrams, and sending one.
//!
//! Absent on purpose: broadcast and multicast.

use core::net::SocketAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::{Carriage, Internet};
use crate::layer::{Layer, Protocol};
use crate::wire::{ipv4, ipv4::PROTOCOL_UDP, udp};

/// Largest payload of a datagram over IPv4: what its length of 16 bits leaves.
pub(crate) const LARGEST: usize = 65_535 - ipv4::HEADER - udp::HEADER;

/// What a UDP socket holds besides its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Udp {
    queue: VecDeque<(Arc<[u8]>, SocketAddr)>,
    /// Bytes in the queue.
    queued: usize,
    /// An ICMP error that no call has returned yet (RFC 1122 §4.1.3.3).
    pub(crate) error: Option<Errno>,
    pub(crate) ip_id: u16,
}

impl Udp {
    pub(crate) fn new(ip_id: u16) -> Udp {
        Udp { queue: VecDeque::new(), queued: 0, error: None, ip_id }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Keeps a datagram; `false` when the buffer is full.
    pub(crate) fn push(&mut self, payload: &[u8], from: SocketAddr, capacity: usize) -> bool {
        // An empty datagram takes room too, else a flood of them would take all memory.
        let size = payload.len().max(1);
        if self.queued + size > capacity {
            return false;
        }
        self.queued += size;
        self.queue.push_back((payload.into(), from));
        true
    }

    /// The oldest datagram, cut to `max` bytes: the rest is gone, as `recvfrom` does it.
    pub(crate) fn pop(&mut self, max: usize) -> Option<(Arc<[u8]>, SocketAddr)> {
        let (payload, from) = self.queue.pop_front()?;
        self.queued -= payload.len().max(1);
        if payload.len() <= max { Some((payload, from)) } else { Some((payload[..max].into(), from)) }
    }

    /// Sends a datagram.
    pub(crate) fn send(
        &mut self,
        (local, peer): (SocketAddr, SocketAddr),
        payload: &[u8],
        net: &mut Internet,
        ctx: &mut Context<'_>,
    ) {
        let mut packet = ctx.pool.take_for(payload.len());
        packet.append(payload.len()).copy_from_slice(payload);
        let repr = udp::Repr { source: local.port(), destination: peer.port(), payload: payload.len() };
        repr.emit(packet.prepend(udp::HEADER), local.ip(), peer.ip());
        let cause = ctx.cause;
        ctx.encapsulated(Layer::Transport, Protocol::Udp, packet.bytes(), udp::HEADER);
        self.ip_id = self.ip_id.wrapping_add(1);
        net.send(&Carriage::of(local, peer, PROTOCOL_UDP, self.ip_id), packet, ctx);
        ctx.cause = cause;
    }
}
