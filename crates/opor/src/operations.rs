//! The operator's door: whether the process is alive, whether it is ready, and its figures. It listens at an address of
//! its own that is not public, and says nothing of any patient.

use actions::Record;
use actions::intake::Clock;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use fhir::Instant;
use gateway::metrics::{self, Process};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing::Instrument as _;

/// How long the writer may take to confirm that it writes.
const WRITER: Duration = Duration::from_secs(5);
/// Background work of which none was done for so long stands still, seconds. Its longest round (every row of the books)
/// takes minutes on a large record.
const STANDS_STILL_SECONDS: i64 = 900;
/// How often background work has its turn when nothing hinders it is seconds; so long after a start it may have had none.
const AFTER_START_SECONDS: i64 = 60;

/// What the operator's door knows.
#[derive(Clone)]
pub(crate) struct Door {
    /// The record.
    pub(crate) record: Record,
    /// Wall clock.
    pub(crate) clock: Clock,
    /// Data folder, whose disk is told.
    pub(crate) data: PathBuf,
    /// When the process started.
    pub(crate) started: Instant,
    /// Whether the process is being stopped: it answers what was begun, and nobody should begin anything here.
    pub(crate) draining: Arc<AtomicBool>,
}

/// One thing that must hold for the process to be ready.
#[derive(Debug, Clone, Serialize)]
struct Check {
    check: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Check {
    fn of(check: &'static str, outcome: Result<(), String>) -> Self {
        Self { check, ok: outcome.is_ok(), why: outcome.err() }
    }
}

/// What `/readyz` says.
#[derive(Debug, Clone, Serialize)]
struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

/// `/metrics`, `/healthz`, `/readyz`, `/readyz/reads`.
pub(crate) fn router(door: Door) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/readyz/reads", get(readyz_reads))
        .route("/metrics", get(figures))
        .with_state(door)
}

/// The process answers and its store has not closed: a supervisor need not start it again.
async fn healthz(State(door): State<Door>) -> Response {
    match door.record.is_closed() {
        None => (StatusCode::OK, "alive\n").into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn readyz(State(door): State<Door>) -> Response {
    let said = door.ready().await;
    let status = if said.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(said)).into_response()
}

/// Whether what only reads can be answered, also by a process that stands by.
async fn readyz_reads(State(door): State<Door>) -> Response {
    let stopping = door.draining.load(Ordering::Relaxed);
    let asked = tokio::task::spawn_blocking(move || door.record.reads()).await;
    match asked {
        Ok(Ok(())) if !stopping => (StatusCode::OK, "reads\n").into_response(),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the process is being stopped\n").into_response(),
    }
}

async fn figures(State(door): State<Door>) -> Response {
    let is_ready = door.ready().await.ready;
    let told = tokio::task::spawn_blocking(move || {
        let space = crate::running::space(&door.data).ok();
        let process = Process {
            started: door.started,
            resident_bytes: resident_bytes(),
            disk_free_bytes: space.map_or(0, |space| space.free_bytes),
            disk_total_bytes: space.map_or(0, |space| space.total_bytes),
            is_ready,
        };
        metrics::text(&door.record, &process, (door.clock)())
    });
    match told.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Door {
    async fn ready(&self) -> Ready {
        let stopping = self.draining.load(Ordering::Relaxed);
        let record = self.record.clone();
        let asked = tokio::task::spawn_blocking(move || record.writes());
        let writer = match tokio::time::timeout(WRITER, asked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err("asking the writer ended in a fault".to_owned()),
            Err(_) => Err(format!("the writer has not confirmed a write for {} seconds", WRITER.as_secs())),
        };
        let checks = vec![
            Check::of(
                "not stopping",
                if stopping { Err("the process is being stopped".to_owned()) } else { Ok(()) },
            ),
            Check::of("writer", writer),
            Check::of("room on the disk", self.record.is_short_of_room().map_or(Ok(()), Err)),
            Check::of("background work", self.background()),
        ];
        Ready { ready: checks.iter().all(|check| check.ok), checks }
    }

    /// Whether some background work was done lately.
    fn background(&self) -> Result<(), String> {
        let now = (self.clock)();
        let last = self.record.rounds().into_iter().filter_map(|(_, round)| round.last).max();
        let (since, patience) = match last {
            Some(last) => (last, STANDS_STILL_SECONDS),
            None => (self.started, AFTER_START_SECONDS),
        };
        if now.seconds_since(since) <= patience {
            return Ok(());
        }
        Err(format!("no background work was done for {} seconds", now.seconds_since(since)))
    }
}

/// Resident memory of this process in bytes (Linux); 0 where the system does not tell.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}

/// Gives each request a trace (W3C Trace Context, level 1): the one that it names, or a new one. What is logged while it
/// is answered names it, and the answer does.
#[derive(Clone)]
pub(crate) struct Traces {
    base: Arc<[u8; 32]>,
    begun: Arc<AtomicU64>,
}

impl Traces {
    /// Numbers from here on; `random` keeps those of two processes apart.
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self { base: Arc::new(random), begun: Arc::default() }
    }

    /// The trace of a request and the number of this part of it.
    fn of(&self, named: Option<&str>) -> (String, String) {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let word = |from: usize, add: u64| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&self.base[from..from + 8]);
            u64::from_be_bytes(bytes).wrapping_add(add)
        };
        let part = format!("{:016x}", word(0, number).max(1));
        let trace = named
            .and_then(trace_of)
            .map_or_else(|| format!("{:016x}{:016x}", word(8, 0), word(16, number).max(1)), str::to_owned);
        (trace, part)
    }
}

/// The trace that a header names, when it is one.
fn trace_of(header: &str) -> Option<&str> {
    let mut parts = header.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let fits =
        is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    (fits && trace.bytes().any(|byte| byte != b'0') && parent.bytes().any(|byte| byte != b'0'))
        .then_some(trace)
}

/// See [`Traces`].
pub(crate) async fn traced(State(traces): State<Traces>, request: Request, next: Next) -> Response {
    let named = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let (trace, part) = traces.of(named);
    let span = tracing::error_span!("request", %trace);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&format!("00-{trace}-{part}-01")) {
        response.headers_mut().insert("traceparent", value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_the_one_that_is_named_or_a_new_one() {
        let named = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_of(named), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-Tavul Ada 1000000019 4bf92f3577b3-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_of(wrong), None, "{wrong}");
        }
        let traces = Traces::new([7; 32]);
        let (first, second) = (traces.of(None), traces.of(Some("nonsense")));
        assert!(first.0 != second.0 && first.1 != second.1 && first.0.len() == 32 && first.1.len() == 16);
        assert_eq!(traces.of(Some(named)).0, "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}
