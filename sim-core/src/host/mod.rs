//! A host: its kernel and its processes. What arrives at its interface goes up the layers here; what its timers and
//! programs do goes down.
//!
//! Absent on purpose: other hosts. A host knows its interface, and nothing behind it.

mod deliver;
mod descriptor;
mod file;
mod gateway;
mod input;
mod process;
mod thread;
mod translate;

use std::sync::Arc;

use litemap::LiteMap;

use crate::context::Context;
use crate::date::Date;
use crate::internet::Internet;
use crate::internet::icmp::{Problem, Quote};
use crate::packet::Packet;
use crate::program::Loader;
use crate::random::{Purpose, Stream};
use crate::scenario::{self, Attachment, HostSettings, NodeKind};
use crate::socket::{Kind, Sockets};
use crate::time::Instant;
use crate::trace::{ProcessId, SocketId, TcpState};
use crate::transport::tcp::Parameters;

pub(crate) use descriptor::{Descriptors, File};
use file::Files;
pub(crate) use file::{OpenFile, real_path};
use gateway::Gateway;
pub use gateway::Unpublishable;
use process::Process;
use thread::Thread;

#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// What `gethostname` says.
    name: Arc<str>,
    pub(crate) net: Internet,
    pub(crate) sockets: Sockets,
    pub(crate) random: Stream,
    pub(crate) files: Files,
    /// What is set for all of its sockets, and TCP's parameters that follow from it.
    pub(crate) settings: HostSettings,
    pub(crate) parameters: Arc<Parameters>,
    /// Each, by its first thread; it is away from here while one of its threads runs.
    processes: LiteMap<ProcessId, Option<Box<Process>>>,
    threads: LiteMap<ProcessId, Thread>,
    /// Programs that start by themselves, and when.
    programs: Vec<scenario::Program>,
    /// Who makes machines of programs in other languages.
    loader: Option<Loader>,
    /// What its clock showed at the beginning.
    clock: Date,
    gateway: Option<Gateway>,
}

impl Host {
    pub(crate) fn new(node: &scenario::Node, number: u16, attached: &[Option<Attachment>], seed: u64) -> Host {
        let mut random = Stream::new(seed, Purpose::Host, u64::from(number));
        Host {
            name: node.name.as_str().into(),
            net: Internet::new(node, attached, &mut random),
            sockets: Sockets::new(random),
            files: Files::new(&node.files),
            settings: node.settings,
            parameters: Arc::new(Parameters::linux(&node.settings)),
            random,
            processes: LiteMap::new(),
            threads: LiteMap::new(),
            programs: node.programs.clone(),
            loader: None,
            clock: Date::default(),
            gateway: (node.kind == NodeKind::Gateway).then(Gateway::default),
        }
    }

    /// What its clock showed at the beginning, and who makes machines of programs in other languages.
    pub(crate) fn serve(&mut self, clock: Date, loader: Option<Loader>) {
        (self.clock, self.loader) = (clock, loader);
    }

    /// The start times of its programs.
    pub(crate) fn program_starts(&self) -> impl Iterator<Item = Instant> {
        self.programs.iter().map(|program| program.at)
    }

    /// Starts a program of the scenario.
    pub(crate) fn start(&mut self, program: u32, ctx: &mut Context<'_>) {
        let program = self.programs[program as usize].what.clone();
        self.spawn(program, ctx);
    }

    /// A timer of this socket may be due.
    pub(crate) fn socket_timeout(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let Some(tcb) = self.sockets.tcb(id) else { return };
        if !tcb.timers.reached(id, ctx) {
            return;
        }
        while let Some(kind) = tcb.timers.take_due(id, ctx) {
            tcb.timeout(kind, &mut self.net, ctx);
        }
        self.settle(id, ctx);
    }

    /// ARP asks again, or gives up: then the senders of what waited are told.
    pub(crate) fn neighbours_timeout(&mut self, ctx: &mut Context<'_>) {
        for (packet, cause) in self.net.neighbours_timeout(ctx) {
            ctx.cause = cause;
            self.undelivered(packet.bytes(), ctx);
            ctx.pool.give_back(packet);
        }
    }

    /// A packet found no neighbour: who sent it is told, this host itself or the one that it is forwarded for.
    fn undelivered(&mut self, packet: &[u8], ctx: &mut Context<'_>) {
        let packet = self.net.before_translation(packet);
        let Some(quote) = Quote::parse(&packet) else { return };
        if self.net.is_local(quote.source) {
            self.hear(Problem::NoNeighbour, quote.source, &packet, ctx);
        } else {
            self.net.report(Problem::NoNeighbour, &packet, ctx);
        }
    }

    /// Interfaces do what they do by themselves.
    pub(crate) fn interfaces_timeout(&mut self, ctx: &mut Context<'_>) {
        self.net.agenda_timeout(ctx);
    }

    /// Fragments have waited for the others.
    pub(crate) fn reassembly_timeout(&mut self, ctx: &mut Context<'_>) {
        self.net.reassembly_timeout(ctx);
    }

    /// A NAT forgets.
    pub(crate) fn translations_timeout(&mut self, ctx: &mut Context<'_>) {
        self.net.translations_timeout(ctx);
    }

    /// Puts a frame on the link as a packet socket does: its bytes are the caller's.
    pub(crate) fn inject(&mut self, bytes: &[u8], ctx: &mut Context<'_>) {
        let mut packet: Packet = ctx.pool.take();
        packet.append(bytes.len()).copy_from_slice(bytes);
        self.net.transmit(0, packet, ctx);
    }

    /// Other settings from now on.
    pub(crate) fn set(&mut self, settings: HostSettings, ctx: &mut Context<'_>) {
        self.settings = settings;
        self.parameters = Arc::new(Parameters::linux(&settings));
        self.net.ttl = settings.ttl;
        for id in self.sockets.connection_ids() {
            if let Some(tcb) = self.sockets.tcb(id) {
                tcb.adopt(&self.parameters, &mut self.net, ctx);
            }
            self.settle(id, ctx);
        }
    }

    /// After something happened to a socket: tells the trace, the listener, the gateway and who waits.
    pub(crate) fn settle(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        self.serve_flow(id, ctx);
        let Some(socket) = self.sockets.get_mut(id) else { return };
        let Kind::Connection(tcb) = &mut socket.kind else {
            return;
        };
        tcb.report(ctx);
        let woken = core::mem::take(&mut tcb.woken);
        let (state, parent, orphan) = (tcb.state, tcb.parent, tcb.orphan);
        if woken {
            if let Some(listener) = parent {
                self.settle_child(id, listener, state, ctx);
            }
            self.wake(id, ctx.cause, ctx);
        }
        if state == TcpState::Closed {
            self.sockets.detach(id);
            if orphan {
                self.sockets.remove(id);
            }
        }
    }

    /// A connection that nobody has accepted changed: it may be acceptable now, or gone before it ever was.
    fn settle_child(&mut self, id: SocketId, listener: SocketId, state: TcpState, ctx: &mut Context<'_>) {
        let Some(listening) = self.sockets.listener(listener) else { return };
        let queued = listening.queue.contains(&id);
        match state {
            TcpState::SynReceived => {}
            TcpState::Closed if !queued => {
                listening.half_open -= 1;
                self.sockets.remove(id);
            }
            _ if !queued => {
                listening.half_open -= 1;
                listening.queue.push_back(id);
                self.wake(listener, ctx.cause, ctx);
            }
            _ => {}
        }
    }
}
