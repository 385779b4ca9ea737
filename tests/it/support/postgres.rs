//! A PostgreSQL of a test's own, from the programs of the one that `./test` started: for stopping
//! the server itself, which no other test may do.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio_postgres::NoTls;

use super::{Scratch, required};

/// One server on a port of its own, with fsync on. Stopped, and its data removed, on drop.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    scratch: Scratch,
    port: u16,
    runs: bool,
}

/// Makes a cluster and starts it.
pub async fn postgres() -> Postgres {
    let scratch = Scratch::new("postgres");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Postgres { programs: programs().await, scratch, port, runs: false };
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(server.scratch.path()));
    }
    let data = server.data();
    let options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"];
    run(server.program("initdb").args(options).arg(data));
    server.start();
    server
}

impl Postgres {
    /// As its owner, who needs no password.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts a stopped server on its old port, with what it has written to the disk.
    pub fn start(&mut self) {
        assert!(!self.runs, "the server is already running");
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
             -c max_connections=200",
            self.port
        );
        let log = self.scratch.path().join("log");
        let data = self.data();
        run(self
            .program("pg_ctl")
            .args(["-s", "-w", "-t", "60", "-o", &settings, "-D"])
            .arg(data)
            .arg("-l")
            .arg(log)
            .arg("start"));
        self.runs = true;
    }

    /// Stops it without letting anybody finish, as a crash would: it recovers at the next start.
    pub fn crash(&mut self) {
        let data = self.data();
        run(self
            .program("pg_ctl")
            .args(["-s", "-w", "-m", "immediate", "-D"])
            .arg(data)
            .arg("stop"));
        self.runs = false;
    }

    /// Starts it again with a certificate, so that it also answers encrypted.
    pub fn certify(&mut self, certificate: &Path, key: &Path) {
        self.crash();
        for (file, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let kept = self.data().join(name);
            std::fs::copy(file, &kept).unwrap();
            run(Command::new("chmod").arg("600").arg(&kept));
            if is_root() {
                run(Command::new("chown").arg("postgres").arg(&kept));
            }
        }
        let settings = self.data().join("postgresql.conf");
        let mut settings = std::fs::OpenOptions::new().append(true).open(settings).unwrap();
        settings.write_all(b"ssl = on\n").unwrap();
        self.start();
    }

    fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    /// PostgreSQL refuses to run as root, so there it runs as the packaged user.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() { Command::new("runuser") } else { Command::new(&path) };
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(path);
        }
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        // Best effort: it may be down, and a test that fails already must not fail twice.
        let stop =
            self.program("pg_ctl").args(["-m", "immediate", "-D"]).arg(data).arg("stop").output();
        drop(stop);
    }
}

/// Where the programs of the server of this run are: on this machine, for `./test` started it.
async fn programs() -> PathBuf {
    let url = required("FOLIO_TEST_DATABASE_URL");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let asking = "select setting from pg_config where name = 'BINDIR'";
    PathBuf::from(client.query_one(asking, &[]).await.unwrap().get::<_, String>(0))
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn is_root() -> bool {
    Path::new("/root").read_dir().is_ok()
}
