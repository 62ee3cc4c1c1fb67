//! Waiting for descriptors that tokio has no type for: Unix paths that are resolved here, packets, sockets whose errors are
//! waited for. The one place where this crate has to vouch for something: that a registered descriptor stays what it is.

use std::io;
use std::os::fd::OwnedFd;
use tokio::io::{Interest, unix::AsyncFd};

/// Waits for what the interest says. The descriptor must be one that does not block.
#[allow(unsafe_code)]
pub(crate) fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd owns one open descriptor and cannot be made another one; AsyncFd lends it out only by shared
    // reference here, and closes it after it has been taken from the reactor.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(|error| error.into_parts().1)
}
