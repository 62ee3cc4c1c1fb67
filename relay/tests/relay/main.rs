//! The relay against real sockets on loopback: each promise has tests that try to break it.
//! One binary; port 0 everywhere; every wait is for an event, with a limit that means failure.
//!
//! | promise | attacked in |
//! |---|---|
//! | 1. exact list of origins | `gate`: foreign, `null`, empty, repeated, another port or scheme, at every door |
//! | 2. the Host is ours, checked before the token | `gate`: rebinding, absent, repeated, in the request's target; the order of the checks |
//! | 3. the token: constant time, never logged, never in an address | `gate`: missing, wrong, everywhere that it does not belong; `life`: the log at its most talkative |
//! | 4. targets are judged by address, once, before connecting | `targets`: every spelling, names with a forbidden address, names that change, `--deny`, the relay's own port |
//! | 5. binding | `listen` |
//! | 6. Unix paths stay in their directory | `unix` |
//! | 7. everything is bounded | `bounds`: each limit; `memory` and `standstill`: readers that stop, measured; `crowd`: floods; `streams`: broken credit rules |
//! | 7. and how much of it there may be | `many`: ten thousand streams, a thousand WebSockets, measured |
//! | 8. a session's end disturbs no other; shutdown loses nothing | `crowd`: a hundred go on while others die; `life`: deaths, shutdown under load, nothing left behind; SIGTERM to the real program in `tests/tests/e2e/term.rs` |
//! | 9. socket options from a list; no file, no shell | `options` |
//! | 10. WebSocket conformance | `framing`, and Autobahn's cases in `tests/tests/e2e/conformance.rs` |
//!
//! Over all of them: `property` (random conversations against a model, descriptors and tasks counted), `transfer` (every byte), and the
//! fuzzer's targets `relay`, `session` and `websocket`.
//!
//! Absent: the page in a browser and the binary's command line.

mod bounds;
mod crowd;
mod datagrams;
mod echo;
mod framing;
mod gate;
mod groups;
mod harness;
mod info;
mod life;
mod listen;
mod many;
mod memory;
mod metrics;
mod options;
mod page;
mod pattern;
mod process;
mod property;
mod standstill;
mod streams;
mod tap;
mod targets;
mod tcp;
mod transfer;
mod unix;
mod unix_paths;
mod wisp;
