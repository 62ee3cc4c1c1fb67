//! `sockscope bench`: how fast the simulator is on this machine, as a table or as JSON.
//!
//! Each row is measured in a process of its own, so that its peak memory is its own, and is the median of several runs.
//!
//! The JSON is one object: `hop` says what a hop is; `flatness` is the dearest hop of the TCP workloads over the cheapest, when
//! more than one was measured; `rows` holds, for each measurement, `workload`, `hosts`, `watched` (`nothing`, `frames`,
//! `facts`), `hops`, `hops_per_second`, `nanoseconds_per_hop`, `events_per_hop`, and `peak_memory_bytes` (`null` where the system does not
//! tell).
//!
//! `sockscope bench relay` measures the relay (`bench/relay.rs`).
//!
//! Absent on purpose: other simulators and wasm (`cargo xtask bench` compares).

mod relay;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sim_core::workload::{self, Transport, WORKLOADS, Watched, Workload};

use crate::memory;

/// Runs of which the median counts.
const RUNS: u64 = 5;

/// Measure the simulator's speed, or the relay's
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    #[command(subcommand)]
    part: Option<Part>,
    /// Which workloads to run; all, when none is named
    #[arg(value_name = "WORKLOAD", value_parser = workload)]
    workloads: Vec<Workload>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many hops to run each workload for
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    hops: u64,
    /// Measure the one workload so watched, in this process
    #[arg(long, hide = true, value_parser = watched)]
    here: Option<Watched>,
}

#[derive(Subcommand)]
enum Part {
    Relay(relay::RelayBench),
}

fn workload(name: &str) -> Result<Workload, String> {
    let found = WORKLOADS.into_iter().find(|workload| workload.name == name);
    found.ok_or_else(|| format!("choose among {}", WORKLOADS.map(|workload| workload.name).join(", ")))
}

const WATCHED: [(Watched, &str); 3] =
    [(Watched::Not, "nothing"), (Watched::Frames, "frames"), (Watched::Facts, "facts")];

fn watched(name: &str) -> Result<Watched, String> {
    let found = WATCHED.into_iter().find(|(_, other)| *other == name);
    found.map(|(watched, _)| watched).ok_or_else(|| "choose among nothing, frames, facts".to_owned())
}

impl Bench {
    pub(crate) fn run(&self) -> Result<(), String> {
        if let Some(Part::Relay(relay)) = &self.part {
            return relay.run();
        }
        if let Some(watched) = self.here {
            for workload in &self.workloads {
                println!("{}", measure(*workload, watched, self.hops));
            }
            return Ok(());
        }
        let chosen = if self.workloads.is_empty() { &WORKLOADS[..] } else { &self.workloads };
        let mut rows = Vec::new();
        if !self.json {
            println!("workload    hosts  watched       hops/s  ns/hop  events/hop  peak MiB");
        }
        for workload in chosen {
            for (_, watched) in WATCHED {
                let row = self.measure_apart(*workload, watched)?;
                if !self.json {
                    println!("{}", line(&row));
                }
                rows.push(row);
            }
        }
        let flatness = flatness(chosen, &rows);
        if self.json {
            println!("{}", json!({ "hop": "one frame delivered across one link", "flatness": flatness, "rows": rows }));
        } else if let Some(flatness) = flatness {
            println!("the dearest hop of TCP costs {flatness:.2} times the cheapest");
        }
        Ok(())
    }

    /// Measures in a process of its own.
    fn measure_apart(&self, workload: Workload, watched: &str) -> Result<Value, String> {
        let myself = std::env::current_exe().map_err(|error| format!("cannot find this program's file: {error}"))?;
        let output = Command::new(myself)
            .args(["bench", workload.name, "--here", watched, "--hops", &self.hops.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cannot start this program again to measure {}: {error}", workload.name))?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("measuring {} ended without a result: {}", workload.name, output.status))
    }
}

fn measure(workload: Workload, watched: Watched, hops: u64) -> Value {
    let mut network = workload.start(watched);
    let mut costs = Vec::new();
    let before = network.counts();
    for _ in 0..RUNS {
        let (start, from) = (Instant::now(), network.counts().hops);
        workload::advance(&mut network, hops.div_ceil(RUNS), |output| drop(black_box(output)));
        costs.push(start.elapsed().as_secs_f64() * 1e9 / (network.counts().hops - from) as f64);
    }
    let after = network.counts();
    costs.sort_by(f64::total_cmp);
    let cost = costs[costs.len() / 2];
    let hops = after.hops - before.hops;
    json!({
        "workload": workload.name,
        "hosts": 2 * u32::from(workload.flows),
        "watched": WATCHED.into_iter().find(|(other, _)| *other == watched).map(|(_, name)| name),
        "hops": hops,
        "hops_per_second": (1e9 / cost).round(),
        "nanoseconds_per_hop": (cost * 10.0).round() / 10.0,
        "events_per_hop": ((after.events - before.events) as f64 / hops as f64 * 100.0).round() / 100.0,
        "peak_memory_bytes": memory::peak(),
    })
}

fn line(row: &Value) -> String {
    let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
    let memory = row["peak_memory_bytes"].as_f64().map_or("-".to_owned(), |bytes| format!("{:.0}", bytes / 1048576.0));
    format!(
        "{:<10} {:>6}  {:<8} {:>11.0} {:>7.1} {:>11.2} {:>9}",
        row["workload"].as_str().unwrap_or_default(),
        number("hosts"),
        row["watched"].as_str().unwrap_or_default(),
        number("hops_per_second"),
        number("nanoseconds_per_hop"),
        number("events_per_hop"),
        memory
    )
}

/// How many times as much the dearest hop of the TCP workloads costs as the cheapest, when nothing is watched.
fn flatness(chosen: &[Workload], rows: &[Value]) -> Option<f64> {
    let is_tcp = |row: &&Value| {
        chosen.iter().any(|workload| row["workload"] == workload.name && workload.transport == Transport::Tcp)
    };
    let unwatched = rows.iter().filter(is_tcp).filter(|row| row["watched"] == "nothing");
    let costs: Vec<f64> = unwatched.filter_map(|row| row["nanoseconds_per_hop"].as_f64()).collect();
    let (least, most) = (costs.iter().copied().fold(f64::MAX, f64::min), costs.iter().copied().fold(0.0, f64::max));
    (costs.len() > 1).then(|| (most / least * 100.0).round() / 100.0)
}
