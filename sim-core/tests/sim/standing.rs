//! Who waits for whom, as the facts tell it, and circles of those who do.

use sim_core::network::Input;
use sim_core::program::{Address, Call, Family, MessageFlags, Next, SocketType, Step};
use sim_core::trace::{Awaited, Lane, ProcessId, Standing, State};

use crate::harness::*;
use crate::threads::{Play, call, nap, park, recv, spawn, unpark};

fn standing(run: &Run) -> Standing {
    Standing::of(run.trace.facts())
}

/// A client and a server that have come so far, each with the rest.
fn pair(client: Vec<Step>, server: Vec<Step>) -> Run {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), server));
    run.spawn(at(10), A, "client", then(connecting(), client)).until(at(1_000));
    run
}

#[test]
fn both_wait_in_recv() {
    let run = pair(vec![Step::Recv(S0, 10)], vec![Step::Recv(S1, 10)]);
    let standing = standing(&run);
    assert_eq!(standing.awaited(ProcessId(0)), [Awaited::Process(ProcessId(1))]);
    assert_eq!(standing.awaited(ProcessId(1)), [Awaited::Process(ProcessId(0))]);
    assert_eq!(standing.knot(), [ProcessId(0), ProcessId(1)]);
    let told = "server waits in recv at line 5 for client, which waits in recv at line 3 for server";
    assert_eq!(standing.deadlock().as_deref(), Some(told));
    assert!(run.network.is_stuck());
}

#[test]
fn who_waits_for_somebody_that_goes_on_is_in_no_knot() {
    let run = pair(vec![Step::Recv(S0, 10)], vec![Step::Sleep(ms(5_000)), Step::Send(S1, bytes("x"))]);
    assert_eq!(standing(&run).knot(), []);
    assert!(!run.network.is_stuck());
    // Bytes are on their way: the facts do not know what they will wake, and the network does.
    let mut run =
        pair(vec![Step::Recv(S0, 10)], vec![Step::Sleep(ms(950)), Step::Send(S1, bytes("x")), Step::Recv(S1, 10)]);
    run.until(at(1_015));
    assert_eq!(standing(&run).knot().len(), 2);
    assert!(!run.network.is_stuck());
    run.until(at(1_100));
    assert_eq!(standing(&run).knot(), [], "the client has ended, and its FIN has woken the server");
}

#[test]
fn a_server_waits_for_anybody() {
    let run = pair(vec![], vec![Step::Accept(S0, S2)]);
    assert_eq!(standing(&run).awaited(ProcessId(0)), [Awaited::Anybody]);
    assert_eq!(standing(&run).deadlock(), None);
    assert!(run.network.is_stuck(), "nobody will come");
}

#[test]
fn datagrams_that_both_wait_for() {
    let mut run = Run::new(&two_hosts(), 1);
    let socket = Step::Socket(Family::Inet, SocketType::Datagram, S0);
    let server =
        vec![socket.clone(), Step::Bind(S0, every_address(9000)), Step::RecvFrom(S0, 10), Step::RecvFrom(S0, 10)];
    let client = vec![socket, Step::SendTo(S0, bytes("hello"), b(9000)), Step::RecvFrom(S0, 10)];
    run.spawn(at(0), B, "server", server).spawn(at(10), A, "client", client).until(at(1_000));
    let told = "server waits in recvfrom at line 4 for client, which waits in recvfrom at line 3 for server";
    assert_eq!(standing(&run).deadlock().as_deref(), Some(told));
}

#[test]
fn a_lock_that_nobody_gives_back() {
    let mut run = Run::new(&two_hosts(), 1);
    let first = vec![spawn(1), nap(2, 10), park(3, None)];
    run.input(at(0), Input::Run(A, Play::new([first, vec![park(11, None)]]))).until(at(1_000));
    let told = "play waits in lock at line 3 for Thread-1 of play, which waits in lock at line 11 for play";
    assert_eq!(standing(&run).deadlock().as_deref(), Some(told));
    // With a limit it is none, and neither while another thread runs.
    let mut run = Run::new(&two_hosts(), 1);
    let first = vec![spawn(1), nap(2, 5_000), unpark(3, 1)];
    run.input(at(0), Input::Run(A, Play::new([first, vec![park(11, None)]]))).until(at(1_000));
    assert_eq!(standing(&run).awaited(ProcessId::FIRST_THREAD), [Awaited::Threads]);
    assert_eq!(standing(&run).deadlock(), None);
}

#[test]
fn lanes_tell_line_call_and_end() {
    let mut run = Run::new(&two_hosts(), 1);
    let first = vec![spawn(1), call(2, Call::Read(0, 10)), recv(3, 9), Next::exit(4, None)];
    run.input(at(0), Input::Run(A, Play::new([first, vec![nap(11, 50), call(12, Call::Close(0))]]))).until(at(10));
    let standing = standing(&run);
    let waits = |process: u32| match standing.lane(ProcessId(process)) {
        Some(Lane { line, state: State::Waits { call, .. }, .. }) => (*line, call.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(0), (2, Call::Read(0, 10)));
    assert_eq!(waits(ProcessId::FIRST_THREAD.0), (11, Call::Sleep(ms(50))));
    assert_eq!(standing.awaited(ProcessId(0)), [Awaited::Input]);
    assert_eq!(standing.awaited(ProcessId::FIRST_THREAD), [Awaited::Time]);
    run.input(at(20), Input::Kill(A, ProcessId(0)));
    let ended = Standing::of(run.trace.facts());
    assert!(ended.lanes().all(|lane| matches!(lane.state, State::Ended(_))));
    assert_eq!(ended.awaited(ProcessId(0)), []);
}

#[test]
fn both_ends_of_a_pair_and_of_a_path() {
    let mut run = Run::new(&two_hosts(), 1);
    let path = || Address::unix("/tmp/s");
    let server = vec![
        call(1, Call::Socket(Family::Unix, SocketType::Stream)),
        call(2, Call::Bind(3, path())),
        call(3, Call::Listen(3, 1)),
        call(4, Call::Accept(3)),
        recv(5, 4),
    ];
    let client = vec![
        call(1, Call::Socket(Family::Unix, SocketType::Stream)),
        call(2, Call::Connect(3, path())),
        call(3, Call::Recv(3, 9, MessageFlags::NONE)),
    ];
    let alone = vec![call(1, Call::SocketPair(SocketType::Stream)), recv(2, 3)];
    for program in [server, client, alone] {
        run.input(at(0), Input::Run(A, Play::new([program])));
    }
    let standing = Standing::of(run.until(at(1_000)).trace.facts());
    let ends = [0, 1, 2].map(|process| standing.awaited(ProcessId(process)));
    assert_eq!(ends, [1, 0, 2].map(|process| vec![Awaited::Process(ProcessId(process))]));
    assert_eq!(standing.knot().len(), 3, "who waits for itself is alone in a knot");
}
