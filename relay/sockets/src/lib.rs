//! The system calls of programs, carried out on real sockets behind a relay: a kernel whose sockets are elsewhere.
//!
//! A program that runs on the simulated network makes calls ([`sim_core::program::Call`]); here the same calls become messages of
//! `sockscope.v1`, and the relay's answers become their results. So one program runs on both networks, call by call. Four verbs, and no
//! I/O: [`Kernel::handle_call`], [`Kernel::handle_message`] and [`Kernel::handle_timeout`] take something in (do one, then drain),
//! [`Kernel::poll_output`] gives messages for the relay and results for programs, [`Kernel::poll_timeout`] says when it wants to be called.
//!
//! [`Processes`] runs whole programs so: any [`sim_core::program::Program`], with its threads, and tells what each does.
//!
//! As on Linux: a call blocks until its socket has something, unless the socket or the call is non-blocking, and then says EAGAIN or
//! EINPROGRESS; `send` blocks until all bytes are in the relay's window; what a reset leaves behind is told once. Connections wait in the
//! real kernel's backlog until a program accepts, polls or selects.
//!
//! Not as on Linux, because the kernel is a message away: what has arrived there may be seen here a moment later, so a non-blocking call or a
//! `poll` without time right after an event may find nothing yet. `send` returns when its bytes are on their way to the relay.
//!
//! Absent on purpose: the WebSocket; which addresses a program may use (the relay's policy) and what the names of a lab stand for (the caller's);
//! `socketpair`, ICMP sockets and the interfaces' configuration, for which the protocol has no message; real files (a program's files live in
//! this value, so that a page can offer them).

mod address;
mod answer;
mod call;
mod file;
mod kernel;
mod option;
mod poll;
mod processes;
mod socket;
mod transfer;

pub use kernel::{Kernel, Output, Returned, Task};
pub use processes::{Event, Processes, What};
