//! Bytes that say where in a stream they belong: each is a function of the stream and of its place, so that a lost, doubled or moved
//! one shows where it happened, and neither end has to remember what it sent.
//!
//! Absent: strength; nobody guesses.

/// The content of one direction of one connection.
#[derive(Clone, Copy)]
pub(crate) struct Pattern(pub(crate) u64);

impl Pattern {
    fn word(self, index: usize) -> [u8; 8] {
        // The finaliser of SplitMix64.
        let mut mixed = self.0.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    }

    pub(crate) fn bytes(self, from: usize, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (from / 8..=(from + length) / 8).flat_map(|index| self.word(index)).collect();
        bytes.drain(..from % 8);
        bytes.truncate(length);
        bytes
    }

    pub(crate) fn check(self, from: usize, heard: &[u8], what: &str) {
        let expected = self.bytes(from, heard.len());
        if let Some(at) = expected.iter().zip(heard).position(|(expected, heard)| expected != heard) {
            panic!("{what}: byte {} is wrong (in a piece of {} bytes from {from})", from + at, heard.len());
        }
    }
}
