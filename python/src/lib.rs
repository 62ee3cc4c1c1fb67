//! A teaching subset of Python 3.11 as a resumable machine: no I/O, no clock, no entropy.
//!
//! A [`Program`] is compiled once; a [`Machine`] runs it and stops whenever it wants something of the world ([`Stop`]). `Clone` of a
//! machine is a snapshot: both go on alike. What is in the subset, and what is not, stands in `README.md`.

mod builtins;
mod code;
mod compile;
mod context;
mod dict;
mod heap;
mod kind;
mod machine;
mod modules;
mod native;
mod object;
mod operators;
mod prelude;
pub mod process;
mod program;
mod set;
pub mod source;
mod symbol;
pub mod text;
mod types;
mod value;

pub use machine::{Answer, Limits, Machine, Output, Stop, ThreadId, World};
pub use program::Program;
pub use source::{Mistake, MistakeKind, Punctuation, repair};
