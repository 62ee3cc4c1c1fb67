//! A pcapng or pcap file as a trace of [`What::Captured`] facts.
//!
//! With several interfaces, each is a node; with one, each station is, by its hardware address.
//!
//! Absent on purpose: link types other than Ethernet, files larger than the limits, compressed files, and blocks beside frames and
//! interfaces (they are skipped).

use core::fmt;
use core::time::Duration;
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
            ReadError::NotEthernet(interface, kind) => {
                write!(f, "interface {interface} has link type {kind}: only Ethernet (1) can be read")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// A frame of the file.
struct Frame {
    at: Duration,
    interface: u32,
    bytes: Arc<[u8]>,
    length: u32,
}

/// What is read of a file before it is a trace.
struct Reading {
    limits: Limits,
    /// A name for each interface of all sections.
    interfaces: Vec<String>,
    frames: Vec<Frame>,
}

/// Reads a capture.
///
/// # Errors
///
/// What is wrong with the file, and where; it is never read in part.
pub fn read(file: &[u8], limits: Limits) -> Result<Imported, ReadError> {
    if file.len() > limits.bytes {
        return Err(ReadError::TooLarge(limits.bytes));
    }
    let mut reading = Reading { limits, interfaces: Vec::new(), frames: Vec::new() };
    if file.starts_with(&SECTION_HEADER_BLOCK.to_be_bytes()) {
        reading.pcapng(file)?;
    } else {
        reading.pcap(file)?;
    }
    Ok(reading.finish())
}

impl Reading {
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

    fn pcapng(&mut self, file: &[u8]) -> Result<(), ReadError> {
        let wrong =
            |number, rest: &[u8], what: String| ReadError::Block { number, offset: file.len() - rest.len(), what };
        check_block(file, Endianness::Little, self.limits.block).map_err(|what| wrong(1, file, what))?;
        let (mut rest, mut parser) = PcapNgParser::new(file).map_err(|error| wrong(1, file, describe(&error)))?;
        // The first interface of the section.
        let mut first = 0;
        for number in 2.. {
            if rest.is_empty() {
                break;
            }
            let block = rest;
            check_block(block, parser.state().endianness(), self.limits.block)
                .map_err(|what| wrong(number, block, what))?;
            let known = parser.interfaces().len();
            let (next, raw) = parser.next_raw_block(block).map_err(|error| wrong(number, block, describe(&error)))?;
            rest = next;
            if raw.type_ == SECTION_HEADER_BLOCK {
                first = self.interfaces.len();
            }
            if let Some(interface) = parser.interfaces().get(known).filter(|_| raw.type_ != SECTION_HEADER_BLOCK) {
                let name = interface.options.iter().find_map(|option| match option {
                    InterfaceDescriptionOption::IfName(name) => Some(clean(name)),
                    _ => None,
                });
                self.interface(name, interface.linktype)?;
            }
            if let Some(frame) = packet(raw, &parser).map_err(|what| wrong(number, block, what))? {
                self.frame(Frame { interface: frame.interface + first as u32, ..frame })?;
            }
        }
        Ok(())
    }

    fn pcap(&mut self, file: &[u8]) -> Result<(), ReadError> {
        let (mut rest, parser) = PcapParser::new(file).map_err(|_| ReadError::NoCapture)?;
        let header = parser.header();
        self.interface(None, header.datalink)?;
        let unit = if header.ts_resolution == PcapTsResolution::NanoSecond { 1 } else { 1000 };
        for number in 1.. {
            if rest.is_empty() {
                break;
            }
            let offset = file.len() - rest.len();
            let (next, raw) = parser.next_raw_packet(rest).map_err(|error| {
                let what = match error {
                    PcapParseError::IncompleteBuffer(..) => "the file ends in the middle of it".to_owned(),
                    error => error.to_string(),
                };
                ReadError::Block { number, offset, what }
            })?;
            rest = next;
            let nanos = u64::from(raw.ts_frac) * unit;
            let at = Duration::from_secs(raw.ts_sec.into()) + Duration::from_nanos(nanos);
            self.frame(Frame { at, interface: 0, length: raw.orig_len, bytes: raw.data.as_ref().into() })?;
        }
        Ok(())
    }

    /// Puts the frames in order of time, and finds who they belong to.
    fn finish(mut self) -> Imported {
        self.frames.sort_by_key(|frame| frame.at);
        let began = self.frames.first().map_or(Duration::ZERO, |frame| frame.at);
        let mut stations = Stations::default();
        let by_station = self.interfaces.len() == 1;
        let mut trace = Trace::default();
        for (id, frame) in (0..).zip(self.frames) {
            let node = if by_station { stations.sender(&frame.bytes) } else { frame.interface as u16 };
            let source = CaptureSource::Interface(frame.interface as u16);
            let what = What::Captured { source, bytes: frame.bytes, length: frame.length };
            let at = Instant::ZERO + frame.at.saturating_sub(began);
            trace.push(Fact { id: FactId(id), at, node: NodeId(node), cause: None, what });
        }
        let nodes = if by_station { stations.names() } else { self.interfaces };
        Imported { nodes, trace, began }
    }
}

/// The frame of a block that holds one.
fn packet(raw: RawBlock<'_>, parser: &PcapNgParser) -> Result<Option<Frame>, String> {
    if ![ENHANCED_PACKET_BLOCK, PACKET_BLOCK, SIMPLE_PACKET_BLOCK].contains(&raw.type_) {
        return Ok(None);
    }
    let block = raw.try_into_block(parser.state()).map_err(|error| describe(&error))?;
    Ok(match block {
        Block::EnhancedPacket(packet) => Some(Frame {
            at: packet.timestamp,
            interface: packet.interface_id,
            bytes: packet.data.as_ref().into(),
            length: packet.original_len,
        }),
        Block::Packet(packet) => Some(Frame {
            at: packet.timestamp,
            interface: packet.interface_id.into(),
            bytes: packet.data.as_ref().into(),
            length: packet.original_len,
        }),
        // It has no time: it stands at the beginning.
        Block::SimplePacket(packet) => Some(Frame {
            at: Duration::ZERO,
            interface: 0,
            bytes: packet.data.as_ref().into(),
            length: packet.original_len,
        }),
        _ => None,
    })
}

/// Looks at lengths before the library adds to them, which on 32 bits could go round.
fn check_block(block: &[u8], endianness: Endianness, longest: usize) -> Result<(), String> {
    let number = |at: usize, little: bool| {
        let bytes: [u8; 4] = block.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let cut = || "the file ends in the middle of it".to_owned();
    let mut little = endianness == Endianness::Little;
    let kind = number(0, little).ok_or_else(cut)?;
    if block.starts_with(&SECTION_HEADER_BLOCK.to_be_bytes()) {
        // A section says its own order of bytes.
        little = number(8, true).ok_or_else(cut)? == 0x1a2b_3c4d;
    }
    let length = number(4, little).ok_or_else(cut)? as usize;
    if length > longest {
        return Err(format!("it has {length} bytes: {longest} at most"));
    }
    if length > block.len() {
        return Err(cut());
    }
    let captured = match kind {
        ENHANCED_PACKET_BLOCK | PACKET_BLOCK => number(20, little),
        SIMPLE_PACKET_BLOCK => number(8, little),
        _ => None,
    };
    match captured {
        // A simple packet names the length on the wire, of which less may be here.
        Some(captured) if kind == SIMPLE_PACKET_BLOCK && captured <= u32::MAX - 3 => Ok(()),
        Some(captured) if captured as usize > length => {
            Err(format!("it says that it holds {captured} bytes, and has {length}"))
        }
        _ => Ok(()),
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
