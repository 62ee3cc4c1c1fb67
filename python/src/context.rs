//! What functions of the machine's own see of it: the heap, names, modules, time, output. Helpers for arguments and errors.

use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::time::Instant;

use crate::code::{Constant, Unit};
use crate::heap::{Heap, Unknown};
use crate::kind::TypeId;
use crate::machine::{Limits, Output};
use crate::native::{Answer, Conversion, Outcome, Raise};
use crate::object::{Attributes, Exception, Object, Str};
use crate::symbol::{Sym, Symbols};
use crate::value::{ModuleId, Value};

/// A module that is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) name: Arc<str>,
    /// Absent of modules of the machine's own.
    pub(crate) unit: Option<Arc<Unit>>,
    /// Constants of the unit, made when they are first used.
    pub(crate) constants: Vec<Value>,
    /// Values of the unit's globals.
    pub(crate) slots: Vec<Value>,
    /// What else it has.
    pub(crate) extra: Attributes,
}

impl Module {
    pub(crate) fn get(&self, name: Sym) -> Option<Value> {
        match self.place(name) {
            Some(place) => self.slots[place].given(),
            None => self.extra.get(name),
        }
    }

    pub(crate) fn set(&mut self, name: Sym, value: Value) {
        match self.place(name) {
            Some(place) => self.slots[place] = value,
            None => {
                self.extra.set(name, value);
            }
        }
    }

    fn place(&self, name: Sym) -> Option<usize> {
        self.unit.as_ref()?.globals.iter().position(|sym| *sym == name)
    }

    /// All names that have values.
    pub(crate) fn names(&self) -> Vec<(Sym, Value)> {
        let globals = self.unit.iter().flat_map(|unit| unit.globals.iter().copied()).zip(self.slots.iter().copied());
        globals.chain(self.extra.iter()).filter(|(_, value)| !value.is_unbound()).collect()
    }
}

/// What functions of the machine's own see of it.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) heap: Heap,
    pub(crate) symbols: Arc<Symbols>,
    pub(crate) modules: Vec<Module>,
    /// The prelude's builtins.
    pub(crate) prelude: ModuleId,
    pub(crate) limits: Limits,
    /// The time since the network began.
    pub(crate) now: Instant,
    /// What the host's clock showed then.
    pub(crate) clock: core::time::Duration,
    pub(crate) host: Arc<str>,
    pub(crate) process: u32,
    /// The state of the generator that all chance comes from.
    pub(crate) random: u64,
    /// Whole lines, and what was flushed, in the order in which they were written.
    pub(crate) output: VecDeque<(Output, Arc<str>)>,
    /// Of each stream what has no line end yet.
    pub(crate) pending: [String; 2],
    pub(crate) written: usize,
    /// Objects whose text is being made, so that what holds itself ends.
    pub(crate) shown: Vec<Value>,
}

impl Context {
    // Errors.

    /// An exception of a built-in class with one argument.
    pub(crate) fn error(&mut self, class: TypeId, text: &str) -> Raise {
        let text = self.make_str(text);
        Raise::Exception(self.make_exception(Value::Type(class), vec![text]))
    }

    pub(crate) fn type_error(&mut self, text: impl AsRef<str>) -> Raise {
        self.error(TypeId::TYPE_ERROR, text.as_ref())
    }

    pub(crate) fn value_error(&mut self, text: impl AsRef<str>) -> Raise {
        self.error(TypeId::VALUE_ERROR, text.as_ref())
    }

    pub(crate) fn index_error(&mut self, text: impl AsRef<str>) -> Raise {
        self.error(TypeId::INDEX_ERROR, text.as_ref())
    }

    /// `KeyError(key)`.
    pub(crate) fn key_error(&mut self, key: Value) -> Raise {
        Raise::Exception(self.make_exception(Value::Type(TypeId::KEY_ERROR), vec![key]))
    }

    pub(crate) fn attribute_error(&mut self, text: impl AsRef<str>) -> Raise {
        self.error(TypeId::ATTRIBUTE_ERROR, text.as_ref())
    }

    pub(crate) fn memory_error(&mut self) -> Raise {
        Raise::Exception(self.make_exception(Value::Type(TypeId::MEMORY_ERROR), Vec::new()))
    }

    /// What `Unknown` means to a function of the machine's own.
    pub(crate) fn unknown(&mut self, unknown: Unknown) -> Raise {
        match unknown {
            Unknown::Method => Raise::Slow,
            Unknown::Unhashable(kind) => self.type_error(format!("unhashable type: '{}'", kind.name())),
        }
    }

    /// `OSError(errno, strerror)`, of the class that the number stands for.
    pub(crate) fn os_error(&mut self, number: i64, message: &str) -> Raise {
        let class = class_of_errno(number);
        let message = self.make_str(message);
        let exception = self.make_exception(Value::Type(class), vec![Value::Int(number), message]);
        if let Some(exception) = self.heap.exception_mut(exception) {
            exception.attributes.set(Sym::ERRNO, Value::Int(number));
            exception.attributes.set(Sym::STRERROR, message);
        }
        Raise::Exception(exception)
    }

    // Making values.

    pub(crate) fn make(&mut self, object: Object) -> Value {
        self.heap.make(object)
    }

    pub(crate) fn make_str(&mut self, text: &str) -> Value {
        self.heap.make(Object::Str(Str::new(text)))
    }

    pub(crate) fn make_bytes(&mut self, bytes: &[u8]) -> Value {
        self.heap.make(Object::Bytes(bytes.into()))
    }

    pub(crate) fn make_list(&mut self, items: Vec<Value>) -> Value {
        self.heap.make(Object::List(items))
    }

    pub(crate) fn make_tuple(&mut self, items: Vec<Value>) -> Value {
        self.heap.make(Object::Tuple(items.into()))
    }

    pub(crate) fn make_int(&mut self, n: num_bigint::BigInt) -> Value {
        match i64::try_from(&n) {
            Ok(n) => Value::Int(n),
            Err(_) => self.heap.make(Object::BigInt(Arc::new(n))),
        }
    }

    pub(crate) fn make_exception(&mut self, class: Value, arguments: Vec<Value>) -> Value {
        let arguments = self.make_tuple(arguments);
        self.heap.make(Object::Exception(Box::new(Exception {
            class,
            arguments,
            attributes: Attributes::default(),
            cause: Value::None,
            context: Value::None,
            suppress_context: false,
            trace: Vec::new(),
        })))
    }

    /// A dict of names.
    pub(crate) fn make_dict(&mut self, entries: Vec<(Value, Value)>) -> Result<Value, Raise> {
        let dict = self.heap.make(Object::Dict(Box::default()));
        for (key, value) in entries {
            self.dict_set(dict, key, value)?;
        }
        Ok(dict)
    }

    pub(crate) fn answer_str(&mut self, text: &str) -> Outcome {
        Ok(Answer::Value(self.make_str(text)))
    }

    pub(crate) fn answer_bytes(&mut self, bytes: &[u8]) -> Outcome {
        Ok(Answer::Value(self.make_bytes(bytes)))
    }

    pub(crate) fn sym(&mut self, name: &str) -> Sym {
        match self.symbols.find(name) {
            Some(sym) => sym,
            None => {
                self.heap.charge(name.len() + 64);
                Arc::make_mut(&mut self.symbols).intern(name)
            }
        }
    }

    pub(crate) fn name(&self, sym: Sym) -> Arc<str> {
        self.symbols.name(sym).clone()
    }

    /// The value of a constant.
    pub(crate) fn make_constant(&mut self, constant: &Constant) -> Value {
        match constant {
            Constant::None => Value::None,
            Constant::Bool(b) => Value::Bool(*b),
            Constant::Int(n) => Value::Int(*n),
            Constant::Float(x) => Value::Float(*x),
            Constant::Big(n) => self.make(Object::BigInt(n.clone())),
            Constant::Str(text) => self.make(Object::Str(Str { text: text.clone(), chars: text.chars().count() })),
            Constant::Bytes(bytes) => self.make(Object::Bytes(bytes.clone())),
            Constant::Tuple(items) => {
                let items = items.iter().map(|item| self.make_constant(item)).collect();
                self.make_tuple(items)
            }
            Constant::Names(names) => {
                let names = names.iter().map(|name| self.symbols.name(*name).clone()).collect::<Vec<_>>();
                let names = names.iter().map(|name| self.make_str(name)).collect();
                self.make_tuple(names)
            }
        }
    }

    // Arguments.

    /// `type(value).__name__`.
    pub(crate) fn type_name(&self, value: Value) -> Arc<str> {
        self.heap.type_name(value)
    }

    /// The text of a str.
    pub(crate) fn text_of(&mut self, value: Value) -> Result<Arc<str>, Raise> {
        match self.heap.str(value) {
            Some(text) => Ok(text.text.clone()),
            None => {
                let text = format!("expected str, got {}", self.type_name(value));
                Err(self.type_error(text))
            }
        }
    }

    /// The bytes of a bytes-like object.
    pub(crate) fn bytes_of(&mut self, value: Value) -> Result<Vec<u8>, Raise> {
        match self.heap.bytes_of(value) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => {
                let text = format!("a bytes-like object is required, not '{}'", self.type_name(value));
                Err(self.type_error(text))
            }
        }
    }

    /// An int that fits.
    pub(crate) fn int_of(&mut self, value: Value) -> Result<i64, Raise> {
        if let Some(n) = self.heap.int(value) {
            return Ok(n);
        }
        if self.heap.big(value).is_some() {
            return Err(self.error(TypeId::OVERFLOW_ERROR, "Python int too large to convert to C ssize_t"));
        }
        let text = format!("'{}' object cannot be interpreted as an integer", self.type_name(value));
        Err(self.type_error(text))
    }

    /// A number as a float.
    pub(crate) fn float_of(&mut self, value: Value) -> Result<f64, Raise> {
        use num_traits::ToPrimitive;
        match self.heap.plain(value) {
            Value::Float(x) => Ok(x),
            other => match self.heap.big(other) {
                Some(n) => match n.to_f64().filter(|x| x.is_finite()) {
                    Some(x) => Ok(x),
                    None => Err(self.error(TypeId::OVERFLOW_ERROR, "int too large to convert to float")),
                },
                None => {
                    let text = format!("must be real number, not {}", self.type_name(value));
                    Err(self.type_error(text))
                }
            },
        }
    }

    /// A number as a float, of an argument that may have `__float__` or `__index__`.
    pub(crate) fn float_at(&mut self, args: &[Value], argument: usize) -> Result<f64, Raise> {
        let value = args[argument];
        let own = |cx: &Context, name| cx.heap.own_method(value, name).is_some();
        if self.heap.plain(value).is(value) && (own(self, Sym::FLOAT) || own(self, Sym::INDEX)) {
            return Err(Raise::Need { argument, conversion: Conversion::Float });
        }
        self.float_of(value)
    }

    /// The items of an argument: natively, or else it is made a list and the function called anew.
    pub(crate) fn collect(&mut self, args: &[Value], argument: usize) -> Result<Vec<Value>, Raise> {
        match self.items_of(args[argument]) {
            Err(Raise::Slow) => Err(Raise::Need { argument, conversion: Conversion::List }),
            other => other,
        }
    }

    /// `str()` of an argument: natively, or else the machine makes it and calls the function anew.
    pub(crate) fn str_at(&mut self, args: &[Value], argument: usize) -> Result<Arc<str>, Raise> {
        match self.str_of(args[argument]) {
            Err(Raise::Slow) => Err(Raise::Need { argument, conversion: Conversion::Str }),
            other => other,
        }
    }

    // Tables.

    pub(crate) fn hash(&mut self, value: Value) -> Result<i64, Raise> {
        self.heap.hash(value).map_err(|unknown| match unknown {
            Unknown::Unhashable(kind) => {
                // What cannot be hashed may be inside of a tuple.
                let name = if self.heap.tuple(value).is_some() { kind.name().into() } else { self.type_name(value) };
                let text = format!("unhashable type: '{name}'");
                self.type_error(text)
            }
            other => self.unknown(other),
        })
    }

    /// The value under a key of a dict.
    pub(crate) fn dict_get(&mut self, dict: Value, key: Value) -> Result<Option<Value>, Raise> {
        let hash = self.hash(key)?;
        let found = match self.heap.dict(dict) {
            Some(dict) => self.heap.dict_find(dict, hash, key).map(|place| place.map(|place| dict.entry(place).value)),
            None => Ok(None),
        };
        found.map_err(|unknown| self.unknown(unknown))
    }

    /// Gives a key of a dict a value; the one that it had.
    pub(crate) fn dict_set(&mut self, dict: Value, key: Value, value: Value) -> Result<Option<Value>, Raise> {
        let hash = self.hash(key)?;
        let Some(table) = self.heap.dict(dict) else { return Ok(None) };
        let place = self.heap.dict_find(table, hash, key).map_err(|unknown| self.unknown(unknown))?;
        let table = self.heap.dict_mut(dict).expect("it is a dict");
        if let Some(place) = place {
            return Ok(Some(table.set_value(place, value)));
        }
        table.add(hash, key, value);
        self.heap.charge(64);
        Ok(None)
    }

    /// Removes a key of a dict; its value.
    pub(crate) fn dict_remove(&mut self, dict: Value, key: Value) -> Result<Option<Value>, Raise> {
        let hash = self.hash(key)?;
        let Some(table) = self.heap.dict(dict) else { return Ok(None) };
        let place = self.heap.dict_find(table, hash, key).map_err(|unknown| self.unknown(unknown))?;
        let Some(place) = place else { return Ok(None) };
        Ok(Some(self.heap.dict_mut(dict).expect("it is a dict").remove(place).value))
    }

    /// Is it in the set?
    pub(crate) fn set_has(&mut self, set: Value, item: Value) -> Result<bool, Raise> {
        let hash = self.hash(item)?;
        let Some(table) = self.heap.set(set) else { return Ok(false) };
        let place = self.heap.set_find(table, hash, item).map_err(|unknown| self.unknown(unknown))?;
        Ok(place.is_some())
    }

    /// Adds to a set; was it new?
    pub(crate) fn set_add(&mut self, set: Value, item: Value) -> Result<bool, Raise> {
        let hash = self.hash(item)?;
        let Some(table) = self.heap.set(set) else { return Ok(false) };
        if self.heap.set_find(table, hash, item).map_err(|unknown| self.unknown(unknown))?.is_some() {
            return Ok(false);
        }
        self.heap.set_mut(set).expect("it is a set").add(hash, item);
        self.heap.charge(48);
        Ok(true)
    }

    /// Removes from a set; was it there?
    pub(crate) fn set_remove(&mut self, set: Value, item: Value) -> Result<bool, Raise> {
        let hash = self.hash(item)?;
        let Some(table) = self.heap.set(set) else { return Ok(false) };
        let place = self.heap.set_find(table, hash, item).map_err(|unknown| self.unknown(unknown))?;
        let Some(place) = place else { return Ok(false) };
        self.heap.set_mut(set).expect("it is a set").remove(place);
        Ok(true)
    }

    /// `a == b`.
    pub(crate) fn equal(&mut self, a: Value, b: Value) -> Result<bool, Raise> {
        self.heap.equal(a, b).map_err(|unknown| self.unknown(unknown))
    }

    /// Room for so many more bytes, or a MemoryError.
    pub(crate) fn room(&mut self, bytes: usize) -> Result<(), Raise> {
        if self.heap.bytes().saturating_add(bytes) > self.limits.memory { Err(self.memory_error()) } else { Ok(()) }
    }

    // The world.

    /// 64 random bits (splitmix64), which follow from what the world gave at the start.
    pub(crate) fn entropy(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Writes to a stream; whole lines leave at the end of the step.
    pub(crate) fn write(&mut self, output: Output, text: &str) {
        self.written = self.written.saturating_add(text.len());
        let pending = &mut self.pending[output as usize];
        pending.push_str(text);
        while let Some(end) = pending.find('\n') {
            let rest = pending.split_off(end + 1);
            let line = core::mem::replace(pending, rest);
            self.output.push_back((output, line.into()));
        }
    }

    /// Lets a stream's text leave that has no line end.
    pub(crate) fn flush(&mut self, output: Output) {
        let text = core::mem::take(&mut self.pending[output as usize]);
        if !text.is_empty() {
            self.output.push_back((output, text.into()));
        }
    }
}

/// The class of `OSError(number, …)` (PEP 3151).
pub(crate) fn class_of_errno(number: i64) -> TypeId {
    match number {
        11 | 114 | 115 => TypeId::BLOCKING_IO_ERROR,
        10 => TypeId::CHILD_PROCESS_ERROR,
        32 | 108 => TypeId::BROKEN_PIPE_ERROR,
        103 => TypeId::CONNECTION_ABORTED_ERROR,
        104 => TypeId::CONNECTION_RESET_ERROR,
        111 => TypeId::CONNECTION_REFUSED_ERROR,
        17 => TypeId::FILE_EXISTS_ERROR,
        2 => TypeId::FILE_NOT_FOUND_ERROR,
        4 => TypeId::INTERRUPTED_ERROR,
        21 => TypeId::IS_A_DIRECTORY_ERROR,
        20 => TypeId::NOT_A_DIRECTORY_ERROR,
        1 | 13 => TypeId::PERMISSION_ERROR,
        3 => TypeId::PROCESS_LOOKUP_ERROR,
        110 => TypeId::TIMEOUT_ERROR,
        _ => TypeId::OS_ERROR,
    }
}
