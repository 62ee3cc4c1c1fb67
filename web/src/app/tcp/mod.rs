//! What is looked at of TCP: which connection, which of its variables, and how much of it.
//!
//! Absent on purpose: TCP itself, which is in the trace.

pub mod connections;
pub mod curve;
pub mod socket;

use sim_core::trace::{FactId, SocketId};

use super::thing::Thing;
use super::{Effect, Model, Way};
use connections::Pair;
use curve::Variable;

/// What can be plotted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// A variable of each end.
    Variable(Variable),
    /// Bytes that each end has sent in a second, with those that were sent again.
    Throughput,
    /// Bytes that have arrived in order in a second.
    Goodput,
    /// Frames that wait before each link.
    Queue,
}

impl Series {
    /// Every series, in the order of the menu. The variation of the round-trip time is a band around it.
    pub const ALL: [Series; 12] = [
        Series::Variable(Variable::Cwnd),
        Series::Variable(Variable::Ssthresh),
        Series::Variable(Variable::Flight),
        Series::Variable(Variable::SendWindow),
        Series::Variable(Variable::ReceiveWindow),
        Series::Variable(Variable::SendQueue),
        Series::Variable(Variable::ReceiveQueue),
        Series::Variable(Variable::Srtt),
        Series::Variable(Variable::Rto),
        Series::Throughput,
        Series::Goodput,
        Series::Queue,
    ];

    fn bit(self) -> u16 {
        Series::ALL.iter().position(|series| *series == self).map_or(0, |place| 1 << place)
    }
}

/// How much time a plot shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Span {
    /// From the beginning to the newest moment.
    #[default]
    Whole,
    TenSeconds,
    Second,
    TenthOfSecond,
}

impl Span {
    /// Every span, in the order of the menu.
    pub const ALL: [Span; 4] = [Span::Whole, Span::TenSeconds, Span::Second, Span::TenthOfSecond];

    /// Its length in nanoseconds; `None` for all there is.
    pub const fn nanos(self) -> Option<u64> {
        match self {
            Span::Whole => None,
            Span::TenSeconds => Some(10_000_000_000),
            Span::Second => Some(1_000_000_000),
            Span::TenthOfSecond => Some(100_000_000),
        }
    }
}

/// How much of the stream the ruler shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// What is not acknowledged or not read yet, and a little before.
    #[default]
    Near,
    /// From the SYN to the last byte.
    Whole,
}

/// What the model knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// The chosen connection, by one of its sockets; the newest where none is chosen.
    pub connection: Option<SocketId>,
    /// Connections that are plotted with it.
    pub others: Vec<SocketId>,
    /// How much time the plots show.
    pub span: Span,
    /// How much of the stream the ruler shows.
    pub reach: Reach,
    shown: u16,
}

impl Default for Tcp {
    fn default() -> Tcp {
        let shown = [Variable::Cwnd, Variable::Ssthresh, Variable::Flight, Variable::Srtt, Variable::Rto];
        let shown = shown.into_iter().map(|variable| Series::Variable(variable).bit()).sum();
        Tcp { connection: None, others: Vec::new(), span: Span::default(), reach: Reach::default(), shown }
    }
}

impl Tcp {
    /// Whether a series is plotted.
    pub fn shows(&self, series: Series) -> bool {
        self.shown & series.bit() != 0
    }
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {
    /// Look at this connection; at the newest with none.
    Connection(Option<SocketId>),
    /// Plot another connection too, or no longer.
    Overlay(SocketId, bool),
    /// Plot a series, or no longer.
    Series(Series, bool),
    /// Show so much time.
    Span(Span),
    /// Show so much of the stream.
    Reach(Reach),
    /// Choose the next point of the plotted variables, or the one before.
    Point(Way),
    /// Choose the next change of state, or the one before.
    State(Way),
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    let tcp = &mut model.tcp;
    match msg {
        Msg::Connection(connection) => tcp.connection = connection,
        Msg::Overlay(socket, on) => {
            tcp.others.retain(|other| *other != socket);
            if on {
                tcp.others.push(socket);
            }
        }
        Msg::Series(series, on) => tcp.shown = if on { tcp.shown | series.bit() } else { tcp.shown & !series.bit() },
        Msg::Span(span) => tcp.span = span,
        Msg::Reach(reach) => tcp.reach = reach,
        Msg::Point(way) => {
            if let Some(fact) = next_point(model, way) {
                super::update::choose(model, Thing::Fact(fact));
            }
        }
        Msg::State(way) => {
            if let Some(fact) = next_state(model, way) {
                super::update::choose(model, Thing::Fact(fact));
            }
        }
    }
}

impl Model {
    /// The connection that is looked at, at the moment on screen: the chosen one, else the newest.
    pub fn connection(&self) -> Option<Pair> {
        let now = self.fact()?;
        let (trace, connections) = (&self.session.trace, &self.session.connections);
        let chosen = self.tcp.connection.and_then(|socket| connections.place(socket));
        let known = chosen.filter(|place| connections.sockets()[*place].is_known(now));
        known.and_then(|place| connections.pair_of(trace, place, now)).or_else(|| connections.newest(trace, now))
    }

    /// The same with the end that is not there yet at that moment: what lists or goes through all of it does not change while time does.
    pub fn connection_in_the_end(&self) -> Option<Pair> {
        let pair = self.connection()?;
        let first = &self.session.connections.sockets()[pair.first];
        Some(Pair { second: pair.second.or_else(|| first.other.map(|(_, other)| other)), ..pair })
    }
}

/// Where stepping starts: at the fact that is chosen, else at the moment on screen.
fn start(model: &Model) -> Option<FactId> {
    match model.selected.thing {
        Some(Thing::Fact(fact)) => Some(fact),
        _ => model.fact(),
    }
}

/// The next point at which a plotted variable of the connection's first end changes.
fn next_point(model: &Model, way: Way) -> Option<FactId> {
    let socket = &model.session.connections.sockets()[model.connection()?.first];
    let from = start(model)?;
    let columns: Vec<usize> = Series::ALL
        .into_iter()
        .filter(|series| model.tcp.shows(*series))
        .map(|series| match series {
            Series::Variable(variable) => variable as usize,
            Series::Throughput => Variable::Flight as usize,
            Series::Goodput | Series::Queue => Variable::Acked as usize,
        })
        .collect();
    let changes = |place: usize| {
        columns
            .iter()
            .any(|column| place == 0 || socket.vars.value(place, *column) != socket.vars.value(place - 1, *column))
    };
    let begun = socket.vars.until(from);
    let at = match way {
        Way::Forward => (begun..socket.vars.len()).find(|place| changes(*place)),
        Way::Back => {
            // The point itself is not before itself.
            let before =
                (0..begun).rev().find(|place| socket.vars.point(*place).is_some_and(|(_, fact)| fact < from))?;
            (0..=before).rev().find(|place| changes(*place))
        }
    };
    at.and_then(|place| socket.vars.point(place)).map(|(_, fact)| fact)
}

/// The next change of either end's state.
fn next_state(model: &Model, way: Way) -> Option<FactId> {
    let pair = model.connection_in_the_end()?;
    let from = start(model)?;
    let sockets = model.session.connections.sockets();
    let states = [Some(pair.first), pair.second].into_iter().flatten().flat_map(|place| sockets[place].states.iter());
    match way {
        Way::Forward => states.filter(|fact| **fact > from).min().copied(),
        Way::Back => states.filter(|fact| **fact < from).max().copied(),
    }
}
