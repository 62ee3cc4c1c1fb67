//! Whatever the real side says, and whenever: the gateway keeps to its rules, and says the same again.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use proptest::prelude::*;
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, FlowId, FlowKind, KernelInfo, Publication, datagram_cost};
use sim_core::network::Input;
use sim_core::program::{Address, Call, Family, SocketType};
use sim_core::trace::{NodeId, ProcessId};

use crate::harness::*;
use crate::posix::NONE;

use super::FAR;

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    /// To a flow that is open, or where there is none to the one of this number.
    Answer(u32, Answer),
    /// To a flow of any number.
    Stray(u32, Answer),
    /// Yes to all that was asked and not answered, with this credit.
    Obey(u32),
    Publish(Publication),
    Unpublish(u32),
    /// A call of the process on A or on the gateway.
    Call(bool, Call),
}

fn kind() -> impl Strategy<Value = FlowKind> {
    prop_oneof![Just(FlowKind::Stream), Just(FlowKind::Datagram)]
}

fn answer() -> impl Strategy<Value = Answer> {
    let peer = || (1_u16..4).prop_map(|port| Address::from(([192, 168, 1, 9], port)));
    let data = || (0_usize..3000).prop_map(|length| vec![7_u8; length].into());
    let error = || prop_oneof![Just(Errno::ECONNREFUSED), Just(Errno::EACCES), Just(Errno::EMSGSIZE)];
    prop_oneof![
        1 => (0_u32..100_000).prop_map(|credit| Answer::Connected { credit }),
        1 => (0_u32..100_000).prop_map(|credit| Answer::Listening { local: (FAR, 1).into(), credit }),
        2 => (0_u32..9, peer(), 0_u32..9000)
            .prop_map(|(connection, peer, credit)| Answer::Accepted { connection, peer, credit }),
        6 => data().prop_map(Answer::Data),
        4 => (peer(), data()).prop_map(|(from, bytes)| Answer::Datagram { from, bytes }),
        4 => (0_u32..9000).prop_map(Answer::Credit),
        1 => Just(Answer::Credit(u32::MAX)),
        1 => Just(Answer::Fin),
        1 => Just(Answer::Reset),
        1 => Just(Answer::Lost),
        1 => Just(Answer::Info(KernelInfo::default())),
        2 => error().prop_map(Answer::Unreachable),
        1 => error().prop_map(Answer::Refused),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let fd = || 3_u32..9;
    let to = || {
        let (far, real) = (Address::from((FAR, 9)), Address::unix("/host/s"));
        prop_oneof![Just(far), Just(real), Just(Address::from((B_IP, 9)))]
    };
    let bytes = || (0_usize..5000).prop_map(|length| vec![1_u8; length].into());
    prop_oneof![
        (fd(), to()).prop_map(|(fd, to)| Call::Connect(fd, to)),
        (fd(), bytes(), to()).prop_map(|(fd, bytes, to)| Call::SendTo(fd, bytes, to, NONE)),
        (fd(), bytes()).prop_map(|(fd, bytes)| Call::Send(fd, bytes, NONE)),
        (fd(), 0_usize..9000).prop_map(|(fd, max)| Call::RecvFrom(fd, max, NONE)),
        fd().prop_map(Call::Close),
        (prop_oneof![Just(Family::Inet), Just(Family::Unix)], kind()).prop_map(|(family, kind)| match kind {
            FlowKind::Stream => Call::Socket(family, SocketType::Stream),
            FlowKind::Datagram => Call::Socket(family, SocketType::Datagram),
        }),
        fd().prop_map(Call::Accept),
    ]
}

/// A call that goes to the real network, by A or by the gateway's program.
fn reach() -> impl Strategy<Value = Act> {
    let sockets = [(false, 4), (false, 7), (true, 5), (true, 6)];
    (0_usize..4, 0_usize..6, 0_u16..3, 0_usize..3000).prop_map(move |(socket, verb, place, length)| {
        let (gateway, fd) = sockets[socket];
        let to = if gateway { Address::unix(&format!("/host/{place}")) } else { (FAR, 9 + place).into() };
        let bytes = vec![2; length].into();
        Act::Call(
            gateway,
            match verb {
                0 => Call::Connect(fd, to),
                1 => Call::SendTo(fd, bytes, to, NONE),
                2 if gateway => Call::Bind(fd, to),
                3 if gateway => Call::Listen(fd, 1),
                4 if gateway => Call::Accept(fd),
                _ => Call::Send(fd, bytes, NONE),
            },
        )
    })
}

fn act() -> impl Strategy<Value = Act> {
    let published = (kind(), 0_u16..3, 1_u16..3).prop_map(|(kind, port, to)| Publication {
        kind,
        at: SocketAddr::new(FAR.into(), port),
        to: SocketAddr::new(A_IP.into(), to),
        backlog: 3,
    });
    prop_oneof![
        3 => (0_u64..40_000).prop_map(Act::Wait),
        8 => (0_u32..12, answer()).prop_map(|(flow, answer)| Act::Answer(flow, answer)),
        2 => (0_u32..12, answer()).prop_map(|(flow, answer)| Act::Stray(flow, answer)),
        6 => (0_u32..9000).prop_map(Act::Obey),
        1 => published.prop_map(Act::Publish),
        1 => (0_u32..12).prop_map(Act::Unpublish),
        12 => reach(),
        6 => (any::<bool>(), call()).prop_map(|(gateway, call)| Act::Call(gateway, call)),
    ]
}

/// What a driver keeps of a flow.
#[derive(Debug, Default)]
struct Account {
    datagrams: bool,
    given: u64,
    sent: u64,
    over: bool,
}

/// The driver's books.
#[derive(Debug, Default)]
struct Books {
    flows: BTreeMap<u32, Account>,
    /// What connections were accepted with.
    accepted: BTreeMap<u32, u64>,
    /// What waits for an answer.
    open: Vec<(u32, Ask)>,
}

impl Books {
    fn give(&mut self, flow: u32, answer: &Answer) {
        let given = match answer {
            Answer::Connected { credit } | Answer::Listening { credit, .. } | Answer::Credit(credit) => *credit,
            Answer::Accepted { connection, credit, .. } => {
                *self.accepted.entry(*connection).or_default() += u64::from(*credit);
                0
            }
            _ => 0,
        };
        self.flows.entry(flow).or_default().given += u64::from(given);
    }

    /// The open flow of this place.
    fn pick(&self, place: u32) -> u32 {
        let open: Vec<u32> = self.flows.iter().filter(|(_, account)| !account.over).map(|(flow, _)| *flow).collect();
        open.get(place as usize % open.len().max(1)).copied().unwrap_or(place)
    }

    /// Yes to everything.
    fn obey(&mut self, credit: u32) -> Vec<(u32, Answer)> {
        let yes = |(flow, ask): (u32, Ask)| match ask {
            Ask::Connect { .. } => Some((flow, Answer::Connected { credit })),
            Ask::Listen { at, .. } => Some((flow, Answer::Listening { local: at, credit })),
            Ask::Allow(_) => Some((flow, Answer::Accepted { connection: 100 + flow, peer: (FAR, 9).into(), credit })),
            _ => None,
        };
        self.open.drain(..).filter_map(yes).collect()
    }

    fn ask(&mut self, flow: u32, ask: &Ask) {
        self.open.push((flow, ask.clone()));
        if let Ask::Accept { connection, .. } = ask {
            let credit = self.accepted.get(connection).copied().unwrap_or(0);
            self.flows.entry(flow).or_default().given += credit;
        }
        let account = self.flows.entry(flow).or_default();
        assert!(!account.over, "flow {flow} is over, and asks {ask:?}");
        match ask {
            Ask::Connect { kind, .. } | Ask::Listen { kind, .. } => account.datagrams = *kind == FlowKind::Datagram,
            Ask::Send(bytes) | Ask::SendTo { bytes, .. } => {
                let cost = if account.datagrams { datagram_cost(bytes.len()) } else { bytes.len() as u32 };
                account.sent += u64::from(cost);
                assert!(account.sent <= account.given, "flow {flow} sends more than it may: {account:?}");
            }
            Ask::Reset | Ask::Close => account.over = true,
            _ => {}
        }
    }
}

/// Sockets that do not block; those of A serve at port 1.
fn beginning(node: NodeId) -> Vec<Call> {
    let mut calls = Vec::new();
    for (fd, family, kind) in [
        (3, Family::Inet, SocketType::Stream),
        (4, Family::Inet, SocketType::Datagram),
        (5, Family::Unix, SocketType::Stream),
        (6, Family::Unix, SocketType::Datagram),
        (7, Family::Inet, SocketType::Stream),
    ] {
        calls.extend([Call::Socket(family, kind), Call::SetNonBlocking(fd, true)]);
    }
    if node == A {
        calls.extend([3, 4].map(|fd| Call::Bind(fd, every_address(1))));
        calls.push(Call::Listen(3, 2));
    }
    calls
}

/// Plays it, with a snapshot taken before each act or not.
fn play(acts: &[Act], snapshots: bool) -> u64 {
    let mut run = Run::new(&host_and_gateway(), 3);
    let (mut now, mut books) = (1, Books::default());
    for (node, name) in [(A, "a"), (B, "b")] {
        run.input(at(0), Input::Process(node, name.into()));
        beginning(node).into_iter().for_each(|call| {
            run.input(at(0), Input::Call(node, ProcessId(u32::from(node.0)), call));
        });
    }
    for act in acts {
        if snapshots {
            run = run.clone();
        }
        match act {
            Act::Wait(span) => now += span,
            Act::Answer(place, answer) => {
                let flow = books.pick(*place);
                books.give(flow, answer);
                run.answer(at(now), flow, answer.clone());
            }
            Act::Stray(flow, answer) => {
                books.give(*flow, answer);
                run.answer(at(now), *flow, answer.clone());
            }
            Act::Obey(credit) => {
                for (flow, answer) in books.obey(*credit) {
                    books.give(flow, &answer);
                    run.answer(at(now), flow, answer);
                }
            }
            Act::Publish(publication) => {
                run.input(at(now), Input::Publish(B, *publication));
            }
            Act::Unpublish(flow) => {
                run.input(at(now), Input::Unpublish(B, FlowId(*flow)));
            }
            Act::Call(gateway, call) => {
                let (node, process) = if *gateway { (B, 1) } else { (A, 0) };
                run.input(at(now), Input::Call(node, ProcessId(process), call.clone()));
                // One call that blocks for ever would be the last.
                for fd in 3..9 {
                    let unblock = Call::SetNonBlocking(fd, true);
                    run.input(at(now), Input::Call(node, ProcessId(process), unblock));
                }
            }
        }
        // Long enough for what it leads to in the lab.
        now += 50;
        run.until(at(now));
        for (flow, ask) in run.asks.split_off(0) {
            books.ask(flow.0, &ask);
        }
    }
    run.until(at(now + 400_000));
    run.trace.hash()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_answers_at_any_time(acts in proptest::collection::vec(act(), 1..80)) {
        prop_assert_eq!(play(&acts, false), play(&acts, true), "the same again, with snapshots");
    }
}
