//! What the caller decides: the token, who may ask, which targets, and a bound for everything that
//! the relay holds. Parsing of command lines is not here; every field is a flag of `sockscope serve`.

use crate::{BindRule, Embedded, Origin, Page, Resolver, Rule, SystemResolver, TapMode, Token, UnixDirectory};
use std::sync::Arc;
use std::time::Duration;

/// Everything that [`crate::serve`] needs beside the listener.
#[derive(Clone)]
pub struct Config {
    /// The secret that opens a session.
    pub token: Token,
    /// A secret that opens `/metrics` and nothing else.
    pub metrics_token: Option<Token>,
    /// Origins that may open a session beside the relay's own page. Their hosts are accepted too.
    pub origins: Vec<Origin>,
    /// Targets beyond loopback.
    pub allow: Vec<Rule>,
    /// Targets that are refused, whatever else allows them.
    pub deny: Vec<Rule>,
    /// Where sessions may reach Unix sockets. Without it they have none.
    pub unix: Option<Arc<UnixDirectory>>,
    /// Addresses that a socket may be bound to, beyond those of loopback with ports from 1024 on.
    pub bind: Vec<BindRule>,
    /// Whether sessions may capture the packets of their connections.
    pub tap: TapMode,
    /// The bounds.
    pub limits: Limits,
    /// Threads that connections are spread over. With 0 they stay on the caller's runtime.
    pub threads: usize,
    /// Who resolves names.
    pub resolver: Arc<dyn Resolver>,
    /// The page.
    pub page: Arc<dyn Page>,
    /// Whether `/echo` is there: a WebSocket that returns frames as they came.
    pub echo: bool,
}

impl Config {
    /// The defaults: loopback targets only, the system's resolver, the embedded page.
    pub fn new(token: Token, limits: Limits) -> Self {
        Self {
            token,
            metrics_token: None,
            origins: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            unix: None,
            tap: TapMode::Off,
            bind: Vec::new(),
            resolver: Arc::new(SystemResolver::new(limits.lookups)),
            limits,
            threads: 0,
            page: Arc::new(Embedded),
            echo: false,
        }
    }
}

/// The bounds of everything that the relay holds or waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions at one time.
    pub sessions: usize,
    /// Connections that are not sessions (yet) at one time; more wait in the kernel's queue.
    pub connections: usize,
    /// Sockets and look-ups of one session at one time.
    pub sockets: u32,
    /// OPEN, CONNECT and LOOKUP messages, and accepted connections, of one session in one second, and at once.
    pub opens_per_second: u32,
    /// Listening sockets of one session at one time.
    pub listeners: u32,
    /// Connections that may wait in the kernel for one listening socket.
    pub backlog: u32,
    /// Look-ups that run at one time, in all sessions; more wait.
    pub lookups: usize,
    /// The greatest WebSocket message.
    pub message_bytes: u32,
    /// Bytes on their way from the client to one real socket.
    pub credit: u32,
    /// Bytes that wait for a client that does not read.
    pub queue_bytes: u32,
    /// Packets on their way from a Wisp client to one TCP stream.
    pub wisp_packets: u32,
    /// Bytes that wait for all the sockets of one Wisp session.
    pub wisp_bytes: u32,
    /// From a connection's first byte to the end of a request's head.
    pub handshake_time: Duration,
    /// How long a client may be silent: it is pinged after half of this, and closed after it. Also
    /// how long a connection may be used for plain HTTP, and a closed socket's peer may take nothing.
    pub idle_time: Duration,
    /// For CONNECT, the look-up included.
    pub connect_time: Duration,
    /// At the end of a session: to deliver what is queued, and again to say goodbye.
    pub grace_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 16,
            connections: 128,
            sockets: 256,
            opens_per_second: 1000,
            listeners: 16,
            backlog: 128,
            lookups: 8,
            message_bytes: 512 << 10,
            credit: 256 << 10,
            queue_bytes: 256 << 10,
            wisp_packets: 32,
            wisp_bytes: 32 << 20,
            handshake_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            connect_time: Duration::from_secs(30),
            grace_time: Duration::from_secs(5),
        }
    }
}
