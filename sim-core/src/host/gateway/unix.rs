//! AF_UNIX: programs on the gateway itself reach sockets of the real machine by their paths. AF_UNIX never leaves a machine, so there is no packet:
//! what a program writes the gateway reads at the other end, and asks the real network to send it.
//!
//! The gateway's end is a socket like others, so buffers, ends and errors are those of [`crate::socket::unix`]. Bytes stay in
//! it while the real side gives no credit; the real side gets credit for what the program has read.
//!
//! Absent on purpose: time-outs. A flow lives as long as the program's socket.

use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{Answer, Ask, FlowId, FlowKind, datagram_cost};
use crate::host::Host;
use crate::program::Address;
use crate::trace::{DropReason, SocketId};

use super::datagram::{GRANT, drop_payload};
use super::{Flow, Gateway};

#[derive(Clone, Debug)]
pub(super) struct UnixFlow {
    kind: FlowKind,
    /// The gateway's end, and the program's.
    pub(super) end: SocketId,
    caller: SocketId,
    /// The real end, as the program sees it.
    name: Option<Arc<str>>,
    /// The real machine has answered.
    standing: bool,
    /// What the real side takes.
    credit: u64,
    /// What the real side may send.
    granted: u32,
    /// [`Ask::Shutdown`] was asked.
    shut: bool,
    /// [`Answer::Fin`] came.
    finished: bool,
    /// The program has closed its socket: what it has written is still to be sent.
    hung_up: bool,
}

/// How far a program's wish to reach a path is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dial {
    Flow(FlowId),
    /// The real machine has said no, and no call has said so yet.
    Refused(Errno),
}

impl UnixFlow {
    /// One that a real client began: between the gateway's end and the program's.
    pub(super) fn accepted((end, caller): (SocketId, SocketId), name: Option<Arc<str>>, credit: u32) -> UnixFlow {
        let began = UnixFlow::new(FlowKind::Stream, (end, caller), name);
        UnixFlow { standing: true, credit: u64::from(credit), ..began }
    }

    fn new(kind: FlowKind, (end, caller): (SocketId, SocketId), name: Option<Arc<str>>) -> UnixFlow {
        UnixFlow {
            kind,
            end,
            caller,
            name,
            standing: false,
            credit: 0,
            granted: GRANT,
            shut: false,
            finished: false,
            hung_up: false,
        }
    }

    fn cost(&self, bytes: usize) -> u32 {
        match self.kind {
            FlowKind::Stream => u32::try_from(bytes).unwrap_or(u32::MAX),
            FlowKind::Datagram => datagram_cost(bytes),
        }
    }
}

impl Gateway {
    fn unix(&mut self, id: FlowId) -> Option<&mut UnixFlow> {
        match self.flows.get_mut(&id)? {
            Flow::Unix(flow) => Some(flow),
            _ => None,
        }
    }

    /// Says how a program's wish ended, for its next call.
    fn end_dial(&mut self, id: FlowId, error: Option<Errno>) {
        let key = self.dials.iter().find(|(_, dial)| matches!(dial, Dial::Flow(flow) if *flow == id));
        let Some(key) = key.map(|(key, _)| key.clone()) else { return };
        match error {
            Some(error) => self.dials.insert(key, Dial::Refused(error)),
            None => self.dials.remove(&key),
        };
    }
}

impl Host {
    /// A program's socket wants to reach a path of the real machine: gives the gateway's end, or `None` until the real
    /// machine has answered.
    pub(crate) fn dial(
        &mut self,
        caller: SocketId,
        path: &Arc<str>,
        ctx: &mut Context<'_>,
    ) -> Result<Option<SocketId>, Errno> {
        let Some(gateway) = &mut self.gateway else { return Err(Errno::ENOENT) };
        let key = (caller, path.clone());
        match gateway.dials.get(&key).copied() {
            Some(Dial::Flow(id)) => Ok(gateway.unix(id).filter(|flow| flow.standing).map(|flow| flow.end)),
            Some(Dial::Refused(error)) => {
                gateway.dials.remove(&key);
                Err(error)
            }
            None if gateway.room() == 0 => Err(Errno::ENFILE),
            None => {
                // A refusal that nobody has asked for again is of no interest any more.
                gateway.dials.retain(|(by, _), dial| *by != caller || matches!(dial, Dial::Flow(_)));
                self.open_unix_flow(key, ctx)?;
                Ok(None)
            }
        }
    }

    fn open_unix_flow(&mut self, (caller, path): (SocketId, Arc<str>), ctx: &mut Context<'_>) -> Result<(), Errno> {
        let kind = self.sockets.unix(caller).ok_or(Errno::EBADF)?.flow_kind();
        let name: Option<Arc<str>> = Some(format!("/host/{path}").into());
        let end = self.make_unix_end(caller, name.clone(), ctx)?;
        let Some(gateway) = &mut self.gateway else { return Err(Errno::ENOENT) };
        let id = ctx.ids.flow();
        gateway.insert(id, Flow::Unix(UnixFlow::new(kind, (end, caller), name)));
        gateway.dials.insert((caller, path.clone()), Dial::Flow(id));
        ctx.ask(id, Ask::Connect { kind, to: Address::Unix(path), credit: GRANT });
        Ok(())
    }

    pub(super) fn unix_answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.unix(id)) else { return };
        let (end, caller) = (flow.end, flow.caller);
        match answer {
            Answer::Connected { credit } if !flow.standing => {
                flow.standing = true;
                flow.credit += u64::from(credit);
                self.wake_all(caller, ctx);
            }
            Answer::Credit(credit) => flow.credit += u64::from(credit),
            Answer::Data(bytes) => self.unix_data(id, &bytes, ctx),
            Answer::Fin if flow.kind == FlowKind::Stream => {
                flow.finished = true;
                self.shutdown_unix(end, (false, true), ctx);
            }
            Answer::Unreachable(error) => self.fail_unix(caller, error, ctx),
            Answer::Refused(error) => self.end_unix_flow(id, Some(error), ctx),
            Answer::Fin | Answer::Reset | Answer::Lost => {
                // Of datagrams nothing can be reset.
                let stream = flow.kind == FlowKind::Stream;
                let error = if stream { Errno::ECONNRESET } else { Errno::ECONNREFUSED };
                self.end_unix_flow(id, Some(error), ctx);
            }
            _ => {}
        }
        self.serve_unix(id, ctx);
    }

    /// What came from the real machine. More than it had credit for is a bug of its driver: the flow ends on both sides.
    fn unix_data(&mut self, id: FlowId, bytes: &Arc<[u8]>, ctx: &mut Context<'_>) {
        let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.unix(id)) else { return };
        let cost = flow.cost(bytes.len());
        if cost > flow.granted || flow.finished {
            ctx.ask(id, Ask::Reset);
            self.end_unix_flow(id, Some(Errno::ECONNRESET), ctx);
            return;
        }
        flow.granted -= cost;
        let (ends, kind, name) = ((flow.end, flow.caller), flow.kind, flow.name.clone());
        if self.deliver_unix(ends, name, (bytes.clone(), cost as usize), ctx) {
            return;
        }
        // The program is gone, and what it has written waits for credit.
        match kind {
            FlowKind::Datagram => drop_payload(DropReason::NoSocket, bytes, ctx),
            FlowKind::Stream => {
                ctx.ask(id, Ask::Reset);
                self.end_unix_flow(id, None, ctx);
            }
        }
    }

    /// Hands on what the program has written, its end, and credit for what it has read.
    pub(super) fn serve_unix(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        while self.send_unix_up(id, ctx) {}
        let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.unix(id)) else { return };
        let Some(end) = self.sockets.unix(flow.end).filter(|_| flow.standing) else { return };
        if flow.kind == FlowKind::Stream && end.is_over() && !end.is_broken() && !flow.shut {
            flow.shut = true;
            ctx.ask(id, Ask::Shutdown);
        }
        if (flow.hung_up && end.is_drained()) || (flow.shut && flow.finished) {
            ctx.ask(id, Ask::Close);
            self.end_unix_flow(id, None, ctx);
            return;
        }
        // At most `GRANT` is charged: that much was granted.
        let room = GRANT.saturating_sub(end.charged() as u32);
        if room > flow.granted && !flow.finished {
            ctx.ask(id, Ask::Credit(room - flow.granted));
            flow.granted = room;
        }
    }

    /// Asks to send the next that the real side takes; `false` when there is none.
    fn send_unix_up(&mut self, id: FlowId, ctx: &mut Context<'_>) -> bool {
        let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.unix(id)) else { return false };
        let Some(end) = self.sockets.unix(flow.end).filter(|_| flow.standing) else { return false };
        let taken = match flow.kind {
            FlowKind::Datagram => end.take_datagram(flow.credit),
            FlowKind::Stream => {
                let most = usize::try_from(flow.credit).unwrap_or(usize::MAX);
                Some(end.take_bytes(most)).filter(|(bytes, _)| !bytes.is_empty())
            }
        };
        let Some((bytes, freed)) = taken else { return false };
        flow.credit -= u64::from(flow.cost(bytes.len()));
        let end = flow.end;
        ctx.ask(id, Ask::Send(bytes));
        self.give_back(end, freed, ctx);
        true
    }

    /// A program's socket of AF_UNIX is closed: what it has reached on the real machine is over, when all has been sent.
    pub(crate) fn hang_up_unix(&mut self, caller: SocketId, ctx: &mut Context<'_>) {
        self.hang_up_bound(caller, ctx);
        let Some(gateway) = &mut self.gateway else { return };
        gateway.dials.retain(|(by, _), _| *by != caller);
        let is_its = |flow: &Flow| matches!(flow, Flow::Unix(flow) if flow.caller == caller);
        let ids: Vec<FlowId> = gateway.flows.iter().filter(|(_, flow)| is_its(flow)).map(|(id, _)| *id).collect();
        for id in ids {
            let Some(flow) = self.gateway.as_mut().and_then(|gateway| gateway.unix(id)) else { continue };
            flow.hung_up = true;
            let (end, standing) = (flow.end, flow.standing);
            if !standing || self.sockets.unix(end).is_none_or(|end| end.is_broken()) {
                ctx.ask(id, Ask::Reset);
                self.end_unix_flow(id, None, ctx);
            } else {
                self.serve_unix(id, ctx);
            }
        }
    }

    /// A flow is over. With an error the program learns of it: from the call that waits, or from its next.
    fn end_unix_flow(&mut self, id: FlowId, error: Option<Errno>, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(flow) = gateway.unix(id) else { return };
        let (end, caller, kind) = (flow.end, flow.caller, flow.kind);
        let joined = self.sockets.unix(caller).is_some_and(|caller| caller.peer() == Some(end));
        gateway.end_dial(id, error.filter(|_| !joined));
        gateway.forget(id, ctx);
        if error.is_some() && kind == FlowKind::Stream {
            self.tell_unix_peer(end, caller, true, ctx);
        }
        while let Some((bytes, _)) = self.sockets.unix(end).and_then(|end| end.take_datagram(u64::MAX)) {
            drop_payload(DropReason::RealNetwork, &bytes, ctx);
        }
        self.sockets.remove(end);
        self.wake_all(caller, ctx);
    }
}
