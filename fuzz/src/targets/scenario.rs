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

/// The scenarios that stand beside the simulator.
fn corpus() -> Vec<Vec<u8>> {
    const TEXTS: [&str; 3] = [
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
