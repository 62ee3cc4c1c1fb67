//! Bytes as text and back: hexadecimal, base64, checksums (`binascii`, `bytes.hex`, `bytes.fromhex`, `zlib.crc32`).
//! Absent: uuencode, quoted-printable, base32 and base85.

use super::{Fault, Kind, Outcome, number, value_error};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// `bytes.hex(separator, every)`: groups are counted from the right, or from the left where `every` is negative.
pub fn hex(bytes: &[u8], separator: Option<char>, every: i64) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let group = usize::try_from(every.unsigned_abs()).unwrap_or(usize::MAX);
    for (index, byte) in bytes.iter().enumerate() {
        let place = if every < 0 { index } else { bytes.len() - index };
        if let Some(separator) = separator.filter(|_| index > 0 && group > 0 && place.is_multiple_of(group)) {
            out.push(separator);
        }
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// `bytes.fromhex(text)`: white space may stand between bytes.
pub fn from_hex(text: &str) -> Outcome<Vec<u8>> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::with_capacity(chars.len() / 2);
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_ascii() && number::is_space(chars[at]) && !matches!(chars[at], '\x1c'..='\x1f') {
            at += 1;
            continue;
        }
        let nibble = |at: usize| chars.get(at).and_then(|c| c.to_digit(16)).map(|digit| digit as u8);
        let (high, low) = (nibble(at), nibble(at + 1));
        let (Some(high), Some(low)) = (high, low) else {
            let wrong = at + usize::from(high.is_some());
            return value_error(format!("non-hexadecimal number found in fromhex() arg at position {wrong}"));
        };
        out.push(high << 4 | low);
        at += 2;
    }
    Ok(out)
}

/// An exception `binascii.Error`.
fn error<T>(text: impl Into<std::borrow::Cow<'static, str>>) -> Outcome<T> {
    Err(Fault::new(Kind::Binascii, text))
}

/// `binascii.unhexlify`.
pub fn unhexlify(bytes: &[u8]) -> Outcome<Vec<u8>> {
    if !bytes.len().is_multiple_of(2) {
        return error("Odd-length string");
    }
    let pairs = bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    pairs.collect::<Option<_>>().map_or_else(|| error("Non-hexadecimal digit found"), Ok)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `binascii.b2a_base64` without the line's end.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for place in 0..4 {
            let index = (word >> (18 - 6 * place)) & 63;
            out.push(if place > chunk.len() { '=' } else { char::from(BASE64[index as usize]) });
        }
    }
    out
}

/// `binascii.a2b_base64`, not strict: what is no digit is passed over.
pub fn from_base64(text: &[u8]) -> Outcome<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut place, mut left, mut pads) = (0u32, 0u8, 0);
    for byte in text {
        if *byte == b'=' {
            pads += 1;
            if place >= 2 && place + pads >= 4 {
                return Ok(out);
            }
            continue;
        }
        let Some(digit) = BASE64.iter().position(|known| known == byte) else { continue };
        let digit = digit as u8;
        pads = 0;
        match place {
            0 => {}
            1 => out.push(left << 2 | digit >> 4),
            2 => out.push(left << 4 | digit >> 2),
            _ => out.push(left << 6 | digit),
        }
        left = digit & [63, 15, 3, 0][place as usize];
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => error(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ => error("Incorrect padding"),
    }
}

/// `zlib.crc32(bytes, crc)` (ISO 3309).
pub fn crc32(bytes: &[u8], crc: u32) -> u32 {
    let mut crc = !crc;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

/// `zlib.adler32(bytes, start)` (RFC 1950, section 9).
pub fn adler32(bytes: &[u8], start: u32) -> u32 {
    let (mut a, mut b) = (start & 0xffff, start >> 16);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}
