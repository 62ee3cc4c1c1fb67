//! AF_UNIX on the gateway: programs that bind paths of the real machine.

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, FlowId};
use sim_core::network::{Input, InputError};
use sim_core::program::{Address, Call, SocketType};
use sim_core::trace::ProcessId;

use crate::harness::*;
use crate::posix::{NONE, Shell};

use super::data;
use super::unix::{answer, prompt, real, socket};

fn listening(credit: u32) -> Answer {
    Answer::Listening { local: Address::unix("s"), credit }
}

fn accepted(connection: u32) -> Answer {
    Answer::Accepted { connection, peer: Address::Unnamed, credit: 100 }
}

/// A program on the gateway listens at `/host/s`, which is the flow 0.
fn serving(backlog: u32) -> (Shell, ProcessId, u32) {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Stream);
    assert_eq!(shell.bind(b, fd, real("s")), "None");
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.call(b, Call::Listen(fd, backlog)), "blocked");
    same(&shell.run.take_asks(), &[&format!("0 listen stream s {backlog} 0")]);
    answer(&mut shell, 0, listening(0));
    assert_eq!(shell.answers(b).last().expect("it returns"), "None");
    (shell, b, fd)
}

#[test]
fn a_real_client_reaches_a_program_of_the_gateway() {
    let (mut shell, b, fd) = serving(20);
    same(&shell.run.take_asks(), &["0 allow 16"]);
    answer(&mut shell, 0, accepted(7));
    same(&shell.run.take_asks(), &["1 accept 7 65536"]);
    assert_eq!(shell.call(b, Call::Accept(fd)), "fd 4 from unnamed");
    assert_eq!(shell.call(b, Call::GetSockName(4)), "/host/s");
    answer(&mut shell, 1, data("ask"));
    assert_eq!(shell.recv(b, 4, 9), "b'ask'");
    assert_eq!(shell.send(b, 4, "tell"), "4");
    same(&shell.run.take_asks(), &["1 credit 3", "1 send tell"]);
    answer(&mut shell, 1, Answer::Fin);
    assert_eq!(shell.recv(b, 4, 9), "b''");
    shell.call(b, Call::Close(4));
    same(&shell.run.take_asks(), &["1 shutdown", "1 close"]);
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["0 close"]);
    assert_eq!(shell.run.network.open_sockets(), 0);
    answer(&mut shell, 0, accepted(8));
    same(&shell.run.take_asks(), &["2 accept 8 0", "2 reset"]);
}

/// As many may come as the backlog holds; each that is accepted makes room.
#[test]
fn the_backlog_is_what_is_allowed() {
    let (mut shell, b, fd) = serving(1);
    same(&shell.run.take_asks(), &["0 allow 2"]);
    answer(&mut shell, 0, accepted(1));
    answer(&mut shell, 0, accepted(2));
    answer(&mut shell, 0, accepted(3));
    same(&shell.run.take_asks(), &["1 accept 1 65536", "2 accept 2 65536", "3 accept 3 0", "3 reset"]);
    shell.call(b, Call::Accept(fd));
    same(&shell.run.take_asks(), &["0 allow 1"]);
    // Closed with one that nobody has accepted: its client is told.
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["2 reset", "0 close"]);
}

#[test]
fn errors_are_those_of_the_real_machine() {
    for error in [Errno::EADDRINUSE, Errno::EACCES, Errno::ENOENT] {
        let (mut shell, _, b) = prompt();
        let stream = socket(&mut shell, b, SocketType::Stream);
        shell.bind(b, stream, real("s"));
        shell.call(b, Call::Listen(stream, 1));
        answer(&mut shell, 0, Answer::Refused(error));
        assert_eq!(shell.answers(b).last().expect("it returns"), error.name());
        let datagram = socket(&mut shell, b, SocketType::Datagram);
        assert_eq!(shell.bind(b, datagram, real("d")), "blocked");
        answer(&mut shell, 1, Answer::Refused(error));
        assert_eq!(shell.answers(b).last().expect("it returns"), error.name());
        assert_eq!(shell.call(b, Call::GetSockName(datagram)), "unnamed");
        // It may be tried again, elsewhere.
        shell.run.take_asks();
        assert_eq!(shell.bind(b, datagram, real("e")), "blocked");
        same(&shell.run.take_asks(), &["2 listen datagram e 0 65536"]);
        shell.run.input(at(shell.now), Input::Kill(B, b));
        same(&shell.run.take_asks(), &["2 close"]);
        assert_eq!(shell.run.network.open_sockets(), 0);
    }
}

/// What a program has bound is its own: nobody withdraws it.
#[test]
fn what_a_program_has_bound_is_not_a_publication() {
    let (shell, _, _) = serving(1);
    let error = shell.run.network.check_input(&Input::Unpublish(B, FlowId(0))).expect_err("it is the program's");
    assert_eq!(error, InputError::NotPublished(B, FlowId(0)));
}

#[test]
fn datagrams_with_a_name() {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Datagram);
    assert_eq!(shell.bind(b, fd, real("s")), "blocked");
    same(&shell.run.take_asks(), &["0 listen datagram s 0 65536"]);
    answer(&mut shell, 0, listening(31 + 33));
    assert_eq!(shell.answers(b).last().expect("it returns"), "None");
    assert_eq!(shell.call(b, Call::GetSockName(fd)), "/host/s");
    answer(&mut shell, 0, Answer::Datagram { from: Address::unix("peer"), bytes: bytes("one") });
    answer(&mut shell, 0, Answer::Datagram { from: Address::Unnamed, bytes: bytes("two") });
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.call(b, Call::RecvFrom(fd, 9, NONE)), "b'one' from /host/peer");
    assert_eq!(shell.call(b, Call::RecvFrom(fd, 9, NONE)), "b'two' from unnamed");
    same(&shell.run.take_asks(), &["0 credit 31", "0 credit 31"]);
    assert_eq!(shell.call(b, Call::SendTo(fd, bytes("yes"), real("peer"), NONE)), "3");
    assert_eq!(shell.connect(b, fd, real("peer")), "None");
    assert_eq!(shell.send(b, fd, "again"), "5");
    assert_eq!(shell.send(b, fd, ""), "blocked", "the credit is used up");
    same(&shell.run.take_asks(), &["0 sendto peer yes", "0 sendto peer again"]);
    answer(&mut shell, 0, Answer::Credit(28));
    same(&shell.run.take_asks(), &["0 sendto peer "]);
    assert_eq!(shell.answers(b).last().expect("it returns"), "0");
    answer(&mut shell, 0, Answer::Unreachable(Errno::ECONNREFUSED));
    assert_eq!(shell.send(b, fd, "x"), "ECONNREFUSED");
    answer(&mut shell, 0, Answer::Datagram { from: Address::Unnamed, bytes: vec![0; 65_536].into() });
    same(&shell.run.take_asks(), &["0 reset"]);
    shell.call(b, Call::Close(fd));
    assert_eq!(shell.run.network.open_sockets(), 0);
}
