//! The packet socket: opened, filtered and bound in the order that lets nothing through too early, and read.
//!
//! Absent: what the packets mean. Their addresses are looked at once, to tell the direction.

use super::{Flow, Packet, SNAP_LENGTH, filter};
use crate::reactor;
use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use relay_proto::Direction;
use socket2::{Domain, SockAddr, SockAddrStorage, Socket, Type};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{Interest, unix::AsyncFd};

/// Link types as pcap numbers them.
const LINK_ETHERNET: u16 = 1;
const LINK_IP: u16 = 101;

const ETHERNET_HEADER: usize = 14;

/// A packet socket that hears of this connection alone, from its first moment on.
pub(super) fn open(flow: Flow) -> io::Result<OwnedFd> {
    // Without a protocol it hears nothing (packet(7)).
    let socket = Socket::new(Domain::PACKET, Type::RAW, None)?;
    socket.set_nonblocking(true)?;
    socket.attach_filter(&filter::program(flow))?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    hear_everything(&socket)?;
    Ok(socket.into())
}

/// `bind()` to all protocols, on all interfaces.
#[allow(unsafe_code)]
fn hear_everything(socket: &Socket) -> io::Result<()> {
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: a sockaddr_ll is the address of this family, fits the storage, and is valid whatever its bits are.
    let link = unsafe { storage.view_as::<libc::sockaddr_ll>() };
    link.sll_family = libc::AF_PACKET as u16;
    link.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    // SAFETY: the storage holds a whole sockaddr_ll, whose family is set.
    let address = unsafe { SockAddr::new(storage, size_of::<libc::sockaddr_ll>() as libc::socklen_t) };
    socket.bind(&address)
}

/// The socket, and whose packets it hears.
pub(super) struct Source {
    socket: AsyncFd<OwnedFd>,
    flow: Flow,
}

impl Source {
    pub(super) fn new(socket: OwnedFd, flow: Flow) -> io::Result<Self> {
        Ok(Self { socket: reactor::register(socket, Interest::READABLE)?, flow })
    }

    /// The next packet; `None` for one of a link that has a header nobody here knows.
    pub(super) fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Packet>>> {
        loop {
            let mut guard = ready!(self.socket.poll_read_ready(cx))?;
            if let Ok(packet) = guard.try_io(|socket| receive(socket.get_ref(), &self.flow)) {
                return Poll::Ready(packet);
            }
        }
    }
}

fn receive(socket: &OwnedFd, flow: &Flow) -> io::Result<Option<Packet>> {
    let mut bytes = vec![0; SNAP_LENGTH];
    let mut control = cmsg_space!(TimeSpec, u32);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    // MSG_TRUNC: the length is the packet's, not the buffer's.
    let message = recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::MSG_TRUNC)?;
    let (mut time, mut dropped) = (Duration::ZERO, 0);
    for control in message.cmsgs()? {
        match control {
            ControlMessageOwned::ScmTimestampns(stamp) => time = stamp.into(),
            ControlMessageOwned::RxqOvfl(count) => dropped = count,
            _ => {}
        }
    }
    let hardware = message.address.map(|link| link.hatype());
    let length = message.bytes;
    bytes.truncate(length);
    let (link_type, network) = match hardware {
        Some(libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK) => (LINK_ETHERNET, ETHERNET_HEADER),
        Some(libc::ARPHRD_NONE) => (LINK_IP, 0),
        _ => return Ok(None),
    };
    let direction = bytes.get(network..).and_then(|packet| direction(packet, flow));
    Ok(direction.map(|direction| Packet { direction, link_type, time, dropped, length, bytes }))
}

/// Where the packet goes; nothing when it is none of the connection's. Two sockets of one machine may have the same
/// address, and then the ports tell.
fn direction(packet: &[u8], flow: &Flow) -> Option<Direction> {
    let (source, destination, header): (IpAddr, IpAddr, usize) = match packet.first()? >> 4 {
        4 => {
            let ip = |at: usize| Some(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?));
            (ip(12)?.into(), ip(16)?.into(), usize::from(packet[0] & 15) * 4)
        }
        6 => {
            let ip = |at: usize| Some(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?));
            (ip(8)?.into(), ip(24)?.into(), 40)
        }
        _ => return None,
    };
    let port = |at: usize| Some(u16::from_be_bytes(*packet.get(at..)?.first_chunk()?));
    let ends = ((source, port(header)?), (destination, port(header + 2)?));
    let (local, peer) = [flow.local, flow.peer].map(|end| (end.ip().to_canonical(), end.port())).into();
    if ends == (local, peer) {
        Some(Direction::Sent)
    } else if ends == (peer, local) {
        Some(Direction::Received)
    } else {
        None
    }
}
