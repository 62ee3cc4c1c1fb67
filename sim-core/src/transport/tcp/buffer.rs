//! The send buffer: bytes that the program has written and the peer has not acknowledged.
//!
//! It shares the bytes of each write with the call that wrote them: they are copied once, into the segment.
//!
//! Absent on purpose: packets. Segments are cut when they are sent, from the bytes that are there.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Seq;

#[derive(Clone, Debug)]
pub(super) struct SendBuffer {
    /// What was written, in order.
    writes: VecDeque<Write>,
    /// Sequence number of the first byte, and the one after the last.
    start: Seq,
    end: Seq,
    /// Sequence numbers at which a write ended: the segment that ends there is pushed.
    pushes: VecDeque<Seq>,
}

/// A write, or the part of it that fitted.
#[derive(Clone, Debug)]
struct Write {
    bytes: Arc<[u8]>,
    /// The place in `bytes` where the part begins.
    from: usize,
    /// Sequence number of its first byte, and the one after its last.
    start: Seq,
    end: Seq,
}

impl SendBuffer {
    pub(super) fn new(start: Seq) -> SendBuffer {
        SendBuffer { writes: VecDeque::new(), start, end: start, pushes: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// The sequence number after the last byte.
    pub(super) fn end(&self) -> Seq {
        self.end
    }

    /// Adds `length` bytes of a write, beginning at its byte `from`. Bytes that have not been sent at `unsent` yet go into one
    /// segment with it, so only its own end is pushed.
    pub(super) fn write(&mut self, bytes: &Arc<[u8]>, (from, length): (usize, usize), unsent: Seq) {
        while self.pushes.back().is_some_and(|push| push.after(unsent)) {
            self.pushes.pop_back();
        }
        let start = self.end;
        // The buffer's capacity is far below 2^32.
        self.end += length as u32;
        self.pushes.push_back(self.end);
        match self.writes.back_mut() {
            // A write that goes on where it had to stop for want of room.
            Some(last) if Arc::ptr_eq(&last.bytes, bytes) && last.from + (last.end - last.start) as usize == from => {
                last.end = self.end;
            }
            _ => self.writes.push_back(Write { bytes: bytes.clone(), from, start, end: self.end }),
        }
    }

    /// A write ended at this sequence number.
    pub(super) fn is_pushed(&self, end: Seq) -> bool {
        let index = self.pushes.partition_point(|push| push.before(end));
        self.pushes.get(index) == Some(&end)
    }

    /// The peer has everything before `una`.
    pub(super) fn acknowledge(&mut self, una: Seq) {
        self.start = if una.after(self.end) { self.end } else { una.later(self.start) };
        while self.writes.front().is_some_and(|write| write.end.up_to(self.start)) {
            self.writes.pop_front();
        }
        while self.pushes.front().is_some_and(|push| push.up_to(self.start)) {
            self.pushes.pop_front();
        }
    }

    /// Copies the bytes from `seq` on, which must be there.
    pub(super) fn copy(&self, mut seq: Seq, mut to: &mut [u8]) {
        let first = self.writes.partition_point(|write| write.end.up_to(seq));
        for write in self.writes.range(first..) {
            let count = ((write.end - seq) as usize).min(to.len());
            let from = write.from + (seq - write.start) as usize;
            let (part, rest) = to.split_at_mut(count);
            part.copy_from_slice(&write.bytes[from..from + count]);
            if rest.is_empty() {
                return;
            }
            (seq, to) = (seq + count as u32, rest);
        }
        assert!(to.is_empty(), "what is sent has been written and is not acknowledged");
    }
}
