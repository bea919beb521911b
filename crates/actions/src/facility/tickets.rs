//! Tickets of the IT self-service: signed calls, each taken once; each ticket one application however often it comes; what
//! became of them, by number and as a feed (GUARANTEES S-031).

use super::registers::Registers;
use super::requesting::{Named, begin, facts, key, looked_up};
use super::structure::in_force;
use super::{CUSTODIAN, desk};
use crate::enrolment::turn::unit_key;
use crate::mailing::{Blank, HERE, Letter, write_once};
use crate::obligations::{self, About, opened};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::enrolment::{FormHeld, FormWay, IdentityHeld, State};
use clinical::facility::days;
use clinical::facility::tickets::{TicketState, Wish};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use store::{
    ApplicationId, ApplicationRow, Changes, FacilityChange, FacilityRequirement, ObligationChange,
    Requirement, TicketRow, TicketStatus, View,
};

/// A signed call may be this old, or as far ahead, in seconds.
pub const SKEW_SECONDS: i64 = 300;
/// Least bytes of a sender's key.
pub const KEY_BYTES: usize = 32;
/// Characters of a nonce.
const NONCE_CHARS: std::ops::RangeInclusive<usize> = 16..=64;
/// Statuses of one page of the feed.
const FEED_ROWS: usize = 200;
/// Tickets looked at in one round.
const TICKETS_AT_ONCE: usize = 500;
/// Who follows applications, in the log.
const ACTOR: &str = "opor tickets";

/// A sender of tickets, and the key that it shares with us.
#[derive(Clone)]
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a call says of itself, as its headers have it.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// `POST` or `GET`.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// When it was signed, as it stands there: `2026-11-22T14:05:00Z`.
    pub timestamp: String,
    /// Random text, new for each call.
    pub nonce: String,
    /// `v1=` and 64 hexadecimal digits.
    pub signature: String,
}

impl Sender {
    /// The signature of a call: HMAC-SHA256 over method, path, time, nonce and the SHA-256 of the body, one a line.
    #[must_use]
    pub fn sign(&self, call: &Signed, body: &[u8]) -> String {
        let digits: String =
            self.seal(call, body).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v1={digits}")
    }

    fn seal(&self, call: &Signed, body: &[u8]) -> Hmac<Sha256> {
        let body: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        let said = format!("{}\n{}\n{}\n{}\n{body}", call.method, call.path, call.timestamp, call.nonce);
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(said.as_bytes());
        mac
    }

    /// Whether a call is this sender's and of now.
    fn is_genuine(&self, call: &Signed, body: &[u8], now: Instant) -> bool {
        let seal = call.signature.strip_prefix("v1=").and_then(crate::sign_in::unhex);
        let signed = fhir::time::interval(&call.timestamp).map(|(at, _)| at);
        self.key.len() >= KEY_BYTES
            && NONCE_CHARS.contains(&call.nonce.len())
            && signed.is_some_and(|at| now.seconds_since(at).abs() <= SKEW_SECONDS)
            && seal.is_some_and(|seal| self.seal(call, body).verify_slice(&seal).is_ok())
    }
}

impl Record {
    /// Whether a call is genuine, of now, and was not taken before; from then on it was.
    ///
    /// # Errors
    /// Not genuine, or taken before: which of them a stranger cannot tell from a wrong key.
    pub fn take_call(
        &self,
        sender: &Sender,
        call: &Signed,
        body: &[u8],
        now: Instant,
    ) -> Result<(), Refusal> {
        if !sender.is_genuine(call, body, now) {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "The signature is not right. Sign method, path, time, nonce and the SHA-256 of the body with your key; the clock may differ by five minutes.",
                "La signature n'est pas juste. Signez méthode, chemin, heure, nonce et SHA-256 du corps avec votre clé; l'horloge peut différer de cinq minutes.",
            ));
        }
        let until = now.plus_seconds(2 * SKEW_SECONDS);
        let unused = FacilityRequirement::NonceUnused(sender.name.clone(), call.nonce.clone());
        let changes = Changes {
            requires: vec![Requirement::Facility(unused)],
            facility: vec![FacilityChange::Nonce(sender.name.clone(), call.nonce.clone(), now, until)],
            ..Changes::default()
        };
        match self.store().settle_blocking(changes) {
            store::Settled::Done => Ok(()),
            store::Settled::Stale(_) => Err(Refusal::conflict(
                "This call was taken before. Sign it anew with a nonce of its own: the same ticket gets the same answer.",
                "Cet appel a déjà été pris. Signez-le de nouveau avec un nonce à lui : le même billet reçoit la même réponse.",
            )),
            other => Err(Refusal::try_again(&other)),
        }
    }
}

/// Act: a ticket is taken. The same one again changes nothing.
#[derive(Debug, Clone)]
pub struct Take {
    /// Who sent it.
    pub sender: String,
    /// What it asks.
    pub wish: Wish,
}

fn digest(wish: &Wish) -> Vec<u8> {
    Sha256::digest(serde_json::to_vec(wish).unwrap_or_default()).to_vec()
}

fn status(sender: &str, ticket: &str, state: TicketState, why: &Words, at: Instant) -> FacilityChange {
    FacilityChange::TicketStatus(TicketStatus {
        seq: 0,
        sender: sender.to_owned(),
        ticket: ticket.to_owned(),
        at,
        status: state.code().to_owned(),
        words: serde_json::to_string(why).unwrap_or_default(),
    })
}

impl Sealed for Take {}
impl Act for Take {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("ticket/{}/{}", self.sender, self.wish.ticket)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now, wish) = (reading.view, reading.context.now, &self.wish);
        if let Some(known) = view.access_ticket(&self.sender, &wish.ticket)? {
            if known.digest == digest(wish) {
                return Ok((Changes::default(), None));
            }
            return Err(Refusal::conflict(
                "A ticket of this number asked for something else before. Give the new request a number of its own.",
                "Un billet de ce numéro demandait déjà autre chose. Donnez à la nouvelle demande son propre numéro.",
            ));
        }
        let (_, structure) = in_force(view)?;
        let unit = structure.unit(&wish.unit).ok_or_else(|| {
            Refusal::unreadable(
                format!("There is no unit {}. Use the id of the facilities' own list.", wish.unit),
                format!(
                    "Il n'y a pas d'unité {}. Utilisez l'identifiant de la liste des établissements.",
                    wish.unit
                ),
            )
        })?;
        let whom = &wish.access_for;
        let who = Named {
            family: whom.family.clone(),
            given: whom.given.clone(),
            address: whom.email.clone(),
            profession: whom.profession.clone(),
            regulator: whom.regulator.clone(),
            licence: whom.licence.clone(),
            employee: whom.employee.clone(),
            unit: wish.unit.clone(),
        };
        let evidence = format!("ticket {} of {}", wish.ticket, self.sender);
        let mut on_file = facts(&who, now);
        looked_up(&mut on_file, &who, &Registers::of(view)?, now);
        let form = |form: &str, evidence: String| FormHeld {
            form: form.to_owned(),
            version: "ticket".to_owned(),
            way: FormWay::OnFile { evidence },
            at: now,
        };
        on_file.forms.push(form("request", evidence.clone()));
        if let Some(kept) = wish.agreement.as_ref().filter(|kept| !kept.trim().is_empty()) {
            on_file.forms.push(form("agreement", kept.clone()));
        }
        if let Some(badge) = wish.identity.as_ref().filter(|badge| !badge.evidence.trim().is_empty()) {
            on_file.identity = Some(IdentityHeld {
                method: badge.method.clone(),
                evidence: badge.evidence.clone(),
                by: self.sender.clone(),
                at: now,
            });
        }
        let mut changes = Changes::default();
        changes.requires.push(Requirement::Facility(FacilityRequirement::TicketIsNew(
            self.sender.clone(),
            wish.ticket.clone(),
        )));
        let id = key(&["ticket", &self.sender, &wish.ticket]);
        let why = Words::new(
            format!("Asked for with {evidence}, for {}.", unit.name),
            format!("Demandé par {evidence}, pour {}.", unit.name),
        );
        if !begin(view, (id, &on_file), (ACTOR, &why), invitation(), now, &mut changes)? {
            return Err(Refusal::conflict(
                "An application stands under this number already. Give the new request a number of its own.",
                "Une demande porte déjà ce numéro. Donnez à la nouvelle demande son propre numéro.",
            ));
        }
        let name = on_file.applicant.name();
        let owed = clinical::obligations::approval(&name, &number(id), &unit.name, why.clone(), now);
        let about = About { custodian: CUSTODIAN.to_owned(), ..About::default() };
        let row = obligations::row(unit_key(id, &wish.unit), &owed, &about, now);
        let first = opened(&row, ACTOR);
        changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        changes.facility.push(FacilityChange::Ticket(TicketRow {
            sender: self.sender.clone(),
            ticket: wish.ticket.clone(),
            digest: digest(wish),
            at: now,
            application: id,
            wish: serde_json::to_string(wish).unwrap_or_default(),
        }));
        changes.facility.push(status(&self.sender, &wish.ticket, TicketState::Requested, &why, now));
        Ok((changes, None))
    }
}

/// What people say on the telephone.
pub(crate) fn number(id: ApplicationId) -> String {
    id.to_string().chars().take(6).collect::<String>().to_uppercase()
}

fn invitation() -> (&'static str, Words, Words) {
    (
        "requested",
        Words::new("Access to opor was asked for you", "Un accès à opor a été demandé pour vous"),
        Words::new(
            "Your manager says yes; three things are yours to do meanwhile: six short scenes on confidentiality, the two privacy statements, and how you sign in. Begin by this link:",
            "Votre gestionnaire accepte; d'ici là, trois choses vous reviennent : six courtes mises en situation sur la confidentialité, les deux énoncés de confidentialité et votre façon de vous connecter. Commencez par ce lien :",
        ),
    )
}

/// Look: what became of a ticket.
#[derive(Debug, Clone)]
pub struct Status {
    /// Who sent it.
    pub sender: String,
    /// Its number.
    pub ticket: String,
}

/// Look: what became of a sender's tickets after a number.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Who sent them.
    pub sender: String,
    /// The number that the sender has.
    pub after: i64,
}

/// Something that became of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// Its place in the order of all.
    pub seq: i64,
    /// The ticket.
    pub ticket: String,
    /// When.
    pub at: Instant,
    /// Code.
    pub status: String,
    /// Why.
    pub words: Words,
}

fn line(row: TicketStatus) -> StatusLine {
    StatusLine {
        seq: row.seq,
        ticket: row.ticket,
        at: row.at,
        status: row.status,
        words: serde_json::from_str(&row.words).unwrap_or_default(),
    }
}

impl Sealed for Status {}
impl Look for Status {
    /// The latest first, and what people say of the application on the telephone.
    type View = (String, Vec<StatusLine>);
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("ticket/{}/{}", self.sender, self.ticket)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let row = reading.view.access_ticket(&self.sender, &self.ticket)?.ok_or_else(Refusal::not_found)?;
        let lines = reading.view.ticket_statuses(&self.sender, &self.ticket)?;
        Ok(Seen::nobody((number(row.application), lines.into_iter().map(line).collect())))
    }
}

impl Sealed for Feed {}
impl Look for Feed {
    type View = Vec<StatusLine>;
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("ticket/{}", self.sender)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let rows = reading.view.ticket_feed(&self.sender, self.after, FEED_ROWS)?;
        Ok(Seen::nobody(rows.into_iter().map(line).collect()))
    }
}

/// Where a ticket stands by its application.
fn state_of(row: &ApplicationRow) -> TicketState {
    let facts: clinical::enrolment::Facts = serde_json::from_str(&row.facts).unwrap_or_default();
    match State::from_code(&row.state).unwrap_or_default() {
        State::Ended if facts.refused.is_some() => TicketState::Refused,
        State::Ended => TicketState::Ended,
        State::Suspended => TicketState::Suspended,
        State::Active => TicketState::Active,
        State::Provisioned => TicketState::Ready,
        State::Draft | State::Submitted | State::Complete | State::IdentityVerified | State::Eligible => {
            if facts.is_approved() {
                TicketState::Approved
            } else {
                TicketState::Requested
            }
        }
    }
}

impl Record {
    /// Tell senders what became of their tickets: wherever an application has come to stand, by whomever.
    pub(crate) fn follow_tickets(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let (mut after, mut done) = ((String::new(), String::new()), 0);
        loop {
            let part = view.tickets_after((&after.0, &after.1), TICKETS_AT_ONCE)?;
            let Some(last) = part.last() else { return Ok(done) };
            after = (last.sender.clone(), last.ticket.clone());
            let mut changes = Changes::default();
            for ticket in &part {
                changes.facility.extend(moved(&view, ticket, now)?);
            }
            if !changes.facility.is_empty() {
                let count = changes.facility.len();
                done += if self.kept(changes)? { count } else { 0 };
            }
        }
    }
}

fn moved(view: &View, ticket: &TicketRow, now: Instant) -> Result<Option<FacilityChange>, Refusal> {
    let Some(row) = view.application(ticket.application)? else { return Ok(None) };
    let state = state_of(&row);
    let known = view.ticket_statuses(&ticket.sender, &ticket.ticket)?.into_iter().next();
    if known.is_some_and(|known| known.status == state.code()) {
        return Ok(None);
    }
    let facts: clinical::enrolment::Facts = serde_json::from_str(&row.facts).unwrap_or_default();
    let why = match facts.refused.filter(|_| state == TicketState::Refused) {
        Some(refused) => Words::new(refused.reason.clone(), refused.reason),
        None => state.words(),
    };
    Ok(Some(status(&ticket.sender, &ticket.ticket, state, &why, now)))
}

impl Record {
    /// Write to whoever has a request of a unit now: once when it comes to them, and once to remind them (S-030).
    pub(crate) fn ask_about_requests(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let (seq, structure) = in_force(&view)?;
        let Some(today) = days::of(now).filter(|_| seq > 0) else { return Ok(0) };
        let mut changes = Changes::default();
        for state in desk::WAITING {
            for row in view.applications_in(state.code(), usize::MAX)? {
                let facts = crate::enrolment::turn::facts_of(&row)?;
                if !facts.sort.is_facility() {
                    continue;
                }
                let barred = desk::barred(&view, &structure, &row)?;
                let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
                for unit in desk::waits_in(&facts) {
                    let rung = structure.rung(&barred, unit, row.opened, now);
                    let name = facts.applicant.name();
                    for holder in structure.holders(&barred, unit, &rung, today) {
                        let email = desk::address_of(&view, &holder)?;
                        let key = [row.id.to_string(), unit.clone(), rung.code(), holder.user.clone()];
                        let of = structure.unit(unit).map_or(unit, |unit| &unit.name);
                        let letter = Letter {
                            key: &key.each_ref().map(String::as_str),
                            sort: "manager-asked",
                            to: &email,
                            subject: Words::new(
                                format!("{of}: somebody needs your yes for access to opor"),
                                format!("{of} : quelqu'un a besoin de votre accord pour opor"),
                            ),
                            text: Words::new(
                                format!(
                                    "{name} asks for access in {of}. Say yes or no on your page:\n\n{HERE}\n\nWithout an answer it goes to the manager above you, and then to the enrolment desk."
                                ),
                                format!(
                                    "{name} demande un accès pour {of}. Acceptez ou refusez sur votre page :\n\n{HERE}\n\nSans réponse, la demande va au gestionnaire au-dessus de vous, puis au bureau des adhésions."
                                ),
                            ),
                            blank: Some(Blank::Page("/people")),
                            application: row.id,
                        };
                        write_once(&view, &letter, now, &mut changes)?;
                    }
                }
            }
        }
        let written = changes.enrolment.len();
        Ok(if written > 0 && self.kept(changes)? { written } else { 0 })
    }
}
