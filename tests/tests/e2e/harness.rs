//! The harness itself: it shows pages, runs programs, and leaves nothing behind.
//!
//! Absent: Sockscope's own page and relay.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use anyhow::Result;
use tests::browser::{Browser, Preferences};
use tests::process::{Group, is_gone, members};
use tests::python::{Python, with_libraries};

/// A page at `http://127.0.0.1:PORT/`, for as long as the test process runs.
fn serve(page: &'static str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = [0; 4096];
            // Whatever is asked for, the answer is the page.
            if connection.read(&mut request).is_ok() {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
                let _ = write!(connection, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
            }
        }
    });
    Ok(format!("http://{address}/"))
}

#[tokio::test]
async fn a_page_is_driven_and_photographed() -> Result<()> {
    let browser = Browser::start().await?;
    let url = serve(
        "<!doctype html><meta charset=utf-8><input id=name><button id=greet>问候</button><p id=answer></p>
        <script>
        greet.onclick = () => setTimeout(() => answer.textContent = '你好, ' + document.getElementById('name').value, 50);
        </script>",
    )?;
    browser.goto(&url).await?;
    browser.fill("#name", "Ada").await?;
    browser.keys("!").await?;
    browser.click("#greet").await?;
    browser.wait("answer.textContent.length > 0").await?;
    assert_eq!(browser.text("#answer").await?, "你好, Ada!");
    assert_eq!(browser.foreign_requests().await?, [""; 0]);

    browser.set_size(390, 844).await?;
    browser.wait("innerWidth === 390 && innerHeight === 844").await?;
    let picture = fs::read(browser.screenshot("harness").await?)?;
    // Width and height stand in the first chunk of a PNG.
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((number(16), number(20)), (390, 844));
    Ok(())
}

#[tokio::test]
async fn preferences_and_languages_reach_the_page() -> Result<()> {
    let browser = Browser::start().await?;
    browser.set_languages("zh-CN,zh").await?;
    browser.goto(&serve("<!doctype html><p>page</p>")?).await?;
    assert_eq!(browser.wait("navigator.languages.join()").await?, "zh-CN,zh");
    let matches = |query: &str| format!("matchMedia('({query})').matches");
    for (dark, scheme, motion) in [(true, "dark", "reduce"), (false, "light", "no-preference")] {
        browser.set_preferences(Preferences { dark, reduced_motion: dark }).await?;
        browser.wait(&matches(&format!("prefers-color-scheme: {scheme}"))).await?;
        browser.wait(&matches(&format!("prefers-reduced-motion: {motion}"))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn errors_and_foreign_requests_are_seen() -> Result<()> {
    let browser = Browser::start().await?;
    let quiet = serve("<!doctype html><link rel=icon href=data:,><p>page</p>")?;
    browser.goto(&quiet).await?;
    browser.expect_no_errors().await?;

    browser
        .goto(&serve(
            "<!doctype html><script>console.error('one'); setTimeout(() => { throw new Error('two') });</script>",
        )?)
        .await?;
    browser.execute(&format!("const i = new Image(); i.src = '{quiet}x.png'; document.body.append(i)"), vec![]).await?;
    browser.wait("performance.getEntriesByType('resource').some(entry => entry.name.endsWith('x.png'))").await?;
    assert_eq!(browser.foreign_requests().await?, [format!("{quiet}x.png")]);
    let severe: Vec<_> = browser.take_console().await?.into_iter().filter(|line| line.level == "SEVERE").collect();
    assert!(severe.iter().any(|line| line.text.contains("one")), "{severe:?}");
    assert!(severe.iter().any(|line| line.text.contains("two")), "{severe:?}");
    Ok(())
}

#[tokio::test]
async fn a_test_that_panics_leaves_no_browser_behind() -> Result<()> {
    let browser = Browser::start().await?;
    browser.goto("data:text/html,page").await?;
    let group = browser.process_group();
    assert!(members(group).len() > 2, "driver, browser and helpers are one group");
    let profile = browser.profile().display().to_string();
    let outcome = tokio::spawn(async move {
        let _browser = browser;
        panic!("as a failing test does; this line in the output is expected");
    });
    assert!(outcome.await.is_err());
    assert_eq!(members(group), [0; 0]);
    // A helper that left the group would still name the profile.
    assert_eq!(processes_naming(&profile), [""; 0]);
    Ok(())
}

fn processes_naming(word: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(word)).collect()
}

#[test]
fn a_program_serves_one_client_and_ends() -> Result<()> {
    let (mut server, port) = Python::listen("tcp_server")?;
    let client = Python::start("tcp_client", &[&port.to_string()])?;
    assert_eq!(server.line()?, "b'hello!'");
    assert_eq!(server.finish()?, [""; 0]);
    assert_eq!(client.finish()?.last().map(String::as_str), Some("b'hi'"));
    Ok(())
}

#[test]
fn the_big_answer_is_the_documented_pattern() -> Result<()> {
    let (server, port) = Python::listen("tcp_big")?;
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    drop(connection);
    assert_eq!(answer.len(), 1 << 20);
    let expected = |i: usize| u8::try_from((i * 31 + (i >> 8)) & 255).expect("below 256");
    assert!(answer.iter().enumerate().all(|(i, byte)| *byte == expected(i)));
    assert!(server.finish()?[0].starts_with("sent 1048576 "));
    Ok(())
}

#[test]
fn libraries_are_the_ones_that_are_pinned() -> Result<()> {
    let Some(python) = with_libraries() else {
        return Ok(());
    };
    assert_eq!(with_libraries().as_ref(), Some(&python), "made once");
    assert_eq!(Python::start_in(&python, "libraries", &[])?.finish()?, ["15.0.1"]);
    Ok(())
}

#[test]
fn a_program_that_waits_for_ever_ends_with_its_test() -> Result<()> {
    let (server, port) = Python::listen("tcp_silent")?;
    let _connection = TcpStream::connect(("127.0.0.1", port))?;
    let group = server.pid();
    assert!(!members(group).is_empty());
    drop(server);
    assert_eq!(members(group), [0; 0]);
    Ok(())
}

/// The test plays both parts: the killer, and, started by it, the one that is killed and cannot drop anything.
#[test]
fn a_killed_test_leaves_nothing_behind() -> Result<()> {
    const PART: &str = "SOCKSCOPE_TEST_PART";
    if env::var_os(PART).is_some() {
        let (group, mut lines) = Group::spawn(Command::new("sh").args(["-c", "sleep 1000 | cat"]))?;
        println!("\ngroup {}", group.pid());
        lines.rest()?;
        return Ok(());
    }
    let mut part = Command::new(env::current_exe()?);
    part.args(["--exact", "harness::a_killed_test_leaves_nothing_behind", "--nocapture"]).env(PART, "1");
    let (killed, mut lines) = Group::spawn(&mut part)?;
    let group: u32 = lines.after("group ")?.parse()?;
    assert!(!members(group).is_empty());
    drop(killed);
    assert!(is_gone(group), "the guard ends the group");
    Ok(())
}
