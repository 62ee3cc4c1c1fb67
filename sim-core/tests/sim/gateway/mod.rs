//! The gateway: what it asks of the real network, and what the lab sees of the answers.

mod bound;
mod datagrams;
mod hostile;
mod kernel;
mod publish;
mod unix;

use std::net::Ipv4Addr;

use proptest::prelude::*;
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask};
use sim_core::program::{Family, Shutdown, SocketType, Step};
use sim_core::trace::What;

use crate::harness::*;

const FAR: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);

/// A client that has asked for a connection to `to`, and goes on with `more`.
fn client(to: Ipv4Addr, more: impl IntoIterator<Item = Step>) -> Run {
    let mut run = Run::new(&host_and_gateway(), 1);
    let steps = vec![Step::Socket(Family::Inet, SocketType::Stream, S0), Step::Connect(S0, (to, 80).into())];
    run.spawn(at(0), A, "client", then(steps, more)).until(at(100));
    run
}

fn connected(more: impl IntoIterator<Item = Step>) -> Run {
    let mut run = client(FAR, more);
    same(&run.take_asks(), &["0 connect 93.184.216.34:80 65536"]);
    run.answer(at(100), 0, Answer::Connected { credit: 65_536 }).until(at(200));
    run
}

fn data(text: &str) -> Answer {
    Answer::Data(bytes(text))
}

#[test]
fn a_connection_waits_for_the_real_one() {
    let mut run = client(B_IP, [Step::Close(S0)]);
    same(&run.packets(), &["A S 0 0 0 win 64240 ip 60 DF"]);
    same(&run.take_asks(), &["0 connect 10.0.0.2:80 65536"]);
    run.until(at(2500));
    assert_eq!(run.packets().len(), 3, "the SYN comes again");
    same(&run.take_asks(), &[]);
    run.answer(at(2500), 0, Answer::Connected { credit: 9 }).until(at(2600));
    assert!(run.packets()[3].starts_with("B AS 0 1 0"));
    assert!(run.results(A).contains(&"2: None".to_owned()));
}

#[test]
fn bytes_go_both_ways_and_both_sides_close() {
    let mut run = connected([
        Step::Send(S0, bytes("ask")),
        Step::Recv(S0, 100),
        Step::PrintReceived,
        Step::Recv(S0, 100),
        Step::PrintReceived,
        Step::Close(S0),
    ]);
    same(&run.take_asks(), &["0 send ask"]);
    run.answer(at(200), 0, data("tell")).until(at(300));
    same(&run.take_asks(), &["0 credit 4"]);
    run.answer(at(300), 0, Answer::Fin).until(at(400));
    same(&run.take_asks(), &["0 shutdown", "0 close"]);
    assert!(run.results(A).contains(&"5: print b'tell'".to_owned()));
    assert!(run.results(A).contains(&"7: print b''".to_owned()));
    assert!(run.states(B).contains(&"TIME-WAIT FinReceived".to_owned()));
}

#[test]
fn the_client_may_close_its_half_first() {
    let mut run = connected([
        Step::Send(S0, bytes("ask")),
        Step::Shutdown(S0, Shutdown::Write),
        Step::RecvToEnd(S0, 100),
        Step::PrintReceived,
    ]);
    same(&run.take_asks(), &["0 send ask", "0 shutdown"]);
    run.answer(at(500), 0, data("late")).answer(at(600), 0, Answer::Fin).until(at(1000));
    same(&run.take_asks(), &["0 credit 4", "0 close"]);
    assert!(run.results(A).contains(&"6: print b'late'".to_owned()));
}

#[test]
fn refusals_by_errno() {
    for (error, seen, packet) in [
        (Errno::ECONNREFUSED, "2: ECONNREFUSED", "B AR 1 1 0 win 0 ip 40 DF"),
        (Errno::ENETUNREACH, "2: ENETUNREACH", "B ICMP net unreachable ip 88 --"),
        (Errno::EHOSTUNREACH, "2: EHOSTUNREACH", "B ICMP host unreachable ip 88 --"),
        (Errno::ETIMEDOUT, "2: EHOSTUNREACH", "B ICMP host unreachable ip 88 --"),
        (Errno::EACCES, "2: EHOSTUNREACH", "B ICMP unreachable - admin prohibited ip 88 --"),
    ] {
        let mut run = client(FAR, []);
        run.answer(at(100), 0, Answer::Refused(error)).until(at(2000));
        same(&run.packets(), &["A S 0 0 0 win 64240 ip 60 DF", packet]);
        assert_eq!(run.results(A)[1], seen);
        assert!(run.states(B).contains(&"CLOSED Abort".to_owned()));
        run.take_asks();
        run.answer(at(2000), 0, data("too late")).until(at(3000));
        same(&run.take_asks(), &[]);
    }
}

#[test]
fn resets_go_both_ways() {
    let mut run = connected([Step::Recv(S0, 10)]);
    run.take_asks();
    run.answer(at(200), 0, Answer::Reset).until(at(300));
    assert_eq!(run.results(A)[2], "3: ECONNRESET");
    same(&run.take_asks(), &[]);

    let option = sim_core::program::SocketOption::Linger(Some(std::time::Duration::ZERO));
    let mut run = connected([Step::SetOption(S0, option), Step::Close(S0)]);
    same(&run.take_asks(), &["0 reset"]);
    run.answer(at(300), 0, data("too late")).until(at(400));
    same(&run.take_asks(), &[]);
}

#[test]
fn a_client_that_is_gone_resets_the_answer() {
    let mut run = client(FAR, []);
    // As a client does that has given up: its kernel knows no such connection.
    let mut syn = run.frames()[2].2.to_vec();
    syn[34..36].copy_from_slice(&1_u16.to_be_bytes());
    syn[50..52].fill(0);
    let sum = sim_core::wire::checksum::with_pseudo_header(A_IP, FAR, 6, &syn[34..]);
    syn[50..52].copy_from_slice(&sum.to_be_bytes());
    run.input(at(100), sim_core::network::Input::Frame(A, syn.into())).until(at(200));
    run.take_asks();
    run.answer(at(200), 1, Answer::Connected { credit: 5 }).until(at(300));
    same(&run.take_asks(), &["1 reset"]);
}

#[test]
fn the_real_sides_credit_closes_the_window() {
    let mut run = client(FAR, [Step::Send(S0, vec![b'x'; 300_000].into()), Step::Close(S0)]);
    run.take_asks();
    run.answer(at(100), 0, Answer::Connected { credit: 10_000 }).until(at(5000));
    assert_eq!(sent_up(&run), 10_000);
    assert!(run.packets().iter().any(|line| line.starts_with("B A") && line.contains("win 0 ")), "the window closes");
    assert!(run.times_of("A A ").len() > 3, "and is probed");
    let mut now = 5000;
    while sent_up(&run) < 300_000 {
        run.answer(at(now), 0, Answer::Credit(20_000)).until(at(now + 3000));
        now += 3000;
        assert!(now < 200_000, "the window opens again");
    }
    run.answer(at(now), 0, Answer::Fin).until(at(now + 1000));
    assert_eq!(ask_text(&run.asks.last().expect("asks").1), "close");
}

fn sent_up(run: &Run) -> usize {
    let length = |ask: &Ask| if let Ask::Send(bytes) = ask { bytes.len() } else { 0 };
    run.asks.iter().map(|(_, ask)| length(ask)).sum()
}

#[test]
fn more_data_than_credit_ends_the_flow() {
    let mut run = connected([Step::Recv(S0, 10)]);
    run.answer(at(200), 0, Answer::Data(vec![0; 65_537].into())).until(at(300));
    same(&run.take_asks(), &["0 reset"]);
    assert_eq!(run.results(A)[2], "3: ECONNRESET");
}

#[test]
fn every_ask_is_a_fact_with_a_cause() {
    let mut run = connected([Step::Send(S0, bytes("ask")), Step::Close(S0)]);
    run.answer(at(300), 0, Answer::Fin).until(at(1000));
    let asked = run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Asked { .. }));
    for fact in asked {
        let causes: Vec<_> = run.trace.causes(fact.id).map(|fact| fact.what.to_string()).collect();
        assert!(causes[1].starts_with("Decapsulated L4 TCP"), "{causes:#?}");
    }
    let answered = run.trace.facts().iter().find(|fact| matches!(fact.what, What::Answered { .. })).expect("answered");
    let next = run.trace.facts().iter().find(|fact| fact.cause == Some(answered.id)).expect("a consequence");
    assert!(next.what.to_string().starts_with("Encapsulated L4 TCP"), "{next}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Random chunks and credits both ways on a lossy link: all bytes arrive, and no credit is exceeded.
    #[test]
    fn credit_is_never_exceeded(
        chunks in proptest::collection::vec(1_usize..20_000, 1..12),
        credits in proptest::collection::vec(100_u32..30_000, 1..12),
        loss in 0_u32..50_000,
        seed in any::<u64>(),
    ) {
        let mut scenario = host_and_gateway();
        scenario.links[0].faults[0].loss_ppm = loss;
        scenario.links[0].faults[1].loss_ppm = loss;
        // Three losses in a row of ARP would end it before it begins.
        let known = [0, 1].map(|node: usize| (scenario.nodes[node].address().expect("it has one"), scenario.nodes[node].interfaces[0].mac));
        for (node, neighbour) in [(0, known[1]), (1, known[0])] {
            scenario.nodes[node].interfaces[0].neighbours.push(neighbour);
        }
        let mut run = Run::new(&scenario, seed);
        let steps = vec![
            Step::Socket(Family::Inet, SocketType::Stream, S0),
            Step::Connect(S0, (FAR, 80).into()),
            Step::Send(S0, vec![5; 60_000].into()),
            Step::Shutdown(S0, Shutdown::Write),
            Step::RecvToEnd(S0, 700),
            Step::PrintLength,
        ];
        run.spawn(at(0), A, "client", steps);
        let (mut now, mut given, mut granted, mut answered) = (0, 0_usize, 0_usize, 0_usize);
        let mut connected = false;
        let total: usize = chunks.iter().sum();
        let mut chunks = chunks.into_iter();
        let mut waiting = chunks.next();
        let (mut credits, mut finished, mut closed) = (credits.into_iter().cycle(), false, false);
        while !closed && now < 2_000_000 {
            now += 50;
            run.until(at(now));
            for (_, ask) in run.asks.split_off(0) {
                match ask {
                    Ask::Connect { credit, .. } => {
                        granted = credit as usize;
                        given = 7;
                        connected = true;
                        run.answer(at(now), 0, Answer::Connected { credit: 7 });
                    }
                    Ask::Send(bytes) => {
                        prop_assert!(bytes.len() <= given, "more than the real side allowed");
                        given -= bytes.len();
                    }
                    Ask::Credit(credit) => granted += credit as usize,
                    Ask::Close => closed = true,
                    Ask::Shutdown => {}
                    Ask::Listen { .. } | Ask::Allow(_) | Ask::Accept { .. } | Ask::SendTo { .. } => {
                        prop_assert!(false, "nothing is published");
                    }
                    Ask::Reset => prop_assert!(false, "a sound flow is not reset: {:?} {:?}", run.states(A), run.packets().iter().rev().take(60).collect::<Vec<_>>()),
                }
            }
            prop_assert!(granted <= 65_536, "credit is at most the send buffer");
            if connected {
                let credit = credits.next().expect("cycles");
                given += credit as usize;
                run.answer(at(now), 0, Answer::Credit(credit));
            }
            if let Some(chunk) = waiting.filter(|chunk| connected && *chunk <= granted) {
                granted -= chunk;
                answered += chunk;
                run.answer(at(now), 0, Answer::Data(vec![1; chunk].into()));
                waiting = chunks.next();
            } else if connected && waiting.is_none() && !finished {
                finished = true;
                run.answer(at(now), 0, Answer::Fin);
            }
        }
        prop_assert!(closed, "both directions end");
        prop_assert_eq!(answered, total);
        prop_assert!(run.results(A).contains(&format!("6: print {total}")), "{:?}", run.results(A));
    }
}
