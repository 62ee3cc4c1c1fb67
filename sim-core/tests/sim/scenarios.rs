//! A scenario that cannot be is refused with a sentence.

use sim_core::network::Network;
use sim_core::scenario::{End, NodeKind, Program, Scenario, ScenarioError};
use sim_core::trace::{LinkId, NodeId};

use crate::harness::*;

#[track_caller]
fn refused(change: impl FnOnce(&mut Scenario), expected: &ScenarioError) {
    let mut scenario = two_hosts();
    change(&mut scenario);
    let error = Network::new(&scenario, 1).expect_err("it cannot be");
    assert_eq!(&error, expected);
    assert!(error.to_string().len() > 20, "a sentence: {error}");
}

#[test]
fn impossible_scenarios() {
    refused(|s| *s = Scenario { nodes: Vec::new(), links: Vec::new(), ..Scenario::default() }, &ScenarioError::NoNodes);
    refused(|s| s.nodes[1].interfaces[0].addresses[0].ip = A_IP.into(), &ScenarioError::SameAddress(A, B));
    refused(|s| s.nodes[1].interfaces[0].mac = s.nodes[0].interfaces[0].mac, &ScenarioError::SameMac(A, B));
    refused(|s| s.nodes[1].interfaces[0].mac[0] = 1, &ScenarioError::GroupMac(B));
    refused(|s| s.nodes[0].interfaces[0].addresses[0].prefix = 33, &ScenarioError::PrefixTooLong(A, 33));
    refused(
        |s| s.nodes[0] = s.nodes[0].clone().route_all([192, 168, 0, 1].into()),
        &ScenarioError::RouteOutside(A, [192, 168, 0, 1].into()),
    );
    refused(|s| s.links[0].ends[1].node = NodeId(9), &ScenarioError::UnknownNode(LinkId(0), NodeId(9)));
    refused(|s| s.links[0].ends[1].node = A, &ScenarioError::LinkToItself(LinkId(0)));
    refused(|s| s.nodes[1].name = "A".into(), &ScenarioError::SameName(A, B));
    refused(|s| s.nodes[1].interfaces.clear(), &ScenarioError::NoInterface(B));
    refused(|s| s.nodes[1].kind = NodeKind::Switch, &ScenarioError::SwitchHasInterfaces(B));
    refused(|s| s.nodes[0].interfaces[0].mtu = 0, &ScenarioError::Mtu(A, 0));
    refused(|s| s.nodes[0].interfaces[0].mtu = 9000, &ScenarioError::Mtu(A, 9000));
    refused(
        |s| s.nodes[0].interfaces[0].addresses[0].ip = [224, 0, 0, 1].into(),
        &ScenarioError::BadAddress(A, [224, 0, 0, 1].into()),
    );
    refused(
        |s| s.links[0].ends[0].interface = 1,
        &ScenarioError::UnknownInterface(LinkId(0), End { node: A, interface: 1 }),
    );
    refused(|s| s.nodes = vec![s.nodes[0].clone(); 65_537], &ScenarioError::TooManyNodes(65_537));
    refused(|s| s.links.push(s.links[0].clone()), &ScenarioError::TwoLinks(A, LinkId(0), LinkId(1)));
    refused(|s| s.links[0].faults[0].loss_ppm = 1_000_001, &ScenarioError::ShareAboveAll(LinkId(0), 1_000_001));
    refused(|s| s.links[0].faults[1].lose = vec![0], &ScenarioError::FrameZero(LinkId(0)));
    refused(
        |s| {
            s.nodes[1].kind = NodeKind::Gateway;
            s.nodes[1].programs = vec![Program { at: at(0), what: script("server", Vec::new()).into() }];
        },
        &ScenarioError::NoPrograms(B),
    );
}

#[test]
fn the_lab_stands() {
    for scenario in [sim_core::lab::with_gateway(), sim_core::lab::with_server()] {
        assert_eq!(scenario.check(), Ok(()));
    }
}

#[test]
fn the_labs_exchange_is_the_golden_one() {
    use sim_core::lab;
    let mut run = Run::new(&lab::with_server(), 1);
    let client = lab::tcp_client((lab::SERVER, lab::TCP_PORT).into(), b"hello!", lab::Reading::Once);
    run.input(at(10), sim_core::network::Input::Spawn(lab::CLIENT_NODE, client.into())).until(at(100_000));
    let lengths: Vec<usize> = run.frames().iter().map(|(.., frame)| frame.len()).collect();
    assert_eq!(lengths, [42, 42, 74, 74, 66, 72, 66, 68, 66, 66, 66, 66]);
    assert!(run.results(A).contains(&"7: print b'hi'".to_owned()));
    assert!(run.results(B).contains(&"9: print b'hello!'".to_owned()));
}
