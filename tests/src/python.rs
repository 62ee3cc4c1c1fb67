//! Real Python programs as peers: the ones in `tests/programs`.
//!
//! Each takes its port as its last argument, 0 for a free one, and a server prints `listening PORT` once it listens: a
//! line to wait for, where a trial connection would use up the one it accepts.
//!
//! Programs that import a library run in a virtual environment under `target/`, made once from `requirements.txt`. It needs
//! Python's package index the first time; where that cannot be reached, the test says that it is skipped, and why.
//! Absent: Python in the page; that is the `python` crate's own machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{Group, Lines};
use crate::{profile_dir, root};

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
    match environment() {
        Ok(interpreter) => Some(interpreter),
        Err(error) => {
            println!("skipped: Python's libraries cannot be installed ({error:#})");
            None
        }
    }
}

/// Makes the virtual environment, unless an earlier test has.
fn environment() -> Result<PathBuf> {
    let wanted = root().join("tests/programs/requirements.txt");
    let text = fs::read_to_string(&wanted)?;
    let target = profile_dir()?;
    let folder = target.with_file_name("python");
    fs::create_dir_all(&folder)?;
    // One test makes it, and the others wait.
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let (environment, made) = (folder.join("venv"), folder.join("made"));
    let interpreter = environment.join("bin/python");
    if fs::read_to_string(&made).is_ok_and(|made| made == text) && interpreter.is_file() {
        return Ok(interpreter);
    }
    call(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
    call(Command::new(&interpreter).args(install).arg(&wanted))?;
    fs::write(&made, text)?;
    Ok(interpreter)
}

fn call(command: &mut Command) -> Result<()> {
    let name = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        let words = [output.stdout, output.stderr].concat();
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&words).trim());
    }
    Ok(())
}
