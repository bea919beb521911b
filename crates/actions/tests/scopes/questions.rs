//! Random questions to two records that differ by what an app's scopes leave out: they must be answered alike. Shared by the
//! test and by the example that asks many more.

use actions::context::Through;
use actions::resources::{
    Change, Everything, Find, Found, History, LastN, Read, Resource, Step, Target, Versions, Write,
};
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record};
use clinical::directory::Directory;
use clinical::smart::Scopes;
use fhir::search::r4::{Request, Unknown};
use fhir::{Instant, Kind, PersonId, ResourceKey};
use std::path::PathBuf;
use std::sync::Arc;
use store::{Settings, Store};

/// 2026-11-22 14:05 Atlantic.
const NOW: Instant = Instant(1_795_370_700_000_000);

/// A small generator: the same seed asks the same questions.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// A record of applications' resources alone.
struct World {
    record: Record,
    store: Store,
    folder: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        self.store.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn context(role: Role, through: Option<Through>) -> Context {
    let actor = Actor { id: "app".into(), role, name: "App".into(), practitioner: None, through };
    Context { actor, purpose: Purpose::SystemAdministration, now: NOW }
}

impl World {
    /// In the order of the list; what is written earlier has lower numbers within.
    fn of(name: &str, resources: &[(Kind, String, String)]) -> Self {
        let folder = std::env::temp_dir().join(format!("opor-scopes-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = Store::open(&folder, Settings::new(Arc::new(|| 0))).expect("a store");
        let record = Record::new(store.clone(), Directory::default(), Vec::new());
        let world = Self { record, store, folder };
        for (n, (kind, id, body)) in resources.iter().enumerate() {
            let change = Change::Update {
                target: Target::Id(id.clone()),
                body: body.clone().into_bytes(),
                version: None,
            };
            let step = Step { kind: *kind, change, full_url: None };
            let write = Write::new(vec![step], format!("seed {n}"));
            world.record.act(&context(Role::System, None), write).unwrap_or_else(|refusal| {
                panic!("{kind}/{id}: {refusal}");
            });
        }
        world
    }
    fn person(&self, patient: &str) -> PersonId {
        let record = ResourceKey::named(Kind::Patient, patient).record;
        self.store.view().expect("a view").record(record).expect("read").expect("a patient").person
    }
}

fn patient(id: &str, name: &str) -> (Kind, String, String) {
    let body = format!(
        r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{name}"}}],"birthDate":"1961-03-09"}}"#
    );
    (Kind::Patient, id.to_owned(), body)
}

fn observation(id: &str, patient: &str, category: &str, value: &str, day: usize) -> (Kind, String, String) {
    let subject = if patient.is_empty() {
        String::new()
    } else {
        format!(r#""subject":{{"reference":"Patient/{patient}"}},"#)
    };
    let body = format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final",{subject}"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"2823-3"}}]}},"effectiveDateTime":"2026-11-{day:02}","valueQuantity":{{"value":{value},"unit":"mmol/L"}}}}"#
    );
    (Kind::Observation, id.to_owned(), body)
}

fn other(kind: Kind, id: &str, more: &str) -> (Kind, String, String) {
    (kind, id.to_owned(), format!(r#"{{"resourceType":"{kind}","id":"{id}",{more}}}"#))
}

/// What both records hold.
fn shared() -> Vec<(Kind, String, String)> {
    let mut all = vec![patient("ana", "Tavul")];
    for n in 0..6 {
        all.push(observation(&format!("lab{n}"), "ana", "laboratory", &format!("4.{n}"), n + 1));
    }
    all.push(other(Kind::Organization, "clinic", r#""name":"Harbourview""#));
    all
}

/// What one of them holds besides, and no scope here lets through.
fn besides(scopes: &str) -> Vec<(Kind, String, String)> {
    let mut all = vec![patient("ben", "Tavul"), observation("vital-ben", "ben", "vital-signs", "9.9", 3)];
    all.push(other(
        Kind::Condition,
        "con-ben",
        r#""subject":{"reference":"Patient/ben"},"code":{"text":"Gout"}"#,
    ));
    if !scopes.contains("user/") {
        all.push(observation("lab-ben", "ben", "laboratory", "9.1", 2));
        all.push(other(
            Kind::Provenance,
            "prov-both",
            r#""target":[{"reference":"Patient/ana"},{"reference":"Patient/ben"}],"recorded":"2026-11-20T10:00:00Z","agent":[{"who":{"display":"x"}}]"#,
        ));
        all.push(observation("lab-nobody", "", "laboratory", "9.3", 5));
    }
    if !scopes.contains("patient/*") {
        all.push(observation("vital-ana", "ana", "vital-signs", "9.7", 4));
        all.push(other(
            Kind::Condition,
            "con-ana",
            r#""subject":{"reference":"Patient/ana"},"code":{"text":"Gout"},"evidence":[{"detail":[{"reference":"Observation/lab1"}]}]"#,
        ));
        all.push(other(
            Kind::DiagnosticReport,
            "rep-ana",
            r#""status":"final","code":{"text":"Panel"},"subject":{"reference":"Patient/ana"},"result":[{"reference":"Observation/lab1"},{"reference":"Observation/vital-ana"}]"#,
        ));
    }
    all
}

const IDS: [&str; 16] = [
    "ana",
    "ben",
    "lab0",
    "lab1",
    "lab5",
    "vital-ana",
    "vital-ben",
    "lab-ben",
    "con-ana",
    "con-ben",
    "rep-ana",
    "prov-both",
    "lab-nobody",
    "clinic",
    "nothing",
    "lab9",
];
const KINDS: [Kind; 7] = [
    Kind::Observation,
    Kind::Patient,
    Kind::Condition,
    Kind::DiagnosticReport,
    Kind::Provenance,
    Kind::Organization,
    Kind::Encounter,
];
const CONDITIONS: [(&str, &str); 22] = [
    ("patient", "Patient/ana"),
    ("patient", "Patient/ben"),
    ("subject", "Patient/ana"),
    ("code", "2823-3"),
    ("category", "vital-signs"),
    ("category", "laboratory"),
    ("category:not", "laboratory"),
    ("value-quantity", "gt4.2"),
    ("value-quantity", "gt9"),
    ("date", "ge2026-11-03"),
    ("_id", "vital-ana"),
    ("_id", "lab1,vital-ana"),
    ("patient.name", "tavul"),
    ("subject:Patient.birthdate", "1961-03-09"),
    ("_has:Observation:patient:category", "vital-signs"),
    ("_has:Condition:patient:code:text", "gout"),
    ("_has:DiagnosticReport:result:code:text", "panel"),
    ("_has:Observation:subject:_id", "vital-ana"),
    ("name", "tavul"),
    ("_text", "gout"),
    ("_content", "gout"),
    ("_lastUpdated", "ge2020"),
];
const RESULTS: [(&str, &str); 13] = [
    ("_sort", "date"),
    ("_sort", "-date"),
    ("_sort", "_id"),
    ("_sort", "-value-quantity"),
    ("_count", "1"),
    ("_count", "2"),
    ("_total", "accurate"),
    ("_summary", "count"),
    ("_include", "*"),
    ("_include:iterate", "DiagnosticReport:result"),
    ("_revinclude", "Provenance:target"),
    ("_revinclude", "DiagnosticReport:result"),
    ("_revinclude:iterate", "Condition:evidence-detail"),
];

fn said(resource: &Resource) -> String {
    format!(
        "{}/{} v{} {}",
        resource.key.kind,
        resource.id,
        resource.version,
        String::from_utf8_lossy(&resource.body)
    )
}

fn found(found: &Found) -> String {
    let list = |all: &[Resource]| all.iter().map(said).collect::<Vec<_>>();
    // Where the next page begins is a number within; that there is one is told, and what stands on it is asked.
    let next = found.next.is_some();
    format!(
        "{:?} {:?} {} {:?} {next}",
        list(&found.resources),
        list(&found.included),
        found.is_cut,
        found.total
    )
}

fn versions(versions: &Versions) -> String {
    format!("{:?} {}", versions.resources.iter().map(said).collect::<Vec<_>>(), versions.next.is_some())
}

/// One random question, as text, and what is answered.
fn question(world: &World, context: &Context, dice: &mut Dice) -> (String, String) {
    let (kind, id) = (dice.one(&KINDS), dice.one(&IDS).to_owned());
    let told = |answer: Result<String, actions::Refusal>| match answer {
        Ok(text) => text,
        Err(refusal) => format!("{:?} {}", refusal.kind, refusal.words.en),
    };
    match dice.roll(8) {
        0 => {
            let version = [None, Some(1), Some(2)][dice.roll(3)];
            let asked = format!("{kind}/{id} {version:?}");
            let read = Read { kind, id, version };
            (asked, told(world.record.look(context, read).map(|found| said(&found))))
        }
        1 => {
            let (of, id) = [(None, None), (Some(kind), None), (Some(kind), Some(id))][dice.roll(3)].clone();
            let asked = format!("history {of:?} {id:?}");
            let look = History { kind: of, id, since: None, before: None, count: 1 + dice.roll(5) };
            (asked, told(world.record.look(context, look).map(|found| versions(&found))))
        }
        2 => {
            let asked = format!("everything {id}");
            let look = Everything {
                kind: Kind::Patient,
                id,
                types: Vec::new(),
                since: None,
                count: 1 + dice.roll(9),
                cursor: None,
            };
            (asked, told(world.record.look(context, look).map(|page| found(&page))))
        }
        3 => {
            let patient = dice.one(&["ana", "ben"]);
            let pairs = vec![("patient".to_owned(), format!("Patient/{patient}"))];
            let Ok(request) = Request::read(Kind::Observation, &pairs, Unknown::Refuse, NOW) else {
                return ("lastn".to_owned(), String::new());
            };
            let look = LastN { request, max: 1 + dice.roll(3), text: String::new() };
            (format!("lastn {patient}"), told(world.record.look(context, look).map(|page| found(&page))))
        }
        _ => {
            let mut pairs: Vec<(String, String)> = Vec::new();
            for _ in 0..=dice.roll(3) {
                let (name, value) = dice.one(&CONDITIONS);
                pairs.push((name.to_owned(), value.to_owned()));
            }
            for _ in 0..dice.roll(3) {
                let (name, value) = dice.one(&RESULTS);
                if !pairs.iter().any(|(known, _)| known == name) {
                    pairs.push((name.to_owned(), value.to_owned()));
                }
            }
            let asked = format!("{kind}?{pairs:?}");
            let mut all = String::new();
            // Page by page, each record with its own cursors.
            let mut cursor = None;
            for _ in 0..4 {
                let mut pairs = pairs.clone();
                pairs.extend(cursor.take().map(|cursor| ("_cursor".to_owned(), cursor)));
                let Ok(request) = Request::read(kind, &pairs, Unknown::LeaveOut, NOW) else { break };
                match world.record.look(context, Find { request, text: String::new() }) {
                    Ok(page) => {
                        all.push_str(&found(&page));
                        cursor = page.next;
                    }
                    Err(refusal) => all.push_str(&told(Err(refusal))),
                }
                if cursor.is_none() {
                    break;
                }
            }
            (asked, all)
        }
    }
}

/// Scopes under which questions are asked, each with two records of its own.
const SCOPES: [&str; 4] = [
    "patient/Observation.rs?category=laboratory patient/Patient.rs patient/Provenance.rs",
    "patient/*.rs",
    "user/Observation.rs?category=laboratory",
    "patient/Observation.r?category=laboratory patient/Patient.rs patient/Organization.s",
];

/// Asks both records of each scope; how many questions were answered by something.
///
/// # Errors
/// The first question that tells them apart.
pub(crate) fn ask(questions: usize, seed: u64, defect: bool) -> Result<usize, String> {
    let mut answered = 0;
    for (n, scopes) in SCOPES.iter().enumerate() {
        let plain = shared();
        // What is besides stands before and behind, so that no number within is the same.
        let more = besides(scopes);
        let (before, behind) = more.split_at(more.len() / 2);
        let mut filled = before.to_vec();
        filled.extend(plain.clone());
        filled.extend(behind.to_vec());
        // A report refers to what is written behind it; a record that is asked for its references takes that.
        let worlds =
            [World::of(&format!("one-{n}-{seed}"), &plain), World::of(&format!("two-{n}-{seed}"), &filled)];
        let contexts = worlds.each_ref().map(|world| {
            let let_all = defect && worlds[1].folder == world.folder;
            let scopes = if let_all { "user/*.rs" } else { scopes };
            context(
                Role::Script,
                Some(Through {
                    app: "app".into(),
                    scopes: Arc::new(Scopes::read(scopes)),
                    patient: Some(world.person("ana")),
                    fhir_user: None,
                }),
            )
        });
        let mut dice = [Dice(seed), Dice(seed)];
        for _ in 0..questions / SCOPES.len() {
            let (asked, one) = question(&worlds[0], &contexts[0], &mut dice[0]);
            let (_, two) = question(&worlds[1], &contexts[1], &mut dice[1]);
            if one != two {
                return Err(format!("{scopes}\n{asked}\n{one}\n{two}"));
            }
            answered += usize::from(one.contains(" v1 "));
        }
    }
    Ok(answered)
}
