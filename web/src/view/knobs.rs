//! Controls of links and hosts in words: what each is called, what it is and usually is, and why one cannot be used.
//!
//! Absent on purpose: sliders and fields (the browser's room has them).

use sim_core::scenario::NodeKind;
use sim_core::trace::{LinkId, NodeId};

use super::connection;
use crate::app::Model;
use crate::app::knobs::{self, Knob, Of, Refusal, Unit};
use crate::app::thing::Thing;
use crate::catalogue::{fill, knobs::Words};

/// One control at the moment on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What it is called.
    pub name: &'static str,
    /// What it does, and from when a change counts.
    pub about: &'static str,
    /// Its value; while a slider is dragged, where that is.
    pub value: u64,
    /// The value as it is written and read back.
    pub written: String,
    /// The value in words.
    pub said: String,
    /// What it usually is, in words.
    pub usual: String,
    /// It is as usual.
    pub is_usual: bool,
    /// The stop of the slider.
    pub stop: usize,
    /// Why what was wanted last is not so.
    pub refused: Option<String>,
}

/// Controls that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What of.
    pub of: Of,
    /// What they are about, in words.
    pub title: String,
    /// Which ones.
    pub knobs: &'static [Knob],
}

/// A control at the moment on screen.
pub fn control(model: &Model, of: Of, knob: Knob) -> Control {
    let words = &model.language.words().knobs;
    let usual = knobs::usual(model, of, knob);
    let dragged = model.knobs.dragged.filter(|(what, which, _)| (*what, *which) == (of, knob));
    let value = dragged.map_or_else(|| knobs::now(model, of, knob), |(.., value)| value);
    let (name, about) = name(words, knob);
    Control {
        name,
        about,
        value,
        written: knob.text(value),
        said: said(words, knob, value),
        usual: fill(words.usual, &[("value", &said(words, knob, usual))]),
        is_usual: value == usual,
        stop: knob.stop_of(value),
        refused: refused(model, of, knob),
    }
}

fn refused(model: &Model, of: Of, knob: Knob) -> Option<String> {
    let words = &model.language.words().knobs;
    let (what, which, written, why) = model.knobs.refused.as_ref()?;
    if (*what, *which) != (of, knob) {
        return None;
    }
    let sentence = match why {
        Refusal::Unreadable => words.bad_unreadable,
        Refusal::OutOfBounds => words.bad_bounds,
        Refusal::Past => words.bad_past,
        Refusal::Captured => words.bad_captured,
    };
    let example = knob.text(knob.stops()[knob.stops().len() / 2]);
    Some(fill(sentence, &[("written", written), ("example", &example)]))
}

/// A value in words.
pub fn said(words: &'static Words, knob: Knob, value: u64) -> String {
    let word = match (knob, value) {
        (Knob::Cut, 0) => words.cut_no,
        (Knob::Cut, _) => words.cut_yes,
        (Knob::Rate, 0) => words.unlimited,
        (Knob::Mss, 0) => words.by_mtu,
        (Knob::DelayedAck, 0) => words.at_once,
        (Knob::Burst, 1) => words.single,
        (knob, 0) if knob.unit() == Unit::Switch => words.off,
        (knob, _) if knob.unit() == Unit::Switch => words.on,
        _ => return knob.text(value),
    };
    word.to_owned()
}

/// The controls of a link: of both directions together, and of each.
pub fn of_link(model: &Model, id: LinkId) -> Vec<Group> {
    let Some([a, b]) = ends(model, id) else { return Vec::new() };
    let both = model.language.words().knobs.of_link.to_owned();
    vec![
        Group { of: Of::Link(id), title: both, knobs: &Knob::LINK },
        Group { of: Of::Direction(id, 0), title: format!("{a} → {b}"), knobs: &Knob::DIRECTION },
        Group { of: Of::Direction(id, 1), title: format!("{b} → {a}"), knobs: &Knob::DIRECTION },
    ]
}

/// The controls that matter first, beside what was chosen: in one row.
pub fn beside(model: &Model) -> Vec<Group> {
    match model.selected.thing {
        Some(Thing::Link(id)) => {
            let mut groups = of_link(model, id);
            for group in &mut groups {
                group.knobs =
                    if matches!(group.of, Of::Link(_)) { &[Knob::Rate, Knob::Delay] } else { &[Knob::Loss, Knob::Cut] };
            }
            groups
        }
        Some(Thing::Node(id)) if knobs::is_settable(model, id) => {
            let knobs = &[Knob::Nagle, Knob::DelayedAck, Knob::Congestion, Knob::ReceiveBuffer];
            vec![Group { of: Of::Host(id), title: model.session.name(id).to_owned(), knobs }]
        }
        _ => Vec::new(),
    }
}

/// These controls of the hosts at both ends of the connection on screen.
pub fn of_connection(model: &Model, knobs: &'static [Knob]) -> Vec<Group> {
    let mut nodes: Vec<NodeId> = connection::ends(model).iter().map(|end| end.socket.node).collect();
    nodes.dedup();
    nodes.retain(|node| knobs::is_settable(model, *node));
    nodes.into_iter().map(|id| Group { of: Of::Host(id), title: model.session.name(id).to_owned(), knobs }).collect()
}

/// The controls of a host; or why it has none.
pub fn of_host(model: &Model, id: NodeId) -> Result<Group, &'static str> {
    let words = &model.language.words().knobs;
    match model.session.scenario.nodes.get(usize::from(id.0)).map(|node| node.kind) {
        Some(NodeKind::Switch) => Err(words.of_switch),
        Some(NodeKind::Gateway) => Err(words.of_gateway),
        _ => Ok(Group { of: Of::Host(id), title: model.session.name(id).to_owned(), knobs: &Knob::HOST }),
    }
}

/// The names of a link's ends.
pub fn ends(model: &Model, id: LinkId) -> Option<[&str; 2]> {
    let link = model.session.scenario.links.get(usize::from(id.0))?;
    Some(link.nodes().map(|node| model.session.name(node)))
}

/// What the menu of links offers, and which of them is shown.
pub fn links(model: &Model) -> (Vec<(LinkId, String)>, Option<LinkId>) {
    let links = (0..model.session.scenario.links.len()).filter_map(|place| u16::try_from(place).ok()).map(LinkId);
    let named = links.filter_map(|id| ends(model, id).map(|[a, b]| (id, format!("{a} ↔ {b}"))));
    (named.collect(), knobs::shown_link(model))
}

/// What the menu of nodes offers, and which of them is shown.
pub fn nodes(model: &Model) -> (Vec<(NodeId, String)>, Option<NodeId>) {
    let named = (0..).map(NodeId).zip(&model.session.scenario.nodes).map(|(id, node)| (id, node.name.clone()));
    (named.collect(), knobs::shown_node(model))
}

/// A control's name, and what it does.
fn name(words: &'static Words, knob: Knob) -> (&'static str, &'static str) {
    match knob {
        Knob::Loss => (words.loss, words.about_loss),
        Knob::Burst => (words.burst, words.about_burst),
        Knob::Duplicate => (words.duplicate, words.about_duplicate),
        Knob::Corrupt => (words.corrupt, words.about_corrupt),
        Knob::Reorder => (words.reorder, words.about_reorder),
        Knob::ReorderBy => (words.reorder_by, words.about_reorder_by),
        Knob::Cut => (words.cut, words.about_cut),
        Knob::Rate => (words.rate, words.about_rate),
        Knob::Delay => (words.delay, words.about_delay),
        Knob::Jitter => (words.jitter, words.about_jitter),
        Knob::Queue => (words.queue, words.about_queue),
        Knob::Ttl => (words.ttl, words.about_ttl),
        Knob::SendBuffer => (words.send_buffer, words.about_send_buffer),
        Knob::SendBufferMax => (words.send_buffer_max, words.about_send_buffer_max),
        Knob::ReceiveBuffer => (words.receive_buffer, words.about_receive_buffer),
        Knob::ReceiveBufferMax => (words.receive_buffer_max, words.about_receive_buffer_max),
        Knob::Mss => (words.mss, words.about_mss),
        Knob::Nagle => (words.nagle, words.about_nagle),
        Knob::DelayedAck => (words.delayed_ack, words.about_delayed_ack),
        Knob::Congestion => (words.congestion, words.about_congestion),
        Knob::InitialWindow => (words.initial_window, words.about_initial_window),
        Knob::SynRetries => (words.syn_retries, words.about_syn_retries),
        Knob::TimeWait => (words.time_wait, words.about_time_wait),
        Knob::Timestamps => (words.timestamps, words.about_timestamps),
        Knob::Sack => (words.sack, words.about_sack),
        Knob::WindowScaling => (words.window_scaling, words.about_window_scaling),
    }
}
