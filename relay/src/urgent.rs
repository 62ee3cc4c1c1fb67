//! The mark of TCP's urgent data: a read stops there, whatever stands behind it (tcp_recvmsg_locked; RFC 6093, 3.2).
//!
//! The one `unsafe` call asks for it: neither rustix, socket2 nor nix wraps SIOCATMARK. Absent: reading the urgent byte itself, which
//! is beside the stream.

use std::io;
use std::os::fd::BorrowedFd;

/// `sockatmark()`: whether the next byte to be read stands at the mark.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(crate) fn is_at_mark(socket: BorrowedFd<'_>) -> io::Result<bool> {
    use std::os::fd::AsRawFd;
    /// `SIOCATMARK` of asm-generic/sockios.h. Where it has another number the call fails, and nothing is known.
    const AT_MARK: libc::Ioctl = 0x8905;
    let mut mark: libc::c_int = 0;
    // SAFETY: the descriptor is open as long as it is borrowed, and the kernel writes one `int`.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), AT_MARK, &raw mut mark) };
    if result == 0 { Ok(mark != 0) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_at_mark(_: BorrowedFd<'_>) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}
