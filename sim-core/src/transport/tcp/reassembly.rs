//! Bytes that arrived before those in front of them, kept until the gap is filled; neighbours are joined, so there are as
//! many pieces as gaps.
//!
//! Absent on purpose: a bound of its own. The caller cuts segments to the window, and pieces never overlap, so what is kept
//! is at most one window.

use std::collections::VecDeque;

use super::Seq;

#[derive(Clone, Debug)]
struct Piece {
    start: Seq,
    bytes: Vec<u8>,
    /// Memory that it takes, as [`super::memory`] counts it.
    charge: u32,
}

impl Piece {
    fn end(&self) -> Seq {
        // A piece is within a window.
        self.start + self.bytes.len() as u32
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Reassembly {
    /// Pieces in order, with gaps between them.
    pieces: VecDeque<Piece>,
}

/// What inserting a segment did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inserted {
    /// All of it was there.
    pub(super) known: bool,
    /// It went on where a piece ended.
    pub(super) joined: bool,
}

impl Reassembly {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
    }

    /// The sequence number after the last byte.
    pub(super) fn end(&self) -> Option<Seq> {
        self.pieces.back().map(Piece::end)
    }

    /// The part of these sequence numbers that is there already, from the first byte that is.
    pub(super) fn overlap(&self, seq: Seq, end: Seq) -> Option<(Seq, Seq)> {
        let piece = self.pieces.iter().find(|piece| piece.end().after(seq) && piece.start.before(end))?;
        Some((piece.start.later(seq), piece.end().earlier(end)))
    }

    /// Keeps the parts of a segment that are not kept already. `charge` is the memory that it takes, `shared` what it
    /// takes where it joins a piece.
    pub(super) fn insert(&mut self, seq: Seq, bytes: &[u8], (charge, shared): (u32, u32)) -> Inserted {
        let end = seq + bytes.len() as u32;
        // The first piece that ends at `seq` or after: most segments go on where the last piece ends.
        let index = match self.pieces.back() {
            Some(last) if last.end().up_to(seq) => self.pieces.len() - usize::from(last.end() == seq),
            _ => self.pieces.partition_point(|piece| piece.end().before(seq)),
        };
        let Some(piece) = self.pieces.get_mut(index).filter(|piece| piece.start.up_to(seq)) else {
            self.pieces.insert(index, Piece { start: seq, bytes: bytes.to_vec(), charge });
            self.join_following(index);
            return Inserted { known: false, joined: false };
        };
        if end.up_to(piece.end()) {
            return Inserted { known: true, joined: false };
        }
        let known = (piece.end() - seq) as usize;
        piece.bytes.extend_from_slice(&bytes[known..]);
        piece.charge += shared;
        self.join_following(index);
        Inserted { known: false, joined: true }
    }

    /// The piece at `index` has grown: those that it reaches become part of it.
    fn join_following(&mut self, index: usize) {
        while let Some(next) = self.pieces.get(index + 1)
            && next.start.up_to(self.pieces[index].end())
        {
            let Some(next) = self.pieces.remove(index + 1) else { return };
            let piece = &mut self.pieces[index];
            let known = (piece.end() - next.start) as usize;
            piece.bytes.extend_from_slice(next.bytes.get(known..).unwrap_or_default());
            piece.charge += next.charge;
        }
    }

    /// Takes the first piece when it reaches `next`, cut to what is new; and the memory that it took.
    pub(super) fn take(&mut self, next: Seq) -> Option<(Vec<u8>, u32)> {
        while self.pieces.front()?.start.up_to(next) {
            let mut piece = self.pieces.pop_front()?;
            if piece.end().after(next) {
                piece.bytes.drain(..(next - piece.start) as usize);
                return Some((piece.bytes, piece.charge));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_pieces_come_out_once_and_in_order() {
        let mut pieces = Reassembly::default();
        pieces.insert(Seq(10), b"abc", (1, 1));
        pieces.insert(Seq(16), b"gh", (1, 1));
        pieces.insert(Seq(9), b"_abcdefgh!", (1, 1));
        let (bytes, charge) = pieces.take(Seq(9)).expect("a piece");
        assert_eq!((bytes.as_slice(), charge), (b"_abcdefgh!".as_slice(), 3));
        assert!(pieces.is_empty());
    }

    #[test]
    fn neighbours_are_joined() {
        let mut pieces = Reassembly::default();
        pieces.insert(Seq(20), b"xx", (5, 1));
        assert_eq!(pieces.insert(Seq(22), b"yy", (5, 1)), Inserted { known: false, joined: true });
        assert_eq!(pieces.insert(Seq(21), b"xy", (5, 1)), Inserted { known: true, joined: false });
        assert_eq!(pieces.overlap(Seq(18), Seq(23)), Some((Seq(20), Seq(23))));
        assert_eq!(pieces.take(Seq(19)), None);
        assert_eq!(pieces.take(Seq(20)), Some((b"xxyy".to_vec(), 6)));
    }
}
