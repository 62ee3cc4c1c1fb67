//! Time as a place: loops, kinds of events, futures that branch.
//!
//! Absent on purpose: playing (see `super::player`).

use super::future::{Futures, Name};
use super::{Effect, Model};

/// What the model knows of it.
#[derive(Clone, Debug, Default)]
pub struct Time {
    /// What else the run has come to.
    pub futures: Futures,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {
    /// Show another future.
    Show(Name),
    /// Close a future.
    Close(Name),
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {
        Msg::Show(name) => model.show_future(name),
        Msg::Close(name) => model.close_future(name),
    }
}
