//! The page server: files, encodings, tags, methods and headers.

use crate::harness::Relay;
use relay::{Asset, Page};
use std::sync::Arc;

struct Files;

impl Page for Files {
    fn file(&self, name: &str) -> Option<Asset> {
        let bytes: &'static [u8] = match name {
            "index.html" => b"<!doctype html>",
            "app.wasm" => b"plain",
            "app.wasm.br" => b"brotli",
            "app.wasm.gz" => b"gzip",
            "app.js" => b"script",
            "../secret" => b"secret",
            _ => return None,
        };
        let mut hash = [0; 32];
        hash[..bytes.len().min(16)].copy_from_slice(&bytes[..bytes.len().min(16)]);
        Some(Asset { bytes: bytes.into(), hash })
    }
}

async fn relay() -> Relay {
    Relay::with(|config| config.page = Arc::new(Files)).await
}

async fn get(relay: &Relay, line: &str, header: &str) -> String {
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    relay.http(&[&format!("{line} HTTP/1.1"), &host, header]).await
}

#[tokio::test]
async fn files_have_their_type_and_the_best_encoding() {
    let relay = relay().await;
    let root = get(&relay, "GET /", "Accept: */*").await;
    assert!(root.contains("content-type: text/html") && root.ends_with("<!doctype html>"), "{root}");
    for (accept, body, encoding) in [
        ("gzip, deflate, br", "brotli", Some("br")),
        ("gzip, deflate", "gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.5", "gzip", Some("gzip")),
        ("identity", "plain", None),
    ] {
        let answer = get(&relay, "GET /app.wasm", &format!("Accept-Encoding: {accept}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(body), "{accept}: {answer}");
        assert!(answer.contains("content-type: application/wasm\r\n"), "{answer}");
        assert!(answer.contains("vary: Accept-Encoding\r\n"), "{answer}");
        let named = encoding.map(|name| format!("content-encoding: {name}\r\n"));
        assert_eq!(answer.contains("content-encoding"), named.is_some());
        assert!(named.is_none_or(|named| answer.contains(&named)), "{answer}");
    }
    let script = get(&relay, "GET /app.js", "Accept-Encoding: br").await;
    assert!(script.contains("text/javascript") && !script.contains("content-encoding"), "{script}");
    relay.stop().await;
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let relay = relay().await;
    let first = get(&relay, "GET /app.js", "Accept: */*").await;
    let tag = first.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = get(&relay, "GET /app.js", &format!("If-None-Match: \"x\", {tag}")).await;
    assert!(again.starts_with("HTTP/1.1 304 ") && again.ends_with("\r\n\r\n"), "{again}");
    let changed = get(&relay, "GET /app.js", "If-None-Match: \"x\"").await;
    assert!(changed.starts_with("HTTP/1.1 200 "), "{changed}");
    relay.stop().await;
}

#[tokio::test]
async fn head_has_no_body_and_other_methods_are_refused() {
    let relay = relay().await;
    let head = get(&relay, "HEAD /app.js", "Accept: */*").await;
    assert!(head.contains("content-length: 6\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    for (line, allow) in [("POST /", "GET, HEAD"), ("DELETE /app.js", "GET, HEAD"), ("PUT /healthz", "GET, HEAD")] {
        let answer = get(&relay, line, "Accept: */*").await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(answer.contains(&format!("allow: {allow}\r\n")), "{answer}");
    }
    assert!(get(&relay, "GET /healthz", "Accept: */*").await.ends_with("\r\n\r\nok\n"));
    relay.stop().await;
}

#[tokio::test]
async fn nothing_outside_the_page_can_be_had() {
    let relay = relay().await;
    for path in
        ["/../secret", "/..%2fsecret", "/%2e%2e/secret", "//etc/passwd", "/app.wasm.br", "/index.html/", "/nothing"]
    {
        let answer = get(&relay, &format!("GET {path}"), "Accept: */*").await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let relay = relay().await;
    for line in ["GET /", "GET /app.js", "GET /nothing", "POST /", "GET /lab", "POST /session", "GET /healthz"] {
        let answer = get(&relay, line, "Accept: */*").await;
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
            "frame-ancestors 'none'",
            "cross-origin-opener-policy: same-origin\r\n",
            "cross-origin-embedder-policy: require-corp\r\n",
            "cross-origin-resource-policy: same-origin\r\n",
            "x-content-type-options: nosniff\r\n",
            "referrer-policy: no-referrer\r\n",
        ] {
            assert!(answer.contains(header), "{line} lacks {header}: {answer}");
        }
    }
    relay.stop().await;
}
