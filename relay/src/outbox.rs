//! The client's end of a session: messages from its WebSocket, and the bounded queue of those that go there.
//!
//! What arrives is read into a buffer that the thread lends (`lent`) for as long as it holds something, and messages are slices of it.
//! What leaves is gathered when it is small and flushed once per round of the session, so that many messages share a
//! write; a large payload is sent from where it lies, at once, while it is still in the processor's cache. When the client
//! does not read, [`Outbox::has_room`] says no, and the session stops reading from real sockets; answers to calls still
//! wait here, and when they reach the limit, [`Outbox::is_full`] stops the session from reading calls.
//!
//! Absent: the protocol. A report is written down by the session's dialect, and bytes come in ready. Frames are read and written by
//! `relay-websocket`.

use crate::dialect::Dialect;
use crate::lent;
use bytes::{Buf, Bytes, BytesMut};
use relay_proto::ServerMessage;
use relay_websocket::{CloseFrame, Decoder, Message, Opcode, put_head, put_message};
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// A read has room for this much at least, unless a message's end is known to be nearer.
const LEAST_READ: usize = 64 << 10;

/// The start of a message that is shorter than this waits for its rest in a buffer of its own size.
const SMALL_REST: usize = 4 << 10;

/// From this size on a payload is sent from where it lies.
const DIRECT: usize = 16 << 10;

/// Small messages gather up to this size before they are written.
const GATHERED: usize = 32 << 10;

/// Pieces of one write.
const PIECES: usize = 16;

/// Why nothing more can be read.
#[derive(Debug)]
pub(crate) enum Error {
    /// The connection broke.
    Io(io::Error),
    /// It ended, and no close frame came first.
    Ended,
    /// The client's frames are broken.
    Frame(relay_websocket::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Ended => f.write_str("the connection ended without a close frame"),
            Self::Frame(error) => error.fmt(f),
        }
    }
}

pub(crate) struct Outbox {
    stream: TcpStream,
    pub(crate) dialect: Dialect,
    decoder: Decoder,
    /// Read, and not yet decoded.
    input: BytesMut,
    output: Output,
    limit: usize,
    unflushed: bool,
    /// Something was fed that may wait for company.
    lazy: bool,
    failed: Option<io::Error>,
    /// The client was slower than the relay, and has read something since.
    was_read: bool,
    /// What the client's close frame said, to be said again.
    goodbye: Option<CloseFrame>,
}

impl Outbox {
    pub(crate) fn new(
        stream: TcpStream,
        already_read: Vec<u8>,
        dialect: Dialect,
        message_bytes: usize,
        limit: usize,
    ) -> Self {
        Self {
            stream,
            dialect,
            decoder: Decoder::new(message_bytes),
            input: Bytes::from(already_read).into(),
            output: Output::default(),
            limit,
            unflushed: false,
            lazy: false,
            failed: None,
            was_read: false,
            goodbye: None,
        }
    }

    /// Whether bytes of real sockets may be added.
    pub(crate) fn has_room(&mut self, cx: &mut Context<'_>) -> bool {
        if self.output.length > self.limit / 2 {
            self.write(cx);
        }
        self.output.length <= self.limit / 2 && self.failed.is_none()
    }

    /// Whether no further call may be read.
    pub(crate) fn is_full(&self) -> bool {
        self.output.length >= self.limit
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
        self.unflushed = true;
        self.output.put(message);
        if self.output.is_worth_a_write() && !self.write(cx) {
            self.output.settle();
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
            self.send_message(cx, Message::Ping(Bytes::new()));
        }
        room
    }

    /// Whether a client that was slow has read since the last time that this was asked.
    pub(crate) fn was_read(&mut self) -> bool {
        std::mem::take(&mut self.was_read)
    }

    /// Writes what the kernel takes. When it takes no more, the task is woken as soon as it does.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        if self.failed.is_some() {
            return false;
        }
        let (before, waited) = (self.output.length, self.output.waits);
        let written = self.output.poll_write(&mut self.stream, cx);
        self.was_read |= waited && self.output.length < before;
        match written {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(error)) => {
                self.failed = Some(error);
                false
            }
            Poll::Pending => false,
        }
    }

    /// Writes what it can. Ready when nothing waits, or when the WebSocket is broken.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unflushed && self.write(cx) {
            (self.unflushed, self.lazy) = (false, false);
        }
        match self.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None if self.unflushed => Poll::Pending,
            None => Poll::Ready(Ok(())),
        }
    }

    /// The client's next message. Its pings are answered, and are told of as a sign of life.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        loop {
            let message = match self.decoder.decode(&mut self.input) {
                Err(error) => return Poll::Ready(Err(Error::Frame(error))),
                Ok(None) => match ready!(self.poll_read(cx)) {
                    Ok(0) => return Poll::Ready(Err(Error::Ended)),
                    Ok(_) => continue,
                    Err(error) => return Poll::Ready(Err(Error::Io(error))),
                },
                Ok(Some(message)) => message,
            };
            match &message {
                Message::Ping(payload) => self.send_message(cx, Message::Pong(payload.clone())),
                Message::Close(frame) => self.goodbye.clone_from(frame),
                _ => {}
            }
            return Poll::Ready(Ok(message));
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.make_room();
        let read = pin!(self.stream.read_buf(&mut self.input)).poll(cx);
        if read.is_pending() && self.input.len() < SMALL_REST {
            let rest = BytesMut::from(&self.input[..]);
            lent::give(std::mem::replace(&mut self.input, rest));
        }
        read
    }

    fn make_room(&mut self) {
        let wanted = self.decoder.missing(self.input.len()).max(LEAST_READ);
        let room = self.input.capacity() - self.input.len();
        if room < wanted && !self.input.try_reclaim(wanted) {
            let mut lent = lent::take();
            lent.reserve(self.input.len() + wanted);
            lent.extend_from_slice(&self.input);
            lent::give(std::mem::replace(&mut self.input, lent));
        }
    }

    /// Sends the close frame (none: the answer to the client's own), and reads until the client ends the connection: closing with
    /// unread bytes would be a RST, which can overtake the frame. The caller limits the time.
    pub(crate) async fn close(&mut self, frame: Option<CloseFrame>) -> io::Result<()> {
        let frame = frame.or_else(|| self.goodbye.take());
        self.output.put(Message::Close(frame));
        self.unflushed = true;
        poll_fn(|cx| self.poll_flush(cx)).await?;
        self.stream.shutdown().await?;
        let mut unread = [0; 4096];
        while self.stream.read(&mut unread).await? > 0 {}
        Ok(())
    }
}

/// Frames that the kernel has not taken: pieces in their order, and then what was gathered since the last of them.
#[derive(Default)]
struct Output {
    pieces: VecDeque<Bytes>,
    tail: BytesMut,
    /// Bytes of all.
    length: usize,
    /// The kernel took no more.
    waits: bool,
}

impl Output {
    fn put(&mut self, message: Message) {
        if self.tail.capacity() == 0 {
            self.tail = lent::take();
        }
        match message {
            Message::Binary(payload) if payload.len() >= DIRECT => self.put_direct(Opcode::Binary, payload),
            Message::Text(payload) if payload.len() >= DIRECT => self.put_direct(Opcode::Text, payload),
            small => {
                let before = self.tail.len();
                put_message(&mut self.tail, &small);
                self.length += self.tail.len() - before;
            }
        }
    }

    fn put_direct(&mut self, opcode: Opcode, payload: Bytes) {
        let before = self.tail.len();
        put_head(&mut self.tail, opcode, payload.len());
        self.length += self.tail.len() - before + payload.len();
        self.pieces.extend([self.tail.split().freeze(), payload]);
    }

    fn is_worth_a_write(&self) -> bool {
        !self.pieces.is_empty() || self.tail.len() >= GATHERED
    }

    /// The newest payload will wait, and shall not hold a lent buffer that is much larger.
    fn settle(&mut self) {
        if let Some(last) = self.pieces.back_mut().filter(|last| last.len() < lent::SIZE / 4) {
            *last = Bytes::copy_from_slice(last);
        }
    }

    /// Ready when everything is written.
    fn poll_write(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.length > 0 {
            let mut slices = [IoSlice::new(&[]); PIECES];
            let pieces = self.pieces.iter().map(|piece| &piece[..]).chain([&self.tail[..]]);
            let mut count = 0;
            for (slice, piece) in slices.iter_mut().zip(pieces) {
                *slice = IoSlice::new(piece);
                count += 1;
            }
            let written = Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..count]);
            self.waits = written.is_pending();
            match ready!(written) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(sent) => self.sent(sent),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if self.tail.capacity() > 0 {
            lent::give(std::mem::take(&mut self.tail));
        }
        Poll::Ready(Ok(()))
    }

    fn sent(&mut self, mut bytes: usize) {
        self.length -= bytes;
        while let Some(first) = self.pieces.front_mut() {
            if bytes < first.len() {
                first.advance(bytes);
                return;
            }
            bytes -= first.len();
            lent::give_last(self.pieces.pop_front().unwrap_or_default());
        }
        self.tail.advance(bytes);
    }
}
