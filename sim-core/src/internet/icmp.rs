//! ICMP (RFC 792) and ICMPv6 (RFC 4443): echo, the errors that a node tells, and what one that it hears is about.
//!
//! Absent on purpose: the rate limit of errors (`net.ipv4.icmp_ratelimit`): a learner who counts answers shall find one
//! for each packet. Redirects are not sent.

use core::net::IpAddr;

use crate::context::Context;
use crate::errno::Errno;
use crate::layer::{Layer, Protocol};
use crate::packet::Packet;
use crate::wire::icmp::{self, TimeExceeded, Unreachable};
use crate::wire::ipv4::{self, PROTOCOL_ICMP};
use crate::wire::ipv6::{self, PROTOCOL_ICMPV6};
use crate::wire::{icmpv6, ipv6_extension};

use super::{Carriage, Internet};

/// Linux quotes as much of a packet as fits in 576 bytes (RFC 1812 §4.3.2.3).
const LONGEST_ERROR: usize = 576;
/// RFC 4443 §3.1: as much as fits in the MTU that every link has.
const LONGEST_ERROR_V6: usize = ipv6::LEAST_MTU;
/// Precedence 6, which an error has (RFC 1812 §4.3.2.5, as on Linux).
const ERROR_CLASS: u8 = 0xc0;

/// Why a packet did not get where it should, in either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// No route leads there.
    NoRoute,
    /// Its neighbour does not answer.
    NoNeighbour,
    /// Nobody listens at its port.
    NoPort,
    /// Its protocol is not known.
    NoProtocol,
    /// A filter forbids it.
    Prohibited,
    /// It is too long for a link on its way.
    TooBig {
        /// The longest packet that passes.
        mtu: usize,
    },
    /// Its time to live ran out.
    TtlExceeded,
    /// Its fragments did not all come in time.
    ReassemblyTime,
    /// A header is wrong.
    Parameter {
        /// What about it: a code of RFC 4443 §3.4.
        code: u8,
        /// Which byte of the packet.
        pointer: u32,
    },
}

impl Problem {
    /// The error of a system call that stands for it, as on Linux (`icmp_err_convert`, `tab_unreach`).
    pub(crate) fn errno(self) -> Errno {
        match self {
            Problem::NoRoute => Errno::ENETUNREACH,
            Problem::NoPort => Errno::ECONNREFUSED,
            Problem::NoProtocol => Errno::ENOPROTOOPT,
            Problem::TooBig { .. } => Errno::EMSGSIZE,
            Problem::Parameter { .. } => Errno::EPROTO,
            Problem::NoNeighbour | Problem::Prohibited | Problem::TtlExceeded | Problem::ReassemblyTime => {
                Errno::EHOSTUNREACH
            }
        }
    }

    /// The type and code of the ICMP message that tells it, in either family.
    pub(crate) fn numbers(self, v6: bool) -> (u8, u8) {
        let mut bytes = [0; icmp::HEADER];
        if v6 {
            let any = core::net::Ipv6Addr::UNSPECIFIED;
            self.v6().emit(&mut bytes, any, any);
        } else {
            self.v4().emit(&mut bytes);
        }
        (bytes[0], bytes[1])
    }

    fn v4(self) -> icmp::Repr {
        icmp::Repr::Unreachable(match self {
            Problem::NoRoute => Unreachable::Net,
            Problem::NoNeighbour => Unreachable::Host,
            Problem::NoPort => Unreachable::Port,
            Problem::NoProtocol => Unreachable::Protocol,
            Problem::Prohibited => Unreachable::Prohibited,
            // An MTU of IPv4 has 16 bits.
            Problem::TooBig { mtu } => Unreachable::FragmentationNeeded { mtu: mtu as u16 },
            Problem::TtlExceeded => return icmp::Repr::TimeExceeded(TimeExceeded::InTransit),
            Problem::ReassemblyTime => return icmp::Repr::TimeExceeded(TimeExceeded::Reassembly),
            // A pointer has 8 bits.
            Problem::Parameter { pointer, .. } => {
                return icmp::Repr::ParameterProblem { code: 0, pointer: pointer as u8 };
            }
        })
    }

    fn v6(self) -> icmpv6::Repr {
        use icmpv6::{TimeExceeded, Unreachable};
        icmpv6::Repr::Unreachable(match self {
            Problem::NoRoute => Unreachable::NoRoute,
            Problem::NoNeighbour => Unreachable::Address,
            Problem::NoPort => Unreachable::Port,
            Problem::Prohibited => Unreachable::Prohibited,
            // An MTU has 32 bits.
            Problem::TooBig { mtu } => return icmpv6::Repr::PacketTooBig { mtu: mtu as u32 },
            Problem::TtlExceeded => return icmpv6::Repr::TimeExceeded(TimeExceeded::InTransit),
            Problem::ReassemblyTime => return icmpv6::Repr::TimeExceeded(TimeExceeded::Reassembly),
            // RFC 8200 §4: the next header field of the IPv6 header is at byte 6.
            Problem::NoProtocol => return icmpv6::Repr::ParameterProblem { code: 1, pointer: 6 },
            Problem::Parameter { code, pointer } => return icmpv6::Repr::ParameterProblem { code, pointer },
        })
    }

    /// What an ICMP message tells; nothing when it is no error.
    pub(crate) fn heard(repr: &icmp::Repr) -> Option<Problem> {
        Some(match repr {
            icmp::Repr::Unreachable(why) => match why {
                Unreachable::Net | Unreachable::NetUnknown | Unreachable::NetForService => Problem::NoRoute,
                Unreachable::Protocol => Problem::NoProtocol,
                Unreachable::Port => Problem::NoPort,
                Unreachable::FragmentationNeeded { mtu } => Problem::TooBig { mtu: usize::from(*mtu) },
                Unreachable::NetProhibited | Unreachable::HostProhibited | Unreachable::Prohibited => {
                    Problem::Prohibited
                }
                _ => Problem::NoNeighbour,
            },
            icmp::Repr::TimeExceeded(TimeExceeded::InTransit) => Problem::TtlExceeded,
            icmp::Repr::TimeExceeded(TimeExceeded::Reassembly) => Problem::ReassemblyTime,
            icmp::Repr::ParameterProblem { code, pointer } => {
                Problem::Parameter { code: *code, pointer: u32::from(*pointer) }
            }
            _ => return None,
        })
    }

    /// What an ICMPv6 message tells; nothing when it is no error.
    pub(crate) fn heard_v6(repr: &icmpv6::Repr) -> Option<Problem> {
        use icmpv6::{TimeExceeded, Unreachable};
        Some(match repr {
            icmpv6::Repr::Unreachable(why) => match why {
                Unreachable::NoRoute => Problem::NoRoute,
                Unreachable::Port => Problem::NoPort,
                Unreachable::Prohibited => Problem::Prohibited,
                _ => Problem::NoNeighbour,
            },
            icmpv6::Repr::PacketTooBig { mtu } => Problem::TooBig { mtu: usize::try_from(*mtu).unwrap_or(usize::MAX) },
            icmpv6::Repr::TimeExceeded(TimeExceeded::InTransit) => Problem::TtlExceeded,
            icmpv6::Repr::TimeExceeded(TimeExceeded::Reassembly) => Problem::ReassemblyTime,
            icmpv6::Repr::ParameterProblem { code: 1, .. } => Problem::NoProtocol,
            icmpv6::Repr::ParameterProblem { code, pointer } => Problem::Parameter { code: *code, pointer: *pointer },
            _ => return None,
        })
    }
}

/// What an error is about: the start of a packet of ours, as the error quotes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote<'a> {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    /// What follows its IP headers: eight bytes at least.
    pub(crate) transport: &'a [u8],
}

impl<'a> Quote<'a> {
    pub(crate) fn parse(packet: &'a [u8]) -> Option<Quote<'a>> {
        let first = packet.first()? >> 4;
        let quote = if first == 4 { Quote::parse_v4(packet)? } else { Quote::parse_v6(packet)? };
        (quote.transport.len() >= 8).then_some(quote)
    }

    fn parse_v4(packet: &'a [u8]) -> Option<Quote<'a>> {
        let (ip, header) = ipv4::Repr::parse_header(packet).ok()?;
        // Of a fragment only the first one quotes the transport's header.
        (ip.fragment_offset == 0).then_some(Quote {
            source: ip.source.into(),
            destination: ip.destination.into(),
            protocol: ip.protocol,
            transport: &packet[header..],
        })
    }

    fn parse_v6(packet: &'a [u8]) -> Option<Quote<'a>> {
        let ip = ipv6::Repr::parse_header(packet).ok()?;
        let chain = ipv6_extension::walk(&ip, packet.get(ipv6::HEADER..)?).ok()?;
        let first = chain.fragment.is_none_or(|fragment| fragment.offset == 0);
        first.then_some(Quote {
            source: ip.source.into(),
            destination: ip.destination.into(),
            protocol: chain.protocol,
            transport: chain.payload,
        })
    }
}

impl Internet {
    /// Answers an echo request from `peer` to `asked`.
    pub(crate) fn echo_reply(
        &mut self,
        (asked, peer): (IpAddr, IpAddr),
        (identifier, sequence): (u16, u16),
        data: &[u8],
        ctx: &mut Context<'_>,
    ) {
        // One who asks a group is answered from an address.
        let source = if self.is_local(asked) { Some(asked) } else { self.source_for(peer) };
        let Some(source) = source else { return };
        let mut packet = ctx.pool.take_for(data.len());
        packet.append(data.len()).copy_from_slice(data);
        match peer {
            IpAddr::V4(_) => {
                let reply = icmp::Repr::EchoReply { identifier, sequence };
                self.send_icmp((source, peer), reply, packet, ctx);
            }
            IpAddr::V6(_) => {
                let reply = icmpv6::Repr::EchoReply { identifier, sequence };
                self.send_icmpv6((source, peer), &reply, packet, ctx);
            }
        }
    }

    /// Tells the sender of a packet what became of it. `packet` starts with its IP header.
    pub(crate) fn report(&mut self, problem: Problem, packet: &[u8], ctx: &mut Context<'_>) {
        let packet = self.before_translation(packet);
        let Some((from, to)) = told_about(&packet) else { return };
        // RFC 1122 §3.2.2, RFC 4443 §2.4: no errors about errors, about groups, or to nobody. TooBig may be about a group.
        let about_many = self.is_for_many(to) && !matches!(problem, Problem::TooBig { .. });
        if about_many || from.is_unspecified() || from.is_multicast() {
            return;
        }
        let ours = self.is_local(to).then_some(to);
        let Some(source) = ours.or_else(|| self.source_for(from)) else { return };
        let addresses = (source, from);
        let (longest, headers) = match source {
            IpAddr::V4(_) => (LONGEST_ERROR, ipv4::HEADER + icmp::HEADER),
            IpAddr::V6(_) => (LONGEST_ERROR_V6, ipv6::HEADER + icmp::HEADER),
        };
        let quoted = packet.len().min(longest - headers);
        let mut error = ctx.pool.take_for(quoted);
        error.append(quoted).copy_from_slice(&packet[..quoted]);
        match source {
            IpAddr::V4(_) => self.send_icmp(addresses, problem.v4(), error, ctx),
            IpAddr::V6(_) => self.send_icmpv6(addresses, &problem.v6(), error, ctx),
        }
    }

    /// Sends an ICMP message whose data stands in the packet. The context's cause stays as it was.
    pub(crate) fn send_icmp(
        &mut self,
        (source, destination): (IpAddr, IpAddr),
        repr: icmp::Repr,
        mut packet: Packet,
        ctx: &mut Context<'_>,
    ) {
        let cause = ctx.cause;
        repr.emit(packet.prepend(icmp::HEADER));
        ctx.encapsulated(Layer::Network, Protocol::Icmp, packet.bytes(), icmp::HEADER);
        let mut carriage = Carriage::plain(source, destination, PROTOCOL_ICMP, self.next_id());
        if repr.is_error() {
            carriage.traffic_class = ERROR_CLASS;
        }
        self.send(&carriage, packet, ctx);
        ctx.cause = cause;
    }

    /// Sends an ICMPv6 message whose data stands in the packet. The context's cause stays as it was.
    pub(crate) fn send_icmpv6(
        &mut self,
        (source, destination): (IpAddr, IpAddr),
        repr: &icmpv6::Repr,
        mut packet: Packet,
        ctx: &mut Context<'_>,
    ) {
        let (IpAddr::V6(from), IpAddr::V6(to)) = (source, destination) else { return };
        let cause = ctx.cause;
        let header = repr.header_len();
        repr.emit(packet.prepend(header), from, to);
        ctx.encapsulated(Layer::Network, Protocol::Icmpv6, packet.bytes(), header);
        let carriage = Carriage::plain(source, destination, PROTOCOL_ICMPV6, self.next_id());
        self.send(&carriage, packet, ctx);
        ctx.cause = cause;
    }
}

/// The addresses of a packet that an error may be about: none of an error, nor of a fragment of IPv4 but the first
/// (RFC 1122 §3.2.2).
fn told_about(packet: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let quote = Quote::parse(packet);
    if quote.is_some_and(|quote| is_error(&quote)) {
        return None;
    }
    match ipv6::Repr::parse_header(packet) {
        // What follows an IPv6 header may be what is wrong.
        Ok(ip) => Some((ip.source.into(), ip.destination.into())),
        Err(_) => quote.map(|quote| (quote.source, quote.destination)),
    }
}

/// Whether a packet is an ICMP error itself.
fn is_error(quote: &Quote<'_>) -> bool {
    let kind = quote.transport[0];
    match quote.protocol {
        PROTOCOL_ICMP => matches!(kind, 3..=5 | 11 | 12),
        PROTOCOL_ICMPV6 => kind < 128,
        _ => false,
    }
}
