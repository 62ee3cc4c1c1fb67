//! Programs that every network has: a name server and a resolver, a web server and a client, `ping`. Each is a small machine on
//! the sockets ([`Program`]): what it says to the network is in its packets, what it says to the learner in the lines that it prints.
//!
//! ```text
//! dhcp_server  leases addresses        dhcp_client  gets one, and keeps it
//! dns_server   answers for names, and asks another server for the rest, with a cache
//! resolver     what `getaddrinfo` does: /etc/hosts, /etc/resolv.conf, questions
//! lookup       prints what a name stands for
//! http_server  gives files of its host     http_client  fetches one and prints it
//! ping         asks for echoes
//! ```
//!
//! Absent on purpose: privileges. None of them does what a script could not.

mod dhcp_client;
mod dhcp_server;
mod dns_server;
mod http_client;
mod http_server;
mod lookup;
mod ping;
mod resolver;

use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use crate::program::{Call, Next, Program};
use crate::trace::Value;
use crate::wire::dns::Name;

pub use dhcp_server::Pool;

/// A built-in program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Leases addresses to hosts.
    DhcpServer(Pool),
    /// Gets an address for an interface of its host.
    DhcpClient {
        /// The place of the interface in its node's list.
        interface: u16,
    },
    /// Answers questions about names on port 53.
    DnsServer {
        /// Names and the addresses that they stand for.
        names: Vec<(Name, IpAddr)>,
        /// Seconds that an answer may be kept.
        ttl: u32,
        /// Who is asked for other names.
        upstream: Option<IpAddr>,
    },
    /// Looks a name up and prints the addresses.
    Lookup {
        /// Which name.
        name: Arc<str>,
    },
    /// Gives files over HTTP/1.1.
    HttpServer {
        /// At which port.
        port: u16,
        /// The folder of the host's file system that `/` stands for.
        root: Arc<str>,
    },
    /// Fetches one resource over HTTP/1.1 and prints it.
    HttpClient {
        /// Name or address of the server.
        host: Arc<str>,
        /// Its port.
        port: u16,
        /// The path, from its `/` on.
        path: Arc<str>,
    },
    /// Sends echo requests and prints what comes back.
    Ping {
        /// Name or address.
        host: Arc<str>,
        /// How many requests.
        count: u16,
        /// Time between two requests.
        interval: Duration,
        /// Bytes of data in each.
        size: u16,
        /// Routers that a request may cross.
        ttl: Option<u8>,
    },
}

impl Builtin {
    /// The program's name.
    pub fn name(&self) -> &'static str {
        match self {
            Builtin::DhcpServer(_) => "dhcp-server",
            Builtin::DhcpClient { .. } => "dhcp-client",
            Builtin::DnsServer { .. } => "dns-server",
            Builtin::Lookup { .. } => "lookup",
            Builtin::HttpServer { .. } => "http-server",
            Builtin::HttpClient { .. } => "http-get",
            Builtin::Ping { .. } => "ping",
        }
    }

    /// The host that it is told to reach, by name or address.
    pub fn target(&self) -> Option<&str> {
        match self {
            Builtin::DnsServer { .. }
            | Builtin::HttpServer { .. }
            | Builtin::DhcpServer(_)
            | Builtin::DhcpClient { .. } => None,
            Builtin::Lookup { name: host } | Builtin::HttpClient { host, .. } | Builtin::Ping { host, .. } => {
                Some(host)
            }
        }
    }

    /// The program, ready to run.
    pub fn machine(&self) -> Box<dyn Program> {
        match self.clone() {
            Builtin::DhcpServer(pool) => Box::new(dhcp_server::DhcpServer::new(pool)),
            Builtin::DhcpClient { interface } => Box::new(dhcp_client::DhcpClient::new(u32::from(interface))),
            Builtin::DnsServer { names, ttl, upstream } => Box::new(dns_server::DnsServer::new(names, ttl, upstream)),
            Builtin::Lookup { name } => Box::new(lookup::Lookup::new(&name)),
            Builtin::HttpServer { port, root } => Box::new(http_server::HttpServer::new(port, root)),
            Builtin::HttpClient { host, port, path } => Box::new(http_client::HttpClient::new(host, port, &path)),
            Builtin::Ping { host, count, interval, size, ttl } => {
                Box::new(ping::Ping::new(host, count, interval, size, ttl))
            }
        }
    }
}

/// Built-in programs have no text: every call is of line 1.
const LINE: u16 = 1;

fn call(call: Call) -> Next {
    Next::Call { line: LINE, call }
}

fn print(text: impl Into<Arc<str>>) -> Next {
    Next::print(LINE, text.into())
}

fn exit() -> Next {
    Next::exit(LINE, None)
}

/// The descriptor that a call gave.
fn descriptor(value: &Value) -> u32 {
    match value {
        Value::Descriptor(fd) => *fd,
        other => unreachable!("this call gives a descriptor, not {other:?}"),
    }
}
