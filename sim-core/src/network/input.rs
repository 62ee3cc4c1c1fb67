//! Inputs: which of them can be, and those that change links and hosts while the network runs.
//!
//! Absent on purpose: adding and taking away nodes and links (that is another scenario; a cable that is cut is a fault).

use core::fmt;
use std::sync::Arc;

use crate::gateway::FlowId;
use crate::host::Host;
pub use crate::host::Unpublishable;
use crate::link::Properties;
use crate::program::{Refusal, Spec};
use crate::scenario::{Faults, HostSettings, ScenarioError, SettingsError, check_properties, timeless_loop};
use crate::switch::Switch;
use crate::trace::{FrameId, LinkId, NodeId, What};

use super::{Input, Network, Node};

/// An input that cannot be. Each says in one sentence what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// There is no such node.
    UnknownNode(NodeId),
    /// A switch runs nothing, asks nothing, and has no frames of its own.
    IsSwitch(NodeId),
    /// Only a gateway has a way to the real network.
    NotGateway(NodeId),
    /// The gateway publishes nothing under this flow.
    NotPublished(NodeId, FlowId),
    /// This cannot be published.
    Publish(NodeId, Unpublishable),
    /// This program cannot be run.
    Program(NodeId, Refusal),
    /// There is no such link.
    UnknownLink(LinkId),
    /// A link has the ends 0 and 1.
    UnknownEnd(LinkId, u8),
    /// The link cannot be so.
    Link(ScenarioError),
    /// A gateway stands for a machine that is not ours: it has no settings here.
    IsGateway(NodeId),
    /// The host cannot be set so.
    Settings(NodeId, SettingsError),
    /// The frame neither waits for a link nor is on its way.
    FrameGone(FrameId),
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownNode(node) => write!(f, "node {} does not exist: name one of the scenario", node.0),
            Self::IsSwitch(node) => write!(f, "node {} is a switch, which has only ports: choose a host", node.0),
            Self::NotGateway(node) => {
                write!(f, "node {} is no gateway, so it has no way to the real network: choose one that is", node.0)
            }
            Self::NotPublished(node, flow) => {
                let (node, flow) = (node.0, flow.0);
                write!(f, "node {node} publishes nothing under the flow {flow}: it was withdrawn, refused or never was")
            }
            Self::Publish(node, why) => write!(f, "node {} cannot publish this: {why}", node.0),
            Self::Program(node, why) => write!(f, "node {} cannot run this program: {why}", node.0),
            Self::UnknownLink(link) => write!(f, "link {} does not exist: name one of the scenario", link.0),
            Self::UnknownEnd(link, end) => write!(f, "link {} has no end {end}: its ends are 0 and 1", link.0),
            Self::Link(error) => error.fmt(f),
            Self::IsGateway(node) => {
                write!(f, "node {} is a gateway and stands for a machine that is not ours: choose a host", node.0)
            }
            Self::Settings(node, error) => write!(f, "node {} cannot be set so: {error}", node.0),
            Self::FrameGone(frame) => {
                write!(f, "frame {} is not on a link any more: choose one that waits or flies", frame.0)
            }
        }
    }
}

impl core::error::Error for InputError {}

impl Network {
    /// Whether an input can be, as things are now. One that cannot changes nothing when it is given.
    pub fn check_input(&self, input: &Input) -> Result<(), InputError> {
        match input {
            Input::Spawn(node, Spec::Foreign(foreign)) => {
                let loaded = self.host(*node)?.load(foreign);
                loaded.map(|_| ()).map_err(|why| InputError::Program(*node, why))
            }
            Input::Spawn(node, _)
            | Input::Process(node, _)
            | Input::Call(node, ..)
            | Input::Run(node, _)
            | Input::Kill(node, _)
            | Input::Typed { node, .. }
            | Input::Frame(node, _) => self.host(*node).map(|_| ()),
            Input::Answer(node, ..) => self.gateway(*node).map(|_| ()),
            Input::Publish(node, publication) => {
                self.gateway(*node)?.check_publication(publication).map_err(|why| InputError::Publish(*node, why))
            }
            Input::Unpublish(node, flow) => {
                let there = self.gateway(*node)?.publishes(*flow);
                if there { Ok(()) } else { Err(InputError::NotPublished(*node, *flow)) }
            }
            Input::SetFaults(link, end, faults) => {
                self.check_link(*link)?;
                if *end > 1 {
                    return Err(InputError::UnknownEnd(*link, *end));
                }
                faults.check(*link).map_err(InputError::Link)
            }
            &Input::SetLink { link, rate, delay, jitter, queue } => {
                self.check_link(link)?;
                check_properties(link, [delay, jitter], queue).map_err(InputError::Link)?;
                self.check_loops(link, rate)
            }
            Input::SetHost(node, settings) => {
                if self.host(*node)?.is_gateway() {
                    return Err(InputError::IsGateway(*node));
                }
                settings.check().map_err(|error| InputError::Settings(*node, error))
            }
            Input::DropFrame(frame) => {
                let there = self.links.iter().any(|link| link.holds(*frame));
                if there { Ok(()) } else { Err(InputError::FrameGone(*frame)) }
            }
        }
    }

    fn host(&self, node: NodeId) -> Result<&Host, InputError> {
        match self.nodes.get(usize::from(node.0)) {
            Some(Node::Host(host)) => Ok(host),
            Some(Node::Switch(_)) => Err(InputError::IsSwitch(node)),
            None => Err(InputError::UnknownNode(node)),
        }
    }

    fn gateway(&self, node: NodeId) -> Result<&Host, InputError> {
        let host = self.host(node)?;
        if host.is_gateway() { Ok(host) } else { Err(InputError::NotGateway(node)) }
    }

    fn check_link(&self, link: LinkId) -> Result<(), InputError> {
        if usize::from(link.0) < self.links.len() { Ok(()) } else { Err(InputError::UnknownLink(link)) }
    }

    fn check_loops(&self, changed: LinkId, rate: u64) -> Result<(), InputError> {
        let is_switch = |node: NodeId| matches!(self.nodes[usize::from(node.0)], Node::Switch(_));
        let links = self.links.iter().enumerate().map(|(number, link)| {
            let rate = if number == usize::from(changed.0) { rate } else { link.properties().rate };
            (link.nodes(), rate)
        });
        match timeless_loop(self.nodes.len(), is_switch, links) {
            // Before, there was none: the change is what closes it.
            Some(_) => Err(InputError::Link(ScenarioError::TimelessLoop(changed))),
            None => Ok(()),
        }
    }

    pub(super) fn set_faults(&mut self, id: LinkId, end: u8, faults: Faults) {
        let (now, cut) = (self.now, faults.down);
        let (link, mut moment) = self.link(id);
        let [from, to] = if end == 0 { link.nodes() } else { [link.nodes()[1], link.nodes()[0]] };
        let what = || What::FaultsSet { link: id, end, faults: Arc::new(faults.clone()) };
        let fact = moment.record.fact(now, from, None, what);
        link.set_faults(end, faults, fact, &mut moment);
        let port = link.interface_after(end);
        if cut {
            self.at_switch(to, |switch: &mut Switch, ctx| {
                ctx.cause = Some(fact);
                switch.carrier_lost(port, ctx);
            });
        }
    }

    pub(super) fn set_link(&mut self, id: LinkId, properties: Properties) {
        let now = self.now;
        let (link, moment) = self.link(id);
        let Properties { rate, delay, jitter, queue } = properties;
        moment.record.fact(now, link.nodes()[0], None, || What::LinkSet { link: id, rate, delay, jitter, queue });
        link.set(properties);
    }

    pub(super) fn set_host(&mut self, node: NodeId, settings: HostSettings) {
        self.at(node, |host, ctx| {
            ctx.cause = Some(ctx.record.fact(ctx.now, node, None, || What::HostSet { settings }));
            host.set(settings, ctx);
        });
    }

    pub(super) fn drop_frame(&mut self, frame: FrameId) {
        let Some(place) = self.links.iter().position(|link| link.holds(frame)) else { return };
        let id = LinkId(u16::try_from(place).expect("links are numbered in 16 bits"));
        let (link, mut moment) = self.link(id);
        let dropped = link.drop_by_hand(frame, &mut moment);
        debug_assert!(dropped, "a link drops the frame that it holds");
    }
}
