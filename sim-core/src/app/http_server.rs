//! A web server (RFC 9110, RFC 9112): it gives the files of a folder, to many clients at once, on connections that stay open.
//!
//! Absent on purpose: everything but GET and HEAD, ranges, conditions, compression, TLS.

use core::net::Ipv4Addr;
use std::sync::Arc;

use litemap::LiteMap;

use crate::errno::Errno;
use crate::program::{
    Address, Call, Events, Family, MessageFlags, Next, OpenFlags, PollFd, Program, SocketOption, SocketType, View,
};
use crate::trace::Value;

use super::{LINE, call, descriptor, print};

/// Clients at once; others wait to be accepted.
const CLIENTS: usize = 64;
const BACKLOG: u32 = 128;
/// Longest head of a request, and number of its fields.
const LONGEST_HEAD: usize = 16_384;
const FIELDS: usize = 64;
/// Bytes that are read at a time.
const PIECE: usize = 4096;
/// Longest file that is given.
const LONGEST_FILE: usize = 16 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Start,
    Socket,
    Reuse,
    Bind,
    Listen,
    Poll,
    Accept,
    Receive(u32),
    Open(u32, Request),
    Read(u32, u32, Request, Vec<u8>),
    CloseFile(u32, Response),
    Told(u32, Response),
    Send(u32, bool),
    Close,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    path: String,
    /// HEAD: the body is not wanted.
    head: bool,
    /// The connection stays open.
    stays: bool,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Response {
    bytes: Vec<u8>,
    stays: bool,
}

#[derive(Clone, Debug)]
pub(super) struct HttpServer {
    port: u16,
    root: Arc<str>,
    state: State,
    fd: u32,
    /// What each client has sent and nobody has read.
    clients: LiteMap<u32, Vec<u8>>,
}

impl HttpServer {
    pub(super) fn new(port: u16, root: Arc<str>) -> HttpServer {
        HttpServer { port, root, state: State::Start, fd: 0, clients: LiteMap::new() }
    }

    fn go(&mut self, state: State, next: Call) -> Next {
        self.state = state;
        call(next)
    }

    /// Serves a client that has sent a whole request, else waits for more.
    fn next(&mut self) -> Next {
        let whole = self.clients.iter().find_map(|(fd, bytes)| parse(bytes).map(|parsed| (*fd, parsed)));
        if let Some((fd, parsed)) = whole {
            return self.serve(fd, parsed);
        }
        let on = |fd: &u32| PollFd { fd: *fd, events: Events::IN };
        let mut fds: Vec<PollFd> = self.clients.keys().map(on).collect();
        if self.clients.len() < CLIENTS {
            fds.push(on(&self.fd));
        }
        self.go(State::Poll, Call::Poll(fds.into(), None))
    }

    fn serve(&mut self, fd: u32, parsed: Parsed) -> Next {
        match parsed {
            Parsed::Request(request, length) => {
                if let Some(bytes) = self.clients.get_mut(&fd) {
                    bytes.drain(..length);
                }
                match file_of(&self.root, &request.path) {
                    Some(path) => self.go(State::Open(fd, request), Call::Open(path.into(), OpenFlags::READ)),
                    None => self.respond(fd, refusal("404 Not Found", request.stays, request.head), &request.path),
                }
            }
            Parsed::Refused(status) => self.respond(fd, refusal(status, false, false), "?"),
        }
    }

    /// Says what is answered, then sends it.
    fn respond(&mut self, fd: u32, response: Response, path: &str) -> Next {
        let status = response.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = format!("{} {path}", String::from_utf8_lossy(status));
        self.state = State::Told(fd, response);
        print(line)
    }

    fn close(&mut self, fd: u32) -> Next {
        self.clients.remove(&fd);
        self.go(State::Close, Call::Close(fd))
    }

    fn received(&mut self, fd: u32, last: Option<Result<Value, Errno>>) -> Next {
        match last {
            Some(Ok(Value::Bytes(bytes))) if !bytes.is_empty() => {
                if let Some(client) = self.clients.get_mut(&fd) {
                    client.extend_from_slice(&bytes);
                }
                self.next()
            }
            // The end, or a reset.
            _ => self.close(fd),
        }
    }

    fn read(&mut self, last: Option<Result<Value, Errno>>) -> Next {
        let State::Read(fd, file, request, mut body) = core::mem::replace(&mut self.state, State::Poll) else {
            unreachable!("it is called in this state");
        };
        match last {
            Some(Ok(Value::Bytes(bytes))) if !bytes.is_empty() && body.len() < LONGEST_FILE => {
                body.extend_from_slice(&bytes);
                self.go(State::Read(fd, file, request, body), Call::Read(file, PIECE))
            }
            Some(Ok(_)) => {
                let response = found(&request, &body);
                self.go(State::CloseFile(fd, response), Call::Close(file))
            }
            _ => {
                let response = refusal("500 Internal Server Error", request.stays, request.head);
                self.go(State::CloseFile(fd, response), Call::Close(file))
            }
        }
    }
}

impl Program for HttpServer {
    fn name(&self) -> Arc<str> {
        "http-server".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, _view: &mut View<'_>) -> Next {
        if let (State::Socket | State::Reuse | State::Bind | State::Listen | State::Poll, Some(Err(error))) =
            (&self.state, &last)
        {
            return Next::exit(LINE, Some(*error));
        }
        match self.state.clone() {
            State::Start => self.go(State::Socket, Call::Socket(Family::Inet, SocketType::Stream)),
            State::Socket => {
                if let Some(Ok(value)) = &last {
                    self.fd = descriptor(value);
                }
                self.go(State::Reuse, Call::SetOption(self.fd, SocketOption::ReuseAddress(true)))
            }
            State::Reuse => {
                let address = Address::Inet((Ipv4Addr::UNSPECIFIED, self.port).into());
                self.go(State::Bind, Call::Bind(self.fd, address))
            }
            State::Bind => self.go(State::Listen, Call::Listen(self.fd, BACKLOG)),
            State::Poll => match last {
                Some(Ok(Value::Ready(ready))) if !ready.is_empty() => {
                    let fd = ready[0].fd;
                    if fd == self.fd {
                        self.go(State::Accept, Call::Accept(fd))
                    } else {
                        self.go(State::Receive(fd), Call::Recv(fd, PIECE, MessageFlags::NONE))
                    }
                }
                _ => self.next(),
            },
            State::Accept => {
                if let Some(Ok(Value::Accepted(fd, _))) = last {
                    self.clients.insert(fd, Vec::new());
                }
                self.next()
            }
            State::Receive(fd) => self.received(fd, last),
            State::Open(fd, request) => match last {
                Some(Ok(value)) => {
                    let file = descriptor(&value);
                    self.go(State::Read(fd, file, request, Vec::new()), Call::Read(file, PIECE))
                }
                _ => self.respond(fd, refusal("404 Not Found", request.stays, request.head), &request.path),
            },
            State::Read(..) => self.read(last),
            State::CloseFile(fd, response) => self.respond(fd, response, ""),
            State::Told(fd, response) => {
                let stays = response.stays;
                self.go(State::Send(fd, stays), Call::Send(fd, response.bytes.into(), MessageFlags::NONE))
            }
            State::Send(_, true) if matches!(last, Some(Ok(_))) => self.next(),
            State::Send(fd, _) => self.close(fd),
            State::Listen | State::Close => self.next(),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// What the bytes of a client are.
enum Parsed {
    /// A request, and the length of its head.
    Request(Request, usize),
    /// Nothing that can be served: the status that says so.
    Refused(&'static str),
}

/// Reads the head of a request; nothing when it is not whole yet.
fn parse(bytes: &[u8]) -> Option<Parsed> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST_HEAD => return None,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Some(Parsed::Refused("431 Request Header Fields Too Large"));
        }
        Err(httparse::Error::Version) => return Some(Parsed::Refused("505 HTTP Version Not Supported")),
        Err(_) => return Some(Parsed::Refused("400 Bad Request")),
    };
    let named = |name: &'static str| head.headers.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    let has = |token: &str| {
        let text = |field: &httparse::Header<'_>| String::from_utf8_lossy(field.value).to_ascii_lowercase();
        named("connection").any(|field| text(field).split(',').any(|word| word.trim() == token))
    };
    let (method, version) = (head.method.unwrap_or_default(), head.version.unwrap_or(1));
    // RFC 9112 §3.2: a request of HTTP/1.1 names the host, once.
    if version == 1 && named("host").count() != 1 {
        return Some(Parsed::Refused("400 Bad Request"));
    }
    // Neither of the methods has a body that means something; one that would follow is not read.
    if named("transfer-encoding").next().is_some() || named("content-length").any(|field| field.value != b"0") {
        return Some(Parsed::Refused("413 Content Too Large"));
    }
    if !["GET", "HEAD"].contains(&method) {
        return Some(Parsed::Refused("501 Not Implemented"));
    }
    // RFC 9112 §9.3.
    let stays = if version == 1 { !has("close") } else { has("keep-alive") };
    let path = head.path.unwrap_or("/").split(['?', '#']).next().unwrap_or("/").to_owned();
    Some(Parsed::Request(Request { path, head: method == "HEAD", stays }, length))
}

/// The file that a path stands for; none when it would lead out of the folder.
fn file_of(root: &str, path: &str) -> Option<String> {
    let inside = path.starts_with('/') && !path.split('/').any(|part| part == "..");
    let index = if path.ends_with('/') { "index.html" } else { "" };
    inside.then(|| format!("{}{path}{index}", root.trim_end_matches('/')))
}

fn found(request: &Request, body: &[u8]) -> Response {
    let kind = match request.path.rsplit_once('.').map_or("html", |(_, end)| end) {
        "html" | "htm" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "png" => "image/png",
        _ if request.path.ends_with('/') => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    };
    response("200 OK", kind, body, request)
}

fn refusal(status: &'static str, stays: bool, head: bool) -> Response {
    let body = format!("{status}\n");
    let request = Request { path: String::new(), head, stays };
    response(status, "text/plain; charset=utf-8", body.as_bytes(), &request)
}

fn response(status: &str, kind: &str, body: &[u8], request: &Request) -> Response {
    let connection = if request.stays { "keep-alive" } else { "close" };
    // RFC 9110 §8.6: the length of what GET would give, also for HEAD.
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    if !request.head {
        bytes.extend_from_slice(body);
    }
    Response { bytes, stays: request.stays }
}
