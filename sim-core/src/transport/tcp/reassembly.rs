//! Bytes that arrived before those in front of them, kept until the gap is filled.
//!
//! Absent on purpose: a bound of its own. The caller cuts segments to the window, and pieces never overlap, so what is kept
//! is at most one window.

use super::Seq;

#[derive(Clone, Debug, Default)]
pub(super) struct Reassembly {
    /// Pieces in order, without overlap.
    pieces: Vec<(Seq, Vec<u8>)>,
}

impl Reassembly {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Keeps the parts of a segment that are not kept already.
    pub(super) fn insert(&mut self, seq: Seq, bytes: &[u8]) {
        let mut seq = seq;
        let mut bytes = bytes;
        let mut index = 0;
        while index < self.pieces.len() && !bytes.is_empty() {
            let (start, end) = self.span(index);
            if seq.before(start) {
                let gap = ((start - seq) as usize).min(bytes.len());
                let (part, rest) = bytes.split_at(gap);
                self.pieces.insert(index, (seq, part.to_vec()));
                (seq, bytes) = (seq + gap as u32, rest);
                index += 1;
            } else if seq.before(end) {
                let covered = ((end - seq) as usize).min(bytes.len());
                (seq, bytes) = (seq + covered as u32, &bytes[covered..]);
            }
            index += 1;
        }
        if !bytes.is_empty() {
            self.pieces.push((seq, bytes.to_vec()));
        }
    }

    fn span(&self, index: usize) -> (Seq, Seq) {
        let (start, bytes) = &self.pieces[index];
        (*start, *start + bytes.len() as u32)
    }

    /// Takes the first piece when it reaches `next`, cut to what is new.
    pub(super) fn take(&mut self, next: Seq) -> Option<Vec<u8>> {
        loop {
            let (start, end) = (!self.pieces.is_empty()).then(|| self.span(0))?;
            if start.after(next) {
                return None;
            }
            let (_, mut bytes) = self.pieces.remove(0);
            if end.after(next) {
                bytes.drain(..(next - start) as usize);
                return Some(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_pieces_come_out_once_and_in_order() {
        let mut pieces = Reassembly::default();
        pieces.insert(Seq(10), b"abc");
        pieces.insert(Seq(16), b"gh");
        pieces.insert(Seq(9), b"_abcdefgh!");
        let mut out = Vec::new();
        while let Some(bytes) = pieces.take(Seq(9) + out.len() as u32) {
            out.extend(bytes);
        }
        assert_eq!(out, b"_abcdefgh!");
        assert!(pieces.is_empty());
    }
}
