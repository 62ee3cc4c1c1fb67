//! The relay's WebSocket against Autobahn's cases, as their own files have them (promise 10 of ten; the others are in the relay's
//! own tests).
//!
//! Absent: sections 12 and 13, which are about compression; the relay offers none.

use anyhow::{Result, ensure};
use tests::python::{Python, with_libraries};
use tests::relay::Relay;

/// How many cases each section has: framing, pings, reserved bits, opcodes, fragments, UTF-8, closing, limits, and how a
/// message is cut.
const SECTIONS: [(u32, u32); 9] = [(1, 16), (2, 11), (3, 7), (4, 10), (5, 20), (6, 145), (7, 37), (9, 54), (10, 1)];

#[test]
fn autobahns_uncompressed_cases_pass() -> Result<()> {
    let Some(interpreter) = with_libraries() else {
        return Ok(());
    };
    // The largest case sends 16 MiB in one message.
    let relay = Relay::start(&["--echo", "--max-message-bytes", "33554432", "--log", "warn"])?;
    let (host, port) = (relay.address().ip().to_string(), relay.address().port().to_string());
    let token = relay.token().unwrap_or_default();
    let mut suite = Python::start_in(&interpreter, "autobahn", &[&host, &port, "/echo", token])?;
    for (section, cases) in SECTIONS {
        let line = suite.line()?;
        ensure!(line == format!("{section}.*: {cases} of {cases} passed"), "{line}: {:?}", suite.finish());
    }
    println!("{}", suite.finish()?.join("\n"));
    Ok(())
}
