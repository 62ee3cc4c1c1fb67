//! `_binascii` and `zlib`. Absent: compression; `binascii.Error`, which the prelude makes of the ValueErrors that are raised here.

use crate::context::Context;
use crate::native::{Answer, ModuleTable, Native, Outcome, Raise};
use crate::text::{self, bytes_text};
use crate::types::tools;
use crate::value::Value;

pub(crate) const BINASCII: ModuleTable = ModuleTable {
    name: "_binascii",
    functions: &[
        Native::function("hexlify(data, sep=, bytes_per_sep=)", hexlify),
        Native::function("unhexlify(hexstr, /)", |cx, args| decoded(cx, args, bytes_text::unhexlify)),
        Native::function("b2a_base64(data, /, *, newline=)", |cx, args| {
            let mut text = bytes_text::to_base64(&tools::want_bytes(cx, args[0])?);
            if tools::flag(cx, args, 1, true)? {
                text.push('\n');
            }
            cx.answer_bytes(text.as_bytes())
        }),
        Native::function("a2b_base64(data, /)", |cx, args| decoded(cx, args, bytes_text::from_base64)),
        Native::function("crc32(data, value=, /)", |cx, args| checksum(cx, args, 0, bytes_text::crc32)),
    ],
    values: |_| Vec::new(),
};

pub(crate) const ZLIB: ModuleTable = ModuleTable {
    name: "zlib",
    functions: &[
        Native::function("crc32(data, value=, /)", |cx, args| checksum(cx, args, 0, bytes_text::crc32)),
        Native::function("adler32(data, value=, /)", |cx, args| checksum(cx, args, 1, bytes_text::adler32)),
    ],
    values: |_| Vec::new(),
};

fn hexlify(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = tools::want_bytes(cx, args[0])?;
    let every = if args[2].is_unbound() { 1 } else { tools::size(cx, args, 2)? };
    let separator = match args[1].given() {
        None => None,
        Some(value) => match (cx.heap.text(value), cx.heap.bytes_of(value)) {
            (Some(text), _) => text.chars().next(),
            (None, Some(bytes)) => bytes.first().map(|byte| char::from(*byte)),
            (None, None) => return Err(cx.type_error("sep must be str or bytes.")),
        },
    };
    cx.answer_bytes(bytes_text::hex(&bytes, separator, every).as_bytes())
}

/// Text of ASCII, or bytes.
fn decoded(cx: &mut Context, args: &[Value], decode: fn(&[u8]) -> text::Outcome<Vec<u8>>) -> Outcome {
    let bytes = match tools::text(cx, args[0]) {
        Some(text) if text.is_ascii() => text.as_bytes().to_vec(),
        Some(_) => return Err(cx.value_error("string argument should contain only ASCII characters")),
        None => ascii_or_bytes(cx, args[0])?,
    };
    let decoded = cx.fault(decode(&bytes))?;
    Ok(Answer::Value(tools::bytes(cx, &decoded)))
}

fn ascii_or_bytes(cx: &mut Context, value: Value) -> Result<Vec<u8>, Raise> {
    match cx.heap.bytes_of(value) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => {
            let name = tools::name(cx, value);
            Err(cx.type_error(format!("argument should be bytes, buffer or ASCII string, not '{name}'")))
        }
    }
}

fn checksum(cx: &mut Context, args: &[Value], start: u32, sum: fn(&[u8], u32) -> u32) -> Outcome {
    let bytes = tools::want_bytes(cx, args[0])?;
    let start = if args[1].is_unbound() { start } else { tools::index(cx, args, 1)?.clamped() as u32 };
    Ok(Answer::Value(Value::Int(i64::from(sum(&bytes, start)))))
}
