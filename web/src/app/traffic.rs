//! What the trace says of frames between the lines: which wait before a link, and which segments
//! were sent again.
//!
//! A frame waits from the fact that made it (its header was put on, or a switch passed it on) until its sending. All is
//! gathered while facts come in, and asked for at any moment in the time of a search.
//!
//! Absent on purpose: queues of the real network, of which nothing is known.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use sim_core::layer::Layer;
use sim_core::scenario::{NodeKind, Scenario};
use sim_core::trace::{Fact, FactId, FrameId, LinkId, NodeId, Place, Trace, What};

use super::anatomy::{Anatomy, numbered};

/// One direction of a link, by who sends into it.
pub type Lane = (LinkId, NodeId);

/// What is known of frames beyond their facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The link at an interface, by its hardware address.
    stations: BTreeMap<(NodeId, [u8; 6]), LinkId>,
    /// The links at a switch, by port.
    ports: BTreeMap<(NodeId, u16), LinkId>,
    /// Those that waited and have left, each with the facts of its coming and going, in order.
    waited: BTreeMap<Lane, Vec<(FactId, FactId)>>,
    /// Those that have not left yet, in order.
    waiting: BTreeMap<Lane, Vec<FactId>>,
    /// The own addresses of each switch and router.
    between: BTreeMap<NodeId, Vec<IpAddr>>,
    /// Segments that were sent again, on every link.
    again: BTreeSet<FrameId>,
    /// The number after the last one that was sent, for each direction of each connection.
    highest: BTreeMap<Vec<u8>, u32>,
}

/// A packet is followed back through a node for so many facts.
const STEPS: usize = 12;

impl Traffic {
    /// Nothing yet.
    pub fn new(scenario: &Scenario) -> Traffic {
        let mut traffic = Traffic::default();
        for (node, spec) in (0..).map(NodeId).zip(&scenario.nodes) {
            if matches!(spec.kind, NodeKind::Router | NodeKind::Switch) {
                let addresses = spec.interfaces.iter().flat_map(|interface| &interface.addresses);
                traffic.between.insert(node, addresses.map(|address| address.ip).collect());
            }
        }
        for (link, spec) in (0..).map(LinkId).zip(&scenario.links) {
            for end in spec.ends {
                let Some(node) = scenario.nodes.get(usize::from(end.node.0)) else { continue };
                if node.kind == NodeKind::Switch {
                    traffic.ports.insert((end.node, end.interface), link);
                } else if let Some(interface) = node.interfaces.get(usize::from(end.interface)) {
                    traffic.stations.insert((end.node, interface.mac), link);
                }
            }
        }
        traffic
    }

    /// How many frames wait on their way into a link, up to and with a fact.
    pub fn waiting(&self, lane: Lane, now: FactId) -> usize {
        let left = self.waited.get(&lane).map_or(0, |waited| {
            let begun = waited.partition_point(|(since, _)| *since <= now);
            begun - waited.partition_point(|(_, until)| *until <= now).min(begun)
        });
        left + self.waiting.get(&lane).map_or(0, |waiting| waiting.partition_point(|since| *since <= now))
    }

    /// Whether a frame carries a segment that had been sent before.
    pub fn is_again(&self, frame: FrameId) -> bool {
        self.again.contains(&frame)
    }

    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace, fact: &Fact) {
        match &fact.what {
            What::Encapsulated { layer: Layer::DataLink, header, .. } => {
                let source = header.get(6..).and_then(|rest| rest.first_chunk::<6>());
                if let Some(link) = source.and_then(|mac| self.stations.get(&(fact.node, *mac))) {
                    self.waiting.entry((*link, fact.node)).or_default().push(fact.id);
                }
            }
            What::Switched { port, .. } => self.switched(trace, fact, *port),
            What::Sent { link, frame, bytes, .. } => {
                if let Some(since) = self.leaves((*link, fact.node), fact.cause)
                    && trace.get(since).is_some_and(|since| since.at < fact.at)
                {
                    self.waited.entry((*link, fact.node)).or_default().push((since, fact.id));
                }
                self.sent(trace, fact, *frame, bytes);
            }
            What::Duplicated { frame, of, .. } if self.again.contains(of) => {
                self.again.insert(*frame);
            }
            What::Dropped { place: Place::Queue(link), .. } => {
                self.leaves((*link, fact.node), fact.cause);
            }
            _ => {}
        }
    }

    /// A switch passes a frame on through one port, or through all but the one that it came by.
    fn switched(&mut self, trace: &Trace, fact: &Fact, port: Option<u16>) {
        let came = trace.causes(fact.id).take(STEPS).find_map(|cause| match cause.what {
            What::Delivered { link, .. } => Some(link),
            _ => None,
        });
        for (&(_, number), &link) in self.ports.range((fact.node, 0)..=(fact.node, u16::MAX)) {
            if port.map_or(Some(link) != came, |port| port == number) {
                self.waiting.entry((link, fact.node)).or_default().push(fact.id);
            }
        }
    }

    /// Takes a frame out of those that wait: by what made it.
    fn leaves(&mut self, lane: Lane, made: Option<FactId>) -> Option<FactId> {
        let waiting = self.waiting.get_mut(&lane)?;
        let place = waiting.iter().position(|since| Some(*since) == made)?;
        Some(waiting.remove(place))
    }

    fn sent(&mut self, trace: &Trace, fact: &Fact, frame: FrameId, bytes: &[u8]) {
        let causes = fact.cause.into_iter().flat_map(|cause| trace.causes(cause)).take(STEPS);
        let came = causes.take_while(|cause| cause.node == fact.node).find_map(|cause| match cause.what {
            What::Delivered { frame, .. } => Some(frame),
            _ => None,
        });
        match came.filter(|_| self.passes_on(fact.node, bytes)) {
            Some(came) if self.again.contains(&came) => {
                self.again.insert(frame);
            }
            Some(_) => {}
            None => self.count(frame, bytes),
        }
    }

    /// Whether a node only passes on what has this source.
    fn passes_on(&self, node: NodeId, bytes: &[u8]) -> bool {
        let Some(own) = self.between.get(&node) else { return false };
        source(bytes).is_none_or(|source| !own.iter().any(|address| is_octets(*address, source)))
    }

    /// Remembers how far a segment goes; one that goes no farther than those before it was sent again.
    fn count(&mut self, frame: FrameId, bytes: &[u8]) {
        let Some((end, syn)) = numbered(bytes) else { return };
        let Some(flow) = flow(bytes) else { return };
        match self.highest.get_mut(&flow) {
            // RFC 9293 §3.4: numbers are compared modulo 2³².
            Some(highest) if end.wrapping_sub(*highest) as i32 <= 0 && !(syn && end != *highest) => {
                self.again.insert(frame);
            }
            Some(highest) => *highest = end,
            None => {
                self.highest.insert(flow, end);
            }
        }
    }
}

/// The two ends of a segment, as they stand in the frame.
fn flow(bytes: &[u8]) -> Option<Vec<u8>> {
    let anatomy = Anatomy::of_bytes(bytes);
    let ((network, _), (transport, _)) = (anatomy.network?, anatomy.transport?);
    let addresses = if bytes.get(network)? >> 4 == 4 { 12..20 } else { 8..40 };
    let mut flow = bytes.get(network + addresses.start..network + addresses.end)?.to_vec();
    flow.extend_from_slice(bytes.get(transport..transport + 4)?);
    Some(flow)
}

/// The source address of a packet, as it stands in the frame.
fn source(bytes: &[u8]) -> Option<&[u8]> {
    let packet = bytes.get(Anatomy::of_bytes(bytes).network?.0..)?;
    if packet.first()? >> 4 == 4 { packet.get(12..16) } else { packet.get(8..24) }
}

fn is_octets(address: IpAddr, octets: &[u8]) -> bool {
    match address {
        IpAddr::V4(address) => address.octets() == octets,
        IpAddr::V6(address) => address.octets() == octets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::network::{Network, Output};
    use sim_core::scenario::text;
    use sim_core::time::Instant;

    /// The trace of a scenario, and its traffic.
    fn run(text: &str) -> (Trace, Traffic, Scenario) {
        let experiment = text::parse(text).expect("the text is sound");
        let mut network = Network::new(&experiment.scenario, experiment.seed()).expect("the scenario is sound");
        let (mut trace, mut traffic) = (Trace::default(), Traffic::new(&experiment.scenario));
        experiment.run(
            &mut network,
            Instant::from_millis(20_000),
            |output| {
                if let Output::Fact(fact) = output {
                    trace.push(fact);
                    let fact = trace.facts().last().expect("it was pushed");
                    traffic.push(&trace, fact);
                }
            },
            |_| true,
        );
        (trace, traffic, experiment.scenario)
    }

    const SENDS: &str = "host a\n  program send at 10ms\n    s = socket\n    connect s b:1\n    send s 60kB\n    close s\n\
        host b\n  program receive\n    l = socket\n    bind l :1\n    listen l\n    c = accept l\n    recvall c\n";

    #[test]
    fn what_waits_before_a_narrow_link_is_counted() {
        let text = format!("{SENDS}switch s\nlink a s 100Mbit/s 1ms\nlink s b 1Mbit/s 5ms queue 8\n");
        let (trace, traffic, scenario) = run(&text);
        let switch = (0..).map(NodeId).zip(&scenario.nodes).find(|(_, node)| node.kind == NodeKind::Switch).unwrap().0;
        let counts: Vec<usize> =
            trace.facts().iter().map(|fact| traffic.waiting((LinkId(1), switch), fact.id)).collect();
        assert_eq!(counts.iter().max(), Some(&8), "the queue holds eight");
        assert_eq!(counts.last(), Some(&0));
        let full =
            trace.facts().iter().position(|fact| matches!(fact.what, What::Dropped { place: Place::Queue(_), .. }));
        assert_eq!(counts[full.expect("the queue overflows")], 8);
        let left: Vec<String> =
            traffic.waiting.values().flatten().filter_map(|fact| trace.get(*fact)).map(ToString::to_string).collect();
        assert!(left.is_empty(), "all have left but {left:?}");
    }

    #[test]
    fn what_is_sent_again_is_known_on_every_link() {
        let text =
            format!("{SENDS}router r\nlink a r 10Mbit/s 5ms\nlink r b 10Mbit/s 5ms queue 100\n  r->b lose 9,12\n");
        let (trace, traffic, _) = run(&text);
        let again = |wanted: u16| {
            let sent = trace.facts().iter().filter_map(|fact| match fact.what {
                What::Sent { link, frame, .. } if link.0 == wanted => Some(frame),
                _ => None,
            });
            sent.filter(|frame| traffic.is_again(*frame)).count()
        };
        assert!(again(0) >= 2, "{}", again(0));
        assert_eq!(again(0), again(1));
    }
}
