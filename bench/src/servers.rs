//! A throw-away Postgres (fsync on) and nats-server, so that every run starts from the same place.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tokio_postgres::NoTls;

/// Servers of this run; stopped and wiped when dropped.
pub struct Servers {
    dir: PathBuf,
    bin: PathBuf,
    nats: Option<Child>,
    port: u16,
    /// Where the broker listens, if one was found.
    pub nats_url: Option<String>,
}

impl Servers {
    /// Starts both.
    ///
    /// # Errors
    /// No PostgreSQL 15+ on this machine, or it does not start.
    pub fn start() -> Result<Self> {
        let bin = find_postgres().context("no PostgreSQL 15+ found: ./test installs it")?;
        let dir = std::env::temp_dir().join(format!("folio-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        let port = free_port()?;
        let mut servers = Self { dir, bin, nats: None, port, nats_url: None };
        servers.start_postgres()?;
        servers.start_nats()?;
        Ok(servers)
    }

    /// A new, empty database; returns its URL.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn database(&self, name: &str) -> Result<String> {
        let base = format!("postgres://postgres@127.0.0.1:{}", self.port);
        let (client, connection) =
            tokio_postgres::connect(&format!("{base}/postgres"), NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(&format!("drop database if exists {name} with (force)")).await?;
        client.batch_execute(&format!("create database {name}")).await?;
        Ok(format!("{base}/{name}"))
    }

    /// A folder of this run.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn start_postgres(&self) -> Result<()> {
        let data = self.dir.join("postgres");
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} \
             -c shared_buffers=1GB -c max_wal_size=4GB -c max_connections=200",
            self.port,
            self.dir.display()
        );
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(&self.dir))?;
        }
        let init = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-k", "-D"];
        run(self.postgres_command("initdb").args(init).arg(&data))?;
        let log = self.dir.join("postgres.log");
        run(self
            .postgres_command("pg_ctl")
            .arg("-D")
            .arg(&data)
            .args(["-w", "-o", &settings, "-l"])
            .arg(log)
            .arg("start"))
    }

    fn start_nats(&mut self) -> Result<()> {
        let found = std::env::var_os("FOLIO_NATS_SERVER").map(PathBuf::from);
        let Some(server) = found.or_else(|| in_path("nats-server")) else { return Ok(()) };
        let port = free_port()?;
        let child = Command::new(server)
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(self.dir.join("nats"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.nats = Some(child);
        self.nats_url = Some(format!("nats://127.0.0.1:{port}"));
        Ok(())
    }

    /// PostgreSQL refuses to run as root, so there it runs as its own user.
    fn postgres_command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(nats) = &mut self.nats {
            let _ = nats.kill();
            let _ = nats.wait();
        }
        let data = self.dir.join("postgres");
        let _ = run(self.postgres_command("pg_ctl").arg("-D").arg(data).args([
            "-m",
            "immediate",
            "stop",
        ]));
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.current_dir("/").output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn is_root() -> bool {
    std::env::var("USER").is_ok_and(|user| user == "root") || Path::new("/root").read_dir().is_ok()
}

fn find_postgres() -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = Path::new("/usr/lib/postgresql")
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("pg_ctl").exists())
        .collect();
    found.sort();
    if let Some(bin) = found.pop() {
        return Ok(bin);
    }
    match in_path("pg_ctl").and_then(|path| path.parent().map(Path::to_owned)) {
        Some(bin) => Ok(bin),
        None => bail!("neither /usr/lib/postgresql/*/bin nor pg_ctl in PATH"),
    }
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.exists())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
