//! System calls one by one, as somebody at an interpreter's prompt makes them, and what Linux says to each.
//!
//! Expected results were measured on Linux 6.18 with Python's sockets over loopback, unless a line says otherwise.

mod files;
mod names;
mod random;
mod ready;
mod reuse;
mod streams;
mod udp;
mod unix;

use std::time::Duration;

use sim_core::network::Input;
use sim_core::program::{Address, Call, Events, Family, MessageFlags, OptionName, PollFd, SocketOption, SocketType};
use sim_core::scenario::Scenario;
use sim_core::trace::{NodeId, ProcessId, What};

use crate::harness::*;

pub(crate) const NONE: MessageFlags = MessageFlags::NONE;

/// A network whose programs make their calls from outside.
pub(crate) struct Shell {
    pub(crate) run: Run,
    pub(crate) now: u64,
    processes: u32,
}

impl Shell {
    pub(crate) fn new() -> Shell {
        Shell::on(&two_hosts())
    }

    pub(crate) fn on(scenario: &Scenario) -> Shell {
        Shell { run: Run::new(scenario, 1), now: 0, processes: 0 }
    }

    /// A new process: its number.
    pub(crate) fn process(&mut self, node: NodeId) -> ProcessId {
        self.run.input(at(self.now), Input::Process(node, "shell".into()));
        self.processes += 1;
        ProcessId(self.processes - 1)
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.run.until(at(self.now));
    }

    /// Makes a call: its result within a tenth of a second, or `blocked`.
    pub(crate) fn call(&mut self, process: ProcessId, call: Call) -> String {
        let before = self.answers(process).len();
        let node = if process.0.is_multiple_of(2) { A } else { B };
        self.run.input(at(self.now), Input::Call(node, process, call));
        self.wait(100);
        self.answers(process).get(before).cloned().unwrap_or_else(|| "blocked".into())
    }

    /// All results of a process.
    pub(crate) fn answers(&self, process: ProcessId) -> Vec<String> {
        let text = |what: &What| match what {
            What::Returned { process: by, result, .. } if *by == process => Some(match result {
                Ok(value) => value.to_string(),
                Err(error) => error.name().to_owned(),
            }),
            _ => None,
        };
        self.run.trace.facts().iter().filter_map(|fact| text(&fact.what)).collect()
    }

    /// A new socket: its descriptor.
    pub(crate) fn socket(&mut self, process: ProcessId, family: Family, kind: SocketType) -> u32 {
        let answer = self.call(process, Call::Socket(family, kind));
        answer.strip_prefix("fd ").and_then(|fd| fd.parse().ok()).expect("a socket")
    }

    pub(crate) fn stream(&mut self, process: ProcessId) -> u32 {
        self.socket(process, Family::Inet, SocketType::Stream)
    }

    pub(crate) fn datagram(&mut self, process: ProcessId) -> u32 {
        self.socket(process, Family::Inet, SocketType::Datagram)
    }

    pub(crate) fn set(&mut self, process: ProcessId, fd: u32, option: SocketOption) -> String {
        self.call(process, Call::SetOption(fd, option))
    }

    pub(crate) fn get(&mut self, process: ProcessId, fd: u32, name: OptionName) -> String {
        self.call(process, Call::GetOption(fd, name))
    }

    pub(crate) fn bind(&mut self, process: ProcessId, fd: u32, address: impl Into<Address>) -> String {
        self.call(process, Call::Bind(fd, address.into()))
    }

    pub(crate) fn connect(&mut self, process: ProcessId, fd: u32, address: impl Into<Address>) -> String {
        self.call(process, Call::Connect(fd, address.into()))
    }

    pub(crate) fn send(&mut self, process: ProcessId, fd: u32, text: &str) -> String {
        self.call(process, Call::Send(fd, bytes(text), NONE))
    }

    pub(crate) fn recv(&mut self, process: ProcessId, fd: u32, max: usize) -> String {
        self.call(process, Call::Recv(fd, max, NONE))
    }

    pub(crate) fn non_blocking(&mut self, process: ProcessId, fd: u32) {
        assert_eq!(self.call(process, Call::SetNonBlocking(fd, true)), "None");
    }

    /// What `poll` tells of a descriptor when it is asked for all.
    pub(crate) fn poll(&mut self, process: ProcessId, fd: u32) -> String {
        let events = Events::IN | Events::PRI | Events::OUT | Events::RDHUP;
        let answer = self.call(process, Call::Poll([PollFd { fd, events }].into(), Some(Duration::ZERO)));
        answer.trim_start_matches('[').trim_end_matches(']').split(": ").nth(1).unwrap_or("0").to_owned()
    }
}

/// A shell with a process on A (number 0) and one on B (number 1).
pub(crate) fn two() -> (Shell, ProcessId, ProcessId) {
    let mut shell = Shell::new();
    let (a, b) = (shell.process(A), shell.process(B));
    (shell, a, b)
}

/// The same with a connection: the descriptor of A's end, and of B's.
pub(crate) fn connected() -> (Shell, ProcessId, u32, ProcessId, u32) {
    let (mut shell, a, b) = two();
    let listener = shell.stream(b);
    assert_eq!(shell.bind(b, listener, every_address(PORT)), "None");
    assert_eq!(shell.call(b, Call::Listen(listener, 8)), "None");
    let client = shell.stream(a);
    assert_eq!(shell.connect(a, client, crate::harness::b(PORT)), "None");
    let accepted = shell.call(b, Call::Accept(listener));
    assert!(accepted.starts_with("fd 4 from 10.0.0.1:"), "{accepted}");
    assert_eq!(shell.call(b, Call::Close(listener)), "None");
    (shell, a, client, b, 4)
}
