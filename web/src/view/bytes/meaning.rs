//! What the value of a field means, in the learner's language: a window in real bytes, a checksum that was checked, a port's name.
//!
//! Absent on purpose: fields whose value says all there is to say.

use sim_core::order;
use std::net::IpAddr;
use std::ops::Range;

use sim_core::dissect::{self, FieldName};
use sim_core::layer::Protocol;
use sim_core::program::Call;
use sim_core::trace::{FactId, NodeId, What};
use sim_core::wire::tcp::Flags;
use sim_core::wire::{checksum, ethernet};

use super::Said;
use crate::app::Model;
use crate::app::index::Frame;
use crate::app::kin::segment::{self, Segment};
use crate::app::kin::{node_of, relations::Socket};
use crate::app::thing::Thing;
use crate::catalogue::{fill, telling::Words};
use crate::view::narration::depth::protocol_name;

/// What is known of a frame besides its bytes.
pub(super) struct Context<'a> {
    model: &'a Model,
    words: &'static Words,
    frame: &'a Frame,
    /// Where the IP header begins, with its header and its whole length.
    packet: Option<(Range<usize>, Range<usize>)>,
    segment: Option<Segment>,
    sender: Option<&'a Socket>,
    receiver: Option<&'a Socket>,
}

/// Ports that have a name everywhere (IANA), as far as a course of networks meets them.
const SERVICES: [(u16, &str); 15] = [
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (25, "SMTP"),
    (53, "DNS"),
    (67, "DHCP"),
    (68, "DHCP"),
    (80, "HTTP"),
    (110, "POP3"),
    (123, "NTP"),
    (143, "IMAP"),
    (443, "HTTPS"),
    (853, "DoT"),
    (5353, "mDNS"),
    (8080, "HTTP"),
];

/// Ports that Linux takes by itself (`ip_local_port_range`).
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32_768..=60_999;

impl<'a> Context<'a> {
    pub(super) fn new(model: &'a Model, frame: &'a Frame, sections: &[dissect::Section]) -> Context<'a> {
        let peeked = segment::peek(frame.id, &frame.bytes);
        let relations = &model.session.relations;
        let socket = |ends| relations.socket(relations.socket_at(ends, frame.sent)?);
        let ends = peeked.map(|(ends, _)| ends);
        Context {
            model,
            words: &model.language.words().telling,
            frame,
            packet: packet(&frame.bytes, sections),
            segment: peeked.map(|(_, segment)| segment),
            sender: ends.and_then(socket),
            receiver: ends.and_then(|(from, to)| socket((to, from))),
        }
    }

    /// What a field means; nothing where its value says it.
    pub(super) fn of(&self, section: &dissect::Section, field: &dissect::Field) -> String {
        let words = self.words;
        let number = || field.value.parse::<u64>().ok();
        let plain = |text: &str| text.to_owned();
        let bit = |set: &str, clear: &str| plain(if field.value == "1" { set } else { clear });
        match field.name {
            FieldName::EthType => ethertype(&self.frame.bytes),
            FieldName::EthDestination | FieldName::EthSource => self.station(field),
            FieldName::ArpOpcode if field.value.starts_with('1') => plain(words.asks),
            FieldName::ArpOpcode => plain(words.answers),
            FieldName::ArpSenderMac | FieldName::ArpTargetMac => self.station(field),
            FieldName::ArpSenderIp
            | FieldName::ArpTargetIp
            | FieldName::IpSource
            | FieldName::IpDestination
            | FieldName::Ipv6Source
            | FieldName::Ipv6Destination => self.host(&field.value),
            FieldName::IpHeaderLength | FieldName::TcpHeaderLength => fill(words.bytes, &[("n", &field.value)]),
            FieldName::IpDscp | FieldName::Ipv6Dscp if number() == Some(0) => plain(words.best_effort),
            FieldName::IpEcn | FieldName::Ipv6Ecn => plain(match number() {
                // RFC 3168 §5.
                Some(0) => words.ecn_none,
                Some(3) => words.ecn_marked,
                _ => words.ecn_able,
            }),
            FieldName::IpLength | FieldName::UdpLength => {
                let behind = number().unwrap_or(0).saturating_sub(section.bytes.len() as u64).to_string();
                fill(words.length, &[("n", &field.value), ("m", &behind)])
            }
            FieldName::IpDontFragment => bit(words.cut_not, words.cut_may),
            FieldName::IpMoreFragments | FieldName::Ipv6MoreFragments => bit(words.more_follow, words.last_part),
            FieldName::IpFragmentOffset | FieldName::Ipv6FragmentOffset => fill(words.offset, &[("n", &field.value)]),
            FieldName::IpTtl | FieldName::Ipv6HopLimit => plain(words.hops),
            FieldName::IpProtocol | FieldName::Ipv6NextHeader => {
                number().and_then(|number| u8::try_from(number).ok()).map_or_else(String::new, protocol_name)
            }
            FieldName::IpChecksum => self.header_checksum(section, field),
            FieldName::TcpChecksum | FieldName::UdpChecksum | FieldName::Icmpv6Checksum => {
                self.segment_checksum(section, field)
            }
            FieldName::IcmpChecksum | FieldName::IgmpChecksum => self.message_checksum(section, field),
            FieldName::IcmpType | FieldName::Icmpv6Type | FieldName::IgmpType => {
                crate::view::frame::words(self.frame).info
            }
            FieldName::TcpSourcePort
            | FieldName::TcpDestinationPort
            | FieldName::UdpSourcePort
            | FieldName::UdpDestinationPort => number().map_or_else(String::new, |port| self.port(port as u16)),
            FieldName::TcpSequence => self.relative(field, self.frame.isn.0, words.number),
            FieldName::TcpAcknowledgment if self.has(Flags::ACK) => {
                self.relative(field, self.frame.isn.1, words.acknowledges)
            }
            FieldName::TcpUrg
            | FieldName::TcpAck
            | FieldName::TcpPsh
            | FieldName::TcpRst
            | FieldName::TcpSyn
            | FieldName::TcpFin
            | FieldName::TcpCwr
            | FieldName::TcpEce => bit(words.set_bit, words.clear_bit),
            FieldName::TcpWindow => self.window(number().unwrap_or(0)),
            FieldName::TcpOptionMss => fill(words.mss, &[("n", &field.value)]),
            FieldName::TcpOptionWindowScale => {
                let times = 1_u64 << number().unwrap_or(0).min(14);
                fill(words.scale, &[("n", &times.to_string())])
            }
            FieldName::TcpOptionSackPermitted => plain(words.sack_ok),
            FieldName::TcpOptionSack => fill(words.sack, &[("ranges", &self.ranges(&field.value))]),
            FieldName::TcpOptionTimestamps => {
                let (own, echo) = field.value.split_once(' ').unwrap_or((&field.value, ""));
                fill(words.times, &[("n", own), ("m", echo)])
            }
            _ => String::new(),
        }
    }

    fn has(&self, flags: Flags) -> bool {
        self.segment.is_some_and(|segment| segment.flags.has(flags))
    }

    /// A hardware address: everybody, a group, or a station by its node's name.
    fn station(&self, field: &dissect::Field) -> String {
        let group = self.frame.bytes.get(field.bits.start / 8).is_some_and(|first| first & 1 == 1);
        match () {
            () if field.value == "ff:ff:ff:ff:ff:ff" => self.words.everybody.to_owned(),
            () if group => self.words.group.to_owned(),
            () => self.host(&field.value),
        }
    }

    fn host(&self, address: &str) -> String {
        let node = node_of(&self.model.session, address);
        node.map_or_else(String::new, |node| self.model.session.name(node).to_owned())
    }

    fn port(&self, port: u16) -> String {
        let service = SERVICES.iter().find(|(known, _)| *known == port);
        match service {
            Some((_, name)) => (*name).to_owned(),
            None if EPHEMERAL.contains(&port) => self.words.free_port.to_owned(),
            None => String::new(),
        }
    }

    fn relative(&self, field: &dissect::Field, isn: Option<u32>, sentence: &'static str) -> String {
        let number = field.value.parse::<u32>().ok().zip(isn).map(|(number, isn)| number.wrapping_sub(isn));
        number.map_or_else(String::new, |number| fill(sentence, &[("n", &number.to_string())]))
    }

    /// SACK blocks as relative numbers: they are of the other direction.
    fn ranges(&self, value: &str) -> String {
        let relative = |number: &str| {
            let number = number.parse::<u32>().ok()?.wrapping_sub(self.frame.isn.1?);
            Some(number.to_string())
        };
        let range = |range: &str| {
            let (from, to) = range.split_once('-')?;
            Some(format!("{}–{}", relative(from)?, relative(to)?))
        };
        let ranges: Vec<String> = value.split(' ').filter_map(range).collect();
        ranges.join(", ")
    }

    /// A window in real bytes (RFC 7323 §2.2): the sender's scale was said in its SYN.
    fn window(&self, value: u64) -> String {
        if self.has(Flags::SYN) {
            return fill(self.words.window_plain, &[("n", &value.to_string())]);
        }
        let Some(scale) = self.scale() else { return String::new() };
        let n = (value << scale).to_string();
        fill(self.words.window, &[("n", &n), ("scale", &(1_u64 << scale).to_string())])
    }

    /// By how many bits the sender's windows are shifted: from the SYNs of both ends, as they were sent.
    fn scale(&self) -> Option<u32> {
        let ((from, to), _) = segment::peek(self.frame.id, &self.frame.bytes)?;
        let shift = |flow: &[Segment]| {
            let syn = flow.iter().rev().find(|segment| segment.flags.has(Flags::SYN) && self.is_before(segment))?;
            let bytes = &self.model.session.index.frame(syn.frame)?.bytes;
            let options = dissect::dissect(bytes).into_iter().flat_map(|section| section.fields);
            let scale = options.into_iter().find(|field| field.name == FieldName::TcpOptionWindowScale);
            Some(scale.and_then(|field| field.value.parse().ok()))
        };
        let relations = &self.model.session.relations;
        let (own, other) = (shift(relations.flow(from, to))?, shift(relations.flow(to, from))?);
        // RFC 7323 §2.2: scaled only when both have said so.
        Some(own.zip(other).map_or(0, |(own, _): (u32, u32)| own.min(14)))
    }

    fn is_before(&self, segment: &Segment) -> bool {
        let index = &self.model.session.index;
        index.place(segment.frame) <= index.place(self.frame.id)
    }

    /// What is said of a checksum, when the right one is known.
    fn judged(&self, field: &dissect::Field, right: Option<u16>) -> String {
        let at = field.bits.start / 8;
        let held = self.frame.bytes.get(at..at + 2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
        match right.zip(held) {
            Some((right, held)) if right == held => self.words.right.to_owned(),
            Some((right, _)) => fill(self.words.wrong, &[("right", &format!("0x{right:04x}"))]),
            None => String::new(),
        }
    }

    fn header_checksum(&self, section: &dissect::Section, field: &dissect::Field) -> String {
        self.judged(field, self.zeroed(section.bytes.clone(), field).map(|bytes| checksum::internet(&bytes)))
    }

    fn message_checksum(&self, section: &dissect::Section, field: &dissect::Field) -> String {
        let bytes = self.payload(section).and_then(|part| self.zeroed(part, field));
        self.judged(field, bytes.map(|bytes| checksum::internet(&bytes)))
    }

    fn segment_checksum(&self, section: &dissect::Section, field: &dissect::Field) -> String {
        let right = self.payload(section).and_then(|part| {
            let bytes = self.zeroed(part, field)?;
            let (source, destination, protocol) = self.addresses(section.protocol)?;
            Some(checksum::with_pseudo_header(source, destination, protocol, &bytes))
        });
        self.judged(field, right)
    }

    /// From the beginning of a section to the end of its packet, when the packet is whole.
    fn payload(&self, section: &dissect::Section) -> Option<Range<usize>> {
        let (_, packet) = self.packet.as_ref()?;
        (section.bytes.start < packet.end && packet.end <= self.frame.bytes.len())
            .then_some(section.bytes.start..packet.end)
    }

    fn zeroed(&self, part: Range<usize>, field: &dissect::Field) -> Option<Vec<u8>> {
        let at = (field.bits.start / 8).checked_sub(part.start)?;
        let mut bytes = self.frame.bytes.get(part)?.to_vec();
        bytes.get_mut(at..at + 2)?.fill(0);
        Some(bytes)
    }

    fn addresses(&self, protocol: Protocol) -> Option<(IpAddr, IpAddr, u8)> {
        let (header, _) = self.packet.as_ref()?;
        let header = self.frame.bytes.get(header.clone())?;
        let number = match protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            _ => 58,
        };
        let v4 = |at: usize| Some(IpAddr::from(*header.get(at..)?.first_chunk::<4>()?));
        let v6 = |at: usize| Some(IpAddr::from(*header.get(at..)?.first_chunk::<16>()?));
        match header.first()? >> 4 {
            4 => Some((v4(12)?, v4(16)?, number)),
            _ => Some((v6(8)?, v6(24)?, number)),
        }
    }

    /// What the programs at both ends of the connection said, in order of time: who, what, and the call.
    pub(super) fn said(&self) -> Vec<Said> {
        let pieces = |socket: Option<&Socket>| {
            let said = socket.map(|socket| (socket.node, &socket.sent));
            said.into_iter()
                .flat_map(|(node, sent)| sent.iter().map(move |piece| (node, piece.fact)))
                .collect::<Vec<_>>()
        };
        let mut all = pieces(self.sender);
        all.extend(pieces(self.receiver));
        order::sort_by_key(&mut all, |(_, fact)| *fact);
        let now = self.model.fact();
        let so_far = all.partition_point(|(_, fact)| Some(*fact) <= now);
        let newest = &all[so_far.saturating_sub(super::SAID)..so_far];
        newest.iter().filter_map(|(node, fact)| self.saying(*node, *fact)).collect()
    }

    fn saying(&self, node: NodeId, fact: FactId) -> Option<Said> {
        let What::Called { call, .. } = &self.model.session.trace.get(fact)?.what else { return None };
        let (Call::Send(_, bytes, _) | Call::Write(_, bytes) | Call::SendTo(_, bytes, ..)) = call else { return None };
        let text = format!("{}: {}", self.model.session.name(node), super::text_of(bytes));
        Some(Said { fact, text, chosen: self.model.kin.has(Thing::Fact(fact)) })
    }
}

fn ethertype(bytes: &[u8]) -> String {
    let kind = bytes.get(12..14).map_or(0, |bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
    match kind {
        ethernet::TYPE_IPV4 => Protocol::Ipv4.name().to_owned(),
        ethernet::TYPE_ARP => Protocol::Arp.name().to_owned(),
        ethernet::TYPE_IPV6 => Protocol::Ipv6.name().to_owned(),
        _ => String::new(),
    }
}

/// The IP header of a frame and the packet, as its length field says. A fragment is not a whole packet.
fn packet(bytes: &[u8], sections: &[dissect::Section]) -> Option<(Range<usize>, Range<usize>)> {
    let ip = sections.iter().find(|section| matches!(section.protocol, Protocol::Ipv4 | Protocol::Ipv6))?;
    let start = ip.bytes.start;
    let word = |at: usize| Some(u16::from_be_bytes(*bytes.get(start + at..)?.first_chunk::<2>()?));
    let end = match ip.protocol {
        Protocol::Ipv4 if word(6)? & 0x3fff != 0 => return None,
        Protocol::Ipv4 => start + usize::from(word(2)?),
        _ => start + 40 + usize::from(word(4)?),
    };
    Some((ip.bytes.clone(), start..end))
}
