//! Fetches one resource (RFC 9112) and prints its status and its text.
//!
//! Absent on purpose: redirects, cookies, TLS, and printing what is no text.

use core::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::errno::Errno;
use crate::program::{Address, Call, Family, MessageFlags, Next, Program, SocketType, View};
use crate::trace::Value;

use super::resolver::{Resolver, Sought};
use super::{call, descriptor, exit, print};

const PIECE: usize = 65_536;
/// Longest answer that is taken, and number of its fields.
const LONGEST: usize = 16 << 20;
const FIELDS: usize = 64;
/// Longest text that is printed.
const SHOWN: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Resolve,
    Socket,
    Connect,
    Send,
    Receive,
    Close,
}

#[derive(Clone, Debug)]
pub(super) struct HttpClient {
    host: Arc<str>,
    port: u16,
    path: String,
    resolver: Resolver,
    state: State,
    addresses: Vec<IpAddr>,
    fd: u32,
    received: Vec<u8>,
    /// Lines that are still to be printed, the last first.
    lines: Vec<String>,
    error: Option<Errno>,
}

impl HttpClient {
    pub(super) fn new(host: Arc<str>, port: u16, path: &str) -> HttpClient {
        let resolver = Resolver::new(&host);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        HttpClient {
            host,
            port,
            path,
            resolver,
            state: State::Resolve,
            addresses: Vec::new(),
            fd: 0,
            received: Vec::new(),
            lines: Vec::new(),
            error: None,
        }
    }

    fn go(&mut self, state: State, next: Call) -> Next {
        self.state = state;
        call(next)
    }

    fn resolve(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match self.resolver.resume(last, view) {
            Sought::Call(next) => call(next),
            Sought::Found(mut addresses) => {
                addresses.reverse();
                self.addresses = addresses;
                self.open()
            }
            Sought::Failed(failure) => {
                self.state = State::Close;
                print(format!("{}: {}", self.host, failure.message()))
            }
        }
    }

    /// The next address of the host.
    fn open(&mut self) -> Next {
        match self.addresses.last() {
            Some(address) => {
                let family = if address.is_ipv4() { Family::Inet } else { Family::Inet6 };
                self.go(State::Socket, Call::Socket(family, SocketType::Stream))
            }
            None => Next::exit(super::LINE, self.error),
        }
    }

    fn request(&self) -> Vec<u8> {
        let host = match self.port {
            80 => self.host.to_string(),
            port => format!("{}:{port}", self.host),
        };
        format!("GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", self.path).into_bytes()
    }

    /// Bytes came, or the end.
    fn receive(&mut self, last: Option<Result<Value, Errno>>) -> Next {
        let ended = match last {
            Some(Ok(Value::Bytes(bytes))) => {
                self.received.extend_from_slice(&bytes);
                bytes.is_empty()
            }
            Some(Err(error)) => {
                self.error = Some(error);
                true
            }
            _ => true,
        };
        match read(&self.received, ended) {
            Reading::More if self.received.len() < LONGEST => call(Call::Recv(self.fd, PIECE, MessageFlags::NONE)),
            Reading::More => self.finish(vec!["the answer is longer than 16 MiB".to_owned()]),
            Reading::Done(lines) => self.finish(lines),
        }
    }

    fn finish(&mut self, mut lines: Vec<String>) -> Next {
        lines.reverse();
        self.lines = lines;
        self.go(State::Close, Call::Close(self.fd))
    }
}

impl Program for HttpClient {
    fn name(&self) -> Arc<str> {
        "http-get".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match (&self.state, last) {
            (State::Resolve, last) => self.resolve(last, view),
            (State::Socket, Some(Ok(value))) => {
                self.fd = descriptor(&value);
                let address = self.addresses.pop().expect("it was looked at before the socket was made");
                self.go(State::Connect, Call::Connect(self.fd, Address::Inet(SocketAddr::new(address, self.port))))
            }
            (State::Connect, Some(Ok(_))) => {
                self.go(State::Send, Call::Send(self.fd, self.request().into(), MessageFlags::NONE))
            }
            // Another address may do.
            (State::Socket | State::Connect, Some(Err(error))) => {
                self.error = Some(error);
                self.open()
            }
            (State::Send, Some(Ok(_))) => self.go(State::Receive, Call::Recv(self.fd, PIECE, MessageFlags::NONE)),
            (State::Receive, last) => self.receive(last),
            (State::Send, Some(Err(error))) => Next::exit(super::LINE, Some(error)),
            _ => self.lines.pop().map_or_else(exit, print),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// How far an answer has come.
enum Reading {
    More,
    Done(Vec<String>),
}

/// Reads an answer, as far as it is there (RFC 9112 §6.3: chunked, by its length, or up to the end).
fn read(bytes: &[u8], ended: bool) -> Reading {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = httparse::Response::new(&mut fields);
    let body = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => &bytes[length..],
        Ok(httparse::Status::Partial) if !ended => return Reading::More,
        _ => return Reading::Done(vec![format!("this is no answer of HTTP: {} bytes", bytes.len())]),
    };
    let field = |name: &str| head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let text = |name: &str| field(name).map(|field| String::from_utf8_lossy(field.value).trim().to_ascii_lowercase());
    let chunked = text("transfer-encoding").is_some_and(|coding| coding.ends_with("chunked"));
    let length = text("content-length").and_then(|length| length.parse::<usize>().ok());
    let (body, whole) = if chunked {
        unchunked(body)
    } else {
        let most = length.unwrap_or(usize::MAX);
        (body[..body.len().min(most)].to_vec(), length.is_none_or(|length| body.len() >= length))
    };
    if !ended && (!whole || (length.is_none() && !chunked)) {
        return Reading::More;
    }
    let status = format!("HTTP {} {}", head.code.unwrap_or_default(), head.reason.unwrap_or_default());
    let mut lines = vec![status.trim_end().to_owned()];
    if !whole {
        lines.push(format!("only {} bytes of the answer came", body.len()));
    }
    let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned();
    lines.extend(shown.lines().map(str::to_owned));
    if body.len() > SHOWN {
        lines.push(format!("… {} bytes in all", body.len()));
    }
    Reading::Done(lines)
}

/// The body in the chunks (RFC 9112 §7.1), and whether the last one has come.
fn unchunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(bytes) {
        if size == 0 {
            return (body, true);
        }
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size)).unwrap_or(usize::MAX);
        let Some(chunk) = bytes.get(start..end) else { break };
        body.extend_from_slice(chunk);
        let Some(rest) = bytes.get(end.saturating_add(2)..) else { break };
        bytes = rest;
    }
    (body, false)
}
