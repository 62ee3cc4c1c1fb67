//! A segment arrives (RFC 9293 §3.10.7): the checks in the RFC's order, then the data.
//!
//! Absent on purpose: urgent data (§3.10.7.4, sixth: it is taken as ordinary data, as RFC 6093 advises programs to).

use crate::context::Context;
use crate::errno::Errno;
use crate::internet::Internet;
use crate::trace::{DropReason, TcpEvent, TcpState};

use super::{Segment, Seq, Tcb};

/// What a segment of no use is answered with.
enum Verdict {
    /// The next check.
    Go,
    /// Dropped.
    Drop,
    /// Dropped, and answered with an ACK.
    Answer,
    /// It has been dealt with.
    Done,
}

impl Tcb {
    /// A segment for this connection. The error says why it was dropped.
    pub(crate) fn segment_arrives(
        &mut self,
        segment: &Segment<'_>,
        net: &mut Internet,
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        self.counts.segments_in += 1;
        if self.state == TcpState::SynSent {
            return self.arrives_in_syn_sent(segment, net, ctx);
        }
        let verdict = match self.check_sequence(segment, net, ctx) {
            Verdict::Go => self.check_controls(segment, net, ctx),
            verdict => verdict,
        };
        match verdict {
            Verdict::Go => {}
            Verdict::Done => return Ok(()),
            Verdict::Drop => return Err(DropReason::NotAcceptable),
            Verdict::Answer => {
                self.challenge(segment, net, ctx);
                return Err(DropReason::NotAcceptable);
            }
        }
        self.process(segment, net, ctx);
        Ok(())
    }

    /// First: PAWS (RFC 7323 §5.3) and the sequence number (RFC 9293 §3.10.7.4).
    fn check_sequence(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) -> Verdict {
        let again = segment.syn() && segment.seq == self.irs && !segment.rst();
        if again && self.state == TcpState::SynReceived {
            if segment.acks() {
                // Simultaneous open: the peer's SYN-ACK, whose SYN was taken before.
                return Verdict::Go;
            }
            self.repeat_syn_ack(segment, net, ctx);
            return Verdict::Done;
        }
        if self.is_old_timestamp(segment) && !segment.rst() {
            return Verdict::Answer;
        }
        if self.is_acceptable(segment) {
            return Verdict::Go;
        }
        if segment.rst() { Verdict::Drop } else { Verdict::Answer }
    }

    fn is_old_timestamp(&self, segment: &Segment<'_>) -> bool {
        match segment.options.timestamps {
            Some((value, _)) if self.timestamps => Seq(value).before(Seq(self.ts_recent)),
            _ => false,
        }
    }

    /// RFC 9293 §3.4: some of it is in the window. A segment without length may also lie on the right edge.
    fn is_acceptable(&self, segment: &Segment<'_>) -> bool {
        let window = self.receive_window();
        let right = self.rcv_nxt + window;
        match (segment.len(), window) {
            (0, 0) => segment.seq == self.rcv_nxt,
            (0, _) => self.rcv_nxt.up_to(segment.seq) && segment.seq.up_to(right),
            // Linux: a bare FIN needs no room, and some send it into a closed window again and again.
            (_, 0) => segment.seq == self.rcv_nxt && segment.fin() && segment.payload.is_empty(),
            _ => segment.end().after(self.rcv_nxt) && segment.seq.before(right),
        }
    }

    /// Second to fifth: RST, SYN, and the ACK field.
    fn check_controls(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) -> Verdict {
        if segment.rst() {
            // RFC 5961 §3.2: only the exact number resets; another one in the window is asked about.
            if segment.seq != self.rcv_nxt {
                return Verdict::Answer;
            }
            self.reset_arrived(ctx);
            return Verdict::Done;
        }
        if segment.syn() {
            let crossed = self.state == TcpState::SynReceived && segment.acks() && segment.ack == self.nxt;
            // RFC 5961 §4.2.
            return if crossed { Verdict::Go } else { Verdict::Answer };
        }
        if !segment.acks() {
            return Verdict::Drop;
        }
        self.check_ack(segment, net, ctx)
    }

    fn check_ack(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) -> Verdict {
        if self.state == TcpState::SynReceived {
            if self.held || segment.ack != self.nxt {
                super::refuse(segment, net, ctx);
                return Verdict::Drop;
            }
            return Verdict::Go;
        }
        // RFC 5961 §5.2: an ACK of what was never sent, or older than any window, is asked about.
        let oldest = self.una - self.max_wnd;
        if segment.ack.after(self.nxt) || segment.ack.before(oldest) {
            return Verdict::Answer;
        }
        Verdict::Go
    }

    /// A RST with the right number arrived (RFC 9293 §3.10.7.4, second).
    fn reset_arrived(&mut self, ctx: &mut Context<'_>) {
        if self.state == TcpState::TimeWait {
            // As Linux (`tcp_rfc1337` is off): the wait is cut short, and no program is told.
            self.set_state(TcpState::Closed, TcpEvent::RstReceived, ctx);
            return;
        }
        let error = match self.state {
            TcpState::SynReceived => Errno::ECONNREFUSED,
            TcpState::CloseWait => Errno::EPIPE,
            _ => Errno::ECONNRESET,
        };
        self.fail(error, TcpEvent::RstReceived, ctx);
    }

    /// The segment is good: its ACK, its data, its FIN, and what is to be sent because of it.
    fn process(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        self.keep_timestamp(segment);
        self.has_fin_in_hand = segment.fin();
        if self.state == TcpState::SynReceived {
            self.establish(segment, ctx);
        } else {
            self.acknowledge(segment, net, ctx);
        }
        if self.state == TcpState::Closed {
            return;
        }
        if self.is_data_for_nobody(segment) {
            // As Linux (`tcp_abort_on_data`), after RFC 2525 §2.17: data that nobody can read is reset.
            super::refuse(segment, net, ctx);
            self.forget(ctx);
            return;
        }
        self.take_data(segment, net, ctx);
        self.take_fin(net, ctx);
        self.output(net, ctx);
        self.expand_send_buffer();
        self.acknowledge_if_due(net, ctx);
    }

    /// RFC 7323 §4.3: the timestamp to echo is that of the earliest segment that is not acknowledged.
    fn keep_timestamp(&mut self, segment: &Segment<'_>) {
        if let Some((value, _)) = segment.options.timestamps
            && self.timestamps
            && segment.seq.up_to(self.rcv_wup)
            && !Seq(value).before(Seq(self.ts_recent))
        {
            self.ts_recent = value;
        }
    }

    fn is_data_for_nobody(&self, segment: &Segment<'_>) -> bool {
        let news = segment.seq + segment.payload.len() as u32;
        self.orphan && !segment.payload.is_empty() && news.after(self.rcv_nxt)
    }

    /// Seventh: the segment's text (`tcp_data_queue`).
    fn take_data(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        if segment.fin() && self.fin_at.is_none() {
            self.fin_at = Some(segment.seq + segment.payload.len() as u32);
        }
        if self.peer_finished {
            return;
        }
        if segment.payload.is_empty() {
            self.note_early_fin(segment);
            return;
        }
        self.counts.data_segments_in += 1;
        let end = segment.seq + segment.payload.len() as u32;
        let right = self.rcv_nxt + self.receive_window();
        if end.up_to(self.rcv_nxt) || !segment.seq.before(right) {
            self.out_of_window(segment.seq, end);
            return;
        }
        self.measure_receiver(segment, ctx);
        if segment.seq.before(self.rcv_nxt) {
            self.note_duplicate(segment.seq, self.rcv_nxt);
        }
        if !self.memory.admits(&self.parameters) {
            return;
        }
        let start = segment.seq.later(self.rcv_nxt);
        let stop = end.earlier(right);
        let payload = &segment.payload[(start - segment.seq) as usize..(stop - segment.seq) as usize];
        if start == self.rcv_nxt {
            self.take_in_order(segment, payload, ctx);
        } else {
            let fin = segment.fin() && stop == end;
            self.take_out_of_order(start, payload, fin, net, ctx);
        }
    }

    /// A FIN before the data in front of it is out of order too: the sender should know that it is here.
    fn note_early_fin(&mut self, segment: &Segment<'_>) {
        if segment.fin() && segment.seq.after(self.rcv_nxt) {
            self.ack.now = true;
            if self.sack {
                self.selective.add((segment.seq, segment.end()));
            }
        }
    }

    /// Nothing of it is new: the sender is told where we are, at once.
    fn out_of_window(&mut self, seq: Seq, end: Seq) {
        if end.up_to(self.rcv_nxt) {
            self.note_duplicate(seq, end);
        }
        self.enter_quick();
        self.ack.scheduled = true;
    }

    /// RFC 2883: this came twice.
    pub(super) fn note_duplicate(&mut self, seq: Seq, end: Seq) {
        if self.sack {
            self.selective.note_duplicate((seq, end));
        }
    }

    /// The round-trip time as a receiver can see it: by full segments that echo a timestamp of ours.
    fn measure_receiver(&mut self, segment: &Segment<'_>, ctx: &Context<'_>) {
        if let (Some(echo), true) = (self.last_echo, segment.payload.len() as u32 >= self.ack.largest()) {
            let elapsed = self.timestamp(ctx.now).wrapping_sub(echo);
            let unread = !self.received.is_empty();
            self.memory.sample_echo(echo, (elapsed < u32::MAX / 2).then_some(elapsed), unread);
        }
    }

    fn take_in_order(&mut self, segment: &Segment<'_>, payload: &[u8], ctx: &mut Context<'_>) {
        self.append(payload);
        self.data_arrived(segment, payload.len() as u32, ctx.now);
        self.woken = true;
        if self.reassembly.is_empty() {
            return;
        }
        while let Some((bytes, charge)) = self.reassembly.take(self.rcv_nxt) {
            self.append_charged(&bytes, charge);
        }
        // RFC 5681 §4.2: an ACK at once when a gap is filled.
        self.ack.now |= self.reassembly.is_empty();
        self.selective.advance(self.rcv_nxt);
    }

    fn append_charged(&mut self, bytes: &[u8], charge: u32) {
        let length = bytes.len() as u32;
        self.rcv_nxt += length;
        self.counts.bytes_received += u64::from(length);
        self.memory.keep_charged(self.rcv_nxt, charge);
        if self.read_shut {
            self.memory.release(self.rcv_nxt);
        } else {
            self.received.extend(bytes);
        }
    }

    /// Kept until the gap before it is filled (`tcp_data_queue_ofo`).
    fn take_out_of_order(&mut self, start: Seq, payload: &[u8], fin: bool, net: &mut Internet, ctx: &mut Context<'_>) {
        let end = start + payload.len() as u32;
        self.ack.scheduled = true;
        if let Some((from, to)) = self.reassembly.overlap(start, end) {
            self.note_duplicate(from, to);
        }
        let charges = Tcb::charges(payload.len());
        let inserted = self.reassembly.insert(start, payload, charges);
        match (inserted.known, inserted.joined) {
            (true, _) => {}
            (false, true) => {
                self.memory.charge(charges.1);
                self.grow_window_out_of_order(payload.len() as u32);
            }
            (false, false) => {
                self.grow_window_out_of_order(payload.len() as u32);
                self.memory.charge(charges.0);
            }
        }
        if self.sack && self.selective.is_third(start, end) {
            self.release_compressed(net, ctx);
        }
        if self.sack {
            self.selective.add((start, end + u32::from(fin)));
        }
    }

    /// Eighth: the FIN, once everything before it is here.
    fn take_fin(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.peer_finished || self.fin_at != Some(self.rcv_nxt) {
            return;
        }
        self.peer_finished = true;
        self.rcv_nxt += 1;
        self.selective.advance(self.rcv_nxt);
        self.woken = true;
        self.fin_arrived(net, ctx);
    }
}
