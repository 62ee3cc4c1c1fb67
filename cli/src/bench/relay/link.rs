//! The client's end: a connection to a contender, and streams over it to the peer, in whatever it speaks.
//!
//! Everybody who takes a WebSocket gets the same client, which writes small messages in batches. Absent: granting credit in the course
//! of a transfer; what is granted at first is enough for all of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use relay_proto::{ClientMessage, Family, Kind, SUBPROTOCOL, ServerMessage};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::client::client_with_config;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::{Bytes, Message, WebSocket};

use super::contender::{Running, Speaks, TOKEN};
use super::peer;

/// The stream that transfers use, and the only one where there are no others.
pub(super) const FIRST: u32 = 1;
/// After so long without a byte, the contender has lost something.
const SILENCE: Duration = Duration::from_secs(10);
/// A stream that the client does not hold back.
const PLENTY: u32 = 1 << 31;

/// What arrived.
#[derive(PartialEq, Eq)]
pub(super) enum Heard {
    /// Bytes of a stream.
    Data(u32, usize),
    /// A stream is connected.
    Ready(u32),
    /// Something that moves no bytes.
    Other,
}

enum Wire {
    Tcp(TcpStream, Vec<u8>),
    Ws(Box<WebSocket<TcpStream>>),
}

pub(super) struct Link {
    wire: Wire,
    speaks: Speaks,
    /// What the relay lets the first stream send: bytes ([`Speaks::Lab`]) or packets ([`Speaks::Wisp`]).
    credit: usize,
}

type Result<T> = std::result::Result<T, String>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Link {
    /// A connection to the contender; where it carries several, without a stream.
    pub(super) fn open(running: &Running, target: SocketAddr) -> Result<Self> {
        let address = running.address(target);
        let stream = TcpStream::connect(address).map_err(text)?;
        stream.set_nodelay(true).map_err(text)?;
        stream.set_read_timeout(Some(SILENCE)).map_err(text)?;
        stream.set_write_timeout(Some(SILENCE)).map_err(text)?;
        let speaks = running.contender.speaks;
        let wire = match speaks {
            Speaks::Tcp => Wire::Tcp(stream, vec![0; 64 << 10]),
            _ => Wire::Ws(Box::new(upgrade(speaks, address, stream)?)),
        };
        let mut link = Self { wire, speaks, credit: 0 };
        while speaks == Speaks::Wisp && link.credit == 0 {
            link.hear()?;
        }
        Ok(link)
    }

    /// The same, with the first stream connected.
    pub(super) fn connect(running: &Running, target: SocketAddr) -> Result<Self> {
        let mut link = Self::open(running, target)?;
        link.feed_open(FIRST, target)?;
        link.flush()?;
        while link.confirms() && link.hear()? != Heard::Ready(FIRST) {}
        Ok(link)
    }

    /// Whether a stream is told to be connected.
    pub(super) fn confirms(&self) -> bool {
        matches!(self.speaks, Speaks::Lab | Speaks::Wasmnet)
    }

    /// Asks for a stream.
    pub(super) fn feed_open(&mut self, socket: u32, to: SocketAddr) -> Result<()> {
        let (ip, port) = (to.ip().to_string(), to.port());
        match self.speaks {
            Speaks::Tcp | Speaks::WebSocket | Speaks::Raw => Ok(()),
            Speaks::Lab => {
                let open = ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: PLENTY };
                self.feed(open.encode().into())?;
                self.feed(ClientMessage::Connect { socket, to: to.into() }.encode().into())
            }
            Speaks::Wisp => self.feed([&wisp(1, socket)[..], &[1], &port.to_le_bytes(), ip.as_bytes()].concat().into()),
            Speaks::Wasmnet => self.feed([&wasmnet(1, socket)[..], &port.to_be_bytes(), ip.as_bytes()].concat().into()),
        }
    }

    /// Ends a stream.
    pub(super) fn feed_close(&mut self, socket: u32) -> Result<()> {
        match self.speaks {
            Speaks::Lab => self.feed(ClientMessage::Close { socket }.encode().into()),
            Speaks::Wisp => self.feed([&wisp(4, socket)[..], &[2]].concat().into()),
            Speaks::Wasmnet => self.feed(wasmnet(5, socket).to_vec().into()),
            Speaks::Tcp | Speaks::WebSocket | Speaks::Raw => Ok(()),
        }
    }

    /// What brings these bytes to the peer, made once and sent often.
    pub(super) fn message(&self, socket: u32, payload: &[u8]) -> Bytes {
        match self.speaks {
            Speaks::Tcp | Speaks::WebSocket | Speaks::Raw => Bytes::copy_from_slice(payload),
            Speaks::Lab => ClientMessage::Data { socket, bytes: payload.into() }.encode().into(),
            Speaks::Wisp => [&wisp(2, socket)[..], payload].concat().into(),
            Speaks::Wasmnet => [&wasmnet(4, socket)[..], payload].concat().into(),
        }
    }

    /// Sends at once, as far as credit allows.
    pub(super) fn send(&mut self, message: &Bytes, payload: usize) -> Result<()> {
        self.send_later(message, payload)?;
        self.flush()
    }

    /// Sends with the next flush, or when there is enough for a write.
    pub(super) fn send_later(&mut self, message: &Bytes, payload: usize) -> Result<()> {
        let cost = match self.speaks {
            Speaks::Lab => payload,
            Speaks::Wisp => 1,
            _ => 0,
        };
        while self.credit < cost {
            self.flush()?;
            self.hear()?;
        }
        self.credit -= cost;
        self.feed(message.clone())
    }

    /// Without asking for credit: for what is less than every stream's first.
    pub(super) fn feed(&mut self, message: Bytes) -> Result<()> {
        match &mut self.wire {
            Wire::Tcp(stream, _) => stream.write_all(&message).map_err(text),
            Wire::Ws(ws) => ws.write(Message::Binary(message)).map_err(text),
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        match &mut self.wire {
            Wire::Tcp(..) => Ok(()),
            Wire::Ws(ws) => ws.flush().map_err(text),
        }
    }

    /// The next thing that arrives.
    pub(super) fn hear(&mut self) -> Result<Heard> {
        let message = match &mut self.wire {
            Wire::Tcp(stream, block) => {
                return match stream.read(block).map_err(text)? {
                    0 => Err("the connection ended too early".to_owned()),
                    length => Ok(Heard::Data(FIRST, length)),
                };
            }
            Wire::Ws(ws) => ws.read().map_err(text)?,
        };
        match message {
            Message::Binary(bytes) => self.take(&bytes),
            Message::Close(_) => Err("the WebSocket was closed".to_owned()),
            Message::Text(text) => Err(format!("a text message: {text}")),
            _ => Ok(Heard::Other),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Heard> {
        match self.speaks {
            Speaks::Lab => self.take_lab(bytes),
            Speaks::Wisp => self.take_wisp(bytes),
            Speaks::Wasmnet => match bytes {
                [0x81, id @ ..] if id.len() >= 8 => Ok(Heard::Ready(wasmnet_id(id))),
                [0x82, id @ ..] if id.len() >= 8 => Ok(Heard::Data(wasmnet_id(id), id.len() - 8)),
                [0x86 | 0x88, sentence @ ..] => Err(String::from_utf8_lossy(sentence).into_owned()),
                _ => Ok(Heard::Other),
            },
            Speaks::Tcp | Speaks::WebSocket | Speaks::Raw => Ok(Heard::Data(FIRST, bytes.len())),
        }
    }

    fn take_lab(&mut self, bytes: &[u8]) -> Result<Heard> {
        match ServerMessage::decode(bytes).map_err(text)? {
            ServerMessage::Data { socket, bytes, .. } => Ok(Heard::Data(socket, bytes.len())),
            ServerMessage::Connected { socket, .. } => Ok(Heard::Ready(socket)),
            ServerMessage::Opened { socket: FIRST, credit: bytes, .. }
            | ServerMessage::Credit { socket: FIRST, bytes, .. } => {
                self.credit += bytes as usize;
                Ok(Heard::Other)
            }
            ServerMessage::Error { sentence, .. } => Err(sentence),
            _ => Ok(Heard::Other),
        }
    }

    fn take_wisp(&mut self, bytes: &[u8]) -> Result<Heard> {
        let number = |at: usize| {
            bytes.get(at..at + 4).map(|field| u32::from_le_bytes(field.try_into().expect("it is four bytes")))
        };
        let stream = number(1).ok_or("a packet without a stream")?;
        match bytes[0] {
            2 => return Ok(Heard::Data(stream, bytes.len() - 5)),
            3 => {
                let packets = number(5).ok_or("a CONTINUE without a number")? as usize;
                // That of stream 0 is what every stream begins with.
                if stream <= FIRST {
                    self.credit = packets;
                }
            }
            // 2 is a voluntary end.
            4 if bytes.get(5) != Some(&2) => return Err(format!("stream {stream} was closed for {:?}", bytes.get(5))),
            _ => {}
        }
        Ok(Heard::Other)
    }

    /// Hears until so many bytes of the first stream are there.
    pub(super) fn hear_all(&mut self, length: usize) -> Result<()> {
        let mut heard = 0;
        while heard < length {
            if let Heard::Data(_, more) = self.hear()? {
                heard += more;
            }
        }
        Ok(())
    }
}

/// The header of a Wisp packet.
fn wisp(kind: u8, stream: u32) -> [u8; 5] {
    let [a, b, c, d] = stream.to_le_bytes();
    [kind, a, b, c, d]
}

/// The header of a wasmnet frame.
fn wasmnet(kind: u8, stream: u32) -> [u8; 9] {
    let [a, b, c, d] = stream.to_be_bytes();
    [kind, 0, 0, 0, 0, a, b, c, d]
}

fn wasmnet_id(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]])
}

fn upgrade(speaks: Speaks, address: SocketAddr, stream: TcpStream) -> Result<WebSocket<TcpStream>> {
    let path = if speaks == Speaks::Lab { "lab" } else { "" };
    let mut request = format!("ws://{address}/{path}").into_client_request().map_err(text)?;
    let headers = request.headers_mut();
    match speaks {
        Speaks::Lab => {
            headers.insert("Authorization", format!("Bearer {TOKEN}").parse().map_err(text)?);
            headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().map_err(text)?);
        }
        Speaks::Raw => drop(headers.insert("Sec-WebSocket-Protocol", "binary".parse().map_err(text)?)),
        _ => {}
    }
    let upgraded = client_with_config(request.clone(), stream, Some(peer::config()));
    match upgraded {
        Ok((ws, _)) => Ok(ws),
        Err(HandshakeError::Interrupted(_)) => Err("the handshake took too long".to_owned()),
        Err(HandshakeError::Failure(error)) => Err(text(error)),
    }
}
