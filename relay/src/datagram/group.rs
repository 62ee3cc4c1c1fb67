//! Groups of multicast: the options that have addresses as values. A group is judged as a target is, with the port that
//! the socket is bound to.
//!
//! Absent: what a socket hears without asking. It joins nothing by itself, and hears no group that another program has
//! joined (`socket`).

use crate::connect::{self, Failure, Network};
use crate::options;
use relay_proto::{Address, Call, OptionValue, SocketOption as O};
use socket2::SockRef;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Whether it is one of these options.
pub(super) fn is_about_groups(option: O) -> bool {
    matches!(
        option,
        O::IpMulticastIf
            | O::IpAddMembership
            | O::IpDropMembership
            | O::Ipv6MulticastIf
            | O::Ipv6JoinGroup
            | O::Ipv6LeaveGroup
    )
}

/// Gets the option, or sets it when there is a value. The socket is of the option's family.
pub(super) fn ask(
    socket: &SockRef<'_>,
    option: O,
    value: Option<&OptionValue>,
    network: &Network,
) -> Result<OptionValue, Failure> {
    let call = options::call(value);
    let Some(value) = value else {
        return get(socket, option)
            .map_err(|error| Failure::of_system(call, &format!("{option} can only be set"), &error));
    };
    let done = match (option, addresses(value).as_deref()) {
        (O::IpMulticastIf, Some([SocketAddr::V4(interface)])) => socket.set_multicast_if_v4(interface.ip()),
        (O::Ipv6MulticastIf, Some([SocketAddr::V6(interface)])) => socket.set_multicast_if_v6(interface.scope_id()),
        (O::IpAddMembership, Some([SocketAddr::V4(group), SocketAddr::V4(interface)])) => {
            judge(IpAddr::V4(*group.ip()), socket, network)?;
            socket.join_multicast_v4(group.ip(), interface.ip())
        }
        (O::IpDropMembership, Some([SocketAddr::V4(group), SocketAddr::V4(interface)])) => {
            socket.leave_multicast_v4(group.ip(), interface.ip())
        }
        (O::Ipv6JoinGroup, Some([SocketAddr::V6(group), SocketAddr::V6(interface)])) => {
            judge(IpAddr::V6(*group.ip()), socket, network)?;
            socket.join_multicast_v6(group.ip(), interface.scope_id())
        }
        (O::Ipv6LeaveGroup, Some([SocketAddr::V6(group), SocketAddr::V6(interface)])) => {
            socket.leave_multicast_v6(group.ip(), interface.scope_id())
        }
        (O::IpMulticastIf | O::Ipv6MulticastIf, _) => return Err(invalid(option, "the address of one interface")),
        _ => return Err(invalid(option, "two addresses, the group's and the interface's")),
    };
    done.map_err(|error| Failure::of_system(call, &format!("{option} cannot be {value}"), &error))?;
    match option {
        O::IpMulticastIf | O::Ipv6MulticastIf => get(socket, option)
            .map_err(|error| Failure::of_system(call, &format!("{option} cannot be asked for"), &error)),
        _ => Ok(value.clone()),
    }
}

fn get(socket: &SockRef<'_>, option: O) -> io::Result<OptionValue> {
    let interface: SocketAddr = match option {
        O::IpMulticastIf => (socket.multicast_if_v4()?, 0).into(),
        O::Ipv6MulticastIf => SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, socket.multicast_if_v6()?).into(),
        _ => return Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT)),
    };
    Ok(OptionValue::Addresses(vec![interface.into()]))
}

fn judge(group: IpAddr, socket: &SockRef<'_>, network: &Network) -> Result<(), Failure> {
    let local = socket.local_addr().ok().and_then(|local| local.as_socket());
    let group = SocketAddr::new(group, local.map_or(0, |local| local.port()));
    let judged = network.policy.judge(None, group);
    judged.map_err(|denied| Failure { call: Call::SetSockOpt, ..connect::refusal(&group.into(), &denied) })?;
    Ok(())
}

fn addresses(value: &OptionValue) -> Option<Vec<SocketAddr>> {
    let OptionValue::Addresses(addresses) = value else {
        return None;
    };
    addresses.iter().map(Address::to_socket_addr).collect()
}

fn invalid(option: O, wanted: &str) -> Failure {
    let any = Ipv4Addr::UNSPECIFIED;
    let sentence = format!("{option} is {wanted}, of this socket's family; write {any} or :: for any interface.");
    Failure::new(Call::SetSockOpt, "EINVAL", sentence)
}
