//! Frames for the client: never masked, never fragmented (RFC 6455, 5.1 and 5.4 allow both choices).
//!
//! Absent: copying large payloads; a head can be written alone.

use crate::{CloseFrame, MAX_CONTROL, Message};
use bytes::{BufMut, BytesMut};

/// A server's head has at most so many bytes.
pub const MAX_HEAD: usize = 10;

/// The kind of a frame (RFC 6455, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of the message that began before.
    Continuation = 0,
    /// UTF-8.
    Text = 1,
    /// Anything.
    Binary = 2,
    /// The last frame.
    Close = 8,
    /// Wants a pong.
    Ping = 9,
    /// The answer.
    Pong = 10,
}

impl Opcode {
    pub(crate) fn of(nibble: u8) -> Option<Self> {
        Some(match nibble {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

/// Appends the head of a whole message of so many bytes.
pub fn put_head(out: &mut BytesMut, opcode: Opcode, length: usize) {
    const FIN: u8 = 0x80;
    out.put_u8(FIN | opcode as u8);
    // The shortest of the three forms (RFC 6455, 5.2).
    match length {
        0..=125 => out.put_u8(length as u8),
        126..=0xffff => {
            out.put_u8(126);
            out.put_u16(length as u16);
        }
        _ => {
            out.put_u8(127);
            out.put_u64(length as u64);
        }
    }
}

/// Appends a whole message.
pub fn put_message(out: &mut BytesMut, message: &Message) {
    let (opcode, bytes) = match message {
        Message::Text(bytes) => (Opcode::Text, bytes),
        Message::Binary(bytes) => (Opcode::Binary, bytes),
        Message::Ping(bytes) => (Opcode::Ping, bytes),
        Message::Pong(bytes) => (Opcode::Pong, bytes),
        Message::Close(frame) => return put_close(out, frame.as_ref()),
    };
    put_head(out, opcode, bytes.len());
    out.put_slice(bytes);
}

/// Appends a close frame. A reason that is too long is cut between two characters.
pub fn put_close(out: &mut BytesMut, frame: Option<&CloseFrame>) {
    let Some(CloseFrame { code, reason }) = frame else {
        return put_head(out, Opcode::Close, 0);
    };
    let reason = &reason[..reason.floor_char_boundary(MAX_CONTROL - 2)];
    put_head(out, Opcode::Close, 2 + reason.len());
    out.put_u16(*code);
    out.put_slice(reason.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn encoded(message: &Message) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_message(&mut out, message);
        out.to_vec()
    }

    #[test]
    fn lengths_take_their_shortest_form() {
        // RFC 6455, 5.7, and the edges of the three forms.
        assert_eq!(encoded(&Message::Text(Bytes::from_static(b"Hello"))), b"\x81\x05Hello");
        for (length, head) in [
            (0, &[0x82, 0][..]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (256, &[0x82, 126, 1, 0]),
            (65535, &[0x82, 126, 0xff, 0xff]),
            (65536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let bytes = encoded(&Message::Binary(vec![7; length].into()));
            assert_eq!((&bytes[..head.len()], bytes.len()), (head, head.len() + length));
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = "é".repeat(100);
        let bytes = encoded(&Message::Close(Some(CloseFrame { code: 1001, reason })));
        assert_eq!(&bytes[..4], [0x88, 124, 0x03, 0xe9]);
        assert_eq!(std::str::from_utf8(&bytes[4..]), Ok("é".repeat(61).as_str()));
        assert_eq!(encoded(&Message::Close(None)), [0x88, 0]);
    }
}
