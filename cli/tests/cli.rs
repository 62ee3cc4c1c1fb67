//! The command line: the one line on stdout, signals, and what each mistake is answered with.
//!
//! Absent: what the relay does; its own tests attack that.

mod run;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

const TOKEN: &str = "a-token-of-the-tests";

fn sockscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockscope"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Runs to its end: status, stdout, stderr.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = sockscope(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().expect("it was not killed"), text(stdout), text(stderr))
}

/// A relay that listens. Killed when dropped.
struct Serving {
    child: Child,
    line: String,
    address: SocketAddr,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = sockscope(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let line = line.trim_end().to_owned();
        let page = line.strip_prefix("Sockscope: http://").expect("the address comes first");
        let address = page.split('/').next().unwrap().parse().unwrap();
        Self { child, line, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: i32) {
        let kill = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Its end, and everything it wrote on stderr, whose end is the event.
    fn wait(mut self) -> (ExitStatus, String) {
        let mut stderr = self.child.stderr.take().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            let _ = stderr.read_to_string(&mut log);
            tell.send(log)
        });
        let log = told.recv_timeout(Duration::from_secs(20)).expect("it ends");
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_prints_one_line_and_answers() {
    let serving = Serving::start(&["--token", TOKEN]);
    assert_eq!(serving.line, format!("Sockscope: http://{}/#token={TOKEN}", serving.address));
    assert!(serving.get("/healthz").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_token_in_a_file_is_used_and_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (token, scraper) = (file("token", &format!("{TOKEN}\n")), file("scraper", "the-token-of-a-scraper"));
    let serving =
        Serving::start(&["--token-file", &token, "--metrics-token-file", &scraper, "--log", "trace", "--echo"]);
    assert_eq!(serving.line, format!("Sockscope: http://{}/", serving.address));
    let metrics = |token: &str| serving.get(&format!("/metrics HTTP/1.1\r\nAuthorization: Bearer {token}\r\nX-Rest:"));
    assert!(metrics(TOKEN).starts_with("HTTP/1.1 200 "));
    assert!(metrics("the-token-of-a-scraper").starts_with("HTTP/1.1 200 "));
    assert!(metrics("some-other-token-here").starts_with("HTTP/1.1 401 "));
    for path in ["/lab", "/wisp/", "/tcp/x", "/echo", "/tcp/"] {
        let upgrade = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket";
        let head =
            format!("{path} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n{upgrade}\r\nConnection: Upgrade\r\nX-Rest:");
        let mut stream = TcpStream::connect(serving.address).unwrap();
        write!(stream, "GET {head}\r\nHost: {}\r\n\r\n", serving.address).unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
    }
    serving.signal(15);
    let (_, log) = serving.wait();
    assert!(log.contains("session started") && log.contains("/wisp/"), "{log}");
    assert!(!log.contains(TOKEN) && !log.contains("scraper-"), "{log}");
    let (missing, bad) = (folder.path().join("missing"), file("bad", "two words of it"));
    for (path, words) in [(missing.to_str().unwrap(), "cannot read the token"), (&bad, "holds no token")] {
        let (status, _, stderr) = run(&["serve", "--listen", "127.0.0.1:0", "--token-file", path]);
        assert_eq!(status, 1, "{stderr}");
        assert!(stderr.contains(words) && stderr.contains(path) && !stderr.contains("two words"), "{stderr}");
    }
    let (status, _, stderr) = run(&["serve", "--token", TOKEN, "--token-file", &token]);
    assert_eq!(status, 2, "{stderr}");
}

#[test]
fn a_random_token_has_128_bits_and_is_new_each_time() {
    let token = |serving: &Serving| serving.line.split_once("#token=").unwrap().1.to_owned();
    let (one, two) = (token(&Serving::start(&[])), token(&Serving::start(&[])));
    assert_ne!(one, two);
    for token in [one, two] {
        assert!(token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()), "{token}");
    }
}

#[test]
fn both_signals_end_it_in_order() {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        let serving = Serving::start(&["--token", TOKEN]);
        let address = serving.address;
        assert!(serving.get("/healthz").starts_with("HTTP/1.1 200 "));
        serving.signal(signal);
        let (status, log) = serving.wait();
        assert!(status.success(), "{status}: {log}");
        assert!(log.contains("shutting down"), "{log}");
        assert!(!log.contains(TOKEN), "{log}");
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn the_log_is_silent_on_demand() {
    let serving = Serving::start(&["--log", "off"]);
    serving.signal(libc::SIGTERM);
    assert_eq!(serving.wait().1, "");
}

#[test]
fn a_port_in_use_is_told_with_its_holder_and_a_way_out() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let (status, stdout, stderr) = run(&["serve", "--listen", &address]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with(&format!("sockscope: {address} is in use by ")), "{stderr}");
    if cfg!(target_os = "linux") {
        assert!(stderr.contains(&format!("process {}", std::process::id())), "{stderr}");
    }
    assert!(stderr.contains("--listen 127.0.0.1:0"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_foreign_address_is_told() {
    let (status, _, stderr) = run(&["serve", "--listen", "192.0.2.1:0"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("192.0.2.1:0 is not an address of this machine"), "{stderr}");
}

#[test]
fn each_mistake_in_the_command_line_says_what_where_and_what_to_do() {
    for (arguments, words) in [
        (&["serve", "--listen", "7878"][..], ["--listen", "127.0.0.1:7878"]), // fixed port: text, never bound
        (&["serve", "--listen", "localhost:7878"], ["--listen", "127.0.0.1:7878"]), // fixed port: text, never bound
        (&["serve", "--token", "short"], ["--token", "16 to 128 characters"]),
        (&["serve", "--token", "with spaces in it, no"], ["--token", "letters, digits"]),
        (&["serve", "--allow", "10.0.0.0/33"], ["--allow", "such as 10.0.0.0/8:80-443"]),
        (&["serve", "--allow", "10.0.0.0/8:0"], ["--allow", "a port from 1 to 65535"]),
        (&["serve", "--deny", "[::1"], ["--deny", "IPv6 target in brackets"]),
        (&["serve", "--origin", "null"], ["--origin", "https://lab.example:8443"]),
        (&["serve", "--origin", "https://a/"], ["--origin", "not an origin"]),
        (&["serve", "--max-sessions", "0"], ["--max-sessions", "1.."]),
        (&["serve", "--max-sockets", "many"], ["--max-sockets", "many"]),
        (&["serve", "--max-message-bytes", "10"], ["--max-message-bytes", "1024.."]),
        (&["serve", "--max-idle-time=-1"], ["--max-idle-time", "-1"]),
        (&["serve", "--max-idle-time", "never"], ["--max-idle-time", "such as 30 or 0.5"]),
        (&["serve", "--log", "=loud="], ["--log", "=loud="]),
        (&["serve", "--nothing"], ["--nothing", "--help"]),
        (&["swerve"], ["swerve", "--help"]),
    ] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{arguments:?} does not say {word:?}: {stderr}");
        }
    }
}

#[test]
fn a_bad_rust_log_is_told() {
    let output = sockscope(&["serve", "--listen", "127.0.0.1:0"]).env("RUST_LOG", "=loud=").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("sockscope: RUST_LOG is \"=loud=\"") && stderr.contains("unset it"), "{stderr}");
}

#[test]
fn listening_beyond_loopback_is_warned_about() {
    let mut child = sockscope(&["serve", "--listen", "0.0.0.0:0", "--token", TOKEN])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut warning, mut line) = (String::new(), String::new());
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut warning).unwrap();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(warning.contains("WARN") && warning.contains("other machines"), "{warning}");
    assert!(line.starts_with("Sockscope: http://127.0.0.1:"), "what a browser can open: {line}");
}

#[test]
fn no_browser_is_no_failure() {
    let all = ["serve", "--listen", "127.0.0.1:0", "--open", "--token", TOKEN];
    let mut child = sockscope(&all).env("PATH", "").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut warning = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut warning).unwrap();
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(warning.contains("cannot open a browser") && !warning.contains(TOKEN), "{warning}");
}

#[test]
fn help_teaches_with_examples_and_defaults() {
    let (status, stdout, _) = run(&["serve", "--help"]);
    assert_eq!(status, 0);
    for part in [
        "Examples:",
        "sockscope serve --open",
        "--allow 10.0.0.0/8:80-443",
        "[default: 127.0.0.1:7878]", // fixed port: text, never bound
        "[default: 262144]",
    ] {
        assert!(stdout.contains(part), "{part:?} is missing in {stdout}");
    }
}

#[test]
fn bench_measures_in_one_json_object() {
    let (status, stdout, stderr) = run(&["bench", "tcp-1", "--hops", "2000", "--json"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("one JSON object");
    let rows = report["rows"].as_array().expect("rows");
    let watched: Vec<_> = rows.iter().filter_map(|row| row["watched"].as_str()).collect();
    assert_eq!(watched, ["nothing", "frames", "facts"]);
    for row in rows {
        assert_eq!((&row["workload"], &row["hosts"]), (&"tcp-1".into(), &2.into()));
        assert!(row["hops"].as_u64() >= Some(2000));
        for key in ["hops_per_second", "nanoseconds_per_hop", "events_per_hop", "peak_memory_bytes"] {
            assert!(row[key].as_f64() > Some(0.0), "{key} in {row}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn bench_measures_the_relay_beside_plain_tcp() {
    let (status, stdout, stderr) = run(&["bench", "relay", "sockscope", "--rounds", "1", "--transfer", "8", "--json"]);
    assert_eq!(status, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(report["failed"], serde_json::json!([]));
    let [plain, ours] = report["rows"].as_array().expect("rows").as_slice() else { panic!("two rows: {report}") };
    assert_eq!((&plain["name"], &ours["name"]), (&"plain".into(), &"sockscope".into()));
    for column in report["columns"].as_array().expect("columns") {
        let key = column["key"].as_str().expect("a key");
        // A transfer so short can cost less than the clock of processes can tell, and debug builds take what they take.
        if !key.starts_with("cpu") {
            assert!(ours[key]["median"].as_f64() > Some(0.0), "{key} in {ours}");
        }
    }
    for key in ["up_64k", "down_64k", "up_1k", "down_1k", "echo_p50", "echo_p99", "connections"] {
        let (own, plain, ratio) =
            (&ours[key]["median"], &plain[key]["median"], &ours[format!("{key}_ratio")]["median"]);
        let [own, plain, ratio] = [own, plain, ratio].map(|value| value.as_f64().expect("a number"));
        assert!((own / plain - ratio).abs() < 1e-9, "{key}: {own} / {plain} is not {ratio}");
    }
}

#[test]
fn bench_names_its_workloads() {
    let (status, _, stderr) = run(&["bench", "sctp-1"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("choose among tcp-1, tcp-50"), "{stderr}");
}
