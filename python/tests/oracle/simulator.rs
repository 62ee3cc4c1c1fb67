//! Programs in the machine, as processes of one simulated host, whose loopback they talk over.
//!
//! Absent: links, and so loss and delay; `python/tests/sim` has them.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use python::process::Process;
use sim_core::errno::Errno;
use sim_core::network::{Input, Network, Output};
use sim_core::program::{Call, Output as Stream, SocketType};
use sim_core::scenario::text;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, NodeId, Owners, ProcessId, Value, What};

use crate::corpus;
use crate::outcome::Outcome;
use crate::pairs::{Pair, Seen};

const HOST: NodeId = NodeId(0);

/// What the simulated clock shows, at most: a program that goes on longer does not end.
const LONGEST: Duration = Duration::from_secs(60);

struct Simulator {
    network: Network,
    /// Each program's name, by its process.
    names: BTreeMap<ProcessId, String>,
    owners: Owners,
    /// The sockets of datagrams that each process has, and which calls are awaited.
    datagrams: Vec<(ProcessId, u32)>,
    calls: BTreeMap<FactId, Call>,
    stdout: BTreeMap<String, String>,
    stderr: BTreeMap<String, String>,
    seen: Seen,
}

/// What a program does.
pub(crate) fn run(program: &corpus::Program) -> Outcome {
    let mut simulator = Simulator::new();
    simulator.start(&program.name, "program.py", &program.source, &program.stdin);
    simulator.run(|_| false);
    simulator.end(&program.name)
}

/// What each program of a pair does, by `pairs/FILE/PAIR/NAME`.
pub(crate) fn run_pair(pair: &Pair) -> BTreeMap<String, Outcome> {
    let pair = pair.with_ports([8898, 9000]);
    let mut simulator = Simulator::new();
    let mut waiting: Vec<_> = pair.peers.iter().collect();
    loop {
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|peer| peer.start.is_now(&simulator.seen));
        waiting = later;
        for peer in ready {
            simulator.start(&peer.name, &format!("{}.py", peer.name), &peer.source, "");
        }
        if !simulator.run(|seen| waiting.iter().any(|peer| peer.start.is_now(seen))) {
            break;
        }
    }
    pair.peers.iter().map(|peer| (pair.full_name(&peer.name), simulator.end(&peer.name))).collect()
}

impl Simulator {
    fn new() -> Simulator {
        let experiment = text::parse("host h 10.0.0.1\n").expect("a scenario");
        Simulator {
            network: Network::new(&experiment.scenario, 1).expect("a network"),
            names: BTreeMap::new(),
            owners: Owners::default(),
            datagrams: Vec::new(),
            calls: BTreeMap::new(),
            stdout: BTreeMap::new(),
            stderr: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    /// A program that does not compile has ended before it begins.
    fn start(&mut self, name: &str, file: &str, source: &str, typed: &str) {
        let program = match python::Program::compile(file, source) {
            Ok(program) => program,
            Err(mistake) => {
                self.seen.ended.insert(name.to_owned(), Outcome::new(1, "", &mistake.last_line()));
                return;
            }
        };
        let now = self.network.poll_timeout().unwrap_or(Instant::ZERO);
        self.network.handle_input(now, Input::Run(HOST, Box::new(Process::new(name.into(), &program))));
        self.drain();
        let started = self.names.iter().find(|(_, started)| started.as_str() == name);
        let process = *started.expect("a process starts when it is told to").0;
        let text: Arc<str> = typed.into();
        self.network.handle_input(now, Input::Typed { node: HOST, process, text, end: true });
        self.drain();
    }

    /// Runs on until something is seen (true), or nothing happens any more.
    fn run(&mut self, until: impl Fn(&Seen) -> bool) -> bool {
        loop {
            if until(&self.seen) {
                return true;
            }
            match self.network.poll_timeout() {
                Some(at) if at <= Instant::ZERO + LONGEST && self.names.len() > self.seen.ended.len() => {
                    self.network.handle_timeout(at);
                    self.drain();
                }
                _ => return false,
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.network.poll_output() {
            if let Output::Fact(fact) = output {
                self.owners.push(&fact.what);
                self.note(fact);
            }
        }
    }

    fn note(&mut self, fact: Fact) {
        let own =
            |process: ProcessId, simulator: &Simulator| simulator.names.get(&simulator.owners.of(process)).cloned();
        match fact.what {
            What::Started { process, program, thread: None } => drop(self.names.insert(process, program.to_string())),
            What::Printed { process, text, stream, ended, .. } => {
                let name = own(process, self).expect("it has started");
                let end = if ended { "\n" } else { "" };
                let streams = if stream == Stream::Out { &mut self.stdout } else { &mut self.stderr };
                *streams.entry(name.clone()).or_default() += &format!("{text}{end}");
                self.seen.printed.insert(name.clone(), self.stdout.get(&name).cloned().unwrap_or_default());
            }
            What::Exited { process, status, .. } if self.names.contains_key(&process) => {
                let name = self.names[&process].clone();
                let outcome = self.outcome(&name, status);
                self.seen.ended.insert(name, outcome);
            }
            What::Called { call: call @ (Call::Listen(..) | Call::Bind(..) | Call::Socket(..)), .. } => {
                self.calls.insert(fact.id, call);
            }
            What::Returned { process, called, result, .. } => {
                self.note_result(self.owners.of(process), called, &result);
            }
            _ => {}
        }
    }

    /// As `peer.py`: a program listens when it called `listen`, or `bind` on a socket of datagrams.
    fn note_result(&mut self, process: ProcessId, called: FactId, result: &Result<Value, Errno>) {
        match (self.calls.remove(&called), result) {
            (Some(Call::Listen(..)), Ok(_)) => self.seen.listening = true,
            (Some(Call::Socket(_, SocketType::Datagram)), Ok(Value::Descriptor(fd))) => {
                self.datagrams.push((process, *fd));
            }
            (Some(Call::Bind(fd, _)), Ok(_)) if self.datagrams.contains(&(process, fd)) => self.seen.listening = true,
            _ => {}
        }
    }

    fn outcome(&self, name: &str, status: u8) -> Outcome {
        let text = |streams: &BTreeMap<String, String>| streams.get(name).cloned().unwrap_or_default();
        Outcome::new(status, &text(&self.stdout), &text(&self.stderr))
    }

    fn end(&mut self, name: &str) -> Outcome {
        let ended = self.seen.ended.remove(name);
        ended.unwrap_or_else(|| Outcome { last: "it does not end".to_owned(), ..self.outcome(name, 99) })
    }
}
