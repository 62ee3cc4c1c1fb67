//! Frames of a client: however the bytes are cut, they mean the same; what is decoded keeps its promises, and what is written is read again.
//!
//! Absent on purpose: the client's side, which nothing here has.

use bytes::BytesMut;
use fastrand::Rng;
use relay_websocket::{Decoder, Error, Message, put_message};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "framing",
    about: "frames of a WebSocket client, whole and in pieces",
    corpus,
    most: 4,
    mend,
    try_case,
};

/// More than most inputs have, so that both sides of it are reached.
const LIMIT: usize = 300;

/// Frames of every opcode, of lengths in all three forms, whole and fragmented. The mask is zero, so that mutations reach the text.
fn corpus() -> Vec<Vec<u8>> {
    let frame = |first: u8, payload: &[u8]| {
        let mut bytes = BytesMut::new();
        put_message(&mut bytes, &Message::Binary(payload.to_vec().into()));
        let mut bytes = bytes.to_vec();
        bytes[0] = first;
        let head = bytes.len() - payload.len();
        bytes[1] |= 0x80;
        bytes.splice(head..head, [0; 4]);
        bytes
    };
    let payloads: [&[u8]; 5] = [b"", b"\x03\xe8bye", "text: κόσμε 🦀".as_bytes(), &[b'x'; 200], &[b'y'; 70_000]];
    let firsts = [0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x02, 0x00, 0x80];
    let mut corpus: Vec<_> = firsts.iter().flat_map(|first| payloads.map(|payload| frame(*first, payload))).collect();
    corpus.push([frame(0x01, b"\xe2\x82"), frame(0x89, b"?"), frame(0x00, b"\xac"), frame(0x80, b"!")].concat());
    corpus
}

/// A client's frame is masked, and has no reserved bits.
#[allow(clippy::ptr_arg, reason = "other targets make their inputs longer")]
fn mend(bytes: &mut Vec<u8>) {
    if let [first, second, ..] = &mut bytes[..] {
        *first &= 0x8f;
        *second |= 0x80;
    }
}

fn try_case(case: &[Vec<u8>], random: &mut Rng) {
    let bytes = case.concat();
    let whole = decoded(&bytes, &mut || bytes.len().max(1));
    let pieces = decoded(&bytes, &mut || random.usize(1..40));
    assert_eq!(whole, pieces);
    for message in &whole.0 {
        assert!(message.len() <= LIMIT, "{} bytes", message.len());
        match message {
            Message::Text(bytes) => assert!(std::str::from_utf8(bytes).is_ok()),
            Message::Ping(bytes) | Message::Pong(bytes) => assert!(bytes.len() <= 125),
            Message::Close(Some(frame)) => assert!((1000..5000).contains(&frame.code)),
            Message::Binary(_) | Message::Close(None) => {}
        }
    }
    let mut masked = BytesMut::new();
    for message in &whole.0 {
        let mut frame = BytesMut::new();
        put_message(&mut frame, message);
        let head = frame.len() - message.len();
        frame[1] |= 0x80;
        masked.extend_from_slice(&frame[..head]);
        masked.extend_from_slice(&[0; 4]);
        masked.extend_from_slice(&frame[head..]);
    }
    let again = decoded(&masked, &mut || masked.len().max(1));
    assert_eq!(again, (whole.0, None));
}

/// Everything up to the end, or to what is wrong.
fn decoded(bytes: &[u8], length: &mut dyn FnMut() -> usize) -> (Vec<Message>, Option<Error>) {
    let (mut decoder, mut buffer, mut messages) = (Decoder::new(LIMIT), BytesMut::new(), Vec::new());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(length().min(rest.len()));
        rest = after;
        buffer.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut buffer) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(decoder.missing(buffer.len()) > 0);
    }
    (messages, None)
}
