//! The relay's protocol as a stranger knows it: a client in Python, written from `relay/PROTOCOL.md` alone, uses the relay and
//! real sockets.
//!
//! Absent: attacks; the relay's own tests have them.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use tests::python::{Python, with_libraries};
use tests::relay::Relay;

/// Every check of `relay_check.py`, in its order.
const CHECKS: [&str; 19] = [
    "welcome",
    "transfer",
    "half_close",
    "credit_down",
    "credit_up",
    "resets",
    "refusals",
    "ends",
    "server",
    "server_refusals",
    "udp",
    "udp_unbound",
    "udp_connected",
    "unix_stream",
    "unix_datagram",
    "inet6",
    "options",
    "info",
    "capture",
];

#[test]
fn the_document_is_enough_to_write_a_client() -> Result<()> {
    let Some(interpreter) = with_libraries() else {
        return Ok(());
    };
    let holder = tempfile::tempdir()?;
    let directory = holder.path().display().to_string();
    let relay = Relay::start(&["--unix-dir", &directory, "--tap"])?;
    let (url, token) = (format!("ws://{}/lab", relay.address()), relay.token().unwrap_or_default());
    let mut client = Python::start_in(&interpreter, "relay_check", &[&url, token, &directory])?;
    let mut passed = BTreeSet::new();
    // A line at a time: each check has the time of a line.
    while passed.len() < CHECKS.len() {
        passed.insert(client.line()?);
    }
    let expected = CHECKS.iter().map(|check| format!("ok {check}")).collect();
    ensure!(passed == expected, "{passed:?}");
    ensure!(client.finish()?.is_empty(), "checks that are not expected");
    Ok(())
}
