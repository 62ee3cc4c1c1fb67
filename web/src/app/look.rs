//! How the network is looked at: the layers that are shown, and their names.
//!
//! Absent on purpose: what is drawn (see `crate::view`).

use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {}

/// Changes it by one message.
pub(super) fn update(_: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {}
}
