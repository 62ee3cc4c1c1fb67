//! What each message of the client does: the table of numbers, and the calls on the sockets behind it.
//!
//! Absent: when a socket goes on by itself. That is the session's round.

use super::{Body, Session, Slot};
use crate::connect::Failure;
use crate::resolve;
use crate::stream::{Env, Stream};
use crate::wake::SlotWaker;
use relay_proto::{Address, Call, ClientMessage, Family, Kind, MAX_CLIENT_SOCKET, SESSION, ServerMessage};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Instant;
use tokio::time::timeout;

impl Session {
    pub(super) fn handle(&mut self, message: ClientMessage<'_>, cx: &mut Context<'_>) {
        let socket = message.socket();
        let done = match message {
            ClientMessage::Open { family, kind: Kind::Stream, credit, .. } => self.open(socket, family, credit, cx),
            ClientMessage::Open { .. } => {
                Err(Failure::new(Call::Socket, "ESOCKTNOSUPPORT", "This relay has no datagram sockets."))
            }
            ClientMessage::Lookup { name, .. } => self.lookup(socket, name),
            other => self.call(socket, other, cx),
        };
        if let Err(failure) = done {
            let failure = failure.message(socket, self.clock.now());
            self.out.send(cx, &failure);
        }
    }

    fn open(&mut self, number: u32, family: Family, receivable: u32, cx: &mut Context<'_>) -> Result<(), Failure> {
        self.admit(number, Call::Socket, "EAGAIN", "EMFILE")?;
        let credit = self.network.limits.credit;
        let stream = Stream::open(number, family, credit, receivable)?;
        let at = self.clock.now();
        self.insert(number, Body::Stream(stream));
        self.out.send(cx, &ServerMessage::Opened { socket: number, at, credit });
        Ok(())
    }

    fn lookup(&mut self, number: u32, name: String) -> Result<(), Failure> {
        self.admit(number, Call::GetAddrInfo, "EAI_AGAIN", "EMFILE")?;
        let (network, clock) = (Arc::clone(&self.network), self.clock);
        let lookup = async move {
            let began = Instant::now();
            let answer = timeout(network.limits.connect_time, resolve::lookup(&*network.resolver, &name)).await;
            let outcome = match &answer {
                Ok(found) => found.as_ref().map(|_| ()).map_err(|error| error.errno),
                Err(_) => Err("EAI_AGAIN"),
            };
            network.metrics.called("getaddrinfo", began.elapsed(), outcome);
            let failure = match answer {
                Ok(Ok(found)) => {
                    let addresses = found.into_iter().map(Address::from).collect();
                    return ServerMessage::Addresses { socket: number, at: clock.now(), addresses };
                }
                Ok(Err(error)) => Failure::new(Call::GetAddrInfo, error.errno, error.sentence),
                Err(_) => {
                    let sentence = format!("The look-up of {name:?} took too long; try again.");
                    Failure::new(Call::GetAddrInfo, "EAI_AGAIN", sentence)
                }
            };
            failure.message(number, clock.now())
        };
        let key = self.insert(number, Body::Lookup(number, Box::pin(lookup)));
        self.touch(key);
        Ok(())
    }

    /// Whether one more number may be used.
    fn admit(
        &mut self,
        number: u32,
        call: Call,
        too_fast: &'static str,
        too_many: &'static str,
    ) -> Result<(), Failure> {
        let limits = &self.network.limits;
        let fail = |errno, sentence: String| Err(Failure::new(call, errno, sentence));
        if number == SESSION || number > MAX_CLIENT_SOCKET {
            return fail("EINVAL", format!("A client's numbers are 1 to {MAX_CLIENT_SOCKET}, not {number}."));
        }
        if self.numbers.contains_key(&number) {
            return fail("EEXIST", format!("The number {number} is in use; close it first or take another."));
        }
        if self.slots.len() >= limits.sockets as usize {
            let most = limits.sockets;
            return fail(
                too_many,
                format!("{most} sockets are open; close some, or start the relay with a greater `--max-sockets`."),
            );
        }
        self.opens.take().map_err(|rate| too_often(call, too_fast, rate))
    }

    /// A call on a number that should be a socket.
    fn call(&mut self, number: u32, message: ClientMessage<'_>, cx: &mut Context<'_>) -> Result<(), Failure> {
        let unknown = || {
            let sentence = format!("No socket has the number {number}; open it first.");
            Failure::new(call_of(&message), "EBADF", sentence)
        };
        let key = *self.numbers.get(&number).ok_or_else(unknown)?;
        let Some(Slot { body: Body::Stream(stream), .. }) = self.slots.get_mut(key) else {
            return Err(unknown());
        };
        let ends = matches!(message, ClientMessage::Close { .. } | ClientMessage::Reset { .. });
        let done = match message {
            ClientMessage::Connect { to, .. } => {
                let rate = self.opens.take();
                rate.map_err(|rate| too_often(Call::Connect, "EAGAIN", rate))?;
                stream.connect(to, &self.network, self.clock)
            }
            ClientMessage::Data { bytes, .. } => {
                stream.lend(&mut self.spare);
                stream.data(&bytes)
            }
            ClientMessage::Shutdown { how, .. } => stream.shutdown(how),
            ClientMessage::Credit { bytes, .. } => stream.credit(bytes),
            ClientMessage::Close { .. } => {
                stream.close();
                self.numbers.remove(&number);
                Ok(())
            }
            ClientMessage::Reset { .. } => {
                stream.reset();
                stream.close();
                self.numbers.remove(&number);
                Ok(())
            }
            ClientMessage::Bind { .. }
            | ClientMessage::Listen { .. }
            | ClientMessage::Accept { .. }
            | ClientMessage::SendTo { .. }
            | ClientMessage::GetOption { .. }
            | ClientMessage::SetOption { .. }
            | ClientMessage::Watch { .. } => {
                Err(Failure::new(call_of(&message), "EOPNOTSUPP", "This relay's sockets do not do that."))
            }
            // Handled before.
            ClientMessage::Open { .. } | ClientMessage::Lookup { .. } => Ok(()),
        };
        let done = match done {
            Err(failure) if matches!(failure.errno, "ENOBUFS" | "EOVERFLOW") => {
                let (out, spare, metrics) = (&mut self.out, &mut self.spare, &*self.network.metrics);
                let (clock, chunk, hurry) = (self.clock, self.chunk, self.hurry);
                let mut env = Env { task: cx, out, spare, metrics, clock, chunk, hurry };
                stream.punish(failure, &mut env);
                Ok(())
            }
            done => done,
        };
        if ends {
            // Its place is free for the next message, unless it has something to deliver.
            self.poll_slot(key, cx);
        } else {
            self.touch(key);
        }
        done
    }

    fn insert(&mut self, number: u32, body: Body) -> usize {
        let entry = self.slots.vacant_entry();
        let key = entry.key();
        let flag = SlotWaker::new(key, &self.ready);
        let waker = Waker::from(Arc::clone(&flag));
        let counted = body.socket_type().map(|kind| self.network.metrics.socket(kind));
        entry.insert(Slot { body, _counted: counted, flag, waker, parked: false, dirty: false });
        self.numbers.insert(number, key);
        key
    }
}

fn too_often(call: Call, errno: &'static str, rate: u32) -> Failure {
    let sentence = format!(
        "More than {rate} sockets and look-ups in one second; slow down, or start the relay with a greater `--max-opens-per-second`."
    );
    Failure::new(call, errno, sentence)
}

fn call_of(message: &ClientMessage<'_>) -> Call {
    match message {
        ClientMessage::Open { .. } => Call::Socket,
        ClientMessage::Connect { .. } => Call::Connect,
        ClientMessage::Data { .. } => Call::Send,
        ClientMessage::Shutdown { .. } => Call::Shutdown,
        ClientMessage::Close { .. } | ClientMessage::Reset { .. } => Call::Close,
        ClientMessage::Credit { .. } => Call::Recv,
        ClientMessage::Lookup { .. } => Call::GetAddrInfo,
        ClientMessage::Bind { .. } => Call::Bind,
        ClientMessage::Listen { .. } => Call::Listen,
        ClientMessage::Accept { .. } => Call::Accept,
        ClientMessage::SendTo { .. } => Call::SendTo,
        ClientMessage::GetOption { .. } | ClientMessage::Watch { .. } => Call::GetSockOpt,
        ClientMessage::SetOption { .. } => Call::SetSockOpt,
    }
}
