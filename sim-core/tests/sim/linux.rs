//! Exchanges that were recorded on Linux 6.18: the same calls give the same frames. Each line is sender, flags, relative sequence
//! and acknowledgment number, payload, window, IP length, and the DF bit, as recorded.

use sim_core::program::{Family, Shutdown, SocketOption, SocketType, Step};
use sim_core::scenario::Scenario;
use sim_core::wire::{ethernet, icmp, ipv4};

use crate::harness::*;

const HANDSHAKE: [&str; 3] =
    ["A S 0 0 0 win 64240 ip 60 DF", "B AS 0 1 0 win 65160 ip 60 DF", "A A 1 1 0 win 63 ip 52 DF"];

/// The handshake, and what follows it.
fn after_handshake(rest: &[&'static str]) -> Vec<&'static str> {
    HANDSHAKE.iter().chain(rest).copied().collect()
}

fn exchange(scenario: &Scenario, server: Vec<Step>, client: Vec<Step>) -> Run {
    let mut run = Run::new(scenario, 1);
    run.spawn(at(0), B, "server", server).spawn(at(100), A, "client", client).until(at(200_000));
    run
}

fn hello_client() -> Vec<Step> {
    then(connecting(), [Step::Send(S0, bytes("hello!")), Step::Recv(S0, 100), Step::PrintReceived, Step::Close(S0)])
}

fn hello_server() -> Vec<Step> {
    then(
        accepting(),
        [Step::Recv(S1, 100), Step::Send(S1, bytes("hi")), Step::Recv(S1, 100), Step::PrintReceived, Step::Close(S1)],
    )
}

const HELLO: [&str; 7] = [
    "A AP 1 1 6 win 63 ip 58 DF",
    "B A 1 7 0 win 64 ip 52 DF",
    "B AP 1 7 2 win 64 ip 54 DF",
    "A A 7 3 0 win 63 ip 52 DF",
    "A AF 7 3 0 win 63 ip 52 DF",
    "B AF 3 8 0 win 64 ip 52 DF",
    "A A 8 4 0 win 63 ip 52 DF",
];

#[test]
fn hello() {
    let run = exchange(&two_hosts(), hello_server(), hello_client());
    same(&run.packets(), &after_handshake(&HELLO));
    let lengths: Vec<usize> = run.frames().iter().map(|(.., frame)| frame.len()).collect();
    assert_eq!(lengths, [42, 42, 74, 74, 66, 72, 66, 68, 66, 66, 66, 66]);
    same(&run.results(A), &["1: fd 3", "2: None", "3: 6", "4: b'hi'", "5: print b'hi'", "6: None", "6: exit"]);
    same(
        &run.states(A),
        &[
            "SYN-SENT Connect",
            "ESTABLISHED SynAckReceived",
            "FIN-WAIT-1 Close",
            "FIN-WAIT-2 AckOfFin",
            "TIME-WAIT FinReceived",
            "CLOSED TimeWaitOver",
        ],
    );
}

#[test]
fn options_and_identifications() {
    let run = exchange(&two_hosts(), hello_server(), hello_client());
    let options = |frame: &[u8]| {
        let mut rest = &frame[14 + 20 + 20..14 + 20 + usize::from(frame[14 + 20 + 12] >> 4) * 4];
        let mut kinds = Vec::new();
        while let Some(kind) = rest.first() {
            kinds.push(*kind);
            rest = if *kind == 1 { &rest[1..] } else { &rest[usize::from(rest[1])..] };
        }
        kinds
    };
    let segments: Vec<_> = run.frames().into_iter().filter(|(.., frame)| frame.len() > 42).collect();
    let mut last_id = None;
    for (index, (_, from, frame)) in segments.iter().enumerate() {
        let expected: &[u8] = if index < 2 { &[2, 4, 8, 1, 3] } else { &[1, 1, 8] };
        assert_eq!(options(frame), expected, "segment {index}");
        let (ip, ..) = ipv4::Repr::parse(&frame[14..]).expect("legal");
        if index == 1 {
            assert_eq!(ip.id, 0, "a SYN-ACK carries no identification");
        } else if *from == A {
            assert!(last_id.is_none_or(|last: u16| ip.id == last.wrapping_add(1)), "identifications count up");
            last_id = Some(ip.id);
        }
    }
}

#[test]
fn hello_server_closes_first() {
    let server = then(accepting(), [Step::Recv(S1, 100), Step::Send(S1, bytes("hi")), Step::Close(S1)]);
    let client = then(
        connecting(),
        [
            Step::Send(S0, bytes("hello!")),
            Step::Recv(S0, 100),
            Step::Recv(S0, 100),
            Step::PrintReceived,
            Step::Close(S0),
        ],
    );
    let run = exchange(&two_hosts(), server, client);
    same(
        &run.packets(),
        &after_handshake(&[
            "A AP 1 1 6 win 63 ip 58 DF",
            "B A 1 7 0 win 64 ip 52 DF",
            "B AP 1 7 2 win 64 ip 54 DF",
            "B AF 3 7 0 win 64 ip 52 DF",
            "A A 7 3 0 win 63 ip 52 DF",
            "A AF 7 4 0 win 63 ip 52 DF",
            "B A 4 8 0 win 64 ip 52 DF",
        ]),
    );
}

#[test]
fn refused() {
    let run = exchange(&two_hosts(), Vec::new(), connecting());
    same(&run.packets(), &["A S 0 0 0 win 64240 ip 60 DF", "B AR 1 1 0 win 0 ip 40 DF"]);
    same(&run.results(A), &["1: fd 3", "2: ECONNREFUSED", "2: exit ECONNREFUSED"]);
    same(&run.drops(), &["NoSocket"]);
}

fn udp_client() -> Vec<Step> {
    vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::Connect(S0, b(9000)),
        Step::Send(S0, bytes("hello")),
        Step::Recv(S0, 100),
        Step::PrintReceived,
    ]
}

#[test]
fn udp_hello() {
    let server = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::Bind(S0, every_address(9000)),
        Step::RecvFrom(S0, 100),
        Step::Reply(S0, bytes("hi")),
    ];
    let run = exchange(&two_hosts(), server, udp_client());
    same(&run.packets(), &["A UDP 5 ip 33 DF", "B UDP 2 ip 30 DF"]);
    assert!(run.results(A).contains(&"5: print b'hi'".to_owned()));
}

#[test]
fn udp_port_unreachable() {
    let run = exchange(&two_hosts(), Vec::new(), udp_client());
    same(&run.packets(), &["A UDP 5 ip 33 DF", "B ICMP port unreachable ip 61 --"]);
    assert!(run.results(A).contains(&"4: ECONNREFUSED".to_owned()));
    let error = &run.frames()[3].2;
    assert_eq!(error[15], 0xc0, "precedence of an ICMP error");
    let asked = &run.frames()[2].2;
    assert_eq!(&error[14 + 28..], &asked[14..], "the datagram is quoted whole");
}

#[test]
fn ping() {
    let mut run = Run::new(&two_hosts(), 1);
    let mut frame = vec![0; 14 + 84];
    ethernet::Repr { destination: [2, 0, 0, 0, 0, 2], source: [2, 0, 0, 0, 0, 1], ethertype: ethernet::TYPE_IPV4 }
        .emit(&mut frame);
    let ip = ipv4::Repr {
        traffic_class: 0,
        id: 0x1e06,
        dont_fragment: true,
        more_fragments: false,
        fragment_offset: 0,
        ttl: 64,
        protocol: ipv4::PROTOCOL_ICMP,
        source: A_IP,
        destination: B_IP,
        payload: 64,
    };
    ip.emit(&mut frame[14..]);
    icmp::Repr::EchoRequest { identifier: 7, sequence: 1 }.emit(&mut frame[34..]);
    run.input(at(0), sim_core::network::Input::Frame(A, frame.into())).until(at(1000));
    same(&run.packets(), &["A ICMP echo request, id 7, seq 1 ip 84 DF", "B ICMP echo reply, id 7, seq 1 ip 84 --"]);
}

#[test]
fn half_close() {
    let late = |number: u32| [Step::Sleep(ms(100)), Step::Send(S1, bytes(&format!("late{number}")))];
    let server = then(
        then(accepting(), [Step::Recv(S1, 100), Step::Recv(S1, 100), Step::PrintReceived]),
        (0..3).flat_map(late).chain([Step::Close(S1)]),
    );
    let client = then(
        connecting(),
        [
            Step::Send(S0, bytes("bye")),
            Step::Shutdown(S0, Shutdown::Write),
            Step::RecvToEnd(S0, 100),
            Step::PrintReceived,
        ],
    );
    let run = exchange(&two_hosts(), server, client);
    same(
        &run.packets(),
        &after_handshake(&[
            "A AP 1 1 3 win 63 ip 55 DF",
            "A AF 4 1 0 win 63 ip 52 DF",
            "B A 1 4 0 win 64 ip 52 DF",
            "B A 1 5 0 win 64 ip 52 DF",
            "B AP 1 5 5 win 64 ip 57 DF",
            "A A 5 6 0 win 63 ip 52 DF",
            "B AP 6 5 5 win 64 ip 57 DF",
            "A A 5 11 0 win 63 ip 52 DF",
            "B AP 11 5 5 win 64 ip 57 DF",
            "B AF 16 5 0 win 64 ip 52 DF",
            "A A 5 16 0 win 63 ip 52 DF",
            "A A 5 17 0 win 63 ip 52 DF",
        ]),
    );
    assert!(run.results(B).contains(&"7: print b''".to_owned()), "{:?}", run.results(B));
    assert!(run.results(A).contains(&"6: print b'late0late1late2'".to_owned()));
    let acks = run.times_of("B A 1 ");
    about(acks[1] - acks[0], 40, 2);
}

#[test]
fn unread_data_at_close() {
    let server = then(accepting(), [Step::Sleep(ms(300)), Step::Close(S1)]);
    let client = then(connecting(), [Step::Send(S0, vec![7; 100].into()), Step::Sleep(ms(600)), Step::Recv(S0, 100)]);
    let run = exchange(&two_hosts(), server, client);
    same(
        &run.packets(),
        &after_handshake(&[
            "A AP 1 1 100 win 63 ip 152 DF",
            "B A 1 101 0 win 64 ip 52 DF",
            "B AR 1 101 0 win 64 ip 52 DF",
        ]),
    );
    same(&run.results(A)[4..], &["5: ECONNRESET", "5: exit ECONNRESET"]);
}

#[test]
fn lost_syn() {
    let mut scenario = two_hosts();
    // The ARP request is the first frame of this direction.
    scenario.links[0].faults[0].lose = vec![2];
    let run = exchange(&scenario, hello_server(), hello_client());
    let mut expected = vec!["A S 0 0 0 win 64240 ip 60 DF"];
    expected.extend(after_handshake(&HELLO));
    same(&run.packets(), &expected);
    // From `connect` on, and in steps of eight ticks: the first SYN waited for ARP.
    about(run.times_of("A S ")[1] - at(100), 1018, 18);
}

#[test]
fn syns_without_an_answer() {
    let mut scenario = acquainted_hosts();
    scenario.links[0].faults[0].lose = (1..20).collect();
    let run = exchange(&scenario, Vec::new(), connecting());
    let times = run.times_of("A S ");
    let gaps: Vec<u64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() as u64).collect();
    // As recorded: 1.024 s instead of one second. The kernel's timers are the coarser the farther they are.
    assert_eq!(gaps[1..5], [1024; 4]);
    for (gap, seconds) in gaps[5..].iter().zip([2_u64, 4, 8, 16, 32]) {
        assert!((1000 * seconds..=1125 * seconds + 36).contains(gap), "{gaps:?}");
    }
    same(&run.results(A)[1..], &["2: ETIMEDOUT", "2: exit ETIMEDOUT"]);
}

#[test]
fn lost_data() {
    let mut scenario = two_hosts();
    // ARP, SYN, ACK, data.
    scenario.links[0].faults[0].lose = vec![4];
    let client = then(
        then(connecting(), [Step::Sleep(ms(10))]),
        [Step::Send(S0, bytes("hello!")), Step::Recv(S0, 100), Step::Close(S0)],
    );
    let run = exchange(&scenario, hello_server(), client);
    let mut expected = after_handshake(&["A AP 1 1 6 win 63 ip 58 DF"]);
    expected.extend(HELLO);
    same(&run.packets(), &expected);
    let sent = run.times_of("A AP 1 1 6");
    about(sent[1] - sent[0], 248, 8);
}

#[test]
fn simultaneous_close() {
    let mut scenario = two_hosts();
    scenario.links[0].delay = ms(50);
    let server = then(accepting(), [Step::Recv(S1, 100), Step::Sleep(ms(302)), Step::Close(S1)]);
    let client = then(connecting(), [Step::Send(S0, bytes("x")), Step::Sleep(ms(354)), Step::Close(S0)]);
    let run = exchange(&scenario, server, client);
    let mut got = run.packets();
    // The FINs cross: which is written first depends on which leaves first.
    got[5..].sort();
    same(
        &got,
        &after_handshake(&[
            "A AP 1 1 1 win 63 ip 53 DF",
            "B A 1 2 0 win 64 ip 52 DF",
            "A A 3 2 0 win 63 ip 52 DF",
            "A AF 2 1 0 win 63 ip 52 DF",
            "B A 2 3 0 win 64 ip 52 DF",
            "B AF 1 2 0 win 64 ip 52 DF",
        ]),
    );
    assert!(run.states(A).contains(&"CLOSING FinReceived".to_owned()));
    assert!(run.states(B).contains(&"TIME-WAIT AckOfFin".to_owned()));
}

fn ten_writes(no_delay: bool) -> Run {
    let mut scenario = two_hosts();
    scenario.links[0].delay = ms(20);
    let writes = (0..10).flat_map(|_| [Step::Send(S0, vec![1; 10].into()), Step::Sleep(Duration::from_micros(5250))]);
    let set = Step::SetOption(S0, SocketOption::NoDelay(no_delay));
    let client = then(
        then(vec![Step::Socket(Family::Inet, SocketType::Stream, S0), set, Step::Connect(S0, b(PORT))], writes),
        [Step::Sleep(ms(205)), Step::Close(S0)],
    );
    let server = then(accepting(), [Step::RecvToEnd(S1, 100), Step::Close(S1)]);
    exchange(&scenario, server, client)
}

use std::time::Duration;

#[test]
fn nagle() {
    same(
        &ten_writes(false).packets(),
        &after_handshake(&[
            "A AP 1 1 10 win 63 ip 62 DF",
            "B A 1 11 0 win 64 ip 52 DF",
            "A AP 11 1 70 win 63 ip 122 DF",
            "B A 1 81 0 win 64 ip 52 DF",
            "A AP 81 1 20 win 63 ip 72 DF",
            "B A 1 101 0 win 64 ip 52 DF",
            "A AF 101 1 0 win 63 ip 52 DF",
            "B AF 1 102 0 win 64 ip 52 DF",
            "A A 102 2 0 win 63 ip 52 DF",
        ]),
    );
}

#[test]
fn no_delay() {
    let run = ten_writes(true);
    let writes = run.packets().into_iter().filter(|line| line.starts_with("A AP")).collect::<Vec<_>>();
    assert_eq!(writes.len(), 10, "each write is a segment:\n{}", writes.join("\n"));
    let acks = run.packets().into_iter().filter(|line| line.starts_with("B A 1 ")).count();
    assert_eq!(acks, 10, "a young connection is acknowledged at once");
}

#[test]
fn ping_pong_carries_its_acknowledgements() {
    let mut scenario = two_hosts();
    scenario.links[0].delay = ms(5);
    let round = [Step::Send(S0, bytes("ping")), Step::Recv(S0, 9), Step::Sleep(ms(150))];
    let client = then(connecting(), round.iter().cycle().take(9).cloned().chain([Step::Close(S0)]));
    let answer = [Step::Recv(S1, 9), Step::Send(S1, bytes("pong"))];
    let server = then(accepting(), answer.iter().cycle().take(6).cloned().chain([Step::Recv(S1, 9), Step::Close(S1)]));
    same(
        &exchange(&scenario, server, client).packets(),
        &after_handshake(&[
            "A AP 1 1 4 win 63 ip 56 DF",
            "B A 1 5 0 win 64 ip 52 DF",
            "B AP 1 5 4 win 64 ip 56 DF",
            "A A 5 5 0 win 63 ip 52 DF",
            "A AP 5 5 4 win 63 ip 56 DF",
            "B AP 5 9 4 win 64 ip 56 DF",
            "A A 9 9 0 win 63 ip 52 DF",
            "A AP 9 9 4 win 63 ip 56 DF",
            "B AP 9 13 4 win 64 ip 56 DF",
            "A A 13 13 0 win 63 ip 52 DF",
            "A AF 13 13 0 win 63 ip 52 DF",
            "B AF 13 14 0 win 64 ip 52 DF",
            "A A 14 14 0 win 63 ip 52 DF",
        ]),
    );
}

#[test]
fn zero_window() {
    let server = then(
        vec![
            Step::Socket(Family::Inet, SocketType::Stream, S0),
            Step::SetOption(S0, SocketOption::ReceiveBuffer(8192)),
            Step::Bind(S0, every_address(PORT)),
            Step::Listen(S0, 8),
            Step::Accept(S0, S1),
        ],
        [Step::Sleep(ms(3000)), Step::RecvToEnd(S1, 65_536), Step::PrintLength, Step::Close(S1)],
    );
    let client = then(connecting(), [Step::Send(S0, vec![9; 200_000].into()), Step::Close(S0)]);
    let run = exchange(&two_hosts(), server, client);
    let packets = run.packets();
    let shut = packets.iter().position(|line| line.contains("B A 1 11585 0 win 0")).expect("the window closes");
    let probe = "A A 11584 1 0 win 63";
    same(&packets[shut + 1..shut + 3], &["A A 11584 1 0 win 63 ip 52 DF", "B A 1 11585 0 win 0 ip 52 DF"]);
    let probes = run.times_of(probe);
    assert_eq!(probes.len(), 3, "probes until the program reads");
    let closed = run.times_of("B A 1 11585 0 win 0")[0];
    about(probes[0] - closed, 240, 30);
    about(probes[1] - probes[0], 516, 40);
    about(probes[2] - probes[1], 1028, 120);
    assert!(run.results(B).contains(&"8: print 200000".to_owned()), "{:?}", run.results(B));
    let data: Vec<_> = packets.iter().filter(|line| line.starts_with("A A") && !line.contains(" 0 win")).collect();
    let mut once = data.clone();
    once.dedup();
    assert_eq!(data.len(), once.len(), "nothing was sent twice");
}

#[test]
fn backlog_of_one_holds_two() {
    let mut run = Run::new(&two_hosts(), 1);
    let server = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::Bind(S0, every_address(PORT)),
        Step::Listen(S0, 1),
        Step::Sleep(ms(2300)),
        Step::Accept(S0, S1),
        Step::Accept(S0, S1),
        Step::Accept(S0, S1),
    ];
    run.spawn(at(0), B, "server", server);
    for client in 0..3 {
        run.spawn(at(100 + 50 * client), A, "client", then(connecting(), [Step::Sleep(ms(60_000))]));
    }
    run.until(at(2000));
    let connected = run.results(A).iter().filter(|line| *line == "2: None").count();
    assert_eq!(connected, 2, "listen(1) holds two");
    assert!(run.drops().iter().all(|why| why == "BacklogFull"));
    run.until(at(5000));
    assert_eq!(run.results(A).iter().filter(|line| *line == "2: None").count(), 3, "the third gets in by trying");
}
