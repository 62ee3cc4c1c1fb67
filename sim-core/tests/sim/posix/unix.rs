//! Sockets of AF_UNIX.

use sim_core::program::{Address, Call, Family, MessageFlags, Shutdown, SocketOption, SocketType};
use sim_core::trace::ProcessId;

use crate::harness::*;

use super::{NONE, Shell, two};

fn stream(shell: &mut Shell, process: ProcessId) -> u32 {
    shell.socket(process, Family::Unix, SocketType::Stream)
}

fn datagram(shell: &mut Shell, process: ProcessId) -> u32 {
    shell.socket(process, Family::Unix, SocketType::Datagram)
}

fn listener(shell: &mut Shell, process: ProcessId, path: &str, backlog: u32) -> u32 {
    let fd = stream(shell, process);
    assert_eq!(shell.bind(process, fd, Address::unix(path)), "None");
    assert_eq!(shell.call(process, Call::Listen(fd, backlog)), "None");
    fd
}

#[test]
fn errors_of_calls() {
    let (mut shell, a, _) = two();
    let fd = stream(&mut shell, a);
    assert_eq!(shell.call(a, Call::GetSockName(fd)), "unnamed");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), "ENOTCONN");
    assert_eq!(shell.send(a, fd, "x"), "ENOTCONN");
    assert_eq!(shell.recv(a, fd, 1), "EINVAL");
    assert_eq!(shell.call(a, Call::Accept(fd)), "EINVAL");
    assert_eq!(shell.call(a, Call::Listen(fd, 1)), "EINVAL");
    assert_eq!(shell.call(a, Call::Shutdown(fd, Shutdown::Write)), "None");
    let fd = stream(&mut shell, a);
    assert_eq!(shell.connect(a, fd, Address::unix("/tmp/none")), "ENOENT");
    assert_eq!(shell.bind(a, fd, Address::unix("/no/s")), "ENOENT");
    assert_eq!(shell.bind(a, fd, Address::unix(&"x".repeat(109))), "EINVAL");
    assert_eq!(shell.bind(a, fd, Address::unix("/tmp/s")), "None");
    assert_eq!(shell.bind(a, fd, Address::unix("/tmp/t")), "EINVAL");
    assert_eq!(shell.bind(a, fd, every_address(1)), "EINVAL");
    let other = stream(&mut shell, a);
    assert_eq!(shell.bind(a, other, Address::unix("/tmp/s")), "EADDRINUSE");
    assert_eq!(shell.connect(a, other, Address::unix("/tmp/s")), "ECONNREFUSED", "it does not listen");
    assert_eq!(shell.connect(a, other, Address::unix("/tmp")), "ECONNREFUSED");
    let unlike = datagram(&mut shell, a);
    assert_eq!(shell.connect(a, unlike, Address::unix("/tmp/s")), "EPROTOTYPE");
    assert_eq!(shell.set(a, fd, SocketOption::NoDelay(true)), "EOPNOTSUPP");
}

/// A path outlives its socket, until it is unlinked.
#[test]
fn a_path_that_is_left_over() {
    let (mut shell, a, _) = two();
    let fd = listener(&mut shell, a, "/tmp/s", 1);
    assert_eq!(shell.call(a, Call::Close(fd)), "None");
    assert_eq!(shell.call(a, Call::Access("/tmp/s".into())), "None");
    let fd = stream(&mut shell, a);
    assert_eq!(shell.connect(a, fd, Address::unix("/tmp/s")), "ECONNREFUSED");
    assert_eq!(shell.bind(a, fd, Address::unix("/tmp/s")), "EADDRINUSE");
    assert_eq!(shell.call(a, Call::Unlink("/tmp/s".into())), "None");
    assert_eq!(shell.bind(a, fd, Address::unix("/tmp/s")), "None");
    // An abstract name goes with its socket.
    let name = Address::unix("\0name");
    let one = stream(&mut shell, a);
    let two = stream(&mut shell, a);
    assert_eq!(shell.bind(a, one, name.clone()), "None");
    assert_eq!(shell.bind(a, two, name.clone()), "EADDRINUSE");
    shell.call(a, Call::Close(one));
    assert_eq!(shell.connect(a, two, name.clone()), "ECONNREFUSED");
    assert_eq!(shell.bind(a, two, name), "None");
    assert_eq!(shell.call(a, Call::GetSockName(two)), "@name");
}

#[test]
fn a_conversation_leaves_no_packet() {
    let (mut shell, a, _) = two();
    let server = listener(&mut shell, a, "/tmp/s", 1);
    let client = stream(&mut shell, a);
    assert_eq!(shell.connect(a, client, Address::unix("/tmp/s")), "None");
    assert_eq!(shell.send(a, client, "hello"), "5", "before anybody has accepted");
    assert_eq!(shell.call(a, Call::Accept(server)), "fd 5 from unnamed");
    assert_eq!(shell.call(a, Call::GetSockName(5)), "/tmp/s");
    assert_eq!(shell.call(a, Call::GetPeerName(client)), "/tmp/s");
    assert_eq!(shell.call(a, Call::Recv(5, 3, MessageFlags::PEEK)), "b'hel'");
    assert_eq!(shell.call(a, Call::InQueue(5)), "5");
    assert_eq!(shell.recv(a, 5, 3), "b'hel'");
    assert_eq!(shell.recv(a, 5, 30), "b'lo'");
    assert_eq!(shell.connect(a, client, Address::unix("/tmp/s")), "EISCONN");
    assert_eq!(shell.call(a, Call::SendTo(client, bytes("x"), Address::unix("/tmp/s"), NONE)), "EISCONN");
    assert_eq!(shell.recv(a, client, 9), "blocked");
    shell.run.spawn(at(shell.now), A, "other", vec![]);
    assert_eq!(shell.run.frames().len(), 0);
}

/// A backlog of one holds two; the third waits until one is accepted.
#[test]
fn a_full_backlog() {
    let mut shell = Shell::new();
    let (server, _, client) = (shell.process(A), shell.process(B), shell.process(A));
    let fd = listener(&mut shell, server, "/tmp/s", 1);
    for _ in 0..2 {
        let fd = stream(&mut shell, client);
        assert_eq!(shell.connect(client, fd, Address::unix("/tmp/s")), "None");
    }
    let third = stream(&mut shell, client);
    shell.non_blocking(client, third);
    assert_eq!(shell.connect(client, third, Address::unix("/tmp/s")), "EAGAIN");
    shell.call(client, Call::SetNonBlocking(third, false));
    assert_eq!(shell.connect(client, third, Address::unix("/tmp/s")), "blocked");
    assert!(shell.call(server, Call::Accept(fd)).starts_with("fd 4"));
    assert_eq!(shell.answers(client).last().map(String::as_str), Some("None"));
}

#[test]
fn what_a_buffer_holds() {
    for (length, count) in [(1, 278), (100, 278), (1000, 93), (4096, 44)] {
        let (mut shell, a, _) = two();
        shell.call(a, Call::SocketPair(SocketType::Stream));
        shell.non_blocking(a, 3);
        let message: std::sync::Arc<[u8]> = vec![b'x'; length].into();
        let sends = (0..400).take_while(|_| shell.call(a, Call::Send(3, message.clone(), NONE)) != "EAGAIN").count();
        assert_eq!(sends, count, "writes of {length} bytes");
        assert_eq!(shell.poll(a, 3), "0");
        // Read, all of it is there, and there is room again.
        let got = shell.recv(a, 4, 1_000_000);
        assert_eq!(got.len() - 3, length * count);
        assert_eq!(shell.poll(a, 3), "POLLOUT");
    }
    let (mut shell, a, _) = two();
    shell.call(a, Call::SocketPair(SocketType::Stream));
    shell.non_blocking(a, 3);
    assert_eq!(shell.call(a, Call::Send(3, vec![1; 1_000_000].into(), NONE)), "219264", "a part is taken");
}

/// A blocked writer goes on when its reader has read.
#[test]
fn a_writer_waits_for_its_reader() {
    let mut shell = Shell::new();
    let (server, _, client) = (shell.process(A), shell.process(B), shell.process(A));
    let fd = listener(&mut shell, server, "/tmp/s", 1);
    let out = stream(&mut shell, client);
    shell.connect(client, out, Address::unix("/tmp/s"));
    shell.call(server, Call::Accept(fd));
    assert_eq!(shell.call(client, Call::Send(out, vec![1; 1_000_000].into(), NONE)), "blocked");
    let mut total = 0;
    while total < 1_000_000 {
        let got = shell.call(server, Call::Recv(4, 100_000, NONE));
        total += (got.len() - 3) / 4;
    }
    assert_eq!(total, 1_000_000);
    assert_eq!(shell.answers(client).last().map(String::as_str), Some("1000000"));
}

#[test]
fn the_end_of_a_peer() {
    let (mut shell, a, _) = two();
    shell.call(a, Call::SocketPair(SocketType::Stream));
    shell.call(a, Call::Close(4));
    assert_eq!(shell.recv(a, 3, 9), "b''");
    assert_eq!(shell.send(a, 3, "x"), "EPIPE");
    // It left something unread: what it wrote is still there, and then an error, once.
    shell.call(a, Call::SocketPair(SocketType::Stream));
    shell.send(a, 4, "unread");
    shell.send(a, 5, "q");
    shell.call(a, Call::Close(5));
    assert_eq!(shell.recv(a, 4, 9), "b'q'");
    assert_eq!(shell.recv(a, 4, 9), "ECONNRESET");
    assert_eq!(shell.recv(a, 4, 9), "b''");
    let server = listener(&mut shell, a, "/tmp/s", 1);
    let client = stream(&mut shell, a);
    shell.connect(a, client, Address::unix("/tmp/s"));
    shell.call(a, Call::Close(server));
    assert_eq!(shell.recv(a, client, 9), "ECONNRESET", "nobody ever accepted it");
    assert_eq!(shell.send(a, client, "x"), "EPIPE");
}

/// Eleven datagrams wait; a sender that is not connected waits for the twelfth.
#[test]
fn datagrams() {
    let mut shell = Shell::new();
    let (server, _, client) = (shell.process(A), shell.process(B), shell.process(A));
    let name = Address::unix("/tmp/d");
    let fd = datagram(&mut shell, server);
    shell.bind(server, fd, name.clone());
    let out = datagram(&mut shell, client);
    assert_eq!(shell.send(client, out, "x"), "ENOTCONN");
    let send = |shell: &mut Shell, length: usize| {
        shell.call(client, Call::SendTo(out, vec![b'x'; length].into(), name.clone(), NONE))
    };
    for _ in 0..11 {
        assert_eq!(send(&mut shell, 1), "1");
    }
    assert_eq!(shell.poll(client, out), "POLLOUT", "it may write to others");
    assert_eq!(send(&mut shell, 2), "blocked");
    assert_eq!(shell.call(server, Call::RecvFrom(fd, 9, NONE)), "b'x' from unnamed");
    assert_eq!(shell.answers(client).last().map(String::as_str), Some("2"));
    shell.non_blocking(client, out);
    assert_eq!(send(&mut shell, 1), "EAGAIN");
    shell.connect(client, out, name.clone());
    assert_eq!(shell.poll(client, out), "0", "its peer's queue is full");
    for _ in 0..11 {
        shell.recv(server, fd, 9);
    }
    assert_eq!(send(&mut shell, 212_992), "EMSGSIZE");
    assert_eq!(send(&mut shell, 212_960), "212960");
    assert_eq!(shell.recv(server, fd, 1), "b'x'", "the rest is gone");
    assert_eq!(send(&mut shell, 0), "0");
    assert_eq!(shell.recv(server, fd, 9), "b''");
    shell.call(server, Call::Close(fd));
    assert_eq!(shell.send(client, out, "x"), "ECONNREFUSED");
    assert_eq!(shell.send(client, out, "x"), "ENOTCONN");
    assert_eq!(send(&mut shell, 1), "ECONNREFUSED");
}
