//! Searches as clients write them: read, asked of a resource, asked of a store.

use super::{NOW, sum, text};
use crate::Target;
use crate::seeds::texts;
use fhir::Kind;
use fhir::search::Query;
use fhir::search::r4::{Request, Unknown, decode_pairs};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{ReadProblem, Settings, Store};

const WORDS: &[&str] = &[
    "&",
    "=",
    ",",
    "|",
    ":",
    ".",
    "$",
    "\\",
    "%2C",
    "%27",
    "%00",
    "%C3%A9",
    "%ff",
    "%",
    "+",
    "'",
    "\"",
    ";",
    "--",
    "/*",
    "?1",
    "_id",
    "_lastUpdated",
    "_count=0",
    "_count=99999999999999999999",
    "_sort=-date",
    "_sort=",
    "_cursor=",
    "_include=Observation:subject",
    "_include:iterate=*",
    "_revinclude=Observation:patient:Patient",
    "_has:Observation:patient:code=",
    "_summary=count",
    "_elements=id,",
    "_total=accurate",
    "_text=",
    "_content=",
    "_filter=",
    "patient=",
    "subject:Patient.name=",
    "subject.organization.partof.name=",
    "patient.identifier=",
    "identifier=",
    "name:exact=",
    "name:contains=",
    "code:not=",
    "code:in=",
    "code:text=",
    "date=ge",
    "date=ap",
    "date=sa2026",
    "value-quantity=lt5.4|http://unitsofmeasure.org|mg",
    "code-value-quantity=718-7$gt",
    "birthdate=",
    "http://loinc.org|718-7",
    ":missing=true",
    ":of-type=",
    "urn:oid:",
    "Patient/",
    "' OR 1=1 --",
    "\u{e9}",
    "2026-11-01T01:30:00-03:00",
    "0000",
    "9999-12-31",
    "1e-400",
    "-5.40e2",
];

fn searches() -> Vec<Vec<u8>> {
    texts(&[
        "patient=abc&code=http://loinc.org|718-7,1234&date=ge2026-11-01&date=lt2026-12&_sort=-date&_count=20",
        "identifier=https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id|0012345678",
        "name:contains=k%C3%A9strel&birthdate=1987-04-30&gender=female&_total=accurate&_elements=name,birthDate",
        "family=Kestrel&given=Bram&_include=Patient:general-practitioner&_revinclude=Observation:subject",
        "subject:Patient.name=kes&status=final,amended&category=laboratory&_summary=data",
        "_has:Observation:patient:code=718-7&_lastUpdated=gt2026-11-22T14:05:00-04:00",
        "value-quantity=gt5.40|http://unitsofmeasure.org|mg/dL&code:not=718-7&_include:iterate=Observation:has-member",
        "code-value-quantity=http://loinc.org|718-7$gt5.4&component-code=x&_cursor=k~12-abc.7",
        "_id=abc,def-012&_content=word other&_text=kidney&_format=json",
        "subject=Patient/abc&encounter=e1&based-on=ServiceRequest/1&performer:Practitioner=9&date:missing=false",
        "patient=abc&medication.code=x&intent=order&authoredon=eq2026-11-22",
        "patient.identifier=a|b&clinical-status:not=resolved&onset-date=sa2020&verification-status=confirmed",
    ])
}

/// Types that are searched most, and all others now and then.
fn kind(input: &[u8]) -> Kind {
    let chance = sum(input) as usize;
    let common = [Kind::Observation, Kind::Patient, Kind::DiagnosticReport, Kind::MedicationRequest];
    if chance.is_multiple_of(3) {
        Kind::ALL[chance / 3 % Kind::ALL.len()]
    } else {
        common[chance / 3 % common.len()]
    }
}

fn request(input: &[u8]) -> Option<Request> {
    let pairs = decode_pairs(&text(input)).ok()?;
    let kind = kind(input);
    let strict = Request::read(kind, &pairs, Unknown::Refuse, NOW);
    let lenient = Request::read(kind, &pairs, Unknown::LeaveOut, NOW);
    if let Ok(strict) = &strict {
        assert_eq!(Ok(strict), lenient.as_ref(), "leniency changes a search that is well-formed");
    }
    lenient.ok()
}

pub(super) const REQUESTS: Target = Target {
    name: "searches",
    reads: "searches behind the question mark",
    seeds: searches,
    words: WORDS,
    take: |input| {
        let _ = Query::parse(kind(input), &text(input));
        let Some(request) = request(input) else { return };
        // The link to the next page says the same search.
        let again = Request::read(request.kind, &request.applied, Unknown::Refuse, NOW);
        match again {
            Ok(again) => assert_eq!(
                (&again.clauses, &again.sort, again.count, &again.includes, &again.revincludes),
                (&request.clauses, &request.sort, request.count, &request.includes, &request.revincludes),
                "the next page asks for something else"
            ),
            Err(why) => assert!(request.applied.is_empty(), "the next page cannot be asked for: {why}"),
        }
    },
    usual: 5_000,
};

/// A store in a folder that goes with the thread.
struct Folder(PathBuf, Option<Store>);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("opor-fuzz-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let clock = AtomicU64::new(0);
        let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
        let store = Store::open(&path, settings);
        assert!(store.is_ok(), "no store: {:?}", store.err());
        Self(path, store.ok())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.1 = None;
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static STORE: Folder = Folder::new();
}

/// What was sent stands in values and never in the text of a statement: a statement that the database cannot read would be
/// a [`ReadProblem::Database`].
pub(super) const STORED: Target = Target {
    name: "stored-searches",
    reads: "the same, asked of a store: cursors and what becomes SQL",
    seeds: searches,
    words: WORDS,
    take: |input| {
        STORE.with(|folder| {
            let Some(Ok(view)) = folder.1.as_ref().map(Store::view) else { return };
            let sound = |problem: Option<ReadProblem>| {
                let is_sound = matches!(
                    problem,
                    None | Some(ReadProblem::Unsupported(_) | ReadProblem::Cursor | ReadProblem::Busy)
                );
                assert!(is_sound, "the database does not read the search: {problem:?}");
            };
            if let Some(request) = request(input) {
                sound(view.find(&request).err());
            }
            if let Ok(query) = Query::parse(kind(input), &text(input)) {
                sound(view.search(&query).err());
            }
        });
    },
    usual: 1_500,
};
