//! A scenario whose programs are Python, run to its end.
#![allow(dead_code, reason = "the wasm build runs a part of the tests")]

use sim_core::network::{Input, Network, Output, Wanted};
use sim_core::scenario::{Experiment, text};
use sim_core::time::Instant;
use sim_core::trace::{Fact, LinkId, ProcessId, Standing, Trace, What};

/// A run and its trace so far.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) network: Network,
    pub(crate) trace: Trace,
}

pub(crate) fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A program as lines of a scenario, below a host.
pub(crate) fn program(name: &str, head: &str, source: &str) -> String {
    let lines: String = source.lines().map(|line| format!("    {line}\n")).collect();
    format!("  program {name}.py in python{head}\n{lines}")
}

/// One host with these programs, each started a millisecond after the one before.
pub(crate) fn one_host(programs: &[(&str, &str)]) -> String {
    let programs = programs.iter().zip(0..);
    let text = programs.map(|((name, source), start)| program(name, &format!(" at {start}ms"), source));
    format!("host a\n{}", text.collect::<String>())
}

/// Two hosts, a server and a client that starts after it.
pub(crate) fn two_hosts(server: &str, client: &str) -> String {
    let (server, client) = (program("server", "", server), program("client", " at 10ms", client));
    format!("host b\n{server}host a\n{client}link a b\n")
}

impl Run {
    pub(crate) fn new(source: &str) -> Run {
        let experiment: Experiment = text::parse(source).unwrap_or_else(|mistakes| panic!("{mistakes}\n{source}"));
        let loader = Some(python::process::loader());
        let network = Network::with(&experiment.scenario, experiment.seed(), Wanted::Everything, loader);
        Run { network: network.unwrap_or_else(|error| panic!("{error}\n{source}")), trace: Trace::default() }
    }

    pub(crate) fn until(mut self, until: Instant) -> Run {
        let Run { network, trace } = &mut self;
        network.run_until(until, |output| {
            if let Output::Fact(fact) = output {
                trace.push(fact);
            }
        });
        self
    }

    pub(crate) fn input(self, at: Instant, input: Input) -> Run {
        let mut run = self.until(at);
        run.network.handle_input(at, input);
        run.until(at)
    }

    fn name(&self, process: ProcessId) -> String {
        let started = self.trace.facts().iter().find_map(|fact| match &fact.what {
            What::Started { process: started, program, thread } if *started == process => {
                Some(thread.as_ref().map_or_else(|| program.to_string(), |thread| thread.name.to_string()))
            }
            _ => None,
        });
        started.unwrap_or_default()
    }

    /// What was printed and how programs ended, in order.
    pub(crate) fn told(&self) -> Vec<String> {
        let text = |fact: &Fact| match &fact.what {
            What::Printed { process, text, .. } => Some(format!("{}: {text}", self.name(*process))),
            What::Exited { process, status, .. } if *process < ProcessId::FIRST_THREAD => {
                Some(format!("{}: exit {status}", self.name(*process)))
            }
            _ => None,
        };
        self.trace.facts().iter().filter_map(text).collect()
    }

    /// What one program printed.
    pub(crate) fn printed(&self, program: &str) -> Vec<String> {
        let prefix = format!("{program}.py: ");
        self.told().iter().filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).collect()
    }

    /// Lengths of the frames of a host to itself.
    pub(crate) fn loopback(&self) -> Vec<usize> {
        let length = |fact: &Fact| match &fact.what {
            What::Sent { link: LinkId::LOOPBACK, bytes, .. } => Some(bytes.len()),
            _ => None,
        };
        self.trace.facts().iter().filter_map(length).collect()
    }

    pub(crate) fn facts(&self) -> Vec<String> {
        self.trace.facts().iter().map(|fact| fact.what.to_string()).collect()
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing::of(self.trace.facts())
    }
}
