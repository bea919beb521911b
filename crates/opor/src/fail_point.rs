//! Where a test holds the writer on purpose, to kill or to pause the whole process just there (HAZARDS 2.4 D1, D11).
//! Builds with debug assertions only, and there only with `fail_points = true`; a build for use has none of this.
//!
//! A file of the data folder asks for it: `before-keeping 7` holds at the seventh commit that keeps messages, counted from
//! then on. While the writer is held the file has another name; whoever removes it lets the writer go on.

use crate::clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use store::{Fault, FaultPoint, Faults};

/// File that says where to hold and at which time.
const ASKED_FILE: &str = "hold-at";
/// What it is called while the writer is held.
const HELD_FILE: &str = "held";
/// How soon it is looked again whether the writer may go on.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

struct FailPoint {
    asked: PathBuf,
    held: PathBuf,
    passed: AtomicU32,
    /// Whether the group under way keeps messages, or only files what is kept.
    keeps: AtomicBool,
}

/// The fail points of a data folder.
pub(crate) fn of(data: &Path) -> Arc<dyn Faults> {
    Arc::new(FailPoint {
        asked: data.join(ASKED_FILE),
        held: data.join(HELD_FILE),
        passed: AtomicU32::new(0),
        keeps: AtomicBool::new(false),
    })
}

impl Faults for FailPoint {
    fn at(&self, point: FaultPoint) -> Fault {
        let name = match point {
            FaultPoint::Append(_) => "append",
            FaultPoint::Settle(_) => "settle",
            FaultPoint::BeforeCommit { appends, .. } => {
                self.keeps.store(appends > 0, Ordering::Relaxed);
                if appends > 0 { "before-keeping" } else { "before-filing" }
            }
            FaultPoint::AfterCommit if self.keeps.load(Ordering::Relaxed) => "after-keeping",
            FaultPoint::AfterCommit => "after-filing",
        };
        let said = std::fs::read_to_string(&self.asked).unwrap_or_default();
        let times = said
            .split_once(' ')
            .and_then(|(wanted, times)| (wanted == name).then(|| times.trim().parse::<u32>().ok()).flatten());
        if times.is_some_and(|times| self.passed.fetch_add(1, Ordering::Relaxed) + 1 >= times) {
            self.passed.store(0, Ordering::Relaxed);
            if std::fs::rename(&self.asked, &self.held).is_ok() {
                while self.held.exists() {
                    clock::wait(LOOK_AGAIN);
                }
            }
        }
        Fault::Continue
    }
}
