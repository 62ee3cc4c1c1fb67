//! Random bits from the scenario's seed: streams that are functions of (key, counter).
//!
//! Every link direction and every host has a key of its own, made from the seed and its name (what it is and its
//! number). So an edit elsewhere, or one draw more elsewhere, shifts nothing here.
//!
//! Absent on purpose: entropy, and cryptographic strength (initial sequence numbers are RFC 6528 in form only).

/// What a stream is for: it keeps streams of one number apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Loss on a link direction.
    Link = 1,
    /// Everything that a host draws: sequence numbers, ports, identifications.
    Host = 2,
    /// How late a frame is.
    Jitter = 3,
    /// Which frames arrive twice.
    Duplication = 4,
    /// Which frames are damaged.
    Corruption = 5,
    /// Which bit of a damaged frame.
    Bit = 6,
    /// Which frames are held back.
    Reordering = 7,
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input moves half the bits of the output.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A stream of random numbers that is a function of its key and a counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    key: u64,
    counter: u64,
}

impl Stream {
    pub(crate) const fn new(seed: u64, purpose: Purpose, number: u64) -> Stream {
        Stream { key: mix(mix(seed) ^ mix((purpose as u64) << 56 | number)), counter: 0 }
    }

    /// The next 64 bits.
    pub(crate) const fn next(&mut self) -> u64 {
        self.counter += 1;
        self.at(self.counter)
    }

    /// The 64 bits at a place of the stream, from 1: no draw.
    pub(crate) const fn at(&self, place: u64) -> u64 {
        mix(self.key ^ mix(place))
    }

    /// The next number below `bound`. The bias is below `bound / 2^64`.
    pub(crate) const fn below(&mut self, bound: u32) -> u32 {
        scale(self.next(), bound as u64) as u32
    }

    /// A stream of its own for the part of this number; no draw.
    pub(crate) fn fork(&self, number: u64) -> Stream {
        Stream { key: self.hash(&[number]), counter: 0 }
    }

    /// A keyed hash of these words: the same for the same words, and no draw.
    pub(crate) fn hash(&self, words: &[u64]) -> u64 {
        words.iter().fold(self.key, |hash, word| mix(hash ^ mix(*word)))
    }
}

/// A number below `bound` from 64 random bits.
pub(crate) const fn scale(bits: u64, bound: u64) -> u64 {
    ((bits as u128 * bound as u128) >> 64) as u64
}
