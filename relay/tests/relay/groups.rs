//! Multicast, broadcast, and addresses that the relay chooses beyond loopback: in a network namespace of the test's own,
//! which takes root. Without it these tests say so and are passed over.

use crate::harness::{Lab, Relay, show, within};
use nix::sched::{CloneFlags, unshare};
use relay_proto::{Address, Call, ClientMessage, Family, OptionValue, ServerMessage, SocketOption};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use tokio::net::UdpSocket;

const PLENTY: u32 = 1 << 20;
const HERE: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 1);
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

/// Runs the test on a thread whose network is its own: loopback, and one interface with two addresses.
fn in_its_own_network<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::spawn(move || {
        if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
            println!("passed over: no network namespace for the test ({error})");
            return;
        }
        for command in [
            "link set lo up",
            "link add d0 type veth peer name d1",
            "link set d1 up",
            "link set d0 up multicast on",
            "addr add 10.9.9.1/24 brd 10.9.9.255 dev d0",
            "addr add 10.9.9.2/24 brd 10.9.9.255 dev d0",
            "-6 addr add fd09::1/64 dev d0 nodad",
        ] {
            let status = Command::new("ip").args(command.split(' ')).status();
            if !status.is_ok_and(|status| status.success()) {
                println!("passed over: `ip {command}` failed");
                return;
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    });
    thread.join().unwrap();
}

fn inet(ip: Ipv4Addr, port: u16) -> Address {
    Address::Inet { ip, port }
}

async fn relay(allow: &'static [&str], bind: &'static [&str]) -> Relay {
    Relay::with(|config| {
        config.allow = allow.iter().map(|rule| rule.parse().unwrap()).collect();
        config.bind = bind.iter().map(|rule| rule.parse().unwrap()).collect();
    })
    .await
}

impl Lab {
    async fn set_group(&mut self, option: SocketOption, value: OptionValue) -> Result<OptionValue, (Call, String)> {
        self.send(ClientMessage::SetOption { socket: 1, option, value }).await;
        match self.answer().await {
            ServerMessage::Option { socket: 1, value, .. } => Ok(value),
            ServerMessage::Error { socket: 1, call, errno, .. } => Err((call, errno)),
            other => panic!("OPTION was expected, not {}", show(&other)),
        }
    }
}

fn membership(group: Ipv4Addr) -> OptionValue {
    OptionValue::Addresses(vec![inet(group, 0), inet(HERE, 0)])
}

#[test]
fn groups_that_are_allowed_are_joined_and_heard() {
    in_its_own_network(|| async {
        let relay = relay(&["239.1.2.3"], &["0.0.0.0"]).await;
        let mut lab = relay.lab().await;
        lab.open_datagram(1, Family::Inet, PLENTY).await;
        let port = lab.bind(1, inet(Ipv4Addr::UNSPECIFIED, 0)).await.to_socket_addr().unwrap().port();
        let other = Ipv4Addr::new(239, 1, 2, 4);
        let refused = lab.set_group(SocketOption::IpAddMembership, membership(other)).await;
        assert_eq!(refused, Err((Call::SetSockOpt, "EACCES".to_owned())));
        let joined = lab.set_group(SocketOption::IpAddMembership, membership(GROUP)).await;
        assert_eq!(joined, Ok(membership(GROUP)));
        // What another program joins is its own affair.
        let real = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        real.join_multicast_v4(other, HERE).unwrap();
        let sender = UdpSocket::bind((HERE, 0)).await.unwrap();
        socket2::SockRef::from(&sender).set_multicast_if_v4(&HERE).unwrap();
        sender.send_to(b"not joined", (other, port)).await.unwrap();
        sender.send_to(b"joined", (GROUP, port)).await.unwrap();
        assert_eq!(lab.received_from(1).await, (b"joined".to_vec(), sender.local_addr().unwrap().into()));
        lab.set_group(SocketOption::IpDropMembership, membership(GROUP)).await.unwrap();
        sender.send_to(b"left", (GROUP, port)).await.unwrap();
        sender.send_to(b"unicast", (HERE, port)).await.unwrap();
        assert_eq!(lab.received_from(1).await.0, b"unicast");
        relay.stop().await;
    });
}

#[test]
fn groups_and_broadcasts_that_are_allowed_are_sent_to() {
    in_its_own_network(|| async {
        let relay = relay(&["239.1.2.3", "10.9.9.255"], &[]).await;
        let mut lab = relay.lab().await;
        let real = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        real.join_multicast_v4(GROUP, HERE).unwrap();
        let port = real.local_addr().unwrap().port();
        lab.open_datagram(1, Family::Inet, PLENTY).await;
        let interface = OptionValue::Addresses(vec![inet(HERE, 0)]);
        assert_eq!(lab.set_group(SocketOption::IpMulticastIf, interface.clone()).await, Ok(interface));
        let wrong = lab.set_group(SocketOption::IpMulticastIf, OptionValue::Number(1)).await;
        assert_eq!(wrong, Err((Call::SetSockOpt, "EINVAL".to_owned())));
        lab.send_to(1, &inet(GROUP, port), b"to the group").await;
        let local = lab.bound(1).await;
        assert_eq!(local.to_socket_addr().unwrap().ip(), HERE);
        let broadcast = inet(Ipv4Addr::new(10, 9, 9, 255), port);
        lab.send_to(1, &broadcast, b"too early").await;
        let (call, errno, sentence) = lab.failure(1).await;
        assert_eq!((call, errno.as_str()), (Call::SendTo, "EACCES"));
        assert!(sentence.contains("SO_BROADCAST"), "{sentence}");
        lab.set_group(SocketOption::SoBroadcast, OptionValue::Number(1)).await.unwrap();
        lab.send_to(1, &broadcast, b"to all").await;
        lab.send_to(1, &inet(Ipv4Addr::BROADCAST, port), b"not allowed").await;
        assert_eq!(lab.failure(1).await.1, "EACCES");
        for text in [&b"to the group"[..], b"to all"] {
            let mut heard = [0; 32];
            let (length, from) = within("a datagram", real.recv_from(&mut heard)).await.unwrap();
            assert_eq!((&heard[..length], Address::from(from)), (text, local.clone()));
        }
        relay.stop().await;
    });
}

#[test]
fn groups_of_ipv6_are_joined_and_heard() {
    in_its_own_network(|| async {
        let relay = relay(&["ff15::1"], &["::"]).await;
        let mut lab = relay.lab().await;
        let index = std::fs::read_to_string("/sys/class/net/d0/ifindex").ok().and_then(|text| text.trim().parse().ok());
        // A namespace's interfaces are numbered from 1 on, and /sys may still show another one's.
        let index: u32 = index.unwrap_or(2);
        let scoped = |ip: &str| Address::Inet6 { ip: ip.parse().unwrap(), port: 0, scope: index };
        lab.open_datagram(1, Family::Inet6, PLENTY).await;
        let port = lab.bind(1, "[::]:0".parse::<SocketAddr>().unwrap()).await.to_socket_addr().unwrap().port();
        let membership = |group| OptionValue::Addresses(vec![scoped(group), scoped("::")]);
        let refused = lab.set_group(SocketOption::Ipv6JoinGroup, membership("ff15::2")).await;
        assert_eq!(refused, Err((Call::SetSockOpt, "EACCES".to_owned())));
        lab.set_group(SocketOption::Ipv6JoinGroup, membership("ff15::1")).await.unwrap();
        let sender = UdpSocket::bind("[fd09::1]:0").await.unwrap();
        socket2::SockRef::from(&sender).set_multicast_if_v6(index).unwrap();
        sender.send_to(b"joined", ("ff15::1".parse::<std::net::Ipv6Addr>().unwrap(), port)).await.unwrap();
        assert_eq!(lab.received_from(1).await.0, b"joined");
        relay.stop().await;
    });
}

/// An address that the relay chose is no way around `--allow-bind`: only who may be a target is heard.
#[test]
fn strangers_are_not_heard_where_the_relay_chose_the_address() {
    in_its_own_network(|| async {
        let relay = relay(&["10.9.9.1"], &[]).await;
        let mut lab = relay.lab().await;
        let friend = UdpSocket::bind((HERE, 0)).await.unwrap();
        let stranger = UdpSocket::bind("10.9.9.2:0").await.unwrap();
        let to: Address = friend.local_addr().unwrap().into();
        for connected in [false, true] {
            let socket = 1 + u32::from(connected);
            lab.open_datagram(socket, Family::Inet, PLENTY).await;
            let local = if connected {
                lab.connected(socket, to.clone()).await.0
            } else {
                lab.send_to(socket, &to, b"hello").await;
                lab.bound(socket).await
            };
            let local = local.to_socket_addr().unwrap();
            assert_eq!(local.ip(), HERE);
            stranger.send_to(b"let me in", local).await.unwrap();
            friend.send_to(b"welcome", local).await.unwrap();
            match lab.answer().await {
                ServerMessage::RecvFrom { bytes, .. } | ServerMessage::Data { bytes, .. } => {
                    assert_eq!(*bytes, b"welcome"[..]);
                }
                other => panic!("{}", show(&other)),
            }
        }
        relay.stop().await;
    });
}
