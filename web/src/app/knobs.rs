//! Controls of links and hosts.
//!
//! Absent on purpose: what they do (the simulator knows).

use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knobs {}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {}

/// Changes it by one message.
pub(super) fn update(_: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {}
}
