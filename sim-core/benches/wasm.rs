//! Hops a second in wasm, in a browser: the workloads that `sockscope bench` runs natively, a line of JSON for each.
//!
//! `cargo xtask bench` runs it and compares. Absent on purpose: anything native, where this file is empty.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

use sim_core::workload::{self, WORKLOADS, Watched};
use wasm_bindgen_test::{Criterion, console_log, wasm_bindgen_bench, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Hops of a run, and runs, of which the median counts. The browser's clock has steps of a tenth of a millisecond or finer.
const HOPS: u64 = 100_000;
const RUNS: usize = 5;

/// It measures by itself, as `sockscope bench` does, so that the two can be compared.
#[wasm_bindgen_bench]
fn hops(_: &mut Criterion) {
    for workload in WORKLOADS.into_iter().filter(|workload| workload.flows <= 50) {
        for (name, watched) in [("nothing", Watched::Not), ("frames", Watched::Frames)] {
            let mut network = workload.start(watched);
            let mut costs = Vec::new();
            for _ in 0..RUNS {
                let (start, from) = (js_sys::Date::now(), network.counts().hops);
                workload::advance(&mut network, HOPS, |output| drop(black_box(output)));
                costs.push((js_sys::Date::now() - start) * 1e6 / (network.counts().hops - from) as f64);
            }
            costs.sort_by(f64::total_cmp);
            let (workload, cost) = (workload.name, costs[RUNS / 2]);
            console_log!(r#"{{"workload":"{workload}","watched":"{name}","nanoseconds_per_hop":{cost:.1}}}"#);
        }
    }
}
