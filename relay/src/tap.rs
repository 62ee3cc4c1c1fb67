//! Capture of the relay's own connections: packets as the kernel sends and receives them, by an AF_PACKET socket for each
//! watched one. A filter in the kernel lets through exactly its protocol, its two addresses and its two ports. The
//! socket sees nothing before the filter is there: it is bound to a protocol after that, so there is no moment in between.
//!
//! Capture wants CAP_NET_RAW. Who starts the relay asks for it with `--tap`; a relay that may not says so, and why.
//!
//! Absent: everything that is not a connection of this relay, other systems than Linux, fragments after the first
//! one (they carry no ports), and IPv6 packets with extension headers, which no socket here asks for. Where an interface is made of others
//! (bonding, VLAN), a packet is seen on each.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod packet;

use crate::bind;
use crate::connect::Failure;
use crate::turn::Env;
use relay_proto::{Call, Direction, ServerMessage};
use socket2::{SockAddr, SockRef};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

/// How much of a packet is told.
const SNAP_LENGTH: usize = 2048;

/// Packets that are told before other sockets get their turn.
const TURN: usize = 16;

/// Whether sessions may capture: `--tap`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TapMode {
    /// They may not.
    #[default]
    Off,
    /// They may where the system lets the relay.
    Auto,
    /// The relay does not start where the system does not let it.
    Require,
}

/// A connection, for the filter: protocol and both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) protocol: Protocol,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
}

/// What has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp = 6,
    Udp = 17,
}

/// Whether this relay can capture; the error is the sentence that WELCOME gives.
pub(crate) fn try_out(mode: TapMode) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("Capture is not on this system: it needs Linux's packet sockets.".to_owned());
    }
    if mode == TapMode::Off {
        return Err("Start the relay with `--tap` to capture the packets of its own connections.".to_owned());
    }
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let flow = Flow { protocol: Protocol::Tcp, local: nowhere, peer: nowhere };
    match open(flow) {
        Ok(_) => Ok(()),
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
            let program = std::env::current_exe().map_or_else(|_| "PATH".to_owned(), |path| path.display().to_string());
            Err(format!(
                "The relay may not capture: it lacks CAP_NET_RAW. Allow it with `sudo setcap cap_net_raw+ep {program}` and start it again."
            ))
        }
        Err(error) => Err(format!("This system gives the relay no packet socket ({error}); check its configuration.")),
    }
}

/// One captured packet.
struct Packet {
    direction: Direction,
    link_type: u16,
    /// Since 1970, as the kernel tells it.
    time: Duration,
    /// Packets that the kernel has thrown away since the socket was opened.
    dropped: u32,
    length: usize,
    bytes: Vec<u8>,
}

/// How much a poll has told.
#[derive(PartialEq, Eq)]
pub(crate) enum Told {
    /// All that there is; the waker will say when there is more.
    Rest,
    /// A turn's worth.
    Some,
    /// What the client has room for.
    NoRoom,
}

/// The capture of one connection.
struct Tap {
    source: Source,
    /// Of the packets that the kernel has thrown away, those that the client knows of.
    told: u32,
    /// When the session began, by the calendar. Both clocks run alike, so that one look at both of them does.
    origin: Option<Duration>,
    /// The time of the packet before.
    last: u64,
}

impl Tap {
    fn start(flow: Flow) -> Result<Self, Failure> {
        let source = open(flow).and_then(|socket| Source::new(socket, flow));
        let source =
            source.map_err(|error| Failure::of_system(Call::Capture, "This connection cannot be captured", &error))?;
        Ok(Self { source, told: 0, origin: None, last: 0 })
    }

    fn poll(&mut self, number: u32, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Told {
        for _ in 0..TURN {
            // What finds no room waits in the kernel, and is counted as lost where that has none.
            if !env.out.has_room(env.task) {
                return Told::NoRoom;
            }
            match self.source.poll_packet(cx) {
                Poll::Pending => return Told::Rest,
                // An interface that went down, at most. The others go on.
                Poll::Ready(Err(error)) => tracing::debug!(%error, "a capture was interrupted"),
                Poll::Ready(Ok(None)) => {}
                Poll::Ready(Ok(Some(packet))) => self.tell(packet, number, env),
            }
        }
        Told::Some
    }

    fn tell(&mut self, packet: Packet, socket: u32, env: &mut Env<'_, '_>) {
        let Packet { direction, link_type, time, dropped, length, bytes } = packet;
        let lost = dropped.wrapping_sub(std::mem::replace(&mut self.told, dropped));
        let origin = *self.origin.get_or_insert_with(|| {
            let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
            now.saturating_sub(Duration::from_nanos(env.clock.now()))
        });
        // Two processors can stamp two packets in another order than they hand them over.
        self.last = self.last.max(time.saturating_sub(origin).as_nanos() as u64);
        let at = self.last;
        let (length, bytes) = (length as u32, bytes.into());
        env.out.send(env.task, &ServerMessage::Frame { socket, at, direction, link_type, lost, length, bytes });
    }
}

/// A client's wish to see the packets of one socket, which the session shares with a CONNECT that runs: that one knows
/// first between which addresses they will be. One task has both, so nobody ever waits for the lock.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Taps>>);

/// Attempts of one socket whose packets wait for a client that does not read. Each has a descriptor.
const MOST: usize = 8;

#[derive(Default)]
struct Taps {
    /// The last one is the connection's; the others are of attempts that failed, and not told to the end.
    taps: VecDeque<Tap>,
    flow: Option<Flow>,
    failure: Option<Failure>,
    /// Since the last poll.
    begun: bool,
}

impl Capture {
    /// Captures this connection from now on. What fails is told by the next poll, and the connection goes on.
    pub(crate) fn begin(&self, flow: io::Result<Flow>) {
        let mut taps = self.lock();
        taps.begun = true;
        let tap = match flow {
            Ok(flow) if taps.flow == Some(flow) => return,
            Ok(flow) if taps.taps.len() >= MOST => {
                taps.flow = Some(flow);
                let sentence = format!(
                    "Packets of {MOST} earlier attempts of this socket still wait to be told, so this one is not captured; read them first."
                );
                Err(Failure::new(Call::Capture, "ENOBUFS", sentence))
            }
            Ok(flow) => {
                taps.flow = Some(flow);
                Tap::start(flow)
            }
            Err(error) => Err(Failure::of_system(Call::Capture, "This socket has no addresses to capture", &error)),
        };
        match tap {
            Ok(tap) => taps.taps.push_back(tap),
            Err(failure) => taps.failure = Some(failure),
        }
    }

    /// Gives a socket that is about to connect its address, as `connect` would, and captures what will be its
    /// connection: so the first packet is seen.
    pub(crate) fn begin_before_connect(&self, socket: &SockRef<'_>, peer: SocketAddr) {
        let bound = || {
            let local = |local: SockAddr| local.as_socket().ok_or(io::ErrorKind::InvalidInput);
            let mut at = local(socket.local_addr()?)?;
            if at.port() == 0 {
                socket.bind(&bind::source_for(peer, |_| Ok(()))?.into())?;
                at = local(socket.local_addr()?)?;
            } else if at.ip().is_unspecified() {
                at.set_ip(bind::source_for(peer, |_| Ok(()))?.ip());
            }
            Ok(Flow { protocol: Protocol::Tcp, local: at, peer })
        };
        self.begin(bound());
    }

    /// Whether the connection is not known yet.
    pub(crate) fn waits(&self) -> bool {
        self.lock().flow.is_none()
    }

    /// Whether it has to be polled again to be woken.
    pub(crate) fn has_begun(&self) -> bool {
        self.lock().begun
    }

    /// Tells what was captured.
    pub(crate) fn poll(&self, number: u32, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Told {
        let mut taps = self.lock();
        taps.begun = false;
        if let Some(failure) = taps.failure.take() {
            env.out.send(env.task, &failure.message(number, env.clock.now()));
        }
        while let Some(tap) = taps.taps.front_mut() {
            match tap.poll(number, cx, env) {
                Told::Rest if taps.taps.len() > 1 => drop(taps.taps.pop_front()),
                told => return told,
            }
        }
        Told::Rest
    }

    fn lock(&self) -> MutexGuard<'_, Taps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
use packet::{Source, open};

#[cfg(not(target_os = "linux"))]
use nowhere::{Source, open};

/// Systems without packet sockets. `try_out` has said so before anything here is called.
#[cfg(not(target_os = "linux"))]
mod nowhere {
    use super::{Flow, Packet};
    use std::convert::Infallible;
    use std::io;
    use std::task::{Context, Poll};
    use std::time::{Duration, SystemTime};

    pub(super) struct Source(Infallible);

    pub(super) fn open(_: Flow) -> io::Result<Infallible> {
        Err(io::ErrorKind::Unsupported.into())
    }

    impl Source {
        pub(super) fn new(socket: Infallible, _: Flow) -> io::Result<Self> {
            Ok(Self(socket))
        }

        pub(super) fn poll_packet(&mut self, _: &mut Context<'_>) -> Poll<io::Result<Option<Packet>>> {
            match self.0 {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Capture, Flow, MOST, Protocol, TapMode, try_out};
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn attempts_that_nobody_hears_of_hold_so_many_descriptors_and_no_more() {
        if let Err(reason) = try_out(TapMode::Auto) {
            println!("skipped: {reason}");
            return;
        }
        let capture = Capture::default();
        let peer = |port: usize| (Ipv4Addr::LOCALHOST, port as u16).into();
        let flow = |port| Flow { protocol: Protocol::Udp, local: peer(9), peer: peer(port) };
        for attempt in 0..MOST {
            capture.begin(Ok(flow(1000 + attempt)));
            assert!(capture.lock().failure.is_none());
        }
        capture.begin(Ok(flow(2000)));
        let mut taps = capture.lock();
        assert_eq!(taps.taps.len(), MOST);
        assert_eq!(taps.failure.take().map(|failure| failure.errno), Some("ENOBUFS"));
    }
}
