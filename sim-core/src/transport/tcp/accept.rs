//! Passive open: a SYN made this connection (RFC 9293 §3.10.7.2), and the ACK of our SYN-ACK opens it.
//!
//! Absent on purpose: the listening socket (it is [`crate::socket`]'s: a queue and no TCB) and SYN cookies (RFC 4987).

use std::sync::Arc;

use crate::context::Context;
use crate::internet::Internet;
use crate::trace::{TcpEvent, TcpState};

use super::tcb::{Origin, Tcb};
use super::{Parameters, Segment};

/// Longest timestamp option: it leaves that much less for data.
const TIMESTAMPS: u32 = 12;

impl Tcb {
    /// A connection in SYN-RECEIVED. Its SYN-ACK leaves at once, or with [`Tcb::release`] when it is `held`.
    pub(crate) fn passive(
        origin: &Origin,
        segment: &Segment<'_>,
        held: bool,
        parameters: &Arc<Parameters>,
        net: &mut Internet,
        ctx: &mut Context<'_>,
    ) -> Tcb {
        let mut tcb = Tcb::new(origin, TcpState::Listen, parameters);
        let stamped = tcb.timestamps && segment.options.timestamps.is_some();
        let mss = if stamped { tcb.our_mss - TIMESTAMPS } else { tcb.our_mss };
        tcb.choose_receive_window(mss);
        tcb.take_syn(segment);
        tcb.held = held;
        tcb.set_state(TcpState::SynReceived, TcpEvent::SynReceived, ctx);
        if held {
            // Its place in the sequence space is taken, so that nothing else than the SYN-ACK can leave first.
            tcb.nxt = tcb.iss + 1;
        } else {
            tcb.send_syn(net, ctx);
        }
        tcb
    }

    /// The SYN-ACK that was held leaves.
    pub(crate) fn release(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        debug_assert!(self.held, "only a held SYN-ACK is released");
        self.held = false;
        self.send_syn(net, ctx);
    }

    /// The SYN came again. Ours is sent again, unless it is held: then only its timestamp is of interest.
    pub(super) fn repeat_syn_ack(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        if let Some((value, _)) = segment.options.timestamps {
            self.ts_recent = value;
        }
        if self.held {
            return;
        }
        self.transmit_again(0, net, ctx);
    }

    /// The ACK of our SYN arrived (RFC 9293 §3.10.7.4, SYN-RECEIVED).
    pub(super) fn establish(&mut self, segment: &Segment<'_>, ctx: &mut Context<'_>) {
        self.acknowledge_syn(segment, ctx);
        self.wnd = u32::from(segment.window) << self.snd_scale;
        self.max_wnd = self.max_wnd.max(self.wnd);
        self.wl1 = segment.seq;
        self.begin_data(ctx);
        self.set_state(TcpState::Established, TcpEvent::AckOfSyn, ctx);
    }
}
