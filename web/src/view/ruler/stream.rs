//! One direction of a connection at a moment, in relative sequence numbers: the SYN is 0, the first byte 1, and the FIN
//! takes the number after the last byte.
//!
//! Absent on purpose: pixels and words.

use sim_core::trace::{FactId, TcpVars, What};
use sim_core::wire::tcp::Flags;

use crate::app::Model;
use crate::app::tcp::Reach;
use crate::app::tcp::socket::{Fate, Range, Segment, Socket, Transfer};
use crate::view::connection::{End, vars_of};

/// Segments that are looked through at most, newest first.
const MOST_SEGMENTS: usize = 20_000;

/// A stream as short as this is always shown whole.
const SHORT: u32 = 256;

/// One direction.
pub(super) struct Stream<'a> {
    pub(super) sender: End<'a>,
    pub(super) receiver: Option<End<'a>>,
    pub(super) now: FactId,
    pub(super) send: Option<&'a TcpVars>,
    pub(super) receive: Option<&'a TcpVars>,
    /// Oldest unacknowledged and next to be sent.
    pub(super) una: u32,
    pub(super) nxt: u32,
    /// After the last byte in the send buffer.
    pub(super) written: u32,
    /// The number of the FIN, once it was sent.
    pub(super) fin: Option<u32>,
    /// Next expected by the receiver, and the first byte that its program has not read.
    pub(super) rcv_nxt: u32,
    pub(super) read: u32,
    /// The right edge of the window that was advertised last.
    pub(super) edge: Option<u32>,
    /// What is shown of it.
    pub(super) range: Range,
}

impl<'a> Stream<'a> {
    pub(super) fn of(model: &'a Model, sender: End<'a>, receiver: Option<End<'a>>) -> Option<Stream<'a>> {
        let now = model.fact()?;
        let send = vars_of(model, sender.socket);
        let receive = receiver.and_then(|end| vars_of(model, end.socket));
        let sent = sender.socket.sent_until(now);
        let fin = sent.iter().rev().take(64).find(|segment| segment.flags.has(Flags::FIN)).map(|s| s.seq + s.payload);
        let (una, nxt) =
            send.map_or((0, 0), |vars| (vars.snd_una.wrapping_sub(vars.iss), vars.snd_nxt.wrapping_sub(vars.iss)));
        // The SYN is not in the buffer, and neither is the FIN.
        let queued = send.map_or(0, |vars| vars.send_queue);
        let written = fin.unwrap_or_else(|| una.max(1) + queued);
        let heard = receive.filter(|vars| vars.rcv_nxt != 0 || vars.irs != 0);
        let rcv_nxt = heard.map_or(0, |vars| vars.rcv_nxt.wrapping_sub(vars.irs));
        let in_order = fin.map_or(rcv_nxt, |fin| rcv_nxt.min(fin));
        let read = heard.map_or(0, |vars| in_order.saturating_sub(vars.receive_queue));
        let advertised =
            receiver.and_then(|end| end.socket.sent_until(now).iter().rev().find_map(|segment| segment.ack));
        let edge = advertised.zip(heard).map(|(ack, vars)| ack + vars.rcv_wnd);
        let range = (0, 0);
        let mut stream =
            Stream { sender, receiver, now, send, receive, una, nxt, written, fin, rcv_nxt, read, edge, range };
        stream.range = stream.choose_range(model.tcp.reach, sent);
        Some(stream)
    }

    /// Whether anything but a SYN has gone this way, or shall.
    pub(super) fn has_bytes(&self) -> bool {
        self.written > 1 || self.writes().iter().any(|call| call.wanted > 0)
    }

    fn choose_range(&self, reach: Reach, sent: &[Segment]) -> Range {
        let waiting =
            self.writes().last().filter(|call| call.waits(self.now)).map_or(0, |call| call.from + call.wanted);
        let end = self.written.max(self.nxt).max(self.fin.map_or(0, |fin| fin + 1));
        let done = self.writes().last().filter(|call| !call.waits(self.now)).map_or(0, |call| call.from + call.moved);
        let whole = (0, end.max(done).max(8) + 1);
        if reach == Reach::Whole {
            return (0, whole.1.max(waiting));
        }
        if whole.1.max(waiting) <= SHORT {
            return (0, whole.1.max(waiting));
        }
        let open = if self.receiver.is_some() { self.una.min(self.read) } else { self.una };
        // Where nothing is open, the last segments are still worth a look.
        let last = sent.iter().rev().filter(|segment| segment.payload > 0 && !segment.again).take(6).last();
        let start = last.map_or(open, |last| last.seq.min(open));
        let margin = ((end - start.min(end)) / 8).max(16);
        (start.saturating_sub(margin), end + margin)
    }

    /// The calls that had put bytes in.
    pub(super) fn writes(&self) -> &'a [Transfer] {
        Socket::transfers_until(&self.sender.socket.writes, self.now)
    }

    /// The calls that had taken bytes out.
    pub(super) fn reads(&self) -> &'a [Transfer] {
        self.receiver.map_or(&[], |end| Socket::transfers_until(&end.socket.reads, self.now))
    }

    /// The segments that lie in what is shown, oldest first, with what has become of each.
    pub(super) fn segments(&self) -> Vec<(&'a Segment, Fate)> {
        let mut shown = Vec::new();
        for segment in self.sender.socket.sent_until(self.now).iter().rev().take(MOST_SEGMENTS) {
            if segment.length > 0 && segment.end() > self.range.0 && segment.seq < self.range.1 {
                shown.push((segment, segment.fate(self.now)));
            } else if segment.length > 0 && !segment.again && segment.end() <= self.range.0 {
                // What was sent before this lies before it.
                break;
            }
        }
        shown.reverse();
        shown
    }

    /// The bytes of the largest of the last segments.
    pub(super) fn largest(&self) -> u32 {
        let sent = self.sender.socket.sent_until(self.now);
        sent.iter().rev().take(32).map(|segment| segment.payload).max().unwrap_or(0)
    }

    /// What the receiver has beyond a gap.
    pub(super) fn islands(&self) -> &'a [Range] {
        self.receiver.map_or(&[], |end| end.socket.islands.at(self.now))
    }

    /// What the sender knows to have arrived beyond a gap.
    pub(super) fn sacked(&self) -> &'a [Range] {
        self.sender.socket.sacked.at(self.now)
    }

    /// The line of a call in its program.
    pub(super) fn line(model: &Model, call: &Transfer) -> Option<u16> {
        match model.session.trace.get(call.called)?.what {
            What::Called { line, .. } => Some(line),
            _ => None,
        }
    }
}
