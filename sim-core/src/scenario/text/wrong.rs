//! What can be wrong with a text, each as a value, so that a page can say it in the learner's language; `Display` says it in English, in
//! one sentence: what is wrong, and what to do.
//!
//! Absent on purpose: places (a [`super::Mistake`] has one), and a value for each rare mistake: those are [`Wrong::Other`].

use core::fmt;

use super::cursor::shortened;
use crate::scenario::ScenarioError;
use crate::trace::NodeId;

/// What is wrong. Words of the text are cut to forty characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wrong {
    /// The line ends, or `found` stands, where `what` is expected; `near` is the nearest right word.
    Expected { what: String, found: Option<String>, near: Option<String> },
    /// A word is no such quantity, which is written as `example`.
    Quantity { what: String, found: String, example: String },
    /// A number that is out of its bounds.
    Bounds { what: String, found: String, least: u16, most: u16 },
    /// A word behind the end of what a line says.
    WordTooMany(String),
    /// There is no node of this name.
    NoNode { name: String, near: Option<String> },
    /// Where an address stands, a word is neither one nor a node.
    NoAddressee { name: String, near: Option<String> },
    /// The node of this line has this name already.
    NodeTwice { name: String, line: usize },
    /// What may be said once is said on a line before.
    SaidTwice,
    /// Something is indented below a line that nothing can stand below.
    NothingBelow { line: usize },
    /// Lines side by side are not indented alike.
    Indentation { is: usize, beside: usize, line: usize },
    /// A quotation mark without a closing one.
    QuoteOpen,
    /// What should be an IP address is none.
    NoAddress(String),
    /// The length of a prefix is none.
    Prefix { found: String, longest: u8, usual: u8 },
    /// An MTU that cannot be.
    Mtu(u16),
    /// Both ends of a link are at one node.
    OneNode,
    /// An interface has a link already.
    InterfaceTaken(String),
    /// A node has no such interface.
    NoInterface { node: Option<String>, name: String, near: Option<String> },
    /// A node has an interface of this name already.
    InterfaceTwice(String),
    /// A switch has no addresses and no interfaces.
    SwitchInterface,
    /// A switch or a gateway runs no programs.
    NoPrograms,
    /// A call whose result needs a name.
    ResultNeedsName(String),
    /// A word that should be bytes.
    NoBytes(String),
    /// No line of a program makes this variable.
    NoVariable { name: String, near: Option<String> },
    /// A program has no such label.
    NoLabel { name: String, near: Option<String> },
    /// Nothing stands below a line that begins a block.
    EmptyBlock,
    /// An address of a socket without a port.
    NoPort(String),
    /// A port that is none.
    Port(String),
    /// There is no link between two nodes.
    NoLink,
    /// A line below a link names other nodes than its ends.
    NotItsEnds,
    /// A port map of a router without NAT.
    NoNat,
    /// What is in a file must stand in quotes.
    FileQuotes,
    /// The lines are each right, and the network is not; with the names of the nodes that the error numbers.
    Scenario(ScenarioError, Vec<(NodeId, String)>),
    /// The text is longer than is read: so many bytes, and so many at most.
    TooLong { bytes: usize, most: usize },
    /// Anything else, in English.
    Other(String),
}

/// How an address of a socket is written.
const SOCKET_ADDRESS: &str = "write an address and a port, such as `10.0.0.2:80`, `[2001:db8::1]:80` or `b:80`";

/// The nearest right word, as the end of a sentence.
struct Near<'a>(&'a Option<String>);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean `{near}`?"))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Expected { what, found: None, .. } => write!(f, "the line ends where {what} is expected"),
            Wrong::Expected { what, found: Some(found), near } => {
                write!(f, "`{found}` stands where {what} is expected{}", Near(near))
            }
            Wrong::Quantity { what, found, example } => {
                write!(f, "`{found}` is no {what}: write it such as `{example}`")
            }
            Wrong::Bounds { what, found, least, most } => {
                write!(f, "`{found}` {what} cannot be: write {least} to {most}")
            }
            Wrong::WordTooMany(word) => {
                write!(f, "`{word}` is one word too many here: take it away, or put it on its own line")
            }
            Wrong::NoNode { name, near } => write!(f, "there is no node `{name}`{}", Near(near)),
            Wrong::NoAddressee { name, near } => {
                write!(f, "`{name}` is neither an address nor a node{}", Near(near))
            }
            Wrong::NodeTwice { name, line } => {
                write!(f, "line {line} has a node `{name}` already: give this one another name")
            }
            Wrong::SaidTwice => f.write_str("this has been said on a line before: keep one of the two"),
            Wrong::NothingBelow { line } => {
                write!(f, "nothing can stand below line {line}: move this line to the left")
            }
            Wrong::Indentation { is, beside, line } => write!(
                f,
                "this line is indented by {is} columns, the ones beside it (from line {line}) by {beside}: indent them alike"
            ),
            Wrong::QuoteOpen => {
                f.write_str("this quotation mark has no closing one on the line: add `\"` where the text ends")
            }
            Wrong::NoAddress(text) => {
                write!(f, "`{text}` is no address: write it such as `10.0.0.1/24` or `2001:db8::1/64`")
            }
            Wrong::Prefix { found, longest, usual } => {
                write!(f, "`/{found}` is no length of a prefix: 0 to {longest} bits, such as `/{usual}`")
            }
            Wrong::Mtu(mtu) => {
                let most = crate::packet::MTU;
                write!(f, "an MTU of {mtu} bytes cannot be: 68 to {most} (1280 at least with IPv6)")
            }
            Wrong::OneNode => f.write_str("a link's two ends are one node: name another one"),
            Wrong::InterfaceTaken(name) => {
                write!(f, "a link ends at the interface `{name}` already: name another one")
            }
            Wrong::NoInterface { node: Some(node), name, near } => {
                write!(f, "`{node}` has no interface `{name}`{}", Near(near))
            }
            Wrong::NoInterface { node: None, name, near } => {
                write!(f, "this node has no interface `{name}`{}", Near(near))
            }
            Wrong::InterfaceTwice(name) => {
                write!(f, "the node has an interface `{name}` already: give this one another name")
            }
            Wrong::SwitchInterface => {
                f.write_str("a switch has no addresses: its ports come from its links, so write its name alone")
            }
            Wrong::NoPrograms => {
                f.write_str("a switch and a gateway run no programs: put this one on a host or a router")
            }
            Wrong::ResultNeedsName(call) => {
                write!(f, "the result of `{call}` needs a name: write `s = {call} …`")
            }
            Wrong::NoBytes(word) => {
                write!(f, "`{word}` is neither in quotes nor a size: write `\"{word}\"` or `64kB`")
            }
            Wrong::NoVariable { name, near } => {
                write!(f, "no line of this program makes `{name}` (as `s = socket` makes `s`){}", Near(near))
            }
            Wrong::NoLabel { name, near } => write!(f, "there is no label `{name}` in this program{}", Near(near)),
            Wrong::EmptyBlock => f.write_str("nothing stands below this line: indent what is to be done under it"),
            Wrong::NoPort(found) => write!(f, "`{found}` has no port: {SOCKET_ADDRESS}"),
            Wrong::Port(found) => write!(f, "`{found}` is no port from 0 to 65535: {SOCKET_ADDRESS}"),
            Wrong::NoLink => f.write_str("there is no link between these two"),
            Wrong::NotItsEnds => f.write_str("these are not the ends of the link above"),
            Wrong::NoNat => f.write_str("a port map needs a `nat` line above it in the same router"),
            Wrong::FileQuotes => f.write_str("what is in a file stands in quotes: put some around it"),
            Wrong::Scenario(error, names) => {
                write!(f, "{error}")?;
                for (place, (id, name)) in names.iter().enumerate() {
                    write!(f, "{}node {} is `{name}`", if place == 0 { " (" } else { ", " }, id.0)?;
                }
                f.write_str(if names.is_empty() { "" } else { ")" })
            }
            Wrong::TooLong { bytes, most } => {
                write!(f, "the text has {bytes} bytes: {most} at most, so make it shorter")
            }
            Wrong::Other(message) => f.write_str(message),
        }
    }
}

impl From<&str> for Wrong {
    fn from(message: &str) -> Wrong {
        Wrong::Other(message.to_owned())
    }
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong::Other(message)
    }
}

impl From<fmt::Arguments<'_>> for Wrong {
    fn from(message: fmt::Arguments<'_>) -> Wrong {
        Wrong::Other(message.to_string())
    }
}

impl From<ScenarioError> for Wrong {
    fn from(error: ScenarioError) -> Wrong {
        Wrong::Scenario(error, Vec::new())
    }
}

/// The nearest of some words.
pub(super) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Longer words are no slip of the keyboard, and comparing them takes time.
    const LONGEST: usize = 64;
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let close = choices
        .into_iter()
        .filter(|choice| choice.len() <= 4 * LONGEST)
        .map(|choice| (strsim::osa_distance(word, choice), choice))
        .filter(|(distance, choice)| *distance <= (choice.chars().count().min(length) / 3).max(1) && *distance < length)
        .min();
    close.map(|(_, choice)| shortened(choice))
}

/// The nearest of some words, as the end of a sentence.
pub(super) fn hint<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    Near(&nearest(word, choices)).to_string()
}
