//! The directory as other directories read it: read, search, and what changed since.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use actions::directory::{Load, Publish, Published, PublishedResource, PublishedSince, Suspect};
use actions::values::{Purpose, Role, Words};
use actions::{Actor, Context, Record, RefusalKind};
use clinical::directory::{Change, Directory};
use fhir::{Instant, Kind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Settings, Store};

const NOW: Instant = Instant(1_795_356_300_000_000);
const DIRECTORY: &str = include_str!("../../clinical/testdata/routing/directory.toml");
const ALL: [Kind; 6] = [
    Kind::Practitioner,
    Kind::PractitionerRole,
    Kind::Organization,
    Kind::Location,
    Kind::Endpoint,
    Kind::HealthcareService,
];

struct World {
    record: Record,
    store: Store,
    folder: PathBuf,
}

impl World {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("published-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let clock = AtomicU64::new(0);
        let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
        let store = Store::open(&folder, settings).unwrap();
        let record = Record::new(store.clone(), Directory::default(), Vec::new());
        record.first_directory(&Directory::from_toml(DIRECTORY).unwrap(), "directory.toml", NOW).unwrap();
        Self { record, store, folder }
    }

    fn ids(&self, kind: Kind, asked: &[(&str, &str)]) -> Vec<String> {
        let asked = asked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let page = self.record.look(&at(Role::Script, NOW), Publish { kind, asked }).unwrap();
        page.resources.into_iter().map(|one| one.id).collect()
    }

    fn one(&self, kind: Kind, id: &str) -> PublishedResource {
        self.record.look(&at(Role::Script, NOW), Published { kind, id: id.to_owned() }).unwrap()
    }

    fn since(&self, kind: Kind, since: Option<Instant>) -> Vec<(String, bool)> {
        let seen = self.record.look(&at(Role::Script, NOW), PublishedSince { kind, since }).unwrap();
        seen.into_iter().map(|one| (one.id, one.body.is_some())).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.store.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn at(role: Role, now: Instant) -> Context {
    let actor =
        Actor { through: None, id: "follower".into(), role, name: "Follower".into(), practitioner: None };
    Context { actor, purpose: Purpose::Operations, now }
}

#[test]
fn s020_every_reference_of_the_published_directory_leads_somewhere() {
    let world = World::new();
    let mut references = 0;
    for kind in ALL {
        let asked = vec![("_count".to_owned(), "500".to_owned())];
        let page = world.record.look(&at(Role::Script, NOW), Publish { kind, asked }).unwrap();
        assert_eq!(page.total, page.resources.len());
        assert!(page.total > 0, "{kind}");
        for one in page.resources {
            let body = one.body.unwrap();
            assert_eq!(
                (body.text("resourceType"), body.text("id")),
                (Some(kind.as_str()), Some(one.id.as_str()))
            );
            let paths = "practitioner organization location healthcareService endpoint managingOrganization providedBy";
            for path in paths.split(' ') {
                for reference in body.texts(&format!("{path}.reference")) {
                    let (kind, id) = reference.split_once('/').unwrap();
                    world.one(kind.parse().unwrap(), id);
                    references += 1;
                }
            }
        }
    }
    assert!(references > 50, "{references}");
}

#[test]
fn s020_people_places_and_ways_are_found() {
    let world = World::new();
    assert_eq!(
        world.ids(Kind::Practitioner, &[("identifier", "urn:opor:authority:NSCPS|014418")]),
        ["p-theriault"]
    );
    let both = world.ids(Kind::Practitioner, &[("identifier", "70001")]);
    assert_eq!(both, ["p-sylliboy", "p-theriault"], "a number without its issuer is several people's");
    assert_eq!(world.ids(Kind::Practitioner, &[("family", "theri")]), ["p-theriault"], "without accents");
    assert_eq!(world.ids(Kind::Practitioner, &[("_id", "p-wei,p-gone"), ("active", "true")]), ["p-wei"]);
    let roles = world.ids(Kind::PractitionerRole, &[("practitioner", "Practitioner/p-moved")]);
    assert_eq!(roles.len(), 2);
    let now = [("practitioner", "p-moved"), ("active", "true")];
    let [role] = world.ids(Kind::PractitionerRole, &now).try_into().unwrap();
    let body = world.one(Kind::PractitionerRole, &role).body.unwrap();
    assert_eq!(body.text("location.reference"), Some("Location/tern-bay"));
    assert_eq!(body.text("period.start"), Some("2026-11-01"));
    assert!(world.ids(Kind::Location, &[("organization", "tern-bay")]).contains(&"tern-bay".to_owned()));
    let way = world.one(Kind::Endpoint, "tern-bay-emr").body.unwrap();
    assert_eq!((way.text("status"), way.text("connectionType.code")), (Some("active"), Some("hl7v2-mllp")));
    let everybody = world.ids(Kind::Practitioner, &[]);
    let page = world.ids(Kind::Practitioner, &[("_count", "2"), ("_cursor", &everybody[0])]);
    assert_eq!(page, everybody[1..3], "page after page, by id");
}

#[test]
fn s020_what_is_not_a_parameter_is_refused_and_a_seat_without_the_right_reads_nothing() {
    let world = World::new();
    let publish = |name: &str| Publish { kind: Kind::Practitioner, asked: vec![(name.into(), "x".into())] };
    let refused = world.record.look(&at(Role::Script, NOW), publish("telecom")).unwrap_err();
    assert!(refused.words.en.contains("use one of: _id, identifier"), "{}", refused.words.en);
    let refused = world.record.look(&at(Role::Registrar, NOW), publish("name")).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::NotAllowed);
}

#[test]
fn s020_a_follower_reads_what_changed_since_it_last_asked() {
    let world = World::new();
    assert_eq!(
        world.since(Kind::Endpoint, None).len(),
        world.ids(Kind::Endpoint, &[("_count", "500")]).len()
    );
    assert!(world.since(Kind::Endpoint, Some(NOW)).is_empty());
    let later = NOW.plus_minutes(10);
    let why = Words::new("three refusals", "trois refus");
    world.record.act(&at(Role::Machine, later), Suspect { endpoint: "tern-bay-emr".into(), why }).unwrap();
    assert_eq!(world.since(Kind::Endpoint, Some(NOW)), [("tern-bay-emr".to_owned(), true)]);
    let way = world.one(Kind::Endpoint, "tern-bay-emr").body.unwrap();
    assert_eq!(way.text("status"), Some("suspended"));
    let away = "[[practitioner]]\nid = \"p-new\"\nfamily = \"New\"\ngiven = \"Ann\"\n";
    let mut facts = Directory::facts_of(away).unwrap();
    let set = Change::Set(facts.remove(0));
    let withdraw = Change::Withdraw { sort: "practitioner".into(), id: "p-new".into() };
    for (change, minutes) in [(set, 20), (withdraw, 30)] {
        let load = Load { changes: vec![change], source: "form".into(), reason: "said so".into() };
        world.record.act(&at(Role::DirectorySteward, NOW.plus_minutes(minutes)), load).unwrap();
    }
    assert_eq!(world.since(Kind::Practitioner, Some(later)), [("p-new".to_owned(), false)]);
}
