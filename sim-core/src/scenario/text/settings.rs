//! Settings of hosts: lines that begin with `tcp` or `ip`, below a host or behind `at … set HOST`.
//!
//! Absent on purpose: what they mean ([`HostSettings`] says it), and sysctls by their names: half of what stands here has none.

use core::fmt;
use core::time::Duration;

use crate::program::CongestionControl;
use crate::scenario::HostSettings;

use super::cursor::Cursor;
use super::value::{Size, Span, size};
use super::{Mistake, Wrong};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// What follows is of this protocol: said for the reader's sake.
    Protocol,
    Ttl,
    SendBuffer,
    SendBufferMax,
    ReceiveBuffer,
    ReceiveBufferMax,
    Mss,
    Nagle,
    DelayedAck,
    Congestion,
    InitialWindow,
    SynRetries,
    TimeWait,
    Timestamps,
    Sack,
    WindowScaling,
}

const SETTINGS: [(&str, Setting); 17] = [
    ("tcp", Setting::Protocol),
    ("ip", Setting::Protocol),
    ("ttl", Setting::Ttl),
    ("send-buffer", Setting::SendBuffer),
    ("send-buffer-max", Setting::SendBufferMax),
    ("receive-buffer", Setting::ReceiveBuffer),
    ("receive-buffer-max", Setting::ReceiveBufferMax),
    ("mss", Setting::Mss),
    ("nagle", Setting::Nagle),
    ("delayed-ack", Setting::DelayedAck),
    ("congestion", Setting::Congestion),
    ("initial-window", Setting::InitialWindow),
    ("syn-retries", Setting::SynRetries),
    ("time-wait", Setting::TimeWait),
    ("timestamps", Setting::Timestamps),
    ("sack", Setting::Sack),
    ("window-scaling", Setting::WindowScaling),
];

const CONTROLS: [(&str, CongestionControl); 2] =
    [("cubic", CongestionControl::Cubic), ("reno", CongestionControl::Reno)];
const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];

/// Whether `tcp` or `ip`, the next word, begins settings: a node may have such a name, too.
pub(super) fn begin(line: &Cursor, is_node: impl Fn(&str) -> bool) -> bool {
    let is = |ahead: usize, protocol: bool| {
        line.peek_at(ahead).is_some_and(|word| {
            let found = SETTINGS.iter().find(|(name, _)| word.is(name));
            found.is_some_and(|(_, setting)| (*setting == Setting::Protocol) == protocol)
        })
    };
    let names_node = line.peek().is_some_and(|word| is_node(word.name()));
    is(0, true) && (!names_node || is(1, false) || line.peek_at(1).is_none())
}

/// Reads settings to the end of the line. What is not said stays as it is.
pub(super) fn read(settings: &mut HostSettings, line: &mut Cursor) -> Result<(), Mistake> {
    while !line.is_done() {
        let setting = line.choice("a setting of TCP or IP", &SETTINGS)?;
        one(settings, setting, line)?;
        settings.check().map_err(|error| line.wrong_before(Wrong::Settings(error)))?;
    }
    Ok(())
}

fn one(settings: &mut HostSettings, setting: Setting, line: &mut Cursor) -> Result<(), Mistake> {
    match setting {
        Setting::Protocol => {}
        Setting::Ttl => settings.ttl = line.number("time to live", "64")?,
        Setting::SendBuffer => settings.send_buffer = bytes(line)?,
        Setting::SendBufferMax => settings.send_buffer_max = bytes(line)?,
        Setting::ReceiveBuffer => settings.receive_buffer = bytes(line)?,
        Setting::ReceiveBufferMax => settings.receive_buffer_max = bytes(line)?,
        Setting::Mss => settings.max_segment = unless(line, "none", |line| line.number("segment in bytes", "1460"))?,
        Setting::Nagle => settings.nagle = switch(line)?,
        Setting::DelayedAck => settings.delayed_ack = unless(line, "off", |line| line.duration("time"))?,
        Setting::Congestion => settings.congestion = line.choice("`cubic` or `reno`", &CONTROLS)?,
        Setting::InitialWindow => settings.initial_window = line.number("number of segments", "10")?,
        Setting::SynRetries => settings.syn_retries = line.number("number of retries", "6")?,
        Setting::TimeWait => settings.time_wait = line.duration("time")?,
        Setting::Timestamps => settings.timestamps = switch(line)?,
        Setting::Sack => settings.sack = switch(line)?,
        Setting::WindowScaling => settings.window_scaling = switch(line)?,
    }
    Ok(())
}

fn switch(line: &mut Cursor) -> Result<bool, Mistake> {
    line.choice("`on` or `off`", &SWITCH)
}

fn bytes(line: &mut Cursor) -> Result<u32, Mistake> {
    line.quantity("size of a buffer", "64KiB", |text| size(text).and_then(|size| u32::try_from(size).ok()))
}

/// A value, or the word that says that there is none.
fn unless<T>(
    line: &mut Cursor,
    none: &str,
    read: impl FnOnce(&mut Cursor) -> Result<T, Mistake>,
) -> Result<Option<T>, Mistake> {
    if line.take(none) { Ok(None) } else { read(line).map(Some) }
}

/// The settings that differ from others: ` tcp nagle off ip ttl 32`; nothing where none does.
pub(super) struct Changed<'a> {
    pub(super) settings: &'a HostSettings,
    pub(super) from: &'a HostSettings,
}

impl fmt::Display for Changed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = Setting::Protocol;
        for (name, setting) in SETTINGS.into_iter().filter(|(_, setting)| *setting != Setting::Protocol) {
            let (new, old) = (value(self.settings, setting), value(self.from, setting));
            if new == old {
                continue;
            }
            let protocol = match (before, setting) {
                (_, Setting::Ttl) => " ip",
                (Setting::Protocol | Setting::Ttl, _) => " tcp",
                _ => "",
            };
            write!(f, "{protocol} {name} {new}")?;
            before = setting;
        }
        Ok(())
    }
}

impl fmt::Display for HostSettings {
    /// What is not usual, as a line of a scenario says it: `tcp nagle off`; `tcp` alone when all is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = Changed { settings: self, from: &HostSettings::LINUX }.to_string();
        f.write_str(if changed.is_empty() { "tcp" } else { changed.trim_start() })
    }
}

fn value(settings: &HostSettings, setting: Setting) -> String {
    let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
    let size = |bytes: u32| Size(bytes.into()).to_string();
    let span = |span: Duration| Span(span).to_string();
    match setting {
        Setting::Protocol => String::new(),
        Setting::Ttl => settings.ttl.to_string(),
        Setting::SendBuffer => size(settings.send_buffer),
        Setting::SendBufferMax => size(settings.send_buffer_max),
        Setting::ReceiveBuffer => size(settings.receive_buffer),
        Setting::ReceiveBufferMax => size(settings.receive_buffer_max),
        Setting::Mss => settings.max_segment.map_or_else(|| "none".to_owned(), |mss| mss.to_string()),
        Setting::Nagle => switch(settings.nagle),
        Setting::DelayedAck => settings.delayed_ack.map_or_else(|| "off".to_owned(), span),
        Setting::Congestion => settings.congestion.name().to_owned(),
        Setting::InitialWindow => settings.initial_window.to_string(),
        Setting::SynRetries => settings.syn_retries.to_string(),
        Setting::TimeWait => span(settings.time_wait),
        Setting::Timestamps => switch(settings.timestamps),
        Setting::Sack => switch(settings.sack),
        Setting::WindowScaling => switch(settings.window_scaling),
    }
}
