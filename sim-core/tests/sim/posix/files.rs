//! Plain files.

use sim_core::network::Input;
use sim_core::program::{Address, Call, Family, OpenFlags, SocketType};
use sim_core::scenario::File;

use crate::harness::*;

use super::{NONE, Shell, two};

fn open(path: &str, flags: OpenFlags) -> Call {
    Call::Open(path.into(), flags)
}

#[test]
fn writing_and_reading() {
    let (mut shell, a, b) = two();
    assert_eq!(shell.call(a, open("/tmp/log", OpenFlags::WRITE)), "fd 3");
    assert_eq!(shell.call(a, Call::Write(3, bytes("one "))), "4");
    assert_eq!(shell.call(a, Call::Write(3, bytes("two"))), "3");
    assert_eq!(shell.call(a, open("log", OpenFlags::READ)), "ENOENT", "programs work in the root");
    assert_eq!(shell.call(a, open("tmp/./../tmp//log", OpenFlags::READ)), "fd 4");
    assert_eq!(shell.call(a, Call::Read(4, 5)), "b'one t'");
    assert_eq!(shell.call(a, open("/tmp/log", OpenFlags::APPEND)), "fd 5");
    assert_eq!(shell.call(a, Call::Write(5, bytes("!"))), "1");
    assert_eq!(shell.call(a, Call::Read(4, 50)), "b'wo!'");
    assert_eq!(shell.call(a, Call::Read(4, 50)), "b''");
    // An open file outlives its name.
    assert_eq!(shell.call(a, Call::Unlink("/tmp/log".into())), "None");
    assert_eq!(shell.call(a, Call::Write(5, bytes("?"))), "1");
    assert_eq!(shell.call(a, Call::Read(4, 50)), "b'?'");
    assert_eq!(shell.call(a, Call::Access("/tmp/log".into())), "ENOENT");
    assert_eq!(shell.call(b, Call::Access("/tmp/log".into())), "ENOENT", "another host, other files");
    assert_eq!(shell.call(a, Call::Close(4)), "None");
    assert_eq!(shell.call(a, Call::Read(4, 1)), "EBADF");
}

#[test]
fn errors_of_calls() {
    let (mut shell, a, _) = two();
    let new = OpenFlags { exclusive: true, ..OpenFlags::WRITE };
    assert_eq!(shell.call(a, open("/tmp/f", new)), "fd 3");
    assert_eq!(shell.call(a, open("/tmp/f", new)), "EEXIST");
    assert_eq!(shell.call(a, Call::Read(3, 1)), "EBADF");
    assert_eq!(shell.call(a, open("/tmp/f", OpenFlags::READ)), "fd 4");
    assert_eq!(shell.call(a, Call::Write(4, bytes("x"))), "EBADF");
    assert_eq!(shell.call(a, open("/tmp", OpenFlags::WRITE)), "EISDIR");
    assert_eq!(shell.call(a, Call::Unlink("/tmp".into())), "EISDIR");
    assert_eq!(shell.call(a, open("/tmp/f/x", OpenFlags::WRITE)), "ENOTDIR");
    assert_eq!(shell.call(a, open("/no/x", OpenFlags::WRITE)), "ENOENT");
    assert_eq!(shell.call(a, open("/tmp/f/", OpenFlags::READ)), "ENOTDIR");
    assert_eq!(shell.call(a, open("/tmp/new/", OpenFlags::WRITE)), "EISDIR");
    assert_eq!(shell.call(a, open("", OpenFlags::READ)), "ENOENT");
    assert_eq!(shell.call(a, open(&format!("/tmp/{}", "x".repeat(256)), OpenFlags::WRITE)), "ENAMETOOLONG");
    assert_eq!(shell.call(a, Call::Send(4, bytes("x"), NONE)), "ENOTSOCK");
    assert_eq!(shell.call(a, Call::GetSockName(4)), "ENOTSOCK");
    assert_eq!(shell.poll(a, 4), "POLLIN|POLLOUT");
    let socket = shell.socket(a, Family::Unix, SocketType::Datagram);
    shell.bind(a, socket, Address::unix("/tmp/s"));
    assert_eq!(shell.call(a, open("/tmp/s", OpenFlags::READ)), "ENXIO");
    assert_eq!(shell.connect(a, socket, Address::unix("/tmp/f")), "ECONNREFUSED");
}

/// All files of a host have 16 MiB together; what is gone makes room.
#[test]
fn a_full_disk() {
    let (mut shell, a, _) = two();
    shell.call(a, open("/tmp/a", OpenFlags::WRITE));
    let half: std::sync::Arc<[u8]> = vec![0; 10 << 20].into();
    assert_eq!(shell.call(a, Call::Write(3, half.clone())), (10 << 20).to_string());
    shell.call(a, open("/tmp/b", OpenFlags::WRITE));
    assert_eq!(shell.call(a, Call::Write(4, half.clone())), (6 << 20).to_string(), "as much as fits");
    assert_eq!(shell.call(a, Call::Write(4, half.clone())), "ENOSPC");
    shell.call(a, Call::Unlink("/tmp/a".into()));
    assert_eq!(shell.call(a, Call::Write(4, bytes("x"))), "ENOSPC", "it is still open");
    shell.call(a, Call::Close(3));
    assert_eq!(shell.call(a, Call::Write(4, bytes("x"))), "1");
    shell.call(a, open("/tmp/b", OpenFlags::WRITE));
    assert_eq!(shell.call(a, Call::Write(4, bytes("y"))), "1", "behind the end, where it was");
}

#[test]
fn files_that_are_there_from_the_beginning() {
    let mut scenario = two_hosts();
    let file = File { path: "/etc/motd".into(), bytes: bytes("hi") };
    scenario.nodes[0].files = vec![file];
    let mut shell = Shell { run: Run::new(&scenario, 1), now: 0, processes: 0 };
    let a = shell.process(A);
    assert_eq!(shell.call(a, open("/etc/motd", OpenFlags::READ)), "fd 3");
    assert_eq!(shell.call(a, Call::Read(3, 9)), "b'hi'");
    assert_eq!(shell.call(a, open("/etc", OpenFlags::READ)), "EISDIR");
    // A killed process has no file open: the unlinked one is gone.
    shell.call(a, Call::Unlink("/etc/motd".into()));
    shell.run.input(at(shell.now), Input::Kill(A, a));
    assert_eq!(shell.run.network.socket_count(), 0);
}

#[test]
fn a_process_has_so_many_descriptors() {
    let (mut shell, a, _) = two();
    let opened = (0..2000).take_while(|_| shell.call(a, open("/tmp/f", OpenFlags::APPEND)) != "EMFILE").count();
    assert_eq!(opened, 1021, "1,024 less the standard streams");
    assert_eq!(shell.call(a, Call::Socket(Family::Inet, SocketType::Stream)), "EMFILE");
    shell.call(a, Call::Close(500));
    assert_eq!(shell.call(a, open("/tmp/f", OpenFlags::READ)), "fd 500", "the lowest that is free");
}
