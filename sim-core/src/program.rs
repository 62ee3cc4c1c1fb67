//! What a process runs: the system calls there are, and the machine that decides which comes next.
//!
//! A [`Program`] is asked with [`Program::resume`] what it does next, and is given the result of its last call. Scripts
//! ([`Script`]) are one such machine; others (built-in servers, an interpreter) implement the same trait, run on the same calls, and
//! are cloned with the network.
//!
//! A process is one machine with descriptors of its own. The machine may have several threads, which the kernel runs each by itself
//! ([`Next::Spawn`]); it asks the machine which of them it goes on with ([`View::thread`]).
//!
//! Absent on purpose: an interpreter. `fork` and signals.

mod address;
mod configure;
mod foreign;
mod option;
mod script;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::app::Builtin;
use crate::date::Date;
use crate::errno::Errno;
use crate::random::{Purpose, Stream};
use crate::time::Instant;
use crate::trace::{ProcessId, Value};

pub use address::Address;
pub use configure::Configuration;
pub use foreign::{Foreign, Loader, Refusal, Unreadable};
pub use option::{CongestionControl, Membership, MtuDiscovery, MulticastInterface, OptionName, SocketOption};
pub(crate) use script::Machine as ScriptMachine;
pub use script::{Script, Slot, Step, python_bytes};

/// A system call with its arguments, by its POSIX name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `socket(family, type)`.
    Socket(Family, SocketType),
    /// `socketpair(AF_UNIX, type)`.
    SocketPair(SocketType),
    /// `bind(fd, address)`.
    Bind(u32, Address),
    /// `listen(fd, backlog)`.
    Listen(u32, u32),
    /// `accept(fd)`.
    Accept(u32),
    /// `connect(fd, address)`.
    Connect(u32, Address),
    /// `send(fd, bytes, flags)`: blocks until all bytes are in the send buffer, as Linux does on a blocking socket.
    Send(u32, Arc<[u8]>, MessageFlags),
    /// `recv(fd, at most so many bytes, flags)`.
    Recv(u32, usize, MessageFlags),
    /// `sendto(fd, bytes, flags, address)`.
    SendTo(u32, Arc<[u8]>, Address, MessageFlags),
    /// `recvfrom(fd, at most so many bytes, flags)`.
    RecvFrom(u32, usize, MessageFlags),
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
    /// `getsockopt(fd, name)`.
    GetOption(u32, OptionName),
    /// `fcntl(fd, F_SETFL, O_NONBLOCK)`, or without it.
    SetNonBlocking(u32, bool),
    /// `ioctl(fd, SIOCINQ)`: bytes that could be read.
    InQueue(u32),
    /// `ioctl(fd, SIOCOUTQ)`: bytes that were written and have not been acknowledged.
    OutQueue(u32),
    /// `poll(fds, timeout)`; without a timeout it waits for ever.
    Poll(Arc<[PollFd]>, Option<Duration>),
    /// `nanosleep`: give the time to others for so long.
    Sleep(Duration),
    /// `open(path, flags)`.
    Open(Arc<str>, OpenFlags),
    /// `read(fd, at most so many bytes)`.
    Read(u32, usize),
    /// `write(fd, bytes)`.
    Write(u32, Arc<[u8]>),
    /// `unlink(path)`.
    Unlink(Arc<str>),
    /// `access(path, F_OK)`: whether there is something under this path.
    Access(Arc<str>),
    /// Asks or changes something of an interface, by its place in the host's list.
    Configure(u32, Configuration),
    /// `futex(FUTEX_WAIT)`: the thread waits until another of its process wakes it, at most so long (then ETIMEDOUT), for
    /// what is said, such as a lock's name.
    Park(Arc<str>, Option<Duration>),
    /// `futex(FUTEX_WAKE)`: wakes a thread of this process that waits so, or will not let it wait the next time. Gives how
    /// many waited: 1 or 0.
    Unpark(ProcessId),
}

impl Call {
    /// The call's POSIX name.
    pub const fn name(&self) -> &'static str {
        match self {
            Call::Socket(..) => "socket",
            Call::SocketPair(_) => "socketpair",
            Call::Bind(..) => "bind",
            Call::Listen(..) => "listen",
            Call::Accept(_) => "accept",
            Call::Connect(..) => "connect",
            Call::Send(..) => "send",
            Call::Recv(..) => "recv",
            Call::SendTo(..) => "sendto",
            Call::RecvFrom(..) => "recvfrom",
            Call::Shutdown(..) => "shutdown",
            Call::Close(_) => "close",
            Call::GetSockName(_) => "getsockname",
            Call::GetPeerName(_) => "getpeername",
            Call::SetOption(..) => "setsockopt",
            Call::GetOption(..) => "getsockopt",
            Call::SetNonBlocking(..) => "fcntl",
            Call::InQueue(_) | Call::OutQueue(_) => "ioctl",
            Call::Poll(..) => "poll",
            Call::Sleep(_) => "sleep",
            Call::Open(..) => "open",
            Call::Read(..) => "read",
            Call::Write(..) => "write",
            Call::Unlink(_) => "unlink",
            Call::Access(_) => "access",
            Call::Configure(..) => "ip",
            Call::Park(..) | Call::Unpark(_) => "futex",
        }
    }
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `AF_INET`.
    Inet,
    /// `AF_INET6`.
    Inet6,
    /// `AF_UNIX`.
    Unix,
}

/// What `socket` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketType {
    /// `SOCK_STREAM`.
    Stream,
    /// `SOCK_DGRAM`.
    Datagram,
    /// `SOCK_DGRAM` with `IPPROTO_ICMP` or `IPPROTO_ICMPV6`: a socket that pings, without being root.
    Icmp,
}

/// `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shutdown {
    Read,
    Write,
    Both,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenFlags {
    /// `O_RDONLY` or `O_RDWR`.
    pub read: bool,
    /// `O_WRONLY` or `O_RDWR`.
    pub write: bool,
    /// `O_CREAT`.
    pub create: bool,
    /// `O_EXCL`.
    pub exclusive: bool,
    /// `O_TRUNC`.
    pub truncate: bool,
    /// `O_APPEND`.
    pub append: bool,
}

impl OpenFlags {
    /// Python's `open(path, 'rb')`.
    pub const READ: OpenFlags =
        OpenFlags { read: true, write: false, create: false, exclusive: false, truncate: false, append: false };
    /// Python's `open(path, 'wb')`.
    pub const WRITE: OpenFlags =
        OpenFlags { read: false, write: true, create: true, exclusive: false, truncate: true, append: false };
    /// Python's `open(path, 'ab')`.
    pub const APPEND: OpenFlags =
        OpenFlags { read: false, write: true, create: true, exclusive: false, truncate: false, append: true };
}

/// One descriptor of `poll`, and what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollFd {
    /// The descriptor.
    pub fd: u32,
    /// In the call what is waited for (`events`), in its result what is there (`revents`).
    pub events: Events,
}

macro_rules! flags {
    ($(#[$meta:meta])* $type:ident($number:ty) { $($(#[$doc:meta])* $name:ident $bits:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub $number);

        impl $type {
            /// None of them.
            pub const NONE: $type = $type(0);
            $($(#[$doc])* pub const $name: $type = $type($bits);)*

            /// All of `other` are in it.
            pub const fn has(self, other: $type) -> bool {
                self.0 & other.0 == other.0
            }

            /// One of `other` at least is in it.
            pub const fn any(self, other: $type) -> bool {
                self.0 & other.0 != 0
            }
        }

        impl core::ops::BitOr for $type {
            type Output = $type;
            fn bitor(self, other: $type) -> $type {
                $type(self.0 | other.0)
            }
        }

        impl core::ops::BitOrAssign for $type {
            fn bitor_assign(&mut self, other: $type) {
                self.0 |= other.0;
            }
        }

        impl core::ops::BitAnd for $type {
            type Output = $type;
            fn bitand(self, other: $type) -> $type {
                $type(self.0 & other.0)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let names = [$(($type::$name, $text)),*];
                let mut between = "";
                for (_, text) in names.iter().filter(|(flag, _)| self.has(*flag)) {
                    write!(f, "{between}{text}")?;
                    between = "|";
                }
                if between.is_empty() { f.write_str("0") } else { Ok(()) }
            }
        }
    };
}

flags! {
    /// Events of `poll`, with Linux's numbers.
    Events(u16) {
        /// There is something to read, or an end, or a connection to accept.
        IN 0x1 "POLLIN",
        /// There is urgent data.
        PRI 0x2 "POLLPRI",
        /// Writing would not block.
        OUT 0x4 "POLLOUT",
        /// An error is pending. Always told.
        ERR 0x8 "POLLERR",
        /// Both directions are over. Always told.
        HUP 0x10 "POLLHUP",
        /// The descriptor is not open. Always told.
        NVAL 0x20 "POLLNVAL",
        /// The peer will send nothing more.
        RDHUP 0x2000 "POLLRDHUP",
    }
}

flags! {
    /// Flags of `send` and `recv`, with Linux's numbers.
    MessageFlags(u32) {
        /// Urgent data.
        OOB 0x1 "MSG_OOB",
        /// Look, and leave it where it is.
        PEEK 0x2 "MSG_PEEK",
        /// Give the real length of a datagram that is cut.
        TRUNC 0x20 "MSG_TRUNC",
        /// This call does not block.
        DONTWAIT 0x40 "MSG_DONTWAIT",
        /// Wait until all bytes asked for are there.
        WAITALL 0x100 "MSG_WAITALL",
        /// Read the queue of errors.
        ERRQUEUE 0x2000 "MSG_ERRQUEUE",
        /// No SIGPIPE (there are no signals here: EPIPE it is in any case).
        NOSIGNAL 0x4000 "MSG_NOSIGNAL",
        /// More will be written: as TCP_CORK, for this call.
        MORE 0x8000 "MSG_MORE",
    }
}

/// A thread of a program, by the program's own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(pub u32);

impl ThreadId {
    /// The one that a program begins with, and ends with.
    pub const MAIN: ThreadId = ThreadId(0);
}

/// Where a program writes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// Standard output, descriptor 1.
    #[default]
    Out,
    /// Standard error, descriptor 2.
    Err,
}

/// What a program's thread does next. Lines are lines of its text, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It makes a system call; [`Program::resume`] is called with the result.
    Call {
        /// The line.
        line: u16,
        /// The call.
        call: Call,
    },
    /// It writes a line, or a part of one.
    Print {
        /// The line of its text.
        line: u16,
        /// What it writes, without the line end.
        text: Arc<str>,
        /// Where to.
        stream: Output,
        /// Whether a line end follows.
        ended: bool,
    },
    /// It ran these lines since what it did last: what it does next follows at once.
    Ran {
        /// The last of them, in order.
        lines: Arc<[u16]>,
        /// How many were before these.
        skipped: u32,
    },
    /// It computes and will go on: the thread pauses for a moment, so that a program without calls does not stop the
    /// world.
    Pause,
    /// It starts a thread, which runs a moment later. [`Program::resume`] is called with the thread's number in the
    /// network ([`Value::Number`]), or with EAGAIN when there are too many.
    Spawn {
        /// The line.
        line: u16,
        /// The thread, by a number that no other thread of the process has.
        thread: ThreadId,
        /// Its name.
        name: Arc<str>,
    },
    /// It waits until another thread wakes it, at most so long: [`Call::Park`], and its result.
    Park {
        /// The line.
        line: u16,
        /// What it waits for.
        why: Arc<str>,
        /// How long at most.
        limit: Option<Duration>,
    },
    /// It wakes a thread that is parked: [`Call::Unpark`], and its result. Nothing happens when that thread has
    /// ended.
    Unpark {
        /// The line.
        line: u16,
        /// Which thread.
        thread: ThreadId,
    },
    /// The thread ends; of the first thread it is the end of the process.
    Ended {
        /// The line.
        line: u16,
    },
    /// The process ends, with all its threads.
    Exit {
        /// The line.
        line: u16,
        /// The error that ended it, if one did.
        error: Option<Errno>,
        /// Its exit status.
        status: u8,
    },
}

impl Next {
    /// A program's end: with status 0, or 1 when an error ended it.
    pub fn exit(line: u16, error: Option<Errno>) -> Next {
        Next::Exit { line, error, status: error.is_some().into() }
    }

    /// A line on standard output.
    pub fn print(line: u16, text: Arc<str>) -> Next {
        Next::Print { line, text, stream: Output::Out, ended: true }
    }
}

/// What a program can see of its process besides the results of its calls.
#[derive(Debug)]
pub struct View<'a> {
    /// The time on its host's clock since the network began.
    pub now: Instant,
    /// What that clock showed at time zero.
    pub clock: Date,
    /// Its process.
    pub process: ProcessId,
    /// The thread that goes on.
    pub thread: ThreadId,
    /// The host's name.
    pub host: &'a str,
    pub(crate) random: &'a mut Stream,
}

/// Where the random bits of a program come from that runs outside of a network.
#[derive(Clone, Debug)]
pub struct Chance(Stream);

impl Chance {
    /// The same seed gives the same bits.
    pub const fn new(seed: u64) -> Chance {
        Chance(Stream::new(seed, Purpose::Host, 0))
    }
}

impl<'a> View<'a> {
    /// What a program sees that runs outside of a network, as the process and thread that somebody says it is.
    pub fn outside(
        (now, clock): (Instant, Date),
        (process, thread): (ProcessId, ThreadId),
        host: &'a str,
        chance: &'a mut Chance,
    ) -> View<'a> {
        View { now, clock, process, thread, host, random: &mut chance.0 }
    }
}

impl View<'_> {
    /// 64 random bits: `getrandom`. Each process has a stream of its own, which follows from the network's seed.
    pub fn random(&mut self) -> u64 {
        self.random.next()
    }
}

/// A machine that decides what a process does.
///
/// It must be a function of what it is given: no clock, no entropy, no state that `clone_box` does not copy. A network
/// that is cloned clones its programs, and both copies must go on alike.
pub trait Program: fmt::Debug + Send + Sync {
    /// The program's name, such as `tcp_client.py`.
    fn name(&self) -> Arc<str>;

    /// Goes on with the view's thread until its next call, output, or end. `last` is the result of the call that the thread made
    /// last; `None` at its beginning, and after output or a pause.
    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next;

    /// A copy that goes on alike.
    fn clone_box(&self) -> Box<dyn Program>;
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Box<dyn Program> {
        self.clone_box()
    }
}

/// A program of a scenario: it can be compared, and says all that is needed to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// A script.
    Script(Script),
    /// A built-in program.
    Builtin(Builtin),
    /// A program in another language.
    Foreign(Foreign),
}

impl Spec {
    /// The program's name.
    pub fn name(&self) -> Arc<str> {
        match self {
            Spec::Script(script) => script.name.clone(),
            Spec::Builtin(builtin) => builtin.name().into(),
            Spec::Foreign(foreign) => foreign.name.clone(),
        }
    }

    /// The script, when it is one.
    pub fn script(&self) -> Option<&Script> {
        match self {
            Spec::Script(script) => Some(script),
            Spec::Builtin(_) | Spec::Foreign(_) => None,
        }
    }
}

impl From<Builtin> for Spec {
    fn from(builtin: Builtin) -> Spec {
        Spec::Builtin(builtin)
    }
}

impl From<Foreign> for Spec {
    fn from(foreign: Foreign) -> Spec {
        Spec::Foreign(foreign)
    }
}

impl From<Script> for Spec {
    fn from(script: Script) -> Spec {
        Spec::Script(script)
    }
}
