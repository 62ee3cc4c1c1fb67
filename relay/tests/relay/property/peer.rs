//! The real ends of the connections: they send their pattern, check what they hear, and end as they were told.
//!
//! Absent: what the end should have been; the model judges.

use crate::harness::Random;
use crate::pattern::Pattern;
use std::io::ErrorKind;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// What a real end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerPlan {
    /// Sends so much and FIN, and hears everything.
    Graceful { send: usize },
    /// Sends so much, hears so much (or to the end), and goes with a RST.
    Reset { send: usize, hear: usize },
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerEnd {
    /// FIN, after everything that was heard.
    Fin,
    /// A RST came.
    Reset,
    /// It went first.
    Left,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) heard: usize,
    pub(super) end: PeerEnd,
}

/// A real stream; TCP's can go with a RST.
pub(super) trait Real: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    fn reset(self);
}

impl Real for TcpStream {
    fn reset(self) {
        // It fails only on a connection that is gone already.
        let _ = self.set_zero_linger();
    }
}

impl Real for UnixStream {
    fn reset(self) {}
}

/// Plays the plan. `up` is what it should hear, `down` what it sends.
pub(super) async fn play(
    mut stream: impl Real,
    plan: PeerPlan,
    up: Pattern,
    down: Pattern,
    mut random: Random,
) -> Outcome {
    let (send, hear, fin) = match plan {
        PeerPlan::Graceful { send } => (send, usize::MAX, true),
        PeerPlan::Reset { send, hear } => (send, hear, false),
    };
    let other = random.fork();
    let (mut read, mut write) = tokio::io::split(&mut stream);
    let (sent, (heard, ended)) =
        tokio::join!(say(&mut write, down, send, fin, random), listen(&mut read, up, hear, other));
    let end = match (plan, sent && ended) {
        (_, false) => PeerEnd::Reset,
        (PeerPlan::Graceful { .. }, true) => PeerEnd::Fin,
        (PeerPlan::Reset { .. }, true) => PeerEnd::Left,
    };
    if end == PeerEnd::Left {
        stream.reset();
    }
    Outcome { heard, end }
}

/// Whether no RST came meanwhile. Linux tells a RST to whichever call comes first, and the others then see an orderly end.
async fn say(
    write: &mut (impl AsyncWrite + Unpin),
    down: Pattern,
    length: usize,
    fin: bool,
    mut random: Random,
) -> bool {
    let mut sent = 0;
    while sent < length {
        let piece = random_size(&mut random).min(length - sent);
        if let Err(error) = write.write_all(&down.bytes(sent, piece)).await {
            return !gone(&error);
        }
        sent += piece;
        pause(&mut random).await;
    }
    !fin || write.shutdown().await.is_ok()
}

async fn listen(read: &mut (impl AsyncRead + Unpin), up: Pattern, most: usize, mut random: Random) -> (usize, bool) {
    let (mut heard, mut buffer) = (0, vec![0; 64 << 10]);
    while heard < most {
        let room = 1 + random_size(&mut random).min(buffer.len() - 1);
        match read.read(&mut buffer[..room]).await {
            Ok(0) => break,
            Ok(length) => {
                up.check(heard, &buffer[..length], "up");
                heard += length;
            }
            Err(error) => return (heard, !gone(&error)),
        }
        pause(&mut random).await;
    }
    (heard, true)
}

fn gone(error: &std::io::Error) -> bool {
    let known =
        matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted);
    assert!(known, "an error that no plan brings: {error}");
    known
}

/// Mostly middling, sometimes tiny, sometimes more than any buffer's half.
pub(super) fn random_size(random: &mut Random) -> usize {
    match random.below(4) {
        0 => 1 + random.below(16),
        1 | 2 => 1 + random.below(5_000),
        _ => 1 + random.below(100_000),
    }
}

/// Lets others go first, as a busy program does.
async fn pause(random: &mut Random) {
    for _ in 0..random.below(4) {
        tokio::task::yield_now().await;
    }
}
