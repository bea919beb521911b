//! What who applies does, step by step, each kept as it is done; and what a manager answers.

use super::links::ApproveLink;
use super::turn::{Turn, UNLISTED_PLACE, number, state_of};
use super::{administrators, letters, register};
use crate::mailing::write;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use crate::sign_in::TokenKey;
use clinical::access::Permission;
use clinical::directory::{Place as Listed, PlaceKind};
use clinical::enrolment::professions::{UNLISTED, profession};
use clinical::enrolment::scenes::{ANSWERS_LIMIT, Next, THEMES, VERSION, next};
use clinical::enrolment::statements::{SIGNED_TEXTS, STATEMENTS};
use clinical::enrolment::verification::Method;
use clinical::enrolment::{
    Acknowledged, Approval, Contact, Event, Facts, FormHeld, FormWay, LicenceHeld, LicenceStanding,
    ModuleHeld, State, Tongue, Workplace, addresses, holding,
};
use clinical::identity::names::fold;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use sha2::{Digest as _, Sha256};
use store::{
    AddressProof, ApplicationId, ApplicationRow, Changes, EnrolmentChange, EnrolmentRequirement, Requirement,
};

/// A code is good for so many minutes.
pub const CODE_MINUTES: i64 = 15;
/// Codes for one address in an hour.
const CODES_AN_HOUR: usize = 5;
/// Codes for all addresses in an hour: beyond it somebody tries addresses.
const CODES_AN_HOUR_FOR_ALL: usize = 2_000;
/// Wrong codes until another one is asked for.
pub const TRIES: u32 = 5;
/// Characters of a word that somebody types.
const WORD_LIMIT_CHARS: usize = 200;
/// Workplaces of one application.
pub const WORKPLACES_LIMIT: usize = 6;
/// Who acts, in the application's history.
pub(super) const APPLICANT: &str = "applicant";

fn cut(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORD_LIMIT_CHARS).collect()
}

/// The application that a browser goes on with.
pub(super) fn of_handle(reading: &Reading<'_>, handle: &[u8]) -> Result<ApplicationRow, Refusal> {
    let row = if handle.is_empty() { None } else { reading.view.application_by_handle(handle)? };
    row.ok_or_else(|| {
        Refusal::conflict(
            "This browser goes on with no application. Begin with your e-mail address; what you had is kept and found by it.",
            "Ce navigateur ne poursuit aucune demande. Commencez par votre adresse de courriel; ce que vous aviez est conservé et retrouvé.",
        )
    })
}

/// What is done to the application of a browser, as audit rows name it.
pub(crate) fn object_of(reading: &Reading<'_>, handle: &[u8], what: &str) -> Result<String, Refusal> {
    Ok(format!("application/{}/{what}", of_handle(reading, handle)?.id))
}

/// The same, while it is being filled in.
fn draft<'r>(reading: &'r Reading<'r>, handle: &[u8]) -> Result<Turn<'r>, Refusal> {
    let row = of_handle(reading, handle)?;
    if state_of(&row) != State::Draft {
        return Err(Refusal::conflict(
            "This application was sent already. Its page shows who has it; to change something, call the enrolment desk.",
            "Cette demande est déjà envoyée. Sa page montre qui l'a; pour un changement, appelez le bureau des adhésions.",
        ));
    }
    Turn::begin(reading, row, APPLICANT)
}

/// Act: have a code sent to an address. The answer is the same whoever has the address.
#[derive(Debug, Clone)]
pub struct Begin {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// The address as typed.
    pub address: String,
    /// In which language the mail is written.
    pub tongue: Tongue,
}

impl Sealed for Begin {}
impl Act for Begin {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "address/code".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let address = addresses::key(&self.address).ok_or_else(|| {
            Refusal::unreadable(
                "Write one e-mail address, like name@clinic.ca.",
                "Écrivez une adresse de courriel, comme nom@clinique.ca.",
            )
        })?;
        if addresses::is_shared(&address) {
            return Err(Refusal::unreadable(
                "Several people read this mailbox by its name. Use an address that only you read: your access is yours alone, and so is the code.",
                "D'après son nom, plusieurs personnes lisent cette boîte. Utilisez une adresse que vous seul lisez : votre accès n'est qu'à vous, et le code aussi.",
            ));
        }
        let now = reading.context.now;
        let hour = now.plus_minutes(-60);
        if reading.view.mails_since("code", Some(&address), hour)? >= CODES_AN_HOUR
            || reading.view.mails_since("code", None, hour)? >= CODES_AN_HOUR_FOR_ALL
        {
            return Err(Refusal::conflict(
                "Too many codes were asked for within an hour. Use the latest one, or come back in an hour.",
                "Trop de codes ont été demandés en une heure. Utilisez le dernier ou revenez dans une heure.",
            ));
        }
        let proof = AddressProof {
            handle: self.handle.clone(),
            address: address.clone(),
            tongue: self.tongue.code().to_owned(),
            tries: 0,
            at: now,
            expires: now.plus_minutes(CODE_MINUTES),
        };
        let mut changes = Changes { enrolment: vec![EnrolmentChange::Proof(proof)], ..Changes::default() };
        let to = letters::To {
            address: &address,
            tongue: self.tongue,
            application: ApplicationId::default(),
            at: now,
        };
        let handle: String = self.handle.iter().map(|byte| format!("{byte:02x}")).collect();
        write(&mut changes, to.code(&handle, CODE_MINUTES), now);
        Ok((changes, None))
    }
}

/// Act: the code from the mail. A wrong one is counted; whether it was right shows by the application that the browser
/// then goes on with.
#[derive(Clone)]
pub struct Prove {
    /// Key of the data folder.
    pub key: TokenKey,
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// The code as typed.
    pub code: String,
    /// Key of an application, if one is begun.
    pub id: ApplicationId,
}

impl Sealed for Prove {}
impl Act for Prove {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "address/proof".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let now = reading.context.now;
        let proof = reading.view.address_proof(&self.handle, now)?;
        let proof = proof.filter(|proof| proof.tries < TRIES);
        let proof = proof.ok_or_else(|| {
            Refusal::conflict(
                "This code is good no more. Ask for another one.",
                "Ce code ne vaut plus. Demandez-en un autre.",
            )
        })?;
        let digits: String = self.code.chars().filter(char::is_ascii_digit).collect();
        let mut changes = Changes {
            requires: vec![Requirement::Enrolment(EnrolmentRequirement::TriesAre(
                self.handle.clone(),
                proof.tries,
            ))],
            ..Changes::default()
        };
        if digits != self.key.address_code(&proof.handle, proof.at.0) {
            changes.enrolment.push(EnrolmentChange::ProofTried(self.handle.clone()));
            return Ok((changes, None));
        }
        let tongue = Tongue::from_code(&proof.tongue);
        let live: Vec<ApplicationRow> = reading
            .view
            .applications_at(&proof.address)?
            .into_iter()
            .filter(|row| state_of(row) != State::Ended)
            .collect();
        let bearers = u32::try_from(live.len()).unwrap_or(u32::MAX);
        changes
            .requires
            .push(Requirement::Enrolment(EnrolmentRequirement::BearersAre(proof.address.clone(), bearers)));
        // One person per address: whoever proves it goes on with what they began, wherever they did.
        let turn = match live.into_iter().next() {
            Some(row) => {
                let mut turn = Turn::begin(reading, row, APPLICANT)?;
                turn.row.handle.clone_from(&self.handle);
                // Whoever holds the address goes on from here: links that were sent before open nothing any more.
                turn.facts.links += 1;
                turn.note("gone-on", Words::new("Went on by a code.", "Poursuivie à l'aide d'un code."));
                turn
            }
            None => {
                let mut facts = Facts { address_proved: Some(now.0), ..Facts::default() };
                facts.applicant.email.clone_from(&proof.address);
                facts.applicant.tongue = tongue;
                let held = holding(State::Draft);
                let row = ApplicationRow {
                    id: self.id,
                    state: State::Draft.code().to_owned(),
                    sort: facts.sort.code().to_owned(),
                    address: proof.address.clone(),
                    handle: self.handle.clone(),
                    holder: held.map_or("", |line| line.holder.code()).to_owned(),
                    since: now,
                    due: held.map_or(now, |line| line.due(now)),
                    account: String::new(),
                    facts: serde_json::to_string(&facts).unwrap_or_default(),
                    opened: now,
                    meets: None,
                    revision: 0,
                };
                let mut turn = Turn::begin(reading, row, APPLICANT)?;
                turn.note("begun", Words::new("Address proved, begun.", "Adresse confirmée, commencée."));
                let to = letters::applicant(&turn.row, tongue, now);
                let mail = to.kept(&number(&turn.row), 0);
                write(&mut turn.changes, mail, now);
                turn
            }
        };
        let (mut whole, _) = turn.finish()?;
        whole.requires.append(&mut changes.requires);
        whole.enrolment.push(EnrolmentChange::ProofDone(self.handle.clone()));
        Ok((whole, None))
    }
}

/// Act: go on in another browser by the link from a mail; each is good once.
#[derive(Clone)]
pub struct Resume {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
}

impl Sealed for Resume {}
impl Act for Resume {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        let said = self.key.read_resume(&self.token);
        said.map_or_else(
            || "application".to_owned(),
            |link| format!("application/{}/resume", link.application),
        )
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let used = || {
            Refusal::conflict(
                "This link is good no more: it was used, it is too old, or you went on by a code since. Begin with your e-mail address: what you had is kept and found by it.",
                "Ce lien ne vaut plus : il a servi, il est trop ancien ou vous avez poursuivi par un code depuis. Commencez par votre adresse de courriel : ce que vous aviez est conservé et retrouvé.",
            )
        };
        let link = self.key.read_resume(&self.token).filter(|link| link.is_young(reading.context.now));
        let link = link.ok_or_else(used)?;
        let row = reading.view.application(link.application)?.ok_or_else(used)?;
        let mut turn = Turn::begin(reading, row, APPLICANT)?;
        if turn.facts.links != link.number {
            return Err(used());
        }
        turn.facts.links += 1;
        turn.row.handle.clone_from(&self.handle);
        turn.note("gone-on", Words::new("Went on by a link.", "Poursuivie à l'aide d'un lien."));
        turn.finish()
    }
}

/// Act: profession, licence number and family name; the regulator's register says the rest.
#[derive(Debug, Clone)]
pub struct Licence {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Code of the profession.
    pub profession: String,
    /// What it is called, when it is not listed.
    pub unlisted: String,
    /// Family name.
    pub family: String,
    /// Given name; needed where no register tells it.
    pub given: String,
    /// Number.
    pub licence: String,
}

impl Sealed for Licence {}
impl Act for Licence {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/licence".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "licence")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = draft(reading, &self.handle)?;
        let (family, licence) = (cut(&self.family), cut(&self.licence));
        if family.is_empty() || licence.is_empty() {
            return Err(Refusal::unreadable(
                "Write the number of your licence and your last name, as your college has them.",
                "Écrivez le numéro de votre permis et votre nom de famille, tels que votre ordre les connaît.",
            ));
        }
        let known = profession(&self.profession);
        let now = reading.context.now;
        let (held, given) = match (known, register(reading.view, now)?) {
            (Some(known), Some(register)) => register.look_up(known.regulator, &licence, &family, now),
            // No register to ask: a coordinator looks, and nothing is granted before.
            _ => (
                LicenceHeld {
                    standing: LicenceStanding::NotAsked,
                    regulator: known.map_or("", |known| known.regulator).to_owned(),
                    name: String::new(),
                    place: String::new(),
                    call_back: String::new(),
                    at: now,
                },
                None,
            ),
        };
        let mut applicant = turn.facts.applicant.clone();
        known.map_or(UNLISTED, |known| known.code).clone_into(&mut applicant.profession);
        applicant.unlisted = if known.is_some() { String::new() } else { cut(&self.unlisted) };
        applicant.given = given.unwrap_or_else(|| cut(&self.given));
        applicant.family = family;
        applicant.licence = licence;
        turn.facts.apply_as(applicant, held);
        turn.note("licence", Words::new("Licence looked up.", "Permis consulté."));
        turn.finish()
    }
}

/// Act: where one works. A place that names its two administrators needs no more than to be picked.
#[derive(Debug, Clone)]
pub struct Workplaces {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Directory ids of places.
    pub places: Vec<String>,
    /// Another place by its name, with two administrators; empty when none.
    pub other: String,
    /// Its administrators.
    pub administrators: Vec<Contact>,
}

impl Sealed for Workplaces {}
impl Act for Workplaces {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/workplaces".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "workplaces")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = draft(reading, &self.handle)?;
        let known = administrators(reading.view)?;
        let mut all = Vec::new();
        for id in self.places.iter().take(WORKPLACES_LIMIT) {
            // What the page offers, and no more: a hospital is not asked for this way.
            let offered =
                |place: &&Listed| place.kind != PlaceKind::Hospital && known.of(&place.id).len() >= 2;
            let Some(place) = reading.directory.place(id).filter(offered) else { continue };
            all.push(Workplace {
                place: place.id.clone(),
                name: place.name.clone(),
                administrators: known.of(id).iter().take(2).cloned().collect(),
            });
        }
        let other = cut(&self.other);
        if !other.is_empty() {
            let named = self.administrators.iter().take(2).map(|who| Contact {
                name: cut(&who.name),
                email: addresses::key(&who.email).unwrap_or_default(),
            });
            all.push(Workplace {
                place: format!("{UNLISTED_PLACE}{other}"),
                name: other,
                administrators: named.collect(),
            });
        }
        let own = addresses::mailbox(&turn.facts.applicant.email);
        if all.iter().flat_map(|place| &place.administrators).any(|who| addresses::mailbox(&who.email) == own)
        {
            return Err(Refusal::unreadable(
                "You cannot say yes to your own access. Name two other people at this workplace.",
                "Vous ne pouvez accepter votre propre accès. Nommez deux autres personnes de ce lieu de travail.",
            ));
        }
        if all.is_empty() || !all.iter().all(Workplace::is_whole) {
            return Err(Refusal::unreadable(
                "Pick where you work, or write its name and two people who look after access there, each with an e-mail address of their own.",
                "Choisissez votre lieu de travail, ou écrivez son nom et deux personnes qui y gèrent les accès, chacune avec sa propre adresse de courriel.",
            ));
        }
        turn.facts.work_at(all);
        turn.note("workplaces", Words::new("Workplaces named.", "Lieux de travail nommés."));
        turn.finish()
    }
}

/// Act: how one wishes to be verified.
#[derive(Debug, Clone)]
pub struct Way {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Code of a method.
    pub method: String,
}

impl Sealed for Way {}
impl Act for Way {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/identity".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "identity")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = draft(reading, &self.handle)?;
        let method = Method::from_code(&self.method).ok_or_else(|| {
            Refusal::unreadable("Choose one of the three ways.", "Choisissez une des trois façons.")
        })?;
        method.code().clone_into(&mut turn.facts.wish);
        turn.meet(None);
        let way = method.words();
        turn.note(
            "way",
            Words::new(
                format!("Wishes to be verified: {}.", way.en.to_lowercase()),
                format!("Souhaite être vérifiée : {}.", way.fr.to_lowercase()),
            ),
        );
        turn.finish()
    }
}

/// Act: the choice in a scene of the module.
#[derive(Debug, Clone)]
pub struct Scene {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Which scene: one that is not asked now changes nothing.
    pub scene: String,
    /// Which choice, from 1.
    pub choice: usize,
}

impl Sealed for Scene {}
impl Act for Scene {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/module".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "module")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = of_handle(reading, &self.handle)?;
        if !matches!(state_of(&row), State::Draft | State::Active | State::Suspended) {
            return Err(Refusal::conflict(
                "The scenes are done with. The page of your application shows who has it.",
                "Les mises en situation sont faites. La page de votre demande montre qui l'a.",
            ));
        }
        let mut turn = Turn::begin(reading, row, APPLICANT)?;
        match next(&turn.facts.answers) {
            Next::Ask { scene, .. }
                if scene.code == self.scene && turn.facts.answers.len() < ANSWERS_LIMIT =>
            {
                turn.facts.answers.push((scene.code.clone(), self.choice));
            }
            // Sent twice, or from an older page: the page that follows shows what is asked now.
            _ => return Ok((Changes::default(), None)),
        }
        if let Next::Passed { score } = next(&turn.facts.answers) {
            let of = u32::try_from(THEMES).unwrap_or(u32::MAX);
            turn.facts.module =
                Some(ModuleHeld { version: VERSION.to_owned(), score, of, at: reading.context.now });
            turn.facts.answers.clear();
            let said = format!("{score}/{of}");
            turn.note(
                "module",
                Words::new(format!("Module passed, {said}."), format!("Module réussi, {said}.")),
            );
        }
        turn.finish()
    }
}

/// Act: the statements are read, the forms signed in the page, and the application is sent. On paper, the forms follow.
#[derive(Debug, Clone)]
pub struct Send {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Codes of statements that were ticked as read.
    pub read: Vec<String>,
    /// The name as typed under the forms; empty when they follow on paper.
    pub signature: String,
    /// The forms follow on paper.
    pub on_paper: bool,
}

impl Sealed for Send {}
impl Act for Send {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/send".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "send")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = draft(reading, &self.handle)?;
        let now = reading.context.now;
        for statement in STATEMENTS {
            if !self.read.iter().any(|code| code == statement.code) {
                let title = statement.title();
                return Err(Refusal::unreadable(
                    format!("Read \"{}\" and tick that you have.", title.en),
                    format!("Lisez « {} » et cochez que vous l'avez lu.", title.fr),
                ));
            }
            turn.facts.privacy.push(Acknowledged {
                statement: statement.code.to_owned(),
                version: statement.version.to_owned(),
                at: now,
            });
        }
        if !self.on_paper {
            let (signature, applicant) = (cut(&self.signature), &turn.facts.applicant);
            let (one, other) = (
                fold(&format!("{} {}", applicant.given, applicant.family)),
                fold(&format!("{} {}", applicant.family, applicant.given)),
            );
            if signature.is_empty() || ![one, other].contains(&fold(&signature)) {
                let name = format!("{} {}", applicant.given, applicant.family);
                return Err(Refusal::unreadable(
                    format!("Sign with your name as the register has it: {}.", name.trim()),
                    format!("Signez de votre nom tel qu'au registre : {}.", name.trim()),
                ));
            }
            let french = applicant.tongue == Tongue::Fr;
            for text in SIGNED_TEXTS {
                let digest = Sha256::digest(text.text(french).as_bytes());
                turn.facts.forms.push(FormHeld {
                    form: text.code.to_owned(),
                    version: text.version.to_owned(),
                    way: FormWay::Online {
                        signature: signature.clone(),
                        text_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
                    },
                    at: now,
                });
            }
        }
        turn.facts.asked.clear();
        turn.take(Event::Submit, Event::Submit.words())?;
        turn.ask_workplaces();
        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
        let mail = to.sent(&number(&turn.row), turn.facts.links);
        write(&mut turn.changes, mail, now);
        turn.go_on()?;
        turn.finish()
    }
}

/// Act: ask that somebody else looks at a refusal.
#[derive(Debug, Clone)]
pub struct Appeal {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Why, in the applicant's words.
    pub words: String,
}

impl Sealed for Appeal {}
impl Act for Appeal {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/appeal".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "appeal")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = of_handle(reading, &self.handle)?;
        let mut turn = Turn::begin(reading, row, APPLICANT)?;
        let now = reading.context.now;
        if !turn.facts.may_appeal(now) {
            return Err(Refusal::conflict(
                "An appeal is taken once, within 30 days of a refusal. You can begin a new application.",
                "Un appel est reçu une fois, dans les 30 jours d'un refus. Vous pouvez présenter une nouvelle demande.",
            ));
        }
        let words: String = self.words.trim().chars().take(2_000).collect();
        if words.is_empty() {
            return Err(Refusal::unreadable(
                "Write why somebody else should look at it.",
                "Écrivez pourquoi quelqu'un d'autre devrait l'examiner.",
            ));
        }
        let others = reading.view.applications_at(&turn.row.address)?;
        if others.iter().any(|other| other.id != turn.row.id && state_of(other) != State::Ended) {
            return Err(Refusal::conflict(
                "You have begun another application. It goes on instead of the appeal.",
                "Vous avez commencé une autre demande. Elle se poursuit au lieu de l'appel.",
            ));
        }
        if let Some(refused) = &mut turn.facts.refused {
            refused.appealed = Some(now.0);
        }
        turn.take(Event::Appeal, Words::new(words.clone(), words))?;
        turn.ask_workplaces();
        turn.go_on()?;
        turn.finish()
    }
}

/// Act: the applicant does not want it any more.
#[derive(Debug, Clone)]
pub struct Withdraw {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
}

impl Sealed for Withdraw {}
impl Act for Withdraw {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/withdraw".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "withdraw")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = of_handle(reading, &self.handle)?;
        if !row.account.is_empty() {
            return Err(Refusal::conflict(
                "Your account is made already. The enrolment desk ends it when you ask them.",
                "Votre compte est déjà créé. Le bureau des adhésions y met fin à votre demande.",
            ));
        }
        let mut turn = Turn::begin(reading, row, APPLICANT)?;
        turn.take(Event::End, Words::new("Withdrawn by the applicant.", "Retirée par la personne."))?;
        turn.finish()
    }
}

/// Act: a manager answers by the link they were sent.
#[derive(Clone)]
pub struct Approve {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
    /// They work there; else somebody of the desk asks.
    pub yes: bool,
}

/// The application, workplace and administrator of a link, while it answers something.
pub(super) fn asked_by(
    reading: &Reading<'_>,
    key: &TokenKey,
    token: &str,
) -> Result<(ApplicationRow, Facts, ApproveLink), Refusal> {
    let link = key.read_approve(token).ok_or_else(Refusal::not_found)?;
    let row = reading.view.application(link.application)?.ok_or_else(Refusal::not_found)?;
    let facts = super::facts_of(&row)?;
    let sent = reading.view.application_events(row.id)?;
    let latest = sent
        .iter()
        .rev()
        .find(|event| event.event == Event::Submit.code() || event.event == Event::Appeal.code());
    let is_of_it = latest.is_some_and(|event| event.at == Instant(link.at));
    let there =
        facts.workplaces.get(link.workplace).and_then(|place| place.administrators.get(link.administrator));
    if !is_of_it || there.is_none() {
        return Err(Refusal::not_found());
    }
    Ok((row, facts, link))
}

impl Sealed for Approve {}
impl Act for Approve {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        let link = self.key.read_approve(&self.token);
        link.map_or_else(
            || "application".to_owned(),
            |link| format!("application/{}/approval", link.application),
        )
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, facts, link) = asked_by(reading, &self.key, &self.token)?;
        let Some(place) = facts.workplaces.get(link.workplace).cloned() else {
            return Err(Refusal::not_found());
        };
        let Some(who) = place.administrators.get(link.administrator).cloned() else {
            return Err(Refusal::not_found());
        };
        let over = || {
            Refusal::conflict(
                "This was answered already. Nothing is left to do.",
                "Une réponse a déjà été donnée. Il ne reste rien à faire.",
            )
        };
        if facts.approvals.iter().any(|said| said.place == place.place)
            || !matches!(state_of(&row), State::Submitted | State::Complete | State::IdentityVerified)
        {
            return Err(over());
        }
        let mut turn = Turn::begin(reading, row, &who.name)?;
        if self.yes {
            turn.facts.approvals.push(Approval {
                place: place.place.clone(),
                by: who.name.clone(),
                at: reading.context.now,
            });
            turn.note(
                "said-yes",
                Words::new(format!("{}: yes.", place.name), format!("{} : oui.", place.name)),
            );
            turn.workplace_answered(&place.place, "yes")?;
            turn.go_on()?;
        } else {
            let words = Words::new(
                format!("{} says: does not work at {}.", who.name, place.name),
                format!("{} dit : ne travaille pas à {}.", who.name, place.name),
            );
            turn.facts.asked = words.en.clone();
            // Nobody is refused by a click: it is the applicant's again, with what was said.
            turn.take(Event::Return, words)?;
            let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, reading.context.now);
            let mail = to.given_back(&turn.facts.asked, turn.facts.links);
            write(&mut turn.changes, mail, reading.context.now);
        }
        turn.finish()
    }
}
