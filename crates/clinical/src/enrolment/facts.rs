//! What is on file about an application, and what of it holds at a moment.

use super::addresses::mailbox;
use super::licence::normal;
use super::needs::{Held, Need, Sort};
use super::professions::Granted;
use super::state::Event;
use super::statements::signed_text;
use fhir::Instant;
use serde::{Deserialize, Serialize};

/// Days for which the confidentiality module counts (GUARANTEES S-039; JOURNEYS 2.6: renewed yearly).
pub const MODULE_DAYS: i64 = 365;
/// Days for which a verification of identity waits for the rest (GUARANTEES S-044: an unused one lapses; the month is
/// ours).
pub const IDENTITY_DAYS: i64 = 30;
/// Days in which a refusal can be appealed (ours).
pub const APPEAL_DAYS: i64 = 30;

/// Instants as microseconds, as the store keeps them.
pub(super) mod micros {
    use fhir::Instant;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(at: &Instant, to: S) -> Result<S::Ok, S::Error> {
        at.0.serialize(to)
    }
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Instant, D::Error> {
        i64::deserialize(from).map(Instant)
    }
}

/// The language in which somebody is written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tongue {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Tongue {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
    /// From its code; English where it is none of ours.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code == "fr" { Self::Fr } else { Self::En }
    }
    /// The sentence in this language.
    #[must_use]
    pub fn of(self, words: &crate::words::Words) -> &str {
        match self {
            Self::En => &words.en,
            Self::Fr => &words.fr,
        }
    }
}

/// Who applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applicant {
    /// Family name, as the licence has it.
    pub family: String,
    /// Given names.
    pub given: String,
    /// E-mail address, as it was proved.
    pub email: String,
    /// Code of the profession in the catalogue; empty while it is not chosen.
    pub profession: String,
    /// What the profession is called, when the catalogue does not list it.
    pub unlisted: String,
    /// Number of the licence.
    pub licence: String,
    /// The language in which they are written to.
    pub tongue: Tongue,
}

impl Applicant {
    /// `Kestrel, Bram`; the family name alone while the given name is not known.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.family.trim(), self.given.trim()) {
            (family, "") => family.to_owned(),
            ("", given) => given.to_owned(),
            (family, given) => format!("{family}, {given}"),
        }
    }
}

/// What the regulator's register says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceStanding {
    /// Stands today.
    Active,
    /// Suspended by the regulator.
    Suspended,
    /// Over.
    Lapsed,
    /// The register has nobody of that number and name.
    NotFound,
    /// The register could not be asked, or there is none for the profession.
    NotAsked,
    /// A coordinator has seen it, with the regulator.
    Checked,
    /// Works under the employer's authority, without a licence of their own.
    Employer,
}

/// The licence as it was last looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceHeld {
    /// What the register says.
    pub standing: LicenceStanding,
    /// The regulator.
    pub regulator: String,
    /// Name in the register: `Kestrel, Bram`.
    pub name: String,
    /// Place in the register.
    pub place: String,
    /// Telephone number in the register: calls go there and never to a number from a form (S-044).
    pub call_back: String,
    /// When it was looked up.
    #[serde(with = "micros")]
    pub at: Instant,
}

impl LicenceHeld {
    /// Whether somebody may work with it today.
    #[must_use]
    pub fn stands(&self) -> bool {
        matches!(
            self.standing,
            LicenceStanding::Active | LicenceStanding::Checked | LicenceStanding::Employer
        )
    }
}

/// Employment as the employer's list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    /// The employer.
    pub employer: String,
    /// Employee number.
    pub number: String,
    /// Stands today.
    pub stands: bool,
    /// When it was looked up.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// Somebody at a workplace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// `Gull, Éva`.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// Where somebody works in the community.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workplace {
    /// Directory id of the place, or what was written when the directory does not know it.
    pub place: String,
    /// As people read it.
    pub name: String,
    /// Who says yes and looks after access there; the second one stands in for the first (AC5).
    pub administrators: Vec<Contact>,
}

impl Workplace {
    /// Two administrators, each with an address, not the same one twice.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self.administrators.as_slice() {
            [first, second, ..] => {
                let whole = |who: &Contact| !who.name.trim().is_empty() && !who.email.trim().is_empty();
                whole(first) && whole(second) && mailbox(&first.email) != mailbox(&second.email)
            }
            _ => false,
        }
    }
}

/// Somebody said yes for a workplace or unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Directory id of the place or unit.
    pub place: String,
    /// Who.
    pub by: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// The confidentiality module, passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleHeld {
    /// Version of the scenes.
    pub version: String,
    /// Scenes answered well at the first try.
    pub score: u32,
    /// Out of so many.
    pub of: u32,
    /// When it was passed.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// A privacy statement that somebody has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Code of the statement.
    pub statement: String,
    /// Version that was shown.
    pub version: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// By which way a form was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormWay {
    /// In the page: the name was typed under the text.
    Online {
        /// The name as it was typed.
        signature: String,
        /// SHA-256 of the text that stood above it, hexadecimal.
        text_sha256: String,
    },
    /// On paper, in a PDF that passed.
    Paper {
        /// SHA-256 of the file, hexadecimal.
        sha256: String,
        /// How its signature was found right: `digital`, or who looked at the drawn one.
        seen_by: String,
    },
    /// Elsewhere: with the employer, or by the IT self-service's signed ticket.
    OnFile {
        /// Where it is kept.
        evidence: String,
    },
}

/// A signed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormHeld {
    /// Code of the form: `request` or `agreement`.
    pub form: String,
    /// Version of its text.
    pub version: String,
    /// By which way.
    pub way: FormWay,
    /// When it was signed, or came in.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// Identity, verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityHeld {
    /// Code of the method.
    pub method: String,
    /// What was seen: sort and last signs of a document, the number that was called.
    pub evidence: String,
    /// Who verified it.
    pub by: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// Who somebody is in the provider directory, as a coordinator said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InDirectory {
    /// Id of the practitioner; empty when nobody there is.
    pub practitioner: String,
    /// By what they know.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why, in words for the applicant.
    pub reason: String,
    /// Who refused: never who decides about the appeal.
    pub by: String,
    /// When.
    #[serde(with = "micros")]
    pub at: Instant,
    /// When it was appealed; once at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appealed: Option<i64>,
}

/// Everything on file about one application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// In a hospital, in the community, or both.
    pub sort: Sort,
    /// Who applies.
    pub applicant: Applicant,
    /// When the e-mail address was proved, in microseconds.
    pub address_proved: Option<i64>,
    /// The licence as it was last looked up.
    pub licence: Option<LicenceHeld>,
    /// Employment, where a hospital is concerned.
    pub employment: Option<Employment>,
    /// Workplaces in the community.
    pub workplaces: Vec<Workplace>,
    /// Units in a hospital, by id.
    pub units: Vec<String>,
    /// Who said yes.
    pub approvals: Vec<Approval>,
    /// Scenes of the module that were answered so far: code and choice, in order.
    pub answers: Vec<(String, usize)>,
    /// The module.
    pub module: Option<ModuleHeld>,
    /// Statements that were read, the latest of each last.
    pub privacy: Vec<Acknowledged>,
    /// Signed forms, the latest of each last.
    pub forms: Vec<FormHeld>,
    /// How they wish to be verified: code of a method; empty while they have not said.
    pub wish: String,
    /// As what they sign in at their units: code of a role; empty where no hospital is concerned.
    pub facility_role: String,
    /// What a coordinator granted, where the profession is not listed.
    pub granted: Option<Granted>,
    /// How many links to go on were used: the next one is good once.
    pub links: i64,
    /// What the desk asked, when it gave the application back.
    pub asked: String,
    /// Who verified the identity.
    pub identity: Option<IdentityHeld>,
    /// Who they are in the provider directory, where a coordinator had to say so.
    pub in_directory: Option<InDirectory>,
    /// How it was refused, when it was.
    pub refused: Option<Refused>,
}

/// The versions in force against which facts are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Version of the module.
    pub module: String,
    /// Version of the statement of Nova Scotia Health.
    pub privacy_nsh: String,
    /// Version of the statement of the IWK.
    pub privacy_iwk: String,
}

fn days(days: i64) -> i64 {
    days * 24 * 3600
}

impl Facts {
    /// What of it holds at `now`.
    #[must_use]
    pub fn held(&self, in_force: &InForce, now: Instant) -> Held {
        Need::ALL.into_iter().filter(|need| self.holds(*need, in_force, now)).collect()
    }

    fn holds(&self, need: Need, in_force: &InForce, now: Instant) -> bool {
        match need {
            Need::Address => self.address_proved.is_some(),
            Need::Licence => self.licence.as_ref().is_some_and(LicenceHeld::stands),
            Need::Employment => self.employment.as_ref().is_some_and(|held| held.stands),
            Need::Workplaces => {
                !self.workplaces.is_empty() && self.workplaces.iter().all(Workplace::is_whole)
            }
            Need::Module => self.module.as_ref().is_some_and(|held| {
                held.version == in_force.module && now.seconds_since(held.at) < days(MODULE_DAYS)
            }),
            Need::PrivacyNsh => self.has_read("nsh", &in_force.privacy_nsh),
            Need::PrivacyIwk => self.has_read("iwk", &in_force.privacy_iwk),
            Need::RequestForm => self.form("request").is_some(),
            Need::AgreementForm => self.form("agreement").is_some(),
            Need::Identity => self.identity.as_ref().is_some_and(|held| !held.by.is_empty()),
            Need::Eligibility => self.is_approved(),
        }
    }

    /// Whether a version of a statement was read.
    #[must_use]
    pub fn has_read(&self, statement: &str, version: &str) -> bool {
        self.privacy.iter().any(|held| held.statement == statement && held.version == version)
    }

    /// The latest signed form of a code, when its text is the one in force. What an employer keeps has a text of its own.
    #[must_use]
    pub fn form(&self, code: &str) -> Option<&FormHeld> {
        let in_force = signed_text(code).map_or("", |text| text.version);
        let held = self.forms.iter().rev().find(|held| held.form == code)?;
        (matches!(held.way, FormWay::OnFile { .. }) || held.version == in_force).then_some(held)
    }

    /// Takes over who applies and what the register says of them; signatures, approvals and a verification that were given
    /// for somebody else, or in another profession, are given anew.
    pub fn apply_as(&mut self, mut applicant: Applicant, licence: LicenceHeld) {
        let same_regulator = self.licence.as_ref().is_none_or(|held| held.regulator == licence.regulator);
        // A number that is only written otherwise is the same one, and stays as the printed forms have it.
        let written = &self.applicant.licence;
        if normal(&licence.regulator, written) == normal(&licence.regulator, &applicant.licence) {
            applicant.licence.clone_from(written);
        }
        if self.applicant != applicant || !same_regulator {
            self.forms.clear();
            self.approvals.clear();
            self.identity = None;
            self.granted = None;
            self.in_directory = None;
        }
        self.applicant = applicant;
        self.licence = Some(licence);
    }

    /// Takes over workplaces; a signature is for the workplaces that it was given for, and so is a yes.
    pub fn work_at(&mut self, workplaces: Vec<Workplace>) {
        if self.workplaces != workplaces {
            self.forms.clear();
            let stays = |said: &Approval| {
                let of = |all: &[Workplace]| all.iter().find(|place| place.place == said.place).cloned();
                let now = of(&workplaces);
                now.is_some() && now == of(&self.workplaces) || self.units.contains(&said.place)
            };
            self.approvals.retain(stays);
        }
        self.workplaces = workplaces;
    }

    /// Whether every workplace and every unit has said yes; where there is neither, nobody has.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        let said = |place: &str| self.approvals.iter().any(|approval| approval.place == place);
        let community = !self.sort.is_community()
            || !self.workplaces.is_empty() && self.workplaces.iter().all(|place| said(&place.place));
        let facility =
            !self.sort.is_facility() || !self.units.is_empty() && self.units.iter().all(|unit| said(unit));
        community && facility
    }

    /// Whether a verification of identity has waited too long without coming to use.
    #[must_use]
    pub fn identity_is_stale(&self, now: Instant) -> bool {
        self.identity.as_ref().is_some_and(|held| now.seconds_since(held.at) >= days(IDENTITY_DAYS))
    }

    /// Whether a refusal can still be appealed.
    #[must_use]
    pub fn may_appeal(&self, now: Instant) -> bool {
        self.refused.as_ref().is_some_and(|refused| {
            refused.appealed.is_none() && now.seconds_since(refused.at) < days(APPEAL_DAYS)
        })
    }

    /// What an event undoes: a verification that lapsed or that an appeal begins anew. Approvals and signatures are undone
    /// by what they were given for, see [`Facts::apply_as`] and [`Facts::work_at`].
    pub fn undo_by(&mut self, event: Event) {
        if matches!(event, Event::IdentityLapsed | Event::Return | Event::Appeal) {
            self.identity = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_force() -> InForce {
        InForce { module: "1".into(), privacy_nsh: "1".into(), privacy_iwk: "1".into() }
    }

    fn read(statement: &str, version: &str) -> Acknowledged {
        Acknowledged { statement: statement.into(), version: version.into(), at: Instant(0) }
    }

    #[test]
    fn s040_a_yes_and_a_signature_are_for_the_request_as_it_was() {
        let place =
            |place: &str| Workplace { place: place.into(), name: place.into(), administrators: Vec::new() };
        let form = |version: &str| FormHeld {
            form: "request".into(),
            version: version.into(),
            way: FormWay::Online { signature: "Bram".into(), text_sha256: String::new() },
            at: Instant(0),
        };
        let in_force = signed_text("request").unwrap().version;
        let approval = |place: &str| Approval { place: place.into(), by: "Gull".into(), at: Instant(0) };
        let whole = Facts {
            workplaces: vec![place("a"), place("b")],
            approvals: vec![approval("a"), approval("b")],
            forms: vec![form(in_force)],
            ..Facts::default()
        };
        assert!(whole.form("request").is_some());
        assert!(Facts { forms: vec![form("older")], ..whole.clone() }.form("request").is_none());
        let mut same = whole.clone();
        same.work_at(whole.workplaces.clone());
        assert_eq!(same, whole);
        let mut moved = whole.clone();
        moved.work_at(vec![place("b"), place("c")]);
        assert_eq!((moved.approvals, moved.forms.len()), (vec![approval("b")], 0));
        let licence = LicenceHeld {
            standing: LicenceStanding::Active,
            regulator: "NSPR".into(),
            name: String::new(),
            place: String::new(),
            call_back: String::new(),
            at: Instant(0),
        };
        let mut other = whole.clone();
        other.apply_as(Applicant { family: "Dunlin".into(), ..Applicant::default() }, licence);
        assert!(other.approvals.is_empty() && other.forms.is_empty());
    }

    #[test]
    fn s032_a_new_version_of_a_statement_is_not_read_yet() {
        let facts = Facts { privacy: vec![read("nsh", "1"), read("iwk", "1")], ..Facts::default() };
        let held = facts.held(&in_force(), Instant(0));
        assert!(held.contains(&Need::PrivacyNsh) && held.contains(&Need::PrivacyIwk));
        let newer = InForce { privacy_iwk: "2".into(), ..in_force() };
        let held = facts.held(&newer, Instant(0));
        assert!(held.contains(&Need::PrivacyNsh) && !held.contains(&Need::PrivacyIwk));
    }

    #[test]
    fn s039_the_module_counts_for_a_year_and_for_its_version() {
        let module = ModuleHeld { version: "1".into(), score: 6, of: 6, at: Instant(0) };
        let facts = Facts { module: Some(module), ..Facts::default() };
        let holds = |at: Instant| facts.held(&in_force(), at).contains(&Need::Module);
        let year = Instant(0).plus_seconds(days(MODULE_DAYS));
        assert!(holds(year.plus_seconds(-1)) && !holds(year));
        let newer = InForce { module: "2".into(), ..in_force() };
        assert!(!facts.held(&newer, Instant(0)).contains(&Need::Module));
    }

    #[test]
    fn ac5_a_workplace_has_two_administrators_with_addresses_of_their_own() {
        let who = |email: &str| Contact { name: "Gull, Éva".into(), email: email.into() };
        let at = |list: Vec<Contact>| Workplace { administrators: list, ..Workplace::default() }.is_whole();
        assert!(at(vec![who("a@x.example"), who("b@x.example")]));
        assert!(!at(vec![who("a@x.example")]));
        assert!(!at(vec![who("a@x.example"), who("A@x.example ")]));
        assert!(!at(vec![who("a@x.example"), who("")]));
    }

    #[test]
    fn s029_every_workplace_and_every_unit_says_yes() {
        let approval = |place: &str| Approval { place: place.into(), by: "Gull".into(), at: Instant(0) };
        let mut facts = Facts { sort: Sort::Both, ..Facts::default() };
        assert!(!facts.is_approved(), "nobody is asked, so nobody has said yes");
        facts.workplaces.push(Workplace { place: "harbour".into(), ..Workplace::default() });
        facts.units.push("4-east".into());
        facts.approvals.push(approval("harbour"));
        assert!(!facts.is_approved());
        facts.approvals.push(approval("4-east"));
        assert!(facts.is_approved());
    }

    #[test]
    fn s044_an_unused_verification_goes_stale_and_a_refusal_is_appealed_once_in_time() {
        let identity =
            IdentityHeld { method: "video".into(), evidence: "x".into(), by: "c".into(), at: Instant(0) };
        let refused = Refused { reason: "r".into(), by: "c".into(), at: Instant(0), appealed: None };
        let mut facts = Facts { identity: Some(identity), refused: Some(refused), ..Facts::default() };
        let month = Instant(0).plus_seconds(days(IDENTITY_DAYS));
        assert!(!facts.identity_is_stale(month.plus_seconds(-1)) && facts.identity_is_stale(month));
        assert!(facts.may_appeal(month.plus_seconds(-1)) && !facts.may_appeal(month));
        facts.undo_by(Event::Appeal);
        assert!(facts.identity.is_none(), "who looks on appeal verifies anew");
        if let Some(refused) = &mut facts.refused {
            refused.appealed = Some(1);
        }
        assert!(!facts.may_appeal(Instant(1)));
    }

    #[test]
    fn facts_read_back_as_they_were_written() {
        let facts = Facts {
            sort: Sort::Both,
            forms: vec![FormHeld {
                form: "agreement".into(),
                version: "1".into(),
                way: FormWay::Online { signature: "Bram Kestrel".into(), text_sha256: "00".into() },
                at: Instant(7),
            }],
            ..Facts::default()
        };
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
        assert_eq!(serde_json::from_str::<Facts>("{}").unwrap(), Facts::default(), "older rows say less");
    }
}
