//! A name server (RFC 1035): it answers for the names it was given, and asks another server for the rest, whose answers it
//! keeps for as long as they say (RFC 2308 for those that say no).
//!
//! Absent on purpose: zone transfer, TCP (an answer that is too long says so by TC), recursion from the root, DNSSEC.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use litemap::LiteMap;

use crate::errno::Errno;
use crate::program::{Address, Call, Events, Family, MessageFlags, Next, PollFd, Program, SocketType, View};
use crate::time::Instant;
use crate::trace::Value;
use crate::wire::dns::{Class, Data, Kind, LONGEST_UDP, Message, Name, PORT, Question, Record, ResponseCode, Soa};

use super::{call, descriptor};

/// Questions to the other server that wait for an answer, and answers that are kept.
const MOST_PENDING: usize = 512;
const MOST_KEPT: usize = 4096;
/// Time for an answer of the other server; it is asked so often.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 2;
/// Nothing is kept longer (RFC 8767 §4: a week at most).
const LONGEST_TTL: u32 = 604_800;
/// How long a no is kept whose zone does not say it.
const NEGATIVE_TTL: u32 = 60;
const LONGEST_MESSAGE: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Socket,
    Bind,
    UpstreamSocket,
    UpstreamConnect,
    /// Between two things to do.
    Idle,
    Poll,
    Query,
    Answer,
}

/// A question that the other server was asked.
#[derive(Clone, Debug)]
struct Pending {
    from: Address,
    query: Message,
    until: Instant,
    tries: u32,
}

/// An answer of the other server.
#[derive(Clone, Debug)]
struct Kept {
    answer: Message,
    since: Instant,
    until: Instant,
}

#[derive(Clone, Debug)]
pub(super) struct DnsServer {
    names: Vec<(Name, IpAddr)>,
    ttl: u32,
    upstream: Option<IpAddr>,
    state: State,
    fd: u32,
    upstream_fd: u32,
    todo: VecDeque<Call>,
    pending: LiteMap<u16, Pending>,
    cache: LiteMap<(Vec<u8>, Kind), Kept>,
}

impl DnsServer {
    pub(super) fn new(names: Vec<(Name, IpAddr)>, ttl: u32, upstream: Option<IpAddr>) -> DnsServer {
        DnsServer {
            names,
            ttl,
            upstream,
            state: State::Start,
            fd: 0,
            upstream_fd: 0,
            todo: VecDeque::new(),
            pending: LiteMap::new(),
            cache: LiteMap::new(),
        }
    }

    /// The sockets. Nothing of this can fail on a host where nobody else has the port; else the program ends.
    fn set_up(&mut self, value: &Value) -> Next {
        match self.state {
            State::Socket => {
                self.fd = descriptor(value);
                self.state = State::Bind;
                call(Call::Bind(self.fd, Address::Inet((Ipv4Addr::UNSPECIFIED, PORT).into())))
            }
            State::Bind if self.upstream.is_some() => {
                self.state = State::UpstreamSocket;
                let family = if self.upstream.is_some_and(|to| to.is_ipv4()) { Family::Inet } else { Family::Inet6 };
                call(Call::Socket(family, SocketType::Datagram))
            }
            State::UpstreamSocket => {
                self.upstream_fd = descriptor(value);
                self.state = State::UpstreamConnect;
                let to = self.upstream.expect("it is set, else this socket is not made");
                call(Call::Connect(self.upstream_fd, Address::Inet((to, PORT).into())))
            }
            _ => {
                self.state = State::Idle;
                self.wait()
            }
        }
    }

    /// Sends what there is to send, then waits for what comes.
    fn next(&mut self, view: &View<'_>) -> Next {
        self.state = State::Idle;
        self.give_up(view.now);
        match self.todo.pop_front() {
            Some(next) => call(next),
            None => self.wait_from(view.now),
        }
    }

    fn wait(&mut self) -> Next {
        self.wait_from(Instant::ZERO)
    }

    fn wait_from(&mut self, now: Instant) -> Next {
        self.state = State::Poll;
        let on = |fd| PollFd { fd, events: Events::IN };
        let fds: Arc<[PollFd]> = match self.upstream {
            Some(_) => Arc::from([on(self.fd), on(self.upstream_fd)]),
            None => Arc::from([on(self.fd)]),
        };
        let next = self.pending.values().map(|pending| pending.until).min();
        call(Call::Poll(fds, next.map(|until| until.saturating_since(now))))
    }

    fn ready(&mut self, ready: &[PollFd], view: &View<'_>) -> Next {
        let Some(first) = ready.first() else { return self.next(view) };
        if first.fd == self.fd {
            self.state = State::Query;
            call(Call::RecvFrom(self.fd, LONGEST_MESSAGE, MessageFlags::NONE))
        } else {
            self.state = State::Answer;
            call(Call::Recv(self.upstream_fd, LONGEST_MESSAGE, MessageFlags::NONE))
        }
    }

    /// A question came.
    fn asked(&mut self, bytes: &[u8], from: Address, view: &mut View<'_>) {
        let Ok(query) = Message::parse(bytes) else { return };
        if query.header.response {
            return;
        }
        let answer = match query.questions.as_slice() {
            _ if query.header.opcode != 0 => query.answer(ResponseCode::NotImplemented),
            [question] if question.class == Class::IN => match self.known(&query, &question.clone(), view.now) {
                Some(answer) => answer,
                None if self.upstream.is_some() && self.pending.len() < MOST_PENDING => {
                    return self.pass_on(query, from, view);
                }
                None => self.unknown(&query),
            },
            _ => query.answer(ResponseCode::FormatError),
        };
        self.reply(&answer, from);
    }

    /// What this server knows itself, or has kept.
    fn known(&self, query: &Message, question: &Question, now: Instant) -> Option<Message> {
        let mut of_name = self.names.iter().filter(|(name, _)| name.is(&question.name)).peekable();
        if of_name.peek().is_some() {
            let mut answer = query.answer(ResponseCode::NoError);
            answer.header.authoritative = true;
            answer.header.recursion_available = self.upstream.is_some();
            let records = of_name.filter(|(_, address)| fits(question.kind, *address));
            answer.answers = records.map(|(_, address)| self.record(&question.name, *address)).collect();
            if answer.answers.is_empty() {
                answer.authorities = vec![self.authority(&question.name)];
            }
            return Some(answer);
        }
        let kept = self.cache.get(&key(question))?;
        if kept.until <= now {
            return None;
        }
        // RFC 1035 §3.2.1: less by the time that it was kept.
        let age = u32::try_from(now.saturating_since(kept.since).as_secs()).unwrap_or(u32::MAX);
        let mut answer = kept.answer.clone();
        answer.header.id = query.header.id;
        answer.header.authoritative = false;
        answer.questions = query.questions.clone();
        for record in answer.answers.iter_mut().chain(&mut answer.authorities).chain(&mut answer.additionals) {
            record.ttl = record.ttl.saturating_sub(age);
        }
        Some(answer)
    }

    fn record(&self, name: &Name, address: IpAddr) -> Record {
        let data = match address {
            IpAddr::V4(address) => Data::A(address),
            IpAddr::V6(address) => Data::Aaaa(address),
        };
        Record { name: name.clone(), class: Class::IN, ttl: self.ttl, data }
    }

    /// Who says no, and for how long that holds (RFC 2308 §3).
    fn authority(&self, zone: &Name) -> Record {
        let soa = Soa {
            server: zone.clone(),
            mailbox: zone.clone(),
            serial: 1,
            refresh: self.ttl,
            retry: self.ttl,
            expire: self.ttl,
            minimum: self.ttl,
        };
        Record { name: zone.clone(), class: Class::IN, ttl: self.ttl, data: Data::Soa(soa) }
    }

    fn unknown(&self, query: &Message) -> Message {
        let mut answer = query.answer(ResponseCode::NameError);
        answer.header.authoritative = true;
        answer.header.recursion_available = self.upstream.is_some();
        answer.authorities = vec![self.authority(&query.questions[0].name)];
        answer
    }

    fn reply(&mut self, answer: &Message, to: Address) {
        let mut bytes = answer.emit(true);
        if bytes.len() > LONGEST_UDP {
            // RFC 2181 §9: an answer that is cut says nothing but that.
            let mut cut = answer.answer(answer.header.code);
            cut.header.truncated = true;
            bytes = cut.emit(true);
        }
        self.todo.push_back(Call::SendTo(self.fd, bytes.into(), to, MessageFlags::NONE));
    }

    fn pass_on(&mut self, query: Message, from: Address, view: &mut View<'_>) {
        // RFC 5452 §4.3: a number that cannot be guessed, and that no other question has.
        let mut id = view.random() as u16;
        while self.pending.contains_key(&id) {
            id = id.wrapping_add(1);
        }
        let pending = Pending { from, query, until: view.now + PATIENCE, tries: 1 };
        self.send_on(id, &pending);
        self.pending.insert(id, pending);
    }

    fn send_on(&mut self, id: u16, pending: &Pending) {
        let question = &pending.query.questions[0];
        let message = Message::question(id, question.name.clone(), question.kind).emit(true);
        self.todo.push_back(Call::Send(self.upstream_fd, message.into(), MessageFlags::NONE));
    }

    /// The other server answered.
    fn answered(&mut self, bytes: &[u8], now: Instant) {
        let Ok(mut answer) = Message::parse(bytes) else { return };
        let id = answer.header.id;
        let Some(pending) = self.pending.get(&id) else { return };
        // An answer to something else than what was asked is no answer (RFC 5452 §4.2).
        let same = |question: &Question| {
            let asked = &pending.query.questions[0];
            question.name.is(&asked.name) && question.kind == asked.kind
        };
        if !answer.header.response || !answer.questions.first().is_some_and(same) {
            return;
        }
        let Some(pending) = self.pending.remove(&id) else { return };
        self.keep(&pending.query.questions[0], &answer, now);
        answer.header.id = pending.query.header.id;
        answer.header.authoritative = false;
        answer.header.recursion_available = true;
        answer.questions.clone_from(&pending.query.questions);
        self.reply(&answer, pending.from);
    }

    fn keep(&mut self, question: &Question, answer: &Message, now: Instant) {
        let ttl = match answer.header.code {
            ResponseCode::NoError if !answer.answers.is_empty() => {
                answer.answers.iter().map(|record| record.ttl).min().unwrap_or(0)
            }
            ResponseCode::NoError | ResponseCode::NameError => answer.negative_ttl().unwrap_or(NEGATIVE_TTL),
            // A failure says nothing of the name.
            _ => return,
        };
        self.cache.retain(|_, kept| kept.until > now);
        if ttl > 0 && !answer.header.truncated && self.cache.len() < MOST_KEPT {
            let until = now + Duration::from_secs(u64::from(ttl.min(LONGEST_TTL)));
            self.cache.insert(key(question), Kept { answer: answer.clone(), since: now, until });
        }
    }

    /// Asks again, or says that the other server has failed.
    fn give_up(&mut self, now: Instant) {
        let due: Vec<u16> =
            self.pending.iter().filter(|(_, pending)| pending.until <= now).map(|(id, _)| *id).collect();
        for id in due {
            let Some(mut pending) = self.pending.remove(&id) else { continue };
            if pending.tries < ATTEMPTS {
                pending.tries += 1;
                pending.until = now + PATIENCE;
                self.send_on(id, &pending);
                self.pending.insert(id, pending);
            } else {
                self.reply(&pending.query.answer(ResponseCode::ServerFailure), pending.from);
            }
        }
    }
}

fn fits(kind: Kind, address: IpAddr) -> bool {
    match kind {
        Kind::A => address.is_ipv4(),
        Kind::AAAA => address.is_ipv6(),
        kind => kind == Kind::ANY,
    }
}

/// Under which an answer is kept: names are the same in either case (RFC 4343).
fn key(question: &Question) -> (Vec<u8>, Kind) {
    let mut name = Vec::new();
    for label in question.name.labels() {
        name.extend(label.to_ascii_lowercase());
        name.push(b'.');
    }
    (name, question.kind)
}

impl Program for DnsServer {
    fn name(&self) -> Arc<str> {
        "dns-server".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match (self.state, last) {
            (State::Start, _) => {
                self.state = State::Socket;
                call(Call::Socket(Family::Inet, SocketType::Datagram))
            }
            (
                State::Socket | State::Bind | State::UpstreamSocket | State::UpstreamConnect | State::Poll,
                Some(Err(error)),
            ) => Next::exit(super::LINE, Some(error)),
            (State::Socket | State::Bind | State::UpstreamSocket | State::UpstreamConnect, Some(Ok(value))) => {
                self.set_up(&value)
            }
            (State::Poll, Some(Ok(Value::Ready(ready)))) => self.ready(&ready, view),
            (State::Query, Some(Ok(Value::Datagram(bytes, from)))) => {
                self.asked(&bytes, from, view);
                self.next(view)
            }
            (State::Answer, Some(Ok(Value::Bytes(bytes)))) => {
                self.answered(&bytes, view.now);
                self.next(view)
            }
            // A send that failed is as one that was lost; an error of the other server's socket as no answer.
            _ => self.next(view),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
