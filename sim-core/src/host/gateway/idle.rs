//! Flows of datagrams have no end of their own: one that nobody uses any more is forgotten, after the times of Linux's conntrack.
//!
//! Absent on purpose: streams. Their ends are FIN and RST, and a connection may rest as long as it likes.

use core::time::Duration;

use litemap::LiteMap;

use crate::context::Context;
use crate::gateway::FlowId;
use crate::host::Host;
use crate::queue::{Event, LazyTimer};
use crate::time::Instant;
use crate::trace::SocketId;

use super::Flow;

/// `net.netfilter.nf_conntrack_udp_timeout`: only one side has said something.
const UNREPLIED: Duration = Duration::from_secs(30);
/// `net.netfilter.nf_conntrack_udp_timeout_stream`: both have.
const REPLIED: Duration = Duration::from_secs(120);

/// Who may be idle: a flow from the lab, or a real end of a published port, by its socket.
type Idler = (FlowId, Option<SocketId>);

#[derive(Clone, Debug, Default)]
pub(super) struct Idle {
    /// When to look at whom; one that has been used since is put back for later.
    deadlines: LiteMap<(Instant, Idler), ()>,
    timer: LazyTimer,
}

/// Until when something is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activity {
    until: Instant,
    replied: bool,
}

impl Activity {
    pub(super) fn begin(now: Instant) -> Activity {
        Activity { until: now + UNREPLIED, replied: false }
    }

    /// The side that began said something again.
    pub(super) fn again(&mut self, now: Instant) {
        self.until = now + if self.replied { REPLIED } else { UNREPLIED };
    }

    /// The other side said something.
    pub(super) fn reply(&mut self, now: Instant) {
        self.replied = true;
        self.again(now);
    }
}

impl Idle {
    pub(super) fn watch(&mut self, idler: Idler, activity: Activity, ctx: &mut Context<'_>) {
        self.deadlines.insert((activity.until, idler), ());
        self.schedule(ctx);
    }

    fn schedule(&mut self, ctx: &mut Context<'_>) {
        let next = self.deadlines.first().map(|((at, _), ())| *at);
        self.timer.set(next, ctx.queue, Event::Flows(ctx.node));
    }

    fn take_due(&mut self, now: Instant) -> Option<Idler> {
        let (&(at, idler), ()) = self.deadlines.first().filter(|((at, _), ())| *at <= now)?;
        self.deadlines.remove(&(at, idler));
        Some(idler)
    }
}

impl super::Gateway {
    /// Until when it is kept; `None` when it is gone already.
    fn kept_until(&self, (id, socket): Idler) -> Option<Instant> {
        let activity = match (self.flows.get(&id)?, socket) {
            (Flow::Datagram(flow), None) => flow.activity,
            (Flow::Port(port), Some(socket)) => port.activity(socket)?,
            _ => return None,
        };
        Some(activity.until)
    }
}

impl Host {
    /// The event of the gateway's flows came.
    pub(crate) fn flows_timeout(&mut self, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        if !gateway.idle.timer.reached(ctx.now, ctx.queue, Event::Flows(ctx.node)) {
            return;
        }
        while let Some(gateway) = &mut self.gateway
            && let Some(idler) = gateway.idle.take_due(ctx.now)
        {
            ctx.cause = None;
            match (gateway.kept_until(idler), idler) {
                (None, _) => {}
                (Some(until), _) if until > ctx.now => {
                    gateway.idle.deadlines.insert((until, idler), ());
                }
                (Some(_), (id, None)) => self.close_datagram_flow(id, ctx),
                (Some(_), (id, Some(socket))) => self.forget_peer(id, socket, ctx),
            }
        }
        if let Some(gateway) = &mut self.gateway {
            gateway.idle.schedule(ctx);
        }
    }
}
