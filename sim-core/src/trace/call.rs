//! System calls and their results as text: one line, as in a program of C.
//!
//! Absent on purpose: translated words.

use core::fmt;

use crate::program::{Call, Family, OpenFlags, PollFd, Shutdown, SocketType, python_bytes};

use super::{QueuedError, Value};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Descriptor(fd) => write!(f, "fd {fd}"),
            Value::Pair(first, second) => write!(f, "fd {first}, fd {second}"),
            Value::Accepted(fd, peer) => write!(f, "fd {fd} from {peer}"),
            Value::Bytes(bytes) => f.write_str(&python_bytes(bytes)),
            Value::Datagram(bytes, from) => write!(f, "{} from {from}", python_bytes(bytes)),
            Value::Address(address) => write!(f, "{address}"),
            Value::Option(option) => write!(f, "{option}"),
            Value::Ready(ready) => write!(f, "{}", Fds(ready)),
            Value::Queued(queued) => write!(f, "{queued}"),
        }
    }
}

impl fmt::Display for QueuedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.error.name())?;
        match (self.icmp, self.offender) {
            (Some((kind, code)), Some(offender)) => write!(f, "ICMP {kind}/{code} from {offender} ")?,
            (Some((kind, code)), None) => write!(f, "ICMP {kind}/{code} ")?,
            (None, _) => f.write_str("local ")?,
        }
        write!(f, "info {} of {} to {}", self.info, python_bytes(&self.payload), self.to)
    }
}

/// Descriptors of `poll`.
struct Fds<'a>(&'a [PollFd]);

impl fmt::Display for Fds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, PollFd { fd, events }) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { ", " };
            write!(f, "{between}{fd}: {events}")?;
        }
        f.write_str("]")
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Inet => "AF_INET",
            Family::Inet6 => "AF_INET6",
            Family::Unix => "AF_UNIX",
        })
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SocketType::Stream => "SOCK_STREAM",
            SocketType::Datagram => "SOCK_DGRAM",
            SocketType::Icmp => "SOCK_DGRAM, IPPROTO_ICMP",
        })
    }
}

impl fmt::Display for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shutdown::Read => "SHUT_RD",
            Shutdown::Write => "SHUT_WR",
            Shutdown::Both => "SHUT_RDWR",
        })
    }
}

impl fmt::Display for OpenFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.read, self.write) {
            (true, true) => "O_RDWR",
            (false, true) => "O_WRONLY",
            _ => "O_RDONLY",
        })?;
        let names = [
            (self.create, "|O_CREAT"),
            (self.exclusive, "|O_EXCL"),
            (self.truncate, "|O_TRUNC"),
            (self.append, "|O_APPEND"),
        ];
        names.iter().filter(|(set, _)| *set).try_for_each(|(_, name)| f.write_str(name))
    }
}

impl fmt::Display for Call {
    /// As in a program of C. Flags that are not set are not written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = |flags: &crate::program::MessageFlags| match flags.0 {
            0 => String::new(),
            _ => format!(", {flags}"),
        };
        match self {
            Call::Socket(family, kind) => write!(f, "socket({family}, {kind})"),
            Call::SocketPair(kind) => write!(f, "socketpair(AF_UNIX, {kind})"),
            Call::Bind(fd, address) => write!(f, "bind({fd}, {address})"),
            Call::Listen(fd, backlog) => write!(f, "listen({fd}, {backlog})"),
            Call::Accept(fd) => write!(f, "accept({fd})"),
            Call::Connect(fd, address) => write!(f, "connect({fd}, {address})"),
            Call::Send(fd, bytes, flags) => write!(f, "send({fd}, {}{})", python_bytes(bytes), more(flags)),
            Call::Recv(fd, max, flags) => write!(f, "recv({fd}, {max}{})", more(flags)),
            Call::SendTo(fd, bytes, to, flags) => {
                write!(f, "sendto({fd}, {}, {to}{})", python_bytes(bytes), more(flags))
            }
            Call::RecvFrom(fd, max, flags) => write!(f, "recvfrom({fd}, {max}{})", more(flags)),
            Call::Shutdown(fd, how) => write!(f, "shutdown({fd}, {how})"),
            Call::Close(fd) => write!(f, "close({fd})"),
            Call::GetSockName(fd) => write!(f, "getsockname({fd})"),
            Call::GetPeerName(fd) => write!(f, "getpeername({fd})"),
            Call::SetOption(fd, option) => write!(f, "setsockopt({fd}, {option})"),
            Call::GetOption(fd, name) => write!(f, "getsockopt({fd}, {})", name.name()),
            Call::SetNonBlocking(fd, on) => {
                write!(f, "fcntl({fd}, F_SETFL, {})", if *on { "O_NONBLOCK" } else { "0" })
            }
            Call::InQueue(fd) => write!(f, "ioctl({fd}, SIOCINQ)"),
            Call::OutQueue(fd) => write!(f, "ioctl({fd}, SIOCOUTQ)"),
            Call::Poll(fds, None) => write!(f, "poll({}, for ever)", Fds(fds)),
            Call::Poll(fds, Some(timeout)) => write!(f, "poll({}, {}ns)", Fds(fds), timeout.as_nanos()),
            Call::Sleep(span) => write!(f, "sleep({}ns)", span.as_nanos()),
            Call::Open(path, flags) => write!(f, "open({path}, {flags})"),
            Call::Read(fd, max) => write!(f, "read({fd}, {max})"),
            Call::Write(fd, bytes) => write!(f, "write({fd}, {})", python_bytes(bytes)),
            Call::Unlink(path) => write!(f, "unlink({path})"),
            Call::Access(path) => write!(f, "access({path}, F_OK)"),
            Call::Configure(interface, what) => write!(f, "ip({interface}, {what})"),
            Call::Park(why, None) => write!(f, "futex(FUTEX_WAIT, {why})"),
            Call::Park(why, Some(limit)) => write!(f, "futex(FUTEX_WAIT, {why}, {}ns)", limit.as_nanos()),
            Call::Unpark(thread) => write!(f, "futex(FUTEX_WAKE, {thread})"),
        }
    }
}
