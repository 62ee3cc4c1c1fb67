//! Which ports may be bound: SO_REUSEADDR as Linux has it, and ephemeral ports.
//!
//! Absent on purpose: privileged ports (every program here is root) and SO_REUSEPORT.

use core::net::SocketAddr;

use crate::errno::Errno;
use crate::random::Stream;
use crate::trace::SocketId;

use super::Sockets;

/// Linux's default `net.ipv4.ip_local_port_range`.
const EPHEMERAL: core::ops::RangeInclusive<u16> = 32_768..=60_999;

impl Sockets {
    /// May this socket have this address? Two of one port go together when their addresses differ, or when both have
    /// SO_REUSEADDR and neither listens. A connection has the option of the socket that it was accepted from, also in
    /// TIME-WAIT: so the *old* server must have set it, too.
    pub(crate) fn check_bind(&self, id: SocketId, local: SocketAddr, listen: bool) -> Result<(), Errno> {
        let Some(socket) = self.get(id) else { return Err(Errno::EBADF) };
        let datagram = socket.is_datagram();
        let others = self.bound.get(&(datagram, local.port())).map(Vec::as_slice).unwrap_or_default();
        let conflict = others.iter().filter(|other| **other != id).filter_map(|other| self.get(*other)).any(|other| {
            let overlap =
                other.local.ip() == local.ip() || other.local.ip().is_unspecified() || local.ip().is_unspecified();
            let listens = listen || other.is_listening();
            let agreed = socket.reuse_address && other.reuse_address && (datagram || !listens);
            // Who listens meets the other's connections peacefully; only another listener is in the way then.
            let same_family = listen && !other.is_listening();
            overlap && !agreed && !same_family
        });
        if conflict { Err(Errno::EADDRINUSE) } else { Ok(()) }
    }

    /// A free port for a socket that did not ask for one. Linux gives `connect` of TCP even ones, so that those who
    /// bind have the odd ones.
    pub(crate) fn ephemeral(&self, datagram: bool, random: &mut Stream) -> Result<u16, Errno> {
        let first = *EPHEMERAL.start();
        let count = EPHEMERAL.end() - first + 1;
        let start = random.below(u32::from(count)) as u16;
        let start = if datagram { start } else { start & !1 };
        let stride = if datagram { 1 } else { 2 };
        let port = |step: u16| {
            let turn = u32::from(start) + u32::from(step) * stride;
            // Every even port first, then every odd one.
            let odd = u32::from(stride == 2 && step >= count / 2);
            first + ((turn + odd) % u32::from(count)) as u16
        };
        (0..count).map(port).find(|port| !self.bound.contains_key(&(datagram, *port))).ok_or(Errno::EADDRNOTAVAIL)
    }
}
