//! What the lab and the real machine do with one another beyond TCP to a real server: the tutorial's programs in every other pairing,
//! Unix sockets, IPv6, what the kernel knows; and what goes wrong.
//!
//! Absent: frames of a capture where the machine that tests does not allow one; then its reason is what is tested.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, UdpSocket};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::python::Python;
use tests::relay::Relay;

use crate::page::Page;

/// A page that serves real clients, with the port that the real machine has given it.
async fn serving(page: &Page, kind: &str) -> Result<u16> {
    page.choose("#other", "clients").await?;
    page.choose("#kind", kind).await?;
    page.browser.fill("#port", "0").await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    published(page).await
}

/// The port at which the lab is published.
async fn published(page: &Page) -> Result<u16> {
    let port = "document.querySelector('#published').textContent.match(/127\\.0\\.0\\.1:([1-9]\\d*)/)?.[1]";
    let port = page.browser.wait(port).await?;
    Ok(port.as_str().context("the port is text")?.parse()?)
}

async fn has_fact(page: &Page, part: &str) -> Result<()> {
    page.browser.wait(&format!("sockscope.facts().includes({})", json!(part))).await?;
    Ok(())
}

/// A picture of the page at each width.
async fn pictures(page: &Page, name: &str) -> Result<()> {
    for (width, height) in [(1440, 1300), (390, 2600)] {
        page.browser.set_size(width, height).await?;
        page.browser.wait(&format!("innerWidth === {width}")).await?;
        page.browser.screenshot(&format!("{name}-{width}")).await?;
        let wide = page.browser.execute("return document.documentElement.scrollWidth", vec![]).await?;
        ensure!(wide.as_u64().unwrap_or(0) <= u64::from(width), "{name} at {width} is {wide} wide");
    }
    page.browser.set_size(1280, 800).await
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

const LANGUAGES: [&str; 3] = ["en", "zh-TW", "zh-CN"];

#[tokio::test]
async fn a_client_in_the_page_talks_udp_to_a_real_server() -> Result<()> {
    let (mut server, port) = Python::listen("udp_server")?;
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    page.choose("#kind", "datagram").await?;
    let target = page.browser.execute("return document.querySelector('#target').value", vec![]).await?;
    assert_eq!(target, json!("host:9000"), "the tutorial's port comes with the protocol");
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has(&format!("b'6 hello!' ('10.0.2.2', {port})")).await?;
    pictures(&page, "udp-en").await?;
    page.is_sound().await
}

#[tokio::test]
async fn real_clients_talk_tcp_to_a_server_in_the_page() -> Result<()> {
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    let port = serving(&page, "stream").await?;
    let mut client = Python::start("tcp_client", &[&port.to_string()])?;
    let connected = client.line()?;
    page.outcome_has("b'hello!'").await?;
    assert_eq!(client.line()?, "b'hi'");
    assert_eq!(client.finish()?, [""; 0]);
    // The lab knows who came, and the SYN goes up the layers of the simulated server.
    let peer = connected.trim_start_matches("connected from ");
    has_fact(&page, &format!("from 127.0.0.1:{peer}")).await?;
    has_fact(&page, "Flags [S]").await?;
    pictures(&page, "serving-en").await?;
    // The tutorial's server ends after one client; this one serves the next as well.
    let mut second = Python::start("tcp_client", &[&port.to_string()])?;
    second.line()?;
    assert_eq!(second.line()?, "b'hi'");
    page.browser.click("#published .unpublish").await?;
    page.notice_has("no longer").await?;
    page.browser.wait("!document.querySelector('#published li')").await?;
    // The relay has closed the listening socket: it answers no knock any more.
    let refused = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    page.is_sound().await
}

#[tokio::test]
async fn real_clients_talk_udp_to_a_server_in_the_page() -> Result<()> {
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    let port = serving(&page, "datagram").await?;
    let mut client = Python::start("udp_client", &[&port.to_string()])?;
    assert_eq!(client.line()?, format!("b'hi' {port}"));
    assert_eq!(client.finish()?, [""; 0]);
    page.outcome_has("b'hello!'").await?;
    has_fact(&page, "PeerMapped").await?;
    page.is_sound().await
}

#[tokio::test]
async fn a_client_on_the_gateway_talks_to_a_real_unix_socket() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut server = Python::listen_at("unix_server", &directory.path().join("hello"))?;
    let path = directory.path().to_str().context("the path is no text")?;
    let relay = Relay::start(&["--unix-dir", path])?;
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", "unix:hello").await?;
    page.browser
        .wait(&format!("document.querySelector('#about-target').textContent.includes({})", json!(path)))
        .await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has("b'hi'").await?;
    let state = page.state().await?;
    assert_eq!(state["frames"], "0", "AF_UNIX never leaves a machine");
    pictures(&page, "unix-en").await?;
    assert_eq!(server.finish()?, [""; 0]);
    // The server has taken its file with it.
    page.browser.click("#send").await?;
    page.notice_has("start your server first").await?;
    page.is_sound().await
}

#[tokio::test]
async fn a_relay_without_unix_sockets_says_how_to_start_it() -> Result<()> {
    let relay = Relay::start(&[])?;
    for (language, word) in LANGUAGES.into_iter().zip(["directory", "目錄", "目录"]) {
        let page = Page::open_in(relay.url(), language).await?;
        page.relay_is("ready").await?;
        page.browser.fill("#target", "unix:hello").await?;
        page.browser.click("#send").await?;
        let notice = page.notice_has("--unix-dir").await?;
        assert!(notice.to_lowercase().contains(word), "{language}: {notice}");
        page.is_sound().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_real_machines_ipv6_loopback_is_reached() -> Result<()> {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        println!("this machine has no IPv6: nothing to test");
        return Ok(());
    };
    let port = listener.local_addr()?.port();
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", &format!("[::1]:{port}")).await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    let served = tokio::task::spawn_blocking(move || -> Result<Vec<u8>> {
        use std::io::{Read, Write};
        let (mut connection, _) = listener.accept()?;
        let mut received = [0; 6];
        connection.read_exact(&mut received)?;
        connection.write_all(b"hi")?;
        Ok(received.to_vec())
    });
    page.outcome_has("b'hi'").await?;
    assert_eq!(served.await??, b"hello!");
    page.is_sound().await
}

#[tokio::test]
async fn a_dead_udp_port_is_told_in_every_language() -> Result<()> {
    let relay = Relay::start(&[])?;
    for (language, word) in LANGUAGES.into_iter().zip(["goes on waiting", "會一直等下去", "会一直等下去"]) {
        let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
        let page = Page::open_in(relay.url(), language).await?;
        page.relay_is("ready").await?;
        page.choose("#kind", "datagram").await?;
        page.browser.fill("#target", &format!("host:{port}")).await?;
        page.brisk().await?;
        page.browser.click("#send").await?;
        let notice = page.notice_has("ICMP").await?;
        assert!(notice.contains(word), "{language}: {notice}");
        has_fact(&page, "unreachable").await?;
        if language != "en" {
            pictures(&page, &format!("dead-port-{language}")).await?;
        }
        page.is_sound().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_told_in_every_language() -> Result<()> {
    let relay = Relay::start(&[])?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    for (language, word) in LANGUAGES.into_iter().zip(["already", "已經", "已经"]) {
        let page = Page::open_in(relay.url(), language).await?;
        page.relay_is("ready").await?;
        page.choose("#other", "clients").await?;
        page.browser.fill("#port", &port.to_string()).await?;
        page.hurry().await?;
        page.browser.click("#send").await?;
        let notice = page.notice_has("EADDRINUSE").await?;
        assert!(notice.contains(word), "{language}: {notice}");
        // What was written is still there, and another port does.
        page.browser.fill("#port", "0").await?;
        page.browser.click("#send").await?;
        published(&page).await?;
        pictures(&page, &format!("serving-{language}")).await?;
        page.is_sound().await?;
    }
    // A port that ordinary programs may not have is not the relay's either.
    let page = Page::connected(&relay).await?;
    page.choose("#other", "clients").await?;
    page.browser.fill("#port", "80").await?;
    page.browser.click("#send").await?;
    page.notice_has("--allow-bind").await?;
    page.is_sound().await
}

#[tokio::test]
async fn a_relay_that_goes_away_ends_what_is_published_and_loses_nothing_that_was_shown() -> Result<()> {
    let relay = Relay::start(&[])?;
    let (address, token) = (relay.address(), relay.token().unwrap_or_default().to_owned());
    let page = Page::connected(&relay).await?;
    let port = serving(&page, "stream").await?;
    let mut client = Python::start("tcp_client", &[&port.to_string()])?;
    client.line()?;
    assert_eq!(client.line()?, "b'hi'");
    page.outcome_has("b'hello!'").await?;
    let shown = page.facts().await?;
    relay.kill();
    page.relay_is("lost").await?;
    page.notice_has(&format!("127.0.0.1:{port}")).await?;
    let after = page.facts().await?;
    assert_eq!(after[..shown.len()], shown, "what was shown is still there");
    page.browser.wait("!document.querySelector('#published li')").await?;
    let _relay = Relay::start_at(address, &["--token", &token])?;
    page.browser.click("#reconnect").await?;
    page.relay_is("ready").await?;
    page.browser.click("#send").await?;
    let port = published(&page).await?;
    let mut client = Python::start("tcp_client", &[&port.to_string()])?;
    client.line()?;
    assert_eq!(client.line()?, "b'hi'");
    Ok(())
}

/// A page that has watched a conversation with a real server to its end.
async fn watched(relay: &Relay, language: &str) -> Result<Page> {
    let (mut server, port) = Python::listen("tcp_server")?;
    let page = Page::open_in(relay.url(), language).await?;
    page.relay_is("ready").await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.browser.click("#watch").await?;
    page.browser.click("#in-depth").await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has("b'hi'").await?;
    Ok(page)
}

#[tokio::test]
async fn frames_of_the_real_machine_are_captured_and_marked() -> Result<()> {
    let Ok(relay) = Relay::start(&["--tap=require"]) else {
        println!("this machine does not let its relay capture: nothing to test");
        return Ok(());
    };
    for language in LANGUAGES {
        let page = watched(&relay, language).await?;
        // From the first packet on, in the words of the simulated ones.
        // Only rows in sight are in the document, so they are searched for, as a reader would.
        let row = |part: &str| {
            format!(
                "[...document.querySelectorAll('#frames .row.real')].find(row => row.textContent.includes({part:?}))"
            )
        };
        for part in ["[SYN]", "[SYN, ACK]", "Len=2", "Len=6"] {
            page.browser.fill("#search", part).await?;
            page.browser.wait(&row(part)).await?;
        }
        page.browser.wait(&format!("({0}.click(), true)", row("Len=6"))).await?;
        page.browser.click("#clear-filter").await?;
        page.browser.wait("document.querySelector('#bytes-title').textContent.includes('◆')").await?;
        let bytes = page.browser.text("#hex").await?;
        assert!(bytes.contains("hello!"), "{bytes}");
        pictures(&page, &format!("captured-{language}")).await?;
        page.is_sound().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_relay_that_may_not_capture_says_why() -> Result<()> {
    let (_server, port) = Python::listen("tcp_server")?;
    let relay = Relay::start(&["--tap=off"])?;
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.browser.click("#watch").await?;
    let lacking = "document.querySelector('#kernel-lacking').textContent";
    page.browser.wait(&format!("{lacking}.includes('--tap')")).await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    page.is_sound().await
}

#[tokio::test]
async fn what_the_kernel_knows_is_shown_with_its_meaning() -> Result<()> {
    let relay = Relay::start(&[])?;
    for (language, word) in LANGUAGES.into_iter().zip(["smoothed", "平滑", "平滑"]) {
        let page = watched(&relay, language).await?;
        has_fact(&page, "KernelInfo").await?;
        let value =
            "[...document.querySelectorAll('#kernel dl div')].find(row => row.textContent.startsWith('bytes_acked'))";
        page.browser.wait(&format!("{value}.querySelector('.value').textContent >= '6'")).await?;
        let kernel = page.browser.text("#kernel").await?;
        assert!(kernel.contains(word) && kernel.contains("rtt"), "{language}: {kernel}");
        // Without a capture its reason stands beside it.
        assert!(kernel.contains("--tap"), "{language}: {kernel}");
        pictures(&page, &format!("kernel-{language}")).await?;
        page.is_sound().await?;
    }
    Ok(())
}

/// Publishing needs no mouse: the menu, the port, Enter, and the button that ends it.
#[tokio::test]
async fn publishing_works_by_keyboard_alone() -> Result<()> {
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    let key = |key: fantoccini::key::Key| char::from(key).to_string();
    page.browser.execute("document.querySelector('#other').focus()", vec![]).await?;
    page.browser.keys(&key(fantoccini::key::Key::Down)).await?;
    page.browser.wait("document.querySelector('#port')").await?;
    page.browser.fill("#port", &free_port()?.to_string()).await?;
    page.browser.keys(&key(fantoccini::key::Key::Enter)).await?;
    published(&page).await?;
    page.browser.execute("document.querySelector('#published .unpublish').focus()", vec![]).await?;
    page.browser.keys(" ").await?;
    page.browser.wait("!document.querySelector('#published li')").await?;
    page.is_sound().await
}
