//! One frame in a few words, as Wireshark's columns have them: addresses, protocol, what it says.
//!
//! Absent on purpose: translation. These are the protocols' own words, the same in every language.

use core::net::IpAddr;

use sim_core::wire::ipv6_extension::walk;
use sim_core::wire::{arp, dhcp, dns, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp};

use crate::app::captured;
use crate::app::index::Frame;
use sim_core::layer::Protocol;

/// A frame in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The highest protocol that has a header in it.
    pub protocol: Protocol,
    /// The fewest words: `SYN`, `6 B`, `ARP request`.
    pub label: String,
    /// What it says: `[PSH, ACK] Seq=1 Ack=1 Len=6 Win=63 49152 → 8898`.
    pub info: String,
}

/// The words of a frame.
pub fn words(frame: &Frame) -> Words {
    let bytes = &frame.bytes[..];
    let unknown = || Words {
        protocol: Protocol::Ethernet,
        label: format!("{} B", bytes.len()),
        info: format!("{} bytes", bytes.len()), // not shown: a broken frame has no words of its own
    };
    if let Some(real) = frame.real {
        let words = captured::packet(bytes, real).and_then(|packet| match packet.first()? >> 4 {
            6 => ipv6_words(&packet, frame),
            _ => ipv4_words(&packet, frame),
        });
        return words.unwrap_or_else(unknown);
    }
    let Ok((link, payload)) = ethernet::Repr::parse(bytes) else { return unknown() };
    match link.ethertype {
        ethernet::TYPE_ARP => arp_words(payload).unwrap_or_else(unknown),
        ethernet::TYPE_IPV4 => ipv4_words(payload, frame).unwrap_or_else(unknown),
        ethernet::TYPE_IPV6 => ipv6_words(payload, frame).unwrap_or_else(unknown),
        _ => unknown(),
    }
}

fn arp_words(packet: &[u8]) -> Option<Words> {
    let arp = arp::Repr::parse(packet).ok()?;
    Some(match arp.operation {
        arp::Operation::Request => Words {
            protocol: Protocol::Arp,
            label: format!("ARP {}?", arp.target),
            info: format!("Who has {}? Tell {}", arp.target, arp.sender), // not shown as is: Wireshark's words
        },
        arp::Operation::Reply => Words {
            protocol: Protocol::Arp,
            label: format!("ARP {}!", arp.sender),
            info: format!("{} is at {}", arp.sender, mac(arp.sender_mac)), // not shown as is: Wireshark's words
        },
    })
}

fn ipv4_words(packet: &[u8], frame: &Frame) -> Option<Words> {
    let (ip, _, payload) = ipv4::Repr::parse(packet).ok()?;
    if ip.fragment_offset != 0 {
        return Some(fragment_words(Protocol::Ipv4, u32::from(ip.fragment_offset) * 8, payload.len()));
    }
    match ip.protocol {
        ipv4::PROTOCOL_ICMP => Some(message_words(Protocol::Icmp, icmp::Repr::parse(payload).ok()?.0.to_string())),
        ipv4::PROTOCOL_IGMP => Some(message_words(Protocol::Igmp, igmp::Repr::parse(payload).ok()?.to_string())),
        protocol => transport_words(protocol, payload, (ip.source.into(), ip.destination.into()), frame),
    }
}

fn ipv6_words(packet: &[u8], frame: &Frame) -> Option<Words> {
    let (ip, rest) = ipv6::Repr::parse(packet).ok()?;
    let chain = walk(&ip, rest).ok()?;
    if let Some(fragment) = chain.fragment.filter(|fragment| fragment.offset != 0) {
        return Some(fragment_words(Protocol::Ipv6, u32::from(fragment.offset) * 8, chain.payload.len()));
    }
    match chain.protocol {
        ipv6::PROTOCOL_ICMPV6 => {
            let (message, _) = icmpv6::Repr::parse(chain.payload, ip.source, ip.destination).ok()?;
            Some(message_words(Protocol::Icmpv6, message.to_string()))
        }
        protocol => transport_words(protocol, chain.payload, (ip.source.into(), ip.destination.into()), frame),
    }
}

fn message_words(protocol: Protocol, info: String) -> Words {
    Words { protocol, label: info.clone(), info }
}

fn fragment_words(protocol: Protocol, offset: u32, length: usize) -> Words {
    message_words(protocol, format!("{} {offset}+{length} B", protocol.name()))
}

fn transport_words(protocol: u8, payload: &[u8], ends: (IpAddr, IpAddr), frame: &Frame) -> Option<Words> {
    match protocol {
        ipv4::PROTOCOL_TCP => {
            let (segment, header, _) = tcp::Repr::parse(payload, ends.0, ends.1).ok()?;
            Some(tcp_words(&segment, payload.len() - header, frame))
        }
        ipv4::PROTOCOL_UDP => {
            let (datagram, data) = udp::Repr::parse(payload, ends.0, ends.1).ok()?;
            Some(udp_words(&datagram, data))
        }
        _ => None,
    }
}

fn udp_words(datagram: &udp::Repr, data: &[u8]) -> Words {
    let ports = [datagram.source, datagram.destination];
    let any = |wanted: [u16; 2]| ports.iter().any(|port| wanted.contains(port));
    if any([dhcp::SERVER_PORT, dhcp::CLIENT_PORT])
        && let Ok(message) = dhcp::Repr::parse(data)
    {
        return Words { protocol: Protocol::Dhcp, label: message.message.name().to_owned(), info: message.to_string() };
    }
    if any([dns::PORT, dns::MULTICAST_PORT])
        && let Ok(message) = dns::Message::parse(data)
    {
        return message_words(Protocol::Dns, format!("DNS {message}"));
    }
    Words {
        protocol: Protocol::Udp,
        label: format!("{} B", data.len()),
        info: format!("{} → {} Len={}", datagram.source, datagram.destination, data.len()),
    }
}

fn tcp_words(segment: &tcp::Repr, data: usize, frame: &Frame) -> Words {
    let names = flag_names(segment.flags);
    let seq = segment.seq.wrapping_sub(frame.isn.0.unwrap_or(0));
    // Wireshark's words, with what tells frames apart first: the column is narrow.
    let mut info = format!("[{}] Seq={seq}", names.join(", "));
    if segment.flags.has(tcp::Flags::ACK) {
        info.push_str(&format!(" Ack={}", segment.ack.wrapping_sub(frame.isn.1.unwrap_or(0))));
    }
    info.push_str(&format!(" Len={data} Win={} {} → {}", segment.window, segment.source, segment.destination));
    let mut label = names.join(" ");
    if data > 0 {
        label = format!("{label} {data} B");
    }
    Words { protocol: Protocol::Tcp, label, info }
}

/// The names of the control bits that are set, in the order that Wireshark writes them.
pub fn flag_names(flags: tcp::Flags) -> Vec<&'static str> {
    [
        (tcp::Flags::FIN, "FIN"),
        (tcp::Flags::SYN, "SYN"),
        (tcp::Flags::RST, "RST"),
        (tcp::Flags::PSH, "PSH"),
        (tcp::Flags::ACK, "ACK"),
        (tcp::Flags::URG, "URG"),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.has(*flag))
    .map(|(_, name)| name)
    .collect()
}

/// A hardware address as `02:00:00:00:00:0f`.
pub fn mac(address: [u8; 6]) -> String {
    address.map(|byte| format!("{byte:02x}")).join(":")
}
