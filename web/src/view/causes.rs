//! Why something happened: the chain of causes from what came from outside down to the chosen fact, each in one sentence.
//!
//! Absent on purpose: the middle of a long chain, of which only the length is told.

use sim_core::trace::{Fact, FactId};

use super::narration;
use crate::app::Model;
use crate::app::thing::Thing;
use crate::catalogue::fill;

/// Causes that are told, nearest first, before the chain is cut short.
const NEAR: usize = 5;

/// Facts to which a chain is followed. A program's every call is due to the one before it, so chains are long.
const FAR: usize = 4_000;

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The fact; `None` where links are left out.
    pub fact: Option<FactId>,
    /// Its number, when, and one sentence; or how many are left out.
    pub text: String,
    /// It is the chosen one.
    pub chosen: bool,
}

/// The fact whose causes are asked for: the chosen one, or that of the chosen frame, or what is told now.
pub fn asked(model: &Model) -> Option<FactId> {
    let session = &model.session;
    match model.selected.thing {
        Some(Thing::Fact(fact)) => Some(fact),
        Some(Thing::Frame(frame) | Thing::Field(frame, _) | Thing::Byte(frame, _)) => {
            session.index.frame(frame).map(|frame| frame.sent)
        }
        Some(Thing::Socket(socket)) => session.relations.socket(socket)?.states.last().copied(),
        Some(Thing::Line(process, line)) => session.relations.line(process, line).last().copied(),
        _ => narration::told(model),
    }
}

/// The chain, from outside down to the fact that is asked about.
pub fn chain(model: &Model) -> Vec<Cause> {
    let Some(asked) = asked(model) else { return Vec::new() };
    let trace = &model.session.trace;
    let near: Vec<&Fact> = trace.causes(asked).take(NEAR).collect();
    let mut chain: Vec<Cause> = near.iter().map(|fact| link(model, fact, fact.id == asked)).collect();
    let rest = near.last().and_then(|last| last.cause);
    if let Some(rest) = rest {
        let (count, first) = trace.causes(rest).take(FAR).fold((0, None), |(count, _), fact| (count + 1, Some(fact)));
        if count > 1 {
            let words = &model.language.words().telling;
            let n = if count >= FAR { format!("{FAR}+") } else { (count - 1).to_string() };
            chain.push(Cause { fact: None, text: fill(words.between, &[("n", &n)]), chosen: false });
        }
        chain.extend(first.map(|first| link(model, first, false)));
    }
    chain.reverse();
    chain
}

fn link(model: &Model, fact: &Fact, chosen: bool) -> Cause {
    let told = narration::sentence(model, fact.id).unwrap_or_default();
    let at = narration::millis(fact.at.as_nanos() as f64);
    let text = match fact.cause {
        None => format!("{at} · {} · {told}", model.language.words().telling.from_outside),
        Some(_) => format!("{at} · {told}"),
    };
    Cause { fact: Some(fact.id), text, chosen }
}

/// What made the fact happen that is asked about.
pub fn cause(model: &Model) -> Option<Thing> {
    model.session.trace.get(asked(model)?)?.cause.map(Thing::Fact)
}

/// What it has made happen first.
pub fn effect(model: &Model) -> Option<Thing> {
    model.session.relations.first_effect(asked(model)?).map(Thing::Fact)
}
