//! Captures: what a simulated network sent as a pcapng file, and anybody's pcapng or pcap file as a trace.
//!
//! The blocks are read and written by the crate `pcap-file`; what stands here is what they mean, and bounds for files that
//! nobody means well with.
//!
//! Absent on purpose: dissection (`sim_core::dissect`), capturing from real interfaces (the relay), and link types other
//! than Ethernet.

mod hosts;
mod read;
mod write;

pub use hosts::{Census, Host, Hosts, Role};
pub use read::{Capture, Frame, Imported, Limits, ReadError, Reader, read};
pub use write::{WriteError, Writer};
