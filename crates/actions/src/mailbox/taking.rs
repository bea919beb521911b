//! Taking what the mailbox holds: kept with a sync before the mailbox is told to let go of it.

use super::judging::settled;
use super::{ACTOR, Said, Setup, harmless, obligation_of, said_json, said_of, standing_of};
use crate::obligations::{About, opened, row as new_row};
use crate::record::{Record, audit_row, machine};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::enrolment::mailbox::{Held, Standing};
use clinical::obligations::{mail_taken, mail_waits};
use clinical::words::Words;
use fhir::Instant;
use mail::Mail;
use mail::authentication::{Origin, origin};
use mail::dkim::Keys;
use std::collections::BTreeMap;
use store::{ApplicationId, Changes, MailId, MailIn, MailboxChange, ObligationChange, Requirement, View};

/// What became of bytes from the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Kept now.
    New(MailId),
    /// Kept before.
    Again(MailId),
}

/// Something that was sent, before it is kept.
pub(super) struct Parcel<'p> {
    pub(super) identity: [u8; 32],
    pub(super) way: &'static str,
    pub(super) message_id: String,
    pub(super) sender: String,
    pub(super) subject: String,
    pub(super) application: ApplicationId,
    /// Why a person owns it from the beginning; `None` where it is judged first.
    pub(super) held: Option<Held>,
    /// What the name service said when it came.
    pub(super) names: &'p Names,
    pub(super) bytes: &'p [u8],
}

impl Parcel<'_> {
    /// The change that keeps it: its row, its bytes sealed, and who owns it.
    pub(super) fn kept(&self, setup: &Setup, now: Instant) -> Result<(Changes, MailIn), Refusal> {
        let sealed = setup.key.seal(self.bytes).ok_or_else(|| {
            Refusal::new(
                RefusalKind::TryAgain,
                "It could not be sealed, so it was not kept. Try again; if it stays so, call the duty desk.",
                "Il n'a pas pu être scellé et n'a donc pas été conservé. Réessayez; si cela persiste, appelez la garde.",
            )
        })?;
        let id = MailId::of(&self.identity);
        let row = MailIn {
            id,
            identity: self.identity.to_vec(),
            way: self.way.to_owned(),
            message_id: self.message_id.clone(),
            sender: self.sender.clone(),
            subject: self.subject.clone(),
            at: now,
            application: self.application,
            state: self.held.map_or(Standing::Received, |_| Standing::Held).code().to_owned(),
            said: said_json(&Said { held: self.held, names: self.names.clone(), ..Said::default() }),
            settled: None,
            copies: 1,
            revision: 1,
            obligation: obligation_of(id),
        };
        let owed = match self.held {
            None => mail_taken(&self.sender, Words::new("It has come in.", "Il est arrivé."), now),
            Some(held) => mail_waits(&self.sender, held.words(), now),
        };
        let owed = new_row(row.obligation, &owed, &About::default(), now);
        let changes = Changes {
            requires: vec![Requirement::MailIs(id, 0)],
            mailbox: vec![MailboxChange::Taken(row.clone(), sealed)],
            obligations: vec![ObligationChange::Event(opened(&owed, ACTOR)), ObligationChange::Open(owed)],
            ..Changes::default()
        };
        Ok((changes, row))
    }
}

fn later() -> Refusal {
    Refusal::new(
        RefusalKind::TryAgain,
        "The mail could not be kept yet. It stays in the mailbox and is taken in the next round.",
        "Le courriel n'a pas encore pu être conservé. Il reste dans la boîte et sera repris au prochain tour.",
    )
}

/// What tells a mail that is proved to come from its sender from copies of it that are not.
fn proved_identity(identity: [u8; 32]) -> [u8; 32] {
    mail::sha256(&[&identity[..], b"proved"].concat())
}

/// What tells a mail that could not be taken from every other, and what is known of it by that: the one that is open, or
/// `None` under the next identity that is free. One that was settled stays settled; a further failure is one of its own.
fn untaken(view: &View, name: &str) -> Result<([u8; 32], Option<MailIn>), Refusal> {
    let mut identity = mail::sha256(format!("untaken {name}").as_bytes());
    loop {
        let known = view.mail_in(MailId::of(&identity))?;
        match known {
            Some(row) if !standing_of(&row).is_open() => {
                identity = mail::sha256(&[&identity[..], b"again"].concat());
            }
            known => return Ok((identity, known)),
        }
    }
}

/// Text records by name.
pub(super) type Names = BTreeMap<String, String>;

/// Keys of the file first: what somebody wrote there stands above what came over the network.
struct Known<'k>(&'k Names, &'k Names);

impl Keys for Known<'_> {
    fn record(&self, name: &str) -> Option<String> {
        self.0.get(name).or_else(|| self.1.get(name)).cloned()
    }
}

/// Where a mail comes from, by the keys and the findings that are believed. What the name service said is kept with the
/// mail, so that the verdict is the same whenever it is asked for.
pub(super) fn from_where(bytes: &[u8], sender: &str, setup: &Setup, names: &Names, now: Instant) -> Origin {
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or_default();
    origin(bytes, sender, &Known(&setup.domain_keys, names), &setup.server, seconds)
}

impl Record {
    /// Keeps the bytes of a mail with what the name service said of its domain; the same one again is counted and no more.
    /// Once this returns, the mailbox may let go.
    ///
    /// # Errors
    /// When the store cannot keep it: the mailbox keeps it and it is asked for again.
    pub fn take_mail(
        &self,
        bytes: &[u8],
        names: &BTreeMap<String, String>,
        now: Instant,
    ) -> Result<Taken, Refusal> {
        let setup = self.mailbox();
        // What cannot be read is kept all the same; who looks at it sees why.
        let read = Mail::read(bytes).ok();
        let of = |pick: fn(&Mail) -> String| read.as_ref().map(pick).unwrap_or_default();
        let identity = read.as_ref().map_or_else(|| mail::sha256(bytes), |mail| mail.identity);
        let sender = of(|mail| mail.sender().unwrap_or_default().to_owned());
        // Where it comes from stands in the header, which is no part of the identity. A copy that is proved to come from its
        // sender is a mail of its own: one that anybody sent before it, letter by letter the same, takes nothing from it.
        let is_proved = read.is_some() && from_where(bytes, &sender, &setup, names, now).is_proved();
        let (plain, proved) = (MailId::of(&identity), proved_identity(identity));
        let parcel = Parcel {
            identity: if is_proved { proved } else { identity },
            way: "mail",
            message_id: of(|mail| mail.message_id.clone()),
            sender,
            subject: of(|mail| mail.subject.clone()),
            application: ApplicationId::default(),
            held: None,
            names,
            bytes,
        };
        let id = MailId::of(&parcel.identity);
        let taken = self.settle_anew(|_| {
            let view = self.store().view()?;
            // The same again; of a copy that is not proved, the proved one is the same.
            for known in [MailId::of(&proved), id] {
                if view.mail_in(known)?.is_some() {
                    let mailbox = vec![MailboxChange::Again(known)];
                    return Ok((Some(Changes { mailbox, ..Changes::default() }), Taken::Again(known)));
                }
            }
            let (mut changes, _) = parcel.kept(&setup, now)?;
            if let Some(row) = view.mail_in(plain)?.filter(|row| standing_of(row).is_open()) {
                let said = said_of(&row);
                let why = Words::new("The same mail came proved.", "Le même courriel est arrivé prouvé.");
                settled(&view, &row, (Standing::SetAside, &said), (ACTOR, &why), &mut changes, now)?;
            }
            let by = machine(ACTOR, now);
            changes.audit.push(audit_row(&by, Permission::HandleApplication, None, format!("mail-in/{id}")));
            Ok((Some(changes), Taken::New(id)))
        })?;
        taken.ok_or_else(later)
    }

    /// Tells the enrolment desk of a mail that could not be taken, by what the mailbox calls it, once while they have it; it
    /// stays there.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub fn mail_untaken(&self, name: &str, why: &str, now: Instant) -> Result<Taken, Refusal> {
        let setup = self.mailbox();
        let taken = self.settle_anew(|_| {
            let (identity, known) = untaken(&self.store().view()?, name)?;
            if let Some(known) = known {
                return Ok((None, Taken::Again(known.id)));
            }
            let parcel = Parcel {
                identity,
                way: "mail",
                message_id: String::new(),
                sender: String::new(),
                subject: harmless(name),
                application: ApplicationId::default(),
                held: Some(Held::Untaken),
                names: &Names::new(),
                bytes: why.as_bytes(),
            };
            Ok((Some(parcel.kept(&setup, now)?.0), Taken::New(MailId::of(&identity))))
        })?;
        taken.ok_or_else(later)
    }

    /// A mail that could not be taken was taken after all: nobody owes it anything more.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub fn mail_taken_after_all(&self, name: &str, now: Instant) -> Result<(), Refusal> {
        self.settle_anew(|_| {
            let view = self.store().view()?;
            let Some(row) = untaken(&view, name)?.1 else { return Ok((None, ())) };
            let mut changes = Changes::default();
            let why = Words::new("It was taken after all.", "Il a finalement été retiré.");
            let said = said_of(&row);
            settled(&view, &row, (Standing::SetAside, &said), (ACTOR, &why), &mut changes, now)?;
            Ok((Some(changes), ()))
        })?;
        Ok(())
    }
}
