//! Names to addresses, by `getaddrinfo`, with a bound on how many run at one time.
//!
//! Absent: judging what comes out (`policy`), and a cache: the lab shows real look-ups.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A running look-up.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Who resolves names. The system does; tests bring their own.
pub trait Resolver: Send + Sync {
    /// The addresses of the name in the order to try them, each with port 0.
    fn resolve(&self, name: &str) -> Resolving;
}

/// `getaddrinfo`, on threads of its own because it blocks.
pub struct SystemResolver {
    running: Arc<Semaphore>,
}

impl SystemResolver {
    /// At most `lookups` run at one time; the others wait.
    pub fn new(lookups: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(lookups)) }
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, name: &str) -> Resolving {
        let (running, name) = (Arc::clone(&self.running), name.to_owned());
        Box::pin(async move {
            let permit = running.acquire_owned().await.map_err(io::Error::other)?;
            let lookup = tokio::task::spawn_blocking(move || {
                // The thread keeps the permit: a caller that gives up does not end getaddrinfo.
                let _permit = permit;
                (name.as_str(), 0).to_socket_addrs().map(Iterator::collect)
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}

/// Why a look-up failed: the name of the `getaddrinfo` error and a sentence.
pub(crate) struct LookupError {
    pub(crate) errno: &'static str,
    pub(crate) sentence: String,
}

/// Asks the resolver, unless the text cannot be a name at all.
pub(crate) async fn lookup(resolver: &dyn Resolver, name: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let no_name = |sentence| Err(LookupError { errno: "EAI_NONAME", sentence });
    if name.is_empty() {
        return no_name("The name to look up is empty; give a host name or an address.".into());
    }
    // RFC 1035, 2.3.4, as text without the final dot.
    if name.len() > 253 {
        let length = name.len();
        return no_name(format!("A name has at most 253 bytes, and this one has {length}."));
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return no_name(format!("{name:?} cannot be a name: it contains a space or a control character."));
    }
    match resolver.resolve(name).await {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => no_name(format!("The name {name:?} has no address; check its spelling.")),
        // The library gives no number, only getaddrinfo's own words.
        Err(error) if error.to_string().contains("Temporary failure") => Err(LookupError {
            errno: "EAI_AGAIN",
            sentence: format!("No name server answered for {name:?}; check the network and try again."),
        }),
        Err(error) => no_name(format!("The name {name:?} was not found ({error}); check its spelling.")),
    }
}
