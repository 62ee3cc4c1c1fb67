//! The fuzzer: `cargo xtask fuzz [TARGET] [--seconds N] [--seed S] [--case N]`.
//!
//! Absent on purpose: anything but arguments and printing; the library does the work.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use fuzz::targets::{ALL, find};
use fuzz::{Outcome, Plan, Target};

/// Tries mutated inputs on everything that reads bytes from outside
#[derive(Parser)]
#[command(name = "cargo xtask fuzz")]
struct Cli {
    /// What to try [default: every target, one after another]
    target: Option<String>,
    /// How long, for each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// The seed of all cases [default: from the clock]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Try the case with this number alone
    #[arg(long, value_name = "N", requires = "seed", requires = "target")]
    case: Option<u64>,
    /// Print the names of the targets
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.list {
        ALL.iter().for_each(|target| println!("{:12} {}", target.name, target.about));
        return ExitCode::SUCCESS;
    }
    let targets: Vec<&Target> = match &cli.target {
        None => ALL.iter().collect(),
        Some(name) => match find(name) {
            Some(target) => vec![target],
            None => {
                let names: Vec<&str> = ALL.iter().map(|target| target.name).collect();
                eprintln!("error: there is no target `{name}`: choose one of {}", names.join(", "));
                return ExitCode::from(2);
            }
        },
    };
    let seed = cli.seed.unwrap_or_else(from_the_clock);
    let plan = cli.case.map_or(Plan::For(Duration::from_secs(cli.seconds)), Plan::One);
    for target in targets {
        println!("{}: seed {seed}", target.name);
        match fuzz::run(target, seed, plan) {
            Outcome::Passed(cases) => println!("{}: {cases} cases passed", target.name),
            Outcome::Failed { number, repeat } => {
                println!("{}: case {number} failed; repeat: {repeat}", target.name);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn from_the_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs())
}
