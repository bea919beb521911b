//! What a monitor reads: counts and durations in the text format of Prometheus (version 0.0.4). Names of ours and numbers;
//! no feed, receiver or patient is named, since a sender may have named them.

use actions::status::{Level, Status, StatusView};
use actions::vitals::{CLASSES, Round, Timing, Waiting};
use actions::{Census, Record};
use fhir::Instant;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Content type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What only the process itself knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Process {
    /// When it started.
    pub started: Instant,
    /// Resident memory in bytes; 0 where the system does not tell.
    pub resident_bytes: u64,
    /// Bytes that may still be written on the disk of the data folder.
    pub disk_free_bytes: u64,
    /// Bytes of that disk.
    pub disk_total_bytes: u64,
    /// Whether it is ready, as `/readyz` says.
    pub is_ready: bool,
}

/// Everything at this moment. Reads the books, which name nobody.
///
/// # Errors
/// In words: what could not be read.
pub fn text(record: &Record, process: &Process, now: Instant) -> Result<String, String> {
    let context = actions::record::machine("opor metrics", now);
    let census = record
        .look(&context, actions::resources::Books)
        .map_err(|refusal| format!("the books cannot be read: {}", refusal.words.en))?;
    let status = record
        .look(&context, Status { place: record.place() })
        .map_err(|refusal| format!("how it stands cannot be read: {}", refusal.words.en))?;
    let mut out = String::new();
    process_lines(&mut out, process);
    findings(&mut out, &status);
    books(&mut out, &census);
    waiting(&mut out, record.waiting());
    if let Some(lag) = record.second_place_lag(now) {
        let help = "For how long a commit has been missing in the second place of the log; 0 when none is.";
        one(&mut out, "opor_second_place_lag_seconds", "gauge", help, seconds(lag));
    }
    timings(&mut out, &record.timings());
    rounds(&mut out, &record.rounds());
    Ok(out)
}

fn head(out: &mut String, name: &str, sort: &str, help: &str) {
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {sort}\n");
}

fn one(out: &mut String, name: &str, sort: &str, help: &str, value: impl std::fmt::Display) {
    head(out, name, sort, help);
    let _ = writeln!(out, "{name} {value}");
}

fn process_lines(out: &mut String, process: &Process) {
    let seconds = process.started.0 / 1_000_000;
    one(out, "process_start_time_seconds", "gauge", "When the process started, seconds since 1970.", seconds);
    one(out, "process_resident_memory_bytes", "gauge", "Resident memory.", process.resident_bytes);
    one(
        out,
        "opor_disk_free_bytes",
        "gauge",
        "Room on the disk of the data folder.",
        process.disk_free_bytes,
    );
    one(out, "opor_disk_bytes", "gauge", "Size of the disk of the data folder.", process.disk_total_bytes);
    one(
        out,
        "opor_ready",
        "gauge",
        "1 when the process is ready, as /readyz says.",
        u8::from(process.is_ready),
    );
}

/// Alarms by the section of the runbook that says what to do.
fn findings(out: &mut String, status: &StatusView) {
    let help = "What is found, by how grave it is and its section of the runbook; /status says what.";
    head(out, "opor_status", "gauge", help);
    let mut counts: BTreeMap<(Level, &str), u64> = BTreeMap::new();
    for finding in &status.findings {
        *counts.entry((finding.level, finding.runbook.as_str())).or_default() += 1;
    }
    for ((level, section), count) in counts {
        let (level, section) = (level.code(), escaped(section));
        let _ = writeln!(out, "opor_status{{level=\"{level}\",runbook=\"{section}\"}} {count}");
    }
}

fn books(out: &mut String, census: &Census) {
    let m = &census.messages;
    head(out, "opor_messages", "gauge", "Messages by what became of them; received = refused + the others.");
    for (state, count) in [
        ("refused", m.refused),
        ("pending", m.pending),
        ("filed", m.filed),
        ("kept", m.kept),
        ("held", m.held),
    ] {
        let _ = writeln!(out, "opor_messages{{state=\"{state}\"}} {count}");
    }
    let d = &census.deliveries;
    head(out, "opor_deliveries", "gauge", "Deliveries by what became of them.");
    for (state, count) in
        [("acknowledged", d.acknowledged), ("pending", d.pending), ("owned", d.owned), ("excused", d.excused)]
    {
        let _ = writeln!(out, "opor_deliveries{{state=\"{state}\"}} {count}");
    }
    head(out, "opor_obligations", "gauge", "Obligations that are open, by kind and by who has them.");
    for kind in &census.kinds {
        let name = escaped(&kind.kind);
        let _ = writeln!(out, "opor_obligations{{kind=\"{name}\",owner=\"machine\"}} {}", kind.pending);
        let _ = writeln!(out, "opor_obligations{{kind=\"{name}\",owner=\"person\"}} {}", kind.owned);
    }
    let help = "1 when the books balance.";
    one(out, "opor_books_balance", "gauge", help, u8::from(census.balanced));
}

fn waiting(out: &mut String, waiting: Waiting) {
    head(out, "opor_writer_waiting", "gauge", "What waits for the writer.");
    let _ = writeln!(out, "opor_writer_waiting{{what=\"messages\"}} {}", waiting.early);
    let _ = writeln!(out, "opor_writer_waiting{{what=\"changes\"}} {}", waiting.changes);
    let help = "Pages of the write-ahead log (SQLite).";
    one(out, "opor_log_pages", "gauge", help, waiting.log_pages);
}

fn timings(out: &mut String, timings: &[(&str, Timing)]) {
    head(
        out,
        "opor_action_seconds",
        "histogram",
        "How long acts and looks took, with their audit rows synced.",
    );
    for (name, timing) in timings {
        let name = escaped(name);
        for (limit, count) in CLASSES.iter().zip(timing.within) {
            let _ = writeln!(
                out,
                "opor_action_seconds_bucket{{action=\"{name}\",le=\"{}\"}} {count}",
                seconds(*limit)
            );
        }
        let _ = writeln!(out, "opor_action_seconds_bucket{{action=\"{name}\",le=\"+Inf\"}} {}", timing.count);
        let _ =
            writeln!(out, "opor_action_seconds_sum{{action=\"{name}\"}} {}", seconds(timing.microseconds));
        let _ = writeln!(out, "opor_action_seconds_count{{action=\"{name}\"}} {}", timing.count);
    }
    head(out, "opor_actions_refused_total", "counter", "Acts and looks that were refused.");
    for (name, timing) in timings {
        let _ =
            writeln!(out, "opor_actions_refused_total{{action=\"{}\"}} {}", escaped(name), timing.refused);
    }
}

fn rounds(out: &mut String, rounds: &[(&str, Round)]) {
    head(
        out,
        "opor_background_last_seconds",
        "gauge",
        "When background work was last done, seconds since 1970.",
    );
    for (name, round) in rounds {
        if let Some(last) = round.last {
            let _ = writeln!(
                out,
                "opor_background_last_seconds{{work=\"{}\"}} {}",
                escaped(name),
                last.0 / 1_000_000
            );
        }
    }
    head(out, "opor_background_failed_total", "counter", "Rounds of background work that could not be done.");
    for (name, round) in rounds {
        let _ = writeln!(out, "opor_background_failed_total{{work=\"{}\"}} {}", escaped(name), round.failed);
    }
}

/// Microseconds as seconds, without a fraction of a float.
fn seconds(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// A label's value (backslash, quotes and line ends are escaped).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_rounds_are_written_as_prometheus_reads_them() {
        let mut timing = Timing { count: 3, refused: 1, microseconds: 2_500_001, ..Timing::default() };
        timing.within[0] = 2;
        let mut out = String::new();
        timings(&mut out, &[("results::Recent", timing)]);
        rounds(&mut out, &[("a \"work\"", Round { last: Some(Instant(7_000_000)), done: 1, failed: 2 })]);
        for line in [
            "opor_action_seconds_bucket{action=\"results::Recent\",le=\"0.000250\"} 2",
            "opor_action_seconds_bucket{action=\"results::Recent\",le=\"+Inf\"} 3",
            "opor_action_seconds_sum{action=\"results::Recent\"} 2.500001",
            "opor_actions_refused_total{action=\"results::Recent\"} 1",
            "opor_background_last_seconds{work=\"a \\\"work\\\"\"} 7",
            "opor_background_failed_total{work=\"a \\\"work\\\"\"} 2",
        ] {
            assert!(out.lines().any(|found| found == line), "{line}\n{out}");
        }
    }
}
