//! The flows of the gateways: what is asked of the real network, and what is published to it.
//!
//! Absent on purpose: the questions themselves (see [`super::session`]) and the relay's sockets (see [`super::link`]).

use litemap::LiteMap;
use sim_core::gateway::{Answer, Ask, FlowId, FlowKind, Publication};
use sim_core::program::Address;
use sim_core::trace::{Fact, NodeId, What};

/// What a flow of the gateway is, for those who tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A TCP connection to a real server.
    Tcp,
    /// Datagrams of UDP to one real peer.
    Udp,
    /// A stream of AF_UNIX.
    Unix,
    /// Published, for connections.
    Listener,
    /// Published, for datagrams.
    Port,
    /// A connection that came in.
    Accepted,
}

/// What the lab lets the real network in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What leads where.
    pub publication: Publication,
    /// What the real machine has bound, once it has.
    pub local: Option<Address>,
}

/// What is known of the flows, from the trace alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Flows {
    /// Flows of which the real network is expected to do something.
    real: LiteMap<(NodeId, FlowId), ()>,
    /// Flows of datagrams to one peer: they are waited for only while a datagram has no answer.
    datagrams: LiteMap<(NodeId, FlowId), ()>,
    pub(super) published: LiteMap<FlowId, Published>,
    pub(super) natures: LiteMap<FlowId, Nature>,
}

impl Flows {
    /// Nothing is expected of the real network.
    pub(super) fn are_quiet(&self) -> bool {
        self.real.is_empty()
    }

    /// Keeps what the real network is expected to do something about, and what is published.
    pub(super) fn count(&mut self, fact: &Fact) {
        match &fact.what {
            What::Asked { flow, ask } => self.count_ask((fact.node, *flow), ask),
            What::Answered { flow, answer } => self.count_answer((fact.node, *flow), answer),
            What::Published { flow, publication } => {
                self.published.insert(*flow, Published { publication: *publication, local: None });
            }
            What::Unpublished { flow } => {
                self.published.remove(flow);
            }
            _ => {}
        }
    }

    fn count_ask(&mut self, flow: (NodeId, FlowId), ask: &Ask) {
        let nature = match ask {
            Ask::Connect { to: Address::Inet(_), kind: FlowKind::Stream, .. } => Some(Nature::Tcp),
            Ask::Connect { to: Address::Inet(_), kind: FlowKind::Datagram, .. } => Some(Nature::Udp),
            Ask::Connect { .. } => Some(Nature::Unix),
            Ask::Listen { kind: FlowKind::Stream, .. } => Some(Nature::Listener),
            Ask::Listen { kind: FlowKind::Datagram, .. } => Some(Nature::Port),
            Ask::Accept { .. } => Some(Nature::Accepted),
            _ => None,
        };
        if let Some(nature) = nature {
            self.natures.insert(flow.1, nature);
        }
        match ask {
            Ask::Connect { kind: FlowKind::Datagram, .. } => {
                self.datagrams.insert(flow, ());
            }
            Ask::Connect { .. } | Ask::Listen { .. } | Ask::Accept { .. } => {
                self.real.insert(flow, ());
            }
            Ask::Send(_) if self.datagrams.contains_key(&flow) => {
                self.real.insert(flow, ());
            }
            Ask::Reset | Ask::Close => self.forget(flow),
            _ => {}
        }
    }

    fn count_answer(&mut self, flow: (NodeId, FlowId), answer: &Answer) {
        match answer {
            Answer::Listening { local, .. } => {
                if let Some(published) = self.published.get_mut(&flow.1) {
                    published.local = Some(local.clone());
                }
            }
            Answer::Data(_) | Answer::Unreachable(_) if self.datagrams.contains_key(&flow) => {
                self.real.remove(&flow);
            }
            Answer::Reset | Answer::Refused(_) | Answer::Lost => {
                self.forget(flow);
                self.published.remove(&flow.1);
            }
            _ => {}
        }
    }

    fn forget(&mut self, flow: (NodeId, FlowId)) {
        self.real.remove(&flow);
        self.datagrams.remove(&flow);
    }
}
