//! Real Python programs as peers: the ones in `tests/programs`.
//!
//! Each takes its port as its last argument, 0 for a free one, and a server prints `listening PORT` once it listens: a
//! line to wait for, where a trial connection would use up the one it accepts. Absent: Python in the page; that is the
//! `python` crate's own machine.

use std::process::Command;

use anyhow::{Context, Result, ensure};

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
        let path = root().join("tests/programs").join(format!("{program}.py"));
        ensure!(path.is_file(), "there is no program {}", path.display());
        let mut command = Command::new("python3");
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
