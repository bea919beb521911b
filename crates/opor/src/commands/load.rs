//! `opor load`

use super::send::style;
use crate::{Where, clock};
use actions::Record;
use actions::resources::{Load, people_of};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use indicatif::ProgressBar;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use store::Store;

/// Load FHIR bundles and NDJSON
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// Files and folders (.json, .ndjson)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Load everything; what is there already stays as it is, so a stopped load is simply started again.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = files(&args.paths)?;
    let bar = ProgressBar::new(files.len() as u64).with_style(style("files")?);
    let mut refused = 0;
    let local = match &args.place.data {
        Some(data) => {
            let store = Store::open(data, store::Settings::new(clock::monotonic()))?;
            Some((Record::new(store.clone(), Directory::default(), Vec::new()), store))
        }
        None => None,
    };
    for file in &files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let loaded = match (&local, &args.place.url) {
            (Some((record, _)), _) => load_here(record, &bytes),
            (None, Some(url)) => {
                let Some(token) = &args.token else {
                    bail!("--url needs --token; `opor token --data DIR --role machine` makes one")
                };
                http_post(&format!("{}/load", url.trim_end_matches('/')), token, &bytes).map(|_| ())
            }
            (None, None) => bail!("give --data DIR or --url URL"),
        };
        if let Err(error) = loaded {
            refused += 1;
            bar.suspend(|| println!("{}: {error:#}", file.display()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let Some((_, store)) = local {
        store.stop();
    }
    println!("{} files loaded, {refused} refused", files.len() - refused);
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn load_here(record: &Record, bytes: &[u8]) -> anyhow::Result<()> {
    for entries in people_of(bytes)? {
        record.act(&actions::record::machine("opor load", clock::now()), Load { entries })?;
    }
    Ok(())
}

fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> =
                std::fs::read_dir(&path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
            inside.sort();
            todo.extend(inside.into_iter().rev());
        } else if paths.contains(&path) || path.extension().is_some_and(|e| e == "json" || e == "ndjson") {
            if !path.exists() {
                bail!("{} does not exist", path.display());
            }
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("there are no .json or .ndjson files under the paths given");
    }
    Ok(found)
}

/// A plain GET on a loopback or tunnelled address; TLS is the tunnel's.
pub(crate) fn http_get(url: &str, token: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    http(url, |host, path| {
        format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n{bearer}\r\n")
            .into_bytes()
    })
}

/// A plain POST on a loopback or tunnelled address, by a token.
pub(crate) fn http_post(url: &str, token: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
    http(url, |host, path| {
        let head = format!(
            "POST {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    })
}

fn http(url: &str, request: impl FnOnce(&str, &str) -> Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let rest = url
        .strip_prefix("http://")
        .with_context(|| format!("{url}: only http:// addresses (use a tunnel for TLS)"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)
        .with_context(|| format!("cannot reach {host}. Is `opor serve` running there?"))?;
    stream.write_all(&request(host, &format!("/{path}")))?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let split = answer.windows(4).position(|w| w == b"\r\n\r\n").context("the answer is not HTTP")?;
    let (head, body) = answer.split_at(split + 4);
    let status =
        String::from_utf8_lossy(head).split(' ').nth(1).and_then(|s| s.parse::<u16>().ok()).unwrap_or(0);
    if !(200..300).contains(&status) {
        bail!(
            "{url} answered {status}: {}",
            String::from_utf8_lossy(body).chars().take(300).collect::<String>()
        );
    }
    Ok(body.to_vec())
}
