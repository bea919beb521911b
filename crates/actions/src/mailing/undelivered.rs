//! Mails that did not go out, at the enrolment desk: sent again once the cause is mended, or told another way.

use super::{CALLED_OFF, put_again};
use crate::obligations::{ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    ApplicationId, Changes, EnrolmentChange, EnrolmentRequirement, MailOut, ObligationChange,
    ObligationFilter, ObligationId, ObligationState, Requirement, View,
};

/// Mails that the desk's page shows; the rest follows once they are settled.
const SHOWN: usize = 200;
/// Characters of what the desk writes.
const WORDS_LIMIT_CHARS: usize = 500;

/// A mail that did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Which.
    pub mail: ObligationId,
    /// What it is: `code`, `approve` …
    pub sort: String,
    /// To which address.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// The application it is about; `None` when about none.
    pub application: Option<ApplicationId>,
    /// Since when it was to go.
    pub at: Instant,
    /// Until when somebody sees to it.
    pub due: Instant,
    /// It was refused for good; otherwise it is still tried.
    pub refused: bool,
    /// Times that it was tried.
    pub attempts: u32,
    /// What was said of it last.
    pub last: String,
}

/// What the desk has of mails that did not go out.
pub(crate) fn undelivered(view: &View) -> Result<Vec<Undelivered>, Refusal> {
    let filter = ObligationFilter {
        kind: Some(ObligationKind::Mail.code().to_owned()),
        owner: Some(Owner::Desk(Desk::Enrolment).to_string()),
        open: Some(true),
        ..ObligationFilter::default()
    };
    let mut all = Vec::new();
    for owed in view.obligations(&filter, SHOWN, 0)? {
        let ObligationState::Open { due, .. } = owed.state else { continue };
        let Some(mail) = view.mail_out(owed.id)?.filter(|mail| mail.handed.is_none()) else { continue };
        all.push(Undelivered {
            mail: mail.obligation,
            sort: mail.sort,
            recipient: mail.recipient,
            subject: mail.subject,
            application: Some(mail.application).filter(|id| *id != ApplicationId::default()),
            at: mail.at,
            due,
            refused: mail.refused,
            attempts: mail.attempts,
            last: mail.last,
        });
    }
    Ok(all)
}

/// Act of the enrolment desk about a mail that did not go out.
#[derive(Debug, Clone)]
pub struct Settle {
    /// Which mail.
    pub mail: ObligationId,
    /// How whom it is for was told instead; `None` sends it again.
    pub told: Option<String>,
}

impl Sealed for Settle {}
impl Act for Settle {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("mail/{}/{}", self.mail, if self.told.is_some() { "told" } else { "again" })
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now, by) = (reading.view, reading.context.now, reading.context.actor.id.as_str());
        let mail = view.mail_out(self.mail)?.ok_or_else(Refusal::not_found)?;
        let owed = view.obligation(self.mail)?.ok_or_else(Refusal::not_found)?;
        if mail.handed.is_some() || !matches!(owed.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This mail waits no more: it went out, or was settled. Open the list again.",
                "Ce courriel n'attend plus : il est parti ou réglé. Rouvrez la liste.",
            ));
        }
        let mut changes = Changes {
            requires: vec![
                Requirement::Enrolment(EnrolmentRequirement::MailWaits(mail.obligation)),
                Requirement::ObligationRevisionIs(owed.id, owed.revision),
            ],
            ..Changes::default()
        };
        let Some(told) = &self.told else {
            put_again(owed, &mail, by, now, &mut changes);
            changes.enrolment.push(EnrolmentChange::Mail(MailOut {
                refused: false,
                attempts: 0,
                again: now,
                ..mail
            }));
            return Ok((changes, None));
        };
        let how: String = told.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        if how.is_empty() {
            return Err(Refusal::unreadable(
                "Write how they were told what the mail says: by telephone, at which number, by whom.",
                "Écrivez comment la personne a appris ce que dit le courriel : par téléphone, à quel numéro, par qui.",
            ));
        }
        let outcome = Outcome::Resolved { by: by.to_owned(), how: how.clone() };
        let words = Words::new(how.clone(), how);
        changes.obligations.push(event(owed.id, now, by, outcome.code(), &words));
        changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
        let last = CALLED_OFF.to_owned();
        changes.enrolment.push(EnrolmentChange::Mail(MailOut { handed: Some(now), last, ..mail }));
        Ok((changes, None))
    }
}
