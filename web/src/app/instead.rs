//! Another message in the place of one that was sent: what would have come of it is another future.
//!
//! Absent on purpose: messages to the real machine, which has heard them, and programs of scenarios, whose text says what they send.

use sim_core::lab;
use sim_core::network::Input;

use super::session::Origin;
use super::target::Target;
use super::thing::Selected;
use super::{Model, update};

/// What the lab's client was made to send last before the moment on screen: its place among the inputs.
pub fn sent(model: &Model) -> Option<usize> {
    let session = &model.session;
    if !session.can_branch() || !matches!(session.origin, Origin::Lab(_)) {
        return None;
    }
    let now = model.moment().at;
    let is_message = |input: &Input| matches!(input, Input::Spawn(node, _) if *node == lab::CLIENT_NODE);
    session.inputs.iter().rposition(|(at, input)| *at <= now && is_message(input))
}

/// Sends what the form says in its place.
pub(super) fn send(model: &mut Model) {
    let Some(place) = sent(model) else { return };
    match update::checked_target(model) {
        Err(notice) => model.notice = Some(notice),
        Ok(Target::Address(to)) => {
            let client = update::client(to, &model.form);
            if model.branch_instead(place, Input::Spawn(lab::CLIENT_NODE, client.into())) {
                model.player.playing = true;
                model.notice = None;
                model.selected = Selected::default();
            }
        }
        // The target of a run that can branch is simulated, and those have addresses.
        Ok(Target::Unix(_) | Target::Name(..)) => update::send(model),
    }
}
