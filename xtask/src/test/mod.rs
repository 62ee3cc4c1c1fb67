//! `cargo xtask test`: every check of the project, one after the other.
//!
//! It stops at the first step that fails (what follows would mostly repeat the failure) but always ends with the table
//! of steps and the sum of tests. What the steps are is in `steps.rs`, how tests are counted in `counts.rs`. Absent:
//! parallel steps, because cargo keeps every core busy by itself.

mod counts;
mod steps;

use std::env;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::counts::Counts;
use self::steps::{Action, Step};
use crate::page::{self, Kind};
use crate::workspace::{Workspace, cargo};
use crate::{requirements, tidy};

/// Runs the steps. The exit status is a failure when one of them fails; the last line is the sum of tests.
pub(crate) fn run(workspace: &Workspace, quick: bool) -> Result<ExitCode> {
    let steps = steps::steps(workspace, quick)?;
    let mut counts = Counts::default();
    let mut table = Vec::new();
    let mut failure = None;
    for (index, step) in steps.iter().enumerate() {
        let heading = format!("[{}/{}] {}", index + 1, steps.len(), step.name);
        println!("{heading} …");
        let start = Instant::now();
        let outcome = perform(workspace, step, &mut counts);
        let took = start.elapsed();
        println!("{heading}: {:.1} s", took.as_secs_f64());
        table.push((step.name.as_str(), took));
        if let Err(error) = outcome {
            failure = Some((step, error));
            break;
        }
    }
    print_table(&table);
    if let Some((step, error)) = &failure {
        eprintln!("error: step \"{}\" failed, repeat it with `{}`: {error:#}", step.name, step.repeat());
    }
    for (test, reason) in counts.skipped() {
        println!("skipped: {test}: {reason}");
    }
    println!("{counts}");
    Ok(if failure.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_table(table: &[(&str, Duration)]) {
    println!();
    let total = table.iter().map(|(_, took)| took).sum();
    for (name, took) in table.iter().copied().chain([("together", total)]) {
        println!("{name:<32} {:>7.1} s", took.as_secs_f64());
    }
}

fn perform(workspace: &Workspace, step: &Step, counts: &mut Counts) -> Result<()> {
    match &step.action {
        Action::Tools => {
            requirements::wasm_target()?;
            requirements::browser_tools()?;
            requirements::firefox(workspace);
            Ok(())
        }
        Action::Tidy => tidy::run(workspace),
        Action::Page => page::build(workspace, Kind::Release),
        Action::Cargo(args, variable) => call_cargo(workspace, args, variable.as_ref(), counts),
    }
}

/// Runs cargo, shows its output as it comes and counts the tests in it.
fn call_cargo(
    workspace: &Workspace,
    args: &[String],
    variable: Option<&(&str, String)>,
    counts: &mut Counts,
) -> Result<()> {
    let mut command: Command = cargo();
    command
        .args(args)
        .current_dir(&workspace.root)
        .envs(variable.map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if env::var_os("CI").is_some() {
        // Incremental state pays off at the second build only, and there is none.
        command.env("CARGO_INCREMENTAL", "0");
    }
    let mut child = command.spawn().context("cargo could not be started")?;
    let output = child.stdout.take().expect("stdout is piped");
    counts.read(output, |bytes| {
        let mut screen = io::stdout().lock();
        screen.write_all(bytes)?;
        screen.flush()
    })?;
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo ended with {status}");
    }
    Ok(())
}
