//! What a mistake is told as: its place, what is wrong, and the nearest right word.
//!
//! Absent on purpose: every sentence there is. Each kind of line is here once at least.

use sim_core::scenario::text;

/// The mistakes of a text.
#[track_caller]
fn mistakes(source: &str) -> Vec<String> {
    let mistakes = text::parse(source).expect_err("it has a mistake");
    mistakes.0.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn wrong(source: &str, expected: &str) {
    assert_eq!(mistakes(source), [expected]);
}

const LAB: &str = "host a\nhost b\nlink a b\n";

#[test]
fn a_slip_of_the_keyboard() {
    wrong("hots a\n", "line 1, column 1: `hots` stands where a statement is expected; did you mean `host`?");
    wrong(
        "host alice\nhost bob\nlink alcie bob\n",
        "line 3, column 6: there is no node `alcie`; did you mean `alice`?",
    );
    wrong(
        "host 客戶端\nhost b\nlink 客户端 b\n",
        "line 3, column 6: there is no node `客户端`; did you mean `客戶端`?",
    );
    wrong(
        &format!("{LAB}  a->b los 1%\n"),
        "line 4, column 8: `los` stands where a fault is expected; did you mean `lose`?",
    );
    wrong(
        "host a\n  program p\n    s = socket\n    conect s 10.0.0.1:80\n",
        "line 4, column 5: `conect` stands where a call is expected; did you mean `connect`?",
    );
    wrong(
        "host a\n  program p\n    s = socket\n    setsockopt s SO_REUSADDR 1\n",
        "line 4, column 18: `SO_REUSADDR` stands where an option such as `SO_REUSEADDR` is expected; did you mean `SO_REUSEADDR`?",
    );
}

#[test]
fn quantities() {
    wrong("host a\nhost b\nlink a b delay 10\n", "line 3, column 16: `10` is no delay: write it such as `10ms`");
    wrong(&format!("{LAB}  loss 101%\n"), "line 4, column 8: `101%` is no share: write it such as `0.1%`");
    wrong("host a 10.0.0.1/33\n", "line 1, column 8: `/33` is no length of a prefix: 0 to 32 bits, such as `/24`");
    wrong("host a mtu 0\n", "line 1, column 12: an MTU of 0 bytes cannot be: 68 to 1500 (1280 at least with IPv6)");
    wrong("seed x\n", "line 1, column 6: `x` is no seed: write it such as `42`");
    wrong(
        "host a 10.0.0\n",
        "line 1, column 8: `10.0.0` is no address: write it such as `10.0.0.1/24` or `2001:db8::1/64`",
    );
}

#[test]
fn contradictions() {
    wrong("host a\nhost a\n", "line 2, column 6: line 1 has a node `a` already: give this one another name");
    wrong(
        "host a 10.0.0.1\nhost b 10.0.0.1\nlink a b\n",
        "line 2, column 1: nodes 0 and 1 have the same IP address: give each its own (node 0 is `a`, node 1 is `b`)",
    );
    wrong("host a\nlink a a\n", "line 2, column 8: a link's two ends are one node: name another one");
    wrong("seed 1\nseed 2\n", "line 2, column 6: this has been said on a line before: keep one of the two");
    wrong(
        "router r\n  map tcp 80 to 10.0.0.9:80\n",
        "line 2, column 17: a port map needs a `nat` line above it in the same router",
    );
    wrong(
        "switch s\n  program p\n",
        "line 2, column 3: a switch and a gateway run no programs: put this one on a host or a router",
    );
}

#[test]
fn programs() {
    let program = |lines: &str| format!("host a\n  program p\n{lines}");
    wrong(
        &program("    s = socket inet tcp\n"),
        "line 3, column 21: `tcp` stands where a family (`inet`, `inet6`, `unix`) or a type (`stream`, `dgram`, `icmp`) is expected",
    );
    wrong(&program("    socket\n"), "line 3, column 5: the result of `socket` needs a name: write `s = socket …`");
    wrong(
        &program("    s = socket\n    connect s sever:80\nhost server\n"),
        "line 4, column 15: `sever` is neither an address nor a node; did you mean `server`?",
    );
    wrong(
        &program("    s = socket\n    send s hi\n"),
        "line 4, column 12: `hi` is neither in quotes nor a size: write `\"hi\"` or `64kB`",
    );
    wrong(
        &program("    loop\n"),
        "line 3, column 9: nothing stands below this line: indent what is to be done under it",
    );
    wrong(
        &program("    goto agian\n    again:\n"),
        "line 3, column 10: there is no label `agian` in this program; did you mean `again`?",
    );
    wrong(
        &program("    s = socket\n    send s \"hi\n"),
        "line 4, column 12: this quotation mark has no closing one on the line: add `\"` where the text ends",
    );
}

#[test]
fn settings() {
    let host = |line: &str| format!("host a\n  {line}\nhost b\nlink a b\n");
    wrong(
        &host("tcp nagel off"),
        "line 2, column 7: `nagel` stands where a setting of TCP or IP is expected; did you mean `nagle`?",
    );
    wrong(&host("tcp nagle of"), "line 2, column 13: `of` stands where `on` or `off` is expected; did you mean `off`?");
    wrong(&host("tcp congestion bbr"), "line 2, column 18: `bbr` stands where `cubic` or `reno` is expected");
    wrong(
        &host("tcp receive-buffer 1kB"),
        "line 2, column 22: `receive-buffer` cannot be 1000 bytes: 2304 to 1073741824",
    );
    wrong(&host("tcp time-wait 2h"), "line 2, column 17: `time-wait` cannot be 7200000 ms: 1 to 3600000");
    wrong(&host("ip ttl 300"), "line 2, column 10: `300` is no time to live: write it such as `64`");
    wrong(
        &format!("{LAB}at 1s set a tcp nagel off\n"),
        "line 4, column 17: `nagel` stands where a setting of TCP or IP is expected; did you mean `nagle`?",
    );
    wrong(
        "host a\nswitch s\nlink a s\nat 1s set s tcp nagle off\n",
        "line 4, column 11: a gateway and a switch have no settings of TCP or IP: name a host or a router",
    );
    wrong(
        "host a\ngateway g\n  ip ttl 9\nlink a g\n",
        "line 2, column 1: node 1 is a gateway or a switch and has no settings of TCP or IP: put them on a host (node 1 is `g`)",
    );
}

#[test]
fn indentation() {
    wrong(
        "  host a\nhost b\n",
        "line 2, column 1: this line is indented by 0 columns, the ones beside it (from line 1) by 2: indent them alike",
    );
    wrong(
        "host a\n  program p\n    s = socket\n   close s\n",
        "line 4, column 4: this line is indented by 3 columns, the ones beside it (from line 3) by 4: indent them alike",
    );
    wrong("seed 1\n  host a\n", "line 2, column 3: nothing can stand below line 1: move this line to the left");
}

#[test]
fn several_in_one_go_in_the_order_of_lines() {
    let lines = mistakes("hst a\nhost b\nlink a b\nrouter r\n  nat eth0\n  rute x\n");
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("line 1,") && lines[1].starts_with("line 3,") && lines[2].starts_with("line 6,"));
    let many = "x\n".repeat(100);
    assert_eq!(mistakes(&many).len(), 20);
}

#[test]
fn variables_and_arguments() {
    let program = |lines: &str| format!("host a\n  program p\n{lines}host b\nlink a b\n");
    wrong(
        &program("    server = socket\n    recv sevrer 10\n"),
        "line 4, column 10: no line of this program makes `sevrer` (as `s = socket` makes `s`); did you mean `server`?",
    );
    wrong(
        &program("    a, b = socketpair unix dgram\n"),
        "line 3, column 23: a pair is always of AF_UNIX: write `stream` or `dgram`, or nothing",
    );
    // A line further down makes it, and so does the second name of a pair.
    let good = program("    goto b\n    a:\n    send t \"x\"\n    b:\n    s, t = socketpair\n    goto a\n");
    assert!(text::parse(&good).is_ok(), "{good}");
    let ping = |arguments: &str| format!("host a\n  run ping b {arguments}\nhost b\nlink a b\n");
    wrong(&ping("ttl 0"), "line 2, column 18: `0` hops cannot be: write 1 to 255");
    wrong(&ping("count 0"), "line 2, column 20: `0` requests cannot be: write 1 to 65535");
    wrong(&ping("size 70000"), "line 2, column 19: `70000` bytes of data cannot be: write 0 to 65507");
}
