//! What is in use, what waits for a signature, what no map knows.

use super::in_use::{Broken, Live, Reader};
use super::{Figures, Overview, OverviewView, Sort, StepLine, TriedLine, UnmappedLine, UseLine, unmapped};
use crate::lists::Part;
use crate::obligations::words;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::dialect::Mapping;
use clinical::words::Words;
use store::{MappingEvent, MappingStep, ObligationState};

/// Steps on one page.
const STEPS: usize = 30;
/// Codes that no map knows, on one page.
const UNMAPPED: usize = 100;
/// Steps that are looked through for what was tried and not signed.
const TRIED: usize = 1_000;
/// Characters of a digest that are shown.
const DIGEST_CHARS: usize = 12;

impl Sealed for Overview {}
impl Look for Overview {
    type View = OverviewView;
    const PERMISSION: Permission = Permission::ReadMappings;
    fn object(&self) -> String {
        "mappings".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OverviewView>, Refusal> {
        let view = reading.view;
        let in_use = Reader::at(view, None)?;
        let steps = view.mapping_events(TRIED.max(Part::reads(self.steps, STEPS)))?;
        let lines = in_use.live.iter().map(line).chain(in_use.broken.iter().map(broken_line));
        let mut answer = OverviewView { in_use: lines.collect(), ..OverviewView::default() };
        let (shown_steps, steps_part) = Part::of(steps.iter().collect(), self.steps, STEPS);
        answer.steps_part = steps_part;
        for step in shown_steps {
            answer.steps.push(StepLine {
                at: step.at,
                actor: step.actor.clone(),
                what: shown(step),
                why: step.reason.clone(),
            });
        }
        for step in &steps {
            if step.step == MappingStep::Tried
                && !answer.tried.iter().any(|one| one.digest == step.digest)
                && let Some(sort) = Sort::from_code(&step.sort)
                && !was_signed(&steps, step)
            {
                let figures: Figures = serde_json::from_str(&step.figures).unwrap_or_default();
                answer.tried.push(TriedLine {
                    sort,
                    name: step.name.clone(),
                    version: step.version,
                    digest: step.digest.clone(),
                    tried: (step.actor.clone(), step.at),
                    stale: figures.against != in_use.seq,
                    figures,
                });
            }
        }
        let (waiting, unmapped_part) = Part::of(unmapped::waiting(view)?, self.unmapped, UNMAPPED);
        answer.unmapped_part = unmapped_part;
        for row in waiting {
            let ObligationState::Open { owner, due, .. } = &row.state else { continue };
            answer.unmapped.push(UnmappedLine {
                obligation: row.id,
                link: row.recipient.clone(),
                code: row.subject.clone(),
                why: words(&row.words),
                owner: owner.clone(),
                due: *due,
            });
        }
        answer.links = view.links()?.into_iter().map(|link| link.name).collect();
        Ok(Seen::nobody(answer))
    }
}

/// Whether the same file was signed after that trial.
fn was_signed(steps: &[MappingEvent], tried: &MappingEvent) -> bool {
    steps
        .iter()
        .any(|step| step.step == MappingStep::Signed && step.digest == tried.digest && step.seq > tried.seq)
}

fn shown(step: &MappingEvent) -> Words {
    let (en, fr) = match step.step {
        MappingStep::Tried => ("Tried", "Essayé"),
        MappingStep::Signed => ("Signed", "Signé"),
        MappingStep::Retired => ("Out of use", "Hors service"),
        MappingStep::Repaired => ("Repaired", "Réparé"),
    };
    let version = if step.version > 0 { format!(" {}", step.version) } else { String::new() };
    let name = &step.name;
    Words::new(format!("{en}: {name}{version}"), format!("{fr} : {name}{version}"))
}

/// A file that cannot be read: what to do stands where its description would.
fn broken_line(broken: &Broken) -> UseLine {
    let event = &broken.event;
    UseLine {
        sort: broken.sort,
        name: event.name.clone(),
        version: event.version,
        seq: event.seq,
        digest: event.digest.chars().take(DIGEST_CHARS).collect(),
        about: broken.why.clone(),
        binds: broken.binds.as_ref().map(clinical::dialect::Binds::shown).unwrap_or_default(),
        signed: (event.actor.clone(), event.at, event.reason.clone()),
        rules: Vec::new(),
    }
}

fn line(live: &Live) -> UseLine {
    let (event, mapping) = (&live.event, &live.mapping);
    let (about, rules) = match &**mapping {
        Mapping::Dialect(dialect) => {
            let mut rules: Vec<String> =
                dialect.time_zone.iter().map(|zone| format!("TZ = {zone}")).collect();
            for one in &dialect.authorities {
                let kind = one.when_type.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
                rules.push(format!("CX.4 \"{}\"{kind} → {}", one.local, one.name));
            }
            rules.extend(dialect.systems.iter().map(|(theirs, ours)| format!("CWE.3 {theirs} → {ours}")));
            rules.extend(dialect.rules.iter().map(clinical::dialect::Rule::shown));
            (dialect.about.clone(), rules)
        }
        Mapping::Codes(codes) => {
            let mut rules: Vec<String> = codes
                .rows
                .iter()
                .map(|row| {
                    let units = if row.units.is_empty() {
                        String::new()
                    } else {
                        format!(" [{}]", row.units.join(", "))
                    };
                    format!("{} {}{units} → {} {}", row.system, row.code, row.target.code(), row.to)
                })
                .collect();
            let mut units: Vec<String> =
                codes.units.iter().map(|(sent, ucum)| format!("{sent} → {ucum}")).collect();
            units.sort();
            rules.extend(units);
            (codes.about.clone(), rules)
        }
    };
    UseLine {
        sort: mapping.sort(),
        name: mapping.name().to_owned(),
        version: mapping.version(),
        seq: event.seq,
        digest: event.digest.chars().take(DIGEST_CHARS).collect(),
        // A file says what it is in its own language.
        about: Words::new(about.clone(), about),
        binds: mapping.binds().shown(),
        signed: (event.actor.clone(), event.at, event.reason.clone()),
        rules,
    }
}
