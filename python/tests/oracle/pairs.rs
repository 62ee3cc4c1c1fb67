//! Programs that talk to each other: `pairs/FILE.py`, each after a line `# === PAIR/NAME`.
//!
//! The first begins at once; the others when it listens, or as `# start:` says: `ended NAME` or `printed NAME TEXT`. `PORT` and `PORT2`
//! are free ports. What each prints must not depend on which of them is faster. Absent: a time after which something begins.

use std::collections::BTreeMap;
use std::fs;

use crate::corpus::{folder, sections, sorted_entries};
use crate::outcome::Outcome;

/// When a program begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    AtOnce,
    /// When one of the others listens.
    Listening,
    /// When this one has ended.
    Ended(String),
    /// When this one has printed a line that begins so.
    Printed(String, String),
}

/// One of the programs.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) start: Start,
}

/// Programs that run together.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// `FILE/PAIR`.
    pub(crate) name: String,
    pub(crate) peers: Vec<Peer>,
}

/// What is there to begin by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) listening: bool,
    /// What each that has ended did.
    pub(crate) ended: BTreeMap<String, Outcome>,
    /// What each has printed.
    pub(crate) printed: BTreeMap<String, String>,
}

impl Start {
    fn parse(source: &str, first: bool) -> Start {
        let Some(text) = source.lines().find_map(|line| line.strip_prefix("# start: ")) else {
            return if first { Start::AtOnce } else { Start::Listening };
        };
        match text.splitn(3, ' ').collect::<Vec<_>>()[..] {
            ["ended", name] => Start::Ended(name.to_owned()),
            ["printed", name, line] => Start::Printed(name.to_owned(), line.to_owned()),
            _ => panic!("`# start: {text}` is neither `ended NAME` nor `printed NAME TEXT`"),
        }
    }

    /// Whether a program that begins so begins now.
    pub(crate) fn is_now(&self, seen: &Seen) -> bool {
        match self {
            Start::AtOnce => true,
            Start::Listening => seen.listening,
            Start::Ended(name) => seen.ended.contains_key(name),
            Start::Printed(name, text) => {
                seen.printed.get(name).is_some_and(|printed| printed.lines().any(|line| line.starts_with(text)))
            }
        }
    }
}

/// All pairs; with `ONLY=…` those whose name has it.
pub(crate) fn load() -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for path in sorted_entries(&folder().join("pairs")) {
        let file = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        for (name, source) in sections(&fs::read_to_string(&path).expect("programs are text"), "# === ") {
            let (pair, name) = name.split_once('/').expect("PAIR/NAME");
            let pair = format!("{file}/{pair}");
            if pairs.last().is_none_or(|last| last.name != pair) {
                pairs.push(Pair { name: pair, peers: Vec::new() });
            }
            let peers = &mut pairs.last_mut().expect("one was pushed").peers;
            let start = Start::parse(&source, peers.is_empty());
            peers.push(Peer { name: name.to_owned(), source, start });
        }
    }
    let only = std::env::var("ONLY").unwrap_or_default();
    pairs.retain(|pair| pair.name.contains(&only));
    pairs
}

impl Pair {
    /// `pairs/FILE/PAIR/NAME`, of one of its programs.
    pub(crate) fn full_name(&self, name: &str) -> String {
        format!("pairs/{}/{name}", self.name)
    }

    /// The pair with these ports.
    pub(crate) fn with_ports(&self, ports: [u16; 2]) -> Pair {
        let mut pair = self.clone();
        for peer in &mut pair.peers {
            peer.source = peer.source.replace("PORT2", &ports[1].to_string()).replace("PORT", &ports[0].to_string());
        }
        pair
    }
}
