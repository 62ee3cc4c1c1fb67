//! Sequence numbers: modulo 2^32, compared within half the space (RFC 9293 §3.4).
//!
//! Absent on purpose: `Ord`. The order is not transitive, so sorting by it would be a bug.

use core::ops::{Add, AddAssign, Sub};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seq(pub(crate) u32);

impl Seq {
    pub(crate) fn before(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    pub(crate) fn after(self, other: Seq) -> bool {
        other.before(self)
    }

    /// Not after.
    pub(crate) fn up_to(self, other: Seq) -> bool {
        !self.after(other)
    }

    pub(crate) fn earlier(self, other: Seq) -> Seq {
        if other.before(self) { other } else { self }
    }

    pub(crate) fn later(self, other: Seq) -> Seq {
        if other.after(self) { other } else { self }
    }
}

impl Add<u32> for Seq {
    type Output = Seq;
    fn add(self, bytes: u32) -> Seq {
        Seq(self.0.wrapping_add(bytes))
    }
}

impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, bytes: u32) {
        *self = *self + bytes;
    }
}

impl Sub<u32> for Seq {
    type Output = Seq;
    fn sub(self, bytes: u32) -> Seq {
        Seq(self.0.wrapping_sub(bytes))
    }
}

impl Sub<Seq> for Seq {
    type Output = u32;
    /// Bytes from `start` on; the caller knows that it is not after `self`.
    fn sub(self, start: Seq) -> u32 {
        self.0.wrapping_sub(start.0)
    }
}
