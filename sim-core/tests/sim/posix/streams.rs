//! TCP streams: blocking, not blocking, and blocking for a while.

use std::time::Duration;

use sim_core::program::{Address, Call, MessageFlags, OptionName, Shutdown, SocketOption};

use crate::harness::*;

use super::{NONE, connected, two};

#[test]
fn a_socket_that_does_not_block_connects() {
    let (mut shell, a, b) = two();
    let listener = shell.stream(b);
    shell.bind(b, listener, every_address(PORT));
    shell.call(b, Call::Listen(listener, 1));
    shell.non_blocking(b, listener);
    assert_eq!(shell.call(b, Call::Accept(listener)), "EAGAIN");
    let fd = shell.stream(a);
    shell.non_blocking(a, fd);
    assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "EINPROGRESS");
    assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "None", "the first to ask is told");
    assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "EISCONN");
    assert_eq!(shell.recv(a, fd, 1), "EAGAIN");
    assert!(shell.call(b, Call::Accept(listener)).starts_with("fd 4"));
    // O_NONBLOCK is not inherited.
    assert_eq!(shell.recv(b, 4, 1), "blocked");
}

#[test]
fn a_refused_connection_tells_once() {
    let (mut shell, a, _) = two();
    let fd = shell.stream(a);
    shell.non_blocking(a, fd);
    assert_eq!(shell.connect(a, fd, b(1)), "EINPROGRESS");
    assert_eq!(shell.send(a, fd, "x"), "ECONNREFUSED");
    assert_eq!(shell.send(a, fd, "x"), "EPIPE");
    assert_eq!(shell.recv(a, fd, 1), "b''");
    let fd = shell.stream(a);
    shell.non_blocking(a, fd);
    shell.connect(a, fd, b(1));
    assert_eq!(shell.connect(a, fd, b(1)), "ECONNREFUSED");
    assert_eq!(shell.connect(a, fd, b(1)), "EINPROGRESS", "and then it may try again");
}

#[test]
fn errors_without_a_connection() {
    let (mut shell, a, _) = two();
    let fd = shell.stream(a);
    assert_eq!(shell.call(a, Call::Shutdown(fd, Shutdown::Write)), "ENOTCONN");
    assert_eq!(shell.send(a, fd, "x"), "EPIPE");
    assert_eq!(shell.recv(a, fd, 1), "ENOTCONN");
    assert_eq!(shell.call(a, Call::Accept(fd)), "EINVAL");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), "ENOTCONN");
    assert_eq!(shell.call(a, Call::GetSockName(fd)), "0.0.0.0:0");
    assert_eq!(shell.connect(a, fd, Address::unix("/tmp/x")), "EAFNOSUPPORT");
    assert_eq!(shell.connect(a, fd, ([224, 0, 0, 1], 1)), "ENETUNREACH");
    assert_eq!(shell.bind(a, fd, ([8, 8, 8, 8], 1)), "EADDRNOTAVAIL");
    shell.call(a, Call::Listen(fd, 1));
    assert_eq!(shell.send(a, fd, "x"), "EPIPE");
    assert_eq!(shell.recv(a, fd, 1), "ENOTCONN");
    assert_eq!(shell.connect(a, fd, b(1)), "EISCONN");
    assert_eq!(shell.get(a, fd, OptionName::AcceptConn), "SO_ACCEPTCONN, true");
}

#[test]
fn blocking_for_a_while() {
    let (mut shell, a, client, b, server) = connected();
    shell.set(b, server, SocketOption::ReceiveTimeout(Some(ms(250))));
    assert_eq!(shell.recv(b, server, 10), "blocked");
    shell.wait(140);
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("None"), "not yet");
    shell.wait(20);
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("EAGAIN"));
    // What came before the time was over is given.
    assert_eq!(shell.call(b, Call::Recv(server, 10, MessageFlags::WAITALL)), "blocked");
    assert_eq!(shell.send(a, client, "abc"), "3");
    shell.wait(300);
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("b'abc'"));
    // Nobody reads: the buffers fill, and a part is taken.
    shell.set(a, client, SocketOption::SendTimeout(Some(ms(50))));
    let taken: usize =
        shell.call(a, Call::Send(client, vec![1; 5_000_000].into(), NONE)).parse().expect("a number of bytes");
    assert!((1..5_000_000).contains(&taken), "{taken}");
    while shell.call(a, Call::Send(client, vec![1; 5_000_000].into(), NONE)) != "EAGAIN" {}
    // A `connect` whose time is over goes on by itself.
    let late = shell.stream(a);
    shell.set(a, late, SocketOption::SendTimeout(Some(ms(50))));
    assert_eq!(shell.connect(a, late, ([10, 0, 0, 77], 80)), "EINPROGRESS");
    let accepting = shell.stream(b);
    shell.set(b, accepting, SocketOption::ReceiveTimeout(Some(ms(50))));
    shell.call(b, Call::Listen(accepting, 1));
    assert_eq!(shell.call(b, Call::Accept(accepting)), "EAGAIN");
}

#[test]
fn flags_of_one_call() {
    let (mut shell, a, client, b, server) = connected();
    assert_eq!(shell.call(b, Call::Recv(server, 9, MessageFlags::DONTWAIT)), "EAGAIN");
    assert_eq!(shell.call(b, Call::Recv(server, 6, MessageFlags::WAITALL)), "blocked");
    shell.send(a, client, "abcd");
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("EAGAIN"), "four are not six");
    shell.send(a, client, "efgh");
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("b'abcdef'"));
    assert_eq!(shell.call(b, Call::Recv(server, 9, MessageFlags::PEEK)), "b'gh'");
    assert_eq!(shell.call(b, Call::InQueue(server)), "2");
    assert_eq!(shell.call(b, Call::Read(server, 1)), "b'g'");
    assert_eq!(shell.call(b, Call::Recv(server, 9, MessageFlags::OOB)), "EINVAL");
    shell.call(a, Call::Shutdown(client, Shutdown::Write));
    assert_eq!(shell.call(b, Call::Recv(server, 9, MessageFlags::WAITALL)), "b'h'", "the end is reason enough");
    assert_eq!(shell.recv(b, server, 9), "b''");
    assert_eq!(shell.call(a, Call::Write(client, bytes("x"))), "EPIPE");
    assert_eq!(shell.call(a, Call::OutQueue(client)), "0");
}

/// SO_LINGER with a time: `close` waits for the acknowledgement, or until the time is over.
#[test]
fn lingering() {
    let (mut shell, a, client, b, server) = connected();
    shell.set(a, client, SocketOption::Linger(Some(Duration::from_secs(5))));
    shell.send(a, client, "hello");
    assert_eq!(shell.call(a, Call::Close(client)), "None");
    assert_eq!(shell.recv(b, server, 9), "b'hello'");
    let (mut shell, a, client, _, _) = connected();
    shell.set(a, client, SocketOption::Linger(Some(Duration::from_secs(2))));
    shell.non_blocking(a, client);
    while shell.call(a, Call::Send(client, vec![7; 50_000].into(), NONE)) != "EAGAIN" {}
    shell.call(a, Call::SetNonBlocking(client, false));
    assert_eq!(shell.call(a, Call::Close(client)), "blocked", "nobody reads");
    let before = shell.answers(a).len();
    shell.wait(1890);
    assert_eq!(shell.answers(a).len(), before, "two seconds are not over");
    shell.wait(20);
    assert_eq!(shell.answers(a)[before..], ["None"]);
    assert_eq!(shell.send(a, client, "x"), "EBADF");
}

#[test]
fn options_are_told_as_linux_tells_them() {
    let (mut shell, a, _) = two();
    let fd = shell.stream(a);
    let udp = shell.datagram(a);
    for (fd, receive, send) in [(fd, 131_072, 16_384), (udp, 212_992, 212_992)] {
        assert_eq!(shell.get(a, fd, OptionName::ReceiveBuffer), format!("SO_RCVBUF, {receive}"));
        assert_eq!(shell.get(a, fd, OptionName::SendBuffer), format!("SO_SNDBUF, {send}"));
        for (asked, receive, send) in [
            (0, 2304, 4608),
            (1152, 2304, 4608),
            (1153, 2306, 4608),
            (5000, 10_000, 10_000),
            (100_000_000, 8_388_608, 8_388_608),
        ] {
            shell.set(a, fd, SocketOption::ReceiveBuffer(asked));
            shell.set(a, fd, SocketOption::SendBuffer(asked));
            assert_eq!(shell.get(a, fd, OptionName::ReceiveBuffer), format!("SO_RCVBUF, {receive}"));
            assert_eq!(shell.get(a, fd, OptionName::SendBuffer), format!("SO_SNDBUF, {send}"));
        }
    }
    let seconds = Duration::from_secs;
    assert_eq!(shell.set(a, fd, SocketOption::KeepIdle(seconds(0))), "EINVAL");
    assert_eq!(shell.set(a, fd, SocketOption::KeepIdle(seconds(32_768))), "EINVAL");
    assert_eq!(shell.set(a, fd, SocketOption::KeepCount(128)), "EINVAL");
    assert_eq!(shell.set(a, fd, SocketOption::KeepCount(5)), "None");
    assert_eq!(shell.get(a, fd, OptionName::KeepCount), "TCP_KEEPCNT, 5");
    assert_eq!(shell.set(a, fd, SocketOption::TimeToLive(0)), "EINVAL");
    assert_eq!(shell.set(a, udp, SocketOption::NoDelay(true)), "ENOPROTOOPT");
    assert_eq!(shell.get(a, udp, OptionName::NoDelay), "EOPNOTSUPP");
    assert_eq!(shell.set(a, fd, SocketOption::AcceptConn(true)), "ENOPROTOOPT");
    assert_eq!(shell.set(a, fd, SocketOption::V6Only(true)), "ENOPROTOOPT");
    assert_eq!(shell.get(a, udp, OptionName::Type), "SO_TYPE, Datagram");
    assert_eq!(shell.set(a, fd, SocketOption::MulticastTtl(1)), "EINVAL");
}

#[test]
fn connections_have_the_options_of_their_listener() {
    let (mut shell, a, b) = two();
    let listener = shell.stream(b);
    shell.set(b, listener, SocketOption::NoDelay(true));
    shell.set(b, listener, SocketOption::ReuseAddress(true));
    shell.bind(b, listener, every_address(PORT));
    shell.call(b, Call::Listen(listener, 1));
    let fd = shell.stream(a);
    shell.connect(a, fd, crate::harness::b(PORT));
    shell.call(b, Call::Accept(listener));
    assert_eq!(shell.get(b, 4, OptionName::NoDelay), "TCP_NODELAY, true");
    assert_eq!(shell.get(b, 4, OptionName::ReuseAddress), "SO_REUSEADDR, true");
}
