//! Lapses and the quarterly look over a record in a folder of its own, in virtual time.

use super::desk::Desk;
use super::lapsing::Reopen;
use super::recertifying::Say;
use super::registers::{Register, Registers, TakeRegister};
use super::structure::{Delegate, EndDelegation, TakeStructure};
use crate::accounts::keeping::{Grant, Provision, account_id};
use crate::accounts::{EndGrant, Invite, Reset, Resume, Suspend};
use crate::chart::tests::World;
use crate::context::{Actor, Context};
use crate::record::machine;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use clinical::enrolment::{Facts, ModuleHeld};
use clinical::words::Words;
use fhir::Instant;
use store::{
    AccountState, ApplicationId, ApplicationRow, Changes, EnrolmentChange, FacilityChange, FacilityPerson,
    Settled, WorkContext,
};

const LICENCES: &str =
    "regulator,licence,family,status,until\nNSPR,100,Tern,active,2027-06-30\nNSPR,101,Heron,active,\n";
const STAFF: &str =
    "employee,family,unit,from,until\nE1,Tern,ward-6,2020-01-01,\nE2,Heron,ward-6,2020-01-01,\n";
const STRUCTURE: &str = include_str!("../../../clinical/testdata/facility/structure.toml");

fn context(world: &World, user: &str, role: Role) -> Context {
    Context {
        actor: Actor { through: None, id: user.into(), role, name: user.into(), practitioner: None },
        purpose: role.usual_purpose(),
        now: world.clock,
    }
}

/// Somebody of ward 6 with an account.
fn hired(world: &World, application: &str, (family, licence, employee): (&str, &str, &str)) -> String {
    let provision = Provision {
        application: application.to_owned(),
        name: format!("{family}, Sam"),
        address: format!("{}@hrh.example", family.to_lowercase()),
        licence: format!("NSPR|{licence}"),
        grants: vec![Grant {
            role: Role::Pharmacist,
            practitioner: None,
            place: Some("ward-6".into()),
            context: WorkContext::Facility,
            until: None,
        }],
    };
    world.record.act(&machine("opor enrolment", world.clock), provision).expect("an account");
    let account = account_id(application);
    let facility = vec![FacilityChange::Person(FacilityPerson {
        account: account.clone(),
        employee: employee.to_owned(),
        unit: "ward-6".to_owned(),
        since: world.clock,
    })];
    let settled = world.record.store().settle_blocking(Changes { facility, ..Changes::default() });
    assert_eq!(settled, Settled::Done);
    account
}

fn take(world: &World, register: Register, text: &str) -> Result<(), crate::Refusal> {
    let act = TakeRegister { register, text: text.to_owned(), sure: false, of: None };
    world.record.act(&machine("opor registers", world.clock), act)
}

fn lapse(world: &World) -> usize {
    world.record.lapse_accounts(&mut Registers::default(), world.clock).expect("a round")
}

fn state(world: &World, account: &str) -> AccountState {
    world.record.store().view().expect("a view").account(account).expect("read").expect("an account").state
}

fn mails(world: &World, sort: &str) -> usize {
    let mails = world.record.store().view().expect("a view").mails_out(1_000).expect("mails");
    mails.iter().filter(|mail| mail.sort == sort).count()
}

fn later(world: &mut World, days: i64) {
    world.clock = world.clock.plus_minutes(days * 24 * 60);
}

fn seen_today(world: &World, account: &str) {
    let view = world.record.store().view().expect("a view");
    let row = view.account(account).expect("read").expect("an account");
    let row = store::AccountRow { seen: Some(world.clock), revision: row.revision + 1, ..row };
    let accounts = vec![store::AccountChange::Account(row)];
    drop(view);
    assert_eq!(
        world.record.store().settle_blocking(Changes { accounts, ..Changes::default() }),
        Settled::Done
    );
}

#[test]
fn h80_a_leaver_and_a_lapsed_licence_are_suspended_in_the_next_round_and_come_back_with_their_ground() {
    let mut world = World::new("lapse-registers");
    take(&world, Register::Licences, LICENCES).expect("taken");
    take(&world, Register::Employments, STAFF).expect("taken");
    let (tern, heron) =
        (hired(&world, "a1", ("Tern", "100", "E1")), hired(&world, "a2", ("Heron", "101", "E2")));
    assert_eq!(lapse(&world), 0, "everything holds");
    world.clock = world.clock.plus_minutes(1);
    take(
        &world,
        Register::Employments,
        &STAFF.replace("E1,Tern,ward-6,2020-01-01,", "E1,Tern,ward-6,2020-01-01,2026-11-21"),
    )
    .expect("taken");
    take(&world, Register::Licences, &LICENCES.replace("NSPR,101,Heron,active", "NSPR,101,Heron,suspended"))
        .expect("taken");
    assert_eq!((lapse(&world), lapse(&world)), (2, 0), "once");
    assert_eq!(
        (state(&world, &tern), state(&world, &heron)),
        (AccountState::Suspended, AccountState::Suspended)
    );
    assert_eq!(mails(&world, "suspended"), 2);
    let view = world.record.store().view().expect("a view");
    let codes: Vec<String> = view.lapses_of(&tern).expect("lapses").into_iter().map(|row| row.code).collect();
    assert_eq!(codes, ["employment"]);
    drop(view);
    // The licence is back: access comes back by itself, with a word.
    world.clock = world.clock.plus_minutes(1);
    take(&world, Register::Licences, LICENCES).expect("taken");
    assert_eq!(lapse(&world), 1);
    assert_eq!(
        (state(&world, &tern), state(&world, &heron)),
        (AccountState::Suspended, AccountState::Active)
    );
    assert_eq!(mails(&world, "resumed"), 1);
    // What a person suspended is not opened again by a register.
    let why = Words::new("Under review.", "À l'étude.");
    let suspend = Suspend { account: heron.clone(), reason: why };
    world.record.act(&machine("opor enrolment", world.clock), suspend).expect("suspended");
    lapse(&world);
    assert_eq!(state(&world, &heron), AccountState::Suspended);
}

#[test]
fn h80_nobody_opens_by_a_word_what_a_register_closed_and_a_round_mends_what_is_open_in_spite_of_it() {
    let mut world = World::new("lapse-standing");
    take(&world, Register::Licences, LICENCES).expect("taken");
    let heron = hired(&world, "a2", ("Heron", "101", "E2"));
    let context = machine("opor enrolment", world.clock);
    let why = Words::new("Under review.", "À l'étude.");
    let suspend = Suspend { account: heron.clone(), reason: why.clone() };
    let resume = Resume { account: heron.clone(), of: String::new(), reason: why.clone() };
    let resume = || world.record.act(&context, resume.clone());
    world.record.act(&context, suspend).expect("suspended by a person");
    let gone = LICENCES.replace("NSPR,101,Heron,active", "NSPR,101,Heron,suspended");
    take(&world, Register::Licences, &gone).expect("taken");
    assert_eq!(lapse(&world), 1);
    // The person's reason is lifted; what the register says stands, and is nobody's to lift.
    assert_eq!(resume(), Ok(()));
    assert_eq!(state(&world, &heron), AccountState::Suspended);
    assert_eq!(mails(&world, "suspended"), 1, "the holder is told what is left");
    assert_eq!(resume().map_err(|refusal| refusal.kind), Err(RefusalKind::Conflict));
    // In use in spite of the lapse, whoever did it: the next round suspends it.
    let view = world.record.store().view().expect("a view");
    let row = view.account(&heron).expect("read").expect("an account");
    drop(view);
    let row = store::AccountRow { state: AccountState::Active, revision: row.revision + 1, ..row };
    let accounts = vec![store::AccountChange::Account(row)];
    assert_eq!(
        world.record.store().settle_blocking(Changes { accounts, ..Changes::default() }),
        Settled::Done
    );
    assert_eq!((lapse(&world), lapse(&world)), (1, 0));
    assert_eq!(state(&world, &heron), AccountState::Suspended);
    // A register without the regulator is not taken, and lifts nothing.
    let other = "regulator,licence,family,status,until\nNSCN,1,Gull,active,\n";
    let sure = TakeRegister { register: Register::Licences, text: other.to_owned(), sure: true, of: None };
    world.record.act(&machine("opor registers", world.clock), sure).expect("taken");
    assert_eq!(lapse(&world), 0);
    assert_eq!(state(&world, &heron), AccountState::Suspended);
    world.clock = world.clock.plus_minutes(1);
    take(&world, Register::Licences, LICENCES).expect("taken");
    assert_eq!(lapse(&world), 1);
    assert_eq!(state(&world, &heron), AccountState::Active);
    let refused = take(&world, Register::Licences, other).expect_err("accesses rest on NSPR");
    assert!(refused.words.en.contains("no licence of NSPR"), "{}", refused.words.en);
}

#[test]
fn h80_a_register_that_leaves_out_a_hospital_shuts_nobody_out_before_somebody_has_looked() {
    let mut world = World::new("lapse-doubtful");
    take(&world, Register::Employments, STAFF).expect("taken");
    let mut staff = STAFF.to_owned();
    for n in 10..30 {
        staff.push_str(&format!("E{n},Gull,ward-6,,\n"));
    }
    take(&world, Register::Employments, &staff).expect("taken");
    for n in 10..30 {
        hired(&world, &format!("a{n}"), ("Gull", &format!("9{n}"), &format!("E{n}")));
        // One address is one person's.
        let view = world.record.store().view().expect("a view");
        let row = view.account(&account_id(&format!("a{n}"))).expect("read").expect("an account");
        drop(view);
        let row =
            store::AccountRow { address: format!("gull{n}@hrh.example"), revision: row.revision + 1, ..row };
        let accounts = vec![store::AccountChange::Account(row)];
        assert_eq!(
            world.record.store().settle_blocking(Changes { accounts, ..Changes::default() }),
            Settled::Done
        );
    }
    world.clock = world.clock.plus_minutes(1);
    let refused = take(&world, Register::Employments, STAFF).expect_err("doubted");
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.words.en.contains("20 of the 20"), "{}", refused.words.en);
    world.record.registers_go(&[(Register::Employments, refused)], world.clock).expect("told");
    let incidents = world.record.store().view().expect("a view").incidents_open().expect("incidents");
    assert!(incidents.iter().any(|row| row.sort == "register" && row.subject == "employments"));
    assert_eq!(lapse(&world), 0, "the register before stays in use");
    let sure = TakeRegister { register: Register::Employments, text: STAFF.to_owned(), sure: true, of: None };
    world.record.act(&machine("opor registers", world.clock), sure).expect("somebody has looked");
    assert_eq!(lapse(&world), 20);
}

#[test]
fn h80_a_register_that_is_too_old_or_cut_short_shuts_nobody_out_and_somebody_owns_it() {
    let mut world = World::new("lapse-stale");
    let ends = LICENCES.replace("2027-06-30", "2026-11-25");
    take(&world, Register::Licences, &ends).expect("taken");
    let tern = hired(&world, "a1", ("Tern", "100", "E1"));
    let open = |world: &World| {
        let incidents = world.record.store().view().expect("a view").incidents_open().expect("incidents");
        incidents
            .into_iter()
            .filter(|row| row.sort == "register-stale")
            .map(|row| row.subject)
            .collect::<Vec<_>>()
    };
    later(&mut world, 8);
    assert_eq!(lapse(&world), 0, "what it says of today is a week old");
    assert_eq!((state(&world, &tern), open(&world)), (AccountState::Active, vec!["licences".to_owned()]));
    // The same file anew says that it still holds: the licence ended five days ago.
    take(&world, Register::Licences, &ends).expect("taken");
    assert_eq!((lapse(&world), open(&world).len()), (1, 0));
    assert_eq!(state(&world, &tern), AccountState::Suspended);
    // And one that is renewed in a file too old opens nothing.
    world.clock = world.clock.plus_minutes(1);
    let old = Some(world.clock.plus_minutes(-8 * 24 * 60));
    let act = |sure| TakeRegister { register: Register::Licences, text: LICENCES.to_owned(), sure, of: old };
    let refused = world.record.act(&machine("opor registers", world.clock), act(false)).expect_err("older");
    assert!(refused.words.en.contains("older than the one in use"), "{}", refused.words.en);
    // Nor is it taken but on purpose.
    world.record.act(&machine("opor registers", world.clock), act(true)).expect("taken");
    assert_eq!((lapse(&world), state(&world, &tern)), (0, AccountState::Suspended));
    // A file that was cut short is held although nobody's access rests on what it lacks.
    let mut many = LICENCES.to_owned();
    for n in 1_000..4_000 {
        many.push_str(&format!("NSPR,{n},Gull,active,\n"));
    }
    take(&world, Register::Licences, &many).expect("taken");
    let cut: String = many.split_inclusive('\n').take(2_000).collect();
    let refused = take(&world, Register::Licences, &cut).expect_err("held");
    assert!(refused.words.en.contains("1003 of the 3002"), "{}", refused.words.en);
}

#[test]
fn h80_ninety_days_without_use_lapse_and_somebody_verifies_before_it_opens_again() {
    let mut world = World::new("lapse-unused");
    let tern = hired(&world, "a1", ("Tern", "100", "E1"));
    later(&mut world, 89);
    assert_eq!(lapse(&world), 0);
    later(&mut world, 1);
    assert_eq!(lapse(&world), 1);
    assert_eq!(state(&world, &tern), AccountState::Suspended);
    let desk = context(&world, "kestrel", Role::Coordinator);
    let reopen = |evidence: &str| Reopen { account: tern.clone(), evidence: evidence.into() };
    assert_eq!(world.record.act(&desk, reopen(" ")).map_err(|r| r.kind), Err(RefusalKind::Unreadable));
    let oneself = context(&world, &tern, Role::Coordinator);
    assert_eq!(world.record.act(&oneself, reopen("me")).map_err(|r| r.kind), Err(RefusalKind::Conflict));
    world.record.act(&desk, reopen("called back at 902-555-0155")).expect("opened");
    assert_eq!(state(&world, &tern), AccountState::Active);
    assert_eq!(lapse(&world), 0, "its ninety days begin anew");
    assert_eq!(world.record.act(&desk, reopen("again")).map_err(|r| r.kind), Err(RefusalKind::Conflict));
}

/// An application that carries when the module was passed.
fn passed(world: &World, account: &str, at: Instant, id: i64) {
    let module = Some(ModuleHeld { version: "1".into(), score: 6, of: 6, at });
    let facts = serde_json::to_string(&Facts { module, ..Facts::default() }).expect("facts");
    let row = ApplicationRow {
        id: ApplicationId(id),
        state: "active".into(),
        sort: "facility".into(),
        address: "tern@hrh.example".into(),
        handle: Vec::new(),
        holder: "applicant".into(),
        since: world.clock,
        due: world.clock.plus_minutes(365 * 24 * 60),
        account: account.to_owned(),
        facts,
        opened: world.clock,
        meets: None,
        revision: 1,
    };
    let enrolment = vec![EnrolmentChange::Application(row)];
    assert_eq!(
        world.record.store().settle_blocking(Changes { enrolment, ..Changes::default() }),
        Settled::Done
    );
}

#[test]
fn s039_the_module_warns_at_30_14_and_1_days_suspends_after_a_year_and_comes_back_when_passed_anew() {
    let mut world = World::new("lapse-module");
    let tern = hired(&world, "a1", ("Tern", "100", "E1"));
    passed(&world, &tern, world.clock, 1);
    let mut told = Vec::new();
    for day in 1..=365 {
        later(&mut world, 1);
        seen_today(&world, &tern);
        lapse(&world);
        if mails(&world, "module-ends") > told.len() {
            told.push(365 - day);
        }
    }
    assert_eq!(told, [30, 14, 1]);
    assert_eq!(state(&world, &tern), AccountState::Suspended);
    passed(&world, &tern, world.clock, 2);
    assert_eq!(lapse(&world), 1);
    assert_eq!(state(&world, &tern), AccountState::Active);
}

#[test]
fn ac9_each_quarter_managers_say_who_still_needs_access_and_silence_suspends() {
    let mut world = World::new("quarterly");
    let structure = TakeStructure { text: STRUCTURE.to_owned(), reason: "from HR".into() };
    world.record.act(&machine("opor facility", world.clock), structure.clone()).expect("taken");
    world.record.act(&machine("opor facility", world.clock), structure).expect("the same again is nothing");
    let (tern, heron) =
        (hired(&world, "a1", ("Tern", "100", "E1")), hired(&world, "a2", ("Heron", "101", "E2")));
    // Into the next quarter: 2027-01-01.
    later(&mut world, 41);
    for account in [&tern, &heron] {
        seen_today(&world, account);
    }
    let ask = |world: &World| world.record.ask_managers(world.clock).expect("a round");
    assert_eq!(ask(&world), 1, "the look of the quarter begins");
    assert_eq!((ask(&world), ask(&world)), (1, 0), "one letter for the unit");
    let marsh = context(&world, "marsh", Role::UnitManager);
    let say = |account: &str, keeps: bool, reason: &str| Say {
        account: account.into(),
        keeps,
        reason: reason.into(),
    };
    let kind = |who: &Context, say: Say| world.record.act(who, say).map_err(|refusal| refusal.kind);
    for (who, why) in [("knoll", "ex-manager"), ("brook", "another unit"), ("pike", "not hers yet")] {
        let other = context(&world, who, Role::UnitManager);
        assert_eq!(kind(&other, say(&tern, true, "")), Err(RefusalKind::Conflict), "{why}");
    }
    assert_eq!(kind(&marsh, say(&tern, true, "")), Ok(()));
    let desk_id = |account: &str| crate::obligations::id(&["recertification", "2027-Q1", account]);
    for (days_on, letters) in [(7, 2), (14, 3), (21, 3)] {
        later(&mut world, 7);
        ask(&world);
        assert_eq!(mails(&world, "recertification"), letters, "reminded, then the one above, then the desk");
        let pike =
            world.record.look(&context(&world, "pike", Role::UnitManager), Desk::default()).expect("a page");
        let of_pike: Vec<&str> = pike.people.iter().map(|line| line.account.as_str()).collect();
        let above = days_on == 14;
        assert_eq!(of_pike, if above { vec![heron.as_str()] } else { Vec::new() }, "day {days_on}");
        let desk = world
            .record
            .look(&context(&world, "kestrel", Role::Coordinator), Desk::default())
            .expect("a page");
        let owed = world.record.store().view().expect("a view");
        let owed = owed.obligation(desk_id(&heron)).expect("read").is_some();
        assert_eq!((desk.people.len(), owed), (usize::from(days_on == 21), days_on == 21), "day {days_on}");
    }
    assert_eq!(lapse(&world), 0);
    later(&mut world, 7);
    assert_eq!(lapse(&world), 1);
    assert_eq!(
        (state(&world, &tern), state(&world, &heron)),
        (AccountState::Active, AccountState::Suspended)
    );
    // What the desk does meanwhile leaves the round's own way back as it is (the look's word opens it again, below).
    let why = || Words::new("New telephone.", "Nouveau téléphone.");
    let by = machine("opor enrolment", world.clock);
    world.record.act(&by, Invite { account: heron.clone() }).expect("invited anew");
    world.record.act(&by, Reset { account: heron.clone(), reason: why() }).expect("reset");
    let end = EndGrant { account: heron.clone(), number: 1, reason: why() };
    world.record.act(&by, end).expect("ended");
    // Nobody of the unit answers: the desk says it in their place, and nothing is owed any more.
    let desk = context(&world, "kestrel", Role::Coordinator);
    world.record.act(&desk, say(&heron, true, "")).expect("still needed");
    let view = world.record.store().view().expect("a view");
    let owed = view.obligation(desk_id(&heron)).expect("read").expect("owed");
    assert!(!matches!(owed.state, store::ObligationState::Open { .. }));
    drop(view);
    let marsh = context(&world, "marsh", Role::UnitManager);
    assert_eq!(state(&world, &heron), AccountState::Active, "at once");
    let refused = world.record.act(&marsh, say(&tern, false, " ")).map_err(|refusal| refusal.kind);
    assert_eq!(refused, Err(RefusalKind::Unreadable));
    world.record.act(&marsh, say(&tern, false, "moved to the clinic")).expect("ended");
    assert_eq!(state(&world, &tern), AccountState::Suspended, "at once");
}

#[test]
fn s029_a_name_in_a_letter_of_the_facility_is_no_link() {
    let mut world = World::new("facility-blanks");
    let structure = TakeStructure { text: STRUCTURE.to_owned(), reason: "from HR".into() };
    world.record.act(&machine("opor facility", world.clock), structure).expect("taken");
    let named = "[[approve:00000000000000a7.0.0.1]] [[resume:00000000000000a7.0]]";
    let account = hired(&world, "a1", (named, "100", "E1"));
    later(&mut world, 41);
    seen_today(&world, &account);
    for _ in 0..2 {
        world.record.ask_managers(world.clock).expect("a round");
    }
    let key = crate::sign_in::TokenKey([7; 32]);
    let mails = crate::mailing::Mails { key, portal: String::new() };
    let mails = world.record.look(&machine("opor mail", world.clock), mails).expect("mails");
    let letter = mails.iter().find(|mail| mail.sort == "recertification").expect("managers are asked");
    assert!(letter.body.contains("((approve:") && !letter.body.contains("/join/"), "{}", letter.body);
}

#[test]
fn s029_a_delegation_is_dated_and_the_managers_own() {
    let mut world = World::new("delegation");
    let structure = TakeStructure { text: STRUCTURE.to_owned(), reason: "from HR".into() };
    world.record.act(&machine("opor facility", world.clock), structure).expect("taken");
    let tern = hired(&world, "a1", ("Tern", "100", "E1"));
    let delegate = |from: &str, until: &str| Delegate {
        unit: "ward-6".into(),
        user: "wren".into(),
        name: "Wren, Io".into(),
        from: from.into(),
        until: until.into(),
    };
    let kind = |world: &World, who: &str, act: Delegate| {
        world.record.act(&context(world, who, Role::UnitManager), act).map_err(|refusal| refusal.kind)
    };
    assert_eq!(kind(&world, "brook", delegate("2026-11-23", "2026-11-30")), Err(RefusalKind::Conflict));
    assert_eq!(
        kind(&world, "marsh", delegate("2026-11-20", "2026-11-30")),
        Err(RefusalKind::Unreadable),
        "not before today"
    );
    assert_eq!(
        kind(&world, "marsh", delegate("2026-11-23", "2027-11-30")),
        Err(RefusalKind::Unreadable),
        "a new manager"
    );
    assert_eq!(kind(&world, "marsh", delegate("2026-11-23", "2026-11-30")), Ok(()));
    let say = || Say { account: tern.clone(), keeps: true, reason: String::new() };
    let decides = |world: &World| world.record.act(&context(world, "wren", Role::UnitManager), say()).is_ok();
    assert!(!decides(&world), "from tomorrow");
    later(&mut world, 1);
    assert!(decides(&world));
    let end = || EndDelegation { unit: "ward-6".into(), user: "wren".into() };
    let ends = |who: &str| world.record.act(&context(&world, who, Role::UnitManager), end()).is_ok();
    assert!(!ends("brook"), "another's");
    assert!(ends("marsh"));
    assert!(!decides(&world), "it is withdrawn");
    assert!(!ends("marsh"), "once");
    // What the file has no more is withdrawn with it.
    let file = STRUCTURE.split("[[delegation]]").next().expect("a file").to_owned();
    let structure = TakeStructure { text: file, reason: "from HR".into() };
    world.record.act(&machine("opor facility", world.clock), structure).expect("taken");
    let (_, kept) =
        super::structure::in_force(&world.record.store().view().expect("a view")).expect("in force");
    assert!(kept.delegations.is_empty(), "{:?}", kept.delegations);
}

#[test]
fn h80_reasons_of_several_people_and_of_a_register_stand_side_by_side_and_are_lifted_one_by_one() {
    let mut world = World::new("lapse-stack");
    take(&world, Register::Licences, LICENCES).expect("taken");
    let heron = hired(&world, "a2", ("Heron", "101", "E2"));
    let words = |text: &str| Words::new(text, text);
    let by = |who: &str| context(&world, who, Role::Coordinator);
    let (desk, privacy) = (by("gull"), by("wren"));
    // The register first, then two people, each with a reason of their own.
    let gone = LICENCES.replace("NSPR,101,Heron,active", "NSPR,101,Heron,suspended");
    take(&world, Register::Licences, &gone).expect("taken");
    assert_eq!(lapse(&world), 1);
    let suspend = |who: &crate::context::Context, why: &str| {
        let act = Suspend { account: heron.clone(), reason: words(why) };
        world.record.act(who, act).expect("suspended");
    };
    suspend(&desk, "Two places at once.");
    suspend(&privacy, "Looks without need.");
    suspend(&desk, "Three places at once.");
    let row = |world: &World| {
        let view = world.record.store().view().expect("a view");
        view.account(&heron).expect("read").expect("an account")
    };
    let holds = |world: &World| {
        let view = world.record.store().view().expect("a view");
        let account = view.account(&heron).expect("read").expect("an account");
        let mut all: Vec<String> = crate::accounts::holding::of_people(&view, &account)
            .expect("read")
            .into_iter()
            .map(|hold| format!("{}: {}", hold.by, hold.reason.en))
            .collect();
        all.sort();
        all
    };
    assert_eq!(holds(&world), ["gull: Three places at once.", "wren: Looks without need."]);
    // The register is right again: what people said stands.
    world.clock = world.clock.plus_minutes(1);
    take(&world, Register::Licences, LICENCES).expect("taken");
    lapse(&world);
    assert_eq!(state(&world, &heron), AccountState::Suspended);
    // Somebody who has no reason of their own says whose they lift; one's own is one's own.
    let lift = |world: &World, who: &str, of: &str| {
        let act = Resume { account: heron.clone(), of: of.to_owned(), reason: words("Clear.") };
        let by = context(world, who, Role::Coordinator);
        world.record.act(&by, act).map_err(|refusal| refusal.kind)
    };
    assert_eq!(lift(&world, "tern", ""), Err(RefusalKind::Conflict));
    assert_eq!(lift(&world, "gull", ""), Ok(()));
    assert_eq!(
        (holds(&world), state(&world, &heron)),
        (vec!["wren: Looks without need.".to_owned()], AccountState::Suspended)
    );
    assert_eq!(row(&world).changed_by, "wren");
    // The register lapses again meanwhile: lifting the last person's reason leaves it, and it opens by itself.
    world.clock = world.clock.plus_minutes(1);
    take(&world, Register::Licences, &gone).expect("taken");
    lapse(&world);
    assert_eq!(lift(&world, "tern", "wren"), Ok(()));
    assert_eq!((holds(&world), state(&world, &heron)), (Vec::new(), AccountState::Suspended));
    world.clock = world.clock.plus_minutes(1);
    take(&world, Register::Licences, LICENCES).expect("taken");
    lapse(&world);
    assert_eq!(state(&world, &heron), AccountState::Active);
}

#[test]
fn s037_a_licence_that_was_kept_as_it_was_written_is_brought_into_the_registers_form() {
    let world = World::new("licence-form");
    let account = |id: &str, licence: &str| store::AccountRow {
        id: id.into(),
        revision: 1,
        state: AccountState::Active,
        name: format!("Heron, {id}"),
        address: format!("{id}@x.example"),
        licence: licence.into(),
        reason: String::new(),
        opened: world.clock,
        changed: world.clock,
        changed_by: "opor account".into(),
        invitation: 1,
        invited_until: None,
        seen: Some(world.clock),
    };
    let old = [
        account("u1", "nspr|p-101"),
        account("u2", "NSPR| P 102"),
        account("u3", "NSPR|P102"),
        account("u4", ""),
    ];
    let accounts = old.into_iter().map(store::AccountChange::Account).collect();
    let changes = Changes { accounts, ..Changes::default() };
    assert_eq!(world.record.store().settle_blocking(changes), Settled::Done);
    assert_eq!((lapse(&world), lapse(&world)), (1, 0), "once");
    let view = world.record.store().view().expect("a view");
    let licence = |id: &str| view.account(id).expect("read").expect("an account").licence;
    assert_eq!((licence("u1").as_str(), licence("u4").as_str()), ("NSPR|P101", ""));
    assert_eq!(view.account_by_licence("NSPR|P101").expect("read").map(|row| row.id).as_deref(), Some("u1"));
    // Two accounts of one licence are somebody's question, and stay as they are until it is answered.
    assert_eq!(licence("u2"), "NSPR| P 102");
    let incidents = view.incidents_open().expect("read");
    let incident = incidents.iter().find(|row| row.sort == "licence-twice").expect("an incident");
    assert_eq!(incident.subject, "NSPR|P102");
}

#[test]
fn s029_who_decides_meanwhile_is_found_by_name_and_kept_by_the_name_on_file() {
    let world = World::new("delegation-names");
    let structure = TakeStructure { text: STRUCTURE.to_owned(), reason: "from HR".into() };
    world.record.act(&machine("opor facility", world.clock), structure).expect("taken");
    let tern = hired(&world, "a1", ("Tern", "100", "E1"));
    let found = |who: &str| {
        let by = context(&world, "marsh", Role::UnitManager);
        let desk = world.record.look(&by, super::desk::Desk { who: who.into() }).expect("a page");
        desk.found.into_iter().map(|one| (one.user, one.name)).collect::<Vec<_>>()
    };
    let [(user, name)] = &found("ter")[..] else { panic!("{:?}", found("ter")) };
    assert_eq!((user, name.starts_with("Tern")), (&tern, true));
    assert!(found("t").is_empty() && found("nobody").is_empty(), "two letters at least");
    assert!(!found("marsh").iter().any(|(user, _)| user == "marsh"), "never oneself");
    let by = context(&world, "tern", Role::UnitManager);
    let elsewhere = world.record.look(&by, super::desk::Desk { who: "marsh".into() }).expect("a page");
    assert!(elsewhere.found.is_empty(), "who manages nothing names nobody");
    let delegate = Delegate {
        unit: "ward-6".into(),
        user: tern.clone(),
        name: "Somebody Else".into(),
        from: "2026-11-23".into(),
        until: "2026-11-30".into(),
    };
    world.record.act(&context(&world, "marsh", Role::UnitManager), delegate).expect("named");
    let (_, kept) =
        super::structure::in_force(&world.record.store().view().expect("a view")).expect("in force");
    let one = kept.delegations.iter().find(|one| one.user == tern).expect("kept");
    assert!(one.name.starts_with("Tern"), "{one:?}");
}
