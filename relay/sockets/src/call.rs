//! The calls: each returns, or waits and is tried again when something has changed.
//!
//! Absent on purpose: bytes ([`crate::transfer`]) and readiness ([`crate::poll`]).

use core::time::Duration;

use relay_proto::{Call as Asked, ClientMessage, Family as ToldFamily, How, Kind};
use sim_core::errno::Errno;
use sim_core::program::{Address, Call, Family, MessageFlags, OptionName, Shutdown, SocketOption, SocketType};
use sim_core::time::Instant;
use sim_core::trace::Value;

use crate::address::{told, unbound};
use crate::kernel::{Descriptor, Kernel, Process, Task};
use crate::option;
use crate::socket::{Socket, State, WINDOW};

/// What a call gave; `None` while it waits.
pub(crate) type Outcome = Result<Option<Value>, Errno>;

const DONE: Outcome = Ok(Some(Value::None));

/// A call, and how far it has come.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    pub(crate) task: Task,
    pub(crate) call: Call,
    pub(crate) deadline: Option<Instant>,
    /// Its time has run out.
    pub(crate) expired: bool,
    /// The question that it waits for.
    pub(crate) ticket: Option<u64>,
    /// The socket that it makes.
    made: Option<u32>,
    /// Bytes that `send` has sent.
    pub(crate) sent: usize,
    /// Bytes that `recv` with MSG_WAITALL has.
    pub(crate) received: Vec<u8>,
}

impl Blocked {
    pub(crate) fn new(task: Task, call: Call, deadline: Option<Instant>) -> Blocked {
        Blocked { task, call, deadline, expired: false, ticket: None, made: None, sent: 0, received: Vec::new() }
    }
}

/// The descriptor that a call is about.
fn descriptor(call: &Call) -> Option<u32> {
    match call {
        Call::Bind(fd, _)
        | Call::Listen(fd, _)
        | Call::Accept(fd)
        | Call::Connect(fd, _)
        | Call::Send(fd, ..)
        | Call::Recv(fd, ..)
        | Call::SendTo(fd, ..)
        | Call::RecvFrom(fd, ..)
        | Call::Shutdown(fd, _)
        | Call::Close(fd)
        | Call::GetSockName(fd)
        | Call::GetPeerName(fd)
        | Call::SetOption(fd, _)
        | Call::GetOption(fd, _)
        | Call::SetNonBlocking(fd, _)
        | Call::InQueue(fd)
        | Call::OutQueue(fd)
        | Call::Read(fd, _)
        | Call::Write(fd, _) => Some(*fd),
        _ => None,
    }
}

impl Kernel {
    /// How long a call waits at most.
    pub(crate) fn time_limit(&self, task: Task, call: &Call) -> Option<Duration> {
        let socket = || match self.processes.get(&task.process)?.descriptors.get(&descriptor(call)?)? {
            Descriptor::Socket(number) => self.sockets.get(number),
            Descriptor::File(_) => None,
        };
        match call {
            Call::Sleep(span) => Some(*span),
            Call::Poll(_, limit) | Call::Park(_, limit) => *limit,
            Call::Accept(_) | Call::Recv(..) | Call::RecvFrom(..) | Call::Read(..) => socket()?.receive_timeout,
            Call::Connect(..) | Call::Send(..) | Call::SendTo(..) | Call::Write(..) => socket()?.send_timeout,
            _ => None,
        }
    }

    pub(crate) fn try_call(&mut self, blocked: &mut Blocked) -> Outcome {
        let call = blocked.call.clone();
        match &call {
            Call::Socket(family, kind) => self.socket(blocked, *family, *kind),
            Call::Poll(fds, _) => self.poll(blocked, fds),
            Call::Sleep(_) => Ok(blocked.expired.then_some(Value::None)),
            Call::Park(..) => self.park(blocked),
            Call::Unpark(thread) => Ok(Some(Value::Number(self.unpark(Task { thread: thread.0, ..blocked.task })))),
            Call::Open(path, flags) => {
                let open = self.files.open(path, *flags)?;
                let fd = self.process(blocked.task).add(Descriptor::File(open))?;
                Ok(Some(Value::Descriptor(fd)))
            }
            Call::Unlink(path) => self.files.unlink(path).map(|()| Some(Value::None)),
            Call::Access(path) => self.files.access(path).map(|()| Some(Value::None)),
            Call::Read(0, most) => self.read_typed(blocked, *most),
            Call::SocketPair(_) => Err(Errno::EOPNOTSUPP),
            Call::Configure(..) => Err(Errno::EPERM),
            _ => self.on_descriptor(blocked, &call),
        }
    }

    pub(crate) fn process(&mut self, task: Task) -> &mut Process {
        self.processes.entry(task.process).or_default()
    }

    fn on_descriptor(&mut self, blocked: &mut Blocked, call: &Call) -> Outcome {
        let fd = descriptor(call).expect("only calls with a descriptor come here");
        let process = self.process(blocked.task);
        match process.descriptors.get(&fd).ok_or(Errno::EBADF)? {
            Descriptor::File(_) => self.on_file(blocked.task, fd, call),
            Descriptor::Socket(number) => {
                let number = *number;
                if let Call::Close(_) = call {
                    process.descriptors.remove(&fd);
                    self.close_socket(number);
                    return DONE;
                }
                if self.is_lost() {
                    return Err(Errno::ENETDOWN);
                }
                let outcome = self.on_socket(blocked, number, call)?;
                // What waits for the relay's word has no patience to lose.
                if outcome.is_none() && blocked.ticket.is_none() && self.is_impatient(blocked, number, call) {
                    return give_up(blocked, call);
                }
                Ok(outcome)
            }
        }
    }

    fn is_impatient(&self, blocked: &Blocked, number: u32, call: &Call) -> bool {
        let flags = match call {
            Call::Send(.., flags) | Call::Recv(.., flags) | Call::SendTo(.., flags) | Call::RecvFrom(.., flags) => {
                *flags
            }
            _ => MessageFlags::NONE,
        };
        let non_blocking = self.sockets.get(&number).is_some_and(|socket| socket.non_blocking);
        non_blocking || blocked.expired || flags.has(MessageFlags::DONTWAIT)
    }

    fn on_socket(&mut self, blocked: &mut Blocked, number: u32, call: &Call) -> Outcome {
        let none = MessageFlags::NONE;
        match call {
            Call::Bind(_, address) => {
                let at = told(address);
                self.asked(blocked, number, Asked::Bind, || ClientMessage::Bind { socket: number, at })
            }
            Call::Listen(_, backlog) => {
                let backlog = *backlog;
                self.asked(blocked, number, Asked::Listen, || ClientMessage::Listen { socket: number, backlog })
            }
            Call::Accept(_) => self.accept(blocked, number),
            Call::Connect(_, address) => self.connect(blocked, number, address),
            Call::Send(_, bytes, _) | Call::Write(_, bytes) => self.transmit(blocked, number, bytes, None),
            Call::SendTo(_, bytes, to, _) => self.transmit(blocked, number, bytes, Some(to)),
            Call::Recv(_, most, flags) => self.receive(blocked, number, *most, *flags, false),
            Call::RecvFrom(_, most, flags) => self.receive(blocked, number, *most, *flags, true),
            Call::Read(_, most) => self.receive(blocked, number, *most, none, false),
            Call::Shutdown(_, how) => self.shutdown(number, *how),
            Call::SetOption(_, option) => self.set_option(blocked, number, option),
            Call::GetOption(_, name) => self.get_option(blocked, number, *name),
            _ => self.look(number, call).map(Some),
        }
    }

    /// Calls that need no word of the relay.
    fn look(&mut self, number: u32, call: &Call) -> Result<Value, Errno> {
        let socket = self.known(number)?;
        let listens = socket.state == State::Listening;
        Ok(match call {
            Call::GetSockName(_) => Value::Address(socket.local.clone().unwrap_or_else(|| unbound(socket.family))),
            Call::GetPeerName(_) => {
                let is_gone = socket.is_stream() && (socket.state != State::Connected || socket.reset);
                Value::Address(socket.peer.clone().filter(|_| !is_gone).ok_or(Errno::ENOTCONN)?)
            }
            Call::SetNonBlocking(_, on) => {
                socket.non_blocking = *on;
                Value::None
            }
            Call::InQueue(_) | Call::OutQueue(_) if listens => return Err(Errno::EINVAL),
            Call::InQueue(_) => Value::Number(socket.readable()),
            Call::OutQueue(_) => Value::Number(usize::try_from(socket.unreported).unwrap_or(usize::MAX)),
            call => unreachable!("{} is a call that the relay is asked for", call.name()),
        })
    }

    pub(crate) fn known(&mut self, number: u32) -> Result<&mut Socket, Errno> {
        self.sockets.get_mut(&number).ok_or(Errno::EBADF)
    }

    /// Asks the relay once, and gives its answer when it is there.
    fn asked(
        &mut self,
        blocked: &mut Blocked,
        number: u32,
        call: Asked,
        message: impl FnOnce() -> ClientMessage<'static>,
    ) -> Outcome {
        if let Some(ticket) = blocked.ticket {
            let answer = self.known(number)?.answers.take(ticket).transpose()?;
            return Ok(answer.map(|()| Value::None));
        }
        let ticket = self.ticket();
        blocked.ticket = Some(ticket);
        self.known(number)?.answers.ask(ticket, call);
        self.send(&message());
        Ok(None)
    }

    fn socket(&mut self, blocked: &mut Blocked, family: Family, kind: SocketType) -> Outcome {
        if self.is_lost() {
            return Err(Errno::ENETDOWN);
        }
        let told_kind = match kind {
            SocketType::Stream => Kind::Stream,
            SocketType::Datagram => Kind::Datagram,
            SocketType::Icmp => return Err(Errno::EPROTONOSUPPORT),
        };
        let told_family = match family {
            Family::Inet => ToldFamily::Inet,
            Family::Inet6 => ToldFamily::Inet6,
            Family::Unix => ToldFamily::Unix,
        };
        let number = match blocked.made {
            Some(number) => number,
            None if !self.process(blocked.task).has_room() => return Err(Errno::EMFILE),
            None => {
                let number = self.number();
                self.sockets.insert(number, Socket::new(family, kind));
                blocked.made = Some(number);
                number
            }
        };
        let open = || ClientMessage::Open { socket: number, family: told_family, kind: told_kind, credit: WINDOW };
        match self.asked(blocked, number, Asked::Socket, open) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                let fd = self.process(blocked.task).add(Descriptor::Socket(number))?;
                Ok(Some(Value::Descriptor(fd)))
            }
            Err(errno) => {
                self.sockets.remove(&number);
                Err(errno)
            }
        }
    }

    /// The relay accepts one connection more, if it does not already.
    pub(crate) fn want_connection(&mut self, number: u32) {
        let Some(socket) = self.sockets.get_mut(&number) else { return };
        if socket.state == State::Listening && socket.accepted.is_empty() && socket.wanted == 0 {
            socket.wanted = 1;
            self.send(&ClientMessage::Accept { socket: number, connections: 1, credit: WINDOW });
        }
    }

    fn accept(&mut self, blocked: &Blocked, number: u32) -> Outcome {
        let socket = self.known(number)?;
        if !socket.is_stream() {
            return Err(Errno::EOPNOTSUPP);
        }
        if socket.state != State::Listening {
            return Err(Errno::EINVAL);
        }
        let Some(connection) = socket.accepted.front().copied() else {
            self.want_connection(number);
            return Ok(None);
        };
        let fd = self.process(blocked.task).add(Descriptor::Socket(connection))?;
        self.known(number)?.accepted.pop_front();
        let peer = self.known(connection)?.peer.clone().unwrap_or(Address::Unnamed);
        Ok(Some(Value::Accepted(fd, peer)))
    }

    fn connect(&mut self, blocked: &mut Blocked, number: u32, address: &Address) -> Outcome {
        let to = told(address);
        let message = || ClientMessage::Connect { socket: number, to };
        let socket = self.known(number)?;
        if blocked.ticket.is_none() && socket.is_stream() {
            match socket.state {
                State::Connecting => return Err(Errno::EALREADY),
                State::Connected | State::Listening => return Err(Errno::EISCONN),
                State::Fresh => {}
            }
            if let Some(errno) = socket.error.take() {
                return Err(errno);
            }
            socket.state = State::Connecting;
            if socket.non_blocking {
                self.send(&message());
                return Err(Errno::EINPROGRESS);
            }
        }
        let outcome = self.asked(blocked, number, Asked::Connect, message)?;
        if outcome.is_none() && blocked.expired {
            // SO_SNDTIMEO: the attempt goes on, and SO_ERROR will tell.
            let ticket = blocked.ticket.expect("it was asked");
            self.known(number)?.answers.forget(ticket);
            return Err(Errno::EINPROGRESS);
        }
        Ok(outcome)
    }

    fn shutdown(&mut self, number: u32, how: Shutdown) -> Outcome {
        let socket = self.known(number)?;
        let is_connected = if socket.is_stream() { socket.state == State::Connected } else { socket.peer.is_some() };
        if !is_connected || socket.reset {
            return Err(Errno::ENOTCONN);
        }
        socket.read_shut |= matches!(how, Shutdown::Read | Shutdown::Both);
        socket.write_shut |= matches!(how, Shutdown::Write | Shutdown::Both);
        let how = match how {
            Shutdown::Read => How::Read,
            Shutdown::Write => How::Write,
            Shutdown::Both => How::Both,
        };
        self.send(&ClientMessage::Shutdown { socket: number, how });
        DONE
    }

    fn set_option(&mut self, blocked: &mut Blocked, number: u32, option: &SocketOption) -> Outcome {
        let socket = self.known(number)?;
        match option {
            SocketOption::ReceiveTimeout(limit) => socket.receive_timeout = *limit,
            SocketOption::SendTimeout(limit) => socket.send_timeout = *limit,
            option => {
                let (value, option) = (option::value(option)?, option::told(option.name(), socket.family)?);
                let message = || ClientMessage::SetOption { socket: number, option, value };
                return self.asked(blocked, number, Asked::SetSockOpt, message);
            }
        }
        DONE
    }

    fn get_option(&mut self, blocked: &mut Blocked, number: u32, name: OptionName) -> Outcome {
        let socket = self.known(number)?;
        let value = match name {
            OptionName::ReceiveTimeout => SocketOption::ReceiveTimeout(socket.receive_timeout),
            OptionName::SendTimeout => SocketOption::SendTimeout(socket.send_timeout),
            OptionName::Error => SocketOption::Error(socket.error.take()),
            OptionName::Type => SocketOption::Type(socket.kind),
            OptionName::Domain => SocketOption::Domain(socket.family),
            OptionName::AcceptConn => SocketOption::AcceptConn(socket.state == State::Listening),
            name => {
                let option = option::told(name, socket.family)?;
                let message = || ClientMessage::GetOption { socket: number, option };
                let answered = self.asked(blocked, number, Asked::GetSockOpt, message)?;
                let ticket = blocked.ticket.expect("it was asked");
                let value = self.known(number)?.answers.take_value(ticket);
                return match answered {
                    // What the relay says and this does not know is no option here.
                    Some(_) => value.map(|value| Some(Value::Option(value))).ok_or(Errno::ENOPROTOOPT),
                    None => Ok(None),
                };
            }
        };
        Ok(Some(Value::Option(value)))
    }

    fn park(&mut self, blocked: &Blocked) -> Outcome {
        if self.wakings.remove(&blocked.task).is_some() {
            return DONE;
        }
        if blocked.expired { Err(Errno::ETIMEDOUT) } else { Ok(None) }
    }

    /// Wakes a thread, or will not let it wait the next time; how many waited.
    fn unpark(&mut self, task: Task) -> usize {
        self.wakings.insert(task, ());
        usize::from(self.waiting().any(|(waits, call)| waits == task && matches!(call, Call::Park(..))))
    }

    fn read_typed(&mut self, blocked: &Blocked, most: usize) -> Outcome {
        let process = self.process(blocked.task);
        if process.typed.is_empty() && !process.no_more_typed && most > 0 {
            return Ok(None);
        }
        // A terminal gives a line at a time.
        let line = process.typed.iter().position(|byte| *byte == b'\n').map_or(process.typed.len(), |end| end + 1);
        let bytes: Vec<u8> = process.typed.drain(..line.min(most)).collect();
        Ok(Some(Value::Bytes(bytes.into())))
    }

    fn on_file(&mut self, task: Task, fd: u32, call: &Call) -> Outcome {
        let process = self.processes.get_mut(&task.process).ok_or(Errno::EBADF)?;
        if let Call::Close(_) = call {
            process.descriptors.remove(&fd);
            return DONE;
        }
        let Some(Descriptor::File(open)) = process.descriptors.get_mut(&fd) else { return Err(Errno::EBADF) };
        match call {
            Call::Read(_, most) => self.files.read(open, *most).map(|bytes| Some(Value::Bytes(bytes))),
            Call::Write(_, bytes) => self.files.write(open, bytes).map(|count| Some(Value::Number(count))),
            _ => Err(Errno::ENOTSOCK),
        }
    }
}

/// A call would wait, and must not, or no longer.
fn give_up(blocked: &mut Blocked, call: &Call) -> Outcome {
    match call {
        Call::Send(..) | Call::Write(..) | Call::SendTo(..) if blocked.sent > 0 => {
            Ok(Some(Value::Number(blocked.sent)))
        }
        Call::Recv(..) | Call::RecvFrom(..) if !blocked.received.is_empty() => {
            Ok(Some(Value::Bytes(core::mem::take(&mut blocked.received).into())))
        }
        _ => Err(Errno::EAGAIN),
    }
}
