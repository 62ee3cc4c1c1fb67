//! What our SACK options say (RFC 2018 §4, RFC 2883 §4): blocks of what is out of order, the newest first, and what came
//! twice.
//!
//! Absent on purpose: the bytes ([`super::reassembly`] has them).

use super::Seq;
use super::sack::Block;

/// Blocks that are remembered (`TCP_NUM_SACKS`).
const BLOCKS: usize = 4;
/// Blocks that a compressed ACK may leave out of several (`TCP_SACK_BLOCKS_EXPECTED`).
const SEEN: usize = 2;

#[derive(Clone, Debug)]
pub(super) struct Selective {
    blocks: [Block; BLOCKS],
    count: usize,
    /// What came twice, until it is told.
    duplicate: Option<Block>,
}

impl Default for Selective {
    fn default() -> Selective {
        Selective { blocks: [(Seq(0), Seq(0)); BLOCKS], count: 0, duplicate: None }
    }
}

fn touches(one: Block, other: Block) -> bool {
    one.0.up_to(other.1) && other.0.up_to(one.1)
}

fn join(one: Block, other: Block) -> Block {
    (one.0.earlier(other.0), one.1.later(other.1))
}

impl Selective {
    /// Blocks that the next option would have.
    pub(super) fn len(&self) -> usize {
        self.count + usize::from(self.duplicate.is_some())
    }

    /// It belongs to none of the first two blocks, which are all that a peer is sure to see of a few ACKs.
    pub(super) fn is_third(&self, start: Seq, end: Seq) -> bool {
        let place = self.blocks[..self.count].iter().position(|known| touches(*known, (start, end)));
        place.unwrap_or(self.count) >= SEEN
    }

    /// Something arrived out of order.
    pub(super) fn add(&mut self, block: Block) {
        let place = self.blocks[..self.count].iter().position(|known| touches(*known, block));
        let block = place.map_or(block, |place| join(self.blocks[place], block));
        let end = place.unwrap_or_else(|| {
            self.count = (self.count + 1).min(BLOCKS);
            self.count - 1
        });
        self.blocks.copy_within(..end, 1);
        self.blocks[0] = block;
        self.join_others();
    }

    /// The newest block may have grown into others.
    fn join_others(&mut self) {
        let mut index = 1;
        while index < self.count {
            if touches(self.blocks[0], self.blocks[index]) {
                self.blocks[0] = join(self.blocks[0], self.blocks[index]);
                self.blocks.copy_within(index + 1..self.count, index);
                self.count -= 1;
            } else {
                index += 1;
            }
        }
    }

    /// What is before `next` is in order now.
    pub(super) fn advance(&mut self, next: Seq) {
        let mut kept = 0;
        for index in 0..self.count {
            if self.blocks[index].0.after(next) {
                self.blocks[kept] = self.blocks[index];
                kept += 1;
            }
        }
        self.count = kept;
    }

    /// Something came twice (RFC 2883).
    pub(super) fn note_duplicate(&mut self, block: Block) {
        self.duplicate = match self.duplicate {
            Some(known) if touches(known, block) => Some(join(known, block)),
            Some(known) => Some(known),
            None => Some(block),
        };
    }

    /// The blocks of the next option; the duplicate is told once.
    pub(super) fn take(&mut self, most: usize) -> impl Iterator<Item = Block> + '_ {
        let duplicate = self.duplicate.take();
        duplicate.into_iter().chain(self.blocks[..self.count].iter().copied()).take(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(selective: &mut Selective) -> Vec<(u32, u32)> {
        selective.take(4).map(|(left, right)| (left.0, right.0)).collect()
    }

    #[test]
    fn the_newest_block_is_first() {
        let mut selective = Selective::default();
        selective.add((Seq(20), Seq(30)));
        selective.add((Seq(40), Seq(50)));
        selective.add((Seq(30), Seq(35)));
        assert_eq!(blocks(&mut selective), [(20, 35), (40, 50)]);
        selective.add((Seq(35), Seq(40)));
        assert_eq!(blocks(&mut selective), [(20, 50)]);
        selective.advance(Seq(50));
        assert_eq!(blocks(&mut selective), []);
    }

    #[test]
    fn the_oldest_of_five_is_forgotten() {
        let mut selective = Selective::default();
        for start in [10, 30, 50, 70, 90] {
            selective.add((Seq(start), Seq(start + 5)));
        }
        assert_eq!(blocks(&mut selective), [(90, 95), (70, 75), (50, 55), (30, 35)]);
    }

    #[test]
    fn a_duplicate_is_told_once_and_first() {
        let mut selective = Selective::default();
        selective.add((Seq(20), Seq(30)));
        selective.note_duplicate((Seq(1), Seq(5)));
        assert_eq!(blocks(&mut selective), [(1, 5), (20, 30)]);
        assert_eq!(blocks(&mut selective), [(20, 30)]);
    }
}
