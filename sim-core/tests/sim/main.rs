//! Tests of the simulator: a scenario and inputs in, text of the trace out.
//!
//! Absent on purpose: tests of single functions. What is tested is behaviour, most of it Linux's.

mod determinism;
mod harness;

#[cfg(not(target_arch = "wasm32"))]
mod apps;
#[cfg(not(target_arch = "wasm32"))]
mod bulk;
#[cfg(not(target_arch = "wasm32"))]
mod causes;
#[cfg(not(target_arch = "wasm32"))]
mod dissection;
#[cfg(not(target_arch = "wasm32"))]
mod foreign;
#[cfg(not(target_arch = "wasm32"))]
mod gateway;
#[cfg(not(target_arch = "wasm32"))]
mod golden;
#[cfg(not(target_arch = "wasm32"))]
mod groups;
#[cfg(not(target_arch = "wasm32"))]
mod ipv6;
#[cfg(not(target_arch = "wasm32"))]
mod link;
#[cfg(not(target_arch = "wasm32"))]
mod linux;
#[cfg(not(target_arch = "wasm32"))]
mod nat;
#[cfg(not(target_arch = "wasm32"))]
mod oracles;
#[cfg(not(target_arch = "wasm32"))]
mod outside;
#[cfg(not(target_arch = "wasm32"))]
mod posix;
#[cfg(not(target_arch = "wasm32"))]
mod programs;
#[cfg(not(target_arch = "wasm32"))]
mod properties;
#[cfg(not(target_arch = "wasm32"))]
mod recovery;
#[cfg(not(target_arch = "wasm32"))]
mod routers;
#[cfg(not(target_arch = "wasm32"))]
mod samples;
#[cfg(not(target_arch = "wasm32"))]
mod scenarios;
#[cfg(not(target_arch = "wasm32"))]
mod settings;
#[cfg(not(target_arch = "wasm32"))]
mod sockets;
#[cfg(not(target_arch = "wasm32"))]
mod standing;
#[cfg(not(target_arch = "wasm32"))]
mod switch;
#[cfg(not(target_arch = "wasm32"))]
mod text;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
#[cfg(not(target_arch = "wasm32"))]
mod timers;
#[cfg(not(target_arch = "wasm32"))]
mod wheel;
#[cfg(not(target_arch = "wasm32"))]
mod wire;
#[cfg(not(target_arch = "wasm32"))]
mod wire_application;
#[cfg(not(target_arch = "wasm32"))]
mod wire_control;
#[cfg(not(target_arch = "wasm32"))]
mod wire_ipv6;
