//! The simulator and its picture for other pages: a class `Lab` of JavaScript. `web/EMBED.md` describes it.
//!
//! Absent on purpose: panels, and the relay: whoever wants these opens the page itself. The playing is a few lines of JavaScript
//! (`web/static/sockscope_embed.js`).

use sim_core::scenario::Experiment;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use web_sys::HtmlCanvasElement;

use super::{painter, place};
use crate::app::film::FilmTime;
use crate::app::late::{self, Part};
use crate::app::session::Session;
use crate::app::share::{Export, Msg as Share};
use crate::app::{Effect, MOST_FACTS, Model, Msg, Theme, update};
use crate::view::stage;

/// Time-outs that are handled between two looks at how much there is.
const PIECE: usize = 10_000;

/// A simulated network of another page.
#[wasm_bindgen(js_name = Lab)]
#[derive(Debug)]
pub struct Embedded {
    model: Model,
}

/// Loads what a [`Embedded`] needs beside the first module; false when it could not be loaded.
#[wasm_bindgen]
pub async fn ready() -> bool {
    let language = place::language();
    // Without its words the label is English.
    super::late::bring(Part::Words(language)).await;
    super::late::bring(Part::Tools).await
}

#[wasm_bindgen(js_class = Lab)]
impl Embedded {
    /// A network from its scenario's text (`sim-core/SCENARIO.md`), and the seed of everything random when it is not the scenario's own.
    ///
    /// # Errors
    /// The text's mistakes, one a line.
    #[wasm_bindgen(constructor)]
    pub fn new(scenario: &str, seed: Option<u32>) -> Result<Embedded, JsError> {
        let mut experiment =
            (late::functions().parse)(scenario).map_err(|mistakes| JsError::new(&mistakes.to_string()))?;
        experiment.seed = seed.map(u64::from).or(experiment.seed);
        let session = Session::experiment(experiment).map_err(|error| JsError::new(&error.to_string()))?;
        let mut model = Model::new(place::language(), Theme::System);
        model.open(session);
        Ok(Embedded { model })
    }

    /// Runs it up to so many simulated seconds after its beginning; without a number to its end, or for a minute.
    pub fn run(&mut self, seconds: Option<f64>) {
        let usual = self.model.session.history().until.unwrap_or(Experiment::USUAL_END);
        let to = seconds.map_or(usual, |seconds| sim_core::time::Instant::from_nanos((seconds * 1e9) as u64));
        let session = &mut self.model.session;
        while session.run_some(to, PIECE) == PIECE && session.trace.facts().len() < MOST_FACTS {}
    }

    /// Every event so far as JSON Lines (`cli/TRACE.md`).
    pub fn facts(&mut self) -> String {
        String::from_utf8(self.saved(Export::Trace)).unwrap_or_default()
    }

    /// Every frame so far, for Wireshark.
    pub fn pcapng(&mut self) -> Vec<u8> {
        self.saved(Export::Capture)
    }

    /// How long the animation of what has been run is, in milliseconds of film.
    pub fn length(&self) -> f64 {
        self.model.session.film.end().as_millis()
    }

    /// Milliseconds of film that a person can follow in a millisecond.
    pub fn pace(&self) -> f64 {
        self.model.player.after(1.0).0 / 1e6 - self.model.player.at.0 / 1e6
    }

    /// Draws the stage at a moment, in milliseconds of film, as wide as the canvas is on the page. The canvas gets the height that it needs.
    pub fn draw(&mut self, canvas: &HtmlCanvasElement, moment: f64) {
        self.model.player.at = FilmTime(moment.clamp(0.0, self.length()) * 1e6);
        // A message without an effect, so that all that follows from the moment does.
        update(&mut self.model, Msg::Follow);
        let scene = stage::stage(&self.model, f64::from(canvas.client_width()));
        let _ = web_sys::HtmlElement::style(canvas).set_property("height", &format!("{}px", scene.height));
        let density = leptos::prelude::window().device_pixel_ratio();
        painter::paint(canvas, &scene, place::shade(Theme::System), density, &mut painter::Measures::default());
    }

    /// What is on the canvas in words, for those who do not see it.
    pub fn label(&self) -> JsValue {
        stage::label(&self.model).into()
    }

    fn saved(&mut self, what: Export) -> Vec<u8> {
        let effects = update(&mut self.model, Msg::Share(Share::Save(what)));
        effects
            .into_iter()
            .find_map(|effect| match effect {
                Effect::Save { bytes, .. } => Some(bytes),
                _ => None,
            })
            .unwrap_or_default()
    }
}
