//! Dissection names every bit once, whatever the bytes.

use proptest::prelude::*;
use sim_core::dissect::{FieldName, Section, dissect, summary};
use sim_core::gateway::{Answer, Ask};
use sim_core::layer::Protocol;
use sim_core::network::Input;
use sim_core::program::Step;

use crate::harness::*;

/// Every bit belongs to one field, in order.
fn check_cover(frame: &[u8]) -> Result<Vec<Section>, TestCaseError> {
    let sections = dissect(frame);
    let mut bit = 0;
    for section in &sections {
        prop_assert_eq!(section.bytes.start * 8, bit, "sections are without gaps");
        for field in &section.fields {
            prop_assert_eq!(field.bits.start, bit, "fields are without gaps: {:?}", field);
            prop_assert!(field.bits.end > bit, "no field is empty: {:?}", field);
            bit = field.bits.end;
        }
        prop_assert_eq!(section.bytes.end * 8, bit, "fields fill their section");
    }
    prop_assert_eq!(bit, frame.len() * 8, "sections fill the frame");
    Ok(sections)
}

/// Frames of every protocol here.
pub(crate) fn all_kinds() -> Vec<Vec<u8>> {
    let mut run = Run::new(&crate::determinism::lossy(), 1);
    crate::determinism::programs(&mut run);
    run.until(at(20_000));
    run.frames().into_iter().map(|(.., frame)| frame.to_vec()).collect()
}

fn values(sections: &[Section], names: &[FieldName]) -> Vec<String> {
    let fields = sections.iter().flat_map(|section| &section.fields);
    fields.filter(|field| names.contains(&field.name)).map(|field| field.value.clone()).collect()
}

#[test]
fn every_bit_of_every_frame_is_named() {
    for frame in all_kinds() {
        let sections = check_cover(&frame).expect("covered");
        let malformed = sections.iter().flat_map(|section| &section.fields).any(|f| f.name == FieldName::Malformed);
        assert!(!malformed, "{}", summary(&frame));
    }
}

#[test]
fn a_syn_in_full() {
    let frames = all_kinds();
    let syn = frames.iter().find(|frame| frame.len() == 74).expect("a SYN");
    let sections = dissect(syn);
    let protocols: Vec<Protocol> = sections.iter().map(|section| section.protocol).collect();
    assert_eq!(protocols, [Protocol::Ethernet, Protocol::Ipv4, Protocol::Tcp]);
    use FieldName as F;
    let names = [F::EthType, F::IpVersion, F::IpHeaderLength, F::IpTtl, F::IpSource, F::TcpDestinationPort, F::TcpSyn];
    assert_eq!(values(&sections, &names), ["0x0800", "4", "20", "64", "10.0.0.1", "8898", "1"]);
    let options = [F::TcpHeaderLength, F::TcpOptionMss, F::TcpOptionWindowScale, F::TcpOptionNop];
    assert_eq!(values(&sections, &options), ["40", "1460", "nop", "nop", "nop", "10"]);
    let line = summary(syn);
    assert!(line.starts_with("10.0.0.1:") && line.contains(" > 10.0.0.2:8898: Flags [S], seq 0x"), "{line}");
    assert!(line.contains(", win 64240, options [mss 1460,nop,nop,TS val ") && line.ends_with("length 0"), "{line}");
}

#[test]
fn an_error_quotes_its_packet_as_data() {
    let frames = all_kinds();
    let error = frames.iter().find(|frame| summary(frame).contains("port unreachable")).expect("an ICMP error");
    let sections = dissect(error);
    assert_eq!(sections.last().map(|section| section.protocol), Some(Protocol::Icmp));
    assert_eq!(values(&sections, &[FieldName::IcmpType, FieldName::IcmpCode]), ["3", "3"]);
    assert!(values(&sections, &[FieldName::IcmpData])[0].starts_with("45000024"));
}

/// A frame of the list, cut and with some bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let frames = all_kinds();
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (any::<prop::sample::Index>(), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        move |(which, changes, cut, whole)| {
            let mut frame = frames[which.index(frames.len())].clone();
            for (place, byte) in changes {
                let place = place.index(frame.len().min(80));
                frame[place] = byte;
            }
            if !whole {
                frame.truncate(cut.index(frame.len()));
            }
            frame
        },
    )
}

/// Makes the checksums right again, so that what is behind them is reached.
fn repair(frame: &mut [u8]) {
    use sim_core::wire::checksum;
    if frame.len() < 34 || frame[12..14] != [8, 0] {
        return;
    }
    frame[24..26].fill(0);
    let header = (usize::from(frame[14] & 15) * 4).clamp(20, frame.len() - 14);
    let sum = checksum::internet(&frame[14..14 + header]);
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
    let (ip, transport) = frame.split_at_mut(14 + header);
    let offset = match ip[23] {
        6 => 16,
        17 => 6,
        _ => return,
    };
    if transport.len() < 20 {
        return;
    }
    transport[offset..offset + 2].fill(0);
    let address = |at: usize| std::net::Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
    let sum = checksum::with_pseudo_header(address(26), address(30), ip[23], transport);
    transport[offset..offset + 2].copy_from_slice(&sum.to_be_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_dissected(frame in mutated()) {
        check_cover(&frame)?;
        let _ = summary(&frame);
    }

    #[test]
    fn noise_is_dissected(frame in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_cover(&frame)?;
        let _ = summary(&frame);
    }

    /// Mutated frames from either side, in the middle of a connection: nothing panics, and time goes on.
    #[test]
    fn mutated_frames_never_panic(frames in proptest::collection::vec((mutated(), any::<bool>(), any::<bool>()), 1..30), seed in 0_u64..50) {
        let mut run = Run::new(&crate::determinism::lossy(), 1);
        crate::determinism::programs(&mut run);
        let mut now = 50 + seed;
        for (mut frame, from_a, repaired) in frames {
            if repaired {
                repair(&mut frame);
            }
            run.input(at(now), Input::Frame(if from_a { A } else { B }, frame.into()));
            now += 7;
        }
        run.until(at(400_000));
    }

    /// The same for a gateway whose real side answers whatever it is asked.
    #[test]
    fn mutated_frames_never_panic_in_a_gateway(frames in proptest::collection::vec((mutated(), any::<bool>()), 1..30)) {
        let mut run = Run::new(&host_and_gateway(), 1);
        let client = then(connecting(), [Step::Send(S0, vec![1; 30_000].into()), Step::RecvToEnd(S0, 999)]);
        run.spawn(at(0), A, "client", client);
        let mut now = 30;
        for (mut frame, from_a) in frames {
            repair(&mut frame);
            run.input(at(now), Input::Frame(if from_a { A } else { B }, frame.into()));
            for (flow, ask) in run.asks.split_off(0) {
                let answer = match ask {
                    Ask::Connect { .. } => Answer::Connected { credit: 5000 },
                    Ask::Send(bytes) => Answer::Data(bytes),
                    Ask::Shutdown => Answer::Fin,
                    _ => Answer::Credit(9),
                };
                run.input(at(now), Input::Answer(B, flow, answer));
            }
            now += 7;
        }
        run.until(at(400_000));
    }
}
