//! The built-in classes: names and bases.
//!
//! Absent on purpose: their methods, which are tables in [`crate::types`]. A class of a program is an object of the heap.

/// A built-in class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) u8);

macro_rules! kinds {
    ($($name:ident $text:literal $base:ident,)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[allow(dead_code)]
        #[repr(u8)]
        enum Place { $($name),* }
        #[allow(dead_code)]
        impl TypeId {
            $(pub(crate) const $name: TypeId = TypeId(Place::$name as u8);)*
        }
        const KINDS: &[(&str, TypeId)] = &[$(($text, TypeId::$base)),*];
    };
}

impl TypeId {
    /// Its `__name__`.
    pub(crate) fn name(self) -> &'static str {
        KINDS[self.0 as usize].0
    }

    /// Its one base; `object` is its own.
    pub(crate) fn base(self) -> TypeId {
        KINDS[self.0 as usize].1
    }

    /// The class and its bases, up to `object`.
    pub(crate) fn line(self) -> impl Iterator<Item = TypeId> {
        let mut next = Some(self);
        core::iter::from_fn(move || {
            let this = next?;
            next = (this != TypeId::OBJECT).then(|| this.base());
            Some(this)
        })
    }

    /// Is it `other` or derived from it?
    pub(crate) fn derives(self, other: TypeId) -> bool {
        self.line().any(|kind| kind == other)
    }

    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = TypeId> {
        (0..KINDS.len()).map(|place| TypeId(u8::try_from(place).expect("fewer than 256 built-in classes")))
    }

    /// Is it an exception?
    pub(crate) fn is_exception(self) -> bool {
        self.derives(TypeId::BASE_EXCEPTION)
    }

    /// Has it a name among the builtins? The others are named by modules, or by nobody.
    pub(crate) fn is_public(self) -> bool {
        self.is_exception() && self != TypeId::STRUCT_ERROR
            || self.0 <= TypeId::LAST_PUBLIC.0 && self != TypeId::LAST_PUBLIC
    }
}

kinds! {
    OBJECT "object" OBJECT,
    TYPE "type" OBJECT,
    INT "int" OBJECT,
    BOOL "bool" INT,
    FLOAT "float" OBJECT,
    STR "str" OBJECT,
    BYTES "bytes" OBJECT,
    BYTEARRAY "bytearray" OBJECT,
    MEMORYVIEW "memoryview" OBJECT,
    TUPLE "tuple" OBJECT,
    LIST "list" OBJECT,
    DICT "dict" OBJECT,
    SET "set" OBJECT,
    FROZENSET "frozenset" OBJECT,
    RANGE "range" OBJECT,
    SLICE "slice" OBJECT,
    PROPERTY "property" OBJECT,
    STATICMETHOD "staticmethod" OBJECT,
    CLASSMETHOD "classmethod" OBJECT,
    SUPER "super" OBJECT,
    LAST_PUBLIC "" OBJECT,
    NONE "NoneType" OBJECT,
    NOT_IMPLEMENTED "NotImplementedType" OBJECT,
    ELLIPSIS "ellipsis" OBJECT,
    FUNCTION "function" OBJECT,
    BUILTIN "builtin_function_or_method" OBJECT,
    METHOD "method" OBJECT,
    MODULE "module" OBJECT,
    GENERATOR "generator" OBJECT,
    CELL "cell" OBJECT,
    CODE "code" OBJECT,
    TRACEBACK "traceback" OBJECT,
    LIST_ITERATOR "list_iterator" OBJECT,
    TUPLE_ITERATOR "tuple_iterator" OBJECT,
    STR_ITERATOR "str_iterator" OBJECT,
    BYTES_ITERATOR "bytes_iterator" OBJECT,
    BYTEARRAY_ITERATOR "bytearray_iterator" OBJECT,
    RANGE_ITERATOR "range_iterator" OBJECT,
    SET_ITERATOR "set_iterator" OBJECT,
    DICT_KEYITERATOR "dict_keyiterator" OBJECT,
    DICT_VALUEITERATOR "dict_valueiterator" OBJECT,
    DICT_ITEMITERATOR "dict_itemiterator" OBJECT,
    REVERSED "list_reverseiterator" OBJECT,
    ENUMERATE "enumerate" OBJECT,
    ZIP "zip" OBJECT,
    DICT_KEYS "dict_keys" OBJECT,
    DICT_VALUES "dict_values" OBJECT,
    DICT_ITEMS "dict_items" OBJECT,
    GENERIC_ALIAS "GenericAlias" OBJECT,
    NATIVE "native" OBJECT,
    BASE_EXCEPTION "BaseException" OBJECT,
    SYSTEM_EXIT "SystemExit" BASE_EXCEPTION,
    KEYBOARD_INTERRUPT "KeyboardInterrupt" BASE_EXCEPTION,
    GENERATOR_EXIT "GeneratorExit" BASE_EXCEPTION,
    EXCEPTION "Exception" BASE_EXCEPTION,
    STOP_ITERATION "StopIteration" EXCEPTION,
    STOP_ASYNC_ITERATION "StopAsyncIteration" EXCEPTION,
    ARITHMETIC_ERROR "ArithmeticError" EXCEPTION,
    FLOATING_POINT_ERROR "FloatingPointError" ARITHMETIC_ERROR,
    OVERFLOW_ERROR "OverflowError" ARITHMETIC_ERROR,
    ZERO_DIVISION_ERROR "ZeroDivisionError" ARITHMETIC_ERROR,
    ASSERTION_ERROR "AssertionError" EXCEPTION,
    ATTRIBUTE_ERROR "AttributeError" EXCEPTION,
    BUFFER_ERROR "BufferError" EXCEPTION,
    EOF_ERROR "EOFError" EXCEPTION,
    IMPORT_ERROR "ImportError" EXCEPTION,
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" IMPORT_ERROR,
    LOOKUP_ERROR "LookupError" EXCEPTION,
    INDEX_ERROR "IndexError" LOOKUP_ERROR,
    KEY_ERROR "KeyError" LOOKUP_ERROR,
    MEMORY_ERROR "MemoryError" EXCEPTION,
    NAME_ERROR "NameError" EXCEPTION,
    UNBOUND_LOCAL_ERROR "UnboundLocalError" NAME_ERROR,
    OS_ERROR "OSError" EXCEPTION,
    BLOCKING_IO_ERROR "BlockingIOError" OS_ERROR,
    CHILD_PROCESS_ERROR "ChildProcessError" OS_ERROR,
    CONNECTION_ERROR "ConnectionError" OS_ERROR,
    BROKEN_PIPE_ERROR "BrokenPipeError" CONNECTION_ERROR,
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" CONNECTION_ERROR,
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" CONNECTION_ERROR,
    CONNECTION_RESET_ERROR "ConnectionResetError" CONNECTION_ERROR,
    FILE_EXISTS_ERROR "FileExistsError" OS_ERROR,
    FILE_NOT_FOUND_ERROR "FileNotFoundError" OS_ERROR,
    INTERRUPTED_ERROR "InterruptedError" OS_ERROR,
    IS_A_DIRECTORY_ERROR "IsADirectoryError" OS_ERROR,
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" OS_ERROR,
    PERMISSION_ERROR "PermissionError" OS_ERROR,
    PROCESS_LOOKUP_ERROR "ProcessLookupError" OS_ERROR,
    TIMEOUT_ERROR "TimeoutError" OS_ERROR,
    REFERENCE_ERROR "ReferenceError" EXCEPTION,
    RUNTIME_ERROR "RuntimeError" EXCEPTION,
    NOT_IMPLEMENTED_ERROR "NotImplementedError" RUNTIME_ERROR,
    RECURSION_ERROR "RecursionError" RUNTIME_ERROR,
    SYNTAX_ERROR "SyntaxError" EXCEPTION,
    INDENTATION_ERROR "IndentationError" SYNTAX_ERROR,
    TAB_ERROR "TabError" INDENTATION_ERROR,
    SYSTEM_ERROR "SystemError" EXCEPTION,
    TYPE_ERROR "TypeError" EXCEPTION,
    VALUE_ERROR "ValueError" EXCEPTION,
    UNICODE_ERROR "UnicodeError" VALUE_ERROR,
    UNICODE_DECODE_ERROR "UnicodeDecodeError" UNICODE_ERROR,
    UNICODE_ENCODE_ERROR "UnicodeEncodeError" UNICODE_ERROR,
    WARNING "Warning" EXCEPTION,
    DEPRECATION_WARNING "DeprecationWarning" WARNING,
    RUNTIME_WARNING "RuntimeWarning" WARNING,
    USER_WARNING "UserWarning" WARNING,
    STRUCT_ERROR "error" EXCEPTION,
    EXCEPTION_GROUP "ExceptionGroup" EXCEPTION,
}
