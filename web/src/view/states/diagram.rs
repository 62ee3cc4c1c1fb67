//! The diagram of RFC 9293 §3.3.2 (figure 5): its states, its edges, and where they stand.
//!
//! Above each edge stands what happens, and behind the stroke the segment that is sent. CLOSED stands twice, at the
//! beginning and at the end, so that no edge goes all the way back.
//!
//! Absent on purpose: edges that are in prose alone (RST, time-outs, giving up): they lead from everywhere to CLOSED.

use sim_core::trace::TcpState;

/// An edge of the diagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: TcpState,
    pub(super) to: TcpState,
    /// What happens, and what is sent.
    pub(super) label: &'static str,
    pub(super) points: &'static [Spot],
    /// The middle of the label.
    pub(super) at: Spot,
}

/// A place: a column and a row of the grid, and pixels beside it.
pub(super) type Spot = (Column, f64, f64, f64);

/// The columns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Left,
    Middle,
    Right,
    /// Between left and middle.
    Gap,
}

use Column::{Gap, Left, Middle, Right};

/// Half the width and height of a state's box.
pub(super) const HALF: (f64, f64) = (49.0, 16.0);

/// Height of a row.
pub(super) const ROW: f64 = 84.0;

/// Rows of the diagram.
pub(super) const ROWS: f64 = 7.0;

/// Where the states stand. The end has a place of its own.
pub(super) const fn place(state: TcpState) -> (Column, f64) {
    match state {
        TcpState::Closed => (Middle, 0.0),
        TcpState::Listen => (Left, 1.0),
        TcpState::SynReceived => (Left, 2.0),
        TcpState::SynSent => (Right, 2.0),
        TcpState::Established => (Middle, 3.0),
        TcpState::FinWait1 => (Left, 4.0),
        TcpState::CloseWait => (Right, 4.0),
        TcpState::FinWait2 => (Left, 5.0),
        TcpState::Closing => (Middle, 5.0),
        TcpState::LastAck => (Right, 5.0),
        TcpState::TimeWait => (Middle, 6.0),
    }
}

/// Where CLOSED stands at the end.
pub(super) const END: (Column, f64) = (Right, 6.0);

pub(super) const STATES: [TcpState; 11] = [
    TcpState::Closed,
    TcpState::Listen,
    TcpState::SynSent,
    TcpState::SynReceived,
    TcpState::Established,
    TcpState::FinWait1,
    TcpState::FinWait2,
    TcpState::Closing,
    TcpState::TimeWait,
    TcpState::CloseWait,
    TcpState::LastAck,
];

const fn edge(from: TcpState, to: TcpState, label: &'static str, points: &'static [Spot], at: Spot) -> Edge {
    Edge { from, to, label, points, at }
}

/// All edges, in the order of the figure.
pub(super) const EDGES: [Edge; 21] = [
    edge(
        TcpState::Closed,
        TcpState::Listen,
        "listen",
        &[(Middle, 0.0, -49.0, 0.0), (Left, 0.0, -10.0, 0.0), (Left, 1.0, -10.0, -16.0)],
        (Left, 0.0, 14.0, 0.0),
    ),
    edge(
        TcpState::Listen,
        TcpState::Closed,
        "close",
        &[(Left, 1.0, 30.0, -16.0), (Middle, 0.0, -30.0, 16.0)],
        (Gap, 0.5, 0.0, 0.0),
    ),
    edge(
        TcpState::Closed,
        TcpState::SynSent,
        "connect / SYN",
        &[(Middle, 0.0, 49.0, 0.0), (Right, 0.0, 10.0, 0.0), (Right, 2.0, 10.0, -16.0)],
        (Right, 1.0, 6.0, -16.0),
    ),
    edge(
        TcpState::SynSent,
        TcpState::Closed,
        "close",
        &[(Right, 2.0, -30.0, -16.0), (Middle, 0.0, 30.0, 16.0)],
        (Middle, 0.5, 47.0, 0.0),
    ),
    edge(
        TcpState::Listen,
        TcpState::SynReceived,
        "SYN / SYN+ACK",
        &[(Left, 1.0, -15.0, 16.0), (Left, 2.0, -15.0, -16.0)],
        (Left, 1.5, -10.0, -10.0),
    ),
    edge(
        TcpState::SynReceived,
        TcpState::Listen,
        "RST",
        &[(Left, 2.0, 36.0, -16.0), (Left, 1.0, 36.0, 16.0)],
        (Left, 1.5, 42.0, 12.0),
    ),
    edge(
        TcpState::Listen,
        TcpState::SynSent,
        "send / SYN",
        &[(Left, 1.0, 49.0, 6.0), (Right, 2.0, -49.0, -8.0)],
        (Middle, 1.5, -4.0, -2.0),
    ),
    edge(
        TcpState::SynSent,
        TcpState::SynReceived,
        "SYN / SYN+ACK",
        &[(Right, 2.0, -49.0, 4.0), (Left, 2.0, 49.0, 4.0)],
        (Middle, 2.0, 0.0, 4.0),
    ),
    edge(
        TcpState::SynReceived,
        TcpState::Established,
        "ACK(SYN)",
        &[(Left, 2.0, 30.0, 16.0), (Middle, 3.0, -34.0, -16.0)],
        (Gap, 2.5, 0.0, -6.0),
    ),
    edge(
        TcpState::SynSent,
        TcpState::Established,
        "SYN+ACK / ACK",
        &[(Right, 2.0, -20.0, 16.0), (Middle, 3.0, 34.0, -16.0)],
        (Right, 2.5, -44.0, 6.0),
    ),
    edge(
        TcpState::SynReceived,
        TcpState::FinWait1,
        "close / FIN",
        &[(Left, 2.0, -15.0, 16.0), (Left, 4.0, -15.0, -16.0)],
        (Left, 3.0, -12.0, 0.0),
    ),
    edge(
        TcpState::Established,
        TcpState::FinWait1,
        "close / FIN",
        &[(Middle, 3.0, -34.0, 16.0), (Left, 4.0, 24.0, -16.0)],
        (Gap, 3.5, 2.0, 4.0),
    ),
    edge(
        TcpState::Established,
        TcpState::CloseWait,
        "FIN / ACK",
        &[(Middle, 3.0, 34.0, 16.0), (Right, 4.0, -20.0, -16.0)],
        (Right, 3.5, -55.0, 4.0),
    ),
    edge(
        TcpState::FinWait1,
        TcpState::FinWait2,
        "ACK(FIN)",
        &[(Left, 4.0, -15.0, 16.0), (Left, 5.0, -15.0, -16.0)],
        (Left, 4.5, -20.0, 8.0),
    ),
    edge(
        TcpState::FinWait1,
        TcpState::Closing,
        "FIN / ACK",
        &[(Left, 4.0, 49.0, 0.0), (Middle, 5.0, -20.0, -16.0)],
        (Middle, 4.5, -34.0, -6.0),
    ),
    edge(
        TcpState::FinWait1,
        TcpState::TimeWait,
        "FIN, ACK(FIN) / ACK",
        &[(Left, 4.0, 40.0, 16.0), (Gap, 5.0, 0.0, -20.0), (Gap, 5.0, 0.0, 18.0), (Middle, 6.0, -34.0, -16.0)],
        (Gap, 5.5, -10.0, -12.0),
    ),
    edge(
        TcpState::FinWait2,
        TcpState::TimeWait,
        "FIN / ACK",
        &[(Left, 5.0, -15.0, 16.0), (Left, 6.0, -15.0, 0.0), (Middle, 6.0, -49.0, 0.0)],
        (Left, 6.0, 8.0, 0.0),
    ),
    edge(
        TcpState::Closing,
        TcpState::TimeWait,
        "ACK(FIN)",
        &[(Middle, 5.0, 20.0, 16.0), (Middle, 6.0, 20.0, -16.0)],
        (Middle, 5.5, 40.0, 10.0),
    ),
    edge(
        TcpState::CloseWait,
        TcpState::LastAck,
        "close / FIN",
        &[(Right, 4.0, 0.0, 16.0), (Right, 5.0, 0.0, -16.0)],
        (Right, 4.5, 0.0, 0.0),
    ),
    edge(
        TcpState::LastAck,
        TcpState::Closed,
        "ACK(FIN)",
        &[(Right, 5.0, 10.0, 16.0), (Right, 6.0, 10.0, -16.0)],
        (Right, 5.5, 12.0, -12.0),
    ),
    edge(
        TcpState::TimeWait,
        TcpState::Closed,
        "2 MSL",
        &[(Middle, 6.0, 49.0, 0.0), (Right, 6.0, -49.0, 0.0)],
        (Middle, 6.0, 64.0, 26.0),
    ),
];
