//! DHCP: the header of BOOTP and one field for each option.
//!
//! Absent on purpose: options in the fields of the server's name and of the boot file (RFC 2132 §9.3): each field stays one field.

use core::fmt::Write as _;

use crate::layer::Protocol;
use crate::wire::dhcp::{COOKIE, HEADER, MessageType, next_option, option};
use crate::wire::{ipv4_at, u16_at, u32_at};

use super::FieldName as Name;
use super::reader::{Fields, Reader};

pub(super) fn dhcp(reader: &mut Reader<'_>, length: usize) {
    if length < HEADER || reader.rest()[236..240] != COOKIE {
        return reader.unread(Protocol::Dhcp, Name::Malformed, length);
    }
    reader.section(Protocol::Dhcp, length, |fields| {
        fields.number(Name::DhcpOperation, 8);
        fields.number(Name::DhcpHardwareType, 8);
        fields.number(Name::DhcpHardwareSize, 8);
        fields.number(Name::DhcpHops, 8);
        fields.hex(Name::DhcpTransaction, 32);
        fields.number(Name::DhcpSeconds, 16);
        fields.number(Name::DhcpBroadcast, 1);
        fields.hex(Name::DhcpReserved, 15);
        fields.address(Name::DhcpClient);
        fields.address(Name::DhcpYours);
        fields.address(Name::DhcpNextServer);
        fields.address(Name::DhcpRelay);
        fields.mac(Name::DhcpClientMac);
        fields.bytes(Name::DhcpMacPadding, 10);
        name(fields, Name::DhcpServerName, 64);
        name(fields, Name::DhcpBootFile, 128);
        fields.bytes(Name::DhcpCookie, 4);
        options(fields);
    });
}

/// A name in a field of fixed length: what stands before the first zero.
fn name(fields: &mut Fields<'_>, name: Name, length: usize) {
    let bytes = fields.peek(length);
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(length);
    fields.value(name, length, bytes[..end].escape_ascii());
}

fn options(fields: &mut Fields<'_>) {
    while let Some(first) = fields.rest().first() {
        if *first == option::PAD {
            // A run of padding is one field.
            let length = fields.rest().iter().take_while(|byte| **byte == option::PAD).count();
            fields.value(Name::DhcpPadding, length, length);
            continue;
        }
        let Ok((number, value, length)) = next_option(fields.rest()) else { return fields.malformed() };
        let name = match number {
            option::END => Name::DhcpEnd,
            option::SUBNET_MASK => Name::DhcpSubnetMask,
            option::ROUTER => Name::DhcpRouters,
            option::DNS => Name::DhcpDnsServers,
            option::HOST_NAME => Name::DhcpHostName,
            option::REQUESTED => Name::DhcpRequested,
            option::LEASE => Name::DhcpLease,
            option::MESSAGE => Name::DhcpMessageType,
            option::SERVER => Name::DhcpServerId,
            option::PARAMETERS => Name::DhcpParameters,
            option::LONGEST => Name::DhcpLongest,
            option::RENEWAL => Name::DhcpRenewal,
            option::REBINDING => Name::DhcpRebinding,
            option::CLIENT_ID => Name::DhcpClientId,
            _ => Name::DhcpOption,
        };
        fields.value(name, length, text(number, value));
    }
}

/// An option's value in the notation of its kind; one of a wrong length in hexadecimal.
fn text(number: u8, value: &[u8]) -> String {
    match (number, value.len()) {
        (option::END, _) => "255".to_owned(),
        (option::HOST_NAME, _) => value.escape_ascii().to_string(),
        (option::MESSAGE, 1) => {
            MessageType::from_number(value[0]).map_or_else(|| value[0].to_string(), |kind| kind.name().to_owned())
        }
        (option::LEASE | option::RENEWAL | option::REBINDING, 4) => u32_at(value, 0).to_string(),
        (option::LONGEST, 2) => u16_at(value, 0).to_string(),
        (option::PARAMETERS, _) => joined(value.iter().map(u8::to_string)),
        (option::SUBNET_MASK | option::ROUTER | option::DNS | option::REQUESTED | option::SERVER, length)
            if length.is_multiple_of(4) =>
        {
            joined(value.chunks_exact(4).map(|address| ipv4_at(address, 0).to_string()))
        }
        _ => {
            let mut text = format!("{number}:");
            for byte in value {
                // Writing to a string cannot fail.
                let _ = write!(text, " {byte:02x}");
            }
            text
        }
    }
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(" ")
}
