//! A person's summary to carry away: as an IPS document and as pages. What the reader may not see is not in it, and the
//! summary says that something is missing.

use crate::chart::{self, Chart, Contents, Filed};
use crate::medications::{self, MedicineState};
use crate::patients::{Age, Banner};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::results::{self, Flag};
use crate::{plans, problems};
use clinical::access::reach;
use clinical::access::{DataClass, Permission};
use clinical::codes::Conversion;
use clinical::rendering::{self, Language};
use clinical::staff_names::{self, Audience, Staff};
use clinical::summaries::{self, Cell, Content, Entry, Kept, Part, SECTIONS, Subject, Summary};
use clinical::words::Words;
use fhir::{Instant, Kind, Object, PersonId, ResourceKey};

/// Tests of which the latest value is told; how many more there are is said, and the chart has them.
const MOST_RESULTS: usize = 60;
/// Of a Patient, what tells nothing outside this record.
const OWN_LINKS: [&str; 2] = ["link", "photo"];

/// Look: the summary as an IPS document Bundle, for a clinician.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// Whose.
    pub person: PersonId,
    /// In French instead of English.
    pub french: bool,
}

/// Look: the same by the number of a source record, for programs (`Patient/{id}/$summary`).
#[derive(Debug, Clone, Copy)]
pub struct OfRecord {
    /// The Patient that was asked for; the summary is of the person it belongs to.
    pub patient: ResourceKey,
}

/// Look: the summary as printed pages (PDF).
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Whose.
    pub person: PersonId,
    /// In French instead of English.
    pub french: bool,
    /// A copy that the patient takes along: staff are named as patients see them (GUARANTEES S-112).
    pub for_patient: bool,
}

const fn language(french: bool) -> Language {
    if french { Language::French } else { Language::English }
}

impl Sealed for Document {}
impl Look for Document {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::ReadChart;
    fn object(&self) -> String {
        format!("person/{}/summary", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let (person, summary) = gather(reading, self.person, Audience::Staff)?;
        Ok(Seen::of(person, summaries::document(&summary, language(self.french))))
    }
}

impl Sealed for OfRecord {}
impl Look for OfRecord {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::ReadFhir;
    fn object(&self) -> String {
        format!("{}/$summary", self.patient)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let row = reading.view.record(self.patient.record)?.ok_or_else(Refusal::not_found)?;
        let (person, summary) = gather(reading, row.person, Audience::Staff)?;
        Ok(Seen::of(person, summaries::document(&summary, Language::English)))
    }
}

impl Sealed for Pages {}
impl Look for Pages {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::ReadChart;
    fn object(&self) -> String {
        format!("person/{}/summary/pages", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let audience = if self.for_patient { Audience::Patient } else { Audience::Staff };
        let (person, summary) = gather(reading, self.person, audience)?;
        Ok(Seen::of(person, summaries::pages(&summary, language(self.french)).bytes))
    }
}

fn gather(
    reading: &Reading<'_>,
    person: PersonId,
    audience: Audience,
) -> Result<(PersonId, Summary), Refusal> {
    let chart = chart::open(reading, person)?;
    let contents = chart.contents(reading)?;
    let banner = chart.banner(reading)?;
    let mut parts = Vec::with_capacity(SECTIONS.len());
    for section in &SECTIONS {
        let mut more = 0;
        let (class, (lines, entries)) = match section.part {
            Part::Allergies => (DataClass::Allergies, allergies(reading, &chart)?),
            Part::Medications => (DataClass::Medications, medicines(reading, &chart)?),
            Part::Problems => (DataClass::Problems, standing(reading, &chart, audience)?),
            Part::Results => {
                let (told, left) = latest(&contents, &crate::dialects::conversions(reading.view)?);
                more = left;
                (DataClass::Laboratory, told)
            }
            Part::Immunizations => (DataClass::Immunizations, vaccinations(reading, &chart)?),
            Part::Procedures => (DataClass::Problems, procedures(reading, &chart, audience)?),
            Part::Plan => (DataClass::Encounters, coming(reading, &chart, &contents, audience)?),
        };
        parts.push(Content { part: section.part, lines, entries, more, kept: kept(reading, &banner, class) });
    }
    let summary = Summary {
        subject: subject(reading, &chart, &banner)?,
        contents: parts,
        made: reading.context.now,
        made_by: made_by(reading, audience),
        under_glass: banner.withheld.opened,
    };
    Ok((chart.person, summary))
}

/// Lines of a section with the resources behind them.
type Told = (Vec<Vec<Cell>>, Vec<Entry>);

fn kept(reading: &Reading<'_>, banner: &Banner, class: DataClass) -> Kept {
    let context = reading.context;
    let reaches = reach::of(context.actor.role, context.purpose).is_some_and(|r| r.classes.contains(&class));
    if !reaches {
        Kept::OutOfReach
    } else if banner.withheld.classes.contains(&class) && !banner.withheld.opened {
        Kept::Withheld
    } else {
        Kept::Nothing
    }
}

fn made_by(reading: &Reading<'_>, audience: Audience) -> Words {
    let actor = &reading.context.actor;
    let shown = staff_names::shown_with_role(
        &actor.role.words(),
        &Staff { id: &actor.id, name: &actor.name },
        audience,
    );
    Words::new(format!("made for {}", shown.en), format!("fait pour {}", shown.fr))
}

fn subject(reading: &Reading<'_>, chart: &Chart, banner: &Banner) -> Result<Subject, Refusal> {
    let mut patient: Option<Object> = None;
    for record in chart.record_ids() {
        let Some(stored) = reading.view.current(ResourceKey::patient(record))? else { continue };
        let found = chart::filed(stored)?.object;
        match &mut patient {
            // Who it is comes from the record spoken of last; every number that leads here comes along.
            Some(whole) => {
                let known = whole.get("identifier").cloned().unwrap_or_default();
                let more = found.get("identifier").cloned().unwrap_or_default();
                for identifier in more.items().iter().filter(|one| !known.items().contains(one)) {
                    whole.add("identifier", identifier.clone());
                }
            }
            None => patient = Some(found),
        }
    }
    let mut patient = patient.ok_or_else(Refusal::not_found)?;
    for key in OWN_LINKS {
        patient.remove(key);
    }
    let numbers = banner.health_cards.iter().chain(&banner.record_numbers);
    Ok(Subject {
        records: chart.record_ids(),
        patient,
        name: [banner.family.as_str(), &banner.given]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        who: who(banner),
        numbers: numbers.map(|(place, number)| format!("{number} ({place})")).collect(),
    })
}

/// Birth date, age, sex, death, one line.
fn who(banner: &Banner) -> Words {
    let (age_en, age_fr) = match banner.age {
        Age::Years(n) => (format!("{n} years"), format!("{n} ans")),
        Age::Months(n) => (format!("{n} months"), format!("{n} mois")),
        Age::Days(n) => (format!("{n} days"), format!("{n} jours")),
        Age::NotKnown => ("age not known".to_owned(), "âge inconnu".to_owned()),
    };
    let (sex_en, sex_fr) = match banner.sex.as_str() {
        "female" => ("female", "femme"),
        "male" => ("male", "homme"),
        "other" => ("other sex", "autre sexe"),
        _ => ("sex not stated", "sexe non précisé"),
    };
    let born = if banner.birth_date.is_empty() { "?" } else { &banner.birth_date };
    let (mut en, mut fr) =
        (format!("born {born}    {age_en}    {sex_en}"), format!("naissance {born}    {age_fr}    {sex_fr}"));
    if let Some(died) = &banner.died {
        en.push_str(&format!("    died {died}"));
        fr.push_str(&format!("    décès {died}"));
    }
    Words::new(en.trim_end(), fr.trim_end())
}

fn entry(filed: &Filed) -> Entry {
    Entry { key: filed.key(), object: filed.object.clone() }
}

fn said(en: &str, fr: &str) -> Cell {
    Cell::said(Words::new(en, fr))
}

fn day(at: Option<Instant>) -> Cell {
    Cell::text(&at.map(clinical::cover::day).unwrap_or_default())
}

/// Resources of a kind that say something, each thing once, with its line; the filter says what belongs here.
fn each<L: PartialEq>(
    reading: &Reading<'_>,
    chart: &Chart,
    kind: Kind,
    read: fn(&Object) -> Option<L>,
    belongs: fn(&L) -> bool,
) -> Result<Vec<(L, Entry)>, Refusal> {
    let mut found: Vec<(L, Entry)> = Vec::new();
    for filed in chart.resources(reading, kind)? {
        if let Some(line) = read(&filed.object).filter(belongs)
            && !found.iter().any(|(known, _)| *known == line)
        {
            found.push((line, entry(&filed)));
        }
    }
    Ok(found)
}

fn allergies(reading: &Reading<'_>, chart: &Chart) -> Result<Told, Refusal> {
    let found = each(reading, chart, Kind::AllergyIntolerance, problems::allergy, |line| line.stands)?;
    Ok(found
        .into_iter()
        .map(|(line, entry)| {
            let cells = vec![
                Cell::strong(&line.substance),
                Cell::text(&line.reactions.join(", ")),
                Cell::said(line.severity.unwrap_or_default()),
                Cell::text(&line.since),
            ];
            (cells, entry)
        })
        .unzip())
}

fn medicines(reading: &Reading<'_>, chart: &Chart) -> Result<Told, Refusal> {
    let told = medications::told(reading, chart)?;
    let mut lines = medications::lines(&told, reading.context.now);
    lines.retain(|line| line.state < MedicineState::Stopped || line.news);
    let entries = lines
        .iter()
        .filter(|line| line.state < MedicineState::Stopped)
        .filter_map(|line| {
            let names = |filed: &&Filed| {
                medications::medicine(&filed.object).is_some_and(|(_, name)| name == line.name)
            };
            let standing = |filed: &&Filed| {
                matches!(filed.object.text("status"), Some("active" | "on-hold"))
                    && filed.key().kind == Kind::MedicationRequest
            };
            let named: Vec<&Filed> = told.iter().filter(names).collect();
            named.iter().copied().find(standing).or(named.first().copied()).map(entry)
        })
        .collect();
    let lines = lines
        .into_iter()
        .map(|line| {
            let state = match line.state {
                MedicineState::Current => said("In use", "En cours"),
                MedicineState::OnHold => said("On hold", "En pause"),
                MedicineState::NoOrder => said("Given, no order here", "Donné, sans ordonnance ici"),
                MedicineState::Stopped => Cell { strong: true, ..said("Stopped", "Cessé") },
                MedicineState::Ended => said("Ended", "Terminé"),
            };
            vec![Cell::strong(&line.name), Cell::said(line.how), state, day(line.since)]
        })
        .collect();
    Ok((lines, entries))
}

fn standing(reading: &Reading<'_>, chart: &Chart, audience: Audience) -> Result<Told, Refusal> {
    let mut found = each(reading, chart, Kind::Condition, problems::problem, |line| line.stands)?;
    found.sort_by_key(|(line, _)| !line.listed);
    let mut lines: Vec<Vec<Cell>> = Vec::new();
    let mut entries = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (line, entry) in found {
        // A diagnosis that every visit repeats is one line.
        let name = line.name.to_lowercase();
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        // What a source wrote freely may name anybody: it is for colleagues.
        let text = if audience == Audience::Staff && !line.note.is_empty() {
            format!("{}. {}", line.name, line.note)
        } else {
            line.name
        };
        let from = if line.listed {
            said("Problem list", "Liste de problèmes")
        } else {
            said("A visit", "Une visite")
        };
        let sure = if line.unsure { said("Not sure", "Incertain") } else { Cell::default() };
        lines.push(vec![Cell::strong(&text), from, sure, Cell::text(&line.since)]);
        entries.push(entry);
    }
    Ok((lines, entries))
}

/// The latest of each test, and of how many tests more there is one.
fn latest(contents: &Contents, conversions: &[Conversion]) -> (Told, usize) {
    let mut series: Vec<results::Series> = results::series::collect(contents, conversions)
        .series
        .into_iter()
        .map(|placed| placed.series)
        .collect();
    series.sort_by_key(|one| std::cmp::Reverse(one.points.first().map(|point| point.at)));
    let more = series.len().saturating_sub(MOST_RESULTS);
    series.truncate(MOST_RESULTS);
    let (mut lines, mut entries) = (Vec::new(), Vec::new());
    for one in series {
        let Some(point) = one.points.first() else { continue };
        let unit = point.other_unit.as_deref().unwrap_or(&one.unit);
        let value = format!("{}\u{a0}{unit}", point.value);
        // That a value lies outside its range is not the laboratory's word (HAZARDS H25).
        let own = |code, en, fr| rendering::flag_words(code).map(|(_, mark)| (Words::new(en, fr), mark));
        let flag = match point.flag {
            Flag::Above => own("H", "above range", "au-dessus de l'intervalle"),
            Flag::Below => own("L", "below range", "au-dessous de l'intervalle"),
            other => flag(other).and_then(rendering::flag_words),
        };
        let flag = flag.map_or_else(Cell::default, |(text, mark)| Cell { text, mark, strong: true });
        let strong = point.flag.is_flagged();
        lines.push(vec![
            Cell::text(&one.name),
            Cell { strong, ..Cell::text(value.trim_end()) },
            flag,
            Cell::text(&point.expected),
            day(Some(point.at)),
        ]);
        entries.extend(contents.observation(point.observation).map(entry));
    }
    ((lines, entries), more)
}

/// The code of HL7 table 0078.
const fn flag(flag: Flag) -> Option<&'static str> {
    match flag {
        Flag::None | Flag::Normal | Flag::Above | Flag::Below => None,
        Flag::High => Some("H"),
        Flag::CriticalHigh => Some("HH"),
        Flag::Low => Some("L"),
        Flag::CriticalLow => Some("LL"),
        Flag::Abnormal => Some("A"),
        Flag::CriticalAbnormal => Some("AA"),
    }
}

fn vaccinations(reading: &Reading<'_>, chart: &Chart) -> Result<Told, Refusal> {
    let mut found = each(reading, chart, Kind::Immunization, problems::vaccination, |_| true)?;
    found.sort_by(|(a, _), (b, _)| b.on.cmp(&a.on));
    Ok(found
        .into_iter()
        .map(|(line, entry)| {
            let state = if line.given { said("Given", "Donné") } else { said("Not given", "Non donné") };
            (vec![Cell::text(&line.name), Cell::text(&line.lot), state, Cell::text(&line.on)], entry)
        })
        .unzip())
}

fn procedures(reading: &Reading<'_>, chart: &Chart, audience: Audience) -> Result<Told, Refusal> {
    let mut found = each(reading, chart, Kind::Procedure, problems::procedure, |_| true)?;
    found.sort_by_key(|(line, _)| std::cmp::Reverse(line.at));
    Ok(found
        .into_iter()
        .map(|(line, entry)| (vec![Cell::text(&line.name), named(&line.by, audience), day(line.at)], entry))
        .unzip())
}

/// Names of staff as a source wrote them. A patient's copy has none: what is not known to be in a certain order cannot be
/// shortened safely, and no code would help them.
fn named(names: &str, audience: Audience) -> Cell {
    if audience == Audience::Staff { Cell::text(names) } else { Cell::default() }
}

fn coming(
    reading: &Reading<'_>,
    chart: &Chart,
    contents: &Contents,
    audience: Audience,
) -> Result<Told, Refusal> {
    let now = reading.context.now;
    let (mut lines, mut entries) = (Vec::new(), Vec::new());
    let mut ahead: Vec<(plans::AppointmentLine, Entry)> = Vec::new();
    for filed in chart.resources(reading, Kind::Appointment)? {
        ahead.extend(
            plans::appointment(&filed.object, now).filter(|line| line.ahead).map(|l| (l, entry(&filed))),
        );
    }
    ahead.sort_by_key(|(line, _)| line.at.map_or(i64::MAX, |at| at.0));
    for (line, entry) in ahead {
        let what =
            if line.what.is_empty() { said("Appointment", "Rendez-vous") } else { Cell::text(&line.what) };
        lines.push(vec![what, named(&line.with, audience), said("Booked", "Réservé"), day(line.at)]);
        entries.push(entry);
    }
    let coming = plans::coming(reading, chart, contents)?;
    for line in coming.referrals.into_iter().filter(|line| !line.ended).chain(coming.waiting) {
        let what = match &line.urgency {
            Some(urgency) => Cell::said(Words::new(
                format!("{} ({})", line.what, urgency.en.to_lowercase()),
                format!("{} ({})", line.what, urgency.fr.to_lowercase()),
            )),
            None => Cell::text(&line.what),
        };
        lines.push(vec![what, named(&line.to, audience), Cell::said(line.state), day(line.at)]);
    }
    let open = |filed: &&Filed| matches!(filed.object.text("status"), Some("active" | "on-hold" | "draft"));
    let requests = chart.resources(reading, Kind::ServiceRequest)?;
    entries.extend(requests.iter().filter(open).map(entry));
    Ok((lines, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::{filled, maren};
    use clinical::access::Role;
    use clinical::summaries::minimum;
    use fhir::{Json, RecordId};

    fn bundle(bytes: &[u8]) -> Object {
        match fhir::json::parse(bytes) {
            Ok(Json::Object(object)) => object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pp10_a_chart_of_two_hospitals_is_one_document_with_the_minimum() {
        let world = filled("ips");
        world.treats(maren());
        let context = world.context(Role::FamilyDoctor);
        for french in [false, true] {
            let bytes =
                world.record.look(&context, Document { person: maren(), french }).expect("a document");
            let document = bundle(&bytes);
            assert_eq!(minimum::lacks(&document), Vec::<String>::new());
            assert_eq!(
                document.texts("entry.resource.resourceType").iter().filter(|k| **k == "Patient").count(),
                1
            );
            let text = String::from_utf8(bytes).expect("text");
            for there in ["0144679875", "00718264", "8812", "Latex", "no-medication-info", "6.1"] {
                assert!(text.contains(there), "{there}");
            }
        }
        let script = world.context(Role::Script);
        let patient = ResourceKey::patient(RecordId::of("VGH", "8812"));
        let bytes = world.record.look(&script, OfRecord { patient }).expect("the same person");
        assert_eq!(minimum::lacks(&bundle(&bytes)), Vec::<String>::new());
        let rows = world.record.store().view().expect("a view").audit_of_person(maren(), 50).expect("rows");
        assert!(rows.iter().any(|(_, row)| row.object.ends_with("/$summary")));
    }

    #[test]
    fn s112_a_patients_copy_names_staff_as_patients_see_them() {
        let world = filled("ips-copy");
        world.treats(maren());
        let context = world.context(Role::FamilyDoctor);
        let text = |for_patient| {
            let pages = Pages { person: maren(), french: false, for_patient };
            paper::read::texts(&world.record.look(&context, pages).expect("pages")).concat()
        };
        let (own, theirs) = (text(false), text(true));
        let surname = context.actor.name.split(',').next().unwrap_or_default().to_owned();
        assert!(own.contains(&surname), "{own}");
        assert!(!theirs.contains(&surname) && theirs.contains("Potassium"), "{theirs}");
    }

    #[test]
    fn h89_whoever_may_not_see_the_chart_gets_no_summary() {
        let world = filled("ips-refused");
        for role in [Role::Registrar, Role::PrivacyOfficer, Role::LaboratoryDesk] {
            let asked = Document { person: maren(), french: false };
            world.record.look(&world.context(role), asked).expect_err("not for this role");
        }
    }

    #[test]
    fn h87_results_beyond_the_most_are_counted() {
        let mut world = filled("ips-many");
        let beyond = 5;
        let results: Vec<String> = (0..MOST_RESULTS + beyond)
            .map(|n| format!("OBX|{}|NM|T{n}^Test number {n}^L||{n}|mmol/L|||||F", n + 1))
            .collect();
        let mut segments = vec![
            crate::chart::tests::MAREN,
            "OBR|1|P9^HRH|A99^HRH|PANEL^Many tests^L|||20261122110000||||||||||||||||20261122113000||CH|F",
        ];
        segments.extend(results.iter().map(String::as_str));
        world.send("ORU^R01^ORU_R01", "HRH", &segments);
        world.treats(maren());
        let context = world.context(Role::FamilyDoctor);
        let pages = Pages { person: maren(), french: false, for_patient: false };
        let text = paper::read::texts(&world.record.look(&context, pages).expect("pages")).concat();
        // Potassium and creatinine are tests of hers too.
        let all = MOST_RESULTS + beyond + 2;
        assert!(text.contains(&format!("/ {all})")), "{text}");
        let asked = Document { person: maren(), french: false };
        let document =
            String::from_utf8(world.record.look(&context, asked).expect("a document")).expect("text");
        assert!(document.contains(&format!("{} more are in the record.", beyond + 2)));
    }
}
