//! Methods of dict and of its views. Absent: keys with a hash of the program's own, which go on in the prelude; operators.

use super::tools::{self, nothing};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::{DictPart, Iter, Object};
use crate::value::Value;

pub(crate) const METHODS: &[Native] = &[
    Native::method("clear()", |cx, args| {
        let held: Vec<Value> = entries(cx, args[0]).into_iter().map(|(_, value)| value).collect();
        if let Some(dict) = cx.heap.dict_mut(args[0]) {
            dict.clear();
        }
        tools::dropped(cx, &held);
        nothing()
    }),
    Native::method("copy()", |cx, args| {
        let dict = cx.heap.dict(args[0]).expect("a method of dict is called with a dict").clone();
        Ok(Answer::Value(tools::make(cx, Object::Dict(Box::new(dict)))))
    }),
    Native::method("get(key, default=, /)", |cx, args| {
        let default = args[2].given().unwrap_or(Value::None);
        Ok(Answer::Value(cx.dict_get(args[0], args[1])?.unwrap_or(default)))
    }),
    Native::method("items()", |cx, args| view(cx, args, DictPart::Items)),
    Native::method("keys()", |cx, args| view(cx, args, DictPart::Keys)),
    Native::method("values()", |cx, args| view(cx, args, DictPart::Values)),
    Native::method("pop(key, default=, /)", |cx, args| match (cx.dict_remove(args[0], args[1])?, args[2].given()) {
        (Some(value), _) | (None, Some(value)) => Ok(Answer::Value(value)),
        (None, None) => Err(cx.key_error(args[1])),
    }),
    Native::method("popitem()", |cx, args| {
        let last = cx.heap.dict(args[0]).and_then(|dict| dict.entries(0).next_back().map(|(place, _)| place));
        match (last, cx.heap.dict_mut(args[0])) {
            (Some(place), Some(dict)) => {
                let entry = dict.remove(place);
                Ok(Answer::Value(tools::tuple(cx, &[entry.key, entry.value])))
            }
            _ => {
                let text = tools::string(cx, "popitem(): dictionary is empty");
                Err(cx.key_error(text))
            }
        }
    }),
    Native::method("setdefault(key, default=, /)", |cx, args| match cx.dict_get(args[0], args[1])? {
        Some(value) => Ok(Answer::Value(value)),
        None => {
            let value = args[2].given().unwrap_or(Value::None);
            cx.dict_set(args[0], args[1], value)?;
            Ok(Answer::Value(value))
        }
    }),
    Native::method("update(other=, /, **more)", update),
    Native::class_method("fromkeys(iterable, value=, /)", |cx, args| {
        if !matches!(args[0], Value::Type(TypeId::DICT)) {
            return Err(Raise::Slow);
        }
        let value = args[2].given().unwrap_or(Value::None);
        let keys = cx.collect(args, 1)?;
        let dict = tools::make(cx, Object::Dict(Box::default()));
        for key in keys {
            cx.dict_set(dict, key, value)?;
        }
        Ok(Answer::Value(dict))
    }),
];

pub(crate) const KEYS: &[Native] = &[Native::method("isdisjoint(other, /)", |cx, args| {
    let others = cx.collect(args, 1)?;
    let dict = match cx.heap.object(args[0]) {
        Some(Object::View { dict, .. }) => *dict,
        _ => args[0],
    };
    for other in others {
        if cx.dict_get(dict, other)?.is_some() {
            return tools::truth(false);
        }
    }
    tools::truth(true)
})];

/// Keys and values in order.
pub(crate) fn entries(cx: &Context, dict: Value) -> Vec<(Value, Value)> {
    cx.heap
        .dict(dict)
        .map_or_else(Vec::new, |dict| dict.entries(0).map(|(_, entry)| (entry.key, entry.value)).collect())
}

fn view(cx: &mut Context, args: &[Value], what: DictPart) -> Outcome {
    let dict = cx.heap.plain(args[0]);
    Ok(Answer::Value(tools::make(cx, Object::View { dict, what })))
}

fn update(cx: &mut Context, args: &[Value]) -> Outcome {
    let pairs = if args[1].is_unbound() { Vec::new() } else { pairs(cx, args, 1)? };
    let more = entries(cx, args[2]);
    for (key, value) in pairs.into_iter().chain(more) {
        cx.dict_set(args[0], key, value)?;
    }
    nothing()
}

/// What `dict(x)` and `update(x)` take: a dict, or an iterable of pairs.
pub(crate) fn pairs(cx: &mut Context, args: &[Value], at: usize) -> Result<Vec<(Value, Value)>, Raise> {
    if cx.heap.dict(args[at]).is_some() {
        return Ok(entries(cx, args[at]));
    }
    if cx.heap.own_method(args[at], crate::symbol::Sym::KEYS).is_some() {
        return Err(Raise::Slow);
    }
    let items = cx.collect(args, at)?;
    let mut pairs = Vec::with_capacity(items.len());
    for (number, item) in items.into_iter().enumerate() {
        let parts = match cx.heap.items(item) {
            Some(parts) => parts.to_vec(),
            None if cx.heap.text(item).is_some() => {
                let text: Vec<String> = cx.heap.text(item).unwrap_or_default().chars().map(String::from).collect();
                text.iter().map(|c| tools::string(cx, c)).collect()
            }
            None if tools::is_iterable(cx, item) => return Err(Raise::Slow),
            None => {
                let text = format!("cannot convert dictionary update sequence element #{number} to a sequence");
                return Err(cx.type_error(text));
            }
        };
        let [key, value] = parts[..] else {
            let length = parts.len();
            let text = format!("dictionary update sequence element #{number} has length {length}; 2 is required");
            return Err(cx.value_error(text));
        };
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// `reversed(dict)` and its views.
pub(crate) fn backward(cx: &mut Context, dict: Value, what: DictPart) -> Value {
    let (next, len) = cx.heap.dict(dict).map_or((0, 0), |table| (table.places(), table.len()));
    tools::make(cx, Object::Iterator(Box::new(Iter::Dict { dict, next, len, what, backward: true })))
}
