//! The filter of one connection, as a program of classic BPF for the kernel (Linux: Documentation/networking/filter.rst).
//! It loads from the network header (SKF_NET_OFF), so the link before it does not matter.
//!
//! Absent: an assembler. A program is a list of comparisons, and each goes on with the next or to one label.

use super::{Flow, Protocol};
use socket2::SockFilter;
use std::net::{IpAddr, SocketAddr};

/// Offsets from here on are in the network header.
const NET: u32 = (-0x10_0000_i32).cast_unsigned();
/// And from here on, what the kernel knows of the packet (SKF_AD_OFF).
const AD: u32 = (-0x1000_i32).cast_unsigned();
const AD_PROTOCOL: u32 = AD;
const AD_PACKET_TYPE: u32 = AD + 4;
const AD_IFINDEX: u32 = AD + 8;
const AD_HARDWARE: u32 = AD + 28;

const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const LOOPBACK: u32 = libc::ARPHRD_LOOPBACK as u32;
/// PACKET_OUTGOING.
const OUTGOING: u32 = 4;

/// IPv4: the bits of the fragment's offset (RFC 791, 3.1).
const FRAGMENT_OFFSET: u32 = 0x1fff;

const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
/// A half word, X bytes further.
const LOAD_HALF_X: u16 = 0x48;
const X_IMMEDIATE: u16 = 0x01;
/// X = 4 * (byte & 15): the length of an IPv4 header.
const X_HEADER_LENGTH: u16 = 0xb1;
const IF_EQUAL: u16 = 0x15;
const IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// The program, with jumps that are not known yet.
#[derive(Default)]
struct Program {
    code: Vec<Instruction>,
}

struct Instruction {
    code: u16,
    value: u32,
    /// Where to go when the comparison holds, and when it does not. None: to the next.
    holds: Option<Label>,
    fails: Option<Label>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    /// The other direction.
    Other,
    /// Another connection's packet.
    Drop,
}

impl Program {
    fn push(&mut self, code: u16, value: u32) {
        self.code.push(Instruction { code, value, holds: None, fails: None });
    }

    /// Loads, and goes on only with this value.
    fn want(&mut self, load: u16, offset: u32, value: u32, otherwise: Label) {
        self.push(load, offset);
        self.code.push(Instruction { code: IF_EQUAL, value, holds: None, fails: Some(otherwise) });
    }

    fn finish(self, other: usize, drop: usize) -> Vec<SockFilter> {
        let distance = |from: usize, to: Option<Label>| {
            let to = match to {
                None => return 0,
                Some(Label::Other) => other,
                Some(Label::Drop) => drop,
            };
            u8::try_from(to - from - 1).expect("the program is short and jumps forward only")
        };
        let code = self.code.into_iter().enumerate();
        code.map(|(at, Instruction { code, value, holds, fails })| {
            SockFilter::new(code, distance(at, holds), distance(at, fails), value)
        })
        .collect()
    }
}

/// Lets through what goes from one end to the other, whole, and nothing else.
pub(super) fn program(flow: Flow) -> Vec<SockFilter> {
    let Flow { protocol, local, peer } = flow;
    let mut program = Program::default();
    match local.ip().to_canonical() {
        IpAddr::V4(_) => is_ipv4(protocol, &mut program),
        IpAddr::V6(_) => is_ipv6(protocol, local, &mut program),
    }
    // On loopback each packet passes twice; as with libpcap, what is received counts.
    program.push(LOAD_HALF, AD_HARDWARE);
    let skip = program.code.len();
    program.push(IF_EQUAL, LOOPBACK);
    program.push(LOAD_WORD, AD_PACKET_TYPE);
    program.code.push(Instruction { code: IF_EQUAL, value: OUTGOING, holds: Some(Label::Drop), fails: None });
    match local.ip().to_canonical() {
        IpAddr::V4(_) => program.push(X_HEADER_LENGTH, NET),
        IpAddr::V6(_) => program.push(X_IMMEDIATE, 40),
    }
    is_from(local, peer, Label::Other, &mut program);
    program.push(RETURN, u32::MAX);
    let other = program.code.len();
    is_from(peer, local, Label::Drop, &mut program);
    program.push(RETURN, u32::MAX);
    let drop = program.code.len();
    program.push(RETURN, 0);
    let mut code = program.finish(other, drop);
    // Over the two instructions that ask whether the packet leaves.
    code[skip] = SockFilter::new(IF_EQUAL, 0, 2, LOOPBACK);
    code
}

fn is_ipv4(protocol: Protocol, program: &mut Program) {
    program.want(LOAD_HALF, AD_PROTOCOL, ETHERTYPE_IPV4, Label::Drop);
    program.want(LOAD_BYTE, NET + 9, protocol as u32, Label::Drop);
    program.push(LOAD_HALF, NET + 6);
    program.code.push(Instruction { code: IF_ANY_BIT, value: FRAGMENT_OFFSET, holds: Some(Label::Drop), fails: None });
}

fn is_ipv6(protocol: Protocol, local: SocketAddr, program: &mut Program) {
    program.want(LOAD_HALF, AD_PROTOCOL, ETHERTYPE_IPV6, Label::Drop);
    program.want(LOAD_BYTE, NET + 6, protocol as u32, Label::Drop);
    // A link-local address is one of its interface alone (RFC 4007, 6).
    if let SocketAddr::V6(local) = local
        && local.scope_id() != 0
    {
        program.want(LOAD_WORD, AD_IFINDEX, local.scope_id(), Label::Drop);
    }
}

fn is_from(source: SocketAddr, destination: SocketAddr, otherwise: Label, program: &mut Program) {
    for (address, offset_v4, offset_v6) in [(source, 12, 8), (destination, 16, 24)] {
        let (offset, octets) = match address.ip().to_canonical() {
            IpAddr::V4(ip) => (offset_v4, ip.octets().to_vec()),
            IpAddr::V6(ip) => (offset_v6, ip.octets().to_vec()),
        };
        for (word, offset) in octets.chunks_exact(4).zip((NET + offset..).step_by(4)) {
            let word = word.iter().fold(0, |word, &octet| word << 8 | u32::from(octet));
            program.want(LOAD_WORD, offset, word, otherwise);
        }
    }
    program.want(LOAD_HALF_X, NET, source.port().into(), otherwise);
    program.want(LOAD_HALF_X, NET + 2, destination.port().into(), otherwise);
}
