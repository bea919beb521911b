//! Messages in, chart out: every look of a chart over a record that was filed from messages.

use crate::context::{Actor, Context};
use crate::home::Home;
use crate::patients::{Find, Summary, Understood};
use crate::record::{Look, Reading, Record};
use crate::refusal::RefusalKind;
use crate::reports::{Change, List, Open, Read};
use crate::results::{All, Flag};
use crate::{encounters, intake};
use clinical::access::Role;
use clinical::directory::Directory;
use clinical::identity::{Feature, Outcome};
use clinical::intake::ReportClass;
use clinical::results::Finality;
use fhir::{Instant, Kind, PersonId, RecordId};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use store::{Settings, Settled, Store};

const DIRECTORY: &str = r#"
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"

[[endpoint]]
id = "harbourview-emr"
reports_opening = true
place = "harbourview"
kind = "mllp"
address = "127.0.0.1:1"

[[practitioner]]
id = "p-cairnwood"
family = "Cairnwood"
given = "Aoife"
numbers = [ { authority = "NSHBILL", value = "4471" } ]

[[role]]
practitioner = "p-cairnwood"
place = "harbourview"
role = "nurse-practitioner"
endpoint = "harbourview-emr"
primary = true
from = "2020-01-01"
"#;

pub(crate) const MAREN: &str = "PID|1||00718264^^^HRH^MR~0144679875^^^CANNS^JHN||Drumlin^Maren^Isolde^^^^L~Drumlin^May^^^^^N||19610309|F|||1 Shore Rd^^Halifax^NS^B3H1A1";
const MAREN_ELSEWHERE: &str = "PID|1||8812^^^VGH^MR~0144679875^^^CANNS^JHN||DRUMLIN^MAREN^^^^^L||19610309|F";
const TWIN: &str = "PID|1||00718299^^^HRH^MR||Drumlin^Marin^^^^^L||19610903|F";
const VISIT: &str = "PV1|1|I|6N^12^A^HRH||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||||||||V100^^^HRH^VN|||||||||||||||||||||||||20261120080000";

/// Longest file of the shared sets that is read here (bytes).
const LONGEST_FILE: u64 = 100_000;
/// One in so many of their files is.
const EVERY: usize = 2;

/// A record in a folder of its own, filled through the doors.
pub(crate) struct World {
    pub(crate) record: Record,
    folder: PathBuf,
    pub(crate) clock: Instant,
    sent: u32,
}

impl Drop for World {
    fn drop(&mut self) {
        self.record.store().stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    pub(crate) fn new(name: &str) -> Self {
        Self::set(name, Settings::new(Arc::new(|| 0)))
    }

    /// With a store that fails as it is told.
    pub(crate) fn with_faults(name: &str, faults: Arc<dyn store::Faults>) -> Self {
        Self::set(name, Settings { faults: Some(faults), ..Settings::new(Arc::new(|| 0)) })
    }

    fn set(name: &str, settings: Settings) -> Self {
        let folder = std::env::temp_dir().join(format!("opor-chart-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = Store::open(&folder, settings).expect("a store");
        let directory = Directory::from_toml(DIRECTORY).expect("a directory");
        let clock = super::moment("2026-11-22T14:00:00Z").expect("a time");
        Self { record: Record::new(store, directory, Vec::new()), folder, clock, sent: 0 }
    }

    /// The same record after a stop in which a bit of the disk changed, wherever these bytes stand: a database keeps stale
    /// copies of rows beside those that count.
    pub(crate) fn damaged_at(mut self, bytes: &[u8]) -> Self {
        self.record.store().stop();
        let path = self.folder.join(store::DATABASE_FILE);
        let mut file = std::fs::read(&path).expect("the database");
        let found = file.windows(bytes.len()).enumerate().filter(|(_, found)| *found == bytes);
        let places: Vec<usize> = found.map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "such bytes");
        places.into_iter().for_each(|at| file[at] ^= 1);
        std::fs::write(&path, file).expect("written");
        let store = Store::open(&self.folder, Settings::new(Arc::new(|| 0))).expect("a store");
        let directory = Directory::from_toml(DIRECTORY).expect("a directory");
        self.record = Record::new(store, directory, Vec::new());
        self
    }

    /// Accepts a message and files it.
    pub(crate) fn send(&mut self, kind: &str, facility: &str, segments: &[&str]) {
        for row in self.offer(kind, facility, segments) {
            assert_eq!(row.state, store::MessageState::Filed, "{kind}: {}", row.note);
        }
    }

    /// Accepts a message and follows it to wherever it ends.
    pub(crate) fn offer(&mut self, kind: &str, facility: &str, segments: &[&str]) -> Vec<store::JournalRow> {
        self.sent += 1;
        self.clock = self.clock.plus_minutes(1);
        let time = crate::intake::hl7_time(self.clock);
        let header = format!("MSH|^~\\&|LAB|{facility}|OPOR|NS|{time}||{kind}|C{}|P|2.5.1", self.sent);
        let text =
            std::iter::once(header.as_str()).chain(segments.iter().copied()).collect::<Vec<_>>().join("\r");
        let (send, receive) = std::sync::mpsc::channel();
        self.record.accept(&intake::Door::BySender, text.into_bytes(), self.clock, move |_| {
            let _ = send.send(());
        });
        receive.recv().expect("an answer");
        let rows = self.file_all();
        // What stands open again because of it.
        while !self.file_all().is_empty() {}
        rows
    }

    /// Files what waits, and gives it back as it then stands.
    fn file_all(&self) -> Vec<store::JournalRow> {
        let mut rows = Vec::new();
        let store = self.record.store();
        for open in store.view().expect("a view").open_messages(0, 10).expect("open messages") {
            let id = open.id;
            let view = store.view().expect("a view");
            let row = view.message(id).expect("a row").expect("a message");
            let way = intake::Way { warm: Some(self.record.warm()), ..intake::Way::of(&row.raw) };
            let (directory, raw) = (self.record.directory(), row.raw.clone());
            let changes = intake::follow_bytes(&view, &directory, &row, None, raw, way, self.clock);
            let changes = changes.expect("changes");
            let settled = store.settle_blocking(changes);
            assert!(matches!(settled, Settled::Done), "{id}: {settled:?}");
            rows.extend(store.view().expect("a view").message(id).expect("a row"));
        }
        rows
    }

    pub(crate) fn context(&self, role: Role) -> Context {
        Context {
            actor: Actor {
                through: None,
                id: "cairnwood".into(),
                role,
                name: "Cairnwood, Aoife".into(),
                practitioner: Some("p-cairnwood".into()),
            },
            purpose: role.usual_purpose(),
            now: self.clock,
        }
    }

    /// From now on the doctor of this world may open a chart: they said why.
    pub(crate) fn treats(&self, person: PersonId) {
        let stated =
            crate::breakglass::StateReason { person, reason: "treating".into(), words: String::new() };
        self.record.act(&self.context(Role::FamilyDoctor), stated).expect("a reason");
    }

    fn look<L: Look>(&self, look: L) -> L::View {
        self.record.look(&self.context(Role::FamilyDoctor), look).expect("a view")
    }

    fn found(&self, text: &str) -> crate::patients::Found {
        self.look(Find { text: text.into() })
    }
}

pub(crate) fn twin() -> PersonId {
    PersonId::born_with(RecordId::of("HRH", "00718299"))
}

pub(crate) fn maren() -> PersonId {
    PersonId::born_with(RecordId::of("HRH", "00718264"))
}

/// Two hospitals, laboratory reports, an X-ray with the side corrected, a letter with a PDF.
pub(crate) fn filled(name: &str) -> World {
    let mut world = World::new(name);
    world.send(
        "ADT^A01^ADT_A01",
        "HRH",
        &["EVN|A01|20261120080000", MAREN, VISIT, "AL1|1||LTX^Latex^L||Rash"],
    );
    world.send("ADT^A04^ADT_A01", "HRH", &["EVN|A04|20261121080000", TWIN, "PV1|1|O|CLINIC^^^HRH"]);
    let order = "OBR|1|P1^HRH|A77^HRH|24362-6^Renal function panel^LN|||20261120090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261120100000||CH|F";
    world.send(
        "ORU^R01^ORU_R01",
        "HRH",
        &[
            MAREN,
            order,
            "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F",
            "OBX|2|NM|14682-9^Creatinine^LN||171|umol/L|50-95|H|||F",
        ],
    );
    world.send(
        "ORU^R01^ORU_R01",
        "VGH",
        &[
            MAREN_ELSEWHERE,
            "OBR|1|P2^VGH|B12^VGH|24362-6^Renal function panel^LN|||20261122094000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261122100000||CH|F",
            "OBX|1|NM|2823-3^Potassium^LN||6.1|mmol/L|3.5-5.1|HH|||F",
            "NTE|1||Called to the clinic",
        ],
    );
    let film = |status: &str, time: &str, side: &str| {
        (
            format!(
                "OBR|1|P3^HRH|X9^HRH|36643-5^Chest X-ray, 2 views^LN|||20261121190000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||{time}||RAD|{status}"
            ),
            format!(
                "OBX|2|TX|36643-5^Chest X-ray, 2 views^LN|2|Moderate {side} pleural effusion.||||||{status}"
            ),
        )
    };
    for (status, time, side) in [("F", "20261121200500", "right"), ("C", "20261122081400", "left")] {
        let (order, finding) = film(status, time, side);
        let heading = format!("OBX|1|TX|36643-5^Chest X-ray, 2 views^LN|1|Findings:||||||{status}");
        world.send("ORU^R01^ORU_R01", "HRH", &[MAREN, &order, &heading, &finding]);
    }
    world.send(
        "MDM^T02^MDM_T02",
        "HRH",
        &[
            "EVN|T02|20261122120000",
            MAREN,
            "PV1|1|I|6N^12^A^HRH||||||||||||||||V100^^^HRH^VN",
            "TXA|1|DS^Discharge summary^L|AP|20261122110000|||||9901^Fundy^Priya|||D55^HRH|||||AU||AV",
            "OBX|1|TX|DS^Discharge summary^L||Went home well.||||||F",
            "OBX|2|ED|DS^Discharge summary^L||^AP^PDF^Base64^JVBERi0xLjQ=||||||F",
        ],
    );
    world
}

#[test]
fn people_are_found_by_number_and_by_name_with_birth_date() {
    let world = filled("find");
    for text in
        ["0144 679 875 NS", "0144679875", "HRH 00718264", "00718264", "8812", "Drumlin, Maren 1961-03-09"]
    {
        let found = world.found(text);
        assert_eq!(found.hits.first().map(|hit| hit.banner.person), Some(maren()), "{text}");
    }
    let both = world.found("1961-03-09 maren drumlin");
    let shown: Vec<(&str, bool)> =
        both.hits.iter().map(|hit| (hit.banner.given.as_str(), hit.near_twin)).collect();
    assert_eq!(shown, [("Maren Isolde", true), ("Marin", true)]);
    assert!(both.hits[0].banner.allergies.is_empty() && both.hits[0].last_event.is_some());
    let name = world.found("Drumlin");
    assert!(name.hits.is_empty() && name.understood == Understood::NameOnly("Drumlin".into()));
    assert!(world.found("Drumlin, Maren 1961-03-10").hits.is_empty());
    let audited = world.record.store().view().expect("a view").audit_of_person(maren(), 50).expect("rows");
    assert_eq!(audited.iter().filter(|(_, row)| row.verb == "find-patient").count(), 7);
}

#[test]
fn one_person_of_two_hospitals_has_one_chart() {
    let world = filled("chart");
    let summary = world.look(Summary { person: maren() });
    let banner = &summary.banner;
    assert_eq!(
        (banner.family.as_str(), banner.given.as_str(), banner.goes_by.as_str()),
        ("Drumlin", "Maren Isolde", "May")
    );
    assert_eq!(banner.health_cards, [("NS".to_owned(), "0144679875".to_owned())]);
    assert_eq!(banner.record_numbers.len(), 2);
    assert_eq!(banner.allergies, ["Latex: rash"]);
    assert_eq!(summary.records.len(), 2);
    assert!(summary.records.iter().any(|line| line.because.en.contains("health card")));
    assert_eq!((summary.counts.results, summary.counts.reports, summary.counts.encounters), (2, 4, 1));
    let results = world.look(All { person: maren() });
    let (words, chemistry) = &results.groups[0];
    assert_eq!((words.en.as_str(), words.fr.as_str()), ("Chemistry", "Biochimie"));
    let potassium: Vec<(&str, Flag)> =
        chemistry[0].points.iter().map(|p| (p.value.as_str(), p.flag)).collect();
    assert_eq!(potassium, [("6.1", Flag::CriticalHigh), ("4.10", Flag::Normal)]);
    assert_eq!(chemistry[0].points[0].note, "Called to the clinic");
    assert_eq!((results.columns.len(), results.withdrawn), (2, 0));
    let visits = world.look(encounters::Timeline { person: maren() });
    let visit = &visits.lines[0];
    assert_eq!(
        (visit.class.en.as_str(), visit.place.as_str(), visit.number.as_str()),
        ("Hospital stay", "HRH, 6N", "V100")
    );
    assert_eq!(visit.steps.iter().map(|(_, words)| words.en.as_str()).collect::<Vec<_>>(), ["Admitted"]);
}

/// A visit, a diagnosis, a procedure, an allergy and a result of one source record.
fn ill(world: &mut World, facility: &str, pid: &str, mark: &str) {
    let visit = format!("PV1|1|I|6N^12^A^{facility}||||||||||||||||V{mark}^^^{facility}^VN");
    let allergy = format!("AL1|1||{mark}^{mark}^L||Rash");
    let diagnosis = format!("DG1|1||{mark}^Fever^L|||A");
    let procedure = format!("PR1|1||{mark}^Suture^L||20261120080000");
    let told = ["EVN|A01|20261121080000", pid, &visit, &allergy, &diagnosis, &procedure];
    world.send("ADT^A01^ADT_A01", facility, &told);
    let order = format!(
        "OBR|1|P{mark}^{facility}|F{mark}^{facility}|2823-3^Potassium^LN|||20261120090000|||||||||||||||20261120100000||CH|F"
    );
    let potassium = "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F";
    world.send("ORU^R01^ORU_R01", facility, &[pid, &order, potassium]);
}

/// One person by the same health card at two hospitals, and by a merge of two numbers at one of them.
#[test]
fn h05_a_joined_chart_has_what_each_record_has_of_every_kind() {
    const EACH: [Kind; 6] = [
        Kind::AllergyIntolerance,
        Kind::Condition,
        Kind::DiagnosticReport,
        Kind::Encounter,
        Kind::Observation,
        Kind::Procedure,
    ];
    let mut world = World::new("joined");
    ill(&mut world, "HRH", MAREN, "LTX");
    ill(&mut world, "VGH", MAREN_ELSEWHERE, "PNC");
    ill(&mut world, "HRH", TWIN, "SUL");
    world.send("ADT^A40^ADT_A39", "HRH", &["EVN|A40|20261122080000", MAREN, "MRG|00718299^^^HRH^MR"]);
    let view = world.record.store().view().expect("a view");
    let context = world.context(Role::IdentitySteward);
    let (directory, cover) = (world.record.directory(), world.record.cover());
    let reading = Reading {
        view: &view,
        context: &context,
        directory: &directory,
        cover: &cover,
        warm: world.record.warm(),
        personas: &[],
        extent: world.record.extent(),
    };
    let chart = super::gather(&reading, maren()).expect("a chart");
    assert_eq!(chart.records.len(), 3);
    for kind in Kind::ALL {
        let mut each = BTreeSet::new();
        for record in chart.record_ids() {
            let own = view.resources_of(record, *kind, usize::MAX).expect("resources");
            assert!(!own.is_empty() || !EACH.contains(kind), "{record} has no {kind}");
            each.extend(own.iter().map(|stored| stored.key.to_string()));
        }
        let joined = chart.resources(&reading, *kind).expect("resources");
        let joined: BTreeSet<_> = joined.iter().map(|filed| filed.key().to_string()).collect();
        assert_eq!(joined, each, "{kind}");
    }
}

/// A disk on which, from some moment on, nothing can be written.
#[derive(Default)]
struct Full(std::sync::atomic::AtomicBool);

impl store::Faults for Full {
    fn at(&self, point: store::FaultPoint) -> store::Fault {
        let is_full = self.0.load(std::sync::atomic::Ordering::Relaxed);
        let commits = matches!(point, store::FaultPoint::BeforeCommit { .. });
        if is_full && commits { store::Fault::DiskFull } else { store::Fault::Continue }
    }
}

#[test]
fn h78_what_cannot_be_noted_in_the_activity_log_is_not_shown() {
    let disk = Arc::new(Full::default());
    let mut world = World::with_faults("unnoted", disk.clone());
    world.send("ADT^A01^ADT_A01", "HRH", &["EVN|A01|20261120080000", MAREN, VISIT]);
    world.treats(maren());
    let doctor = world.context(Role::FamilyDoctor);
    let noted = || {
        let view = world.record.store().view().expect("a view");
        view.audit_of_person(maren(), 50).expect("rows").len()
    };
    let looks = || {
        [
            world.record.look(&doctor, Summary { person: maren() }).map(|_| ()),
            world.record.look(&doctor, All { person: maren() }).map(|_| ()),
            world.record.look(&doctor, Find { text: "0144679875".into() }).map(|_| ()),
        ]
    };
    let before = noted();
    disk.0.store(true, std::sync::atomic::Ordering::Relaxed);
    for seen in looks() {
        assert_eq!(seen.expect_err("nothing is shown").kind, RefusalKind::TryAgain);
    }
    disk.0.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(noted(), before);
    for seen in looks() {
        seen.expect("shown");
    }
    assert_eq!(noted(), before + 3);
}

#[test]
fn h17_a_corrected_report_shows_what_changed_and_whom_it_is_about() {
    let world = filled("reader");
    let list = world.look(List { person: maren() });
    let film = list.lines.iter().find(|line| line.class == ReportClass::Imaging).expect("the film");
    assert_eq!(
        (film.title.as_str(), film.finality, film.accession.as_str()),
        ("Chest X-ray, 2 views", Finality::Corrected, "X9")
    );
    let report = world.look(Read { person: maren(), report: film.key, version: None });
    assert!(report.text[0].heading && report.results.is_empty());
    let changed: Vec<(Change, &str)> = report.text[1]
        .runs
        .iter()
        .filter(|(change, _)| *change != Change::Same)
        .map(|(c, t)| (*c, t.trim()))
        .collect();
    assert_eq!(changed, [(Change::Removed, "right"), (Change::Added, "left")]);
    assert_eq!(report.versions.iter().map(|(number, _, _)| *number).collect::<Vec<_>>(), [2, 1]);
    assert!(report.proof.contains(&(Feature::HealthCard, Outcome::Agrees)));
    assert!(report.facts.iter().any(|(label, text)| label.en == "Ordered by" && text.contains("Cairnwood")));
    assert!(!report.chain.is_empty() && !report.taken && report.message.is_some());
    let first = world.look(Read { person: maren(), report: film.key, version: Some(1) });
    let words: String = first.text.iter().flat_map(|p| &p.runs).map(|(_, text)| text.as_str()).collect();
    assert!(words.contains("right") && first.taken);
}

#[test]
fn h17_a_withdrawn_result_leaves_the_series_and_stays_on_its_report() {
    let mut world = filled("withdrawn");
    let order = "OBR|1|P1^HRH|A77^HRH|24362-6^Renal function panel^LN|||20261120090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261121100000||CH|C";
    world.send(
        "ORU^R01^ORU_R01",
        "HRH",
        &[
            MAREN,
            order,
            "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F",
            "OBX|2|NM|14682-9^Creatinine^LN||171|umol/L|50-95|H|||D",
            "OBX|3|NM|29463-7^Body weight^LN||71.4|kg||||F",
        ],
    );
    let results = world.look(All { person: maren() });
    assert_eq!(results.withdrawn, 1);
    assert!(results.groups.iter().flat_map(|(_, series)| series).all(|series| series.name != "Creatinine"));
    assert_eq!(results.banner.weight, Some(("71.4 kg".to_owned(), "2026-11-20".to_owned())));
    let list = world.look(List { person: maren() });
    let renal = list.lines.iter().find(|line| line.accession == "A77").expect("the report");
    assert_eq!((renal.finality, renal.flagged), (Finality::Corrected, false));
    let read = |version| {
        let report = world.look(Read { person: maren(), report: renal.key, version });
        let shown = report.results.iter().map(|series| (series.name.clone(), series.points[0].finality));
        shown.collect::<Vec<_>>()
    };
    assert!(read(None).contains(&("Creatinine".to_owned(), Finality::Withdrawn)));
    assert!(read(Some(1)).contains(&("Creatinine".to_owned(), Finality::Final)));
}

#[test]
fn a_letter_is_read_and_its_file_given_out_as_it_came() {
    let world = filled("letter");
    let list = world.look(List { person: maren() });
    let letter = list.lines.iter().find(|line| line.class == ReportClass::Document).expect("the letter");
    assert_eq!(letter.title, "Discharge summary");
    let report = world.look(Read { person: maren(), report: letter.key, version: None });
    assert_eq!(report.text[0].runs[0].1, "Went home well.");
    let file = &report.attachments[0];
    assert_eq!((report.attachments.len(), file.bytes, file.content_type.as_str()), (1, 8, "application/pdf"));
    let opened = world.look(Open { person: maren(), report: file.key, index: file.index });
    assert_eq!(opened.bytes, b"%PDF-1.4");
}

#[test]
fn what_waits_stands_at_home_gravest_first() {
    let world = filled("home");
    let home = world.look(Home);
    let shown: Vec<(&str, u8)> =
        home.waiting.iter().map(|one| (one.report.title.as_str(), one.gravity)).collect();
    assert_eq!(shown[..2], [("Renal function panel", 2), ("Renal function panel", 1)]);
    assert!(home.waiting.iter().all(|one| one.banner.person == maren()) && home.more == 0);
    let mut other = world.context(Role::FamilyDoctor);
    other.actor.practitioner = None;
    assert!(world.record.look(&other, Home).expect("a view").waiting.is_empty());
}

#[test]
fn nobody_reads_a_report_through_another_persons_chart() {
    let world = filled("elsewhere");
    let twin = PersonId::born_with(RecordId::of("HRH", "00718299"));
    let film = world.look(List { person: maren() }).lines[0].key;
    let context = world.context(Role::FamilyDoctor);
    world.treats(twin);
    let refused = |kind: RefusalKind| move |refusal: crate::Refusal| assert_eq!(refusal.kind, kind);
    let not_found = refused(RefusalKind::NotFound);
    world
        .record
        .look(&context, Read { person: twin, report: film, version: None })
        .map_err(&not_found)
        .expect_err("none");
    world
        .record
        .look(&context, Read { person: maren(), report: film, version: Some(9) })
        .map_err(&not_found)
        .expect_err("none");
    world
        .record
        .look(&context, Open { person: twin, report: film, index: 0 })
        .map_err(&not_found)
        .expect_err("none");
    let nobody = PersonId::from_i64(1);
    world.record.look(&context, Summary { person: nobody }).map_err(&not_found).expect_err("none");
    let steward = world.context(Role::IdentitySteward);
    let not_allowed = refused(RefusalKind::NotAllowed);
    world.record.look(&steward, All { person: maren() }).map_err(not_allowed).expect_err("none");
}

#[test]
fn every_chart_of_the_shared_messages_can_be_read() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let Ok(folders) = std::fs::read_dir(shared) else {
        eprintln!("skipped: ../shared not laid beside the project");
        return;
    };
    let mut files: Vec<PathBuf> = folders
        .flatten()
        .filter(|folder| folder.file_name().to_string_lossy().starts_with("hl7v2-"))
        .filter_map(|folder| std::fs::read_dir(folder.path()).ok())
        .flat_map(|files| files.flatten().map(|file| file.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "hl7"))
        .collect();
    files.sort();
    // Each message costs two syncs: a part of them is enough here, the whole sets go through a running server elsewhere.
    let files =
        files.into_iter().filter(|file| file.metadata().is_ok_and(|m| m.len() < LONGEST_FILE)).step_by(EVERY);
    let world = World::new("shared");
    let mut people = std::collections::BTreeSet::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a file");
        let door = intake::Door::Link(file.to_string_lossy().into_owned());
        let mut rows = Vec::new();
        for message in hl7v2::batch::split(&bytes).members {
            let (send, receive) = std::sync::mpsc::channel();
            world.record.accept(&door, message.bytes.to_vec(), world.clock, move |_| {
                let _ = send.send(());
            });
            receive.recv().expect("an answer");
            rows.extend(world.file_all());
        }
        let view = world.record.store().view().expect("a view");
        for row in rows {
            for record in row.records {
                people.extend(view.record(record).expect("a record").map(|row| row.person));
            }
        }
    }
    for person in people.iter().copied() {
        world.treats(person);
    }
    let context = world.context(Role::FamilyDoctor);
    let view = world.record.store().view().expect("a view");
    let cover = world.record.cover();
    let (directory, warm) = (world.record.directory(), world.record.warm());
    let reading = Reading {
        view: &view,
        context: &context,
        directory: &directory,
        cover: &cover,
        warm,
        personas: &[],
        extent: world.record.extent(),
    };
    let mut reports = 0;
    for person in people.iter().copied() {
        Summary { person }.read(&reading).expect("a summary");
        All { person }.read(&reading).expect("results");
        encounters::Timeline { person }.read(&reading).expect("visits");
        for line in (List { person }).read(&reading).expect("reports").view.lines {
            let report =
                Read { person, report: line.key, version: None }.read(&reading).expect("a report").view;
            reports += 1;
            for file in report.attachments.iter().filter(|file| file.bytes > 0) {
                Open { person, report: file.key, index: file.index }.read(&reading).expect("a file");
            }
        }
    }
    eprintln!("{} people, {reports} reports", people.len());
    assert!(people.len() > 5 && reports > 20);
}
