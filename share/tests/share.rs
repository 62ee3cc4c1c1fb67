//! Sessions that travel: what is written is read back, and what was cut, changed or blown up on its way is told, never taken.
//!
//! Absent on purpose: the page's side of it (the tests of `web`), and lines of JSON (beside their code; the command line's tests read
//! them).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use share::{Bundle, Check, ReadError, Run, Start, from_bytes, from_text, to_bytes, to_text};
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Direction, FlowId, FlowKind, InfoField, KernelInfo, LinkType, Publication, RealFrame};
use sim_core::lab::{self, CLIENT_NODE, Naming, OTHER_NODE, Reading};
use sim_core::network::Input;
use sim_core::program::{Address, CongestionControl, Foreign, Spec};
use sim_core::scenario::{Faults, HostSettings, text};
use sim_core::time::Instant;
use sim_core::trace::{FrameId, LinkId, NodeId, ProcessId};

fn bundle(inputs: Vec<(Instant, Input)>) -> Bundle {
    let until = inputs.last().map_or(Instant::ZERO, |(at, _)| *at) + Duration::from_secs(1);
    Bundle {
        start: Start::Lab("server".into()),
        seed: 1,
        end: Some(until),
        planned: vec![(Instant::from_millis(7), Input::DropFrame(FrameId(3)))],
        runs: vec![Run { inputs, taken: vec![0, 4], until, check: Check { facts: 170, hash: 0xdead_beef } }],
        moment: 123_456_789,
        view: vec![("panes".into(), "Ladder Table".into()), ("選擇".into(), String::new())],
    }
}

fn is_same(a: &Bundle, b: &Bundle) -> bool {
    // Inputs hold programs, which do not compare; what they show is all of them.
    format!("{a:?}") == format!("{b:?}")
}

fn survives(bundle: &Bundle) {
    let bytes = to_bytes(bundle).expect("it can be written");
    assert!(is_same(&from_bytes(&bytes).expect("it is read back"), bundle));
    let text = to_text(bundle).expect("it can be written");
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{text}");
    assert!(is_same(&from_text(&text).expect("it is read back"), bundle));
}

fn client(message: &[u8]) -> Spec {
    lab::tcp_client((lab::SERVER, lab::TCP_PORT).into(), message, Reading::Once).into()
}

fn python(input: Option<&str>) -> Foreign {
    let source = "print('哈')\r\n\tx".into();
    Foreign { language: "python".into(), name: "a b.py".into(), source, input: input.map(Into::into) }
}

/// One of each input that a page makes.
fn every_input() -> Vec<(Instant, Input)> {
    let v6: SocketAddr = "[fd00::2]:9000".parse().expect("an address");
    let (gateway, flow) = (OTHER_NODE, FlowId(3));
    let bytes: Arc<[u8]> = Arc::from(&b"\x00\xffhello"[..]);
    let faults = Faults {
        down: true,
        loss_ppm: 50_000,
        burst: 2,
        lose: vec![1, 900],
        late: vec![Duration::from_millis(3)],
        arrive: vec![Duration::ZERO, Duration::from_nanos(1)],
        reorder_by: Duration::from_millis(7),
        ..Faults::default()
    };
    let real = RealFrame {
        direction: Direction::Received,
        link_type: LinkType::Ip,
        bytes: bytes.clone(),
        length: 99,
        lost: 2,
    };
    let answers = [
        Answer::Connected { credit: 65_536 },
        Answer::Refused(Errno::ECONNREFUSED),
        Answer::Listening { local: v6.into(), credit: 0 },
        Answer::Accepted { connection: 7, peer: Address::Unnamed, credit: u32::MAX },
        Answer::Data(bytes.clone()),
        Answer::Datagram { from: Address::unix("/tmp/路徑"), bytes: bytes.clone() },
        Answer::Unreachable(Errno::EHOSTUNREACH),
        Answer::Credit(5),
        Answer::Fin,
        Answer::Reset,
        Answer::Lost,
        Answer::Info(KernelInfo { fields: [(InfoField(12), u64::MAX), (InfoField(255), 0)].into() }),
        Answer::Frame(real),
    ];
    let publication = Publication { kind: FlowKind::Datagram, at: v6, to: (lab::CLIENT, 80).into(), backlog: 5 };
    let far = HostSettings {
        ttl: 1,
        send_buffer: 4608,
        send_buffer_max: 1 << 30,
        receive_buffer: 2304,
        receive_buffer_max: 70_000,
        max_segment: Some(536),
        nagle: false,
        delayed_ack: None,
        congestion: CongestionControl::Reno,
        initial_window: 3,
        syn_retries: 127,
        time_wait: Duration::from_millis(1),
        timestamps: false,
        sack: false,
        window_scaling: false,
    };
    let mut inputs = vec![
        Input::Spawn(CLIENT_NODE, client(b"hello!")),
        Input::Spawn(CLIENT_NODE, lab::udp_client(v6, "訊息".as_bytes(), Naming::Once).into()),
        Input::Spawn(CLIENT_NODE, lab::udp_client(v6, b"", Naming::EachTime).into()),
        Input::Spawn(OTHER_NODE, lab::unix_client("a/b.sock", b"x", Reading::ToEnd).into()),
        Input::Spawn(CLIENT_NODE, lab::tcp_server(80).into()),
        Input::Spawn(CLIENT_NODE, python(Some("哈\n")).into()),
        Input::Spawn(CLIENT_NODE, python(None).into()),
        Input::Kill(CLIENT_NODE, ProcessId(4)),
        Input::Typed { node: CLIENT_NODE, process: ProcessId(4), text: "訊息\n".into(), end: true },
        Input::Publish(gateway, publication),
        Input::Unpublish(gateway, flow),
        Input::Frame(NodeId(9), bytes),
        Input::SetFaults(LinkId(1), 1, faults),
        Input::SetLink {
            link: LinkId(0),
            rate: 10_000_000_000,
            delay: Duration::from_millis(10),
            jitter: Duration::from_micros(1),
            queue: 100,
        },
        Input::DropFrame(FrameId(1 << 63 | 5)),
        Input::SetHost(CLIENT_NODE, HostSettings::LINUX),
        Input::SetHost(OTHER_NODE, far),
    ];
    inputs.extend(answers.map(|answer| Input::Answer(gateway, flow, answer)));
    (0..).zip(inputs).map(|(place, input)| (Instant::from_millis(place / 2), input)).collect()
}

#[test]
fn every_input_survives() {
    survives(&bundle(every_input()));
    survives(&Bundle { start: Start::Text("host 甲\n".into()), seed: u64::MAX, end: None, ..bundle(Vec::new()) });
    let run =
        Run { inputs: every_input(), taken: Vec::new(), until: Instant::from_nanos(u64::MAX), check: Check::default() };
    survives(&Bundle { runs: vec![run.clone(), Run::default(), run], ..bundle(Vec::new()) });
}

/// Every program of the scenarios that are kept as examples.
#[test]
fn every_program_survives() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/scenarios");
    let mut programs = 0;
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let file = file.expect("it can be read").path();
        if file.extension().is_none_or(|end| end != "net") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("it is text");
        let experiment = text::parse(&text).expect("it is sound");
        for program in experiment.scenario.nodes.into_iter().flat_map(|node| node.programs) {
            survives(&bundle(vec![(Instant::ZERO, Input::Spawn(CLIENT_NODE, program.what))]));
            programs += 1;
        }
    }
    assert!(programs > 5, "{programs}");
}

#[test]
fn a_link_of_the_first_message_is_short() {
    let link =
        to_text(&bundle(vec![(Instant::ZERO, Input::Spawn(CLIENT_NODE, client(b"hello!")))])).expect("it is short");
    assert!(link.starts_with("U2sB") && link.len() < 140, "{} characters: {link}", link.len());
}

#[test]
fn what_is_no_session_is_told_apart() {
    let text = to_text(&bundle(every_input())).expect("it can be written");
    let of = |text: &str| from_text(text).map(|_| ()).expect_err("it is none");
    assert_eq!(of(""), ReadError::NoSession);
    assert_eq!(of("hello"), ReadError::NoSession);
    assert_eq!(of("U2sA"), ReadError::NoSession);
    assert_eq!(of("U2sC_whatever_a_later_version_writes"), ReadError::Newer(2));
    assert_eq!(of(&text[..text.len() / 2]), ReadError::Cut);
    assert_eq!(of(&text[..4]), ReadError::Cut);
    assert_eq!(of(&text.replacen(&text[100..104], "%20!", 1)), ReadError::Broken);
    let mut bytes = to_bytes(&bundle(every_input())).expect("it can be written");
    *bytes.last_mut().expect("it has bytes") ^= 1;
    assert_eq!(from_bytes(&bytes).map(|_| ()), Err(ReadError::Broken));
}

#[test]
fn a_bomb_does_not_go_off() {
    // 64 MiB of nothing in 64 KB: twice what is read.
    let compressed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 64 << 20], 6);
    let bytes = [b"Sk\x01", compressed.as_slice()].concat();
    assert!(bytes.len() < 100_000);
    assert_eq!(from_bytes(&bytes).map(|_| ()), Err(ReadError::TooLong));
}

proptest! {
    #[test]
    fn whatever_is_sent_survives(message in proptest::collection::vec(any::<u8>(), 0..300), at in any::<u64>()) {
        survives(&bundle(vec![(Instant::from_nanos(at >> 1), Input::Spawn(CLIENT_NODE, client(&message)))]));
    }

    #[test]
    fn a_cut_or_changed_link_is_never_taken_for_another(cut in 0_usize..400, place in 0_usize..400, bit in 0_u8..8) {
        let whole = bundle(every_input());
        let bytes = to_bytes(&whole).expect("it can be written");
        let (cut, place) = (cut % bytes.len(), place % bytes.len());
        prop_assert!(from_bytes(&bytes[..cut]).is_err());
        let mut changed = bytes.clone();
        changed[place] ^= 1 << bit;
        if let Ok(read) = from_bytes(&changed) {
            prop_assert!(is_same(&read, &whole), "byte {place}, bit {bit}");
        }
    }
}
