//! Methods of str that look at a text or make another of it. Absent: `format` (`formatting`) and `%` (an operator).

use std::sync::Arc;

use super::tools::{self, LONGEST, count, says, string, truth};
use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::Object;
use crate::text::number::is_space;
use crate::text::{codecs, quote};
use crate::value::Value;

pub(crate) const METHODS: &[Native] = &[
    Native::method("capitalize()", |cx, args| changed(cx, args, capitalize)),
    Native::method("casefold()", |cx, args| changed(cx, args, |text| text.to_lowercase().replace('ß', "ss"))),
    Native::method("lower()", |cx, args| changed(cx, args, str::to_lowercase)),
    Native::method("upper()", |cx, args| changed(cx, args, str::to_uppercase)),
    Native::method("title()", |cx, args| changed(cx, args, title)),
    Native::method("swapcase()", |cx, args| changed(cx, args, swap_case)),
    Native::method("isalnum()", |cx, args| all(cx, args, |c| c.is_alphanumeric() && !is_mark(c))),
    Native::method("isalpha()", |cx, args| all(cx, args, |c| c.is_alphabetic() && !is_mark(c) && !c.is_numeric())),
    Native::method("isdecimal()", |cx, args| all(cx, args, is_decimal)),
    Native::method("isdigit()", |cx, args| {
        all(cx, args, |c| is_decimal(c) || matches!(c, '²' | '³' | '¹' | '⁰'..='⁹' | '₀'..='₉' | '①'..='⑨'))
    }),
    Native::method("isnumeric()", |cx, args| {
        all(cx, args, |c| c.is_numeric() || "一二三四五六七八九十百千万億兆零〇壹贰叁肆伍陆柒捌玖拾".contains(c)) // not shown
    }),
    Native::method("isspace()", |cx, args| all(cx, args, is_space)),
    Native::method("isascii()", |cx, args| {
        let text = receiver(cx, args);
        truth(text.is_ascii())
    }),
    Native::method("isprintable()", |cx, args| {
        let text = receiver(cx, args);
        truth(text.chars().all(quote::is_printable))
    }),
    Native::method("isidentifier()", |cx, args| {
        let text = receiver(cx, args);
        let mut chars = text.chars();
        truth(
            chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
                && chars.all(|c| c == '_' || c.is_alphanumeric()),
        )
    }),
    Native::method("islower()", |cx, args| cased(cx, args, char::is_uppercase, char::is_lowercase)),
    Native::method("isupper()", |cx, args| cased(cx, args, char::is_lowercase, char::is_uppercase)),
    Native::method("istitle()", is_title),
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
        edge(cx, args, "startswith", |text, part| text.starts_with(part))
    }),
    Native::method("endswith(suffix, start=, end=, /)", |cx, args| {
        edge(cx, args, "endswith", |text, part| text.ends_with(part))
    }),
    Native::method("strip(chars=, /)", |cx, args| stripped(cx, args, "strip", true, true)),
    Native::method("lstrip(chars=, /)", |cx, args| stripped(cx, args, "lstrip", true, false)),
    Native::method("rstrip(chars=, /)", |cx, args| stripped(cx, args, "rstrip", false, true)),
    Native::method("removeprefix(prefix, /)", |cx, args| {
        without(cx, args, "removeprefix", |text, part| text.strip_prefix(part))
    }),
    Native::method("removesuffix(suffix, /)", |cx, args| {
        without(cx, args, "removesuffix", |text, part| text.strip_suffix(part))
    }),
    Native::method("partition(sep, /)", |cx, args| partition(cx, args, false)),
    Native::method("rpartition(sep, /)", |cx, args| partition(cx, args, true)),
    Native::method("replace(old, new, count=, /)", replace),
    Native::method("split(sep=, maxsplit=)", |cx, args| split(cx, args, false)),
    Native::method("rsplit(sep=, maxsplit=)", |cx, args| split(cx, args, true)),
    Native::method("splitlines(keepends=)", split_lines),
    Native::method("join(iterable, /)", join),
    Native::method("encode(encoding=, errors=)", encode),
    Native::method("expandtabs(tabsize=)", expand_tabs),
    Native::method("translate(table, /)", translate),
    Native::class_method("maketrans(x, y=, z=, /)", |cx, args| make_translation(cx, &args[1..])),
];

/// The object that the method is of.
pub(crate) fn receiver(cx: &Context, args: &[Value]) -> Arc<str> {
    tools::text(cx, args[0]).expect("a method of str is called with a str")
}

fn changed(cx: &mut Context, args: &[Value], change: impl Fn(&str) -> String) -> Outcome {
    let text = receiver(cx, args);
    says(cx, &change(&text))
}

fn all(cx: &mut Context, args: &[Value], is: impl Fn(char) -> bool) -> Outcome {
    let text = receiver(cx, args);
    truth(!text.is_empty() && text.chars().all(is))
}

/// Combining marks count as letters for the standard library, and not for CPython.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{24b6}'..='\u{24e9}')
}

fn is_decimal(c: char) -> bool {
    crate::text::number::decimal_digit(c).is_some()
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    titled(first) + &chars.as_str().to_lowercase()
}

/// A character at the beginning of a word: the standard library has no title case, and it differs from the upper case in the four
/// digraphs of one character and where one character becomes several.
fn titled(c: char) -> String {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => "ǅ".to_owned(),
        'Ǉ' | 'ǈ' | 'ǉ' => "ǈ".to_owned(),
        'Ǌ' | 'ǋ' | 'ǌ' => "ǋ".to_owned(),
        'Ǳ' | 'ǲ' | 'ǳ' => "ǲ".to_owned(),
        c => {
            let mut upper = c.to_uppercase();
            let first: String = upper.next().into_iter().collect();
            first + &upper.collect::<String>().to_lowercase()
        }
    }
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.push_str(&titled(c));
        }
        inside = c.is_lowercase() || c.is_uppercase() || matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ');
    }
    out
}

fn swap_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

fn cased(cx: &mut Context, args: &[Value], other: fn(char) -> bool, one: fn(char) -> bool) -> Outcome {
    let text = receiver(cx, args);
    truth(!text.chars().any(other) && text.chars().any(one))
}

fn is_title(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let (mut inside, mut any) = (false, false);
    for c in text.chars() {
        if c.is_uppercase() && inside || c.is_lowercase() && !inside {
            return truth(false);
        }
        inside = c.is_uppercase() || c.is_lowercase();
        any |= inside;
    }
    truth(any)
}

fn justified(cx: &mut Context, args: &[Value], left: impl Fn(usize, usize) -> usize) -> Outcome {
    let text = receiver(cx, args);
    let width = usize::try_from(tools::size(cx, args, 1)?).unwrap_or(0);
    let mut fill = ' ';
    if let Some(given) = args[2].given() {
        let given = tools::want_text(cx, given, "The fill character must be a unicode character, not ")?;
        let mut chars = given.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => fill = c,
            _ => return Err(cx.type_error("The fill character must be exactly one character long")),
        }
    }
    let missing = width.saturating_sub(text.chars().count());
    if missing > LONGEST {
        return Err(cx.memory_error());
    }
    let left = left(missing, width);
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(&text);
    out.extend(std::iter::repeat_n(fill, missing - left));
    says(cx, &out)
}

fn zfill(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let width = usize::try_from(tools::size(cx, args, 1)?).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    if missing > LONGEST {
        return Err(cx.memory_error());
    }
    let sign = text.len() - text.strip_prefix(['+', '-']).unwrap_or(&text).len();
    says(cx, &format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..]))
}

/// The part of a text between two places in characters, as bytes; none, if it begins after the end.
fn range_of(text: &str, from: usize, to: usize) -> Option<(usize, usize)> {
    let byte = |place: usize| {
        if text.is_ascii() {
            place.min(text.len())
        } else {
            text.char_indices().nth(place).map_or(text.len(), |(at, _)| at)
        }
    };
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    (from <= length && from <= to).then(|| (byte(from), byte(to)))
}

/// The part that the arguments from `at` on choose: its bytes' places.
fn chosen(cx: &mut Context, args: &[Value], text: &str, at: usize) -> Result<Option<(usize, usize)>, Raise> {
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    let from = tools::place(cx, args, at, 0, length)?;
    let to = tools::place(cx, args, at + 1, length, length)?.min(length);
    Ok(range_of(text, from, to))
}

fn count_of(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let part = tools::want_text(cx, args[1], "must be str, not ")?;
    let Some((from, to)) = chosen(cx, args, &text, 2)? else { return count(0) };
    count(text[from..to].matches(&*part).count())
}

fn found(cx: &mut Context, args: &[Value], last: bool, must: bool) -> Outcome {
    let text = receiver(cx, args);
    let part = tools::want_text(cx, args[1], "must be str, not ")?;
    if let Some((from, to)) = chosen(cx, args, &text, 2)? {
        let within = &text[from..to];
        if let Some(at) = if last { within.rfind(&*part) } else { within.find(&*part) } {
            return count(text[..from + at].chars().count());
        }
    }
    if must { Err(cx.value_error("substring not found")) } else { Ok(Answer::Value(Value::Int(-1))) }
}

fn edge(cx: &mut Context, args: &[Value], name: &str, is: fn(&str, &str) -> bool) -> Outcome {
    let text = receiver(cx, args);
    let parts: Vec<Value> = cx.heap.tuple(args[1]).map_or_else(|| vec![args[1]], |parts| parts.to_vec());
    let alone = cx.heap.tuple(args[1]).is_none();
    let within = chosen(cx, args, &text, 2)?;
    for part in parts {
        let what = if alone {
            format!("{name} first arg must be str or a tuple of str, not ")
        } else {
            format!("tuple for {name} must only contain str, not ")
        };
        let part = tools::want_text(cx, part, &what)?;
        if within.is_some_and(|(from, to)| is(&text[from..to], &part)) {
            return truth(true);
        }
    }
    truth(false)
}

fn stripped(cx: &mut Context, args: &[Value], name: &str, left: bool, right: bool) -> Outcome {
    let text = receiver(cx, args);
    let chars = if args[1].is_unbound() || args[1].is_none() {
        None
    } else {
        Some(tools::want_text(cx, args[1], &format!("{name} arg must be None or str, not "))?)
    };
    let cut = |c: char| chars.as_ref().map_or_else(|| is_space(c), |chars| chars.contains(c));
    let mut rest = &*text;
    if left {
        rest = rest.trim_start_matches(cut);
    }
    if right {
        rest = rest.trim_end_matches(cut);
    }
    if rest.len() == text.len() { Ok(Answer::Value(cx.heap.plain(args[0]))) } else { says(cx, rest) }
}

fn without(cx: &mut Context, args: &[Value], name: &str, cut: for<'a> fn(&'a str, &str) -> Option<&'a str>) -> Outcome {
    let text = receiver(cx, args);
    let part = tools::want_text(cx, args[1], &format!("{name}() argument must be str, not "))?;
    says(cx, cut(&text, &part).unwrap_or(&text))
}

fn partition(cx: &mut Context, args: &[Value], last: bool) -> Outcome {
    let text = receiver(cx, args);
    let separator = tools::want_text(cx, args[1], "must be str, not ")?;
    if separator.is_empty() {
        return Err(cx.value_error("empty separator"));
    }
    let halves = if last { text.rsplit_once(&*separator) } else { text.split_once(&*separator) };
    let parts = match halves {
        Some((before, after)) => [before, &*separator, after],
        None if last => ["", "", &*text],
        None => [&*text, "", ""],
    };
    let parts = parts.map(|part| string(cx, part));
    Ok(Answer::Value(tools::tuple(cx, &parts)))
}

fn replace(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let old = tools::want_text(cx, args[1], "replace() argument 1 must be str, not ")?;
    let new = tools::want_text(cx, args[2], "replace() argument 2 must be str, not ")?;
    let most = if args[3].is_unbound() { -1 } else { tools::size(cx, args, 3)? };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let times = text.matches(&*old).count().min(most);
    if times.saturating_mul(new.len()) > LONGEST {
        return Err(cx.memory_error());
    }
    let replaced = text.replacen(&*old, &new, most);
    says(cx, &replaced)
}

fn split(cx: &mut Context, args: &[Value], backward: bool) -> Outcome {
    let text = receiver(cx, args);
    let most = if args[2].is_unbound() { -1 } else { tools::size(cx, args, 2)? };
    let most = usize::try_from(most).unwrap_or(usize::MAX - 1);
    let mut parts: Vec<&str>;
    if args[1].is_unbound() || args[1].is_none() {
        parts = split_space(&text, most, backward);
    } else {
        let separator = tools::want_text(cx, args[1], "must be str or None, not ")?;
        if separator.is_empty() {
            return Err(cx.value_error("empty separator"));
        }
        if backward {
            parts = text.rsplitn(most + 1, &*separator).collect();
            parts.reverse();
        } else {
            parts = text.splitn(most + 1, &*separator).collect();
        }
    }
    let parts = parts.into_iter().map(|part| string(cx, part)).collect();
    Ok(Answer::Value(tools::list(cx, parts)))
}

/// Words between white space; what is left after `most` cuts stays together.
fn split_space(text: &str, most: usize, backward: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        rest = if backward { rest.trim_end_matches(is_space) } else { rest.trim_start_matches(is_space) };
        if rest.is_empty() {
            break;
        }
        if parts.len() == most {
            // CPython leaves the white space at the far end.
            parts.push(rest);
            break;
        }
        let cut = if backward {
            rest.rfind(is_space).map(|at| at + rest[at..].chars().next().map_or(1, char::len_utf8))
        } else {
            rest.find(is_space)
        };
        match cut {
            Some(at) if backward => {
                parts.push(&rest[at..]);
                rest = &rest[..at];
            }
            Some(at) => {
                parts.push(&rest[..at]);
                rest = &rest[at..];
            }
            None => {
                parts.push(rest);
                break;
            }
        }
    }
    if backward {
        parts.reverse();
    }
    parts
}

/// Ends of lines as `str.splitlines` knows them.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn split_lines(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let keep = tools::flag(cx, args, 1, false)?;
    let mut lines = Vec::new();
    let mut rest = &*text;
    while !rest.is_empty() {
        let Some(at) = rest.find(is_line_end) else {
            lines.push(string(cx, rest));
            break;
        };
        let end = if rest[at..].starts_with("\r\n") {
            at + 2
        } else {
            at + rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        lines.push(string(cx, &rest[..if keep { end } else { at }]));
        rest = &rest[end..];
    }
    Ok(Answer::Value(tools::list(cx, lines)))
}

fn join(cx: &mut Context, args: &[Value]) -> Outcome {
    let separator = receiver(cx, args);
    if !tools::is_iterable(cx, args[1]) {
        return Err(cx.type_error("can only join an iterable"));
    }
    let items = cx.collect(args, 1)?;
    let mut out = String::new();
    for (place, item) in items.iter().enumerate() {
        let Some(text) = cx.heap.text(*item) else {
            let name = tools::name(cx, *item);
            return Err(cx.type_error(format!("sequence item {place}: expected str instance, {name} found")));
        };
        if place > 0 {
            out.push_str(&separator);
        }
        out.push_str(text);
    }
    says(cx, &out)
}

fn encode(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let (encoding, errors) = codec(cx, args, "encode")?;
    let encoded = codecs::encode(&text, &encoding, &errors);
    let bytes = tools::coded(cx, encoded, args[0])?;
    Ok(Answer::Value(tools::bytes(cx, &bytes)))
}

/// The arguments `encoding` and `errors`.
pub(crate) fn codec(cx: &mut Context, args: &[Value], name: &str) -> Result<(Arc<str>, Arc<str>), Raise> {
    let mut told = |at: usize, what: &str, default: &str| match args[at].given() {
        Some(value) => tools::want_text(cx, value, &format!("{name}() argument '{what}' must be str, not ")),
        None => Ok(default.into()),
    };
    Ok((told(1, "encoding", "utf-8")?, told(2, "errors", "strict")?))
}

fn expand_tabs(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    let size = if args[1].is_unbound() { 8 } else { tools::size(cx, args, 1)? };
    let size = usize::try_from(size).unwrap_or(0);
    if text.matches('\t').count().saturating_mul(size) > LONGEST {
        return Err(cx.memory_error());
    }
    says(cx, &without_tabs(&text, size))
}

/// Spaces in the place of tabs.
pub(crate) fn without_tabs(text: &str, size: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let fill = if size == 0 { 0 } else { size - column % size };
                out.extend(std::iter::repeat_n(' ', fill));
                column += fill;
            }
            c => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    out
}

fn translate(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = receiver(cx, args);
    if cx.heap.dict(args[1]).is_none() {
        return Err(Raise::Slow);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let key = Value::Int(i64::from(u32::from(c)));
        match cx.dict_get(args[1], key)? {
            None => out.push(c),
            Some(Value::None) => {}
            Some(value) => match cx.heap.int(value).map(|code| u32::try_from(code).ok().and_then(char::from_u32)) {
                Some(Some(c)) => out.push(c),
                Some(None) => return Err(cx.value_error("character mapping must be in range(0x110000)")),
                None => match cx.heap.text(value) {
                    Some(text) => out.push_str(text),
                    None => return Err(cx.type_error("character mapping must return integer, None or str")),
                },
            },
        }
    }
    says(cx, &out)
}

/// `str.maketrans`, which is a static method: the class does not count.
fn make_translation(cx: &mut Context, args: &[Value]) -> Outcome {
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    if args[1].is_unbound() {
        let Some(dict) = cx.heap.dict(args[0]) else {
            return Err(cx.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        let entries: Vec<(Value, Value)> = dict.entries(0).map(|(_, entry)| (entry.key, entry.value)).collect();
        for (key, value) in entries {
            let key = match cx.heap.text(key) {
                Some(text) if text.chars().count() == 1 => {
                    Value::Int(i64::from(text.chars().next().map_or(0, u32::from)))
                }
                Some(_) => return Err(cx.value_error("string keys in translate table must be of length 1")),
                None if cx.heap.int(key).is_some() => key,
                None => return Err(cx.type_error("keys in translate table must be strings or integers")),
            };
            pairs.push((key, value));
        }
    } else {
        let from = tools::want_text(
            cx,
            args[0],
            "first maketrans argument must be a string if there is a second argument, not ",
        )?;
        let to = tools::want_text(cx, args[1], "maketrans() argument 2 must be str, not ")?;
        if from.chars().count() != to.chars().count() {
            return Err(cx.value_error("the first two maketrans arguments must have equal length"));
        }
        let code = |c: char| Value::Int(i64::from(u32::from(c)));
        pairs.extend(from.chars().zip(to.chars()).map(|(from, to)| (code(from), code(to))));
        if let Some(gone) = args[2].given() {
            let gone = tools::want_text(cx, gone, "maketrans() argument 3 must be str, not ")?;
            pairs.extend(gone.chars().map(|c| (code(c), Value::None)));
        }
    }
    let table = tools::make(cx, Object::Dict(Box::default()));
    for (key, value) in pairs {
        cx.dict_set(table, key, value)?;
    }
    Ok(Answer::Value(table))
}
