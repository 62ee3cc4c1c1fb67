//! `sockscope run`: one experiment from its text, without the page; what happened goes to files or to the standard output.
//!
//! Facts are written as they happen and never collected, so a long run needs no more memory than its network.
//!
//! Absent on purpose: a gateway's real network (nobody answers it here), and watching while it runs (the page does).

mod sinks;
mod stop;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use sim_core::network::{Network, Output, Wanted};
use sim_core::program::{Refusal, Unreadable};
use sim_core::scenario::{Experiment, Scenario, ScenarioError, text};
use sim_core::time;
use sim_core::trace::Standing;

use self::sinks::Sinks;
use self::stop::Stop;

const EXAMPLES: &str = "\
Examples:
  sockscope run hello.net                             what happened, line by line
  sockscope run hello.net --pcapng hello.pcapng       for Wireshark
  sockscope run hello.net --trace - | jq .kind        for programs
  sockscope run hello.net --stats --until 1h          how fast it is

sim-core/SCENARIO.md describes scenarios, cli/TRACE.md the lines of --trace.";

/// The largest scenario that is read, in bytes: more than the language takes.
const LARGEST: u64 = 32 << 20;

/// Run a scenario without the page
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// The scenario's file; `-` is the standard input
    #[arg(value_name = "SCENARIO")]
    scenario: String,

    /// The seed of everything random [default: the scenario's, or 1]
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    seed: Option<u64>,

    /// When it is over, in simulated time, such as 10s or 2min [default: the scenario's, or 1min]
    #[arg(long, value_name = "TIME", value_parser = until, allow_hyphen_values = true)]
    until: Option<time::Instant>,

    /// Write every frame to this file as pcapng; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pcapng: Option<String>,

    /// Write every fact to this file as JSON Lines; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    trace: Option<String>,

    /// Print one JSON object: events, frames, facts, simulated and real time, memory
    #[arg(long)]
    stats: bool,
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

fn until(text: &str) -> Result<time::Instant, String> {
    let span = text::duration(text).ok_or("write a time such as 10s, 1.5min or 200ms")?;
    Ok(time::Instant::ZERO + span)
}

impl Run {
    /// Checks what clap cannot.
    pub(crate) fn usage(&self) -> Result<(), &'static str> {
        let outputs = [self.trace.as_deref() == Some("-"), self.pcapng.as_deref() == Some("-"), self.stats];
        match outputs {
            [true, true, _] => {
                Err("--trace and --pcapng cannot both go to the standard output: name a file for one of them")
            }
            [_, true, true] => {
                Err("--pcapng - and --stats cannot both go to the standard output: name a file for the capture")
            }
            _ => self.distinct_files(),
        }
    }

    /// An output would destroy the scenario, or the other output.
    fn distinct_files(&self) -> Result<(), &'static str> {
        /// A file to be made has no canonical name yet; a device may be named twice.
        fn file(name: &str) -> Option<PathBuf> {
            let path = std::fs::canonicalize(name).unwrap_or_else(|_| name.into());
            (name != "-" && (path.is_file() || !path.exists())).then_some(path)
        }
        let (trace, pcapng) = (self.trace.as_deref().and_then(file), self.pcapng.as_deref().and_then(file));
        if [&trace, &pcapng].iter().any(|output| output.is_some() && **output == file(&self.scenario)) {
            return Err("the scenario itself would be written over: name another file for --trace or --pcapng");
        }
        if trace.is_some() && trace == pcapng {
            return Err("--trace and --pcapng name one file: name two");
        }
        Ok(())
    }

    /// Runs it; the error is the sentence to print.
    pub(crate) fn run(&self) -> Result<ExitCode, String> {
        let text = self.text()?;
        let experiment = self.experiment(&text)?;
        let until = self.until.unwrap_or(experiment.end());
        let mut network = self.network(&experiment, &text)?;
        let standing = RefCell::new(Standing::default());
        let sinks = RefCell::new(Sinks::open(self, &experiment)?);
        let stop = Stop::listen()?;
        let mut progress = Progress::new(until);
        let began = Instant::now();
        let sink = |output| {
            if let Output::Fact(fact) = output {
                if self.wants_lines() {
                    standing.borrow_mut().push(&fact);
                }
                sinks.borrow_mut().add(&fact);
            }
        };
        let end = experiment.run(&mut network, until, sink, |now| {
            progress.tell(now);
            !sinks.borrow().failed() && !stop.is_wanted()
        });
        let wall = began.elapsed();
        progress.clear();
        let facts = sinks.into_inner().finish()?;
        if self.stats {
            let counts = network.counts();
            let stats = json!({
                "events": counts.events,
                "frames": counts.hops,
                "facts": facts,
                "sim_seconds": end.as_nanos() as f64 / 1e9,
                "wall_seconds": wall.as_secs_f64(),
                "peak_memory_bytes": crate::memory::peak(),
            });
            sinks::print(&stats)?;
        }
        if !stop.is_wanted() {
            if let Some(told) = standing.into_inner().deadlock().filter(|_| network.is_stuck()) {
                eprintln!("sockscope: deadlock: {told}");
            }
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("sockscope: stopped at {end} of simulated time; what was written is whole up to there");
        // As a shell says it of a program that SIGINT ended.
        Ok(ExitCode::from(130))
    }

    /// What the scenario is called in sentences.
    fn name(&self) -> &str {
        if self.scenario == "-" { "standard input" } else { &self.scenario }
    }

    fn text(&self) -> Result<String, String> {
        let name = self.name();
        let advice = |error: io::Error| {
            format!("cannot read the scenario {name}: {error}; name a file that exists and may be read")
        };
        let mut bytes = Vec::new();
        let read = if self.scenario == "-" {
            io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.scenario).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        };
        read.map_err(advice)?;
        String::from_utf8(bytes).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("{name}:{line}: the scenario is not UTF-8; save it as UTF-8")
        })
    }

    /// The scenario, with the seed of the command line when it names one.
    fn experiment(&self, text: &str) -> Result<Experiment, String> {
        let name = self.name();
        let mut experiment = text::parse(text).map_err(|mistakes| {
            let lines = mistakes
                .0
                .iter()
                .map(|mistake| format!("{name}:{}:{}: {}", mistake.line, mistake.column, mistake.what));
            lines.collect::<Vec<_>>().join("\nsockscope: ")
        })?;
        experiment.seed = self.seed.or(experiment.seed);
        Ok(experiment)
    }

    /// A network that tells as much as somebody wants to know: a capture costs less than a trace, and neither less still.
    fn network(&self, experiment: &Experiment, text: &str) -> Result<Network, String> {
        let wanted = match (&self.trace, &self.pcapng) {
            (None, None) if self.stats => Wanted::Nothing,
            (None, Some(_)) => Wanted::Frames,
            _ => Wanted::Everything,
        };
        let Experiment { scenario, .. } = experiment;
        let made = Network::with(scenario, experiment.seed(), wanted, Some(python::process::loader()));
        made.map_err(|error| self.refused(&error, scenario, text))
    }

    /// Why there is no network: a mistake in a program's text stands on a line of the scenario.
    fn refused(&self, error: &ScenarioError, scenario: &Scenario, text: &str) -> String {
        let ScenarioError::Program(node, place, why) = error else { return error.to_string() };
        let program = scenario.nodes.get(usize::from(node.0)).and_then(|node| node.programs.get(*place));
        let program = program.map(|program| program.what.name()).unwrap_or_default();
        let name = self.name();
        match (why, text::program_line(text, *node, *place)) {
            (Refusal::Text(Unreadable { line, what, .. }), Some(first)) => {
                let at = first.saturating_add(*line as usize).saturating_sub(1);
                format!("{name}:{at}: {program}, line {line}: {what}")
            }
            (_, Some(first)) => format!("{name}:{first}: {program}: {why}"),
            (_, None) => format!("{name}: {program}: {why}"),
        }
    }

    /// Whether the readable lines are wanted: when nothing else is.
    fn wants_lines(&self) -> bool {
        self.trace.is_none() && self.pcapng.is_none() && !self.stats
    }
}

/// How far a long run has come, where somebody sees it.
struct Progress {
    until: time::Instant,
    last: Instant,
    steps: u32,
    visible: bool,
    shown: bool,
}

impl Progress {
    /// How often it is told.
    const EVERY: Duration = Duration::from_millis(500);
    /// Asking for the time at each event would cost more than the event.
    const STEPS: u32 = 8192;

    fn new(until: time::Instant) -> Progress {
        Progress { until, last: Instant::now(), steps: 0, visible: io::stderr().is_terminal(), shown: false }
    }

    fn tell(&mut self, now: time::Instant) {
        self.steps += 1;
        if !self.visible || !self.steps.is_multiple_of(Self::STEPS) || self.last.elapsed() < Self::EVERY {
            return;
        }
        (self.last, self.shown) = (Instant::now(), true);
        let seconds = |time: time::Instant| time.as_nanos() / 1_000_000_000;
        eprint!("\r{} s of {} s simulated ", seconds(now), seconds(self.until));
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
