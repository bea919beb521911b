//! `opor load`

mod pieces;
mod position;
mod work;

use crate::config::Indexed;
use crate::{Where, clock};
use actions::{Record, Refusal, RefusalKind};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use indicatif::{ProgressBar, ProgressStyle};
use pieces::{Piece, Source};
use position::Position;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;
use work::Target;

/// File in the data folder that says how far a load has come.
const POSITION_FILE: &str = "load.position";
/// Microseconds between two times that the position is kept.
const KEEP_EVERY: u64 = 500_000;
/// Workers for each core: one prepares while another waits for its commit.
const WORKERS_EACH_CORE: usize = 4;

/// Load FHIR bundles and NDJSON, or people that are made up
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url: of the role machine for bundles, of the role system for NDJSON
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// How many are at work at once; four for each core unless said
    #[arg(long)]
    workers: Option<usize>,
    /// File that keeps how far it came; load.position in the data folder unless said
    #[arg(long)]
    position: Option<PathBuf>,
    /// Which search parameters are noted beside resources, as [fhir] indexed of the settings says
    #[arg(long, value_enum, default_value_t = Indexed::All, conflicts_with = "url")]
    indexed: Indexed,
    /// Make up so many people with results and load them
    #[arg(long, value_name = "PEOPLE")]
    synthetic: Option<u64>,
    /// Results of each of them
    #[arg(long, default_value_t = 20, requires = "synthetic")]
    results: usize,
    /// Files and folders (.json, .ndjson)
    #[arg(required_unless_present = "synthetic")]
    paths: Vec<PathBuf>,
}

/// Load everything; what is there already stays as it is, so a stopped load is simply started again.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut sources = Source::under(&args.paths)?;
    sources.extend(args.synthetic.map(|people| Source::MadeUp { people, results: args.results }));
    let named = sources.iter().map(|source| Ok((source.name(), source.mark()?)));
    let named = named.collect::<anyhow::Result<Vec<_>>>()?;
    let kept_in = args.position.or_else(|| Some(args.place.data.as_ref()?.join(POSITION_FILE)));
    let (target, store) = match (&args.place.data, args.place.url, args.token) {
        (Some(data), _, _) => {
            let store = crate::place::open(data)?;
            let record = Record::new(store.clone(), Directory::default(), Vec::new());
            record.search_by(args.indexed.extent());
            (Target::Here(record), Some(store))
        }
        (None, Some(url), Some(token)) => {
            (Target::There { url: url.trim_end_matches('/').to_owned(), token }, None)
        }
        (None, Some(_), None) => bail!(
            "--url needs --token; `opor token --data DIR --role machine` makes one for bundles, `--role system` for NDJSON"
        ),
        (None, None, _) => bail!("give --data DIR or --url URL"),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = args.workers.unwrap_or(cores * WORKERS_EACH_CORE).max(1);
    let loading = Loading::new(&sources, target, Position::read(kept_in, named)?)?;
    let started = clock::now();
    let done = loading.all(workers);
    if let Some(store) = store {
        store.stop();
    }
    if done.is_err() {
        loading.bar.finish_and_clear();
        loading.kept().position.keep()?;
    }
    done?;
    loading.conclude(started)
}

/// Nobody takes anything just now: the record is busy or its disk is full, the server is away. It says nothing about what
/// was to be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing is taken just now: {0} What was loaded stays, and the position is kept: see to it, then start the same load again"
)]
pub(crate) struct Outage(String);

impl Outage {
    /// The outage that an error tells of, if it does.
    fn of(error: &anyhow::Error) -> Option<Self> {
        let refusal = error.downcast_ref::<Refusal>();
        let is_outage = refusal.is_some_and(|refusal| refusal.kind == RefusalKind::TryAgain)
            || error.chain().any(|cause| cause.is::<std::io::Error>())
            || error.downcast_ref::<Answered>().is_some_and(|answered| answered.is_outage());
        is_outage.then(|| Self(format!("{error:#}.")))
    }
}

/// What a server answered instead of what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{url} answered {status}: {words}")]
struct Answered {
    url: String,
    status: u16,
    words: String,
}

impl Answered {
    /// Too many requests (RFC 6585 4), or the server itself (RFC 9110 15.6); not what only this request meets (500, 501).
    fn is_outage(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504 | 507)
    }
}

/// Does something again while nobody takes it, with a wait before each time.
fn patient<T>(
    waits: impl IntoIterator<Item = u64>,
    wait: impl Fn(u64),
    mut act: impl FnMut() -> Result<T, Outage>,
) -> Result<T, Outage> {
    for milliseconds in waits {
        if let Ok(done) = act() {
            return Ok(done);
        }
        wait(milliseconds);
    }
    act()
}

/// Where the workers take their pieces. The first one that goes closes it, so that whoever cuts does not wait for nobody.
struct Desk(Mutex<Option<mpsc::Receiver<Piece>>>);

impl Desk {
    fn next(&self) -> Option<Piece> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.recv().ok()
    }
}

/// Closes the desk when its worker goes, however it goes.
struct Closing<'d>(&'d Desk);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// A load on its way.
struct Loading<'s> {
    sources: &'s [Source],
    target: Target,
    bar: ProgressBar,
    clock: store::Monotonic,
    kept: Mutex<Kept>,
    /// How long is waited before a piece is tried again, in milliseconds.
    waits: &'static [u64],
}

struct Kept {
    position: Position,
    at: u64,
    /// What this run did.
    done: position::Counts,
}

impl<'s> Loading<'s> {
    fn new(sources: &'s [Source], target: Target, position: Position) -> anyhow::Result<Self> {
        let of =
            |length: fn(&position::Reached) -> u64| position.sources.iter().map(|(_, r)| length(r)).sum();
        let bar = ProgressBar::new(of(position::Reached::length))
            .with_style(ProgressStyle::with_template("{bar:40} {percent}%  {msg}  {eta} left")?);
        bar.set_position(of(position::Reached::reached));
        if position.counts().all() > 0 {
            bar.suspend(|| {
                println!("going on after {} resources of an earlier run", position.counts().all())
            });
        }
        let kept = Mutex::new(Kept { position, at: 0, done: position::Counts::default() });
        Ok(Self { sources, target, bar, clock: clock::monotonic(), kept, waits: &work::WAITS })
    }

    /// Cuts in this thread, works in the others.
    fn all(&self, workers: usize) -> anyhow::Result<()> {
        let (give, take) = mpsc::sync_channel::<Piece>(workers);
        let desk = Desk(Mutex::new(Some(take)));
        std::thread::scope(|scope| {
            let at_work: Vec<_> = (0..workers)
                .map(|worker| {
                    let desk = &desk;
                    scope.spawn(move || {
                        let _closing = Closing(desk);
                        let mut seed = 0;
                        while let Some(piece) = desk.next() {
                            seed += 1;
                            self.one(piece, &format!("{worker}-{seed}"))?;
                        }
                        Ok(())
                    })
                })
                .collect();
            let mut cut = Ok(());
            let mut is_taken = true;
            for (n, source) in self.sources.iter().enumerate() {
                let from = self.kept().position.sources[n].1.reached();
                let length = self.kept().position.sources[n].1.length();
                if from > 0 && from >= length {
                    continue;
                }
                cut = source.cut(n, from, |piece| {
                    is_taken = give.send(piece).is_ok();
                    is_taken
                });
                if cut.is_err() || !is_taken {
                    break;
                }
            }
            drop(give);
            let done: anyhow::Result<Vec<()>> = at_work
                .into_iter()
                .map(|worker| {
                    worker.join().unwrap_or_else(|_| bail!("a worker ended in a fault; report this"))
                })
                .collect();
            cut?;
            done.map(|_| ())
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, piece: Piece, seed: &str) -> anyhow::Result<()> {
        let results = match &self.sources[piece.source] {
            Source::MadeUp { results, .. } => *results,
            Source::Whole(_) | Source::Lines(_) => 0,
        };
        let (counts, problems) = patient(
            self.waits.iter().copied(),
            |wait| clock::wait(Duration::from_millis(wait)),
            || self.target.load(&piece.content, results, seed),
        )?;
        if !problems.is_empty() {
            let name = self.sources[piece.source].name();
            self.bar.suspend(|| problems.iter().for_each(|words| println!("{name}: {words}")));
        }
        let now = (self.clock)();
        let mut kept = self.kept();
        let reached = |kept: &Kept| kept.position.sources.iter().map(|(_, one)| one.reached()).sum();
        kept.position.sources[piece.source].1.done(piece.number, piece.end, counts);
        kept.done.add(counts);
        self.bar.set_position(reached(&kept));
        self.bar.set_message(format!("{} resources, {}/s", kept.done.all(), rate(kept.done.all(), now)));
        if now.saturating_sub(kept.at) >= KEEP_EVERY {
            kept.at = now;
            kept.position.keep()?;
        }
        Ok(())
    }

    fn conclude(&self, started: fhir::Instant) -> anyhow::Result<ExitCode> {
        let kept = self.kept();
        let (run, whole) = (kept.done, kept.position.counts());
        let took = u64::try_from(clock::now().0 - started.0).unwrap_or(0);
        kept.position.forget()?;
        drop(kept);
        self.bar.finish_and_clear();
        println!(
            "{} loaded: {} new, {} on file before; {} refused. {} in this run, {}/s",
            whole.new + whole.before,
            whole.new,
            whole.before,
            whole.refused,
            run.all(),
            rate(run.all(), took)
        );
        Ok(if whole.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How many each second.
fn rate(count: u64, microseconds: u64) -> u64 {
    count.saturating_mul(1_000_000) / microseconds.max(1)
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
        let words = String::from_utf8_lossy(body).chars().take(300).collect();
        bail!(Answered { url: url.to_owned(), status, words });
    }
    Ok(body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    fn outage() -> Outage {
        Outage("busy.".into())
    }

    #[test]
    fn h26_an_outage_is_waited_for_and_then_said() {
        let (tries, waited) = (Cell::new(0), RefCell::new(Vec::new()));
        let act = |good_after: u32| {
            tries.set(0);
            waited.borrow_mut().clear();
            patient(
                [1, 2, 4],
                |wait| waited.borrow_mut().push(wait),
                || {
                    tries.set(tries.get() + 1);
                    if tries.get() > good_after { Ok(()) } else { Err(outage()) }
                },
            )
        };
        assert_eq!((act(0), tries.get()), (Ok(()), 1));
        assert_eq!((act(2), waited.borrow().clone()), (Ok(()), vec![1, 2]));
        assert_eq!((act(9), tries.get(), waited.borrow().clone()), (Err(outage()), 4, vec![1, 2, 4]));
    }

    #[test]
    fn h26_an_outage_is_no_refusal() {
        let answered = |status| Answered { url: String::new(), status, words: String::new() }.into();
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(Outage::of(&anyhow::Error::from(refused).context("cannot reach it")).is_some());
        assert!(Outage::of(&answered(503)).is_some() && Outage::of(&answered(429)).is_some());
        assert!(Outage::of(&answered(422)).is_none() && Outage::of(&answered(500)).is_none());
        assert!(Outage::of(&anyhow::anyhow!("the resource has no id")).is_none());
    }

    #[test]
    fn h26_a_load_whose_server_is_away_stops_and_keeps_its_position() {
        let folder = crate::folder::Folder::new("away");
        let here = folder.join("load.position");
        let sources = [Source::MadeUp { people: 5_000, results: 0 }];
        let mark = position::Mark { length: 5_000, modified: 0 };
        let position = Position::read(Some(here), vec![("made up".to_owned(), mark)]).unwrap();
        // No host is there, so nothing is sent.
        let target = Target::There { url: "http://127.0.0.1:1".into(), token: String::new() };
        let mut loading = Loading::new(&sources, target, position).unwrap();
        loading.waits = &[];
        let words = loading.all(2).unwrap_err().to_string();
        assert!(words.contains("start the same load again"), "{words}");
        assert_eq!(loading.kept().position.sources[0].1.reached(), 0);
        assert_eq!(loading.kept().position.counts().refused, 0);
    }
}
