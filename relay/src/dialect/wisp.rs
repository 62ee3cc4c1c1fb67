//! `/wisp/`: Wisp v1, many TCP and UDP streams over one WebSocket, for wisp-js, v86, libcurl.js and their like.
//!
//! It says less than the reports do: that a stream is open is not said at all, and how it ended is one byte. There is no
//! half-close, so the peer's FIN ends both directions; what the client sent until then is still delivered.
//!
//! Its credit counts packets of any size, from the client to TCP streams only, and CONTINUE replaces what was granted before,
//! whatever is on its way. Since nobody knows what a CONTINUE meets, each is reckoned as if it came on top: then what may
//! still come and what waits are never more than twice the first credit, and all of that is kept. More than that ends the
//! stream, as do more bytes than the session has room for: nothing is dropped without a word.
//!
//! Absent: which streams there are and where they may go (`session/wisp`), and packets as bytes (`relay-proto`).

use bytes::Bytes;
use relay_proto::wisp::{self, Packet};
use relay_proto::{Call, ServerMessage};
use std::collections::{HashMap, VecDeque};

/// What the client has sent on one stream and the kernel has not taken.
struct Upload {
    /// Packets that may still come, if every CONTINUE finds all earlier credit used.
    to_come: u32,
    /// The lengths of the packets, of the first one only what is left.
    waiting: VecDeque<u32>,
    /// Packets that were taken since the last CONTINUE.
    taken: u32,
}

impl Upload {
    fn take(&mut self, mut bytes: u32) {
        while let Some(first) = self.waiting.front_mut() {
            if *first > bytes {
                *first -= bytes;
                return;
            }
            bytes -= *first;
            self.waiting.pop_front();
            self.taken += 1;
        }
    }
}

/// What one such session remembers.
pub(crate) struct Wisp {
    /// The credit of a stream.
    packets: u32,
    streams: HashMap<u32, Upload>,
    /// Bytes that may come before all queues are counted again.
    pub(crate) room: usize,
    /// Streams whose CLOSE was written; their sockets are to be closed.
    ended: Vec<u32>,
}

impl Wisp {
    pub(crate) fn new(packets: u32) -> Self {
        Self { packets, streams: HashMap::new(), room: 0, ended: Vec::new() }
    }

    /// The first packet of a session: every stream's credit.
    pub(crate) fn greeting(&self) -> Bytes {
        bytes(&Packet::Continue { stream: 0, packets: self.packets })
    }

    /// The client has opened a stream.
    pub(crate) fn open(&mut self, stream: u32) {
        self.streams.insert(stream, Upload { to_come: self.packets, waiting: VecDeque::new(), taken: 0 });
    }

    /// The client has closed it.
    pub(crate) fn close(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    /// A packet for a TCP stream. False when the client has sent more than any credit allowed.
    pub(crate) fn sent(&mut self, stream: u32, length: usize) -> bool {
        let Some(upload) = self.streams.get_mut(&stream) else {
            return false;
        };
        let Some(to_come) = upload.to_come.checked_sub(1) else {
            return false;
        };
        upload.to_come = to_come;
        upload.waiting.push_back(length as u32);
        true
    }

    /// The packet that ends a stream, open or not; its socket follows.
    pub(crate) fn end(&mut self, stream: u32, reason: u8) -> Bytes {
        if self.streams.remove(&stream).is_some() {
            self.ended.push(stream);
        }
        bytes(&Packet::Close { stream, reason })
    }

    /// Streams that have ended since the last call.
    pub(crate) fn take_ended(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.ended)
    }

    pub(super) fn heard(&mut self, report: &ServerMessage<'_>) -> Option<Bytes> {
        let stream = report.socket();
        let upload = self.streams.get_mut(&stream)?;
        match report {
            ServerMessage::Credit { bytes, .. } => {
                upload.take(*bytes);
                self.grant(stream)
            }
            ServerMessage::Data { bytes: payload, .. } => {
                Some(bytes(&Packet::Data { stream, payload: payload.as_ref().into() }))
            }
            ServerMessage::Fin { .. } => Some(self.end(stream, wisp::VOLUNTARY)),
            ServerMessage::Reset { .. } => Some(self.end(stream, wisp::NETWORK_ERROR)),
            ServerMessage::Error { call, errno, .. } => Some(self.end(stream, reason(*call, errno))),
            _ => None,
        }
    }

    /// CONTINUE, when half of the credit was taken.
    fn grant(&mut self, stream: u32) -> Option<Bytes> {
        let upload = self.streams.get_mut(&stream)?;
        if upload.taken < self.packets.div_ceil(2) {
            return None;
        }
        upload.taken = 0;
        let waiting = upload.waiting.len() as u32;
        // The second is at least as much as was taken, so a client that has used everything always gets more.
        let packets = self.packets.saturating_sub(waiting).min(2 * self.packets - waiting - upload.to_come);
        upload.to_come += packets;
        Some(bytes(&Packet::Continue { stream, packets }))
    }
}

fn bytes(packet: &Packet<'_>) -> Bytes {
    packet.encode().into()
}

/// The nearest reason that Wisp has.
fn reason(call: Call, errno: &str) -> u8 {
    match errno {
        "ETIMEDOUT" if call != Call::Connect => wisp::TRANSFER_TIMEOUT,
        "ETIMEDOUT" => wisp::NO_RESPONSE,
        "EACCES" => wisp::BLOCKED,
        "ECONNREFUSED" => wisp::REFUSED,
        "EAI_NONAME" | "EAI_AGAIN" | "EHOSTDOWN" | "EHOSTUNREACH" | "ENETDOWN" | "ENETUNREACH" => wisp::UNREACHABLE,
        "EADDRNOTAVAIL" | "EAFNOSUPPORT" | "EINVAL" => wisp::INVALID,
        "EAGAIN" | "EMFILE" | "ENFILE" => wisp::THROTTLED,
        _ => wisp::NETWORK_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::Wisp;
    use relay_proto::ServerMessage;
    use relay_proto::wisp::Packet;

    fn took(wisp: &mut Wisp, bytes: u32) -> Option<u32> {
        let packet = wisp.heard(&ServerMessage::Credit { socket: 1, at: 0, bytes })?;
        match Packet::decode(&packet) {
            Ok(Packet::Continue { stream: 1, packets }) => Some(packets),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn continue_comes_when_half_was_taken_and_counts_what_waits() {
        let mut wisp = Wisp::new(4);
        wisp.open(1);
        for length in [10, 0, 20, 30] {
            assert!(wisp.sent(1, length));
        }
        assert_eq!(took(&mut wisp, 9), None);
        // The empty packet goes with the one before it.
        assert_eq!(took(&mut wisp, 1), Some(2));
        assert_eq!(took(&mut wisp, 49), None);
        assert_eq!(took(&mut wisp, 1), Some(4));
    }

    #[test]
    fn more_than_any_credit_allowed_is_seen() {
        let mut wisp = Wisp::new(2);
        wisp.open(1);
        assert!(wisp.sent(1, 1) && wisp.sent(1, 1));
        assert!(!wisp.sent(1, 1));
        assert_eq!(took(&mut wisp, 1), Some(1));
        assert!(wisp.sent(1, 1));
        assert!(!wisp.sent(1, 1));
        assert!(!wisp.sent(2, 1), "no such stream");
    }

    /// A client that takes up each CONTINUE whenever it likes, with the credit that it then stands for, is never at fault, never
    /// stuck, and never has more than twice the first credit outstanding.
    #[test]
    fn credit_is_safe_however_late_it_is_taken_up() {
        for packets in [1, 2, 5, 32] {
            let mut wisp = Wisp::new(packets);
            wisp.open(1);
            let (mut random, mut credit, mut outstanding, mut sent) =
                (packets.wrapping_mul(0x9e37_79b9), packets, 0, 0);
            let mut on_its_way = std::collections::VecDeque::new();
            for _ in 0..20_000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                match random >> 30 {
                    0 | 1 if credit > 0 => {
                        assert!(wisp.sent(1, 1), "within the credit");
                        (credit, outstanding, sent) = (credit - 1, outstanding + 1, sent + 1);
                    }
                    2 if outstanding > 0 => {
                        outstanding -= 1;
                        on_its_way.extend(took(&mut wisp, 1));
                    }
                    _ => credit = on_its_way.pop_front().unwrap_or(credit),
                }
                assert!(outstanding <= 2 * packets);
                let stuck = credit == 0 && outstanding == 0 && on_its_way.is_empty();
                assert!(!stuck, "nothing can happen after {sent} packets");
            }
            assert!(sent > 1000, "{sent} packets were sent");
        }
    }
}
