//! Calls on real sockets: a relay in this process, real peers on loopback, and what Linux gives its own programs.
//!
//! Absent: time measured; what a test waits for is an event.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relay::{Config, Limits, Token, UnixDirectory};
use relay_sockets::{Kernel, Output, Returned, Task};
use sim_core::errno::Errno;
use sim_core::program::{
    Address, Call, Events, Family, MessageFlags, OptionName, PollFd, Shutdown, SocketOption, SocketType,
};
use sim_core::time::Instant;
use sim_core::trace::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const TOKEN: &str = "0123456789abcdef-TOKEN";
/// What a correct relay never needs.
const TOO_LONG: Duration = Duration::from_secs(30);
const NONE: MessageFlags = MessageFlags::NONE;

const SERVER: Task = Task { process: 1, thread: 0 };
const CLIENT: Task = Task { process: 2, thread: 0 };

/// Programs' calls on real sockets.
struct Real {
    kernel: Kernel,
    ws: WebSocketStream<tokio::net::TcpStream>,
    begun: std::time::Instant,
    returned: VecDeque<Returned>,
}

impl Real {
    async fn start() -> Real {
        Real::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Real {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::new(TOKEN.parse::<Token>().unwrap(), Limits::default());
        change(&mut config);
        tokio::spawn(relay::serve(listener, config, std::future::pending()));
        let mut request = format!("ws://{address}/lab").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Authorization", format!("Bearer {TOKEN}").parse().unwrap());
        headers.insert("Sec-WebSocket-Protocol", relay_proto::SUBPROTOCOL.parse().unwrap());
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (ws, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        Real { kernel: Kernel::new(), ws, begun: std::time::Instant::now(), returned: VecDeque::new() }
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(self.begun.elapsed().as_nanos() as u64)
    }

    async fn drain(&mut self) {
        while let Some(output) = self.kernel.poll_output() {
            match output {
                Output::Message(bytes) => self.ws.send(Message::Binary(bytes.into())).await.unwrap(),
                Output::Returned(returned) => self.returned.push_back(returned),
            }
        }
    }

    async fn begin(&mut self, task: Task, call: Call) {
        let now = self.now();
        self.kernel.handle_call(task, call, now);
        self.drain().await;
    }

    /// The result of the call that this task has begun.
    async fn finish(&mut self, task: Task) -> Result<Value, Errno> {
        loop {
            if let Some(place) = self.returned.iter().position(|returned| returned.task == task) {
                return self.returned.remove(place).unwrap().result;
            }
            let limit = self.kernel.poll_timeout();
            let wait = limit.map_or(TOO_LONG, |limit| limit.saturating_since(self.now())).min(TOO_LONG);
            match tokio::time::timeout(wait, self.ws.next()).await {
                Ok(Some(Ok(Message::Binary(bytes)))) => {
                    let now = self.now();
                    self.kernel.handle_message(&bytes, now).unwrap();
                }
                Ok(Some(Ok(_))) => {}
                Ok(other) => panic!("the relay ended: {other:?}"),
                Err(_) if limit.is_some() => {
                    let now = self.now();
                    self.kernel.handle_timeout(now);
                }
                Err(_) => panic!("{task:?} still waits: {:?}", self.kernel.waiting().collect::<Vec<_>>()),
            }
            self.drain().await;
        }
    }

    async fn call(&mut self, task: Task, call: Call) -> Result<Value, Errno> {
        self.begin(task, call).await;
        self.finish(task).await
    }

    async fn socket(&mut self, task: Task, family: Family, kind: SocketType) -> u32 {
        match self.call(task, Call::Socket(family, kind)).await {
            Ok(Value::Descriptor(fd)) => fd,
            other => panic!("{other:?}"),
        }
    }

    async fn stream(&mut self, task: Task) -> u32 {
        self.socket(task, Family::Inet, SocketType::Stream).await
    }

    /// A socket that listens at a port that the system chose.
    async fn listener(&mut self, task: Task) -> (u32, Address) {
        let fd = self.stream(task).await;
        assert_eq!(self.call(task, Call::Bind(fd, loopback(0))).await, Ok(Value::None));
        assert_eq!(self.call(task, Call::Listen(fd, 5)).await, Ok(Value::None));
        (fd, self.name(task, fd).await)
    }

    async fn name(&mut self, task: Task, fd: u32) -> Address {
        match self.call(task, Call::GetSockName(fd)).await {
            Ok(Value::Address(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    /// A socket that is connected to a real peer.
    async fn connected(&mut self, peer: SocketAddr) -> u32 {
        let fd = self.stream(CLIENT).await;
        assert_eq!(self.call(CLIENT, Call::Connect(fd, peer.into())).await, Ok(Value::None));
        fd
    }

    async fn send(&mut self, task: Task, fd: u32, bytes: &[u8]) -> Result<Value, Errno> {
        self.call(task, Call::Send(fd, bytes.into(), NONE)).await
    }

    async fn recv(&mut self, task: Task, fd: u32, most: usize) -> Result<Value, Errno> {
        self.call(task, Call::Recv(fd, most, NONE)).await
    }

    async fn poll(&mut self, task: Task, fd: u32, events: Events, limit: Option<Duration>) -> Events {
        match self.call(task, Call::Poll([PollFd { fd, events }].into(), limit)).await {
            Ok(Value::Ready(ready)) => ready.first().map_or(Events::NONE, |ready| ready.events),
            other => panic!("{other:?}"),
        }
    }
}

fn loopback(port: u16) -> Address {
    ([127, 0, 0, 1], port).into()
}

fn bytes(text: &[u8]) -> Result<Value, Errno> {
    Ok(Value::Bytes(text.into()))
}

/// A real server for one connection.
fn real_server(serve: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tutorials_pair_talks_over_real_sockets() {
    let mut real = Real::start().await;
    let (listener, address) = real.listener(SERVER).await;
    real.begin(SERVER, Call::Accept(listener)).await;
    let client = real.stream(CLIENT).await;
    assert_eq!(client, 3);
    assert_eq!(real.call(CLIENT, Call::Connect(client, address.clone())).await, Ok(Value::None));
    let (connection, peer) = match real.finish(SERVER).await {
        Ok(Value::Accepted(fd, peer)) => (fd, peer),
        other => panic!("{other:?}"),
    };
    assert_eq!(peer, real.name(CLIENT, client).await);
    assert_eq!(real.call(CLIENT, Call::GetPeerName(client)).await, Ok(Value::Address(address)));
    real.begin(SERVER, Call::Recv(connection, 1024, NONE)).await;
    assert_eq!(real.send(CLIENT, client, b"hello!").await, Ok(Value::Number(6)));
    assert_eq!(real.finish(SERVER).await, bytes(b"hello!"));
    assert_eq!(real.send(SERVER, connection, b"hi").await, Ok(Value::Number(2)));
    assert_eq!(real.recv(CLIENT, client, 1024).await, bytes(b"hi"));
    assert_eq!(real.call(SERVER, Call::Close(connection)).await, Ok(Value::None));
    assert_eq!(real.recv(CLIENT, client, 1024).await, bytes(b""));
    assert_eq!(real.call(CLIENT, Call::Close(client)).await, Ok(Value::None));
    assert_eq!(real.recv(CLIENT, client, 1).await, Err(Errno::EBADF));
    // What is free is used again.
    assert_eq!(real.stream(CLIENT).await, client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_without_a_server_refuses_and_one_that_is_taken_is_in_use() {
    let mut real = Real::start().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    let fd = real.stream(CLIENT).await;
    assert_eq!(real.call(CLIENT, Call::Bind(fd, address.into())).await, Err(Errno::EADDRINUSE));
    drop(free);
    let fd = real.stream(CLIENT).await;
    assert_eq!(real.call(CLIENT, Call::Connect(fd, address.into())).await, Err(Errno::ECONNREFUSED));
    assert_eq!(real.call(CLIENT, Call::GetPeerName(fd)).await, Err(Errno::ENOTCONN));
    assert_eq!(real.send(CLIENT, fd, b"x").await, Err(Errno::EPIPE));
    assert_eq!(real.recv(CLIENT, fd, 1).await, Err(Errno::ENOTCONN));
    assert_eq!(real.call(CLIENT, Call::Accept(fd)).await, Err(Errno::EINVAL));
    // The relay's own rule.
    assert_eq!(real.call(CLIENT, Call::Connect(fd, ([192, 0, 2, 1], 80).into())).await, Err(Errno::EACCES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_told_once_after_what_had_arrived() {
    let mut real = Real::start().await;
    let (address, peer) = real_server(|mut stream| {
        stream.write_all(b"last words").unwrap();
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let fd = real.connected(address).await;
    assert_eq!(real.recv(CLIENT, fd, 4).await, bytes(b"last"));
    assert_eq!(real.send(CLIENT, fd, b"!").await, Ok(Value::Number(1)));
    peer.join().unwrap();
    let gone = real.poll(CLIENT, fd, Events::NONE, None).await;
    assert_eq!(gone, Events::ERR | Events::HUP);
    assert_eq!(real.recv(CLIENT, fd, 100).await, bytes(b" words"));
    assert_eq!(real.recv(CLIENT, fd, 100).await, Err(Errno::ECONNRESET));
    assert_eq!(real.recv(CLIENT, fd, 100).await, bytes(b""));
    assert_eq!(real.send(CLIENT, fd, b"x").await, Err(Errno::EPIPE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_block_says_so_and_poll_tells_when() {
    let mut real = Real::start().await;
    let (listener, address) = real.listener(SERVER).await;
    for (task, fd) in [(SERVER, listener)] {
        assert_eq!(real.call(task, Call::SetNonBlocking(fd, true)).await, Ok(Value::None));
    }
    assert_eq!(real.call(SERVER, Call::Accept(listener)).await, Err(Errno::EAGAIN));
    let client = real.stream(CLIENT).await;
    real.call(CLIENT, Call::SetNonBlocking(client, true)).await.unwrap();
    assert_eq!(real.call(CLIENT, Call::Connect(client, address.clone())).await, Err(Errno::EINPROGRESS));
    assert_eq!(real.call(CLIENT, Call::Connect(client, address.clone())).await, Err(Errno::EALREADY));
    assert_eq!(real.poll(CLIENT, client, Events::OUT, None).await, Events::OUT);
    let error = real.call(CLIENT, Call::GetOption(client, OptionName::Error)).await;
    assert_eq!(error, Ok(Value::Option(SocketOption::Error(None))));
    assert_eq!(real.call(CLIENT, Call::Connect(client, address)).await, Err(Errno::EISCONN));
    assert_eq!(real.recv(CLIENT, client, 1).await, Err(Errno::EAGAIN));
    assert_eq!(real.poll(SERVER, listener, Events::IN, None).await, Events::IN);
    let Ok(Value::Accepted(connection, _)) = real.call(SERVER, Call::Accept(listener)).await else { panic!() };
    assert_eq!(real.poll(CLIENT, client, Events::IN, Some(Duration::from_millis(20))).await, Events::NONE);
    real.send(SERVER, connection, b"abc").await.unwrap();
    assert_eq!(real.poll(CLIENT, client, Events::IN, None).await, Events::IN);
    assert_eq!(real.call(CLIENT, Call::InQueue(client)).await, Ok(Value::Number(3)));
    assert_eq!(real.call(CLIENT, Call::Recv(client, 2, MessageFlags::PEEK)).await, bytes(b"ab"));
    assert_eq!(real.recv(CLIENT, client, 9).await, bytes(b"abc"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_attempt_that_nobody_waits_for_is_told_by_so_error() {
    let mut real = Real::start().await;
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fd = real.stream(CLIENT).await;
    real.call(CLIENT, Call::SetNonBlocking(fd, true)).await.unwrap();
    assert_eq!(real.call(CLIENT, Call::Connect(fd, address.into())).await, Err(Errno::EINPROGRESS));
    let events = real.poll(CLIENT, fd, Events::OUT, None).await;
    assert!(events.has(Events::ERR | Events::OUT), "{events}");
    let error = real.call(CLIENT, Call::GetOption(fd, OptionName::Error)).await;
    assert_eq!(error, Ok(Value::Option(SocketOption::Error(Some(Errno::ECONNREFUSED)))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_that_has_run_out_is_eagain_for_calls_and_nothing_for_poll() {
    let mut real = Real::start().await;
    let (address, peer) = real_server(|mut stream| drop(stream.read(&mut [0])));
    let fd = real.connected(address).await;
    let limit = SocketOption::ReceiveTimeout(Some(Duration::from_millis(20)));
    assert_eq!(real.call(CLIENT, Call::SetOption(fd, limit)).await, Ok(Value::None));
    assert_eq!(real.recv(CLIENT, fd, 1).await, Err(Errno::EAGAIN));
    assert_eq!(real.poll(CLIENT, fd, Events::IN, Some(Duration::ZERO)).await, Events::NONE);
    assert_eq!(real.call(CLIENT, Call::Sleep(Duration::from_millis(1))).await, Ok(Value::None));
    real.call(CLIENT, Call::Close(fd)).await.unwrap();
    peer.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_close_leaves_the_other_half() {
    let mut real = Real::start().await;
    let (address, peer) = real_server(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all.repeat(2)).unwrap();
    });
    let fd = real.connected(address).await;
    real.send(CLIENT, fd, b"ab").await.unwrap();
    assert_eq!(real.call(CLIENT, Call::Shutdown(fd, Shutdown::Write)).await, Ok(Value::None));
    assert_eq!(real.send(CLIENT, fd, b"c").await, Err(Errno::EPIPE));
    assert_eq!(real.call(CLIENT, Call::Recv(fd, 4, MessageFlags::WAITALL)).await, bytes(b"abab"));
    assert_eq!(real.recv(CLIENT, fd, 4).await, bytes(b""));
    peer.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_goes_through_whole_both_ways() {
    const MUCH: usize = 3 << 20;
    let mut real = Real::start().await;
    let pattern: Arc<[u8]> = (0..MUCH).map(|at| (at * 31 % 251) as u8).collect();
    let expected = pattern.clone();
    let (address, peer) = real_server(move |mut stream| {
        let mut all = vec![0; MUCH];
        stream.read_exact(&mut all).unwrap();
        assert!(all[..] == expected[..], "what came is not what was sent");
        stream.write_all(&all).unwrap();
    });
    let fd = real.connected(address).await;
    let sent = real.call(CLIENT, Call::Send(fd, pattern.clone(), NONE)).await;
    assert_eq!(sent, Ok(Value::Number(MUCH)));
    let mut back = Vec::new();
    while back.len() < MUCH {
        match real.recv(CLIENT, fd, 10_000).await {
            Ok(Value::Bytes(piece)) if !piece.is_empty() => back.extend_from_slice(&piece),
            other => panic!("{other:?} after {} bytes", back.len()),
        }
    }
    assert!(back[..] == pattern[..], "what came back is not what was sent");
    peer.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_stops_who_sends() {
    let mut real = Real::start().await;
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let (address, peer) = real_server(move |mut stream| {
        told.recv().unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
    });
    let fd = real.connected(address).await;
    let endless: Arc<[u8]> = vec![7; 64 << 20].into();
    real.begin(CLIENT, Call::Send(fd, endless.clone(), NONE)).await;
    // A call on another socket comes back long before.
    real.stream(SERVER).await;
    let waits = real.kernel.waiting().any(|(task, _)| task == CLIENT);
    assert!(waits, "64 MiB went to somebody who does not read");
    tell.send(()).unwrap();
    assert_eq!(real.finish(CLIENT).await, Ok(Value::Number(endless.len())));
    real.call(CLIENT, Call::Close(fd)).await.unwrap();
    peer.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datagrams_are_whole_cut_refused_and_too_long_as_on_linux() {
    let mut real = Real::start().await;
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to: Address = peer.local_addr().unwrap().into();
    let fd = real.socket(CLIENT, Family::Inet, SocketType::Datagram).await;
    assert_eq!(real.send(CLIENT, fd, b"x").await, Err(Errno::EDESTADDRREQ));
    let sent = real.call(CLIENT, Call::SendTo(fd, b"hello"[..].into(), to.clone(), NONE)).await;
    assert_eq!(sent, Ok(Value::Number(5)));
    let mut buffer = [0; 100];
    let (length, from) = peer.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"hello");
    assert_eq!(Address::from(from), real.name(CLIENT, fd).await);
    peer.send_to(b"first", from).unwrap();
    peer.send_to(b"", from).unwrap();
    let cut = real.call(CLIENT, Call::RecvFrom(fd, 3, NONE)).await;
    assert_eq!(cut, Ok(Value::Datagram(b"fir"[..].into(), to.clone())));
    // The rest is gone, and an empty one is one.
    assert_eq!(real.recv(CLIENT, fd, 3).await, bytes(b""));
    let long = real.call(CLIENT, Call::SendTo(fd, vec![0; 65_508].into(), to.clone(), NONE)).await;
    assert_eq!(long, Err(Errno::EMSGSIZE));
    assert_eq!(real.call(CLIENT, Call::Connect(fd, to.clone())).await, Ok(Value::None));
    drop(peer);
    assert_eq!(real.send(CLIENT, fd, b"anybody?").await, Ok(Value::Number(8)));
    assert_eq!(real.recv(CLIENT, fd, 9).await, Err(Errno::ECONNREFUSED));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_are_the_real_kernels() {
    let mut real = Real::start().await;
    let fd = real.stream(CLIENT).await;
    for option in [SocketOption::ReuseAddress(true), SocketOption::NoDelay(false), SocketOption::KeepCount(3)] {
        assert_eq!(real.call(CLIENT, Call::SetOption(fd, option.clone())).await, Ok(Value::None));
        assert_eq!(real.call(CLIENT, Call::GetOption(fd, option.name())).await, Ok(Value::Option(option)));
    }
    // Linux doubles.
    real.call(CLIENT, Call::SetOption(fd, SocketOption::ReceiveBuffer(10_000))).await.unwrap();
    let buffer = real.call(CLIENT, Call::GetOption(fd, OptionName::ReceiveBuffer)).await;
    assert_eq!(buffer, Ok(Value::Option(SocketOption::ReceiveBuffer(20_000))));
    let kind = real.call(CLIENT, Call::GetOption(fd, OptionName::Type)).await;
    assert_eq!(kind, Ok(Value::Option(SocketOption::Type(SocketType::Stream))));
    assert_eq!(real.call(CLIENT, Call::GetOption(fd, OptionName::Cork)).await, Err(Errno::ENOPROTOOPT));
    assert_eq!(real.call(CLIENT, Call::GetOption(fd, OptionName::Broadcast)).await, Err(Errno::ENOPROTOOPT));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unix_sockets_have_names_in_the_relays_directory() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Arc::new(UnixDirectory::open(folder.path()).unwrap());
    let mut real = Real::with(|config| config.unix = Some(directory)).await;
    let listener = real.socket(SERVER, Family::Unix, SocketType::Stream).await;
    let name = Address::unix("room");
    assert_eq!(real.call(SERVER, Call::Bind(listener, name.clone())).await, Ok(Value::None));
    real.call(SERVER, Call::Listen(listener, 1)).await.unwrap();
    let client = real.socket(CLIENT, Family::Unix, SocketType::Stream).await;
    assert_eq!(real.send(CLIENT, client, b"x").await, Err(Errno::ENOTCONN));
    assert_eq!(real.call(CLIENT, Call::Connect(client, name.clone())).await, Ok(Value::None));
    let Ok(Value::Accepted(connection, peer)) = real.call(SERVER, Call::Accept(listener)).await else { panic!() };
    assert_eq!(peer, Address::Unnamed);
    real.send(CLIENT, client, b"hello").await.unwrap();
    assert_eq!(real.recv(SERVER, connection, 99).await, bytes(b"hello"));
    let again = real.socket(CLIENT, Family::Unix, SocketType::Stream).await;
    assert_eq!(real.call(CLIENT, Call::Bind(again, name)).await, Err(Errno::EADDRINUSE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_process_closes_what_it_held_and_frees_who_waited() {
    let mut real = Real::start().await;
    let (address, peer) = real_server(|mut stream| {
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the real peer sees the end");
    });
    let fd = real.connected(address).await;
    real.begin(CLIENT, Call::Recv(fd, 1, NONE)).await;
    let now = real.now();
    real.kernel.handle_exit(CLIENT.process, now);
    real.drain().await;
    assert_eq!(real.kernel.waiting().count(), 0);
    peer.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_may_close_what_another_waits_for() {
    let mut real = Real::start().await;
    let (address, peer) = real_server(|mut stream| drop(stream.read(&mut [0])));
    let fd = real.connected(address).await;
    let other = Task { thread: 1, ..CLIENT };
    real.begin(CLIENT, Call::Recv(fd, 1, NONE)).await;
    assert_eq!(real.call(other, Call::Close(fd)).await, Ok(Value::None));
    assert_eq!(real.finish(CLIENT).await, Err(Errno::EBADF));
    peer.join().unwrap();
}
