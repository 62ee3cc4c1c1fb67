//! Changes of a network as changes of its text: each touches the words and lines that it is about and leaves everything else, comments
//! and order included, as its author wrote it.
//!
//! Absent on purpose: whether the new network can be (reading the text says so), and single properties (see [`super::field`]).

use core::ops::Range;
use sim_core::order;

use sim_core::scenario::NodeKind;
use sim_core::scenario::text::outline::{self, Line, Token};

use super::plan::{Part, Plan, ends, is, node_of, place_line};

/// A change of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds a node, at a place of the picture where one is said.
    Add(NodeKind, Option<(u16, u16)>),
    /// Connects two nodes.
    Connect(usize, usize),
    /// Takes a node away with its links, or a link.
    Delete(Part),
    /// Puts a node at a place of the picture.
    Move(usize, (u16, u16)),
    /// Takes the program away whose line below a node has this number.
    Drop(usize, usize),
}

impl Change {
    /// The text after the change. `None` when there is nothing to change.
    pub fn apply(&self, text: &str, plan: &Plan) -> Option<String> {
        match *self {
            Change::Add(kind, place) => Some(add(text, plan, kind, place)),
            Change::Connect(from, to) => connect(text, plan, [from, to]),
            Change::Delete(part) => delete(text, plan, part),
            Change::Move(node, place) => move_to(text, plan, node, place),
            Change::Drop(node, number) => super::field::without_line(text, plan, node, number),
        }
    }
}

/// Pieces of a text that become others.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    pub(super) fn put(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    /// The text with all pieces changed; pieces do not overlap. New lines end as the text's own do.
    pub(super) fn apply(mut self, text: &str) -> String {
        let first = text.split_inclusive('\n').next().unwrap_or_default();
        if first.ends_with("\r\n") {
            self.0.iter_mut().for_each(|(_, new)| *new = new.replace('\n', "\r\n"));
        }
        // What is put at a place stands before what is changed from there on.
        order::sort_by_key(&mut self.0, |(range, _)| (range.start, range.end));
        let (mut whole, mut done) = (String::with_capacity(text.len() + 64), 0);
        for (range, new) in self.0 {
            if range.start >= done {
                whole.push_str(&text[done..range.start]);
                whole.push_str(&new);
                done = range.end;
            }
        }
        whole.push_str(&text[done..]);
        whole
    }
}

/// Lines as they are put behind a line: with an end of the line before where the text has none.
pub(super) fn lines_at(text: &str, at: usize, lines: &str) -> String {
    let unfinished = at > 0 && !text[..at].ends_with('\n');
    format!("{}{lines}\n", if unfinished { "\n" } else { "" })
}

/// The indentation of the lines below a line.
fn indent_below<'a>(text: &'a str, line: &Line) -> std::borrow::Cow<'a, str> {
    // A byte order mark is no indentation.
    let indent = |line: &Line| text[line.start..line.range.start].trim_start_matches('\u{feff}');
    match line.children.first() {
        Some(child) => indent(child).into(),
        None => format!("{}  ", indent(line)).into(),
    }
}

/// Puts a line right below a line, or behind all that stand below it.
pub(super) fn below(text: &str, line: &Line, new: &str, last: bool, splices: &mut Splices) {
    let indent = indent_below(text, line);
    let at = match line.children.first() {
        _ if last => line.end,
        Some(child) => child.start,
        None => line.end,
    };
    let lines: Vec<String> = new.lines().map(|line| format!("{indent}{line}")).collect();
    splices.put(at..at, lines_at(text, at, &lines.join("\n")));
}

/// Takes away a line with all below it.
pub(super) fn without(line: &Line, splices: &mut Splices) {
    splices.put(line.start..line.end, "");
}

fn add(text: &str, plan: &Plan, kind: NodeKind, place: Option<(u16, u16)>) -> String {
    let mut line = format!("{} {}", super::keyword(kind), outline::name(&free_name(plan, kind)));
    if let Some((x, y)) = place {
        line.push_str(&format!("\n  place {x} {y}"));
    }
    // Behind the last node: links come after those that they join.
    let at = plan.nodes.iter().map(|node| plan.lines[node.line].end).max().unwrap_or(text.len());
    let mut splices = Splices::default();
    splices.put(at..at, lines_at(text, at, &line));
    splices.apply(text)
}

/// `h1`, `h2`, …: a name that no node has.
fn free_name(plan: &Plan, kind: NodeKind) -> String {
    let letter = match kind {
        NodeKind::Host => "h",
        NodeKind::Router => "r",
        NodeKind::Switch => "s",
        NodeKind::Gateway => "g",
    };
    let names: std::collections::BTreeSet<&str> = plan.nodes.iter().map(|node| node.name.as_str()).collect();
    let mut free = (1..).map(|number| format!("{letter}{number}")).filter(|name| !names.contains(name.as_str()));
    free.next().unwrap_or_default()
}

fn connect(text: &str, plan: &Plan, nodes: [usize; 2]) -> Option<String> {
    let [from, to] = [plan.nodes.get(nodes[0])?, plan.nodes.get(nodes[1])?];
    let line = format!("link {} {}", outline::name(&from.name), outline::name(&to.name));
    let behind_link = plan.lines.iter().rev().find(|line| !ends(line).is_empty()).map(|line| line.end);
    let behind_node = plan.nodes.iter().map(|node| plan.lines[node.line].end).max();
    let (at, line) = match behind_link {
        Some(at) => (at, line),
        None => (behind_node?, format!("\n{line}")),
    };
    let mut splices = Splices::default();
    splices.put(at..at, lines_at(text, at, &line));
    Some(splices.apply(text))
}

fn delete(text: &str, plan: &Plan, part: Part) -> Option<String> {
    let mut splices = Splices::default();
    without(plan.line(part)?, &mut splices);
    let Part::Node(node) = part else {
        let Part::Link(link) = part else { return None };
        let ends = plan.links.get(link)?.ends.map(|end| plan.nodes[end].name.as_str());
        drop_plans(plan, &mut splices, |named| named == ends || named == [ends[1], ends[0]]);
        return Some(splices.apply(text));
    };
    let name = plan.nodes.get(node)?.name.as_str();
    // Two nodes of one name are a mistake, and the links are the other one's.
    if plan.nodes.iter().filter(|node| node.name == name).count() == 1 {
        for line in &plan.lines {
            if ends(line).iter().any(|end| node_of(end) == name) {
                without(line, &mut splices);
            }
        }
        drop_plans(plan, &mut splices, |named| named.contains(&name));
    }
    Some(splices.apply(text))
}

/// Takes away what is planned for nodes and links that go.
fn drop_plans(plan: &Plan, splices: &mut Splices, goes: impl Fn([&str; 2]) -> bool) {
    for line in &plan.lines {
        let named = planned(line);
        let name = |place: usize| named.get(place).map_or("", |word| node_of(word));
        if !named.is_empty() && goes([name(0), name(1)]) {
            without(line, splices);
        }
    }
}

/// The words of an `at` line that name nodes.
fn planned(line: &Line) -> Vec<&Token> {
    let words: Vec<&Token> = line.words.iter().filter(|word| !word.punctuation).collect();
    let [at, _, verb, rest @ ..] = words.as_slice() else { return Vec::new() };
    let many = match verb.text.as_str() {
        _ if !is(at, "at") => 0,
        "set" | "cut" | "mend" => 2,
        "kill" | "inject" => 1,
        _ => 0,
    };
    let rest = if rest.first().is_some_and(|word| is(word, "link")) { &rest[1..] } else { rest };
    rest.iter().take(many).copied().collect()
}

fn move_to(text: &str, plan: &Plan, node: usize, (x, y): (u16, u16)) -> Option<String> {
    let line = plan.line(Part::Node(node))?;
    let mut splices = Splices::default();
    let new = format!("place {} {}", x.min(1000), y.min(1000));
    match place_line(line) {
        Some(place) => {
            // A comment behind it stays.
            let end = place.words.last().map_or(place.range.end, |word| word.range.end);
            splices.put(place.range.start..end, new);
        }
        None => below(text, line, &new, false, &mut splices),
    }
    Some(splices.apply(text))
}

/// Gives a node another name, everywhere where it is named.
pub(super) fn rename(text: &str, plan: &Plan, node: usize, new: &str) -> Option<String> {
    let old = plan.nodes.get(node)?.name.as_str();
    let line = plan.line(Part::Node(node))?;
    let mut splices = Splices::default();
    let written = outline::name(new);
    splices.put(line.words.get(1)?.range.clone(), written.clone());
    if plan.nodes.iter().filter(|node| node.name == old).count() > 1 {
        return Some(splices.apply(text));
    }
    for line in &plan.lines {
        let mut named = ends(line);
        named.extend(planned(line));
        for child in line.children.iter().filter(|_| !ends(line).is_empty()) {
            let is_direction = child.words.get(1).is_some_and(|word| word.punctuation && word.text == "->");
            named.extend(child.words.iter().filter(|word| !word.punctuation).take(if is_direction { 2 } else { 0 }));
        }
        line.children.iter().for_each(|child| names_below(child, &mut named));
        for word in named.into_iter().filter(|word| node_of(word) == old) {
            let rest = &word.text[node_of(word).len()..];
            splices.put(word.range.clone(), format!("{written}{rest}"));
        }
    }
    Some(splices.apply(text))
}

/// The words of lines below a node that may name a node: routes, built-in programs, addresses of port maps and of calls.
fn names_below<'a>(line: &'a Line, named: &mut Vec<&'a Token>) {
    let words = &line.words;
    let first = words.iter().find(|word| !is(word, "try"));
    match first.map(|word| word.text.as_str()) {
        Some("route") => named.extend(words.get(3)),
        Some("run") if words.get(1).is_some_and(|word| matches!(&*word.text, "ping" | "http-get" | "lookup")) => {
            named.extend(words.get(2));
        }
        Some("map" | "bind" | "connect" | "sendto") => {
            named.extend(words.iter().filter(|word| word.colon.is_some_and(|colon| colon > 0)));
        }
        Some("program") => line.children.iter().for_each(|child| names_below(child, named)),
        Some("loop" | "loop:" | "repeat" | "if") => line.children.iter().for_each(|child| names_below(child, named)),
        _ => {}
    }
}
