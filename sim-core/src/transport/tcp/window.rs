//! The window that we advertise: Linux's way of avoiding silly windows (RFC 9293 §3.8.6.2.2) and of never taking back
//! what was given (§3.8.6).
//!
//! Absent on purpose: how large the buffer is ([`super::memory`]).

use super::{Seq, Tcb};

impl Tcb {
    /// The first window, in whole segments, and the scale that the largest one needs (RFC 7323 §2.3).
    pub(super) fn choose_receive_window(&mut self, mss: u32) {
        let space = self.memory.full().min(65_535);
        self.rcv_wnd = if space <= mss { space } else { space - space % mss };
        self.memory.threshold = self.rcv_wnd;
        self.rcv_scale = match self.memory.locked {
            _ if !self.scales => 0,
            false => self.parameters.window_scale,
            true => self.memory.full().max(1).ilog2().saturating_sub(15).min(14) as u8,
        };
    }

    /// What is left of the window that the peer was told.
    pub(super) fn receive_window(&self) -> u32 {
        let right: Seq = self.rcv_wup + self.rcv_wnd;
        if right.after(self.rcv_nxt) { right - self.rcv_nxt } else { 0 }
    }

    /// The window that the buffer has room for (Linux's `__tcp_select_window`).
    pub(super) fn window_to_advertise(&mut self) -> u32 {
        let unit = 1_u32 << self.rcv_scale;
        let allowed = self.memory.full();
        let full = self.memory.clamp.min(allowed);
        let mss = self.ack.largest().min(full);
        let mut free = self.memory.free();
        if mss == 0 {
            return 0;
        }
        if free < full / 2 {
            // Room is scarce: ACKs need not hurry the sender.
            self.ack.stop_quick();
            free -= free % unit;
            if free < allowed / 16 || free < mss {
                return 0;
            }
        }
        let free = free.min(self.memory.threshold);
        if self.rcv_scale > 0 {
            return free.next_multiple_of(unit);
        }
        // Without scaling the window moves in whole segments only.
        let window = self.rcv_wnd;
        if window + mss <= free || window > free {
            free - free % mss
        } else if mss == full && free > window + full / 2 {
            free
        } else {
            window
        }
    }

    /// The window field of the next segment; from now on the peer may rely on it.
    pub(super) fn advertise(&mut self, syn: bool) -> u16 {
        if syn {
            // RFC 7323 §2.2: never scaled.
            return self.rcv_wnd.min(65_535) as u16;
        }
        let known = self.receive_window();
        let unit = 1_u32 << self.rcv_scale;
        let window = self.window_to_advertise();
        // RFC 9293 §3.8.6: the right edge never moves back.
        let window = if window < known { known.next_multiple_of(unit) } else { window };
        let window = window.min(65_535 << self.rcv_scale);
        self.rcv_wup = self.rcv_nxt;
        self.rcv_wnd = window;
        // At most 65,535 after the shift.
        (window >> self.rcv_scale) as u16
    }
}
