//! Mails of our own: each is an obligation with owner and clock until it was handed over. What is secret in a mail stands
//! in it as `[[what:of]]` and is filled in by the key of the data folder as it goes out: the record holds no secret that
//! opens anything. Only a [`Blank`] becomes such a mark: brackets in what a letter says, which may quote anybody, do not last.

mod undelivered;

pub(crate) use undelivered::undelivered;
pub use undelivered::{Settle, Undelivered};

use crate::enrolment::links::ApproveLink;
use crate::obligations::{About, ended, event, id, opened, row as new_row};
use crate::record::{Look, Reading, Record, Sealed, Seen, audit_row, machine};
use crate::refusal::{Refusal, RefusalKind};
use crate::sign_in::TokenKey;
use clinical::access::Permission;
use clinical::enrolment::Tongue;
use clinical::obligations::{Outcome, mail, mail_refused};
use clinical::words::Words;
use fhir::Instant;
use store::{
    ApplicationId, Changes, EnrolmentChange, EnrolmentRequirement, MailOut, ObligationChange, ObligationId,
    ObligationRow, ObligationState, Requirement, View,
};

/// Mails handed over in one round; the rest follows in the next.
const AT_ONCE: usize = 50;
/// Mails that the demo shows.
const SHOWN: usize = 30;
/// Seconds after which a mail that did not go is tried again, doubled each time.
const AGAIN_SECONDS: i64 = 15;
/// And at most so many (RFC 5321 4.5.4.1: at least half an hour).
const AGAIN_MOST_SECONDS: i64 = 30 * 60;
/// Days after which a mail is tried no more (RFC 5321 4.5.4.1: four to five); the desk has had it since the first hour.
const GIVEN_UP_DAYS: i64 = 4;
/// What stands of a mail that was called off.
const CALLED_OFF: &str = "called off";
/// Step of an obligation by which the desk sends a mail again.
const AGAIN: &str = "again";
/// Who writes in the activity log that a mail went out.
pub const ACTOR: &str = "opor mail";
/// Round brackets of a blank: what is secret, and of what.
const BLANK: (&str, &str) = ("[[", "]]");
/// Where the blank of a letter stands in its text.
pub(crate) const HERE: &str = "[[]]";

/// What is filled into a letter as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Blank {
    /// The code that proves an address: SHA-256 of the browser's secret in hexadecimal, when it was asked for.
    Code { handle: String, at: Instant },
    /// The link to go on with an application; how many were used before, and when it was written: it is good for some days.
    Resume(ApplicationId, i64, Instant),
    /// The link by which a manager answers.
    Approve(ApproveLink),
    /// The link by which a new account is set up; which of its invitations.
    Invitation { account: String, number: i64 },
    /// A page of the portal.
    Page(&'static str),
}

impl Blank {
    fn mark(&self) -> String {
        let (open, shut) = BLANK;
        match self {
            Self::Code { handle, at } => format!("{open}code:{}.{}{shut}", plain(handle), at.0),
            Self::Resume(application, links, at) => {
                format!("{open}resume:{application}.{links}.{}{shut}", at.0)
            }
            Self::Approve(ApproveLink { application, workplace, administrator, at }) => {
                format!("{open}approve:{application}.{workplace}.{administrator}.{at}{shut}")
            }
            Self::Invitation { account, number } => {
                let page = Self::Page(crate::enrolment::INVITED).mark();
                format!("{page}{open}invitation:{}.{number}{shut}", plain(account))
            }
            Self::Page(path) => format!("{open}portal:{path}{shut}"),
        }
    }
}

/// Text without a bracket that could begin or end a blank.
fn plain(text: &str) -> String {
    text.replace('[', "(").replace(']', ")")
}

/// A mail to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is: `code`, `approve` …; told in the log and at the desk instead of what it says.
    pub sort: &'static str,
    /// To which address.
    pub to: String,
    /// In which language.
    pub tongue: Tongue,
    /// Subject line.
    pub subject: String,
    /// Plain text; its blank stands at [`HERE`].
    pub body: String,
    /// What is filled in there.
    pub(crate) blank: Option<Blank>,
    /// The application it is about; 0 when about none.
    pub application: ApplicationId,
    /// Not before.
    pub at: Instant,
}

impl Draft {
    /// The mail as the record keeps it. Every mail is made here: its only blank is the one that its letter names.
    pub(crate) fn kept(self, key: ObligationId) -> EnrolmentChange {
        EnrolmentChange::Mail(MailOut {
            obligation: key,
            at: self.at,
            sort: self.sort.to_owned(),
            body: self.marked(),
            recipient: self.to,
            tongue: self.tongue.code().to_owned(),
            subject: self.subject,
            application: self.application,
            handed: None,
            refused: false,
            attempts: 0,
            again: self.at,
            last: String::new(),
        })
    }

    fn marked(&self) -> String {
        match &self.blank {
            Some(blank) => self.body.split(HERE).map(plain).collect::<Vec<_>>().join(&blank.mark()),
            None => plain(&self.body),
        }
    }
}

/// Writes a mail into a change.
pub(crate) fn write(changes: &mut Changes, draft: Draft, now: Instant) -> ObligationId {
    let about = draft.application.to_string();
    let key = id(&["mail", &about, draft.sort, &draft.to, &draft.at.0.to_string(), &draft.marked()]);
    let because = Words::new(
        format!("A mail ({}) waits to be handed over.", draft.sort),
        format!("Un courriel ({}) attend d'être remis.", draft.sort),
    );
    put(changes, key, draft, because, now);
    key
}

/// The mail, and what is owed until it is handed over.
fn put(changes: &mut Changes, key: ObligationId, draft: Draft, because: Words, now: Instant) {
    let owed = mail(draft.sort, because, draft.at.max(now));
    let owed = new_row(key, &owed, &About::default(), now);
    changes.obligations.push(ObligationChange::Event(opened(&owed, ACTOR)));
    changes.obligations.push(ObligationChange::Open(owed));
    changes.enrolment.push(draft.kept(key));
}

/// A letter in both languages, for whom we do not know in which they read; it goes out once.
pub(crate) struct Letter<'l> {
    /// What tells it from every other: the same again is the same letter.
    pub(crate) key: &'l [&'l str],
    /// What it is.
    pub(crate) sort: &'static str,
    /// Address on file.
    pub(crate) to: &'l str,
    /// Subject line.
    pub(crate) subject: Words,
    /// What it says, in both languages.
    pub(crate) text: Words,
    /// What is filled in where the text says `HERE`.
    pub(crate) blank: Option<Blank>,
    /// The application it is about; the default when about none.
    pub(crate) application: ApplicationId,
}

/// Writes a letter into a change. One that was written before is not written again.
pub(crate) fn write_once(
    view: &View,
    letter: &Letter<'_>,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    if letter.to.trim().is_empty() {
        return Ok(());
    }
    let mut words = vec!["mail", letter.sort];
    words.extend(letter.key);
    let key = id(&words);
    if view.mail_out(key)?.is_some() {
        return Ok(());
    }
    let draft = Draft {
        sort: letter.sort,
        to: letter.to.trim().to_owned(),
        tongue: Tongue::En,
        subject: format!("{} / {}", letter.subject.en, letter.subject.fr),
        body: format!("{}\n\n--\n\n{}\n", letter.text.en, letter.text.fr),
        blank: letter.blank.clone(),
        application: letter.application,
        at: now,
    };
    put(changes, key, draft, letter.subject.clone(), now);
    Ok(())
}

/// A mail that waits is not sent any more: what it asks for was done.
pub(crate) fn call_off(
    view: &View,
    changes: &mut Changes,
    row: &MailOut,
    now: Instant,
) -> Result<(), Refusal> {
    let Some(owed) = view.obligation(row.obligation)? else { return Ok(()) };
    let is_this = |change: &EnrolmentChange| matches!(change, EnrolmentChange::Mail(mail) if mail.obligation == row.obligation);
    if row.handed.is_some()
        || !matches!(owed.state, ObligationState::Open { .. })
        || changes.enrolment.iter().any(is_this)
    {
        return Ok(());
    }
    let why = Words::new("It is not needed any more.", "Il n'est plus nécessaire.");
    let outcome = Outcome::Recalled { why: why.en.clone() };
    changes.requires.push(Requirement::Enrolment(EnrolmentRequirement::MailWaits(row.obligation)));
    changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
    changes.obligations.push(event(owed.id, now, ACTOR, outcome.code(), &why));
    changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
    changes.enrolment.push(EnrolmentChange::Mail(MailOut {
        handed: Some(now),
        last: CALLED_OFF.to_owned(),
        ..row.clone()
    }));
    Ok(())
}

/// The text with its blanks filled; a blank that is none of ours stays as it is.
#[must_use]
pub fn fill(key: &TokenKey, portal: &str, body: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(body.len()), body);
    while let Some((before, after)) = rest.split_once(BLANK.0) {
        out.push_str(before);
        let Some((blank, behind)) = after.split_once(BLANK.1) else {
            out.push_str(BLANK.0);
            rest = after;
            continue;
        };
        match crate::enrolment::links::secret(key, portal, blank) {
            Some(secret) => out.push_str(&secret),
            None => out.push_str(blank),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Look: the latest mails, filled in. The demo shows them, since nobody there has a mailbox.
#[derive(Clone)]
pub struct Mails {
    /// Key of the data folder.
    pub key: TokenKey,
    /// Address of the portal, without a slash at its end; empty for addresses within it.
    pub portal: String,
}

impl Sealed for Mails {}
impl Look for Mails {
    type View = Vec<MailOut>;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "mails".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<MailOut>>, Refusal> {
        let mut mails = reading.view.mails_out(SHOWN)?;
        mails.retain(|mail| mail.at <= reading.context.now && mail.last != CALLED_OFF);
        for mail in &mut mails {
            mail.body = fill(&self.key, &self.portal, &mail.body);
        }
        Ok(Seen::nobody(mails))
    }
}

/// What became of a mail that was to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It went; what was answered, empty for a file.
    Handed(String),
    /// Not now, and why; it is tried again.
    Later(String),
    /// Never as it is, and why: a person decides.
    Refused(String),
}

/// When a mail is tried again after so many times.
fn again(attempts: u32, now: Instant) -> Instant {
    let doubled = AGAIN_SECONDS << attempts.saturating_sub(1).min(16);
    now.plus_seconds(doubled.min(AGAIN_MOST_SECONDS))
}

/// What is owed for a mail passes to the enrolment desk at once.
fn to_the_desk(owed: ObligationRow, sort: &str, why: &str, now: Instant, changes: &mut Changes) {
    let because = Words::new(
        format!("The mail server refused it: {why}"),
        format!("Le serveur de courriel l'a refusé : {why}"),
    );
    let waits = new_row(owed.id, &mail_refused(sort, because.clone(), now), &About::default(), now);
    changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
    changes.obligations.push(event(owed.id, now, ACTOR, "refused", &because));
    changes.obligations.push(ObligationChange::Update(ObligationRow {
        state: waits.state,
        words: waits.words,
        revision: owed.revision + 1,
        ..owed
    }));
}

/// What is owed for a mail that is sent again is the mail program's anew, with its clock.
fn put_again(owed: ObligationRow, sent: &MailOut, by: &str, now: Instant, changes: &mut Changes) {
    let because = Words::new("It is sent again.", "Il est envoyé de nouveau.");
    let anew = new_row(owed.id, &mail(&sent.sort, because.clone(), now), &About::default(), now);
    changes.obligations.push(event(owed.id, now, by, AGAIN, &because));
    changes.obligations.push(ObligationChange::Update(ObligationRow {
        state: anew.state,
        words: anew.words,
        revision: owed.revision + 1,
        ..owed
    }));
}

impl Record {
    /// Mails that are to be handed over by now, the oldest first, with their blanks filled.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn mails_due(&self, key: &TokenKey, portal: &str, now: Instant) -> Result<Vec<MailOut>, Refusal> {
        let mut waiting = self.store().view()?.mails_waiting(now, AT_ONCE)?;
        for mail in &mut waiting {
            mail.body = fill(key, portal, &mail.body);
        }
        Ok(waiting)
    }

    /// Whether a mail is still to be handed over: it was not called off, nor told another way, since it was due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn mail_waits(&self, of: ObligationId) -> Result<bool, Refusal> {
        Ok(self.store().view()?.mail_out(of)?.is_some_and(|mail| mail.handed.is_none() && !mail.refused))
    }

    /// What became of a mail; one that was called off meanwhile stays so, and the log says that it went out all the same.
    ///
    /// # Errors
    /// When the store asks to try again; the mail may then go out again, the same to the letter.
    pub fn mail_met(&self, of: ObligationId, fate: &Fate, now: Instant) -> Result<(), Refusal> {
        self.settle_anew(|_| {
            let view = self.store().view()?;
            let Some(mail) = view.mail_out(of)? else { return Ok((None, ())) };
            let went = || {
                audit_row(&machine(ACTOR, now), Permission::Enrol, None, format!("mail/{}/{of}", mail.sort))
            };
            if mail.handed.is_some() {
                let is_late = mail.last == CALLED_OFF && matches!(fate, Fate::Handed(_));
                return Ok((is_late.then(|| Changes { audit: vec![went()], ..Changes::default() }), ()));
            }
            let owed = view.obligation(of)?.filter(|owed| matches!(owed.state, ObligationState::Open { .. }));
            let mut changes = Changes {
                requires: vec![Requirement::Enrolment(EnrolmentRequirement::MailWaits(of))],
                ..Changes::default()
            };
            let attempts = mail.attempts + 1;
            // From when it was to go, or from when the desk sent it again.
            let steps = view.events(of)?;
            let again_by_desk = steps.iter().rev().find(|step| step.step == AGAIN).map(|step| step.at);
            let since = again_by_desk.unwrap_or(mail.at);
            let is_over = since.plus_minutes(GIVEN_UP_DAYS * 24 * 60) <= now;
            let row = match fate {
                Fate::Handed(reply) => {
                    if let Some(owed) = owed {
                        let words = Words::new("Handed over.", "Remis.");
                        let code = "handed over".to_owned();
                        let outcome = Outcome::Acknowledged { code, text: reply.clone() };
                        changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
                        changes.obligations.push(event(owed.id, now, ACTOR, outcome.code(), &words));
                        changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
                    }
                    changes.audit.push(went());
                    MailOut { handed: Some(now), refused: false, last: reply.clone(), ..mail }
                }
                // The obligation's clock brings it to the desk while it is tried again.
                Fate::Later(why) if !is_over => {
                    MailOut { attempts, again: again(attempts, now), last: why.clone(), ..mail }
                }
                Fate::Later(why) | Fate::Refused(why) => {
                    if let Some(owed) = owed {
                        to_the_desk(owed, &mail.sort, why, now, &mut changes);
                    }
                    MailOut { attempts, refused: true, last: why.clone(), ..mail }
                }
            };
            changes.enrolment.push(EnrolmentChange::Mail(row));
            Ok((Some(changes), ()))
        })?
        .ok_or_else(|| {
            Refusal::new(
                RefusalKind::TryAgain,
                "What became of the mail could not be written down yet. It is tried again.",
                "Le sort du courriel n'a pas encore pu être consigné. Un nouvel essai suit.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_blank_is_filled_but_the_one_that_a_letter_names() {
        let key = TokenKey([7; 32]);
        let said = |body: &str, blank: Option<Blank>| {
            let draft = Draft {
                sort: "test",
                to: "a@x.example".to_owned(),
                tongue: Tongue::En,
                subject: String::new(),
                body: body.to_owned(),
                blank,
                application: ApplicationId(7),
                at: Instant(5),
            };
            fill(&key, "", &draft.marked())
        };
        let typed = "[[resume:0000000000000007.0.5]] [[approve:0000000000000007.0.0.5]] [[[[code:ab.7]]]]";
        assert!(!said(typed, None).contains("/join/"), "{}", said(typed, None));
        let page = said(&format!("{typed} {HERE}"), Some(Blank::Page("/people")));
        assert!(page.ends_with(" /people") && !page.contains("/join/"), "{page}");
        // Brackets that close around the letter's own blank make no other of it.
        let around = said(&format!("[[resume:0000000000000007.0.5{HERE}]]"), Some(Blank::Page("/people")));
        assert_eq!(around, "((resume:0000000000000007.0.5/people))");
        // Each sort of blank is one that is filled in.
        let link = ApproveLink { application: ApplicationId(7), workplace: 1, administrator: 0, at: 5 };
        let invitation = Blank::Invitation { account: "a-1".to_owned(), number: 2 };
        for (blank, begins) in [
            (Blank::Resume(ApplicationId(7), 1, Instant(5)), "/join/go/"),
            (Blank::Approve(link), "/join/yes/"),
            (invitation, "/sign-in/invited/"),
        ] {
            let text = said(HERE, Some(blank));
            assert!(text.starts_with(begins) && text.len() > begins.len() + 16, "{text}");
        }
        let code = said(HERE, Some(Blank::Code { handle: "ab".to_owned(), at: Instant(7) }));
        assert!(code.len() == 6 && code.parse::<u32>().is_ok(), "{code}");
    }

    #[test]
    fn blanks_are_filled_and_what_is_none_of_ours_is_left() {
        let key = TokenKey([7; 32]);
        let text =
            fill(&key, "https://opor.example", "Code [[code:ab.7]].\n[[resume:12.3.5]] [[odd:1]] [[open");
        assert!(!text.contains("[[code") && text.contains("https://opor.example/join/go/"));
        assert!(text.ends_with(" odd:1 [[open"), "{text}");
        assert_eq!(fill(&key, "", "nothing"), "nothing");
    }
}
