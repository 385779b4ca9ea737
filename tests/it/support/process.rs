//! Our own programs as child processes, to be killed and started again.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);

/// How to start a program, and the running one. Killed on drop.
#[derive(Debug)]
pub struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// Where cargo puts a program of the profile the tests are built with.
    ///
    /// # Panics
    /// It is not built.
    pub fn program(name: &str) -> PathBuf {
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join(name);
        assert!(
            program.exists(),
            "{} is not built: run ./test, or cargo build --workspace --bins",
            program.display()
        );
        program
    }

    /// A program of this workspace, not started yet; what it says goes to `<folder>/<name>.log`.
    pub fn new(name: &str, folder: &Path) -> Self {
        Self {
            program: Self::program(name),
            arguments: Vec::new(),
            environment: Vec::new(),
            log: folder.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Adds arguments.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Sets variables.
    pub fn environment(mut self, variables: &[(&str, String)]) -> Self {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.environment.extend(owned);
        self
    }

    /// Lets what it says go to another file, where two of its kind run.
    pub fn log(mut self, name: &str) -> Self {
        self.log = self.log.with_file_name(format!("{name}.log"));
        self
    }

    /// Starts it, or starts it again.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} is already running", self.program.display());
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Runs it to its end.
    pub fn run(&mut self, patience: Duration) -> ExitStatus {
        self.start();
        self.wait(patience)
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end in time; shows what it said.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                self.child = None;
                return status;
            }
            assert!(Instant::now() < deadline, "not ended in {patience:?}:\n{}", self.said());
            std::thread::sleep(POLL);
        }
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Kills it (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Everything it said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
