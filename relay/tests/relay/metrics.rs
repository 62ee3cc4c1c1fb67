//! `/metrics`: what was counted, in the format that Prometheus reads, and for nobody without the token.

use crate::harness::{Relay, TOKEN, good_upgrade, listener, pair, within};
use relay_proto::{ClientMessage, Family, ServerMessage};
use std::collections::HashMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What `/metrics` says, by name and labels.
async fn numbers(relay: &Relay) -> HashMap<String, f64> {
    let answer = scrape(relay).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let samples = body.lines().filter(|line| !line.starts_with('#'));
    let samples = samples.map(|line| line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?} is no sample")));
    samples.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

async fn scrape(relay: &Relay) -> String {
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    relay.http(&["GET /metrics HTTP/1.1", &host, &format!("Authorization: Bearer {TOKEN}")]).await
}

/// Waits until this sample has this value.
async fn settles(relay: &Relay, sample: &str, value: f64) {
    within(sample, async {
        while numbers(relay).await.get(sample) != Some(&value) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn metrics_are_text_for_prometheus_and_need_the_token() {
    let relay = Relay::start().await;
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {TOKEN}");
    let answer = scrape(&relay).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
    assert!(answer.contains("# TYPE sockscope_sessions gauge\n"), "{answer}");
    assert!(answer.contains("# TYPE sockscope_transferred_bytes counter\n"), "{answer}");
    // OpenMetrics 1.0: nothing may follow.
    assert!(answer.ends_with("# EOF\n"), "{answer}");
    for (lines, status) in [
        (vec!["GET /metrics HTTP/1.1", &host], 401),
        (vec!["GET /metrics HTTP/1.1", &host, "Authorization: Bearer wrong"], 401),
        (vec!["GET /metrics HTTP/1.1", &host, &token, "Origin: https://evil.example"], 403),
        (vec!["GET /metrics HTTP/1.1", "Host: evil.example", &token], 403),
        (vec!["POST /metrics HTTP/1.1", &host, &token], 405),
    ] {
        let answer = relay.http(&lines).await;
        assert_eq!(answer[9..12].parse::<u16>().unwrap(), status, "{lines:?}: {answer}");
        assert!(!answer.contains("sockscope_"), "{answer}");
    }
    relay.stop().await;
}

/// Whoever may count need not be able to do anything else.
#[tokio::test]
async fn a_scraper_may_have_a_token_of_its_own() {
    const SCRAPER: &str = "the-token-of-a-scraper";
    let relay = Relay::with(|config| config.metrics_token = Some(SCRAPER.parse().unwrap())).await;
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {SCRAPER}");
    let cookie = format!("Cookie: sockscope-{}={SCRAPER}", relay.port());
    let upgrade = good_upgrade(&host, &token);
    assert!(scrape(&relay).await.starts_with("HTTP/1.1 200 "), "the relay's own token is good for everything");
    for (lines, status) in [
        (&["GET /metrics HTTP/1.1", &host, &token][..], 200),
        (&["GET /metrics HTTP/1.1", &host, &cookie], 401),
        (&["GET /metrics HTTP/1.1", "Host: evil.example", &token], 403),
        (&[&format!("GET /metrics?{SCRAPER} HTTP/1.1"), &host], 401),
        (&["POST /session HTTP/1.1", &host, &token], 401),
        (&upgrade, 401),
    ] {
        let answer = relay.http(lines).await;
        assert_eq!(answer[9..12].parse::<u16>().unwrap(), status, "{lines:?}: {answer}");
    }
    relay.stop().await;
}

/// What the documents and the alerts name is there.
#[tokio::test]
async fn the_names_in_documents_and_alerts_exist() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    pair(&mut lab, 1, 5).await;
    let samples = numbers(&relay).await;
    let texts = [include_str!("../../DOORS.md"), include_str!("../../deploy/alerts.yml")];
    let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let names: Vec<_> =
        texts.iter().flat_map(|text| text.split(word)).filter(|w| w.starts_with("sockscope_")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let exists = |sample: &String| sample.starts_with(name);
        assert!(samples.keys().any(exists), "{name} is not in /metrics");
    }
    relay.stop().await;
}

#[tokio::test]
async fn what_happens_is_counted() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 5).await;
    lab.data(1, b"four").await;
    peer.read_exact(&mut [0; 4]).await.unwrap();
    peer.write_all(b"seven, of which five have credit").await.unwrap();
    assert_eq!(lab.receive(1, 5).await, b"seven");
    let (listener, nobody) = listener().await;
    drop(listener);
    lab.open(2, Family::Inet, 0).await;
    assert_eq!(lab.refused(2, nobody.into()).await.1, "ECONNREFUSED");
    lab.send(ClientMessage::Lookup { socket: 3, name: "127.0.0.1".into() }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Addresses { .. }));
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    relay.http(&["GET /lab HTTP/1.1", &host]).await;
    relay.http(&["GET /lab HTTP/1.1", "Host: evil.example"]).await;
    let now = numbers(&relay).await;
    for (sample, value) in [
        ("sockscope_sessions{door=\"/lab\"}", 1.0),
        ("sockscope_sessions_started_total{door=\"/lab\"}", 1.0),
        ("sockscope_sockets{type=\"stream\"}", 2.0),
        ("sockscope_sockets{type=\"datagram\"}", 0.0),
        ("sockscope_accept_queue", 0.0),
        ("sockscope_transferred_bytes_total{direction=\"sent\"}", 4.0),
        ("sockscope_transferred_bytes_total{direction=\"received\"}", 5.0),
        ("sockscope_credit_stalls_total", 1.0),
        ("sockscope_calls_total{call=\"connect\",outcome=\"ok\"}", 1.0),
        ("sockscope_calls_total{call=\"connect\",outcome=\"ECONNREFUSED\"}", 1.0),
        ("sockscope_calls_total{call=\"getaddrinfo\",outcome=\"ok\"}", 1.0),
        ("sockscope_call_duration_seconds_count{call=\"connect\"}", 2.0),
        ("sockscope_call_duration_seconds_bucket{le=\"+Inf\",call=\"connect\"}", 2.0),
        ("sockscope_refusals_total{check=\"token\"}", 1.0),
        ("sockscope_refusals_total{check=\"host\"}", 1.0),
    ] {
        assert_eq!(now.get(sample), Some(&value), "{sample} in {now:?}");
    }
    let at = lab.serve(4, Family::Inet).await;
    let waiting =
        [tokio::net::TcpStream::connect(at).await.unwrap(), tokio::net::TcpStream::connect(at).await.unwrap()];
    settles(&relay, "sockscope_accept_queue", 2.0).await;
    lab.send(ClientMessage::Close { socket: 4 }).await;
    settles(&relay, "sockscope_accept_queue", 0.0).await;
    drop(waiting);
    lab.send(ClientMessage::Close { socket: 2 }).await;
    settles(&relay, "sockscope_sockets{type=\"stream\"}", 1.0).await;
    drop(lab);
    settles(&relay, "sockscope_sessions{door=\"/lab\"}", 0.0).await;
    settles(&relay, "sockscope_sockets{type=\"stream\"}", 0.0).await;
    settles(&relay, "sockscope_sessions_started_total{door=\"/lab\"}", 1.0).await;
    relay.stop().await;
}
