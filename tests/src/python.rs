//! Real Python programs as peers: the ones in `tests/programs`.
//!
//! Each takes its port as its last argument, 0 for a free one, and a server prints `listening PORT` once it listens: a
//! line to wait for, where a trial connection would use up the one it accepts.
//!
//! Programs that import a library run in a virtual environment under `target/`, made once from `requirements.txt`. It needs
//! Python's package index the first time; where that cannot be reached, the test says that it is skipped, and why.
//! Absent: Python in the page; that is the `python` crate's own machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::install::{call, once, or_skip};
use crate::process::{Group, Lines};
use crate::root;

/// A running Python program. It ends with this value.
#[derive(Debug)]
pub struct Python {
    program: String,
    group: Group,
    lines: Lines,
}

impl Python {
    /// Starts `tests/programs/PROGRAM.py`.
    ///
    /// # Errors
    /// When there is no `python3`.
    pub fn start(program: &str, args: &[&str]) -> Result<Python> {
        Python::start_in(Path::new("python3"), program, args)
    }

    /// Starts `tests/programs/PROGRAM.py` with another interpreter, such as the one of [`with_libraries`].
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_in(interpreter: &Path, program: &str, args: &[&str]) -> Result<Python> {
        let path = root().join("tests/programs").join(format!("{program}.py"));
        ensure!(path.is_file(), "there is no program {}", path.display());
        let mut command = Command::new(interpreter);
        // Unbuffered: a line is there when it is printed.
        command.arg("-u").arg(path).args(args);
        let (group, lines) = Group::spawn(&mut command)?;
        Ok(Python { program: program.to_owned(), group, lines })
    }

    /// Starts a server on a free port and waits until it listens on it.
    ///
    /// # Errors
    /// When it does not come to listen.
    pub fn listen(program: &str) -> Result<(Python, u16)> {
        let mut server = Python::start(program, &["0"])?;
        let port = server.lines.after("listening ")?;
        let port = port.parse().with_context(|| format!("`{program}` listens on \"{port}\""))?;
        Ok((server, port))
    }

    /// Starts a server at a path and waits until it listens there.
    ///
    /// # Errors
    /// When it does not come to listen.
    pub fn listen_at(program: &str, path: &Path) -> Result<Python> {
        let path = path.to_str().context("the path is no text")?;
        let mut server = Python::start(program, &[path])?;
        server.lines.after("listening ")?;
        Ok(server)
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// When it ends or stays silent.
    pub fn line(&mut self) -> Result<String> {
        self.lines.line()
    }

    /// Waits for its end and gives the lines that were not read yet.
    ///
    /// # Errors
    /// When it does not end, or not well.
    pub fn finish(mut self) -> Result<Vec<String>> {
        let lines = self.lines.rest()?;
        let status = self.group.wait()?;
        ensure!(status.success(), "`{}` ended with {status} after {lines:?}", self.program);
        Ok(lines)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.group.pid()
    }
}

/// A Python that has the libraries of `tests/programs/requirements.txt`; nothing, with a line that says why, where they
/// cannot be had. The test that gets nothing is skipped.
#[must_use]
pub fn with_libraries() -> Option<PathBuf> {
    or_skip("Python's libraries", environment())
}

/// The folder of a library that is wanted for a file in it, without what it itself would import: `list` is a file of
/// `tests/programs`. Nothing, with a line that says why, where it cannot be had.
#[must_use]
pub fn library(name: &str, list: &str) -> Option<PathBuf> {
    or_skip(name, library_folder(name, list))
}

fn library_folder(name: &str, list: &str) -> Result<PathBuf> {
    let python = environment()?;
    let wanted = root().join("tests/programs").join(list);
    once(name, &fs::read_to_string(&wanted)?, |folder| {
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            "--upgrade",
        ];
        call(Command::new(python).args(install).arg("--target").arg(folder).arg("-r").arg(&wanted))
    })
}

/// Makes the virtual environment, unless an earlier test has.
fn environment() -> Result<PathBuf> {
    let wanted = root().join("tests/programs/requirements.txt");
    let folder = once("python", &fs::read_to_string(&wanted)?, |folder| {
        let environment = folder.join("venv");
        call(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
        call(Command::new(environment.join("bin/python")).args(install).arg(&wanted))
    })?;
    Ok(folder.join("venv/bin/python"))
}
