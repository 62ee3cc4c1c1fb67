//! Standard streams, exit status, lines, clocks, and loops that never end.

use sim_core::network::{Input, Network, Wanted};
use sim_core::program::{Foreign, Refusal, Unreadable};
use sim_core::scenario::{ScenarioError, text};
use sim_core::trace::{NodeId, ProcessId, What};

use crate::harness::*;

const ASKER: &str = "\
name = input('name? ')
print('hello', name)
print(input())
";

#[test]
fn input_that_is_given_is_read_to_its_end() {
    let run = Run::new(&format!("host a\n{}", program("p", " input \"Ada\\n\"", ASKER))).until(at(100));
    let told = run.printed("p");
    assert_eq!(told[..2], ["name? ", "hello Ada"]);
    assert_eq!(told.last().map(String::as_str), Some("exit 1"));
    assert!(told.contains(&"EOFError: EOF when reading a line".to_owned()), "{told:?}");
}

#[test]
fn input_that_is_typed_is_waited_for() {
    let run = Run::new(&format!("host a\n{}", program("p", "", ASKER))).until(at(100));
    assert_eq!(run.printed("p"), ["name? "]);
    assert_eq!(run.standing().awaited(ProcessId(0)), [sim_core::trace::Awaited::Input]);
    let typed = |text: &str| Input::Typed { node: NodeId(0), process: ProcessId(0), text: text.into(), end: false };
    let run = run.input(at(200), typed("世界\n")).input(at(300), typed("bye\n")).until(at(400));
    assert_eq!(run.printed("p")[1..], ["hello 世界", "bye", "exit 0"]);
}

#[test]
fn the_exit_status_is_what_the_program_says() {
    for (source, status) in [("import sys\nsys.exit(3)\n", 3), ("raise SystemExit('no')\n", 1), ("1/0\n", 1), ("", 0)] {
        let run = Run::new(&one_host(&[("p", source)])).until(at(100));
        let told = run.printed("p");
        assert_eq!(told.last(), Some(&format!("exit {status}")), "{source}");
    }
}

#[test]
fn each_line_that_runs_is_told_once() {
    let source = "\
x = 0
for n in range(3):
    x += n
print(x)
def f():
    return 1
print(f())
";
    let run = Run::new(&one_host(&[("p", source)])).until(at(100));
    let lines: Vec<u16> = run
        .trace
        .facts()
        .iter()
        .flat_map(|fact| match &fact.what {
            What::Ran { lines, .. } => lines.to_vec(),
            _ => Vec::new(),
        })
        .collect();
    assert_eq!(lines, [1, 2, 3, 2, 3, 2, 3, 2, 4, 5, 7, 6]);
}

#[test]
fn a_loop_that_never_ends_stops_nobody() {
    let endless = "n = 0\nwhile True:\n    n += 1\n";
    let other = "import time\nfor n in range(3):\n    time.sleep(0.01)\n    print(n)\n";
    let calls = "import os\nwhile True:\n    os.path.exists('/tmp')\n";
    let run = Run::new(&one_host(&[("endless", endless), ("calls", calls), ("other", other)])).until(at(50));
    assert_eq!(run.printed("other"), ["0", "1", "2", "exit 0"]);
    assert!(!run.network.is_stuck());
    // Each moment has a bounded number of facts.
    assert!(run.trace.facts().len() < 200_000, "{}", run.trace.facts().len());
}

#[test]
fn clocks_begin_where_the_scenario_says_and_go_on_with_it() {
    let source = "\
import time
print(time.time(), time.strftime('%Y-%m-%d', time.gmtime()))
began = time.monotonic()
time.sleep(1.5)
print(time.time(), round(time.monotonic() - began, 2))
";
    let run = Run::new(&format!("clock 2026-09-01\n{}", one_host(&[("p", source)]))).until(at(5_000));
    assert_eq!(run.printed("p"), ["1788220800.0 2026-09-01", "1788220801.5 1.5", "exit 0"]);
}

#[test]
fn chance_follows_from_the_seed() {
    let source = "import random\nprint(random.random(), random.randrange(1000))\n";
    let told = |seed: u64| Run::new(&format!("seed {seed}\n{}", one_host(&[("p", source)]))).until(at(10)).printed("p");
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}

#[test]
fn a_mistake_of_the_text_is_told_before_anything_runs() {
    let scenario = text::parse(&one_host(&[("p", "print(1)\nif x\n")])).expect("the scenario is right").scenario;
    let error =
        Network::with(&scenario, 1, Wanted::Everything, Some(python::process::loader())).expect_err("no Python");
    let ScenarioError::Program(NodeId(0), 0, Refusal::Text(Unreadable { line, what, .. })) = error else {
        panic!("{error}");
    };
    assert_eq!((line, &*what), (2, "SyntaxError: expected ':'"));
}

#[test]
fn another_language_is_refused() {
    let foreign = Foreign { language: "ruby".into(), name: "p".into(), source: "".into(), input: None };
    let refused = (python::process::loader().0)(&foreign).expect_err("it is no Python");
    assert_eq!(&*refused.what, "programs in `ruby` cannot be run here: write `in python`");
}
