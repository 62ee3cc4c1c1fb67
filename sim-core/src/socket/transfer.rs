//! `send` and `recv` on streams, and the way to those of datagrams.
//!
//! Absent on purpose: urgent data as such (MSG_OOB is EOPNOTSUPP; what a peer sends as urgent is read with the rest).

use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::Host;
use crate::program::{Address, MessageFlags};
use crate::trace::{SocketId, TcpState, Value};

use super::Kind;
use super::call::{Outcome, Progress};

impl Host {
    pub(super) fn send(
        &mut self,
        id: SocketId,
        bytes: &Arc<[u8]>,
        to: Option<&Address>,
        flags: MessageFlags,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        if flags.has(MessageFlags::OOB) {
            return Err(Errno::EOPNOTSUPP);
        }
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let connecting = socket.connecting;
        let tcb = match &mut socket.kind {
            Kind::Connection(tcb) => tcb,
            Kind::Datagram(..) => return self.send_datagram(id, bytes, to, ctx),
            Kind::Unix(_) => return self.send_unix(id, bytes, to, progress, ctx),
            // As Linux: a stream socket without a connection has no reader.
            Kind::Stream | Kind::Listener(_) => return Err(Errno::EPIPE),
        };
        if let Some(error) = tcb.error.take() {
            return Err(error);
        }
        if connecting && matches!(tcb.state, TcpState::SynSent | TcpState::SynReceived) {
            // `sk_stream_wait_connect`.
            return Ok(None);
        }
        if !tcb.may_write() {
            return Err(Errno::EPIPE);
        }
        progress.sent += tcb.write(bytes, progress.sent, &mut self.net, ctx);
        Ok((progress.sent == bytes.len()).then_some(Value::Number(bytes.len())))
    }

    /// `recvfrom`: bytes, and who sent them when it is a datagram.
    pub(super) fn receive_call(
        &mut self,
        id: SocketId,
        max: usize,
        flags: MessageFlags,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        if flags.has(MessageFlags::OOB) {
            // Linux: EINVAL where there is no urgent data to read.
            return Err(Errno::EINVAL);
        }
        match &self.sockets.get(id).ok_or(Errno::EBADF)?.kind {
            Kind::Stream | Kind::Listener(_) if flags.has(MessageFlags::ERRQUEUE) => Err(Errno::EAGAIN),
            Kind::Stream | Kind::Listener(_) => Err(Errno::ENOTCONN),
            Kind::Datagram(..) => self.receive_datagram(id, max, flags),
            Kind::Unix(_) => self.receive_unix(id, max, flags, progress, ctx),
            Kind::Connection(_) if flags.has(MessageFlags::ERRQUEUE) => Err(Errno::EAGAIN),
            Kind::Connection(_) => self.receive_stream(id, max, flags, progress, ctx),
        }
    }

    fn receive_stream(
        &mut self,
        id: SocketId,
        max: usize,
        flags: MessageFlags,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let Some(tcb) = self.sockets.tcb(id) else { return Err(Errno::ENOTCONN) };
        let peeks = flags.has(MessageFlags::PEEK);
        let wants = max - progress.received.len();
        let bytes = if peeks { tcb.peek(wants) } else { tcb.read(wants, &mut self.net, ctx) };
        let over = tcb.peer_finished || tcb.read_shut || tcb.state == TcpState::Closed;
        let all = flags.has(MessageFlags::WAITALL);
        if all && !over && tcb.error.is_none() && bytes.len() < wants {
            if !peeks {
                progress.received.extend_from_slice(&bytes);
            }
            return Ok(None);
        }
        if !progress.received.is_empty() {
            let mut whole = core::mem::take(&mut progress.received);
            whole.extend_from_slice(&bytes);
            return Ok(Some(Value::Bytes(whole.into())));
        }
        if bytes.is_empty() && max > 0 {
            if let Some(error) = tcb.error.take() {
                return Err(error);
            }
            if !over {
                return Ok(None);
            }
        }
        Ok(Some(Value::Bytes(bytes)))
    }
}
