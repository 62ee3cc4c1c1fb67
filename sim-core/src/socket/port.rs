//! Which addresses may be bound: SO_REUSEADDR and SO_REUSEPORT as Linux has them, and ephemeral ports.
//!
//! Two sockets of one port are in each other's way when their addresses overlap, that is, when they are equal or one says
//! "any" (also across families, unless the IPv6 one is IPV6_V6ONLY). Then the second `bind` is EADDRINUSE, but for these pairs, where
//! `-` is no option, `A` SO_REUSEADDR, `P` SO_REUSEPORT, `AP` both:
//!
//! ```text
//! first \ second     -    A    P    AP
//! -                  no   no   no   no
//! A                  no   A    no   A       A: yes, unless the first is a TCP socket that listens
//! P                  no   no   yes  yes
//! AP                 no   A    yes  yes
//! ```
//!
//! `listen` asks again. A connection has the options of the socket that it was accepted from, also in TIME-WAIT: so the *old* server must
//! have set SO_REUSEADDR, too. Measured on Linux 6.18 for TCP and UDP over 12 pairs of addresses, with the first, the second, both
//! or none of the sockets listening.
//!
//! Absent on purpose: privileged ports and users (every program here is root).

use core::net::{IpAddr, SocketAddr};

use crate::errno::Errno;
use crate::random::Stream;
use crate::trace::SocketId;

use super::{Socket, Sockets, Space};

/// Linux's default `net.ipv4.ip_local_port_range`.
const EPHEMERAL: core::ops::RangeInclusive<u16> = 32_768..=60_999;

/// Which half of the ephemeral ports is tried first (`inet_csk_find_open_port`, `__inet_hash_connect`): so `connect` does not
/// use up the ports of those who bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parity {
    /// `connect` of TCP.
    Even,
    /// `bind` and `listen` of TCP.
    Odd,
    /// UDP.
    Either,
}

impl Sockets {
    /// May this socket have this address?
    pub(super) fn check_bind(&self, id: SocketId, local: SocketAddr) -> Result<(), Errno> {
        let socket = self.get(id).ok_or(Errno::EBADF)?;
        let Some(space) = socket.space() else { return Err(Errno::EINVAL) };
        let others = self.bound.get(&(space, local.port())).map(Vec::as_slice).unwrap_or_default();
        let mut others = others.iter().filter(|other| **other != id).filter_map(|other| self.get(*other));
        let conflict = others.any(|other| {
            let (mine, theirs) = (&socket.options, &other.options);
            let shared = mine.reuse_port && theirs.reuse_port;
            let reused = mine.reuse_address && theirs.reuse_address && !other.is_listening();
            overlap((local.ip(), socket), (other.local.ip(), other)) && !shared && !reused
        });
        if conflict { Err(Errno::EADDRINUSE) } else { Ok(()) }
    }

    /// A free port for a socket that did not ask for one.
    pub(super) fn ephemeral(&self, space: Space, parity: Parity, random: &mut Stream) -> Result<u16, Errno> {
        let first = *EPHEMERAL.start();
        let count = u32::from(EPHEMERAL.end() - first) + 1;
        let start = random.below(count);
        let half = count / 2;
        let port = |step: u32| {
            let offset = match parity {
                Parity::Either => start + step,
                // Every port of the one parity first, then every one of the other.
                _ => {
                    let odd = u32::from((parity == Parity::Odd) != (step >= half));
                    (start & !1) + 2 * (step % half) + odd
                }
            };
            first + (offset % count) as u16
        };
        (0..count).map(port).find(|port| !self.bound.contains_key(&(space, *port))).ok_or(match parity {
            Parity::Even => Errno::EADDRNOTAVAIL,
            _ => Errno::EADDRINUSE,
        })
    }
}

/// Whether one packet could be for both (`inet_rcv_saddr_equal`).
fn overlap((a, first): (IpAddr, &Socket), (b, second): (IpAddr, &Socket)) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
        (IpAddr::V6(a), IpAddr::V6(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
        (IpAddr::V6(a), IpAddr::V4(_)) => a.is_unspecified() && !first.options.v6_only,
        (IpAddr::V4(_), IpAddr::V6(b)) => b.is_unspecified() && !second.options.v6_only,
    }
}
