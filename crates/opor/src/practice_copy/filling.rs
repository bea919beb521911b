//! What is invented in a practice copy beside live's configuration, and how a copy that begins takes both over.

use super::configuration::{Live, file_name};
use super::{OUT, State};
use crate::clock;
use crate::commands::demo::UNITS;
use actions::Record;
use actions::directory::Load;
use actions::facility::structure::TakeStructure;
use anyhow::Context as _;
use clinical::dialect::Sort;
use clinical::directory::{Directory, Fact};
use clinical::facility::managers::Structure;
use std::path::Path;

/// Where the lines of the invented clinics would lead.
const NOWHERE: &str = "practice.invalid:2575";
/// Who does it, in the activity log.
const ACTOR: &str = "opor practice";
/// Why, with every change.
const REASON: &str = "Taken over for practice.";

/// The invented province's directory.
pub(super) fn facts() -> anyhow::Result<Vec<Fact>> {
    // Neither people nor feed are in it: any seed and start give the same places.
    let text = province::places::directory([NOWHERE; 3]);
    Directory::facts_of(&text).context("the invented directory")
}

/// The invented senders' agreed files.
pub(super) fn files() -> Vec<(Sort, String)> {
    vec![
        (Sort::Dialect, province::agreed::DIALECT.to_owned()),
        (Sort::Codes, province::agreed::CODES.to_owned()),
    ]
}

/// The invented units.
pub(super) fn structure() -> anyhow::Result<Structure> {
    Structure::from_toml(UNITS).map_err(|wrong| anyhow::anyhow!(wrong.join("; ")))
}

/// Brings the configuration of live into a copy that begins.
pub(crate) fn take_over(record: &Record, state: &mut State, data: &Path, live: &Live) -> anyhow::Result<()> {
    let context = actions::record::machine(ACTOR, clock::now());
    let changes = record.directory().difference(&live.directory()?);
    if !changes.is_empty() {
        record.act(&context, Load { changes, source: ACTOR.to_owned(), reason: REASON.to_owned() })?;
    }
    let borrowed: Vec<(Sort, &str)> = live.files.iter().map(|(sort, text)| (*sort, text.as_str())).collect();
    record.first_mappings(&context, &borrowed, ACTOR, REASON)?;
    for (sort, text) in files() {
        // Where live has a file about the same sender, that one stays.
        if record.first_mappings(&context, &[(sort, &text)], ACTOR, REASON).is_err() {
            state.left_out.insert(file_name(sort, &text));
        }
    }
    let text = toml::to_string(&live.structure()?)?;
    record.act(&context, TakeStructure { text, reason: REASON.to_owned() })?;
    std::fs::create_dir_all(data.join(OUT))?;
    state.keep(data)
}
