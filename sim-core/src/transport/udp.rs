//! UDP (RFC 768): a socket's queue of datagrams and of errors, and sending one.
//!
//! The queue is counted as Linux counts it: each datagram takes room for itself and for what the kernel keeps with it.
//!
//! Absent on purpose: fragmentation (the network layer's).

use core::net::SocketAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::{Internet, Joined, Way};
use crate::layer::{Layer, Protocol};
use crate::trace::QueuedError;
use crate::wire::{ipv4, ipv4::PROTOCOL_UDP, udp};

/// Largest payload: an IPv4 packet has 65,535 bytes.
pub(crate) const LARGEST: usize = 65_535 - ipv4::HEADER - udp::HEADER;
/// Errors that are kept for `MSG_ERRQUEUE`; Linux keeps as many as fit in the receive buffer.
const ERRORS: usize = 64;

/// What a datagram takes of a receive buffer (`skb->truesize`): the next power of two that holds it with its headers, and 256 bytes of
/// bookkeeping; a large one lies in pages. Measured with the default buffer of 212,992: 256 datagrams of up to 100 bytes, 166 of 400 to
/// 600, 92 of 1,000 to 1,472, 48 of 2,000, 25 of 4,000, 12 of 9,000, 10 of 20,000, 3 of 60,000.
pub(crate) fn room_of(payload: usize) -> usize {
    match payload {
        0..=212 => 832,
        213..=660 => 1024 + 256,
        661..=1684 => 2048 + 256,
        1685..=3732 => 4096 + 256,
        3733..=7828 => 8192 + 256,
        7829..=16_020 => 16_384 + 256,
        _ => payload + 1024,
    }
}

/// What a UDP socket holds besides its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Udp {
    queue: VecDeque<(Arc<[u8]>, SocketAddr)>,
    /// What the queue takes of the buffer.
    queued: usize,
    /// An ICMP error that no call has returned yet (RFC 1122 §4.1.3.3).
    pub(crate) error: Option<Errno>,
    /// Errors for `MSG_ERRQUEUE`, the oldest first.
    pub(crate) errors: VecDeque<QueuedError>,
    pub(crate) ip_id: u16,
    /// It sends echo requests, and hears the answers.
    pub(crate) pings: bool,
    pub(crate) read_shut: bool,
    pub(crate) write_shut: bool,
    pub(crate) memberships: Vec<Joined>,
}

impl Udp {
    pub(crate) fn new(ip_id: u16) -> Udp {
        Udp {
            queue: VecDeque::new(),
            queued: 0,
            error: None,
            errors: VecDeque::new(),
            ip_id,
            pings: false,
            read_shut: false,
            write_shut: false,
            memberships: Vec::new(),
        }
    }

    /// A socket that pings: a datagram is an ICMP message.
    pub(crate) fn pinging(ip_id: u16) -> Udp {
        Udp { pings: true, ..Udp::new(ip_id) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes of the oldest datagram.
    pub(crate) fn next_length(&self) -> usize {
        self.queue.front().map_or(0, |(payload, _)| payload.len())
    }

    /// Keeps a datagram; `false` when the buffer is full.
    pub(crate) fn push(&mut self, payload: &[u8], from: SocketAddr, capacity: usize) -> bool {
        let room = room_of(payload.len());
        if self.queued + room > capacity {
            return false;
        }
        self.queued += room;
        self.queue.push_back((payload.into(), from));
        true
    }

    /// The oldest datagram, cut to `max` bytes: the rest is gone, as `recvfrom` does it.
    pub(crate) fn pop(&mut self, max: usize) -> Option<(Arc<[u8]>, SocketAddr)> {
        let (payload, from) = self.queue.pop_front()?;
        self.queued -= room_of(payload.len());
        if payload.len() <= max { Some((payload, from)) } else { Some((payload[..max].into(), from)) }
    }

    /// The oldest datagram, cut to `max` bytes, which stays (`MSG_PEEK`).
    pub(crate) fn peek(&self, max: usize) -> Option<(Arc<[u8]>, SocketAddr)> {
        let (payload, from) = self.queue.front()?;
        if payload.len() <= max { Some((payload.clone(), *from)) } else { Some((payload[..max].into(), *from)) }
    }

    /// Keeps an error for `MSG_ERRQUEUE`, while there is room.
    pub(crate) fn queue_error(&mut self, error: QueuedError) {
        if self.errors.len() < ERRORS {
            self.errors.push_back(error);
        }
    }

    /// Sends a datagram.
    pub(crate) fn send(
        &mut self,
        (local, peer): (SocketAddr, SocketAddr),
        payload: &[u8],
        way: &Way,
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
        let carriage = way.carriage((local.ip(), peer.ip()), PROTOCOL_UDP, self.ip_id);
        net.send_datagram(&carriage, way.loops, packet, ctx);
        ctx.cause = cause;
    }
}
