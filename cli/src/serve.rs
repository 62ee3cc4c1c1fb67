//! `sockscope serve`: flags to a `relay::Config`, a bound listener, signals, and one line on stdout.
//!
//! Absent: the limits' defaults. They are `relay::Limits::default`, and `--help` shows them from there.

use crate::{browser, descriptors, port, secret, signal};
use clap::{Args, ValueEnum, value_parser};
use relay::{BindRule, Config, Limits, Origin, Rule, TapMode, Token, UnixDirectory};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const EXAMPLES: &str = "\
Examples:
  sockscope serve                                     the page and this machine's own servers
  sockscope serve --open                              the same, and open a browser
  sockscope serve --listen 127.0.0.1:0                any free port
  sockscope serve --allow example.com:443             one server beyond this machine
  sockscope serve --allow 10.0.0.0/8:80-443 --deny 10.0.0.1
  sockscope serve --allow-bind 192.168.1.5:8000-8999  servers of clients that other machines can reach
  sockscope serve --listen 0.0.0.0:7878 --origin https://lab.example --token-file /etc/sockscope/token
                                                      behind a proxy that serves https://lab.example

What it serves:
  /                 the page
  /lab              sockscope.v1, the page's protocol (relay/PROTOCOL.md)
  /wisp/            Wisp v1, for wisp-js, v86 and the like (relay/DOORS.md, as all that follow)
  /tcp/HOST:PORT    one TCP connection, for noVNC and other clients of websockify
  /echo             frames as they came, with --echo
  /healthz          ok, for a proxy
  /metrics          counts, for Prometheus

Everything but the page and /healthz asks for the token, and every WebSocket for a known Host and Origin as well.
The line on stdout is the address to open. Its token lets whoever has it use the relay.
For a class, docs/class.md says how to run it.";

/// Serve the page, and relay its sockets to real ones
///
/// A session is one WebSocket, and its sockets are real ones of this machine. Nobody gets one without the token; with it, they
/// reach this machine's own loopback servers and nothing else, unless you allow more. All that a session can hold is bounded.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878", value_parser = listen_address)]
    listen: SocketAddr,

    /// Open the page in a browser
    #[arg(long)]
    open: bool,

    /// Also serve `/echo`, a WebSocket that returns frames as they came: for conformance suites and lessons
    #[arg(long)]
    echo: bool,

    /// What to log on stderr: off, error, warn, info, debug or trace, or as RUST_LOG [default: RUST_LOG, or info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<Targets>,

    /// Threads that connections are spread over [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    #[command(flatten)]
    callers: Callers,

    #[command(flatten)]
    reach: Reach,

    #[command(flatten)]
    bounds: Bounds,
}

#[derive(Args)]
#[command(next_help_heading = "Who may use it")]
struct Callers {
    /// Use this token (16 to 128 letters, digits, `-`, `_`) and not a random one
    #[arg(long, value_name = "TOKEN")]
    token: Option<Token>,

    /// Use the token in this file. It is then not printed, and stands in no list of processes
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,

    /// Also accept the token in this file, for /metrics only
    #[arg(long, value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,

    /// Also accept this origin and its host, such as `https://lab.example`
    #[arg(long, value_name = "ORIGIN")]
    origin: Vec<Origin>,
}

#[derive(Args)]
#[command(next_help_heading = "What they may reach (--deny wins)")]
struct Reach {
    /// Also allow this target beyond loopback: address, CIDR or name, maybe with :PORT or :FROM-TO
    #[arg(long, value_name = "RULE")]
    allow: Vec<Rule>,

    /// Refuse this target, whatever allows it
    #[arg(long, value_name = "RULE")]
    deny: Vec<Rule>,

    /// Also let sockets be bound to this address of this machine: address or CIDR, maybe with :PORT or :FROM-TO (a port
    /// below 1024 only when it is named). Loopback is allowed; 0.0.0.0 and :: are all interfaces
    #[arg(long, value_name = "RULE")]
    allow_bind: Vec<BindRule>,

    /// Let sessions reach the Unix sockets in this directory, which is made (for its owner alone) where there is none
    #[arg(long, value_name = "DIR")]
    unix_dir: Option<PathBuf>,

    /// Let sessions capture the packets of their own connections, which takes CAP_NET_RAW: `auto` where the relay has it, `require` or do not start
    #[arg(long, value_name = "MODE", value_enum, default_value = "off", default_missing_value = "auto", num_args = 0..=1, require_equals = true)]
    tap: Tap,
}

impl Callers {
    /// The token, and whether somebody else keeps it.
    fn token(&self) -> Result<(Token, bool), String> {
        match (&self.token, &self.token_file) {
            (Some(token), _) => Ok((token.clone(), false)),
            (None, Some(path)) => Ok((secret::read(path)?, true)),
            (None, None) => Token::random().map(|token| (token, false)).map_err(|error| {
                format!("the system gives no random bytes for a token ({error}); choose one with --token")
            }),
        }
    }

    fn metrics_token(&self) -> Result<Option<Token>, String> {
        self.metrics_token_file.as_deref().map(secret::read).transpose()
    }
}

/// `relay::TapMode`, as people write it.
#[derive(Clone, Copy, ValueEnum)]
enum Tap {
    Off,
    Auto,
    Require,
}

impl From<Tap> for TapMode {
    fn from(tap: Tap) -> Self {
        match tap {
            Tap::Off => Self::Off,
            Tap::Auto => Self::Auto,
            Tap::Require => Self::Require,
        }
    }
}

/// One flag for each field of `Limits`.
#[derive(Args)]
#[command(next_help_heading = "Bounds")]
struct Bounds {
    /// Sessions at one time
    #[arg(long, value_name = "N", default_value_t = defaults().sessions as u32, value_parser = value_parser!(u32).range(1..))]
    max_sessions: u32,

    /// Connections that are not sessions, at one time
    #[arg(long, value_name = "N", default_value_t = defaults().connections as u32, value_parser = value_parser!(u32).range(1..))]
    max_connections: u32,

    /// Sockets of one session at one time
    #[arg(long, value_name = "N", default_value_t = defaults().sockets, value_parser = value_parser!(u32).range(1..))]
    max_sockets: u32,

    /// OPEN, CONNECT and LOOKUP messages, and accepted connections, of one session in one second
    #[arg(long, value_name = "N", default_value_t = defaults().opens_per_second, value_parser = value_parser!(u32).range(1..))]
    max_opens_per_second: u32,

    /// Listening sockets of one session at one time
    #[arg(long, value_name = "N", default_value_t = defaults().listeners, value_parser = value_parser!(u32).range(1..))]
    max_listeners: u32,

    /// Connections that may wait in the kernel for one listening socket
    #[arg(long, value_name = "N", default_value_t = defaults().backlog, value_parser = value_parser!(u32).range(1..=65_535))]
    max_backlog: u32,

    /// Name look-ups at one time
    #[arg(long, value_name = "N", default_value_t = defaults().lookups as u32, value_parser = value_parser!(u32).range(1..))]
    max_lookups: u32,

    /// Bytes of one WebSocket message
    #[arg(long, value_name = "BYTES", default_value_t = defaults().message_bytes, value_parser = value_parser!(u32).range(1024..))]
    max_message_bytes: u32,

    /// Bytes in flight from the client to one socket
    #[arg(long, value_name = "BYTES", default_value_t = defaults().credit, value_parser = value_parser!(u32).range(1..))]
    max_credit_bytes: u32,

    /// Bytes that wait for a client that does not read
    #[arg(long, value_name = "BYTES", default_value_t = defaults().queue_bytes, value_parser = value_parser!(u32).range(4096..))]
    max_queue_bytes: u32,

    /// Packets in flight from a Wisp client to one TCP stream
    #[arg(long, value_name = "N", default_value_t = defaults().wisp_packets, value_parser = value_parser!(u32).range(1..=65536))]
    max_wisp_packets: u32,

    /// Bytes that wait for all the sockets of one Wisp session
    #[arg(long, value_name = "BYTES", default_value_t = defaults().wisp_bytes, value_parser = value_parser!(u32).range(1024..))]
    max_wisp_bytes: u32,

    /// Seconds for the head of a request
    #[arg(long, value_name = "SECONDS", default_value_t = seconds_of(defaults().handshake_time), value_parser = seconds)]
    max_handshake_time: f64,

    /// Seconds that a client may be silent, pings included
    #[arg(long, value_name = "SECONDS", default_value_t = seconds_of(defaults().idle_time), value_parser = seconds)]
    max_idle_time: f64,

    /// Seconds for one CONNECT or LOOKUP
    #[arg(long, value_name = "SECONDS", default_value_t = seconds_of(defaults().connect_time), value_parser = seconds)]
    max_connect_time: f64,

    /// Seconds to deliver what is queued when a session ends, and as many to say goodbye
    #[arg(long, value_name = "SECONDS", default_value_t = seconds_of(defaults().grace_time), value_parser = seconds)]
    max_grace_time: f64,
}

fn defaults() -> Limits {
    Limits::default()
}

fn seconds_of(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("write seconds from 0.001 to 86400, such as 30 or 0.5".to_owned()),
    }
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let advice = "write an address and a port, such as 127.0.0.1:7878, [::1]:7878 or 127.0.0.1:0";
    text.parse().map_err(|_| advice.to_owned())
}

impl Bounds {
    fn limits(&self) -> Limits {
        Limits {
            sessions: self.max_sessions as usize,
            connections: self.max_connections as usize,
            sockets: self.max_sockets,
            opens_per_second: self.max_opens_per_second,
            listeners: self.max_listeners,
            backlog: self.max_backlog,
            lookups: self.max_lookups as usize,
            message_bytes: self.max_message_bytes,
            credit: self.max_credit_bytes,
            queue_bytes: self.max_queue_bytes,
            wisp_packets: self.max_wisp_packets,
            wisp_bytes: self.max_wisp_bytes,
            handshake_time: Duration::from_secs_f64(self.max_handshake_time),
            idle_time: Duration::from_secs_f64(self.max_idle_time),
            connect_time: Duration::from_secs_f64(self.max_connect_time),
            grace_time: Duration::from_secs_f64(self.max_grace_time),
        }
    }
}

impl Bounds {
    /// Warns when the system may refuse what the bounds allow: one session could then leave none for the others.
    fn fit(&self, descriptors: Option<u64>) {
        let sockets = u64::from(self.max_sessions) * (u64::from(self.max_sockets) + 1);
        let most = sockets + u64::from(self.max_connections);
        if let Some(allowed) = descriptors.filter(|allowed| *allowed < most) {
            tracing::warn!(
                "the bounds allow {most} sockets at one time and the system {allowed}; lower --max-sessions or --max-sockets, or raise `ulimit -n`"
            );
        }
    }
}

impl Serve {
    /// Serves until a signal; the error is the sentence to print.
    pub(crate) fn run(self) -> Result<(), String> {
        self.start_log()?;
        // It only accepts: the relay has a thread for each processor.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start the relay: {error}"))?;
        let result = runtime.block_on(self.serve());
        // A getaddrinfo that hangs must not hold the process.
        runtime.shutdown_timeout(Duration::from_millis(100));
        result
    }

    fn start_log(&self) -> Result<(), String> {
        let targets = match (&self.log, std::env::var("RUST_LOG")) {
            (Some(targets), _) => targets.clone(),
            (None, Ok(text)) => text.parse().map_err(|error| {
                format!("RUST_LOG is {text:?}, which is no filter ({error}); set it to info or unset it")
            })?,
            (None, Err(_)) => Targets::new().with_default(tracing::Level::INFO),
        };
        let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false);
        let log = log.with_ansi(io::IsTerminal::is_terminal(&io::stderr()));
        tracing_subscriber::registry().with(targets).with(log).init();
        Ok(())
    }

    async fn serve(self) -> Result<(), String> {
        let stop = signal::stop().map_err(|error| format!("cannot listen for signals: {error}"))?;
        let (token, is_kept) = self.callers.token()?;
        let metrics_token = self.callers.metrics_token()?;
        let unix = match &self.reach.unix_dir {
            Some(path) => Some(Arc::new(UnixDirectory::open(path).map_err(|error| error.to_string())?)),
            None => None,
        };
        self.bounds.fit(descriptors::raise());
        let listener =
            TcpListener::bind(self.listen).await.map_err(|error| port::cannot_listen(self.listen, &error))?;
        let address = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                "listening on {address} lets other machines reach this relay, and the token travels unencrypted; use a proxy with TLS, or listen on 127.0.0.1"
            );
        }
        let site = format!("http://{}/", shown(address));
        let page = format!("{site}#token={}", token.reveal());
        // Nobody reads it when stdout is closed, and that is no reason not to serve.
        let mut stdout = io::stdout();
        let _ = writeln!(stdout, "Sockscope: {}", if is_kept { &site } else { &page }).and_then(|()| stdout.flush());
        if self.open {
            browser::open(&page);
        }
        let mut config = Config::new(token, self.bounds.limits());
        (config.allow, config.deny, config.origins) = (self.reach.allow, self.reach.deny, self.callers.origin);
        config.metrics_token = metrics_token;
        config.echo = self.echo;
        config.unix = unix;
        config.tap = self.reach.tap.into();
        config.bind = self.reach.allow_bind;
        let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
        config.threads = self.threads.map_or_else(processors, usize::from);
        let served = relay::serve(listener, config, stop).await;
        served.map_err(|error| format!("the relay failed: {error}"))
    }
}

/// The address that a browser on this machine can open.
fn shown(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
