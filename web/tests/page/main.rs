//! The page without a browser: messages in, pictures and words out, with a relay that these tests play.
//!
//! Absent: real sockets and pixels (the end-to-end tests have them).

mod bad_input;
mod branch;
mod bytes;
mod colours;
mod compare;
mod edit;
mod harness;
mod hosts;
mod keys;
mod kin;
mod knobs;
mod lab;
mod late;
mod mistakes;
mod networks;
mod outside;
mod pictures;
mod relay;
mod share;
mod table;
mod tcp;
mod telling;
mod time;
mod told;
