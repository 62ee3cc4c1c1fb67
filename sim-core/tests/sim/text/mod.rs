//! Scenarios as text: what a text means, what its mistakes are told as, and that writing and reading are inverse.
//!
//! Absent on purpose: what the scenarios do when they run (the other files).

mod examples;
mod generated;
mod hostile;
mod mistakes;
mod outline;

use sim_core::scenario::{Experiment, text};

/// Reads a text, and checks that its writing means the same and is written the same again.
#[track_caller]
pub(crate) fn read(source: &str) -> Experiment {
    let experiment = text::parse(source).unwrap_or_else(|mistakes| panic!("{mistakes}\n{source}"));
    let written = text::print(&experiment);
    let again = text::parse(&written).unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}"));
    assert_eq!(again, experiment, "read from:\n{written}");
    assert_eq!(text::print(&again), written, "writing is canonical");
    experiment
}

/// A text and how it is written.
#[track_caller]
fn written(source: &str, expected: &str) {
    let written = text::print(&read(source));
    assert_eq!(written, expected, "\n{written}");
}

#[test]
fn three_lines_are_a_laboratory() {
    written(
        "host a\nhost b\nlink a b\n",
        "host a 10.0.0.1/24\nhost b 10.0.0.2/24\n\nlink a b 10Mbit/s 10ms queue 100\n",
    );
}

#[test]
fn networks_and_routes_follow_from_the_links() {
    written(
        "host a\nhost b\nrouter r\nswitch s\nhost c\nlink a s\nlink b s\nlink s r\nlink r c\n",
        "host a 10.0.0.1/24\n  route default via 10.0.0.3\nhost b 10.0.0.2/24\n  route default via 10.0.0.3\n\
         router r\n  interface eth0 10.0.0.3/24\n  interface eth1 10.0.1.1/24\nswitch s\nhost c 10.0.1.2/24\n  route default via 10.0.1.1\n\n\
         link a s 10Mbit/s 10ms queue 100\nlink b s 10Mbit/s 10ms queue 100\nlink s r:eth0 10Mbit/s 10ms queue 100\n\
         link r:eth1 c 10Mbit/s 10ms queue 100\n",
    );
}

#[test]
fn routers_know_networks_behind_other_routers() {
    let chain = read("host a\nrouter r1\nrouter r2\ngateway g\nlink a r1\nlink r1 r2\nlink r2 g\n");
    let routes = |index: usize| -> Vec<String> {
        let routes = &chain.scenario.nodes[index].routes;
        routes.iter().map(|route| format!("{}/{} via {}", route.to.ip, route.to.prefix, route.via)).collect()
    };
    assert_eq!(routes(0), ["0.0.0.0/0 via 10.0.0.2"]);
    assert_eq!(routes(1), ["10.0.2.0/24 via 10.0.1.2", "0.0.0.0/0 via 10.0.1.2"]);
    assert_eq!(routes(2), ["10.0.0.0/24 via 10.0.1.1", "0.0.0.0/0 via 10.0.2.2"]);
}

#[test]
fn a_silent_node_joins_the_network_that_is_written() {
    written(
        "host a 192.168.7.2/29\nhost b\nhost 10 none\nhost d\nlink a b 1Gbps 1.5ms\n",
        "host a 192.168.7.2/29\nhost b 192.168.7.1/29\nhost \"10\" none\nhost d 10.0.0.1/24\n\nlink a b 1Gbit/s 1500us queue 100\n",
    );
}

#[test]
fn built_in_programs_find_nodes_by_name() {
    written(
        "host a\n  run ping b count 2\n  run lookup nobody\nhost b\nlink a b\n",
        "host a 10.0.0.1/24\n  file /etc/hosts \"10.0.0.2 b\\n\"\n  run ping b count 2\n  run lookup nobody\nhost b 10.0.0.2/24\n\n\
         link a b 10Mbit/s 10ms queue 100\n",
    );
    // Who says how names are found gets nothing beside it.
    written(
        "host a\n  file /etc/resolv.conf \"\"\n  run lookup b\nhost b\nlink a b\n",
        "host a 10.0.0.1/24\n  file /etc/resolv.conf \"\"\n  run lookup b\nhost b 10.0.0.2/24\n\nlink a b 10Mbit/s 10ms queue 100\n",
    );
}

#[test]
fn names_in_any_script_and_punctuation_of_any_keyboard() {
    let experiment =
        read("host 客戶端\nhost “伺服器 一” ＃ comment\nlink 客戶端→“伺服器 一”\n  客戶端->“伺服器 一” lose 3，5\n");
    assert_eq!(experiment.scenario.nodes[1].name, "伺服器 一");
    assert_eq!(experiment.scenario.links[0].faults[0].lose, [3, 5]);
}

#[test]
fn interfaces_faults_and_nat() {
    written(
        "router 家\n  interface lan 192.168.1.1/24 2001:db8::1/64 advertise\n  interface wan 203.0.113.7 mtu 1400\n\
         \x20 nat wan udp-timeout 3min\n  map tcp 8080 to pc:80\nhost pc 192.168.1.10 mac 02:00:00:00:aa:01\n  route default via 家\n\
         host isp 203.0.113.1\nlink pc 家:lan delay 1ms rate unlimited jitter 20us\nlink 家:wan isp loss 0.5% burst 4\n\
         \x20 isp->家 lose 1,2,3,9 late 0,5ms down\n  家->isp duplicate 2% corrupt 7 reorder 1% by 3ms\n",
        "router 家\n  interface lan 192.168.1.1/24 2001:db8::1/64 advertise\n  interface wan 203.0.113.7/24 mtu 1400\n\
         \x20 nat wan udp-timeout 3min\n  map tcp 8080 to 192.168.1.10:80\nhost pc 192.168.1.10/24 mac 02:00:00:00:aa:01\n  \
         route default via 192.168.1.1\nhost isp 203.0.113.1/24\n\nlink pc 家:lan unlimited 1ms queue 100 jitter 20us\n\
         link 家:wan isp 10Mbit/s 10ms queue 100\n  家->isp loss 0.5% duplicate 2% corrupt 7 reorder 1% burst 4 by 3ms\n  \
         isp->家 down loss 0.5% lose 1-3,9 burst 4 late 0s,5ms\n",
    );
}

#[test]
fn settings_of_hosts() {
    written(
        "host a\n  tcp nagle off receive-buffer 8192 congestion reno\n  ip ttl 32\n  tcp mss 536\nhost tcp\n  tcp mss none\nlink a tcp\n\
         at 1s set a tcp delayed-ack off mss none\nat 2s set a tcp 1Mbit/s\nat 3s set a tcp\nat 4s set tcp ip ttl 9 sack off\n",
        "host a 10.0.0.1/24\n  ip ttl 32 tcp receive-buffer 8KiB mss 536 nagle off congestion reno\nhost tcp 10.0.0.2/24\n\n\
         link a tcp 10Mbit/s 10ms queue 100\n\n\
         at 1s set a tcp mss none delayed-ack off\nat 2s set a tcp 1Mbit/s 10ms queue 100\nat 3s set a tcp\n\
         at 4s set tcp ip ttl 9 tcp sack off\n",
    );
}

#[test]
fn a_program_is_its_own_listing() {
    let text = "host b\n  program server at 1s\n    s = socket\n    bind s :80\n    listen s\n\n    # one client after another\n    \
                loop\n      c = accept s\n      recv c 1kB\n      print\n      send c \"hi\\n\"\n      close c\nhost a\nlink a b\n";
    let experiment = read(text);
    let program = &experiment.scenario.nodes[0].programs[0];
    let script = program.what.script().expect("it is a script");
    assert_eq!(script.source.len(), 11);
    assert_eq!(&*script.source[4], "# one client after another");
    assert_eq!(script.steps.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 3, 7, 8, 9, 10, 11, 6]);
    assert!(text::print(&experiment).contains("    # one client after another\n    loop\n      c = accept s\n"));
}

#[test]
fn a_listing_in_another_language_stands_beside_the_steps() {
    let mut experiment = Experiment { scenario: sim_core::lab::with_server(), ..Experiment::default() };
    experiment.seed = Some(7);
    let text = text::print(&experiment);
    assert!(
        text.contains("    |     connection, peer = listener.accept()\n    step3:\n    s1 = accept s0\n"),
        "{text}"
    );
    assert!(text.contains("    goto step3 @6\n"), "{text}");
    assert_eq!(text::parse(&text), Ok(experiment));
}
