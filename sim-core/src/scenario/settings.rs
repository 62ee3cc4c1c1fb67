//! What the administrator of a host sets for all of its sockets: sysctls of Linux, attributes of its routes, and options that
//! every socket would have to ask for by itself.
//!
//! Absent on purpose: settings of single sockets (programs make them, with `setsockopt`), and of gateways and switches: the one
//! stands for a machine that is not ours, the other has no sockets.

use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;

use crate::program::CongestionControl;

/// The settings of a host. [`HostSettings::default`] is Linux as it comes.
///
/// Each says for which connections a change counts (see [`crate::network::Input::SetHost`]): where Linux looks the value up as it
/// needs it, for those that stand as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// Time to live and hop limit of packets (`net.ipv4.ip_default_ttl`), unless a socket has its own or a router advertises
    /// one. From the next packet on.
    pub ttl: u8,
    /// Memory of a send buffer when a connection begins, in bytes (`net.ipv4.tcp_wmem`, in the middle). New connections.
    pub send_buffer: u32,
    /// The most that it grows to (`net.ipv4.tcp_wmem`, at the end). At once.
    pub send_buffer_max: u32,
    /// Memory of a receive buffer when a connection begins, in bytes (`net.ipv4.tcp_rmem`, in the middle). New connections.
    pub receive_buffer: u32,
    /// The most that it grows to (`net.ipv4.tcp_rmem`, at the end). At once; the window scale follows it for new connections.
    pub receive_buffer_max: u32,
    /// The largest segment that a SYN asks its peer for, in bytes (`ip route … advmss`); `None` for what the interface
    /// takes. New connections.
    pub max_segment: Option<u16>,
    /// Small segments wait while another is not acknowledged (RFC 9293 §3.7.4); off, as if every socket had `TCP_NODELAY`. At once.
    pub nagle: bool,
    /// How long an acknowledgement waits for company at least (Linux's `TCP_DELACK_MIN`); `None`: each leaves at once
    /// (`ip route … quickack 1`). At once.
    pub delayed_ack: Option<Duration>,
    /// `net.ipv4.tcp_congestion_control`. New connections.
    pub congestion: CongestionControl,
    /// Congestion window of the beginning, in segments (RFC 6928; `ip route … initcwnd`). New connections, and those that begin
    /// again after a pause.
    pub initial_window: u32,
    /// How often a SYN is sent again (`net.ipv4.tcp_syn_retries`), beside the four times before its time-out begins to double. At once.
    pub syn_retries: u8,
    /// How long TIME-WAIT lasts (Linux's `TCP_TIMEWAIT_LEN`), and an orphan waits in FIN-WAIT-2
    /// (`net.ipv4.tcp_fin_timeout`). Connections that come there.
    pub time_wait: Duration,
    /// Timestamps (RFC 7323; `net.ipv4.tcp_timestamps`). New connections.
    pub timestamps: bool,
    /// Selective acknowledgements (RFC 2018; `net.ipv4.tcp_sack`). New connections.
    pub sack: bool,
    /// Windows beyond 65,535 bytes (RFC 7323; `net.ipv4.tcp_window_scaling`). New connections.
    pub window_scaling: bool,
}

impl Default for HostSettings {
    fn default() -> HostSettings {
        HostSettings::LINUX
    }
}

/// Settings that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// A setting is beyond its bounds.
    OutOfBounds {
        /// The setting, as the text of scenarios names it.
        setting: &'static str,
        /// What it is, in bytes, milliseconds or as a number.
        value: u64,
        /// What it is at least, in the same.
        least: u64,
        /// What it is at most.
        most: u64,
    },
    /// There is no such congestion control here.
    Congestion(CongestionControl),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsError::OutOfBounds { setting, value, least, most } => {
                let unit = match *setting {
                    "delayed-ack" | "time-wait" => " ms",
                    setting if setting == "mss" || setting.contains("buffer") => " bytes",
                    _ => "",
                };
                write!(f, "`{setting}` cannot be {value}{unit}: {least} to {most}")
            }
            SettingsError::Congestion(control) => {
                write!(f, "there is no congestion control `{}` here: choose `cubic` or `reno`", control.name())
            }
        }
    }
}

impl HostSettings {
    /// Linux 6.x with 16 GiB of memory.
    pub const LINUX: HostSettings = HostSettings {
        ttl: 64,
        send_buffer: 16_384,
        send_buffer_max: 4 << 20,
        receive_buffer: 131_072,
        receive_buffer_max: 32 << 20,
        max_segment: None,
        nagle: true,
        delayed_ack: Some(Duration::from_millis(40)),
        congestion: CongestionControl::Cubic,
        initial_window: 10,
        syn_retries: 6,
        time_wait: Duration::from_secs(60),
        timestamps: true,
        sack: true,
        window_scaling: true,
    };
    /// `SOCK_MIN_SNDBUF` and `SOCK_MIN_RCVBUF`, to a gigabyte.
    pub const SEND_BUFFERS: RangeInclusive<u32> = 4608..=1 << 30;
    /// See [`HostSettings::SEND_BUFFERS`].
    pub const RECEIVE_BUFFERS: RangeInclusive<u32> = 2304..=1 << 30;
    /// `TCP_MIN_MSS`, to what the longest IPv4 packet has room for.
    pub const SEGMENTS: RangeInclusive<u16> = 88..=65_495;
    /// Up to Linux's longest delay (`TCP_DELACK_MAX`), in milliseconds.
    pub const ACK_DELAYS: RangeInclusive<u64> = 1..=200;
    /// Segments of the initial window.
    pub const INITIAL_WINDOWS: RangeInclusive<u32> = 1..=10_000;
    /// `tcp_syn_retries_min` and `tcp_syn_retries_max`.
    pub const SYN_RETRIES: RangeInclusive<u8> = 1..=127;
    /// Up to an hour, in milliseconds.
    pub const TIME_WAITS: RangeInclusive<u64> = 1..=3_600_000;

    /// Looks for what cannot be.
    pub fn check(&self) -> Result<(), SettingsError> {
        // Parts of a millisecond are beyond the last whole one.
        let millis = |span: Duration| u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        within("ttl", self.ttl.into(), &(1..=u8::MAX))?;
        within("send-buffer", self.send_buffer.into(), &Self::SEND_BUFFERS)?;
        within("send-buffer-max", self.send_buffer_max.into(), &Self::SEND_BUFFERS)?;
        within("receive-buffer", self.receive_buffer.into(), &Self::RECEIVE_BUFFERS)?;
        within("receive-buffer-max", self.receive_buffer_max.into(), &Self::RECEIVE_BUFFERS)?;
        if let Some(segment) = self.max_segment {
            within("mss", segment.into(), &Self::SEGMENTS)?;
        }
        if let Some(delay) = self.delayed_ack {
            within("delayed-ack", millis(delay), &Self::ACK_DELAYS)?;
        }
        if self.congestion == CongestionControl::Bbr {
            return Err(SettingsError::Congestion(self.congestion));
        }
        within("initial-window", self.initial_window.into(), &Self::INITIAL_WINDOWS)?;
        within("syn-retries", self.syn_retries.into(), &Self::SYN_RETRIES)?;
        within("time-wait", millis(self.time_wait), &Self::TIME_WAITS)
    }

    /// The window scale that the largest receive buffer needs (`tcp_select_initial_window`).
    pub(crate) fn window_scale(&self) -> u8 {
        /// `net.core.rmem_max` since Linux 6.17: a program may yet ask for so much.
        const ASKED: u32 = 4 << 20;
        self.receive_buffer_max.max(ASKED).ilog2().saturating_sub(15).min(14) as u8
    }
}

fn within<T: Into<u64> + Copy>(
    setting: &'static str,
    value: u64,
    bounds: &RangeInclusive<T>,
) -> Result<(), SettingsError> {
    let (least, most) = ((*bounds.start()).into(), (*bounds.end()).into());
    let inside = (least..=most).contains(&value);
    if inside { Ok(()) } else { Err(SettingsError::OutOfBounds { setting, value, least, most }) }
}
