//! Promise 6: Unix datagram sockets in one directory, and the tricks that lead out of it. How paths are resolved is tested
//! beside the code (`src/unix/tests.rs`); here are the sockets, whom they can talk to, and what is left behind.

use crate::harness::{Lab, Relay, show, within};
use relay::UnixDirectory;
use relay_proto::{Address, Call, ClientMessage, Family, Kind, ServerMessage, datagram_cost};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixDatagram;

const PLENTY: u32 = 1 << 20;

struct Ground {
    _all: TempDir,
    inside: PathBuf,
    outside: PathBuf,
    relay: Relay,
}

async fn ground() -> Ground {
    let all = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(all.path()).unwrap();
    let (inside, outside) = (root.join("inside"), root.join("outside"));
    fs::create_dir(&outside).unwrap();
    let directory = UnixDirectory::open(&inside).unwrap();
    let relay = Relay::with(|config| config.unix = Some(Arc::new(directory))).await;
    Ground { _all: all, inside, outside, relay }
}

fn unix(path: &str) -> Address {
    Address::Unix { path: path.to_owned() }
}

async fn hear(peer: &UnixDatagram) -> (Vec<u8>, Option<PathBuf>) {
    let mut buffer = vec![0; 1 << 16];
    let (length, from) = within("a datagram", peer.recv_from(&mut buffer)).await.unwrap();
    buffer.truncate(length);
    (buffer, from.as_pathname().map(PathBuf::from))
}

async fn refused(lab: &mut Lab, message: ClientMessage<'_>) -> (Call, String, String) {
    let socket = message.socket();
    lab.send(message).await;
    lab.failure(socket).await
}

#[tokio::test]
async fn without_the_flag_there_are_none_and_welcome_says_how_to_get_them() {
    let relay = Relay::start().await;
    let mut lab = relay.lab_unwelcomed().await;
    let ServerMessage::Welcome { capabilities, .. } = lab.next().await else {
        panic!("WELCOME comes first");
    };
    let unix = capabilities.iter().find(|capability| capability.name == "unix").unwrap();
    assert!(!unix.available && unix.reason.contains("--unix-dir"), "{unix:?}");
    let open = ClientMessage::Open { socket: 1, family: Family::Unix, kind: Kind::Datagram, credit: 0 };
    let (call, errno, sentence) = refused(&mut lab, open).await;
    assert_eq!((call, errno.as_str()), (Call::Socket, "EAFNOSUPPORT"));
    assert!(sentence.contains("--unix-dir"), "{sentence}");
    relay.stop().await;
    let ground = ground().await;
    let mut lab = ground.relay.lab_unwelcomed().await;
    let ServerMessage::Welcome { capabilities, .. } = lab.next().await else {
        panic!("WELCOME comes first");
    };
    let unix = capabilities.iter().find(|capability| capability.name == "unix").unwrap();
    assert!(unix.available && unix.reason == ground.inside.to_str().unwrap(), "{unix:?}");
    ground.relay.stop().await;
}

#[tokio::test]
async fn programs_in_the_directory_ask_and_are_answered() {
    let ground = ground().await;
    fs::create_dir(ground.inside.join("chat")).unwrap();
    let mut lab = ground.relay.lab().await;
    for (socket, path) in [(1, "server"), (2, "chat/server")] {
        lab.open_datagram(socket, Family::Unix, PLENTY).await;
        assert_eq!(lab.bind(socket, unix(path)).await, unix(path));
        let client = UnixDatagram::bind(ground.inside.join(format!("client{socket}"))).unwrap();
        client.send_to(b"question", ground.inside.join(path)).await.unwrap();
        let (asked, from) = lab.received_from(socket).await;
        assert_eq!((asked.as_slice(), &from), (&b"question"[..], &unix(&format!("client{socket}"))));
        lab.send_to(socket, &from, b"answer").await;
        let (heard, from) = hear(&client).await;
        assert_eq!(heard, b"answer");
        // What the program sees as the server's address leads back to it.
        client.send_to(b"thanks", from.unwrap()).await.unwrap();
        assert_eq!(lab.received_from(socket).await.0, b"thanks");
    }
    // Who has no name, or one outside, is shown without one.
    let nobody = UnixDatagram::unbound().unwrap();
    let outsider = UnixDatagram::bind(ground.outside.join("client")).unwrap();
    for peer in [nobody, outsider] {
        peer.send_to(b"", ground.inside.join("server")).await.unwrap();
        assert_eq!(lab.received_from(1).await, (Vec::new(), unix("")));
    }
    for (message, errno) in [
        (ClientMessage::SendTo { socket: 1, to: unix(""), bytes: b""[..].into() }, "EINVAL"),
        (ClientMessage::Bind { socket: 1, at: unix("again") }, "EINVAL"),
    ] {
        assert_eq!(refused(&mut lab, message).await.1, errno);
    }
    ground.relay.stop().await;
}

#[tokio::test]
async fn two_sessions_talk_and_leave_nothing_behind() {
    let ground = ground().await;
    let (mut one, mut two) = (ground.relay.lab().await, ground.relay.lab().await);
    one.open_datagram(1, Family::Unix, PLENTY).await;
    one.bind(1, unix("one")).await;
    two.open_datagram(1, Family::Unix, PLENTY).await;
    two.bind(1, unix("two")).await;
    // Another session's path is taken, and stays when that fails.
    two.open_datagram(2, Family::Unix, 0).await;
    let bind = ClientMessage::Bind { socket: 2, at: unix("one") };
    assert_eq!(refused(&mut two, bind).await.1, "EADDRINUSE");
    two.send(ClientMessage::Close { socket: 2 }).await;
    assert_eq!(two.connected(1, unix("one")).await, (unix("two"), unix("one")));
    two.data(1, b"to one").await;
    assert_eq!(one.received_from(1).await, (b"to one".to_vec(), unix("two")));
    one.connected(1, unix("two")).await;
    one.data(1, b"to two").await;
    assert_eq!(two.datagram(1).await, b"to two");
    // One is connected to two, so it hears no third.
    one.open_datagram(3, Family::Unix, 0).await;
    let third = ClientMessage::SendTo { socket: 3, to: unix("one"), bytes: b""[..].into() };
    assert_eq!(refused(&mut one, third).await.1, "EPERM");
    one.connected(1, unix("")).await;
    one.send_to(3, &unix("one"), b"third").await;
    assert_eq!(one.received_from(1).await, (b"third".to_vec(), unix("")));
    // At CLOSE, and at the end of a session.
    one.send(ClientMessage::Close { socket: 1 }).await;
    one.open_datagram(1, Family::Unix, 0).await;
    assert!(!ground.inside.join("one").exists() && ground.inside.join("two").exists());
    two.data(1, b"gone").await;
    assert_eq!(two.failure(1).await.1, "ECONNREFUSED");
    one.bind(1, unix("one")).await;
    drop((one, two));
    ground.relay.stop().await;
    assert_eq!(fs::read_dir(&ground.inside).unwrap().count(), 0);
}

#[tokio::test]
async fn a_dead_or_missing_receiver_is_told() {
    let ground = ground().await;
    let mut lab = ground.relay.lab().await;
    drop(UnixDatagram::bind(ground.inside.join("dead")).unwrap());
    fs::write(ground.inside.join("file"), "").unwrap();
    let _stream = tokio::net::UnixListener::bind(ground.inside.join("stream")).unwrap();
    lab.open_datagram(1, Family::Unix, 0).await;
    for (path, errno) in
        [("dead", "ECONNREFUSED"), ("none", "ENOENT"), ("file", "ECONNREFUSED"), ("stream", "EPROTOTYPE")]
    {
        let sent = ClientMessage::SendTo { socket: 1, to: unix(path), bytes: b"xy"[..].into() };
        let (call, found, sentence) = refused(&mut lab, sent).await;
        assert_eq!((call, found.as_str()), (Call::SendTo, errno), "{path}: {sentence}");
        lab.credit_of(1, datagram_cost(2)).await;
        let connect = ClientMessage::Connect { socket: 1, to: unix(path) };
        let (call, found, sentence) = refused(&mut lab, connect).await;
        assert_eq!((call, found.as_str()), (Call::Connect, errno), "{path}: {sentence}");
    }
    ground.relay.stop().await;
}

#[tokio::test]
async fn every_way_out_is_refused_by_every_call() {
    let ground = ground().await;
    let secret = ground.outside.join("secret");
    let outside = UnixDatagram::bind(&secret).unwrap();
    symlink(&secret, ground.inside.join("absolute")).unwrap();
    symlink("../outside/secret", ground.inside.join("relative")).unwrap();
    symlink(&ground.outside, ground.inside.join("dir")).unwrap();
    symlink("/proc/self/root", ground.inside.join("root")).unwrap();
    fs::hard_link(&secret, ground.inside.join("hard")).unwrap();
    let rooted = format!("root{}", secret.display());
    let mut lab = ground.relay.lab().await;
    lab.open_datagram(1, Family::Unix, PLENTY).await;
    let paths = ["absolute", "relative", "dir/secret", "../outside/secret", secret.to_str().unwrap(), &rooted, "hard"];
    for path in paths {
        let calls = [
            ClientMessage::SendTo { socket: 1, to: unix(path), bytes: b"x"[..].into() },
            ClientMessage::Connect { socket: 1, to: unix(path) },
        ];
        for message in calls {
            let (_, errno, sentence) = refused(&mut lab, message).await;
            assert_eq!(errno, "EACCES", "{path}: {sentence}");
        }
    }
    for path in ["dir/new", "../new", "/tmp/new", "root/new"] {
        let (_, errno, sentence) = refused(&mut lab, ClientMessage::Bind { socket: 1, at: unix(path) }).await;
        assert_eq!(errno, "EACCES", "{path}: {sentence}");
    }
    for path in ["", "\0abstract", "a\0b"] {
        let (_, errno, sentence) = refused(&mut lab, ClientMessage::Bind { socket: 1, at: unix(path) }).await;
        assert_eq!(errno, "EINVAL", "{path:?}: {sentence}");
    }
    assert!(outside.try_recv(&mut [0; 8]).is_err(), "nothing was sent");
    assert_eq!(fs::read_dir(&ground.outside).unwrap().count(), 1);
    ground.relay.stop().await;
}

/// The time that this process has spent on a processor.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// A receiver that does not read stops its sender and nobody else, without any work meanwhile, and loses nothing. Both
/// ways to name it, and a receiver that is full of what others sent.
#[tokio::test]
async fn a_full_receiver_is_waited_for() {
    let ground = ground().await;
    let mut lab = ground.relay.lab().await;
    for connected in [false, true] {
        let path = format!("slow{connected}");
        let receiver = UnixDatagram::bind(ground.inside.join(&path)).unwrap();
        let other = std::os::unix::net::UnixDatagram::unbound().unwrap();
        other.set_nonblocking(true).unwrap();
        let mut foreign = 0;
        while other.send_to(b"foreign", ground.inside.join(&path)).is_ok() {
            foreign += 1;
        }
        assert!(foreign > 0);
        let socket = u32::from(connected) + 1;
        lab.open_datagram(socket, Family::Unix, 0).await;
        if connected {
            lab.connected(socket, unix(&path)).await;
        }
        for count in 0_u8..100 {
            if connected {
                lab.data(socket, &[count]).await;
            } else {
                lab.send_to(socket, &unix(&path), &[count]).await;
            }
        }
        // Another socket is served meanwhile.
        lab.open_datagram(3, Family::Unix, 0).await;
        lab.send(ClientMessage::Close { socket: 3 }).await;
        let before = processor_time();
        let quiet = tokio::time::timeout(Duration::from_millis(300), lab.next()).await;
        assert!(quiet.is_err(), "nothing was taken: {}", show(&quiet));
        let busy = processor_time() - before;
        assert!(busy < Duration::from_millis(100), "{busy:?} of work while everything waits");
        for _ in 0..foreign {
            assert_eq!(hear(&receiver).await.0, b"foreign");
        }
        for count in 0..100 {
            assert_eq!(hear(&receiver).await.0, [count]);
        }
        lab.credit_of(socket, 100 * datagram_cost(1)).await;
    }
    ground.relay.stop().await;
}

#[tokio::test]
async fn datagrams_longer_than_those_of_udp_arrive_whole() {
    let ground = ground().await;
    let mut lab = ground.relay.lab().await;
    let peer = UnixDatagram::bind(ground.inside.join("peer")).unwrap();
    lab.open_datagram(1, Family::Unix, PLENTY).await;
    lab.bind(1, unix("me")).await;
    let long: Vec<_> = (0..150_000).map(|at| at as u8).collect();
    peer.send_to(&long, ground.inside.join("me")).await.unwrap();
    assert!(lab.received_from(1).await == (long.clone(), unix("peer")));
    lab.send_to(1, &unix("peer"), &long).await;
    let mut buffer = vec![0; 1 << 18];
    let length = within("a datagram", peer.recv(&mut buffer)).await.unwrap();
    assert!(buffer[..length] == long);
    ground.relay.stop().await;
}
