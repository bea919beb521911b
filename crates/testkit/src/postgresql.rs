//! A PostgreSQL of the system, started for a test and ended with it. Tests without one say so and pass.

use crate::memory;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where Debian keeps its versions.
const INSTALLED: &str = "/usr/lib/postgresql";

/// A server of its own: no network, a socket in its folder, everything synced as it is in earnest.
#[derive(Debug)]
pub struct Postgresql {
    programs: PathBuf,
    folder: PathBuf,
    /// Settings of its own.
    more: String,
}

impl Postgresql {
    /// Starts one; `None` when PostgreSQL is not installed, which is said aloud.
    ///
    /// # Errors
    /// In words: what could not be started.
    pub fn start() -> Result<Option<Self>, String> {
        let Some(server) = Self::made()? else { return Ok(None) };
        server.begin()?;
        Ok(Some(server))
    }

    /// Starts one that listens at a port of this machine too, where it asks for proof: `hostssl` with this certificate and
    /// key (PEM) and SCRAM-SHA-256, and in the clear with MD5.
    ///
    /// # Errors
    /// As for [`Postgresql::start`].
    pub fn start_with_tls(port: u16, certificate: &str, key: &str) -> Result<Option<Self>, String> {
        let Some(mut server) = Self::made()? else { return Ok(None) };
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 md5\n";
        for (name, text) in [("server.crt", certificate), ("server.key", key), ("pg_hba.conf", rules)] {
            let path = server.data().join(name);
            std::fs::write(&path, text).map_err(|error| error.to_string())?;
            run(Command::new("chmod").arg("600").arg(&path))?;
            if is_root() {
                run(Command::new("chown").arg("postgres").arg(&path))?;
            }
        }
        server.more = format!("-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on");
        server.begin()?;
        Ok(Some(server))
    }

    fn made() -> Result<Option<Self>, String> {
        let versions = std::fs::read_dir(INSTALLED).into_iter().flatten().flatten();
        let programs = versions.map(|entry| entry.path().join("bin"));
        let Some(programs) = programs.filter(|bin| bin.join("initdb").exists()).max() else {
            println!("skipped: PostgreSQL is not installed");
            return Ok(None);
        };
        // Making databases syncs thousands of files; in memory that costs nothing, and the server is none the wiser.
        // A test may start several.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = memory::base().join(format!("opor-postgresql-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let server = Self { programs, folder, more: String::new() };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        run(server
            .program("initdb")
            .args(["-U", "opor", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(server.data()))?;
        Ok(Some(server))
    }

    /// The folder of its socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it again after [`Postgresql::crash`].
    ///
    /// # Errors
    /// In words.
    pub fn begin(&self) -> Result<(), String> {
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c shared_buffers=64MB {}",
            self.folder.display(),
            self.more
        );
        let log = self.folder.join("log");
        run(self
            .program("pg_ctl")
            .args(["start", "-w", "-s", "-o", &settings, "-l"])
            .arg(log)
            .arg("-D")
            .arg(self.data()))
        .map(drop)
    }

    /// Ends it as a power cut would: nothing is brought to an end, and what was committed is read back at the next start.
    ///
    /// # Errors
    /// In words.
    pub fn crash(&self) -> Result<(), String> {
        run(self.program("pg_ctl").args(["stop", "-s", "-m", "immediate", "-D"]).arg(self.data())).map(drop)
    }

    /// SIGKILL to its first process; the others notice and go. [`Postgresql::begin`] is refused until they have.
    ///
    /// # Errors
    /// In words.
    pub fn kill(&self) -> Result<(), String> {
        let pid =
            std::fs::read_to_string(self.data().join("postmaster.pid")).map_err(|error| error.to_string())?;
        let first = pid.lines().next().unwrap_or_default();
        run(Command::new("sh").args(["-c", &format!("kill -KILL {first}")])).map(drop)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of PostgreSQL, which refuses to serve as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command.current_dir("/");
        command
    }
}

impl Drop for Postgresql {
    fn drop(&mut self) {
        let _ = self.crash();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes a database, as a copy of another one.
///
/// # Errors
/// In words.
pub fn make(folder: &Path, name: &str, template: &str) -> Result<(), String> {
    ask(folder, "postgres", &format!("CREATE DATABASE \"{name}\" TEMPLATE {template}")).map(drop)
}

/// The address of a database of a server with its socket in a folder.
#[must_use]
pub fn url(folder: &Path, database: &str) -> String {
    format!("postgres://opor@/{database}?host={}", folder.display())
}

/// Runs statements by psql and gives what they print.
///
/// # Errors
/// In psql's words.
pub fn ask(folder: &Path, database: &str, sql: &str) -> Result<String, String> {
    ask_at(folder, 5_432, database, sql)
}

/// The same of a server whose socket has the name of another port.
///
/// # Errors
/// In psql's words.
pub fn ask_at(folder: &Path, port: u16, database: &str, sql: &str) -> Result<String, String> {
    run(Command::new("psql")
        .arg(format!("--port={port}"))
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "opor",
            "-d",
            database,
            "-c",
            sql,
            "-h",
        ])
        .arg(folder))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
