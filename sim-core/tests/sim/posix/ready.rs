//! `poll`, of every kind of socket in every state.

use std::time::Duration;

use sim_core::program::{Address, Call, Events, Family, OptionName, PollFd, Shutdown, SocketOption, SocketType};

use crate::harness::*;

use super::{connected, two};

#[test]
fn tcp_before_a_connection() {
    let (mut shell, a, b) = two();
    let fresh = shell.stream(a);
    assert_eq!(shell.poll(a, fresh), "POLLOUT|POLLHUP");
    shell.bind(a, fresh, every_address(7000));
    assert_eq!(shell.poll(a, fresh), "POLLOUT|POLLHUP");
    shell.call(a, Call::Listen(fresh, 1));
    assert_eq!(shell.poll(a, fresh), "0");
    let client = shell.stream(b);
    shell.connect(b, client, (A_IP, 7000));
    assert_eq!(shell.poll(a, fresh), "POLLIN");
    assert_eq!(shell.poll(b, client), "POLLOUT");
    // Shut, it listens no more; it may listen again.
    assert_eq!(shell.call(a, Call::Shutdown(fresh, Shutdown::Read)), "None");
    assert_eq!(shell.poll(a, fresh), "POLLOUT|POLLHUP");
    shell.non_blocking(a, fresh);
    assert_eq!(shell.call(a, Call::Accept(fresh)), "EINVAL");
    assert_eq!(shell.call(a, Call::Listen(fresh, 5)), "None");
    assert_eq!(shell.poll(a, fresh), "0");
    assert_eq!(shell.poll(a, 99), "POLLNVAL");
    assert_eq!(shell.poll(a, u32::MAX), "0", "a negative descriptor is passed over");
}

#[test]
fn tcp_while_it_connects() {
    let (mut shell, a, _) = two();
    let fd = shell.stream(a);
    shell.non_blocking(a, fd);
    // Nobody has this address: the answer of ARP takes three seconds not to come.
    assert_eq!(shell.connect(a, fd, ([10, 0, 0, 77], 80)), "EINPROGRESS");
    assert_eq!(shell.poll(a, fd), "0");
    assert_eq!(shell.connect(a, fd, ([10, 0, 0, 77], 80)), "EALREADY");
    shell.wait(4000);
    assert_eq!(shell.poll(a, fd), "POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP");
    assert_eq!(shell.get(a, fd, OptionName::Error), "SO_ERROR, Some(EHOSTUNREACH)");
    assert_eq!(shell.poll(a, fd), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
    assert_eq!(shell.connect(a, fd, ([10, 0, 0, 77], 80)), "ECONNABORTED", "SO_ERROR has told the error");
    assert_eq!(shell.poll(a, fd), "POLLOUT|POLLHUP");
}

#[test]
fn tcp_halves() {
    let (mut shell, a, client, b, server) = connected();
    assert_eq!(shell.poll(a, client), "POLLOUT");
    shell.call(b, Call::Shutdown(server, Shutdown::Write));
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLRDHUP");
    assert_eq!(shell.poll(b, server), "POLLOUT");
    shell.call(a, Call::Shutdown(client, Shutdown::Write));
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
    assert_eq!(shell.poll(b, server), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
}

#[test]
fn tcp_after_a_reset() {
    let (mut shell, a, client, b, server) = connected();
    shell.call(a, Call::Shutdown(client, Shutdown::Read));
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLRDHUP");
    shell.set(b, server, SocketOption::Linger(Some(Duration::ZERO)));
    shell.call(b, Call::Close(server));
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP");
    assert_eq!(shell.get(a, client, OptionName::Error), "SO_ERROR, Some(ECONNRESET)");
    assert_eq!(shell.get(a, client, OptionName::Error), "SO_ERROR, None");
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
    assert_eq!(shell.recv(a, client, 1), "b''");
    assert_eq!(shell.send(a, client, "x"), "EPIPE");
}

/// Linux calls a stream writable when a third of its buffer is free.
#[test]
fn a_full_buffer_is_not_writable() {
    let (mut shell, a, client, _, _) = connected();
    shell.non_blocking(a, client);
    while shell.call(a, Call::Send(client, vec![7; 20_000].into(), super::NONE)) != "EAGAIN" {}
    assert_eq!(shell.poll(a, client), "0");
}

#[test]
fn udp() {
    let (mut shell, a, b) = two();
    let fd = shell.datagram(a);
    assert_eq!(shell.poll(a, fd), "POLLOUT");
    assert_eq!(shell.call(a, Call::Shutdown(fd, Shutdown::Read)), "ENOTCONN");
    assert_eq!(shell.poll(a, fd), "POLLIN|POLLOUT|POLLRDHUP", "it took effect all the same");
    shell.connect(a, fd, crate::harness::b(9));
    shell.call(a, Call::Shutdown(fd, Shutdown::Write));
    assert_eq!(shell.poll(a, fd), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
    assert_eq!(shell.send(a, fd, "x"), "EPIPE");
    let fd = shell.datagram(a);
    shell.connect(a, fd, crate::harness::b(9));
    assert_eq!(shell.send(a, fd, "x"), "1");
    assert_eq!(shell.poll(a, fd), "POLLOUT|POLLERR");
    assert_eq!(shell.send(a, fd, "x"), "ECONNREFUSED");
    assert_eq!(shell.poll(a, fd), "POLLOUT");
    let server = shell.datagram(b);
    shell.bind(b, server, every_address(9));
    shell.send(a, fd, "y");
    assert_eq!(shell.poll(b, server), "POLLIN|POLLOUT");
}

#[test]
fn unix() {
    let (mut shell, a, _) = two();
    let fresh = shell.socket(a, Family::Unix, SocketType::Stream);
    assert_eq!(shell.poll(a, fresh), "POLLOUT|POLLHUP");
    shell.bind(a, fresh, Address::unix("/tmp/s"));
    shell.call(a, Call::Listen(fresh, 1));
    assert_eq!(shell.poll(a, fresh), "0");
    let client = shell.socket(a, Family::Unix, SocketType::Stream);
    shell.connect(a, client, Address::unix("/tmp/s"));
    assert_eq!((shell.poll(a, fresh), shell.poll(a, client)), ("POLLIN".into(), "POLLOUT".into()));
    shell.call(a, Call::Close(fresh));
    assert_eq!(shell.poll(a, client), "POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP");
    assert_eq!(shell.call(a, Call::SocketPair(SocketType::Stream)), "fd 3, fd 5");
    shell.call(a, Call::Shutdown(5, Shutdown::Read));
    assert_eq!((shell.poll(a, 3), shell.poll(a, 5)), ("POLLOUT".into(), "POLLIN|POLLOUT|POLLRDHUP".into()));
    shell.call(a, Call::Close(5));
    assert_eq!(shell.poll(a, 3), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP");
}

/// Who waits in `poll` is woken by the first of its descriptors, or by the clock.
#[test]
fn waiting_for_several() {
    let (mut shell, a, client, b, server) = connected();
    let other = shell.datagram(b);
    shell.bind(b, other, every_address(9));
    let fds = [PollFd { fd: server, events: Events::IN }, PollFd { fd: other, events: Events::IN }];
    assert_eq!(shell.call(b, Call::Poll(fds.into(), None)), "blocked");
    shell.send(a, client, "x");
    assert_eq!(shell.answers(b).last().map(String::as_str), Some("[4: POLLIN]"));
    shell.recv(b, server, 9);
    assert_eq!(shell.call(b, Call::Poll(fds.into(), Some(ms(500)))), "blocked");
    shell.wait(350);
    let before = shell.answers(b).len();
    shell.wait(100);
    assert_eq!(shell.answers(b)[before..], ["[]"]);
    assert_eq!(shell.call(b, Call::Poll(fds.into(), Some(ms(50)))), "[]");
}
