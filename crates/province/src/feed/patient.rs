//! PID and its neighbours: a person as one sender knows them.

use super::Sender;
use super::draft::{Draft, esc};
use crate::World;
use crate::calendar::{Date, local_date};
use crate::people::{Card, Person, Sex};
use crate::places::{HOSPITALS, PRACTITIONERS};

/// A person as a sender knows them at the time of one message.
#[derive(Debug, Clone)]
pub(crate) struct Patient<'w> {
    pub(crate) person: &'w Person,
    /// Hospital record number with the code of its hospital.
    pub(crate) mrn: Option<(String, &'static str)>,
    /// Number the laboratory gave.
    pub(crate) laboratory: Option<String>,
    pub(crate) card: Option<Card>,
    pub(crate) family: String,
    pub(crate) given: String,
    pub(crate) birth: Option<Date>,
    pub(crate) sex: Sex,
    /// PID-18, the visit.
    pub(crate) account: String,
    /// The home is sent only by those who register people.
    pub(crate) home: bool,
}

impl<'w> Patient<'w> {
    /// As hospital 0 or 1 has registered the person; as the other one if only that knows them.
    pub(crate) fn at(person: &'w Person, hospital: usize) -> Self {
        let hospital = if person.charts[hospital].is_some() { hospital } else { person.home_hospital() };
        let chart = person.charts[hospital].as_ref();
        Self {
            person,
            mrn: chart.map(|chart| (chart.mrn.clone(), HOSPITALS[hospital])),
            laboratory: None,
            card: chart.map_or_else(|| person.card.clone(), |chart| chart.card.clone()),
            family: chart.map_or_else(|| person.family.clone(), |chart| chart.family.clone()),
            given: chart.map_or_else(|| person.given.clone(), |chart| chart.given.clone()),
            birth: Some(chart.map_or(person.birth, |chart| chart.birth)),
            sex: person.sex,
            account: String::new(),
            home: true,
        }
    }

    /// As a laboratory knows somebody whose requisition came from a clinic: by card, else by its own number.
    pub(crate) fn community(person: &'w Person) -> Self {
        Self {
            person,
            mrn: None,
            laboratory: Some(format!("L{:07}", 1_000_000 + person.number * 3)),
            card: person.card.clone(),
            family: person.family.clone(),
            given: person.given.clone(),
            birth: Some(person.birth),
            sex: person.sex,
            account: String::new(),
            home: false,
        }
    }

    /// The hospital of the record number, else the nearest.
    pub(crate) fn hospital(&self) -> usize {
        match &self.mrn {
            Some((_, code)) => usize::from(*code == HOSPITALS[1]),
            None => self.person.home_hospital(),
        }
    }

    fn identifiers(&self, sender: Sender) -> (String, String) {
        let card = self.card.as_ref().map(|card| format!("{}^^^{}^JHN", card.number, card.province));
        let mrn = self.mrn.as_ref().map(|(mrn, code)| format!("{mrn}^^^{code}^MR"));
        let laboratory = self.laboratory.as_ref().map(|number| format!("{number}^^^LAB^PI"));
        if sender == Sender::Vgh {
            return (card.unwrap_or_default(), mrn.unwrap_or_default());
        }
        let all: Vec<String> = [card, mrn, laboratory].into_iter().flatten().collect();
        (String::new(), all.join("~"))
    }
}

impl Draft {
    /// PID, and ZHC with the reason where a person has no card.
    pub(crate) fn pid(&mut self, world: &World, patient: &Patient<'_>) {
        let person = patient.person;
        let (external, identifiers) = patient.identifiers(self.sender);
        let birth = patient.birth.map(Date::hl7).unwrap_or_default();
        let mother = person.mother.map(|mother| &world.people[mother]);
        let mothers_name = match mother {
            Some(mother) if patient.home => self.words(mother.maiden.as_deref().unwrap_or(&mother.family)),
            _ => String::new(),
        };
        let mothers_id = match mother {
            Some(mother) if person.born_us.is_some() => self.mothers_number(mother),
            _ => String::new(),
        };
        let (home, phone, language) = if patient.home { self.home(person) } else { Default::default() };
        let (multiple, order) = match person.birth_order {
            0 => ("", String::new()),
            order => ("Y", order.to_string()),
        };
        let names = self.names(patient);
        self.seg(
            "PID",
            &[
                (1, "1"),
                (2, &external),
                (3, &identifiers),
                (5, &names),
                (6, &mothers_name),
                (7, &birth),
                (8, patient.sex.code()),
                (11, &home),
                (13, &phone),
                (15, language),
                (18, &patient.account),
                (21, &mothers_id),
                (24, multiple),
                (25, &order),
            ],
        );
        if patient.card.is_none()
            && patient.home
            && let Some((code, text)) = person.no_card.map(|reason| reason.code())
        {
            let reason = format!("{code}^{}^{}", esc(text), self.sender.facility());
            self.seg("ZHC", &[(1, "NONE"), (2, &reason)]);
        }
    }

    fn mothers_number(&self, mother: &Person) -> String {
        let at = usize::from(self.sender == Sender::Vgh);
        let at = if mother.charts[at].is_some() { at } else { mother.home_hospital() };
        mother.charts[at]
            .as_ref()
            .map(|chart| format!("{}^^^{}^MR", chart.mrn, HOSPITALS[at]))
            .unwrap_or_default()
    }

    fn home(&self, person: &Person) -> (String, String, &'static str) {
        let address = &person.address;
        let (street, city) = (self.words(&address.street), self.words(&address.city));
        let home = format!("{street}^^{city}^{}^{}^CAN^H", address.province, address.postal);
        let (area, local) = person.phone.split_at(3);
        let phone = if self.sender == Sender::Vgh {
            format!("({area}){}-{}", &local[..3], &local[3..])
        } else {
            format!("^PRN^PH^^1^{area}^{local}")
        };
        (home, phone, person.language)
    }

    fn names(&self, patient: &Patient<'_>) -> String {
        let person = patient.person;
        let (family, given) = (self.words(&patient.family), self.words(&patient.given));
        let placeholder = patient.given == person.placeholder() && person.born_us.is_some();
        let middle = if placeholder { String::new() } else { self.words(&person.middle) };
        if self.sender == Sender::Vgh {
            return format!("{family}^{given}^{middle}^{}", person.suffix).trim_end_matches('^').to_owned();
        }
        let mut names = format!("{family}^{given}^{middle}^{}^^^L", person.suffix);
        if !patient.home {
            return names;
        }
        if let Some(maiden) = &person.maiden {
            names.push_str(&format!("~{}^{given}^^^^^M", self.words(maiden)));
        }
        if let Some(nickname) = person.nickname {
            names.push_str(&format!("~{family}^{}^^^^^N", self.words(nickname)));
        }
        names
    }

    /// PD1 with the family doctor, when there is one.
    pub(crate) fn family_doctor(&mut self, person: &Person) {
        if let Some(doctor) = person.doctor {
            let doctor = self.xcn(&PRACTITIONERS[doctor]);
            self.seg("PD1", &[(4, &doctor)]);
        }
    }

    /// The age in whole years at the time of the message.
    pub(crate) fn age(&self, person: &Person) -> i32 {
        person.age_on(local_date(self.at_us))
    }
}
