//! Packs made from what was filed: who is in, what of them, what is left out, what is noted.

use super::{Keeper, Late, Place, Whose};
use crate::chart::tests::{MAREN, World, filled, maren};
use crate::consent::Withhold;
use crate::incidents::Open;
use clinical::access::{DataClass, Role};

fn ward(role: Role) -> Place {
    let whose = Whose::Ward("HRH, 6N".to_owned());
    Place { id: "hrh-6n".to_owned(), name: "6 North".to_owned(), whose, role }
}

fn rows(world: &World) -> usize {
    let view = world.record.store().view().expect("a view");
    let rows = view.audit_of_person(maren(), 500).expect("rows");
    rows.iter().filter(|(_, row)| row.verb == "make-pack").count()
}

#[test]
fn h66_whoever_is_on_the_ward_is_in_its_pack_until_they_leave() {
    let mut world = filled("downtime-ward");
    let mut keeper = Keeper::default();
    let view = keeper.pack(&world.record, &ward(Role::FamilyDoctor), world.clock).expect("a pack");
    let [sheet] = view.sheets.as_slice() else { panic!("{:?}", view.sheets.len()) };
    assert_eq!((sheet.banner.family.as_str(), sheet.bed.as_str()), ("Drumlin", "12-A"));
    assert_eq!(sheet.banner.allergies, ["Latex: rash"]);
    assert!(sheet.latest.iter().any(|series| series.points[0].value == "6.1"), "both hospitals' results");
    assert!(!sheet.unread && view.beyond == 0);
    assert_eq!(rows(&world), 1, "that she was put into it stands in the log");

    // The next pack holds what came meanwhile, and says of nobody again what was said today.
    world.send(
        "ADT^A01^ADT_A01",
        "HRH",
        &[
            "EVN|A01|20261122150000",
            "PID|1||00718311^^^HRH^MR||Marsh^Ilo^^^^^L||19500101|M",
            "PV1|1|I|6N^14^B^HRH||||||||||||||||V101^^^HRH^VN|||||||||||||||||||||||||20261122150000",
        ],
    );
    let later = world.clock.plus_minutes(5);
    let view = keeper.pack(&world.record, &ward(Role::FamilyDoctor), later).expect("a pack");
    let beds: Vec<&str> = view.sheets.iter().map(|sheet| sheet.bed.as_str()).collect();
    assert_eq!((beds, rows(&world)), (vec!["12-A", "14-B"], 1));
    let next_day = later.plus_minutes(24 * 60);
    keeper.pack(&world.record, &ward(Role::FamilyDoctor), next_day).expect("a pack");
    assert_eq!(rows(&world), 2);

    world.send("ADT^A03^ADT_A03", "HRH", &[
        "EVN|A03|20261122160000",
        MAREN,
        "PV1|1|I|6N^12^A^HRH||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||||||||V100^^^HRH^VN|||||||||||||||||||||||||20261120080000|20261122160000",
    ]);
    for keeper in [&mut keeper, &mut Keeper::default()] {
        let view = keeper.pack(&world.record, &ward(Role::FamilyDoctor), next_day).expect("a pack");
        let families: Vec<&str> = view.sheets.iter().map(|sheet| sheet.banner.family.as_str()).collect();
        assert_eq!(families, ["Marsh"], "also when everything is read anew");
    }
    // What was on its way when she left comes late and brings nobody back.
    world.send("ADT^A08^ADT_A01", "HRH", &[
        "EVN|A08|20261122153000",
        MAREN,
        "PV1|1|I|6N^12^A^HRH||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||||||||V100^^^HRH^VN|||||||||||||||||||||||||20261120080000",
    ]);
    for keeper in [&mut keeper, &mut Keeper::default()] {
        let view = keeper.pack(&world.record, &ward(Role::FamilyDoctor), next_day).expect("a pack");
        let families: Vec<&str> = view.sheets.iter().map(|sheet| sheet.banner.family.as_str()).collect();
        assert_eq!(families, ["Marsh"], "a late message changes nothing");
    }
    let other = Place { whose: Whose::Ward("HRH, 5S".to_owned()), ..ward(Role::FamilyDoctor) };
    assert!(keeper.pack(&world.record, &other, next_day).expect("a pack").sheets.is_empty());
}

#[test]
fn h66_a_patient_whose_record_is_damaged_is_in_the_pack_and_keeps_nobody_out() {
    let mut world = filled("downtime-damaged");
    world.send(
        "ADT^A01^ADT_A01",
        "HRH",
        &[
            "EVN|A01|20261122150000",
            "PID|1||00718311^^^HRH^MR||Marsh^Ilo^^^^^L||19500101|M",
            "PV1|1|I|6N^14^B^HRH||||||||||||||||V101^^^HRH^VN|||||||||||||||||||||||||20261122150000",
        ],
    );
    let mut before = Keeper::default();
    before.pack(&world.record, &ward(Role::FamilyDoctor), world.clock).expect("a pack");
    // The number of her visit.
    let world = world.damaged_at(b"V100");
    let view = before.pack(&world.record, &ward(Role::FamilyDoctor), world.clock).expect("a pack");
    let [marsh, drumlin] = view.sheets.as_slice() else { panic!("{:?}", view.sheets.len()) };
    assert_eq!((marsh.banner.family.as_str(), marsh.bed.as_str(), marsh.unread), ("Marsh", "14-B", false));
    assert_eq!((drumlin.banner.family.as_str(), drumlin.bed.as_str()), ("Drumlin", ""));
    assert!(drumlin.unread, "it says that not all of her is in it");
    // After a start nobody knows on which ward she is: she may be on any.
    let other = Place { whose: Whose::Ward("HRH, 5S".to_owned()), ..ward(Role::FamilyDoctor) };
    let mut after = Keeper::default();
    for (place, families) in [(ward(Role::FamilyDoctor), vec!["Marsh", "Drumlin"]), (other, vec!["Drumlin"])]
    {
        let view = after.pack(&world.record, &place, world.clock).expect("a pack");
        let found: Vec<&str> = view.sheets.iter().map(|sheet| sheet.banner.family.as_str()).collect();
        assert_eq!(found, families);
        assert!(view.sheets.iter().all(|sheet| sheet.unread == (sheet.banner.family == "Drumlin")));
    }
}

#[test]
fn h75_a_pack_holds_what_its_role_reaches_less_what_is_withheld_from_anybody() {
    let world = filled("downtime-reach");
    let pack = |role| {
        let view = Keeper::default().pack(&world.record, &ward(role), world.clock).expect("a pack");
        view.sheets.into_iter().next().expect("a sheet")
    };
    let (doctor, dentist) = (pack(Role::FamilyDoctor), pack(Role::Dentist));
    assert!(!doctor.latest.is_empty() && dentist.latest.is_empty());
    assert_eq!(dentist.banner.allergies, ["Latex: rash"]);
    assert!(pack(Role::Registrar).latest.is_empty(), "a role without a line for treatment reaches nothing");
    // Withheld from one practitioner alone: nobody knows who opens a pack, so it is in none.
    let withhold = Withhold {
        person: Some(maren()),
        classes: vec![DataClass::Laboratory.code().to_owned()],
        practitioners: vec!["p-cairnwood".to_owned()],
        reason: "Form 12".to_owned(),
        ..Withhold::default()
    };
    world.record.act(&world.context(Role::PrivacyOfficer), withhold).expect("kept");
    let sheet = pack(Role::FamilyDoctor);
    assert!(sheet.latest.is_empty(), "{:?}", sheet.latest);
    assert!(sheet.banner.withheld.classes.contains(&DataClass::Laboratory) && !sheet.banner.withheld.opened);
    assert!(!pack(Role::Dentist).banner.withheld.classes.contains(&DataClass::Laboratory));
}

#[test]
fn h66_a_late_pack_is_an_incident_with_an_owner_until_it_is_young_again() {
    let world = filled("downtime-late");
    let late = Late { place: ward(Role::FamilyDoctor), made: None, because: None };
    let open = || {
        let context = world.context(Role::LaboratoryDesk);
        world.record.look(&context, Open::default()).expect("incidents").open
    };
    world.record.packs_are_late(std::slice::from_ref(&late), world.clock).expect("held");
    world.record.packs_are_late(std::slice::from_ref(&late), world.clock.plus_minutes(1)).expect("held");
    let found = open();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].subject == "hrh-6n" && found[0].due.is_some() && !found[0].owner.en.is_empty());
    assert!(found[0].words.en.contains("no downtime pack of 6 North"), "{}", found[0].words.en);
    world.record.packs_are_late(&[], world.clock.plus_minutes(2)).expect("held");
    assert_eq!(open(), []);
}
