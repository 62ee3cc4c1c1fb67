//! `str.encode` and `bytes.decode`: UTF-8, ASCII, Latin-1, UTF-16 and UTF-32, with the error handlers strict, ignore, replace, backslashreplace.
//! Absent: other encodings (`LookupError`), lone surrogates, and so the handlers `surrogateescape` and `surrogatepass`: a text is valid Unicode here.

use super::{Fault, Kind, Outcome, quote};

/// An encoding by what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    Utf8,
    Utf8Sig,
    Ascii,
    Latin1,
    /// Bytes of a unit, and the order, if it is told (otherwise a mark tells it).
    Wide(usize, Option<bool>),
}

fn find(name: &str) -> Outcome<Encoding> {
    let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(match plain.as_str() {
        "utf8" | "u8" | "utf" | "cp65001" => Encoding::Utf8,
        "utf8sig" => Encoding::Utf8Sig,
        "ascii" | "usascii" | "646" => Encoding::Ascii,
        "latin1" | "latin" | "l1" | "iso88591" | "88591" | "8859" | "cp819" => Encoding::Latin1,
        "utf16" | "u16" => Encoding::Wide(2, None),
        "utf16le" => Encoding::Wide(2, Some(false)),
        "utf16be" => Encoding::Wide(2, Some(true)),
        "utf32" | "u32" => Encoding::Wide(4, None),
        "utf32le" => Encoding::Wide(4, Some(false)),
        "utf32be" => Encoding::Wide(4, Some(true)),
        _ => return Err(Fault::new(Kind::Lookup, format!("unknown encoding: {name}"))),
    })
}

/// `text.encode(encoding, errors)`.
pub fn encode(text: &str, encoding: &str, errors: &str) -> Outcome<Vec<u8>> {
    match find(encoding)? {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        Encoding::Ascii => narrow(text, 0x80, "ascii", errors),
        Encoding::Latin1 => narrow(text, 0x100, "latin-1", errors),
        Encoding::Wide(unit, order) => {
            let big_endian = order.unwrap_or(false);
            let mark = if order.is_none() { "\u{feff}" } else { "" };
            let mut out = Vec::new();
            for c in mark.chars().chain(text.chars()) {
                if unit == 4 {
                    put(&mut out, u32::from(c), 4, big_endian);
                } else {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        put(&mut out, u32::from(*unit), 2, big_endian);
                    }
                }
            }
            Ok(out)
        }
    }
}

fn put(out: &mut Vec<u8>, value: u32, unit: usize, big_endian: bool) {
    if big_endian {
        out.extend_from_slice(&value.to_be_bytes()[4 - unit..]);
    } else {
        out.extend_from_slice(&value.to_le_bytes()[..unit]);
    }
}

fn narrow(text: &str, end: u32, name: &str, errors: &str) -> Outcome<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        if u32::from(c) < end {
            out.push(u32::from(c) as u8);
            continue;
        }
        match errors {
            "ignore" => {}
            "replace" => out.push(b'?'),
            "backslashreplace" => out.extend_from_slice(quote::escape(c).as_bytes()),
            "xmlcharrefreplace" => out.extend_from_slice(format!("&#{};", u32::from(c)).as_bytes()),
            "strict" => {
                let bad = text.chars().skip(index).take_while(|c| u32::from(*c) >= end).count();
                let what = if bad == 1 {
                    format!("character '{}' in position {index}", quote::escape(c))
                } else {
                    format!("characters in position {index}-{}", index + bad - 1)
                };
                return Err(Fault::new(
                    Kind::Encode,
                    format!("'{name}' codec can't encode {what}: ordinal not in range({end})"),
                ));
            }
            _ => return unknown_handler(errors),
        }
    }
    Ok(out)
}

fn unknown_handler<T>(errors: &str) -> Outcome<T> {
    Err(Fault::new(Kind::Lookup, format!("unknown error handler name '{errors}'")))
}

/// `bytes.decode(encoding, errors)`.
pub fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Outcome<String> {
    match find(encoding)? {
        Encoding::Utf8 => decode_utf8(bytes, errors),
        Encoding::Utf8Sig => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), errors),
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Ascii => {
            let mut out = String::with_capacity(bytes.len());
            for (at, byte) in bytes.iter().enumerate() {
                if byte.is_ascii() {
                    out.push(char::from(*byte));
                } else {
                    let reason = "ordinal not in range(128)";
                    handle(&mut out, "ascii", bytes, at, at + 1, reason, errors)?;
                }
            }
            Ok(out)
        }
        Encoding::Wide(unit, order) => decode_wide(bytes, unit, order, errors),
    }
}

/// What `errors` makes of the bytes from `begin` to `end`.
fn handle(
    out: &mut String,
    codec: &str,
    bytes: &[u8],
    begin: usize,
    end: usize,
    reason: &str,
    errors: &str,
) -> Outcome<()> {
    match errors {
        "ignore" => {}
        "replace" => out.push('\u{fffd}'),
        "backslashreplace" => bytes[begin..end].iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}"))),
        "strict" => {
            let what = if end - begin == 1 {
                format!("byte 0x{:02x} in position {begin}", bytes[begin])
            } else {
                format!("bytes in position {begin}-{}", end - 1)
            };
            return Err(Fault::new(Kind::Decode, format!("'{codec}' codec can't decode {what}: {reason}")));
        }
        _ => return unknown_handler(errors),
    }
    Ok(())
}

fn decode_utf8(bytes: &[u8], errors: &str) -> Outcome<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        match str::from_utf8(&bytes[at..]) {
            Ok(rest) => {
                out.push_str(rest);
                return Ok(out);
            }
            Err(error) => {
                let begin = at + error.valid_up_to();
                out.push_str(str::from_utf8(&bytes[at..begin]).unwrap_or_default());
                // Both libraries take the longest beginning of a valid sequence as one mistake (Unicode, "maximal subpart").
                let end = error.error_len().map_or(bytes.len(), |length| begin + length);
                let reason = match error.error_len() {
                    None => "unexpected end of data",
                    Some(_) if matches!(bytes[begin], 0xc2..=0xf4) => "invalid continuation byte",
                    Some(_) => "invalid start byte",
                };
                handle(&mut out, "utf-8", bytes, begin, end, reason, errors)?;
                at = end;
            }
        }
    }
}

fn decode_wide(bytes: &[u8], unit: usize, order: Option<bool>, errors: &str) -> Outcome<String> {
    let little = if unit == 2 { &b"\xff\xfe"[..] } else { b"\xff\xfe\0\0" };
    let big = if unit == 2 { &b"\xfe\xff"[..] } else { b"\0\0\xfe\xff" };
    let (big_endian, begin) = match order {
        Some(order) => (order, 0),
        None if bytes.starts_with(little) => (false, unit),
        None if bytes.starts_with(big) => (true, unit),
        None => (false, 0),
    };
    let codec = format!(
        "utf-{}{}",
        unit * 8,
        match order {
            None if begin == 0 => "",
            _ if big_endian => "-be",
            _ => "-le",
        }
    );
    let read = |at: usize| {
        let place = bytes.get(at..at + unit)?;
        let fold = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        Some(if big_endian { place.iter().fold(0, fold) } else { place.iter().rev().fold(0, fold) })
    };
    let mut out = String::new();
    let mut at = begin;
    while at < bytes.len() {
        let Some(first) = read(at) else {
            handle(&mut out, &codec, bytes, at, bytes.len(), "truncated data", errors)?;
            break;
        };
        let second = if unit == 2 { read(at + 2).unwrap_or(0) } else { 0 };
        let pair = unit == 2 && (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second);
        let code = if pair { 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00) } else { first };
        let length = if pair { 4 } else { unit };
        match char::from_u32(code) {
            Some(c) => out.push(c),
            None => handle(&mut out, &codec, bytes, at, at + length, "illegal encoding", errors)?,
        }
        at += length;
    }
    Ok(out)
}
