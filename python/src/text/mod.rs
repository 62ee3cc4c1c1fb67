//! What Python's texts look like and how they are read: numbers, quotes, format specifiers, packed structures, JSON, digests. Pure functions on
//! Rust's types, each as CPython 3.11 does it down to the words of its errors; the oracle of `tests/text` compares them with `python3`.
//! Absent on purpose: values, the heap and anything that would have to call a program back (`types`, `builtins` and the prelude do that).

pub mod bytes_text;
pub mod codecs;
pub mod digest;
pub mod fields;
pub mod float;
pub mod integer;
pub mod json;
pub mod number;
pub mod packing;
pub mod percent;
pub mod quote;
pub mod shape;
pub mod spec;
pub mod twister;

use std::borrow::Cow;

/// The class of exception that a [`Fault`] becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `TypeError`.
    Type,
    /// `ValueError`.
    Value,
    /// `OverflowError`.
    Overflow,
    /// `ZeroDivisionError`.
    ZeroDivision,
    /// `IndexError`.
    Index,
    /// `KeyError`.
    Key,
    /// `MemoryError`: what CPython could do and this machine's bounds refuse.
    Memory,
    /// `RecursionError`.
    Recursion,
    /// `struct.error`.
    Struct,
    /// `json.decoder.JSONDecodeError`.
    Json,
    /// `binascii.Error`.
    Binascii,
    /// `UnicodeDecodeError`.
    Decode,
    /// `UnicodeEncodeError`.
    Encode,
    /// `LookupError`.
    Lookup,
}

/// An exception that is not raised yet: its class and its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The class.
    pub kind: Kind,
    /// `str()` of the exception.
    pub text: Cow<'static, str>,
}

/// What may fail as a Python operation does.
pub type Outcome<T> = Result<T, Fault>;

/// The longest text, in bytes, that a width or a repetition may ask for.
pub const LONGEST: usize = 1 << 24;

impl Fault {
    /// An exception of class `kind` that says `text`.
    pub fn new(kind: Kind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// `ValueError: text`.
pub fn value_error<T>(text: impl Into<Cow<'static, str>>) -> Outcome<T> {
    Err(Fault::new(Kind::Value, text))
}

/// `TypeError: text`.
pub fn type_error<T>(text: impl Into<Cow<'static, str>>) -> Outcome<T> {
    Err(Fault::new(Kind::Type, text))
}

/// `OverflowError: text`.
pub fn overflow<T>(text: impl Into<Cow<'static, str>>) -> Outcome<T> {
    Err(Fault::new(Kind::Overflow, text))
}

/// The refusal of what would be longer than [`LONGEST`].
pub fn too_long<T>() -> Outcome<T> {
    Err(Fault::new(Kind::Memory, ""))
}
