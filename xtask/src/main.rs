//! The project's tool: `cargo xtask build | run | test | truth | bench | fuzz | swarm | tidy | lines`.
//!
//! Whatever a user or CI must do beyond `cargo build` is here, in Rust, so that it is the same everywhere and has tests
//! of its own. Absent: anything a released binary needs at run time, and the runner of the wasm tests
//! (`wasm-test-runner`, a crate of its own because it triples the number of crates to compile).

mod bench;
mod fuzz;
mod lines;
mod offline;
mod page;
mod requirements;
mod run;
mod siblings;
mod source;
mod split;
mod swarm;
mod test;
mod tidy;
mod truth;
mod workspace;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::page::Kind;
use crate::workspace::Workspace;

/// Builds, runs and checks Sockscope.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page into web/dist, compressed and ready to be embedded
    Build(BuildArgs),
    /// Build the page and the binary, start the relay, print its address
    Run {
        /// What follows `--` goes to `sockscope serve`
        #[arg(last = true)]
        serve_args: Vec<String>,
    },
    /// Pass every test; installs what the browser tests need where it may
    Test {
        /// Only formatting, lints, rules and native tests (no browser)
        #[arg(long)]
        quick: bool,
    },
    /// Replay recordings of Linux through the simulator and say where they part
    #[command(disable_help_flag = true)]
    Truth {
        /// A folder of recordings, and `--at-least N` (see `--help`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure the simulator natively, in wasm, and beside ns-3; or the relay beside other relays, those that are installed; or the page
    Bench {
        #[command(subcommand)]
        part: Option<BenchPart>,
    },
    /// Try mutated inputs on everything that reads bytes from outside
    #[command(disable_help_flag = true)]
    Fuzz {
        /// A target, and `--seconds N`, `--seed S`, `--case N` (see `--help`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run random networks and check what must hold in every one of them
    #[command(disable_help_flag = true)]
    Swarm {
        /// `--seeds N`, `--seed S`, `--seconds T` (see `--help`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check the rules of the house
    Tidy,
    /// Count code lines by crate, file and function
    Lines,
}

#[derive(Subcommand)]
enum BenchPart {
    /// Build the relay and measure it beside plain TCP and other relays
    #[command(disable_help_flag = true)]
    Relay {
        /// What goes to `sockscope bench relay` (see `--help`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build the page and the relay, and measure the page in Chromium: opening, pictures, seeking, memory, size
    Page {
        /// One JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct BuildArgs {
    /// Small and fast to run (the default)
    #[arg(long, conflicts_with = "dev")]
    release: bool,
    /// Fast to build, with function names in stack traces
    #[arg(long)]
    dev: bool,
    /// Copy the page into this folder, too, for any server of files
    #[arg(long = "static", value_name = "DIR")]
    folder: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Build(args) => {
            let kind = if args.dev { Kind::Dev } else { Kind::Release };
            page::build(&workspace, kind)?;
            if let Some(folder) = args.folder {
                offline::copy_page(&workspace.root.join("web/dist"), &folder)?;
            }
        }
        Task::Run { serve_args } => run::run(&workspace, &serve_args)?,
        Task::Test { quick } => return test::run(&workspace, quick),
        Task::Truth { arguments } => return truth::run(&arguments),
        Task::Bench { part: None } => bench::run(&workspace)?,
        Task::Bench { part: Some(BenchPart::Page { json }) } => return bench::page(&workspace, json),
        Task::Bench { part: Some(BenchPart::Relay { arguments }) } => return bench::relay(&workspace, &arguments),
        Task::Fuzz { arguments } => return fuzz::run(&arguments),
        Task::Swarm { arguments } => return swarm::run(&arguments),
        Task::Tidy => tidy::run(&workspace)?,
        Task::Lines => lines::run(&workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}
