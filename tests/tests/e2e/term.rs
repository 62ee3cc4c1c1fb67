//! SIGTERM to the real program under load: what was granted arrives, in order, with a FIN behind it, and every session hears 1001.
//!
//! Absent: the relay's library; its own tests stop it without a signal.

use anyhow::{Result, ensure};
use tests::python::{Python, with_libraries};
use tests::relay::Relay;

#[test]
fn sigterm_under_load_delivers_what_was_taken() -> Result<()> {
    let Some(interpreter) = with_libraries() else {
        return Ok(());
    };
    let relay = Relay::start(&["--log", "warn"])?;
    let (url, token) = (format!("ws://{}/lab", relay.address()), relay.token().unwrap_or_default());
    let mut load = Python::start_in(&interpreter, "relay_load", &[&url, token])?;
    ensure!(load.line()? == "loaded");
    let status = relay.terminate()?;
    ensure!(status.success(), "the relay ended with {status}");
    let lines = load.finish()?;
    println!("{}", lines.join("\n"));
    ensure!(lines.last().is_some_and(|line| line == "ok"), "{lines:?}");
    Ok(())
}
