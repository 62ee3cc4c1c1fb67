//! `_host`: what the prelude is written over. Looks at objects past the program's methods, and a function for each system call.

#![expect(clippy::needless_pass_by_value, reason = "results are handed over, as `Then` says")]

use core::time::Duration;
use std::sync::Arc;

use sim_core::program::{Address, Call, Events, Family, MessageFlags, OpenFlags, PollFd, Shutdown, SocketType};
use sim_core::trace::Value as Result_;

use super::options;
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Control, ModuleTable, Native, Outcome, Raise, Then};
use crate::object::{Iter, Object};
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable { name: "_host", functions: FUNCTIONS, values: |_| Vec::new() };

fn value(value: Value) -> Outcome {
    Ok(Answer::Value(value))
}

const FUNCTIONS: &[Native] = &[
    // Objects.
    Native::function("made_of(object, /)", |cx, args| value(Value::Type(cx.heap.kind(args[0])))),
    Native::function("own_method(object, name, /)", |cx, args| {
        let name = cx.text_of(args[1])?;
        let name = cx.sym(&name);
        // As a function: the prelude gives it the object first.
        value(cx.heap.own_method(args[0], name).unwrap_or(Value::None))
    }),
    Native::function("plain(object, /)", |cx, args| {
        let text = cx.plain_repr(args[0])?;
        cx.answer_str(&text)
    }),
    Native::function("text(str, /)", |cx, args| {
        let text = cx.text_of(args[0])?;
        cx.answer_str(&text)
    }),
    // Items keep the hashes that they have.
    Native::function("freeze(set, /)", |cx, args| {
        let items = cx.heap.set(args[0]).cloned().unwrap_or_default();
        value(cx.make(Object::FrozenSet(Box::new(items))))
    }),
    Native::function("items(object, /)", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        let items = cx.items_of(plain)?;
        value(cx.make_list(items))
    }),
    Native::function("pairs(dict, /)", |cx, args| {
        let pairs: Vec<_> = cx
            .heap
            .dict(args[0])
            .map(|d| d.entries(0).map(|(_, e)| vec![e.key, e.value]).collect())
            .unwrap_or_default();
        let pairs = pairs.into_iter().map(|pair| cx.make_tuple(pair)).collect();
        value(cx.make_list(pairs))
    }),
    Native::function("enter(object, /)", |cx, args| {
        let inside = cx.shown.iter().any(|other| other.is(args[0]));
        if !inside {
            cx.shown.push(args[0]);
        }
        value(Value::Bool(!inside))
    }),
    Native::function("leave(object, /)", |cx, args| {
        if let Some(place) = cx.shown.iter().rposition(|other| other.is(args[0])) {
            cx.shown.remove(place);
        }
        value(Value::None)
    }),
    Native::function("escape(text, /)", |cx, args| {
        let text = cx.text_of(args[0])?;
        let escaped: String =
            text.chars().map(|c| if c.is_ascii() { c.to_string() } else { crate::text::quote::escape(c) }).collect();
        cx.answer_str(&escaped)
    }),
    Native::function("namespace(class, /)", |cx, args| {
        let names: Vec<_> = cx.heap.class(args[0]).map(|class| class.attributes.iter().collect()).unwrap_or_default();
        let mut entries = Vec::new();
        for (name, item) in names {
            let name = cx.name(name);
            entries.push((cx.make_str(&name), item));
        }
        cx.make_dict(entries).map(Answer::Value)
    }),
    Native::function("hash(object, /)", |cx, args| cx.hash(args[0]).map(|hash| Answer::Value(Value::Int(hash)))),
    Native::function("inner(iterator, /)", |cx, args| {
        let (name, parts) = match cx.heap.object(args[0]) {
            Some(Object::Iterator(iter)) => match &**iter {
                Iter::Enumerate { inner, .. } => ("enumerate", vec![*inner]),
                Iter::Zip { inner, .. } => ("zip", inner.clone()),
                _ => ("", Vec::new()),
            },
            _ => ("", Vec::new()),
        };
        let name = cx.make_str(name);
        let parts = cx.make_list(parts);
        value(cx.make_tuple(vec![name, parts]))
    }),
    Native::function("count(enumerate, /)", |cx, args| {
        if let Some(place) = args[0].object()
            && let Object::Iterator(iter) = cx.heap.get_mut(place)
            && let Iter::Enumerate { count, .. } = &mut **iter
        {
            *count += 1;
            return value(Value::Int(*count - 1));
        }
        value(Value::None)
    }),
    Native::function("percent_codes(format, /)", |cx, args| {
        let codes = percent_codes(cx, args[0])?;
        cx.answer_str(&codes)
    }),
    Native::function("percent_plain(format, /)", |cx, args| {
        let text = cx.text_of(args[0])?;
        let mut plain = String::new();
        let mut inside = false;
        for c in text.chars() {
            let is_code = inside && !matches!(c, '#' | '0'..='9' | '-' | ' ' | '+' | '.' | '*');
            plain.push(if is_code && (c == 'r' || c == 'a') { 's' } else { c });
            inside = if inside { !is_code } else { c == '%' };
        }
        cx.answer_str(&plain)
    }),
    // Tables: the caller has found the place.
    Native::function("dict_candidates(dict, hash, /)", |cx, args| {
        let hash = cx.int_of(args[1])?;
        let found: Vec<_> = cx
            .heap
            .dict(args[0])
            .map(|d| d.entries(0).filter(|(_, e)| e.hash == hash).map(|(place, e)| (place, e.key)).collect())
            .unwrap_or_default();
        candidates(cx, found)
    }),
    Native::function("dict_value(dict, place, /)", |cx, args| {
        let place = place(cx, args[1])?;
        let dict = cx.heap.dict(args[0]);
        value(dict.filter(|dict| place < dict.places()).map_or(Value::None, |dict| dict.entry(place).value))
    }),
    Native::function("dict_add(dict, hash, key, value, /)", |cx, args| {
        let hash = cx.int_of(args[1])?;
        if let Some(dict) = cx.heap.dict_mut(args[0]) {
            dict.add(hash, args[2], args[3]);
        }
        cx.heap.charge(64);
        value(Value::None)
    }),
    Native::function("dict_replace(dict, place, value, /)", |cx, args| {
        let place = place(cx, args[1])?;
        if let Some(dict) = cx.heap.dict_mut(args[0]).filter(|dict| place < dict.places()) {
            dict.set_value(place, args[2]);
        }
        value(Value::None)
    }),
    Native::function("dict_remove(dict, place, /)", |cx, args| {
        let place = place(cx, args[1])?;
        let dict = cx.heap.dict_mut(args[0]).filter(|dict| place < dict.places());
        value(dict.map_or(Value::None, |dict| dict.remove(place).value))
    }),
    Native::function("set_candidates(set, hash, /)", |cx, args| {
        let hash = cx.int_of(args[1])?;
        let found: Vec<_> = cx
            .heap
            .set(args[0])
            .map(|s| s.items(0).filter(|(_, its, _)| *its == hash).map(|(place, _, item)| (place, item)).collect())
            .unwrap_or_default();
        candidates(cx, found)
    }),
    Native::function("set_add(set, hash, item, /)", |cx, args| {
        let hash = cx.int_of(args[1])?;
        if let Some(set) = cx.heap.set_mut(args[0]) {
            set.add(hash, args[2]);
        }
        cx.heap.charge(48);
        value(Value::None)
    }),
    Native::function("set_remove(set, place, /)", |cx, args| {
        let place = place(cx, args[1])?;
        if let Some(set) = cx.heap.set_mut(args[0]) {
            set.remove(place);
        }
        value(Value::None)
    }),
    // The machine.
    Native::function("handled()", |_, _| Ok(Answer::Control(Control::Handled))),
    Native::function("import_(name, /)", |cx, args| {
        Ok(Answer::Control(Control::Import { name: cx.text_of(args[0])? }))
    }),
    Native::function("traceback(exception, /)", |cx, args| {
        let text = cx.heap.exception(args[0]).is_some();
        if text { Ok(Answer::Control(Control::Traceback { exception: args[0] })) } else { value(Value::None) }
    }),
    Native::function("spawn(function, args, name=, /)", |cx, args| {
        let name = args[2].given().map_or(Ok(Arc::from("")), |name| cx.text_of(name))?;
        let arguments = cx.items_of(args[1])?;
        Ok(Answer::Control(Control::Spawn { function: args[0], args: arguments, name }))
    }),
    Native::function("park(seconds=, why=, /)", |cx, args| {
        let limit = duration(cx, args[0])?;
        let why = args[1].given().filter(|why| !why.is_none()).map_or(Ok(Arc::from("")), |why| cx.text_of(why))?;
        Ok(Answer::Control(Control::Park { limit, why }))
    }),
    Native::function("unpark(ident, /)", |cx, args| {
        let thread = small(cx, args[0])?;
        Ok(Answer::Control(Control::Unpark { thread }))
    }),
    Native::function("ident()", |_, _| Ok(Answer::Control(Control::Ident))),
    Native::function("now()", |cx, _| value(Value::Float(cx.now.as_nanos() as f64 / 1e9))),
    Native::function("now_ns()", |cx, _| value(Value::Int(i64::try_from(cx.now.as_nanos()).unwrap_or(i64::MAX)))),
    Native::function("clock_ns()", |cx, _| {
        let shown = cx.clock.as_nanos() + u128::from(cx.now.as_nanos());
        value(Value::Int(i64::try_from(shown).unwrap_or(i64::MAX)))
    }),
    Native::function("hostname()", |cx, _| {
        let host = cx.host.clone();
        cx.answer_str(&host)
    }),
    Native::function("pid()", |cx, _| value(Value::Int(cx.process.into()))),
    Native::function("entropy()", |cx, _| {
        let bits = cx.entropy();
        value(cx.make_int(bits.into()))
    }),
    // System calls.
    Native::function("socket(family, type, /)", |cx, args| {
        let (family, kind) = (family(cx, args[0])?, socket_type(cx, args[1])?);
        system(Call::Socket(family, kind), number)
    }),
    Native::function("socketpair(type, /)", |cx, args| {
        let kind = socket_type(cx, args[0])?;
        system(Call::SocketPair(kind), pair)
    }),
    Native::function("bind(fd, address, /)", |cx, args| {
        let (fd, address) = (small(cx, args[0])?, address(cx, args[1])?);
        system(Call::Bind(fd, address), nothing)
    }),
    Native::function("listen(fd, backlog, /)", |cx, args| {
        let (fd, backlog) = (small(cx, args[0])?, cx.int_of(args[1])?);
        system(Call::Listen(fd, u32::try_from(backlog.max(0)).unwrap_or(u32::MAX)), nothing)
    }),
    Native::function("accept(fd, /)", |cx, args| system(Call::Accept(small(cx, args[0])?), accepted)),
    Native::function("connect(fd, address, /)", |cx, args| {
        let (fd, address) = (small(cx, args[0])?, address(cx, args[1])?);
        system(Call::Connect(fd, address), nothing)
    }),
    Native::function("send(fd, data, flags=, /)", |cx, args| {
        let (fd, data, flags) = (small(cx, args[0])?, cx.bytes_of(args[1])?, flags(cx, args[2])?);
        system(Call::Send(fd, data.into(), flags), number)
    }),
    Native::function("recv(fd, size, flags=, /)", |cx, args| {
        let (fd, size, flags) = (small(cx, args[0])?, size(cx, args[1])?, flags(cx, args[2])?);
        system(Call::Recv(fd, size, flags), bytes)
    }),
    Native::function("sendto(fd, data, flags, address, /)", |cx, args| {
        let (fd, data, flags) = (small(cx, args[0])?, cx.bytes_of(args[1])?, flags(cx, args[2])?);
        let address = address(cx, args[3])?;
        system(Call::SendTo(fd, data.into(), address, flags), number)
    }),
    Native::function("recvfrom(fd, size, flags=, /)", |cx, args| {
        let (fd, size, flags) = (small(cx, args[0])?, size(cx, args[1])?, flags(cx, args[2])?);
        system(Call::RecvFrom(fd, size, flags), datagram)
    }),
    Native::function("shutdown(fd, how, /)", |cx, args| {
        let fd = small(cx, args[0])?;
        let how = match cx.int_of(args[1])? {
            0 => Shutdown::Read,
            1 => Shutdown::Write,
            2 => Shutdown::Both,
            _ => return Err(cx.os_error(22, "Invalid argument")),
        };
        system(Call::Shutdown(fd, how), nothing)
    }),
    Native::function("close(fd, /)", |cx, args| system(Call::Close(small(cx, args[0])?), nothing)),
    Native::function("getsockname(fd, /)", |cx, args| system(Call::GetSockName(small(cx, args[0])?), address_of)),
    Native::function("getpeername(fd, /)", |cx, args| system(Call::GetPeerName(small(cx, args[0])?), address_of)),
    Native::function("setblocking(fd, nonblocking, /)", |cx, args| {
        let (fd, nonblocking) = (small(cx, args[0])?, cx.truth(args[1])?);
        system(Call::SetNonBlocking(fd, nonblocking), nothing)
    }),
    Native::function("setsockopt(fd, option, value, /)", |cx, args| {
        let (fd, name) = (small(cx, args[0])?, options::name(cx, args[1])?);
        system(Call::SetOption(fd, options::read(cx, name, args[2])?), nothing)
    }),
    Native::function("getsockopt(fd, option, /)", |cx, args| {
        let (fd, name) = (small(cx, args[0])?, options::name(cx, args[1])?);
        system(Call::GetOption(fd, name), option_value)
    }),
    Native::function("inqueue(fd, /)", |cx, args| system(Call::InQueue(small(cx, args[0])?), number)),
    Native::function("outqueue(fd, /)", |cx, args| system(Call::OutQueue(small(cx, args[0])?), number)),
    Native::function("poll(fds, seconds=, /)", |cx, args| {
        let mut fds = Vec::new();
        for item in cx.items_of(args[0])? {
            let pair = cx.items_of(item)?;
            let [fd, events] = pair[..] else { return Err(cx.type_error("poll wants pairs")) };
            let fd = small(cx, fd)?;
            let events = u16::try_from(cx.int_of(events)?).unwrap_or(0);
            fds.push(PollFd { fd, events: Events(events) });
        }
        let limit = duration(cx, args[1])?;
        system(Call::Poll(fds.into(), limit), ready)
    }),
    Native::function("sleep(seconds, /)", |cx, args| {
        let limit = duration(cx, args[0])?.unwrap_or_default();
        system(Call::Sleep(limit), nothing)
    }),
    Native::function("open(path, flags, /)", |cx, args| {
        let (path, flags) = (cx.text_of(args[0])?, cx.int_of(args[1])?);
        let access = flags & 3;
        let flags = OpenFlags {
            read: access != 1,
            write: access != 0,
            create: flags & 0o100 != 0,
            exclusive: flags & 0o200 != 0,
            truncate: flags & 0o1000 != 0,
            append: flags & 0o2000 != 0,
        };
        system(Call::Open(path, flags), number)
    }),
    Native::function("read(fd, size, /)", |cx, args| {
        let (fd, size) = (small(cx, args[0])?, size(cx, args[1])?);
        system(Call::Read(fd, size), bytes)
    }),
    Native::function("write(fd, data, /)", |cx, args| {
        let (fd, data) = (small(cx, args[0])?, cx.bytes_of(args[1])?);
        system(Call::Write(fd, data.into()), number)
    }),
    Native::function("unlink(path, /)", |cx, args| system(Call::Unlink(cx.text_of(args[0])?), nothing)),
    Native::function("access(path, /)", |cx, args| system(Call::Access(cx.text_of(args[0])?), nothing)),
];

fn system(call: Call, then: Then) -> Outcome {
    Ok(Answer::System { call, then })
}

fn candidates(cx: &mut Context, found: Vec<(usize, Value)>) -> Outcome {
    let pairs = found
        .into_iter()
        .map(|(place, key)| cx.make_tuple(vec![Value::Int(i64::try_from(place).unwrap_or(i64::MAX)), key]))
        .collect();
    value(cx.make_list(pairs))
}

fn percent_codes(cx: &mut Context, format: Value) -> Result<String, Raise> {
    use crate::text::percent::{Parts, Piece};
    let text = cx.text_of(format)?;
    let mut parts = Parts::new(&text);
    let mut codes = String::new();
    loop {
        let piece = parts.advance();
        match cx.fault(piece)? {
            None => return Ok(codes),
            Some(Piece::Conversion(conversion)) if conversion.code != Some('%') => {
                codes.push(conversion.code.unwrap_or('?'));
            }
            Some(_) => {}
        }
    }
}

// Arguments.

fn place(cx: &mut Context, value: Value) -> Result<usize, Raise> {
    let n = cx.int_of(value)?;
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

fn small(cx: &mut Context, value: Value) -> Result<u32, Raise> {
    let n = cx.int_of(value)?;
    u32::try_from(n).map_err(|_| cx.os_error(9, "Bad file descriptor"))
}

fn size(cx: &mut Context, value: Value) -> Result<usize, Raise> {
    let n = cx.int_of(value)?;
    usize::try_from(n).map_err(|_| cx.value_error("negative buffersize in recv"))
}

fn flags(cx: &mut Context, value: Value) -> Result<MessageFlags, Raise> {
    let n = value.given().map_or(Ok(0), |value| cx.int_of(value))?;
    Ok(MessageFlags(u32::try_from(n).unwrap_or(0)))
}

fn duration(cx: &mut Context, value: Value) -> Result<Option<Duration>, Raise> {
    match value.given().filter(|value| !value.is_none()) {
        None => Ok(None),
        Some(value) => {
            let seconds = cx.float_of(value)?;
            Ok(Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
        }
    }
}

fn family(cx: &mut Context, value: Value) -> Result<Family, Raise> {
    match cx.int_of(value)? {
        1 => Ok(Family::Unix),
        2 => Ok(Family::Inet),
        10 => Ok(Family::Inet6),
        _ => Err(cx.os_error(97, "Address family not supported by protocol")),
    }
}

/// `SOCK_STREAM` 1, `SOCK_DGRAM` 2; 258 stands for a datagram socket of `IPPROTO_ICMP`.
fn socket_type(cx: &mut Context, value: Value) -> Result<SocketType, Raise> {
    match cx.int_of(value)? {
        1 => Ok(SocketType::Stream),
        2 => Ok(SocketType::Datagram),
        258 => Ok(SocketType::Icmp),
        _ => Err(cx.os_error(94, "Socket type not supported")),
    }
}

/// `(host, port)` with an IP address in digits, or a path.
fn address(cx: &mut Context, value: Value) -> Result<Address, Raise> {
    if let Some(path) = cx.heap.text(value) {
        return Ok(Address::unix(path));
    }
    if let Some(path) = cx.heap.bytes_of(value) {
        return Ok(Address::unix(&String::from_utf8_lossy(path)));
    }
    let parts = cx.items_of(value)?;
    let [host, port, ..] = parts[..] else { return Err(cx.type_error("an address is a host and a port")) };
    let host = cx.text_of(host)?;
    let port = cx.int_of(port)?;
    let (Ok(ip), Ok(port)) = (host.parse::<core::net::IpAddr>(), u16::try_from(port)) else {
        return Err(cx.os_error(22, "Invalid argument"));
    };
    Ok(Address::from(core::net::SocketAddr::new(ip, port)))
}

// Results.

fn unexpected(cx: &mut Context) -> Raise {
    cx.error(TypeId::OS_ERROR, "the call gave something else than was expected")
}

fn nothing(_: &mut Context, _: Result_) -> Result<Value, Raise> {
    Ok(Value::None)
}

fn number(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    match result {
        Result_::Number(n) => Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX))),
        Result_::Descriptor(fd) => Ok(Value::Int(i64::from(fd))),
        _ => Err(unexpected(cx)),
    }
}

fn pair(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Pair(a, b) = result else { return Err(unexpected(cx)) };
    Ok(cx.make_tuple(vec![Value::Int(i64::from(a)), Value::Int(i64::from(b))]))
}

fn bytes(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Bytes(bytes) = result else { return Err(unexpected(cx)) };
    Ok(cx.make(Object::Bytes(bytes)))
}

fn accepted(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Accepted(fd, address) = result else { return Err(unexpected(cx)) };
    let address = address_value(cx, &address);
    Ok(cx.make_tuple(vec![Value::Int(i64::from(fd)), address]))
}

fn datagram(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Datagram(bytes, address) = result else { return Err(unexpected(cx)) };
    let bytes = cx.make(Object::Bytes(bytes));
    let address = address_value(cx, &address);
    Ok(cx.make_tuple(vec![bytes, address]))
}

fn address_of(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Address(address) = result else { return Err(unexpected(cx)) };
    Ok(address_value(cx, &address))
}

fn option_value(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Option(option) = result else { return Err(unexpected(cx)) };
    options::write(cx, &option)
}

fn ready(cx: &mut Context, result: Result_) -> Result<Value, Raise> {
    let Result_::Ready(fds) = result else { return Err(unexpected(cx)) };
    let pairs = fds
        .iter()
        .map(|ready| cx.make_tuple(vec![Value::Int(i64::from(ready.fd)), Value::Int(i64::from(ready.events.0))]))
        .collect();
    Ok(cx.make_list(pairs))
}

/// As CPython shows it: a pair, four parts for IPv6, a path for AF_UNIX.
fn address_value(cx: &mut Context, address: &Address) -> Value {
    match address {
        Address::Inet(address) => {
            let host = cx.make_str(&address.ip().to_string());
            let mut parts = vec![host, Value::Int(i64::from(address.port()))];
            if address.is_ipv6() {
                parts.extend([Value::Int(0), Value::Int(0)]);
            }
            cx.make_tuple(parts)
        }
        Address::Unix(path) => cx.make_str(path),
        Address::Unnamed => cx.make_str(""),
    }
}
