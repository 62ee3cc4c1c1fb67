//! A capture as a session: hosts by their addresses, each frame an arrow at its moment from who sent it to whom, and nothing else. The work
//! is done in pieces.
//!
//! Absent on purpose: times of flight, links and programs. A capture does not tell them.

use std::net::Ipv4Addr;
use std::time::Duration;
use std::vec::IntoIter;

use capture::{Capture, Census, Frame, Host, Hosts, ReadError, Reader};
use sim_core::scenario::{Address, Node, NodeKind, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{CaptureSource, Fact, FactId, NodeId, Trace, What};

use super::{Said, Work, later, say};
use crate::app::session::Session;
use crate::app::{Effect, Model};

/// The most frames of a capture: a quarter of the facts that a run may have, because each holds the bytes of a frame.
pub const MOST_FRAMES: usize = 250_000;

/// The most hosts: those with the fewest frames stand together.
pub const MOST_STATIONS: usize = 32;

/// Frames of one piece of work: some milliseconds.
const PIECE: usize = 4_000;

/// A capture on its way to a session.
#[derive(Debug)]
pub(super) struct Import {
    name: String,
    cut: Option<ReadError>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// Who is there? With the place of the next frame.
    Counting(Vec<Frame>, usize, Census),
    /// Frames become facts.
    Telling(IntoIter<Frame>, Hosts, Trace, Duration),
    /// Facts become what the views read.
    Showing(Trace, usize, Box<Session>),
}

pub(super) fn begin(model: &mut Model, name: String, reader: Reader, effects: &mut Vec<Effect>) {
    match reader.finish() {
        Err(error) => say(model, Said::NoCapture(name, error)),
        Ok(capture) if capture.frames.is_empty() => {
            say(model, capture.cut.map_or(Said::NoFrames(name.clone()), |cut| Said::NoCapture(name, cut)));
        }
        Ok(Capture { frames, cut, .. }) => {
            let step = Step::Counting(frames, 0, Census::default());
            later(model, Work::Importing(Import { name, cut, step }), effects);
        }
    }
}

pub(super) fn go_on(model: &mut Model, import: Import, effects: &mut Vec<Effect>) {
    let Import { name, cut, step } = import;
    let (step, done, all) = match step {
        Step::Counting(frames, from, census) => count(frames, from, census),
        Step::Telling(frames, hosts, trace, began) => tell(frames, hosts, trace, began),
        Step::Showing(trace, from, session) => match show(&trace, from, session) {
            (session, None) => return finish(model, *session, cut.as_ref()),
            (session, Some(next)) => {
                let all = trace.facts().len();
                (Step::Showing(trace, next, session), next, all)
            }
        },
    };
    say(model, Said::Reading(name.clone(), (done * 100 / all.max(1)) as u8));
    later(model, Work::Importing(Import { name, cut, step }), effects);
}

fn count(frames: Vec<Frame>, from: usize, mut census: Census) -> (Step, usize, usize) {
    let (to, all) = ((from + PIECE).min(frames.len()), frames.len());
    frames[from..to].iter().for_each(|frame| census.count(&frame.bytes));
    if to < all {
        return (Step::Counting(frames, to, census), to, all);
    }
    let began = frames.first().map(|frame| frame.at).unwrap_or_default();
    (Step::Telling(frames.into_iter(), census.settle(MOST_STATIONS), Trace::default(), began), 0, all)
}

fn tell(mut frames: IntoIter<Frame>, hosts: Hosts, mut trace: Trace, began: Duration) -> (Step, usize, usize) {
    for frame in frames.by_ref().take(PIECE) {
        let id = FactId(trace.facts().len() as u32);
        let (from, _) = hosts.ends(&frame.bytes);
        let source = CaptureSource::Interface(frame.interface);
        let what = What::Captured { source, bytes: frame.bytes, length: frame.length };
        let at = Instant::ZERO + frame.at.saturating_sub(began);
        trace.push(Fact { id, at, node: NodeId(from), cause: None, what });
    }
    let done = trace.facts().len();
    let all = done + frames.len();
    if frames.len() > 0 {
        return (Step::Telling(frames, hosts, trace, began), done, all);
    }
    let session = Session::of_capture(scenario(&hosts), hosts, &trace);
    (Step::Showing(trace, 0, Box::new(session)), 0, all)
}

fn show(trace: &Trace, from: usize, mut session: Box<Session>) -> (Box<Session>, Option<usize>) {
    let to = (from + PIECE).min(trace.facts().len());
    trace.facts()[from..to].iter().for_each(|fact| session.take_captured(fact.clone()));
    (session, (to < trace.facts().len()).then_some(to))
}

fn finish(model: &mut Model, session: Session, cut: Option<&ReadError>) {
    let (frames, hosts) = (session.trace.facts().len(), session.scenario.nodes.len());
    model.open(session);
    model.share.opened = true;
    say(
        model,
        match cut {
            Some(ReadError::Cut { number, .. }) => Said::CapturedCut(*number, frames),
            _ => Said::Captured(frames, hosts),
        },
    );
}

/// The hosts as the nodes of a network of which no link is known.
fn scenario(hosts: &Hosts) -> Scenario {
    let node = |host: &Host| {
        let mut node =
            Node::with_interface(&host.name, NodeKind::Host, host.mac.unwrap_or_default(), Ipv4Addr::UNSPECIFIED, 0);
        let own = host.ip.map(|ip| Address { ip, prefix: if ip.is_ipv4() { 32 } else { 128 } });
        node.interfaces[0].addresses = own.into_iter().collect();
        node
    };
    Scenario { nodes: hosts.list().iter().map(node).collect(), links: Vec::new(), ..Scenario::default() }
}
