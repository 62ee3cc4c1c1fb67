//! Buffers that belong to a thread and are lent to whoever of its sessions is at work, so that an idle session has none, and the
//! next one finds the memory in the processor's cache.
//!
//! Absent: waiting. When all are lent, there is one more; what a thread keeps is bounded, what sessions hold is bounded by them.

use bytes::{Bytes, BytesMut};
use std::cell::RefCell;

/// The capacity of a lent buffer. It takes a few of the largest reads, so that what is left of a message at its end is seldom moved.
pub(crate) const SIZE: usize = 256 << 10;

/// What a thread keeps: one to read and one to write, twice, for what is in flight between two sockets.
const KEPT: usize = 4;

thread_local! {
    static SPARE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for [`SIZE`].
pub(crate) fn take() -> BytesMut {
    let spare = SPARE.with_borrow_mut(Vec::pop);
    spare.unwrap_or_else(|| BytesMut::with_capacity(SIZE))
}

/// The buffer's end here. What is in it is lost.
pub(crate) fn give(mut buffer: BytesMut) {
    buffer.clear();
    // One that has grown, or is still read by somebody, is not worth to be kept.
    if buffer.try_reclaim(SIZE) && buffer.capacity() <= 2 * SIZE {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < KEPT {
                spare.push(buffer);
            }
        });
    }
}

/// The end of what was read into a buffer; when nobody else has a part of it, the buffer's end too.
pub(crate) fn give_last(bytes: Bytes) {
    if let Ok(buffer) = bytes.try_into_mut() {
        give(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_is_lent_again() {
        let mut first = take();
        first.extend_from_slice(b"old");
        let place = first.as_ptr();
        give(first);
        let again = take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert!(again.capacity() >= SIZE);
    }

    #[test]
    fn what_somebody_still_reads_is_not_lent() {
        let mut buffer = take();
        buffer.extend_from_slice(b"message");
        let message = buffer.split_to(7).freeze();
        give(buffer);
        let mut other = take();
        other.extend_from_slice(b"another");
        assert_eq!(&message[..], b"message");
    }
}
