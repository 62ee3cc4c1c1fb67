//! The relay's other doors with clients that were written for other servers: `/wisp/` with wisp-js, `/tcp/` with a client as
//! those of websockify are.
//!
//! Absent: what a client of our own can try (the relay's tests).

use std::net::TcpListener;

use anyhow::{Result, ensure};
use tests::python::{Python, with_libraries};
use tests::relay::Relay;
use tests::wisp;

/// A port that was free a moment ago.
fn nobodys_port() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string())
}

#[test]
fn wisp_js_finds_the_relay_as_it_finds_its_own_server() -> Result<()> {
    let relay = Relay::start(&[])?;
    let url = format!("ws://{}/wisp/", relay.address());
    let (mut echo, echoes) = Python::listen("tcp_echo")?;
    let (datagrams, answers) = Python::listen("udp_server")?;
    let (server, serves) = Python::listen("tcp_server")?;
    let [echoes, answers, serves] = [echoes, answers, serves].map(|port| port.to_string());
    let args = [url.as_str(), &echoes, &answers, &nobodys_port()?, &serves, "192.0.2.1"];
    let Some((mut client, mut lines)) = wisp::client(relay.token().unwrap_or_default(), &args)? else {
        return Ok(());
    };
    let seen = lines.rest()?;
    // It offers v2 first, and falls back.
    let expected = [
        "version 1 credit 32",
        "bulk equal",
        "answer hi",
        "end 2",
        "datagram 3 one",
        "datagram 5 three",
        "nobody 44",
        "forbidden 48",
        "without the token refused",
    ];
    assert_eq!(seen, expected);
    ensure!(client.wait()?.success());
    assert_eq!(echo.line()?, format!("echoed {}", 24 << 20));
    assert_eq!(datagrams.finish()?, ["b'one'", "b'three'"]);
    assert_eq!(server.finish()?, ["b'hello!'"]);
    Ok(())
}

#[test]
fn a_client_of_websockify_finds_a_tunnel() -> Result<()> {
    let Some(interpreter) = with_libraries() else {
        return Ok(());
    };
    let relay = Relay::start(&[])?;
    let (mut echo, echoes) = Python::listen("tcp_echo")?;
    let (host, port) = (relay.address().ip().to_string(), relay.address().port().to_string());
    let args = [&host, &port, relay.token().unwrap_or_default(), &echoes.to_string(), &nobodys_port()?];
    let client = Python::start_in(&interpreter, "websockify_client", &args)?;
    let expected =
        ["subprotocol binary", "bulk equal", "nobody 1011 True", "refused 403", "refused 400", "refused 401"];
    assert_eq!(client.finish()?, expected);
    assert_eq!(echo.line()?, format!("echoed {}", 24 << 20));
    Ok(())
}
