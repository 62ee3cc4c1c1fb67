//! Scripts as text: their own lines where those say everything, otherwise the listing with each step behind its line.
//!
//! Absent on purpose: making a listing (a script has one, or an empty one).

use core::fmt::{self, Write};

use crate::program::{Events, Family, MessageFlags, OpenFlags, Script, Shutdown, Slot, SocketType, Step};
use crate::scenario::text::lex;
use crate::scenario::text::quote::{Bytes, Path};
use crate::scenario::text::value::Span;

use super::step::{DIRECTIONS, EVENTS, FAMILIES, FLAGS, TYPES};
use super::{World, address, option, read};

/// Writes the lines of a program, indented below its `program` line.
pub(in crate::scenario::text) fn script(text: &mut String, script: &Script, world: World<'_>) {
    if speaks_for_itself(script, world) {
        for line in &script.source {
            // A blank line is no step, and needs no indentation.
            let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "    {line}") };
        }
        return;
    }
    let targets = crate::order::set(script.steps.iter().filter_map(|(_, step)| target(step)));
    let mut listed = 0;
    for (index, (number, step)) in script.steps.iter().enumerate() {
        while listed < usize::from(*number).min(script.source.len()) {
            list(text, &script.source[listed]);
            listed += 1;
        }
        if targets.contains(&index) {
            let _ = writeln!(text, "    {}:", Label(index));
        }
        let _ = write!(text, "    {}", Written(step));
        let needs_number = usize::from(*number) != listed || script.source.is_empty();
        let _ = if needs_number { writeln!(text, " @{number}") } else { writeln!(text) };
    }
    for line in &script.source[listed..] {
        list(text, line);
    }
    if let Some(last) = targets.last().filter(|target| **target >= script.steps.len()) {
        let _ = writeln!(text, "    {}:", Label(*last));
    }
}

/// Whether the script's listing, read as a program, is this script.
fn speaks_for_itself(script: &Script, world: World<'_>) -> bool {
    let is_plain = |line: &str| line.trim_end() == line && !line.contains(['\n', '\r']);
    // Blank lines and comments at the ends belong to no program when they are read back.
    let is_code = |line: &&std::sync::Arc<str>| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with(['#', '＃', '|'])
    };
    let ends = [script.source.first(), script.source.last()];
    if script.source.is_empty() && script.steps.is_empty() {
        return true;
    }
    if !ends.iter().all(|line| line.as_ref().is_some_and(is_code)) || !script.source.iter().all(|line| is_plain(line)) {
        return false;
    }
    let mut text = String::from("program\n");
    for line in &script.source {
        let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "  {line}") };
    }
    let Ok(items) = lex::items(&text) else { return false };
    let [item] = items.as_slice() else { return false };
    read(&script.name, item, &text, world).is_ok_and(|read| read == *script)
}

/// A line of a listing in another language.
fn list(text: &mut String, line: &str) {
    let is_plain = !line.starts_with('"') && line.trim_end() == line && !line.contains(char::is_control);
    let _ = match line {
        "" => writeln!(text, "    |"),
        line if is_plain => writeln!(text, "    | {line}"),
        line => writeln!(text, "    | {}", Bytes(line.as_bytes())),
    };
}

fn target(step: &Step) -> Option<usize> {
    match step {
        Step::Jump(to) | Step::Repeat(to, _) | Step::Unless(.., to) | Step::Try(_, Some(to)) => Some(*to),
        _ => None,
    }
}

struct Label(usize);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step{}", self.0)
    }
}

struct Variable(Slot);

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0.0)
    }
}

/// Bytes of a call: the alphabet by its length.
struct Data<'a>(&'a [u8]);

impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_alphabet = self.0.len() > 26 && self.0.iter().copied().eq((b'a'..=b'z').cycle().take(self.0.len()));
        if is_alphabet { write!(f, "{} bytes", self.0.len()) } else { write!(f, "{}", Bytes(self.0)) }
    }
}

/// A word of a table for a value.
fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("?", |(name, _)| name)
}

struct Flags<'a, T>(&'a [(&'static str, T)], &'a dyn Fn(&T) -> bool, &'static str);

impl<T> fmt::Display for Flags<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (name, _) in self.0.iter().filter(|(_, flag)| (self.1)(flag)) {
            write!(f, "{between}{name}")?;
            between = "|";
        }
        if between.is_empty() { f.write_str(self.2) } else { Ok(()) }
    }
}

fn write_events(f: &mut fmt::Formatter<'_>, events: Events) -> fmt::Result {
    write!(f, "{}", Flags(&EVENTS, &|event| events.has(*event), "0"))
}

fn write_flags(f: &mut fmt::Formatter<'_>, flags: MessageFlags) -> fmt::Result {
    write!(f, " {}", Flags(&FLAGS, &|flag| flags.has(*flag), ""))
}

/// A step as the reader takes it.
struct Written<'a>(&'a Step);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Step::Socket(family, kind, slot) => write_socket(f, *family, *kind, *slot),
            Step::SocketPair(kind, first, second) => {
                write!(f, "{}, {} = socketpair {}", Variable(*first), Variable(*second), word(&TYPES, kind))
            }
            Step::Accept(listener, slot) => write!(f, "{} = accept {}", Variable(*slot), Variable(*listener)),
            Step::Open(path, flags, slot) => {
                write!(f, "{} = open {} ", Variable(*slot), Path(path))?;
                write_open(f, *flags)
            }
            Step::Unlink(path) => write!(f, "unlink {}", Path(path)),
            Step::Access(path) => write!(f, "access {}", Path(path)),
            Step::PrintReceived => f.write_str("print received"),
            Step::PrintDatagram => f.write_str("print datagram"),
            Step::PrintLength => f.write_str("print length"),
            Step::PrintResult => f.write_str("print result"),
            Step::Print(text) => write!(f, "print {}", Bytes(text.as_bytes())),
            Step::Sleep(span) => write!(f, "sleep {}", Span(*span)),
            Step::SleepUntil(until) => {
                write!(f, "sleep until {}", Span(core::time::Duration::from_nanos(until.as_nanos())))
            }
            Step::Poll(slots, timeout) => write_poll(f, slots, *timeout),
            Step::Try(step, to) => {
                write!(f, "try {}", Written(step))?;
                to.map_or(Ok(()), |to| write!(f, " else {}", Label(to)))
            }
            Step::Jump(to) => write!(f, "goto {}", Label(*to)),
            Step::Repeat(to, more) => write!(f, "goback {} {more}", Label(*to)),
            Step::Unless(slot, events, to) => {
                write!(f, "unless {} ", Variable(*slot))?;
                write_events(f, *events)?;
                write!(f, " goto {}", Label(*to))
            }
            step => write_call(f, step),
        }
    }
}

fn write_socket(f: &mut fmt::Formatter<'_>, family: Family, kind: SocketType, slot: Slot) -> fmt::Result {
    write!(f, "{} = socket {} {}", Variable(slot), word(&FAMILIES, &family), word(&TYPES, &kind))
}

/// Calls on a descriptor.
fn write_call(f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
    match step {
        Step::SetOption(slot, option) => write!(f, "setsockopt {} {}", Variable(*slot), option::Written(option)),
        Step::GetOption(slot, name) => write!(f, "getsockopt {} {}", Variable(*slot), name.name()),
        Step::SetNonBlocking(slot, on) => write!(f, "nonblock {} {}", Variable(*slot), u8::from(*on)),
        Step::Bind(slot, to) => write!(f, "bind {} {}", Variable(*slot), address::Written(to)),
        Step::Connect(slot, to) => write!(f, "connect {} {}", Variable(*slot), address::Written(to)),
        Step::Listen(slot, backlog) => write!(f, "listen {} {backlog}", Variable(*slot)),
        Step::Send(slot, bytes) => write!(f, "send {} {}", Variable(*slot), Data(bytes)),
        Step::SendFlags(slot, bytes, flags) => {
            write!(f, "send {} {}", Variable(*slot), Data(bytes))?;
            write_flags(f, *flags)
        }
        Step::SendReceived(slot) => write!(f, "send {} received", Variable(*slot)),
        Step::SendTo(slot, bytes, to) => {
            write!(f, "sendto {} {} {}", Variable(*slot), Data(bytes), address::Written(to))
        }
        Step::Reply(slot, bytes) => write!(f, "reply {} {}", Variable(*slot), Data(bytes)),
        Step::ReplyReceived(slot) => write!(f, "reply {} received", Variable(*slot)),
        Step::Write(slot, bytes) => write!(f, "write {} {}", Variable(*slot), Data(bytes)),
        Step::Recv(slot, max) => write!(f, "recv {} {max}", Variable(*slot)),
        Step::RecvToEnd(slot, max) => write!(f, "recvall {} {max}", Variable(*slot)),
        Step::RecvExactly(slot, count) => write!(f, "recvexactly {} {count}", Variable(*slot)),
        Step::RecvFrom(slot, max) => write!(f, "recvfrom {} {max}", Variable(*slot)),
        Step::Read(slot, max) => write!(f, "read {} {max}", Variable(*slot)),
        Step::RecvFlags(slot, max, flags) => {
            write!(f, "recv {} {max}", Variable(*slot))?;
            write_flags(f, *flags)
        }
        Step::RecvFromFlags(slot, max, flags) => {
            write!(f, "recvfrom {} {max}", Variable(*slot))?;
            write_flags(f, *flags)
        }
        Step::GetSockName(slot) => write!(f, "getsockname {}", Variable(*slot)),
        Step::GetPeerName(slot) => write!(f, "getpeername {}", Variable(*slot)),
        Step::InQueue(slot) => write!(f, "ioctl {} SIOCINQ", Variable(*slot)),
        Step::OutQueue(slot) => write!(f, "ioctl {} SIOCOUTQ", Variable(*slot)),
        Step::Shutdown(slot, how) => write!(f, "shutdown {} {}", Variable(*slot), direction(*how)),
        Step::Close(slot) => write!(f, "close {}", Variable(*slot)),
        _ => unreachable!("the other steps are written before"),
    }
}

fn direction(how: Shutdown) -> &'static str {
    word(&DIRECTIONS, &how)
}

fn write_poll(
    f: &mut fmt::Formatter<'_>,
    slots: &[(Slot, Events)],
    timeout: Option<core::time::Duration>,
) -> fmt::Result {
    f.write_str("poll")?;
    let mut between = " ";
    for (slot, events) in slots {
        write!(f, "{between}{} ", Variable(*slot))?;
        write_events(f, *events)?;
        between = ", ";
    }
    timeout.map_or(Ok(()), |timeout| write!(f, " {}", Span(timeout)))
}

fn write_open(f: &mut fmt::Formatter<'_>, flags: OpenFlags) -> fmt::Result {
    match flags {
        OpenFlags::READ => return f.write_str("r"),
        OpenFlags::WRITE => return f.write_str("w"),
        OpenFlags::APPEND => return f.write_str("a"),
        _ => {}
    }
    let access = match (flags.read, flags.write) {
        (true, false) => "O_RDONLY",
        (false, true) => "O_WRONLY",
        (true, true) => "O_RDWR",
        (false, false) => "O_NONE",
    };
    f.write_str(access)?;
    let others = [
        (flags.create, "O_CREAT"),
        (flags.exclusive, "O_EXCL"),
        (flags.truncate, "O_TRUNC"),
        (flags.append, "O_APPEND"),
    ];
    others.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, name)| write!(f, "|{name}"))
}
