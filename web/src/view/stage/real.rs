//! The real machine beyond a gateway: what its sockets were asked, and what they said.
//!
//! Absent on purpose: what is not known of it.

use sim_core::layer::Layer;
use sim_core::trace::What;

use super::stacks::{self, TITLE};
use super::{PAD, Plan, gateway};
use crate::app::Model;
use crate::app::thing::Thing;
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::stack::{answer_text, ask_text};
use crate::view::theme::Role;

/// The real machine: what its sockets were asked and what they said, newest last.
pub(super) fn draw(scene: &mut Scene, model: &Model, plan: &Plan, at: Rect) {
    let words = model.language.words();
    scene.framed(at, Role::Panel, Role::InkSoft, 1.0);
    scene.text((at.x + PAD, at.y + TITLE / 2.0), words.real_machine, Role::Ink, Style::Title, at.width - 2.0 * PAD);
    let badge = (at.right() - PAD, at.y + TITLE / 2.0);
    scene.aligned(badge, words.real_badge, Role::InkSoft, Style::Label, Align::End, at.width / 3.0);
    scene.rule((at.x, at.y + TITLE), (at.right(), at.y + TITLE), Role::Rule, 1.0);
    let Some(gateway) = gateway(model) else { return };
    if let Some(&open) = plan.stacks.iter().find(|(node, _)| *node == gateway && !plan.narrow && !plan.map) {
        let y = stacks::row(model, plan, open, Layer::Application).middle();
        scene.rule((open.1.right(), y), (at.x, y), Role::InkSoft, 3.0);
    }
    let Some(now) = model.fact() else { return };
    let line = 24.0;
    let fits = ((at.height - TITLE - PAD) / line).floor().max(1.0) as usize;
    let talk = model.session.index.calls_until(gateway, now);
    let mut y = at.y + TITLE + PAD + line / 2.0;
    for fact in &talk[talk.len().saturating_sub(fits)..] {
        let Some(what) = model.session.trace.get(*fact).map(|fact| &fact.what) else { continue };
        let (arrow, text) = match what {
            What::Asked { ask, .. } => ("→", ask_text(ask)),
            What::Answered { flow, answer } => ("←", answer_text(model.session.nature(*flow), answer)),
            _ => continue,
        };
        let newest = *fact == now;
        if newest {
            scene.fill(Rect::new(at.x + 1.0, y - line / 2.0, at.width - 2.0, line), Role::PanelActive);
        }
        let marked = model.kin.has(Thing::Fact(*fact));
        scene.shapes.push(Shape::Box {
            at: Rect::new(at.x + 3.0, y - line / 2.0 + 1.0, at.width - 6.0, line - 2.0),
            fill: None,
            edge: marked.then_some(Role::Ink),
            weight: 3.0,
            pick: Some(Thing::Fact(*fact)),
        });
        let ink = if newest { Role::Ink } else { Role::InkSoft };
        scene.text((at.x + PAD, y), format!("{arrow} {text}"), ink, Style::Code, at.width - 2.0 * PAD);
        y += line;
    }
}
