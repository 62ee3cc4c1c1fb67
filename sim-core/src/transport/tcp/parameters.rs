//! What differs between operating systems, and between hosts by their settings, as a table: the stack asks the table, not the name
//! of the system.
//!
//! Absent on purpose: personalities other than Linux, until recordings of them exist to check against.

use core::time::Duration;

use crate::scenario::HostSettings;
use crate::tick;

use super::congestion::Algorithm;

/// A TCP personality with the settings of one host. Its connections share it.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    /// Retransmission time-out before the first measurement (RFC 6298 §2.1).
    pub(crate) initial_rto: Duration,
    /// Least variance term of the time-out (Linux adds it to the round-trip time; RFC 6298 has a least time-out).
    pub(crate) rto_min: Duration,
    /// Greatest time-out.
    pub(crate) rto_max: Duration,
    /// Time-outs of a SYN before they begin to double (`tcp_syn_linear_timeouts`).
    pub(crate) syn_linear_timeouts: u32,
    /// Retransmissions of a SYN before giving up: `tcp_syn_retries` more than the linear ones.
    pub(crate) syn_retries: u32,
    /// Retransmissions of a SYN-ACK before giving up (`tcp_synack_retries`).
    pub(crate) synack_retries: u32,
    /// Time from the first retransmission until giving up: `tcp_retries2` = 15 as a time.
    pub(crate) give_up: Duration,
    /// The same for a connection that no process holds: `tcp_orphan_retries` = 8 as a time.
    pub(crate) give_up_orphan: Duration,
    /// Unanswered zero-window probes before giving up (`tcp_retries2`), and of an orphan.
    pub(crate) probes: u32,
    pub(crate) orphan_probes: u32,
    /// The kernel's clock tick.
    pub(crate) tick: Duration,
    /// Small segments wait for one that is not acknowledged (Nagle).
    pub(crate) nagle: bool,
    /// Acknowledgements may wait; and the least time for which.
    pub(crate) delays_acks: bool,
    pub(crate) ack_delay: Duration,
    /// Greatest time that an acknowledgement is delayed.
    pub(crate) ack_delay_max: Duration,
    /// Acknowledgements sent at once when a connection begins.
    pub(crate) quick_acks: u32,
    /// Time in TIME-WAIT, and of an orphan in FIN-WAIT-2.
    pub(crate) time_wait: Duration,
    /// Largest segment that a SYN asks for, where that is less than the interface takes (`RTAX_ADVMSS`).
    pub(crate) max_segment: Option<u32>,
    /// What a SYN offers: timestamps, SACK, window scaling.
    pub(crate) timestamps: bool,
    pub(crate) sack: bool,
    pub(crate) window_scaling: bool,
    /// Initial congestion window in segments (RFC 6928).
    pub(crate) initial_window: u32,
    /// Window scale when the program has not set a receive buffer.
    pub(crate) window_scale: u8,
    /// Receive buffer, in bytes of memory: at first, and at most (`tcp_rmem`).
    pub(crate) receive_buffer: u32,
    pub(crate) receive_buffer_max: u32,
    /// Send buffer, in bytes of memory: before the connection stands, and at most (`tcp_wmem`).
    pub(crate) send_buffer: u32,
    pub(crate) send_buffer_max: u32,
    /// Congestion control (`tcp_congestion_control`).
    pub(crate) congestion: Algorithm,
    /// Least time between two answers to segments that are out of the window (`tcp_invalid_ratelimit`).
    pub(crate) challenge_interval: Duration,
}

impl Parameters {
    /// Linux 6.x on an interface with an MTU of 1500, with these settings.
    pub(crate) fn linux(settings: &HostSettings) -> Parameters {
        let usual = HostSettings::LINUX.delayed_ack.unwrap_or_default();
        Parameters {
            initial_rto: Duration::from_secs(1),
            rto_min: Duration::from_millis(200),
            rto_max: Duration::from_secs(120),
            syn_linear_timeouts: 4,
            syn_retries: u32::from(settings.syn_retries) + 4,
            synack_retries: 5,
            give_up: Duration::from_millis(924_600),
            give_up_orphan: Duration::from_millis(102_200),
            probes: 15,
            orphan_probes: 8,
            tick: tick::LENGTH,
            nagle: settings.nagle,
            delays_acks: settings.delayed_ack.is_some(),
            ack_delay: settings.delayed_ack.unwrap_or(usual),
            ack_delay_max: Duration::from_millis(200),
            quick_acks: 16,
            time_wait: settings.time_wait,
            max_segment: settings.max_segment.map(u32::from),
            timestamps: settings.timestamps,
            sack: settings.sack,
            window_scaling: settings.window_scaling,
            initial_window: settings.initial_window,
            window_scale: settings.window_scale(),
            receive_buffer: settings.receive_buffer,
            receive_buffer_max: settings.receive_buffer_max,
            send_buffer: settings.send_buffer,
            send_buffer_max: settings.send_buffer_max,
            // The settings are checked: there is no other.
            congestion: Algorithm::of(settings.congestion).unwrap_or(Algorithm::Cubic),
            challenge_interval: Duration::from_millis(500),
        }
    }
}
