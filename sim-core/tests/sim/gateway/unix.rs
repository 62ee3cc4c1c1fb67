//! AF_UNIX on the gateway: paths below `/host/` are sockets of the real machine.

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, FlowId};
use sim_core::network::Input;
use sim_core::program::{Address, Call, Family, Shutdown, SocketType};
use sim_core::trace::{ProcessId, What};

use crate::harness::*;
use crate::posix::{NONE, Shell};

use super::data;

/// A shell whose second process is on the gateway.
pub(super) fn prompt() -> (Shell, ProcessId, ProcessId) {
    let mut shell = Shell::on(&host_and_gateway());
    let (a, b) = (shell.process(A), shell.process(B));
    (shell, a, b)
}

pub(super) fn socket(shell: &mut Shell, process: ProcessId, kind: SocketType) -> u32 {
    shell.socket(process, Family::Unix, kind)
}

pub(super) fn real(path: &str) -> Address {
    Address::unix(&format!("/host/{path}"))
}

pub(super) fn answer(shell: &mut Shell, flow: u32, answer: Answer) {
    shell.run.input(at(shell.now), Input::Answer(B, FlowId(flow), answer));
    shell.wait(100);
}

/// A stream that is connected to `/host/s`.
fn connected(credit: u32) -> (Shell, ProcessId, u32) {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Stream);
    assert_eq!(shell.connect(b, fd, real("s")), "blocked");
    same(&shell.run.take_asks(), &["0 connect s 65536"]);
    answer(&mut shell, 0, Answer::Connected { credit });
    assert_eq!(shell.answers(b).last().expect("it returns"), "None");
    (shell, b, fd)
}

#[test]
fn a_conversation_with_the_real_machine() {
    let (mut shell, b, fd) = connected(65_536);
    assert_eq!(shell.call(b, Call::GetPeerName(fd)), "/host/s");
    assert_eq!(shell.send(b, fd, "ask"), "3");
    same(&shell.run.take_asks(), &["0 send ask"]);
    answer(&mut shell, 0, data("tell"));
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.recv(b, fd, 2), "b'te'");
    assert_eq!(shell.recv(b, fd, 9), "b'll'");
    same(&shell.run.take_asks(), &["0 credit 4"]);
    assert_eq!(shell.call(b, Call::Shutdown(fd, Shutdown::Write)), "None");
    same(&shell.run.take_asks(), &["0 shutdown"]);
    answer(&mut shell, 0, data("late"));
    answer(&mut shell, 0, Answer::Fin);
    same(&shell.run.take_asks(), &["0 close"]);
    assert_eq!(shell.recv(b, fd, 9), "b'late'");
    assert_eq!(shell.recv(b, fd, 9), "b''");
    assert_eq!(shell.call(b, Call::Close(fd)), "None");
    same(&shell.run.take_asks(), &[]);
    assert_eq!(shell.run.network.open_sockets(), 0);
    let packets = shell.run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Encapsulated { .. })).count();
    assert_eq!(packets, 0, "AF_UNIX never leaves the machine");
}

/// The question to the real machine is due to the call.
#[test]
fn causes_lead_to_the_call() {
    let (mut shell, b, fd) = connected(65_536);
    shell.send(b, fd, "ask");
    let asked = shell.run.trace.facts().iter().rev().find(|fact| matches!(fact.what, What::Asked { .. }));
    let cause = asked.and_then(|fact| fact.cause).and_then(|cause| shell.run.trace.get(cause)).expect("a cause");
    assert!(cause.what.to_string().contains("send(3, b'ask')"), "{cause}");
}

#[test]
fn what_the_real_machine_says_no_to() {
    for error in [Errno::ENOENT, Errno::ECONNREFUSED, Errno::EACCES] {
        let (mut shell, _, b) = prompt();
        let fd = socket(&mut shell, b, SocketType::Stream);
        assert_eq!(shell.connect(b, fd, real("s")), "blocked");
        answer(&mut shell, 0, Answer::Refused(error));
        assert_eq!(shell.answers(b).last().expect("it returns"), error.name());
        assert_eq!(shell.send(b, fd, "x"), "ENOTCONN");
        // It may be tried again.
        shell.run.take_asks();
        assert_eq!(shell.connect(b, fd, real("dir/../other")), "blocked");
        same(&shell.run.take_asks(), &["1 connect other 65536"]);
    }
}

/// A path that leaves `/host/`, other hosts and abstract names stay in the lab.
#[test]
fn what_stays_in_the_lab() {
    let (mut shell, a, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Stream);
    for (path, error) in [
        ("/host/../tmp/s", "ENOENT"),
        ("/tmp/s", "ENOENT"),
        ("/host", "ENOENT"),
        ("/hosts/s", "ENOENT"),
        ("\0/host/s", "ECONNREFUSED"),
    ] {
        assert_eq!(shell.connect(b, fd, Address::unix(path)), error);
    }
    let fd = socket(&mut shell, a, SocketType::Stream);
    assert_eq!(shell.connect(a, fd, real("s")), "ENOENT", "A is no gateway");
    same(&shell.run.take_asks(), &[]);
}

#[test]
fn a_socket_that_does_not_block() {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Stream);
    shell.non_blocking(b, fd);
    assert_eq!(shell.connect(b, fd, real("s")), "EAGAIN");
    assert_eq!(shell.connect(b, fd, real("s")), "EAGAIN");
    same(&shell.run.take_asks(), &["0 connect s 65536"]);
    answer(&mut shell, 0, Answer::Connected { credit: 9 });
    assert_eq!(shell.connect(b, fd, real("s")), "None");
    assert_eq!(shell.connect(b, fd, real("s")), "EISCONN");
    assert_eq!(shell.send(b, fd, "x"), "1");
}

/// Without credit what is written stays, and then `send` blocks; what is not read gives no credit.
#[test]
fn each_side_stops_the_other() {
    let (mut shell, b, fd) = connected(5);
    assert_eq!(shell.send(b, fd, "hello, world"), "12");
    same(&shell.run.take_asks(), &["0 send hello"]);
    shell.non_blocking(b, fd);
    let big = Call::Send(fd, vec![b'x'; 1_000_000].into(), NONE);
    let taken: usize = shell.call(b, big).parse().expect("a part is taken");
    assert!((100_000..300_000).contains(&taken), "{taken}");
    assert_eq!(shell.send(b, fd, "more"), "EAGAIN");
    answer(&mut shell, 0, Answer::Credit(8));
    same(&shell.run.take_asks(), &["0 send , worldx"]);

    answer(&mut shell, 0, Answer::Data(vec![1; 65_536].into()));
    same(&shell.run.take_asks(), &[]);
    assert!(shell.recv(b, fd, 65_536).len() > 65_536);
    same(&shell.run.take_asks(), &["0 credit 65536"]);
    answer(&mut shell, 0, Answer::Data(vec![1; 65_537].into()));
    same(&shell.run.take_asks(), &["0 reset"]);
    assert_eq!(shell.recv(b, fd, 9), "ECONNRESET");
    assert_eq!(shell.send(b, fd, "x"), "EPIPE");
}

#[test]
fn resets_go_both_ways() {
    let (mut shell, b, fd) = connected(65_536);
    answer(&mut shell, 0, Answer::Reset);
    assert_eq!(shell.recv(b, fd, 9), "ECONNRESET");
    assert_eq!(shell.recv(b, fd, 9), "b''");

    // Closed with something unread, as Linux has it.
    let (mut shell, b, fd) = connected(65_536);
    answer(&mut shell, 0, data("unread"));
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["0 credit 6", "0 reset"]);
    assert_eq!(shell.run.network.open_sockets(), 0);

    // Closed before the real machine has answered.
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Stream);
    shell.non_blocking(b, fd);
    shell.connect(b, fd, real("s"));
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["0 connect s 65536", "0 reset"]);
    assert_eq!(shell.run.network.open_sockets(), 0);
}

/// What was written before `close` is sent as credit comes; then the flow ends.
#[test]
fn closing_does_not_lose_what_was_written() {
    let (mut shell, b, fd) = connected(2);
    shell.send(b, fd, "abcdef");
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["0 send ab"]);
    answer(&mut shell, 0, Answer::Credit(3));
    same(&shell.run.take_asks(), &["0 send cde"]);
    answer(&mut shell, 0, Answer::Credit(3));
    same(&shell.run.take_asks(), &["0 send f", "0 shutdown", "0 close"]);
    assert_eq!(shell.run.network.open_sockets(), 0);
}

/// A program that is killed leaves nothing.
#[test]
fn killed() {
    let (mut shell, b, _) = connected(65_536);
    shell.run.input(at(shell.now), Input::Kill(B, b));
    same(&shell.run.take_asks(), &["0 shutdown", "0 close"]);
    assert_eq!(shell.run.network.open_sockets(), 0);
}

#[test]
fn datagrams_by_path() {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Datagram);
    assert_eq!(shell.call(b, Call::SendTo(fd, bytes("one"), real("log"), NONE)), "blocked");
    same(&shell.run.take_asks(), &["0 connect datagram log 65536"]);
    answer(&mut shell, 0, Answer::Connected { credit: 31 + 30 });
    assert_eq!(shell.answers(b).last().expect("it returns"), "3");
    same(&shell.run.take_asks(), &["0 send one"]);
    assert_eq!(shell.call(b, Call::SendTo(fd, bytes("two"), real("log"), NONE)), "3");
    same(&shell.run.take_asks(), &[]);
    answer(&mut shell, 0, Answer::Credit(1));
    same(&shell.run.take_asks(), &["0 send two"]);
    answer(&mut shell, 0, data("back"));
    assert_eq!(shell.call(b, Call::RecvFrom(fd, 9, NONE)), "b'back' from /host/log");
    same(&shell.run.take_asks(), &["0 credit 32"]);
    // Another path is another real socket; the error of it is the call's.
    assert_eq!(shell.call(b, Call::SendTo(fd, bytes("x"), real("none"), NONE)), "blocked");
    answer(&mut shell, 1, Answer::Refused(Errno::ENOENT));
    assert_eq!(shell.answers(b).last().expect("it returns"), "ENOENT");
    answer(&mut shell, 0, Answer::Unreachable(Errno::ECONNREFUSED));
    assert_eq!(shell.call(b, Call::SendTo(fd, bytes("x"), real("log"), NONE)), "ECONNREFUSED");
    shell.run.take_asks();
    shell.call(b, Call::Close(fd));
    same(&shell.run.take_asks(), &["0 close"]);
    assert_eq!(shell.run.network.open_sockets(), 0);
}

#[test]
fn a_connected_datagram_socket() {
    let (mut shell, _, b) = prompt();
    let fd = socket(&mut shell, b, SocketType::Datagram);
    assert_eq!(shell.connect(b, fd, real("log")), "blocked");
    answer(&mut shell, 0, Answer::Connected { credit: 100 });
    assert_eq!(shell.send(b, fd, "x"), "1");
    assert_eq!(shell.run.take_asks(), ["0 connect datagram log 65536", "0 send x"]);
    answer(&mut shell, 0, Answer::Lost);
    assert_eq!(shell.send(b, fd, "x"), "ECONNREFUSED");
    assert_eq!(shell.send(b, fd, "x"), "ENOTCONN");
}
