//! The prelude: modules that are Python text of our own, whose frames are hidden.
//!
//! `_core` is what the machine itself goes on in; `builtins` is what programs see without importing it.

/// Names and texts.
pub(crate) const MODULES: &[(&str, &str)] = &[("_core", include_str!("core.py")), ("builtins", include_str!("builtins.py"))];
