//! Buffers that packets are built in: the payload first, then each layer puts its header before it.
//!
//! Buffers go from node to link to node by their box, and back to a pool: a run in balance allocates nothing.
//!
//! Absent on purpose: packets larger than an Ethernet frame.

/// Room in a buffer.
const SIZE: usize = 2048;
/// Room before the payload: Ethernet, IPv4 and TCP headers at their longest.
const HEADROOM: usize = 14 + 60 + 60;
/// Longest payload of a link: the MTU of Ethernet.
pub(crate) const MTU: usize = 1500;
/// Longest frame: the MTU and the Ethernet header.
pub(crate) const LONGEST_FRAME: usize = MTU + 14;

#[derive(Clone)]
pub(crate) struct Packet {
    buffer: Box<[u8; SIZE]>,
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
}

impl core::fmt::Debug for Packet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Packet({} bytes)", self.len())
    }
}

/// Buffers that wait for use.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Vec<Packet>,
}

impl Pool {
    /// An empty packet.
    pub(crate) fn take(&mut self) -> Packet {
        let mut packet = self.free.pop().unwrap_or_else(|| Packet { buffer: Box::new([0; SIZE]), start: 0, end: 0 });
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
        self.free.push(packet);
    }
}

impl Clone for Pool {
    /// A snapshot needs no spare buffers.
    fn clone(&self) -> Pool {
        Pool::default()
    }
}
