//! Numbers, texts and addresses as bytes: numbers of seven bits a byte, the lowest first (LEB128), texts with their length before.
//!
//! Absent on purpose: a schema. The few types that travel are written by hand beside one another, writing and reading.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use sim_core::errno::Errno;
use sim_core::program::Address;

use crate::ReadError;

/// Bytes that are being written.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        while number > 127 {
            self.byte(number as u8 | 128);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn span(&mut self, span: Duration) {
        self.number(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u64>) {
        self.number(numbers.len() as u64);
        numbers.for_each(|number| self.number(number));
    }

    pub(crate) fn socket_address(&mut self, address: SocketAddr) {
        match address.ip() {
            IpAddr::V4(ip) => {
                self.byte(4);
                self.0.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                self.byte(6);
                self.0.extend(ip.octets());
            }
        }
        self.number(address.port().into());
    }

    pub(crate) fn address(&mut self, address: &Address) {
        match address {
            Address::Inet(address) => self.socket_address(*address),
            Address::Unix(path) => {
                self.byte(1);
                self.text(path);
            }
            Address::Unnamed => self.byte(0),
        }
    }

    pub(crate) fn errno(&mut self, errno: Errno) {
        self.number(errno.number().into());
    }
}

/// Bytes that are being read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ReadError::Cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.take(N)?.try_into().map_err(|_| ReadError::Cut)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn flag(&mut self) -> Result<bool, ReadError> {
        Ok(self.byte()? != 0)
    }

    pub(crate) fn number(&mut self) -> Result<u64, ReadError> {
        let mut number = 0;
        for place in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 127);
            if place == 63 && part > 1 {
                break;
            }
            number |= part << place;
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(ReadError::Broken)
    }

    /// A number of a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, ReadError> {
        T::try_from(self.number()?).map_err(|_| ReadError::Broken)
    }

    /// How many things follow, each of at least one byte.
    pub(crate) fn count(&mut self) -> Result<usize, ReadError> {
        let count = self.small()?;
        if count > self.0.len() { Err(ReadError::Cut) } else { Ok(count) }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ReadError> {
        let count = self.count()?;
        self.take(count)
    }

    pub(crate) fn shared(&mut self) -> Result<Arc<[u8]>, ReadError> {
        self.bytes().map(Arc::from)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, ReadError> {
        core::str::from_utf8(self.bytes()?).map_err(|_| ReadError::Broken)
    }

    pub(crate) fn span(&mut self) -> Result<Duration, ReadError> {
        self.number().map(Duration::from_nanos)
    }

    pub(crate) fn numbers(&mut self) -> Result<Vec<u64>, ReadError> {
        (0..self.count()?).map(|_| self.number()).collect()
    }

    pub(crate) fn spans(&mut self) -> Result<Vec<Duration>, ReadError> {
        Ok(self.numbers()?.into_iter().map(Duration::from_nanos).collect())
    }

    pub(crate) fn socket_address(&mut self) -> Result<SocketAddr, ReadError> {
        match self.address()? {
            Address::Inet(address) => Ok(address),
            Address::Unix(_) | Address::Unnamed => Err(ReadError::Broken),
        }
    }

    pub(crate) fn address(&mut self) -> Result<Address, ReadError> {
        let ip: IpAddr = match self.byte()? {
            0 => return Ok(Address::Unnamed),
            1 => return Ok(Address::unix(self.text()?)),
            4 => Ipv4Addr::from(self.array::<4>()?).into(),
            6 => Ipv6Addr::from(self.array::<16>()?).into(),
            _ => return Err(ReadError::Broken),
        };
        Ok(SocketAddr::new(ip, self.small()?).into())
    }

    pub(crate) fn errno(&mut self) -> Result<Errno, ReadError> {
        let number = self.small()?;
        Errno::ALL.iter().copied().find(|errno| errno.number() == number).ok_or(ReadError::Broken)
    }
}
