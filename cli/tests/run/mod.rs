//! `sockscope run`: what goes where, and what each mistake is answered with.
//!
//! Absent on purpose: what scenarios do (the simulator's tests) and what is in captures (`capture`'s).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::{run, sockscope};

fn hello() -> String {
    scenario("hello").display().to_string()
}

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/scenarios").join(name).with_extension("net")
}

#[test]
fn lines_for_people() {
    let (status, stdout, stderr) = run(&["run", &hello()]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("#0 0.000000ms server <- Started p0 server\n"), "{stdout}");
    assert!(stdout.contains("Printed p1 line 5 b'hi'"), "{stdout}");
    assert!(stdout.contains("ms client <#") && stdout.contains(" Sent link0 to server frame 0 at"), "{stdout}");
    assert!(stdout.contains("ms server <#") && stdout.contains(" Delivered link0 from client frame 0"), "{stdout}");
    assert_eq!(run(&["run", &hello()]).1, stdout, "the same again");
}

#[test]
fn lines_for_programs() {
    let (status, stdout, _) = run(&["run", &hello(), "--trace", "-", "--stats"]);
    let mut lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let stats = lines.pop().expect("the last line is the statistics");
    assert_eq!(status, 0);
    assert_eq!(stats["facts"], lines.len());
    assert_eq!(stats["frames"], 12);
    assert!(stats["events"].as_u64() > Some(12) && stats["wall_seconds"].as_f64() > Some(0.0), "{stats}");
    assert!(lines.iter().zip(0..).all(|(line, id)| line["id"] == id));
    let sent = lines.iter().find(|line| line["kind"] == "sent").expect("a frame is sent");
    assert_eq!(
        (&sent["node"], &sent["fields"]["to"], &sent["fields"]["frame"]),
        (&"client".into(), &"server".into(), &0.into())
    );
    assert!(sent["bytes"].as_str().is_some_and(|bytes| bytes.starts_with("ffffffffffff")), "{sent}");
    let call = lines.iter().find(|line| line["fields"]["name"] == "connect").expect("a call is made");
    assert_eq!(call["fields"]["call"], "connect(3, 10.0.0.2:8898)");
    let described = include_str!("../../TRACE.md");
    let is_described =
        |line: &Value| line["kind"].as_str().is_some_and(|kind| described.contains(&format!("`{kind}`")));
    assert!(lines.iter().all(is_described), "every kind stands in TRACE.md");
}

#[test]
fn statistics_alone_cost_no_facts() {
    let (status, stdout, _) = run(&["run", &hello(), "--stats", "--until", "1s"]);
    let stats: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!((status, &stats["facts"]), (0, &0.into()));
    assert!(stats["sim_seconds"].as_f64() < Some(1.0), "{stats}");
}

#[test]
fn files_and_standard_input() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (capture, trace) = (folder.path().join("a.pcapng"), folder.path().join("a.jsonl"));
    let names = [capture.display().to_string(), trace.display().to_string()];
    let (status, stdout, stderr) = run(&["run", &hello(), "--pcapng", &names[0], "--trace", &names[1], "--seed", "9"]);
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "", ""));
    let bytes = std::fs::read(&capture).expect("it was written");
    assert!(String::from_utf8_lossy(&bytes).contains("scenario hello, seed 9"));
    let mut child = sockscope(&["run", "-", "--pcapng", "-", "--seed", "9"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let text = std::fs::read(scenario("hello")).expect("it is there");
    child.stdin.take().expect("it is piped").write_all(&text).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(output.stdout == bytes, "the same capture, with the other facts and without");
}

#[test]
fn mistakes_of_usage() {
    let cases: [(&[&str], &str); 8] = [
        (&["run"], "SCENARIO"),
        (&["run", "x", "--until", "10"], "write a time such as 10s"),
        (&["run", "x", "--until", "-5s"], "write a time such as 10s"),
        (&["run", "x", "--seed", "many"], "write a whole number"),
        (&["run", "x", "--seed", "-1"], "write a whole number"),
        (&["run", "x", "--trace", "y", "--pcapng", "y"], "name two"),
        (&["run", "x", "--trace", "-", "--pcapng", "-"], "name a file for one of them"),
        (&["run", "x", "--pcapng", "-", "--stats"], "name a file for the capture"),
    ];
    for (arguments, expected) in cases {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_scenario_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let scenario = folder.path().join("mine.net");
    std::fs::copy(hello(), &scenario).expect("it can be copied");
    let (plain, round) =
        (scenario.display().to_string(), folder.path().join(".").join("mine.net").display().to_string());
    for option in ["--trace", "--pcapng"] {
        let (status, stdout, stderr) = run(&["run", &plain, option, &round]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{option}");
        assert!(stderr.contains("the scenario itself would be written over"), "{option}: {stderr}");
    }
    assert_eq!(std::fs::read(&scenario).expect("it is there"), std::fs::read(hello()).expect("it is there"));
}

#[test]
#[cfg(target_os = "linux")]
fn statistics_that_find_no_room_are_told() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = sockscope(&["run", &hello(), "--stats"]);
    let output = command.stdout(full).stderr(Stdio::piped()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the standard output"));
}

#[test]
fn failures() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path.display().to_string()
    };
    let (wrong, binary) = (file("wrong.net", b"hots a\nhost b\nlink a b\n"), file("binary.net", b"host a\n\xff\n"));
    let nowhere = folder.path().join("none").join("x").display().to_string();
    let first = format!("sockscope: {wrong}:1:1: `hots` stands where a statement is expected; did you mean `host`?\n");
    let second = format!("sockscope: {wrong}:3:6: there is no node `a`");
    for (arguments, expected) in [
        (vec!["run", &wrong], vec![first.as_str(), second.as_str()]),
        (vec!["run", &binary], vec![":2: the scenario is not UTF-8"]),
        (vec!["run", &nowhere], vec!["cannot read the scenario"]),
        (vec!["run", &hello(), "--pcapng", &nowhere], vec!["cannot write", "name a file that may be written"]),
    ] {
        let (status, stdout, stderr) = run(&arguments);
        assert_eq!((status, stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(expected.iter().all(|expected| stderr.contains(expected)), "{arguments:?}: {stderr}");
    }
}

/// Runs a scenario that stands in a file of its own.
fn run_text(text: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("it.net");
    std::fs::write(&path, text).expect("it can be written");
    run(&["run", &path.display().to_string()])
}

#[test]
fn programs_in_python() {
    let ask =
        "host a\n  program ask.py in python input \"Ada\\n\"\n    import _host\n    print('hello', _host.read(0, 9))\n";
    let (status, stdout, stderr) = run_text(ask);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(
        stdout.contains("Printed p0 line 2 hello b'Ada\\n'\n") && stdout.contains("Exited p0 line 2\n"),
        "{stdout}"
    );
    let wrong = "host b\nhost a\n  # it has a mistake\n  program p.py in python\n\n    x = 1\n    if x\nlink a b\n";
    let (status, stdout, stderr) = run_text(wrong);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.ends_with("it.net:7: p.py, line 2: SyntaxError: expected ':'\n"), "{stderr}");
    let (_, _, stderr) = run_text("host a\n  program p in cobol\n    stop\n");
    assert!(
        stderr.ends_with("it.net:3: p, line 1: programs in `cobol` cannot be run here: write `in python`\n"),
        "{stderr}"
    );
}

#[test]
fn a_deadlock_is_named() {
    let program = |name: &str, rest: &str| format!("  program {name}\n    s = socket\n{rest}");
    let server = program("server", "    bind s :80\n    listen s\n    c = accept s\n    recv c 9\n");
    let client = program("client", "    connect s b:80\n    recv s 9\n");
    let (status, _, stderr) = run_text(&format!("host b\n{server}host a\n{client}link a b\n"));
    let told = "server waits in recv at line 5 for client, which waits in recv at line 3 for server";
    assert_eq!((status, stderr.as_str()), (0, format!("sockscope: deadlock: {told}\n").as_str()));
}

/// A run that would take for ever, and has written something.
#[test]
#[cfg(unix)]
fn ctrl_c_leaves_whole_files() {
    use std::io::{BufRead, BufReader, Read};
    let folder = tempfile::tempdir().expect("a folder can be made");
    let scenario = folder.path().join("endless.net");
    let text = "host a\n  program p\n    s = socket dgram\n    loop\n      sendto s \"x\" b:9\n      sleep 1us\nhost b\nlink a b 1Gbit/s 1ms\n";
    std::fs::write(&scenario, text).expect("it can be written");
    let capture = folder.path().join("endless.pcapng");
    let names = [scenario.display().to_string(), capture.display().to_string()];
    let mut child = sockscope(&["run", &names[0], "--until", "1000h", "--trace", "-", "--pcapng", &names[1]])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it writes");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("it ends");
    assert!(rest.ends_with("}\n") && serde_json::from_str::<Value>(rest.lines().last().expect("a line")).is_ok());
    let mut stderr = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("it is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{stderr}");
    assert!(stderr.contains("stopped at") && stderr.contains("of simulated time"), "{stderr}");
    let bytes = std::fs::read(&capture).expect("it was written");
    // The last block says its own length at its end.
    let length = u32::from_le_bytes(bytes[bytes.len() - 4..].try_into().expect("four bytes")) as usize;
    assert_eq!(bytes[bytes.len() - length..][4..8], bytes[bytes.len() - 4..]);
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    use std::io::{BufRead, BufReader};
    let mut child = sockscope(&["run", &scenario("lossy-bulk").display().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it writes");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
