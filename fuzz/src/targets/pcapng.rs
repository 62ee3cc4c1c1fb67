//! Capture files, pcapng and pcap: whatever stands in them, they are read or refused, within the limits given.
//!
//! Absent on purpose: dissection of the frames in them; the target `frames` tries that.

use capture::{Limits, Writer, read};
use fastrand::Rng;
use sim_core::lab::{self, CLIENT_NODE, Reading};
use sim_core::network::{Input, Network, Output};
use sim_core::time::Instant;

use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "pcapng", about: "capture files, pcapng and pcap", corpus, most: 1, mend: |_| {}, try_case };

/// A capture of the lab as it is written here, the start of it, and a pcap file with one frame.
fn corpus() -> Vec<Vec<u8>> {
    let scenario = lab::with_server();
    let mut network = Network::new(&scenario, 1).expect("the lab's scenario is sound");
    let to = (lab::SERVER, lab::TCP_PORT).into();
    network
        .handle_input(Instant::ZERO, Input::Spawn(CLIENT_NODE, lab::tcp_client(to, b"hello!", Reading::Once).into()));
    let mut writer = Writer::new(Vec::new(), &scenario, Some("lab"), 1).expect("memory takes everything");
    network.run_until(Instant::from_millis(2000), |output| {
        if let Output::Fact(fact) = output {
            writer.add(&fact).expect("memory takes everything");
        }
    });
    let whole = writer.finish().expect("memory takes everything");
    let start = whole[..whole.len().min(700)].to_vec();
    let mut pcap = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    for number in [0x0004_0002_u32, 0, 0, 1 << 18, 1, 0, 0, 42, 42] {
        pcap.extend(number.to_le_bytes());
    }
    pcap.extend([0; 42]);
    for legal in [&whole, &pcap] {
        assert!(read(legal, Limits::default()).is_ok(), "the corpus is of captures");
    }
    vec![whole, start, pcap]
}

fn try_case(case: &[Vec<u8>], _: &mut Rng) {
    for bytes in case {
        match read(bytes, Limits::default()) {
            Ok(imported) => drop(imported),
            Err(error) => assert!(!error.to_string().is_empty(), "a mistake is said"),
        }
    }
}
