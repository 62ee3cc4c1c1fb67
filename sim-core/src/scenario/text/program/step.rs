//! One step: a call by its POSIX name with its arguments.
//!
//! Absent on purpose: blocks and labels (`mod.rs`).

use core::time::Duration;
use std::sync::Arc;

use crate::program::{Events, Family, MessageFlags, OpenFlags, Shutdown, Slot, SocketType, Step};
use crate::scenario::text::cursor::{Cursor, shortened};
use crate::scenario::text::{Mistake, Wrong, nearest, value};
use crate::time::Instant;

use super::{Reader, address, option};

/// The most bytes of one call.
const LONGEST: usize = 16 << 20;

pub(super) const FAMILIES: [(&str, Family); 6] = [
    ("inet", Family::Inet),
    ("inet6", Family::Inet6),
    ("unix", Family::Unix),
    ("AF_INET", Family::Inet),
    ("AF_INET6", Family::Inet6),
    ("AF_UNIX", Family::Unix),
];

pub(super) const TYPES: [(&str, SocketType); 5] = [
    ("stream", SocketType::Stream),
    ("dgram", SocketType::Datagram),
    ("icmp", SocketType::Icmp),
    ("SOCK_STREAM", SocketType::Stream),
    ("SOCK_DGRAM", SocketType::Datagram),
];

pub(super) const EVENTS: [(&str, Events); 7] = [
    ("POLLIN", Events::IN),
    ("POLLPRI", Events::PRI),
    ("POLLOUT", Events::OUT),
    ("POLLERR", Events::ERR),
    ("POLLHUP", Events::HUP),
    ("POLLNVAL", Events::NVAL),
    ("POLLRDHUP", Events::RDHUP),
];

pub(super) const FLAGS: [(&str, MessageFlags); 8] = [
    ("MSG_OOB", MessageFlags::OOB),
    ("MSG_PEEK", MessageFlags::PEEK),
    ("MSG_TRUNC", MessageFlags::TRUNC),
    ("MSG_DONTWAIT", MessageFlags::DONTWAIT),
    ("MSG_WAITALL", MessageFlags::WAITALL),
    ("MSG_ERRQUEUE", MessageFlags::ERRQUEUE),
    ("MSG_NOSIGNAL", MessageFlags::NOSIGNAL),
    ("MSG_MORE", MessageFlags::MORE),
];

pub(super) const DIRECTIONS: [(&str, Shutdown); 6] = [
    ("read", Shutdown::Read),
    ("write", Shutdown::Write),
    ("both", Shutdown::Both),
    ("SHUT_RD", Shutdown::Read),
    ("SHUT_WR", Shutdown::Write),
    ("SHUT_RDWR", Shutdown::Both),
];

/// Calls that give nothing a name.
#[derive(Clone, Copy)]
enum Verb {
    SetOption,
    GetOption,
    NonBlock,
    Bind,
    Listen,
    Connect,
    Send,
    SendTo,
    Reply,
    Recv,
    RecvAll,
    RecvExactly,
    RecvFrom,
    GetSockName,
    GetPeerName,
    Ioctl,
    Poll,
    Read,
    Write,
    Unlink,
    Access,
    Print,
    Shutdown,
    Close,
    Sleep,
    Goto,
    GoBack,
    Unless,
}

const VERBS: [(&str, Verb); 28] = [
    ("setsockopt", Verb::SetOption),
    ("getsockopt", Verb::GetOption),
    ("nonblock", Verb::NonBlock),
    ("bind", Verb::Bind),
    ("listen", Verb::Listen),
    ("connect", Verb::Connect),
    ("send", Verb::Send),
    ("sendto", Verb::SendTo),
    ("reply", Verb::Reply),
    ("recv", Verb::Recv),
    ("recvall", Verb::RecvAll),
    ("recvexactly", Verb::RecvExactly),
    ("recvfrom", Verb::RecvFrom),
    ("getsockname", Verb::GetSockName),
    ("getpeername", Verb::GetPeerName),
    ("ioctl", Verb::Ioctl),
    ("poll", Verb::Poll),
    ("read", Verb::Read),
    ("write", Verb::Write),
    ("unlink", Verb::Unlink),
    ("access", Verb::Access),
    ("print", Verb::Print),
    ("shutdown", Verb::Shutdown),
    ("close", Verb::Close),
    ("sleep", Verb::Sleep),
    ("goto", Verb::Goto),
    ("goback", Verb::GoBack),
    ("unless", Verb::Unless),
];

/// Calls whose result gets a name: `s = socket`.
#[derive(Clone, Copy)]
enum Maker {
    Socket,
    Accept,
    Open,
}

const MAKERS: [(&str, Maker); 3] = [("socket", Maker::Socket), ("accept", Maker::Accept), ("open", Maker::Open)];

impl Reader<'_> {
    /// Reads a step; its line may follow.
    pub(super) fn step(&mut self, line: &mut Cursor) -> Result<Step, Mistake> {
        if line.take("try") {
            return self.tried(line);
        }
        if line.peek_at(1).is_some_and(|word| word.is("=")) {
            return self.made(line);
        }
        // With a comma between the two names, or without.
        if (2..=3).any(|ahead| line.peek_at(ahead).is_some_and(|word| word.is("="))) {
            return self.pair(line);
        }
        let makers = ["socket", "socketpair", "accept", "open"];
        if let Some(word) = line.peek().filter(|word| makers.contains(&word.name())) {
            let name = word.name();
            return Err(line.wrong(Wrong::ResultNeedsName(name.to_owned())));
        }
        let Some(verb) = line.take_choice(&VERBS) else {
            let known = VERBS.iter().map(|(name, _)| *name).chain(["try", "loop", "repeat", "if"]);
            return Err(line.expected("a call", known));
        };
        match verb {
            Verb::Print => print(line),
            Verb::Sleep => sleep(line),
            Verb::Poll => self.poll(line),
            Verb::Goto => Ok(Step::Jump(self.target(line)?)),
            Verb::GoBack => {
                let target = self.target(line)?;
                Ok(Step::Repeat(target, line.number("number of times", "9")?))
            }
            Verb::Unlink => Ok(Step::Unlink(path(line)?)),
            Verb::Access => Ok(Step::Access(path(line)?)),
            verb => {
                let slot = self.slot(line)?;
                self.on_slot(verb, slot, line)
            }
        }
    }

    fn on_slot(&mut self, verb: Verb, slot: Slot, line: &mut Cursor) -> Result<Step, Mistake> {
        Ok(match verb {
            Verb::SetOption => Step::SetOption(slot, option::read(line)?),
            Verb::GetOption => Step::GetOption(slot, option::name(line)?),
            Verb::NonBlock => Step::SetNonBlocking(slot, is_done(line) || option::switch(line)?),
            Verb::Bind => Step::Bind(slot, address::any(line, self.world)?),
            Verb::Connect => Step::Connect(slot, address::any(line, self.world)?),
            Verb::Listen => Step::Listen(slot, if is_done(line) { 8 } else { line.number("backlog", "8")? }),
            Verb::Send => self.send(slot, line)?,
            Verb::SendTo => {
                let bytes = self.bytes(line)?;
                Step::SendTo(slot, bytes, address::any(line, self.world)?)
            }
            Verb::Reply if line.take("received") => Step::ReplyReceived(slot),
            Verb::Reply => Step::Reply(slot, self.bytes(line)?),
            Verb::Write => Step::Write(slot, self.bytes(line)?),
            Verb::Read => Step::Read(slot, size(line)?),
            Verb::RecvAll => Step::RecvToEnd(slot, if is_done(line) { 65_536 } else { size(line)? }),
            Verb::RecvExactly => Step::RecvExactly(slot, size(line)?),
            Verb::Recv | Verb::RecvFrom => receive(verb, slot, line)?,
            Verb::GetSockName => Step::GetSockName(slot),
            Verb::GetPeerName => Step::GetPeerName(slot),
            Verb::Ioctl => {
                let is_in = line.choice("`SIOCINQ` or `SIOCOUTQ`", &[("SIOCINQ", true), ("SIOCOUTQ", false)])?;
                if is_in { Step::InQueue(slot) } else { Step::OutQueue(slot) }
            }
            Verb::Shutdown => Step::Shutdown(slot, line.choice("`read`, `write` or `both`", &DIRECTIONS)?),
            Verb::Close => Step::Close(slot),
            Verb::Unless => {
                let events = events(line)?;
                line.keyword("goto")?;
                Step::Unless(slot, events, self.target(line)?)
            }
            Verb::Print | Verb::Sleep | Verb::Poll | Verb::Goto | Verb::GoBack | Verb::Unlink | Verb::Access => {
                return Err(line.wrong_before(Wrong::NoVariableHere));
            }
        })
    }

    /// `s = socket …`
    fn made(&mut self, line: &mut Cursor) -> Result<Step, Mistake> {
        let slot = self.new_slot(line)?;
        line.keyword("=")?;
        if line.peek().is_some_and(|word| word.is("socketpair")) {
            return Err(line.wrong(Wrong::TwoDescriptors));
        }
        Ok(match line.choice("`socket`, `accept` or `open`", &MAKERS)? {
            Maker::Socket => {
                let family = line.take_choice(&FAMILIES).unwrap_or(Family::Inet);
                Step::Socket(family, kind(line)?, slot)
            }
            Maker::Accept => {
                let listener = self.slot(line)?;
                Step::Accept(listener, slot)
            }
            Maker::Open => {
                let path = path(line)?;
                Step::Open(path, open_flags(line)?, slot)
            }
        })
    }

    /// `s, t = socketpair …`
    fn pair(&mut self, line: &mut Cursor) -> Result<Step, Mistake> {
        let first = self.new_slot(line)?;
        line.take(",");
        let second = self.new_slot(line)?;
        line.keyword("=")?;
        line.keyword("socketpair")?;
        if line.peek().is_some_and(|word| FAMILIES.iter().any(|(family, _)| word.is(family))) {
            return Err(line.wrong(Wrong::PairFamily));
        }
        Ok(Step::SocketPair(kind(line)?, first, second))
    }

    fn send(&mut self, slot: Slot, line: &mut Cursor) -> Result<Step, Mistake> {
        if line.take("received") {
            return Ok(Step::SendReceived(slot));
        }
        let bytes = self.bytes(line)?;
        let flags = flags(line)?;
        Ok(if flags == MessageFlags::NONE { Step::Send(slot, bytes) } else { Step::SendFlags(slot, bytes, flags) })
    }

    fn tried(&mut self, line: &mut Cursor) -> Result<Step, Mistake> {
        if line.peek().is_some_and(|word| word.is("try") || word.is("goto") || word.is("unless")) {
            return Err(line.wrong(Wrong::TryTwice));
        }
        let step = Box::new(self.step(line)?);
        let target = if line.take("else") { Some(self.target(line)?) } else { None };
        Ok(Step::Try(step, target))
    }

    fn poll(&mut self, line: &mut Cursor) -> Result<Step, Mistake> {
        let mut slots = Vec::new();
        let mut timeout = None;
        while !is_done(line) && !line.peek().is_some_and(|word| word.is("else")) {
            let span = line.peek().filter(|word| !word.quoted).and_then(|word| value::duration(word.name()));
            if span.is_some() {
                timeout = Some(line.duration("time")?);
                break;
            }
            let slot = self.slot(line)?;
            slots.push((slot, events(line)?));
            line.take(",");
        }
        Ok(Step::Poll(slots, timeout))
    }

    /// Bytes: in quotes, or so many letters of the alphabet.
    fn bytes(&mut self, line: &mut Cursor) -> Result<Arc<[u8]>, Mistake> {
        let word = line.word("bytes in quotes, or a size such as `64kB`")?;
        let length =
            if word.quoted { Some(word.text.len()) } else { value::size(word.name()).map(|size| size as usize) };
        let Some(length) = length else {
            return Err(line.wrong_before(Wrong::NoBytes(shortened(word.name()))));
        };
        if length > LONGEST {
            return Err(line.wrong_before(Wrong::LongBytes { bytes: length, most: LONGEST }));
        }
        if !self.world.budget.take(length) {
            return Err(line.wrong_before(Wrong::Budget));
        }
        if word.quoted {
            return Ok(word.text.as_slice().into());
        }
        line.take("bytes");
        Ok((b'a'..=b'z').cycle().take(length).collect())
    }
}

/// The rest of a step is a line's number or a `try`'s end.
fn is_done(line: &Cursor) -> bool {
    line.peek().is_none_or(|word| !word.quoted && word.text.starts_with(b"@"))
}

fn kind(line: &mut Cursor) -> Result<SocketType, Mistake> {
    match line.take_choice(&TYPES) {
        Some(kind) => Ok(kind),
        None if is_done(line) || line.peek().is_some_and(|word| word.is("else")) => Ok(SocketType::Stream),
        None => Err(line.expected(
            "a family (`inet`, `inet6`, `unix`) or a type (`stream`, `dgram`, `icmp`)",
            TYPES.iter().map(|(name, _)| *name).chain(FAMILIES.iter().map(|(name, _)| *name)),
        )),
    }
}

fn receive(verb: Verb, slot: Slot, line: &mut Cursor) -> Result<Step, Mistake> {
    let max = size(line)?;
    let flags = flags(line)?;
    Ok(match (verb, flags == MessageFlags::NONE) {
        (Verb::Recv, true) => Step::Recv(slot, max),
        (Verb::Recv, false) => Step::RecvFlags(slot, max, flags),
        (_, true) => Step::RecvFrom(slot, max),
        (_, false) => Step::RecvFromFlags(slot, max, flags),
    })
}

/// How many bytes at most: a buffer of the process.
fn size(line: &mut Cursor) -> Result<usize, Mistake> {
    let size = line.quantity("number of bytes", "1024", value::size)?;
    let size = usize::try_from(size).ok().filter(|size| *size <= 1 << 31);
    size.ok_or_else(|| line.wrong_before(Wrong::LargeCall))
}

fn print(line: &mut Cursor) -> Result<Step, Mistake> {
    if is_done(line) || line.take("received") {
        return Ok(Step::PrintReceived);
    }
    if line.take("datagram") {
        return Ok(Step::PrintDatagram);
    }
    if line.take("length") {
        return Ok(Step::PrintLength);
    }
    if line.take("result") {
        return Ok(Step::PrintResult);
    }
    let word = line.word("`received`, `datagram`, `length`, `result` or a text in quotes")?;
    if !word.quoted {
        let near = nearest(word.name(), ["received", "datagram", "length", "result"]);
        return Err(line.wrong_before(Wrong::Printable { found: shortened(word.name()), near }));
    }
    let text = core::str::from_utf8(&word.text).map_err(|_| line.wrong_before(Wrong::NotUtf8))?;
    Ok(Step::Print(text.into()))
}

fn sleep(line: &mut Cursor) -> Result<Step, Mistake> {
    if line.take("until") {
        let until: Duration = line.duration("time")?;
        return Ok(Step::SleepUntil(Instant::ZERO + until));
    }
    Ok(Step::Sleep(line.duration("time")?))
}

pub(in crate::scenario::text) fn path(line: &mut Cursor) -> Result<Arc<str>, Mistake> {
    let word = line.word("a path")?;
    let path = core::str::from_utf8(&word.text).map_err(|_| line.wrong_before(Wrong::NotUtf8))?;
    Ok(path.into())
}

/// Words joined by `|`, or with spaces between them, that are all in a table.
fn joined<T: Copy>(
    line: &mut Cursor,
    what: &str,
    table: &[(&str, T)],
    mut add: impl FnMut(T),
) -> Result<bool, Mistake> {
    let mut any = false;
    while let Some(word) = line.peek().filter(|word| !word.quoted && !word.punctuation) {
        let text = word.name().to_owned();
        let find = |name: &str| table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let values: Option<Vec<T>> = text.split('|').map(find).collect();
        let Some(values) = values else { break };
        values.into_iter().for_each(&mut add);
        line.word(what)?;
        any = true;
    }
    Ok(any)
}

/// Events of `poll`, one at least; `0` for none.
pub(super) fn events(line: &mut Cursor) -> Result<Events, Mistake> {
    let mut events = Events::NONE;
    if line.take("0") || joined(line, "an event", &EVENTS, |event| events |= event)? {
        return Ok(events);
    }
    Err(line.expected("an event of `poll`", EVENTS.iter().map(|(name, _)| *name)))
}

/// Flags of a call, when there are some.
fn flags(line: &mut Cursor) -> Result<MessageFlags, Mistake> {
    let mut flags = MessageFlags::NONE;
    joined(line, "a flag", &FLAGS, |flag| flags |= flag)?;
    if is_done(line) || line.peek().is_some_and(|word| word.is("else")) {
        return Ok(flags);
    }
    Err(line.expected("a flag such as `MSG_PEEK`", FLAGS.iter().map(|(name, _)| *name)))
}

/// How a file is opened: `r`, `w`, `a` as in Python, or the flags of `open` one by one.
fn open_flags(line: &mut Cursor) -> Result<OpenFlags, Mistake> {
    const MODES: [(&str, OpenFlags); 3] = [("r", OpenFlags::READ), ("w", OpenFlags::WRITE), ("a", OpenFlags::APPEND)];
    if let Some(mode) = line.take_choice(&MODES) {
        return Ok(mode);
    }
    let mut open = OpenFlags::default();
    let any = joined(line, "a flag", &OPEN, |flag| match flag {
        Open::Access(read, write) => (open.read, open.write) = (open.read | read, open.write | write),
        Open::Create => open.create = true,
        Open::Exclusive => open.exclusive = true,
        Open::Truncate => open.truncate = true,
        Open::Append => open.append = true,
    })?;
    if any {
        Ok(open)
    } else {
        Err(line.expected("`r`, `w`, `a` or flags such as `O_RDWR|O_CREAT`", OPEN.iter().map(|(name, _)| *name)))
    }
}

#[derive(Clone, Copy)]
enum Open {
    Access(bool, bool),
    Create,
    Exclusive,
    Truncate,
    Append,
}

const OPEN: [(&str, Open); 8] = [
    ("O_RDONLY", Open::Access(true, false)),
    ("O_WRONLY", Open::Access(false, true)),
    ("O_RDWR", Open::Access(true, true)),
    ("O_CREAT", Open::Create),
    ("O_EXCL", Open::Exclusive),
    ("O_TRUNC", Open::Truncate),
    ("O_APPEND", Open::Append),
    ("O_NONE", Open::Access(false, false)),
];
