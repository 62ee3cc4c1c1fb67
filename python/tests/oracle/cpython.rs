//! The real Python: one process that runs many programs (`driver.py`).
//!
//! Absent: a Python of our own choosing. It is what `python3` is; which one, [`Python::version`] says.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::corpus::{Program, folder};
use crate::outcome::Outcome;

/// A driver that waits for programs.
pub(crate) struct Python {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    version: String,
}

impl Python {
    /// Starts it; `None` where there is no Python 3.
    pub(crate) fn start() -> Option<Python> {
        let mut command = Command::new("python3");
        command.args(["-I", "-W", "ignore", "-X", "utf8"]).arg(folder().join("driver.py"));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let requests = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().expect("the pipe was asked for"));
        let mut version = String::new();
        answers.read_line(&mut version).expect("a pipe can be read");
        Some(Python { process, requests, answers, version: version.trim().to_owned() })
    }

    /// Such as `3.11`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// What a program does.
    pub(crate) fn run(&mut self, program: &Program) -> Outcome {
        let (source, stdin) = (program.source.as_bytes(), program.stdin.as_bytes());
        let requests = self.requests.as_mut().expect("open until it is dropped");
        let request = [format!("{} {}\n", source.len(), stdin.len()).as_bytes(), source, stdin].concat();
        requests.write_all(&request).and_then(|()| requests.flush()).expect("the driver reads");
        let mut header = String::new();
        self.answers.read_line(&mut header).expect("the driver answers");
        let numbers: Vec<usize> = header.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        let [status, out, err] = numbers[..] else { panic!("the driver ended at {}", program.name) };
        let mut bytes = vec![0; out + err];
        self.answers.read_exact(&mut bytes).expect("the driver answers in full");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome::new(u8::try_from(status).expect("a status is a byte"), &text(&bytes[..out]), &text(&bytes[out..]))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.requests = None;
        drop(self.process.wait());
    }
}
