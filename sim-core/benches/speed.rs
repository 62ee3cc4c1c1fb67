//! How fast the simulator is: the timing wheel beside the heap that it replaces, and hops a second of whole networks.
//!
//! `cargo bench -p sim-core`. A hop is one frame delivered across one link.
//!
//! Absent on purpose: figures of memory and of other simulators (`sockscope bench` and `cargo xtask bench` have them).
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sim_core::time::Instant;
use sim_core::wheel::Wheel;
use sim_core::workload::{self, WORKLOADS, Watched};

/// Spans from an event to the one that it schedules: serialisation, propagation, waking, timers.
const SPANS: [u64; 8] = [121_120, 10_000_000, 100_000, 5_280, 10_121_120, 40_000_000, 204_000_000, 1];

/// Takes one and puts one in, with so many pending: what a simulator does all day.
fn queues(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    for pending in [2_u64, 64, 4096, 65_536] {
        group.throughput(Throughput::Elements(1));
        group.bench_with_input(BenchmarkId::new("wheel", pending), &pending, |bencher, &pending| {
            let mut wheel = Wheel::default();
            for index in 0..pending {
                wheel.push(Instant::from_nanos(index * 1013), index);
            }
            bencher.iter(|| {
                let (at, value) = wheel.pop_until(Instant::FAR_FUTURE).expect("it never empties");
                wheel.push(at + span(value), value + 1);
                at
            });
        });
        group.bench_with_input(BenchmarkId::new("heap", pending), &pending, |bencher, &pending| {
            let mut heap = BinaryHeap::new();
            let mut pushed = 0_u64;
            for index in 0..pending {
                heap.push(Reverse((Instant::from_nanos(index * 1013), index, index)));
                pushed += 1;
            }
            bencher.iter(|| {
                let Reverse((at, _, value)) = heap.pop().expect("it never empties");
                heap.push(Reverse((at + span(value), pushed, value + 1)));
                pushed += 1;
                at
            });
        });
    }
    group.finish();
}

fn span(value: u64) -> Duration {
    Duration::from_nanos(SPANS[(value % 8) as usize])
}

/// A run of so many hops, from a snapshot in which all flows are under way.
fn hops(criterion: &mut Criterion) {
    const HOPS: u64 = 20_000;
    let mut group = criterion.benchmark_group("hops");
    group.sample_size(20);
    group.throughput(Throughput::Elements(HOPS));
    for workload in WORKLOADS.into_iter().filter(|workload| workload.flows <= 50) {
        for (name, watched) in [("not watched", Watched::Not), ("captured", Watched::Frames)] {
            let network = workload.start(watched);
            group.bench_with_input(BenchmarkId::new(workload.name, name), &network, |bencher, network| {
                bencher.iter_batched(
                    || network.clone(),
                    |mut network| {
                        workload::advance(&mut network, HOPS, |output| drop(black_box(output)));
                        network
                    },
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(speed, queues, hops);
criterion_main!(speed);
