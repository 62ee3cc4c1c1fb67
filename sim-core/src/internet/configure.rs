//! Interfaces that programs configure while the host runs: addresses and default routes come and go.
//!
//! Absent on purpose: duplicate address detection for what a program adds (Linux does it for IPv6; here the address is ready at
//! once, as with `nodad`), and connections that end because their address goes: they find no answer any more.

use crate::context::Context;
use crate::errno::Errno;
use crate::program::Configuration;
use crate::scenario::Address;
use crate::trace::{AddressState, Value};

use super::Internet;

impl Internet {
    /// Asks or changes one thing of an interface.
    pub(crate) fn configure(
        &mut self,
        interface: u32,
        what: &Configuration,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Errno> {
        let interface = usize::try_from(interface).map_err(|_| Errno::ENODEV)?;
        let here = self.interfaces.get_mut(interface).ok_or(Errno::ENODEV)?;
        match *what {
            Configuration::HardwareAddress => return Ok(Value::Bytes(here.mac.as_slice().into())),
            Configuration::AddAddress(address) => {
                let longest = if address.ip.is_ipv4() { 32 } else { 128 };
                if address.prefix > longest || address.ip.is_multicast() || address.ip.is_unspecified() {
                    return Err(Errno::EINVAL);
                }
                if self.is_local(address.ip) {
                    return Err(Errno::EEXIST);
                }
                self.interfaces[interface].addresses.push(address);
                self.routes.add_own(address, interface);
                self.address_fact(interface, address, AddressState::Preferred, ctx);
            }
            Configuration::RemoveAddress(address) => {
                let place = here.addresses.iter().position(|own| *own == address).ok_or(Errno::EADDRNOTAVAIL)?;
                here.addresses.remove(place);
                self.routes.disown(address.ip);
                self.routes.remove((interface, address, None));
                self.address_fact(interface, address, AddressState::Expired, ctx);
            }
            Configuration::AddDefaultRoute(via) => {
                if !here.addresses.iter().any(|network| network.contains(via)) {
                    return Err(Errno::ENETUNREACH);
                }
                if self.routes.has(Address::everything(via)) {
                    return Err(Errno::EEXIST);
                }
                self.routes.add(Address::everything(via), Some(via), interface);
            }
            Configuration::RemoveDefaultRoute(via) => {
                if !self.routes.remove((interface, Address::everything(via), Some(via))) {
                    return Err(Errno::ESRCH);
                }
            }
        }
        Ok(Value::None)
    }
}
