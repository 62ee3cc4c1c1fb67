//! Programs in Python on real sockets: in every pairing with a real `python3`.
//!
//! Absent: what one call does (`real.rs`).

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relay::{Config, Limits, Token};
use relay_sockets::{Processes, What};
use sim_core::date::Date;
use sim_core::program::Foreign;
use sim_core::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const TOKEN: &str = "0123456789abcdef-TOKEN";
/// What a correct relay never needs.
const TOO_LONG: Duration = Duration::from_secs(30);

const TCP_SERVER: &str = "\
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(('127.0.0.1', PORT))
server.listen(5)
print('port', server.getsockname()[1], flush=True)
connection, peer = server.accept()
print(connection.recv(1024))
connection.send(b'hi')
connection.close()
server.close()
";
const TCP_CLIENT: &str = "\
import socket
client = socket.socket()
client.connect(('127.0.0.1', PORT))
client.send(b'hello!')
print(client.recv(1024))
print(client.recv(1024))
client.close()
";
const UDP_SERVER: &str = "\
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', PORT))
print('port', server.getsockname()[1], flush=True)
data, peer = server.recvfrom(1024)
print(data)
server.sendto(data.upper(), peer)
server.close()
";
const UDP_CLIENT: &str = "\
import socket
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(20)
client.sendto(b'hello', ('127.0.0.1', PORT))
print(client.recvfrom(1024)[0])
client.close()
";

/// Programs of ours on real sockets.
struct Ours {
    processes: Processes,
    ws: WebSocketStream<tokio::net::TcpStream>,
    begun: std::time::Instant,
    printed: Vec<(u32, String)>,
}

impl Ours {
    async fn start() -> Ours {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config::new(TOKEN.parse::<Token>().unwrap(), Limits::default());
        tokio::spawn(relay::serve(listener, config, std::future::pending()));
        let mut request = format!("ws://{address}/lab").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Authorization", format!("Bearer {TOKEN}").parse().unwrap());
        headers.insert("Sec-WebSocket-Protocol", relay_proto::SUBPROTOCOL.parse().unwrap());
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (ws, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let processes = Processes::new("real", Date::default());
        Ours { processes, ws, begun: std::time::Instant::now(), printed: Vec::new() }
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(self.begun.elapsed().as_nanos() as u64)
    }

    fn run(&mut self, source: &str) -> u32 {
        let foreign =
            Foreign { language: "python".into(), name: "program.py".into(), source: source.into(), input: None };
        let program = (python::process::loader().0)(&foreign).unwrap();
        let now = self.now();
        self.processes.handle_start(program, 1, now)
    }

    /// Goes on until this holds.
    async fn until(&mut self, what: &str, holds: impl Fn(&Ours) -> bool) {
        loop {
            while let Some(event) = self.processes.poll_event() {
                match event.what {
                    What::Printed { text, .. } => self.printed.push((event.task.process, text.to_string())),
                    What::Exited { status, .. } => self.printed.push((event.task.process, format!("exit {status}"))),
                    _ => {}
                }
            }
            while let Some(message) = self.processes.poll_message() {
                self.ws.send(Message::Binary(message.into())).await.unwrap();
            }
            if holds(self) {
                return;
            }
            let limit = self.processes.poll_timeout();
            let wait = limit.map_or(TOO_LONG, |limit| limit.saturating_since(self.now())).min(TOO_LONG);
            match tokio::time::timeout(wait, self.ws.next()).await {
                Ok(Some(Ok(Message::Binary(bytes)))) => {
                    let now = self.now();
                    self.processes.handle_message(&bytes, now).unwrap();
                }
                Ok(Some(Ok(_))) => {}
                Ok(other) => panic!("the relay ended: {other:?}"),
                Err(_) if limit.is_some() => {
                    let now = self.now();
                    self.processes.handle_timeout(now);
                }
                Err(_) => panic!("{what}: nothing happened; printed {:?}", self.printed),
            }
        }
    }

    /// The lines of a process, when it has ended.
    async fn end(&mut self, process: u32) -> Vec<String> {
        let ended = |ours: &Ours| ours.printed.iter().any(|(of, line)| *of == process && line.starts_with("exit"));
        self.until("the end of a program", ended).await;
        self.of(process)
    }

    fn of(&self, process: u32) -> Vec<String> {
        self.printed.iter().filter(|(of, _)| *of == process).map(|(_, line)| line.clone()).collect()
    }

    /// The port that a server of ours has said.
    async fn port(&mut self, process: u32) -> String {
        self.until("a server's port", |ours| !ours.of(process).is_empty()).await;
        said_port(&self.of(process)[0])
    }
}

fn said_port(line: &str) -> String {
    line.strip_prefix("port ").expect("a server says its port first").trim().to_owned()
}

/// A program in a real `python3`, and what it prints.
struct Theirs {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Theirs {
    fn run(source: &str) -> Theirs {
        let mut child = Command::new("python3")
            .args(["-I", "-c", source])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is among what the tests install");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Theirs { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn end(mut self) -> Vec<String> {
        let mut told: Vec<String> = self.lines.by_ref().map(Result::unwrap).collect();
        told.push(format!("exit {}", self.child.wait().unwrap().code().unwrap_or(-1)));
        told
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn at(source: &str, port: &str) -> String {
    source.replace("PORT", port)
}

/// Both kinds of server with both kinds of client.
async fn pairings(server: &'static str, client: &'static str, server_says: &[&str], client_says: &[&str]) {
    let expected = |lines: &[&str]| [lines, &["exit 0"]].concat().into_iter().map(String::from).collect::<Vec<_>>();
    let (server_says, client_says) = (expected(server_says), expected(client_says));
    let mut ours = Ours::start().await;
    // Ours and ours.
    let process = ours.run(&at(server, "0"));
    let port = ours.port(process).await;
    let other = ours.run(&at(client, &port));
    assert_eq!(ours.end(other).await, client_says);
    assert_eq!(ours.end(process).await[1..], server_says);
    // A real client of our server.
    let process = ours.run(&at(server, "0"));
    let port = ours.port(process).await;
    let theirs = Theirs::run(&at(client, &port));
    assert_eq!(ours.end(process).await[1..], server_says);
    assert_eq!(theirs.end(), client_says);
    // Our client of a real server.
    let mut theirs = Theirs::run(&at(server, "0"));
    let port = said_port(&theirs.line());
    let process = ours.run(&at(client, &port));
    assert_eq!(ours.end(process).await, client_says);
    assert_eq!(theirs.end(), server_says);
    assert!(!ours.processes.is_running());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tutorials_tcp_pair_in_every_pairing() {
    pairings(TCP_SERVER, TCP_CLIENT, &["b'hello!'"], &["b'hi'", "b''"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tutorials_udp_pair_in_every_pairing() {
    pairings(UDP_SERVER, UDP_CLIENT, &["b'hello'"], &["b'HELLO'"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_wait_each_by_itself() {
    let mut ours = Ours::start().await;
    let process = ours.run(
        "\
import socket, threading
server = socket.create_server(('127.0.0.1', 0))
port = server.getsockname()[1]
def serve():
    for _ in range(2):
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())
thread = threading.Thread(target=serve)
thread.start()
for word in (b'one', b'two'):
    with socket.create_connection(('127.0.0.1', port)) as client:
        client.sendall(word)
        print(client.recv(100))
thread.join()
",
    );
    assert_eq!(ours.end(process).await, ["b'ONE'", "b'TWO'", "exit 0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_ever_can_be_ended_and_typed_for() {
    let mut ours = Ours::start().await;
    let loops = ours.run("while True: pass\n");
    let asks = ours.run("print('hello', input())\n");
    let now = ours.now();
    ours.processes.handle_typed(asks, Some("you\n"), now);
    assert_eq!(ours.end(asks).await, ["hello you", "exit 0"]);
    let now = ours.now();
    ours.processes.handle_kill(loops, now);
    assert_eq!(ours.end(loops).await, ["exit 137"]);
    assert!(!ours.processes.is_running());
}
