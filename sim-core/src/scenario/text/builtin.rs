//! `run` lines: built-in programs with their arguments, read and written.
//!
//! Absent on purpose: what the programs do ([`crate::app`]).

use core::time::Duration;
use std::sync::Arc;

use crate::app::Builtin;
use crate::wire::dns;

use super::Mistake;
use super::cursor::{Cursor, shortened};
use super::quote::Name;
use super::value::Span;

/// Writing to a text cannot fail.
macro_rules! add {
    ($text:expr, $($rest:tt)*) => { $text.push_str(&format!($($rest)*)) };
}

const DEFAULT_TTL: u32 = 3600;
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_COUNT: u16 = 3;
/// What `ping` sends when nobody says otherwise.
const DEFAULT_SIZE: u16 = 56;
const HTTP: u16 = 80;
const DEFAULT_ROOT: &str = "/www";

#[derive(Clone, Copy)]
enum Which {
    DnsServer,
    Lookup,
    HttpServer,
    HttpGet,
    Ping,
}

/// Reads a program and its arguments, up to `at` or the end of the line.
pub(super) fn read(line: &mut Cursor) -> Result<Builtin, Mistake> {
    let choices = [
        ("ping", Which::Ping),
        ("lookup", Which::Lookup),
        ("http-get", Which::HttpGet),
        ("http-server", Which::HttpServer),
        ("dns-server", Which::DnsServer),
    ];
    match line.choice("`ping`, `lookup`, `http-get`, `http-server` or `dns-server`", &choices)? {
        Which::Ping => ping(line),
        Which::Lookup => Ok(Builtin::Lookup { name: line.name("the name to look up")?.into() }),
        Which::HttpGet => http_get(line),
        Which::HttpServer => http_server(line),
        Which::DnsServer => dns_server(line),
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
            Argument::Count => count = line.number("number of requests", "3")?,
            Argument::Every => interval = line.duration("time")?,
            Argument::Size => size = line.number("number of bytes", "56")?,
            Argument::Ttl => ttl = Some(line.number("number of hops", "64")?),
        }
    }
    Ok(Builtin::Ping { host, count, interval, size, ttl })
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
                    line.wrong_before(format_args!("`{}` is no domain name: {error}", shortened(&text)))
                })?;
                // What is no ASCII has a spelling of its own in DNS (RFC 5890 §2.3.2.1).
                if name.to_string().trim_end_matches('.') != text.trim_end_matches('.') {
                    let text = shortened(&text);
                    return Err(
                        line.wrong_before(format_args!("`{text}` is no domain name: write it in ASCII (`xn--…`)"))
                    );
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

/// Writes a program and its arguments, without those that are as usual.
pub(super) fn write(text: &mut String, builtin: &Builtin) {
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
