//! What is new with the people on a panel: one line for each, by the gravest thing that happened.

use super::Member;
use crate::chart::{self, Filed, filed};
use crate::encounters;
use crate::patients::Banner;
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::{Instant, Kind, Object, ResourceKey};
use std::cmp::Reverse;
use store::{ObligationFilter, ObligationState};

/// How long something is new, in minutes: three days, so that a Monday shows the weekend.
pub(crate) const NEW_MINUTES: i64 = 3 * 24 * 60;
/// LOINC: discharge summary.
const DISCHARGE_SUMMARY: &str = "18842-5";
/// Obligations of one summary that are looked through.
const OBLIGATIONS_LIMIT: usize = 200;
/// Outcomes by which somebody has seen it ([`clinical::obligations::Outcome::code`]).
const READ: [&str; 2] = ["opened", "read-back"];
/// What tells that something happened.
const KINDS: [Kind; 3] = [Kind::Encounter, Kind::DiagnosticReport, Kind::DocumentReference];

/// What is new with one person.
#[derive(Debug, Clone)]
pub struct NewsLine {
    /// Who.
    pub banner: Banner,
    /// What happened: died, went home, came in, results; the gravest.
    pub what: Words,
    /// How grave, the gravest first: 0 died, 1 went home, 2 came in, 3 a visit, 4 results and reports alone.
    pub rank: u8,
    /// When.
    pub at: Instant,
    /// Where, in the source's words; may be empty.
    pub place: String,
    /// Results and reports among it.
    pub reports: u32,
    /// After a discharge: what became of the summary.
    pub summary: Option<Summary>,
}

/// The discharge summary of a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// None has come.
    Missing,
    /// Which report it is, when it was filed, and how many people have opened it or taken note of it.
    Here {
        /// To open it.
        key: ResourceKey,
        /// Filed.
        at: Instant,
        /// Known readers.
        readers: u32,
    },
}

/// What is new with these people, the gravest first, then the latest.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of(reading: &Reading<'_>, members: &[Member]) -> Result<Vec<NewsLine>, Refusal> {
    let now = reading.context.now;
    let mut lines = Vec::new();
    for member in members.iter().filter(|member| member.is_on(now)) {
        let fresh = fresh(reading, member)?;
        if !fresh.is_empty() {
            lines.push(line(reading, member, &fresh)?);
        }
    }
    lines.sort_by_key(|line| (line.rank, Reverse(line.at), line.banner.person));
    Ok(lines)
}

/// With how many of these people something is new.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn count(reading: &Reading<'_>, members: &[Member]) -> Result<usize, Refusal> {
    let mut count = 0;
    for member in members.iter().filter(|member| member.is_on(reading.context.now)) {
        count += usize::from(!fresh(reading, member)?.is_empty());
    }
    Ok(count)
}

fn fresh(reading: &Reading<'_>, member: &Member) -> Result<Vec<(ResourceKey, Instant)>, Refusal> {
    let now = reading.context.now;
    let mut fresh = Vec::new();
    for record in &member.records {
        let found = reading.view.latest_of(*record, &KINDS, now.plus_minutes(-NEW_MINUTES))?;
        fresh.extend(found);
    }
    // What is planned has not happened.
    fresh.retain(|(_, at)| *at <= now);
    Ok(fresh)
}

fn line(
    reading: &Reading<'_>,
    member: &Member,
    fresh: &[(ResourceKey, Instant)],
) -> Result<NewsLine, Refusal> {
    let chart = chart::gather(reading, member.person)?;
    let banner = chart.head(reading)?;
    let mut best: Option<(u8, Instant, Words, String, Filed)> = None;
    let (mut reports, mut latest) = (0_u32, Instant(i64::MIN));
    for (key, at) in fresh {
        latest = latest.max(*at);
        if key.kind != Kind::Encounter {
            reports = reports.saturating_add(1);
            continue;
        }
        let Some(stored) = reading.view.current(*key)? else { continue };
        let visit = filed(stored)?;
        if !encounters::is_visit(&visit.object) {
            continue;
        }
        let Some((rank, what)) = happened(&visit.object) else { continue };
        if best.as_ref().is_none_or(|(known, since, ..)| (rank, Reverse(*at)) < (*known, Reverse(*since))) {
            best = Some((rank, *at, what, encounters::place(&visit.object), visit));
        }
    }
    let alone = |reports: u32| match reports {
        1 => Words::new("1 result or report", "1 résultat ou rapport"),
        n => Words::new(format!("{n} results and reports"), format!("{n} résultats et rapports")),
    };
    let died = banner.died.is_some();
    let (rank, at, what, place, summary) = match best {
        Some((rank, at, what, place, visit)) => {
            let went_home = rank == 1;
            let summary = if went_home { Some(summary(reading, &chart, &visit)?) } else { None };
            (rank, at, what, place, summary)
        }
        None => (4, latest, alone(reports), String::new(), None),
    };
    let (rank, what) = if died { (0, Words::new("Died", "Décès")) } else { (rank, what) };
    Ok(NewsLine { banner, what, rank, at, place, reports, summary })
}

/// What a visit says that happened; `None` when it was called off or has not begun.
fn happened(visit: &Object) -> Option<(u8, Words)> {
    let class = visit.text("class.code").unwrap_or_default();
    let stay = matches!(class, "IMP" | "ACUTE" | "NONAC" | "SS" | "OBSENC");
    let over = visit.text("status") == Some("finished");
    Some(match (visit.text("status")?, class) {
        ("cancelled" | "planned" | "entered-in-error", _) => return None,
        _ if stay && over => (1, Words::new("Discharged", "Congé")),
        (_, "EMER") if over => (2, Words::new("Left the emergency department", "A quitté l'urgence")),
        (_, "EMER") => (2, Words::new("In the emergency department", "À l'urgence")),
        _ if stay => (2, Words::new("Admitted", "Hospitalisation")),
        _ => (3, Words::new("Visit", "Visite")),
    })
}

/// The summary that came with or after a stay, and who has it.
fn summary(reading: &Reading<'_>, chart: &chart::Chart, visit: &Filed) -> Result<Summary, Refusal> {
    let began = chart::moment_at(&visit.object, "period").unwrap_or(visit.stored.as_of);
    let contents = chart.contents(reading)?;
    let is_summary = |filed: &&Filed| {
        let coded = ["code.coding.code", "type.coding.code"]
            .iter()
            .any(|path| filed.object.texts(path).contains(&DISCHARGE_SUMMARY));
        coded && filed.stored.as_of >= began
    };
    let Some(found) = contents.reports.iter().chain(&contents.documents).find(is_summary) else {
        return Ok(Summary::Missing);
    };
    let filter = ObligationFilter {
        resource: Some(found.key()),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        ..ObligationFilter::default()
    };
    let rows = reading.view.obligations(&filter, OBLIGATIONS_LIMIT, 0)?;
    let is_read = |state: &ObligationState| matches!(state, ObligationState::Ended { outcome, .. } if READ.contains(&outcome.as_str()));
    let readers = rows.iter().filter(|row| is_read(&row.state)).count();
    Ok(Summary::Here {
        key: found.key(),
        at: found.stored.at,
        readers: u32::try_from(readers).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_read_from_class_and_status() {
        let said = |json: &str| {
            let Ok(fhir::Json::Object(object)) = fhir::json::parse(json.as_bytes()) else { panic!("{json}") };
            happened(&object).map(|(rank, words)| (rank, words.en))
        };
        let told = |class: &str, status: &str| {
            said(&format!(r#"{{"status":"{status}","class":{{"code":"{class}"}}}}"#))
        };
        assert_eq!(told("IMP", "finished"), Some((1, "Discharged".into())));
        assert_eq!(told("IMP", "in-progress"), Some((2, "Admitted".into())));
        assert_eq!(told("EMER", "in-progress"), Some((2, "In the emergency department".into())));
        assert_eq!(told("AMB", "finished"), Some((3, "Visit".into())));
        assert_eq!(told("IMP", "cancelled"), None);
        assert_eq!(told("PRENC", "planned"), None);
    }
}
