//! Programs as processes of the simulator: what they print, what goes over the wire, and that the same run comes again, native and wasm.
//!
//! Absent on purpose: the language itself (`tests/oracle`).

mod determinism;
mod harness;

#[cfg(not(target_arch = "wasm32"))]
mod pairs;
#[cfg(not(target_arch = "wasm32"))]
mod processes;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
