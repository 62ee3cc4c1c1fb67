//! UDP: boundaries, addresses, errors of the network, both credits, and the attacks of promise 4 by SENDTO.

use crate::harness::{Lab, Relay, show, within};
use relay::{Resolver, Resolving};
use relay_proto::{Address, Call, ClientMessage, Family, How, Kind, ServerMessage, datagram_cost};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;

const PLENTY: u32 = 1 << 20;

impl Lab {
    pub(crate) async fn open_datagram(&mut self, socket: u32, family: Family, credit: u32) -> u32 {
        self.send(ClientMessage::Open { socket, family, kind: Kind::Datagram, credit }).await;
        match self.answer().await {
            ServerMessage::Opened { socket: number, credit, .. } if number == socket => credit,
            other => panic!("OPENED was expected, not {}", show(&other)),
        }
    }

    pub(crate) async fn send_to(&mut self, socket: u32, to: &Address, bytes: &[u8]) {
        self.send(ClientMessage::SendTo { socket, to: to.clone(), bytes: bytes.into() }).await;
    }

    pub(crate) async fn bound(&mut self, socket: u32) -> Address {
        match self.answer().await {
            ServerMessage::Bound { socket: number, local, .. } if number == socket => local,
            other => panic!("BOUND was expected, not {}", show(&other)),
        }
    }

    /// The next RECVFROM.
    pub(crate) async fn received_from(&mut self, socket: u32) -> (Vec<u8>, Address) {
        match self.answer().await {
            ServerMessage::RecvFrom { socket: number, from, bytes, .. } if number == socket => {
                (bytes.into_owned(), from)
            }
            other => panic!("RECVFROM was expected, not {}", show(&other)),
        }
    }

    /// The next DATA.
    pub(crate) async fn datagram(&mut self, socket: u32) -> Vec<u8> {
        match self.answer().await {
            ServerMessage::Data { socket: number, bytes, .. } if number == socket => bytes.into_owned(),
            other => panic!("DATA was expected, not {}", show(&other)),
        }
    }

    pub(crate) async fn connected(&mut self, socket: u32, to: Address) -> (Address, Address) {
        self.send(ClientMessage::Connect { socket, to }).await;
        match self.answer().await {
            ServerMessage::Connected { socket: number, local, peer, called_at, at } if number == socket => {
                assert!(called_at <= at);
                (local, peer)
            }
            other => panic!("CONNECTED was expected, not {}", show(&other)),
        }
    }

    /// The next ERROR, passing CREDIT.
    pub(crate) async fn failure(&mut self, socket: u32) -> (Call, String, String) {
        match self.answer().await {
            ServerMessage::Error { socket: number, call, errno, sentence, .. } => {
                assert_eq!(number, socket, "{sentence}");
                assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence:?}");
                (call, errno, sentence)
            }
            other => panic!("ERROR was expected, not {}", show(&other)),
        }
    }

    /// The sum of the next CREDITs, when it is so much.
    pub(crate) async fn credit_of(&mut self, socket: u32, whole: u32) {
        let mut sum = 0;
        while sum < whole {
            match self.next().await {
                ServerMessage::Credit { socket: number, bytes, .. } if number == socket => sum += bytes,
                other => panic!("CREDIT was expected, not {}", show(&other)),
            }
        }
        assert_eq!(sum, whole);
    }
}

fn inet(text: &str) -> Address {
    text.parse::<SocketAddr>().unwrap().into()
}

fn name(host: &str, port: u16) -> Address {
    Address::Name { host: host.to_owned(), port }
}

async fn peer(ip: &str) -> (UdpSocket, Address) {
    let socket = UdpSocket::bind((ip, 0)).await.unwrap();
    let address = socket.local_addr().unwrap().into();
    (socket, address)
}

async fn hear(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 1 << 16];
    let (length, from) = within("a datagram", peer.recv_from(&mut buffer)).await.unwrap();
    buffer.truncate(length);
    (buffer, from)
}

#[tokio::test]
async fn connected_sockets_keep_boundaries_in_both_families() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    for (socket, family, ip) in [(1, Family::Inet, "127.0.0.1"), (2, Family::Inet6, "::1")] {
        let (peer, to) = peer(ip).await;
        lab.open_datagram(socket, family, PLENTY).await;
        let (local, told) = lab.connected(socket, to.clone()).await;
        assert_eq!(told, to);
        for length in [1, 0, 100, 0, 65_507, 2] {
            lab.data(socket, &vec![length as u8; length]).await;
            let (heard, from) = hear(&peer).await;
            assert_eq!((heard, Address::from(from)), (vec![length as u8; length], local.clone()));
            lab.credit_of(socket, datagram_cost(length)).await;
            peer.send_to(&vec![7; length], from).await.unwrap();
            assert_eq!(lab.datagram(socket).await, vec![7; length]);
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_datagram_that_is_too_long_fails_and_its_credit_comes_back() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (peer, to) = peer("127.0.0.1").await;
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    lab.send_to(1, &to, &[0; 65_508]).await;
    lab.bound(1).await;
    let (call, errno, sentence) = lab.failure(1).await;
    assert_eq!((call, errno.as_str()), (Call::SendTo, "EMSGSIZE"), "{sentence}");
    lab.credit_of(1, datagram_cost(65_508)).await;
    lab.send_to(1, &to, b"short").await;
    assert_eq!(hear(&peer).await.0, b"short");
    relay.stop().await;
}

#[tokio::test]
async fn unconnected_sockets_are_bound_to_loopback_and_tell_who_sends() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let ((one, to_one), (two, to_two)) = (peer("127.0.0.1").await, peer("127.0.0.1").await);
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    lab.send_to(1, &to_one, b"one").await;
    let local = lab.bound(1).await;
    assert_eq!(local.to_socket_addr().unwrap().ip(), Ipv4Addr::LOCALHOST);
    lab.send_to(1, &to_two, b"two").await;
    for (peer, to, text) in [(one, to_one, b"one"), (two, to_two, b"two")] {
        let (heard, from) = hear(&peer).await;
        assert_eq!((heard.as_slice(), Address::from(from)), (&text[..], local.clone()));
        peer.send_to(text, from).await.unwrap();
        assert_eq!(lab.received_from(1).await, (text.to_vec(), to));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_server_in_the_client_answers_who_asks() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    let local = lab.bind(1, inet("127.0.0.1:0")).await;
    for round in 0..3 {
        let (peer, address) = peer("127.0.0.1").await;
        peer.send_to(&[round], local.to_socket_addr().unwrap()).await.unwrap();
        let (asked, from) = lab.received_from(1).await;
        assert_eq!((asked, &from), (vec![round], &address));
        lab.send_to(1, &from, &[round + 1]).await;
        assert_eq!(hear(&peer).await.0, [round + 1]);
    }
    relay.stop().await;
}

#[tokio::test]
async fn binding_is_judged_as_for_streams() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, 0).await;
    let own = format!("127.0.0.1:{}", relay.port());
    for (at, errno) in [
        (inet("0.0.0.0:0"), "EACCES"),
        (inet("192.0.2.1:0"), "EACCES"),
        (inet("224.0.0.1:5000"), "EACCES"),
        (inet("127.0.0.1:53"), "EACCES"), // fixed port: refused
        (inet(&own), "EACCES"),
        (inet("[::1]:0"), "EAFNOSUPPORT"),
        (name("localhost", 0), "EINVAL"),
        (Address::Unix { path: "room".into() }, "EAFNOSUPPORT"),
    ] {
        lab.send(ClientMessage::Bind { socket: 1, at: at.clone() }).await;
        let (call, found, sentence) = lab.failure(1).await;
        assert_eq!((call, found.as_str()), (Call::Bind, errno), "{at}: {sentence}");
    }
    lab.bind(1, inet("127.0.0.1:0")).await;
    lab.send(ClientMessage::Bind { socket: 1, at: inet("127.0.0.1:0") }).await;
    assert_eq!(lab.failure(1).await.1, "EINVAL");
    relay.stop().await;
}

/// Promise 4, for every datagram: the spellings of `targets`, by SENDTO and by CONNECT.
#[tokio::test]
async fn beyond_loopback_is_refused_in_every_spelling() {
    let relay = Relay::start().await;
    let own = relay.port();
    let inet6 = |ip: &str| Address::Inet6 { ip: ip.parse().unwrap(), port: 53, scope: 0 };
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.open_datagram(2, Family::Inet6, 0).await;
    let spellings = [
        (1, inet("192.0.2.1:53")),
        (1, inet("255.255.255.255:53")),
        (1, inet("224.0.0.251:5353")),
        (1, inet("0.0.0.1:53")),
        (1, name("192.0.2.1", 53)),
        (1, name("3221225985", 53)),
        (1, name("0300.0.2.1", 53)),
        (1, name("0xC0000201", 53)),
        (1, name("192.513", 53)),
        (1, inet(&format!("127.0.0.1:{own}"))),
        (1, inet(&format!("0.0.0.0:{own}"))),
        (1, name("localhost", own)),
        (2, inet6("::ffff:192.0.2.1")),
        (2, inet6("2001:db8::1")),
        (2, inet6("fe80::1")),
        (2, inet6("ff02::1")),
        (2, inet6("::127.0.0.1")),
        (2, inet6("64:ff9b::7f00:1")),
        (2, name("::ffff:192.0.2.1", 53)),
        (2, Address::Inet6 { ip: Ipv6Addr::LOCALHOST, port: own, scope: 0 }),
    ];
    for (socket, to) in spellings {
        lab.send_to(socket, &to, b"x").await;
        let (call, errno, sentence) = lab.failure(socket).await;
        assert_eq!((call, errno.as_str()), (Call::SendTo, "EACCES"), "{to}: {sentence}");
        lab.credit_of(socket, datagram_cost(1)).await;
        lab.send(ClientMessage::Connect { socket, to: to.clone() }).await;
        let (call, errno, sentence) = lab.failure(socket).await;
        assert_eq!((call, errno.as_str()), (Call::Connect, "EACCES"), "{to}: {sentence}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn every_spelling_of_loopback_arrives() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (peer, address) = peer("127.0.0.1").await;
    let port = address.to_socket_addr().unwrap().port();
    let mapped = |ip: &str| Address::Inet6 { ip: ip.parse().unwrap(), port, scope: 0 };
    for (socket, family, to) in [
        (1, Family::Inet, inet(&format!("0.0.0.0:{port}"))),
        (2, Family::Inet, name("localhost", port)),
        (3, Family::Inet, name("2130706433", port)),
        (4, Family::Inet6, mapped("::ffff:127.0.0.1")),
        (5, Family::Inet6, mapped("::ffff:0.0.0.0")),
    ] {
        lab.open_datagram(socket, family, PLENTY).await;
        lab.send_to(socket, &to, &[socket as u8]).await;
        let local = lab.bound(socket).await.to_socket_addr().unwrap();
        assert!(local.ip().to_canonical().is_loopback(), "{to}: {local}");
        let (heard, from) = hear(&peer).await;
        assert_eq!((heard, from.port()), (vec![socket as u8], local.port()), "{to}");
        peer.send_to(b"back", from).await.unwrap();
        assert_eq!(lab.received_from(socket).await.0, b"back");
    }
    relay.stop().await;
}

/// Names lead to these addresses; the answer comes when the test says so, if it wants to.
struct Names(Vec<SocketAddr>, Mutex<Option<oneshot::Receiver<()>>>);

impl Resolver for Names {
    fn resolve(&self, _: &str) -> Resolving {
        let (addresses, wait) = (self.0.clone(), self.1.lock().unwrap().take());
        Box::pin(async move {
            if let Some(wait) = wait {
                wait.await.unwrap();
            }
            Ok(addresses)
        })
    }
}

#[tokio::test]
async fn a_name_with_one_forbidden_address_is_refused() {
    let (good, bad) = (peer("127.0.0.1").await, peer("127.0.0.9").await);
    for order in [["127.0.0.1:0", "127.0.0.9:0"], ["127.0.0.9:0", "127.0.0.1:0"]] {
        let addresses = order.map(|text| text.parse().unwrap()).to_vec();
        let relay = Relay::with(|config| {
            config.resolver = Arc::new(Names(addresses, Mutex::default()));
            config.deny = vec!["127.0.0.9".parse().unwrap()];
        })
        .await;
        let mut lab = relay.lab().await;
        lab.open_datagram(1, Family::Inet, PLENTY).await;
        for (_, to) in [&good, &bad] {
            let to = name("mixed.example", to.to_socket_addr().unwrap().port());
            lab.send_to(1, &to, b"x").await;
            let (_, errno, sentence) = lab.failure(1).await;
            assert_eq!(errno, "EACCES");
            assert!(sentence.contains("mixed.example") && sentence.contains("--deny"), "{sentence}");
        }
        relay.stop().await;
    }
    for (peer, _) in [good, bad] {
        assert!(peer.try_recv(&mut [0; 8]).is_err(), "nothing was sent");
    }
}

#[tokio::test]
async fn what_follows_a_name_waits_for_it() {
    let (go, wait) = oneshot::channel();
    let names = Names(vec!["127.0.0.1:0".parse().unwrap()], Mutex::new(Some(wait)));
    let relay = Relay::with(|config| config.resolver = Arc::new(names)).await;
    let mut lab = relay.lab().await;
    let (peer, to) = peer("127.0.0.1").await;
    let named = name("slow.example", to.to_socket_addr().unwrap().port());
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    lab.open_datagram(2, Family::Inet, PLENTY).await;
    lab.send_to(1, &named, b"first").await;
    lab.send_to(1, &to, b"second").await;
    lab.send(ClientMessage::Connect { socket: 1, to: to.clone() }).await;
    lab.data(1, b"third").await;
    lab.send(ClientMessage::Listen { socket: 1, backlog: 1 }).await;
    lab.send(ClientMessage::Accept { socket: 1, connections: 1, credit: 1 }).await;
    // Another socket does not wait.
    lab.send_to(2, &to, b"other").await;
    lab.answer().await;
    assert_eq!(hear(&peer).await.0, b"other");
    go.send(()).unwrap();
    for text in [&b"first"[..], b"second", b"third"] {
        assert_eq!(hear(&peer).await.0, text);
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_dead_port_is_an_error_and_the_socket_lives_on() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (dead, to) = peer("127.0.0.1").await;
    drop(dead);
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    lab.connected(1, to.clone()).await;
    for _ in 0..3 {
        lab.data(1, b"anybody?").await;
        let (call, errno, sentence) = lab.failure(1).await;
        assert!(matches!(call, Call::Send | Call::Recv), "{call}");
        assert_eq!(errno, "ECONNREFUSED", "{sentence}");
    }
    let alive = UdpSocket::bind(to.to_socket_addr().unwrap()).await.unwrap();
    lab.data(1, b"now").await;
    let (heard, from) = hear(&alive).await;
    assert_eq!(heard, b"now");
    alive.send_to(b"yes", from).await.unwrap();
    assert_eq!(lab.datagram(1).await, b"yes");
    relay.stop().await;
}

#[tokio::test]
async fn a_peer_can_be_changed_and_given_up() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let ((one, to_one), (two, to_two)) = (peer("127.0.0.1").await, peer("127.0.0.1").await);
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    lab.data(1, b"nobody").await;
    assert_eq!(lab.failure(1).await.1, "EDESTADDRREQ");
    let (local, _) = lab.connected(1, to_one.clone()).await;
    lab.data(1, b"1").await;
    assert_eq!(hear(&one).await.0, b"1");
    // While it is connected, others are not heard.
    two.send_to(b"not heard", local.to_socket_addr().unwrap()).await.unwrap();
    let (again, _) = lab.connected(1, to_two.clone()).await;
    assert_eq!(again, local);
    lab.data(1, b"2").await;
    assert_eq!(hear(&two).await.0, b"2");
    two.send_to(b"heard", local.to_socket_addr().unwrap()).await.unwrap();
    assert_eq!(lab.datagram(1).await, b"heard");
    // SENDTO of a connected socket goes elsewhere all the same, as Linux has it.
    lab.send_to(1, &to_one, b"aside").await;
    assert_eq!(hear(&one).await.0, b"aside");
    let (_, nobody) = lab.connected(1, inet("0.0.0.0:0")).await;
    assert_eq!(nobody, inet("0.0.0.0:0"));
    lab.data(1, b"nobody").await;
    assert_eq!(lab.failure(1).await.1, "EDESTADDRREQ");
    lab.send_to(1, &to_one, b"from a new port").await;
    let fresh = lab.bound(1).await;
    assert_eq!(Address::from(hear(&one).await.1), fresh);
    relay.stop().await;
}

#[tokio::test]
async fn a_datagram_is_read_when_the_credit_covers_all_of_it() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (peer, _) = peer("127.0.0.1").await;
    lab.open_datagram(1, Family::Inet, datagram_cost(10)).await;
    let local = lab.bind(1, inet("127.0.0.1:0")).await.to_socket_addr().unwrap();
    for length in [10, 100, 0, 0] {
        peer.send_to(&vec![1; length], local).await.unwrap();
    }
    assert_eq!(lab.received_from(1).await.0.len(), 10);
    // One byte less than the second one costs. An answer to another call shows that it has not come.
    lab.send(ClientMessage::Credit { socket: 1, bytes: datagram_cost(100) - 1 }).await;
    lab.open_datagram(2, Family::Inet, 0).await;
    lab.send(ClientMessage::Credit { socket: 1, bytes: 1 }).await;
    assert_eq!(lab.received_from(1).await.0.len(), 100);
    for _ in 0..2 {
        lab.send(ClientMessage::Credit { socket: 1, bytes: datagram_cost(0) }).await;
        assert_eq!(lab.received_from(1).await.0.len(), 0);
    }
    relay.stop().await;
}

#[tokio::test]
async fn broken_credit_rules_reset_the_socket_and_no_other() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (peer, to) = peer("127.0.0.1").await;
    lab.open_datagram(9, Family::Inet, PLENTY).await;
    let window = lab.open_datagram(1, Family::Inet, 0).await;
    // Nothing is granted back meanwhile: all of it comes in one message of the WebSocket's client, before any turn.
    let long = usize::try_from(window).unwrap();
    lab.send_to(1, &to, &vec![0; long]).await;
    let (call, errno, _) = lab.failure(1).await;
    assert_eq!((call, errno.as_str()), (Call::Send, "ENOBUFS"));
    assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 1, .. }));
    // Its number is still taken, and what comes for it is passed over.
    lab.send_to(1, &to, b"x").await;
    lab.send(ClientMessage::Credit { socket: 1, bytes: 1 }).await;
    lab.open_datagram(2, Family::Inet, u32::MAX).await;
    lab.send(ClientMessage::Credit { socket: 2, bytes: 1 }).await;
    let (call, errno, _) = lab.failure(2).await;
    assert_eq!((call, errno.as_str()), (Call::Recv, "EOVERFLOW"));
    assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 2, .. }));
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.send_to(9, &to, b"undisturbed").await;
    assert_eq!(hear(&peer).await.0, b"undisturbed");
    relay.stop().await;
}

/// Calls that cost no credit are bounded as well: they wait behind a name that is never found.
#[tokio::test]
async fn a_flood_of_calls_behind_a_name_is_a_breach() {
    let (_never, wait) = oneshot::channel();
    let names = Names(Vec::new(), Mutex::new(Some(wait)));
    let relay = Relay::with(|config| config.resolver = Arc::new(names)).await;
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.send_to(1, &name("never.example", 1), b"").await;
    for _ in 0..2000 {
        lab.send(ClientMessage::Shutdown { socket: 1, how: How::Read }).await;
    }
    assert_eq!(lab.failure(1).await.1, "ENOBUFS");
    assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 1, .. }));
    // Names that cannot be any are not even kept.
    lab.open_datagram(2, Family::Inet, 0).await;
    lab.send_to(2, &name(&"n".repeat(100_000), 1), b"").await;
    assert_eq!(lab.failure(2).await.1, "ENAMETOOLONG");
    relay.stop().await;
}

#[tokio::test]
async fn sockets_of_the_wrong_kind_say_so() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.open(2, Family::Inet, 0).await;
    let to = inet("127.0.0.1:9"); // fixed port: refused
    for (message, call, errno) in [
        (ClientMessage::Listen { socket: 1, backlog: 1 }, Call::Listen, "EOPNOTSUPP"),
        (ClientMessage::Accept { socket: 1, connections: 1, credit: 1 }, Call::Accept, "EOPNOTSUPP"),
        (ClientMessage::Shutdown { socket: 1, how: How::Both }, Call::Shutdown, "ENOTCONN"),
        (ClientMessage::SendTo { socket: 1, to: inet("127.0.0.1:0"), bytes: b"x"[..].into() }, Call::SendTo, "EINVAL"),
        (
            ClientMessage::SendTo { socket: 1, to: inet("[::1]:9"), bytes: b"x"[..].into() }, // fixed port: refused
            Call::SendTo,
            "EAFNOSUPPORT",
        ),
        (ClientMessage::SendTo { socket: 2, to, bytes: b"x"[..].into() }, Call::SendTo, "EOPNOTSUPP"),
    ] {
        let socket = message.socket();
        lab.send(message.clone()).await;
        let (found, name, sentence) = lab.failure(socket).await;
        assert_eq!((found, name.as_str()), (call, errno), "{message:?}: {sentence}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn shut_down_sockets_are_quiet() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (peer, to) = peer("127.0.0.1").await;
    lab.open_datagram(1, Family::Inet, PLENTY).await;
    let (local, _) = lab.connected(1, to).await;
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Write }).await;
    lab.data(1, b"x").await;
    assert_eq!(lab.failure(1).await.1, "EPIPE");
    peer.send_to(b"still heard", local.to_socket_addr().unwrap()).await.unwrap();
    assert_eq!(lab.datagram(1).await, b"still heard");
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Read }).await;
    lab.open_datagram(2, Family::Inet, 0).await;
    peer.send_to(b"not heard", local.to_socket_addr().unwrap()).await.unwrap();
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open_datagram(1, Family::Inet, 0).await;
    relay.stop().await;
}

/// What is queued behind a name when the session ends is still sent.
#[tokio::test]
async fn closing_sends_what_is_queued() {
    let (go, wait) = oneshot::channel();
    let names = Names(vec!["127.0.0.1:0".parse().unwrap()], Mutex::new(Some(wait)));
    let relay = Relay::with(|config| {
        config.resolver = Arc::new(names);
        config.limits.grace_time = std::time::Duration::from_secs(10);
    })
    .await;
    let mut lab = relay.lab().await;
    let (peer, to) = peer("127.0.0.1").await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.send_to(1, &name("slow.example", to.to_socket_addr().unwrap().port()), b"last words").await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open_datagram(1, Family::Inet, 0).await;
    drop(lab);
    go.send(()).unwrap();
    assert_eq!(hear(&peer).await.0, b"last words");
    relay.stop().await;
}

/// One socket is flooded; another one's answers are not kept waiting, and nothing that is told is torn or out of order.
#[tokio::test]
async fn a_flood_disturbs_no_other_socket() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, u32::MAX).await;
    let flooded = lab.bind(1, inet("127.0.0.1:0")).await.to_socket_addr().unwrap();
    let (quiet, to) = peer("127.0.0.1").await;
    lab.open_datagram(2, Family::Inet, PLENTY).await;
    lab.connected(2, to).await;
    let flood = tokio::spawn(async move {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for count in 0_u64.. {
            let mut datagram = [0; 1000];
            datagram[..8].copy_from_slice(&count.to_le_bytes());
            if socket.send_to(&datagram, flooded).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    });
    let (mut last, mut seen, mut rounds) = (None, 0_u64, 0);
    lab.data(2, b"ping").await;
    while rounds < 50 || seen < 2000 {
        if let Ok((_, from)) = quiet.try_recv_from(&mut [0; 16]) {
            quiet.send_to(b"pong", from).await.unwrap();
        }
        match lab.next().await {
            ServerMessage::RecvFrom { socket: 1, bytes, .. } => {
                assert_eq!(bytes.len(), 1000);
                let count = u64::from_le_bytes(bytes[..8].try_into().unwrap());
                assert!(last < Some(count), "{last:?} {count}");
                (last, seen) = (Some(count), seen + 1);
            }
            ServerMessage::Data { socket: 2, .. } => {
                rounds += 1;
                lab.data(2, b"ping").await;
            }
            ServerMessage::Credit { .. } => {}
            other => panic!("{}", show(&other)),
        }
        assert!(seen < 1 << 20, "the quiet socket starves: {rounds} rounds");
    }
    flood.abort();
    relay.stop().await;
}
