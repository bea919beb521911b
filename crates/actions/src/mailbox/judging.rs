//! Judging what was sent: whose it is, what each file is, what goes on file, what is answered.

use super::looking::of_browser;
use super::taking::{Parcel, from_where};
use super::{
    ACTOR, ANSWER, Said, SaidFile, Setup, harmless, hex, said_json, said_of, standing_of, subject_of,
    tongue_of,
};
use crate::enrolment::turn::{Turn, facts_of};
use crate::mailing::{Draft, write};
use crate::obligations::{About, ended, event, row as new_row};
use crate::record::{Act, Reading, Record, Sealed, machine};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::enrolment::forms::{Defect, Form, Subject, Verdict, judge};
use clinical::enrolment::mailbox::{
    ANSWERS_A_DAY, Admission, Arrived, Held, Letter, Standing, admit, answer, held_answer, standing,
};
use clinical::enrolment::{FormHeld, FormWay, Tongue};
use clinical::obligations::{Outcome, mail_waits};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use mail::Mail;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use store::{
    ApplicationId, ApplicationRow, Changes, MailId, MailIn, MailboxChange, ObligationChange, ObligationRow,
    ObligationState, Requirement, View,
};

/// Judged in one round; the rest follows in the next.
pub(super) const AT_ONCE: usize = 20;
/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 3600;

/// A file: its name, its bytes.
pub(super) type File = (String, Vec<u8>);

/// What was sent, opened again.
pub(super) struct Opened {
    pub(super) row: MailIn,
    pub(super) bytes: Vec<u8>,
}

/// Opens something that was sent.
pub(super) fn opened(view: &View, id: MailId, setup: &Setup) -> Result<Opened, Refusal> {
    let row = view.mail_in(id)?.ok_or_else(Refusal::not_found)?;
    let sealed = view.mail_in_body(id)?.ok_or_else(Refusal::not_found)?;
    let bytes = setup.key.open(&sealed).ok_or_else(|| {
        Refusal::new(
            RefusalKind::TryAgain,
            "What was sent cannot be opened with the key in the data folder. Put the right mailbox.key back.",
            "Ce qui a été envoyé ne peut être ouvert avec la clé du dossier de données. Remettez la bonne clé mailbox.key.",
        )
    })?;
    Ok(Opened { row, bytes })
}

impl Opened {
    /// Files that are to be judged: what was uploaded, or whatever is attached and no picture of a letterhead.
    pub(super) fn files(&self) -> Vec<File> {
        if self.row.way == "upload" {
            return vec![(self.row.subject.clone(), self.bytes.clone())];
        }
        let Ok(mail) = Mail::read(&self.bytes) else { return Vec::new() };
        let kept = mail.attachments.into_iter().filter(|file| !file.is_inline);
        kept.map(|file| (file.name, file.bytes)).collect()
    }
}

/// The application that has an address and has not ended, the latest first.
fn application_at(view: &View, address: &str) -> Result<Option<ApplicationRow>, Refusal> {
    if address.is_empty() {
        return Ok(None);
    }
    Ok(view.applications_at(address)?.into_iter().find(|row| row.state != "ended"))
}

/// The change that settles a row where it now stands, with its obligation ended or handed to the desk.
pub(super) fn settled(
    view: &View,
    row: &MailIn,
    (at, said): (Standing, &Said),
    (actor, because): (&str, &Words),
    changes: &mut Changes,
    now: Instant,
) -> Result<(), Refusal> {
    changes.requires.push(Requirement::MailIs(row.id, row.revision));
    changes.mailbox.push(MailboxChange::Now(MailIn {
        state: at.code().to_owned(),
        said: said_json(said),
        settled: (!at.is_open()).then_some(now),
        revision: row.revision + 1,
        ..row.clone()
    }));
    let Some(owed) = view.obligation(row.obligation)? else { return Ok(()) };
    if !matches!(owed.state, ObligationState::Open { .. }) {
        return Ok(());
    }
    changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
    if at.is_open() {
        let waits = new_row(owed.id, &mail_waits(&row.sender, because.clone(), now), &About::default(), now);
        changes.obligations.push(event(owed.id, now, actor, at.code(), because));
        changes.obligations.push(ObligationChange::Update(ObligationRow {
            state: waits.state,
            words: waits.words,
            revision: owed.revision + 1,
            ..owed
        }));
    } else {
        let outcome = Outcome::Resolved { by: actor.to_owned(), how: at.code().to_owned() };
        changes.obligations.push(event(owed.id, now, actor, outcome.code(), because));
        changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
    }
    Ok(())
}

/// A form goes on file.
pub(super) fn put_on_file(turn: &mut Turn<'_>, form: Form, sha256: &str, seen_by: &str, now: Instant) {
    let is_known = |held: &FormHeld| {
        matches!(&held.way, FormWay::Paper { sha256: known, .. } if known == sha256)
            && held.form == form.code()
    };
    if turn.facts.forms.iter().any(is_known) {
        return;
    }
    turn.facts.forms.push(FormHeld {
        form: form.code().to_owned(),
        version: form.version().to_owned(),
        way: FormWay::Paper { sha256: sha256.to_owned(), seen_by: seen_by.to_owned() },
        at: now,
    });
    let title = form.title();
    turn.note(
        "form",
        Words::new(
            format!("{}: signed on paper and right.", title.en),
            format!("{} : signé sur papier et conforme.", title.fr),
        ),
    );
}

/// Forms that are still awaited.
pub(super) fn awaited(turn: &Turn<'_>) -> Vec<Form> {
    Form::ALL.into_iter().filter(|form| turn.facts.form(form.code()).is_none()).collect()
}

fn said_file((name, bytes): &File, verdict: &Verdict) -> SaidFile {
    let words = verdict.defects.iter().map(|defect| defect.words());
    SaidFile {
        name: harmless(name),
        sha256: hex(&mail::sha256(bytes)),
        form: verdict.form.map(|form| form.code().to_owned()).unwrap_or_default(),
        verdict: verdict.to_string(),
        stands: if verdict.is_right() {
            "right"
        } else if verdict.is_for_a_person() {
            "person"
        } else {
            "returned"
        }
        .to_owned(),
        words: words.chain(verdict.doubts.iter().map(|doubt| doubt.words())).collect(),
    }
}

/// A letter to somebody, unless they have had as many today as anybody gets; whether it goes.
pub(super) fn write_to(
    view: &View,
    changes: &mut Changes,
    (to, tongue, application): (&str, Tongue, ApplicationId),
    letter: Letter,
    now: Instant,
) -> Result<bool, Refusal> {
    if view.answers_since(ANSWER, to, now.plus_seconds(-DAY_SECONDS))? >= ANSWERS_A_DAY {
        return Ok(false);
    }
    let Letter { subject, body } = letter;
    let draft =
        Draft { sort: ANSWER, to: to.to_owned(), tongue, subject, body, blank: None, application, at: now };
    write(changes, draft, now);
    Ok(true)
}

/// The verdict on a file; one on which our reader breaks down is one that cannot be relied on.
fn looked_into(bytes: &[u8], subject: &Subject, setup: &Setup, now: Instant) -> Verdict {
    let verdict = catch_unwind(AssertUnwindSafe(|| judge(bytes, subject, &setup.anchors, now)));
    verdict.unwrap_or_else(|_| {
        tracing::error!("looking into a form that was sent ended in a fault; it is returned as damaged");
        Verdict { form: None, defects: vec![Defect::Damaged], doubts: Vec::new() }
    })
}

/// Judges files for an application: what is right goes on file, the rest is answered.
fn judged(
    reading: &Reading<'_>,
    row: &MailIn,
    files: &[File],
    application: ApplicationRow,
    (setup, origin): (&Setup, &str),
) -> Result<Changes, Refusal> {
    let now = reading.context.now;
    let (id, address) = (application.id, application.address.clone());
    let facts = facts_of(&application)?;
    let (subject, tongue) = (subject_of(id, &facts), tongue_of(&facts));
    let verdicts: Vec<Verdict> =
        files.iter().map(|(_, bytes)| looked_into(bytes, &subject, setup, now)).collect();
    let said_files = files.iter().zip(&verdicts).map(|(file, verdict)| said_file(file, verdict)).collect();
    let names = said_of(row).names;
    let mut said = Said { origin: origin.to_owned(), files: said_files, names, ..Said::default() };
    let mut turn = Turn::begin(reading, application, ACTOR)?;
    let mut is_on_file = false;
    for (verdict, file) in verdicts.iter().zip(&said.files) {
        if let Some(form) = verdict.form.filter(|_| verdict.is_right()) {
            put_on_file(&mut turn, form, &file.sha256, "digital", now);
            is_on_file = true;
        }
    }
    let named: Vec<(String, Verdict)> =
        files.iter().zip(&verdicts).map(|((name, _), verdict)| (harmless(name), verdict.clone())).collect();
    let letter = answer(&named, &awaited(&turn), tongue);
    let mut at = standing(&verdicts);
    let mut changes = Changes::default();
    if is_on_file {
        turn.go_on()?;
        changes = turn.finish()?.0;
    }
    let goes = write_to(reading.view, &mut changes, (&address, tongue, id), letter, now)?;
    if !goes && at == Standing::Returned {
        at = Standing::Held;
        said.held = Some(Held::TooMany);
    }
    let because = said.held.map_or_else(|| at.words(), Held::words);
    let row = MailIn { application: id, ..row.clone() };
    settled(reading.view, &row, (at, &said), (ACTOR, &because), &mut changes, now)?;
    Ok(changes)
}

/// Act: judging begins, or was given up before it came to anything. What stops the process while it judges is not judged
/// again by the next one.
struct Begins {
    mail: MailId,
    begun: bool,
}

impl Sealed for Begins {}
impl Act for Begins {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("mail-in/{}/judge", self.mail)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.mail_in(self.mail)?.ok_or_else(Refusal::not_found)?;
        let said = Said { begun: self.begun, ..said_of(&row) };
        if standing_of(&row) != Standing::Received || said == said_of(&row) {
            return Ok((Changes::default(), None));
        }
        let requires = vec![Requirement::MailIs(row.id, row.revision)];
        let now = MailIn { said: said_json(&said), revision: row.revision + 1, ..row };
        Ok((Changes { requires, mailbox: vec![MailboxChange::Now(now)], ..Changes::default() }, None))
    }
}

/// Act: what was begun and never ended goes to the desk.
struct HandOver {
    mail: MailId,
}

impl Sealed for HandOver {}
impl Act for HandOver {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("mail-in/{}/hand-over", self.mail)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.mail_in(self.mail)?.ok_or_else(Refusal::not_found)?;
        let mut changes = Changes::default();
        if standing_of(&row) == Standing::Received {
            let (held, now) = (Held::Interrupted, reading.context.now);
            let said = Said { held: Some(held), ..said_of(&row) };
            let at = (Standing::Held, &said);
            settled(reading.view, &row, at, (ACTOR, &held.words()), &mut changes, now)?;
        }
        Ok((changes, None))
    }
}

/// Act: judge something that was taken and waits.
pub(super) struct Judge {
    pub(super) mail: MailId,
    pub(super) setup: Arc<Setup>,
}

impl Sealed for Judge {}
impl Act for Judge {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("mail-in/{}/judge", self.mail)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let opened = opened(view, self.mail, &self.setup)?;
        if standing_of(&opened.row) != Standing::Received {
            return Ok((Changes::default(), None));
        }
        let read = Mail::read(&opened.bytes).ok();
        let sender = opened.row.sender.clone();
        let application = application_at(view, &sender)?;
        let names = said_of(&opened.row).names;
        let from = from_where(&opened.bytes, &sender, &self.setup, &names, now);
        let arrived = Arrived {
            is_readable: read.is_some(),
            is_automatic: read.as_ref().is_some_and(|mail| mail.is_automatic),
            is_bounce: read.as_ref().is_some_and(|mail| mail.is_bounce),
            has_one_sender: !sender.is_empty(),
            is_registered: application.is_some(),
            is_proved: from.is_proved(),
        };
        let mut said = Said { origin: from.code().to_owned(), names, ..Said::default() };
        let mut changes = Changes::default();
        match (admit(arrived), application) {
            (Admission::Judge, Some(application)) => {
                let with = (&*self.setup, from.code());
                changes = judged(reading, &opened.row, &opened.files(), application, with)?;
            }
            (Admission::SetAside, _) => {
                let at = Standing::SetAside;
                settled(view, &opened.row, (at, &said), (ACTOR, &at.words()), &mut changes, now)?;
            }
            (Admission::Judge, None) => {
                said.held = Some(Held::Unregistered);
                let (at, because) = (Standing::Held, Held::Unregistered.words());
                settled(view, &opened.row, (at, &said), (ACTOR, &because), &mut changes, now)?;
            }
            (Admission::Hold(held, is_answered), application) => {
                if is_answered {
                    let facts = application.as_ref().map(facts_of).transpose()?;
                    let tongue = facts.as_ref().map(tongue_of);
                    let about = application.as_ref().map(|row| row.id).unwrap_or_default();
                    let to = (sender.as_str(), tongue.unwrap_or_default(), about);
                    write_to(view, &mut changes, to, held_answer(held, tongue), now)?;
                }
                said.held = Some(held);
                let row = match &application {
                    Some(application) if held == Held::Unproved => {
                        MailIn { application: application.id, ..opened.row.clone() }
                    }
                    _ => opened.row.clone(),
                };
                settled(view, &row, (Standing::Held, &said), (ACTOR, &held.words()), &mut changes, now)?;
            }
        }
        Ok((changes, None))
    }
}

/// Act: take a file that the applicant uploads in the browser that goes on with the application, and judge it at once.
#[derive(Debug, Clone)]
pub struct Upload {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Name of the file.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What judging relies on.
    pub setup: Arc<Setup>,
}

impl Sealed for Upload {}
impl Act for Upload {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/form".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        Ok(format!("application/{}/form", of_browser(reading.view, &self.handle)?.id))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let application = of_browser(view, &self.handle)?;
        let id = application.id;
        if application.state == "ended" {
            return Err(Refusal::conflict(
                "This request has ended, so no form is taken for it. Begin a new one.",
                "Cette demande est terminée : aucun formulaire n'est retenu. Commencez-en une nouvelle.",
            ));
        }
        let mut said = format!("upload.{id}.").into_bytes();
        said.extend_from_slice(&self.bytes);
        let parcel = Parcel {
            identity: mail::sha256(&said),
            way: "upload",
            message_id: String::new(),
            sender: application.address.clone(),
            subject: harmless(&self.name),
            application: id,
            held: None,
            names: &BTreeMap::new(),
            bytes: &self.bytes,
        };
        if view.mail_in(MailId::of(&parcel.identity))?.is_some() {
            let again = vec![MailboxChange::Again(MailId::of(&parcel.identity))];
            return Ok((Changes { mailbox: again, ..Changes::default() }, None));
        }
        let (mut changes, row) = parcel.kept(&self.setup, now)?;
        let files = [(self.name.clone(), self.bytes.clone())];
        let judged = judged(reading, &row, &files, application, (&self.setup, "upload"))?;
        merge(&mut changes, &row, judged, now);
        Ok((changes, None))
    }
}

/// What keeps a row and what judges it, as one change: the row as it stands in the end, its obligation with both steps.
fn merge(changes: &mut Changes, row: &MailIn, judged: Changes, now: Instant) {
    let last = judged.mailbox.into_iter().find_map(|change| match change {
        MailboxChange::Now(row) => Some(row),
        _ => None,
    });
    let Some(last) = last else { return };
    for change in &mut changes.mailbox {
        if let MailboxChange::Taken(row, _) = change {
            *row = MailIn { revision: 1, ..last.clone() };
        }
    }
    changes
        .requires
        .extend(judged.requires.into_iter().filter(|wanted| !matches!(wanted, Requirement::MailIs(..))));
    let at = standing_of(&last);
    for change in &mut changes.obligations {
        let ObligationChange::Open(owed) = change else { continue };
        if at.is_open() {
            let waits = new_row(owed.id, &mail_waits(&row.sender, at.words(), now), &About::default(), now);
            *owed = waits;
        } else {
            let outcome = Outcome::Resolved { by: ACTOR.to_owned(), how: at.code().to_owned() };
            *owed = ObligationRow { revision: 1, ..ended(owed, &outcome, now) };
        }
    }
    changes.obligations.extend(judged.obligations);
    changes.enrolment.extend(judged.enrolment);
}

impl Record {
    fn judge_mail(&self, row: &MailIn, now: Instant) -> Result<(), Refusal> {
        let (by, mail) = (machine(ACTOR, now), row.id);
        if said_of(row).begun {
            tracing::error!(%mail, "judging a mail was begun and never ended; it waits for the enrolment desk");
            return self.act(&by, HandOver { mail });
        }
        self.act(&by, Begins { mail, begun: true })?;
        let judge = || self.act(&by, Judge { mail, setup: self.mailbox() });
        match catch_unwind(AssertUnwindSafe(judge)) {
            Ok(Ok(())) => Ok(()),
            // Nothing is wrong with the mail: the store asks to try again.
            Ok(Err(refusal)) => self.act(&by, Begins { mail, begun: false }).and(Err(refusal)),
            Err(_) => self.act(&by, HandOver { mail }),
        }
    }

    /// Judges what was taken and waits. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again; the rest is judged in the next round.
    pub fn judge_mails(&self, now: Instant) -> Result<usize, Refusal> {
        let waiting = self.store().view()?.mails_in(Standing::Received.code(), AT_ONCE)?;
        let (mut done, mut failed) = (0, None);
        for row in &waiting {
            // One that cannot be judged now keeps nobody else waiting; its clock brings it to the desk.
            match self.judge_mail(row, now) {
                Ok(()) => done += 1,
                Err(refusal) => failed = Some(refusal),
            }
        }
        failed.map_or(Ok(done), Err)
    }
}
