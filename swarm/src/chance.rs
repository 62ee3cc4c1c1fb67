//! Draws that every part makes.
//!
//! Absent on purpose: a generator of its own (`fastrand` is one).

use std::time::Duration;

use fastrand::Rng;
use sim_core::program::CongestionControl;
use sim_core::scenario::{Faults, HostSettings};
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

/// Settings of a host: some of the usual, some far from them.
pub(crate) fn settings(random: &mut Rng) -> HostSettings {
    let usual = HostSettings::LINUX;
    let on = |random: &mut Rng| !one_in(random, 4);
    let pick = |random: &mut Rng, usual: u32, others: [u32; 3]| {
        if one_in(random, 2) { usual } else { others[random.usize(..3)] }
    };
    HostSettings {
        ttl: pick(random, 64, [2, 32, 255]) as u8,
        send_buffer: pick(random, usual.send_buffer, [4608, 65_536, 1 << 20]),
        send_buffer_max: pick(random, usual.send_buffer_max, [4608, 16_384, 1 << 24]),
        receive_buffer: pick(random, usual.receive_buffer, [2304, 8192, 1 << 20]),
        receive_buffer_max: pick(random, usual.receive_buffer_max, [2304, 65_536, 1 << 30]),
        max_segment: if one_in(random, 3) { Some(random.u16(88..2000)) } else { None },
        nagle: on(random),
        delayed_ack: if on(random) { Some(Duration::from_millis(random.u64(1..=200))) } else { None },
        congestion: if on(random) { CongestionControl::Cubic } else { CongestionControl::Reno },
        initial_window: pick(random, 10, [1, 3, 100]),
        syn_retries: pick(random, 6, [1, 2, 7]) as u8,
        time_wait: Duration::from_millis(pick(random, 60_000, [1, 1000, 30_000]).into()),
        timestamps: on(random),
        sack: on(random),
        window_scaling: on(random),
    }
}
