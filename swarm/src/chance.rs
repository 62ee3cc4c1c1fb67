//! Draws that every part makes.
//!
//! Absent on purpose: a generator of its own (`fastrand` is one).

use std::time::Duration;

use fastrand::Rng;
use sim_core::scenario::Faults;
use sim_core::time::Instant;

pub(crate) fn one_in(random: &mut Rng, times: u32) -> bool {
    random.u32(..times) == 0
}

pub(crate) fn instant(random: &mut Rng, most_ms: u64) -> Instant {
    Instant::from_nanos(random.u64(..most_ms * 1_000_000))
}

/// Something that goes wrong in one direction, or nothing.
pub(crate) fn faults(random: &mut Rng) -> Faults {
    let share = |random: &mut Rng| if one_in(random, 3) { random.u32(..100_000) } else { 0 };
    let places = |random: &mut Rng| match one_in(random, 4) {
        true => (0..random.usize(..5)).map(|_| random.u64(1..60)).collect(),
        false => Vec::new(),
    };
    Faults {
        loss_ppm: share(random),
        burst: random.u32(..5),
        lose: places(random),
        duplicate_ppm: share(random),
        duplicate: places(random),
        corrupt_ppm: share(random),
        corrupt: places(random),
        reorder_ppm: share(random),
        reorder: places(random),
        reorder_by: Duration::from_micros(random.u64(..100_000)),
        ..Faults::default()
    }
}
