//! CONNECT: from what the client named to an established connection. Resolve once, judge every
//! address, and connect to those very addresses: there is no second look-up to lie in.
//!
//! Absent: bytes (`stream`).

use crate::clock::Clock;
use crate::config::Limits;
use crate::errno;
use crate::fresh::Fresh;
use crate::metrics::Metrics;
use crate::policy::{Denied, Policy};
use crate::resolve::{self, LookupError, Resolver};
use crate::tap::Capture;
use crate::transport::Transport;
use crate::unix::{self, Directory};
use relay_proto::{Address, Call, Family, ServerMessage};
use socket2::{SockAddr, SockRef, Socket};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, UnixStream};

/// How long to wait before the next attempt where a server's backlog is full.
const RETRY: Duration = Duration::from_millis(5);

/// What every session shares to open sockets.
pub(crate) struct Network {
    pub(crate) policy: Policy,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) unix: Option<Arc<Directory>>,
    /// Whether packets can be captured, or why not.
    pub(crate) capture: Result<(), String>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
}

impl Network {
    /// The directory for Unix sockets, or how to get one.
    pub(crate) fn unix(&self, call: Call) -> Result<&Arc<Directory>, Failure> {
        self.unix.as_ref().ok_or_else(|| Failure::new(call, "EAFNOSUPPORT", unix::WITHOUT))
    }
}

/// A call that failed, before it has a socket's number and a time.
pub(crate) struct Failure {
    pub(crate) call: Call,
    pub(crate) errno: &'static str,
    pub(crate) sentence: String,
    /// A rule of credit was broken: RESET follows.
    pub(crate) breach: bool,
}

impl Failure {
    pub(crate) fn new(call: Call, errno: &'static str, sentence: impl Into<String>) -> Self {
        Self { call, errno, sentence: sentence.into(), breach: false }
    }

    pub(crate) fn breach(call: Call, errno: &'static str, sentence: impl Into<String>) -> Self {
        Self { breach: true, ..Self::new(call, errno, sentence) }
    }

    /// The same, told of the call that needed the one that failed.
    pub(crate) fn of(self, call: Call) -> Self {
        Self { call, ..self }
    }

    pub(crate) fn of_system(call: Call, what: &str, error: &io::Error) -> Self {
        Self::new(call, errno::name(error), format!("{what}: {error}."))
    }

    pub(crate) fn message(self, socket: u32, at: u64) -> ServerMessage<'static> {
        let Self { call, errno, sentence, breach: _ } = self;
        ServerMessage::Error { socket, at, call, errno: errno.to_owned(), sentence }
    }
}

/// An established connection.
pub(crate) struct Connection {
    pub(crate) stream: Transport,
    pub(crate) called_at: u64,
    pub(crate) at: u64,
    pub(crate) local: Address,
    pub(crate) peer: Address,
}

/// `connect()`, counted.
pub(crate) async fn connect(
    network: Arc<Network>,
    mut fresh: Fresh,
    to: Address,
    clock: Clock,
    capture: Option<Capture>,
) -> (Fresh, Result<Connection, Failure>) {
    let attempts = async {
        if fresh.family() == Family::Unix {
            return establish_unix(&network, &mut fresh, &to, clock).await;
        }
        let targets = targets(&network, Some(fresh.family()), &to).await?;
        // The first attempt uses the socket of OPEN; the kernel wants a new one for each other.
        first(|_| fresh.take(&network), &targets, &to, clock, capture.as_ref()).await
    };
    let connected = counted(&network, &to, attempts).await;
    (fresh, connected)
}

/// A host as people and programs write it: an address, or a name to look up.
pub(crate) fn literal_or_name(host: &str, port: u16) -> Address {
    match host.parse() {
        Ok(IpAddr::V4(ip)) => Address::Inet { ip, port },
        Ok(IpAddr::V6(ip)) => Address::Inet6 { ip, port, scope: 0 },
        Err(_) => Address::Name { host: host.to_owned(), port },
    }
}

/// As `connect`, for what needs no particular family: the first address that answers decides.
pub(crate) async fn dial(network: Arc<Network>, to: Address, clock: Clock) -> Result<Connection, Failure> {
    let attempts = async {
        let targets = targets(&network, None, &to).await?;
        first(any_family(&network), &targets, &to, clock, None).await
    };
    counted(&network, &to, attempts).await
}

/// A target whose addresses have been judged already.
pub(crate) struct Judged {
    to: Address,
    targets: Vec<SocketAddr>,
}

/// The first half of `dial`: what can be known before anything is sent.
pub(crate) async fn judge(network: &Network, to: Address) -> Result<Judged, Failure> {
    let targets = in_time(network, &to, targets(network, None, &to)).await?;
    Ok(Judged { to, targets })
}

/// The second half of `dial`.
pub(crate) async fn dial_judged(network: Arc<Network>, judged: Judged, clock: Clock) -> Result<Connection, Failure> {
    let Judged { to, targets } = judged;
    counted(&network, &to, first(any_family(&network), &targets, &to, clock, None)).await
}

/// A new socket of the target's family.
fn any_family(network: &Network) -> impl Fn(SocketAddr) -> Result<Socket, Failure> {
    |target| {
        let family = if target.is_ipv4() { Family::Inet } else { Family::Inet6 };
        Fresh::open(family, network)?.take(network)
    }
}

async fn counted(
    network: &Network,
    to: &Address,
    attempts: impl Future<Output = Result<Connection, Failure>>,
) -> Result<Connection, Failure> {
    let began = Instant::now();
    let connected = in_time(network, to, attempts).await;
    let outcome = connected.as_ref().map(|_| ()).map_err(|failure| failure.errno);
    network.metrics.called("connect", began.elapsed(), outcome);
    connected
}

async fn in_time<T>(
    network: &Network,
    to: &Address,
    attempts: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let limit = network.limits.connect_time;
    tokio::time::timeout(limit, attempts).await.unwrap_or_else(|_| {
        let seconds = limit.as_secs_f32();
        let sentence = format!(
            "{to} did not answer within {seconds} s; start the relay with a longer `--max-connect-time` to wait more."
        );
        Err(Failure::new(Call::Connect, "ETIMEDOUT", sentence))
    })
}

/// The first target that answers, each tried with a socket of its own.
async fn first(
    mut socket: impl FnMut(SocketAddr) -> Result<Socket, Failure>,
    targets: &[SocketAddr],
    to: &Address,
    clock: Clock,
    capture: Option<&Capture>,
) -> Result<Connection, Failure> {
    let mut last = None;
    for &target in targets {
        let socket = socket(target).map_err(|failure| failure.of(Call::Connect))?;
        if let Some(capture) = capture {
            capture.begin_before_connect(&SockRef::from(&socket), target);
        }
        match establish(socket, target, clock).await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = Some((target, error)),
        }
    }
    let (target, error) = last.expect("a target was judged, so one was tried");
    Err(not_connected(to, &target.to_string(), &error))
}

async fn establish(socket: Socket, target: SocketAddr, clock: Clock) -> io::Result<Connection> {
    let called_at = clock.now();
    let stream = TcpSocket::from_std_stream(socket.into()).connect(target).await?;
    let at = clock.now();
    let (local, peer) = (stream.local_addr()?.into(), stream.peer_addr()?.into());
    Ok(Connection { stream: Transport::Tcp(stream), called_at, at, local, peer })
}

/// A path is resolved once, in its directory. There is one attempt with the socket of OPEN, which stays what it was when
/// it fails.
async fn establish_unix(
    network: &Network,
    fresh: &mut Fresh,
    to: &Address,
    clock: Clock,
) -> Result<Connection, Failure> {
    let Address::Unix { path } = to else {
        return Err(wrong_family(Family::Unix, to));
    };
    let held = network.unix(Call::Connect)?.connect_path(Call::Connect, path)?;
    let failed = |error| not_connected(to, &to.to_string(), &error);
    let target = SockAddr::unix(held.path()).map_err(failed)?;
    let called_at = clock.now();
    loop {
        let connected = fresh.socket(network).map_err(|failure| failure.of(Call::Connect))?.connect(&target);
        match connected {
            Ok(()) => break,
            // The backlog is full. The kernel has nothing to wait for it with (unix_stream_connect).
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => tokio::time::sleep(RETRY).await,
            Err(error) => return Err(failed(error)),
        }
    }
    let (at, local) = (clock.now(), fresh.file());
    let socket = fresh.take(network)?;
    let stream = UnixStream::from_std(OwnedFd::from(socket).into()).map_err(failed)?;
    let stream = Transport::Unix { stream, _file: fresh.take_file() };
    Ok(Connection { stream, called_at, at, local, peer: to.clone() })
}

fn not_connected(to: &Address, target: &str, error: &io::Error) -> Failure {
    let target = match to {
        Address::Name { .. } => format!("{to} at {target}"),
        _ => target.to_owned(),
    };
    let errno = errno::name(error);
    let advice = match errno {
        "ECONNREFUSED" => "start a server there, or check the port",
        "EHOSTUNREACH" | "ENETUNREACH" | "ETIMEDOUT" => "check the address and the network on the way",
        "EADDRNOTAVAIL" | "EMFILE" | "ENFILE" => "close some connections first",
        _ => "check the address",
    };
    Failure::new(Call::Connect, errno, format!("Cannot connect to {target} ({error}); {advice}."))
}

/// The addresses to try, every one of them judged. One that is forbidden forbids the name: an
/// answer that mixes both is what a rebinding name looks like.
pub(crate) async fn targets(
    network: &Network,
    family: Option<Family>,
    to: &Address,
) -> Result<Vec<SocketAddr>, Failure> {
    let (name, port, mut addresses) = match to {
        Address::Name { host, port } => {
            let found = resolve::lookup(&*network.resolver, host).await;
            let found =
                found.map_err(|LookupError { errno, sentence }| Failure::new(Call::GetAddrInfo, errno, sentence))?;
            (Some(host.as_str()), *port, found)
        }
        Address::Inet { ip, port } => (None, *port, vec![SocketAddr::from((*ip, *port))]),
        Address::Inet6 { port, .. } => (None, *port, to.to_socket_addr().into_iter().collect()),
        Address::Unix { .. } => {
            let sentence = format!("{to} is a path; open a Unix socket for it.");
            return Err(Failure::new(Call::Connect, "EAFNOSUPPORT", sentence));
        }
    };
    if port == 0 {
        let sentence = format!("Nothing can listen on port 0 of {to}; name a port from 1 to 65535.");
        return Err(Failure::new(Call::Connect, "EADDRNOTAVAIL", sentence));
    }
    if let Some(family) = family {
        addresses.retain(|address| address.is_ipv4() == (family == Family::Inet));
        if addresses.is_empty() {
            return Err(wrong_family(family, to));
        }
    }
    let judged = addresses.into_iter().map(|mut address| {
        address.set_port(port);
        network.policy.judge(name, address).map_err(|denied| refusal(to, &denied))
    });
    judged.collect()
}

fn wrong_family(family: Family, to: &Address) -> Failure {
    let (this, other) = match family {
        Family::Inet => ("IPv4", "AF_INET6"),
        Family::Inet6 => ("IPv6", "AF_INET"),
        Family::Unix => ("Unix", "AF_INET"),
    };
    let sentence = format!("{to} has no {this} address; open a socket of the family {other} for it.");
    match to {
        Address::Name { .. } => Failure::new(Call::GetAddrInfo, "EAI_NONAME", sentence),
        _ => Failure::new(Call::Connect, "EAFNOSUPPORT", sentence),
    }
}

pub(crate) fn refusal(to: &Address, denied: &Denied) -> Failure {
    let sentence = match denied {
        Denied::OwnPort => {
            format!("The target {to} is the relay's own port, which no flag allows.")
        }
        Denied::ByRule(rule) => {
            format!("The target {to} is refused by `--deny {rule}`; start the relay without that flag to allow it.")
        }
        Denied::NotAllowed(address) if matches!(to, Address::Name { .. }) => format!(
            "The target {to} resolves to {address}, which is not allowed; start the relay with `--allow {to}` or `--allow {address}` to allow it."
        ),
        Denied::NotAllowed(address) => {
            format!("The target {to} is not allowed; start the relay with `--allow {address}` to allow it.")
        }
    };
    Failure::new(Call::Connect, "EACCES", sentence)
}
