//! What differs for now: `pending.txt`, a line `NAME: CAUSE` for each program. A program in it that agrees fails the test, so that
//! the list only shrinks.
//!
//! `SOCKSCOPE_UPDATE_PENDING=1` writes it anew, with the first difference as the cause. Absent: generated programs, which must agree.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::corpus::folder;

fn path(list: &str) -> PathBuf {
    folder().join(list)
}

/// The causes by the programs' names.
pub(crate) fn load(list: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path(list)).unwrap_or_default();
    let split = |line: &str| line.split_once(": ").map(|(name, cause)| (name.to_owned(), cause.to_owned()));
    text.lines().map(|line| split(line).unwrap_or_else(|| panic!("{list}: `{line}` has no cause"))).collect()
}

/// Whether the list is to be written anew.
pub(crate) fn is_update() -> bool {
    std::env::var_os("SOCKSCOPE_UPDATE_PENDING").is_some()
}

/// Writes the list.
pub(crate) fn save(list: &str, pending: &BTreeMap<String, String>) {
    let lines: String = pending.iter().map(|(name, cause)| format!("{name}: {}\n", cause.trim_end())).collect();
    fs::write(path(list), lines).expect("the list can be written");
}
