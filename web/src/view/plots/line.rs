//! The lines of the plots: which there are, how each looks, and what it is at a time.
//!
//! Absent on purpose: pixels.

use sim_core::order;
use std::time::Duration;

use sim_core::time::Instant;
use sim_core::trace::{FactId, Trace};

use crate::app::Model;
use crate::app::tcp::Series;
use crate::app::tcp::connections::Pair;
use crate::app::tcp::curve::{Curve, Variable, Variables};
use crate::app::tcp::socket::Socket;
use crate::catalogue::tcp::Words;
use crate::view::scene::Dash;
use crate::view::theme::Role;

/// What shares an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Bytes,
    Time,
    Rate,
    Frames,
}

impl Group {
    pub(super) const ALL: [Group; 4] = [Group::Bytes, Group::Time, Group::Rate, Group::Frames];
}

/// Where a line's values come from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A column of a connection's variables; a column beside it that is its spread.
    Variable(&'a Variables, usize, Option<usize>),
    /// How fast a column grows.
    Growth(&'a Variables, usize),
    /// How fast segments leave.
    Sending(&'a Socket),
    /// A queue's length.
    Queue(&'a Curve<1>),
}

/// A line.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) group: Group,
    pub(super) name: String,
    pub(super) ink: Role,
    pub(super) dash: Dash,
    pub(super) source: Source<'a>,
}

/// Queues that are shown at most: the fullest.
const MOST_QUEUES: usize = 4;

/// The end that has sent more, and the other.
pub(super) fn by_traffic(model: &Model, pair: Pair) -> (&Socket, Option<&Socket>) {
    let sockets = model.session.connections.sockets();
    let (first, second) = (&sockets[pair.first], pair.second.map(|place| &sockets[place]));
    let total = |socket: &Socket| socket.sent.last().map_or(0, |segment| segment.total);
    match second {
        Some(second) if total(second) > total(first) => (second, Some(first)),
        _ => (first, second),
    }
}

/// The connections that are plotted: the one that is looked at, and those that were put with it.
pub(super) fn shown_pairs(model: &Model) -> Vec<Pair> {
    let (Some(now), Some(shown)) = (model.fact(), model.connection()) else { return Vec::new() };
    let connections = &model.session.connections;
    let known = |place: &usize| connections.sockets()[*place].is_known(now);
    let others = model.tcp.others.iter().filter_map(|socket| connections.place(*socket)).filter(known);
    let others = others.filter_map(|place| connections.pair_of(&model.session.trace, place, now));
    let mut pairs = vec![shown];
    others.for_each(|pair| {
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    });
    pairs
}

/// All lines that are plotted.
pub(super) fn lines(model: &Model) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let pairs = shown_pairs(model);
    for (place, pair) in pairs.iter().enumerate() {
        connection_lines(model, (place, pairs.len()), *pair, &mut lines);
    }
    real_lines(model, &mut lines);
    if model.tcp.shows(Series::Queue) {
        queue_lines(model, &mut lines);
    }
    lines
}

fn connection_lines<'a>(model: &'a Model, (place, count): (usize, usize), pair: Pair, lines: &mut Vec<Line<'a>>) {
    let words = &model.language.words().tcp;
    let (sender, receiver) = by_traffic(model, pair);
    let number = if count > 1 { format!("{} ", place + 1) } else { String::new() };
    for series in Series::ALL.into_iter().filter(|series| model.tcp.shows(*series)) {
        let (source, whose) = match (series, receiver) {
            (Series::Queue, _) => continue,
            (Series::Throughput, _) => (Source::Sending(sender), sender),
            (Series::Goodput, Some(receiver)) => {
                (Source::Growth(&receiver.vars, Variable::Received as usize), receiver)
            }
            // Where the other end is not in the lab, what it has acknowledged is what it has.
            (Series::Goodput, None) => (Source::Growth(&sender.vars, Variable::Acked as usize), sender),
            (Series::Variable(variable @ (Variable::ReceiveWindow | Variable::ReceiveQueue)), Some(receiver)) => {
                (Source::Variable(&receiver.vars, variable as usize, None), receiver)
            }
            (Series::Variable(variable), _) => {
                (Source::Variable(&sender.vars, variable as usize, spread(variable)), sender)
            }
        };
        let (ink, dash) = look(series, place);
        let name = format!("{number}{} {}", short_name(words, series), model.session.name(whose.node));
        lines.push(Line { group: group(series), name, ink, dash, source });
    }
}

/// What a real kernel has told of the same.
fn real_lines<'a>(model: &'a Model, lines: &mut Vec<Line<'a>>) {
    let words = &model.language.words().tcp;
    let Some(now) = model.fact() else { return };
    let newest = model.session.connections.real().iter().rev().find(|(_, curve)| curve.until(now) > 0);
    let Some((_, curve)) = newest else { return };
    for series in Series::ALL.into_iter().filter(|series| model.tcp.shows(*series)) {
        let source = match series {
            Series::Variable(variable) => Source::Variable(curve, variable as usize, spread(variable)),
            Series::Throughput | Series::Queue => continue,
            Series::Goodput => Source::Growth(curve, Variable::Acked as usize),
        };
        let (ink, _) = look(series, 0);
        let name = format!("{} {}", short_name(words, series), words.reported);
        lines.push(Line { group: group(series), name, ink, dash: Dash::DashDot, source });
    }
}

fn queue_lines<'a>(model: &'a Model, lines: &mut Vec<Line<'a>>) {
    let busy = model.session.index.traffic.queues.busy();
    let mut queues: Vec<_> = busy
        .filter_map(|(way, queue)| Some((queue.lengths.extremes(0, queue.lengths.len(), 0)?.1, way, queue)))
        .collect();
    order::sort_by_key(&mut queues, |(most, way, _)| (core::cmp::Reverse(*most), *way));
    for (place, (_, (link, from), queue)) in queues.into_iter().take(MOST_QUEUES).enumerate() {
        let ends = model.session.scenario.links.get(usize::from(link.0)).map(|link| link.nodes());
        let to = ends.map_or(from, |ends| if ends[0] == from { ends[1] } else { ends[0] });
        let name = format!("{} → {}", model.session.name(from), model.session.name(to));
        let inks = [Role::SeriesOne, Role::SeriesTwo, Role::SeriesThree, Role::SeriesFour];
        let dashes = [Dash::Whole, Dash::Dashed, Dash::Dotted, Dash::DashDot];
        let (ink, dash) = (inks[place % 4], dashes[place % 4]);
        lines.push(Line { group: Group::Frames, name, ink, dash, source: Source::Queue(&queue.lengths) });
    }
}

/// The variable that is drawn as a band around another.
fn spread(variable: Variable) -> Option<usize> {
    (variable == Variable::Srtt).then_some(Variable::Rttvar as usize)
}

pub(super) fn group(series: Series) -> Group {
    match series {
        Series::Variable(Variable::Srtt | Variable::Rttvar | Variable::Rto) => Group::Time,
        Series::Variable(_) => Group::Bytes,
        Series::Throughput | Series::Goodput => Group::Rate,
        Series::Queue => Group::Frames,
    }
}

/// Ink and pattern of a series; another connection has another pattern.
fn look(series: Series, connection: usize) -> (Role, Dash) {
    let (ink, dash) = match series {
        Series::Variable(Variable::Cwnd | Variable::Srtt) | Series::Throughput | Series::Queue => (Role::SeriesOne, 0),
        Series::Variable(Variable::Ssthresh | Variable::Rto) => (Role::SeriesTwo, 1),
        Series::Variable(Variable::Flight) | Series::Goodput => (Role::SeriesThree, 0),
        Series::Variable(Variable::SendWindow) => (Role::SeriesFour, 1),
        Series::Variable(Variable::ReceiveWindow) => (Role::SeriesTwo, 2),
        Series::Variable(Variable::SendQueue) => (Role::SeriesFour, 2),
        Series::Variable(_) => (Role::SeriesThree, 2),
    };
    let dashes = [Dash::Whole, Dash::Dashed, Dash::Dotted, Dash::DashDot];
    (ink, dashes[(dash + connection) % dashes.len()])
}

/// A series in as few words as a label has room for.
pub(super) fn short_name(words: &Words, series: Series) -> &'static str {
    match series {
        Series::Variable(Variable::Cwnd) => "cwnd",
        Series::Variable(Variable::Ssthresh) => "ssthresh",
        Series::Variable(Variable::Srtt) => "SRTT",
        Series::Variable(Variable::Rto) => "RTO",
        Series::Variable(Variable::Flight) => words.plot_flight,
        Series::Variable(Variable::SendWindow) => words.plot_send_window,
        Series::Variable(Variable::ReceiveWindow) => words.plot_receive_window,
        Series::Variable(Variable::SendQueue) => words.plot_send_queue,
        Series::Variable(Variable::ReceiveQueue) => words.plot_receive_queue,
        Series::Variable(_) => "",
        Series::Throughput => words.plot_throughput,
        Series::Goodput => words.plot_goodput,
        Series::Queue => words.plot_queue,
    }
}

/// A series in the menu: its name and what it means.
pub(super) fn long_name(words: &Words, series: Series) -> String {
    let term = match series {
        Series::Variable(Variable::Cwnd) => words.term_cwnd,
        Series::Variable(Variable::Ssthresh) => words.term_ssthresh,
        Series::Variable(Variable::Srtt) => words.term_srtt,
        Series::Variable(Variable::Rto) => words.term_rto,
        _ => return short_name(words, series).to_owned(),
    };
    format!("{} {term}", short_name(words, series))
}

impl Line<'_> {
    /// The value before a time, and the fact that it comes from. A rate is of the `window` before that time.
    pub(super) fn at(&self, trace: &Trace, at: Instant, window: Duration) -> Option<(f64, Option<FactId>)> {
        match self.source {
            Source::Variable(curve, column, _) => {
                let place = curve.before(at).checked_sub(1)?;
                Some((f64::from(curve.value(place, column)?), curve.point(place).map(|point| point.1)))
            }
            Source::Queue(curve) => {
                let place = curve.before(at).checked_sub(1)?;
                Some((f64::from(curve.value(place, 0)?), curve.point(place).map(|point| point.1)))
            }
            Source::Growth(curve, column) => {
                let total = |at: Instant| {
                    let place = curve.before(at).checked_sub(1)?;
                    Some((u64::from(curve.value(place, column)?), curve.point(place).map(|point| point.1)))
                };
                rate(&total, at, window)
            }
            Source::Sending(socket) => {
                let total = |at: Instant| {
                    let before = |fact: FactId| trace.get(fact).is_some_and(|fact| fact.at < at);
                    let place = socket.sent.partition_point(|segment| before(segment.fact)).checked_sub(1)?;
                    Some((socket.sent[place].total, Some(socket.sent[place].fact)))
                };
                rate(&total, at, window)
            }
        }
    }
}

/// Bits per second in the window before a time.
fn rate(
    total: &impl Fn(Instant) -> Option<(u64, Option<FactId>)>,
    at: Instant,
    window: Duration,
) -> Option<(f64, Option<FactId>)> {
    let (now, fact) = total(at)?;
    let begin = Instant::from_nanos(at.as_nanos().saturating_sub(window.as_nanos() as u64));
    let before = total(begin).map_or(0, |(before, _)| before);
    Some((now.saturating_sub(before) as f64 * 8.0 / window.as_secs_f64().max(1e-9), fact))
}
