//! Programs in other languages: how a scenario holds them, and how a network runs them. The language here is a small one of the tests' own.

use std::sync::Arc;

use proptest::prelude::*;
use sim_core::errno::Errno;
use sim_core::network::{Input, InputError, Network, Output, Wanted};
use sim_core::program::{Call, Foreign, Loader, Next, Program, Refusal, Spec, Unreadable, View};
use sim_core::scenario::{Experiment, Scenario, ScenarioError, text};
use sim_core::time::Instant;
use sim_core::trace::{NodeId, Trace, Value};

use crate::harness::{A, at};
use crate::text::read;

/// A program of which each line says itself, but for `read` and `host`.
#[derive(Clone, Debug)]
struct Sayer {
    name: Arc<str>,
    lines: Vec<Arc<str>>,
    at: usize,
}

impl Program for Sayer {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        if let Some(result) = last {
            return Next::print(self.at as u16, format!("{result:?}").into());
        }
        let Some(line) = self.lines.get(self.at) else { return Next::exit(self.at as u16, None) };
        self.at += 1;
        match &**line {
            "read" => Next::Call { line: self.at as u16, call: Call::Read(0, 100) },
            "host" => Next::print(self.at as u16, view.host.into()),
            "clock" => Next::print(self.at as u16, view.clock.to_string().into()),
            _ => Next::print(self.at as u16, line.clone()),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn load(foreign: &Foreign) -> Result<Box<dyn Program>, Unreadable> {
    let lines: Vec<Arc<str>> = foreign.source.lines().map(Arc::from).collect();
    match lines.iter().position(|line| line.contains("???")) {
        Some(place) => Err(Unreadable { line: place as u32 + 1, column: 3, what: "nobody understands this".into() }),
        None => Ok(Box::new(Sayer { name: foreign.name.clone(), lines, at: 0 })),
    }
}

fn network(scenario: &Scenario) -> Result<Network, ScenarioError> {
    Network::with(scenario, 1, Wanted::Everything, Some(Loader(load)))
}

fn run(source: &str) -> Vec<String> {
    let experiment = read(source);
    let mut network = network(&experiment.scenario).expect("it can be run");
    let mut trace = Trace::default();
    experiment.run(
        &mut network,
        at(1_000),
        |output| {
            if let Output::Fact(fact) = output {
                trace.push(fact);
            }
        },
        |_| true,
    );
    trace.facts().iter().map(|fact| fact.what.to_string()).collect()
}

fn foreign(source: &str) -> Foreign {
    Foreign { language: "sayings".into(), name: "p".into(), source: source.into(), input: None }
}

fn only(experiment: &Experiment) -> Foreign {
    match &experiment.scenario.nodes[0].programs[0].what {
        Spec::Foreign(foreign) => foreign.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_in_another_language_stands_as_it_is_below_its_line() {
    let source = "host a\n  program hello.say in sayings at 5ms input \"one\\n\"\n    # no comment\n    def f():\n        \"\"\"\n   odd\n\n      \
                  even\n  run ping b\nhost b\nlink a b\n";
    let program = only(&read(source));
    assert_eq!(&*program.source, "# no comment\ndef f():\n    \"\"\"\nodd\n\n  even\n");
    assert_eq!((&*program.language, &*program.name), ("sayings", "hello.say"));
    assert_eq!(program.input.as_deref(), Some("one\n"));
    let written = text::print(&read(source));
    assert!(
        written.contains("  program hello.say in sayings at 5ms input \"one\\n\"\n    # no comment\n    def f():\n"),
        "{written}"
    );
    assert!(written.contains("  run ping b"), "what follows is of the scenario again: {written}");
}

#[test]
fn a_comment_to_the_left_does_not_end_a_program() {
    let program =
        only(&read("host a\n  program p in x\n    one\n# two\n    three\n\n# of the scenario\nhost b\nlink a b\n"));
    assert_eq!(&*program.source, "one\n# two\nthree\n");
}

#[test]
fn a_program_in_another_language_runs_with_its_loader() {
    let told = run(
        "host a\n  program p in sayings at 5ms input \"one\\ntwo\"\n    hello\n    host\n    read\n    read\n    read\n",
    );
    let expected = [
        "Started p0 p",
        "Printed p0 line 1 hello",
        "Printed p0 line 2 a",
        "Called p0 line 3 read(0, 100)",
        "Returned p0 line 3 of #3 b'one\\n'",
    ];
    assert_eq!(told[..5], expected, "{told:#?}");
    assert!(told[7].ends_with("b'two'") && told[10].ends_with("b''"), "the end follows: {told:#?}");
    assert_eq!(told.last().map(String::as_str), Some("Exited p0 line 5"));
}

#[test]
fn clocks_begin_where_the_scenario_says() {
    let program = "host a\n  program p in sayings\n    clock\n";
    for (line, clock) in [
        ("", "2026-01-01"),
        ("clock 1970-01-01\n", "1970-01-01"),
        ("clock 2000-02-29T23:59:58\n", "2000-02-29T23:59:58"),
        ("clock 9999-12-31\n", "9999-12-31"),
    ] {
        let told = run(&format!("{line}{program}"));
        assert_eq!(told[1], format!("Printed p0 line 1 {clock}"));
    }
    for none in [
        "2026-02-29",
        "1969-12-31",
        "2026-13-01",
        "2026-1-1",
        "2026-01-01T24:00:00",
        "2026-01-01T1:00",
        "now",
        "2100-02-29",
    ] {
        let mistakes = text::parse(&format!("clock {none}\nhost a\n")).expect_err(none);
        assert!(mistakes.to_string().contains("is no date: write it such as `2026-09-01T08:30:00`"), "{mistakes}");
    }
    // POSIX: `date -u -d 2026-09-01T08:30:00 +%s`.
    let date: sim_core::date::Date = "2026-09-01T08:30:00".parse().expect("a date");
    assert_eq!(date.since_1970().as_secs(), 1_788_251_400);
}

#[test]
fn a_program_that_cannot_be_run_is_told_with_its_place() {
    let source =
        "host b\nhost a\n  run ping b\n  # here it comes\n  program p in sayings\n\n    fine\n    a ???\nlink a b\n";
    let scenario = text::parse(source).expect("the scenario is right").scenario;
    let unreadable = Unreadable { line: 2, column: 3, what: "nobody understands this".into() };
    let error = ScenarioError::Program(NodeId(1), 1, Refusal::Text(unreadable));
    assert_eq!(network(&scenario).err(), Some(error.clone()));
    assert_eq!(error.to_string(), "program 2 of node 1: line 2: nobody understands this");
    assert_eq!(text::program_line(source, NodeId(1), 1), Some(7));
    assert_eq!(text::program_line(source, NodeId(1), 0), None, "a built-in program has no text");
    // Without a loader there is one clear error.
    let error = Network::new(&scenario, 1).expect_err("nobody runs it");
    assert_eq!(error, ScenarioError::Program(NodeId(1), 1, Refusal::Language("sayings".into())));
}

#[test]
fn a_program_that_cannot_be_run_is_no_input() {
    let scenario = text::parse("host a\n").expect("it is right").scenario;
    let mut network = network(&scenario).expect("it can be run");
    let spawn = |source: &str| Input::Spawn(A, foreign(source).into());
    assert_eq!(network.check_input(&spawn("fine\n")), Ok(()));
    let refused = network.check_input(&spawn("a\nb ???\n"));
    assert!(matches!(refused, Err(InputError::Program(A, Refusal::Text(Unreadable { line: 2, .. })))), "{refused:?}");
    let long = network.check_input(&spawn(&"x\n".repeat(65_536)));
    assert_eq!(long, Err(InputError::Program(A, Refusal::Lines(65_536))));
    network.handle_input(Instant::ZERO, spawn("???"));
    assert_eq!(network.poll_output(), None, "nothing happens");
}

#[test]
fn a_node_with_such_a_program_knows_the_others_by_name() {
    let experiment = read("host a\n  program p in x\n    s\nhost b\nswitch s\nlink a s\nlink b s\n");
    let hosts = &experiment.scenario.nodes[0].files[0];
    assert_eq!((&*hosts.path, &*hosts.bytes), ("/etc/hosts", &b"10.0.0.1 a\n10.0.0.2 b\n"[..]));
}

#[test]
fn texts_that_indented_lines_cannot_hold() {
    let odd = [
        "",
        "\n",
        "a",
        "a\n\n",
        " a\nb\n",
        "| a\n",
        "\"a\" \n\"b\"",
        "a\r\nb\r\n",
        "a \n\t\n b\n",
        "a\n\u{2028}b\u{c}\n",
        "\u{feff}a\n",
        "a\n  \nb\n",
        "x = '''\n# a\nprogram p in x\n'''\n",
    ];
    for source in odd {
        survives(source);
    }
}

fn survives(source: &str) {
    let mut experiment = text::parse("host a\nhost b\nlink a b\n").expect("it is right");
    let program = sim_core::scenario::Program { at: Instant::ZERO, what: foreign(source).into() };
    experiment.scenario.nodes[0].programs = vec![program.clone(), program];
    let written = text::print(&experiment);
    let again = text::parse(&written).unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}"));
    assert_eq!(again.scenario.nodes[0].programs, experiment.scenario.nodes[0].programs, "{written}");
}

proptest! {
    #[test]
    fn any_text_survives(source in "(\\PC{0,4}[ \t\n\r|\"#\\\\]{0,3}){0,6}") {
        survives(&source);
    }
}
