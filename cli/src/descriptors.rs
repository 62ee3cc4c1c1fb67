//! How many descriptors this process may have: as many as the system lets it, because each socket is one, and the usual
//! limit is made for programs that wait with `select`.
//!
//! Absent: asking the system for more than its administrator allows.

/// Raises the soft limit to the hard one, and says what it is now; `None` where there is no limit, or no such system.
pub(crate) fn raise() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let most = getrlimit(Resource::Nofile).maximum;
        // Where it is refused, the old limit stays, and is what is told.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most });
        getrlimit(Resource::Nofile).current
    }
    #[cfg(not(unix))]
    None
}
