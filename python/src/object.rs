//! What lies in the heap.

use core::fmt;
use std::sync::Arc;

use num_bigint::BigInt;

use crate::code::Code;
use crate::dict::Dict;
use crate::kind::TypeId;
use crate::machine::frame::Frame;
use crate::set::Set;
use crate::symbol::Sym;
use crate::value::{ModuleId, Ref, Value};

/// An object.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    /// Nothing: this place is free.
    Free,
    /// `object()`.
    Plain,
    Str(Str),
    Bytes(Arc<[u8]>),
    ByteArray(Vec<u8>),
    /// A view of a bytes or bytearray: the whole of it, from a place to another.
    MemoryView {
        of: Value,
        from: usize,
        to: usize,
    },
    BigInt(Arc<BigInt>),
    Tuple(Arc<[Value]>),
    List(Vec<Value>),
    Dict(Box<Dict>),
    Set(Box<Set>),
    FrozenSet(Box<Set>),
    Slice([Value; 3]),
    Range(Range),
    Function(Arc<Function>),
    /// A method with its object; `function` may be a native one.
    BoundMethod {
        function: Value,
        this: Value,
    },
    Class(Arc<Class>),
    Instance(Instance),
    Exception(Box<Exception>),
    Cell(Value),
    Iterator(Box<Iter>),
    /// `dict.keys()`, `values()` or `items()`.
    View {
        dict: Value,
        what: DictPart,
    },
    Generator(Box<Generator>),
    Property(Box<[Value; 4]>),
    StaticMethod(Value),
    ClassMethod(Value),
    /// `super(class, this)`.
    Super {
        class: Value,
        this: Value,
    },
    /// Annotations such as `list[int]`.
    Alias {
        origin: Value,
        arguments: Value,
    },
    /// State of a native module: a hash being computed, a generator of random numbers.
    Native(Box<dyn NativeObject>),
}

/// State that a native module keeps in the heap. It holds no values.
pub(crate) trait NativeObject: fmt::Debug + Send + Sync + core::any::Any {
    fn clone_box(&self) -> Box<dyn NativeObject>;
    fn as_any(&self) -> &dyn core::any::Any;
    fn as_any_mut(&mut self) -> &mut dyn core::any::Any;
}

impl Clone for Box<dyn NativeObject> {
    fn clone(&self) -> Self {
        self.as_ref().clone_box()
    }
}

/// A string, and how many characters it has, so that those of ASCII are indexed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Str {
    pub(crate) text: Arc<str>,
    pub(crate) chars: usize,
}

impl Str {
    pub(crate) fn new(text: &str) -> Str {
        Str { text: text.into(), chars: count_chars(text) }
    }

    pub(crate) fn is_ascii(&self) -> bool {
        self.chars == self.text.len()
    }
}

fn count_chars(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// `range(start, stop, step)`; the step is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) step: i64,
}

impl Range {
    pub(crate) fn len(self) -> usize {
        let (start, stop, step) = (i128::from(self.start), i128::from(self.stop), i128::from(self.step));
        let len = if step > 0 { (stop - start + step - 1) / step } else { (start - stop - step - 1) / -step };
        usize::try_from(len.max(0)).unwrap_or(usize::MAX)
    }

    /// The item at a place below [`Range::len`].
    pub(crate) fn get(self, place: usize) -> i64 {
        self.start + i64::try_from(place).expect("a place in a range fits") * self.step
    }
}

/// Names with values, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    names: Vec<Sym>,
    values: Vec<Value>,
}

impl Attributes {
    pub(crate) fn get(&self, name: Sym) -> Option<Value> {
        self.names.iter().position(|n| *n == name).map(|place| self.values[place])
    }

    /// Gives it a value; the one that it had before.
    pub(crate) fn set(&mut self, name: Sym, value: Value) -> Option<Value> {
        if let Some(place) = self.names.iter().position(|n| *n == name) {
            return Some(core::mem::replace(&mut self.values[place], value));
        }
        self.names.push(name);
        self.values.push(value);
        None
    }

    pub(crate) fn remove(&mut self, name: Sym) -> Option<Value> {
        let place = self.names.iter().position(|n| *n == name)?;
        self.names.remove(place);
        Some(self.values.remove(place))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Sym, Value)> {
        self.names.iter().copied().zip(self.values.iter().copied())
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// A function of a program.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) code: Arc<Code>,
    pub(crate) module: ModuleId,
    pub(crate) name: Value,
    pub(crate) qualname: Value,
    /// Of the last positional parameters.
    pub(crate) defaults: Vec<Value>,
    pub(crate) keyword_defaults: Vec<(Sym, Value)>,
    /// The cells of its free variables.
    pub(crate) closure: Vec<Value>,
    pub(crate) attributes: Attributes,
}

/// A class of a program.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) name: Arc<str>,
    pub(crate) qualname: Arc<str>,
    pub(crate) module: ModuleId,
    pub(crate) bases: Vec<Value>,
    /// In the order of C3, itself first, `object` last.
    pub(crate) mro: Vec<Value>,
    pub(crate) attributes: Attributes,
    /// The built-in class that its instances are made of.
    pub(crate) native: TypeId,
}

/// An instance of a class of a program.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) class: Ref,
    pub(crate) attributes: Attributes,
    /// Of a class that derives from `list`, `str`, `int`…: that object.
    pub(crate) payload: Value,
}

/// An exception, of a built-in class or of a program's.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) class: Value,
    /// `args`: a tuple.
    pub(crate) arguments: Value,
    pub(crate) attributes: Attributes,
    pub(crate) cause: Value,
    pub(crate) context: Value,
    pub(crate) suppress_context: bool,
    /// Where it came through, the innermost last.
    pub(crate) trace: Vec<Place>,
}

/// A line of a traceback.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) code: Arc<Code>,
    pub(crate) module: ModuleId,
    pub(crate) op: u32,
}

/// What of a dict is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DictPart {
    Keys,
    Values,
    Items,
}

/// Iterators of built-in kinds: places, so that they see changes as CPython's do.
#[derive(Clone, Debug)]
pub(crate) enum Iter {
    List { list: Value, next: usize },
    Tuple { tuple: Arc<[Value]>, next: usize },
    Str { text: Arc<str>, next: usize },
    Bytes { bytes: Value, next: usize },
    Range { next: i64, step: i64, left: usize },
    Dict { dict: Value, next: usize, len: usize, what: DictPart, backward: bool },
    Set { set: Value, next: usize, len: usize },
    Reversed { sequence: Value, left: usize },
    Enumerate { inner: Value, count: i64 },
    Zip { inner: Vec<Value>, strict: bool },
    Done,
}

/// A generator, with its frame and its part of the stack while it waits.
#[derive(Clone, Debug)]
pub(crate) struct Generator {
    pub(crate) name: Arc<str>,
    /// Absent while it runs and when it is over.
    pub(crate) frame: Option<Box<Frame>>,
    pub(crate) stack: Vec<Value>,
    pub(crate) started: bool,
    pub(crate) running: bool,
}
