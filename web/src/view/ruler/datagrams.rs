//! A conversation of UDP: its datagrams in each direction, each within its own bounds. Nothing joins them as bytes of TCP are joined.
//!
//! Absent on purpose: what became of a datagram on links behind the first (the ladder shows it), and fragments behind the first: the
//! length is the whole datagram's, as its header says.

use std::net::SocketAddr;

use sim_core::layer::Protocol;
use sim_core::trace::FactId;

use super::{BAR, MARGIN, Pen, Row, Told};
use crate::app::Model;
use crate::app::anatomy::Anatomy;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::narration::{drop_reason, millis};
use crate::view::scene::{Rect, Shape, Style};
use crate::view::stack::as_text;
use crate::view::theme::Role;

/// Frames that are looked back at for the newest datagram.
const BACK: usize = 256;

/// The newest datagrams of a direction that are shown.
const SHOWN: usize = 40;

/// One direction: who sent to whom, and what, the oldest first.
pub(super) struct Lane<'a> {
    from: SocketAddr,
    to: SocketAddr,
    /// The fact of the first datagram.
    first: FactId,
    /// How many are not shown.
    earlier: usize,
    datagrams: Vec<&'a Frame>,
}

/// The two directions of the conversation that the shown frame belongs to, or of the newest where there is no TCP; none of TCP.
pub(super) fn lanes(model: &Model, has_tcp: bool) -> Vec<Lane<'_>> {
    let Some((from, to)) = conversation(model, has_tcp) else { return Vec::new() };
    let mut lanes: Vec<Lane> =
        [(from, to), (to, from)].into_iter().filter_map(|(from, to)| lane(model, from, to)).collect();
    // Who spoke first stands first, whichever frame is shown.
    lanes.sort_by_key(|lane| lane.first);
    lanes
}

fn conversation(model: &Model, has_tcp: bool) -> Option<(SocketAddr, SocketAddr)> {
    let index = &model.session.index;
    let ends = |frame: &Frame| {
        let (ends, _) = model.session.relations.segment(index, frame)?;
        matches!(Anatomy::of(frame).transport, Some((_, Protocol::Udp))).then_some(ends)
    };
    let shown = model.shown_frame().and_then(|id| index.frame(id)).and_then(ends);
    shown.or_else(|| {
        let sent = index.frames_until(model.fact()?);
        index.frames()[..sent].iter().rev().take(BACK).filter(|_| !has_tcp).find_map(ends)
    })
}

fn lane(model: &Model, from: SocketAddr, to: SocketAddr) -> Option<Lane<'_>> {
    let (index, now) = (&model.session.index, model.fact()?);
    let flow = model.session.relations.flow(from, to);
    let mut frames = flow.iter().filter_map(|segment| index.frame(segment.frame)).filter(|frame| frame.sent <= now);
    // A router passes the same datagram on: it is told where it was sent first.
    let (origin, first) = frames.clone().next().map(|frame| (frame.from, frame.sent))?;
    let mut datagrams: Vec<&Frame> = frames.by_ref().filter(|frame| frame.from == origin).collect();
    let earlier = datagrams.len().saturating_sub(SHOWN);
    datagrams.drain(..earlier);
    Some(Lane { from, to, first, earlier, datagrams })
}

/// The data of a datagram, as long as its header says and as far as it is here.
fn data(frame: &Frame) -> (usize, &[u8]) {
    let anatomy = Anatomy::of(frame);
    let at = anatomy.transport.map_or(0, |(at, _)| at);
    let length =
        frame.bytes.get(at + 4..at + 6).map_or(0, |field| usize::from(u16::from_be_bytes([field[0], field[1]])));
    let here = frame.bytes.get(at + 8..anatomy.end).unwrap_or_default();
    (length.saturating_sub(8), here)
}

/// One datagram in words.
fn words(model: &Model, frame: &Frame) -> String {
    let (length, here) = data(frame);
    let mut text = format!("{} · {length} B", millis(frame.sent_at.as_nanos() as f64));
    if let Some(said) = as_text(here) {
        text = format!("{text} · {said}");
    }
    let dropped = frame.end.filter(|end| model.fact().is_some_and(|now| end.fact <= now)).and_then(|end| end.dropped);
    match dropped {
        Some((_, why)) => format!("{text} ✕ {}", drop_reason(model.language.words(), why)),
        None => text,
    }
}

impl Lane<'_> {
    fn title(&self) -> String {
        format!("UDP {} → {}", self.from, self.to)
    }

    /// Draws a box for each datagram: one below the other, none touches another.
    pub(super) fn draw(&self, pen: &mut Pen, model: &Model) {
        let room = pen.scene.width - 2.0 * MARGIN;
        pen.scene.text((MARGIN, pen.y), self.title(), Role::Ink, Style::Title, room);
        pen.y += 20.0;
        if self.earlier > 0 {
            let text = fill(pen.words.datagrams_earlier, &[("n", &self.earlier.to_string())]);
            pen.line(MARGIN, &text, Role::InkSoft);
        }
        for frame in &self.datagrams {
            let marked = model.kin.has(Thing::Frame(frame.id));
            let (edge, weight) = if marked { (Role::Ink, 3.0) } else { (Role::InkSoft, 1.0) };
            let at = Rect::new(MARGIN, pen.y - BAR / 2.0, room, BAR + 6.0);
            let (fill, pick) = (Some(Role::Data), Some(Thing::Frame(frame.id)));
            pen.scene.shapes.push(Shape::Box { at, fill, edge: Some(edge), weight, pick });
            let text = format!("#{} · {}", model.session.number(frame.id), words(model, frame));
            pen.scene.text((at.x + 8.0, at.middle()), text, Role::Ink, Style::Label, room - 16.0);
            pen.y += BAR + 14.0;
        }
        pen.y += 8.0;
    }

    /// The same in words and numbers.
    pub(super) fn told(&self, model: &Model) -> Told {
        let row =
            |frame: &&Frame| Row { name: format!("#{}", model.session.number(frame.id)), value: words(model, frame) };
        Told { title: self.title(), rows: self.datagrams.iter().map(row).collect(), waits: Vec::new() }
    }
}
