//! One real stream socket of a session, TCP or Unix: its state, its two credits, and the bytes that the kernel has
//! not taken yet. Driven by [`Stream::poll`], which never does more than one read, so that busy
//! sockets take turns.
//!
//! Reading follows the client's credit, so the kernel's receive buffer, and with it the peer's
//! window, is where back-pressure ends up. Writing is bounded by the credit that was granted: the
//! queue never holds more than `Limits::credit`.
//!
//! Rationing by bytes is `sockscope.v1`'s. Behind the other doors a stream is *unrationed*: it may be given bytes while it
//! connects, it reads whenever there is room, and its dialect bounds what the queue can hold.
//!
//! Absent: who may connect where (`connect`, `policy`), and the table of numbers (`session`).

use crate::connect::{self, Connection, Failure, Network};
use crate::errno;
use crate::fresh::Fresh;
use crate::info;
use crate::lent;
use crate::listener::Listener;
use crate::metrics::SocketType;
use crate::options::{self, Sort};
use crate::tap::{Flow, Protocol};
use crate::transport::Transport;
use crate::turn::{Env, Polled, Spare};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use relay_proto::{Address, Call, Family, How, Kind, OptionValue, ServerMessage, SocketOption};
use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{Interest, Ready};

/// Less than this is probably all that the peer has to say for now.
const ALONE: usize = 4 << 10;

/// From this size on, bytes go to the kernel without being gathered first.
const DIRECT: usize = 8 << 10;

type Connecting = Pin<Box<dyn Future<Output = (Option<Fresh>, Result<Connection, Failure>)> + Send>>;
type Watch = Pin<Box<dyn Future<Output = io::Result<Ready>> + Send>>;

enum State {
    /// Not connected.
    Fresh(Fresh),
    Connecting(Connecting),
    Open(Arc<Transport>),
    /// Reset. The number is still the client's.
    Ended,
}

pub(crate) struct Stream {
    /// None when the client has closed it: then it hears no more.
    number: Option<u32>,
    state: State,
    rationed: bool,
    /// What the client may still send.
    sendable: u32,
    /// What the client wants to get.
    receivable: u32,
    queue: BytesMut,
    /// Taken by the kernel and not yet granted again.
    taken: u32,
    /// Granted without hurry since the last hurried grant.
    unhurried: u32,
    /// SHUTDOWN write was asked for, and done.
    fin: Option<bool>,
    /// The peer's FIN, or the client's SHUTDOWN read: nothing more to read.
    read_done: bool,
    closing: bool,
    /// An error of the connection that SO_ERROR has told, and that nothing else will tell any more.
    noticed: Option<io::Error>,
    /// Writing has found that the peer reset the connection, and what it said before is still to be read.
    lost: Option<io::Error>,
    /// When to tell what the kernel knows, while the client wants it.
    info: Option<info::Watch>,
    /// Waits for a RST while nothing is read.
    watch: Option<Watch>,
    progress: Instant,
}

impl Stream {
    pub(crate) fn open(
        number: u32,
        family: Family,
        network: &Network,
        sendable: u32,
        receivable: u32,
    ) -> Result<Self, Failure> {
        let state = State::Fresh(Fresh::open(family, network)?);
        Ok(Self { sendable, receivable, ..Self::new(number, state) })
    }

    pub(crate) fn socket_type(&self) -> SocketType {
        let unix = match &self.state {
            State::Fresh(fresh) => fresh.family() == Family::Unix,
            State::Open(stream) => matches!(**stream, Transport::Unix { .. }),
            State::Connecting(_) | State::Ended => false,
        };
        if unix { SocketType::UnixStream } else { SocketType::Stream }
    }

    /// What a listening socket accepted.
    pub(crate) fn accepted(number: u32, stream: Transport, sendable: u32, receivable: u32) -> Self {
        Self { sendable, receivable, ..Self::new(number, State::Open(Arc::new(stream))) }
    }

    /// Connects at once, and takes bytes for the connection from now on.
    pub(crate) fn unrationed(
        number: u32,
        attempt: impl Future<Output = Result<Connection, Failure>> + Send + 'static,
    ) -> Self {
        let state = State::Connecting(Box::pin(async { (None, attempt.await) }));
        Self { rationed: false, ..Self::new(number, state) }
    }

    fn new(number: u32, state: State) -> Self {
        Self {
            number: Some(number),
            state,
            rationed: true,
            sendable: u32::MAX,
            receivable: u32::MAX,
            queue: BytesMut::new(),
            taken: 0,
            unhurried: 0,
            fin: None,
            read_done: false,
            closing: false,
            noticed: None,
            lost: None,
            info: None,
            watch: None,
            progress: Instant::now(),
        }
    }

    /// BIND.
    pub(crate) fn bind(&mut self, at: &Address, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        let local = self.fresh(Call::Bind)?.bind(at, env.network)?;
        if let Some(socket) = self.number {
            env.out.send(env.task, &ServerMessage::Bound { socket, at: env.clock.now(), local });
        }
        Ok(())
    }

    /// LISTEN. What follows is another kind of socket, and nothing of this one is left.
    pub(crate) fn listen(&mut self, backlog: u32, env: &mut Env<'_, '_>) -> Result<Listener, Failure> {
        let number = self.number.unwrap_or_default();
        let fresh = self.fresh(Call::Listen)?;
        let socket = fresh.listen(backlog, env.network)?;
        let listener = Listener::new(number, fresh.family(), socket, &env.network.metrics);
        listener.listen(backlog, env)?;
        Ok(listener)
    }

    /// SOCKOPT.
    pub(crate) fn option(
        &mut self,
        option: SocketOption,
        value: Option<&OptionValue>,
        env: &mut Env<'_, '_>,
    ) -> Result<(), Failure> {
        let fail = |errno, sentence| Err(Failure::new(options::call(value), errno, sentence));
        let value = match &mut self.state {
            State::Fresh(fresh) => fresh.option(option, value, env.network)?,
            State::Open(stream) if option == SocketOption::SoError && value.is_none() => {
                self.noticed = stream.take_error().ok().flatten();
                let name = self.noticed.as_ref().map(errno::name);
                OptionValue::Text(name.unwrap_or_default().to_owned())
            }
            State::Open(stream) => options::ask(
                stream.as_fd(),
                Sort { family: stream.family(), kind: Kind::Stream, bound: true },
                option,
                value,
            )?,
            State::Connecting(_) => return fail("EALREADY", "This socket is connecting; wait for its answer."),
            State::Ended => return fail("EINVAL", "This connection is gone; close the socket and open another one."),
        };
        if let Some(number) = self.number {
            options::tell(number, option, value, env);
        }
        Ok(())
    }

    /// WATCH, as far as INFO goes: one now, others later.
    pub(crate) fn watch(&mut self, info_every: u32, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        let fail = |errno, sentence| Err(Failure::new(Call::GetSockOpt, errno, sentence));
        self.info = None;
        let stream = match &self.state {
            _ if info_every == 0 => return Ok(()),
            State::Ended => return Ok(()),
            State::Open(stream) => stream,
            State::Fresh(_) | State::Connecting(_) => {
                return fail("ENOTCONN", "This socket is not connected; watch it after CONNECTED.");
            }
        };
        if stream.family() == Family::Unix {
            return fail("EOPNOTSUPP", "TCP_INFO is of TCP, and this is a Unix socket.");
        }
        if let Some(reason) = info::UNAVAILABLE {
            return fail("EOPNOTSUPP", reason);
        }
        self.info = Some(info::Watch::new(info_every));
        self.tell_info(env);
        Ok(())
    }

    /// INFO, unless nobody hears it. The one of a connection that is no more is the last one.
    fn tell_info(&mut self, env: &mut Env<'_, '_>) {
        let (State::Open(stream), Some(socket)) = (&self.state, self.number) else { return };
        match info::read(stream.as_fd()) {
            Ok(fields) => {
                if info::is_last(&fields) {
                    self.info = None;
                }
                env.out.send(env.task, &ServerMessage::Info { socket, at: env.clock.now(), fields });
            }
            Err(error) => {
                self.info = None;
                let failure = Failure::of_system(Call::GetSockOpt, "The kernel does not tell TCP_INFO", &error);
                env.out.send(env.task, &failure.message(socket, env.clock.now()));
            }
        }
    }

    fn fresh(&mut self, call: Call) -> Result<&mut Fresh, Failure> {
        match &mut self.state {
            State::Fresh(fresh) => Ok(fresh),
            State::Connecting(_) | State::Open(_) | State::Ended => {
                let sentence = "This socket has been connected, or tries to be; open another one for this.";
                Err(Failure::new(call, "EINVAL", sentence))
            }
        }
    }

    pub(crate) fn connect(&mut self, to: Address, env: &Env<'_, '_>) -> Result<(), Failure> {
        let (state, result) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Fresh(fresh) => {
                let attempt = connect::connect(Arc::clone(env.network), fresh, to, env.clock, env.capture.clone());
                let attempt = async {
                    let (fresh, result) = attempt.await;
                    (Some(fresh), result)
                };
                (State::Connecting(Box::pin(attempt)), Ok(()))
            }
            state @ State::Connecting(_) => {
                (state, Err(("EALREADY", "This socket is connecting already; wait for its answer.")))
            }
            state @ (State::Open(_) | State::Ended) => {
                let sentence = "This socket has been connected; close it and open another one to connect again.";
                (state, Err(("EISCONN", sentence)))
            }
        };
        self.state = state;
        result.map_err(|(errno, sentence)| Failure::new(Call::Connect, errno, sentence))
    }

    /// DATA. Large messages go to the kernel at once; small ones are gathered until the poll.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let fail = |errno, sentence| Err(Failure::new(Call::Send, errno, sentence));
        match &self.state {
            State::Ended => return Ok(()),
            State::Open(_) if self.lost.is_some() => return Ok(()),
            State::Open(_) if self.fin.is_some() => {
                return fail("EPIPE", "This socket was shut down for writing; nothing can follow.");
            }
            State::Open(_) => {}
            State::Connecting(_) if !self.rationed => {}
            _ => {
                return fail("ENOTCONN", "This socket is not connected; wait for CONNECTED.");
            }
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let Some(left) = self.sendable.checked_sub(length) else {
            let sendable = self.sendable;
            return Err(Failure::breach(
                Call::Send,
                "ENOBUFS",
                format!("The credit of this socket was {sendable} bytes and DATA brought {length}; wait for CREDIT."),
            ));
        };
        self.sendable = left;
        let sent = self.send_directly(bytes);
        self.queue.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    fn send_directly(&mut self, bytes: &[u8]) -> usize {
        let State::Open(stream) = &self.state else {
            return 0;
        };
        if !self.queue.is_empty() || bytes.len() < DIRECT {
            return 0;
        }
        // An error shows again when the rest is written.
        let sent = stream.try_write(bytes).unwrap_or(0);
        self.taken += sent as u32;
        sent
    }

    /// The connection to capture, when there is one.
    pub(crate) fn flow(&self) -> Option<Flow> {
        match &self.state {
            State::Open(transport) => match &**transport {
                Transport::Tcp(stream) => {
                    let (local, peer) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
                    Some(Flow { protocol: Protocol::Tcp, local, peer })
                }
                Transport::Unix { .. } => None,
            },
            State::Fresh(_) | State::Connecting(_) | State::Ended => None,
        }
    }

    pub(crate) fn shutdown(&mut self, how: How) -> Result<(), Failure> {
        let stream = match &self.state {
            State::Open(stream) => stream,
            State::Ended => return Ok(()),
            _ => {
                let sentence = "This socket is not connected, so there is nothing to shut down.";
                return Err(Failure::new(Call::Shutdown, "ENOTCONN", sentence));
            }
        };
        if matches!(how, How::Read | How::Both) {
            self.read_done = true;
            // The peer may have reset the connection by now; then writing or the watch tells.
            stream.shutdown(Shutdown::Read);
        }
        if matches!(how, How::Write | How::Both) && self.fin.is_none() {
            self.fin = Some(false);
        }
        Ok(())
    }

    pub(crate) fn credit(&mut self, bytes: u32) -> Result<(), Failure> {
        if matches!(self.state, State::Ended) {
            return Ok(());
        }
        match self.receivable.checked_add(bytes) {
            Some(sum) => {
                self.receivable = sum;
                Ok(())
            }
            None => Err(Failure::breach(
                Call::Recv,
                "EOVERFLOW",
                "The credit of this socket would pass 4294967295 bytes; grant what was used.",
            )),
        }
    }

    /// CLOSE: the client hears no more; what is queued is still delivered.
    pub(crate) fn close(&mut self) {
        self.number = None;
        self.finish();
    }

    /// The relay's own close: as CLOSE, but the client still hears what the kernel took.
    pub(crate) fn finish(&mut self) {
        self.closing = true;
        self.info = None;
        self.watch = None;
        self.progress = Instant::now();
        let goes_on = match self.state {
            State::Open(_) => true,
            // What was given to it early is not lost either.
            State::Connecting(_) => !self.queue.is_empty(),
            State::Fresh(_) | State::Ended => false,
        };
        if !goes_on {
            self.state = State::Ended;
        }
    }

    /// `close()` with a linger time of zero: the peer sees a RST.
    pub(crate) fn reset(&mut self) {
        if let State::Open(stream) = &self.state {
            stream.reset();
        }
        (self.watch, self.info) = (None, None);
        self.queue = BytesMut::new();
        self.state = State::Ended;
    }

    /// A broken credit rule: the client is told, and the connection ends for both.
    pub(crate) fn punish(&mut self, failure: Failure, env: &mut Env<'_, '_>) {
        self.reset();
        if let Some(number) = self.number {
            env.tell_breach(number, failure);
        }
    }

    /// Bytes that the kernel has not taken yet.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether it waits to deliver, and nothing was taken for so long.
    pub(crate) fn is_stuck(&self, limit: std::time::Duration) -> bool {
        self.closing && self.progress.elapsed() >= limit
    }

    /// Goes on with what the kernel allows: connects, writes everything, reads once.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        if let State::Connecting(attempt) = &mut self.state {
            let Poll::Ready((fresh, result)) = attempt.as_mut().poll(cx) else {
                return Polled::Waiting;
            };
            self.state = fresh.filter(|_| !self.closing).map_or(State::Ended, State::Fresh);
            self.connected(result, env);
        }
        if self.info.as_mut().is_some_and(|watch| watch.is_time(cx)) && env.out.has_room(env.task) {
            self.tell_info(env);
        }
        if let Some(error) = self.noticed.take() {
            self.fail(Call::Recv, &error, env);
        }
        if let State::Open(stream) = &self.state {
            let stream = Arc::clone(stream);
            let written = self.write(&stream, cx);
            self.grant(env);
            match written {
                // Like Linux, which lets a program read what came before the RST (tcp_recvmsg_locked).
                Err(error) if stream.is_reset(&error) && !self.closing => {
                    (self.lost, self.queue) = (Some(error), BytesMut::new());
                    return self.read(&stream, cx, env);
                }
                Err(error) => self.fail(Call::Send, &error, env),
                Ok(()) if !self.closing => return self.read(&stream, cx, env),
                Ok(()) => {}
            }
        }
        let delivered = self.queue.is_empty() || matches!(self.state, State::Ended);
        if self.closing && delivered { Polled::Gone } else { Polled::Waiting }
    }

    fn connected(&mut self, result: Result<Connection, Failure>, env: &mut Env<'_, '_>) {
        let Some(socket) = self.number else {
            // Closed by the client: there may be bytes to deliver, and nobody to tell.
            if let Ok(connection) = result {
                self.state = State::Open(Arc::new(connection.stream));
            }
            return;
        };
        match result {
            Ok(Connection { stream, called_at, at, local, peer }) => {
                tracing::debug!(socket, %local, %peer, "connected");
                self.state = State::Open(Arc::new(stream));
                let connected = ServerMessage::Connected { socket, called_at, at, local, peer };
                env.out.send(env.task, &connected);
            }
            Err(failure) => env.out.send(env.task, &failure.message(socket, env.clock.now())),
        }
    }

    fn write(&mut self, stream: &Transport, cx: &mut Context<'_>) -> io::Result<()> {
        if self.lost.is_some() {
            return Ok(());
        }
        while !self.queue.is_empty() {
            match stream.poll_write_ready(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(()),
            }
            match stream.try_write(&self.queue) {
                Ok(sent) => {
                    self.queue.advance(sent);
                    self.taken += sent as u32;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if self.fin == Some(false) {
            self.fin = Some(true);
            // On a connection that the peer has reset this fails, and the reset is told by itself.
            stream.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    /// Tells the client what the kernel took, and gives an empty queue's buffer back.
    fn grant(&mut self, env: &mut Env<'_, '_>) {
        if self.taken > 0 {
            let bytes = std::mem::take(&mut self.taken);
            self.sendable += bytes;
            self.progress = Instant::now();
            env.network.metrics.sent(bytes as usize);
            if let Some(socket) = self.number {
                let credit = ServerMessage::Credit { socket, at: env.clock.now(), bytes };
                self.unhurried = self.unhurried.saturating_add(bytes);
                if self.unhurried >= env.hurry {
                    self.unhurried = 0;
                    env.out.send(env.task, &credit);
                } else {
                    env.out.send_lazily(env.task, &credit);
                }
            }
        }
        if self.queue.is_empty() && self.queue.capacity() > 0 {
            let mut empty = std::mem::take(&mut self.queue);
            empty.clear();
            env.spare.write = empty;
        }
    }

    /// Takes the session's spare buffer before small messages are gathered.
    pub(crate) fn lend(&mut self, spare: &mut Spare) {
        if self.queue.capacity() == 0 {
            self.queue = std::mem::take(&mut spare.write);
        }
    }

    fn read(&mut self, stream: &Arc<Transport>, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        if self.read_done || self.receivable == 0 {
            if let Some(error) = self.lost.take() {
                self.fail(Call::Send, &error, env);
            } else if let Poll::Ready(error) = self.poll_watch(stream, cx) {
                self.fail(Call::Recv, &error, env);
            }
            return Polled::Waiting;
        }
        self.watch = None;
        if !env.out.has_room(env.task) {
            return Polled::Parked;
        }
        match self.poll_read(stream, cx, env) {
            Poll::Pending => Polled::Waiting,
            Poll::Ready(Ok(Some(bytes))) => {
                let length = bytes.len() - env.out.dialect.data_header_len();
                env.network.metrics.received(length);
                if self.rationed {
                    self.receivable -= length as u32;
                }
                if self.receivable == 0 {
                    env.network.metrics.stalled();
                }
                env.out.send_bytes(env.task, bytes.clone());
                // When they were written or copied, and so they are where the client reads, the buffer is free again.
                lent::give_last(bytes);
                Polled::Again
            }
            Poll::Ready(Ok(None)) => {
                self.read_done = true;
                if self.lost.is_some() {
                    // What looks like a FIN is the RST that writing was told of.
                    return Polled::Again;
                }
                if let Some(socket) = self.number {
                    let at = env.clock.now();
                    env.out.send(env.task, &ServerMessage::Fin { socket, at });
                }
                // Once more, so that the watch for a RST begins.
                Polled::Again
            }
            Poll::Ready(Err(error)) => {
                self.fail(Call::Recv, &error, env);
                Polled::Waiting
            }
        }
    }

    /// Reads once: a whole DATA message, or `None` for the peer's FIN.
    fn poll_read(
        &self,
        stream: &Transport,
        cx: &mut Context<'_>,
        env: &mut Env<'_, '_>,
    ) -> Poll<io::Result<Option<Bytes>>> {
        let (chunk, header) = (env.chunk.min(self.receivable as usize), env.out.dialect.data_header_len());
        loop {
            ready!(stream.poll_read_ready(cx))?;
            let mut buffer = lent::take();
            buffer.put_bytes(0, header);
            match read_once(stream, &mut buffer, chunk) {
                Ok(0) => return Poll::Ready(Ok(None)),
                Ok(_) => {
                    let (number, at) = (self.number.unwrap_or(0), env.clock.now());
                    env.out.dialect.put_data_header(&mut buffer[..header], number, at);
                    return Poll::Ready(Ok(Some(buffer.freeze())));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => lent::give(buffer),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// While nothing is read, a RST would stay unseen behind a closed window.
    fn poll_watch(&mut self, stream: &Arc<Transport>, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let watch = self.watch.get_or_insert_with(|| {
                let stream = Arc::clone(stream);
                Box::pin(async move { stream.ready(Interest::ERROR).await })
            });
            let result = ready!(watch.as_mut().poll(cx));
            self.watch = None;
            match result.and_then(|_| stream.take_error()) {
                Ok(Some(error)) | Err(error) => return Poll::Ready(error),
                // A false alarm: forget this readiness and wait for the next.
                Ok(None) => {
                    let _ = stream.try_io(Interest::ERROR, || Err(io::ErrorKind::WouldBlock.into()));
                }
            }
        }
    }

    /// The kernel gave the connection up. A RST is told as such, anything else by its name first.
    fn fail(&mut self, call: Call, error: &io::Error, env: &mut Env<'_, '_>) {
        let reset = matches!(&self.state, State::Open(stream) if stream.is_reset(error));
        if self.info.take().is_some() {
            self.tell_info(env);
        }
        self.watch = None;
        self.queue = BytesMut::new();
        self.state = State::Ended;
        let Some(socket) = self.number else { return };
        let at = env.clock.now();
        if !reset {
            let failure = Failure::of_system(call, "The connection is lost", error);
            env.out.send(env.task, &failure.message(socket, at));
        }
        env.out.send(env.task, &ServerMessage::Reset { socket, at });
    }
}

/// `recv()`. A read that leaves room has emptied the kernel's buffer. Where readiness is an edge (epoll(7)) the next bytes will be told,
/// and to forget this one saves the call that would find nothing. Not so for a sender that goes on: its next bytes are there before
/// they are told, and sockets that are always ready would take its turns.
fn read_once(stream: &Transport, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
    let mut read = Err(io::ErrorKind::WouldBlock.into());
    let _ = stream.try_io(Interest::READABLE, || {
        read = stream.try_read_buf(&mut buffer.limit(most));
        match read {
            Ok(length) if (1..most.min(ALONE)).contains(&length) && stream.short_read_is_last() => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            _ => Ok(()),
        }
    });
    read
}
