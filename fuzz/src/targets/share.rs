//! Sessions as bytes: whatever stands in them, they are read within bounds or refused, and what was read is written as the same again.
//!
//! Absent on purpose: running what was read. That a network takes any input, or leaves it, is the business of `session` and the swarm.

use fastrand::Rng;
use share::{Bundle, Check, Run, Start, from_bytes, from_text, to_bytes, to_text};
use sim_core::gateway::{Answer, FlowId};
use sim_core::lab::{self, CLIENT_NODE, Naming, OTHER_NODE, Reading};
use sim_core::network::Input;
use sim_core::scenario::Faults;
use sim_core::time::Instant;
use sim_core::trace::LinkId;

use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "share", about: "sessions as links and files", corpus, most: 1, mend, try_case };

/// Bytes before what is compressed: the mark and the version.
const HEAD: usize = 3;

/// Sessions without their compression, so that mutations reach what is inside: [`mend`] puts half of them into it again.
fn corpus() -> Vec<Vec<u8>> {
    let to = (lab::SERVER, lab::TCP_PORT).into();
    let faults = Faults { loss_ppm: 5, lose: vec![1, 2], ..Faults::default() };
    let inputs = [
        Input::Spawn(CLIENT_NODE, lab::tcp_client(to, b"hello!", Reading::Once).into()),
        Input::Spawn(CLIENT_NODE, lab::udp_client(to, b"hello!", Naming::Once).into()),
        Input::Spawn(CLIENT_NODE, lab::tcp_server(80).into()),
        Input::SetFaults(LinkId(0), 1, faults),
        Input::Answer(OTHER_NODE, FlowId(0), Answer::Data(b"hi".as_slice().into())),
    ];
    let inputs = inputs.into_iter().map(|input| (Instant::from_millis(5), input)).collect();
    let run = Run { inputs, taken: vec![0], until: Instant::from_millis(500), check: Check { facts: 170, hash: 7 } };
    let view = vec![("panes".to_owned(), "Ladder".to_owned())];
    let (start, end) = (Start::Lab("server".into()), Some(Instant::from_millis(900)));
    let lab = Bundle { start, seed: 1, end, planned: Vec::new(), runs: vec![run], moment: 99, view };
    let text = Bundle { start: Start::Text("host a\nhost b\nlink a b\n".into()), ..lab.clone() };
    let open = |bundle: &Bundle| {
        let bytes = to_bytes(bundle).expect("it can be written");
        let inside = miniz_oxide::inflate::decompress_to_vec_zlib(&bytes[HEAD..]).expect("it was compressed");
        [&bytes[..HEAD], &inside].concat()
    };
    vec![open(&lab), open(&text), to_bytes(&text).expect("it can be written")]
}

fn mend(bytes: &mut Vec<u8>) {
    if bytes.len() > HEAD {
        let compressed = miniz_oxide::deflate::compress_to_vec_zlib(&bytes[HEAD..], 1);
        bytes.splice(.., [b"Sk\x01", compressed.as_slice()].concat());
    }
}

fn try_case(case: &[Vec<u8>], _: &mut Rng) {
    for bytes in case {
        if let Ok(text) = core::str::from_utf8(bytes) {
            let _ = from_text(text);
        }
        match from_bytes(bytes) {
            Ok(bundle) => {
                let text = to_text(&bundle).expect("what was read can be written");
                let again = from_text(&text).expect("what was written can be read");
                assert_eq!(format!("{bundle:?}"), format!("{again:?}"), "it is the same");
            }
            Err(error) => assert!(!error.to_string().is_empty(), "a mistake is said"),
        }
    }
}
