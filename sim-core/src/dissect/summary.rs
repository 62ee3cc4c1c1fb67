//! A frame as one line, as tcpdump writes it (sequence numbers raw, in hexadecimal).
//!
//! Absent on purpose: checking. What cannot be read is said to be so.

use core::fmt::Write as _;
use core::net::{IpAddr, SocketAddr};

use crate::wire::ipv4::{PROTOCOL_ICMP, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::ipv6::PROTOCOL_ICMPV6;
use crate::wire::ipv6_extension::{self, Refusal};
use crate::wire::tcp_option::{self, TcpOption};
use crate::wire::{arp, dhcp, dns, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp};

use super::transport::ports;

/// The frame as one line, such as
/// `10.0.2.15:49152 > 10.0.2.2:8898: Flags [S], seq 0x01020304, win 64240, options [mss 1460,…], length 0`.
pub fn summary(frame: &[u8]) -> String {
    let Ok((header, payload)) = ethernet::Repr::parse(frame) else {
        return format!("malformed Ethernet, length {}", frame.len());
    };
    match header.ethertype {
        ethernet::TYPE_ARP => match arp::Repr::parse(payload) {
            Ok(repr) => repr.to_string(),
            Err(error) => format!("ARP, {error}"),
        },
        ethernet::TYPE_IPV4 => match ipv4::Repr::parse(payload) {
            Ok((repr, _, payload)) => ipv4_packet(&repr, payload),
            Err(error) => format!("IP, {error}"),
        },
        ethernet::TYPE_IPV6 => match ipv6::Repr::parse(payload) {
            Ok((repr, payload)) => ipv6_packet(&repr, payload),
            Err(error) => format!("IP6, {error}"),
        },
        _ => format!("{header}, length {}", payload.len()),
    }
}

fn ipv4_packet(ip: &ipv4::Repr, payload: &[u8]) -> String {
    let plain = format!("{} > {}: ", ip.source, ip.destination);
    if ip.fragment_offset != 0 {
        return format!("{plain}fragment, proto {}, length {}", ip.protocol, payload.len());
    }
    match ip.protocol {
        PROTOCOL_ICMP => match icmp::Repr::parse(payload) {
            Ok((repr, _)) => format!("{plain}{repr}, length {}", payload.len()),
            Err(error) => format!("{plain}ICMP, {error}"),
        },
        PROTOCOL_IGMP => match igmp::Repr::parse(payload) {
            Ok(repr) => format!("{plain}{repr}"),
            Err(error) => format!("{plain}igmp, {error}"),
        },
        protocol => carried(ip.source.into(), ip.destination.into(), protocol, payload),
    }
}

fn ipv6_packet(ip: &ipv6::Repr, rest: &[u8]) -> String {
    let plain = format!("{} > {}: ", ip.source, ip.destination);
    let chain = match ipv6_extension::walk(ip, rest) {
        Ok(chain) => chain,
        Err(Refusal::Illegal(error)) => return format!("{plain}IP6, {error}"),
        Err(Refusal::Silent | Refusal::Problem { .. }) => return format!("{plain}IP6, unsupported value"),
    };
    if let Some(fragment) = chain.fragment.filter(|fragment| fragment.offset != 0) {
        return format!("{plain}{fragment}, proto {}, length {}", chain.protocol, chain.payload.len());
    }
    match chain.protocol {
        PROTOCOL_ICMPV6 => match icmpv6::Repr::parse(chain.payload, ip.source, ip.destination) {
            Ok((repr, _)) => format!("{plain}{repr}, length {}", chain.payload.len()),
            Err(error) => format!("{plain}ICMP6, {error}"),
        },
        protocol => carried(ip.source.into(), ip.destination.into(), protocol, chain.payload),
    }
}

/// What both versions carry.
fn carried(source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8]) -> String {
    let plain = format!("{source} > {destination}: ");
    let with_ports = || match ports(payload) {
        Some((from, to)) => format!("{} > {}: ", SocketAddr::new(source, from), SocketAddr::new(destination, to)),
        None => plain.clone(),
    };
    match protocol {
        PROTOCOL_TCP => with_ports() + &segment(payload, source, destination),
        PROTOCOL_UDP => with_ports() + &datagram(payload, source, destination),
        protocol => format!("{plain}proto {protocol}, length {}", payload.len()),
    }
}

fn datagram(bytes: &[u8], source: IpAddr, destination: IpAddr) -> String {
    let (repr, payload) = match udp::Repr::parse(bytes, source, destination) {
        Ok(parsed) => parsed,
        Err(error) => return format!("UDP, {error}"),
    };
    match (repr.source, repr.destination) {
        (dhcp::SERVER_PORT | dhcp::CLIENT_PORT, _) | (_, dhcp::SERVER_PORT | dhcp::CLIENT_PORT) => {
            match dhcp::Repr::parse(payload) {
                Ok(message) => format!("{message}, length {}", repr.payload),
                Err(_) => format!("UDP, length {}", repr.payload),
            }
        }
        (dns::PORT | dns::MULTICAST_PORT, _) | (_, dns::PORT | dns::MULTICAST_PORT) => {
            match dns::Message::parse(payload) {
                Ok(message) => format!("{message} ({})", repr.payload),
                Err(_) => format!("UDP, length {}", repr.payload),
            }
        }
        _ => format!("UDP, length {}", repr.payload),
    }
}

fn segment(bytes: &[u8], source: IpAddr, destination: IpAddr) -> String {
    let (repr, header, payload) = match tcp::Repr::parse(bytes, source, destination) {
        Ok(parsed) => parsed,
        Err(error) => return format!("TCP, {error}"),
    };
    let mut line = repr.to_string();
    let mut options = &bytes[tcp::HEADER..header];
    let mut separator = ", options [";
    while let Ok((option, length)) = tcp_option::next(options) {
        // Writing to a string cannot fail.
        let _ = write!(line, "{separator}{option}");
        separator = ",";
        options = &options[length..];
        if option == TcpOption::End {
            break;
        }
    }
    if header > tcp::HEADER {
        line.push(']');
    }
    let _ = write!(line, ", length {}", payload.len());
    line
}
