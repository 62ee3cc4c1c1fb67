//! The real peer: a thread for each connection that works, one for all that are quick, one for all that are held.
//!
//! The first 13 bytes of a connection that works say what to do: `e` echo, `u` swallow, `d` pour; how long a write is (u32), and how
//! much there is (u64), little-endian. It ends with its standard input.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, WebSocket, accept, accept_with_config};

/// What a connection shall do.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) verb: u8,
    pub(super) block: usize,
    pub(super) total: usize,
}

impl Order {
    const LENGTH: usize = 13;

    pub(super) fn encode(self) -> [u8; Self::LENGTH] {
        let mut bytes = [self.verb; Self::LENGTH];
        bytes[1..5].copy_from_slice(&(self.block as u32).to_le_bytes());
        bytes[5..].copy_from_slice(&(self.total as u64).to_le_bytes());
        bytes
    }

    fn decode(bytes: [u8; Self::LENGTH]) -> Self {
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
        };
        Self { verb: bytes[0], block: number(1..5), total: number(5..13) }
    }
}

/// Small messages are gathered up to this size before they are written, at both ends.
pub(super) const BATCH: usize = 128 << 10;

pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default().write_buffer_size(BATCH)
}

pub(super) fn run() -> io::Result<()> {
    listen(|listener| for_each(&listener, |stream| drop(thread::spawn(move || work(stream)))))?;
    listen(|listener| for_each(&listener, |stream| drop(thread::spawn(move || work_upgraded(stream)))))?;
    listen(|listener| for_each(&listener, |stream| answer(stream).unwrap_or(())))?;
    listen(|listener| for_each(&listener, |stream| answer_by_message(stream).unwrap_or(())))?;
    listen(|listener| {
        let mut held: Vec<TcpStream> = Vec::new();
        for_each(&listener, |stream| {
            // A measurement ends all of its connections; then the next one's arrive.
            if held.first().is_some_and(is_over) {
                held.clear();
            }
            held.push(stream);
        });
    })?;
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Passes everything on, both ways, and knows nothing: what a process in between costs at least. Linux does it without a copy into it.
pub(super) fn forward(at: SocketAddr, target: SocketAddr) -> io::Result<()> {
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        // A broken connection ends both directions, like the end of one.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    for_each(&TcpListener::bind(at)?, |client| {
        let pair = || -> io::Result<_> {
            let peer = TcpStream::connect(target)?;
            peer.set_nodelay(true)?;
            Ok((client.try_clone()?, peer.try_clone()?, peer))
        };
        if let Ok((from_client, to_peer, from_peer)) = pair() {
            thread::spawn(move || pass(from_client, to_peer));
            thread::spawn(move || pass(from_peer, client));
        }
    });
    Ok(())
}

/// A listener with a thread of its own. Tells its address.
fn listen(serve: impl FnOnce(TcpListener) + Send + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    println!("{address}");
    thread::spawn(move || serve(listener));
    Ok(address)
}

fn for_each(listener: &TcpListener, mut serve: impl FnMut(TcpStream)) {
    // A client that is gone before it was accepted is nobody's loss.
    for stream in listener.incoming().flatten() {
        if stream.set_nodelay(true).is_ok() {
            serve(stream);
        }
    }
}

fn is_over(stream: &TcpStream) -> bool {
    match stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0])) {
        Ok(length) => length == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// A relay that has failed leaves connections that say nothing, and the next contender's wait behind them.
const PATIENCE: Duration = Duration::from_millis(200);

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    stream.write_all(&byte)
}

fn answer_by_message(stream: TcpStream) -> Result<(), ()> {
    let mut ws = accept(stream).map_err(drop)?;
    let message = ws.read().map_err(drop)?;
    ws.send(message).map_err(drop)
}

fn work(mut stream: TcpStream) -> io::Result<()> {
    let mut order = [0; Order::LENGTH];
    stream.read_exact(&mut order)?;
    let Order { verb, block, mut total } = Order::decode(order);
    match verb {
        b'e' => {
            let mut buffer = vec![0; 64 << 10];
            loop {
                let length = stream.read(&mut buffer)?;
                if length == 0 {
                    return Ok(());
                }
                stream.write_all(&buffer[..length])?;
            }
        }
        b'u' => {
            let mut buffer = vec![0; 64 << 10];
            while total > 0 {
                let length = stream.read(&mut buffer)?;
                if length == 0 {
                    return Ok(());
                }
                total -= length;
            }
            stream.write_all(b"!")
        }
        _ => {
            let block = vec![0; block];
            (0..total / block.len()).try_for_each(|_| stream.write_all(&block))
        }
    }
}

fn work_upgraded(stream: TcpStream) -> Result<(), Error> {
    match accept_with_config(stream, Some(config())) {
        Ok(ws) => work_by_messages(ws),
        Err(_) => Err(Error::ConnectionClosed),
    }
}

fn work_by_messages(mut ws: WebSocket<TcpStream>) -> Result<(), Error> {
    let order = ws.read()?.into_data();
    let Order { verb, block, mut total } = Order::decode((&order[..]).try_into().map_err(|_| Error::ConnectionClosed)?);
    match verb {
        b'e' => loop {
            let message = ws.read()?;
            ws.send(message)?;
        },
        b'u' => {
            while total > 0 {
                total -= ws.read()?.len();
            }
            ws.send(Message::Binary(Bytes::from_static(b"!")))
        }
        _ => {
            let block = Bytes::from(vec![0; block]);
            for _ in 0..total / block.len() {
                ws.write(Message::Binary(block.clone()))?;
            }
            ws.flush()
        }
    }
}
