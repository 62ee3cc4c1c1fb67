//! The networks that the page is measured with, and the links that open them.
//!
//! Absent: how they look.

use std::sync::Arc;

use anyhow::{Context, Result};
use share::{Bundle, Run, Start};
use sim_core::time::Instant;

/// A datagram each millisecond on a road of two and a half seconds, once the two have found one another.
pub(crate) const FLIGHT: &str = "
host a
  program source
    s = socket inet dgram
    loop
      sendto s \"hello!\" b:9000
      sleep 1ms
host b
  program sink
    s = socket inet dgram
    bind s :9000
    loop
      recvfrom s 100
link a b 100Mbit/s 2500ms
";
/// When the road is full, in milliseconds.
pub(crate) const FLIGHT_STANDS: u64 = 9_000;

/// Two crowds of datagrams over one switch.
pub(crate) const MILLION: &str = "
host a
  program source
    s = socket inet dgram
    loop
      sendto s \"hello!\" b:9000
      sleep 100us
host b
  program sink
    s = socket inet dgram
    bind s :9000
    loop
      recvfrom s 100
host c
  program source
    s = socket inet dgram
    loop
      sendto s \"hello!\" d:9000
      sleep 100us
host d
  program sink
    s = socket inet dgram
    bind s :9000
    loop
      recvfrom s 100
switch s
link a s 100Mbit/s 1ms
link b s 100Mbit/s 1ms
link c s 100Mbit/s 1ms
link d s 100Mbit/s 1ms
";
/// When it has a million facts, in milliseconds.
pub(crate) const MILLION_STANDS: u64 = 3_000;

/// Two questions and their answers every second.
pub(crate) const HOUR: &str = "
host a
  run ping b count 8000 every 500ms
host b
link a b
";

/// The fragment of an address that opens a scenario which has run for so many milliseconds.
pub(crate) fn link(scenario: &str, millis: u64) -> Result<String> {
    let until = Instant::from_nanos(millis * 1_000_000);
    let bundle = Bundle {
        start: Start::Text(Arc::from(scenario)),
        seed: 1,
        end: None,
        planned: Vec::new(),
        runs: vec![Run { until, ..Run::default() }],
        moment: 0,
        view: Vec::new(),
    };
    let text = share::to_text(&bundle).ok().context("a scenario's text fits into a link")?;
    Ok(format!("s={text}"))
}
