//! Layer 2: Ethernet, and ARP, which it carries.
//!
//! Absent on purpose: 802.1Q tags.

use crate::layer::Protocol;
use crate::wire::ethernet::{HEADER, TYPE_ARP, TYPE_IPV4, TYPE_IPV6};
use crate::wire::{arp, u16_at};

use super::FieldName as Name;
use super::Section;
use super::ip;
use super::reader::Reader;

pub(super) fn ethernet(frame: &[u8]) -> Vec<Section> {
    let mut reader = Reader::new(frame);
    if frame.len() < HEADER {
        reader.malformed(Protocol::Ethernet);
        return reader.finish();
    }
    reader.section(Protocol::Ethernet, HEADER, |fields| {
        fields.mac(Name::EthDestination);
        fields.mac(Name::EthSource);
        fields.hex(Name::EthType, 16);
    });
    match u16_at(frame, 12) {
        TYPE_ARP => arp(&mut reader),
        TYPE_IPV4 => ip::ipv4(&mut reader),
        TYPE_IPV6 => ip::ipv6(&mut reader),
        _ => reader.data(reader.rest().len()),
    }
    // What a packet leaves over is padding of the link.
    reader.unread(Protocol::Ethernet, Name::EthPadding, reader.rest().len());
    reader.finish()
}

fn arp(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    // Hardware and protocol addresses of other lengths have other places.
    if rest.len() < arp::LEN || rest[4] != 6 || rest[5] != 4 {
        reader.malformed(Protocol::Arp);
        return;
    }
    reader.section(Protocol::Arp, arp::LEN, |fields| {
        fields.number(Name::ArpHardwareType, 16);
        fields.hex(Name::ArpProtocolType, 16);
        fields.number(Name::ArpHardwareSize, 8);
        fields.number(Name::ArpProtocolSize, 8);
        fields.number(Name::ArpOpcode, 16);
        fields.mac(Name::ArpSenderMac);
        fields.address(Name::ArpSenderIp);
        fields.mac(Name::ArpTargetMac);
        fields.address(Name::ArpTargetIp);
    });
}
