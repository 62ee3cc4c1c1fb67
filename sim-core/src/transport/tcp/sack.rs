//! Selective acknowledgements that arrive (RFC 2018, RFC 2883): which segments the peer has, which of our
//! retransmissions were superfluous, and how far the network reorders.
//!
//! Blocks that the last ACK said already are not walked again, so the cost is that of the news.
//!
//! Absent on purpose: blocks that cover a part of a segment (as on Linux, only whole segments count).

use super::acknowledge::Digest;
use super::flight::Marks;
use super::{Segment, Seq, Tcb};

/// Most segments that reordering is taken to span (`tcp_max_reordering`).
const MOST_REORDERING: u32 = 300;

/// A range of sequence numbers: from, and the one after the last.
pub(super) type Block = (Seq, Seq);

/// What is known from SACK blocks beyond the marks in the flight.
#[derive(Clone, Debug)]
pub(super) struct Scoreboard {
    /// Blocks of the last ACK that had some.
    known: [Block; 4],
    count: usize,
    /// End of the highest segment that was selectively acknowledged.
    pub(super) highest: Seq,
    /// Segments of ours that the peer got twice.
    pub(super) duplicates: u32,
}

impl Scoreboard {
    pub(super) fn new(iss: Seq) -> Scoreboard {
        Scoreboard { known: [(iss, iss); 4], count: 0, highest: iss, duplicates: 0 }
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        self.count = 0;
    }

    /// The first part of the block from `at` on that was not known: where it begins and ends.
    fn news(&self, at: Seq, end: Seq) -> Option<Block> {
        let mut start = at;
        let mut stop = end;
        loop {
            let cover = self.known[..self.count].iter().find(|known| known.0.up_to(start) && known.1.after(start));
            match cover {
                Some(known) => start = known.1,
                None => break,
            }
        }
        if !start.before(end) {
            return None;
        }
        for known in &self.known[..self.count] {
            if known.0.after(start) && known.0.before(stop) {
                stop = known.0;
            }
        }
        Some((start, stop))
    }
}

impl Tcb {
    /// The blocks of a segment (Linux's `tcp_sacktag_write_queue`).
    pub(super) fn take_sack(&mut self, segment: &Segment<'_>, digest: &mut Digest) {
        if self.flight.sacked == 0 {
            self.scoreboard.highest = self.una;
        }
        let options = &segment.options;
        let count = options.sack_blocks.min(options.sack.len());
        let blocks = options.sack.map(|(left, right)| (Seq(left), Seq(right)));
        let blocks = &blocks[..count];
        let duplicate = self.take_duplicate(segment.ack, blocks, digest);
        if !self.flight.is_empty() {
            self.take_blocks(blocks, duplicate, digest);
            if self.recovery.is_reordering_told() {
                self.check_reordering(digest.reordered_from);
            }
        }
    }

    fn take_blocks(&mut self, blocks: &[Block], duplicate: bool, digest: &mut Digest) {
        let mut kept = [(self.una, self.una); 4];
        let mut count = 0;
        for (index, block) in blocks.iter().enumerate() {
            let first_again = duplicate && index == 0;
            if !self.is_valid_block(*block, first_again) {
                continue;
            }
            if first_again {
                self.take_duplicate_block(*block, digest);
                continue;
            }
            kept[count] = *block;
            count += 1;
            let mut at = block.0;
            while let Some((start, end)) = self.scoreboard.news(at, block.1) {
                self.take_range(*block, (start, end), digest);
                at = end;
            }
        }
        self.scoreboard.known = kept;
        self.scoreboard.count = count;
    }

    /// Marks the segments that touch a range and lie in its block.
    fn take_range(&mut self, block: Block, (start, end): Block, digest: &mut Digest) {
        let mut index = self.flight.position(start);
        while let Some(sent) = self.flight.get(index) {
            if !sent.seq.before(end) {
                break;
            }
            if block.0.up_to(sent.seq) && sent.end.up_to(block.1) {
                self.take_sacked(index, digest);
            }
            index += 1;
        }
    }

    /// The peer has this segment (`tcp_sacktag_one`).
    fn take_sacked(&mut self, index: usize, digest: &mut Digest) {
        let Some(sent) = self.flight.get(index).copied() else { return };
        if sent.is(Marks::SACKED) {
            return;
        }
        self.rack_advance(&sent, digest.at);
        digest.note_delivered(&sent);
        if !sent.is(Marks::RESENT) && !sent.is(Marks::AGAIN) {
            // A segment sent once that fills a hole behind others: the network reorders.
            if sent.seq.before(self.scoreboard.highest) {
                digest.reordered_from = digest.reordered_from.earlier(sent.seq);
            }
            digest.original |= sent.end.up_to(self.recovery.point);
            digest.first_sacked.get_or_insert(sent.at);
            digest.last_sacked = Some(sent.at);
        }
        self.flight.mark_sacked(index);
        self.scoreboard.highest = self.scoreboard.highest.later(sent.end);
        digest.sacked = true;
        self.delivered = self.delivered.wrapping_add(1);
    }

    /// RFC 2883 §4: is the first block a D-SACK? It lies below the ACK, or within the second block.
    fn take_duplicate(&mut self, ack: Seq, blocks: &[Block], digest: &mut Digest) -> bool {
        let Some((start, end)) = blocks.first().copied() else { return false };
        let inside = blocks.get(1).is_some_and(|second| end.up_to(second.1) && second.0.up_to(start));
        if !start.before(ack) && !inside {
            return false;
        }
        let seen = self.count_duplicate((start, end), digest);
        if seen == 0 {
            return false;
        }
        let old = end.up_to(digest.una);
        self.recovery.duplicate_below(old, end, seen);
        true
    }

    /// How many segments of ours the peer got twice; zero when the block cannot be true.
    fn count_duplicate(&mut self, (start, end): Block, digest: &mut Digest) -> u32 {
        if !start.before(end) || end - start > self.max_wnd {
            return 0;
        }
        let length = end - start;
        let seen = if length > self.mss { length.div_ceil(self.mss) } else { 1 };
        if length <= self.mss && self.recovery.probed == Some(end) {
            digest.duplicate_probe = true;
        }
        self.scoreboard.duplicates += seen;
        // More than we ever sent again: somebody else duplicates.
        if self.scoreboard.duplicates > self.retransmitted {
            return 0;
        }
        if self.recovery.has_reordering() && !digest.duplicate_probe {
            self.rack.note_duplicate();
        }
        digest.duplicates = true;
        self.delivered = self.delivered.wrapping_add(seen);
        seen
    }

    /// A D-SACK about segments that are still in the flight.
    fn take_duplicate_block(&mut self, block: Block, digest: &mut Digest) {
        let mut index = self.flight.position(block.0);
        while let Some(sent) = self.flight.get(index).copied() {
            if !sent.seq.before(block.1) {
                break;
            }
            if block.0.up_to(sent.seq) && sent.end.up_to(block.1) {
                if sent.is(Marks::AGAIN) {
                    self.recovery.duplicate_of(sent.end);
                    if sent.is(Marks::SACKED) {
                        digest.reordered_from = digest.reordered_from.earlier(sent.seq);
                    }
                }
                self.take_sacked(index, digest);
                self.flight.forget_resent(index);
            }
            index += 1;
        }
    }

    /// Could the peer mean it? (`tcp_is_sackblock_valid`)
    fn is_valid_block(&self, (start, end): Block, duplicate: bool) -> bool {
        if end.after(self.nxt) || !start.before(end) || !start.before(self.nxt) {
            return false;
        }
        if start.after(self.una) {
            return true;
        }
        let Some(marker) = self.recovery.undo_marker.filter(|_| duplicate) else { return false };
        if end.after(self.una) {
            return false;
        }
        !start.before(marker) || (end.after(marker) && !start.before(end - self.max_wnd))
    }

    /// Something arrived behind `highest` that was sent once: how far the network reorders.
    pub(super) fn check_reordering(&mut self, from: Seq) {
        let highest = self.scoreboard.highest;
        if !from.before(highest) {
            return;
        }
        let span = highest - from;
        let reordering = &mut self.recovery.reordering;
        if span > *reordering * self.mss {
            *reordering = span.div_ceil(self.mss.max(1)).min(MOST_REORDERING);
        }
        self.recovery.note_reordering();
    }
}
