//! What was measured on Linux and lessons are built on: the numbers that do not depend on a machine's load.

use std::net::{Ipv4Addr, SocketAddr};

use sim_core::program::{Address, Family, SocketOption, SocketType, Step};
use sim_core::trace::What;

use crate::harness::*;

fn loopback() -> Address {
    SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)).into()
}

/// Write, write, read, so many times, on one host: how long the client took, in milliseconds.
fn write_write_read(rounds: u32, options: &[SocketOption]) -> u64 {
    let mut server = accepting();
    let first = server.len();
    server.extend([Step::RecvExactly(S1, 2), Step::Send(S1, bytes("y")), Step::Repeat(first, rounds - 1)]);
    let mut client = vec![Step::Socket(Family::Inet, SocketType::Stream, S0)];
    client.extend(options.iter().map(|option| Step::SetOption(S0, option.clone())));
    client.push(Step::Connect(S0, loopback()));
    let first = client.len();
    client.extend([
        Step::Send(S0, bytes("a")),
        Step::Send(S0, bytes("b")),
        Step::Recv(S0, 1),
        Step::Repeat(first, rounds - 1),
    ]);
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), A, "server", server).spawn(at(1), A, "client", client).until(at(60_000));
    let ends = run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Exited { error: None, .. }));
    (ends.map(|fact| fact.at).max().expect("both end") - at(1)).as_millis() as u64
}

#[test]
fn nagle_meets_delayed_acknowledgement() {
    // Measured: 2.276 s for 50 rounds, about 40 ms and a tick of the kernel's clock for each; with TCP_NODELAY 0.002 s, which is what
    // the machine took. Here a round trip on `lo` and two wakings are 0.22 ms.
    let slow = write_write_read(50, &[]);
    assert!((2000..=2400).contains(&slow), "{slow} ms");
    let fast = write_write_read(50, &[SocketOption::NoDelay(true)]);
    assert!(fast < 50, "{fast} ms");
}

#[test]
fn the_largest_datagram_in_one_frame() {
    let frames = |length: usize| {
        let open = Step::Socket(Family::Inet, SocketType::Datagram, S0);
        let mut run = Run::new(&acquainted_hosts(), 1);
        run.spawn(at(0), A, "client", vec![open, Step::SendTo(S0, vec![0; length].into(), b(9))]);
        run.until(at(5)).frames().len()
    };
    assert_eq!((frames(1472), frames(1473)), (1, 2));
}

#[test]
fn the_tutorials_exchange_on_one_host() {
    let mut run = Run::new(&two_hosts(), 1);
    let answer = [Step::Recv(S1, 1024), Step::Send(S1, bytes("hi")), Step::Close(S1)];
    run.spawn(at(0), A, "server", then(accepting(), answer));
    let client = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::Connect(S0, loopback()),
        Step::Send(S0, bytes("hello!")),
        Step::Recv(S0, 1024),
        Step::Close(S0),
    ];
    run.spawn(at(1), A, "client", client).until(at(10_000));
    let lengths: Vec<usize> = run.frames().iter().map(|(.., frame)| frame.len()).collect();
    // SYN, SYN-ACK, ACK, 6 bytes, ACK, 2 bytes, then ACK, FIN, FIN, ACK, of which some merge: 9 to 11 frames.
    assert_eq!(lengths[..6], [74, 74, 66, 72, 66, 68], "{lengths:?}");
    assert!((9..=11).contains(&lengths.len()) && lengths[6..].iter().all(|length| *length == 66), "{lengths:?}");
}
