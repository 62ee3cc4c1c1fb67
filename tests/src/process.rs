//! Processes that end with the test, however the test ends.
//!
//! Each program runs in a process group of its own; dropping a [`Group`] kills all of it and waits until nothing is left.
//! A guard outside the group does the same should this process be killed before it can drop anything (Ctrl-C). Absent:
//! programs that leave their group on purpose.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};

/// How long anything may take that normally takes a moment.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A program and everything it starts.
#[derive(Debug)]
pub struct Group {
    leader: Child,
    /// Reads this pipe, which closes when we die, and then kills the group.
    guard: Child,
    _alive: Option<ChildStdin>,
}

impl Group {
    /// Starts a program as the leader of a new group, with its standard output as [`Lines`].
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> Result<(Group, Lines)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut leader =
            command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| {
                format!("`{name}` could not be started: `cargo xtask test` installs what is missing")
            })?;
        let stdout = leader.stdout.take().expect("stdout is piped");
        let mut guard = Command::new("sh")
            .args(["-c", "read _; kill -9 -\"$1\"", "guard", &leader.id().to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("`sh` could not be started")?;
        let alive = guard.stdin.take();
        Ok((Group { leader, guard, _alive: alive }, Lines::read(name, stdout)))
    }

    /// The process id of the leader, which is also the group's.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.leader.id()
    }

    /// Asks the leader to end (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// When it is still there after [`PATIENCE`].
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        kill_process(self.leader_pid(), Signal::TERM).context("the process is gone already")?;
        self.wait()
    }

    /// Waits until the leader has ended by itself.
    ///
    /// # Errors
    /// When it is still there after [`PATIENCE`].
    pub fn wait(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.leader.try_wait()? {
            return Ok(status);
        }
        let process = pidfd_open(self.leader_pid(), PidfdFlags::empty())?;
        if !ends_in_time(&process, PATIENCE) {
            bail!("process {} did not end within {} s", self.pid(), PATIENCE.as_secs());
        }
        Ok(self.leader.wait()?)
    }

    fn leader_pid(&self) -> Pid {
        Pid::from_child(&self.leader)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Taken before the kill, so that the end of processes which are not our children can be waited for.
        let processes = handles(self.pid());
        // Errors mean that there is nothing left to kill; a drop could not report others anyway.
        let _ = kill_process_group(self.leader_pid(), Signal::KILL);
        let _ = self.leader.wait();
        processes.iter().all(|process| ends_in_time(process, PATIENCE));
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

/// The ids of the living processes in a group.
#[must_use]
pub fn members(group: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| living_group(*pid) == Some(group)).collect()
}

/// Waits until no process of a group lives; false when one still does after [`PATIENCE`].
#[must_use]
pub fn is_gone(group: u32) -> bool {
    handles(group).iter().all(|process| ends_in_time(process, PATIENCE))
}

fn handles(group: u32) -> Vec<OwnedFd> {
    let pids = members(group).into_iter();
    let pids = pids.filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    pids.filter_map(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()).collect()
}

/// The group of a process that is not only waiting to be forgotten by its parent.
fn living_group(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold spaces and brackets.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let group = fields.nth(1)?.parse().ok()?;
    (state != "Z").then_some(group)
}

fn ends_in_time(process: &OwnedFd, limit: Duration) -> bool {
    let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    let mut waiting = [PollFd::new(process, PollFlags::IN)];
    poll(&mut waiting, Some(&limit)).is_ok_and(|ready| ready > 0)
}

/// What a program prints, line by line, as it comes.
#[derive(Debug)]
pub struct Lines {
    program: String,
    lines: Receiver<String>,
}

impl Lines {
    fn read(program: String, output: impl std::io::Read + Send + 'static) -> Lines {
        let (send, lines) = mpsc::channel();
        // A thread, so that the program is never blocked by a full pipe. It ends with the program.
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(std::io::Result::ok);
            for line in lines {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Lines { program, lines }
    }

    /// The next line.
    ///
    /// # Errors
    /// When the program ends or stays silent for [`PATIENCE`].
    pub fn line(&mut self) -> Result<String> {
        self.next_until(Instant::now() + PATIENCE)
    }

    /// What follows `prefix` on the first line that starts with it; lines before it are passed over.
    ///
    /// # Errors
    /// When the program ends or [`PATIENCE`] is over before there is such a line.
    pub fn after(&mut self, prefix: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut others = Vec::new();
        loop {
            let line = self
                .next_until(deadline)
                .with_context(|| format!("no line starts with \"{prefix}\", only these were printed: {others:?}"))?;
            if let Some(rest) = line.strip_prefix(prefix) {
                return Ok(rest.to_owned());
            }
            others.push(line);
        }
    }

    /// What follows `part` on the first line that contains it; lines before it are passed over.
    ///
    /// # Errors
    /// When the program ends or [`PATIENCE`] is over before there is such a line.
    pub fn following(&mut self, part: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.next_until(deadline).with_context(|| format!("no line contains \"{part}\""))?;
            if let Some((_, rest)) = line.split_once(part) {
                return Ok(rest.to_owned());
            }
        }
    }

    /// Every line up to the program's end.
    ///
    /// # Errors
    /// When the program goes on for longer than [`PATIENCE`].
    pub fn rest(&mut self) -> Result<Vec<String>> {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => return Ok(lines),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("`{}` still runs, having printed {lines:?}", self.program)
                }
            }
        }
    }

    fn next_until(&mut self, deadline: Instant) -> Result<String> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.lines.recv_timeout(left).with_context(|| format!("`{}` prints nothing (more)", self.program))
    }
}
