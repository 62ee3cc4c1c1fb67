//! What a program has set of a TCP socket, and what changes at once on a connection that stands, by that or by the host's settings.
//!
//! Absent on purpose: the numbers of `setsockopt` and its errors (system calls know them).

use core::time::Duration;
use std::sync::Arc;

use crate::context::Context;
use crate::internet::Internet;
use crate::program::CongestionControl;

use super::congestion::Algorithm;
use super::{Parameters, Tcb};

/// Options of a TCP socket. `None` is the system's own choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// `TCP_NODELAY`.
    pub(crate) no_delay: bool,
    /// `TCP_CORK`.
    pub(crate) cork: bool,
    /// `SO_KEEPALIVE`, `TCP_KEEPIDLE`, `TCP_KEEPINTVL`, `TCP_KEEPCNT`.
    pub(crate) keep_alive: bool,
    pub(crate) keep_idle: Duration,
    pub(crate) keep_interval: Duration,
    pub(crate) keep_count: u32,
    /// `TCP_USER_TIMEOUT` (RFC 5482); zero is `None`.
    pub(crate) user_timeout: Option<Duration>,
    /// `SO_LINGER`; zero: `close` sends a RST.
    pub(crate) linger: Option<Duration>,
    /// `SO_RCVBUF` and `SO_SNDBUF` as the kernel keeps them: twice what the program asked for, in bytes of memory.
    pub(crate) receive_buffer: Option<u32>,
    pub(crate) send_buffer: Option<u32>,
    /// `TCP_CONGESTION`.
    pub(crate) congestion: Option<Algorithm>,
    /// `TCP_QUICKACK`.
    pub(crate) quick_ack: bool,
    /// `TCP_MAXSEG`.
    pub(crate) max_segment: Option<u32>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            no_delay: false,
            cork: false,
            keep_alive: false,
            keep_idle: Duration::from_secs(7200),
            keep_interval: Duration::from_secs(75),
            keep_count: 9,
            user_timeout: None,
            linger: None,
            receive_buffer: None,
            send_buffer: None,
            congestion: None,
            quick_ack: true,
            max_segment: None,
        }
    }
}

impl Tcb {
    /// The host's settings have changed: what counts for connections that stand counts from now on.
    pub(crate) fn adopt(&mut self, parameters: &Arc<Parameters>, net: &mut Internet, ctx: &mut Context<'_>) {
        let before = core::mem::replace(&mut self.parameters, parameters.clone());
        // What waited for more need not wait any longer.
        if before.nagle && !parameters.nagle {
            self.output(net, ctx);
        }
    }

    /// The congestion control of the connection.
    pub(crate) fn congestion_control(&self) -> CongestionControl {
        self.congestion.algorithm().into()
    }

    /// The program has changed its settings: what follows from that follows now.
    pub(crate) fn apply(&mut self, settings: Settings, net: &mut Internet, ctx: &mut Context<'_>) {
        let before = core::mem::replace(&mut self.settings, settings);
        if let Some(algorithm) = settings.congestion.filter(|_| settings.congestion != before.congestion) {
            self.congestion.choose(algorithm);
        }
        if let Some(buffer) = settings.receive_buffer.filter(|_| settings.receive_buffer != before.receive_buffer) {
            self.memory.lock(buffer);
        }
        if settings.send_buffer != before.send_buffer {
            self.size_send_buffer();
        }
        if settings.max_segment != before.max_segment {
            self.fit_mss();
        }
        let kept = |of: &Settings| (of.keep_alive, of.keep_idle, of.keep_interval);
        if kept(&settings) != kept(&before) && self.is_synchronized() {
            self.begin_keep_alive(ctx.now);
        }
        if settings.quick_ack != before.quick_ack {
            self.ack.set_ping_pong(!settings.quick_ack);
            if settings.quick_ack && self.ack.scheduled && self.is_synchronized() {
                self.send_ack(net, ctx);
            }
        }
        // What waited for more need not wait any longer.
        if (settings.no_delay && !before.no_delay) || (before.cork && !settings.cork) {
            self.output(net, ctx);
        }
    }
}
