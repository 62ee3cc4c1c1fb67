//! Links that are cut at the moment on screen: how they are drawn, and the word for it.
//!
//! Absent on purpose: other faults. They are chances, and the frames show what comes of them.

use sim_core::scenario::Faults;
use sim_core::trace::{LinkId, What};

use crate::app::Model;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::scene::{Dash, Scene, Shape, Tip};
use crate::view::theme::Role;

/// Which directions of each link are cut: what enters at its first end, and at its second.
pub(super) struct Cuts(Vec<[bool; 2]>);

/// Which directions of one link are cut.
#[derive(Clone, Copy)]
pub(super) struct Cut([bool; 2]);

impl Cuts {
    /// As the scenario has it, and as it was changed up to the moment on screen.
    pub(super) fn now(model: &Model) -> Cuts {
        let session = &model.session;
        let down = |faults: &Faults| faults.down;
        let mut cuts: Vec<_> =
            session.scenario.links.iter().map(|link| [down(&link.faults[0]), down(&link.faults[1])]).collect();
        for fact in session.tables.changes_until(model.fact()) {
            if let Some(What::FaultsSet { link, end, faults }) = session.trace.get(*fact).map(|fact| &fact.what)
                && let Some(cut) = cuts.get_mut(usize::from(link.0))
            {
                cut[usize::from(end & 1)] = faults.down;
            }
        }
        Cuts(cuts)
    }

    pub(super) fn of(&self, link: LinkId) -> Cut {
        Cut(self.0.get(usize::from(link.0)).copied().unwrap_or_default())
    }
}

impl Cut {
    /// Draws the link, broken where one of its directions is cut at least.
    pub(super) fn draw(self, scene: &mut Scene, link: LinkId, from: (f64, f64), to: (f64, f64), style: (Role, f64)) {
        let ((ink, weight), pick) = (style, Some(Thing::Link(link)));
        scene.shapes.push(if self.0 == [false; 2] {
            Shape::Line { from, to, ink, weight, tip: Tip::Plain, pick }
        } else {
            let (points, dash) = (vec![from, to], Dash::Dashed);
            Shape::Path { points, closed: false, fill: None, ink: Some(ink), weight, dash, pick }
        });
    }

    /// That it is cut, and which way, if only one.
    pub(super) fn words(self, model: &Model, link: LinkId) -> Option<String> {
        let words = &model.language.words().look;
        let [first, second] = self.0;
        if first && second {
            return Some(words.cut.to_owned());
        }
        let nodes = model.session.scenario.links.get(usize::from(link.0))?.nodes();
        let ends = nodes.map(|node| model.session.name(node));
        let [from, to] = if first { ends } else { [ends[1], ends[0]] };
        (first || second).then(|| fill(words.cut_one_way, &[("from", from), ("to", to)]))
    }
}
