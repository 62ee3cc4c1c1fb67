//! Promise 5 and the server's side: which addresses can be bound, listening, accepting with credit, and what an accepted
//! connection does.

use crate::harness::{Lab, Relay, accept, listener, show, within};
use relay::Limits;
use relay_proto::{Address, Call, ClientMessage, Family, How, Kind, ServerMessage};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn accept_message(socket: u32, connections: u32) -> ClientMessage<'static> {
    ClientMessage::Accept { socket, connections, credit: 1000 }
}

async fn limited(change: impl FnOnce(&mut Limits)) -> Relay {
    let mut limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
    change(&mut limits);
    Relay::limited(limits, |_| {}).await
}

async fn binding(rules: &[&str]) -> Relay {
    let rules: Vec<_> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Relay::with(|config| config.bind = rules).await
}

/// An answer to something else shows that nothing came before it.
async fn nothing_came(lab: &mut Lab, number: u32) {
    lab.open(number, Family::Inet, 0).await;
    lab.send(ClientMessage::Close { socket: number }).await;
}

#[tokio::test]
async fn a_server_hears_hello_and_says_hi_in_both_families() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    for (socket, family) in [(1, Family::Inet), (2, Family::Inet6)] {
        let address = lab.serve(socket, family).await;
        assert!(address.ip().is_loopback() && address.port() != 0, "{address}");
        lab.send(ClientMessage::Accept { socket, connections: 1, credit: 6 }).await;
        let mut peer = TcpStream::connect(address).await.unwrap();
        let (connection, credit, local, from) = lab.accepted(socket).await;
        assert_eq!((local, from), (address.into(), peer.local_addr().unwrap().into()));
        assert_eq!((connection, credit), (0x7fff_ffff + socket, 256 << 10));
        // The first credit is 6 bytes, and no more come.
        peer.write_all(b"hello! and more").await.unwrap();
        assert_eq!(lab.receive(connection, 6).await, b"hello!");
        nothing_came(&mut lab, 9).await;
        lab.data(connection, b"hi").await;
        let mut heard = [0; 2];
        within("hi", peer.read_exact(&mut heard)).await.unwrap();
        assert_eq!(&heard, b"hi");
    }
    relay.stop().await;
}

#[tokio::test]
async fn connections_wait_in_the_kernel_until_they_are_asked_for() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    let mut peers = Vec::new();
    for _ in 0..5 {
        peers.push(TcpStream::connect(address).await.unwrap());
    }
    nothing_came(&mut lab, 2).await;
    let mut peers = peers.iter();
    for connections in [1, 3, 1] {
        lab.send(accept_message(1, connections)).await;
        for _ in 0..connections {
            let (.., from) = lab.accepted(1).await;
            assert_eq!(from, peers.next().unwrap().local_addr().unwrap().into(), "in the order of their arrival");
        }
        nothing_came(&mut lab, 2).await;
    }
    // Credit that is left is used by who comes later, and the last ACCEPT says how much each may send.
    lab.send(accept_message(1, 1)).await;
    lab.send(ClientMessage::Accept { socket: 1, connections: 0, credit: 2 }).await;
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(b"abc").await.unwrap();
    let (connection, ..) = lab.accepted(1).await;
    assert_eq!(lab.receive(connection, 2).await, b"ab");
    nothing_came(&mut lab, 2).await;
    relay.stop().await;
}

#[tokio::test]
async fn an_accepted_connection_tells_fin_and_rst_apart_and_half_closes() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    let (connection, mut peer) = lab.accept_one(1, address, 1000).await;
    peer.shutdown().await.unwrap();
    assert!(matches!(lab.next().await, ServerMessage::Fin { socket, .. } if socket == connection));
    lab.data(connection, b"after your FIN").await;
    lab.send(ClientMessage::Shutdown { socket: connection, how: How::Write }).await;
    let mut heard = Vec::new();
    within("the rest", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"after your FIN");
    lab.send(ClientMessage::Close { socket: connection }).await;
    for credit in [1000, 0] {
        let (connection, peer) = lab.accept_one(1, address, credit).await;
        peer.set_zero_linger().unwrap();
        drop(peer);
        assert!(matches!(lab.answer().await, ServerMessage::Reset { socket, .. } if socket == connection));
        lab.data(connection, b"crossing").await;
        lab.send(ClientMessage::Close { socket: connection }).await;
    }
    let (connection, mut peer) = lab.accept_one(1, address, 0).await;
    lab.send(ClientMessage::Reset { socket: connection }).await;
    let error = within("the RST", peer.read(&mut [0; 9])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let unknown = lab.fails(ClientMessage::Data { socket: connection, bytes: b"x".into() }).await;
    assert_eq!((unknown.0, unknown.1.as_str()), (Call::Send, "EBADF"));
    relay.stop().await;
}

/// All messages of a server at once, as the document's example has them.
#[tokio::test]
async fn calls_need_not_wait_for_each_others_answers() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    for message in [
        ClientMessage::Open { socket: 1, family: Family::Inet, kind: Kind::Stream, credit: 0 },
        ClientMessage::Bind { socket: 1, at: ANY.into() },
        ClientMessage::Listen { socket: 1, backlog: 5 },
        accept_message(1, 1),
    ] {
        lab.send(message).await;
    }
    assert!(matches!(lab.next().await, ServerMessage::Opened { .. }));
    let ServerMessage::Bound { local: bound, .. } = lab.next().await else { panic!("BOUND was expected") };
    let listening = lab.next().await;
    let ServerMessage::Listening { local, backlog: 5, .. } = listening else { panic!("{listening:?}") };
    assert_eq!(local, bound);
    let _peer = TcpStream::connect(local.to_socket_addr().unwrap()).await.unwrap();
    assert_eq!(lab.accepted(1).await.0, 0x8000_0000);
    relay.stop().await;
}

#[tokio::test]
async fn wrong_order_is_an_error_of_that_socket() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (real, to) = listener().await;
    let to = Address::from(to);
    let bind = |socket| ClientMessage::Bind { socket, at: ANY.into() };
    let listen = |socket| ClientMessage::Listen { socket, backlog: 1 };
    let connect = |socket| ClientMessage::Connect { socket, to: to.clone() };
    let data = |socket| ClientMessage::Data { socket, bytes: b"x".into() };
    let shutdown = |socket| ClientMessage::Shutdown { socket, how: How::Both };
    let sendto = |socket| ClientMessage::SendTo { socket, to: to.clone(), bytes: b"x".into() };
    let credit = |socket| ClientMessage::Credit { socket, bytes: 1 };
    // Socket 1 is new, 2 is bound, 3 listens, 4 is connected; nobody knows 5 and the relay's first number.
    for socket in 1..=4 {
        lab.open(socket, Family::Inet, 0).await;
    }
    lab.bind(2, ANY).await;
    lab.listen(3, 7).await;
    lab.send(connect(4)).await;
    assert!(matches!(lab.next().await, ServerMessage::Connected { .. }));
    accept(&real).await;
    for (message, call, errno) in [
        (accept_message(1, 1), Call::Accept, "EINVAL"),
        (sendto(1), Call::SendTo, "EOPNOTSUPP"),
        (bind(2), Call::Bind, "EINVAL"),
        (accept_message(2, 1), Call::Accept, "EINVAL"),
        (data(2), Call::Send, "ENOTCONN"),
        (bind(3), Call::Bind, "EINVAL"),
        (connect(3), Call::Connect, "EISCONN"),
        (data(3), Call::Send, "EINVAL"),
        (shutdown(3), Call::Shutdown, "EINVAL"),
        (credit(3), Call::Recv, "EINVAL"),
        (sendto(3), Call::SendTo, "EOPNOTSUPP"),
        (bind(4), Call::Bind, "EINVAL"),
        (listen(4), Call::Listen, "EINVAL"),
        (accept_message(4, 1), Call::Accept, "EINVAL"),
        (bind(5), Call::Bind, "EBADF"),
        (listen(5), Call::Listen, "EBADF"),
        (accept_message(5, 1), Call::Accept, "EBADF"),
        (accept_message(0x8000_0000, 1), Call::Accept, "EBADF"),
        (ClientMessage::Close { socket: 0x8000_0000 }, Call::Close, "EBADF"),
        (
            ClientMessage::Bind { socket: 1, at: Address::Name { host: "localhost".into(), port: 0 } },
            Call::Bind,
            "EINVAL",
        ),
        (ClientMessage::Bind { socket: 1, at: (Ipv6Addr::LOCALHOST, 0).into_address() }, Call::Bind, "EAFNOSUPPORT"),
        (ClientMessage::Bind { socket: 1, at: Address::Unix { path: "x".into() } }, Call::Bind, "EAFNOSUPPORT"),
    ] {
        let text = show(&message);
        let (failed, name, _) = lab.fails(message).await;
        assert_eq!((failed, name.as_str()), (call, errno), "{text}");
    }
    // None of these harmed anything: each socket goes on as before.
    lab.bind(1, ANY).await;
    lab.listen(2, 1).await;
    let (again, backlog) = lab.listen(3, 1_000_000).await;
    assert_eq!(backlog, 128, "the relay's own bound");
    lab.accept_one(3, again.to_socket_addr().unwrap(), 0).await;
    lab.data(4, b"it still works").await;
    assert!(matches!(lab.next().await, ServerMessage::Credit { bytes: 14, .. }));
    relay.stop().await;
}

trait IntoAddress {
    fn into_address(self) -> Address;
}

impl<I: Into<IpAddr>> IntoAddress for (I, u16) {
    fn into_address(self) -> Address {
        SocketAddr::new(self.0.into(), self.1).into()
    }
}

fn inet6(ip: &str, port: u16, scope: u32) -> Address {
    Address::Inet6 { ip: ip.parse().unwrap(), port, scope }
}

#[tokio::test]
async fn beyond_loopback_cannot_be_bound_in_any_spelling() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.open(2, Family::Inet6, 0).await;
    for (socket, at, words) in [
        (1, (Ipv4Addr::UNSPECIFIED, 0).into_address(), "--allow-bind 0.0.0.0`"),
        (1, (Ipv4Addr::UNSPECIFIED, 8080).into_address(), "--allow-bind 0.0.0.0:8080`"),
        (1, (Ipv4Addr::new(192, 0, 2, 1), 0).into_address(), "--allow-bind 192.0.2.1`"),
        (1, (Ipv4Addr::BROADCAST, 0).into_address(), "--allow-bind"),
        (1, (Ipv4Addr::new(224, 0, 0, 1), 5000).into_address(), "--allow-bind"),
        (1, (Ipv4Addr::new(0, 0, 0, 1), 5000).into_address(), "--allow-bind"),
        (1, (Ipv4Addr::LOCALHOST, 80).into_address(), "--allow-bind 127.0.0.1:80`"), // fixed port: refused
        (1, (Ipv4Addr::LOCALHOST, 1023).into_address(), "--allow-bind"),
        (1, (Ipv4Addr::LOCALHOST, relay.port()).into_address(), "relay's own"),
        (1, (Ipv4Addr::new(127, 3, 2, 1), relay.port()).into_address(), "relay's own"),
        (1, (Ipv4Addr::UNSPECIFIED, relay.port()).into_address(), "relay's own"),
        (2, inet6("::", 0, 0), "--allow-bind ::`"),
        (2, inet6("::", 8080, 0), "--allow-bind [::]:8080`"),
        (2, inet6("::ffff:0.0.0.0", 0, 0), "--allow-bind 0.0.0.0`"),
        (2, inet6("::ffff:192.0.2.1", 0, 0), "--allow-bind 192.0.2.1`"),
        (2, inet6("::ffff:127.0.0.1", 80, 0), "--allow-bind 127.0.0.1:80`"), // fixed port: refused
        (2, inet6("::127.0.0.1", 0, 0), "--allow-bind"),
        (2, inet6("fe80::1", 0, 1), "--allow-bind fe80::1`"),
        (2, inet6("::1", 443, 0), "--allow-bind [::1]:443`"), // fixed port: refused
        (2, inet6("::1", relay.port(), 0), "relay's own"),
        (2, inet6("::ffff:127.0.0.1", relay.port(), 0), "relay's own"),
    ] {
        let (call, errno, sentence) = lab.fails(ClientMessage::Bind { socket, at: at.clone() }).await;
        assert_eq!((call, errno.as_str()), (Call::Bind, "EACCES"), "{at}: {sentence}");
        assert!(sentence.contains(words) && sentence.contains(&at.to_string()), "{sentence}");
    }
    // What was refused left no mark, and every loopback is fine.
    assert_ne!(lab.bind(1, (Ipv4Addr::new(127, 9, 8, 7), 0).into_address()).await, ANY.into());
    lab.bind(2, inet6("::ffff:127.0.0.1", 0, 0)).await;
    relay.stop().await;
}

#[tokio::test]
async fn rules_open_what_they_name_and_ipv6_does_not_open_ipv4() {
    let reaches = async |rules: &[&str], at: Address, from: Ipv4Addr| {
        let relay = binding(rules).await;
        let mut lab = relay.lab().await;
        let family = if matches!(at, Address::Inet6 { .. }) { Family::Inet6 } else { Family::Inet };
        lab.open(1, family, 0).await;
        let port = lab.bind(1, at).await.to_socket_addr().unwrap().port();
        lab.listen(1, 5).await;
        let reached = TcpStream::connect((from, port)).await.is_ok();
        relay.stop().await;
        reached
    };
    assert!(reaches(&["0.0.0.0"], (Ipv4Addr::UNSPECIFIED, 0).into_address(), Ipv4Addr::new(127, 0, 0, 5)).await);
    assert!(!reaches(&["::"], inet6("::", 0, 0), Ipv4Addr::LOCALHOST).await, "`::` is IPv6 alone");
    assert!(reaches(&["::", "0.0.0.0"], inet6("::", 0, 0), Ipv4Addr::LOCALHOST).await, "both are allowed");
    let relay = binding(&["127.0.0.1:1-1023", "192.0.2.1"]).await; // fixed port: a rule
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    // Allowed here, and then it is the kernel that has no such address.
    let (_, errno, sentence) =
        lab.fails(ClientMessage::Bind { socket: 1, at: (Ipv4Addr::new(192, 0, 2, 1), 0).into_address() }).await;
    assert_eq!(errno, "EADDRNOTAVAIL", "{sentence}");
    let low = ClientMessage::Bind { socket: 1, at: (Ipv4Addr::LOCALHOST, 7).into_address() };
    lab.send(low).await;
    match lab.next().await {
        ServerMessage::Bound { local, .. } => assert_eq!(local, (Ipv4Addr::LOCALHOST, 7).into_address()),
        // Where the kernel keeps low ports for root, it is the kernel that says so.
        ServerMessage::Error { sentence, .. } => assert!(sentence.contains("os error"), "{sentence}"),
        other => panic!("{}", show(&other)),
    }
    relay.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error_and_the_socket_can_be_bound_elsewhere() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (_real, taken) = listener().await;
    lab.open(1, Family::Inet, 0).await;
    let (call, errno, sentence) = lab.fails(ClientMessage::Bind { socket: 1, at: taken.into() }).await;
    assert_eq!((call, errno.as_str()), (Call::Bind, "EADDRINUSE"));
    assert!(sentence.contains("port 0"), "{sentence}");
    lab.bind(1, ANY).await;
    let (local, _) = lab.listen(1, 1).await;
    lab.accept_one(1, local.to_socket_addr().unwrap(), 0).await;
    relay.stop().await;
}

/// The source port stays, over a refusal and over a name's second address.
#[tokio::test]
async fn a_bound_socket_connects_from_its_address() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    let bound = lab.bind(1, (Ipv4Addr::new(127, 0, 0, 3), 0).into_address()).await;
    let (dead, address) = listener().await;
    drop(dead);
    for _ in 0..2 {
        assert_eq!(lab.refused(1, address.into()).await.1, "ECONNREFUSED");
    }
    let (real, address) = listener().await;
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    let connected = lab.next().await;
    assert!(matches!(&connected, ServerMessage::Connected { local, .. } if *local == bound), "{connected:?}");
    let (_, from) = within("a connection", real.accept()).await.unwrap();
    assert_eq!(Address::from(from), bound);
    relay.stop().await;
}

#[tokio::test]
async fn closing_a_listener_resets_what_waits_and_leaves_what_was_accepted() {
    let relay = Relay::start().await;
    for end in [ClientMessage::Close { socket: 1 }, ClientMessage::Reset { socket: 1 }] {
        let mut lab = relay.lab().await;
        let address = lab.serve(1, Family::Inet).await;
        let (connection, mut peer) = lab.accept_one(1, address, 100).await;
        let mut waiting = TcpStream::connect(address).await.unwrap();
        lab.send(end).await;
        let error = within("the RST", waiting.read(&mut [0; 9])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        peer.write_all(b"still here").await.unwrap();
        assert_eq!(lab.receive(connection, 10).await, b"still here");
        // The number and the port are free.
        lab.open(1, Family::Inet, 0).await;
    }
    relay.stop().await;
}

#[tokio::test]
async fn too_much_credit_for_connections_ends_the_listener_and_nothing_else() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    let (connection, mut peer) = lab.accept_one(1, address, 100).await;
    lab.send(accept_message(1, u32::MAX)).await;
    let (call, errno, _) = lab.fails(accept_message(1, 1)).await;
    assert_eq!((call, errno.as_str()), (Call::Accept, "EOVERFLOW"));
    assert!(matches!(lab.next().await, ServerMessage::Reset { socket: 1, .. }));
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    // What crosses the RESET is no error; a call that wants an answer gets one; the number waits for its CLOSE.
    lab.send(accept_message(1, 1)).await;
    assert_eq!(lab.fails(ClientMessage::Listen { socket: 1, backlog: 1 }).await.1, "EINVAL");
    peer.write_all(b"undisturbed").await.unwrap();
    assert_eq!(lab.receive(connection, 11).await, b"undisturbed");
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open(1, Family::Inet, 0).await;
    relay.stop().await;
}

#[tokio::test]
async fn too_many_listeners_are_an_error() {
    let relay = limited(|limits| limits.listeners = 2).await;
    let mut lab = relay.lab().await;
    for socket in 1..=2 {
        lab.serve(socket, Family::Inet).await;
    }
    lab.open(3, Family::Inet, 0).await;
    let (call, errno, sentence) = lab.fails(ClientMessage::Listen { socket: 3, backlog: 1 }).await;
    assert_eq!((call, errno.as_str()), (Call::Listen, "EMFILE"));
    assert!(sentence.contains("--max-listeners"), "{sentence}");
    lab.listen(2, 3).await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.listen(3, 3).await;
    relay.stop().await;
}

#[tokio::test]
async fn without_a_place_connections_wait_and_then_are_accepted() {
    let relay = limited(|limits| limits.sockets = 4).await;
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    let mut peers = Vec::new();
    for _ in 0..6 {
        peers.push(TcpStream::connect(address).await.unwrap());
    }
    lab.send(accept_message(1, 100)).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(lab.accepted(1).await.0);
    }
    let full = lab.fails(ClientMessage::Lookup { socket: 2, name: "localhost".into() }).await;
    assert_eq!(full.1, "EMFILE");
    for _ in 0..3 {
        lab.send(ClientMessage::Close { socket: open.remove(0) }).await;
        open.push(lab.accepted(1).await.0);
    }
    assert_eq!(open, [0x8000_0003, 0x8000_0004, 0x8000_0005]);
    relay.stop().await;
}

#[tokio::test]
async fn accepting_is_as_slow_as_opening() {
    let relay = limited(|limits| limits.opens_per_second = 10).await;
    let mut lab = relay.lab().await;
    let began = Instant::now();
    let address = lab.serve(1, Family::Inet).await;
    let mut peers = Vec::new();
    for _ in 0..20 {
        peers.push(TcpStream::connect(address).await.unwrap());
    }
    lab.send(accept_message(1, 20)).await;
    for _ in 0..20 {
        lab.accepted(1).await;
    }
    // OPEN and 20 connections, ten of all at once.
    assert!(began.elapsed() >= Duration::from_millis(1050), "{:?}", began.elapsed());
    relay.stop().await;
}

/// While it connects, a socket can be closed or reset, and its number used again; nothing is told of the old one.
#[tokio::test]
async fn a_connecting_socket_can_be_closed() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    // A listener whose queue is full does not answer further SYNs.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(ANY).unwrap();
    let full = socket.listen(0).unwrap();
    let to = full.local_addr().unwrap();
    let _first = TcpStream::connect(to).await.unwrap();
    for end in [ClientMessage::Close { socket: 1 }, ClientMessage::Reset { socket: 1 }] {
        lab.open(1, Family::Inet, 0).await;
        lab.send(ClientMessage::Connect { socket: 1, to: to.into() }).await;
        for (message, errno) in [
            (ClientMessage::Connect { socket: 1, to: to.into() }, "EALREADY"),
            (ClientMessage::Bind { socket: 1, at: ANY.into() }, "EINVAL"),
            (ClientMessage::Listen { socket: 1, backlog: 1 }, "EINVAL"),
            (ClientMessage::Data { socket: 1, bytes: b"x".into() }, "ENOTCONN"),
        ] {
            assert_eq!(lab.fails(message).await.1, errno);
        }
        lab.send(end).await;
    }
    lab.serve(1, Family::Inet).await;
    drop(full);
    nothing_came(&mut lab, 2).await;
    relay.stop().await;
}

#[cfg(target_os = "linux")]
mod floods {
    use super::accept_message;
    use crate::harness::{Lab, lab, show, within};
    use crate::process::Process;
    use relay_proto::{Call, ClientMessage, Family, ServerMessage};
    use std::net::SocketAddr;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;

    async fn welcomed(process: &Process) -> Lab {
        let mut lab = lab(process.address).await;
        assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
        lab
    }

    /// Tries to connect so often, a few hundred at a time, and goes away each time. Says how many succeeded.
    async fn flood(to: SocketAddr, attempts: usize) -> usize {
        let mut connected = 0;
        for _ in 0..attempts / 250 {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..250 {
                let attempt = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(to));
                tasks.spawn(async { matches!(attempt.await, Ok(Ok(_))) });
            }
            while let Some(succeeded) = tasks.join_next().await {
                connected += usize::from(succeeded.unwrap());
            }
        }
        connected
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ten_thousand_attempts_cost_what_the_bounds_allow() {
        let process = Process::start();
        let mut lab = welcomed(&process).await;
        let address = lab.serve(1, Family::Inet).await;
        lab.accept_one(1, address, 0).await;
        let (memory, descriptors) = (process.resident_kb(), process.descriptors());
        // Nobody asks for them: they are the kernel's.
        let waiting = flood(address, 5000).await;
        assert!(process.descriptors() <= descriptors, "{} descriptors", process.descriptors());
        // Everybody is asked for, and nobody reads the answers: the places are the bound.
        lab.send(accept_message(1, u32::MAX)).await;
        let accepted = flood(address, 5000).await;
        within("every place", async {
            while process.descriptors() < descriptors + 200 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let more = process.descriptors() - descriptors;
        let grown = process.resident_kb().saturating_sub(memory);
        println!("{waiting} and {accepted} connections succeeded; {more} descriptors, {grown} KiB more");
        assert!(more <= 256, "{more} descriptors");
        assert!(grown < 256 * 4 + 1024, "{grown} KiB");
        // The session works, and lets everything go.
        lab.send(ClientMessage::Lookup { socket: 7, name: "localhost".into() }).await;
        while !matches!(lab.next().await, ServerMessage::Error { socket: 7, .. }) {}
        drop(lab);
        within("descriptors to go", async {
            while process.descriptors() > descriptors - 3 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// The system has no descriptor for the connection: that is told once, and tried again without haste.
    #[tokio::test]
    async fn without_descriptors_accepting_waits() {
        let process = Process::start();
        let mut lab = welcomed(&process).await;
        let address = lab.serve(1, Family::Inet).await;
        process.allow_descriptors(false);
        lab.send(accept_message(1, 1)).await;
        let mut waiting = TcpStream::connect(address).await.unwrap();
        let (call, errno, sentence) = lab.error(1).await;
        assert_eq!((call, errno.as_str()), (Call::Accept, "EMFILE"), "{sentence}");
        let quiet = tokio::time::timeout(Duration::from_millis(500), lab.next()).await;
        assert!(quiet.is_err(), "it is told once: {}", show(&quiet));
        process.allow_descriptors(true);
        let (connection, ..) = lab.accepted(1).await;
        lab.send(ClientMessage::Close { socket: connection }).await;
        assert_eq!(within("FIN", waiting.read(&mut [0; 9])).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn descriptors_come_back_to_where_they_were() {
        let process = Process::start();
        let mut lab = welcomed(&process).await;
        let settled = process.descriptors();
        for _ in 0..20 {
            let address = lab.serve(1, Family::Inet).await;
            let mut peers = Vec::new();
            for _ in 0..5 {
                peers.push(lab.accept_one(1, address, 0).await);
            }
            for (connection, mut peer) in peers {
                lab.send(ClientMessage::Close { socket: connection }).await;
                assert_eq!(within("FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
            }
            lab.send(ClientMessage::Close { socket: 1 }).await;
        }
        lab.open(1, Family::Inet, 0).await;
        lab.send(ClientMessage::Close { socket: 1 }).await;
        lab.open(2, Family::Inet, 0).await;
        assert_eq!(process.descriptors(), settled + 1);
    }
}
