//! `cargo xtask truth`: the scoreboard of recordings, which is a program of its own.
//!
//! Absent: any knowledge of recordings. This tool depends on none of our crates, so it starts what does.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::workspace::cargo;

/// Runs the scoreboard with these arguments; its exit status is ours.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let status = cargo()
        .args(["run", "--quiet", "--release", "-p", "truth", "--"])
        .args(arguments)
        .status()
        .context("cargo could not be started")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
