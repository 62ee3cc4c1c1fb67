//! Groups: what hosts tell the routers and switches of a link about the groups they are in, with IGMPv3 (RFC 3376) and MLDv2
//! (RFC 3810), or with older versions while a querier speaks those.
//!
//! Both protocols are one here: changes are told at once and once more within a second (robustness 2), in one report for all that
//! changed together; queries are answered after a random part of the time that they give.
//!
//! Absent on purpose: filters of sources (no call here names one: each group is joined for all of them); the querier's
//! side (no node is a multicast router: groups do not leave their link); the silent group of all nodes (RFC 3376 §6, RFC 3810 §6).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::context::Context;
use crate::layer::{Layer, Protocol};
use crate::time::Instant;
use crate::trace::FactId;
use crate::wire::ethernet;
use crate::wire::ipv4::PROTOCOL_IGMP;
use crate::wire::ipv6::{PROTOCOL_ICMPV6, solicited_node};
use crate::wire::membership::{Record, RecordKind, seconds};
use crate::wire::{icmpv6, igmp, mld};

use super::agenda::Task;
use super::{Carriage, Hop, Interface, Internet};

/// How often a change is told (robustness, RFC 3376 §8.1, RFC 3810 §9.1).
const ROBUSTNESS: u8 = 2;
/// Within so long it is told again (§8.11, §9.11).
const AGAIN: Duration = Duration::from_secs(1);
/// The same in the older versions (RFC 2236 §8.10, RFC 2710 §7.10).
const AGAIN_OLD: Duration = Duration::from_secs(10);
/// An older querier counts for so long (RFC 3376 §8.12, RFC 3810 §9.12): robustness times the query interval and the answer's time.
const OLD_QUERIER: Duration = Duration::from_secs(2 * 125 + 10);
/// A query of IGMPv1 says nothing of time (RFC 3376 §7.2.1).
const FIRST_VERSION_TIME: Duration = Duration::from_secs(10);
/// Records in one report: it fits every link.
const RECORDS: usize = 60;
/// Where MLDv2 reports go (RFC 3810 §5.2.14).
const ALL_V2_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// Precedence 6 (`igmpv3_newpack`).
const CONTROL_CLASS: u8 = 0xc0;

/// A group, and the place of the interface that it is joined at.
pub(crate) type Joined = (IpAddr, usize);

/// What an interface has to tell of its groups of one family.
#[derive(Clone, Debug, Default)]
pub(super) struct Listening {
    changes: LiteMap<IpAddr, Change>,
    /// A querier wants to know of these.
    asked: BTreeSet<IpAddr>,
    /// An older querier is there until then.
    older: Option<(Instant, Older)>,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    joined: bool,
    /// How often it is still to be told.
    left: u8,
    cause: Option<FactId>,
}

/// Versions before the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Older {
    /// IGMPv1: nobody says that he leaves.
    Oldest,
    /// IGMPv2 and MLDv1.
    Old,
}

/// A query, of either family.
#[derive(Clone, Copy, Debug)]
struct Query {
    /// `None`: every group.
    group: Option<IpAddr>,
    within: Duration,
    older: Option<Older>,
}

/// Whether anybody is ever told of this group.
fn is_told(group: IpAddr) -> bool {
    match group {
        IpAddr::V4(group) => group.is_multicast() && group != igmp::ALL_SYSTEMS,
        // RFC 3810 §6: neither all nodes nor scopes below the link.
        IpAddr::V6(group) => group.is_multicast() && group.segments()[0] & 0xf > 1 && group != super::nd::ALL_NODES,
    }
}

impl Interface {
    /// A packet to this group is taken in.
    pub(crate) fn is_member(&self, group: IpAddr) -> bool {
        let own = match group {
            // RFC 1112 §7.2: every host is in the group of all hosts.
            IpAddr::V4(group) => group == igmp::ALL_SYSTEMS,
            // RFC 4291 §2.8.
            IpAddr::V6(group) => {
                let all = group == super::nd::ALL_NODES || self.router && group == super::nd::ALL_ROUTERS;
                self.v6 && (all || self.addresses_v6().any(|own| solicited_node(own) == group))
            }
        };
        own || self.groups.contains_key(&group)
    }

    /// The groups of a family that a querier is told of.
    fn memberships(&self, v6: bool) -> BTreeSet<IpAddr> {
        let mut groups = crate::order::set(self.groups.keys().copied());
        if self.v6 {
            groups.extend(self.addresses_v6().map(|own| IpAddr::V6(solicited_node(own))));
            groups.extend(self.router.then_some(IpAddr::V6(super::nd::ALL_ROUTERS)));
        }
        groups.retain(|group| group.is_ipv6() == v6 && is_told(*group));
        groups
    }
}

impl Internet {
    /// A socket joins a group.
    pub(crate) fn join(&mut self, (group, interface): Joined, ctx: &mut Context<'_>) {
        let Some(here) = self.interfaces.get_mut(interface) else { return };
        let news = !here.is_member(group);
        *here.groups.entry(group).or_default() += 1;
        if news {
            self.group_changed((group, interface), true, ctx);
        }
    }

    /// A socket leaves a group.
    pub(crate) fn leave(&mut self, (group, interface): Joined, ctx: &mut Context<'_>) {
        let Some(here) = self.interfaces.get_mut(interface) else { return };
        let Some(members) = here.groups.get_mut(&group) else { return };
        *members -= 1;
        if *members == 0 {
            here.groups.remove(&group);
            if !here.is_member(group) {
                self.group_changed((group, interface), false, ctx);
            }
        }
    }

    fn listening(&mut self, interface: usize, v6: bool) -> &mut Listening {
        &mut self.interfaces[interface].listening[usize::from(v6)]
    }

    /// The version that is spoken because of a querier.
    fn older(&self, interface: usize, v6: bool, now: Instant) -> Option<Older> {
        let older = self.interfaces[interface].listening[usize::from(v6)].older;
        older.filter(|(until, _)| *until > now).map(|(_, version)| version)
    }

    /// The interface is in a group now, or not any more: that will be told, together with what else changes at this moment.
    pub(super) fn group_changed(&mut self, (group, interface): Joined, joined: bool, ctx: &mut Context<'_>) {
        if !is_told(group) || self.interfaces[interface].link.is_none() {
            return;
        }
        let v6 = group.is_ipv6();
        let change = Change { joined, left: ROBUSTNESS, cause: ctx.cause };
        self.listening(interface, v6).changes.insert(group, change);
        self.plan(Task::TellChanges(interface, v6), Some(ctx.now), ctx);
    }

    /// Tells of the groups that it is in as if it had joined them now.
    pub(super) fn repeat_reports(&mut self, interface: usize, ctx: &mut Context<'_>) {
        for group in self.interfaces[interface].memberships(true) {
            self.group_changed((group, interface), true, ctx);
        }
    }

    pub(super) fn tell_changes(&mut self, interface: usize, v6: bool, ctx: &mut Context<'_>) {
        let older = self.older(interface, v6, ctx.now);
        let listening = self.listening(interface, v6);
        let mut told = Vec::new();
        for (group, change) in listening.changes.iter_mut() {
            told.push((*group, change.joined));
            ctx.cause = ctx.cause.or(change.cause);
            change.left -= 1;
        }
        // In the older versions who leaves says so once.
        listening.changes.retain(|_, change| change.left > 0 && (change.joined || older.is_none()));
        let again = !listening.changes.is_empty();
        match older {
            None => {
                let kind = |joined| if joined { RecordKind::ToExclude } else { RecordKind::ToInclude };
                let records: Vec<_> = told.iter().map(|(group, joined)| (*group, kind(*joined))).collect();
                self.report_groups(interface, v6, &records, ctx);
            }
            Some(version) => {
                told.iter().for_each(|(group, joined)| self.tell_old(interface, *group, *joined, version, ctx));
            }
        }
        if again {
            let span = if older.is_none() { AGAIN } else { AGAIN_OLD };
            let at = ctx.now + self.draw(span);
            self.plan(Task::TellChanges(interface, v6), Some(at), ctx);
        }
    }

    /// Answers a querier.
    pub(super) fn tell_members(&mut self, interface: usize, v6: bool, ctx: &mut Context<'_>) {
        let asked = core::mem::take(&mut self.listening(interface, v6).asked);
        let still: Vec<_> = asked.into_iter().filter(|group| self.interfaces[interface].is_member(*group)).collect();
        match self.older(interface, v6, ctx.now) {
            None => {
                let records: Vec<_> = still.into_iter().map(|group| (group, RecordKind::IsExclude)).collect();
                self.report_groups(interface, v6, &records, ctx);
            }
            Some(version) => {
                still.into_iter().for_each(|group| self.tell_old(interface, group, true, version, ctx));
            }
        }
    }

    /// Reports of the newest version.
    fn report_groups(&mut self, interface: usize, v6: bool, told: &[(IpAddr, RecordKind)], ctx: &mut Context<'_>) {
        for some in told.chunks(RECORDS) {
            if v6 {
                let report = mld::Repr::ReportV2(some.iter().filter_map(record_v6).collect());
                self.send_mld(interface, ALL_V2_ROUTERS, report, ctx);
            } else {
                let report = igmp::Repr::ReportV3(some.iter().filter_map(record_v4).collect());
                self.send_igmp(interface, igmp::ALL_V3_ROUTERS, &report, ctx);
            }
        }
    }

    /// A message of an older version: here is a member, or there is none here any more.
    fn tell_old(&mut self, interface: usize, group: IpAddr, joined: bool, version: Older, ctx: &mut Context<'_>) {
        match (group, joined, version) {
            (IpAddr::V4(group), true, Older::Oldest) => {
                self.send_igmp(interface, group, &igmp::Repr::ReportV1(group), ctx);
            }
            (IpAddr::V4(group), true, Older::Old) => {
                self.send_igmp(interface, group, &igmp::Repr::ReportV2(group), ctx);
            }
            (IpAddr::V4(group), false, Older::Old) => {
                self.send_igmp(interface, igmp::ALL_ROUTERS, &igmp::Repr::Leave(group), ctx);
            }
            (IpAddr::V4(_), false, Older::Oldest) => {}
            (IpAddr::V6(group), true, _) => self.send_mld(interface, group, mld::Repr::Report(group), ctx),
            (IpAddr::V6(group), false, _) => {
                self.send_mld(interface, super::nd::ALL_ROUTERS, mld::Repr::Done(group), ctx);
            }
        }
    }

    fn send_igmp(&mut self, interface: usize, to: Ipv4Addr, repr: &igmp::Repr, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let source = self.interfaces[interface].source_for(to.into()).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let mut packet = ctx.pool.take_for(repr.len());
        repr.emit(packet.append(repr.len()));
        ctx.encapsulated(Layer::Network, Protocol::Igmp, packet.bytes(), packet.len());
        // RFC 3376 §4: it stays on its link, and routers look at it.
        let carriage = Carriage {
            dont_fragment: true,
            traffic_class: CONTROL_CLASS,
            ttl: Some(1),
            router_alert: true,
            ..Carriage::plain(source, to.into(), PROTOCOL_IGMP, 0)
        };
        let hop = Hop::Group { interface, mac: ethernet::multicast_v4(to) };
        self.send_through(&carriage, hop, packet, ctx);
        ctx.cause = cause;
    }

    fn send_mld(&mut self, interface: usize, to: Ipv6Addr, repr: mld::Repr, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        // RFC 3810 §5.2.13: unspecified while the link-local address is being checked.
        let source = self.interfaces[interface].link_local().unwrap_or(Ipv6Addr::UNSPECIFIED);
        let repr = icmpv6::Repr::Listener(repr);
        let length = repr.header_len();
        let mut packet = ctx.pool.take_for(length);
        repr.emit(packet.append(length), source, to);
        ctx.encapsulated(Layer::Network, Protocol::Icmpv6, packet.bytes(), length);
        let carriage = Carriage {
            ttl: Some(1),
            router_alert: true,
            ..Carriage::plain(source.into(), to.into(), PROTOCOL_ICMPV6, 0)
        };
        let hop = Hop::Group { interface, mac: ethernet::multicast_v6(to) };
        self.send_through(&carriage, hop, packet, ctx);
        ctx.cause = cause;
    }

    /// A message of IGMP arrived. `true` when it means something to a host.
    pub(crate) fn receive_igmp(&mut self, interface: usize, repr: &igmp::Repr, ctx: &mut Context<'_>) -> bool {
        let tenths = |tenths: u16| Duration::from_millis(100 * u64::from(tenths));
        match repr {
            igmp::Repr::Query { max_response, group, querier } => {
                let (within, older) = match (querier, *max_response) {
                    (Some(_), code) => (tenths(seconds(code)), None),
                    (None, 0) => (FIRST_VERSION_TIME, Some(Older::Oldest)),
                    (None, code) => (tenths(u16::from(code)), Some(Older::Old)),
                };
                let group = (!group.is_unspecified()).then_some(IpAddr::V4(*group));
                self.queried(interface, false, Query { group, within, older }, ctx);
                true
            }
            igmp::Repr::ReportV1(group) | igmp::Repr::ReportV2(group) => {
                self.overheard(interface, (*group).into(), ctx.now)
            }
            igmp::Repr::ReportV3(_) | igmp::Repr::Leave(_) => false,
        }
    }

    /// A message of MLD arrived. `true` when it means something to a host.
    pub(crate) fn receive_mld(&mut self, interface: usize, repr: &mld::Repr, ctx: &mut Context<'_>) -> bool {
        match repr {
            mld::Repr::Query { max_response, group, querier } => {
                let (millis, older) = match querier {
                    Some(_) => (mld::millis(*max_response), None),
                    None => (u32::from(*max_response), Some(Older::Old)),
                };
                let group = (!group.is_unspecified()).then_some(IpAddr::V6(*group));
                let within = Duration::from_millis(millis.into());
                self.queried(interface, true, Query { group, within, older }, ctx);
                true
            }
            mld::Repr::Report(group) => self.overheard(interface, (*group).into(), ctx.now),
            mld::Repr::ReportV2(_) | mld::Repr::Done(_) => false,
        }
    }

    /// A querier asks: the answer comes within the time that it gives (RFC 3376 §5.2, RFC 3810 §6.2).
    fn queried(&mut self, interface: usize, v6: bool, query: Query, ctx: &mut Context<'_>) {
        if let Some(version) = query.older {
            self.listening(interface, v6).older = Some((ctx.now + OLD_QUERIER, version));
        }
        let mut groups = self.interfaces[interface].memberships(v6);
        groups.retain(|group| query.group.is_none_or(|asked| asked == *group));
        if groups.is_empty() {
            return;
        }
        self.listening(interface, v6).asked.extend(groups);
        let task = Task::TellMembers(interface, v6);
        let at = ctx.now + self.draw(query.within);
        let at = self.agenda.time_of(task).map_or(at, |planned| planned.min(at));
        self.plan(task, Some(at), ctx);
    }

    /// Another member has told the querier of a group: in the older versions one is enough (RFC 2236 §3, RFC 2710 §4).
    fn overheard(&mut self, interface: usize, group: IpAddr, now: Instant) -> bool {
        let v6 = group.is_ipv6();
        if self.older(interface, v6, now).is_none() {
            return false;
        }
        let listening = self.listening(interface, v6);
        let told = listening.changes.get(&group).is_some_and(|change| change.joined);
        if told {
            listening.changes.remove(&group);
        }
        listening.asked.remove(&group) || told
    }
}

fn record_v4((group, kind): &(IpAddr, RecordKind)) -> Option<Record<Ipv4Addr>> {
    let IpAddr::V4(group) = *group else { return None };
    Some(Record { kind: *kind, group, sources: Vec::new() })
}

fn record_v6((group, kind): &(IpAddr, RecordKind)) -> Option<Record<Ipv6Addr>> {
    let IpAddr::V6(group) = *group else { return None };
    Some(Record { kind: *kind, group, sources: Vec::new() })
}
