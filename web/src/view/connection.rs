//! What the three views of TCP share: which connections there are, what their ends are called, and how an end is marked.
//!
//! An end is marked by a letter and a shape: a disc for the end that connects, a square for the other.
//!
//! Absent on purpose: the views themselves.

use sim_core::trace::{FactId, NodeId, SocketId, TcpState, TcpVars, What};

use super::scene::{Align, Rect, Scene, Shape, Style};
use super::theme::Role;
use crate::app::Model;
use crate::app::tcp::connections::Pair;
use crate::app::tcp::socket::Socket;
use crate::app::thing::Thing;

/// One end of the connection that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Its socket.
    pub socket: &'a Socket,
    /// Its letter.
    pub letter: char,
    /// It is the end that connects.
    pub first: bool,
}

/// A connection that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The socket that stands for it.
    pub socket: SocketId,
    /// Its two ends.
    pub label: String,
    /// It is the one that is looked at.
    pub chosen: bool,
    /// It is plotted with the one that is looked at.
    pub overlaid: bool,
}

/// Connections that a menu has at most: the newest.
const MOST: usize = 50;

/// The ends of the connection that is looked at, the one that connects first. Where nothing of it has arrived yet, the other
/// end is the socket that listens where it goes, if the lab has one.
pub fn ends(model: &Model) -> Vec<End<'_>> {
    let Some(pair) = model.connection() else { return Vec::new() };
    ends_of(model, pair)
}

/// The ends of a connection.
pub fn ends_of(model: &Model, pair: Pair) -> Vec<End<'_>> {
    let sockets = model.session.connections.sockets();
    let first = &sockets[pair.first];
    let second = pair.second.or_else(|| listener(model, first)).map(|place| &sockets[place]);
    let (one, two) = letters(model, first.node, second.map(|socket| socket.node));
    let first = End { socket: first, letter: one, first: true };
    [Some(first), second.map(|socket| End { socket, letter: two, first: false })].into_iter().flatten().collect()
}

fn listener(model: &Model, socket: &Socket) -> Option<usize> {
    let now = model.fact()?;
    if !socket.active || state_of(model, socket).1 == TcpState::Closed {
        return None;
    }
    let nodes = &model.session.scenario.nodes;
    model.session.connections.listener(&model.session.trace, socket.peer, now, |node, ip| {
        let interfaces = nodes.get(usize::from(node.0)).map_or(&[][..], |node| &node.interfaces);
        (ip.is_loopback() && node == socket.node)
            || interfaces.iter().any(|interface| interface.addresses.iter().any(|address| address.ip == ip))
    })
}

/// The first letters of two nodes' names, or numbers where those are the same.
fn letters(model: &Model, first: NodeId, second: Option<NodeId>) -> (char, char) {
    let letter = |node| model.session.name(node).chars().next().map_or('?', |letter| letter.to_ascii_uppercase());
    match second {
        Some(second) if letter(first) == letter(second) => ('1', '2'),
        Some(second) => (letter(first), letter(second)),
        None => (letter(first), '?'),
    }
}

/// The connections that can be looked at at the moment on screen, oldest first.
pub fn choices(model: &Model) -> Vec<Choice> {
    let Some(now) = model.fact() else { return Vec::new() };
    let connections = &model.session.connections;
    let shown = model.connection();
    let mut pairs = connections.pairs(&model.session.trace, now);
    pairs.drain(..pairs.len().saturating_sub(MOST));
    pairs
        .into_iter()
        .map(|pair| {
            let socket = connections.sockets()[pair.first].id;
            let overlaid = model.tcp.others.contains(&socket);
            Choice { socket, label: name(model, pair), chosen: shown == Some(pair), overlaid }
        })
        .collect()
}

/// A connection in a few words: `client:52158 → server:8898`.
pub fn name(model: &Model, pair: Pair) -> String {
    let socket = &model.session.connections.sockets()[pair.first];
    let there = match pair.second {
        Some(second) => {
            let other = &model.session.connections.sockets()[second];
            format!("{}:{}", model.session.name(other.node), other.local.port())
        }
        None => socket.peer.to_string(),
    };
    format!("{}:{} → {there}", model.session.name(socket.node), socket.local.port())
}

/// The state of a socket at the moment on screen, and the fact since which it is in it.
pub fn state_of(model: &Model, socket: &Socket) -> (Option<FactId>, TcpState) {
    let fact = model.fact().and_then(|now| socket.state_at(now));
    let what = fact.and_then(|fact| model.session.trace.get(fact)).map(|fact| &fact.what);
    match what {
        Some(What::TcpState { to, .. }) => (fact, *to),
        _ => (None, TcpState::Closed),
    }
}

/// The variables of a socket at the moment on screen.
pub fn vars_of<'a>(model: &'a Model, socket: &Socket) -> Option<&'a TcpVars> {
    let fact = socket.vars_at(model.fact()?)?;
    match &model.session.trace.get(fact)?.what {
        What::TcpVars { vars, .. } => Some(vars),
        _ => None,
    }
}

/// Draws an end's mark with its middle here.
pub fn mark(scene: &mut Scene, end: &End<'_>, (x, y): (f64, f64)) {
    const RADIUS: f64 = 10.0;
    let pick = Some(Thing::Socket(end.socket.id));
    if end.first {
        let corner = |step: u32| {
            let angle = f64::from(step) * core::f64::consts::TAU / 20.0;
            (x + RADIUS * angle.cos(), y + RADIUS * angle.sin())
        };
        let (points, fill) = ((0..20).map(corner).collect(), Some(Role::Accent));
        let dash = super::scene::Dash::Whole;
        scene.shapes.push(Shape::Path { points, closed: true, fill, ink: None, weight: 0.0, dash, pick });
    } else {
        let at = Rect::new(x - RADIUS, y - RADIUS, 2.0 * RADIUS, 2.0 * RADIUS);
        scene.shapes.push(Shape::Box { at, fill: Some(Role::Ink), edge: None, weight: 0.0, pick });
    }
    let ink = if end.first { Role::AccentInk } else { Role::Panel };
    scene.aligned((x, y), end.letter, ink, Style::Label, Align::Middle, 2.0 * RADIUS);
}

/// A number of bytes with its thousands apart: `65,160`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let texts = [0, 999, 1_000, 65_160, 1_048_576].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "65,160", "1,048,576"]);
    }
}
