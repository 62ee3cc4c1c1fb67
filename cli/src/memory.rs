//! How much memory this process has needed.
//!
//! Absent on purpose: systems other than Linux, which tell it by calls that safe Rust has not.

/// The most memory that this process has held, where Linux tells.
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
