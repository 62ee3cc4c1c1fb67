//! Lines of what was set from outside: faults and properties of links, settings of hosts. Each tells all that holds from now on.
//!
//! Absent on purpose: what changed; the line before of the same kind and place tells the rest.

use sim_core::scenario::{Faults, HostSettings};
use sim_core::trace::What;

use super::nanos;
use super::object::Object;

pub(super) fn write(fields: &mut Object<'_>, what: &What) {
    match what {
        What::FaultsSet { link, end, faults } => of_faults(fields, (link.0, *end), faults),
        What::LinkSet { link, rate, delay, jitter, queue } => {
            fields.number("delay_ns", nanos(*delay));
            fields.number("jitter_ns", nanos(*jitter));
            fields.number("link", link.0.into());
            fields.number("queue", *queue as u64);
            fields.number("rate", *rate);
        }
        What::HostSet { settings } => of_host(fields, settings),
        _ => {}
    }
}

fn of_faults(fields: &mut Object<'_>, (link, end): (u16, u8), faults: &Faults) {
    let Faults {
        down,
        loss_ppm,
        burst,
        lose,
        duplicate_ppm,
        duplicate,
        corrupt_ppm,
        corrupt,
        reorder_ppm,
        reorder,
        reorder_by,
        late,
        arrive,
    } = faults;
    fields.numbers("arrive_ns", arrive.iter().copied().map(nanos));
    fields.number("burst", (*burst).into());
    fields.numbers("corrupt", corrupt.iter().copied());
    fields.number("corrupt_ppm", (*corrupt_ppm).into());
    fields.flag("down", *down);
    fields.numbers("duplicate", duplicate.iter().copied());
    fields.number("duplicate_ppm", (*duplicate_ppm).into());
    fields.number("end", end.into());
    fields.numbers("late_ns", late.iter().copied().map(nanos));
    fields.number("link", link.into());
    fields.numbers("lose", lose.iter().copied());
    fields.number("loss_ppm", (*loss_ppm).into());
    fields.numbers("reorder", reorder.iter().copied());
    fields.number("reorder_by_ns", nanos(*reorder_by));
    fields.number("reorder_ppm", (*reorder_ppm).into());
}

fn of_host(fields: &mut Object<'_>, settings: &HostSettings) {
    let HostSettings {
        ttl,
        send_buffer,
        send_buffer_max,
        receive_buffer,
        receive_buffer_max,
        max_segment,
        nagle,
        delayed_ack,
        congestion,
        initial_window,
        syn_retries,
        time_wait,
        timestamps,
        sack,
        window_scaling,
    } = *settings;
    fields.text("congestion", congestion.name());
    fields.maybe("delayed_ack_ns", delayed_ack.map(nanos));
    fields.number("initial_window", initial_window.into());
    fields.maybe("max_segment", max_segment.map(u64::from));
    fields.flag("nagle", nagle);
    fields.number("receive_buffer", receive_buffer.into());
    fields.number("receive_buffer_max", receive_buffer_max.into());
    fields.flag("sack", sack);
    fields.number("send_buffer", send_buffer.into());
    fields.number("send_buffer_max", send_buffer_max.into());
    fields.number("syn_retries", syn_retries.into());
    fields.number("time_wait_ns", nanos(time_wait));
    fields.flag("timestamps", timestamps);
    fields.number("ttl", ttl.into());
    fields.flag("window_scaling", window_scaling);
}
