//! Who sent to whom: the hosts of a capture by their addresses (IP, else hardware), and their parts in the connections that were opened.
//!
//! A busy network has more addresses than a picture has room for: those with the fewest frames stand together as one host.
//!
//! Absent on purpose: routers (an address behind one is a host as any other, because that is what the bytes say), names, and who is
//! who when an address changes its owner.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use sim_core::order;
use std::collections::BTreeMap;

use sim_core::wire::{ethernet, ipv4, tcp};

/// The part that a host has in the connections that a capture saw opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It opened connections.
    Client,
    /// It opened some and accepted others.
    Both,
    /// It did neither, as far as was seen.
    #[default]
    Unknown,
    /// It accepted connections.
    Server,
    /// It is an address of many: broadcast or multicast.
    Group,
}

/// A host of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its address as text; `+N` for N addresses that stand together.
    pub name: String,
    /// Its IP address, when it is one.
    pub ip: Option<IpAddr>,
    /// Its hardware address, when it sent something under one only.
    pub mac: Option<ethernet::Mac>,
    /// Its part.
    pub role: Role,
    /// Frames from it and to it.
    pub frames: usize,
}

/// What a host is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Station {
    Ip(IpAddr),
    Mac(ethernet::Mac),
}

/// What is known of a station.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Its place in the order of appearance.
    first: usize,
    frames: usize,
    opened: bool,
    accepted: bool,
    macs: Macs,
}

/// The hardware addresses of a station: one, or no matter which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Macs {
    #[default]
    None,
    One(ethernet::Mac),
    Several,
}

/// Counts who is there, frame by frame.
#[derive(Clone, Debug, Default)]
pub struct Census {
    known: BTreeMap<Station, Tally>,
}

/// The hosts of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    list: Vec<Host>,
    numbers: BTreeMap<Station, u16>,
}

impl Census {
    /// Counts a frame.
    pub fn count(&mut self, frame: &[u8]) {
        let (source, destination) = stations(frame);
        let flags = tcp_flags(frame).unwrap_or(0);
        let syn = flags & tcp::Flags::SYN.0 != 0;
        let answer = flags & tcp::Flags::ACK.0 != 0;
        let sender = self.tally(source);
        sender.opened |= syn && !answer;
        sender.accepted |= syn && answer;
        let mac = mac(frame, 6);
        sender.macs = match sender.macs {
            Macs::None => Macs::One(mac),
            Macs::One(known) if known == mac => Macs::One(mac),
            _ => Macs::Several,
        };
        let receiver = self.tally(destination);
        receiver.opened |= syn && answer;
        receiver.accepted |= syn && !answer;
    }

    fn tally(&mut self, station: Station) -> &mut Tally {
        let first = self.known.len();
        let tally = self.known.entry(station).or_insert_with(|| Tally { first, ..Tally::default() });
        tally.frames += 1;
        tally
    }

    /// The hosts, `most` at most: those who open connections first, those who accept them last.
    pub fn settle(self, most: usize) -> Hosts {
        let mut known: Vec<(Station, Tally)> = self.known.into_iter().collect();
        order::sort_by_key(&mut known, |(_, tally)| (usize::MAX - tally.frames, tally.first));
        let alone = if known.len() > most { most.saturating_sub(1) } else { known.len() };
        let others = known.split_off(alone);
        order::sort_by_key(&mut known, |(station, tally)| (role(*station, tally), tally.first));
        let mut hosts = Hosts::default();
        for (number, (station, tally)) in (0..).zip(known) {
            hosts.numbers.insert(station, number);
            hosts.list.push(host(station, &tally));
        }
        if !others.is_empty() {
            let number = hosts.list.len() as u16;
            let frames = others.iter().map(|(_, tally)| tally.frames).sum();
            let name = format!("+{}", others.len());
            hosts.list.push(Host { name, ip: None, mac: None, role: Role::Unknown, frames });
            hosts.numbers.extend(others.into_iter().map(|(station, _)| (station, number)));
        }
        hosts
    }
}

impl Hosts {
    /// The hosts, in their order.
    pub fn list(&self) -> &[Host] {
        &self.list
    }

    /// Who sent a frame and to whom, as places in [`Hosts::list`]; 0 for an address that was not counted.
    pub fn ends(&self, frame: &[u8]) -> (u16, u16) {
        let (source, destination) = stations(frame);
        let number = |station| self.numbers.get(&station).copied().unwrap_or(0);
        (number(source), number(destination))
    }
}

fn role(station: Station, tally: &Tally) -> Role {
    let is_group = match station {
        Station::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
        Station::Ip(IpAddr::V6(ip)) => ip.is_multicast(),
        Station::Mac(mac) => ethernet::is_group(mac),
    };
    match (tally.opened, tally.accepted) {
        _ if is_group => Role::Group,
        (true, true) => Role::Both,
        (true, false) => Role::Client,
        (false, true) => Role::Server,
        (false, false) => Role::Unknown,
    }
}

fn host(station: Station, tally: &Tally) -> Host {
    let (name, ip) = match station {
        Station::Ip(ip) => (ip.to_string(), Some(ip)),
        Station::Mac(mac) => (mac.map(|byte| format!("{byte:02x}")).join(":"), None),
    };
    let mac = match tally.macs {
        Macs::One(mac) => Some(mac),
        Macs::None | Macs::Several => None,
    };
    Host { name, ip, mac, role: role(station, tally), frames: tally.frames }
}

/// Whom a frame comes from and goes to: by IP address where it tells some, else by hardware address.
fn stations(frame: &[u8]) -> (Station, Station) {
    let (source, destination) = addresses(frame).unwrap_or_default();
    // Who has no address yet is no host of the address 0.0.0.0.
    let known = |ip: Option<IpAddr>| ip.filter(|ip| !ip.is_unspecified()).map(Station::Ip);
    let or_mac = |ip, at| known(ip).unwrap_or_else(|| Station::Mac(mac(frame, at)));
    (or_mac(source, 6), or_mac(destination, 0))
}

fn mac(frame: &[u8], at: usize) -> ethernet::Mac {
    frame.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
}

type Addresses = (Option<IpAddr>, Option<IpAddr>);

fn addresses(frame: &[u8]) -> Option<Addresses> {
    let (kind, packet) = packet(frame)?;
    let v4 = |at: usize| Some(IpAddr::V4(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?)));
    let v6 = |at: usize| Some(IpAddr::V6(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?)));
    match kind {
        ethernet::TYPE_IPV4 => Some((v4(12), v4(16))),
        ethernet::TYPE_IPV6 => Some((v6(8), v6(24))),
        // RFC 826: the sender's protocol address, and the target's unless everybody is asked.
        ethernet::TYPE_ARP => Some((v4(14), v4(24).filter(|_| !ethernet::is_group(mac(frame, 0))))),
        _ => None,
    }
}

/// The type of a frame and what it carries, behind a tag of IEEE 802.1Q if it has one.
fn packet(frame: &[u8]) -> Option<(u16, &[u8])> {
    const TAG: u16 = 0x8100;
    let kind = |at: usize| Some(u16::from_be_bytes(*frame.get(at..)?.first_chunk::<2>()?));
    match kind(12)? {
        TAG => Some((kind(16)?, frame.get(18..)?)),
        other => Some((other, frame.get(14..)?)),
    }
}

/// The flags of a frame with the beginning of a TCP segment. Behind extension headers of IPv6 none are looked for.
fn tcp_flags(frame: &[u8]) -> Option<u8> {
    let (kind, packet) = packet(frame)?;
    let (protocol, segment) = match kind {
        ethernet::TYPE_IPV4 => {
            // RFC 791 §3.1: the lower 13 bits are the fragment's offset.
            let offset = u16::from_be_bytes(*packet.get(6..)?.first_chunk::<2>()?) & 0x1fff;
            (*packet.get(9)?, packet.get(usize::from(packet[0] & 15) * 4..).filter(|_| offset == 0)?)
        }
        ethernet::TYPE_IPV6 => (*packet.get(6)?, packet.get(40..)?),
        _ => return None,
    };
    if protocol == ipv4::PROTOCOL_TCP { segment.get(13).copied() } else { None }
}
