//! Unix streams: client and server, within the relay's directory, beside real ones of the standard library; where they are
//! like TCP and where not.

use crate::harness::{Lab, Relay, show, within};
use relay::UnixDirectory;
use relay_proto::{Address, Call, ClientMessage, Family, How, OptionValue, ServerMessage, SocketOption};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

async fn relay() -> (Relay, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let unix = Arc::new(UnixDirectory::open(directory.path()).unwrap());
    (Relay::with(|config| config.unix = Some(unix)).await, directory)
}

fn at(path: &str) -> Address {
    Address::Unix { path: path.to_owned() }
}

impl Lab {
    async fn serve_unix(&mut self, socket: u32, path: &str) {
        self.open(socket, Family::Unix, 0).await;
        assert_eq!(self.bind(socket, at(path)).await, at(path));
        assert_eq!(self.listen(socket, 5).await, (at(path), 5));
    }

    async fn accept_unix(&mut self, listener: u32, to: &Path, credit: u32) -> (u32, UnixStream) {
        self.send(ClientMessage::Accept { socket: listener, connections: 1, credit }).await;
        let peer = UnixStream::connect(to).await.unwrap();
        let (connection, _, local, from) = self.accepted(listener).await;
        assert_eq!((Some(local), from), (to.file_name().map(|name| at(name.to_str().unwrap())), at("")));
        (connection, peer)
    }
}

#[tokio::test]
async fn a_client_speaks_with_a_real_server() {
    let (relay, directory) = relay().await;
    let mut lab = relay.lab().await;
    let listener = UnixListener::bind(directory.path().join("real")).unwrap();
    lab.open(1, Family::Unix, 1000).await;
    lab.bind(1, at("me")).await;
    lab.send(ClientMessage::Connect { socket: 1, to: at("real") }).await;
    let connected = lab.answer().await;
    let ServerMessage::Connected { local, peer, .. } = &connected else { panic!("{connected:?}") };
    assert_eq!((local, peer), (&at("me"), &at("real")));
    let (mut peer, from) = within("a connection", listener.accept()).await.unwrap();
    assert_eq!(from.as_pathname().unwrap(), directory.path().join("me").canonicalize().unwrap());
    lab.data(1, b"hello!").await;
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Write }).await;
    let mut heard = Vec::new();
    within("hello and the end", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"hello!");
    peer.write_all(b"hi").await.unwrap();
    assert_eq!(lab.receive(1, 2).await, b"hi");
    peer.shutdown().await.unwrap();
    assert!(matches!(lab.answer().await, ServerMessage::Fin { socket: 1, .. }));
    // The file stays as long as the socket.
    assert!(directory.path().join("me").exists());
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open(1, Family::Inet, 0).await;
    assert!(!directory.path().join("me").exists());
    relay.stop().await;
}

#[tokio::test]
async fn a_server_speaks_with_real_clients_and_takes_its_file_along() {
    let (relay, directory) = relay().await;
    let mut lab = relay.lab().await;
    let path = directory.path().join("room");
    lab.serve_unix(1, "room").await;
    let (connection, mut peer) = lab.accept_unix(1, &path, 5).await;
    assert_eq!(connection, 0x8000_0000);
    peer.write_all(b"hello and more than the credit").await.unwrap();
    assert_eq!(lab.receive(connection, 5).await, b"hello");
    lab.data(connection, b"hi").await;
    let mut heard = [0; 2];
    within("hi", peer.read_exact(&mut heard)).await.unwrap();
    let mut waiting = UnixStream::connect(&path).await.unwrap();
    lab.send(ClientMessage::Close { socket: 1 }).await;
    // unix_release_sock: who waits in the queue of a socket that closes is reset.
    let end = within("the end", waiting.read(&mut [0; 9])).await;
    assert!(end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    lab.open(1, Family::Unix, 0).await;
    assert!(!path.exists());
    // The connection goes on without its server.
    lab.send(ClientMessage::Credit { socket: connection, bytes: 4 }).await;
    assert_eq!(lab.receive(connection, 4).await, b" and");
    assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
    relay.stop().await;
}

#[tokio::test]
async fn both_ends_in_one_session_and_many_bytes() {
    let (relay, _directory) = relay().await;
    let mut lab = relay.lab().await;
    lab.serve_unix(1, "room").await;
    lab.send(ClientMessage::Accept { socket: 1, connections: 1, credit: 0 }).await;
    lab.open(2, Family::Unix, 0).await;
    lab.send(ClientMessage::Connect { socket: 2, to: at("room") }).await;
    let mut seen = (false, None);
    while !seen.0 || seen.1.is_none() {
        match lab.answer().await {
            ServerMessage::Connected { socket: 2, .. } => seen.0 = true,
            ServerMessage::Accepted { socket: 1, connection, .. } => seen.1 = Some(connection),
            other => panic!("{}", show(&other)),
        }
    }
    let server = seen.1.unwrap();
    let block: Vec<u8> = (0..200_000).map(|index: u32| (index % 251) as u8).collect();
    lab.data(2, &block).await;
    // The reader's credit is what moves them.
    let mut heard = Vec::new();
    while heard.len() < block.len() {
        lab.send(ClientMessage::Credit { socket: server, bytes: 50_000 }).await;
        heard.extend(lab.receive(server, 50_000).await);
    }
    assert!(heard == block);
    relay.stop().await;
}

/// A Unix socket knows no RST: who closes with unread bytes resets, and who writes to a closed peer gets EPIPE.
#[tokio::test]
async fn ends_are_told_as_the_kernel_tells_them() {
    let (relay, directory) = relay().await;
    let mut lab = relay.lab().await;
    let path = directory.path().join("room");
    lab.serve_unix(1, "room").await;
    // The peer closes, and what the client then writes is refused.
    let (connection, peer) = lab.accept_unix(1, &path, 100).await;
    drop(peer);
    assert!(matches!(lab.answer().await, ServerMessage::Fin { socket, .. } if socket == connection));
    lab.data(connection, b"too late").await;
    let (call, errno, _) = lab.error(connection).await;
    assert_eq!((call, errno.as_str()), (Call::Send, "EPIPE"));
    assert!(matches!(lab.answer().await, ServerMessage::Reset { socket, .. } if socket == connection));
    lab.send(ClientMessage::Close { socket: connection }).await;
    // The peer closes with something unread, seen even while nothing is read here.
    for credit in [100, 0] {
        let (connection, mut peer) = lab.accept_unix(1, &path, credit).await;
        lab.data(connection, b"never read").await;
        peer.readable().await.unwrap();
        drop(peer);
        assert!(matches!(lab.answer().await, ServerMessage::Reset { socket, .. } if socket == connection));
        lab.send(ClientMessage::Close { socket: connection }).await;
        peer = UnixStream::connect(&path).await.unwrap();
        lab.send(ClientMessage::Accept { socket: 1, connections: 1, credit: 0 }).await;
        let (connection, ..) = lab.accepted(1).await;
        // The client's RESET is a close here.
        lab.send(ClientMessage::Reset { socket: connection }).await;
        assert_eq!(within("the end", peer.read(&mut [0; 9])).await.unwrap(), 0);
    }
    relay.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_an_error() {
    let (relay, directory) = relay().await;
    let mut lab = relay.lab().await;
    drop(UnixListener::bind(directory.path().join("dead")).unwrap());
    std::fs::write(directory.path().join("file"), "no socket").unwrap();
    for socket in 1..=3 {
        lab.open(socket, Family::Unix, 0).await;
    }
    lab.open(4, Family::Inet, 0).await;
    let connect = |socket, path: &str| ClientMessage::Connect { socket, to: at(path) };
    let bind = |socket, path: &str| ClientMessage::Bind { socket, at: at(path) };
    let inet = Address::from(relay.address);
    for (message, call, errno) in [
        (connect(1, "nobody"), Call::Connect, "ENOENT"),
        (connect(1, "dead"), Call::Connect, "ECONNREFUSED"),
        (connect(1, "file"), Call::Connect, "ECONNREFUSED"),
        (connect(1, "../outside"), Call::Connect, "EACCES"),
        (connect(1, ""), Call::Connect, "EINVAL"),
        (ClientMessage::Connect { socket: 1, to: inet.clone() }, Call::Connect, "EAFNOSUPPORT"),
        (bind(1, "dead"), Call::Bind, "EADDRINUSE"),
        (bind(1, "/etc/room"), Call::Bind, "EACCES"),
        (ClientMessage::Bind { socket: 1, at: inet }, Call::Bind, "EAFNOSUPPORT"),
        (ClientMessage::Listen { socket: 1, backlog: 1 }, Call::Listen, "EINVAL"),
        (connect(4, "dead"), Call::Connect, "EAFNOSUPPORT"),
        (bind(4, "x"), Call::Bind, "EAFNOSUPPORT"),
    ] {
        let what = show(&message);
        let (failed, name, sentence) = lab.fails(message).await;
        assert_eq!((failed, name.as_str()), (call, errno), "{what}: {sentence}");
    }
    // The same socket goes on: an attempt does not use a Unix socket up, nor its name.
    lab.bind(1, at("me")).await;
    assert_eq!(lab.fails(bind(1, "again")).await.1, "EINVAL");
    assert_eq!(lab.fails(connect(1, "dead")).await.1, "ECONNREFUSED");
    lab.serve_unix(5, "room").await;
    lab.send(connect(1, "room")).await;
    let connected = lab.answer().await;
    assert!(matches!(&connected, ServerMessage::Connected { local, .. } if *local == at("me")), "{connected:?}");
    let value = OptionValue::Number(0);
    let nodelay = ClientMessage::SetOption { socket: 1, option: SocketOption::TcpNoDelay, value };
    assert_eq!(lab.fails(nodelay).await.1, "ENOPROTOOPT");
    relay.stop().await;
    for name in ["me", "room"] {
        assert!(!directory.path().join(name).exists(), "{name} was left");
    }
    assert!(directory.path().join("dead").exists() && directory.path().join("file").exists());
}

/// A full backlog makes a program's `connect` wait; the relay's waits as well, and can be closed meanwhile.
#[tokio::test]
async fn connecting_waits_for_room_in_the_backlog() {
    let (relay, _directory) = relay().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Unix, 0).await;
    lab.bind(1, at("room")).await;
    lab.listen(1, 0).await;
    let mut connected = 0;
    for socket in 2..=4 {
        lab.open(socket, Family::Unix, 0).await;
    }
    for socket in 2..=4 {
        lab.send(ClientMessage::Connect { socket, to: at("room") }).await;
    }
    lab.send(ClientMessage::Lookup { socket: 9, name: "127.0.0.1".to_owned() }).await;
    let count = |message: &ServerMessage<'_>| u32::from(matches!(message, ServerMessage::Connected { .. }));
    loop {
        let message = lab.answer().await;
        connected += count(&message);
        if matches!(message, ServerMessage::Addresses { .. }) {
            break;
        }
    }
    assert!(connected < 3, "the backlog is finite");
    lab.send(ClientMessage::Close { socket: 4 }).await;
    lab.send(ClientMessage::Accept { socket: 1, connections: 3, credit: 0 }).await;
    let mut accepted = 0;
    while connected < 2 || accepted < 2 {
        let message = lab.answer().await;
        connected += count(&message);
        accepted += u32::from(matches!(message, ServerMessage::Accepted { .. }));
    }
    relay.stop().await;
}

#[tokio::test]
async fn without_a_directory_there_are_none() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let kind = relay_proto::Kind::Stream;
    let (call, errno, sentence) =
        lab.fails(ClientMessage::Open { socket: 1, family: Family::Unix, kind, credit: 0 }).await;
    assert_eq!((call, errno.as_str()), (Call::Socket, "EAFNOSUPPORT"));
    assert!(sentence.contains("--unix-dir"), "{sentence}");
    relay.stop().await;
}
