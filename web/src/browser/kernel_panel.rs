//! What the real kernel knows, as a list of values with their meanings.
//!
//! Absent on purpose: plots over time. The time line goes back to every value.

use leptos::prelude::*;

use super::lab::Lab;
use crate::view::kernel::{self, Kernel, Row};

/// The panel, when it is wanted.
pub(super) fn kernel_panel(lab: Lab) -> impl IntoView {
    let shown = lab.follow(kernel::kernel);
    move || shown.get().map(|kernel| panel(lab, kernel))
}

fn panel(lab: Lab, Kernel { about, lacking, rows }: Kernel) -> impl IntoView {
    view! {
        <section class="kernel" id="kernel" aria-labelledby="kernel-title">
            <h2 id="kernel-title">{lab.word(|words| words.kernel_title)}</h2>
            <p class="about">{about}</p>
            {lacking.map(|lacking| view! { <p id="kernel-lacking" class="lacking">{lacking}</p> })}
            <dl>{rows.into_iter().map(row).collect_view()}</dl>
        </section>
    }
}

fn row(Row { name, value, meaning }: Row) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd class="value">{value}</dd>
            <dd class="meaning">{meaning}</dd>
        </div>
    }
}
