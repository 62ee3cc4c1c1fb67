//! What the numbers of captured segments say beyond each segment: sent again, out of order, missing before it, said twice, no room.
//! The names are those of Wireshark's analysis of TCP.
//!
//! Absent on purpose: why. A capture knows no causes, only what was seen and in which order. Packets that were cut have no marks, and
//! neither do simulated frames: of those the trace knows what has happened.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use sim_core::trace::FrameId;
use sim_core::wire::tcp::{Flags, Repr};

/// What a captured segment is among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// All of its bytes were seen before.
    Retransmission,
    /// Bytes after it were seen before, and its own were not.
    OutOfOrder,
    /// Bytes before it have not been seen.
    Gap,
    /// It says again what the one before it said: something behind a gap has arrived.
    DuplicateAck,
    /// Its sender has no room for data.
    ZeroWindow,
    /// It asks for an answer with a number that was acknowledged.
    KeepAlive,
}

impl Mark {
    /// What Wireshark calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Mark::Retransmission => "TCP Retransmission",
            Mark::OutOfOrder => "TCP Out-Of-Order",
            Mark::Gap => "TCP Previous segment not captured",
            Mark::DuplicateAck => "TCP Dup ACK",
            Mark::ZeroWindow => "TCP ZeroWindow",
            Mark::KeepAlive => "TCP Keep-Alive",
        }
    }
}

/// Holes that are remembered in one direction; of more the oldest are taken as filled.
const HOLES: usize = 32;

/// One direction of a connection, as far as it was seen.
#[derive(Clone, Debug, Default, PartialEq)]
struct Way {
    /// The first number that was seen.
    first: u32,
    /// The number after the last one that was seen.
    next: u32,
    /// Parts before it that were not seen, first and behind the last, in order.
    holes: Vec<(u32, u32)>,
    /// The last acknowledgement and window.
    said: Option<(u32, u16)>,
}

/// The marks of captured segments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    ways: BTreeMap<(SocketAddr, SocketAddr), Way>,
    /// In the order of the frames.
    marks: Vec<(FrameId, Mark)>,
}

/// Whether a number lies before another (RFC 9293 §3.4: modulo 2³²).
fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl Analysis {
    /// The mark of a frame.
    pub fn mark(&self, frame: FrameId) -> Option<Mark> {
        let place = self.marks.binary_search_by_key(&frame, |(frame, _)| *frame).ok()?;
        Some(self.marks[place].1)
    }

    /// Adds the next captured segment; gives its mark.
    pub fn push(
        &mut self,
        frame: FrameId,
        ends: (SocketAddr, SocketAddr),
        segment: &Repr,
        data: usize,
    ) -> Option<Mark> {
        let mark = self.judge(ends, segment, data as u32)?;
        self.marks.push((frame, mark));
        Some(mark)
    }

    fn judge(&mut self, ends: (SocketAddr, SocketAddr), segment: &Repr, data: u32) -> Option<Mark> {
        // What the other direction has sent, and this one may not have acknowledged yet.
        let waits = self.ways.get(&(ends.1, ends.0)).map(|other| other.next);
        let flags = segment.flags;
        let (syn, fin) = (flags.has(Flags::SYN), flags.has(Flags::FIN));
        let length = data + u32::from(syn) + u32::from(fin);
        let said = (segment.ack, segment.window);
        // A SYN with another number begins another connection between the same ends.
        let known = self.ways.get_mut(&ends).filter(|way| !syn || way.first == segment.seq);
        let Some(way) = known else {
            let next = segment.seq.wrapping_add(length);
            self.ways.insert(ends, Way { first: segment.seq, next, holes: Vec::new(), said: Some(said) });
            return None;
        };
        if flags.has(Flags::RST) {
            return None;
        }
        // RFC 9293 §3.8.4: with a number just before the next, with one byte or none.
        let asks = data <= 1 && !syn && !fin && segment.seq.wrapping_add(1) == way.next;
        let says_again = way.said.replace(said) == Some(said) && length == 0;
        if asks {
            return Some(Mark::KeepAlive);
        }
        way.see(segment.seq, length).or_else(|| match () {
            () if segment.window == 0 && !syn => Some(Mark::ZeroWindow),
            // RFC 5681 §2.
            () if says_again && waits.is_some_and(|next| before(segment.ack, next)) => Some(Mark::DuplicateAck),
            () => None,
        })
    }
}

impl Way {
    /// Sees numbers from `seq` on; says what they are, if they are not just the next ones.
    fn see(&mut self, seq: u32, length: u32) -> Option<Mark> {
        if length == 0 {
            return None;
        }
        let end = seq.wrapping_add(length);
        if !before(seq, self.next) {
            let gap = seq != self.next;
            if gap {
                self.holes.push((self.next, seq));
                let excess = self.holes.len().saturating_sub(HOLES);
                self.holes.drain(..excess);
            }
            self.next = end;
            return gap.then_some(Mark::Gap);
        }
        let fills = self.fill(seq, end);
        let reaches = before(self.next, end);
        if reaches {
            self.next = end;
        }
        // Part of it may be new: then it is both, and what is new counts.
        (!reaches || fills).then_some(if fills { Mark::OutOfOrder } else { Mark::Retransmission })
    }

    /// Takes away what holes have of a part. Whether they had any of it.
    fn fill(&mut self, from: u32, to: u32) -> bool {
        let mut fills = false;
        let mut left = Vec::with_capacity(self.holes.len());
        for &(first, end) in &self.holes {
            if before(first, to) && before(from, end) {
                fills = true;
                left.extend([(first, from), (to, end)].into_iter().filter(|(first, end)| before(*first, *end)));
            } else {
                left.push((first, end));
            }
        }
        self.holes = left;
        fills
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::wire::tcp_option::Options;

    /// The marks of segments from client (`>`) and server (`<`): seq, length, ack, window, and control bits.
    fn marks(segments: &[(char, u32, usize, u32, u16, Flags)]) -> Vec<Option<Mark>> {
        let (client, server): (SocketAddr, SocketAddr) =
            ("10.0.0.1:5000".parse().expect("it is one"), "10.0.0.2:80".parse().expect("it is one"));
        let mut analysis = Analysis::default();
        let all = segments.iter().zip(0..).map(|((from, seq, data, ack, window, flags), frame)| {
            let ends = if *from == '>' { (client, server) } else { (server, client) };
            let options = Options::default();
            let (source, destination) = (ends.0.port(), ends.1.port());
            let (seq, ack, flags, window) = (*seq, *ack, *flags, *window);
            let repr = Repr { source, destination, seq, ack, flags, window, urgent: 0, options };
            let mark = analysis.push(FrameId(frame), ends, &repr, *data);
            assert_eq!(analysis.mark(FrameId(frame)), mark);
            mark
        });
        all.collect()
    }

    const ACK: Flags = Flags::ACK;
    const SYN: Flags = Flags::SYN;

    #[test]
    fn a_conversation_in_order_has_no_marks() {
        let (syn_ack, fin) = (SYN | ACK, Flags::FIN | ACK);
        let told = marks(&[
            ('>', 100, 0, 0, 9, SYN),
            ('<', 500, 0, 101, 9, syn_ack),
            ('>', 101, 0, 501, 9, ACK),
            ('>', 101, 6, 501, 9, ACK),
            ('<', 501, 0, 107, 9, ACK),
            ('<', 501, 2, 107, 9, ACK),
            ('>', 107, 0, 503, 9, ACK),
            ('>', 107, 0, 503, 9, fin),
            ('<', 503, 0, 108, 9, fin),
            ('>', 108, 0, 504, 9, ACK),
            // Another connection of the same ends.
            ('>', 90, 0, 0, 9, SYN),
            ('>', 91, 3, 0, 9, ACK),
        ]);
        assert_eq!(told, [None; 12]);
    }

    #[test]
    fn what_is_sent_again_out_of_order_or_missing_is_marked() {
        let told = marks(&[
            ('>', u32::MAX - 4, 5, 1, 9, ACK),
            ('>', 10, 10, 1, 9, ACK),
            ('<', 1, 0, 0, 9, ACK),
            ('<', 1, 0, 0, 9, ACK),
            ('>', 0, 10, 1, 9, ACK),
            ('>', 10, 10, 1, 9, ACK),
            ('>', 15, 10, 1, 9, ACK),
            ('<', 1, 0, 25, 0, ACK),
            ('>', 24, 0, 1, 9, ACK),
            ('>', 24, 1, 1, 9, ACK),
        ]);
        let expected = [
            None,
            Some(Mark::Gap),
            None,
            Some(Mark::DuplicateAck),
            Some(Mark::OutOfOrder),
            Some(Mark::Retransmission),
            None,
            Some(Mark::ZeroWindow),
            Some(Mark::KeepAlive),
            Some(Mark::KeepAlive),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn holes_are_bounded() {
        let mut analysis = Way::default();
        for place in 1..1_000 {
            assert_eq!(analysis.see(place * 10, 5), Some(Mark::Gap));
        }
        assert_eq!(analysis.holes.len(), HOLES);
        assert_eq!(analysis.see(0, 5), Some(Mark::Retransmission), "the oldest holes are taken as filled");
    }
}
