//! The Sockscope simulator: a deterministic discrete-event network whose packets are real bytes.
//!
//! See [`network`] for the four verbs that drive it and [`trace`] for what comes out.

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
pub mod time;
pub mod trace;
mod transport;
pub mod wire;
