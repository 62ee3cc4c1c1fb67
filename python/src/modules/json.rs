//! `_json`: texts to values and back. Absent: hooks and values of other types, which go on in the prelude.

use crate::context::Context;
use crate::native::{Answer, ModuleTable, Native, Outcome, Raise};
use crate::object::Object;
use crate::text::json::{self, DEEPEST, Json, Style};
use crate::text::{Kind, number};
use crate::types::tools;
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "_json",
    functions: &[
        // `(value,)`, or the message and the place of a mistake. Raw, an object is a tuple of pairs and a number its literal's bytes.
        Native::function("loads(text, raw, /)", loads),
        // The text, or None where a value needs what only the prelude can do.
        Native::function("dumps(value, indent, item, key, ascii, nan, sort, skip, /)", dumps),
    ],
    values: |_| Vec::new(),
};

fn loads(cx: &mut Context, args: &[Value]) -> Outcome {
    let text = tools::want_text(cx, args[0], "the JSON object must be str, bytes or bytearray, not ")?;
    let raw = tools::flag(cx, args, 1, false)?;
    let parts = match json::read(&text, raw) {
        Ok(value) => vec![from_json(cx, value, raw)?],
        Err(fault) if fault.kind == Kind::Json => {
            let (message, place) = fault.text.rsplit_once(": line ").unwrap_or((&fault.text, ""));
            let place = place.rsplit_once("(char ").map_or("", |(_, place)| place.trim_end_matches(')'));
            vec![tools::string(cx, message), Value::Int(place.parse().unwrap_or(0))]
        }
        Err(fault) => return Err(tools::raise(cx, &fault)),
    };
    Ok(Answer::Value(tools::tuple(cx, &parts)))
}

fn from_json(cx: &mut Context, value: Json, raw: bool) -> Result<Value, Raise> {
    Ok(match value {
        Json::Null => Value::None,
        Json::Bool(is) => Value::Bool(is),
        Json::Int(int) => cx.make_integer(int),
        Json::Float(float) => Value::Float(float),
        Json::Literal(text) => tools::bytes(cx, text.as_bytes()),
        Json::Str(text) => tools::string(cx, &text),
        Json::Array(items) => {
            let items = items.into_iter().map(|item| from_json(cx, item, raw)).collect::<Result<_, _>>()?;
            tools::list(cx, items)
        }
        Json::Object(items) => {
            let mut entries = Vec::with_capacity(items.len());
            for (key, value) in items {
                entries.push((tools::string(cx, &key), from_json(cx, value, raw)?));
            }
            if raw {
                let pairs: Vec<Value> =
                    entries.into_iter().map(|(key, value)| tools::tuple(cx, &[key, value])).collect();
                tools::tuple(cx, &pairs)
            } else {
                cx.make_dict(entries)?
            }
        }
    })
}

fn dumps(cx: &mut Context, args: &[Value]) -> Outcome {
    let indent = match args[1] {
        Value::None => None,
        Value::Int(width) => Some(" ".repeat(usize::try_from(width).unwrap_or(0).min(1000))),
        other => Some(tools::want_text(cx, other, "indent must be None, an integer or a string, not ")?.to_string()),
    };
    let style = Style {
        indent,
        item: tools::want_text(cx, args[2], "separators must be strings, not ")?.to_string(),
        key: tools::want_text(cx, args[3], "separators must be strings, not ")?.to_string(),
        ascii: tools::flag(cx, args, 4, true)?,
        not_a_number: tools::flag(cx, args, 5, true)?,
    };
    let mut writer =
        Writer { sort: tools::flag(cx, args, 6, false)?, skip: tools::flag(cx, args, 7, false)?, open: Vec::new() };
    match writer.document(cx, args[0], &style)? {
        None => tools::nothing(),
        Some(value) => {
            let text = json::write(&value, &style);
            let text = cx.fault(text)?;
            cx.answer_str(&text)
        }
    }
}

struct Writer {
    sort: bool,
    skip: bool,
    /// The lists and dicts that are being written.
    open: Vec<Value>,
}

impl Writer {
    /// A value as a document; none, if the prelude must go on.
    fn document(&mut self, cx: &mut Context, value: Value, style: &Style) -> Result<Option<Json>, Raise> {
        let plain = cx.heap.plain(value);
        let scalar = match plain {
            Value::None => Some(Json::Null),
            Value::Bool(is) => Some(Json::Bool(is)),
            Value::Float(float) => Some(Json::Float(float)),
            plain => match cx.integer(plain) {
                Some(int) => Some(Json::Int(int)),
                None => cx.heap.text(plain).map(|text| Json::Str(text.to_owned())),
            },
        };
        if scalar.is_some() {
            return Ok(scalar);
        }
        if self.open.iter().any(|open| open.is(plain)) {
            return Err(cx.value_error("Circular reference detected"));
        }
        if self.open.len() >= DEEPEST {
            let text = "maximum recursion depth exceeded while encoding a JSON object";
            return Err(cx.error(crate::kind::TypeId::RECURSION_ERROR, text));
        }
        self.open.push(plain);
        let document = match cx.heap.object(plain) {
            Some(Object::List(_) | Object::Tuple(_)) => self.array(cx, plain, style),
            Some(Object::Dict(_)) => self.object(cx, plain, style),
            _ => Ok(None),
        };
        self.open.pop();
        document
    }

    fn array(&mut self, cx: &mut Context, value: Value, style: &Style) -> Result<Option<Json>, Raise> {
        let items = cx.heap.items(value).map(<[Value]>::to_vec).unwrap_or_default();
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let Some(item) = self.document(cx, item, style)? else { return Ok(None) };
            out.push(item);
        }
        Ok(Some(Json::Array(out)))
    }

    fn object(&mut self, cx: &mut Context, value: Value, style: &Style) -> Result<Option<Json>, Raise> {
        let mut entries = crate::types::dict::entries(cx, value);
        if self.sort {
            let mut keys: Vec<Value> = entries.iter().map(|(key, _)| *key).collect();
            crate::types::list::sort_values(cx, &mut keys, false)?;
            let place = |key: Value| keys.iter().position(|other| other.is(key)).unwrap_or(0);
            entries.sort_by_key(|(key, _)| place(*key));
        }
        let mut out = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = match self.key(cx, key, style)? {
                Some(key) => key,
                None if self.skip => continue,
                None => {
                    let name = tools::name(cx, key);
                    return Err(cx.type_error(format!("keys must be str, int, float, bool or None, not {name}")));
                }
            };
            let Some(value) = self.document(cx, value, style)? else { return Ok(None) };
            out.push((key, value));
        }
        Ok(Some(Json::Object(out)))
    }

    /// A key as JSON has it.
    fn key(&self, cx: &mut Context, key: Value, style: &Style) -> Result<Option<String>, Raise> {
        Ok(Some(match cx.heap.plain(key) {
            Value::None => "null".to_owned(),
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) => "false".to_owned(),
            Value::Float(float) => cx.fault(json::float_text(float, style))?,
            plain => match cx.integer(plain) {
                Some(int) => cx.fault(number::int_text(&int))?,
                None => match cx.heap.text(plain) {
                    Some(text) => text.to_owned(),
                    None => return Ok(None),
                },
            },
        }))
    }
}
