//! `opor send`

use anyhow::{Context as _, bail};
use hl7v2::ack::{AckRead, Outcome};
use hl7v2::mllp::{Decoder, encode};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Send files and folders of HL7 v2 over MLLP
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Receiver, HOST:PORT
    #[arg(long)]
    to: String,
    /// Seconds to wait for each answer
    #[arg(long, default_value_t = 30)]
    wait: u64,
    /// Files and folders; files may hold batches or several messages
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// What became of the messages.
#[derive(Default)]
struct Totals {
    accepted: u64,
    error: u64,
    rejected: u64,
    unanswered: u64,
}

/// Send everything; exit 1 when something was not accepted.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = files(&args.paths)?;
    let bar = ProgressBar::new(files.len() as u64).with_style(style("files")?);
    let mut line = Line::new(&args.to, Duration::from_secs(args.wait));
    let mut totals = Totals::default();
    for file in &files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let contents = hl7v2::batch::split(&bytes);
        let members: Vec<Vec<u8>> = contents.members.iter().map(|member| with_cr(member.bytes)).collect();
        // A file in which no message can be told apart still goes out as it is: the receiver says what is wrong.
        let members = if members.is_empty() { vec![bytes.clone()] } else { members };
        for (n, message) in members.iter().enumerate() {
            match line.send(message) {
                Ok(answer) => {
                    let say = || {
                        // Unlike the bar's own println, this also speaks where there is no terminal.
                        bar.suspend(|| {
                            let code = answer.code.as_str();
                            println!("{} #{}: {code} {}", file.display(), n + 1, answer.text);
                        });
                    };
                    match answer.code.outcome() {
                        Outcome::Accept => totals.accepted += 1,
                        Outcome::Error => {
                            totals.error += 1;
                            say();
                        }
                        Outcome::Reject => {
                            totals.rejected += 1;
                            say();
                        }
                    }
                }
                Err(error) => {
                    totals.unanswered += 1;
                    bar.suspend(|| println!("{} #{}: no answer: {error:#}", file.display(), n + 1));
                    if totals.unanswered >= 5 && totals.accepted + totals.error + totals.rejected == 0 {
                        bail!(
                            "five messages without an answer from {}. Check the address and that the receiver speaks MLLP",
                            args.to
                        );
                    }
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!(
        "AA {}  AE {}  AR {}  no answer {}",
        totals.accepted, totals.error, totals.rejected, totals.unanswered
    );
    let all_well = totals.error + totals.rejected + totals.unanswered == 0;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Progress with names and rates.
pub(crate) fn style(unit: &str) -> anyhow::Result<ProgressStyle> {
    Ok(ProgressStyle::with_template(&format!(
        "{{bar:40}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left"
    ))?)
}

/// Segments end in CR on the wire; files often end them with LF.
pub(crate) fn with_cr(message: &[u8]) -> Vec<u8> {
    if message.contains(&b'\r') {
        return message.to_vec();
    }
    message.iter().map(|&byte| if byte == b'\n' { b'\r' } else { byte }).collect()
}

/// Files under `paths`, in name order; within folders only those that look like HL7 v2.
pub(crate) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found)?;
        } else if path.exists() {
            found.push(path.clone());
        } else {
            bail!("{} does not exist", path.display());
        }
    }
    if found.is_empty() {
        bail!("there are no .hl7 files under the paths given");
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, found)?;
        } else if entry.extension().is_some_and(|e| e.eq_ignore_ascii_case("hl7")) {
            found.push(entry);
        }
    }
    Ok(())
}

/// One MLLP connection, opened when needed and closed after any doubt.
struct Line<'a> {
    to: &'a str,
    wait: Duration,
    open: Option<TcpStream>,
}

impl<'a> Line<'a> {
    fn new(to: &'a str, wait: Duration) -> Self {
        Self { to, wait, open: None }
    }

    fn send(&mut self, message: &[u8]) -> anyhow::Result<AckRead> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.to).with_context(|| format!("cannot reach {}", self.to))?,
        };
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.wait))?;
        stream.set_write_timeout(Some(self.wait))?;
        stream.write_all(&encode(message))?;
        let mut decoder = Decoder::default();
        let mut buffer = [0u8; 4096];
        loop {
            let n = stream.read(&mut buffer)?;
            if n == 0 {
                bail!("the receiver closed the connection");
            }
            let mut chunk = &buffer[..n];
            if let Some(frame) = decoder.next(&mut chunk) {
                let answer = AckRead::parse(frame?)?;
                self.open = Some(stream);
                return Ok(answer);
            }
        }
    }
}
