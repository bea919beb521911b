//! What a person has and has had: allergies, problems, procedures, vaccinations.

use crate::chart::{self, Chart};
use crate::patients::{Banner, ChartCounts};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, Kind, Object, PersonId};
use std::cmp::Reverse;

/// Look: allergies, problems, procedures and vaccinations of a person.
#[derive(Debug, Clone)]
pub struct Problems {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Problems`].
#[derive(Debug, Clone)]
pub struct ProblemsView {
    /// Head.
    pub banner: Banner,
    /// Counts for the section list.
    pub counts: ChartCounts,
    /// Those that stand first.
    pub allergies: Vec<AllergyLine>,
    /// Those that stand first, newest first in each.
    pub problems: Vec<ProblemLine>,
    /// Newest first.
    pub procedures: Vec<ProcedureLine>,
    /// Newest first.
    pub vaccinations: Vec<VaccinationLine>,
}

/// One allergy or intolerance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyLine {
    /// To what.
    pub substance: String,
    /// What it did, in the source's words.
    pub reactions: Vec<String>,
    /// How bad it may be, when stated.
    pub severity: Option<Words>,
    /// Whether it stands today.
    pub stands: bool,
    /// `2024`, `2024-05-01` …; empty when not stated.
    pub since: String,
}

/// One problem or diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemLine {
    /// As its source names it.
    pub name: String,
    /// From a problem list; otherwise the diagnosis of a visit.
    pub listed: bool,
    /// Whether it stands today.
    pub stands: bool,
    /// Still a question: provisional or to be told from others.
    pub unsure: bool,
    /// `2024`, `2024-05-01` …; empty when not stated.
    pub since: String,
    /// Remarks of the source.
    pub note: String,
}

/// One procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcedureLine {
    /// As its source names it.
    pub name: String,
    /// When; `None` when not stated.
    pub at: Option<Instant>,
    /// By whom; may be empty.
    pub by: String,
}

/// One vaccination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaccinationLine {
    /// As its source names it.
    pub name: String,
    /// `2026-01-15`; empty when not stated.
    pub on: String,
    /// Lot number; may be empty.
    pub lot: String,
    /// Given; otherwise refused or not done.
    pub given: bool,
    /// Why it was not given; may be empty.
    pub because: String,
}

impl Sealed for Problems {}

impl Look for Problems {
    type View = ProblemsView;
    const PERMISSION: Permission = Permission::ReadChart;

    fn object(&self) -> String {
        format!("person/{}/problems", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ProblemsView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let mut allergies = gather(&chart, reading, Kind::AllergyIntolerance, allergy)?;
        allergies.sort_by_key(|line| !line.stands);
        let mut procedures = gather(&chart, reading, Kind::Procedure, procedure)?;
        procedures.sort_by_key(|line| Reverse(line.at));
        let mut vaccinations = gather(&chart, reading, Kind::Immunization, vaccination)?;
        vaccinations.sort_by(|a, b| b.on.cmp(&a.on));
        let view = ProblemsView {
            banner: chart.banner(reading)?,
            counts: chart.contents(reading)?.counts(),
            allergies,
            problems: problems(reading, &chart)?,
            procedures,
            vaccinations,
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// Problems and diagnoses, each named once.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn problems(reading: &Reading<'_>, chart: &Chart) -> Result<Vec<ProblemLine>, Refusal> {
    let mut lines = gather(chart, reading, Kind::Condition, problem)?;
    lines.sort_by_key(|line| (!line.stands, !line.listed));
    let mut seen: Vec<ProblemLine> = Vec::with_capacity(lines.len());
    for line in lines {
        // A diagnosis that every visit repeats is one line; the problem list's own words stay.
        let again = seen
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(&line.name) && known.stands == line.stands);
        if !again {
            seen.push(line);
        }
    }
    Ok(seen)
}

/// What the resources of a kind say, newest told first, without repeats.
fn gather<L: PartialEq>(
    chart: &Chart,
    reading: &Reading<'_>,
    kind: Kind,
    read: fn(&Object) -> Option<L>,
) -> Result<Vec<L>, Refusal> {
    let mut lines = Vec::new();
    for filed in chart.resources(reading, kind)? {
        if let Some(line) = read(&filed.object)
            && !lines.contains(&line)
        {
            lines.push(line);
        }
    }
    Ok(lines)
}

fn stands(object: &Object) -> bool {
    let over = |code: &&str| matches!(*code, "inactive" | "resolved" | "remission" | "refuted");
    !["clinicalStatus.coding.code", "verificationStatus.coding.code"]
        .iter()
        .any(|path| object.texts(path).iter().any(over))
}

fn in_error(object: &Object) -> bool {
    object.text("status") == Some("entered-in-error")
        || object.texts("verificationStatus.coding.code").contains(&"entered-in-error")
}

fn named(object: &Object, path: &str) -> Option<String> {
    object.concept(path).and_then(|concept| concept.shown().map(str::to_owned))
}

fn day(object: &Object, path: &str) -> Option<String> {
    object.when(path).and_then(|when| when.start).map(|start| start.chars().take(10).collect())
}

/// What a resource says of one; `None` for what was entered in error or names nothing.
pub(crate) fn allergy(object: &Object) -> Option<AllergyLine> {
    if in_error(object) {
        return None;
    }
    let bad = object.text("criticality").or_else(|| object.text("reaction.severity"));
    let severity = match bad {
        Some("high" | "severe") => Some(Words::new("May be severe", "Peut être grave")),
        Some("moderate") => Some(Words::new("Moderate", "Modérée")),
        Some("low" | "mild") => Some(Words::new("Mild", "Légère")),
        _ => None,
    };
    Some(AllergyLine {
        substance: named(object, "code")?,
        reactions: object
            .concepts("reaction.manifestation")
            .iter()
            .filter_map(|reaction| reaction.shown().map(str::to_owned))
            .collect(),
        severity,
        stands: stands(object),
        since: day(object, "onset[x]").or_else(|| day(object, "recordedDate")).unwrap_or_default(),
    })
}

/// What a resource says of one; `None` for what was entered in error or names nothing.
pub(crate) fn problem(object: &Object) -> Option<ProblemLine> {
    if in_error(object) {
        return None;
    }
    let verified = object.texts("verificationStatus.coding.code");
    Some(ProblemLine {
        name: named(object, "code")?,
        listed: object.texts("category.coding.code").contains(&"problem-list-item"),
        stands: stands(object),
        unsure: verified.iter().any(|code| matches!(*code, "unconfirmed" | "provisional" | "differential")),
        since: day(object, "onset[x]").or_else(|| day(object, "recordedDate")).unwrap_or_default(),
        note: object.texts("note.text").join(" "),
    })
}

/// What a resource says of one; `None` for what was entered in error or names nothing.
pub(crate) fn procedure(object: &Object) -> Option<ProcedureLine> {
    if in_error(object) {
        return None;
    }
    Some(ProcedureLine {
        name: named(object, "code")?,
        at: chart::moment_at(object, "performed[x]"),
        by: object.reference_names("performer.actor").join(", "),
    })
}

/// What a resource says of one; `None` for what was entered in error or names nothing.
pub(crate) fn vaccination(object: &Object) -> Option<VaccinationLine> {
    if in_error(object) {
        return None;
    }
    Some(VaccinationLine {
        name: named(object, "vaccineCode")?,
        on: day(object, "occurrence[x]").unwrap_or_default(),
        lot: object.text("lotNumber").unwrap_or_default().to_owned(),
        given: object.text("status") != Some("not-done"),
        because: named(object, "statusReason").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        match fhir::json::parse(json.as_bytes()) {
            Ok(fhir::Json::Object(object)) => object,
            _ => panic!("{json}"),
        }
    }

    #[test]
    fn what_is_over_or_refuted_does_not_stand_and_an_error_is_not_shown() {
        let of = |json: &str| allergy(&object(json)).map(|line| line.stands);
        assert_eq!(of(r#"{"code":{"text":"Latex"}}"#), Some(true));
        assert_eq!(
            of(r#"{"code":{"text":"Latex"},"clinicalStatus":{"coding":[{"code":"resolved"}]}}"#),
            Some(false)
        );
        assert_eq!(
            of(r#"{"code":{"text":"Latex"},"verificationStatus":{"coding":[{"code":"entered-in-error"}]}}"#),
            None
        );
        assert_eq!(of("{}"), None);
    }

    #[test]
    fn a_vaccination_that_was_not_given_says_so() {
        let line = vaccination(&object(
            r#"{"status":"not-done","vaccineCode":{"text":"MMRV"},"occurrenceDateTime":"2026-01-15","statusReason":{"text":"Parental decision"}}"#,
        ));
        let line = line.expect("a vaccination");
        assert!(!line.given);
        assert_eq!((line.on.as_str(), line.because.as_str()), ("2026-01-15", "Parental decision"));
    }
}
