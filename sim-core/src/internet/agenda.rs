//! What a node's interfaces have to do later: checking addresses, asking for routers and advertising, ending lifetimes, telling
//! of groups. One event of the queue for all of it.
//!
//! Absent on purpose: what belongs to neighbours, fragments and sockets: they have timers of their own.

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use litemap::LiteMap;

use crate::context::Context;
use crate::queue::{Event, EventQueue, LazyTimer};
use crate::scenario::Address;
use crate::time::Instant;
use crate::trace::NodeId;

use super::Internet;

/// Something to do; the number is the interface's place. What is due at one moment is done in this order: Linux reports its
/// groups before it asks for routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// The interface comes up.
    Up(usize),
    /// Ask whether somebody has this address.
    Probe(usize, Ipv6Addr),
    /// Nobody has said so.
    Assign(usize, Ipv6Addr),
    /// The address is not for new connections any more.
    Deprecate(usize, Ipv6Addr),
    /// The address ends.
    Expire(usize, Ipv6Addr),
    /// A route that was advertised ends.
    EndRoute(usize, Address, Option<IpAddr>),
    /// Tell which groups were joined and left; of IPv6 or not.
    TellChanges(usize, bool),
    /// Tell a querier of groups; of IPv6 or not.
    TellMembers(usize, bool),
    /// Ask for routers.
    Solicit(usize),
    /// Advertise.
    Advertise(usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    order: LiteMap<(Instant, Task), ()>,
    times: LiteMap<Task, Instant>,
    timer: LazyTimer,
}

impl Agenda {
    /// When this will be done.
    pub(super) fn time_of(&self, task: Task) -> Option<Instant> {
        self.times.get(&task).copied()
    }

    fn set(&mut self, task: Task, at: Option<Instant>) {
        let old = match at {
            Some(at) => self.times.insert(task, at),
            None => self.times.remove(&task),
        };
        if let Some(old) = old {
            self.order.remove(&(old, task));
        }
        if let Some(at) = at {
            self.order.insert((at, task), ());
        }
    }

    fn take_due(&mut self, now: Instant) -> Option<Task> {
        let (&(at, task), ()) = self.order.first()?;
        if at > now {
            return None;
        }
        self.set(task, None);
        Some(task)
    }

    fn schedule(&mut self, node: NodeId, queue: &mut EventQueue) {
        let next = self.order.first().map(|((at, _), ())| *at);
        self.timer.set(next, queue, Event::Interfaces(node));
    }
}

impl Internet {
    /// Time zero: interfaces that do something by themselves come up.
    pub(crate) fn begin(&mut self, node: NodeId, queue: &mut EventQueue) {
        for (place, interface) in self.interfaces.iter().enumerate() {
            if interface.link.is_some() && (interface.autoconf || interface.advertise) {
                self.agenda.set(Task::Up(place), Some(Instant::ZERO));
            }
        }
        self.agenda.schedule(node, queue);
    }

    /// Does this at that time, and at no other.
    pub(super) fn plan(&mut self, task: Task, at: Option<Instant>, ctx: &mut Context<'_>) {
        self.agenda.set(task, at);
        self.agenda.schedule(ctx.node, ctx.queue);
    }

    /// Any time below this.
    pub(super) fn draw(&mut self, below: Duration) -> Duration {
        let micros = u32::try_from(below.as_micros()).unwrap_or(u32::MAX);
        Duration::from_micros(u64::from(self.random.below(micros)))
    }

    /// The agenda's event came.
    pub(crate) fn agenda_timeout(&mut self, ctx: &mut Context<'_>) {
        if !self.agenda.timer.reached(ctx.now, ctx.queue, Event::Interfaces(ctx.node)) {
            return;
        }
        while let Some(task) = self.agenda.take_due(ctx.now) {
            ctx.cause = None;
            self.perform(task, ctx);
        }
        self.agenda.schedule(ctx.node, ctx.queue);
    }

    fn perform(&mut self, task: Task, ctx: &mut Context<'_>) {
        match task {
            Task::Up(interface) => self.bring_up(interface, ctx),
            Task::Probe(interface, address) => self.probe(interface, address, ctx),
            Task::Assign(interface, address) => self.assign(interface, address, ctx),
            Task::Deprecate(interface, address) => self.deprecate(interface, address, ctx),
            Task::Expire(interface, address) => self.expire(interface, address, ctx),
            Task::EndRoute(interface, to, via) => self.end_route((interface, to, via), ctx),
            Task::Solicit(interface) => self.solicit_routers(interface, ctx),
            Task::Advertise(interface) => self.advertise(interface, ctx),
            Task::TellChanges(interface, v6) => self.tell_changes(interface, v6, ctx),
            Task::TellMembers(interface, v6) => self.tell_members(interface, v6, ctx),
        }
    }
}
