//! The send buffer: bytes that the program has written and the peer has not acknowledged.
//!
//! Absent on purpose: packets. Segments are cut when they are sent, from the bytes that are there.

use std::collections::VecDeque;

use super::Seq;

#[derive(Clone, Debug)]
pub(super) struct SendBuffer {
    bytes: VecDeque<u8>,
    /// Sequence number of the first byte.
    start: Seq,
    /// Sequence numbers at which a write ended: the segment that ends there is pushed.
    pushes: VecDeque<Seq>,
}

impl SendBuffer {
    pub(super) fn new(start: Seq) -> SendBuffer {
        SendBuffer { bytes: VecDeque::new(), start, pushes: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The sequence number after the last byte.
    pub(super) fn end(&self) -> Seq {
        // The buffer's capacity is far below 2^32.
        self.start + self.bytes.len() as u32
    }

    /// Adds a write. Bytes that have not been sent at `unsent` yet go into one segment with it, so only its own end is pushed.
    pub(super) fn write(&mut self, bytes: &[u8], unsent: Seq) {
        while self.pushes.back().is_some_and(|push| push.after(unsent)) {
            self.pushes.pop_back();
        }
        self.bytes.extend(bytes);
        self.pushes.push_back(self.end());
    }

    /// A write ended at this sequence number.
    pub(super) fn is_pushed(&self, end: Seq) -> bool {
        let index = self.pushes.partition_point(|push| push.before(end));
        self.pushes.get(index) == Some(&end)
    }

    /// The peer has everything before `una`.
    pub(super) fn acknowledge(&mut self, una: Seq) {
        let acknowledged = (una - self.start).min(self.bytes.len() as u32);
        self.bytes.drain(..acknowledged as usize);
        self.start += acknowledged;
        while self.pushes.front().is_some_and(|push| push.up_to(self.start)) {
            self.pushes.pop_front();
        }
    }

    /// Copies the bytes from `seq` on.
    pub(super) fn copy(&self, seq: Seq, to: &mut [u8]) {
        let from = (seq - self.start) as usize;
        let (first, second) = self.bytes.as_slices();
        let head = first.get(from..).unwrap_or_default();
        let taken = head.len().min(to.len());
        to[..taken].copy_from_slice(&head[..taken]);
        if taken < to.len() {
            let from = (from + taken) - first.len();
            let rest = to.len() - taken;
            to[taken..].copy_from_slice(&second[from..from + rest]);
        }
    }
}
