//! Capture: every packet of the watched connection, from its first one on, exactly once, and no packet of anything else.
//!
//! It takes CAP_NET_RAW. Without it these tests say so and are passed over, but for those that want it to be missing.

use crate::harness::{Lab, Relay, accept, listener, show, within};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use relay::TapMode;
use relay_proto::{Address, Call, Capability, ClientMessage, Direction, Family, ServerMessage};
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

const PLENTY: u32 = 1 << 20;

async fn capability(lab: &mut Lab, name: &str) -> Capability {
    match lab.next().await {
        ServerMessage::Welcome { capabilities, .. } => capabilities.into_iter().find(|it| it.name == name).unwrap(),
        other => panic!("WELCOME was expected, not {}", show(&other)),
    }
}

/// A relay that captures; none where this process may not, which is told.
async fn tapping() -> Option<Relay> {
    let relay = Relay::with(|config| config.tap = TapMode::Auto).await;
    let mut lab = relay.lab_unwelcomed().await;
    let capture = capability(&mut lab, "capture").await;
    drop(lab);
    if capture.available {
        return Some(relay);
    }
    println!("passed over: {}", capture.reason);
    relay.stop().await;
    None
}

fn watch(socket: u32) -> ClientMessage<'static> {
    ClientMessage::Watch { socket, info_every: 0, capture: true }
}

/// What a FRAME shows of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    direction: Direction,
    source: SocketAddr,
    destination: SocketAddr,
    /// As tcpdump writes them; empty for UDP.
    flags: String,
    numbers: (u32, u32),
    payload: Vec<u8>,
}

fn dissect(message: &ServerMessage<'_>) -> Seen {
    let ServerMessage::Frame { direction, link_type, length, bytes, .. } = message else {
        panic!("FRAME was expected, not {}", show(message));
    };
    assert_eq!(*link_type, 1, "loopback has Ethernet's header");
    assert!(*length as usize >= bytes.len() && bytes.len() <= 2048);
    let packet = SlicedPacket::from_ethernet(bytes).unwrap();
    let (source, destination): (IpAddr, IpAddr) = match packet.net.unwrap() {
        NetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        other => panic!("{other:?}"),
    };
    let (ports, flags, numbers, payload) = match packet.transport.unwrap() {
        TransportSlice::Tcp(tcp) => {
            let flags = [(tcp.syn(), 'S'), (tcp.fin(), 'F'), (tcp.rst(), 'R'), (tcp.psh(), 'P'), (tcp.ack(), '.')];
            let flags = flags.into_iter().filter_map(|(set, flag)| set.then_some(flag)).collect();
            let numbers = (tcp.sequence_number(), tcp.acknowledgment_number());
            ((tcp.source_port(), tcp.destination_port()), flags, numbers, tcp.payload().to_vec())
        }
        TransportSlice::Udp(udp) => {
            ((udp.source_port(), udp.destination_port()), String::new(), (0, 0), udp.payload().to_vec())
        }
        other => panic!("{other:?}"),
    };
    let (source, destination) = ((source, ports.0).into(), (destination, ports.1).into());
    Seen { direction: *direction, source, destination, flags, numbers, payload }
}

/// Reads until this many FINs were seen, or a RST, and gives the packets and everything else.
async fn until_the_end(lab: &mut Lab, fins: usize) -> (Vec<Seen>, Vec<ServerMessage<'static>>) {
    let (mut seen, mut others, mut last) = (Vec::<Seen>::new(), Vec::new(), 0);
    let ended = |seen: &[Seen]| {
        let count = |flag| seen.iter().filter(|packet| packet.flags.contains(flag)).count();
        count('F') >= fins || count('R') > 0
    };
    while !ended(&seen) {
        match lab.next().await {
            frame @ ServerMessage::Frame { .. } => {
                assert!(frame.at() >= last, "packets are told in their order");
                last = frame.at();
                seen.push(dissect(&frame));
            }
            other => others.push(other),
        }
    }
    (seen, others)
}

/// Each packet is one of this connection's, in the right direction, and none is told twice.
fn check(seen: &[Seen], local: SocketAddr, peer: SocketAddr) {
    for (index, packet) in seen.iter().enumerate() {
        let ends = match packet.direction {
            Direction::Sent => (local, peer),
            Direction::Received => (peer, local),
        };
        assert_eq!((packet.source, packet.destination), ends, "{packet:?}");
        assert!(!seen[..index].contains(packet), "told twice: {packet:?}");
    }
}

#[tokio::test]
async fn an_exchange_is_seen_from_its_first_packet_on() {
    let Some(relay) = tapping().await else { return };
    for (family, ip) in [(Family::Inet, "127.0.0.1"), (Family::Inet6, "::1")] {
        let listener = tokio::net::TcpListener::bind((ip, 0)).await.unwrap();
        let peer = listener.local_addr().unwrap();
        let mut lab = relay.lab().await;
        lab.open(1, family, PLENTY).await;
        lab.send(watch(1)).await;
        lab.send(ClientMessage::Connect { socket: 1, to: peer.into() }).await;
        let mut server = accept(&listener).await;
        let local = server.peer_addr().unwrap();
        lab.data(1, b"hello!").await;
        let mut heard = [0; 6];
        server.read_exact(&mut heard).await.unwrap();
        server.write_all(b"hi").await.unwrap();
        lab.send(ClientMessage::Shutdown { socket: 1, how: relay_proto::How::Write }).await;
        within("the FIN", server.read_to_end(&mut Vec::new())).await.unwrap();
        drop(server);
        let (seen, others) = until_the_end(&mut lab, 2).await;
        check(&seen, local, peer);
        let shown: Vec<_> = seen.iter().map(|packet| (packet.direction, packet.flags.as_str())).collect();
        let handshake = [(Direction::Sent, "S"), (Direction::Received, "S."), (Direction::Sent, ".")];
        assert_eq!(shown[..3], handshake, "{shown:?}");
        let payloads: Vec<_> = seen.iter().filter(|packet| !packet.payload.is_empty()).collect();
        assert_eq!(payloads.len(), 2, "{shown:?}");
        assert_eq!((payloads[0].direction, payloads[0].payload.as_slice()), (Direction::Sent, &b"hello!"[..]));
        assert_eq!((payloads[1].direction, payloads[1].payload.as_slice()), (Direction::Received, &b"hi"[..]));
        assert!(seen.len() <= 10, "{shown:?}");
        let connected = others.iter().find(|message| matches!(message, ServerMessage::Connected { .. }));
        let Some(ServerMessage::Connected { called_at, at, .. }) = connected else {
            panic!("{others:?}");
        };
        assert!(called_at <= at);
    }
    relay.stop().await;
}

/// The RST of an attempt that failed is seen, and then the next attempt, whose address is another one.
#[tokio::test]
async fn attempts_that_fail_are_seen_as_well() {
    let Some(relay) = tapping().await else { return };
    let (dead, address) = listener().await;
    drop(dead);
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, PLENTY).await;
    lab.send(watch(1)).await;
    let (mut seen, mut refused) = (Vec::new(), 0);
    for _ in 0..2 {
        lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
        while refused + seen.len() < 3 {
            match lab.next().await {
                frame @ ServerMessage::Frame { .. } => seen.push(dissect(&frame)),
                ServerMessage::Error { errno, .. } if errno == "ECONNREFUSED" => refused += 1,
                other => panic!("{}", show(&other)),
            }
        }
        let flags: Vec<_> = seen.drain(..).map(|packet| packet.flags).collect();
        assert_eq!((flags, std::mem::take(&mut refused)), (vec!["S".to_owned(), "R.".to_owned()], 1));
    }
    relay.stop().await;
}

/// A connection is watched when it is there already: one that was accepted.
#[tokio::test]
async fn accepted_connections_are_seen_from_watch_on() {
    let Some(relay) = tapping().await else { return };
    let mut lab = relay.lab().await;
    let address = lab.serve(1, Family::Inet).await;
    lab.send(watch(1)).await;
    let (call, errno, _) = lab.error(1).await;
    assert_eq!((call, errno.as_str()), (Call::Capture, "ENOTCONN"));
    let (connection, mut client) = lab.accept_one(1, address, PLENTY).await;
    lab.send(watch(connection)).await;
    // An answer shows that WATCH has been done.
    lab.open(2, Family::Inet, 0).await;
    let local = client.local_addr().unwrap();
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let (seen, _) = until_the_end(&mut lab, 1).await;
    check(&seen, address, local);
    assert_eq!((seen[0].direction, seen[0].payload.as_slice()), (Direction::Received, &b"question"[..]));
    // Not any more.
    lab.send(ClientMessage::Watch { socket: connection, info_every: 0, capture: false }).await;
    lab.data(connection, b"answer").await;
    within("the answer", client.read_exact(&mut [0; 6])).await.unwrap();
    lab.send(ClientMessage::Close { socket: 3 }).await;
    loop {
        match lab.answer().await {
            ServerMessage::Error { socket: 3, .. } => break,
            frame @ ServerMessage::Frame { .. } => assert_ne!(dissect(&frame).payload, b"answer"),
            _ => {}
        }
    }
    relay.stop().await;
}

/// Everything around the watched connection that is like it: the same ports at other addresses, another session's
/// connection to the same server, datagrams between the same ports, the other family.
#[tokio::test]
async fn nothing_else_is_ever_seen() {
    let Some(relay) = tapping().await else { return };
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer: SocketAddr = ([127, 0, 0, 1], port).into();
    let (mut lab, mut other) = (relay.lab().await, relay.lab().await);
    lab.open(1, Family::Inet, PLENTY).await;
    lab.send(watch(1)).await;
    lab.send(ClientMessage::Connect { socket: 1, to: peer.into() }).await;
    let mut server = accept(&listener).await;
    let local = server.peer_addr().unwrap();
    other.connect(1, peer, PLENTY).await;
    let mut strangers = vec![accept(&listener).await];
    for (from, to) in [("127.0.0.2", "127.0.0.1"), ("127.0.0.1", "127.0.0.3"), ("127.0.0.4", "127.0.0.5")] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        // The same port as the watched connection's, where that is possible at this address.
        let at = SocketAddr::new(from.parse().unwrap(), local.port());
        if socket.bind(at).is_err() {
            socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        }
        strangers.push(socket.connect(SocketAddr::new(to.parse().unwrap(), port)).await.unwrap());
        strangers.push(accept(&listener).await);
    }
    let udp = UdpSocket::bind(local).await.unwrap();
    for round in 0..50 {
        for stranger in &mut strangers {
            stranger.write_all(b"not to be seen").await.unwrap();
        }
        other.data(1, b"not to be seen").await;
        udp.send_to(b"not to be seen", peer).await.unwrap();
        lab.data(1, &[round]).await;
        within("the bytes", server.read_exact(&mut [0])).await.unwrap();
    }
    lab.send(ClientMessage::Shutdown { socket: 1, how: relay_proto::How::Write }).await;
    within("the FIN", server.read_to_end(&mut Vec::new())).await.unwrap();
    drop(server);
    let (seen, _) = until_the_end(&mut lab, 2).await;
    check(&seen, local, peer);
    let bytes: Vec<_> = seen.iter().flat_map(|packet| packet.payload.clone()).collect();
    assert_eq!(bytes, (0..50).collect::<Vec<u8>>());
    relay.stop().await;
}

/// Both ends are this machine's, and both are watched: each sees what is its own.
#[tokio::test]
async fn two_sessions_see_both_sides() {
    let Some(relay) = tapping().await else { return };
    let (mut server, mut client) = (relay.lab().await, relay.lab().await);
    let address = server.serve(1, Family::Inet).await;
    server.send(ClientMessage::Accept { socket: 1, connections: 1, credit: PLENTY }).await;
    client.open(1, Family::Inet, PLENTY).await;
    client.connected(1, address.into()).await;
    let (connection, _, local, peer) = server.accepted(1).await;
    server.send(watch(connection)).await;
    server.open(2, Family::Inet, 0).await;
    client.send(watch(1)).await;
    client.open(2, Family::Inet, 0).await;
    client.data(1, b"ping").await;
    client.send(ClientMessage::Shutdown { socket: 1, how: relay_proto::How::Write }).await;
    let (local, peer) = (local.to_socket_addr().unwrap(), peer.to_socket_addr().unwrap());
    for (lab, direction, local, peer) in
        [(&mut server, Direction::Received, local, peer), (&mut client, Direction::Sent, peer, local)]
    {
        let (seen, _) = until_the_end(lab, 1).await;
        check(&seen, local, peer);
        assert_eq!((seen[0].direction, seen[0].payload.as_slice()), (direction, &b"ping"[..]));
    }
    relay.stop().await;
}

#[tokio::test]
async fn connected_datagrams_are_seen() {
    let Some(relay) = tapping().await else { return };
    let mut lab = relay.lab().await;
    for (socket, family, ip) in [(1, Family::Inet, "127.0.0.1"), (2, Family::Inet6, "::1")] {
        let real = UdpSocket::bind((ip, 0)).await.unwrap();
        let peer = real.local_addr().unwrap();
        lab.open_datagram(socket, family, 0).await;
        lab.send(watch(socket)).await;
        let (local, _) = lab.connected(socket, peer.into()).await;
        let local = local.to_socket_addr().unwrap();
        lab.data(socket, b"question").await;
        within("a datagram", real.recv(&mut [0; 16])).await.unwrap();
        real.send_to(b"answer", local).await.unwrap();
        let seen = [dissect(&lab.answer().await), dissect(&lab.answer().await)];
        check(&seen, local, peer);
        let payloads = seen.map(|packet| (packet.direction, packet.payload));
        let expected = [(Direction::Sent, b"question".to_vec()), (Direction::Received, b"answer".to_vec())];
        assert_eq!(payloads, expected);
    }
    relay.stop().await;
}

/// A client that does not read loses packets of the capture, and is told how many: none is unaccounted for.
#[tokio::test]
async fn what_the_capture_loses_is_counted() {
    const SENT: u32 = 20_000;
    let Some(relay) = tapping().await else { return };
    let real = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let peer = real.local_addr().unwrap();
    let mut lab = relay.lab().await;
    lab.open_datagram(1, Family::Inet, 0).await;
    lab.send(watch(1)).await;
    let (local, _) = lab.connected(1, peer.into()).await;
    let local = local.to_socket_addr().unwrap();
    // This thread is the relay's as well, so it reads nothing meanwhile.
    for count in 0..SENT {
        let mut datagram = [0; 1400];
        datagram[..4].copy_from_slice(&count.to_le_bytes());
        real.send_to(&datagram, local).unwrap();
    }
    let (mut seen, mut lost, mut last) = (0, 0, None);
    let mut count = |message: &ServerMessage<'_>, seen: &mut u32| {
        let ServerMessage::Frame { lost: more, length, .. } = message else {
            panic!("FRAME was expected, not {}", show(message));
        };
        lost += more;
        *seen += 1;
        assert_eq!(*length, 14 + 20 + 8 + 1400);
        let number = u32::from_le_bytes(dissect(message).payload[..4].try_into().unwrap());
        assert!(last < Some(number), "{last:?} {number}");
        last = Some(number);
        (number, lost)
    };
    let first = lab.answer().await;
    count(&first, &mut seen);
    // One more, when there is room again, tells of the last ones that were lost.
    let (mut last, mut lost) = (0, 0);
    while last < SENT {
        let mut datagram = [0; 1400];
        datagram[..4].copy_from_slice(&SENT.to_le_bytes());
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), lab.next()).await;
        match waiting {
            Ok(message) => (last, lost) = count(&message, &mut seen),
            Err(_) => drop(real.send_to(&datagram, local).unwrap()),
        }
    }
    assert!(lost > 0 && seen + lost == SENT + 1, "{seen} seen, {lost} lost");
    relay.stop().await;
}

#[tokio::test]
async fn unix_sockets_and_others_cannot_be_captured() {
    let Some(relay) = tapping().await else { return };
    let mut lab = relay.lab().await;
    lab.send(watch(7)).await;
    assert_eq!(lab.error(7).await.1, "EBADF");
    lab.open(1, Family::Inet, 0).await;
    lab.send(ClientMessage::Lookup { socket: 2, name: "localhost".to_owned() }).await;
    lab.send(watch(1)).await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Addresses { .. }));
    relay.stop().await;
}

#[tokio::test]
async fn without_the_flag_welcome_and_watch_say_so() {
    let relay = Relay::start().await;
    let mut lab = relay.lab_unwelcomed().await;
    let capture = capability(&mut lab, "capture").await;
    assert!(!capture.available && capture.reason.contains("--tap"), "{capture:?}");
    lab.open(1, Family::Inet, 0).await;
    lab.send(watch(1)).await;
    let (call, errno, sentence) = lab.error(1).await;
    assert_eq!((call, errno.as_str()), (Call::Capture, "EPERM"));
    assert!(sentence.contains("--tap"), "{sentence}");
    relay.stop().await;
}

/// On a thread that has given up the privilege; capabilities are a thread's.
#[test]
fn without_the_privilege_the_reason_says_how_to_grant_it() {
    let thread = std::thread::spawn(|| {
        let mut sets = rustix::thread::capabilities(None).unwrap();
        sets.effective.remove(rustix::thread::CapabilitySet::NET_RAW);
        sets.permitted.remove(rustix::thread::CapabilitySet::NET_RAW);
        sets.inheritable.remove(rustix::thread::CapabilitySet::NET_RAW);
        rustix::thread::set_capabilities(None, sets).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let relay = Relay::with(|config| config.tap = TapMode::Auto).await;
            let mut lab = relay.lab_unwelcomed().await;
            let capture = capability(&mut lab, "capture").await;
            assert!(!capture.available);
            assert!(capture.reason.contains("sudo setcap cap_net_raw+ep /"), "{}", capture.reason);
            lab.open(1, Family::Inet, 0).await;
            lab.send(watch(1)).await;
            let (call, errno, sentence) = lab.error(1).await;
            assert_eq!((call, errno.as_str(), sentence), (Call::Capture, "EPERM", capture.reason));
            // The socket works all the same.
            let (listener, address) = listener().await;
            lab.connected(1, Address::from(address)).await;
            drop::<TcpStream>(accept(&listener).await);
            relay.stop().await;
            let config = |config: &mut relay::Config| config.tap = TapMode::Require;
            let required = Relay::with(config).await.begin_stop();
            let error = within("the refusal", required).await.unwrap().unwrap_err();
            assert!(error.to_string().contains("setcap"), "{error}");
        });
    });
    thread.join().unwrap();
}
