//! Addresses of sockets: `10.0.0.2:80`, `[2001:db8::1]:80`, `b:80` by a node's name, `:80` for every address, `unix:/tmp/s`.
//!
//! Absent on purpose: names of the Domain Name System, which programs ask for while they run.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddr};

use crate::program::Address;
use crate::scenario::text::cursor::{Cursor, shortened};
use crate::scenario::text::quote::{Name, Path};
use crate::scenario::text::{Mistake, Wrong, nearest, node};

use super::World;

/// An address of any family.
pub(super) fn any(line: &mut Cursor, world: World<'_>) -> Result<Address, Mistake> {
    let Some(word) = line.peek() else { return Err(line.expected("an address such as `b:80`", [])) };
    let text = word.name();
    if word.is("unnamed") {
        line.word("an address")?;
        return Ok(Address::Unnamed);
    }
    for (prefix, first) in [("unix:", ""), ("abstract:", "\0")] {
        if let Some(path) = text.strip_prefix(prefix) {
            let address = Address::unix(&format!("{first}{path}"));
            line.word("an address")?;
            return Ok(address);
        }
    }
    inet(line, world).map(Address::Inet)
}

/// An IP address and a port.
pub(in crate::scenario::text) fn inet(line: &mut Cursor, world: World<'_>) -> Result<SocketAddr, Mistake> {
    let word = line.word("an address such as `b:80`")?;
    let text = word.name();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let Some(colon) = word.colon else {
        return Err(line.wrong_before(Wrong::NoPort(shortened(text))));
    };
    let (name, port) = (&text[..colon], &text[colon + 1..]);
    let port = port.parse().map_err(|_| line.wrong_before(Wrong::Port(shortened(port))))?;
    if name.is_empty() || name == "*" {
        return Ok(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
    }
    let Some(id) = world.names.get(name) else {
        let near = nearest(name, world.names.keys().map(String::as_str));
        return Err(line.wrong_before(Wrong::NoAddressee { name: shortened(name), near }));
    };
    let node = &world.scenario.nodes[usize::from(id.0)];
    node::address_of(node, port).ok_or_else(|| line.wrong_before(Wrong::NoOwnAddress(shortened(name))))
}

/// An address as [`any`] reads it.
pub(super) struct Written<'a>(pub(super) &'a Address);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Address::Inet(address) => write!(f, "{address}"),
            Address::Unix(path) => match path.strip_prefix('\0') {
                Some("") => f.write_str("abstract:"),
                Some(name) => write!(f, "abstract:{}", Name(name)),
                None if path.is_empty() => f.write_str("unix:"),
                None => write!(f, "unix:{}", Path(path)),
            },
            Address::Unnamed => f.write_str("unnamed"),
        }
    }
}
