//! What a session speaks. The machinery behind every door is the same: sockets that report [`ServerMessage`]s, turns, bounds,
//! pings, the end. A dialect writes these reports down for its client, and its half in `session` reads what the client says.
//!
//! Absent: the checks before a session (`gate`), and bytes of `sockscope.v1` (`relay-proto`).

mod raw;
mod wisp;

pub(crate) use self::raw::Raw;
pub(crate) use self::wisp::Wisp;

use bytes::Bytes;
use relay_proto::{SERVER_DATA_HEADER, ServerMessage, data_header, wisp as packets};

/// The language of one session, with what has to be remembered to speak it.
pub(crate) enum Dialect {
    /// `sockscope.v1`, which can say everything.
    Lab,
    /// Wisp v1, which can say less.
    Wisp(Wisp),
    /// The bytes of one connection, with nothing around them.
    Raw(Raw),
    /// Frames come back as they came. There are no sockets, so there is nothing to say.
    Echo,
}

impl Dialect {
    /// The message that tells it, if there is one.
    pub(crate) fn write(&mut self, report: &ServerMessage<'_>) -> Option<Bytes> {
        match self {
            Self::Lab => Some(report.encode().into()),
            Self::Wisp(wisp) => wisp.heard(report),
            Self::Raw(raw) => {
                raw.heard(report);
                None
            }
            Self::Echo => None,
        }
    }

    /// How many bytes stand before the payload of DATA.
    pub(crate) fn data_header_len(&self) -> usize {
        match self {
            Self::Lab => SERVER_DATA_HEADER,
            Self::Wisp(_) => packets::DATA_HEADER,
            Self::Raw(_) | Self::Echo => 0,
        }
    }

    /// Writes them.
    pub(crate) fn put_data_header(&self, into: &mut [u8], socket: u32, at: u64) {
        match self {
            Self::Lab => into.copy_from_slice(&data_header(socket, at)),
            Self::Wisp(_) => into.copy_from_slice(&packets::data_header(socket)),
            Self::Raw(_) | Self::Echo => {}
        }
    }
}
