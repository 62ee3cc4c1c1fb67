//! Links: their two ends, rate, delay and queue, and what goes wrong on them, on their line or on lines below.
//!
//! Absent on purpose: faults that begin later (`plan.rs`).

use core::time::Duration;

use crate::scenario::{End, Faults, Link, NodeKind};
use crate::trace::NodeId;

use super::cursor::{Cursor, shortened};
use super::lex::{Item, Word};
use super::{Mistake, Reader, Wrong, no_children, node, value};

/// What a link is like when its line does not say: a road of 2,000 km with a narrow middle, slow enough to watch.
pub(super) const RATE: u64 = 10_000_000;
pub(super) const DELAY: Duration = Duration::from_millis(10);
pub(super) const QUEUE: usize = 100;
/// Links that can be numbered.
const MOST: usize = 65_536;
/// Frames that the lists of one direction may name.
const LISTED: usize = 1_000_000;

#[derive(Clone, Copy)]
enum Attribute {
    Rate,
    Delay,
    Jitter,
    Queue,
    Fault(Fault),
}

/// A kind of fault, by the word for it.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    None,
    Down,
    Loss,
    Burst,
    Duplicate,
    Corrupt,
    Reorder,
    By,
    Late,
    Arrive,
}

const FAULTS: [(&str, Fault); 11] = [
    ("none", Fault::None),
    ("down", Fault::Down),
    ("loss", Fault::Loss),
    ("lose", Fault::Loss),
    ("burst", Fault::Burst),
    ("duplicate", Fault::Duplicate),
    ("corrupt", Fault::Corrupt),
    ("reorder", Fault::Reorder),
    ("by", Fault::By),
    ("late", Fault::Late),
    ("arrive", Fault::Arrive),
];

const ATTRIBUTES: [(&str, Attribute); 15] = [
    ("none", Attribute::Fault(Fault::None)),
    ("rate", Attribute::Rate),
    ("delay", Attribute::Delay),
    ("jitter", Attribute::Jitter),
    ("queue", Attribute::Queue),
    ("down", Attribute::Fault(Fault::Down)),
    ("loss", Attribute::Fault(Fault::Loss)),
    ("lose", Attribute::Fault(Fault::Loss)),
    ("burst", Attribute::Fault(Fault::Burst)),
    ("duplicate", Attribute::Fault(Fault::Duplicate)),
    ("corrupt", Attribute::Fault(Fault::Corrupt)),
    ("reorder", Attribute::Fault(Fault::Reorder)),
    ("by", Attribute::Fault(Fault::By)),
    ("late", Attribute::Fault(Fault::Late)),
    ("arrive", Attribute::Fault(Fault::Arrive)),
];

impl<'a> Reader<'a> {
    pub(super) fn read_links(&mut self) {
        let items = core::mem::take(&mut self.links);
        for item in items {
            if let Err(mistake) = self.link(item) {
                self.wrong(mistake);
            }
        }
    }

    fn link(&mut self, item: &'a Item<'a>) -> Result<(), Mistake> {
        let mut line = Cursor::new(item)?;
        line.keyword("link")?;
        let a = self.end(&mut line)?;
        // `link a -> b` reads well too.
        line.take("->");
        let b = self.end(&mut line)?;
        if a.node == b.node {
            return Err(line.wrong_before(Wrong::OneNode));
        }
        let mut link = Link { ends: [a, b], ..Link::between(a.node, b.node, RATE, DELAY, QUEUE) };
        let mut faults = Faults::default();
        while !line.is_done() {
            attribute(&mut link, &mut faults, &mut line)?;
        }
        link.faults = [faults.clone(), faults];
        for child in &item.children {
            let result = self.fault_line(&mut link, child);
            self.note(result);
        }
        if self.experiment.scenario.links.len() == MOST {
            return Err(line.wrong_before(Wrong::Links(MOST)));
        }
        self.links.push(item);
        self.experiment.scenario.links.push(link);
        Ok(())
    }

    /// One end: a node's name, perhaps with an interface behind a colon. Where the text names no interface, it is the
    /// first that has no link, or a new one.
    fn end(&mut self, line: &mut Cursor) -> Result<End, Mistake> {
        let word = line.word("a node's name")?;
        let (id, interface) = self.end_named(&word, line)?;
        let index = usize::from(id.0);
        if self.experiment.scenario.nodes[index].kind == NodeKind::Switch {
            return self.port(id, interface.as_deref(), line);
        }
        let interfaces = &self.experiment.scenario.nodes[index].interfaces;
        let place = match &interface {
            Some(name) => interfaces.iter().position(|interface| interface.name == *name).ok_or_else(|| {
                let near = super::nearest(name, interfaces.iter().map(|interface| interface.name.as_str()));
                let node = Some(shortened(&self.experiment.scenario.nodes[index].name));
                line.wrong_before(Wrong::NoInterface { node, name: shortened(name), near })
            })?,
            None => self.free_interface(index, line)?,
        };
        if core::mem::replace(&mut self.nodes[index].linked[place], true) {
            let name = shortened(&self.experiment.scenario.nodes[index].interfaces[place].name);
            return Err(line.wrong_before(Wrong::InterfaceTaken(name)));
        }
        Ok(End { node: id, interface: place as u16 })
    }

    fn free_interface(&mut self, index: usize, line: &Cursor) -> Result<usize, Mistake> {
        let draft = &mut self.nodes[index];
        while draft.linked.get(draft.next_free) == Some(&true) {
            draft.next_free += 1;
        }
        match draft.next_free {
            free if free < draft.linked.len() => Ok(free),
            free if free >= node::INTERFACES => Err(line.wrong_before(Wrong::Interfaces(node::INTERFACES))),
            _ => Ok(self.new_interface(index)),
        }
    }

    /// A port of a switch: the one named, or the lowest that is free.
    fn port(&mut self, id: NodeId, name: Option<&str>, line: &Cursor) -> Result<End, Mistake> {
        let draft = &mut self.nodes[usize::from(id.0)];
        let port = match name {
            Some(name) => name.parse().map_err(|_| line.wrong_before(Wrong::SwitchPort(shortened(name))))?,
            None => {
                while u16::try_from(draft.next_free).is_ok_and(|port| draft.ports.contains(&port)) {
                    draft.next_free += 1;
                }
                u16::try_from(draft.next_free).map_err(|_| line.wrong_before(Wrong::PortsFull))?
            }
        };
        if !draft.ports.insert(port) {
            return Err(line.wrong_before(Wrong::PortTaken(port)));
        }
        Ok(End { node: id, interface: port })
    }

    /// The node of a word such as `a` or `a:eth0`, and the interface's name.
    pub(super) fn end_named(&self, word: &Word, line: &Cursor) -> Result<(NodeId, Option<String>), Mistake> {
        let whole = word.name();
        match word.colon {
            Some(colon) if colon > 0 => {
                let (node, interface) = (&whole[..colon], &whole[colon + 1..]);
                Ok((self.node_named(node, line)?, Some(interface.to_owned())))
            }
            _ => Ok((self.node_named(whole, line)?, None)),
        }
    }

    /// A line below a link: faults of one direction, or of both.
    fn fault_line(&self, link: &mut Link, item: &Item<'_>) -> Result<(), Mistake> {
        let mut line = Cursor::new(item)?;
        let directions = self.direction(link, &mut line)?;
        if line.is_done() {
            return Err(line.expected("a fault", []));
        }
        while !line.is_done() {
            let fault = line.choice("a fault", &FAULTS)?;
            let before = line.clone();
            for (place, faults) in link.faults.iter_mut().enumerate() {
                if directions[place] {
                    line = before.clone();
                    read_fault(faults, fault, &mut line)?;
                }
            }
        }
        no_children(item)
    }

    /// `a->b` at the beginning of a line: which directions of a link it is about.
    fn direction(&self, link: &Link, line: &mut Cursor) -> Result<[bool; 2], Mistake> {
        if !line.peek_at(1).is_some_and(|word| word.is("->")) {
            return Ok([true, true]);
        }
        let word = line.word("a node's name")?;
        let (from, _) = self.end_named(&word, line)?;
        line.keyword("->")?;
        let word = line.word("a node's name")?;
        let (to, _) = self.end_named(&word, line)?;
        match link.nodes() {
            ends if ends == [from, to] => Ok([true, false]),
            ends if ends == [to, from] => Ok([false, true]),
            _ => Err(line.wrong_before(Wrong::NotItsEnds)),
        }
    }
}

/// Reads one attribute, of the link or of both directions' faults.
pub(super) fn attribute(link: &mut Link, faults: &mut Faults, line: &mut Cursor) -> Result<(), Mistake> {
    let bare = line.peek().filter(|word| !word.quoted).map(|word| word.name().to_owned()).unwrap_or_default();
    // A unit says what a quantity is of.
    let attribute = match () {
        () if value::rate(&bare).is_some() => Attribute::Rate,
        () if value::duration(&bare).is_some() => Attribute::Delay,
        () => line.choice("a rate, a delay, `queue`, `jitter` or a fault", &ATTRIBUTES)?,
    };
    match attribute {
        Attribute::Rate => link.rate = line.quantity("rate", "10Mbit/s", value::rate)?,
        Attribute::Delay => link.delay = line.duration("delay")?,
        Attribute::Jitter => link.jitter = line.duration("jitter")?,
        Attribute::Queue => link.queue = queue(line)?,
        Attribute::Fault(fault) => read_fault(faults, fault, line)?,
    }
    Ok(())
}

/// Whether the next word begins a property of a link, and not a fault.
pub(super) fn is_property(line: &Cursor) -> bool {
    line.peek().is_some_and(|word| {
        let text = word.name();
        ["rate", "delay", "jitter", "queue"].contains(&text)
            || value::rate(text).is_some()
            || value::duration(text).is_some()
    })
}

fn queue(line: &mut Cursor) -> Result<usize, Mistake> {
    let frames: u32 = line.number("number of frames", "100")?;
    Ok(frames as usize)
}

/// Reads what stands behind the word for a fault: a share, or a list of frames.
fn read_fault(faults: &mut Faults, fault: Fault, line: &mut Cursor) -> Result<(), Mistake> {
    let (share, list) = match fault {
        Fault::None => {
            *faults = Faults::default();
            return Ok(());
        }
        Fault::Down => {
            faults.down = true;
            return Ok(());
        }
        Fault::Burst => {
            faults.burst = line.number("mean length of a run of lost frames", "4")?;
            return Ok(());
        }
        Fault::By => {
            faults.reorder_by = line.duration("time")?;
            return Ok(());
        }
        Fault::Late => return read_spans(&mut faults.late, line),
        Fault::Arrive => return read_spans(&mut faults.arrive, line),
        Fault::Loss => (&mut faults.loss_ppm, &mut faults.lose),
        Fault::Duplicate => (&mut faults.duplicate_ppm, &mut faults.duplicate),
        Fault::Corrupt => (&mut faults.corrupt_ppm, &mut faults.corrupt),
        Fault::Reorder => (&mut faults.reorder_ppm, &mut faults.reorder),
    };
    if line.peek().is_some_and(|word| word.name().ends_with(['%', '％'])) {
        *share = line.quantity("share", "0.1%", value::share)?;
        return Ok(());
    }
    read_list(list, line)
}

/// `3,5-9`: places of frames, from 1.
fn read_list(list: &mut Vec<u64>, line: &mut Cursor) -> Result<(), Mistake> {
    loop {
        let (first, last) = line.quantity("place of a frame, or share", "3,5-9` or `1%", |text| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            Some((first.parse::<u64>().ok().filter(|first| *first > 0)?, last.parse::<u64>().ok()?))
        })?;
        let many = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
        if last < first || many >= LISTED.saturating_sub(list.len()) {
            return Err(line.wrong_before(Wrong::List(LISTED)));
        }
        list.extend(first..=last);
        if !line.take(",") {
            return Ok(());
        }
    }
}

fn read_spans(spans: &mut Vec<Duration>, line: &mut Cursor) -> Result<(), Mistake> {
    loop {
        spans.push(line.duration("time")?);
        if !line.take(",") {
            return Ok(());
        }
    }
}
