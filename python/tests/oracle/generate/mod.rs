//! Programs from a seed: the same seed gives the same program, on every computer.
//!
//! Each kind has a file. Absent: what differs between two runs of CPython (addresses, the order of a set of strings) or between two of
//! its versions (sums of floats).

mod calls;
mod control;
mod expression;
mod format;
mod sequence;

/// Chance that follows from a seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    /// A stream that follows from a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `limit`.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a usize")
    }

    /// Once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Between two numbers, both possible.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(usize::try_from(high - low + 1).expect("a range"))).expect("small")
    }
}

/// A program, and which kind it is.
pub(crate) fn program(seed: u64) -> (&'static str, String) {
    type Kind = (&'static str, fn(&mut Random) -> String);
    const KINDS: [Kind; 8] = [
        ("numbers", expression::numbers),
        ("mixed", expression::mixed),
        ("format", format::specs),
        ("percent", format::percent),
        ("slices", sequence::slices),
        ("methods", sequence::methods),
        ("control", control::program),
        ("calls", calls::program),
    ];
    let (name, make) = KINDS[usize::try_from(seed % 8).expect("less than eight")];
    (name, make(&mut Random::new(seed)))
}

/// Prints an expression, or its error.
fn guarded(expression: &str) -> String {
    format!("try:\n    print({expression})\nexcept Exception as e:\n    print(type(e).__name__, e)\n")
}
