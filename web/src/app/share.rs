//! In and out of the page: captures, exports, links.
//!
//! Absent on purpose: files and the clipboard themselves (the browser's room has them).

use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {}

/// Changes it by one message.
pub(super) fn update(_: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {}
}
