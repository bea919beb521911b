//! The product as a process: started, asked, stopped, killed.

use crate::http;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take until it listens; a debug build on a busy machine after a kill needs seconds.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Lines of its log that a failing test shows.
const LOG_LINES: usize = 30;

/// What a server logs: everything that our own crates can say, so that the canary (docs/logging.md) hears it.
pub const TALKATIVE: &str =
    "warn,opor=trace,actions=trace,clinical=trace,gateway=trace,portal=trace,store=trace";
/// The same for a run so long that the talk would fill the disk.
pub const QUIET: &str = "warn";

/// What a command of the product said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A command of the product with none of our own settings in its environment (it refuses `OPOR_…` it does not know).
fn command(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OPOR_") {
            command.env_remove(name);
        }
    }
    command.env("OPOR_LOG", "warn").stdin(Stdio::null());
    command
}

/// Runs a command of the product to its end.
///
/// # Errors
/// In words: why it could not be started.
pub fn run(binary: &Path, arguments: &[&str]) -> Result<Said, String> {
    let output = command(binary.as_os_str())
        .args(arguments)
        .output()
        .map_err(|error| format!("{} did not start: {error}", binary.display()))?;
    Ok(Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// A running `opor serve`. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Portal and FHIR.
    pub http: SocketAddr,
    /// MLLP for senders without a listener of their own.
    pub mllp: SocketAddr,
    /// Where the operator asks, when the settings name such a door.
    pub operations: Option<SocketAddr>,
    log: PathBuf,
}

impl Server {
    /// Starts `opor serve --config CONFIG` and waits until it listens. Its log goes to the end of `log`;
    /// `descriptors` raises the limit of open files.
    ///
    /// # Errors
    /// In words, with the end of the log.
    pub fn start(binary: &Path, config: &Path, log: &Path, descriptors: Option<u64>) -> Result<Self, String> {
        Self::start_talking(binary, config, log, descriptors, TALKATIVE)
    }

    /// The same with what it logs: [`TALKATIVE`] or [`QUIET`].
    ///
    /// # Errors
    /// As for [`Server::start`].
    pub fn start_talking(
        binary: &Path,
        config: &Path,
        log: &Path,
        descriptors: Option<u64>,
        talk: &str,
    ) -> Result<Self, String> {
        let config = config.display().to_string();
        Self::start_as(binary, &["serve", "--config", &config], log, descriptors, talk)
    }

    /// Starts another command that serves, with its arguments, and waits until it listens.
    ///
    /// # Errors
    /// As for [`Server::start`].
    pub fn start_as(
        binary: &Path,
        arguments: &[&str],
        log: &Path,
        descriptors: Option<u64>,
        talk: &str,
    ) -> Result<Self, String> {
        let mut command = match descriptors {
            None => command(binary.as_os_str()),
            Some(count) => {
                let mut shell = command(OsStr::new("sh"));
                shell.args(["-c", &format!("ulimit -n {count} && exec \"$0\" \"$@\"")]).arg(binary);
                shell
            }
        };
        let open = || File::options().create(true).append(true).open(log);
        let file = open().map_err(|error| format!("{}: {error}", log.display()))?;
        let mut child = command
            .env("OPOR_LOG", talk)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|error| format!("{} did not start: {error}", binary.display()))?;
        let (tell, told) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            // Reads to the end, so that the server never waits for somebody to read what it prints.
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    // Nobody listens once it has started.
                    let _ = tell.send(line);
                }
            });
        }
        let listening = loop {
            match told.recv_timeout(START_LIMIT) {
                Ok(line) if line.starts_with("listening ") => break line,
                Ok(_) => {}
                Err(_) => {
                    // Either way it is of no use any more.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!("opor serve does not listen; its log ends:\n{}", end_of(log)));
                }
            }
        };
        let address = |name: &str| {
            let found = listening.split(' ').find_map(|word| word.strip_prefix(name));
            found.and_then(|text| text.parse().ok()).ok_or(format!("no {name} in \"{listening}\""))
        };
        let (http, mllp) = (address("http=")?, address("mllp=")?);
        let operations = address("operations=").ok();
        Ok(Self { child, http, mllp, operations, log: log.to_owned() })
    }

    /// SIGKILL, and wait until it is gone.
    pub fn kill(mut self) {
        // Both can only fail when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and wait until it has stopped by itself.
    ///
    /// # Errors
    /// In words, when it did not end with status 0.
    pub fn stop(mut self) -> Result<(), String> {
        self.signal("TERM")?;
        let status: ExitStatus = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("opor serve ended with {status}; its log ends:\n{}", end_of(&self.log)))
        }
    }

    /// Sends it a signal by name: `STOP` pauses the whole process, `CONT` lets it go on.
    ///
    /// # Errors
    /// In words, when it cannot be sent.
    pub fn signal(&self, name: &str) -> Result<(), String> {
        let pid = self.child.id();
        // The shell's own kill: the program of that name is not everywhere.
        let told = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
        let told = told.map_err(|error| format!("no shell to signal opor with: {error}"))?;
        if told.success() { Ok(()) } else { Err(format!("process {pid} takes no signal")) }
    }

    /// Whether it is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Resident memory in bytes (Linux); `None` where the system does not tell.
    #[must_use]
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
    }

    /// The census, from the running server.
    ///
    /// # Errors
    /// In words.
    pub fn census(&self) -> Result<Value, String> {
        let response = http::get(self.http, "/census", &[]).map_err(|error| format!("/census: {error}"))?;
        serde_json::from_slice(&response.body).map_err(|_| format!("/census said {}", response.text()))
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log(&self) -> String {
        end_of(&self.log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both can only fail when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a log.
fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
