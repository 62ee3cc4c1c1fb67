//! Methods that bytes and bytearray share; what they make is of the receiver's type. Absent: `translate` with a `delete` of its own kind
//! beyond bytes, and what changes a bytearray (`bytearray`).

use super::str_methods::codec;
use super::tools::{self, LONGEST, count, says, truth};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::Object;
use crate::text::{bytes_text, codecs};
use crate::value::Value;

/// For each of the two classes; the places of both tables are the same functions.
pub(crate) const METHODS: &[Native] =
    &[
        Native::method("capitalize()", |cx, args| {
            let mut bytes = receiver(cx, args).to_ascii_lowercase();
            bytes.iter_mut().take(1).for_each(u8::make_ascii_uppercase);
            Ok(Answer::Value(same(cx, args[0], bytes)))
        }),
        Native::method("lower()", |cx, args| changed(cx, args, u8::to_ascii_lowercase)),
        Native::method("upper()", |cx, args| changed(cx, args, u8::to_ascii_uppercase)),
        Native::method("swapcase()", |cx, args| {
            changed(cx, args, |byte| {
                if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }
            })
        }),
        Native::method("title()", title),
        Native::method("isalnum()", |cx, args| all(cx, args, u8::is_ascii_alphanumeric)),
        Native::method("isalpha()", |cx, args| all(cx, args, u8::is_ascii_alphabetic)),
        Native::method("isdigit()", |cx, args| all(cx, args, u8::is_ascii_digit)),
        Native::method("isspace()", |cx, args| all(cx, args, is_space)),
        Native::method("isascii()", |cx, args| truth(receiver(cx, args).is_ascii())),
        Native::method("islower()", |cx, args| cased(cx, args, u8::is_ascii_uppercase, u8::is_ascii_lowercase)),
        Native::method("isupper()", |cx, args| cased(cx, args, u8::is_ascii_lowercase, u8::is_ascii_uppercase)),
        Native::method("center(width, fillchar=, /)", |cx, args| {
            justified(cx, args, |missing, width| missing / 2 + (missing & width & 1))
        }),
        Native::method("ljust(width, fillchar=, /)", |cx, args| justified(cx, args, |_, _| 0)),
        Native::method("rjust(width, fillchar=, /)", |cx, args| justified(cx, args, |missing, _| missing)),
        Native::method("zfill(width, /)", zfill),
        Native::method("count(sub, start=, end=, /)", count_of),
        Native::method("find(sub, start=, end=, /)", |cx, args| found(cx, args, false, false)),
        Native::method("rfind(sub, start=, end=, /)", |cx, args| found(cx, args, true, false)),
        Native::method("index(sub, start=, end=, /)", |cx, args| found(cx, args, false, true)),
        Native::method("rindex(sub, start=, end=, /)", |cx, args| found(cx, args, true, true)),
        Native::method("startswith(prefix, start=, end=, /)", |cx, args| {
            edge(cx, args, "startswith", |bytes, part| bytes.starts_with(part))
        }),
        Native::method("endswith(suffix, start=, end=, /)", |cx, args| {
            edge(cx, args, "endswith", |bytes, part| bytes.ends_with(part))
        }),
        Native::method("strip(bytes=, /)", |cx, args| stripped(cx, args, true, true)),
        Native::method("lstrip(bytes=, /)", |cx, args| stripped(cx, args, true, false)),
        Native::method("rstrip(bytes=, /)", |cx, args| stripped(cx, args, false, true)),
        Native::method("removeprefix(prefix, /)", |cx, args| without(cx, args, |bytes, part| bytes.strip_prefix(part))),
        Native::method("removesuffix(suffix, /)", |cx, args| without(cx, args, |bytes, part| bytes.strip_suffix(part))),
        Native::method("partition(sep, /)", |cx, args| partition(cx, args, false)),
        Native::method("rpartition(sep, /)", |cx, args| partition(cx, args, true)),
        Native::method("replace(old, new, count=, /)", replace),
        Native::method("split(sep=, maxsplit=)", |cx, args| split(cx, args, false)),
        Native::method("rsplit(sep=, maxsplit=)", |cx, args| split(cx, args, true)),
        Native::method("splitlines(keepends=)", split_lines),
        Native::method("join(iterable, /)", join),
        Native::method("decode(encoding=, errors=)", decode),
        Native::method("hex(sep=, bytes_per_sep=)", hex),
        Native::method("istitle()", |cx, args| {
            let bytes = receiver(cx, args);
            let (mut inside, mut any) = (false, false);
            for byte in &bytes {
                if byte.is_ascii_alphabetic() && byte.is_ascii_uppercase() == inside {
                    return truth(false);
                }
                inside = byte.is_ascii_alphabetic();
                any |= inside;
            }
            truth(any)
        }),
        Native::method("expandtabs(tabsize=)", |cx, args| {
            let size = if args[1].is_unbound() { 8 } else { tools::size(cx, args, 1)? };
            let size = usize::try_from(size).unwrap_or(0);
            let bytes = receiver(cx, args);
            cx.room(bytes.iter().filter(|byte| **byte == b'\t').count().saturating_mul(size))?;
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            let text = super::str_methods::without_tabs(&text, size);
            let bytes = text.chars().map(|c| c as u8).collect();
            Ok(Answer::Value(same(cx, args[0], bytes)))
        }),
        Native::method("translate(table, /, delete=)", translate),
        Native::class_method("fromhex(string, /)", from_hex),
        Native::class_method("maketrans(frm, to, /)", |cx, args| {
            let (from, to) = (tools::want_bytes(cx, args[1])?, tools::want_bytes(cx, args[2])?);
            if from.len() != to.len() {
                return Err(cx.value_error("maketrans arguments must have same length"));
            }
            let mut table: Vec<u8> = (0..=255).collect();
            from.iter().zip(to).for_each(|(from, to)| table[usize::from(*from)] = to);
            cx.answer_bytes(&table)
        }),
    ];

/// A copy of the bytes that the method is of.
pub(crate) fn receiver(cx: &Context, args: &[Value]) -> Vec<u8> {
    cx.heap.bytes_of(args[0]).expect("a method of bytes is called with bytes").to_vec()
}

/// Bytes of the receiver's type.
pub(crate) fn same(cx: &mut Context, like: Value, bytes: Vec<u8>) -> Value {
    let array = cx.heap.kind(cx.heap.plain(like)) == TypeId::BYTEARRAY;
    tools::make(cx, if array { Object::ByteArray(bytes) } else { Object::Bytes(bytes.into()) })
}

fn changed(cx: &mut Context, args: &[Value], change: fn(&u8) -> u8) -> Outcome {
    let bytes = receiver(cx, args).iter().map(change).collect();
    Ok(Answer::Value(same(cx, args[0], bytes)))
}

fn title(cx: &mut Context, args: &[Value]) -> Outcome {
    let mut inside = false;
    let mut bytes = receiver(cx, args);
    for byte in &mut bytes {
        *byte = if inside { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        inside = byte.is_ascii_alphabetic();
    }
    Ok(Answer::Value(same(cx, args[0], bytes)))
}

fn all(cx: &mut Context, args: &[Value], is: fn(&u8) -> bool) -> Outcome {
    let bytes = receiver(cx, args);
    truth(!bytes.is_empty() && bytes.iter().all(is))
}

fn cased(cx: &mut Context, args: &[Value], other: fn(&u8) -> bool, one: fn(&u8) -> bool) -> Outcome {
    let bytes = receiver(cx, args);
    truth(!bytes.iter().any(other) && bytes.iter().any(one))
}

/// C's `isspace`.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn justified(cx: &mut Context, args: &[Value], left: fn(usize, usize) -> usize) -> Outcome {
    let bytes = receiver(cx, args);
    let width = usize::try_from(tools::size(cx, args, 1)?).unwrap_or(0);
    let mut fill = b' ';
    if let Some(given) = args[2].given() {
        match cx.heap.bytes_of(given) {
            Some([one]) => fill = *one,
            _ => {
                let name = tools::name(cx, given);
                return Err(cx.type_error(format!("argument 2 must be a byte string of length 1, not {name}")));
            }
        }
    }
    let missing = width.saturating_sub(bytes.len());
    if missing > LONGEST {
        return Err(cx.memory_error());
    }
    let left = left(missing, width);
    let out = [vec![fill; left], bytes, vec![fill; missing - left]].concat();
    Ok(Answer::Value(same(cx, args[0], out)))
}

fn zfill(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let width = usize::try_from(tools::size(cx, args, 1)?).unwrap_or(0);
    let missing = width.saturating_sub(bytes.len());
    if missing > LONGEST {
        return Err(cx.memory_error());
    }
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let out = [&bytes[..sign], &vec![b'0'; missing], &bytes[sign..]].concat();
    Ok(Answer::Value(same(cx, args[0], out)))
}

/// What is looked for: bytes, or one byte as a number.
fn wanted(cx: &mut Context, value: Value) -> Result<Vec<u8>, Raise> {
    if let Some(bytes) = cx.heap.bytes_of(value) {
        return Ok(bytes.to_vec());
    }
    match cx.integer(value) {
        Some(int) => match int.small().and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => Ok(vec![byte]),
            None => Err(cx.value_error("byte must be in range(0, 256)")),
        },
        None => {
            let name = tools::name(cx, value);
            Err(cx.type_error(format!("argument should be integer or bytes-like object, not '{name}'")))
        }
    }
}

/// The part that the arguments from `at` on choose.
fn chosen(cx: &mut Context, args: &[Value], length: usize, at: usize) -> Result<Option<(usize, usize)>, Raise> {
    let from = tools::place(cx, args, at, 0, length)?;
    let to = tools::place(cx, args, at + 1, length, length)?.min(length);
    Ok((from <= to).then_some((from, to)))
}

/// Where `part` is in `bytes` from `from` on.
fn search(bytes: &[u8], part: &[u8], from: usize) -> Option<usize> {
    if part.is_empty() {
        return (from <= bytes.len()).then_some(from);
    }
    bytes.get(from..)?.windows(part.len()).position(|window| window == part).map(|at| from + at)
}

/// Where `part` is in `bytes` the last time.
fn search_back(bytes: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(bytes.len());
    }
    bytes.windows(part.len()).rposition(|window| window == part)
}

/// The places of `part`, which do not overlap; of an empty part, each.
fn places(bytes: &[u8], part: &[u8], most: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let mut from = 0;
    while out.len() < most
        && let Some(at) = search(bytes, part, from)
    {
        out.push(at);
        from = at + part.len().max(1);
    }
    out
}

fn count_of(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let part = wanted(cx, args[1])?;
    let Some((from, to)) = chosen(cx, args, bytes.len(), 2)? else { return count(0) };
    count(places(&bytes[from..to], &part, usize::MAX).len())
}

fn found(cx: &mut Context, args: &[Value], last: bool, must: bool) -> Outcome {
    let bytes = receiver(cx, args);
    let part = wanted(cx, args[1])?;
    if let Some((from, to)) = chosen(cx, args, bytes.len(), 2)? {
        let within = &bytes[from..to];
        if let Some(at) = if last { search_back(within, &part) } else { search(within, &part, 0) } {
            return count(from + at);
        }
    }
    if must { Err(cx.value_error("subsection not found")) } else { Ok(Answer::Value(Value::Int(-1))) }
}

fn edge(cx: &mut Context, args: &[Value], name: &str, is: fn(&[u8], &[u8]) -> bool) -> Outcome {
    let bytes = receiver(cx, args);
    let parts: Option<Vec<Value>> = cx.heap.tuple(args[1]).map(|parts| parts.to_vec());
    let within = chosen(cx, args, bytes.len(), 2)?;
    for part in parts.as_deref().unwrap_or(&[args[1]]) {
        if cx.heap.bytes_of(*part).is_none() && parts.is_none() {
            let kind = tools::name(cx, *part);
            return Err(cx.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {kind}")));
        }
        let part = tools::want_bytes(cx, *part)?;
        if within.is_some_and(|(from, to)| is(&bytes[from..to], &part)) {
            return truth(true);
        }
    }
    truth(false)
}

fn stripped(cx: &mut Context, args: &[Value], left: bool, right: bool) -> Outcome {
    let bytes = receiver(cx, args);
    let chars = if args[1].is_unbound() || args[1].is_none() { None } else { Some(tools::want_bytes(cx, args[1])?) };
    let cut = |byte: &u8| chars.as_ref().map_or_else(|| is_space(byte), |chars| chars.contains(byte));
    let from = if left { bytes.iter().position(|byte| !cut(byte)).unwrap_or(bytes.len()) } else { 0 };
    let to = if right { bytes.iter().rposition(|byte| !cut(byte)).map_or(from, |last| last + 1) } else { bytes.len() };
    Ok(Answer::Value(same(cx, args[0], bytes[from..to.max(from)].to_vec())))
}

fn without(cx: &mut Context, args: &[Value], cut: for<'a> fn(&'a [u8], &[u8]) -> Option<&'a [u8]>) -> Outcome {
    let bytes = receiver(cx, args);
    let part = tools::want_bytes(cx, args[1])?;
    let rest = cut(&bytes, &part).unwrap_or(&bytes).to_vec();
    Ok(Answer::Value(same(cx, args[0], rest)))
}

fn partition(cx: &mut Context, args: &[Value], last: bool) -> Outcome {
    let bytes = receiver(cx, args);
    let separator = tools::want_bytes(cx, args[1])?;
    if separator.is_empty() {
        return Err(cx.value_error("empty separator"));
    }
    let at = if last { search_back(&bytes, &separator) } else { search(&bytes, &separator, 0) };
    let parts: [&[u8]; 3] = match at {
        Some(at) => [&bytes[..at], &separator, &bytes[at + separator.len()..]],
        None if last => [b"", b"", &bytes],
        None => [&bytes, b"", b""],
    };
    let parts = parts.map(|part| same(cx, args[0], part.to_vec()));
    Ok(Answer::Value(tools::tuple(cx, &parts)))
}

fn replace(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let (old, new) = (tools::want_bytes(cx, args[1])?, tools::want_bytes(cx, args[2])?);
    let most = if args[3].is_unbound() { -1 } else { tools::size(cx, args, 3)? };
    let places = places(&bytes, &old, usize::try_from(most).unwrap_or(usize::MAX));
    if places.len().saturating_mul(new.len()) > LONGEST {
        return Err(cx.memory_error());
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in places {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(&new);
        from = at + old.len();
    }
    out.extend_from_slice(&bytes[from..]);
    Ok(Answer::Value(same(cx, args[0], out)))
}

fn split(cx: &mut Context, args: &[Value], backward: bool) -> Outcome {
    let bytes = receiver(cx, args);
    let most = if args[2].is_unbound() { -1 } else { tools::size(cx, args, 2)? };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let parts = if args[1].is_unbound() || args[1].is_none() {
        split_space(&bytes, most, backward)
    } else {
        let separator = tools::want_bytes(cx, args[1])?;
        if separator.is_empty() {
            return Err(cx.value_error("empty separator"));
        }
        split_at(&bytes, &separator, most, backward)
    };
    let parts = parts.into_iter().map(|(from, to)| same(cx, args[0], bytes[from..to].to_vec())).collect();
    Ok(Answer::Value(tools::list(cx, parts)))
}

fn split_at(bytes: &[u8], separator: &[u8], most: usize, backward: bool) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    if backward {
        let mut end = bytes.len();
        while cuts.len() < most
            && let Some(at) = search_back(&bytes[..end], separator)
        {
            cuts.push(at);
            end = at;
        }
        cuts.reverse();
    } else {
        cuts = places(bytes, separator, most);
    }
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    let mut from = 0;
    for at in cuts {
        parts.push((from, at));
        from = at + separator.len();
    }
    parts.push((from, bytes.len()));
    parts
}

fn split_space(bytes: &[u8], most: usize, backward: bool) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let (mut from, mut to) = (0, bytes.len());
    loop {
        while from < to && is_space(&bytes[if backward { to - 1 } else { from }]) {
            if backward { to -= 1 } else { from += 1 }
        }
        if from == to {
            break;
        }
        if parts.len() == most {
            parts.push((from, to));
            break;
        }
        if backward {
            let cut = bytes[from..to].iter().rposition(is_space).map_or(from, |at| from + at + 1);
            parts.push((cut, to));
            to = cut;
        } else {
            let cut = bytes[from..to].iter().position(is_space).map_or(to, |at| from + at);
            parts.push((from, cut));
            from = cut;
        }
    }
    if backward {
        parts.reverse();
    }
    parts
}

fn split_lines(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let keep = tools::flag(cx, args, 1, false)?;
    let mut lines = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let line =
            bytes[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |at| from + at);
        let end = if bytes[line..].starts_with(b"\r\n") { line + 2 } else { (line + 1).min(bytes.len()) };
        lines.push(same(cx, args[0], bytes[from..if keep { end } else { line }].to_vec()));
        from = end;
    }
    Ok(Answer::Value(tools::list(cx, lines)))
}

fn join(cx: &mut Context, args: &[Value]) -> Outcome {
    let separator = receiver(cx, args);
    if !tools::is_iterable(cx, args[1]) {
        return Err(cx.type_error("can only join an iterable"));
    }
    let items = cx.collect(args, 1)?;
    let mut out = Vec::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(&separator);
        }
        match cx.heap.bytes_of(*item) {
            Some(bytes) => out.extend_from_slice(bytes),
            None => {
                let name = tools::name(cx, *item);
                let text = format!("sequence item {place}: expected a bytes-like object, {name} found");
                return Err(cx.type_error(text));
            }
        }
    }
    Ok(Answer::Value(same(cx, args[0], out)))
}

fn decode(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let (encoding, errors) = codec(cx, args, "decode")?;
    let decoded = codecs::decode(&bytes, &encoding, &errors);
    let text = tools::coded(cx, decoded, args[0])?;
    says(cx, &text)
}

fn hex(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let every = if args[2].is_unbound() { 1 } else { tools::size(cx, args, 2)? };
    let separator = match args[1].given() {
        None => None,
        Some(value) => {
            let text = match (cx.heap.text(value), cx.heap.bytes_of(value)) {
                (Some(text), _) => text.to_owned(),
                (None, Some(bytes)) => bytes.iter().map(|byte| char::from(*byte)).collect(),
                (None, None) => return Err(cx.type_error("sep must be str or bytes.")),
            };
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if c.is_ascii() => Some(c),
                (Some(_), None) => return Err(cx.value_error("sep must be ASCII.")),
                _ => return Err(cx.value_error("sep must be length 1.")),
            }
        }
    };
    says(cx, &bytes_text::hex(&bytes, separator, every))
}

fn from_hex(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = tools::want_text(cx, args[1], "fromhex() argument must be str, not ")?;
    let read = bytes_text::from_hex(&text);
    let bytes = cx.fault(read)?;
    let array = matches!(args[0], Value::Type(TypeId::BYTEARRAY));
    Ok(Answer::Value(tools::make(cx, if array { Object::ByteArray(bytes) } else { Object::Bytes(bytes.into()) })))
}

fn translate(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = receiver(cx, args);
    let table = if args[1].is_none() { None } else { Some(tools::want_bytes(cx, args[1])?) };
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(cx.value_error("translation table must be 256 characters long"));
    }
    let gone = if args[2].is_unbound() { Vec::new() } else { tools::want_bytes(cx, args[2])? };
    let kept = bytes.iter().filter(|byte| !gone.contains(byte));
    let out = kept.map(|byte| table.as_ref().map_or(*byte, |table| table[usize::from(*byte)])).collect();
    Ok(Answer::Value(same(cx, args[0], out)))
}
