//! A panel opens charts and nothing else does so silently: filled by file or by word, ended by itself, by its doctor or by
//! the privacy desk.

use super::{Attest, Leave, Lift, Load, Panel, Revoke, Show, Weigh};
use crate::chart::tests::{World, filled, maren};
use crate::consent::PrivacyDesk;
use crate::context::{Actor, Context};
use crate::home::{Figures, Home, Pulse};
use crate::patients::Summary;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use clinical::access::panel::{FILE_DAYS, WORD_DAYS};
use fhir::Instant;
use store::{Changes, PrivacyChange, Requirement, Settled};

const HEAD: &str = "hcn,family,given,birth_date\n";
const MAREN: &str = "0144679875,Drumlin,Maren,1961-03-09\n";

/// Somebody whom nothing ties to the patients on file.
fn stranger(world: &World) -> Context {
    at_seat(world, "petrel", Role::FamilyDoctor)
}

fn at_seat(world: &World, id: &str, role: Role) -> Context {
    let actor =
        Actor { through: None, id: id.into(), role, name: format!("{id}, Someone"), practitioner: None };
    Context { actor, purpose: role.usual_purpose(), now: world.clock }
}

fn later(context: &Context, days: i64) -> Context {
    Context { now: context.now.plus_minutes(days * 24 * 60), ..context.clone() }
}

fn load(rows: &str) -> Load {
    Load { text: format!("{HEAD}{rows}").into(), whole: true, sure: false }
}

fn opens(world: &World, context: &Context) -> bool {
    match world.record.look(context, Summary { person: maren() }) {
        Ok(_) => true,
        Err(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::ReasonNeeded);
            false
        }
    }
}

#[test]
fn h71_a_panel_file_opens_the_charts_of_those_it_names_beyond_doubt_until_it_ends() {
    let world = filled("panel-file");
    let doctor = stranger(&world);
    assert!(!opens(&world, &doctor));
    let rows = format!("{MAREN}0144679875,Drumlin,Maren,1988-03-19\n,Nobody,Nora,1970-01-01\n");
    let weighed = world.record.look(&doctor, Weigh { text: format!("{HEAD}{rows}").into() }).expect("read");
    assert_eq!((weighed.rows, weighed.matched), (3, 1));
    let reasons: Vec<&str> = weighed.returned.iter().map(|row| row.because.en.as_str()).collect();
    assert!(
        reasons[0].contains("another birth date") && reasons[1].contains("No health card"),
        "{reasons:?}"
    );
    world.record.act(&doctor, load(&rows)).expect("loaded");
    assert!(opens(&world, &doctor));
    assert!(!opens(&world, &at_seat(&world, "heron", Role::FamilyDoctor)), "it is theirs alone");
    assert!(opens(&world, &later(&doctor, FILE_DAYS - 1)));
    assert!(!opens(&world, &later(&doctor, FILE_DAYS)), "nothing holds for ever");
    // Another file that names her begins her year anew and puts nobody on twice.
    world.record.act(&later(&doctor, 300), load(MAREN)).expect("again");
    assert!(opens(&world, &later(&doctor, FILE_DAYS)));
    let panel = world.record.look(&later(&doctor, 301), Panel::default()).expect("a panel");
    assert_eq!((panel.size, panel.by_file, panel.lines.len()), (1, 1, 1));
    assert_eq!(panel.refreshed, Some(doctor.now.plus_minutes(300 * 24 * 60)));
    // A whole file whose row of her comes back neither renews her year nor takes her off.
    world.record.act(&later(&doctor, 302), load("0144679875,Drumlin,Maren,1961-09-03\n")).expect("a file");
    assert!(opens(&world, &later(&doctor, 302)) && !opens(&world, &later(&doctor, 300 + FILE_DAYS)));
    // A whole file that does not name her takes her off.
    world.record.act(&later(&doctor, 302), load("0041702816,Saltmarsh,Tobias,1975-01-02\n")).expect("a file");
    assert!(!opens(&world, &later(&doctor, 302)));
}

#[test]
fn h75_a_word_opens_a_chart_is_told_to_the_privacy_desk_and_ends() {
    let world = filled("panel-word");
    let doctor = stranger(&world);
    let said = |words: &str| Attest { person: maren(), words: words.to_owned() };
    assert_eq!(world.record.act(&doctor, said("  ")).expect_err("no reason").kind, RefusalKind::Unreadable);
    world.record.act(&doctor, said("Took her on in May")).expect("said");
    assert!(opens(&world, &doctor));
    assert!(!opens(&world, &later(&doctor, WORD_DAYS)));
    let ending = Panel { show: Show::Ending, ..Panel::default() };
    let panel = world.record.look(&later(&doctor, WORD_DAYS - 3), ending).expect("a panel");
    assert_eq!((panel.ending, panel.lines.len()), (1, 1));
    // Renewed, it holds longer; taken back, it ends at once.
    world.record.act(&later(&doctor, 100), said("Still mine")).expect("renewed");
    assert!(opens(&world, &later(&doctor, WORD_DAYS)));
    let officer = at_seat(&world, "wren", Role::PrivacyOfficer);
    let desk = world.record.look(&officer, PrivacyDesk).expect("a desk");
    let opening = desk.openings.iter().find(|line| line.panel.is_some()).expect("told to the desk");
    assert_eq!(opening.words, "Took her on in May");
    let grant = opening.panel.expect("a number");
    assert_eq!(
        world.record.act(&doctor, Revoke { grant, reason: "Mine".into() }).expect_err("no").kind,
        RefusalKind::NotAllowed
    );
    world.record.act(&officer, Revoke { grant, reason: "She never heard of them".into() }).expect("ended");
    assert!(!opens(&world, &doctor));
    // It holds against their word, their file, and a renewal that was prepared before it.
    assert_eq!(world.record.act(&doctor, said("All the same")).expect_err("no").kind, RefusalKind::Conflict);
    world.record.act(&doctor, load(MAREN)).expect("a file");
    let weighed = world.record.look(&doctor, Weigh { text: format!("{HEAD}{MAREN}").into() }).expect("read");
    assert_eq!(weighed.matched, 0);
    assert!(weighed.returned[0].because.en.contains("privacy desk ended"), "{:?}", weighed.returned);
    assert!(!opens(&world, &doctor));
    let view = || world.record.store().view().expect("a view");
    let ended: Vec<i64> = view().revoked_of("petrel").expect("rows").iter().map(|row| row.id).collect();
    assert_eq!(ended, [grant]);
    let renewal = |seen: Vec<i64>| Changes {
        requires: vec![Requirement::RevocationsAre("petrel".into(), seen)],
        privacy: vec![PrivacyChange::GrantUntil(grant, doctor.now.plus_minutes(9), String::new())],
        ..Changes::default()
    };
    let settled = world.record.store().settle_blocking(renewal(Vec::new()));
    assert!(matches!(settled, Settled::Stale(_)), "{settled:?}");
    let settled = world.record.store().settle_blocking(renewal(ended));
    assert!(matches!(settled, Settled::Done) && !opens(&world, &doctor), "what was ended is not moved");
    // The desk lifts it, with a reason; nobody else does. Its page says which one may be lifted.
    let desk = world.record.look(&officer, PrivacyDesk).expect("a desk");
    let to_lift: Vec<i64> = desk.openings.iter().filter_map(|line| line.ended).collect();
    assert_eq!(to_lift, [grant]);
    let lift = |reason: &str| Lift { grant, reason: reason.into() };
    world.record.act(&doctor, lift("Mine")).expect_err("not theirs to lift");
    world.record.act(&officer, lift(" ")).expect_err("no reason");
    world.record.act(&officer, lift("She wrote to us")).expect("lifted");
    assert!(!opens(&world, &doctor), "lifted is not opened");
    // What an act changed is on file at the moment of the act.
    world.record.act(&doctor, said("By telephone")).expect("said again");
    assert!(opens(&world, &doctor));
    world.record.act(&doctor, Leave { person: maren() }).expect("left");
    assert!(!opens(&world, &doctor));
}

#[test]
fn home_tells_what_is_new_on_the_panel_and_its_figures_are_those_of_the_page() {
    let world = filled("panel-home");
    let doctor = stranger(&world);
    let before = world.record.look(&doctor, Home).expect("home");
    assert!(before.panel.is_some_and(|panel| panel.size == 0 && panel.lines.is_empty()));
    world.record.act(&doctor, load(MAREN)).expect("loaded");
    let home = world.record.look(&doctor, Home).expect("home");
    let panel = home.panel.expect("a panel");
    assert_eq!((panel.size, panel.all, panel.lines.len()), (1, 1, 1));
    assert!(panel.lines[0].reports > 0, "{:?}", panel.lines[0]);
    assert!(home.recent.is_empty(), "a list is no look at a chart");
    let pulse = world.record.look(&doctor, Pulse { news: None }).expect("figures");
    let newest = panel.lines[0].at;
    let told = Figures { waiting: 0, latest: Instant(0), news: 1, newest };
    assert_eq!((pulse, home.figures), (told, told));
    let again =
        world.record.look(&doctor, Pulse { news: Some((pulse.news, pulse.newest)) }).expect("figures");
    assert_eq!(again, told);
    assert!(opens(&world, &doctor));
    let home = world.record.look(&doctor, Home).expect("home");
    assert_eq!(home.recent.iter().map(|one| one.banner.person).collect::<Vec<_>>(), [maren()]);
    assert!(home.coverage.systems > 0 && home.coverage.missing.is_empty());
    // A week later nothing of it is new.
    let old = world.record.look(&later(&doctor, 7), Home).expect("home");
    assert!(old.panel.is_some_and(|panel| panel.all == 0 && panel.size == 1));
}

#[test]
fn a_file_that_would_empty_a_panel_is_asked_about() {
    let world = filled("panel-slip");
    let doctor = stranger(&world);
    world.record.act(&doctor, load(MAREN)).expect("loaded");
    // Under twenty nothing is asked; see the constant.
    world.record.act(&doctor, load(",Nobody,Nora,1970-01-01\n")).expect("loaded");
    assert!(!opens(&world, &doctor));
    let empty = world.record.act(&doctor, Load { text: "".into(), whole: true, sure: false });
    assert_eq!(empty.expect_err("nothing to read").kind, RefusalKind::Unreadable);
}

#[test]
fn what_came_last_is_among_the_figures_so_that_one_that_comes_while_one_goes_is_seen() {
    let mut world = filled("panel-latest");
    let told = |world: &World| {
        world.record.look(&world.context(Role::FamilyDoctor), Pulse { news: None }).expect("figures")
    };
    let before = told(&world);
    assert!(before.waiting > 0 && before.latest > Instant(0), "{before:?}");
    world.send(
        "ORU^R01^ORU_R01",
        "HRH",
        &[
            crate::chart::tests::MAREN,
            "OBR|1|P7^HRH|A78^HRH|24362-6^Renal function panel^LN|||20261122120000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261122121000||CH|F",
            "OBX|1|NM|2823-3^Potassium^LN||4.4|mmol/L|3.5-5.1|N|||F",
        ],
    );
    let after = told(&world);
    assert!(after.waiting > before.waiting && after.latest > before.latest, "{before:?} {after:?}");
    let counted_alike = Figures { waiting: before.waiting, ..after };
    assert_ne!(counted_alike, before);
}
