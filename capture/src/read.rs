//! A pcapng or pcap file as a trace of [`What::Captured`] facts.
//!
//! With several interfaces, each is a node; with one, each station is, by its hardware address.
//!
//! Absent on purpose: link types other than Ethernet, files larger than the limits, compressed files, and blocks beside frames and
//! interfaces (they are skipped).

use core::fmt;
use core::time::Duration;
use sim_core::order;
use std::collections::BTreeMap;
use std::sync::Arc;

use pcap_file::pcap::{PcapParseError, PcapParser, PcapTsResolution};
use pcap_file::pcapng::PcapNgParser;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::blocks::{
    Block, ENHANCED_PACKET_BLOCK, PACKET_BLOCK, RawBlock, SECTION_HEADER_BLOCK, SIMPLE_PACKET_BLOCK,
};
use pcap_file::{DataLink, Endianness};
use sim_core::time::Instant;
use sim_core::trace::{CaptureSource, Fact, FactId, NodeId, Trace, What};

/// How much of a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Frames in it.
    pub frames: usize,
    /// Interfaces in all sections of it.
    pub interfaces: usize,
    /// Bytes of one block.
    pub block: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 256 << 20, frames: 4_000_000, interfaces: 4096, block: 16 << 20 }
    }
}

/// A capture that was read.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The names of the nodes; a [`NodeId`] of the trace is a place in this list.
    pub nodes: Vec<String>,
    /// Each frame, in order of time; the first is at time zero.
    pub trace: Trace,
    /// The time of the first frame, since 1970-01-01 00:00:00 UTC.
    pub began: Duration,
}

/// A file that cannot be read: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It begins like neither.
    NoCapture,
    /// More bytes than the limit, which is given.
    TooLarge(usize),
    /// More frames than the limit.
    TooManyFrames(usize),
    /// More interfaces than the limit.
    TooManyInterfaces(usize),
    /// A block, or a frame of a pcap file, that cannot be.
    Block {
        /// Its number, from 1.
        number: usize,
        /// Where it begins, in bytes.
        offset: usize,
        /// What is wrong.
        what: String,
    },
    /// The file ends in the middle of a block, or of a frame of a pcap file.
    Cut {
        /// Its number, from 1.
        number: usize,
        /// Where it begins, in bytes.
        offset: usize,
    },
    /// An interface whose link type is not Ethernet: its number from 0, and the type's number.
    NotEthernet(usize, u32),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoCapture => write!(f, "the file is neither pcapng nor pcap: save it as one of them"),
            ReadError::TooLarge(limit) => write!(f, "the file has more than {limit} bytes: keep a part of it"),
            ReadError::TooManyFrames(limit) => write!(f, "the file has more than {limit} frames: keep a part of it"),
            ReadError::TooManyInterfaces(limit) => {
                write!(f, "the file has more than {limit} interfaces: keep a part of it")
            }
            ReadError::Block { number, offset, what } => {
                write!(f, "block {number} (at byte {offset}) cannot be read: {what}")
            }
            ReadError::Cut { number, offset } => {
                write!(f, "block {number} (at byte {offset}) cannot be read: the file ends in the middle of it")
            }
            ReadError::NotEthernet(interface, kind) => {
                write!(f, "interface {interface} has link type {kind}: only Ethernet (1) can be read")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// A frame of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// When it was seen, since 1970-01-01 00:00:00 UTC.
    pub at: Duration,
    /// The interface that saw it: a place in [`Capture::interfaces`].
    pub interface: u16,
    /// What was kept of its bytes.
    pub bytes: Arc<[u8]>,
    /// How many bytes it had on the wire.
    pub length: u32,
}

/// What stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// A name for each interface of all sections.
    pub interfaces: Vec<String>,
    /// The frames, in order of time.
    pub frames: Vec<Frame>,
    /// Where the file ends in the middle of a block, if it does.
    pub cut: Option<ReadError>,
}

/// A file that is being read, piece by piece: nobody has to hold the whole of it.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    format: Format,
    /// The beginning of a block whose end has not come.
    rest: Vec<u8>,
    /// Bytes of the file before it.
    done: usize,
    /// Blocks before it, or frames of a pcap file.
    blocks: usize,
    interfaces: Vec<String>,
    frames: Vec<Frame>,
}

/// What kind of file it is.
#[derive(Debug)]
enum Format {
    /// Its head has not come.
    Unknown,
    /// With the first interface of its section.
    Pcapng(PcapNgParser, usize),
    /// With the nanoseconds of its unit of time.
    Pcap(PcapParser, u64),
}

/// A piece is too short for the block that begins there.
struct TooShort;

/// Reads a capture.
///
/// # Errors
///
/// What is wrong with the file, and where; it is never read in part.
pub fn read(file: &[u8], limits: Limits) -> Result<Imported, ReadError> {
    let mut reader = Reader::new(limits);
    reader.push(file)?;
    let capture = reader.finish()?;
    match capture.cut {
        Some(cut) => Err(cut),
        None => Ok(capture.imported()),
    }
}

impl Reader {
    /// Begins with a file.
    pub fn new(limits: Limits) -> Reader {
        let (rest, interfaces, frames) = (Vec::new(), Vec::new(), Vec::new());
        Reader { limits, format: Format::Unknown, rest, done: 0, blocks: 0, interfaces, frames }
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), ReadError> {
        if piece.len() > self.limits.bytes.saturating_sub(self.done + self.rest.len()) {
            return Err(ReadError::TooLarge(self.limits.bytes));
        }
        if self.rest.is_empty() {
            let used = self.take(piece)?;
            self.rest.extend_from_slice(&piece[used..]);
        } else {
            let mut bytes = core::mem::take(&mut self.rest);
            bytes.extend_from_slice(piece);
            let used = self.take(&bytes)?;
            bytes.drain(..used);
            self.rest = bytes;
        }
        Ok(())
    }

    /// How many frames it has given so far.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The file has ended.
    ///
    /// # Errors
    ///
    /// When it was none.
    pub fn finish(mut self) -> Result<Capture, ReadError> {
        let is_begun = !matches!(self.format, Format::Unknown);
        if !is_begun && !self.rest.starts_with(&SECTION_HEADER_BLOCK.to_be_bytes()) {
            return Err(ReadError::NoCapture);
        }
        let cut = ReadError::Cut { number: self.blocks + 1, offset: self.done };
        order::sort_by_key(&mut self.frames, |frame| frame.at);
        let cut = (!self.rest.is_empty()).then_some(cut);
        Ok(Capture { interfaces: self.interfaces, frames: self.frames, cut })
    }

    /// Takes all blocks that are whole, and says how many bytes they were.
    fn take(&mut self, bytes: &[u8]) -> Result<usize, ReadError> {
        let mut used = 0;
        while used < bytes.len() {
            match self.next(&bytes[used..])? {
                Ok(length) => {
                    used += length;
                    self.done += length;
                }
                Err(TooShort) => break,
            }
        }
        Ok(used)
    }

    /// Takes the next block, and gives its length.
    fn next(&mut self, bytes: &[u8]) -> Result<Result<usize, TooShort>, ReadError> {
        match &self.format {
            Format::Unknown if bytes.len() < 4 => Ok(Err(TooShort)),
            Format::Unknown if bytes.starts_with(&SECTION_HEADER_BLOCK.to_be_bytes()) => self.pcapng_head(bytes),
            Format::Unknown => self.pcap_head(bytes),
            Format::Pcapng(..) => self.block(bytes),
            Format::Pcap(..) => self.pcap_frame(bytes),
        }
    }

    fn wrong(&self, what: String) -> ReadError {
        ReadError::Block { number: self.blocks + 1, offset: self.done, what }
    }

    fn frame(&mut self, frame: Frame) -> Result<(), ReadError> {
        if self.frames.len() >= self.limits.frames {
            return Err(ReadError::TooManyFrames(self.limits.frames));
        }
        self.frames.push(frame);
        Ok(())
    }

    fn interface(&mut self, name: Option<String>, kind: DataLink) -> Result<(), ReadError> {
        let number = self.interfaces.len();
        if number >= self.limits.interfaces {
            return Err(ReadError::TooManyInterfaces(self.limits.interfaces));
        }
        if kind != DataLink::ETHERNET {
            return Err(ReadError::NotEthernet(number, kind.into()));
        }
        self.interfaces.push(name.unwrap_or_else(|| format!("interface {number}")));
        Ok(())
    }

    fn pcapng_head(&mut self, bytes: &[u8]) -> Result<Result<usize, TooShort>, ReadError> {
        if let Err(too_short) =
            check_block(bytes, Endianness::Little, self.limits.block).map_err(|what| self.wrong(what))?
        {
            return Ok(Err(too_short));
        }
        let (rest, parser) = PcapNgParser::new(bytes).map_err(|error| self.wrong(describe(&error)))?;
        self.format = Format::Pcapng(parser, 0);
        self.blocks = 1;
        Ok(Ok(bytes.len() - rest.len()))
    }

    fn block(&mut self, bytes: &[u8]) -> Result<Result<usize, TooShort>, ReadError> {
        let Format::Pcapng(mut parser, mut first) = core::mem::replace(&mut self.format, Format::Unknown) else {
            unreachable!("a block is of a pcapng file");
        };
        let taken = self.block_of(bytes, &mut parser, &mut first);
        self.format = Format::Pcapng(parser, first);
        taken
    }

    fn block_of(
        &mut self,
        bytes: &[u8],
        parser: &mut PcapNgParser,
        first: &mut usize,
    ) -> Result<Result<usize, TooShort>, ReadError> {
        let fits = check_block(bytes, parser.state().endianness(), self.limits.block);
        if let Err(too_short) = fits.map_err(|what| self.wrong(what))? {
            return Ok(Err(too_short));
        }
        let known = parser.interfaces().len();
        let (rest, raw) = parser.next_raw_block(bytes).map_err(|error| self.wrong(describe(&error)))?;
        if raw.type_ == SECTION_HEADER_BLOCK {
            *first = self.interfaces.len();
        }
        if let Some(interface) = parser.interfaces().get(known).filter(|_| raw.type_ != SECTION_HEADER_BLOCK) {
            let name = interface.options.iter().find_map(|option| match option {
                InterfaceDescriptionOption::IfName(name) => Some(clean(name)),
                _ => None,
            });
            self.interface(name, interface.linktype)?;
        }
        if let Some((interface, frame)) = packet(raw, parser).map_err(|what| self.wrong(what))? {
            let interface = u16::try_from(interface as usize + *first).map_err(|_| self.wrong(NO_INTERFACE.into()))?;
            self.frame(Frame { interface, ..frame })?;
        }
        self.blocks += 1;
        Ok(Ok(bytes.len() - rest.len()))
    }

    fn pcap_head(&mut self, bytes: &[u8]) -> Result<Result<usize, TooShort>, ReadError> {
        let (rest, parser) = match PcapParser::new(bytes) {
            Ok(parsed) => parsed,
            Err(PcapParseError::IncompleteBuffer(..)) => return Ok(Err(TooShort)),
            Err(_) => return Err(ReadError::NoCapture),
        };
        let header = parser.header();
        self.interface(None, header.datalink)?;
        let unit = if header.ts_resolution == PcapTsResolution::NanoSecond { 1 } else { 1000 };
        self.format = Format::Pcap(parser, unit);
        Ok(Ok(bytes.len() - rest.len()))
    }

    fn pcap_frame(&mut self, bytes: &[u8]) -> Result<Result<usize, TooShort>, ReadError> {
        let Format::Pcap(parser, unit) = &self.format else { unreachable!("the file is of pcap") };
        let (rest, raw) = match parser.next_raw_packet(bytes) {
            Ok(parsed) => parsed,
            Err(PcapParseError::IncompleteBuffer(..)) if bytes.len() < self.limits.block => return Ok(Err(TooShort)),
            Err(error) => return Err(self.wrong(error.to_string())),
        };
        let nanos = u64::from(raw.ts_frac) * unit;
        let at = Duration::from_secs(raw.ts_sec.into()) + Duration::from_nanos(nanos);
        let frame = Frame { at, interface: 0, length: raw.orig_len, bytes: raw.data.as_ref().into() };
        self.frame(frame)?;
        self.blocks += 1;
        Ok(Ok(bytes.len() - rest.len()))
    }
}

/// What is wrong with a frame of an interface that no section describes.
const NO_INTERFACE: &str = "its interface is not described";

impl Capture {
    /// The frames as facts of those who sent them: interfaces where there are several, else stations by hardware address.
    pub fn imported(self) -> Imported {
        let began = self.frames.first().map_or(Duration::ZERO, |frame| frame.at);
        let mut stations = Stations::default();
        let by_station = self.interfaces.len() == 1;
        let mut trace = Trace::default();
        for (id, frame) in (0..).zip(self.frames) {
            let node = if by_station { stations.sender(&frame.bytes) } else { frame.interface };
            let source = CaptureSource::Interface(frame.interface);
            let what = What::Captured { source, bytes: frame.bytes, length: frame.length };
            let at = Instant::ZERO + frame.at.saturating_sub(began);
            trace.push(Fact { id: FactId(id), at, node: NodeId(node), cause: None, what });
        }
        let nodes = if by_station { stations.names() } else { self.interfaces };
        Imported { nodes, trace, began }
    }
}

/// The frame of a block that holds one, and its interface as the section numbers it.
fn packet(raw: RawBlock<'_>, parser: &PcapNgParser) -> Result<Option<(u32, Frame)>, String> {
    if ![ENHANCED_PACKET_BLOCK, PACKET_BLOCK, SIMPLE_PACKET_BLOCK].contains(&raw.type_) {
        return Ok(None);
    }
    let block = raw.try_into_block(parser.state()).map_err(|error| describe(&error))?;
    let frame = |at, data: &[u8], length| Frame { at, interface: 0, bytes: data.into(), length };
    Ok(match block {
        Block::EnhancedPacket(packet) => {
            Some((packet.interface_id, frame(packet.timestamp, &packet.data, packet.original_len)))
        }
        Block::Packet(packet) => {
            Some((packet.interface_id.into(), frame(packet.timestamp, &packet.data, packet.original_len)))
        }
        // It has no time: it stands at the beginning.
        Block::SimplePacket(packet) => Some((0, frame(Duration::ZERO, &packet.data, packet.original_len))),
        _ => None,
    })
}

/// A block's type, and its length twice.
const SHORTEST_BLOCK: usize = 12;

/// Looks at lengths before the library adds to them, which on 32 bits could go round.
fn check_block(block: &[u8], endianness: Endianness, longest: usize) -> Result<Result<(), TooShort>, String> {
    let number = |at: usize, little: bool| {
        let bytes: [u8; 4] = block.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let mut little = endianness == Endianness::Little;
    let Some(kind) = number(0, little) else { return Ok(Err(TooShort)) };
    if block.starts_with(&SECTION_HEADER_BLOCK.to_be_bytes()) {
        // A section says its own order of bytes.
        let Some(magic) = number(8, true) else { return Ok(Err(TooShort)) };
        little = magic == 0x1a2b_3c4d;
    }
    let Some(length) = number(4, little) else { return Ok(Err(TooShort)) };
    let length = length as usize;
    if length > longest {
        return Err(format!("it has {length} bytes: {longest} at most"));
    }
    if length < SHORTEST_BLOCK {
        return Err(format!("it has {length} bytes: {SHORTEST_BLOCK} at least"));
    }
    if length > block.len() {
        return Ok(Err(TooShort));
    }
    let captured = match kind {
        ENHANCED_PACKET_BLOCK | PACKET_BLOCK if length >= 24 => number(20, little),
        SIMPLE_PACKET_BLOCK => number(8, little),
        _ => None,
    };
    match captured {
        // A simple packet names the length on the wire, of which less may be here.
        Some(captured) if kind == SIMPLE_PACKET_BLOCK && captured <= u32::MAX - 3 => Ok(Ok(())),
        Some(captured) if captured as usize > length => {
            Err(format!("it says that it holds {captured} bytes, and has {length}"))
        }
        _ => Ok(Ok(())),
    }
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    text
}

/// A name from a file: short, and without control characters.
fn clean(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(64).collect()
}

/// Who sent frames, by hardware address.
#[derive(Default)]
struct Stations {
    numbers: BTreeMap<[u8; 6], u16>,
    found: Vec<Station>,
}

struct Station {
    mac: [u8; 6],
    /// The one IP address that it sent from; none when there were several, as from a router.
    ip: Option<std::net::IpAddr>,
    several: bool,
}

impl Stations {
    /// The node that sent a frame. A frame without a sender, or of one too many, is node 0's.
    fn sender(&mut self, frame: &[u8]) -> u16 {
        let mac: [u8; 6] = frame.get(6..12).and_then(|mac| mac.try_into().ok()).unwrap_or_default();
        let number = match self.numbers.get(&mac) {
            Some(number) => *number,
            None => match u16::try_from(self.found.len()) {
                Ok(number) => {
                    self.numbers.insert(mac, number);
                    self.found.push(Station { mac, ip: None, several: false });
                    number
                }
                Err(_) => 0,
            },
        };
        let station = &mut self.found[usize::from(number)];
        if let Some(ip) = source(frame) {
            station.several |= station.ip.is_some_and(|known| known != ip);
            station.ip = Some(ip);
        }
        number
    }

    fn names(&self) -> Vec<String> {
        let name = |station: &Station| match station.ip.filter(|_| !station.several) {
            Some(ip) => ip.to_string(),
            None => station.mac.map(|byte| format!("{byte:02x}")).join(":"),
        };
        self.found.iter().map(name).collect()
    }
}

/// The IPv4 address that a frame comes from. Those of IPv6 are many for each interface, and name nobody.
fn source(frame: &[u8]) -> Option<std::net::IpAddr> {
    let at = match frame.get(12..14)? {
        [0x08, 0x00] => 26,
        [0x08, 0x06] => 28,
        _ => return None,
    };
    let bytes: [u8; 4] = frame.get(at..at + 4)?.try_into().ok()?;
    (bytes != [0; 4]).then(|| bytes.into())
}
