//! A relay in a process of its own, to be looked at from outside: what it holds in memory and in descriptors.
//!
//! Absent on systems without `/proc`.
#![cfg(target_os = "linux")]

use crate::harness::TOKEN;
use relay::{Config, Limits, Token};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
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
        let limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
        let mut config = Config::new(TOKEN.parse::<Token>().unwrap(), limits);
        config.threads = 2;
        config.echo = true;
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        relay::serve(listener, config, async { drop(end.await) }).await.unwrap();
    });
}

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    limit: Rlimit,
}

impl Process {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
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
