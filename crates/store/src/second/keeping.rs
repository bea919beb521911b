//! What is kept at the second place: every moment of so many days can be restored, and what only older ones need goes.

use super::place::{self, BaseFile};
use super::shipping::Keeper;
use fhir::Instant;
use std::io;

const DAY_SECONDS: i64 = 24 * 3_600;

/// Lets go of what no moment needs that is kept; asked after each round, and done after a copy was made.
pub(super) fn let_go(keeper: &mut Keeper) -> io::Result<()> {
    let Some(chain) = &keeper.chain else { return Ok(()) };
    if !keeper.bases.lets_go {
        return Ok(());
    }
    let horizon = (keeper.place.clock)().plus_seconds(-keeper.place.keep_days * DAY_SECONDS);
    let mut later: Option<Vec<BaseFile>> = None;
    for one in place::chains(&keeper.place.folder)?.into_iter().rev() {
        let bases = place::bases(&one.path)?;
        let is_ours = one.number == chain.number;
        // A later chain has everything since the oldest moment that is kept; one without a copy never had anything.
        let is_past = later.iter().flatten().any(|base| base.at <= horizon);
        if !is_ours && one.number < chain.number && (is_past || bases.is_empty()) {
            keeper.place.step("let a chain go")?;
            std::fs::remove_dir_all(&one.path)?;
            continue;
        }
        trim(keeper, &one.path, &bases, horizon)?;
        later.get_or_insert_default().extend(bases);
    }
    keeper.bases.lets_go = false;
    Ok(())
}

/// Of one chain: copies before the last one that is old enough, and pieces before those that it needs.
fn trim(keeper: &Keeper, chain: &std::path::Path, bases: &[BaseFile], horizon: Instant) -> io::Result<()> {
    let Some(kept) = bases.iter().rposition(|base| base.at <= horizon) else { return Ok(()) };
    for base in &bases[..kept] {
        keeper.place.step("let a copy go")?;
        std::fs::remove_file(&base.path)?;
    }
    let needed = bases[kept..].iter().map(|base| base.from).min().unwrap_or(0);
    let logs = place::logs(chain)?;
    for pair in logs.windows(2) {
        if pair[1].first <= needed {
            keeper.place.step("let a file go")?;
            std::fs::remove_file(&pair[0].path)?;
        }
    }
    Ok(())
}
