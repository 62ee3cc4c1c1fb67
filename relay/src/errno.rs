//! The names of the system's errors, as `errno(3)` lists them, for the ERROR message.
//!
//! Absent: what to do about them. The sentence is written where the call is known.

use std::io;

/// The name of the error, or `EIO` for one that no socket call is known to give.
pub(crate) fn name(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(code) => NAMES.iter().find(|(known, _)| *known == code).map_or("EIO", |(_, name)| name),
        None => by_kind(error.kind()),
    }
}

/// Errors that Rust's library makes itself have no number.
fn by_kind(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::InvalidInput => "EINVAL",
        io::ErrorKind::BrokenPipe => "EPIPE",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        _ => "EIO",
    }
}

macro_rules! names {
    ($($name:ident)*) => { [$((libc::$name, stringify!($name))),*] };
}

const NAMES: [(i32, &str); 42] = names![
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED
    ECONNRESET EHOSTDOWN EHOSTUNREACH EINPROGRESS EINTR EINVAL EISCONN EMFILE EMSGSIZE ENETDOWN
    ENETUNREACH ENFILE ENOBUFS ENOMEM ENOTCONN EOPNOTSUPP EPERM EPIPE EPROTO EPROTONOSUPPORT
    ETIMEDOUT ENOPROTOOPT EDESTADDRREQ ELOOP ENAMETOOLONG ENODEV ENOENT ENOSPC ENOTDIR ENOTSOCK EPROTOTYPE EROFS
    EISDIR
];

#[cfg(test)]
mod tests {
    use super::name;
    use std::io;

    #[test]
    fn errors_have_their_names() {
        let refused = io::Error::from_raw_os_error(libc::ECONNREFUSED);
        assert_eq!(name(&refused), "ECONNREFUSED");
        assert_eq!(name(&io::Error::from(io::ErrorKind::TimedOut)), "ETIMEDOUT");
        assert_eq!(name(&io::Error::other("made up")), "EIO");
    }
}
