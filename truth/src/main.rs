//! The scoreboard: `cargo xtask truth [DIR]`.
//!
//! Absent on purpose: anything but arguments and printing; the library does the work.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use truth::Outcome;

/// Replays recordings of Linux through the simulator and says where they part
#[derive(Parser)]
#[command(name = "truth")]
struct Cli {
    /// A folder of recordings, or one recording [default: the ones in the checkout]
    folder: Option<PathBuf>,
    /// Succeed when at least so many recordings are equal [default: all]
    #[arg(long, value_name = "N")]
    at_least: Option<usize>,
    /// Print every difference, not only the first of each recording
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let folder = cli.folder.unwrap_or_else(truth::own_recordings);
    let folders = match truth::folders(&folder) {
        Ok(folders) => folders,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    let outcomes: Vec<Outcome> = folders.iter().map(|folder| Outcome::of(folder)).collect();
    for outcome in &outcomes {
        if cli.all {
            println!("{outcome:#}");
        } else {
            println!("{outcome}");
        }
    }
    let equal = outcomes.iter().filter(|outcome| outcome.is_equal()).count();
    let sum = |share: fn(&truth::compare::Verdict) -> truth::compare::Share| {
        let shares = outcomes.iter().filter_map(|outcome| outcome.verdict.as_ref().ok()).map(share);
        shares.fold((0, 0), |(equal, total), share| (equal + share.equal, total + share.total))
    };
    let (frames, calls) = (sum(|verdict| verdict.frames), sum(|verdict| verdict.calls));
    println!(
        "total: {equal}/{} recordings equal, frames {}/{}, calls {}/{}",
        outcomes.len(),
        frames.0,
        frames.1,
        calls.0,
        calls.1
    );
    if equal >= cli.at_least.unwrap_or(outcomes.len()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
