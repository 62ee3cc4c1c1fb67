//! The segments that are sent and not acknowledged, with what is known of each: the scoreboard of RFC 6675, and the
//! order of their last transmissions, which RACK (RFC 8985) goes by.
//!
//! Every operation is O(1), save finding a sequence number (a binary search) and cutting a segment in two (rare: the
//! path's MTU shrank).
//!
//! Absent on purpose: what a mark means for the congestion window; `recovery` knows.

use std::collections::VecDeque;

use crate::time::Instant;

use super::Seq;

/// No segment, in the list by time.
const NONE: u64 = u64::MAX;

/// What is known of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const SYN: Marks = Marks(1);
    pub(super) const FIN: Marks = Marks(2);
    /// The peer has it (RFC 2018).
    pub(super) const SACKED: Marks = Marks(4);
    /// Taken for lost.
    pub(super) const LOST: Marks = Marks(8);
    /// Sent again since it was taken for lost, and not taken for lost again.
    pub(super) const RESENT: Marks = Marks(16);
    /// Sent more than once: its acknowledgement measures nothing (Karn's rule).
    pub(super) const AGAIN: Marks = Marks(32);
    /// In the list by time.
    const TIMED: Marks = Marks(64);

    pub(super) fn of(syn: bool, fin: bool) -> Marks {
        Marks(u8::from(syn) | (u8::from(fin) << 1))
    }

    pub(super) fn has(self, marks: Marks) -> bool {
        self.0 & marks.0 == marks.0
    }

    fn set(&mut self, marks: Marks) {
        self.0 |= marks.0;
    }

    fn clear(&mut self, marks: Marks) {
        self.0 &= !marks.0;
    }
}

/// A segment that was sent and is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) seq: Seq,
    pub(super) end: Seq,
    /// When it was last sent.
    pub(super) at: Instant,
    pub(super) marks: Marks,
    /// Segments that had been delivered when it was last sent.
    pub(super) delivered: u32,
    before: u64,
    after: u64,
}

impl Sent {
    pub(super) fn is(&self, marks: Marks) -> bool {
        self.marks.has(marks)
    }

    /// Bytes of data in it.
    pub(super) fn length(&self) -> u32 {
        (self.end - self.seq) - u32::from(self.is(Marks::SYN)) - u32::from(self.is(Marks::FIN))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Flight {
    sent: VecDeque<Sent>,
    /// Number of the first; numbers count up and stay with their segment.
    base: u64,
    /// Ends of the list by time of the last transmission; the acknowledged and the lost are not in it.
    oldest: u64,
    newest: u64,
    /// No segment with a smaller number waits to be sent again.
    waiting: u64,
    /// Segments that are lost; that the peer has out of order; that are sent again.
    pub(super) lost: u32,
    pub(super) sacked: u32,
    pub(super) resent: u32,
}

impl Default for Flight {
    fn default() -> Flight {
        Flight { sent: VecDeque::new(), base: 0, oldest: NONE, newest: NONE, waiting: 0, lost: 0, sacked: 0, resent: 0 }
    }
}

impl Flight {
    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Segments that are not acknowledged.
    pub(super) fn len(&self) -> u32 {
        self.sent.len() as u32
    }

    /// Segments that are in the network, as far as is known (RFC 6675 `pipe`).
    pub(super) fn in_network(&self) -> u32 {
        (self.len() + self.resent).saturating_sub(self.sacked + self.lost)
    }

    /// Segments that are not in the network.
    pub(super) fn left(&self) -> u32 {
        self.sacked + self.lost
    }

    pub(super) fn first(&self) -> Option<&Sent> {
        self.sent.front()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Sent> {
        self.sent.get(index)
    }

    /// Adds the next segment.
    pub(super) fn push(&mut self, (seq, end): (Seq, Seq), marks: Marks, at: Instant, delivered: u32) {
        let number = self.base + self.sent.len() as u64;
        self.sent.push_back(Sent { seq, end, at, marks, delivered, before: NONE, after: NONE });
        self.link_newest(number);
    }

    /// Takes the first segment out, with its marks' shares of the counts.
    pub(super) fn pop(&mut self) -> Option<Sent> {
        self.unlink(self.base);
        let sent = self.sent.pop_front()?;
        self.base += 1;
        self.lost -= u32::from(sent.is(Marks::LOST));
        self.resent -= u32::from(sent.is(Marks::RESENT));
        Some(sent)
    }

    /// The first segment's part before `seq` is acknowledged.
    pub(super) fn trim_first(&mut self, seq: Seq) {
        if let Some(first) = self.sent.front_mut()
            && first.seq.before(seq)
        {
            first.seq = seq;
        }
    }

    /// Index of the first segment that ends after `seq`.
    pub(super) fn position(&self, seq: Seq) -> usize {
        self.sent.partition_point(|sent| sent.end.up_to(seq))
    }

    /// It is sent again, now.
    pub(super) fn touch(&mut self, index: usize, at: Instant, delivered: u32) {
        let number = self.base + index as u64;
        self.unlink(number);
        let sent = &mut self.sent[index];
        sent.at = at;
        sent.delivered = delivered;
        sent.marks.set(Marks::AGAIN);
        self.link_newest(number);
    }

    /// Counts a segment that was taken for lost as sent again.
    pub(super) fn mark_resent(&mut self, index: usize) {
        let sent = &mut self.sent[index];
        if !sent.is(Marks::RESENT) {
            sent.marks.set(Marks::RESENT);
            self.resent += 1;
        }
    }

    /// Takes a segment for lost, or for lost once more. Says whether that is news.
    pub(super) fn mark_lost(&mut self, index: usize) -> bool {
        let number = self.base + index as u64;
        let sent = &mut self.sent[index];
        let news = match (sent.is(Marks::SACKED), sent.is(Marks::LOST), sent.is(Marks::RESENT)) {
            (true, ..) | (false, true, false) => false,
            (false, true, true) => {
                sent.marks.clear(Marks::RESENT);
                self.resent -= 1;
                true
            }
            (false, false, _) => {
                sent.marks.set(Marks::LOST);
                self.lost += 1;
                true
            }
        };
        if news {
            self.waiting = self.waiting.min(number);
        }
        news
    }

    /// The peer has it.
    pub(super) fn mark_sacked(&mut self, index: usize) {
        let number = self.base + index as u64;
        let sent = &mut self.sent[index];
        let (lost, resent) = (sent.is(Marks::LOST), sent.is(Marks::RESENT));
        if lost {
            self.lost -= 1;
            sent.marks.clear(Marks::LOST);
            // A segment sent again without having been lost may still be in the network.
            if resent {
                self.resent -= 1;
                sent.marks.clear(Marks::RESENT);
            }
        }
        sent.marks.set(Marks::SACKED);
        self.sacked += 1;
        self.unlink(number);
    }

    /// One of the transmissions was superfluous (RFC 2883).
    pub(super) fn forget_resent(&mut self, index: usize) {
        let sent = &mut self.sent[index];
        if sent.is(Marks::RESENT) {
            sent.marks.clear(Marks::RESENT);
            self.resent -= 1;
        }
    }

    /// Nothing is lost after all.
    pub(super) fn unmark_lost(&mut self) {
        for sent in &mut self.sent {
            sent.marks.clear(Marks::LOST);
        }
        self.lost = 0;
    }

    /// The peer has thrown away what it had acknowledged selectively (RFC 2018 §8).
    pub(super) fn unmark_sacked(&mut self) {
        for sent in &mut self.sent {
            sent.marks.clear(Marks::SACKED);
        }
        self.sacked = 0;
    }

    /// The first segment that is lost and not sent again.
    pub(super) fn next_lost(&mut self) -> Option<usize> {
        if self.resent >= self.lost {
            return None;
        }
        let from = self.waiting.saturating_sub(self.base) as usize;
        let waits = |sent: &Sent| sent.is(Marks::LOST) && !sent.is(Marks::RESENT);
        let index = (from..self.sent.len()).find(|index| waits(&self.sent[*index]))?;
        self.waiting = self.base + index as u64;
        Some(index)
    }

    /// Cuts a segment in two.
    pub(super) fn cut(&mut self, index: usize, at: Seq) {
        let mut rest = self.sent[index];
        rest.seq = at;
        rest.marks.clear(Marks::SYN);
        self.sent[index].end = at;
        self.sent[index].marks.clear(Marks::FIN);
        self.lost += u32::from(rest.is(Marks::LOST));
        self.resent += u32::from(rest.is(Marks::RESENT));
        self.sacked += u32::from(rest.is(Marks::SACKED));
        self.sent.insert(index + 1, rest);
        self.waiting = self.base;
        self.link_anew();
    }

    /// The segment whose last transmission is the longest ago, of those that may be in the network: its index.
    pub(super) fn oldest(&self) -> Option<usize> {
        self.index(self.oldest)
    }

    /// The one sent next after it.
    pub(super) fn sent_after(&self, index: usize) -> Option<usize> {
        self.index(self.sent[index].after)
    }

    /// It needs no watching any more.
    pub(super) fn unwatch(&mut self, index: usize) {
        self.unlink(self.base + index as u64);
    }

    fn index(&self, number: u64) -> Option<usize> {
        (number != NONE).then(|| (number - self.base) as usize)
    }

    fn link_newest(&mut self, number: u64) {
        let newest = core::mem::replace(&mut self.newest, number);
        match self.index(newest) {
            Some(index) => self.sent[index].after = number,
            None => self.oldest = number,
        }
        let sent = &mut self.sent[(number - self.base) as usize];
        (sent.before, sent.after) = (newest, NONE);
        sent.marks.set(Marks::TIMED);
    }

    fn unlink(&mut self, number: u64) {
        let Some(sent) = self.sent.get_mut((number - self.base) as usize) else { return };
        if !sent.is(Marks::TIMED) {
            return;
        }
        sent.marks.clear(Marks::TIMED);
        let (before, after) = (sent.before, sent.after);
        match self.index(before) {
            Some(index) => self.sent[index].after = after,
            None => self.oldest = after,
        }
        match self.index(after) {
            Some(index) => self.sent[index].before = before,
            None => self.newest = before,
        }
    }

    /// Builds the list by time again: numbers have moved.
    fn link_anew(&mut self) {
        let mut numbers: Vec<u64> = (self.base..).take(self.sent.len()).collect();
        numbers.retain(|number| self.sent[(number - self.base) as usize].is(Marks::TIMED));
        // Stable: segments of one moment stay in their order.
        numbers.sort_by_key(|number| self.sent[(number - self.base) as usize].at);
        (self.oldest, self.newest) = (NONE, NONE);
        for number in numbers {
            self.link_newest(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(count: u32) -> Flight {
        let mut flight = Flight::default();
        for index in 0..count {
            let at = Instant::from_millis(u64::from(index));
            flight.push((Seq(index * 10), Seq(index * 10 + 10)), Marks::of(false, false), at, 0);
        }
        flight
    }

    fn by_time(flight: &Flight) -> Vec<usize> {
        core::iter::successors(flight.oldest(), |index| flight.sent_after(*index)).collect()
    }

    #[test]
    fn what_is_sent_again_is_the_newest() {
        let mut flight = flight(4);
        flight.mark_sacked(2);
        assert!(flight.mark_lost(1), "it was not lost before");
        assert_eq!((flight.in_network(), flight.next_lost()), (2, Some(1)));
        flight.touch(1, Instant::from_millis(9), 0);
        flight.mark_resent(1);
        assert_eq!((flight.in_network(), flight.next_lost()), (3, None));
        assert_eq!(by_time(&flight), [0, 3, 1]);
    }

    #[test]
    fn counts_follow_their_segments_out() {
        let mut flight = flight(3);
        flight.mark_lost(0);
        flight.mark_resent(0);
        flight.pop();
        assert_eq!((flight.lost, flight.resent, flight.in_network()), (0, 0, 2));
        flight.cut(0, Seq(15));
        assert_eq!((by_time(&flight), flight.len()), (vec![0, 1, 2], 3));
    }
}
