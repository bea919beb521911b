//! What the enrolment desk decides. Nobody decides about themselves, their family, or on appeal from themselves (S-044).

use super::letters;
use super::turn::Turn;
use crate::mailing::write;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::enrolment::professions::{Granted, profession};
use clinical::enrolment::verification::{Method, NotSo, Verifying, may_decide, may_verify};
use clinical::enrolment::{APPEAL_DAYS, Event, IdentityHeld, LicenceStanding, Refused, State};
use clinical::words::Words;
use fhir::PersonId;
use store::{ApplicationId, Changes};

/// Characters of what the desk writes.
const WORDS_LIMIT_CHARS: usize = 2_000;

/// Act: who it is was verified.
#[derive(Debug, Clone)]
pub struct Verify {
    /// Which application.
    pub application: ApplicationId,
    /// Code of the method.
    pub method: String,
    /// What was seen: the sort of document and its last signs, who answered the call.
    pub evidence: String,
}

/// Act: back to the applicant with a question; everything on file is kept.
#[derive(Debug, Clone)]
pub struct GiveBack {
    /// Which application.
    pub application: ApplicationId,
    /// What is asked.
    pub question: String,
}

/// Act: refused, with a reason that the applicant reads and can appeal.
#[derive(Debug, Clone)]
pub struct Refuse {
    /// Which application.
    pub application: ApplicationId,
    /// Why.
    pub reason: String,
}

/// Act: a coordinator asked the regulator, where the register could not be asked.
#[derive(Debug, Clone)]
pub struct CheckLicence {
    /// Which application.
    pub application: ApplicationId,
    /// Who at the regulator said what.
    pub evidence: String,
}

/// Act: somebody called the desk about an application, and how they proved who they are (S-027).
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which application.
    pub application: ApplicationId,
    /// Code of the method.
    pub method: String,
    /// What was asked and answered.
    pub evidence: String,
    /// It was them.
    pub genuine: bool,
}

/// Act: somebody of an unlisted profession is granted what the access table has for them, with a reason (S-035).
#[derive(Debug, Clone)]
pub struct GrantAccess {
    /// Which application.
    pub application: ApplicationId,
    /// Why.
    pub reason: String,
}

fn not_so(why: NotSo) -> Refusal {
    let words = why.words();
    Refusal::new(RefusalKind::Conflict, words.en, words.fr)
}

pub(super) fn said(text: &str, en: &str, fr: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() { Err(Refusal::unreadable(en, fr)) } else { Ok(text) }
}

pub(super) fn turn<'r>(reading: &'r Reading<'r>, id: ApplicationId) -> Result<Turn<'r>, Refusal> {
    let row = reading.view.application(id)?.ok_or_else(Refusal::not_found)?;
    Turn::begin(reading, row, &reading.context.actor.name)
}

/// Whoever decides has no tie to the applicant.
pub(super) fn untied(
    reading: &Reading<'_>,
    turn: &Turn<'_>,
    check: impl Fn(&Verifying<'_>) -> Result<(), NotSo>,
    (method, evidence): (Method, &str),
) -> Result<(), Refusal> {
    let name = turn.facts.applicant.name();
    let refused_by = turn.facts.refused.as_ref().map_or("", |refused| refused.by.as_str());
    let call_back = turn.facts.licence.as_ref().map_or("", |held| held.call_back.as_str());
    let actor = &reading.context.actor;
    let by = Verifying {
        by: &actor.id,
        by_name: &actor.name,
        account: &turn.row.account,
        applicant: &name,
        refused_by,
        method,
        evidence,
        call_back,
    };
    check(&by).map_err(not_so)
}

/// Whoever decides has no tie to the applicant, whatever is decided.
pub(crate) fn unrelated(reading: &Reading<'_>, turn: &Turn<'_>) -> Result<(), Refusal> {
    untied(reading, turn, may_decide, (Method::Video, ""))
}

pub(super) fn method(code: &str) -> Result<Method, Refusal> {
    Method::from_code(code).ok_or_else(|| {
        Refusal::unreadable(
            "Choose how you verified: by the register's number, by video, or in person.",
            "Choisissez comment vous avez vérifié : au numéro du registre, par vidéo ou en personne.",
        )
    })
}

impl Sealed for Verify {}
impl Act for Verify {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/verify", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, method) = (turn(reading, self.application)?, method(&self.method)?);
        let evidence: String = self.evidence.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        untied(reading, &turn, may_verify, (method, &evidence))?;
        let called = turn.facts.licence.as_ref().map(|held| held.call_back.clone()).unwrap_or_default();
        let evidence = if method == Method::CallBack { format!("{called}: {evidence}") } else { evidence };
        turn.facts.identity = Some(IdentityHeld {
            method: method.code().to_owned(),
            evidence,
            by: reading.context.actor.id.clone(),
            at: reading.context.now,
        });
        turn.take(Event::VerifyIdentity, method.words())?;
        // Whoever verified has seen the addresses that the applicant wrote for a workplace that no list names.
        turn.ask_unlisted()?;
        turn.go_on()?;
        turn.finish()
    }
}

impl Sealed for GiveBack {}
impl Act for GiveBack {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/return", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = turn(reading, self.application)?;
        let question =
            said(&self.question, "Write what you ask the applicant.", "Écrivez ce que vous demandez.")?;
        unrelated(reading, &turn)?;
        turn.take(Event::Return, Words::new(question.clone(), question.clone()))?;
        turn.facts.asked = question;
        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, reading.context.now);
        let mail = to.given_back(&turn.facts.asked, turn.facts.links);
        write(&mut turn.changes, mail, reading.context.now);
        turn.finish()
    }
}

impl Sealed for Refuse {}
impl Act for Refuse {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/refuse", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = turn(reading, self.application)?;
        let reason = said(
            &self.reason,
            "Write the reason; the applicant reads it and can appeal.",
            "Écrivez le motif; la personne le lit et peut en appeler.",
        )?;
        unrelated(reading, &turn)?;
        // A second refusal ends it: the appeal was heard.
        let appealed = turn.facts.refused.as_ref().and_then(|refused| refused.appealed);
        turn.facts.refused = Some(Refused {
            reason: reason.clone(),
            by: reading.context.actor.id.clone(),
            at: reading.context.now,
            appealed,
        });
        turn.take(Event::Refuse, Words::new(reason.clone(), reason.clone()))?;
        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, reading.context.now);
        let mail = to.refused(&reason, APPEAL_DAYS, turn.facts.links);
        write(&mut turn.changes, mail, reading.context.now);
        turn.finish()
    }
}

impl Sealed for CheckLicence {}
impl Act for CheckLicence {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/licence", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = turn(reading, self.application)?;
        let evidence = said(
            &self.evidence,
            "Write who at the regulator said that the licence stands, and when.",
            "Écrivez qui, à l'ordre, a dit que le permis est en règle, et quand.",
        )?;
        unrelated(reading, &turn)?;
        let Some(held) = &mut turn.facts.licence else { return Err(Refusal::not_found()) };
        if !matches!(held.standing, LicenceStanding::NotAsked | LicenceStanding::NotFound) {
            return Err(Refusal::conflict(
                "The register has answered for this licence; what it says holds.",
                "Le registre a répondu pour ce permis; ce qu'il dit fait foi.",
            ));
        }
        held.standing = LicenceStanding::Checked;
        held.at = reading.context.now;
        turn.note("licence-checked", Words::new(evidence.clone(), evidence));
        turn.go_on()?;
        turn.finish()
    }
}

impl Sealed for GrantAccess {}
impl Act for GrantAccess {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/grant", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = turn(reading, self.application)?;
        let reason = said(
            &self.reason,
            "Write why this profession needs the record, and who was asked.",
            "Écrivez pourquoi cette profession a besoin du dossier et qui a été consulté.",
        )?;
        unrelated(reading, &turn)?;
        let is_open = matches!(
            super::state_of(&turn.row),
            State::Submitted | State::Complete | State::IdentityVerified | State::Eligible
        );
        if !is_open || profession(&turn.facts.applicant.profession).is_some() {
            return Err(Refusal::conflict(
                "Only an application that waits, in a profession that is not listed, needs this. Open it again to see what it waits for.",
                "Seule une demande en attente, d'une profession non répertoriée, le requiert. Rouvrez-la pour voir ce qu'elle attend.",
            ));
        }
        let (by, at) = (reading.context.actor.id.clone(), reading.context.now);
        turn.facts.granted = Some(Granted { reason: reason.clone(), by, at });
        turn.note("granted", Words::new(reason.clone(), reason));
        turn.go_on()?;
        turn.finish()
    }
}

impl Sealed for Caller {}
impl Act for Caller {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/caller", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (mut turn, method) = (turn(reading, self.application)?, method(&self.method)?);
        let evidence = said(
            &self.evidence,
            "Write what you asked and what they answered.",
            "Écrivez ce que vous avez demandé et la réponse.",
        )?;
        untied(reading, &turn, may_verify, (method, &evidence))?;
        let (way, what) = (method.words(), if self.genuine { "caller" } else { "caller-refused" });
        turn.note(what, Words::new(format!("{}: {evidence}", way.en), format!("{} : {evidence}", way.fr)));
        turn.finish()
    }
}
