//! Sockets as programs meet them: names, errors, and who may have a port.

use sim_core::program::{Address, Call, Family, SocketOption, SocketType, Step};
use sim_core::trace::{NeighbourState, What};

use crate::harness::*;

fn stream() -> Step {
    Step::Socket(Family::Inet, SocketType::Stream, S0)
}

fn datagram() -> Step {
    Step::Socket(Family::Inet, SocketType::Datagram, S0)
}

fn alone(steps: Vec<Step>) -> Vec<String> {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), A, "program", steps).until(at(10_000));
    run.results(A)
}

fn reuse(on: bool) -> Step {
    Step::SetOption(S0, SocketOption::ReuseAddress(on))
}

/// The tutorial's "Address already in use": the old server's connection is in TIME-WAIT when the new one binds.
#[test]
fn rebinding_needs_the_option_in_both_servers() {
    for (old, new, works) in [(false, false, false), (false, true, false), (true, false, false), (true, true, true)] {
        let mut run = Run::new(&two_hosts(), 1);
        let server = |on, more: Vec<Step>| {
            then(vec![stream(), reuse(on), Step::Bind(S0, every_address(PORT)), Step::Listen(S0, 8)], more)
        };
        let serve = vec![Step::Accept(S0, S1), Step::Recv(S1, 100), Step::Close(S1), Step::Close(S0)];
        run.spawn(at(0), B, "old", server(old, serve));
        run.spawn(
            at(10),
            A,
            "client",
            then(connecting(), [Step::Send(S0, bytes("x")), Step::RecvToEnd(S0, 9), Step::Close(S0)]),
        );
        run.until(at(1000));
        assert!(run.states(B).contains(&"TIME-WAIT FinReceived".to_owned()), "{:?}", run.states(B));
        run.spawn(at(1000), B, "new", server(new, vec![]));
        let bound = run.results(B).iter().filter(|line| *line == "3: None").count() == 2;
        assert_eq!(bound, works, "old {old}, new {new}: {:?}", run.results(B));
    }
}

#[test]
fn two_listeners_on_one_port_never() {
    let mut run = Run::new(&two_hosts(), 1);
    let server =
        || vec![stream(), reuse(true), Step::Bind(S0, every_address(PORT)), Step::Listen(S0, 1), Step::Accept(S0, S1)];
    run.spawn(at(0), B, "one", server()).spawn(at(1), B, "two", server()).until(at(10));
    assert_eq!(run.results(B).last().map(String::as_str), Some("3: exit EADDRINUSE"));
}

#[test]
fn errors_of_calls() {
    let last = |steps| alone(steps).pop().expect("it ends");
    assert_eq!(last(vec![Step::Close(S0)]), "1: exit EBADF");
    assert_eq!(last(vec![stream(), Step::Close(S0), Step::Close(S0)]), "3: exit EBADF");
    assert_eq!(last(vec![stream(), Step::Recv(S0, 1)]), "2: exit ENOTCONN");
    assert_eq!(last(vec![stream(), Step::Send(S0, bytes("x"))]), "2: exit EPIPE");
    assert_eq!(last(vec![stream(), Step::Accept(S0, S1)]), "2: exit EINVAL");
    assert_eq!(last(vec![stream(), Step::Bind(S0, b(80))]), "2: exit EADDRNOTAVAIL");
    assert_eq!(
        last(vec![stream(), Step::Bind(S0, every_address(80)), Step::Bind(S0, every_address(81))]),
        "3: exit EINVAL"
    );
    assert_eq!(last(vec![stream(), Step::Connect(S0, ([8, 8, 8, 8], 53).into())]), "2: exit ENETUNREACH");
    assert_eq!(last(vec![datagram(), Step::Listen(S0, 1)]), "2: exit EOPNOTSUPP");
    assert_eq!(last(vec![datagram(), Step::Send(S0, bytes("x"))]), "2: exit EDESTADDRREQ");
    let long = |length: usize| vec![datagram(), Step::SendTo(S0, vec![0; length].into(), b(9))];
    assert_eq!(last(long(65_508)), "2: exit EMSGSIZE");
    assert_eq!(last(long(65_507)), "2: exit");
}

#[test]
fn a_connection_cannot_be_connected_again() {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Recv(S1, 9)]));
    run.spawn(at(1), A, "client", then(connecting(), [Step::Connect(S0, b(PORT))])).until(at(1000));
    assert_eq!(run.results(A).last().map(String::as_str), Some("3: exit EISCONN"));
}

#[test]
fn a_host_that_does_not_answer_arp() {
    let mut run = Run::new(&two_hosts(), 1);
    let nobody = ([10, 0, 0, 77], 80).into();
    run.spawn(at(0), A, "client", vec![stream(), Step::Connect(S0, nobody)]).until(at(10_000));
    assert_eq!(run.results(A)[1], "2: EHOSTUNREACH");
    let fact = run.trace.facts().iter().find(|fact| matches!(fact.what, What::Exited { .. })).expect("it ends");
    about(fact.at - at(0), 3 * 1024, 8);
    assert_eq!(run.packets().len(), 0);
    assert_eq!(run.exchange().len(), 3, "three requests");
    let failed =
        |fact: &&sim_core::trace::Fact| matches!(fact.what, What::Neighbour { state: NeighbourState::Failed, .. });
    assert!(run.trace.facts().iter().any(|fact| failed(&fact)));
}

#[test]
fn messages_have_no_borders_in_a_stream_but_in_datagrams() {
    let mut run = Run::new(&two_hosts(), 1);
    let server = then(
        accepting(),
        [Step::Sleep(ms(500)), Step::Recv(S1, 1024), Step::PrintReceived, Step::Recv(S1, 4), Step::PrintReceived],
    );
    let client = then(
        connecting(),
        [
            Step::Send(S0, bytes("hello")),
            Step::Send(S0, bytes("world")),
            Step::Sleep(ms(1000)),
            Step::Send(S0, bytes("abcdef")),
            Step::Sleep(ms(1000)),
        ],
    );
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(1400));
    assert!(run.results(B).contains(&"7: print b'helloworld'".to_owned()), "{:?}", run.results(B));
    run.until(at(5000));
    assert!(run.results(B).contains(&"9: print b'abcd'".to_owned()), "{:?}", run.results(B));

    let mut run = Run::new(&two_hosts(), 1);
    let server = vec![
        datagram(),
        Step::Bind(S0, every_address(9000)),
        Step::RecvFrom(S0, 3),
        Step::PrintReceived,
        Step::RecvFrom(S0, 9),
    ];
    let client = vec![datagram(), Step::SendTo(S0, bytes("hello"), b(9000)), Step::SendTo(S0, bytes(""), b(9000))];
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(1000));
    assert!(run.results(B).contains(&"4: print b'hel'".to_owned()));
    assert!(run.results(B).iter().any(|line| line.starts_with("5: b'' from 10.0.0.1:")), "{:?}", run.results(B));
}

#[test]
fn an_unconnected_datagram_to_a_dead_port_is_silent() {
    let mut run = Run::new(&two_hosts(), 1);
    let client =
        vec![datagram(), Step::SendTo(S0, bytes("x"), b(9)), Step::Sleep(ms(500)), Step::SendTo(S0, bytes("y"), b(9))];
    run.spawn(at(0), A, "client", client).until(at(2000));
    same(&run.results(A), &["1: fd 3", "2: 1", "3: None", "4: 1", "4: exit"]);
}

#[test]
fn simultaneous_open() {
    let mut run = Run::new(&two_hosts(), 1);
    let side = |own: u16, peer: Address| {
        vec![
            stream(),
            Step::Bind(S0, every_address(own)),
            Step::Connect(S0, peer),
            Step::Send(S0, bytes("hi")),
            Step::Recv(S0, 9),
        ]
    };
    // Both know each other's hardware address, so that the SYNs cross.
    run.spawn(at(0), A, "probe", vec![datagram(), Step::SendTo(S0, bytes("x"), b(9))]).until(at(100));
    run.spawn(at(100), A, "a", side(7000, b(7001)));
    run.spawn(at(100), B, "b", side(7001, (A_IP, 7000).into())).until(at(60_000));
    assert!(run.states(A).contains(&"SYN-RECEIVED SynReceived".to_owned()), "{:?}", run.states(A));
    assert!(run.states(B).contains(&"ESTABLISHED AckOfSyn".to_owned()), "{:?}", run.states(B));
    assert!(run.results(A).contains(&"5: b'hi'".to_owned()), "{:?}", run.results(A));
    assert!(run.results(B).contains(&"5: b'hi'".to_owned()), "{:?}", run.results(B));
    // RFC 9293 figure 7: a SYN and a SYN-ACK each way, and no more.
    let handshake = run.packets().iter().filter(|line| line.contains(" 0 1 0 win") || line.contains("S 0 0 0")).count();
    assert_eq!(handshake, 4, "{:#?}", run.packets());
}

#[test]
fn a_blocked_call_says_so_by_returning_later() {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Recv(S1, 9)]));
    run.spawn(at(100), A, "client", then(connecting(), [Step::Send(S0, bytes("x"))])).until(at(1000));
    let accept = run.trace.facts().iter().find_map(|fact| match &fact.what {
        What::Called { call: Call::Accept(_), .. } => Some(fact.id),
        _ => None,
    });
    let returned = run.trace.facts().iter().find(|fact| match &fact.what {
        What::Returned { called, .. } => Some(*called) == accept,
        _ => false,
    });
    let causes: Vec<String> =
        run.trace.causes(returned.expect("it returns").id).map(|fact| fact.what.to_string()).collect();
    assert!(causes[1].starts_with("Decapsulated L4 TCP"), "the ACK of the handshake: {causes:#?}");
    assert!(causes.iter().any(|what| what.starts_with("Called p1 line 2 connect")), "{causes:#?}");
}
