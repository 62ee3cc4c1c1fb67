//! UDP: errors, buffers, broadcasts, groups; and sockets that ping.

use std::net::Ipv4Addr;

use sim_core::program::{
    Address, Call, Family, Membership, MessageFlags, MtuDiscovery, MulticastInterface, OptionName, SocketOption,
    SocketType,
};

use crate::harness::*;

use super::{NONE, Shell, two};

fn send_to(
    shell: &mut Shell,
    process: sim_core::trace::ProcessId,
    fd: u32,
    length: usize,
    to: impl Into<Address>,
) -> String {
    shell.call(process, Call::SendTo(fd, vec![b'x'; length].into(), to.into(), NONE))
}

#[test]
fn errors_of_calls() {
    let (mut shell, a, _) = two();
    let fd = shell.datagram(a);
    assert_eq!(shell.call(a, Call::Listen(fd, 1)), "EOPNOTSUPP");
    assert_eq!(shell.call(a, Call::Accept(fd)), "EOPNOTSUPP");
    assert_eq!(shell.send(a, fd, "x"), "EDESTADDRREQ");
    assert_eq!(send_to(&mut shell, a, fd, 1, b(0)), "EINVAL");
    assert_eq!(send_to(&mut shell, a, fd, 65_508, b(9)), "EMSGSIZE");
    assert_eq!(send_to(&mut shell, a, fd, 65_507, b(9)), "65507");
    shell.non_blocking(a, fd);
    assert_eq!(shell.recv(a, fd, 1), "EAGAIN");
    assert_eq!(shell.connect(a, fd, b(9)), "None");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), "10.0.0.2:9");
    assert_eq!(shell.connect(a, fd, Address::Unnamed), "None", "AF_UNSPEC dissolves it");
    assert_eq!(shell.call(a, Call::GetPeerName(fd)), "ENOTCONN");
}

/// Broadcasts need SO_BROADCAST, and reach every socket of the port.
#[test]
fn broadcasts() {
    let (mut shell, a, b) = two();
    let everybody = (Ipv4Addr::new(10, 0, 0, 255), 9);
    let listening = [0, 1].map(|_| {
        let fd = shell.datagram(b);
        shell.set(b, fd, SocketOption::ReuseAddress(true));
        shell.bind(b, fd, every_address(9));
        fd
    });
    let fd = shell.datagram(a);
    assert_eq!(send_to(&mut shell, a, fd, 1, everybody), "EACCES");
    assert_eq!(send_to(&mut shell, a, fd, 1, (Ipv4Addr::BROADCAST, 9)), "EACCES");
    assert_eq!(shell.connect(a, fd, everybody), "EACCES");
    shell.set(a, fd, SocketOption::Broadcast(true));
    assert_eq!(send_to(&mut shell, a, fd, 1, everybody), "1");
    assert_eq!(send_to(&mut shell, a, fd, 2, (Ipv4Addr::BROADCAST, 9)), "2");
    for fd in listening {
        assert_eq!((shell.recv(b, fd, 9), shell.recv(b, fd, 9)), ("b'x'".into(), "b'xx'".into()));
    }
    // Nobody tells the sender that nobody listens.
    assert_eq!(send_to(&mut shell, a, fd, 1, (Ipv4Addr::BROADCAST, 10)), "1");
    assert!(!shell.run.packets().iter().any(|line| line.contains("unreachable")), "{:?}", shell.run.packets());
}

/// Of sockets that share a port with SO_REUSEADDR the newest hears; a connected one, or one with a fixed address, comes first.
#[test]
fn who_hears_a_datagram() {
    let (mut shell, a, b) = two();
    let open = |shell: &mut Shell, address: Address| {
        let fd = shell.datagram(b);
        shell.set(b, fd, SocketOption::ReuseAddress(true));
        assert_eq!(shell.bind(b, fd, address), "None");
        shell.non_blocking(b, fd);
        fd
    };
    let sender = shell.datagram(a);
    shell.bind(a, sender, every_address(5000));
    let any = open(&mut shell, every_address(9));
    let newer = open(&mut shell, every_address(9));
    send_to(&mut shell, a, sender, 1, crate::harness::b(9));
    assert_eq!((shell.recv(b, any, 9), shell.recv(b, newer, 9)), ("EAGAIN".into(), "b'x'".into()));
    let exact = open(&mut shell, crate::harness::b(9));
    open(&mut shell, every_address(9));
    send_to(&mut shell, a, sender, 2, crate::harness::b(9));
    assert_eq!(shell.recv(b, exact, 9), "b'xx'");
    assert_eq!(shell.connect(b, any, (A_IP, 5000)), "None");
    send_to(&mut shell, a, sender, 3, crate::harness::b(9));
    assert_eq!(shell.recv(b, any, 9), "b'xxx'");
}

/// Memberships, with the errors that Linux has; who is no member hears nothing.
#[test]
fn groups() {
    let (mut shell, a, b) = two();
    let group = Ipv4Addr::new(224, 1, 1, 1);
    let member = |group: Ipv4Addr, interface| Membership { group: group.into(), interface };
    let any = MulticastInterface::Any;
    let fd = shell.datagram(b);
    shell.bind(b, fd, every_address(9));
    let add = SocketOption::AddMembership;
    assert_eq!(shell.set(b, fd, add(member(Ipv4Addr::new(10, 0, 0, 9), any))), "EINVAL");
    let nowhere = MulticastInterface::Address(Ipv4Addr::new(9, 9, 9, 9));
    assert_eq!(shell.set(b, fd, add(member(group, nowhere))), "ENODEV");
    assert_eq!(shell.set(b, fd, SocketOption::DropMembership(member(group, any))), "EADDRNOTAVAIL");
    let stream = shell.stream(b);
    assert_eq!(shell.set(b, stream, add(member(group, any))), "EPROTO");

    let sender = shell.datagram(a);
    send_to(&mut shell, a, sender, 1, (group, 9));
    assert_eq!(shell.set(b, fd, add(member(group, any))), "None");
    assert_eq!(shell.set(b, fd, add(member(group, MulticastInterface::Address(B_IP)))), "EADDRINUSE");
    send_to(&mut shell, a, sender, 2, (group, 9));
    assert_eq!(shell.recv(b, fd, 9), "b'xx'", "only what came while it was a member");
    for index in 0..19 {
        let other = Ipv4Addr::new(224, 2, 0, index);
        assert_eq!(shell.set(b, fd, add(member(other, MulticastInterface::Index(1)))), "None");
    }
    assert_eq!(shell.set(b, fd, add(member(Ipv4Addr::new(224, 3, 0, 0), any))), "ENOBUFS");
    assert_eq!(shell.set(b, fd, SocketOption::DropMembership(member(group, any))), "None");
    send_to(&mut shell, a, sender, 3, (group, 9));
    assert_eq!(shell.recv(b, fd, 9), "blocked");
}

/// A datagram takes its room and the kernel's own: so many fit in the default buffer.
#[test]
fn what_a_buffer_holds() {
    for (length, count) in
        [(0, 256), (100, 256), (400, 166), (600, 166), (1000, 92), (1472, 92), (4000, 25), (9000, 12), (60_000, 3)]
    {
        let (mut shell, a, _) = two();
        let fd = shell.datagram(a);
        shell.bind(a, fd, every_address(9));
        let sender = shell.datagram(a);
        for _ in 0..300 {
            send_to(&mut shell, a, sender, length, (A_IP, 9));
        }
        shell.non_blocking(a, fd);
        let got = (0..301).take_while(|_| shell.recv(a, fd, 65_536) != "EAGAIN").count();
        assert_eq!(got, count, "datagrams of {length} bytes");
    }
}

#[test]
fn errors_of_the_network() {
    let (mut shell, a, _) = two();
    // Unconnected, it hears nothing; with IP_RECVERR all, and what it is about.
    let fd = shell.datagram(a);
    send_to(&mut shell, a, fd, 3, b(9));
    assert_eq!(send_to(&mut shell, a, fd, 3, b(9)), "3");
    assert_eq!(shell.call(a, Call::Recv(fd, 9, MessageFlags::ERRQUEUE)), "EAGAIN");
    shell.set(a, fd, SocketOption::ReceiveErrors(true));
    send_to(&mut shell, a, fd, 3, b(9));
    assert_eq!(send_to(&mut shell, a, fd, 3, b(9)), "ECONNREFUSED");
    let queued = shell.call(a, Call::Recv(fd, 9, MessageFlags::ERRQUEUE));
    assert_eq!(queued, "ECONNREFUSED ICMP 3/3 from 10.0.0.2 info 0 of b'xxx' to 10.0.0.2:9");
    // A host that does not answer is no reason for a connected socket to fail, but a word in the queue.
    let fd = shell.datagram(a);
    shell.connect(a, fd, ([10, 0, 0, 77], 9));
    shell.send(a, fd, "x");
    shell.wait(4000);
    assert_eq!(shell.get(a, fd, OptionName::Error), "SO_ERROR, None");
    shell.set(a, fd, SocketOption::ReceiveErrors(true));
    shell.send(a, fd, "x");
    shell.wait(4000);
    assert_eq!(shell.get(a, fd, OptionName::Error), "SO_ERROR, Some(EHOSTUNREACH)");
}

#[test]
fn datagrams_that_may_not_be_broken() {
    let (mut shell, a, b) = two();
    let server = shell.datagram(b);
    shell.bind(b, server, every_address(9));
    let fd = shell.datagram(a);
    shell.connect(a, fd, crate::harness::b(9));
    assert_eq!(shell.call(a, Call::Send(fd, vec![1; 1473].into(), NONE)), "1473", "in two pieces");
    shell.set(a, fd, SocketOption::MtuDiscover(MtuDiscovery::Do));
    shell.set(a, fd, SocketOption::ReceiveErrors(true));
    assert_eq!(shell.call(a, Call::Send(fd, vec![1; 1472].into(), NONE)), "1472");
    assert_eq!(shell.call(a, Call::Send(fd, vec![1; 1473].into(), NONE)), "EMSGSIZE");
    let queued = shell.call(a, Call::Recv(fd, 9, MessageFlags::ERRQUEUE));
    assert_eq!(queued, "EMSGSIZE local info 1500 of b'' to 10.0.0.2:9");
}

/// `socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)`: the kernel writes the identifier and hands on the answers to it.
#[test]
fn pinging() {
    let (mut shell, a, _) = two();
    let fd = shell.socket(a, Family::Inet, SocketType::Icmp);
    let other = shell.socket(a, Family::Inet, SocketType::Icmp);
    shell.non_blocking(a, other);
    assert_eq!(shell.bind(a, fd, (A_IP, 77)), "None");
    assert_eq!(shell.bind(a, other, (A_IP, 77)), "EADDRINUSE");
    let request = |kind: u8| [kind, 0, 0, 0, 9, 9, 0, 5, b'h', b'i'];
    let to = b(0);
    let send = |shell: &mut Shell, message: &[u8]| shell.call(a, Call::SendTo(fd, message.into(), to.clone(), NONE));
    assert_eq!(send(&mut shell, &request(0)), "EINVAL", "it asks, and nothing else");
    assert_eq!(send(&mut shell, &request(8)[..7]), "EINVAL");
    assert_eq!(send(&mut shell, &request(8)), "10");
    let answer = shell.call(a, Call::RecvFrom(fd, 99, NONE));
    // Type 0, code 0, a checksum, identifier 77, number 5.
    assert!(answer.starts_with("b'\\x00\\x00") && answer.contains("\\x00M\\x00\\x05hi'"), "{answer}");
    assert!(answer.ends_with("from 10.0.0.2:0"), "{answer}");
    assert_eq!(shell.recv(a, other, 99), "EAGAIN");
}

#[test]
fn an_address_of_one_family_leads_nowhere_in_the_other() {
    let (mut shell, a, _) = two();
    let fd = shell.socket(a, Family::Inet6, SocketType::Datagram);
    let mapped = |port: u16| Address::Inet((B_IP.to_ipv6_mapped(), port).into());
    assert_eq!(send_to(&mut shell, a, fd, 1, mapped(9)), "1", "unbound it may");
    let near = Address::Inet((std::net::Ipv6Addr::LOCALHOST, 5000).into());
    let fd = shell.socket(a, Family::Inet6, SocketType::Datagram);
    assert_eq!(shell.connect(a, fd, near), "None");
    assert_eq!(send_to(&mut shell, a, fd, 1, mapped(9)), "ENETUNREACH");
    assert_eq!(shell.connect(a, fd, mapped(9)), "ENETUNREACH");
}
