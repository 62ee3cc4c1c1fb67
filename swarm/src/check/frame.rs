//! Every frame is delivered, or dropped with a reason, or on its way.
//!
//! Absent on purpose: whether the reason is a good one.

use std::collections::BTreeMap;

use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, Place, Trace, What};

use crate::Broken;

/// A frame that was given to a link.
struct Sent {
    fact: FactId,
    arrives_at: Instant,
    ended: bool,
}

pub(super) fn fates(trace: &Trace) -> Result<(), Broken> {
    let mut frames: BTreeMap<FrameId, Sent> = BTreeMap::new();
    let mut refused: BTreeMap<FrameId, FactId> = BTreeMap::new();
    for fact in trace.facts() {
        match &fact.what {
            What::Sent { frame, arrives_at, .. } | What::Duplicated { frame, arrives_at, .. } => {
                let sent = Sent { fact: fact.id, arrives_at: *arrives_at, ended: false };
                if frames.insert(*frame, sent).is_some() || refused.contains_key(frame) {
                    return Err(Broken::at("a frame is sent once", fact));
                }
            }
            What::Delivered { frame, .. } => {
                let Some(sent) = frames.get_mut(frame) else {
                    return Err(Broken::at("what is delivered was sent", fact));
                };
                end(sent, fact)?;
                if fact.cause != Some(sent.fact) || fact.at != sent.arrives_at {
                    return Err(Broken::at("a frame arrives when its sending says, and because of it", fact));
                }
            }
            What::Dropped { frame: Some(frame), place: Place::Queue(_) | Place::Wire(_), .. } => {
                match frames.get_mut(frame) {
                    Some(sent) => end(sent, fact)?,
                    None if refused.insert(*frame, fact.id).is_none() => {}
                    None => return Err(Broken::at("a frame ends once", fact)),
                }
            }
            _ => {}
        }
    }
    let last = trace.facts().last().map_or(Instant::ZERO, |fact| fact.at);
    let lost = frames.values().find(|sent| !sent.ended && sent.arrives_at <= last);
    match lost.and_then(|sent| trace.get(sent.fact)) {
        Some(fact) => Err(Broken::at("a frame is delivered, dropped or on its way", fact)),
        None => Ok(()),
    }
}

fn end(sent: &mut Sent, fact: &Fact) -> Result<(), Broken> {
    if std::mem::replace(&mut sent.ended, true) {
        return Err(Broken::at("a frame ends once", fact));
    }
    Ok(())
}
