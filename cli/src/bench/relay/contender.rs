//! Who is measured: what it speaks, how it is started, how it is installed.
//!
//! Absent: relays that lose bytes (epoxy), and those that want a certificate or another transport than WebSocket.

use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::{Group, Peer, myself};

/// The token that our relay is started with.
pub(super) const TOKEN: &str = "a-token-of-the-bench";
/// What a relay has to begin to listen.
const START: Duration = Duration::from_secs(20);

/// How to talk with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Plain TCP to the peer.
    Tcp,
    /// A WebSocket to the peer.
    WebSocket,
    /// Our protocol.
    Lab,
    /// A WebSocket for each connection, to the target that it was started with.
    Raw,
    /// Wisp v1.
    Wisp,
    /// wasmnet's binary frames.
    Wasmnet,
}

impl Speaks {
    /// Whether one WebSocket carries several connections.
    pub(super) fn is_multiplexed(self) -> bool {
        matches!(self, Self::Lab | Self::Wisp | Self::Wasmnet)
    }
}

/// One of those that are measured.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) speaks: Speaks,
    /// The program to find, and what installs it.
    program: &'static str,
    pub(super) install: &'static str,
}

/// All of them. The first is what the others are compared with; the second is the least that a process in between costs.
pub(super) const CONTENDERS: [Contender; 9] = [
    Contender { name: "plain", speaks: Speaks::Tcp, program: "", install: "" },
    Contender { name: "forwarder", speaks: Speaks::Tcp, program: "", install: "" },
    Contender { name: "websocket", speaks: Speaks::WebSocket, program: "", install: "" },
    Contender { name: "sockscope", speaks: Speaks::Lab, program: "", install: "" },
    Contender {
        name: "websockify",
        speaks: Speaks::Raw,
        program: "websockify",
        install: "pip install websockify==0.13.0",
    },
    Contender {
        name: "websocat",
        speaks: Speaks::Raw,
        program: "websocat",
        install: "cargo install websocat --version 1.14.1 --locked --no-default-features --features signal_handler,tokio-process,unix_stdio",
    },
    Contender {
        name: "wisp-js",
        speaks: Speaks::Wisp,
        program: "wisp-js-server",
        install: "npm install --global @mercuryworkshop/wisp-js@0.5.0",
    },
    Contender {
        name: "wisp-python",
        speaks: Speaks::Wisp,
        program: "python3",
        install: "pip install wisp-python==0.9.0",
    },
    Contender {
        name: "wasmnet",
        speaks: Speaks::Wasmnet,
        program: "wasmnet-server",
        install: "cargo install wasmnet --version 0.2.0",
    },
];

/// A contender that is ready. A relay that is not told where to connect has a process for each target.
pub(super) struct Running {
    pub(super) contender: &'static Contender,
    relays: Vec<(SocketAddr, SocketAddr, Group)>,
}

impl Running {
    /// Where to connect to reach this target.
    pub(super) fn address(&self, target: SocketAddr) -> SocketAddr {
        let relay = self.relays.iter().find(|(_, to, _)| *to == target).or(self.relays.first());
        relay.map_or(target, |(address, ..)| *address)
    }

    /// The relay's processes, when there is one.
    pub(super) fn group(&self, target: SocketAddr) -> Option<&Group> {
        let relay = self.relays.iter().find(|(_, to, _)| *to == target).or(self.relays.first());
        relay.map(|(_, _, group)| group)
    }
}

impl Contender {
    /// Without it there are no ratios.
    pub(super) fn is_baseline(&self) -> bool {
        self.name == CONTENDERS[0].name
    }

    /// Starts it, unless it is not installed.
    pub(super) fn start(&'static self, peer: &Peer) -> Result<Option<Running>, String> {
        let targets: &[SocketAddr] = match self.speaks {
            Speaks::Tcp | Speaks::WebSocket if self.name != "forwarder" => &[],
            Speaks::Tcp | Speaks::WebSocket | Speaks::Raw => &[peer.work, peer.quick, peer.hold],
            Speaks::Lab | Speaks::Wisp | Speaks::Wasmnet => &[peer.work],
        };
        if !self.is_installed() {
            return Ok(None);
        }
        let relays = targets.iter().map(|target| self.launch(*target).map(|(at, group)| (at, *target, group)));
        relays.collect::<Result<_, _>>().map(|relays| Some(Running { contender: self, relays }))
    }

    fn is_installed(&self) -> bool {
        match self.name {
            "wisp-python" => {
                let probe =
                    Command::new(self.program).args(["-c", "import wisp.server"]).stderr(Stdio::null()).status();
                probe.is_ok_and(|status| status.success())
            }
            _ => self.program.is_empty() || find(self.program).is_some(),
        }
    }

    fn launch(&self, target: SocketAddr) -> Result<(SocketAddr, Group), String> {
        let failed = |what: String| format!("cannot start {}: {what}", self.name);
        // None of them tells the port that it was given by the system, so one is chosen that is free now.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| failed(error.to_string()))?;
        let mut command = self.command(address, target)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut group = Group::start(&mut command).map_err(|error| failed(error.to_string()))?;
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if !group.is_alive() || began.elapsed() > START {
                return Err(failed(format!("it does not listen on {address}; `{command:?}` shows why")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok((address, group))
    }

    fn command(&self, at: SocketAddr, target: SocketAddr) -> Result<Command, String> {
        let (host, port) = (at.ip().to_string(), at.port().to_string());
        let mut command = Command::new(self.program);
        match self.name {
            "sockscope" => {
                command = myself()?;
                command.args(["serve", "--listen", &at.to_string(), "--token", TOKEN, "--log", "off"]);
                command.args(["--max-sessions", "20000", "--max-sockets", "20000", "--max-connections", "20000"]);
                command.args(["--max-opens-per-second", "1000000"]);
            }
            "forwarder" => {
                command = myself()?;
                command.args(["bench", "relay", "--forward", &at.to_string(), &target.to_string()]);
            }
            "websockify" => drop(command.args([&at.to_string(), &target.to_string()])),
            "websocat" => drop(command.args(["-b", "-E", &format!("ws-l:{at}"), &format!("tcp:{target}")])),
            "wisp-js" => {
                command.args(["--host", &host, "--port", &port, "--logging", "NONE", "--options"]);
                command.arg(r#"{"allow_loopback_ips":true,"allow_private_ips":true}"#);
            }
            "wisp-python" => {
                command.args(["-m", "wisp.server", "--host", &host, "--port", &port]);
                command.args(["--allow-loopback", "--allow-private", "--log-level", "critical"]);
            }
            _ => drop(command.args(["--host", &host, "--port", &port, "--no-policy"])),
        }
        Ok(command)
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| fs::metadata(file).is_ok_and(|file| file.is_file()))
}
