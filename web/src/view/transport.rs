//! The bar under the stage: the clock, the scale, the time line.
//!
//! Absent on purpose: the buttons' pictures (the style sheet has them).

use super::narration::millis;
use crate::app::Model;
use crate::app::player::Speed;
use crate::catalogue::fill;

/// The bar at the moment that is on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    /// Simulated time.
    pub clock: String,
    /// The scale at this very moment, honestly.
    pub scale: String,
    /// Where the head is, 0 to 1000 of what is known.
    pub place: u32,
}

/// How fine the time line is.
pub const FINE: u32 = 1000;

/// The bar at the moment that is on screen.
pub fn transport(model: &Model) -> Transport {
    let words = model.language.words();
    let moment = model.moment();
    let nanos = moment.at.as_nanos();
    let end = model.film_end().0;
    let place = if end > 0.0 { model.player.at.0 / end } else { 0.0 };
    let scale = if moment.rate == 0.0 {
        words.scale_stopped.to_owned()
    } else {
        let per_second = model.player.speed.nanos_per_second() * moment.rate;
        // Who waits for the real network waits in real time.
        let waits = model.is_live() && model.session.is_waiting();
        let per_second = if waits { per_second.min(1e9) } else { per_second };
        fill(words.scale_now, &[("span", &rounded(per_second))])
    };
    Transport {
        clock: format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000),
        scale,
        place: (place * f64::from(FINE)).round() as u32,
    }
}

/// A span with two digits that count: a scale that changes all the time must be readable.
fn rounded(nanos: f64) -> String {
    let size = 10f64.powf(nanos.max(1.0).log10().floor() - 1.0);
    millis((nanos / size).round() * size)
}

/// The choices of the speed control: each speed with its words.
pub fn speeds(model: &Model) -> Vec<(usize, String)> {
    let words = model.language.words();
    Speed::all()
        .map(|speed| {
            let span = millis(speed.nanos_per_second());
            (speed.index(), fill(words.scale_label, &[("span", &span)]))
        })
        .collect()
}
