//! Scenario text: whatever is written, it is read or refused; what was read prints as text that reads the same, and runs or is
//! refused by the check of scenarios.
//!
//! Absent on purpose: running for long: a mutated rate or count may ask for more work than there is time for.

use fastrand::Rng;
use sim_core::scenario::text::{parse, print};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "scenario",
    about: "scenario text: read, printed, read again",
    corpus,
    most: 1,
    mend: |_| {},
    try_case,
};

/// Words that no scenario beside the simulator has.
const SETTINGS: &str = "host a\n  tcp send-buffer 64KiB send-buffer-max 1MiB receive-buffer 8KiB receive-buffer-max 64KiB mss 536\n  \
    tcp nagle off delayed-ack 10ms congestion reno initial-window 3 syn-retries 2 time-wait 1s\n  \
    ip ttl 32 tcp timestamps off sack off window-scaling off\nhost b\nlink a b\nat 1s set a tcp mss none delayed-ack off\n";

/// The scenarios that stand beside the simulator, and what they lack.
fn corpus() -> Vec<Vec<u8>> {
    const TEXTS: [&str; 4] = [
        SETTINGS,
        include_str!("../../../sim-core/scenarios/hello.net"),
        include_str!("../../../sim-core/scenarios/lossy-bulk.net"),
        include_str!("../../../sim-core/scenarios/udp.net"),
    ];
    TEXTS.map(|text| text.as_bytes().to_vec()).to_vec()
}

fn try_case(case: &[Vec<u8>], _: &mut Rng) {
    for bytes in case {
        let text = String::from_utf8_lossy(bytes);
        match parse(&text) {
            Ok(experiment) => {
                let printed = print(&experiment);
                assert_eq!(parse(&printed).as_ref(), Ok(&experiment), "{printed}");
            }
            Err(mistakes) => assert!(!mistakes.to_string().is_empty(), "a mistake is said"),
        }
    }
}
