//! The Sockscope simulator: a deterministic discrete-event network whose packets are real bytes.
//!
//! A [`scenario`] and a seed make a [`network`]; four verbs drive it; what comes out is the [`trace`]. The hosts behave as
//! Linux does, down to the bytes. Same scenario, seed and inputs: same trace, on every platform.
//!
//! Two hosts, a link that loses a tenth of its frames, and an echo:
//!
//! ```
//! use sim_core::lab::{self, CLIENT_NODE, SERVER};
//! use sim_core::network::{Input, Network, Output};
//! use sim_core::time::Instant;
//! use sim_core::trace::{Trace, What};
//!
//! let mut scenario = lab::with_server();
//! scenario.links[0].faults[0].loss_ppm = 100_000;
//! let mut network = Network::new(&scenario, 42)?;
//! let client = lab::tcp_client((SERVER, lab::TCP_PORT).into(), b"hello!", lab::Reading::Once);
//! network.handle_input(Instant::ZERO, Input::Spawn(CLIENT_NODE, client.into()));
//!
//! let mut trace = Trace::default();
//! network.run_until(Instant::from_millis(10_000), |output| {
//!     if let Output::Fact(fact) = output {
//!         println!("{fact}");
//!         trace.push(fact);
//!     }
//! });
//! assert!(trace.facts().iter().any(|fact| matches!(&fact.what, What::Printed { text, .. } if &**text == "b'hi'")));
//! # Ok::<(), sim_core::scenario::ScenarioError>(())
//! ```
//!
//! Where things are: layer 1 in `link`, layers 2 and 3 of hosts in `internet`, switches in `switch`, layer 4 in `transport`, system calls in `socket`,
//! processes and the gateway in `host`; headers as values in [`wire`], as named fields in [`dissect`].
//!
//! Absent on purpose: a clock, I/O, entropy, threads, hash-ordered iteration and floating point.

mod context;
pub mod dissect;
pub mod errno;
pub mod gateway;
mod host;
mod internet;
pub mod lab;
pub mod layer;
mod link;
pub mod network;
mod packet;
pub mod program;
mod queue;
mod random;
mod recorder;
pub mod scenario;
mod socket;
mod switch;
pub mod time;
pub mod trace;
mod transport;
pub mod wheel;
pub mod wire;
pub mod workload;
