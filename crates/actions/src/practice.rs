//! The status page of a practice: open to whoever has its link, and without anything of a patient (JOURNEYS 2.2, RT10).

mod destinations;
mod resending;

pub use resending::BACK_MINUTES;

use crate::canary::{self, CanaryLine};
use crate::obligations;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::sign_in::TokenKey;
use clinical::access::Permission;
use clinical::cover::local;
use clinical::directory::{ContactState, Directory, Endpoint, EndpointKind, Place};
use clinical::words::Words;
use fhir::{Instant, Kind};
use hmac::Mac as _;
use std::collections::BTreeMap;
use store::View;

/// What the page looks back at, in minutes: a week.
pub const SHOWN_MINUTES: i64 = 7 * 24 * 60;

/// Look: the status of the practice that a link leads to.
#[derive(Clone)]
pub struct Status {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
}

/// Answer to [`Status`]. Names no patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatusView {
    /// The practice, as people read it.
    pub place: String,
    /// What was sent in the last week, by type.
    pub types: Vec<TypeLine>,
    /// Since when the oldest has waited to be taken, of any age; `None` when nothing waits.
    pub waiting_since: Option<Instant>,
    /// The last test result of each line that takes one.
    pub canaries: Vec<CanaryLine>,
    /// Ways to the practice.
    pub ways: Vec<WayLine>,
    /// Addresses and numbers of the practice: (value, how it stands, to be confirmed by).
    pub contacts: Vec<(String, ContactState, String)>,
    /// Who works there today, and why they are away, when they are.
    pub people: Vec<(String, Option<Words>)>,
    /// What is not as it should be, or was not in the last week: latest first.
    pub incidents: Vec<IncidentLine>,
}

/// What was sent, of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeLine {
    /// `Results`.
    pub what: Words,
    /// Made for the practice.
    pub sent: u64,
    /// Acknowledged by it.
    pub accepted: u64,
    /// Neither acknowledged nor settled by a person.
    pub waiting: u64,
    /// When the oldest of these was made.
    pub oldest: Option<Instant>,
}

/// A way to the practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayLine {
    /// Endpoint id.
    pub id: String,
    /// Sort.
    pub kind: Words,
    /// Where.
    pub address: String,
    /// Profile of the EMR product; empty when none is rendered for.
    pub profile: String,
    /// Whether reports go by it today.
    pub in_use: bool,
    /// Why it is doubted, when it is.
    pub doubt: Option<String>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentLine {
    /// Its number, to say on the telephone.
    pub number: String,
    /// What is seen.
    pub words: Words,
    /// Since when.
    pub opened: Instant,
    /// Until when.
    pub closed: Option<Instant>,
}

/// Look: how much a practice would be sent again of the last hour. Nothing is written.
#[derive(Clone)]
pub struct ResendTrial {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link of the practice.
    pub token: String,
}

/// Answer to [`ResendTrial`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResendView {
    /// The practice, as people read it.
    pub place: String,
    /// Since when.
    pub since: Instant,
    /// Deliveries that would be made again. Asked again within ten minutes it is the same ones, and none.
    pub count: usize,
}

/// Act: what the practice was sent in the last hour, and has answered, is sent once more.
#[derive(Clone)]
pub struct Resend {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link of the practice.
    pub token: String,
}

/// Look: the systems that receive, paused ones first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Destinations;

/// A system that receives.
#[derive(Debug, Clone, PartialEq)]
pub struct DestinationLine {
    /// Endpoint id.
    pub id: String,
    /// The place, as people read it.
    pub place: String,
    /// Sort of way.
    pub kind: Words,
    /// Since when the oldest waits.
    pub waiting_since: Option<Instant>,
    /// The pause, while one stands.
    pub paused: Option<PauseLine>,
}

/// A pause by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseLine {
    /// Since when.
    pub since: Instant,
    /// When its owner must look again.
    pub until: Instant,
    /// Who paused it and why.
    pub words: Words,
    /// Who owns it, with whoever is on call.
    pub owner: Words,
}

impl TokenKey {
    /// The last part of the link to the status page of a place. It cannot be guessed, and holds as long as the key.
    #[must_use]
    pub fn practice_token(&self, place: &str) -> String {
        let mut mac = self.mac();
        mac.update(practice_claim(place).as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The place that a link leads to. Every place is compared in full, so that the time says nothing.
    fn practice_of<'d>(&self, token: &str, directory: &'d Directory) -> Option<&'d Place> {
        let seal = crate::sign_in::unhex(token)?;
        let mut found = None;
        for place in directory.places() {
            let mut mac = self.mac();
            mac.update(practice_claim(&place.id).as_bytes());
            if mac.verify_slice(&seal).is_ok() {
                found = Some(place);
            }
        }
        found
    }
}

/// Begins otherwise than what bearer tokens say, so that neither can stand for the other.
fn practice_claim(place: &str) -> String {
    format!("opor-practice.{place}")
}

impl Sealed for Status {}
impl Look for Status {
    type View = StatusView;
    const PERMISSION: Permission = Permission::ReadCensus;

    fn object(&self) -> String {
        "practice".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<StatusView>, Refusal> {
        let (directory, now) = (reading.directory, reading.context.now);
        let place = self.key.practice_of(&self.token, directory).ok_or_else(Refusal::not_found)?;
        let day = local(now).map(|wall| wall.date().to_string()).unwrap_or_default();
        let ways: Vec<&Endpoint> = directory.endpoints().filter(|way| way.place == place.id).collect();
        let since = now.plus_minutes(-SHOWN_MINUTES);
        let mut view = StatusView {
            place: place.name.clone(),
            types: types(reading.view, &ways, since)?,
            ways: ways.iter().map(|way| way_line(directory, way, &day)).collect(),
            people: people(directory, &place.id, &day),
            incidents: incidents(reading.view, &ways, since)?,
            ..StatusView::default()
        };
        for contact in directory.contacts().filter(|contact| contact.of == place.id) {
            view.contacts.push((contact.value.clone(), contact.state_on(&day), contact.next_check.clone()));
        }
        for way in &ways {
            let head = reading.view.receiver_head(&way.id, now)?;
            view.waiting_since = view.waiting_since.into_iter().chain(head.waiting_since).min();
            if way.kind == EndpointKind::Mllp {
                view.canaries.push(canary::last(reading.view, &way.id, now)?);
            }
        }
        Ok(Seen::nobody(view))
    }
}

fn types(view: &View, ways: &[&Endpoint], since: Instant) -> Result<Vec<TypeLine>, Refusal> {
    let mut lines: BTreeMap<String, TypeLine> = BTreeMap::new();
    for way in ways {
        for found in view.receiver_types(&way.id, since)? {
            let what = type_words(found.kind);
            let line = lines.entry(what.en.clone()).or_insert(TypeLine {
                what,
                sent: 0,
                accepted: 0,
                waiting: 0,
                oldest: None,
            });
            line.sent += found.made;
            line.accepted += found.acknowledged;
            line.waiting += found.open;
            line.oldest = line.oldest.into_iter().chain(found.oldest).min();
        }
    }
    Ok(lines.into_values().collect())
}

fn type_words(kind: Option<Kind>) -> Words {
    match kind {
        Some(Kind::DiagnosticReport | Kind::Observation) => Words::new("Results", "Résultats"),
        Some(Kind::DocumentReference) => Words::new("Documents", "Documents"),
        Some(Kind::Encounter) => Words::new("Notices of visits", "Avis de visite"),
        _ => Words::new("Other", "Autres"),
    }
}

fn way_line(directory: &Directory, way: &Endpoint, day: &str) -> WayLine {
    WayLine {
        id: way.id.clone(),
        kind: way.kind.words(),
        address: public_address(way),
        profile: way.profile.clone().unwrap_or_default(),
        in_use: way.carries_on(day),
        doubt: directory.doubt_of(&way.id).map(|doubt| doubt.why.clone()),
    }
}

/// A host or number; folders of ours are nobody's business.
pub(crate) fn public_address(way: &Endpoint) -> String {
    match way.kind {
        EndpointKind::FileDrop => String::new(),
        EndpointKind::Fax => way.address.split('@').next().unwrap_or_default().to_owned(),
        _ => way.address.clone(),
    }
}

fn people(directory: &Directory, place: &str, day: &str) -> Vec<(String, Option<Words>)> {
    let works_here = |who: &&clinical::directory::Practitioner| {
        directory.roles_on(&who.id, day).any(|role| role.place == place)
    };
    let line = |who: &clinical::directory::Practitioner| {
        let away = directory.absence_on(&who.id, Some(place), day).map(|away| {
            let (said, cover) =
                (away.words(), away.cover.as_deref().and_then(|id| directory.practitioner(id)));
            cover.map_or(said.clone(), |cover| {
                let name = cover.name();
                Words::new(
                    format!("{}; {name} covers", said.en),
                    format!("{}; {name} assure le remplacement", said.fr),
                )
            })
        });
        (who.name(), away)
    };
    directory.practitioners().filter(works_here).map(line).collect()
}

fn incidents(view: &View, ways: &[&Endpoint], since: Instant) -> Result<Vec<IncidentLine>, Refusal> {
    let mut rows = view.incidents_open()?;
    // All of them: those of one practice may be the oldest of the week.
    rows.extend(view.incidents_closed(since, usize::MAX)?);
    // A day's total is an incident of its endpoint and day: "hill-emr 2026-11-22".
    let is_of = |subject: &str, way: &Endpoint| subject.split(' ').next() == Some(way.id.as_str());
    let ours = rows.into_iter().filter(|row| ways.iter().any(|way| is_of(&row.subject, way)));
    let mut lines: Vec<IncidentLine> = ours
        .map(|row| {
            let number = row.id.to_string();
            IncidentLine {
                number: number.get(..8).unwrap_or(&number).to_owned(),
                words: obligations::words(&row.words),
                opened: row.opened,
                closed: row.closed,
            }
        })
        .collect();
    lines.sort_by_key(|line| (line.closed.is_some(), std::cmp::Reverse(line.opened)));
    Ok(lines)
}
