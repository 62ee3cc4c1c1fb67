//! Whatever can be chosen: one choice, which every view marks.
//!
//! Absent on purpose: what is marked besides the thing itself (see [`super::kin`]).

use sim_core::trace::{FactId, FrameId, LinkId, NodeId, ProcessId, SocketId};

/// A thing that can be chosen in some view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A fact of the trace: an event, a change of a state, a point of a plot.
    Fact(FactId),
    /// A frame that waits before a link, by the fact that made it: to choose it is to choose that fact, and to stay at the moment.
    Waiting(FactId),
    /// A frame.
    Frame(FrameId),
    /// A field of a frame, by its place among all fields of it.
    Field(FrameId, usize),
    /// A byte of a frame, by its place.
    Byte(FrameId, usize),
    /// A socket.
    Socket(SocketId),
    /// A node.
    Node(NodeId),
    /// A link.
    Link(LinkId),
    /// A line of the program that a process runs, from 1.
    Line(ProcessId, u16),
}

/// What is chosen, in every view at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// What was chosen last.
    pub thing: Option<Thing>,
    /// The frame that it belongs to.
    pub frame: Option<FrameId>,
    /// A field of the frame that is shown: its place among all fields of the frame.
    pub field: Option<usize>,
}
