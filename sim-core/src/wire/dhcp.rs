//! DHCP messages (RFC 2131 §2) with the options of RFC 2132 that a host and a server need to agree on an address.
//!
//! Absent on purpose: plain BOOTP (a message must have a type), hardware other than Ethernet, and options that nobody here uses:
//! they are skipped.

use core::fmt;
use core::net::Ipv4Addr;

use super::ethernet::{Mac, MacText};
use super::{WireError, ipv4_at, u16_at, u32_at};

/// The server's port.
pub const SERVER_PORT: u16 = 67;
/// The client's port.
pub const CLIENT_PORT: u16 = 68;
/// Length of what stands before the options: the BOOTP header and the magic cookie.
pub const HEADER: usize = 240;
/// RFC 2131 §3: the first four bytes of the options.
pub const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Shortest message: that of BOOTP (RFC 951), which some relays insist on.
const SHORTEST: usize = 300;
/// Where the server's name and the boot file's name stand: both may hold options (RFC 2132 §9.3).
const SERVER_NAME: core::ops::Range<usize> = 44..108;
const BOOT_FILE: core::ops::Range<usize> = 108..236;
/// Longest value of one option.
const LONGEST: usize = 255;

/// Who wants what (RFC 2132 §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageType {
    /// 1: is there a server?
    Discover,
    /// 2: this could be yours.
    Offer,
    /// 3: I take it.
    Request,
    /// 4: somebody else has it already.
    Decline,
    /// 5: it is yours.
    Ack,
    /// 6: it is not yours.
    Nak,
    /// 7: I need it no more.
    Release,
    /// 8: I have an address and want to know the rest.
    Inform,
}

impl MessageType {
    /// Every type, in order of numbers from 1.
    pub const ALL: [MessageType; 8] = [
        MessageType::Discover,
        MessageType::Offer,
        MessageType::Request,
        MessageType::Decline,
        MessageType::Ack,
        MessageType::Nak,
        MessageType::Release,
        MessageType::Inform,
    ];

    /// The type with this number.
    pub fn from_number(number: u8) -> Option<MessageType> {
        MessageType::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Its name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            MessageType::Discover => "DHCPDISCOVER",
            MessageType::Offer => "DHCPOFFER",
            MessageType::Request => "DHCPREQUEST",
            MessageType::Decline => "DHCPDECLINE",
            MessageType::Ack => "DHCPACK",
            MessageType::Nak => "DHCPNAK",
            MessageType::Release => "DHCPRELEASE",
            MessageType::Inform => "DHCPINFORM",
        }
    }

    /// A server says it.
    pub const fn is_of_server(self) -> bool {
        matches!(self, MessageType::Offer | MessageType::Ack | MessageType::Nak)
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Who wants what. It also says whether this is a request or a reply of BOOTP.
    pub message: MessageType,
    /// How many relays it has crossed.
    pub hops: u8,
    /// Number of the exchange.
    pub transaction: u32,
    /// Seconds since the client began.
    pub seconds: u16,
    /// The client cannot take unicast yet (§4.1).
    pub broadcast: bool,
    /// The client's address, if it may use it already.
    pub client: Ipv4Addr,
    /// The address that the client may have.
    pub yours: Ipv4Addr,
    /// The next server of a boot.
    pub next_server: Ipv4Addr,
    /// The relay that heard the client first.
    pub relay: Ipv4Addr,
    /// The client's hardware address.
    pub client_mac: Mac,
    /// What is said beyond that.
    pub options: Options,
}

/// Options (RFC 2132). An absent one is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// 1: subnet mask (§3.3).
    pub subnet_mask: Option<Ipv4Addr>,
    /// 3: routers, in order of preference (§3.5).
    pub routers: Vec<Ipv4Addr>,
    /// 6: DNS servers, in order of preference (§3.8).
    pub dns_servers: Vec<Ipv4Addr>,
    /// 12: the client's name (§3.14).
    pub host_name: Vec<u8>,
    /// 50: the address that the client would like (§9.1).
    pub requested: Option<Ipv4Addr>,
    /// 51: seconds of the lease; all ones: for ever (§9.2).
    pub lease: Option<u32>,
    /// 54: which server (§9.7).
    pub server: Option<Ipv4Addr>,
    /// 55: numbers of the options that the client would like (§9.8).
    pub parameters: Vec<u8>,
    /// 57: longest message that the sender takes (§9.10).
    pub longest: Option<u16>,
    /// 58: seconds until the client asks its server again (T1, §9.11).
    pub renewal: Option<u32>,
    /// 59: seconds until the client asks every server (T2, §9.12).
    pub rebinding: Option<u32>,
    /// 61: by what the server knows the client (§9.14): a type and what it says.
    pub client_id: Vec<u8>,
}

/// Numbers of options.
pub mod option {
    #![allow(missing_docs, reason = "the names say it; what they mean stands at the fields of Options")]
    pub const PAD: u8 = 0;
    pub const SUBNET_MASK: u8 = 1;
    pub const ROUTER: u8 = 3;
    pub const DNS: u8 = 6;
    pub const HOST_NAME: u8 = 12;
    pub const REQUESTED: u8 = 50;
    pub const LEASE: u8 = 51;
    pub const OVERLOAD: u8 = 52;
    pub const MESSAGE: u8 = 53;
    pub const SERVER: u8 = 54;
    pub const PARAMETERS: u8 = 55;
    pub const LONGEST: u8 = 57;
    pub const RENEWAL: u8 = 58;
    pub const REBINDING: u8 = 59;
    pub const CLIENT_ID: u8 = 61;
    pub const END: u8 = 255;
}

/// Reads the first option: its number, its value, and its length in all. Padding and the end are options of one byte.
pub fn next_option(bytes: &[u8]) -> Result<(u8, &[u8], usize), WireError> {
    let number = *bytes.first().ok_or(WireError::Truncated)?;
    if matches!(number, option::PAD | option::END) {
        return Ok((number, &[], 1));
    }
    let length = 2 + usize::from(*bytes.get(1).ok_or(WireError::Truncated)?);
    let value = bytes.get(2..length).ok_or(WireError::Length)?;
    Ok((number, value, length))
}

impl Repr {
    /// The message in these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Repr, WireError> {
        let (header, tail) = bytes.split_at_checked(HEADER).ok_or(WireError::Truncated)?;
        if header[1] != 1 || header[2] != 6 || header[236..240] != COOKIE {
            return Err(WireError::Unsupported);
        }
        let mut reader = OptionReader::default();
        reader.read(tail)?;
        // RFC 2131 §4.1: the field of the file first, then that of the name.
        let overload = reader.overload;
        if overload & 1 != 0 {
            reader.read(&header[BOOT_FILE])?;
        }
        if overload & 2 != 0 {
            reader.read(&header[SERVER_NAME])?;
        }
        let message = reader.message.ok_or(WireError::Unsupported)?;
        if header[0] != operation(message) {
            return Err(WireError::Unsupported);
        }
        let mut client_mac = [0; 6];
        client_mac.copy_from_slice(&header[28..34]);
        Ok(Repr {
            message,
            hops: header[3],
            transaction: u32_at(header, 4),
            seconds: u16_at(header, 8),
            broadcast: header[10] & 0x80 != 0,
            client: ipv4_at(header, 12),
            yours: ipv4_at(header, 16),
            next_server: ipv4_at(header, 20),
            relay: ipv4_at(header, 24),
            client_mac,
            options: reader.options,
        })
    }

    /// The message as bytes. An option's value must fit (255 bytes).
    pub fn emit(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        bytes[..4].copy_from_slice(&[operation(self.message), 1, 6, self.hops]);
        bytes[4..8].copy_from_slice(&self.transaction.to_be_bytes());
        bytes[8..10].copy_from_slice(&self.seconds.to_be_bytes());
        bytes[10] = u8::from(self.broadcast) << 7;
        let addresses = [self.client, self.yours, self.next_server, self.relay];
        for (place, address) in bytes[12..28].chunks_exact_mut(4).zip(addresses) {
            place.copy_from_slice(&address.octets());
        }
        bytes[28..34].copy_from_slice(&self.client_mac);
        bytes[236..240].copy_from_slice(&COOKIE);
        put(&mut bytes, option::MESSAGE, &[self.message as u8 + 1]);
        self.options.emit(&mut bytes);
        bytes.push(option::END);
        bytes.resize(bytes.len().max(SHORTEST), option::PAD);
        bytes
    }
}

/// BOOTREQUEST or BOOTREPLY.
const fn operation(message: MessageType) -> u8 {
    if message.is_of_server() { 2 } else { 1 }
}

fn put(bytes: &mut Vec<u8>, number: u8, value: &[u8]) {
    let length = u8::try_from(value.len()).expect("a DHCP option has at most 255 bytes");
    bytes.extend([number, length]);
    bytes.extend(value);
}

impl Options {
    fn emit(&self, bytes: &mut Vec<u8>) {
        let addresses = |list: &[Ipv4Addr]| list.iter().flat_map(|address| address.octets()).collect::<Vec<u8>>();
        let address = |address: Option<Ipv4Addr>| address.map_or(Vec::new(), |address| address.octets().to_vec());
        let number = |number: Option<u32>| number.map_or(Vec::new(), |number| number.to_be_bytes().to_vec());
        let short = |number: Option<u16>| number.map_or(Vec::new(), |number| number.to_be_bytes().to_vec());
        let list = [
            (option::SERVER, address(self.server)),
            (option::LEASE, number(self.lease)),
            (option::RENEWAL, number(self.renewal)),
            (option::REBINDING, number(self.rebinding)),
            (option::SUBNET_MASK, address(self.subnet_mask)),
            (option::ROUTER, addresses(&self.routers)),
            (option::DNS, addresses(&self.dns_servers)),
            (option::CLIENT_ID, self.client_id.clone()),
            (option::REQUESTED, address(self.requested)),
            (option::LONGEST, short(self.longest)),
            (option::HOST_NAME, self.host_name.clone()),
            (option::PARAMETERS, self.parameters.clone()),
        ];
        for (number, value) in list.iter().filter(|(_, value)| !value.is_empty()) {
            put(bytes, *number, value);
        }
    }
}

/// Gathers what the fields with options say.
#[derive(Default)]
struct OptionReader {
    message: Option<MessageType>,
    overload: u8,
    options: Options,
}

impl OptionReader {
    fn read(&mut self, mut bytes: &[u8]) -> Result<(), WireError> {
        while !bytes.is_empty() {
            let (number, value, length) = next_option(bytes)?;
            if number == option::END {
                break;
            }
            self.take(number, value)?;
            bytes = &bytes[length..];
        }
        Ok(())
    }

    fn take(&mut self, number: u8, value: &[u8]) -> Result<(), WireError> {
        let options = &mut self.options;
        match number {
            option::SUBNET_MASK => options.subnet_mask = Some(address(value)?),
            option::ROUTER => options.routers = addresses(value)?,
            option::DNS => options.dns_servers = addresses(value)?,
            option::HOST_NAME => options.host_name = value.to_vec(),
            option::REQUESTED => options.requested = Some(address(value)?),
            option::LEASE => options.lease = Some(u32::from(address(value)?)),
            option::OVERLOAD => self.overload = *value.first().ok_or(WireError::Length)?,
            option::MESSAGE => {
                let [number] = *value else { return Err(WireError::Length) };
                self.message = Some(MessageType::from_number(number).ok_or(WireError::Unsupported)?);
            }
            option::SERVER => options.server = Some(address(value)?),
            option::PARAMETERS => options.parameters = value.to_vec(),
            option::LONGEST if value.len() == 2 => options.longest = Some(u16_at(value, 0)),
            option::LONGEST => return Err(WireError::Length),
            option::RENEWAL => options.renewal = Some(u32::from(address(value)?)),
            option::REBINDING => options.rebinding = Some(u32::from(address(value)?)),
            option::CLIENT_ID => options.client_id = value.to_vec(),
            _ => {}
        }
        Ok(())
    }
}

fn address(value: &[u8]) -> Result<Ipv4Addr, WireError> {
    if value.len() == 4 { Ok(ipv4_at(value, 0)) } else { Err(WireError::Length) }
}

fn addresses(value: &[u8]) -> Result<Vec<Ipv4Addr>, WireError> {
    if value.is_empty() || !value.len().is_multiple_of(4) || value.len() > LONGEST {
        return Err(WireError::Length);
    }
    Ok(value.chunks_exact(4).map(|address| ipv4_at(address, 0)).collect())
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.message.is_of_server() { "Reply" } else { "Request from" };
        write!(f, "BOOTP/DHCP, {way} {}, xid 0x{:x}, ", MacText(self.client_mac), self.transaction)?;
        f.write_str(self.message.name())?;
        if !self.yours.is_unspecified() {
            write!(f, ", Your-IP {}", self.yours)?;
        }
        if let Some(requested) = self.options.requested {
            write!(f, ", Requested-IP {requested}")?;
        }
        Ok(())
    }
}
