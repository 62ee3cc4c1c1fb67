//! What the end-to-end tests stand on: a real browser, real Python programs and the real relay, each in a process group
//! that ends with the test.
//!
//! The tests themselves are in `tests/e2e`, one binary. Everything here waits for events with a limit and fails with a
//! sentence; nothing sleeps, and nothing has a fixed port. Absent: Windows; processes are told apart by `/proc`.

pub mod browser;
mod install;
pub mod process;
pub mod python;
pub mod relay;
pub mod seed;
pub mod wisp;

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};

/// The checkout.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The directory of cargo's profile that this test was built in (`target/debug`, wherever `target` is).
///
/// # Errors
/// When the running program does not lie where cargo puts tests.
pub fn profile_dir() -> Result<PathBuf> {
    let program = env::current_exe().context("this test does not know its own path")?;
    // …/target/debug/deps/e2e-0123456789abcdef
    let dir = program.ancestors().nth(2).context("this test is not in a target directory")?;
    Ok(dir.to_owned())
}

/// Says that the test that runs is skipped, or a part of it, and why.
///
/// The harness keeps what a test prints and shows it for failures alone, and it counts a test that returns as passed: so the line
/// goes to the output itself, where `cargo xtask test` reads it, counts it and repeats it in the end.
pub fn skip(reason: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Who cannot be told need not stop the test.
    let _ = writeln!(io::stdout(), "\ntest skipped: {test}: {reason}");
}
