//! Every end-to-end test, in one binary: what a user does, with a real browser, real peers and the real relay.
//!
//! One module for each thing that is tried. Absent: what can be tested closer to its code.

mod alone;
mod bad;
mod compare;
mod conformance;
mod controls;
mod doors;
mod everyone;
mod firefox;
mod harness;
mod late;
mod make;
mod outside;
mod page;
mod protocol;
mod real;
mod screens;
mod share;
mod tcp;
mod term;
mod walks;
