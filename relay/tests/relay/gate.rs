//! Promises 1 to 3: Origin, Host, token, and the order of the checks. All before the 101, and all at every door.

use crate::harness::{Relay, TOKEN, good_upgrade};
use relay::Config;
use std::net::TcpListener;
use std::sync::LazyLock;

/// A WebSocket endpoint, and the subprotocol that its clients offer.
#[derive(Clone, Copy)]
struct Door {
    path: &'static str,
    subprotocol: Option<&'static str>,
}

const LAB: Door = Door { path: "/lab", subprotocol: Some("sockscope.v1") };
/// Something listens there, so that the last check passes as well; nobody accepts.
static TARGET: LazyLock<String> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let path = format!("/tcp/{}", listener.local_addr().unwrap());
    std::mem::forget(listener);
    path
});

fn doors() -> [Door; 4] {
    [
        LAB,
        Door { path: "/wisp/", subprotocol: None },
        Door { path: &TARGET, subprotocol: Some("binary") },
        Door { path: "/echo", subprotocol: None },
    ]
}

/// A relay with every door open, and room for the sessions of all these tests.
async fn start() -> Relay {
    start_with(|_| {}).await
}

async fn start_with(change: impl FnOnce(&mut Config)) -> Relay {
    Relay::with(|config| {
        config.echo = true;
        config.limits.sessions = 1000;
        change(config);
    })
    .await
}

/// The lines of a correct upgrade, to be spoilt one at a time.
struct Upgrade {
    target: String,
    host: Vec<String>,
    origin: Vec<String>,
    token: Vec<String>,
    protocol: Vec<String>,
    version: &'static str,
}

impl Upgrade {
    fn to(relay: &Relay, door: Door) -> Self {
        Self {
            target: door.path.to_owned(),
            host: vec![format!("Host: 127.0.0.1:{}", relay.port())],
            origin: vec![format!("Origin: http://127.0.0.1:{}", relay.port())],
            token: vec![format!("Authorization: Bearer {TOKEN}")],
            protocol: door.subprotocol.iter().map(|name| format!("Sec-WebSocket-Protocol: {name}")).collect(),
            version: "13",
        }
    }

    /// The status line's number and the sentence.
    async fn send(&self, relay: &Relay) -> (u16, String) {
        let mut lines = vec![format!("GET {} HTTP/1.1", self.target)];
        for part in [&self.host, &self.origin, &self.token, &self.protocol] {
            lines.extend(part.iter().cloned());
        }
        lines.push(format!("Sec-WebSocket-Version: {}", self.version));
        for line in
            ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        {
            lines.push(line.to_owned());
        }
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let answer = relay.http(&lines).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        (head[9..12].parse().unwrap(), body.trim_end().to_owned())
    }
}

/// Every door answers so to an upgrade that was spoilt so.
async fn expect(relay: &Relay, status: u16, change: impl Fn(&mut Upgrade)) {
    for door in doors() {
        expect_at(door, relay, status, &change).await;
    }
}

async fn expect_at(door: Door, relay: &Relay, status: u16, change: impl Fn(&mut Upgrade)) {
    let mut upgrade = Upgrade::to(relay, door);
    change(&mut upgrade);
    let (answered, sentence) = upgrade.send(relay).await;
    let shown = (&upgrade.target, &upgrade.host, &upgrade.origin, &upgrade.token, &upgrade.protocol);
    assert_eq!(answered, status, "{shown:?}: {sentence}");
    if status != 101 {
        assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence:?}");
        assert!(!sentence.contains(TOKEN));
    }
}

#[tokio::test]
async fn a_correct_upgrade_is_accepted() {
    let relay = start().await;
    let port = relay.port();
    expect(&relay, 101, |_| {}).await;
    expect(&relay, 101, |up| up.origin.clear()).await;
    expect(&relay, 101, |up| up.host = vec![format!("Host: LocalHost:{port}")]).await;
    expect(&relay, 101, |up| up.origin = vec![format!("Origin: http://localhost:{port}")]).await;
    expect(&relay, 101, |up| {
        up.token = vec![format!("Cookie: a=b; sockscope-{port}={TOKEN}; c=d")];
    })
    .await;
    expect_at(LAB, &relay, 101, |up| up.protocol = vec!["Sec-WebSocket-Protocol: other, sockscope.v1".into()]).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_foreign_origin_is_refused() {
    let relay = start().await;
    let port = relay.port();
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        "*".to_owned(),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://[::1]:{port}"),
        format!("http://127.0.0.1:{port} http://127.0.0.1:{port}"),
    ] {
        expect(&relay, 403, |up| up.origin = vec![format!("Origin: {origin}")]).await;
    }
    expect(&relay, 403, |up| up.origin.push(up.origin[0].clone())).await;
    expect(&relay, 403, |up| up.origin.push("Origin: null".into())).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_rebinding_host_is_refused() {
    let relay = start().await;
    let port = relay.port();
    for host in [
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.1.evil.example:{port}"),
        format!("127.0.0.2:{port}"),
        format!("localhost.:{port}"),
        String::new(),
    ] {
        expect(&relay, 403, |up| up.host = vec![format!("Host: {host}")]).await;
    }
    expect(&relay, 400, |up| up.host.clear()).await;
    expect(&relay, 400, |up| up.host.push(up.host[0].clone())).await;
    expect(&relay, 403, |up| up.target = format!("http://evil.example:{port}/lab")).await;
    relay.stop().await;
}

#[tokio::test]
async fn the_page_and_every_other_address_check_the_host_too() {
    let relay = start().await;
    for target in ["/", "/healthz", "/nothing"] {
        let line = format!("GET {target} HTTP/1.1");
        let answer = relay.http(&[&line, "Host: evil.example"]).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{target}: {answer}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_token_counts_only_where_it_belongs() {
    let relay = start().await;
    let port = relay.port();
    for token in [
        vec![],
        vec!["Authorization: Bearer wrong".to_owned()],
        vec!["Authorization: Bearer ".to_owned()],
        vec![format!("Authorization: Bearer {}", &TOKEN[1..])],
        vec![format!("Authorization: Bearer {TOKEN}x")],
        vec![format!("Authorization: Basic {TOKEN}")],
        vec![format!("Authorization: Bearer {TOKEN}"), "Authorization: Bearer wrong".to_owned()],
        vec![format!("Cookie: sockscope-{port}=wrong")],
        vec![format!("Cookie: sockscope-{}={TOKEN}", port ^ 1)],
        vec![format!("Cookie: sockscope={TOKEN}")],
        vec!["Authorization: Bearer wrong".to_owned(), format!("Cookie: sockscope-{port}={TOKEN}")],
        vec![format!("Referer: http://127.0.0.1:{port}/#token={TOKEN}")],
    ] {
        expect(&relay, 401, |up| up.token.clone_from(&token)).await;
    }
    expect(&relay, 401, |up| {
        up.token.clear();
        up.protocol = vec![format!("Sec-WebSocket-Protocol: sockscope.v1, {TOKEN}")];
    })
    .await;
    relay.stop().await;
}

/// Even with the right header: who puts it there would do so again, and leak it.
#[tokio::test]
async fn a_token_in_the_address_is_refused_and_told_where_it_belongs() {
    let relay = start().await;
    for target in [
        format!("/lab?token={TOKEN}"),
        "/lab?token=x".to_owned(),
        "/lab?a=b&access_token=x".to_owned(),
        format!("/lab?{TOKEN}"),
        format!("/lab?key={TOKEN}"),
        format!("/lab/{TOKEN}"),
        format!("/echo?token={TOKEN}"),
        format!("/tcp/{TOKEN}:80"),
        format!("/tcp/x{TOKEN}x:80"),
        format!("/tcp/%{:02x}{}:80", TOKEN.as_bytes()[0], &TOKEN[1..]),
        format!("/{TOKEN}"),
        format!("/?token={TOKEN}"),
    ] {
        let line = format!("GET {target} HTTP/1.1");
        let host = format!("Host: 127.0.0.1:{}", relay.port());
        let token = format!("Authorization: Bearer {TOKEN}");
        let answer = relay.http(&[&line, &host, &token]).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{target}: {answer}");
        assert!(answer.contains("#token="), "{target}: {answer}");
        assert!(!answer.contains(TOKEN));
    }
    relay.stop().await;
}

/// With everything wrong, the first check answers; repaired one by one, the next one does.
#[tokio::test]
async fn the_checks_run_in_their_order() {
    let relay = start().await;
    let spoil = |up: &mut Upgrade, from: usize| {
        if from < 1 {
            up.host = vec!["Host: evil.example".to_owned()];
        }
        if from < 2 {
            up.origin = vec!["Origin: https://evil.example".to_owned()];
        }
        if from < 3 {
            up.token.clear();
        }
        if from < 4 {
            up.version = "8";
        }
    };
    let mut upgrade = Upgrade::to(&relay, LAB);
    spoil(&mut upgrade, 0);
    assert!(upgrade.send(&relay).await.1.contains("host name"));
    for (from, status) in [(0, 403), (1, 403), (2, 401), (3, 426), (4, 101)] {
        expect(&relay, status, |up| spoil(up, from)).await;
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_broken_upgrade_is_told_what_is_wrong() {
    let relay = start().await;
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {TOKEN}");
    let good = good_upgrade(&host, &token);
    let with = |index: usize, line: &'static str| {
        let mut lines = good.to_vec();
        lines[index] = line;
        lines
    };
    for (lines, status) in [
        (with(0, "POST /lab HTTP/1.1"), 405),
        (with(0, "GET /lab HTTP/1.0"), 426),
        (with(3, "Sec-WebSocket-Protocol: sockscope.v2"), 400),
        (with(4, "Connection: close"), 426),
        (with(5, "Upgrade: h2c"), 426),
        (with(6, "Sec-WebSocket-Version: 8"), 426),
        (with(7, "Sec-WebSocket-Key: short=="), 400),
        (with(7, "X-Nothing: x"), 400),
    ] {
        let answer = relay.http(&lines).await;
        assert_eq!(answer[9..12].parse::<u16>().unwrap(), status, "{lines:?}: {answer}");
    }
    let answer = relay.http(&good).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    // RFC 6455, 1.3, for this very key.
    assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
    relay.stop().await;
}

#[tokio::test]
async fn the_token_is_exchanged_for_a_cookie() {
    let relay = start().await;
    let port = relay.port();
    let host = format!("Host: localhost:{port}");
    let token = format!("Authorization: Bearer {TOKEN}");
    let answer = relay.http(&["POST /session HTTP/1.1", &host, &token]).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let cookie = format!("set-cookie: sockscope-{port}={TOKEN}; HttpOnly; SameSite=Strict; Path=/\r\n");
    assert!(answer.contains(&cookie), "{answer}");
    for (lines, status) in [
        (vec!["POST /session HTTP/1.1", &host], 401),
        (vec!["POST /session HTTP/1.1", &host, &token, "Origin: https://evil.example"], 403),
        (vec!["GET /session HTTP/1.1", &host, &token], 405),
    ] {
        let answer = relay.http(&lines).await;
        assert_eq!(answer[9..12].parse::<u16>().unwrap(), status, "{answer}");
        assert!(!answer.contains("set-cookie"));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_listed_origin_and_its_host_are_accepted() {
    let relay = start_with(|config| config.origins = vec!["https://lab.example".parse().unwrap()]).await;
    expect(&relay, 101, |up| up.origin = vec!["Origin: https://lab.example".into()]).await;
    expect(&relay, 101, |up| up.host = vec!["Host: lab.example".into()]).await;
    expect(&relay, 403, |up| up.origin = vec!["Origin: http://lab.example".into()]).await;
    expect(&relay, 403, |up| up.host = vec!["Host: lab.example:444".into()]).await;
    relay.stop().await;
}

/// Lines that some parser takes for a header, or for none.
#[tokio::test]
async fn headers_in_disguise_open_nothing() {
    let relay = start().await;
    let good = format!("http://127.0.0.1:{}", relay.port());
    for origin in [
        "ORIGIN: https://evil.example".to_owned(),
        "origin:https://evil.example".to_owned(),
        format!("Origin: {good}, https://evil.example"),
        format!("Origin: {good}\u{e9}"),
        format!("Origin: {good}#"),
        format!("Origin: {}", good.to_uppercase()),
        format!("Origin: {}", "x".repeat(8000)),
    ] {
        expect(&relay, 403, |up| up.origin = vec![origin.clone()]).await;
    }
    for broken in [
        format!("Origin : {good}"),
        format!("Origin: {good}\r\n https://evil.example"),
        "Origin".to_owned(),
        ": nothing".to_owned(),
        format!("Origin: {good}\0"),
    ] {
        let host = format!("Host: 127.0.0.1:{}", relay.port());
        let token = format!("Authorization: Bearer {TOKEN}");
        let mut lines = good_upgrade(&host, &token).to_vec();
        lines.push(&broken);
        let answer = relay.http(&lines).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{broken:?}: {answer}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let relay = start().await;
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let long = format!("X-Long: {}", "x".repeat(20 << 10));
    let many: Vec<_> = (0..1000).map(|number| format!("X-{number}: x")).collect();
    let (mut one, mut lines) = (vec!["GET / HTTP/1.1", &host], vec!["GET / HTTP/1.1", &host]);
    one.push(&long);
    lines.extend(many.iter().map(String::as_str));
    for lines in [one, lines] {
        let answer = relay.http(&lines).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    relay.stop().await;
}
