//! The ACK field of a segment (RFC 9293 §3.10.7.4, fifth): the window, what left the flight, the round-trip time, and
//! what that means for congestion control.
//!
//! Absent on purpose: SACK blocks (see [`super`]).

use core::time::Duration;

use crate::context::Context;
use crate::trace::TcpState;

use super::recovery::Progress;
use super::{Segment, Seq, Tcb};

impl Tcb {
    /// An acceptable ACK in a synchronized state.
    pub(super) fn acknowledge(&mut self, segment: &Segment<'_>, ctx: &mut Context<'_>) {
        let una = self.una;
        let window_moved = self.update_window(segment);
        let acknowledged = self.acknowledge_flight(segment, ctx);
        let advanced = self.una.after(una);
        let duplicate = segment.ack == una
            && !window_moved
            && segment.payload.is_empty()
            && !segment.fin()
            && !self.flight.is_empty();
        self.heard |= advanced;
        if advanced || duplicate {
            self.assess(&Progress { acknowledged, advanced, duplicate });
        }
        if segment.ack == self.una {
            self.probe_answered(ctx.now);
        }
        self.fin_acknowledged(ctx);
    }

    /// Our FIN may be acknowledged now: the states that wait for it.
    fn fin_acknowledged(&mut self, ctx: &mut Context<'_>) {
        let finished = self.fin_queued && self.una == self.send.end() + 1;
        if finished && matches!(self.state, TcpState::FinWait1 | TcpState::Closing | TcpState::LastAck) {
            self.ack_of_fin_arrived(ctx);
        }
    }

    /// RFC 9293 §3.10.7.4: a window counts when it is newer, or larger by the same segment. Says whether it changed.
    fn update_window(&mut self, segment: &Segment<'_>) -> bool {
        let window = u32::from(segment.window) << self.snd_scale;
        let newer = segment.ack.after(self.una)
            || segment.seq.after(self.wl1)
            || (segment.seq == self.wl1 && (window > self.wnd || window == 0));
        if !newer {
            return false;
        }
        self.wl1 = segment.seq;
        self.max_wnd = self.max_wnd.max(window);
        core::mem::replace(&mut self.wnd, window) != window
    }

    /// Takes what is acknowledged out of the flight. Gives how many segments that were.
    pub(super) fn acknowledge_flight(&mut self, segment: &Segment<'_>, ctx: &mut Context<'_>) -> u32 {
        if segment.ack.up_to(self.una) {
            return 0;
        }
        self.una = segment.ack;
        let (count, sample) = self.clean_flight(segment.ack, ctx);
        let room = self.writable();
        self.send.acknowledge(segment.ack.later(self.iss + 1));
        self.woken |= self.writable() > room;
        self.probes = 0;
        self.retries = 0;
        self.retrying_since = None;
        match sample.or_else(|| self.echoed(segment, ctx)) {
            Some(rtt) => self.rtt.sample(rtt, self.una, self.nxt, self.parameters),
            // RFC 6298 §5.7 in spirit: new data was acknowledged, so the backing off ends.
            None => self.rtt.reset_rto(self.parameters),
        }
        // RFC 6298 §5.2, §5.3.
        self.timers.retransmission = (!self.flight.is_empty()).then(|| ctx.now + self.rtt.rto);
        count
    }

    /// Removes segments before `ack`; gives their number, and the time that the first of them took, if it was sent once.
    fn clean_flight(&mut self, ack: Seq, ctx: &mut Context<'_>) -> (u32, Option<Duration>) {
        let mut count = 0;
        let mut sample = None;
        let mut repeated = false;
        while let Some(sent) = self.flight.front_mut() {
            if sent.end.after(ack) {
                if sent.seq.before(ack) {
                    sent.seq = ack;
                }
                break;
            }
            repeated |= sent.again;
            sample = sample.or(Some(ctx.now.saturating_since(sent.at)));
            self.recovery.forget(sent);
            self.flight.pop_front();
            count += 1;
        }
        (count, sample.filter(|_| !repeated))
    }

    /// The round-trip time by the echoed timestamp (RFC 7323 §4.1): good for segments that were sent again, too.
    fn echoed(&self, segment: &Segment<'_>, ctx: &Context<'_>) -> Option<Duration> {
        let (_, echo) = segment.options.timestamps.filter(|_| self.timestamps)?;
        if echo == 0 {
            return None;
        }
        let milliseconds = self.timestamp(ctx.now).wrapping_sub(echo);
        Some(Duration::from_millis(u64::from(milliseconds.max(1))))
    }
}
