//! The generator of the module `random`, number for number: MT19937 (Matsumoto and Nishimura 1998), seeded and drawn from as CPython does.
//! Absent: sequences (what is drawn are indexes), distributions other than the uniform and the normal.

use super::digest;
use super::integer::{self, Int};

const SIZE: usize = 624;

/// The state.
#[derive(Clone, Debug)]
pub struct Twister {
    words: Box<[u32; SIZE]>,
    at: usize,
    /// The second of the pair that `gauss` draws at once.
    spare: Option<f64>,
}

impl Twister {
    /// Seeded with the words of a key (`init_by_array`).
    pub fn with_key(key: &[u32]) -> Self {
        let mut words = Box::new([0u32; SIZE]);
        words[0] = 19_650_218;
        for i in 1..SIZE {
            let before = words[i - 1] ^ words[i - 1] >> 30;
            words[i] = before.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..SIZE.max(key.len()) {
            let before = words[i - 1] ^ words[i - 1] >> 30;
            words[i] = (words[i] ^ before.wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i == SIZE {
                words[0] = words[SIZE - 1];
                i = 1;
            }
        }
        for _ in 1..SIZE {
            let before = words[i - 1] ^ words[i - 1] >> 30;
            words[i] = (words[i] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i == SIZE {
                words[0] = words[SIZE - 1];
                i = 1;
            }
        }
        words[0] = 0x8000_0000;
        Self { words, at: SIZE, spare: None }
    }

    /// `seed(int)`: the sign does not count.
    pub fn with_int(seed: &Int) -> Self {
        let key = integer::absolute(seed).big().magnitude().to_u32_digits();
        Self::with_key(if key.is_empty() { &[0] } else { &key })
    }

    /// `seed(bytes)`, and `seed(str)` with its UTF-8: the bytes and their SHA-512 as one integer.
    pub fn with_bytes(seed: &[u8]) -> Self {
        let digest = digest::find("sha512").map(|algorithm| (algorithm.digest)(seed)).unwrap_or_default();
        Self::with_int(&integer::from_bytes(&[seed, &digest].concat(), true, false))
    }

    fn refill(&mut self) {
        let words = &mut self.words;
        for i in 0..SIZE {
            let joined = words[i] & 0x8000_0000 | words[(i + 1) % SIZE] & 0x7fff_ffff;
            let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            words[i] = words[(i + 397) % SIZE] ^ joined >> 1 ^ twist;
        }
        self.at = 0;
    }

    /// The next 32 bits.
    pub fn next_word(&mut self) -> u32 {
        if self.at >= SIZE {
            self.refill();
        }
        let mut word = self.words[self.at];
        self.at += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    /// `random()`: 53 bits in `[0, 1)`.
    pub fn random(&mut self) -> f64 {
        let (high, low) = (self.next_word() >> 5, self.next_word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `getrandbits(bits)`; the caller bounds `bits`.
    pub fn bits(&mut self, bits: u64) -> Int {
        if bits <= 32 {
            return Int::from(if bits == 0 { 0u64 } else { u64::from(self.next_word() >> (32 - bits)) });
        }
        let mut left = bits;
        let mut bytes = Vec::with_capacity(bits as usize / 8 + 4);
        while left > 0 {
            let word = self.next_word();
            let word = if left < 32 { word >> (32 - left) } else { word };
            bytes.extend_from_slice(&word.to_le_bytes());
            left = left.saturating_sub(32);
        }
        integer::from_bytes(&bytes, false, false)
    }

    /// An integer in `[0, end)`; `end` is above 0.
    pub fn below(&mut self, end: &Int) -> Int {
        let bits = end.bits();
        loop {
            let drawn = self.bits(bits);
            if drawn.compare(end).is_lt() {
                return drawn;
            }
        }
    }

    /// An index of a sequence of `length` items, which is above 0.
    pub fn index(&mut self, length: usize) -> usize {
        self.below(&Int::from(length as u64)).clamped() as usize
    }

    /// The exchanges that `shuffle` makes in a list of `length` items, in order.
    pub fn shuffle(&mut self, length: usize) -> Vec<(usize, usize)> {
        (1..length).rev().map(|i| (i, self.index(i + 1))).collect()
    }

    /// The indexes that `sample(population, count)` takes; `count` is at most `length`.
    pub fn sample(&mut self, length: usize, count: usize) -> Vec<usize> {
        let mut set_size = 21;
        if count > 5 {
            set_size += 4usize.pow(((count * 3) as f64).log(4.0).ceil() as u32);
        }
        let mut out = Vec::with_capacity(count);
        if length <= set_size {
            let mut pool: Vec<usize> = (0..length).collect();
            for i in 0..count {
                let j = self.index(length - i);
                out.push(pool[j]);
                pool[j] = pool[length - i - 1];
            }
        } else {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..count {
                let mut j = self.index(length);
                while !seen.insert(j) {
                    j = self.index(length);
                }
                out.push(j);
            }
        }
        out
    }

    /// An index as `choices` draws it, without weights.
    pub fn choose(&mut self, length: usize) -> usize {
        (self.random() * length as f64).floor() as usize
    }

    /// `gauss(mean, deviation)`.
    pub fn gauss(&mut self, mean: f64, deviation: f64) -> f64 {
        let z = self.spare.take().unwrap_or_else(|| {
            let angle = self.random() * std::f64::consts::TAU;
            let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
            self.spare = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        mean + z * deviation
    }
}
