//! What the real kernel knows becomes facts, and changes nothing.

use sim_core::gateway::{Answer, Direction, FlowId, InfoField, KernelInfo, LinkType, RealFrame};
use sim_core::network::{Input, InputError};
use sim_core::trace::{CaptureSource, What};

use crate::harness::*;

#[test]
fn information_and_frames_are_facts() {
    let mut run = super::connected([]);
    let (_, packets) = (run.take_asks(), run.packets());
    let fields = [(InfoField(1), 1), (InfoField(12), 40_000), (InfoField(33), 65_483), (InfoField(99), 7)];
    let info = KernelInfo { fields: fields.into() };
    run.answer(at(200), 0, Answer::Info(info.clone()));
    let frame = RealFrame {
        direction: Direction::Received,
        link_type: LinkType::Ethernet,
        bytes: run.frames()[2].2.clone(),
        length: 1500,
        lost: 2,
    };
    run.answer(at(200), 0, Answer::Frame(frame.clone())).answer(at(200), 55, Answer::Info(info.clone()));
    let packet = RealFrame { direction: Direction::Sent, link_type: LinkType::Ip, bytes: bytes("E"), ..frame };
    run.answer(at(200), 0, Answer::Frame(packet)).until(at(300));
    let facts: Vec<String> = run.trace.facts().iter().map(|fact| fact.what.to_string()).collect();
    let told = |start: &str| facts.iter().filter(|line| line.starts_with(start)).cloned().collect::<Vec<String>>();
    let known = "state 1 rtt 40000 rcv_ssthresh 65483 field99 7";
    same(&told("KernelInfo"), &[&format!("KernelInfo f0 {known}"), &format!("KernelInfo f55 {known}")]);
    let captured = told("Captured");
    assert!(captured[0].starts_with("Captured f0 received Ethernet after 2 lost of 1500 74 bytes"), "{captured:?}");
    assert!(captured[0].contains("93.184.216.34"), "it is summed up: {captured:?}");
    assert!(captured[1].starts_with("Captured f0 sent Ip after 2 lost of 1500 1 bytes"), "{captured:?}");
    assert_eq!(info.get("rtt"), Some(40_000));
    assert_eq!(info.get("cwnd"), None);
    assert_eq!((run.take_asks(), run.packets()), (vec![], packets), "nothing else happened");
    let flow = |what: &What| matches!(what, What::Captured { source: CaptureSource::Flow { flow: FlowId(0), .. }, .. });
    assert_eq!(run.trace.facts().iter().filter(|fact| flow(&fact.what)).count(), 2);
}

/// Fields are numbered as the relay's protocol numbers them.
#[test]
fn the_numbers_of_fields() {
    for (number, name) in [(1, "state"), (4, "rto"), (15, "snd_cwnd"), (30, "delivery_rate"), (36, "last_ack_recv")] {
        assert_eq!(InfoField(number).name(), Some(name));
    }
    assert_eq!((InfoField(0).name(), InfoField(37).name()), (None, None));
}

#[test]
fn only_a_gateway_is_answered() {
    let run = Run::new(&host_and_gateway(), 1);
    let error = run.network.check_input(&Input::Answer(A, FlowId(0), Answer::Fin)).expect_err("A is a host");
    assert_eq!(error, InputError::NotGateway(A));
    assert!(error.to_string().contains("node 0 is no gateway"), "{error}");
}
