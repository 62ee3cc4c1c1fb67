//! The swarm: `cargo xtask swarm [--seeds N] [--seed S] [--seconds T]`.
//!
//! Absent on purpose: anything but arguments, time, printing and the file of a failure; the library does the work.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use sim_core::scenario::text;
use swarm::{Failure, Tally, shrink, try_seed};

/// How long a failure is made smaller.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs random networks and checks what must hold in every one of them
#[derive(Parser)]
#[command(name = "cargo xtask swarm")]
struct Cli {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Begin no other seed after so many seconds
    #[arg(long, value_name = "T")]
    seconds: Option<u64>,
    /// Go on after a failure
    #[arg(long)]
    keep_going: bool,
    /// Where the scenario of a failure is written
    #[arg(long, value_name = "FOLDER", default_value = "target/swarm")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let begin = Instant::now();
    let (mut sum, mut tried, mut failed) = (Tally::default(), 0_u64, 0_u64);
    for seed in cli.seed..cli.seed.saturating_add(cli.seeds) {
        if cli.seconds.is_some_and(|seconds| begin.elapsed().as_secs() >= seconds) {
            break;
        }
        tried += 1;
        match try_seed(seed) {
            Ok(tally) => sum = sum + tally,
            Err(failure) => {
                failed += 1;
                tell(seed, *failure, &cli);
                if !cli.keep_going {
                    break;
                }
            }
        }
    }
    println!(
        "{tried} seeds from {} in {:.1} s, {failed} failed; streams: {} whole, {} begun, {} without a byte, {} of calls that are absent; {} bytes",
        cli.seed,
        begin.elapsed().as_secs_f64(),
        sum.whole,
        sum.begun,
        sum.none,
        sum.absent,
        sum.bytes
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says what failed and how it is repeated, and writes the smallest experiment that fails likewise.
fn tell(seed: u64, failure: Failure, cli: &Cli) {
    println!("seed {seed}: {}", failure.broken);
    println!("repeat: cargo xtask swarm --seed {seed} --seeds 1");
    let smallest = if cli.keep_going { failure } else { shrink(failure, PATIENCE) };
    let path = cli.folder.join(format!("{seed}.scenario"));
    let written =
        std::fs::create_dir_all(&cli.folder).and_then(|()| std::fs::write(&path, text::print(&smallest.experiment)));
    match written {
        Ok(()) => println!("smaller: {}\nwatch: sockscope run {}", smallest.broken, path.display()),
        Err(error) => println!("the scenario could not be written to {}: {error}", path.display()),
    }
}
