//! What other languages' programs import: installed under `target/` by their own package manager, once, from a list that is
//! pinned to the digit.
//!
//! It needs a network the first time. Where there is none, the test that asked is skipped, and says so. Absent: which
//! manager, and what it installs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{profile_dir, skip};

/// The folder `target/NAME`, in which `make` has run for this very list. One test makes it, and the others wait.
pub(crate) fn once(name: &str, list: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = profile_dir()?.with_file_name(name);
    fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let made = folder.join("made");
    if fs::read_to_string(&made).is_ok_and(|made| made == list) {
        return Ok(folder);
    }
    make(&folder)?;
    fs::write(&made, list)?;
    Ok(folder)
}

/// Runs a package manager.
pub(crate) fn call(command: &mut Command) -> Result<()> {
    let name = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        let words = [output.stdout, output.stderr].concat();
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&words).trim());
    }
    Ok(())
}

/// The value; or nothing, and the line that says why the test is skipped.
pub(crate) fn or_skip<T>(what: &str, installed: Result<T>) -> Option<T> {
    match installed {
        Ok(value) => Some(value),
        Err(error) => {
            skip(&format!("{what} cannot be installed ({error:#})").replace('\n', " "));
            None
        }
    }
}
