//! A nats-server with JetStream as a child process: stopped, killed, wiped and started at will.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Scratch, required};

/// How long a server may take to accept its first client.
const START_MAX: Duration = Duration::from_secs(20);
/// How long a server may take to leave after SIGTERM.
const STOP_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// Which of the two supported ends of nats-server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The oldest one supported: Debian's 2.9.
    Old,
    /// The newest one obtainable.
    New,
}

/// One nats-server on a port of its own. Killed, and its store removed, on drop.
#[derive(Debug)]
pub struct Nats {
    version: Version,
    scratch: Scratch,
    /// Zero until the first start has chosen one; kept over restarts, so that clients reconnect.
    port: u16,
    child: Option<Child>,
}

/// Starts a nats-server with JetStream and waits until it accepts clients.
pub fn nats(version: Version) -> Nats {
    let mut server = Nats { version, scratch: Scratch::new("nats"), port: 0, child: None };
    server.start();
    server
}

impl Nats {
    /// The URL for clients; the same after a restart.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The server's process id.
    ///
    /// # Panics
    /// It is not running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server is not running").id()
    }

    /// Starts a stopped server on its old port, with what its store still holds.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "the server is already running");
        let binary = required(match self.version {
            Version::Old => "FOLIO_TEST_NATS_OLD",
            Version::New => "FOLIO_TEST_NATS_NEW",
        });
        // Port -1 lets the server choose, so no other process can take the port meanwhile.
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let child = Command::new(&binary)
            .args(["--addr", "127.0.0.1", "--port", &port, "--jetstream"])
            .arg("--store_dir")
            .arg(self.store())
            .arg("--ports_file_dir")
            .arg(self.scratch.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {binary}: {e}"));
        let ports_file = self.scratch.path().join(ports_file_name(&binary, child.id()));
        self.child = Some(child);
        let deadline = Instant::now() + START_MAX;
        while !self.accepts_clients(&ports_file) {
            assert!(Instant::now() < deadline, "{binary} did not start within {START_MAX:?}");
            std::thread::sleep(POLL);
        }
    }

    /// Asks the server to leave (SIGTERM) and waits for it.
    pub fn stop(&mut self) {
        self.signal("TERM");
        let mut child = self.child.take().expect("the server is not running");
        let deadline = Instant::now() + STOP_MAX;
        while child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "nats-server did not stop within {STOP_MAX:?}");
            std::thread::sleep(POLL);
        }
    }

    /// Kills the server (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Freezes the server (SIGSTOP): connections stay open, nothing is answered.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen server go on (SIGCONT).
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Removes all streams, consumers and buckets of a stopped server.
    pub fn wipe(&mut self) {
        assert!(self.child.is_none(), "stop the server before wiping its store");
        if self.store().exists() {
            std::fs::remove_dir_all(self.store()).unwrap();
        }
    }

    fn store(&self) -> PathBuf {
        self.scratch.path().join("store")
    }

    fn signal(&self, name: &str) {
        // `kill` is built into every shell; a separate program may be missing.
        let command = format!("kill -{name} {}", self.pid());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Learns the port on the first start; then true once the greeting offers JetStream.
    fn accepts_clients(&mut self, ports_file: &PathBuf) -> bool {
        if self.port == 0 {
            let Some(port) = std::fs::read(ports_file).ok().and_then(|text| parse_port(&text))
            else {
                return false;
            };
            self.port = port;
        }
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut greeting = String::new();
        BufReader::new(stream).read_line(&mut greeting).is_ok()
            && greeting.starts_with("INFO ")
            && greeting.contains("\"jetstream\":true")
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

fn ports_file_name(binary: &str, pid: u32) -> String {
    let program = binary.rsplit('/').next().unwrap_or(binary);
    format!("{program}_{pid}.ports")
}

fn parse_port(ports_file: &[u8]) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_slice(ports_file).ok()?;
    let url = ports["nats"][0].as_str()?;
    url.rsplit(':').next()?.parse().ok()
}
