//! Who may say that somebody of a unit is to have access: its manager on that day, or whom they named for those days; never
//! the one it is for, never who managed it once, never another unit's (GUARANTEES S-029). Who has a request, and then whom
//! (S-030).

use super::days;
use crate::identity::names::fold;
use crate::words::Words;
use fhir::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A unit of a facility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Id: `ward-6`.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Directory id of the facility.
    pub place: String,
    /// The unit above it, whose manager is asked when its own does not answer; empty at the top.
    #[serde(default)]
    pub above: String,
}

/// Somebody manages a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// The unit.
    pub unit: String,
    /// User id with which they sign in.
    pub user: String,
    /// As people read it: `Marsh, Ines`.
    pub name: String,
    /// Address on file.
    #[serde(default)]
    pub email: String,
    /// First day, `2026-11-22`.
    pub from: String,
    /// Last day; left out while it goes on.
    #[serde(default)]
    pub until: Option<String>,
}

/// A manager names somebody for some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// The unit.
    pub unit: String,
    /// User id of the manager.
    pub manager: String,
    /// User id of whom they named.
    pub user: String,
    /// As people read it.
    pub name: String,
    /// First day.
    pub from: String,
    /// Last day; a delegation always has one.
    pub until: String,
    /// Whether the facilities' file has it: it ends when the file has it no more. Others the manager withdraws.
    #[serde(default)]
    pub filed: bool,
}

/// Longest delegation, in days (ours: a leave; a longer one is a new manager).
pub const DELEGATED_DAYS: i64 = 92;
/// Levels above a unit that are asked for a manager.
const LEVELS_LIMIT: usize = 8;

/// Units, managers and delegations of the facilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Units.
    #[serde(default, rename = "unit")]
    pub units: Vec<Unit>,
    /// Who manages them, and who did.
    #[serde(default, rename = "manager")]
    pub managers: Vec<Manager>,
    /// Whom managers named.
    #[serde(default, rename = "delegation")]
    pub delegations: Vec<Delegation>,
}

/// By what right somebody decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// They manage the unit today.
    Manager,
    /// The unit's manager, named here, gave it to them until this day.
    Delegate {
        /// User id of the manager.
        of: String,
        /// Last day.
        until: String,
    },
    /// They manage a unit above it, and it has come to them.
    Above {
        /// Their unit.
        unit: String,
    },
}

/// Why somebody may not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotApprover {
    /// It is for themselves.
    OwnRequest,
    /// They managed the unit until this day.
    Former(String),
    /// They will manage it from this day.
    NotYet(String),
    /// They manage other units.
    OtherUnit,
    /// The delegation was until this day.
    DelegationOver(String),
    /// The delegation is from this day.
    DelegationNotBegun(String),
    /// Who delegated manages the unit no longer.
    DelegatorGone,
    /// They manage no unit.
    NoManager,
    /// There is no such unit.
    NoUnit,
}

impl NotApprover {
    /// Why, and who decides.
    #[must_use]
    pub fn words(&self) -> Words {
        let (en, fr) = match self {
            Self::OwnRequest => (
                "This request is for you. The manager above you decides about it.".to_owned(),
                "Cette demande est pour vous. Le gestionnaire au-dessus de vous en décide.".to_owned(),
            ),
            Self::Former(day) => (
                format!("You managed this unit until {day}. Its manager of today decides."),
                format!("Vous avez géré cette unité jusqu'au {day}. Son gestionnaire actuel décide."),
            ),
            Self::NotYet(day) => (
                format!("You manage this unit from {day} on. Its manager of today decides."),
                format!("Vous gérez cette unité à partir du {day}. Son gestionnaire actuel décide."),
            ),
            Self::OtherUnit => (
                "You manage another unit. The manager of this one decides.".to_owned(),
                "Vous gérez une autre unité. Le gestionnaire de celle-ci décide.".to_owned(),
            ),
            Self::DelegationOver(day) => (
                format!("What was delegated to you ended on {day}. Ask the unit's manager to renew it."),
                format!(
                    "Ce qui vous était délégué a pris fin le {day}. Demandez au gestionnaire de le renouveler."
                ),
            ),
            Self::DelegationNotBegun(day) => (
                format!("What was delegated to you begins on {day}. Until then the unit's manager decides."),
                format!(
                    "Ce qui vous est délégué commence le {day}. D'ici là, le gestionnaire de l'unité décide."
                ),
            ),
            Self::DelegatorGone => (
                "Who delegated this to you manages the unit no longer. Ask its manager of today.".to_owned(),
                "La personne qui vous l'a délégué ne gère plus l'unité. Demandez au gestionnaire actuel."
                    .to_owned(),
            ),
            Self::NoManager => (
                "You manage no unit. The unit's manager decides.".to_owned(),
                "Vous ne gérez aucune unité. Le gestionnaire de l'unité décide.".to_owned(),
            ),
            Self::NoUnit => (
                "This unit is not on file. The access coordinator settles it.".to_owned(),
                "Cette unité n'est pas au dossier. Le coordonnateur des accès le règle.".to_owned(),
            ),
        };
        Words::new(en, fr)
    }
}

fn stands(from: &str, until: Option<&str>, day: Date) -> bool {
    let (from, until) = (days::parse(from), until.map(days::parse));
    from.is_some_and(|from| from <= day) && until.is_none_or(|until| until.is_some_and(|until| day <= until))
}

/// Whether two names are one person's, as far as names can tell: `Marsh, Ines` and `Ines Marsh` are. Nobody without a name
/// is anybody.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    let words = |name: &str| {
        let mut words: Vec<String> = name
            .split(|c: char| c.is_whitespace() || c == ',')
            .map(fold)
            .filter(|word| !word.is_empty())
            .collect();
        words.sort();
        words
    };
    let one = words(one);
    !one.is_empty() && one == words(other)
}

impl Structure {
    /// Users who may be the one of this name and address: managers and deputies, of today or not. An address is not on file
    /// for every manager, and for no deputy.
    pub fn users_who_may_be<'s>(&'s self, name: &'s str, address: &'s str) -> impl Iterator<Item = &'s str> {
        let address = address.trim();
        let managers = self.managers.iter().filter(move |one| {
            is_same_name(&one.name, name)
                || !address.is_empty() && one.email.trim().eq_ignore_ascii_case(address)
        });
        let deputies = self.delegations.iter().filter(move |one| is_same_name(&one.name, name));
        managers.map(|one| one.user.as_str()).chain(deputies.map(|one| one.user.as_str()))
    }

    /// From its file.
    ///
    /// # Errors
    /// Every entry to mend, each with its fix.
    pub fn from_toml(text: &str) -> Result<Self, Vec<String>> {
        let mut read: Self = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
        for one in &mut read.delegations {
            one.filed = true;
        }
        let wrong = read.wrong();
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }

    /// What of it contradicts itself.
    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for unit in &self.units {
            if self.units.iter().filter(|other| other.id == unit.id).count() > 1 {
                wrong.push(format!("unit {}: it stands twice; leave one out", unit.id));
            }
            if !unit.above.is_empty() && self.unit(&unit.above).is_none() {
                wrong.push(format!("unit {}: there is no unit {} above it; add it", unit.id, unit.above));
            }
            if self.above(&unit.id).len() > LEVELS_LIMIT {
                wrong.push(format!("unit {}: the units above it go in a circle; mend above", unit.id));
            }
        }
        for one in &self.managers {
            let is_ordered =
                one.until.as_ref().is_none_or(|until| days::parse(until).is_some() && *until >= one.from);
            if self.unit(&one.unit).is_none() {
                wrong.push(format!("manager {}: there is no unit {}; add it", one.user, one.unit));
            }
            if days::parse(&one.from).is_none() || !is_ordered {
                wrong.push(format!(
                    "manager {} of {}: write from and until as 2026-11-22, in order",
                    one.user, one.unit
                ));
            }
        }
        for one in &self.delegations {
            let days_long =
                days::parse(&one.from).zip(days::parse(&one.until)).map(|(a, b)| days::between(a, b));
            if !days_long.is_some_and(|long| (0..=DELEGATED_DAYS).contains(&long)) {
                wrong.push(format!(
                    "delegation of {} to {}: write from and until as 2026-11-22, at most {DELEGATED_DAYS} days apart",
                    one.unit, one.user
                ));
            }
        }
        wrong
    }

    /// A unit by its id.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The units above one, nearest first; longer than any real chain when they go in a circle.
    fn above(&self, unit: &str) -> Vec<&Unit> {
        let mut chain = Vec::new();
        let mut at = self.unit(unit);
        while let Some(above) = at.and_then(|unit| self.unit(&unit.above)) {
            chain.push(above);
            if chain.len() > LEVELS_LIMIT {
                break;
            }
            at = Some(above);
        }
        chain
    }

    /// Who manages a unit on a day.
    pub fn managers_on<'s>(&'s self, unit: &'s str, day: Date) -> impl Iterator<Item = &'s Manager> {
        self.managers
            .iter()
            .filter(move |one| one.unit == unit && stands(&one.from, one.until.as_deref(), day))
    }

    /// Whom the managers of a unit named for a day.
    pub fn delegates_on<'s>(&'s self, unit: &'s str, day: Date) -> impl Iterator<Item = &'s Delegation> {
        self.delegations.iter().filter(move |one| {
            one.unit == unit
                && stands(&one.from, Some(&one.until), day)
                && self.managers_on(unit, day).any(|manager| manager.user == one.manager)
        })
    }

    /// Units in which somebody may decide on a day as manager or delegate, by id.
    #[must_use]
    pub fn units_of(&self, user: &str, day: Date) -> Vec<&Unit> {
        let decides = |unit: &&Unit| {
            self.managers_on(&unit.id, day).any(|one| one.user == user)
                || self.delegates_on(&unit.id, day).any(|one| one.user == user)
        };
        self.units.iter().filter(decides).collect()
    }

    /// The address that the file has for a user; empty when it has none.
    fn email_of(&self, user: &str) -> String {
        let on_file = self.managers.iter().find(|one| one.user == user && !one.email.trim().is_empty());
        on_file.map(|one| one.email.clone()).unwrap_or_default()
    }

    /// Whether `user` may decide about an access in a unit on a day. `barred` may not: whom it is for, and who asked;
    /// `rung` is how far the request has climbed.
    ///
    /// # Errors
    /// Why not, and who decides.
    pub fn may_decide(
        &self,
        user: &str,
        barred: &[&str],
        unit: &str,
        rung: &Rung,
        day: Date,
    ) -> Result<Authority, NotApprover> {
        if self.unit(unit).is_none() {
            return Err(NotApprover::NoUnit);
        }
        if barred.contains(&user) {
            return Err(NotApprover::OwnRequest);
        }
        if self.managers_on(unit, day).any(|one| one.user == user) {
            return Ok(Authority::Manager);
        }
        if let Some(one) = self.delegates_on(unit, day).find(|one| one.user == user) {
            // Nobody is asked about themselves through a deputy.
            if barred.contains(&one.manager.as_str()) {
                return Err(NotApprover::OtherUnit);
            }
            return Ok(Authority::Delegate { of: one.manager.clone(), until: one.until.clone() });
        }
        if let Rung::Above { unit: above, .. } = rung
            && self.managers_on(above, day).any(|one| one.user == user)
        {
            return Ok(Authority::Above { unit: above.clone() });
        }
        Err(self.why_not(user, unit, day))
    }

    fn why_not(&self, user: &str, unit: &str, day: Date) -> NotApprover {
        let mine = || self.delegations.iter().filter(|one| one.unit == unit && one.user == user);
        if mine().any(|one| stands(&one.from, Some(&one.until), day)) {
            return NotApprover::DelegatorGone;
        }
        if let Some(one) = mine().max_by_key(|one| &one.until) {
            let has_begun = days::parse(&one.from).is_some_and(|from| from <= day);
            return if has_begun {
                NotApprover::DelegationOver(one.until.clone())
            } else {
                NotApprover::DelegationNotBegun(one.from.clone())
            };
        }
        let here = self.managers.iter().filter(|one| one.user == user && one.unit == unit);
        if let Some(one) = here.max_by_key(|one| &one.from) {
            return match &one.until {
                Some(until) if days::parse(until).is_some_and(|until| until < day) => {
                    NotApprover::Former(until.clone())
                }
                _ => NotApprover::NotYet(one.from.clone()),
            };
        }
        if self.managers.iter().any(|one| one.user == user) {
            NotApprover::OtherUnit
        } else {
            NotApprover::NoManager
        }
    }

    /// Who has a request in `unit` that was made at `asked`, at `now`: the unit's manager, then the manager
    /// above, then the access coordinator. A unit whose only manager is barred begins one step higher, and one that nobody
    /// manages today too.
    #[must_use]
    pub fn rung(&self, barred: &[&str], unit: &str, asked: Instant, now: Instant) -> Rung {
        let Some(day) = days::of(now) else { return Rung::Coordinator };
        let someone =
            |unit: &str| self.managers_on(unit, day).any(|one| !barred.contains(&one.user.as_str()));
        let above = self.above(unit).into_iter().find(|above| someone(&above.id));
        let waited = now.seconds_since(asked) / 60;
        if waited >= COORDINATOR_MINUTES {
            return Rung::Coordinator;
        }
        match above {
            _ if someone(unit) && waited < ABOVE_MINUTES => {
                Rung::Manager { reminded: waited >= REMIND_MINUTES }
            }
            Some(above) => {
                Rung::Above { unit: above.id.clone(), reminded: waited >= ABOVE_MINUTES + REMIND_MINUTES }
            }
            None => Rung::Coordinator,
        }
    }

    /// Users who may decide on a rung, with their names and addresses: managers, and whom those of the unit itself named
    /// for these days. Empty on the coordinator's.
    #[must_use]
    pub fn holders(&self, barred: &[&str], unit: &str, rung: &Rung, day: Date) -> Vec<Holder> {
        let (unit, is_own) = match rung {
            Rung::Manager { .. } => (unit, true),
            Rung::Above { unit, .. } => (unit.as_str(), false),
            Rung::Coordinator => return Vec::new(),
        };
        let may = |user: &str| !barred.contains(&user);
        let managers = self.managers_on(unit, day).filter(|one| may(&one.user));
        let mut holders: Vec<Holder> = managers
            .map(|one| Holder { user: one.user.clone(), name: one.name.clone(), email: one.email.clone() })
            .collect();
        let deputies =
            self.delegates_on(unit, day).filter(|one| is_own && may(&one.user) && may(&one.manager));
        for one in deputies {
            if holders.iter().all(|other| other.user != one.user) {
                let email = self.email_of(&one.user);
                holders.push(Holder { user: one.user.clone(), name: one.name.clone(), email });
            }
        }
        holders
    }
}

/// Somebody who has a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// User id.
    pub user: String,
    /// As people read it.
    pub name: String,
    /// Address on file; empty when none is.
    pub email: String,
}

/// Minutes after which a manager is reminded (JOURNEYS 2.6 step 7: one day).
pub const REMIND_MINUTES: i64 = 24 * 60;
/// Minutes after which the manager above has it (ours: two days).
pub const ABOVE_MINUTES: i64 = 2 * 24 * 60;
/// Minutes after which the access coordinator has it (S-030: day N; ours: four days).
pub const COORDINATOR_MINUTES: i64 = 4 * 24 * 60;

/// How far a request has climbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rung {
    /// With the unit's manager.
    Manager {
        /// Whether they have been reminded.
        reminded: bool,
    },
    /// With the manager of a unit above.
    Above {
        /// That unit.
        unit: String,
        /// Whether they have been reminded.
        reminded: bool,
    },
    /// With the access coordinator.
    Coordinator,
}

impl Rung {
    /// Stable code, for the ids of what is sent once on each.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Manager { reminded } => format!("manager{}", if *reminded { "-reminded" } else { "" }),
            Self::Above { unit, reminded } => {
                format!("above-{unit}{}", if *reminded { "-reminded" } else { "" })
            }
            Self::Coordinator => "coordinator".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure() -> Structure {
        Structure::from_toml(include_str!("../../testdata/facility/structure.toml")).expect("a structure")
    }

    fn told(answer: Result<Authority, NotApprover>) -> String {
        match answer {
            Ok(Authority::Manager) => "manager".to_owned(),
            Ok(Authority::Delegate { of, until }) => format!("delegate {of} {until}"),
            Ok(Authority::Above { unit }) => format!("above {unit}"),
            Err(NotApprover::OwnRequest) => "own-request".to_owned(),
            Err(NotApprover::Former(day)) => format!("former {day}"),
            Err(NotApprover::NotYet(day)) => format!("not-yet {day}"),
            Err(NotApprover::OtherUnit) => "other-unit".to_owned(),
            Err(NotApprover::DelegationOver(day)) => format!("delegation-over {day}"),
            Err(NotApprover::DelegationNotBegun(day)) => format!("delegation-not-begun {day}"),
            Err(NotApprover::DelegatorGone) => "delegator-gone".to_owned(),
            Err(NotApprover::NoManager) => "no-manager".to_owned(),
            Err(NotApprover::NoUnit) => "no-unit".to_owned(),
        }
    }

    #[test]
    fn s029_a_person_is_known_by_name_or_address_whatever_the_order() {
        let structure = structure();
        let may_be = |name: &str, address: &str| -> Vec<String> {
            structure.users_who_may_be(name, address).map(str::to_owned).collect()
        };
        assert_eq!(may_be("Brook, Tam", "tam@elsewhere.example"), ["brook"], "no address on file");
        assert_eq!(may_be("Wren Shoal", ""), ["shoal"], "a deputy");
        assert_eq!(may_be("Marsh, I.", "Ines.Marsh@hrh.example"), ["marsh"]);
        assert!(may_be("", "").is_empty());
    }

    #[test]
    fn s029_only_the_manager_of_that_unit_on_that_day_decides_and_never_about_themselves() {
        let structure = structure();
        for line in include_str!("../../testdata/facility/approvals.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [day, who, whom, unit, rung, answer @ ..] = words.as_slice() else { panic!("{line}") };
            let rung = match *rung {
                "manager" => Rung::Manager { reminded: false },
                above => Rung::Above { unit: above.to_owned(), reminded: false },
            };
            let day = days::parse(day).expect("a day");
            let answered = structure.may_decide(who, &[whom], unit, &rung, day);
            if let Err(why) = &answered {
                let words = why.words();
                assert!(!words.en.is_empty() && words.en != words.fr);
            }
            assert_eq!(told(answered), answer.join(" "), "{line}");
        }
    }

    #[test]
    fn s030_a_request_reminds_climbs_and_ends_at_the_coordinator() {
        let structure = structure();
        // 2026-11-23 12:00 UTC.
        let asked = Instant(1_795_435_200_000_000);
        let code = |whom, unit, hours: i64| {
            structure.rung(&[whom], unit, asked, asked.plus_minutes(hours * 60)).code()
        };
        let ladder: Vec<String> =
            [0, 23, 24, 47, 48, 71, 72, 95, 96, 1_000].map(|hours| code("reed", "ward-6", hours)).into();
        assert_eq!(
            ladder,
            [
                "manager",
                "manager",
                "manager-reminded",
                "manager-reminded",
                "above-medicine",
                "above-medicine",
                "above-medicine-reminded",
                "above-medicine-reminded",
                "coordinator",
                "coordinator"
            ]
        );
        assert_eq!(code("marsh", "ward-6", 0), "above-medicine", "nobody is asked about themselves");
        assert_eq!(code("pike", "medicine", 0), "coordinator", "there is nobody above");
        assert_eq!(code("reed", "attic", 0), "coordinator");
        let day = days::parse("2026-11-23").expect("a day");
        let rung = structure.rung(&["reed"], "ward-6", asked, asked);
        let holders = structure.holders(&["reed"], "ward-6", &rung, day);
        assert_eq!(
            holders.iter().map(|one| one.email.as_str()).collect::<Vec<_>>(),
            ["ines.marsh@hrh.example"]
        );
        let users = |barred: &[&str], unit: &str, day: &str| -> Vec<String> {
            let day = days::parse(day).expect("a day");
            let rung = Rung::Manager { reminded: false };
            structure.holders(barred, unit, &rung, day).into_iter().map(|one| one.user).collect()
        };
        assert_eq!(users(&[], "icu", "2026-11-20"), ["brook", "shoal"], "a deputy is written to as well");
        assert_eq!(users(&[], "icu", "2026-12-20"), ["brook"], "while they are");
        assert_eq!(
            users(&["brook"], "icu", "2026-11-20"),
            [""; 0],
            "nobody is asked about their own manager"
        );
    }

    #[test]
    fn a_structure_with_something_to_mend_says_all_of_it() {
        let wrong = Structure::from_toml(
            "[[unit]]\nid='a'\nname='A'\nplace='p'\nabove='b'\n[[unit]]\nid='b'\nname='B'\nplace='p'\nabove='a'\n\
             [[manager]]\nunit='c'\nuser='m'\nname='M'\nfrom='2026-1-1'\n\
             [[delegation]]\nunit='a'\nmanager='m'\nuser='d'\nname='D'\nfrom='2026-01-01'\nuntil='2027-01-01'\n",
        )
        .expect_err("to mend");
        assert_eq!(wrong.len(), 5, "{wrong:?}");
    }

    #[test]
    fn units_of_a_manager_are_those_of_the_day() {
        let structure = structure();
        let on = |user: &str, day: &str| -> Vec<String> {
            let day = days::parse(day).expect("a day");
            structure.units_of(user, day).into_iter().map(|unit| unit.id.clone()).collect()
        };
        assert_eq!(on("shoal", "2026-11-20"), ["icu"]);
        assert!(on("shoal", "2026-12-20").is_empty());
        assert!(on("knoll", "2026-11-20").is_empty());
    }
}
