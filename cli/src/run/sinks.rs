//! Where the facts of a run go: readable lines, JSON Lines, a capture.
//!
//! Absent on purpose: keeping facts.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use capture::{WriteError, Writer};
use share::jsonl;
use sim_core::scenario::Experiment;
use sim_core::trace::{Fact, What};

use super::Run;

type Out = BufWriter<Box<dyn Write>>;

/// The outputs that are open.
pub(super) struct Sinks {
    lines: Option<Out>,
    trace: Option<(Out, String)>,
    capture: Option<(Writer<Out>, String)>,
    /// The names of the nodes.
    nodes: Vec<String>,
    /// The line that is being written.
    line: String,
    facts: u64,
    failure: Option<Failure>,
}

enum Failure {
    /// Nobody reads any more, as with `| head`: no mistake.
    Closed,
    /// The sentence to print.
    Sentence(String),
}

/// Opens a file for writing; `-` is the standard output.
fn open(name: &str) -> Result<Out, String> {
    let out: Box<dyn Write> = match name {
        "-" => Box::new(io::stdout()),
        name => Box::new(
            File::create(name)
                .map_err(|error| format!("cannot write {name}: {error}; name a file that may be written"))?,
        ),
    };
    Ok(BufWriter::with_capacity(1 << 16, out))
}

/// Prints a line; that nobody reads it is no mistake.
pub(super) fn print(line: &impl Display) -> Result<(), String> {
    match writeln!(io::stdout(), "{line}").map_err(|error| Failure::of("the standard output", &error)) {
        Err(Failure::Sentence(sentence)) => Err(sentence),
        Err(Failure::Closed) | Ok(()) => Ok(()),
    }
}

impl Failure {
    fn of(name: &str, error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Sentence(format!("cannot write {name}: {error}; make room or name another file")),
        }
    }

    fn of_capture(name: &str, error: &WriteError) -> Failure {
        match error {
            WriteError::Io(error) => Failure::of(name, error),
            WriteError::Format(_) => Failure::Sentence(error.to_string()),
        }
    }
}

impl Sinks {
    pub(super) fn open(run: &Run, experiment: &Experiment) -> Result<Sinks, String> {
        let lines = if run.wants_lines() { Some(open("-")?) } else { None };
        let trace = match &run.trace {
            Some(name) => Some((open(name)?, name.clone())),
            None => None,
        };
        let capture = match &run.pcapng {
            Some(name) => {
                let writer =
                    Writer::new(open(name)?, &experiment.scenario, experiment.name.as_deref(), experiment.seed());
                Some((writer.map_err(|error| format!("cannot write {name}: {error}"))?, name.clone()))
            }
            None => None,
        };
        let nodes = experiment.scenario.nodes.iter().map(|node| node.name.clone()).collect();
        Ok(Sinks { lines, trace, capture, nodes, line: String::new(), facts: 0, failure: None })
    }

    /// Writes a fact wherever it is wanted.
    pub(super) fn add(&mut self, fact: &Fact) {
        if self.failure.is_some() {
            return;
        }
        self.facts += 1;
        self.failure = self.try_add(fact).err();
    }

    fn try_add(&mut self, fact: &Fact) -> Result<(), Failure> {
        if let Some(lines) = &mut self.lines {
            let line = named(fact, &self.nodes);
            writeln!(lines, "{line}").map_err(|error| Failure::of("the standard output", &error))?;
        }
        if let Some((trace, name)) = &mut self.trace {
            self.line.clear();
            jsonl::write(&mut self.line, fact, &self.nodes);
            trace.write_all(self.line.as_bytes()).map_err(|error| Failure::of(name, &error))?;
        }
        if let Some((capture, name)) = &mut self.capture {
            capture.add(fact).map_err(|error| Failure::of_capture(name, &error))?;
        }
        Ok(())
    }

    /// Whether going on is of no use.
    pub(super) fn failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Closes all files. Says how many facts there were.
    pub(super) fn finish(mut self) -> Result<u64, String> {
        if self.failure.is_none() {
            self.failure = self.try_finish().err();
        }
        match self.failure {
            Some(Failure::Sentence(sentence)) => Err(sentence),
            Some(Failure::Closed) | None => Ok(self.facts),
        }
    }

    fn try_finish(&mut self) -> Result<(), Failure> {
        if let Some(lines) = &mut self.lines {
            lines.flush().map_err(|error| Failure::of("the standard output", &error))?;
        }
        if let Some((trace, name)) = &mut self.trace {
            trace.flush().map_err(|error| Failure::of(name, &error))?;
        }
        if let Some((capture, name)) = self.capture.take() {
            capture.finish().map_err(|error| Failure::of_capture(&name, &error))?;
        }
        Ok(())
    }
}

/// A fact as one line, with the names of nodes in the place of their numbers: where it happened, and at the ends of a link.
fn named(fact: &Fact, nodes: &[String]) -> String {
    let text = fact.to_string();
    let at_link = matches!(fact.what, What::Sent { .. } | What::Duplicated { .. } | What::Delivered { .. });
    let name = |word: &str| nodes.get(word.strip_prefix('n')?.parse::<usize>().ok()?).cloned();
    let mut before = "";
    let words = text.split(' ').enumerate().map(|(place, word)| {
        let is_node = place == 2 || (at_link && place < 8 && ["to", "from"].contains(&before));
        before = word;
        name(word).filter(|_| is_node).unwrap_or_else(|| word.to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}
