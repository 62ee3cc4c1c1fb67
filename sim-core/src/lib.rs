//! The Sockscope simulator: a deterministic discrete-event network whose packets are real bytes.
//!
//! A [`scenario`] and a seed make a [`network`]; four verbs drive it; what comes out is the [`trace`]. The hosts behave as
//! Linux does, down to the bytes. Same scenario, seed and inputs: same trace, on every platform.
//!
//! Two hosts, a link that loses a tenth of its frames, and an echo:
//!
//! ```
//! use sim_core::network::{Network, Output};
//! use sim_core::scenario::Experiment;
//!
//! let experiment: Experiment = r#"
//!     seed 42
//!     host client
//!       program ask
//!         s = socket
//!         connect s server:7
//!         send s "hello!"
//!         recv s 1024
//!         print
//!     host server
//!       program echo
//!         listener = socket
//!         bind listener :7
//!         listen listener
//!         c = accept listener
//!         recv c 1024
//!         send c received
//!     link client server 10Mbit/s 10ms loss 10%
//! "#.parse()?;
//! let mut network = Network::new(&experiment.scenario, experiment.seed())?;
//! let mut trace = Vec::new();
//! experiment.run(&mut network, experiment.end(), |output| {
//!     if let Output::Fact(fact) = output {
//!         trace.push(fact.to_string());
//!     }
//! }, |_| true);
//! println!("{}", trace.join("\n"));
//! assert!(trace.iter().any(|fact| fact.contains("b'hello!'") && fact.contains("Printed")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where things are: layer 1 in `link`, layers 2 and 3 of hosts in `internet`, switches in `switch`, layer 4 in `transport`, system calls in `socket`,
//! processes and the gateway in `host`; headers as values in [`wire`], as named fields in [`dissect`].
//!
//! Absent on purpose: a clock, I/O, entropy, threads, hash-ordered iteration and floating point.

pub mod app;
mod context;
pub mod date;
pub mod dissect;
pub mod errno;
pub mod gateway;
mod host;
mod internet;
pub mod lab;
pub mod layer;
mod link;
pub mod network;
pub mod order;
mod packet;
pub mod program;
mod queue;
mod random;
mod recorder;
pub mod scenario;
mod socket;
mod switch;
mod tick;
pub mod time;
pub mod trace;
mod transport;
pub mod wheel;
pub mod wire;
pub mod workload;
