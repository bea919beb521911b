//! Subscriptions in virtual time: what happens is told in order, once it may be seen, however long the receiver is away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::consent::Withhold;
use actions::intake::Door;
use actions::reconcilers::Reconcilers;
use actions::record::machine;
use actions::resources::{Change, Read, Step, Target, Write};
use actions::subscriptions::{Call, EndSubscription, Events, MAX_DAYS, Sort, Subscriptions};
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Refusal, RefusalKind};
use clinical::directory::Directory;
use fhir::{Instant, Json, Kind, Object, RecordId, json};
use fixture::{Fixture, accept, interpret};
use std::collections::HashSet;

const NOW: Instant = Instant(1_795_356_300_000_000);
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
/// How often the door looks for calls, in seconds of the test.
const TICK_SECONDS: i64 = 5;
/// The same in hours in which nothing but silence is expected.
const LONG_TICK_SECONDS: i64 = 300;

fn at(role: Role, now: Instant) -> Context {
    let id = format!("token {}", role.code());
    let actor = Actor { name: id.clone(), id, role, practitioner: None, through: None };
    Context { actor, purpose: role.usual_purpose(), now }
}

fn subscription(id: &str, topic: &str, filter: &str, content: &str) -> String {
    let criteria = match filter {
        "" => String::new(),
        _ => format!(
            r#""_criteria":{{"extension":[{{"url":"{BACKPORT}/backport-filter-criteria","valueString":"{filter}"}}]}},"#
        ),
    };
    format!(
        r#"{{"resourceType":"Subscription","id":"{id}","status":"requested","reason":"test","criteria":"urn:opor:topic:{topic}",{criteria}
        "channel":{{"type":"rest-hook","endpoint":"http://127.0.0.1:9/hook","payload":"application/fhir+json",
        "extension":[{{"url":"{BACKPORT}/backport-max-count","valuePositiveInt":10}}],
        "_payload":{{"extension":[{{"url":"{BACKPORT}/backport-payload-content","valueCode":"{content}"}}]}}}}}}"#
    )
}

struct World {
    fixture: Fixture,
    rounds: Reconcilers,
    now: Instant,
    writes: usize,
}

impl World {
    fn new(name: &str) -> Self {
        let fixture = Fixture::over(name, Directory::default());
        let rounds = Reconcilers::new(fixture.record.clone(), NOW);
        Self { fixture, rounds, now: NOW, writes: 0 }
    }

    fn try_put(&mut self, kind: Kind, id: &str, body: &str) -> Result<(), Refusal> {
        self.writes += 1;
        let target = Target::Id(id.to_owned());
        let change = Change::Update { target, body: body.as_bytes().to_vec(), version: None };
        let write = Write::new(vec![Step { kind, change, full_url: None }], format!("test {}", self.writes));
        self.fixture.record.act(&at(Role::System, self.now), write)
    }

    fn put(&mut self, kind: Kind, id: &str, body: &str) {
        self.try_put(kind, id, body).unwrap();
    }

    /// A result of a patient comes by a feed.
    fn result(&mut self, number: usize, patient: usize) {
        let text = format!(
            "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|S{number}|P|2.5.1\r\
             PID|1||10000{patient}^^^HRH^MR||Drake{patient}^Mona||196102{:02}|F\r\
             OBR|1|P-{number}|L-{number}|2823-3^Potassium^LN|||20261120093000-0400|||||||||||||||20261120100000-0400||CH|F\r\
             OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r",
            patient + 1
        );
        accept(&self.fixture.record, &Door::BySender, text, self.now);
        interpret(&self.fixture.record, self.now);
    }

    /// Time passes: background work, and calls, answered by `receiver`. Returns the calls.
    fn pass(&mut self, seconds: i64, receiver: impl Fn(&Call) -> Result<(), String>) -> Vec<Call> {
        let (until, mut made) = (self.now.plus_seconds(seconds), Vec::new());
        let tick = if seconds >= 3_600 { LONG_TICK_SECONDS } else { TICK_SECONDS };
        while self.now < until {
            self.now = self.now.plus_seconds(tick);
            let failed = self.rounds.round(self.now);
            assert!(failed.is_empty(), "{failed:?}");
            for call in self.fixture.record.calls_due(&HashSet::new(), "", 64, self.now).unwrap() {
                self.fixture.record.call_answered(&call, receiver(&call), self.now).unwrap();
                made.push(call);
            }
        }
        made
    }

    fn status(&self, id: &str) -> String {
        let read = Read { kind: Kind::Subscription, id: id.to_owned(), version: None };
        let found = self.fixture.record.look(&at(Role::System, self.now), read).unwrap();
        object(&found.body).text("status").unwrap().to_owned()
    }

    fn incidents(&self) -> usize {
        let open = self.fixture.store.view().unwrap().incidents_open().unwrap();
        open.iter().filter(|row| row.sort == "subscription").count()
    }
}

#[test]
fn a_subscription_ends_unless_it_is_written_again_and_the_operator_sees_it_and_ends_it() {
    let mut world = World::new("subscriptions-end");
    let days = |world: &World, days: i64| world.now.plus_minutes(days * 24 * 60);
    let body = subscription("s", "new-result", "", "id-only");
    world.put(Kind::Subscription, "s", &body);
    world.put(Kind::Subscription, "t", &subscription("t", "new-result", "", "id-only"));
    let limit = days(&world, MAX_DAYS);
    assert_eq!(world.pass(10, |_| Ok(())).len(), 2);
    let lines = |world: &World| {
        let lines = world.fixture.record.look(&machine("operator", world.now), Subscriptions).unwrap();
        lines.into_iter().map(|line| (line.id, line.whose, line.end.unwrap())).collect::<Vec<_>>()
    };
    let line = |id: &str, end| (id.to_owned(), "token system".to_owned(), end);
    assert_eq!(lines(&world), [line("s", limit), line("t", limit)]);
    // Written again: it runs on for as long, and its receiver is not asked anew.
    world.now = days(&world, 80);
    world.put(Kind::Subscription, "s", &body.replace("requested", "active"));
    let later = days(&world, MAX_DAYS);
    assert_eq!(lines(&world), [line("s", later), line("t", limit)]);
    assert_eq!(world.pass(10, |_| Ok(())).len(), 0);
    world.result(0, 0);
    assert_eq!(world.pass(10, |_| Err("away".to_owned())).len(), 4);
    world.now = days(&world, 11);
    world.pass(10, |_| Err("away".to_owned()));
    assert_eq!((world.status("t").as_str(), lines(&world)), ("off", vec![line("s", later)]));
    let view = world.fixture.store.view().unwrap();
    assert!(view.subscription_events("t", 0, 10).unwrap().is_empty(), "what is over keeps nothing");
    assert_eq!(view.subscription_events("s", 0, 10).unwrap().len(), 1);
    drop(view);
    let operator = machine("operator", world.now);
    world.fixture.record.act(&operator, EndSubscription { id: "s".to_owned() }).unwrap();
    assert_eq!((world.status("s").as_str(), lines(&world)), ("off", Vec::new()));
    assert_eq!(world.pass(10, |_| Ok(())).len(), 0);
}

#[test]
fn what_waits_for_a_receiver_that_was_given_up_does_not_grow() {
    let mut world = World::new("subscriptions-given-up");
    let body = subscription("s", "new-result", "", "id-only");
    world.put(Kind::Subscription, "s", &body);
    world.pass(10, |_| Ok(()));
    world.result(0, 0);
    world.pass(10, |_| Err("away.".to_owned()));
    world.now = world.now.plus_minutes(8 * 24 * 60);
    world.pass(10, |_| Err("away.".to_owned()));
    world.result(1, 0);
    assert_eq!(world.pass(3_600, |_| Ok(())).len(), 0, "not called any more");
    let row = world.fixture.store.view().unwrap().subscription("s").unwrap().unwrap();
    assert_eq!((row.events, row.said.contains("read by a search")), (1, true), "{}", row.said);
    world.put(Kind::Subscription, "s", &body.replace("test", "again"));
    world.result(2, 0);
    let calls = world.pass(10, |_| Ok(()));
    let numbers: Vec<i64> = calls.iter().flat_map(|call| told(call).0).collect();
    assert_eq!(numbers, [1, 2], "what waited, and what happens from now on");
}

#[test]
fn a_subscription_that_cannot_be_read_keeps_nobody_from_their_turn() {
    let mut world = World::new("subscriptions-unread");
    for id in ["a", "b", "c"] {
        world.put(Kind::Subscription, id, &subscription(id, "new-result", "", "id-only"));
    }
    assert_eq!(world.pass(10, |_| Ok(())).len(), 3);
    let row = world.fixture.store.view().unwrap().subscription("a").unwrap().unwrap();
    let broken = store::SubscriptionRow { asked: "of a newer version".to_owned(), ..row };
    let changes = store::Changes {
        subscriptions: vec![store::SubscriptionChange::Put(broken)],
        ..store::Changes::default()
    };
    assert_eq!(world.fixture.store.settle_blocking(changes), store::Settled::Done);
    world.result(0, 0);
    world.now = world.now.plus_seconds(TICK_SECONDS);
    assert!(world.rounds.round(world.now).is_empty());
    // One place at a time: whoever stands behind the last one comes first.
    let due = |behind: &str| {
        let calls = world.fixture.record.calls_due(&HashSet::new(), behind, 1, world.now).unwrap();
        calls.into_iter().map(|call| call.subscription).collect::<Vec<_>>()
    };
    assert_eq!([due(""), due("b"), due("c")], [["b"], ["c"], ["b"]]);
    assert_eq!(world.pass(120, |_| Ok(())).len(), 2);
    assert_eq!(world.incidents(), 1, "a desk owns it");
    world.put(Kind::Subscription, "a", &subscription("a", "new-result", "", "empty"));
    assert_eq!(world.pass(120, |_| Ok(())).len(), 1, "it begins anew");
    assert_eq!((world.status("a").as_str(), world.incidents()), ("active", 0));
}

fn object(bytes: &[u8]) -> Object {
    match json::parse(bytes) {
        Ok(Json::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

/// Event numbers of a call, and the types of the resources that it brings.
fn told(call: &Call) -> (Vec<i64>, Vec<String>) {
    let bundle = object(&call.body);
    let resources = bundle.objects("entry.resource");
    let status = resources[0];
    let notes = status
        .objects("parameter")
        .into_iter()
        .filter(|part| part.text("name") == Some("notification-event"));
    let number = |note: &Object| {
        let parts = note.objects("part");
        let part = parts.into_iter().find(|part| part.text("name") == Some("event-number")).unwrap();
        part.text("valueString").unwrap().parse().unwrap()
    };
    let kinds = resources[1..].iter().map(|one| one.text("resourceType").unwrap().to_owned()).collect();
    (notes.map(number).collect(), kinds)
}

#[test]
fn d07_a_receiver_that_is_down_for_72_hours_is_told_everything_in_order_without_a_flood() {
    let mut world = World::new("subscriptions-72");
    world.put(Kind::Subscription, "s", &subscription("s", "new-result", "", "full-resource"));
    assert_eq!(world.status("s"), "requested");
    let calls = world.pass(10, |_| Ok(()));
    assert_eq!(calls.iter().map(|call| call.sort).collect::<Vec<_>>(), [Sort::Handshake]);
    assert_eq!(world.status("s"), "active");
    world.result(0, 0);
    let calls = world.pass(10, |_| Ok(()));
    assert_eq!(calls.len(), 1);
    assert_eq!(told(&calls[0]), (vec![1], vec!["DiagnosticReport".to_owned()]));
    // Three days of silence, results all the while.
    let mut tries = 0;
    for hour in 0..72 {
        world.result(hour + 1, hour % 9);
        let calls = world.pass(3_600, |_| Err("no connection".to_owned()));
        assert!(calls.len() <= 12, "{} calls in hour {hour}", calls.len());
        assert!(calls.iter().all(|call| told(call).0.first() == Some(&2)), "the oldest stays the first");
        tries += calls.len();
        if hour == 0 {
            assert_eq!((world.status("s").as_str(), world.incidents()), ("error", 1), "a desk owns it");
        }
    }
    assert!(tries < 330, "{tries} calls in three days");
    let calls = world.pass(15 * 60 + 60, |_| Ok(()));
    let numbers: Vec<i64> = calls.iter().flat_map(|call| told(call).0).collect();
    assert_eq!(numbers, (2..=73).collect::<Vec<i64>>(), "all of them, once, in order");
    assert!(calls.iter().all(|call| told(call).0.len() <= 10), "no more at once than was asked");
    assert_eq!((world.status("s").as_str(), world.incidents()), ("active", 0));
    // What was told can be asked for again.
    let behind =
        |behind| Events { id: "s".to_owned(), behind: Some(behind), up_to: 5, most: 100, content: None };
    let system = at(Role::System, world.now);
    let again = world.fixture.record.look(&system, behind(2)).unwrap().answer(world.now);
    assert_eq!(again.objects("entry").len(), 1 + 3, "events 3 to 5");
    let script = at(Role::Script, world.now);
    let refused = world.fixture.record.look(&script, behind(0)).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::NotFound, "it is somebody else's");
}

#[test]
fn consent_and_filters_say_what_is_told_at_the_moment_of_telling() {
    let mut world = World::new("subscriptions-filters");
    world.result(0, 0);
    world.result(1, 1);
    let ids: Vec<String> = ["100000", "100001"]
        .map(|number| fhir::ResourceKey::patient(RecordId::of("HRH", number)).id())
        .to_vec();
    let filter = format!("DiagnosticReport?patient=Patient/{}", ids[1]);
    world.put(Kind::Subscription, "one", &subscription("one", "new-result", &filter, "id-only"));
    world.put(Kind::Subscription, "all", &subscription("all", "new-result", "", "full-resource"));
    world.put(Kind::Subscription, "none", &subscription("none", "report-corrected", "", "id-only"));
    assert_eq!(world.pass(10, |_| Ok(())).len(), 3, "handshakes; nothing from before");
    world.result(2, 0);
    world.result(3, 1);
    let calls = world.pass(10, |_| Ok(()));
    let of = |calls: &[Call], id: &str| {
        calls.iter().filter(|call| call.subscription == id).map(told).collect::<Vec<_>>()
    };
    assert_eq!(of(&calls, "one"), [(vec![1], Vec::new())]);
    assert_eq!(of(&calls, "all").iter().map(|(numbers, _)| numbers.len()).sum::<usize>(), 2);
    assert_eq!(of(&calls, "none"), []);
    // Withheld between the event and its telling: its number is told, and nothing of it.
    world.result(4, 1);
    world.now = world.now.plus_seconds(TICK_SECONDS);
    assert!(world.rounds.round(world.now).is_empty());
    let view = world.fixture.store.view().unwrap();
    let person = view.record(RecordId::of("HRH", "100001")).unwrap().unwrap().person;
    drop(view);
    let withhold = Withhold {
        person: Some(person),
        classes: Vec::new(),
        sites: Vec::new(),
        roles: Vec::new(),
        practitioners: Vec::new(),
        places: Vec::new(),
        days: 0,
        reason: "their words".to_owned(),
    };
    let actor = Actor {
        id: "wren".into(),
        role: Role::PrivacyOfficer,
        name: "Wren, Wil".into(),
        practitioner: None,
        through: None,
    };
    let privacy = Context { actor, purpose: Purpose::Operations, now: world.now };
    world.fixture.record.act(&privacy, withhold).unwrap();
    let calls = world.pass(10, |_| Ok(()));
    assert_eq!(of(&calls, "one"), [(vec![2], Vec::new())]);
    let bundle = object(&calls.iter().find(|call| call.subscription == "one").unwrap().body);
    assert!(!String::from_utf8(bundle.to_bytes()).unwrap().contains("DiagnosticReport/"), "{bundle}");
    assert_eq!(of(&calls, "all"), [(vec![3], Vec::new())]);
    // From then on it has no number either.
    world.result(5, 1);
    assert_eq!(world.pass(10, |_| Ok(())).len(), 0);
    // Ended: nobody is called, and its events are gone.
    let off = subscription("all", "new-result", "", "id-only").replace("requested", "off");
    world.put(Kind::Subscription, "all", &off);
    world.result(6, 0);
    assert_eq!(world.pass(10, |_| Ok(())).len(), 0);
    let wrong = subscription("bad", "weather", "", "id-only");
    let refused = world.try_put(Kind::Subscription, "bad", &wrong).unwrap_err();
    assert!(refused.words.en.contains("Subscription.criteria"), "{refused}");
}
