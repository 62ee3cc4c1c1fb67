//! Errors of system calls, by their POSIX names and with Linux's numbers and sentences.
//!
//! Absent on purpose: errors that neither a call here nor a real connection's beginning can give.

use core::fmt;

macro_rules! errnos {
    ($($name:ident $number:literal $message:literal,)*) => {
        /// An error of a system call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, clippy::upper_case_acronyms)]
        pub enum Errno { $($name,)* }

        impl Errno {
            /// Every error there is.
            pub const ALL: &'static [Errno] = &[$(Errno::$name,)*];

            /// The POSIX name.
            pub const fn name(self) -> &'static str {
                match self { $(Errno::$name => stringify!($name),)* }
            }

            /// Linux's number on x86 and ARM.
            pub const fn number(self) -> u16 {
                match self { $(Errno::$name => $number,)* }
            }

            /// What `strerror` says.
            pub const fn message(self) -> &'static str {
                match self { $(Errno::$name => $message,)* }
            }
        }
    };
}

errnos! {
    EPERM 1 "Operation not permitted",
    EBADF 9 "Bad file descriptor",
    EAGAIN 11 "Resource temporarily unavailable",
    ENOMEM 12 "Cannot allocate memory",
    EACCES 13 "Permission denied",
    EINVAL 22 "Invalid argument",
    EMFILE 24 "Too many open files",
    EPIPE 32 "Broken pipe",
    EDESTADDRREQ 89 "Destination address required",
    EMSGSIZE 90 "Message too long",
    EOPNOTSUPP 95 "Operation not supported",
    EAFNOSUPPORT 97 "Address family not supported by protocol",
    EADDRINUSE 98 "Address already in use",
    EADDRNOTAVAIL 99 "Cannot assign requested address",
    ENETDOWN 100 "Network is down",
    ENETUNREACH 101 "Network is unreachable",
    ECONNABORTED 103 "Software caused connection abort",
    ECONNRESET 104 "Connection reset by peer",
    ENOBUFS 105 "No buffer space available",
    EISCONN 106 "Transport endpoint is already connected",
    ENOTCONN 107 "Transport endpoint is not connected",
    ETIMEDOUT 110 "Connection timed out",
    ECONNREFUSED 111 "Connection refused",
    EHOSTUNREACH 113 "No route to host",
    EALREADY 114 "Operation already in progress",
    EINPROGRESS 115 "Operation now in progress",
}

impl Errno {
    /// The error of this POSIX name.
    pub fn from_name(name: &str) -> Option<Errno> {
        Errno::ALL.iter().copied().find(|errno| errno.name() == name)
    }
}

impl fmt::Display for Errno {
    /// As Python writes it: `[Errno 111] Connection refused`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[Errno {}] {}", self.number(), self.message())
    }
}
