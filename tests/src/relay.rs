//! The relay as users start it: the `sockscope` binary, on a free port.
//!
//! Absent: the relay as a library; its crate has tests of its own for that.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, ensure};

use crate::process::{Group, Lines};
use crate::profile_dir;

/// A running `sockscope serve`. It ends with this value.
#[derive(Debug)]
pub struct Relay {
    group: Group,
    lines: Lines,
    url: String,
    address: SocketAddr,
}

impl Relay {
    /// Starts the relay on a free port, with these arguments after `serve --listen …`.
    ///
    /// # Errors
    /// When the binary is not built, or does not print its address.
    pub fn start(args: &[&str]) -> Result<Relay> {
        Relay::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), args)
    }

    /// Starts the relay where another one was: the port is free because that one had it.
    ///
    /// # Errors
    /// When the binary is not built, or does not print its address.
    pub fn start_at(address: SocketAddr, args: &[&str]) -> Result<Relay> {
        let mut command = Command::new(binary()?);
        command.args(["serve", "--listen", &address.to_string()]).args(args);
        let (group, mut lines) = Group::spawn(&mut command)?;
        let url = lines.after("Sockscope: ").context("the relay did not print its address")?;
        let address =
            address_in(&url).with_context(|| format!("the relay's address \"{url}\" has no host and port"))?;
        Ok(Relay { group, lines, url, address })
    }

    /// The address of the page, with the token: what a user opens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token of this run, as it stands in the address.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.url.split_once("#token=").map(|(_, token)| token)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.group.pid()
    }

    /// The memory that it holds now.
    ///
    /// # Errors
    /// When it has ended.
    pub fn rss_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).context("the relay has ended")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the relay has ended")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// The next line that it prints after its address.
    ///
    /// # Errors
    /// When it ends or stays silent.
    pub fn line(&mut self) -> Result<String> {
        self.lines.line()
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        self.group.terminate()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(self) {}
}

/// The binary that lies beside this test, or the one that `SOCKSCOPE_BIN` names.
fn binary() -> Result<PathBuf> {
    let named = env::var_os("SOCKSCOPE_BIN").map(PathBuf::from);
    let path = named.map_or_else(|| Ok(profile_dir()?.join("sockscope")), anyhow::Ok)?;
    ensure!(
        path.is_file(),
        "there is no {}: run `cargo xtask build` and `cargo build -p sockscope` first, as `cargo xtask test` does",
        path.display()
    );
    Ok(path)
}

fn address_in(url: &str) -> Option<SocketAddr> {
    url.strip_prefix("http://")?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_taken_from_the_line() {
        let address = address_in("http://127.0.0.1:4567/#token=a/b").map(|address| address.to_string()); // fixed port: only parsed
        assert_eq!(address.as_deref(), Some("127.0.0.1:4567")); // fixed port: only parsed
        assert_eq!(address_in("http://127.0.0.1/"), None);
    }
}
