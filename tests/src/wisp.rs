//! wisp-js, the usual client of Wisp, in Node: the program in `tests/wisp`, and the package that it needs.
//!
//! Absent: Node itself and npm. Where they are missing, as where the registry cannot be reached, the test is skipped and says so.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::install::{call, once, or_skip};
use crate::process::{Group, Lines};
use crate::root;

/// Starts `tests/wisp/client.cjs` with this token; nothing, with a line that says why, where that cannot be.
///
/// # Errors
/// When everything is there and it does not start.
pub fn client(token: &str, args: &[&str]) -> Result<Option<(Group, Lines)>> {
    let Some(program) = or_skip("wisp-js", install()) else {
        return Ok(None);
    };
    let mut command = Command::new("node");
    command.arg(program).args(args).env("SOCKSCOPE_TOKEN", token);
    Group::spawn(&mut command).map(Some)
}

/// The program, where it finds its package.
fn install() -> Result<std::path::PathBuf> {
    let source = root().join("tests/wisp");
    let list = fs::read_to_string(source.join("package-lock.json"))?;
    let folder = once("wisp", &list, |folder| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), folder.join(file))?;
        }
        call(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder))
    })?;
    let program = folder.join("client.cjs");
    fs::copy(source.join("client.cjs"), &program)?;
    Ok(program)
}
