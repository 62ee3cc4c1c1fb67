//! Random programs, two that talk to each other: a client whose name is `c` with a number, and the server `s` with the same.
//! Each pair has one conversation, so its two ends are known by their names, whatever a NAT writes into packets.
//!
//! Absent on purpose: programs that look at the answers. Whether bytes are right is judged from the trace.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sim_core::program::{Address, CongestionControl, Family, Script, Shutdown, Slot, SocketOption, SocketType, Step};
use sim_core::scenario::{Node, Program};
use sim_core::time::Instant;

use crate::chance::{instant, one_in};
use crate::topology::Place;

const S0: Slot = Slot(0);
const S1: Slot = Slot(1);
/// The longest that a stream is, in one direction.
const LONGEST: usize = 60_000;

/// Where a pair talks.
struct Road {
    family: Family,
    bind: Address,
    connect: Address,
}

/// Gives hosts pairs of programs.
pub(crate) fn add(random: &mut Rng, nodes: &mut [Node], hosts: &[Place]) {
    for pair in 0..random.u16(1..=6) {
        let (mut client, mut server) = (hosts[random.usize(..hosts.len())], hosts[random.usize(..hosts.len())]);
        // Nobody comes in through a NAT that was not asked for from inside.
        if server.inside && !client.inside {
            (client, server) = (server, client);
        }
        let road = road(random, pair, client, server);
        let (asks, answers) = match random.u8(..if road.family == Family::Unix { 4 } else { 6 }) {
            0 | 1 => bulk(random, &road),
            2 => conversation(random, &road),
            3 => reset(random, &road),
            4 => echo(random, &road),
            _ => datagrams(random, &road),
        };
        let start = |node: &mut Node, name: String, at, steps: Vec<Step>| {
            let steps = (1..).zip(steps).collect();
            let script = Script { name: name.into(), source: Vec::new(), steps };
            node.programs.push(Program { at, what: script.into() });
        };
        start(&mut nodes[usize::from(server.node.0)], format!("s{pair}"), Instant::ZERO, answers);
        let at = Instant::from_millis(1) + Duration::from_nanos(instant(random, 3000).as_nanos());
        start(&mut nodes[usize::from(client.node.0)], format!("c{pair}"), at, asks);
    }
}

fn road(random: &mut Rng, pair: u16, client: Place, server: Place) -> Road {
    let local = client.node == server.node;
    if local && random.bool() {
        let path = Address::unix(&format!("/tmp/s{pair}"));
        return Road { family: Family::Unix, bind: path.clone(), connect: path };
    }
    let (any, to): (IpAddr, IpAddr) = match server.v6.filter(|_| !client.inside && random.bool()) {
        Some(_) if local && random.bool() => (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into()),
        Some(v6) => (Ipv6Addr::UNSPECIFIED.into(), v6.into()),
        None if local && random.bool() => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::LOCALHOST.into()),
        None => (Ipv4Addr::UNSPECIFIED.into(), server.v4.into()),
    };
    let family = if to.is_ipv6() { Family::Inet6 } else { Family::Inet };
    let at = |ip| Address::Inet(SocketAddr::new(ip, 5000 + pair));
    Road { family, bind: at(any), connect: at(to) }
}

fn bytes(random: &mut Rng, most: usize) -> Arc<[u8]> {
    let length = random.usize(1..=most);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes.into()
}

fn option(steps: &mut Vec<Step>, slot: Slot, option: SocketOption) {
    steps.push(Step::Try(Box::new(Step::SetOption(slot, option)), None));
}

fn socket(random: &mut Rng, road: &Road, kind: SocketType) -> Vec<Step> {
    let mut steps = vec![Step::Socket(road.family, kind, S0)];
    if kind == SocketType::Stream {
        if one_in(random, 3) {
            option(&mut steps, S0, SocketOption::ReceiveBuffer(random.u32(1000..100_000)));
        }
        if one_in(random, 3) {
            option(&mut steps, S0, SocketOption::SendBuffer(random.u32(1000..100_000)));
        }
        if one_in(random, 3) {
            option(&mut steps, S0, SocketOption::NoDelay(true));
        }
        if one_in(random, 3) {
            option(&mut steps, S0, SocketOption::Congestion(CongestionControl::Reno));
        }
        if one_in(random, 8) {
            option(&mut steps, S0, SocketOption::KeepAlive(true));
        }
    }
    steps
}

fn listening(random: &mut Rng, road: &Road) -> Vec<Step> {
    let mut steps = socket(random, road, SocketType::Stream);
    steps.extend([Step::Bind(S0, road.bind.clone()), Step::Listen(S0, random.u32(..3)), Step::Accept(S0, S1)]);
    steps
}

fn connecting(random: &mut Rng, road: &Road) -> Vec<Step> {
    let mut steps = socket(random, road, SocketType::Stream);
    steps.push(Step::Connect(S0, road.connect.clone()));
    steps
}

fn pause(random: &mut Rng, steps: &mut Vec<Step>) {
    if one_in(random, 3) {
        steps.push(Step::Sleep(Duration::from_micros(random.u64(1..2_000_000))));
    }
}

fn write(random: &mut Rng, steps: &mut Vec<Step>, slot: Slot) {
    for _ in 0..random.usize(1..4) {
        let most = if random.bool() { LONGEST / 3 } else { 2000 };
        steps.push(Step::Send(slot, bytes(random, most)));
        pause(random, steps);
    }
}

/// One side writes and ends its half; the other reads to the end, answers or not, and closes.
fn bulk(random: &mut Rng, road: &Road) -> (Vec<Step>, Vec<Step>) {
    let (mut client, mut server) = (connecting(random, road), listening(random, road));
    write(random, &mut client, S0);
    client.push(Step::Shutdown(S0, Shutdown::Write));
    client.push(Step::RecvToEnd(S0, random.usize(1..20_000).max(200)));
    pause(random, &mut server);
    server.push(Step::RecvToEnd(S1, random.usize(1..20_000).max(200)));
    match random.u8(..3) {
        0 => {}
        1 => server.push(Step::SendReceived(S1)),
        _ => write(random, &mut server, S1),
    }
    server.extend([Step::Close(S1), Step::Close(S0)]);
    (client, server)
}

/// Questions and answers of fixed lengths, in turn.
fn conversation(random: &mut Rng, road: &Road) -> (Vec<Step>, Vec<Step>) {
    let (mut client, mut server) = (connecting(random, road), listening(random, road));
    for _ in 0..random.u8(1..10) {
        let (question, answer) = (bytes(random, 3000), bytes(random, 3000));
        server.extend([Step::RecvExactly(S1, question.len()), Step::Send(S1, answer.clone())]);
        client.extend([Step::Send(S0, question), Step::RecvExactly(S0, answer.len())]);
        pause(random, &mut client);
    }
    server.extend([Step::RecvToEnd(S1, 500), Step::Close(S1)]);
    client.push(Step::Close(S0));
    (client, server)
}

/// One side, or the other, resets the connection while bytes are on their way.
fn reset(random: &mut Rng, road: &Road) -> (Vec<Step>, Vec<Step>) {
    let (mut client, mut server) = (connecting(random, road), listening(random, road));
    write(random, &mut client, S0);
    let (steps, slot) = if random.bool() { (&mut client, S0) } else { (&mut server, S1) };
    if slot == S1 && random.bool() {
        steps.push(Step::Recv(slot, 3000));
    }
    option(steps, slot, SocketOption::Linger(Some(Duration::ZERO)));
    steps.push(Step::Close(slot));
    if slot == S0 {
        server.push(Step::RecvToEnd(S1, 3000));
    } else {
        client.push(Step::RecvToEnd(S0, 3000));
    }
    (client, server)
}

/// Datagrams that come back.
fn echo(random: &mut Rng, road: &Road) -> (Vec<Step>, Vec<Step>) {
    let (mut client, mut server) =
        (socket(random, road, SocketType::Datagram), socket(random, road, SocketType::Datagram));
    server.push(Step::Bind(S0, road.bind.clone()));
    let again = server.len();
    server.extend([Step::RecvFrom(S0, 2000), Step::ReplyReceived(S0), Step::Jump(again)]);
    option(&mut client, S0, SocketOption::ReceiveTimeout(Some(Duration::from_millis(random.u64(1..2000)))));
    for _ in 0..random.u8(1..20) {
        client.push(Step::SendTo(S0, bytes(random, 1200), road.connect.clone()));
        client.push(Step::Try(Box::new(Step::RecvFrom(S0, 2000)), None));
    }
    (client, server)
}

/// More datagrams than the road may carry, to one who reads slowly.
fn datagrams(random: &mut Rng, road: &Road) -> (Vec<Step>, Vec<Step>) {
    let (mut client, mut server) =
        (socket(random, road, SocketType::Datagram), socket(random, road, SocketType::Datagram));
    server.push(Step::Bind(S0, road.bind.clone()));
    let again = server.len();
    server.extend([Step::RecvFrom(S0, 2000), Step::Sleep(Duration::from_millis(5)), Step::Jump(again)]);
    for _ in 0..random.u8(1..100) {
        let to = Step::SendTo(S0, bytes(random, 1472), road.connect.clone());
        client.push(Step::Try(Box::new(to), None));
    }
    (client, server)
}
