//! How functions of the machine's own are written and found: builtins, methods of built-in classes, modules.
//!
//! # Writing one
//!
//! A function has a signature, which checks its arguments, and a body:
//!
//! ```ignore
//! // A builtin function: a row of a table of `builtins/mod.rs`.
//! Native::function("len(obj, /)", len)
//! fn len(cx: &mut Context, args: &[Value]) -> Outcome {
//!     Ok(Answer::Value(Value::Int(cx.length(args[0])?)))
//! }
//!
//! // A method: a row of a table of `types/mod.rs`. The object comes first and does not stand in the signature.
//! Native::method("upper()", upper)
//! fn upper(cx: &mut Context, args: &[Value]) -> Outcome {
//!     let text = cx.text_of(args[0])?.to_uppercase();
//!     cx.answer_str(&text)
//! }
//!
//! // A module: a row of `modules/mod.rs`; `ModuleTable { name: "math", functions: &[Native::function("floor(x, /)", floor)], values }`.
//! ```
//!
//! *Signatures* are Python's: `name(a, b=, /, c=, *rest, key=, **more)`. `=` means that the argument may be missing; then it is
//! [`Value::Unbound`] (see [`Value::given`]). The body gets, in this order: the object (of methods; the class, of class methods),
//! the named parameters, those that are given by keyword only, a dict of `**more` (if the signature has it), and all that `*rest`
//! took. A wrong number of arguments, or a keyword that is not there, is told before the body runs, as CPython does.
//!
//! *No function calls into Python.* What cannot go on without a method of the program's ends with a [`Raise`] that says so,
//! **before it has changed anything**:
//! - `cx.collect(args, i)?`: the items of `args[i]`. If it is a generator, or has its own `__iter__`, the machine makes a list of it and
//!   calls the function anew with the list.
//! - `cx.str_at(args, i)?`: `str()` of `args[i]`, in the same way. `cx.repr_of(value)?` leaves a `__repr__` to the twin.
//! - `Err(Raise::Slow)`: the machine calls the function of the same name in `prelude/builtins.py` with the same arguments (`sorted`
//!   with a key). A method `list.sort` has its twin there under the name `list_sort`. The twin may be generic Python; its frames are
//!   hidden from tracebacks and lines.
//! - `Ok(Answer::Call { .. })`: what that call gives is the answer.
//!
//! *A prelude function* is Python text in `prelude/builtins.py`: every name there without a leading underscore that is listed in its
//! `__all__` is a builtin. It may `from _host import ...`.
//!
//! Errors are made by `cx.type_error("…")`, `cx.value_error("…")` or `cx.error(TypeId::KEY_ERROR, "…")`.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use sim_core::program::Call;

use crate::context::Context;
use crate::kind::TypeId;
use crate::symbol::{Sym, Symbols};
use crate::value::{BuiltinId, Value};

/// What a function of the machine's own does.
pub(crate) type Body = fn(&mut Context, &[Value]) -> Outcome;

/// What it gives.
pub(crate) type Outcome = Result<Answer, Raise>;

/// Makes a value of what a system call gave.
pub(crate) type Then = fn(&mut Context, sim_core::trace::Value) -> Result<Value, Raise>;

/// What a function of the machine's own gives when all went well.
#[derive(Debug)]
pub(crate) enum Answer {
    Value(Value),
    /// Its result is that of this call.
    Call {
        callee: Value,
        args: Vec<Value>,
    },
    /// The thread waits for a system call.
    System {
        call: Call,
        then: Then,
    },
    /// The next value of an iterator of any kind, or else this.
    Next {
        iterator: Value,
        default: Value,
    },
    /// What the machine does with its frames and threads.
    Control(Control),
}

/// What only the machine can do.
#[derive(Debug)]
pub(crate) enum Control {
    /// `generator.send`, `throw`, `close`.
    Send {
        generator: Value,
        value: Value,
    },
    Throw {
        generator: Value,
        exception: Value,
    },
    Close {
        generator: Value,
    },
    Spawn {
        function: Value,
        args: Vec<Value>,
        name: Arc<str>,
    },
    Park {
        limit: Option<core::time::Duration>,
        why: Arc<str>,
    },
    Unpark {
        thread: u32,
    },
    Ident,
    /// `getattr(object, name[, default])`.
    GetAttribute {
        of: Value,
        name: Sym,
        default: Value,
    },
    SetAttribute {
        of: Value,
        name: Sym,
        value: Value,
    },
    DeleteAttribute {
        of: Value,
        name: Sym,
    },
    HasAttribute {
        of: Value,
        name: Sym,
    },
    /// Without `__setattr__` and `__delattr__`.
    SetPlainly {
        of: Value,
        name: Sym,
        value: Value,
    },
    DeletePlainly {
        of: Value,
        name: Sym,
    },
    /// `object.__new__(class, …)`.
    Bare {
        args: Vec<Value>,
    },
    /// `type(name, bases, namespace)`.
    MakeClass {
        name: Value,
        bases: Value,
        namespace: Value,
    },
    /// The exception that is being handled, or None.
    Handled,
    /// A module by its name, imported if it was not.
    Import {
        name: Arc<str>,
    },
    /// The text of an exception with its traceback.
    Traceback {
        exception: Value,
    },
    /// `globals()`, `locals()`, `dir()` without arguments, `vars()`.
    Names {
        globals: bool,
    },
}

/// Why a function of the machine's own did not answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raise {
    /// An exception of the program's.
    Exception(Value),
    /// Its twin in the prelude goes on.
    Slow,
    /// It is called anew with another argument.
    Need { argument: usize, conversion: Conversion },
}

/// What is made of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    List,
    Str,
    /// `__index__`.
    Index,
    /// `__float__`.
    Float,
    Truth,
    Iterator,
}

/// How a function is found and called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Method,
    ClassMethod,
    /// An attribute that is computed.
    Getter,
    /// What calling the class does; the class comes first, which may be a program's that derives from it.
    New,
}

/// A function of the machine's own: a row of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Native {
    pub(crate) signature: &'static str,
    pub(crate) kind: Kind,
    pub(crate) body: Body,
}

impl Native {
    pub(crate) const fn function(signature: &'static str, body: Body) -> Native {
        Native { signature, kind: Kind::Function, body }
    }

    pub(crate) const fn method(signature: &'static str, body: Body) -> Native {
        Native { signature, kind: Kind::Method, body }
    }

    pub(crate) const fn class_method(signature: &'static str, body: Body) -> Native {
        Native { signature, kind: Kind::ClassMethod, body }
    }

    pub(crate) const fn getter(signature: &'static str, body: Body) -> Native {
        Native { signature, kind: Kind::Getter, body }
    }

    pub(crate) const fn new(signature: &'static str, body: Body) -> Native {
        Native { signature, kind: Kind::New, body }
    }
}

/// Methods of a built-in class. A class may have several tables.
#[derive(Debug)]
pub(crate) struct TypeTable {
    pub(crate) of: TypeId,
    pub(crate) methods: &'static [Native],
}

/// A module of the machine's own.
#[derive(Debug)]
pub(crate) struct ModuleTable {
    pub(crate) name: &'static str,
    pub(crate) functions: &'static [Native],
    /// Constants and classes; called when the module is imported.
    pub(crate) values: fn(&mut Context) -> Vec<(&'static str, Value)>,
}

/// Parameters of a function of the machine's own.
#[derive(Debug, Default)]
pub(crate) struct Signature {
    /// Names of those that come by place or by keyword; then of those that come by keyword only.
    pub(crate) names: Vec<Sym>,
    /// So many of them can come by place.
    pub(crate) positional: usize,
    /// So many of these only by place.
    pub(crate) only_positional: usize,
    /// For each of the names.
    pub(crate) needed: Vec<bool>,
    pub(crate) star: bool,
    pub(crate) double_star: bool,
}

/// A function with all that is known of it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// `upper`, `str.upper`: as errors name it.
    pub(crate) qualname: Box<str>,
    /// The twin in the prelude.
    pub(crate) twin: Sym,
    pub(crate) kind: Kind,
    pub(crate) body: Body,
    pub(crate) signature: Signature,
    /// The class it is of.
    pub(crate) of: Option<TypeId>,
}

/// A module's functions.
type Functions = Vec<(Sym, Value)>;

/// All functions of the machine's own.
#[derive(Debug)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    methods: FxHashMap<(TypeId, Sym), Value>,
    constructors: FxHashMap<TypeId, BuiltinId>,
    modules: FxHashMap<&'static str, (usize, Functions)>,
    builtins: FxHashMap<Sym, Value>,
    pub(crate) symbols: Symbols,
}

/// All functions of the machine's own; made once.
pub(crate) fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(Registry::new)
}

impl Registry {
    fn new() -> Registry {
        let mut registry = Registry {
            entries: Vec::new(),
            methods: FxHashMap::default(),
            constructors: FxHashMap::default(),
            modules: FxHashMap::default(),
            builtins: FxHashMap::default(),
            symbols: Symbols::new(),
        };
        registry.add_builtins();
        registry.add_methods();
        registry.add_modules();
        registry
    }

    fn add_builtins(&mut self) {
        for kind in TypeId::all().filter(|kind| kind.is_public()) {
            let sym = self.symbols.intern(kind.name());
            self.builtins.insert(sym, Value::Type(kind));
        }
        for (alias, kind) in [("EnvironmentError", TypeId::OS_ERROR), ("IOError", TypeId::OS_ERROR)] {
            let sym = self.symbols.intern(alias);
            self.builtins.insert(sym, Value::Type(kind));
        }
        for (name, value) in
            [("NotImplemented", Value::NotImplemented), ("Ellipsis", Value::Ellipsis), ("__debug__", Value::Bool(true))]
        {
            let sym = self.symbols.intern(name);
            self.builtins.insert(sym, value);
        }
        for native in crate::builtins::TABLES.iter().copied().flatten() {
            let (sym, id) = self.add(native, None);
            self.builtins.insert(sym, Value::Builtin(id));
        }
    }

    fn add_methods(&mut self) {
        for table in crate::types::object::TABLES.iter().chain(crate::types::TABLES) {
            for native in table.methods {
                let (sym, id) = self.add(native, Some(table.of));
                if native.kind == Kind::New {
                    self.constructors.insert(table.of, id);
                } else {
                    self.methods.insert((table.of, sym), Value::Builtin(id));
                }
            }
        }
    }

    fn add_modules(&mut self) {
        for (place, table) in crate::modules::TABLES.iter().enumerate() {
            let functions = table
                .functions
                .iter()
                .map(|native| {
                    let (sym, id) = self.add(native, None);
                    (sym, Value::Builtin(id))
                })
                .collect();
            self.modules.insert(table.name, (place, functions));
        }
    }

    fn add(&mut self, native: &Native, of: Option<TypeId>) -> (Sym, BuiltinId) {
        let (name, parameters) =
            native.signature.split_once('(').unwrap_or_else(|| panic!("{} has no bracket", native.signature));
        let sym = self.symbols.intern(name);
        let (qualname, twin) = match of {
            Some(kind) => (format!("{}.{name}", kind.name()), format!("{}_{name}", kind.name())),
            None => (name.to_owned(), name.to_owned()),
        };
        let twin = self.symbols.intern(&twin);
        let signature = self.signature(parameters.trim_end_matches(')'));
        let id = BuiltinId(u16::try_from(self.entries.len()).expect("fewer than 2^16 functions"));
        let entry =
            Entry { name, qualname: qualname.into(), twin, kind: native.kind, body: native.body, signature, of };
        self.entries.push(entry);
        (sym, id)
    }

    fn signature(&mut self, parameters: &str) -> Signature {
        let mut signature = Signature::default();
        let mut by_place = true;
        for parameter in parameters.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            if parameter == "/" {
                signature.only_positional = signature.names.len();
            } else if parameter.starts_with("**") {
                signature.double_star = true;
            } else if let Some(rest) = parameter.strip_prefix('*') {
                by_place = false;
                signature.star = !rest.is_empty();
            } else {
                let (name, optional) = parameter.split_once('=').map_or((parameter, false), |(name, _)| (name, true));
                signature.names.push(self.symbols.intern(name));
                signature.needed.push(!optional);
                signature.positional += usize::from(by_place);
            }
        }
        signature
    }

    pub(crate) fn entry(&self, id: BuiltinId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// A method of a built-in class, or of one it derives from.
    pub(crate) fn method(&self, kind: TypeId, name: Sym) -> Option<Value> {
        kind.line().find_map(|kind| self.own_method(kind, name))
    }

    /// A method of a built-in class itself.
    pub(crate) fn own_method(&self, kind: TypeId, name: Sym) -> Option<Value> {
        self.methods.get(&(kind, name)).copied()
    }

    /// The names of a class's own methods.
    pub(crate) fn method_names(&self, kind: TypeId) -> impl Iterator<Item = &str> {
        let mut names: Vec<_> =
            self.methods.keys().filter(|(of, _)| *of == kind).map(|(_, name)| &**self.symbols.name(*name)).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// What calling a built-in class does.
    pub(crate) fn constructor(&self, kind: TypeId) -> Option<BuiltinId> {
        kind.line().find_map(|kind| self.constructors.get(&kind)).copied()
    }

    pub(crate) fn builtin(&self, name: Sym) -> Option<Value> {
        self.builtins.get(&name).copied()
    }

    /// A module of the machine's own: its table, and its functions.
    pub(crate) fn module(&self, name: &str) -> Option<(&'static ModuleTable, &[(Sym, Value)])> {
        let (place, functions) = self.modules.get(name)?;
        Some((&crate::modules::TABLES[*place], functions))
    }
}
