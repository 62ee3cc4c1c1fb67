//! What the trace says of frames between the lines: which wait before a link, and which segments were sent again. All is gathered while
//! facts come in, and asked for at any moment in the time of a search.
//!
//! Absent on purpose: what a frame's own facts tell (see [`super::index`]).

use std::collections::{BTreeMap, BTreeSet};

use sim_core::layer::Layer;
use sim_core::scenario::Scenario;
use sim_core::trace::{Fact, FrameId, NodeId, Trace, What};

use super::anatomy::{Anatomy, numbered};
use super::queue::Queues;

/// What is known of frames beyond their facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// What waits before the links.
    pub queues: Queues,
    /// Segments that were sent again, on every link.
    again: BTreeSet<FrameId>,
    /// The number after the last one that was sent, for each direction of each connection, by who sends: networks behind different
    /// translations may use the same addresses.
    highest: BTreeMap<(NodeId, Vec<u8>), u32>,
}

/// A packet is followed back through a node for so many facts.
const STEPS: usize = 12;

impl Traffic {
    /// Nothing yet.
    pub fn new(scenario: &Scenario) -> Traffic {
        Traffic { queues: Queues::new(scenario), ..Traffic::default() }
    }

    /// Whether a frame carries a segment that had been sent before.
    pub fn is_again(&self, frame: FrameId) -> bool {
        self.again.contains(&frame)
    }

    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace, fact: &Fact) {
        self.queues.push(trace, fact);
        match &fact.what {
            What::Sent { frame, bytes, .. } => self.sent(trace, fact, *frame, bytes),
            What::Duplicated { frame, of, .. } if self.again.contains(of) => {
                self.again.insert(*frame);
            }
            _ => {}
        }
    }

    /// Who passes a frame on, under whatever address, has put no header of the transport layer on it.
    fn sent(&mut self, trace: &Trace, fact: &Fact, frame: FrameId, bytes: &[u8]) {
        let causes = fact.cause.into_iter().flat_map(|cause| trace.causes(cause)).take(STEPS);
        let origin = causes.take_while(|cause| cause.node == fact.node).find_map(|cause| match cause.what {
            What::Encapsulated { layer: Layer::Transport, .. } => Some(None),
            What::Delivered { frame, .. } => Some(Some(frame)),
            _ => None,
        });
        match origin.flatten() {
            Some(came) if self.again.contains(&came) => {
                self.again.insert(frame);
            }
            Some(_) => {}
            None => self.count(fact.node, frame, bytes),
        }
    }

    /// Remembers how far a segment goes; one that goes no farther than those before it was sent again.
    fn count(&mut self, node: NodeId, frame: FrameId, bytes: &[u8]) {
        let Some((end, syn)) = numbered(bytes) else { return };
        let Some(flow) = flow(bytes).map(|flow| (node, flow)) else { return };
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

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::network::{Network, Output};
    use sim_core::scenario::text;
    use sim_core::time::Instant;

    /// The trace of a scenario, and its traffic.
    fn run(text: &str) -> (Trace, Traffic) {
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
        (trace, traffic)
    }

    const SENDS: &str = "host a\n  program send at 10ms\n    s = socket\n    connect s b:1\n    send s 60kB\n    close s\n\
        host b\n  program receive\n    l = socket\n    bind l :1\n    listen l\n    c = accept l\n    recvall c\n";

    /// How many frames on each of the first two links carry a segment that had been sent before.
    fn again(trace: &Trace, traffic: &Traffic) -> [usize; 2] {
        let on = |wanted: u16| {
            let sent = trace.facts().iter().filter_map(|fact| match fact.what {
                What::Sent { link, frame, .. } if link.0 == wanted => Some(frame),
                _ => None,
            });
            sent.filter(|frame| traffic.is_again(*frame)).count()
        };
        [on(0), on(1)]
    }

    #[test]
    fn what_is_sent_again_is_known_on_every_link() {
        let text =
            format!("{SENDS}router r\nlink a r 10Mbit/s 5ms\nlink r b 10Mbit/s 5ms queue 100\n  r->b lose 9,12\n");
        let (trace, traffic) = run(&text);
        let [before, behind] = again(&trace, &traffic);
        assert!(before >= 2, "{before}");
        assert_eq!(before, behind);
    }

    #[test]
    fn behind_a_translation_it_is_known_too() {
        let text = "host a 192.168.1.10\n  route default via home\n  program send at 10ms\n    s = socket\n    connect s b:1\n\
            \x20   send s 6kB\n    close s\n\
            host b 203.0.113.1\n  program receive\n    l = socket\n    bind l :1\n    listen l\n    c = accept l\n    recvall c\n\
            router home\n  interface lan 192.168.1.1\n  interface wan 203.0.113.7\n  nat wan\n\
            link a home:lan 10Mbit/s 5ms\n  a->home lose 4\nlink home:wan b 10Mbit/s 5ms\n";
        let (trace, traffic) = run(text);
        assert!(trace.facts().iter().any(|fact| matches!(fact.what, What::Translated { .. })));
        let [before, behind] = again(&trace, &traffic);
        assert!(before >= 1, "{before}");
        assert_eq!(before, behind, "the one that was lost before the translation is sent again behind it as well");
    }
}
