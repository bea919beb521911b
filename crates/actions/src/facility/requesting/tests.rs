//! A ticket on its way: signed and taken once, decided by the right manager, followed back to its sender.

use super::super::desk::{Decide, Desk};
use super::super::registers::{Register, TakeRegister};
use super::super::structure::{Delegate, TakeStructure};
use super::super::tickets::{Feed, Sender, Signed, Status, Take};
use crate::chart::tests::World;
use crate::context::{Actor, Context};
use crate::enrolment::turn::facts_of;
use crate::record::machine;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use clinical::enrolment::statements::in_force;
use clinical::enrolment::{Acknowledged, ModuleHeld};
use clinical::facility::tickets::{Badge, CATALOGUE, Whom, Wish};
use store::{AccountState, ApplicationRow, Changes, EnrolmentChange, Settled};

const SENDER: &str = "it-self-service";

fn world(name: &str) -> World {
    let world = World::new(name);
    let context = machine("opor registers", world.clock);
    let take = |register, text: &str| TakeRegister { register, text: text.to_owned(), sure: false, of: None };
    let licences = "regulator,licence,family,status,until\nNSPR,100,Reed,active,\nNSPR,101,Marsh,active,\n";
    let staff = "employee,family,unit,from,until\nE1,Reed,ward-6,2020-01-01,\nE2,Marsh,ward-6,2020-01-01,\n";
    world.record.act(&context, take(Register::Licences, licences)).expect("taken");
    world.record.act(&context, take(Register::Employments, staff)).expect("taken");
    let text = include_str!("../../../../clinical/testdata/facility/structure.toml").to_owned();
    world.record.act(&context, TakeStructure { text, reason: "from HR".into() }).expect("taken");
    world
}

fn wish(ticket: &str) -> Wish {
    Wish {
        ticket: ticket.into(),
        catalogue: CATALOGUE.map(str::to_owned).to_vec(),
        requested_by: "reed".into(),
        access_for: Whom {
            employee: "E1".into(),
            family: "Reed".into(),
            given: "Gia".into(),
            email: "gia.reed@hrh.example".into(),
            profession: "pharmacist".into(),
            regulator: "NSPR".into(),
            licence: "100".into(),
        },
        unit: "ward-6".into(),
        identity: Some(Badge { method: "badge".into(), evidence: "badge 4417 seen at the desk".into() }),
        agreement: Some("personnel file, 2020-01-01".into()),
    }
}

fn send(world: &World, wish: Wish) -> Result<(), RefusalKind> {
    let act = Take { sender: SENDER.into(), wish };
    world.record.act(&machine(SENDER, world.clock), act).map_err(|refusal| refusal.kind)
}

fn manager(world: &World, user: &str) -> Context {
    let role = Role::UnitManager;
    Context {
        actor: Actor { through: None, id: user.into(), role, name: user.into(), practitioner: None },
        purpose: role.usual_purpose(),
        now: world.clock,
    }
}

fn only(world: &World) -> ApplicationRow {
    let view = world.record.store().view().expect("a view");
    let states = ["draft", "submitted", "complete", "identity-verified", "eligible", "provisioned", "ended"];
    let mut all: Vec<ApplicationRow> =
        states.iter().flat_map(|state| view.applications_in(state, 10).expect("applications")).collect();
    assert_eq!(all.len(), 1, "one application");
    all.remove(0)
}

fn decide(world: &World, user: &str, yes: bool, reason: &str) -> Result<(), RefusalKind> {
    let act = Decide { application: only(world).id, unit: "ward-6".into(), yes, reason: reason.into() };
    world.record.act(&manager(world, user), act).map_err(|refusal| refusal.kind)
}

/// What the person brings by their link: the module and the two statements, sent.
fn person_does_theirs(world: &World) {
    let row = only(world);
    let mut facts = facts_of(&row).expect("facts");
    let (versions, at) = (in_force(), world.clock);
    facts.module = Some(ModuleHeld { version: versions.module, score: 6, of: 6, at });
    for (statement, version) in [("nsh", versions.privacy_nsh), ("iwk", versions.privacy_iwk)] {
        facts.privacy.push(Acknowledged { statement: statement.into(), version, at });
    }
    let facts = serde_json::to_string(&facts).expect("facts");
    let row = ApplicationRow { state: "submitted".into(), facts, revision: row.revision + 1, ..row };
    let enrolment = vec![EnrolmentChange::Application(row)];
    assert_eq!(
        world.record.store().settle_blocking(Changes { enrolment, ..Changes::default() }),
        Settled::Done
    );
    world.record.turn_applications(world.clock).expect("a round");
}

fn statuses(world: &World) -> Vec<String> {
    world.record.follow_tickets(world.clock).expect("a round");
    let feed = Feed { sender: SENDER.into(), after: 0 };
    let lines = world.record.look(&machine(SENDER, world.clock), feed).expect("a feed");
    lines.into_iter().map(|line| line.status).collect()
}

#[test]
fn s031_a_ticket_is_one_application_and_one_account_however_often_it_comes() {
    let world = world("ticket");
    assert_eq!((send(&world, wish("IT-1")), send(&world, wish("IT-1"))), (Ok(()), Ok(())));
    let other = Wish { unit: "icu".into(), ..wish("IT-1") };
    assert_eq!(send(&world, other), Err(RefusalKind::Conflict), "a number stands for one request");
    assert_eq!(send(&world, Wish { unit: "attic".into(), ..wish("IT-2") }), Err(RefusalKind::Unreadable));
    assert_eq!(only(&world).state, "draft");
    assert_eq!(statuses(&world), ["requested"]);
    assert_eq!(decide(&world, "marsh", true, ""), Ok(()));
    assert!(only(&world).account.is_empty(), "the module and the statements are missing");
    assert_eq!(statuses(&world), ["requested", "approved"]);
    person_does_theirs(&world);
    let row = only(&world);
    assert_eq!(row.state, "provisioned");
    send(&world, wish("IT-1")).expect("the same answer");
    assert_eq!(statuses(&world), ["requested", "approved", "ready"]);
    let view = world.record.store().view().expect("a view");
    assert_eq!(view.accounts_after("", 10).expect("accounts").len(), 1);
    assert_eq!(view.account(&row.account).expect("read").expect("made").state, AccountState::Active);
    let person = view.facility_person(&row.account).expect("read").expect("it rests on an employment");
    assert_eq!((person.employee.as_str(), person.unit.as_str()), ("E1", "ward-6"));
    let ask = Status { sender: SENDER.into(), ticket: "IT-1".into() };
    let (_, lines) = world.record.look(&machine(SENDER, world.clock), ask).expect("a ticket");
    assert_eq!(lines[0].status, "ready");
    // The leaver of tomorrow: the register says so, and the access ends with it.
    let left = "employee,family,unit,from,until\nE1,Reed,ward-6,2020-01-01,2026-11-21\nE2,Marsh,ward-6,2020-01-01,\n";
    let take = TakeRegister { register: Register::Employments, text: left.into(), sure: false, of: None };
    world.record.act(&machine("opor registers", world.clock), take).expect("taken");
    drop(view);
    world
        .record
        .lapse_accounts(&mut super::super::registers::Registers::default(), world.clock)
        .expect("a round");
    let view = world.record.store().view().expect("a view");
    assert_eq!(view.account(&row.account).expect("read").expect("made").state, AccountState::Suspended);
}

#[test]
fn s029_the_requester_an_ex_manager_and_another_units_manager_are_refused() {
    let world = world("ticket-refused");
    // Marsh asks for herself, who manages the unit.
    let mut own = wish("IT-1");
    own.requested_by = "marsh".into();
    own.access_for = Whom {
        employee: "E2".into(),
        family: "Marsh".into(),
        given: "Ines".into(),
        email: "Ines.Marsh@hrh.example".into(),
        licence: "101".into(),
        ..own.access_for
    };
    send(&world, own).expect("taken");
    for who in ["marsh", "knoll", "brook", "stranger"] {
        assert_eq!(decide(&world, who, true, ""), Err(RefusalKind::Conflict), "{who}");
    }
    let (herself, deputy) = (manager(&world, "coordinator"), manager(&world, "u-other"));
    let named = |context: Context, name: &str| Context {
        actor: Actor { name: name.into(), role: Role::Coordinator, ..context.actor.clone() },
        ..context
    };
    let id = only(&world).id;
    for (context, rung) in [(herself, "the desk"), (deputy, "a deputy")] {
        let mut context = named(context, "Ines Marsh");
        context.now = world.clock.plus_minutes(5 * 24 * 60);
        let act = Decide { application: id, unit: "ward-6".into(), yes: true, reason: String::new() };
        let refused = world.record.act(&context, act).expect_err(rung);
        assert!(refused.words.en.contains("is for you"), "{rung}: {}", refused.words.en);
    }
    let waits =
        |user| world.record.look(&manager(&world, user), Desk::default()).expect("a page").waits.len();
    assert_eq!(
        (waits("marsh"), waits("brook"), waits("pike")),
        (0, 0, 1),
        "it is with the manager above at once"
    );
    assert_eq!(decide(&world, "pike", false, " "), Err(RefusalKind::Unreadable), "a reason is asked");
    assert_eq!(decide(&world, "pike", false, "not on this ward"), Ok(()));
    assert_eq!(only(&world).state, "ended");
    assert_eq!(statuses(&world), ["requested", "refused"]);
}

#[test]
fn s030_a_request_that_nobody_answers_goes_up_and_then_to_the_enrolment_desk() {
    let mut world = world("ticket-stale");
    send(&world, wish("IT-1")).expect("taken");
    let waits = |world: &World, user: &str, role: Role| {
        let context = Context { actor: Actor { role, ..manager(world, user).actor }, ..manager(world, user) };
        world.record.look(&context, Desk::default()).expect("a page").waits.len()
    };
    let mut written = Vec::new();
    for _ in 0..6 {
        let letters = world.record.ask_about_requests(world.clock).expect("a round");
        assert_eq!(world.record.ask_about_requests(world.clock).expect("a round"), 0, "once");
        written.push((
            letters,
            waits(&world, "marsh", Role::UnitManager),
            waits(&world, "pike", Role::UnitManager),
            waits(&world, "kestrel", Role::Coordinator),
        ));
        world.clock = world.clock.plus_minutes(24 * 60);
    }
    // The unit's own manager may still say yes when it has gone further.
    assert_eq!(written, [(1, 1, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0), (1, 1, 1, 0), (0, 0, 0, 1), (0, 0, 0, 1)]);
    assert_eq!(decide(&world, "pike", true, ""), Err(RefusalKind::Conflict), "it is the desk's now");
    let desk = Context {
        actor: Actor { role: Role::Coordinator, ..manager(&world, "kestrel").actor },
        ..manager(&world, "kestrel")
    };
    let act =
        Decide { application: only(&world).id, unit: "ward-6".into(), yes: true, reason: String::new() };
    world.record.act(&desk, act).expect("the desk stands behind the managers");
}

#[test]
fn s029_a_request_that_ends_owes_nobody_an_answer_and_deputies_are_written_to() {
    let mut world = world("ticket-ends");
    let delegate = Delegate {
        unit: "ward-6".into(),
        user: "pike".into(),
        name: "Pike, Noor".into(),
        from: "2026-11-22".into(),
        until: "2026-11-30".into(),
    };
    world.record.act(&manager(&world, "marsh"), delegate).expect("delegated");
    send(&world, wish("IT-1")).expect("taken");
    assert_eq!(world.record.ask_about_requests(world.clock).expect("a round"), 2, "manager and deputy");
    let owed = |world: &World| {
        let view = world.record.store().view().expect("a view");
        let key = crate::enrolment::turn::unit_key(only(world).id, "ward-6");
        let row = view.obligation(key).expect("read").expect("owed");
        matches!(row.state, store::ObligationState::Open { .. })
    };
    assert!(owed(&world));
    world.clock = world.clock.plus_minutes(31 * 24 * 60);
    world.record.turn_applications(world.clock).expect("a round");
    assert_eq!((only(&world).state.as_str(), owed(&world)), ("ended", false));
}

#[test]
fn s031_a_call_is_signed_of_now_and_taken_once() {
    let world = world("ticket-signed");
    let sender = Sender { name: SENDER.into(), key: vec![7; 32] };
    let body = b"{}";
    let signed = |nonce: &str, timestamp: &str| {
        let call = Signed {
            method: "POST".into(),
            path: "/api/tickets".into(),
            timestamp: timestamp.into(),
            nonce: nonce.into(),
            signature: String::new(),
        };
        Signed { signature: sender.sign(&call, body), ..call }
    };
    let take = |sender: &Sender, call: &Signed, body: &[u8]| {
        world.record.take_call(sender, call, body, world.clock).map_err(|refusal| refusal.kind)
    };
    let call = signed("0123456789abcdef", "2026-11-22T14:04:00Z");
    assert_eq!(take(&sender, &call, body), Ok(()));
    assert_eq!(take(&sender, &call, body), Err(RefusalKind::Conflict), "replayed");
    let fresh = || signed("fedcba9876543210", "2026-11-22T14:04:00Z");
    let refused = Err(RefusalKind::NotAllowed);
    assert_eq!(take(&sender, &fresh(), b"{ }"), refused, "another body");
    assert_eq!(take(&sender, &Signed { path: "/api/tickets?after=1".into(), ..fresh() }, body), refused);
    assert_eq!(take(&sender, &Signed { method: "GET".into(), ..fresh() }, body), refused);
    assert_eq!(take(&sender, &Signed { nonce: "short".into(), ..fresh() }, body), refused);
    assert_eq!(take(&sender, &signed("fedcba9876543210", "2026-11-22T13:54:59Z"), body), refused, "too old");
    let stranger = Sender { name: SENDER.into(), key: vec![8; 32] };
    assert_eq!(take(&stranger, &fresh(), body), refused);
    let nobody = Sender { name: "nobody".into(), key: Vec::new() };
    let call = Signed { signature: nobody.sign(&fresh(), body), ..fresh() };
    assert_eq!(take(&nobody, &call, body), refused, "an empty key signs nothing");
    assert_eq!(take(&sender, &fresh(), body), Ok(()));
}
