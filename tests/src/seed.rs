//! Chance that can be repeated: the seed of a test is printed with the command that runs it again.
//!
//! Absent: quality beyond what tests need (SplitMix64, chosen because it is eight lines).

use std::env;
use std::hash::{BuildHasher, RandomState};

use anyhow::{Context, Result};

/// The variable that fixes the seed.
const VARIABLE: &str = "SOCKSCOPE_SEED";

/// Numbers that follow from a seed.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Takes the seed from `SOCKSCOPE_SEED`, or a fresh one, and prints how to repeat `test` with it.
    ///
    /// # Errors
    /// When the variable holds no number.
    pub fn for_test(test: &str) -> Result<Random> {
        let seed = match env::var(VARIABLE) {
            Ok(text) => text.parse().with_context(|| format!("{VARIABLE}=\"{text}\" is no number"))?,
            Err(_) => RandomState::new().hash_one(test),
        };
        // Shown when the test fails.
        println!("repeat with: {VARIABLE}={seed} cargo test -p tests {test}");
        Ok(Random { state: seed })
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is above 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Slightly uneven for huge limits, which no test notices.
        self.next_u64() % limit
    }

    /// `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let words = std::iter::repeat_with(|| self.next_u64().to_le_bytes());
        words.flatten().take(length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut a, mut b) = (Random { state: 7 }, Random { state: 7 });
        assert_eq!(a.bytes(100), b.bytes(100));
        assert_eq!(a.below(10), b.below(10));
        // The first output of SplitMix64 for the seed 0, as published.
        assert_eq!(Random { state: 0 }.next_u64(), 0xe220_a839_7b1d_cdaf);
    }
}
