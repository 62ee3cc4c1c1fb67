//! Single properties of what is chosen in the picture: what the text says of each, and how it is written there. A value that the text
//! cannot have is not written: it stays in its field, with what is wrong.
//!
//! Absent on purpose: rare properties (hardware addresses, NAT, lists of frames to lose): the text has them.

use core::ops::Range;

use sim_core::scenario::NodeKind;
use sim_core::scenario::text::outline::{Line, Token};
use sim_core::scenario::text::{self, Mistake};

use super::change::{Splices, below, rename, without};
use super::plan::{Part, Plan, ends, is, node_of};
use super::{Edit, Effect};

/// A property of a node or a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A node's name.
    Name,
    /// The addresses of an interface, by its place.
    Address(usize),
    /// The longest packet that an interface sends.
    Mtu(usize),
    /// Where a node's default route leads.
    Route,
    /// A link's rate.
    Rate,
    /// A link's delay.
    Delay,
    /// A link's jitter.
    Jitter,
    /// How many frames wait before each end.
    Queue,
    /// The share of frames with a fault, in the direction that leaves end 0 or 1.
    Fault(Fault, usize),
}

/// A kind of fault that has a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fault {
    Loss,
    Duplicate,
    Corrupt,
    Reorder,
}

impl Fault {
    /// Every kind, in the order of the form.
    pub const ALL: [Fault; 4] = [Fault::Loss, Fault::Duplicate, Fault::Corrupt, Fault::Reorder];

    const fn word(self) -> &'static str {
        match self {
            Fault::Loss => "loss",
            Fault::Duplicate => "duplicate",
            Fault::Corrupt => "corrupt",
            Fault::Reorder => "reorder",
        }
    }
}

/// What was written in a field and cannot be.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Which field.
    pub field: Field,
    /// What was written.
    pub value: String,
    /// Why it cannot be.
    pub why: Mistake,
}

/// Writes a field of what is chosen, unless the text cannot say it.
pub(super) fn write(edit: &mut Edit, field: Field, value: &str, effects: &mut Vec<Effect>) {
    let Some(part) = edit.chosen else { return };
    let words: Vec<&str> = value.split_whitespace().filter(|word| !word.starts_with(['#', '＃'])).collect();
    let words = words.join(" ");
    edit.refused = None;
    if words == self::value(edit, field) {
        return;
    }
    let Some(text) = put(edit, part, field, &words) else { return };
    match mistake_of(edit, part, &text) {
        Some(why) => edit.refused = Some(Refused { field, value: value.to_owned(), why }),
        None => edit.write(text, false, effects),
    }
}

/// The mistake that a new text has and the old one had not, where it is about this part or the text had none.
fn mistake_of(edit: &Edit, part: Part, text: &str) -> Option<Mistake> {
    let mistakes = text::parse(text).err()?.0;
    if edit.experiment().is_some() {
        return mistakes.into_iter().next();
    }
    let line = edit.reading.plan.line(part)?;
    let last = line.number + edit.document.text()[line.start..line.end].lines().count();
    let is_new = |mistake: &Mistake| !edit.mistakes().iter().any(|before| before.what == mistake.what);
    mistakes.into_iter().find(|mistake| (line.number..=last).contains(&mistake.line) && is_new(mistake))
}

/// What the text says of a property of what is chosen; nothing when it does not.
pub fn value(edit: &Edit, field: Field) -> String {
    let plan = &edit.reading.plan;
    let found = edit.chosen.and_then(|part| Some((part, plan.line(part)?)));
    let Some((part, line)) = found else { return String::new() };
    let said = match (field, part) {
        (Field::Name, Part::Node(node)) => return plan.nodes[node].name.clone(),
        (Field::Address(place), _) => interface(line, place).map(|(line, first)| addresses(line, first)),
        (Field::Mtu(place), _) => interface(line, place).and_then(|(line, first)| {
            let at = (first..line.words.len()).find(|at| is(&line.words[*at], "mtu"))?;
            Some(line.words.get(at + 1)?.text.clone())
        }),
        (Field::Route, _) => default_route(line).and_then(|route| Some(route.words.get(3)?.text.clone())),
        (Field::Fault(fault, from), Part::Link(link)) => share_of(plan, link, line, fault, from),
        (field, Part::Link(_)) => key(field).and_then(|key| {
            let entry = entries(line).into_iter().rev().find(|entry| entry.key == key)?;
            Some(line.words[entry.value].iter().map(|word| word.text.as_str()).collect())
        }),
        _ => None,
    };
    said.unwrap_or_default()
}

/// How many interfaces what is chosen has: those of the text, and those that are added to it.
pub fn interfaces(edit: &Edit) -> usize {
    let Some(Part::Node(node)) = edit.chosen else { return 0 };
    let plan = &edit.reading.plan;
    if plan.nodes[node].kind == NodeKind::Switch {
        return 0;
    }
    match edit.experiment().and_then(|experiment| experiment.scenario.nodes.get(node)) {
        Some(node) => node.interfaces.len(),
        None => plan.line(Part::Node(node)).map_or(0, |line| written_interfaces(line).len().max(1)),
    }
}

/// What a property is where the text is silent.
pub fn usual(edit: &Edit, field: Field) -> String {
    let node = match edit.chosen {
        Some(Part::Node(node)) => edit.experiment().and_then(|experiment| experiment.scenario.nodes.get(node)),
        _ => None,
    };
    match field {
        Field::Name => String::new(),
        Field::Address(place) => {
            let addresses = node.and_then(|node| node.interfaces.get(place)).map(|interface| &interface.addresses);
            let written = addresses.into_iter().flatten().map(|address| format!("{}/{}", address.ip, address.prefix));
            written.collect::<Vec<_>>().join(" ")
        }
        Field::Mtu(_) => "1500".to_owned(),
        Field::Route => node
            .and_then(|node| node.routes.iter().find(|route| route.to.prefix == 0))
            .map_or_else(String::new, |route| route.via.to_string()),
        Field::Rate => "10Mbit/s".to_owned(),
        Field::Delay => "10ms".to_owned(),
        Field::Jitter => "0ms".to_owned(),
        Field::Queue => "100".to_owned(),
        Field::Fault(..) => "0%".to_owned(),
    }
}

/// The programs of a node: the number of the line of each, and what it says.
pub fn programs(edit: &Edit, node: usize) -> Vec<(usize, String)> {
    // The places of an older text are not places of this one.
    if edit.is_stale() {
        return Vec::new();
    }
    let Some(line) = edit.reading.plan.line(Part::Node(node)) else { return Vec::new() };
    let is_program = |line: &&Line| line.words.first().is_some_and(|word| is(word, "program") || is(word, "run"));
    let said = |line: &Line| edit.document.text()[line.range.clone()].to_owned();
    line.children.iter().filter(is_program).map(|line| (line.number, said(line))).collect()
}

/// The text without the line of this number below a node, and without what stands below it.
pub(super) fn without_line(text: &str, plan: &Plan, node: usize, number: usize) -> Option<String> {
    let line = plan.line(Part::Node(node))?;
    let mut splices = Splices::default();
    without(line.children.iter().find(|child| child.number == number)?, &mut splices);
    Some(splices.apply(text))
}

fn put(edit: &Edit, part: Part, field: Field, new: &str) -> Option<String> {
    let (text, plan) = (edit.document.text(), &edit.reading.plan);
    let line = plan.line(part)?;
    let mut splices = Splices::default();
    match (field, part) {
        (Field::Name, Part::Node(node)) => return rename(text, plan, node, new),
        (Field::Address(place) | Field::Mtu(place), Part::Node(node)) => match interface(line, place) {
            Some((line, first)) if matches!(field, Field::Mtu(_)) => put_mtu(line, first, new, &mut splices),
            Some((line, first)) => put_addresses(line, first, new, &mut splices),
            None => {
                let said = if matches!(field, Field::Mtu(_)) { format!("mtu {new}") } else { new.to_owned() };
                add_interfaces(edit, node, line, place, &said, &mut splices);
            }
        },
        (Field::Route, _) => match (default_route(line), new) {
            (Some(route), "") => without(route, &mut splices),
            (Some(route), new) => splices.put(route.words.get(3)?.range.clone(), new),
            (None, new) => below(text, line, &format!("route default via {new}"), false, &mut splices),
        },
        (Field::Fault(fault, from), Part::Link(link)) => put_share(edit, link, line, (fault, from), new, &mut splices),
        (field, Part::Link(_)) => put_property(line, key(field)?, new, &mut splices),
        _ => return None,
    }
    Some(splices.apply(text))
}

/// The lines of a node's interfaces, each with the place of the first word behind its name.
fn written_interfaces(line: &Line) -> Vec<(&Line, usize)> {
    let own = (line.words.len() > 2).then_some((line, 2));
    let below = line.children.iter().filter(|child| child.words.first().is_some_and(|word| is(word, "interface")));
    own.into_iter().chain(below.map(|line| (line, 2))).collect()
}

/// The line of an interface, and the place of the first word behind its name. The node's own line stands for the first where the text has
/// none.
fn interface(line: &Line, place: usize) -> Option<(&Line, usize)> {
    let written = written_interfaces(line);
    match written.get(place) {
        Some(found) => Some(*found),
        None if place == 0 => Some((line, 2)),
        None => None,
    }
}

/// Words of an interface's line that are neither its MTU nor its hardware address.
fn address_words(line: &Line, first: usize) -> Vec<&Token> {
    let is_of = |at: usize| is(&line.words[at], "mtu") || is(&line.words[at], "mac");
    let others = (first..line.words.len()).filter(|at| !(is_of(*at) || *at > first && is_of(*at - 1)));
    others.map(|at| &line.words[at]).collect()
}

fn addresses(line: &Line, first: usize) -> String {
    address_words(line, first).iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The end of the words of a line, before a comment.
fn end_of_words(line: &Line) -> usize {
    line.words.last().map_or(line.range.end, |word| word.range.end)
}

/// Takes words away with the spaces before them.
fn drop_words(line: &Line, words: Range<usize>, splices: &mut Splices) {
    let before = words.start.checked_sub(1).and_then(|at| line.words.get(at)).map(|word| word.range.end);
    if let (Some(begin), Some(last)) = (before, words.end.checked_sub(1).and_then(|at| line.words.get(at))) {
        splices.put(begin..last.range.end, "");
    }
}

fn put_addresses(line: &Line, first: usize, new: &str, splices: &mut Splices) {
    let Some(name) = first.checked_sub(1).and_then(|at| line.words.get(at)) else { return };
    for word in address_words(line, first) {
        if let Some(at) = line.words.iter().position(|other| other == word) {
            drop_words(line, at..at + 1, splices);
        }
    }
    if !new.is_empty() {
        splices.put(name.range.end..name.range.end, format!(" {new}"));
    }
}

fn put_mtu(line: &Line, first: usize, new: &str, splices: &mut Splices) {
    let found = (first..line.words.len()).find(|at| is(&line.words[*at], "mtu"));
    match found {
        Some(at) if new.is_empty() => drop_words(line, at..(at + 2).min(line.words.len()), splices),
        Some(at) => match line.words.get(at + 1) {
            Some(value) => splices.put(value.range.clone(), new),
            None => splices.put(end_of_words(line)..end_of_words(line), format!(" {new}")),
        },
        None => splices.put(end_of_words(line)..end_of_words(line), format!(" mtu {new}")),
    }
}

/// Writes interfaces that were added silently, up to the one that is to say something.
fn add_interfaces(edit: &Edit, node: usize, line: &Line, place: usize, said: &str, splices: &mut Splices) {
    let experiment = edit.experiment().and_then(|experiment| experiment.scenario.nodes.get(node));
    let name = |place: usize| {
        let name = experiment.and_then(|node| node.interfaces.get(place)).map(|interface| interface.name.clone());
        text::outline::name(&name.unwrap_or_else(|| format!("eth{place}")))
    };
    let first = written_interfaces(line).len();
    let mut lines: Vec<String> = (first..place).map(|place| format!("interface {}", name(place))).collect();
    lines.push(format!("interface {} {said}", name(place)));
    below(edit.document.text(), line, &lines.join("\n"), true, splices);
}

fn default_route(line: &Line) -> Option<&Line> {
    line.children.iter().find(
        |child| matches!(child.words.as_slice(), [route, default, ..] if is(route, "route") && is(default, "default")),
    )
}

/// What a piece of a link's line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Rate,
    Delay,
    Jitter,
    Queue,
    /// A share of a fault.
    Share(Fault),
    Other,
}

fn key(field: Field) -> Option<Key> {
    Some(match field {
        Field::Rate => Key::Rate,
        Field::Delay => Key::Delay,
        Field::Jitter => Key::Jitter,
        Field::Queue => Key::Queue,
        _ => return None,
    })
}

/// A piece of a link's line: its words, and those of its value.
#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    words: Range<usize>,
    value: Range<usize>,
}

/// The pieces of a link's line, or of a line below it.
fn entries(line: &Line) -> Vec<Entry> {
    let (words, mut entries) = (&line.words, Vec::new());
    let mut at = first_of_properties(line);
    while let Some(word) = words.get(at) {
        let takes_value = !matches!(word.text.as_str(), "down" | "none");
        let bare = bare_key(word);
        let value = if bare.is_some() { at..at + 1 } else { at + 1..at + 1 + usize::from(takes_value) };
        let mut end = value.end.min(words.len());
        // A list goes on behind each comma.
        while words.get(end).is_some_and(|word| word.punctuation && word.text == ",") {
            end = (end + 2).min(words.len());
        }
        let value = value.start.min(end)..end;
        let is_share = words.get(value.start).is_some_and(|word| word.text.ends_with(['%', '％']));
        entries.push(Entry { key: bare.unwrap_or_else(|| keyword_key(word, is_share)), words: at..end, value });
        at = end.max(at + 1);
    }
    entries
}

/// Where the words begin that are not the names of ends.
fn first_of_properties(line: &Line) -> usize {
    let is_link = !ends(line).is_empty();
    let arrow = |at: usize| line.words.get(at).is_some_and(|word| word.punctuation && word.text == "->");
    match (is_link, arrow(1), arrow(2)) {
        (true, _, true) => 4,
        (true, _, false) => 3,
        (false, true, _) => 3,
        (false, false, _) => 0,
    }
}

fn bare_key(word: &Token) -> Option<Key> {
    let is_rate = word.text == "unlimited" || word.text.ends_with("bit/s") || word.text.ends_with("bps");
    match () {
        () if word.quoted || word.punctuation => None,
        () if is_rate => Some(Key::Rate),
        () if text::duration(&word.text).is_some() => Some(Key::Delay),
        () => None,
    }
}

fn keyword_key(word: &Token, is_share: bool) -> Key {
    match word.text.as_str() {
        "rate" => Key::Rate,
        "delay" => Key::Delay,
        "jitter" => Key::Jitter,
        "queue" => Key::Queue,
        // Both words take a share.
        "lose" if is_share => Key::Share(Fault::Loss),
        name => match Fault::ALL.into_iter().find(|fault| fault.word() == name) {
            Some(fault) if is_share => Key::Share(fault),
            _ => Key::Other,
        },
    }
}

fn put_property(line: &Line, key: Key, new: &str, splices: &mut Splices) {
    let found = entries(line).into_iter().rev().find(|entry| entry.key == key);
    match found {
        Some(entry) if new.is_empty() => drop_words(line, entry.words, splices),
        Some(entry) => put_value(line, &entry, new, splices),
        None => {
            // Properties stand before faults.
            let fault = entries(line).into_iter().find(|entry| matches!(entry.key, Key::Share(_) | Key::Other));
            let before = fault.map_or(line.words.len(), |entry| entry.words.start);
            let at =
                before.checked_sub(1).and_then(|at| line.words.get(at)).map_or(line.range.end, |word| word.range.end);
            let keyword = match key {
                Key::Jitter => "jitter ",
                Key::Queue => "queue ",
                _ => "",
            };
            splices.put(at..at, format!(" {keyword}{new}"));
        }
    }
}

fn put_value(line: &Line, entry: &Entry, new: &str, splices: &mut Splices) {
    match line.words.get(entry.value.clone()) {
        Some([first, .., last] | [first @ last]) => splices.put(first.range.start..last.range.end, new),
        _ => splices.put(end_of_words(line)..end_of_words(line), format!(" {new}")),
    }
}

/// The line below a link that is about the direction that leaves this end.
fn direction<'a>(plan: &Plan, link: usize, line: &'a Line, from: usize) -> Option<&'a Line> {
    let names = plan.links.get(link)?.ends.map(|end| plan.nodes[end].name.as_str());
    let wanted = [names[from & 1], names[1 - (from & 1)]];
    line.children.iter().rev().find(|child| match child.words.as_slice() {
        [a, arrow, b, ..] => arrow.punctuation && arrow.text == "->" && [node_of(a), node_of(b)] == wanted,
        _ => false,
    })
}

/// The line that says the share of a fault for both directions.
fn both(line: &Line, fault: Fault) -> Option<(&Line, Entry)> {
    let below = line.children.iter().filter(|child| first_of_properties(child) == 0);
    let lines: Vec<&Line> = core::iter::once(line).chain(below).collect();
    lines.into_iter().rev().find_map(|line| Some((line, share(line, fault)?)))
}

fn share(line: &Line, fault: Fault) -> Option<Entry> {
    entries(line).into_iter().rev().find(|entry| entry.key == Key::Share(fault))
}

fn share_of(plan: &Plan, link: usize, line: &Line, fault: Fault, from: usize) -> Option<String> {
    let own = direction(plan, link, line, from).and_then(|line| Some((line, share(line, fault)?)));
    let (line, entry) = own.or_else(|| both(line, fault))?;
    Some(line.words.get(entry.value.start)?.text.clone())
}

fn put_share(edit: &Edit, link: usize, line: &Line, (fault, from): (Fault, usize), new: &str, splices: &mut Splices) {
    let plan = &edit.reading.plan;
    let own = direction(plan, link, line, from);
    let new = if new.is_empty() && both(line, fault).is_some() { "0%" } else { new };
    // A bare number is a share in percent: the field says so.
    let new = if new.parse::<f64>().is_ok() { &format!("{new}%") } else { new };
    let held = if fault == Fault::Reorder { " by 5ms" } else { "" };
    match (own, own.and_then(|line| share(line, fault))) {
        (Some(own), Some(entry)) if new.is_empty() => {
            if entries(own).len() == 1 {
                without(own, splices);
            } else {
                drop_words(own, entry.words, splices);
            }
        }
        (Some(own), Some(entry)) => put_value(own, &entry, new, splices),
        (Some(own), None) => {
            splices.put(end_of_words(own)..end_of_words(own), format!(" {} {new}{held}", fault.word()));
        }
        (None, _) => {
            let Some(names) = plan.links.get(link).map(|link| link.ends.map(|end| &plan.nodes[end].name)) else {
                return;
            };
            let [from, to] = [names[from & 1], names[1 - (from & 1)]].map(|name| text::outline::name(name));
            let new = format!("{from}->{to} {} {new}{held}", fault.word());
            below(edit.document.text(), line, &new, true, splices);
        }
    }
}
