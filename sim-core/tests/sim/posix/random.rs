//! Calls at random: whatever programs do, nothing panics, nothing is left over, and snapshots go on alike.

use std::time::Duration;

use proptest::prelude::*;
use sim_core::network::Input;
use sim_core::program::{
    Address, Call, Events, Family, Membership, MessageFlags, MulticastInterface, OpenFlags, OptionName, PollFd,
    Shutdown, SocketOption, SocketType,
};
use sim_core::trace::ProcessId;

use crate::harness::*;

fn fd() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 3_u32..9, 1 => any::<u32>()]
}

fn address() -> impl Strategy<Value = Address> {
    let ip = prop_oneof![
        Just(std::net::IpAddr::from(A_IP)),
        Just(B_IP.into()),
        Just([0, 0, 0, 0].into()),
        Just([127, 0, 0, 1].into()),
        Just([10, 0, 0, 255].into()),
        Just([224, 0, 0, 5].into()),
        Just([9, 9, 9, 9].into()),
        Just(std::net::Ipv6Addr::UNSPECIFIED.into()),
        Just(std::net::Ipv6Addr::LOCALHOST.into()),
        Just(B_IP.to_ipv6_mapped().into()),
    ];
    let name = prop_oneof![Just("/tmp/a"), Just("/tmp/b"), Just("\0c"), Just("/no/d"), Just("")];
    prop_oneof![
        6 => (ip, 0_u16..4).prop_map(|(ip, port)| Address::Inet((ip, port).into())),
        3 => name.prop_map(Address::unix),
        1 => Just(Address::Unnamed),
    ]
}

fn option() -> impl Strategy<Value = SocketOption> {
    let on = any::<bool>;
    let time = || proptest::option::of((0_u64..300).prop_map(Duration::from_millis));
    prop_oneof![
        on().prop_map(SocketOption::ReuseAddress),
        on().prop_map(SocketOption::ReusePort),
        on().prop_map(SocketOption::V6Only),
        on().prop_map(SocketOption::Broadcast),
        on().prop_map(SocketOption::NoDelay),
        on().prop_map(SocketOption::ReceiveErrors),
        time().prop_map(SocketOption::Linger),
        time().prop_map(SocketOption::ReceiveTimeout),
        time().prop_map(SocketOption::SendTimeout),
        any::<u32>().prop_map(SocketOption::ReceiveBuffer),
        any::<u32>().prop_map(SocketOption::SendBuffer),
        any::<u8>().prop_map(SocketOption::TimeToLive),
        (0_u8..5, 0_u32..3).prop_map(|(last, index)| SocketOption::AddMembership(Membership {
            group: [224, 0, 0, last].into(),
            interface: MulticastInterface::Index(index),
        })),
    ]
}

fn payload() -> impl Strategy<Value = std::sync::Arc<[u8]>> {
    prop_oneof![4 => 0_usize..3000, 1 => 0_usize..300_000].prop_map(|length| vec![8; length].into())
}

fn flags() -> impl Strategy<Value = MessageFlags> {
    let some = |flag| prop_oneof![3 => Just(MessageFlags::NONE), 1 => Just(flag)];
    (some(MessageFlags::DONTWAIT), some(MessageFlags::PEEK), some(MessageFlags::WAITALL), some(MessageFlags::ERRQUEUE))
        .prop_map(|(a, b, c, d)| a | b | c | d)
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::Inet), Just(Family::Inet6), Just(Family::Unix)]
}

fn kind() -> impl Strategy<Value = SocketType> {
    prop_oneof![Just(SocketType::Stream), Just(SocketType::Datagram), Just(SocketType::Icmp)]
}

fn call() -> impl Strategy<Value = Call> {
    let how = || prop_oneof![Just(Shutdown::Read), Just(Shutdown::Write), Just(Shutdown::Both)];
    let path = || prop_oneof![Just("/tmp/a"), Just("/tmp/x"), Just("/"), Just("no/y")].prop_map(Into::into);
    let open = prop_oneof![Just(OpenFlags::READ), Just(OpenFlags::WRITE), Just(OpenFlags::APPEND)];
    let max = || 0_usize..70_000;
    let names = (0..OptionName::ALL.len()).prop_map(|index| OptionName::ALL[index]);
    let fds = proptest::collection::vec((fd(), any::<u16>()), 0..5).prop_map(|fds| {
        fds.into_iter().map(|(fd, events)| PollFd { fd, events: Events(events) }).collect::<std::sync::Arc<[_]>>()
    });
    prop_oneof![
        6 => (family(), kind()).prop_map(|(family, kind)| Call::Socket(family, kind)),
        1 => kind().prop_map(Call::SocketPair),
        4 => (fd(), address()).prop_map(|(fd, to)| Call::Bind(fd, to)),
        4 => (fd(), 0_u32..3).prop_map(|(fd, backlog)| Call::Listen(fd, backlog)),
        4 => fd().prop_map(Call::Accept),
        6 => (fd(), address()).prop_map(|(fd, to)| Call::Connect(fd, to)),
        4 => (fd(), payload(), flags()).prop_map(|(fd, bytes, flags)| Call::Send(fd, bytes, flags)),
        4 => (fd(), payload(), address(), flags()).prop_map(|(fd, bytes, to, flags)| Call::SendTo(fd, bytes, to, flags)),
        4 => (fd(), max(), flags()).prop_map(|(fd, max, flags)| Call::Recv(fd, max, flags)),
        2 => (fd(), max(), flags()).prop_map(|(fd, max, flags)| Call::RecvFrom(fd, max, flags)),
        2 => (fd(), how()).prop_map(|(fd, how)| Call::Shutdown(fd, how)),
        2 => fd().prop_map(Call::Close),
        1 => fd().prop_map(Call::GetSockName),
        1 => fd().prop_map(Call::GetPeerName),
        3 => (fd(), option()).prop_map(|(fd, option)| Call::SetOption(fd, option)),
        2 => (fd(), names).prop_map(|(fd, name)| Call::GetOption(fd, name)),
        3 => (fd(), any::<bool>()).prop_map(|(fd, on)| Call::SetNonBlocking(fd, on)),
        1 => fd().prop_map(Call::InQueue),
        1 => fd().prop_map(Call::OutQueue),
        2 => (fds, 0_u64..200).prop_map(|(fds, time)| Call::Poll(fds, Some(Duration::from_millis(time)))),
        2 => (path(), open).prop_map(|(path, flags)| Call::Open(path, flags)),
        1 => (fd(), max()).prop_map(|(fd, max)| Call::Read(fd, max)),
        1 => (fd(), payload()).prop_map(|(fd, bytes)| Call::Write(fd, bytes)),
        1 => path().prop_map(Call::Unlink),
        1 => path().prop_map(Call::Access),
    ]
}

/// Calls of four processes, two on each host, each with the time before it in milliseconds.
fn calls() -> impl Strategy<Value = Vec<(u32, u64, Call)>> {
    proptest::collection::vec((0_u32..4, 0_u64..60, call()), 1..120)
}

fn play(calls: &[(u32, u64, Call)], seed: u64, snapshot: usize) -> (Run, Option<Run>) {
    let mut run = Run::new(&two_hosts(), seed);
    for process in 0..4_u32 {
        run.input(at(0), Input::Process(if process % 2 == 0 { A } else { B }, "random".into()));
    }
    let (mut now, mut copy) = (0, None);
    for (index, (process, pause, call)) in calls.iter().enumerate() {
        if index == snapshot {
            copy = Some(run.clone());
        }
        now += pause;
        let node = if process % 2 == 0 { A } else { B };
        run.input(at(now), Input::Call(node, ProcessId(*process), call.clone()));
        if let Some(copy) = &mut copy {
            copy.input(at(now), Input::Call(node, ProcessId(*process), call.clone()));
        }
    }
    (run, copy)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_is_left_over(calls in calls(), seed in any::<u64>()) {
        let (mut run, _) = play(&calls, seed, usize::MAX);
        run.until(at(20_000));
        for process in 0..4_u32 {
            run.input(at(20_000), Input::Kill(if process % 2 == 0 { A } else { B }, ProcessId(process)));
        }
        // The longest that a connection without a process lives: its data again and again, and then TIME-WAIT.
        run.until(at(2_000_000));
        prop_assert_eq!(run.network.socket_count(), 0);
    }

    #[test]
    fn snapshots_go_on_alike(calls in calls(), seed in any::<u64>(), snapshot in 0_usize..60) {
        let (mut run, copy) = play(&calls, seed, snapshot);
        let expected = run.until(at(10_000)).trace.hash();
        if let Some(mut copy) = copy {
            prop_assert_eq!(copy.until(at(10_000)).trace.hash(), expected);
        }
    }
}
