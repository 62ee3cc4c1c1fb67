//! The network as a document: made, changed, opened and saved.
//!
//! Absent on purpose: running it (see `super::session`).

use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {}

/// Changes it by one message.
pub(super) fn update(_: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {}
}
