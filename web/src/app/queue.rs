//! How many frames wait before each direction of each link: what the stage and the plots say of queues.
//!
//! A frame waits from the fact that made it (its Ethernet header was put on, or a switch passed it on) until its first bit leaves,
//! or until it is dropped there. One that leaves or is dropped at the moment at which it came has not waited. The frame whose bits are
//! leaving is not counted.
//!
//! Absent on purpose: queues of the real network, of which nothing is known.

use std::collections::VecDeque;

use litemap::LiteMap;
use sim_core::layer::Layer;
use sim_core::scenario::{NodeKind, Scenario};
use sim_core::trace::{Fact, FactId, LinkId, NodeId, Place, Trace, What};

use super::Model;
use super::tcp::curve::Curve;
use super::thing::Thing;

/// One direction of a link, by who sends into it.
pub type Lane = (LinkId, NodeId);

/// The queue before one direction of a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// How many frames wait, after each change.
    pub lengths: Curve<1>,
    /// Frames that were dropped in it.
    pub drops: Vec<FactId>,
    /// What made those that wait, in order.
    waiting: VecDeque<FactId>,
    /// What made all that have waited, in order, each with the fact at which it went.
    visits: Vec<(FactId, FactId)>,
    /// Something has waited here.
    waited: bool,
}

/// The frame that waits behind the chosen one, in any queue, or the first that waits.
pub fn next(model: &Model) -> Option<Thing> {
    const SEEN: usize = 64;
    let (now, queues) = (model.fact()?, &model.session.index.traffic.queues);
    let lanes = queues.busy().map(|(lane, _)| lane);
    let waiting: Vec<FactId> = lanes.flat_map(|lane| queues.front(lane, now, SEEN)).collect();
    let behind = |fact: &&FactId| model.selected.thing.is_none_or(|chosen| Thing::Fact(**fact) > chosen);
    let next = waiting.iter().filter(behind).min().or(waiting.iter().min())?;
    Some(Thing::Waiting(*next))
}

/// The queues of a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queues {
    /// The link at an interface, by its hardware address.
    stations: LiteMap<(NodeId, [u8; 6]), LinkId>,
    /// The links at a switch, by port.
    ports: LiteMap<(NodeId, u16), LinkId>,
    lanes: LiteMap<Lane, Queue>,
}

/// The fact at which those go that still wait.
const NEVER: FactId = FactId(u32::MAX);

/// So many that were dropped by hand from the middle of a queue are looked past to find its front.
const PAST: usize = 64;

/// A frame is followed back through a switch for so many facts.
const STEPS: usize = 12;

impl Queues {
    /// Nothing waits yet.
    pub fn new(scenario: &Scenario) -> Queues {
        let mut queues = Queues::default();
        for (link, spec) in (0..).map(LinkId).zip(&scenario.links) {
            for end in spec.ends {
                let Some(node) = scenario.nodes.get(usize::from(end.node.0)) else { continue };
                if node.kind == NodeKind::Switch {
                    queues.ports.insert((end.node, end.interface), link);
                } else if let Some(interface) = node.interfaces.get(usize::from(end.interface)) {
                    queues.stations.insert((end.node, interface.mac), link);
                }
            }
        }
        queues
    }

    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace, fact: &Fact) {
        match &fact.what {
            What::Encapsulated { layer: Layer::DataLink, header, .. } => {
                let source = header.get(6..).and_then(|rest| rest.first_chunk::<6>());
                if let Some(link) = source.and_then(|mac| self.stations.get(&(fact.node, *mac))) {
                    self.lanes.entry((*link, fact.node)).or_default().join(fact);
                }
            }
            What::Switched { port, .. } => self.switched(trace, fact, *port),
            What::Sent { link, .. } => self.lanes.entry((*link, fact.node)).or_default().leave(trace, fact),
            What::Dropped { place: Place::Queue(link), .. } => {
                let queue = self.lanes.entry((*link, fact.node)).or_default();
                queue.drops.push(fact.id);
                queue.leave(trace, fact);
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
        let first = (fact.node, 0);
        let ports = self.ports.iter().skip(self.ports.as_slice().partition_point(|(port, _)| *port < first));
        for (&(_, number), &link) in ports.take_while(|((node, _), _)| *node == fact.node) {
            if port.map_or(Some(link) != came, |port| port == number) {
                self.lanes.entry((link, fact.node)).or_default().join(fact);
            }
        }
    }

    /// How many frames wait on their way into a link, up to and with a fact.
    pub fn waiting(&self, lane: Lane, now: FactId) -> usize {
        let lengths = self.lanes.get(&lane).map(|queue| &queue.lengths);
        let newest = lengths.and_then(|lengths| lengths.value(lengths.until(now).checked_sub(1)?, 0));
        newest.unwrap_or(0) as usize
    }

    /// What made the first `most` frames that wait on their way into a link at a moment, the one that goes next first.
    pub fn front(&self, lane: Lane, now: FactId, most: usize) -> Vec<FactId> {
        let Some(queue) = self.lanes.get(&lane) else { return Vec::new() };
        let come = queue.visits.partition_point(|(made, _)| *made <= now);
        let first = come.saturating_sub(self.waiting(lane, now) + PAST);
        let waits = queue.visits[first..come].iter().filter(|(_, gone)| *gone > now);
        waits.take(most).map(|(made, _)| *made).collect()
    }

    /// The directions of links before which something has waited or was dropped.
    pub fn busy(&self) -> impl Iterator<Item = (Lane, &Queue)> {
        let busy = self.lanes.iter().filter(|(_, queue)| queue.waited || !queue.drops.is_empty());
        busy.map(|(lane, queue)| (*lane, queue))
    }
}

impl Queue {
    fn join(&mut self, fact: &Fact) {
        self.waiting.push_back(fact.id);
        self.visits.push((fact.id, NEVER));
        self.record(fact);
    }

    /// A frame goes: the one that the cause of it made. Where the cable is cut, the cut is the cause, and the frames go in order.
    fn leave(&mut self, trace: &Trace, fact: &Fact) {
        let own = self.waiting.iter().position(|made| Some(*made) == fact.cause);
        let cut = matches!(fact.what, What::Dropped { .. }).then_some(0);
        let Some(made) = own.or(cut).and_then(|place| self.waiting.remove(place)) else { return };
        if let Ok(visit) = self.visits.binary_search_by_key(&made, |(made, _)| *made) {
            self.visits[visit].1 = fact.id;
        }
        let at_once = trace.get(made).is_some_and(|made| made.at == fact.at);
        self.waited |= !at_once;
        if at_once && self.lengths.newest().is_some_and(|(_, newest)| newest == made) {
            self.lengths.take_back();
            self.visits.pop_if(|(last, _)| *last == made);
        } else {
            self.record(fact);
        }
    }

    fn record(&mut self, fact: &Fact) {
        self.lengths.push(fact.at, fact.id, [u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::network::{Network, Output};
    use sim_core::scenario::text;
    use sim_core::time::Instant;

    /// The trace of a scenario, its queues, and how many waited in a lane right after each fact, as it came.
    fn run(text: &str, lane: impl Fn(&Scenario) -> Lane) -> (Trace, Queues, Vec<usize>) {
        let experiment = text::parse(text).expect("the text is sound");
        let mut network = Network::new(&experiment.scenario, experiment.seed()).expect("the scenario is sound");
        let (mut trace, mut queues, mut live) = (Trace::default(), Queues::new(&experiment.scenario), Vec::new());
        let lane = lane(&experiment.scenario);
        experiment.run(
            &mut network,
            Instant::from_millis(20_000),
            |output| {
                if let Output::Fact(fact) = output {
                    trace.push(fact);
                    let fact = trace.facts().last().expect("it was pushed");
                    queues.push(&trace, fact);
                    live.push(queues.waiting(lane, fact.id));
                }
            },
            |_| true,
        );
        (trace, queues, live)
    }

    fn after_switch(scenario: &Scenario) -> Lane {
        let nodes = (0..).map(NodeId).zip(&scenario.nodes);
        (LinkId(1), nodes.into_iter().find(|(_, node)| node.kind == NodeKind::Switch).expect("there is a switch").0)
    }

    const SENDS: &str = "host a\n  program send at 10ms\n    s = socket\n    connect s b:1\n    send s 60kB\n    close s\n\
        host b\n  program receive\n    l = socket\n    bind l :1\n    listen l\n    c = accept l\n    recvall c\n";

    #[test]
    fn what_waits_before_a_narrow_link_is_counted() {
        let text = format!("{SENDS}switch s\nlink a s 100Mbit/s 1ms\nlink s b 1Mbit/s 5ms queue 8\n");
        let (trace, queues, _) = run(&text, after_switch);
        let lane = after_switch(&text::parse(&text).expect("it ran").scenario);
        let counts: Vec<usize> = trace.facts().iter().map(|fact| queues.waiting(lane, fact.id)).collect();
        assert_eq!(counts.iter().max(), Some(&8), "the queue holds eight");
        assert_eq!(counts.last(), Some(&0));
        let full =
            trace.facts().iter().position(|fact| matches!(fact.what, What::Dropped { place: Place::Queue(_), .. }));
        assert_eq!(counts[full.expect("the queue overflows")], 8);
        assert!(queues.lanes.values().all(|queue| queue.waiting.is_empty()), "all have left: {queues:?}");
        // The plots read the same.
        let (_, plotted) = queues.busy().find(|(busy, _)| *busy == lane).expect("frames have waited");
        assert_eq!(plotted.lengths.extremes(0, plotted.lengths.len(), 0), Some((0, 8)));
    }

    #[test]
    fn who_finds_the_line_free_does_not_wait() {
        let ping = "host a\n  run ping b\nhost b\nlink a b\n";
        let (_, queues, _) = run(ping, |_| (LinkId(0), NodeId(0)));
        assert_eq!(queues.busy().count(), 0);
        assert!(queues.lanes.len() == 2 && queues.lanes.values().all(|queue| queue.lengths.is_empty()));
    }

    #[test]
    fn a_flood_waits_before_each_link_but_the_one_that_it_came_by() {
        // The question for b's address waits before c's link, behind what c is being sent.
        let text = "host a\n  run ping b at 14ms\nhost b\nhost c\nhost d\n  program flood\n    s = socket dgram\n\
            \x20   repeat 4\n      sendto s \"0123456789012345678901234567890123456789\" c:9\n\
            switch s\nlink a s\nlink b s\nlink c s 100kbit/s 1ms\nlink d s\n";
        let (_, queues, live) = run(text, |_| (LinkId(2), NodeId(4)));
        assert!(live.iter().max() >= Some(&2), "{live:?}");
        assert_eq!(live.last(), Some(&0), "all have left: {queues:?}");
    }

    #[test]
    fn a_cut_cable_leaves_nothing_waiting() {
        let text = format!(
            "{SENDS}switch s\nlink a s 100Mbit/s 1ms\nlink s b 1Mbit/s 5ms queue 8\nat 80ms cut s b\nat 90ms mend s b\n"
        );
        let (trace, queues, live) = run(&text, after_switch);
        let cut = trace.facts().iter().filter(|fact| {
            matches!(fact.what, What::Dropped { place: Place::Queue(LinkId(1)), .. })
                && fact.at == Instant::from_millis(80)
        });
        let cut: Vec<usize> = cut.map(|fact| live[fact.id.0 as usize]).collect();
        assert!(cut.len() > 1 && cut.last() == Some(&0), "the frames go one by one: {cut:?}");
        assert!(queues.lanes.values().all(|queue| queue.waiting.is_empty()), "{queues:?}");
    }
}
