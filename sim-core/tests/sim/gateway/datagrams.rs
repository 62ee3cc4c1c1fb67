//! UDP from the lab to the real network, and what comes back.

use std::net::Ipv4Addr;

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, FlowId, datagram_cost};
use sim_core::network::{Input, Network, Output};
use sim_core::program::{Address, Call, Family, SocketType, Step};
use sim_core::trace::{ProcessId, Trace, What};

use crate::harness::*;
use crate::posix::{NONE, Shell};

use super::{FAR, data};

/// A shell on A, behind the gateway, with a UDP socket.
fn behind() -> (Shell, ProcessId, u32) {
    let mut shell = Shell::on(&host_and_gateway());
    let a = shell.process(A);
    let fd = shell.datagram(a);
    (shell, a, fd)
}

fn send_to(shell: &mut Shell, a: ProcessId, fd: u32, text: &str, port: u16) -> String {
    shell.call(a, Call::SendTo(fd, bytes(text), (FAR, port).into(), NONE))
}

fn answer(shell: &mut Shell, flow: u32, answer: Answer) {
    shell.run.input(at(shell.now), Input::Answer(B, FlowId(flow), answer));
    shell.wait(100);
}

fn connected(shell: &mut Shell, flow: u32) {
    answer(shell, flow, Answer::Connected { credit: 65_536 });
}

#[test]
fn a_question_and_its_answer() {
    let (mut shell, a, fd) = behind();
    assert_eq!(send_to(&mut shell, a, fd, "who", 53), "3");
    same(&shell.run.take_asks(), &["0 connect datagram 93.184.216.34:53 65536"]);
    connected(&mut shell, 0);
    same(&shell.run.take_asks(), &["0 send who"]);
    answer(&mut shell, 0, data("I"));
    same(&shell.run.take_asks(), &[&format!("0 credit {}", datagram_cost(1))]);
    assert_eq!(shell.call(a, Call::RecvFrom(fd, 100, NONE)), "b'I' from 93.184.216.34:53");
    same(&shell.run.packets(), &["A UDP 3 ip 31 DF", "B UDP 1 ip 29 DF"]);
}

/// One real socket for each pair of ends: then errors of the real network come back to the right one.
#[test]
fn a_flow_for_each_pair_of_ends() {
    let (mut shell, a, first) = behind();
    let second = shell.datagram(a);
    send_to(&mut shell, a, first, "1", 53);
    send_to(&mut shell, a, first, "2", 54);
    send_to(&mut shell, a, second, "3", 53);
    let host = Call::SendTo(second, bytes("4"), (B_IP, 7).into(), NONE);
    assert_eq!(shell.call(a, host), "1");
    send_to(&mut shell, a, first, "5", 53);
    let asked = [
        "0 connect datagram 93.184.216.34:53 65536",
        "1 connect datagram 93.184.216.34:54 65536",
        "2 connect datagram 93.184.216.34:53 65536",
        "3 connect datagram 10.0.0.2:7 65536",
    ];
    same(&shell.run.take_asks(), &asked);
    connected(&mut shell, 0);
    same(&shell.run.take_asks(), &["0 send 1", "0 send 5"]);
    answer(&mut shell, 2, data("for the second"));
    shell.non_blocking(a, first);
    assert_eq!(shell.recv(a, first, 100), "EAGAIN");
    assert_eq!(shell.recv(a, second, 100), "b'for the second'");
}

/// Each datagram costs its payload and 28 bytes; what has no credit waits, in its boundaries.
#[test]
fn credit_is_counted_in_datagrams() {
    let (mut shell, a, fd) = behind();
    for text in ["abc", "", "de"] {
        send_to(&mut shell, a, fd, text, 9);
    }
    shell.run.take_asks();
    answer(&mut shell, 0, Answer::Connected { credit: 31 + 27 });
    same(&shell.run.take_asks(), &["0 send abc"]);
    answer(&mut shell, 0, Answer::Credit(1));
    same(&shell.run.take_asks(), &["0 send "]);
    answer(&mut shell, 0, Answer::Credit(29));
    same(&shell.run.take_asks(), &[]);
    answer(&mut shell, 0, Answer::Credit(1));
    same(&shell.run.take_asks(), &["0 send de"]);
}

/// While the real socket is not there, as many wait as in a socket's buffer (256 of 100 bytes); the others are dropped, and it is told.
#[test]
fn what_finds_no_room_is_dropped_with_a_fact() {
    let (mut shell, a, fd) = behind();
    for _ in 0..260 {
        shell.run.input(at(shell.now), Input::Call(A, a, Call::SendTo(fd, bytes("x"), (FAR, 9).into(), NONE)));
        shell.wait(1);
    }
    shell.wait(100);
    assert_eq!(shell.run.drops(), vec!["BufferFull"; 260 - 256]);
    connected(&mut shell, 0);
    assert_eq!(shell.run.take_asks().iter().filter(|ask| *ask == "0 send x").count(), 256);
}

/// The error of the real network is the error of a call in the lab.
#[test]
fn errors_of_the_real_network_come_back() {
    for (error, packet, seen) in [
        (Errno::ECONNREFUSED, "B ICMP port unreachable ip 60 --", "ECONNREFUSED"),
        (Errno::EACCES, "B ICMP unreachable - admin prohibited ip 60 --", "EHOSTUNREACH"),
        (Errno::EHOSTUNREACH, "B ICMP host unreachable ip 60 --", "blocked"),
        (Errno::ENETUNREACH, "B ICMP net unreachable ip 60 --", "blocked"),
    ] {
        let (mut shell, a, fd) = behind();
        shell.connect(a, fd, (FAR, 9));
        assert_eq!(shell.send(a, fd, "lost"), "4");
        connected(&mut shell, 0);
        shell.run.take_asks();
        answer(&mut shell, 0, Answer::Unreachable(error));
        assert_eq!(shell.run.packets()[1], packet);
        assert_eq!(shell.recv(a, fd, 10), seen);
        if seen != "blocked" {
            assert_eq!(shell.send(a, fd, "again"), "5", "the flow goes on");
            same(&shell.run.take_asks(), &["0 send again"]);
        }
    }
}

/// A refusal ends the flow: each datagram that waits is told of and dropped, and the next one asks again.
#[test]
fn a_refusal_is_told_for_each_that_waits() {
    let (mut shell, a, fd) = behind();
    shell.connect(a, fd, (FAR, 9));
    shell.send(a, fd, "1");
    shell.send(a, fd, "22");
    answer(&mut shell, 0, Answer::Refused(Errno::EACCES));
    let told: Vec<String> = shell.run.packets().into_iter().filter(|line| line.contains("prohibited")).collect();
    same(&told, &["B ICMP unreachable - admin prohibited ip 57 --", "B ICMP unreachable - admin prohibited ip 58 --"]);
    assert_eq!(shell.run.drops(), ["RealNetwork", "RealNetwork"]);
    assert_eq!(shell.recv(a, fd, 1), "EHOSTUNREACH");
    shell.run.take_asks();
    shell.send(a, fd, "3");
    same(&shell.run.take_asks(), &["1 connect datagram 93.184.216.34:9 65536"]);
    // An answer to the old flow is too late to matter.
    answer(&mut shell, 0, data("late"));
    same(&shell.run.take_asks(), &[]);
}

/// 30 s with one side heard, 120 s with both, as Linux's conntrack.
#[test]
fn idle_flows_are_closed() {
    let (mut shell, a, fd) = behind();
    send_to(&mut shell, a, fd, "one", 1);
    send_to(&mut shell, a, fd, "two", 2);
    connected(&mut shell, 0);
    connected(&mut shell, 1);
    answer(&mut shell, 1, data("yes"));
    shell.run.take_asks();
    let answered = shell.now;
    shell.wait(29_000);
    same(&shell.run.take_asks(), &[]);
    shell.wait(2000);
    same(&shell.run.take_asks(), &["0 close"]);
    shell.run.until(at(answered + 119_800));
    same(&shell.run.take_asks(), &[]);
    shell.run.until(at(answered + 120_100));
    same(&shell.run.take_asks(), &["1 close"]);
    assert_eq!(shell.run.network.poll_timeout(), None, "nothing is left to do");
}

#[test]
fn what_is_used_is_kept() {
    let (mut shell, a, fd) = behind();
    send_to(&mut shell, a, fd, "0", 1);
    connected(&mut shell, 0);
    for _ in 0..5 {
        shell.wait(25_000);
        send_to(&mut shell, a, fd, "more", 1);
    }
    assert!(!shell.run.take_asks().contains(&"0 close".to_owned()));
}

#[test]
fn long_datagrams_go_in_fragments_through_the_lab_alone() {
    let (mut shell, a, fd) = behind();
    let long = "x".repeat(4000);
    send_to(&mut shell, a, fd, &long, 9);
    connected(&mut shell, 0);
    assert_eq!(shell.run.take_asks()[1], format!("0 send {long}"));
    answer(&mut shell, 0, data(&long));
    assert_eq!(shell.call(a, Call::RecvFrom(fd, 5000, NONE)), format!("b'{long}' from 93.184.216.34:9"));
    let fragments = |from| shell.run.frames().iter().filter(|(_, by, frame)| *by == from && frame.len() > 1000).count();
    assert_eq!((fragments(A), fragments(B)), (3, 3));
}

/// The longest that both protocols have passes; one byte more has no IPv4 packet.
#[test]
fn the_longest_datagram() {
    let (mut shell, a, fd) = behind();
    send_to(&mut shell, a, fd, "?", 9);
    connected(&mut shell, 0);
    answer(&mut shell, 0, Answer::Data(vec![0; 65_507].into()));
    shell.wait(1000);
    assert_eq!(shell.recv(a, fd, 70_000).len(), "b''".len() + 4 * 65_507);
    answer(&mut shell, 0, Answer::Data(vec![0; 65_508].into()));
    assert_eq!(shell.run.drops(), ["TooBig"]);
}

/// A driver that breaks the rules loses the flow, on both sides.
#[test]
fn more_data_than_credit_ends_the_flow() {
    let (mut shell, a, fd) = behind();
    send_to(&mut shell, a, fd, "?", 9);
    answer(&mut shell, 0, Answer::Data(vec![0; 65_536].into()));
    same(&shell.run.take_asks(), &["0 connect datagram 93.184.216.34:9 65536", "0 reset"]);
    assert_eq!(shell.run.drops(), ["RealNetwork"], "what waited");
    connected(&mut shell, 0);
    send_to(&mut shell, a, fd, "!", 9);
    same(&shell.run.take_asks(), &["1 connect datagram 93.184.216.34:9 65536"]);
}

/// Answers that make no sense for datagrams, or for a flow that never was, change nothing.
#[test]
fn senseless_answers() {
    let (mut shell, a, fd) = behind();
    send_to(&mut shell, a, fd, "?", 9);
    shell.run.take_asks();
    let listening = Answer::Listening { local: (FAR, 9).into(), credit: 9 };
    let stray = Answer::Datagram { from: (FAR, 9).into(), bytes: bytes("stray") };
    for flow in [0, 77] {
        for sense in [listening.clone(), stray.clone(), Answer::Credit(u32::MAX), Answer::Unreachable(Errno::EIO)] {
            answer(&mut shell, flow, sense);
        }
    }
    connected(&mut shell, 0);
    connected(&mut shell, 0);
    same(&shell.run.take_asks(), &["0 send ?"]);
    // A connection that nobody listens for is taken, to be ended.
    let accepted = |connection| Answer::Accepted { connection, peer: (FAR, 9).into(), credit: 9 };
    answer(&mut shell, 0, accepted(5));
    answer(&mut shell, 77, accepted(6));
    same(&shell.run.take_asks(), &["1 accept 5 0", "1 reset", "2 accept 6 0", "2 reset"]);
}

/// There are at most a thousand flows; more are dropped, whether UDP or TCP.
#[test]
fn a_flood_of_flows_is_bounded() {
    let (mut shell, a, fd) = behind();
    for port in 1..=1010 {
        let call = Call::SendTo(fd, bytes("x"), (FAR, port).into(), NONE);
        shell.run.input(at(shell.now), Input::Call(A, a, call));
        shell.wait(1);
    }
    shell.wait(100);
    assert_eq!(shell.run.take_asks().len(), 1000);
    assert_eq!(shell.run.drops(), vec!["NatFull"; 10]);
    let tcp = shell.stream(a);
    assert_eq!(shell.connect(a, tcp, (FAR, 80)), "blocked");
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.run.drops().len(), 11);
    answer(&mut shell, 0, Answer::Lost);
    shell.wait(3000);
    same(&shell.run.take_asks(), &["1000 connect 93.184.216.34:80 65536"]);
}

/// A program on the gateway hears what is for the gateway, and not what passes through.
#[test]
fn programs_on_the_gateway_hear_what_is_theirs() {
    let mut run = Run::new(&host_and_gateway(), 1);
    let any = every_address(53);
    let server = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::Bind(S0, any),
        Step::RecvFrom(S0, 10),
        Step::PrintReceived,
    ];
    let client = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::SendTo(S0, bytes("far"), (FAR, 53).into()),
        Step::SendTo(S0, bytes("near"), (B_IP, 53).into()),
    ];
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(500));
    same(&run.take_asks(), &["0 connect datagram 93.184.216.34:53 65536"]);
    assert!(run.results(B).contains(&"4: print b'near'".to_owned()), "{:?}", run.results(B));
}

/// The loopback of the gateway is that of the real machine, for the programs on it.
#[test]
fn programs_on_the_gateway_reach_the_real_loopback() {
    let mut run = Run::new(&host_and_gateway(), 1);
    let home = Address::from((Ipv4Addr::LOCALHOST, 53));
    let steps = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::SendTo(S0, bytes("who"), home),
        Step::RecvFrom(S0, 10),
        Step::PrintReceived,
    ];
    run.spawn(at(0), B, "client", steps).until(at(10));
    same(&run.take_asks(), &["0 connect datagram 127.0.0.1:53 65536"]);
    run.answer(at(20), 0, Answer::Connected { credit: 99 }).answer(at(30), 0, data("I")).until(at(40));
    same(&run.take_asks(), &["0 send who", "0 credit 29"]);
    assert!(run.results(B).contains(&"4: print b'I'".to_owned()), "{:?}", run.results(B));
}

/// Broadcasts and groups stay in the lab.
#[test]
fn what_is_for_many_is_asked_of_nobody() {
    let (mut shell, a, fd) = behind();
    shell.set(a, fd, sim_core::program::SocketOption::Broadcast(true));
    for to in [Ipv4Addr::BROADCAST, Ipv4Addr::new(10, 0, 0, 255), Ipv4Addr::new(224, 0, 0, 251)] {
        assert_eq!(shell.call(a, Call::SendTo(fd, bytes("all"), (to, 5353).into(), NONE)), "3");
    }
    same(&shell.run.take_asks(), &[]);
}

/// The same inputs give the same trace, and a snapshot goes on as the original does.
#[test]
fn a_session_replays() {
    let run = |snapshot: bool| {
        let mut network = Network::new(&host_and_gateway(), 9).expect("sound");
        let mut trace = Trace::default();
        let steps = vec![
            Step::Socket(Family::Inet, SocketType::Datagram, S0),
            Step::SendTo(S0, bytes("a"), (FAR, 9).into()),
            Step::RecvFrom(S0, 99),
            Step::ReplyReceived(S0),
        ];
        network.handle_input(at(0), Input::Spawn(A, script("c", steps).into()));
        for (millis, answer) in [
            (100, Answer::Connected { credit: 40 }),
            (200, Answer::Data(vec![7; 3000].into())),
            (300, Answer::Credit(9000)),
            (400, Answer::Unreachable(Errno::ECONNREFUSED)),
        ] {
            network.run_until(at(millis), |output| {
                if let Output::Fact(fact) = output {
                    trace.push(fact);
                }
            });
            if snapshot {
                network = network.clone();
            }
            network.handle_input(at(millis), Input::Answer(B, FlowId(0), answer));
        }
        network.run_until(at(200_000), |output| {
            if let Output::Fact(fact) = output {
                trace.push(fact);
            }
        });
        trace
    };
    let (first, second) = (run(false), run(true));
    assert_eq!(first.hash(), second.hash());
    assert!(first.facts().iter().any(|fact| fact.what.to_string() == "Asked f0 close"), "it was idle in the end");
    assert!(first.facts().iter().any(|fact| matches!(fact.what, What::Reassembled { .. })));
}
