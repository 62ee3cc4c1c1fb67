//! The processes of a measurement: started, asked for what they cost, and ended with everything that they started.
//!
//! Absent on purpose: systems other than Linux for the costs; they are left out there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process and all that it starts, which end when this is dropped.
pub(super) struct Group(Child);

impl Group {
    pub(super) fn start(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.spawn().map(Self)
    }

    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Whether it goes on.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Processor time of the whole group so far.
    pub(super) fn cpu(&self) -> Option<Duration> {
        let spent: u64 = self.members().iter().filter_map(|process| spent(*process)).sum();
        (spent > 0).then(|| Duration::from_nanos(spent))
    }

    /// Memory of the whole group, in KiB; what processes share counts once.
    pub(super) fn memory(&self) -> Option<f64> {
        let sizes: Vec<f64> = self.members().iter().filter_map(|process| proportional(*process)).collect();
        (!sizes.is_empty()).then(|| sizes.iter().sum())
    }

    /// proc_pid_stat(5): the fifth field is the process group.
    fn members(&self) -> Vec<u32> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        ids.filter(|id| stat(*id).is_some_and(|fields| fields[2] == self.0.id().to_string())).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id().cast_signed()) {
            // It fails only when all of them have ended.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything: state, parent, group, ….
fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}

/// Nanoseconds of a process, and of children that it has waited for.
fn spent(process: u32) -> Option<u64> {
    // USER_HZ is 100 on every architecture of Linux (sysconf(3), _SC_CLK_TCK).
    const TICK: u64 = 10_000_000;
    let fields = stat(process)?;
    let ticks = |from: usize| -> Option<u64> {
        let numbers = fields.get(from..from + 2)?.iter().map(|field| field.parse::<u64>().unwrap_or(0));
        Some(numbers.sum())
    };
    // proc_pid_stat(5): utime and stime are fields 14 and 15, coarse, and cutime and cstime follow them.
    let (own, children) = (ticks(11)? * TICK, ticks(13)? * TICK);
    // Exact, but only of threads that live: the first number of `schedstat` (the kernel's `scheduler/sched-stats.rst`).
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
    let times = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let living = times.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum::<u64>();
    Some(own.max(living) + children)
}

/// proc_pid_smaps(5): the proportional set size.
fn proportional(process: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The real peer, in a process of its own.
pub(super) struct Peer {
    _process: Group,
    /// Plain TCP: does what the first bytes ask for.
    pub(super) work: SocketAddr,
    /// The same over a WebSocket.
    pub(super) ws_work: SocketAddr,
    /// Plain TCP: sends one byte back and closes.
    pub(super) quick: SocketAddr,
    /// The same over a WebSocket.
    pub(super) ws_quick: SocketAddr,
    /// Plain TCP: accepts and holds.
    pub(super) hold: SocketAddr,
}

impl Peer {
    pub(super) fn start() -> Result<Self, String> {
        let mut command = myself()?;
        command.args(["bench", "relay", "--peer"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let failed = |what: String| format!("cannot start the peer of the measurement: {what}");
        let mut process = Group::start(&mut command).map_err(|error| failed(error.to_string()))?;
        let mut lines = BufReader::new(process.child().stdout.take().expect("it is piped")).lines();
        let mut next = || {
            let line = lines.next().and_then(Result::ok);
            line.and_then(|line| line.parse().ok()).ok_or_else(|| failed("it did not tell its addresses".to_owned()))
        };
        let [work, ws_work, quick, ws_quick, hold] = [next()?, next()?, next()?, next()?, next()?];
        Ok(Self { _process: process, work, ws_work, quick, ws_quick, hold })
    }
}

/// This program, to be started again in another role.
pub(super) fn myself() -> Result<Command, String> {
    let path = std::env::current_exe().map_err(|error| format!("cannot find this program's file: {error}"))?;
    Ok(Command::new(path))
}
