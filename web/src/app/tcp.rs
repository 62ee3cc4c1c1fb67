//! What is looked at of TCP: which connection, which of its variables.
//!
//! Absent on purpose: TCP itself, which is in the trace.

use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tcp {}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {}

/// Changes it by one message.
pub(super) fn update(_: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {}
}
