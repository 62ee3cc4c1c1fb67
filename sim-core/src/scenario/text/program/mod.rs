//! Programs: the lines below `program` become a script's steps, one call a line, with loops, labels and tries.
//!
//! The lines themselves are the script's listing. A listing in another language stands on lines that begin with `|`, each before
//! the steps that it does; `@7` at the end of a step says which line of it the step belongs to.
//!
//! Absent on purpose: expressions. A program that needs some is written in Rust or Python, on the same calls.

mod address;
mod foreign;
mod option;
mod step;
mod write;

use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::program::{Script, Slot, Step};
use crate::scenario::Scenario;
use crate::trace::NodeId;

use super::cursor::{Cursor, shortened};
use super::lex::Item;
use super::{Mistake, Wrong, nearest};

pub(super) use address::inet as inet_address;
pub(super) use foreign::{block as foreign_block, read as read_foreign, write as write_foreign};
pub(super) use step::path;
pub(super) use write::script as write_script;

/// Bytes that all programs of a text may send, written out.
const BYTES: usize = 64 << 20;

/// What a program's words may refer to.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) names: &'a BTreeMap<String, NodeId>,
    pub(super) budget: &'a Budget,
}

/// How many bytes programs may still hold: a short text must not fill the memory.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Budget {
        Budget(Cell::new(BYTES))
    }
}

impl Budget {
    fn take(&self, bytes: usize) -> bool {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Reads the program below a line.
pub(super) fn read(name: &str, item: &Item<'_>, text: &str, world: World<'_>) -> Result<Script, Mistake> {
    let mut reader = Reader::new(world, item);
    for child in &item.children {
        reader.line(child, 0)?;
    }
    reader.resolve()?;
    reader.check_variables()?;
    let source = if reader.has_listing { reader.listing } else { source(item, text)? };
    Ok(Script { name: name.into(), source, steps: reader.steps })
}

/// The text of a program: its lines as they stand, without their common indentation.
fn source(item: &Item<'_>, text: &str) -> Result<Vec<Arc<str>>, Mistake> {
    let (Some(first), Some(last)) = (item.children.first(), last_line(item)) else { return Ok(Vec::new()) };
    if last.number - first.number >= usize::from(u16::MAX) {
        return Err(Mistake::new(first.number, 1, Wrong::ProgramLines));
    }
    let lines = text[first.start..last.end].lines();
    let dedented = lines.map(|line| {
        let spaces = line.chars().take(first.indent).take_while(|letter| letter.is_whitespace());
        line[spaces.map(char::len_utf8).sum()..].trim_end().into()
    });
    Ok(dedented.collect())
}

fn last_line<'a>(item: &'a Item<'a>) -> Option<&'a Item<'a>> {
    let mut last = item.children.last()?;
    while let Some(deeper) = last.children.last() {
        last = deeper;
    }
    Some(last)
}

struct Reader<'a> {
    world: World<'a>,
    /// The number of the program's first line.
    first: usize,
    steps: Vec<(u16, Step)>,
    slots: Slots,
    labels: BTreeMap<String, usize>,
    /// Steps that go to a label.
    jumps: Vec<(usize, String, Mistake)>,
    /// Variables that some line makes.
    made: BTreeSet<String>,
    /// Variables with the first line that uses each.
    used: BTreeMap<String, Mistake>,
    listing: Vec<Arc<str>>,
    has_listing: bool,
}

/// Variables and their numbers: `s3` is number 3, others get the lowest that is free.
struct Slots {
    numbers: BTreeMap<String, u8>,
    taken: [bool; 256],
    next: usize,
}

/// `s0` to `s255`.
fn fixed(name: &str) -> Option<u8> {
    let number: u8 = name.strip_prefix('s')?.parse().ok()?;
    (format!("s{number}") == name).then_some(number)
}

impl Slots {
    fn get(&mut self, name: &str) -> Option<Slot> {
        if let Some(number) = self.numbers.get(name) {
            return Some(Slot(*number));
        }
        let number = match fixed(name) {
            Some(number) => number,
            None => {
                while *self.taken.get(self.next)? {
                    self.next += 1;
                }
                u8::try_from(self.next).ok()?
            }
        };
        self.taken[usize::from(number)] = true;
        self.numbers.insert(name.to_owned(), number);
        Some(Slot(number))
    }
}

#[derive(Clone, Copy)]
enum Block {
    Loop,
    Repeat,
    If,
}

const BLOCKS: [(&str, Block); 3] = [("loop", Block::Loop), ("repeat", Block::Repeat), ("if", Block::If)];

impl<'a> Reader<'a> {
    fn new(world: World<'a>, item: &Item<'_>) -> Reader<'a> {
        let mut reader = Reader {
            world,
            first: item.children.first().map_or(0, |child| child.number),
            steps: Vec::new(),
            slots: Slots { numbers: BTreeMap::new(), taken: [false; 256], next: 0 },
            labels: BTreeMap::new(),
            jumps: Vec::new(),
            made: BTreeSet::new(),
            used: BTreeMap::new(),
            listing: Vec::new(),
            has_listing: item.children.iter().any(|child| child.text.starts_with('|')),
        };
        // A step may name a line of an empty listing.
        reader.has_listing |= item.children.iter().any(|child| names_line(child));
        // Numbers in names are promised before others are given.
        let mut waiting: Vec<&Item<'_>> = item.children.iter().collect();
        while let Some(child) = waiting.pop() {
            for word in child.text.split(|letter: char| !letter.is_alphanumeric()) {
                if let Some(number) = fixed(word) {
                    reader.slots.taken[usize::from(number)] = true;
                }
            }
            waiting.extend(&child.children);
        }
        reader
    }

    fn line(&mut self, item: &Item<'_>, depth: usize) -> Result<(), Mistake> {
        if let Some(listed) = item.text.strip_prefix('|') {
            return self.listed(listed, item);
        }
        let mut line = Cursor::new(item)?;
        if let Some(label) = label(&line) {
            line.word("a label")?;
            if self.labels.insert(label, self.steps.len()).is_some() {
                return Err(line.wrong_before(Wrong::LabelTwice));
            }
            line.finish()?;
            return super::no_children(item);
        }
        if let Some(block) = line.take_choice(&BLOCKS) {
            return self.block(block, line, item, depth);
        }
        let step = self.step(&mut line)?;
        let number = self.number(&mut line, item)?;
        line.finish()?;
        self.push(number, step, &line)?;
        super::no_children(item)
    }

    fn push(&mut self, number: u16, step: Step, line: &Cursor) -> Result<(), Mistake> {
        /// Each costs about a hundred bytes.
        const STEPS: usize = 1_000_000;
        if self.steps.len() == STEPS {
            return Err(line.wrong_before(Wrong::Steps(STEPS)));
        }
        self.steps.push((number, step));
        Ok(())
    }

    fn block(&mut self, block: Block, mut line: Cursor, item: &Item<'_>, depth: usize) -> Result<(), Mistake> {
        let begin = self.steps.len();
        let mut times = 0;
        let place = line.clone();
        match block {
            Block::Loop => {}
            Block::Repeat => times = line.number::<u32>("number of times", "10")?,
            Block::If => {
                let slot = self.slot(&mut line)?;
                let events = step::events(&mut line)?;
                let number = self.number(&mut line, item)?;
                self.push(number, Step::Unless(slot, events, 0), &line)?;
            }
        }
        let number = self.number(&mut line, item)?;
        line.finish()?;
        if item.children.is_empty() {
            return Err(line.wrong(Wrong::EmptyBlock));
        }
        for child in &item.children {
            self.line(child, depth + 1)?;
        }
        let end = self.steps.len();
        match block {
            Block::Loop => self.push(number, Step::Jump(begin), &line)?,
            Block::Repeat => {
                let more = times.checked_sub(1).ok_or_else(|| place.wrong(Wrong::RepeatZero))?;
                self.push(number, Step::Repeat(begin, more), &line)?;
            }
            Block::If => set_target(&mut self.steps[begin].1, end),
        }
        Ok(())
    }

    /// The line of the listing that a step belongs to: said with `@7`, or where it stands.
    fn number(&self, line: &mut Cursor, item: &Item<'_>) -> Result<u16, Mistake> {
        let said =
            line.peek().filter(|word| !word.quoted).and_then(|word| word.name().strip_prefix('@').map(str::to_owned));
        if let Some(said) = said {
            line.word("a line")?;
            return said.parse().map_err(|_| line.wrong_before(Wrong::ListingLine));
        }
        let number = if self.has_listing { self.listing.len() } else { item.number - self.first + 1 };
        u16::try_from(number).map_err(|_| line.wrong_before(Wrong::ProgramLines))
    }

    fn listed(&mut self, text: &str, item: &Item<'_>) -> Result<(), Mistake> {
        let text = text.strip_prefix(' ').unwrap_or(text);
        if !text.starts_with('"') {
            self.listing.push(text.into());
            return super::no_children(item);
        }
        let before = item.text.len() - text.len();
        let quoted = Item { text, indent: item.indent + before, children: Vec::new(), ..*item };
        let mut line = Cursor::new(&quoted)?;
        let word = line.word("a line of the listing")?;
        line.finish()?;
        self.listing.push(word.name().into());
        super::no_children(item)
    }

    /// A variable that holds a descriptor.
    fn slot(&mut self, line: &mut Cursor) -> Result<Slot, Mistake> {
        let name = line.name("a variable such as `s`")?;
        if !self.used.contains_key(&name) {
            let mistake = line.wrong_before(Wrong::NoVariable { name: shortened(&name), near: None });
            self.used.insert(name.clone(), mistake);
        }
        self.slots.get(&name).ok_or_else(|| line.wrong_before(Wrong::Variables))
    }

    /// A label that the step at this place goes to.
    fn target(&mut self, line: &mut Cursor) -> Result<usize, Mistake> {
        let name = line.name("a label")?;
        let mistake = line.wrong_before(Wrong::NoLabel { name: shortened(&name), near: None });
        self.jumps.push((self.steps.len(), name, mistake));
        Ok(0)
    }

    /// A variable that a line makes.
    fn new_slot(&mut self, line: &mut Cursor) -> Result<Slot, Mistake> {
        if let Some(word) = line.peek() {
            self.made.insert(word.name().to_owned());
        }
        self.slot(line)
    }

    /// Numbers as `print` writes them (`s3`) may be of no line: a program of the caller's own may use one that it never made.
    fn check_variables(&mut self) -> Result<(), Mistake> {
        let mistakes = core::mem::take(&mut self.used);
        let unmade = |name: &String| !self.made.contains(name) && fixed(name).is_none();
        let first = mistakes
            .into_iter()
            .filter(|(name, _)| unmade(name))
            .min_by_key(|(_, mistake)| (mistake.line, mistake.column));
        let Some((name, mut mistake)) = first else { return Ok(()) };
        if let Wrong::NoVariable { near, .. } = &mut mistake.what {
            *near = nearest(&name, self.made.iter().map(String::as_str));
        }
        Err(mistake)
    }

    fn resolve(&mut self) -> Result<(), Mistake> {
        for (step, label, mut mistake) in core::mem::take(&mut self.jumps) {
            let Some(target) = self.labels.get(&label) else {
                if let Wrong::NoLabel { near, .. } = &mut mistake.what {
                    *near = nearest(&label, self.labels.keys().map(String::as_str));
                }
                return Err(mistake);
            };
            set_target(&mut self.steps[step].1, *target);
        }
        Ok(())
    }
}

/// Whether a step, or one below it, says its line.
fn names_line(item: &Item<'_>) -> bool {
    let last = item.text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let says = last.strip_prefix('@').is_some_and(|number| number.parse::<u16>().is_ok());
    says || item.children.iter().any(names_line)
}

/// `again:` alone on a line.
fn label(line: &Cursor) -> Option<String> {
    let word = line.peek().filter(|word| word.colon.is_some_and(|colon| colon + 1 == word.text.len()))?;
    let name = word.name().strip_suffix(':')?;
    let is_keyword = BLOCKS.iter().any(|(keyword, _)| *keyword == name) && !word.quoted;
    (line.peek_at(1).is_none() && !name.is_empty() && !is_keyword).then(|| name.to_owned())
}

fn set_target(step: &mut Step, target: usize) {
    match step {
        Step::Jump(to) | Step::Repeat(to, _) | Step::Unless(.., to) | Step::Try(_, Some(to)) => *to = target,
        _ => {}
    }
}
