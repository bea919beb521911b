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
const KINDS: [Kind; 4] = [Kind::Patient, Kind::Encounter, Kind::DiagnosticReport, Kind::DocumentReference];

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

/// What is new with somebody, before their head is read.
#[derive(Default)]
struct Fresh {
    /// They died then.
    died: Option<Instant>,
    /// The gravest of their visits.
    visit: Option<Event>,
    /// Results and reports.
    reports: u32,
    /// When the latest of these was.
    latest: Option<Instant>,
}

struct Event {
    rank: u8,
    at: Instant,
    what: Words,
    visit: Filed,
}

impl Fresh {
    fn at(&self) -> Option<Instant> {
        self.died.or(self.visit.as_ref().map(|event| event.at)).or(self.latest)
    }
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
        if let Some(at) = fresh.at() {
            lines.push(line(reading, member, fresh, at)?);
        }
    }
    lines.sort_by_key(|line| (line.rank, Reverse(line.at), line.banner.person));
    Ok(lines)
}

/// With how many of these people something is new, and when the newest of it was; 0 when nothing is.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn count(reading: &Reading<'_>, members: &[Member]) -> Result<(u64, Instant), Refusal> {
    let (mut count, mut newest) = (0, Instant(0));
    for member in members.iter().filter(|member| member.is_on(reading.context.now)) {
        if let Some(at) = fresh(reading, member)?.at() {
            count += 1;
            newest = newest.max(at);
        }
    }
    Ok((count, newest))
}

/// A message of today may tell what was long ago: of visits and deaths, the time of the event itself decides.
fn fresh(reading: &Reading<'_>, member: &Member) -> Result<Fresh, Refusal> {
    let now = reading.context.now;
    let since = now.plus_minutes(-NEW_MINUTES);
    // What is planned has not happened.
    let is_new = |at: Instant| since <= at && at <= now;
    let mut fresh = Fresh::default();
    for record in &member.records {
        for (key, at) in reading.view.latest_of(*record, &KINDS, since)? {
            if matches!(key.kind, Kind::DiagnosticReport | Kind::DocumentReference) {
                if is_new(at) {
                    fresh.reports = fresh.reports.saturating_add(1);
                    fresh.latest = fresh.latest.max(Some(at));
                }
                continue;
            }
            let Some(stored) = reading.view.current(key)? else { continue };
            let filed = filed(stored)?;
            if key.kind == Kind::Patient {
                fresh.died = fresh.died.max(died(reading, &filed)?.filter(|at| is_new(*at)));
                continue;
            }
            if !encounters::is_visit(&filed.object) {
                continue;
            }
            let Some((rank, what)) = happened(&filed.object) else { continue };
            let at = when(&filed.object).unwrap_or(at);
            let is_graver = |known: &Event| (rank, Reverse(at)) < (known.rank, Reverse(known.at));
            if is_new(at) && fresh.visit.as_ref().is_none_or(is_graver) {
                fresh.visit = Some(Event { rank, at, what, visit: filed });
            }
        }
    }
    Ok(fresh)
}

/// When a visit ended, if it has, else when it began; `None` when its source does not say.
fn when(visit: &Object) -> Option<Instant> {
    let path = if visit.text("status") == Some("finished") { "period.end" } else { "period.start" };
    chart::moment_at(visit, path)
}

/// When somebody died; where the source says only that they did, when it first said so.
fn died(reading: &Reading<'_>, patient: &Filed) -> Result<Option<Instant>, Refusal> {
    if let Some(at) = chart::moment_at(&patient.object, "deceasedDateTime") {
        return Ok(Some(at));
    }
    let says = |object: &Object| fhir::read::patient::read(object).deceased.is_some();
    if !says(&patient.object) {
        return Ok(None);
    }
    for version in reading.view.versions(patient.key())? {
        let version = filed(version)?;
        if says(&version.object) {
            return Ok(Some(version.stored.as_of));
        }
    }
    Ok(None)
}

fn line(reading: &Reading<'_>, member: &Member, fresh: Fresh, at: Instant) -> Result<NewsLine, Refusal> {
    let chart = chart::gather(reading, member.person)?;
    let banner = chart.head(reading)?;
    let alone = match fresh.reports {
        1 => Words::new("1 result or report", "1 résultat ou rapport"),
        n => Words::new(format!("{n} results and reports"), format!("{n} résultats et rapports")),
    };
    let place = fresh.visit.as_ref().map(|event| encounters::place(&event.visit.object)).unwrap_or_default();
    let summary = match &fresh.visit {
        Some(event) if event.rank == 1 => Some(summary(reading, &chart, &event.visit)?),
        _ => None,
    };
    let (rank, what) = match fresh.visit {
        _ if fresh.died.is_some() => (0, Words::new("Died", "Décès")),
        Some(event) => (event.rank, event.what),
        None => (4, alone),
    };
    Ok(NewsLine { banner, what, rank, at, place, reports: fresh.reports, summary })
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

    #[test]
    fn news_are_of_when_it_happened_and_not_of_when_it_was_told() {
        use crate::chart::tests::{MAREN, World, maren};
        use crate::panel::{Load, Panel};
        use clinical::access::Role;

        let stay = |bed: &str, from: &str, to: &str| {
            let (before, between) = ("|".repeat(16), "|".repeat(25));
            format!("PV1|1|I|{bed}^12^A^HRH{before}V200^^^HRH^VN{between}{from}|{to}")
        };
        let pid = |died: &str| format!("{MAREN}{}{died}|Y", "|".repeat(18));
        let told = |name: &str, messages: &[(&str, Vec<String>)]| {
            let mut world = World::new(name);
            for (event, segments) in messages {
                let kind = format!("ADT^{event}^ADT_A01");
                let evn = format!("EVN|{event}|20261122100000");
                let all: Vec<&str> =
                    std::iter::once(evn.as_str()).chain(segments.iter().map(String::as_str)).collect();
                world.send(&kind, "HRH", &all);
            }
            let doctor = world.context(Role::FamilyDoctor);
            let text = "hcn,family,given,birth_date\n0144679875,Drumlin,Maren,1961-03-09\n";
            world.record.act(&doctor, Load { text: text.into(), whole: false, sure: false }).expect("loaded");
            let panel = world.record.look(&doctor, Panel::default()).expect("a panel");
            assert_eq!(panel.lines[0].banner.person, maren());
            assert_eq!(panel.news, usize::from(panel.lines[0].news.is_some()));
            panel.lines.into_iter().next().and_then(|line| line.news).map(|news| (news.what.en, news.at))
        };
        let at = |text: &str| chart::moment(text).expect("a time");
        let long_ago = stay("6N", "20260801080000", "20260809100000");
        assert_eq!(told("news-august", &[("A03", vec![MAREN.into(), long_ago.clone()])]), None);
        assert_eq!(told("news-correction", &[("A08", vec![MAREN.into(), long_ago.clone()])]), None);
        let now = stay("6N", "20261115080000", "20261121100000");
        assert_eq!(
            told("news-home", &[("A03", vec![MAREN.into(), now])]),
            Some(("Discharged".into(), at("2026-11-21T10:00:00-04:00")))
        );
        // A death told without a visit shows; one of long ago does not, whatever comes today.
        let visitless = "PV1|1|N".to_owned();
        assert_eq!(
            told("news-death", &[("A08", vec![pid("20261121233000"), visitless.clone()])]),
            Some(("Died".into(), at("2026-11-21T23:30:00-04:00")))
        );
        assert_eq!(told("news-long-dead", &[("A08", vec![pid("20210304"), visitless])]), None);
    }
}
