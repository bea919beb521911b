//! Registers of other offices, taken over by a running record whenever their files change.

use crate::config::RegistersConfig;
use actions::enrolment::{TakeAdministrators, TakeMeetings};
use actions::facility::registers::{Register, TakeRegister};
use actions::facility::structure::TakeStructure;
use actions::intake::Clock;
use actions::{Record, Refusal, RefusalKind};
use fhir::Instant;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// How often it is looked whether a file is another: with the round of lapses after it, a leaver is out within minutes
/// (FEATURES AC9: fifteen).
const LOOKED_EVERY: Duration = Duration::from_secs(10);

/// A file that was written to within this time is looked at a little later.
const SETTLED: Duration = Duration::from_secs(2);

/// When a file was written to last, and how long it is.
fn stamp(path: &Path) -> std::io::Result<(SystemTime, u64)> {
    let file = std::fs::metadata(path)?;
    Ok((file.modified()?, file.len()))
}

fn instant(at: SystemTime) -> Option<Instant> {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Instant)
}

/// When a file was written to last; `None` where that is not known.
pub(crate) fn written(path: &Path) -> Option<Instant> {
    stamp(path).ok().and_then(|(at, _)| instant(at))
}

/// A file and when it was last taken.
struct Watched {
    what: What,
    path: PathBuf,
    seen: Option<(SystemTime, u64)>,
    refused: Option<Refusal>,
    /// Somebody may still be writing it.
    waits: bool,
}

#[derive(Clone, Copy)]
enum What {
    Register(Register),
    Units,
    Administrators,
    Meetings,
}

/// Takes each file over when it changes, until `stop` turns true.
pub(crate) async fn follow(
    record: Record,
    files: RegistersConfig,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    let watched = |what, path: Option<PathBuf>| {
        path.map(|path| Watched { what, path, seen: None, refused: None, waits: false })
    };
    let mut all: Vec<Watched> = [
        watched(What::Register(Register::Licences), files.licences),
        watched(What::Register(Register::Employments), files.employments),
        watched(What::Units, files.units),
        watched(What::Administrators, files.administrators),
        watched(What::Meetings, files.meetings),
    ]
    .into_iter()
    .flatten()
    .collect();
    while !all.is_empty() {
        let (record, clock) = (record.clone(), clock.clone());
        let looked = tokio::task::spawn_blocking(move || {
            for one in &mut all {
                look(&record, one, &clock);
            }
            let refused: Vec<(Register, Refusal)> = all
                .iter()
                .filter_map(|one| match one.what {
                    What::Register(register) => Some((register, one.refused.clone()?)),
                    What::Units | What::Administrators | What::Meetings => None,
                })
                .collect();
            if let Err(reason) = record.registers_go(&refused, clock()) {
                tracing::warn!(%reason, "how registers go could not be kept; it is tried again");
            }
            all
        });
        let Ok(back) = looked.await else {
            return tracing::error!(
                "following the registers ended in a fault; it begins anew with the next start"
            );
        };
        all = back;
        tokio::select! {
            () = tokio::time::sleep(if all.iter().any(|one| one.waits) { SETTLED } else { LOOKED_EVERY }) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}

fn look(record: &Record, one: &mut Watched, clock: &Clock) {
    let changed = match stamp(&one.path) {
        Ok(changed) if one.seen == Some(changed) => return,
        Ok(changed) => changed,
        Err(error) => {
            return tracing::warn!(file = %one.path.display(), %error, "a register cannot be looked at");
        }
    };
    let now = clock();
    let of = instant(changed.0);
    // Somebody may still be writing it: half a register is none.
    one.waits = of.is_some_and(|of| of <= now && now < of.plus_seconds(SETTLED.as_secs().cast_signed()));
    if one.waits {
        return;
    }
    let text = match std::fs::read_to_string(&one.path) {
        Ok(text) => text,
        Err(error) => return tracing::warn!(file = %one.path.display(), %error, "a register cannot be read"),
    };
    if stamp(&one.path).ok() != Some(changed) {
        return;
    }
    let context = actions::record::machine("opor registers", now);
    let taken = match one.what {
        What::Register(register) => record.act(&context, TakeRegister { register, text, sure: false, of }),
        What::Units => record.act(&context, TakeStructure { text, reason: "the file changed".to_owned() }),
        What::Administrators => record.act(&context, TakeAdministrators { text }),
        What::Meetings => record.act(&context, TakeMeetings { text }),
    };
    match taken {
        Ok(()) => (one.seen, one.refused) = (Some(changed), None),
        // Not known whether it was kept: in the next round again.
        Err(reason) if reason.kind == RefusalKind::TryAgain => {}
        Err(reason) => {
            tracing::warn!(file = %one.path.display(), %reason, "a register is not taken over");
            (one.seen, one.refused) = (Some(changed), Some(reason));
        }
    }
}
