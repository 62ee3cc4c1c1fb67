//! The relay against real sockets on loopback: each promise has a test that tries to break it.
//! One binary; port 0 everywhere; every wait is for an event, with a limit that means failure.
//!
//! Absent: the page in a browser and the binary's command line.

mod bounds;
mod datagrams;
mod echo;
mod framing;
mod gate;
mod harness;
mod life;
mod listen;
mod memory;
mod metrics;
mod page;
mod process;
mod property;
mod streams;
mod targets;
mod tcp;
mod transfer;
mod unix_paths;
