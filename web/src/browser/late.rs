//! Loads what comes after the first picture, and stands in its place until then.
//!
//! [`Tools`] is everything of this room that comes late: whatever is named in [`TOOLS`] and nowhere else is cut into a module of its own
//! by `cargo xtask build`, with all that it alone uses; so are the words of the two Chinese scripts. Without the feature `split` the page
//! is one module, and everything is there at once.
//!
//! Absent on purpose: loading only when a part is asked for. The tools are fetched beside the first module and are made ready when the first
//! picture is there, so that a learner seldom waits and a page that lost its network is whole.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::lab::Lab;
use super::{
    bytes_panel, compare_pane, editor, editor_bar, editor_text, hosts_panel, kernel_panel, knobs_panel, publications,
    share, tcp_panes,
};
use crate::app::late::{self, Functions, Msg as LateMsg, Part, State};
use crate::app::pane::Pane;
use crate::app::share::Kind;
use crate::app::{Model, Msg};
use crate::view::narration;
use crate::view::scene::Scene;

/// What comes late of this room.
pub(super) struct Tools {
    functions: &'static Functions,
    /// A pane that [`is_late`].
    pane: fn(Lab, Pane) -> AnyView,
    /// The network, to be edited.
    pub(super) editor: fn(Lab) -> AnyView,
    /// The gallery of examples.
    pub(super) gallery: fn(Lab) -> AnyView,
    /// The controls of what is chosen on the stage.
    pub(super) beside: fn(Lab) -> AnyView,
    /// What the real kernel knows.
    pub(super) kernel: fn(Lab) -> AnyView,
    /// What is published to the real machine.
    pub(super) publications: fn(Lab) -> AnyView,
    /// What is in the menu of files and links.
    pub(super) share: fn(Lab) -> AnyView,
    /// The moment on screen, told in depth.
    pub(super) depth: fn(&Model) -> Option<String>,
    /// Saves what is on a canvas.
    pub(super) save_picture: fn(Lab, &str, &Scene, Kind),
}

static TOOLS: Tools = Tools {
    functions: &late::FUNCTIONS,
    pane,
    editor: |lab| editor::network_editor(lab).into_any(),
    gallery: |lab| editor_bar::gallery(lab).into_any(),
    beside: |lab| knobs_panel::controls_beside(lab).into_any(),
    kernel: |lab| kernel_panel::kernel_panel(lab).into_any(),
    publications: |lab| publications::publications(lab).into_any(),
    share: |lab| share::share_choices(lab).into_any(),
    depth: narration::depth::now,
    save_picture: share::save_picture,
};

fn pane(lab: Lab, pane: Pane) -> AnyView {
    match pane {
        Pane::Text => editor_text::text_pane(lab).into_any(),
        Pane::States => tcp_panes::states_pane(lab).into_any(),
        Pane::Ruler => tcp_panes::ruler_pane(lab).into_any(),
        Pane::Plots => tcp_panes::plots_pane(lab).into_any(),
        Pane::Compare => compare_pane::compare_pane(lab).into_any(),
        Pane::Hosts => hosts_panel::hosts_pane(lab).into_any(),
        Pane::Controls => knobs_panel::controls_pane(lab).into_any(),
        Pane::Bytes => bytes_panel::bytes_pane(lab).into_any(),
        // These the page opens with.
        Pane::Ladder | Pane::Table => ().into_any(),
    }
}

#[cfg(feature = "split")]
mod source {
    use std::sync::OnceLock;

    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use super::{TOOLS, Tools, late};
    use crate::catalogue::{self, Language, Tongue};

    #[wasm_split(tools, fallible)]
    fn load_tools() -> Result<&'static Tools, SplitLoaderError> {
        Ok(&TOOLS)
    }

    #[wasm_split(zh_hant, fallible)]
    fn load_zh_hant() -> Result<&'static Tongue, SplitLoaderError> {
        Ok(&catalogue::ZH_HANT)
    }

    #[wasm_split(zh_hans, fallible)]
    fn load_zh_hans() -> Result<&'static Tongue, SplitLoaderError> {
        Ok(&catalogue::ZH_HANS)
    }

    static COME: OnceLock<&'static Tools> = OnceLock::new();

    pub(in crate::browser) fn tools() -> Option<&'static Tools> {
        COME.get().copied()
    }

    pub(super) async fn bring_tools() -> bool {
        let Ok(tools) = load_tools().await else { return false };
        late::put(tools.functions);
        let _ = COME.set(tools);
        true
    }

    pub(super) async fn bring_words(language: Language) -> bool {
        let tongue = match language {
            Language::English => return true,
            Language::TraditionalChinese => load_zh_hant().await,
            Language::SimplifiedChinese => load_zh_hans().await,
        };
        tongue.map(|tongue| catalogue::put(language, tongue)).is_ok()
    }
}

#[cfg(not(feature = "split"))]
mod source {
    use super::{TOOLS, Tools, late};
    use crate::catalogue::Language;

    #[allow(clippy::unnecessary_wraps)]
    pub(in crate::browser) fn tools() -> Option<&'static Tools> {
        Some(&TOOLS)
    }

    pub(super) async fn bring_tools() -> bool {
        late::put(TOOLS.functions);
        true
    }

    pub(super) async fn bring_words(_: Language) -> bool {
        true
    }
}

pub(super) use source::tools;

/// Loads a part; whether it has come.
pub(super) async fn bring(part: Part) -> bool {
    match part {
        Part::Tools => source::bring_tools().await,
        Part::Words(language) => source::bring_words(language).await,
    }
}

/// Loads a part, and tells the model.
pub(super) fn load(lab: Lab, part: Part) {
    spawn_local(async move {
        let came = bring(part).await;
        lab.send(Msg::Late(LateMsg::Came(part, came)));
    });
}

/// Whether a pane comes late.
pub(super) const fn is_late(pane: Pane) -> bool {
    !matches!(pane, Pane::Ladder | Pane::Table)
}

/// A pane that comes late, and until then a sentence.
pub(super) fn late_pane(lab: Lab, pane: Pane) -> AnyView {
    late_view(lab, move |tools| (tools.pane)(lab, pane), move |state| standing(lab, state)).into_any()
}

/// Something that comes late. Until then there is nothing, because nobody can have asked for it.
pub(super) fn late_part(lab: Lab, part: fn(&Tools) -> fn(Lab) -> AnyView) -> AnyView {
    late_view(lab, move |tools| part(tools)(lab), |_| ().into_any()).into_any()
}

/// Something that comes late and that somebody may look for before: until then a sentence.
pub(super) fn late_place(lab: Lab, part: fn(&Tools) -> fn(Lab) -> AnyView) -> AnyView {
    late_view(lab, move |tools| part(tools)(lab), move |state| standing(lab, state)).into_any()
}

fn late_view(
    lab: Lab,
    there: impl Fn(&'static Tools) -> AnyView + Send + 'static,
    else_: impl Fn(State) -> AnyView + Send + 'static,
) -> impl IntoView {
    let state = lab.follow(|model| model.late.tools);
    move || match (state.get(), tools()) {
        (State::Here, Some(tools)) => there(tools),
        (state, _) => else_(state),
    }
}

/// What stands where something will be.
fn standing(lab: Lab, state: State) -> AnyView {
    match state {
        State::Failed => view! { <div class="late">{failed(lab)}</div> }.into_any(),
        State::Coming | State::Here => {
            view! { <p class="empty" class:late=true>{lab.word(|words| words.shell.late_coming)}</p> }.into_any()
        }
    }
}

fn failed(lab: Lab) -> AnyView {
    let again = move |_| lab.send(Msg::Late(LateMsg::Load(Part::Tools)));
    view! {
        <p class="failure">{lab.word(|words| words.shell.late_failed)}</p>
        <button type="button" class="late-again" on:click=again>{lab.word(|words| words.shell.late_again)}</button>
    }
    .into_any()
}

/// What is said on the page of what somebody waits for.
pub(super) fn late_said(lab: Lab) -> AnyView {
    let state = lab.follow(|model| {
        let late = &model.late;
        (late.tools == State::Failed || late.is_wanted()).then_some(late.tools)
    });
    view! { <div id="late" role="status">{move || state.get().map(|state| standing(lab, state))}</div> }.into_any()
}
