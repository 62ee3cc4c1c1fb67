//! The nodes and links of a text, with the lines where they stand: what a picture of it shows, also while the text has mistakes.
//!
//! Absent on purpose: everything else that a text says; and a link to a node that is not there.

use std::collections::BTreeMap;

use sim_core::scenario::text::outline::{Line, Token, outline};
use sim_core::scenario::{Link, Node, NodeKind, Scenario};
use sim_core::trace::NodeId;

/// The most nodes that the picture for editing shows: beyond, nobody could find one, and the text is the better place.
pub const MOST_NODES: usize = 2_000;

/// The nodes and links of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// All lines of the text.
    pub lines: Vec<Line>,
    /// The nodes, in the order of the text.
    pub nodes: Vec<PlanNode>,
    /// The links between nodes that are there, in the order of the text.
    pub links: Vec<PlanLink>,
}

/// A node of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanNode {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// The place of its line in [`Plan::lines`].
    pub line: usize,
    /// Where it stands on the picture, when the text says so: thousandths of width and height.
    pub place: Option<(u16, u16)>,
}

/// A link of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanLink {
    /// The places of its ends in [`Plan::nodes`].
    pub ends: [usize; 2],
    /// The place of its line in [`Plan::lines`].
    pub line: usize,
}

/// A part of a network: a node or a link, by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A node.
    Node(usize),
    /// A link.
    Link(usize),
}

impl Plan {
    /// The plan of a text, unless its lines cannot be told apart.
    pub fn of(text: &str) -> Option<Plan> {
        let lines = outline(text).ok()?;
        let mut plan = Plan { nodes: Vec::new(), links: Vec::new(), lines: Vec::new() };
        let mut names = BTreeMap::new();
        for (place, line) in lines.iter().enumerate() {
            let [first, name, ..] = line.words.as_slice() else { continue };
            let Some(kind) = kind(first) else { continue };
            names.entry(name.text.clone()).or_insert(plan.nodes.len());
            plan.nodes.push(PlanNode { name: name.text.clone(), kind, line: place, place: place_of(line) });
        }
        for (place, line) in lines.iter().enumerate() {
            let ends: Vec<usize> = ends(line).iter().filter_map(|token| names.get(node_of(token)).copied()).collect();
            if let [from, to] = ends[..]
                && from != to
            {
                plan.links.push(PlanLink { ends: [from, to], line: place });
            }
        }
        plan.lines = lines;
        Some(plan)
    }

    /// Whether this part is there.
    pub fn has(&self, part: Part) -> bool {
        match part {
            Part::Node(node) => node < self.nodes.len(),
            Part::Link(link) => link < self.links.len(),
        }
    }

    /// The line of a part.
    pub fn line(&self, part: Part) -> Option<&Line> {
        let place = match part {
            Part::Node(node) => self.nodes.get(node)?.line,
            Part::Link(link) => self.links.get(link)?.line,
        };
        self.lines.get(place)
    }

    /// A scenario of the same nodes and links and nothing else, to be laid out.
    pub fn sketch(&self) -> Scenario {
        let mac = [2, 0, 0, 0, 0, 1];
        let nodes = self.nodes.iter().map(|node| Node::with_interface("", node.kind, mac, [10, 0, 0, 1], 24)).collect();
        let id = |node: usize| NodeId(u16::try_from(node).unwrap_or(u16::MAX));
        let links = self
            .links
            .iter()
            .map(|link| Link::between(id(link.ends[0]), id(link.ends[1]), 0, std::time::Duration::ZERO, 0));
        Scenario { nodes, links: links.collect(), ..Scenario::default() }
    }
}

/// The kind of node that a line's first word begins.
pub(super) fn kind(word: &Token) -> Option<NodeKind> {
    let kinds = [NodeKind::Host, NodeKind::Router, NodeKind::Switch, NodeKind::Gateway];
    kinds.into_iter().find(|kind| is(word, super::keyword(*kind)))
}

/// Whether a word is this keyword, which may end in a colon.
pub(super) fn is(word: &Token, keyword: &str) -> bool {
    !word.quoted && !word.punctuation && word.text.strip_suffix(':').unwrap_or(&word.text) == keyword
}

/// The words of the two ends of a link's line.
pub(super) fn ends(line: &Line) -> Vec<&Token> {
    match line.words.first() {
        Some(first) if is(first, "link") => line.words[1..].iter().filter(|word| !word.punctuation).take(2).collect(),
        _ => Vec::new(),
    }
}

/// The node that a word such as `a` or `a:eth0` names.
pub(super) fn node_of(word: &Token) -> &str {
    word.colon.filter(|colon| *colon > 0).map_or(&word.text, |colon| &word.text[..colon])
}

/// The `place` line below a node's line.
pub(super) fn place_line(line: &Line) -> Option<&Line> {
    line.children.iter().find(|child| child.words.first().is_some_and(|word| is(word, "place")))
}

fn place_of(line: &Line) -> Option<(u16, u16)> {
    let line = place_line(line)?;
    let share = |at: usize| line.words.get(at)?.text.parse().ok().filter(|share: &u16| *share <= 1000);
    Some((share(1)?, share(2)?))
}
