//! What tests and curious people can ask the page, as functions of `window.sockscope`: `facts`, `state`, `replayed`,
//! `received`, `stood` and `drawn` (milliseconds from navigation to a page that stands, and to one that is painted), `costs` (of
//! animation frames), `flying` (how many frames are on their way) and `memory` (bytes that the wasm holds).
//!
//! They answer in text, so that a test reads what the page holds instead of comparing pixels.
//!
//! Absent on purpose: any way to change the page from here.

use leptos::prelude::*;
use sim_core::trace::{Value, What};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::lab::Lab;

type Question = Closure<dyn Fn() -> JsValue>;

/// Puts the questions on the window as `sockscope`.
pub(super) fn expose(lab: Lab) {
    let stood = super::place::now();
    let object = js_sys::Object::new();
    let questions: [(&str, Question); 9] = [
        ("facts", Closure::new(move || facts(lab).into())),
        ("state", Closure::new(move || state(lab).into())),
        ("replayed", Closure::new(move || replayed(lab).into())),
        ("received", Closure::new(move || received(lab).into())),
        ("flying", Closure::new(move || JsValue::from_f64(flying(lab) as f64))),
        ("memory", Closure::new(move || JsValue::from_f64(memory()))),
        ("drawn", Closure::new(move || lab.drawn().map_or(JsValue::NULL, JsValue::from_f64))),
        ("stood", Closure::new(move || JsValue::from_f64(stood))),
        (
            "costs",
            Closure::new(move || lab.costs().into_iter().map(JsValue::from_f64).collect::<js_sys::Array>().into()),
        ),
    ];
    for (name, question) in questions {
        // The page can be asked for as long as it lives: the closure becomes JavaScript's.
        let _ = js_sys::Reflect::set(&object, &name.into(), &question.into_js_value());
    }
    let _ = js_sys::Reflect::set(&window(), &"sockscope".into(), &object);
}

/// Every fact so far, a line each.
fn facts(lab: Lab) -> String {
    lab.read(|model| {
        let facts = model.session.trace.facts();
        facts.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

/// The hash of the trace that scenario, seed and inputs alone give.
fn replayed(lab: Lab) -> String {
    lab.read(|model| format!("{:016x}", model.session.replay().trace.hash()))
}

/// The hash (FNV-1a) of the bytes that the client's programs have received.
fn received(lab: Lab) -> String {
    lab.read(|model| {
        let client = model.session.trace.facts().iter().filter(|fact| fact.node == sim_core::lab::CLIENT_NODE);
        let bytes = client.filter_map(|fact| match &fact.what {
            What::Returned { result: Ok(Value::Bytes(bytes)), .. } => Some(bytes),
            _ => None,
        });
        let hash = bytes.flat_map(|bytes| bytes.iter()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    })
}

/// How many frames are on their way at the moment on screen.
fn flying(lab: Lab) -> usize {
    lab.read(|model| {
        let moment = model.moment();
        model.fact().map_or(0, |fact| model.session.index.in_flight(fact, moment.at).count())
    })
}

/// The bytes of the wasm's memory.
fn memory() -> f64 {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    f64::from(memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length())
}

/// A few lines `name=value` on what is on screen.
fn state(lab: Lab) -> String {
    lab.read(|model| {
        let moment = model.moment();
        [
            format!("relay={:?}", model.relay),
            format!("other={:?}", model.session.other),
            format!("origin={:?}", model.session.origin),
            format!("chosen={:?}", model.selected.thing),
            format!("playing={}", model.player.playing),
            format!("at={}", moment.at),
            format!("fact={}", moment.fact.map_or(-1, |fact| fact as i64)),
            format!("facts={}", model.session.trace.facts().len()),
            format!("frames={}", model.session.index.frames().len()),
            format!("over={}", model.session.is_over()),
            format!("hash={:016x}", model.session.trace.hash()),
        ]
        .join("\n")
    })
}
