//! Bytes that go out and come in: streams piece by piece as far as credit goes, datagrams whole.
//!
//! Absent on purpose: urgent data; the relay leaves it out of the stream.

use std::borrow::Cow;
use std::sync::Arc;

use relay_proto::ClientMessage;
use sim_core::errno::Errno;
use sim_core::program::{Address, Family, MessageFlags};
use sim_core::trace::Value;

use crate::address::told;
use crate::call::{Blocked, Outcome};
use crate::kernel::Kernel;
use crate::socket::{Sending, Socket, State};

impl Kernel {
    pub(crate) fn transmit(
        &mut self,
        blocked: &mut Blocked,
        number: u32,
        bytes: &Arc<[u8]>,
        to: Option<&Address>,
    ) -> Outcome {
        let socket = self.known(number)?;
        if socket.is_stream() {
            self.transmit_stream(blocked, number, bytes)
        } else {
            self.transmit_datagram(blocked, number, bytes, to)
        }
    }

    fn transmit_stream(&mut self, blocked: &mut Blocked, number: u32, bytes: &Arc<[u8]>) -> Outcome {
        let most = self.most_payload();
        let socket = self.known(number)?;
        // What was taken before the error is told first; the error waits for the next call.
        let refusal = if blocked.sent > 0 { is_over(socket).then_some(Errno::EPIPE) } else { refusal(socket) };
        if let Some(errno) = refusal {
            return if blocked.sent > 0 { Ok(Some(Value::Number(blocked.sent))) } else { Err(errno) };
        }
        if socket.state == State::Connecting {
            return Ok(None);
        }
        while blocked.sent < bytes.len() {
            let socket = self.known(number)?;
            let room = usize::try_from(socket.credit).unwrap_or(usize::MAX).min(most);
            if room == 0 {
                return Ok(None);
            }
            let piece = &bytes[blocked.sent..bytes.len().min(blocked.sent + room)];
            socket.credit -= piece.len() as u64;
            socket.unreported += piece.len() as u64;
            blocked.sent += piece.len();
            self.send(&ClientMessage::Data { socket: number, bytes: Cow::Borrowed(piece) });
        }
        Ok(Some(Value::Number(bytes.len())))
    }

    /// A datagram is sent when the relay's kernel has taken it: so its errors are this call's, as on Linux.
    fn transmit_datagram(
        &mut self,
        blocked: &mut Blocked,
        number: u32,
        bytes: &Arc<[u8]>,
        to: Option<&Address>,
    ) -> Outcome {
        let most = self.most_payload();
        let socket = self.known(number)?;
        if let Some(ticket) = blocked.ticket {
            let answer = socket.answers.take(ticket).transpose()?;
            return Ok(answer.map(|()| Value::Number(bytes.len())));
        }
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        if socket.write_shut {
            return Err(Errno::EPIPE);
        }
        if to.is_none() && socket.peer.is_none() {
            return Err(if socket.family == Family::Unix { Errno::ENOTCONN } else { Errno::EDESTADDRREQ });
        }
        if bytes.len() > most {
            return Err(Errno::EMSGSIZE);
        }
        let cost = socket.cost(bytes.len());
        if u64::from(cost) > socket.credit {
            return Ok(None);
        }
        let ticket = self.ticket();
        blocked.ticket = Some(ticket);
        let socket = self.known(number)?;
        socket.credit -= u64::from(cost);
        socket.sending.push_back(Sending { cost, ticket, failed: None });
        let bytes = Cow::Borrowed(&bytes[..]);
        self.send(&match to {
            Some(to) => ClientMessage::SendTo { socket: number, to: told(to), bytes },
            None => ClientMessage::Data { socket: number, bytes },
        });
        Ok(None)
    }

    pub(crate) fn receive(
        &mut self,
        blocked: &mut Blocked,
        number: u32,
        most: usize,
        flags: MessageFlags,
        named: bool,
    ) -> Outcome {
        let socket = self.known(number)?;
        if flags.has(MessageFlags::OOB) {
            return Err(Errno::EINVAL);
        }
        let peek = flags.has(MessageFlags::PEEK);
        let (got, from) = match socket.is_stream() {
            true => match take_stream(socket, blocked, most, flags)? {
                Some(bytes) => (bytes, None),
                None => return Ok(None),
            },
            false => match take_datagram(socket, most, peek)? {
                Some((bytes, from)) => (bytes, from),
                None => return Ok(None),
            },
        };
        let freed = core::mem::take(&mut socket.freed);
        let value = match (named, from, socket.is_stream()) {
            // Linux does not name the sender of a stream's bytes.
            (true, from, false) => Value::Datagram(got, from.unwrap_or(Address::Unnamed)),
            _ => Value::Bytes(got),
        };
        if freed > 0 {
            self.send(&ClientMessage::Credit { socket: number, bytes: freed });
        }
        Ok(Some(value))
    }
}

/// Nothing can be sent any more.
fn is_over(socket: &Socket) -> bool {
    socket.reset || socket.write_shut
}

/// Why a stream takes no bytes.
fn refusal(socket: &mut Socket) -> Option<Errno> {
    let unconnected = if socket.family == Family::Unix { Errno::ENOTCONN } else { Errno::EPIPE };
    match socket.error.take() {
        Some(errno) => Some(errno),
        None if is_over(socket) => Some(Errno::EPIPE),
        None => matches!(socket.state, State::Fresh | State::Listening).then_some(unconnected),
    }
}

/// Bytes of a stream; `None` while there are none, or not enough for MSG_WAITALL.
fn take_stream(
    socket: &mut Socket,
    blocked: &mut Blocked,
    most: usize,
    flags: MessageFlags,
) -> Result<Option<Arc<[u8]>>, Errno> {
    if matches!(socket.state, State::Fresh | State::Listening) {
        // An attempt that failed tells why, once.
        return Err(socket.error.take().unwrap_or(Errno::ENOTCONN));
    }
    let waits_for_all = flags.has(MessageFlags::WAITALL);
    let mut got = core::mem::take(&mut blocked.received);
    if flags.has(MessageFlags::PEEK) {
        let all = socket.inbox.iter().flat_map(|arrived| &arrived.bytes[arrived.read..]);
        got = all.take(most).copied().collect();
    } else {
        take(socket, most, &mut got);
    }
    let is_over = socket.finished || socket.read_shut || socket.reset;
    if got.len() == most || (!got.is_empty() && (!waits_for_all || is_over)) {
        return Ok(Some(got.into()));
    }
    if !got.is_empty() {
        blocked.received = got;
        return Ok(None);
    }
    match socket.error.take() {
        Some(errno) => Err(errno),
        None => Ok(is_over.then(|| Arc::from([]))),
    }
}

/// Moves bytes out of the inbox until there are `most`.
fn take(socket: &mut Socket, most: usize, got: &mut Vec<u8>) {
    while got.len() < most
        && let Some(first) = socket.inbox.front_mut()
    {
        let end = first.bytes.len().min(first.read + (most - got.len()));
        got.extend_from_slice(&first.bytes[first.read..end]);
        // A piece of a message is no longer than a message.
        socket.freed += (end - first.read) as u32;
        first.read = end;
        if end == first.bytes.len() {
            socket.inbox.pop_front();
        }
    }
}

type Datagram = (Arc<[u8]>, Option<Address>);

/// The next datagram; what does not fit is gone.
fn take_datagram(socket: &mut Socket, most: usize, peek: bool) -> Result<Option<Datagram>, Errno> {
    // Linux: the error before what has arrived.
    if let Some(errno) = socket.error.take() {
        return Err(errno);
    }
    let Some(first) = socket.inbox.front() else {
        return Ok(socket.read_shut.then(|| (Arc::from([]), None)));
    };
    let got = (Arc::from(&first.bytes[..first.bytes.len().min(most)]), first.from.clone());
    if !peek {
        socket.freed += socket.cost(first.bytes.len());
        socket.inbox.pop_front();
    }
    Ok(Some(got))
}
