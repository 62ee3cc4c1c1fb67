//! The one binary. Reads the command line and hands over; exit status 2 for a mistake in the command
//! line, 1 for a failure, each with one sentence.
//!
//! Absent: everything else. The relay is the crate `relay`, the simulator `sim-core`, captures are `capture`.

mod bench;
mod browser;
mod descriptors;
mod memory;
mod port;
mod run;
mod secret;
mod serve;
mod signal;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
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
    Run(run::Run),
    Serve(Box<serve::Serve>),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Bench(bench) => bench.run().map(|()| ExitCode::SUCCESS),
        Command::Serve(serve) => serve.run().map(|()| ExitCode::SUCCESS),
        Command::Run(run) => match run.usage() {
            Ok(()) => run.run(),
            Err(sentence) => Arguments::command().error(ErrorKind::ArgumentConflict, sentence).exit(),
        },
    };
    outcome.unwrap_or_else(|sentence| {
        eprintln!("sockscope: {sentence}");
        ExitCode::FAILURE
    })
}
