//! Captures that are written and read back, read by Wireshark, and files that nobody means well with.
//!
//! Absent on purpose: what is in the frames (the simulator's own tests know).

use std::path::{Path, PathBuf};
use std::process::Command;

use capture::{Capture, Census, Imported, Limits, ReadError, Reader, Role, Writer, read};
use proptest::prelude::*;
use sim_core::network::{Network, Output};
use sim_core::scenario::Experiment;
use sim_core::trace::{CaptureSource, Fact, What};

fn experiment(text: &str) -> Experiment {
    text.parse().unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The capture of an experiment, and its facts when they are wanted.
fn captured(experiment: &Experiment, all_facts: bool) -> (Vec<u8>, Vec<Fact>) {
    let make = if all_facts { Network::new } else { Network::capturing };
    let mut network = make(&experiment.scenario, experiment.seed()).expect("it has been checked");
    let mut writer = Writer::new(Vec::new(), &experiment.scenario, experiment.name.as_deref(), experiment.seed())
        .expect("it begins");
    let mut facts = Vec::new();
    let sink = |output| {
        if let Output::Fact(fact) = output {
            writer.add(&fact).expect("memory takes it");
            facts.push(fact);
        }
    };
    experiment.run(&mut network, experiment.end(), sink, |_| true);
    (writer.finish().expect("memory takes it"), facts)
}

fn scenarios() -> Vec<(PathBuf, Experiment)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/scenarios");
    let files =
        std::fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("it can be read").path());
    let scenarios = files.filter(|file| file.extension().is_some_and(|end| end == "net"));
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("it is text");
        (file, experiment(&text))
    };
    scenarios.map(read).collect()
}

const FAULTY: &str = r#"
name faulty
host a
  program ask
    s = socket dgram
    connect s b:7
    repeat 40
      send s "hi"
      sleep 5ms
host b
  program answer
    s = socket dgram
    bind s :7
    loop
      recvfrom s 10
      reply s received
switch 交換機
link a 交換機
  a->交換機 loss 10% duplicate 10% corrupt 10% reorder 10% by 7ms
link 交換機 b
at 100ms cut a 交換機
at 120ms mend a 交換機
"#;

/// Time, interface, and bytes of each frame.
fn frames(imported: &Imported) -> Vec<(u64, u16, &[u8])> {
    let frames = imported.trace.facts().iter().map(|fact| match &fact.what {
        What::Captured { source: CaptureSource::Interface(interface), bytes, length } => {
            assert_eq!(*length as usize, bytes.len(), "it is whole");
            (fact.at.as_nanos(), *interface, &**bytes)
        }
        what => panic!("a capture has nothing but frames: {what}"),
    });
    frames.collect()
}

#[test]
fn what_is_written_is_read() {
    let experiment = experiment(FAULTY);
    let (file, facts) = captured(&experiment, true);
    let imported = read(&file, Limits::default()).expect("it is a capture");
    assert_eq!(imported.nodes, ["a:eth0", "交換機:0", "交換機:1", "b:eth0"]);
    let sent = facts.iter().filter(|fact| matches!(fact.what, What::Sent { .. })).count();
    let damaged = facts.iter().filter(|fact| fact.to_string().contains("Dropped FrameCheck")).count();
    let delivered = facts.iter().filter(|fact| matches!(fact.what, What::Delivered { .. })).count();
    assert!(damaged > 0);
    assert_eq!(frames(&imported).len(), sent + delivered - damaged);
    let first = frames(&imported)[0];
    let expected = facts.iter().find_map(|fact| match &fact.what {
        What::Sent { bytes, .. } => Some((0, 0, &**bytes)),
        _ => None,
    });
    assert_eq!(Some(first), expected);
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("scenario faulty, seed 1"));
    assert!(text.contains("dropped on the wire of link0: Loss") && text.contains("a copy of frame "));
    assert!(text.contains("damaged on its way, and dropped on arrival") && text.contains("LinkDown"));
}

#[test]
fn a_capture_is_the_same_without_the_other_facts() {
    for experiment in scenarios().into_iter().map(|(_, experiment)| experiment).chain([experiment(FAULTY)]) {
        assert!(captured(&experiment, true).0 == captured(&experiment, false).0, "{:?}", experiment.name);
    }
}

/// Frames that Wireshark calls malformed, or whose checksum it calls wrong; what an ICMP error quotes is cut, and so not judged.
const BAD: &str = "_ws.malformed || ip.checksum.status==0 || icmp.checksum.status==0 || icmpv6.checksum.status==0 || \
    (!icmp.type in {3,4,5,11,12} && !icmpv6.type in {1,2,3,4} && \
    (tcp.checksum.status==0 || udp.checksum.status==0 || _ws.expert.severity==8388608))";

fn tshark(file: &Path, more: &[&str]) -> String {
    let mut command = Command::new("tshark");
    for option in ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"] {
        command.args(["-o", option]);
    }
    let output = command.arg("-r").arg(file).args(more).output().expect("tshark was there a moment ago");
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<_> = errors.lines().filter(|line| !line.contains("Running as")).collect();
    assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    String::from_utf8(output.stdout).expect("tshark writes text")
}

#[test]
fn wireshark_finds_nothing_wrong() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed (`apt-get install tshark`), so no capture was shown to Wireshark");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder can be made");
    let all = scenarios().into_iter().chain([(PathBuf::from("faulty.net"), experiment(FAULTY))]);
    for (name, experiment) in all {
        let file = folder.path().join(name.file_name().expect("it has a name")).with_extension("pcapng");
        let (capture, facts) = captured(&experiment, false);
        std::fs::write(&file, capture).expect("it can be written");
        let wrong = tshark(&file, &["-Y", BAD, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"]);
        assert_eq!(wrong, "", "{}", name.display());
        let times = tshark(&file, &["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name"]);
        let sent = facts.iter().filter(|fact| matches!(fact.what, What::Sent { .. })).count();
        assert!(times.lines().count() >= sent && sent > 0, "{times}");
        assert!(
            times.lines().filter_map(|line| line.split('\t').next()?.split_once('.')).all(|(_, part)| part.len() == 9),
            "nanoseconds: {times}"
        );
    }
}

/// A pcap file of these frames, each with seconds and microseconds.
fn pcap(magic: u32, kind: u32, frames: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [magic, 0x0004_0002, 0, 0, 65_535, kind] {
        file.extend(number.to_le_bytes());
    }
    for (seconds, parts, bytes) in frames {
        for number in [*seconds, *parts, bytes.len() as u32, bytes.len() as u32 + 4] {
            file.extend(number.to_le_bytes());
        }
        file.extend(*bytes);
    }
    file
}

#[test]
fn pcap_of_one_interface_has_a_node_for_each_station() {
    let frame = |last: u8, ip: u8| {
        let mut frame = vec![0; 34];
        frame[11] = last;
        frame[12] = 8;
        frame[26..30].copy_from_slice(&[10, 0, 0, ip]);
        frame
    };
    let file = pcap(
        0xa1b2_c3d4,
        1,
        &[
            (100, 7, &frame(1, 1)),
            (100, 9, &frame(2, 2)),
            (100, 8, &frame(1, 1)),
            (101, 0, &frame(3, 3)),
            (101, 0, &frame(3, 4)),
        ],
    );
    let imported = read(&file, Limits::default()).expect("it is a capture");
    assert_eq!(imported.nodes, ["10.0.0.1", "10.0.0.2", "00:00:00:00:00:03"]);
    let facts: Vec<_> = imported.trace.facts().iter().map(|fact| (fact.at.as_nanos(), fact.node.0)).collect();
    assert_eq!(facts, [(0, 0), (1000, 0), (2000, 1), (999_993_000, 2), (999_993_000, 2)]);
    assert_eq!(imported.began.as_micros(), 100_000_007);
    assert!(imported.trace.facts()[0].to_string().contains("of 38 34 bytes"));
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let told = |file: &[u8], limits| read(file, limits).expect_err("it cannot be read").to_string();
    let all = Limits::default();
    assert_eq!(read(b"hello", all).err(), Some(ReadError::NoCapture));
    assert_eq!(read(b"", all).err(), Some(ReadError::NoCapture));
    let file = captured(&experiment(FAULTY), false).0;
    assert_eq!(told(&file[..file.len() - 3], all), told(&file[..file.len() - 1], all));
    assert!(told(&file[..file.len() - 3], all).contains("ends in the middle"));
    assert_eq!(told(&file, Limits { frames: 3, ..all }), "the file has more than 3 frames: keep a part of it");
    assert_eq!(told(&file, Limits { interfaces: 3, ..all }), "the file has more than 3 interfaces: keep a part of it");
    assert!(told(&file, Limits { bytes: 100, ..all }).contains("more than 100 bytes"));
    assert!(told(&file, Limits { block: 64, ..all }).contains("block 1 (at byte 0)"));
    let other = pcap(0xa1b2_c3d4, 113, &[]);
    assert_eq!(told(&other, all), "interface 0 has link type 113: only Ethernet (1) can be read");
    assert_eq!(
        told(&pcap(0xa1b2_c3d4, 1, &[(0, 0, &[0; 20])])[..50], all),
        "block 1 (at byte 24) cannot be read: the file ends in the middle of it"
    );
}

/// What a file is when it comes in pieces of so many bytes.
fn in_pieces(file: &[u8], length: usize) -> Result<Capture, ReadError> {
    let mut reader = Reader::new(Limits::default());
    file.chunks(length).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

#[test]
fn a_file_that_is_cut_gives_what_is_whole() {
    let file = captured(&experiment(FAULTY), false).0;
    let whole = in_pieces(&file, 1000).expect("it is a capture");
    let cut = in_pieces(&file[..file.len() - 3], 7).expect("it begins as a capture");
    assert_eq!(cut.frames[..], whole.frames[..whole.frames.len() - 1]);
    assert!(matches!(cut.cut, Some(ReadError::Cut { number, .. }) if number > cut.frames.len()), "{:?}", cut.cut);
    assert_eq!(whole.cut, None);
}

#[test]
fn hosts_are_told_by_their_addresses() {
    let text = "host a 10.0.0.1/24\n  program p\n    s = socket stream\n    connect s 10.0.0.2:80\n\
        host b 10.0.0.2/24\n  program q\n    s = socket stream\n    bind s :80\n    listen s 1\n    c = accept s\nlink a b\n";
    let file = captured(&experiment(text), false).0;
    let capture = in_pieces(&file, 100).expect("it is a capture");
    let census = |most| {
        let mut census = Census::default();
        capture.frames.iter().for_each(|frame| census.count(&frame.bytes));
        census.settle(most)
    };
    let hosts = census(10);
    let told: Vec<_> = hosts.list().iter().map(|host| (host.name.as_str(), host.role)).collect();
    let everybody = ("ff:ff:ff:ff:ff:ff", Role::Group);
    assert_eq!(told, [("10.0.0.1", Role::Client), ("10.0.0.2", Role::Server), everybody]);
    // Who has 10.0.0.2? Tell 10.0.0.1; and its answer.
    let ends: Vec<_> = capture.frames.iter().map(|frame| hosts.ends(&frame.bytes)).collect();
    assert_eq!(ends[0], (0, 2));
    assert!(ends.contains(&(1, 0)));
    let few = census(2);
    let told: Vec<_> = few.list().iter().map(|host| (host.name.as_str(), host.role)).collect();
    assert_eq!(told, [("10.0.0.1", Role::Client), ("+2", Role::Unknown)]);
    assert_eq!(few.ends(b"short"), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_files(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        longs in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![u32::MAX, 0, 1, 0x8000_0000])), 0..3),
        keep in any::<prop::sample::Index>(),
        is_pcap in any::<bool>(),
        piece in 1_usize..200,
    ) {
        use std::sync::OnceLock;
        static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
        let good = GOOD.get_or_init(|| captured(&experiment("host a\n  program p\n    s = socket dgram\n    sendto s \"x\" b:9\nhost b\nlink a b\n"), false).0);
        let mut file = if is_pcap { pcap(0xa1b2_c3d4, 1, &[(1, 2, &[7; 40]), (3, 4, &[8; 60])]) } else { good.clone() };
        for (place, byte) in changes {
            let at = place.index(file.len());
            file[at] = byte;
        }
        for (place, number) in longs {
            let at = place.index(file.len() / 4) * 4;
            file[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        let end = keep.index(file.len() + 1);
        for file in [&file[..], &file[..end]] {
            prop_assert_eq!(in_pieces(file, piece), in_pieces(file, file.len().max(1)));
            match read(file, Limits::default()) {
                Ok(imported) => prop_assert!(imported.trace.facts().len() <= file.len()),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
