//! Dissection names every bit once, whatever the bytes.

use proptest::prelude::*;
use sim_core::dissect::{self, FieldName, Section, dissect, summary};
use sim_core::gateway::{Answer, Ask};
use sim_core::layer::Protocol;
use sim_core::network::Input;
use sim_core::program::Step;

use crate::harness::*;
use crate::samples;

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
    let samples = samples::samples().into_iter().map(|(_, frame)| frame);
    for frame in all_kinds().into_iter().chain(samples) {
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
    assert_eq!(values(&sections, &options), ["40", "1460", "nop", "10"]);
    let line = summary(syn);
    assert!(line.starts_with("10.0.0.1:") && line.contains(" > 10.0.0.2:8898: Flags [S], seq 0x"), "{line}");
    assert!(line.contains(", win 64240, options [mss 1460,sackOK,TS val ") && line.ends_with("length 0"), "{line}");
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

/// The protocols of a frame, and the values of some fields.
fn check(frame: &[u8], protocols: &[Protocol], expected: &[(FieldName, &str)]) {
    let sections = check_cover(frame).expect("covered");
    let found: Vec<Protocol> = sections.iter().map(|section| section.protocol).collect();
    assert_eq!(found, protocols, "{}", summary(frame));
    for (name, value) in expected {
        assert!(
            values(&sections, &[*name]).iter().any(|found| found == value),
            "{name:?}: {:?}",
            values(&sections, &[*name])
        );
    }
}

fn sample(name: &str) -> Vec<u8> {
    let samples = samples::samples();
    samples.into_iter().find(|(found, _)| found.contains(name)).unwrap_or_else(|| panic!("no sample {name}")).1
}

#[test]
fn every_sample_is_summed_up() {
    for (name, frame) in samples::samples() {
        let line = summary(&frame);
        assert!(line.contains(" > ") && !line.contains("wrong checksum"), "{name}: {line}");
        let is_own_words = ["HTTP", "fragment", "extension"].iter().all(|word| !name.contains(word));
        assert!(!is_own_words || line.contains(&name), "{name}: {line}");
    }
    assert!(summary(&sample("last IPv6 fragment")).ends_with("frag (0xdeadbeef:16), proto 17, length 8"));
    assert!(summary(&sample("HTTP response")).starts_with("[2001:db8::1]:8080 > [2001:db8::2]:40000: Flags [P.]"));
}

#[test]
fn an_ipv6_packet_with_every_extension_header() {
    use FieldName as F;
    let frame = sample("every extension header");
    let expected = [
        (F::Ipv6FlowLabel, "0xabcde"),
        (F::Ipv6Source, "2001:db8::1"),
        (F::Ipv6NextHeader, "0"),
        (F::Ipv6HopByHopNext, "60"),
        (F::Ipv6Option, "opt_type 0x1e length 4"),
        (F::Ipv6OptionPad, "padn 2"),
        (F::Ipv6DestinationNext, "43"),
        (F::Ipv6SegmentsLeft, "0"),
        (F::Ipv6FragmentId, "0xdeadbeef"),
        (F::UdpDestinationPort, "9"),
    ];
    check(&frame, &[Protocol::Ethernet, Protocol::Ipv6, Protocol::Udp, Protocol::Data], &expected);
    let piece = sample("last IPv6 fragment");
    let expected = [(F::Ipv6FragmentOffset, "16"), (F::FragmentBytes, "0707070707070707")];
    check(&piece, &[Protocol::Ethernet, Protocol::Ipv6, Protocol::Data], &expected);
}

#[test]
fn control_messages_field_by_field() {
    use FieldName as F;
    let (v4, v6) = ([Protocol::Ethernet, Protocol::Ipv4], [Protocol::Ethernet, Protocol::Ipv6]);
    let icmp = [v4[0], v4[1], Protocol::Icmp];
    check(&sample("need to frag"), &icmp, &[(F::IcmpMtu, "1400")]);
    check(&sample("redirect to"), &icmp, &[(F::IcmpGateway, "10.0.0.2")]);
    check(&sample("parameter problem - octet 20"), &icmp, &[(F::IcmpPointer, "20")]);
    let igmp = [v4[0], v4[1], Protocol::Igmp];
    check(
        &sample("igmp v3 report"),
        &igmp,
        &[(F::IpOptionRouterAlert, "RA"), (F::IgmpRecords, "6"), (F::IgmpSource, "10.0.0.1")],
    );
    check(&sample("query v3"), &igmp, &[(F::IgmpSuppress, "1"), (F::IgmpInterval, "125"), (F::IgmpSources, "2")]);
    let icmpv6 = [v6[0], v6[1], Protocol::Icmpv6];
    check(&sample("packet too big"), &icmpv6, &[(F::Icmpv6Mtu, "1280")]);
    let advertisement = [
        (F::NdLifetime, "1800"),
        (F::NdSourceLink, "02:00:00:00:00:01"),
        (F::NdMtu, "1500"),
        (F::NdPrefix, "2001:db8::/64, Flags [LA], valid 86400s, pref. 14400s"),
    ];
    check(&sample("router advertisement, lifetime 1800s"), &icmpv6, &advertisement);
    check(&sample("neighbor advertisement"), &icmpv6, &[(F::NdOverride, "1"), (F::NdAdvertisedTarget, "2001:db8::2")]);
    check(
        &sample("listener query v2"),
        &icmpv6,
        &[(F::Ipv6OptionRouterAlert, "rtalert 0x0000"), (F::MldGroup, "ff02::fb"), (F::MldSource, "2001:db8::1")],
    );
    check(&sample("listener report v2"), &icmpv6, &[(F::MldRecords, "6"), (F::MldRecordType, "6")]);
}

#[test]
fn applications_field_by_field() {
    use FieldName as F;
    let udp = [Protocol::Ethernet, Protocol::Ipv4, Protocol::Udp, Protocol::Dhcp];
    let discover = [
        (F::DhcpMessageType, "DHCPDISCOVER"),
        (F::DhcpRequested, "10.0.0.1"),
        (F::DhcpParameters, "1 3 6 15"),
        (F::DhcpHostName, "client"),
    ];
    check(&sample("DHCPDISCOVER"), &udp, &discover);
    let offer = [
        (F::DhcpYours, "10.0.0.1"),
        (F::DhcpLease, "3600"),
        (F::DhcpDnsServers, "10.0.0.2 10.0.0.53"),
        (F::DhcpEnd, "255"),
    ];
    check(&sample("DHCPOFFER"), &udp, &offer);
    let message = &samples::dns_messages()[1];
    let answer = [
        (F::DnsQuestionName, "www.example.com."),
        (F::DnsCname, "web.example.com."),
        (F::DnsA, "10.0.0.1"),
        (F::DnsAaaa, "2001:db8::1"),
        (F::DnsType, "OPT"),
    ];
    let dns = [Protocol::Ethernet, Protocol::Ipv4, Protocol::Udp, Protocol::Dns];
    check(&samples::in_udp(false, (53, 40_000), &message.emit(true)), &dns, &answer);
    // Over TCP with its length before it; a part of it is data.
    let bytes = message.emit(false);
    let mut stream = u16::try_from(bytes.len()).expect("short").to_be_bytes().to_vec();
    stream.extend(bytes);
    let tcp = [Protocol::Ethernet, Protocol::Ipv6, Protocol::Tcp];
    check(&samples::in_tcp(true, (53, 40_000), &stream), &[&tcp[..], &[Protocol::Dns]].concat(), &answer);
    check(&samples::in_tcp(true, (53, 40_000), &stream[..20]), &[&tcp[..], &[Protocol::Data]].concat(), &[]);
    let negative = samples::in_udp(false, (53, 40_000), &samples::dns_messages()[2].emit(true));
    check(
        &negative,
        &dns,
        &[(F::DnsCode, "NXDomain"), (F::DnsSoaMailbox, "admin.example.com."), (F::DnsSoaMinimum, "60")],
    );
}

#[test]
fn http_line_by_line() {
    use FieldName as F;
    let tcp = [Protocol::Ethernet, Protocol::Ipv4, Protocol::Tcp];
    let http = [&tcp[..], &[Protocol::Http]].concat();
    let data = [&tcp[..], &[Protocol::Data]].concat();
    let request =
        [(F::HttpRequest, "GET / HTTP/1.1"), (F::HttpRequestHeader, "User-Agent: curl/8.5.0"), (F::HttpEnd, "\\r\\n")];
    check(&sample("HTTP request"), &http, &request);
    let of = |payload: &[u8]| samples::in_tcp(false, (8080, 40_000), payload);
    let answer = [(F::HttpResponse, "HTTP/1.1 204 No Content"), (F::HttpResponseHeader, "Server: x")];
    check(&of(b"HTTP/1.1 204 No Content\r\nServer: x"), &http, &answer);
    check(&of(b"HTTP/1.1 200 OK\r\n\r\nhi\xff"), &http, &[(F::HttpBody, "hi\\xff")]);
    // What follows a first segment, another version, another port.
    check(&of(b"the rest of a page"), &data, &[(F::DataBytes, "7468652072657374206f6620612070616765")]);
    check(&of(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), &data, &[]);
    check(&samples::in_tcp(false, (8898, 40_000), b"GET / HTTP/1.1\r\n\r\n"), &data, &[]);
}

#[test]
fn padding_is_of_the_link() {
    let mut frame = samples::in_udp(false, (1, 2), b"x");
    frame.resize(60, 0);
    let protocols = [Protocol::Ethernet, Protocol::Ipv4, Protocol::Udp, Protocol::Data, Protocol::Ethernet];
    check(&frame, &protocols, &[(FieldName::DataBytes, "78"), (FieldName::EthPadding, &"00".repeat(17))]);
    let fcs = dissect::frame_check_sequence(&frame);
    let sent = crc32fast::hash(&frame).to_le_bytes();
    assert_eq!(fcs.value, format!("0x{}", sent.map(|byte| format!("{byte:02x}")).concat()), "in the order of the wire");
    assert_eq!((fcs.name, fcs.bits), (FieldName::EthFcs, 480..480));
}

/// A frame of the list, cut and with some bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mut frames = all_kinds();
    frames.extend(samples::samples().into_iter().map(|(_, frame)| frame));
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
