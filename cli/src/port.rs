//! Why an address cannot be listened on, and who has it: on Linux `/proc` says which process, when
//! it is one that we may look at.

use std::fs;
use std::io;
use std::net::SocketAddr;

/// The sentence for a failed bind.
pub(crate) fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let holder = match holder(address.port()) {
                Some((process, name)) => format!("by process {process} ({name})"),
                None => "by a process that this user cannot see".to_owned(),
            };
            let any = SocketAddr::new(address.ip(), 0);
            format!(
                "{address} is in use {holder}; stop it, or choose another port, such as `--listen {any}` for any free one"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{address} is not an address of this machine; listen on 127.0.0.1:7878 or on one of its own")
        }
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {address}; choose a port from 1024 on")
        }
        _ => format!("cannot listen on {address} ({error}); choose another address with --listen"),
    }
}

/// The process that listens on the port, and its name.
fn holder(port: u16) -> Option<(u32, String)> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let inodes: Vec<_> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let descriptors = fs::read_dir(entry.path().join("fd")).ok()?;
        descriptors
            .flatten()
            .filter_map(|descriptor| fs::read_link(descriptor.path()).ok())
            .find(|link| inodes.iter().any(|inode| link.as_os_str() == inode.as_str()))?;
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        Some((process, name.trim_end().to_owned()))
    })
}

/// The inodes of the listening sockets in a table of proc(5). Columns: 1 local address, 3 state
/// (0A is LISTEN), 9 inode.
fn listeners(table: &str, port: u16) -> Vec<String> {
    let local = format!(":{port:04X}");
    let listening = table.lines().filter_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let [_, address, _, "0A", ..] = columns[..] else {
            return None;
        };
        address.ends_with(&local).then(|| columns.get(9).map(|inode| (*inode).to_owned())).flatten()
    });
    listening.collect()
}
