//! Modules of the machine's own: the tables from which `native::Registry` is made. A module whose name begins with `_` is what the module
//! without it, in the prelude, is written over.

mod binascii;
mod digests;
mod host;
mod json;
mod math;
mod options;
mod packing;
mod random;
mod system;

use crate::native::ModuleTable;

/// All tables.
pub(crate) const TABLES: &[ModuleTable] = &[
    host::MODULE,
    binascii::BINASCII,
    binascii::ZLIB,
    digests::MODULE,
    json::MODULE,
    math::MODULE,
    packing::MODULE,
    random::MODULE,
    system::MODULE,
    system::SORTING,
    system::STRINGS,
];
