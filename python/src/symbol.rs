//! Names as numbers: attributes, globals, keywords.
//!
//! A symbol's number is its place in a table that only grows: first the names that the machine itself knows, then those of the
//! prelude, of the program, and those that come up while it runs. Nothing is ever ordered by it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// A name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sym(pub(crate) u32);

/// All names that there are.
#[derive(Clone, Debug)]
pub(crate) struct Symbols {
    names: Vec<Arc<str>>,
    places: FxHashMap<Arc<str>, u32>,
}

impl Symbols {
    /// The names that the machine itself knows.
    pub(crate) fn new() -> Symbols {
        let mut symbols = Symbols { names: Vec::new(), places: FxHashMap::default() };
        for name in KNOWN {
            symbols.intern(name);
        }
        symbols
    }

    pub(crate) fn intern(&mut self, name: &str) -> Sym {
        if let Some(sym) = self.find(name) {
            return sym;
        }
        let sym = u32::try_from(self.names.len()).expect("the heap's limit bounds the number of names");
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.places.insert(name, sym);
        Sym(sym)
    }

    pub(crate) fn find(&self, name: &str) -> Option<Sym> {
        self.places.get(name).copied().map(Sym)
    }

    pub(crate) fn name(&self, sym: Sym) -> &Arc<str> {
        &self.names[sym.0 as usize]
    }
}

macro_rules! known {
    ($($name:ident $text:literal,)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, dead_code)]
        enum Place { $($name),* }
        #[allow(dead_code)]
        impl Sym { $(pub(crate) const $name: Sym = Sym(Place::$name as u32);)* }
        const KNOWN: &[&str] = &[$($text),*];
    };
}

known! {
    INIT "__init__", NEW "__new__", DEL "__del__", CLASS "__class__", NAME "__name__", QUALNAME "__qualname__", MODULE "__module__",
    DOC "__doc__", DICT "__dict__", BASES "__bases__", MRO "__mro__", REPR "__repr__", STR "__str__", FORMAT "__format__",
    BYTES "__bytes__", HASH "__hash__", BOOL "__bool__", LEN "__len__", ITER "__iter__", NEXT "__next__", CONTAINS "__contains__",
    GETITEM "__getitem__", SETITEM "__setitem__", DELITEM "__delitem__", CALL "__call__", GETATTR "__getattr__",
    GETATTRIBUTE "__getattribute__", SETATTR "__setattr__", DELATTR "__delattr__", GET "__get__", SET "__set__", DELETE "__delete__",
    SET_NAME "__set_name__", INIT_SUBCLASS "__init_subclass__", ENTER "__enter__", EXIT "__exit__", INDEX "__index__",
    INT "__int__", FLOAT "__float__", NEG "__neg__", POS "__pos__", ABS "__abs__", INVERT "__invert__", REVERSED "__reversed__",
    EQ "__eq__", NE "__ne__", LT "__lt__", LE "__le__", GT "__gt__", GE "__ge__", MISSING "__missing__", ROUND "__round__",
    ADD "__add__", SUB "__sub__", MUL "__mul__", MATMUL "__matmul__", TRUEDIV "__truediv__", MOD "__mod__", POW "__pow__",
    LSHIFT "__lshift__", RSHIFT "__rshift__", OR "__or__", XOR "__xor__", AND "__and__", FLOORDIV "__floordiv__",
    RADD "__radd__", RSUB "__rsub__", RMUL "__rmul__", RMATMUL "__rmatmul__", RTRUEDIV "__rtruediv__", RMOD "__rmod__",
    RPOW "__rpow__", RLSHIFT "__rlshift__", RRSHIFT "__rrshift__", ROR "__ror__", RXOR "__rxor__", RAND "__rand__",
    RFLOORDIV "__rfloordiv__", IADD "__iadd__", ISUB "__isub__", IMUL "__imul__", IMATMUL "__imatmul__", ITRUEDIV "__itruediv__",
    IMOD "__imod__", IPOW "__ipow__", ILSHIFT "__ilshift__", IRSHIFT "__irshift__", IOR "__ior__", IXOR "__ixor__",
    IAND "__iand__", IFLOORDIV "__ifloordiv__", MATCH_ARGS "__match_args__", ANNOTATIONS "__annotations__", FILE "__file__",
    MAIN "__main__", DEFAULTS "__defaults__", WRAPPED "__wrapped__", SELF "__self__", FUNC "__func__", CAUSE "__cause__",
    CONTEXT "__context__", SUPPRESS_CONTEXT "__suppress_context__", TRACEBACK "__traceback__", NOTES "__notes__", ARGS "args",
    ERRNO "errno", STRERROR "strerror", FILENAME "filename", VALUE "value", CODE "code", SEND "send", THROW "throw",
    CLOSE "close", KEYS "keys", SUPER "super", SELF_NAME "self", METACLASS "__metaclass__", FGET "fget", FSET "fset", FDEL "fdel",
    GETTER "getter", SETTER "setter", DELETER "deleter", START "start", STOP "stop", STEP "step", BUILTINS "__builtins__",
    ALL "__all__", SLOTS "__slots__", CLASSCELL "__classcell__", RESULT ".result", MSG "msg", LENGTH_HINT "__length_hint__",
    KEY "key", SUBCLASSES "__subclasses__", TYPE_NAME "__type__", COMPLEX "__complex__", TRUNC "__trunc__", FLOOR "__floor__", CEIL "__ceil__",
    BASE "__base__", CLASS_GETITEM "__class_getitem__", DIVMOD "__divmod__", RDIVMOD "__rdivmod__", ENCODING "encoding", OBJECT "object", REASON "reason", NAME_PLAIN "name",
}
