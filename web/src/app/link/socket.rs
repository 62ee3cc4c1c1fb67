//! One real socket that stands for a flow of the gateway: its credit, and how its times are told.
//!
//! Absent on purpose: messages (see [`super`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use relay_proto::Address;
use sim_core::gateway::{FlowId, FlowKind, InfoField, datagram_cost};
use sim_core::time::Instant;
use sim_core::trace::NodeId;

/// The longest time that a real answer can have taken: a relay that says more is not believed, because the network is run
/// through all of it.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// A real socket that stands for one flow through the gateway.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    pub(super) node: NodeId,
    pub(super) flow: FlowId,
    pub(super) kind: FlowKind,
    /// Its peer; of a published socket its own address.
    pub(super) to: Address,
    pub(super) role: Role,
    /// What the relay takes at first.
    pub(super) credit: u32,
    /// It is connected, or bound.
    pub(super) ready: bool,
    /// A simulated time and the relay's time of the same event; `None` while the next answer waits for something that the
    /// lab has just asked, whose time at the relay is not reported: then the answer's own time is taken for it.
    pub(super) anchor: Option<(Instant, u64)>,
    pub(super) asked_at: Instant,
    /// What the relay may still send.
    pub(super) granted: u64,
    /// Sends that the relay has not reported yet: their simulated times and costs.
    pub(super) unreported: VecDeque<(Instant, u32)>,
    /// What the kernel knew last.
    known: Option<Arc<[(InfoField, u64)]>>,
}

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One peer.
    Conversation,
    /// The real network comes in here.
    Published {
        /// Connections that may wait in the real kernel.
        backlog: u32,
    },
}

impl Socket {
    pub(super) fn new(node: NodeId, flow: FlowId, kind: FlowKind, to: Address, asked_at: Instant) -> Socket {
        Socket {
            node,
            flow,
            kind,
            to,
            role: Role::Conversation,
            credit: 0,
            ready: false,
            anchor: None,
            asked_at,
            granted: 0,
            unreported: VecDeque::new(),
            known: None,
        }
    }

    pub(super) fn published(self, backlog: u32) -> Socket {
        Socket { role: Role::Published { backlog }, ..self }
    }

    pub(super) fn granting(self, credit: u32) -> Socket {
        Socket { granted: credit.into(), ..self }
    }

    /// Whether it has packets of its own, which a capture can tell from others.
    pub(super) fn is_seen(&self) -> bool {
        let is_inet = matches!(self.to, Address::Inet { .. } | Address::Inet6 { .. });
        is_inet && self.role == Role::Conversation
    }

    /// Whether it is a TCP connection: the kernel has something to tell of it.
    pub(super) fn is_connected_tcp(&self) -> bool {
        self.is_seen() && self.ready && self.kind == FlowKind::Stream
    }

    /// What so many bytes at once take of the credit.
    pub(super) fn cost(&self, bytes: usize) -> u32 {
        match self.kind {
            FlowKind::Stream => u32::try_from(bytes).unwrap_or(u32::MAX),
            FlowKind::Datagram => datagram_cost(bytes),
        }
    }

    /// The relay has sent so many bytes at once.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.granted = self.granted.saturating_sub(u64::from(self.cost(bytes)));
    }

    /// The kernel took, at the relay's time `at`, what costs this.
    pub(super) fn reported(&mut self, at: u64, mut taken: u32) {
        while taken > 0
            && let Some((asked_at, length)) = self.unreported.front_mut()
        {
            self.anchor = Some((*asked_at, at));
            if *length > taken {
                *length -= taken;
                break;
            }
            taken -= *length;
            self.unreported.pop_front();
        }
    }

    /// What comes next waits for what the lab asks now: the learner's own pace must not count as the server's.
    pub(super) fn waits_from(&mut self, at: Instant) {
        self.anchor = None;
        self.asked_at = at;
    }

    /// The simulated time of something that the relay dates so.
    pub(super) fn time_of(&mut self, at: u64) -> Instant {
        let anchor = *self.anchor.get_or_insert((self.asked_at, at));
        after(anchor, at)
    }

    /// The same for what was only seen, which no later time is measured by.
    pub(super) fn seen_at(&self, at: u64) -> Instant {
        self.anchor.map_or(self.asked_at, |anchor| after(anchor, at))
    }

    /// Whether this tells more than the last did. That time passes is no news.
    pub(super) fn is_news(&mut self, fields: &Arc<[(InfoField, u64)]>) -> bool {
        let tells = |fields: &[(InfoField, u64)]| {
            let passing = |field: &InfoField| field.name().is_some_and(|name| name.starts_with("last_"));
            fields.iter().filter(|(field, _)| !passing(field)).copied().collect::<Vec<_>>()
        };
        let is_news = self.known.as_ref().is_none_or(|known| tells(known) != tells(fields));
        self.known = Some(fields.clone());
        is_news
    }
}

fn after((simulated, real): (Instant, u64), at: u64) -> Instant {
    simulated + Duration::from_nanos(at.saturating_sub(real)).min(LONGEST_WAIT)
}
