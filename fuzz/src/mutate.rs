//! Mutations: what transmission, truncation and ill will do to bytes.
//!
//! Absent on purpose: knowledge of any format, but for one thing that all have: numbers that say how long something is.

use fastrand::Rng;

/// Longest input: what a frame or a datagram can be, and more than any header's length field.
const LONGEST: usize = 70_000;

/// An input of the corpus, mutated up to eight times; sometimes not at all.
pub(crate) fn mutated(corpus: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = any(corpus, random).to_vec();
    for _ in 0..random.usize(0..=8) {
        mutate(&mut input, corpus, random);
        input.truncate(LONGEST);
    }
    input
}

fn any<'a>(corpus: &'a [Vec<u8>], random: &mut Rng) -> &'a [u8] {
    random.choice(corpus).map_or(&[], Vec::as_slice)
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Rng) {
    if input.is_empty() {
        input.extend(any(corpus, random));
        return;
    }
    let at = place(input.len(), random);
    match random.u8(0..10) {
        0 | 1 => input[at] ^= 1 << random.u8(0..8),
        2 => input[at] = random.choice([0, 1, 2, 0x0f, 0x7f, 0x80, 0xc0, 0xff]).unwrap_or_default(),
        3 => input[at] = random.u8(..),
        4 | 5 => tweak_length(input, at, random),
        6 => input.truncate(at),
        7 => {
            let end = (at + random.usize(1..=16)).min(input.len());
            input.drain(at..end);
        }
        8 => {
            let end = (at + random.usize(1..=16)).min(input.len());
            let again = input[at..end].to_vec();
            input.splice(at..at, again);
        }
        _ => {
            let other = any(corpus, random);
            let from = place(other.len() + 1, random);
            input.truncate(at);
            input.extend(&other[from.min(other.len())..]);
        }
    }
}

/// A place, more often near the start: headers are there.
fn place(length: usize, random: &mut Rng) -> usize {
    let near = if random.bool() { length.min(80) } else { length };
    random.usize(0..near)
}

/// Changes a number of one or two bytes that could be a length: one that is not larger than what follows it by much.
fn tweak_length(input: &mut [u8], at: usize, random: &mut Rng) {
    let length = input.len();
    let could_be = |value: usize| value > 0 && value <= length + 8;
    let found = (at..length.saturating_sub(1))
        .find(|&at| could_be(usize::from(u16::from_be_bytes([input[at], input[at + 1]]))));
    let by = random.choice([1_u16, 2, 4, 8, 0xffff, 0xfffe, 0xfffc, 0x7fff, 0x8000]).unwrap_or(1);
    match found {
        Some(at) if random.bool() => {
            let value = u16::from_be_bytes([input[at], input[at + 1]]).wrapping_add(by);
            input[at..at + 2].copy_from_slice(&value.to_be_bytes());
        }
        // The low byte of the number that was chosen as an offset is one as good as any.
        _ => input[at] = input[at].wrapping_add(by as u8),
    }
}
