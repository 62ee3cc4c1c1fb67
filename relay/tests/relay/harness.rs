//! A relay in this process, raw HTTP at it, and a client that speaks the protocol.

use futures_util::{SinkExt, StreamExt};
use relay::{Config, Limits, Token};
use relay_proto::{Address, Call, ClientMessage, Family, Kind, SUBPROTOCOL, ServerMessage};
use std::borrow::Cow;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

pub(crate) const TOKEN: &str = "0123456789abcdef-TOKEN";

/// What a correct relay never needs.
const TOO_LONG: Duration = Duration::from_secs(30);

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(TOO_LONG, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing happened for {TOO_LONG:?}"),
    }
}

pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        // Clients here do not answer the goodbye of a relay that stops, so it is kept short.
        let grace_time = Duration::from_millis(100);
        Self::limited(Limits { grace_time, ..Limits::default() }, change).await
    }

    pub(crate) async fn limited(limits: Limits, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::new(TOKEN.parse::<Token>().unwrap(), limits);
        change(&mut config);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(relay::serve(listener, config, async {
            let _ = stopped.await;
        }));
        Self { address, stop, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        within("shutdown", self.task).await.unwrap().unwrap();
    }

    /// Begins to shut down; the handle is ready when the relay has ended.
    pub(crate) fn begin_stop(self) -> JoinHandle<std::io::Result<()>> {
        let _ = self.stop.send(());
        self.task
    }

    /// Sends these lines (with CRLF and the final empty line) and gives the whole answer, up to the
    /// end of its head where the connection stays open.
    pub(crate) async fn http(&self, lines: &[&str]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = lines.join("\r\n") + "\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        within("an HTTP answer", async {
            while let Ok(1..) = stream.read_buf(&mut answer).await {
                let text = String::from_utf8_lossy(&answer);
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let whole = length.map_or(0, |length| length.parse().unwrap());
                if body.len() >= whole || request.starts_with("HEAD") {
                    break;
                }
            }
        })
        .await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn lab(&self) -> Lab {
        let mut lab = self.lab_unwelcomed().await;
        let welcome = lab.next().await;
        assert!(matches!(welcome, ServerMessage::Welcome { .. }), "{welcome:?}");
        lab
    }

    pub(crate) async fn lab_unwelcomed(&self) -> Lab {
        lab(self.address).await
    }
}

/// The lines of an upgrade to `/lab` that passes every check, given its Host and Authorization lines.
pub(crate) fn good_upgrade<'a>(host: &'a str, token: &'a str) -> [&'a str; 8] {
    [
        "GET /lab HTTP/1.1",
        host,
        token,
        "Sec-WebSocket-Protocol: sockscope.v1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
}

pub(crate) async fn lab(address: SocketAddr) -> Lab {
    Lab { ws: door(address, "/lab", Some(SUBPROTOCOL)).await }
}

/// A WebSocket to a door, with the token.
pub(crate) async fn door(address: SocketAddr, path: &str, subprotocol: Option<&str>) -> WebSocketStream<TcpStream> {
    let (ws, _) = knock(address, path, subprotocol).await.unwrap();
    ws
}

/// As `door`, for those that may stay closed.
pub(crate) async fn knock(
    address: SocketAddr,
    path: &str,
    subprotocol: Option<&str>,
) -> Result<(WebSocketStream<TcpStream>, Response), Error> {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Authorization", format!("Bearer {TOKEN}").parse().unwrap());
    if let Some(subprotocol) = subprotocol {
        headers.insert("Sec-WebSocket-Protocol", subprotocol.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    within("the upgrade", tokio_tungstenite::client_async(request, stream)).await
}

/// A client of the protocol.
pub(crate) struct Lab {
    pub(crate) ws: WebSocketStream<TcpStream>,
}

impl Lab {
    pub(crate) async fn send(&mut self, message: ClientMessage<'_>) {
        within("sending", self.ws.send(Message::Binary(message.encode().into()))).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> ServerMessage<'static> {
        match self.next_frame().await {
            Message::Binary(bytes) => owned(&bytes),
            other => panic!("a protocol message was expected, not {}", show(&other)),
        }
    }

    /// The next message that is no CREDIT.
    pub(crate) async fn answer(&mut self) -> ServerMessage<'static> {
        loop {
            match self.next().await {
                ServerMessage::Credit { .. } => {}
                answer => return answer,
            }
        }
    }

    /// The next frame that is no ping.
    pub(crate) async fn next_frame(&mut self) -> Message {
        loop {
            let next = within("the relay's next message", self.ws.next()).await;
            match next.expect("the session goes on").expect("the WebSocket works") {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return frame,
            }
        }
    }

    /// Passes protocol messages until the close frame, and gives its code.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next_frame().await {
                let frame = frame.expect("the relay says why it closes");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    pub(crate) async fn open(&mut self, socket: u32, family: Family, credit: u32) -> u32 {
        self.send(ClientMessage::Open { socket, family, kind: Kind::Stream, credit }).await;
        match self.answer().await {
            ServerMessage::Opened { socket: number, credit, .. } if number == socket => credit,
            other => panic!("OPENED was expected, not {}", show(&other)),
        }
    }

    /// OPEN and CONNECT, with plenty of credit.
    pub(crate) async fn connect(&mut self, socket: u32, to: SocketAddr, credit: u32) {
        let family = if to.is_ipv4() { Family::Inet } else { Family::Inet6 };
        self.open(socket, family, credit).await;
        self.send(ClientMessage::Connect { socket, to: to.into() }).await;
        match self.answer().await {
            ServerMessage::Connected { socket: number, peer, called_at, at, .. } => {
                assert_eq!((number, peer), (socket, to.into()));
                assert!(called_at <= at);
            }
            other => panic!("CONNECTED was expected, not {}", show(&other)),
        }
    }

    /// BIND; gives what BOUND says.
    pub(crate) async fn bind(&mut self, socket: u32, at: impl Into<Address>) -> Address {
        self.send(ClientMessage::Bind { socket, at: at.into() }).await;
        match self.answer().await {
            ServerMessage::Bound { socket: number, local, .. } if number == socket => local,
            other => panic!("BOUND was expected, not {}", show(&other)),
        }
    }

    /// LISTEN; gives the address and the backlog that LISTENING says.
    pub(crate) async fn listen(&mut self, socket: u32, backlog: u32) -> (Address, u32) {
        self.send(ClientMessage::Listen { socket, backlog }).await;
        match self.answer().await {
            ServerMessage::Listening { socket: number, local, backlog, .. } if number == socket => (local, backlog),
            other => panic!("LISTENING was expected, not {}", show(&other)),
        }
    }

    /// OPEN and LISTEN on a free port of loopback.
    pub(crate) async fn serve(&mut self, socket: u32, family: Family) -> SocketAddr {
        self.open(socket, family, 0).await;
        let (local, _) = self.listen(socket, 100).await;
        local.to_socket_addr().unwrap()
    }

    /// The next ACCEPTED of this listening socket: the connection's number, its credit, its two addresses.
    pub(crate) async fn accepted(&mut self, listener: u32) -> (u32, u32, Address, Address) {
        match self.answer().await {
            ServerMessage::Accepted { socket, connection, credit, local, peer, .. } if socket == listener => {
                (connection, credit, local, peer)
            }
            other => panic!("ACCEPTED was expected, not {}", show(&other)),
        }
    }

    /// ACCEPT of one connection, which `to` then gets; its number and its real peer.
    pub(crate) async fn accept_one(&mut self, listener: u32, to: SocketAddr, credit: u32) -> (u32, TcpStream) {
        self.send(ClientMessage::Accept { socket: listener, connections: 1, credit }).await;
        let peer = within("a connection", TcpStream::connect(to)).await.unwrap();
        let (connection, ..) = self.accepted(listener).await;
        (connection, peer)
    }

    /// What must fail: the call, the errno and the sentence.
    pub(crate) async fn fails(&mut self, message: ClientMessage<'_>) -> (Call, String, String) {
        let socket = message.socket();
        self.send(message).await;
        self.error(socket).await
    }

    /// CONNECT to what must fail: the call, the errno and the sentence.
    pub(crate) async fn refused(&mut self, socket: u32, to: Address) -> (Call, String, String) {
        self.send(ClientMessage::Connect { socket, to }).await;
        self.error(socket).await
    }

    pub(crate) async fn error(&mut self, socket: u32) -> (Call, String, String) {
        match self.next().await {
            ServerMessage::Error { socket: number, call, errno, sentence, .. } => {
                assert_eq!(number, socket, "{sentence}");
                assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence:?}");
                (call, errno, sentence)
            }
            other => panic!("ERROR was expected, not {}", show(&other)),
        }
    }

    pub(crate) async fn data(&mut self, socket: u32, bytes: &[u8]) {
        self.send(ClientMessage::Data { socket, bytes: bytes.into() }).await;
    }

    /// Reads DATA of this socket until so many bytes are there, passing CREDIT.
    pub(crate) async fn receive(&mut self, socket: u32, length: usize) -> Vec<u8> {
        let mut received = Vec::new();
        while received.len() < length {
            match self.next().await {
                ServerMessage::Data { socket: number, bytes, .. } if number == socket => {
                    received.extend_from_slice(&bytes);
                }
                ServerMessage::Credit { .. } => {}
                other => panic!("DATA was expected, not {}", show(&other)),
            }
        }
        received
    }
}

/// A message for a failure's text, cut where its payload would fill the screen.
pub(crate) fn show(message: &impl std::fmt::Debug) -> String {
    format!("{message:?}").chars().take(200).collect()
}

/// The message with a payload of its own. One without payload keeps its few bytes for as long as the tests run.
pub(crate) fn owned(bytes: &[u8]) -> ServerMessage<'static> {
    let decode = |bytes| ServerMessage::decode(bytes).expect("the relay's messages decode");
    let own = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
    match decode(bytes) {
        ServerMessage::Data { socket, at, bytes } => ServerMessage::Data { socket, at, bytes: own(bytes) },
        ServerMessage::RecvFrom { socket, at, from, bytes } => {
            ServerMessage::RecvFrom { socket, at, from, bytes: own(bytes) }
        }
        ServerMessage::Frame { socket, at, direction, link_type, lost, length, bytes } => {
            ServerMessage::Frame { socket, at, direction, link_type, lost, length, bytes: own(bytes) }
        }
        _ => ServerMessage::decode(bytes.to_vec().leak()).expect("it has been decoded before"),
    }
}

/// A real listener of the test.
pub(crate) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    within("a connection", listener.accept()).await.unwrap().0
}

/// A connected pair: socket 1 of a lab, and its real peer.
pub(crate) async fn pair(lab: &mut Lab, socket: u32, credit: u32) -> TcpStream {
    let (listener, address) = listener().await;
    lab.connect(socket, address, credit).await;
    accept(&listener).await
}

/// FNV-1a, enough to tell streams apart.
pub(crate) struct Hash(pub(crate) u64);

impl Hash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// xorshift64*: the same numbers from the same seed.
pub(crate) struct Random(u64);

impl Random {
    /// From `SEED` when it is set; the seed and the command that repeats the run are printed.
    pub(crate) fn seeded(test: &str) -> Self {
        let seed = match std::env::var("SEED") {
            Ok(seed) => seed.parse().expect("SEED is a number"),
            Err(_) => std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 | 1,
        };
        println!("repeat with: SEED={seed} cargo test -p relay --test relay -- --exact {test}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Another sequence, for another task.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next() | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
