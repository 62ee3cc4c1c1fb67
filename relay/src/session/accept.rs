//! The server's side of a session: a socket becomes a listening one, and what that accepts becomes a socket with a
//! number of the relay's half.
//!
//! Absent: when to accept (`listener`).

use super::Session;
use super::body::Body;
use super::call_of;
use crate::connect::Failure;
use crate::listener::{Accepted, Listener};
use crate::stream::Stream;
use crate::turn::Env;
use relay_proto::{Call, ClientMessage, MAX_CLIENT_SOCKET, ServerMessage};
use std::task::Context;

/// The least number that the relay gives.
pub(super) const FIRST: u32 = MAX_CLIENT_SOCKET + 1;

impl Session {
    /// Whether one socket more may be made.
    pub(super) fn has_place(&self) -> bool {
        self.slots.len() < self.common.network.limits.sockets as usize
    }

    pub(super) fn listeners(&self) -> usize {
        self.slots.iter().filter(|(_, slot)| matches!(slot.body, Body::Listener(_))).count()
    }

    /// Gives the connection a number, and tells it before anything else that happens on it.
    pub(super) fn accepted(&mut self, accepted: Accepted, cx: &mut Context<'_>) {
        let Accepted { listener, stream, at, local, peer, receivable } = accepted;
        let connection = free_number(self.accepted, |number| self.numbers.contains_key(&number));
        self.accepted = after(connection);
        let credit = self.common.network.limits.credit;
        tracing::debug!(socket = connection, %local, %peer, "accepted");
        let stream = Stream::accepted(connection, stream, credit, receivable);
        let key = self.insert(connection, Body::Stream(stream));
        let message = ServerMessage::Accepted { socket: listener, at, connection, credit, local, peer };
        self.common.out.send(cx, &message);
        // Not among those that this batch touched: that list may be the one that is gone through just now.
        self.slots[key].waker.wake_by_ref();
    }
}

/// LISTEN, on a socket that is none yet or that changes its backlog.
pub(super) fn listen(body: &mut Body, backlog: u32, listeners: usize, env: &mut Env<'_, '_>) -> Result<(), Failure> {
    let limits = &env.network.limits;
    let (most, backlog) = (limits.listeners, backlog.min(limits.backlog));
    match body {
        Body::Stream(_) if listeners >= most as usize => {
            let sentence = format!(
                "{most} sockets listen; close one of them, or start the relay with a greater `--max-listeners`."
            );
            Err(Failure::new(Call::Listen, "EMFILE", sentence))
        }
        Body::Stream(stream) => {
            *body = Body::Listener(stream.listen(backlog, env)?);
            Ok(())
        }
        Body::Listener(listener) => listener.listen(backlog, env),
        Body::Datagram(_) => {
            let sentence = "A datagram socket does not listen: datagrams come without a connection, once it is bound.";
            Err(Failure::new(Call::Listen, "EOPNOTSUPP", sentence))
        }
        Body::Lookup(_) => Ok(()),
    }
}

/// A call on a listening socket.
pub(super) fn on_listener(
    listener: &mut Listener,
    message: ClientMessage<'_>,
    env: &mut Env<'_, '_>,
) -> Result<(), Failure> {
    let call = call_of(&message);
    let fail = |errno, sentence| Err(Failure::new(call, errno, sentence));
    match message {
        ClientMessage::Accept { connections, credit, .. } => listener.accept(connections, credit),
        ClientMessage::GetOption { option, .. } => listener.option(option, None, env),
        ClientMessage::SetOption { option, value, .. } => listener.option(option, Some(&value), env),
        ClientMessage::Connect { .. } => fail("EISCONN", "This socket listens, and cannot connect; open another one."),
        ClientMessage::SendTo { .. } => fail("EOPNOTSUPP", "SENDTO is for datagram sockets, and this one listens."),
        _ => fail("EINVAL", "This socket listens: it has no bytes and no peer, and its address stays."),
    }
}

/// The first number from this one on that is not in use. There is one: a session has far fewer sockets.
fn free_number(from: u32, in_use: impl Fn(u32) -> bool) -> u32 {
    let mut number = from;
    while in_use(number) {
        number = after(number);
    }
    number
}

fn after(number: u32) -> u32 {
    number.checked_add(1).unwrap_or(FIRST)
}

#[cfg(test)]
mod tests {
    use super::{FIRST, after, free_number};

    #[test]
    fn numbers_in_use_are_passed_over_and_the_last_is_followed_by_the_first() {
        assert_eq!(FIRST, 0x8000_0000);
        assert_eq!(free_number(FIRST, |_| false), FIRST);
        assert_eq!(free_number(FIRST, |number| number < FIRST + 3), FIRST + 3);
        assert_eq!(free_number(u32::MAX, |number| number != FIRST + 1), FIRST + 1);
        assert_eq!(after(u32::MAX), FIRST);
    }
}
