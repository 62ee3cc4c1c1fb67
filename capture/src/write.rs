//! A simulated network as a pcapng file: one interface for each end of each link, and each frame there as tcpdump on the host
//! would see it.
//!
//! A frame stands at the end where it was sent, with the time when its first bit left, and at the end where it arrived. One
//! that was lost on its way stands at the first alone, with a comment that says where and why; one that was
//! dropped before it left stands nowhere.
//!
//! Absent on purpose: what layers above the link do with frames, and names of hosts (the interfaces have them).

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::sync::Arc;

use pcap_file::pcapng::PcapNgWriteError;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness};
use sim_core::scenario::{Link, NodeKind, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{DropReason, Fact, FrameId, LinkId, NodeId, Place, What};

/// The longest text of an option, in bytes; the format's own bound is 65,535.
const LONGEST_TEXT: usize = 1024;

/// A capture could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The file did not take it.
    Io(io::Error),
    /// The format does not hold it: a mistake of this crate.
    Format(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Io(error) => write!(f, "the capture cannot be written: {error}"),
            WriteError::Format(error) => write!(f, "the capture has a block that pcapng does not hold: {error}"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<PcapNgWriteError> for WriteError {
    fn from(error: PcapNgWriteError) -> WriteError {
        match error {
            PcapNgWriteError::Io(error) => WriteError::Io(error),
            error => WriteError::Format(error.to_string()),
        }
    }
}

/// A frame at one end, as the file will hold it.
#[derive(Debug)]
struct Record {
    at: Instant,
    interface: u32,
    bytes: Arc<[u8]>,
    comment: Option<String>,
    /// Nothing more will be known of it.
    settled: bool,
}

/// A frame that has left and not arrived.
#[derive(Debug)]
struct Flying {
    bytes: Arc<[u8]>,
    /// The number of its record where it was sent; a copy that the link made has none.
    record: Option<u64>,
    copy_of: Option<FrameId>,
}

/// A capture that is being written. It holds no more than the frames that are on their way.
pub struct Writer<W: Write> {
    file: PcapNgWriter<W>,
    /// The nodes at the ends of each link.
    links: Vec<[NodeId; 2]>,
    /// Records that wait for the fate of a frame, the first of them in number, and how many have been written.
    waiting: VecDeque<Record>,
    written: u64,
    flying: BTreeMap<FrameId, Flying>,
    /// The frame that the last fact delivered, and its record where it was sent.
    arrived: Option<(FrameId, Option<u64>)>,
}

impl<W: Write> Writer<W> {
    /// Begins a capture of a network, with its name and seed in the head.
    ///
    /// # Errors
    ///
    /// The file's, as of every method here.
    pub fn new(file: W, scenario: &Scenario, name: Option<&str>, seed: u64) -> Result<Writer<W>, WriteError> {
        let name = name.unwrap_or("without a name");
        let comment = format!(
            "Simulated by Sockscope: scenario {name}, seed {seed}. Time 0 of the simulation is 1970-01-01 00:00:00 UTC."
        );
        let section = SectionHeaderBlock {
            // The same file on every machine.
            endianness: Endianness::Little,
            options: vec![
                SectionHeaderOption::UserApplication(concat!("Sockscope ", env!("CARGO_PKG_VERSION")).into()),
                SectionHeaderOption::Common(CommonOption::Comment(shortened(comment).into())),
            ],
            ..SectionHeaderBlock::default()
        };
        let mut file = PcapNgWriter::with_section_header(file, section)?;
        for link in &scenario.links {
            for place in 0..2 {
                file.write_pcapng_block(interface(scenario, link, place))?;
            }
        }
        Ok(Writer {
            file,
            links: scenario.links.iter().map(Link::nodes).collect(),
            waiting: VecDeque::new(),
            written: 0,
            flying: BTreeMap::new(),
            arrived: None,
        })
    }

    /// Takes the next fact. Those that are not about frames on links change nothing.
    pub fn add(&mut self, fact: &Fact) -> Result<(), WriteError> {
        // What the last fact settled is not withdrawn by this one, unless its check sequence is wrong.
        let is_withdrawal = matches!(fact.what, What::Dropped { why: DropReason::FrameCheck, .. });
        if !is_withdrawal {
            self.arrived = None;
            self.write_settled()?;
        }
        match &fact.what {
            What::Sent { link, frame, bytes, .. } => {
                let record = self.record(fact.at, self.interface(*link, fact.node), bytes.clone(), false);
                self.fly(*frame, Flying { bytes: bytes.clone(), record: Some(record), copy_of: None });
            }
            What::Duplicated { frame, of, bytes, .. } => {
                self.fly(*frame, Flying { bytes: bytes.clone(), record: None, copy_of: Some(*of) });
            }
            What::Delivered { link, frame, .. } => self.delivered(fact, *link, *frame),
            What::Dropped { frame: Some(frame), place, why, .. } => self.dropped(*frame, *place, *why),
            _ => {}
        }
        Ok(())
    }

    fn fly(&mut self, frame: FrameId, flying: Flying) {
        self.flying.insert(frame, flying);
    }

    fn delivered(&mut self, fact: &Fact, link: LinkId, frame: FrameId) {
        let Some(flying) = self.flying.remove(&frame) else { return };
        self.settle(flying.record, None);
        let interface = self.interface(link, fact.node);
        self.record(fact.at, interface, flying.bytes, true);
        if let (Some(of), Some(record)) = (flying.copy_of, self.waiting.back_mut()) {
            record.comment = Some(format!("a copy of frame {}, which the link made", of.0));
        }
        self.arrived = Some((frame, flying.record));
    }

    fn dropped(&mut self, frame: FrameId, place: Place, why: DropReason) {
        if let Some(flying) = self.flying.remove(&frame) {
            self.settle(flying.record, Some(format!("dropped on the {place}: {why:?}")));
            return;
        }
        // What the interface throws away because of its check sequence nobody on that host sees.
        let arrived = self.arrived.take().filter(|(arrived, _)| *arrived == frame);
        if let Some((_, record)) = arrived.filter(|_| why == DropReason::FrameCheck) {
            self.waiting.pop_back();
            self.settle(record, Some("damaged on its way, and dropped on arrival".to_owned()));
        }
    }

    /// Adds a record, and gives its number.
    fn record(&mut self, at: Instant, interface: u32, bytes: Arc<[u8]>, settled: bool) -> u64 {
        self.waiting.push_back(Record { at, interface, bytes, comment: None, settled });
        self.written + self.waiting.len() as u64 - 1
    }

    /// The fate of a frame is known.
    fn settle(&mut self, number: Option<u64>, comment: Option<String>) {
        let place = number.and_then(|number| number.checked_sub(self.written));
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(record) = place.and_then(|place| self.waiting.get_mut(place)) {
            record.settled = true;
            record.comment = comment;
        }
    }

    /// Writes the records of which all is known.
    fn write_settled(&mut self) -> Result<(), WriteError> {
        while self.waiting.front().is_some_and(|record| record.settled) {
            if let Some(record) = self.waiting.pop_front() {
                self.written += 1;
                write_record(&mut self.file, &record)?;
            }
        }
        Ok(())
    }

    /// Ends the capture: frames that are still on their way stand where they were sent. Gives the file back, flushed.
    pub fn finish(mut self) -> Result<W, WriteError> {
        for record in &self.waiting {
            write_record(&mut self.file, record)?;
        }
        let mut file = self.file.into_inner();
        file.flush().map_err(WriteError::Io)?;
        Ok(file)
    }

    fn interface(&self, link: LinkId, node: NodeId) -> u32 {
        let first = self.links.get(usize::from(link.0)).map(|ends| ends[0]);
        u32::from(link.0) * 2 + u32::from(first != Some(node))
    }
}

fn write_record<W: Write>(file: &mut PcapNgWriter<W>, record: &Record) -> Result<(), WriteError> {
    let comment =
        record.comment.as_deref().map(|text| EnhancedPacketOption::Common(CommonOption::Comment(text.into())));
    file.write_pcapng_block(EnhancedPacketBlock {
        interface_id: record.interface,
        timestamp: Duration::from_nanos(record.at.as_nanos()),
        original_len: record.bytes.len() as u32,
        data: Cow::Borrowed(&record.bytes),
        options: comment.into_iter().collect(),
    })?;
    Ok(())
}

/// The description of one end of a link: `a:eth0`, its addresses, the link's rate.
fn interface<'a>(scenario: &'a Scenario, link: &Link, place: usize) -> InterfaceDescriptionBlock<'a> {
    let end = link.ends[place];
    let node = &scenario.nodes[usize::from(end.node.0)];
    let mut options = Vec::new();
    let name = match node.interfaces.get(usize::from(end.interface)) {
        Some(interface) if node.kind != NodeKind::Switch => {
            options.push(InterfaceDescriptionOption::IfMacAddr(interface.mac.to_vec().into()));
            for address in &interface.addresses {
                options.push(match address.ip {
                    IpAddr::V4(ip) => {
                        let mask = u32::MAX.checked_shl(32 - u32::from(address.prefix.min(32))).unwrap_or(0);
                        let bytes = [ip.octets(), mask.to_be_bytes()].concat();
                        InterfaceDescriptionOption::IfIpv4Addr(bytes.into())
                    }
                    IpAddr::V6(ip) => {
                        let bytes = [ip.octets().as_slice(), &[address.prefix]].concat();
                        InterfaceDescriptionOption::IfIpv6Addr(bytes.into())
                    }
                });
            }
            format!("{}:{}", node.name, interface.name)
        }
        _ => format!("{}:{}", node.name, end.interface),
    };
    if link.rate > 0 {
        options.push(InterfaceDescriptionOption::IfSpeed(link.rate));
    }
    options.push(InterfaceDescriptionOption::IfName(shortened(name).into()));
    options.push(InterfaceDescriptionOption::IfTsResol(InterfaceTsResolution::NANO));
    InterfaceDescriptionBlock { linktype: DataLink::ETHERNET, snaplen: 0, options }
}

/// A text that an option holds.
fn shortened(mut text: String) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
