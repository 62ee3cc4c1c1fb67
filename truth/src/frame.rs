//! A frame as it is compared: what two runs of the same exchange must share, and one line of text for people.
//!
//! Initial sequence numbers, ephemeral ports, IP identifications and timestamp values differ from run to run; they are mapped here:
//! sequence numbers are relative, ports become the number of their conversation, identifications and timestamps
//! only say whether they are zero.
//!
//! Absent on purpose: payloads (lengths are compared, contents are the programs' affair), checksums (each side's own tests
//! judge them), hardware addresses (the direction stands for them), and flow labels.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use etherparse::{Icmpv4Slice, Icmpv6Slice, NetSlice, SlicedPacket, TcpSlice, TransportSlice};

/// What of a frame is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame {
    /// The node at whose interface it was seen has sent it.
    pub sent: bool,
    /// Ethernet type.
    pub ethertype: u16,
    /// What the Ethernet header carries.
    pub packet: Packet,
}

/// What an Ethernet frame carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Packet {
    /// ARP: operation, sender's and target's protocol address.
    Arp(u16, Vec<u8>, Vec<u8>),
    /// IPv4 or IPv6.
    Ip(Ip),
    /// Anything else, by its length.
    Other(usize),
}

/// An IP packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ip {
    /// Total length of IPv4, payload length of IPv6.
    pub length: u16,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Don't fragment.
    pub dont_fragment: bool,
    /// More fragments follow, and the offset in units of eight bytes.
    pub fragment: (bool, u16),
    /// The identification is zero.
    pub zero_id: bool,
    /// Protocol or next header.
    pub protocol: u8,
    /// The header after it.
    pub transport: Transport,
}

/// A header of layer 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// TCP.
    Tcp(Segment),
    /// UDP: number of the conversation, from its opener, length with header.
    Udp(usize, bool, u16),
    /// ICMP or ICMPv6: type, code, and the next-hop MTU of "fragmentation needed" and "packet too big".
    Icmp(u8, u8, Option<u32>),
    /// A fragment that is not the first, or a protocol without a reader here.
    Other,
}

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment {
    /// Number of the conversation at this interface.
    pub conversation: usize,
    /// Sent by the end that was seen first.
    pub from_opener: bool,
    /// FIN, SYN, RST, PSH, ACK, URG, ECE, CWR from the lowest bit, and NS.
    pub flags: u16,
    /// Relative sequence number.
    pub seq: u32,
    /// Relative acknowledgment number; zero without ACK.
    pub ack: u32,
    /// Bytes of data.
    pub payload: usize,
    /// The window field, as it stands in the header.
    pub window: u16,
    /// The options in order.
    pub options: Vec<TcpOption>,
}

/// A TCP option as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpOption {
    /// End of the list, with the bytes after it.
    End(Vec<u8>),
    /// No operation.
    Nop,
    /// Timestamps: whether value and echo reply are other than zero.
    Timestamps(bool, bool),
    /// SACK blocks, relative to what they acknowledge.
    Sack(Vec<(u32, u32)>),
    /// Others: kind and content.
    Raw(u8, Vec<u8>),
}

/// Flags of TCP by their bits.
pub const FIN: u16 = 1;
/// See [`FIN`].
pub const SYN: u16 = 2;
/// See [`FIN`].
pub const RST: u16 = 4;
/// See [`FIN`].
pub const ACK: u16 = 16;

/// Raw facts of a TCP segment that an inference about the programs needs.
#[derive(Clone, Copy, Debug)]
pub struct RawSegment {
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub destination: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// As in [`Segment::flags`].
    pub flags: u16,
    /// Bytes of data.
    pub payload: u32,
    /// The window field.
    pub window: u16,
    /// The maximum segment size, where the option says it.
    pub mss: Option<u16>,
    /// The window scale, where the option says it.
    pub scale: Option<u8>,
}

/// The conversations at one interface, as they were met; one reader for each interface and run.
#[derive(Debug, Default)]
pub struct Reader {
    conversations: BTreeMap<Conversation, Known>,
    /// The number of the next conversation.
    next: usize,
}

type Conversation = (u8, [(IpAddr, u16); 2]);

#[derive(Debug)]
struct Known {
    number: usize,
    opener: (IpAddr, u16),
    /// Initial sequence numbers: the opener's, the other's.
    initial: [Option<u32>; 2],
}

/// The source address of the Ethernet header.
pub fn source_mac(bytes: &[u8]) -> Option<[u8; 6]> {
    bytes.get(6..12)?.try_into().ok()
}

/// The Ethernet type.
pub fn ethertype(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(12..14)?.try_into().ok()?))
}

/// The TCP segment of a frame with its addresses, when it is one (an ICMP error that quotes one is none).
pub fn tcp_of(bytes: &[u8]) -> Option<(IpAddr, IpAddr, RawSegment)> {
    let sliced = SlicedPacket::from_ethernet(bytes).ok()?;
    let (source, destination) = addresses(sliced.net.as_ref()?)?;
    let TransportSlice::Tcp(tcp) = sliced.transport? else { return None };
    let mss = tcp.options_iterator().find_map(|option| match option {
        Ok(etherparse::TcpOptionElement::MaximumSegmentSize(mss)) => Some(mss),
        _ => None,
    });
    let scale = tcp.options_iterator().find_map(|option| match option {
        Ok(etherparse::TcpOptionElement::WindowScale(scale)) => Some(scale.min(14)),
        _ => None,
    });
    let raw = RawSegment {
        source: tcp.source_port(),
        destination: tcp.destination_port(),
        seq: tcp.sequence_number(),
        ack: tcp.acknowledgment_number(),
        flags: flags(&tcp),
        payload: u32::try_from(tcp.payload().len()).unwrap_or(u32::MAX),
        window: tcp.window_size(),
        mss,
        scale,
    };
    Some((source, destination, raw))
}

/// The UDP header of a frame: addresses and ports. Of a fragmented datagram the first fragment has it.
pub fn udp_of(bytes: &[u8]) -> Option<((IpAddr, u16), (IpAddr, u16))> {
    let sliced = SlicedPacket::from_ethernet(bytes).ok()?;
    let net = sliced.net.as_ref()?;
    let (source, destination) = addresses(net)?;
    let ports = match (&sliced.transport, net) {
        (Some(TransportSlice::Udp(udp)), _) => [udp.source_port(), udp.destination_port()],
        (None, NetSlice::Ipv4(ip)) if ip.header().protocol().0 == 17 && ip.header().fragments_offset().value() == 0 => {
            let payload = ip.payload().payload;
            let port = |at: usize| Some(u16::from_be_bytes(payload.get(at..at + 2)?.try_into().ok()?));
            [port(0)?, port(2)?]
        }
        _ => return None,
    };
    Some(((source, ports[0]), (destination, ports[1])))
}

/// The type of an ICMPv6 message, and its IP addresses.
pub fn icmpv6_of(bytes: &[u8]) -> Option<(u8, Ipv6Addr, Ipv6Addr)> {
    let sliced = SlicedPacket::from_ethernet(bytes).ok()?;
    let NetSlice::Ipv6(ip) = sliced.net.as_ref()? else { return None };
    let TransportSlice::Icmpv6(icmp) = sliced.transport? else { return None };
    Some((icmp.type_u8(), ip.header().source_addr(), ip.header().destination_addr()))
}

/// The type of an ICMP message of IPv4; of a fragmented one the first fragment has it.
pub fn icmpv4_of(bytes: &[u8]) -> Option<u8> {
    let (protocol, _, offset, payload) = ipv4_of(bytes)?;
    payload.first().copied().filter(|_| protocol == 1 && offset == 0)
}

/// Whether this is the last fragment of an ICMP message.
pub fn is_last_fragment_of_icmp(bytes: &[u8]) -> bool {
    ipv4_of(bytes).is_some_and(|(protocol, more, offset, _)| protocol == 1 && !more && offset != 0)
}

/// Protocol, whether more fragments follow, fragment offset and payload of an IPv4 packet.
fn ipv4_of(bytes: &[u8]) -> Option<(u8, bool, u16, Vec<u8>)> {
    let sliced = SlicedPacket::from_ethernet(bytes).ok()?;
    let NetSlice::Ipv4(ip) = sliced.net? else { return None };
    let header = ip.header();
    let offset = header.fragments_offset().value();
    Some((header.protocol().0, header.more_fragments(), offset, ip.payload().payload.to_vec()))
}

fn addresses(net: &NetSlice<'_>) -> Option<(IpAddr, IpAddr)> {
    match net {
        NetSlice::Ipv4(ip) => Some((ip.header().source_addr().into(), ip.header().destination_addr().into())),
        NetSlice::Ipv6(ip) => Some((ip.header().source_addr().into(), ip.header().destination_addr().into())),
        NetSlice::Arp(_) => None,
    }
}

fn flags(tcp: &TcpSlice<'_>) -> u16 {
    let bytes = tcp.slice();
    u16::from(bytes[13]) | u16::from(bytes[12] & 1) << 8
}

impl Reader {
    /// Reads the next frame of this interface.
    pub fn read(&mut self, sent: bool, bytes: &[u8]) -> Frame {
        let ethertype = ethertype(bytes).unwrap_or(0);
        let packet = self.packet(bytes).unwrap_or(Packet::Other(bytes.len()));
        Frame { sent, ethertype, packet }
    }

    fn packet(&mut self, bytes: &[u8]) -> Option<Packet> {
        let sliced = SlicedPacket::from_ethernet(bytes).ok()?;
        let net = sliced.net.as_ref()?;
        let (source, destination) = match net {
            NetSlice::Arp(arp) => {
                let (sender, target) = (arp.sender_protocol_addr().to_vec(), arp.target_protocol_addr().to_vec());
                return Some(Packet::Arp(arp.operation().0, sender, target));
            }
            _ => addresses(net)?,
        };
        let ends = (source, destination);
        let transport = match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => Transport::Tcp(self.segment(ends, tcp)),
            Some(TransportSlice::Udp(udp)) => {
                let (known, opener) =
                    self.conversation(17, (source, udp.source_port()), (destination, udp.destination_port()));
                Transport::Udp(known.number, opener, udp.length())
            }
            Some(TransportSlice::Icmpv4(icmp)) => icmpv4(icmp),
            Some(TransportSlice::Icmpv6(icmp)) => icmpv6(icmp),
            None => Transport::Other,
        };
        Some(Packet::Ip(match net {
            NetSlice::Ipv4(ip) => {
                let header = ip.header();
                Ip {
                    length: header.total_len(),
                    ttl: header.ttl(),
                    source,
                    destination,
                    dont_fragment: header.dont_fragment(),
                    fragment: (header.more_fragments(), header.fragments_offset().value()),
                    zero_id: header.identification() == 0,
                    protocol: header.protocol().0,
                    transport,
                }
            }
            NetSlice::Ipv6(ip) => {
                let header = ip.header();
                Ip {
                    length: header.payload_length(),
                    ttl: header.hop_limit(),
                    source,
                    destination,
                    dont_fragment: false,
                    fragment: (false, 0),
                    zero_id: false,
                    protocol: header.next_header().0,
                    transport,
                }
            }
            NetSlice::Arp(_) => return None,
        }))
    }

    fn conversation(&mut self, protocol: u8, from: (IpAddr, u16), to: (IpAddr, u16)) -> (&mut Known, bool) {
        let key = (protocol, if from < to { [from, to] } else { [to, from] });
        let next = &mut self.next;
        let known = self.conversations.entry(key).or_insert_with(|| {
            *next += 1;
            Known { number: *next, opener: from, initial: [None, None] }
        });
        let from_opener = known.opener == from;
        (known, from_opener)
    }

    fn segment(&mut self, (source, destination): (IpAddr, IpAddr), tcp: &TcpSlice<'_>) -> Segment {
        let (from, to) = ((source, tcp.source_port()), (destination, tcp.destination_port()));
        let (seq, ack, flags) = (tcp.sequence_number(), tcp.acknowledgment_number(), flags(tcp));
        let (known, from_opener) = self.conversation(6, from, to);
        let (here, there) = if from_opener { (0, 1) } else { (1, 0) };
        if flags & SYN != 0 {
            if flags & ACK == 0 && known.initial[here].is_some_and(|initial| initial != seq) {
                // The same ports again: a new connection.
                known.initial = [None, None];
            }
            known.initial[here] = Some(seq);
        }
        let base = |initial: Option<u32>, number: u32| match initial {
            Some(initial) => number.wrapping_sub(initial),
            // Zero is said, not drawn: a RST that answers a SYN.
            None => u32::from(number != 0),
        };
        let relative_ack = if flags & ACK != 0 { base(known.initial[there], ack) } else { 0 };
        let initials = known.initial;
        let number = known.number;
        Segment {
            conversation: number,
            from_opener,
            flags,
            seq: base(initials[here], seq),
            ack: relative_ack,
            payload: tcp.payload().len(),
            window: tcp.window_size(),
            options: options(tcp.options(), initials[there].unwrap_or(0)),
        }
    }
}

fn options(mut bytes: &[u8], base: u32) -> Vec<TcpOption> {
    let mut options = Vec::new();
    while let [kind, rest @ ..] = bytes {
        match kind {
            0 => {
                options.push(TcpOption::End(rest.to_vec()));
                break;
            }
            1 => {
                options.push(TcpOption::Nop);
                bytes = rest;
                continue;
            }
            _ => {}
        }
        let length = rest.first().map_or(0, |length| usize::from(*length));
        let Some(body) = bytes.get(2..length) else {
            options.push(TcpOption::Raw(*kind, rest.to_vec()));
            break;
        };
        let word = |at: usize| body.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes);
        options.push(match kind {
            8 if body.len() == 8 => TcpOption::Timestamps(word(0) != 0, word(4) != 0),
            5 if body.len() % 8 == 0 => {
                let edge = |at: usize| word(at).wrapping_sub(base);
                TcpOption::Sack((0..body.len() / 8).map(|block| (edge(block * 8), edge(block * 8 + 4))).collect())
            }
            _ => TcpOption::Raw(*kind, body.to_vec()),
        });
        bytes = &bytes[length..];
    }
    options
}

fn icmpv4(icmp: &Icmpv4Slice<'_>) -> Transport {
    let too_big = icmp.type_u8() == 3 && icmp.code_u8() == 4;
    let [.., high, low] = icmp.bytes5to8();
    Transport::Icmp(icmp.type_u8(), icmp.code_u8(), too_big.then(|| u32::from(u16::from_be_bytes([high, low]))))
}

fn icmpv6(icmp: &Icmpv6Slice<'_>) -> Transport {
    let too_big = icmp.type_u8() == 2;
    Transport::Icmp(icmp.type_u8(), icmp.code_u8(), too_big.then(|| u32::from_be_bytes(icmp.bytes5to8())))
}

impl fmt::Display for Frame {
    /// One line, much as tcpdump writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", if self.sent { "out" } else { "in " })?;
        match &self.packet {
            Packet::Arp(1, _, target) => write!(f, "ARP, Request who-has {}", dotted(target)),
            Packet::Arp(2, sender, _) => write!(f, "ARP, Reply {} is-at", dotted(sender)),
            Packet::Arp(operation, ..) => write!(f, "ARP, operation {operation}"),
            Packet::Other(length) => write!(f, "ethertype {:#06x}, length {length}", self.ethertype),
            Packet::Ip(ip) => write!(f, "{ip}"),
        }
    }
}

fn dotted(address: &[u8]) -> String {
    address.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            IpAddr::V4(_) => {
                let id = if self.zero_id { ", id 0" } else { "" };
                let dont_fragment = if self.dont_fragment { ", DF" } else { "" };
                write!(f, "IP (ttl {}{id}{dont_fragment}, length {}) ", self.ttl, self.length)?;
            }
            IpAddr::V6(_) => write!(f, "IP6 (hlim {}, payload {}) ", self.ttl, self.length)?,
        }
        let (more, offset) = self.fragment;
        if more || offset != 0 {
            write!(f, "frag {}{} ", u32::from(offset) * 8, if more { "+" } else { "" })?;
        }
        write!(f, "{} > {}: ", self.source, self.destination)?;
        match &self.transport {
            Transport::Tcp(segment) => write!(f, "{segment}"),
            Transport::Udp(_, _, length) => write!(f, "UDP, length {}", length.saturating_sub(8)),
            Transport::Icmp(kind, code, mtu) => {
                write!(f, "ICMP type {kind} code {code}")?;
                mtu.map_or(Ok(()), |mtu| write!(f, ", mtu {mtu}"))
            }
            Transport::Other => write!(f, "protocol {}", self.protocol),
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} Flags [", self.conversation)?;
        for (bit, letter) in [(2, 'S'), (1, 'F'), (4, 'R'), (8, 'P'), (16, '.'), (32, 'U'), (64, 'E'), (128, 'W')] {
            if self.flags & bit != 0 {
                write!(f, "{letter}")?;
            }
        }
        write!(f, "], seq {}", self.seq)?;
        if self.payload > 0 {
            write!(f, ":{}", self.seq.wrapping_add(u32::try_from(self.payload).unwrap_or(u32::MAX)))?;
        }
        if self.flags & ACK != 0 {
            write!(f, ", ack {}", self.ack)?;
        }
        write!(f, ", win {}, options [", self.window)?;
        for (index, option) in self.options.iter().enumerate() {
            write!(f, "{}{option}", if index == 0 { "" } else { "," })?;
        }
        write!(f, "], length {}", self.payload)
    }
}

impl fmt::Display for TcpOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TcpOption::End(_) => write!(f, "eol"),
            TcpOption::Nop => write!(f, "nop"),
            TcpOption::Timestamps(value, echo) => {
                write!(f, "TS val {} ecr {}", if *value { "*" } else { "0" }, if *echo { "*" } else { "0" })
            }
            TcpOption::Sack(blocks) => {
                write!(f, "sack")?;
                blocks.iter().try_for_each(|(left, right)| write!(f, " {{{left}:{right}}}"))
            }
            TcpOption::Raw(2, body) if body.len() == 2 => write!(f, "mss {}", u16::from_be_bytes([body[0], body[1]])),
            TcpOption::Raw(3, body) if body.len() == 1 => write!(f, "wscale {}", body[0]),
            TcpOption::Raw(4, _) => write!(f, "sackOK"),
            TcpOption::Raw(kind, body) => write!(f, "option {kind} {body:02x?}"),
        }
    }
}

/// Whether a frame is what IPv6 interfaces say by themselves while they come up, at times that the kernel draws:
/// reports of multicast groups (RFC 3810), duplicate address detection (RFC 4862 §5.4) and router solicitations (RFC 4861
/// §6.3.7). They are set aside, not compared.
pub fn is_housekeeping(bytes: &[u8]) -> bool {
    match icmpv6_of(bytes) {
        Some((133 | 143 | 131 | 132, ..)) => true,
        Some((135, source, _)) => source.is_unspecified(),
        _ => false,
    }
}
