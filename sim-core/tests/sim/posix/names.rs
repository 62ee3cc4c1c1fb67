//! What sockets are called: ephemeral ports, and both families at one socket.

use std::net::{Ipv4Addr, Ipv6Addr};

use sim_core::program::{Call, Family, SocketOption, SocketType};

use crate::harness::*;

use super::{Shell, two};

fn port(name: &str) -> u16 {
    name.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// `connect` takes even ports, so that the odd ones are left to those who bind.
#[test]
fn ephemeral_ports() {
    let (mut shell, a, b) = two();
    let listener = shell.stream(b);
    shell.bind(b, listener, every_address(PORT));
    shell.call(b, Call::Listen(listener, 100));
    let mut ports = Vec::new();
    for _ in 0..20 {
        let fd = shell.stream(a);
        shell.connect(a, fd, crate::harness::b(PORT));
        let connected = port(&shell.call(a, Call::GetSockName(fd)));
        let fd = shell.stream(a);
        shell.bind(a, fd, every_address(0));
        let bound = port(&shell.call(a, Call::GetSockName(fd)));
        let fd = shell.stream(a);
        shell.call(a, Call::Listen(fd, 1));
        let listening = port(&shell.call(a, Call::GetSockName(fd)));
        assert_eq!((connected % 2, bound % 2, listening % 2), (0, 1, 1));
        ports.extend([connected, bound, listening]);
    }
    assert!(ports.iter().all(|port| (32_768..=60_999).contains(port)), "{ports:?}");
    let count = ports.len();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), count, "each has its own");
}

#[test]
fn an_ipv6_socket_for_both_families() {
    let (mut shell, a, b) = two();
    let listener = shell.socket(b, Family::Inet6, SocketType::Stream);
    assert_eq!(shell.call(b, Call::GetSockName(listener)), "[::]:0");
    assert_eq!(shell.bind(b, listener, (Ipv6Addr::UNSPECIFIED, PORT)), "None");
    shell.call(b, Call::Listen(listener, 8));
    let fd = shell.stream(a);
    assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "None");
    let accepted = shell.call(b, Call::Accept(listener));
    assert!(accepted.starts_with("fd 4 from [::ffff:10.0.0.1]:"), "{accepted}");
    assert_eq!(shell.call(b, Call::GetSockName(4)), format!("[::ffff:10.0.0.2]:{PORT}"));
    // And the other way: an IPv6 socket that connects to an IPv4-mapped address.
    let fd = shell.socket(a, Family::Inet6, SocketType::Stream);
    assert_eq!(shell.connect(a, fd, (B_IP.to_ipv6_mapped(), PORT)), "None");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), format!("[::ffff:10.0.0.2]:{PORT}"));
    let fd = shell.socket(a, Family::Inet6, SocketType::Stream);
    assert_eq!(shell.connect(a, fd, (Ipv4Addr::new(10, 0, 0, 2), PORT)), "EAFNOSUPPORT");
}

fn v6_only(shell: &mut Shell, process: sim_core::trace::ProcessId, kind: SocketType) -> u32 {
    let fd = shell.socket(process, Family::Inet6, kind);
    assert_eq!(shell.set(process, fd, SocketOption::V6Only(true)), "None");
    fd
}

#[test]
fn an_ipv6_socket_for_ipv6_alone() {
    let (mut shell, a, b) = two();
    let mapped = B_IP.to_ipv6_mapped();
    let fd = v6_only(&mut shell, a, SocketType::Stream);
    assert_eq!(shell.connect(a, fd, (mapped, PORT)), "ENETUNREACH");
    assert_eq!(shell.bind(a, fd, (A_IP.to_ipv6_mapped(), 0)), "EINVAL");
    assert_eq!(shell.bind(a, fd, (Ipv6Addr::UNSPECIFIED, 7000)), "None");
    assert_eq!(shell.set(a, fd, SocketOption::V6Only(false)), "EINVAL", "too late");
    let listener = v6_only(&mut shell, b, SocketType::Stream);
    shell.bind(b, listener, (Ipv6Addr::UNSPECIFIED, PORT));
    shell.call(b, Call::Listen(listener, 8));
    let fd = shell.stream(a);
    assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "ECONNREFUSED");
}

/// `0.0.0.0` and `::` as a destination say "this host".
#[test]
fn a_host_speaks_to_itself() {
    let (mut shell, a, _) = two();
    let listener = shell.stream(a);
    shell.bind(a, listener, every_address(PORT));
    shell.call(a, Call::Listen(listener, 8));
    let fd = shell.stream(a);
    assert_eq!(shell.connect(a, fd, every_address(PORT)), "None");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), format!("127.0.0.1:{PORT}"));
    assert!(shell.call(a, Call::Accept(listener)).starts_with("fd 5 from 127.0.0.1:"));
}
