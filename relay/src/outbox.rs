//! What goes to the client: one WebSocket and the bounded queue before it.
//!
//! Messages are fed to the WebSocket's buffer and flushed once per round of the session, so many
//! small ones share a write. When the client does not read, [`Outbox::has_room`] says no, and the
//! session stops reading from real sockets; answers to calls still wait here, and when they reach
//! the limit, [`Outbox::is_full`] stops the session from reading calls.
//!
//! Absent: the protocol. A report is written down by the session's dialect, and bytes come in ready.

use crate::dialect::Dialect;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use relay_proto::ServerMessage;
use std::collections::VecDeque;
use std::task::{Context, Poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The WebSocket reads this much at a time. Little enough for an idle session (the buffer stays, and
/// tungstenite clears it before each read), and a full DATA message still takes few calls.
const READ_BUFFER: usize = 16 << 10;

/// Small messages gather up to this size before they are written; a large one is written at once,
/// while its bytes are still in the processor's cache.
const WRITE_BUFFER: usize = 32 << 10;

/// What a waiting message costs beside its bytes: its place in the queue and its allocation.
const MESSAGE_COST: usize = 64;

pub(crate) struct Outbox {
    socket: WebSocketStream<TcpStream>,
    pub(crate) dialect: Dialect,
    waiting: VecDeque<Message>,
    waiting_bytes: usize,
    limit: usize,
    unflushed: bool,
    /// Something was fed that may wait for company.
    lazy: bool,
    failed: Option<Error>,
}

impl Outbox {
    pub(crate) async fn new(
        stream: TcpStream,
        already_read: Vec<u8>,
        dialect: Dialect,
        message_bytes: usize,
        limit: usize,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER.min(limit / 2))
            // A full buffer, the message that filled it, and the pongs of tungstenite itself.
            .max_write_buffer_size(limit.max(message_bytes + WRITE_BUFFER) + 4096)
            .max_message_size(Some(message_bytes))
            .max_frame_size(Some(message_bytes));
        let socket = WebSocketStream::from_partially_read(stream, already_read, Role::Server, Some(config)).await;
        Self {
            socket,
            dialect,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            limit,
            unflushed: false,
            lazy: false,
            failed: None,
        }
    }

    /// Whether bytes of real sockets may be added.
    pub(crate) fn has_room(&mut self, cx: &mut Context<'_>) -> bool {
        self.waiting.is_empty() && self.failed.is_none() && self.is_ready(cx)
    }

    /// Whether no further call may be read.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting_bytes >= self.limit
    }

    pub(crate) fn send(&mut self, cx: &mut Context<'_>, report: &ServerMessage<'_>) {
        if let Some(bytes) = self.dialect.write(report) {
            self.send_bytes(cx, bytes);
        }
    }

    pub(crate) fn send_bytes(&mut self, cx: &mut Context<'_>, bytes: Bytes) {
        self.send_message(cx, Message::Binary(bytes));
    }

    pub(crate) fn send_message(&mut self, cx: &mut Context<'_>, message: Message) {
        if self.has_room(cx) {
            self.feed(message);
        } else {
            self.waiting_bytes += message.len() + MESSAGE_COST;
            self.waiting.push_back(message);
        }
    }

    /// As `send`, but it goes with the next flush: for news that nobody waits for.
    pub(crate) fn send_lazily(&mut self, cx: &mut Context<'_>, report: &ServerMessage<'_>) {
        if let Some(bytes) = self.dialect.write(report) {
            let unflushed = self.unflushed;
            self.send_bytes(cx, bytes);
            self.unflushed = unflushed;
            self.lazy = true;
        }
    }

    /// Whether something waits for company.
    pub(crate) fn is_lazy(&self) -> bool {
        self.lazy
    }

    /// It has waited long enough.
    pub(crate) fn hurry(&mut self) {
        self.unflushed |= self.lazy;
    }

    /// Asks the client for a sign of life, if there is room. Says whether it did.
    pub(crate) fn ping(&mut self, cx: &mut Context<'_>) -> bool {
        let room = self.has_room(cx);
        if room {
            self.feed(Message::Ping(Bytes::new()));
        }
        room
    }

    fn is_ready(&mut self, cx: &mut Context<'_>) -> bool {
        match self.socket.poll_ready_unpin(cx) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(error)) => {
                self.failed = Some(error);
                false
            }
            Poll::Pending => false,
        }
    }

    fn feed(&mut self, message: Message) {
        self.unflushed = true;
        if let Err(error) = self.socket.start_send_unpin(message) {
            self.failed = Some(error);
        }
    }

    /// Writes what it can. Ready when nothing waits, or when the WebSocket is broken.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.failed.is_none() && !self.waiting.is_empty() && self.is_ready(cx) {
            let Some(message) = self.waiting.pop_front() else {
                break;
            };
            self.waiting_bytes -= message.len() + MESSAGE_COST;
            self.feed(message);
        }
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        if !self.unflushed && self.waiting.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let flushed = self.socket.poll_flush_unpin(cx);
        self.unflushed = flushed.is_pending();
        self.lazy = false;
        match flushed {
            Poll::Ready(Ok(())) if !self.waiting.is_empty() => self.poll_flush(cx),
            flushed => flushed,
        }
    }

    /// The client's next message. `None` after its close frame was answered.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        self.socket.poll_next_unpin(cx)
    }

    /// Sends the close frame, and reads until the client ends the connection: closing with unread
    /// bytes would be a RST, which can overtake the frame. The caller limits the time.
    pub(crate) async fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), Error> {
        match frame {
            Some(frame) => self.socket.close(Some(frame)).await?,
            // The answer to the client's own close frame, which tungstenite has prepared.
            None => self.socket.flush().await?,
        }
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await? > 0 {}
        Ok(())
    }
}
