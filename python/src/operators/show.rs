//! `repr`, `str` and `format` of built-in values.

use std::sync::Arc;

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Raise, registry};
use crate::object::{DictPart, Object};
use crate::symbol::Sym;
use crate::text::percent::{Operand, Parts, Piece, Size};
use crate::text::{number, percent, quote, spec};
use crate::value::Value;

/// Values inside of values are shown down to this depth; then it is a RecursionError.
const DEEPEST: usize = 200;

impl Context {
    /// `repr(value)`; [`Raise::Slow`] where a method of the program's is to be called.
    pub(crate) fn repr_of(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        let mut text = String::new();
        let depth = self.shown.len();
        let result = self.show(value, &mut text);
        self.shown.truncate(depth);
        result.map(|()| text.into())
    }

    /// `repr` as the built-in class of the value has it, whatever the program's class says.
    pub(crate) fn plain_repr(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        let mut text = String::new();
        match value {
            Value::Object(_) => self.show_object(value, &mut text)?,
            _ => self.show(value, &mut text)?,
        }
        Ok(text.into())
    }

    /// `str` in the same way.
    pub(crate) fn plain_str(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        if let Some(text) = self.heap.str(value) {
            return Ok(text.text.clone());
        }
        if self.heap.exception(value).is_some() { self.exception_str(value) } else { self.plain_repr(value) }
    }

    /// Where an object would lie.
    pub(crate) fn address(&self, value: Value) -> u64 {
        match value {
            Value::Object(place) => 0x7f00_0000_0000 + u64::from(place.0) * 48,
            other => 0x5500_0000_0000 + self.heap.hash(other).unwrap_or(0).cast_unsigned() % 0x1_0000_0000 * 16,
        }
    }

    /// `str(value)`.
    pub(crate) fn str_of(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        if let Some(Object::Str(text)) = self.heap.object(value) {
            return Ok(text.text.clone());
        }
        if self.heap.own_method(value, Sym::STR).is_some() || self.heap.own_method(value, Sym::REPR).is_some() {
            return Err(Raise::Slow);
        }
        if let Some(text) = self.heap.str(value) {
            return Ok(text.text.clone());
        }
        if self.heap.exception(value).is_some() { self.exception_str(value) } else { self.repr_of(value) }
    }

    fn exception_str(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        let exception = self.heap.exception(value).expect("it was tested");
        let arguments = exception.arguments;
        let kind = self.heap.native_of(exception.class);
        let items = self.heap.items(arguments).unwrap_or_default().to_vec();
        if kind.derives(TypeId::OS_ERROR)
            && let (Some(number), Some(text)) =
                (exception.attributes.get(Sym::ERRNO), exception.attributes.get(Sym::STRERROR))
        {
            let file = exception.attributes.get(Sym::FILENAME).filter(|name| !name.is_none());
            let (number, text) = (self.str_of(number)?, self.str_of(text)?);
            return Ok(match file {
                Some(file) => format!("[Errno {number}] {text}: {}", self.repr_of(file)?).into(),
                None => format!("[Errno {number}] {text}").into(),
            });
        }
        match items.as_slice() {
            [] => Ok("".into()),
            [one] if kind == TypeId::KEY_ERROR => self.repr_of(*one),
            [one] => self.str_of(*one),
            _ => self.repr_of(arguments),
        }
    }

    /// `ascii(value)`.
    pub(crate) fn ascii_of(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        let text = self.repr_of(value)?;
        if text.is_ascii() {
            return Ok(text);
        }
        let escaped: String =
            text.chars().map(|c| if c.is_ascii() { c.to_string() } else { quote::escape(c) }).collect();
        Ok(escaped.into())
    }

    fn show(&mut self, value: Value, out: &mut String) -> Result<(), Raise> {
        if self.heap.own_method(value, Sym::REPR).is_some() {
            return Err(Raise::Slow);
        }
        if self.shown.len() > DEEPEST {
            return Err(self.error(
                TypeId::RECURSION_ERROR,
                "maximum recursion depth exceeded while getting the repr of an object",
            ));
        }
        match value {
            Value::Unbound => out.push_str("<unbound>"),
            Value::None => out.push_str("None"),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::Bool(b) => out.push_str(if b { "True" } else { "False" }),
            Value::Int(n) => out.push_str(&n.to_string()),
            Value::Float(x) => out.push_str(&number::float_text(x)),
            Value::Type(kind) => out.push_str(&format!("<class '{}'>", kind_title(kind))),
            Value::Builtin(id) => {
                let entry = registry().entry(id);
                match entry.of {
                    Some(kind) => out.push_str(&format!("<method '{}' of '{}' objects>", entry.name, kind.name())),
                    None => out.push_str(&format!("<built-in function {}>", entry.name)),
                }
            }
            Value::Module(id) => {
                let name = self.modules[id.0 as usize].name.clone();
                out.push_str(&format!("<module '{name}' (built-in)>"));
            }
            Value::Object(_) => return self.show_object(value, out),
        }
        Ok(())
    }

    fn show_object(&mut self, value: Value, out: &mut String) -> Result<(), Raise> {
        match self.heap.object(value).expect("the value is an object") {
            Object::Str(text) => out.push_str(&quote::text(&text.text)),
            Object::Bytes(bytes) => out.push_str(&quote::bytes(bytes)),
            Object::ByteArray(bytes) => out.push_str(&quote::bytearray(bytes)),
            Object::BigInt(_) => {
                let int = self.integer(value).expect("it is an int");
                let text = number::int_text(&int);
                out.push_str(&self.fault(text)?);
            }
            Object::Tuple(items) => {
                let items = items.to_vec();
                let end = if items.len() == 1 { ",)" } else { ")" };
                self.show_all(value, &items, "(", end, "(...)", out)?;
            }
            Object::List(items) => {
                let items = items.clone();
                self.show_all(value, &items, "[", "]", "[...]", out)?;
            }
            Object::Dict(_) => self.show_dict(value, value, out)?,
            Object::Set(set) if set.len() == 0 => out.push_str("set()"),
            Object::FrozenSet(set) if set.len() == 0 => out.push_str("frozenset()"),
            Object::Set(set) => {
                let items: Vec<Value> = set.items(0).map(|(_, _, item)| item).collect();
                self.show_all(value, &items, "{", "}", "set(...)", out)?;
            }
            Object::FrozenSet(set) => {
                let items: Vec<Value> = set.items(0).map(|(_, _, item)| item).collect();
                self.show_all(value, &items, "frozenset({", "})", "frozenset(...)", out)?;
            }
            Object::Slice(parts) => {
                let parts = *parts;
                self.show_all(value, &parts, "slice(", ")", "slice(...)", out)?;
            }
            Object::Range(range) if range.step == 1 => out.push_str(&format!("range({}, {})", range.start, range.stop)),
            Object::Range(range) => out.push_str(&format!("range({}, {}, {})", range.start, range.stop, range.step)),
            Object::View { dict, what } => {
                let (dict, what) = (*dict, *what);
                let name = ["dict_keys(", "dict_values(", "dict_items("][what as usize];
                out.push_str(name);
                let items = self.view_items(dict, what);
                self.show_all(value, &items, "[", "]", "...", out)?;
                out.push(')');
            }
            Object::Alias { origin, arguments } => {
                let (origin, arguments) = (*origin, *arguments);
                self.show_alias(origin, arguments, out)?;
            }
            Object::Exception(_) => self.show_exception(value, out)?,
            Object::Instance(_) => self.show_instance(value, out)?,
            _ => self.show_opaque(value, out)?,
        }
        Ok(())
    }

    fn view_items(&mut self, dict: Value, what: DictPart) -> Vec<Value> {
        let entries: Vec<_> =
            self.heap.dict(dict).map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect()).unwrap_or_default();
        entries
            .into_iter()
            .map(|(key, value)| match what {
                DictPart::Keys => key,
                DictPart::Values => value,
                DictPart::Items => self.make_tuple(vec![key, value]),
            })
            .collect()
    }

    fn show_all(
        &mut self,
        of: Value,
        items: &[Value],
        begin: &str,
        end: &str,
        ring: &str,
        out: &mut String,
    ) -> Result<(), Raise> {
        if self.shown.iter().any(|other| other.is(of)) {
            out.push_str(ring);
            return Ok(());
        }
        self.shown.push(of);
        out.push_str(begin);
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                out.push_str(", ");
            }
            self.show(*item, out)?;
        }
        out.push_str(end);
        self.shown.pop();
        Ok(())
    }

    fn show_dict(&mut self, of: Value, dict: Value, out: &mut String) -> Result<(), Raise> {
        if self.shown.iter().any(|other| other.is(of)) {
            out.push_str("{...}");
            return Ok(());
        }
        self.shown.push(of);
        let entries: Vec<_> =
            self.heap.dict(dict).map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect()).unwrap_or_default();
        out.push('{');
        for (place, (key, value)) in entries.into_iter().enumerate() {
            if place > 0 {
                out.push_str(", ");
            }
            self.show(key, out)?;
            out.push_str(": ");
            self.show(value, out)?;
        }
        out.push('}');
        self.shown.pop();
        Ok(())
    }

    fn show_alias(&mut self, origin: Value, arguments: Value, out: &mut String) -> Result<(), Raise> {
        let title = |cx: &mut Context, value: Value| -> Result<Arc<str>, Raise> {
            if cx.heap.is_class(value) { Ok(cx.heap.class_name(value)) } else { cx.repr_of(value) }
        };
        out.push_str(&title(self, origin)?);
        out.push('[');
        let items = self.heap.tuple(arguments).map_or_else(|| vec![arguments], |items| items.to_vec());
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                out.push_str(", ");
            }
            out.push_str(&title(self, item)?);
        }
        out.push(']');
        Ok(())
    }

    fn show_exception(&mut self, value: Value, out: &mut String) -> Result<(), Raise> {
        let arguments = self.heap.exception(value).expect("it is one").arguments;
        let items = self.heap.items(arguments).unwrap_or_default().to_vec();
        out.push_str(&self.type_name(value));
        self.show_all(value, &items, "(", ")", "(...)", out)
    }

    fn show_instance(&mut self, value: Value, out: &mut String) -> Result<(), Raise> {
        let plain = self.heap.plain(value);
        if !plain.is(value) {
            return self.show(plain, out);
        }
        let Some(Object::Instance(instance)) = self.heap.object(value) else { unreachable!("it is an instance") };
        let class = Value::Object(instance.class);
        out.push_str(&format!("<{} object at {:#x}>", self.class_path(class), self.address(value)));
        Ok(())
    }

    /// `module.Class`.
    pub(crate) fn class_path(&self, class: Value) -> String {
        match self.heap.class(class) {
            Some(inner) => format!("{}.{}", self.modules[inner.module.0 as usize].name, inner.qualname),
            None => match class {
                Value::Type(kind) => kind_title(kind).to_owned(),
                _ => "?".to_owned(),
            },
        }
    }

    fn show_opaque(&mut self, value: Value, out: &mut String) -> Result<(), Raise> {
        let place = format!("{:#x}", self.address(value));
        let text = match self.heap.object(value).expect("the value is an object") {
            Object::Class(_) => format!("<class '{}'>", self.class_path(value)),
            Object::Function(function) => {
                format!("<function {} at {place}>", self.heap.text(function.qualname).unwrap_or("?"))
            }
            Object::BoundMethod { function, this } => {
                let (function, this) = (*function, *this);
                self.method_text(function, this)?
            }
            Object::Generator(generator) => format!("<generator object {} at {place}>", generator.name),
            Object::Super { class, this } => {
                format!("<super: <class '{}'>, <{} object>>", self.heap.class_name(*class), self.heap.type_name(*this))
            }
            _ => format!("<{} object at {place}>", self.type_name(value)),
        };
        out.push_str(&text);
        Ok(())
    }

    fn method_text(&mut self, function: Value, this: Value) -> Result<String, Raise> {
        if let Value::Builtin(id) = function {
            let name = registry().entry(id).name;
            return Ok(format!(
                "<built-in method {name} of {} object at {:#x}>",
                self.type_name(this),
                self.address(this)
            ));
        }
        let name = match self.heap.object(function) {
            Some(Object::Function(function)) => self.heap.text(function.qualname).unwrap_or("?").to_owned(),
            _ => "?".to_owned(),
        };
        let this = self.repr_of(this)?;
        Ok(format!("<bound method {name} of {this}>"))
    }

    /// `format(value, spec)`.
    pub(crate) fn format_of(&mut self, value: Value, spec: &str) -> Result<Arc<str>, Raise> {
        if self.heap.own_method(value, Sym::FORMAT).is_some() {
            return Err(Raise::Slow);
        }
        if spec.is_empty() {
            return self.str_of(value);
        }
        let plain = self.heap.plain(value);
        let text = match plain {
            Value::Bool(b) => spec::format_int_of(&crate::text::integer::Int::Small(i64::from(b)), spec, "bool"),
            Value::Float(x) => spec::format_float(x, spec),
            _ => match (self.integer(plain), self.heap.text(plain)) {
                (Some(int), _) => spec::format_int(&int, spec),
                (None, Some(text)) => spec::format_str(text, spec),
                (None, None) => {
                    let text = format!("unsupported format string passed to {}.__format__", self.type_name(value));
                    return Err(self.type_error(text));
                }
            },
        };
        self.fault(text).map(Into::into)
    }

    /// `format % values`.
    pub(crate) fn percent(&mut self, format: Value, values: Value) -> Result<Value, Raise> {
        let bytes = self.heap.str(format).is_none();
        let text: String = if bytes {
            self.heap.bytes_of(format).unwrap_or_default().iter().map(|b| char::from(*b)).collect()
        } else {
            self.heap.text(format).unwrap_or_default().to_owned()
        };
        let tuple = self.heap.tuple(values).map(|items| items.to_vec());
        let is_mapping = tuple.is_none()
            && (self.heap.dict(values).is_some() || self.heap.own_method(values, Sym::GETITEM).is_some());
        let single = tuple.is_none();
        let mut args = tuple.unwrap_or_else(|| vec![values]).into_iter();
        let mut by_key = false;
        let mut parts = Parts::new(&text);
        let mut out = String::new();
        loop {
            let piece = parts.advance();
            let Some(piece) = self.fault(piece)? else { break };
            let mut conversion = match piece {
                Piece::Text(text) => {
                    out.push_str(&text);
                    continue;
                }
                Piece::Conversion(conversion) => conversion,
            };
            let mut next = |cx: &mut Context| match args.next() {
                Some(value) => Ok(value),
                None => cx.fault(Err(percent::not_enough())),
            };
            let value = if let Some(key) = conversion.key.clone() {
                if !is_mapping {
                    return self.fault(Err(percent::no_mapping()));
                }
                by_key = true;
                let key = if bytes { self.make_bytes(key.as_bytes()) } else { self.make_str(&key) };
                match self.dict_get(values, key)? {
                    Some(value) => Some(value),
                    None => return Err(self.key_error(key)),
                }
            } else {
                for size in [&mut conversion.width, &mut conversion.precision] {
                    if *size == Size::Star {
                        let n = next(self)?;
                        let Some(n) = self.heap.int(n) else { return self.fault(Err(percent::no_size())) };
                        *size = Size::Told(usize::try_from(n).unwrap_or(0));
                    }
                }
                if conversion.code == Some('%') { None } else { Some(next(self)?) }
            };
            let shown = self.percent_one(&conversion, value, bytes)?;
            out.push_str(&shown);
        }
        let left = args.next().is_some();
        if left && !by_key && !(single && is_mapping) {
            return self.fault(Err(percent::not_all(bytes)));
        }
        if bytes {
            let out: Vec<u8> = out.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            let array = self.heap.kind(format) == TypeId::BYTEARRAY;
            return Ok(self.make(if array { Object::ByteArray(out) } else { Object::Bytes(out.into()) }));
        }
        Ok(self.make_str(&out))
    }

    fn percent_one(
        &mut self,
        conversion: &percent::Conversion,
        value: Option<Value>,
        bytes: bool,
    ) -> Result<String, Raise> {
        let Some(value) = value else { return Ok("%".to_owned()) };
        let text: Option<Arc<str>> = match conversion.code {
            Some('s' | 'b') if bytes => match self.heap.bytes_of(value) {
                Some(bytes) => Some(bytes.iter().map(|b| char::from(*b)).collect::<String>().into()),
                None => {
                    let text = format!(
                        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
                        self.type_name(value)
                    );
                    return Err(self.type_error(text));
                }
            },
            Some('s') => Some(self.str_of(value)?),
            Some('r') => Some(self.repr_of(value)?),
            Some('a') => Some(self.ascii_of(value)?),
            Some('c') if bytes => {
                self.heap.bytes_of(value).map(|bytes| bytes.iter().map(|b| char::from(*b)).collect::<String>().into())
            }
            Some('c') => self.heap.text(value).map(Into::into),
            _ => None,
        };
        let name = self.type_name(value);
        let operand = match (&text, self.heap.plain(value)) {
            (Some(text), _) => Operand::Text(text),
            (None, Value::Float(x)) => Operand::Float(x),
            (None, plain) => match self.integer(plain) {
                Some(int) => Operand::Int(int),
                None => Operand::Other(&name),
            },
        };
        let shown = conversion.show(&operand, bytes);
        self.fault(shown)
    }
}

/// A built-in class with its module.
fn kind_title(kind: TypeId) -> &'static str {
    if kind == TypeId::STRUCT_ERROR { "struct.error" } else { kind.name() }
}
