//! Methods of built-in classes: the tables from which `native::Registry` is made.

pub(crate) mod bytearray;
pub(crate) mod bytes_methods;
pub(crate) mod construct;
pub(crate) mod dict;
pub(crate) mod formatting;
pub(crate) mod list;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod set;
pub(crate) mod str_methods;
pub(crate) mod tools;

use crate::kind::TypeId;
use crate::native::TypeTable;

/// All tables.
pub(crate) const TABLES: &[TypeTable] = &[
    TypeTable { of: TypeId::STR, methods: str_methods::METHODS },
    TypeTable { of: TypeId::STR, methods: formatting::METHODS },
    TypeTable { of: TypeId::BYTES, methods: bytes_methods::METHODS },
    TypeTable { of: TypeId::BYTEARRAY, methods: bytes_methods::METHODS },
    TypeTable { of: TypeId::BYTEARRAY, methods: bytearray::METHODS },
    TypeTable { of: TypeId::LIST, methods: list::METHODS },
    TypeTable { of: TypeId::TUPLE, methods: list::TUPLE },
    TypeTable { of: TypeId::RANGE, methods: list::RANGE },
    TypeTable { of: TypeId::SLICE, methods: list::SLICE },
    TypeTable { of: TypeId::DICT, methods: dict::METHODS },
    TypeTable { of: TypeId::DICT_KEYS, methods: dict::KEYS },
    TypeTable { of: TypeId::SET, methods: set::SHARED },
    TypeTable { of: TypeId::SET, methods: set::METHODS },
    TypeTable { of: TypeId::FROZENSET, methods: set::SHARED },
    TypeTable { of: TypeId::INT, methods: number::INT },
    TypeTable { of: TypeId::FLOAT, methods: number::FLOAT },
    TypeTable { of: TypeId::INT, methods: construct::INT },
    TypeTable { of: TypeId::FLOAT, methods: construct::FLOAT },
    TypeTable { of: TypeId::BOOL, methods: construct::BOOL },
    TypeTable { of: TypeId::STR, methods: construct::STR },
    TypeTable { of: TypeId::BYTES, methods: construct::BYTES },
    TypeTable { of: TypeId::BYTEARRAY, methods: construct::BYTEARRAY },
    TypeTable { of: TypeId::MEMORYVIEW, methods: construct::MEMORYVIEW },
    TypeTable { of: TypeId::LIST, methods: construct::LIST },
    TypeTable { of: TypeId::TUPLE, methods: construct::TUPLE },
    TypeTable { of: TypeId::SET, methods: construct::SET },
    TypeTable { of: TypeId::FROZENSET, methods: construct::FROZENSET },
    TypeTable { of: TypeId::DICT, methods: construct::DICT },
    TypeTable { of: TypeId::RANGE, methods: construct::RANGE },
    TypeTable { of: TypeId::SLICE, methods: construct::SLICE },
];
