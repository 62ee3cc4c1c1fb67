//! What can be wrong with a text, each as a value, so that a page can say it in the learner's language; `Display` says it in English, in
//! one sentence: what is wrong, and what to do.
//!
//! Absent on purpose: places (a [`super::Mistake`] has one), and what limits are for (they stand where they are kept).

use core::fmt;
use core::net::Ipv4Addr;

use super::cursor::shortened;
use crate::scenario::{ScenarioError, SettingsError};
use crate::trace::NodeId;
use crate::wire::dns::NameError;

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
    /// The text has more lines than are read.
    Lines(usize),
    /// A line is longer than is read.
    LongLine { bytes: usize, most: usize },
    /// Lines are indented deeper than so many.
    Deep(usize),
    /// `\x` without its two digits.
    HexDigits,
    /// A backslash before a letter that it means nothing before.
    Escape,
    /// More nodes than this cannot be.
    Nodes(usize),
    /// More links than this cannot be.
    Links(usize),
    /// A node has more interfaces than this.
    Interfaces(usize),
    /// A router of a route has no address in a network of the node.
    NoNeighbour(String),
    /// What should be a hardware address is none.
    HardwareAddress,
    /// A router has two NATs.
    NatTwice,
    /// A socket's option that can only be read.
    ReadOnly(String),
    /// A node that is named as an address has none.
    NoOwnAddress(String),
    /// A call whose result has no variable where it is written.
    NoVariableHere,
    /// A program has more lines than can be numbered.
    ProgramLines,
    /// A program has a label twice.
    LabelTwice,
    /// What follows an `@` is no line of the listing.
    ListingLine,
    /// A program has more variables than can be numbered.
    Variables,
    /// A program has more steps than this.
    Steps(usize),
    /// A `repeat` of nothing.
    RepeatZero,
    /// A line without a bar in a program whose lines have one.
    NoBar,
    /// A pair of sockets with one name.
    TwoDescriptors,
    /// A pair of sockets of a family that has none.
    PairFamily,
    /// `try` before what is no call.
    TryTwice,
    /// Bytes that are too many for one call.
    LongBytes { bytes: usize, most: usize },
    /// All programs together send too much.
    Budget,
    /// A call with a buffer beyond what a call may have.
    LargeCall,
    /// What cannot be printed.
    Printable { found: String, near: Option<String> },
    /// Bytes that are no text where one must be.
    NotUtf8,
    /// A name without letters.
    EmptyName,
    /// A name that is too long.
    LongName { bytes: usize, most: usize },
    /// A name with control characters.
    ControlName,
    /// What should be a domain name is none, or has a spelling in ASCII.
    DomainName { name: String, why: Option<NameError> },
    /// A DHCP server's node is not in the network of the first address to lease.
    LeaseNetwork(Ipv4Addr),
    /// The last address to lease is not behind the first.
    LeaseEnd { first: Ipv4Addr, last: Ipv4Addr },
    /// What should be a switch's port is none.
    SwitchPort(String),
    /// A switch has no free port.
    PortsFull,
    /// A switch's port has a link already.
    PortTaken(u16),
    /// A list of frames goes down, or has more than so many.
    List(usize),
    /// A node runs no program of this name.
    NoProgram { name: String, near: Option<String> },
    /// What should be a frame is none.
    FrameBytes,
    /// A network has no address left for this node.
    NoAddressLeft(String),
    /// Settings of a node that has none.
    NoSettings,
    /// There are several links between two nodes.
    SeveralLinks,
    /// The settings of a host cannot be so.
    Settings(SettingsError),
}

/// What [`Wrong::Expected`], [`Wrong::Quantity`] and [`Wrong::Bounds`] call what they are about, where it is not keywords alone: a
/// page has its own words for each.
pub const THINGS: [&str; 79] = [
    "a statement",
    "a node's name",
    "the node's name",
    "the interface's name",
    "the outside interface's name",
    "the interface that leads to the neighbour",
    "the program's name",
    "a program's name",
    "the program's language",
    "what the program reads, in quotes",
    "the scenario's name",
    "a name",
    "the name to look up",
    "the host to ping",
    "the web server",
    "the path",
    "a path",
    "the folder",
    "a variable such as `s`",
    "a label",
    "a call",
    "a fault",
    "a part of a node",
    "a setting of TCP or IP",
    "an address",
    "address",
    "an address such as `b:80`",
    "an address, `mac`, `mtu`, `autoconf`, `advertise` or `none`",
    "a rate, a delay, `queue`, `jitter` or a fault",
    "a rate, a delay or a fault",
    "the next router's address or name",
    "the neighbour's address",
    "its hardware address",
    "hardware address",
    "address of a router",
    "address of a name server",
    "address of a group",
    "first address to lease",
    "last address to lease",
    "bytes in quotes, or a size such as `64kB`",
    "what is in the file, in quotes",
    "`received`, `datagram`, `length`, `result` or a text in quotes",
    "an option such as `SO_REUSEADDR`",
    "a flag such as `MSG_PEEK`",
    "`r`, `w`, `a` or flags such as `O_RDWR|O_CREAT`",
    "an event of `poll`",
    "a family (`inet`, `inet6`, `unix`) or a type (`stream`, `dgram`, `icmp`)",
    "the frame's bytes",
    "time",
    "time (or `none`)",
    "time to live",
    "hop limit",
    "delay",
    "jitter",
    "rate",
    "share",
    "place of a frame, or share",
    "number of a frame",
    "mean length of a run of lost frames",
    "place on the picture",
    "interface",
    "number of frames",
    "number of bytes",
    "number of times",
    "number of probes",
    "number of retries",
    "number of segments",
    "segment in bytes",
    "size of a buffer",
    "a line",
    "a line of the listing",
    "seed",
    "port",
    "backlog",
    "MTU in bytes",
    "requests",
    "hops",
    "bytes of data",
    "date",
];

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
            Wrong::Lines(most) => {
                write!(f, "there are more than {most} lines: split the scenario, or make it smaller")
            }
            Wrong::LongLine { bytes, most } => write!(f, "the line has {bytes} bytes: {most} at most, so split it"),
            Wrong::Deep(most) => write!(f, "lines are indented more than {most} deep: move some of them out"),
            Wrong::HexDigits => f.write_str("`\\x` needs two hexadecimal digits, such as `\\x0a`"),
            Wrong::Escape => f.write_str(
                "this escape is none of `\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"` and `\\xHH`: write `\\\\` for a backslash",
            ),
            Wrong::Nodes(most) => write!(f, "there are more than {most} nodes: make fewer"),
            Wrong::Links(most) => write!(f, "there are more than {most} links: make fewer"),
            Wrong::Interfaces(most) => write!(f, "a node has at most {most} interfaces: use a switch"),
            Wrong::NoNeighbour(name) => write!(f, "`{name}` has no address in a network of this node"),
            Wrong::HardwareAddress => {
                f.write_str("a hardware address is six pairs of hexadecimal digits: 02:00:00:00:00:01")
            }
            Wrong::NatTwice => f.write_str("the router has a NAT already: keep one of the two"),
            Wrong::ReadOnly(name) => write!(f, "`{name}` cannot be set: ask for it with `getsockopt`"),
            Wrong::NoOwnAddress(name) => write!(f, "the node `{name}` has no address of its own yet"),
            Wrong::NoVariableHere => f.write_str("this call takes no variable here"),
            Wrong::ProgramLines => f.write_str("a program has at most 65535 lines: split it, or use `repeat`"),
            Wrong::LabelTwice => f.write_str("this label stands on a line before too: give it another name"),
            Wrong::ListingLine => f.write_str("`@` is followed by a line of the listing, such as `@7`"),
            Wrong::Variables => f.write_str("a program has at most 256 variables: use one again"),
            Wrong::Steps(most) => write!(f, "a program has at most {most} steps: use `repeat`"),
            Wrong::RepeatZero => f.write_str("`repeat` needs a number from 1"),
            Wrong::NoBar => f.write_str("the lines of this program begin with `|`, and this one does not: put one before it"),
            Wrong::TwoDescriptors => f.write_str("`socketpair` gives two descriptors: write `s, t = socketpair`"),
            Wrong::PairFamily => f.write_str("a pair is always of AF_UNIX: write `stream` or `dgram`, or nothing"),
            Wrong::TryTwice => f.write_str("`try` stands before a call: take one of the two words away"),
            Wrong::LongBytes { bytes, most } => write!(f, "{bytes} bytes are too many for one call: {most} at most"),
            Wrong::Budget => f.write_str("the programs of this text send more than 64 MiB in all: use `repeat`"),
            Wrong::LargeCall => f.write_str("a call takes at most 2 GiB: write a smaller number"),
            Wrong::Printable { found, near } => write!(
                f,
                "`{found}` is none of `received`, `datagram`, `length`, `result` and no text in quotes{}",
                Near(near)
            ),
            Wrong::NotUtf8 => f.write_str("this must be UTF-8: take the `\\x` away"),
            Wrong::EmptyName => f.write_str("a name cannot be empty: write one between the quotes"),
            Wrong::LongName { bytes, most } => write!(f, "a name of {bytes} bytes is too long: {most} at most"),
            Wrong::ControlName => f.write_str("a name has no control characters: take them away"),
            Wrong::DomainName { name, why: Some(why) } => write!(f, "`{name}` is no domain name: {why}"),
            Wrong::DomainName { name, why: None } => {
                write!(f, "`{name}` is no domain name: write it in ASCII (`xn--…`)")
            }
            Wrong::LeaseNetwork(first) => write!(f, "this node has no address in the network of {first}: give it one"),
            Wrong::LeaseEnd { first, last } => {
                write!(f, "{last} is not behind {first} in the same network: write a higher address of it")
            }
            Wrong::SwitchPort(name) => write!(f, "`{name}` is no port of a switch: write a number such as `0`"),
            Wrong::PortsFull => f.write_str("all 65536 ports of the switch have links: add a switch"),
            Wrong::PortTaken(port) => {
                write!(f, "a link ends at the switch's port {port} already: name another one")
            }
            Wrong::List(most) => write!(f, "a list goes upwards and has at most {most} frames"),
            Wrong::NoProgram { name, near } => write!(f, "the node has no program `{name}`{}", Near(near)),
            Wrong::FrameBytes => {
                f.write_str("a frame has 14 to 1514 bytes: write them in hexadecimal, two digits for each")
            }
            Wrong::NoAddressLeft(name) => {
                write!(f, "there is no address left for `{name}`: write addresses with a shorter prefix")
            }
            Wrong::NoSettings => {
                f.write_str("a gateway and a switch have no settings of TCP or IP: name a host or a router")
            }
            Wrong::SeveralLinks => {
                f.write_str("there are several links between these two: name the interface, such as `a:eth1`")
            }
            Wrong::Settings(error) => error.fmt(f),
        }
    }
}

impl From<ScenarioError> for Wrong {
    fn from(error: ScenarioError) -> Wrong {
        Wrong::Scenario(error, Vec::new())
    }
}

/// A thing's name as a mistake has it.
pub(super) fn thing(name: &str) -> String {
    debug_assert!(
        THINGS.contains(&name) || name.starts_with('`'),
        "`{name}` is missing among the things that are named"
    );
    name.to_owned()
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
