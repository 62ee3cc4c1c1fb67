//! Layer 4: UDP and TCP.
//!
//! Absent on purpose: sockets' names and descriptors ([`crate::socket`]) and programs ([`crate::host`]).

pub(crate) mod tcp;
pub(crate) mod udp;
