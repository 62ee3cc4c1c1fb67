//! `_sys`, over which the prelude's `sys` writes its streams, and `_string`, which takes formats apart for the prelude.

use crate::context::Context;
use crate::machine::Output;
use crate::native::{Answer, ModuleTable, Native, Outcome};
use crate::text::fields::{First, Part, Parts, Step};
use crate::text::percent::{self, Piece, Size};
use crate::types::{formatting, list, tools};
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "_sys",
    functions: &[
        // Standard output is 1, the error stream 2; gives the number of characters.
        Native::function("write(stream, text, /)", |cx, args| {
            let text = tools::want_text(cx, args[1], "write() argument must be str, not ")?;
            let stream = stream(args[0]);
            cx.write(stream, &text);
            tools::count(text.chars().count())
        }),
        Native::function("flush(stream, /)", |cx, args| {
            cx.flush(stream(args[0]));
            tools::nothing()
        }),
        Native::function("getsizeof(object, /)", |_, _| tools::count(64)),
    ],
    values: |_| vec![("maxsize", Value::Int(i64::MAX))],
};

fn stream(number: Value) -> Output {
    if matches!(number, Value::Int(2)) { Output::Err } else { Output::Out }
}

pub(crate) const SORTING: ModuleTable = ModuleTable {
    name: "_sorting",
    functions: &[
        // The indexes of a list of keys in order.
        Native::function("sort_order(keys, reverse, /)", |cx, args| {
            let keys = cx.collect(args, 0)?;
            let backward = tools::flag(cx, args, 1, false)?;
            let order = list::sorted_places(cx, &keys, backward)?;
            let places = order.into_iter().map(|place| Value::Int(place as i64)).collect();
            Ok(Answer::Value(tools::list(cx, places)))
        }),
    ],
    values: |_| Vec::new(),
};

pub(crate) const STRINGS: ModuleTable = ModuleTable {
    name: "_string",
    functions: &[
        // A format's parts: texts, and fields as tuples (first, path, conversion or None, spec); `first` is None, an int or a str; a step
        // of the path is (kind, name or index), of kind "." or "[".
        Native::function("parts(format, /)", parts),
        // The parts of a format of `%`: texts, and conversions as tuples (text of a conversion without key, whose letter is `s` where the value
        // comes as a text, key or None, letter, number of `*`).
        Native::function("conversions(format, /)", conversions),
        Native::function("ascii(text, /)", |cx, args| {
            let text = tools::want_text(cx, args[0], "a str was expected, not ")?;
            tools::says(cx, &formatting::ascii(&text))
        }),
    ],
    values: |_| Vec::new(),
};

fn parts(cx: &mut Context, args: &[Value]) -> Outcome {
    let format = tools::want_text(cx, args[0], "a str was expected, not ")?;
    let mut reader = Parts::new(&format);
    let mut out = Vec::new();
    loop {
        let part = reader.advance();
        match cx.fault(part)? {
            None => return Ok(Answer::Value(tools::list(cx, out))),
            Some(Part::Text(text)) => out.push(tools::string(cx, &text)),
            Some(Part::Field(field)) => {
                if let Some(fault) = &field.late {
                    return Err(tools::raise(cx, fault));
                }
                let first = match field.first {
                    First::Next => Value::None,
                    First::Index(index) => Value::Int(index as i64),
                    First::Name(name) => tools::string(cx, &name),
                };
                let mut path = Vec::with_capacity(field.path.len());
                for step in field.path {
                    let (kind, name) = match step {
                        Step::Attribute(name) => (".", tools::string(cx, &name)),
                        Step::Index(index) => ("[", Value::Int(index as i64)),
                        Step::Key(key) => ("[", tools::string(cx, &key)),
                    };
                    let kind = tools::string(cx, kind);
                    path.push(tools::tuple(cx, &[kind, name]));
                }
                let path = tools::list(cx, path);
                let conversion = match field.conversion {
                    Some(conversion) => tools::string(cx, conversion.encode_utf8(&mut [0; 4])),
                    None => Value::None,
                };
                let spec = tools::string(cx, &field.spec);
                out.push(tools::tuple(cx, &[first, path, conversion, spec]));
            }
        }
    }
}

fn conversions(cx: &mut Context, args: &[Value]) -> Outcome {
    let format = tools::want_text(cx, args[0], "a str was expected, not ")?;
    let mut reader = percent::Parts::new(&format);
    let mut out = Vec::new();
    loop {
        let begin = reader.place();
        let piece = reader.advance();
        match cx.fault(piece)? {
            None => return Ok(Answer::Value(tools::list(cx, out))),
            Some(Piece::Text(text)) => out.push(tools::string(cx, &text)),
            Some(Piece::Conversion(conversion)) => {
                let whole: String = format.chars().skip(begin).take(reader.place() - begin).collect();
                let flags = match &conversion.key {
                    Some(key) => whole.get(key.len() + 3..).unwrap_or_default(),
                    None => &whole[1..],
                };
                let letter = conversion.letter();
                let flags = flags.strip_suffix(letter).unwrap_or(flags);
                let shown = if matches!(letter, 'r' | 'a') { 's' } else { letter };
                let stars = i64::from(conversion.width == Size::Star) + i64::from(conversion.precision == Size::Star);
                let spec = tools::string(cx, &format!("%{flags}{shown}"));
                let key = match &conversion.key {
                    Some(key) => tools::string(cx, key),
                    None => Value::None,
                };
                let letter = tools::string(cx, letter.encode_utf8(&mut [0; 4]));
                out.push(tools::tuple(cx, &[spec, key, letter, Value::Int(stars)]));
            }
        }
    }
}
