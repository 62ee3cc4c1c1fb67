//! The value of a control in what a network is set to, and the other way round.
//!
//! Absent on purpose: bounds. The network knows them.

use std::time::Duration;

use sim_core::network::Input;
use sim_core::program::CongestionControl;
use sim_core::scenario::{Faults, HostSettings};

use super::Knob;

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn of_link((rate, delay, jitter, queue): (u64, Duration, Duration, usize), knob: Knob) -> u64 {
    match knob {
        Knob::Rate => rate,
        Knob::Delay => nanos(delay),
        Knob::Jitter => nanos(jitter),
        _ => queue as u64,
    }
}

pub(super) fn of_faults(faults: &Faults, knob: Knob) -> u64 {
    match knob {
        Knob::Loss => faults.loss_ppm.into(),
        Knob::Burst => faults.burst.max(1).into(),
        Knob::Duplicate => faults.duplicate_ppm.into(),
        Knob::Corrupt => faults.corrupt_ppm.into(),
        Knob::Reorder => faults.reorder_ppm.into(),
        Knob::ReorderBy => nanos(faults.reorder_by),
        _ => faults.down.into(),
    }
}

pub(super) fn of_host(settings: &HostSettings, knob: Knob) -> u64 {
    match knob {
        Knob::Ttl => settings.ttl.into(),
        Knob::SendBuffer => settings.send_buffer.into(),
        Knob::SendBufferMax => settings.send_buffer_max.into(),
        Knob::ReceiveBuffer => settings.receive_buffer.into(),
        Knob::ReceiveBufferMax => settings.receive_buffer_max.into(),
        Knob::Mss => settings.max_segment.unwrap_or(0).into(),
        Knob::Nagle => settings.nagle.into(),
        Knob::DelayedAck => settings.delayed_ack.map_or(0, nanos),
        Knob::Congestion => u64::from(settings.congestion == CongestionControl::Reno),
        Knob::InitialWindow => settings.initial_window.into(),
        Knob::SynRetries => settings.syn_retries.into(),
        Knob::TimeWait => nanos(settings.time_wait),
        Knob::Timestamps => settings.timestamps.into(),
        Knob::Sack => settings.sack.into(),
        _ => settings.window_scaling.into(),
    }
}

/// Puts a value into an input. `None` where it has no room for it.
pub(super) fn put(input: &mut Input, knob: Knob, value: u64) -> Option<()> {
    match input {
        Input::SetFaults(_, _, faults) => put_fault(faults, knob, value),
        Input::SetLink { rate, delay, jitter, queue, .. } => {
            match knob {
                Knob::Rate => *rate = value,
                Knob::Delay => *delay = Duration::from_nanos(value),
                Knob::Jitter => *jitter = Duration::from_nanos(value),
                _ => *queue = usize::try_from(value).ok()?,
            }
            Some(())
        }
        Input::SetHost(_, settings) => put_host(settings, knob, value),
        _ => None,
    }
}

fn put_fault(faults: &mut Faults, knob: Knob, value: u64) -> Option<()> {
    /// How long frames are held back when nothing was said of it: shorter than that, few would be overtaken.
    const HELD_BACK: Duration = Duration::from_millis(5);
    const ALL: u32 = 1_000_000;
    let small = u32::try_from(value).ok()?;
    match knob {
        Knob::Loss => faults.loss_ppm = small,
        Knob::Burst => faults.burst = small,
        Knob::Duplicate => faults.duplicate_ppm = small,
        Knob::Corrupt => faults.corrupt_ppm = small,
        Knob::Reorder => {
            faults.reorder_ppm = small;
            if faults.reorder_by.is_zero() {
                faults.reorder_by = HELD_BACK;
            }
        }
        Knob::ReorderBy => faults.reorder_by = Duration::from_nanos(value),
        _ => faults.down = value != 0,
    }
    if faults.burst > 1 && faults.loss_ppm < ALL {
        // So many losses need runs as long as this, with so few frames between them.
        faults.burst = faults.burst.max(faults.loss_ppm.div_ceil(ALL - faults.loss_ppm));
    }
    Some(())
}

fn put_host(settings: &mut HostSettings, knob: Knob, value: u64) -> Option<()> {
    let small = u32::try_from(value).ok();
    match knob {
        Knob::Ttl => settings.ttl = u8::try_from(value).ok()?,
        Knob::SendBuffer => settings.send_buffer = small?,
        Knob::SendBufferMax => settings.send_buffer_max = small?,
        Knob::ReceiveBuffer => settings.receive_buffer = small?,
        Knob::ReceiveBufferMax => settings.receive_buffer_max = small?,
        Knob::Mss => settings.max_segment = Some(u16::try_from(value).ok()?).filter(|size| *size > 0),
        Knob::Nagle => settings.nagle = value != 0,
        Knob::DelayedAck => settings.delayed_ack = (value > 0).then(|| Duration::from_nanos(value)),
        Knob::Congestion => {
            settings.congestion = if value == 0 { CongestionControl::Cubic } else { CongestionControl::Reno };
        }
        Knob::InitialWindow => settings.initial_window = small?,
        Knob::SynRetries => settings.syn_retries = u8::try_from(value).ok()?,
        Knob::TimeWait => settings.time_wait = Duration::from_nanos(value),
        Knob::Timestamps => settings.timestamps = value != 0,
        Knob::Sack => settings.sack = value != 0,
        _ => settings.window_scaling = value != 0,
    }
    Some(())
}
