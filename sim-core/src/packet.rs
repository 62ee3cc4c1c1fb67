//! Buffers that packets are built in: the payload first, then each layer puts its header before it.
//!
//! Buffers go from node to link to node by their box, and back to a pool: a run in balance allocates nothing.
//!
//! Buffers have one of two sizes: nearly all packets fit an Ethernet frame; those that will be fragmented, were put
//! together again, or stay on the host's own loopback may have 65,535 bytes.
//!
//! Absent on purpose: chains of buffers. Copying a packet that is fragmented is rare and simple.

/// Room in a buffer for a frame.
const SMALL: usize = 2048;
/// Room in a buffer for the longest packet.
const LARGE: usize = HEADROOM + 65_536 + 60;
/// Room before the payload: Ethernet, IP and TCP headers at their longest (an IPv6 header with a fragment header is
/// shorter than the longest one of IPv4).
const HEADROOM: usize = 14 + 60 + 60;
/// Longest payload of a link: the MTU of Ethernet.
pub(crate) const MTU: usize = 1500;
/// Longest frame: the MTU and the Ethernet header.
pub(crate) const LONGEST_FRAME: usize = MTU + 14;

#[derive(Clone)]
pub(crate) struct Packet {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Packet {
    /// What is in it so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// What is in it so far, to be changed in place.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Makes room for a header before what is there, and gives all of it.
    pub(crate) fn prepend(&mut self, length: usize) -> &mut [u8] {
        self.start -= length;
        &mut self.buffer[self.start..self.end]
    }

    /// Makes room behind what is there, and gives the new part.
    pub(crate) fn append(&mut self, length: usize) -> &mut [u8] {
        let start = self.end;
        self.end += length;
        &mut self.buffer[start..self.end]
    }

    /// Takes bytes off the front: a header that was read.
    pub(crate) fn strip(&mut self, length: usize) {
        self.start += length;
        debug_assert!(self.start <= self.end, "only what is there is taken off");
    }
}

impl core::fmt::Debug for Packet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Packet({} bytes)", self.len())
    }
}

/// Buffers that wait for use.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    small: Vec<Packet>,
    large: Vec<Packet>,
}

impl Pool {
    /// An empty packet with room for a frame.
    pub(crate) fn take(&mut self) -> Packet {
        Pool::ready(self.small.pop(), SMALL)
    }

    /// An empty packet with room for a payload of this length, of 65,535 bytes at most.
    pub(crate) fn take_for(&mut self, payload: usize) -> Packet {
        if payload <= SMALL - HEADROOM { self.take() } else { Pool::ready(self.large.pop(), LARGE) }
    }

    fn ready(packet: Option<Packet>, size: usize) -> Packet {
        let mut packet = packet.unwrap_or_else(|| Packet { buffer: vec![0; size].into(), start: 0, end: 0 });
        packet.start = HEADROOM;
        packet.end = HEADROOM;
        packet
    }

    /// Another packet with the bytes of a frame.
    pub(crate) fn copy(&mut self, frame: &Packet) -> Packet {
        let mut copy = self.take();
        copy.append(frame.len()).copy_from_slice(frame.bytes());
        copy
    }

    pub(crate) fn give_back(&mut self, packet: Packet) {
        let free = if packet.buffer.len() == SMALL { &mut self.small } else { &mut self.large };
        free.push(packet);
    }
}

impl Clone for Pool {
    /// A snapshot needs no spare buffers.
    fn clone(&self) -> Pool {
        Pool::default()
    }
}
