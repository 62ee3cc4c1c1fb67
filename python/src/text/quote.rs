//! `repr` and `ascii` of text and of bytes: which quotes, which escapes.
//! What is printable is asked of the standard library, whose table knows a younger Unicode than CPython 3.11's (14): a character
//! that was assigned since is shown as it is.

/// `repr(str)`.
pub fn text(text: &str) -> String {
    quoted(text, false)
}

/// `ascii(str)`.
pub fn ascii(text: &str) -> String {
    quoted(text, true)
}

fn quoted(text: &str, ascii: bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        if c == quote || c == '\\' {
            out.push('\\');
            out.push(c);
        } else if matches!(c, ' '..='~') || (!c.is_ascii() && !ascii && is_printable(c)) {
            out.push(c);
        } else {
            out.push_str(&escape(c));
        }
    }
    out.push(quote);
    out
}

/// The escape of a character that is not shown as it is.
pub fn escape(c: char) -> String {
    match c {
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        c => match u32::from(c) {
            code @ ..=0xff => format!("\\x{code:02x}"),
            code @ ..=0xffff => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        },
    }
}

/// `str.isprintable` of one character.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // After a first character, `escape_debug` escapes exactly what is not printable (combining marks stay).
    let mut bytes = [b'a', 0, 0, 0, 0];
    let length = 1 + c.encode_utf8(&mut bytes[1..]).len();
    let pair = str::from_utf8(&bytes[..length]).unwrap_or_default();
    pair.escape_debug().nth(1) == Some(c)
}

/// `repr(bytearray)`, which escapes `'` inside of `"` too.
pub fn bytearray(array: &[u8]) -> String {
    let quoted = bytes(array);
    let quoted = if quoted.starts_with("b\"") { quoted.replace('\'', "\\'") } else { quoted };
    format!("bytearray({quoted})")
}

/// `repr(bytes)`.
pub fn bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(char::from(quote));
    for &byte in bytes {
        if byte == quote || byte == b'\\' {
            out.push('\\');
            out.push(char::from(byte));
        } else if matches!(byte, b' '..=b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&escape(char::from(byte)));
        }
    }
    out.push(char::from(quote));
    out
}
