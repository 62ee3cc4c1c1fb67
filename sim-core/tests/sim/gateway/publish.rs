//! Sockets of the lab that the real network reaches.

use std::net::{Ipv4Addr, SocketAddr};

use proptest::prelude::*;
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, FlowId, FlowKind, Publication};
use sim_core::network::{Input, InputError, Unpublishable};
use sim_core::program::{Address, Call, Family, Shutdown, SocketType, Step};
use sim_core::trace::ProcessId;

use crate::harness::*;
use crate::posix::{NONE, Shell};

use super::{data, sent_up};

const REAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

fn client(port: u16) -> Address {
    ([192, 168, 1, 9], port).into()
}

fn publication(kind: FlowKind) -> Publication {
    Publication { kind, at: REAL, to: SocketAddr::new(A_IP.into(), PORT), backlog: 5 }
}

fn accepted(connection: u32) -> Answer {
    Answer::Accepted { connection, peer: client(4444), credit: 65_536 }
}

fn listening() -> Answer {
    Answer::Listening { local: REAL.into(), credit: 65_536 }
}

/// Host A runs this server, which is published as the flow 0.
fn serving(more: impl IntoIterator<Item = Step>) -> Run {
    let mut run = Run::new(&host_and_gateway(), 1);
    run.spawn(at(0), A, "server", then(accepting(), more));
    run.input(at(10), Input::Publish(B, publication(FlowKind::Stream)));
    same(&run.take_asks(), &["0 listen stream 127.0.0.1:8080 5 0"]);
    run.answer(at(20), 0, listening());
    same(&run.take_asks(), &["0 allow 16"]);
    run
}

/// The same, with a real client's connection, which is the flow 1.
fn connected(more: impl IntoIterator<Item = Step>) -> Run {
    let mut run = serving(more);
    run.answer(at(100), 0, accepted(0x8000_0001));
    same(&run.take_asks(), &["1 accept 2147483649 0"]);
    run.until(at(200));
    // The real side may send when the connection in the lab stands; what follows is the test's.
    assert_eq!(run.asks.remove(0), (FlowId(1), Ask::Credit(65_536)));
    run
}

#[test]
fn a_real_client_reaches_a_server_of_the_lab() {
    let mut run = connected([
        Step::Recv(S1, 100),
        Step::PrintReceived,
        Step::SendReceived(S1),
        Step::Recv(S1, 100),
        Step::PrintReceived,
        Step::Close(S1),
    ]);
    let packets = run.packets();
    assert!(packets[0].starts_with("B S 0 0 0 win 64240"), "the gateway connects: {packets:?}");
    assert!(run.results(A)[3].starts_with("4: fd 4 from 10.0.0.2:"), "{:?}", run.results(A));
    run.answer(at(300), 1, data("hello")).until(at(400));
    same(&run.take_asks(), &["1 credit 5", "1 send hello"]);
    run.answer(at(500), 1, Answer::Fin).until(at(700));
    same(&run.take_asks(), &["1 shutdown", "1 close"]);
    let printed: Vec<String> = run.results(A).into_iter().filter(|line| line.contains("print")).collect();
    same(&printed, &["6: print b'hello'", "9: print b''"]);
    let states: Vec<String> = run.states(B);
    assert!(states.contains(&"TIME-WAIT FinReceived".to_owned()), "the real client closed first: {states:?}");
}

#[test]
fn the_server_may_close_its_half_first() {
    let mut run = connected([
        Step::Send(S1, bytes("bye")),
        Step::Shutdown(S1, Shutdown::Write),
        Step::RecvToEnd(S1, 100),
        Step::PrintReceived,
    ]);
    same(&run.take_asks(), &["1 send bye", "1 shutdown"]);
    run.answer(at(500), 1, data("late")).answer(at(600), 1, Answer::Fin).until(at(1000));
    same(&run.take_asks(), &["1 credit 4", "1 close"]);
    assert!(run.results(A).contains(&"8: print b'late'".to_owned()));
}

#[test]
fn nobody_listens_in_the_lab() {
    let mut run = Run::new(&host_and_gateway(), 1);
    run.input(at(10), Input::Publish(B, publication(FlowKind::Stream))).answer(at(20), 0, listening());
    run.answer(at(30), 0, accepted(7)).until(at(100));
    same(&run.take_asks(), &["0 listen stream 127.0.0.1:8080 5 0", "0 allow 16", "1 accept 7 0", "1 reset"]);
    run.answer(at(200), 1, data("too late")).until(at(300));
    same(&run.take_asks(), &[]);
}

#[test]
fn resets_go_both_ways() {
    let mut run = connected([Step::Recv(S1, 10)]);
    run.answer(at(300), 1, Answer::Reset).until(at(400));
    assert!(run.results(A).contains(&"5: ECONNRESET".to_owned()));
    same(&run.take_asks(), &[]);

    let option = sim_core::program::SocketOption::Linger(Some(std::time::Duration::ZERO));
    let mut run = connected([Step::Recv(S1, 10), Step::SetOption(S1, option), Step::Close(S1)]);
    run.answer(at(300), 1, data("x")).until(at(400));
    same(&run.take_asks(), &["1 credit 1", "1 reset"]);

    // The real client is gone before the connection in the lab stands.
    let mut run = serving([Step::Recv(S1, 10)]);
    run.answer(at(100), 0, accepted(7)).answer(at(101), 1, Answer::Reset).until(at(300));
    same(&run.take_asks(), &["1 accept 7 0"]);
    assert!(run.states(B).contains(&"CLOSED Abort".to_owned()));
}

/// The real client has sent its FIN before the connection in the lab stands.
#[test]
fn a_client_that_only_asks_and_closes() {
    let mut run = serving([Step::RecvToEnd(S1, 100), Step::PrintLength, Step::Close(S1)]);
    run.answer(at(100), 0, accepted(7)).answer(at(101), 1, Answer::Fin).until(at(500));
    same(&run.take_asks(), &["1 accept 7 0", "1 shutdown", "1 close"]);
    assert!(run.results(A).contains(&"6: print 0".to_owned()));
}

/// The window of a server that does not read is the real client's.
#[test]
fn a_server_that_does_not_read_stops_the_real_client() {
    let mut run = connected([Step::Sleep(std::time::Duration::from_secs(3600))]);
    let (mut now, mut granted, mut sent) = (300, 65_536, 0);
    while granted > 0 && now < 60_000 {
        run.answer(at(now), 1, Answer::Data(vec![1; granted].into()));
        sent += granted;
        granted = 0;
        now += 1000;
        run.until(at(now));
        for (_, ask) in run.asks.split_off(0) {
            if let Ask::Credit(credit) = ask {
                granted += credit as usize;
            }
        }
    }
    assert!(granted == 0 && (100_000..400_000).contains(&sent), "{sent} bytes went, {granted} more may");
}

#[test]
fn connections_are_allowed_as_they_come() {
    let mut run = serving([Step::Sleep(std::time::Duration::from_secs(3600))]);
    for connection in 0..8 {
        run.answer(at(100), 0, accepted(connection));
    }
    run.until(at(300));
    let allowed: Vec<String> = run.take_asks().into_iter().filter(|ask| ask.contains("allow")).collect();
    same(&allowed, &["0 allow 8"]);
}

/// One more than was allowed is reset, and the others are not.
#[test]
fn accepted_beyond_what_is_allowed() {
    let mut run = Run::new(&host_and_gateway(), 1);
    run.input(at(10), Input::Publish(B, publication(FlowKind::Stream)));
    run.answer(at(20), 0, accepted(3)).answer(at(30), 0, listening());
    same(&run.take_asks(), &["0 listen stream 127.0.0.1:8080 5 0", "1 accept 3 0", "1 reset", "0 allow 16"]);
}

/// A flood of real clients stops at the number of flows; when one is over, another may come.
#[test]
fn a_flood_of_connections_is_bounded() {
    let mut run = Run::new(&host_and_gateway(), 1);
    let steps = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::Bind(S0, every_address(PORT)),
        Step::Listen(S0, 4096),
        Step::Sleep(std::time::Duration::from_secs(3600)),
    ];
    run.spawn(at(0), A, "server", steps);
    run.input(at(10), Input::Publish(B, publication(FlowKind::Stream))).answer(at(20), 0, listening());
    let (mut allowed, mut next, mut now, mut refused) = (0_u32, 0_u32, 30, 0);
    while now < 20_000 {
        now += 10;
        run.until(at(now));
        for (_, ask) in run.asks.split_off(0) {
            match ask {
                Ask::Allow(more) => allowed += more,
                Ask::Reset => refused += 1,
                _ => {}
            }
        }
        while allowed > 0 {
            allowed -= 1;
            next += 1;
            run.answer(at(now), 0, accepted(next));
        }
    }
    assert_eq!((next, refused), (998, 0), "the listening flow and one for the lab are left of a thousand");
    run.answer(at(now), 5, Answer::Reset).until(at(now + 100));
    same(&run.take_asks(), &["0 allow 1"]);
}

#[test]
fn what_is_withdrawn_is_over_and_its_connections_are_not() {
    let mut run = connected([Step::Recv(S1, 10), Step::SendReceived(S1)]);
    run.input(at(300), Input::Unpublish(B, FlowId(0)));
    same(&run.take_asks(), &["0 close"]);
    run.answer(at(300), 0, accepted(9));
    same(&run.take_asks(), &["2 accept 9 0", "2 reset"]);
    run.answer(at(400), 1, data("still")).until(at(500));
    same(&run.take_asks(), &["1 credit 5", "1 send still", "1 shutdown"]);
    let error = run.network.check_input(&Input::Unpublish(B, FlowId(0))).expect_err("it is gone");
    assert_eq!(error, InputError::NotPublished(B, FlowId(0)));
    let facts: Vec<String> = run.trace.facts().iter().map(|fact| fact.what.to_string()).collect();
    assert!(facts.contains(&"Published f0 stream 127.0.0.1:8080 to 10.0.0.1:8898 backlog 5".to_owned()));
    assert!(facts.contains(&"Unpublished f0".to_owned()));
    // The address is free again.
    run.input(at(600), Input::Publish(B, publication(FlowKind::Stream)));
    same(&run.take_asks(), &["3 listen stream 127.0.0.1:8080 5 0"]);
}

/// When the real machine does not listen, the address may be published again.
#[test]
fn refused_and_lost() {
    for answer in [Answer::Refused(Errno::EADDRINUSE), Answer::Lost, Answer::Reset] {
        for kind in [FlowKind::Stream, FlowKind::Datagram] {
            let mut run = Run::new(&host_and_gateway(), 1);
            run.input(at(0), Input::Publish(B, publication(kind))).answer(at(10), 0, answer.clone());
            run.answer(at(20), 0, listening());
            assert_eq!(run.take_asks().len(), 1, "it is over");
            run.network.check_input(&Input::Publish(B, publication(kind))).expect("it is free again");
        }
    }
}

#[test]
fn what_cannot_be_published() {
    let mut run = Run::new(&host_and_gateway(), 1);
    let stream = publication(FlowKind::Stream);
    let check = |run: &Run, node, publication| run.network.check_input(&Input::Publish(node, publication));
    assert_eq!(check(&run, A, stream), Err(InputError::NotGateway(A)));
    for to in ["0.0.0.0:1", "127.0.0.1:1", "224.0.0.1:1", "10.0.0.255:1", "10.0.0.1:0"] {
        let to = to.parse().expect("an address");
        let error = check(&run, B, Publication { to, ..stream }).expect_err("no socket has this address");
        assert_eq!(error, InputError::Publish(B, Unpublishable::Target(to)));
        assert!(error.to_string().ends_with("name a host of the lab and a port"), "{error}");
    }
    run.input(at(0), Input::Publish(B, stream));
    let twice = check(&run, B, stream).expect_err("it is published");
    assert_eq!(twice, InputError::Publish(B, Unpublishable::Twice(REAL)));
    // Given all the same, it changes nothing.
    let before = run.trace.facts().len();
    run.input(at(10), Input::Publish(B, stream));
    assert_eq!(run.trace.facts().len(), before);
    check(&run, B, publication(FlowKind::Datagram)).expect("UDP has ports of its own");
    let any = Publication { at: SocketAddr::new(REAL.ip(), 0), ..stream };
    for number in 1..64 {
        check(&run, B, any).expect("there is room");
        run.input(at(10 + number), Input::Publish(B, any));
    }
    assert_eq!(check(&run, B, any), Err(InputError::Publish(B, Unpublishable::TooMany(64))));
}

/// A shell on A with a UDP socket that is published as the flow 0.
fn answering() -> (Shell, ProcessId, u32) {
    let mut shell = Shell::on(&host_and_gateway());
    let a = shell.process(A);
    let fd = shell.datagram(a);
    assert_eq!(shell.bind(a, fd, every_address(PORT)), "None");
    shell.run.input(at(shell.now), Input::Publish(B, publication(FlowKind::Datagram)));
    same(&shell.run.take_asks(), &["0 listen datagram 127.0.0.1:8080 5 65536"]);
    answer(&mut shell, listening());
    (shell, a, fd)
}

fn answer(shell: &mut Shell, answer: Answer) {
    shell.run.input(at(shell.now), Input::Answer(B, FlowId(0), answer));
    shell.wait(100);
}

fn datagram(shell: &mut Shell, port: u16, text: &str) {
    answer(shell, Answer::Datagram { from: client(port), bytes: bytes(text) });
}

fn mapped(shell: &Shell) -> Vec<String> {
    let facts = shell.run.trace.facts().iter();
    facts.map(|fact| fact.what.to_string()).filter(|line| line.starts_with("Peer")).collect()
}

/// Replies to the sender of the next datagram with its bytes; says who sent it in the lab.
fn echo(shell: &mut Shell, a: ProcessId, fd: u32) -> SocketAddr {
    let got = shell.call(a, Call::RecvFrom(fd, 100, NONE));
    let (text, from) = got.split_once(" from ").expect("a datagram");
    let from: SocketAddr = from.parse().expect("an address");
    let text = text.trim_start_matches("b'").trim_end_matches('\'').to_owned();
    shell.call(a, Call::SendTo(fd, bytes(&text), from.into(), NONE));
    from
}

/// Each real end is a port of the gateway: the answer finds its way back.
#[test]
fn real_datagrams_and_their_answers() {
    let (mut shell, a, fd) = answering();
    datagram(&mut shell, 1, "one");
    datagram(&mut shell, 2, "two");
    same(&shell.run.take_asks(), &["0 credit 31", "0 credit 31"]);
    let first = echo(&mut shell, a, fd);
    let second = echo(&mut shell, a, fd);
    assert_eq!((first.ip(), second.ip()), (B_IP.into(), B_IP.into()));
    assert_ne!(first.port(), second.port());
    same(&shell.run.take_asks(), &["0 sendto 192.168.1.9:1 one", "0 sendto 192.168.1.9:2 two"]);
    datagram(&mut shell, 1, "more");
    assert_eq!(echo(&mut shell, a, fd), first, "the port stays");
    let lines = [format!("PeerMapped f0 192.168.1.9:1 as {first}"), format!("PeerMapped f0 192.168.1.9:2 as {second}")];
    same(&mapped(&shell), &[&lines[0], &lines[1]]);
}

#[test]
fn answers_wait_for_credit() {
    let (mut shell, a, fd) = answering();
    shell.run.input(at(shell.now), Input::Unpublish(B, FlowId(0)));
    shell.run.input(at(shell.now), Input::Publish(B, publication(FlowKind::Datagram)));
    let give = |shell: &mut Shell, answer| {
        shell.run.input(at(shell.now), Input::Answer(B, FlowId(1), answer));
        shell.wait(100);
    };
    give(&mut shell, Answer::Listening { local: REAL.into(), credit: 30 });
    give(&mut shell, Answer::Datagram { from: client(1), bytes: bytes("one") });
    shell.run.take_asks();
    echo(&mut shell, a, fd);
    same(&shell.run.take_asks(), &[]);
    give(&mut shell, Answer::Credit(1));
    same(&shell.run.take_asks(), &["1 sendto 192.168.1.9:1 one"]);
}

/// Ports of the gateway come back after the times of conntrack.
#[test]
fn idle_ends_are_forgotten() {
    let (mut shell, a, fd) = answering();
    datagram(&mut shell, 1, "one");
    datagram(&mut shell, 2, "two");
    let first = echo(&mut shell, a, fd);
    shell.wait(32_000);
    assert_eq!(mapped(&shell).len(), 3);
    assert!(mapped(&shell)[2].starts_with("PeerForgotten f0 192.168.1.9:2"), "nobody answered it");
    shell.wait(90_000);
    assert_eq!(mapped(&shell)[3], format!("PeerForgotten f0 192.168.1.9:1 as {first}"));
    shell.run.take_asks();
    // Late, the answer goes to a port that nobody has: for the real machine itself.
    echo(&mut shell, a, fd);
    let late = shell.run.take_asks();
    assert!(late[0].contains("connect datagram 10.0.0.2:"), "{late:?}");
    assert_eq!(shell.run.network.open_sockets(), 1);
}

/// The published port is closed in the lab: the ICMP error is on the link, and nobody else is told.
#[test]
fn a_published_port_that_is_closed() {
    let mut shell = Shell::on(&host_and_gateway());
    shell.run.input(at(0), Input::Publish(B, publication(FlowKind::Datagram)));
    answer(&mut shell, listening());
    shell.run.take_asks();
    for text in ["1", "2"] {
        datagram(&mut shell, 1, text);
    }
    same(&shell.run.take_asks(), &["0 credit 29", "0 credit 29"]);
    let (sent, told) = ("B UDP 1 ip 29 DF", "A ICMP port unreachable ip 57 --");
    same(&shell.run.packets(), &[sent, told, sent, told]);
}

#[test]
fn a_flood_of_real_ends_is_bounded() {
    let (mut shell, _, _) = answering();
    for port in 1..=300 {
        shell.run.answer(at(shell.now), 0, Answer::Datagram { from: client(port), bytes: bytes("x") });
        shell.now += 1;
    }
    shell.wait(100);
    assert_eq!(mapped(&shell).len(), 256);
    assert_eq!(shell.run.drops().iter().filter(|why| *why == "NatFull").count(), 44);
    assert_eq!(shell.run.take_asks().len(), 300, "each gave its credit back");
    shell.run.input(at(shell.now), Input::Unpublish(B, FlowId(0)));
    shell.wait(1);
    assert_eq!(mapped(&shell).len(), 512, "all are forgotten");
    assert_eq!(shell.run.network.open_sockets(), 1);
}

#[test]
fn datagrams_beyond_credit_end_the_publication() {
    let (mut shell, _, _) = answering();
    datagram(&mut shell, 1, "x");
    shell.run.take_asks();
    answer(&mut shell, Answer::Datagram { from: client(1), bytes: vec![0; 65_536].into() });
    same(&shell.run.take_asks(), &["0 reset"]);
    datagram(&mut shell, 1, "x");
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.run.network.open_sockets(), 1, "the server's own");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// What a real client sends in random pieces over a lossy link comes back from an echo server of the lab, byte for byte.
    #[test]
    fn an_echo_through_the_lab(
        pieces in proptest::collection::vec(1_usize..20_000, 1..10),
        loss in 0_u32..50_000,
        seed in any::<u64>(),
    ) {
        let mut scenario = host_and_gateway();
        scenario.links[0].faults[0].loss_ppm = loss;
        scenario.links[0].faults[1].loss_ppm = loss;
        let mut run = Run::new(&scenario, seed);
        let total: usize = pieces.iter().sum();
        let echo = [Step::RecvToEnd(S1, 5000), Step::SendReceived(S1), Step::Close(S1)];
        run.spawn(at(0), A, "server", then(accepting(), echo));
        run.input(at(0), Input::Publish(B, publication(FlowKind::Stream))).answer(at(1), 0, listening());
        run.answer(at(2), 0, accepted(1));
        let sent: Vec<u8> = (0..total).map(|place| (place % 251) as u8).collect();
        let (mut rest, mut granted, mut now, mut got, mut over) = (&sent[..], 0, 2, Vec::new(), false);
        let mut pieces = pieces.into_iter().peekable();
        let mut finished = false;
        while !over && now < 3_000_000 {
            now += 50;
            run.until(at(now));
            for (flow, ask) in run.asks.split_off(0) {
                match (flow.0, ask) {
                    (1, Ask::Credit(credit)) => granted += credit as usize,
                    (1, Ask::Send(bytes)) => {
                        got.extend_from_slice(&bytes);
                        run.answer(at(now), 1, Answer::Credit(bytes.len() as u32));
                    }
                    (1, Ask::Close) => over = true,
                    (1, Ask::Reset) => prop_assert!(false, "a sound flow is not reset"),
                    _ => {}
                }
            }
            match pieces.next_if(|piece| *piece <= granted) {
                Some(piece) => {
                    let (now_sent, later) = rest.split_at(piece);
                    rest = later;
                    granted -= piece;
                    run.answer(at(now), 1, Answer::Data(now_sent.into()));
                }
                None if rest.is_empty() && !finished => {
                    finished = true;
                    run.answer(at(now), 1, Answer::Fin);
                }
                None => {}
            }
        }
        prop_assert!(over, "both directions end");
        prop_assert_eq!(got, sent);
        prop_assert_eq!(sent_up(&run), 0);
    }
}
