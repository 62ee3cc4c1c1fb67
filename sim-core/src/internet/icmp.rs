//! What a host does with ICMP messages (RFC 1122 §3.2.2): answers echo requests, tells sockets of errors, and quotes
//! what it cannot deliver.
//!
//! Absent on purpose: the rate limit of errors, redirects, and sockets that ping (a question can be put by a frame).

use core::net::Ipv4Addr;

use crate::context::Context;
use crate::errno::Errno;
use crate::wire::icmp::{HEADER, Repr, Unreachable};
use crate::wire::ipv4;

use super::Internet;

/// Linux quotes as much of a packet as fits in 576 bytes (RFC 1812 §4.3.2.3).
const LONGEST_ERROR: usize = 576;

/// What an error is about: the start of a packet of ours, as the error quotes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote<'a> {
    pub(crate) header: ipv4::Repr,
    /// What follows its IPv4 header: eight bytes at least.
    pub(crate) transport: &'a [u8],
}

impl<'a> Quote<'a> {
    pub(crate) fn parse(packet: &'a [u8]) -> Option<Quote<'a>> {
        let (header, length) = ipv4::Repr::parse_header(packet).ok()?;
        let transport = &packet[length..];
        (transport.len() >= 8).then_some(Quote { header, transport })
    }
}

/// The error of a system call that stands for an ICMP message, as on Linux (`icmp_err_convert`).
pub(crate) fn errno(why: Unreachable) -> Errno {
    match why {
        Unreachable::Net | Unreachable::NetUnknown | Unreachable::NetProhibited | Unreachable::NetForService => {
            Errno::ENETUNREACH
        }
        // Linux has ENOPROTOOPT for the protocol; no program here can meet it.
        Unreachable::Protocol | Unreachable::Port => Errno::ECONNREFUSED,
        _ => Errno::EHOSTUNREACH,
    }
}

impl Internet {
    /// Answers an echo request that came from `peer`.
    pub(crate) fn echo_reply(
        &mut self,
        peer: Ipv4Addr,
        (identifier, sequence): (u16, u16),
        data: &[u8],
        ctx: &mut Context<'_>,
    ) {
        let mut packet = ctx.pool.take();
        packet.append(data.len()).copy_from_slice(data);
        let reply = Repr::EchoReply { identifier, sequence };
        self.send_icmp((self.address, peer), reply, packet, ctx);
    }

    /// Tells the sender of a packet that it cannot be delivered. `packet` starts with its IPv4 header.
    pub(crate) fn unreachable(&mut self, why: Unreachable, packet: &[u8], ctx: &mut Context<'_>) {
        let Some(quote) = Quote::parse(packet) else { return };
        let quoted = packet.len().min(LONGEST_ERROR - ipv4::HEADER - HEADER);
        let mut error = ctx.pool.take();
        error.append(quoted).copy_from_slice(&packet[..quoted]);
        self.send_icmp((self.address, quote.header.source), Repr::Unreachable(why), error, ctx);
    }
}
