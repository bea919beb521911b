//! The only place that reads the machine's clocks and randomness; everything else gets them as arguments.
#![allow(clippy::disallowed_methods, reason = "this is where time and randomness enter")]

use fhir::Instant;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall clock in UTC.
pub(crate) fn wall() -> actions::intake::Clock {
    Arc::new(now)
}

/// The time now, in UTC.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Microseconds on a clock that never goes back.
pub(crate) fn monotonic() -> store::Monotonic {
    let start = std::time::Instant::now();
    Arc::new(move || u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX))
}

/// Waits in this thread, which nothing else may need.
pub(crate) fn wait(time: std::time::Duration) {
    std::thread::sleep(time);
}

/// Thirty-two random bytes from the operating system.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0u8; 32];
    let read = std::fs::File::open("/dev/urandom")
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes));
    if read.is_err() {
        // Without randomness nobody can be signed in safely; stopping is the only honest answer.
        tracing::error!("/dev/urandom cannot be read; stopping");
        std::process::exit(70);
    }
    bytes
}
