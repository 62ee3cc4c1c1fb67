//! Builtin functions: the tables from which `native::Registry` is made. Absent: what calls a program's functions for each item (`map`, `filter`,
//! `sorted` with a key), which is in the prelude.

mod numbers;
mod objects;
mod output;
mod sequences;

use crate::native::Native;

/// All tables.
pub(crate) const TABLES: &[&[Native]] =
    &[objects::FUNCTIONS, numbers::FUNCTIONS, output::FUNCTIONS, sequences::FUNCTIONS];
