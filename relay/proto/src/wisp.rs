//! The packets of Wisp v1, in both directions: `u8 type, u32le stream`, then the fields. The header is the one of
//! `sockscope.v1`.
//!
//! Absent on purpose: INFO and the extensions of Wisp v2. A client that offers v2 falls back when the server does not.

use crate::DecodeError;
use crate::wire::{Reader, put_header, put_u16, put_u32};
use std::borrow::Cow;

const CONNECT: u8 = 1;
const DATA: u8 = 2;
const CONTINUE: u8 = 3;
const CLOSE: u8 = 4;

/// How many bytes of a DATA packet come before its payload.
pub const DATA_HEADER: usize = 5;

/// CONNECT's kind of a TCP stream.
pub const TCP: u8 = 1;
/// CONNECT's kind of a UDP stream.
pub const UDP: u8 = 2;

/// CLOSE: the peer, or the client, has ended it.
pub const VOLUNTARY: u8 = 0x02;
/// CLOSE: the connection broke.
pub const NETWORK_ERROR: u8 = 0x03;
/// CLOSE: the CONNECT means nothing.
pub const INVALID: u8 = 0x41;
/// CLOSE: no such host, or no way to it.
pub const UNREACHABLE: u8 = 0x42;
/// CLOSE: the host did not answer.
pub const NO_RESPONSE: u8 = 0x43;
/// CLOSE: the host refused the connection.
pub const REFUSED: u8 = 0x44;
/// CLOSE: the host answers no more.
pub const TRANSFER_TIMEOUT: u8 = 0x47;
/// CLOSE: the target is not allowed.
pub const BLOCKED: u8 = 0x48;
/// CLOSE: too many streams, too fast, or too much.
pub const THROTTLED: u8 = 0x49;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Client: opens a stream. DATA may follow at once.
    Connect {
        /// The stream; the client chooses the number.
        stream: u32,
        /// [`TCP`], [`UDP`], or what no server knows.
        kind: u8,
        /// The port.
        port: u16,
        /// A name or an address. Whether it is UTF-8 is for the server to judge.
        host: Cow<'a, [u8]>,
    },
    /// Both: a piece of the stream, or one datagram.
    Data {
        /// The stream.
        stream: u32,
        /// The bytes.
        payload: Cow<'a, [u8]>,
    },
    /// Server: how many packets may be sent from now on, whatever was said before. On stream 0: for each new stream.
    Continue {
        /// The stream.
        stream: u32,
        /// How many.
        packets: u32,
    },
    /// Both: ends both directions.
    Close {
        /// The stream.
        stream: u32,
        /// Why, as one of the constants above.
        reason: u8,
    },
}

impl<'a> Packet<'a> {
    /// Reads one packet, borrowing from the bytes.
    ///
    /// # Errors
    /// When they are no packet, or more than one.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (tag, stream) = reader.header()?;
        let packet = match tag {
            CONNECT => {
                let (kind, port) = (reader.u8("kind of stream")?, reader.u16("port")?);
                Self::Connect { stream, kind, port, host: reader.rest().into() }
            }
            DATA => Self::Data { stream, payload: reader.rest().into() },
            CONTINUE => Self::Continue { stream, packets: reader.u32("count of packets")? },
            CLOSE => Self::Close { stream, reason: reader.u8("reason")? },
            other => return Err(DecodeError::UnknownType(other)),
        };
        reader.finish(packet)
    }

    /// Writes it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Connect { stream, kind, port, host } => {
                put_header(&mut out, CONNECT, *stream);
                out.push(*kind);
                put_u16(&mut out, *port);
                out.extend_from_slice(host);
            }
            Self::Data { stream, payload } => {
                put_header(&mut out, DATA, *stream);
                out.extend_from_slice(payload);
            }
            Self::Continue { stream, packets } => {
                put_header(&mut out, CONTINUE, *stream);
                put_u32(&mut out, *packets);
            }
            Self::Close { stream, reason } => {
                put_header(&mut out, CLOSE, *stream);
                out.push(*reason);
            }
        }
        out
    }
}

/// What stands before the payload of DATA, for those who have read that into its place already.
#[must_use]
pub fn data_header(stream: u32) -> [u8; DATA_HEADER] {
    let [a, b, c, d] = stream.to_le_bytes();
    [DATA, a, b, c, d]
}
