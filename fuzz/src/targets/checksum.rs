//! Makes the checksums of a mutated frame right, as far as its headers can be found.
//!
//! Absent on purpose: extension headers and options: what hides behind them keeps its wrong checksum.

use std::net::{Ipv4Addr, Ipv6Addr};

use sim_core::wire::{checksum, ethernet, ipv4, ipv6};

/// Length of an IPv4 header without options.
const IPV4: usize = ipv4::HEADER;

pub(super) fn mend(frame: &mut [u8]) {
    let Some((link, packet)) = frame.split_at_mut_checked(ethernet::HEADER) else { return };
    match u16::from_be_bytes([link[12], link[13]]) {
        ethernet::TYPE_IPV4 if packet.len() >= IPV4 => mend_ipv4(packet),
        ethernet::TYPE_IPV6 if packet.len() >= ipv6::HEADER => mend_ipv6(packet),
        _ => {}
    }
}

fn mend_ipv4(packet: &mut [u8]) {
    let header = (usize::from(packet[0] & 15) * 4).clamp(IPV4, packet.len());
    packet[0] = 0x40 | (header / 4) as u8;
    put(&mut packet[..header], 10, checksum::internet);
    let total = usize::from(u16::from_be_bytes([packet[2], packet[3]])).clamp(header, packet.len());
    let (head, payload) = packet[..total].split_at_mut(header);
    let address = |at: usize| Ipv4Addr::new(head[at], head[at + 1], head[at + 2], head[at + 3]);
    let (source, destination, protocol) = (address(12), address(16), head[9]);
    match protocol {
        ipv4::PROTOCOL_ICMP | ipv4::PROTOCOL_IGMP => put(payload, 2, checksum::internet),
        _ => mend_transport(protocol, payload, |payload| {
            checksum::with_pseudo_header(source, destination, protocol, payload)
        }),
    }
}

fn mend_ipv6(packet: &mut [u8]) {
    packet[0] = 0x60 | packet[0] & 15;
    let payload = usize::from(u16::from_be_bytes([packet[4], packet[5]])).min(packet.len() - ipv6::HEADER);
    let (head, rest) = packet.split_at_mut(ipv6::HEADER);
    let address = |at: usize| {
        let mut octets = [0; 16];
        octets.copy_from_slice(&head[at..at + 16]);
        Ipv6Addr::from(octets)
    };
    let (source, destination, protocol) = (address(8), address(24), head[6]);
    let sum = |payload: &[u8]| checksum::with_pseudo_header(source, destination, protocol, payload);
    match protocol {
        ipv6::PROTOCOL_ICMPV6 => put(&mut rest[..payload], 2, sum),
        _ => mend_transport(protocol, &mut rest[..payload], sum),
    }
}

fn mend_transport(protocol: u8, payload: &mut [u8], sum: impl Fn(&[u8]) -> u16) {
    match protocol {
        ipv4::PROTOCOL_TCP => put(payload, 16, sum),
        ipv4::PROTOCOL_UDP => put(payload, 6, sum),
        _ => {}
    }
}

fn put(bytes: &mut [u8], at: usize, sum: impl Fn(&[u8]) -> u16) {
    if bytes.len() < at + 2 {
        return;
    }
    bytes[at..at + 2].fill(0);
    let right = sum(bytes);
    bytes[at..at + 2].copy_from_slice(&right.to_be_bytes());
}
