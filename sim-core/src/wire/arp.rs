//! Address Resolution Protocol packets for IPv4 over Ethernet (RFC 826).
//!
//! Absent on purpose: other hardware and protocol types, and RARP.

use core::fmt;
use core::net::Ipv4Addr;

use super::ethernet::{Mac, MacText, TYPE_IPV4};
use super::{WireError, u16_at};

/// Length of a packet.
pub const LEN: usize = 28;
/// Hardware type of Ethernet.
const ETHERNET: u16 = 1;

/// What a packet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Who has the target address?
    Request,
    /// The sender has it.
    Reply,
}

/// An ARP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Request or reply.
    pub operation: Operation,
    /// Hardware address of the sender.
    pub sender_mac: Mac,
    /// Protocol address of the sender.
    pub sender: Ipv4Addr,
    /// Hardware address of the target; zero in a request.
    pub target_mac: Mac,
    /// Protocol address of the target.
    pub target: Ipv4Addr,
}

impl Repr {
    /// The packet in these bytes; what follows it is padding.
    pub fn parse(bytes: &[u8]) -> Result<Repr, WireError> {
        let bytes = bytes.get(..LEN).ok_or(WireError::Truncated)?;
        if u16_at(bytes, 0) != ETHERNET || u16_at(bytes, 2) != TYPE_IPV4 || bytes[4] != 6 || bytes[5] != 4 {
            return Err(WireError::Unsupported);
        }
        let operation = match u16_at(bytes, 6) {
            1 => Operation::Request,
            2 => Operation::Reply,
            _ => return Err(WireError::Unsupported),
        };
        let mac = |at: usize| {
            let mut mac = [0; 6];
            mac.copy_from_slice(&bytes[at..at + 6]);
            mac
        };
        let address = |at: usize| Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
        Ok(Repr { operation, sender_mac: mac(8), sender: address(14), target_mac: mac(18), target: address(24) })
    }

    /// Writes the packet.
    pub fn emit(&self, bytes: &mut [u8]) {
        bytes[0..2].copy_from_slice(&ETHERNET.to_be_bytes());
        bytes[2..4].copy_from_slice(&TYPE_IPV4.to_be_bytes());
        bytes[4..6].copy_from_slice(&[6, 4]);
        let operation: u16 = match self.operation {
            Operation::Request => 1,
            Operation::Reply => 2,
        };
        bytes[6..8].copy_from_slice(&operation.to_be_bytes());
        bytes[8..14].copy_from_slice(&self.sender_mac);
        bytes[14..18].copy_from_slice(&self.sender.octets());
        bytes[18..24].copy_from_slice(&self.target_mac);
        bytes[24..28].copy_from_slice(&self.target.octets());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Operation::Request => write!(f, "ARP, Request who-has {} tell {}", self.target, self.sender),
            Operation::Reply => write!(f, "ARP, Reply {} is-at {}", self.sender, MacText(self.sender_mac)),
        }
    }
}
