//! Random interleavings of calls, sizes, credits, half-closes and resets over real sockets on loopback, against a model of both ends:
//! nothing is lost, doubled or moved, each end hears the end that the other one made, and nothing stays behind in the relay.
//!
//! `CASES=1000` tries more; `SEED=…` makes the same draws again (the kernel's own order is another matter).
//! Absent: what no model says, such as which of two resets is first.

mod begin;
mod datagrams;
mod peer;
mod session;
mod talk;

use crate::harness::{Random, Relay, lab, within};
use crate::process::Process;
use std::net::SocketAddr;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// Sessions at one time. Fewer than the relay's limit.
const AT_ONCE: usize = 8;

fn cases(few: usize) -> usize {
    std::env::var("CASES").map_or(few, |cases| cases.parse().expect("CASES is a number"))
}

/// Plays so many sessions, some at a time, each with seeds of its own.
async fn play(address: SocketAddr, cases: usize, random: &mut Random) {
    let mut running = JoinSet::new();
    for _ in 0..cases {
        if running.len() == AT_ONCE {
            running.join_next().await.expect("some run").unwrap();
        }
        running.spawn(session::play(address, random.fork()));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_interleaving_keeps_every_byte_and_leaves_no_descriptor() {
    let mut random = Random::seeded("property::any_interleaving_keeps_every_byte_and_leaves_no_descriptor");
    let process = Process::start();
    let idle = lab(process.address).await;
    let descriptors = process.descriptors();
    // The first ones make what is kept, such as buffers.
    play(process.address, AT_ONCE, &mut random).await;
    let before = process.resident_kb();
    play(process.address, cases(150), &mut random).await;
    within("the descriptors' end", async {
        while process.descriptors() > descriptors {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(idle);
    let grown = process.resident_kb().saturating_sub(before);
    println!("the relay holds no more descriptors, and {grown} KiB more than before");
    assert!(grown < MOST_GROWN_KB, "the relay grew by {grown} KiB");
}

/// What fragmentation may keep of the sessions' buffers, which are up to 8 × 6 × 256 KiB at one time.
const MOST_GROWN_KB: usize = 16 << 10;

#[tokio::test]
async fn any_interleaving_leaves_no_task() {
    let mut random = Random::seeded("property::any_interleaving_leaves_no_task");
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let relay = Relay::start().await;
    play(relay.address, cases(50), &mut random).await;
    relay.stop().await;
    assert_eq!(tasks(), before);
}
