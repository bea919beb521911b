//! Samples of a downtime copy: a ward with two people of one name.

use super::{NOW, ago, banner, care, chart, words};
use actions::cover::DeskCover;
use actions::downtime::{PackView, Place, Sheet, Whose};
use actions::patients::Age;
use actions::values::Role;

/// People of the ward beside the one everybody knows: bed, family and given name, birth date, years, card, allergy.
const OTHERS: &[(&str, &str, &str, &str, u32, &str, &str)] = &[
    ("6N-04", "Quay", "Shirin", "1971-10-29", 55, "0037640218", ""),
    ("6N-06", "Mooring", "Basil", "1944-05-08", 82, "0013207781", "ASA"),
    ("6N-09", "Schooner", "Ivo", "1950-08-25", 76, "0019558302", "Codeine"),
    ("6N-12", "Mooring", "Basilia", "1991-03-02", 35, "0054410119", "Latex"),
];

fn sheet(bed: &str) -> Sheet {
    Sheet {
        banner: banner(),
        bed: bed.to_owned(),
        attending: "Fundy, Priya".to_owned(),
        since: Some(ago(3_100)),
        problems: care::problems(),
        medicines: care::medicines(),
        latest: chart::kidney(),
        unread: false,
    }
}

/// A ward.
pub(crate) fn ward() -> PackView {
    let mut sheets = vec![sheet("6N-01")];
    for (n, (bed, family, given, born, years, card, allergy)) in OTHERS.iter().enumerate() {
        let number = format!("0013561{n}");
        let mut banner = chart::other(family, given, born, Age::Years(*years), card, &number);
        banner.allergies = allergy.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        sheets.push(Sheet { banner, unread: n == 2, ..sheet(bed) });
    }
    let desk = |en: &str, fr: &str, who: &str, phone: &str| DeskCover {
        name: words(en, fr),
        who: who.to_owned(),
        phone: phone.to_owned(),
    };
    PackView {
        place: Place {
            id: "hrh-6n".to_owned(),
            name: "6 North".to_owned(),
            whose: Whose::Ward("HRH, 6N".to_owned()),
            role: Role::FamilyDoctor,
        },
        made: NOW,
        sheets,
        beyond: 0,
        desks: vec![desk("safety desk", "bureau de sécurité", "Osprey, Noor", "902-555-0117")],
    }
}
