//! A frame as one line, as tcpdump writes it (sequence numbers raw, in hexadecimal).
//!
//! Absent on purpose: checking. What cannot be read is said to be so.

use core::fmt::Write as _;
use core::net::Ipv4Addr;

use crate::wire::ipv4::{PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::tcp_option::{self, TcpOption};
use crate::wire::{arp, ethernet, icmp, ipv4, tcp, udp};

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
            Ok((repr, _, payload)) => packet(&repr, payload),
            Err(error) => format!("IP, {error}"),
        },
        _ => format!("{header}, length {}", payload.len()),
    }
}

fn packet(ip: &ipv4::Repr, payload: &[u8]) -> String {
    let (source, destination) = (ip.source, ip.destination);
    let plain = format!("{source} > {destination}: ");
    if ip.fragment_offset != 0 {
        return format!("{plain}fragment, proto {}, length {}", ip.protocol, payload.len());
    }
    let with_ports = match ports(payload) {
        Some((from, to)) => format!("{source}:{from} > {destination}:{to}: "),
        None => plain.clone(),
    };
    match ip.protocol {
        PROTOCOL_TCP => with_ports + &segment(payload, source, destination),
        PROTOCOL_UDP => match udp::Repr::parse(payload, source, destination) {
            Ok((repr, _)) => format!("{with_ports}UDP, length {}", repr.payload),
            Err(error) => format!("{with_ports}UDP, {error}"),
        },
        PROTOCOL_ICMP => match icmp::Repr::parse(payload) {
            Ok((repr, _)) => format!("{plain}{repr}, length {}", payload.len()),
            Err(error) => format!("{plain}ICMP, {error}"),
        },
        protocol => format!("{plain}proto {protocol}, length {}", payload.len()),
    }
}

fn segment(bytes: &[u8], source: Ipv4Addr, destination: Ipv4Addr) -> String {
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
