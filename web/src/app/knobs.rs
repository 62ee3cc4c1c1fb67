//! Controls of links and hosts: what can be set, from where to where, and what it is at the moment on screen.
//!
//! Every value is a whole number, so that one control serves them all: shares are millionths, times nanoseconds, sizes bytes, rates bits
//! a second; switches are 0 and 1. A control has stops, which go up as people count (1, 2, 5, 10 …); between them whatever is
//! written counts as well.
//!
//! Absent on purpose: what the settings do (the simulator knows), and their words.

use std::time::Duration;

use sim_core::network::Input;
use sim_core::program::CongestionControl;
use sim_core::scenario::{Faults, HostSettings, NodeKind, text};
use sim_core::trace::{LinkId, NodeId, What};

use super::thing::Thing;
use super::{Effect, Model, Notice, future};

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Knob {
    Loss,
    Burst,
    Duplicate,
    Corrupt,
    Reorder,
    ReorderBy,
    Cut,
    Rate,
    Delay,
    Jitter,
    Queue,
    Ttl,
    SendBuffer,
    SendBufferMax,
    ReceiveBuffer,
    ReceiveBufferMax,
    Mss,
    Nagle,
    DelayedAck,
    Congestion,
    InitialWindow,
    SynRetries,
    TimeWait,
    Timestamps,
    Sack,
    WindowScaling,
}

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Frames that enter a link at this end, 0 or 1.
    Direction(LinkId, u8),
    /// A link.
    Link(LinkId),
    /// A host.
    Host(NodeId),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unit {
    Share,
    Time,
    Rate,
    Size,
    Number,
    /// On or off.
    Switch,
    /// A name of two: CUBIC or Reno.
    Control,
}

/// Why something is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was written is no such quantity.
    Unreadable,
    /// It is out of bounds, or the network does not take it.
    OutOfBounds,
    /// The moment on screen is not the newest one, and the real machine has acted since.
    Past,
    /// What is on screen was captured: no network runs.
    Captured,
}

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knobs {
    /// The link that was chosen last.
    pub link: Option<LinkId>,
    /// The node that was chosen last.
    pub node: Option<NodeId>,
    /// A slider that is being dragged: where it is.
    pub dragged: Option<(Of, Knob, u64)>,
    /// What was not set, what was written, and why.
    pub refused: Option<(Of, Knob, String, Refusal)>,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A slider is at this value, and not let go of yet.
    Drag(Of, Knob, u64),
    /// Set this.
    Set(Of, Knob, u64),
    /// Set what is written.
    Write(Of, Knob, String),
    /// As it was in the beginning.
    Reset(Of, Knob),
}

impl Knob {
    /// What one direction of a link has.
    pub const DIRECTION: [Knob; 7] =
        [Knob::Loss, Knob::Burst, Knob::Reorder, Knob::ReorderBy, Knob::Duplicate, Knob::Corrupt, Knob::Cut];
    /// What a link has.
    pub const LINK: [Knob; 4] = [Knob::Rate, Knob::Delay, Knob::Jitter, Knob::Queue];
    /// What a host has.
    pub const HOST: [Knob; 15] = [
        Knob::Nagle,
        Knob::DelayedAck,
        Knob::Congestion,
        Knob::InitialWindow,
        Knob::Mss,
        Knob::SendBuffer,
        Knob::SendBufferMax,
        Knob::ReceiveBuffer,
        Knob::ReceiveBufferMax,
        Knob::SynRetries,
        Knob::TimeWait,
        Knob::Ttl,
        Knob::Timestamps,
        Knob::Sack,
        Knob::WindowScaling,
    ];

    /// Its name in ids.
    pub const fn name(self) -> &'static str {
        match self {
            Knob::Loss => "loss",
            Knob::Burst => "burst",
            Knob::Duplicate => "duplicate",
            Knob::Corrupt => "corrupt",
            Knob::Reorder => "reorder",
            Knob::ReorderBy => "reorder-by",
            Knob::Cut => "cut",
            Knob::Rate => "rate",
            Knob::Delay => "delay",
            Knob::Jitter => "jitter",
            Knob::Queue => "queue",
            Knob::Ttl => "ttl",
            Knob::SendBuffer => "send-buffer",
            Knob::SendBufferMax => "send-buffer-max",
            Knob::ReceiveBuffer => "receive-buffer",
            Knob::ReceiveBufferMax => "receive-buffer-max",
            Knob::Mss => "mss",
            Knob::Nagle => "nagle",
            Knob::DelayedAck => "delayed-ack",
            Knob::Congestion => "congestion",
            Knob::InitialWindow => "initial-window",
            Knob::SynRetries => "syn-retries",
            Knob::TimeWait => "time-wait",
            Knob::Timestamps => "timestamps",
            Knob::Sack => "sack",
            Knob::WindowScaling => "window-scaling",
        }
    }

    /// How its values are written.
    pub const fn unit(self) -> Unit {
        match self {
            Knob::Loss | Knob::Duplicate | Knob::Corrupt | Knob::Reorder => Unit::Share,
            Knob::ReorderBy | Knob::Delay | Knob::Jitter | Knob::DelayedAck | Knob::TimeWait => Unit::Time,
            Knob::Rate => Unit::Rate,
            Knob::SendBuffer | Knob::SendBufferMax | Knob::ReceiveBuffer | Knob::ReceiveBufferMax => Unit::Size,
            Knob::Burst | Knob::Queue | Knob::Ttl | Knob::Mss | Knob::InitialWindow | Knob::SynRetries => Unit::Number,
            Knob::Cut | Knob::Nagle | Knob::Timestamps | Knob::Sack | Knob::WindowScaling => Unit::Switch,
            Knob::Congestion => Unit::Control,
        }
    }

    /// The values at which its slider stops, upwards; for switches both.
    pub const fn stops(self) -> &'static [u64] {
        const MS: u64 = 1_000_000;
        const S: u64 = 1000 * MS;
        const K: u64 = 1 << 10;
        match self {
            Knob::Loss | Knob::Duplicate | Knob::Corrupt | Knob::Reorder => &[
                0, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 300_000, 500_000,
                1_000_000,
            ],
            Knob::Burst => &[1, 2, 3, 4, 5, 10, 20, 50],
            Knob::ReorderBy | Knob::Jitter => &[
                0,
                MS / 10,
                MS / 5,
                MS / 2,
                MS,
                2 * MS,
                5 * MS,
                10 * MS,
                20 * MS,
                50 * MS,
                100 * MS,
                200 * MS,
                500 * MS,
                S,
            ],
            Knob::Delay => &[
                0,
                MS / 100,
                MS / 10,
                MS / 5,
                MS / 2,
                MS,
                2 * MS,
                5 * MS,
                10 * MS,
                20 * MS,
                50 * MS,
                100 * MS,
                200 * MS,
                300 * MS,
                500 * MS,
                S,
                2 * S,
            ],
            Knob::Rate => &[
                9600,
                64_000,
                128_000,
                256_000,
                512_000,
                1_000_000,
                2_000_000,
                5_000_000,
                10_000_000,
                20_000_000,
                50_000_000,
                100_000_000,
                1_000_000_000,
                10_000_000_000,
                0,
            ],
            Knob::Queue => &[0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000],
            Knob::Ttl => &[1, 2, 3, 5, 10, 20, 32, 64, 128, 255],
            Knob::SendBuffer | Knob::SendBufferMax => &[
                4608,
                8 * K,
                16 * K,
                32 * K,
                64 * K,
                128 * K,
                256 * K,
                512 * K,
                1024 * K,
                2048 * K,
                4096 * K,
                16_384 * K,
            ],
            Knob::ReceiveBuffer | Knob::ReceiveBufferMax => {
                &[2304, 4 * K, 8 * K, 16 * K, 32 * K, 64 * K, 128 * K, 256 * K, 512 * K, 1024 * K, 4096 * K, 32_768 * K]
            }
            Knob::Mss => &[88, 128, 256, 512, 536, 1000, 1220, 1400, 1460, 0],
            Knob::InitialWindow => &[1, 2, 3, 4, 5, 10, 20, 50, 100],
            Knob::SynRetries => &[1, 2, 3, 4, 5, 6, 8, 10, 20],
            Knob::DelayedAck => &[0, MS, 5 * MS, 10 * MS, 20 * MS, 40 * MS, 100 * MS, 200 * MS],
            Knob::TimeWait => &[MS, 100 * MS, 500 * MS, S, 5 * S, 10 * S, 30 * S, 60 * S, 120 * S, 240 * S],
            Knob::Cut | Knob::Nagle | Knob::Timestamps | Knob::Sack | Knob::WindowScaling | Knob::Congestion => &[0, 1],
        }
    }

    /// The stop that is nearest to a value.
    pub fn stop_of(self, value: u64) -> usize {
        let stops = self.stops();
        let near = (0..stops.len()).min_by_key(|place| stops[*place].abs_diff(value));
        // Zero stands for "no limit" at the end of some, and is near nothing else.
        stops.iter().position(|stop| *stop == value).or(near).unwrap_or(0)
    }

    /// What is written, as a value.
    pub fn read(self, written: &str) -> Option<u64> {
        let written = written.trim();
        let compact: String = written.split_whitespace().collect();
        let number = |text: &str| text.parse::<u64>().ok();
        match self.unit() {
            Unit::Share => {
                let percent = compact.trim_end_matches(['%', '％']);
                text::share(&format!("{percent}%")).map(u64::from)
            }
            // A bare number is milliseconds: what most of these are.
            Unit::Time => text::duration(&compact)
                .or_else(|| text::duration(&format!("{compact}ms")))
                .and_then(|span| u64::try_from(span.as_nanos()).ok()),
            Unit::Rate => text::rate(&compact).or_else(|| text::rate(&format!("{compact}bit/s"))),
            Unit::Size => text::size(&compact),
            Unit::Number | Unit::Switch | Unit::Control => number(&compact),
        }
    }

    /// A value as it is written.
    pub fn text(self, value: u64) -> String {
        match self.unit() {
            Unit::Share => text::Share(u32::try_from(value).unwrap_or(u32::MAX)).to_string(),
            Unit::Time => text::Span(Duration::from_nanos(value)).to_string(),
            Unit::Rate => text::Rate(value).to_string(),
            Unit::Size => text::Size(value).to_string(),
            Unit::Number | Unit::Switch => value.to_string(),
            Unit::Control => (if value == 0 { "CUBIC" } else { "Reno" }).to_owned(),
        }
    }
}

/// The link whose controls are shown: the one chosen last, else the one that carried the last frame.
pub fn shown_link(model: &Model) -> Option<LinkId> {
    let links = model.session.scenario.links.len();
    let there = |link: &LinkId| usize::from(link.0) < links;
    let chosen = model.knobs.link.filter(there);
    chosen.or_else(|| last_link(model).filter(there)).or_else(|| Some(LinkId(0)).filter(there))
}

fn last_link(model: &Model) -> Option<LinkId> {
    /// Facts to look back through for a frame.
    const BACK: usize = 256;
    let facts = model.session.trace.facts();
    let until = model.fact().map_or(0, |fact| fact.0 as usize + 1).min(facts.len());
    facts[..until].iter().rev().take(BACK).find_map(|fact| match fact.what {
        What::Sent { link, .. } | What::Delivered { link, .. } => Some(link),
        _ => None,
    })
}

/// The node whose controls and tables are shown: the one chosen last, else the first host.
pub fn shown_node(model: &Model) -> Option<NodeId> {
    let nodes = &model.session.scenario.nodes;
    let chosen = model.knobs.node.filter(|node| usize::from(node.0) < nodes.len());
    let first = (0..).map(NodeId).zip(nodes).find(|(_, node)| node.kind == NodeKind::Host);
    chosen.or(first.map(|(id, _)| id)).or_else(|| (!nodes.is_empty()).then_some(NodeId(0)))
}

/// Whether a node can be set at all.
pub fn is_settable(model: &Model, node: NodeId) -> bool {
    let node = model.session.scenario.nodes.get(usize::from(node.0));
    node.is_some_and(|node| matches!(node.kind, NodeKind::Host | NodeKind::Router))
}

/// What can be set is so at the moment on screen.
pub fn now(model: &Model, of: Of, knob: Knob) -> u64 {
    match (latest(model, of), of) {
        (Some(What::FaultsSet { faults, .. }), _) => of_faults(faults, knob),
        (Some(&What::LinkSet { rate, delay, jitter, queue, .. }), _) => of_link((rate, delay, jitter, queue), knob),
        (Some(What::HostSet { settings }), _) => of_host(settings, knob),
        _ => usual(model, of, knob),
    }
}

/// What can be set was so in the beginning.
pub fn usual(model: &Model, of: Of, knob: Knob) -> u64 {
    let scenario = &model.session.scenario;
    let link = |id: LinkId| scenario.links.get(usize::from(id.0));
    match of {
        Of::Direction(id, end) => link(id).map_or(0, |link| of_faults(&link.faults[usize::from(end & 1)], knob)),
        Of::Link(id) => link(id).map_or(0, |link| of_link((link.rate, link.delay, link.jitter, link.queue), knob)),
        Of::Host(id) => scenario.nodes.get(usize::from(id.0)).map_or(0, |node| of_host(&node.settings, knob)),
    }
}

/// The last change of it up to the moment on screen.
fn latest(model: &Model, of: Of) -> Option<&What> {
    let changes = model.session.tables.changes_until(model.fact()).iter().rev();
    let mut facts = changes.filter_map(|fact| model.session.trace.get(*fact));
    let changed = facts.find(|fact| match (&fact.what, of) {
        (What::FaultsSet { link, end, .. }, Of::Direction(id, from)) => (*link, *end) == (id, from),
        (What::LinkSet { link, .. }, Of::Link(id)) => *link == id,
        (What::HostSet { .. }, Of::Host(id)) => fact.node == id,
        _ => false,
    });
    changed.map(|fact| &fact.what)
}

/// Remembers which link or node was chosen.
pub(super) fn chosen(model: &mut Model, thing: Thing) {
    match thing {
        Thing::Link(link) => model.knobs.link = Some(link),
        Thing::Node(node) => model.knobs.node = Some(node),
        _ => {}
    }
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    model.knobs.refused = None;
    match msg {
        Msg::Drag(of, knob, value) => model.knobs.dragged = Some((of, knob, value)),
        Msg::Set(of, knob, value) => set(model, of, knob, value),
        Msg::Reset(of, knob) => {
            let value = usual(model, of, knob);
            set(model, of, knob, value);
        }
        Msg::Write(of, knob, written) => match knob.read(&written) {
            Some(value) => set(model, of, knob, value),
            None => model.knobs.refused = Some((of, knob, written, Refusal::Unreadable)),
        },
    }
}

fn set(model: &mut Model, of: Of, knob: Knob, value: u64) {
    model.knobs.dragged = None;
    if now(model, of, knob) == value {
        return;
    }
    let input = current(model, of).and_then(|mut input| put(&mut input, knob, value).map(|()| input));
    let done = input.ok_or(Refusal::OutOfBounds).and_then(|input| hand_in(model, input));
    if let Err(why) = done {
        model.knobs.refused = Some((of, knob, knob.text(value), why));
    }
}

/// How it is at the moment on screen, as the input that would make it so.
fn current(model: &Model, of: Of) -> Option<Input> {
    let scenario = &model.session.scenario;
    let known = latest(model, of);
    Some(match of {
        Of::Direction(id, end) => match known {
            Some(What::FaultsSet { faults, .. }) => Input::SetFaults(id, end, Faults::clone(faults)),
            _ => Input::SetFaults(id, end, scenario.links.get(usize::from(id.0))?.faults[usize::from(end & 1)].clone()),
        },
        Of::Link(id) => match known {
            Some(&What::LinkSet { link, rate, delay, jitter, queue }) => {
                Input::SetLink { link, rate, delay, jitter, queue }
            }
            _ => {
                let link = scenario.links.get(usize::from(id.0))?;
                Input::SetLink { link: id, rate: link.rate, delay: link.delay, jitter: link.jitter, queue: link.queue }
            }
        },
        Of::Host(id) => match known {
            Some(What::HostSet { settings }) => Input::SetHost(id, *settings),
            _ => Input::SetHost(id, scenario.nodes.get(usize::from(id.0))?.settings),
        },
    })
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn of_link((rate, delay, jitter, queue): (u64, Duration, Duration, usize), knob: Knob) -> u64 {
    match knob {
        Knob::Rate => rate,
        Knob::Delay => nanos(delay),
        Knob::Jitter => nanos(jitter),
        _ => queue as u64,
    }
}

fn of_faults(faults: &Faults, knob: Knob) -> u64 {
    match knob {
        Knob::Loss => faults.loss_ppm.into(),
        Knob::Burst => faults.burst.max(1).into(),
        Knob::Duplicate => faults.duplicate_ppm.into(),
        Knob::Corrupt => faults.corrupt_ppm.into(),
        Knob::Reorder => faults.reorder_ppm.into(),
        Knob::ReorderBy => nanos(faults.reorder_by),
        _ => faults.down.into(),
    }
}

fn of_host(settings: &HostSettings, knob: Knob) -> u64 {
    match knob {
        Knob::Ttl => settings.ttl.into(),
        Knob::SendBuffer => settings.send_buffer.into(),
        Knob::SendBufferMax => settings.send_buffer_max.into(),
        Knob::ReceiveBuffer => settings.receive_buffer.into(),
        Knob::ReceiveBufferMax => settings.receive_buffer_max.into(),
        Knob::Mss => settings.max_segment.unwrap_or(0).into(),
        Knob::Nagle => settings.nagle.into(),
        Knob::DelayedAck => settings.delayed_ack.map_or(0, nanos),
        Knob::Congestion => u64::from(settings.congestion == CongestionControl::Reno),
        Knob::InitialWindow => settings.initial_window.into(),
        Knob::SynRetries => settings.syn_retries.into(),
        Knob::TimeWait => nanos(settings.time_wait),
        Knob::Timestamps => settings.timestamps.into(),
        Knob::Sack => settings.sack.into(),
        _ => settings.window_scaling.into(),
    }
}

/// Puts a value into an input. `None` where it has no room for it.
fn put(input: &mut Input, knob: Knob, value: u64) -> Option<()> {
    match input {
        Input::SetFaults(_, _, faults) => put_fault(faults, knob, value),
        Input::SetLink { rate, delay, jitter, queue, .. } => {
            match knob {
                Knob::Rate => *rate = value,
                Knob::Delay => *delay = Duration::from_nanos(value),
                Knob::Jitter => *jitter = Duration::from_nanos(value),
                _ => *queue = usize::try_from(value).ok()?,
            }
            Some(())
        }
        Input::SetHost(_, settings) => put_host(settings, knob, value),
        _ => None,
    }
}

fn put_fault(faults: &mut Faults, knob: Knob, value: u64) -> Option<()> {
    /// How long frames are held back when nothing was said of it: shorter than that, few would be overtaken.
    const HELD_BACK: Duration = Duration::from_millis(5);
    const ALL: u32 = 1_000_000;
    let small = u32::try_from(value).ok()?;
    match knob {
        Knob::Loss => faults.loss_ppm = small,
        Knob::Burst => faults.burst = small,
        Knob::Duplicate => faults.duplicate_ppm = small,
        Knob::Corrupt => faults.corrupt_ppm = small,
        Knob::Reorder => {
            faults.reorder_ppm = small;
            if faults.reorder_by.is_zero() {
                faults.reorder_by = HELD_BACK;
            }
        }
        Knob::ReorderBy => faults.reorder_by = Duration::from_nanos(value),
        _ => faults.down = value != 0,
    }
    if faults.burst > 1 && faults.loss_ppm < ALL {
        // So many losses need runs as long as this, with so few frames between them.
        faults.burst = faults.burst.max(faults.loss_ppm.div_ceil(ALL - faults.loss_ppm));
    }
    Some(())
}

fn put_host(settings: &mut HostSettings, knob: Knob, value: u64) -> Option<()> {
    let small = u32::try_from(value).ok();
    match knob {
        Knob::Ttl => settings.ttl = u8::try_from(value).ok()?,
        Knob::SendBuffer => settings.send_buffer = small?,
        Knob::SendBufferMax => settings.send_buffer_max = small?,
        Knob::ReceiveBuffer => settings.receive_buffer = small?,
        Knob::ReceiveBufferMax => settings.receive_buffer_max = small?,
        Knob::Mss => settings.max_segment = Some(u16::try_from(value).ok()?).filter(|size| *size > 0),
        Knob::Nagle => settings.nagle = value != 0,
        Knob::DelayedAck => settings.delayed_ack = (value > 0).then(|| Duration::from_nanos(value)),
        Knob::Congestion => {
            settings.congestion = if value == 0 { CongestionControl::Cubic } else { CongestionControl::Reno };
        }
        Knob::InitialWindow => settings.initial_window = small?,
        Knob::SynRetries => settings.syn_retries = u8::try_from(value).ok()?,
        Knob::TimeWait => settings.time_wait = Duration::from_nanos(value),
        Knob::Timestamps => settings.timestamps = value != 0,
        Knob::Sack => settings.sack = value != 0,
        _ => settings.window_scaling = value != 0,
    }
    Some(())
}

/// Sets it at the moment on screen: now, or in another future that begins there.
fn hand_in(model: &mut Model, input: Input) -> Result<(), Refusal> {
    if model.branch(vec![input]) {
        // What was set is seen: the control says what is so on screen.
        let newest = model.session.tables.changes_until(model.session.last_fact()).last().map(|fact| fact.0 as usize);
        let begins = newest.map_or(0.0, |fact| model.session.film.start(fact).0);
        model.player.at.0 = model.player.at.0.max(begins);
        return Ok(());
    }
    // It is said beside the control.
    Err(match model.notice.take() {
        Some(Notice::Refused(future::Refusal::Real)) => Refusal::Past,
        Some(Notice::Refused(future::Refusal::Captured)) => Refusal::Captured,
        _ => Refusal::OutOfBounds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_go_up_and_are_read_as_they_are_written() {
        let all = Knob::DIRECTION.into_iter().chain(Knob::LINK).chain(Knob::HOST);
        for knob in all.filter(|knob| !matches!(knob.unit(), Unit::Switch | Unit::Control)) {
            let stops = knob.stops();
            let zero_last = stops.len() - usize::from(stops.last() == Some(&0));
            assert!(stops[..zero_last].is_sorted_by(|a, b| a < b), "{knob:?}");
            for (place, stop) in stops.iter().enumerate() {
                assert_eq!(knob.read(&knob.text(*stop)), Some(*stop), "{knob:?} {}", knob.text(*stop));
                assert_eq!(knob.stop_of(*stop), place, "{knob:?}");
            }
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        let read = [
            (Knob::Loss, "1", 10_000),
            (Knob::Loss, "0.5 %", 5000),
            (Knob::Delay, "20", 20_000_000),
            (Knob::Delay, "1.5 s", 1_500_000_000),
            (Knob::Rate, "2 Mbit/s", 2_000_000),
            (Knob::Rate, "unlimited", 0),
            (Knob::ReceiveBuffer, "64 KiB", 65_536),
        ];
        for (knob, written, value) in read {
            assert_eq!(knob.read(written), Some(value), "{written}");
        }
        for (knob, written) in [(Knob::Loss, "x"), (Knob::Delay, "-1"), (Knob::Queue, "1.5"), (Knob::Rate, "")] {
            assert_eq!(knob.read(written), None, "{written}");
        }
    }

    #[test]
    fn the_nearest_stop() {
        assert_eq!(Knob::Loss.stops()[Knob::Loss.stop_of(11_000)], 10_000);
        assert_eq!(Knob::Rate.stops()[Knob::Rate.stop_of(0)], 0);
        assert_eq!(Knob::Mss.stops()[Knob::Mss.stop_of(1450)], 1460);
    }
}
