//! Programs as lists of system calls: what a process in the simulated network runs.
//!
//! Absent on purpose: Python. A script is a straight list with one kind of loop, enough for the tutorial's
//! programs; the learner's own programs are run by a machine of their own on the same calls.

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

/// A system call with its arguments, by its POSIX name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `socket(AF_INET, type)`.
    Socket(SocketType),
    /// `bind(fd, address)`.
    Bind(u32, SocketAddr),
    /// `listen(fd, backlog)`.
    Listen(u32, u32),
    /// `accept(fd)`.
    Accept(u32),
    /// `connect(fd, address)`.
    Connect(u32, SocketAddr),
    /// `send(fd, bytes)`: blocks until all bytes are in the send buffer, as Linux does on a blocking socket.
    Send(u32, Arc<[u8]>),
    /// `recv(fd, at most so many bytes)`.
    Recv(u32, usize),
    /// `sendto(fd, bytes, address)`.
    SendTo(u32, Arc<[u8]>, SocketAddr),
    /// `recvfrom(fd, at most so many bytes)`.
    RecvFrom(u32, usize),
    /// `shutdown(fd, how)`.
    Shutdown(u32, Shutdown),
    /// `close(fd)`.
    Close(u32),
    /// `getsockname(fd)`.
    GetSockName(u32),
    /// `getpeername(fd)`.
    GetPeerName(u32),
    /// `setsockopt(fd, option)`.
    SetOption(u32, SocketOption),
    /// `sleep`: give the time to others for so long.
    Sleep(Duration),
}

/// `SOCK_STREAM` or `SOCK_DGRAM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SocketType {
    Stream,
    Datagram,
}

/// `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shutdown {
    Read,
    Write,
    Both,
}

/// The socket options that exist so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    /// `SO_REUSEADDR`.
    ReuseAddress(bool),
    /// `TCP_NODELAY`.
    NoDelay(bool),
    /// `SO_RCVBUF`, in bytes of data.
    ReceiveBuffer(u32),
    /// `SO_SNDBUF`, in bytes of data.
    SendBuffer(u32),
    /// `SO_LINGER` with a time of zero: `close` sends a RST.
    LingerZero(bool),
}

/// A variable of a script that holds a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u8);

/// A program: its text, and what its lines do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name, such as `tcp_client.py`.
    pub name: Arc<str>,
    /// Its text, line by line, as the learner sees it.
    pub source: Vec<Arc<str>>,
    /// What is done, in order, each with its line of `source` from 1.
    pub steps: Vec<(u16, Step)>,
}

/// One step of a script. A step that fails ends the process, as an exception that nobody catches would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `slot = socket(...)`.
    Socket(SocketType, Slot),
    /// `slot.setsockopt(...)`.
    SetOption(Slot, SocketOption),
    /// `slot.bind(address)`.
    Bind(Slot, SocketAddr),
    /// `slot.listen(backlog)`.
    Listen(Slot, u32),
    /// `new, peer = slot.accept()`; the peer is kept for [`Step::Reply`].
    Accept(Slot, Slot),
    /// `slot.connect(address)`.
    Connect(Slot, SocketAddr),
    /// `slot.send(bytes)`.
    Send(Slot, Arc<[u8]>),
    /// `received = slot.recv(max)`.
    Recv(Slot, usize),
    /// `while chunk := slot.recv(max): received += chunk`.
    RecvToEnd(Slot, usize),
    /// `slot.send(received)`: an echo of what the last receive gave.
    SendReceived(Slot),
    /// `slot.sendto(bytes, address)`.
    SendTo(Slot, Arc<[u8]>, SocketAddr),
    /// `received, peer = slot.recvfrom(max)`.
    RecvFrom(Slot, usize),
    /// `slot.sendto(bytes, peer)`: to the sender of what the last `recvfrom` gave.
    Reply(Slot, Arc<[u8]>),
    /// `print(received)`, written as Python writes bytes.
    PrintReceived,
    /// `print(len(received))`.
    PrintLength,
    /// `slot.shutdown(how)`.
    Shutdown(Slot, Shutdown),
    /// `slot.close()`.
    Close(Slot),
    /// `time.sleep(...)`.
    Sleep(Duration),
    /// Go back to the step with this index, for ever (`while True:`).
    Jump(usize),
}

/// Bytes as Python writes them: `b'hi'`, `b'\xe4\xbd\xa0'`, `b"it's"`.
pub fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            byte if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            0x20..=0x7e => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}
