//! What is saved: the session, what was sent as a capture, the trace as lines.
//!
//! Absent on purpose: pictures. The browser knows how big they are.

use capture::Writer;
use sim_core::trace::What;

use super::{Said, link, say};
use crate::app::session::Origin;
use crate::app::{Effect, Model};

/// Something to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The session, to be opened again.
    Session,
    /// Every frame, for Wireshark.
    Capture,
    /// Every fact, for programs.
    Trace,
}

/// The name of what is saved, without its end.
const NAME: &str = "sockscope";

pub(super) fn save(model: &mut Model, what: Export, effects: &mut Vec<Effect>) {
    let saved = match what {
        Export::Session => link::bundle(model).and_then(|bundle| share::to_bytes(&bundle).map_err(Said::NotShareable)),
        Export::Capture => capture(model),
        Export::Trace => trace(model),
    };
    let (end, mime) = match what {
        Export::Session => (share::FILE_EXTENSION, "application/octet-stream"),
        Export::Capture => ("pcapng", "application/x-pcapng"),
        Export::Trace => ("jsonl", "application/jsonl"),
    };
    match saved {
        Ok(bytes) => effects.push(Effect::Save { name: format!("{NAME}.{end}"), mime, bytes }),
        Err(said) => say(model, said),
    }
}

fn trace(model: &Model) -> Result<Vec<u8>, Said> {
    let nodes: Vec<String> = model.session.scenario.nodes.iter().map(|node| node.name.clone()).collect();
    let mut lines = String::new();
    for fact in model.session.trace.facts() {
        share::jsonl::write(&mut lines, fact, &nodes);
    }
    if lines.is_empty() { Err(Said::NothingToSave) } else { Ok(lines.into_bytes()) }
}

/// What was sent so far.
fn capture(model: &Model) -> Result<Vec<u8>, Said> {
    let session = &model.session;
    let facts = session.trace.facts();
    if session.origin == Origin::Capture {
        return Err(Said::KeepFile);
    }
    if !facts.iter().any(|fact| matches!(fact.what, What::Sent { .. })) {
        return Err(Said::NothingToSave);
    }
    let mut writer = Writer::new(Vec::new(), &session.scenario, None, session.seed).expect(MEMORY);
    facts.iter().for_each(|fact| writer.add(fact).expect(MEMORY));
    Ok(writer.finish().expect(MEMORY))
}

const MEMORY: &str = "memory takes every frame";
