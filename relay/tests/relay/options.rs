//! Socket options: what the kernel makes of them on every kind of socket, what is refused, and that none of them makes
//! the relay wait or breaks a promise of its own.

use crate::harness::{Lab, Relay, accept, listener, pair, show, within};
use relay_proto::{Address, Call, ClientMessage, Family, Kind, OptionValue, ServerMessage, SocketOption as O};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Lab {
    async fn option(&mut self, message: ClientMessage<'_>) -> OptionValue {
        let number = message.socket();
        self.send(message).await;
        match self.answer().await {
            ServerMessage::Option { socket, value, .. } if socket == number => value,
            other => panic!("OPTION was expected, not {}", show(&other)),
        }
    }

    async fn get(&mut self, socket: u32, option: O) -> i32 {
        number(self.option(ClientMessage::GetOption { socket, option }).await)
    }

    async fn set(&mut self, socket: u32, option: O, value: i32) -> i32 {
        let value = OptionValue::Number(value);
        number(self.option(ClientMessage::SetOption { socket, option, value }).await)
    }

    async fn open_kind(&mut self, socket: u32, family: Family, kind: Kind) {
        self.send(ClientMessage::Open { socket, family, kind, credit: 1000 }).await;
        assert!(matches!(self.answer().await, ServerMessage::Opened { .. }));
    }
}

fn number(value: OptionValue) -> i32 {
    match value {
        OptionValue::Number(number) => number,
        other => panic!("a number was expected, not {other:?}"),
    }
}

fn text(value: OptionValue) -> String {
    match value {
        OptionValue::Text(text) => text,
        other => panic!("a text was expected, not {other:?}"),
    }
}

fn set(socket: u32, option: O, value: OptionValue) -> ClientMessage<'static> {
    ClientMessage::SetOption { socket, option, value }
}

fn set_number(socket: u32, option: O, value: i32) -> ClientMessage<'static> {
    set(socket, option, OptionValue::Number(value))
}

#[tokio::test]
async fn numbers_are_set_and_read_back_as_the_kernel_has_them() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.open(2, Family::Inet6, 0).await;
    lab.open_kind(3, Family::Inet, Kind::Datagram).await;
    lab.open_kind(4, Family::Inet6, Kind::Datagram).await;
    for (socket, option, before, value) in [
        (1, O::SoReuseAddr, 0, 1),
        (1, O::SoReusePort, 0, 1),
        (1, O::SoKeepAlive, 0, 1),
        (1, O::SoLinger, -1, 5),
        (1, O::SoLinger, 5, 0),
        (1, O::TcpNoDelay, 1, 0),
        (1, O::TcpKeepIdle, 7200, 17),
        (1, O::TcpKeepIntvl, 75, 3),
        (1, O::TcpKeepCnt, 9, 127),
        (1, O::TcpUserTimeout, 0, 12_345),
        (1, O::IpTtl, 64, 1),
        (2, O::Ipv6V6Only, 0, 1),
        (2, O::Ipv6UnicastHops, 64, 255),
        (3, O::SoBroadcast, 0, 1),
        (3, O::IpTtl, 64, 9),
        (3, O::IpMulticastTtl, 1, 0),
        (3, O::IpMulticastLoop, 1, 0),
        (4, O::Ipv6MulticastHops, 1, 255),
        (4, O::Ipv6MulticastLoop, 1, 0),
        (4, O::Ipv6V6Only, 0, 1),
    ] {
        assert_eq!(lab.get(socket, option).await, before, "{option} of a new socket");
        assert_eq!(lab.set(socket, option, value).await, value, "{option} as set");
        assert_eq!(lab.get(socket, option).await, value, "{option} as read");
    }
    // What was set is its own alone: TCP_KEEPIDLE does not switch keep-alive on, as some libraries do.
    lab.open(5, Family::Inet, 0).await;
    lab.set(5, O::TcpKeepIdle, 10).await;
    assert_eq!(lab.get(5, O::SoKeepAlive).await, 0);
    // socket(7): the kernel doubles buffers for its own needs.
    for option in [O::SoSndBuf, O::SoRcvBuf] {
        for socket in 1..=4 {
            assert_eq!(lab.set(socket, option, 50_000).await, 100_000, "{option}");
        }
    }
    assert_eq!(lab.get(1, O::SoType).await, 1);
    assert_eq!(lab.get(4, O::SoType).await, 2);
    let name = OptionValue::Text("reno".to_owned());
    assert_eq!(text(lab.option(set(1, O::TcpCongestion, name)).await), "reno");
    relay.stop().await;
}

#[tokio::test]
async fn what_an_option_cannot_be_is_an_error_with_the_reason() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.open_kind(2, Family::Inet6, Kind::Datagram).await;
    lab.serve(3, Family::Inet6).await;
    lab.open(4, Family::Inet, 0).await;
    lab.bind(4, ANY).await;
    let get = |socket, option| ClientMessage::GetOption { socket, option };
    let word = || OptionValue::Text("on".to_owned());
    let addresses = || OptionValue::Addresses(vec![Address::from(ANY)]);
    for (message, call, errno, words) in [
        (set_number(1, O::SoKeepAlive, 2), Call::SetSockOpt, "EINVAL", "from 0 to 1"),
        (set_number(1, O::SoKeepAlive, -1), Call::SetSockOpt, "EINVAL", "from 0 to 1"),
        (set(1, O::SoKeepAlive, word()), Call::SetSockOpt, "EINVAL", "from 0 to 1"),
        (set(1, O::TcpNoDelay, addresses()), Call::SetSockOpt, "EINVAL", "from 0 to 1"),
        (set_number(1, O::SoSndBuf, -1), Call::SetSockOpt, "EINVAL", "from 0"),
        (set_number(1, O::SoLinger, -2), Call::SetSockOpt, "EINVAL", "from -1"),
        (set_number(1, O::TcpKeepIdle, 0), Call::SetSockOpt, "EINVAL", "from 1 to 32767"),
        (set_number(1, O::TcpKeepIntvl, 32_768), Call::SetSockOpt, "EINVAL", "from 1 to 32767"),
        (set_number(1, O::TcpKeepCnt, 128), Call::SetSockOpt, "EINVAL", "from 1 to 127"),
        (set_number(1, O::TcpUserTimeout, i32::MIN), Call::SetSockOpt, "EINVAL", "from 0"),
        (set_number(1, O::IpTtl, 0), Call::SetSockOpt, "EINVAL", "from 1 to 255"),
        (set_number(1, O::IpTtl, 256), Call::SetSockOpt, "EINVAL", "from 1 to 255"),
        (set_number(1, O::TcpCongestion, 1), Call::SetSockOpt, "EINVAL", "cubic"),
        (set(1, O::TcpCongestion, word()), Call::SetSockOpt, "ENOENT", "on"),
        (set(1, O::TcpCongestion, OptionValue::Text("x".repeat(1000))), Call::SetSockOpt, "ENOENT", ""),
        (set(1, O::TcpCongestion, OptionValue::Text("cub\0ic".to_owned())), Call::SetSockOpt, "ENOENT", ""),
        (set_number(1, O::SoError, 0), Call::SetSockOpt, "ENOPROTOOPT", "only be read"),
        (set_number(1, O::SoType, 1), Call::SetSockOpt, "ENOPROTOOPT", "only be read"),
        (set_number(1, O::TcpMaxSeg, 500), Call::SetSockOpt, "ENOPROTOOPT", "only be read"),
        (get(1, O::SoBroadcast), Call::GetSockOpt, "ENOPROTOOPT", "SO_BROADCAST"),
        (get(1, O::Ipv6V6Only), Call::GetSockOpt, "ENOPROTOOPT", "IPV6_V6ONLY"),
        (set_number(1, O::IpMulticastTtl, 1), Call::SetSockOpt, "ENOPROTOOPT", "IP_MULTICAST_TTL"),
        (get(2, O::TcpNoDelay), Call::GetSockOpt, "ENOPROTOOPT", "TCP_NODELAY"),
        (get(2, O::SoLinger), Call::GetSockOpt, "ENOPROTOOPT", "SO_LINGER"),
        (get(2, O::IpTtl), Call::GetSockOpt, "ENOPROTOOPT", "IP_TTL"),
        (set_number(3, O::SoReuseAddr, 1), Call::SetSockOpt, "EINVAL", "before BIND"),
        (set_number(3, O::Ipv6V6Only, 0), Call::SetSockOpt, "EINVAL", "before BIND"),
        (set_number(4, O::SoReusePort, 1), Call::SetSockOpt, "EINVAL", "before BIND"),
        (get(9, O::SoType), Call::GetSockOpt, "EBADF", "open it first"),
        (set_number(9, O::SoLinger, 1), Call::SetSockOpt, "EBADF", "open it first"),
    ] {
        let what = show(&message);
        let (failed, name, sentence) = lab.fails(message).await;
        assert_eq!((failed, name.as_str()), (call, errno), "{what}: {sentence}");
        assert!(sentence.contains(words), "{what}: {sentence}");
    }
    assert_eq!(lab.get(1, O::SoKeepAlive).await, 0, "nothing of this had an effect");
    relay.stop().await;
}

/// They are as new sockets of the kernel are, and what was set comes along: to the next attempt to connect, and to what
/// is accepted.
#[tokio::test]
async fn options_outlive_attempts_and_are_inherited() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (dead, address) = listener().await;
    drop(dead);
    lab.open(1, Family::Inet, 0).await;
    lab.set(1, O::IpTtl, 33).await;
    lab.set(1, O::TcpNoDelay, 0).await;
    for _ in 0..2 {
        assert_eq!(lab.refused(1, address.into()).await.1, "ECONNREFUSED");
        assert_eq!((lab.get(1, O::IpTtl).await, lab.get(1, O::TcpNoDelay).await), (33, 0));
    }
    let (real, address) = listener().await;
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Connected { .. }));
    accept(&real).await;
    assert_eq!((lab.get(1, O::IpTtl).await, lab.get(1, O::TcpNoDelay).await), (33, 0));
    assert!(lab.get(1, O::TcpMaxSeg).await > 500);
    let address = lab.serve(2, Family::Inet).await;
    lab.set(2, O::SoKeepAlive, 1).await;
    let (connection, _peer) = lab.accept_one(2, address, 0).await;
    let inherited = (lab.get(connection, O::SoKeepAlive).await, lab.get(connection, O::TcpNoDelay).await);
    assert_eq!(inherited, (1, 1), "the relay begins with TCP_NODELAY");
    relay.stop().await;
}

/// A server that comes again at once, as every server sets it.
#[tokio::test]
async fn an_address_with_old_connections_is_bound_again_with_so_reuseaddr() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.set(1, O::SoReuseAddr, 1).await;
    let address = lab.listen(1, 1).await.0.to_socket_addr().unwrap();
    let (connection, mut peer) = lab.accept_one(1, address, 0).await;
    // The side that closes first keeps the address, in TIME_WAIT.
    lab.send(ClientMessage::Close { socket: connection }).await;
    assert_eq!(within("FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
    drop(peer);
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open(1, Family::Inet, 0).await;
    assert_eq!(lab.fails(ClientMessage::Bind { socket: 1, at: address.into() }).await.1, "EADDRINUSE");
    lab.set(1, O::SoReuseAddr, 1).await;
    assert_eq!(lab.bind(1, address).await, address.into());
    lab.listen(1, 1).await;
    relay.stop().await;
}

/// SO_ERROR is the kernel's, so reading it takes the error away; that the connection is gone is told all the same.
#[tokio::test]
async fn so_error_tells_a_reset_and_then_none() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    assert_eq!(text(lab.option(ClientMessage::GetOption { socket: 1, option: O::SoError }).await), "");
    let peer = pair(&mut lab, 2, 0).await;
    peer.set_zero_linger().unwrap();
    drop(peer);
    lab.send(ClientMessage::GetOption { socket: 2, option: O::SoError }).await;
    // The relay may have noticed the RST by itself before the call.
    match lab.answer().await {
        ServerMessage::Option { value: OptionValue::Text(name), .. } => {
            assert_eq!(name, "ECONNRESET");
            assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 2, .. }));
        }
        ServerMessage::Reset { socket: 2, .. } => assert_eq!(lab.error(2).await.1, "EINVAL"),
        other => panic!("{}", show(&other)),
    }
    relay.stop().await;
}

/// Linux's `close()` waits for the peer with a linger time, even on a socket that does not block. The relay's must not.
#[tokio::test]
async fn a_linger_time_keeps_nobody_waiting_and_loses_nothing() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    lab.set(1, O::SoLinger, 20).await;
    let (connection, _peer) = lab.accept_one(1, address, 0).await;
    assert_eq!(lab.get(connection, O::SoLinger).await, 20);
    // A peer with a small window that does not read: what the kernel has taken waits in the kernel.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    lab.send(ClientMessage::Accept { socket: 1, connections: 1, credit: 0 }).await;
    let mut peer = socket.connect(address).await.unwrap();
    let (connection, ..) = lab.accepted(1).await;
    lab.set(connection, O::SoSndBuf, 200_000).await;
    lab.data(connection, &[7; 100_000]).await;
    let mut taken = 0;
    while taken < 100_000 {
        match lab.next().await {
            ServerMessage::Credit { bytes, .. } => taken += bytes,
            other => panic!("{}", show(&other)),
        }
    }
    lab.send(ClientMessage::Close { socket: connection }).await;
    let began = Instant::now();
    lab.open(2, Family::Inet, 0).await;
    assert!(began.elapsed() < Duration::from_secs(5), "the session waited {:?}", began.elapsed());
    let mut heard = Vec::new();
    within("everything", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard.len(), 100_000);
    relay.stop().await;
}

#[tokio::test]
async fn a_linger_time_of_zero_makes_close_a_rst() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (real, address) = listener().await;
    lab.open(1, Family::Inet, 0).await;
    lab.set(1, O::SoLinger, 0).await;
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Connected { .. }));
    let mut peer: TcpStream = accept(&real).await;
    lab.data(1, b"first").await;
    let mut heard = [0; 5];
    within("the bytes", peer.read_exact(&mut heard)).await.unwrap();
    lab.send(ClientMessage::Close { socket: 1 }).await;
    let error = within("the RST", peer.read(&mut [0; 9])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(peer.write_all(b"x").await.is_err());
    relay.stop().await;
}

/// Set after a datagram and before another one, it is for the other one.
#[tokio::test]
async fn options_of_a_datagram_socket_keep_their_place_among_its_calls() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open_kind(1, Family::Inet, Kind::Datagram).await;
    let real = tokio::net::UdpSocket::bind(ANY).await.unwrap();
    let to = Address::Name { host: "localhost".to_owned(), port: real.local_addr().unwrap().port() };
    lab.send(ClientMessage::SendTo { socket: 1, to, bytes: b"x".into() }).await;
    lab.send(set_number(1, O::IpTtl, 7)).await;
    assert!(matches!(lab.answer().await, ServerMessage::Bound { .. }), "the look-up comes first");
    assert!(matches!(lab.answer().await, ServerMessage::Option { value: OptionValue::Number(7), .. }));
    relay.stop().await;
}
