//! A migration over a record in a folder of its own: rows kept, notices written, nobody twice however often it runs.

use super::migrating::{Close, Line, Plan, Share, run_id};
use super::{AsideLine, Settle};
use crate::chart::tests::World;
use crate::context::{Actor, Context};
use crate::facility::desk::Desk;
use crate::facility::registers::{Register, TakeRegister};
use crate::facility::structure::TakeStructure;
use crate::record::machine;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use clinical::share::{Excluded, Fate, Tally};
use store::{MailOut, ShareUser};

const HEAD: &str = "user_id,family,given,profession,regulator,licence,employee,unit,email,last_use\n";
const SWITCH: &str = "2026-11-22";

fn ready(name: &str, rows: usize) -> (World, String) {
    let world = World::new(name);
    let context = machine("opor share", world.clock);
    let (mut licences, mut staff) = (
        "regulator,licence,family,status,until\n".to_owned(),
        "employee,family,unit,from,until\n".to_owned(),
    );
    let mut roster = HEAD.to_owned();
    for n in 0..rows {
        licences.push_str(&format!("NSPR,{n},Tern,active,\n"));
        staff.push_str(&format!("E{n},Tern,ward-6,2020-01-01,\n"));
        // Every third has not used it for long; every fifth is the one before, under another account.
        let (number, last_use) = match n {
            n if n % 5 == 4 => (n - 1, "2026-11-01"),
            n if n % 3 == 0 => (n, "2026-05-21"),
            n => (n, "2026-05-22"),
        };
        roster.push_str(&format!(
            "u{n},Tern,Sam,pharmacist,NSPR,{number},E{number},ward-6,tern{number}@hrh.example,{last_use}\n"
        ));
    }
    let take = |register, text| TakeRegister { register, text, sure: false, of: None };
    world.record.act(&context, take(Register::Licences, licences)).expect("taken");
    world.record.act(&context, take(Register::Employments, staff)).expect("taken");
    let text = include_str!("../../../clinical/testdata/facility/structure.toml").to_owned();
    world.record.act(&context, TakeStructure { text, reason: "from HR".into() }).expect("taken");
    (world, roster)
}

fn migrate(world: &World, roster: &str, part: usize) -> (Vec<Line>, Tally) {
    let context = machine("opor share", world.clock);
    let plan = Plan { roster: roster.to_owned(), switch: SWITCH.to_owned() };
    let (lines, tally) = world.record.look(&context, plan).expect("a plan");
    let run = run_id(roster, SWITCH);
    for lines in lines.chunks(part) {
        let share = Share { run: run.clone(), switch: SWITCH.to_owned(), lines: lines.to_vec() };
        world.record.act(&context, share).expect("kept");
    }
    let close = Close { run, switch: SWITCH.to_owned(), roster: lines.len() };
    world.record.act(&context, close).expect("closed");
    (lines, tally)
}

fn kept(world: &World, run: &str) -> (Vec<ShareUser>, Vec<MailOut>) {
    let view = world.record.store().view().expect("a view");
    (view.share_users(run, 0, 100_000).expect("rows"), view.mails_out(100_000).expect("mails"))
}

#[test]
fn s034_a_migration_balances_tells_everybody_and_is_the_same_when_it_runs_again() {
    let (world, roster) = ready("share", 60);
    let (lines, tally) = migrate(&world, &roster, 7);
    assert!(tally.balances() && lines.len() == 60, "{tally:?}");
    let run = run_id(&roster, SWITCH);
    let (users, mails) = kept(&world, &run);
    let of = |sort: &str| mails.iter().filter(|mail| mail.sort == sort).count();
    assert_eq!(users.len(), 60);
    assert_eq!(
        (of("share-migrated"), of("share-not-migrated"), of("share-managers")),
        (tally.migrated, tally.not_migrated, 1)
    );
    let view = world.record.store().view().expect("a view");
    for user in users.iter().filter(|user| user.fate == "migrated") {
        let application = view.application(user.application).expect("read").expect("an application");
        assert_eq!((application.state.as_str(), application.holder.as_str()), ("draft", "applicant"));
        assert!(application.account.is_empty(), "no account before the module and the statements");
        assert!(
            user.evidence.contains("\"window\":\"2026-05-22\"") && user.evidence.contains("in force"),
            "{}",
            user.evidence
        );
    }
    let run_row = view.share_run(&run).expect("read").expect("closed");
    assert_eq!((run_row.roster, run_row.migrated + run_row.not_migrated + run_row.excluded), (60, 60));
    drop(view);
    let again = migrate(&world, &roster, 60);
    assert_eq!(again.1, tally, "the same decisions");
    let (users_again, mails_again) = kept(&world, &run);
    assert_eq!((users_again, mails_again.len()), (users, mails.len()), "nothing twice");
}

#[test]
fn s034_a_corrected_roster_is_another_migration_and_makes_nobody_a_second_account() {
    let (world, roster) = ready("share-corrected", 20);
    let (_, first) = migrate(&world, &roster, 20);
    let corrected = format!("{roster}u99,Gull,Cy,nurse,NSPR,,,icu,gull@hrh.example,2026-11-01\n");
    let (_, second) = migrate(&world, &corrected, 20);
    assert_eq!((second.migrated, second.excluded), (first.migrated, first.excluded + 1));
    let view = world.record.store().view().expect("a view");
    let drafts = view.applications_in("draft", 1_000).expect("applications");
    assert_eq!(drafts.len(), first.migrated);
}

#[test]
fn s034_who_was_set_aside_is_the_desks_with_a_clock_until_somebody_says_what_became_of_it() {
    let (world, roster) = ready("share-aside", 10);
    let gull = "u98,Gull,Cy,nurse,NSPR,,,icu,gull@hrh.example,2026-11-01\n";
    let untold = "u99,Plover,Ann,pharmacist,NSPR,77,E77,icu,,2020-01-01\n";
    let (lines, _) = migrate(&world, &format!("{roster}{gull}{untold}"), 5);
    let who = |id: &str, role: Role| Context {
        actor: Actor { through: None, id: id.into(), role, name: id.into(), practitioner: None },
        purpose: role.usual_purpose(),
        now: world.clock,
    };
    let desk = who("heron", Role::Coordinator);
    let waits = |who: &Context| world.record.look(who, Desk::default()).expect("a page").aside;
    let open = waits(&desk);
    let names = |lines: &[AsideLine]| lines.iter().map(|line| line.what.clone()).collect::<Vec<_>>();
    assert_eq!(open.len(), 2, "{:?}", names(&open));
    assert!(names(&open).iter().any(|what| what.contains("Gull, Cy")));
    assert!(open.iter().all(|line| line.due > world.clock));
    assert!(waits(&who("marsh", Role::UnitManager)).is_empty(), "the desk's, not a manager's");
    // Everybody set aside is either the other row of somebody decided about, or waits for a person.
    let same = |line: &Line| matches!(line.decision.fate, Fate::Excluded(Excluded::SamePerson(_)));
    let aside = lines.iter().filter(|line| line.decision.fate.code() == "excluded" && !same(line)).count();
    assert_eq!(aside, 1);
    // The same roster, and a corrected one, open nothing twice; who is carried over then waits no more.
    migrate(&world, &format!("{roster}{gull}{untold}"), 5);
    let mended = gull
        .replace("nurse,NSPR,,", "pharmacist,NSPR,1,E1")
        .replace("Gull,Cy", "Tern,Sam")
        .replace("gull@", "tern1@");
    assert_eq!(waits(&desk).len(), 2);
    migrate(&world, &format!("{roster}{mended}{untold}"), 5);
    let left = waits(&desk);
    assert!(names(&left).iter().any(|what| what.contains("Plover, Ann")));
    let settle = |obligation, how: &str| Settle { obligation, how: how.into() };
    assert!(world.record.act(&desk, settle(left[0].obligation, " ")).is_err(), "what became of it");
    for line in &left {
        world.record.act(&desk, settle(line.obligation, "Told by the unit how to apply.")).expect("settled");
    }
    assert!(waits(&desk).is_empty());
    assert!(world.record.act(&desk, settle(left[0].obligation, "Again.")).is_err(), "once");
}

#[test]
fn s034_what_is_filed_is_the_row_that_was_decided_and_its_unit_is_on_file() {
    let world = ready("share-merged", 3).0;
    let roster = format!(
        "{HEAD}u1,Tern,Sam,pharmacist,NSPR,1,,,,2026-11-01\nu1,Tern,Sam,pharmacist,,,E1,ward-6,tern1@hrh.example,2026-06-01\nu2,Tern,Sam,pharmacist,NSPR,2,E2,attic,tern2@hrh.example,2026-11-01\n"
    );
    let (lines, tally) = migrate(&world, &roster, 10);
    assert_eq!((tally.migrated, tally.excluded), (1, 2), "{lines:?}");
    let view = world.record.store().view().expect("a view");
    let drafts = view.applications_in("draft", 10).expect("applications");
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].address, "tern1@hrh.example");
    let facts = crate::enrolment::turn::facts_of(&drafts[0]).expect("facts");
    assert!(facts.employment.is_some_and(|employment| employment.number == "E1" && employment.stands));
}

#[test]
fn s034_a_part_that_is_missing_is_not_closed() {
    let (world, roster) = ready("share-part", 20);
    let context = machine("opor share", world.clock);
    let plan = Plan { roster: roster.clone(), switch: SWITCH.to_owned() };
    let (lines, _) = world.record.look(&context, plan).expect("a plan");
    let run = run_id(&roster, SWITCH);
    let share = Share { run: run.clone(), switch: SWITCH.to_owned(), lines: lines[..19].to_vec() };
    world.record.act(&context, share).expect("kept");
    let close = || Close { run: run.clone(), switch: SWITCH.to_owned(), roster: 20 };
    let refused = world.record.act(&context, close()).expect_err("one is missing");
    assert!(refused.words.en.contains("20 rows and 19"), "{}", refused.words.en);
}

#[test]
fn s033_nobody_is_migrated_without_both_registers() {
    let world = World::new("share-blind");
    let plan = Plan { roster: HEAD.to_owned(), switch: SWITCH.to_owned() };
    let refused =
        world.record.look(&machine("opor share", world.clock), plan).map(|_| ()).map_err(|r| r.kind);
    assert_eq!(refused, Err(RefusalKind::Conflict));
}
