//! Bytecode: what a program becomes, shared by all machines that run it.
//!
//! A stack machine. Locals are slots of a frame, globals slots of a module, attributes symbols. Jumps are places in the same
//! code object.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::symbol::Sym;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    /// A statement begins, on this line.
    Line(u32),
    None,
    True,
    False,
    Ellipsis,
    Int(i32),
    Const(u32),
    Pop,
    Dup,
    /// `a b` → `a b a b`.
    Dup2,
    /// `a b` → `b a`.
    Swap,
    /// `a b c` → `c a b`.
    Rot3,
    Local(u32),
    StoreLocal(u32),
    DeleteLocal(u32),
    Global(u32),
    StoreGlobal(u32),
    DeleteGlobal(u32),
    /// A variable that inner functions share: its slot holds a cell.
    Cell(u32),
    StoreCell(u32),
    DeleteCell(u32),
    /// A name in the body of a class: its slot, or else this global.
    ClassLocal(u16, u32),
    /// The same, where it may be a free variable instead.
    ClassFree(u16, u16, u16),
    Attr(Sym),
    StoreAttr(Sym),
    DeleteAttr(Sym),
    /// `object` → `function object`, or `Unbound value` where the attribute is not a method.
    Method(Sym),
    Subscript,
    /// `value container key` → nothing.
    StoreSubscript,
    DeleteSubscript,
    Unary(Unary),
    Binary(Binary),
    InPlace(Binary),
    Compare(Compare),
    /// `in`, or `not in`.
    Contains(bool),
    /// `is`, or `is not`.
    Is(bool),
    Not,
    Jump(u32),
    /// Back to the beginning of a loop.
    Loop(u32),
    JumpIfFalse(u32),
    JumpIfTrue(u32),
    JumpIfFalseOrPop(u32),
    JumpIfTrueOrPop(u32),
    /// A comparison of a chain: jumps with the value when it is false.
    Iter,
    /// Pushes the next item, or pops the iterator and jumps.
    ForIter(u32),
    List(u32),
    Tuple(u32),
    Set(u32),
    Dict(u32),
    /// Adds the top to the list, set or dict that lies so deep.
    ListAppend(u32),
    SetAdd(u32),
    /// `key value`.
    DictAdd(u32),
    /// `list iterable` → `list`.
    ListExtend,
    SetExtend,
    DictExtend,
    /// The same for keywords of a call, where a key may come once only.
    KeywordsExtend,
    ListToTuple,
    Slice(bool),
    /// `callee args…`.
    Call(u32),
    /// `function object args…`, as [`Op::Method`] left them.
    CallMethod(u32),
    /// `callee args… values…`: how many in all, and the constant with the names of the last.
    CallKeywords(u16, u32),
    /// `callee tuple dict`.
    CallSpread,
    /// Defaults and keyword defaults lie on the stack; the code says how many.
    Function(u32),
    /// `bases keywords` → a class: runs the body.
    Class(u32),
    /// At the end of the body.
    EndClass,
    Return,
    Yield,
    /// `iterator value`: sends the value; goes on with what it yields, or jumps with what it returned.
    Delegate(u32),
    /// Jumped to from there: throws into the iterator.
    Raise(u32),
    /// Raises the exception on top, as it came.
    Reraise,
    /// At the beginning of a handler: the exception on top becomes the one that is handled; the old one lies below it.
    PushHandled,
    /// `old` → nothing: the old one is handled again.
    PopHandled,
    /// `exception class` → `exception bool`.
    Matches,
    /// `manager` → `exit result-of-enter`.
    With,
    /// `exit` → result of `exit(None, None, None)`.
    WithEnd,
    /// `exit old exception` → `exit old exception bool`.
    WithExcept,
    Import(u32),
    /// The last part of a dotted name.
    ImportDotted(u32),
    /// `module` → `module value`.
    ImportFrom(Sym),
    ImportStar,
    /// Conversion: 0 none, 1 str, 2 repr, 3 ascii; and whether a format spec lies above.
    Format(u8, bool),
    Join(u32),
    Unpack(u32),
    /// Before and after the one with a star.
    UnpackStar(u16, u16),
    /// The subject is a sequence of this length, or at least: pushes a bool and leaves it.
    MatchSequence(u32, bool),
    MatchMapping(u32),
    /// `subject keys` → `subject values-or-None bool`.
    MatchKeys,
    /// `subject class names-tuple` → `subject values-or-None bool`; so many patterns by place.
    MatchClass(u32),
    /// `subject` → the rest of a mapping without the keys of this constant tuple: `subject keys` → `subject dict`.
    MatchRest,
    /// `assert` failed with a message, or without.
    AssertFail(bool),
    /// Adds in place.
    AddInt(i32),
    /// Two locals.
    LocalLocal(u16, u16),
}

/// `-x`, `+x`, `~x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Minus,
    Plus,
    Invert,
}

/// Operators of two operands, in the order of [`Binary::method`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    Or,
    Xor,
    And,
    FloorDiv,
}

impl Binary {
    /// As it is written.
    pub(crate) fn text(self) -> &'static str {
        ["+", "-", "*", "@", "/", "%", "** or pow()", "<<", ">>", "|", "^", "&", "//"][self as usize]
    }

    /// `__add__`; the others follow in the table of symbols.
    pub(crate) fn method(self) -> Sym {
        Sym(Sym::ADD.0 + self as u32)
    }

    /// `__radd__`.
    pub(crate) fn reflected(self) -> Sym {
        Sym(Sym::RADD.0 + self as u32)
    }

    /// `__iadd__`.
    pub(crate) fn in_place(self) -> Sym {
        Sym(Sym::IADD.0 + self as u32)
    }
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Compare {
    pub(crate) fn text(self) -> &'static str {
        ["==", "!=", "<", "<=", ">", ">="][self as usize]
    }

    pub(crate) fn method(self) -> Sym {
        [Sym::EQ, Sym::NE, Sym::LT, Sym::LE, Sym::GT, Sym::GE][self as usize]
    }

    /// With the operands swapped.
    pub(crate) fn mirrored(self) -> Compare {
        [Compare::Eq, Compare::Ne, Compare::Gt, Compare::Ge, Compare::Lt, Compare::Le][self as usize]
    }
}

/// A constant of a program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Int(i64),
    Big(Arc<BigInt>),
    Float(f64),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Names of keywords.
    Names(Vec<Sym>),
    /// Dotted name of a module.
    Tuple(Vec<Constant>),
    None,
    Bool(bool),
}

/// Where in the source a step stands; lines from 1, columns in characters from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) from: u16,
    /// 0 when it ends on another line.
    pub(crate) to: u16,
}

/// What runs when an exception comes out of some steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) target: u32,
    /// So many values of the frame's stack stay.
    pub(crate) depth: u32,
    /// How deep it is nested.
    pub(crate) level: u32,
}

/// The code of a function, a class's body or a module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub(crate) name: Arc<str>,
    pub(crate) qualname: Arc<str>,
    pub(crate) ops: Vec<Op>,
    pub(crate) spans: Vec<Span>,
    /// Inner ones first.
    pub(crate) handlers: Vec<Handler>,
    /// Names of the slots: parameters, other locals, free variables.
    pub(crate) slots: Vec<Sym>,
    /// Slots that hold cells of this function's own.
    pub(crate) cells: Vec<u32>,
    /// Slots of the surrounding function whose cells its last slots are.
    pub(crate) free: Vec<u32>,
    /// Its own slots for them.
    pub(crate) free_slots: Vec<u32>,
    /// Parameters by place, keyword-only ones after them; then `*args` and `**kwargs`.
    pub(crate) positional: u32,
    pub(crate) only_positional: u32,
    pub(crate) only_keyword: u32,
    pub(crate) star: bool,
    pub(crate) double_star: bool,
    /// So many of the last positional parameters have defaults.
    pub(crate) defaults: u32,
    /// Keyword-only parameters with defaults.
    pub(crate) keyword_defaults: Vec<Sym>,
    pub(crate) generator: bool,
    pub(crate) doc: Option<u32>,
    /// Of the prelude: no line of it is ever shown.
    pub(crate) hidden: bool,
    /// Arguments go into slots as they come: no stars, no keyword-only parameters.
    pub(crate) simple: bool,
    /// Slot of `__class__` of a class's body.
    pub(crate) class_cell: Option<u32>,
}

/// A file: a program, or a module of the prelude.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// As tracebacks name it.
    pub(crate) name: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) hidden: bool,
    pub(crate) constants: Vec<Constant>,
    pub(crate) codes: Vec<Arc<Code>>,
    /// Names of the module's slots.
    pub(crate) globals: Vec<Sym>,
}
