//! What Autobahn's sections 1 to 7, 9 and 10 try, as tables: each line is what a client sends and what becomes of it, whole and cut
//! into pieces of every small size.
//!
//! Absent: answers (the owner of the connection gives them; Autobahn itself runs against `/echo`), and compression.

use super::Decoder;
use crate::{CloseFrame, Error, Message};
use bytes::{Bytes, BytesMut};

const LIMIT: usize = 70_000;
const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A masked frame (RFC 6455, 5.2 and 5.3).
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    let key = [0x37, 0xfa, 0x21, 0x3d];
    bytes.extend(key);
    bytes.extend(payload.iter().zip(key.into_iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// Everything that is decoded, up to the end or to what is wrong.
fn decoded(bytes: &[u8], cut: usize) -> (Vec<Message>, Option<Error>) {
    let (mut decoder, mut buffer, mut messages) = (Decoder::new(LIMIT), BytesMut::new(), Vec::new());
    for piece in bytes.chunks(cut) {
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

#[track_caller]
fn check(frames: &[Vec<u8>], messages: &[Message], error: Option<Error>) {
    let bytes = frames.concat();
    for cut in [1, 2, 3, 5, 7, 64, 997, bytes.len().max(1)] {
        if bytes.len() / cut > 20_000 {
            continue;
        }
        let (heard, wrong) = decoded(&bytes, cut);
        assert!(heard == messages, "cut into {cut}: {} messages of {}", heard.len(), messages.len());
        // The sentence is for people; which rule of three it is counts.
        let kind = |error: Option<Error>| error.map(Error::close_code);
        assert_eq!(kind(wrong), kind(error), "cut into {cut}: {wrong:?}");
    }
}

const BROKEN: Option<Error> = Some(Error::Protocol(""));

fn text(text: impl AsRef<[u8]>) -> Message {
    Message::Text(Bytes::copy_from_slice(text.as_ref()))
}

fn binary(bytes: &[u8]) -> Message {
    Message::Binary(Bytes::copy_from_slice(bytes))
}

/// 1.*: every form of the length; 10.*: however it is cut.
#[test]
fn messages_of_every_length() {
    for length in [0, 1, 125, 126, 127, 128, 65535, 65536, LIMIT] {
        let payload = vec![b'*'; length];
        check(&[frame(FIN | TEXT, &payload)], &[text(&payload)], None);
        check(&[frame(FIN | BINARY, &payload)], &[binary(&payload)], None);
    }
    check(&[frame(FIN | TEXT, b"one"), frame(FIN | BINARY, b"two")], &[text("one"), binary(b"two")], None);
}

/// 2.*: pings and pongs of up to 125 bytes, anywhere.
#[test]
fn control_frames_are_short() {
    for length in [0, 8, 124, 125] {
        let payload = Bytes::from(vec![0xfe; length]);
        check(&[frame(FIN | PING, &payload)], &[Message::Ping(payload.clone())], None);
        check(&[frame(FIN | PONG, &payload)], &[Message::Pong(payload)], None);
    }
    for opcode in [CLOSE, PING, PONG] {
        check(&[frame(FIN | opcode, &[0; 126])], &[], BROKEN);
        check(&[frame(FIN | opcode, &[0; 70_000])], &[], BROKEN);
        // 5.1 and 5.2: never in fragments.
        check(&[frame(opcode, b""), frame(FIN | CONTINUATION, b"")], &[], BROKEN);
    }
}

/// 3.* and 4.*: what is reserved means nothing here.
#[test]
fn reserved_bits_and_opcodes_are_refused() {
    for reserved in 1..8 {
        check(&[frame(FIN | TEXT, b"before"), frame(FIN | reserved << 4 | TEXT, b"")], &[text("before")], BROKEN);
        check(&[frame(FIN | reserved << 4 | PING, b"")], &[], BROKEN);
    }
    for opcode in (3..8).chain(11..16) {
        check(&[frame(FIN | TEXT, b"before"), frame(FIN | opcode, b"payload")], &[text("before")], BROKEN);
    }
}

/// 5.*: fragments in their order, with control frames between them.
#[test]
fn fragments_become_one_message() {
    let ping = || Message::Ping(Bytes::from_static(b"?"));
    let parts = |first| [frame(first, b"one "), frame(CONTINUATION, b"two "), frame(FIN, b"three")].concat();
    check(&[parts(TEXT)], &[text("one two three")], None);
    check(&[parts(BINARY), parts(TEXT)], &[binary(b"one two three"), text("one two three")], None);
    check(&[frame(TEXT, b""), frame(CONTINUATION, b""), frame(FIN, b"")], &[text("")], None);
    check(
        &[
            frame(TEXT, b"a"),
            frame(FIN | PING, b"?"),
            frame(CONTINUATION, b"b"),
            frame(FIN | PING, b"?"),
            frame(FIN, b"c"),
        ],
        &[ping(), ping(), text("abc")],
        None,
    );
    check(&[frame(TEXT, b"a"), frame(FIN | CLOSE, b""), frame(FIN, b"b")], &[Message::Close(None), text("ab")], None);
    for orphan in [CONTINUATION, FIN | CONTINUATION] {
        check(&[frame(orphan, b"orphan"), frame(FIN | TEXT, b"next")], &[], BROKEN);
        check(&[frame(FIN | TEXT, b"whole"), frame(orphan, b"orphan")], &[text("whole")], BROKEN);
    }
    for second in [TEXT, BINARY, FIN | TEXT, FIN | BINARY] {
        check(&[frame(TEXT, b"open"), frame(second, b"another")], &[], BROKEN);
    }
}

/// 6.*: text is UTF-8, wherever its characters are cut.
#[test]
fn text_is_utf8() {
    for good in [
        "",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "κόσμε",
        "\0",
        "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}",
        "\u{d7ff}\u{e000}\u{10000}\u{10ffff}",
    ] {
        let bytes = good.as_bytes();
        check(&[frame(FIN | TEXT, bytes)], &[text(good)], None);
        for cut in 0..=bytes.len() {
            check(&[frame(TEXT, &bytes[..cut]), frame(FIN, &bytes[cut..])], &[text(good)], None);
        }
        let single: Vec<_> = bytes.iter().map(|byte| frame(CONTINUATION, &[*byte])).collect();
        check(&[frame(TEXT, b""), single.concat(), frame(FIN, b"")], &[text(good)], None);
    }
    let bad: &[&[u8]] = &[
        b"\x80",
        b"\xbf\x80",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\xaf",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"a\xc3",
        b"a\xe2\x82",
        b"a\xf0\x9f\x92",
    ];
    for bad in bad {
        check(&[frame(FIN | TEXT, bad)], &[], Some(Error::Utf8));
        for cut in 0..=bad.len() {
            check(&[frame(TEXT, &bad[..cut]), frame(FIN, &bad[cut..])], &[], Some(Error::Utf8));
        }
        check(&[frame(FIN | BINARY, bad)], &[binary(bad)], None);
    }
    // It is told as soon as it is certain (6.4.*).
    check(&[frame(TEXT, b"good \xf4\x90"), frame(FIN | PING, b"")], &[], Some(Error::Utf8));
}

/// 7.*: what may stand in a close frame.
#[test]
fn close_frames_say_why() {
    let close = |code: u16, reason: &[u8]| frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat());
    check(&[frame(FIN | CLOSE, b"")], &[Message::Close(None)], None);
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        for reason in ["", "Hello World!", &"*".repeat(123)] {
            let heard = Message::Close(Some(CloseFrame { code, reason: reason.to_owned() }));
            check(&[close(code, reason.as_bytes())], &[heard], None);
        }
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        check(&[close(code, b"")], &[], BROKEN);
    }
    check(&[frame(FIN | CLOSE, b"\x03")], &[], BROKEN);
    check(&[close(1000, &[b'*'; 124])], &[], BROKEN);
    check(&[close(1000, b"\xce\xba\xed\xa0\x80")], &[], Some(Error::Utf8));
}

/// 9.*: the limit is for the message, whatever it is cut into, and is told before the payload is there.
#[test]
fn a_message_has_a_limit() {
    let much = vec![0; LIMIT + 1];
    let too_long = Some(Error::TooLong(LIMIT));
    check(&[frame(FIN | BINARY, &much)], &[], too_long);
    check(&[frame(FIN | BINARY, &much)[..10].to_vec()], &[], too_long);
    check(&[frame(BINARY, &much[..LIMIT]), frame(FIN, b"")], &[binary(&much[..LIMIT])], None);
    check(
        &[frame(BINARY, &much[..LIMIT]), frame(FIN | PING, b"?"), frame(FIN, b"!")],
        &[Message::Ping("?".into())],
        too_long,
    );
    for highest in [0x7f, 0xff] {
        let endless = [&[FIN | BINARY, 0x80 | 127, highest][..], &[0xff; 11]].concat();
        check(&[endless], &[], too_long);
    }
}

/// RFC 6455, 5.1 and 5.2: a client masks, and says a length in one way.
#[test]
fn heads_have_one_form() {
    check(&[b"\x81\x05Hello".to_vec()], &[], BROKEN);
    for (short, length) in [(126, &[0, 125][..]), (127, &[0, 0, 0, 0, 0, 0, 0xff, 0xff])] {
        check(&[[&[FIN | BINARY, 0x80 | short], length, &[0; 300]].concat()], &[], BROKEN);
    }
}

/// What was decoded lies where it was read.
#[test]
fn a_message_is_a_slice_of_the_buffer() {
    let mut buffer = BytesMut::with_capacity(4096);
    buffer.extend_from_slice(&frame(FIN | BINARY, &[7; 200]));
    let place = buffer.as_ptr() as usize;
    let Ok(Some(Message::Binary(bytes))) = Decoder::new(LIMIT).decode(&mut buffer) else { panic!("a message") };
    assert_eq!(bytes.as_ptr() as usize, place + 8);
}
