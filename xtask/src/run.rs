//! `cargo xtask run`: from a checkout to a page in the browser.
//!
//! Absent: any setting of our own. What follows `--` goes to `sockscope serve` as it is.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::page::{self, Kind};
use crate::workspace::{Workspace, cargo};

/// Builds the page and the binary, then becomes the relay.
pub(crate) fn run(workspace: &Workspace, serve_args: &[String]) -> Result<()> {
    println!("[1/3] Building the page (the first time: about three minutes)");
    page::build(workspace, Kind::Release)?;
    println!("[2/3] Building the relay with the page in it (the first time: about a minute)");
    build_binary(workspace)?;
    println!("[3/3] Starting the relay: Ctrl-C stops it");
    // We become the relay instead of waiting for it: signals and the exit status then need no passing on.
    let error =
        Command::new(workspace.target.join("release/sockscope")).args(["serve", "--open"]).args(serve_args).exec();
    Err(error).context("the relay was built but could not be started")
}

fn build_binary(workspace: &Workspace) -> Result<()> {
    let status = cargo()
        .args(["build", "--release", "--package", "sockscope"])
        .current_dir(&workspace.root)
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("the relay does not compile: cargo's message is above");
    }
    Ok(())
}
