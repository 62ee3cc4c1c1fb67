//! `run` lines: built-in programs with their arguments, read and written.
//!
//! Absent on purpose: what the programs do ([`crate::app`]).

use core::net::{IpAddr, Ipv4Addr};
use core::ops::RangeInclusive;
use core::time::Duration;
use std::sync::Arc;

use crate::app::{Builtin, Pool};
use crate::scenario::Node;
use crate::wire::dns;

use super::cursor::{Cursor, shortened};
use super::node::interface_named;
use super::quote::Name;
use super::value::Span;
use super::{Mistake, Wrong};

/// Writing to a text cannot fail.
macro_rules! add {
    ($text:expr, $($rest:tt)*) => { $text.push_str(&format!($($rest)*)) };
}

const DEFAULT_LEASE: u32 = 3600;
const DEFAULT_TTL: u32 = 3600;
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_COUNT: u16 = 3;
/// What `ping` sends when nobody says otherwise.
const DEFAULT_SIZE: u16 = 56;
/// What an IPv4 packet holds beside the headers of IP and ICMP (RFC 791, RFC 792).
const LARGEST_SIZE: u16 = 65_507;
const HTTP: u16 = 80;
const DEFAULT_ROOT: &str = "/www";

#[derive(Clone, Copy)]
enum Which {
    DnsServer,
    DhcpServer,
    DhcpClient,
    Lookup,
    HttpServer,
    HttpGet,
    Ping,
}

/// Reads a program and its arguments, up to `at` or the end of the line.
pub(super) fn read(line: &mut Cursor, node: &Node) -> Result<Builtin, Mistake> {
    let choices = [
        ("ping", Which::Ping),
        ("lookup", Which::Lookup),
        ("http-get", Which::HttpGet),
        ("http-server", Which::HttpServer),
        ("dns-server", Which::DnsServer),
        ("dhcp-server", Which::DhcpServer),
        ("dhcp-client", Which::DhcpClient),
    ];
    match line
        .choice("`ping`, `lookup`, `http-get`, `http-server`, `dns-server`, `dhcp-server` or `dhcp-client`", &choices)?
    {
        Which::Ping => ping(line),
        Which::Lookup => Ok(Builtin::Lookup { name: line.name("the name to look up")?.into() }),
        Which::HttpGet => http_get(line),
        Which::HttpServer => http_server(line),
        Which::DnsServer => dns_server(line),
        Which::DhcpServer => dhcp_server(line, node),
        Which::DhcpClient => dhcp_client(line, node),
    }
}

fn is_over(line: &Cursor) -> bool {
    line.peek().is_none_or(|word| word.is("at"))
}

fn ping(line: &mut Cursor) -> Result<Builtin, Mistake> {
    #[derive(Clone, Copy)]
    enum Argument {
        Count,
        Every,
        Size,
        Ttl,
    }
    const ARGUMENTS: [(&str, Argument); 4] =
        [("count", Argument::Count), ("every", Argument::Every), ("size", Argument::Size), ("ttl", Argument::Ttl)];
    let host: Arc<str> = line.name("the host to ping")?.into();
    let (mut count, mut interval, mut size, mut ttl) = (DEFAULT_COUNT, DEFAULT_INTERVAL, DEFAULT_SIZE, None);
    while !is_over(line) {
        match line.choice("`count`, `every`, `size` or `ttl`", &ARGUMENTS)? {
            Argument::Count => count = within(line, "requests", 1..=u16::MAX)?,
            Argument::Every => interval = line.duration("time")?,
            Argument::Size => size = within(line, "bytes of data", 0..=LARGEST_SIZE)?,
            Argument::Ttl => ttl = Some(within(line, "hops", 1..=255)? as u8),
        }
    }
    Ok(Builtin::Ping { host, count, interval, size, ttl })
}

/// A number with bounds.
fn within(line: &mut Cursor, what: &str, bounds: RangeInclusive<u16>) -> Result<u16, Mistake> {
    let word = line.word(what)?;
    let number = word.name().parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (bounds.start(), bounds.end());
        let (what, found) = (super::thing(what), shortened(word.name()));
        line.wrong_before(Wrong::Bounds { what, found, least: *least, most: *most })
    })
}

fn http_get(line: &mut Cursor) -> Result<Builtin, Mistake> {
    let host: Arc<str> = line.name("the web server")?.into();
    let (mut port, mut path): (u16, Arc<str>) = (HTTP, "/".into());
    while !is_over(line) {
        if line.choice("`port` or `path`", &[("port", true), ("path", false)])? {
            port = line.number("port", "80")?;
        } else {
            path = line.name("the path")?.into();
        }
    }
    Ok(Builtin::HttpClient { host, port, path })
}

fn http_server(line: &mut Cursor) -> Result<Builtin, Mistake> {
    let (mut port, mut root): (u16, Arc<str>) = (HTTP, DEFAULT_ROOT.into());
    while !is_over(line) {
        if line.choice("`port` or `root`", &[("port", true), ("root", false)])? {
            port = line.number("port", "80")?;
        } else {
            root = line.name("the folder")?.into();
        }
    }
    Ok(Builtin::HttpServer { port, root })
}

fn dns_server(line: &mut Cursor) -> Result<Builtin, Mistake> {
    #[derive(Clone, Copy)]
    enum Argument {
        Name,
        Ttl,
        Upstream,
    }
    const ARGUMENTS: [(&str, Argument); 3] =
        [("name", Argument::Name), ("ttl", Argument::Ttl), ("upstream", Argument::Upstream)];
    let (mut names, mut ttl, mut upstream) = (Vec::new(), DEFAULT_TTL, None);
    while !is_over(line) {
        match line.choice("`name`, `ttl` or `upstream`", &ARGUMENTS)? {
            Argument::Name => {
                let text = line.name("a name")?;
                let name: dns::Name = text.parse().map_err(|error: dns::NameError| {
                    line.wrong_before(Wrong::DomainName { name: shortened(&text), why: Some(error) })
                })?;
                // What is no ASCII has a spelling of its own in DNS (RFC 5890 §2.3.2.1).
                if name.to_string().trim_end_matches('.') != text.trim_end_matches('.') {
                    return Err(line.wrong_before(Wrong::DomainName { name: shortened(&text), why: None }));
                }
                names.push((name, line.ip("address")?));
            }
            Argument::Ttl => {
                let time = line.duration("time")?;
                ttl = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
            }
            Argument::Upstream => upstream = Some(line.ip("address of a name server")?),
        }
    }
    Ok(Builtin::DnsServer { names, ttl, upstream })
}

fn ipv4(line: &mut Cursor, what: &str) -> Result<Ipv4Addr, Mistake> {
    line.quantity(what, "10.0.0.100", |text| text.parse().ok())
}

fn dhcp_server(line: &mut Cursor, node: &Node) -> Result<Builtin, Mistake> {
    #[derive(Clone, Copy)]
    enum Argument {
        Router,
        Dns,
        Lease,
    }
    const ARGUMENTS: [(&str, Argument); 3] =
        [("router", Argument::Router), ("dns", Argument::Dns), ("lease", Argument::Lease)];
    line.keyword("from")?;
    let first = ipv4(line, "first address to lease")?;
    let networks = node.interfaces.iter().flat_map(|interface| &interface.addresses);
    let own = networks.clone().find(|network| network.contains(first.into()));
    let Some((IpAddr::V4(server), prefix)) = own.map(|own| (own.ip, own.prefix)) else {
        return Err(line.wrong_before(Wrong::LeaseNetwork(first)));
    };
    line.keyword("to")?;
    let last = ipv4(line, "last address to lease")?;
    let same_network =
        networks.clone().any(|network| network.ip == IpAddr::V4(server) && network.contains(last.into()));
    if last < first || !same_network {
        return Err(line.wrong_before(Wrong::LeaseEnd { first, last }));
    }
    let (mut router, mut dns, mut lease) = (None, Vec::new(), DEFAULT_LEASE);
    while !is_over(line) {
        match line.choice("`router`, `dns` or `lease`", &ARGUMENTS)? {
            Argument::Router => router = Some(ipv4(line, "address of a router")?),
            Argument::Dns => dns.push(ipv4(line, "address of a name server")?),
            Argument::Lease => {
                let time = line.duration("time")?;
                lease = u32::try_from(time.as_secs().max(1)).unwrap_or(u32::MAX);
            }
        }
    }
    Ok(Builtin::DhcpServer(Pool { server, first, last, prefix, router, dns, lease }))
}

fn dhcp_client(line: &mut Cursor, node: &Node) -> Result<Builtin, Mistake> {
    let interface = if is_over(line) { 0 } else { interface_named(node, "an interface", line)? };
    Ok(Builtin::DhcpClient { interface: interface as u16 })
}

/// Writes a program and its arguments, without those that are as usual.
pub(super) fn write(text: &mut String, builtin: &Builtin, node: &Node) {
    text.push_str(builtin.name());
    match builtin {
        Builtin::Ping { host, count, interval, size, ttl } => {
            add!(text, " {} count {count}", Name(host));
            if *interval != DEFAULT_INTERVAL {
                add!(text, " every {}", Span(*interval));
            }
            if *size != DEFAULT_SIZE {
                add!(text, " size {size}");
            }
            if let Some(ttl) = ttl {
                add!(text, " ttl {ttl}");
            }
        }
        Builtin::DhcpServer(pool) => {
            add!(text, " from {} to {}", pool.first, pool.last);
            if let Some(router) = pool.router {
                add!(text, " router {router}");
            }
            for server in &pool.dns {
                add!(text, " dns {server}");
            }
            if pool.lease != DEFAULT_LEASE {
                add!(text, " lease {}", Span(Duration::from_secs(u64::from(pool.lease))));
            }
        }
        Builtin::DhcpClient { interface: 0 } => {}
        Builtin::DhcpClient { interface } => {
            let name = node.interfaces.get(usize::from(*interface)).map_or("", |interface| interface.name.as_str());
            add!(text, " {}", Name(name));
        }
        Builtin::Lookup { name } => add!(text, " {}", Name(name)),
        Builtin::HttpClient { host, port, path } => {
            add!(text, " {}", Name(host));
            if *port != HTTP {
                add!(text, " port {port}");
            }
            if &**path != "/" {
                add!(text, " path {}", Name(path));
            }
        }
        Builtin::HttpServer { port, root } => {
            if *port != HTTP {
                add!(text, " port {port}");
            }
            if &**root != DEFAULT_ROOT {
                add!(text, " root {}", Name(root));
            }
        }
        Builtin::DnsServer { names, ttl, upstream } => {
            for (name, address) in names {
                let name = name.to_string();
                let plain = name.strip_suffix('.').filter(|name| !name.is_empty()).unwrap_or(&name);
                add!(text, " name {} {address}", Name(plain));
            }
            if *ttl != DEFAULT_TTL {
                add!(text, " ttl {}", Span(Duration::from_secs(u64::from(*ttl))));
            }
            if let Some(upstream) = upstream {
                add!(text, " upstream {upstream}");
            }
        }
    }
}
