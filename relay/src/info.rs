//! TCP_INFO: what the kernel knows of a connection, as the fields of INFO, and when it is asked.
//!
//! The one `unsafe` call is [`kernel::tcp_info`]: neither rustix, socket2 nor nix wraps this option. It reads bytes, and the
//! fields are taken from as many of them as the kernel gave.
//!
//! Absent: packets. Their capture is the other half of WATCH.

use relay_proto::INFO_FIELDS;
use std::future::Future;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Why a relay cannot tell it, where it cannot.
pub(crate) const UNAVAILABLE: Option<&str> =
    if cfg!(target_os = "linux") { None } else { Some("TCP_INFO is Linux's, and this is another system.") };

/// The shortest time from one INFO to the next.
const LEAST: Duration = Duration::from_millis(10);

/// The value of `state` when a connection is no more: TCP_CLOSE of Linux's tcp_states.h.
const CLOSE: u64 = 7;

/// More than any kernel tells today.
const ROOM: usize = 512;

/// Where each of [`INFO_FIELDS`] stands in `struct tcp_info` (linux/tcp.h), and its size. The kernel only ever adds at the
/// end.
const PLACES: [(usize, usize); INFO_FIELDS.len()] = [
    (0, 1),   // state
    (1, 1),   // ca_state
    (2, 1),   // retransmits
    (8, 4),   // rto
    (12, 4),  // ato
    (16, 4),  // snd_mss
    (20, 4),  // rcv_mss
    (24, 4),  // unacked
    (28, 4),  // sacked
    (32, 4),  // lost
    (36, 4),  // retrans
    (68, 4),  // rtt
    (72, 4),  // rttvar
    (76, 4),  // snd_ssthresh
    (80, 4),  // snd_cwnd
    (84, 4),  // advmss
    (88, 4),  // reordering
    (92, 4),  // rcv_rtt
    (96, 4),  // rcv_space
    (100, 4), // total_retrans
    (104, 8), // pacing_rate
    (120, 8), // bytes_acked
    (128, 8), // bytes_received
    (136, 4), // segs_out
    (140, 4), // segs_in
    (144, 4), // notsent_bytes
    (148, 4), // min_rtt
    (152, 4), // data_segs_in
    (156, 4), // data_segs_out
    (160, 8), // delivery_rate
    (228, 4), // snd_wnd
    (60, 4),  // pmtu
    (64, 4),  // rcv_ssthresh
    (44, 4),  // last_data_sent
    (52, 4),  // last_data_recv
    (56, 4),  // last_ack_recv
];

/// What INFO carries: numbers of fields and their values.
pub(crate) type Fields = Vec<(u8, u64)>;

/// `getsockopt(TCP_INFO)` of a TCP connection.
pub(crate) fn read(socket: BorrowedFd<'_>) -> io::Result<Fields> {
    let mut bytes = [0; ROOM];
    let length = kernel::tcp_info(socket, &mut bytes)?;
    Ok(fields(&bytes[..length]))
}

/// How many connections wait at a listening socket: `unacked` is what Linux tells it by (tcp_get_info).
pub(crate) fn waiting(listening: BorrowedFd<'_>) -> u32 {
    const UNACKED: u8 = 8;
    let fields = read(listening).unwrap_or_default();
    let unacked = fields.iter().find(|(number, _)| *number == UNACKED);
    unacked.and_then(|&(_, value)| u32::try_from(value).ok()).unwrap_or(0)
}

/// Whether they are the last ones: the connection is no more.
pub(crate) fn is_last(fields: &Fields) -> bool {
    fields.first() == Some(&(1, CLOSE))
}

fn fields(bytes: &[u8]) -> Fields {
    let value = |&(at, size): &(usize, usize)| {
        let mut value = [0; 8];
        let told = bytes.get(at..at + size)?;
        // At the end that holds the value's low bytes.
        let from = if cfg!(target_endian = "big") { 8 - size } else { 0 };
        value[from..from + size].copy_from_slice(told);
        Some(u64::from_ne_bytes(value))
    };
    (1..).zip(&PLACES).filter_map(|(number, place)| Some((number, value(place)?))).collect()
}

/// When to ask.
pub(crate) struct Watch {
    every: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Watch {
    /// The first time is now, and the caller's; this is for the others.
    pub(crate) fn new(milliseconds: u32) -> Self {
        let every = Duration::from_millis(milliseconds.into()).max(LEAST);
        Self { every, timer: Box::pin(sleep(every)) }
    }

    /// Whether it is time. Times that nobody asked about are not made up for.
    pub(crate) fn is_time(&mut self, cx: &mut Context<'_>) -> bool {
        let mut time = false;
        while self.timer.as_mut().poll(cx).is_ready() {
            time = true;
            self.timer.as_mut().reset(Instant::now() + self.every);
        }
        time
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};

    /// Fills the bytes with as much as the kernel has, and says how much that was.
    #[allow(unsafe_code)]
    pub(super) fn tcp_info(socket: BorrowedFd<'_>, bytes: &mut [u8]) -> io::Result<usize> {
        let mut length = libc::socklen_t::try_from(bytes.len()).unwrap_or(libc::socklen_t::MAX);
        // SAFETY: the descriptor is open as long as it is borrowed. The kernel writes at most `length` bytes, which `bytes`
        // has, and any bytes are good for it.
        let result = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                bytes.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        if result == 0 { Ok(bytes.len().min(length as usize)) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::io;
    use std::os::fd::BorrowedFd;

    pub(super) fn tcp_info(_: BorrowedFd<'_>, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT))
    }
}

#[cfg(test)]
mod tests {
    use super::{PLACES, fields, is_last};

    #[test]
    fn an_older_kernel_tells_less() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(fields(&bytes).len(), PLACES.len());
        // Linux 2.6: up to total_retrans.
        let old = fields(&bytes[..104]);
        assert!(old.iter().any(|&(number, _)| number == 20) && old.iter().any(|&(number, _)| number == 36));
        assert!(!old.iter().any(|&(number, _)| (21..=31).contains(&number)));
        // A field that is cut is not told.
        assert_eq!(fields(&bytes[..11]).len(), 3);
        assert!(fields(&[]).is_empty() && !is_last(&fields(&[])));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn values_have_their_size() {
        let bytes: Vec<u8> = (0..=255).collect();
        let all = fields(&bytes);
        assert_eq!((all[0], all[3], all[20]), ((1, 0), (4, 0x0b0a_0908), (21, 0x6f6e_6d6c_6b6a_6968)));
    }
}
