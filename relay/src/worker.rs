//! Threads that the connections are spread over. Each has a runtime of its own, and a connection stays
//! on one from its accept to its end: no thread is woken to look for work that another one has, which
//! costs as much as relaying a small message.
//!
//! Absent: moving a connection when its thread has become the busier one.

use std::io;
use std::sync::Arc;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads. They end when this is dropped.
pub(crate) struct Workers(Vec<Worker>);

struct Worker {
    handle: Handle,
    /// Held once here, and once by each connection.
    share: Arc<()>,
    /// Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

/// A connection's place on a thread.
pub(crate) struct Share {
    pub(crate) handle: Handle,
    _held: Arc<()>,
}

impl Workers {
    /// None at all is right as well: then connections stay where they were accepted.
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        (0..threads).map(|_| Worker::start()).collect::<io::Result<_>>().map(Self)
    }

    /// A place on the thread with the fewest connections.
    pub(crate) fn share(&self) -> Option<Share> {
        let worker = self.0.iter().min_by_key(|worker| Arc::strong_count(&worker.share))?;
        Some(Share { handle: worker.handle.clone(), _held: Arc::clone(&worker.share) })
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        std::thread::Builder::new().name("sockscope-relay".to_owned()).spawn(move || {
            // The error is that the sender was dropped, which is how it is told.
            let _ = runtime.block_on(stopped);
            // A getaddrinfo that hangs must not hold the thread.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, share: Arc::default(), _stop: stop })
    }
}

#[cfg(test)]
mod tests {
    use super::Workers;
    use std::collections::HashSet;
    use std::thread;

    #[tokio::test]
    async fn each_connection_goes_to_the_thread_with_the_fewest() {
        let workers = Workers::start(2).unwrap();
        let id = |handle: &tokio::runtime::Handle| handle.spawn(async { thread::current().id() });
        let [first, second] = [(); 2].map(|()| workers.share().unwrap());
        let threads = HashSet::from([id(&first.handle).await.unwrap(), id(&second.handle).await.unwrap()]);
        assert_eq!(threads.len(), 2);
        assert!(!threads.contains(&thread::current().id()));
        let freed = id(&second.handle).await.unwrap();
        drop(second);
        let third = workers.share().unwrap();
        assert_eq!(id(&third.handle).await.unwrap(), freed);
    }

    #[tokio::test]
    async fn threads_end_with_their_owner() {
        let workers = Workers::start(1).unwrap();
        let handle = workers.share().unwrap().handle;
        let endless = handle.spawn(std::future::pending::<()>());
        drop(workers);
        assert!(endless.await.unwrap_err().is_cancelled());
        assert!(Workers::start(0).unwrap().share().is_none());
    }
}
