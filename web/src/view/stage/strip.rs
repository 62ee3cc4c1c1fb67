//! Bytes as strips: the parts of a packet side by side, each with its name and length.
//!
//! Absent on purpose: single bytes (see `view::bytes`).

use sim_core::layer::{Layer, Protocol};

use crate::app::Model;
use crate::app::anatomy::Anatomy;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::measure::width_of;
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::stack::Part;
use crate::view::theme::Role;

/// The narrowest part of a frame's strip: a label fits.
const NARROWEST: f64 = 46.0;

/// The least width of data that is cut.
const LEAST_DATA: f64 = 40.0;

/// The height of a frame's strip with its words.
pub(super) const LARGE: f64 = 88.0;

/// The parts of a packet side by side, wide enough for their names, the data taking what is left.
pub(super) fn draw_parts(scene: &mut Scene, at: Rect, parts: &[Part], narrow: bool, removed: bool) {
    let gap = 2.0;
    let mut wanted: Vec<f64> =
        parts.iter().map(|part| width_of(&part_label(part, narrow), Style::Label) + 12.0).collect();
    let room = at.width - gap * parts.len().saturating_sub(1) as f64;
    let excess = wanted.iter().sum::<f64>() - room;
    // Headers keep their names: the data is cut first.
    if let (Some(last), true) = (wanted.last_mut(), excess > 0.0) {
        *last = (*last - excess).max(LEAST_DATA.min(*last));
    }
    let shrink = (room / wanted.iter().sum::<f64>()).min(1.0);
    let mut x = at.x;
    for (index, (part, wanted)) in parts.iter().zip(wanted).enumerate() {
        let width = wanted * shrink;
        let place = Rect::new(x, at.y, width, at.height);
        let fresh = index == 0 && part.protocol.layer() != Layer::Application;
        if fresh && removed {
            // It stays behind in this layer, crossed out.
            scene.framed(place, Role::Later, Role::Rule, 1.0);
            scene.text((x + 5.0, place.middle()), part_label(part, narrow), Role::InkSoft, Style::Label, width - 6.0);
            scene.rule((x + 3.0, place.middle()), (x + width - 3.0, place.middle()), Role::InkSoft, 1.0);
        } else {
            let (edge, weight) = if fresh { (Role::Accent, 2.0) } else { (Role::Rule, 1.0) };
            scene.framed(place, Role::of(part.protocol), edge, weight);
            scene.text((x + 5.0, place.middle()), part_label(part, narrow), Role::Ink, Style::Label, width - 6.0);
        }
        x += width + gap;
    }
}

fn part_label(part: &Part, narrow: bool) -> String {
    let name = match part.protocol {
        Protocol::Ethernet => "Eth",
        Protocol::Ipv4 => "IP",
        Protocol::Data => part.text.as_deref().unwrap_or(""),
        other => other.name(),
    };
    match part.protocol {
        _ if narrow => format!("{} {}", name.chars().take(3).collect::<String>(), part.length),
        Protocol::Data if name.is_empty() => format!("{} B", part.length),
        Protocol::Data => format!("{name} · {} B", part.length),
        _ => format!("{name} {}", part.length),
    }
}

/// A frame as a strip: each part as long as its bytes, but wide enough for its name. At one layer only what that layer carries.
pub(super) fn draw_large(scene: &mut Scene, model: &Model, at: Rect, frame: &Frame) {
    let words = model.language.words();
    let carried = model.look.layer.and_then(|layer| Anatomy::of(frame).part(layer));
    let first = carried.as_ref().map_or(0, |part| part.start);
    let length = carried.as_ref().map_or(frame.bytes.len(), ExactSizeIterator::len);
    let title = fill(words.bytes_of, &[("n", &model.session.number(frame.id))]);
    let bytes = fill(words.payload_bytes, &[("n", &length.to_string())]);
    scene.text((at.x, at.y + 12.0), format!("{title} · {bytes}"), Role::Ink, Style::Title, at.width);
    let mut sections = sim_core::dissect::dissect(&frame.bytes);
    sections.retain(|section| section.bytes.start >= first);
    let free = (at.width - NARROWEST * sections.len() as f64).max(0.0);
    let mut x = at.x;
    for section in sections {
        let share = section.bytes.len() as f64 / length.max(1) as f64;
        let place = Rect::new(x, at.y + 28.0, (NARROWEST + free * share).min(at.right() - x), 28.0);
        scene.shapes.push(Shape::Box {
            at: place,
            fill: Some(Role::of(section.protocol)),
            edge: Some(Role::Rule),
            weight: 1.0,
            pick: Some(Thing::Byte(frame.id, section.bytes.start)),
        });
        let part = Part { protocol: section.protocol, length: section.bytes.len(), text: None };
        let text = part_label(&part, false);
        scene.aligned(place.centre(), text, Role::Ink, Style::Label, Align::Middle, place.width - 4.0);
        x = place.right();
    }
    scene.text((at.x, at.y + 72.0), crate::view::frame::words(frame).info, Role::InkSoft, Style::Code, at.width);
}
