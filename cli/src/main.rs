//! The one binary. Reads the command line and hands over; exit status 2 for a mistake in the command
//! line, 1 for a failure, each with one sentence.
//!
//! Absent: everything else. The relay is the crate `relay`, the simulator `sim-core`.

mod bench;
mod browser;
mod port;
mod serve;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A network laboratory in a browser tab: see every layer of every message.
#[derive(Parser)]
#[command(name = "sockscope", version, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Bench),
    Serve(Box<serve::Serve>),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Bench(bench) => bench.run(),
        Command::Serve(serve) => serve.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("sockscope: {sentence}");
            ExitCode::FAILURE
        }
    }
}
