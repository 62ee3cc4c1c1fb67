//! Scenarios as text: one thing a line, few marks, comments, names in any script.
//!
//! ```text
//! host a
//! host b
//! link a b
//! ```
//!
//! is a working laboratory. `SCENARIO.md` is the language's description. [`parse`] gives an [`Experiment`] or all its mistakes (up to a bound) with
//! their places; [`print()`] writes one back, and parsing that gives the same one again.
//!
//! Absent on purpose: includes, variables and expressions (a scenario says what is there, it does not compute), and reading of
//! files.

mod builtin;
mod cursor;
mod defaults;
mod lex;
mod link;
mod node;
pub mod outline;
mod plan;
mod print;
mod program;
mod quote;
mod settings;
mod value;
mod wrong;

use crate::order;
use core::fmt;
use core::str::FromStr;

use super::Experiment;
use crate::date::Date;
use cursor::Cursor;
use lex::Item;
pub use value::{Rate, Share, Size, Span};
use wrong::{nearest, thing};

pub use wrong::{THINGS, Wrong};

/// Mistakes that are told in one go.
const MOST: usize = 20;

/// A mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong; its `Display` is one sentence that says what to do, too.
    pub what: Wrong,
}

impl Mistake {
    fn new(line: usize, column: usize, what: impl Into<Wrong>) -> Mistake {
        Mistake { line, column, what: what.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// The mistakes of a text, in the order of their places; 20 at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    /// One a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for mistake in &self.0 {
            write!(f, "{between}{mistake}")?;
            between = "\n";
        }
        Ok(())
    }
}

impl core::error::Error for Mistakes {}

/// Reads a scenario from its text.
///
/// # Errors
///
/// The text's mistakes, each with its place: 20 at most.
pub fn parse(text: &str) -> Result<Experiment, Mistakes> {
    let items = lex::items(text).map_err(|mistake| Mistakes(vec![mistake]))?;
    let mut reader = Reader { text, ..Reader::default() };
    reader.read(&items);
    if reader.mistakes.is_empty() {
        return Ok(reader.experiment);
    }
    order::sort_by_key(&mut reader.mistakes, |mistake| (mistake.line, mistake.column));
    Err(Mistakes(reader.mistakes))
}

/// Writes an experiment as text, with everything that [`parse`] would add by itself.
pub fn print(experiment: &Experiment) -> String {
    print::experiment(experiment)
}

/// The line, from 1, on which a program in another language begins, by its node and its place among the node's programs: where its first
/// line stands.
pub fn program_line(text: &str, node: crate::trace::NodeId, program: usize) -> Option<usize> {
    let begins = |item: &Item<'_>, words: &[&str]| {
        let first = lex::words(item).ok()?.into_iter().next()?;
        Some(words.iter().any(|word| first.is(word)))
    };
    let items = lex::items(text).ok()?;
    let mut nodes = items.iter().filter(|item| begins(item, &["host", "router", "switch", "gateway"]) == Some(true));
    let of_node = &nodes.nth(usize::from(node.0))?.children;
    let mut programs = of_node.iter().filter(|item| begins(item, &["program", "run"]) == Some(true));
    let item = programs.nth(program).filter(|item| item.raw.is_some())?;
    Some(program::foreign_block(item, text).0)
}

/// Reads a time as scenarios write it: `10ms`, `1.5s`, `2h4min`. `None` when it is none.
pub fn duration(text: &str) -> Option<core::time::Duration> {
    value::duration(text)
}

/// Reads a rate as scenarios write it: `10Mbit/s`, `unlimited` (0). `None` when it is none.
pub fn rate(text: &str) -> Option<u64> {
    value::rate(text)
}

/// Reads a share as scenarios write it, `0.1%`, in millionths. `None` when it is none.
pub fn share(text: &str) -> Option<u32> {
    value::share(text)
}

/// Reads a size as scenarios write it: `1024`, `64kB`, `1MiB`. `None` when it is none.
pub fn size(text: &str) -> Option<u64> {
    value::size(text)
}

impl FromStr for Experiment {
    type Err = Mistakes;

    fn from_str(text: &str) -> Result<Experiment, Mistakes> {
        parse(text)
    }
}

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self))
    }
}

/// What is being made of a text.
#[derive(Debug, Default)]
struct Reader<'a> {
    text: &'a str,
    budget: program::Budget,
    experiment: Experiment,
    /// The clock, once it was said.
    clock: Option<Date>,
    mistakes: Vec<Mistake>,
    /// What is known of the nodes beyond the scenario.
    nodes: Vec<node::Draft<'a>>,
    /// The lines of the links.
    links: Vec<&'a Item<'a>>,
    names: std::collections::BTreeMap<String, crate::trace::NodeId>,
}

#[derive(Clone, Copy)]
enum Statement {
    Name,
    Seed,
    Until,
    Clock,
    Node(super::NodeKind),
    Link,
    At,
}

const STATEMENTS: [(&str, Statement); 10] = [
    ("name", Statement::Name),
    ("seed", Statement::Seed),
    ("until", Statement::Until),
    ("clock", Statement::Clock),
    ("host", Statement::Node(super::NodeKind::Host)),
    ("router", Statement::Node(super::NodeKind::Router)),
    ("switch", Statement::Node(super::NodeKind::Switch)),
    ("gateway", Statement::Node(super::NodeKind::Gateway)),
    ("link", Statement::Link),
    ("at", Statement::At),
];

impl<'a> Reader<'a> {
    fn wrong(&mut self, mistake: Mistake) {
        if self.mistakes.len() < MOST {
            self.mistakes.push(mistake);
        }
    }

    fn note<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.wrong(mistake)).ok()
    }

    /// Nodes before links, links before what their names and addresses are needed for: the order of lines does not
    /// matter.
    fn read(&mut self, items: &'a [Item<'a>]) {
        let mut plans = Vec::new();
        for item in items {
            if self.mistakes.len() >= MOST {
                return;
            }
            if let Err(mistake) = self.statement(item, &mut plans) {
                self.wrong(mistake);
            }
        }
        self.read_links();
        if !self.mistakes.is_empty() {
            return;
        }
        self.add_defaults();
        self.read_routes_and_programs();
        if self.mistakes.is_empty() {
            self.check();
        }
        if self.mistakes.is_empty() {
            self.read_plans(&plans);
        }
    }

    fn statement(&mut self, item: &'a Item<'a>, plans: &mut Vec<&'a Item<'a>>) -> Result<(), Mistake> {
        let mut line = Cursor::new(item)?;
        match line.choice("a statement", &STATEMENTS)? {
            Statement::Node(kind) => return self.node(kind, line, item),
            Statement::Link => {
                self.links.push(item);
                return Ok(());
            }
            Statement::At => {
                plans.push(item);
                return Ok(());
            }
            Statement::Name => {
                let mut name = line.name("the scenario's name")?;
                while !line.is_done() {
                    name = format!("{name} {}", line.name("the scenario's name")?);
                }
                once(&mut self.experiment.name, name, &line)?;
            }
            Statement::Seed => {
                let seed = line.number("seed", "42")?;
                once(&mut self.experiment.seed, seed, &line)?;
            }
            Statement::Clock => {
                let clock = line.quantity("date", "2026-09-01T08:30:00", |text| text.parse().ok())?;
                once(&mut self.clock, clock, &line)?;
                self.experiment.scenario.clock = clock;
            }
            Statement::Until => {
                let until = crate::time::Instant::ZERO + line.duration("time")?;
                once(&mut self.experiment.until, until, &line)?;
            }
        }
        line.finish()?;
        no_children(item)
    }

    /// What [`crate::scenario::Scenario::check`] finds and no line of its own has told before.
    fn check(&mut self) {
        let Err(error) = self.experiment.scenario.check() else { return };
        let (nodes, link) = error.places();
        let node_line =
            nodes.last().and_then(|node| self.nodes.get(usize::from(node.0))).map(|draft| draft.item.number);
        let link_line = link.and_then(|link| self.links.get(usize::from(link.0))).map(|item| item.number);
        let names: Vec<_> = nodes
            .iter()
            .filter_map(|node| self.experiment.scenario.nodes.get(usize::from(node.0)).map(|found| (node, found)))
            .map(|(id, node)| (*id, node.name.clone()))
            .collect();
        let line = link_line.or(node_line).unwrap_or(1);
        self.wrong(Mistake::new(line, 1, Wrong::Scenario(error, names)));
    }
}

fn once<T>(place: &mut Option<T>, value: T, line: &Cursor) -> Result<(), Mistake> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(line.wrong_before(Wrong::SaidTwice)),
    }
}

/// Nothing may be indented below this line.
fn no_children(item: &Item<'_>) -> Result<(), Mistake> {
    match item.children.first() {
        None => Ok(()),
        Some(child) => Err(Mistake::new(child.number, child.indent + 1, Wrong::NothingBelow { line: item.number })),
    }
}
