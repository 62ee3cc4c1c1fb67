//! `/tcp/HOST:PORT`: one WebSocket is one TCP connection, and a binary message is a piece of its bytes. It is what clients
//! that were written for websockify speak, noVNC among them.
//!
//! What the relay decides by itself (the address, the policy) refuses the upgrade with a status. What only the network can
//! answer comes after the 101, as a close code and a sentence: a browser shows its page nothing of a refused upgrade, but the
//! code and the reason of a close frame it does. So *open* does not mean *connected*; what is sent before is kept.
//!
//! Absent on purpose: half-close, which a WebSocket has no frame for. The target's FIN ends it with 1000, after every byte; its
//! RST, or that there was no connection, with 1011. Absent too: the text frames of websockify's base64 times.

use crate::connect::{Failure, Judged};
use crate::session::End;
use relay_proto::ServerMessage;
use relay_websocket::{CLOSE_ERROR, CLOSE_NORMAL};

/// What one such session remembers.
pub(crate) struct Raw {
    /// Where to, until the session begins. An error is one of the network's.
    target: Option<Result<Judged, Failure>>,
    /// Bytes on their way from the client to the kernel.
    queued: usize,
    limit: usize,
    over: Option<End>,
}

impl Raw {
    pub(crate) fn new(target: Result<Judged, Failure>, limit: u32) -> Self {
        Self { target: Some(target), queued: 0, limit: limit as usize, over: None }
    }

    /// Where to connect, once.
    pub(crate) fn take_target(&mut self) -> Option<Judged> {
        match self.target.take()? {
            Ok(judged) => Some(judged),
            Err(failure) => {
                self.end(CLOSE_ERROR, failure.sentence);
                None
            }
        }
    }

    /// The client sent so much.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.queued += bytes;
    }

    /// The client is not read until the target has taken more. One message may pass the limit.
    pub(crate) fn is_full(&self) -> bool {
        self.queued >= self.limit
    }

    /// What ends the session, when something has.
    pub(crate) fn take_end(&mut self) -> Option<End> {
        self.over.take()
    }

    pub(super) fn heard(&mut self, report: &ServerMessage<'_>) {
        match report {
            ServerMessage::Credit { bytes, .. } => self.queued -= *bytes as usize,
            ServerMessage::Fin { .. } => self.end(CLOSE_NORMAL, String::new()),
            ServerMessage::Reset { .. } => self.end(CLOSE_ERROR, "The target reset the connection.".to_owned()),
            ServerMessage::Error { sentence, .. } => self.end(CLOSE_ERROR, sentence.clone()),
            _ => {}
        }
    }

    /// The first reason counts.
    fn end(&mut self, code: u16, reason: String) {
        self.over.get_or_insert(End::Refused(code, reason));
    }
}
