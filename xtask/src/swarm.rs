//! `cargo xtask swarm`: random networks and what must hold in them, which is a program of its own.
//!
//! Absent: any knowledge of networks. This tool depends on none of our crates, so it starts what does.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::workspace::cargo;

/// Runs the swarm with these arguments; its exit status is ours. The profile is the fuzzer's, a release with the checks of
/// a debug build: an overflow is a finding.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let status = cargo()
        .args(["run", "--quiet", "--profile", "fuzz", "-p", "swarm", "--"])
        .args(arguments)
        .status()
        .context("cargo could not be started")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
