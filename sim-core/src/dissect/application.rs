//! Layer 7: which protocol the bytes behind a transport's header are of, by port.
//!
//! Absent on purpose: looking at the bytes to find out. Who runs a protocol on another port sees its bytes as data.

use crate::wire::{dhcp as dhcp_wire, dns as dns_wire};

use super::reader::Reader;
use super::{dhcp, dns, http};

/// The ports of HTTP (RFC 9110 §4.2.1) and of what stands in for it.
const HTTP: [u16; 2] = [80, 8080];

/// The payload of a UDP datagram between these ports.
pub(super) fn of_udp(reader: &mut Reader<'_>, ports: [u16; 2], length: usize) {
    let any = |wanted: [u16; 2]| ports.iter().any(|port| wanted.contains(port));
    if length == 0 {
        // An empty datagram is of no protocol.
    } else if any([dhcp_wire::SERVER_PORT, dhcp_wire::CLIENT_PORT]) {
        dhcp::dhcp(reader, length);
    } else if any([dns_wire::PORT, dns_wire::MULTICAST_PORT]) {
        dns::datagram(reader, length);
    } else {
        reader.data(length);
    }
}

/// The payload of a TCP segment between these ports.
pub(super) fn of_tcp(reader: &mut Reader<'_>, ports: [u16; 2], length: usize) {
    let bytes = &reader.rest()[..length];
    if ports.contains(&dns_wire::PORT) && dns::is_whole(bytes) {
        dns::segment(reader, length);
    } else if ports.iter().any(|port| HTTP.contains(port)) && http::begins(bytes) {
        http::http(reader, length);
    } else {
        reader.data(length);
    }
}
