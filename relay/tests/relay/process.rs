//! A relay in a process of its own, to be looked at from outside: what it holds in memory and in descriptors.
//!
//! Absent on systems without `/proc`.
#![cfg(target_os = "linux")]

use crate::harness::TOKEN;
use relay::{Config, Limits, Token};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Not a test: the relay that `Process` starts. It ends when its stdin does.
#[test]
#[ignore = "a helper process, which other tests start"]
fn relay_process() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("address {}", listener.local_addr().unwrap());
        let limits = if std::env::var_os(ROOMY).is_some() { roomy() } else { Limits::default() };
        let limits = Limits { grace_time: Duration::from_millis(100), ..limits };
        let mut config = Config::new(TOKEN.parse::<Token>().unwrap(), limits);
        config.threads = 2;
        config.echo = true;
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        relay::serve(listener, config, async { drop(end.await) }).await.unwrap();
    });
}

/// Set for a relay that shall hold many.
const ROOMY: &str = "SOCKSCOPE_TESTS_ROOMY";

/// No limit is met before the system's own.
fn roomy() -> Limits {
    Limits {
        sessions: 20_000,
        connections: 20_000,
        sockets: 20_000,
        opens_per_second: 1_000_000,
        idle_time: Duration::from_secs(600),
        ..Limits::default()
    }
}

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    limit: Rlimit,
}

impl Process {
    pub(crate) fn start() -> Self {
        Self::run(&mut Command::new(std::env::current_exe().unwrap()))
    }

    /// With limits for many, and as many descriptors as the system gives.
    pub(crate) fn start_roomy() -> Self {
        let most = getrlimit(Resource::Nofile).maximum;
        // What a process starts inherits it.
        setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
        Self::run(Command::new(std::env::current_exe().unwrap()).env(ROOMY, "1"))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command
            .args(["--exact", "process::relay_process", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.split_once("address ")?.1.parse().ok()).unwrap();
        // Whatever it still prints goes nowhere, but is read.
        std::thread::spawn(move || lines.count());
        Self { child, address, limit: getrlimit(Resource::Nofile) }
    }

    pub(crate) fn resident_kb(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Whether the relay may open more descriptors than it has.
    pub(crate) fn allow_descriptors(&self, allowed: bool) {
        let current = if allowed { self.limit.current } else { Some(0) };
        let limit = Rlimit { current, maximum: self.limit.maximum };
        prlimit(Pid::from_raw(self.child.id().cast_signed()), Resource::Nofile, limit).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
