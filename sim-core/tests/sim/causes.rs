//! Each fact names the fact that made it happen: so a call can be followed down the layers, over the link, and up.

use sim_core::program::{Call, Step};
use sim_core::trace::{Fact, FactId, What};

use crate::harness::*;

/// The kinds of the facts from one back to its first cause, nearest first.
fn walk(run: &Run, from: FactId) -> Vec<String> {
    let kind = |fact: &Fact| match &fact.what {
        What::Encapsulated { layer, protocol, .. } => format!("Encapsulated L{} {}", layer.number(), protocol.name()),
        What::Decapsulated { layer, protocol, .. } => format!("Decapsulated L{} {}", layer.number(), protocol.name()),
        what => what.to_string().split(' ').next().unwrap_or_default().to_owned(),
    };
    run.trace.causes(from).map(kind).collect()
}

fn hello() -> Run {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Recv(S1, 9), Step::PrintReceived, Step::Close(S1)]));
    run.spawn(at(5), A, "client", then(connecting(), [Step::Sleep(ms(50)), Step::Send(S0, bytes("hello!"))]))
        .until(at(9000));
    run
}

#[test]
fn from_send_to_print() {
    let run = hello();
    let printed = run.trace.facts().iter().find(|fact| matches!(fact.what, What::Printed { .. })).expect("printed");
    same(
        &walk(&run, printed.id)[..11],
        &[
            "Printed",
            "Returned",
            "Decapsulated L4 TCP",
            "Decapsulated L3 IPv4",
            "Decapsulated L2 Ethernet",
            "Delivered",
            "Sent",
            "Encapsulated L2 Ethernet",
            "Encapsulated L3 IPv4",
            "Encapsulated L4 TCP",
            "Called",
        ],
    );
}

#[test]
fn a_packet_that_waited_for_arp_keeps_its_chain() {
    let run = hello();
    let connect = run.trace.facts().iter().find(|f| matches!(f.what, What::Called { call: Call::Connect(..), .. }));
    let syn = run.trace.facts().iter().find(|fact| matches!(&fact.what, What::Sent { bytes, .. } if bytes.len() == 74));
    let syn = syn.expect("a SYN");
    let walked = walk(&run, syn.id);
    same(&walked[..5], &["Sent", "Encapsulated L2 Ethernet", "Encapsulated L3 IPv4", "Encapsulated L4 TCP", "Called"]);
    assert!(run.trace.causes(syn.id).any(|fact| Some(fact.id) == connect.map(|fact| fact.id)));
    let request = run.frames()[0].0;
    let arp = run.trace.facts().iter().find(|fact| fact.at == request && matches!(fact.what, What::Sent { .. }));
    same(
        &walk(&run, arp.expect("a request").id)[..6],
        &[
            "Sent",
            "Encapsulated L2 Ethernet",
            "Encapsulated L3 ARP",
            "Neighbour",
            "Encapsulated L3 IPv4",
            "Encapsulated L4 TCP",
        ],
    );
}

#[test]
fn a_segment_that_is_sent_again_is_due_to_its_timer() {
    let mut scenario = two_hosts();
    scenario.links[0].faults[0].lose = vec![4];
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Recv(S1, 9)]));
    run.spawn(at(5), A, "client", then(connecting(), [Step::Send(S0, bytes("hello!")), Step::Recv(S0, 9)]))
        .until(at(9000));
    let data = |fact: &&Fact| matches!(&fact.what, What::Sent { bytes, .. } if bytes.len() == 72);
    let again = run.trace.facts().iter().filter(data).nth(1).expect("sent again");
    let texts: Vec<String> = run.trace.causes(again.id).map(|fact| fact.what.to_string()).collect();
    assert!(texts[4].ends_with("LossProbe fired"), "{texts:#?}");
    assert!(texts[5].contains("LossProbe armed"), "{texts:#?}");
    assert!(texts[6].starts_with("Called p1 line 3 send"), "{texts:#?}");
}

#[test]
fn headers_in_facts_are_those_of_the_frames() {
    let run = hello();
    for fact in run.trace.facts() {
        let What::Sent { bytes, .. } = &fact.what else { continue };
        let mut end = 0;
        let chain: Vec<&Fact> = run.trace.causes(fact.id).skip(1).collect();
        for fact in chain {
            let What::Encapsulated { header, payload, .. } = &fact.what else { break };
            assert_eq!(&bytes[end..end + header.len()], &header[..], "the header as it was sent");
            end += header.len();
            assert_eq!(bytes.len() - end, *payload);
        }
        assert!(end >= 42, "every header is a fact");
    }
}
