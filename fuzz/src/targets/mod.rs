//! What is fuzzed. A target is a file here and a line in [`ALL`].
//!
//! A target is a function of its inputs, but for those in `session`, which need real sockets. Absent on purpose: any other I/O.

mod checksum;
mod frames;
mod framing;
mod pcapng;
mod relay;
#[path = "../../../sim-core/tests/sim/samples.rs"]
#[allow(dead_code, reason = "the tests of the simulator use more of it")]
mod samples;
mod scenario;
mod session;
mod share;

use crate::Target;

/// Every target.
pub const ALL: &[Target] = &[
    frames::TARGET,
    pcapng::TARGET,
    relay::TARGET,
    scenario::TARGET,
    share::TARGET,
    session::SESSION,
    session::FRAMES,
    framing::TARGET,
];

/// The target with this name.
pub fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}
