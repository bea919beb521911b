//! Acts that change the directory. Each is checked against what the store knows at that point in time, and holds only
//! if nothing has changed since.

use super::notices::{Decision, tell};
use super::snapshot::{Snapshot, contradicts, events, read};
use super::{ATTEST_DAYS, Confirm, Load, Propose, Suspect, Written};
use crate::obligations::{self, ended, event, words_json};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Change, Contact, ContactKind, Directory, Doubt, Fact};
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::sync::Arc;
use store::{
    Changes, DirectoryChange, DirectoryProposal, MessageId, ObligationChange, ObligationId, Requirement, View,
};

/// Whose the directory is as a stored item (L-17).
pub(super) const CUSTODIAN: &str = "provider directory";

/// The directory of this point in time.
pub(crate) fn now_known(reading: &Reading<'_>) -> Result<Snapshot, Refusal> {
    let known = read(reading.view, Instant(i64::MAX))?;
    Ok(known.unwrap_or_else(|| Snapshot { seq: 0, directory: Arc::new(Directory::default()) }))
}

/// Changes that hold from now on, when they leave nothing contradicting itself.
pub(crate) fn applied(
    known: &Snapshot,
    wanted: &[Change],
    reading: &Reading<'_>,
    source: &str,
    reason: &str,
) -> Result<Changes, Refusal> {
    known.directory.changed(wanted).map_err(|problem| contradicts(&problem))?;
    let (actor, now) = (&reading.context.actor.name, reading.context.now);
    Ok(Changes {
        requires: vec![Requirement::DirectoryIs(known.seq)],
        directory: events(wanted, now, actor, source, reason),
        ..Changes::default()
    })
}

/// Something that the directory desk owes.
pub(crate) struct Desk<'a> {
    /// What it is about, as people read it.
    pub(crate) about: &'a str,
    /// Id of the endpoint or feed that it is about; empty when none.
    pub(crate) about_id: &'a str,
    /// Why.
    pub(crate) because: Words,
    /// The message that says so.
    pub(crate) message: Option<MessageId>,
    /// Who opens it.
    pub(crate) actor: &'a str,
    /// When.
    pub(crate) now: Instant,
}

impl Desk<'_> {
    /// The obligation with its first event.
    pub(crate) fn owes(self, id: ObligationId) -> Vec<ObligationChange> {
        let made = clinical::obligations::directory(self.about, self.about_id, self.because, self.now);
        let what = obligations::About {
            subject: Some(self.about.to_owned()),
            custodian: CUSTODIAN.to_owned(),
            message: self.message,
            ..obligations::About::default()
        };
        let row = obligations::row(id, &made, &what, self.now);
        let first = obligations::opened(&row, self.actor);
        vec![ObligationChange::Open(row), ObligationChange::Event(first)]
    }
}

/// The obligation of the directory desk about something that `reading`'s actor says.
fn owed(
    id: ObligationId,
    about: &str,
    about_id: &str,
    because: Words,
    reading: &Reading<'_>,
) -> Vec<ObligationChange> {
    let (actor, now) = (reading.context.actor.name.as_str(), reading.context.now);
    Desk { about, about_id, because, message: None, actor, now }.owes(id)
}

/// The key of a proposal with this content from this source; `None` while it stands, or was dismissed, so that saying
/// it again changes nothing. Once applied it may become true again.
pub(crate) fn proposal_id(
    view: &View,
    source: &str,
    content: &str,
    now: Instant,
) -> Result<Option<ObligationId>, Refusal> {
    let id = obligations::id(&["directory", source, content]);
    let Some(row) = view.directory_proposal(id)? else { return Ok(Some(id)) };
    if row.verdict != super::deciding::APPLIED {
        return Ok(None);
    }
    let again = obligations::id(&["directory", source, content, &now.to_string()]);
    Ok(view.directory_proposal(again)?.is_none().then_some(again))
}

/// The day of an instant in the province, as everywhere in routing.
pub(super) fn day_of(at: Instant) -> String {
    clinical::cover::day(at)
}

impl Sealed for Load {}

impl Act for Load {
    const PERMISSION: Permission = Permission::ManageDirectory;

    fn object(&self) -> String {
        format!("directory/{}", self.source)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let mut changes = applied(&known, &self.changes, reading, &self.source, &self.reason)?;
        let (key, before) = (format!("load {}", known.seq), &known.directory);
        let decision = Decision { key: &key, before, wanted: &self.changes, reason: &self.reason };
        tell(reading, &decision, &mut changes)?;
        Ok((changes, None))
    }
}

impl Sealed for Propose {}

impl Act for Propose {
    const PERMISSION: Permission = Permission::ProposeDirectory;

    fn object(&self) -> String {
        format!("directory/{}", self.source)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        known.directory.changed(&self.changes).map_err(|problem| contradicts(&problem))?;
        let changes = serde_json::to_string(&self.changes).unwrap_or_default();
        let (actor, now) = (reading.context.actor.name.clone(), reading.context.now);
        // Proposed twice it is one proposal; proposed again after it was decided it is another.
        let mut id = obligations::id(&["directory", &self.source, &changes]);
        if reading.view.directory_proposal(id)?.is_some_and(|row| !row.verdict.is_empty()) {
            id = obligations::id(&["directory", &self.source, &changes, &now.to_string()]);
        }
        let row = DirectoryProposal {
            id,
            at: now,
            actor,
            source: self.source.clone(),
            words: words_json(&self.words),
            changes,
            verdict: String::new(),
            decided: None,
            decider: String::new(),
            reason: String::new(),
        };
        let about = self
            .changes
            .first()
            .map(Change::key)
            .map(|(sort, id)| format!("{sort} {id}"))
            .unwrap_or_default();
        if reading.view.directory_proposal(id)?.is_some() {
            return Ok((Changes::default(), None));
        }
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(id, 0)],
            directory: vec![DirectoryChange::Proposal(row)],
            obligations: owed(id, &about, "", self.words.clone(), reading),
            ..Changes::default()
        };
        Ok((changes, None))
    }
}

impl Sealed for Written {}

impl Act for Written {
    const PERMISSION: Permission = Permission::ProposeDirectory;

    fn object(&self) -> String {
        "directory/portal".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let why = self.why.trim();
        if why.is_empty() {
            return Err(Refusal::unreadable(
                "Say why, and who said so. The words stay with the proposal.",
                "Dites pourquoi, et qui l'a dit. Les mots restent avec la proposition.",
            ));
        }
        let facts = Directory::facts_of(&self.text).map_err(|problem| contradicts(&problem))?;
        if facts.is_empty() {
            return Err(Refusal::unreadable(
                "Nothing is written. Write the facts as they should be, for example an [[absence]].",
                "Rien n'est écrit. Écrivez les faits tels qu'ils devraient être, par exemple une [[absence]].",
            ));
        }
        let changes = facts.into_iter().map(Change::Set).collect();
        Propose { changes, source: "portal".to_owned(), words: Words::new(why, why) }.prepare(reading)
    }
}

impl Sealed for Suspect {}

impl Act for Suspect {
    const PERMISSION: Permission = Permission::DoubtLine;

    fn object(&self) -> String {
        format!("directory/endpoint/{}", self.endpoint)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let endpoint = known.directory.endpoint(&self.endpoint).ok_or_else(Refusal::not_found)?;
        if known.directory.doubt_of(&self.endpoint).is_some() {
            return Ok((Changes::default(), None));
        }
        let today = day_of(reading.context.now);
        let theirs = known.directory.contacts().find(|contact| contact.of == self.endpoint).cloned();
        let contact = theirs.unwrap_or_else(|| Contact {
            id: format!("line-{}", self.endpoint),
            of: self.endpoint.clone(),
            kind: ContactKind::Line,
            value: endpoint.address.clone(),
            source: "deliveries".to_owned(),
            verified_on: today.clone(),
            next_check: today.clone(),
            doubt: None,
        });
        let doubt = Some(Doubt { since: today, why: self.why.en.clone() });
        let wanted = [Change::Set(Fact::Contact(Contact { doubt, ..contact }))];
        let mut changes = applied(&known, &wanted, reading, "deliveries", &self.why.en)?;
        let id = obligations::id(&["directory", "doubt", &self.endpoint, &known.seq.to_string()]);
        changes.obligations = owed(id, &self.endpoint, &self.endpoint, self.why.clone(), reading);
        Ok((changes, None))
    }
}

impl Sealed for Confirm {}

impl Act for Confirm {
    const PERMISSION: Permission = Permission::ProposeDirectory;

    fn object(&self) -> String {
        format!("directory/contact/{}", self.contact)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let contact = known.directory.contact(&self.contact).cloned().ok_or_else(Refusal::not_found)?;
        let (actor, now) = (&reading.context.actor, reading.context.now);
        let today = day_of(now);
        let theirs = actor
            .practitioner
            .as_deref()
            .is_some_and(|me| super::mine::is_theirs(&known.directory, me, &contact.of, &today));
        if !theirs && !clinical::access::may(actor.role, Permission::ManageDirectory) {
            return Err(Refusal::not_found());
        }
        let next_check = day_of(now.plus_minutes(ATTEST_DAYS * 24 * 60));
        let confirmed = Contact { verified_on: today, next_check, doubt: None, ..contact };
        let wanted = [Change::Set(Fact::Contact(confirmed))];
        let mut changes = applied(&known, &wanted, reading, "confirmed", "confirmed as it stands")?;
        let filter = store::ObligationFilter {
            open: Some(true),
            kind: Some(clinical::obligations::ObligationKind::Directory.code().to_owned()),
            recipient_id: known.directory.contact(&self.contact).map(|contact| contact.of.clone()),
            ..store::ObligationFilter::default()
        };
        for row in reading.view.obligations(&filter, MOST_DOUBTS, 0)? {
            let how = "confirmed as it stands".to_owned();
            let said = Words::new(how.clone(), "confirmé tel quel");
            let outcome = Outcome::Resolved { by: actor.name.clone(), how };
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.push(event(row.id, now, &actor.name, outcome.code(), &said));
            changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        }
        Ok((changes, None))
    }
}

/// Open doubts about one line; there is one at a time.
const MOST_DOUBTS: usize = 20;
